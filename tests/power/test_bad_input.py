"""Bad input for power: what the user is told, in full."""

from pathlib import Path

import hand
import pytest
from hand import BRANCH, BUS, LOAD, SWITCH, changed, more

import tieline

PROJECTS = {"projects": "id,name,opened\nnorth,North,2020-01-01"}


def with_column(text: str, name: str, *rows: str) -> str:
    """The table with an empty column more, and rows added."""
    head, *lines = [line.strip() for line in text.strip().splitlines()]
    return "\n".join([f"{head},{name}", *(line + "," for line in lines), *rows])


def transformer(**given: str) -> dict[str, object]:
    """A sound transformer from 35 to 10 kV beside the grid, with these fields instead."""
    row = {
        "id": "t", "hv_bus": "t0", "lv_bus": "t1", "sn_mva": "10", "vn_hv_kv": "35",
        "vn_lv_kv": "10.5", "vk_percent": "6", "vkr_percent": "0.5", "tap_pos": "1",
        "tap_step_percent": "1.5", **given,
    }
    return {
        "bus": more(BUS, "t0,a,35\n    t1,a,10"),
        "transformer": ",".join(row) + "\n" + ",".join(row.values()),
    }


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "the switch's bus is not there": (
        {"switch": changed(SWITCH, "sa1,a1,a12", "sa1,a9,a12")},
        "power/switch.csv, row 3, field 'bus': expected the id of a row of power/bus, found 'a9'",
    ),
    "more resistance than impedance": (
        transformer(vkr_percent="9"),
        "power/transformer.csv, row 2, field 'vkr_percent': expected at most vk_percent = 6 [%], "
        "found 9",
    ),
    "a transformer the wrong way round": (
        transformer(hv_bus="t1", lv_bus="t0"),
        "power/transformer.csv, row 2, field 'hv_bus': expected a bus of at least the voltage at "
        "lv_bus, 35 kV, found 't1'",
    ),
    "rated voltages of another transformer": (
        transformer(vn_hv_kv="10", vn_lv_kv="35"),
        "power/transformer.csv, row 2, field 'vn_hv_kv': expected rated voltages near those of "
        "its buses, 35 kV and 10 kV, found 10",
    ),
    "a tap far beyond its range": (
        transformer(tap_pos="-40", tap_step_percent="2.5"),
        "power/transformer.csv, row 2, field 'tap_pos': expected a tap within 30 % (steps of "
        "2.5 %), found -40",
    ),
    "a bus whose lowest voltage is above its highest": (
        {"bus": with_column(BUS, "v_min_pu", "c0,a,10,1.2")},
        "power/bus.csv, row 7, field 'v_min_pu': expected less than the highest voltage, "
        "1.07 [pu], found 1.2",
    ),
    "limits the wrong way round": (
        {"settings": "v_min_pu = 1.1\nv_max_pu = 0.95"},
        "region.toml, field 'power.v_min_pu': expected less than v_max_pu = 0.95 [pu], found 1.1",
    ),
    "a normal state that cannot be": (
        {"shunt": "id,bus,p_kw,q_kvar\nx,a2,0,-40000"},
        "power: expected voltages between 0.5 and 1.5 pu in the normal state, found 2.23 pu at "
        "'a2': check ratios, loads, lengths and impedances",
    ),
    "the switch leads nowhere": (
        {"switch": changed(SWITCH, "tie,a2,b1", "tie,a2,b9")},
        "power/switch.csv, row 5, field 'element': expected the id of a row of power/branch or "
        "a row of power/transformer or a row of power/bus, found 'b9'",
    ),
    "the element is of another kind": (
        {"switch": changed(SWITCH, "tie,a2,b1,bus", "tie,a2,b1,branch")},
        "power/switch.csv, row 5, field 'element': expected the id of a branch (element_kind), "
        "found 'b1'",
    ),
    "the switch is not at an end of its branch": (
        {"switch": changed(SWITCH, "sa1,a1,a12", "sa1,b1,a12")},
        "power/switch.csv, row 3, field 'bus': expected an end of branch 'a12' ('a1' or 'a2'), "
        "found 'b1'",
    ),
    "the switch joins a bus with itself": (
        {"switch": changed(SWITCH, "tie,a2,b1", "tie,a2,a2")},
        "power/switch.csv, row 5, field 'element': expected another bus than its own, found 'a2'",
    ),
    "the kind of switch is unknown": (
        {"switch": changed(SWITCH, "bus,tie", "bus,fusible")},
        "power/switch.csv, row 5, field 'kind': expected one of breaker, recloser, fuse, "
        "load_break, disconnector, tie, found 'fusible' (nearest: 'fuse')",
    ),
    "an id stands twice": (
        {"switch": changed(SWITCH, "sa1,a1,a12", "sa0,a1,a12")},
        "power/switch.csv, row 3, field 'id': expected an id used once, found 'sa0' again "
        "(first in row 2)",
    ),
    "the jurisdiction is unknown": (
        {"bus": changed(BUS, "a2,a,10", "a2,aa,10")},
        "power/bus.csv, row 4, field 'jurisdiction': expected the id of a jurisdiction, "
        "found 'aa' (nearest: 'a')",
    ),
    "the project is unknown": (
        {"load": with_column(LOAD, "project", "cb2,b1,400,5,nroth"), "region": PROJECTS},
        "power/load.csv, row 5, field 'project': expected the id of a project, found 'nroth' "
        "(nearest: 'north')",
    ),
    "metres for kilometres": (
        {"branch": changed(BRANCH, "a1,a2,3,", "a1,a2,3000,")},
        "power/branch.csv, row 3, field 'length_km': expected a number 0..200 [km], "
        "found 3000 (in metres?)",
    ),
    "a negative length": (
        {"branch": changed(BRANCH, "a1,a2,3,", "a1,a2,-3,")},
        "power/branch.csv, row 3, field 'length_km': expected a number 0..200 [km], found -3",
    ),
    "kiloamperes for amperes": (
        {"branch": changed(BRANCH, "a1,a2,3,0.1,0.3,400", "a1,a2,3,0.1,0.3,0")},
        "power/branch.csv, row 3, field 'i_max_a': expected a number > 0 and <= 20000 [A], found 0",
    ),
    "not a number": (
        {"branch": changed(BRANCH, "a1,a2,3,", "a1,a2,nan,")},
        "power/branch.csv, row 3, field 'length_km': expected a number 0..200 [km], found 'nan'",
    ),
    "text for a number": (
        {"branch": changed(BRANCH, "a1,a2,3,", "a1,a2,three,")},
        "power/branch.csv, row 3, field 'length_km': expected a number 0..200 [km], found 'three'",
    ),
    "a branch between two voltages": (
        {"bus": changed(BUS, "b1,b,10", "b1,b,20"), "switch": changed(
            SWITCH, "tie,a2,b1,bus,tie,6,48,18", "")},
        "power/branch.csv, row 4, field 'to_bus': expected a bus of 10 kV, as at the other end, "
        "found 'b1' of 20 kV",
    ),
    "a branch from a bus to itself": (
        {"branch": changed(BRANCH, "a12,a1,a2", "a12,a1,a1"), "switch": changed(
            SWITCH, "tie,a2,b1,bus,tie,6,48,18", "")},
        "power/branch.csv, row 3, field 'to_bus': expected two different buses in from_bus and "
        "to_bus, found 'a1' in both",
    ),
    "levels that do not make a year": (
        {"level": "id,hours_per_yr,load_factor\nx,4000,1"},
        "power/level.csv, field 'hours_per_yr': expected levels that together make 8760 "
        "(or 8784) [h/yr], found 4000",
    ),
    "no sources at all": (
        {"source": ""},
        "power/source.csv: expected this table (Sources), found no such file or sheet",
    ),
    "a loop in the normal state": (
        {"switch": changed(SWITCH, "tie,a2,b1,bus,tie", "tie,a0,a2,bus,load_break")},
        "power: expected a radial normal state, found a loop closed "
        "by switch 'tie'; closed switches on it: 'tie', 'sa0', 'sa1'",
    ),
    "two branches side by side": (
        {"branch": more(BRANCH, "twin,a1,a2,3,0.1,0.3,400,0.1,4")},
        "power: expected a radial normal state, found a loop closed "
        "by switch 'sa1'; closed switches on it: 'sa1'",
    ),
    "a loop once a project is built": (
        {"branch": with_column(BRANCH, "project", "later,a0,a1,3,0.1,0.3,400,0.1,4,north"),
         "region": {"projects": "id,name,opened\nnorth,North,2030-01-01"}},
        "power (with every project built): expected a radial normal state, found a loop closed by "
        "switch 'sa0'; closed switches on it: 'sa0'",
    ),
    "two sources in one part": (
        {"switch": changed(SWITCH, "tie,a2,b1,bus,tie", "tie,a2,b1,bus,load_break")},
        "power: expected one source for each connected part, found "
        "source 'gb' joined to another by closed switches",
    ),
    "a part without a source": (
        {"source": "id,bus\nga,a0"},
        "power: expected a source for every customer in the normal "
        "state, found none for load 'cb1'",
    ),
    "a power flow that diverges": (
        {"branch": changed(BRANCH, "a01,a0,a1,2,0.1,0.3", "a01,a0,a1,199,1.1,2.3"),
         "load": changed(LOAD, "ca1,a1,500", "ca1,a1,50000")},
        "power: expected a power flow that converges in the normal state, found "
        "none for the feeder at 'a1' (largest load 50000 kW at 'a1'): check loads [kW], "
        "lengths [km] and impedances [ohm/km]",
    ),
    "a setting that is not there": (
        {"settings": "vmin = 0.93"},
        "region.toml, field '[power] vmin': expected a known setting, found 'vmin' "
        "(nearest: 'v_min_pu')",
    ),
    "a limit in percent": (
        {"settings": "v_min_pu = 93"},
        "region.toml, field '[power] v_min_pu': expected a number 0.5..1.1 [pu], found 93",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_its_message(tmp_path: Path, what: str) -> None:
    tables, message = REFUSED[what]
    path = hand.write(tmp_path / "r", **tables)  # type: ignore[arg-type]
    with pytest.raises(tieline.InputError) as caught:
        tieline.read_region(path)
    assert message in caught.value.problems


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    path = hand.write(
        tmp_path / "r",
        switch=changed(SWITCH, "sa1,a1,a12", "sa1,a9,a12"),
        branch=changed(BRANCH, "a1,a2,3,", "a1,a2,3000,"),
        bus=changed(BUS, "a2,a,10", "a2,aa,10"),
    )
    with pytest.raises(tieline.InputError) as caught:
        tieline.read_region(path)
    files = {problem.split(",")[0] for problem in caught.value.problems}
    assert files == {"power/bus.csv", "power/branch.csv", "power/switch.csv"}


NOTED = {
    "a branch above its rating": (
        {"branch": changed(BRANCH, "a01,a0,a1,2,0.1,0.3,400", "a01,a0,a1,2,0.1,0.3,20")},
        "power: 1 branch or transformer passes its "
        "rating in the normal state, most 231% at 'a01'; it is held to 'no worse than now'",
    ),
    "buses below their lowest voltage": (
        {"branch": changed(BRANCH, "a01,a0,a1,2,", "a01,a0,a1,120,")},
        "power: 2 buses lie below their lowest voltage in "
        "the normal state, lowest 0.8169 pu at 'a2', 'a1'; it is held to 'no worse than now'",
    ),
    "buses above their highest voltage": (
        {"source": "id,bus,vm_pu\nga,a0,1.1\ngb,b0,1"},
        "power: 3 buses lie above their highest voltage in "
        "the normal state, highest 1.1000 pu at 'a0', 'a1', 'a2'; it is held to 'no worse than "
        "now'",
    ),
}


@pytest.mark.parametrize("what", NOTED)
def test_a_base_case_beyond_its_limits_is_noted_and_still_works(tmp_path: Path, what: str) -> None:
    tables, message = NOTED[what]
    data = tieline.read_region(hand.write(tmp_path / "r", **tables))  # type: ignore[arg-type]
    assert message in [str(note) for note in data.issues.notes]
    (outcome,) = data.engines["power"].evaluate(data.networks["power"], [data.case("together")])
    assert outcome.values[:, 2].sum() > 0.0


def test_a_source_above_its_limit_is_noted_too(tmp_path: Path) -> None:
    source = "id,bus,s_max_mva\nga,a0,0.1\ngb,b0,1"
    data = tieline.read_region(hand.write(tmp_path / "r", source=source))
    assert any("'ga'" in str(note) for note in data.issues.notes)


def test_a_project_that_makes_a_loop_is_told_when_its_case_is_asked_for(tmp_path: Path) -> None:
    """Two projects that go together only one at a time: each state alone is fine."""
    rows = [line.strip() for line in BRANCH.strip().splitlines()]
    branch = "\n".join([
        rows[0] + ",project,unless_project",
        *(r + (",north,south" if r.startswith("a01") else ",,") for r in rows[1:]),
        "a01s,a0,a1,2,0.1,0.3,400,0.1,4,south,", "a01b,a0,a1,2,0.1,0.3,400,0.1,4,,north",
    ])
    path = hand.write(
        tmp_path / "r", branch=branch, switch=changed(SWITCH, "sa0,a0,a01,branch,breaker,1,0,", ""),
        region={"projects": "id,name,opened\nnorth,North,2020-01-01\nsouth,South,2030-01-01"},
    )
    data = tieline.read_region(path)
    engine, network = data.engines["power"], data.networks["power"]
    with pytest.raises(tieline.CaseError, match="found a loop closed by branch 'a01"):
        list(engine.evaluate(network, [data.case("apart", built=["south"])]))


@pytest.mark.parametrize(("table", "old", "new", "found"), [
    ("branch", "0.1,4", ",4", "have no failure rate: they count as never failing"),
    ("branch", "0.1,4", "0.1,", "fail but have no repair_h: they count as repaired at once"),
    ("branch", "a01,a0,a1,2", "a01,a0,a1,150", "longer than 50 km, first 'a01'"),
])
def test_missing_or_unlikely_data_are_noted(
    tmp_path: Path, table: str, old: str, new: str, found: str
) -> None:
    text = getattr(hand, table.upper()).replace(old, new)
    issues = tieline.check(hand.write(tmp_path / "r", **{table: text}))
    assert any(found in str(note) for note in issues.notes)


def test_a_grid_without_customers_is_refused(tmp_path: Path) -> None:
    issues = tieline.check(hand.write(tmp_path / "r", load="id,bus,p_kw,customers"))
    assert any("at least one customer" in str(e) for e in issues.errors)
