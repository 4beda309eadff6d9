"""Shared cars from GBFS files: both versions, regions as jurisdictions, bound returns."""

import json

import pytest
from lines import two_towns
from real import DATA, needs_shared

import tieline
from tieline.region.issues import Issues
from tieline.region.model import Jurisdiction
from tieline.region.read import check
from tieline.region.region import Region
from tieline.transit.gbfs import read_gbfs

PLACES = [("c1", 121.0195, 31.001, "w"), ("c2", 121.0305, 31.0, "e"), ("c3", 121.068, 31.001, "e")]


def put(folder, *, version="2.3", constraint=None, status=None, change=None):
    home = folder / "transit" / "gbfs"
    home.mkdir(exist_ok=True)

    def text(x):
        return x if version == "2.3" else [{"language": "en", "text": x}]

    files = {
        "station_information": {"stations": [
            {"station_id": k, "name": text(k), "lon": x, "lat": y, "region_id": r, "capacity": 3}
            for k, x, y, r in PLACES]},
        "system_regions": {"regions": [{"region_id": "w", "name": text("West")},
                                       {"region_id": "e", "name": text("East")}]},
        "vehicle_types": {"vehicle_types": [
            {"vehicle_type_id": "car", "form_factor": "car",
             **({"return_constraint": constraint} if constraint else {})}]},
    }
    if status:
        files["station_status"] = {"stations": status}
    if change:
        change(files)
    for name, data in files.items():
        (home / f"{name}.json").write_text(json.dumps({"version": version, "data": data}))


def minutes(folder):
    data = tieline.read_region(folder)
    network, engine = data.networks["transit"], data.engines["transit"]
    cases = [data.case("apart", built=[]),
             data.case([("transit.cars", "east", "west")], built=[])]
    found = [o.values[:, 7].sum() for o in engine.evaluate(network, cases)]
    return network, found


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_both_versions_give_what_the_table_gives(tmp_path, version):
    listed, table = (two_towns(tmp_path / k) for k in "ab")
    put(listed, version=version)
    (table / "transit" / "car_station.csv").write_text(
        "id,lon,lat,jurisdiction,cars\nc1,121.0195,31.001,west,3\nc2,121.0305,31.0,east,3\n"
        "c3,121.068,31.001,east,3\n")
    network, found = minutes(listed)
    assert network.cars.jurisdiction.tolist() == [0, 1, 1]
    assert found == minutes(table)[1]
    assert found[1] < found[0]


def test_cars_bound_to_their_station_serve_no_way_elsewhere(tmp_path):
    folder = two_towns(tmp_path / "r")
    put(folder, constraint="roundtrip_station")
    _, found = minutes(folder)
    assert found[0] == found[1]


def test_a_station_without_cars_lends_none_and_one_that_takes_none_back_is_no_goal(tmp_path):
    folder = two_towns(tmp_path / "r")
    put(folder, status=[{"station_id": "c1", "num_bikes_available": 0},
                        {"station_id": "c2", "is_returning": False, "num_bikes_available": 2},
                        {"station_id": "c3", "is_renting": False}])
    network, _ = minutes(folder)
    assert network.cars.cars.tolist() == [0, 2, 0]
    assert not (network.cars.drive[:, 1] < 1e9).any()


@pytest.mark.parametrize(("change", "said"), [
    (lambda f: f["station_information"]["stations"][0].update(lat=131), "lon and lat in degrees"),
    (lambda f: f["station_information"]["stations"][0].pop("station_id"), "a station_id"),
    (lambda f: f["system_regions"]["regions"].pop(), "a jurisdiction"),
    (lambda f: f.pop("station_information"), "this file of the feed"),
    (lambda f: f["station_information"]["stations"][0].update(lon=0, lat=0), "a place on the map"),
    (lambda f: f["station_information"]["stations"][1].update(station_id="c1"),
     "a station_id used once"),
    (lambda f: f["station_information"]["stations"][0].update(capacity="x"), "[0].capacity"),
    (lambda f: f["station_information"]["stations"][0].update(capacity=-4), "[0].capacity"),
    (lambda f: f["station_information"].clear(), "a list of stations"),
])
def test_each_fault_is_named(tmp_path, change, said):
    folder = two_towns(tmp_path / "r")
    (folder / "region.toml").write_text(
        (folder / "region.toml").read_text().replace("EPSG:4326", "schematic"))
    put(folder, change=change)
    assert said in " ".join(map(str, check(folder).errors))


@pytest.mark.parametrize(("capacity", "n"), [(None, 1), (0, 0), (5, 5)])
def test_what_is_no_number_of_vehicles_is_not_taken_for_one(tmp_path, capacity, n):
    folder = two_towns(tmp_path / "r")
    put(folder, status=[{"station_id": "c1", "num_vehicles_available": -2,
                         "vehicle_types_available": [5, {"vehicle_type_id": ["x"]}]},
                        {"station_id": "c2", "vehicle_types_available": 5}],
        change=lambda f: f["station_information"]["stations"][0].update(capacity=capacity))
    assert minutes(folder)[0].cars.cars.tolist()[0] == n


def test_a_gbfs_folder_beside_a_table_is_said_not_to_be_read(tmp_path):
    folder = two_towns(tmp_path / "r")
    put(folder)
    (folder / "transit" / "car_station.csv").write_text(
        "id,lon,lat,jurisdiction,cars\nc1,121.0195,31.001,west,3\nc2,0,0,east,3\n")
    found = check(folder)
    assert "not read: there is" in " ".join(map(str, found.notes))
    assert "row 3, field 'lat': expected a place on the map" in " ".join(map(str, found.errors))


@needs_shared
@pytest.mark.parametrize(("version", "n", "region"), [("v2.3", 2, ""), ("v3.0", 1, "")])
def test_published_fixtures_are_read(version, n, region):
    home = Region("r", jurisdictions=(Jurisdiction("a", "A"),))
    issues = Issues()
    found = read_gbfs(DATA / "gbfs" / version, home, issues)
    assert not issues.errors
    assert len(found) >= n
    assert all(s.region == region for s in found)
