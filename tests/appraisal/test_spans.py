"""Shares in money carry ranges over unit values, also of more players than one table holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import PoolingNetwork

from tieline.appraisal.answers import Terms, answer, priced_samples, priced_sums
from tieline.appraisal.cba.allocation import withdrawal
from tieline.appraisal.cba.appraise import cost_benefit
from tieline.appraisal.cba.benefits import benefit_flows, measure_of
from tieline.appraisal.cba.flows import Driver, Flows
from tieline.appraisal.cba.rates import discounting
from tieline.appraisal.games.game import Game
from tieline.appraisal.network import Question, appraise_network
from tieline.appraisal.pricing import money_of, priced_networks
from tieline.appraisal.programme import programme_of
from tieline.appraisal.solutions.solve import Solver
from tieline.appraisal.spans import with_spans
from tieline.region.region import Value

IDS = ("a", "b", "c")
PRICES = (Value("one.cost", "", 2.0, 1.0, 4.0, "CNY"), Value("two.cost", "", 3.0, 2.5, 3.5, "CNY"),
          Value("two.pieces", "", -1.0, -2.0, 1.0, "CNY"))


def network(name: str, n: int, budget: int | None = None):
    """Needs of three, options of falling cost, one project each."""
    rng = np.random.default_rng(n)
    options = [(float(20 - k), f"{name}{k:02d}", "") for k in range(n)]
    made = PoolingNetwork(IDS, rng.uniform(1, 5, (3, 2)), ((25.0, "", ""), *options))
    question = Question(IDS, frozenset(o[1] for o in options), players=("projects",),
                        budget=budget)
    return appraise_network(name, PoolingEngine(), made, question)


def at(prices, networks):
    """Shapley, Banzhaf and Owen shares of all projects at these prices, with the Terms' unions."""
    money = money_of("CNY", prices, networks)
    priced = priced_networks("CNY", prices, networks)
    typical = np.array([p.typical for p in prices])
    how = Terms((("one00", "two00"),))
    found = priced_sums(priced, typical, money, ("shapley", "banzhaf", "nucleolus"), how)
    return with_spans(found, priced, money, how.unions)[0]


def test_ranges_are_those_of_every_corner_of_the_prices() -> None:
    networks = {"one": network("one", 7), "two": network("two", 6)}
    found = at(PRICES, networks)
    assert len(found.players) == 13
    assert set(found.ranges) == {"shapley", "banzhaf", "owen"}
    corners = [at([replace(p, typical=x, low=x, high=x) for p, x in zip(PRICES, ends, strict=True)],
                  networks) for ends in product(*((p.low, p.high) for p in PRICES))]
    for s in found.shares:
        if s.rule in found.ranges:
            every = np.array([next(t.shares for t in c.shares if t.rule == s.rule)
                              for c in corners])
            np.testing.assert_allclose(found.ranges[s.rule].low, every.min(axis=0), atol=1e-9)
            np.testing.assert_allclose(found.ranges[s.rule].high, every.max(axis=0), atol=1e-9)
            np.testing.assert_array_equal(found.ranges[s.rule].typical, s.shares)
    frame = found.shares_frame()
    assert frame[frame["rule"] == "shapley"]["low"].notna().all()


def test_estimated_shares_have_ranges_around_the_estimate() -> None:
    networks = {"one": network("one", 14, 500)}
    money = money_of("CNY", PRICES[:1], networks)
    priced = priced_networks("CNY", PRICES[:1], networks)
    found = with_spans(priced_samples(priced, np.array([2.0]), money.unit, ("shapley",)), priced,
                       money)[0]
    shares = found.shares[0]
    assert shares.status == "estimated"
    assert found.ranges["shapley"].low == pytest.approx(shares.shares / 2, rel=1e-3)
    assert found.ranges["shapley"].high == pytest.approx(shares.shares * 2, rel=1e-3)


def test_pairs_and_what_changes_if_one_leaves_carry_the_ranges_of_every_corner() -> None:
    two = {"one": network("one", 4), "two": network("two", 3)}

    def told(prices, kind):
        money, priced = money_of("CNY", prices, two), priced_networks("CNY", prices, two)
        split = money.splits[kind]
        game = Solver(Game(split.players, split.split.table, split.unit))
        found = answer(game, ("interactions", "leaving"), kind, measure="money")
        left = tuple(withdrawal(split.players, split.split.table, p) for p in split.players)
        return with_spans([replace(found, withdrawals=left)], priced, money)[0]

    found = told(PRICES, "projects")
    corners = [
        told([replace(p, typical=x, low=x, high=x) for p, x in zip(PRICES, ends, strict=True)],
             "projects") for ends in product(*((p.low, p.high) for p in PRICES))
    ]
    every = np.array([c.interactions.values for c in corners])
    np.testing.assert_allclose(found.pair_range.low, every.min(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.pair_range.high, every.max(axis=0), atol=1e-9)
    for k, w in enumerate(found.withdrawals):
        each = np.array([[*c.withdrawals[k].change, c.withdrawals[k].remains] for c in corners])
        ends = found.leaving_ranges[w.who]
        np.testing.assert_allclose(ends.low, each.min(axis=0), atol=1e-9)
        np.testing.assert_allclose(ends.high, each.max(axis=0), atol=1e-9)
        np.testing.assert_allclose(ends.typical, [*w.change, w.remains], atol=1e-9)
    pairs, left = found.interactions_frame(), found.leaving_frame()
    assert (pairs["low"] <= pairs["value"] + 1e-9).all()
    assert (pairs["low"] < pairs["high"]).any()
    assert (left["change_low"] <= left["change"] + 1e-9).all()


def test_unit_values_move_what_they_value_and_nothing_else() -> None:
    """By hand: 4 million minutes at 0.42 (0.17 to 1.0) less a subsidy of 1.6 million a year."""
    prices = (Value("trip_minutes", "", 0.42, 0.17, 1.0, "CNY"),
              Value("subsidy", "", 1.0, 1.0, 1.0, "CNY"))
    flows, drivers = benefit_flows(np.array([[4.0, -1.6]]), prices, (False, True), years=2,
                                   opens=1, life=1)
    assumed = (Driver("demand", 0.8, 1.2), Driver("network costs", 0.8, 1.3))
    found = cost_benefit(Flows("CNY", 2020, ("a",), flows, (*drivers, *assumed)), discounting(0.0))
    ends = {s.driver.name: (s.at_low, s.at_high) for s in found.swings}
    assert found.enpv.typical == pytest.approx(0.08)
    assert ends["value of trip_minutes"] == pytest.approx((4 * 0.17 - 1.6, 4.0 - 1.6))
    assert ends["demand"] == pytest.approx((0.8 * 1.68 - 1.6, 1.2 * 1.68 - 1.6))
    assert ends["network costs"] == pytest.approx((1.68 - 0.8 * 1.6, 1.68 - 1.3 * 1.6))
    switching = {s.driver.name: s.switching for s in found.swings}
    assert switching["value of trip_minutes"] == pytest.approx(1.6 / 1.68)
    assert found.enpv.low < -0.5
    assert measure_of("value of trip_minutes") == ("trip_minutes", "")
    assert measure_of("demand") is None


def test_networks_that_value_a_measure_alike_share_one_driver() -> None:
    prices = (Value("bus.minutes", "", 2.0, 1.0, 4.0, "CNY"),
              Value("rail.minutes", "", 2.0, 1.0, 4.0, "CNY"),
              Value("boat.minutes", "a", 2.0, 1.0, 4.0, "CNY"))
    flows, drivers = benefit_flows(np.ones((1, 3)), prices, (False,) * 3, years=2, opens=1, life=1)
    assert len(flows) == 3
    assert [d.name for d in drivers] == ["value of minutes", "value of minutes, a"]
    other = (prices[0], replace(prices[1], high=5.0))
    _, apart = benefit_flows(np.ones((1, 2)), other, (False,) * 2, years=2, opens=1, life=1)
    assert [d.name for d in apart] == ["value of bus.minutes", "value of rail.minutes"]


def test_net_values_at_the_ends_of_all_unit_values_are_those_of_the_yearly_worth() -> None:
    """Also where a project's typical worth is nothing or less, and where prices change sign."""
    money = money_of("CNY", PRICES, {"one": network("one", 7), "two": network("two", 6)})
    found = programme_of(money, (), [discounting(0.05)], 2020)
    annuity = (1 - 1.05**-25) / 0.05
    worth = money.worth.toot_total
    assert len(found.appraisals) == len(money.worth.projects)
    for a in found.appraisals:
        k = money.worth.projects.index(a.project)
        assert a.result.pvb.typical == pytest.approx(worth.typical[k] * annuity, abs=1e-9)
        valued = [s for s in a.result.swings if measure_of(s.driver.name)]
        for end, pick in ((worth.low[k], min), (worth.high[k], max)):
            moved = sum(pick(s.at_low, s.at_high) - a.result.pvb.typical for s in valued)
            assert moved == pytest.approx((end - worth.typical[k]) * annuity, abs=1e-9)
