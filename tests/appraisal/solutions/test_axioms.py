"""What every solution promises, for any game: hand twins from the definitions, axioms."""

from __future__ import annotations

from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.appraisal.games.checks import convex, monotone, monotone_cover, superadditive
from tieline.appraisal.games.coalitions import masks_of, rows_of, sizes
from tieline.appraisal.games.game import Game
from tieline.appraisal.games.transforms import moebius, walsh
from tieline.appraisal.solutions import semivalues
from tieline.appraisal.solutions.interactions import interactions
from tieline.appraisal.solutions.owen import owen
from tieline.appraisal.solutions.semivalues import banzhaf, pair_interactions, semivalue, shapley
from tieline.appraisal.solutions.solve import Solver

EXACT = settings(deadline=None, max_examples=40, derandomize=True)


@st.composite
def tables(draw: st.DrawFn, low: int = 1, high: int = 6) -> np.ndarray:
    n = draw(st.integers(low, high))
    values = draw(st.lists(st.integers(-50, 50), min_size=2**n - 1, max_size=2**n - 1))
    return np.array([0.0, *values]) / 4


def difference(v: np.ndarray, base: int, players: tuple[int, ...]) -> float:
    """Discrete derivative: sum over parts of the players, signed."""
    total = 0.0
    for k in range(len(players) + 1):
        for part in combinations(players, k):
            mask = base | sum(1 << p for p in part)
            total += (-1) ** (len(players) - k) * v[mask]
    return total


@EXACT
@given(tables(2, 6))
def test_pair_indices_are_what_their_definitions_say(v: np.ndarray) -> None:
    n = len(v).bit_length() - 1
    weights = {
        "SII": lambda s: 1 / ((n - 1) * comb(n - 2, s)),
        "STII": lambda s: 2 / (n * comb(n - 1, s)),
        "BII": lambda s: 2.0 ** (2 - n),
    }
    for index, weight in weights.items():
        found = interactions(v, index)
        for i, j in combinations(range(n), 2):
            told = sum(
                weight(bin(m).count("1")) * difference(v, m, (i, j))
                for m in range(1 << n) if not m >> i & 1 and not m >> j & 1
            )
            assert found[i, j] == pytest.approx(told, abs=1e-9)


@EXACT
@given(tables(2, 6))
def test_moments_give_what_differences_give(v: np.ndarray) -> None:
    n = len(v).bit_length() - 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semivalues, "DIFFERENCES", 0)
        for weights in (semivalues.shapley_weights, semivalues.banzhaf_weights):
            by_moments = semivalue(v, weights(n))
            patch.setattr(semivalues, "DIFFERENCES", 12)
            np.testing.assert_allclose(by_moments, semivalue(v, weights(n)), atol=1e-10)
            patch.setattr(semivalues, "DIFFERENCES", 0)
        q = semivalues.sii_weights(n)
        by_moments = pair_interactions(v, q)
        patch.setattr(semivalues, "DIFFERENCES", 12)
        np.testing.assert_allclose(by_moments, pair_interactions(v, q), atol=1e-10)


def test_thirteen_players_by_moments_share_as_dividends_do() -> None:
    rng = np.random.default_rng(3)
    v = rng.normal(size=1 << 13)
    v[0] = 0.0
    d = moebius(v)
    member = (np.arange(1 << 13)[:, None] >> np.arange(13) & 1).astype(float)
    size = np.maximum(sizes(13), 1)
    np.testing.assert_allclose(shapley(v), (d / size) @ member, atol=1e-9)
    np.testing.assert_allclose(banzhaf(v), (d * 2.0 ** (1 - size)) @ member, atol=1e-9)
    pairs = (member.T * (d / np.maximum(size - 1, 1))) @ member
    np.fill_diagonal(pairs, 0.0)
    np.testing.assert_allclose(interactions(v), pairs, atol=1e-8)


@EXACT
@given(tables())
def test_transforms_are_undone_by_their_inverses(v: np.ndarray) -> None:
    np.testing.assert_allclose(moebius(moebius(v), inverse=True), v, atol=1e-9)
    n = len(v).bit_length() - 1
    signs = 2 * (np.arange(len(v))[:, None] >> np.arange(n) & 1) - 1
    fourier = walsh(v)
    for mask in range(len(v)):
        terms = [fourier[a] * np.prod([signs[mask, k] for k in range(n) if a >> k & 1])
                 for a in range(len(v))]
        assert sum(terms) == pytest.approx(v[mask], abs=1e-9)


@EXACT
@given(tables(2, 5), st.integers(0, 10**6))
def test_the_owen_value_is_the_mean_over_orders_that_keep_unions_together(
    v: np.ndarray, seed: int
) -> None:
    n = len(v).bit_length() - 1
    labels = np.random.default_rng(seed).integers(0, 3, n)
    unions = [[k for k in range(n) if labels[k] == u] for u in range(3)]
    unions = [u for u in unions if u]
    shares, count = np.zeros(n), 0
    for order in permutations(range(n)):
        runs = [labels[k] for i, k in enumerate(order)
                if i == 0 or labels[order[i - 1]] != labels[k]]
        if len(runs) != len(set(runs)):
            continue
        count += 1
        mask = 0
        for k in order:
            shares[k] += v[mask | 1 << k] - v[mask]
            mask |= 1 << k
    bits = 1 << np.arange(n)
    found = owen(lambda rows: v[rows @ bits], unions)
    np.testing.assert_allclose(found, shares / count, atol=1e-9)
    assert found.sum() == pytest.approx(v[-1])


@EXACT
@given(tables(2, 5))
def test_a_cost_is_shared_as_its_saving_is(v: np.ndarray) -> None:
    names = tuple("abcde"[: len(v).bit_length() - 1])
    value, cost = (Solver(Game(names, sign * v, kind=kind))
                   for sign, kind in ((1, "value"), (-1, "cost")))
    np.testing.assert_allclose(cost.shapley().shares, -value.shapley().shares)
    np.testing.assert_allclose(cost.interactions().values, -value.interactions().values)
    assert cost.least_core().epsilon == pytest.approx(value.least_core().epsilon)


@EXACT
@given(tables(2, 5))
def test_checks_name_coalitions_that_show_what_fails(v: np.ndarray) -> None:
    found = superadditive(v)
    if not found.holds:
        assert v[found.left] + v[found.right] - v[found.left | found.right] == found.lack > 0
    found = monotone(v)
    assert found.holds == (np.diff([v[m] for m in range(2)]).size > 0 and all(
        v[m] <= v[m | 1 << k] for m in range(len(v)) for k in range(len(v).bit_length() - 1)))
    if not found.holds:
        assert v[found.left] - v[found.left | found.right] == found.lack > 0
    found = convex(v)
    if not found.holds:
        both = found.left & found.right
        assert v[found.left] - v[both] - v[found.left | found.right] + v[found.right] == found.lack
    cover = monotone_cover(v)
    assert monotone(cover).holds
    assert all(
        cover[m] == max(v[s] for s in range(len(v)) if s & m == s) for m in range(len(v))
    )


@given(st.lists(st.integers(0, 2**130 - 1), min_size=1, max_size=8))
@EXACT
def test_masks_of_any_size_come_back(masks: list[int]) -> None:
    assert masks_of(rows_of(masks, 130)) == masks
