"""Shares of a game: published games, the axioms, and slow twins written from the definitions."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tieline.appraisal.game import MAX_PLAYERS, Game, Play, embed
from tieline.appraisal.shares import (
    coalition_sums,
    core_is_empty,
    core_test,
    least_core,
    least_core_shares,
    nucleolus,
    shapley,
    superadditivity,
)
from tieline.errors import CaseError

GAMES = json.loads((Path(__file__).parent / "oracles" / "games.json").read_text())
TABLES = {k: g for k, g in GAMES.items() if "v_by_bitmask" in g}
EXACT = settings(deadline=None, max_examples=60, derandomize=True)


def names(n: int) -> tuple[str, ...]:
    return tuple("abcdefghijkl"[:n])


def game_of(table: np.ndarray) -> Game:
    return Game(names(len(table).bit_length() - 1), np.array(table, float))


def fractions(values: list[str | float]) -> np.ndarray:
    return np.array([float(Fraction(v)) for v in values])


@st.composite
def tables(draw: st.DrawFn, low: int = 1, high: int = 5) -> np.ndarray:
    n = draw(st.integers(low, high))
    values = draw(st.lists(st.integers(-50, 50), min_size=2**n - 1, max_size=2**n - 1))
    return np.array([0.0, *values]) / 4


def shapley_slow(table: np.ndarray) -> np.ndarray:
    n = len(table).bit_length() - 1
    shares = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        mask = 0
        for k in order:
            shares[k] += table[mask | 1 << k] - table[mask]
            mask |= 1 << k
    return shares / len(orders)


def nucleolus_slow(table: np.ndarray) -> np.ndarray:
    """Lexicographic linear programmes: settle what is tight in every optimum, go on."""
    n = len(table).bit_length() - 1
    masks = range(1, len(table) - 1)
    member = {m: [m >> k & 1 for k in range(n)] for m in masks}
    bounds = [(table[1 << k], None) for k in range(n)]
    settled: dict[int, float] = {}
    shares = np.zeros(n)
    while len(settled) < len(masks):
        free = [m for m in masks if m not in settled]
        equal = [[1.0] * n + [0.0]] + [member[m] + [0.0] for m in settled]
        sums = [table[-1]] + [table[m] - settled[m] for m in settled]
        rows = [[-x for x in member[m]] + [-1.0] for m in free]
        caps = [-table[m] for m in free]
        best = linprog([0.0] * n + [1.0], rows, caps, equal, sums, [*bounds, (None, None)])
        shares, level = best.x[:n], best.x[n]
        for m in free:
            slack = linprog(
                [-x for x in member[m]] + [0.0], rows, caps, equal, sums,
                [*bounds, (None, level + 1e-9)],
            )
            if -slack.fun - (table[m] - level) < 1e-6:
                settled[m] = level
    return shares


@pytest.mark.parametrize("name", TABLES)
def test_published_shapley_values_are_reproduced(name: str) -> None:
    table = np.array(TABLES[name]["v_by_bitmask"])
    np.testing.assert_allclose(shapley(table), fractions(TABLES[name]["shapley"]), atol=1e-9)


@pytest.mark.parametrize("name", [k for k, g in TABLES.items() if "nucleolus" in g])
def test_published_nucleoli_are_reproduced(name: str) -> None:
    table = np.array(TABLES[name]["v_by_bitmask"])
    found, note = nucleolus(table)
    assert note == ""
    np.testing.assert_allclose(found, fractions(TABLES[name]["nucleolus"]), atol=1e-9)


@pytest.mark.parametrize("name", [k for k, g in TABLES.items() if "core_empty" in g])
def test_published_core_findings_are_reproduced(name: str) -> None:
    oracle = TABLES[name]
    game = game_of(oracle["v_by_bitmask"])
    empty, epsilon = core_is_empty(game)
    assert empty == oracle["core_empty"]
    assert core_test(game, shapley(game.table)).in_core == oracle["shapley_in_core"]
    if "least_core" in oracle:
        assert epsilon == pytest.approx(oracle["least_core"], abs=1e-7)


def test_airport_costs_are_shared_as_published() -> None:
    costs = GAMES["airport4"]["costs"]
    table = np.array([
        max((c for k, c in enumerate(costs) if m >> k & 1), default=0.0) for m in range(16)
    ])
    np.testing.assert_allclose(shapley(table), GAMES["airport4"]["shapley"], atol=1e-12)


@EXACT
@given(tables())
def test_shapley_is_the_mean_over_all_orders(table: np.ndarray) -> None:
    np.testing.assert_allclose(shapley(table), shapley_slow(table), atol=1e-10)


@EXACT
@given(tables(1, 7))
def test_shares_sum_to_the_grand_coalition(table: np.ndarray) -> None:
    assert shapley(table).sum() == pytest.approx(table[-1], abs=1e-9)


@EXACT
@given(tables(1, 6), st.randoms(use_true_random=False))
def test_names_of_players_do_not_matter(table: np.ndarray, random: object) -> None:
    n = len(table).bit_length() - 1
    order = list(range(n))
    random.shuffle(order)  # type: ignore[attr-defined]
    masks = np.arange(len(table))
    turned = np.zeros_like(masks)
    for new, old in enumerate(order):
        turned |= (masks >> new & 1) << old
    np.testing.assert_allclose(shapley(table[turned]), shapley(table)[order], atol=1e-10)


@EXACT
@given(tables(1, 5))
def test_a_player_who_adds_nothing_gets_nothing(table: np.ndarray) -> None:
    with_null = np.concatenate([table, table])
    shares = shapley(with_null)
    assert shares[-1] == 0.0
    np.testing.assert_allclose(shares[:-1], shapley(table), atol=1e-10)


@EXACT
@given(tables(4, 4), tables(4, 4))
def test_shares_of_two_games_add_up(one: np.ndarray, two: np.ndarray) -> None:
    np.testing.assert_allclose(shapley(one + two), shapley(one) + shapley(two), atol=1e-10)


@EXACT
@given(tables(3, 3))
def test_measures_side_by_side_are_shared_as_each_alone(table: np.ndarray) -> None:
    both = np.stack([table, -2 * table], axis=1)
    np.testing.assert_allclose(shapley(both)[:, 1], shapley(-2 * table), atol=1e-12)


@EXACT
@given(tables(2, 3))
def test_nucleolus_is_what_its_definition_says(table: np.ndarray) -> None:
    found, note = nucleolus(table)
    alone = sum(table[1 << k] for k in range(len(table).bit_length() - 1))
    if found is None:
        assert alone > table[-1]
        assert "less than alone" in note
    else:
        np.testing.assert_allclose(found, nucleolus_slow(table), atol=1e-5)


@EXACT
@given(tables(3, 3))
def test_nucleolus_is_in_the_core_where_there_is_one(table: np.ndarray) -> None:
    game = game_of(table)
    empty, _ = core_is_empty(game)
    found, _ = nucleolus(table)
    if not empty:
        assert found is not None
        assert core_test(game, found).in_core


@EXACT
@given(tables(2, 5))
def test_least_core_shares_leave_nobody_short_of_more_than_epsilon(table: np.ndarray) -> None:
    epsilon, shares = least_core_shares(table)
    assert least_core(table) == pytest.approx(epsilon, abs=1e-7)
    assert shares.sum() == pytest.approx(table[-1], abs=1e-7)
    assert (table - coalition_sums(shares))[1:-1].max() <= epsilon + 1e-9
    proper = np.arange(1, len(table) - 1)
    split_in_two = (table[proper] + table[len(table) - 1 - proper] - table[-1]).max() / 2
    assert epsilon >= split_in_two - 1e-7


def test_a_group_short_of_a_thousandth_is_outside_the_core() -> None:
    game = game_of([0, 0, 0, 1, 0, 0, 0, 1])
    assert core_test(game, np.array([0.5, 0.5, 0.0])).in_core
    assert not core_test(game, np.array([0.4995, 0.4995, 0.001])).in_core


def test_core_test_names_the_group_that_would_leave_and_by_how_much() -> None:
    gloves = game_of([0, 0, 0, 1, 0, 1, 0, 1])
    found = core_test(gloves, shapley(gloves.table))
    assert not found.in_core
    assert found.coalition in {("a", "b"), ("a", "c")}
    assert found.lack == pytest.approx(1 - (2 / 3 + 1 / 6))


def test_an_empty_core_is_found_with_its_epsilon() -> None:
    """Majority of three (von Neumann and Morgenstern): any two can take all; epsilon is 1/3."""
    empty, epsilon = core_is_empty(game_of([0, 0, 0, 1, 0, 1, 1, 1]))
    assert empty
    assert epsilon == pytest.approx(1 / 3)


def test_superadditivity_names_the_two_groups_that_lose_most_by_joining() -> None:
    game = game_of([0, 5, 4, 3, 1, 7, 6, 9])
    found = superadditivity(game)
    assert (found.holds, found.left, found.right, found.lack) == (False, ("a",), ("b",), 6.0)
    assert superadditivity(game_of([0, 0, 0, 2, 0, 1, 1, 4])).holds


@EXACT
@given(tables(2, 5))
def test_superadditivity_is_what_every_two_separate_groups_say(table: np.ndarray) -> None:
    lacks = [
        table[s] + table[t] - table[s | t]
        for s in range(1, len(table)) for t in range(1, len(table)) if not s & t
    ]
    found = superadditivity(game_of(table))
    assert found.holds == (max(lacks) <= 0)
    assert found.lack == pytest.approx(max(*lacks, 0.0))


def test_nucleolus_that_cannot_satisfy_each_alone_says_why_it_is_not_given() -> None:
    found, note = nucleolus(np.array([0.0, 5, 5, 6, 5, 6, 6, 7, 5, 6, 6, 7, 6, 7, 7, 8]))
    assert found is None
    assert "less than alone" in note


def test_more_players_than_a_table_takes_are_refused_with_what_to_do_instead() -> None:
    players = tuple(f"p{k}" for k in range(MAX_PLAYERS + 1))
    with pytest.raises(CaseError, match="31 players: a table takes at most 30; give a budget"):
        Game(players, np.zeros(1 << 13))


@pytest.mark.parametrize("table", [[0.0, 1.0, 2.0], [1.0, 1.0], [0.0, float("nan")]])
def test_a_table_that_is_no_game_is_refused(table: list[float]) -> None:
    with pytest.raises(CaseError, match="coalition values"):
        Game(("a",), np.array(table))


def test_a_game_among_more_players_leaves_the_others_nothing() -> None:
    table = np.array([0.0, 1.0, 2.0, 10.0])
    wide = embed(table, ("c", "a"), ("a", "b", "c"))
    shares = shapley(wide)
    np.testing.assert_allclose(shares, [shapley(table)[1], 0.0, shapley(table)[0]])


def test_what_is_only_moved_between_jurisdictions_is_worth_exactly_nothing() -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17: rounding, not a loss that a note should tell of."""
    gains = np.zeros((4, 3, 1))
    gains[1:, :, 0] = [0.1, 0.2, -0.3]
    played = Play("projects", ("p", "q"), gains, np.zeros_like(gains), np.ones((4, 3)))
    assert (0.1 + 0.2) - 0.3 != 0.0
    assert (played.table(np.ones((3, 1))) == 0.0).all()
    small = gains + np.array([0.0, 0.0, 1e-9])[:, None] * (np.arange(4) > 0)[:, None, None]
    there = Play("projects", ("p", "q"), small, np.zeros_like(gains), np.ones((4, 3)))
    np.testing.assert_allclose(there.table(np.ones((3, 1)))[1:], 1e-9, rtol=1e-6)
