"""33 buses, every line switchable: as many fed as by an optimal programme that passes the flow."""

import grid33
import pytest
from engine_runs import case_of
from incidents import StepJudge, incident, violations
from twin_folder import Folder

import tieline


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = grid33.write(tmp_path_factory.mktemp("grid") / "r")
    data = tieline.read_region(folder)
    return data.engines["power"], data.networks["power"], StepJudge(Folder.read(folder))


@pytest.mark.parametrize("fault", [3, 6, 9, 13, 18, 22, 23, 24, 26, 28, 31])
def test_no_fewer_are_fed_than_by_the_programme_if_its_state_passes_the_flow(grid, fault):
    engine, network, judge = grid
    plan = engine.respond(network, case_of(), incident(f"l{fault}"))
    assert violations(plan, judge, (1.0, 1.0, 1.0)) == []
    fed, closed = grid33.most_restored(fault)
    if grid33.lowest_voltage(closed) < grid33.V_MIN:
        return  # the programme knows no losses: what it closes cannot be operated
    waiting = sum(1 for how in plan.tables["loads"]["how"] if how == "repair")
    assert 32 - waiting >= fed
