"""From a schedule to steps: every switching replayed in time, judged, and undone after repair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.zones import below_any, holds_all_the_way
from tieline.power.respond.loadflow import with_pickup
from tieline.power.respond.parallel import may_join
from tieline.power.respond.search import coordination_extra
from tieline.power.respond.watch import Check, judge

if TYPE_CHECKING:
    from tieline.power.respond.ground import Floats, Ints, Mask, Tree
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.schedule import Schedule, Timed
    from tieline.power.respond.situation import Situation

EPS = 1e-9


@dataclass(frozen=True)
class Act:
    """One thing done: what, on which edge or repair, when [h], by which crew, with its check.

    `kind` is trip, open, close or repair; `phase` trip, isolate, restore, repair or return;
    `joins` marks a closing that joins two sources for a moment. `gained`, `lost` are zones.
    """

    kind: str
    phase: str
    edge: int
    repair: int
    leave_h: float
    way_h: float
    begin_h: float
    act_h: float
    end_h: float
    crew: str
    check: Check
    joins: bool = False
    gained: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Fed:
    """A zone fed by a source from `since_h` to `until_h` (inf = to the end)."""

    zone: int
    source: int
    via: int
    since_h: float
    until_h: float


@dataclass(frozen=True)
class History:
    """All acts in time order, hours out by zone, who fed whom, and states that failed."""

    acts: tuple[Act, ...]
    out_h: Floats
    first_back_h: Floats
    via: Ints
    times_lost: Ints
    fed: tuple[Fed, ...]
    end_h: float
    failed: tuple[Act, ...]
    normal: bool
    not_joined: tuple[tuple[int, str], ...] = ()


@dataclass
class _Now:
    """The state as it changes while acts are replayed."""

    closed: Mask
    sound: Mask
    tree: Tree
    dark_since: Floats
    out_h: Floats
    back_h: Floats
    lost_count: Ints
    acts: list[Act] = field(default_factory=list)
    fed_since: Floats = field(default_factory=lambda: np.empty(0))
    fed: list[Fed] = field(default_factory=list)
    failed: list[Act] = field(default_factory=list)
    not_joined: dict[int, str] = field(default_factory=dict)


class Replay:
    """Replays one schedule; `run` gives its history."""

    def __init__(self, situation: Situation, electric: Electric, schedule: Schedule) -> None:
        self.situation, self.electric, self.schedule = situation, electric, schedule
        ground = situation.ground
        n = ground.n_zones
        live = situation.after.live
        self.counted = situation.before.live | (ground.weight > 0.0)
        self.now = _Now(
            situation.closed.copy(), ~situation.faulted, situation.after,
            np.where(live, np.inf, 0.0), np.zeros(n), np.full(n, np.inf), np.zeros(n, np.int64),
        )
        self.now.fed_since = np.where(live, 0.0, np.nan)
        self.now.lost_count[situation.interrupted()] = 1
        self.via = np.full(n, -1, np.int64)
        self.put_off: list[int] = []
        self.done = {k: h for k, h in enumerate(schedule.done_h)}

    def run(self) -> History:
        """Trips, then jobs and repairs by the time they end, then the way back to normal."""
        for edge, repair in self.situation.tripped:
            self._note_trip(edge, repair)
        switching = sorted(
            (t for t in self.schedule.jobs if t.job.kind != "repair"),
            key=lambda t: (t.end_h, t.job.kind == "close"),
        )
        repairs = sorted(
            (t for t in self.schedule.jobs if t.job.kind == "repair"), key=lambda t: t.end_h
        )
        cursor = 0.0
        while switching or repairs:
            if switching and (not repairs or switching[0].end_h <= repairs[0].end_h + EPS):
                self._operate(switching.pop(0))
                cursor = max(cursor, self.now.acts[-1].end_h)
                continue
            timed = repairs.pop(0)
            together = [timed]
            while repairs and repairs[0].end_h <= timed.end_h + EPS:
                together.append(repairs.pop(0))
            for t in together:
                self._repaired(t)
            cursor = self._way_back(max(cursor, timed.end_h), timed.end_h)
        cursor = self._way_back(max(cursor, self._clock()), self._clock())
        self._force_home(cursor)
        self._restart(self._clock())
        self._tidy(self._clock())
        return self._history()

    def _note_trip(self, edge: int, repair: int) -> None:
        lost = ()
        if not any(a.kind == "trip" for a in self.now.acts):
            lost = tuple(np.flatnonzero(self.situation.interrupted()).tolist())
        self.now.acts.append(Act(
            "trip", "trip", edge, repair, 0.0, 0.0, 0.0, 0.0, 0.0, "", Check(), lost=lost,
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

    def _holds(self, edge: int, at_h: float) -> bool:
        """Whether closing a switch now brings supply on and keeps every limit.

        What the search planned does; but parts that came back early by repair may have taken the
        room, and then the others wait for theirs.
        """
        now, edges = self.now, self.situation.ground.edges
        closed = now.closed.copy()
        closed[edge] = True
        tree = self.situation.ground.tree(closed, now.sound)
        if not (now.tree.live[edges.za[edge]] or now.tree.live[edges.zb[edge]]):
            return False
        return self._judge(edge, tree, at_h, closed).ok

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

    def _act(
        self, kind: str, phase: str, edge: int, times: tuple[float, float, float, float, float],
        crew: str = "", *, joins: bool = False, why: str = "",
    ) -> None:
        """Change one switch, judge the state, and book who gained and lost supply."""
        now = self.now
        before = now.tree
        now.closed[edge] = kind == "close"
        after = self.situation.ground.tree(now.closed, now.sound) if not joins else before
        check = Check() if joins else self._judge(edge, after, times[4])
        gained, lost = after.live & ~before.live, before.live & ~after.live
        self._book(before, after, times[4], edge)
        act = Act(
            kind, phase, edge, -1, *times, crew, check, joins,
            tuple(np.flatnonzero(gained).tolist()), tuple(np.flatnonzero(lost).tolist()), why,
        )
        now.tree = after
        now.acts.append(act)
        if not check.ok:
            now.failed.append(act)

    def _judge(
        self, edge: int, tree: Tree, at_h: float, closed: Mask | None = None
    ) -> Check:
        edges = self.situation.ground.edges
        around = tree.live & ~self.now.tree.live
        around[[edges.za[edge], edges.zb[edge]]] = True
        dead = self._dead_joined_to_live(tree, self.now.closed if closed is None else closed)
        if dead:
            return dead
        return judge(
            self.situation, self.electric, self._nodes(tree, at_h), tree,
            np.ones(len(around), bool), around,
        )

    def _dead_joined_to_live(self, tree: Tree, closed: Mask) -> Check | None:
        """A closed switch between what is live and what is not repaired: not isolated."""
        edges, now = self.situation.ground.edges, self.now
        bad = np.flatnonzero(
            closed & (
                (tree.live[edges.za] & ~now.sound[edges.zb])
                | (tree.live[edges.zb] & ~now.sound[edges.za])
            )
        )
        if not len(bad):
            return None
        from tieline.power.respond.watch import edge_name

        return Check("fault", where=edge_name(self.situation, int(bad[0])))

    def _nodes(self, tree: Tree, at_h: float):  # type: ignore[no-untyped-def]
        """Demand at a time: cold-load pickup of what came back a short while ago."""
        response = self.situation.ground.network.response
        if response.cold_load_factor == 1.0:
            return self.electric.calm
        factor = np.ones(self.situation.ground.n_zones)
        now = self.now
        for z in np.flatnonzero(tree.live).tolist():
            if np.isfinite(now.dark_since[z]):
                factor[z] = response.pickup(at_h - now.dark_since[z])
            elif now.back_h[z] < np.inf and at_h - now.back_h[z] < response.cold_load_after_h:
                factor[z] = response.pickup(now.out_h[z])
        return with_pickup(self.electric.calm, factor[self.situation.ground.zone])

    def _book(self, before: Tree, after: Tree, at_h: float, edge: int) -> None:
        now = self.now
        gained = np.flatnonzero(after.live & ~before.live)
        lost = np.flatnonzero(before.live & ~after.live)
        moved = np.flatnonzero(before.live & after.live & (before.source != after.source))
        for z in [*lost.tolist(), *moved.tolist()]:
            now.fed.append(Fed(
                z, int(before.source[z]), int(self.via[z]), float(now.fed_since[z]), at_h
            ))
        now.out_h[gained] += at_h - now.dark_since[gained]
        first = gained[~np.isfinite(now.back_h[gained])]
        now.back_h[first] = at_h
        self.via[gained] = edge
        self.via[moved] = edge
        now.dark_since[gained] = np.inf
        now.dark_since[lost] = at_h
        now.lost_count[lost] += 1
        now.fed_since[gained] = at_h
        now.fed_since[moved] = at_h

    def _way_back(
        self, cursor: float, repaired_h: float, *, handed: bool = False
    ) -> float:
        """All that can go back to its way before the incident; when the last of it ends."""
        handed = handed or cursor > repaired_h + EPS
        cursor = max(cursor, repaired_h)
        moved = True
        while moved:
            moved = self._bring_dark(cursor, late=handed)
            if moved and handed:
                cursor = self.now.acts[-1].end_h
            if moved:
                continue
            step = self._hand_back(cursor)
            if step > cursor + EPS:
                cursor, moved, handed = step, True, True
        return cursor

    def _home(self) -> Mask:
        """Zones that are fed along their whole way from before the incident."""
        before, now = self.situation.before, self.now
        own = now.tree.live & ((before.via < 0) | now.closed[before.via])
        home: Mask = holds_all_the_way(before.order, before.up, own)
        return home

    def _bring_dark(self, at_h: float, *, late: bool) -> bool:
        """Close at once what leads from home to dark sound zones; whether anything was.

        Right after a repair the closings lie within its time; `late` ones follow `at_h`.
        """
        before, now = self.situation.before, self.now
        home = self._home()
        waiting = now.sound & ~now.tree.live & before.live
        for z in before.order[waiting[before.order]].tolist():
            up = int(before.up[z])
            if up < 0 and now.sound[z] and not now.tree.live[z]:
                return self._refresh(at_h)
            if up < 0 or not home[up] or now.tree.live[z] or not now.sound[z]:
                continue
            inside, switches, cuts = self._behind(z)
            if not self.situation.operable[cuts].all():
                continue
            entry = int(before.via[z])
            closed = now.closed.copy()
            closed[switches] = True
            closed[cuts] = False
            closed[entry] = True
            tree = self.situation.ground.tree(closed, now.sound)
            around = np.zeros(len(now.sound), bool)
            around[inside] = True
            check = judge(
                self.situation, self.electric, self._nodes(tree, at_h), tree,
                np.ones(len(around), bool), around,
            )
            if not check.ok:
                continue
            edges = self.situation.ground.edges
            if late:
                at_h += float(edges.operate_h[entry]) + max(
                    (float(edges.operate_h[e]) for e in switches), default=0.0
                )
            ready = edges.travel_h + edges.coordination_h + edges.operate_h
            at_h = max(at_h, float(
                np.max(ready[cuts], initial=0.0) + edges.operate_h[entry] if cuts else 0.0
            ))
            at_h = self._not_before(switches, entry, at_h)
            self._close_together(switches, entry, at_h, cuts)
            return True
        return False

    def _not_before(self, switches: list[int], entry: int, at_h: float) -> float:
        """The time of a closing, put off until what was last done to these switches is over."""
        operate = self.situation.ground.edges.operate_h
        last = {a.edge: a.end_h for a in self.now.acts}
        act = float(operate[entry])
        ready = [last.get(e, 0.0) + float(operate[e]) for e in switches]
        return max(at_h, act + max([last.get(entry, 0.0), *ready]))

    def _refresh(self, at_h: float) -> bool:
        """A source that is back, before any switch has moved."""
        now = self.now
        tree = self.situation.ground.tree(now.closed, now.sound)
        if np.array_equal(tree.live, now.tree.live):
            return False
        self._book(now.tree, tree, at_h, -1)
        now.tree = tree
        return True

    def _behind(self, top: int) -> tuple[list[int], list[int], list[int]]:
        """Dark sound zones below `top` in the way before, switches to close, switches to open.

        To be opened is what leads on, closed, to what is not repaired.
        """
        before, now, edges = self.situation.before, self.now, self.situation.ground.edges
        inside, switches, queue = [top], [], [top]
        member = np.zeros(len(now.sound), bool)
        member[top] = True
        below: dict[int, list[int]] = {}
        for z in before.order[(now.sound & ~now.tree.live)[before.order]].tolist():
            if before.up[z] >= 0:
                below.setdefault(int(before.up[z]), []).append(z)
        while queue:
            z = queue.pop()
            for c in below.get(z, ()):
                if not now.sound[c] or now.tree.live[c]:
                    continue
                edge = int(before.via[c])
                if not now.closed[edge]:
                    if self._down(edge):
                        continue
                    switches.append(edge)
                member[c] = True
                inside.append(c)
                queue.append(c)
        cuts = now.closed & (
            (member[edges.za] & ~now.sound[edges.zb]) | (member[edges.zb] & ~now.sound[edges.za])
        )
        return inside, switches, np.flatnonzero(cuts).tolist()

    def _down(self, edge: int) -> bool:
        """Whether a switch cannot be operated because it is itself not yet repaired."""
        return any(
            r.edge == edge and self.done[k] > self._clock() + EPS
            for k, r in enumerate(self.situation.repairs)
        )

    def _clock(self) -> float:
        return max((a.end_h for a in self.now.acts), default=0.0)

    def _close_together(
        self, switches: list[int], entry: int, at_h: float, cuts: list[int]
    ) -> None:
        """Isolate, close dead switches, then the one that brings supply, ending with the repair.

        The time of a repair runs until supply returns, so these closings lie within it.
        """
        edges = self.situation.ground.edges
        act = float(edges.operate_h[entry])
        for edge in cuts:
            way, own = float(edges.travel_h[edge]), float(edges.operate_h[edge])
            end = max(at_h - act, way + float(edges.coordination_h[edge]) + own)
            begin = end - own - float(edges.coordination_h[edge])
            self._act("open", "isolate", edge, (begin - way, way, begin, end - own, end))
        for edge in switches:
            own = float(edges.operate_h[edge])
            end = max(0.0, at_h - act)
            begin = max(0.0, end - own)
            self._act("close", "return", edge, (begin, 0.0, begin, begin, end), why="dead")
        begin = max(0.0, at_h - act)
        self._act("close", "return", entry, (begin, 0.0, begin, begin, at_h), why="repaired")

    def _hand_back(self, cursor: float) -> float:
        """Hand one part that a foreign way feeds back to its own; when that ends, else 0."""
        situation, now = self.situation, self.now
        foreign = now.closed & ~situation.closed_before
        home = self._home()
        for edge in np.flatnonzero(foreign).tolist():
            part = self._downstream(edge)
            if part is None:
                return self._open_idle(edge, cursor)
            if self._leads_on(edge, part):
                continue
            order = situation.before.order
            within = order[part[order]]
            if not len(within):
                return self._open_idle(edge, cursor)
            top = int(within[0])
            up = int(situation.before.up[top])
            if up < 0:
                continue
            entry = int(situation.before.via[top])
            if not home[up] or not now.sound[up] or self._down(entry):
                continue
            done = self._exchange(edge, entry, part, cursor)
            if done:
                return done
        return 0.0

    def _force_home(self, cursor: float) -> None:
        """What could not be handed back one by one: open a tie first, then bring all home."""
        for _ in range(len(self.now.closed)):
            foreign = np.flatnonzero(self.now.closed & ~self.situation.closed_before)
            part, edge = None, -1
            for e in foreign.tolist():
                found = self._downstream(e)
                if found is not None and not self._leads_on(e, found):
                    part, edge = found, e
                    break
            if part is None or not self._whole(part):
                return
            edges = self.situation.ground.edges
            end = cursor + float(edges.coordination_h[edge] + edges.operate_h[edge])
            act = end - float(edges.operate_h[edge])
            self.now.not_joined[edge] = "limit"
            self._act("open", "return", edge, (cursor, 0.0, cursor, act, end), why="break")
            cursor = self._way_back(end, end, handed=True)

    def _restart(self, cursor: float) -> None:
        """Bring back at once what alone would pass a limit: its feeder is opened for a moment.

        Generators and capacitors of one part may need the load of another.
        """
        before, now, edges = self.situation.before, self.now, self.situation.ground.edges
        for z in before.order.tolist():
            if now.tree.live[z] or not self._whole(np.arange(len(now.sound)) == z):
                continue
            way = [int(before.via[y]) for y in reversed(before.path(z)) if before.via[y] >= 0]
            head = next((e for e in way if self.situation.operable[e] and now.closed[e]), -1)
            if head < 0 or np.any(now.closed & ~self.situation.closed_before):
                continue
            own = np.zeros(len(now.sound), bool)
            own[edges.za[head] if before.via[edges.za[head]] == head else edges.zb[head]] = True
            part = below_any(before.order, before.up, own)
            left = self.situation.closed_before & ~now.closed & self.situation.operable
            left &= part[edges.za] & part[edges.zb] & now.sound[edges.za] & now.sound[edges.zb]
            act = float(edges.operate_h[head])
            self._act("open", "return", head, (cursor, 0.0, cursor, cursor, cursor + act),
                      why="restart")
            end = cursor + act
            longest = float(np.max(edges.operate_h[left], initial=0.0))
            for e in np.flatnonzero(left).tolist():
                own_h = float(edges.operate_h[e])
                begin = end + longest - own_h
                self._act("close", "return", e, (begin, 0.0, begin, begin, end + longest),
                          why="dead")
            end += longest
            self._act("close", "return", head, (end, 0.0, end, end, end + act), why="make")
            cursor = end + act

    def _tidy(self, cursor: float) -> None:
        """Close what was closed before and leads to parts that nobody is fed in."""
        edges, now = self.situation.ground.edges, self.now
        left = self.situation.closed_before & ~now.closed & self.situation.operable
        left &= now.sound[edges.za] & now.sound[edges.zb]
        for edge in np.flatnonzero(left).tolist():
            end = cursor + float(edges.operate_h[edge])
            closed = now.closed.copy()
            closed[edge] = True
            tree = self.situation.ground.tree(closed, now.sound)
            if self._judge(edge, tree, end, closed).ok:
                self._act("close", "return", edge, (cursor, 0.0, cursor, cursor, end), why="tidy")
                cursor = end

    def _leads_on(self, edge: int, part: Mask) -> bool:
        """Whether a part passes supply on over another foreign switch."""
        edges = self.situation.ground.edges
        leads = self.now.closed & ~self.situation.closed_before & (
            part[edges.za] | part[edges.zb]
        )
        leads[edge] = False
        return bool(leads.any())

    def _whole(self, part: Mask) -> bool:
        """Whether a part had a way of its own before, all of it sound now."""
        before = self.situation.before
        mine = np.flatnonzero(part & before.live)
        return bool(len(mine)) and all(
            self.now.sound[y] for z in mine.tolist() for y in before.path(z)
        )

    def _downstream(self, edge: int) -> Mask | None:
        """Zones fed through a closed edge; None if nothing is."""
        tree, edges = self.now.tree, self.situation.ground.edges
        child = [z for z in (int(edges.za[edge]), int(edges.zb[edge])) if tree.via[z] == edge]
        if not child:
            return None
        own = np.zeros(len(self.now.sound), bool)
        own[child[0]] = True
        part: Mask = below_any(tree.order, tree.up, own)
        return part

    def _open_idle(self, edge: int, cursor: float) -> float:
        """Open a foreign switch that feeds nobody who had supply before."""
        edges = self.situation.ground.edges
        end = cursor + float(edges.operate_h[edge])
        self._act("open", "return", edge, (cursor, 0.0, cursor, cursor, end), why="idle")
        return end

    def _exchange(self, tie: int, entry: int, part: Mask, cursor: float) -> float:
        """Open the tie and close the own way, or the other way round where sources may be joined.

        0 if the state in between or after would pass a limit.
        """
        situation, now = self.situation, self.now
        ground, edges = situation.ground, situation.ground.edges
        closed = now.closed.copy()
        closed[tie], closed[entry] = False, True
        tree = ground.tree(closed, now.sound)
        check = judge(
            situation, self.electric, self.electric.calm, tree, np.ones(len(part), bool), part
        )
        if not check.ok:
            return 0.0
        agree = float(edges.coordination_h[tie]) + coordination_extra(situation, tie)
        join = may_join(situation, self.electric, now.tree, tie, entry)
        act_tie, act_entry = float(edges.operate_h[tie]), float(edges.operate_h[entry])
        at = cursor + agree
        if join.allowed:
            self._act("close", "return", entry, (cursor, 0.0, cursor, at, at + act_entry),
                      joins=True, why="join")
            end = at + act_entry + act_tie
            self._act("open", "return", tie, (at + act_entry, 0.0, at + act_entry,
                                              at + act_entry, end), why="part")
            return end
        now.not_joined[tie] = join.reason
        self._act("open", "return", tie, (cursor, 0.0, cursor, at, at + act_tie), why="break")
        end = at + act_tie + act_entry
        self._act("close", "return", entry,
                  (at + act_tie, 0.0, at + act_tie, at + act_tie, end), why="make")
        return end

    def _history(self) -> History:
        now = self.now
        end = max((a.end_h for a in now.acts), default=0.0)
        still = np.flatnonzero(np.isfinite(now.dark_since) & self.counted)
        now.out_h[still] += np.maximum(0.0, end - now.dark_since[still])
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
            tuple(now.failed), bool(same.all()), tuple(now.not_joined.items()),
        )
