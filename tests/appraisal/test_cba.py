"""Cost and benefit: figures by hand, discount settings, ranges, allocation across borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.appraisal.cba.allocation import compensate, withdrawal
from tieline.appraisal.cba.appraise import cost_benefit
from tieline.appraisal.cba.flows import Driver, Flow, Flows, benefit, costs_of
from tieline.appraisal.cba.increments import increments
from tieline.appraisal.cba.indicators import internal_rate, internal_rates, payback, present_value
from tieline.appraisal.cba.rates import discounting, discountings
from tieline.errors import CaseError
from tieline.region.model import Project

BOTH = ("a", "b")
EXACT = settings(deadline=None, max_examples=40, derandomize=True)


def flows(**options) -> Flows:
    """100 built in year 0 by a; 30 a year for a and 10 for b in years 1 to 5."""
    cost = np.zeros((6, 2))
    cost[0, 0] = 100.0
    return Flows(
        "CNY", 2020, BOTH,
        (Flow("works", "cost", cost, ("cost",)),
         benefit("hours", np.array([30.0, 10.0]), years=6, opens=1, life=5,
                 drivers=("hour", "demand"))),
        drivers=(Driver("cost", 0.8, 1.5), Driver("hour", 0.5, 2.0), Driver("demand", 0.9, 1.1)),
        **options,
    )


def test_present_values_are_those_of_an_annuity() -> None:
    found = cost_benefit(flows(), discounting("china"))
    annuity = (1 - 1.08**-5) / 0.08
    assert found.pvb.typical == pytest.approx(40 * annuity)
    assert found.pvc.typical == 100.0
    assert found.enpv.typical == pytest.approx(40 * annuity - 100)
    assert found.bcr.typical == pytest.approx(0.4 * annuity)
    np.testing.assert_allclose(found.net_by, [30 * annuity - 100, 10 * annuity])
    assert found.payback_years == pytest.approx(2.5)
    assert found.discounted_payback_years == pytest.approx(
        2 + (100 - 40 / 1.08 - 40 / 1.08**2) / (40 / 1.08**3))
    rate = found.eirr.typical
    assert 40 * (1 - (1 + rate) ** -5) / rate == pytest.approx(100)


def test_ranges_hold_the_typical_and_the_tornado_is_exact() -> None:
    found = cost_benefit(flows(), discounting("china"), draws=4000)
    for span in (found.enpv, found.bcr, found.eirr, found.pvb, found.pvc):
        assert span.low < span.typical < span.high
    benefit_worth, cost = found.pvb.typical, 100.0
    by_name = {s.driver.name: s for s in found.swings}
    assert [s.driver.name for s in found.swings] == ["hour", "cost", "demand"]
    assert by_name["hour"].at_low == pytest.approx(0.5 * benefit_worth - cost)
    assert by_name["hour"].switching == pytest.approx(cost / benefit_worth)
    assert by_name["cost"].at_high == pytest.approx(benefit_worth - 1.5 * cost)
    assert by_name["cost"].switching == pytest.approx(benefit_worth / cost)
    again = cost_benefit(flows(), discounting("china"), draws=4000)
    np.testing.assert_array_equal(found.draws, again.draws)
    # Means of independent triangles multiply.
    expected = benefit_worth * (0.5 + 1 + 2) / 3 * 1.0 - cost * (0.8 + 1 + 1.5) / 3
    assert found.draws.mean() == pytest.approx(expected, rel=0.03)
    assert 0 < found.chance_positive < 1


def test_nothing_uncertain_has_no_width() -> None:
    fixed = Flows("CNY", 2020, BOTH, (
        Flow("works", "cost", np.array([[10.0, 0], [0, 0]])),
        Flow("gain", "benefit", np.array([[0.0, 0], [0, 22.0]]))))
    found = cost_benefit(fixed, discounting(0.1), draws=50)
    assert (found.enpv.low, found.enpv.typical, found.enpv.high) == pytest.approx((10, 10, 10))
    assert found.eirr.typical == pytest.approx(1.2)


def test_settings_are_those_of_their_sources() -> None:
    known = discountings()
    assert {"china", "china-water", "eu", "uk-green-book", "world-bank"} <= set(known)
    assert all(s.source and s.title_zh and s.status in ("reported", "approximate")
               for s in known.values())
    assert known["china"].factors(3)[2] == pytest.approx(1.08**-2)
    assert known["china-water"].factors(2)[1] == pytest.approx(1 / 1.06)
    # Green Book, annex 6, table 7: 3.5 % to year 30 gives 0.3563; then 3 %.
    factors = known["uk-green-book"].factors(40)
    assert factors[30] == pytest.approx(0.3563, abs=5e-5)
    assert factors[31] == pytest.approx(factors[30] / 1.03)
    with pytest.raises(CaseError, match=r"discount setting 'chine' is not known .*'china'"):
        discounting("chine")
    with pytest.raises(CaseError, match="expected a fraction"):
        discounting(8)
    assert discounting("0.05").factors(2)[1] == pytest.approx(1 / 1.05)


@pytest.mark.parametrize(("net", "told"), [
    ([-100, 0, 0], "never change sign"), ([-100, 230, -132], "2 rates"), ([1, 2, 3], "never"),
])
def test_an_internal_rate_that_is_none_or_several_says_so(net, told) -> None:
    rate, why = internal_rate(np.array(net, float))
    assert rate is None
    assert told in why


@EXACT
@given(st.lists(st.floats(1, 100), min_size=2, max_size=8), st.floats(1, 300))
def test_at_the_internal_rate_the_flows_are_worth_nothing(gains, cost) -> None:
    net = np.array([-cost, *gains])
    rate, _ = internal_rate(net)
    if rate is not None:
        worth = present_value(net, (1 + rate) ** -np.arange(len(net), dtype=float))
        assert abs(worth) < 1e-6 * (cost + sum(gains))
        assert internal_rates(net[None])[0] == pytest.approx(rate, abs=1e-8)


def test_what_never_pays_back_has_no_payback() -> None:
    assert payback(np.array([-10.0, 3, 3])) is None
    assert payback(np.array([1.0, 1])) == 0.0


def test_costs_come_from_projects_with_what_is_left_at_the_end() -> None:
    project = Project("p", "P", capex=200.0, opex_per_year=2.0, life_years=20, currency="CNY",
                      payers={"a": 0.25, "b": 0.75}, status="synthetic")
    capital, running = costs_of(project, BOTH, years=11, builds=2, opens=2)
    np.testing.assert_allclose(capital.amounts[:2].sum(axis=0), [50, 150])
    np.testing.assert_allclose(capital.amounts[-1].sum(), -200 * 11 / 20)
    np.testing.assert_allclose(running.amounts[2], [0.5, 1.5])
    assert not running.amounts[:2].any()
    for bad, told in ((Project("p", "P"), "no capex"),
                      (Project("p", "P", capex=1.0), "no payers"),
                      (Project("p", "P", capex=1.0, payers={"z": 1.0}), "no jurisdictions: z")):
        with pytest.raises(CaseError, match=told):
            costs_of(bad, BOTH, years=3)


def test_flows_that_do_not_fit_are_refused() -> None:
    good = flows().flows[0]
    with pytest.raises(CaseError, match="one shape"):
        Flows("CNY", 2020, ("a",), (good,), (Driver("cost"),))
    with pytest.raises(CaseError, match="no driver is called cost"):
        Flows("CNY", 2020, BOTH, (good,))
    with pytest.raises(CaseError, match="low <= 1 <= high"):
        Driver("cost", 1.2, 1.5)


@EXACT
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=7), st.floats(0, 0.5))
def test_compensation_leaves_nobody_worse_off_if_the_whole_gains(net, significant) -> None:
    found = compensate([f"j{k}" for k in range(len(net))], np.array(net), "CNY",
                       significant=significant)
    total = sum(net)
    assert found.after.sum() == pytest.approx(total, abs=1e-9)
    assert np.all(found.payments >= 0)
    if total >= 0:
        assert found.after.min() >= -1e-9
        assert found.uncovered == pytest.approx(0, abs=1e-9)
    else:
        assert found.uncovered == pytest.approx(-total, abs=1e-9)


def test_small_gainers_do_not_pay_while_the_large_ones_can() -> None:
    found = compensate(("host", "large", "small"), np.array([-10.0, 95.0, 5.0]), "CNY")
    np.testing.assert_allclose(found.after, [0.0, 85.0, 5.0])
    assert "compensation" in repr(found)


def test_a_partner_who_leaves_takes_what_only_it_brings() -> None:
    v = np.array([0.0, 0, 0, 1170, 0, 770, 210, 1530])
    found = withdrawal(("k", "t", "a"), v, "a")
    np.testing.assert_allclose(found.after, [585.0, 585.0, 0.0])
    np.testing.assert_allclose(found.before, [763.33333, 483.33333, 283.33333])
    assert found.remains == 1170.0
    with pytest.raises(CaseError, match="'z' does not play"):
        withdrawal(("k", "t", "a"), v, "z")


def test_taking_out_more_than_there_is_breaks_or_closes_as_asked() -> None:
    def trade(capacity):
        return min(capacity["x"], 100.0) + 0.5 * capacity.get("y", 0.0)

    reference, adds = {"x": 80.0}, {"old": {"x": 50.0}, "big": {"x": 90.0}, "new": {"y": 40.0}}
    found = increments(reference, adds, ("old", "big"), trade, negative="zero")
    assert found.method == ("TOOT", "TOOT", "PINT")
    np.testing.assert_allclose(found.gain, [50.0, 80.0, 20.0])
    assert found.clipped == (("big", "x"),)
    with pytest.raises(CaseError, match="taking out 'big' leaves -10 on link 'x'"):
        increments(reference, adds, ("old", "big"), trade)


def test_ranges_of_compensation_settle_every_draw_by_itself() -> None:
    rng = np.random.default_rng(3)
    draws = rng.normal([-10.0, 60.0, 2.0, -5.0], [4.0, 30.0, 2.0, 20.0], (400, 4))
    names = ("host", "large", "small", "doubtful")
    found = compensate(names, draws.mean(axis=0), "CNY", draws=draws)
    each = [compensate(names, row, "CNY") for row in draws]
    told = {
        "net": [c.net for c in each], "pays": [c.payments.sum(axis=1) for c in each],
        "receives": [c.payments.sum(axis=0) for c in each], "after": [c.after for c in each],
        "paid": [c.payments.sum(axis=0) - c.payments.sum(axis=1) for c in each],
    }
    assert set(found.ends) == set(told)
    for key, rows in told.items():
        np.testing.assert_allclose(found.ends[key], np.quantile(rows, (0.05, 0.95), axis=0),
                                   atol=1e-9)
    frame = found.to_frame()
    assert (frame["net_low"] < frame["net"]).all()
    assert (frame["after_low"] < frame["after_high"]).all()
    assert frame["pays_high"][1] > frame["pays"][1]


def test_net_effects_by_jurisdiction_are_drawn_with_the_net_present_value() -> None:
    found = cost_benefit(flows(), discounting("china"))
    np.testing.assert_allclose(found.draws_by.sum(axis=1), found.draws)
    assert found.draws_by[:, 0].min() < found.net_by[0] < found.draws_by[:, 0].max()
