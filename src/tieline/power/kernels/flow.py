"""Radial AC power flow: backward-forward sweep over a slice and what is attached to it.

Source: Shirmohammadi, Hong, Semlyen and Luo 1988, IEEE Transactions on Power Systems 3(2),
equations 1-4, without the compensation for loops: there are none.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tieline.power.kernels.arrays import Floats, Hung, Lines, Loading, State, Units

TOLERANCE = 1e-9
"""Largest voltage change [pu] of the last iteration."""
MAX_ITERATIONS = 60
COLLAPSE = 0.4
"""Voltage [pu] below which no flow is looked for any more."""
ROUNDING = 1e-8
"""What a limit [pu] may be passed by, far above the error of the flow."""


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _draw(i: int, lines: Lines, p: Floats, q: Floats, s: State) -> None:
    """Set the current that node i itself draws at its present voltage."""
    vr = s.vr[i]
    vi = s.vi[i]
    scale = 1.0 / (vr * vr + vi * vi)
    s.jr[i] = (p[i] * vr + q[i] * vi) * scale + lines.g[i] * vr - lines.b[i] * vi
    s.ji[i] = (p[i] * vi - q[i] * vr) * scale + lines.g[i] * vi + lines.b[i] * vr


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    lines: Lines, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Hung, n_hung: int, unit: int,
    s: State,
) -> None:
    """Add up currents from the leaves to the head, and at the slack node above it."""
    if lo < hi:
        s.jr[lines.parent[lo]] = 0.0
        s.ji[lines.parent[lo]] = 0.0
    else:
        for k in range(n_hung):
            if hung.unit[k] == unit and hung.root[k]:
                s.jr[hung.parent[k]] = 0.0
                s.ji[hung.parent[k]] = 0.0
    for k in range(n_hung - 1, -1, -1):
        if hung.unit[k] == unit:
            i = hung.position[k]
            a = hung.parent[k]
            s.jr[a] += s.jr[i] / hung.ratio[k]
            s.ji[a] += s.ji[i] / hung.ratio[k]
    for i in range(hi - 1, lo - 1, -1):
        if cut_lo <= i < cut_hi:
            continue
        a = lines.parent[i]
        s.jr[a] += s.jr[i] / lines.ratio[i]
        s.ji[a] += s.ji[i] / lines.ratio[i]


@njit(cache=True, nogil=True, error_model="numpy")
def solve(
    lines: Lines, p: Floats, q: Floats, start: State, lo: int, hi: int, cut_lo: int, cut_hi: int,
    hung: Hung, n_hung: int, unit: int, s: State,
) -> bool:
    """Whether the flow of one feeder converges; voltages and edge currents are left in `s`.

    The feeder is the slice [lo, hi) less [cut_lo, cut_hi), plus the first `n_hung` attached nodes
    of this unit; it starts from the voltages in `start`, and the slack node above keeps its own.
    On success s.jr + j s.ji is the current of the edge towards each position.
    """
    if lo < hi:
        a = lines.parent[lo]
        s.vr[a] = start.vr[a]
        s.vi[a] = start.vi[a]
    for k in range(n_hung):
        if hung.unit[k] == unit and hung.root[k]:
            a = hung.parent[k]
            s.vr[a] = start.vr[a]
            s.vi[a] = start.vi[a]
    for i in range(lo, hi):
        if cut_lo <= i < cut_hi:
            continue
        s.vr[i] = start.vr[i]
        s.vi[i] = start.vi[i]
        _draw(i, lines, p, q, s)
    for k in range(n_hung):
        if hung.unit[k] == unit:
            i = hung.position[k]
            s.vr[i] = start.vr[i]
            s.vi[i] = start.vi[i]
            _draw(i, lines, p, q, s)
    for _ in range(MAX_ITERATIONS):
        _gather(lines, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
        change = 0.0
        lowest = 9.0
        for i in range(lo, hi):
            if cut_lo <= i < cut_hi:
                continue
            a = lines.parent[i]
            vr = s.vr[a] / lines.ratio[i] - lines.r[i] * s.jr[i] + lines.x[i] * s.ji[i]
            vi = s.vi[a] / lines.ratio[i] - lines.r[i] * s.ji[i] - lines.x[i] * s.jr[i]
            change = max(change, abs(vr - s.vr[i]) + abs(vi - s.vi[i]))
            lowest = min(lowest, vr * vr + vi * vi)
            s.vr[i] = vr
            s.vi[i] = vi
            _draw(i, lines, p, q, s)
        for k in range(n_hung):
            if hung.unit[k] != unit:
                continue
            i = hung.position[k]
            a = hung.parent[k]
            vr = s.vr[a] / hung.ratio[k] - hung.r[k] * s.jr[i] + hung.x[k] * s.ji[i]
            vi = s.vi[a] / hung.ratio[k] - hung.r[k] * s.ji[i] - hung.x[k] * s.jr[i]
            change = max(change, abs(vr - s.vr[i]) + abs(vi - s.vi[i]))
            lowest = min(lowest, vr * vr + vi * vi)
            s.vr[i] = vr
            s.vi[i] = vi
            _draw(i, lines, p, q, s)
        if not lowest > COLLAPSE * COLLAPSE:
            return False
        if change < TOLERANCE:
            _gather(lines, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def terminal_current(i: int, a: int, ratio: float, b_half: float, s: State) -> float:
    """The larger of the currents [pu, seen from the child] at both ends of the edge a -> i."""
    jr = s.jr[i]
    ji = s.ji[i]
    if b_half == 0.0:
        return float((jr * jr + ji * ji) ** 0.5)
    ur = s.vr[a] / ratio
    ui = s.vi[a] / ratio
    sending = (jr - b_half * ui) ** 2 + (ji + b_half * ur) ** 2
    receiving = (jr + b_half * s.vi[i]) ** 2 + (ji - b_half * s.vr[i]) ** 2
    return float(max(sending, receiving) ** 0.5)


@njit(cache=True, nogil=True, error_model="numpy")
def within_limits(
    lines: Lines, load: Loading, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Hung,
    n_hung: int, unit: int, s: State,
) -> bool:
    """Whether the solved feeder keeps every voltage and current limit of the level."""
    for k in range(n_hung):
        if hung.unit[k] != unit:
            continue
        i = hung.position[k]
        v = (s.vr[i] ** 2 + s.vi[i] ** 2) ** 0.5
        if not load.v_low[i] - ROUNDING <= v <= load.v_high[i] + ROUNDING:
            return False
        current = terminal_current(i, hung.parent[k], hung.ratio[k], hung.b_half[k], s)
        if not current <= hung.i_max[k] + ROUNDING:
            return False
    for i in range(lo, hi):
        if cut_lo <= i < cut_hi:
            continue
        v = (s.vr[i] ** 2 + s.vi[i] ** 2) ** 0.5
        if not load.v_low[i] - ROUNDING <= v <= load.v_high[i] + ROUNDING:
            return False
        current = terminal_current(i, lines.parent[i], lines.ratio[i], lines.b_half[i], s)
        if not current <= load.i_high[i] + ROUNDING:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def drawn(lines: Lines, lo: int, hi: int, hung: Hung, n_hung: int, unit: int, s: State) -> tuple[
    float, float
]:
    """Active and reactive power [MW, Mvar] that the solved feeder takes from its source."""
    if lo < hi:
        a = lines.parent[lo]
        return (
            s.vr[a] * s.jr[a] + s.vi[a] * s.ji[a],
            s.vi[a] * s.jr[a] - s.vr[a] * s.ji[a],
        )
    p = 0.0
    q = 0.0
    for k in range(n_hung):
        if hung.unit[k] == unit and hung.root[k]:
            i = hung.position[k]
            a = hung.parent[k]
            jr = s.jr[i] / hung.ratio[k]
            ji = s.ji[i] / hung.ratio[k]
            p += s.vr[a] * jr + s.vi[a] * ji
            q += s.vi[a] * jr - s.vr[a] * ji
    return p, q


@njit(cache=True, nogil=True, error_model="numpy")
def solve_base(
    lines: Lines, units: Units, n_units: int, p: Floats, q: Floats, start: State, none: Hung,
    s: State, unit_p: Floats, unit_q: Floats, i_base: Floats,
) -> int:
    """Flow of every feeder in its normal state; the first one that diverges, or -1.

    Voltages and currents are left in `s`, the feeders' draw in `unit_p`, `unit_q` [MW, Mvar; NaN
    where the flow diverges] and the larger terminal current of each edge in `i_base` [pu].
    """
    failed = -1
    for k in range(n_units):
        lo = units.lo[k]
        hi = units.hi[k]
        if not solve(lines, p, q, start, lo, hi, 0, 0, none, 0, k, s):
            for i in range(lo, hi):
                s.vr[i] = 1.0
                s.vi[i] = 0.0
            unit_p[k] = np.nan
            unit_q[k] = np.nan
            if failed < 0:
                failed = k
            continue
        unit_p[k], unit_q[k] = drawn(lines, lo, hi, none, 0, k, s)
        for i in range(lo, hi):
            i_base[i] = terminal_current(i, lines.parent[i], lines.ratio[i], lines.b_half[i], s)
    return failed
