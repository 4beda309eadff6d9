"""Streets one may walk, out of OpenStreetMap: vertices where ways meet, edges between them.

Who may walk where follows the rules of the OSM wiki as Conveyal R5 applies them in every country:
motorways not, cycleways yes, a sidewalk overrules. Connected parts of fewer than 40 vertices are
dropped, so that a place is linked to streets that lead somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.transit.kernels.walk import Graph, Links, link_places
from tieline.transit.place import great_circle_m, plane

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Tags(Protocol):
        """Tags of a way: a mapping as far as is asked."""

        def get(self, key: str, default: str = "", /) -> str:
            """The value of a tag."""
            ...

    from pathlib import Path

    from numpy.typing import NDArray

    from tieline.region.issues import Issues

ISLAND_VERTICES = 40
LINK_M = 1609.0
"""Farthest street a place is linked to (R5: one mile)."""
CELL_M = 100.0
NOWHERE = 2147483647
"""Coordinate of a node that lies outside the file."""
WALKABLE = frozenset({
    "trunk", "primary", "secondary", "tertiary", "trunk_link", "primary_link", "secondary_link",
    "tertiary_link", "unclassified", "residential", "living_street", "road", "service", "track",
    "pedestrian", "path", "bridleway", "cycleway", "footway", "steps", "platform", "corridor",
})
UNWALKABLE = frozenset({
    "motorway", "motorway_link", "construction", "proposed", "raceway", "bus_guideway", "razed",
    "abandoned",
})
DRIVABLE = frozenset({
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "road", "service",
})
NO = frozenset({"no", "private", "license", "restricted", "prohibited", "emergency", "destination",
                "delivery", "customers", "forestry", "agricultural", "residents"})
YES = frozenset({"yes", "designated", "official", "permissive", "public", "true", "1", "both"})


@dataclass(frozen=True)
class Streets:
    """Walkable streets. Vertices have `lon`, `lat`; an edge joins a and b over `length_m`.

    Segments are the straight pieces of edges, shape (n_segments,): edge, distance along it where
    they start [m], and both ends in degrees, shape (n_segments, 4).
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    length_m: NDArray[np.float64]
    segment_edge: NDArray[np.int64]
    segment_along: NDArray[np.float64]
    segment: NDArray[np.float64]

    def graph(self) -> Graph:
        """Neighbours by vertex, both ways."""
        n = len(self.lon)
        origin, to = np.concatenate([self.a, self.b]), np.concatenate([self.b, self.a])
        edge = np.tile(np.arange(len(self.a)), 2)
        order = np.argsort(origin, kind="stable")
        at = np.searchsorted(origin[order], np.arange(n + 1))
        return Graph(at, to[order], np.tile(self.length_m, 2)[order], edge[order])


def read_streets(
    path: Path, label: str, issues: Issues, *, use: Callable[[Tags], bool] | None = None,
    what: str = "streets one may walk",
) -> Streets | None:
    """The streets of an OSM file (.pbf, .osm); None, with the reason, if it has none.

    `use` says of the tags of a way whether it is one, `what` what they are called.
    """
    try:
        ways, nodes = _ways(path, use or walkable)
    except (RuntimeError, ValueError, KeyError) as error:
        issues.error(label, "an OpenStreetMap file", f"an error: {error}")
        return None
    if not ways:
        issues.error(label, what, "none")
        return None
    return _network(ways, nodes)


def _ways(
    path: Path, use: Callable[[Tags], bool]
) -> tuple[list[list[int]], dict[int, tuple[float, float]]]:
    """Node ids of each way of use, and where nodes lie."""
    import osmium

    ways: list[list[int]] = []
    nodes: dict[int, tuple[float, float]] = {}
    reader: Any = osmium.FileProcessor(str(path)).with_locations().with_filter(
        osmium.filter.EntityFilter(osmium.osm.WAY)
    ).with_filter(osmium.filter.KeyFilter("highway", "railway", "public_transport"))
    for way in reader:
        if not use(way.tags):
            continue
        found = [(node.ref, node.x, node.y) for node in way.nodes]
        ids = [ref for ref, x, _ in found if x != NOWHERE]
        nodes.update((ref, (x / 1e7, y / 1e7)) for ref, x, y in found)
        if len(ids) > 1:
            ways.append(ids)
    return ways, nodes


def walkable(tags: Tags) -> bool:
    """Whether one may walk along a way with these tags."""
    kind = (tags.get("highway") or "").strip().lower()
    platform = tags.get("railway") == "platform" or tags.get("public_transport") == "platform"
    if not kind and not platform:
        return False
    allowed = kind not in UNWALKABLE
    if allowed and tags.get("access", "") in NO and kind not in (
        "pedestrian", "path", "footway", "steps", "platform", "corridor", "cycleway", "bridleway"
    ):
        allowed = False
    if tags.get("sidewalk", "") in ("both", "left", "right"):
        allowed = True
    foot = tags.get("foot", "")
    if foot in YES:
        allowed = True
    elif foot in NO:
        allowed = False
    return allowed


def drivable(tags: Tags) -> bool:
    """Whether a truck may drive along a way with these tags; one-way streets count both ways."""
    kind = (tags.get("highway") or "").strip().lower().removesuffix("_link")
    refused = any(tags.get(k, "") in ("no", "private")
                  for k in ("access", "vehicle", "motor_vehicle", "hgv", "goods"))
    return kind in DRIVABLE and not refused


def _network(ways: list[list[int]], nodes: dict[int, tuple[float, float]]) -> Streets:
    """Vertices where ways meet or end, edges between them, islands dropped."""
    flat = np.concatenate([np.array(w, np.int64) for w in ways])
    n_of = np.array([len(w) for w in ways])
    first = np.concatenate([[0], np.cumsum(n_of)])
    ids, node = np.unique(flat, return_inverse=True)
    places = np.array([nodes[int(i)] for i in ids])
    times_used = np.bincount(node, minlength=len(ids))
    is_vertex = times_used > 1
    is_vertex[node[first[:-1]]] = True
    is_vertex[node[first[1:] - 1]] = True
    starts = np.ones(len(flat), bool)
    starts[first[1:] - 1] = False
    i = np.flatnonzero(starts)
    p, q = node[i], node[i + 1]
    length = great_circle_m(places[p, 0], places[p, 1], places[q, 0], places[q, 1])
    begins = is_vertex[p]
    begins[np.searchsorted(i, first[:-1])] = True
    edge = np.cumsum(begins) - 1
    edge_first = np.flatnonzero(begins)
    edge_last = np.append(edge_first[1:], len(i)) - 1
    along = np.cumsum(length) - length
    along -= along[edge_first][edge]
    total = np.add.reduceat(length, edge_first)
    vertex = np.full(len(ids), -1, np.int64)
    used = np.flatnonzero(is_vertex)
    vertex[used] = np.arange(len(used))
    a, b = vertex[p[edge_first]], vertex[q[edge_last]]
    keep = _mainland(len(used), a, b)[a]
    new_edge = np.cumsum(keep) - 1
    ends = np.column_stack([places[p], places[q]])
    kept = keep[edge]
    return Streets(
        places[used, 0], places[used, 1], a[keep], b[keep], total[keep],
        new_edge[edge[kept]], along[kept], ends[kept],
    )


def _mainland(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which vertices lie in connected parts of at least 40."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    _, part = connected_components(joined, directed=False)
    return np.asarray(np.bincount(part)[part] >= ISLAND_VERTICES)


def link(streets: Streets, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Links:
    """Each place on its nearest street; edge -1 if none lies within a mile."""
    lat_0 = float(np.mean(streets.lat))
    x, y = plane(np.asarray(lon, float), np.asarray(lat, float), lat_0)
    ends = np.column_stack([
        *plane(streets.segment[:, 0], streets.segment[:, 1], lat_0),
        *plane(streets.segment[:, 2], streets.segment[:, 3], lat_0),
    ])
    grid = _grid(ends)
    n = len(x)
    edge, along, off = np.full(n, -1, np.int64), np.zeros(n), np.zeros(n)
    link_places(  # type: ignore[call-arg]
        x, y, ends, streets.segment_edge, streets.segment_along, *grid, LINK_M, edge, along, off
    )
    on = np.maximum(edge, 0)
    along = np.minimum(along, streets.length_m[on])
    return Links(edge, streets.a[on], streets.b[on], along, streets.length_m[on] - along, off)


def _grid(ends: NDArray[np.float64]) -> tuple[Any, ...]:
    """Segments by the cells of a grid that their boxes touch."""
    x_0, y_0 = ends[:, [0, 2]].min() - 1.0, ends[:, [1, 3]].min() - 1.0
    low = ((np.minimum(ends[:, :2], ends[:, 2:]) - [x_0, y_0]) / CELL_M).astype(np.int64)
    high = ((np.maximum(ends[:, :2], ends[:, 2:]) - [x_0, y_0]) / CELL_M).astype(np.int64)
    n_x, n_y = (int(v) + 1 for v in high.max(axis=0))
    span = high - low + 1
    n = span.prod(axis=1)
    seg = np.repeat(np.arange(len(ends)), n)
    k = np.arange(len(seg)) - np.repeat(np.cumsum(n) - n, n)
    cell = (low[seg, 0] + k // span[seg, 1]) * n_y + low[seg, 1] + k % span[seg, 1]
    order = np.argsort(cell, kind="stable")
    at = np.searchsorted(cell[order], np.arange(n_x * n_y + 1))
    return at, seg[order], x_0, y_0, CELL_M, n_x, n_y
