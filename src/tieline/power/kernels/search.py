"""The best plan after one fault, found by branch and bound where islands are small.

Every zone below the fault is left dark or fed through one tie; what a tie feeds is connected and
holds the tie's end. Zones are decided from the fault outwards. A branch is left when linear limits
or the power flow refuse what it feeds, or when its bound is no better than the best plan known.
The search ends by numbers of steps, never by the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.power.kernels.backfeed import carries
from tieline.power.kernels.compiled import making_kernel
from tieline.power.kernels.linear import ACTIVE, DONOR, N_ROWS, REACTIVE

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Flags, Floats, Grid, Ints, Loading, Work

MOST_ZONES = 32
"""Zones of islands that share a donor, up to which they are searched."""
MOST_STEPS = 20000
"""Branches that the searches of one fault may look at."""
MOST_FLOWS = 2000
"""Power flows that the searches of one fault may ask for."""
SAME = 1e-9
"""Relative difference of two plans' cost that counts as none."""
CLOSE = 0.8
"""Share of a linear limit from which on the power flow is asked before going on."""
UNDECIDED, DARK = -2, -1


class Task(NamedTuple):
    """Islands that share donors, numbered 0..n in depth-first order, and the K ties into them.

    Zones: `zone` in the grid, `parent` (-1: the fault), `last` (end of what lies below), `open_h`,
    `worth` (what an hour costs). Ties: `tie`, `side`, `unit`, `start` zone, its island
    [first, end), `ready_h` before cuts, `add_h` after; `group` is shared by ties that must be
    checked together. Rows of `linear.limit_tie`: `a` (K, n + N_ROWS, n), `rhs` (K, n + N_ROWS),
    `least` (K, 2). `faults` are the first and the end of
    the grid's failures that count.
    """

    zone: Ints
    parent: Ints
    last: Ints
    open_h: Floats
    worth: Floats
    tie: Ints
    side: Ints
    unit: Ints
    start: Ints
    first: Ints
    end: Ints
    ready_h: Floats
    add_h: Floats
    group: Ints
    a: Floats
    rhs: Floats
    least: Floats
    faults: Ints


class State(NamedTuple):
    """Partial plans by depth d, zones before d decided.

    `label` by zone (the tie it is fed through, or DARK, or UNDECIDED); by tie whether it is
    `used`, its latest cut [h], the sum of its rows, the `cost` of a zone worth one at its time,
    and whether it is `dirty`: changed since the power flow was last asked.
    """

    label: Ints
    used: Flags
    cut_h: Floats
    carried: Floats
    cost: Floats
    dirty: Flags


@making_kernel
def lost_h(grid: Grid, faults: Ints, hours: float) -> float:
    """Hours lost a year by what is back `hours` after one of these failures, or when repaired."""
    total = 0.0
    for c in range(faults[0], faults[1]):
        total += grid.faults[c].rate * min(hours, grid.faults[c].repair_h)
    return total


@making_kernel
def _copy(s: State, d: int) -> None:
    """Begin the plan at depth d + 1 with that at depth d."""
    for y in range(s.label.shape[1]):
        s.label[d + 1, y] = s.label[d, y]
    for k in range(s.used.shape[1]):
        s.used[d + 1, k] = s.used[d, k]
        s.cut_h[d + 1, k] = s.cut_h[d, k]
        s.cost[d + 1, k] = s.cost[d, k]
        s.dirty[d + 1, k] = s.dirty[d, k]
        for row in range(s.carried.shape[2]):
            s.carried[d + 1, k, row] = s.carried[d, k, row]


@making_kernel
def _loading(t: Task, s: State, d: int, k: int) -> float:
    """The highest share of a linear limit that tie k uses; inf if one is passed."""
    n = t.zone.size
    worst = 0.0
    for row in range(n + N_ROWS):
        if t.rhs[k, row] == np.inf or (row < n and s.label[d, row] != k):
            continue
        if s.carried[d, k, row] > t.rhs[k, row]:
            return np.inf
        if t.rhs[k, row] > 0.0:
            worst = max(worst, s.carried[d, k, row] / t.rhs[k, row])
    return worst


@making_kernel
def _accepts(
    grid: Grid, load: Loading, z: int, t: Task, s: State, d: int, group: int, w: Work
) -> bool:
    """Whether the power flow accepts what all ties of a group feed."""
    n_hung = 0 * z
    for k in range(t.tie.size):
        if t.group[k] != group or not s.used[d, k]:
            continue
        for y in range(t.first[k], t.end[k]):
            w.zone[t.zone[y]].mark = s.label[d, y] == k
        n_hung = carries(grid, load, z, t.tie[k], t.side[k], t.unit[k], n_hung, w)
        for y in range(t.first[k], t.end[k]):
            w.zone[t.zone[y]].mark = False
        if n_hung < 0:
            return False
    for k in range(t.tie.size):
        if t.group[k] == group:
            s.dirty[d, k] = False
    return True


@making_kernel
def _only_worse(t: Task, s: State, d: int, k: int) -> bool:
    """Whether whatever may still be added can only add to flows on the way of tie k's group."""
    n = t.zone.size
    for m in range(t.tie.size):
        if t.group[m] != t.group[k]:
            continue
        if s.used[d, m] and (
            s.carried[d, m, n + ACTIVE] + t.least[m, 0] < 0.0
            or s.carried[d, m, n + REACTIVE] + t.least[m, 1] < 0.0
        ):
            return False
        for y in range(max(d, t.first[m]), t.end[m]):
            if s.label[d, y] == UNDECIDED and (
                t.a[m, n + ACTIVE, y] < 0.0 or t.a[m, n + REACTIVE, y] < 0.0
            ):
                return False
    return True


@making_kernel
def _reach(t: Task, s: State, d: int, reach: Ints) -> None:
    """Bits of the ties that may still feed each undecided zone."""
    n = t.zone.size
    for y in range(n):
        reach[y] = 0
    for y in range(d, n):
        a = t.parent[y]
        if s.label[d, y] == UNDECIDED and a >= 0 and s.label[d, a] >= 0:
            reach[y] |= 1 << s.label[d, a]
    for k in range(t.tie.size):
        y = t.start[k]
        if s.used[d, k] or y < d or s.label[d, y] != UNDECIDED:
            continue
        while t.parent[y] >= d and s.label[d, t.parent[y]] == UNDECIDED:
            y = t.parent[y]
        reach[y] |= 1 << k
    for y in range(d, n):
        a = t.parent[y]
        if s.label[d, y] == UNDECIDED and a >= d and s.label[d, a] == UNDECIDED:
            reach[y] = reach[a]


@making_kernel
def _bound(grid: Grid, t: Task, s: State, d: int, never: float) -> float:
    """No plan that goes on from here, zones before d decided, costs less."""
    n = t.zone.size
    n_ties = t.tie.size
    total = 0.0
    reach = np.empty(n, np.int64)
    saved = np.empty(n)
    _reach(t, s, d, reach)
    for y in range(n):
        saved[y] = 0.0
        if s.label[d, y] >= 0:
            total += t.worth[y] * s.cost[d, s.label[d, y]]
            continue
        least = never
        for k in range(n_ties):
            if reach[y] >> k & 1:
                least = min(least, s.cost[d, k])
        total += t.worth[y] * least
        saved[y] = t.worth[y] * (never - least)
    for k in range(n_ties):
        if k == 0 or t.first[k] != t.first[k - 1]:
            total += _surplus(t, s, d, k, reach, saved)
    return total


@making_kernel
def _shares(t: Task, s: State, d: int, k: int, share: Floats) -> None:
    """What part of tie k's tightest limit each undecided zone takes; 0 if all of them fit.

    The limit is the one that binds first if all are fed, among those sure to hold.
    """
    n = t.zone.size
    best = 1.0
    for y in range(t.first[k], t.end[k]):
        share[y] = 0.0
    for row in range(n + DONOR + 1):
        if t.rhs[k, row] == np.inf:
            continue
        if row < n and s.label[d, row] != k and (s.used[d, k] or row != t.start[k]):
            continue
        room = t.rhs[k, row] - s.carried[d, k, row]
        asked = 0.0
        for y in range(t.first[k], t.end[k]):
            if s.label[d, y] == UNDECIDED:
                asked += max(t.a[k, row, y], 0.0)
                room -= min(t.a[k, row, y], 0.0)
        if room < best * asked:
            best = room / asked
            for y in range(t.first[k], t.end[k]):
                share[y] = max(t.a[k, row, y], 0.0) / max(room, 1e-12)


@making_kernel
def _surplus(t: Task, s: State, d: int, k: int, reach: Ints, saved: Floats) -> float:
    """What cannot be saved in the island of tie k, since its ties cannot carry everything.

    A fractional knapsack: each tie that may still take something gives room for one whole of its
    tightest limit, each zone takes the least share it has of any.
    """
    lo, hi = max(d, t.first[k]), t.end[k]
    least, share = np.empty(t.zone.size), np.empty(t.zone.size)
    room = 0.0
    lost = 0.0
    for y in range(lo, hi):
        least[y] = np.inf
        lost += saved[y]
    m = k
    while m < t.tie.size and t.first[m] == t.first[k]:
        asked = False
        for y in range(lo, hi):
            asked = asked or (reach[y] >> m & 1 == 1 and saved[y] > 0.0)
        if asked:
            _shares(t, s, d, m, share)
            room += 1.0
            for y in range(lo, hi):
                if reach[y] >> m & 1:
                    least[y] = min(least[y], share[y])
        m += 1
    while True:
        best = -1
        for y in range(lo, hi):
            if saved[y] > 0.0 and (
                best < 0 or saved[y] * least[best] > saved[best] * least[y]
            ):
                best = y
        if best < 0:
            return lost
        if least[best] > room:
            return float(lost - saved[best] * room / least[best])
        lost -= saved[best]
        room -= least[best]
        saved[best] = 0.0


@making_kernel
def _choose(grid: Grid, t: Task, s: State, y: int, option: int) -> int:
    """Apply an option to zone y: 0 as its parent, k + 1 through tie k from here, then dark.

    Works on depth y + 1. Returns the tie that feeds more now, -1 if none does, -2 if there is no
    such option.
    """
    d = y + 1
    a = t.parent[y]
    above = s.label[d, a] if a >= 0 else DARK
    chosen = option - 1
    top = y
    if option == 0:
        chosen = above
        if above < 0:
            return -2
    elif option <= t.tie.size:
        top = t.start[chosen]
        if s.used[d, chosen] or not y <= top < t.last[y]:
            return -2
        s.used[d, chosen] = True
    else:
        chosen = DARK
    while top != a:
        s.label[d, top] = chosen
        if chosen >= 0:
            for row in range(s.carried.shape[2]):
                s.carried[d, chosen, row] += t.a[chosen, row, top]
        top = t.parent[top]
    for k in range(t.tie.size):
        if chosen != above and (k == chosen or k == above):
            s.cut_h[d, k] = max(s.cut_h[d, k], t.open_h[y])
            s.cost[d, k] = lost_h(
                grid, t.faults, max(t.ready_h[k], s.cut_h[d, k]) + t.add_h[k]
            )
    return chosen


@making_kernel
def search(
    grid: Grid, load: Loading, z: int, t: Task, known: float, left: Ints, w: Work, label: Ints,
    back_h: Floats,
) -> tuple[float, float]:
    """The least cost found, at most `known`, and one that no plan undercuts.

    If it is less than `known`, that plan is put into `label` (tie of the task by zone, -1: none)
    and `back_h` [h]. `left` holds the steps and flows that may still be spent, and is lowered.
    """
    n = t.zone.size
    n_ties = t.tie.size
    never = lost_h(grid, t.faults, np.inf)
    s = State(
        np.empty((n + 1, n), np.int64), np.zeros((n + 1, n_ties), np.bool_),
        np.zeros((n + 1, n_ties)), np.zeros((n + 1, n_ties, n + N_ROWS)),
        np.zeros((n + 1, n_ties)), np.zeros((n + 1, n_ties), np.bool_),
    )
    option = np.empty(n + 1, np.int64)
    lower = np.empty(n + 1)
    for y in range(n):
        s.label[0, y] = UNDECIDED
    for k in range(n_ties):
        s.cost[0, k] = lost_h(grid, t.faults, t.ready_h[k] + t.add_h[k])
    best = known
    d = 0 * z
    option[0] = -1
    while d >= 0:
        if option[d] < 0:
            left[0] -= 1
            lower[d] = _bound(grid, t, s, d, never)
            if left[0] < 0 or left[1] < 0:
                least = best
                for m in range(d + 1):
                    least = min(least, lower[m])
                return best, least
        option[d] += 1
        if lower[d] >= best - SAME * (1.0 + best) or option[d] > n_ties + 1:
            d -= 1
            continue
        if d == n:
            good = True
            for k in range(n_ties):
                if good and s.used[d, k] and s.dirty[d, k]:
                    left[1] -= 1
                    good = _accepts(grid, load, z, t, s, d, t.group[k], w)
            if good:
                best = lower[d]
                for y in range(n):
                    k = s.label[d, y]
                    label[y] = k
                    back_h[y] = np.inf
                    if k >= 0:
                        back_h[y] = max(t.ready_h[k], s.cut_h[d, k]) + t.add_h[k]
            d -= 1
            continue
        if s.label[d, d] != UNDECIDED:
            if option[d] > 0:
                d -= 1
                continue
            _copy(s, d)
        else:
            _copy(s, d)
            k = _choose(grid, t, s, d, option[d])
            if k == -2:
                continue
            if k >= 0:
                share = _loading(t, s, d + 1, k)
                if share == np.inf:
                    continue
                for m in range(n_ties):
                    s.dirty[d + 1, m] = s.dirty[d + 1, m] or t.group[m] == t.group[k]
                if share > CLOSE:
                    left[1] -= 1
                    w.seen[0] = 0
                    if not _accepts(grid, load, z, t, s, d + 1, t.group[k], w) and (
                        w.seen[0] == 0 and _only_worse(t, s, d + 1, k)
                    ):
                        continue
        d += 1
        option[d] = -1
    return best, best
