"""Jobs, crews and dark zones as arrays: who may do what, the ways, what waits for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.ordering import Work
from tieline.power.respond.jobs import Job, able, operation, point_of

if TYPE_CHECKING:
    from tieline.power.respond.ground import Floats, Ints
    from tieline.power.respond.schedule import Schedule
    from tieline.power.respond.situation import Situation
    from tieline.power.response import Crew

Point = tuple[float, float]


def work_of(situation: Situation, jobs: list[Job], crews: tuple[Crew, ...] | None) -> Work:
    """Everything the order of jobs is chosen from; without crews each job has one of its own."""
    repair_job = {j.repair: k for k, j in enumerate(jobs) if j.kind == "repair"}
    sent = np.array([crews is not None and not j.remote for j in jobs], bool)
    need_at, need = _lists(j.needs for j in jobs)
    release_at, release = _lists([repair_job[r] for r in j.release] for j in jobs)
    crew_at, crew = _lists(_able(situation, jobs, crews))
    first, between = _ways(situation, jobs, crews or (), np.flatnonzero(sent).tolist())
    zones, number, up = _dark(situation)
    zone_at, zone = _lists(number[list(j.zones)] for j in jobs)
    hit_at, hit = _lists(number[list(r.zones)] for r in situation.repairs)
    edges, before = situation.ground.edges, situation.before
    held = [
        int(edges.za[e] if before.via[edges.za[e]] == e else edges.zb[e])
        for e, _ in situation.blocked
    ]
    return Work(
        sent=sent, travel=np.array([j.travel_h for j in jobs], float),
        agree=np.array([j.agree_h for j in jobs], float),
        act=np.array([j.act_h for j in jobs], float),
        need_at=need_at, need=need, release_at=release_at, release=release, crew_at=crew_at,
        crew=crew, zone_at=zone_at, zone=zone, first=first, between=between,
        free=np.array([c.available_h for c in crews or ()], float),
        repair=np.array([repair_job[k] for k in range(len(situation.repairs))], np.int64),
        hit_at=hit_at, hit=hit, held=number[np.array(held, np.int64)],
        held_by=np.array([k for _, k in situation.blocked], np.int64), up=up,
        fed=before.live[zones], weight=situation.ground.weight[zones],
    )


def _lists(lists: Iterable[Iterable[int]]) -> tuple[Ints, Ints]:
    """Lists one after the other, and where each begins; the end of the last."""
    made = [list(x) for x in lists]
    at = np.concatenate([[0], np.cumsum([len(x) for x in made])]).astype(np.int64)
    return at, np.array([k for x in made for k in x], np.int64)


def _dark(situation: Situation) -> tuple[Ints, Ints, Ints]:
    """Dark zones, parents before children; the number of each zone among them; their parents.

    What is above a dark zone and fed waits for no repair: it counts as no parent.
    """
    order, dark = situation.before.order, situation.dark
    rest = dark.copy()
    rest[order] = False
    zones = np.concatenate([order[dark[order]], np.flatnonzero(rest)])
    number = np.full(situation.ground.n_zones + 1, -1, np.int64)
    number[zones] = np.arange(len(zones))
    return zones, number, number[situation.before.up[zones]]


def _able(
    situation: Situation, jobs: list[Job], crews: tuple[Crew, ...] | None
) -> list[list[int]]:
    """By job the crews that may do it, those of the owner first."""
    known: dict[tuple[int, str], list[int]] = {}
    found: list[list[int]] = []
    for job in jobs:
        if crews is None or job.remote:
            found.append([])
            continue
        key = (job.owner, "repair" if job.kind == "repair" else "switching")
        if key not in known:
            name = situation.ground.network.jurisdictions[job.owner]
            mine = [c for c, crew in enumerate(crews) if able(situation, crew, *key)]
            known[key] = sorted(mine, key=lambda c: crews[c].jurisdiction != name)
        found.append(known[key])
    return found


def _ways(
    situation: Situation, jobs: list[Job], crews: tuple[Crew, ...], sent: list[int]
) -> tuple[Floats, Floats]:
    """Hours from each crew's base to each job, and from job to job; zero for others' jobs."""
    first, between = np.zeros((len(crews), len(jobs))), np.zeros((len(jobs), len(jobs)))
    given = _given(situation)
    for c, crew in enumerate(crews):
        base = _base(situation, crew)
        for k in sent:
            first[c, k] = _travel(situation, given, (crew.id, "", base), jobs[k])
    for i in sent:
        start = (jobs[i].place, jobs[i].place, jobs[i].point)
        for k in sent:
            between[i, k] = _travel(situation, given, start, jobs[k])
    return first, between


def _given(situation: Situation) -> dict[tuple[str, str], float]:
    """The table of ways, in both directions; the first row of a pair counts."""
    found: dict[tuple[str, str], float] = {}
    for a, b, hours in situation.ground.network.response.travel:
        found.setdefault((a, b), hours)
        found.setdefault((b, a), hours)
    return found


def _travel(
    situation: Situation, given: dict[tuple[str, str], float],
    start: tuple[str, str, Point | None], job: Job,
) -> float:
    """Way [h] of a crew to a job: as given, else by distance, else as the switch says.

    `start` is the name in the table, the place ("" = the crew's base) and its coordinates. A
    crew's first way is the switch's `travel_min`, which counts from where crews are, unless its
    base is given. The time of a repair holds the first way to it.
    """
    name, at, here = start
    if at and at == job.place:
        return 0.0
    if (name, job.place) in given:
        return given[name, job.place]
    if job.kind == "repair" and not at:
        return 0.0
    response = situation.ground.network.response
    if here is not None and job.point is not None and np.isfinite(response.km_per_unit):
        km = hypot(here[0] - job.point[0], here[1] - job.point[1]) * response.km_per_unit
        return km / response.km_per_h
    return job.travel_h


def _base(situation: Situation, crew: Crew) -> Point | None:
    """Where a crew starts from, None if its table does not say."""
    if not crew.bus:
        return None
    rows = np.flatnonzero(situation.ground.network.buses.ids == crew.bus)
    return point_of(situation, "bus", int(rows[0])) if len(rows) else None


@dataclass(frozen=True)
class Trip:
    """A way to a switch: when the crew leaves, how long it takes, when it is there [h].

    `crew` is "" where none is needed or the switch has one of its own.
    """

    leave_h: float
    way_h: float
    there_h: float
    crew: str = ""


class Fleet:
    """Where the crews are, and from when on they are free for what the schedule does not hold.

    A crew is sent after the last of its scheduled jobs, so as to be there when it is wanted.
    """

    def __init__(self, situation: Situation, schedule: Schedule) -> None:
        crews = situation.ground.network.response.crews
        self._situation, self._crews, self._given = situation, crews, _given(situation)
        self._free = {c.id: c.available_h for c in crews or ()}
        self._at = {c.id: (c.id, "", _base(situation, c)) for c in crews or ()}
        for timed in sorted(schedule.jobs, key=lambda t: t.end_h):
            if timed.crew:
                self._stands(timed.crew, timed.job, timed.end_h)

    def copy(self) -> Fleet:
        """The same, to try something on."""
        other = Fleet.__new__(Fleet)
        other._situation, other._crews, other._given = self._situation, self._crews, self._given
        other._free, other._at = dict(self._free), dict(self._at)
        return other

    def way(self, kind: str, edge: int, at_h: float, *, but: str = "") -> Trip:
        """The soonest way to a switch that is wanted at a time, by another crew than `but` if any.

        With a crew table and nobody who may switch there, who may repair there does it.
        """
        job = operation(self._situation, kind, edge)
        if job.remote:
            return Trip(at_h, 0.0, at_h)
        found = []
        for crew in self._able(job):
            way = _travel(self._situation, self._given, self._at[crew.id], job)
            leave = max(self._free[crew.id], at_h - way, 0.0)
            found.append((crew.id == but, leave + way, leave, way, crew.id))
        if not found:
            leave = max(at_h - job.travel_h, 0.0)
            return Trip(leave, job.travel_h, leave + job.travel_h)
        _, there, leave, way, name = min(found, key=lambda f: f[:2])
        return Trip(leave, way, there, name)

    def stays(self, trip: Trip, kind: str, edge: int, until_h: float) -> None:
        """Note that the crew of a trip is at this switch until then."""
        if trip.crew:
            self._stands(trip.crew, operation(self._situation, kind, edge), until_h)

    def _stands(self, crew: str, job: Job, until_h: float) -> None:
        self._free[crew] = until_h
        self._at[crew] = (job.place, job.place, job.point)

    def _able(self, job: Job) -> list[Crew]:
        crews = self._crews or ()
        for work in ("switching", "repair"):
            found = [c for c in crews if able(self._situation, c, job.owner, work)]
            if found:
                name = self._situation.ground.network.jurisdictions[job.owner]
                return sorted(found, key=lambda c: c.jurisdiction != name)
        return []
