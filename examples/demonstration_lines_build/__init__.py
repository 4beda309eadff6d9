"""Builds the region folder examples/demonstration-lines from its inputs."""
