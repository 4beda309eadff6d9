"""Random waters: whatever they are, no water and no mass is lost, and nothing blows up."""

import numpy as np
import pytest
from water_folders import waters

from tieline.water.flow import simulate
from tieline.water.reactions import Rates
from tieline.water.transport import Tracers, adjoint, run


def random_waters(folder, seed):
    """A tree with extra links: steep and flat, wet and dry, gates, pumps, culverts, tides."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 14))
    bed = np.round(rng.uniform(-2.0, 3.0, n), 2)
    level = np.where(rng.random(n) < 0.4, bed, bed + rng.uniform(0.0, 3.0, n))
    nodes = ["id,jurisdiction,bed_m,level_m,area_m2,x,y"] + [
        f"n{i},{'ab'[i % 2]},{bed[i]},{level[i]:.3f},"
        f"{0 if rng.random() < 0.7 else rng.uniform(10, 50000):.0f},{i * 500},{(i * 7) % 5 * 400}"
        for i in range(n)
    ]
    links = [(int(rng.integers(0, i)), i) for i in range(1, n)]
    links += [tuple(rng.choice(n, 2, replace=False)) for _ in range(int(rng.integers(0, 5)))]
    reaches = ["id,from_node,to_node,length_m,width_m,side_slope,roughness,shape,depth_m,cells"]
    gates = ["id,kind,from_node,to_node,jurisdiction,width_m,sill_m,height_m,opening,one_way"]
    pumps = ["id,from_node,to_node,jurisdiction,flow_m3s,start_m,stop_m"]
    for k, (a, b) in enumerate(links):
        what = rng.random()
        top = max(bed[a], bed[b])
        if what < 0.75:
            shape = rng.choice(["open", "open", "open", "circle", "box"])
            slope = rng.choice([0.0, 1.0, 2.5]) if shape == "open" else 0.0
            reaches.append(f"r{k},n{a},n{b},{rng.uniform(50, 4000):.0f},{rng.uniform(0.5, 40):.1f},"
                           f"{slope},{rng.uniform(0.012, 0.06):.3f},{shape},"
                           f"{rng.uniform(1, 6):.1f},{rng.integers(1, 6)}")
        elif what < 0.9:
            kind = rng.choice(["gate", "weir"])
            gates.append(f"g{k},{kind},n{a},n{b},a,{rng.uniform(1, 20):.1f},"
                         f"{top + rng.uniform(0, 1):.2f},{rng.uniform(0.3, 3):.1f},"
                         f"{rng.choice([0, 0.3, 1])},{rng.choice(['yes', 'no'])}")
        else:
            pumps.append(f"p{k},n{a},n{b},b,{rng.uniform(0.1, 3):.2f},{bed[a] + 1:.2f},"
                         f"{bed[a] + 0.4:.2f}")
    sea = int(rng.integers(0, n))
    boundary = ["id,node,kind,value", f"sea,n{sea},level,{bed[sea] + rng.uniform(0, 2):.2f}"] + [
        f"q{k},n{rng.integers(0, n)},flow,{rng.uniform(-0.5, 8):.2f}" for k in range(3)]
    tide = ["boundary,amplitude_m", f"sea,{rng.choice([0.0, 0.5, 2.0])}"]
    tables = {"node": nodes, "reach": reaches, "gate": gates, "pump": pumps, "boundary": boundary,
              "tide": tide}
    dt = float(rng.choice([60.0, 300.0, 900.0]))
    network = waters(folder, f"warmup_days = 0\ndt_s = {dt:g}\nrecord_s = {max(dt, 300.0):g}",
                     **{k: "\n".join(v) for k, v in tables.items() if len(v) > 1})
    return network, simulate(network, days=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_no_water_no_mass_and_no_meaning_is_lost(tmp_path, seed):
    network, flow = random_waters(tmp_path, seed)
    n = network.grid.n_cells
    inside = np.setdiff1d(np.arange(n), flow.outside)
    assert np.isfinite(flow.level_m).all()
    assert np.isfinite(flow.through_m3).all()
    assert flow.volume_m3.min() >= 0.0
    assert flow.mass_error < 1e-11
    rng = np.random.default_rng(seed)
    sources = rng.choice(inside, 4)
    tracers = Tracers(
        4, sources, np.arange(4), rng.uniform(0.1, 5.0, 4), Rates.plain(rng.uniform(0, 3, 4), 4),
        boundary_g_m3=rng.uniform(0, 10, (len(network.boundaries), 4)),
        initial_g_m3=rng.uniform(0, 1, (n, 4)),
    )
    done = run(flow, tracers, budget=True)
    assert np.abs(done.budget.error).max() < 1e-12
    assert done.mass_g.min() >= 0.0
    watched = rng.choice(inside, 3)
    forward = run(flow, Tracers.of_cells(sources, 0.5), observe=watched).mean
    backward = adjoint(flow, watched, rates=0.5).load[sources].T
    assert np.abs(forward - backward).max() <= 1e-11 * max(forward.max(), 1e-300)
