"""How kernels are compiled."""

from tieline.kernels import kernel as kernel
from tieline.kernels import making_kernel as making_kernel
