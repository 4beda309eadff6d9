"""Stations are entered by their doors; fares may depend on zones."""

import zipfile

import numpy as np
import pytest
from lines import sheet, two_towns, write_zip

import tieline
from tieline.transit.engine import TransitEngine
from tieline.transit.gtfs.fares import ZoneFare, cheapest

DOOR = 121.004
STOPS = "stop_id,stop_name,stop_lat,stop_lon,jurisdiction,location_type,parent_station,zone_id\n" \
    "S,Station,31,121.0,west,1,,\n" \
    "s0,s0,31,121.00,west,0,S,1\ns9,s9,31,121.0002,west,0,S,1\n{door}" \
    "s1,s1,31,121.01,west,,,1\ns2,s2,31,121.02,west,,,2\ns3,s3,31,121.03,east,,,2\n" \
    "s4,s4,31,121.05,east,,,3\ns5,s5,31,121.07,east,,,3\n"
ENTRANCE = f"d,door,31,{DOOR},west,2,S,\n"


def region(folder, *, door=ENTRANCE, money=True, **more):
    folder = two_towns(folder, settings="transfer_m = 2000\n")
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    write_zip(path, {**files, "stops.txt": STOPS.format(door=door), **more})
    if not money:
        (folder / "transit" / "line.csv").unlink()
    return tieline.read_region(folder)


def metres(network, table, a, b):
    reach = getattr(network.walking, table)
    hit = np.flatnonzero((reach.rows() == a) & (reach.to == b))
    return float(reach.metres[hit[0]]) if len(hit) else None


def test_walks_to_a_platform_lead_through_the_entrance(tmp_path):
    with_door = region(tmp_path / "a").networks["transit"]
    without = region(tmp_path / "b", door="").networks["transit"]
    a, b = with_door.stations.index, without.stations.index
    s0, door, s1 = (a[f"towns:{x}"] for x in ("s0", "d", "s1"))
    origin = with_door.points.index["A"]
    east = 1.3 * 6371008.8 * np.radians(0.004) * np.cos(np.radians(31.0))
    outside = 1.3 * 6371008.8 * np.hypot(
        np.radians(0.003) * np.cos(np.radians(31.0)), np.radians(0.002))
    # A lies 0.001 degrees east of the platform, but its door is 0.003 degrees farther on.
    assert metres(with_door, "access", origin, s0) == pytest.approx(outside + east, rel=1e-4)
    assert metres(without, "access", origin, b["towns:s0"]) < outside
    assert metres(with_door, "access", origin, door) is None
    # From another stop the same way in and out; between platforms of the station nobody leaves it.
    there = metres(with_door, "stops", s1, s0)
    assert there == pytest.approx(metres(without, "stops", b["towns:s1"], b["towns:s0"]), rel=1e-6)
    assert metres(with_door, "stops", s0, s1) == pytest.approx(there)
    s9 = a["towns:s9"]
    assert metres(with_door, "stops", s0, s9) == pytest.approx(0.05 * east, rel=1e-4)


def test_the_nearest_of_several_entrances_is_taken(tmp_path):
    two = ENTRANCE + "d2,door 2,31.002,121.001,west,2,S,\n"
    network = region(tmp_path / "r", door=two).networks["transit"]
    one = region(tmp_path / "s").networks["transit"]
    name, origin = "towns:s0", network.points.index["A"]
    by_two = metres(network, "access", origin, network.stations.index[name])
    assert by_two < metres(one, "access", origin, one.stations.index[name])


RULES = [
    {"fare_id": "near", "route_id": "X", "origin_id": "1", "destination_id": "1"},
    {"fare_id": "far", "route_id": "X", "origin_id": "1", "destination_id": "3"},
    {"fare_id": "all", "route_id": "X", "contains_id": "3"},
    {"fare_id": "all", "route_id": "X", "contains_id": "2"},
    {"fare_id": "plain", "route_id": "W"},
]
PRICES = [{"fare_id": f, "price": p, "currency_type": "CNY", "payment_method": 0, "transfers": ""}
          for f, p in (("near", 1), ("far", 9), ("all", 4), ("plain", 2))]
FARES = {"fare_attributes.txt": sheet(PRICES), "fare_rules.txt": sheet(RULES)}


def test_zones_decide_what_a_ride_costs(tmp_path):
    data = region(tmp_path / "r", door="", money=False, **FARES)
    lines = data.networks["transit"].lines
    across = lines["towns:X"]
    assert across.fare_past("111") == 1.0
    assert across.fare_past("11223") == 9.0
    assert across.fare_past("3332") == 4.0
    assert across.fare_past("22") == across.fare == 1.0  # no rule: the lowest of the line
    assert lines["towns:W"].fare_past("12") == 2.0
    there = tieline.trip(data, "A", "D", depart="08:00", return_by="18:00").answers["together"]
    assert [leg.fare for leg in there.out.legs if leg.kind == "ride"] == [9.0]


def test_money_given_for_a_line_stands_before_the_zones_of_its_feed(tmp_path):
    lines = region(tmp_path / "r", door="", **FARES).networks["transit"].lines
    assert lines["towns:X"].fare_past("11223") == 5.0


def test_trips_of_the_demand_table_tell_their_fare(tmp_path):
    data = region(tmp_path / "r", door="", money=False, **FARES)
    (found,) = TransitEngine().evaluate(
        data.networks["transit"], [data.case("together")], detail=True)
    # A to D rides past zones 1, 2, 3; D to B from zone 3 to zone 2 where it ends past 3 and 2.
    assert found.tables["trips"]["fare"].tolist() == [9.0, 4.0]


def test_a_fare_that_must_contain_zones_wants_just_these():
    fares = (ZoneFare(3.0, contains=frozenset("ab")), ZoneFare(8.0))
    assert cheapest(fares, "ab", 0.0) == cheapest(fares, "bba", 0.0) == 3.0
    assert cheapest(fares, "abc", 0.0) == cheapest(fares, "a", 0.0) == 8.0
    assert cheapest(fares[:1], "a", 7.0) == 7.0
