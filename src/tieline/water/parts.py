"""Which nodes are connected with each other by water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork


def parts_of(network: WaterNetwork) -> NDArray[np.int64]:
    """Number of the connected part of each node, counted from 0; gates and pumps connect."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(network.nodes)
    a = np.concatenate([network.tables[t]["from_node"] for t in ("reach", "gate", "pump")])
    b = np.concatenate([network.tables[t]["to_node"] for t in ("reach", "gate", "pump")])
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
