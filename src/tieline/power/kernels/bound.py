"""The least a fault could cost whatever the plan: what is left of it is the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.compiled import kernel, making_kernel
from tieline.power.kernels.linear import donor_way
from tieline.power.kernels.restore import return_times

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Grid, Loading, Work

EASE = 1.02
"""Factor on what a tie is taken to carry at most, for the ratio of transformers on the way."""


@kernel
def soonest(grid: Grid, z: int, n_cand: int, w: Work) -> None:
    """Earliest conceivable return of each zone below z, in w.zone.best_back_h: limits ignored.

    Ties that could not even carry their own end zone are left out: adding load to a tie is taken
    never to relieve it.
    """
    zones = grid.zones
    for y in range(z, zones[z].end):
        w.zone[y].best_back_h = np.inf
    changed = True
    while changed:
        changed = False
        return_times(grid, z, n_cand, n_cand >= 0, w)
        for k in range(n_cand):
            island = grid.tie_zone[w.cand[k].tie, w.cand[k].side]
            if w.cand[k].useless or not w.cand[k].h < w.zone[island].best_back_h:
                continue
            while zones[island].parent != z:
                island = zones[island].parent
            for y in range(island, zones[island].end):
                w.zone[y].best_back_h = w.cand[k].h
            changed = True


@making_kernel
def most_mw(grid: Grid, load: Loading, z: int, tie: int, side: int, q_per_p: float) -> float:
    """No more than this [MW] can be fed through the tie, whatever is chosen behind it.

    From the linear flow without losses (Baran and Wu 1989, IEEE Trans. Power Systems 4(2),
    equations 9-11, losses dropped), which never underestimates what a feeder can carry: along
    the way to the source the added power, with at least `q_per_p` of reactive power to each MW,
    keeps every rating, and the voltage where the tie ends its limit. Where power flows back
    towards the source, more load may mean less losses: then there is no such limit (inf).
    """
    node = load.node
    d = grid.tie_position[tie, 1 - side]
    way = donor_way(grid, load, z, d, grid.lines[d].unit)
    v2 = node[d].vr ** 2 + node[d].vi ** 2
    r = grid.ties[tie].r
    x = grid.ties[tie].x
    if way.at.size:
        v2 = way.v2[0]
        r += way.r[0]
        x += way.x[0]
    most = grid.ties[tie].i_max * v2 ** 0.5
    for k in range(way.at.size):
        p = way.p[k]
        q = way.q[k]
        if p < 0.0 or q < 0.0:
            return np.inf
        s = node[way.at[k]].i_high * way.v2[k] ** 0.5
        if np.isfinite(s):
            a = 1.0 + q_per_p * q_per_p
            half = p + q * q_per_p
            root = half * half - a * (p * p + q * q - s * s)
            most = min(most, (-half + root ** 0.5) / a if root > 0.0 else 0.0)
    low = node[grid.tie_position[tie, side]].v_low
    drop = 2.0 * (r + x * q_per_p)
    if drop > 0.0 and low > 0.0:
        most = min(most, max(v2 - low * low, 0.0) / drop)
    return float(max(most, 0.0) * EASE)


@making_kernel
def lost_mw(grid: Grid, load: Loading, z: int, n_cand: int, w: Work) -> float:
    """At least this much load [MW] below z must stay dark, whatever the plan."""
    zones = grid.zones
    node = load.node
    q_per_p = np.inf
    total = 0.0
    for y in range(z + 1, zones[z].end):
        if w.zone[y].best_back_h == np.inf:
            continue
        head = zones[y].head
        for i in range(head, grid.lines[head].end):
            if grid.lines[i].zone != y:
                continue
            if node[i].p < 0.0:
                return 0.0
            total += node[i].p
            if node[i].p > 0.0:
                q_per_p = min(q_per_p, node[i].q / node[i].p)
            elif node[i].q < 0.0:
                q_per_p = -np.inf
    if total <= 0.0 or q_per_p == -np.inf:
        return 0.0
    carried = 0.0
    for k in range(n_cand):
        tie = w.cand[k].tie
        side = w.cand[k].side
        other = grid.tie_zone[tie, 1 - side]
        if w.cand[k].useless or z < other < zones[z].end:
            continue
        carried += most_mw(grid, load, z, tie, side, q_per_p)
        if not carried < total:
            return 0.0
    return total - carried


@kernel
def lost_shares(grid: Grid, load: Loading, z: int, mw: float, w: Work) -> float:
    """Share of each zone that stays dark at least, in w.zone.lost; that of all energy, returned.

    The `mw` are taken where they cost least weight per kW: no plan loses less weight.
    """
    zones = grid.zones
    total = 0.0
    for y in range(z, zones[z].end):
        w.zone[y].lost = 0.0
        w.zone[y].mark = False
        if y > z and w.zone[y].best_back_h < np.inf:
            for j in range(grid.kw.shape[1]):
                total += grid.kw[y, j]
    left = mw * 1000.0 / max(load.kw_factor, 1e-12)
    if left <= 0.0 or total <= 0.0:
        return 0.0
    share = min(1.0, left / total)
    while left > 0.0:
        least = -1
        value = np.inf
        for y in range(z + 1, zones[z].end):
            if w.zone[y].mark or w.zone[y].best_back_h == np.inf:
                continue
            kw = grid.kw[y].sum()
            if kw > 0.0 and zones[y].weight / kw < value:
                value = zones[y].weight / kw
                least = y
        if least < 0:
            break
        kw = grid.kw[least].sum()
        w.zone[least].mark = True
        w.zone[least].lost = min(1.0, left / kw)
        left -= kw
    for y in range(z, zones[z].end):
        w.zone[y].mark = False
    return share
