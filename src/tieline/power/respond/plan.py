"""The plan for an incident, on one page: situation, search, schedule, replay, record."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.respond.jobs import soonest_repairs, within_reach
from tieline.power.respond.loadflow import electric
from tieline.power.respond.replay import Replay
from tieline.power.respond.rules import rules
from tieline.power.respond.schedule import schedule
from tieline.power.respond.search import MOST_WORK, restore
from tieline.power.respond.situation import read_situation, repair_times
from tieline.power.respond.steps import steps_of
from tieline.power.respond.tables import notes_of, outcome_of, tables_of
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
    from tieline.region.model import Case, Incident

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
    chosen, waiting = _without_lasting(situation, chosen, waiting)
    steps, _needs = steps_of(situation, chosen.schedule, chosen.history)
    horizon = max(chosen.history.end_h, waiting.history.end_h)
    outcome = outcome_of(situation, chosen, horizon)
    return Plan(
        steps=steps, outcome=outcome, waiting=outcome_of(situation, waiting, horizon),
        proof="optimal" if chosen.gap <= EQUAL else "gap",
        gap=chosen.gap if chosen.gap > EQUAL else 0.0, bound=chosen.bound,
        objective=chosen.objective, nodes=chosen.choice.states,
        notes=notes_of(situation, chosen), tables=tables_of(situation, limits, chosen, steps),
    )


def _without_lasting(
    situation: Situation, chosen: Answer, waiting: Answer
) -> tuple[Answer, Answer]:
    """Both answers without the hours of zones that were dark before and that neither brings back.

    The search counts them up to the last repair, so its bound holds them too.
    """
    never = ~situation.before.live & ~np.isfinite(chosen.history.first_back_h)
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


def answer(
    situation: Situation, limits: Electric, *, ties: bool, most_work: float = MOST_WORK,
    remote: bool = False,
) -> Answer:
    """Search, schedule and replay; with crews, once more with the repair times they allow.

    With `remote` switches on site stay as they are. The bound comes from the search in which
    every job is done as soon as it could be alone.
    """
    reach = within_reach(situation)
    if remote:
        reach = reach & situation.ground.edges.remote
    allowed = rules(situation, reach, ties=ties)
    soonest = soonest_repairs(situation)
    best = _try(situation, limits, allowed, soonest, most_work)
    if np.any(np.array(best.schedule.done_h) > soonest + EQUAL):
        done = np.array(best.schedule.done_h)
        again = _try(situation, limits, allowed, done, most_work)
        if again.objective < best.objective - EQUAL:
            best = replace(again, bound=best.bound)
    return best


def _try(
    situation: Situation, limits: Electric, allowed: Rules, done_h: Floats, most_work: float
) -> Answer:
    sound, back = repair_times(situation, done_h)
    choice = restore(situation, limits, allowed, sound, back, most_work=most_work)
    timed = schedule(situation, choice)
    history = Replay(situation, limits, timed).run()
    ground = situation.ground
    objective = float(np.sum(ground.weight * history.out_h))
    return Answer(allowed, choice, timed, history, objective, choice.bound)
