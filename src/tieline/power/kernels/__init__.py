"""Compiled kernels of the power engine: arrays and scalars in, arrays out, nothing else."""
