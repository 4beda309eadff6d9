"""Who does what when: operations and repairs by crews, in the order of least customer-hours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice, permutations
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.respond.jobs import Job, able, jobs_of, point_of
from tieline.power.respond.situation import repair_times

if TYPE_CHECKING:
    from tieline.power.respond.search import Choice
    from tieline.power.respond.situation import Situation
    from tieline.power.response import Crew

MOST_ORDERS = 5040
"""Orders of jobs that are all tried (7 jobs); beyond, the best is looked for by moving one job."""
MOST_TRIES = 200
EPS = 1e-9


@dataclass(frozen=True)
class Timed:
    """A job with its times [h] and crew ("" = none needed, or one of its own).

    The crew leaves at `leave_h`, is `way_h` on the road, the agreement is sought from `begin_h`,
    the operation lasts from `act_h` to `end_h`.
    """

    job: Job
    leave_h: float
    way_h: float
    begin_h: float
    act_h: float
    end_h: float
    crew: str = ""


@dataclass(frozen=True)
class Schedule:
    """All jobs with times, when each repair is done, and what the zones they feed cost.

    `orders` counts the orders tried; `exhaustive` says whether all were.
    """

    jobs: tuple[Timed, ...]
    done_h: tuple[float, ...]
    hours: float
    exhaustive: bool = True
    orders: int = 1
    idle: tuple[str, ...] = field(default=())


def schedule(situation: Situation, choice: Choice) -> Schedule:
    """The order of jobs of least customer-hours that was found.

    Without a crew table every job has a crew of its own. With one, up to seven jobs on site are
    tried in every order, more by moving single jobs; each goes to the crew that ends it soonest.
    """
    jobs = jobs_of(situation, choice)
    crews = situation.ground.network.response.crews
    on_site = [k for k, j in enumerate(jobs) if not j.remote]
    if crews is None or not on_site:
        return _run(situation, choice, jobs, list(range(len(jobs))), None)
    first = _first_order(situation, choice, jobs, on_site)
    if len(first) <= 7:
        best = _run(situation, choice, jobs, first, crews)
        count = 1
        for order in islice(permutations(first), 1, MOST_ORDERS):
            found = _run(situation, choice, jobs, list(order), crews)
            count += 1
            if found.hours < best.hours - EPS:
                best = found
        return replace(best, orders=count)
    return _improve(situation, choice, jobs, first)


def _first_order(
    situation: Situation, choice: Choice, jobs: list[Job], on_site: list[int]
) -> list[int]:
    """Switching by the time it would end were all free; repairs by customers per hour."""
    free = _run(situation, choice, jobs, list(range(len(jobs))), None)
    end = {id(t.job): t.end_h for t in free.jobs}
    ground = situation.ground
    waiting = np.where(choice.feeds < 0, ground.weight, 0.0) * situation.dark
    below = np.zeros(ground.n_zones)
    for z in situation.before.order[::-1].tolist():
        below[z] += waiting[z]
        if situation.before.up[z] >= 0:
            below[situation.before.up[z]] += below[z]

    def key(k: int) -> tuple[float, float]:
        job = jobs[k]
        if job.kind != "repair":
            return (0.0, end[id(job)])
        repair = situation.repairs[job.repair]
        gain = sum(below[z] for z in repair.zones)
        return (1.0, repair.hours / (gain + 1e-6))

    return sorted(on_site, key=key)


def _improve(
    situation: Situation, choice: Choice, jobs: list[Job], order: list[int]
) -> Schedule:
    """Move one job at a time as long as that saves customer-hours."""
    crews = situation.ground.network.response.crews
    best = _run(situation, choice, jobs, order, crews)
    tries, moved = 1, True
    while moved and tries < MOST_TRIES:
        moved = False
        for i in range(len(order)):
            for k in range(len(order)):
                if i == k or tries >= MOST_TRIES:
                    continue
                trial = order.copy()
                trial.insert(k, trial.pop(i))
                found = _run(situation, choice, jobs, trial, crews)
                tries += 1
                if found.hours < best.hours - EPS:
                    best, order, moved = found, trial, True
                    break
            if moved:
                break
    return replace(best, exhaustive=False, orders=tries)


def _run(
    situation: Situation, choice: Choice, jobs: list[Job], order: list[int],
    crews: tuple[Crew, ...] | None,
) -> Schedule:
    """Times of all jobs; those on site are given out in this order."""
    clock = _Clock(situation, jobs, crews)
    pending = [k for k in order if not jobs[k].remote] if crews is not None else []
    others = [k for k in range(len(jobs)) if k not in set(pending)]
    while pending or others:
        ready = [k for k in others if clock.may(k)]
        for k in ready:
            clock.do(k)
        others = [k for k in others if k not in clock.timed]
        if ready:
            continue
        nxt = next((k for k in pending if clock.may(k)), None)
        if nxt is None:
            break
        clock.do(nxt)
        pending.remove(nxt)
    timed = tuple(clock.timed[k] for k in range(len(jobs)))
    done = tuple(t.end_h for t in timed if t.job.kind == "repair")
    return Schedule(timed, done, _hours(situation, choice, timed, done))


class _Clock:
    """Times given out so far, and where each crew is from when."""

    def __init__(
        self, situation: Situation, jobs: list[Job], crews: tuple[Crew, ...] | None
    ) -> None:
        self.situation, self.jobs, self.crews = situation, jobs, crews
        self.timed: dict[int, Timed] = {}
        self.eligible: dict[tuple[int, str], tuple[Crew, ...]] = {}
        self.free = {c.id: c.available_h for c in crews or ()}
        self.at = {c.id: "" for c in crews or ()}
        self.where = {c.id: _base(situation, c) for c in crews or ()}
        self.repair_job = {j.repair: k for k, j in enumerate(jobs) if j.kind == "repair"}

    def _able(self, owner: int, work: str) -> tuple[Crew, ...]:
        """Crews that may do this, those of the owner first."""
        key = (owner, work)
        if key not in self.eligible:
            name = self.situation.ground.network.jurisdictions[owner]
            found = [c for c in self.crews or () if able(self.situation, c, owner, work)]
            self.eligible[key] = tuple(sorted(found, key=lambda c: c.jurisdiction != name))
        return self.eligible[key]

    def may(self, k: int) -> bool:
        """Whether all it waits for has its time."""
        needs = [*self.jobs[k].needs, *(self.repair_job[r] for r in self.jobs[k].release)]
        return all(n in self.timed for n in needs)

    def do(self, k: int) -> None:
        """Give the job its time, on site by the crew that ends it soonest."""
        job = self.jobs[k]
        ready = max((self.timed[n].end_h for n in job.needs), default=0.0)
        release = max(
            (self.timed[self.repair_job[r]].end_h for r in job.release), default=0.0
        )
        if self.crews is None or job.remote:
            self.timed[k] = _timed(job, 0.0, job.travel_h, ready, release, "")
            return
        work = "repair" if job.kind == "repair" else "switching"
        best: tuple[Timed, str] | None = None
        for crew in self._able(job.owner, work):
            leave = self.free[crew.id]
            way = travel(
                self.situation, crew, self.at[crew.id], self.where[crew.id], job
            )
            found = _timed(job, leave, way, ready, release, crew.id)
            if best is None or found.end_h < best[0].end_h - EPS:
                best = (found, crew.id)
        if best is None:
            msg = f"no crew can come to '{job.place}' in this case"
            raise CaseError(msg)
        self.timed[k] = best[0]
        self.free[best[1]] = best[0].end_h
        self.at[best[1]] = job.place
        self.where[best[1]] = job.point


def _base(situation: Situation, crew: Crew) -> tuple[float, float] | None:
    """Where a crew starts from, None if its table does not say."""
    if not crew.bus:
        return None
    rows = np.flatnonzero(situation.ground.network.buses.ids == crew.bus)
    return point_of(situation, "bus", int(rows[0])) if len(rows) else None


def _timed(
    job: Job, leave: float, way: float, ready: float, release: float, crew: str
) -> Timed:
    """Way, wait for what is needed, agree, act; a closing at a repaired part ends no sooner."""
    begin = max(leave + way, ready)
    end = max(begin + job.agree_h + job.act_h, release)
    return Timed(job, leave, way, begin, end - job.act_h, end, crew)


def travel(
    situation: Situation, crew: Crew, at: str, here: tuple[float, float] | None, job: Job
) -> float:
    """Way [h] of a crew to a job: as given, else by distance, else as the switch says.

    A crew's first way is the switch's `travel_min`, which counts from where crews are, unless its
    base is given. The time of a repair holds the first way to it.
    """
    response = situation.ground.network.response
    start = at or crew.id
    for a, b, hours in response.travel:
        if (a, b) in ((start, job.place), (job.place, start)):
            return hours
    if job.kind == "repair" and not at:
        return 0.0
    if here is not None and job.point is not None and np.isfinite(response.km_per_unit):
        km = hypot(here[0] - job.point[0], here[1] - job.point[1]) * response.km_per_unit
        return km / response.km_per_h
    return job.travel_h


def _hours(
    situation: Situation, choice: Choice, timed: tuple[Timed, ...], done: tuple[float, ...]
) -> float:
    """Weighted customer-hours of all dark zones under these times."""
    ground = situation.ground
    _, back = repair_times(situation, np.array(done))
    time = back.copy()
    for t in timed:
        for z in t.job.zones:
            time[z] = min(time[z], t.end_h)
    return float(np.sum((ground.weight * time)[situation.dark]))
