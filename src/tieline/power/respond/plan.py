"""The plan for an incident, on one page: situation, search, schedule, replay, record."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.respond.jobs import soonest_repairs, within_reach
from tieline.power.respond.loadflow import electric
from tieline.power.respond.needs import with_needs
from tieline.power.respond.replay import Replay
from tieline.power.respond.rules import rules
from tieline.power.respond.schedule import MOST_TRIES, schedule
from tieline.power.respond.search import MOST_WORK, restore
from tieline.power.respond.situation import read_situation, repair_times
from tieline.power.respond.steps import steps_of
from tieline.power.respond.tables import notes_of, outcome_of, tables_of, waiting_tables
from tieline.region.model import Plan

if TYPE_CHECKING:
    from tieline.power.network import PowerNetwork
    from tieline.power.respond.acts import History
    from tieline.power.respond.ground import Floats
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.rules import Rules
    from tieline.power.respond.schedule import Schedule
    from tieline.power.respond.search import Choice
    from tieline.power.respond.situation import Situation
    from tieline.power.respond.state import State
    from tieline.region.model import Case, Incident, Step

EQUAL = 1e-6
"""Weighted customer-hours up to which a plan equals its bound (rounding of the times)."""


@dataclass(frozen=True)
class Answer:
    """One way to respond, whole: what may be used, what is chosen, when, and what came of it."""

    allowed: Rules
    choice: Choice
    schedule: Schedule
    history: History
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """What a better plan could save at most [weighted customer-h]."""
        return max(0.0, self.objective - self.bound)


def respond(
    network: PowerNetwork, case: Case, incident: Incident, *, state: State | None = None,
    most_work: float = MOST_WORK,
) -> Plan:
    """The best plan under the case, and beside it what waiting would cost.

    Parameters
    ----------
    state
        What differs from the normal state now; None = the table power/state of the region.
    most_work
        Where the search of a coupled part stops with a gap: entries visited by its flows.

    Raises
    ------
    CaseError
        An asset that does not exist, a state that is not radial or feeds nobody, a repair that
        no crew can do.
    """
    situation = read_situation(network, case, incident, state)
    limits = electric(situation)
    chosen = answer(situation, limits, ties=True, most_work=most_work)
    waiting = answer(situation, limits, ties=False, most_work=most_work)
    chosen = _best_of(chosen, [waiting, *_otherwise(situation, limits, chosen, most_work)])
    horizon = max(chosen.history.end_h, waiting.history.end_h)
    chosen, waiting = (_to_the_end(situation, a, horizon) for a in (chosen, waiting))
    chosen, waiting = _without_lasting(situation, chosen, waiting)
    steps = _steps(situation, chosen)
    outcome = outcome_of(situation, chosen, horizon)
    return Plan(
        steps=steps, outcome=outcome, waiting=replace(
            outcome_of(situation, waiting, horizon),
            tables=waiting_tables(situation, waiting, _steps(situation, waiting)),
        ),
        proof="optimal" if chosen.gap <= EQUAL else "gap",
        gap=chosen.gap if chosen.gap > EQUAL else 0.0, bound=chosen.bound,
        objective=chosen.objective, nodes=chosen.choice.states,
        notes=notes_of(situation, chosen), tables=tables_of(situation, limits, chosen, steps),
    )


def _to_the_end(situation: Situation, found: Answer, horizon_h: float) -> Answer:
    """An answer whose customers that never come back are out to the end of the longer one."""
    history = found.history
    never = situation.before.live & (history.out_h > 0.0) & ~history.live_at_end
    if not never.any() or horizon_h <= history.end_h:
        return found
    more = np.where(never, horizon_h - history.end_h, 0.0)
    history = replace(history, out_h=history.out_h + more)
    objective = found.objective + float(np.sum(situation.ground.weight * more))
    return replace(found, history=history, objective=objective)


def _without_lasting(
    situation: Situation, chosen: Answer, waiting: Answer
) -> tuple[Answer, Answer]:
    """Both answers without the hours of zones that were dark before and that nothing can reach.

    The search counts them up to the last repair, so its bound holds them too. Those that some
    switch could bring back count up to then in every answer, whether it does so or not.
    """
    ground = situation.ground
    every = situation.closed_before | situation.operable
    reached = ground.tree(every, np.ones(ground.n_zones, bool)).live
    never = ~situation.before.live & ~reached & ~np.isfinite(chosen.history.first_back_h)
    never &= ~np.isfinite(waiting.history.first_back_h)
    weight = np.where(never, situation.ground.weight, 0.0)
    if not weight.any():
        return chosen, waiting
    _, back = repair_times(situation, soonest_repairs(situation))
    out = []
    for a in (chosen, waiting):
        hours = a.history.out_h
        history = replace(a.history, out_h=np.where(never, 0.0, hours))
        bound = max(0.0, a.bound - float(np.sum(weight * back)))
        objective = a.objective - float(np.sum(weight * hours))
        out.append(replace(a, history=history, objective=objective, bound=min(bound, objective)))
    return out[0], out[1]


def _best_of(first: Answer, others: list[Answer]) -> Answer:
    """The best answer, with what the first search says of bound, effort and rules."""
    best = min([first, *others], key=lambda a: a.objective)
    if best.objective >= first.objective - EQUAL:
        return first
    searched = first.choice
    return replace(
        best, allowed=first.allowed, bound=min(first.bound, best.objective),
        choice=replace(best.choice, finished=searched.finished, states=searched.states),
    )


def _otherwise(
    situation: Situation, limits: Electric, first: Answer, most_work: float
) -> list[Answer]:
    """Plans of smaller searches, where the first leaves a gap.

    With few crews a plan that asks less of them may be done sooner: by remote control only. What
    is possible apart is possible together: its plan is looked at too.
    """
    if first.gap <= EQUAL:
        return []
    found = []
    if any(not t.job.remote and t.job.kind != "repair" and t.crew for t in first.schedule.jobs):
        found.append(answer(situation, limits, ties=True, most_work=most_work, remote=True))
    if situation.case.open:
        apart = replace(situation, case=replace(situation.case, open=frozenset()))
        with suppress(CaseError):  # no crew of its own
            own = answer(apart, limits, ties=True, most_work=most_work)
            waiting = answer(apart, limits, ties=False, most_work=most_work)
            found += [own, waiting, *_otherwise(apart, limits, own, most_work)]
    return found


def _steps(situation: Situation, found: Answer) -> tuple[Step, ...]:
    steps, acts = steps_of(situation, found.schedule, found.history)
    return with_needs(situation, found.schedule, found.history, steps, acts)


def answer(
    situation: Situation, limits: Electric, *, ties: bool, most_work: float = MOST_WORK,
    remote: bool = False, most_tries: int = MOST_TRIES,
) -> Answer:
    """Search, schedule and replay; with crews, once more with the repair times they allow.

    `most_work` limits the search of a coupled part, `most_tries` the orders of jobs looked at. With
    `remote` switches on site stay as they are. The bound comes from the search in which every job
    is done as soon as it could be alone.
    """
    reach = within_reach(situation)
    if remote:
        reach = reach & situation.ground.edges.remote
    allowed = rules(situation, reach, ties=ties)
    soonest = soonest_repairs(situation)
    most = (most_work, most_tries)
    best = _try(situation, limits, allowed, soonest, most)
    if best.history.put_off:  # cold load: plan for all of it
        colder = _try(situation, limits, allowed, soonest, most, cold_h=np.inf)
        if colder.objective < best.objective - EQUAL:
            best = replace(colder, bound=best.bound)
    if np.any(np.array(best.schedule.done_h) > soonest + EQUAL):
        done = np.array(best.schedule.done_h)
        again = _try(situation, limits, allowed, done, most)
        if again.objective < best.objective - EQUAL:
            best = replace(again, bound=best.bound)
    return best


def _try(
    situation: Situation, limits: Electric, allowed: Rules, done_h: Floats,
    most: tuple[float, int], *, cold_h: float = 0.0,
) -> Answer:
    times = repair_times(situation, done_h)
    choice = restore(situation, limits, allowed, times, most_work=most[0], cold_h=cold_h)
    best = _done(situation, limits, allowed, choice, most[1])
    for other in choice.others:
        # Its way back, or crews, may cost more than the search could see.
        if other.hours < best.objective - EQUAL:
            second = _done(situation, limits, allowed, other, most[1])
            if second.objective < best.objective - EQUAL:
                best = replace(second, bound=choice.bound, choice=replace(
                    other, bound=choice.bound, states=choice.states, finished=choice.finished))
    return best


def _done(
    situation: Situation, limits: Electric, allowed: Rules, choice: Choice, most_tries: int
) -> Answer:
    timed = schedule(situation, choice, most_tries=most_tries)
    history = Replay(situation, limits, timed).run()
    objective = float(np.sum(situation.ground.weight * history.out_h))
    return Answer(allowed, choice, timed, history, objective, choice.bound)
