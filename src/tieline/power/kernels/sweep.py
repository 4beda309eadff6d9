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
    trip = zones[z].trip
    if trip == z:
        return 0.0
    return float(max(zones[z].open_h, zones[trip].reclose_travel_h) + zones[trip].reclose_h)


@njit(cache=True, nogil=True)
def _candidates(grid: Grid, z: int, usable: Flags, w: Work) -> int:
    """List the ends of usable ties below z whose other side may be live; their number.

    A tie between two parts below z is listed from both ends.
    """
    zones = grid.zones
    ties = grid.ties
    top = 0
    for y in range(z + 1, zones[z].end):
        for e in range(grid.end_ptr[y], grid.end_ptr[y + 1]):
            tie = grid.ends[e].tie
            side = grid.ends[e].side
            if usable[tie] and grid.tie_zone[tie, 1 - side] != z:
                w.cand[top].tie = tie
                w.cand[top].side = side
                w.cand[top].useless = False
                top += 1
    return top


@njit(cache=True, nogil=True)
def _times(grid: Grid, z: int, n_cand: int, best: bool, w: Work) -> None:
    """When each candidate could feed its whole part, in w.cand.h; inf while its donor is dark.

    Zones below z are live from w.zone.best_back_h if `best`, else from w.zone.back_h.
    """
    zones = grid.zones
    ties = grid.ties
    trip = zones[z].trip
    for k in range(n_cand):
        tie = w.cand[k].tie
        other = grid.tie_zone[tie, 1 - w.cand[k].side]
        island = grid.tie_zone[tie, w.cand[k].side]
        while zones[island].parent != z:
            island = zones[island].parent
        ready = max(zones[island].open_h, ties[tie].travel_h)
        if z < other < zones[z].end:
            ready = max(ready, w.zone[other].best_back_h if best else w.zone[other].back_h)
        elif trip <= other < zones[trip].end:
            ready = max(ready, upstream_h(grid, z))
        w.cand[k].h = ready + (ties[tie].coordination_h + ties[tie].operate_h)


@njit(cache=True, nogil=True)
def _feed(
    grid: Grid, load: Loading, z: int, k: int, in_part: bool, n_hung: int, w: Work
) -> int:
    """Try candidate k on the dark part it ends in; the new number of attached nodes.

    -1: nothing to do; -2: the tie cannot carry this part (in part: not even its end zone).
    """
    zones = grid.zones
    ties = grid.ties
    tie = w.cand[k].tie
    side = w.cand[k].side
    start = grid.tie_zone[tie, side]
    other = grid.tie_zone[tie, 1 - side]
    if w.zone[start].via >= 0:
        return -1
    inside = z < other < zones[z].end
    if inside:
        if w.zone[other].via < 0:
            return -1
        unit = w.zone[other].fed_by
    else:
        unit = grid.lines[grid.tie_position[tie, 1 - side]].unit
    n = collect(grid, z, start, w)
    served = 0.0
    for m in range(n):
        y = w.zone[m].part
        served += zones[y].weight
        for j in range(grid.kw.shape[1]):
            served += grid.kw[y, j]
    if served <= 0.0:
        return -1
    if in_part:
        top = feed_part(grid, load, z, tie, side, unit, n, n_hung, w)
    else:
        for m in range(n):
            w.zone[w.zone[m].part].mark = True
        top = carries(grid, load, z, tie, side, unit, n_hung, w)
    if top < 0:
        clear_marks(w, n)
        return -2
    island = start
    while zones[island].parent != z:
        island = zones[island].parent
    ready = max(zones[island].open_h, cut_h(grid, n, w), ties[tie].travel_h)
    trip = zones[z].trip
    if inside:
        ready = max(ready, w.zone[other].back_h)
    elif trip <= other < zones[trip].end:
        ready = max(ready, upstream_h(grid, z))
    t = ready + (ties[tie].coordination_h + ties[tie].operate_h)
    for m in range(n):
        y = w.zone[m].part
        if w.zone[y].mark:
            w.zone[y].back_h = t
            w.zone[y].via = tie
            w.zone[y].fed_by = unit
    clear_marks(w, n)
    return top


@njit(cache=True, nogil=True)
def _run(grid: Grid, load: Loading, z: int, n_cand: int, whole_first: bool, w: Work) -> bool:
    """Feed what can be fed below z, soonest first; whether any tie failed to carry a whole part."""
    for y in range(z, grid.zones[z].end):
        w.zone[y].back_h = np.inf
        w.zone[y].via = -1
        w.zone[y].fed_by = -1
    n_hung = 0
    failed = False
    for stage in range(2 if whole_first else 1):
        in_part = stage == 1 or not whole_first
        for k in range(n_cand):
            w.cand[k].tried = w.cand[k].useless
        while True:
            _times(grid, z, n_cand, False, w)
            best = -1
            for k in range(n_cand):
                if not w.cand[k].tried and w.cand[k].h < np.inf:
                    if best < 0 or w.cand[k].h < w.cand[best].h:
                        best = k
            if best < 0:
                break
            w.cand[best].tried = True
            top = _feed(grid, load, z, best, False, n_hung, w)
            if top == -2:
                failed = True
                if in_part:
                    top = _feed(grid, load, z, best, True, n_hung, w)
                    if top == -2 and n_hung == 0:
                        w.cand[best].useless = True
            if top >= 0:
                n_hung = top
        if not failed:
            break
    return failed


@njit(cache=True, nogil=True)
def _cost(grid: Grid, z: int, w: Work) -> float:
    """Weighted customer-hours a year below z, over the repair times of its failures."""
    zones = grid.zones
    faults = grid.faults
    total = 0.0
    for y in range(z + 1, zones[z].end):
        for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
            total += zones[y].weight * faults[c].rate * min(w.zone[y].back_h, faults[c].repair_h)
    return total


@njit(cache=True, nogil=True)
def restore_zone(grid: Grid, load: Loading, z: int, usable: Flags, w: Work) -> int:
    """Plan for a fault in z, left in w.zone (back_h, via) for zones [z, end); candidates found.

    Parts are fed whole where a tie can, soonest tie first; where none can, two greedy orders are
    tried (whole parts first, or soonest tie first in part) and the better one is kept.
    """
    n_cand = _candidates(grid, z, usable, w)
    failed = _run(grid, load, z, n_cand, True, w)
    if failed:
        end = grid.zones[z].end
        first = _cost(grid, z, w)
        for y in range(z, end):
            w.zone[y].best_back_h = w.zone[y].back_h
            w.zone[y].best_via = w.zone[y].via
        _run(grid, load, z, n_cand, False, w)
        if _cost(grid, z, w) >= first:
            for y in range(z, end):
                w.zone[y].back_h = w.zone[y].best_back_h
                w.zone[y].via = w.zone[y].best_via
    return n_cand


@njit(cache=True, nogil=True)
def _soonest(grid: Grid, z: int, n_cand: int, w: Work) -> None:
    """Earliest conceivable return of each zone below z, in w.zone.best_back_h: limits ignored.

    Ties that could not even carry their own end zone are left out: adding load to a tie is taken
    never to relieve it.
    """
    zones = grid.zones
    ties = grid.ties
    for y in range(z, zones[z].end):
        w.zone[y].best_back_h = np.inf
    changed = True
    while changed:
        changed = False
        _times(grid, z, n_cand, True, w)
        for k in range(n_cand):
            island = grid.tie_zone[w.cand[k].tie, w.cand[k].side]
            if w.cand[k].useless or not w.cand[k].h < w.zone[island].best_back_h:
                continue
            while zones[island].parent != z:
                island = zones[island].parent
            for y in range(island, zones[island].end):
                w.zone[y].best_back_h = w.cand[k].h
            changed = True


@njit(cache=True, nogil=True)
def _count(grid: Grid, load: Loading, z: int, w: Work, out: Floats, gap: Floats) -> None:
    """Add what faults in z cost each jurisdiction in this level to out[z] and gap[z].

    out[z, j] = interruptions, customer-hours, kWh a year; gap[z, j] = customer-hours, kWh.
    """
    zones = grid.zones
    faults = grid.faults
    trip = zones[z].trip
    end = zones[z].end
    t_up = upstream_h(grid, z)
    for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
        rate = faults[c].rate * load.share
        repair = faults[c].repair_h
        for j in range(grid.customers.shape[1]):
            all_c = grid.customers_sum[zones[trip].end, j] - grid.customers_sum[trip, j]
            all_kw = grid.kw_sum[zones[trip].end, j] - grid.kw_sum[trip, j]
            low_c = grid.customers_sum[end, j] - grid.customers_sum[z, j]
            low_kw = grid.kw_sum[end, j] - grid.kw_sum[z, j]
            up = min(t_up, repair)
            hours = (all_c - low_c) * up + grid.customers[z, j] * repair
            energy = (all_kw - low_kw) * up + grid.kw[z, j] * repair
            lost_hours = 0.0
            lost_energy = 0.0
            for y in range(z + 1, end):
                dark = min(w.zone[y].back_h, repair)
                hours += grid.customers[y, j] * dark
                energy += grid.kw[y, j] * dark
                slack = dark - min(w.zone[y].best_back_h, dark)
                if slack < SAME_H:
                    slack = 0.0
                lost_hours += grid.customers[y, j] * slack
                lost_energy += grid.kw[y, j] * slack
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
        n = grid.zones[z].end - z
        for m in range(n):
            back_h[ptr[k] + m] = w.zone[z + m].back_h
            via[ptr[k] + m] = w.zone[z + m].via

