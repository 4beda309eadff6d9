"""Radial AC power flow: backward-forward sweep over a slice and what is attached to it.

Source: Shirmohammadi, Hong, Semlyen and Luo 1988, IEEE Transactions on Power Systems 3(2),
equations 1-4, without the compensation for loops: there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Floats, Ints, Records

TOLERANCE = 1e-9
"""Largest voltage change [pu] of the last iteration."""
MAX_ITERATIONS = 60
CAUTION = 4.0
"""Factor on the estimated error before an answer is taken from an unfinished flow."""
FAST = 0.5
"""Shrinking of changes per iteration below which that estimate is trusted."""
SLOWEST = 0.02
"""Shrinking assumed at least, however fast the last step was."""
COLLAPSE = 0.4
"""Voltage [pu] below which no flow is looked for any more."""
ROUNDING = 1e-8
"""What a limit [pu] may be passed by, far above the error of the flow."""


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(i: int, lines: Records, node: Records, s: Records) -> None:
    """Set the current that node i itself draws at its present voltage."""
    vr = s[i].vr
    vi = s[i].vi
    scale = 1.0 / (vr * vr + vi * vi)
    s[i].jr = (node[i].p * vr + node[i].q * vi) * scale + lines[i].g * vr - lines[i].b * vi
    s[i].ji = (node[i].p * vi - node[i].q * vr) * scale + lines[i].g * vi + lines[i].b * vr


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_hung(k: int, hung: Records, lines: Records, node: Records, s: Records) -> None:
    """Set the current that an attached node draws; a tie line's charging falls to both ends."""
    i = hung[k].position
    _draw(i, lines, node, s)
    b = hung[k].b_tie
    if b != 0.0:
        a = hung[k].parent
        s[i].jr -= b * s[i].vi
        s[i].ji += b * s[i].vr
        s[a].jr -= b * s[a].vi
        s[a].ji += b * s[a].vr


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    lines: Records, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Records, n_hung: int,
    unit: int, s: Records,
) -> None:
    """Add up currents from the leaves to the head, and at the slack node above it."""
    if lo < hi:
        s[lines[lo].parent].jr = 0.0
        s[lines[lo].parent].ji = 0.0
    else:
        for k in range(n_hung):
            if hung[k].unit == unit and hung[k].root:
                s[hung[k].parent].jr = 0.0
                s[hung[k].parent].ji = 0.0
    for k in range(n_hung - 1, -1, -1):
        if hung[k].unit == unit:
            i = hung[k].position
            a = hung[k].parent
            s[a].jr += s[i].jr / hung[k].ratio
            s[a].ji += s[i].ji / hung[k].ratio
    for i in range(hi - 1, lo - 1, -1):
        if cut_lo <= i < cut_hi:
            continue
        a = lines[i].parent
        s[a].jr += s[i].jr / lines[i].ratio
        s[a].ji += s[i].ji / lines[i].ratio


@njit(cache=True, nogil=True, error_model="numpy")
def _start(
    lines: Records, node: Records, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Records,
    n_hung: int, unit: int, s: Records,
) -> None:
    """Begin from the voltages in `node`, with what each node draws at them."""
    if lo < hi:
        a = lines[lo].parent
        s[a].vr = node[a].vr
        s[a].vi = node[a].vi
    for k in range(n_hung):
        if hung[k].unit == unit and hung[k].root:
            a = hung[k].parent
            s[a].vr = node[a].vr
            s[a].vi = node[a].vi
    for i in range(lo, hi):
        if cut_lo <= i < cut_hi:
            continue
        s[i].vr = node[i].vr
        s[i].vi = node[i].vi
        _draw(i, lines, node, s)
    for k in range(n_hung):
        if hung[k].unit == unit:
            i = hung[k].position
            s[i].vr = node[i].vr
            s[i].vi = node[i].vi
            _draw_hung(k, hung, lines, node, s)


@njit(cache=True, nogil=True, error_model="numpy")
def solve(
    lines: Records, node: Records, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Records,
    n_hung: int, unit: int, s: Records,
) -> bool:
    """Whether the flow of one feeder converges; voltages and edge currents are left in `s`.

    The feeder is the slice [lo, hi) less [cut_lo, cut_hi), plus the first `n_hung` attached nodes
    of this unit; it starts from the voltages in `node`, and the slack node above keeps its own.
    On success s.jr + j s.ji is the current of the edge towards each position.
    """
    _start(lines, node, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
    for _ in range(MAX_ITERATIONS):
        _gather(lines, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
        change = 0.0
        lowest = 9.0
        for i in range(lo, hi):
            if cut_lo <= i < cut_hi:
                continue
            a = lines[i].parent
            vr = s[a].vr / lines[i].ratio - lines[i].r * s[i].jr + lines[i].x * s[i].ji
            vi = s[a].vi / lines[i].ratio - lines[i].r * s[i].ji - lines[i].x * s[i].jr
            change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
            lowest = min(lowest, vr * vr + vi * vi)
            s[i].vr = vr
            s[i].vi = vi
            _draw(i, lines, node, s)
        for k in range(n_hung):
            if hung[k].unit != unit:
                continue
            i = hung[k].position
            a = hung[k].parent
            vr = s[a].vr / hung[k].ratio - hung[k].r * s[i].jr + hung[k].x * s[i].ji
            vi = s[a].vi / hung[k].ratio - hung[k].r * s[i].ji - hung[k].x * s[i].jr
            change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
            lowest = min(lowest, vr * vr + vi * vi)
            s[i].vr = vr
            s[i].vi = vi
            _draw_hung(k, hung, lines, node, s)
        if not lowest > COLLAPSE * COLLAPSE:
            return False
        if change < TOLERANCE:
            _gather(lines, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def terminal_current(
    i: int, a: int, ratio: float, g_half: float, b_half: float, s: Records
) -> float:
    """The larger of the currents [pu, seen from the child] at both ends of the edge a -> i."""
    jr = s[i].jr
    ji = s[i].ji
    if b_half == 0.0 and g_half == 0.0:
        return float((jr * jr + ji * ji) ** 0.5)
    ur = s[a].vr / ratio
    ui = s[a].vi / ratio
    vr = s[i].vr
    vi = s[i].vi
    sending = (jr + g_half * ur - b_half * ui) ** 2 + (ji + g_half * ui + b_half * ur) ** 2
    receiving = (jr - g_half * vr + b_half * vi) ** 2 + (ji - g_half * vi - b_half * vr) ** 2
    return float(max(sending, receiving) ** 0.5)


@njit(cache=True, nogil=True, error_model="numpy")
def keeps_limits(
    lines: Records, node: Records, lo: int, hi: int, cut_lo: int, cut_hi: int, hung: Records,
    n_hung: int, unit: int, s: Records, seen: Ints,
) -> bool:
    """Whether one feeder, with what is hung onto it, converges and keeps its limits.

    The flow of `solve`, with limits looked at in the same pass. As soon as the error that is left
    (from the change of the last iteration and how fast changes shrink, taken `CAUTION`-fold; for
    currents, which follow from the voltages before it, the change itself) cannot turn the answer,
    the iteration stops; an answer too close is iterated to the end. A voltage found too high is
    counted in seen[0]: more load would relieve it.
    """
    _start(lines, node, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
    before = 1.0
    for _ in range(MAX_ITERATIONS):
        _gather(lines, lo, hi, cut_lo, cut_hi, hung, n_hung, unit, s)
        change = 0.0
        lowest = 9.0
        volts = -9.0
        amps = -1.0
        highest = -9.0
        for i in range(lo, hi):
            if cut_lo <= i < cut_hi:
                continue
            a = lines[i].parent
            jr = s[i].jr
            ji = s[i].ji
            vr = s[a].vr / lines[i].ratio - lines[i].r * jr + lines[i].x * ji
            vi = s[a].vi / lines[i].ratio - lines[i].r * ji - lines[i].x * jr
            change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
            v2 = vr * vr + vi * vi
            lowest = min(lowest, v2)
            s[i].vr = vr
            s[i].vi = vi
            volts = max(volts, node[i].v_low * node[i].v_low - v2)
            highest = max(highest, v2 - node[i].v_high * node[i].v_high)
            limit = node[i].i_high
            if limit < np.inf:
                c = terminal_current(i, a, lines[i].ratio, lines[i].g_half, lines[i].b_half, s)
                amps = max(amps, c / limit - 1.0)
            _draw(i, lines, node, s)
        for k in range(n_hung):
            if hung[k].unit != unit:
                continue
            i = hung[k].position
            a = hung[k].parent
            jr = s[i].jr
            ji = s[i].ji
            vr = s[a].vr / hung[k].ratio - hung[k].r * jr + hung[k].x * ji
            vi = s[a].vi / hung[k].ratio - hung[k].r * ji - hung[k].x * jr
            change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
            v2 = vr * vr + vi * vi
            lowest = min(lowest, v2)
            s[i].vr = vr
            s[i].vi = vi
            volts = max(volts, node[i].v_low * node[i].v_low - v2)
            highest = max(highest, v2 - node[i].v_high * node[i].v_high)
            limit = hung[k].i_max
            if limit < np.inf:
                c = terminal_current(i, a, hung[k].ratio, hung[k].g_half, hung[k].b_half, s)
                amps = max(amps, c / limit - 1.0)
            _draw_hung(k, hung, lines, node, s)
        if not lowest > COLLAPSE * COLLAPSE:
            return False
        shrink = change / before
        before = change
        if shrink < FAST:
            error = CAUTION * change * max(shrink, SLOWEST) / (1.0 - shrink)
        elif change < TOLERANCE:
            error = 0.0
        else:
            continue
        v_error = 3.0 * error
        i_error = 3.0 * (error + CAUTION * change)
        if change < TOLERANCE:
            v_error = 0.0
            i_error = 0.0
        if max(volts, highest) <= ROUNDING - v_error and amps <= ROUNDING - i_error:
            return True
        if highest > ROUNDING + v_error:
            seen[0] += 1
            return False
        if volts > ROUNDING + v_error or amps > ROUNDING + i_error or change < TOLERANCE:
            return False
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def drawn(
    lines: Records, lo: int, hi: int, hung: Records, n_hung: int, unit: int, s: Records
) -> tuple[float, float]:
    """Active and reactive power [MW, Mvar] that the solved feeder takes from its source."""
    if lo < hi:
        a = lines[lo].parent
        return (
            s[a].vr * s[a].jr + s[a].vi * s[a].ji,
            s[a].vi * s[a].jr - s[a].vr * s[a].ji,
        )
    p = 0.0
    q = 0.0
    for k in range(n_hung):
        if hung[k].unit == unit and hung[k].root:
            i = hung[k].position
            a = hung[k].parent
            jr = s[i].jr / hung[k].ratio
            ji = s[i].ji / hung[k].ratio
            p += s[a].vr * jr + s[a].vi * ji
            q += s[a].vi * jr - s[a].vr * ji
    return p, q


@njit(cache=True, nogil=True, error_model="numpy")
def solve_base(
    lines: Records, units: Records, n_units: int, node: Records, none: Records, s: Records,
    feeder: Records, i_base: Floats,
) -> int:
    """Flow of every feeder in its normal state; the first one that diverges, or -1.

    Voltages and currents are left in `s`, the feeders' draw in `feeder` [MW, Mvar; NaN where the
    flow diverges] and the larger terminal current of each edge in `i_base` [pu].
    """
    failed = -1
    for k in range(n_units):
        lo = units[k].lo
        hi = units[k].hi
        if not solve(lines, node, lo, hi, 0, 0, none, 0, k, s):
            for i in range(lo, hi):
                s[i].vr = 1.0
                s[i].vi = 0.0
            feeder[k].p = np.nan
            feeder[k].q = np.nan
            if failed < 0:
                failed = k
            continue
        feeder[k].p, feeder[k].q = drawn(lines, lo, hi, none, 0, k, s)
        for i in range(lo, hi):
            i_base[i] = terminal_current(
                i, lines[i].parent, lines[i].ratio, lines[i].g_half, lines[i].b_half, s
            )
    return failed
