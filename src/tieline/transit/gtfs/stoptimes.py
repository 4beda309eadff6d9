"""stop_times.txt: in order, every stop with a time, trips that go forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.sheet import Sheet, flag, numbers, refer, require, times
from tieline.transit.place import great_circle_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues

NEEDED = ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time")


@dataclass(frozen=True)
class StopTimes:
    """Calls of all trips, sorted by trip and sequence; times in seconds after midnight.

    Trip i calls at rows at[i] to at[i + 1] of `stop`, `arrival`, `departure` (int32), `board`
    and `alight` (whether one may).
    """

    at: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]


def read_stop_times(
    sheet: Sheet, trips: Mapping[str, int], stops: Mapping[str, int],
    lon: NDArray[np.float64], lat: NDArray[np.float64], issues: Issues,
) -> StopTimes | None:
    """The calls of every trip; None, with the reasons, if any cannot be used."""
    if not require(sheet, NEEDED, issues):
        return None
    before = len(issues.errors)
    trip = refer(sheet, "trip_id", trips, "trips.txt", issues)
    stop = refer(sheet, "stop_id", stops, "stops.txt", issues)
    sequence = numbers(sheet, "stop_sequence", issues, low=0, high=1e9)
    arrival = times(sheet, "arrival_time", issues)
    departure = times(sheet, "departure_time", issues)
    kinds = [numbers(sheet, c, issues, low=0, high=3, default=0.0)
             for c in ("pickup_type", "drop_off_type")]
    if len(issues.errors) > before:
        return None
    order = _order(trip, sequence)
    trip, sequence, stop = trip[order], sequence[order], stop[order]
    arrival, departure = arrival[order], departure[order]
    first = np.searchsorted(trip, np.arange(len(trips) + 1))
    _check_sequence(sheet, order, trip, sequence, issues)
    arrival, departure = (np.where(arrival < 0, departure, arrival),
                          np.where(departure < 0, arrival, departure))
    _check_ends(sheet, order, first, arrival, issues)
    if len(issues.errors) > before:
        return None
    _check_forward(sheet, order, trip, arrival, departure, issues)
    if len(issues.errors) > before:
        return None
    arrival, departure = interpolate(trip, stop, arrival, departure, lon, lat)
    return StopTimes(
        first.astype(np.int64), stop.astype(np.int32), arrival.astype(np.int32),
        departure.astype(np.int32), kinds[0][order] != 1.0, kinds[1][order] != 1.0,
    )


def _order(trip: NDArray[np.int64], sequence: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows by trip and sequence; most feeds are sorted within their trips already."""
    key = trip * np.int64(1 << 32) + sequence.astype(np.int64)
    return np.asarray(np.argsort(key, kind="stable"))


def _check_sequence(
    sheet: Sheet, order: NDArray[np.int64], trip: NDArray[np.int64],
    sequence: NDArray[np.float64], issues: Issues,
) -> None:
    again = np.zeros(len(order), bool)
    same = np.flatnonzero((trip[1:] == trip[:-1]) & (sequence[1:] == sequence[:-1])) + 1
    again[order[same]] = True
    flag(sheet, again, "stop_sequence", "a number used once in its trip", issues)


def _check_ends(
    sheet: Sheet, order: NDArray[np.int64], first: NDArray[np.int64],
    arrival: NDArray[np.int64], issues: Issues,
) -> None:
    """The first and the last call of a trip have a time."""
    some = np.flatnonzero(np.diff(first))
    ends = np.concatenate([first[some], first[some + 1] - 1])
    bad = np.zeros(len(order), bool)
    bad[order[ends[arrival[ends] < 0]]] = True
    flag(sheet, bad, "arrival_time", "a time at the first and the last stop of a trip", issues)


def _check_forward(
    sheet: Sheet, order: NDArray[np.int64], trip: NDArray[np.int64], arrival: NDArray[np.int64],
    departure: NDArray[np.int64], issues: Issues,
) -> None:
    """No time lies before one earlier in the trip."""
    bad = np.zeros(len(order), bool)
    bad[order[(departure < arrival)]] = True
    flag(sheet, bad, "departure_time", "a time not before arrival_time", issues)
    timed = np.flatnonzero(arrival >= 0)
    back = timed[1:][(trip[timed[1:]] == trip[timed[:-1]])
                     & (arrival[timed[1:]] < departure[timed[:-1]])]
    bad = np.zeros(len(order), bool)
    bad[order[back]] = True
    flag(sheet, bad, "arrival_time", "a time not before that of the stop before", issues)


def interpolate(
    trip: NDArray[np.int64], stop: NDArray[np.int64], arrival: NDArray[np.int64],
    departure: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Times of the calls without one, in proportion to the great-circle distance between stops.

    Where all stops between two timed ones lie at one place, in proportion to their number.
    """
    missing = arrival < 0
    if not missing.any():
        return arrival, departure
    step = np.zeros(len(stop))
    step[1:] = great_circle_m(lon[stop[:-1]], lat[stop[:-1]], lon[stop[1:]], lat[stop[1:]])
    step[np.flatnonzero(np.diff(trip)) + 1] = 0.0
    along = np.cumsum(step)
    timed = np.flatnonzero(~missing)
    which = np.flatnonzero(missing)
    after = np.searchsorted(timed, which)
    a, b = timed[after - 1], timed[after]
    length = along[b] - along[a]
    share = np.where(length > 0.0, (along[which] - along[a]) / np.where(length > 0.0, length, 1.0),
                     (which - a) / (b - a))
    made = departure[a] + (share * (arrival[b] - departure[a])).astype(np.int64)
    arrival, departure = arrival.copy(), departure.copy()
    arrival[which] = made
    departure[which] = made
    return arrival, departure
