"""The engine: what it promises, what it counts, what borders and projects change."""

import pickle

import numpy as np
import pytest
from lines import two_towns

import tieline
from tieline.errors import CaseError
from tieline.region.issues import Issues
from tieline.region.protocol import additive
from tieline.region.read import read_region_folder
from tieline.testing import check_engine
from tieline.transit.engine import TransitEngine

CARS = "id,lon,lat,jurisdiction,cars\nc1,121.0195,31.001,west,3\nc2,121.0305,31.0,east,3\n" \
       "c3,121.068,31.001,east,3\n"
NAMES = [m.name for m in additive(TransitEngine.measures)]


def network_of(folder):
    issues = Issues()
    read = read_region_folder(folder, issues)
    found = TransitEngine().read(read, issues)
    issues.stop()
    return read, found


def values(data, *cases):
    network = data.networks["transit"]
    return [dict(zip(NAMES, o.values.T.tolist(), strict=True))
            for o in TransitEngine().evaluate(network, cases)]


@pytest.mark.parametrize("settings", ["", 'walk_across = false\n', 'border = "removed"\n'])
def test_the_engine_keeps_every_promise(tmp_path, settings):
    folder = two_towns(tmp_path / "r", settings=settings)
    (folder / "transit" / "car_station.csv").write_text(CARS)
    read, _ = network_of(folder)
    check_engine(TransitEngine(), read, processes=not settings)


def test_a_network_goes_through_pickle(tmp_path):
    _, network = network_of(two_towns(tmp_path / "r"))
    copy = pickle.loads(pickle.dumps(network))  # noqa: S301 - made a moment ago
    assert copy.digest == network.digest


def test_a_border_cuts_the_line_across_and_opening_it_brings_the_trips(tmp_path):
    data = tieline.read_region(two_towns(tmp_path / "r"))
    apart, together = values(data, data.case("apart"), data.case("together"))
    # Demand: A (west) to D (east) 250 a year, D to B 100. Apart, A must walk from s2 to s3 or stay.
    assert apart["trips_possible"] == [0.0, 100.0]
    assert together["trips_possible"] == [250.0, 100.0]
    # Everybody reaches everybody within the hour together: each place counts 3,500 people.
    assert together["reach_60"] == [1500 * 3500.0, 2000 * 3500.0]
    assert together["residents"] == [1500.0, 2000.0]


def test_walks_across_a_closed_border_can_be_shut(tmp_path):
    data = tieline.read_region(two_towns(tmp_path / "r", settings="walk_across = false\n"))
    apart, together = values(data, data.case("apart"), data.case("together"))
    assert apart["reach_60"] == [1500 * 1500.0, 2000 * 2000.0]
    assert together["reach_60"] == [1500 * 3500.0, 2000 * 3500.0]
    assert ("transit", "east", "west") in data.networks["transit"].relevant.open


def test_a_project_brings_its_line_and_its_cost(tmp_path):
    data = tieline.read_region(two_towns(tmp_path / "r"))
    without, with_line = values(data, data.case(built=["across"]),
                                data.case(built=["across", "fast"]))
    assert with_line["subsidy"] == [7500.0, 7500.0 + 2500.0]
    assert without["subsidy"] == [7500.0, 7500.0]
    assert sum(with_line["trip_minutes"]) < sum(without["trip_minutes"])
    closed = values(data, data.case("apart", built=["fast"]), data.case("apart", built=[]))
    assert closed[0]["reach_60"] == closed[1]["reach_60"]


def test_cars_returned_across_the_border_bring_more_reach(tmp_path):
    folder = two_towns(tmp_path / "r")
    (folder / "transit" / "car_station.csv").write_text(CARS)
    data = tieline.read_region(folder)
    apart = data.case("apart", built=[])
    cars = data.case([("transit.cars", "east", "west")], built=[])
    lines = data.case([("transit", "east", "west")], built=[])
    a, c, b = values(data, apart, cars, lines)
    assert sum(c["trip_minutes"]) < sum(a["trip_minutes"])
    assert b["trip_minutes"] == a["trip_minutes"]
    # From B's station it is 1.1 km x 1.3 at 35 km/h to c2: some minutes instead of a walk.
    assert c["reach_30"][0] > a["reach_30"][0]


def test_a_car_that_must_come_back_here_serves_no_trip_elsewhere(tmp_path):
    folder = two_towns(tmp_path / "r")
    rows = CARS.replace("cars\n", "cars,returns\n").replace(",3\n", ",3,here\n")
    (folder / "transit" / "car_station.csv").write_text(rows)
    data = tieline.read_region(folder)
    a, b = values(data, data.case("apart"), data.case([("transit.cars", "east", "west")]))
    assert a == b


def test_the_last_bus_home_decides_who_can_go_for_the_day(tmp_path):
    folder = two_towns(tmp_path / "r", settings='facility = "hospital"\n')
    (folder / "transit" / "point.csv").write_text(
        "id,lon,lat,jurisdiction,population,hospital\nA,121.001,31.002,west,1000,0\n"
        "D,121.069,31.002,east,1200,2\n")
    (folder / "transit" / "demand.csv").unlink()
    text = (folder / "region.toml").read_text()
    found = []
    for end in ("20:00", "11:00"):
        (folder / "region.toml").write_text(text + f'day_end = "{end}"\n')
        data = tieline.read_region(folder)
        found += values(data, data.case("together"), data.case("apart"))
    assert [f["day_trip"] for f in found] == [
        [1000.0, 1200.0], [0.0, 1200.0], [1000.0, 1200.0], [0.0, 1200.0],
    ]
    (folder / "region.toml").write_text(text + 'day_end = "10:45"\n')
    data = tieline.read_region(folder)
    # Open from 8:00, two hours there, five minutes' walk to the 10:30 home, 12.5 min on it and
    # five more on foot: home at 10:48.
    assert values(data, data.case("together"))[0]["day_trip"] == [0.0, 1200.0]


def test_an_unknown_scenario_is_refused(tmp_path):
    data = tieline.read_region(two_towns(tmp_path / "r"))
    network = data.networks["transit"]
    case = data.case()
    with pytest.raises(CaseError, match="unknown scenario 'night'"):
        list(TransitEngine().evaluate(network, [type(case)(case.open, case.built, "night")]))


def test_appraisal_finds_the_worth_of_each_line(tmp_path):
    result = tieline.appraise(two_towns(tmp_path / "r"))
    frame = result.frames()
    assert any("reach_60" in str(v) for f in frame.values() for v in np.ravel(f.to_numpy()))
