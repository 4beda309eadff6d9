"""Where a spill came from, out of concentrations that were observed: the adjoint run backwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.water.transport import adjoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.flow import Flow

    Floats = NDArray[np.float64]

LENGTHS_H = (1.0, 3.0, 6.0, 12.0, 24.0)
MOST = 200
"""Observations taken at once."""
ENTRIES = 8_000_000
"""Steps x cells x observations kept at once, 64 MB and some copies: cells are taken in blocks."""
ALIKE = 3
"""Decimals of what sources explain beyond which none is likelier: nobody measures to 1 in 1000."""
SAME = 1e-9
"""What explains more by less than this, does so by rounding."""


@dataclass(frozen=True)
class Seen:
    """An observation: cell, hours since the start of the flow, concentration [mg/L]."""

    cell: int
    time_h: float
    mg_l: float


@dataclass(frozen=True)
class Suspect:
    """A cell, a time and a mass that explain what was seen.

    `from_h`, `to_h` on the clock of the observations; `explains` is the share of the squared
    observations that it explains, 1 = all.
    """

    cell: int
    from_h: float
    to_h: float
    mass_kg: float
    explains: float


def find_source(
    flow: Flow, seen: Sequence[Seen], *, decay_per_day: float = 0.0,
    cells: Sequence[int] | None = None, lengths_h: Sequence[float] = LENGTHS_H, top: int = 10,
) -> tuple[Suspect, ...]:
    """The likeliest sources, one for each cell, the best first.

    For every cell, moment and length the mass that fits the observations best is found by least
    squares; what a gram let in there would do to each observation comes from one adjoint run.

    Raises
    ------
    CaseError
        Nothing was observed, nothing above zero, more than 200 at once, or outside the flow's time.
    """
    if not seen or not any(s.mg_l > 0.0 for s in seen):
        problem = "no concentration above zero was observed: there is nothing to trace"
        raise CaseError(problem)
    if len(seen) > MOST:
        problem = f"{len(seen)} observations: at most {MOST} are traced at once"
        raise CaseError(problem)
    n, step_h = flow.n_records, flow.step_s / 3600.0
    record = np.array([round((s.time_h - flow.times_h[0]) / step_h) for s in seen])
    if record.min() < 1 or record.max() > n:
        first, last = flow.times_h[0], flow.times_h[-1]
        problem = f"observations must lie between {first:g} and {last:g} h of the flow"
        raise CaseError(problem)
    places = np.arange(flow.grid.n_cells) if cells is None else np.asarray(cells, np.int64)
    weights = np.zeros((n, len(seen)))
    weights[record - 1, np.arange(len(seen))] = 1.0
    watched = [s.cell for s in seen]
    values = np.array([s.mg_l for s in seen])
    size = max(ENTRIES // (n * len(seen)), 1)
    if size < len(places):
        # What never reaches an observation explains none: fewer blocks are left.
        reached = adjoint(flow, watched, rates=decay_per_day, weights=weights).load
        places = places[np.any(reached[places] > 0.0, axis=1)]
    ranked: list[Suspect] = []
    for first in range(0, len(places), size):
        block = places[first:first + size]
        found = adjoint(flow, watched, rates=decay_per_day, weights=weights, at=block)
        assert found.by_step is not None  # noqa: S101 - cells to keep were given
        ranked += _suspects(flow, block, found.by_step, values, lengths_h)
        ranked = sorted(ranked, key=_rank)[:top]
    return tuple(ranked)


def _rank(x: Suspect) -> tuple[float, float, int]:
    """The best first; of those that explain alike, as far as can be measured, the smaller spill."""
    return -round(x.explains, ALIKE), x.mass_kg, x.cell


def _suspects(
    flow: Flow, places: NDArray[np.int64], by_step: Floats, values: Floats,
    lengths_h: Sequence[float],
) -> list[Suspect]:
    """The best release of each cell; `by_step` (n_records, n_places, n_seen) of 1 g/s in a step."""
    n, step_h = flow.n_records, flow.step_s / 3600.0
    sums = np.concatenate([np.zeros((1, *by_step.shape[1:])), np.cumsum(by_step, axis=0)])
    whole = float((values**2).sum())
    best: dict[int, Suspect] = {}
    for length in lengths_h:
        k = max(round(length / step_h), 1)
        if k > n:
            continue
        starts = np.arange(0, n - k + 1, max(round(1.0 / step_h), 1))
        effect = (sums[starts + k] - sums[starts]) / k
        size = (effect**2).sum(axis=-1)
        rate = np.divide(np.maximum(effect @ values, 0.0), size, out=np.zeros_like(size),
                         where=size > 1e-30)
        left = ((rate[..., None] * effect - values) ** 2).sum(axis=-1)
        explains = 1.0 - left / whole
        for c, cell in enumerate(places):
            as_well = explains[:, c] > explains[:, c].max() - SAME
            s = int(np.argmin(np.where(as_well, rate[:, c], np.inf)))
            one = Suspect(
                int(cell), float(flow.times_h[0] + starts[s] * step_h),
                float(flow.times_h[0] + (starts[s] + k) * step_h),
                float(rate[s, c] * flow.step_s / 1000.0), float(explains[s, c]))
            # A longer release must explain more, not the same, or as much with less.
            old = best.get(one.cell)
            if old is None or one.explains > old.explains + SAME or (
                    one.explains > old.explains - SAME and one.mass_kg < old.mass_kg):
                best[one.cell] = one
    return list(best.values())
