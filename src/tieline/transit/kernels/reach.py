"""From times at stops to what can be reached: percentiles at points, cutoffs, sums."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.kernels import inner_kernel, kernel
from tieline.transit.kernels.follow import follow
from tieline.transit.kernels.sweep import UNREACHED, search

A = NDArray[Any]
LANES = 16
"""Times that a processor compares at once (256 bits)."""
LAST = np.uint16(65_535)
"""Later than any time, for the columns behind the last minute."""


class Targets(NamedTuple):
    """Points near each stop, rows at[s] to at[s + 1]; `rank` of the percentile of minutes."""

    at: A
    point: A
    rank: int


class Scratch(NamedTuple):
    """Working arrays: best time by column of `Labels.time`, marks and a list of points.

    `kept` are the times of the known search, shape (n_points, columns).
    """

    best: A
    kept: A
    is_near: A
    near: A


@inner_kernel
def nth(values, n, rank) -> int:  # type: ignore[no-untyped-def]
    """The value of that rank (from 0) among the first n; `values` is left in another order."""
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return int(values[rank])


@inner_kernel
def rank_minutes(window, point, rank, scratch, every, row, column) -> int:  # type: ignore[no-untyped-def]
    """The time of that rank among the minutes in `scratch.best`, or UNREACHED.

    Where `every` has rows, the times of all minutes are kept there too.
    """
    best = scratch.best
    if every.shape[0] > 0:
        for k in range(window.minutes):
            every[row, point, column + k] = best[k] if best[k] <= window.most else UNREACHED
    for k in range(window.minutes, len(best)):
        best[k] = LAST
    low = LAST
    for k in range(len(best)):
        low = min(low, best[k])
    if low > window.most:
        return UNREACHED
    below, above = int(low), int(window.most) + 1
    while below < above:  # counts are quick, since no branch depends on a value
        middle = np.uint16((below + above) >> 1)
        n = np.uint16(0)
        for k in range(len(best)):
            n = np.uint16(n + np.uint16(best[k] <= middle))
        if n > rank:
            above = int(middle)
        else:
            below = int(middle) + 1
    return below if below <= window.most else UNREACHED


@inner_kernel
def walk_off(foot, window, labels, point, scratch) -> None:  # type: ignore[no-untyped-def]
    """Lower `scratch.best` by the stops near a point that the search has rows of."""
    best = scratch.best
    for e in range(foot.egress_at[point], foot.egress_at[point + 1]):
        s = foot.egress_stop[e]
        walk = foot.egress_s[e]
        if labels.last[s] >= 0:
            for k in range(len(best)):
                best[k] = min(best[k], np.uint16(labels.time[s, k] + walk))


@kernel
def all_points(  # type: ignore[no-untyped-def]
    foot, window, labels, origin, targets, scratch, direct, out, every, column
) -> None:
    """Travel times [s] from an origin to every point, from its search; kept minute by minute."""
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = foot.direct_s[k]
    for p in range(out.shape[1]):
        for k in range(len(scratch.best)):
            scratch.best[k] = direct[p]
        walk_off(foot, window, labels, p, scratch)
        for k in range(len(scratch.best)):
            scratch.kept[p, k] = scratch.best[k]
        out[0, p] = rank_minutes(window, p, targets.rank, scratch, every, 0, column)


@kernel
def moved_points(  # type: ignore[no-untyped-def]
    foot, window, labels, targets, scratch, out, every, row, column
) -> None:
    """Renew the times of the points near a stop that the added lines reach earlier.

    Only these stops can lower what the known search found, since they are nowhere later.
    """
    n_near = 0
    for i in range(labels.n_reached[0]):
        s = labels.reached[i]
        for k in range(targets.at[s], targets.at[s + 1]):
            p = targets.point[k]
            if not scratch.is_near[p]:
                scratch.is_near[p] = True
                scratch.near[n_near] = p
                n_near += 1
    for i in range(n_near):
        p = scratch.near[i]
        scratch.is_near[p] = False
        for k in range(len(scratch.best)):
            scratch.best[k] = scratch.kept[p, k]
        walk_off(foot, window, labels, p, scratch)
        lower = 0
        for k in range(len(scratch.best)):
            lower += scratch.best[k] != scratch.kept[p, k]
        if lower > 0:
            out[row, p] = rank_minutes(window, p, targets.rank, scratch, every, row, column)


@kernel
def travel_times(  # type: ignore[no-untyped-def]
    lines, calls, extra, foot, window, targets, known, labels, nothing, log, marked, scratch,
    direct, origin, out, every, column,
) -> bool:
    """Times [s] of one origin to every point in every case, `out` of shape (n_cases, n_points).

    Row 0 of `calls` is the search the others begin with; their lines include its own. False if
    the log was too short: `log.n` tells how long it must be.
    """
    n_cases = len(out)
    log.n[:] = 0
    log.at_at[0] = 0
    log.by_at[0] = 0
    log.ride_at[0] = 0
    search(lines, calls, 0, foot, window, known, nothing, origin, log, n_cases > 1)
    if log.n[0] > len(log.at_stop) or log.n[1] > len(log.by_stop) or log.n[2] > len(log.ride_seg):
        return False
    all_points(foot, window, known, origin, targets, scratch, direct, out, every, column)
    for c in range(1, n_cases):
        follow(lines, calls, extra, c, foot, window, labels, known, log, marked)
        for p in range(out.shape[1]):
            out[c, p] = out[0, p]
        if every.shape[0] > 0:
            for p in range(out.shape[1]):
                for k in range(window.minutes):
                    every[c, p, column + k] = every[0, p, column + k]
        moved_points(foot, window, labels, targets, scratch, out, every, c, column)
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = UNREACHED
    return True


@kernel
def percentiles(every, rank, order, out) -> None:  # type: ignore[no-untyped-def]
    """The value of that rank among all minutes of all draws, for each case and point."""
    for c in range(every.shape[0]):
        for p in range(every.shape[1]):
            for k in range(every.shape[2]):
                order[k] = every[c, p, k]
            out[c, p] = nth(order, every.shape[2], rank)


@kernel
def sums(  # type: ignore[no-untyped-def]
    times, cutoff, chance, facility, nearest, most, order, reach, near
) -> None:
    """What one origin has in each case: chances within each cutoff, time to the nearest places.

    `reach` (n_cases, n_cutoffs) sums `chance` of the points nearer than each cutoff [s], R5's
    step: a time counts below it, in whole minutes. `near` (n_cases,) is the mean time [s] to the
    `nearest` of the points in `facility`, `most` where there is none.
    """
    for c in range(times.shape[0]):
        for q in range(len(cutoff)):
            reach[c, q] = 0.0
        for p in range(times.shape[1]):
            if chance[p] > 0.0:
                for q in range(len(cutoff)):
                    if times[c, p] < cutoff[q]:
                        reach[c, q] += chance[p]
        n = len(facility)
        for i in range(n):
            order[i] = min(times[c, facility[i]], most)
        total = 0.0
        for i in range(nearest):
            if i >= n:
                total += most
                continue
            least = i
            for j in range(i + 1, n):
                if order[j] < order[least]:
                    least = j
            order[i], order[least] = order[least], order[i]
            total += order[i]
        near[c] = total / nearest


@inner_kernel
def home_at(foot, window, labels, known, has_known, point, direct, minute) -> int:  # type: ignore[no-untyped-def]
    """Travel time [s] to one point when leaving at one minute of the window, or UNREACHED."""
    best = int(direct)
    for e in range(foot.egress_at[point], foot.egress_at[point + 1]):
        s = foot.egress_stop[e]
        if labels.last[s] >= 0:
            best = min(best, int(labels.time[s, minute]) + int(foot.egress_s[e]))
        elif has_known and known.last[s] >= 0:
            best = min(best, int(known.time[s, minute]) + int(foot.egress_s[e]))
    return best


@kernel
def way_home(  # type: ignore[no-untyped-def]
    lines, calls, extra, foot, window, known, labels, nothing, log, marked, direct, origin, minute,
    out,
) -> bool:
    """Whether each point is reached from the origin before the window's last arrival, by case.

    `minute` (n_cases, n_points) is when one leaves for the point, -1 = not at all; one must be
    there by start + most. `out` of the same shape. False if the log was too short.
    """
    n_cases = len(minute)
    log.n[:] = 0
    log.at_at[0] = 0
    log.by_at[0] = 0
    log.ride_at[0] = 0
    search(lines, calls, 0, foot, window, known, nothing, origin, log, n_cases > 1)
    if log.n[0] > len(log.at_stop) or log.n[1] > len(log.by_stop) or log.n[2] > len(log.ride_seg):
        return False
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = foot.direct_s[k]
    for c in range(n_cases):
        if c > 0:
            follow(lines, calls, extra, c, foot, window, labels, known, log, marked)
        for p in range(out.shape[1]):
            k = minute[c, p]
            if k < 0 or k >= window.minutes:
                out[c, p] = False
                continue
            if c == 0:
                time = home_at(foot, window, known, known, False, p, direct[p], k)
            else:
                time = home_at(foot, window, labels, known, True, p, direct[p], k)
            out[c, p] = time < UNREACHED and 60 * k + time <= window.most
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = UNREACHED
    return True
