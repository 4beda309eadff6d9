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


@pytest.mark.parametrize("fault", [1, 8, 10, 12, 13, 14, 16, 18, 19, 21, 22, 25, 28, 30, 32])
def test_no_more_hours_than_by_the_programme_if_its_states_pass_the_flow(grid, fault):
    """Chosen so that they do: it knows no losses. What handing back costs is looked at in full."""
    engine, network, judge = grid
    plan = engine.respond(network, case_of(), incident(f"l{fault}"))
    assert violations(plan, judge, (1.0, 1.0, 1.0)) == []
    hours, closed = grid33.least_hours(fault)
    assert grid33.lowest_voltage(closed) >= grid33.V_MIN
    counted = grid33.behind(closed, closed - grid33.OWN) * grid33.MINUTE
    back = grid33.way_back(closed)
    assert back >= counted - 1e-6
    assert plan.objective <= hours - counted + back + 1e-4
    assert plan.bound <= hours + 1e-4


def test_the_programme_is_cheaper_only_where_it_has_no_way_back(grid):
    """Without line 29: what is repaired and what the tie feeds pass the limit together."""
    engine, network, judge = grid
    plan = engine.respond(network, case_of(), incident("l29"))
    assert violations(plan, judge, (1.0, 1.0, 1.0)) == []
    hours, closed = grid33.least_hours(29)
    assert grid33.lowest_voltage(closed) >= grid33.V_MIN
    assert plan.objective > hours + 1e-4
    assert grid33.way_back(closed) == float("inf")


def test_the_programme_counts_hours_as_the_engine_does(grid):
    """By hand: without line 18 the buses 19 to 22 come back over the tie 12-22, a minute later.

    The fault is isolated and the source closed after 2 min: 28 customers; the tie closes at 3 min
    for 4, who are out for a minute more when they are handed back.
    """
    hours, closed = grid33.least_hours(18)
    assert hours == pytest.approx((28 * 2 + 4 * (3 + 1)) / 60, abs=1e-4)
    assert 17 not in closed
    engine, network, _ = grid
    plan = engine.respond(network, case_of(), incident("l18"))
    assert plan.objective == pytest.approx(hours, abs=1e-4)
