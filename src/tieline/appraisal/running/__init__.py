"""Running many cases: in this process, in several, on a cluster; values kept as they come.

`chunks` (work cut into chunks of a few tenths of a second), `workers` (processes that end with
their parent), `cluster` (Dask, extra `[cluster]`), `store` (values in one SQLite file).
"""
