"""Making a found state better: another switch feeds, one on its loop opens (branch exchange).

A search in depth decides on what lies near the sources first and comes back to it last. Here whole
states are changed instead: one switch comes in and one on its way goes, or two such exchanges where
the first alone would pass a limit. Hours are cheap to know, flows are not: they are solved for
states of fewer hours only.

Source of the move: Civanlar, Grainger, Yin and Lee 1988, IEEE Transactions on Power Delivery 3(3);
Baran and Wu 1989, IEEE Transactions on Power Delivery 4(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.power.kernels import forest as fo
from tieline.power.kernels.compiled import kernel, making_kernel
from tieline.power.kernels.decided import (
    BANNED,
    EPS,
    KEPT,
    LIVE,
    RECLOSED,
    TO_FEED,
    State,
    times,
)
from tieline.power.kernels.feeding import losses_of

if TYPE_CHECKING:
    from tieline.power.kernels.decided import Best, Task
    from tieline.power.kernels.forest import Elements, Flags, Floats, Forest, Ints, Nodes


class Room(NamedTuple):
    """The state that is being made; edges by zone (`at`, `near`); `tree`: edges that feed.

    `again`: edges of the tree that open first and close later. `work[0]` entries visited.
    """

    s: State
    at: Ints
    near: Ints
    tree: Flags
    again: Flags
    work: Floats


@making_kernel
def new_room(t: Task) -> Room:
    """Room for the states of one part, nothing fed yet."""
    n_z = t.kind.size
    n_e = t.za.size
    s = State(
        np.zeros(n_e, np.int64), np.full(n_z, -1, np.int64), np.zeros(n_z, np.bool_),
        np.full(n_z, -1, np.int64), np.zeros(n_z + 1, np.int64), np.zeros(n_z), np.zeros(n_z),
        np.zeros(n_z), np.zeros(n_z), np.zeros(n_z), np.full(n_z, -1, np.int64),
        np.full(n_z, -1, np.int64), np.zeros(1, np.int64),
    )
    at = np.zeros(n_z + 1, np.int64)
    near = np.zeros(2 * n_e, np.int64)
    for e in range(n_e):
        at[t.za[e] + 1] += 1
        at[t.zb[e] + 1] += 1
    for z in range(n_z):
        at[z + 1] += at[z]
    place = at.copy()
    for e in range(n_e):
        for z in (t.za[e], t.zb[e]):
            near[place[z]] = e
            place[z] += 1
    return Room(
        s, at, near, np.zeros(n_e, np.bool_), np.zeros(n_e, np.bool_), np.zeros(2)
    )


@kernel
def _take(t: Task, r: Room, f: Forest, nodes: Nodes, elements: Elements, e: int, a: int) -> bool:
    """Feed the zone at the other end of edge e from zone a, without a flow."""
    s = r.s
    z = t.zb[e] if t.za[e] == a else t.za[e]
    near = t.na[e] if t.za[e] == a else t.nb[e]
    far = t.nb[e] if t.za[e] == a else t.na[e]
    parent = f.entry[near]
    if not t.may_feed[f.source[f.unit[parent]], z]:
        return False
    if not fo.attach(f, nodes, elements, parent, far, t.reach[e]):
        return False
    s.mode[e] = RECLOSED if r.again[e] else KEPT
    s.child[z] = e
    s.fed[z] = True
    s.order[s.done[0]] = z
    s.done[0] += 1
    joined = s.mode[e] == KEPT and t.closed[e] and t.kind[a] == TO_FEED
    s.group[z] = s.group[a] if joined else z
    s.tail[z] = s.tail[a] if joined else t.tail_h[e]
    return True


@kernel
def make(t: Task, r: Room, f: Forest, nodes: Nodes, elements: Elements, live: Ints) -> float:
    """Grow the state that the tree says, without flows; its hours (inf: it may not be)."""
    s = r.s
    fo.cut_back(f, live[0], live[1])
    s.done[0] = 0
    for z in range(t.kind.size):
        s.fed[z] = t.kind[z] == LIVE
        s.child[z] = -1
    for e in range(t.za.size):
        s.mode[e] = BANNED
    r.work[0] += t.za.size
    for z in range(t.kind.size):
        if t.kind[z] != LIVE:
            continue
        first = s.done[0]
        a = z
        k = first
        while True:
            for i in range(r.at[a], r.at[a + 1]):
                e = r.near[i]
                b = t.zb[e] if t.za[e] == a else t.za[e]
                if r.tree[e] and t.kind[b] == TO_FEED and not s.fed[b] and not _take(
                    t, r, f, nodes, elements, e, a
                ):
                    return np.inf
            if k >= s.done[0]:
                break
            a = s.order[k]
            k += 1
    hours, ops = times(t, s, f, True)
    r.work[1] = ops
    for z in range(t.kind.size):
        if t.kind[z] == TO_FEED and not s.fed[z]:
            hours += t.weight[z] * t.dark_h[z]
    return hours


@kernel
def _better(r: Room, hours: float, best: Best, tidy: bool) -> bool:
    """Whether the state just made has fewer hours; or, to `tidy`, as many and fewer operations."""
    if tidy and hours <= best.numbers[0] + EPS:
        return bool(r.work[1] < best.numbers[1])
    return bool(hours < best.numbers[0] - EPS)


@kernel
def passes(
    t: Task, r: Room, f: Forest, nodes: Nodes, n_live: int, hours: float, best: Best
) -> bool:
    """Put a state of fewer hours into `best` if its flow keeps all limits."""
    losses = losses_of(t, f, nodes, n_live)
    r.work[0] += f.size[0]
    if losses < 0.0:
        return False
    s = r.s
    best.numbers[0] = hours
    best.numbers[1] = r.work[1]
    best.numbers[2] = losses
    for e in range(t.za.size):
        best.mode[e] = s.mode[e]
        best.child[e] = -1
    for z in range(t.kind.size):
        best.time_h[z] = np.inf
        if t.kind[z] == TO_FEED and s.fed[z]:
            best.child[s.child[z]] = z
            best.time_h[z] = s.time[z]
    return True


@kernel
def moves(
    t: Task, r: Room, up: Ints, come: Ints, go: Ints, mark: Flags, start: int, tidy: bool
) -> int:
    """Exchanges of the state in `r.s`: `come[k]` for `go[k]` (-1 = nothing), from `start` on.

    Where nobody is below a switch, the next one on the way is as good for the hours; to `tidy`, a
    switch that stays closed comes for one that is closed.
    """
    s = r.s
    n = 0
    for z in range(t.kind.size):
        up[z] = -1
        if t.kind[z] == TO_FEED and s.fed[z]:
            e = s.child[z]
            up[z] = t.za[e] if t.zb[e] == z else t.zb[e]
    for i in range(t.za.size):
        e = (start + i) % t.za.size
        if r.tree[e] or not t.usable[e] or (tidy and not t.closed[e]):
            continue
        a, b = t.za[e], t.zb[e]
        if not s.fed[a] and not s.fed[b]:
            continue
        if not s.fed[a] or not s.fed[b]:
            come[n], go[n] = e, -1
            n += 1
            continue
        for z in range(t.kind.size):
            mark[z] = False
        while a >= 0:
            mark[a] = True
            a = up[a]
        while b >= 0 and not mark[b]:
            if t.kind[b] == TO_FEED and _may_go(t, s, b, tidy):
                come[n], go[n] = e, s.child[b]
                n += 1
            b = up[b]
        a = t.za[e]
        while a >= 0 and a != b:
            if t.kind[a] == TO_FEED and _may_go(t, s, a, tidy):
                come[n], go[n] = e, s.child[a]
                n += 1
            a = up[a]
    return n


@kernel
def _may_go(t: Task, s: State, z: int, tidy: bool) -> bool:
    """Whether the switch that feeds zone z is worth taking out."""
    return bool(not t.closed[s.child[z]] if tidy else t.weight[z] > 0.0)


@making_kernel
def improve(
    t: Task, f: Forest, nodes: Nodes, elements: Elements, most_work: float, best: Best
) -> None:
    """Exchange as long as hours fall and limits hold, or until `most_work` entries are visited."""
    if best.numbers[0] == np.inf:
        return
    n_e = t.za.size
    live = np.array([f.size[0], f.size[1]])
    r = new_room(t)
    most = n_e * (t.kind.size + 1)
    come, go = np.empty(most, np.int64), np.empty(most, np.int64)
    up = np.empty(t.kind.size, np.int64)
    mark = np.empty(t.kind.size, np.bool_)
    for u in range(f.size[1]):
        fo.solve(u, f, nodes)
    tidy = False
    start = 0
    while r.work[0] < most_work:
        for e in range(n_e):
            r.tree[e] = best.child[e] >= 0
            r.again[e] = best.mode[e] == RECLOSED
        make(t, r, f, nodes, elements, live)
        moved = False
        for k in range(moves(t, r, up, come, go, mark, start, tidy)):
            if moved or r.work[0] > most_work:
                break
            swap(r, come[k], go[k])
            hours = make(t, r, f, nodes, elements, live)
            moved = _better(r, hours, best, tidy) and passes(
                t, r, f, nodes, live[0], hours, best
            )
            swap(r, go[k], come[k])
            start = come[k]
        if not moved and tidy:
            break
        tidy = not moved
    best.numbers[6] += r.work[0]
    fo.cut_back(f, live[0], live[1])


@kernel
def swap(r: Room, come: int, go: int) -> None:
    """Put one edge into the tree and take one out of it; -1 = none."""
    if come >= 0:
        r.tree[come] = True
    if go >= 0:
        r.tree[go] = False
