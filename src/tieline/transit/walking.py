"""Walking tables, made once and used by every scenario: who reaches what on foot, how far."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.transit.kernels.walk import Graph, Links, walk_from
from tieline.transit.place import great_circle_m, plane
from tieline.transit.streets import link

if TYPE_CHECKING:
    from tieline.transit.streets import Streets

Floats = NDArray[np.float64]
ROOM = 1 << 20
THREADS = 2


@dataclass(frozen=True)
class Reach:
    """Places within reach: of row i those at[i] to at[i + 1] of `to`, `metres` away."""

    at: NDArray[np.int64]
    to: NDArray[np.int32]
    metres: NDArray[np.float64]

    def turned(self, n: int) -> Reach:
        """The same pairs by the place reached; `n` places."""
        rows = np.repeat(np.arange(len(self.at) - 1), np.diff(self.at))
        order = np.argsort(self.to, kind="stable")
        at = np.searchsorted(self.to[order], np.arange(n + 1))
        return Reach(at, rows[order].astype(np.int32), self.metres[order])

    def within(self, metres: float) -> Reach:
        """Only the pairs that are no farther apart."""
        return self.where(self.metres <= metres)

    def where(self, keep: NDArray[np.bool_]) -> Reach:
        """Only the pairs of the mask."""
        count = np.concatenate([[0], np.cumsum(keep)])
        return Reach(count[self.at], self.to[keep], self.metres[keep])

    def joined(self, below: Reach) -> Reach:
        """The rows of this one, then those of another."""
        return Reach(np.concatenate([self.at, self.at[-1] + below.at[1:]]),
                     np.concatenate([self.to, below.to]),
                     np.concatenate([self.metres, below.metres]))

    def rows(self) -> NDArray[np.int64]:
        """The row of each pair."""
        return np.repeat(np.arange(len(self.at) - 1), np.diff(self.at))


@dataclass(frozen=True)
class Walking:
    """Distances on foot between stops, from points to stops, and between points.

    `stay_s` is how long a change at one and the same stop takes before the wait to board [s], by
    stop; empty where it takes no time.
    """

    stops: Reach
    access: Reach
    points: Reach
    stay_s: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


def walk_streets(
    streets: Streets, stops: tuple[Floats, Floats], points: tuple[Floats, Floats], *,
    transfer_m: float, access_m: float, direct_m: float,
) -> tuple[Walking, Floats, Floats]:
    """Tables over streets, and how far stops and points lie off them [m] (inf = no street near)."""
    at_stops, at_points = link(streets, *stops), link(streets, *points)
    graph = streets.graph()
    n_edges = len(streets.a)
    near = _between(graph, at_stops, at_stops, n_edges, transfer_m)
    to_points = _between(graph, at_stops, at_points, n_edges, access_m)
    direct = _between(graph, at_points, at_points, n_edges, direct_m)
    return (
        Walking(_apart(near), to_points.turned(len(at_points.edge)), direct),
        np.where(at_stops.edge >= 0, at_stops.off, np.inf),
        np.where(at_points.edge >= 0, at_points.off, np.inf),
    )


def road_metres(
    streets: Streets, places: Links, origin: NDArray[np.int64], to: NDArray[np.int64],
    limit: float,
) -> Floats:
    """Distances over streets between places, row by row; inf beyond `limit`, or without a way."""
    starts, mine = np.unique(origin, return_inverse=True)
    ends, goal = np.unique(to, return_inverse=True)
    reach = _between(streets.graph(), Links(*(v[starts] for v in places)),
                     Links(*(v[ends] for v in places)), len(streets.a), limit)
    metres = np.full((len(starts), len(ends)), np.inf)
    metres[reach.rows(), reach.to] = reach.metres
    return np.asarray(metres[mine, goal])


def _apart(reach: Reach) -> Reach:
    """Without the pairs of a place with itself."""
    return reach.where(reach.rows() != reach.to)


def _between(
    graph: Graph, origins: Links, places: Links, n_edges: int, limit: float
) -> Reach:
    """Distances over streets from each origin to the places within `limit`."""
    on = np.argsort(places.edge, kind="stable").astype(np.int64)
    on_at = np.searchsorted(places.edge[on], np.arange(n_edges + 1))
    n = len(origins.edge)
    cuts = [n * k // THREADS for k in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(
            lambda k: _some(graph, origins, places, on_at, on, limit, cuts[k], cuts[k + 1]),
            range(THREADS),
        ))
    count = np.concatenate([p[0] for p in parts])
    return Reach(
        np.concatenate([[0], np.cumsum(count)]), np.concatenate([p[1] for p in parts]),
        np.concatenate([p[2] for p in parts]),
    )


def _some(  # noqa: PLR0913 - a part of the origins
    graph: Graph, origins: Links, places: Links, on_at: NDArray[np.int64], on: NDArray[np.int64],
    limit: float, low: int, high: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
    mine = Links(*(v[low:high] for v in origins))
    n, n_vertices, n_places = high - low, len(graph.at) - 1, len(places.edge)
    dist, settled = np.full(n_vertices, -1.0), np.empty(n_vertices, np.int64)
    keys, nodes = np.empty(2 * len(graph.to) + 4), np.empty(2 * len(graph.to) + 4, np.int64)
    reached, reached_d = np.empty(n_places, np.int64), np.full(n_places, -1.0)
    room = max(ROOM, n_places)
    out_place, out_m = np.empty(room, np.int32), np.empty(room)
    counts, tos, metres = [], [], []
    first = 0
    while first < n:
        out_at = np.zeros(n + 1, np.int64)
        done = walk_from(graph, mine, places, on_at, on, first, limit, dist, settled, keys, nodes,
                         reached, reached_d, out_at, out_place, out_m)
        total = int(out_at[first + done])
        out_at[first] = 0
        counts.append(np.diff(out_at[first : first + done + 1]))
        tos.append(out_place[:total].copy())
        metres.append(out_m[:total].copy())
        first += done
    empty = np.zeros(0)
    return (
        np.concatenate([*counts, empty.astype(np.int64)]),
        np.concatenate([*tos, empty.astype(np.int32)]), np.concatenate([*metres, empty]),
    )


def walk_as_the_crow_flies(
    stops: tuple[Floats, Floats], points: tuple[Floats, Floats], *, detour: float,
    transfer_m: float, access_m: float, direct_m: float,
) -> Walking:
    """Tables without streets: the great circle times a detour factor."""
    near = _crow(stops, stops, detour, transfer_m)
    return Walking(
        _apart(near), _crow(points, stops, detour, access_m),
        _crow(points, points, detour, direct_m),
    )


def _crow(
    origins: tuple[Floats, Floats], places: tuple[Floats, Floats], detour: float, limit: float
) -> Reach:
    from scipy.spatial import cKDTree

    n, m = len(origins[0]), len(places[0])
    if not n or not m:
        return Reach(np.zeros(n + 1, np.int64), np.zeros(0, np.int32), np.zeros(0))
    lat_0 = float(np.mean(places[1]))
    ours = np.column_stack(plane(*origins, lat_0))
    theirs = np.column_stack(plane(*places, lat_0))
    found = cKDTree(theirs).query_ball_point(ours, 1.02 * limit / detour, return_sorted=True)
    at = np.concatenate([[0], np.cumsum([len(f) for f in found])]).astype(np.int64)
    to = np.concatenate([np.asarray(f, np.int32) for f in found]).astype(np.int32)
    row = np.repeat(np.arange(n), np.diff(at))
    metres = detour * great_circle_m(
        origins[0][row], origins[1][row], places[0][to], places[1][to]
    )
    return Reach(at, to, metres).within(limit)
