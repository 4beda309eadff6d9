"""Tables behind an outcome: what each customer, branch, tie and fault contributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.power.tally import BORDER, OWN, REPAIR, UPSTREAM, Tally, tally
from tieline.region.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.power.network import PowerNetwork
    from tieline.power.sweep import Swept
    from tieline.power.topology import Topology

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
SHOWN = 4
"""Ids spelled out in a cell; of more, the number is given."""
TOLERANCE = 1e-6
"""Beyond a limit [pu of voltage, share of current] by less than this is rounding."""


def detail_tables(swept: Swept) -> Mapping[str, Table]:
    """`loads`, `branches`, `ties`, `faults` and `base` of one case."""
    sums = tally(swept)
    return {
        "loads": _loads(swept.topology, sums), "branches": _branches(swept),
        "ties": _ties(swept, sums), "faults": _faults(swept, sums), "base": _base(swept),
    }


def _loads(topology: Topology, sums: Tally) -> Table:
    """One row per load that is fed: hours and interruptions a year, and how they end.

    `sections_above`: zones that can fail above its section. Its section is its zone or, where
    nothing below that ends at a tie but something below the zone above does, that zone: what
    branches off a section belongs to it. In a first section (0) no tie could help.
    """
    network = topology.network
    pick = np.flatnonzero(topology.zone_of_load >= 0)
    rows, at = network.loads, topology.zone_of_load[pick]
    bus = rows["bus"][pick]
    ends = sums.ends[at]
    return Table("loads", {
        "id": rows.ids[pick],
        "bus": network.buses.ids[bus],
        "jurisdiction": _names(network.jurisdictions, rows["jurisdiction"][pick]),
        "feeder": _feeders(topology)[topology.position_of_bus[bus]],
        "class": rows["class"][pick],
        "town": network.buses["town"][bus],
        "x": network.buses["x"][bus],
        "y": network.buses["y"][bus],
        "sections_above": _failing_above(topology, sums.faulty)[at],
        "customers": rows["customers"][pick],
        "outage_h": sums.hours[at],
        "interruptions": ends.sum(axis=1),
        "n_upstream": ends[:, UPSTREAM],
        "n_own": ends[:, OWN],
        "n_border": ends[:, BORDER],
        "n_repair": ends[:, REPAIR],
    }, units={"outage_h": "h/yr", "interruptions": "1/yr"})


def _failing_above(topology: Topology, faulty: Ints) -> Ints:
    """How many zones above the section of each zone can fail."""
    zones = topology.grid.zones
    fails = np.zeros(len(zones), np.int64)
    fails[faulty] = 1
    above = np.zeros(len(zones), np.int64)
    for z in np.flatnonzero(zones.parent >= 0):  # a zone stands behind the one above it
        above[z] = above[zones.parent[z]] + fails[zones.parent[z]]
    ends = np.zeros(len(zones) + 1, np.int64)
    np.add.at(ends, topology.tie_table.zone.ravel() + 1, 1)
    ends = np.cumsum(ends)
    tied = ends[zones.end] > ends[:-1]
    branches_off = ~tied & tied[zones.parent] & (zones.parent >= 0)
    return np.where(branches_off, above[zones.parent], above)


def _feeders(topology: Topology) -> Texts:
    """Feeder of each position: the first branch, or switch of one, on the way from its source.

    What hangs on a station's own bars (only transformers, their switches and switches between
    buses lie above it) is named by the source.
    """
    graph, network = topology.graph, topology.network
    switch_of = network.switches["element_kind"]
    names = np.empty(len(graph.order), object)
    names[graph.roots_at] = network.sources.ids[topology.source_row]
    on_bars = graph.parent < 0
    for i in np.flatnonzero(~on_bars):
        up, kind, row = graph.parent[i], graph.kind[graph.edge[i]], graph.row[graph.edge[i]]
        if on_bars[up] and kind == 0:
            names[i] = network.branches.ids[row]
        elif on_bars[up] and kind == 2 and switch_of[row] == "branch":
            names[i] = network.switches.ids[row]
        else:
            names[i], on_bars[i] = names[up], on_bars[up]
    return names


def _ties(swept: Swept, sums: Tally) -> Table:
    """One row per tie: whom it touches, whether it may be used, what it carries and saves."""
    network, table = swept.topology.network, swept.topology.tie_table
    switches, buses = network.switches, network.buses
    first = np.array([s[0] for s in table.switches], dtype=np.int64)
    bus = switches["bus"][first] if len(first) else first
    project = switches.project[first] if len(first) else first
    return Table("ties", {
        "id": _tie_names(swept.topology),
        "bus": buses.ids[bus],
        "element": _elements(network, first),
        "jurisdictions": _texts(
            ";".join(network.jurisdictions[j] for j in np.flatnonzero(row))
            for row in table.touches
        ),
        "project": _names(network.projects, project),
        "usable": swept.usable,
        "x": buses["x"][bus],
        "y": buses["y"][bus],
        "used_per_yr": sums.used,
        "customers_per_yr": sums.carried,
        "customer_hours_saved_per_yr": sums.saved,
    }, units={
        "used_per_yr": "1/yr", "customers_per_yr": "customer-interruptions/yr",
        "customer_hours_saved_per_yr": "customer-h/yr",
    })


def _faults(swept: Swept, sums: Tally) -> Table:
    """One row per zone that can fail: elements, rate, whom it interrupts, what it costs."""
    topology, grid, at = swept.topology, swept.topology.grid, sums.faulty
    trip = grid.zones.trip[at]
    interrupted = grid.customers_sum[grid.zones.end[trip]] - grid.customers_sum[trip]
    owner = topology.network.buses["jurisdiction"][_buses_of_zones(topology, at)]
    rates = np.split(grid.faults.rate, grid.fault_ptr[1:-1])
    return Table("faults", {
        "zone": _zone_names(topology, at),
        "elements": _fault_elements(topology, at),
        "jurisdiction": _names(topology.network.jurisdictions, owner),
        "failures_per_yr": np.array([rates[z].sum() for z in at]),
        "customers_interrupted": interrupted.sum(axis=1),
        "customer_hours": swept.counts[at, :, 1].sum(axis=1),
        "energy_not_supplied_kwh": swept.counts[at, :, 2].sum(axis=1),
        "restored_by_tie": _names(_tie_names(topology), sums.first_tie[at]),
        "gap": swept.gap[at, :, 0].sum(axis=1),
    }, units={
        "failures_per_yr": "1/yr", "customer_hours": "customer-h/yr",
        "energy_not_supplied_kwh": "kWh/yr", "gap": "customer-h/yr",
    })


def _branches(swept: Swept) -> Table:
    """One row per live branch: where it runs and how loaded it is in the normal state.

    Both at the highest load level: `i_a`, the larger current of its two ends, and
    `loading_percent`, the same current over what it may carry (`i_max_share` of its rating; NaN
    without a rating). `fed_from` and `feeds` are the buses above and below it; `feeds` is "" where
    its far end is open.
    """
    topology = swept.topology
    network, graph, lines = topology.network, topology.graph, topology.grid.lines
    down = np.flatnonzero(graph.parent >= 0)
    down = down[graph.kind[graph.edge[down]] == 0]
    row = graph.row[graph.edge[down]]
    highest = max(swept.loadings, key=lambda loading: loading.kw_factor)
    current, limit = highest.node.i_base[down], lines.i_max[down]
    b, buses = network.branches, network.buses
    f, t = b["from_bus"][row], b["to_bus"][row]
    owner = np.where(b["jurisdiction"][row] >= 0, b["jurisdiction"][row], buses["jurisdiction"][f])
    above, below = _buses_beside(topology, down)
    return Table("branches", {
        "id": b.ids[row], "from_bus": buses.ids[f], "to_bus": buses.ids[t],
        "fed_from": buses.ids[above], "feeds": _names(buses.ids, below),
        "jurisdiction": _names(network.jurisdictions, owner), "kind": b["kind"][row],
        "x0": buses["x"][f], "y0": buses["y"][f], "x1": buses["x"][t], "y1": buses["y"][t],
        "length_km": b["length_km"][row],
        "i_a": current / (np.sqrt(3) * buses["vn_kv"][f]) * 1000.0,
        "loading_percent": np.where(np.isfinite(limit), 100.0 * current / limit, np.nan),
    }, units={"i_a": "A", "loading_percent": "%", "length_km": "km"})


def _buses_beside(topology: Topology, down: Ints) -> tuple[Ints, Ints]:
    """The buses above and below the branches above these positions; -1: none, an open end.

    Between a branch and a bus stands at most the inner node of a switch, followed by that bus
    where the switch is closed and by nothing of its own where it is open.
    """
    graph, n_bus = topology.graph, len(topology.network.buses)
    above = graph.parent[down]
    while (inner := graph.order[above] >= n_bus).any():
        above = np.where(inner, graph.parent[above], above)
    after = np.minimum(down + 1, len(graph.order) - 1)
    inner = graph.order[down] >= n_bus
    below = graph.order[np.where(inner & (graph.parent[after] == down), after, down)]
    return graph.order[above], np.where(below < n_bus, below, -1)


def _base(swept: Swept) -> Table:
    """The normal state by load level: voltage range, highest loading, limits already passed."""
    lines = swept.topology.grid.lines
    rated = np.isfinite(lines.i_max)
    rows = []
    for level, loading in zip(swept.topology.network.levels, swept.loadings, strict=True):
        v = np.hypot(loading.node.vr, loading.node.vi)
        share = loading.node.i_base[rated] / lines.i_max[rated]
        passed = int(np.sum((v < lines.v_min - TOLERANCE) | (v > lines.v_max + TOLERANCE)))
        passed += int(np.sum(share > 1.0 + TOLERANCE))
        rows.append((
            level.id, loading.kw_factor, v.min(), v.max(), 100.0 * share.max(initial=0.0), passed
        ))
    names = ("level", "load_factor", "v_min_pu", "v_max_pu", "loading_max_percent", "violations")
    columns = {
        name: np.array([r[k] for r in rows], dtype=object if k == 0 else float)
        for k, name in enumerate(names)
    }
    return Table("base", columns, units={"v_min_pu": "pu", "v_max_pu": "pu"})


def _texts(values: Any) -> Texts:
    return np.array(list(values), dtype=object)


def _names(ids: Any, index: Ints) -> Texts:
    """Ids of these rows, "" for -1."""
    return _texts(ids[i] if i >= 0 else "" for i in index)


def _elements(network: PowerNetwork, switches: Ints) -> Texts:
    """What these switches switch."""
    tables, rows = network.tables(), network.switches
    return _texts(tables[rows["element_kind"][s]].ids[rows["element"][s]] for s in switches)


def _tie_names(topology: Topology) -> Texts:
    ids = topology.network.switches.ids
    return _texts(" + ".join(ids[i] for i in s) for s in topology.tie_table.switches)


def _buses_of_zones(topology: Topology, zones: Ints) -> Ints:
    """The bus nearest to each zone's head (its own first bus, else the one above)."""
    graph, lines = topology.graph, topology.grid.lines
    n_bus = len(topology.network.buses)
    out = np.empty(len(zones), np.int64)
    for k, z in enumerate(zones):
        head = i = int(topology.grid.zones.head[z])
        while graph.order[i] >= n_bus and i + 1 < graph.end[head] and lines.zone[i + 1] == z:
            i += 1
        while graph.order[i] >= n_bus:
            i = int(lines.parent[i])
        out[k] = graph.order[i]
    return out


def _zone_names(topology: Topology, zones: Ints) -> Texts:
    """A zone is called by the switch it hangs on, or by its source."""
    graph, network = topology.graph, topology.network
    names = []
    for z in zones:
        edge = graph.edge[topology.grid.zones.head[z]]
        if edge >= 0:
            names.append(f"below {network.switches.ids[graph.row[edge]]}")
        else:
            source = topology.source_row[topology.zone_part[z]]
            names.append(f"at {network.sources.ids[source]}")
    return _texts(names)


def _fault_elements(topology: Topology, zones: Ints) -> Texts:
    """Ids of what can fail in each zone; the first few, and how many more."""
    tables = topology.network.tables()
    found: dict[int, list[str]] = {int(z): [] for z in zones}
    for kind, row, z in zip(
        topology.fault_kind, topology.fault_row, topology.fault_zone, strict=True
    ):
        found[int(z)].append(str(tables[kind].ids[row]))
    return _texts(
        ";".join(f[:SHOWN]) + (f" (+{len(f) - SHOWN})" if len(f) > SHOWN else "")
        for f in found.values()
    )
