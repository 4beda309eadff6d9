"""Coalitions as bitmasks and as rows of booleans: player k is bit k, or column k."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tieline.region.model import FloatArray

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


def n_players(table: FloatArray) -> int:
    """Number of players of a table of 2^n rows."""
    return len(table).bit_length() - 1


def members(players: Sequence[str], mask: int) -> tuple[str, ...]:
    """The players of a bitmask."""
    return tuple(p for k, p in enumerate(players) if mask >> k & 1)


def sizes(n: int) -> IntArray:
    """Shape (2^n,): how many players each coalition has."""
    found = np.zeros(1, np.int64)
    for _ in range(n):
        found = np.concatenate([found, found + 1])
    return found


def coalition_sums(shares: FloatArray) -> FloatArray:
    """Shape (2^n,): what the members of each coalition get in all."""
    sums = np.zeros(1 << len(shares))
    for k, x in enumerate(shares):
        np.add(sums[: 1 << k], x, out=sums[1 << k : 2 << k])
    return sums


def membership(n: int) -> FloatArray:
    """Shape (2^n, n): 1 where a player belongs to a coalition, else 0."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(np.float64)


def rows_of(masks: Iterable[int], n: int) -> BoolArray:
    """Shape (m, n): bitmasks of any size as rows of booleans."""
    data = b"".join(m.to_bytes(-(-n // 8) or 1, "little") for m in masks)
    packed = np.frombuffer(data, np.uint8).reshape(-1, -(-n // 8) or 1)
    return np.unpackbits(packed, axis=1, bitorder="little")[:, :n].astype(bool)


def masks_of(rows: BoolArray) -> list[int]:
    """Rows of booleans as bitmasks, Python integers of any size."""
    packed = np.packbits(np.asarray(rows, bool), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def scale(table: FloatArray) -> float:
    """The largest coalition value, 1 if all are 0: the unit that tolerances are relative to."""
    if not len(table):
        return 1.0
    return max(float(table.max()), -float(table.min())) or 1.0
