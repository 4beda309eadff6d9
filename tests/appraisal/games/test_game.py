"""Games from functions, tables and sums; what they refuse; each coalition is asked for once."""

from __future__ import annotations

import numpy as np
import pytest

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.terms import Term
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.running.store import Store
from tieline.appraisal.solutions.solve import Solver
from tieline.errors import CaseError

ZONES = ("north", "east", "south")
LINES = {("north", "east"): 40.0, ("east", "south"): 25.0, ("north", "south"): 10.0}


def trade(zones: frozenset[str]) -> float:
    return sum(gain for pair, gain in LINES.items() if set(pair) <= zones)


def test_a_function_a_table_and_a_sum_of_the_same_game_are_solved_alike() -> None:
    by_function = Solver(Game(ZONES, trade, "EUR/yr"))
    by_table = Solver(Game.from_table(ZONES, [0, 0, 0, 40, 0, 10, 25, 75]))
    by_sum = Solver(Game.from_sum(ZONES, list(LINES.items())))
    for solver in (by_function, by_table, by_sum):
        np.testing.assert_allclose(solver.shapley().shares, [25.0, 32.5, 17.5])
        assert solver.shapley().status == "exact"
        np.testing.assert_allclose(solver.nucleolus().shares, by_table.nucleolus().shares)
        np.testing.assert_allclose(solver.interactions().values,
                                   [[0, 40, 10], [40, 0, 25], [10, 25, 0]], atol=1e-12)
        np.testing.assert_allclose(solver.shares("banzhaf").shares, [25.0, 32.5, 17.5])
    assert by_function.evaluations == 7


def test_a_sum_of_small_games_is_exact_for_hundreds_of_players() -> None:
    players = tuple(f"t{k}" for k in range(200))
    rng = np.random.default_rng(1)
    terms = [Term((players[k], players[k + 1], players[k + 2]),
                  np.concatenate([[0.0], rng.normal(size=7)])) for k in range(198)]
    solver = Solver(Game.from_sum(players, terms))
    found = solver.shapley()
    assert found.shares.sum() == pytest.approx(solver.game.dividend)
    small = Game.from_sum(players[:6], terms[:4])
    table = Solver(Game.from_table(players[:6], small.table))
    for rule in ("shapley", "banzhaf"):
        np.testing.assert_allclose(Solver(small).shares(rule).shares, table.shares(rule).shares)
    for index in ("SII", "STII", "BII"):
        np.testing.assert_allclose(Solver(small).interactions(index).values,
                                   table.interactions(index).values, atol=1e-12)


def test_vector_values_serve_every_measure_with_one_evaluation() -> None:
    calls = []

    def both(chosen: frozenset[str]) -> np.ndarray:
        calls.append(chosen)
        return np.array([[trade(chosen), 2.0 * len(chosen)]])

    game = Game(ZONES, both)
    table = game.table
    assert table.shape == (8, 1, 2)
    hours = Solver(game.part(np.array([[0.0, 1.0]])))
    money = Solver(game.part(np.array([[1.0, 0.0]])))
    np.testing.assert_allclose(hours.shapley().shares, 2.0)
    np.testing.assert_allclose(money.shapley().shares, [25.0, 32.5, 17.5])
    assert len(calls) == 7
    with pytest.raises(CaseError, match="vector values"):
        Solver(game).shapley()


@pytest.mark.parametrize(("bad", "told"), [
    (lambda s: float("nan"), "finite"), (lambda s: 1 / 0, "ZeroDivisionError"),
    (lambda s: "much", "str"), (lambda s: None, "NaN|finite|nan"),
])
def test_a_value_that_is_none_names_its_coalition_and_the_others_are_kept(bad, told) -> None:
    game = Game(("a", "b"), lambda s: bad(s) if s == {"a", "b"} else 1.0)
    valuer = Valuer(game)
    found = valuer.values(np.array([[True, False], [True, True]]))
    assert found[0] == 1.0
    assert np.isnan(found[1])
    with pytest.raises(CaseError, match=rf"1 coalition could not be valued: a\+b: .*({told})"):
        valuer.stop_on_failure()


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(CaseError, match="found more than once: a"):
        Game(("a", "a"), trade)
    with pytest.raises(CaseError, match="expected value or cost, found 'profit'"):
        Game(("a",), trade, kind="profit")
    with pytest.raises(CaseError, match=r"nobody; that of b is not$"):
        Game.from_table(("a", "b"), [0, 1, np.nan, 2])
    with pytest.raises(CaseError, match="do not play: c"):
        Game.from_sum(("a", "b"), [(("a", "c"), 1.0)])
    with pytest.raises(CaseError, match="needs 4 values"):
        Game.from_sum(("a", "b"), [(("a", "b"), [0, 1, 2])])
    with pytest.raises(CaseError, match="at least 1 coalition, found 0"):
        Solver(Game(ZONES, trade), budget=0)
    with pytest.raises(CaseError, match="needs every coalition"):
        Solver(Game(ZONES, trade), budget=3).nucleolus()
    with pytest.raises(CaseError, match=r"shape of the values, \(3,\), found \(2,\)"):
        Solver(Game(ZONES, lambda group: np.ones(3)), weights=np.ones(2)).shapley()
    many = tuple(f"p{k}" for k in range(31))
    with pytest.raises(CaseError, match=r"at most 30 players can be counted$"):
        Solver(Game(many, lambda group: float(len(group)))).nucleolus()
    with pytest.raises(CaseError, match=r"at most 24 players can be counted$"):
        Solver(Game.from_sum(many[:25], [(many[:2], 1.0)])).nucleolus()
    with pytest.raises(CaseError, match="less than alone"):
        Solver(Game.from_table(("a", "b"), [0, 5, 5, 6])).nucleolus()


def test_a_store_gives_values_back_under_the_same_key_and_never_under_another(tmp_path) -> None:
    with Store(tmp_path / "values.sqlite") as store:
        for key, kept in (("v1", 0), ("v1", 7), ("v2", 0), ("", 0)):
            valuer = Valuer(Game(ZONES, trade, key=key), Running(store=store))
            np.testing.assert_array_equal(valuer.table(), [0, 0, 0, 40, 0, 10, 25, 75])
            assert (valuer.kept, valuer.evaluations) == (kept, 7 - kept)


def test_joining_that_destroys_value_is_shown_by_its_groups_and_a_cover_is_offered() -> None:
    quarrel = Solver(Game.from_table(("a", "b"), [0.0, 5.0, 4.0, 3.0]))
    found = quarrel.superadditive()
    assert (found.holds, found.left, found.right, found.lack) == (False, ("a",), ("b",), 6.0)
    assert quarrel.cover().table.tolist() == [0.0, 5.0, 4.0, 5.0]
    assert Solver(quarrel.cover()).shapley().shares.tolist() == [3.0, 2.0]


def test_who_is_in_no_union_is_alone_and_nobody_is_in_two() -> None:
    solver = Solver(Game.from_table(("a", "b", "c"), [0, 0, 0, 9, 0, 9, 9, 10]))
    alone = solver.owen([["a", "b"]]).shares
    assert alone.tolist() == solver.owen([["a", "b"], ["c"]]).shares.tolist()
    with pytest.raises(CaseError, match="in two unions: a"):
        solver.owen([["a", "b"], ["a", "c"]])


def test_a_table_that_is_no_number_names_the_players() -> None:
    with pytest.raises(CaseError, match=r"that of a\+c is not, nor 1 more"):
        Game.from_table(("a", "b", "c"), [0, 1, 1, 1, 1, float("nan"), 1, float("inf")])
