"""Exact branch and bound over who feeds what after a fault, every state checked by AC flow.

A state is a forest that grows from the live parts: each step takes one switch between what is fed
and what is dark and keeps it closed, opens it first and closes it again later, closes it, or rules
it out. A state that passes a limit is given up with all that would grow from it, since zones to
come only add load (what they may feed in is credited). Bounds: earliest times by the network of
operations alone, and the power that the limits leave room for, shared out as a fractional knapsack
(Dantzig 1957, Operations Research 5(2)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import forest as fo
from tieline.power.kernels.compiled import kernel, making_kernel
from tieline.power.kernels.decided import (
    BANNED,
    EPS,
    FAULTED,
    KEPT,
    LIVE,
    RECLOSED,
    SAME_LOSSES,
    TO_FEED,
    UNDECIDED,
    State,
    earliest,
    hours_all,
    late_past,
    times,
)
from tieline.power.kernels.feeding import beyond, feed, fill_room, losses_of

if TYPE_CHECKING:
    from tieline.power.kernels.decided import Best, Task
    from tieline.power.kernels.forest import Elements, Forest, Nodes


@kernel
def pick(t: Task, s: State, f: Forest, useful: bool, taste: float) -> tuple[int, int]:
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


@making_kernel
def search(
    t: Task, f: Forest, nodes: Nodes, elements: Elements, most_work: float, best: Best,
    exact_losses: bool, taste: float, near_work: float, near: float,
) -> None:
    """Fill `best` with the state of least hours, then operations, then losses.

    What it holds at the start is kept if nothing better is found. `f` holds the live parts; it is
    as before at the end. The search stops after `most_work` entries visited, or `near_work` if its
    best is then within `near` hours of the bound at the start; numbers[3] then bounds the hours of
    every state not looked at. States equal in hours and operations are all looked at only if
    `exact_losses`. `taste` as in `pick`.
    """
    n_z = t.kind.size
    n_e = t.za.size
    s = State(
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
    by_unit = np.zeros(f.first.size)
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
    n_live = f.size[0]
    n_live_units = f.size[1]
    for u in range(f.size[1]):
        fo.solve(u, f, nodes)
    while True:
        if enter:
            best.numbers[4] += 1.0
            work += n_e
            hours, ops = times(t, s, f, False)
            low = hours
            if hours < np.inf:
                earliest(t, s)
                low = hours + beyond(t, s, f, use_room, gain, size, by_unit)
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
                e, z = pick(t, s, f, left > EPS, taste)
            if worse or low == np.inf:
                enter = False
            elif e < 0:
                enter = False
                best.numbers[5] += 1.0
                losses = losses_of(t, f, nodes, n_live)
                work += f.size[0]
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
                entries[depth] = f.size[0]
                units[depth] = f.size[1]
                fed_here[depth] = False
                a = t.za[e] if t.zb[e] == z else t.zb[e]
                inner = t.na[e] if t.zb[e] == z else t.nb[e]
                source = f.source[f.unit[f.entry[inner]]]
                allowed = t.may_feed[source, z]
                todo[depth, 0] = KEPT if allowed else -1
                todo[depth, 1] = -1
                if allowed and t.closed[e] and t.can_open[e] and t.kind[a] == TO_FEED:
                    g = s.group[a]
                    if late_past(t, s, z, mark) > max(s.ready[g], s.release[g]):
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
            s.done[0] -= 1
            s.child[z] = -1
            fed_here[d] = False
            if use_room:
                fo.solve(parent, f, nodes)
                for u in range(f.size[1]):
                    if f.source[u] == f.source[parent]:
                        fill_room(t, f, nodes, u)
                work += f.size[0]
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
        enter = feed(t, s, f, nodes, elements, e, z, how, use_room)
        work += f.size[0]
        if not enter:
            todo[d, 1] = -1
            if not rejected:
                rejected = True
                use_room = True
                for u in range(f.size[1]):
                    fo.solve(u, f, nodes)
                    fill_room(t, f, nodes, u)
    best.numbers[6] = work
    if best.numbers[7] == 1.0 or best.numbers[3] > best.numbers[0]:
        best.numbers[3] = best.numbers[0]
    fo.cut_back(f, n_live, n_live_units)
