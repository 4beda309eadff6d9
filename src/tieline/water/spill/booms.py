"""Where booms and boats go: before the spill, as much of it as can still be held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.model import Step
from tieline.water.cleaning.task import Waters
from tieline.water.cleaning.ways import Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork
    from tieline.water.spill.plan import Answer

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

PLACES = ("section", "intake", "landing")
LEAST = 0.02
"""Places that less than this share of the spill would still pass are not worth a boat."""
HOUR_S = 3600.0


@dataclass(frozen=True)
class Boom:
    """A boat to a place: hours since the spill began, and the share of it that passes after."""

    boat: int
    table: str
    row: int
    leaves_h: float
    there_h: float
    spill_there_h: float
    passes: float

    def cells(self, network: WaterNetwork) -> list[Any]:
        """As a row of a table: boat, jurisdiction, place, kind, hours, share."""
        boats = network.tables["boat"]
        return [
            str(boats.ids[self.boat]), network.jurisdictions[boats["jurisdiction"][self.boat]],
            str(network.tables[self.table].ids[self.row]), self.table, self.leaves_h,
            self.there_h, self.spill_there_h, self.passes,
        ]


def booms(network: WaterNetwork, case: Case, found: Answer, rel: Matrix) -> list[Boom]:
    """Boats to places they reach before it has passed, each place once, what holds most first.

    A boat goes where an owner of the water is its own jurisdiction or open to it (`rel`), from
    when its jurisdiction knows. One boat of a row goes.
    """
    boats = network.tables["boat"]
    ways, waters = Ways(network, ("depot", *PLACES)), Waters(network, case)
    waters.ways, waters.known = ways, {}
    passing = {(t, int(r)): _passing(network, found, t, int(r))
               for t in PLACES for r in np.flatnonzero(network.exist(t, case))}
    offers: list[Boom] = []
    for b in np.flatnonzero(network.exist("boat", case)):
        leaves = float(found.known_h[boats["jurisdiction"][b]])
        if not np.isfinite(leaves):
            continue
        far = waters.distances(int(b), rel)[ways.place("depot", int(boats["depot"][b]))]
        for (table, row), (share, first) in passing.items():
            there = leaves + float(far[ways.place(table, row)]) / 1000.0 / float(
                boats["speed_km_h"][b])
            if not np.isfinite(first) or not there < found.course.hours[-1]:
                continue
            still = float(np.interp(there, found.course.hours, share))
            if still >= LEAST:
                offers.append(Boom(int(b), table, row, leaves, there, first, min(still, 1.0)))
    chosen: list[Boom] = []
    for offer in sorted(offers, key=lambda o: (-round(o.passes, 6), o.there_h, o.boat, o.table,
                                               o.row)):
        if all(offer.boat != c.boat and (offer.table, offer.row) != (c.table, c.row)
               for c in chosen):
            chosen.append(offer)
    return chosen


def _passing(
    network: WaterNetwork, found: Answer, table: str, row: int
) -> tuple[Floats, float]:
    """Share of the spill that passes a place after each record, and when it is there first [h]."""
    run, grid = found.course, network.grid
    cell = int(grid.cells_at(table)[row])
    out = np.where(grid.face_from == cell, 1.0, 0.0) - np.where(grid.face_to == cell, 1.0, 0.0)
    touching = np.flatnonzero(out)
    leaving = np.maximum(run.flow.through_m3[:, touching] * out[touching], 0.0).sum(axis=1)
    grams = 0.5 * (run.mg_l[:-1, cell] + run.mg_l[1:, cell]) * leaving
    after = np.concatenate([np.cumsum(grams[::-1])[::-1], [0.0]])
    above = np.flatnonzero(run.mg_l[:, cell] > found.spill.limit_mg_l)
    first = float(run.hours[above[0]]) if len(above) else float("inf")
    return after / (found.spill.mass_kg * 1000.0), first


def boom_steps(network: WaterNetwork, placed: Sequence[Boom]) -> list[Step]:
    """The boats' orders."""
    steps = []
    for boom in placed:
        boat, owner, place, *_ = boom.cells(network)
        steps.append(Step(
            boom.leaves_h * HOUR_S, boom.there_h * HOUR_S, owner, "boom", place,
            f"{boom.passes:.0%} of it is still to pass there", jurisdiction=owner, crew=boat,
            phase="booms", reason_zh=f"仍有 {boom.passes:.0%} 将由此经过"))
    return steps
