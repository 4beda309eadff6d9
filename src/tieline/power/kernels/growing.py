"""Whole states as forests: grown at once, solved, read out; and the room left in each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.compiled import kernel
from tieline.power.kernels.forest import NO_BOUND, SAFETY, attach, edge_current, plant, solve

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Elements, Floats, Forest, Ints, Nodes


@kernel
def rooms(
    u: int, f: Forest, nodes: Nodes, tan_low: float, tan_high: float, source_room: float,
    relief_p: float, relief_q: float,
) -> None:
    """Fill `room`: power [MW] beyond which more through an entry must pass a limit.

    For loads with reactive per active power between `tan_low` >= 0 and `tan_high`: current along
    the present one must stay below the limit, and the voltage drop grows by at least that of a
    flow without losses (linear DistFlow: Baran and Wu 1989, IEEE Transactions on Power Delivery
    4(1), equation 9). Infinite where there is no limit. `relief_p`, `relief_q` [MW, Mvar] may be
    fed in besides.
    """
    credit = SAFETY * (relief_p * relief_p + relief_q * relief_q) ** 0.5
    i = f.first[u]
    while i >= 0:
        a = f.parent[i]
        n = f.node[i]
        room = source_room
        if a >= 0 and not f.slack[a]:
            room = f.room[a]
        v = (f.vr[i] ** 2 + f.vi[i] ** 2) ** 0.5
        z = f.r_path[i] + f.x_path[i] * tan_low
        if z > 0.0:
            lift = SAFETY * (f.r_path[i] * relief_p + f.x_path[i] * relief_q)
            room = min(room, max(0.0, ((v * v - nodes.v_low[n] ** 2) / 2.0 + lift) / z))
        limit = f.i_high[i]
        if limit < np.inf:
            size = (f.jr[i] ** 2 + f.ji[i] ** 2) ** 0.5
            along = 1.0
            if size > 1e-9:
                cosine = (f.jr[i] * f.vr[i] + f.ji[i] * f.vi[i]) / (size * v)
                sine = (f.jr[i] * f.vi[i] - f.ji[i] * f.vr[i]) / (size * v)
                along = min(cosine + tan_low * sine, cosine + tan_high * sine)
            if along > NO_BOUND:
                room = min(room, max(0.0, (limit - size + credit) * v / along))
        f.room[i] = room
        i = f.after[i]


@kernel
def grow(
    f: Forest, nodes: Nodes, elements: Elements, near: Ints, far: Ints, reach: Floats,
    source: Ints, v: Floats,
) -> bool:
    """Attach zones in this order; whether all lie within the reach of their protection.

    Zone k hangs at node near[k] with its node far[k]; near[k] < 0 plants source[k], held at v[k],
    at far[k].
    """
    within = True
    for k in range(far.size):
        if near[k] < 0:
            plant(f, far[k], source[k], v[k], np.inf)
        elif not attach(f, nodes, elements, f.entry[near[k]], far[k], reach[k]):
            within = False
    return within


@kernel
def solve_all(f: Forest, nodes: Nodes) -> int:
    """Solve every unit; the first one that diverges, or -1."""
    failed = -1
    for u in range(f.size[1]):
        if not solve(u, f, nodes) and failed < 0:
            failed = u
    return failed


@kernel
def read_out(
    f: Forest, elements: Elements, nodes: Nodes, v: Floats, i_element: Floats, reach: Floats
) -> None:
    """Write voltages by node, currents by element (seen from its `v` side), and reach by node."""
    for i in range(f.size[0]):
        n = f.node[i]
        v[n] = (f.vr[i] ** 2 + f.vi[i] ** 2) ** 0.5
        reach[n] = f.reach[i]
        a = f.parent[i]
        if a < 0:
            continue
        for k in range(nodes.ptr[n], nodes.ptr[n + 1]):
            e = nodes.adjacent[k]
            other = elements.u[e] if elements.v[e] == n else elements.v[e]
            if other == f.node[a] and nodes.zone[other] == nodes.zone[n]:
                scale = 1.0 if elements.v[e] == n else elements.ratio[e]
                i_element[e] = edge_current(i, f) * scale
