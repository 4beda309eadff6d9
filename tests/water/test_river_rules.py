"""Classes of water and rules of sharing, against published numbers."""

import numpy as np
import pytest

from tieline.appraisal.shares import shapley
from tieline.errors import CaseError
from tieline.water.quality.rivers import (
    by_transfer,
    compensation_index,
    downstream_incremental,
    downstream_sharing,
    flow_graph,
    local_responsibility,
    most_even,
    upstream,
    upstream_sharing,
)
from tieline.water.quality.standard import class_name, class_of, standard_of, standards, worst

THIRD = 1.0 / 3.0
GB_3838 = {  # the printed table: classes I to V, mg/L
    ("DO", "river"): (7.5, 6, 5, 3, 2), ("CODMn", "river"): (2, 4, 6, 10, 15),
    ("COD", "river"): (15, 15, 20, 30, 40), ("BOD5", "lake"): (3, 3, 4, 6, 10),
    ("NH3-N", "river"): (0.15, 0.5, 1, 1.5, 2), ("TP", "river"): (0.02, 0.1, 0.2, 0.3, 0.4),
    ("TP", "lake"): (0.01, 0.025, 0.05, 0.1, 0.2), ("TN", "lake"): (0.2, 0.5, 1, 1.5, 2),
}


@pytest.mark.parametrize(("item", "water"), GB_3838)
def test_limits_are_those_of_the_standard_and_a_limit_belongs_to_its_class(item, water):
    limits = GB_3838[item, water]
    assert standard_of(item).limits(water) == limits
    for limit in limits:
        number = limits.index(limit)
        beyond = limit - 1e-9 if item == "DO" else limit + 1e-9
        assert class_of(item, limit, water) == number
        assert class_of(item, beyond, water) > number


def test_a_section_is_as_good_as_its_worst_item():
    number, made = worst({"CODMn": 3.0, "NH3-N": 1.2, "TP": 0.05, "DO": 8.0})
    assert (class_name(number), made) == ("IV", ("NH3-N",))
    assert class_name(worst({"TP": 0.41})[0]) == ">V"


@pytest.mark.parametrize("item", ["TN", "temperature", "coliforms"])
def test_what_stays_out_of_a_rivers_class(item):
    assert worst({item: 1e6}, "river") == (None, ())
    assert worst({item: 1e6, "CODMn": 1.0}, "river") == (0, ("CODMn",))


def test_total_nitrogen_counts_in_lakes_only():
    assert worst({"TN": 1.2}, "lake") == (3, ("TN",))
    assert not standards()["TN"].river


def test_oxygen_near_saturation_is_class_one():
    assert class_of("DO", 6.8) == 1
    assert class_of("DO", 6.8, saturation_mg_l=7.5) == 0


@pytest.mark.parametrize(("below", "costs", "ues", "des"), [
    ([(0, 1), (1, 2)], (6, 12, 18), (18, 12, 6), (2, 8, 26)),
    ([(0, 1), (1, 2), (2, 3)], (4, 8, 12, 16), (16, 12, 8, 4), (1, 11 / 3, 29 / 3, 77 / 3)),
    ([(0, 2), (1, 2), (2, 3)], (4, 8, 12, 16), (12, 16, 8, 4), (4 / 3, 8 / 3, 10, 26)),
])
def test_rules_of_responsibility_are_the_published_ones(below, costs, ues, des):
    costs = np.array(costs, float)
    above = upstream(below, len(costs))
    np.testing.assert_allclose(local_responsibility(costs), costs)
    np.testing.assert_allclose(upstream_sharing(costs, above), ues, rtol=1e-14)
    np.testing.assert_allclose(downstream_sharing(costs, above), des, rtol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_each_rule_is_the_shapley_value_of_its_own_game(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    below = [(i, int(rng.integers(i + 1, n))) for i in range(n - 1)]
    costs, above = rng.uniform(1, 20, n), upstream(below, n)
    for rule, answers in ((upstream_sharing, above), (downstream_sharing, above.T)):
        table = np.array([
            sum(costs[j] for j in range(n)
                if any(mask >> i & 1 and answers[i, j] for i in range(n)))
            for mask in range(1 << n)])
        np.testing.assert_allclose(rule(costs, above), shapley(table), rtol=1e-12)


def test_a_flow_in_a_circle_has_no_upstream():
    with pytest.raises(CaseError, match="circle"):
        upstream([(0, 1), (1, 2), (2, 0)], 3)


@pytest.mark.parametrize(("inflow", "shares"), [
    ((9, 0, 0), (6, 2.485281, 1.907023)), ((9, 0, 3), (6, 2.485281, 3.514719)),
])
def test_downstream_incremental_distribution_is_the_published_one(inflow, shares):
    np.testing.assert_allclose(downstream_incremental(np.array(inflow, float)), shares, atol=5e-7)


@pytest.mark.parametrize("seed", range(4))
def test_water_is_taken_as_evenly_as_it_can_run(seed):
    from scipy.optimize import minimize

    inflow = np.random.default_rng(seed).uniform(0.1, 5.0, 4)
    taken = most_even(inflow)
    assert np.all(np.cumsum(taken) <= np.cumsum(inflow) + 1e-12)
    best = minimize(
        lambda x: -np.sum(2.0 * np.sqrt(np.maximum(x, 0.0))), taken * 0.9 + 0.01,
        bounds=[(1e-9, None)] * 4, method="SLSQP", options={"maxiter": 500, "ftol": 1e-12},
        constraints=[{"type": "ineq", "fun": lambda x, k=k: inflow[:k].sum() - x[:k].sum()}
                     for k in range(1, 5)])
    assert np.sum(2 * np.sqrt(taken)) == pytest.approx(-best.fun, rel=1e-6)


def test_shares_by_transfer_add_up_and_leave_clean_places_to_themselves():
    weights = np.array([[3.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(by_transfer(np.array([8.0, 5.0, 2.0]), weights), [7.0, 7.0, 1.0])


def test_a_turning_flow_has_no_upstream_and_says_so():
    a, b = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    steady = flow_graph(np.full((4, 1), 10.0), a, b)
    assert steady.meaning == ""
    assert steady.above().tolist() == [[True, True], [False, True]]
    turning = flow_graph(np.array([[10.0], [-6.0], [10.0], [-6.0]]), a, b)
    assert turning.back[0, 1] == pytest.approx(12 / 32)
    assert "turns" in turning.meaning
    with pytest.raises(CaseError, match="transfer shares"):
        turning.above()


def test_the_compensation_index_is_the_weighted_ratio():
    index = compensation_index(
        np.array([2.0, 0.5]), np.array([4.0, 0.5]), np.array([0.25, 0.75]), 0.9)
    assert index == pytest.approx(0.9 * (0.25 * 0.5 + 0.75))
