"""Fair shares of a game and whether a group would rather leave: exact, from the whole table.

Tables have shape (2^n,), indexed by bitmask: player k is bit k; table[0] = 0.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.splits import CoreTest, Superadditivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.appraisal.game import Game
    from tieline.region.model import FloatArray

TOLERANCE = 1e-9
"""Relative to the largest coalition value: below it a difference is rounding."""

LP_TOLERANCE = 1e-7
"""The same for what a linear programme found: its own feasibility tolerance."""

MAX_NUCLEOLUS = 3

Point = tuple[Fraction, ...]
Line = tuple[Fraction, Fraction, Fraction]


def n_players(table: FloatArray) -> int:
    """Number of players of a table of 2^n rows."""
    return len(table).bit_length() - 1


def shapley(table: FloatArray) -> FloatArray:
    """Shape (n, ...): each player's average contribution over all orders of joining.

    Shapley 1953, by subsets: s!(n-1-s)!/n! times [v(S+i) - v(S)]. The table may have further
    axes (measures, prices): they are shared out side by side. O(n 2^n).
    """
    n = n_players(table)
    sizes, by_size = _by_size(n)
    tail = table.shape[1:]
    shares = np.empty((n, *tail))
    for k in range(n):
        halves = table.reshape(1 << (n - 1 - k), 2, 1 << k, *tail)
        gain = (halves[:, 1] - halves[:, 0]).reshape(1 << (n - 1), *tail)
        shares[k] = np.tensordot(by_size[sizes], gain, axes=1)
    return shares


def shapley_gap(gap: FloatArray) -> FloatArray:
    """Shape (n,): how far each Shapley share may be off where v(S) may be off by `gap` (2^n,)."""
    n = n_players(gap)
    sizes, by_size = _by_size(n)
    off = np.empty(n)
    for k in range(n):
        halves = gap.reshape(1 << (n - 1 - k), 2, 1 << k)
        off[k] = by_size[sizes] @ halves.sum(axis=1).ravel()
    return off


def _by_size(n: int) -> tuple[NDArray[np.int64], FloatArray]:
    """Size of each coalition of the others, and s!(n-1-s)!/n! by size."""
    sizes = _sizes(n - 1) if n else np.zeros(0, np.int64)
    return sizes, np.array(
        [factorial(s) * factorial(n - 1 - s) / factorial(n) for s in range(n)]
    )


def nucleolus(table: FloatArray) -> tuple[FloatArray | None, str]:
    """Shape (n,) shares whose sorted complaints are least (Schmeidler 1969), or why there are none.

    Among all efficient shares that give each player at least v of itself, the one that makes the
    largest excess v(S) - x(S) smallest, then the second largest, and so on. With two free shares
    it is where two of these lines cross: e(S) = e(T), or x_i = v(i); all crossings are compared in
    rational arithmetic, so the answer is exact.
    """
    n = n_players(table)
    if n > MAX_NUCLEOLUS:
        return None, f"{n} players: the exact nucleolus is given for at most {MAX_NUCLEOLUS}"
    v = [Fraction(float(x)) for x in table]
    alone = [v[1 << k] for k in range(n)]
    spare = v[-1] - sum(alone, Fraction(0))
    if spare < -Fraction(TOLERANCE * scale(table)):
        return None, "together the players get less than alone: no shares satisfy each of them"
    if n < MAX_NUCLEOLUS or spare <= 0:
        shares = [a + spare / max(n, 1) for a in alone]
        return np.array([float(x) for x in shares]), ""
    best = min(
        (x for x in _crossings(v) if all(x[k] >= alone[k] for k in range(n))),
        key=lambda x: _complaints(v, x),
    )
    return np.array([float(x) for x in best]), ""


def core_test(game: Game, shares: FloatArray) -> CoreTest:
    """Whether the shares are in the core; else the group that could do most better alone."""
    if game.n < 2:
        return CoreTest(True, (), 0.0)
    lacks = (game.table - coalition_sums(shares))[1:-1]
    worst = int(np.argmax(lacks))
    lack = float(lacks[worst])
    return CoreTest(lack <= TOLERANCE * scale(game.table), game.coalition(worst + 1), lack)


def least_core(table: FloatArray) -> float:
    """The smallest epsilon such that some efficient shares leave no group short of more than it.

    Shapley & Shubik 1966; the core is empty if it is > 0. NaN for one player. For two and three
    players from the minimal balanced collections (Bondareva 1963, Shapley 1967), else by linear
    programme.
    """
    n = n_players(table)
    if n < 2:
        return float("nan")
    if n > MAX_NUCLEOLUS:
        return least_core_shares(table)[0]
    v = [float(x) for x in table]
    levels = [(v[s] + v[-1 - s] - v[-1]) / 2 for s in range(1, 1 << (n - 1))]
    if n == MAX_NUCLEOLUS:
        levels += [(v[1] + v[2] + v[4] - v[7]) / 3, (v[3] + v[5] + v[6] - 2 * v[7]) / 3]
    return max(levels)


def least_core_shares(table: FloatArray) -> tuple[float, FloatArray]:
    """The least-core epsilon and shares that attain it, for two players or more."""
    n = n_players(table)
    from scipy.optimize import linprog

    unit = scale(table)
    members = (np.arange(1, (1 << n) - 1)[:, None] >> np.arange(n) & 1).astype(np.float64)
    rows = np.hstack([-members, -np.ones((len(members), 1))])
    whole = np.append(np.ones(n), 0.0)[None, :]
    found = linprog(
        np.append(np.zeros(n), 1.0), A_ub=rows, b_ub=-table[1:-1] / unit,
        A_eq=whole, b_eq=table[-1:] / unit, bounds=(None, None), method="highs",
    )
    shares = found.x[:n] * unit
    lacks = (table - coalition_sums(shares))[1:-1]
    return float(lacks.max()), shares


def core_is_empty(game: Game) -> tuple[bool, float]:
    """Whether no shares satisfy every group, and the least-core epsilon."""
    epsilon = least_core(game.table)
    return bool(epsilon > LP_TOLERANCE * scale(game.table)), epsilon


def superadditivity(game: Game) -> Superadditivity:
    """Whether two separate groups never lose by joining; else the two that lose most."""
    table = game.table
    masks = np.arange(len(table))
    worst, lack = (0, 0), 0.0
    for s in range(1, len(table)):
        others = masks[s + 1 :]
        others = others[(others & s) == 0]
        if not len(others):
            continue
        losses = table[s] + table[others] - table[others | s]
        k = int(np.argmax(losses))
        if losses[k] > lack:
            worst, lack = (s, int(others[k])), float(losses[k])
    if lack <= TOLERANCE * scale(table):
        return Superadditivity(True)
    return Superadditivity(False, game.coalition(worst[0]), game.coalition(worst[1]), lack)


def coalition_sums(shares: FloatArray) -> FloatArray:
    """Shape (2^n,): what the members of each coalition get in all."""
    sums = np.zeros(1)
    for x in shares:
        sums = np.concatenate([sums, sums + x])
    return sums


def scale(table: FloatArray) -> float:
    """The largest coalition value, 1 if all are 0: the unit that tolerances are relative to."""
    return float(np.abs(table).max(initial=0.0)) or 1.0


def _sizes(n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    sizes = np.zeros(1, np.int64)
    for _ in range(n):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


def _complaints(v: Sequence[Fraction], x: Point) -> list[Fraction]:
    """Excesses of the six coalitions of three players, the largest first."""
    return sorted((v[m] - _given(x, m) for m in range(1, 7)), reverse=True)


def _given(x: Point, mask: int) -> Fraction:
    return sum((x[k] for k in range(3) if mask >> k & 1), Fraction(0))


def _crossings(v: Sequence[Fraction]) -> list[Point]:
    """Points of the plane x0 + x1 + x2 = v(N) where two candidate lines cross."""
    excess = [_affine(v, m) for m in range(1, 7)]
    lines = [(a[0] - b[0], a[1] - b[1], a[2] - b[2]) for a, b in combinations(excess, 2)]
    lines += [_affine(v, 1 << k) for k in range(3)]
    points: set[Point] = set()
    for (a, b, c), (d, e, f) in combinations(lines, 2):
        det = a * e - b * d
        if det:
            x0, x1 = (b * f - c * e) / det, (c * d - a * f) / det
            points.add((x0, x1, v[7] - x0 - x1))
    return list(points)


def _affine(v: Sequence[Fraction], mask: int) -> Line:
    """Excess v(S) - x(S) as a x0 + b x1 + c, with x2 = v(N) - x0 - x1."""
    third = mask >> 2 & 1
    a, b = Fraction(third - (mask & 1)), Fraction(third - (mask >> 1 & 1))
    return a, b, v[mask] - third * v[7]
