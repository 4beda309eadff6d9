"""Passes over a radial state from the sources downward: what holds all the way, which feeder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.compiled import making_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@making_kernel
def by_zone(
    n: int, order: Ints, parent: Ints, edge: Ints, number: Ints, sources: Ints
) -> tuple[Ints, Ints, Flags, Ints]:
    """Parent, edge, whether fed, and source of each zone, from a preorder; -1 = none.

    `number` are the edges the preorder was made from, `sources` the zone of each source.
    """
    up, via = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    live, source = np.zeros(n, np.bool_), np.full(n, -1, np.int64)
    for k in range(sources.size):
        source[sources[k]] = k
    for i in range(order.size):
        z = order[i]
        live[z] = True
        if parent[i] >= 0:
            up[z] = order[parent[i]]
            via[z] = number[edge[i]]
            source[z] = source[up[z]]
    for k in range(sources.size):
        if not live[sources[k]]:
            source[sources[k]] = -1
    return up, via, live, source


@making_kernel
def holds_all_the_way(order: Ints, up: Ints, own: Flags) -> Flags:
    """Whether `own` is true of a zone and of all above it; `order` has parents first."""
    out = np.zeros(up.size, np.bool_)
    for z in order:
        out[z] = own[z] and (up[z] < 0 or out[up[z]])
    return out


@making_kernel
def below_any(order: Ints, up: Ints, own: Flags) -> Flags:
    """Whether `own` is true of a zone or of any above it."""
    out = own.copy()
    for z in order:
        if up[z] >= 0 and out[up[z]]:
            out[z] = True
    return out


@making_kernel
def above_any(order: Ints, up: Ints, own: Flags) -> Flags:
    """Whether `own` is true of a zone or of any below it."""
    out = own.copy()
    for k in range(order.size - 1, -1, -1):
        z = order[k]
        if out[z] and up[z] >= 0:
            out[up[z]] = True
    return out


@making_kernel
def tops(order: Ints, up: Ints, plain: Flags) -> Ints:
    """For each zone the first on its way that is not a busbar: its feeder; -1 if not reached.

    A busbar is a source's zone, or a `plain` one (without impedance) that hangs at a busbar.
    """
    out = np.full(up.size, -1, np.int64)
    bus = np.zeros(up.size, np.bool_)
    for z in order:
        a = up[z]
        bus[z] = a < 0 or (bus[a] and plain[z])
        out[z] = z if a < 0 or bus[a] else out[a]
    return out


@making_kernel
def ways_back(
    order: Ints, up: Ints, via: Ints, operate_h: Floats, faulted: Flags, closed: Flags
) -> tuple[Ints, Floats, Floats]:
    """Depth of each zone, the time of the switch above it, and the least on its way [h].

    The way ends where a zone above is faulted or the switch is open.
    """
    n = up.size
    depth = np.full(n, n, np.int64)
    own, least = np.zeros(n), np.zeros(n)
    for z in order:
        a = up[z]
        depth[z] = 0 if a < 0 else depth[a] + 1
        if a < 0:
            continue
        own[z] = least[z] = operate_h[via[z]]
        if not faulted[a] and closed[via[z]]:
            least[z] = min(own[z], least[a])
    return depth, own, least


@making_kernel
def latest_above(order: Ints, up: Ints, own: Floats, start: Floats) -> Floats:
    """The largest `own` among a zone and those above it; `start` for zones not in `order`."""
    out = start.copy()
    for z in order:
        out[z] = own[z] if up[z] < 0 else max(own[z], out[up[z]])
    return out
