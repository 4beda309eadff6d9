"""Sources whose limit no fault can bring to bear: they count as without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.arrays import SOURCE, Loading, records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.power.topology import Topology

    Floats = NDArray[np.float64]

HIGH2 = 1.5
"""Squared voltage [pu] at which charging and shunts are taken, above any."""


def drop_idle_limits(topology: Topology, loading: Loading) -> Loading:
    """The same, with no limit at sources that could deliver all that can ever be hung on them.

    A source delivers at most its voltage times the sum of all currents, and a load whose voltage
    keeps its lower limit draws no more than its power over that. To what a source feeds comes at
    most what lies below one fault in one of the parts that a tie joins to it. Where a transformer
    is off its nominal ratio nothing is dropped.
    """
    most = _most_mva(topology, loading)
    s_max = np.where(most < loading.source.s_max, np.inf, loading.source.s_max)
    source = records(SOURCE, p=loading.source.p, q=loading.source.q, s_max=s_max)
    return loading._replace(source=source)


def _most_mva(topology: Topology, loading: Loading) -> Floats:
    """No source is ever asked for more than this [MVA]."""
    grid, lines, node = topology.grid, topology.grid.lines, loading.node
    n_parts = len(topology.source_row)
    part = topology.zone_part[lines.zone]
    power = np.hypot(node.p, node.q)
    shunt = np.hypot(lines.g, lines.b) * HIGH2
    floor = np.full(n_parts, np.inf)
    np.minimum.at(floor, part, np.where(power > 0.0, node.v_low, np.inf))
    np.minimum.at(floor, part, np.where(lines.ratio == 1.0, np.inf, 0.0))
    own, own_shunt = (np.bincount(part, x, n_parts) for x in (power, shunt))
    moved, moved_shunt = (_most_below(topology, x) for x in (power, shunt))
    extra, extra_shunt = np.zeros(n_parts), np.zeros(n_parts)
    lowest = floor.copy()
    for k, ends in enumerate(topology.zone_part[grid.tie_zone]):
        own_shunt[ends] += 2.0 * grid.ties[k].b_half * HIGH2
        for a, b in (ends, ends[::-1]):
            if a != b:
                extra[a] = max(extra[a], moved[b])
                extra_shunt[a] = max(extra_shunt[a], moved_shunt[b])
                lowest[a] = min(lowest[a], floor[b])
    held = topology.network.sources["vm_pu"][topology.source_row]
    with np.errstate(divide="ignore", invalid="ignore"):
        most = held * (own + extra) / lowest + own_shunt + extra_shunt
    return np.where(lowest > 0.0, most, np.inf)


def _most_below(topology: Topology, values: Floats) -> Floats:
    """By part: the largest sum of these values at and below one zone that can fail."""
    grid = topology.grid
    running = np.concatenate([[0.0], np.cumsum(values)])
    faulty = np.flatnonzero(np.diff(grid.fault_ptr) > 0)
    head = grid.zones.head[faulty]
    out = np.zeros(len(topology.source_row))
    np.maximum.at(
        out, topology.zone_part[faulty], running[grid.lines.end[head]] - running[head]
    )
    return out
