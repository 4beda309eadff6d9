"""The nucleolus on many games: certified, in the core, as others compute it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.appraisal.games.coalitions import coalition_sums, membership, scale, sizes
from tieline.appraisal.solutions.core import least_core, worst_group
from tieline.appraisal.solutions.kohlberg import kohlberg
from tieline.appraisal.solutions.nucleolus import nucleolus

FAMILIES = ("uniform", "whole numbers", "votes", "estates", "few links")


def game(k: int) -> np.ndarray:
    """Game k of 1,000: 3 to 10 players, five families; ties are frequent in four of them."""
    rng = np.random.default_rng(k)
    n = 3 + k % 8
    member = membership(n)
    family = FAMILIES[k // 8 % 5]
    if family == "uniform":
        v = rng.uniform(0, 1, 1 << n) * sizes(n)
    elif family == "whole numbers":
        v = rng.integers(0, 10, 1 << n).astype(float)
        v[-1] = 10 * n
    elif family == "votes":
        votes = rng.integers(1, 6, n)
        v = (member @ votes > 0.55 * votes.sum()).astype(float)
    elif family == "estates":
        claims = rng.integers(1, 30, n)
        v = np.maximum(0, claims.sum() // 2 - (1 - member) @ claims).astype(float)
    else:
        v = np.zeros(1 << n)
        for _ in range(2 * n):
            a, b = rng.choice(n, 2, replace=False)
            v += rng.integers(1, 9) * member[:, a] * member[:, b]
    v[0] = 0.0
    return v


def checked(k: int, *, per_capita: bool) -> None:
    v = game(k)
    found = nucleolus(v, per_capita=per_capita)
    if found is None:
        assert sum(v[1 << i] for i in range(3 + k % 8)) > v[-1]
        return
    proof = kohlberg(v, found[0], per_capita=per_capita)
    assert proof.holds, (k, proof)
    assert found[0].sum() == pytest.approx(v[-1])
    if not per_capita and least_core(v)[0] <= 0:
        assert worst_group(v, found[0])[1] <= 1e-7 * scale(v)


@pytest.mark.parametrize("part", range(20))
def test_every_one_of_a_thousand_games_is_certified_and_in_the_core_where_there_is_one(
    part: int,
) -> None:
    for k in range(part * 50, part * 50 + 50):
        checked(k, per_capita=False)


def test_per_capita_shares_are_certified_too() -> None:
    for k in range(0, 1000, 9):
        checked(k, per_capita=True)


def test_an_independent_program_gives_the_same() -> None:
    coopgame = pytest.importorskip("coopgame", reason="coopgame-py is not installed")
    for k in range(0, 1000, 7):
        v = game(k)
        other = coopgame.Game(v[1:].tolist())
        for per_capita in (False, True):
            found = nucleolus(v, per_capita=per_capita)
            if found is None:
                continue
            solve = coopgame.per_capita_nucleolus if per_capita else coopgame.nucleolus
            told = np.array(solve(other)["allocation"])
            np.testing.assert_allclose(found[0], told, atol=1e-7 * scale(v), err_msg=str(k))


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(0, 999), st.integers(0, 10**6))
def test_the_certificate_refuses_shares_that_are_off(k: int, seed: int) -> None:
    v = game(k)
    found = nucleolus(v)
    if found is None or np.isnan(found[1]):
        return
    step = np.random.default_rng(seed).normal(size=len(found[0]))
    step -= step.mean()
    off = found[0] + 1e-3 * scale(v) * step / np.abs(step).max()
    assert not kohlberg(v, off).holds


def test_two_who_are_alike_share_alike_and_a_null_player_gets_nothing() -> None:
    v = game(3)
    doubled = np.concatenate([v, v])
    shares = nucleolus(doubled)[0]
    assert abs(shares[-1]) < 1e-9 * scale(v)
    symmetric = (sizes(6) ** 2).astype(float)
    np.testing.assert_allclose(nucleolus(symmetric)[0], 6.0)


def test_a_large_game_keeps_its_worst_complaint_at_the_least_core() -> None:
    rng = np.random.default_rng(5)
    v = rng.integers(0, 50, 1 << 15).astype(float) * sizes(15)
    v[0] = 0.0
    shares, level = nucleolus(v, individual=False)
    assert level == pytest.approx(least_core(v)[0])
    assert (v - coalition_sums(shares))[1:-1].max() == pytest.approx(level)
    assert kohlberg(v, shares, individual=False).holds
