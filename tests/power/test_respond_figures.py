"""Limits, times and amounts of small plans, each worked out by hand or by power-grid-model."""

from pathlib import Path

import hand
import numpy as np
import pytest
from hand import changed, more
from judge import Judge
from test_respond_hand import TOGETHER, Asked
from twin_folder import Folder

import tieline
from tieline.errors import InputError
from tieline.messages import message
from tieline.power.respond import State
from tieline.power.response import Response

ONE_GROUP = (
    "id,bus,parallel_group,va_degree,vm_pu,s_max_mva\n"
    "ga,a0,one,0,{v},\ngb,b0,one,{turn},1,{most}"
)
"""Both sources may be joined; gb is turned and ga lifted against the other."""


def sources(*, v: float = 1.0, turn: float = 0.0, most: str = "") -> str:
    return ONE_GROUP.format(v=v, turn=turn, most=most)


def handed_back(folder: Path, **given: str) -> str:
    """The reason of the step by which the tie hands a2 back: its own, or that of the own way."""
    asked = Asked(hand.write(folder, **given), "a01")
    steps = [s for s in asked.plan.steps if s.phase == "return" and s.asset in ("tie", "sa1")]
    moves = [s for s in steps if s.action in ("open", "close")]
    assert {(s.action, s.asset) for s in moves} == {("open", "tie"), ("close", "sa1")}
    assert set(asked.plan.tables["checks"]["ok"]) == {"yes"}
    return str(moves[0].reason)


JOINED = "closed transfer"
LIFT = more("id,jurisdiction,vn_kv,v_max_pu", "a0,a,10,", "a1,a,10,", "a2,a,10,", "b0,b,10,",
            "b1,b,10,1.005")
"""b1 lies at 0.999 pu before, and above 1.005 pu if a source of 1.05 pu is joined to it."""


@pytest.mark.parametrize(("given", "said"), [
    ({"source": sources()}, JOINED),
    # 2 degrees over 6 km (1.9 ohm) drive some 106 A round the ring.
    ({"source": sources(turn=2)}, JOINED),
    ({"source": sources(turn=2),
      "branch": changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,90")},
     "would pass a limit"),
    ({"source": sources(v=1.05)}, JOINED),
    ({"source": sources(v=1.05), "bus": LIFT}, "would pass a limit"),
    # gb delivers 0.7 MVA over the tie, and some 1.8 MVA in the ring.
    ({"source": sources(turn=2, most="3")}, JOINED),
    ({"source": sources(turn=2, most="1")}, "would pass a limit"),
    ({"source": sources(v=1.05), "settings": "parallel_voltage_percent = 3"}, "voltages on both"),
    ({"source": sources(), "settings": "parallel_angle_degree = 0.01"}, "voltage angles on both"),
    ({"source": sources(turn=12)}, "may not be joined"),
    ({"source": sources(turn=359)}, JOINED),
], ids=["alike", "turned", "current", "lifted", "voltage", "source", "source short",
        "difference", "angle", "group angle", "round the circle"])
def test_sources_are_joined_only_where_the_ring_keeps_every_limit(tmp_path, given, said):
    assert said in handed_back(tmp_path / "r", **given)


def with_limit(most: str) -> str:
    return f"id,bus,s_max_mva\nga,a0,\ngb,b0,{most}"


def test_a_source_delivers_no_more_than_it_may(tmp_path):
    """Over the tie gb delivers 0.70 MVA; a limit below what it delivers now is held to that."""
    for most, back in (("0.75", 72.0), ("0.65", 240.0), ("0.1", 240.0)):
        asked = Asked(hand.write(tmp_path / most, source=with_limit(most)), "a01")
        assert asked.back_min()["ca2"] == back
        refused = asked.plan.tables["refused"].to_frame()
        assert ("would take 0.7 MVA from gb" in " ".join(refused["reason"])) == (back > 72.0)


def test_all_feeders_of_a_source_count_for_its_limit(tmp_path):
    """The feeder with the tie takes 0.7 MVA, another of the same station 0.4 MVA."""
    given = {
        "bus": more(hand.BUS, "b2,b,10"),
        "branch": more(hand.BRANCH, "b02,b0,b2,1,0.1,0.3,400,0.1,4"),
        "switch": more(hand.SWITCH, "sb2,b0,b02,branch,breaker,1,0,"),
        "load": more(hand.LOAD, "cb2,b2,400,5"),
    }
    for most, back in (("1.2", 72.0), ("1.0", 240.0)):
        asked = Asked(hand.write(tmp_path / most, source=with_limit(most), **given), "a01")
        assert asked.back_min()["ca2"] == back
        refused = " ".join(asked.plan.tables["refused"]["reason"])
        assert ("would take 1.1 MVA from gb" in refused) == (back > 72.0)


def test_a_source_may_deliver_again_what_it_delivered_before(tmp_path):
    """ga delivers 0.8 MVA before, above its 0.5: it may do so again after the repair."""
    source = "id,bus,s_max_mva\nga,a0,0.5\ngb,b0,"
    asked = Asked(hand.write(tmp_path / "r", source=source), "a01", pairs=[])
    assert asked.back_min() == {"ca1": 240.0, "ca2": 240.0}
    assert set(asked.plan.tables["checks"]["ok"]) == {"yes"}


def test_reserve_is_apparent_power_and_is_shared_by_active_power(tmp_path):
    """At a2 400 kW and 300 kvar: 0.5 MVA, a quarter of it for a customer of the giver itself."""
    load = ("id,bus,p_kw,q_kvar,customers,jurisdiction\nca1,a1,500,0,10,\nca2,a2,300,225,20,\n"
            "cx,a2,100,75,1,b\ncb1,b1,400,0,5,\n")
    settle = "from,to,per_kwh,per_mva_h,currency\nb,a,2,10,EUR"
    asked = Asked(hand.write(tmp_path / "r", load=load, settle=settle), "a01", load_factor="0.8")
    (row,) = asked.plan.tables["settlement"].to_frame().to_dict("records")
    hours = (240 + 6 - 72) / 60  # the 18 min of agreement end with the repair
    assert (row["from"], row["to"]) == ("b", "a")
    assert row["carried_kwh"] == pytest.approx(0.8 * 300 * hours)
    assert row["reserve_mva_h"] == pytest.approx(0.8 * 0.5 * 0.75 * hours)
    assert row["amount"] == pytest.approx(2 * row["carried_kwh"] + 10 * row["reserve_mva_h"])


def test_a_donor_is_booked_with_what_power_grid_model_finds_before_and_during(tmp_path):
    folder = hand.write(tmp_path / "r", source=with_limit("5"))
    (row,) = Asked(folder, "a01").plan.tables["donors"].to_frame().to_dict("records")
    judge = Judge(Folder.read(folder))
    before, during = judge.solve([judge.normal, judge.normal - {"sa0", "sa1"} | {"tie"}])
    assert row["before_mva"] == pytest.approx(before.s_source[1], rel=1e-6)
    assert row["during_mva"] == pytest.approx(during.s_source[1], rel=1e-6)
    assert during.s_source[1] - before.s_source[1] > 0.3
    assert row["reserve_before_mva"] == pytest.approx(5 - row["before_mva"])
    assert row["reserve_during_mva"] == pytest.approx(5 - row["during_mva"])


CREW = "id,jurisdiction,work\nmends,a,repair\nswitches,a,switching\n"


def test_the_travel_table_counts_both_ways(tmp_path):
    """Only from sa1 to the tie is given, and from the base; the same time twice is no harm."""
    travel = "from,to,travel_min\nsa1,switches,20\ntie,sa1,7\nsa1,tie,7\n"
    asked = Asked(hand.write(tmp_path / "r", crew=CREW, travel=travel), "a01")
    # open sa1: 20 + 6; drive 7; agree 18, close 6.
    assert asked.end_min["open", "sa1"] == pytest.approx(26.0, abs=0.01)
    assert asked.end_min["close", "tie"] == pytest.approx(26 + 7 + 18 + 6, abs=0.01)


def test_a_way_that_names_nothing_or_has_two_times_is_refused(tmp_path):
    travel = "from,to,travel_min\nswithces,sa1,20\nswitches,sx,7\nsa1,tie,7\ntie,sa1,99\n"
    folder = hand.write(tmp_path / "r", crew=CREW, travel=travel)
    with pytest.raises(InputError) as found:
        tieline.read_region(folder)
    first, second, third = found.value.problems
    assert "row 2" in first
    assert "field 'from'" in first
    assert "nearest: 'switches'" in first
    assert "row 3" in second
    assert "field 'to'" in second
    assert "7 min, as in row 4" in third
    assert "99 min" in third
    assert all(message(p, "zh") != p for p in found.value.problems)


@pytest.mark.parametrize("table", ["", "branch:"])
def test_a_repair_begins_when_its_crew_has_come_from_the_one_before(tmp_path, table):
    """One crew mends a12 (given 2 h), drives 30 min, mends a01 (4 h); or the other way round."""
    crew = "id,jurisdiction,work\nmends,a,repair\n"
    travel = "from,to,travel_min\na01,a12,30\nmends,a01,60\n"
    asked = Asked(hand.write(tmp_path / "r", crew=crew, travel=travel), f"{table}a12",
                  f"{table}a01", pairs=[], repair_h="2")
    ends = sorted(s.end_s / 60 for s in asked.plan.steps if s.action == "repair")
    # a01 first: 60 + 240, then 30 + 120; else a12 first: 120, then 30 + 240. The second is
    # cheaper for nobody: all 30 customers wait for both.
    assert asked.back_min()["ca2"] == pytest.approx(390.0, abs=0.01)
    assert ends[0] == pytest.approx(120.0, abs=1.01)


def test_a_repair_crew_drives_its_straight_way_from_one_fault_to_the_next(tmp_path):
    """b01 stands at b0, 50 km of a01 at a0, at 60 km/h: 4 h, 50 min, 4 h."""
    at = {"a0": 0, "a1": 1, "a2": 3, "b0": 5, "b1": 4}
    bus = more("id,jurisdiction,vn_kv,x,y", *(f"{b},{b[0]},10,{x},0" for b, x in at.items()))
    asked = Asked(hand.write(
        tmp_path / "r", bus=bus, crew="id,jurisdiction,work\nmends,a,repair\n",
        settings="km_per_unit = 10\ntravel_km_per_h = 60",
    ), "a01", "b01")
    assert asked.back_min() == pytest.approx(
        {"ca1": 240, "ca2": 240, "cb1": 240 + 50 + 240}, abs=0.01)


@pytest.mark.parametrize("minutes", [0, 60, 90])
def test_a_crew_begins_when_it_is_at_hand(tmp_path, minutes):
    crew = f"id,jurisdiction,work,available_min\nmends,a,repair,{minutes}\n"
    asked = Asked(hand.write(tmp_path / "r", crew=crew), "a01", pairs=[])
    assert asked.back_min() == {"ca1": 240.0 + minutes, "ca2": 240.0 + minutes}
    assert asked.plan.proof == "optimal"
    assert asked.plan.bound == pytest.approx(30 * (240.0 + minutes) / 60)
    late = f"{CREW.strip()}\n".replace("work\n", "work,available_min\n").replace(
        "repair\n", "repair,\n").replace("switching\n", f"switching,{minutes}\n")
    given = "from,to,travel_min\nsa1,tie,0\n"
    both = Asked(hand.write(tmp_path / "s", crew=late, travel=given), "a01")
    # The crew drives 24 min to sa1, opens it in 6, goes on at once: 18 and 6 at the tie.
    assert both.end_min["close", "tie"] == pytest.approx(minutes + 24 + 6 + 18 + 6, abs=0.01)


def test_a_crew_drives_its_straight_way_where_no_way_is_given(tmp_path):
    """From its base at b1 to sa1 over 3 units of 10 km at 60 km/h: 30 min; to the tie 20 min."""
    at = {"a0": 0, "a1": 1, "a2": 3, "b0": 5, "b1": 4}
    bus = more("id,jurisdiction,vn_kv,x,y", *(f"{b},{b[0]},10,{x},0" for b, x in at.items()))
    crew = "id,jurisdiction,work,bus\nmends,a,repair,\nswitches,a,switching,b1\n"
    asked = Asked(hand.write(
        tmp_path / "r", bus=bus, crew=crew, settings="km_per_unit = 10\ntravel_km_per_h = 60",
    ), "a01")
    assert asked.end_min["open", "sa1"] == pytest.approx(30 + 6, abs=0.01)
    assert asked.end_min["close", "tie"] == pytest.approx(36 + 20 + 18 + 6, abs=0.01)


def test_cold_load_grows_with_the_interruption_up_to_its_window():
    given = Response(cold_load_factor=3.0, cold_load_after_h=2.0)
    assert given.pickup(np.array([0.0, 0.5, 1.0, 2.0, 9.0])).tolist() == [1.0, 1.5, 2.0, 3.0, 3.0]
    at_once = Response(cold_load_factor=3.0, cold_load_after_h=0.0)
    assert at_once.pickup(np.array([0.0, 1e-6, 1.0])).tolist() == [1.0, 3.0, 3.0]


@pytest.mark.parametrize(("window_min", "fits"), [(144, True), (36, False)])
def test_what_was_out_for_half_the_window_is_half_as_cold(tmp_path, window_min, fits):
    """After 72 of 144 min a2 draws 1.5 x 300 kW beside 400 kW: 49 A; twice that were 58 A."""
    branch = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,52")
    settings = f"cold_load_factor = 2.0\ncold_load_after_min = {window_min}"
    asked = Asked(hand.write(tmp_path / "r", branch=branch, settings=settings), "a01")
    assert (asked.back_min()["ca2"] == pytest.approx(72.0, abs=0.01)) == fits


def test_a_part_that_nobody_feeds_brings_no_jurisdiction_of_its_own(tmp_path):
    """With sa1 open a2 has no source: the tie is a matter of a and b, and not of c behind gc."""
    asked = Asked(hand.write(
        tmp_path / "r", jurisdictions="abc", source=more(hand.SOURCE, "gc,c0"),
        bus=more(hand.BUS, "c0,c,10", "c1,c,10"),
        branch=more(hand.BRANCH, "c01,c0,c1,1,0.1,0.3,400,0.1,4"),
        switch=more(hand.SWITCH, "sc0,c0,c01,branch,breaker,1,0,"),
        load=more(hand.LOAD, "cc1,c1,100,3"),
    ), "a01", state=State((("sa1", "open"),)), pairs=TOGETHER)
    (tie,) = [s for s in asked.plan.steps if (s.action, s.asset) == ("close", "tie")]
    assert tie.agrees == ("b",)


TWO_LINES = {
    "branch": more(hand.BRANCH, "a03,a0,a3,2,0.1,0.3,400,0.1,4"),
    "bus": more(hand.BUS, "a3,a,10"),
    "switch": more(hand.SWITCH, "sa3,a0,a03,branch,breaker,1,0,"),
}


@pytest.mark.parametrize(("priority", "first"), [(1, "a01"), (10, "a03")])
def test_customers_with_priority_are_repaired_first(tmp_path, priority, first):
    """One crew, 4 h each: 30 customers behind a01, 5 behind a03 - or 5 that count as 50."""
    load = ("id,bus,p_kw,customers,priority\nca1,a1,500,10,1\nca2,a2,300,20,1\ncb1,b1,400,5,1\n"
            f"ca3,a3,100,5,{priority}\n")
    crew = "id,jurisdiction,work\nmends,a,repair\n"
    asked = Asked(hand.write(tmp_path / "r", load=load, crew=crew, **TWO_LINES), "a01", "a03",
                  pairs=[])
    repaired = [s.asset for s in asked.plan.steps if s.action == "repair"]
    assert repaired[0] == first
    back = asked.back_min()
    weights = {"ca1": 10, "ca2": 20, "ca3": 5 * priority}
    assert asked.plan.objective == pytest.approx(
        sum(w * back[k] / 60 for k, w in weights.items()), abs=0.01)
    assert asked.hours == pytest.approx(10 * back["ca1"] / 60 + 20 * back["ca2"] / 60
                                        + 5 * back["ca3"] / 60, abs=0.01)


@pytest.mark.parametrize(("given", "back"), [({}, 72.0), ({"generation_factor": "0"}, 240.0),
                                             ({"generation_factor": "0.8"}, 72.0)])
def test_generation_runs_by_its_factor(tmp_path, given, back):
    """Over b01 (30 A: 0.52 MVA) go 400 kW and 300 kW less 250 kW of generation, or of none."""
    asked = Asked(hand.write(
        tmp_path / "r", generator="id,bus,p_kw\nwa,a2,250",
        branch=changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,30"),
    ), "a01", **given)
    assert asked.back_min()["ca2"] == back
