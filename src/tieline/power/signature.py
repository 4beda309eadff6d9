"""What identifies the results of one source's part of the grid, whatever else is built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.electric import demand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.power.topology import Topology

OF_LINE = ["r", "x", "ratio", "g_half", "b_half", "i_max", "g", "b", "v_min", "v_max"]
OF_ZONE = ["open_h", "reclose_travel_h", "reclose_h", "weight"]
"""Fields that no numbering enters: numbers differ between grids of different projects."""


@dataclass(frozen=True)
class Signatures:
    """Digests by part: of its `own` arrays, and with its ties and the parts they lead to.

    Faults in a part depend on nothing else, so equal `parts` mean equal results zone by zone, in
    grids of different projects too. `links` holds, per tie, what each side sees of it.
    """

    own: tuple[bytes, ...]
    parts: tuple[bytes, ...]
    links: tuple[tuple[bytes, bytes], ...]


def sign_parts(topology: Topology) -> Signatures:
    """The digests of a grid's parts."""
    network, exists, graph = topology.network, topology.exists, topology.graph
    power = (*demand(network, exists, graph, 1.0, 0.0), *demand(network, exists, graph, 0.0, 1.0))
    own = [_own(topology, part, power) for part in range(len(topology.part_start) - 1)]
    hashes = [hashlib.sha256(mine) for mine in own]
    links = []
    ties = topology.grid.ties
    starts = topology.graph.roots_at
    position = topology.grid.tie_position
    for k, rows in enumerate(topology.tie_table.switches):
        a, b = (int(p) for p in topology.zone_part[topology.grid.tie_zone[k]])
        here, there = int(position[k, 0] - starts[a]), int(position[k, 1] - starts[b])
        values = ties[k].tobytes() + topology.tie_table.touches[k].tobytes()
        sides = (
            _pack(rows, 0, here, there, values) + own[b],
            _pack(rows, 1, there, here, values) + own[a],
        )
        links.append(sides)
        hashes[a].update(sides[0])
        if b != a:
            hashes[b].update(sides[1])
    return Signatures(tuple(own), tuple(h.digest() for h in hashes), tuple(links))


def _pack(rows: tuple[int, ...], side: int, here: int, there: int, values: bytes) -> bytes:
    return np.array([*rows, side, here, there], np.int64).tobytes() + values


def _own(topology: Topology, part: int, power: tuple[NDArray[np.float64], ...]) -> bytes:
    """Digest of the part's rows in depth-first order, with the shunts and loads on them."""
    graph, lines = topology.graph, topology.grid.lines
    lo = int(graph.roots_at[part])
    hi = int(graph.end[lo])
    edge = graph.edge[lo:hi]
    has = edge >= 0
    at = np.where(has, edge, 0)
    h = hashlib.sha256()
    h.update(graph.order[lo:hi].tobytes())
    if len(graph.u):
        h.update(np.where(has, graph.kind[at] * (1 << 40) + graph.row[at], -1).tobytes())
    for name in OF_LINE:
        h.update(lines[name][lo:hi].tobytes())
    for values in power:
        h.update(values[lo:hi].tobytes())
    starts = topology.part_start
    first, last = int(starts[part]), int(starts[part + 1])
    grid = topology.grid
    for name in OF_ZONE:
        h.update(grid.zones[name][first:last].tobytes())
    for name in ("parent", "end", "trip"):
        h.update(np.maximum(grid.zones[name][first:last] - first, -1).tobytes())
    for per_zone in (grid.customers, grid.kw):
        h.update(per_zone[first:last].tobytes())
    a, b = grid.fault_ptr[first], grid.fault_ptr[last]
    h.update((grid.fault_ptr[first : last + 1] - a).tobytes())
    h.update(grid.faults[a:b].tobytes())
    held = topology.network.sources["vm_pu"][topology.source_row[part]]
    h.update(np.array([topology.source_limit[part], held], np.float64).tobytes())
    return h.digest()
