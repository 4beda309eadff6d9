"""What the steps of a plan alone come to: positions of switches, hours without supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from judge import Judge

    from tieline.region.model import Plan


def moved_twice(plan: Plan, normal: frozenset[str]) -> list[str]:
    """Steps that open what is open or close what is closed, and those that begin too soon."""
    now, free, found = set(normal), dict[str, float](), []
    for step in sorted(plan.steps, key=lambda s: s.end_s):
        moves = {s: p == "closed" for s, p in step.changes.items() if p in ("open", "closed")}
        if moves and step.phase != "trip":
            what = f"{step.end_s:g} s {step.action} {step.asset}"
            if all(closed == (s in now) for s, closed in moves.items()):
                found.append(f"{what}: it is already")
            if any(step.start_s < free.get(s, 0.0) - 1e-6 for s in moves):
                found.append(f"{what}: it is being moved")
            free.update(dict.fromkeys(moves, step.end_s))
        for switch, closed in moves.items():
            (now.add if closed else now.discard)(switch)
    return found


def customer_hours(plan: Plan, judge: Judge) -> float | None:
    """Hours without supply, by who is joined to a source after each step.

    None where somebody was without before, or is at the end.
    """
    now, at_s, hours = set(judge.normal), 0.0, 0.0
    count = {r["id"]: float(r["customers"] or 0.0) for r in judge.rows["load"]}
    lit = judge.fed_loads(frozenset(now))
    if lit != set(count):
        return None
    for step in sorted(plan.steps, key=lambda s: s.end_s):
        hours += (step.end_s - at_s) / 3600.0 * sum(n for x, n in count.items() if x not in lit)
        at_s = step.end_s
        for switch, position in step.changes.items():
            if position in ("open", "closed"):
                (now.add if position == "closed" else now.discard)(switch)
        lit = judge.fed_loads(frozenset(now))
    return hours if lit == set(count) else None
