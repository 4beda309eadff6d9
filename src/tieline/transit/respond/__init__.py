"""What to do when a line stops or a stop closes: who loses what, which shuttles and cars help."""
