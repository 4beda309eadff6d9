"""Waters in the report, and the page of a spill."""
