"""Tieline in the browser: pages drawn by the server, an API, engines warm in their own processes.

The server process reads requests and keeps finished answers; it imports no engine. `worker` holds
the region and computes; `desk` hands it work, the urgent first.
"""
