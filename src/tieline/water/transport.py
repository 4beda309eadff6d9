"""What the water carries, forward from loads and backward from what is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.elimination import around
from tieline.water.kernels.carrier import Carrier, Layout, Loads, Reaction
from tieline.water.reactions import Rates, one_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.water.flow import Flow

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COURANT = 1.0
"""A cell that would be emptied more often than this in a step takes several passes."""


@dataclass(frozen=True)
class Tracers:
    """`n` substances at once; concentrations in g/m3 = mg/L.

    Load q brings `load_g_s` (k,) or (n_records, k) of tracer `load_tracer[q]` into cell
    `load_cell[q]`. `boundary_g_m3` (n_boundaries, n) are concentrations of water that enters
    there, 0 without; `initial_g_m3` (n_cells, n) those at the start. Rates are multiplied by the
    flow scenario's decay_factor.
    """

    n: int
    load_cell: Ints
    load_tracer: Ints
    load_g_s: Floats
    rates: Rates
    boundary_g_m3: Floats | None = None
    initial_g_m3: Floats | None = None

    @classmethod
    def of_cells(cls, cells: Sequence[int] | Ints, decay_per_day: Floats | float = 0.0) -> Tracers:
        """One tracer for each cell, 1 g/s into it."""
        n = len(cells)
        return cls(n, np.asarray(cells, np.int64), np.arange(n), np.ones(n),
                   Rates.plain(decay_per_day, n))


@dataclass(frozen=True)
class Budget:
    """Where the mass of each tracer (n,) [g] is at the end; `error` is relative."""

    first: Floats
    entered: Floats
    left: Floats
    decayed: Floats
    held: Floats
    stored: Floats

    @property
    def error(self) -> Floats:
        """What is missing, over all that ever was."""
        out = self.left + self.decayed + self.held + self.stored
        whole = np.maximum(self.first + self.entered + np.abs(np.minimum(self.decayed, 0.0)), 1e-30)
        return np.asarray((self.first + self.entered - out) / whole)


@dataclass(frozen=True)
class Carried:
    """What became of the tracers; concentrations in g/m3.

    `mean` (n_watched, n) over the records, `series` (n_records + 1, n_watched, n) if asked for,
    `final` (n_cells, n); `mass_g` (n_cells, n) at the end; `held_g` (n_faces, n) what faces hold
    back, `stranded_g` (n_cells, n) what banks caught; `budget` if asked for.
    """

    mean: Floats
    series: Floats | None
    final: Floats
    mass_g: Floats
    held_g: Floats
    stranded_g: Floats
    budget: Budget | None


@dataclass(frozen=True)
class Sensitivity:
    """What loads anywhere add to what is watched.

    `load` (n_cells, n): 1 g/s throughout the run adds so much to functional j [mg/L]; `initial`
    (n_cells, n): so does 1 g/m3 at the start; `by_step` (n_records, n_at, n), 1 g/s in that step.
    For pairs of organic load and oxygen deficit `n` counts the loads first, then the deficits.
    """

    load: Floats
    initial: Floats
    by_step: Floats | None


@dataclass(frozen=True)
class Drifting:
    """What makes debris differ from the water: own volumes through faces, shares held, stranding.

    `through_m3` as in `Flow`; `passing` (n_faces,); `strand_per_day` (n_cells,).
    """

    through_m3: Floats
    passing: Floats
    strand_per_day: Floats


def run(
    flow: Flow, tracers: Tracers, *, observe: Sequence[int] | Ints = (), series: bool = False,
    budget: bool = False, drifting: Drifting | None = None,
) -> Carried:
    """The tracers carried by a flow.

    Parameters
    ----------
    observe
        Cells whose concentrations are averaged and, with `series`, kept.
    budget
        Whether to add up what enters, leaves and decays (a little slower).
    drifting
        For debris; see `tieline.water.debris`.
    """
    from tieline.water.kernels.transport import carry

    carrier, layout = _carrier(flow, drifting), _layout(flow)
    n, n_cells, n_faces = tracers.n, flow.grid.n_cells, flow.grid.n_faces
    watched = np.asarray(observe, np.int64)
    volume = np.where(carrier.outside, 1.0, 0.0)[:, None] + np.where(
        carrier.outside, 0.0, flow.volume_m3[0])[:, None]
    initial = np.zeros((n_cells, n)) if tracers.initial_g_m3 is None else tracers.initial_g_m3
    mass = np.ascontiguousarray(volume * initial)
    inside = ~carrier.outside
    first = mass[inside].sum(axis=0)
    mean = np.zeros((len(watched), n))
    kept = np.zeros((flow.n_records + 1 if series else 0, len(watched), n))
    if series:
        kept[0] = initial[watched]
    held = np.zeros((n_faces if np.any(carrier.passing < 1.0) else 0, n))
    reaction = _reaction(flow, tracers.rates, drifting)
    stranded = np.zeros((n_cells if reaction.strands else 0, n))
    sums = np.zeros((6, n))
    carry(carrier, reaction, _loads(flow, tracers), layout, flow.step_s, COURANT, mass,
          np.zeros_like(mass), watched, mean, kept, held, stranded, sums, budget)
    after = np.where(carrier.outside, 1.0, flow.volume_m3[-1])[:, None]
    final = np.divide(mass, after, out=np.zeros_like(mass), where=after > 1e-9)
    made = None
    if budget:
        lying = held.sum(axis=0) + stranded.sum(axis=0)
        made = Budget(first, sums[0], sums[1], sums[2], lying, mass[inside].sum(axis=0))
    return Carried(mean / flow.n_records, kept if series else None, final, mass, held, stranded,
                   made)


def adjoint(
    flow: Flow, cells: Sequence[int] | Ints, *, rates: Rates | float = 0.0,
    weights: Floats | None = None, at: Sequence[int] | Ints = (), drifting: Drifting | None = None,
) -> Sensitivity:
    """What loads anywhere add to the concentrations in `cells`: the exact transpose of `run`.

    Parameters
    ----------
    rates
        A plain decay [1/d], or `Rates.oxygen` of as many pairs as cells: then the deficit counts.
    weights
        Shape (n_records, n_cells watched): how much the concentration after each record counts;
        default: its mean over the run.
    at
        Cells for which the effect of each single step is kept.
    """
    from tieline.water.kernels.adjoint import carry_back

    watched = np.asarray(cells, np.int64)
    q = len(watched)
    if isinstance(rates, Rates):
        rated, column = rates, np.arange(q) + (q if np.any(rates.parent >= 0) else 0)
    else:
        rated, column = Rates.plain(rates, q), np.arange(q)
    n, n_cells = len(rated.loss_per_day), flow.grid.n_cells
    if weights is None:
        weights = np.full((flow.n_records, q), 1.0 / flow.n_records)
    worth, total = np.zeros((n_cells, n)), np.zeros((n_cells, n))
    places = np.asarray(at, np.int64)
    by_step = np.zeros((flow.n_records if len(places) else 0, len(places), n))
    carrier = _carrier(flow, drifting)
    carry_back(carrier, _reaction(flow, rated, drifting), _layout(flow), flow.step_s, COURANT,
               worth, np.zeros_like(worth), watched, column, np.ascontiguousarray(weights), total,
               places, by_step)
    initial = worth * np.where(carrier.outside, 0.0, flow.volume_m3[0])[:, None]
    return Sensitivity(total, initial, by_step if len(places) else None)


def transfer(
    flow: Flow, sources: Sequence[int] | Ints, watched: Sequence[int] | Ints,
    decay_per_day: float = 0.0,
) -> Floats:
    """Mean concentration [mg/L] in watched cells (rows) for 1 g/s in each source's (columns).

    Forward if there are fewer sources than watched cells, else by the adjoint; both are the same.
    """
    if len(sources) < len(watched):
        return run(flow, Tracers.of_cells(sources, decay_per_day), observe=watched).mean
    load = adjoint(flow, watched, rates=decay_per_day).load
    return np.ascontiguousarray(load[np.asarray(sources, np.int64)].T)


def transfer_oxygen(
    flow: Flow, sources: Sequence[int] | Ints, watched: Sequence[int] | Ints, *, kd: float,
    ks: float, ka: float,
) -> tuple[Floats, Floats]:
    """Mean organic load and mean oxygen deficit [mg/L] for 1 g/s of organic load in each source.

    Two matrices (n_watched, n_sources); a deficit discharged itself travels like a load that
    decays at ka: `transfer`.
    """
    q = len(watched)
    at = np.asarray(sources, np.int64)
    bod = adjoint(flow, watched, rates=kd + ks).load[at].T
    deficit = adjoint(flow, watched, rates=Rates.oxygen(kd, ks, ka, q)).load[at, :q].T
    return np.ascontiguousarray(bod), np.ascontiguousarray(deficit)


def _carrier(flow: Flow, drifting: Drifting | None) -> Carrier:
    grid = flow.grid
    outside = np.zeros(grid.n_cells, bool)
    outside[flow.outside] = True
    ptr, face = around(grid.mesh)
    through, passing = flow.through_m3, np.ones(grid.n_faces)
    if drifting is not None:
        through, passing = np.ascontiguousarray(drifting.through_m3), drifting.passing
    return Carrier(
        grid.face_from, grid.face_to, np.ascontiguousarray(through), passing,
        np.ascontiguousarray(flow.volume_m3), flow.external.cell,
        np.ascontiguousarray(flow.external_m3), outside, ptr, face,
    )


def _layout(flow: Flow) -> Layout:
    n_cells, n_faces = flow.grid.n_cells, flow.grid.n_faces
    out, into, begin, drift, lose, inverse = np.zeros((6, n_cells))
    return Layout(
        np.zeros(n_cells, bool), np.zeros(n_faces, bool), np.zeros(n_cells, np.int64),
        out, into, begin, drift, lose, inverse, np.zeros(n_faces),
    )


def _reaction(flow: Flow, rates: Rates, drifting: Drifting | None) -> Reaction:
    factor = flow.decay_factor
    scaled = Rates(rates.loss_per_day * factor, rates.parent, rates.fed_per_day * factor)
    strand = np.ones(flow.grid.n_cells)
    if drifting is not None:
        strand = np.exp(-drifting.strand_per_day * flow.step_s / 86400.0)
    feeds = bool(np.any(rates.parent >= 0))
    reacts = feeds or bool(np.any(rates.loss_per_day != 0.0))
    return Reaction(*one_step(scaled, flow.step_s), rates.parent, strand, reacts, feeds,
                    bool(np.any(strand < 1.0)))


def _loads(flow: Flow, tracers: Tracers) -> Loads:
    """Loads as the kernel takes them; concentrations of what enters, by where it enters."""
    n, external = tracers.n, flow.external
    entering, beyond = np.zeros((len(external.cell), n)), np.zeros((flow.grid.n_cells, n))
    if tracers.boundary_g_m3 is not None:
        for e, (table, row) in enumerate(zip(external.table, external.row, strict=True)):
            if table == "boundary":
                entering[e] = tracers.boundary_g_m3[row]
        for b, cell in enumerate(flow.grid.boundary_cell):
            if cell in flow.outside:
                beyond[cell] = tracers.boundary_g_m3[b]
    rate = np.ascontiguousarray(np.atleast_2d(tracers.load_g_s).astype(float))
    return Loads(
        np.asarray(tracers.load_cell, np.int64), np.asarray(tracers.load_tracer, np.int64), rate,
        entering, beyond,
    )
