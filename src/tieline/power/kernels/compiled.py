"""How kernels are compiled; see `tieline.kernels`."""

from __future__ import annotations

from tieline.kernels import OPTIONS, kernel, making_kernel

__all__ = ["OPTIONS", "kernel", "making_kernel"]
