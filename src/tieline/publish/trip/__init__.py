"""The page of a day trip, in large type."""
