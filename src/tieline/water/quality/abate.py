"""Least-cost abatement: how much of each step to cut so that cost and damage together are least.

One linear programme for each component of jurisdictions that plan together (HiGHS). Those outside
stay as they are today. Exceedance is penalised, so that there is always a plan; with hard targets
it is forbidden, and what cannot be met alone is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Matrix = NDArray[np.bool_]

TINY = 1e-9


@dataclass(frozen=True)
class Problem:
    """What can be cut and what must be met.

    `cost` (n_steps,) of a step cut whole [currency/yr], `step_owner` (n_steps,). `effect`
    (n_limits, n_steps) is how far a step cut whole brings each limit nearer [mg/L], >= 0; `excess`
    (n_limits,) how far it is passed today, negative below it. `damage` (n_limits,) currency per
    mg/L and year above; `limit_owner` (n_limits,).
    """

    cost: Floats
    step_owner: Ints
    effect: Floats
    excess: Floats
    damage: Floats
    limit_owner: Ints


@dataclass(frozen=True)
class Cut:
    """A plan: share cut of each step (n_steps,), what remains above each limit (n_limits,) [mg/L].

    Both hold members' rows only, 0 elsewhere. `unmet` are the limits that hard targets could not
    meet; `worth` (n_limits,) what a mg/L of the limit costs at the margin [currency/yr].
    """

    share: Floats
    above: Floats
    worth: Floats
    unmet: Ints

    def cost(self, problem: Problem) -> float:
        """Cost of abatement [currency/yr]."""
        return float(problem.cost @ self.share)

    def damage(self, problem: Problem) -> float:
        """Damage that remains [currency/yr]."""
        return float(problem.damage @ self.above)


def cut(problem: Problem, members: Matrix, *, hard: bool = False) -> Cut:
    """The least-cost plan of the members (mask over jurisdictions), everybody else as today."""
    useful = problem.effect.max(axis=0, initial=0.0) > 0.0
    steps = np.flatnonzero(members[problem.step_owner] & useful)
    mine = members[problem.limit_owner]
    effect = problem.effect[:, steps]
    # A limit that nobody here passes, or that nothing here can move, needs no row.
    rows = np.flatnonzero(mine & (problem.excess > 0.0))
    price = np.where(problem.damage[rows] > 0.0, problem.damage[rows], 0.0)
    share, above = np.zeros(len(problem.cost)), np.where(mine, np.maximum(problem.excess, 0.0), 0.0)
    worth = np.zeros(len(problem.excess))
    unmet = np.empty(0, np.int64)
    if len(rows) and len(steps):
        given = problem.cost[steps], effect[rows], problem.excess[rows]
        if hard:
            found, left, dual, short = _hard(*given)
            unmet = rows[short]
        else:
            found, left, dual = _solve(*given, price)
        share[steps], above[rows], worth[rows] = found, left, dual
    elif hard:
        unmet = rows
    return Cut(share, above, worth, unmet)


def _hard(
    cost: Floats, effect: Floats, excess: Floats
) -> tuple[Floats, Floats, Floats, Ints]:
    """First as near to the limits as can be, then at least cost; what stays above is unmet."""
    _, left, _ = _solve(np.zeros(len(cost)), effect, excess, np.ones(len(excess)))
    slack = np.where(left > 1e-7 * np.maximum(excess, 1.0), left, 0.0)
    never = np.full(len(excess), np.inf)
    share, _, dual = _solve(cost, effect, excess - slack * (1.0 + 1e-9), never)
    left = np.maximum(excess - effect @ share, 0.0)
    return share, np.where(slack > 0.0, left, 0.0), dual, np.flatnonzero(slack > 0.0)


def _solve(
    cost: Floats, effect: Floats, excess: Floats, price: Floats
) -> tuple[Floats, Floats, Floats]:
    """Min cost x + price e with effect x + e >= excess, 0 <= x <= 1, e >= 0 (e = 0 where inf)."""
    import highspy

    n_rows, n = effect.shape
    largest = np.max(price[np.isfinite(price)], initial=TINY)
    scale = max(float(np.max(cost, initial=0.0)), float(largest))
    size = np.maximum(effect.max(axis=1, initial=0.0), TINY)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + n_rows, n_rows
    free = np.isfinite(price)
    lp.col_cost_ = np.concatenate([cost, np.where(free, price, 0.0) * size]) / scale
    lp.col_lower_ = np.zeros(n + n_rows)
    lp.col_upper_ = np.concatenate([np.ones(n), np.where(free, highspy.kHighsInf, 0.0)])
    lp.row_lower_ = excess / size
    lp.row_upper_ = np.full(n_rows, highspy.kHighsInf)
    filled = np.abs(effect) > 0.0
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    per = filled.sum(axis=0)
    columns, rows = np.nonzero(filled.T)
    matrix.start_ = np.concatenate([[0], np.cumsum(np.concatenate([per, np.ones(n_rows, int)]))]
                                   ).astype(np.int32)
    matrix.index_ = np.concatenate([rows, np.arange(n_rows)]).astype(np.int32)
    matrix.value_ = np.concatenate([(effect / size[:, None])[rows, columns], np.ones(n_rows)])
    solver = _solver()
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        problem = f"the abatement programme ended as {solver.getModelStatus()}"
        raise EngineError(problem)
    solution = solver.getSolution()
    share = np.clip(np.array(solution.col_value[:n]), 0.0, 1.0)
    above = np.where(free, np.maximum(excess - effect @ share, 0.0), 0.0)
    return share, above, np.maximum(np.array(solution.row_dual), 0.0) * scale / size


def _solver() -> Any:
    """A fresh solver on one thread: the same programme always gives the same plan."""
    import highspy

    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex"),
        ("random_seed", 0),
    ):
        solver.setOptionValue(name, value)
    return solver


def components(open_pairs: Matrix) -> list[Matrix]:
    """Connected components of the relation (n, n), as masks, by their first member."""
    n = len(open_pairs)
    seen = np.zeros(n, bool)
    found = []
    for start in range(n):
        if seen[start]:
            continue
        mask = np.zeros(n, bool)
        mask[start] = True
        while True:
            grown = mask | open_pairs[mask].any(axis=0)
            if np.array_equal(grown, mask):
                break
            mask = grown
        seen |= mask
        found.append(mask)
    return found
