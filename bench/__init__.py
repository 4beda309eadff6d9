"""Benchmarks: `python -m bench`. Fixed seeds, warm medians, peers in the same run."""
