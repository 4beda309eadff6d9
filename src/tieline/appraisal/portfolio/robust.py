"""Portfolios that hold in several scenarios: non-dominated sets, core index, regret.

Robust portfolio modelling (Liesioe, Mild and Salo 2007, 2008): a set is dominated if another is at
least as good in every scenario and better in one. A project in all non-dominated sets is worth
building whatever comes (core index 1), one in none can be dropped (0), and further study pays for
the rest. Sets come from a search, so that "all" means all that were found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.portfolio.asked import Asked
from tieline.appraisal.portfolio.search import best_portfolio
from tieline.appraisal.show import Cell, Sheet, Shown

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.portfolio.problem import Problem
    from tieline.region.model import FloatArray

BLENDS = 6
"""Random blends of scenarios that are searched too, beside each scenario and their mean."""


@dataclass(frozen=True, repr=False)
class Robust(Shown):
    """Non-dominated sets over scenarios.

    `sets` has shape (m, n), `values` (m, s); `core_index` (n,): part of the sets with a project;
    `regret` (m,): the most a set falls short of the best of a scenario. `choice` has least regret.
    `counted` says that the budget is a number of projects. `low`, `high` (m, s): worth of the sets
    at the ends of unit values; None where they are not known.
    """

    problem: Problem
    scenarios: tuple[str, ...]
    sets: BoolArray
    values: FloatArray
    best: FloatArray
    evaluations: int
    unit: str = ""
    status: str = "not refuted"
    notes: tuple[str, ...] = ()
    counted: bool = False
    low: FloatArray | None = None
    high: FloatArray | None = None

    @property
    def core_index(self) -> FloatArray:
        """Shape (n,): part of the non-dominated sets that hold a project."""
        return np.asarray(self.sets.mean(axis=0))

    @property
    def regret(self) -> FloatArray:
        """Shape (m,): the most each set falls short of the best in any scenario."""
        return np.asarray((self.best - self.values).max(axis=1))

    @property
    def choice(self) -> int:
        """Number of the set with least regret."""
        return int(np.argmin(self.regret))

    def to_frame(self) -> pd.DataFrame:
        """One row per project: core index, whether it is in the set of least regret."""
        import pandas as pd

        return pd.DataFrame({
            "project": list(self.problem.projects), "core_index": self.core_index,
            "in_least_regret": self.sets[self.choice],
        })

    def sets_frame(self) -> pd.DataFrame:
        """One row per set, scenario and project in the set's numbering, least regret first.

        `value` is the set's worth in the scenario, `best` that of the best set found there.
        """
        import pandas as pd

        budget = float(self.problem.budgets.sum())
        return pd.DataFrame([
            {"set": place + 1, "unit": self.unit, "budget": budget, "scenario": scenario,
             "value": float(self.values[k, s]), **self._ends(k, s), "best": float(self.best[s]),
             "regret": float(self.regret[k]), "project": name, "chosen": bool(yes)}
            for place, k in enumerate(np.argsort(self.regret, kind="stable"))
            for s, scenario in enumerate(self.scenarios)
            for name, yes in zip(self.problem.projects, self.sets[k], strict=True)
        ])

    def _ends(self, k: int, s: int) -> dict[str, float]:
        if self.low is None or self.high is None:
            return {}
        return {"value_low": float(self.low[k, s]), "value_high": float(self.high[k, s])}

    def record(self) -> dict[str, object]:
        """Plain values, for JSON: projects by core index, sets with least regret first."""
        order = np.argsort(self.regret, kind="stable")
        return {
            "scenarios": list(self.scenarios), "unit": self.unit, "status": self.status,
            "budget": float(self.problem.budgets.sum()), "evaluations": self.evaluations,
            "budgets": dict(zip(self.problem.names, map(float, self.problem.budgets),
                                strict=True)),
            "notes": list(self.notes),
            "best": dict(zip(self.scenarios, map(float, self.best), strict=True)),
            "projects": self.to_frame().to_dict("records"),
            "sets": [
                {"projects": [p for p, yes in zip(self.problem.projects, self.sets[k], strict=True)
                              if yes],
                 "values": dict(zip(self.scenarios, map(float, self.values[k]), strict=True)),
                 **({} if self.low is None or self.high is None else {
                     "low": dict(zip(self.scenarios, map(float, self.low[k]), strict=True)),
                     "high": dict(zip(self.scenarios, map(float, self.high[k]), strict=True))}),
                 "regret": float(self.regret[k])} for k in order
            ],
        }

    def sheets(self) -> tuple[Sheet, ...]:
        """Projects by core index."""
        order = np.argsort(-self.core_index, kind="stable")
        rows: list[list[Cell]] = [
            [self.problem.projects[k], float(self.core_index[k]),
             "yes" if self.sets[self.choice][k] else ""] for k in order
        ]
        title = f"{len(self.sets)} sets over {len(self.scenarios)} scenarios; least regret "
        title += f"{self.regret[self.choice]:,.6g} [{self.unit or '1'}]"
        return (Sheet.of(title, ("project", "core index", "least regret"), rows),)


def robust_portfolios(
    problem: Problem, values: Callable[[BoolArray], FloatArray], scenarios: Sequence[str], *,
    evaluations: int = 20_000, seed: int = 1, unit: str = "",
) -> Robust:
    """Sets that no other found set dominates; `values` gives (m, s) worth by scenario.

    A set whose value fails in any scenario is in none; errors as in `best_portfolio`.
    """
    every = Asked(problem, values, len(scenarios))
    every(np.vstack([np.zeros((1, problem.n), bool), np.eye(problem.n, dtype=bool)]))
    every.stop_if_hopeless()
    s = len(scenarios)
    draw = np.random.default_rng(seed)
    blends = [*np.eye(s), np.full(s, 1.0 / s), *draw.dirichlet(np.ones(s), BLENDS if s > 1 else 0)]
    found: list[BoolArray] = []
    for blend in blends:
        made = best_portfolio(problem, _Blend(every, blend), evaluations=evaluations,
                              start=found[-1:])
        found.append(made.chosen)
    rows = np.unique(np.array(found, bool), axis=0)
    worth = every(rows)
    tops = worth.max(axis=0)
    keep = [k for k in range(len(rows)) if not _dominated(worth, k)]
    return Robust(problem, tuple(scenarios), rows[keep], worth[keep], np.asarray(tops),
                  len(every), unit, notes=(every.failed(),) if every.failures else ())


@dataclass(frozen=True)
class _Blend:
    """The worth of sets over scenarios, weighed."""

    every: Callable[[BoolArray], FloatArray]
    weights: FloatArray

    def __call__(self, rows: BoolArray) -> FloatArray:
        return np.asarray(self.every(rows) @ self.weights)


def _dominated(worth: FloatArray, k: int) -> bool:
    better = (worth >= worth[k]).all(axis=1) & (worth > worth[k]).any(axis=1)
    return bool(better.any())
