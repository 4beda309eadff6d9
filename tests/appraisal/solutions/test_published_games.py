"""Games whose solutions were published, or recomputed by an independent program."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared_oracles import numbers, oracle

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.voting import voting_game, voting_power
from tieline.appraisal.solutions.points import gately, minimal_rights, tau, utopia
from tieline.appraisal.solutions.solve import Solver


def names(n: int) -> tuple[str, ...]:
    return tuple(f"p{k}" for k in range(n))


def solver_of(table: list[float]) -> Solver:
    return Solver(Game.from_table(names(len(table).bit_length() - 1), table))


def matches(table: list[float], told: dict) -> None:
    solver = solver_of(table)
    worth = solver.game.table
    unit = np.abs(worth).max()
    found = {
        "shapley": solver.shapley().shares,
        "nucleolus": solver.nucleolus().shares,
        "tau": tau(worth), "gately": gately(worth), "utopia": utopia(worth),
        "minimal_rights": minimal_rights(worth), "sii_pairs": solver.interactions().values,
        "banzhaf_raw": solver.shares("banzhaf").shares, "dividend": solver.game.dividend,
        "least_core_eps": solver.least_core().epsilon,
    }
    for name, value in found.items():
        if name in told:
            np.testing.assert_allclose(value, told[name], atol=1e-9 * unit, err_msg=name)
    if "core_nonempty" in told:
        assert solver.least_core().core_empty is not told["core_nonempty"]
        check = solver.core_check(solver.shapley())
        assert (check.in_core, check.status) == (told["shapley_in_core"], "exact")


@pytest.mark.parametrize("case", range(4))
def test_estates_are_divided_as_the_talmud_has_it(case: int) -> None:
    told = oracle("bankruptcy_talmud")["cases"][case]
    matches(told["v_by_bitmask"], told["recomputed"])
    if told["published_nucleolus"]:
        found = solver_of(told["v_by_bitmask"]).nucleolus()
        np.testing.assert_allclose(found.shares, numbers(told["published_nucleolus"]))
        assert found.status == "certified"


def test_power_pooling_of_southern_india_is_shared_as_published() -> None:
    told = oracle("gately_south_india_power")
    matches(told["v_by_bitmask"], told["recomputed"])
    game = Game.from_table(told["players"], told["v_by_bitmask"], told["unit"])
    published = told["published"]["gately_point"]
    np.testing.assert_allclose(Solver(game).shares("gately").shares, published, atol=1e-4)


@pytest.mark.parametrize("case", range(3))
def test_gloves_go_to_whoever_holds_the_rare_one(case: int) -> None:
    told = oracle("glove")["cases"][case]
    left, n = told["left"], told["left"] + told["right"]
    masks = np.arange(1 << n)
    have = np.array([bin(m & (1 << left) - 1).count("1") for m in masks])
    table = np.minimum(have, np.array([bin(m >> left).count("1") for m in masks])).astype(float)
    matches(table.tolist(), told["recomputed"])
    found = solver_of(table.tolist()).shapley().shares
    np.testing.assert_allclose(found, numbers(told["published_shapley"]), atol=1e-12)


def test_costs_of_an_airport_are_shared_as_published() -> None:
    told = oracle("airport4")
    table = [max((c for k, c in enumerate(told["costs"]) if m >> k & 1), default=0.0)
             for m in range(16)]
    solver = Solver(Game.from_table(names(4), table, kind="cost"))
    np.testing.assert_allclose(solver.shapley().shares, told["published"]["shapley"])
    np.testing.assert_allclose(solver.nucleolus().shares, told["recomputed_nucleolus"])
    assert solver.core_check(solver.nucleolus()).in_core
    assert solver.game.dividend == sum(told["costs"]) - max(told["costs"])


def test_the_security_council_has_the_published_power() -> None:
    told = oracle("un_security_council")
    shapley, banzhaf = voting_power(told["weights"], told["quota"])
    power = numbers(list(told["published"]["shapley_shubik"].values()))
    np.testing.assert_allclose(shapley, [power[0]] * 5 + [power[1]] * 10, rtol=1e-12)
    np.testing.assert_allclose(banzhaf[[0, 5]], told["recomputed"]["banzhaf_raw"])
    share = banzhaf / banzhaf.sum()
    np.testing.assert_allclose(share[[0, 5]], told["recomputed"]["banzhaf_normalised"])
    counted = Solver(voting_game(names(15), told["weights"], told["quota"]))
    np.testing.assert_allclose(counted.shapley().shares, shapley, atol=1e-12)


def test_the_owen_value_of_a_majority_in_unions_is_as_published() -> None:
    told = oracle("owen_value")
    solver = solver_of([0, 0, 0, 1, 0, 1, 1, 1])
    found = solver.owen([("p0", "p1"), ("p2",)])
    np.testing.assert_allclose(found.shares, told["published"], atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_interactions_of_a_unanimity_game_are_as_published(size: int) -> None:
    oracle("sii_unanimity")
    table = np.array([float(m & (1 << size) - 1 == (1 << size) - 1) for m in range(64)])
    solver = Solver(Game.from_table(names(6), table))
    inside = np.zeros((6, 6))
    inside[:size, :size] = 1 - np.eye(size)
    np.testing.assert_allclose(solver.interactions("SII").values, inside / (size - 1), atol=1e-12)
    np.testing.assert_allclose(
        solver.interactions("BII").values, inside * 2.0 ** (2 - size), atol=1e-12
    )


def test_put_in_and_take_out_are_as_constructed() -> None:
    told = oracle("pint_toot_constructed")
    v = np.array(told["v_by_bitmask"])
    assert [v[1 << k] - v[0] for k in range(3)] == told["PINT"]
    assert [v[7] - v[7 - (1 << k)] for k in range(3)] == told["TOOT"]
    solver = solver_of(told["v_by_bitmask"])
    np.testing.assert_allclose(solver.shapley().shares, told["shapley"])
    np.testing.assert_allclose(solver.interactions().values, told["sii"], atol=1e-12)
