"""The grid of one set of built projects as zones joined by switches, in any switching state."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tieline.power.electric import edge_values
from tieline.power.graph import PROTECTIVE, closed_graph
from tieline.power.kernels.forest import Elements
from tieline.power.kernels.graph import adjacency, preorder
from tieline.power.kernels.zones import by_zone

if TYPE_CHECKING:
    from tieline.power.electric import EdgeValues
    from tieline.power.graph import ClosedGraph
    from tieline.power.network import PowerNetwork

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Edges:
    """Switches by the two nodes they stand between (several in parallel act as one).

    `members[e]` are rows of the switch table, () for the link of a source with its bus, which
    trips where no protective device stands between. `touches` is a mask over jurisdictions.
    Times [h]: `travel_h` until somebody stands there, `coordination_h` to agree, `operate_h`.
    """

    na: Ints
    nb: Ints
    za: Ints
    zb: Ints
    members: tuple[tuple[int, ...], ...]
    normal: Mask
    protective: Mask
    travel_h: Floats
    coordination_h: Floats
    operate_h: Floats
    remote: Mask
    reach_km: Floats
    touches: Mask
    source: Ints

    def __len__(self) -> int:
        return len(self.na)


@dataclass(frozen=True)
class Sources:
    """Sources by the bus they hold; `rows[k]` are rows of the source table, `node` its root."""

    node: Ints
    zone: Ints
    bus: Ints
    rows: tuple[tuple[int, ...], ...]
    v: Floats
    limit: Floats
    jurisdiction: Ints
    angle: Floats
    group: tuple[str, ...]
    earthing: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.node)


@dataclass(frozen=True)
class Ground:
    """Nodes, elements, zones, switches and sources of one set of built projects.

    Nodes are the buses, one for each end of an element that has switches, and one for each
    source. `edge_of_switch` is -1 for what does not exist; so are the zones of rows. `member`
    lists the switches edge by edge, those of an edge from `member_first` on.
    """

    network: PowerNetwork
    exists: dict[str, Mask]
    n_nodes: int
    n_zones: int
    zone: Ints
    elements: Elements
    element_kind: Ints
    element_row: Ints
    ptr: Ints
    adjacent: Ints
    shunt_g: Floats
    shunt_b: Floats
    v_min: Floats
    v_max: Floats
    edges: Edges
    sources: Sources
    member: Ints
    member_first: Ints
    edge_of_switch: Ints
    branch_zone: Ints
    transformer_zone: Ints
    load_zone: Ints
    weight: Floats
    customers: Floats
    meshed: Mask
    has_elements: Mask

    def tree(self, closed: Mask, alive: Mask) -> Tree:
        """Which zones are fed, and through which edge, with these edges closed.

        `alive` is a mask over zones that may carry voltage.
        """
        use = closed & alive[self.edges.za] & alive[self.edges.zb]
        at = np.flatnonzero(use)
        roots = self.sources.zone[alive[self.sources.zone]]
        order, parent, edge, _end, loop = preorder(
            self.n_zones, self.edges.za[at], self.edges.zb[at], np.zeros(len(at), np.int64), roots
        )
        up, via, live, source = by_zone(
            self.n_zones, order, parent, edge, at, self.sources.zone
        )
        joined = self.sources.zone[up[self.sources.zone] >= 0]
        return Tree(order, up, via, live, source, np.concatenate([at[loop], via[joined]]))


@dataclass(frozen=True)
class Tree:
    """A state: fed zones parent before child, each zone's parent, edge and source (-1).

    `loops` are edges that close a loop or lead on to another source: none in a radial state.
    """

    order: Ints
    up: Ints
    via: Ints
    live: Mask
    source: Ints
    loops: Ints

    def path(self, zone: int) -> list[int]:
        """The zone and those it is fed through, up to its source."""
        found = [int(zone)]
        while self.up[found[-1]] >= 0:
            found.append(int(self.up[found[-1]]))
        return found


def build_ground(network: PowerNetwork, exists: dict[str, Mask]) -> Ground:
    """The ground for what exists (a mask by table)."""
    graph = closed_graph(network, exists)
    values = edge_values(network, graph)
    sources_at = _source_groups(network, exists)
    n_nodes = graph.n_nodes + len(sources_at)
    inner = np.flatnonzero(graph.kind < 2)
    elements = _elements(network, graph, values, inner)
    zone, n_zones = _zones(n_nodes, elements)
    ptr, adjacent = adjacency(n_nodes, elements.u, elements.v)
    sources = _sources(network, sources_at, graph.n_nodes, zone)
    edges, edge_of_switch, member, member_first = _edges(network, graph, sources, zone)
    n_inside = np.bincount(zone[elements.u], minlength=n_zones)
    n_in_zone = np.bincount(zone, minlength=n_zones)
    loads = network.loads
    there = exists["load"] if len(loads) else np.zeros(0, bool)
    load_zone = np.where(there, zone[loads["bus"]], -1) if len(loads) else loads["bus"]
    weight, customers = np.zeros(n_zones), np.zeros((n_zones, len(network.jurisdictions)))
    pick = np.flatnonzero(load_zone >= 0)
    np.add.at(weight, load_zone[pick], (loads["customers"] * loads["priority"])[pick])
    np.add.at(
        customers, (load_zone[pick], loads["jurisdiction"][pick]), loads["customers"][pick]
    )
    g, b = _shunts(network, exists, graph, values, n_nodes)
    v_min, v_max = _voltage_limits(network, n_nodes)
    return Ground(
        network=network, exists=exists, n_nodes=n_nodes, n_zones=n_zones, zone=zone,
        elements=elements, element_kind=graph.kind[inner], element_row=graph.row[inner],
        ptr=ptr, adjacent=adjacent, shunt_g=g, shunt_b=b, v_min=v_min, v_max=v_max, edges=edges,
        sources=sources, member=member, member_first=member_first, edge_of_switch=edge_of_switch,
        branch_zone=_zone_of(exists["branch"], graph.branch_node, zone),
        transformer_zone=_zone_of(exists["transformer"], graph.transformer_node, zone),
        load_zone=load_zone, weight=weight, customers=customers,
        meshed=n_inside > np.maximum(n_in_zone - 1, 0), has_elements=n_inside > 0,
    )


def _zone_of(there: Mask, node: Ints, zone: Ints) -> Ints:
    return np.where(there, zone[np.maximum(node, 0)], -1) if len(there) else node


def _elements(
    network: PowerNetwork, graph: ClosedGraph, values: EdgeValues, inner: Ints
) -> Elements:
    """Branches and transformers; ratings before "no worse than before" is applied."""
    length = np.zeros(len(inner))
    is_branch = graph.kind[inner] == 0
    length[is_branch] = network.branches["length_km"][graph.row[inner][is_branch]]
    return Elements(
        graph.u[inner], graph.v[inner], values.r[inner], values.x[inner], values.ratio[inner],
        values.g_half[inner], values.b_half[inner],
        values.i_max[inner] * network.settings.i_max_share, length,
    )


def _zones(n_nodes: int, elements: Elements) -> tuple[Ints, int]:
    """Parts joined without any switch."""
    ones = np.ones(len(elements.u))
    matrix = coo_matrix((ones, (elements.u, elements.v)), shape=(n_nodes, n_nodes))
    n, label = connected_components(matrix, directed=False)
    return label.astype(np.int64), int(n)


def _source_groups(network: PowerNetwork, exists: dict[str, Mask]) -> list[tuple[int, ...]]:
    """Rows of the source table that hold the same bus, in the order of the first."""
    groups: dict[int, list[int]] = {}
    for row in np.flatnonzero(exists["source"]).tolist():
        groups.setdefault(int(network.sources["bus"][row]), []).append(row)
    return [tuple(rows) for rows in groups.values()]


def _sources(
    network: PowerNetwork, groups: list[tuple[int, ...]], first_node: int, zone: Ints
) -> Sources:
    table = network.sources
    rows = np.array([g[0] for g in groups], np.int64)
    s_max = np.where(np.isnan(table["s_max_mva"]), np.inf, table["s_max_mva"])
    node = first_node + np.arange(len(groups))
    return Sources(
        node=node, zone=zone[node], bus=table["bus"][rows], rows=tuple(groups),
        v=table["vm_pu"][rows], limit=np.array([s_max[list(g)].sum() for g in groups]),
        jurisdiction=table["jurisdiction"][rows], angle=table["va_degree"][rows],
        group=tuple(str(x) for x in table["parallel_group"][rows]),
        earthing=tuple(str(x) for x in table["earthing"][rows]),
    )


def _edges(
    network: PowerNetwork, graph: ClosedGraph, sources: Sources, zone: Ints
) -> tuple[Edges, Ints, Ints, Ints]:
    """One edge for each pair of nodes with switches between, and one for each source.

    Also the edge of each switch, and the switches edge by edge with where each edge begins.
    """
    switches = network.switches
    closed = np.flatnonzero(graph.kind == 2)
    row = np.concatenate([graph.row[closed], graph.open_row])
    u = np.concatenate([graph.u[closed], graph.open_u])
    v = np.concatenate([graph.v[closed], graph.open_v])
    pair = np.sort(np.stack([u, v], axis=1), axis=1)
    ends, inverse = np.unique(pair, axis=0, return_inverse=True)
    inverse = inverse.reshape(len(row))
    edge_of_switch = np.full(len(switches), -1, np.int64)
    edge_of_switch[row] = inverse
    by_edge = np.lexsort((row, inverse))
    member, first = row[by_edge], np.searchsorted(inverse[by_edge], np.arange(len(ends) + 1))
    groups = [member[a:b].tolist() for a, b in itertools.pairwise(first)]
    acting, start = _acting(network, member, first)
    n_j, n_s = len(network.jurisdictions), len(sources)
    settings = network.settings

    def of(column: NDArray[Any], empty: Any, *, least: bool = False) -> NDArray[Any]:
        take = np.minimum if least else np.maximum
        found = take.reduceat(column[acting], start) if len(start) else column[:0]
        return np.concatenate([found, np.full(n_s, empty, column.dtype)])

    protects = np.isin(switches["kind"], PROTECTIVE) if len(switches) else np.zeros(0, bool)
    na = np.concatenate([ends[:, 0], sources.node])
    nb = np.concatenate([ends[:, 1], sources.bus])
    touches = np.zeros((len(na), n_j), bool)
    if len(groups):
        touches[: len(groups)] = np.logical_or.reduceat(graph.touches[member], first[:-1])
    touches[len(groups) + np.arange(n_s), sources.jurisdiction] = True
    remote = switches["control"] == "remote" if len(switches) else np.zeros(0, bool)
    normal = switches["normal"] == "closed" if len(switches) else np.zeros(0, bool)
    reach = switches["reach_km"] if len(switches) else np.zeros(0)
    return Edges(
        na=na, nb=nb, za=zone[na], zb=zone[nb],
        members=(*(tuple(g) for g in groups), *([()] * n_s)),
        normal=of(normal, True).astype(bool),
        protective=of(protects, True, least=True).astype(bool),
        travel_h=of(graph.travel_h, 0.0), coordination_h=of(graph.coordination_h, 0.0),
        operate_h=of(graph.operate_h, settings.operate_remote_h),
        remote=of(remote, True, least=True).astype(bool),
        reach_km=of(np.where(protects, reach, np.nan), np.nan), touches=touches,
        source=np.concatenate([np.full(len(groups), -1), np.arange(n_s)]).astype(np.int64),
    ), edge_of_switch, member, first[:-1]


def _acting(network: PowerNetwork, member: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Of parallel switches, those operated: the ones normally closed, else the first.

    Rows of the switch table edge by edge, and where each edge begins.
    """
    if not len(member):
        return member, first[:-1]
    normal = network.switches["normal"][member] == "closed"
    none = ~np.logical_or.reduceat(normal, first[:-1])
    take = normal.copy()
    take[first[:-1][none]] = True
    kept = np.cumsum(take)
    return member[take], np.append(0, kept)[first[:-1]]


def _shunts(
    network: PowerNetwork, exists: dict[str, Mask], graph: ClosedGraph, values: EdgeValues,
    n_nodes: int,
) -> tuple[Floats, Floats]:
    """Constant admittance g + jb at each node: shunts, charging, magnetising [pu]."""
    g, b = np.zeros(n_nodes), np.zeros(n_nodes)
    back = values.ratio**2
    for total, half in ((g, values.g_half), (b, values.b_half)):
        np.add.at(total, graph.v, half)
        np.add.at(total, graph.u, half / back)
    pick = np.flatnonzero(exists["shunt"])
    if len(pick):
        at = network.shunts["bus"][pick]
        np.add.at(g, at, network.shunts["p_kw"][pick] / 1000.0)
        np.add.at(b, at, -network.shunts["q_kvar"][pick] / 1000.0)
    return g, b


def _voltage_limits(network: PowerNetwork, n_nodes: int) -> tuple[Floats, Floats]:
    """Limits at buses; none at the inner nodes between a switch and its element."""
    low, high = np.zeros(n_nodes), np.full(n_nodes, np.inf)
    n = len(network.buses)
    own_low, own_high = network.buses["v_min_pu"], network.buses["v_max_pu"]
    low[:n] = np.where(np.isnan(own_low), network.settings.v_min_pu, own_low)
    high[:n] = np.where(np.isnan(own_high), network.settings.v_max_pu, own_high)
    return low, high


def demand_at(
    ground: Ground, load_factor: float, generation_factor: float
) -> tuple[Floats, Floats]:
    """Net demand P, Q at each node [MW, Mvar]."""
    p, q = np.zeros(ground.n_nodes), np.zeros(ground.n_nodes)
    network = ground.network
    for rows, name, factor in (
        (network.loads, "load", load_factor),
        (network.generators, "generator", -generation_factor),
    ):
        pick = np.flatnonzero(ground.exists[name])
        if len(pick):
            at = rows["bus"][pick]
            np.add.at(p, at, rows["p_kw"][pick] / 1000.0 * factor)
            np.add.at(q, at, rows["q_kvar"][pick] / 1000.0 * factor)
    return p, q
