"""Stations that are entered by their doors: walks to platforms lead through an entrance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.place import great_circle_m
from tieline.transit.walking import Reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.transit.network import Settings
    from tieline.transit.patterns import Stations
    from tieline.transit.walking import Walking

PLATFORM, ENTRANCE = 0, 2
"""location_type of stops.txt."""


@dataclass(frozen=True)
class Inside:
    """Ways inside stations: of each entrance to the platforms of its station [m].

    `platform` and `entrance` tell which stops they are, shape (n_stops,).
    """

    ways: Reach
    platform: NDArray[np.bool_]
    entrance: NDArray[np.bool_]


def inside(stations: Stations, detour: float) -> Inside:
    """Ways as the crow flies times `detour`; stations without entrances have none."""
    n = len(stations.ids)
    at_station = stations.parent >= 0
    doors = np.flatnonzero(at_station & (stations.kind == ENTRANCE))
    platforms = np.flatnonzero(at_station & (stations.kind == PLATFORM))
    same = stations.parent[doors][:, None] == stations.parent[platforms][None, :]
    d, p = np.nonzero(same)
    door, platform = doors[d], platforms[p]
    metres = detour * great_circle_m(
        stations.lon[door], stations.lat[door], stations.lon[platform], stations.lat[platform])
    mask = np.zeros((2, n), bool)
    mask[0, platform] = True
    mask[1, door] = True
    return Inside(Reach(np.searchsorted(door, np.arange(n + 1)), platform.astype(np.int32),
                        np.asarray(metres)), *mask)


def with_entrances(walking: Walking, stations: Stations, settings: Settings) -> Walking:
    """The tables with walks to and from platforms by the entrances of their station, if it has any.

    Between platforms of one station one walks as before, without leaving it.
    """
    found = inside(stations, settings.detour)
    if not len(found.ways.to):
        return walking
    pace, n = settings.pace, len(stations.ids)
    near = walking.stops
    parent, rows = stations.parent, near.rows()
    within = near.where(
        found.platform[rows] & found.platform[near.to] & (parent[rows] == parent[near.to]))
    outside = near.where(~found.platform[rows] & ~found.platform[near.to])
    there = _through(_through(outside, found).turned(n), found).turned(n)
    there = there.where(there.rows() != there.to).within(pace.transfer_m)
    access = walking.access.where(~found.platform[walking.access.to])
    return replace(
        walking, stops=_least(np.concatenate([within.rows(), there.rows()]),
                              np.concatenate([within.to, there.to]),
                              np.concatenate([within.metres, there.metres]), n),
        access=_through(access, found).within(pace.access_m),
    )


def _through(reach: Reach, found: Inside) -> Reach:
    """The pairs with each entrance replaced by the platforms behind it."""
    ways, rows = found.ways, reach.rows()
    at_door = np.flatnonzero(found.entrance[reach.to])
    many = np.diff(ways.at)[reach.to[at_door]]
    pair = np.repeat(at_door, many)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    way = ways.at[reach.to[pair]] + step
    plain = ~found.entrance[reach.to]
    return _least(
        np.concatenate([rows[plain], rows[pair]]),
        np.concatenate([reach.to[plain], ways.to[way]]),
        np.concatenate([reach.metres[plain], reach.metres[pair] + ways.metres[way]]),
        len(reach.at) - 1,
    )


def _least(
    row: NDArray[np.int64], to: NDArray[np.int32], metres: NDArray[np.float64], n: int
) -> Reach:
    """Pairs as a table of n rows; of those there twice, the shorter."""
    order = np.lexsort((metres, to, row))
    row, to, metres = row[order], to[order], metres[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (to[1:] != to[:-1])
    return Reach(np.searchsorted(row[first], np.arange(n + 1)), to[first].astype(np.int32),
                 metres[first])
