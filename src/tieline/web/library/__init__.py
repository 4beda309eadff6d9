"""The ledger in the browser: projects in lists, in time and on the map; files in and out."""
