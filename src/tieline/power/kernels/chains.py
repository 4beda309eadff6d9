"""Better states that lie behind worse ones: chains of exchanges through states beyond a limit.

A single exchange ends where each next state would pass a limit. Here states of fewer hours that
pass one are kept too, the few that pass it least, and exchanged further until one keeps all.

Source of the search: Glover 1996, Discrete Applied Mathematics 65 (ejection chains); the few kept
of each length are a beam, Lowerre 1976.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import forest as fo
from tieline.power.kernels.compiled import kernel, making_kernel
from tieline.power.kernels.decided import EPS, RECLOSED
from tieline.power.kernels.exchange import make, moves, new_room, passes, swap
from tieline.power.kernels.feeding import source_draw

if TYPE_CHECKING:
    from tieline.power.kernels.decided import Best, Task
    from tieline.power.kernels.forest import Elements, Floats, Forest, Nodes

LONGEST = 4
"""Exchanges of a chain."""
WIDTH = 6
"""Chains of each length that are gone on with."""


@kernel
def _passed(t: Task, f: Forest, nodes: Nodes, n_live: int) -> float:
    """By how much a state passes its limits, voltages [pu] and shares of currents; inf: no flow."""
    total = 0.0
    for u in range(f.size[1]):
        if f.last[u] < n_live:
            continue
        if not fo.solve(u, f, nodes):
            return np.inf
        i = f.first[u]
        while i >= 0:
            n = f.node[i]
            v = (f.vr[i] ** 2 + f.vi[i] ** 2) ** 0.5
            total += max(0.0, nodes.v_low[n] - v) + max(0.0, v - nodes.v_high[n])
            limit = f.i_high[i]
            if limit < np.inf:
                total += max(0.0, fo.edge_current(i, f) / limit - 1.0)
            i = f.after[i]
    for source in range(t.source_limit.size):
        if t.source_limit[source] < np.inf:
            p, q = source_draw(t, f, source)
            total += max(0.0, (p * p + q * q) ** 0.5 / t.source_limit[source] - 1.0)
    return total


@kernel
def _keep(over: Floats, hours: Floats, n: int, new_over: float, new_hours: float) -> int:
    """The place for one more chain among the `n` kept; -1 if it is there or worse than all."""
    worst = 0
    for k in range(n):
        if abs(over[k] - new_over) < EPS and abs(hours[k] - new_hours) < EPS:
            return -1
        if over[k] > over[worst]:
            worst = k
    if n < over.size:
        return n
    return worst if over[worst] > new_over else -1


@making_kernel
def chain(
    t: Task, f: Forest, nodes: Nodes, elements: Elements, most_work: float, best: Best
) -> bool:
    """Whether a chain of exchanges led to fewer hours within all limits; it is then in `best`.

    The search ends after `most_work` entries visited.
    """
    if best.numbers[0] == np.inf:
        return False
    n_e = t.za.size
    live = np.array([f.size[0], f.size[1]])
    r = new_room(t)
    most = n_e * (t.kind.size + 1)
    come, go = np.empty(most, np.int64), np.empty(most, np.int64)
    up = np.empty(t.kind.size, np.int64)
    mark = np.empty(t.kind.size, np.bool_)
    trees = np.zeros((2, WIDTH, n_e), np.bool_)
    over, hours = np.empty((2, WIDTH)), np.empty((2, WIDTH))
    for u in range(f.size[1]):
        fo.solve(u, f, nodes)
    for e in range(n_e):
        trees[0, 0, e] = best.child[e] >= 0
        r.again[e] = best.mode[e] == RECLOSED
    n, now = 1, 0
    found = False
    for _ in range(LONGEST):
        n_next = 0
        for i in range(n):
            r.tree[:] = trees[now, i]
            make(t, r, f, nodes, elements, live)
            for k in range(moves(t, r, up, come, go, mark, 0, False)):
                if found or r.work[0] > most_work:
                    break
                swap(r, come[k], go[k])
                h = make(t, r, f, nodes, elements, live)
                if h < best.numbers[0] - EPS:
                    x = _passed(t, f, nodes, live[0])
                    r.work[0] += f.size[0]
                    if x == 0.0:
                        found = passes(t, r, f, nodes, live[0], h, best)
                    elif x < np.inf:
                        place = _keep(over[1 - now], hours[1 - now], n_next, x, h)
                        if place >= 0:
                            over[1 - now, place], hours[1 - now, place] = x, h
                            trees[1 - now, place] = r.tree
                            n_next = max(n_next, place + 1)
                swap(r, go[k], come[k])
        now = 1 - now
        n = n_next
        if found or n == 0:
            break
    best.numbers[6] += r.work[0]
    fo.cut_back(f, live[0], live[1])
    return found
