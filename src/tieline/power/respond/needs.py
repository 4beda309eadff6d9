"""Which steps must have ended before a step may begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tieline.power.respond.acts import Act, History
    from tieline.power.respond.schedule import Schedule
    from tieline.power.respond.situation import Situation
    from tieline.region.model import Step

EPS = 1e-9
ROUNDING_S = 0.01
PARTS = ("go", "agree")
"""Steps of an act before the operation itself, in their order."""


def with_needs(
    situation: Situation, schedule: Schedule, history: History, steps: tuple[Step, ...],
    acts: tuple[int, ...],
) -> tuple[Step, ...]:
    """The steps with their `needs`; `acts[k]` is the number of the act of step k.

    A step needs the earlier steps of its own act, what its crew did before, and what the
    schedule lets it wait for. On the way back to normal it needs whatever touched the same parts
    of the grid or changed what the same sources feed, in the order that was checked: limits may
    hold in that order alone. Steps implied by others are left out. Trips
    happen by themselves: no step names them.
    """
    before = _acts_before(situation, schedule, history)
    crews = _crew_before(history)
    last = {a: k for k, a in enumerate(acts) if steps[k].action not in PARTS}
    own: dict[int, list[int]] = {}
    for k, a in enumerate(acts):
        own.setdefault(a, []).append(k)
    made = []
    for k, (step, a) in enumerate(zip(steps, acts, strict=True)):
        wanted = [j for j in own[a] if _rank(steps[j]) < _rank(step)]
        if step.action != "go":
            wanted += [last[b] for b in before[a]]
        if a in crews:
            wanted.append(last[crews[a]])
        found = sorted({
            j for j in wanted
            if j < k and steps[j].action != "trip" and steps[j].end_s <= step.start_s + ROUNDING_S
        })
        made.append(replace(step, needs=tuple(found)))
    return tuple(made)


def _rank(step: Step) -> int:
    return PARTS.index(step.action) if step.action in PARTS else len(PARTS)


def _crew_before(history: History) -> dict[int, int]:
    """By act, what its crew did last before."""
    found: dict[int, int] = {}
    last: dict[str, int] = {}
    for k, act in enumerate(history.acts):
        if act.crew:
            if act.crew in last:
                found[k] = last[act.crew]
            last[act.crew] = k
    return found


def _acts_before(
    situation: Situation, schedule: Schedule, history: History
) -> list[list[int]]:
    """By act, the acts that must come before: as scheduled, else by zones and sources."""
    planned = _planned(schedule, history)
    repairs = {a.repair: k for k, a in enumerate(history.acts) if a.kind == "repair"}
    at: dict[int, list[int]] = {}
    implied: list[int] = []
    found: list[list[int]] = []
    for k, act in enumerate(history.acts):
        zones = _touched(situation, act)
        if act.kind in ("trip", "repair"):
            wanted: list[int] = []
        elif k in planned:
            job = schedule.jobs[planned[k]].job
            numbers = {j: a for a, j in planned.items()}
            wanted = [numbers[j] for j in job.needs if j in numbers]
            wanted += [repairs[r] for r in job.release if r in repairs]
        else:
            near = {a for z in zones for a in at.get(z, ())}
            wanted = _reduced(history, act, near, implied)
        mask = 1 << k
        for a in wanted:
            mask |= implied[a]
        implied.append(mask)
        found.append(wanted)
        for z in zones:
            at.setdefault(z, []).append(k)
    return found


def _reduced(history: History, act: Act, near: set[int], implied: list[int]) -> list[int]:
    """The acts of `near` that ended before, without those that others of them wait for.

    `implied[k]` has a bit for each act that act k waits for, and its own.
    """
    kept, known = [], 0
    for a in sorted(near, reverse=True):
        other = history.acts[a]
        over = other.kind == "repair" or other.end_h <= act.act_h + EPS
        if over and not known >> a & 1:
            kept.append(a)
            known |= implied[a]
    return kept


def _planned(schedule: Schedule, history: History) -> dict[int, int]:
    """By act the number of the job that it does."""
    jobs = {
        (t.job.kind, t.job.edge): k for k, t in enumerate(schedule.jobs) if t.job.kind != "repair"
    }
    return {
        k: j for k, a in enumerate(history.acts)
        if (j := jobs.get((a.kind, a.edge), -1)) >= 0 and not a.why
        and abs(schedule.jobs[j].end_h - a.end_h) < EPS
    }


def _touched(situation: Situation, act: Act) -> set[int]:
    """Zones that an act repairs, stands between, or hands from one way to another.

    Sources that feed them stand among them as -1, -2, ...
    """
    if act.kind == "repair":
        return set(situation.repairs[act.repair].zones)
    edges = situation.ground.edges
    return {
        int(edges.za[act.edge]), int(edges.zb[act.edge]), *act.gained, *act.lost, *act.moved,
        *(-1 - s for s in act.sources),
    }
