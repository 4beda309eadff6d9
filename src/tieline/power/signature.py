"""What identifies the results of faults in one feeder, whatever else is built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.electric import demand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.power.kernels.arrays import Loading
    from tieline.power.topology import Topology

    Ints = NDArray[np.int64]

OF_LINE = ["r", "x", "ratio", "g_half", "b_half", "i_max", "g", "b", "v_min", "v_max"]
OF_ZONE = ["open_h", "reclose_travel_h", "reclose_h", "weight"]
"""Fields that no numbering enters: numbers differ between grids of different projects."""


@dataclass(frozen=True)
class Signatures:
    """Digests by cell: of its `own` arrays, and `whole` with its ties and where they lead.

    A cell is a feeder whose faults trip nothing outside it, or else all that a source feeds.
    Faults in a cell depend on nothing but the cell, its ties and the feeders behind them (all of
    their source where its limit can bind), so equal `whole` mean equal results zone by zone, in
    grids of different projects too. `zones` are those counted in each cell, in order; `cell` is
    that of each zone, `first` the zone each cell counts from; `links` holds, per tie, what each
    side sees of it.
    """

    own: tuple[bytes, ...]
    whole: tuple[bytes, ...]
    zones: tuple[Ints, ...]
    cell: Ints
    first: Ints
    links: tuple[tuple[bytes, bytes], ...]

    def subproblem(self, topology: Topology, zone: int) -> bytes:
        """What faults in a zone depend on, but for borders and load levels."""
        grid = topology.grid
        cell = int(self.cell[zone])
        h = hashlib.sha256(self.own[cell])
        h.update(np.array([zone - self.first[cell]], np.int64).tobytes())
        last = grid.end_ptr[grid.zones.end[zone]]
        for tie, side in grid.ends[grid.end_ptr[zone + 1] : last].tolist():
            h.update(self.links[tie][side])
        return h.digest()


def sign_cells(topology: Topology, loadings: Sequence[Loading]) -> Signatures:
    """The digests of a grid's cells; sources without a limit in `loadings` count as without."""
    network, grid = topology.network, topology.grid
    power = tuple(
        x for factors in ((1.0, 0.0), (0.0, 1.0))
        for x in demand(network, topology.exists, topology.graph, *factors)
    )
    starts = np.concatenate([grid.units.lo[: topology.n_units], topology.graph.roots_at])
    ends = np.concatenate([
        grid.units.hi[: topology.n_units], topology.graph.end[topology.graph.roots_at]
    ])
    first = np.searchsorted(grid.zones.head, starts)
    last = np.searchsorted(grid.zones.head, ends)
    own = tuple(
        _own(topology, power, (int(a), int(b)), (int(c), int(d)))
        for a, b, c, d in zip(starts, ends, first, last, strict=True)
    )
    cell = _cells(topology, first, last)
    links = tuple(
        (_link(topology, k, 0, own, loadings), _link(topology, k, 1, own, loadings))
        for k in range(len(grid.ties))
    )
    hashes = [hashlib.sha256(mine) for mine in own]
    for k, sides in enumerate(links):
        for side, seen in enumerate(sides):
            zone = grid.tie_zone[k, side]
            part = topology.n_units + int(topology.zone_part[zone])
            for c in {int(cell[zone]), part}:
                hashes[c].update(seen)
    order = np.argsort(cell, kind="stable")
    cuts = np.searchsorted(cell[order], np.arange(1, len(own)))
    return Signatures(
        own, tuple(h.digest() for h in hashes), tuple(np.split(order, cuts)), cell, first, links
    )


def _cells(topology: Topology, first: Ints, last: Ints) -> Ints:
    """The cell of each zone: its feeder, if no fault in that trips more, else its source."""
    zones = topology.grid.zones
    n_units = topology.n_units
    closed = np.array(
        [bool(np.all(zones.trip[a:b] >= a)) for a, b in zip(first, last, strict=True)], dtype=bool
    )
    unit = topology.grid.lines.unit[zones.head]
    part = n_units + topology.zone_part
    return np.where((unit < n_units) & closed[unit], unit, part).astype(np.int64)


def _link(
    topology: Topology, k: int, side: int, own: tuple[bytes, ...], loadings: Sequence[Loading]
) -> bytes:
    """What a fault on this side of tie k sees of it."""
    grid, lines = topology.grid, topology.grid.lines
    starts = topology.graph.roots_at
    here, there = (int(p) for p in grid.tie_position[k, [side, 1 - side]])
    part = int(topology.zone_part[lines.zone[there]])
    unit = int(lines.unit[there])
    limited = any(np.isfinite(load.source.s_max[part]) for load in loadings)
    donor, origin = topology.n_units + part, int(starts[part])
    if not limited and unit < topology.n_units:
        donor, origin = unit, int(grid.units.lo[unit])
    behind = own[donor]
    if not limited and unit >= topology.n_units:
        behind = _held(topology, part)
    mine = int(lines.unit[here])
    mine_at = starts[mine - topology.n_units] if mine >= topology.n_units else grid.units.lo[mine]
    numbers = [*topology.tie_table.switches[k], side, here - int(mine_at), there - origin, limited]
    values: bytes = grid.ties[k].tobytes() + topology.tie_table.touches[k].tobytes()
    return np.array(numbers, np.int64).tobytes() + values + behind


def _held(topology: Topology, part: int) -> bytes:
    """The source of a part and the voltage it holds."""
    row = int(topology.source_row[part])
    held = topology.network.sources["vm_pu"][row]
    return np.array([row, held], np.float64).tobytes()


def _own(
    topology: Topology, power: tuple[NDArray[np.float64], ...], at: tuple[int, int],
    zones: tuple[int, int],
) -> bytes:
    """Digest of the positions `at` and of these zones: lines, shunts, loads, devices, faults."""
    graph, grid, lines = topology.graph, topology.grid, topology.grid.lines
    lo, hi = at
    first, last = zones
    edge = graph.edge[lo:hi]
    has = edge >= 0
    at_edge = np.where(has, edge, 0)
    h = hashlib.sha256()
    h.update(graph.order[lo:hi].tobytes())
    if len(graph.u):
        rows = graph.kind[at_edge] * (1 << 40) + graph.row[at_edge]
        h.update(np.where(has, rows, -1).tobytes())
    h.update(np.maximum(lines.parent[lo:hi] - lo, -1).tobytes())
    h.update(np.maximum(lines.zone[lo:hi] - first, -1).tobytes())
    for name in OF_LINE:
        h.update(lines[name][lo:hi].tobytes())
    for values in power:
        h.update(values[lo:hi].tobytes())
    for name in OF_ZONE:
        h.update(grid.zones[name][first:last].tobytes())
    for name in ("parent", "end", "trip"):
        h.update(np.maximum(grid.zones[name][first:last] - first, -1).tobytes())
    for per_zone in (grid.customers, grid.kw):
        h.update(per_zone[first:last].tobytes())
    a, b = grid.fault_ptr[first], grid.fault_ptr[last]
    h.update((grid.fault_ptr[first : last + 1] - a).tobytes())
    h.update(grid.faults[a:b].tobytes())
    part = int(np.searchsorted(graph.roots_at, lo, side="right")) - 1
    h.update(_held(topology, part))
    h.update(np.array([topology.source_limit[part]], np.float64).tobytes())
    return h.digest()
