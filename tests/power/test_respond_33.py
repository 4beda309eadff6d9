"""33 buses, every line switchable: no more hours than by a programme that passes the flow."""

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


@pytest.mark.parametrize(
    "fault", [1, 3, 6, 8, 10, 12, 13, 14, 16, 18, 20, 21, 25, 26, 28, 30, 32]
)
def test_no_more_hours_than_by_the_programme_if_its_state_passes_the_flow(grid, fault):
    engine, network, judge = grid
    plan = engine.respond(network, case_of(), incident(f"l{fault}"))
    assert violations(plan, judge, (1.0, 1.0, 1.0)) == []
    hours, closed = grid33.least_hours(fault)
    assert grid33.lowest_voltage(closed) >= grid33.V_MIN  # chosen so: it knows no losses
    assert plan.objective <= hours + 1e-4
    assert plan.bound <= hours + 1e-4


def test_line_29_costs_more_as_the_state_of_the_programme_cannot_go_home(grid):
    """It passes the flow, but not on its way back, in any order and with any loops closed."""
    engine, network, judge = grid
    hours, closed = grid33.least_hours(29)
    assert grid33.lowest_voltage(closed) >= grid33.V_MIN
    assert not grid33.can_go_home(closed, loops=3)
    plan = engine.respond(network, case_of(), incident("l29"))
    assert violations(plan, judge, (1.0, 1.0, 1.0)) == []
    assert hours < plan.objective < 1.03 * hours


def test_line_30_goes_home_by_way_of_another_tie(grid):
    """A part moves on to what another tie feeds before it goes home: one loop at a time."""
    _, closed = grid33.least_hours(30)
    assert grid33.can_go_home(closed, loops=1)
    engine, network, _ = grid
    plan = engine.respond(network, case_of(), incident("l30"))
    back = [s for s in plan.steps if s.phase == "return"]
    assert all(s.customers == 0.0 for s in back)
    assert next(s.asset for s in back if s.action == "open") == "l34f"


def test_the_programme_counts_hours_as_the_engine_does(grid):
    """By hand: without line 18 the buses 19 to 22 come back over the tie 12-22, a minute later.

    The fault is isolated and the source closed after 2 min: 28 customers; the tie closes at 3 min
    for 4. Both ways hang on one source: they are handed back without an interruption.
    """
    hours, closed = grid33.least_hours(18)
    assert hours == pytest.approx((28 * 2 + 4 * 3) / 60, abs=1e-4)
    assert 17 not in closed
    engine, network, _ = grid
    plan = engine.respond(network, case_of(), incident("l18"))
    assert plan.objective == pytest.approx(hours, abs=1e-4)
