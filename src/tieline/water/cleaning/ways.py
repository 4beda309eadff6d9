"""How far it is by water from place to place, for a boat that may not go everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]

LEAST_M = 1e-3
"""A way of no length is still a way: a sparse graph would forget it."""


class Ways:
    """The places of some tables on the graph of reaches, and distances between them."""

    def __init__(self, network: WaterNetwork, tables: Sequence[str]) -> None:
        self.network = network
        self.first: dict[str, int] = {}
        nodes: list[int] = []
        reaches: list[int] = []
        at: list[float] = []
        for name in tables:
            self.first[name] = len(nodes)
            rows = network.tables[name]
            nodes += rows["node"].tolist()
            reaches += rows["reach"].tolist()
            at += rows["position"].tolist()
        self.node = np.array(nodes, np.int64)
        self.reach = np.where(self.node >= 0, -1, np.array(reaches, np.int64))
        self.position = np.array(at, np.float64)

    def place(self, table: str, row: int) -> int:
        """Number of a row's place in `distances`."""
        return self.first[table] + row

    def distances(self, reaches: NDArray[np.bool_], gates: NDArray[np.bool_]) -> Floats:
        """Shortest ways [m] between all places over these reaches and gates; inf where none.

        (n_places, n_places). A place on a reach that may not be entered is out of reach.
        """
        network = self.network
        n_nodes, n = len(network.nodes), len(self.node)
        vertex = np.where(self.node >= 0, self.node, n_nodes + np.arange(n))
        ends: list[tuple[int, int, float]] = []
        rows = network.reaches
        for r in np.flatnonzero(reaches):
            on = np.flatnonzero(self.reach == r)
            on = on[np.argsort(self.position[on], kind="stable")]
            stops = [int(rows["from_node"][r]), *vertex[on].tolist(), int(rows["to_node"][r])]
            along = [0.0, *(self.position[on] * rows["length_m"][r]), float(rows["length_m"][r])]
            ends += [(a, b, max(y - x, LEAST_M)) for a, b, x, y in
                     zip(stops[:-1], stops[1:], along[:-1], along[1:], strict=True)]
        for g in np.flatnonzero(gates):
            ends.append((int(network.gates["from_node"][g]), int(network.gates["to_node"][g]),
                         LEAST_M))
        if not n:
            return np.zeros((0, 0))
        best: dict[tuple[int, int], float] = {}
        for a, b, length in ends:
            key = (min(a, b), max(a, b))
            best[key] = min(length, best.get(key, np.inf))
        pairs = np.array(list(best), np.int64).reshape(-1, 2)
        graph = coo_array((np.array(list(best.values())), (pairs[:, 0], pairs[:, 1])),
                          shape=(n_nodes + n, n_nodes + n)).tocsr()
        found = dijkstra(graph, directed=False, indices=vertex)[:, vertex]
        return np.asarray(np.where(np.isfinite(found), np.round(found, 2), np.inf))
