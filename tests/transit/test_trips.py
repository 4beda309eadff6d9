"""A resident's question: there and back, leg by leg, apart and together."""

import csv
import itertools
import json
from datetime import date

import numpy as np
import pytest
from lines import two_towns
from test_raptor import made, running

import tieline
from tieline.cli.run import run
from tieline.errors import CaseError
from tieline.transit.kernels.sweep import UNREACHED, Window
from tieline.transit.travel import Question, matrix

H = 3600


@pytest.fixture
def towns(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    names = ["name_zh", "甲", "乙", "丙", "丁"]
    path.write_text("\n".join(",".join([*r, n]) for r, n in zip(rows, names, strict=True)) + "\n",
                    encoding="utf-8")
    return folder


def test_the_line_across_makes_the_day_trip(towns):
    found = tieline.trip(towns, "A", "D", depart="08:00", return_by="18:00")
    assert not found.answers["apart"].possible
    day = found.answers["together"]
    # X leaves s0 at 8:30 and takes 750 s; 314 s on foot at either end; open the same way back.
    assert [leg.kind for leg in day.out.legs] == ["walk", "ride", "walk"]
    assert (day.out.legs[1].start_s, day.out.legs[1].end_s) == (8 * H + 1800, 8 * H + 2550)
    assert day.out.end_s == 8 * H + 2550 + 314
    assert day.back.legs[1].start_s == 11 * H
    assert day.last.legs[1].start_s == 17 * H + 1800
    assert day.out.fare + day.back.fare == 10.0


def test_legs_follow_one_another_and_reach_what_the_search_says(tmp_path):
    """Every leg can be made: no ride is boarded before one is there, and it ends when it should."""
    from tieline.transit.journey import Planner

    _, stations, foot, day = made(tmp_path, 5)
    lines = {p.line for p in day.patterns}


    from types import SimpleNamespace as Box

    from tieline.transit.network import Line, Points

    n = len(foot.access_at) - 1
    planner = Planner.__new__(Planner)
    planner.network = Box(
        lines={x: Line(x, x, "") for x in lines}, stations=stations,
        points=Points(tuple(map(str, range(n))), ("",) * n, ("",) * n, np.zeros(n), np.zeros(n),
                      np.zeros(n, int), np.zeros(n), {}),
        cars=Box(ids=()), settings=Box(window=Window(0, 1, 1, 60, 3)),
    )
    planner.day, planner.mask, planner.foot = day, running(day), foot
    checked = 0
    for start in (8 * H, 8 * H + 1260):
        window = Window(start, 1, 2 * H, 60, 3)
        times = matrix([Question(day, (running(day),), foot, window)])[0]
        for origin in range(0, n, 3):
            for to in range(n):
                journey = planner._journey(origin, to, start, start + 2 * H)
                if times[origin, to] == UNREACHED:
                    assert journey is None or journey.end_s > start + 2 * H
                    continue
                if not journey.legs:
                    assert times[origin, to] == 0
                    continue
                assert journey.end_s - start == times[origin, to]
                for a, b in zip(journey.legs, journey.legs[1:], strict=False):
                    assert b.start_s >= a.end_s + (60 if b.kind == "ride" else 0)
                    assert a.to == b.origin or b.kind == "ride"
                checked += len(journey.legs) > 2
    assert checked > 50


def test_a_line_not_yet_opened_does_not_run(towns):
    text = (towns / "projects.csv").read_text().replace("2019-01-01", "2019-11-04")
    (towns / "projects.csv").write_text(text)
    before = tieline.trip(towns, "A", "D", day=date(2019, 11, 3))
    after = tieline.trip(towns, "A", "D", day=date(2019, 11, 4))
    assert not before.answers["together"].possible
    assert after.answers["together"].possible


@pytest.mark.parametrize(("asked", "said"), [
    ({"to": "DD"}, "there is no place 'DD'"),
    ({"day": date(2031, 1, 1)}, "timetables from 2019-01-01 to 2020-12-31"),
    ({"depart": "8 am"}, "a time as HH:MM"),
    ({"depart": "21:00"}, "does not fit"),
])
def test_what_cannot_be_asked_is_said(towns, asked, said):
    given = {"to": "D", **asked}
    with pytest.raises(CaseError, match=said):
        tieline.trip(towns, "A", given.pop("to"), **given)


def test_the_command_speaks_both_languages_and_writes_the_page(towns, tmp_path, capsys):
    assert run(["trip", str(towns), "A", "丁", "--out", str(tmp_path / "o"), "--lang", "zh"]) == 0
    text = capsys.readouterr().out
    assert "携手" in text
    assert "甲" in text
    page = (tmp_path / "o" / "trip.html").read_text(encoding="utf-8")
    assert "今天可以去，也可以回来。" in page
    assert (tmp_path / "o" / "legs.csv").is_file()
    assert run(["trip", str(towns), "A", "D", "--json", "--lang", "en"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["possible"] == {"apart": False, "together": True}
    assert run(["trip", str(towns), "A", "Z", "--lang", "en"]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_not_known_of_fares_is_said_and_not_free(towns, capsys):
    """Of the local line nothing is said: what is paid is at least the fare of the other."""
    text = (towns / "transit" / "line.csv").read_text(encoding="utf-8")
    (towns / "transit" / "line.csv").write_text(text.replace("X,5,", "X,,"), encoding="utf-8")
    found = tieline.trip(towns, "A", "D", depart="08:00", return_by="18:00")
    fare = found.fare("together")
    assert (fare.known, fare.unknown, fare.car_hire, fare.complete) == (
        0.0, ("towns:X",), None, False)
    assert np.isnan([leg.fare for leg in found.answers["together"].out.legs][1])
    assert found.fare("apart") is None
    assert run(["trip", str(towns), "A", "D", "--lang", "en"]) == 0
    assert "fares of X unknown" in capsys.readouterr().out
    assert run(["trip", str(towns), "A", "D", "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["fares"]["together"] == {
        "at_least": 0.0, "currency": None, "complete": False, "unknown_lines": ["towns:X"],
        "car_hire_included": None}
    assert [x["fare"] for x in told["legs"] if x["way"] == "out"] == [0.0, None, 0.0]


def test_what_is_known_is_the_least_that_is_paid():
    from types import SimpleNamespace as Box

    from tieline.publish.shell import words_of
    from tieline.publish.trip.page import fare_told
    from tieline.study.trip import Fare

    def told(lang, *fare):
        return fare_told(words_of(lang), Box(
            fare=lambda _: Fare(*fare), currency="CNY", line_name=lambda x, _: x), "together")

    assert told("en", 4.0, ("T",), None) == "fares of at least CNY 4.00, there and back; " \
        "fares of T unknown"
    assert told("zh", 4.0, ("T", "U"), False) == "往返票价至少 4.00 元；T、U票价未知；不含租车费"
    assert told("en", 4.0, (), True) == "fares CNY 4.00, there and back"
    assert told("en", 0.0, (), None) == "nothing to pay, there and back"
    assert told("en", 0.0, (), False) == "car hire not included"


def test_hire_of_a_car_is_in_it_once_its_price_is_given(towns):
    (towns / "transit" / "car_station.csv").write_text(
        "id,lon,lat,jurisdiction,cars\nc1,121.003,31.002,west,5\nc2,121.067,31.002,east,5\n",
        encoding="utf-8")
    asked = {"depart": "12:01", "return_by": "18:00"}
    assert tieline.trip(towns, "A", "D", **asked).fare("together").car_hire is False
    text = (towns / "region.toml").read_text(encoding="utf-8")
    (towns / "region.toml").write_text(
        text + "car_fare = 10\ncar_fare_min = 0.5\n", encoding="utf-8")
    found = tieline.trip(towns, "A", "D", **asked)
    (drive,) = [leg for leg in found.answers["together"].out.legs if leg.kind == "car"]
    assert drive.fare == 10 + 0.5 * (drive.end_s - drive.start_s) / 60
    assert found.fare("together").car_hire is True


def test_minutes_of_legs_and_waits_add_up_to_those_of_the_way(towns):
    from tieline.publish.shell import words_of
    from tieline.publish.trip.page import clock, steps, summary

    found = tieline.trip(towns, "A", "D", depart="08:00", return_by="18:00", stay_min=7)
    words = words_of("en")
    for name in ("out", "back", "last"):
        way = getattr(found.answers["together"], name)
        texts = [t for _, _, t in steps(words, found, way)]
        each = [int(t.rsplit(" min", 1)[0].rpartition("(")[2].split()[-1]) for t in texts
                if "under" not in t]
        total = way.end_s // 60 - way.start_s // 60
        assert sum(each) == total
        assert f"{clock(way.start_s)} to {clock(way.end_s)}, {total} min" in summary(words, way)


def test_a_power_region_has_no_trips(tmp_path):
    tieline.new_region(tmp_path / "p")
    with pytest.raises(CaseError, match="no network of the region has trips"):
        tieline.trip(tmp_path / "p", "A", "B")


def test_a_drive_is_told_with_the_walks_to_and_from_its_stations(towns):
    from tieline.publish.shell import words_of
    from tieline.publish.trip.page import steps

    (towns / "transit" / "car_station.csv").write_text(
        "id,name,name_zh,lon,lat,jurisdiction,cars\n"
        "c1,First cars,一号租车点,121.003,31.002,west,5\nc2,,,121.067,31.002,east,5\n",
        encoding="utf-8")
    found = tieline.trip(towns, "A", "D", depart="12:01", return_by="18:00")
    legs = found.answers["together"].out.legs
    assert [leg.kind for leg in legs] == ["walk", "car", "walk"]
    assert [(leg.origin, leg.to) for leg in legs] == [
        ("A", "First cars"), ("First cars", "c2"), ("c2", "D")]
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(legs))
    # 190 m as the crow flies either side, 1.3 times as far on foot at 1 m/s.
    assert [leg.end_s - leg.start_s for leg in legs[::2]] == [247, 247]
    told = [text for _, _, text in steps(words_of("zh"), found, found.answers["together"].out)]
    assert "一号租车点 取车，c2 还车" in told[1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_trip_says_who_runs_a_line_and_what_data_it_rests_on(towns, lang, capsys):
    path = towns / "transit" / "point.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{head},status", *(f"{r},synthetic" for r in rows)]) + "\n",
                    encoding="utf-8")
    assert run(["trip", str(towns), "A", "D", "--depart", "08:00", "--lang", lang]) == 0
    told = capsys.readouterr().out
    assert (", run by A" if lang == "en" else "，A") in told
    assert ("synthetic" if lang == "en" else "合成") in told.splitlines()[-1]
    found = tieline.trip(towns, "A", "D", depart="08:00")
    assert set(found.to_frame().query("kind == 'ride'")["agency"]) == {"A"}
    assert found.statuses["synthetic"] == 4


@pytest.mark.parametrize("minutes", [1, 7, 120])
def test_the_last_way_home_is_that_of_the_whole_day_however_it_is_looked_for(
    towns, monkeypatch, minutes
):
    from tieline.transit.journey import Planner

    data = tieline.read_region(towns)
    planner = Planner(data.networks["transit"], data.case("together"))
    points = data.networks["transit"].points.index
    monkeypatch.setattr("tieline.transit.journey.LAST_MIN", minutes)
    for a, b, after, by in (
        ("D", "A", 6, 18), ("A", "D", 9, 23), ("A", "B", 6, 23), ("C", "D", 22, 23),
    ):
        where = points[a], points[b], after * H, by * H
        profile = planner._profile(*where)
        fit = np.flatnonzero(profile <= by * H)
        found = planner.latest(*where)
        assert (found is None) == (not len(fit))
        if found is not None:
            assert (found.start_s, found.end_s) == (after * H + 60 * fit[-1], profile[fit[-1]])
        best = planner.best(*where)
        assert (best is None) == (profile[0] > by * H)
        if best is not None:
            last = np.flatnonzero(profile == profile[0])[-1]
            assert (best.start_s, best.end_s) == (after * H + 60 * last, profile[0])


def test_a_trip_may_be_asked_by_the_timetable_of_a_scenario(towns, capsys):
    (towns / "scenarios.csv").write_text(
        "id,date,name,name_zh\nbase,,,\nless,2019-10-16,Fewer buses,减班\n", encoding="utf-8")
    (towns / "transit" / "less.json").write_text(json.dumps({"modifications": [
        {"type": "adjust-frequency", "route": "X",
         "entries": [{"startTime": 12 * H, "endTime": 20 * H, "headwaySecs": 3600}]}]}))
    asked = {"depart": "08:00", "return_by": "18:00"}
    early = tieline.trip(towns, "A", "D", **asked)
    late = tieline.trip(towns, "A", "D", scenario="less", **asked)
    assert early.answers["together"].out.legs[1].start_s == 8 * H + 1800
    assert late.answers["together"].out.legs[1].start_s == 12 * H
    assert (early.day, late.day) == (date(2019, 10, 15), date(2019, 10, 16))
    other = tieline.trip(towns, "A", "D", scenario="less", day=date(2019, 10, 20), **asked)
    assert other.day == date(2019, 10, 20)
    assert other.answers["together"].out.legs[1].start_s == 12 * H
    assert run(["trip", str(towns), "A", "D", "--scenario", "less", "--lang", "en"]) == 0
    assert "By the timetable of the scenario: Fewer buses" in capsys.readouterr().out
    assert "按情景时刻表：减班" in late.report("zh")
    with pytest.raises(CaseError, match="nearest: 'less'"):
        tieline.trip(towns, "A", "D", scenario="les", **asked)
    with pytest.raises(CaseError, match="nothing runs on 2031-01-01 in scenario 'less'"):
        tieline.trip(towns, "A", "D", scenario="less", day=date(2031, 1, 1), **asked)
