"""What is kept between questions on the same grid: the same question has the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tieline.power.kernels.decided import Best
    from tieline.power.respond.parallel import Joining
    from tieline.power.respond.watch import Check

T = TypeVar("T")
MOST = 30_000
"""Answers kept of one kind: some 100 MB at the most; then the oldest go."""


class Answers(Generic[T]):
    """Answers by a digest of everything they follow from."""

    def __init__(self) -> None:
        self._found: dict[bytes, T] = {}

    def once(self, key: bytes, make: Callable[[], T]) -> T:
        """The answer that is kept, else the one made now."""
        found = self._found.get(key)
        if found is None:
            while len(self._found) >= MOST:
                del self._found[next(iter(self._found))]
            found = self._found[key] = make()
        return found


@dataclass(frozen=True)
class Kept:
    """Answers for one ground, load level and state before: searches, checks, joined states."""

    parts: Answers[tuple[Best, ...]] = field(default_factory=Answers)
    checks: Answers[Check] = field(default_factory=Answers)
    joinings: Answers[Joining] = field(default_factory=Answers)


def digest(*parts: NDArray[np.generic] | float) -> bytes:
    """A key of arrays and numbers: equal for equal ones, and for no others in practice."""
    h = blake2b(digest_size=16)
    for part in parts:
        array = np.ascontiguousarray(part)
        h.update(f"{array.dtype.str}{array.shape}".encode())
        h.update(array.tobytes())
    return h.digest()
