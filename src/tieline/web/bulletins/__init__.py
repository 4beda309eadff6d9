"""Bulletins in the browser: write, approve, publish, ask again; the source item by item."""
