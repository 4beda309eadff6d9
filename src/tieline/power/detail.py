"""Tables behind an outcome: what each customer, branch, tie and fault contributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.arrays import new_work
from tieline.power.kernels.restore import upstream_h
from tieline.power.kernels.sweep import plan
from tieline.region.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.power.sweep import Swept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHOWN = 4


def detail_tables(swept: Swept) -> Mapping[str, Table]:
    """`loads`, `branches`, `ties`, `faults` and `base` of one case."""
    tally = _Tally(swept)
    for loading in swept.loadings:
        tally.add(loading)
    return {
        "loads": tally.loads(), "branches": _branches(swept), "ties": tally.ties(),
        "faults": tally.faults(), "base": _base(swept),
    }


class _Tally:
    """Adds up, by zone and by tie, how every fault ends."""

    def __init__(self, swept: Swept) -> None:
        self.swept = swept
        self.topology = swept.topology
        self.grid = swept.topology.grid
        self.todo = np.flatnonzero(np.diff(self.grid.fault_ptr) > 0)
        n, t = self.topology.n_zones, len(swept.usable)
        self.hours, self.ends = np.zeros(n), np.zeros((n, 4))
        self.used, self.carried, self.saved = np.zeros(t), np.zeros(t), np.zeros(t)
        self.crossing = self.topology.tie_table.crosses()
        self.tie_of = np.full(n, -1, np.int64)

    def add(self, loading: Any) -> None:
        """Plan every fault at this level and add what it costs."""
        zones, faults = self.grid.zones, self.grid.faults
        size = zones.end[self.todo] - self.todo
        ptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        back, via = np.empty(ptr[-1]), np.empty(ptr[-1], np.int64)
        work = new_work(len(self.grid.lines), len(zones), 2 * len(self.swept.usable))
        plan(self.grid, loading, self.todo, self.swept.usable, work, ptr, back, via)
        customers = self.grid.customers.sum(axis=1)
        for k, z in enumerate(self.todo):
            classes = slice(self.grid.fault_ptr[z], self.grid.fault_ptr[z + 1])
            rate, repair = faults.rate[classes] * loading.share, faults.repair_h[classes]
            trip, end = zones.trip[z], zones.end[z]
            t_up = upstream_h(self.grid, z)
            above = np.r_[trip:z, end : zones.end[trip]]
            self.hours[above] += rate @ np.minimum(t_up, repair)
            self.ends[above, 0] += rate.sum()
            self.hours[z] += rate @ repair
            self.ends[z, 3] += rate.sum()
            below = np.arange(z + 1, end)
            times, ties = back[ptr[k] + 1 : ptr[k + 1]], via[ptr[k] + 1 : ptr[k + 1]]
            self.hours[below] += np.minimum(times[:, None], repair[None, :]) @ rate
            helped = (times[:, None] < repair[None, :]) @ rate
            own = (ties >= 0) & ~self.crossing[ties] if len(self.crossing) else ties >= 0
            self.ends[below, 1] += np.where(own, helped, 0.0)
            self.ends[below, 2] += np.where((ties >= 0) & ~own, helped, 0.0)
            self.ends[below, 3] += rate.sum() - np.where(ties >= 0, helped, 0.0)
            fed = ties >= 0
            gain = np.maximum(repair[None, :] - times[:, None], 0.0) @ rate
            for t in np.unique(ties[fed]):
                mine = ties == t
                self.used[t] += helped[mine].max()
                self.carried[t] += (helped * customers[below])[mine].sum()
                self.saved[t] += (gain * customers[below])[mine].sum()
                self.tie_of[z] = t if self.tie_of[z] < 0 else self.tie_of[z]

    def loads(self) -> Table:
        """One row per customer: hours and interruptions a year, and how they end."""
        network = self.topology.network
        zone = self.topology.zone_of_load
        pick = np.flatnonzero(zone >= 0)
        rows, at = network.loads, zone[pick]
        bus = rows["bus"][pick]
        return Table("loads", {
            "id": rows.ids[pick],
            "bus": network.buses.ids[bus],
            "jurisdiction": _names(network.jurisdictions, rows["jurisdiction"][pick]),
            "class": rows["class"][pick],
            "town": network.buses["town"][bus],
            "x": network.buses["x"][bus],
            "y": network.buses["y"][bus],
            "customers": rows["customers"][pick],
            "outage_h": self.hours[at],
            "interruptions": self.ends[at].sum(axis=1),
            "n_upstream": self.ends[at, 0],
            "n_own": self.ends[at, 1],
            "n_border": self.ends[at, 2],
            "n_repair": self.ends[at, 3],
        }, units={"outage_h": "h/yr", "interruptions": "1/yr"})

    def ties(self) -> Table:
        """One row per tie: whom it touches, whether it may be used, what it carries and saves."""
        network = self.topology.network
        table, switches = self.topology.tie_table, network.switches
        first = np.array([s[0] for s in table.switches], dtype=np.int64)
        bus = switches["bus"][first] if len(first) else first
        project = switches.project[first] if len(first) else first
        return Table("ties", {
            "id": np.array(
                [" + ".join(switches.ids[i] for i in s) for s in table.switches], dtype=object
            ),
            "bus": network.buses.ids[bus],
            "element": _elements(network, first),
            "jurisdictions": np.array(
                [";".join(network.jurisdictions[j] for j in np.flatnonzero(row))
                 for row in table.touches], dtype=object,
            ),
            "project": _names(network.projects, project),
            "usable": self.swept.usable,
            "x": network.buses["x"][bus],
            "y": network.buses["y"][bus],
            "used_per_yr": self.used,
            "customers_per_yr": self.carried,
            "customer_hours_saved_per_yr": self.saved,
        }, units={"used_per_yr": "1/yr", "customers_per_yr": "customer-interruptions/yr",
                  "customer_hours_saved_per_yr": "customer-h/yr"})

    def faults(self) -> Table:
        """One row per zone that can fail: elements, rate, whom it interrupts, what it costs."""
        network, zones, faults = self.topology.network, self.grid.zones, self.grid.faults
        todo = self.todo
        ptr = self.grid.fault_ptr
        rate = np.array([faults.rate[ptr[z] : ptr[z + 1]].sum() for z in todo])
        trip = zones.trip[todo]
        total = self.grid.customers_sum[zones.end[trip]] - self.grid.customers_sum[trip]
        tie = self.tie_of[todo]
        ids = [" + ".join(network.switches.ids[i] for i in s)
               for s in self.topology.tie_table.switches]
        return Table("faults", {
            "zone": _zone_names(self.swept, todo),
            "elements": _fault_elements(self.swept, todo),
            "jurisdiction": _names(network.jurisdictions, _zone_owner(self.swept, todo)),
            "failures_per_yr": rate,
            "customers_interrupted": total.sum(axis=1),
            "customer_hours": self.swept.counts[todo, :, 1].sum(axis=1),
            "energy_not_supplied_kwh": self.swept.counts[todo, :, 2].sum(axis=1),
            "restored_by_tie": np.array([ids[t] if t >= 0 else "" for t in tie], dtype=object),
            "gap": self.swept.gap[todo, :, 0].sum(axis=1),
        }, units={"failures_per_yr": "1/yr", "customer_hours": "customer-h/yr",
                  "energy_not_supplied_kwh": "kWh/yr", "gap": "customer-h/yr"})


def _names(ids: tuple[str, ...], index: Ints) -> NDArray[Any]:
    return np.array([ids[i] if i >= 0 else "" for i in index], dtype=object)


def _elements(network: Any, switches: Ints) -> NDArray[Any]:
    tables = {
        "branch": network.branches, "transformer": network.transformers, "bus": network.buses,
    }
    rows = network.switches
    return np.array(
        [tables[rows["element_kind"][s]].ids[rows["element"][s]] for s in switches], dtype=object
    )


def _bus_of_zone(swept: Swept, zones: Ints) -> Ints:
    """The bus nearest to each zone's head (its own first bus, else the one above)."""
    graph, lines = swept.topology.graph, swept.topology.grid.lines
    n_bus = len(swept.topology.network.buses)
    head = swept.topology.grid.zones.head
    out = np.empty(len(zones), np.int64)
    for k, z in enumerate(zones):
        i = int(head[z])
        while graph.order[i] >= n_bus and i + 1 < graph.end[head[z]] and lines.zone[i + 1] == z:
            i += 1
        while graph.order[i] >= n_bus:
            i = int(lines.parent[i])
        out[k] = graph.order[i]
    return out


def _zone_names(swept: Swept, zones: Ints) -> NDArray[Any]:
    """A zone is called by the switch it hangs on, or by its source."""
    topology = swept.topology
    graph, network = topology.graph, topology.network
    names = []
    for z in zones:
        edge = graph.edge[topology.grid.zones.head[z]]
        if edge >= 0:
            names.append(f"below {network.switches.ids[graph.row[edge]]}")
        else:
            source = topology.source_row[topology.zone_part[z]]
            names.append(f"at {network.sources.ids[source]}")
    return np.array(names, dtype=object)


def _zone_owner(swept: Swept, zones: Ints) -> Ints:
    return np.asarray(swept.topology.network.buses["jurisdiction"][_bus_of_zone(swept, zones)])


def _fault_elements(swept: Swept, zones: Ints) -> NDArray[Any]:
    """Ids of what can fail in each zone; the first few, and how many more."""
    topology = swept.topology
    tables = topology.network.tables()
    found: dict[int, list[str]] = {int(z): [] for z in zones}
    for kind, row, z in zip(
        topology.fault_kind, topology.fault_row, topology.fault_zone, strict=True
    ):
        found[int(z)].append(str(tables[kind].ids[row]))
    return np.array(
        [";".join(f[:SHOWN]) + (f" (+{len(f) - SHOWN})" if len(f) > SHOWN else "")
         for f in found.values()], dtype=object,
    )


def _branches(swept: Swept) -> Table:
    """One row per live branch: where it runs and how loaded it is in the normal state."""
    topology = swept.topology
    network, graph = topology.network, topology.graph
    edge = graph.edge
    down = np.flatnonzero((edge >= 0) & (graph.kind[np.maximum(edge, 0)] == 0))
    row = graph.row[edge[down]]
    loading = swept.loadings[int(np.argmax([k.kw_factor for k in swept.loadings]))]
    b, buses = network.branches, network.buses
    vn = buses["vn_kv"][b["from_bus"][row]]
    current = loading.node.i_base[down] / (np.sqrt(3) * vn) * 1000.0
    f, t = b["from_bus"][row], b["to_bus"][row]
    owner = np.where(b["jurisdiction"][row] >= 0, b["jurisdiction"][row], buses["jurisdiction"][f])
    return Table("branches", {
        "id": b.ids[row], "from_bus": buses.ids[f], "to_bus": buses.ids[t],
        "jurisdiction": _names(network.jurisdictions, owner), "kind": b["kind"][row],
        "x0": buses["x"][f], "y0": buses["y"][f], "x1": buses["x"][t], "y1": buses["y"][t],
        "length_km": b["length_km"][row], "i_a": current,
        "loading_percent": 100.0 * current / b["i_max_a"][row],
    }, units={"i_a": "A", "loading_percent": "%", "length_km": "km"})


def _base(swept: Swept) -> Table:
    """The normal state by load level: voltage range, highest loading, limits already passed."""
    lines = swept.topology.grid.lines
    levels = swept.topology.network.levels
    rows = []
    for level, loading in zip(levels, swept.loadings, strict=True):
        v = np.hypot(loading.node.vr, loading.node.vi)
        rated = np.isfinite(lines.i_max)
        current = loading.node.i_base
        share = current[rated] / lines.i_max[rated]
        passed = int(np.sum((v < lines.v_min - 1e-6) | (v > lines.v_max + 1e-6)))
        passed += int(np.sum(share > 1.0 + 1e-6))
        rows.append((level.id, loading.kw_factor, v.min(), v.max(),
                     100.0 * share.max(initial=0.0), passed))
    names = ("level", "load_factor", "v_min_pu", "v_max_pu", "loading_max_percent", "violations")
    columns = {
        n: np.array([r[k] for r in rows], dtype=object if k == 0 else float)
        for k, n in enumerate(names)
    }
    return Table("base", columns, units={"v_min_pu": "pu", "v_max_pu": "pu"})
