"""The node-breaker graph: nodes, edges, which are closed, and its depth-first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

    def problems(self, network: PowerNetwork, exists: dict[str, Mask]) -> list[str]:
        """Why this state cannot be used: loops, two sources joined, customers without a source."""
        found = []
        names = ("branch", "transformer", "switch")
        tables = (network.branches, network.transformers, network.switches)
        if len(self.loop):
            shown = ", ".join(
                f"{names[self.kind[k]]} '{tables[self.kind[k]].ids[self.row[k]]}'"
                for k in self.loop[:SHOWN]
            )
            found.append(f"a radial normal state is expected, found a loop closed by {shown}")
        if len(self.joined_sources):
            shown = ", ".join(
                f"'{network.sources.ids[i]}'" for i in self.joined_sources[:SHOWN]
            )
            found.append(
                f"one source for each connected part is expected, found source {shown} "
                "joined to another by closed switches"
            )
        loads = network.loads
        dark = self.dark()
        lost = np.flatnonzero(exists["load"] & dark[loads["bus"]]) if len(loads) else loads["bus"]
        if len(lost):
            shown = ", ".join(f"'{loads.ids[i]}'" for i in lost[:SHOWN])
            more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            found.append(
                "a source for every customer in the normal state is expected, found none for "
                f"load {shown}{more}"
            )
        return found


def closed_graph(network: PowerNetwork, exists: dict[str, Mask]) -> ClosedGraph:
    """The graph of what exists, ordered depth first from the sources over closed edges."""
    n_bus = len(network.buses)
    switches = network.switches
    node = n_bus + np.arange(len(switches), dtype=np.int64)
    ends = {
        "branch": [network.branches["from_bus"].copy(), network.branches["to_bus"].copy()],
        "transformer": [
            network.transformers["hv_bus"].copy(), network.transformers["lv_bus"].copy()
        ],
    }
    near, far = _place_switches(switches, exists["switch"], ends, node)
    live = _switched_exist(network, exists)
    closed = live & (switches["normal"] == "closed") if len(switches) else live
    is_open = live & ~closed
    pick = [np.flatnonzero(exists["branch"]), np.flatnonzero(exists["transformer"]),
            np.flatnonzero(closed)]
    u = np.concatenate([ends["branch"][0][pick[0]], ends["transformer"][0][pick[1]],
                        near[pick[2]]])
    v = np.concatenate([ends["branch"][1][pick[0]], ends["transformer"][1][pick[1]],
                        far[pick[2]]])
    kind = np.repeat(np.arange(3, dtype=np.int64), [len(p) for p in pick])
    row = np.concatenate(pick)
    n_nodes = n_bus + len(switches)
    source_row = np.flatnonzero(exists["source"])
    source_bus = network.sources["bus"][source_row]
    roots, first = np.unique(source_bus, return_index=True)
    keep = np.argsort(first, kind="stable")
    order, parent, edge, end, loop = preorder(n_nodes, u, v, kind, roots[keep])
    roots_at = np.flatnonzero(parent < 0)
    joined = source_row[~np.isin(source_bus, order[roots_at])]
    first_row = {int(b): int(r) for b, r in zip(source_bus[::-1], source_row[::-1], strict=True)}
    touches = switch_touches(network)
    times = _times(network, touches)
    open_row = np.flatnonzero(is_open)
    return ClosedGraph(
        n_nodes, u, v, kind, row, near[open_row], far[open_row], open_row, order, parent, edge,
        end, loop, roots_at,
        np.array([first_row[int(b)] for b in order[roots_at]], dtype=np.int64), joined,
        *_bundles(network, u, v, kind, row, times), touches, *times,
        np.where(exists["branch"], ends["branch"][0], -1),
        np.where(exists["transformer"], ends["transformer"][0], -1),
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


def _times(network: PowerNetwork, touches: Mask) -> tuple[Floats, Floats, Floats]:
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
    return travel, operate, coordination


def _bundles(
    network: PowerNetwork, u: Ints, v: Ints, kind: Ints, row: Ints,
    times: tuple[Floats, Floats, Floats],
) -> tuple[Ints, Floats, Floats, Floats, Mask]:
    """Closed switches between the same two nodes act as one: all must open, all must protect."""
    travel, operate, coordination = times
    bundle = np.full(len(u), -1, np.int64)
    at = np.flatnonzero(kind == 2)
    if not len(at):
        none = np.zeros(0)
        return bundle, none, none, none, np.zeros(0, bool)
    pairs = np.sort(np.stack([u[at], v[at]], axis=1), axis=1)
    _, inverse = np.unique(pairs, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    bundle[at] = inverse
    n = int(inverse.max()) + 1
    switch = row[at]
    protects = np.isin(network.switches["kind"][switch], PROTECTIVE)

    def longest(values: Floats) -> Floats:
        out = np.zeros(n)
        np.maximum.at(out, inverse, values)
        return out

    unprotected = np.zeros(n, bool)
    np.logical_or.at(unprotected, inverse, ~protects)
    opening = travel[switch] + coordination[switch] + operate[switch]
    return (
        bundle, longest(opening), longest(travel[switch]), longest(operate[switch]), ~unprotected
    )
