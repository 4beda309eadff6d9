"""Transport: mass, superposition, the adjoint, dispersion, oxygen, and a slow twin."""

import numpy as np
import pytest
from water_folders import channel, uniform_slope, waters

from tieline.errors import CaseError
from tieline.water.flow import simulate
from tieline.water.reactions import Rates, critical_point, one_step
from tieline.water.transport import Tracers, adjoint, run, transfer, transfer_oxygen

NONE = np.empty(0, int)


@pytest.fixture(scope="module")
def places(loop):
    rng = np.random.default_rng(7)
    inside = np.flatnonzero(loop.nodes["bed_m"] > -2.4)
    return rng.choice(inside, 30, replace=False), loop.grid.cells_at("section")


@pytest.fixture(scope="module")
def coarse_flow(loop):
    """Steps so long that many cells are emptied several times in one."""
    return simulate(loop, days=2.0, warmup_days=1.0, dt_s=60.0, record_s=3600.0)


@pytest.fixture(params=["fine", "coarse"])
def any_flow(request, loop_flow, coarse_flow):
    return loop_flow if request.param == "fine" else coarse_flow


def fast_steps(flow):
    """Steps in which some cell is emptied more than once."""
    out = np.zeros((flow.n_records, flow.grid.n_cells))
    positive = np.maximum(flow.through_m3, 0.0)
    np.add.at(out.T, flow.grid.face_from, positive.T)
    np.add.at(out.T, flow.grid.face_to, (positive - flow.through_m3).T)
    out[:, flow.outside] = 0.0
    return (out > flow.volume_m3[:-1]).any(axis=1)


def test_the_coarse_flow_has_fast_cells(loop_flow, coarse_flow):
    assert fast_steps(coarse_flow).mean() > 0.5


def test_mass_is_where_the_budget_says(any_flow, loop, places):
    sources, _ = places
    tracers = Tracers(
        30, sources, np.arange(30), np.linspace(0.5, 3.0, 30),
        Rates.plain(np.linspace(0.0, 2.0, 30), 30),
        boundary_g_m3=np.full((len(loop.boundaries), 30), 2.0),
        initial_g_m3=np.full((loop.grid.n_cells, 30), 1.0),
    )
    budget = run(any_flow, tracers, budget=True).budget
    assert np.abs(budget.error).max() < 1e-12
    assert budget.left.min() > 0.0
    assert budget.decayed[1:].min() > 0.0
    loads = np.linspace(0.5, 3.0, 30) * any_flow.n_records * any_flow.step_s
    assert (budget.entered > loads).all()


def test_oxygen_keeps_its_budget_too(any_flow, places):
    sources, _ = places
    tracers = Tracers(8, sources[:4], np.arange(4), np.ones(4), Rates.oxygen(0.5, 0.2, 0.9, 4))
    budget = run(any_flow, tracers, budget=True).budget
    assert np.abs(budget.error).max() < 1e-12


def test_concentrations_are_never_negative_and_superpose(any_flow, places):
    sources, watched = places
    cells = np.asarray(sources[:5])
    each = run(any_flow, Tracers.of_cells(cells, 0.3), observe=watched, series=True).series
    both = Tracers(1, cells, np.zeros(5, int), np.array([2.0, 0.5, 1.0, 3.0, 0.1]),
                   Rates.plain(0.3, 1))
    together = run(any_flow, both, observe=watched, series=True).series
    assert each.min() >= 0.0
    summed = each @ np.array([2.0, 0.5, 1.0, 3.0, 0.1])
    assert together[:, :, 0] == pytest.approx(summed, rel=1e-12, abs=1e-15)


def test_clean_mixing_stays_uniform(any_flow, loop):
    n = len(loop.boundaries)
    tracers = Tracers(1, NONE, NONE, np.empty(0), Rates.plain(0.0, 1),
                      boundary_g_m3=np.ones((n, 1)), initial_g_m3=np.ones((loop.grid.n_cells, 1)))
    final = run(any_flow, tracers).final
    assert final == pytest.approx(np.ones_like(final), abs=1e-11)


@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_the_adjoint_is_the_forward_matrix(any_flow, places, decay):
    sources, watched = places
    forward = run(any_flow, Tracers.of_cells(sources, decay), observe=watched).mean
    backward = adjoint(any_flow, watched, rates=decay).load[sources].T
    assert np.abs(forward - backward).max() <= 1e-12 * np.abs(forward).max()
    assert transfer(any_flow, sources, watched, decay) == pytest.approx(forward, rel=1e-11)
    assert transfer(any_flow, sources[:3], watched, decay) == pytest.approx(forward[:, :3])


def test_the_adjoint_of_oxygen_is_the_forward_matrix(any_flow, places):
    sources, watched = places
    rates = Rates.oxygen(0.5, 0.1, 0.9, 6)
    tracers = Tracers(12, sources[:6], np.arange(6), np.ones(6), rates)
    forward = run(any_flow, tracers, observe=watched).mean
    bod, deficit = transfer_oxygen(any_flow, sources[:6], watched, kd=0.5, ks=0.1, ka=0.9)
    assert np.abs(forward[:, :6] - bod).max() <= 1e-12 * forward.max()
    assert np.abs(forward[:, 6:] - deficit).max() <= 1e-12 * forward.max()


def test_the_adjoint_knows_each_step_and_the_start(any_flow, places):
    sources, watched = places
    rng = np.random.default_rng(3)
    n = any_flow.n_records
    weights = rng.random((n, len(watched)))
    found = adjoint(any_flow, watched, rates=0.4, weights=weights, at=sources[:3])
    assert found.by_step.sum(axis=0) == pytest.approx(found.load[sources[:3]], rel=1e-11)
    rate = np.zeros((n, 1))
    rate[n // 3 : n // 2] = 2.5
    initial = rng.random((any_flow.grid.n_cells, 1))
    tracers = Tracers(1, sources[1:2], np.zeros(1, int), rate, Rates.plain(0.4, 1),
                      initial_g_m3=initial)
    series = run(any_flow, tracers, observe=watched, series=True).series[1:, :, 0]
    expected = (weights * series).sum(axis=0)
    inside = np.ones(any_flow.grid.n_cells, bool)
    inside[any_flow.outside] = False
    # water from outside cells enters clean: their concentration is the boundary's
    said = rate[:, 0] @ found.by_step[:, 1] + initial[inside, 0] @ found.initial[inside]
    assert said == pytest.approx(expected, rel=1e-11)


def slow_transport(flow, cell, decay):
    """Mass and concentration of one tracer, 1 g/s in a cell: word for word, no fast cells."""
    grid = flow.grid
    mass, dt = np.zeros(grid.n_cells), flow.step_s
    k = decay / 86400.0
    for t in range(flow.n_records):
        before = np.where(np.isin(np.arange(grid.n_cells), flow.outside), 0.0,
                          mass / flow.volume_m3[t])
        new = mass.copy()
        for f in range(grid.n_faces):
            v = flow.through_m3[t, f]
            a, b = grid.face_from[f], grid.face_to[f]
            moved = v * before[a if v > 0.0 else b]
            new[a] -= moved
            new[b] += moved
        for e, i in enumerate(flow.external.cell):
            new[i] += min(flow.external_m3[t, e], 0.0) * before[i]
        new *= np.exp(-k * dt)
        new[cell] += (1.0 - np.exp(-k * dt)) / k
        new[flow.outside] = 0.0
        mass = new
    return mass


def test_transport_equals_its_slow_twin(loop_flow, places):
    flow = loop_flow.window(0, 200)
    assert not fast_steps(flow).any()
    cell = int(places[0][0])
    mine = run(flow, Tracers.of_cells([cell], 0.7)).mass_g[:, 0]
    twin = slow_transport(flow, cell, 0.7)
    inside = np.setdiff1d(np.arange(flow.grid.n_cells), flow.outside)
    assert mine[inside] == pytest.approx(twin[inside], rel=1e-10, abs=1e-9)


def steady_channel(tmp_path, *, cells, record, length=50000.0):
    slope = uniform_slope(20.0, 20.0, 2.0, 0.03)
    network = channel(tmp_path, length=length, slope=slope, cell=length / cells, record=record,
                      dt=min(record, 60))
    return network, simulate(network, days=5.0, dt_s=min(record, 60))


@pytest.mark.parametrize(("cells", "decay"), [(10, 1.0), (50, 0.2)])
def test_a_channel_is_a_chain_of_mixed_cells(tmp_path, cells, decay):
    """C0 / (1 + k tau / n)^n for steps short against the residence in a cell."""
    network, flow = steady_channel(tmp_path, cells=cells, record=60)
    tracers = Tracers(1, NONE, NONE, np.empty(0), Rates.plain(decay, 1),
                      boundary_g_m3=np.array([[10.0], [0.0]]))
    along = network.grid.reach_cells(0)
    final = run(flow, tracers, observe=along, series=True).series[-1, :, 0]
    tau = 50000.0 / 0.5 / 86400.0 / cells
    ratio = final[-2] / final[1]
    assert ratio == pytest.approx((1.0 + decay * tau) ** -(cells - 2.0), rel=2e-3)
    courant = flow.through_m3[-1, 0] / flow.volume_m3[-1, along[2:-1]]
    kept = np.exp(-decay * 60.0 / 86400.0)
    exact = np.prod(kept * courant / (1.0 - kept * (1.0 - courant)))
    assert ratio == pytest.approx(exact, rel=1e-9)


def test_numerical_dispersion_is_that_of_upwind(tmp_path):
    """u dx (1 - Cr) / 2: how fast the variance of a cloud grows, halved."""
    network, flow = steady_channel(tmp_path, cells=200, record=300)
    flow = flow.window(500, 740)
    along = network.grid.reach_cells(0)
    initial = np.zeros((network.grid.n_cells, 1))
    initial[along[30]] = 1.0
    tracers = Tracers(1, NONE, NONE, np.empty(0), Rates.plain(0.0, 1), initial_g_m3=initial)
    mass = run(flow, tracers).mass_g[along, 0]
    x = np.arange(len(along)) * 250.0
    mean = (mass * x).sum() / mass.sum()
    variance = (mass * (x - mean) ** 2).sum() / mass.sum()
    seconds = 240 * 300.0
    speed = (mean - x[30]) / seconds
    assert speed == pytest.approx(0.5, rel=2e-3)
    expected = speed * 250.0 * (1.0 - speed * 300.0 / 250.0) / 2.0
    assert variance / (2.0 * seconds) == pytest.approx(expected, rel=1e-2)


def test_streeter_phelps_is_met_along_a_river(tmp_path):
    """To 0.1 % of the critical deficit at 125 m, where the water leaves each cell."""
    slope = uniform_slope(20.0, 20.0, 2.0, 0.03)
    network = channel(tmp_path, length=100000.0, slope=slope, cell=125.0, record=60)
    flow = simulate(network, days=4.0)
    tracers = Tracers(2, NONE, NONE, np.empty(0), Rates.oxygen(0.5, 0.0, 0.9, 1),
                      boundary_g_m3=np.array([[20.0, 1.0], [0.0, 0.0]]))
    along = network.grid.reach_cells(0)[:-1]
    found = run(flow, tracers, observe=along, series=True).series[-1]
    t = (np.arange(len(along)) + 0.5) * 125.0 / 0.5 / 86400.0
    deficit = (0.5 * 20.0 / 0.4 * (np.exp(-0.5 * t) - np.exp(-0.9 * t)) + np.exp(-0.9 * t))
    when, worst = critical_point(0.5, 0.9, 20.0, 1.0)
    assert np.abs(found[:, 1] - deficit).max() < 1e-3 * worst
    assert found[:, 1].max() == pytest.approx(worst, rel=1e-3)
    assert t[found[:, 1].argmax()] == pytest.approx(when, abs=0.02)
    assert found[:, 0] == pytest.approx(20.0 * np.exp(-0.5 * t), rel=1e-3)


@pytest.mark.parametrize(("given", "time", "size"), [
    ((0.5, 0.9, 20.0, 1.0), 1.3674117, 5.6082558),
    ((0.03, 0.05, 12.0, 5.0), 9.27, None),
])
def test_the_critical_point_is_the_published_one(given, time, size):
    when, worst = critical_point(*given)
    assert when == pytest.approx(time, abs=5e-8 if size else 5e-3)
    if size:
        assert worst == pytest.approx(size, abs=5e-8)


def test_a_falling_deficit_is_worst_at_once():
    assert critical_point(0.5, 0.9, 1.0, 5.0) == (0.0, 5.0)
    near = critical_point(0.5, 0.5, 20.0, 1.0)
    assert near == pytest.approx(critical_point(0.5, 0.5 + 1e-5, 20.0, 1.0), rel=1e-4)


@pytest.mark.parametrize(("kd", "ks", "ka"), [(0.5, 0.1, 0.9), (0.6, 0.0, 0.6), (2.0, 1.0, 0.0)])
def test_reactions_are_exact_in_time(kd, ks, ka):
    """Against many small steps of the differential equations themselves."""
    kept, fed, added, added_fed = one_step(Rates.oxygen(kd, ks, ka, 1), 7200.0)
    n = 200000
    h = 7200.0 / 86400.0 / n
    step = np.array([[1.0 - (kd + ks) * h, 0.0], [kd * h, 1.0 - ka * h]])
    step += 0.5 * (step - np.eye(2)) @ (step - np.eye(2))
    whole = np.linalg.matrix_power(step, n)
    assert [kept[0], kept[1], fed[1]] == pytest.approx(
        [whole[0, 0], whole[1, 1], whole[1, 0]], rel=1e-8)
    rate = np.array([[-(kd + ks), 0.0, 1.0], [kd, -ka, 0.0], [0.0, 0.0, 0.0]])
    state = np.zeros(3)
    state[2] = 1.0
    h = 7200.0 / 86400.0 / 2000
    for _ in range(2000):
        k1 = rate @ state
        k2 = rate @ (state + 0.5 * h * k1)
        k3 = rate @ (state + 0.5 * h * k2)
        k4 = rate @ (state + h * k3)
        state = state + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    assert [added[0], added_fed[1]] == pytest.approx(state[:2] * 86400.0, rel=1e-9)


def test_a_tracer_is_fed_by_one_that_is_not_fed_itself():
    rates = Rates(np.zeros(3), np.array([-1, 0, 1]), np.ones(3))
    with pytest.raises(CaseError, match="fed by one that is itself fed"):
        one_step(rates, 60.0)


def test_loads_on_dry_ground_wait_for_water(tmp_path):
    network = waters(
        tmp_path, "warmup_days = 0",
        node="""
        id,jurisdiction,bed_m,level_m
        n1,a,1,1
        n2,a,0,0.5
        """,
        reach="id,from_node,to_node,length_m,width_m\nr,n1,n2,1000,10",
        boundary="id,node,kind,value,series\nq,n1,flow,0,s\nsea,n2,level,0.5,",
        series="id,time_h,value\ns,0,0\ns,12,0\ns,13,5",
    )
    flow = simulate(network, days=2.0)
    done = run(flow, Tracers.of_cells([0]), observe=[0], series=True, budget=True)
    assert flow.volume_m3[100, 0] == 0.0
    assert done.series[100, 0, 0] == 0.0
    assert abs(done.budget.error[0]) < 1e-12
    assert done.budget.left[0] > 0.9 * 12 * 3600.0
