"""Facilities people may use: what a border withholds, what opening it brings to whom."""
