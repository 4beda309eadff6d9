"""Feeding one more zone: its flow, its limits, and the room that is left for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import forest as fo
from tieline.power.kernels.compiled import kernel
from tieline.power.kernels.decided import FAULTED, KEPT, TO_FEED, UNDECIDED
from tieline.power.kernels.growing import rooms

if TYPE_CHECKING:
    from tieline.power.kernels.decided import State, Task
    from tieline.power.kernels.forest import Elements, Floats, Forest, Nodes


@kernel
def beyond(
    t: Task, s: State, f: Forest, use_room: bool, gain: Floats, size: Floats, by_unit: Floats
) -> float:
    """At least the hours of zones not yet fed, by earliest times and the room that is left.

    `gain`, `size` (by zone) and `by_unit` are room to work in.
    """
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
    room = total_room(t, s, f, wanted, by_unit)
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


@kernel
def total_room(t: Task, s: State, f: Forest, wanted: float, by_unit: Floats) -> float:
    """Power [MW] that can at most still be passed on from what is fed to what is not."""
    for u in range(f.size[1]):
        by_unit[u] = 0.0
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
    for u in range(f.size[1]):
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


@kernel
def feed(
    t: Task, s: State, f: Forest, nodes: Nodes, elements: Elements, e: int, z: int, how: int,
    use_room: bool,
) -> bool:
    """Feed zone z through edge e; whether every limit holds. The state is changed either way."""
    a = t.za[e] if t.zb[e] == z else t.zb[e]
    near = t.na[e] if t.zb[e] == z else t.nb[e]
    far = t.nb[e] if t.zb[e] == z else t.na[e]
    n_units = f.size[1]
    parent = f.entry[near]
    within = fo.attach(f, nodes, elements, parent, far, t.reach[e])
    s.mode[e] = how
    s.child[z] = e
    s.fed[z] = True
    s.order[s.done[0]] = z
    s.done[0] += 1
    joined = how == KEPT and t.closed[e] and t.kind[a] == TO_FEED
    s.group[z] = s.group[a] if joined else z
    s.tail[z] = s.tail[a] if joined else t.tail_h[e]
    if not within:
        return False
    p, q = to_come(t, s)
    if not check(t, f, nodes, f.unit[parent], p, q, False, use_room):
        return False
    for u in range(n_units, f.size[1]):
        if not check(t, f, nodes, u, p, q, False, use_room):
            return False
    return source_holds(t, f, f.source[f.unit[parent]], p, q)


@kernel
def to_come(t: Task, s: State) -> tuple[float, float]:
    """What zones not yet fed may feed in [MW, Mvar]."""
    p = 0.0
    q = 0.0
    for z in range(t.kind.size):
        if t.kind[z] == TO_FEED and not s.fed[z]:
            p += t.relief_p[z]
            q += t.relief_q[z]
    return p, q


@kernel
def check(
    t: Task, f: Forest, nodes: Nodes, u: int, relief_p: float, relief_q: float, whole: bool,
    use_room: bool,
) -> bool:
    """Solve one unit and look at its limits, given what may still be fed in."""
    if not fo.solve(u, f, nodes):
        return relief_p > 0.0 or relief_q > 0.0
    if fo.keeps_limits(u, f, nodes, relief_p, relief_q, whole) != fo.SOUND:
        return False
    if use_room:
        fill_room(t, f, nodes, u)
    return True


@kernel
def fill_room(t: Task, f: Forest, nodes: Nodes, u: int) -> None:
    """Fill the room of one solved unit, up to what its source may deliver."""
    source = f.source[u]
    room = np.inf
    if t.source_limit[source] < np.inf:
        room = max(0.0, t.source_limit[source] - source_draw(t, f, source)[0])
        room += t.relief_p.sum()
    rooms(
        u, f, nodes, t.tan_low, t.tan_high, room, t.relief_p.sum(), t.relief_q.sum()
    )


@kernel
def source_draw(t: Task, f: Forest, source: int) -> tuple[float, float]:
    """What a source delivers [MW, Mvar]: its other feeders as they were, and the forest."""
    p = t.source_base[source, 0]
    q = t.source_base[source, 1]
    for u in range(f.size[1]):
        if f.source[u] == source:
            p += f.draw_p[u]
            q += f.draw_q[u]
    return p, q


@kernel
def source_holds(
    t: Task, f: Forest, source: int, relief_p: float, relief_q: float
) -> bool:
    """Whether a source delivers no more than it may, given what may still be fed in."""
    limit = t.source_limit[source]
    if limit == np.inf:
        return True
    p, q = source_draw(t, f, source)
    size = (max(p - relief_p, 0.0) ** 2 + max(abs(q) - relief_q, 0.0) ** 2) ** 0.5
    return bool(size <= limit * (1.0 + fo.ROUNDING))


@kernel
def losses_of(t: Task, f: Forest, nodes: Nodes, n_live: int) -> float:
    """Losses [MW] of a complete state, or -1 if a limit is passed (also high voltages).

    Feeders that took nothing on stay as the fault left them (the first `n_live` entries).
    """
    total = 0.0
    for u in range(f.size[1]):
        if f.last[u] >= n_live and not check(t, f, nodes, u, 0.0, 0.0, True, False):
            return -1.0
        total += f.losses[u]
    for source in range(t.source_limit.size):
        if t.source_limit[source] < np.inf:
            p, q = source_draw(t, f, source)
            if (p * p + q * q) ** 0.5 > t.source_limit[source] * (1.0 + fo.ROUNDING):
                return -1.0
    return total
