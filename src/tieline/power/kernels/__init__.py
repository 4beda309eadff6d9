"""Compiled kernels of the power engine: arrays and scalars in, arrays out, nothing else.

Stale compiled code is dropped at the first import after any change here: the one piece of work
done at import, since later would be too late.
"""

from pathlib import Path

from tieline.kernels import drop_stale

drop_stale(Path(__file__).parent)
