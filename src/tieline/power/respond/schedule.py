"""Who does what when: operations and repairs by crews, in the order of least customer-hours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.kernels import ordering as kernel
from tieline.power.kernels.ordering import Times, Work, new_times
from tieline.power.respond.crews import work_of
from tieline.power.respond.jobs import Job, jobs_of

if TYPE_CHECKING:
    from tieline.power.respond.ground import Ints
    from tieline.power.respond.search import Choice
    from tieline.power.respond.situation import Situation
    from tieline.power.response import Crew

MOST_JOBS = 7
"""Jobs of which all orders are tried (5040); beyond, the best is looked for by moving one job."""
MOST_TRIES = 200
"""Orders tried then, for a plan one will act on."""


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


def schedule(
    situation: Situation, choice: Choice, *, most_tries: int = MOST_TRIES
) -> Schedule:
    """The order of jobs of least customer-hours that was found.

    Without a crew table every job has a crew of its own. With one, up to seven jobs on site are
    tried in every order, more by moving single jobs, `most_tries` times at the most; each goes to
    the crew that ends it soonest.

    Raises
    ------
    CaseError
        A job that no crew can do.
    """
    jobs = jobs_of(situation, choice)
    crews = situation.ground.network.response.crews
    on_site = [k for k, j in enumerate(jobs) if not j.remote]
    if crews is None or not on_site:
        return _schedule(situation, jobs, None, np.empty(0, np.int64))
    order = np.array(_first_order(situation, choice, jobs, on_site), np.int64)
    work = work_of(situation, jobs, crews)
    times = new_times(work)
    _refuse(jobs, crews, work, kernel.give_times(work, order, times), times)
    if len(order) <= MOST_JOBS:
        tried, whole = kernel.best_of_all(
            work, order, order.copy(), np.arange(len(order)), times), True
    else:
        tried, whole = kernel.best_by_moves(work, order, order.copy(), most_tries, times), False
    found = _schedule(situation, jobs, crews, order, work)
    return replace(found, exhaustive=whole, orders=tried)


def _first_order(
    situation: Situation, choice: Choice, jobs: list[Job], on_site: list[int]
) -> list[int]:
    """Switching by the time it would end were all free; repairs by customers per hour."""
    free = _schedule(situation, jobs, None, np.empty(0, np.int64))
    ground = situation.ground
    waiting = np.where(choice.feeds < 0, ground.weight, 0.0) * situation.dark
    below = np.zeros(ground.n_zones)
    order = situation.before.order
    for z in order[situation.dark[order]][::-1].tolist():
        below[z] += waiting[z]
        if situation.before.up[z] >= 0:
            below[situation.before.up[z]] += below[z]

    def key(k: int) -> tuple[float, float]:
        job = jobs[k]
        if job.kind != "repair":
            return (0.0, free.jobs[k].end_h)
        repair = situation.repairs[job.repair]
        gain = sum(below[z] for z in repair.zones)
        return (1.0, repair.hours / (gain + 1e-6))

    return sorted(on_site, key=key)


def _schedule(
    situation: Situation, jobs: list[Job], crews: tuple[Crew, ...] | None, order: Ints,
    work: Work | None = None,
) -> Schedule:
    """Times of all jobs; those on site are given out in this order."""
    work = work or work_of(situation, jobs, crews)
    times = new_times(work)
    _refuse(jobs, crews, work, kernel.give_times(work, order, times), times)
    columns = (times.leave, times.way, times.begin, times.end, times.crew)
    timed = tuple(
        Timed(job, leave, way, begin, end - job.act_h, end, crews[c].id if crews and c >= 0 else "")
        for job, leave, way, begin, end, c in zip(jobs, *(x.tolist() for x in columns), strict=True)
    )
    done = tuple(t.end_h for t in timed if t.job.kind == "repair")
    return Schedule(timed, done, kernel.hours_of(work, times))


def _refuse(
    jobs: list[Job], crews: tuple[Crew, ...] | None, work: Work, found: int, times: Times
) -> None:
    """CaseError where not every job has its time."""
    if found == kernel.DONE:
        return
    left = np.flatnonzero(times.left).tolist()
    alone = [k for k in left if work.crew_at[k] == work.crew_at[k + 1]] if crews else []
    msg = f"no crew can come to '{jobs[(alone or left)[0]].place}' in this case"
    raise CaseError(msg)
