"""Incidents on test grids, and a plan replayed by power-grid-model step by step."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from judge import ROUNDING, Judge, _reached
from numpy.typing import NDArray
from power_grid_model import ComponentType, DatasetType, initialize_array

from tieline.region.model import Event, Incident, Plan

START = datetime(2026, 6, 30, 9, 0)  # noqa: DTZ001 - local time, as in incidents.csv
Level = tuple[float, float, float]


class StepJudge(Judge):
    """The judge of switching states in which sources may be off: their ids stand in the state."""

    @property
    def normal(self) -> frozenset[str]:
        return super().normal | {r["id"] for r in self.rows["source"]}

    def _update(
        self, states: Any, level: Level
    ) -> dict[ComponentType, NDArray[np.void]]:
        update = super()._update(states, level)
        rows = self.rows["source"]
        source = initialize_array(
            DatasetType.update, ComponentType.source, (len(states), len(rows))
        )
        source["id"] = self.ids["source"]
        source["status"] = [[r["id"] in state for r in rows] for state in states]
        update[ComponentType.source] = source
        return update

    def _beside(self, closed: frozenset[str], *, impedance: bool = True) -> dict[int, list[int]]:
        return super()._beside(closed & frozenset(self.switches), impedance=impedance)

    def nodes_fed(self, closed: frozenset[str], *, impedance: bool = True) -> set[int]:
        return _reached(
            {self.nodes[r["bus"],] for r in self.rows["source"] if r["id"] in closed},
            self._beside(closed, impedance=impedance), set(),
        )

    def accepts_after(
        self, states: Sequence[frozenset[str]], level: Level, after_trip: frozenset[str]
    ) -> list[bool]:
        """As `accepts`, with voltages as high as the loss of load itself leaves them."""
        base, left = self.base(level), self.solve([after_trip], level)[0]
        if base is None or not states:
            return [False] * len(states)
        limits = self._limits(base)
        if left is not None:
            limits["high"] = np.fmax(limits["high"], left.v + ROUNDING)
        dark = self.nodes_fed(after_trip)
        return [
            flow is not None and not self._violations(flow, limits, self._watched(state, dark))
            for state, flow in zip(states, self.solve(states, level), strict=True)
        ]

    def radial(self, closed: frozenset[str]) -> bool:
        every = self.rows["source"]
        self.rows["source"] = [r for r in every if r["id"] in closed]
        try:
            return super().radial(closed & frozenset(self.switches))
        finally:
            self.rows["source"] = every


def incident(*assets: str, **parameters: str) -> Incident:
    """These assets broken at the same moment; parameters go to the first."""
    events = tuple(
        Event(a, "fault", tuple(parameters.items()) if k == 0 else ())
        for k, a in enumerate(assets)
    )
    return Incident("i", "power", START, events)


def random_incident(
    network: Any, built: Iterable[str], rng: random.Random, n: int,
    tables: tuple[str, ...] = ("branch", "branch", "transformer", "switch", "load", "bus"),
) -> Incident:
    """Up to n assets that exist, broken together."""
    there = {
        t: [
            str(i) for i, p, u in zip(rows.ids, rows.project, rows.unless, strict=True)
            if (p < 0 or network.projects[p] in built)
            and (u < 0 or network.projects[u] not in built)
        ]
        for t, rows in network.tables().items()
    }
    picked = [
        f"{t}:{rng.choice(there[t])}"
        for t in (rng.choice(tables) for _ in range(n)) if there[t]
    ]
    return incident(*dict.fromkeys(picked))


def states(plan: Plan, before: frozenset[str]) -> list[tuple[Any, frozenset[str]]]:
    """Each step that moves a switch, with the switches closed after it."""
    now, found = set(before), []
    for step in plan.steps:
        moved = {s: p for s, p in step.changes.items() if p in ("open", "closed")}
        if not moved:
            continue
        for switch, position in moved.items():
            (now.add if position == "closed" else now.discard)(switch)
        found.append((step, frozenset(now)))
    return found


def violations(
    plan: Plan, judge: StepJudge, level: Level
) -> list[str]:
    """What power-grid-model finds wrong in any step: loops, limits, faulted parts fed."""
    replay = states(plan, judge.normal)
    tripped = [s for step, s in replay if step.phase == "trip"]
    after_trip = tripped[-1] if tripped else judge.normal
    found = []
    work = [(step, s) for step, s in replay if step.phase != "trip"]
    accepted = judge.accepts_after([s for _, s in work], level, after_trip)
    for (step, state), ok in zip(work, accepted, strict=True):
        transfer = "(closed transfer)" in step.reason
        if not (judge.radial(state) or transfer):
            found.append(f"{step.end_s:g} s {step.action} {step.asset}: loop")
        if not ok:
            found.append(f"{step.end_s:g} s {step.action} {step.asset}: limit")
    return found


def refed_faults(plan: Plan, judge: Judge, repairs: dict[str, tuple[str, ...]]) -> list[str]:
    """Steps after which a load of a part not yet repaired is fed."""
    now, broken, found = set(judge.normal), dict(repairs), []
    for step in plan.steps:
        for asset, value in step.changes.items():
            if value == "repaired":
                broken.pop(asset, None)
            else:
                (now.add if value == "closed" else now.discard)(asset)
        lit = judge.fed_loads(frozenset(now))
        hurt = {x for loads in broken.values() for x in loads} & lit
        if hurt and step.phase != "trip":
            found.append(f"{step.end_s:g} s {step.action} {step.asset}: {sorted(hurt)}")
    return found
