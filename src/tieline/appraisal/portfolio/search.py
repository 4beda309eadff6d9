"""The best set under budgets: several seeds, each polished by swaps on the true value.

Sums of single or pairwise figures mislead where projects replace or need each other: the true
value of the whole set is asked for, and remembered. No optimality is claimed; the bound is that of
no set being worth more than all projects at once, where more is never worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.portfolio.asked import Asked
from tieline.appraisal.portfolio.seeds import knapsack, lazy_greedy
from tieline.appraisal.show import Cell, Sheet, Shown

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.portfolio.asked import ValuesOf
    from tieline.appraisal.portfolio.problem import Problem
    from tieline.region.model import FloatArray

NEAR = 12
"""Of the swaps that look best by single figures, how many are tried for each project taken out."""

PAIRED = 4
"""Of these, how many are tried two at a time."""

BATCH = 32
"""Sets asked for at once: enough to keep some workers busy."""


@dataclass(frozen=True, repr=False)
class Portfolio(Shown):
    """A set of projects under budgets.

    `value` is the true worth of the set, `spent` of shape (b,); `found_by` names the seed,
    `sum_alone` is what the projects are worth one by one: the difference is overlap or synergy.
    `low`, `high`: its worth at the ends of unit values, None where they are not known.
    """

    problem: Problem
    chosen: BoolArray
    value: float
    spent: FloatArray
    found_by: str
    seeds: dict[str, float]
    sum_alone: float
    evaluations: int
    unit: str = ""
    notes: tuple[str, ...] = ()
    status: str = "not refuted"
    low: float | None = None
    high: float | None = None

    @property
    def projects(self) -> tuple[str, ...]:
        """Ids of the set."""
        return self.problem.members(self.chosen)

    def to_frame(self) -> pd.DataFrame:
        """One row per project: whether it is in the set, what it costs in all."""
        import pandas as pd

        return pd.DataFrame({
            "project": list(self.problem.projects), "chosen": self.chosen,
            "cost": self.problem.costs.sum(axis=1), "portfolio_value": self.value,
            "unit": self.unit,
        })

    def sheets(self) -> tuple[Sheet, ...]:
        """The set and its budgets."""
        rows: list[list[Cell]] = [
            [name, float(s), float(b)] for name, s, b in
            zip(self.problem.names, self.spent, self.problem.budgets, strict=True)
        ]
        title = f"{len(self.projects)} projects worth {self.value:,.6g} [{self.unit or '1'}]"
        notes = (", ".join(self.projects), *self.notes)
        return (Sheet.of(title, ("budget", "spent", "of"), rows, notes),)


class _Purse:
    """Values of sets, each asked for once, and how many more may be."""

    def __init__(self, values: ValuesOf, budget: int) -> None:
        self.values, self.left, self.asked = values, budget, 0
        self.known: dict[bytes, float] = {}

    def __call__(self, row: BoolArray) -> float:
        return float(self.many(row[None])[0])

    def many(self, rows: BoolArray) -> FloatArray:
        """Values of rows; -inf for what failed or is no longer affordable."""
        keys = [np.packbits(r).tobytes() for r in rows]
        fresh: dict[bytes, int] = {}
        for i, key in enumerate(keys):
            if key not in self.known and key not in fresh and len(fresh) < self.left:
                fresh[key] = i
        if fresh:
            found = np.asarray(self.values(rows[list(fresh.values())]), np.float64)
            self.known |= {k: float(v) if np.isfinite(v) else -np.inf
                           for k, v in zip(fresh, found, strict=True)}
            self.left -= len(fresh)
            self.asked += len(fresh)
        return np.array([self.known.get(k, -np.inf) for k in keys])


def best_portfolio(
    problem: Problem, values: ValuesOf, *, evaluations: int = 20_000, unit: str = "",
    single: Sequence[tuple[str, FloatArray]] = (), start: Sequence[BoolArray] = (),
) -> Portfolio:
    """The best set found.

    Parameters
    ----------
    values
        True worth of sets given as rows (m, n) of booleans. A set whose value is NaN or that raises
        is not chosen, and named in the notes.
    evaluations
        Most sets to ask for.
    single
        Further (name, worth of shape (n,)) for knapsack seeds, such as Shapley values.
    start
        Further sets to start from; those that break a limit are left out.

    Raises
    ------
    CaseError
        If the value of no project at all fails, or that of every set: each is named with why.
    """
    asked = values if isinstance(values, Asked) else Asked(problem, values)
    purse = _Purse(asked, evaluations)
    n = problem.n
    nothing = np.zeros(n, bool)
    base = purse(nothing)
    every = purse(np.ones(n, bool))
    alone = purse.many(np.eye(n, dtype=bool)) - base
    fewer = purse.many(~np.eye(n, dtype=bool))
    asked.stop_if_hopeless()
    known = np.isfinite(fewer) & np.isfinite(every)
    without = np.where(known, (every if np.isfinite(every) else 0.0) - np.where(known, fewer, 0.0),
                       alone)
    seeds: dict[str, BoolArray] = {"nothing": nothing}
    for name, worth in (("put one in", alone), ("take one out", without), *single):
        seeds[f"knapsack, {name}"] = knapsack(problem, np.asarray(worth))
    seeds["greedy"] = lazy_greedy(problem, purse, by_cost=False)
    seeds["greedy per cost"] = lazy_greedy(problem, purse, by_cost=True)
    seeds |= {f"given {k + 1}": row for k, row in enumerate(start) if problem.allows(row)}
    reached = {name: purse(row) for name, row in seeds.items()}
    best, found_by = nothing, "nothing"
    for name in sorted(seeds, key=lambda s: -reached[s]):
        polished = _polish(problem, purse, seeds[name], np.maximum(alone, without))
        if purse(polished) > purse(best):
            best, found_by = polished, name
    best = _pruned(problem, purse, best, alone)
    notes = []
    if asked.failures:
        notes.append(asked.failed())
    if not best.any():
        notes.append("no set that could be valued fits the budgets and gains anything"
                     if asked.failures else "no project fits the budgets or gains anything")
    if purse.left <= 0:
        notes.append("the evaluations ran out before no swap improved the set")
    return Portfolio(
        problem, best, purse(best) - base, problem.costs[best].sum(axis=0), found_by,
        {k: v - base for k, v in reached.items()}, float(alone[best].sum()), purse.asked, unit,
        tuple(notes),
    )


def portfolio_curve(
    problem: Problem, values: ValuesOf, parts: Sequence[float], *, evaluations: int = 20_000,
    unit: str = "",
) -> tuple[Portfolio, ...]:
    """The best set at parts of the budgets (0 to 1), each starting also from the one before.

    Values are remembered from one budget to the next; a larger budget is never worth less.
    """
    remembered = values if isinstance(values, Asked) else Asked(problem, values)
    found: list[Portfolio] = []
    for part in sorted(parts):
        start = [found[-1].chosen] if found else []
        found.append(best_portfolio(problem.with_budgets(problem.budgets * part), remembered,
                                    evaluations=evaluations, unit=unit, start=start))
    return tuple(found)


def _polish(problem: Problem, purse: _Purse, row: BoolArray, hint: FloatArray) -> BoolArray:
    """Add, swap and drop projects while the true value rises; the first batch that helps counts."""
    reached = purse(row)
    improved = True
    while improved and purse.left > 0:
        improved = False
        for rows in _neighbours(problem, row, hint):
            worth = purse.many(rows)
            k = int(np.argmax(worth))
            if worth[k] > reached + 1e-12 * max(1.0, abs(reached)):
                row, reached, improved = rows[k], float(worth[k]), True
                break
    return row


def _pruned(problem: Problem, purse: _Purse, row: BoolArray, hint: FloatArray) -> BoolArray:
    """The set without projects that add nothing to it, the least promising left out first."""
    reached = purse(row)
    inside = np.flatnonzero(row)
    for i in inside[np.argsort(hint[inside], kind="stable")]:
        less = _without(row, int(i))
        if problem.allows(less) and purse(less) >= reached:
            row = less
    return row


def _neighbours(problem: Problem, row: BoolArray, hint: FloatArray) -> Iterator[BoolArray]:
    """Batches of allowed sets: one project more or less, then one for one or for two others."""
    inside, outside = np.flatnonzero(row), np.flatnonzero(~row)
    order = [int(k) for k in outside[np.argsort(-hint[outside], kind="stable")]]
    near = [_with(problem, row, k) for k in order]
    near += [_without(row, int(i)) for i in inside]
    batch = [r for r in near if problem.allows(r)]
    for i in inside[np.argsort(hint[inside], kind="stable")]:
        if len(batch) >= BATCH:
            yield np.array(batch)
            batch = []
        batch += _swaps(problem, row, int(i), order)
    if batch:
        yield np.array(batch)


def _swaps(problem: Problem, row: BoolArray, i: int, order: Sequence[int]) -> list[BoolArray]:
    """Sets without i and with one or two others."""
    less = _without(row, i)
    found: list[BoolArray] = []
    fitting: list[int] = []
    for k in order:
        changed = _with(problem, less, k)
        if not changed[i] and problem.allows(changed):
            found.append(changed)
            fitting.append(k)
        if len(fitting) >= NEAR:
            break
    for a, k in enumerate(fitting[:PAIRED]):
        for other in fitting[a + 1 : PAIRED]:
            changed = _with(problem, _with(problem, less, k), other)
            if not changed[i] and problem.allows(changed):
                found.append(changed)
    return found


def _with(problem: Problem, row: BoolArray, k: int) -> BoolArray:
    changed = row.copy()
    changed[problem.closure(k)] = True
    return changed


def _without(row: BoolArray, i: int) -> BoolArray:
    changed = row.copy()
    changed[i] = False
    return changed
