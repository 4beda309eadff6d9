"""Compiled kernels of the water engine: arrays and scalars in, arrays out, nothing else."""

from __future__ import annotations

from pathlib import Path

from tieline.kernels import drop_stale

drop_stale(Path(__file__).parent)
