"""How the incident of 22 September 2019 is laid into the tables; flow by power-grid-model.

This documents the arithmetic of the inputs; what the engine makes of them is in test_zone_engine.
"""

from collections import Counter

import pytest
from zone_flow import flow
from zone_tables import normally_open, reach, rows

REPORTED = {r["id"]: float(r["value"]) for r in rows("inputs/size")}
TIE = "syn-tie-qingpu-jiashan"
BRANCHES = {b["id"]: b for b in rows("power/branch")}
SWITCHES = rows("power/switch")


def faulted_zone() -> tuple[set[str], set[str]]:
    """Buses of the zone that the incident faults, and the switches around it."""
    switched = {s["element"] for s in SWITCHES}
    assets = {r["asset"] for r in rows("incidents")}
    zone: set[str] = set()
    for asset in assets:
        bus = BRANCHES[asset]["to_bus"]
        zone |= reach({bus}, switched)
    around = {
        s["id"] for s in SWITCHES
        if zone & {BRANCHES[s["element"]]["from_bus"], BRANCHES[s["element"]]["to_bus"]}
    }
    return zone, around


def switch(name: str) -> dict[str, str]:
    return next(s for s in SWITCHES if s["id"] == name)


def minutes(name: str, *, coordination: bool = False) -> float:
    """Travel and operation of a switch, with the agreement across the border if asked for."""
    row = switch(name)
    keys = ["travel_min", "operate_min", *(["coordination_min"] if coordination else [])]
    return sum(float(row[k] or 0) for k in keys)


def island() -> set[str]:
    """What stays dark behind the faulted zone once it is isolated."""
    zone, around = faulted_zone()
    off = normally_open() | {switch(s)["element"] for s in around}
    live = reach({s["bus"] for s in rows("power/source")}, off)
    return {b["id"] for b in rows("power/bus")} - live - zone


def customers(buses: set[str]) -> Counter[str]:
    return Counter(r["class"] for r in rows("power/load") if r["bus"] in buses)


def test_the_faulted_zone_has_a_recloser_before_it_a_switch_behind_and_no_customer():
    zone, around = faulted_zone()
    assert sorted(switch(s)["kind"] for s in around) == ["load_break", "recloser"]
    assert not customers(zone)


def test_26_public_and_4_dedicated_transformers_lie_behind_the_fault():
    assert customers(island()) == {
        "public": REPORTED["reported_public"], "dedicated": REPORTED["reported_dedicated"],
    }


def test_apart_the_island_can_only_wait():
    dark = island()
    ties = [
        s for s in SWITCHES if s["kind"] == "tie"
        and dark & {BRANCHES[s["element"]]["from_bus"], BRANCHES[s["element"]]["to_bus"]}
    ]
    assert [s["id"] for s in ties] == [TIE]
    assert ties[0]["project"] == "tie-qingpu-jiashan"


def test_the_times_in_the_tables_add_up_to_40_minutes_and_285_customer_hours():
    _, around = faulted_zone()
    cut = next(s for s in around if switch(s)["kind"] == "load_break")
    back_min = max(minutes(cut), float(switch(TIE)["travel_min"] or 0))
    back_min += minutes(TIE, coordination=True) - float(switch(TIE)["travel_min"] or 0)
    assert back_min == pytest.approx(REPORTED["reported_restored"])
    repair_h = {float(BRANCHES[r["asset"]]["repair_h"]) for r in rows("incidents")}
    assert len(repair_h) == 1
    saved = sum(customers(island()).values()) * (repair_h.pop() - back_min / 60)
    assert saved == pytest.approx(REPORTED["reported_saved"], abs=1e-6)


@pytest.mark.parametrize("scenario", ["base", "typhoon_2019_09_22"])
def test_the_back_feed_keeps_voltage_and_current(scenario):
    load_factor = {r["id"]: float(r["load_factor"]) for r in rows("scenarios")}[scenario]
    zone, around = faulted_zone()
    isolated = {switch(s)["element"] for s in around} | {r["asset"] for r in rows("incidents")}
    state = flow(load_factor, (normally_open() | isolated) - {f"{TIE}-line"})
    assert state.dead == zone
    assert state.v_min >= 0.93
    assert state.loading_max <= 1.0


@pytest.mark.parametrize("level", [1.0, 0.82, 0.65])
def test_the_base_case_keeps_every_limit(level):
    state = flow(level, normally_open())
    assert not state.dead
    assert state.v_min >= 0.93
    assert state.v_max <= 1.07
    assert state.loading_max <= 1.0
