"""The power engine keeps every promise of the protocol."""

from pathlib import Path

import engine_runs
import hand
import pytest
import random_grids
from engine_runs import case_of

import tieline
from tieline.power.engine import PowerEngine
from tieline.region.protocol import find_engines
from tieline.testing import check_engine

EXAMPLE = Path(__file__).parents[2] / "examples" / "demonstration-zone"


def test_it_is_found_by_its_entry_point() -> None:
    assert isinstance(find_engines()["power"], PowerEngine)


def test_a_scenario_that_the_region_does_not_have_is_refused(tmp_path: Path) -> None:
    engine, network = engine_runs.read(hand.write(tmp_path / "r"))
    with pytest.raises(tieline.CaseError, match=r"unknown scenario 'hot'; known: base"):
        list(engine.evaluate(network, [case_of(scenario="hot")]))


def test_every_promise_on_a_grid_by_hand(tmp_path: Path) -> None:
    engine, network = engine_runs.read(hand.write(tmp_path / "r"))
    check_engine(engine, network)


@pytest.mark.parametrize("seed", [1, 2, 10])
def test_every_promise_on_random_grids(tmp_path: Path, seed: int) -> None:
    made = random_grids.draft(seed, feeders=4, ties=8, stress=2.0)
    engine, network = engine_runs.read(random_grids.write_grid(tmp_path / "r", made))
    check_engine(engine, network, processes=seed == 1)


def test_every_promise_on_a_region_to_start_from(tmp_path: Path) -> None:
    engine, network = engine_runs.read(tieline.new_region(tmp_path / "two towns"))
    check_engine(engine, network, processes=False)


def test_every_promise_on_the_example() -> None:
    engine, network = engine_runs.read(EXAMPLE)
    projects = sorted(network.relevant.projects)
    pairs = [(a, b) for _, a, b in network.relevant.open]
    cases = [case_of(), case_of(pairs, projects), case_of(pairs[:1], projects[:1])]
    check_engine(engine, network, cases, processes=False)
