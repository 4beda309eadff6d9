"""The node-breaker graph: nodes, edges, which are closed, and its depth-first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.graph import preorder

if TYPE_CHECKING:
    from tieline.power.network import PowerNetwork, Rows

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PROTECTIVE = ("breaker", "recloser", "fuse")
SHOWN = 5


@dataclass(frozen=True)
class ClosedGraph:
    """Edges (closed ones numbered by u, v, kind, row), open switches, and the order of nodes.

    Nodes are the buses, then one for each end of a branch or transformer that has switches,
    between them and it. `kind` is 0 branch, 1 transformer, 2 switch; `bundle` groups closed
    switches between the same two nodes (-1 for other edges). `touches` holds, for each switch, a
    mask over jurisdictions.
    """

    n_nodes: int
    u: Ints
    v: Ints
    kind: Ints
    row: Ints
    open_u: Ints
    open_v: Ints
    open_row: Ints
    order: Ints
    parent: Ints
    edge: Ints
    end: Ints
    loop: Ints
    roots_at: Ints
    source_row: Ints
    joined_sources: Ints
    bundle: Ints
    bundle_open_h: Floats
    bundle_travel_h: Floats
    bundle_operate_h: Floats
    bundle_protective: Mask
    touches: Mask
    travel_h: Floats
    operate_h: Floats
    coordination_h: Floats
    branch_node: Ints
    transformer_node: Ints

    def dark(self) -> Mask:
        """Nodes that no source reaches in the normal state."""
        mask = np.ones(self.n_nodes, dtype=bool)
        mask[self.order] = False
        return mask

    def problems(self, network: PowerNetwork, exists: dict[str, Mask]) -> list[tuple[str, str]]:
        """Why this state cannot be used (expected, found): loops, sources joined, no source."""
        found = []
        if len(self.loop):
            shown = ", ".join(self._element(network, k) for k in self.loop[:SHOWN])
            found.append((
                "a radial normal state",
                f"a loop closed by {shown}{self._could_open(network, int(self.loop[0]))}",
            ))
        if len(self.joined_sources):
            shown = ", ".join(
                f"'{network.sources.ids[i]}'" for i in self.joined_sources[:SHOWN]
            )
            found.append((
                "one source for each connected part",
                f"source {shown} joined to another by closed switches",
            ))
        loads = network.loads
        dark = self.dark()
        lost = np.flatnonzero(exists["load"] & dark[loads["bus"]]) if len(loads) else loads["bus"]
        if len(lost):
            shown = ", ".join(f"'{loads.ids[i]}'" for i in lost[:SHOWN])
            more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            found.append((
                "a source for every customer in the normal state", f"none for load {shown}{more}",
            ))
        return found


    def _element(self, network: PowerNetwork, edge: int) -> str:
        """An edge in words."""
        names = ("branch", "transformer", "switch")
        tables = (network.branches, network.transformers, network.switches)
        return f"{names[self.kind[edge]]} '{tables[self.kind[edge]].ids[self.row[edge]]}'"

    def _could_open(self, network: PowerNetwork, closing: int) -> str:
        """The closed switches on the way round that this edge closes."""
        position = np.full(self.n_nodes, -1, np.int64)
        position[self.order] = np.arange(len(self.order))
        ways: list[list[int]] = []
        for node in (self.u[closing], self.v[closing]):
            way, at = [], int(position[node])
            while at >= 0 and self.parent[at] >= 0:
                way.append(at)
                at = int(self.parent[at])
            ways.append(way)
        edges = [int(self.edge[at]) for at in sorted(set(ways[0]) ^ set(ways[1]))]
        switches = [k for k in [closing, *edges] if self.kind[k] == 2]
        if not switches:
            return "; no switch of it could open"
        ids = ", ".join(f"'{network.switches.ids[self.row[k]]}'" for k in switches[:2 * SHOWN])
        more = f" and {len(switches) - 2 * SHOWN} more" if len(switches) > 2 * SHOWN else ""
        return f"; closed switches on it: {ids}{more}"


class _Times(NamedTuple):
    """By switch [h]."""

    travel_h: Floats
    operate_h: Floats
    coordination_h: Floats


class _Bundles(NamedTuple):
    """Bundle of each edge, and what each bundle takes [h] and does."""

    bundle: Ints
    open_h: Floats
    travel_h: Floats
    operate_h: Floats
    protective: Mask


def closed_graph(network: PowerNetwork, exists: dict[str, Mask]) -> ClosedGraph:
    """The graph of what exists, ordered depth first from the sources over closed edges."""
    switches, branches, transformers = network.switches, network.branches, network.transformers
    n_nodes = len(network.buses) + len(switches)
    ends = {
        "branch": [branches["from_bus"].copy(), branches["to_bus"].copy()],
        "transformer": [transformers["hv_bus"].copy(), transformers["lv_bus"].copy()],
    }
    spare = np.arange(len(network.buses), n_nodes, dtype=np.int64)
    near, far = _place_switches(switches, exists["switch"], ends, spare)
    live = _switched_exist(network, exists)
    closed = live & (switches["normal"] == "closed") if len(switches) else live
    rows = [np.flatnonzero(x) for x in (exists["branch"], exists["transformer"], closed)]
    u, v = (
        np.concatenate([end[r] for end, r in zip(side, rows, strict=True)])
        for side in zip(ends["branch"], ends["transformer"], (near, far), strict=True)
    )
    kind = np.repeat(np.arange(3, dtype=np.int64), [len(r) for r in rows])
    row = np.concatenate(rows)
    sources = np.flatnonzero(exists["source"])
    fed = network.sources["bus"][sources]
    roots, first = np.unique(fed, return_index=True)
    by_row = np.argsort(first, kind="stable")
    order, parent, edge, end, loop = preorder(n_nodes, u, v, kind, roots[by_row])
    roots_at = np.flatnonzero(parent < 0)
    source_of = dict(zip(roots.tolist(), sources[first].tolist(), strict=True))
    touches = switch_touches(network)
    times = _times(network, touches)
    bundles = _bundle(network, u, v, kind, row, times)
    open_row = np.flatnonzero(live & ~closed)
    return ClosedGraph(
        n_nodes=n_nodes, u=u, v=v, kind=kind, row=row,
        open_u=near[open_row], open_v=far[open_row], open_row=open_row,
        order=order, parent=parent, edge=edge, end=end, loop=loop, roots_at=roots_at,
        source_row=np.array([source_of[int(b)] for b in order[roots_at]], dtype=np.int64),
        joined_sources=sources[~np.isin(fed, order[roots_at])],
        bundle=bundles.bundle, bundle_open_h=bundles.open_h, bundle_travel_h=bundles.travel_h,
        bundle_operate_h=bundles.operate_h, bundle_protective=bundles.protective,
        touches=touches, travel_h=times.travel_h, operate_h=times.operate_h,
        coordination_h=times.coordination_h,
        branch_node=np.where(exists["branch"], ends["branch"][0], -1),
        transformer_node=np.where(exists["transformer"], ends["transformer"][0], -1),
    )


def _place_switches(
    switches: Rows, exists: Mask, ends: dict[str, list[Ints]], node: Ints
) -> tuple[Ints, Ints]:
    """Both nodes of every switch; several at one end of an element stand side by side.

    `ends` (terminal nodes of branches and transformers) are moved behind their switches.
    """
    near = switches["bus"].copy()
    far = np.full(len(switches), -1, np.int64)
    kinds = switches["element_kind"]
    at_bus = kinds == "bus" if len(switches) else exists
    far[at_bus] = switches["element"][at_bus]
    for kind, terminals in ends.items():
        mine = np.flatnonzero(exists & (kinds == kind)) if len(switches) else np.empty(0, int)
        if not len(mine):
            continue
        element, bus = switches["element"][mine], switches["bus"][mine]
        side = np.where(terminals[0][element] == bus, 0, 1)
        _, first, inverse = np.unique(element * 2 + side, return_index=True, return_inverse=True)
        far[mine] = node[mine[first]][inverse]
        for s in (0, 1):
            terminals[s][element[side == s]] = far[mine[side == s]]
    return near, far


def _switched_exist(network: PowerNetwork, exists: dict[str, Mask]) -> Mask:
    """Switches that exist and whose element exists too."""
    switches = network.switches
    alive = exists["switch"].copy()
    for kind in ("branch", "transformer", "bus"):
        mine = switches["element_kind"] == kind if len(switches) else alive
        alive[mine] &= exists[kind][switches["element"][mine]] if len(switches) else True
    return alive


def switch_touches(network: PowerNetwork) -> Mask:
    """Jurisdictions each switch touches: both its sides' buses, its owner, its authority."""
    switches, buses = network.switches, network.buses
    mask = np.zeros((len(switches), len(network.jurisdictions) + 1), dtype=bool)
    if not len(switches):
        return mask[:, :-1]
    rows = np.arange(len(switches))
    of_bus = buses["jurisdiction"]
    mask[rows, of_bus[switches["bus"]]] = True
    mask[rows, switches["jurisdiction"]] = True
    mask[rows, switches["authority"]] = True
    for kind, table, ends in (
        ("branch", network.branches, ("from_bus", "to_bus")),
        ("transformer", network.transformers, ("hv_bus", "lv_bus")),
    ):
        mine = np.flatnonzero(switches["element_kind"] == kind)
        for end in ends:
            mask[mine, of_bus[table[end][switches["element"][mine]]]] = True
    mine = np.flatnonzero(switches["element_kind"] == "bus")
    mask[mine, of_bus[switches["element"][mine]]] = True
    return mask[:, :-1]


def _times(network: PowerNetwork, touches: Mask) -> _Times:
    """Travel, operation and coordination of each switch [h], with the settings where empty."""
    settings, switches = network.settings, network.switches
    remote = switches["control"] == "remote" if len(switches) else np.zeros(0, bool)

    def filled(column: str, default: Any) -> Floats:
        given = switches[column] / 60.0
        return np.asarray(np.where(np.isnan(given), default, given))

    travel = np.where(remote, 0.0, filled("travel_min", settings.travel_manual_h))
    operate = filled(
        "operate_min", np.where(remote, settings.operate_remote_h, settings.operate_manual_h)
    )
    border = touches.sum(axis=1) > 1
    coordination = filled("coordination_min", np.where(border, settings.coordination_h, 0.0))
    return _Times(travel, operate, coordination)


def _bundle(
    network: PowerNetwork, u: Ints, v: Ints, kind: Ints, row: Ints, times: _Times
) -> _Bundles:
    """Closed switches between the same two nodes act as one: all must open, all must protect."""
    bundle = np.full(len(u), -1, np.int64)
    at = np.flatnonzero(kind == 2)
    pairs = np.sort(np.stack([u[at], v[at]], axis=1), axis=1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    inverse = inverse.reshape(len(at))
    bundle[at] = inverse
    switch = row[at]
    unprotected = np.zeros(len(unique), bool)
    protects = np.isin(network.switches["kind"][switch], PROTECTIVE)
    np.logical_or.at(unprotected, inverse, ~protects)

    def longest(values: Floats) -> Floats:
        out = np.zeros(len(unique))
        np.maximum.at(out, inverse, values[switch])
        return out

    opening = times.travel_h + times.coordination_h + times.operate_h
    return _Bundles(
        bundle, longest(opening), longest(times.travel_h), longest(times.operate_h), ~unprotected
    )
