"""Radial AC power flow: backward-forward sweep over a slice and what is attached to it.

Source: Shirmohammadi, Hong, Semlyen and Luo 1988, IEEE Transactions on Power Systems 3(2),
equations 1-4, without the compensation for loops: there are none. Nodes are numbered by slot
(`arrays.FLOW`); `s` is the state by slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.compiled import kernel

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Cut, Ints, Margins, Records

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


@kernel
def _gather_slice(flow: Records, lo: int, hi: int, s: Records) -> None:
    """Turn what the nodes above lo carry so far into their edges' currents, leaves first."""
    for i in range(hi - 1, lo - 1, -1):
        vr = s[i].vr
        vi = s[i].vi
        scale = 1.0 / (vr * vr + vi * vi)
        g = flow[i].p * scale + flow[i].g
        b = flow[i].b - flow[i].q * scale
        jr = s[i].jr + g * vr - b * vi
        ji = s[i].ji + g * vi + b * vr
        s[i].jr = jr
        s[i].ji = ji
        a = flow[i].parent
        s[a].jr += jr * flow[i].inverse
        s[a].ji += ji * flow[i].inverse


@kernel
def _carry_up(flow: Records, lo: int, hi: int, a: int, jr: float, ji: float, s: Records) -> None:
    """Add a current drawn at a to every edge on its way to the head."""
    while lo <= a < hi:
        s[a].jr += jr
        s[a].ji += ji
        jr *= flow[a].inverse
        ji *= flow[a].inverse
        a = flow[a].parent


@kernel
def _gather_hung(
    flow: Records, lo: int, hi: int, hung: Records, n_hung: int, unit: int, s: Records
) -> None:
    """The same for attached nodes; shunts that come with their edges fall to both ends.

    Edges of the slots [lo, hi) carry their normal currents already, and get these on top.
    """
    for k in range(n_hung - 1, -1, -1):
        if hung[k].unit != unit:
            continue
        i = hung[k].slot
        a = hung[k].parent
        vr = s[i].vr
        vi = s[i].vi
        scale = 1.0 / (vr * vr + vi * vi)
        g = flow[i].p * scale + hung[k].g
        b = hung[k].b - flow[i].q * scale
        jr = s[i].jr + g * vr - b * vi
        ji = s[i].ji + g * vi + b * vr
        s[i].jr = jr
        s[i].ji = ji
        jr = jr * hung[k].inverse + hung[k].g_up * s[a].vr - hung[k].b_up * s[a].vi
        ji = ji * hung[k].inverse + hung[k].g_up * s[a].vi + hung[k].b_up * s[a].vr
        if hung[k].root and lo <= a < hi:
            _carry_up(flow, lo, hi, a, jr, ji, s)
        else:
            s[a].jr += jr
            s[a].ji += ji


@kernel
def _gather(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records
) -> None:
    """Add up currents from the leaves to the head, and at the slack node above it.

    What is carried must be zero before, but at the slack node.
    """
    if lo < hi:
        s[flow[lo].parent].jr = 0.0
        s[flow[lo].parent].ji = 0.0
    else:
        for k in range(n_hung):
            if hung[k].unit == unit and hung[k].root:
                s[hung[k].parent].jr = 0.0
                s[hung[k].parent].ji = 0.0
    _gather_hung(flow, lo, lo, hung, n_hung, unit, s)
    a = cut.above
    if lo <= a < hi:
        s[a].jr -= cut.g * s[a].vr - cut.b * s[a].vi
        s[a].ji -= cut.g * s[a].vi + cut.b * s[a].vr
    first = min(max(cut.lo, lo), hi)
    _gather_slice(flow, max(cut.hi, first), hi, s)
    _gather_slice(flow, lo, first, s)


@kernel
def _place(flow: Records, i: int, s: Records) -> None:
    """The voltage of the normal state, nothing carried."""
    s[i].vr = flow[i].vr
    s[i].vi = flow[i].vi
    s[i].jr = 0.0
    s[i].ji = 0.0


@kernel
def _place_slice(flow: Records, lo: int, hi: int, s: Records) -> None:
    """Voltages and currents of the normal state."""
    for i in range(lo, hi):
        s[i].vr = flow[i].vr
        s[i].vi = flow[i].vi
        s[i].jr = flow[i].jr
        s[i].ji = flow[i].ji


@kernel
def _begin(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records
) -> None:
    """Voltages of the normal state; currents of it, less what is cut, plus what hung nodes draw."""
    if lo < hi:
        _place(flow, flow[lo].parent, s)
    first = min(max(cut.lo, lo), hi)
    _place_slice(flow, lo, first, s)
    _place_slice(flow, max(cut.hi, first), hi, s)
    for k in range(n_hung):
        if hung[k].unit == unit:
            if hung[k].root and lo == hi:
                _place(flow, hung[k].parent, s)
            _place(flow, hung[k].slot, s)
    _carry_up(flow, lo, hi, cut.above, -cut.jr, -cut.ji, s)
    _gather_hung(flow, lo, hi, hung, n_hung, unit, s)


@kernel
def _worse_end(
    jr: float, ji: float, ur: float, ui: float, vr: float, vi: float, g: float, b: float
) -> float:
    """Square of the larger current at both ends of an edge: half its shunt g + jb stands at each.

    j flows between them, u is the voltage at the sending end and v at the receiving one.
    """
    sending = (jr + g * ur - b * ui) ** 2 + (ji + g * ui + b * ur) ** 2
    receiving = (jr - g * vr + b * vi) ** 2 + (ji - g * vi - b * vr) ** 2
    return max(sending, receiving)


@kernel
def _spread_slice(flow: Records, lo: int, hi: int, s: Records, m: Margins) -> Margins:
    """New voltages, each below its parent's; nothing is carried any more."""
    change, lowest, volts, highest, amps2 = m
    for i in range(lo, hi):
        a = flow[i].parent
        jr = s[i].jr
        ji = s[i].ji
        ur = s[a].vr * flow[i].inverse
        ui = s[a].vi * flow[i].inverse
        vr = ur - flow[i].r * jr + flow[i].x * ji
        vi = ui - flow[i].r * ji - flow[i].x * jr
        change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
        v2 = vr * vr + vi * vi
        lowest = min(lowest, v2)
        volts = max(volts, flow[i].low2 - v2)
        highest = max(highest, v2 - flow[i].high2)
        if flow[i].per2 > 0.0:
            c2 = _worse_end(jr, ji, ur, ui, vr, vi, flow[i].g_half, flow[i].b_half)
            amps2 = max(amps2, c2 * flow[i].per2)
        s[i].vr = vr
        s[i].vi = vi
        s[i].jr = 0.0
        s[i].ji = 0.0
    return change, lowest, volts, highest, amps2


@kernel
def _spread_hung(
    flow: Records, hung: Records, n_hung: int, unit: int, s: Records, m: Margins
) -> Margins:
    """The same for attached nodes."""
    change, lowest, volts, highest, amps2 = m
    for k in range(n_hung):
        if hung[k].unit != unit:
            continue
        i = hung[k].slot
        a = hung[k].parent
        jr = s[i].jr
        ji = s[i].ji
        ur = s[a].vr * hung[k].inverse
        ui = s[a].vi * hung[k].inverse
        vr = ur - hung[k].r * jr + hung[k].x * ji
        vi = ui - hung[k].r * ji - hung[k].x * jr
        change = max(change, abs(vr - s[i].vr) + abs(vi - s[i].vi))
        v2 = vr * vr + vi * vi
        lowest = min(lowest, v2)
        volts = max(volts, flow[i].low2 - v2)
        highest = max(highest, v2 - flow[i].high2)
        if hung[k].per2 > 0.0:
            c2 = _worse_end(jr, ji, ur, ui, vr, vi, hung[k].g_half, hung[k].b_half)
            amps2 = max(amps2, c2 * hung[k].per2)
        s[i].vr = vr
        s[i].vi = vi
        s[i].jr = 0.0
        s[i].ji = 0.0
    return change, lowest, volts, highest, amps2


@kernel
def _spread(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records
) -> Margins:
    """New voltages everywhere, from the head to the leaves.

    Returns the largest change [pu], the least squared voltage, by how much squared voltages pass
    their lower and upper limits at most (negative: by how much none does), and the square of the
    highest loading.
    """
    m = (0.0, 9.0, -9.0, -9.0, 0.0)
    first = min(max(cut.lo, lo), hi)
    m = _spread_slice(flow, lo, first, s, m)
    m = _spread_slice(flow, max(cut.hi, first), hi, s, m)
    return _spread_hung(flow, hung, n_hung, unit, s, m)


@kernel
def _iterate(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records
) -> bool:
    """Whether the flow converges from what is carried now."""
    for _ in range(MAX_ITERATIONS):
        change, lowest, _, _, _ = _spread(flow, lo, hi, cut, hung, n_hung, unit, s)
        if not lowest > COLLAPSE * COLLAPSE:
            return False
        _gather(flow, lo, hi, cut, hung, n_hung, unit, s)
        if change < TOLERANCE:
            return True
    return False


@kernel
def solve(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records
) -> bool:
    """Whether the flow of one feeder converges; voltages and edge currents are left in `s`.

    The feeder is the slots [lo, hi) less the cut, plus the first `n_hung` attached nodes that are
    of this unit; it starts from the normal state, and the slack node above keeps its voltage. On
    success s.jr + j s.ji is the current of the edge towards each slot.
    """
    _begin(flow, lo, hi, cut, hung, n_hung, unit, s)
    return _iterate(flow, lo, hi, cut, hung, n_hung, unit, s)


@kernel
def keeps_limits(
    flow: Records, lo: int, hi: int, cut: Cut, hung: Records, n_hung: int, unit: int, s: Records,
    seen: Ints,
) -> bool:
    """Whether one feeder, with what is hung onto it, converges and keeps its limits.

    The flow of `solve`. As soon as the error that is left (from the change of the last iteration
    and how fast changes shrink, taken `CAUTION`-fold; for currents, which follow from the voltages
    before it, the change itself) cannot turn the answer, the iteration stops; an answer too close
    is iterated to the end. A voltage found too high is counted in seen[0]: more load would relieve
    it.
    """
    _begin(flow, lo, hi, cut, hung, n_hung, unit, s)
    before = 1.0
    for _ in range(MAX_ITERATIONS):
        change, lowest, volts, highest, amps2 = _spread(
            flow, lo, hi, cut, hung, n_hung, unit, s
        )
        if not lowest > COLLAPSE * COLLAPSE:
            return False
        shrink = change / before
        before = change
        if change < TOLERANCE:
            v_error = 0.0
            i_error = 0.0
        elif shrink < FAST:
            error = CAUTION * change * max(shrink, SLOWEST) / (1.0 - shrink)
            v_error = 3.0 * error
            i_error = 3.0 * (error + CAUTION * change)
        else:
            v_error = np.inf
            i_error = np.inf
        amps = amps2 ** 0.5 - 1.0
        if max(volts, highest) <= ROUNDING - v_error and amps <= ROUNDING - i_error:
            return True
        if highest > ROUNDING + v_error:
            seen[0] += 1
            return False
        if volts > ROUNDING + v_error or amps > ROUNDING + i_error or change < TOLERANCE:
            return False
        _gather(flow, lo, hi, cut, hung, n_hung, unit, s)
    return False


@kernel
def drawn(
    flow: Records, lo: int, hi: int, hung: Records, n_hung: int, unit: int, s: Records
) -> tuple[float, float]:
    """Active and reactive power [MW, Mvar] that the solved feeder takes from its source."""
    if lo < hi:
        a = flow[lo].parent
        return (
            s[a].vr * s[a].jr + s[a].vi * s[a].ji,
            s[a].vi * s[a].jr - s[a].vr * s[a].ji,
        )
    p = 0.0
    q = 0.0
    for k in range(n_hung):
        if hung[k].unit == unit and hung[k].root:
            i = hung[k].slot
            a = hung[k].parent
            jr = s[i].jr * hung[k].inverse
            ji = s[i].ji * hung[k].inverse
            p += s[a].vr * jr + s[a].vi * ji
            q += s[a].vi * jr - s[a].vr * ji
    return p, q


@kernel
def solve_base(
    flow: Records, starts: Ints, ends: Ints, cut: Cut, none: Records, s: Records, feeder: Records
) -> None:
    """Flow of every feeder in its normal state: slots [starts[k], ends[k]).

    `flow` holds the sources' voltages, `cut` and `none` are empty. Voltages and edge currents are
    left in `s`, the feeders' draw in `feeder` [MW, Mvar]; where a flow diverges, that is NaN and
    the voltages are 1.
    """
    for k in range(starts.size):
        lo = starts[k]
        hi = ends[k]
        _place(flow, flow[lo].parent, s)
        for i in range(lo, hi):
            _place(flow, i, s)
        _gather(flow, lo, hi, cut, none, none.size, k, s)
        if _iterate(flow, lo, hi, cut, none, none.size, k, s):
            feeder[k].p, feeder[k].q = drawn(flow, lo, hi, none, none.size, k, s)
            continue
        feeder[k].p = np.nan
        feeder[k].q = np.nan
        for i in range(lo, hi):
            s[i].vr = 1.0
            s[i].vi = 0.0
