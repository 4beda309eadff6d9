"""Several searches abreast, beside a known one with fewer lines, whose log is replayed once.

Each holds only what it reaches earlier than the known one; what that one reached so far bounds
them all. Their order of minutes and rounds is the same, so that each meets the bounds it would
meet if it were searched alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.kernels import inner_kernel, kernel
from tieline.transit.kernels.sweep import FAR, Labels, board, clear, fill, walk_on

A = NDArray[Any]
LAST_TRIP = np.uint16(65_535)


class Abreast(NamedTuple):
    """`Labels` of several searches; arrays have their number in front.

    `n_reached` and `n_fresh` count by search. `touched`, `is_touched` and `better` serve one after
    the other, `moved` and `moved_next` list stops where the known search moved.
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
    n_fresh: A
    touched: A
    is_touched: A
    better: A
    moved: A
    moved_next: A


@inner_kernel
def one_of(many, i) -> Labels:  # type: ignore[no-untyped-def]
    """The labels of search i."""
    return Labels(
        many.at[i], many.by[i], many.ride[i], many.time[i], many.last[i], many.reached[i],
        many.n_reached[i : i + 1], many.fresh[i], many.is_fresh[i], many.touched, many.is_touched,
        many.better,
    )


@inner_kernel
def replay_presence(window, state, log, cell, r, offered, moved) -> int:  # type: ignore[no-untyped-def]
    """Move presences on; how many of the stops have lines that are added, listed in `moved`."""
    n = 0
    for k in range(log.at_at[cell], log.at_at[cell + 1]):
        s = log.at_stop[k]
        value = log.at_value[k]
        for q in range(r, window.rides + 1):
            state.at[q, s] = min(state.at[q, s], value)
        moved[n] = s
        n += 1 if offered[s] else 0
    return n


@inner_kernel
def replay_rides(window, state, log, cell, r) -> None:  # type: ignore[no-untyped-def]
    """Move rides and arrivals of one round on."""
    for k in range(log.ride_at[cell], log.ride_at[cell + 1]):
        seg = log.ride_seg[k]
        trip = np.uint16(log.ride_trip[k])
        for q in range(r, window.rides + 1):
            state.ride[q, seg] = min(state.ride[q, seg], trip)
    for k in range(log.by_at[cell], log.by_at[cell + 1]):
        s = log.by_stop[k]
        value = log.by_value[k]
        for q in range(r, window.rides + 1):
            state.by[q, s] = min(state.by[q, s], value)


@inner_kernel
def start(many, n) -> None:  # type: ignore[no-untyped-def]
    """Nothing reached by the first n."""
    for i in range(n):
        many.at[i, :, :] = FAR
        many.by[i, :, :] = FAR
        many.ride[i, :, :] = LAST_TRIP
        many.last[i, :] = -1
        many.n_reached[i] = 0


@inner_kernel
def step_on(  # type: ignore[no-untyped-def]
    lines, calls, extra, row, foot, window, labels, state, nothing, log, moved, n_moved, n_fresh,
    r, m,
) -> int:
    """One round of one search: from where the known one moved by added lines, else by all."""
    n_touched = 0
    for i in range(n_moved):
        s = moved[i]
        if state.at[r - 1, s] < labels.at[r - 1, s]:
            n_touched = board(lines, extra, row, window, labels, state, nothing, s, r, m,
                              n_touched, log, False)
    for i in range(n_fresh):
        s = labels.fresh[i]
        labels.is_fresh[s] = False
        n_touched = board(lines, calls, row, window, labels, state, nothing, s, r, m, n_touched,
                          log, False)
    return walk_on(foot, window, labels, state, r, m, n_touched)


@kernel
def follow_abreast(  # type: ignore[no-untyped-def]
    lines, calls, extra, rows, offered, foot, window, many, state, nothing, log
) -> None:
    """The searches of `rows` beside one with fewer lines, of which `log` tells all.

    `extra` lists what lines each row adds, `offered` the stops where any does. `many.reached` are
    the stops that became earlier, `many.time` bounds to their times: exact where below those of
    the known search. `state` is for the replay.
    """
    clear(lines, state)
    start(many, len(rows))
    rounds = window.rides + 1
    moved, moved_next = many.moved, many.moved_next
    for m in range(window.minutes - 1, -1, -1):
        cell = (window.minutes - 1 - m) * rounds
        n_moved = replay_presence(window, state, log, cell, 0, offered, moved)
        for i in range(len(rows)):
            many.n_fresh[i] = 0
        for r in range(1, rounds):
            replay_rides(window, state, log, cell + r, r)
            n_next = replay_presence(window, state, log, cell + r, r, offered, moved_next)
            for i in range(len(rows)):
                if n_moved + many.n_fresh[i] > 0:
                    many.n_fresh[i] = step_on(
                        lines, calls, extra, rows[i], foot, window, one_of(many, i), state,
                        nothing, log, moved, n_moved, many.n_fresh[i], r, m,
                    )
            moved, moved_next = moved_next, moved
            n_moved = n_next
        for i in range(len(rows)):
            for k in range(many.n_fresh[i]):
                many.is_fresh[i, many.fresh[i, k]] = False
    for i in range(len(rows)):
        for k in range(many.n_reached[i]):
            fill(one_of(many, i), window, many.reached[i, k], -1)
