"""Every state after a fault, tried by definition; limits asked of power-grid-model."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tieline.power.respond.jobs import within_reach
from tieline.power.respond.rules import coordination_extra, rules
from tieline.power.respond.situation import read_situation, repair_times

MOST_STATES = 60_000
ASKED_AT_ONCE = 40


def best_of_all(grid: Any, incident: Any) -> float | None:
    """Least weighted customer-hours over all states that power-grid-model accepts.

    A state is a set of switches that carry, each dark part fed over one of them; a carrying switch
    that is closed now may be opened first and closed again. None if there are too many.
    """
    case = grid.network.relevant.restrict(grid.case)
    s = read_situation(grid.network, case, incident, None)
    _, back = repair_times(s, np.array([r.hours for r in s.repairs]))
    allowed = rules(s, within_reach(s), ties=True)
    edges = s.ground.edges
    dark = s.dark & ~s.faulted
    weight = np.where(s.dark, s.ground.weight, 0.0)
    side = dark | s.after.live
    near = (dark[edges.za] | dark[edges.zb]) & side[edges.za] & side[edges.zb]
    carrying = np.flatnonzero(near & allowed.usable).tolist()
    closed_dark = [e for e in carrying if s.closed[e]]
    if 2 ** len(carrying) > MOST_STATES or not carrying:
        return None
    states = []
    for n in range(len(carrying) + 1):
        for used in itertools.combinations(carrying, n):
            fed = _fed(s, used)
            if fed is None:
                continue
            for again in _subsets([e for e in used if e in closed_dark]):
                hours = _hours(s, allowed, fed, set(used), set(again), back, weight)
                if hours is not None:
                    states.append((hours, used))
            if len(states) > MOST_STATES:
                return None
    states.sort(key=lambda x: x[0])
    asked: dict[tuple[int, ...], bool] = {}
    for at in range(0, len(states), ASKED_AT_ONCE):
        _ask(grid, s, [u for _, u in states[at : at + ASKED_AT_ONCE]], asked)
        for hours, used in states[at : at + ASKED_AT_ONCE]:
            if asked[used]:
                return hours
    msg = "the state without any feeding must be accepted"
    raise AssertionError(msg)


def _subsets(items: list[int]) -> list[tuple[int, ...]]:
    return [x for n in range(len(items) + 1) for x in itertools.combinations(items, n)]


def _fed(s: Any, used: tuple[int, ...]) -> dict[int, tuple[int, int]] | None:
    """Edge and parent of each zone fed over these edges; None if an edge feeds nothing or loops."""
    edges = s.ground.edges
    fed: dict[int, tuple[int, int]] = {}
    left = set(used)
    moved = True
    while moved:
        moved = False
        for e in sorted(left):
            a, b = int(edges.za[e]), int(edges.zb[e])
            at = [x for x in (a, b) if s.after.live[x] or x in fed]
            if len(at) == 2:
                return None
            if len(at) == 1:
                fed[b if at[0] == a else a] = (e, at[0])
                left.discard(e)
                moved = True
    return None if left else fed


def _hours(
    s: Any, allowed: Any, fed: dict[int, tuple[int, int]], used: set[int], again: set[int],
    back: np.ndarray, weight: np.ndarray,
) -> float | None:
    """Customer-hours of a state by the rules of time; None if something cannot be opened."""
    edges = s.ground.edges
    kept = {e for e in used if s.closed[e] and e not in again}
    group = {}

    def top(z: int) -> int:
        e, parent = fed[z]
        return top(parent) if e in kept and parent in fed else z

    for z in fed:
        group[z] = top(z)
    opening: dict[int, float] = {}
    for e in np.flatnonzero(s.closed).tolist():
        ends = [z for z in (int(edges.za[e]), int(edges.zb[e])) if z in fed]
        if not ends or e in kept:
            continue
        if not allowed.operable[e]:
            return None
        ready = edges.travel_h[e] + edges.coordination_h[e] + edges.operate_h[e]
        for z in ends:
            opening[group[z]] = max(opening.get(group[z], 0.0), ready)
    time: dict[int, float] = {}

    def when(z: int) -> float:
        g = group[z]
        if g not in time:
            e, parent = fed[g]
            ready = max(opening.get(g, 0.0), when(parent) if parent in fed else 0.0)
            if e in again:
                ready = max(
                    ready, edges.travel_h[e] + edges.coordination_h[e] + edges.operate_h[e]
                )
            else:
                ready = max(ready, edges.travel_h[e])
            time[g] = ready + (
                edges.coordination_h[e] + coordination_extra(s, e) + edges.operate_h[e]
            )
        return time[g]

    total = float((weight * back).sum())
    heads: dict[int, int] = {}

    def head(z: int) -> int:
        if z not in heads:
            e, parent = fed[z]
            own = bool(s.closed_before[e])
            heads[z] = (head(parent) if parent in fed else -1) if own else z
        return heads[z]

    def source(z: int) -> int:
        _, parent = fed[z]
        return source(parent) if parent in fed else int(s.after.source[parent])

    depth = {z: len(s.before.path(z)) if s.before.live[z] else 10**6 for z in fed}
    for z in fed:
        if when(z) >= back[z]:
            continue
        late = when(z)
        if head(z) >= 0 and source(z) != int(s.before.source[z]):  # no grid here has groups
            highest = min(
                (y for y in fed if head(y) == head(z)), key=lambda y: depth[y]
            )
            via = int(s.before.via[highest])
            late += float(edges.operate_h[via]) if via >= 0 and s.before.live[highest] else 0.0
        total += float(weight[z]) * (late - float(back[z]))
    return total


def _ask(grid: Any, s: Any, states: list[tuple[int, ...]], asked: dict[Any, bool]) -> None:
    """Whether power-grid-model accepts these states."""
    edges, ids = s.ground.edges, grid.network.switches.ids
    sources = s.ground.sources

    def names(mask: Any) -> set[str]:
        found = set()
        for e in np.flatnonzero(mask).tolist():
            if edges.members[e]:
                found |= {str(ids[m]) for m in edges.members[e]}
            else:
                rows = sources.rows[int(edges.source[e])]
                found |= {str(grid.network.sources.ids[r]) for r in rows}
        return found

    off = names(s.closed_before & ~s.closed)
    start = grid.judge.normal - off
    todo = [u for u in dict.fromkeys(states) if u not in asked]
    made = []
    for used in todo:
        fed = {z for e in used for z in (int(edges.za[e]), int(edges.zb[e])) if s.dark[z]}
        mask = np.zeros(len(edges), bool)
        for e in np.flatnonzero(s.closed).tolist():
            ends = {int(edges.za[e]), int(edges.zb[e])}
            mask[e] = bool(ends & fed) and e not in used
        on = np.zeros(len(edges), bool)
        on[list(used)] = True
        closing = set()
        for e in np.flatnonzero(on & ~s.closed).tolist():
            closing |= _acting(grid, edges, e, names)
        made.append(frozenset((start - names(mask)) | closing))
    answers = grid.judge.accepts(made, (1.0, 1.0, 1.0), frozenset(start))
    asked |= dict(zip(todo, answers, strict=True))


def _acting(grid: Any, edges: Any, e: int, names: Any) -> set[str]:
    """Of switches side by side those that close: the normal ones, else the first."""
    members = edges.members[e]
    if not members:
        mask = np.zeros(len(edges), bool)
        mask[e] = True
        return set(names(mask))
    normal = grid.network.switches["normal"]
    rows = [m for m in members if normal[m] == "closed"] or [members[0]]
    return {str(grid.network.switches.ids[m]) for m in rows}
