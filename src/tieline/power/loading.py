"""The normal state of a grid at one load level, and the limits it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.power.electric import demand
from tieline.power.kernels.arrays import (
    FEEDER,
    FLOW,
    HUNG,
    NO_CUT,
    NODE,
    SOURCE,
    STATE,
    Loading,
    blank,
    records,
)
from tieline.power.kernels.flow import solve_base
from tieline.power.network import Level
from tieline.power.topology import build_topology

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Grid, Records
    from tieline.power.network import PowerNetwork
    from tieline.power.topology import Topology
    from tieline.region.model import Case

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def scaled_levels(network: PowerNetwork, case: Case) -> tuple[Level, ...]:
    """The load levels of the case's scenario: its factors times those of level.csv."""
    scenario = network.scenario(case)
    loads = float(scenario.get("load_factor", 1.0))
    generation = float(scenario.get("generation_factor", 1.0))
    return tuple(
        Level(k.id, k.share, k.load_factor * loads, k.generation_factor * generation)
        for k in network.levels
    )


def base_loading(topology: Topology, level: Level) -> Loading:
    """The normal state at one load level, and the limits "no worse than this"."""
    network, lines, grid = topology.network, topology.grid.lines, topology.grid
    node = blank(NODE, len(lines))
    node.p, node.q = demand(
        network, topology.exists, topology.graph, level.load_factor, level.generation_factor
    )
    part = np.searchsorted(topology.graph.roots_at, np.arange(len(lines)), side="right") - 1
    node.vr = network.sources["vm_pu"][topology.source_row][part]
    flow, state = _flow(grid, node), blank(STATE, len(lines))
    state.vr = flow.vr
    feeder = blank(FEEDER, len(grid.units))
    real = grid.units[: topology.n_units]
    solve_base(
        flow, grid.first_slot[real.lo], grid.first_slot[real.hi], NO_CUT, blank(HUNG, 0), state,
        feeder,
    )
    _take_state(grid, state, node)
    v = np.hypot(node.vr, node.vi)
    solved = np.isfinite(feeder.p)[lines.unit]
    node.v_low = np.where(solved, np.minimum(lines.v_min, v), lines.v_min)
    node.v_high = np.where(solved, np.maximum(lines.v_max, v), lines.v_max)
    node.i_base = np.where(solved, _end_current(lines, node), 0.0)
    node.i_high = np.maximum(lines.i_max, node.i_base)
    p, q = _source_totals(topology, node, feeder)
    source = records(SOURCE, p=p, q=q, s_max=np.maximum(topology.source_limit, np.hypot(p, q)))
    return Loading(node, _flow(grid, node), feeder, source, level.share, level.load_factor)


def _flow(grid: Grid, node: Records) -> Records:
    """The records by slot of what stands in `node`; shunts of merged nodes at those above."""
    lines = grid.lines
    merged = np.flatnonzero(lines.merged)
    g, b = lines.g.copy(), lines.b.copy()
    for total, own in ((g, lines.g), (b, lines.b)):
        np.add.at(total, lines.parent[merged], own[merged])
    above = np.maximum(lines.parent, 0)
    above = np.where(lines.merged[above] & (lines.parent >= 0), lines.parent[above], lines.parent)
    out = blank(FLOW, len(lines))
    columns = {
        "parent": np.where(above >= 0, grid.slot[above], -1), "inverse": 1.0 / lines.ratio,
        "r": lines.r, "x": lines.x, "g_half": lines.g_half, "b_half": lines.b_half,
        "p": node.p, "q": node.q, "g": g, "b": b,
        "low2": node.v_low**2, "high2": node.v_high**2,
        "per2": np.where(node.i_high > 0.0, 1.0 / np.maximum(node.i_high, 1e-150) ** 2, np.inf),
        "vr": node.vr, "vi": node.vi, "jr": node.jr, "ji": node.ji,
    }
    for name, values in columns.items():
        out[name][grid.slot] = values
    return out


def _take_state(grid: Grid, state: Records, node: Records) -> None:
    """Voltages and edge currents of the solved slots, by position."""
    lines = grid.lines
    m = np.flatnonzero(lines.merged)
    held = grid.slot.copy()
    held[m] = grid.slot[lines.parent[m]]
    node.vr, node.vi = state.vr[held], state.vi[held]
    node.jr, node.ji = state.jr[grid.slot], state.ji[grid.slot]
    j = (node.jr[m + 1] + 1j * node.ji[m + 1]) / lines.ratio[m + 1]
    j += (lines.g[m] + 1j * lines.b[m]) * (node.vr[m] + 1j * node.vi[m])
    node.jr[m], node.ji[m] = j.real, j.imag


def _end_current(lines: Records, node: Records) -> Floats:
    """The larger of the currents [pu, seen from the child] at both ends of each edge."""
    j, v = node.jr + 1j * node.ji, node.vr + 1j * node.vi
    half = lines.g_half + 1j * lines.b_half
    u = v[np.maximum(lines.parent, 0)] / lines.ratio
    current = np.maximum(np.abs(j + half * u), np.abs(j - half * v))
    return np.where(lines.parent >= 0, current, 0.0)


def _source_totals(topology: Topology, node: Records, feeder: Records) -> tuple[Floats, Floats]:
    """What each source delivers in the normal state [MW, Mvar]."""
    units, lines = topology.grid.units, topology.grid.lines
    n_parts = len(topology.source_row)

    def by_source(source: Ints, values: Floats) -> Floats:
        return np.asarray(np.bincount(source, weights=values, minlength=n_parts), np.float64)

    slack = np.flatnonzero(lines.unit >= topology.n_units)
    part = lines.unit[slack] - topology.n_units
    v2 = topology.network.sources["vm_pu"][topology.source_row[part]] ** 2
    p, q = (by_source(units.source, np.nan_to_num(x)) for x in (feeder.p, feeder.q))
    return (
        p + by_source(part, node.p[slack] + lines.g[slack] * v2),
        q + by_source(part, node.q[slack] - lines.b[slack] * v2),
    )


def check_state(network: PowerNetwork, case: Case) -> tuple[Topology, tuple[Loading, ...]]:
    """The grid of a case and its base flows; CaseError if it cannot be used."""
    topology = build_topology(network, network.built(case))
    loadings = tuple(base_loading(topology, level) for level in scaled_levels(network, case))
    return topology, loadings
