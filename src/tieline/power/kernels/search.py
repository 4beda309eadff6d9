"""The best plan after one fault, found by branch and bound where islands are small.

Every zone below the fault is left dark or fed through one tie; what a tie feeds is connected and
holds the tie's end. Zones are decided from the fault outwards. A branch is left when linear limits
or the power flow refuse what it feeds, or when its bound is no better than the best plan known.
The search ends by numbers of steps, never by the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from tieline.power.kernels.arrays import Flags, Floats, Ints
from tieline.power.kernels.backfeed import carries
from tieline.power.kernels.linear import ACTIVE, DONOR, N_ROWS, REACTIVE

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Grid, Loading, Work

MOST_ZONES = 32
"""Zones of islands that share a donor, up to which they are searched."""
MOST_STEPS = 40000
"""Branches one search may look at."""
MOST_FLOWS = 4000
"""Power flows one search may ask for."""
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
    `least` (K, 2). `faults` are the failures counted, a slice of the grid's.
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
    faults: tuple[int, int]


class State(NamedTuple):
    """A partial plan: `label` by zone, and by tie whether it is used, its latest cut [h], the sum
    of its rows, the cost of an hour's worth at its time; `dirty` if the flow has not been asked
    since it last changed.
    """

    label: Ints
    used: Flags
    cut_h: Floats
    carried: Floats
    cost: Floats
    dirty: Flags


@njit(cache=True, nogil=True)
def lost_h(grid: Grid, faults: tuple[int, int], hours: float) -> float:
    """Hours lost a year by what is back `hours` after one of these failures, or when repaired."""
    total = 0.0
    for c in range(faults[0], faults[1]):
        total += grid.faults[c].rate * min(hours, grid.faults[c].repair_h)
    return total


@njit(cache=True, nogil=True)
def _set_time(grid: Grid, t: Task, s: State, k: int, cut_h: float) -> None:
    """Let tie k wait for a cut."""
    s.cut_h[k] = max(s.cut_h[k], cut_h)
    s.cost[k] = lost_h(grid, t.faults, max(t.ready_h[k], s.cut_h[k]) + t.add_h[k])


@njit(cache=True, nogil=True)
def _include(t: Task, s: State, k: int, y: int) -> None:
    """Feed zone y through tie k."""
    s.label[y] = k
    for row in range(s.carried.shape[1]):
        s.carried[k, row] += t.a[k, row, y]


@njit(cache=True, nogil=True)
def _loading(t: Task, s: State, k: int) -> float:
    """The highest share of a linear limit that tie k uses; inf if one is passed."""
    n = t.zone.size
    worst = 0.0
    for row in range(n + N_ROWS):
        if t.rhs[k, row] == np.inf or (row < n and s.label[row] != k):
            continue
        if s.carried[k, row] > t.rhs[k, row]:
            return np.inf
        if t.rhs[k, row] > 0.0:
            worst = max(worst, s.carried[k, row] / t.rhs[k, row])
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def _flows(grid: Grid, load: Loading, z: int, t: Task, s: State, group: int, w: Work) -> bool:
    """Whether the power flow accepts what all ties of a group feed."""
    n_hung = 0 * z
    for k in range(t.tie.size):
        if t.group[k] != group or not s.used[k]:
            continue
        for y in range(t.first[k], t.end[k]):
            w.zone[t.zone[y]].mark = s.label[y] == k
        n_hung = carries(grid, load, z, t.tie[k], t.side[k], t.unit[k], n_hung, w)
        for y in range(t.first[k], t.end[k]):
            w.zone[t.zone[y]].mark = False
        if n_hung < 0:
            return False
    for k in range(t.tie.size):
        if t.group[k] == group:
            s.dirty[k] = False
    return True


@njit(cache=True, nogil=True)
def _only_worse(t: Task, s: State, k: int, d: int) -> bool:
    """Whether whatever may still be added, from zone d on, can only add to flows on the way."""
    n = t.zone.size
    for m in range(t.tie.size):
        if t.group[m] != t.group[k]:
            continue
        if s.used[m] and (
            s.carried[m, n + ACTIVE] + t.least[m, 0] < 0.0
            or s.carried[m, n + REACTIVE] + t.least[m, 1] < 0.0
        ):
            return False
        for y in range(max(d, t.first[m]), t.end[m]):
            if s.label[y] == UNDECIDED and (
                t.a[m, n + ACTIVE, y] < 0.0 or t.a[m, n + REACTIVE, y] < 0.0
            ):
                return False
    return True


@njit(cache=True, nogil=True)
def _tightest(t: Task, s: State, k: int, share: Floats) -> bool:
    """Whether tie k may not be able to feed all undecided zones; their shares of what is left.

    `share` is set for the row that binds first among those sure to hold.
    """
    n = t.zone.size
    best = 1.0
    for row in range(n + DONOR + 1):
        if t.rhs[k, row] == np.inf:
            continue
        if row < n and s.label[row] != k and (s.used[k] or row != t.start[k]):
            continue
        room = t.rhs[k, row] - s.carried[k, row]
        asked = 0.0
        for y in range(t.first[k], t.end[k]):
            if s.label[y] == UNDECIDED:
                asked += max(t.a[k, row, y], 0.0)
                room -= min(t.a[k, row, y], 0.0)
        if room < best * asked:
            best = room / asked
            for y in range(t.first[k], t.end[k]):
                share[y] = max(t.a[k, row, y], 0.0) / max(room, 1e-12)
    return best < 1.0


@njit(cache=True, nogil=True)
def _reach(t: Task, s: State, d: int, reach: Ints) -> None:
    """Bits of the ties that may still feed each undecided zone."""
    n = t.zone.size
    root = np.empty(n, np.int64)
    for y in range(d, n):
        reach[y] = 0
        if s.label[y] != UNDECIDED:
            continue
        a = t.parent[y]
        if a >= d and s.label[a] == UNDECIDED:
            root[y] = root[a]
        else:
            root[y] = y
            if a >= 0 and s.label[a] >= 0:
                reach[y] |= 1 << s.label[a]
    for k in range(t.tie.size):
        y = t.start[k]
        if not s.used[k] and y >= d and s.label[y] == UNDECIDED:
            reach[root[y]] |= 1 << k
    for y in range(d, n):
        if s.label[y] == UNDECIDED:
            reach[y] = reach[root[y]]


@njit(cache=True, nogil=True)
def _bound(grid: Grid, t: Task, s: State, d: int, never: float) -> float:
    """No plan that goes on from here, zones before d decided, costs less."""
    n = t.zone.size
    n_ties = t.tie.size
    total = 0.0
    reach = np.zeros(n, np.int64)
    saved = np.zeros(n)
    _reach(t, s, d, reach)
    for y in range(n):
        if s.label[y] >= 0:
            total += t.worth[y] * s.cost[s.label[y]]
            continue
        least = never
        for k in range(n_ties):
            if reach[y] >> k & 1:
                least = min(least, s.cost[k])
        total += t.worth[y] * least
        saved[y] = t.worth[y] * (never - least)
    first = -1
    for k in range(n_ties):
        if t.first[k] != first:
            first = t.first[k]
            total += _surplus(t, s, d, k, reach, saved)
    return total


@njit(cache=True, nogil=True)
def _surplus(t: Task, s: State, d: int, k: int, reach: Ints, saved: Floats) -> float:
    """What cannot be saved in the island of tie k, since its ties cannot carry everything.

    A fractional knapsack: each tie that may still take something gives room for one whole of its
    tightest limit, each zone takes the least share it has of any.
    """
    lo, hi = max(d, t.first[k]), t.end[k]
    least = np.full(t.zone.size, np.inf)
    share = np.empty(t.zone.size)
    room = 0.0
    m = k
    while m < t.tie.size and t.first[m] == t.first[k]:
        asked = False
        for y in range(lo, hi):
            asked = asked or (reach[y] >> m & 1 == 1 and saved[y] > 0.0)
        if asked:
            limited = _tightest(t, s, m, share)
            room += 1.0
            for y in range(lo, hi):
                if reach[y] >> m & 1:
                    least[y] = min(least[y], share[y]) if limited else 0.0
        m += 1
    lost = 0.0
    for y in range(lo, hi):
        lost += saved[y]
    while True:
        best = -1
        for y in range(lo, hi):
            if saved[y] > 0.0 and (
                best < 0 or saved[y] * least[best] > saved[best] * least[y]
            ):
                best = y
        if best < 0:
            return lost
        part = 1.0 if least[best] <= room else room / least[best]
        lost -= part * saved[best]
        room -= part * least[best]
        saved[best] = 0.0
        if part < 1.0:
            return lost


class Found(NamedTuple):
    """The least cost found, a bound below which no plan costs, and the labels and times [h] of
    the best plan found if it is better than the one given."""

    cost: float
    least: float
    better: bool


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(
    grid: Grid, t: Task, s: State, y: int, option: int
) -> int:
    """Apply an option to zone y: 0 as its parent, k + 1 through tie k from here, then dark.

    Returns the tie that feeds more now, -1 if none does, -2 if there is no such option.
    """
    n_ties = t.tie.size
    a = t.parent[y]
    above = s.label[a] if a >= 0 else DARK
    if option == 0:
        if above < 0:
            return -2
        _include(t, s, above, y)
        return above
    if option <= n_ties:
        k = option - 1
        if s.used[k] or not y <= t.start[k] < t.last[y]:
            return -2
        s.used[k] = True
        x = t.start[k]
        while x != a:
            _include(t, s, k, x)
            x = t.parent[x]
        _set_time(grid, t, s, k, t.open_h[y])
        if above >= 0:
            _set_time(grid, t, s, above, t.open_h[y])
        return k
    s.label[y] = DARK
    if above >= 0:
        _set_time(grid, t, s, above, t.open_h[y])
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    grid: Grid, load: Loading, z: int, t: Task, known: float, w: Work, label: Ints, back_h: Floats
) -> Found:
    """The best plan for a task, in `label` and `back_h` if it costs less than `known`."""
    n = t.zone.size
    n_ties = t.tie.size
    never = lost_h(grid, t.faults, np.inf)
    s = State(
        np.full(n, UNDECIDED), np.zeros(n_ties, np.bool_), np.zeros(n_ties),
        np.zeros((n_ties, n + N_ROWS)), np.zeros(n_ties), np.zeros(n_ties, np.bool_),
    )
    for k in range(n_ties):
        _set_time(grid, t, s, k, 0.0)
    option = np.full(n + 1, -1)
    lower = np.empty(n + 1)
    labels = np.empty((n + 1, n), np.int64)
    used = np.empty((n + 1, n_ties), np.bool_)
    dirty = np.empty((n + 1, n_ties), np.bool_)
    cut_h = np.empty((n + 1, n_ties))
    cost = np.empty((n + 1, n_ties))
    carried = np.empty((n + 1, n_ties, n + N_ROWS))
    best = known
    better = False
    steps = 0
    flows = 0
    d = 0
    while d >= 0:
        if option[d] < 0:
            steps += 1
            if steps > MOST_STEPS or flows > MOST_FLOWS:
                least = best
                for m in range(d):
                    least = min(least, lower[m])
                return Found(best, least, better)
            lower[d] = _bound(grid, t, s, d, never)
            if lower[d] >= best - SAME * (1.0 + best):
                d -= 1
                continue
            if d == n:
                good = True
                for k in range(n_ties):
                    if good and s.used[k] and s.dirty[k]:
                        flows += 1
                        good = _flows(grid, load, z, t, s, t.group[k], w)
                if good:
                    best = lower[d]
                    better = True
                    for y in range(n):
                        k = s.label[y]
                        label[y] = k
                        back_h[y] = np.inf
                        if k >= 0:
                            back_h[y] = max(t.ready_h[k], s.cut_h[k]) + t.add_h[k]
                d -= 1
                continue
            labels[d] = s.label
            used[d] = s.used
            dirty[d] = s.dirty
            cut_h[d] = s.cut_h
            cost[d] = s.cost
            carried[d] = s.carried
            option[d] = 0
        else:
            s.label[:] = labels[d]
            s.used[:] = used[d]
            s.dirty[:] = dirty[d]
            s.cut_h[:] = cut_h[d]
            s.cost[:] = cost[d]
            s.carried[:] = carried[d]
            option[d] += 1
        if s.label[d] != UNDECIDED:
            if option[d] > 0:
                option[d] = -1
                d -= 1
                continue
            d += 1
            continue
        if option[d] > n_ties + 1 or lower[d] >= best - SAME * (1.0 + best):
            option[d] = -1
            d -= 1
            continue
        k = _choose(grid, t, s, d, option[d])
        if k == -2:
            continue
        if k >= 0:
            share = _loading(t, s, k)
            if share == np.inf:
                continue
            for m in range(n_ties):
                s.dirty[m] = s.dirty[m] or t.group[m] == t.group[k]
            if share > CLOSE:
                flows += 1
                w.seen[0] = 0
                if not _flows(grid, load, z, t, s, t.group[k], w) and w.seen[0] == 0 and (
                    _only_worse(t, s, k, d + 1)
                ):
                    continue
        d += 1
    return Found(best, best, better)
