"""Makes the waters of the demonstration zone from a few hand-written tables."""
