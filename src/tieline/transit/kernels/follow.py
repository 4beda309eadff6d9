"""A search beside a known one with fewer lines: only what they change is looked at.

Every scenario contains what the known search could run. Its labels are therefore bounds, replayed
from a log minute by minute and round by round; where nothing is added they are also the answer. A
search that follows may keep a log of its own, for others that have still more lines.
"""

from __future__ import annotations

from tieline.kernels import inner_kernel, kernel
from tieline.transit.kernels.sweep import (
    arrive,
    be_at,
    begin,
    board,
    clear,
    fill,
    keep,
    keep_ride,
    raise_by,
    walk_on,
)


@inner_kernel
def take_presence(window, labels, log, cell, r, marked) -> int:  # type: ignore[no-untyped-def]
    """Take over presences at stops; how many were earlier, listed in `marked`."""
    n_marked = 0
    for k in range(log.at_at[cell], log.at_at[cell + 1]):
        s = log.at_stop[k]
        if log.at_value[k] < labels.at[r, s]:
            be_at(labels, window, s, r, log.at_value[k])
            marked[n_marked] = s
            n_marked += 1
    return n_marked


@inner_kernel
def take_rides(window, labels, known, log, cell, r, m, own, logging) -> None:  # type: ignore[no-untyped-def]
    """Take over rides and arrivals of one round; into the `own` log too, if it is kept."""
    for k in range(log.ride_at[cell], log.ride_at[cell + 1]):
        seg = log.ride_seg[k]
        trip = log.ride_trip[k]
        if logging and labels.ride[r, seg] > trip:
            keep_ride(own, seg, trip)
        for q in range(r, window.rides + 1):
            if labels.ride[q, seg] <= trip:
                break
            labels.ride[q, seg] = trip
    n = own.n[1]
    for k in range(log.by_at[cell], log.by_at[cell + 1]):
        s = log.by_stop[k]
        value = log.by_value[k]
        if value < labels.by[r, s]:
            if labels.last[s] >= 0:
                arrive(labels, labels, known, window, s, r, m, value)
            else:
                raise_by(labels, labels, window, s, r, value)
            if logging:
                if n < len(own.by_stop):
                    own.by_stop[n] = s
                    own.by_value[n] = value
                n += 1
    own.n[1] = n


@kernel
def follow(  # type: ignore[no-untyped-def]
    lines, calls, extra, row, foot, window, labels, known, log, marked, own, logging
) -> None:
    """The same with more lines, beside a search `known` with fewer, of which `log` tells all.

    Row `row` of `calls` lists all lines now running, of `extra` those that `known` had not. Where
    the known search moved, only added lines can do better; where this one moved by itself, all
    are tried. `labels.reached` are the stops that became earlier by themselves: only their rows
    of `labels.time` hold anything. If `logging`, the log `own` tells all of this search.
    """
    clear(lines, labels)
    begin(own)
    rounds = window.rides + 1
    for m in range(window.minutes - 1, -1, -1):
        cell = (window.minutes - 1 - m) * rounds
        n_marked = take_presence(window, labels, log, cell, 0, marked)
        n_fresh = 0
        if logging:
            keep(own, own.at_at, 0, own.at_stop, own.at_value, marked, n_marked, labels.at, 0, cell)
            own.by_at[cell + 1] = own.n[1]
            own.ride_at[cell + 1] = own.n[2]
        for r in range(1, rounds):
            take_rides(window, labels, known, log, cell + r, r, m, own, logging)
            n_touched = 0
            for i in range(n_marked):
                n_touched = board(
                    lines, extra, row, window, labels, labels, known, marked[i], r, m, n_touched,
                    own, logging,
                )
            for i in range(n_fresh):
                s = labels.fresh[i]
                labels.is_fresh[s] = False
                n_touched = board(
                    lines, calls, row, window, labels, labels, known, s, r, m, n_touched, own,
                    logging,
                )
            n_marked = take_presence(window, labels, log, cell + r, r, marked)
            if logging:
                own.ride_at[cell + r + 1] = own.n[2]
                keep(own, own.by_at, 1, own.by_stop, own.by_value, labels.touched, n_touched,
                     labels.by, r, cell + r)
            n_fresh = walk_on(foot, window, labels, labels, r, m, n_touched)
            if logging:  # after the walks: a stop in both lists has one value, and is taken once
                keep(own, own.at_at, 0, own.at_stop, own.at_value, marked, n_marked, labels.at,
                     r, cell + r)
                keep(own, own.at_at, 0, own.at_stop, own.at_value, labels.fresh, n_fresh,
                     labels.at, r, cell + r)
        for i in range(n_fresh):
            labels.is_fresh[labels.fresh[i]] = False
    for i in range(labels.n_reached[0]):
        fill(labels, window, labels.reached[i], -1)


@kernel
def complete(labels, known) -> None:  # type: ignore[no-untyped-def]
    """Give a search that followed the rows of the stops it did not reach earlier by itself."""
    for s in range(len(labels.last)):
        if labels.last[s] < 0 and known.last[s] >= 0:
            labels.last[s] = known.last[s]
            for k in range(labels.time.shape[1]):
                labels.time[s, k] = known.time[s, k]
