"""How numeric kernels are compiled, in every engine.

Numba keeps compiled code beside each module and renews it when that module changes, but not when
a module it calls changes. So a room of kernels calls `drop_stale` when it is first imported after
any change there: the one piece of work done at import, since later would be too late.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
PATIENCE_S = 2.0
"""Compiling that takes longer than this is told to who asked for it."""
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


def kernel(function: F) -> F:
    """Compile a function that makes no arrays: kept on disk, without the interpreter's lock.

    Numba counts references to every array at every call of one kernel by another, with atomic
    operations that two threads fight over: half the time of a sweep. Kernels work on arrays that
    their caller holds, so that counting is switched off (`_nrt`); numba refuses to compile one
    that makes an array, or calls what does: see `making_kernel`.
    """
    return _compile(function, _nrt=False)


def inner_kernel(function: F) -> F:
    """A kernel that is always inlined where another calls it.

    A call hands over every field of every array, some hundred words: more work than a short
    function does.
    """
    return _compile(function, _nrt=False, forceinline=True)


def making_kernel(function: F) -> F:
    """Compile a function that makes arrays, or calls one that does."""
    return _compile(function)


_waiting: list[Callable[[], None]] = []
_watched: list[bool] = []


def when_compiling(tell: Callable[[], None]) -> None:
    """Call `tell` once if kernels take more than PATIENCE_S to compile; before any is made."""
    _waiting[:] = [tell]


def _watch() -> None:
    """Listen to numba's compiling, for those who asked; what is kept on disk is not compiled."""
    from numba.core import event

    class Listener(event.Listener):
        began: float | None = None

        def on_start(self, event: Any) -> None:
            now = time.monotonic()
            self.began = self.began or now
            while _waiting and now - self.began > PATIENCE_S:
                _waiting.pop()()

        on_end = on_start

    event.register("numba:compile", Listener())  # type: ignore[no-untyped-call]


def _compile(function: F, **more: Any) -> F:
    import numba

    if _waiting and not _watched:
        _watched.append(True)
        _watch()
    compile_it = cast("Callable[..., Callable[[F], F]]", numba.njit)
    return compile_it(**OPTIONS, **more)(function)


def drop_stale(folder: Path) -> None:
    """Forget the compiled kernels of a folder if a source there differs from when they were."""
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
