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
    """List tie ends that may feed something below z, soonest first (as if fed in whole).

    A tie between two parts below z is listed from both ends, behind every other.
    """
    zones = grid.zones
    ties = grid.ties
    t_up = upstream_h(grid, z)
    trip = zones.trip[z]
    top = 0
    island = z + 1
    while island < zones.end[z]:
        for y in range(island, zones.end[island]):
            for e in range(ties.end_ptr[y], ties.end_ptr[y + 1]):
                tie = ties.end_tie[e]
                side = ties.end_side[e]
                other = ties.zone[tie, 1 - side]
                if not usable[tie] or other == z:
                    continue
                t = max(zones.open_h[island], ties.travel_h[tie])
                t += ties.coordination_h[tie] + ties.operate_h[tie]
                if trip <= other < zones.end[trip]:
                    t = max(t, t_up)
                if z < other < zones.end[z]:
                    t += 1e6
                k = top
                while k > 0 and (
                    w.cand_h[k - 1] > t or (w.cand_h[k - 1] == t and w.cand[k - 1] > tie)
                ):
                    w.cand[k] = w.cand[k - 1]
                    w.cand_side[k] = w.cand_side[k - 1]
                    w.cand_h[k] = w.cand_h[k - 1]
                    k -= 1
                w.cand[k] = tie
                w.cand_side[k] = side
                w.cand_h[k] = t
                top += 1
        island = zones.end[island]
    for k in range(top):
        w.useless[k] = False
    return top


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
    weight = 0.0
    for m in range(n):
        weight += zones.weight[w.part[m]]
    if weight <= 0.0:
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
    ready = max(cut_h(grid, n, w), ties.travel_h[tie])
    if inside:
        ready = max(ready, w.back_h[other])
    t = ready + ties.coordination_h[tie] + ties.operate_h[tie]
    trip = zones.trip[z]
    if not inside and trip <= other < zones.end[trip]:
        t = max(t, upstream_h(grid, z))
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
    """Feed what can be fed below z; whether any tie failed to carry a whole part."""
    for y in range(z, grid.zones.end[z]):
        w.back_h[y] = np.inf
        w.via[y] = -1
        w.fed_by[y] = -1
    n_hung = 0
    failed = False
    for stage in range(2 if whole_first else 1):
        in_part = stage == 1 or not whole_first
        again = True
        while again:
            again = False
            for k in range(n_cand):
                if w.useless[k]:
                    continue
                top = _feed(grid, load, z, k, False, n_hung, w)
                if top == -2:
                    failed = True
                    if in_part:
                        top = _feed(grid, load, z, k, True, n_hung, w)
                        if top == -2 and n_hung == 0:
                            w.useless[k] = True
                if top >= 0:
                    n_hung = top
                    again = True
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
    linked = False
    overall = np.inf
    for k in range(n_cand):
        if w.cand_h[k] >= 1e6:
            linked = True
        elif not w.useless[k]:
            overall = min(overall, w.cand_h[k])
    island = z + 1
    while island < zones.end[z]:
        end = zones.end[island]
        soonest = np.inf
        for k in range(n_cand):
            y = ties.zone[w.cand[k], w.cand_side[k]]
            if island <= y < end and w.cand_h[k] < 1e6 and not w.useless[k]:
                soonest = min(soonest, w.cand_h[k])
        if linked:
            soonest = min(soonest, overall)
        for y in range(island, end):
            w.best_back_h[y] = soonest
        island = end


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

