"""The record of a response: who is out when, what is saved, and every table of it."""

import json
import math

import numpy as np
import pytest
from hand_plan import BACK_S, REPAIR_S, response

from tieline.appraisal.asked import incident_asked, states_asked
from tieline.appraisal.plans import plan_frames, plan_record
from tieline.errors import CaseError


def test_saved_is_waiting_less_the_plan():
    r = response()
    assert r.total("waiting") == 60.0
    assert r.saved("apart") == 0.0
    assert r.saved("together") == pytest.approx(60.0 - (5 * 40 / 60 + 10 + 5 * 5 / 60))


def test_customers_out_follow_the_steps_of_the_curve():
    r = response()
    for at, out in ((0.0, 6.0), (BACK_S - 1, 6.0), (BACK_S, 1.0), (REPAIR_S, 0.0),
                    (REPAIR_S + 60, 5.0), (REPAIR_S + 360, 0.0)):
        assert r.out("together", at) == out
        assert r.out("together", at, "west") == out
        assert r.out("together", at, "east") == 0.0
    assert r.out("waiting", REPAIR_S - 1) == 6.0


def test_the_area_under_the_curve_is_the_customer_hours():
    r = response()
    for state in r.states:
        times, out = r.curve(state)
        assert np.sum(np.diff(times) * out[:-1]) / 3600.0 == pytest.approx(r.total(state))


def test_back_for_the_first_time_is_not_back_to_normal():
    r = response()
    assert r.all_back_s("together") == REPAIR_S
    assert r.all_normal_s("together") == REPAIR_S + 360.0
    assert r.lost_again("together") == (5.0, 300.0)
    assert r.lost_again("apart") == (0.0, 0.0)


def test_only_switching_counts_as_switched_back():
    assert response().switched_s("together") == BACK_S
    assert response().switched_s("apart") == 0.0


def test_without_a_curve_of_waiting_its_times_are_not_known():
    r = response()
    for plan in r.plans.values():
        object.__setattr__(plan.waiting, "tables", {})
    assert math.isnan(r.all_back_s("waiting"))
    assert math.isnan(r.out("waiting", 0.0))


def test_a_state_that_was_not_planned_is_named():
    with pytest.raises(CaseError, match="'alone'"):
        response().outcome("alone")
    with pytest.raises(CaseError, match="customer_hours"):
        response().value("apart", "hours")


def test_every_table_carries_its_state_and_none_is_empty():
    frames = plan_frames(response())
    assert set(frames) >= {"outcomes", "steps", "supply", "loads", "checks", "refused", "donors",
                           "settlement"}
    for name, frame in frames.items():
        assert len(frame), name
        assert "state" in frame.columns
    assert set(frames["supply"]["state"]) == {"waiting", "apart", "together"}
    whole = frames["outcomes"].query("jurisdiction == '' and measure == 'customer_hours'")
    assert dict(zip(whole["state"], whole["value"], strict=True))["waiting"] == 60.0


def test_the_record_is_json_and_holds_every_step():
    record = json.loads(json.dumps(plan_record(response()), allow_nan=False))
    together = record["states"]["together"]
    assert [s["asset"] for s in together["steps"]] == [
        "Q1", "Q2", "Q2", "T", "T", "L1", "Q1", "T", "Q2"]
    assert together["steps"][4]["changes"] == "T=closed"
    assert record["states"]["waiting"]["outcome"]["west"]["customer_hours"] == 60.0
    assert "draft" in record["note"]


def test_it_shows_itself():
    r = response()
    assert "together" in repr(r)
    assert "<table>" in r._repr_html_()


def test_states_are_asked_for_by_name_or_by_members():
    region = response().region
    assert list(states_asked(region, ["together"])) == ["waiting", "together"]
    found = states_asked(region, ["waiting", "apart", "west,east"])
    assert found == {"waiting": None, "apart": "apart", "east+west": (("east", "west"),)}
    for wrong, said in ((["west"], "two or more"), (["west,eats"], "eats"), (["waiting"], "plan")):
        with pytest.raises(CaseError, match=said):
            states_asked(region, wrong)


def test_faults_make_an_incident_of_the_day_of_the_scenario():
    region = response().region
    made = incident_asked(region, "power", None, ["L1", "branch:L2:repair_h=3"], "base")
    assert [e.asset for e in made.events] == ["L1", "branch:L2"]
    assert made.events[1].parameters == (("repair_h", "3"),)
    assert made.start.date() == region.study_date


@pytest.mark.parametrize(("incident", "faults", "said"), [
    ("storm-1", ["L1"], "not both"), (None, [], "name an incident"), ("strom", [], "'strom'"),
    (None, ["L1:repair_h=3:x"], "'x'"),
])
def test_what_cannot_be_meant_is_refused(incident, faults, said):
    with pytest.raises(CaseError, match=said):
        incident_asked(response().region, "power", incident, faults, "base")
