"""Compiled kernels of the power engine: arrays and scalars in, arrays out, nothing else.

Numba keeps compiled code beside each module and renews it when that module changes, but not when
a module it calls changes. So the first import after any change here drops what was kept: the one
piece of work done at import, since later would be too late.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path


def _drop_stale(folder: Path) -> None:
    """Forget compiled kernels if any source here differs from when they were compiled."""
    h = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        h.update(source.read_bytes())
    kept = folder / "__pycache__"
    stamp = kept / "kernels.sha256"
    with contextlib.suppress(OSError):
        if stamp.is_file() and stamp.read_text(encoding="ascii") == h.hexdigest():
            return
        kept.mkdir(exist_ok=True)
        for pattern in ("*.nbi", "*.nbc"):
            for file in kept.glob(pattern):
                file.unlink(missing_ok=True)
        stamp.write_text(h.hexdigest(), encoding="ascii")


_drop_stale(Path(__file__).parent)
