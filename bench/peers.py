"""The same back-feeds with other programs, each with the settings that suit it best."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.networks import (
    C_NF_PER_KM,
    R_OHM_PER_KM,
    VN_KV,
    X_OHM_PER_KM,
    Backfeeds,
    FloatArray,
    Grid,
    IntArray,
)

VM_PU = 1.03
V_MIN_PU, V_MAX_PU = 0.93, 1.07


@dataclass(frozen=True)
class PeerResult:
    """What a peer took for `n` back-feeds, and what it found.

    `fits` is 1 where all limits are kept; `v_child_pu` the voltage at each island's first bus.
    """

    name: str
    seconds: float
    n: int
    fits: FloatArray
    v_child_pu: FloatArray


def children(grid: Grid) -> tuple[IntArray, IntArray]:
    """Children in CSR form: offsets and buses, to walk down from a bus."""
    order = np.argsort(grid.parent, kind="stable")
    start = np.searchsorted(grid.parent[order], np.arange(len(grid.parent) + 1))
    return start, order


def below(start: IntArray, order: IntArray, bus: int) -> list[int]:
    """The bus and every bus below it."""
    out = [bus]
    for b in out:
        out.extend(order[start[b] : start[b + 1]].tolist())
    return out


def with_pandapower(grid: Grid, todo: Backfeeds, *, sample: int) -> PeerResult:
    """A loop over `pandapower.runpp` on the whole grid, for every `n // sample`-th back-feed.

    numba on; no connectivity search, since the dead buses are switched off by hand; no voltage
    angles, no voltage-dependent loads; ties are short lines switched by `in_service`, which is
    quicker than fusing buses. The topology differs each time, so `recycle` would be wrong. The
    charging of the open-ended line towards the fault is left out (under 1e-4 pu): it would need
    another bus.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower warns about pandas; not our code
        import pandapower as pp

        net = _pandapower_net(pp, grid)
        lines = len(grid.parent) - grid.n_stations
        start, order = children(grid)
        chosen = np.unique(np.linspace(0, len(todo.fault) - 1, sample).astype(int))
        states = [_state(grid, todo, i, start, order, lines) for i in chosen]
        options = {"numba": True, "check_connectivity": False, "calculate_voltage_angles": False,
                   "voltage_depend_loads": False, "init": "flat"}
        pp.runpp(net, **options)  # compile
        child, fits = np.zeros(len(chosen)), np.zeros(len(chosen))
        begin = time.perf_counter()
        for k, (bus_on, line_on) in enumerate(states):
            net.bus["in_service"] = bus_on
            net.line["in_service"] = line_on
            pp.runpp(net, **options)
            v = net.res_bus["vm_pu"].to_numpy()
            load = net.res_line["loading_percent"].to_numpy()
            child[k] = v[todo.child[chosen[k]]]
            fits[k] = np.nanmin(v) >= V_MIN_PU and np.nanmax(load) <= 100.0
        seconds = time.perf_counter() - begin
    return PeerResult("pandapower", seconds, len(chosen), fits, child)


def _pandapower_net(pp: Any, grid: Grid) -> Any:
    net = pp.create_empty_network()
    n = len(grid.parent)
    pp.create_buses(net, n, vn_kv=VN_KV)
    for bus in range(grid.n_stations):
        pp.create_ext_grid(net, bus, vm_pu=VM_PU)
    fed = np.arange(grid.n_stations, n)
    ties = grid.tie
    pp.create_lines_from_parameters(
        net, np.r_[grid.parent[fed], ties[:, 0]], np.r_[fed, ties[:, 1]],
        np.r_[grid.length_km[fed], np.full(len(ties), 1e-3)], R_OHM_PER_KM, X_OHM_PER_KM,
        C_NF_PER_KM, np.r_[grid.i_max_a[fed], np.full(len(ties), 400.0)] / 1000.0,
        in_service=np.r_[np.ones(len(fed), bool), np.zeros(len(ties), bool)],
    )
    pp.create_loads(net, fed, grid.p_kw[fed] / 1e3, grid.q_kvar[fed] / 1e3)
    return net


def _state(
    grid: Grid, todo: Backfeeds, i: int, start: IntArray, order: IntArray, lines: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which buses and lines are on in a back-feed: all but what is cut off with the fault."""
    fault, child = int(todo.fault[i]), int(todo.child[i])
    bus_on = np.ones(len(grid.parent), bool)
    bus_on[below(start, order, fault)] = False
    bus_on[below(start, order, child)] = True
    fed = np.arange(grid.n_stations, len(grid.parent))
    line_on = np.zeros(lines + len(grid.tie), bool)
    line_on[:lines] = bus_on[fed] & bus_on[grid.parent[fed]]
    line_on[lines + todo.tie[i]] = True
    return bus_on, line_on


def with_power_grid_model(grid: Grid, todo: Backfeeds, *, threads: int) -> PeerResult:
    """Batches of power-grid-model, one for each tie and direction, over the two feeders it joins.

    A batch holds every back-feed through that tie; a scenario opens two lines and closes the
    tie. Newton-Raphson, results of nodes and lines only. Building the models and the update
    arrays is not timed.
    """
    import power_grid_model as pgm

    batches = list(_batches(pgm, grid, todo))
    options = {
        "symmetric": True, "error_tolerance": 1e-6, "max_iterations": 20,
        "calculation_method": pgm.CalculationMethod.newton_raphson,
        "output_component_types": {
            pgm.ComponentType.node: ["u_pu"], pgm.ComponentType.line: ["loading"],
        },
        "threading": -1 if threads == 1 else threads,
    }
    child, fits = np.zeros(len(todo.fault)), np.zeros(len(todo.fault))
    seconds = 0.0
    for model, update, rows, at in batches:
        begin = time.perf_counter()
        out = model.calculate_power_flow(update_data=update, **options)
        u = out[pgm.ComponentType.node]["u_pu"]
        lowest = np.where(u > 0.0, u, np.inf).min(axis=1)
        peak = out[pgm.ComponentType.line]["loading"].max(axis=1)
        fits[rows] = (lowest >= V_MIN_PU) & (peak <= 1.0)
        seconds += time.perf_counter() - begin
        child[rows] = u[np.arange(len(rows)), at]
    name = f"power-grid-model, {threads} thread" + ("s" if threads > 1 else "")
    return PeerResult(name, seconds, len(todo.fault), fits, child)


def _batches(
    pgm: Any, grid: Grid, todo: Backfeeds
) -> Iterator[tuple[Any, Any, IntArray, IntArray]]:
    """Model, update arrays, row numbers and places of the child buses, by tie and direction."""
    key = todo.tie * len(grid.parent) + todo.inside
    for k in np.unique(key):
        rows = np.flatnonzero(key == k)
        inside, outside = int(todo.inside[rows[0]]), int(todo.outside[rows[0]])
        pair = [grid.feeder[inside], grid.feeder[outside]]
        buses = np.flatnonzero(np.isin(grid.feeder, pair))
        heads = np.unique(grid.parent[buses][grid.parent[buses] < grid.n_stations])
        model, tie_id = _pgm_model(pgm, grid, buses, heads, (inside, outside))
        n = len(grid.parent)
        update = pgm.initialize_array(
            pgm.DatasetType.update, pgm.ComponentType.line, (len(rows), 3))
        update["id"] = np.c_[n + todo.fault[rows], n + todo.child[rows],
                             np.full(len(rows), tie_id)]
        update["from_status"] = np.array([0, 0, 1])  # the child line stays live at its far end
        update["to_status"] = np.array([0, 1, 1])
        yield model, {pgm.ComponentType.line: update}, rows, len(heads) + np.searchsorted(
            buses, todo.child[rows])


def _pgm_model(
    pgm: Any, grid: Grid, buses: IntArray, heads: IntArray, tie: tuple[int, int]
) -> tuple[Any, int]:
    """A model of some buses and the tie as a short line; line i has id n + i."""
    make = pgm.initialize_array
    kind, given = pgm.ComponentType, pgm.DatasetType.input
    n = len(grid.parent)
    nodes = np.r_[heads, buses]
    node = make(given, kind.node, len(nodes))
    node["id"], node["u_rated"] = nodes, VN_KV * 1e3
    line = make(given, kind.line, len(buses) + 1)
    km = np.r_[grid.length_km[buses], 1e-3]
    line["id"] = n + np.r_[buses, n]
    line["from_node"], line["to_node"] = np.r_[grid.parent[buses], tie[0]], np.r_[buses, tie[1]]
    line["from_status"] = line["to_status"] = np.r_[np.ones(len(buses)), 0]
    line["r1"], line["x1"] = R_OHM_PER_KM * km, X_OHM_PER_KM * km
    line["c1"], line["tan1"] = C_NF_PER_KM * 1e-9 * km, 0.0
    line["i_n"] = np.r_[grid.i_max_a[buses], 400.0]
    load = make(given, kind.sym_load, len(buses))
    load["id"], load["node"], load["status"] = 3 * n + buses, buses, 1
    load["type"] = pgm.LoadGenType.const_power
    load["p_specified"], load["q_specified"] = grid.p_kw[buses] * 1e3, grid.q_kvar[buses] * 1e3
    source = make(given, kind.source, len(heads))
    source["id"], source["node"], source["status"] = 5 * n + heads, heads, 1
    source["u_ref"], source["sk"] = VM_PU, 1e20
    data = {kind.node: node, kind.line: line, kind.sym_load: load, kind.source: source}
    return pgm.PowerGridModel(data), 2 * n
