"""Fair shares of a game and whether a group would rather leave: exact, from the whole table.

Tables have shape (2^n,), indexed by bitmask: player k is bit k; table[0] = 0. What is computed here
in one line each stands in `solutions`; this is what the appraisal of a network asks.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games import checks
from tieline.appraisal.games.coalitions import coalition_sums as coalition_sums
from tieline.appraisal.games.coalitions import n_players as n_players
from tieline.appraisal.games.coalitions import scale as scale
from tieline.appraisal.games.coalitions import sizes
from tieline.appraisal.solutions import core
from tieline.appraisal.solutions.nucleolus import nucleolus as staged
from tieline.appraisal.solutions.semivalues import shapley as shapley
from tieline.appraisal.solutions.semivalues import shapley_weights
from tieline.appraisal.splits import CoreTest, Superadditivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.appraisal.games.game import Game
    from tieline.region.model import FloatArray

TOLERANCE = 1e-9
"""Relative to the largest coalition value: below it a difference is rounding."""

LP_TOLERANCE = 1e-7
"""The same for what a linear programme found: its own feasibility tolerance."""

BY_HAND = 3
"""Up to so many players the nucleolus is found in rational arithmetic."""

Point = tuple[Fraction, ...]
Line = tuple[Fraction, Fraction, Fraction]


def shapley_gap(gap: FloatArray) -> FloatArray:
    """Shape (n,): how far each Shapley share may be off where v(S) may be off by `gap` (2^n,)."""
    n = n_players(gap)
    weights = shapley_weights(n)[sizes(n - 1)] if n else np.zeros(0)
    off = np.empty(n)
    for k in range(n):
        halves = gap.reshape(1 << (n - 1 - k), 2, 1 << k)
        off[k] = weights @ halves.sum(axis=1).ravel()
    return off


def nucleolus(table: FloatArray) -> tuple[FloatArray | None, str]:
    """Shape (n,) shares whose sorted complaints are least (Schmeidler 1969), or why there are none.

    Among all efficient shares that give each player at least v of itself, the one that makes the
    largest excess v(S) - x(S) smallest, then the second largest, and so on. Up to three players it
    is where two of these lines cross: e(S) = e(T), or x_i = v(i); all crossings are compared in
    rational arithmetic. Beyond, see `solutions.nucleolus`.
    """
    n = n_players(table)
    if n > BY_HAND:
        found = staged(table)
        if found is None:
            return None, "together the players get less than alone: no shares satisfy each of them"
        return found[0], ""
    v = [Fraction(float(x)) for x in table]
    alone = [v[1 << k] for k in range(n)]
    spare = v[-1] - sum(alone, Fraction(0))
    if spare < -Fraction(TOLERANCE * scale(table)):
        return None, "together the players get less than alone: no shares satisfy each of them"
    if n < BY_HAND or spare <= 0:
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
    worst, lack = core.worst_group(game.table, shares)
    return CoreTest(lack <= TOLERANCE * scale(game.table), game.coalition(worst), lack)


def least_core(table: FloatArray) -> float:
    """The smallest epsilon such that some efficient shares leave no group short of more than it.

    Shapley & Shubik 1966; the core is empty if it is > 0. NaN for one player. For two and three
    players from the minimal balanced collections (Bondareva 1963, Shapley 1967), else by linear
    programme.
    """
    n = n_players(table)
    if n < 2:
        return float("nan")
    if n > BY_HAND:
        return least_core_shares(table)[0]
    v = [float(x) for x in table]
    levels = [(v[s] + v[-1 - s] - v[-1]) / 2 for s in range(1, 1 << (n - 1))]
    if n == BY_HAND:
        levels += [(v[1] + v[2] + v[4] - v[7]) / 3, (v[3] + v[5] + v[6] - 2 * v[7]) / 3]
    return max(levels)


def least_core_shares(table: FloatArray) -> tuple[float, FloatArray]:
    """The least-core epsilon and shares that attain it, for two players or more."""
    _, shares = core.least_core(table)
    return core.worst_group(table, shares)[1], shares


def core_is_empty(game: Game) -> tuple[bool, float]:
    """Whether no shares satisfy every group, and the least-core epsilon."""
    epsilon = least_core(game.table)
    return bool(epsilon > LP_TOLERANCE * scale(game.table)), epsilon


def superadditivity(game: Game) -> Superadditivity:
    """Whether two separate groups never lose by joining; else the two that lose most."""
    found = checks.superadditive(game.table)
    if found.holds:
        return Superadditivity(True)
    return Superadditivity(
        False, game.coalition(found.left), game.coalition(found.right), found.lack
    )


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
