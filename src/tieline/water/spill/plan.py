"""A spill under a case: who is told, which gates close, what is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.quality.abate import components
from tieline.water.quality.plan import open_matrix
from tieline.water.spill.course import (
    NEVER,
    Base,
    Course,
    Hit,
    base_of,
    course,
    hits,
    known_h,
    lost_hours,
)
from tieline.water.spill.gates import Chosen, choose
from tieline.water.spill.moves import ASSETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.flow import Order
    from tieline.water.network import WaterNetwork
    from tieline.water.spill.event import Spill

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

ALARMS, GATES = "water.alarms", "water.gates"


@dataclass(frozen=True)
class Answer:
    """What is done about a spill and what comes of it.

    `known_h` (n_jurisdictions,) when each knows; `chosen` by component of `water.gates`;
    `orders` of all of them; `lost_h` (n_intakes,) hours out of service.
    """

    spill: Spill
    base: Base
    before: Course
    course: Course
    hits: tuple[Hit, ...]
    known_h: Floats
    chosen: tuple[tuple[tuple[int, ...], Chosen], ...]
    orders: tuple[Order, ...]
    lost_h: Floats

    def by_jurisdiction(self, network: WaterNetwork) -> Floats:
        """Hours of intakes and people-hours without their water, (n_jurisdictions, 2)."""
        rows = network.tables["intake"]
        found = np.zeros((len(network.jurisdictions), 2))
        np.add.at(found, rows["jurisdiction"],
                  np.column_stack([self.lost_h, self.lost_h * rows["people"]]))
        return found


def groups(relation: Matrix) -> Matrix:
    """Who is connected with whom, (n, n)."""
    found = np.zeros_like(relation)
    for members in components(relation):
        found[np.ix_(members, members)] = True
    return found


@dataclass(frozen=True)
class Begun:
    """A spill before anybody acts: the same for any openness, with the choices made so far.

    `chosen` remembers what each group chose by who it is, when it knows and what was ordered
    before: coalitions that differ elsewhere share it.
    """

    base: Base
    before: Course
    hits: tuple[Hit, ...]
    chosen: dict[object, Chosen] = field(default_factory=dict)


def begin(network: WaterNetwork, case: Case, spill: Spill, base: Base | None = None) -> Begun:
    """The spill under the rules alone."""
    start = base_of(network, case, spill) if base is None else base
    before = course(network, start)
    return Begun(start, before, hits(network, case, before))


def answer(
    network: WaterNetwork, case: Case, spill: Spill, *, act: bool = True, base: Base | None = None,
    begun: Begun | None = None,
) -> Answer:
    """The joint plan of every component; `act=False` leaves the gates to their rules.

    Components plan one after the other, each with the orders of those before it, for itself.
    `begun` is the spill before anybody acts, of the same assets: it is made where it is not given.
    """
    begun = begin(network, case, spill, base) if begun is None else begun
    start, before, reached = begun.base, begun.before, begun.hits
    known = known_h(network, reached, spill, groups(open_matrix(network, case, ALARMS)))
    orders: tuple[Order, ...] = ()
    chosen: list[tuple[tuple[int, ...], Chosen]] = []
    after = before
    for members in components(open_matrix(network, case, GATES)) if act else ():
        owners = np.concatenate([network.tables[t]["jurisdiction"] for t in ASSETS])
        mine = members[owners] & np.isfinite(known[owners])
        hurt = any(members[h.jurisdiction] and h.first_h < NEVER and h.kind != "waters"
                   for h in reached)
        if not (mine.any() and hurt):
            continue
        key = members.tobytes(), known[members].tobytes(), orders
        found = begun.chosen.get(key) or choose(network, case, start, members, known, orders)
        begun.chosen[key] = found
        chosen.append((tuple(int(j) for j in np.flatnonzero(members)), found))
        if found.best.moves and found.best.course is not None:
            orders, after, reached = found.best.orders, found.best.course, found.best.hits
    return Answer(spill, start, before, after, reached, known, tuple(chosen), orders,
                  lost_hours(network, reached, known))
