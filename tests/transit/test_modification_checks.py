"""Scenario files whose values cannot be: each is named with its field, none gives a timetable."""

import datetime
import json

import numpy as np
import pytest
from lines import two_towns

import tieline
from tieline.region.issues import Issues
from tieline.region.read import check
from tieline.transit.modify import Scope, modified, read_modifications

SCOPE = Scope({"a": 0, "b": 1, "c": 2}, {"l1": "l1"}, np.zeros(3, np.int64))
RUN = {"startTime": 25200, "endTime": 28800, "headwaySecs": 600, "hopTimes": [300]}


def added(**changed):
    return {"type": "add-trips", "stops": ["a", "b"], "frequencies": [RUN | changed]}


def problems(tmp_path, modification):
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"modifications": [modification]}), encoding="utf-8")
    issues = Issues()
    read_modifications(path, "transit/s.json", SCOPE, issues)
    return [e.message("en") for e in issues.errors]


@pytest.mark.parametrize(("modification", "field"), [
    (added(headwaySecs=0), "frequencies[0].headwaySecs"),
    (added(startTime="07:00"), "frequencies[0].startTime"),
    (added(endTime=100), "frequencies[0].endTime"),
    (added(hopTimes=[]), "frequencies[0].hopTimes"),
    (added(hopTimes=[-1800]), "frequencies[0].hopTimes"),
    (added(dwellTimes=[1]), "frequencies[0].dwellTimes"),
    (added(firstDepartures=["7:00"]), "frequencies[0].firstDepartures"),
    (added(hopTimes=[60, 60]) | {"stops": ["a", "b", "nowhere"]}, "stops"),
    ({"type": "adjust-dwell-time", "routes": ["l1"], "dwellSecs": "abc"}, "dwellSecs"),
    ({"type": "adjust-dwell-time", "routes": ["l1"]}, "'dwellSecs' or 'scale'"),
    ({"type": "reroute", "routes": ["l1"], "fromStop": "a", "toStop": "c", "stops": ["b"],
      "hopTimes": [60]}, "2 numbers [s]"),
    ({"type": "adjust-frequency", "route": "l1", "entries": [{"startTime": 0, "endTime": 10}]},
     "entries[0].headwaySecs"),
    ({"type": "remove-trips"}, "routes or trips that it changes"),
    ({"type": "adjust-speed", "scale": 10}, "routes or trips that it changes"),
    ({"type": "cut-at-border"}, "routes or trips that it changes"),
    ({"type": "remove-trips", "patterns": ["x"]}, "patterns"),
    ({"type": "remove-trips", "routes": "l1"}, "a list of lines"),
    ({"type": "adjust-speed", "routes": ["l1"], "scale": 2, "hops": [["a", "nowhere"]]}, ".hops"),
    ({"type": "adjust-speed", "routes": ["l1"], "scale": 2, "hops": ["ab"]}, "pairs of stops"),
    ({"type": "adjust-speed", "routes": ["l1"], "scale": 2, "hops": 5}, "pairs of stops"),
    ({"type": "adjust-speed", "routes": ["l1"], "scale": 1e-9}, "0.01 to 100"),
    ({"type": "adjust-dwell-time", "routes": ["l1"], "dwellSecs": 1e15}, "0 to 172800"),
    ({"type": "remove-stops", "routes": ["l1"], "stops": "a"}, "a list of stops"),
    ({"type": "remove-stops", "routes": ["l1"], "stops": [["a"]]}, "the id of a stop"),
    ({"type": "remove-stops", "routes": ["l1"], "stops": ["a"], "secondsSavedAtEachStop": "x"},
     "secondsSavedAtEachStop"),
    ({"type": "reroute", "routes": ["l1"], "fromStop": ["a"], "stops": ["b"]}, ".fromStop"),
    ({"type": "reroute", "routes": ["l1"], "fromStop": "a", "toStop": "a", "stops": ["b"]},
     "another stop than fromStop"),
    ({"type": "reroute", "routes": ["l1"], "stops": []}, ".fromStop"),
    ({"type": "adjust-frequency", "route": 7, "entries": [RUN]}, ".route"),
    ({"type": "adjust-frequency", "route": "l1", "entries": []}, "one entry or more"),
    ({"type": "add-trips", "stops": ["a", "b"], "frequencies": []}, "one entry or more"),
])
def test_what_cannot_be_is_named_with_its_field(tmp_path, modification, field):
    found = problems(tmp_path, modification)
    assert len(found) == 1
    assert field in found[0]
    assert "transit/s.json" in found[0]


@pytest.mark.parametrize("modification", [
    added(), added(firstDepartures=[25200, 90000]), {"type": "cut-at-border", "routes": ["l1"]},
    {"type": "remove-trips", "trips": ["t1"]},
    {"type": "reroute", "routes": ["l1"], "fromStop": "a", "stops": ["b"], "hopTimes": [60]},
])
def test_what_can_be_is_taken(tmp_path, modification):
    assert problems(tmp_path, modification) == []


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '"x"'])
def test_what_is_no_list_of_modifications_is_refused(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text, encoding="utf-8")
    issues = Issues()
    assert read_modifications(path, "transit/s.json", SCOPE, issues) == ()
    assert len(issues.errors) == 1


def test_headways_run_on_the_weekdays_they_name_alone():
    friday, saturday = datetime.date(2019, 10, 18), datetime.date(2019, 10, 19)
    named = added(monday=False, saturday=True)
    assert [len(modified([], [named], SCOPE, d)) for d in (friday, saturday)] == [0, 1]
    assert [len(modified([], [added()], SCOPE, d)) for d in (friday, saturday)] == [1, 1]


def test_a_scenario_that_changes_nothing_says_so(tmp_path):
    folder = two_towns(tmp_path / "r")
    (folder / "scenarios.csv").write_text("id,name\ns,s\n")
    line = next(iter(tieline.read_region(folder).networks["transit"].lines))

    def notes(modification):
        (folder / "transit" / "s.json").write_text(json.dumps({"modifications": [modification]}))
        return " ".join(n.message("en") for n in check(folder).notes)

    assert "changes no trip of" in notes({"type": "adjust-speed", "routes": [line], "scale": 1})
    assert "changes no trip of" not in notes({"type": "remove-trips", "routes": [line]})
