"""Which order of jobs costs the least customer-hours, when crews do one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.power.kernels.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

EPS = 1e-9
DONE, NOBODY, STUCK = 0, 1, 2
"""All jobs have times; a job that no crew can do; jobs that wait for each other."""


class Work(NamedTuple):
    """Jobs, crews and dark zones as arrays; lists of lists stand one after the other.

    By job: `sent` (done by a crew of the table), own way `travel`, `agree`, `act` [h]; list k of
    `need`, `release` (jobs), `crew` (in order of preference) and `zone` runs from `*_at[k]` to
    `*_at[k + 1]`. `first[c, k]` is the way of a crew from its base, `between[i, k]` from job i.
    By crew: `free` [h]. `repair[r]` is the job of a repair; `hit` its zones, and `held` the zones
    below a device that waits for repair `held_by`. Zones are numbered parents first: `up` (-1),
    `fed` (had a way before), `weight`.
    """

    sent: Flags
    travel: Floats
    agree: Floats
    act: Floats
    need_at: Ints
    need: Ints
    release_at: Ints
    release: Ints
    crew_at: Ints
    crew: Ints
    zone_at: Ints
    zone: Ints
    first: Floats
    between: Floats
    free: Floats
    repair: Ints
    hit_at: Ints
    hit: Ints
    held: Ints
    held_by: Ints
    up: Ints
    fed: Flags
    weight: Floats


class Times(NamedTuple):
    """Times [h] by job (`end` is NaN while it has none), its crew (-1); room to compute in."""

    leave: Floats
    way: Floats
    begin: Floats
    end: Floats
    crew: Ints
    free: Floats
    at: Ints
    sound: Floats
    own: Floats
    back: Floats
    left: Flags


def new_times(work: Work) -> Times:
    """Room for the times of these jobs."""
    n, z = len(work.sent), len(work.up)
    return Times(
        np.zeros(n), np.zeros(n), np.zeros(n), np.full(n, np.nan), np.full(n, -1, np.int64),
        np.zeros(len(work.free)), np.full(len(work.free), -1, np.int64), np.zeros(z), np.zeros(z),
        np.zeros(z), np.zeros(n, np.bool_),
    )


@kernel
def _latest(w: Work, t: Times, k: int) -> float:
    """When all that a job waits for has ended (NaN = not yet known)."""
    ready = 0.0
    for i in range(w.need_at[k], w.need_at[k + 1]):
        end = t.end[w.need[i]]
        if np.isnan(end):
            return np.nan
        ready = max(ready, end)
    for i in range(w.release_at[k], w.release_at[k + 1]):
        if np.isnan(t.end[w.release[i]]):
            return np.nan
    return ready


@kernel
def _send(w: Work, t: Times, k: int, ready: float) -> bool:
    """Give a job its time, by the crew that ends it soonest; False if nobody can."""
    release = 0.0
    for i in range(w.release_at[k], w.release_at[k + 1]):
        release = max(release, t.end[w.release[i]])
    if not w.sent[k]:
        t.leave[k], t.way[k], t.crew[k] = 0.0, w.travel[k], -1
        t.begin[k] = max(w.travel[k], ready)
        t.end[k] = max(t.begin[k] + w.agree[k] + w.act[k], release)
        return True
    chosen, least, took = -1, np.inf, 0.0
    for i in range(w.crew_at[k], w.crew_at[k + 1]):
        c = w.crew[i]
        way = w.first[c, k] if t.at[c] < 0 else w.between[t.at[c], k]
        end = max(max(t.free[c] + way, ready) + w.agree[k] + w.act[k], release)
        if end < least - EPS:
            chosen, least, took = c, end, way
    if chosen < 0:
        return False
    t.leave[k], t.way[k], t.crew[k] = t.free[chosen], took, chosen
    t.begin[k] = max(t.free[chosen] + took, ready)
    t.end[k] = max(t.begin[k] + w.agree[k] + w.act[k], release)
    t.free[chosen], t.at[chosen] = t.end[k], k
    return True


@kernel
def give_times(w: Work, order: Ints, t: Times) -> int:
    """Times of all jobs, those of the table's crews given out in this order.

    The next job is the first of the order of which all it waits for is known. Returns DONE,
    NOBODY or STUCK.
    """
    for k in range(t.end.size):
        t.end[k], t.left[k] = np.nan, True
    for c in range(t.at.size):
        t.free[c], t.at[c] = w.free[c], -1
    n_left = t.end.size
    while n_left > 0:
        moved = False
        for k in range(t.end.size):
            if t.left[k] and not w.sent[k]:
                ready = _latest(w, t, k)
                if not np.isnan(ready):
                    _send(w, t, k, ready)
                    t.left[k], moved = False, True
                    n_left -= 1
        if moved:
            continue
        for k in order:
            if t.left[k]:
                ready = _latest(w, t, k)
                if not np.isnan(ready):
                    if not _send(w, t, k, ready):
                        return NOBODY
                    t.left[k], moved = False, True
                    n_left -= 1
                    break
        if not moved:
            return STUCK
    return DONE


@kernel
def hours_of(w: Work, t: Times) -> float:
    """Weighted customer-hours of the dark zones under these times; see `repair_times`."""
    last = 0.0
    for z in range(w.up.size):
        t.sound[z] = 0.0
    for r in range(w.repair.size):
        end = t.end[w.repair[r]]
        last = max(last, end)
        for i in range(w.hit_at[r], w.hit_at[r + 1]):
            t.sound[w.hit[i]] = max(t.sound[w.hit[i]], end)
    for z in range(w.up.size):
        t.own[z] = t.sound[z]
    for i in range(w.held.size):
        t.own[w.held[i]] = max(t.own[w.held[i]], t.end[w.repair[w.held_by[i]]])
    for z in range(w.up.size):
        a = w.up[z]
        if not w.fed[z]:
            t.sound[z] = t.own[z] = last
        elif a >= 0:
            t.sound[z] = max(t.sound[z], t.sound[a])
            t.own[z] = max(t.own[z], t.own[a])
        t.back[z] = t.sound[z] if t.sound[z] > 0.0 else t.own[z]
    for k in range(t.end.size):
        for i in range(w.zone_at[k], w.zone_at[k + 1]):
            t.back[w.zone[i]] = min(t.back[w.zone[i]], t.end[k])
    hours = 0.0
    for z in range(w.up.size):
        hours += w.weight[z] * t.back[z]
    return hours


@kernel
def _next(order: Ints, rank: Ints) -> bool:
    """The next permutation of `rank` in lexicographic order, and of `order` with it."""
    n = rank.size
    i = n - 2
    while i >= 0 and rank[i] > rank[i + 1]:
        i -= 1
    if i < 0:
        return False
    k = n - 1
    while rank[k] < rank[i]:
        k -= 1
    rank[i], rank[k] = rank[k], rank[i]
    order[i], order[k] = order[k], order[i]
    a, b = i + 1, n - 1
    while a < b:
        rank[a], rank[b] = rank[b], rank[a]
        order[a], order[b] = order[b], order[a]
        a += 1
        b -= 1
    return True


@kernel
def best_of_all(w: Work, order: Ints, trial: Ints, rank: Ints, t: Times) -> int:
    """Try every order; `order` becomes the first best; returns how many. `rank` is 0, 1, ..."""
    _copy(order, trial)
    best, count, going = np.inf, 0, True
    while going:
        count += 1
        if give_times(w, trial, t) == DONE:
            hours = hours_of(w, t)
            if hours < best - EPS:
                best = hours
                _copy(trial, order)
        going = _next(trial, rank)
    return count


@kernel
def best_by_moves(w: Work, order: Ints, trial: Ints, most_tries: int, t: Times) -> int:
    """Move one job at a time to another place as long as that helps; returns how many tries."""
    n = order.size
    give_times(w, order, t)
    best, tries, moved = hours_of(w, t), 1, True
    while moved and tries < most_tries:
        moved = False
        for i in range(n):
            for k in range(n):
                if i == k or tries >= most_tries:
                    continue
                _moved(order, i, k, trial)
                give_times(w, trial, t)
                tries += 1
                hours = hours_of(w, t)
                if hours < best - EPS:
                    best, moved = hours, True
                    _copy(trial, order)
                    break
            if moved:
                break
    return tries


@kernel
def _copy(source: Ints, out: Ints) -> None:
    for k in range(source.size):
        out[k] = source[k]


@kernel
def _moved(order: Ints, i: int, k: int, out: Ints) -> None:
    """The order with its entry i taken out and put in again at place k."""
    for a in range(order.size):
        if min(i, k) <= a <= max(i, k):
            step = 0 if a == k else (1 if i < k else -1)
            out[a] = order[i] if a == k else order[a + step]
        else:
            out[a] = order[a]
