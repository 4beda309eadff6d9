"""A state of the search: what is decided, when each zone is back at the soonest, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.power.kernels.compiled import kernel

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Flags, Floats, Forest, Ints

LIVE, TO_FEED, FAULTED = 0, 1, 2
UNDECIDED, KEPT, RECLOSED, BANNED = 0, 1, 2, 3
EPS = 1e-9
"""Customer-hours (and hours) below which two plans count as equal."""
SAME_LOSSES = 1e-9


class Task(NamedTuple):
    """Zones and edges of one coupled part. Times [h].

    Zones: `kind`, `weight` (customers by priority), `dark_h` when repair brings it back,
    `release_h` before which it cannot be fed (a faulted one: its repair), `p` [MW] demand,
    `relief_p`, `relief_q` [MW, Mvar] what it may feed in (generators, charging),
    `may_feed` (n_sources, n_zones). Handing back after repair interrupts what a foreign way feeds
    for as long as its own way takes to close: that above its zone of least `depth`, `back_h`, at
    least `back_low_h`; not at all from sources that may be joined (`joins`, as `may_feed`).
    Edges (switches): zones and nodes of both ends, `closed` now, `own` if closed before the
    incident, `usable` when fed through, `can_open`, time to open, travel to close, `tail_h` from
    ready to closed, `reach` [km].
    """

    kind: Ints
    weight: Floats
    dark_h: Floats
    release_h: Floats
    p: Floats
    may_feed: Flags
    joins: Flags
    depth: Ints
    back_h: Floats
    back_low_h: Floats
    za: Ints
    zb: Ints
    na: Ints
    nb: Ints
    closed: Flags
    own: Flags
    usable: Flags
    can_open: Flags
    open_h: Floats
    travel_h: Floats
    tail_h: Floats
    reach: Floats
    source_limit: Floats
    source_base: Floats
    least_tail_h: float
    relief_p: Floats
    relief_q: Floats
    tan_low: float
    tan_high: float


class Best(NamedTuple):
    """The best state found: `mode` and `child` by edge (the zone it feeds, -1), and numbers.

    `numbers`: 0 hours, 1 operations, 2 losses, 3 bound on hours, 4 states looked at, 5 complete
    states, 6 flows solved (by entries), 7 whether the search ended by itself.
    """

    mode: Ints
    child: Ints
    time_h: Floats
    numbers: Floats


class State(NamedTuple):
    """What is decided on each edge (`mode`), which zones are fed, over which edge, and when.

    `order` lists the fed zones as they were fed, `done[0]` of them. `group` is the zone that comes
    back with the same closing, `ready` when that may begin, `head` the zone where a foreign way
    comes in (-1 = none), `top` the highest zone of what is fed behind it.
    """

    mode: Ints
    child: Ints
    fed: Flags
    group: Ints
    order: Ints
    time: Floats
    ready: Floats
    release: Floats
    tail: Floats
    iso: Floats
    head: Ints
    top: Ints
    done: Ints


@kernel
def times(t: Task, s: State, f: Forest, whole: bool) -> tuple[float, int]:
    """Times of what is fed so far (never later in a larger state), its hours and operations.

    Of a state that is not `whole`, the hours are at least those.
    """
    n = s.done[0]
    ops = 0
    for k in range(n):
        s.iso[s.order[k]] = 0.0
    for e in range(t.za.size):
        if not t.closed[e]:
            ops += s.mode[e] == KEPT
            continue
        mode = s.mode[e]
        if mode == KEPT:
            continue
        a = t.za[e]
        b = t.zb[e]
        waits_a = t.kind[a] == TO_FEED and s.fed[a]
        waits_b = t.kind[b] == TO_FEED and s.fed[b]
        if not waits_a and not waits_b:
            continue
        sure = mode != UNDECIDED or not t.usable[e]
        other_a = s.fed[a] or t.kind[a] != TO_FEED
        other_b = s.fed[b] or t.kind[b] != TO_FEED
        if not (sure or (other_a and other_b)):
            continue
        if not t.can_open[e]:
            return np.inf, 0
        ops += 1 + (mode == RECLOSED)
        if waits_a:
            s.iso[a] = max(s.iso[a], t.open_h[e])
        if waits_b:
            s.iso[b] = max(s.iso[b], t.open_h[e])
    for k in range(n):
        z = s.order[k]
        s.ready[z] = 0.0
        s.release[z] = 0.0
    for k in range(n):
        z = s.order[k]
        g = s.group[z]
        s.ready[g] = max(s.ready[g], s.iso[z])
        s.release[g] = max(s.release[g], t.release_h[z])
    hours = 0.0
    for k in range(n):
        z = s.order[k]
        g = s.group[z]
        if g == z:
            e = s.child[z]
            a = t.za[e] if t.zb[e] == z else t.zb[e]
            begin = s.time[a] if t.kind[a] == TO_FEED else 0.0
            begin = max(begin, t.open_h[e] if t.closed[e] else t.travel_h[e], s.ready[z])
            s.time[z] = max(begin + t.tail_h[e], s.release[z])
        else:
            s.time[z] = s.time[g]
        e = s.child[z]
        a = t.za[e] if t.zb[e] == z else t.zb[e]
        h = z
        if t.own[e]:
            h = s.head[a] if t.kind[a] == TO_FEED else -1
        s.head[z] = h
        s.top[z] = z
        if h >= 0 and t.depth[z] < t.depth[s.top[h]]:
            s.top[h] = z
    for k in range(n):
        z = s.order[k]
        if t.weight[z] == 0.0:
            continue
        late = s.time[z]
        h = s.head[z]
        if h >= 0 and late < t.dark_h[z]:
            source = f.source[f.unit[f.entry[inner_node(t, s, z)]]]
            if not t.joins[source, z]:
                late += t.back_h[s.top[h]] if whole else t.back_low_h[s.top[h]]
        if not whole:
            late = min(late, t.dark_h[z])
        elif s.time[z] >= t.dark_h[z]:
            late = t.dark_h[z]
        hours += t.weight[z] * late
    return hours, ops


@kernel
def inner_node(t: Task, s: State, z: int) -> int:
    """The node at which zone z is fed."""
    e = s.child[z]
    return int(t.nb[e] if t.zb[e] == z else t.na[e])


@kernel
def earliest(t: Task, s: State) -> None:
    """Times before which zones not yet fed cannot be, whatever the limits; inf if never."""
    for z in range(t.kind.size):
        if t.kind[z] == TO_FEED and not s.fed[z]:
            s.time[z] = np.inf
            s.iso[z] = 0.0
    for e in range(t.za.size):
        if not t.closed[e]:
            continue
        for side in range(2):
            z = t.za[e] if side == 0 else t.zb[e]
            o = t.zb[e] if side == 0 else t.za[e]
            if t.kind[z] != TO_FEED or s.fed[z]:
                continue
            if s.mode[e] == BANNED or t.kind[o] == FAULTED or not t.usable[e]:
                s.iso[z] = max(s.iso[z], t.open_h[e] if t.can_open[e] else np.inf)
    moved = True
    while moved:
        moved = False
        for e in range(t.za.size):
            if s.mode[e] != UNDECIDED or not t.usable[e]:
                continue
            for side in range(2):
                a = t.za[e] if side == 0 else t.zb[e]
                b = t.zb[e] if side == 0 else t.za[e]
                if t.kind[b] != TO_FEED or s.fed[b] or t.kind[a] == FAULTED:
                    continue
                at = s.time[a] if t.kind[a] == TO_FEED else 0.0
                if at == np.inf:
                    continue
                if t.closed[e]:
                    tail = s.tail[a] if s.fed[a] else t.least_tail_h
                    soon = max(at, s.iso[b] + tail)
                    if t.can_open[e]:
                        soon = min(soon, max(at, t.open_h[e], s.iso[b]) + t.tail_h[e])
                else:
                    soon = max(at, t.travel_h[e], s.iso[b]) + t.tail_h[e]
                soon = max(soon, t.release_h[b])
                if soon < s.time[b]:
                    s.time[b] = soon
                    moved = True


@kernel
def late_past(t: Task, s: State, start: int, mark: Flags) -> float:
    """The slowest opening among closed switches at zones that zone `start` leads to."""
    for z in range(mark.size):
        mark[z] = False
    mark[start] = True
    late = 0.0
    moved = True
    while moved:
        moved = False
        for e in range(t.za.size):
            if not t.closed[e] or s.mode[e] != UNDECIDED:
                continue
            a = t.za[e]
            b = t.zb[e]
            if mark[a] or mark[b]:
                if s.fed[a] or s.fed[b]:
                    continue
                late = max(late, t.open_h[e])
                for z in (a, b):
                    if t.kind[z] == TO_FEED and not mark[z]:
                        mark[z] = True
                        moved = True
    for z in range(t.kind.size):
        if mark[z]:
            late = max(late, s.iso[z], t.release_h[z])
    return late


@kernel
def hours_all(t: Task, s: State, f: Forest) -> float:
    """Hours of a complete state: what it feeds, and what waits for repair."""
    hours, _ = times(t, s, f, True)
    for z in range(t.kind.size):
        if t.kind[z] == TO_FEED and not s.fed[z]:
            hours += t.weight[z] * t.dark_h[z]
    return hours


def new_best(n_edges: int, n_zones: int) -> Best:
    """Room for a result."""
    numbers = np.zeros(8)
    numbers[:4] = np.inf
    return Best(
        np.zeros(n_edges, np.int64), np.full(n_edges, -1, np.int64), np.full(n_zones, np.inf),
        numbers,
    )


def copy_of(best: Best) -> Best:
    """The same result in room of its own."""
    return Best(
        best.mode.copy(), best.child.copy(), best.time_h.copy(), best.numbers.copy()
    )
