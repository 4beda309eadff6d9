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
