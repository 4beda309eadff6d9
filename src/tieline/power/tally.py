"""How a year of faults ends, added up by zone and by tie over all load levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.arrays import new_work
from tieline.power.kernels.restore import upstream_h
from tieline.power.kernels.sweep import plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieline.power.kernels.arrays import Grid, Loading
    from tieline.power.sweep import Swept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UPSTREAM, OWN, BORDER, REPAIR = range(4)
"""How an interruption ends: columns of `Tally.ends`."""


@dataclass(frozen=True)
class Tally:
    """Sums of one case.

    `faulty` are the zones that can fail. By zone: `hours` (n_zones,) without supply a year,
    `ends` (n_zones, 4) interruptions a year by how they end, `first_tie` the tie of lowest number
    that restores anything after a fault there (-1: none). By tie: times it is `used` a year,
    customer-interruptions `carried` a year, customer-hours `saved` a year.
    """

    faulty: Ints
    hours: Floats
    ends: Floats
    first_tie: Ints
    used: Floats
    carried: Floats
    saved: Floats


@dataclass(frozen=True)
class _Fault:
    """Faults in one zone at one load level: rate [1/yr] of each repair time [h], and the plan.

    `back_h`, `via` run over the zones below: time back [h] (inf: repair) and tie (-1: none).
    """

    zone: int
    rate: Floats
    repair_h: Floats
    back_h: Floats
    via: Ints


def tally(swept: Swept) -> Tally:
    """Plan every fault of this case again and add up what it costs and what ties do."""
    grid = swept.topology.grid
    n_zones, n_ties = swept.topology.n_zones, len(swept.usable)
    out = Tally(
        np.flatnonzero(np.diff(grid.fault_ptr) > 0), np.zeros(n_zones), np.zeros((n_zones, 4)),
        np.full(n_zones, -1, np.int64), np.zeros(n_ties), np.zeros(n_ties), np.zeros(n_ties),
    )
    crosses = swept.topology.tie_table.crosses()
    customers = grid.customers.sum(axis=1)
    for loading in swept.loadings:
        for fault in _planned(swept, loading, out.faulty):
            _add_above(grid, fault, out)
            _add_below(grid, fault, crosses, out)
            _add_ties(fault, customers, out)
    return out


def _planned(swept: Swept, loading: Loading, faulty: Ints) -> Iterator[_Fault]:
    """The plan for each faulty zone at this load level."""
    grid = swept.topology.grid
    ptr = np.concatenate([[0], np.cumsum(grid.zones.end[faulty] - faulty)]).astype(np.int64)
    back_h, via = np.empty(ptr[-1]), np.empty(ptr[-1], np.int64)
    work = new_work(len(grid.lines), len(grid.zones), 2 * len(swept.usable))
    plan(grid, loading, faulty, swept.usable, work, ptr, back_h, via)
    for k, z in enumerate(faulty):
        classes = slice(grid.fault_ptr[z], grid.fault_ptr[z + 1])
        below = slice(ptr[k] + 1, ptr[k + 1])
        yield _Fault(
            int(z), grid.faults.rate[classes] * loading.share, grid.faults.repair_h[classes],
            back_h[below], via[below],
        )


def _add_above(grid: Grid, fault: _Fault, out: Tally) -> None:
    """The faulty zone waits for repair; what tripped with it comes back from upstream."""
    z, zones = fault.zone, grid.zones
    trip = zones.trip[z]
    above = np.r_[trip:z, zones.end[z] : zones.end[trip]]
    out.hours[above] += fault.rate @ np.minimum(upstream_h(grid, z), fault.repair_h)
    out.ends[above, UPSTREAM] += fault.rate.sum()
    out.hours[z] += fault.rate @ fault.repair_h
    out.ends[z, REPAIR] += fault.rate.sum()


def _add_below(grid: Grid, fault: _Fault, crosses: NDArray[np.bool_], out: Tally) -> None:
    """What lies below comes back by a tie, inside or across a border, or waits for repair."""
    below = slice(fault.zone + 1, int(grid.zones.end[fault.zone]))
    times, repair = fault.back_h[:, None], fault.repair_h[None, :]
    fed = fault.via >= 0
    border = fed.copy()
    border[fed] = crosses[fault.via[fed]]
    helped = np.where(fed, (times < repair) @ fault.rate, 0.0)
    out.hours[below] += np.minimum(times, repair) @ fault.rate
    out.ends[below, OWN] += np.where(border, 0.0, helped)
    out.ends[below, BORDER] += np.where(border, helped, 0.0)
    out.ends[below, REPAIR] += fault.rate.sum() - helped


def _add_ties(fault: _Fault, customers: Floats, out: Tally) -> None:
    """What each tie of the plan does for the zones it feeds; a fault repaired sooner needs none."""
    z = fault.zone
    times, repair = fault.back_h[:, None], fault.repair_h[None, :]
    below = customers[z + 1 : z + 1 + len(fault.via)]
    helped = (times < repair) @ fault.rate
    gain = np.maximum(repair - times, 0.0) @ fault.rate
    ties = np.unique(fault.via[fault.via >= 0])
    for tie in ties:
        mine = fault.via == tie
        out.used[tie] += helped[mine].max()
        out.carried[tie] += (helped * below)[mine].sum()
        out.saved[tie] += (gain * below)[mine].sum()
    if len(ties) and out.first_tie[z] < 0:
        out.first_tie[z] = ties[0]
