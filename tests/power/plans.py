"""What the engine plans for every fault, in switches: opened, closed, and who is fed when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tieline.power.kernels.arrays import new_work
from tieline.power.kernels.sweep import plan
from tieline.power.loading import scaled_levels
from tieline.power.sweep import Sweeper
from tieline.region.model import Case

Level = tuple[float, float, float]


@dataclass(frozen=True)
class Restored:
    """The end of one fault's plan at one load level; ids throughout.

    `isolating` and `cutting` are opened switches (around the faulted zone, inside the islands),
    `tie_h` the switches closed, and when [h]; `back_h` maps each load below the fault to its
    return [h], inf if it waits for repair. `faulted` are the loads of the faulted zone itself.
    """

    zone: str
    level: Level
    isolating: frozenset[str]
    cutting: frozenset[str]
    tie_h: dict[str, float]
    faulted: frozenset[str]
    at_source: bool
    back_h: dict[str, float]

    @property
    def ties(self) -> frozenset[str]:
        """The switches closed."""
        return frozenset(self.tie_h)

    def closed(self, normal: frozenset[str]) -> frozenset[str]:
        """Switches that are closed at the end, if these were in the normal state."""
        return (normal - self.isolating - self.cutting) | self.ties

    def steps(self, normal: frozenset[str]) -> list[frozenset[str]]:
        """Switches that are closed after each closing time, in order."""
        start = normal - self.isolating - self.cutting
        return [
            start | {s for s, h in self.tie_h.items() if h <= hours}
            for hours in sorted(set(self.tie_h.values()))
        ]


class Planned:
    """The plans of one case."""

    def __init__(self, network: Any, case: Case) -> None:
        (self.swept,) = Sweeper(network).run([network.relevant.restrict(case)])
        self.topology = self.swept.topology
        self.network = network
        self.levels = scaled_levels(network, case)
        graph = self.topology.graph
        self.bundles: dict[int, set[str]] = {}
        for edge in np.flatnonzero(graph.bundle >= 0):
            ids = self.bundles.setdefault(int(graph.bundle[edge]), set())
            ids.add(str(network.switches.ids[graph.row[edge]]))

    def above(self, zone: int) -> set[str]:
        """The switches between the zone and its parent."""
        edge = self.topology.graph.edge[self.topology.grid.zones.head[zone]]
        return self.bundles[int(self.topology.graph.bundle[edge])] if edge >= 0 else set()

    def loads(self, zone: int) -> frozenset[str]:
        return frozenset(
            str(x) for x in self.network.loads.ids[self.topology.zone_of_load == zone]
        )

    def __iter__(self) -> Iterator[Restored]:
        grid, usable = self.topology.grid, self.swept.usable
        zones = grid.zones
        todo = np.flatnonzero(np.diff(grid.fault_ptr) > 0)
        ptr = np.concatenate([[0], np.cumsum(zones.end[todo] - todo)]).astype(np.int64)
        for level, loading in zip(self.levels, self.swept.loadings, strict=True):
            back, via = np.empty(ptr[-1]), np.empty(ptr[-1], np.int64)
            work = new_work(len(grid.lines), len(zones), 2 * len(usable))
            plan(grid, loading, todo, usable, work, ptr, back, via)
            factors = (level.share, level.load_factor, level.generation_factor)
            for k, z in enumerate(todo):
                mine = slice(ptr[k], ptr[k + 1])
                yield self._restored(int(z), factors, back[mine], via[mine])

    def _restored(self, z: int, level: Level, back: np.ndarray, via: np.ndarray) -> Restored:
        zones = self.topology.grid.zones
        isolating, cutting = set(self.above(z)), set()
        hours, closed = {}, {}
        for y in range(z + 1, int(zones.end[z])):
            a = int(zones.parent[y])
            if a == z:
                isolating |= self.above(y)
            elif via[y - z] != via[a - z]:
                cutting |= self.above(y)
            if via[y - z] >= 0:
                rows = self.topology.tie_table.switches[via[y - z]]
                ids = [str(self.network.switches.ids[i]) for i in rows]
                closed |= dict.fromkeys(ids, float(back[y - z]))
            hours |= dict.fromkeys(self.loads(y), float(back[y - z]))
        source = self.topology.source_row[self.topology.zone_part[z]]
        name = " + ".join(sorted(self.above(z))) or str(self.network.sources.ids[source])
        return Restored(
            name, level, frozenset(isolating),
            frozenset(cutting), closed, self.loads(z), zones.parent[z] < 0,
            hours,
        )
