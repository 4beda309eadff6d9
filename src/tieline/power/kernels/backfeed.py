"""Feeding a dark part through a tie: hang its nodes onto the donor, check, commit or undo."""

from __future__ import annotations

import numpy as np
from numba import njit

from tieline.power.kernels.arrays import Grid, Loading, Work
from tieline.power.kernels.flow import ROUNDING, drawn, solve, within_limits

REFILLS = 12
"""How many single zones are tried once the largest feasible part is found."""


@njit(cache=True, nogil=True, error_model="numpy")
def _hang(grid: Grid, load: Loading, tie: int, side: int, unit: int, n_hung: int, w: Work) -> int:
    """Attach the marked zones behind this side of the tie; the new number of attached nodes."""
    lines = grid.lines
    hung = w.hung
    k = n_hung
    hung.position[k] = grid.ties.position[tie, side]
    hung.parent[k] = grid.ties.position[tie, 1 - side]
    hung.unit[k] = unit
    hung.root[k] = True
    hung.r[k] = grid.ties.r[tie]
    hung.x[k] = grid.ties.x[tie]
    hung.ratio[k] = 1.0
    hung.b_half[k] = 0.0
    hung.i_max[k] = grid.ties.i_max[tie]
    top = k + 1
    while k < top:
        i = hung.position[k]
        came = hung.parent[k]
        a = lines.parent[i]
        if a >= 0 and a != came and w.mark[lines.zone[a]]:
            t = lines.ratio[i]
            hung.position[top] = a
            hung.parent[top] = i
            hung.unit[top] = unit
            hung.root[top] = False
            hung.r[top] = lines.r[i] * t * t
            hung.x[top] = lines.x[i] * t * t
            hung.ratio[top] = 1.0 / t
            hung.b_half[top] = lines.b_half[i]
            hung.i_max[top] = load.i_high[i] / t
            top += 1
        c = i + 1
        while c < lines.end[i]:
            if c != came and w.mark[lines.zone[c]]:
                hung.position[top] = c
                hung.parent[top] = i
                hung.unit[top] = unit
                hung.root[top] = False
                hung.r[top] = lines.r[c]
                hung.x[top] = lines.x[c]
                hung.ratio[top] = lines.ratio[c]
                hung.b_half[top] = lines.b_half[c]
                hung.i_max[top] = load.i_high[c]
                top += 1
            c = lines.end[c]
        k += 1
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def _source_holds(grid: Grid, load: Loading, z: int, unit: int, n_hung: int, w: Work) -> bool:
    """Whether the donor's source can deliver what all its feeders draw now.

    Feeders of this source that carry something, or lost something to the fault, are drawn anew.
    """
    units = grid.units
    source = units.source[unit]
    limit = load.s_max[source]
    if not np.isfinite(limit):
        return True
    cut_lo = grid.zones.head[z]
    cut_hi = grid.lines.end[cut_lo]
    p = load.source_p[source]
    q = load.source_q[source]
    for k in range(units.lo.size):
        if units.source[k] != source:
            continue
        changed = units.lo[k] < cut_hi and cut_lo < units.hi[k]
        carries = False
        for h in range(n_hung):
            carries = carries or w.hung.unit[h] == k
        if not (changed or carries):
            continue
        p -= load.unit_p[k]
        q -= load.unit_q[k]
        if cut_lo <= units.lo[k] and units.lo[k] < units.hi[k]:
            if units.lo[k] < cut_hi:
                continue
        if not solve(
            grid.lines, load.p, load.q, load.base, units.lo[k], units.hi[k], cut_lo, cut_hi,
            w.hung, n_hung, k, w.state,
        ):
            return False
        dp, dq = drawn(grid.lines, units.lo[k], units.hi[k], w.hung, n_hung, k, w.state)
        p += dp
        q += dq
    return bool(p * p + q * q <= (limit + ROUNDING) ** 2)


@njit(cache=True, nogil=True, error_model="numpy")
def carries(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n_hung: int, w: Work
) -> int:
    """Number of attached nodes if the tie can feed all marked zones, else -1.

    The donor's feeder is solved with everything hung onto it so far; a flow that diverges is
    never feasible.
    """
    if np.isnan(load.unit_p[unit]):
        return -1
    top = _hang(grid, load, tie, side, unit, n_hung, w)
    lo = grid.units.lo[unit]
    hi = grid.units.hi[unit]
    cut_lo = grid.zones.head[z]
    cut_hi = grid.lines.end[cut_lo]
    lines = grid.lines
    if not solve(
        lines, load.p, load.q, load.base, lo, hi, cut_lo, cut_hi, w.hung, top, unit, w.state
    ):
        return -1
    if not within_limits(lines, load, lo, hi, cut_lo, cut_hi, w.hung, top, unit, w.state):
        return -1
    if not _source_holds(grid, load, z, unit, top, w):
        return -1
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def collect(grid: Grid, z: int, start: int, w: Work) -> int:
    """List the dark zones connected to `start` below z, nearest first; their number.

    w.part holds the zones, w.part_parent the place in w.part of the one towards the start.
    """
    zones = grid.zones
    w.part[0] = start
    w.part_parent[0] = -1
    top = 1
    k = 0
    while k < top:
        y = w.part[k]
        came = w.part[w.part_parent[k]] if k > 0 else -1
        a = zones.parent[y]
        if a > z and a != came and w.via[a] < 0:
            w.part[top] = a
            w.part_parent[top] = k
            top += 1
        c = y + 1
        while c < zones.end[y]:
            if c != came and w.via[c] < 0:
                w.part[top] = c
                w.part_parent[top] = k
                top += 1
            c = zones.end[c]
        k += 1
    return top


@njit(cache=True, nogil=True)
def rank(grid: Grid, n: int, w: Work) -> None:
    """Order the collected zones so that every prefix is connected to the start.

    The leaf with least weight per kW is shed first; w.order is the reverse of that.
    """
    zones = grid.zones
    for k in range(n):
        w.degree[k] = 0
    for k in range(1, n):
        w.degree[w.part_parent[k]] += 1
    for place in range(n - 1, -1, -1):
        least = -1
        worst = np.inf
        for k in range(n):
            if w.degree[k] != 0:
                continue
            y = w.part[k]
            kw = 0.0
            for j in range(zones.kw.shape[1]):
                kw += zones.kw[y, j]
            value = 1e30 if kw <= 0.0 else zones.weight[y] / kw
            if value < worst or least < 0:
                worst = value
                least = k
        w.order[place] = least
        w.degree[least] = -1
        if least > 0:
            w.degree[w.part_parent[least]] -= 1


@njit(cache=True, nogil=True)
def mark_prefix(w: Work, n: int, m: int) -> None:
    """Mark the first m of the n ranked zones, unmark the others."""
    for place in range(n):
        w.mark[w.part[w.order[place]]] = place < m


@njit(cache=True, nogil=True, error_model="numpy")
def feed_part(
    grid: Grid, load: Loading, z: int, tie: int, side: int, unit: int, n: int, n_hung: int, w: Work
) -> int:
    """Mark and hang the largest part found that the tie can carry; -1 if not even its end zone.

    A binary search over the ranked prefixes, then single zones that still fit. Heuristic: the
    best part need not be a prefix.
    """
    rank(grid, n, w)
    low = 0
    high = n
    while high - low > 1:
        middle = (low + high) // 2
        mark_prefix(w, n, middle)
        if carries(grid, load, z, tie, side, unit, n_hung, w) >= 0:
            low = middle
        else:
            high = middle
    if low == 0:
        mark_prefix(w, n, 0)
        return -1
    mark_prefix(w, n, low)
    tries = 0
    for place in range(high, n):
        k = w.order[place]
        if tries == REFILLS:
            break
        if w.mark[w.part[w.part_parent[k]]]:
            w.mark[w.part[k]] = True
            tries += 1
            if carries(grid, load, z, tie, side, unit, n_hung, w) < 0:
                w.mark[w.part[k]] = False
    return carries(grid, load, z, tie, side, unit, n_hung, w)


@njit(cache=True, nogil=True)
def cut_h(grid: Grid, n: int, w: Work) -> float:
    """Time [h] until every switch between the marked zones and the rest is open."""
    zones = grid.zones
    latest = 0.0
    for k in range(n):
        y = w.part[k]
        if not w.mark[y]:
            continue
        a = zones.parent[y]
        if a < 0 or not w.mark[a]:
            latest = max(latest, zones.open_h[y])
        c = y + 1
        while c < zones.end[y]:
            if not w.mark[c]:
                latest = max(latest, zones.open_h[c])
            c = zones.end[c]
    return latest


@njit(cache=True, nogil=True)
def clear_marks(w: Work, n: int) -> None:
    """Unmark every collected zone."""
    for k in range(n):
        w.mark[w.part[k]] = False

