"""A share, a gain and a verdict say how far they may be off where the method is not exact."""

from __future__ import annotations

import numpy as np
import pytest

from tieline.appraisal.game import Game
from tieline.appraisal.network import split_of_game
from tieline.appraisal.shares import shapley, shapley_gap
from tieline.region.model import Measure

MEASURE = Measure("hours", "h/yr", "less")


def split(table, gap):
    n = int(np.log2(len(table)))
    players = tuple("abc"[:n])
    return split_of_game(
        Game(players, np.array(table), "h/yr"), "jurisdictions", MEASURE, network="power",
        gap=np.array(gap), outsiders=np.zeros(len(table)), falls=np.full(n, table[-1] / n),
        falls_gap=np.full(n, gap[-1] / n),
    )


def test_shares_stay_within_their_gap_for_every_game_within_its_own():
    rng = np.random.default_rng(7)
    table, gap = rng.uniform(0, 10, 8), rng.uniform(0, 2, 8)
    bound = shapley_gap(gap)
    worst = np.zeros(3)
    for corner in range(256):
        moved = gap * (2 * (corner >> np.arange(8) & 1) - 1)
        worst = np.maximum(worst, np.abs(shapley(table + moved) - shapley(table)))
    np.testing.assert_allclose(worst, bound)


def test_two_share_the_gap_of_what_they_gain_together():
    np.testing.assert_allclose(shapley_gap(np.array([0.0, 0.0, 0.0, 3.0])), [1.5, 1.5])


@pytest.mark.parametrize(("gap", "certain"), [(0.0, True), (9.0, True), (10.5, False)])
def test_a_verdict_on_the_core_is_certain_only_where_the_gain_exceeds_its_gap(gap, certain):
    found = split([0.0, 0.0, 0.0, 10.0], [0.0, 0.0, 0.0, gap])
    assert found.in_core
    assert found.core_certain is certain


def test_the_words_call_shares_exact_only_for_the_values_they_share():
    exact, loose = (split([0.0, 0.0, 0.0, 10.0], [0.0, 0.0, 0.0, g]) for g in (0.0, 12.0))
    assert "v(S) and shares exact" in repr(exact)
    assert "gap" not in repr(exact)
    assert "shares exact for these v(S); v(S) within 12" in repr(loose)
    assert "not certain" in repr(loose)
    np.testing.assert_allclose(loose.to_frame()["shapley_gap"], [6.0, 6.0])
