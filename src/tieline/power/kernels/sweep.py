"""The fault sweep: for every zone trip, isolate, restore upstream, back-feed, count."""

from __future__ import annotations

import numpy as np
from numba import njit

from tieline.power.kernels.arrays import Flags, Floats, Grid, Ints, Loading, Work
from tieline.power.kernels.backfeed import (
    carries,
    clear_marks,
    collect,
    cut_h,
    feed_part,
)


SAME_H = 1e-9
"""Times [h] closer than this are the same."""


@njit(cache=True, nogil=True)
def upstream_h(grid: Grid, z: int) -> float:
    """Time [h] until what lies between the tripped device and the fault in z is back."""
    zones = grid.zones
    trip = zones.trip[z]
    if trip == z:
        return 0.0
    return float(max(zones.open_h[z], zones.reclose_travel_h[trip]) + zones.reclose_h[trip])


@njit(cache=True, nogil=True)
def _candidates(grid: Grid, z: int, usable: Flags, w: Work) -> int:
    """List the ends of usable ties below z whose other side may be live; their number.

    A tie between two parts below z is listed from both ends.
    """
    zones = grid.zones
    ties = grid.ties
    top = 0
    for y in range(z + 1, zones.end[z]):
        for e in range(ties.end_ptr[y], ties.end_ptr[y + 1]):
            tie = ties.end_tie[e]
            side = ties.end_side[e]
            if usable[tie] and ties.zone[tie, 1 - side] != z:
                w.cand[top] = tie
                w.cand_side[top] = side
                w.useless[top] = False
                top += 1
    return top


@njit(cache=True, nogil=True)
def _times(grid: Grid, z: int, n_cand: int, back_h: Floats, w: Work) -> None:
    """When each candidate could feed its whole part, in w.cand_h; inf while its donor is dark.

    `back_h` says when zones below z are live.
    """
    zones = grid.zones
    ties = grid.ties
    trip = zones.trip[z]
    for k in range(n_cand):
        tie = w.cand[k]
        other = ties.zone[tie, 1 - w.cand_side[k]]
        island = ties.zone[tie, w.cand_side[k]]
        while zones.parent[island] != z:
            island = zones.parent[island]
        ready = max(zones.open_h[island], ties.travel_h[tie])
        if z < other < zones.end[z]:
            ready = max(ready, back_h[other])
        elif trip <= other < zones.end[trip]:
            ready = max(ready, upstream_h(grid, z))
        w.cand_h[k] = ready + (ties.coordination_h[tie] + ties.operate_h[tie])


@njit(cache=True, nogil=True)
def _feed(
    grid: Grid, load: Loading, z: int, k: int, in_part: bool, n_hung: int, w: Work
) -> int:
    """Try candidate k on the dark part it ends in; the new number of attached nodes.

    -1: nothing to do; -2: the tie cannot carry this part (in part: not even its end zone).
    """
    zones = grid.zones
    ties = grid.ties
    tie = w.cand[k]
    side = w.cand_side[k]
    start = ties.zone[tie, side]
    other = ties.zone[tie, 1 - side]
    if w.via[start] >= 0:
        return -1
    inside = z < other < zones.end[z]
    if inside:
        if w.via[other] < 0:
            return -1
        unit = w.fed_by[other]
    else:
        unit = grid.lines.unit[ties.position[tie, 1 - side]]
    n = collect(grid, z, start, w)
    served = 0.0
    for m in range(n):
        y = w.part[m]
        served += zones.weight[y]
        for j in range(zones.kw.shape[1]):
            served += zones.kw[y, j]
    if served <= 0.0:
        return -1
    if in_part:
        top = feed_part(grid, load, z, tie, side, unit, n, n_hung, w)
    else:
        for m in range(n):
            w.mark[w.part[m]] = True
        top = carries(grid, load, z, tie, side, unit, n_hung, w)
    if top < 0:
        clear_marks(w, n)
        return -2
    island = start
    while zones.parent[island] != z:
        island = zones.parent[island]
    ready = max(zones.open_h[island], cut_h(grid, n, w), ties.travel_h[tie])
    trip = zones.trip[z]
    if inside:
        ready = max(ready, w.back_h[other])
    elif trip <= other < zones.end[trip]:
        ready = max(ready, upstream_h(grid, z))
    t = ready + (ties.coordination_h[tie] + ties.operate_h[tie])
    for m in range(n):
        y = w.part[m]
        if w.mark[y]:
            w.back_h[y] = t
            w.via[y] = tie
            w.fed_by[y] = unit
    clear_marks(w, n)
    return top


@njit(cache=True, nogil=True)
def _run(grid: Grid, load: Loading, z: int, n_cand: int, whole_first: bool, w: Work) -> bool:
    """Feed what can be fed below z, soonest first; whether any tie failed to carry a whole part."""
    for y in range(z, grid.zones.end[z]):
        w.back_h[y] = np.inf
        w.via[y] = -1
        w.fed_by[y] = -1
    n_hung = 0
    failed = False
    for stage in range(2 if whole_first else 1):
        in_part = stage == 1 or not whole_first
        for k in range(n_cand):
            w.tried[k] = w.useless[k]
        while True:
            _times(grid, z, n_cand, w.back_h, w)
            best = -1
            for k in range(n_cand):
                if not w.tried[k] and w.cand_h[k] < np.inf:
                    if best < 0 or w.cand_h[k] < w.cand_h[best]:
                        best = k
            if best < 0:
                break
            w.tried[best] = True
            top = _feed(grid, load, z, best, False, n_hung, w)
            if top == -2:
                failed = True
                if in_part:
                    top = _feed(grid, load, z, best, True, n_hung, w)
                    if top == -2 and n_hung == 0:
                        w.useless[best] = True
            if top >= 0:
                n_hung = top
        if not failed:
            break
    return failed


@njit(cache=True, nogil=True)
def _cost(grid: Grid, z: int, back_h: Floats) -> float:
    """Weighted customer-hours a year below z, over the repair times of its failures."""
    zones = grid.zones
    faults = grid.faults
    total = 0.0
    for y in range(z + 1, zones.end[z]):
        for c in range(faults.ptr[z], faults.ptr[z + 1]):
            total += zones.weight[y] * faults.rate[c] * min(back_h[y], faults.repair_h[c])
    return total


@njit(cache=True, nogil=True)
def restore_zone(grid: Grid, load: Loading, z: int, usable: Flags, w: Work) -> int:
    """Plan for a fault in z, left in w.back_h and w.via for zones [z, end); candidates found.

    Parts are fed whole where a tie can, soonest tie first; where none can, two greedy orders are
    tried (whole parts first, or soonest tie first in part) and the better one is kept.
    """
    n_cand = _candidates(grid, z, usable, w)
    failed = _run(grid, load, z, n_cand, True, w)
    if failed:
        end = grid.zones.end[z]
        first = _cost(grid, z, w.back_h)
        w.best_back_h[z:end] = w.back_h[z:end]
        w.best_via[z:end] = w.via[z:end]
        _run(grid, load, z, n_cand, False, w)
        if _cost(grid, z, w.back_h) >= first:
            w.back_h[z:end] = w.best_back_h[z:end]
            w.via[z:end] = w.best_via[z:end]
    return n_cand


@njit(cache=True, nogil=True)
def _soonest(grid: Grid, z: int, n_cand: int, w: Work) -> None:
    """Earliest conceivable return of each zone below z, in w.best_back_h: limits ignored.

    Ties that could not even carry their own end zone are left out: adding load to a tie is taken
    never to relieve it.
    """
    zones = grid.zones
    ties = grid.ties
    w.best_back_h[z : zones.end[z]] = np.inf
    changed = True
    while changed:
        changed = False
        _times(grid, z, n_cand, w.best_back_h, w)
        for k in range(n_cand):
            island = ties.zone[w.cand[k], w.cand_side[k]]
            if w.useless[k] or not w.cand_h[k] < w.best_back_h[island]:
                continue
            while zones.parent[island] != z:
                island = zones.parent[island]
            w.best_back_h[island : zones.end[island]] = w.cand_h[k]
            changed = True


@njit(cache=True, nogil=True)
def _count(grid: Grid, load: Loading, z: int, w: Work, out: Floats, gap: Floats) -> None:
    """Add what faults in z cost each jurisdiction in this level to out[z] and gap[z].

    out[z, j] = interruptions, customer-hours, kWh a year; gap[z, j] = customer-hours, kWh.
    """
    zones = grid.zones
    faults = grid.faults
    trip = zones.trip[z]
    end = zones.end[z]
    t_up = upstream_h(grid, z)
    for c in range(faults.ptr[z], faults.ptr[z + 1]):
        rate = faults.rate[c] * load.share
        repair = faults.repair_h[c]
        for j in range(zones.customers.shape[1]):
            all_c = zones.customers_sum[zones.end[trip], j] - zones.customers_sum[trip, j]
            all_kw = zones.kw_sum[zones.end[trip], j] - zones.kw_sum[trip, j]
            low_c = zones.customers_sum[end, j] - zones.customers_sum[z, j]
            low_kw = zones.kw_sum[end, j] - zones.kw_sum[z, j]
            up = min(t_up, repair)
            hours = (all_c - low_c) * up + zones.customers[z, j] * repair
            energy = (all_kw - low_kw) * up + zones.kw[z, j] * repair
            lost_hours = 0.0
            lost_energy = 0.0
            for y in range(z + 1, end):
                dark = min(w.back_h[y], repair)
                hours += zones.customers[y, j] * dark
                energy += zones.kw[y, j] * dark
                slack = dark - min(w.best_back_h[y], dark)
                if slack < SAME_H:
                    slack = 0.0
                lost_hours += zones.customers[y, j] * slack
                lost_energy += zones.kw[y, j] * slack
            out[z, j, 0] += rate * all_c
            out[z, j, 1] += rate * hours
            out[z, j, 2] += rate * energy * load.kw_factor
            gap[z, j, 0] += rate * lost_hours
            gap[z, j, 1] += rate * lost_energy * load.kw_factor


@njit(cache=True, nogil=True)
def sweep(
    grid: Grid, load: Loading, todo: Ints, usable: Flags, w: Work, out: Floats, gap: Floats
) -> None:
    """Add up faults in the zones of `todo` at one load level; shapes as in `_count`."""
    for z in todo:
        n_cand = restore_zone(grid, load, z, usable, w)
        _soonest(grid, z, n_cand, w)
        _count(grid, load, z, w, out, gap)


@njit(cache=True, nogil=True)
def plan(
    grid: Grid, load: Loading, todo: Ints, usable: Flags, w: Work, ptr: Ints, back_h: Floats,
    via: Ints,
) -> None:
    """Write down the plan for each zone of `todo`: return time [h] and tie of every zone below.

    Entries ptr[k] to ptr[k + 1] belong to todo[k] and run over zones [z, end); a zone that waits
    for repair has inf and -1.
    """
    for k in range(todo.size):
        z = todo[k]
        restore_zone(grid, load, z, usable, w)
        n = grid.zones.end[z] - z
        back_h[ptr[k] : ptr[k] + n] = w.back_h[z : z + n]
        via[ptr[k] : ptr[k] + n] = w.via[z : z + n]

