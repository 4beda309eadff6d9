"""Least-cost abatement: against another solver, and what joint planning promises."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from tieline.water.quality.abate import Problem, components, cut


def random_problem(seed, n=12, rows=7, owners=4):
    rng = np.random.default_rng(seed)
    return Problem(
        rng.uniform(1, 10, n), rng.integers(0, owners, n),
        rng.uniform(0, 1, (rows, n)) * (rng.random((rows, n)) < 0.5), rng.uniform(-0.5, 3, rows),
        rng.uniform(0, 12, rows), rng.integers(0, owners, rows))


def mask(members, n=4):
    return np.isin(np.arange(n), members)


def total(problem, members):
    found = cut(problem, mask(members))
    return found.cost(problem) + found.damage(problem)


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_costs_what_another_solver_finds(seed):
    p = random_problem(seed)
    members = [0, 2, 3]
    steps = np.flatnonzero(np.isin(p.step_owner, members))
    rows = np.flatnonzero(np.isin(p.limit_owner, members))
    twin = linprog(
        np.concatenate([p.cost[steps], p.damage[rows]]),
        A_ub=-np.hstack([p.effect[np.ix_(rows, steps)], np.eye(len(rows))]), b_ub=-p.excess[rows],
        bounds=[(0, 1)] * len(steps) + [(0, None)] * len(rows))
    assert total(p, members) == pytest.approx(twin.fun, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_planning_together_never_costs_more(seed):
    p = random_problem(seed)
    alone = {s: total(p, s) for k in range(1, 5) for s in combinations(range(4), k)}
    for s, cost in alone.items():
        for k in range(1, len(s)):
            for part in combinations(s, k):
                rest = tuple(j for j in s if j not in part)
                assert cost <= alone[part] + alone[rest] + 1e-9


def test_the_same_programme_always_gives_the_same_plan():
    p = random_problem(1)
    first = cut(p, mask([0, 1, 2, 3]))
    cut(p, mask([1]))
    again = cut(p, mask([0, 1, 2, 3]))
    assert first.share.tobytes() == again.share.tobytes()


def test_outsiders_stay_as_they_are_today():
    p = random_problem(2)
    found = cut(p, mask([1]))
    assert np.all(found.share[p.step_owner != 1] == 0.0)
    assert np.all(found.above[p.limit_owner != 1] == 0.0)


def test_hard_targets_are_met_at_least_cost_or_named():
    p = Problem(
        np.array([1.0, 10.0]), np.array([0, 1]), np.array([[1.0, 1.0], [0.5, 0.0]]),
        np.array([1.5, 0.4]), np.zeros(2), np.array([0, 0]))
    together = cut(p, np.array([True, True]), hard=True)
    np.testing.assert_allclose(together.share, [1.0, 0.5], atol=1e-7)
    assert together.unmet.tolist() == []
    alone = cut(p, np.array([True, False]), hard=True)
    assert alone.unmet.tolist() == [0]
    assert alone.above[0] == pytest.approx(0.5)
    nothing = cut(p, np.array([False, True]), hard=True)
    assert nothing.unmet.tolist() == []


def test_the_worth_at_the_margin_is_what_a_stricter_limit_costs():
    p = random_problem(3)
    everybody = mask([0, 1, 2, 3])
    found = cut(p, everybody)
    q = int(np.argmax(found.worth))
    excess = p.excess.copy()
    excess[q] += 1e-6
    stricter = Problem(p.cost, p.step_owner, p.effect, excess, p.damage, p.limit_owner)
    more = cut(stricter, everybody)
    rise = more.cost(p) + more.damage(p) - found.cost(p) - found.damage(p)
    assert rise / 1e-6 == pytest.approx(found.worth[q], rel=1e-3)


def test_components_follow_the_relation():
    rel = np.eye(4, dtype=bool)
    rel[0, 2] = rel[2, 0] = rel[2, 3] = rel[3, 2] = True
    assert [m.tolist() for m in components(rel)] == [
        [True, False, True, True], [False, True, False, False]]
