"""Back-feeding what a fault leaves dark: candidates, orders to try, the best plan found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.backfeed import carries, clear_marks, collect, cut_h, feed_part
from tieline.power.kernels.compiled import kernel

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Flags, Grid, Loading, Work

MOST_TIES = 4
"""Ties below one fault up to which every subset is tried where not all can be fed."""
SAME_COST = 1e-12
"""Relative difference of customer-hours that counts as none."""


@kernel
def upstream_h(grid: Grid, z: int) -> float:
    """Time [h] until what lies between the tripped device and the fault in z is back."""
    zones = grid.zones
    trip = zones[z].trip
    if trip == z:
        return 0.0
    return float(max(zones[z].open_h, zones[trip].reclose_travel_h) + zones[trip].reclose_h)


@kernel
def _candidates(grid: Grid, z: int, usable: Flags, w: Work) -> int:
    """List the ends of usable ties below z whose other side may be live; their number.

    A tie between two parts below z is listed from both ends; zones it ends in are relays: even
    without load they may pass supply on. `group` numbers the ties by their first end.
    """
    zones = grid.zones
    top = 0
    groups = 0
    for y in range(z + 1, zones[z].end):
        for e in range(grid.end_ptr[y], grid.end_ptr[y + 1]):
            tie = grid.ends[e].tie
            side = grid.ends[e].side
            if usable[tie] and grid.tie_zone[tie, 1 - side] != z:
                w.cand[top].tie = tie
                w.cand[top].side = side
                w.cand[top].useless = False
                w.cand[top].group = groups
                for k in range(top):
                    if w.cand[k].tie == tie:
                        w.cand[top].group = w.cand[k].group
                if w.cand[top].group == groups:
                    groups += 1
                top += 1
    for y in range(z, zones[z].end):
        w.zone[y].relay = False
    for k in range(top):
        y = grid.tie_zone[w.cand[k].tie, w.cand[k].side]
        other = grid.tie_zone[w.cand[k].tie, 1 - w.cand[k].side]
        if z < other < zones[z].end:
            w.zone[y].relay = True
    return top


@kernel
def return_times(grid: Grid, z: int, n_cand: int, best: bool, w: Work) -> None:
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


@kernel
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
        if w.zone[y].relay:
            served += 1.0
        for j in range(grid.kw.shape[1]):
            served += grid.kw[y, j]
    if served <= 0.0:
        return -1
    for m in range(n):
        w.zone[w.zone[m].part].mark = True
    if in_part:
        top = feed_part(grid, load, z, tie, side, unit, n, n_hung, w)
    else:
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


@kernel
def _run(
    grid: Grid, load: Loading, z: int, n_cand: int, whole_first: bool, banned: int, w: Work
) -> bool:
    """Feed what can be fed below z, soonest first; whether any tie failed to carry a whole part.

    Bit g of `banned` keeps ties of group g out.
    """
    for y in range(z, grid.zones[z].end):
        w.zone[y].back_h = np.inf
        w.zone[y].via = -1
        w.zone[y].fed_by = -1
    # Not literals, which would each be compiled for once more:
    n_hung, whole, partly = 0 * z, z < 0, z >= 0
    failed = False
    for stage in range(2 if whole_first else 1):
        in_part = stage == 1 or not whole_first
        for k in range(n_cand):
            w.cand[k].tried = w.cand[k].useless or (banned >> w.cand[k].group) & 1 == 1
        while True:
            return_times(grid, z, n_cand, whole, w)
            best = 0 * z - 1
            for k in range(n_cand):
                sooner = best < 0 or w.cand[k].h < w.cand[best].h
                if sooner and not w.cand[k].tried and w.cand[k].h < np.inf:
                    best = k
            if best < 0:
                break
            w.cand[best].tried = True
            w.seen[0] = 0
            top = _feed(grid, load, z, best, whole, n_hung, w)
            if top == -2:
                failed = True
                if in_part:
                    top = _feed(grid, load, z, best, partly, n_hung, w)
                    if top == -2 and n_hung == 0 and w.seen[0] == 0:
                        w.cand[best].useless = True
            if top >= 0:
                n_hung = top
        if not failed:
            break
    return failed


@kernel
def _cost(grid: Grid, z: int, w: Work) -> float:
    """Weighted customer-hours a year below z, over the repair times of its failures."""
    zones = grid.zones
    faults = grid.faults
    total = 0.0
    for y in range(z + 1, zones[z].end):
        for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
            total += zones[y].weight * faults[c].rate * min(w.zone[y].back_h, faults[c].repair_h)
    return total


@kernel
def _keep(grid: Grid, z: int, w: Work) -> None:
    """Keep the present plan as the best one so far."""
    for y in range(z, grid.zones[z].end):
        w.zone[y].best_back_h = w.zone[y].back_h
        w.zone[y].best_via = w.zone[y].via


@kernel
def _ones(bits: int) -> int:
    """How many bits are set."""
    n = 0
    while bits:
        n += bits & 1
        bits >>= 1
    return n


@kernel
def restore_zone(
    grid: Grid, load: Loading, z: int, usable: Flags, w: Work
) -> tuple[int, bool]:
    """Plan for a fault in z, left in w.zone (back_h, via) for zones [z, end).

    Returns the number of candidates, and whether any failed to carry a whole part.

    Parts are fed whole where a tie can, soonest tie first; if all can, no plan is better. If not,
    two greedy orders (whole parts first, or soonest tie first in part) are tried with every
    subset of up to `MOST_TIES` ties, and the plan with least weighted customer-hours is kept: a
    tie more never makes it worse. Beyond that many ties, each is left out alone.
    """
    n_cand = _candidates(grid, z, usable, w)
    if not _run(grid, load, z, n_cand, n_cand >= 0, 0 * z, w):
        return n_cand, n_cand < 0
    best = _cost(grid, z, w)
    _keep(grid, z, w)
    groups = 0
    for k in range(n_cand):
        groups = max(groups, w.cand[k].group + 1)
    exhaustive = groups <= MOST_TIES
    for trial in range(2 ** groups - 1 if exhaustive else groups + 1):
        banned = trial if exhaustive or trial == 0 else 1 << (trial - 1)
        alone = groups - _ones(banned) == 1
        for whole_first in (True, False):
            if whole_first and (banned == 0 or alone):
                continue
            _run(grid, load, z, n_cand, whole_first, banned, w)
            cost = _cost(grid, z, w)
            if cost < best - SAME_COST * (1.0 + best):
                best = cost
                _keep(grid, z, w)
    for y in range(z, grid.zones[z].end):
        w.zone[y].back_h = w.zone[y].best_back_h
        w.zone[y].via = w.zone[y].best_via
    return n_cand, n_cand >= 0
