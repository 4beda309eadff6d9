"""What kind of game it is - superadditive, monotone, convex - or which coalitions show it is not.

Where joining destroys value, no split of v(N) can be expected to hold; the monotone cover, the
worth of the best group inside a coalition, is what players could still do if nobody need be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import n_players, scale

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

TOLERANCE = 1e-9
"""Relative to the largest coalition value: below it a difference is rounding."""

MOST_PAIRS = 14
"""Most players for which all 3^n pairs of separate groups are looked at."""


@dataclass(frozen=True)
class Finding:
    """Whether a property holds; else the two coalitions (bitmasks) that show it most, by `lack`.

    `complete` is False where only part of the coalitions was looked at.
    """

    holds: bool
    left: int = 0
    right: int = 0
    lack: float = 0.0
    complete: bool = True


def superadditive(table: FloatArray) -> Finding:
    """Whether two separate groups never lose by joining: v(S) + v(T) <= v(S and T).

    For more than 14 players only groups joined by one or two players are looked at.
    """
    n = n_players(table)
    if n > MOST_PAIRS:
        return _joined_by_few(table)
    masks = np.arange(len(table))
    left, right, lack = 0, 0, 0.0
    for s in range(1, len(table)):
        others = masks[s + 1 :]
        others = others[(others & s) == 0]
        if not len(others):
            continue
        losses = table[s] + table[others] - table[others | s]
        k = int(np.argmax(losses))
        if losses[k] > lack:
            left, right, lack = s, int(others[k]), float(losses[k])
    return _finding(table, left, right, lack)


def monotone(table: FloatArray) -> Finding:
    """Whether no player ever makes a group worse: v(S) <= v(S + i). `left` is S, `right` is i."""
    n = n_players(table)
    left, right, lack = 0, 0, 0.0
    masks = np.arange(len(table)).reshape(-1)
    for k in range(n):
        halves = table.reshape(1 << (n - 1 - k), 2, 1 << k)
        losses = (halves[:, 0] - halves[:, 1]).reshape(-1)
        worst = int(np.argmax(losses))
        if losses[worst] > lack:
            without = masks.reshape(1 << (n - 1 - k), 2, 1 << k)[:, 0].reshape(-1)
            left, right, lack = int(without[worst]), 1 << k, float(losses[worst])
    return _finding(table, left, right, lack)


def convex(table: FloatArray) -> Finding:
    """Whether a player adds the more, the larger the group: v(S+i) - v(S) <= v(S+i+j) - v(S+j)."""
    n = n_players(table)
    left, right, lack = 0, 0, 0.0
    masks = np.arange(len(table))
    for i in range(n):
        for j in range(i + 1, n):
            base = masks[(masks >> i & 1 | masks >> j & 1) == 0]
            losses = (table[base | 1 << i] - table[base] - table[base | 1 << i | 1 << j]
                      + table[base | 1 << j])
            worst = int(np.argmax(losses))
            if losses[worst] > lack:
                both = int(base[worst])
                left, right, lack = both | 1 << i, both | 1 << j, float(losses[worst])
    return _finding(table, left, right, lack)


def monotone_cover(table: FloatArray) -> FloatArray:
    """Shape (2^n,): worth of the best group inside each coalition."""
    n = n_players(table)
    cover = table.copy()
    for k in range(n):
        halves = cover.reshape(1 << (n - 1 - k), 2, 1 << k)
        np.maximum(halves[:, 1], halves[:, 0], out=halves[:, 1])
    return cover


def _joined_by_few(table: FloatArray) -> Finding:
    n = n_players(table)
    masks = np.arange(len(table))
    left, right, lack = 0, 0, 0.0
    few = [1 << i for i in range(n)] + [1 << i | 1 << j for i in range(n) for j in range(i)]
    for s in few:
        others = masks[(masks & s) == 0][1:]
        losses = table[s] + table[others] - table[others | s]
        k = int(np.argmax(losses))
        if losses[k] > lack:
            left, right, lack = s, int(others[k]), float(losses[k])
    found = _finding(table, left, right, lack)
    return Finding(found.holds, found.left, found.right, found.lack, complete=False)


def _finding(table: FloatArray, left: int, right: int, lack: float) -> Finding:
    if lack <= TOLERANCE * scale(table):
        return Finding(True)
    return Finding(False, left, right, lack)
