"""Produce to market goes by road and waits at a closed border."""

import numpy as np
import pytest
from lines import two_towns
from test_transit_engine import values

import tieline
from tieline.region.protocol import additive
from tieline.region.read import check
from tieline.testing import check_engine
from tieline.transit.engine import TransitEngine
from tieline.transit.place import great_circle_m
from tieline.transit.streets import drivable

RATE = "truck_km_h = 36\ntruck_load_min = 20\ntruck_border_min = 45\n"
ROWS = "id,from,to,group,trips_per_yr\n1,A,D,freight,100\n2,C,D,freight,10\n"


def region(folder, *, settings=RATE, osm=None):
    folder = two_towns(folder, settings=settings)
    (folder / "transit" / "demand.csv").write_text(ROWS)
    if osm is not None:
        (folder / "transit" / "roads.osm").write_text(osm, encoding="utf-8")
    return folder


def minutes(data, *cases):
    network = data.networks["transit"]
    return [o.tables["trips"]["minutes"].tolist() for o in TransitEngine().evaluate(
        network, [data.case(c, built=[]) for c in cases], detail=True)]


def metres(data, a, b):
    points = data.networks["transit"].points
    i, j = points.index[a], points.index[b]
    return float(great_circle_m(points.lon[i], points.lat[i], points.lon[j], points.lat[j]))


def test_freight_drives_and_waits_only_where_the_border_is_closed(tmp_path):
    data = tieline.read_region(region(tmp_path / "r"))
    apart, together = minutes(data, "apart", "together")
    # 36 km/h are 600 m a minute; as the crow flies times 1.3; 20 minutes to load and unload.
    drive = {x: int(20 + 1.3 * metres(data, x, "D") / 600.0) for x in "AC"}
    assert together == [drive["A"], drive["C"]]
    assert apart[1] == drive["C"]
    assert 45 <= apart[0] - drive["A"] <= 46
    a, b = values(data, data.case("apart"), data.case("together"))
    assert a["trip_minutes"][0] - b["trip_minutes"][0] == 100.0 * (apart[0] - together[0])


def test_freight_that_takes_too_long_is_no_trip(tmp_path):
    data = tieline.read_region(region(tmp_path / "r"))
    short = tieline.read_region(region(tmp_path / "s", settings=RATE.replace("45", "80")))
    assert np.isnan(minutes(short, "apart")[0][0])
    (found,) = values(short, short.case("apart"))
    assert found["trips_possible"] == [0.0, 10.0]
    assert np.isfinite(minutes(data, "apart")[0]).all()


def test_the_engine_keeps_its_promises_with_freight(tmp_path):
    data = tieline.read_region(region(tmp_path / "r"))
    check_engine(TransitEngine(), data.folder, processes=False)
    assert ("transit", "east", "west") in data.networks["transit"].relevant.open
    assert len(additive(TransitEngine.measures)) == 10


def osm(kind, n=60):
    """A road north past the places and back: nodes 31.0 to 31.01 at A, then along, then down."""
    lon = np.linspace(121.001, 121.069, n)
    nodes = [(121.001, 31.002), *((x, 31.01) for x in lon), (121.069, 31.002)]
    text = ["<?xml version='1.0' encoding='UTF-8'?><osm version='0.6'>"]
    text += [f"<node id='{k + 1}' version='1' lon='{x:.6f}' lat='{y:.6f}'/>"
             for k, (x, y) in enumerate(nodes)]
    for k in range(len(nodes) - 1):
        text += [f"<way id='{k + 1}' version='1'><nd ref='{k + 1}'/><nd ref='{k + 2}'/>"
                 f"<tag k='highway' v='{kind}'/></way>"]
    return "".join([*text, "</osm>"])


def test_freight_follows_the_roads_that_are_given(tmp_path):
    data = tieline.read_region(region(tmp_path / "r", osm=osm("primary")))
    road = data.networks["transit"].demand.road_m[0]
    up = float(great_circle_m(*map(np.array, (121.001, 31.002, 121.001, 31.01))))
    along = float(great_circle_m(*map(np.array, (121.001, 31.01, 121.069, 31.01))))
    assert road == pytest.approx(2 * up + along, rel=1e-3)
    assert minutes(data, "together")[0][0] == int(20 + road / 600.0)


def test_a_file_without_roads_to_drive_is_refused(tmp_path):
    found = check(region(tmp_path / "r", osm=osm("footway")))
    assert any("roads one may drive" in str(e) for e in found.errors)


@pytest.mark.parametrize(("tags", "may"), [
    ({"highway": "motorway"}, True), ({"highway": "trunk_link"}, True),
    ({"highway": "footway"}, False), ({"highway": "primary", "hgv": "no"}, False),
    ({"highway": "service", "access": "private"}, False), ({"railway": "platform"}, False),
])
def test_which_ways_a_truck_may_take(tags, may):
    assert drivable(tags) is may
