"""Shared cars: drives between stations, as links on foot with a stretch by car inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tieline.transit.kernels.sweep import Foot
    from tieline.transit.walking import Reach

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cars:
    """Stations: where, whose, cars there, whether a car must come back to where it was taken.

    `drive` is the time between stations [s], inf beyond what a charge allows; `near_points` and
    `near_stops` list what is within a walk of each; `places` is how many cars may stand there, -1
    as many as come. `projects` holds project and unless_project.
    """

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    jurisdiction: NDArray[np.int64]
    cars: NDArray[np.int64]
    here: NDArray[np.bool_]
    drive: Floats
    near_points: Reach
    near_stops: Reach
    places: NDArray[np.int64]
    projects: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    names_zh: tuple[str, ...] = ()

    def name(self, station: int) -> str:
        """What people call a station."""
        return (self.names[station] if self.names else "") or self.ids[station]

    def drives(
        self, opens: Callable[[int, int], bool], exists: NDArray[np.bool_]
    ) -> Floats:
        """Time between stations [s]; inf where a car may not be returned, shape (n, n)."""
        out = self.drive.copy()
        out[~exists] = np.inf
        out[:, ~exists] = np.inf
        out[self.cars == 0] = np.inf
        out[self.here] = np.inf
        owners = self.jurisdiction
        for a in np.unique(owners):
            for b in np.unique(owners):
                if a != b and not opens(int(a), int(b)):
                    out[np.ix_(owners == a, owners == b)] = np.inf
        np.fill_diagonal(out, np.inf)
        return out


def stations_between(
    before: Reach, place: int, after: Reach, to: int, drives: Floats, speed_m_s: float
) -> tuple[int, int, int, int]:
    """The fastest drive from a place near `before` to one near `after`.

    Its stations, and the seconds on foot before and after it.
    """
    found = {}
    for a in np.flatnonzero(np.isfinite(drives).any(axis=1)).tolist():
        walk = _metres(before, a, place)
        for b in np.flatnonzero(np.isfinite(drives[a])).tolist() if walk < np.inf else ():
            found[a, b] = (walk + _metres(after, b, to)) / speed_m_s + float(drives[a, b])
    a, b = min(found, key=found.__getitem__)
    return (a, b, int(_metres(before, a, place) / speed_m_s),
            int(_metres(after, b, to) / speed_m_s))


def _metres(reach: Reach, station: int, place: int) -> float:
    at = slice(reach.at[station], reach.at[station + 1])
    hit = np.flatnonzero(reach.to[at] == place)
    return float(reach.metres[at][hit[0]]) if len(hit) else np.inf


def with_cars(
    foot: Foot, cars: Cars, drives: Floats, speed_m_s: float, change_s: int, most_walk_m: float
) -> Foot:
    """The walking tables with the ways that a shared car shortens.

    To a stop: walk to a station, drive, walk; from a stop and all the way likewise; at most one
    drive in each. What is walked is walked at `speed_m_s`, both walks together at most
    `most_walk_m`.
    """
    if not np.isfinite(drives).any():
        return foot
    n_points, n_stops = len(foot.access_at) - 1, len(foot.near_at) - 1
    points, stops = cars.near_points, cars.near_stops
    to_stops = _through(points, drives, stops, n_points, speed_m_s, change_s, most_walk_m)
    from_stops = _through(stops, drives, points, n_stops, speed_m_s, change_s, most_walk_m)
    to_points = _through(points, drives, points, n_points, speed_m_s, change_s, most_walk_m)
    access = _least((foot.access_at, foot.access_stop, foot.access_s), to_stops, n_points, n_stops)
    turned = (from_stops[1], from_stops[0], from_stops[2])
    egress = _least((foot.egress_at, foot.egress_stop, foot.egress_s), turned, n_points, n_stops)
    direct = _least((foot.direct_at, foot.direct_to, foot.direct_s), to_points, n_points, n_points)
    return foot._replace(
        access_at=access[0], access_stop=access[1], access_s=access[2].astype(np.int32),
        egress_at=egress[0], egress_stop=egress[1], egress_s=egress[2].astype(np.uint16),
        direct_at=direct[0], direct_to=direct[1], direct_s=direct[2].astype(np.uint16),
    )


def _through(  # noqa: PLR0913 - two walks and a drive
    before: Reach, drives: Floats, after: Reach, n: int, speed: float, change: int, most: float
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Ways from the places near a station over a drive to those near another: from, to, seconds."""
    found = []
    for a, b in zip(*np.nonzero(np.isfinite(drives)), strict=True):
        p, q = slice(before.at[a], before.at[a + 1]), slice(after.at[b], after.at[b + 1])
        walk = before.metres[p][:, None] + after.metres[q][None, :]
        near = walk <= most
        seconds = np.floor(walk / speed + drives[a, b] + change)
        origin = np.broadcast_to(before.to[p][:, None], walk.shape)
        to = np.broadcast_to(after.to[q][None, :], walk.shape)
        found.append((origin[near], to[near], seconds[near]))
    if not found:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    return tuple(np.concatenate(x) for x in zip(*found, strict=True))  # type: ignore[return-value]


def _least(
    table: Sequence[NDArray[Any]], more: Sequence[NDArray[Any]], n: int, m: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The table with further pairs; of a pair that is there twice, the shorter time."""
    at, to, seconds = table
    row = np.concatenate([np.repeat(np.arange(n), np.diff(at)), more[0]]).astype(np.int64)
    other = np.concatenate([to, more[1]]).astype(np.int64)
    time = np.concatenate([seconds.astype(np.float64), more[2]])
    order = np.lexsort((time, other, row))
    row, other, time = row[order], other[order], time[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (other[1:] != other[:-1])
    row, other, time = row[first], other[first], time[first]
    return np.searchsorted(row, np.arange(n + 1)), other.astype(np.int32), time
