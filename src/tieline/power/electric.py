"""Ohms and amperes to per unit: edges and shunts on 1 MVA and each bus's nominal voltage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tieline.power.graph import ClosedGraph
    from tieline.power.network import PowerNetwork

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class EdgeValues:
    """Per closed edge, seen from its `v` side: r, x, i_max [pu] and ratio V_u / V_v at no load.

    `g_half`, `b_half` are half its charging or magnetising admittance at the v side; the other
    half, at the u side, is that over the ratio squared.
    """

    r: Floats
    x: Floats
    ratio: Floats
    g_half: Floats
    b_half: Floats
    i_max: Floats


def edge_values(network: PowerNetwork, graph: ClosedGraph) -> EdgeValues:
    """Per-unit values of every closed edge; a switch has no impedance and no limit."""
    n = len(graph.u)
    out = EdgeValues(
        np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n), np.zeros(n), np.full(n, np.inf),
    )
    vn = network.buses["vn_kv"]
    at = np.flatnonzero(graph.kind == 0)
    row = graph.row[at]
    out.r[at], out.x[at], out.b_half[at], out.i_max[at] = branch_values(network, row)
    at = np.flatnonzero(graph.kind == 1)
    if not len(at):
        return out
    t = network.transformers
    row = graph.row[at]
    base_hv, base_lv = vn[t["hv_bus"][row]], vn[t["lv_bus"][row]]
    tap = 1.0 + t["tap_pos"][row] * t["tap_step_percent"][row] / 100.0
    on_hv = t["tap_side"][row] == "hv"
    rated_hv = np.where(np.isnan(t["vn_hv_kv"][row]), base_hv, t["vn_hv_kv"][row])
    rated_lv = np.where(np.isnan(t["vn_lv_kv"][row]), base_lv, t["vn_lv_kv"][row])
    at_hv, at_lv = rated_hv * np.where(on_hv, tap, 1.0), rated_lv * np.where(on_hv, 1.0, tap)
    ratio = (at_hv / at_lv) * (base_lv / base_hv)
    power = t["sn_mva"][row]
    z = t["vk_percent"][row] / 100.0 / power * (at_lv / base_lv) ** 2
    r = t["vkr_percent"][row] / 100.0 / power * (at_lv / base_lv) ** 2
    out.r[at] = r
    out.x[at] = np.sqrt(np.maximum(z * z - r * r, 0.0))
    out.ratio[at] = ratio
    out.i_max[at] = np.minimum(power * base_lv / rated_lv, power * base_hv / rated_hv * ratio)
    g = t["pfe_kw"][row] / 1000.0
    y = t["i0_percent"][row] / 100.0 * power
    scale = (base_lv / at_lv) ** 2 / 2.0
    out.g_half[at] = g * scale
    out.b_half[at] = -np.sqrt(np.maximum(y * y - g * g, 0.0)) * scale
    return out


def branch_values(
    network: PowerNetwork, row: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats, Floats]:
    """r, x, half charging and rating of these branches [pu]."""
    b = network.branches
    vn = network.buses["vn_kv"][b["from_bus"][row]]
    length = b["length_km"][row]
    rating = b["i_max_a"][row]
    return (
        b["r_ohm_per_km"][row] * length / vn**2,
        b["x_ohm_per_km"][row] * length / vn**2,
        np.pi * b["f_hz"][row] * b["c_nf_per_km"][row] * 1e-9 * length * vn**2,
        np.where(np.isnan(rating), np.inf, rating / 1000.0 * np.sqrt(3.0) * vn),
    )


def node_shunts(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, values: EdgeValues
) -> tuple[Floats, Floats]:
    """Constant admittance g + jb at each position: shunts, charging, magnetising [pu]."""
    g, b = np.zeros(graph.n_nodes), np.zeros(graph.n_nodes)
    back = values.ratio**2
    for total, half in ((g, values.g_half), (b, values.b_half)):
        np.add.at(total, graph.v, half)
        np.add.at(total, graph.u, half / back)
    pick = np.flatnonzero(exists["shunt"])
    if len(pick):
        at = network.shunts["bus"][pick]
        np.add.at(g, at, network.shunts["p_kw"][pick] / 1000.0)
        np.add.at(b, at, -network.shunts["q_kvar"][pick] / 1000.0)
    return g[graph.order], b[graph.order]


def demand(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, load_factor: float,
    generation_factor: float,
) -> tuple[Floats, Floats]:
    """Net demand P, Q at each position [MW, Mvar] for these factors."""
    p, q = np.zeros(graph.n_nodes), np.zeros(graph.n_nodes)
    for rows, name, factor in (
        (network.loads, "load", load_factor),
        (network.generators, "generator", -generation_factor),
    ):
        pick = np.flatnonzero(exists[name])
        if len(pick):
            at = rows["bus"][pick]
            np.add.at(p, at, rows["p_kw"][pick] / 1000.0 * factor)
            np.add.at(q, at, rows["q_kvar"][pick] / 1000.0 * factor)
    return p[graph.order], q[graph.order]
