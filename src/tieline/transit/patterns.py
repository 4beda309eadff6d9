"""A day's timetable as patterns: trips of a line with the same stops that never overtake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.transit.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.transit.gtfs.feed import Feed

DAY_S = 86400
MOST_TRIPS = 60_000
"""Trips of a pattern: the search counts them in 16 bits."""


@dataclass(frozen=True)
class Pattern:
    """Trips of one line with the same stops, sorted, none overtaking another.

    `arrival` and `departure` have shape (n_trips, n_stops), seconds after midnight of the service
    day; `trip` names them; `board` and `alight` say where one may.
    """

    line: str
    stop: NDArray[np.int32]
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    trip: NDArray[Any]


@dataclass(frozen=True)
class Stations(Record):
    """Stops of all feeds in one row: ids are feed:id; `names_zh` "" where there is no other."""

    ids: NDArray[Any]
    names: NDArray[Any]
    names_zh: NDArray[Any]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    parent: NDArray[np.int64]
    kind: NDArray[np.int64]
    jurisdiction: NDArray[Any]
    zone: NDArray[Any]

    @cached_property
    def index(self) -> dict[str, int]:
        """Row by id."""
        return {str(x): i for i, x in enumerate(self.ids)}


def stations_of(feeds: Sequence[Feed]) -> Stations:
    """The stops of all feeds, ids kept apart."""
    offsets = np.cumsum([0, *(len(f.stops.ids) for f in feeds)])
    parents = [np.where(f.stops.parent >= 0, f.stops.parent + o, -1)
               for f, o in zip(feeds, offsets[:-1], strict=True)]
    return Stations(
        np.array([f"{f.id}:{x}" for f in feeds for x in f.stops.ids], dtype=object),
        np.concatenate([f.stops.names for f in feeds]),
        np.concatenate([f.stops.names_zh for f in feeds]),
        np.concatenate([f.stops.lon for f in feeds]), np.concatenate([f.stops.lat for f in feeds]),
        np.concatenate(parents), np.concatenate([f.stops.kind for f in feeds]),
        np.concatenate([f.stops.jurisdiction for f in feeds]),
        np.concatenate([f.stops.zone for f in feeds]),
    )


def draws_needed(feeds: Sequence[Feed], draws: int) -> int:
    """How many timetables describe a day: one unless a feed gives headways instead of times."""
    return draws if any((~f.frequencies.exact).any() for f in feeds) else 1


def patterns_of(feeds: Sequence[Feed], day: date, draw: int = 0) -> list[Pattern]:
    """The patterns of a day, of all feeds.

    Trips of the day before that run past midnight are in it, and those of the day after, their
    times moved by 24 h. Of trips given by headways, `draw` fixes when each row's first one leaves:
    the same in every case, different from draw to draw.
    """
    found: list[Pattern] = []
    offset = 0
    for feed in feeds:
        found += _of_feed(feed, day, offset, draw)
        offset += len(feed.stops.ids)
    return found


def _around(day: date) -> list[tuple[date, int]]:
    """The day before, the day and the next, with how far from it they are [s]."""
    n = day.toordinal()
    return [(date.fromordinal(n + k), k * DAY_S) for k in (-1, 0, 1)
            if 1 <= n + k <= date.max.toordinal()]


def _of_feed(feed: Feed, day: date, offset: int, draw: int) -> list[Pattern]:
    calls = feed.calls
    n_calls = np.diff(calls.at)
    timed = n_calls > 1
    timed[feed.frequencies.trip] = False
    groups: dict[tuple[int, bytes], list[tuple[int, int]]] = {}
    keys: dict[int, bytes] = {}
    last = np.zeros(len(n_calls), np.int64)
    some = np.flatnonzero(n_calls)
    last[some] = calls.arrival[calls.at[some + 1] - 1]
    code = np.stack([calls.stop, calls.board, calls.alight], axis=1).astype(np.int32)

    def add(trip: int, shift: int) -> None:
        if trip not in keys:
            keys[trip] = code[calls.at[trip] : calls.at[trip + 1]].tobytes()
        groups.setdefault((int(feed.trips.route[trip]), keys[trip]), []).append((trip, shift))

    for on, shift in _around(day):
        runs = feed.calendar.runs(on)[feed.trips.service] & timed
        if shift < 0:
            runs &= last > DAY_S
        for trip in np.flatnonzero(runs):
            add(int(trip), shift)
    today = feed.calendar.runs(day)[feed.trips.service]
    for row, trip in enumerate(feed.frequencies.trip):
        if today[trip] and n_calls[trip] > 1:
            for shift in _departures(feed, row, draw):
                add(int(trip), int(shift - calls.departure[calls.at[trip]]))
    found: list[Pattern] = []
    for (route, _), members in groups.items():
        found += _split(feed, route, members, offset)
    return found


def _departures(feed: Feed, row: int, draw: int) -> NDArray[np.int64]:
    """When the trips of a row of frequencies.txt leave their first stop [s]."""
    f = feed.frequencies
    first = int(f.start[row])
    if not f.exact[row]:
        rng = np.random.default_rng([draw, row, *feed.id.encode()])
        first += int(rng.integers(0, f.headway[row]))
    return np.arange(first, f.end[row], f.headway[row])


def _split(
    feed: Feed, route: int, members: list[tuple[int, int]], offset: int
) -> list[Pattern]:
    """The trips in as few patterns as a greedy choice gives, none with one that overtakes."""
    calls = feed.calls
    trip = np.array([m[0] for m in members])
    shift = np.array([m[1] for m in members], np.int32)
    n = int(calls.at[trip[0] + 1] - calls.at[trip[0]])
    rows = calls.at[trip][:, None] + np.arange(n)
    arrival = calls.arrival[rows] + shift[:, None]
    departure = calls.departure[rows] + shift[:, None]
    order = np.lexsort((arrival[:, -1], departure[:, 0]))
    trip, arrival, departure = trip[order], arrival[order], departure[order]
    at = slice(calls.at[trip[0]], calls.at[trip[0]] + n)
    line = f"{feed.id}:{feed.routes.ids[route]}"
    stop = (calls.stop[at] + offset).astype(np.int32)
    return [
        Pattern(line, stop, calls.board[at], calls.alight[at],
                np.ascontiguousarray(arrival[k]), np.ascontiguousarray(departure[k]),
                np.array([f"{feed.id}:{x}" for x in feed.trips.ids[trip[k]]], dtype=object))
        for group in never_overtaking(arrival, departure)
        for k in np.array_split(group, len(group) // MOST_TRIPS + 1)
    ]


def never_overtaking(
    arrival: NDArray[np.int32], departure: NDArray[np.int32]
) -> list[NDArray[np.int64]]:
    """Rows in groups, in each of which a later row is nowhere earlier than one before it."""
    if (np.diff(arrival, axis=0) >= 0).all() and (np.diff(departure, axis=0) >= 0).all():
        return [np.arange(len(arrival))]
    groups: list[list[int]] = []
    for i in range(len(arrival)):
        for group in groups:
            j = group[-1]
            if (arrival[i] >= arrival[j]).all() and (departure[i] >= departure[j]).all():
                group.append(i)
                break
        else:
            groups.append([i])
    return [np.array(g) for g in groups]
