"""What a drawing of the grid needs: where things lie and which stand or fall together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tieline.power.graph import closed_graph, switch_touches
from tieline.region.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from tieline.power.graph import ClosedGraph
    from tieline.power.network import PowerNetwork
    from tieline.region.model import Case

    Ints = NDArray[np.int64]


def picture(network: PowerNetwork, case: Case) -> Mapping[str, Table]:
    """`buses`, `branches` (transformers too), `switches`, `sources`, `loads` of what is built.

    `zone` numbers what no switch divides: its parts are dead or alive together.
    """
    built = network.built(case)
    exists = {name: rows.exist(built) for name, rows in network.tables().items()}
    graph = closed_graph(network, exists)
    zone = _zones(graph)
    return {
        "buses": _buses(network, exists, zone), "branches": _branches(network, graph, zone),
        "switches": _switches(network, exists), "sources": _sources(network, exists),
        "loads": _loads(network, exists, zone),
    }


def _zones(graph: ClosedGraph) -> Ints:
    """Zone of each node: joined without a switch."""
    inner = np.flatnonzero(graph.kind < 2)
    matrix = coo_matrix(
        (np.ones(len(inner)), (graph.u[inner], graph.v[inner])),
        shape=(graph.n_nodes, graph.n_nodes),
    )
    _, label = connected_components(matrix, directed=False)
    return np.asarray(label, np.int64)


def _names(ids: Any, index: Iterable[int]) -> NDArray[np.object_]:
    return np.array([ids[i] if i >= 0 else "" for i in index], dtype=object)


def _buses(network: PowerNetwork, exists: Mapping[str, Any], zone: Ints) -> Table:
    rows = np.flatnonzero(exists["bus"])
    buses = network.buses
    return Table("buses", {
        "id": buses.ids[rows], "x": buses["x"][rows], "y": buses["y"][rows],
        "jurisdiction": _names(network.jurisdictions, buses["jurisdiction"][rows]),
        "town": buses["town"][rows], "zone": zone[rows],
    })


def _branches(network: PowerNetwork, graph: ClosedGraph, zone: Ints) -> Table:
    """Branches, then transformers, in the order of their tables."""
    buses = network.buses
    ids, ends, zones, kinds = [], [], [], []
    for k, (table, kind, names) in enumerate((
        (network.branches, "branch", ("from_bus", "to_bus")),
        (network.transformers, "transformer", ("hv_bus", "lv_bus")),
    )):
        edges = np.flatnonzero(graph.kind == k)
        rows = graph.row[edges]
        ids.append(table.ids[rows])
        ends.append(np.stack([table[n][rows] for n in names]))
        zones.append(zone[graph.u[edges]])
        kinds += [kind] * len(rows)
    f, t = np.concatenate(ends, axis=1)
    return Table("branches", {
        "id": np.concatenate(ids), "kind": np.array(kinds, dtype=object),
        "from_bus": buses.ids[f], "to_bus": buses.ids[t],
        "jurisdiction": _names(network.jurisdictions, buses["jurisdiction"][f]),
        "x0": buses["x"][f], "y0": buses["y"][f], "x1": buses["x"][t], "y1": buses["y"][t],
        "zone": np.concatenate(zones),
    })


def _switches(network: PowerNetwork, exists: Mapping[str, Any]) -> Table:
    rows = np.flatnonzero(exists["switch"])
    switches, buses = network.switches, network.buses
    if not len(switches):
        none = np.empty(0, dtype=object)
        return Table("switches", dict.fromkeys(
            ("id", "bus", "element", "kind", "normal", "jurisdictions", "project"), none
        ) | dict.fromkeys(("x", "y"), np.empty(0)))
    bus = switches["bus"][rows]
    touches = switch_touches(network)[rows]
    tables = network.tables()
    return Table("switches", {
        "id": switches.ids[rows], "bus": buses.ids[bus],
        "element": np.array(
            [tables[switches["element_kind"][r]].ids[switches["element"][r]] for r in rows],
            dtype=object,
        ),
        "kind": switches["kind"][rows], "normal": switches["normal"][rows],
        "jurisdictions": np.array([
            ";".join(network.jurisdictions[j] for j in np.flatnonzero(m)) for m in touches
        ], dtype=object),
        "project": _names(network.projects, switches.project[rows]),
        "x": buses["x"][bus], "y": buses["y"][bus],
    })


def _sources(network: PowerNetwork, exists: Mapping[str, Any]) -> Table:
    rows = np.flatnonzero(exists["source"])
    sources, buses = network.sources, network.buses
    bus = sources["bus"][rows]
    return Table("sources", {
        "id": sources.ids[rows], "x": buses["x"][bus], "y": buses["y"][bus],
        "jurisdiction": _names(network.jurisdictions, sources["jurisdiction"][rows]),
    })


def _loads(network: PowerNetwork, exists: Mapping[str, Any], zone: Ints) -> Table:
    rows = np.flatnonzero(exists["load"])
    loads, buses = network.loads, network.buses
    bus = loads["bus"][rows] if len(loads) else rows
    return Table("loads", {
        "id": loads.ids[rows], "bus": buses.ids[bus], "zone": zone[bus],
        "customers": np.asarray(loads["customers"][rows] if len(loads) else rows, np.float64),
        "jurisdiction": _names(network.jurisdictions, buses["jurisdiction"][bus]),
    })
