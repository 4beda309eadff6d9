"""How kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


def kernel(function: F) -> F:
    """Compile a function that makes no arrays: kept on disk, without the interpreter's lock.

    Numba counts references to every array at every call of one kernel by another, with atomic
    operations that two threads fight over: half the time of a sweep. Kernels work on arrays that
    their caller holds, so that counting is switched off (`_nrt`); numba refuses to compile one
    that makes an array, or calls what does: see `making_kernel`.
    """
    return _compile(function, _nrt=False)


def making_kernel(function: F) -> F:
    """Compile a function that makes arrays, or calls one that does."""
    return _compile(function)


def _compile(function: F, **more: Any) -> F:
    compile_it = cast("Callable[..., Callable[[F], F]]", numba.njit)
    return compile_it(**OPTIONS, **more)(function)
