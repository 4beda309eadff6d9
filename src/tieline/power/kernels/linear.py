"""What a tie can carry at most: linear limits that no accepted flow exceeds.

The linear flow without losses (Baran and Wu 1989, IEEE Trans. Power Systems 4(2), equations 9-11,
losses dropped): every squared voltage is at most that of the donor before, less twice the sum of
r p + x q over the way both have in common with each load added; every edge on the way carries at
least the power added. Where added load could lessen losses or iron losses (power flowing back,
charging, generation), the limits are widened by all that could be gained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.power.kernels.compiled import making_kernel

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Floats, Grid, Ints, Loading

RATING, DONOR, ACTIVE, REACTIVE = range(4)
"""Rows after those of the zones: the way to the source, voltages there, plain power (2 rows)."""
N_ROWS = 4
HIGH2 = 1.2
"""Squared voltage over that at the donor's end at which charging is taken, far above any."""
SAFETY = 1.5
"""Factor on what losses could fall by, a first-order estimate."""
SLACK = 1e-6
"""Added to every limit [pu], far above rounding."""


class Island(NamedTuple):
    """Positions [lo, hi) of an island, whose zones [zone, ...) are the columns from `first` on."""

    lo: int
    hi: int
    zone: int
    first: int


class _Way(NamedTuple):
    """Positions `at` from a donor's end up to its source.

    Flow p, q [MW, Mvar] of the edge above each and squared voltage v2; resistance r and reactance
    x from the source, as felt at the position. `relieved` if the fault takes load off the way.
    """

    at: Ints
    p: Floats
    q: Floats
    v2: Floats
    r: Floats
    x: Floats
    relieved: bool


class _Relief(NamedTuple):
    """Power [MW, Mvar] by which losses and shunts may fall when load is added; rise of v^2."""

    p: float
    q: float
    v2: float


@making_kernel
def _least(grid: Grid, load: Loading, i: int, high2: float) -> tuple[float, float]:
    """The least active and reactive power [MW, Mvar] that node i can draw."""
    return load.node[i].p, load.node[i].q - max(grid.lines[i].b, 0.0) * high2


@making_kernel
def donor_way(grid: Grid, load: Loading, z: int, d: int, unit: int) -> _Way:
    """The way from position d to the source, in the normal state less what the fault takes out.

    Where that lies beyond an edge of the way, its flow is bounded below by the sum of loads.
    """
    lines = grid.lines
    node = load.node
    lo = grid.units[unit].lo
    n = 0
    i = d
    while grid.units[unit].hi > lo and i >= lo:
        n += 1
        i = lines[i].parent
    at = np.empty(n, np.int64)
    p, q, v2, r, x = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    cut = grid.zones[z].head
    cut_end = lines[cut].end
    relieved = False
    i = d
    for k in range(n):
        at[k] = i
        p[k] = node[i].vr * node[i].jr + node[i].vi * node[i].ji
        q[k] = node[i].vi * node[i].jr - node[i].vr * node[i].ji
        v2[k] = node[i].vr ** 2 + node[i].vi ** 2
        relieved = relieved or (i <= cut and cut_end <= lines[i].end)
        i = lines[i].parent
    above_r, above_x, above_v2 = 0.0, 0.0, node[i].vr ** 2 + node[i].vi ** 2
    if relieved:
        _sum_loads(grid, load, at, cut, cut_end, HIGH2 * above_v2, p, q)
    for k in range(n - 1, -1, -1):
        i = at[k]
        t2 = lines[i].ratio ** 2
        r[k] = above_r / t2 + lines[i].r
        x[k] = above_x / t2 + lines[i].x
        if relieved:
            v2[k] = above_v2 / t2 - 2.0 * (lines[i].r * p[k] + lines[i].x * q[k])
        above_r, above_x, above_v2 = r[k], x[k], v2[k]
    return _Way(at, p, q, v2, r, x, relieved)


@making_kernel
def _sum_loads(
    grid: Grid, load: Loading, at: Ints, cut: int, cut_end: int, high2: float, p: Floats, q: Floats
) -> None:
    """Set p, q to the least that all nodes below each position of the way draw, less the cut."""
    sum_p, sum_q = 0.0, 0.0
    lo = hi = at[0]
    for k in range(at.size):
        i = at[k]
        end = grid.lines[i].end
        for j in range(i, end):
            if lo <= j < hi or cut <= j < cut_end:
                continue
            dp, dq = _least(grid, load, j, high2)
            sum_p += dp
            sum_q += dq
        lo, hi = i, end
        p[k] = sum_p
        q[k] = sum_q


@making_kernel
def _relief(
    grid: Grid, load: Loading, way: _Way, unit: int, spare_p: float, spare_q: float
) -> _Relief:
    """What the donor could need less of, with at most `spare_p`, `spare_q` [MW, Mvar] injected."""
    lines = grid.lines
    node = load.node
    p, q = 0.0, 0.0
    for k in range(way.at.size):
        i = way.at[k]
        less = min(way.p[k], 0.0) ** 2 + min(way.q[k], 0.0) ** 2
        less += 2.0 * (max(way.p[k], 0.0) * spare_p + max(way.q[k], 0.0) * spare_q)
        p += SAFETY * lines[i].r * less / way.v2[k]
        q += SAFETY * abs(lines[i].x) * less / way.v2[k]
    for i in range(grid.units[unit].lo, grid.units[unit].hi):
        v2 = node[i].vr ** 2 + node[i].vi ** 2
        p += max(lines[i].g, 0.0) * v2
        q += max(-lines[i].b, 0.0) * v2
    rise = 0.0
    if way.at.size:
        rise = 2.0 * (way.r[0] * (p + spare_p) + way.x[0] * (q + spare_q))
    return _Relief(p, q, rise)


@making_kernel
def _rate_way(
    grid: Grid, load: Loading, tie: int, way: _Way, v2_donor: float, relief: _Relief,
    a: Floats, rhs: Floats,
) -> None:
    """The row of the rating that binds first: on the way, or of the tie itself."""
    n = a.shape[1]
    all_p, all_q = a[n + ACTIVE].sum(), max(a[n + REACTIVE].sum(), 0.0)
    rhs[n + RATING] = np.inf
    best = np.inf
    for k in range(-1, way.at.size):
        p, q, v2, limit = 0.0, 0.0, v2_donor, grid.ties[tie].i_max + grid.ties[tie].b_half
        if k >= 0:
            i = way.at[k]
            p, q, v2 = way.p[k], way.q[k], way.v2[k]
            limit = load.node[i].i_high + abs(grid.lines[i].b_half)
        if not np.isfinite(limit):
            continue
        toward_p, toward_q = max(p + all_p, 1e-9), max(q + all_q, 0.0)
        size = (toward_p * toward_p + toward_q * toward_q) ** 0.5
        up, uq = toward_p / size, toward_q / size
        room = limit * (v2 + max(relief.v2, 0.0)) ** 0.5 - up * p - uq * q
        room += up * relief.p + uq * relief.q + SLACK
        total = up * all_p + uq * all_q
        if total > 0.0 and room / total < best:
            best = room / total
            rhs[n + RATING] = room
            for y in range(n):
                a[n + RATING, y] = up * a[n + ACTIVE, y] + uq * a[n + REACTIVE, y]


@making_kernel
def _hold_donor(
    grid: Grid, load: Loading, way: _Way, unit: int, relief: _Relief, a: Floats, rhs: Floats
) -> None:
    """The row of the donor's voltage that binds first."""
    n = a.shape[1]
    lines = grid.lines
    node = load.node
    all_p, all_q = a[n + ACTIVE].sum(), max(a[n + REACTIVE].sum(), 0.0)
    rhs[n + DONOR] = np.inf
    lo = grid.units[unit].lo
    size = grid.units[unit].hi - lo
    if way.relieved or way.at.size == 0:
        return
    r, x = np.full(size, -np.inf), np.zeros(size)
    for k in range(way.at.size):
        r[way.at[k] - lo] = way.r[k]
        x[way.at[k] - lo] = way.x[k]
    best = np.inf
    for i in range(lo, lo + size):
        if r[i - lo] == -np.inf:
            t2 = lines[i].ratio ** 2
            r[i - lo] = r[lines[i].parent - lo] / t2
            x[i - lo] = x[lines[i].parent - lo] / t2
        here_r, here_x = 2.0 * r[i - lo], 2.0 * x[i - lo]
        room = node[i].vr ** 2 + node[i].vi ** 2 - node[i].v_low ** 2
        room += here_r * relief.p + here_x * relief.q + SLACK
        total = here_r * all_p + here_x * all_q
        if total > 0.0 and room / total < best:
            best = room / total
            rhs[n + DONOR] = room
            for y in range(n):
                a[n + DONOR, y] = here_r * a[n + ACTIVE, y] + here_x * a[n + REACTIVE, y]


class _Hung(NamedTuple):
    """An island as seen from a tie's end: positions, each after the one it hangs from (`above`).

    r, x: from the donor's source, as felt here; `inverse2` squared voltage over that above;
    v2: squared voltage if nothing in the island drew anything.
    """

    at: Ints
    above: Ints
    r: Floats
    x: Floats
    inverse2: Floats
    v2: Floats


@making_kernel
def _hung(grid: Grid, island: Island, start: int, r: float, x: float, v2: float) -> _Hung:
    """The island hung from position `start`."""
    lines = grid.lines
    size = island.hi - island.lo
    out = _Hung(
        np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size), np.empty(size),
        np.empty(size), np.empty(size),
    )
    out.at[0], out.above[0] = start, -1
    out.r[0], out.x[0], out.inverse2[0], out.v2[0] = r, x, 1.0, v2
    top = 1
    for k in range(size):
        i = out.at[k]
        came = out.at[out.above[k]] if k > 0 else -1
        if lines[i].parent >= island.lo and lines[i].parent != came:
            t2 = lines[i].ratio ** 2
            out.at[top] = lines[i].parent
            out.above[top] = k
            out.inverse2[top] = t2
            out.r[top] = (out.r[k] + lines[i].r) * t2
            out.x[top] = (out.x[k] + lines[i].x) * t2
            out.v2[top] = out.v2[k] * t2
            top += 1
        c = i + 1
        while c < lines[i].end:
            if c != came:
                t2 = lines[c].ratio ** 2
                out.at[top] = c
                out.above[top] = k
                out.inverse2[top] = 1.0 / t2
                out.r[top] = out.r[k] / t2 + lines[c].r
                out.x[top] = out.x[k] / t2 + lines[c].x
                out.v2[top] = out.v2[k] / t2
                top += 1
            c = lines[c].end
    return out


@making_kernel
def _hold_island(
    grid: Grid, load: Loading, island: Island, hung: _Hung, relief: _Relief, high2: float,
    tie_q: float, a: Floats, rhs: Floats,
) -> None:
    """One row for each zone of the island: its voltage that binds first, if the zone is fed.

    `tie_q` [Mvar] is what the tie's charging gives at the donor's end.
    """
    lines = grid.lines
    size = hung.at.size
    r, x, on_way = np.empty(size), np.empty(size), np.zeros(size, np.bool_)
    column = np.empty(size, np.int64)
    p, q = np.empty(size), np.empty(size)
    for k in range(size):
        column[k] = island.first + lines[hung.at[k]].zone - island.zone
        p[k], q[k] = _least(grid, load, hung.at[k], high2)
    q[0] -= tie_q
    best = np.full(rhs.size, np.inf)
    for m in range(size):
        low = load.node[hung.at[m]].v_low
        if low <= 0.0:
            continue
        on_way[:] = False
        k = m
        scale = 1.0
        while k >= 0:
            on_way[k] = True
            r[k] = 2.0 * hung.r[k] * scale
            x[k] = 2.0 * hung.x[k] * scale
            scale *= hung.inverse2[k]
            k = hung.above[k]
        total = 0.0
        for k in range(size):
            if not on_way[k]:
                r[k] = r[hung.above[k]]
                x[k] = x[hung.above[k]]
            total += r[k] * p[k] + x[k] * q[k]
        room = hung.v2[m] - low * low + r[m] * relief.p + x[m] * (relief.q + tie_q) + SLACK
        row = column[m]
        if total > 0.0 and room / total < best[row]:
            best[row] = room / total
            rhs[row] = room
            a[row, :] = 0.0
            for k in range(size):
                a[row, column[k]] += r[k] * p[k] + x[k] * q[k]


@making_kernel
def limit_tie(
    grid: Grid, load: Loading, z: int, tie: int, side: int, island: Island, a: Floats, rhs: Floats
) -> tuple[float, float]:
    """Set the rows: whatever zones C the tie feeds, sum of a[row, C] <= rhs[row].

    `a` has shape (n_zones + N_ROWS, n_zones); the row of a zone holds only if that zone is in C.
    Entries may be negative: charging, generation. Rows ACTIVE and REACTIVE limit nothing. Returns
    the least active and reactive power [MW, Mvar] on the way before anything is added.
    """
    n = a.shape[1]
    a[:] = 0.0
    rhs[:] = np.inf
    d = grid.tie_position[tie, 1 - side]
    unit = grid.lines[d].unit
    way = donor_way(grid, load, z, d, unit)
    v2 = load.node[d].vr ** 2 + load.node[d].vi ** 2
    r, x = grid.ties[tie].r, grid.ties[tie].x
    if way.at.size:
        v2 = way.v2[0]
        r += way.r[0]
        x += way.x[0]
    high2 = HIGH2 * v2
    tie_q = grid.ties[tie].b_half * high2
    for i in range(island.lo, island.hi):
        y = island.first + grid.lines[i].zone - island.zone
        dp, dq = _least(grid, load, i, high2)
        a[n + ACTIVE, y] += dp
        a[n + REACTIVE, y] += dq
    start = island.first + grid.tie_zone[tie, side] - island.zone
    a[n + REACTIVE, start] -= 2.0 * tie_q
    relief = _relief(
        grid, load, way, unit, -np.minimum(a[n + ACTIVE], 0.0).sum(),
        -np.minimum(a[n + REACTIVE], 0.0).sum(),
    )
    _rate_way(grid, load, tie, way, v2, relief, a, rhs)
    _hold_donor(grid, load, way, unit, relief, a, rhs)
    hung = _hung(grid, island, grid.tie_position[tie, side], r, x, v2)
    _hold_island(grid, load, island, hung, relief, high2, tie_q, a, rhs)
    least_p, least_q = 0.0, 0.0
    for k in range(way.at.size):
        least_p = min(least_p, way.p[k])
        least_q = min(least_q, way.q[k])
    return least_p, least_q
