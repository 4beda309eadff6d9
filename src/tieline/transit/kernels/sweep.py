"""Range-RAPTOR from one origin: earliest arrivals for every minute of a window, latest first.

Delling, Pajor and Werneck 2012; what a later departure reached bounds an earlier one, so each
minute only improves. On a line that never overtakes, a trip is ridden over a segment at most once
in the whole window: `ride` holds the earliest trip already ridden there (after Witt 2015), and a
scan ends where it meets one. Labels with r rides bound those with more, so every improvement is
carried to all later rounds at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.kernels import inner_kernel, kernel

A = NDArray[Any]
FAR = 2_000_000_000
"""An arrival that never happens [s]."""
UNREACHED = 57_000
"""A travel time that is none; walking may be added without passing 65,535."""


class Lines(NamedTuple):
    """Pieces of patterns: piece p calls at n[p] stops from first[p] of `stop`, by trips[p] trips.

    Arrival of trip x at position q: arr[arr_at[p] + x * stride[p] + q]; departure of trip x from
    position q: dep[dep_at[p] + q * trips[p] + x]. Segment q of p is seg[p] + q.
    """

    first: A
    n: A
    trips: A
    arr_at: A
    stride: A
    dep_at: A
    seg: A
    stop: A
    alight: A
    arr: A
    dep: A


class Calls(NamedTuple):
    """Where one may board in each case: calls at[case, s] to at[case, s + 1] of stop s.

    Each is a piece and a position on it, its segment, and where departures from it begin; `at`
    has shape (n_cases, n_stops + 1).
    """

    at: A
    piece: A
    position: A
    seg: A
    dep: A


class Foot(NamedTuple):
    """Walks in seconds: stop to stop, point to stop, stop to point by point, point to point.

    `stay_s` is what a change at one and the same stop takes more than the wait.
    """

    near_at: A
    near_to: A
    near_s: A
    access_at: A
    access_stop: A
    access_s: A
    egress_at: A
    egress_stop: A
    egress_s: A
    direct_at: A
    direct_to: A
    direct_s: A
    stay_s: A


class Window(NamedTuple):
    """Departures start, start + 60, ... [s]; `most` the longest trip, `wait` before boarding."""

    start: int
    minutes: int
    most: int
    wait: int
    rides: int


class Labels(NamedTuple):
    """Working arrays of one search; `at` and `by` have shape (rides + 1, n_stops).

    `at` is the earliest presence at a stop, `by` the earliest arrival by a ride; `ride` shape
    (rides + 1, n_segments); `time` shape (n_stops, columns), at least one for each minute, is
    filled behind `last`, the minute of the newest arrival; further columns stay unreached.
    `fresh` and `touched` are lists, `is_fresh`, `is_touched` their members;
    `better` takes the walks worth a look, found without a branch that could be guessed wrong.
    """

    at: A
    by: A
    ride: A
    time: A
    last: A
    reached: A
    n_reached: A
    fresh: A
    is_fresh: A
    touched: A
    is_touched: A
    better: A


class Log(NamedTuple):
    """What a search changed, by minute and round, for others to follow.

    Entries of (minute, round) k are k_at[k] to k_at[k + 1]; `n` counts them by kind. A log of
    length 0 keeps nothing.
    """

    at_at: A
    at_stop: A
    at_value: A
    by_at: A
    by_stop: A
    by_value: A
    ride_at: A
    ride_seg: A
    ride_trip: A
    n: A


class Level(NamedTuple):
    """A search that others follow: its labels, its log, and times of points by minute.

    `kept` has shape (n_points, columns), columns as `Labels.time`.
    """

    labels: Labels
    log: Log
    kept: A


@inner_kernel
def clear(lines, labels) -> None:  # type: ignore[no-untyped-def]
    """Nothing reached, nothing ridden."""
    labels.at[:, :] = FAR
    labels.by[:, :] = FAR
    for p in range(len(lines.n)):
        for q in range(lines.seg[p], lines.seg[p] + lines.n[p] - 1):
            labels.ride[0, q] = lines.trips[p]
    for r in range(1, labels.ride.shape[0]):
        for q in range(labels.ride.shape[1]):
            labels.ride[r, q] = labels.ride[0, q]
    labels.last[:] = -1
    labels.n_reached[0] = 0


@inner_kernel
def fill(labels, window, s, m) -> None:  # type: ignore[no-untyped-def]
    """Travel times to stop s for the minutes after m up to its newest arrival's."""
    last = labels.last[s]
    value = labels.by[window.rides, s]
    for k in range(m + 1, last + 1):
        duration = value - (window.start + 60 * k)
        labels.time[s, k] = duration if duration <= window.most else UNREACHED


@inner_kernel
def arrive(labels, bound, known, window, s, r, m, value) -> None:  # type: ignore[no-untyped-def]
    """Carry an arrival by ride to round r and all later ones.

    Its time counts if it is before those of `bound` too, see `board`. A stop that is reached for
    the first time takes the times of the minutes after m from `known`,
    the search with fewer lines; without one (no rows) nothing reached it then.
    """
    if value < labels.by[window.rides, s] and value < bound.by[window.rides, s]:
        if labels.last[s] < 0:
            labels.reached[labels.n_reached[0]] = s
            labels.n_reached[0] += 1
            if known.time.shape[0] > 0 and known.last[s] >= 0:
                for k in range(m + 1, labels.time.shape[1]):
                    labels.time[s, k] = known.time[s, k]
            else:
                for k in range(m + 1, labels.time.shape[1]):
                    labels.time[s, k] = UNREACHED
        else:
            fill(labels, window, s, m)
        labels.last[s] = m
    raise_by(labels, bound, window, s, r, value)


@inner_kernel
def raise_by(labels, bound, window, s, r, value) -> None:  # type: ignore[no-untyped-def]
    """Carry an arrival by ride to round r and all later ones, times left as they are.

    Where it is no earlier than in `bound`, nothing is noted: `fill` relies on it.
    """
    for k in range(r, window.rides + 1):
        earliest = min(labels.by[k, s], bound.by[k, s])
        labels.by[k, s] = value if value < earliest else labels.by[k, s]


@inner_kernel
def be_at(labels, window, s, r, value) -> None:  # type: ignore[no-untyped-def]
    """Carry a presence to round r and all later ones."""
    for k in range(r, window.rides + 1):
        labels.at[k, s] = min(labels.at[k, s], value)


@inner_kernel
def keep_ride(log, seg, trip) -> None:  # type: ignore[no-untyped-def]
    """Note that a trip is ridden over a segment."""
    n = log.n[2]
    if n < len(log.ride_seg):
        log.ride_seg[n] = seg
        log.ride_trip[n] = trip
    log.n[2] = n + 1


@inner_kernel
def board(  # type: ignore[no-untyped-def]
    lines, calls, row, window, labels, bound, known, s, r, m, n_touched, log, logging
) -> int:
    """Ride every line that stop s offers in round r; the number of stops touched.

    `bound` are labels that hold for this search too: only what beats them is noted. They are
    `labels` itself where these hold everything.
    """
    ready = min(labels.at[r - 1, s], bound.at[r - 1, s]) + window.wait
    limit = window.start + 60 * m + window.most
    for c in range(calls.at[row, s], calls.at[row, s + 1]):
        seg = calls.seg[c]
        high = np.int64(min(labels.ride[r, seg], bound.ride[r, seg]))
        base = calls.dep[c]
        if high == 0 or lines.dep[base + high - 1] < ready:
            continue
        trip = np.int64(0)
        while high > 1:  # without a branch that could be guessed wrong
            half = high >> 1
            trip += half if lines.dep[base + trip + half - 1] < ready else 0
            high -= half
        p = calls.piece[c]
        position = calls.position[c]
        times = lines.arr_at[p] + trip * lines.stride[p]
        first = lines.first[p]
        for q in range(position, lines.n[p] - 1):
            if labels.ride[r, seg] <= trip or bound.ride[r, seg] <= trip:
                break
            for k in range(r, window.rides + 1):
                labels.ride[k, seg] = min(labels.ride[k, seg], np.uint16(trip))
            if logging:
                keep_ride(log, seg, trip)
            seg += 1
            arrival = lines.arr[times + q + 1]
            if arrival > limit:
                break
            to = lines.stop[first + q + 1]
            earliest = min(labels.by[r, to], bound.by[r, to])
            if lines.alight[first + q + 1] and arrival < earliest:
                arrive(labels, bound, known, window, to, r, m, arrival)
                if not labels.is_touched[to]:
                    labels.is_touched[to] = True
                    labels.touched[n_touched] = to
                    n_touched += 1
    return int(n_touched)


@inner_kernel
def walk_on(foot, window, labels, bound, r, m, n_touched) -> int:  # type: ignore[no-untyped-def]
    """From the touched stops to those near them; the number of stops where one is now earlier.

    Earlier than in `bound` too, see `board`. After the last ride one walks to places, not to stops.
    """
    limit = window.start + 60 * m + window.most
    n_fresh = 0
    for i in range(n_touched):
        s = labels.touched[i]
        labels.is_touched[s] = False
        value = labels.by[r, s]
        if r == window.rides:
            continue
        stayed = value + int(foot.stay_s[s])
        if stayed < min(labels.at[r, s], bound.at[r, s]) and stayed <= limit:
            be_at(labels, window, s, r, stayed)
            if not labels.is_fresh[s]:
                labels.is_fresh[s] = True
                labels.fresh[n_fresh] = s
                n_fresh += 1
        n_better = 0
        for k in range(foot.near_at[s], foot.near_at[s + 1]):
            labels.better[n_better] = k
            later = value + int(foot.near_s[k])
            to = foot.near_to[k]
            n_better += 1 if later < min(labels.at[r, to], bound.at[r, to]) else 0
        for j in range(n_better):
            k = labels.better[j]
            to = foot.near_to[k]
            arrival = value + int(foot.near_s[k])
            if arrival <= limit:
                be_at(labels, window, to, r, arrival)
                if not labels.is_fresh[to]:
                    labels.is_fresh[to] = True
                    labels.fresh[n_fresh] = to
                    n_fresh += 1
    return n_fresh


@inner_kernel
def set_out(foot, window, labels, origin, m) -> int:  # type: ignore[no-untyped-def]
    """Walk from the origin to stops at minute m; the number of stops where one is now earlier."""
    t = window.start + 60 * m
    n_fresh = 0
    for k in range(foot.access_at[origin], foot.access_at[origin + 1]):
        s = foot.access_stop[k]
        arrival = t + foot.access_s[k]
        if arrival < labels.at[0, s]:
            be_at(labels, window, s, 0, arrival)
            labels.fresh[n_fresh] = s
            n_fresh += 1
    return n_fresh


@inner_kernel
def keep(log, kind_at, n_kind, stops, values, listed, n, labels_of, r, cell) -> None:  # type: ignore[no-untyped-def]
    """Note the labels of the listed stops under (minute, round) `cell`."""
    have = log.n[n_kind]
    for i in range(n):
        if have < len(stops):
            stops[have] = listed[i]
            values[have] = labels_of[r, listed[i]]
        have += 1
    log.n[n_kind] = have
    kind_at[cell + 1] = have


@inner_kernel
def begin(log) -> None:  # type: ignore[no-untyped-def]
    """An empty log."""
    log.n[:] = 0
    log.at_at[0] = 0
    log.by_at[0] = 0
    log.ride_at[0] = 0


@inner_kernel
def is_complete(log) -> bool:  # type: ignore[no-untyped-def]
    """Whether the log had room for all; if not, `log.n` tells how much there is."""
    return bool(
        log.n[0] <= len(log.at_stop) and log.n[1] <= len(log.by_stop)
        and log.n[2] <= len(log.ride_seg)
    )


@kernel
def search(  # type: ignore[no-untyped-def]
    lines, calls, row, foot, window, labels, nothing, origin, log, logging
) -> None:
    """Fill `labels.time` of the reached stops for every minute of the window, from scratch."""
    clear(lines, labels)
    begin(log)
    rounds = window.rides + 1
    for m in range(window.minutes - 1, -1, -1):
        cell = (window.minutes - 1 - m) * rounds
        n_fresh = set_out(foot, window, labels, origin, m)
        if logging:
            keep(log, log.at_at, 0, log.at_stop, log.at_value, labels.fresh, n_fresh, labels.at,
                 0, cell)
            log.by_at[cell + 1] = log.n[1]
            log.ride_at[cell + 1] = log.n[2]
        for r in range(1, rounds):
            n_touched = 0
            for i in range(n_fresh):
                s = labels.fresh[i]
                labels.is_fresh[s] = False
                n_touched = board(
                    lines, calls, row, window, labels, labels, nothing, s, r, m, n_touched, log,
                    logging,
                )
            if logging:
                log.ride_at[cell + r + 1] = log.n[2]
                keep(log, log.by_at, 1, log.by_stop, log.by_value, labels.touched, n_touched,
                     labels.by, r, cell + r)
            n_fresh = walk_on(foot, window, labels, labels, r, m, n_touched)
            if logging:
                keep(log, log.at_at, 0, log.at_stop, log.at_value, labels.fresh, n_fresh,
                     labels.at, r, cell + r)
        for i in range(n_fresh):
            labels.is_fresh[labels.fresh[i]] = False
    for i in range(labels.n_reached[0]):
        fill(labels, window, labels.reached[i], -1)
