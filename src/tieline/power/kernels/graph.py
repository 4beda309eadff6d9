"""Depth-first numbering of the closed grid, so that everything below a point is a slice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.compiled import making_kernel

IntArray = NDArray[np.int64]


@making_kernel
def adjacency(n: int, u: IntArray, v: IntArray) -> tuple[IntArray, IntArray]:
    """Neighbour lists of an undirected graph.

    Returns `ptr` (n + 1) and `edge` (2 m): the edges at node i are edge[ptr[i]:ptr[i+1]], in
    the order of their index.
    """
    ptr = np.zeros(n + 1, np.int64)
    for k in range(u.size):
        ptr[u[k] + 1] += 1
        ptr[v[k] + 1] += 1
    for i in range(n):
        ptr[i + 1] += ptr[i]
    fill = ptr[:-1].copy()
    edge = np.empty(2 * u.size, np.int64)
    for k in range(u.size):
        edge[fill[u[k]]] = k
        fill[u[k]] += 1
        edge[fill[v[k]]] = k
        fill[v[k]] += 1
    return ptr, edge


@making_kernel
def preorder(
    n: int, u: IntArray, v: IntArray, kind: IntArray, roots: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Depth-first preorder of a forest from its roots.

    `kind[k]` is 2 for a switch. Two switches between the same two nodes count as one edge.

    Returns
    -------
    order
        Node at each position, length = nodes reached.
    parent, edge
        Position of the parent and edge to it, per position; -1 at a root.
    end
        Position after the last one of each subtree.
    loop
        Edges that close a loop (or join two roots), in the order found.
    """
    ptr, adj = adjacency(n, u, v)
    position = np.full(n, -1, np.int64)
    order = np.empty(n, np.int64)
    parent = np.empty(n, np.int64)
    edge = np.empty(n, np.int64)
    end = np.empty(n, np.int64)
    loop_mark = np.zeros(u.size, np.bool_)
    stack = np.empty(n + 1, np.int64)
    cursor = ptr[:-1].copy()
    count = 0
    for root in roots:
        if position[root] >= 0:
            continue
        position[root] = count
        order[count] = root
        parent[count] = -1
        edge[count] = -1
        count += 1
        depth = 0
        stack[0] = root
        while depth >= 0:
            a = stack[depth]
            if cursor[a] == ptr[a + 1]:
                end[position[a]] = count
                depth -= 1
                continue
            k = adj[cursor[a]]
            cursor[a] += 1
            b = v[k] if u[k] == a else u[k]
            if position[b] < 0:
                position[b] = count
                order[count] = b
                parent[count] = position[a]
                edge[count] = k
                count += 1
                depth += 1
                stack[depth] = b
                continue
            up = edge[position[a]]
            down = edge[position[b]]
            if k == up or k == down:
                continue
            twin_up = up >= 0 and parent[position[a]] == position[b] and kind[up] == 2
            twin_down = down >= 0 and parent[position[b]] == position[a] and kind[down] == 2
            if kind[k] == 2 and (twin_up or twin_down):
                continue
            loop_mark[k] = True
    return order[:count], parent[:count], edge[:count], end[:count], np.flatnonzero(loop_mark)


@making_kernel
def number_zones(parent: IntArray, crosses: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """Zones between switches, numbered by first visit, so that a zone's subtree is a slice.

    `crosses[i]` says that the edge from position i to its parent is a switch. Returns the zone of
    each position and the head position of each zone.
    """
    n = parent.size
    zone = np.empty(n, np.int64)
    head = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        if parent[i] < 0 or crosses[i]:
            zone[i] = count
            head[count] = i
            count += 1
        else:
            zone[i] = zone[parent[i]]
    return zone, head[:count]
