"""Exact branch and bound over who feeds what after a fault, every state checked by AC flow.

A state is a forest that grows from the live parts: each step takes one switch between what is fed
and what is dark and keeps it closed, opens it first and closes it again later, closes it, or rules
it out. A state that passes a limit is given up with all that would grow from it, since zones to
come only add load (what they may feed in is credited). Bounds: earliest times by the network of
operations alone, and the power that the limits leave room for, shared out as a fractional knapsack
(Dantzig 1957, Operations Research 5(2)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from tieline.power.kernels import forest as fo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.power.kernels.forest import Elements, Flags, Floats, Forest, Ints, Nodes

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


class _State(NamedTuple):
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
    count: Ints


@njit(cache=True, nogil=True, error_model="numpy")
def _times(t: Task, s: _State, f: Forest, whole: bool) -> tuple[float, int]:
    """Times of what is fed so far (never later in a larger state), its hours and operations.

    Of a state that is not `whole`, the hours are at least those.
    """
    n = s.count[0]
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
            source = f.source[f.unit[f.entry[_inner(t, s, z)]]]
            if not t.joins[source, z]:
                late += t.back_h[s.top[h]] if whole else t.back_low_h[s.top[h]]
        if not whole:
            late = min(late, t.dark_h[z])
        elif s.time[z] >= t.dark_h[z]:
            late = t.dark_h[z]
        hours += t.weight[z] * late
    return hours, ops


@njit(cache=True, nogil=True, error_model="numpy")
def _inner(t: Task, s: _State, z: int) -> int:
    """The node at which zone z is fed."""
    e = s.child[z]
    return int(t.nb[e] if t.zb[e] == z else t.na[e])


@njit(cache=True, nogil=True, error_model="numpy")
def _earliest(t: Task, s: _State) -> None:
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


@njit(cache=True, nogil=True, error_model="numpy")
def _beyond(t: Task, s: _State, f: Forest, use_room: bool, gain: Floats, size: Floats) -> float:
    """At least the hours of zones not yet fed, by earliest times and the room that is left."""
    hours = 0.0
    n = 0
    wanted = 0.0
    for z in range(t.kind.size):
        if t.kind[z] != TO_FEED or s.fed[z]:
            continue
        soon = min(s.time[z], t.dark_h[z])
        hours += t.weight[z] * soon
        won = t.weight[z] * (t.dark_h[z] - soon)
        if use_room and won > 0.0 and t.p[z] > 0.0:
            gain[n] = won
            size[n] = t.p[z]
            wanted += t.p[z]
            n += 1
    if not use_room or n == 0:
        return hours
    room = _total_room(t, s, f, wanted)
    if room >= wanted:
        return hours
    for i in range(1, n):
        g = gain[i]
        p = size[i]
        k = i - 1
        while k >= 0 and gain[k] * p < g * size[k]:
            gain[k + 1] = gain[k]
            size[k + 1] = size[k]
            k -= 1
        gain[k + 1] = g
        size[k + 1] = p
    for i in range(n):
        if room >= size[i]:
            room -= size[i]
            continue
        hours += gain[i] * (1.0 - room / size[i])
        room = 0.0
    return hours


@njit(cache=True, nogil=True, error_model="numpy")
def _total_room(t: Task, s: _State, f: Forest, wanted: float) -> float:
    """Power [MW] that can at most still be passed on from what is fed to what is not."""
    by_unit = np.zeros(f.count[1])
    for e in range(t.za.size):
        if s.mode[e] != UNDECIDED or not t.usable[e]:
            continue
        for side in range(2):
            a = t.za[e] if side == 0 else t.zb[e]
            b = t.zb[e] if side == 0 else t.za[e]
            if t.kind[b] != TO_FEED or s.fed[b]:
                continue
            if t.kind[a] == FAULTED or (t.kind[a] == TO_FEED and not s.fed[a]):
                continue
            i = f.entry[t.na[e] if side == 0 else t.nb[e]]
            by_unit[f.unit[i]] += f.room[i]
    total = 0.0
    for u in range(f.count[1]):
        if by_unit[u] == 0.0:
            continue
        i = f.first[u]
        head = f.room[i]
        while i >= 0:
            if f.parent[i] >= 0 and f.slack[f.parent[i]]:
                head = max(head, f.room[i])
            i = f.after[i]
        total += min(by_unit[u], head)
        if total >= wanted:
            break
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _pick(t: Task, s: _State, f: Forest, useful: bool, taste: float) -> tuple[int, int]:
    """The switch to decide on next and the zone it would feed; -1 if nothing is left.

    Soonest first, switches that need no operation before others, then most customers per power.
    `taste` makes a dive keep voltages up: positive, it adds the impedance from the source to the
    time [h per pu on 1 MVA]; negative, the voltage lost up to now [h per pu].
    """
    best = -1
    zone = -1
    soonest = np.inf
    density = 0.0
    for e in range(t.za.size):
        if s.mode[e] != UNDECIDED or not t.usable[e] or not (useful or t.closed[e]):
            continue
        for side in range(2):
            a = t.za[e] if side == 0 else t.zb[e]
            b = t.zb[e] if side == 0 else t.za[e]
            if t.kind[b] != TO_FEED or s.fed[b]:
                continue
            if t.kind[a] == FAULTED or (t.kind[a] == TO_FEED and not s.fed[a]):
                continue
            at = s.time[a] if t.kind[a] == TO_FEED else 0.0
            if t.closed[e]:
                soon = max(at, s.iso[b] + s.tail[a])
            else:
                soon = max(at, t.travel_h[e], s.iso[b]) + t.tail_h[e] + EPS
            if taste != 0.0:
                i = f.entry[t.na[e] if side == 0 else t.nb[e]]
                if taste > 0.0:
                    soon += taste * (f.r_path[i] + f.x_path[i])
                else:
                    soon -= taste * (1.0 - (f.vr[i] ** 2 + f.vi[i] ** 2) ** 0.5)
            worth = t.weight[b] / max(t.p[b], 1e-6)
            if soon < soonest - 1e-12 or (soon <= soonest + 1e-12 and worth > density):
                best = e
                zone = b
                soonest = soon
                density = worth
    return best, zone


@njit(cache=True, nogil=True, error_model="numpy")
def _late_beyond(t: Task, s: _State, start: int, mark: Flags) -> float:
    """The slowest opening among closed switches at zones that zone `start` leads to."""
    mark[:] = False
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


@njit(cache=True, nogil=True, error_model="numpy")
def _feed(
    t: Task, s: _State, f: Forest, nodes: Nodes, elements: Elements, e: int, z: int, how: int,
    use_room: bool,
) -> bool:
    """Feed zone z through edge e; whether every limit holds. The state is changed either way."""
    a = t.za[e] if t.zb[e] == z else t.zb[e]
    near = t.na[e] if t.zb[e] == z else t.nb[e]
    far = t.nb[e] if t.zb[e] == z else t.na[e]
    n_units = f.count[1]
    parent = f.entry[near]
    within = fo.attach(f, nodes, elements, parent, far, t.reach[e])
    s.mode[e] = how
    s.child[z] = e
    s.fed[z] = True
    s.order[s.count[0]] = z
    s.count[0] += 1
    joined = how == KEPT and t.closed[e] and t.kind[a] == TO_FEED
    s.group[z] = s.group[a] if joined else z
    s.tail[z] = s.tail[a] if joined else t.tail_h[e]
    if not within:
        return False
    p, q = _to_come(t, s)
    if not _check(t, f, nodes, f.unit[parent], p, q, False, use_room):
        return False
    for u in range(n_units, f.count[1]):
        if not _check(t, f, nodes, u, p, q, False, use_room):
            return False
    return _source_holds(t, f, f.source[f.unit[parent]], p, q)


@njit(cache=True, nogil=True, error_model="numpy")
def _to_come(t: Task, s: _State) -> tuple[float, float]:
    """What zones not yet fed may feed in [MW, Mvar]."""
    p = 0.0
    q = 0.0
    for z in range(t.kind.size):
        if t.kind[z] == TO_FEED and not s.fed[z]:
            p += t.relief_p[z]
            q += t.relief_q[z]
    return p, q


@njit(cache=True, nogil=True, error_model="numpy")
def _check(
    t: Task, f: Forest, nodes: Nodes, u: int, relief_p: float, relief_q: float, whole: bool,
    use_room: bool,
) -> bool:
    """Solve one unit and look at its limits, given what may still be fed in."""
    if not fo.solve(u, f, nodes):
        return relief_p > 0.0 or relief_q > 0.0
    if fo.keeps_limits(u, f, nodes, relief_p, relief_q, whole) != fo.SOUND:
        return False
    if use_room:
        _fill_room(t, f, nodes, u)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_room(t: Task, f: Forest, nodes: Nodes, u: int) -> None:
    source = f.source[u]
    room = np.inf
    if t.source_limit[source] < np.inf:
        room = max(0.0, t.source_limit[source] - _source_draw(t, f, source)[0])
        room += t.relief_p.sum()
    fo.rooms(
        u, f, nodes, t.tan_low, t.tan_high, room, t.relief_p.sum(), t.relief_q.sum()
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _source_draw(t: Task, f: Forest, source: int) -> tuple[float, float]:
    """What a source delivers [MW, Mvar]: its other feeders as they were, and the forest."""
    p = t.source_base[source, 0]
    q = t.source_base[source, 1]
    for u in range(f.count[1]):
        if f.source[u] == source:
            p += f.draw_p[u]
            q += f.draw_q[u]
    return p, q


@njit(cache=True, nogil=True, error_model="numpy")
def _source_holds(
    t: Task, f: Forest, source: int, relief_p: float, relief_q: float
) -> bool:
    limit = t.source_limit[source]
    if limit == np.inf:
        return True
    p, q = _source_draw(t, f, source)
    size = (max(p - relief_p, 0.0) ** 2 + max(abs(q) - relief_q, 0.0) ** 2) ** 0.5
    return bool(size <= limit * (1.0 + fo.ROUNDING))


@njit(cache=True, nogil=True, error_model="numpy")
def _complete(t: Task, f: Forest, nodes: Nodes, n_live: int) -> float:
    """Losses [MW] of a complete state, or -1 if a limit is passed (also high voltages).

    Feeders that took nothing on stay as the fault left them (the first `n_live` entries).
    """
    total = 0.0
    for u in range(f.count[1]):
        if f.last[u] >= n_live and not _check(t, f, nodes, u, 0.0, 0.0, True, False):
            return -1.0
        total += f.losses[u]
    for source in range(t.source_limit.size):
        if t.source_limit[source] < np.inf:
            p, q = _source_draw(t, f, source)
            if (p * p + q * q) ** 0.5 > t.source_limit[source] * (1.0 + fo.ROUNDING):
                return -1.0
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    t: Task, f: Forest, nodes: Nodes, elements: Elements, most_work: float, best: Best,
    exact_losses: bool, taste: float, near_work: float, near: float,
) -> None:
    """Fill `best` with the state of least hours, then operations, then losses.

    What it holds at the start is kept if nothing better is found. `f` holds the live parts; it is as before at the end. The search stops after `most_work`
    entries visited, or `near_work` if its best is then within `near` hours of the bound at the
    start; numbers[3] then bounds the hours of every state not looked at. States equal in hours
    and operations are all looked at only if `exact_losses`.
    """
    n_z = t.kind.size
    n_e = t.za.size
    s = _State(
        np.zeros(n_e, np.int64), np.full(n_z, -1, np.int64), np.zeros(n_z, np.bool_),
        np.full(n_z, -1, np.int64), np.zeros(n_z + 1, np.int64), np.zeros(n_z), np.zeros(n_z),
        np.zeros(n_z), np.zeros(n_z), np.zeros(n_z), np.full(n_z, -1, np.int64),
        np.full(n_z, -1, np.int64), np.zeros(1, np.int64),
    )
    for z in range(n_z):
        if t.kind[z] == LIVE:
            s.fed[z] = True
    gain = np.zeros(n_z)
    size = np.zeros(n_z)
    mark = np.zeros(n_z, np.bool_)
    edge = np.zeros(n_e + 1, np.int64)
    zone = np.zeros(n_e + 1, np.int64)
    todo = np.zeros((n_e + 1, 3), np.int64)
    entries = np.zeros(n_e + 1, np.int64)
    units = np.zeros(n_e + 1, np.int64)
    bound = np.zeros(n_e + 1)
    fed_here = np.zeros(n_e + 1, np.bool_)
    depth = 0
    work = 0.0
    rejected = False
    use_room = False
    best.numbers[3] = np.inf
    best.numbers[7] = 1.0
    enter = True
    n_live = f.count[0]
    n_live_units = f.count[1]
    for u in range(f.count[1]):
        fo.solve(u, f, nodes)
    while True:
        if enter:
            best.numbers[4] += 1.0
            work += n_e
            hours, ops = _times(t, s, f, False)
            low = hours
            if hours < np.inf:
                _earliest(t, s)
                low = hours + _beyond(t, s, f, use_room, gain, size)
            worse = low > best.numbers[0] + EPS
            if low > best.numbers[0] - EPS and not worse:
                worse = ops > best.numbers[1] or (ops == best.numbers[1] and not exact_losses)
            e = -1
            z = -1
            if not worse and low < np.inf:
                left = 0.0
                for y in range(n_z):
                    if t.kind[y] == TO_FEED and not s.fed[y]:
                        left += t.weight[y] * max(0.0, t.dark_h[y] - s.time[y])
                e, z = _pick(t, s, f, left > EPS, taste)
            if worse or low == np.inf:
                enter = False
            elif e < 0:
                enter = False
                best.numbers[5] += 1.0
                losses = _complete(t, f, nodes, n_live)
                work += f.count[0]
                if losses >= 0.0:
                    total = hours_all(t, s, f)
                    better = total < best.numbers[0] - EPS
                    if not better and total <= best.numbers[0] + EPS:
                        better = ops < best.numbers[1] or (
                            ops == best.numbers[1]
                            and losses < best.numbers[2] * (1.0 - SAME_LOSSES)
                        )
                    if better:
                        best.numbers[0] = total
                        best.numbers[1] = ops
                        best.numbers[2] = losses
                        for k in range(n_e):
                            best.mode[k] = s.mode[k]
                            best.child[k] = -1
                        for y in range(n_z):
                            best.time_h[y] = np.inf
                            if t.kind[y] == TO_FEED and s.fed[y]:
                                best.child[s.child[y]] = y
                                best.time_h[y] = s.time[y]
            else:
                edge[depth] = e
                zone[depth] = z
                bound[depth] = low
                entries[depth] = f.count[0]
                units[depth] = f.count[1]
                fed_here[depth] = False
                a = t.za[e] if t.zb[e] == z else t.zb[e]
                inner = t.na[e] if t.zb[e] == z else t.nb[e]
                source = f.source[f.unit[f.entry[inner]]]
                allowed = t.may_feed[source, z]
                todo[depth, 0] = KEPT if allowed else -1
                todo[depth, 1] = -1
                if allowed and t.closed[e] and t.can_open[e] and t.kind[a] == TO_FEED:
                    g = s.group[a]
                    if _late_beyond(t, s, z, mark) > max(s.ready[g], s.release[g]):
                        todo[depth, 1] = RECLOSED
                todo[depth, 2] = BANNED if t.can_open[e] or not t.closed[e] else -1
                depth += 1
                enter = False
        if depth == 0:
            break
        if work > most_work or (
            work > near_work and best.numbers[0] - bound[0] <= near
        ):
            best.numbers[7] = 0.0
            for d in range(depth):
                if todo[d, 0] >= 0 or todo[d, 1] >= 0 or todo[d, 2] >= 0:
                    best.numbers[3] = min(best.numbers[3], bound[d])
            break
        d = depth - 1
        e = edge[d]
        z = zone[d]
        if fed_here[d]:
            parent = f.unit[entries[d]]
            fo.cut_back(f, entries[d], units[d])
            s.fed[z] = False
            s.count[0] -= 1
            s.child[z] = -1
            fed_here[d] = False
            if use_room:
                fo.solve(parent, f, nodes)
                for u in range(f.count[1]):
                    if f.source[u] == f.source[parent]:
                        _fill_room(t, f, nodes, u)
                work += f.count[0]
        s.mode[e] = UNDECIDED
        how = -1
        for k in range(3):
            if todo[d, k] >= 0:
                how = todo[d, k]
                todo[d, k] = -1
                break
        if how < 0:
            depth -= 1
            continue
        if how == BANNED:
            s.mode[e] = BANNED
            enter = True
            continue
        fed_here[d] = True
        enter = _feed(t, s, f, nodes, elements, e, z, how, use_room)
        work += f.count[0]
        if not enter:
            todo[d, 1] = -1
            if not rejected:
                rejected = True
                use_room = True
                for u in range(f.count[1]):
                    fo.solve(u, f, nodes)
                    _fill_room(t, f, nodes, u)
    best.numbers[6] = work
    if best.numbers[7] == 1.0 or best.numbers[3] > best.numbers[0]:
        best.numbers[3] = best.numbers[0]
    fo.cut_back(f, n_live, n_live_units)


@njit(cache=True, nogil=True, error_model="numpy")
def hours_all(t: Task, s: _State, f: Forest) -> float:
    """Hours of a complete state: what it feeds, and what waits for repair."""
    hours, _ = _times(t, s, f, True)
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


