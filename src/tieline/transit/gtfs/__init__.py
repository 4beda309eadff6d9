"""GTFS feeds: each file read by its own module, every problem with file, row and field."""
