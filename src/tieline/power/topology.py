"""One state of what is built: the node-breaker graph, its zones, its ties, as kernel arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tieline.errors import CaseError
from tieline.power.electric import edge_values, node_shunts
from tieline.power.graph import ClosedGraph, closed_graph
from tieline.power.kernels.arrays import FAULT, LINE, UNIT, ZONE, Grid, Records, records
from tieline.power.kernels.graph import number_zones
from tieline.power.network import PowerNetwork
from tieline.power.ties import TieTable, find_ties

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Topology:
    """The grid of one set of built projects, ready for the kernels.

    `zone_of_load`, `zone_of_bus` are -1 for what does not exist or is not fed; `parts` is the
    source of each zone; `labels` name zones by the lowest bus or switch in them.
    """

    network: PowerNetwork
    built: Mask
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
    fault_class: Ints

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
            f"with projects built {names} the grid cannot be used: " + "; ".join(problems)
        )
    return _number(network, built, exists, graph)


def _number(
    network: PowerNetwork, built: Mask, exists: dict[str, Mask], graph: ClosedGraph
) -> Topology:
    """Arrays by position and by zone."""
    settings = network.settings
    n = len(graph.order)
    values = edge_values(network, graph)
    down = graph.edge >= 0
    edge = np.where(down, graph.edge, 0)
    forward = graph.v[edge] == graph.order if len(graph.u) else np.zeros(n, bool)
    t = np.where(down, values.ratio[edge] if len(graph.u) else 1.0, 1.0)
    ratio = np.where(forward, t, 1.0 / t)
    scale = np.where(forward, 1.0, t * t)

    def take(column: Floats, absent: float) -> Floats:
        return np.where(down, column[edge], absent) if len(column) else np.full(n, absent)

    r, x = take(values.r, 0.0) * scale, take(values.x, 0.0) * scale
    i_max = take(values.i_max, np.inf) / np.where(forward, 1.0, t) * settings.i_max_share
    crosses = down & (graph.kind[edge] == 2) if len(graph.u) else np.zeros(n, bool)
    zone, head = number_zones(graph.parent, crosses)
    unit, units, limit = _units(graph, r, x, ratio, network, exists)
    g, b = node_shunts(network, exists, graph, values)
    v_min, v_max = _voltage_limits(network, graph)
    lines = records(
        LINE, parent=graph.parent, end=graph.end, zone=zone, unit=unit, r=r, x=x, ratio=ratio,
        b_half=take(values.b_half, 0.0), i_max=i_max, g=g, b=b, v_min=v_min, v_max=v_max,
    )
    zones = _zones(network, graph, lines, head)
    zone_of_load = _zone_of_load(network, exists, graph, zone)
    customers, kw = _served(network, zone_of_load, len(head))
    np.add.at(
        zones.weight, zone_of_load[zone_of_load >= 0],
        (network.loads["customers"] * network.loads["priority"])[zone_of_load >= 0],
    )
    part = np.searchsorted(graph.roots_at, head, side="right") - 1
    ties = find_ties(network, exists, graph, values, lines, part, len(head))
    fault_ptr, faults, kind, row, at, of = _faults(
        network, exists, graph, zone, zone_of_load, len(head)
    )
    position = np.full(len(network.buses), -1, np.int64)
    live = graph.order < len(network.buses)
    position[graph.order[live]] = np.flatnonzero(live)
    return Topology(
        network=network, built=built, exists=exists, graph=graph,
        grid=Grid(
            lines, units, zones, customers, _running(customers), kw, _running(kw),
            ties.values, ties.position, ties.zone, ties.end_ptr, ties.ends, fault_ptr, faults,
        ),
        tie_table=ties, n_units=len(units) - len(graph.roots_at),
        source_row=graph.source_row, source_limit=limit,
        zone_part=part, part_start=np.searchsorted(part, np.arange(len(graph.roots_at) + 1)),
        position_of_bus=position, zone_of_load=zone_of_load,
        fault_kind=kind, fault_row=row, fault_zone=at, fault_class=of,
    )


def _units(
    graph: ClosedGraph, r: Floats, x: Floats, ratio: Floats, network: PowerNetwork,
    exists: dict[str, Mask],
) -> tuple[Ints, Records, Floats]:
    """Feeders: what hangs below the buses that a source holds without impedance.

    Returns the feeder of each position, the feeders, and the limit of each source [MVA].
    """
    n = len(graph.order)
    same = (r == 0.0) & (x == 0.0) & (ratio == 1.0)
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


def _zones(network: PowerNetwork, graph: ClosedGraph, lines: Records, head: Ints) -> Records:
    """The tree of zones and the times of the switch above each; weights are still zero."""
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
        weight=np.zeros(n_zones),
    )


def _zone_of_load(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, zone: Ints
) -> Ints:
    """Zone of each load, -1 where it does not exist."""
    of_node = np.full(graph.n_nodes, -1, np.int64)
    of_node[graph.order] = zone
    loads = network.loads
    return np.where(exists["load"], of_node[loads["bus"]], -1) if len(loads) else loads["bus"]


def _served(network: PowerNetwork, zone_of_load: Ints, n_zones: int) -> tuple[Floats, Floats]:
    """Customers and kW of each zone by jurisdiction."""
    loads = network.loads
    customers = np.zeros((n_zones, len(network.jurisdictions)))
    kw = np.zeros_like(customers)
    there = zone_of_load >= 0
    place = (zone_of_load[there], loads["jurisdiction"][there])
    np.add.at(customers, place, loads["customers"][there])
    np.add.at(kw, place, loads["p_kw"][there])
    return customers, kw


def _running(a: Floats) -> Floats:
    """Running sums over zones, one row more than zones."""
    return np.vstack([np.zeros((1, a.shape[1])), np.cumsum(a, axis=0)])


def _faults(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, zone: Ints,
    zone_of_load: Ints, n_zones: int,
) -> tuple[Ints, Records, NDArray[Any], Ints, Ints, Ints]:
    """Failures by zone and repair time, and the element behind each."""
    zone_of_node = np.full(graph.n_nodes, -1, np.int64)
    zone_of_node[graph.order] = zone
    b, t = network.branches, network.transformers
    source = network.sources
    at_source = zone_of_node[source["bus"]] if len(source) else np.empty(0, np.int64)
    groups = (
        ("branch", graph.branch_node, b["failure_per_km_yr"] * b["length_km"], b["repair_h"]),
        ("transformer", graph.transformer_node, t["failure_per_yr"], t["repair_h"]),
        ("source", at_source, source["failure_per_yr"], source["repair_h"]),
        ("load", zone_of_load, network.loads["failure_per_yr"], network.loads["repair_h"]),
    )
    kinds, rows, zones, rates, repairs = [], [], [], [], []
    for name, where, rate, repair in groups:
        if name in ("branch", "transformer"):
            where = np.where(where >= 0, zone_of_node[np.maximum(where, 0)], -1)
        pick = np.flatnonzero(exists[name] & (where >= 0) & (rate > 0.0))
        kinds.append(np.full(len(pick), name, dtype=object))
        rows.append(pick)
        zones.append(where[pick])
        rates.append(rate[pick])
        repairs.append(repair[pick])
    at, rate, repair = np.concatenate(zones), np.concatenate(rates), np.concatenate(repairs)
    order = np.lexsort((repair, at))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(at[order]) != 0) | (np.diff(repair[order]) != 0)
    group = np.cumsum(first) - 1
    n_classes = int(first.sum())
    class_rate = np.bincount(group, weights=rate[order], minlength=n_classes)
    class_zone = at[order][first]
    of = np.empty(len(order), np.int64)
    of[order] = group
    ptr = np.searchsorted(class_zone, np.arange(n_zones + 1)).astype(np.int64)
    faults = records(FAULT, rate=class_rate, repair_h=repair[order][first])
    return ptr, faults, np.concatenate(kinds), np.concatenate(rows), at, of
