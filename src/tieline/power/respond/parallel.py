"""Whether two sources may be joined for a moment (合环): group, angle, voltage, meshed flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.power.kernels.growing import solve_all
from tieline.power.respond.kept import digest
from tieline.power.respond.loadflow import grown, source_draws
from tieline.power.respond.watch import Check, element_name, feeders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.power.kernels.forest import Nodes
    from tieline.power.respond.ground import Floats, Ints, Mask, Tree
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.situation import Situation

    ComplexArray = NDArray[np.complex128]

NO_IMPEDANCE = 1e-8
"""Impedance [pu on 1 MVA] that stands for none in the meshed flow."""
TOLERANCE = 1e-8
"""Largest voltage change [pu] of its last iteration: smaller ones drown in such impedances."""


@dataclass(frozen=True)
class Joining:
    """Whether a closed transfer is allowed, and if not, why.

    `check` holds voltage and loading of the joined state. The reason
    is one of group, solver, transformer, flow, voltage, angle, limit.
    """

    allowed: bool
    reason: str = ""
    check: Check = field(default_factory=Check)


def may_group(situation: Situation, a: int, b: int) -> bool:
    """Whether the tables allow these two sources to be joined: one and the same, or one group."""
    if a == b:
        return True
    sources = situation.ground.sources
    response = situation.ground.network.response
    same = bool(sources.group[a]) and sources.group[a] == sources.group[b]
    turn = abs(sources.angle[a] - sources.angle[b]) % 360.0
    return same and min(turn, 360.0 - turn) <= response.parallel_angle_degree


def may_join(
    situation: Situation, electric: Electric, nodes: Nodes, tree: Tree, tie: int, entry: int
) -> Joining:
    """Judge closing `entry` while `tie` still feeds what lies behind it, with the demand of nodes.

    The joined state is solved by power-grid-model as one meshed flow: the voltage across the open
    switch, all currents, all voltages and what the sources deliver must keep their limits. The
    reach of the protection is that of the radial states before and after, which the caller judges.
    """
    ground = situation.ground
    edges = ground.edges
    sides = [int(tree.source[z]) for z in (edges.za[entry], edges.zb[entry])]
    if min(sides) < 0 or not may_group(situation, *sides):
        return Joining(False, "group")
    if find_spec("power_grid_model") is None:
        return Joining(False, "solver")
    around = np.zeros(ground.n_zones, bool)
    around[[edges.za[entry], edges.zb[entry]]] = True
    keep = feeders(situation, tree, around)
    demand = replace(electric, nodes=electric.nodes._replace(p=nodes.p, q=nodes.q))
    limited = [s for s in sides if np.isfinite(electric.source_limit[s])]
    zones = tree.order[(keep | np.isin(tree.source, limited))[tree.order]]
    cold = () if nodes is electric.calm else (nodes.p, nodes.q)
    return electric.kept.joinings.once(
        digest(zones, tree.via[zones], entry, *cold),
        lambda: _joined(situation, demand, tree, keep, entry),
    )


def _joined(
    situation: Situation, electric: Electric, tree: Tree, keep: Mask, entry: int
) -> Joining:
    """Judge the joined state of the kept zones; other feeders of their sources draw as before."""
    ground = situation.ground
    edges = ground.edges
    inside = keep[ground.zone[ground.elements.u]]
    if np.any(inside & (ground.elements.ratio != 1.0)):
        return Joining(False, "transformer")
    apart = _meshed(situation, electric, tree, keep, None)
    joined = _meshed(situation, electric, tree, keep, entry)
    if apart is None or joined is None:
        return Joining(False, "flow")
    near, far = apart.phasor[edges.na[entry]], apart.phasor[edges.nb[entry]]
    if abs(abs(near) - abs(far)) > ground.network.response.parallel_voltage:
        return Joining(False, "voltage")
    turn = abs(np.rad2deg(np.angle(near / far)))
    if turn > ground.network.response.parallel_angle_degree:
        return Joining(False, "angle")
    low = joined.v < electric.nodes.v_low - 1e-6
    high = joined.v > electric.nodes.v_high + 1e-6
    over = joined.current > electric.elements.i_high * (1.0 + 1e-6)
    beside = _draws(situation, electric, tree) - apart.draw
    short = (joined.draw != 0.0) & (
        np.abs(joined.draw + beside) > electric.source_limit * (1.0 + 1e-6)
    )
    if np.any((low | high) & np.isfinite(joined.v)) or np.any(over) or np.any(short):
        return Joining(False, "limit")
    return Joining(True, check=_found(situation, electric, joined))


def _draws(situation: Situation, electric: Electric, tree: Tree) -> ComplexArray:
    """What each source delivers in a radial state [MVA, complex]."""
    forest = grown(situation.ground, electric.nodes, electric.elements, tree, tree.order)
    solve_all(forest, electric.nodes)
    p, q = source_draws(situation.ground, forest).T
    return np.asarray(p + 1j * q)


@dataclass(frozen=True)
class _Meshed:
    v: Floats
    phasor: ComplexArray
    current: Floats
    draw: ComplexArray


def _found(situation: Situation, electric: Electric, joined: _Meshed) -> Check:
    """Lowest voltage and highest loading of the joined state."""
    ground = situation.ground
    ids = ground.network.buses.ids
    at = joined.v[: len(ids)]
    low = int(np.nanargmin(at)) if np.isfinite(at).any() else -1
    share = joined.current / electric.elements.i_high
    worst = int(np.argmax(share)) if len(share) else -1
    return Check(
        v_min=float(at[low]) if low >= 0 else float("nan"),
        v_min_bus=str(ids[low]) if low >= 0 else "",
        loading=float(share[worst]) if worst >= 0 else 0.0,
        loading_asset=element_name(situation, worst) if worst >= 0 else "",

    )


def _meshed(
    situation: Situation, electric: Electric, tree: Tree, keep: Mask, extra: int | None
) -> _Meshed | None:
    """A meshed flow of the kept zones, with one more switch closed; None if it does not solve."""
    from power_grid_model import PowerGridModel
    from power_grid_model.errors import PowerGridError  # type: ignore[attr-defined]

    ground = situation.ground
    data, node_of, element_at = _input(situation, electric, tree, keep, extra)
    try:
        result = PowerGridModel(data).calculate_power_flow(
            symmetric=True, error_tolerance=TOLERANCE, max_iterations=50
        )
    except PowerGridError:
        return None
    phasor = np.full(ground.n_nodes, np.nan, complex)
    out = result["node"]
    phasor[node_of] = out["u_pu"] * np.exp(1j * out["u_angle"])
    vn = _nominal_kv(situation)
    current = np.zeros(len(ground.elements.u))
    lines = result["line"][: len(element_at)]
    base = 1.0 / (np.sqrt(3.0) * vn[ground.elements.v[element_at]]) * 1e3
    current[element_at] = np.maximum(lines["i_from"], lines["i_to"]) / base
    draw = np.zeros(len(ground.sources), complex)
    at = result["source"]
    draw[np.flatnonzero(keep[ground.sources.zone])] = (at["p"] + 1j * at["q"]) / 1e6
    return _Meshed(np.abs(phasor), phasor, current, draw)


def _nominal_kv(situation: Situation) -> Floats:
    """Nominal voltage of every node: that of the buses of its zone."""
    ground = situation.ground
    vn = np.full(ground.n_nodes, np.nan)
    n_bus = len(ground.network.buses)
    vn[:n_bus] = ground.network.buses["vn_kv"]
    vn[ground.sources.node] = vn[ground.sources.bus]
    for ends in ((ground.edges.na, ground.edges.nb), (ground.edges.nb, ground.edges.na)):
        here = np.isnan(vn[ends[0]])
        vn[ends[0][here]] = vn[ends[1][here]]
    for _ in range(3):
        u, v = ground.elements.u, ground.elements.v
        for a, b in ((u, v), (v, u)):
            here = np.isnan(vn[a])
            vn[a[here]] = vn[b[here]]
    return vn


def _input(
    situation: Situation, electric: Electric, tree: Tree, keep: Mask, extra: int | None
) -> tuple[dict[Any, Any], Ints, Ints]:
    """Input of power-grid-model, and the nodes and elements in it; the caller refuses ratios."""
    from power_grid_model import ComponentType, DatasetType, LoadGenType, initialize_array

    ground = situation.ground
    vn = _nominal_kv(situation) * 1e3
    inside = keep[ground.zone]
    node_of = np.flatnonzero(inside)
    number = np.full(ground.n_nodes, -1, np.int64)
    number[node_of] = np.arange(len(node_of))
    elements = electric.elements
    element_at = np.flatnonzero(inside[elements.u] & inside[elements.v])
    via = tree.via[keep & (tree.via >= 0)]
    switches = np.unique(np.append(via, [] if extra is None else extra)).astype(np.int64)

    def empty(kind: ComponentType, n: int):  # type: ignore[no-untyped-def]
        return initialize_array(DatasetType.input, kind, n)

    node = empty(ComponentType.node, len(node_of))
    node["id"], node["u_rated"] = np.arange(len(node_of)), vn[node_of]
    at = len(node_of)
    line = empty(ComponentType.line, len(element_at) + len(switches))
    line["id"] = at + np.arange(len(line))
    u = np.concatenate([elements.u[element_at], ground.edges.na[switches]])
    v = np.concatenate([elements.v[element_at], ground.edges.nb[switches]])
    ohm = (vn[v] / 1e3) ** 2
    none = np.full(len(switches), NO_IMPEDANCE)
    line["from_node"], line["to_node"] = number[u], number[v]
    line["from_status"] = line["to_status"] = 1
    r = np.concatenate([elements.r[element_at], none])
    x = np.concatenate([elements.x[element_at], none])
    tiny = (r == 0.0) & (x == 0.0)
    line["r1"], line["x1"] = np.where(tiny, NO_IMPEDANCE, r) * ohm, x * ohm
    line["c1"], line["tan1"] = 0.0, 0.0
    at += len(line)
    load = empty(ComponentType.sym_load, len(node_of))
    load["id"], load["node"], load["status"] = at + np.arange(len(node_of)), node["id"], 1
    load["type"] = LoadGenType.const_power
    load["p_specified"] = electric.nodes.p[node_of] * 1e6
    load["q_specified"] = electric.nodes.q[node_of] * 1e6
    at += len(load)
    shunt = empty(ComponentType.shunt, len(node_of))
    shunt["id"], shunt["node"], shunt["status"] = at + np.arange(len(node_of)), node["id"], 1
    siemens = 1.0 / (vn[node_of] / 1e3) ** 2
    shunt["g1"], shunt["b1"] = (
        electric.nodes.g[node_of] * siemens, electric.nodes.b[node_of] * siemens
    )
    at += len(shunt)
    roots = np.flatnonzero(keep[ground.sources.zone])
    source = empty(ComponentType.source, len(roots))
    source["id"], source["node"] = at + np.arange(len(roots)), number[ground.sources.node[roots]]
    source["status"], source["u_ref"] = 1, ground.sources.v[roots]
    source["u_ref_angle"] = np.deg2rad(ground.sources.angle[roots])
    source["sk"] = 1e16
    data = {
        ComponentType.node: node, ComponentType.line: line, ComponentType.sym_load: load,
        ComponentType.shunt: shunt, ComponentType.source: source,
    }
    return data, node_of, element_at
