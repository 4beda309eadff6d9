"""From times at stops to what can be reached: percentiles at points, cutoffs, sums."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.kernels import inner_kernel, kernel
from tieline.transit.kernels.sweep import UNREACHED

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
    """Working arrays: best time by column of `Labels.time`, marks and a list of points."""

    best: A
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


@inner_kernel
def all_points(  # type: ignore[no-untyped-def]
    foot, window, level, targets, scratch, direct, out, every, column
) -> None:
    """Travel times [s] to every point of a search from scratch, into row 0 and by minute."""
    for p in range(out.shape[1]):
        for k in range(len(scratch.best)):
            scratch.best[k] = direct[p]
        walk_off(foot, window, level.labels, p, scratch)
        for k in range(len(scratch.best)):
            level.kept[p, k] = scratch.best[k]
        out[0, p] = rank_minutes(window, p, targets.rank, scratch, every, 0, column)


@inner_kernel
def moved_points(  # type: ignore[no-untyped-def]
    foot, window, labels, targets, scratch, known, own, keeping, base, top, row, out, every, column
) -> None:
    """Renew the times of the points near a stop that the added lines reach earlier.

    Only these stops can lower what the followed search, of row `base`, found: the times `known`.
    Where row `top`, which has all lines (-1: not known yet), is no better, nothing between is.
    If `keeping`, the times by minute go into `own`.
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
    for p in range(out.shape[1]):
        out[row, p] = out[base, p]
    if every.shape[0] > 0:
        for p in range(out.shape[1]):
            for k in range(window.minutes):
                every[row, p, column + k] = every[base, p, column + k]
    if keeping:
        for p in range(out.shape[1]):
            for k in range(len(scratch.best)):
                own[p, k] = known[p, k]
    for i in range(n_near):
        p = scratch.near[i]
        scratch.is_near[p] = False
        if top >= 0 and out[top, p] == out[base, p]:
            continue
        for k in range(len(scratch.best)):
            scratch.best[k] = known[p, k]
        walk_off(foot, window, labels, p, scratch)
        lower = 0
        for k in range(len(scratch.best)):
            lower += scratch.best[k] != known[p, k]
        if lower > 0:
            if keeping:
                for k in range(len(scratch.best)):
                    own[p, k] = scratch.best[k]
            out[row, p] = rank_minutes(window, p, targets.rank, scratch, every, row, column)


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
