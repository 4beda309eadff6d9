"""Games of more players than are counted, whose values fail: named, never taken for results."""

import numpy as np
import pytest

from tieline.appraisal import Game, Solver
from tieline.errors import CaseError

PLAYERS = tuple(f"p{i}" for i in range(20))


def failing(size):
    """Squares of the size, but for coalitions of one size."""
    return Game(PLAYERS, lambda group: 1 / 0 if len(group) == size else len(group) ** 2.0)


@pytest.mark.parametrize("ask", ["shapley", "least_core"])
def test_without_a_value_for_all_there_is_nothing_to_share(ask):
    with pytest.raises(CaseError, match=r"1 coalition could not be valued: p0\+p1"):
        getattr(Solver(failing(20), budget=400), ask)()


def test_what_failed_on_the_way_is_named_in_the_notes():
    shares = Solver(failing(1), budget=400).shapley()
    assert np.isfinite(shares.shares).all()
    assert any("could not be valued: p" in note for note in shares.notes)


@pytest.mark.parametrize("ask", ["superadditive", "cover"])
def test_what_needs_a_table_is_refused_before_it_is_begun(ask):
    game = Game(tuple(f"p{i}" for i in range(35)), lambda group: float(len(group)))
    with pytest.raises(CaseError, match=r"this question needs every coalition: 35 players"):
        getattr(Solver(game), ask)()


def test_costs_have_no_monotone_cover():
    game = Game.from_table(("a", "b"), np.array([0.0, 1.0, 1.0, 1.5]), kind="cost")
    with pytest.raises(CaseError, match="found one of costs"):
        Solver(game).cover()
