"""Whether a group would rather leave, and how far from leaving the most content split is.

With a table every group is looked at. Without one, the least core is found by constraint
generation: a linear programme over the coalitions known so far bounds epsilon from below for
certain; a search by steepest ascent, on values that are remembered, looks for a group that
complains more. Where none is found the answer is "not refuted": it is proved only when every
coalition is known, or - for a sum of small games - when an integer programme says that no group
complains more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import coalition_sums, masks_of, n_players, scale
from tieline.appraisal.solutions.programme import Levels
from tieline.appraisal.solutions.separation import Complaints

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.games.terms import Sum
    from tieline.region.model import FloatArray

VIOLATED = 1e-9
STARTS = 12
"""Searches from random groups in a round, beside those from the worst groups known."""

ValuesOf = Callable[["BoolArray"], "FloatArray"]


def worst_group(table: FloatArray, shares: FloatArray) -> tuple[int, float]:
    """Bitmask of the group that lacks most, and by how much: v(S) - x(S)."""
    lacks = (table - coalition_sums(shares))[1:-1]
    if not len(lacks):
        return 0, 0.0
    worst = int(np.argmax(lacks))
    return worst + 1, float(lacks[worst])


def least_core(table: FloatArray) -> tuple[float, FloatArray]:
    """The smallest epsilon that some efficient shares leave no group short of more than; shares.

    For two players or more. Shapley and Shubik 1966.
    """
    n, unit = n_players(table), scale(table)
    scaled = table / unit
    complaints = Complaints(scaled)
    programme = Levels(n, float(scaled[-1]))
    singles = 1 << np.arange(n)
    masks = np.unique(np.concatenate([singles, len(table) - 1 - singles]))
    while True:
        programme.add(complaints.member(masks), scaled[masks], np.ones(len(masks)))
        shares, level, _, _ = programme.solve()
        masks, _ = complaints.worst(shares, level + VIOLATED, 3 * n)
        if not len(masks):
            return level * unit, shares * unit


@dataclass(frozen=True)
class Lazy:
    """A least core found without a table.

    `lower` bounds epsilon for certain; `upper` is the worst complaint any known or searched group
    has against `shares`; `proved` says that no group complains more than `upper`.
    """

    lower: float
    upper: float
    shares: FloatArray
    proved: bool
    rounds: int


def lazy_least_core(
    values: ValuesOf, n: int, *, seed: int = 1, most_rounds: int = 1000,
    affordable: Callable[[], bool] = lambda: True, terms: Sum | None = None,
) -> Lazy:
    """The least core by constraint generation on values that the caller remembers.

    Parameters
    ----------
    values
        Worth of coalitions given as rows (m, n) of booleans; asked for the same coalition more
        than once.
    affordable
        Asked before each round; False ends the search.
    terms
        The game as a sum of small games: then an integer programme proves the end.
    """
    search = _Search(values, n, np.random.default_rng(seed), affordable)
    whole = float(search.worth(np.ones((1, n), bool))[0])
    unit = abs(whole) or 1.0
    programme = Levels(n, whole / unit)
    fresh = np.vstack([np.eye(n, dtype=bool), ~np.eye(n, dtype=bool)])
    shares, level, rounds, proved, upper = np.zeros(n), 0.0, 0, False, np.inf
    best = np.full(n, whole / n)
    lower = -np.inf
    for rounds in range(1, most_rounds + 1):  # noqa: B007 - told to the reader
        programme.add(fresh.astype(float), search.worth(fresh) / unit, np.ones(len(fresh)))
        search.remember(fresh)
        shares, level, _, _ = programme.solve()
        lower = level * unit
        fresh, worst = search.above(shares * unit, lower + VIOLATED * unit)
        if not len(fresh) and terms is not None:
            fresh, worst = _proof(terms, shares * unit, lower + 1e-7 * unit)
            proved = not len(fresh)
        reached = max(worst, lower)
        if reached < upper:
            upper, best = reached, shares * unit
        if not len(fresh) or not affordable():
            break
    return Lazy(lower, upper, best, proved, rounds)


def lazy_worst(
    values: ValuesOf, n: int, shares: FloatArray, *, seed: int = 1,
    affordable: Callable[[], bool] = lambda: True,
) -> tuple[BoolArray, float]:
    """The group that lacks most with the shares, as far as steepest ascent finds one."""
    search = _Search(values, n, np.random.default_rng(seed), affordable)
    search.remember(np.vstack([np.eye(n, dtype=bool), ~np.eye(n, dtype=bool)]))
    return search.worst(shares)


class _Search:
    """Groups that complain more than a level, by steepest ascent from several starts."""

    def __init__(
        self, values: ValuesOf, n: int, draw: np.random.Generator,
        affordable: Callable[[], bool],
    ) -> None:
        self.values, self.n, self.draw, self.affordable = values, n, draw, affordable
        self.known: set[int] = set()
        self.pool = np.zeros((0, n), bool)

    def worth(self, rows: BoolArray) -> FloatArray:
        """Worth of groups; what failed is worth nothing here, so that it never binds."""
        found = np.asarray(self.values(rows), np.float64)
        return np.where(np.isfinite(found), found, -1e300)

    def remember(self, rows: BoolArray) -> None:
        self.known.update(masks_of(rows))
        self.pool = np.vstack([self.pool, rows])

    def above(self, shares: FloatArray, level: float) -> tuple[BoolArray, float]:
        """Groups not yet in the programme that complain more than the level; the worst met."""
        lacks = self.worth(self.pool) - self.pool @ shares
        order = np.argsort(-lacks, kind="stable")[: STARTS]
        random = self.draw.random((STARTS, self.n)) < self.draw.random((STARTS, 1))
        met: dict[int, tuple[float, BoolArray]] = {}
        worst = float(lacks.max(initial=-np.inf))
        for start in np.vstack([self.pool[order], random]):
            top, lack = self._climb(start, shares, level, met)
            worst = max(worst, lack)
            if lack > level:
                self._note(met, top[None], np.array([lack]), level)
        found = sorted(met.values(), key=lambda x: -x[0])[: 2 * self.n]
        rows = np.array([r for _, r in found], bool).reshape(-1, self.n)
        return rows, worst

    def worst(self, shares: FloatArray) -> tuple[BoolArray, float]:
        """The group that complains most, of those met from all starts."""
        lacks = self.worth(self.pool) - self.pool @ shares
        order = np.argsort(-lacks, kind="stable")[:STARTS]
        random = self.draw.random((STARTS, self.n)) < self.draw.random((STARTS, 1))
        met: dict[int, tuple[float, BoolArray]] = {}
        starts = np.vstack([self.pool[order], random])
        ends = [(self.pool[order[0]], float(lacks[order[0]]))]
        ends += [self._climb(s, shares, np.inf, met) for s in starts]
        return max(ends, key=lambda end: end[1])

    def _climb(
        self, start: BoolArray, shares: FloatArray, level: float,
        met: dict[int, tuple[float, BoolArray]],
    ) -> tuple[BoolArray, float]:
        """Change the one player that raises the complaint most until none does."""
        row = start.copy()
        lack = -np.inf
        if _proper(row) and self.affordable():
            lack = float(self.worth(row[None])[0] - row @ shares)
        while self.affordable():
            near = np.repeat(row[None], self.n, axis=0)
            near[np.arange(self.n), np.arange(self.n)] ^= True
            near = near[[_proper(r) for r in near]]
            if not len(near):  # two players: nobody else to add or leave out
                return row, lack
            lacks = self.worth(near) - near @ shares
            self._note(met, near, lacks, level)
            k = int(np.argmax(lacks))
            if lacks[k] <= lack:
                return row, lack
            row, lack = near[k], float(lacks[k])
        return row, lack

    def _note(
        self, met: dict[int, tuple[float, BoolArray]], rows: BoolArray, lacks: FloatArray,
        level: float,
    ) -> None:
        over = np.flatnonzero(lacks > level)
        for k, mask in zip(over, masks_of(rows[over]), strict=True):
            if mask not in self.known:
                met[mask] = (float(lacks[k]), rows[k])


def _proper(row: BoolArray) -> bool:
    return bool(row.any() and not row.all())


def _proof(terms: Sum, shares: FloatArray, level: float) -> tuple[BoolArray, float]:
    """The group that complains most in a sum of small games, by integer programme, if above level.

    maximise the sum of d(T) y(T) - x(S): y(T) <= s_i for i in T where d(T) > 0, and y(T) >= the sum
    of s_i less |T| - 1 where d(T) < 0.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_matrix

    n, m = terms.n, len(terms.dividends)
    row: list[int] = []
    column: list[int] = []
    data: list[float] = []
    low: list[float] = []
    for t in range(m):
        inside = terms.member[terms.start[t] : terms.start[t + 1]]
        if terms.dividends[t] > 0:
            for i in inside:
                row += [len(low)] * 2
                column += [int(i), n + t]
                data += [1.0, -1.0]
                low.append(0.0)
        else:
            row += [len(low)] * (len(inside) + 1)
            column += [n + t, *map(int, inside)]
            data += [1.0, *[-1.0] * len(inside)]
            low.append(1.0 - len(inside))
    row += [len(low)] * n
    column += list(range(n))
    data += [1.0] * n
    matrix = coo_matrix((data, (row, column)), shape=(len(low) + 1, n + m)).tocsr()
    limits = LinearConstraint(matrix, [*low, 1.0], [*[np.inf] * len(low), n - 1.0])
    found = milp(
        np.concatenate([shares, -terms.dividends]), constraints=limits, bounds=Bounds(0.0, 1.0),
        integrality=np.concatenate([np.ones(n), np.zeros(m)]), options={"mip_rel_gap": 0.0},
    )
    group = np.asarray(found.x[:n] > 0.5)[None]
    lack = float(terms.values(group)[0] - group[0] @ shares)
    return (group if lack > level else group[:0]), lack
