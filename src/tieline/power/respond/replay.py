"""From a schedule to acts: every switching replayed in time, judged, and undone after repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.respond.acts import Act, Fed, History
from tieline.power.respond.stage import EPS
from tieline.power.respond.watch import Check
from tieline.power.respond.yielding import Yielding

if TYPE_CHECKING:
    from tieline.power.respond.schedule import Timed


class Replay(Yielding):
    """Replays one schedule; `run` gives its history."""

    def run(self) -> History:
        """Trips, then jobs and repairs by the time they end, then the way back to normal."""
        self._note_trips()
        switching = sorted(
            (t for t in self.schedule.jobs if t.job.kind != "repair"),
            key=lambda t: (t.end_h, t.job.kind == "close"),
        )
        repairs = sorted(
            (t for t in self.schedule.jobs if t.job.kind == "repair"), key=lambda t: t.end_h
        )
        cursor = 0.0
        while switching or repairs:
            soonest = min(t[0].end_h for t in (switching, repairs) if t)
            self.until_h = soonest
            self._warm(soonest)
            if switching and switching[0].end_h <= soonest + EPS:
                self._operate(switching.pop(0))
                cursor = max(cursor, self.now.acts[-1].end_h)
                continue
            timed = repairs.pop(0)
            together = [timed]
            while repairs and repairs[0].end_h <= timed.end_h + EPS:
                together.append(repairs.pop(0))
            for t in together:
                self._repaired(t)
            self.until_h = min((t[0].end_h for t in (switching, repairs) if t), default=np.inf)
            cursor = self._way_back(max(cursor, timed.end_h), timed.end_h)
        self.until_h = np.inf
        cursor = self._way_back(max(cursor, self._clock()), self._clock())
        self._warm(np.inf)
        cursor = self._warm_home(cursor)
        self._force_home(max(cursor, self._clock()))
        self._restart(self._clock())
        self._at_last()
        self._give_way()
        self._tidy(self._clock())
        return self._history()

    def _note_trips(self) -> None:
        """Each device with the zones it leaves dark; the last with what is dark otherwise."""
        situation = self.situation
        left, closed = situation.interrupted(), situation.closed_before.copy()
        for k, (edge, repair) in enumerate(situation.tripped):
            closed[edge] = False
            live = situation.ground.tree(closed, np.ones(len(left), bool)).live
            mine = left & ~live if k < len(situation.tripped) - 1 else left
            left = left & ~mine
            self.now.acts.append(Act(
                "trip", "trip", edge, repair, 0.0, 0.0, 0.0, 0.0, 0.0, "", Check(),
                lost=tuple(np.flatnonzero(mine).tolist()),
            ))

    def _operate(self, timed: Timed) -> None:
        job = timed.job
        if job.kind == "close" and self.now.closed[job.edge]:
            return
        if job.kind == "open" and not self.now.closed[job.edge]:
            return
        if job.kind == "close" and not self._holds(job.edge, timed.end_h):
            self.put_off.append(job.edge)
            return
        phase = "isolate" if job.kind == "open" else "restore"
        self._act(
            job.kind, phase, job.edge,
            (timed.leave_h, timed.way_h, timed.begin_h, timed.act_h, timed.end_h), timed.crew,
        )

    def _repaired(self, timed: Timed) -> None:
        repair = self.situation.repairs[timed.job.repair]
        left = [
            r for k, r in enumerate(self.situation.repairs)
            if self.done[k] > timed.end_h + EPS
        ]
        for zone in repair.zones:
            if not any(zone in r.zones for r in left):
                self.now.sound[zone] = True
        self.now.acts.append(Act(
            "repair", "repair", -1, timed.job.repair, timed.leave_h, timed.way_h, timed.begin_h,
            timed.act_h, timed.end_h, timed.crew, Check(),
        ))

    def _history(self) -> History:
        now = self.now
        end = max((a.end_h for a in now.acts), default=0.0)
        still = np.flatnonzero(np.isfinite(now.dark_since) & self.counted)
        until = np.where(
            self.situation.before.live, end, max(self.schedule.done_h, default=0.0)
        )
        now.out_h[still] += np.maximum(0.0, until[still] - now.dark_since[still])
        for z in np.flatnonzero(now.tree.live & (now.tree.source != self.situation.before.source)):
            now.fed.append(Fed(
                int(z), int(now.tree.source[z]), int(self.via[z]), float(now.fed_since[z]), end
            ))
        acts = tuple(sorted(now.acts, key=lambda a: a.end_h))
        operable = self.situation.operable
        for r in self.situation.repairs:
            if r.edge >= 0:
                operable = operable.copy()
                operable[r.edge] = True
        same = (now.closed == self.situation.closed_before) | ~operable
        return History(
            acts, now.out_h, now.back_h, self.via, now.lost_count, tuple(now.fed), end,
            tuple(now.failed), bool(same.all()), now.tree.live, tuple(now.not_joined.items()),
            tuple(sorted(now.kept)), tuple(self.put_off), tuple(now.states),
        )
