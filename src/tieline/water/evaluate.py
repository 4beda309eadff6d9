"""Outcomes of many cases: what does not depend on a case's borders is computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.model import Case, FloatArray, Outcome
from tieline.water.cleaning.plan import Day, Planner, relation
from tieline.water.cleaning.task import Waters
from tieline.water.flow import simulate
from tieline.water.measures import COLUMN
from tieline.water.quality.limits import limits_of
from tieline.water.quality.matrix import Response, respond
from tieline.water.quality.plan import (
    TOPIC as QUALITY,
)
from tieline.water.quality.plan import (
    Quality,
    Year,
    open_matrix,
    plan,
    season_choice,
    year_of,
)
from tieline.water.quality.rivers import FlowGraph, flow_graph
from tieline.water.spill.event import spill_of
from tieline.water.spill.plan import ALARMS, GATES, Answer, Begun, answer, begin, groups

if TYPE_CHECKING:
    from tieline.water.network import WaterNetwork

HYDRAULIC = ("reach", "gate", "pump", "boundary", "source", "intake")
"""Tables that decide how the water flows."""
MOST_KEPT = 64
"""Runs that are remembered between calls, about 10 MB each for a hundred reaches."""


@dataclass(frozen=True)
class Cleaned:
    """A season's cleaning: its days of a year and the plan of one such day."""

    season: int
    days: float
    plans: tuple[Day, ...]


@dataclass(frozen=True)
class Result:
    """Everything a case comes to, before it is added up."""

    quality: Quality
    cleaned: tuple[Cleaned, ...]
    answers: tuple[Answer, ...]


@dataclass
class Evaluator:
    """Evaluates cases of one network and remembers what they share."""

    network: WaterNetwork
    flows: dict[object, tuple[Response, FlowGraph]] = field(default_factory=dict)
    years: dict[object, Year] = field(default_factory=dict)
    qualities: dict[object, Quality] = field(default_factory=dict)
    planners: dict[object, Planner] = field(default_factory=dict)
    days: dict[str, Day] = field(default_factory=dict)
    spills: dict[object, Answer] = field(default_factory=dict)
    begun: dict[object, Begun] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.limits = limits_of(self.network)

    def trim(self) -> None:
        """Forget spills and flows if there are many: each holds whole runs."""
        if len(self.spills) + len(self.begun) > MOST_KEPT:
            self.spills.clear()
            self.begun.clear()
        if len(self.flows) > MOST_KEPT:
            self.flows.clear()

    def result(self, case: Case) -> Result:
        """What a case comes to: quality, cleaning, spills."""
        return Result(self.quality(case), self.cleaning(case), self.answers(case))

    def outcome(self, case: Case) -> Outcome:
        """What falls on each jurisdiction."""
        return outcome_of(self.network, case, self.result(case))

    def flow(self, case: Case, season: int) -> tuple[Response, FlowGraph]:
        """What reaches the sections in a season, and who flows into whom."""
        network = self.network
        key = (season, *(network.exist(t, case).tobytes() for t in HYDRAULIC))
        if key not in self.flows:
            flow = simulate(network, season=season, built=network.built(case))
            grid = network.grid
            graph = flow_graph(
                flow.through_m3, grid.cell_owner[grid.face_from], grid.cell_owner[grid.face_to])
            self.flows[key] = respond(network, flow, grid.cells_at("section")), graph
        return self.flows[key]

    def year(self, case: Case) -> Year:
        """Loads and what they do at the sections, over the seasons of a case."""
        key = case.built, case.scenario
        if key not in self.years:
            seasons = season_choice(self.network, case)
            responses = {}
            if len(self.limits):
                responses = {s: self.flow(case, s)[0] for s, _ in seasons}
            self.years[key] = year_of(self.network, case, self.limits, responses, seasons)
        return self.years[key]

    def quality(self, case: Case, *, hard: bool = False) -> Quality:
        """The least-cost plans for the openness of a case."""
        rel = open_matrix(self.network, case, QUALITY)
        key = case.built, case.scenario, rel.tobytes(), hard
        if key not in self.qualities:
            self.qualities[key] = plan(self.network, case, self.year(case), hard=hard)
        return self.qualities[key]

    def cleaning(self, case: Case) -> tuple[Cleaned, ...]:
        """A day's plan for every season in which there is something to collect."""
        network = self.network
        if not len(network.tables["hotspot"]):
            return ()
        factors = network.tables["season"]["debris_factor"]
        found = []
        for season, days in season_choice(network, case):
            factor = 1.0 if season < 0 else float(factors[season])
            if factor > 0.0:
                planner = self._planner(case, factor)
                found.append(Cleaned(season, days, planner.days(relation(network, case))))
        return tuple(found)

    def _planner(self, case: Case, factor: float) -> Planner:
        tables = ("boat", "depot", "landing", "hotspot", "reach", "gate")
        key = (factor, *(self.network.exist(t, case).tobytes() for t in tables))
        if key not in self.planners:
            waters = Waters(self.network, case)
            self.planners[key] = Planner(self.network, waters, factor, self.days)
        return self.planners[key]

    def answers(self, case: Case) -> tuple[Answer, ...]:
        """What is done about every spill that is planned for."""
        network = self.network
        found = []
        for row in np.flatnonzero(network.tables["spill"]["per_year"] > 0.0):
            # Who is connected with whom decides, not by which borders.
            open_to = tuple(
                groups(open_matrix(network, case, t)).tobytes() for t in (ALARMS, GATES))
            assets = (int(row), *(network.exist(t, case).tobytes()
                                  for t in (*HYDRAULIC, "section")))
            key = open_to, assets
            if key not in self.spills:
                spill = spill_of(network, int(row))
                if assets not in self.begun:
                    self.begun[assets] = begin(network, case, spill)
                self.spills[key] = answer(network, case, spill, begun=self.begun[assets])
            found.append(self.spills[key])
        return tuple(found)


def outcome_of(network: WaterNetwork, case: Case, result: Result) -> Outcome:
    """Years added up by jurisdiction and measure, and how far the searches may be off."""
    n = len(network.jurisdictions)
    values = np.zeros((n, len(COLUMN)))
    parts: dict[str, FloatArray] = {}
    quality = result.quality
    values[:, COLUMN["abatement_cost"]] = quality.cost
    values[:, COLUMN["quality_damage"]] = quality.damage
    values[:, COLUMN["exceedance_days"]] = quality.days_over
    values[:, COLUMN["section_days"]] = judged_days(network, case, quality.year)
    values[:, COLUMN["days_met"]] = values[:, COLUMN["section_days"]] - quality.days_over
    for season in result.cleaned:
        for day in season.plans:
            _add_day(values, parts, season, day)
    for found in result.answers:
        _add_answer(network, values, parts, found)
    gap = sum(parts.values(), np.zeros_like(values))
    return Outcome(values, np.asarray(gap), gap_parts=parts)


def _add_day(values: FloatArray, parts: dict[str, FloatArray], season: Cleaned, day: Day) -> None:
    days = season.days
    for name, what in (("cleaning_cost", day.cost), ("boat_hours", day.hours),
                       ("debris_left", day.left_t)):
        values[:, COLUMN[name]] += days * what
    if not day.gap.any():
        return
    gap = np.zeros_like(values)
    gap[:, COLUMN["cleaning_cost"]] = days * day.gap
    share = np.divide(day.gap, day.cost, out=np.zeros_like(day.gap), where=day.cost > 0.0)
    gap[:, COLUMN["boat_hours"]] = days * share * day.hours
    parts[f"{day.key}|{season.season}"] = gap


def _add_answer(
    network: WaterNetwork, values: FloatArray, parts: dict[str, FloatArray], found: Answer
) -> None:
    times = found.spill.per_year
    lost = times * found.by_jurisdiction(network)
    columns = [COLUMN["intake_hours"], COLUMN["people_hours"]]
    values[:, columns] += lost
    if all(chosen.exhaustive for _, chosen in found.chosen):
        return
    # Gates were chosen one by one: at best nothing would have been lost.
    gap = np.zeros_like(values)
    gap[:, columns] = lost
    orders = ",".join(f"{o.table}{o.row}={o.setting:g}@{o.time_h:g}" for o in found.orders)
    parts[f"spill|{found.spill.id}|{orders}"] = gap


def judged_days(network: WaterNetwork, case: Case, year: Year) -> FloatArray:
    """Sections that have limits times the days of the year, by jurisdiction."""
    found = np.zeros(len(network.jurisdictions))
    exists = network.exist("section", case)
    for r in np.unique(year.limits.section):
        if exists[r]:
            found[network.sections["jurisdiction"][r]] += float(year.days.sum())
    return found
