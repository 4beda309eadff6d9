"""A forest that grows zone by zone and shrinks again, with its radial AC power flow.

Entries are appended parent before child; those of one unit (a feeder that shares nothing with
others but an ideal source) are chained both ways, so that a flow visits only that unit and the
last additions can be taken off again.

Source of the flow: Shirmohammadi, Hong, Semlyen and Luo 1988, IEEE Transactions on Power Systems
3(2), equations 1-4, without the compensation for loops: there are none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.compiled import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Records = Any

TOLERANCE = 1e-10
"""Largest voltage change [pu] of the last iteration."""
MAX_ITERATIONS = 80
COLLAPSE = 0.4
"""Voltage [pu] below which no flow is looked for any more."""
ROUNDING = 1e-8
"""What a limit [pu] may be passed by, far above the error of the flow."""
SAFETY = 1.25
"""Factor on what zones still to come could relieve, before a state is given up."""
NO_BOUND = 0.05
"""Share of a zone's current along that of a line, below which it gives no bound."""

SOUND, PASSED, DIVERGED = 0, 1, 2


class Nodes(NamedTuple):
    """By node: demand [MW, Mvar], shunt [pu], limits [pu], zone, slice of `adjacent`."""

    p: Floats
    q: Floats
    g: Floats
    b: Floats
    v_low: Floats
    v_high: Floats
    reach_low: Floats
    zone: Ints
    ptr: Ints
    adjacent: Ints


class Elements(NamedTuple):
    """Branches and transformers inside zones, values seen from `v` [pu]; `ratio` is V_u / V_v."""

    u: Ints
    v: Ints
    r: Floats
    x: Floats
    ratio: Floats
    g_half: Floats
    b_half: Floats
    i_high: Floats
    length: Floats


class Forest(NamedTuple):
    """The entries, their units, and counters: `size[0]` entries, `size[1]` units.

    `node`, `parent` (entry, -1 at a source), `before`, `after` (chain of the unit), `unit`; the
    edge to the parent `r`, `x`, `ratio`, halves and limit; `r_path`, `x_path` from the source;
    `reach` left [km]; voltage `vr`, `vi`; current of the edge `jr`, `ji`; `room` [MW] for more
    power through the entry. `entry` by node (-1 = not in the forest). By unit: first and last
    entry, source, draw `p`, `q` [MW, Mvar] and series losses.
    """

    node: Ints
    parent: Ints
    before: Ints
    after: Ints
    unit: Ints
    r: Floats
    x: Floats
    ratio: Floats
    g_half: Floats
    b_half: Floats
    i_high: Floats
    r_path: Floats
    x_path: Floats
    reach: Floats
    vr: Floats
    vi: Floats
    jr: Floats
    ji: Floats
    room: Floats
    entry: Ints
    first: Ints
    last: Ints
    source: Ints
    draw_p: Floats
    draw_q: Floats
    losses: Floats
    slack: Flags
    size: Ints


def new_forest(n_nodes: int) -> Forest:
    """An empty forest that can hold every node."""
    def ints() -> Ints:
        return np.full(n_nodes, -1, np.int64)

    def floats() -> Floats:
        return np.zeros(n_nodes)

    return Forest(
        node=ints(), parent=ints(), before=ints(), after=ints(), unit=ints(), r=floats(),
        x=floats(), ratio=floats(), g_half=floats(), b_half=floats(), i_high=floats(),
        r_path=floats(), x_path=floats(), reach=floats(), vr=floats(), vi=floats(), jr=floats(),
        ji=floats(), room=floats(), entry=ints(), first=ints(), last=ints(), source=ints(),
        draw_p=floats(), draw_q=floats(), losses=floats(), slack=np.zeros(n_nodes, np.bool_),
        size=np.zeros(2, np.int64),
    )


@kernel
def _append(f: Forest, node: int, parent: int, unit: int) -> int:
    """Put a node at the end of a unit's chain; its entry."""
    i = f.size[0]
    f.size[0] += 1
    f.node[i] = node
    f.parent[i] = parent
    f.unit[i] = unit
    f.after[i] = -1
    f.before[i] = f.last[unit]
    if f.last[unit] >= 0:
        f.after[f.last[unit]] = i
    else:
        f.first[unit] = i
    f.last[unit] = i
    f.entry[node] = i
    f.r[i] = 0.0
    f.x[i] = 0.0
    f.ratio[i] = 1.0
    f.g_half[i] = 0.0
    f.b_half[i] = 0.0
    f.i_high[i] = np.inf
    f.jr[i] = 0.0
    f.ji[i] = 0.0
    f.slack[i] = False
    if parent >= 0:
        f.vr[i] = f.vr[parent]
        f.vi[i] = f.vi[parent]
        f.r_path[i] = f.r_path[parent]
        f.x_path[i] = f.x_path[parent]
        f.reach[i] = f.reach[parent]
    return int(i)


@kernel
def new_unit(f: Forest, source: int) -> int:
    """An empty unit of this source."""
    u = f.size[1]
    f.size[1] += 1
    f.first[u] = -1
    f.last[u] = -1
    f.source[u] = source
    f.draw_p[u] = 0.0
    f.draw_q[u] = 0.0
    f.losses[u] = 0.0
    return int(u)


@kernel
def plant(f: Forest, node: int, source: int, v: float, reach: float) -> int:
    """A source's node as a root held at this voltage; its unit holds what shares the busbar."""
    u = new_unit(f, source)
    i = _append(f, node, -1, u)
    f.slack[i] = True
    f.vr[i] = v
    f.vi[i] = 0.0
    f.r_path[i] = 0.0
    f.x_path[i] = 0.0
    f.reach[i] = reach
    return i


@kernel
def attach(
    f: Forest, nodes: Nodes, elements: Elements, parent: int, node: int, reach: float
) -> bool:
    """Hang the zone of `node` below an entry; False if it lies beyond the protection's reach.

    `reach` [km] is that of the switch between, NaN if it protects nothing. What hangs straight at
    a busbar that a source holds begins a new unit as soon as there is impedance.
    """
    zone = nodes.zone[node]
    start = f.size[0]
    i = _append(f, node, parent, f.unit[parent])
    f.slack[i] = f.slack[parent]
    if not np.isnan(reach):
        f.reach[i] = reach
    within = f.reach[i] >= nodes.reach_low[node] - ROUNDING
    at = start
    while at < f.size[0]:
        a = f.node[at]
        for k in range(nodes.ptr[a], nodes.ptr[a + 1]):
            e = nodes.adjacent[k]
            forward = elements.u[e] == a
            c = elements.v[e] if forward else elements.u[e]
            if f.entry[c] >= 0 or nodes.zone[c] != zone:
                continue
            unit = f.unit[at]
            if f.slack[at]:
                unit = new_unit(f, f.source[unit])
            i = _append(f, c, at, unit)
            t = elements.ratio[e]
            scale = 1.0 if forward else t * t
            f.r[i] = elements.r[e] * scale
            f.x[i] = elements.x[e] * scale
            f.ratio[i] = t if forward else 1.0 / t
            f.g_half[i] = elements.g_half[e] / scale
            f.b_half[i] = elements.b_half[e] / scale
            f.i_high[i] = elements.i_high[e] if forward else elements.i_high[e] / t
            f.r_path[i] += f.r[i]
            f.x_path[i] += f.x[i]
            f.reach[i] -= elements.length[e]
            f.vr[i] = f.vr[at] / f.ratio[i]
            f.vi[i] = f.vi[at] / f.ratio[i]
            if f.reach[i] < nodes.reach_low[c] - ROUNDING:
                within = False
        at += 1
    return bool(within)


@kernel
def cut_back(f: Forest, n_entries: int, n_units: int) -> None:
    """Take off what was appended after these counts."""
    for i in range(f.size[0] - 1, n_entries - 1, -1):
        u = f.unit[i]
        f.entry[f.node[i]] = -1
        f.last[u] = f.before[i]
        if f.before[i] >= 0:
            f.after[f.before[i]] = -1
        else:
            f.first[u] = -1
    f.size[0] = n_entries
    f.size[1] = n_units


@kernel
def _draw(i: int, f: Forest, nodes: Nodes) -> None:
    """Set the current that entry i itself draws at its present voltage."""
    n = f.node[i]
    vr = f.vr[i]
    vi = f.vi[i]
    scale = 1.0 / (vr * vr + vi * vi)
    f.jr[i] = (nodes.p[n] * vr + nodes.q[n] * vi) * scale + nodes.g[n] * vr - nodes.b[n] * vi
    f.ji[i] = (nodes.p[n] * vi - nodes.q[n] * vr) * scale + nodes.g[n] * vi + nodes.b[n] * vr


@kernel
def _gather(u: int, f: Forest) -> None:
    """Add up currents from the leaves to the entries below the busbar."""
    i = f.last[u]
    while i >= 0:
        a = f.parent[i]
        if not f.slack[a]:
            f.jr[a] += f.jr[i] / f.ratio[i]
            f.ji[a] += f.ji[i] / f.ratio[i]
        i = f.before[i]


@kernel
def solve(u: int, f: Forest, nodes: Nodes) -> bool:
    """Whether the flow of one unit converges; voltages, currents, draw and losses stay in `f`.

    A busbar unit (whose entries the source holds) has no flow: only its draw is added up.
    """
    draw_p = 0.0
    draw_q = 0.0
    i = f.first[u]
    if i < 0 or f.slack[i]:
        while i >= 0:
            if f.parent[i] >= 0:
                f.vr[i] = f.vr[f.parent[i]]
                f.vi[i] = f.vi[f.parent[i]]
            _draw(i, f, nodes)
            draw_p += f.vr[i] * f.jr[i] + f.vi[i] * f.ji[i]
            draw_q += f.vi[i] * f.jr[i] - f.vr[i] * f.ji[i]
            i = f.after[i]
        f.draw_p[u] = draw_p
        f.draw_q[u] = draw_q
        f.losses[u] = 0.0
        return True
    while i >= 0:
        _draw(i, f, nodes)
        i = f.after[i]
    for _ in range(MAX_ITERATIONS):
        _gather(u, f)
        change = 0.0
        lowest = 9.0
        i = f.first[u]
        while i >= 0:
            a = f.parent[i]
            vr = f.vr[a] / f.ratio[i] - f.r[i] * f.jr[i] + f.x[i] * f.ji[i]
            vi = f.vi[a] / f.ratio[i] - f.r[i] * f.ji[i] - f.x[i] * f.jr[i]
            change = max(change, abs(vr - f.vr[i]) + abs(vi - f.vi[i]))
            lowest = min(lowest, vr * vr + vi * vi)
            f.vr[i] = vr
            f.vi[i] = vi
            _draw(i, f, nodes)
            i = f.after[i]
        if not lowest > COLLAPSE * COLLAPSE:
            _forget(u, f)
            return False
        if change < TOLERANCE:
            _gather(u, f)
            losses = 0.0
            i = f.first[u]
            while i >= 0:
                a = f.parent[i]
                losses += f.r[i] * (f.jr[i] ** 2 + f.ji[i] ** 2)
                if f.slack[a]:
                    jr = f.jr[i] / f.ratio[i]
                    ji = f.ji[i] / f.ratio[i]
                    draw_p += f.vr[a] * jr + f.vi[a] * ji
                    draw_q += f.vi[a] * jr - f.vr[a] * ji
                i = f.after[i]
            f.draw_p[u] = draw_p
            f.draw_q[u] = draw_q
            f.losses[u] = losses
            return True
    _forget(u, f)
    return False


@kernel
def _forget(u: int, f: Forest) -> None:
    """Begin anew from flat voltages after a flow that diverged."""
    i = f.first[u]
    while i >= 0:
        a = f.parent[i]
        f.vr[i] = f.vr[a] / f.ratio[i]
        f.vi[i] = f.vi[a] / f.ratio[i]
        i = f.after[i]


@kernel
def edge_current(i: int, f: Forest) -> float:
    """The larger of the currents at both ends of the edge to entry i [pu, seen from it]."""
    jr = f.jr[i]
    ji = f.ji[i]
    g = f.g_half[i]
    b = f.b_half[i]
    if g == 0.0 and b == 0.0:
        return float((jr * jr + ji * ji) ** 0.5)
    a = f.parent[i]
    ur = f.vr[a] / f.ratio[i]
    ui = f.vi[a] / f.ratio[i]
    sending = (jr + g * ur - b * ui) ** 2 + (ji + g * ui + b * ur) ** 2
    receiving = (jr - g * f.vr[i] + b * f.vi[i]) ** 2 + (ji - g * f.vi[i] - b * f.vr[i]) ** 2
    return float(max(sending, receiving) ** 0.5)


@kernel
def keeps_limits(
    u: int, f: Forest, nodes: Nodes, relief_p: float, relief_q: float, whole: bool
) -> int:
    """Whether the solved unit keeps its limits, or could with what is still to come.

    `relief_p`, `relief_q` [MW, Mvar] bound the feeding-in (generators, charging) of zones not yet
    attached; they widen the lower voltage and the current limits. Voltages too high are looked at
    only if the state is `whole`: more load would relieve them.
    """
    credit = (relief_p * relief_p + relief_q * relief_q) ** 0.5 * SAFETY
    i = f.first[u]
    while i >= 0:
        n = f.node[i]
        v = (f.vr[i] ** 2 + f.vi[i] ** 2) ** 0.5
        lift = SAFETY * (f.r_path[i] * relief_p + f.x_path[i] * relief_q)
        if v + lift < nodes.v_low[n] - ROUNDING:
            return PASSED
        if whole and v > nodes.v_high[n] + ROUNDING:
            return PASSED
        limit = f.i_high[i]
        if limit < np.inf and edge_current(i, f) - credit > limit * (1.0 + ROUNDING):
            return PASSED
        i = f.after[i]
    return SOUND
