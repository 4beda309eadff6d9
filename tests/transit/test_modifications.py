"""Scenario files in R5's terms: what each type does to a timetable, and what is refused."""

import json
from datetime import date

import numpy as np
import pytest
from lines import feed, two_towns, write_zip

import tieline
from tieline.region.issues import Issues
from tieline.region.read import check
from tieline.transit.engine import TransitEngine
from tieline.transit.gtfs.feed import read_feed
from tieline.transit.modify import NEEDED, modified, scope_of
from tieline.transit.patterns import patterns_of, stations_of

H = 3600
STOPS = {k: (121.0 + 0.01 * i, 31.0, "west" if i < 3 else "east") for i, k in enumerate("abcdef")}


@pytest.fixture
def timetable(tmp_path):
    """Line L: a b c d e, 600 s a hop, 60 s at each stop, at 8:00 and 9:00; line M: f e at 8:00."""
    trips = [(f"L{h}", "L", [(s, h * H + 660 * i, h * H + 660 * i + 60) for i, s in
                             enumerate("abcde")]) for h in (8, 9)]
    trips.append(("M8", "M", [("f", 8 * H, 8 * H), ("e", 8 * H + 300, 8 * H + 300)]))
    issues = Issues()
    found = read_feed(write_zip(tmp_path / "f.zip", feed(STOPS, ["L", "M"], trips)), "f", issues)
    issues.stop()
    stations = stations_of([found])
    owners = np.array([0 if j == "west" else 1 for j in stations.jurisdiction])
    scope = scope_of(stations, {"L": "f:L", "M": "f:M", "f:L": "f:L", "f:M": "f:M"}, owners)
    day = list(patterns_of([found], date(2019, 5, 1)))
    # Only the day itself: the day after is in the patterns too.
    return day, scope


def times_of(timetable, change, line="f:L"):
    """(stops, arrivals, departures) of each trip of a line before midnight, after one change."""
    patterns, scope = timetable
    found = []
    for p in modified(patterns, [change], scope):
        if p.line == line:
            names = "".join("abcdef"[s] for s in p.stop)
            found += [(names, a.tolist(), d.tolist())
                      for a, d in zip(p.arrival, p.departure, strict=True) if a[0] < 24 * H]
    return sorted(found)


def test_trips_are_removed_by_route_or_one_by_one(timetable):
    assert times_of(timetable, {"type": "remove-trips", "routes": ["L"]}) == []
    assert len(times_of(timetable, {"type": "remove-trips", "routes": ["L"]}, "f:M")) == 1
    one = times_of(timetable, {"type": "remove-trips", "trips": ["L8"]})
    assert [t[1][0] for t in one] == [9 * H]


def test_twice_the_speed_halves_the_rides_and_leaves_the_stays(timetable):
    first = times_of(timetable, {"type": "adjust-speed", "routes": ["L"], "scale": 2})[0]
    assert first[1] == [8 * H + 360 * i for i in range(5)]
    assert [d - a for a, d in zip(first[1], first[2], strict=True)] == [60] * 5
    some = {"type": "adjust-speed", "routes": ["L"], "scale": 2, "hops": [["b", "c"]]}
    assert times_of(timetable, some)[0][1][2] == 8 * H + 2 * 660 - 300


def test_stays_are_set_or_scaled(timetable):
    first = times_of(timetable, {"type": "adjust-dwell-time", "routes": ["L"], "dwellSecs": 0})[0]
    assert first[1] == [8 * H, 8 * H + 660, 8 * H + 1260, 8 * H + 1860, 8 * H + 2460]
    only = {"type": "adjust-dwell-time", "routes": ["L"], "scale": 3, "stops": ["b"]}
    assert times_of(timetable, only)[0][1][2] == 8 * H + 1320 + 120


def test_headways_replace_the_trips(timetable):
    change = {"type": "adjust-frequency", "route": "L", "entries": [
        {"sourceTrip": "L8", "headwaySecs": 1800, "startTime": 7 * H, "endTime": 9 * H}]}
    assert [t[2][0] for t in times_of(timetable, change)] == [7 * H, 7 * H + 1800, 8 * H,
                                                              8 * H + 1800]
    change["retainTripsOutsideFrequencyEntries"] = True
    assert [t[2][0] for t in times_of(timetable, change)][-1] == 9 * H + 60


def test_a_removed_stop_saves_its_time(timetable):
    change = {"type": "remove-stops", "routes": ["L"], "stops": ["b"],
              "secondsSavedAtEachStop": 30}
    name, arrivals, _ = times_of(timetable, change)[0]
    assert name == "acde"
    assert arrivals == [8 * H, 8 * H + 1320 - 90, 8 * H + 1980 - 90, 8 * H + 2640 - 90]


def test_a_line_goes_another_way(timetable):
    change = {"type": "reroute", "routes": ["L"], "fromStop": "b", "toStop": "d", "stops": ["f"],
              "hopTimes": [100, 200], "dwellTimes": [10]}
    name, arrivals, departures = times_of(timetable, change)[0]
    assert name == "abfde"
    assert arrivals[2] == departures[1] + 100
    assert departures[2] == arrivals[2] + 10
    assert arrivals[3] == departures[2] + 200
    end = {"type": "reroute", "routes": ["L"], "fromStop": "c", "stops": ["f"], "hopTimes": [90]}
    assert times_of(timetable, end)[0][0] == "abcf"


def test_a_line_ends_at_the_border(timetable):
    names = {t[0] for t in times_of(timetable, {"type": "cut-at-border", "routes": ["L"]})}
    assert names == {"abc", "de"}


def test_trips_are_added_both_ways(timetable):
    change = {"type": "add-trips", "stops": ["a", {"stopId": "f"}], "bidirectional": True,
              "frequencies": [{"hopTimes": [600], "firstDepartures": [8 * H, 10 * H]}]}
    found = times_of(timetable, change, "added-0")
    assert [(t[0], t[1]) for t in found] == [
        ("af", [8 * H, 8 * H + 600]), ("af", [10 * H, 10 * H + 600]),
        ("fa", [8 * H, 8 * H + 600]), ("fa", [10 * H, 10 * H + 600])]


@pytest.fixture
def region(tmp_path):
    folder = two_towns(tmp_path / "r")
    (folder / "scenarios.csv").write_text("id,date\nbase,\nless,\n")
    return folder


def put(folder, *modifications, name="less"):
    path = folder / "transit" / f"{name}.json"
    path.write_text(json.dumps({"modifications": modifications}))


def test_a_scenario_of_the_region_runs_the_changed_timetable(region):
    put(region, {"type": "remove-trips", "routes": ["X"]},
        {"type": "add-trips", "stops": ["s0", "s5"],
         "frequencies": [{"hopTimes": [600], "startTime": 8 * H, "endTime": 10 * H,
                          "headwaySecs": 300}]})
    data = tieline.read_region(region)
    network = data.networks["transit"]
    base, less = (data.case(scenario=s) for s in ("base", "less"))
    a, b = TransitEngine().evaluate(network, [base, less], detail=True)
    assert not (a.values == b.values).all()
    assert "added-1" in b.tables["lines"]["line"].tolist()
    # Westerners' trips to D: every five minutes and quicker, instead of every half hour.
    column = [m.name for m in TransitEngine.measures].index("trip_minutes")
    assert b.values[0, column] < a.values[0, column]


@pytest.mark.parametrize(("change", "said"), [
    ({"type": "remove-trip"}, "nearest: 'remove-trips'"),
    ({"type": "adjust-speed", "routes": ["X"]}, "'scale' of adjust-speed"),
    ({"type": "adjust-speed", "routes": ["X"], "scale": 0}, "a number from 0.01 to 100"),
    ({"type": "remove-trips", "routes": ["Z"]}, "the id of a line"),
    ({"type": "remove-stops", "routes": ["X"], "stops": ["nowhere"]}, "the id of a stop"),
])
def test_what_a_scenario_file_cannot_mean_is_named(region, change, said):
    put(region, change)
    assert said in " ".join(map(str, check(region).errors))


def test_a_file_of_no_scenario_and_one_that_is_no_json_are_refused(region):
    put(region, name="nobody")
    (region / "transit" / "less.json").write_text("{")
    said = " ".join(map(str, check(region).errors))
    assert "the name of a scenario" in said
    assert "expected JSON" in said


def test_every_type_has_a_test_here():
    from pathlib import Path

    text = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"type": "{kind}"' in text for kind in NEEDED)


def with_new_line(folder, *stops):
    (folder / "scenarios.csv").write_text("id,date\nplanned,2019-10-15\n", encoding="utf-8")
    (folder / "transit" / "planned.json").write_text(json.dumps({"modifications": [{
        "type": "add-trips", "bidirectional": True, "stops": list(stops),
        "frequencies": [{"startTime": 6 * H, "endTime": 20 * H, "headwaySecs": 600,
                         "hopTimes": [300]}]}]}), encoding="utf-8")
    return folder


def test_a_new_line_calls_at_new_stops_given_by_where_they_lie(tmp_path):
    # A far corner that no stop is near: place F, 3 km north of stop s0.
    folder = with_new_line(
        two_towns(tmp_path / "r"), "s0",
        {"stopId": "gate", "lat": 31.03, "lon": 121.0, "jurisdiction": "west"})
    point = folder / "transit" / "point.csv"
    point.write_text(point.read_text() + "F,121.0,31.0302,west,700,0\n")
    data = tieline.read_region(folder)
    network, engine = data.networks["transit"], data.engines["transit"]
    assert network.stations.index["planned:gate"] == len(network.stations.ids) - 1
    base, planned = (next(iter(engine.evaluate(
        network, [data.case("together", scenario=x)], detail=True))) for x in ("base", "planned"))
    assert base.tables["places"]["reach_60"][-1] == 700.0
    assert planned.tables["places"]["reach_60"][-1] == 4200.0
    # Without its trips the stop changes nothing.
    plain = tieline.read_region(two_towns(tmp_path / "s"))
    point = plain.folder.path / "transit" / "point.csv"
    point.write_text(point.read_text() + "F,121.0,31.0302,west,700,0\n")
    plain = tieline.read_region(plain.folder.path)
    (before,) = plain.engines["transit"].evaluate(
        plain.networks["transit"], [plain.case("together")])
    np.testing.assert_array_equal(base.values, before.values)


@pytest.mark.parametrize(("stops", "said"), [
    (({"lat": 131.0, "lon": 31.0},), "expected lat and lon in degrees"),
    (({"stopId": "g", "lat": 31.0, "lon": 121.0}, {"stopId": "g", "lat": 31.0, "lon": 121.1}),
     "one place for each new stop"),
    (({"stopId": "nowhere"},), "expected the id of a stop"),
])
def test_new_stops_that_cannot_be_are_refused(tmp_path, stops, said):
    folder = with_new_line(two_towns(tmp_path / "r"), "s0", *stops)
    assert any(said in str(e) for e in check(folder).errors)
