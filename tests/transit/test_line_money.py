"""What a scenario's timetable costs and earns, and whose trips it may name."""

import json

import numpy as np
import pytest
from lines import two_towns

import tieline
from tieline.region.read import check

H = 3600
EVERY_10_MIN = {"startTime": 6 * H, "endTime": 21 * H, "headwaySecs": 600}


@pytest.fixture
def region(tmp_path):
    """Line X runs both ways each half hour from 6 to 21 (30 trips each way), costs 20,000 and
    takes 5 from each of 1,000 riders; west and east pay the rest in equal parts."""
    folder = two_towns(tmp_path / "r")
    (folder / "scenarios.csv").write_text("id,date\nbase,\nother,\n", encoding="utf-8")
    return folder


def put(folder, *modifications, settings=""):
    path = folder / "transit" / "other.json"
    path.write_text(json.dumps({"modifications": modifications}), encoding="utf-8")
    text = (folder / "region.toml").read_text(encoding="utf-8")
    (folder / "region.toml").write_text(text + settings, encoding="utf-8")


def money(folder):
    """(cost, fares) of line X and each jurisdiction's subsidy, as given and in the scenario."""
    data = tieline.read_region(folder)
    engine = data.engines["transit"]
    column = [m.name for m in engine.measures].index("subsidy")
    told = []
    for scenario in ("base", "other"):
        (found,) = engine.evaluate(
            data.networks["transit"], [data.case(scenario=scenario)], detail=True)
        lines = found.tables["lines"].to_frame().set_index("line")
        x = lines.loc["towns:X"] if "towns:X" in lines.index else {"cost_per_yr": 0.0,
                                                                   "fares_per_yr": 0.0}
        told.append((float(x["cost_per_yr"]), float(x["fares_per_yr"]), found.values[:, column]))
    return told


def test_three_times_the_trips_cost_three_times_as_much_and_bring_more_riders(region):
    put(region, {"type": "adjust-frequency", "route": "X", "entries": [EVERY_10_MIN]})
    (cost, fares, paid), (more, taken, pay) = money(region)
    assert (cost, fares) == (20_000.0, 5_000.0)
    assert more == pytest.approx(60_000.0)
    assert taken == pytest.approx(5_000.0 * 3**0.5)
    np.testing.assert_allclose(pay - paid, [(more - taken - 15_000.0) / 2] * 2)


def test_how_riders_answer_is_a_setting(region):
    put(region, {"type": "adjust-frequency", "route": "X", "entries": [EVERY_10_MIN]},
        settings="rides_elasticity = 0\n")
    assert money(region)[1][:2] == pytest.approx((60_000.0, 5_000.0))


def test_a_line_that_is_taken_out_costs_and_takes_nothing(region):
    put(region, {"type": "remove-trips", "routes": ["X"]})
    (_, _, paid), (cost, fares, pay) = money(region)
    assert cost == fares == 0.0
    np.testing.assert_allclose(paid - pay, [7_500.0] * 2)  # 20,000 less 5,000, half each


def test_half_the_line_costs_half_by_what_it_drives_or_how_long(region):
    """Cut at the border X loses its hop from s2 to s3: 2 of 7 of its kilometres, 1 of 5 hops."""
    put(region, {"type": "cut-at-border", "routes": ["X"]})
    east = 7.0 - 1.0
    assert money(region)[1][0] == pytest.approx(20_000.0 * east / 7.0, rel=1e-6)
    put(region, {"type": "cut-at-border", "routes": ["X"]}, settings='cost_by = "hours"\n')
    assert money(region)[1][0] == pytest.approx(20_000.0 * 4 / 5)


def test_the_time_of_a_trip_alone_changes_no_kilometres(region):
    put(region, {"type": "adjust-speed", "routes": ["X"], "scale": 2})
    (cost, fares, _), (same, alike, _) = money(region)
    assert (same, alike) == pytest.approx((cost, fares))


def test_another_day_as_given_has_the_money_as_given(region):
    (region / "scenarios.csv").write_text("id,date\nbase,\nother,2019-10-20\n", encoding="utf-8")
    (as_given, _, _), (other, _, _) = money(region)
    assert as_given == other


@pytest.mark.parametrize(("change", "said"), [
    ({"type": "remove-trips", "trips": ["x2160"]}, "expected the id of a trip, found 'x2160' "
     "(nearest: 'x21600')"),
    ({"type": "remove-trips", "routes": ["W"], "trips": ["x21600"]}, "a trip of the line"),
    ({"type": "adjust-frequency", "route": "X", "entries": [
        {**EVERY_10_MIN, "sourceTrip": "x1"}]}, "entries[0].sourceTrip"),
    ({"type": "adjust-frequency", "route": "X", "entries": [
        {**EVERY_10_MIN, "sourceTrip": "w21600"}]}, "a trip of the line"),
])
def test_a_trip_that_nobody_has_is_named_with_the_nearest(region, change, said):
    put(region, change)
    assert said in " ".join(map(str, check(region).errors))


def test_trips_that_no_entry_replaces_are_told(region):
    """Of two directions one is named: the other loses what leaves within the entry."""
    change = {"type": "adjust-frequency", "route": "X",
              "retainTripsOutsideFrequencyEntries": True,
              "entries": [{**EVERY_10_MIN, "endTime": 8 * H, "sourceTrip": "x21600"}]}
    put(region, change)
    assert "4 trips of 'X' are taken out and no entry replaces them" in " ".join(
        map(str, check(region).notes))
    change["entries"].append({**EVERY_10_MIN, "endTime": 8 * H, "sourceTrip": "xb21600"})
    put(region, change)
    assert "no entry replaces" not in " ".join(map(str, check(region).notes))


def test_what_is_not_known_of_a_new_line_is_said(region):
    put(region, {"type": "add-trips", "stops": ["s0", "s5"], "frequencies": [
        {**EVERY_10_MIN, "hopTimes": [600]}]})
    assert "its cost and fares are not counted" in " ".join(map(str, check(region).notes))
