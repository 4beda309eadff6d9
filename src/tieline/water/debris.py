"""Debris that floats: it drifts with the current and the wind, and is held by gates and banks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.water.kernels.arrays import REACH
from tieline.water.shapes import STEPS, spread
from tieline.water.transport import Drifting, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.water.flow import Flow
    from tieline.water.transport import Carried, Tracers

    Floats = NDArray[np.float64]


def drifting(
    flow: Flow, *, windage: float = 0.03, wind_m_s: float | None = None,
    wind_from_deg: float | None = None, trap: Floats | None = None,
    strand_per_day: Floats | float = 0.0,
) -> Drifting:
    """How debris moves in a flow.

    Parameters
    ----------
    windage
        Share of the wind's speed at which it drifts beside the current, along the reach.
    wind_m_s, wind_from_deg
        Wind, from where it blows clockwise from north (y points north); default: the scenario's.
    trap
        Shape (n_faces,): share of what passes that is held there (a boom, a gate's leaf).
    strand_per_day
        Shape (n_cells,) or one number: share that is caught by the banks, per day at first.
    """
    speed = flow.wind_m_s if wind_m_s is None else wind_m_s
    angle = np.deg2rad(flow.wind_from_deg if wind_from_deg is None else wind_from_deg)
    dx, dy = flow.grid.directions()
    along = -windage * speed * (np.sin(angle) * dx + np.cos(angle) * dy)
    through = flow.through_m3
    if np.any(along != 0.0):
        through = through + along * flow.step_s * face_areas(flow)
    n = flow.grid.n_faces
    passing = np.ones(n) if trap is None else 1.0 - np.asarray(trap, float)
    strand = np.broadcast_to(np.asarray(strand_per_day, float), (flow.grid.n_cells,)).copy()
    return Drifting(through, passing, strand)


def drift(
    flow: Flow, release: Tracers, moved: Drifting, *, observe: Sequence[int] = (),
    series: bool = False, budget: bool = False,
) -> Carried:
    """Debris released into a flow: tonnes for grams, tonnes per second for loads."""
    return run(flow, release, observe=observe, series=series, budget=budget, drifting=moved)


def face_areas(flow: Flow) -> Floats:
    """Wetted area of the faces of reaches between records (n_records, n_faces); 0 of others."""
    mesh = flow.grid.mesh
    level = 0.5 * (flow.level_m[1:] + flow.level_m[:-1])
    depth = 0.5 * (
        np.maximum(level[:, mesh.face_from] - mesh.bed_from, 0.0)
        + np.maximum(level[:, mesh.face_to] - mesh.bed_to, 0.0)
    )
    area = np.zeros_like(depth)
    for s in range(len(mesh.shape_depth)):
        at = np.flatnonzero((mesh.kind == REACH) & (mesh.shape == s))
        known = spread(float(mesh.shape_depth[s]), STEPS)
        above = np.maximum(depth[:, at] - known[-1], 0.0)
        area[:, at] = np.interp(depth[:, at], known, mesh.shape_area[s])
        area[:, at] += above * mesh.shape_width[s, -1]
    return area
