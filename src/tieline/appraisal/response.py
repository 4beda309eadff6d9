"""What a response to an incident is: waiting, apart and together side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.show import Cell, Sheet, Shown
from tieline.errors import CaseError
from tieline.region.protocol import additive

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.model import (
        Case,
        FloatArray,
        Incident,
        Measure,
        Note,
        Outcome,
        Plan,
        Step,
    )
    from tieline.region.region import Region
    from tieline.region.tables import Table

WAITING = "waiting"
STATES = (WAITING, "apart", "together")
BY_SWITCHING = ("trip", "isolate", "restore")
"""Phases in which switches alone bring customers back."""
LONGER_S = 1.0
"""Seconds by which an interruption may be longer without a word."""
INSTANT_S = 1e-3
"""So long before a step is the state that it changes."""
LOOKS_MIN = (5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 1440.0)
"""Minutes after the start at which customers still out are counted."""


@dataclass(frozen=True, repr=False)
class Response(Shown):
    """The plans for one incident and what each brings, beside waiting for the repair.

    Parameters
    ----------
    region, network, engine, version, digest
        Where it broke and who planned.
    measures
        Additive measures of the engine, per event; the order of the outcomes' columns.
    incident
        What broke, when.
    states
        Labels in the order asked for: "waiting", "apart", "together", or the members that are
        open to each other ("a+b").
    cases, plans
        By label, without "waiting", which is the `waiting` of the first plan.
    picture
        Tables that draw the network ("branches", "buses", "switches", "sources"); may be empty.
    statuses
        Table name -> status -> number of rows: what the plan rests on.
    """

    region: Region
    network: str
    engine: str
    version: str
    digest: str
    measures: tuple[Measure, ...]
    incident: Incident
    states: tuple[str, ...]
    cases: Mapping[str, Case]
    plans: Mapping[str, Plan]
    picture: Mapping[str, Table] = field(default_factory=dict)
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Ids, the order of every outcome's rows."""
        return tuple(j.id for j in self.region.jurisdictions)

    @property
    def led(self) -> str:
        """The state whose plan is shown first: together, else the last one planned."""
        return "together" if "together" in self.plans else list(self.plans)[-1]

    @property
    def plan(self) -> Plan:
        """The plan that is shown first."""
        return self.plans[self.led]

    @property
    def scenario(self) -> str:
        """The scenario under which it was planned."""
        return self.cases[self.led].scenario

    def outcome(self, state: str) -> Outcome:
        """What a state costs; CaseError names the known ones."""
        if state == WAITING and self.plans:
            return next(iter(self.plans.values())).waiting
        if state not in self.plans:
            msg = f"state '{state}' was not planned; there is: {', '.join(self.states)}"
            raise CaseError(msg)
        return self.plans[state].outcome

    def table(self, state: str, name: str) -> Table | None:
        """A table of a state's plan, None where there is none; waiting has its own."""
        if state == WAITING:
            return self.outcome(state).tables.get(name)
        return self.plans[state].tables.get(name)

    def measure(self, name: str) -> Measure:
        """The additive measure of that name; CaseError names the known ones."""
        for m in self.measures:
            if m.name == name:
                return m
        msg = f"measure '{name}' is not one of: {', '.join(m.name for m in self.measures)}"
        raise CaseError(msg)

    def value(self, state: str, measure: str) -> FloatArray:
        """Shape (n_jurisdictions,): what falls on each in this incident."""
        names = [m.name for m in additive(self.measures)]
        return np.asarray(self.outcome(state).values[:, names.index(self.measure(measure).name)])

    def total(self, state: str, measure: str = "customer_hours") -> float:
        """The measure for the whole region."""
        return float(self.value(state, measure).sum())

    def saved(self, state: str, measure: str = "customer_hours") -> float:
        """How much less of the measure than when waiting, whole region; positive is less."""
        return self.total(WAITING, measure) - self.total(state, measure)

    def waiting_of(self, state: str) -> float:
        """Customer-hours of waiting in a state's own case: it may have others' crews to repair."""
        at = [m.name for m in additive(self.measures)].index("customer_hours")
        return float(self.plans[state].waiting.values[:, at].sum())

    def curve(self, state: str, jurisdiction: str = "") -> tuple[FloatArray, FloatArray]:
        """Times [s] and customers without supply from each on; empty without a `supply` table."""
        table = self.table(state, "supply")
        if table is None or not len(table):
            return np.empty(0), np.empty(0)
        mine = np.ones(len(table), bool)
        if jurisdiction:
            mine = np.asarray(table["jurisdiction"] == jurisdiction)
        times = np.unique(np.asarray(table["time_s"], dtype=np.float64))
        total = np.zeros(len(times))
        for j in np.unique(np.asarray(table["jurisdiction"])[mine].astype(str)):
            rows = mine & np.asarray(table["jurisdiction"] == j)
            at = np.asarray(table["time_s"], dtype=np.float64)[rows]
            out = np.asarray(table["customers_out"], dtype=np.float64)[rows]
            order = np.argsort(at, kind="stable")
            place = np.searchsorted(at[order], times, side="right") - 1
            total += np.where(place >= 0, out[order][np.maximum(place, 0)], 0.0)
        return times, total

    def out(self, state: str, time_s: float, jurisdiction: str = "") -> float:
        """Customers without supply at a time; NaN without a `supply` table."""
        times, customers = self.curve(state, jurisdiction)
        if not len(times):
            return float("nan")
        at = int(np.searchsorted(times, time_s, side="right")) - 1
        return float(customers[at]) if at >= 0 else 0.0

    def most_out(self, state: str, jurisdiction: str = "") -> float:
        """The most customers that are without supply at once."""
        _, customers = self.curve(state, jurisdiction)
        return float(customers.max(initial=0.0))

    def all_back_s(self, state: str) -> float:
        """When the last customer is back for the first time [s]; NaN if that is not known.

        Inf if never. A plan may interrupt customers once more when it returns to normal.
        """
        loads = self.table(state, "loads")
        if loads is not None and "back_s" in loads.columns:
            back = np.asarray(loads["back_s"], dtype=np.float64)
            return float(back.max(initial=0.0))
        times, customers = self.curve(state)
        if not len(times):
            return float("nan")
        if customers[-1] > 0.0:
            return float("inf")
        lit = np.flatnonzero(customers > 0.0)
        return float(times[lit[-1] + 1]) if len(lit) else 0.0

    def all_normal_s(self, state: str) -> float:
        """When nothing changes any more [s]: the last step, or the end of the curve."""
        ends = [s.end_s for s in self.plans[state].steps] if state in self.plans else []
        return max([*ends, *self.curve(state)[0]], default=0.0)

    def lost_again(self, state: str) -> tuple[float, float]:
        """Customers interrupted once more by the return to normal, and for how long [s].

        Until no more are out than before that step.
        """
        steps = self.plans[state].steps
        lost = [s for s in steps if s.phase == "return" and s.customers < 0.0]
        if not lost:
            return 0.0, 0.0
        times, out = self.curve(state)
        spans = [
            float(min([t for t, c in zip(times, out, strict=True)
                       if t > s.end_s and c <= self.out(state, s.end_s - INSTANT_S)],
                      default=times[-1])) - s.end_s
            for s in lost
        ]
        return -sum(s.customers for s in lost), max(spans)

    def switched_s(self, state: str) -> float:
        """When the last switch that brings customers back has done so [s]; 0 if none does."""
        if state == WAITING:
            return 0.0
        return max((s.end_s for s in self.plans[state].steps if brings_back(s)), default=0.0)

    def looks_min(self) -> tuple[float, ...]:
        """Minutes at which to count customers still out: until nobody is in any state."""
        ends = [e for s in self.states if np.isfinite(e := self.all_back_s(s))]
        last = max(ends, default=0.0) / 60.0
        kept = [m for m in LOOKS_MIN if m < last]
        return tuple(kept) or LOOKS_MIN[:1]

    def classes(self, state: str) -> dict[str, tuple[float, float]]:
        """By class of customers, the largest first: interrupted, and back by switching.

        Empty where the plan does not say who is of which class.
        """
        loads = self.table(state, "loads")
        if loads is None or "class" not in loads.columns:
            return {}
        back = np.asarray(loads["how"]) != "repair"
        customers = np.asarray(loads["customers"], dtype=np.float64)
        found = {}
        for name in dict.fromkeys(np.asarray(loads["class"]).astype(str).tolist()):
            mine = np.asarray(loads["class"]).astype(str) == name
            found[name] = (float(customers[mine].sum()), float(customers[mine & back].sum()))
        return dict(sorted(found.items(), key=lambda f: -f[1][0]))

    def longer(self, state: str) -> tuple[float, float]:
        """Customers who are out longer than when waiting, and by how much at the most [s]."""
        mine, waited = self.table(state, "loads"), self.table(WAITING, "loads")
        if mine is None or waited is None:
            return 0.0, 0.0
        before = dict(zip(waited["id"], waited["out_h"], strict=True))
        more = np.array([
            3600.0 * (float(h) - float(before.get(i, 0.0)))
            for i, h in zip(mine["id"], mine["out_h"], strict=True)
        ])
        worse = more > LONGER_S
        customers = np.asarray(mine["customers"], dtype=np.float64)
        return float(customers[worse].sum()), float(more.max(initial=0.0))

    def to_frame(self) -> pd.DataFrame:
        """One row per state, measure and jurisdiction ("" = all); `saved` is against waiting."""
        import pandas as pd

        rows = []
        for state in self.states:
            for m in additive(self.measures):
                here, waited = self.value(state, m.name), self.value(WAITING, m.name)
                cells = [("", float(here.sum()), float(waited.sum()))]
                cells += [(j, float(a), float(b)) for j, a, b in
                          zip(self.jurisdictions, here, waited, strict=True)]
                rows += [
                    {"network": self.network, "incident": self.incident.id, "state": state,
                     "measure": m.name, "unit": per_event(m.unit), "jurisdiction": j,
                     "value": v, "saved": w - v}
                    for j, v, w in cells
                ]
        return pd.DataFrame(rows)

    def sheets(self) -> tuple[Sheet, ...]:
        """The states by customer-hours and time; the steps of the plan shown first."""
        rows: list[list[Cell]] = [
            [s, self.most_out(s), self.all_back_s(s) / 60.0, self.total(s), self.saved(s)]
            for s in self.states
        ]
        head = ("state", "customers out", "all back [min]", "customer-h", "saved [customer-h]")
        steps: list[list[Cell]] = [
            [k, s.start_s / 60.0, s.end_s / 60.0, s.actor, s.action, s.asset, s.customers]
            for k, s in enumerate(self.plan.steps, 1)
        ]
        titles = ("#", "from [min]", "to [min]", "who", "what", "asset", "customers")
        notes = [f"proof: {self.plan.proof}, gap {self.plan.gap:g} customer-h"]
        return (
            Sheet.of(f"{self.incident.id} ({self.network})", head, rows),
            Sheet.of(f"steps, {self.led}", titles, steps, notes),
        )


def brings_back(step: Step) -> bool:
    """Whether a step brings customers back by switching, not by repair."""
    return step.phase in BY_SWITCHING and step.customers > 0.0


def per_event(unit: str) -> str:
    """A yearly unit for one event: "customer-h/yr" becomes "customer-h"."""
    return unit.removesuffix("/yr")
