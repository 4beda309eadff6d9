"""How a spill runs: concentrations everywhere over time, who is hit when, who knows when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.branches import effective, simulate_plans
from tieline.water.flow import simulate
from tieline.water.reactions import Rates
from tieline.water.transport import Tracers, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.flow import Flow, Order, State
    from tieline.water.network import WaterNetwork
    from tieline.water.spill.event import Spill

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

NEVER = float("inf")
TABLES = ("section", "intake")


@dataclass(frozen=True)
class Course:
    """A spill carried by a flow. Hours count from the moment it begins.

    `hours` (n_records + 1,); `mg_l` (n_records + 1, n_cells).
    """

    spill: Spill
    hours: Floats
    mg_l: Floats
    flow: Flow

    @property
    def step_h(self) -> float:
        """Hours between records."""
        return float(self.hours[1] - self.hours[0])


@dataclass(frozen=True)
class Base:
    """The flow of a spill as rules have it: `flow` over its days, `state` at its start."""

    spill: Spill
    built: Matrix
    state: State
    flow: Flow


def base_of(network: WaterNetwork, case: Case, spill: Spill) -> Base:
    """The flow without orders, from the hour of the spill on."""
    built = network.built(case)
    warm = network.settings.warmup_days + spill.start_h / 24.0
    record = network.settings.record_s
    before = simulate(network, season=spill.season, built=built, days=record / 86400.0,
                      warmup_days=warm, start_h=spill.start_h - record / 3600.0)
    flow = simulate(network, season=spill.season, built=built, days=spill.days,
                    start=before.final, start_h=spill.start_h)
    return Base(spill, built, before.final, flow)


def course(network: WaterNetwork, base: Base, orders: Sequence[Order] = ()) -> Course:
    """The spill under the rules, or with orders to gates (hours since the spill began)."""
    return next(courses(network, base, [orders]))[1]


def courses(
    network: WaterNetwork, base: Base, plans: Sequence[Sequence[Order]]
) -> Iterator[tuple[tuple[int, ...], Course]]:
    """The spill under every plan of orders: (numbers of plans, their course), as `course` has it.

    What plans have in common flows once; plans whose orders change the same are one course.
    """
    spill = base.spill
    timed = [effective([replace(o, time_h=o.time_h + spill.start_h) for o in plan])
             for plan in plans]
    idle = tuple(k for k, plan in enumerate(timed) if not plan)
    if idle:
        yield idle, _carried(network, spill, base.flow)
    busy = [k for k, plan in enumerate(timed) if plan]
    for numbers, flow in simulate_plans(
        network, [timed[k] for k in busy], season=spill.season, built=base.built,
        days=spill.days, start=base.state, start_h=spill.start_h,
    ):
        yield tuple(busy[k] for k in numbers), _carried(network, spill, flow)


def _carried(network: WaterNetwork, spill: Spill, flow: Flow) -> Course:
    """A spill carried by a flow."""
    cells = np.arange(network.grid.n_cells)
    tracers = tracers_of(spill, flow)
    if spill.kind == "raft":
        from tieline.water.debris import drift, drifting

        moved = drifting(flow, windage=network.settings.windage)
        carried = drift(flow, tracers, moved, observe=cells.tolist(), series=True)
    else:
        carried = run(flow, tracers, observe=cells, series=True)
    assert carried.series is not None  # noqa: S101 - it was asked for
    hours = np.arange(flow.n_records + 1) * flow.step_s / 3600.0
    return Course(spill, np.asarray(hours, np.float64), carried.series[:, :, 0], flow)


def tracers_of(spill: Spill, flow: Flow) -> Tracers:
    """The spill as a load that runs for its hours [g/s]."""
    start = np.arange(flow.n_records) * flow.step_s
    running = np.clip((spill.hours * 3600.0 - start) / flow.step_s, 0.0, 1.0)
    rate = running / running.sum() * spill.mass_kg * 1000.0 / flow.step_s
    return Tracers(1, np.array([spill.cell]), np.array([0]), rate[:, None],
                   Rates.plain(spill.decay_per_day, 1))


@dataclass(frozen=True)
class Hit:
    """A section, an intake or a jurisdiction's waters that the spill reaches; hours since it began.

    `first_h` is inf if never; `hours` how long it is above the limit; `row` in its table.
    """

    kind: str
    row: int
    jurisdiction: int
    limit_mg_l: float
    first_h: float
    last_h: float
    peak_mg_l: float
    peak_h: float
    hours: float


def hits(network: WaterNetwork, case: Case, run_: Course) -> tuple[Hit, ...]:
    """Who is hit when: every section and intake, and every jurisdiction's waters as a whole."""
    spill = run_.spill
    found = []
    for table in TABLES:
        rows, cells = network.tables[table], network.grid.cells_at(table)
        for r in np.flatnonzero(network.exist(table, case)):
            limit = spill.limit_mg_l
            if table == "intake" and not np.isnan(rows["limit_mg_l"][r]):
                limit = float(rows["limit_mg_l"][r])
            found.append(_hit(run_, table, int(r), int(rows["jurisdiction"][r]), limit,
                              run_.mg_l[:, cells[r]]))
    shares = network.grid.cell_owner > 0.0
    found += [
        _hit(run_, "waters", j, j, spill.limit_mg_l, run_.mg_l[:, shares[:, j]].max(axis=1))
        for j in np.flatnonzero(shares.any(axis=0)).tolist()
    ]
    return tuple(found)


def _hit(
    run_: Course, kind: str, row: int, jurisdiction: int, limit: float, values: Floats
) -> Hit:
    above = values > limit
    at = np.flatnonzero(above)
    peak = int(np.argmax(values))
    return Hit(
        kind, row, jurisdiction, limit,
        float(run_.hours[at[0]]) if len(at) else NEVER,
        float(run_.hours[at[-1]]) if len(at) else NEVER,
        float(values[peak]), float(run_.hours[peak]), float(above[1:].sum()) * run_.step_h,
    )


def known_h(network: WaterNetwork, found: Sequence[Hit], spill: Spill, groups: Matrix) -> Floats:
    """When each jurisdiction knows, hours since the spill began; inf if it never does.

    Where it happens it is known after `detect_h`. Who is in the same group (matrix of connected
    components of `water.alarms`) knows at the same time; who is not finds it `notice_h` after it
    has come to a section or intake of its own.
    """
    own = network.grid.cell_owner[spill.cell] > 0.0
    first = np.where(own, spill.detect_h, NEVER)
    for hit in found:
        if hit.kind in TABLES:
            first[hit.jurisdiction] = min(first[hit.jurisdiction], hit.first_h + spill.notice_h)
    return np.array([first[groups[j]].min() for j in range(len(first))])


def lost_hours(network: WaterNetwork, found: Sequence[Hit], known: Floats) -> Floats:
    """Hours each intake is out of service, (n_intakes,): tainted, and flushed if nobody warned."""
    rows = network.tables["intake"]
    lost = np.zeros(len(rows))
    for hit in found:
        if hit.kind != "intake" or hit.hours <= 0.0:
            continue
        warned = known[hit.jurisdiction] <= hit.first_h
        lost[hit.row] = hit.hours + (0.0 if warned else float(rows["flush_h"][hit.row]))
    return lost
