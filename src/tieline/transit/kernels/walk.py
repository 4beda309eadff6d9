"""Distances on foot over streets: nearest street to each place, and between places."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from tieline.kernels import inner_kernel, kernel

A = NDArray[Any]


class Graph(NamedTuple):
    """Streets: neighbours of vertex v are rows at[v] to at[v + 1] of `to`, `length`, `edge`."""

    at: A
    to: A
    length: A
    edge: A


class Links(NamedTuple):
    """Places on edges: edge (-1 = none), its ends, distance along it to each, distance off it."""

    edge: A
    a: A
    b: A
    to_a: A
    to_b: A
    off: A


@kernel
def link_places(  # type: ignore[no-untyped-def]
    x, y, seg, seg_edge, seg_along, cell_at, cell_seg, x_0, y_0, size, n_x, n_y, far, out_edge,
    out_along, out_off,
) -> None:
    """Nearest segment of each place: its edge, how far along, how far off; edge -1 beyond `far`.

    `seg` has columns x, y of both ends; segments are listed by the cells of a grid they touch.
    """
    for i in range(len(x)):
        best = far
        out_edge[i] = -1
        cx = int((x[i] - x_0) / size)
        cy = int((y[i] - y_0) / size)
        ring = 0
        while (ring - 1) * size <= best:
            for gx in range(cx - ring, cx + ring + 1):
                if gx < 0 or gx >= n_x:
                    continue
                for gy in range(cy - ring, cy + ring + 1):
                    if gy < 0 or gy >= n_y:
                        continue
                    if abs(gx - cx) != ring and abs(gy - cy) != ring:
                        continue
                    cell = gx * n_y + gy
                    for k in range(cell_at[cell], cell_at[cell + 1]):
                        s = cell_seg[k]
                        ax, ay, bx, by = seg[s, 0], seg[s, 1], seg[s, 2], seg[s, 3]
                        dx, dy = bx - ax, by - ay
                        square = dx * dx + dy * dy
                        u = 0.0
                        if square > 0.0:
                            u = ((x[i] - ax) * dx + (y[i] - ay) * dy) / square
                            u = min(1.0, max(0.0, u))
                        ex, ey = ax + u * dx - x[i], ay + u * dy - y[i]
                        d = (ex * ex + ey * ey) ** 0.5
                        if d < best:
                            best = d
                            out_edge[i] = seg_edge[s]
                            out_along[i] = seg_along[s] + u * square ** 0.5
                            out_off[i] = d
            ring += 1


@kernel
def walk_from(  # type: ignore[no-untyped-def]
    graph, origins, places, on_at, on_place, first, limit, dist, settled, heap_key, heap_node,
    reached, reached_d, out_at, out_place, out_m,
) -> int:
    """Distances from origins first, first + 1, ... to all places within `limit`; how many origins.

    Stops before an origin whose places might not fit. `dist` and `reached_d` are -1 everywhere
    before and after.
    """
    n_out = 0
    i = first
    n_places = len(places.edge)
    while i < len(origins.edge) and n_out + n_places <= len(out_place):
        n_reached = 0
        if origins.edge[i] >= 0:
            n_reached = _spread(
                graph, origins, places, on_at, on_place, i, limit, dist, settled, heap_key,
                heap_node, reached, reached_d,
            )
        for k in range(n_reached):
            p = reached[k]
            out_place[n_out] = p
            out_m[n_out] = reached_d[p]
            reached_d[p] = -1.0
            n_out += 1
        out_at[i + 1] = n_out
        i += 1
    return i - first


@kernel
def _spread(  # type: ignore[no-untyped-def]
    graph, origins, places, on_at, on_place, i, limit, dist, settled, heap_key, heap_node,
    reached, reached_d,
) -> int:
    """Dijkstra from one origin; how many places it reached."""
    n_reached = 0
    e = origins.edge[i]
    off = origins.off[i]
    for k in range(on_at[e], on_at[e + 1]):
        p = on_place[k]
        d = off + abs(origins.to_a[i] - places.to_a[p]) + places.off[p]
        if d <= limit:
            reached_d[p] = d
            reached[n_reached] = p
            n_reached += 1
    n_heap = 0
    n_heap = _push(heap_key, heap_node, n_heap, off + origins.to_a[i], origins.a[i])
    n_heap = _push(heap_key, heap_node, n_heap, off + origins.to_b[i], origins.b[i])
    n_settled = 0
    while n_heap > 0:
        d, v = heap_key[0], heap_node[0]
        n_heap = _pop(heap_key, heap_node, n_heap)
        if d > limit:
            break
        if dist[v] >= 0.0:
            continue
        dist[v] = d
        settled[n_settled] = v
        n_settled += 1
        for k in range(graph.at[v], graph.at[v + 1]):
            w = graph.to[k]
            if dist[w] < 0.0 and d + graph.length[k] <= limit:
                n_heap = _push(heap_key, heap_node, n_heap, d + graph.length[k], w)
            edge = graph.edge[k]
            for q in range(on_at[edge], on_at[edge + 1]):
                p = on_place[q]
                along = places.to_a[p] if places.a[p] == v else places.to_b[p]
                if places.a[p] == v and places.b[p] == v:
                    along = min(places.to_a[p], places.to_b[p])
                total = d + along + places.off[p]
                if total <= limit:
                    if reached_d[p] < 0.0:
                        reached[n_reached] = p
                        n_reached += 1
                        reached_d[p] = total
                    elif total < reached_d[p]:
                        reached_d[p] = total
    for k in range(n_settled):
        dist[settled[k]] = -1.0
    return n_reached


@inner_kernel
def _push(key, node, n, d, v) -> int:  # type: ignore[no-untyped-def]
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if key[up] <= d:
            break
        key[i] = key[up]
        node[i] = node[up]
        i = up
    key[i] = d
    node[i] = v
    return n + 1


@inner_kernel
def _pop(key, node, n) -> int:  # type: ignore[no-untyped-def]
    n -= 1
    d, v = key[n], node[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and key[child + 1] < key[child]:
            child += 1
        if key[child] >= d:
            break
        key[i] = key[child]
        node[i] = node[child]
        i = child
    key[i] = d
    node[i] = v
    return n
