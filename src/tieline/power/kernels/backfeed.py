"""Feeding a dark part through a tie: hang its nodes onto the donor, check, commit or undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.arrays import Cut
from tieline.power.kernels.compiled import kernel
from tieline.power.kernels.flow import ROUNDING, drawn, keeps_limits, solve

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Grid, Ints, Loading, Records, Work

REFILLS = 4
"""How many single zones are tried once the largest feasible part is found."""


@kernel
def _hang_tie(
    grid: Grid, z: int, tie: int, side: int, unit: int, hung: Records, k: int
) -> None:
    """Row k: the end of a tie."""
    i = grid.tie_position[tie, side]
    other = grid.tie_position[tie, 1 - side]
    hung[k].position = i
    hung[k].came = other
    hung[k].slot = grid.slot[i]
    hung[k].parent = grid.slot[other]
    hung[k].unit = unit
    hung[k].root = not z < grid.tie_zone[tie, 1 - side] < grid.zones[z].end
    hung[k].r = grid.ties[tie].r
    hung[k].x = grid.ties[tie].x
    hung[k].inverse = 1.0
    hung[k].g_half = 0.0
    hung[k].b_half = grid.ties[tie].b_half
    hung[k].per2 = 1.0 / grid.ties[tie].i_max ** 2
    hung[k].g = grid.lines[i].g
    hung[k].b = grid.lines[i].b + grid.ties[tie].b_half
    hung[k].g_up = 0.0
    hung[k].b_up = grid.ties[tie].b_half


@kernel
def _hang_edge(
    lines: Records, slot: Ints, i_high: float, child: int, up: bool, over: int, hung: Records,
    k: int, top: int,
) -> None:
    """Row `top`: what stands at the other end of the edge above `child`, seen from row k.

    If `up`, that is the node above, over the merged node `over` if there is one (else -1), whose
    shunt then stands at the one above it; otherwise it is the child itself.
    """
    t = lines[child].ratio
    i = child
    scale = 1.0
    came = over if over >= 0 else hung[k].position
    if up:
        i = lines[over if over >= 0 else child].parent
        scale = t * t
        t = 1.0 / t
    hung[top].position = i
    hung[top].came = came
    hung[top].slot = slot[i]
    hung[top].parent = hung[k].slot
    hung[top].unit = hung[k].unit
    hung[top].root = False
    hung[top].r = lines[child].r * scale
    hung[top].x = lines[child].x * scale
    hung[top].inverse = 1.0 / t
    hung[top].g_half = lines[child].g_half / scale
    hung[top].b_half = lines[child].b_half / scale
    hung[top].per2 = scale / (i_high * i_high)
    hung[top].g = lines[i].g
    hung[top].b = lines[i].b
    hung[top].g_up = 0.0
    hung[top].b_up = 0.0
    if over >= 0 and up:
        hung[top].g += lines[over].g
        hung[top].b += lines[over].b
    elif over >= 0:
        hung[top].g_up = lines[over].g
        hung[top].b_up = lines[over].b


@kernel
def _hang(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n_hung: int, w: Work
) -> int:
    """Attach the marked zones behind this side of the tie; the new number of attached nodes."""
    lines = grid.lines
    slot = grid.slot
    node = load.node
    hung = w.hung
    zone = w.zone
    _hang_tie(grid, z, tie, side, unit, hung, n_hung)
    k = n_hung
    up, down = k >= 0, k < 0  # not literals, for each of which numba compiles once more
    top = k + 1
    while k < top:
        i = hung[k].position
        came = hung[k].came
        a = lines[i].parent
        if a >= 0 and a != came and zone[lines[a].zone].mark:
            over = a if lines[a].merged and zone[lines[lines[a].parent].zone].mark else -1
            _hang_edge(lines, slot, node[i].i_high, i, up, over, hung, k, top)
            top += 1
        c = i + 1
        while c < lines[i].end:
            if c != came and zone[lines[c].zone].mark:
                over, child = (c, c + 1) if lines[c].merged else (-1, c)
                _hang_edge(lines, slot, node[child].i_high, child, down, over, hung, k, top)
                top += 1
            c = lines[c].end
        k += 1
    return top


@kernel
def _cut(grid: Grid, load: Loading, z: int) -> Cut:
    """What a fault in z takes out of the feeder."""
    lines = grid.lines
    head = grid.zones[z].head
    lo = grid.first_slot[head]
    hi = grid.first_slot[lines[head].end]
    a = lines[head].parent
    if a < 0:
        return Cut(lo, hi, -1, 0.0, 0.0, 0.0, 0.0)
    t = lines[head].ratio
    jr = load.node[head].jr / t
    ji = load.node[head].ji / t
    if lines[head].merged:
        return Cut(lo, hi, grid.slot[a], jr, ji, lines[head].g, lines[head].b)
    return Cut(lo, hi, grid.slot[a], jr, ji, 0.0, 0.0)


@kernel
def _source_holds(grid: Grid, load: Loading, z: int, unit: int, n_hung: int, w: Work) -> bool:
    """Whether the donor's source can deliver what all its feeders draw now.

    Feeders of this source that carry something, or lost something to the fault, are drawn anew.
    """
    units = grid.units
    source = units[unit].source
    limit = load.source[source].s_max
    if not np.isfinite(limit):
        return True
    cut_lo = grid.zones[z].head
    cut_hi = grid.lines[cut_lo].end
    cut = _cut(grid, load, z)
    p = load.source[source].p
    q = load.source[source].q
    lines = grid.lines
    for i in range(cut_lo, cut_hi):
        k = lines[i].unit
        if units[k].lo == units[k].hi and units[k].source == source:
            v2 = load.node[i].vr ** 2 + load.node[i].vi ** 2
            p -= load.node[i].p + lines[i].g * v2
            q -= load.node[i].q - lines[i].b * v2
    for k in range(units.size):
        if units[k].source != source:
            continue
        changed = units[k].lo < cut_hi and cut_lo < units[k].hi
        carries = False
        for h in range(n_hung):
            carries = carries or w.hung[h].unit == k
        if not (changed or carries):
            continue
        p -= load.feeder[k].p
        q -= load.feeder[k].q
        if cut_lo <= units[k].lo and units[k].lo < units[k].hi and units[k].lo < cut_hi:
            continue
        lo = grid.first_slot[units[k].lo]
        hi = grid.first_slot[units[k].hi]
        if not solve(load.flow, lo, hi, cut, w.hung, n_hung, k, w.state):
            return False
        dp, dq = drawn(load.flow, lo, hi, w.hung, n_hung, k, w.state)
        p += dp
        q += dq
    return bool(p * p + q * q <= (limit + ROUNDING) ** 2)


@kernel
def carries(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n_hung: int, w: Work
) -> int:
    """Number of attached nodes if the tie can feed all marked zones, else -1.

    The donor's feeder is solved with everything hung onto it so far; a flow that diverges is
    never feasible.
    """
    if np.isnan(load.feeder[unit].p):
        return -1
    top = _hang(grid, load, z, tie, side, unit, n_hung, w)
    lo = grid.first_slot[grid.units[unit].lo]
    hi = grid.first_slot[grid.units[unit].hi]
    if not keeps_limits(
        load.flow, lo, hi, _cut(grid, load, z), w.hung, top, unit, w.state, w.seen
    ):
        return -1
    if not _source_holds(grid, load, z, unit, top, w):
        return -1
    return top


@kernel
def collect(grid: Grid, z: int, start: int, w: Work) -> int:
    """List the dark zones connected to `start` below z, nearest first; their number.

    w.zone.part lists the zones, part_parent the place in that list of the one towards the start.
    """
    zones = grid.zones
    w.zone[0].part = start
    w.zone[0].part_parent = -1
    top = 1
    k = 0
    while k < top:
        y = w.zone[k].part
        came = w.zone[w.zone[k].part_parent].part if k > 0 else -1
        a = zones[y].parent
        if a > z and a != came and w.zone[a].via < 0:
            w.zone[top].part = a
            w.zone[top].part_parent = k
            top += 1
        c = y + 1
        while c < zones[y].end:
            if c != came and w.zone[c].via < 0:
                w.zone[top].part = c
                w.zone[top].part_parent = k
                top += 1
            c = zones[c].end
        k += 1
    return top


@kernel
def _distances(grid: Grid, tie: int, side: int, n_hung: int, top: int, w: Work) -> None:
    """Resistance [pu] from the donor's source to each zone just hung, in w.zone.far."""
    lines = grid.lines
    i = grid.tie_position[tie, 1 - side]
    lead = 0.0
    while lines[i].parent >= 0:
        lead += lines[i].r
        i = lines[i].parent
    for k in range(top - 1, n_hung - 1, -1):
        w.zone[lines[w.hung[k].position].zone].far = -1.0
    for k in range(n_hung, top):
        i = w.hung[k].position
        above = lead if k == n_hung else w.state[w.hung[k].parent].jr
        w.state[w.hung[k].slot].jr = above + w.hung[k].r
        y = lines[i].zone
        if w.zone[y].far < 0.0:
            w.zone[y].far = w.state[w.hung[k].slot].jr


@kernel
def rank(grid: Grid, n: int, by_distance: bool, w: Work) -> None:
    """Order the collected zones so that every prefix is connected to the start.

    The leaf with least weight per kW is shed first (`by_distance`: per kW and ohm to the source,
    as fits where voltage binds); the reverse of that is w.zone.order.
    """
    zones = grid.zones
    for k in range(n):
        w.zone[k].degree = 0
    for k in range(1, n):
        w.zone[w.zone[k].part_parent].degree += 1
    for k in range(n):
        y = w.zone[k].part
        burden = 0.0
        for j in range(grid.kw.shape[1]):
            burden += grid.kw[y, j]
        if by_distance:
            burden *= w.zone[y].far
        w.zone[k].value = 1e30 if burden <= 0.0 else zones[y].weight / burden
    for place in range(n - 1, -1, -1):
        least = -1
        for k in range(n):
            if w.zone[k].degree == 0 and (least < 0 or w.zone[k].value < w.zone[least].value):
                least = k
        w.zone[place].order = least
        w.zone[least].degree = -1
        if least > 0:
            w.zone[w.zone[least].part_parent].degree -= 1


@kernel
def mark_prefix(w: Work, n: int, m: int) -> None:
    """Mark the first m of the n ranked zones, unmark the others."""
    for place in range(n):
        w.zone[w.zone[w.zone[place].order].part].mark = place < m


@kernel
def _largest(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n: int, n_hung: int, w: Work
) -> float:
    """Mark the largest part found along the present ranking; its weight, -1 if there is none.

    A binary search over the prefixes, then single zones that still fit.
    """
    low = 0
    high = n
    while high - low > 1:
        middle = (low + high) // 2
        mark_prefix(w, n, middle)
        if carries(grid, load, z, tie, side, unit, n_hung, w) >= 0:
            low = middle
        else:
            high = middle
    mark_prefix(w, n, low)
    if low == 0:
        return -1.0
    tries = 0
    for place in range(high, n):
        k = w.zone[place].order
        if tries == REFILLS:
            break
        if w.zone[w.zone[w.zone[k].part_parent].part].mark:
            w.zone[w.zone[k].part].mark = True
            tries += 1
            if carries(grid, load, z, tie, side, unit, n_hung, w) < 0:
                w.zone[w.zone[k].part].mark = False
    weight = 0.0
    for k in range(n):
        if w.zone[w.zone[k].part].mark:
            weight += grid.zones[w.zone[k].part].weight
    return weight


@kernel
def feed_part(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n: int, n_hung: int, w: Work
) -> int:
    """Mark and hang the largest part found that the tie can carry; -1 if not even its end zone.

    Heuristic: two rankings of what to shed first are tried, and the best part need not lie along
    either. All collected zones must be marked.
    """
    top = _hang(grid, load, z, tie, side, unit, n_hung, w)
    _distances(grid, tie, side, n_hung, top, w)
    plain, by_distance = n < 0, n >= 0  # not literals
    rank(grid, n, plain, w)
    first = _largest(grid, load, z, tie, side, unit, n, n_hung, w)
    if first < 0.0:
        return -1
    for k in range(n):
        w.zone[k].chosen = w.zone[w.zone[k].part].mark
    rank(grid, n, by_distance, w)
    if not _largest(grid, load, z, tie, side, unit, n, n_hung, w) > first:
        for k in range(n):
            w.zone[w.zone[k].part].mark = w.zone[k].chosen
    return carries(grid, load, z, tie, side, unit, n_hung, w)


@kernel
def cut_h(grid: Grid, n: int, w: Work) -> float:
    """Time [h] until every switch between the marked zones and the rest is open."""
    zones = grid.zones
    latest = 0.0
    for k in range(n):
        y = w.zone[k].part
        if not w.zone[y].mark:
            continue
        a = zones[y].parent
        if a < 0 or not w.zone[a].mark:
            latest = max(latest, zones[y].open_h)
        c = y + 1
        while c < zones[y].end:
            if not w.zone[c].mark:
                latest = max(latest, zones[c].open_h)
            c = zones[c].end
    return latest


@kernel
def clear_marks(w: Work, n: int) -> None:
    """Unmark every collected zone."""
    for k in range(n):
        w.zone[w.zone[k].part].mark = False

