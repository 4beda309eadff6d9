"""Exact plans: the islands of a fault, taken together where they share a donor, and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from tieline.power.kernels.linear import N_ROWS, Island, limit_tie
from tieline.power.kernels.restore import restore_zone, upstream_h
from tieline.power.kernels.search import MOST_ZONES, Task, lost_h, search

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Flags, Grid, Ints, Loading, Work

TIE_BREAK = 1e-6
"""Weight of energy beside that of customers."""
MOST_TASK_TIES = 8
"""Ties into islands that share a donor, up to which they are searched."""


@njit(cache=True, nogil=True)
def _group(grid: Grid, load: Loading, tie: int, side: int) -> int:
    """What ties must share to be checked together: the feeder; the source if it has a limit."""
    unit = grid.lines[grid.tie_position[tie, 1 - side]].unit
    source = grid.units[unit].source
    return -1 - source if np.isfinite(load.source[source].s_max) else unit


@njit(cache=True, nogil=True)
def _head(grid: Grid, z: int, y: int) -> int:
    """The first zone of the island that y lies in."""
    while grid.zones[y].parent != z:
        y = grid.zones[y].parent
    return y


@njit(cache=True, nogil=True)
def join_islands(grid: Grid, load: Loading, z: int, n_cand: int, w: Work, task_of: Ints) -> None:
    """Number each candidate's task: candidates of one island or one group share it."""
    for k in range(n_cand):
        task_of[k] = k
    changed = True
    while changed:
        changed = False
        for k in range(n_cand):
            a, b = w.cand[k].tie, w.cand[k].side
            for m in range(k):
                c, d = w.cand[m].tie, w.cand[m].side
                same = _group(grid, load, a, b) == _group(grid, load, c, d) or (
                    _head(grid, z, grid.tie_zone[a, b]) == _head(grid, z, grid.tie_zone[c, d])
                )
                if same and task_of[k] != task_of[m]:
                    task_of[k] = task_of[m] = min(task_of[k], task_of[m])
                    changed = True


@njit(cache=True, nogil=True, error_model="numpy")
def _make(
    grid: Grid, load: Loading, z: int, ends: Ints, faults: tuple[int, int], by_energy: bool,
    w: Work,
) -> Task:
    """The task of these candidates, in the order of their islands."""
    zones = grid.zones
    n_ties = ends.size
    n = 0
    last = -1
    for k in ends:
        head = _head(grid, z, grid.tie_zone[w.cand[k].tie, w.cand[k].side])
        if head != last:
            n += zones[head].end - head
            last = head
    t = Task(
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n),
        np.zeros(n), np.empty(n_ties, np.int64), np.empty(n_ties, np.int64),
        np.empty(n_ties, np.int64), np.empty(n_ties, np.int64), np.empty(n_ties, np.int64),
        np.empty(n_ties, np.int64), np.empty(n_ties), np.empty(n_ties),
        np.empty(n_ties, np.int64), np.empty((n_ties, n + N_ROWS, n)),
        np.empty((n_ties, n + N_ROWS)), np.empty((n_ties, 2)), faults,
    )
    n = 0
    last = -1
    for m in range(n_ties):
        k = ends[m]
        head = _head(grid, z, grid.tie_zone[w.cand[k].tie, w.cand[k].side])
        if head != last:
            for y in range(head, zones[head].end):
                i = n + y - head
                t.zone[i] = y
                t.parent[i] = -1 if y == head else n + zones[y].parent - head
                t.last[i] = n + zones[y].end - head
                t.open_h[i] = zones[y].open_h
                t.worth[i] = zones[y].weight
                if by_energy:
                    t.worth[i] = grid.kw[y].sum()
            n += zones[head].end - head
            last = head
        _add_tie(grid, load, z, m, w.cand[k].tie, w.cand[k].side, head, n, t)
    return t


@njit(cache=True, nogil=True, error_model="numpy")
def _add_tie(
    grid: Grid, load: Loading, z: int, m: int, tie: int, side: int, head: int, n: int, t: Task
) -> None:
    """Fill in tie m of a task, whose island ends at column n."""
    zones = grid.zones
    trip = zones[z].trip
    other = grid.tie_zone[tie, 1 - side]
    t.tie[m] = tie
    t.side[m] = side
    t.unit[m] = grid.lines[grid.tie_position[tie, 1 - side]].unit
    t.first[m] = n - (zones[head].end - head)
    t.end[m] = n
    t.start[m] = t.first[m] + grid.tie_zone[tie, side] - head
    t.ready_h[m] = max(zones[head].open_h, grid.ties[tie].travel_h)
    if trip <= other < zones[trip].end:
        t.ready_h[m] = max(t.ready_h[m], upstream_h(grid, z))
    t.add_h[m] = grid.ties[tie].coordination_h + grid.ties[tie].operate_h
    t.group[m] = _group(grid, load, tie, side)
    lo = zones[head].head
    island = Island(lo, grid.lines[lo].end, head, t.first[m])
    t.least[m, 0], t.least[m, 1] = limit_tie(
        grid, load, z, tie, side, island, t.a[m], t.rhs[m]
    )


@njit(cache=True, nogil=True)
def _ends_of(grid: Grid, z: int, task: int, task_of: Ints, n_cand: int, w: Work) -> Ints:
    """The candidates of a task, by island."""
    out = np.empty(n_cand, np.int64)
    n = 0
    for k in range(n_cand):
        if task_of[k] == task:
            out[n] = k
            n += 1
    for i in range(1, n):
        j = i
        while j > 0 and (
            grid.tie_zone[w.cand[out[j]].tie, w.cand[out[j]].side]
            < grid.tie_zone[w.cand[out[j - 1]].tie, w.cand[out[j - 1]].side]
        ):
            out[j], out[j - 1] = out[j - 1], out[j]
            j -= 1
    return out[:n]


@njit(cache=True, nogil=True)
def _n_zones(grid: Grid, z: int, ends: Ints, w: Work) -> int:
    """Zones of the islands of these candidates."""
    n = 0
    last = -1
    for k in ends:
        head = _head(grid, z, grid.tie_zone[w.cand[k].tie, w.cand[k].side])
        if head != last:
            n += grid.zones[head].end - head
            last = head
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _break_ties(grid: Grid, t: Task, w: Work) -> float:
    """Let energy decide between plans of the same weighted cost; what that adds to the present."""
    weight = t.worth.sum()
    energy = 0.0
    for y in t.zone:
        energy += grid.kw[y].sum()
    if weight <= 0.0 or energy <= 0.0:
        return 0.0
    added = 0.0
    for i in range(t.zone.size):
        y = t.zone[i]
        more = TIE_BREAK * weight / energy * grid.kw[y].sum()
        t.worth[i] += more
        added += more * lost_h(grid, t.faults, w.zone[y].back_h)
    return added


@njit(cache=True, nogil=True, error_model="numpy")
def _search(
    grid: Grid, load: Loading, z: int, n_cand: int, faults: tuple[int, int], by_energy: bool,
    replace: bool, w: Work,
) -> float:
    """By how much the plan in w.zone (back_h, via) may exceed the best for these faults, per year.

    In weighted customer-hours, or `by_energy` in kWh; inf if that is not known: where parts below
    the fault may feed each other, or are too large. With `replace` a better plan takes its place.
    """
    for y in range(z, grid.zones[z].end):
        if w.zone[y].relay:
            return np.inf
    task_of = np.empty(n_cand, np.int64)
    join_islands(grid, load, z, n_cand, w, task_of)
    excess = 0.0
    for task in range(n_cand):
        ends = _ends_of(grid, z, task, task_of, n_cand, w)
        if ends.size == 0:
            continue
        if ends.size > MOST_TASK_TIES or _n_zones(grid, z, ends, w) > MOST_ZONES:
            return np.inf
        t = _make(grid, load, z, ends, faults, by_energy, w)
        known = 0.0
        n = t.zone.size
        for i in range(n):
            known += t.worth[i] * lost_h(grid, faults, w.zone[t.zone[i]].back_h)
        label, back_h = np.empty(n, np.int64), np.empty(n)
        if replace:
            known += _break_ties(grid, t, w)
        found = search(grid, load, z, t, known, w, label, back_h)
        excess += (found.cost if replace else known) - found.least
        if found.better and replace:
            for i in range(n):
                w.zone[t.zone[i]].back_h = back_h[i]
                w.zone[t.zone[i]].via = t.tie[label[i]] if label[i] >= 0 else -1
    return excess


@njit(cache=True, nogil=True, error_model="numpy")
def excess(
    grid: Grid, load: Loading, z: int, n_cand: int, by_energy: bool, w: Work
) -> float:
    """By how much the plan in w.zone may exceed the best, per year; inf: unknown.

    In weighted customer-hours, or `by_energy` in kWh. The plan is one for all failures in z; the
    best is one for each time to repair.
    """
    total = 0.0
    for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
        total += _search(grid, load, z, n_cand, (c, c + 1), by_energy, z < 0, w)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def best_plan(grid: Grid, load: Loading, z: int, usable: Flags, w: Work) -> tuple[int, bool]:
    """The plan for a fault in z, left in w.zone (back_h, via): searched if not all fits whole.

    Returns the number of candidates, and whether any failed to carry a whole part.
    """
    n_cand, failed = restore_zone(grid, load, z, usable, w)
    if failed:
        faults = (grid.fault_ptr[z], grid.fault_ptr[z + 1])
        _search(grid, load, z, n_cand, faults, z < 0, failed, w)
    return n_cand, failed
