"""Sets to start from: knapsacks on figures of single projects, lazy greedy on the true value."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.portfolio.problem import Problem
    from tieline.region.model import FloatArray

Value = Callable[["BoolArray"], float]


def knapsack(problem: Problem, worth: FloatArray) -> BoolArray:
    """Shape (n,): the set of largest summed worth (n,), by integer programme (HiGHS)."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    n = problem.n
    rows = [*problem.costs.T]
    limits = [*problem.budgets]
    for a, b in problem.needs:
        row = np.zeros(n)
        row[a], row[b] = 1.0, -1.0
        rows.append(row)
        limits.append(0.0)
    for group in problem.excludes:
        row = np.zeros(n)
        row[list(group)] = 1.0
        rows.append(row)
        limits.append(1.0)
    gain = np.where(np.isfinite(worth), worth, 0.0)
    found = milp(
        -gain, constraints=LinearConstraint(csr_matrix(np.array(rows)), -np.inf, limits),
        bounds=Bounds(0.0, 1.0), integrality=np.ones(n),
        options={"mip_rel_gap": 1e-6, "node_limit": 20_000},
    )
    if found.x is None:
        return np.zeros(n, bool)
    chosen = np.asarray(found.x > 0.5)
    return chosen if problem.allows(chosen) else np.zeros(n, bool)


def lazy_greedy(problem: Problem, value: Value, *, by_cost: bool) -> BoolArray:
    """Shape (n,): the project that adds most, again and again; per cost if asked for.

    CELF (Leskovec et al. 2007): a gain once measured is an upper bound where projects replace each
    other, so most need not be measured again. A project comes with all that it needs.
    """
    chosen = np.zeros(problem.n, bool)
    reached = value(chosen)
    heap = [(-np.inf, k, -1) for k in range(problem.n)]
    step = 0
    while heap:
        bound, k, seen = heapq.heappop(heap)
        row = chosen.copy()
        row[problem.closure(k)] = True
        if chosen[k] or not problem.allows(row):
            continue
        if seen == step:
            if -bound <= 0.0:
                break
            chosen, reached, step = row, value(row), step + 1
            continue
        gain = value(row) - reached
        dear = _part_of_budget(problem, row & ~chosen) if by_cost else 1.0
        score = gain / dear if np.isfinite(gain) else -np.inf
        heapq.heappush(heap, (-score, k, step))
    return chosen


def _part_of_budget(problem: Problem, row: BoolArray) -> float:
    """The largest part of any budget that a set takes; tiny for what costs nothing."""
    spent = problem.costs[row].sum(axis=0)
    bound = np.where(problem.budgets > 0, problem.budgets, 1.0)
    return max(float((spent / bound).max(initial=0.0)), 1e-12)
