"""Portfolios on the true value of sets: budgets kept, seeds beaten, precedence, scenarios."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from tieline.appraisal.games.terms import Sum
from tieline.appraisal.portfolio.problem import Problem
from tieline.appraisal.portfolio.robust import robust_portfolios
from tieline.appraisal.portfolio.search import best_portfolio, portfolio_curve
from tieline.errors import CaseError
from tieline.messages import translate


def trips(n: int, seed: int, count: int = 60) -> Sum:
    """Trips served by the best of a few projects; some projects need each other."""
    rng = np.random.default_rng(seed)
    terms = []
    for _ in range(count):
        k = int(rng.integers(2, 4))
        gains, table = rng.lognormal(size=k), np.zeros(1 << k)
        joint = rng.random() < 0.3
        for mask in range(1, 1 << k):
            table[mask] = max(gains[i] for i in range(k) if mask >> i & 1)
            table[mask] += joint * 2.0 * (mask & 3 == 3)
        terms.append((tuple(map(int, rng.choice(n, k, replace=False))), table))
    return Sum.of(tuple(range(n)), terms)


def names(n: int) -> tuple[str, ...]:
    return tuple(f"p{k}" for k in range(n))


def by_enumeration(problem: Problem, values) -> float:
    rows = np.array(list(product([False, True], repeat=problem.n)))
    rows = rows[[problem.allows(r) for r in rows]]
    return float(values(rows).max())


@pytest.mark.parametrize("seed", range(8))
def test_the_set_found_is_the_best_of_all_for_few_projects(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = trips(11, seed, 30)
    cost = rng.uniform(1, 3, (11, 2)) * (rng.random((11, 2)) < 0.8)
    problem = Problem.of(names(11), cost, cost.sum(axis=0) * 0.4,
                         needs={"p3": ["p1"], "p5": ["p3"]}, excludes=[("p0", "p2", "p4")])
    found = best_portfolio(problem, game.values)
    assert problem.allows(found.chosen)
    assert found.value == pytest.approx(float(game.values(found.chosen[None])[0]))
    assert np.all(found.spent <= problem.budgets + 1e-9)
    assert found.value >= 0.99 * by_enumeration(problem, game.values)
    assert found.value >= max(found.seeds.values()) - 1e-9


def test_a_larger_budget_is_never_worth_less_and_everything_fits_the_whole() -> None:
    game = trips(40, 3, 200)
    cost = np.random.default_rng(1).uniform(1, 3, 40)
    problem = Problem.of(names(40), cost, cost.sum())
    curve = portfolio_curve(problem, game.values, (0.0, 0.1, 0.3, 0.5, 1.0))
    worth = [p.value for p in curve]
    assert worth[0] == 0.0
    assert all(a <= b + 1e-9 for a, b in pairwise(worth))
    assert worth[-1] == pytest.approx(float(game.values(np.ones((1, 40), bool))[0]))
    assert curve[0].notes == ("no project fits the budgets or gains anything",)
    assert curve[2].value > 1.02 * curve[2].seeds["knapsack, put one in"]
    assert "budget 1" in repr(curve[2])


def test_failed_values_and_spent_evaluations_are_lived_with() -> None:
    game = trips(12, 5)

    def values(rows: np.ndarray) -> np.ndarray:
        worth = game.values(rows)
        worth[rows[:, 0] & rows[:, 1]] = np.nan
        return worth

    cost = np.ones(12)
    problem = Problem.of(names(12), cost, 5.0)
    found = best_portfolio(problem, values)
    assert not (found.chosen[0] and found.chosen[1])
    short = best_portfolio(problem, values, evaluations=30)
    assert short.evaluations <= 30
    assert problem.allows(short.chosen)
    assert "the evaluations ran out" in short.notes[-1]


def failing(bad):
    """Each project is worth 1; sets that `bad` picks raise, or are no number."""
    def values(rows: np.ndarray) -> np.ndarray:
        worth = rows.sum(axis=1).astype(float)
        for k, row in enumerate(rows):
            if (found := bad(row)) is not None:
                worth[k] = found()
        return worth

    return values


def nan() -> float:
    return float("nan")


def division() -> float:
    return 1 / 0


@pytest.mark.parametrize(("fault", "why"), [
    (nan, "value: expected finite numbers, found nan"),
    (division, "ZeroDivisionError: division by zero"),
])
def test_sets_whose_value_fails_are_named_and_not_chosen(fault, why) -> None:
    problem = Problem.of(names(4), np.ones(4), 3.0)
    values = failing(lambda row: fault if row[1] and row[2] else None)
    found = best_portfolio(problem, values)
    assert found.value == 3.0
    assert not (found.chosen[1] and found.chosen[2])
    assert "sets could not be valued" in found.notes[0]
    assert f"p1+p2: {why}" in found.notes[0] or f"p0+p1+p2+p3: {why}" in found.notes[0]
    assert all(translate(n) for n in found.notes)
    curve = portfolio_curve(problem, values, (0.5, 1.0))
    assert "could not be valued" in curve[-1].notes[0]
    robust = robust_portfolios(
        problem, lambda rows: np.stack([values(rows), rows.sum(axis=1)], axis=1), ("wet", "dry"))
    assert not (robust.sets[:, 1] & robust.sets[:, 2]).any()
    assert "could not be valued" in robust.notes[0]


@pytest.mark.parametrize("fault", [nan, division])
def test_where_nothing_can_be_compared_the_failure_is_told_not_that_nothing_gains(fault) -> None:
    problem = Problem.of(names(3), np.ones(3), 2.0)
    with pytest.raises(CaseError, match=r"1 set could not be valued: no project: "):
        best_portfolio(problem, failing(lambda row: None if row.any() else fault))
    with pytest.raises(CaseError, match=r"sets could not be valued: .*p0: "):
        best_portfolio(problem, failing(lambda row: fault if row.any() else None))
    with pytest.raises(CaseError, match="no project: "):
        robust_portfolios(problem, lambda rows: failing(lambda row: fault)(rows)[:, None], ("a",))
    with pytest.raises(CaseError, match=r"expected shape \(1,\), found \(1, 2\)"):
        best_portfolio(problem, lambda rows: np.ones((len(rows), 2)))


@pytest.mark.parametrize(("options", "told"), [
    ({"needs": {"p0": ["p1"], "p1": ["p2"], "p2": ["p0"]}}, "in a circle"),
    ({"needs": {"p0": ["p0"]}}, "in a circle"),
    ({"needs": {"p0": ["p1", "p2"]}, "excludes": [("p1", "p2")]}, "'p0' can never be built"),
    ({"needs": {"p0": ["q"]}}, "unknown projects: q"),
])
def test_precedence_that_contradicts_itself_is_refused(options, told) -> None:
    with pytest.raises(CaseError, match=told):
        Problem.of(names(3), np.ones(3), 2.0, **options)


def test_costs_and_budgets_that_are_none_are_refused() -> None:
    with pytest.raises(CaseError, match="not so for: p1"):
        Problem.of(names(2), np.array([1.0, np.nan]), 2.0)
    with pytest.raises(CaseError, match="expected numbers >= 0"):
        Problem.of(names(2), np.ones(2), -1.0)
    with pytest.raises(CaseError, match="costs have 1 columns, but there are 2 budgets"):
        Problem.of(names(2), np.ones(2), np.ones(2))


def test_scenarios_tell_what_to_build_whatever_comes() -> None:
    """p0 pays in both scenarios, p1 only in the first, p2 only in the second, p3 never."""
    gain = np.array([[9.0, 9.0], [5.0, 0.0], [0.0, 5.0], [0.1, 0.1]])
    problem = Problem.of(names(4), np.ones(4), 2.0)
    found = robust_portfolios(problem, lambda rows: rows @ gain, ("wet", "dry"))
    np.testing.assert_allclose(found.core_index, [1.0, 0.5, 0.5, 0.0])
    assert found.regret[found.choice] == pytest.approx(5.0)
    np.testing.assert_allclose(found.best, [14.0, 14.0])
    assert set(found.to_frame()["project"]) == set(names(4))
    assert "core index" in repr(found)
