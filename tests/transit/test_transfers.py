"""transfers.txt: forbidden changes, least times, rules of stations and of single lines."""

import numpy as np
import pytest
from lines import two_towns, write_zip

import tieline


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


def test_rules_of_single_lines_and_recommendations_change_nothing(tmp_path, plain):
    text = ("from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id\n"
            "s0,s1,3,,W\ns1,s0,0,,\n")
    assert walks(tmp_path, text, settings="transfer_m = 2000\n")[0] == plain


def test_a_rule_for_one_stop_is_noted(tmp_path):
    _, data = walks(tmp_path, HEAD + "s0,s0,2,300\n")
    assert any("1 rule for changes at one stop left out" in str(n) for n in data.issues.notes)


def test_a_rule_of_a_station_holds_for_its_platforms():
    from types import SimpleNamespace as Box

    from tieline.region.issues import Issues
    from tieline.transit.transfers import with_transfers
    from tieline.transit.walking import Reach, Walking

    near = Reach(np.array([0, 0, 2, 3, 4]), np.array([2, 3, 1, 1], np.int32),
                 np.array([100.0, 200.0, 100.0, 200.0]))
    stations = Box(parent=np.array([-1, 0, 0, -1]), kind=np.array([1, 0, 0, 0]))
    rules = Box(origin=np.array([0]), to=np.array([3]), kind=np.array([3]), least_s=np.array([0]))
    feed = Box(transfers=rules, stops=Box(ids=range(4)))
    settings = Box(pace=Box(speed_m_s=1.0, transfer_m=1000.0), window=Box(wait=60))
    found = with_transfers(Walking(near, near, near), [feed], stations, settings, Issues()).stops
    assert list(zip(found.rows().tolist(), found.to.tolist(), strict=True)) == [
        (1, 2), (2, 1), (3, 1)]
