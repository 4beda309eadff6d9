"""The detail tables, on grids small enough to read."""

from pathlib import Path

import engine_runs
import hand
import numpy as np
import pytest
from engine_runs import case_of

from tieline.region.tables import Table


def tables(path: Path) -> dict[str, Table]:
    engine, network = engine_runs.read(path)
    (outcome,) = engine.evaluate(network, [case_of([("a", "b")])], detail=True)
    return dict(outcome.tables)


def feeders(found: dict[str, Table]) -> dict[str, str]:
    loads = found["loads"]
    return dict(zip(loads["id"], loads["feeder"], strict=True))


def test_a_load_names_the_switch_at_the_head_of_its_feeder(tmp_path: Path) -> None:
    found = tables(hand.write(tmp_path / "r"))
    assert feeders(found) == {"ca1": "sa0", "ca2": "sa0", "cb1": "sb0"}


def test_a_feeder_without_a_switch_is_named_by_its_first_branch(tmp_path: Path) -> None:
    switch = "\n".join(x for x in hand.SWITCH.splitlines() if "sa0" not in x)
    found = tables(hand.write(tmp_path / "r", switch=switch))
    assert feeders(found) == {"ca1": "a01", "ca2": "a01", "cb1": "sb0"}


def test_a_load_on_the_bars_of_a_station_names_its_source(tmp_path: Path) -> None:
    load = hand.LOAD.rstrip() + "\n    cb0,b0,100,1\n"
    assert feeders(tables(hand.write(tmp_path / "r", load=load)))["cb0"] == "gb"


def test_the_loading_of_a_branch_is_its_current_over_what_it_may_carry(tmp_path: Path) -> None:
    found = tables(hand.write(tmp_path / "r", settings="i_max_percent = 80"))
    branches, base = found["branches"], found["base"]
    assert branches["loading_percent"] == pytest.approx(branches["i_a"] / (0.8 * 400) * 100)
    assert np.max(branches["loading_percent"]) == pytest.approx(base["loading_max_percent"][0])


def sections(found: dict[str, Table]) -> dict[str, int]:
    loads = found["loads"]
    return dict(zip(loads["id"], loads["sections_above"].tolist(), strict=True))


def test_a_load_counts_the_sections_above_it_that_can_fail(tmp_path: Path) -> None:
    assert sections(tables(hand.write(tmp_path / "r"))) == {"ca1": 0, "ca2": 1, "cb1": 0}
    sound = hand.changed(hand.BRANCH, "a01,a0,a1,2,0.1,0.3,400,0.1", "a01,a0,a1,2,0.1,0.3,400,0")
    assert sections(tables(hand.write(tmp_path / "s", branch=sound)))["ca2"] == 0


LATERAL = {
    "bus": hand.more(hand.BUS, "a3,a,10", "a4,a,10", "a5,a,10"),
    "load": hand.more(hand.LOAD, "ca3,a3,100,1", "ca4,a4,100,1", "ca5,a5,100,1"),
    "branch": hand.more(
        hand.BRANCH, "a13,a1,a3,1,0.1,0.3,400,0.1,4", "a24,a2,a4,1,0.1,0.3,400,0.1,4",
        "a35,a3,a5,1,0.1,0.3,400,0.1,4",
    ),
    "switch": hand.more(
        hand.SWITCH, "fuse3,a1,a13,branch,fuse,1,0,", "fuse4,a2,a24,branch,fuse,1,0,",
        "fuse5,a3,a35,branch,fuse,1,0,",
    ),
}


def test_what_branches_off_a_section_without_a_tie_belongs_to_it(tmp_path: Path) -> None:
    found = sections(tables(hand.write(tmp_path / "r", **LATERAL)))
    assert found == {"ca1": 0, "ca2": 1, "cb1": 0, "ca3": 0, "ca4": 1, "ca5": 2}


def test_a_feeder_without_ties_has_a_first_section_only_at_its_head(tmp_path: Path) -> None:
    switch = "\n".join(x for x in hand.SWITCH.splitlines() if "tie" not in x)
    found = sections(tables(hand.write(tmp_path / "r", switch=switch)))
    assert found == {"ca1": 0, "ca2": 1, "cb1": 0}


def test_a_load_at_a_station_without_ties_has_nothing_above_it(tmp_path: Path) -> None:
    found = sections(tables(hand.write(
        tmp_path / "r", bus=hand.more(hand.BUS, "c0,b,10"),
        load=hand.more(hand.LOAD, "cc0,c0,100,1"),
        source="id,bus\ngc,c0\ngb,b0\nga,a0\n",
    )))
    assert found == {"ca1": 0, "ca2": 1, "cb1": 0, "cc0": 0}


def test_a_branch_names_the_buses_above_and_below_it(tmp_path: Path) -> None:
    # a12 written against the flow; a line from a2 with an open tie switch at its far end b1
    branch = hand.changed(hand.BRANCH, "a12,a1,a2", "a12,a2,a1")
    branch = hand.more(branch, "tl,b1,a2,1,0.1,0.3,400,0.1,4")
    switch = hand.changed(hand.SWITCH, "tie,a2,b1,bus,tie", "tie,b1,tl,branch,tie")
    found = tables(hand.write(tmp_path / "r", branch=branch, switch=switch))["branches"]
    ways = {i: (a, b) for i, a, b in zip(found["id"], found["fed_from"], found["feeds"],
                                         strict=True)}
    assert ways == {"a01": ("a0", "a1"), "a12": ("a1", "a2"), "b01": ("b0", "b1"),
                    "tl": ("a2", "")}


def test_a_switch_at_the_far_end_of_a_branch_does_not_hide_the_bus_below(tmp_path: Path) -> None:
    switch = hand.more(hand.SWITCH, "far,a1,a01,branch,load_break,1,0,")
    found = tables(hand.write(tmp_path / "r", switch=switch))["branches"]
    ways = dict(zip(found["id"], zip(found["fed_from"], found["feeds"], strict=True), strict=True))
    assert ways["a01"] == ("a0", "a1")
    assert ways["a12"] == ("a1", "a2")


def test_the_second_section_of_the_two_towns_waits_for_repair_together_too(tmp_path: Path) -> None:
    from tieline.publish.kinds import KINDS, grid_of
    from tieline.region.template import new_region

    engine, network = engine_runs.read(new_region(tmp_path / "r"))
    (outcome,) = engine.evaluate(
        network, [case_of([("easttown", "westtown")], ["tie_north"])], detail=True)
    grid = grid_of(outcome.tables)
    loads, branches = outcome.tables["loads"], outcome.tables["branches"]
    of_loads = dict(zip(loads["id"], (KINDS[k] for k in grid.loads), strict=True))
    of_lines = dict(zip(branches["id"], (KINDS[k] for k in grid.branches), strict=True))
    assert of_loads["EA1-public"] == of_lines["EA-1"] == "near"
    assert of_loads["EA2-public"] == of_lines["EA-2"] == "repair"
    assert of_loads["EA3-public"] == of_lines["EA-3"] == of_lines["tie-north"] == "border"
    assert of_loads["EB2-public"] == of_lines["EB-2"] == "repair"
    assert grid.customers("border") == 4.0
