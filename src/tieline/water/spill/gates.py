"""Which gates and pumps to move: every choice if they are few, pruned by the adjoint; else in turn.

What is compared is what falls on those who plan, exactly re-run: people without water, hours of
intakes, hours of sections above the limit. A choice that floods a bank which rules keep dry is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.flow import Order
from tieline.water.spill.course import Base, Course, Hit, courses, hits, lost_hours
from tieline.water.spill.moves import ASSETS, Asset, Move, assets_of
from tieline.water.transport import adjoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

MOST = 64
"""So many choices are all tried: those of six gates that are closed or not."""
LEAST = 1e-4
"""A gate that would spare less than this share of what reaches the intakes is not closed."""
LEVEL_M = 0.005


@dataclass(frozen=True)
class Choice:
    """What is moved and what follows; `value` is compared, the least is best.

    `course` is kept of the best only.
    """

    moves: tuple[Move, ...]
    orders: tuple[Order, ...]
    course: Course | None
    hits: tuple[Hit, ...]
    value: tuple[float, ...]

    @property
    def key(self) -> tuple[tuple[float, ...], int, tuple[Move, ...]]:
        """The best has the least of it: among equals, who moves least."""
        return self.value, len(self.moves), self.moves


@dataclass(frozen=True)
class Chosen:
    """The best choice among `tried`.

    `candidates` after pruning, `score` of every gate and of every pump behind them, `exhaustive`
    whether every choice of the candidates was tried, `refused` how many for flooding.
    """

    best: Choice
    tried: tuple[Choice, ...]
    candidates: tuple[Asset, ...]
    score: Floats
    exhaustive: bool
    refused: int


def choose(
    network: WaterNetwork, case: Case, base: Base, members: Matrix, known: Floats,
    others: Sequence[Order] = (),
) -> Chosen:
    """What the members (mask over jurisdictions) move, each asset when its owner knows."""
    search = _Search(network, case, base, members, known, tuple(others))
    nothing = next(search.run([()]))
    assert nothing.course is not None  # noqa: S101 - it was just made
    score = scores(network, case, base, nothing.course, members)
    candidates = search.candidates(score)
    exhaustive = int(np.prod([1 + len(a.settings) for a in candidates])) <= MOST
    best, tried = nothing, [nothing]
    if exhaustive:
        ways = product(*((None, *a.moves) for a in candidates))
        plans = [tuple(m for m in way if m is not None) for way in ways]
        for choice in search.run([p for p in plans if p]):
            best = _better(best, choice, tried)
    else:
        while True:
            before = best
            moved = {m.asset for m in before.moves}
            plans = [(*before.moves, m) for a in candidates if a.asset not in moved
                     for m in a.moves]
            for choice in search.run(plans):
                best = _better(best, choice, tried)
            if not best.value < before.value:
                best = before
                break
    return Chosen(best, tuple(tried), candidates, score, exhaustive, search.refused)


def _better(best: Choice, choice: Choice, tried: list[Choice]) -> Choice:
    """The better of both; the new one is listed without its course, which is large."""
    tried.append(replace(choice, course=None))
    return min(best, choice, key=lambda c: c.key)


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

    def candidates(self, score: Floats) -> tuple[Asset, ...]:
        """What the members may move and is worth trying: the best first.

        Less of a gate or pump spares what the adjoint says, and is left out where that is little;
        what more of it does comes of other currents than those of the run: it is always tried.
        """
        least = LEAST * max(float(score.max(initial=0.0)), 1e-30)
        found: list[tuple[float, int, Asset]] = []
        n_gates = len(self.network.gates)
        for asset in assets_of(self.network):
            rows = self.network.tables[asset.table]
            k = asset.row + (n_gates if asset.table == "pump" else 0)
            mine = self.members[rows["jurisdiction"][asset.row]]
            if not (mine and self.network.exist(asset.table, self.case)[asset.row]):
                continue
            if not self.begin_h(asset.table, asset.row) < self.base.spill.days * 24.0:
                continue
            usual, ruled = float(rows[ASSETS[asset.table]][asset.row]), self.ruled(asset)
            less = bool(score[k] > least)
            settings = tuple(
                s for s in asset.settings
                if s > (0.0 if ruled else usual) or (less and (ruled or s < usual)))
            if settings:
                found.append((-float(score[k]), k, replace(asset, settings=settings)))
        return tuple(asset for *_, asset in sorted(found, key=lambda f: f[:2]))

    def ruled(self, asset: Asset) -> bool:
        """Whether rules move it, so that its usual setting does not say where it stands."""
        rule = self.network.tables["rule"]
        return len(rule) > 0 and bool(np.any(
            (rule["asset_kind"] == asset.table) & (rule["asset"] == asset.row)))

    def begin_h(self, table: str, row: int) -> float:
        """When an asset can begin to move: its owner knows, and the order takes its time."""
        rows = self.network.tables[table]
        return float(self.known[rows["jurisdiction"][row]] + rows["delay_min"][row] / 60.0)

    def run(self, plans: Sequence[tuple[Move, ...]]) -> Iterator[Choice]:
        """What follows of each plan that floods nothing, in the order in which they part."""
        network = self.network
        orders = [(*self.others, *(Order(m.table, m.row, self.begin_h(m.table, m.row), m.setting)
                                   for m in plan)) for plan in plans]
        for numbers, found in courses(network, self.base, orders):
            floods = bool(np.any(found.flow.level_m.max(axis=0) > self.dry))
            reached = hits(network, self.case, found)
            value = value_of(network, reached, self.known, self.members)
            for k in numbers:
                if floods and plans[k]:
                    self.refused += 1
                else:
                    yield Choice(tuple(sorted(plans[k])), orders[k], found, reached, value)


def value_of(
    network: WaterNetwork, reached: Sequence[Hit], known: Floats, members: Matrix
) -> tuple[float, ...]:
    """What is compared: people-hours, hours of intakes, hours of sections, dose."""
    rows = network.tables["intake"]
    lost = lost_hours(network, reached, known) * members[rows["jurisdiction"]]
    mine = [h for h in reached if members[h.jurisdiction]]
    hours = sum(h.hours for h in mine if h.kind == "section")
    peak = sum(h.peak_mg_l / h.limit_mg_l for h in mine if h.kind == "intake")
    return tuple(round(float(x), 6) for x in (lost @ rows["people"], lost.sum(), hours, peak))


def scores(
    network: WaterNetwork, case: Case, base: Base, run_: Course, members: Matrix
) -> Floats:
    """What stopping each gate and pump would spare the members' intakes, to first order.

    Shape (n_gates + n_pumps,). The mass that passes it in each step, times what a gram beyond it
    does at the intakes less what a gram before it does: the adjoint of the run knows both. Without
    intakes, their sections.
    """
    grid = network.grid
    cells: list[int] = []
    weights: list[float] = []
    for table in ("intake", "section"):
        rows = network.tables[table]
        for r in np.flatnonzero(network.exist(table, case) & members[rows["jurisdiction"]]):
            cells.append(int(grid.cells_at(table)[r]))
            weights.append(float(rows["people"][r]) + 1.0 if table == "intake" else 1e-3)
    sides = [np.concatenate([network.tables[t][side] for t in ASSETS])
             for side in ("from_node", "to_node")]
    n = len(sides[0])
    if not cells or not n:
        return np.zeros(n)
    found = adjoint(run_.flow, cells, rates=base.spill.decay_per_day, at=np.concatenate(sides))
    assert found.by_step is not None  # noqa: S101 - cells to keep were given
    worth = found.by_step @ np.array(weights)
    through = run_.flow.through_m3[:, grid.n_faces - n:]
    ahead = run_.mg_l[:-1, sides[0]] * np.maximum(through, 0.0)
    back = run_.mg_l[:-1, sides[1]] * np.maximum(-through, 0.0)
    spared = ((ahead - back) * (worth[:, n:] - worth[:, :n])).sum(axis=0)
    return np.asarray(np.maximum(spared, 0.0) / run_.flow.step_s)
