"""More players than coalitions can be counted: estimates with their check, the lazy least core."""

from __future__ import annotations

import numpy as np
import pytest

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.terms import Sum
from tieline.appraisal.sampling.estimate import estimate
from tieline.appraisal.sampling.permutations import Orders
from tieline.appraisal.sampling.surrogate import _cross, _prior, fit_pairs, krawtchouk
from tieline.appraisal.solutions.core import lazy_least_core, least_core
from tieline.appraisal.solutions.interactions import interactions
from tieline.appraisal.solutions.solve import Solver


def corridor_terms(n: int, reach: int = 6, seed: int = 1) -> list[tuple[tuple[int, ...], float]]:
    """Places in a row; a trip is worth something if all it passes cooperate."""
    size = np.random.default_rng(seed).lognormal(size=n)
    return [(tuple(range(a, b + 1)), size[a] * size[b] / (b - a))
            for a in range(n) for b in range(a + 1, min(n, a + reach + 1))]


def corridor(n: int, reach: int = 6, seed: int = 1) -> Sum:
    return Sum.of(tuple(range(n)), corridor_terms(n, reach, seed))


def shares_of(terms: Sum) -> np.ndarray:
    return terms.shared(terms.dividends / terms.lengths)


def test_an_estimate_is_close_and_its_intervals_hold_the_truth() -> None:
    terms = corridor(24)
    truth = shares_of(terms)
    inside, errors = [], []
    for seed in range(6):
        found = estimate(terms.values, 24, 30 * 24, seed=seed)
        assert found.agree
        assert found.shares.sum() == pytest.approx(truth.sum(), rel=1e-4)
        inside.append(np.abs(found.shares - truth) <= found.z * found.se)
        errors.append(np.linalg.norm(found.shares - truth) / np.linalg.norm(truth - truth.mean()))
    assert np.mean(inside) > 0.85
    assert np.mean(errors) < 0.1


@pytest.mark.parametrize("n", [2, 3, 17])
def test_a_tiny_budget_gives_wide_intervals_and_says_that_nothing_checks_them(n: int) -> None:
    """Warnings are errors here; the truth lies within for all but the one who differs."""
    players = tuple(f"p{k}" for k in range(n))
    for budget in (1, 2, 3, 5, 8):
        if budget >= 1 << n:
            continue
        solver = Solver(Game(players, lambda g: float("p0" in g) + len(g)), budget=budget)
        found = solver.shapley()
        assert found.status == "estimated"
        assert found.shares.sum() == pytest.approx(n + 1.0)
        truth = np.ones(n) + (np.arange(n) == 0)
        assert ((found.lo <= truth + 1e-9) & (truth <= found.hi + 1e-9)).mean() >= 1 - 1 / n
        assert any(f"needs a budget of {4 * (n - 1) + 1}" in note for note in found.notes)
        assert np.isfinite(solver.interactions().se).all()
        assert np.isfinite(solver.core_check(found).lack)
        assert np.isfinite(solver.least_core().epsilon)


def test_where_all_coalitions_seen_are_worth_nothing_this_is_said() -> None:
    players = tuple(f"p{k}" for k in range(18))
    solver = Solver(Game(players, lambda g: 0.0), budget=60)
    found = solver.shapley()
    assert not found.shares.any()
    assert any("nothing tells the players apart" in note for note in found.notes)
    assert not solver.interactions().values.any()


def test_orders_alone_are_unbiased() -> None:
    terms = corridor(8)
    orders = Orders.draw(8, 4000, np.random.default_rng(2))
    rows = orders.prefixes().reshape(-1, 8)
    there, back = (terms.values(r).reshape(4000, 7) for r in (rows, ~rows))
    means = orders.pair_means(there, back, float(terms.values(np.ones((1, 8), bool))[0]))
    se = means.std(axis=0) / np.sqrt(4000)
    assert np.all(np.abs(means.mean(axis=0) - shares_of(terms)) < 4 * se)
    np.testing.assert_allclose(means.sum(axis=1), shares_of(terms).sum())


def test_the_surrogate_knows_how_shares_follow_from_coefficients() -> None:
    """Slow twin: phi_i = sum of 2 b_A / |A| over odd A with i, b independent normal."""
    n, weights = 6, np.array([0.5, 0.3, 0.2, 0.0])
    sets = [[k for k in range(n) if m >> k & 1] for m in range(1 << n)]
    odd = [s for s in sets if len(s) in (1, 3, 5)]
    variance = np.array([weights[[1, 3, 5].index(len(s))] / [6, 20, 6][[1, 3, 5].index(len(s))]
                         for s in odd])
    to_share = np.array([[2 / len(s) if k in s else 0.0 for s in odd] for k in range(n)])
    np.testing.assert_allclose(_prior(n, [1, 3, 5], weights), (to_share * variance) @ to_share.T)
    signs = np.where(np.random.default_rng(0).random((9, n)) < 0.5, 1.0, -1.0)
    products = np.array([[np.prod(x[s]) for s in odd] for x in signs])
    np.testing.assert_allclose(
        _cross(signs, [1, 3, 5], weights), (to_share * variance) @ products.T, atol=1e-12
    )
    distance = np.rint((n - signs @ signs.T) / 2).astype(int)
    kernel = sum(w * krawtchouk(n, k)[distance] for w, k in zip(weights, (1, 3, 5), strict=False))
    np.testing.assert_allclose(kernel, (products * variance) @ products.T, atol=1e-12)


def test_an_estimate_stops_when_it_is_narrow_enough_or_the_budget_is_spent() -> None:
    terms = corridor(20)
    asked: list[int] = []

    def worth(chosen: frozenset[str]) -> float:
        asked.append(1)
        row = np.array([[str(k) in chosen for k in range(20)]])
        return float(terms.values(row)[0])

    players = tuple(str(k) for k in range(20))
    wide = Solver(Game(players, worth), budget=4000, width=4.0).shapley()
    assert len(asked) == wide.evaluations < 2000
    assert np.all(wide.hi - wide.lo <= 4.0)
    assert wide.status == "estimated"
    narrow = Solver(Game(players, worth), budget=300, width=1e-6).shapley()
    assert narrow.evaluations <= 300
    assert any("budget ran out" in note for note in narrow.notes)


def test_votes_are_told_apart_by_the_check_or_are_covered_by_wide_intervals() -> None:
    """A majority of unequal votes: smooth models fail; the answer must not claim to be sure."""
    from tieline.appraisal.games.voting import voting_power, voting_rows

    votes, quota = np.random.default_rng(4).integers(1, 40, 25), 300
    truth, _ = voting_power(votes.tolist(), quota)
    found = estimate(lambda r: voting_rows(r, votes, quota), 25, 750)
    inside = np.abs(found.shares - truth) <= found.z * found.se
    assert inside.mean() > 0.5 or not found.agree


def test_a_pair_that_could_not_be_valued_is_left_out_and_said() -> None:
    terms = corridor(18)
    players = tuple(str(k) for k in range(18))

    def worth(chosen: frozenset[str]) -> float:
        if {"0", "5", "9"} <= chosen and "3" not in chosen:
            msg = "no convergence"
            raise ArithmeticError(msg)
        return float(terms.values(np.array([[p in chosen for p in players]]))[0])

    solver = Solver(Game(players, worth), budget=540)
    found = solver.shapley()
    assert any("left out" in note for note in found.notes)
    assert len(solver.valuer.failures) > 10
    assert np.linalg.norm(found.shares - shares_of(terms)) < 0.2 * np.linalg.norm(found.shares)


def test_the_lazy_least_core_is_that_of_the_table_after_few_evaluations() -> None:
    terms = corridor(14)
    table = terms.table()
    asked: set[bytes] = set()

    def values(rows: np.ndarray) -> np.ndarray:
        asked.update(r.tobytes() for r in np.packbits(rows, axis=1))
        return terms.values(rows)

    found = lazy_least_core(values, 14)
    truth = least_core(table)[0]
    assert found.lower == pytest.approx(truth, abs=1e-7)
    assert len(asked) < 8000 < len(table)
    proved = lazy_least_core(terms.values, 14, terms=terms)
    assert proved.proved
    assert proved.upper == pytest.approx(truth, abs=1e-6)


def test_the_solver_says_not_refuted_where_it_only_searched_and_certified_where_proved() -> None:
    terms = corridor(20)
    players = tuple(str(k) for k in range(20))

    def worth(chosen: frozenset[str]) -> float:
        return float(terms.values(np.array([[p in chosen for p in players]]))[0])

    searched = Solver(Game(players, worth), budget=1500)
    assert searched.least_core().status == "not refuted"
    check = searched.core_check(searched.shapley())
    assert (check.in_core, check.status) == (True, "not refuted")
    whole = Solver(Game(players, terms))
    proved = whole.least_core()
    assert proved.status == "certified"
    assert proved.lo == pytest.approx(proved.hi, abs=1e-6)
    assert not proved.core_empty


def test_the_surrogate_knows_how_pairs_follow_from_coefficients() -> None:
    """All coalitions of a game without orders above 4 are seen: pairs come out exactly."""
    rng = np.random.default_rng(0)
    n = 6
    terms = [(tuple(map(int, rng.choice(n, k, replace=False))), float(rng.normal()))
             for k in (1, 2, 2, 3, 3, 4) for _ in range(2)]
    game = Sum.of(tuple(range(n)), terms)
    rows = np.array([[m >> k & 1 for k in range(n)] for m in range((1 << n) - 1, (1 << n - 1) - 1,
                                                                     -1)], bool)
    signs = np.where(rows, 1.0, -1.0)
    even, odd = (game.values(rows) + game.values(~rows)) / 2, (game.values(rows)
                                                              - game.values(~rows)) / 2
    for index in ("SII", "STII", "BII"):
        found, se = fit_pairs(signs, even, odd, index)
        np.testing.assert_allclose(found, interactions(game.table(), index), atol=2e-3)
        assert se.max() < 0.05


def test_pairs_of_many_players_are_estimated_on_what_shares_asked_for() -> None:
    terms = corridor(20)
    players = tuple(str(k) for k in range(20))

    def worth(chosen: frozenset[str]) -> float:
        return float(terms.values(np.array([[p in chosen for p in players]]))[0])

    solver = Solver(Game(players, worth), budget=800)
    solver.shapley()
    asked = solver.evaluations
    off = ~np.eye(20, dtype=bool)
    exact = Solver(Game.from_sum(players, [(tuple(players[k] for k in names), table)
                                           for names, table in corridor_terms(20)]))
    for index in ("SII", "STII", "BII"):
        pairs = solver.interactions(index)
        assert solver.evaluations == asked
        assert pairs.status == "estimated"
        truth = exact.interactions(index).values
        assert np.linalg.norm(pairs.values - truth) < 0.5 * np.linalg.norm(truth)
        inside = (pairs.lo <= truth) & (truth <= pairs.hi)
        assert inside[off].mean() > 0.85
