"""Shares in money carry ranges over unit values, also of more players than one table holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import PoolingNetwork

from tieline.appraisal.answers import Terms, priced_samples, priced_sums
from tieline.appraisal.network import Question, appraise_network
from tieline.appraisal.pricing import money_of, priced_networks
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
