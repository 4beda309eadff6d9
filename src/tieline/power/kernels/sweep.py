"""The fault sweep: for every zone trip, isolate, restore upstream, back-feed, count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.bound import lost_mw, lost_shares, soonest
from tieline.power.kernels.compiled import kernel, making_kernel
from tieline.power.kernels.exact import best_plan
from tieline.power.kernels.restore import upstream_h

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Flags, Floats, Grid, Ints, Loading, Work

SAME_H = 1e-9
"""Times [h] closer than this are the same."""


@kernel
def _above(dark: float, least: float) -> float:
    """How far an outage lies above the least conceivable [h]; rounding is nothing."""
    return 0.0 if abs(dark - least) < SAME_H else dark - least


@kernel
def _count(
    grid: Grid, load: Loading, z: int, dark_share: float, part: tuple[float, float], w: Work,
    out: Floats, gap: Floats,
) -> None:
    """Add what faults in z cost each jurisdiction in this level to out[z] and gap[z].

    out[z, j] = interruptions, customer-hours, kWh a year; gap[z, j] = customer-hours, kWh. At
    least `dark_share` of the energy below z is lost until repair, whatever the plan; of the gaps
    that follow, only a `part` could be saved.
    """
    zones = grid.zones
    faults = grid.faults
    trip = zones[z].trip
    end = zones[z].end
    t_up = upstream_h(grid, z)
    for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
        rate = faults[c].rate * load.share
        repair = faults[c].repair_h
        for j in range(grid.customers.shape[1]):
            all_c = grid.customers_sum[zones[trip].end, j] - grid.customers_sum[trip, j]
            all_kw = grid.kw_sum[zones[trip].end, j] - grid.kw_sum[trip, j]
            low_c = grid.customers_sum[end, j] - grid.customers_sum[z, j]
            low_kw = grid.kw_sum[end, j] - grid.kw_sum[z, j]
            up = min(t_up, repair)
            hours = (all_c - low_c) * up + grid.customers[z, j] * repair
            energy = (all_kw - low_kw) * up + grid.kw[z, j] * repair
            lost_hours = 0.0
            lost_energy = 0.0
            for y in range(z + 1, end):
                dark = min(w.zone[y].back_h, repair)
                hours += grid.customers[y, j] * dark
                energy += grid.kw[y, j] * dark
                soon = min(w.zone[y].best_back_h, repair)
                least = soon + w.zone[y].lost * (repair - soon)
                lost_hours += grid.customers[y, j] * _above(dark, least)
                least = soon + dark_share * (repair - soon)
                lost_energy += grid.kw[y, j] * _above(dark, least)
            out[z, j, 0] += rate * all_c
            out[z, j, 1] += rate * hours
            out[z, j, 2] += rate * energy * load.kw_factor
            gap[z, j, 0] += rate * lost_hours * part[0]
            gap[z, j, 1] += rate * lost_energy * load.kw_factor * part[1]


@kernel
def _loose(grid: Grid, z: int, dark_share: float, w: Work) -> tuple[float, float]:
    """How far the plan lies above the bound zone by zone: weighted customer-hours, kWh a year."""
    zones = grid.zones
    faults = grid.faults
    hours = 0.0
    energy = 0.0
    for c in range(grid.fault_ptr[z], grid.fault_ptr[z + 1]):
        repair = faults[c].repair_h
        for y in range(z + 1, zones[z].end):
            dark = min(w.zone[y].back_h, repair)
            soon = min(w.zone[y].best_back_h, repair)
            above = _above(dark, soon + w.zone[y].lost * (repair - soon))
            hours += faults[c].rate * zones[y].weight * above
            above = _above(dark, soon + dark_share * (repair - soon))
            energy += faults[c].rate * grid.kw[y].sum() * above
    return hours, energy


@kernel
def _share(most: float, loose: float) -> float:
    """The part of a bound that a search leaves."""
    return min(1.0, most / loose) if loose > 0.0 else 1.0


@making_kernel
def sweep(
    grid: Grid, load: Loading, todo: Ints, usable: Flags, w: Work, out: Floats, gap: Floats
) -> None:
    """Add up faults in the zones of `todo` at one load level; shapes as in `_count`."""
    n_zones = grid.zones.size
    for z in todo:
        n_cand, hours, energy = best_plan(grid, load, z, usable, n_zones >= 0, w)
        soonest(grid, z, n_cand, w)
        dark_share = lost_shares(grid, load, z, lost_mw(grid, load, z, n_cand, w), w)
        part = (1.0, 1.0)
        if hours < np.inf:
            loose_hours, loose_energy = _loose(grid, z, dark_share, w)
            part = (_share(hours, loose_hours), _share(energy, loose_energy))
        _count(grid, load, z, dark_share, part, w, out, gap)


@making_kernel
def plan(
    grid: Grid, load: Loading, todo: Ints, usable: Flags, w: Work, ptr: Ints, back_h: Floats,
    via: Ints,
) -> None:
    """Write down the plan for each zone of `todo`: return time [h] and tie of every zone below.

    Entries ptr[k] to ptr[k + 1] belong to todo[k] and run over zones [z, end); a zone that waits
    for repair has inf and -1.
    """
    for k in range(todo.size):
        z = todo[k]
        best_plan(grid, load, z, usable, z < 0, w)
        n = grid.zones[z].end - z
        for m in range(n):
            back_h[ptr[k] + m] = w.zone[z + m].back_h
            via[ptr[k] + m] = w.zone[z + m].via
