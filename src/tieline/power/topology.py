"""One state of what is built: the node-breaker graph, its zones, its ties, as kernel arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.errors import CaseError
from tieline.power.electric import edge_values, node_shunts
from tieline.power.graph import closed_graph
from tieline.power.kernels.arrays import FAULT, LINE, UNIT, ZONE, Grid, Records, records
from tieline.power.kernels.graph import number_zones
from tieline.power.ties import TieTable, find_ties

if TYPE_CHECKING:
    from tieline.power.electric import EdgeValues
    from tieline.power.graph import ClosedGraph
    from tieline.power.network import PowerNetwork

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Topology:
    """The grid of one set of built projects, ready for the kernels.

    A part is what one source feeds: `zone_part` is that of each zone, `part_start` slices zones by
    part. `position_of_bus`, `zone_of_load` are -1 for what does not exist or is not fed.
    `fault_kind`, `fault_row`, `fault_zone` list what can fail: table, row in it, and zone.
    """

    network: PowerNetwork
    exists: dict[str, Mask]
    graph: ClosedGraph
    grid: Grid
    tie_table: TieTable
    n_units: int
    source_row: Ints
    source_limit: Floats
    zone_part: Ints
    part_start: Ints
    position_of_bus: Ints
    zone_of_load: Ints
    fault_kind: NDArray[Any]
    fault_row: Ints
    fault_zone: Ints

    @cached_property
    def n_zones(self) -> int:
        """Number of live zones."""
        return len(self.grid.zones.parent)


def build_topology(network: PowerNetwork, built: Mask) -> Topology:
    """Number the grid of these built projects; CaseError if it is not radial or not all fed."""
    exists = {name: rows.exist(built) for name, rows in network.tables().items()}
    graph = closed_graph(network, exists)
    problems = graph.problems(network, exists)
    if problems:
        names = [p for p, b in zip(network.projects, built, strict=True) if b]
        raise CaseError(
            f"with projects built {names} the grid cannot be used: "
            + "; ".join(f"expected {wanted}, found {found}" for wanted, found in problems)
        )
    return _number(network, exists, graph)


def _number(network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph) -> Topology:
    """Arrays by position and by zone."""
    values = edge_values(network, graph)
    lines, head = _lines(network, exists, graph, values)
    lines.unit, units, limit = _units(network, exists, graph, lines)
    zone_of_load = _zone_of_load(network, exists, graph, lines.zone)
    customers, kw, weight = _served(network, zone_of_load, len(head))
    zones = _zones(network, graph, lines, head, weight)
    part = np.searchsorted(graph.roots_at, head, side="right") - 1
    ties = find_ties(network, graph, values, lines, part, len(head))
    lines.merged = _merged(network, graph, lines, ties)
    kept = np.concatenate([[0], np.cumsum(~lines.merged)]).astype(np.int64)
    slot = np.where(lines.merged, kept[-1] + np.arange(len(lines)) - kept[:-1], kept[:-1])
    failing = _failing(network, exists, graph, lines.zone, zone_of_load)
    fault_ptr, faults = _fault_records(failing, len(head))
    position = np.full(graph.n_nodes, -1, np.int64)
    position[graph.order] = np.arange(len(graph.order))
    return Topology(
        network=network, exists=exists, graph=graph,
        grid=Grid(
            lines, slot, kept, units, zones, customers, _running(customers), kw, _running(kw),
            ties.values, ties.position, ties.zone, ties.end_ptr, ties.ends, fault_ptr, faults,
        ),
        tie_table=ties, n_units=len(units) - len(graph.roots_at),
        source_row=graph.source_row, source_limit=limit,
        zone_part=part, part_start=np.searchsorted(part, np.arange(len(graph.roots_at) + 1)),
        position_of_bus=position[: len(network.buses)], zone_of_load=zone_of_load,
        fault_kind=failing.kind, fault_row=failing.row, fault_zone=failing.zone,
    )


def _lines(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, values: EdgeValues
) -> tuple[Records, Ints]:
    """The tree by position, feeders still zero, and the head of each zone.

    Edge values are given at the `v` side; where that is the parent, they are carried over.
    """
    n = len(graph.order)
    down = graph.edge >= 0
    edge = np.where(down, graph.edge, 0)

    def take(column: NDArray[Any], absent: float) -> NDArray[Any]:
        return np.where(down, column[edge], absent) if len(column) else np.full(n, absent)

    forward = take(graph.v, -1) == graph.order
    t = take(values.ratio, 1.0)
    scale = np.where(forward, 1.0, t * t)
    zone, head = number_zones(graph.parent, take(graph.kind, -1) == 2)
    g, b = node_shunts(network, exists, graph, values)
    v_min, v_max = _voltage_limits(network, graph)
    limit = take(values.i_max, np.inf) / np.where(forward, 1.0, t)
    return records(
        LINE, parent=graph.parent, end=graph.end, zone=zone, unit=np.zeros(n, np.int64),
        r=take(values.r, 0.0) * scale, x=take(values.x, 0.0) * scale,
        ratio=np.where(forward, t, 1.0 / t), g_half=take(values.g_half, 0.0) / scale,
        b_half=take(values.b_half, 0.0) / scale, i_max=limit * network.settings.i_max_share,
        g=g, b=b, v_min=v_min, v_max=v_max, merged=np.zeros(n, bool),
    ), head


def _merged(
    network: PowerNetwork, graph: ClosedGraph, lines: Records, ties: TieTable
) -> Mask:
    """Inner nodes that have the voltage of the one above them, and lead to one node of their zone.

    Feeders' first nodes and ends of ties stand for themselves.
    """
    at = np.arange(len(lines))
    above, below = np.maximum(lines.parent, 0), np.minimum(at + 1, len(lines) - 1)
    return np.asarray(
        (graph.order >= len(network.buses)) & (lines.parent >= 0) & _ideal(lines)
        & (lines.unit[above] == lines.unit) & (graph.order[above] < len(network.buses))
        & (below > at) & (lines.parent[below] == at) & (lines.end[below] == lines.end)
        & (lines.zone[below] == lines.zone) & ~np.isin(at, ties.position)
    )


def _ideal(lines: Records) -> Mask:
    """Edges without impedance, ratio or rating."""
    return np.asarray(
        (lines.r == 0.0) & (lines.x == 0.0) & (lines.ratio == 1.0) & np.isinf(lines.i_max)
    )


def _units(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, lines: Records
) -> tuple[Ints, Records, Floats]:
    """Feeders: what hangs below the buses that a source holds without impedance.

    Returns the feeder of each position, the feeders, and the limit of each source [MVA].
    """
    n = len(graph.order)
    same = _ideal(lines)
    slack = np.zeros(n, bool)
    is_root = graph.parent < 0
    for i in np.flatnonzero(is_root | same):
        slack[i] = is_root[i] or slack[graph.parent[i]]
    above = np.where(is_root, 0, graph.parent)
    heads = np.flatnonzero(~slack & slack[above])
    part = np.searchsorted(graph.roots_at, np.arange(n), side="right") - 1
    unit = len(heads) + part
    fill = np.zeros(n + 1, np.int64)
    fill[heads] += 1
    inside = np.cumsum(fill[:n]) - 1
    unit = np.where(slack, unit, inside)
    n_parts = len(graph.roots_at)
    none = np.zeros(n_parts, np.int64)
    s_max = network.sources["s_max_mva"]
    limit = np.zeros(n_parts)
    for p, bus in enumerate(graph.order[graph.roots_at]):
        rows = np.flatnonzero(exists["source"] & (network.sources["bus"] == bus))
        limit[p] = np.sum(np.where(np.isnan(s_max[rows]), np.inf, s_max[rows]))
    units = records(
        UNIT, lo=np.concatenate([heads, none]), hi=np.concatenate([graph.end[heads], none]),
        source=np.concatenate([part[heads], np.arange(n_parts)]),
    )
    return unit.astype(np.int64), units, limit


def _voltage_limits(network: PowerNetwork, graph: ClosedGraph) -> tuple[Floats, Floats]:
    """Limits at buses; none at the inner nodes between a switch and its element."""
    n_bus = len(network.buses)
    low, high = network.buses["v_min_pu"], network.buses["v_max_pu"]
    low = np.where(np.isnan(low), network.settings.v_min_pu, low)
    high = np.where(np.isnan(high), network.settings.v_max_pu, high)
    at_bus = graph.order < n_bus
    bus = np.where(at_bus, graph.order, 0)
    return np.where(at_bus, low[bus], 0.0), np.where(at_bus, high[bus], np.inf)


def _zones(
    network: PowerNetwork, graph: ClosedGraph, lines: Records, head: Ints, weight: Floats
) -> Records:
    """The tree of zones and the times of the switch above each."""
    n_zones = len(head)
    parent_position = lines.parent[head]
    parent = np.where(parent_position >= 0, lines.zone[np.maximum(parent_position, 0)], -1)
    end = np.maximum.accumulate(lines.zone)[graph.end[head] - 1] + 1
    up = graph.edge[head]
    bundle = np.where(up >= 0, graph.bundle[np.maximum(up, 0)], -1) if len(graph.u) else up
    has = bundle >= 0
    at = np.where(has, bundle, 0)

    def take(column: NDArray[Any], absent: float) -> Floats:
        return np.where(has, column[at], absent) if len(column) else np.full(n_zones, absent)

    protective = take(graph.bundle_protective, 0.0) > 0
    trip = np.zeros(n_zones, np.int64)
    for z in range(n_zones):
        trip[z] = z if protective[z] or parent[z] < 0 else trip[parent[z]]
    return records(
        ZONE, parent=parent, end=end, head=head, trip=trip,
        open_h=take(graph.bundle_open_h, 0.0),
        reclose_travel_h=take(graph.bundle_travel_h, 0.0),
        reclose_h=take(graph.bundle_operate_h, network.settings.operate_remote_h),
        weight=weight,
    )


def _zone_of_load(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, zone: Ints
) -> Ints:
    """Zone of each load, -1 where it does not exist."""
    of_node = np.full(graph.n_nodes, -1, np.int64)
    of_node[graph.order] = zone
    loads = network.loads
    return np.where(exists["load"], of_node[loads["bus"]], -1) if len(loads) else loads["bus"]


def _served(
    network: PowerNetwork, zone_of_load: Ints, n_zones: int
) -> tuple[Floats, Floats, Floats]:
    """Customers and kW of each zone by jurisdiction, and its customers times their priority."""
    loads = network.loads
    customers = np.zeros((n_zones, len(network.jurisdictions)))
    kw, weight = np.zeros_like(customers), np.zeros(n_zones)
    there = zone_of_load >= 0
    zone = zone_of_load[there]
    place = (zone, loads["jurisdiction"][there])
    np.add.at(customers, place, loads["customers"][there])
    np.add.at(kw, place, loads["p_kw"][there])
    np.add.at(weight, zone, (loads["customers"] * loads["priority"])[there])
    return customers, kw, weight


def _running(a: Floats) -> Floats:
    """Running sums over zones, one row more than zones."""
    return np.vstack([np.zeros((1, a.shape[1])), np.cumsum(a, axis=0)])


@dataclass(frozen=True)
class _Failing:
    """What can fail: table, row in it, zone, failures [1/yr], time to repair one [h]."""

    kind: NDArray[Any]
    row: Ints
    zone: Ints
    rate: Floats
    repair_h: Floats


def _failing(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, zone: Ints,
    zone_of_load: Ints,
) -> _Failing:
    """Branches, transformers, sources and loads with a failure rate, where they are fed."""
    of_node = np.full(graph.n_nodes + 1, -1, np.int64)
    of_node[graph.order] = zone
    b, t, s, loads = network.branches, network.transformers, network.sources, network.loads
    groups = (
        ("branch", of_node[graph.branch_node], b["failure_per_km_yr"] * b["length_km"], b),
        ("transformer", of_node[graph.transformer_node], t["failure_per_yr"], t),
        ("source", of_node[s["bus"]], s["failure_per_yr"], s),
        ("load", zone_of_load, loads["failure_per_yr"], loads),
    )
    found = []
    for name, where, rate, rows in groups:
        pick = np.flatnonzero(exists[name] & (where >= 0) & (rate > 0.0))
        kind = np.full(len(pick), name, dtype=object)
        found.append((kind, pick, where[pick], rate[pick], rows["repair_h"][pick]))
    return _Failing(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _fault_records(failing: _Failing, n_zones: int) -> tuple[Ints, Records]:
    """Failures by zone and repair time, and where those of each zone begin."""
    order = np.lexsort((failing.repair_h, failing.zone))
    zone, repair_h = failing.zone[order], failing.repair_h[order]
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(zone) != 0) | (np.diff(repair_h) != 0)
    rate = np.bincount(
        np.cumsum(first) - 1, weights=failing.rate[order], minlength=int(first.sum())
    )
    ptr = np.searchsorted(zone[first], np.arange(n_zones + 1)).astype(np.int64)
    return ptr, records(FAULT, rate=rate, repair_h=repair_h[first])
