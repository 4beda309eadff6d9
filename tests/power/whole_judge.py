"""Everything that a plan must keep, judged from its steps and the tables alone.

The plan is replayed step by step; the flows of every state, cold loads included, are those of
power-grid-model. Nothing of the engine is asked.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from incidents import StepJudge
from judge import Level
from numpy.typing import NDArray
from power_grid_model import ComponentType
from twin_folder import Folder, Row, number, read_rows

from tieline.region.model import Plan

PROTECTS = ("breaker", "recloser", "fuse")
EPS_S = 0.02
EPS_KM = 1e-6


class StateJudge(StepJudge):
    """A judge of the grid in its present state, in which each load has a factor of its own."""

    def __init__(self, path: Path, built: Iterable[str]) -> None:
        folder = Folder.read(path)
        self.present = {}
        for row in read_rows(path / "power" / "state.csv"):
            table, _, name = row["asset"].rpartition(":")
            where = [t for t, rows in folder.tables.items() if name in {r["id"] for r in rows}]
            self.present[name] = (table or where[0], row["condition"])
        gone = {(t, name) for name, (t, c) in self.present.items()
                if c == "out_of_service" and t != "switch"}
        tables = {t: [r for r in rows if (t, r["id"]) not in gone]
                  for t, rows in folder.tables.items()}
        self.factors: Sequence[Mapping[str, float]] = ()
        super().__init__(replace(folder, tables=tables), built)

    @property
    def normal(self) -> frozenset[str]:
        """What is closed before the incident: the normal state and what differs from it."""
        now = set(super().normal)
        for name, (table, condition) in self.present.items():
            if table == "switch":
                (now.add if condition == "closed" else now.discard)(name)
        return frozenset(now)

    @property
    def fixed(self) -> frozenset[str]:
        """Switches out of service."""
        return frozenset(n for n, (t, c) in self.present.items()
                         if t == "switch" and c == "out_of_service")

    def _update(
        self, states: Any, level: Level
    ) -> dict[ComponentType, NDArray[np.void]]:
        update = super()._update(states, level)
        loads = update[ComponentType.sym_load]
        if self.factors and loads.size:
            by_state = np.array([[f.get(r["id"], 1.0) for r in self.rows["load"]]
                                 for f in self.factors])
            for column in ("p_specified", "q_specified"):
                loads[column] = loads[column] * by_state
        return update

    def accepts_cold(
        self, states: list[frozenset[str]], factors: list[dict[str, float]], level: Level,
        after_trip: frozenset[str],
    ) -> list[set[str]]:
        """Ids of what passes a limit in each state with these factors; "flow" if none is found.

        Voltages may be as high as the loss of load alone leaves them.
        """
        if not states:
            return []
        base, left = self.base(level), self.solve([after_trip], level)[0]
        assert base is not None
        limits = self._limits(base)
        if left is not None:
            limits["high"] = np.fmax(limits["high"], left.v + 2e-7)
        dark = self.nodes_fed(after_trip)
        self.factors = factors
        try:
            flows = self.solve(states, level)
        finally:
            self.factors = ()
        return [
            {"flow"} if flow is None else self._violations(
                flow, limits, self._watched(state, dark))
            for state, flow in zip(states, flows, strict=True)
        ]

    def phasors(self, state: frozenset[str], level: Level) -> NDArray[np.complex128]:
        """Voltages [pu] of all nodes, switches' inner ends among them; 0 where nothing is fed."""
        out = self.model.calculate_power_flow(
            update_data=self._update([state], level), error_tolerance=1e-8, max_iterations=100,
        )["node"][0]
        return np.asarray(np.where(
            out["energized"] == 1, out["u_pu"] * np.exp(1j * out["u_angle"]), 0.0))

    def fed_from(self, closed: frozenset[str]) -> dict[int, str]:
        """By node the source that feeds it; of a joined state the first that comes."""
        beside, found = self._beside(closed), {}
        for row in self.rows["source"]:
            if row["id"] in closed:
                todo = deque([self.nodes[row["bus"],]])
                while todo:
                    n = todo.popleft()
                    if n not in found:
                        found[n] = row["id"]
                        todo.extend(beside.get(n, ()))
        return found

    def room_km(self, closed: frozenset[str]) -> dict[int, float]:
        """Reach that is left at each node of a radial state: of the last device that has one."""
        ways: dict[int, list[tuple[int, float, float]]] = {}

        def link(a: int, b: int, km: float, reach: float) -> None:
            ways.setdefault(a, []).append((b, km, reach))
            ways.setdefault(b, []).append((a, km, reach))

        for table in ("branch", "transformer"):
            for row in self.rows[table]:
                a, b = (self._node(table, row, x) for x in self._ends(table, row))
                link(a, b, number(row, "length_km") if table == "branch" else 0.0, np.nan)
        for pair, reach in self._reaches(closed).items():
            link(*pair, 0.0, reach)
        room = {}
        for row in self.rows["source"]:
            if row["id"] not in closed:
                continue
            todo = [(self.nodes[row["bus"],], np.inf)]
            while todo:
                n, left = todo.pop()
                if n in room:
                    continue
                room[n] = left
                todo += [(b, (left if np.isnan(reach) else reach) - km)
                         for b, km, reach in ways.get(n, ())]
        return room

    def _reaches(self, closed: frozenset[str]) -> dict[tuple[int, int], float]:
        """By pair of nodes that closed switches join: their reach, if each of them protects.

        Of parallel switches those count that are normally closed, else the first.
        """
        groups: dict[tuple[int, int], list[Row]] = {}
        for row in self.rows["switch"]:
            if row["id"] in self.switches:
                a, b, _ = self.switches[row["id"]]
                groups.setdefault((min(a, b), max(a, b)), []).append(row)
        found = {}
        for pair, rows in groups.items():
            if not {r["id"] for r in rows} & closed:
                continue
            alive = [r for r in rows if r["id"] not in self.fixed] or rows
            acting = [r for r in alive if self.switches[r["id"]][2]] or alive[:1]
            given = [number(r, "reach_km", np.nan) if r["kind"] in PROTECTS else np.nan
                     for r in acting]
            found[pair] = max(given) if not np.isnan(given).any() else np.nan
        return found


class Cold:
    """How much each load draws, from when it was dark and for how long."""

    def __init__(self, settings: Mapping[str, float], dark: Iterable[str]) -> None:
        self.factor = float(settings.get("cold_load_factor", 1.0))
        self.window_s = 60.0 * float(settings.get("cold_load_after_min", 60.0))
        self.since = dict.fromkeys(dark, 0.0)
        self.now: dict[str, tuple[float, float]] = {}

    def after(self, at_s: float, lit: frozenset[str], every: Iterable[str]) -> dict[str, float]:
        """Factors at a time at which just these loads are fed; what is 1 is left out.

        What comes back now is cold now, even if that lasts for no time at all.
        """
        back = set()
        for name in every:
            if name in lit and name in self.since:
                out = at_s - self.since.pop(name)
                share = min(1.0, out / self.window_s) if self.window_s else float(out > 0.0)
                grown = 1.0 + (self.factor - 1.0) * share
                old, until = self.now.get(name, (1.0, 0.0))
                if at_s < until - EPS_S:
                    grown = max(grown, old)
                self.now[name] = (grown, at_s + self.window_s)
                back.add(name)
            elif name not in lit:
                self.since.setdefault(name, at_s)
        return {n: f for n, (f, until) in self.now.items()
                if n in lit and f != 1.0 and (at_s < until - EPS_S or n in back)}


class Whole:
    """A folder and a case; `faults` of a plan are sentences, none where it keeps everything."""

    def __init__(self, path: Path, built: Iterable[str], pairs: Iterable[tuple[str, str]]) -> None:
        self.judge = StateJudge(path, built)
        self.folder = self.judge.folder
        self.open = {frozenset(p) for p in pairs}
        self.crews = {r["id"]: r for r in read_rows(path / "power" / "crew.csv")}
        self.ways: dict[tuple[str, str], float] = {}
        for row in read_rows(path / "power" / "travel.csv"):
            for way in ((row["from"], row["to"]), (row["to"], row["from"])):
                self.ways.setdefault(way, 60.0 * float(row["travel_min"]))

    def faults(self, plan: Plan, level: Level = (1.0, 1.0, 1.0)) -> list[str]:
        """All that is wrong with a plan, but for who does what by hand (`unmanned`).

        A limit may be passed while loads are cold where the plan says so, as long as that lasts.
        """
        return [*self._states(plan, level), *self._crews(plan)]

    def unmanned(self, plan: Plan) -> list[Any]:
        """Steps on site that no crew of the table is named for."""
        return [s for s in self._by_hand(plan) if s.crew not in self.crews]

    @staticmethod
    def _by_hand(plan: Plan) -> list[Any]:
        return [s for s in plan.steps if s.action in ("go", "open", "close", "repair")
                and s.phase != "trip" and not s.remote and s.actor != "protection"]

    def _states(self, plan: Plan, level: Level) -> list[str]:
        judge = self.judge
        now, found = set(judge.normal), []
        home = judge.fed_from(judge.normal)
        room = judge.room_km(judge.normal)
        every = [r["id"] for r in judge.rows["load"]]
        cold: Cold | None = None
        after_trip = judge.normal
        work: list[tuple[Any, frozenset[str], frozenset[str], dict[str, float]]] = []
        for step in plan.steps:
            moved = {s: p for s, p in step.changes.items() if p in ("open", "closed")}
            if not moved:
                continue
            before = frozenset(now)
            for switch, position in moved.items():
                (now.add if position == "closed" else now.discard)(switch)
            if touched := set(moved) & judge.fixed:
                found.append(f"{step.end_s:g} s: {sorted(touched)} out of service, yet moved")
            state = frozenset(now)
            if step.phase == "trip":
                after_trip = state
                continue
            if cold is None:
                lit = judge.fed_loads(after_trip)
                cold = Cold(judge.folder.settings, set(every) - lit)
            factors = cold.after(step.end_s, judge.fed_loads(state), every)
            work.append((step, before, state, factors))
        said = _told(plan)
        limits = judge.accepts_cold([w[2] for w in work], [w[3] for w in work], level, after_trip)
        warm = judge.accepts_cold([w[2] for w in work], [{} for _ in work], level, after_trip)
        known: set[str] = set()
        for (step, before, state, _), hot, calm in zip(work, limits, warm, strict=True):
            what = f"{step.end_s:g} s {step.action} {step.asset}"
            told = (step.end_s, step.asset) in said
            new, known = hot - known, hot & known | (hot if told else set())
            if calm or (new and not told):
                found.append(f"{what}: {sorted(hot | calm)} beyond limits"
                             f"{'' if calm else ' while cold'}")
            if "closed transfer" in step.reason:
                found += [f"{what}: {x}" for x in self._transfer(step, before, level)]
                continue
            if not judge.radial(state):
                found.append(f"{what}: not radial")
            found += [f"{what}: {x}" for x in (*self._earthed(state, home),
                                               *self._within(state, room))]
        return found

    def _transfer(self, step: Any, before: frozenset[str], level: Level) -> list[str]:
        """A ring closed for a moment: one group, angles near, voltages near across the switch."""
        judge, settings = self.judge, self.folder.settings
        (switch,) = list(step.changes)[:1]
        a, b, _ = judge.switches[switch]
        fed = judge.fed_from(before)
        rows = {r["id"]: r for r in judge.rows["source"]}
        if a not in fed or b not in fed:
            return ["joins what is not live"]
        one, other = rows[fed[a]], rows[fed[b]]
        found = []
        if not one.get("parallel_group") or one["parallel_group"] != other["parallel_group"]:
            found.append(f"joins {one['id']} and {other['id']} of different groups")
        most = float(settings.get("parallel_angle_degree", 10.0))
        turn = abs(number(one, "va_degree") - number(other, "va_degree")) % 360.0
        if min(turn, 360.0 - turn) > most:
            found.append("joins sources of different angles")
        u = judge.phasors(before, level)[[a, b]]
        if abs(np.diff(np.abs(u))[0]) > float(settings.get("parallel_voltage_percent", 10)) / 100:
            found.append("voltages differ across the switch")
        if abs(np.angle(u[0] / u[1], deg=True)) > most:
            found.append("angles differ across the switch")
        return found

    def _earthed(self, state: frozenset[str], home: Mapping[int, str]) -> list[str]:
        """Loads that a source earthed otherwise than their own feeds."""
        rows = {r["id"]: r.get("earthing", "") for r in self.judge.rows["source"]}
        now, found = self.judge.fed_from(state), []
        for row in self.judge.rows["load"]:
            n = self.judge.nodes[row["bus"],]
            if n in now and n in home:
                one, other = rows[now[n]], rows[home[n]]
                if one and other and one != other:
                    found.append(f"{row['id']} fed by {now[n]}, earthed otherwise")
        return found

    def _within(self, state: frozenset[str], before: Mapping[int, float]) -> list[str]:
        """Ends of lines beyond the reach of their protection, and farther than before."""
        names = {n: " ".join(key) for key, n in self.judge.nodes.items()}
        return [
            f"{names[n]} lies {-left:.3f} km beyond the reach"
            for n, left in self.judge.room_km(state).items()
            if left < min(before.get(n, np.inf), 0.0) - EPS_KM
        ]

    def _crews(self, plan: Plan) -> list[str]:
        """Who works where he may not, too early, in two places, or has not had time to come."""
        found = []
        hand = self._by_hand(plan)
        if not self.crews:
            return [f"{s.asset}: unknown crew '{s.crew}'" for s in hand if s.crew]
        owners = {r["id"]: r for r in self.judge.rows["switch"]}
        for s in hand:
            if s.crew not in self.crews:
                continue
            crew = self.crews[s.crew]
            kind = "repair" if s.action == "repair" else "switching"
            if crew["work"] not in ("both", kind):
                found.append(f"{s.crew} {s.action} {s.asset}: does not do {kind}")
            row = owners.get(s.asset, {})
            owner = s.jurisdiction if s.action == "repair" else (
                row.get("jurisdiction", "") or self._town(row.get("bus", "")))
            if owner and crew["jurisdiction"] != owner and (
                frozenset((crew["jurisdiction"], owner)) not in self.open
            ):
                found.append(f"{s.crew} {s.action} {s.asset}: is not open to {owner}")
            if s.start_s < 60.0 * number(crew, "available_min") - EPS_S:
                found.append(f"{s.crew} {s.action} {s.asset}: begins before it is at hand")
        for name in self.crews:
            found += self._busy(name, [s for s in hand if s.crew == name])
        return found

    def _town(self, bus: str) -> str:
        return next((r["jurisdiction"] for r in self.judge.rows["bus"] if r["id"] == bus), "")

    def _busy(self, name: str, steps: list[Any]) -> list[str]:
        """One thing after the other, with the given way between two places."""
        steps = sorted(steps, key=lambda s: (s.start_s, s.end_s))
        found = [
            f"{name}: {a.asset} until {a.end_s:g} s and {b.asset} from {b.start_s:g} s"
            for a, b in itertools.pairwise(steps) if b.start_s < a.end_s - EPS_S
        ]
        at, free = name, 0.0
        for s in steps:
            place = s.asset.split(":")[-1]
            way = self.ways.get((at, place), 0.0) if at != place else 0.0
            arrives = s.end_s if s.action in ("go", "repair") else s.start_s
            if arrives < free + way - EPS_S:
                found.append(f"{name}: at {s.asset} {arrives:g} s, the way from {at} takes "
                             f"{way:g} s from {free:g} s on")
            if s.action != "go":
                at, free = place, s.end_s
        return found


def _told(plan: Plan) -> set[tuple[float, str]]:
    """Steps of which the plan itself says that they pass a limit for people to allow."""
    checks = plan.tables["checks"]
    failed = {(round(float(t), 3), str(a)) for t, a, ok in zip(
        checks["time_s"], checks["asset"], checks["ok"], strict=True) if ok == "no"}
    return {(s.end_s, s.asset) for s in plan.steps if (round(s.end_s, 3), s.asset) in failed
            and "people must allow" in s.reason}
