"""Exact plans: the islands of a fault, taken together where they share a donor, and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.compiled import making_kernel
from tieline.power.kernels.linear import N_ROWS, Island, limit_tie
from tieline.power.kernels.restore import restore_zone, upstream_h
from tieline.power.kernels.search import MOST_FLOWS, MOST_STEPS, MOST_ZONES, Task, lost_h, search

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Flags, Grid, Ints, Loading, Work

TIE_BREAK = 1e-6
"""Weight of all energy beside that of all customers where it only breaks ties."""
MOST_TASK_TIES = 8
"""Ties into islands that share a donor, up to which they are searched."""


@making_kernel
def _group(grid: Grid, load: Loading, tie: int, side: int) -> int:
    """What ties must share to be checked together: the feeder; the source if it has a limit."""
    unit = grid.lines[grid.tie_position[tie, 1 - side]].unit
    source = grid.units[unit].source
    return int(-1 - source if np.isfinite(load.source[source].s_max) else unit)


@making_kernel
def _head(grid: Grid, z: int, y: int) -> int:
    """The first zone of the island that y lies in."""
    while grid.zones[y].parent != z:
        y = grid.zones[y].parent
    return y


@making_kernel
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


@making_kernel
def _ends_of(
    grid: Grid, z: int, task: int, task_of: Ints, n_cand: int, w: Work
) -> tuple[Ints, int]:
    """The candidates of a task, by island, and how many zones their islands have."""
    out = np.empty(n_cand, np.int64)
    n = 0
    for y in range(z + 1, grid.zones[z].end):
        for k in range(n_cand):
            if task_of[k] == task and grid.tie_zone[w.cand[k].tie, w.cand[k].side] == y:
                out[n] = k
                n += 1
    n_zones = 0
    last = -1
    for m in range(n):
        head = _head(grid, z, grid.tie_zone[w.cand[out[m]].tie, w.cand[out[m]].side])
        if head != last:
            n_zones += grid.zones[head].end - head
            last = head
    return out[:n], n_zones


@making_kernel
def _make(
    grid: Grid, load: Loading, z: int, ends: Ints, n: int, w: Work
) -> Task:
    """The task of these candidates, of n zones; `worth` and `faults` are still to be set."""
    zones = grid.zones
    ties = grid.ties
    trip = zones[z].trip
    n_ties = ends.size
    t = Task(
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n),
        np.empty(n), np.empty(n_ties, np.int64), np.empty(n_ties, np.int64),
        np.empty(n_ties, np.int64), np.empty(n_ties, np.int64), np.empty(n_ties, np.int64),
        np.empty(n_ties, np.int64), np.empty(n_ties), np.empty(n_ties),
        np.empty(n_ties, np.int64), np.empty((n_ties, n + N_ROWS, n)),
        np.empty((n_ties, n + N_ROWS)), np.empty((n_ties, 2)), np.empty(2, np.int64),
    )
    first = 0
    end = 0
    last = -1
    for m in range(n_ties):
        tie = w.cand[ends[m]].tie
        side = w.cand[ends[m]].side
        head = _head(grid, z, grid.tie_zone[tie, side])
        if head != last:
            first = end
            end += zones[head].end - head
            last = head
            for y in range(head, zones[head].end):
                i = first + y - head
                t.zone[i] = y
                t.parent[i] = -1 if y == head else first + zones[y].parent - head
                t.last[i] = first + zones[y].end - head
                t.open_h[i] = zones[y].open_h
        other = grid.tie_zone[tie, 1 - side]
        t.tie[m] = tie
        t.side[m] = side
        t.unit[m] = grid.lines[grid.tie_position[tie, 1 - side]].unit
        t.first[m] = first
        t.end[m] = end
        t.start[m] = first + grid.tie_zone[tie, side] - head
        t.ready_h[m] = max(zones[head].open_h, ties[tie].travel_h)
        if trip <= other < zones[trip].end:
            t.ready_h[m] = max(t.ready_h[m], upstream_h(grid, z))
        t.add_h[m] = ties[tie].coordination_h + ties[tie].operate_h
        t.group[m] = _group(grid, load, tie, side)
        lo = zones[head].head
        island = Island(lo, grid.lines[lo].end, head, first)
        t.least[m, 0], t.least[m, 1] = limit_tie(
            grid, load, z, tie, side, island, t.a[m], t.rhs[m]
        )
    return t


@making_kernel
def _appraise(
    grid: Grid, t: Task, by_customers: bool, by_energy: bool, w: Work
) -> float:
    """Set what an hour of each zone is worth; what the present plan costs then.

    Customers count by weight; energy in kWh, or beside customers so little that it only decides
    between plans that cost the same otherwise.
    """
    weight = 0.0
    energy = 0.0
    for i in range(t.zone.size):
        weight += grid.zones[t.zone[i]].weight
        for j in range(grid.kw.shape[1]):
            energy += grid.kw[t.zone[i], j]
    scale = 1.0
    if by_customers:
        scale = TIE_BREAK * weight / energy if energy > 0.0 else 0.0
    total = 0.0
    for i in range(t.zone.size):
        y = t.zone[i]
        t.worth[i] = grid.zones[y].weight if by_customers else 0.0
        if by_energy:
            for j in range(grid.kw.shape[1]):
                t.worth[i] += scale * grid.kw[y, j]
        total += t.worth[i] * lost_h(grid, t.faults, w.zone[y].back_h)
    return total


@making_kernel
def best_plan(
    grid: Grid, load: Loading, z: int, usable: Flags, bounds: bool, w: Work
) -> tuple[int, float, float]:
    """The plan for a fault in z, left in w.zone (back_h, via): searched if not all fits whole.

    Returns the number of candidates, and by how much the plan may exceed the best, per year: in
    weighted customer-hours, and in kWh; inf if not known, because all fits whole, `bounds` are not
    asked for, parts below the fault may feed each other, or islands are too large. The plan is one
    for all failures in z; the best is one for each time to repair.
    """
    n_cand, failed = restore_zone(grid, load, z, usable, w)
    for y in range(z, grid.zones[z].end):
        failed = failed and not w.zone[y].relay
    if not failed:
        return n_cand, np.inf, np.inf
    task_of = np.empty(n_cand, np.int64)
    join_islands(grid, load, z, n_cand, w, task_of)
    first = grid.fault_ptr[z]
    n_faults = grid.fault_ptr[z + 1] - first
    left = np.array([MOST_STEPS, MOST_FLOWS])
    hours = 0.0
    energy = 0.0
    for task in range(n_cand):
        ends, n = _ends_of(grid, z, task, task_of, n_cand, w)
        if ends.size == 0:
            continue
        if ends.size > MOST_TASK_TIES or n > MOST_ZONES:
            hours = energy = np.inf
            continue
        t = _make(grid, load, z, ends, n, w)
        label, back_h = np.empty(n, np.int64), np.empty(n)
        for turn in range(2 * n_faults + 1 if bounds else 1):
            t.faults[0] = first + max(turn - 1, 0) // 2
            t.faults[1] = t.faults[0] + 1 if turn > 0 else first + n_faults
            by_energy = turn > 0 and turn % 2 == 0
            known = _appraise(grid, t, not by_energy, by_energy or turn == 0, w)
            cost, least = search(grid, load, z, t, known, left, w, label, back_h)
            if turn > 0 and by_energy:
                energy += known - least
            elif turn > 0:
                hours += known - least
            elif cost < known:
                for i in range(n):
                    w.zone[t.zone[i]].back_h = back_h[i]
                    w.zone[t.zone[i]].via = t.tie[label[i]] if label[i] >= 0 else -1
    if not bounds:
        return n_cand, np.inf, np.inf
    return n_cand, hours, energy
