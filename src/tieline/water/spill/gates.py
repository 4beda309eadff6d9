"""Which gates to close: every choice of up to six, pruned by the adjoint; else one by one.

What is compared is what falls on those who plan, exactly re-run: people without water, hours of
intakes, hours of sections above the limit. A choice that floods a bank which rules keep dry is
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.flow import Order
from tieline.water.spill.course import NEVER, Base, Course, Hit, course, hits, lost_hours
from tieline.water.transport import adjoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Matrix = NDArray[np.bool_]

MOST = 6
"""Gates of which every choice is tried: 64 runs."""
LEAST = 1e-4
"""A gate that would spare less than this share of what reaches the intakes is not tried."""
LEVEL_M = 0.005


@dataclass(frozen=True)
class Choice:
    """Gates that are closed and what follows; `value` is compared, the least is best."""

    gates: tuple[int, ...]
    orders: tuple[Order, ...]
    course: Course
    hits: tuple[Hit, ...]
    value: tuple[float, ...]


@dataclass(frozen=True)
class Chosen:
    """The best choice among `tried`.

    `candidates` after pruning, `score` of every gate, `exhaustive` whether every choice of the
    candidates was tried, `refused` how many for flooding.
    """

    best: Choice
    tried: tuple[Choice, ...]
    candidates: tuple[int, ...]
    score: Floats
    exhaustive: bool
    refused: int


def choose(
    network: WaterNetwork, case: Case, base: Base, members: Matrix, known: Floats,
    others: Sequence[Order] = (),
) -> Chosen:
    """The gates of the members (mask over jurisdictions) to close, each when its owner knows."""
    search = _Search(network, case, base, members, known, tuple(others))
    nothing = search.run(())
    assert nothing is not None  # noqa: S101 - doing nothing floods nothing more
    score = scores(network, case, base, nothing.course, members)
    candidates = search.candidates(score)
    tried = [nothing]
    if len(candidates) <= MOST:
        for n in range(1, len(candidates) + 1):
            tried += [c for gates in combinations(candidates, n) if (c := search.run(gates))]
    else:
        best = nothing
        while True:
            more = [c for g in candidates if g not in best.gates
                    if (c := search.run(tuple(sorted((*best.gates, g)))))]
            tried += more
            better = min(more, key=lambda c: c.value, default=best)
            if better.value >= best.value:
                break
            best = better
    return Chosen(min(tried, key=lambda c: (c.value, len(c.gates), c.gates)), tuple(tried),
                  candidates, score, len(candidates) <= MOST, search.refused)


class _Search:
    def __init__(
        self, network: WaterNetwork, case: Case, base: Base, members: Matrix, known: Floats,
        others: tuple[Order, ...],
    ) -> None:
        self.network, self.case, self.base = network, case, base
        self.members, self.known, self.others = members, known, others
        self.top = network.grid.top_m
        self.dry = np.maximum(self.top, base.flow.level_m.max(axis=0)) + LEVEL_M
        self.refused = 0

    def candidates(self, score: Floats) -> tuple[int, ...]:
        """Gates of the members worth trying: the best of them first, those not in use left out."""
        gates = self.network.gates
        mine = self.members[gates["jurisdiction"]] & self.network.exist("gate", self.case)
        mine &= (gates["kind"] == "gate") & (self.closing_h() < self.base.spill.days * 24.0)
        mine &= score > LEAST * max(float(score.max(initial=0.0)), 1e-30)
        return tuple(int(g) for g in sorted(np.flatnonzero(mine), key=lambda g: (-score[g], g)))

    def closing_h(self) -> Floats:
        """When each gate can begin to close: its owner knows, and the order takes its time."""
        gates = self.network.gates
        return np.asarray(self.known[gates["jurisdiction"]] + gates["delay_min"] / 60.0)

    def run(self, closed: tuple[int, ...]) -> Choice | None:
        """What follows if these are closed; None if it floods."""
        when = self.closing_h()
        orders = (*self.others, *(Order("gate", g, float(when[g]), 0.0) for g in closed))
        found = course(self.network, self.base, orders)
        if closed and np.any(found.flow.level_m.max(axis=0) > self.dry):
            self.refused += 1
            return None
        reached = hits(self.network, self.case, found)
        return Choice(tuple(sorted(closed)), orders, found, reached,
                      value_of(self.network, reached, self.known, self.members))


def value_of(
    network: WaterNetwork, reached: Sequence[Hit], known: Floats, members: Matrix
) -> tuple[float, ...]:
    """What is compared: people-hours, hours of intakes, hours of sections, dose, the least best."""
    rows = network.tables["intake"]
    lost = lost_hours(network, reached, known) * members[rows["jurisdiction"]]
    mine = [h for h in reached if members[h.jurisdiction]]
    hours = sum(h.hours for h in mine if h.kind == "section")
    peak = sum(h.peak_mg_l / h.limit_mg_l for h in mine if h.kind == "intake")
    return tuple(round(float(x), 6) for x in (lost @ rows["people"], lost.sum(), hours, peak))


def scores(
    network: WaterNetwork, case: Case, base: Base, run_: Course, members: Matrix
) -> Floats:
    """What closing each gate would spare the members' intakes, to first order (n_gates,).

    The mass that passes it in each step, times what a gram beyond it does at the intakes less what
    a gram before it does: the adjoint of the run knows both. Without intakes, their sections.
    """
    grid, gates = network.grid, network.gates
    cells: list[int] = []
    weights: list[float] = []
    for table in ("intake", "section"):
        rows = network.tables[table]
        for r in np.flatnonzero(network.exist(table, case) & members[rows["jurisdiction"]]):
            cells.append(int(grid.cells_at(table)[r]))
            weights.append(float(rows["people"][r]) + 1.0 if table == "intake" else 1e-3)
    if not cells or not len(gates):
        return np.zeros(len(gates))
    ends = np.concatenate([gates["from_node"], gates["to_node"]])
    found = adjoint(run_.flow, cells, rates=base.spill.decay_per_day, at=ends)
    assert found.by_step is not None  # noqa: S101 - cells to keep were given
    worth = found.by_step @ np.array(weights)
    n = len(gates)
    through = run_.flow.through_m3[:, grid.gate_face]
    ahead = run_.mg_l[:-1, gates["from_node"]] * np.maximum(through, 0.0)
    back = run_.mg_l[:-1, gates["to_node"]] * np.maximum(-through, 0.0)
    spared = ((ahead - back) * (worth[:, n:] - worth[:, :n])).sum(axis=0)
    return np.asarray(np.maximum(spared, 0.0) / run_.flow.step_s)


def ordered_h(orders: Sequence[Order]) -> float:
    """When the first order begins; inf without any."""
    return min((o.time_h for o in orders), default=NEVER)
