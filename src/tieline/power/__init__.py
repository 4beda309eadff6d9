"""Medium-voltage grids: what a fault costs, and who can carry whom through it."""
