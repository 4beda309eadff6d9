"""Boats, hot spots and landings: who collects what, apart and together."""
