"""transfers.txt: forbidden changes, least times, rules of stations and of single lines."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from lines import feed, two_towns, write_zip
from raptor_twin import Twin, raw_trips

import tieline
from tieline.region.issues import Issues
from tieline.transit.gtfs.feed import read_feed
from tieline.transit.gtfs.transfers import Transfers
from tieline.transit.kernels.sweep import UNREACHED, Window
from tieline.transit.patterns import patterns_of, stations_of
from tieline.transit.timetable import timetable_of
from tieline.transit.transfers import with_transfers
from tieline.transit.travel import Pace, Question, foot_of, matrix
from tieline.transit.walking import Reach, Walking, walk_as_the_crow_flies


def walks(tmp_path, transfers, **more):
    """Metres between stops by name, after the rules."""
    import zipfile

    folder = two_towns(tmp_path / "r", **more)
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    write_zip(path, {**files, "transfers.txt": transfers})
    data = tieline.read_region(folder)
    network = data.networks["transit"]
    near, ids = network.walking.stops, [str(x).partition(":")[2] for x in network.stations.ids]
    found = {(ids[a], ids[b]): m for a, b, m in
             zip(near.rows(), near.to, near.metres, strict=True)}
    return found, data


HEAD = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"


@pytest.fixture
def plain(tmp_path):
    return walks(tmp_path / "plain", HEAD, settings="transfer_m = 2000\n")[0]


def test_without_rules_walks_are_as_far_as_they_are(plain):
    assert ("s0", "s1") in plain
    assert plain["s0", "s1"] == pytest.approx(plain["s1", "s0"])


def test_a_forbidden_change_is_left_out_one_way(tmp_path, plain):
    found, _ = walks(tmp_path, HEAD + "s0,s1,3,\n", settings="transfer_m = 2000\n")
    assert plain.keys() - found.keys() == {("s0", "s1")}


def test_a_least_time_makes_a_short_walk_longer_and_a_long_one_stays(tmp_path, plain):
    long_s = plain["s0", "s1"] + 600  # at 1 m/s
    found, data = walks(
        tmp_path, HEAD + f"s0,s1,2,{long_s:.0f}\ns1,s2,2,5\n", settings="transfer_m = 2000\n")
    wait = data.networks["transit"].settings.window.wait
    assert found["s0", "s1"] == pytest.approx(round(long_s) - wait)
    assert found["s1", "s2"] == plain["s1", "s2"]


def test_a_least_time_longer_than_any_walk_still_lets_one_change(tmp_path):
    from tieline.transit.travel import foot_of

    found, data = walks(tmp_path, HEAD + "s0,s1,2,1800\n", settings="transfer_m = 2000\n")
    network = data.networks["transit"]
    assert found["s0", "s1"] == pytest.approx(1740.0)
    foot = foot_of(network.walking, network.settings.pace)
    assert 1740 in foot.near_s[foot.near_at[0] : foot.near_at[1]]
    _, data = walks(tmp_path / "x", HEAD + "s0,s1,2,3600\n", settings="transfer_m = 2000\n")
    network = data.networks["transit"]
    foot = foot_of(network.walking, network.settings.pace)
    assert 3540 in foot.near_s[foot.near_at[0] : foot.near_at[1]]


def test_a_change_out_of_walking_distance_is_made_if_a_rule_gives_its_time(tmp_path, plain):
    assert ("s0", "s4") not in plain
    found, _ = walks(tmp_path, HEAD + "s0,s4,2,300\n", settings="transfer_m = 2000\n")
    assert found["s0", "s4"] == pytest.approx(240.0)
    assert found.keys() - plain.keys() == {("s0", "s4")}


def test_recommendations_and_what_the_search_does_anyway_change_nothing(tmp_path, plain):
    text = HEAD + "s1,s0,0,\ns0,s1,1,\ns0,s2,5,\n"
    found, data = walks(tmp_path, text, settings="transfer_m = 2000\n")
    assert found == plain
    assert not [n for n in data.issues.notes if "transfers" in n.file]


LINES = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id\n"


def test_a_rule_that_others_would_be_held_to_is_left_out_and_named(tmp_path, plain):
    found, data = walks(tmp_path, LINES + "s1,s2,0,,,\ns0,s1,3,,W,\ns1,s0,2,900,,X\n",
                        settings="transfer_m = 2000\n")
    assert found == plain
    told = [n for n in data.issues.notes if "transfers" in n.file]
    assert [(n.file, n.row) for n in told] == [
        ("transit/towns.zip/transfers.txt", 3), ("transit/towns.zip/transfers.txt", 4)]
    assert all("single lines" in n.found for n in told)


def test_staying_seated_and_rules_without_stops_are_named(tmp_path):
    _, data = walks(tmp_path, HEAD + "s0,s1,4,\ns0,,3,\n")
    told = [(n.row, n.found) for n in data.issues.notes if "transfers" in n.file]
    assert [row for row, _ in told] == [2, 3]
    assert "seated" in told[0][1]
    assert "without both stops" in told[1][1]


@pytest.mark.parametrize(("field", "name"), [(4, "from_route_id"), (5, "to_route_id")])
def test_a_rule_of_a_line_that_is_not_there_is_an_error(tmp_path, field, name):
    row = ["s0", "s1", "3", "", "", ""]
    row[field] = "ghost"
    with pytest.raises(tieline.InputError) as caught:
        walks(tmp_path, LINES + ",".join(row) + "\n")
    (error,) = caught.value.problems
    assert error.startswith(f"transit/towns.zip/transfers.txt, row 2, field '{name}'")


H = 3600


def changing(tmp_path, rule, head=HEAD):
    """Time to the end of a second line that leaves the stop b of the first every 5 min."""
    stops = {"a": (121.0, 31.0, "west"), "b": (121.1, 31.0, "west"), "c": (121.2, 31.0, "west")}
    trips = [("t", "L", [("a", 8 * H, 8 * H), ("b", 8 * H + 600, 8 * H + 600)])]
    trips += [(f"u{k}", "M", [("b", 8 * H + 300 * k, 8 * H + 300 * k),
                              ("c", 8 * H + 300 * k + 600, 8 * H + 300 * k + 600)])
              for k in range(20)]
    files = {**feed(stops, ["L", "M"], trips), "transfers.txt": head + rule}
    path = write_zip(tmp_path / "f.zip", files)
    issues = Issues()
    found = [read_feed(path, "f.zip", issues)]
    issues.stop()
    stations = stations_of(found)
    walking = walk_as_the_crow_flies(
        (stations.lon, stations.lat), (stations.lon, stations.lat), detour=1.3, transfer_m=600,
        access_m=600, direct_m=600)
    settings = SimpleNamespace(pace=Pace(1.0, 900.0), window=SimpleNamespace(wait=60))
    walking = with_transfers(walking, found, stations, settings, issues)
    foot = foot_of(walking, Pace(1.0, 900.0))
    day = timetable_of(patterns_of(found, date(2019, 10, 15)), np.zeros(3, np.int64))
    window = Window(8 * H - 60, 1, 7200, 60, 3)
    every = np.ones(len(day.pieces), bool)
    times = matrix([Question(day, (every, every), foot, window)], [0], workers=1)[:, 0]
    twin = Twin([(f"f:{r}", [(f"f:{c[0]}", *c[1:]) for c in calls])
                 for r, calls in raw_trips(path, date(2019, 10, 15))], stations.index, foot)
    np.testing.assert_array_equal(times[0], twin.times(0, window))
    np.testing.assert_array_equal(times[0], times[1])
    return int(times[0, 2])


def test_a_change_at_one_stop_takes_the_least_time_of_its_rule(tmp_path):
    plain = changing(tmp_path, "")
    assert plain == 60 + 900 + 600  # there at 8:10, on at 8:15
    assert changing(tmp_path, "b,b,2,30\n") == plain
    assert changing(tmp_path, "b,b,2,300\n") == plain
    assert changing(tmp_path, "b,b,2,301\n") == plain + 300
    assert changing(tmp_path, "b,b,2,1500\n") == plain + 20 * 60
    assert changing(tmp_path, "b,b,3,\n") == UNREACHED


TRIPS = LINES.replace("\n", ",from_trip_id\n")


@pytest.mark.parametrize(("rule", "holds"), [
    ("b,b,3,,L,", True), ("b,b,3,,,M", True), ("b,b,3,,L,M", True), ("b,b,3,,M,", False),
    ("b,b,3,,L,,t", True), ("b,b,3,,,,u1", False),
])
def test_a_rule_of_single_lines_or_trips_holds_where_no_others_change(tmp_path, rule, holds):
    """L alone ends at b, by trip t alone, and M alone begins there."""
    head = TRIPS if rule.count(",") == 6 else LINES
    assert changing(tmp_path, rule + "\n", head) == (UNREACHED if holds else 60 + 900 + 600)


def test_a_rule_of_a_line_goes_before_that_of_all(tmp_path):
    assert changing(tmp_path, "b,b,2,0,L,\nb,b,3,,,\n", LINES) == 60 + 900 + 600


def test_a_rule_of_a_station_holds_for_its_platforms():
    near = Reach(np.array([0, 0, 2, 3, 4]), np.array([2, 3, 1, 1], np.int32),
                 np.array([100.0, 200.0, 100.0, 200.0]))
    stations = SimpleNamespace(parent=np.array([-1, 0, 0, -1]), kind=np.array([1, 0, 0, 0]))
    none = np.array([-1])
    rules = Transfers(np.array([0]), np.array([3]), np.array([3]), np.array([0]),
                      none, none, none, none, np.array([2]))
    feed = SimpleNamespace(transfers=rules, stops=SimpleNamespace(ids=range(4)), file="f.zip")
    settings = SimpleNamespace(pace=Pace(1.0, 900.0), window=SimpleNamespace(wait=60))
    found = with_transfers(Walking(near, near, near), [feed], stations, settings, Issues()).stops
    assert list(zip(found.rows().tolist(), found.to.tolist(), strict=True)) == [
        (1, 2), (2, 1), (3, 1)]
