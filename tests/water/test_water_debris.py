"""Debris: wind, traps, banks."""

import numpy as np
import pytest
from water_folders import waters

from tieline.water.debris import drift, drifting, face_areas
from tieline.water.flow import simulate
from tieline.water.reactions import Rates
from tieline.water.transport import Tracers

NONE = np.empty(0, int)


@pytest.fixture
def pond(tmp_path):
    """Still water from west to east, open to the sea at the east."""
    network = waters(
        tmp_path, "warmup_days = 0\ncell_m = 100",
        node="id,jurisdiction,bed_m,level_m,x,y\nwest,a,0,2,0,0\neast,b,0,2,2000,0",
        reach="id,from_node,to_node,length_m,width_m\nr,west,east,2000,20",
        boundary="id,node,kind,value\nsea,east,level,2",
    )
    return network, simulate(network, days=0.5)


def raft(network, cell):
    initial = np.zeros((network.grid.n_cells, 1))
    initial[cell] = 1.0
    return Tracers(1, NONE, NONE, np.empty(0), Rates.plain(0.0, 1), initial_g_m3=initial)


def centre(network, carried):
    along = network.grid.reach_cells(0)
    mass = carried.mass_g[along, 0]
    return (mass * network.grid.x[along]).sum() / mass.sum()


def test_a_raft_drifts_with_the_wind_at_its_share_of_the_speed(pond):
    network, flow = pond
    start = network.grid.reach_cells(0)[5]
    moved = drifting(flow.window(0, 24), windage=0.02, wind_m_s=5.0, wind_from_deg=270.0)
    done = drift(flow.window(0, 24), raft(network, start), moved, budget=True)
    assert centre(network, done) - network.grid.x[start] == pytest.approx(0.1 * 7200.0, rel=0.02)
    assert abs(done.budget.error[0]) < 1e-12
    north = drifting(flow, windage=0.02, wind_m_s=5.0, wind_from_deg=0.0)
    still = drift(flow, raft(network, start), north)
    assert centre(network, still) == pytest.approx(network.grid.x[start], abs=1e-6)


def test_a_boom_holds_its_share_and_banks_catch_theirs(pond):
    network, flow = pond
    start = network.grid.reach_cells(0)[5]
    trap = np.zeros(network.grid.n_faces)
    trap[network.grid.reach_faces(0)[10]] = 0.8
    moved = drifting(flow, windage=0.03, wind_m_s=5.0, wind_from_deg=270.0, trap=trap)
    done = drift(flow, raft(network, start), moved, budget=True)
    first = done.budget.first[0]
    assert done.held_g.sum() == pytest.approx(0.8 * first, rel=0.02)
    assert abs(done.budget.error[0]) < 1e-12
    caught = drifting(flow, strand_per_day=2.0)
    done = drift(flow, raft(network, start), caught, budget=True)
    assert done.stranded_g.sum() == pytest.approx((1.0 - np.exp(-1.0)) * first, rel=1e-9)
    assert abs(done.budget.error[0]) < 1e-12


def test_debris_with_wind_keeps_its_budget_among_tides_and_gates(loop, loop_flow):
    moved = drifting(loop_flow, wind_m_s=8.0, wind_from_deg=60.0, strand_per_day=0.3,
                     trap=np.where(np.arange(loop.grid.n_faces) % 7 == 0, 0.5, 0.0))
    done = drift(loop_flow, Tracers.of_cells([3, 40, 77], -0.05), moved, budget=True)
    assert np.abs(done.budget.error).max() < 1e-12
    assert done.mass_g.min() >= 0.0
    assert face_areas(loop_flow).min() >= 0.0
