"""The way back to the state before an incident, as parts are repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.zones import below_any
from tieline.power.respond.bringing import Bringing
from tieline.power.respond.loops import ring
from tieline.power.respond.parallel import may_join
from tieline.power.respond.rules import coordination_extra
from tieline.power.respond.stage import EPS

if TYPE_CHECKING:
    from tieline.power.respond.ground import Mask, Tree


class WayBack(Bringing):
    """Hands back what foreign ways feed, and tidies up."""

    def _way_back(
        self, cursor: float, repaired_h: float, *, handed: bool = False
    ) -> float:
        """All that can go back to its way before the incident; when the last of it ends."""
        handed = handed or cursor > repaired_h + EPS
        cursor = max(cursor, repaired_h)
        moved = True
        while moved:
            moved = self._bring_dark(cursor, late=handed)
            if moved:
                # What waited for a cut is back after the repair's time: so is what follows.
                handed = handed or self._clock() > cursor + EPS
                continue
            if handed:
                cursor = max(cursor, self.now.acts[-1].end_h if self.now.acts else 0.0)
            step = self._hand_back(cursor)
            if step > cursor + EPS:
                cursor, moved, handed = step, True, True
        return cursor

    def _warm(self, until_h: float) -> None:
        """Bring back what waits for others to have warmed up, as they do, up to a time."""
        now, live = self.now, self.situation.before.live
        while np.any(now.sound & ~now.tree.live & live):
            soonest = now.cold_until[now.tree.live & (now.cold_until > self._clock() + EPS)]
            at_h = float(np.min(soonest)) if len(soonest) else np.inf
            if at_h >= until_h:
                return
            self.waited_h = at_h
            for edge in [e for e in self.put_off if not now.closed[e]]:
                if self._holds(edge, at_h + float(self.situation.ground.edges.operate_h[edge])):
                    self._alone("close", edge, at_h, why="next")
            self._way_back(self._clock(), at_h, handed=True)

    def _warm_home(self, cursor: float) -> float:
        """Hand back, as it warms up, what its own way cannot take over yet; when the last ends.

        Nobody waits for it: the tie carries the part meanwhile.
        """
        now = self.now
        while np.any(now.closed & ~self.situation.closed_before):
            cold = now.cold_until[now.tree.live & (now.cold_until > self._clock() + EPS)]
            if not len(cold):
                break
            self.waited_h = float(np.min(cold))
            cursor = self._way_back(self.waited_h, self.waited_h, handed=True)
        return cursor

    def _at_last(self) -> None:
        """Bring back, each alone, what only its cold load keeps out: shown as a failed check.

        The grid carried it before and will again; the passing overload is for people to judge.
        """
        if self.situation.ground.network.response.cold_load_factor == 1.0:
            return
        moved = True
        while moved:
            self.last_resort = True
            moved = self._bring_dark(self._clock(), late=True)
            self.last_resort = False
            self._warm(np.inf)

    def _hand_back(self, cursor: float) -> float:
        """Hand one part that a foreign way feeds back to its own; when that ends, else 0."""
        situation, now = self.situation, self.now
        foreign = now.closed & ~situation.closed_before
        home = self._home()
        for edge in np.flatnonzero(foreign).tolist():
            part = self._downstream(edge)
            if part is None:
                return self._open_idle(edge, cursor)
            if self._leads_on(edge, part) or self._needed(edge, part):
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

    def _by_another(self, cursor: float) -> float:
        """Close an own way and open another foreign switch of its loop; when that ends, else 0.

        A part so moves on to what still hangs on a foreign way, without an interruption, where
        its own would pass a limit if the others were not relieved first. What is dark on that way
        is brought back before.
        """
        situation, now = self.situation, self.now
        while self._bring_dark(cursor, late=True, home=now.tree.live):
            cursor = self._clock()
        edges, live = situation.ground.edges, now.tree.live
        own = situation.closed_before & ~now.closed & live[edges.za] & live[edges.zb]
        for entry in np.flatnonzero(own & situation.operable).tolist():
            if self._down(entry):
                continue
            for tie in ring(situation.ground, now.tree, entry):
                part = self._downstream(tie)
                if situation.closed_before[tie] or part is None or tie in now.kept:
                    continue
                done = self._exchange(tie, entry, part, cursor, breaking=False)
                if done:
                    return done
        return 0.0

    def _force_home(self, cursor: float) -> None:
        """What could not be handed back one by one: by another way, else a tie opens first."""
        for _ in range(len(self.now.closed)):
            foreign = np.flatnonzero(self.now.closed & ~self.situation.closed_before)
            moved = self._by_another(cursor) if len(foreign) else 0.0
            if moved:
                cursor = self._way_back(moved, moved, handed=True)
                continue
            part, edge = None, -1
            for e in foreign.tolist():
                found = self._downstream(e)
                if (
                    found is not None and not self._leads_on(e, found)
                    and not self._needed(e, found)
                ):
                    part, edge = found, e
                    break
            if part is None or not self._whole(part):
                return
            self.now.not_joined.setdefault(edge, "own")
            way = {y for z in np.flatnonzero(part & self.situation.before.live).tolist()
                   for y in self.situation.before.path(z)}
            agree = float(self.situation.ground.edges.coordination_h[edge])
            agree += coordination_extra(self.situation, edge)
            end = self._alone("open", edge, cursor, why="break", agree_h=agree,
                              moved=tuple(sorted(way)))
            cursor = self._way_back(end, end, handed=True)
            self._warm(np.inf)
            cursor = max(cursor, self._clock())

    def _restart(self, cursor: float) -> None:
        """Bring back at once what alone would pass a limit: its feeder is opened for a moment.

        Generators and capacitors of one part may need the load of another.
        """
        before, now, edges = self.situation.before, self.now, self.situation.ground.edges
        tried: set[int] = set()
        for z in before.order.tolist():
            if now.tree.live[z] or not self._whole(np.arange(len(now.sound)) == z):
                continue
            way = [int(before.via[y]) for y in reversed(before.path(z)) if before.via[y] >= 0]
            head = next((e for e in way if self.situation.operable[e] and now.closed[e]), -1)
            if head < 0 or head in tried or np.any(now.closed & ~self.situation.closed_before):
                continue
            tried.add(head)
            own = np.zeros(len(now.sound), bool)
            own[edges.za[head] if before.via[edges.za[head]] == head else edges.zb[head]] = True
            part = below_any(before.order, before.up, own)
            left = self.situation.closed_before & ~now.closed & self.situation.operable
            left &= part[edges.za] & part[edges.zb] & now.sound[edges.za] & now.sound[edges.zb]
            if not self._whole_again(head, part, left, cursor):
                continue
            end = self._alone("open", head, cursor, why="restart")
            end = max([end, *(
                self._alone("close", e, end, why="dead") for e in np.flatnonzero(left).tolist()
            )])
            cursor = self._alone("close", head, end, why="make")

    def _whole_again(self, head: int, part: Mask, left: Mask, cursor: float) -> bool:
        """Whether a feeder opened at its head and closed with all of it keeps the limits."""
        situation, now, edges = self.situation, self.now, self.situation.ground.edges
        act = float(edges.operate_h[head])
        end = cursor + 2.0 * act + float(np.max(edges.operate_h[left], initial=0.0))
        closed, opened = now.closed | left, now.closed.copy()
        opened[head] = False
        apart = situation.ground.tree(opened, now.sound)
        tree = situation.ground.tree(closed, now.sound)
        lost = now.tree.live & ~apart.live
        return self._judge(head, apart, cursor + act, opened).ok and self._holds_again(
            tree, lost, (cursor + act, end), part
        )

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
                cursor = self._alone("close", edge, cursor, why="tidy")

    def _leads_on(self, edge: int, part: Mask) -> bool:
        """Whether a part passes supply on over another foreign switch."""
        edges = self.situation.ground.edges
        leads = self.now.closed & ~self.situation.closed_before & (
            part[edges.za] | part[edges.zb]
        )
        leads[[edge, *self.now.kept]] = False
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

    def _needed(self, edge: int, part: Mask) -> bool:
        """Whether customers who were dark before would lose what the plan gave them; it is kept.

        They have no way of their own to go back to.
        """
        situation = self.situation
        closed = situation.closed_before & situation.operable
        closed[list(self.now.kept - {edge})] = True
        own = part & ~situation.before.live & (situation.ground.customers.sum(axis=1) > 0.0)
        if not own.any():
            return False
        needed = bool(np.any(own & ~situation.ground.tree(closed, self.now.sound).live))
        if needed and self.now.sound.all():
            self.now.kept.add(edge)
        return needed

    def _open_idle(self, edge: int, cursor: float) -> float:
        """Open a foreign switch that feeds nobody who had supply before."""
        if self._too_late("open", edge, cursor):
            return 0.0
        return self._alone("open", edge, cursor, why="idle")

    def _too_late(self, kind: str, edge: int, at_h: float) -> bool:
        """Whether a switching would end after the next that is scheduled; it then waits for it."""
        trip = self.fleet.way(kind, edge, at_h)
        return trip.there_h + float(self.situation.ground.edges.operate_h[edge]) > self.until_h

    def _exchange(
        self, tie: int, entry: int, part: Mask, cursor: float, *, breaking: bool = True
    ) -> float:
        """Open the tie and close the own way, or the other way round where sources may be joined.

        0 if the state in between or after would pass a limit, if it cannot be done yet, or if it
        needs a break and is not to be `breaking`.
        """
        situation, now = self.situation, self.now
        edges, own = situation.ground.edges, situation.ground.edges.operate_h
        agree = float(edges.coordination_h[tie]) + coordination_extra(situation, tie)
        join = may_join(situation, self.electric, self._nodes(now.tree, cursor + agree), now.tree,
                        tie, entry)
        if not (join.allowed or breaking):
            return 0.0
        order = (("close", entry), ("open", tie)) if join.allowed else (
            ("open", tie), ("close", entry))
        first = self.fleet.way(*order[0], cursor)
        second = self.fleet.way(*order[1], cursor, but=first.crew)
        act = max(first.there_h, agree)
        if second.crew != first.crew or not second.crew:
            act = max(act, second.there_h)
        mid = act + float(own[order[0][1]])
        fleet = self.fleet.copy()
        fleet.stays(first, *order[0], mid)
        if second.crew and second.crew == first.crew:
            second = fleet.way(*order[1], mid)
        then = max(mid, second.there_h)
        end = then + float(own[order[1][1]])
        now.not_joined[tie] = join.reason or "limit"
        if end > self.until_h or not self._may_exchange(
            tie, entry, part, (mid, end), broken=not join.allowed
        ):
            return 0.0
        fleet.stays(second, *order[1], end)
        self.fleet = fleet
        ends = {int(edges.za[entry]), int(edges.zb[entry])}
        moved = tuple(sorted({*np.flatnonzero(part).tolist(), *ends}))
        times = [
            (first.leave_h, first.way_h, act - agree, act, mid),
            (second.leave_h, second.way_h, then, then, end),
        ]
        if join.allowed:
            self._act("close", "return", entry, times[0], first.crew, joined=join.check, tie=tie,
                      why="join", moved=moved)
            self._act("open", "return", tie, times[1], second.crew, why="part", moved=moved)
            return end
        self._act("open", "return", tie, times[0], first.crew, why="break", moved=moved)
        self._act("close", "return", entry, times[1], second.crew, why="make")
        return end

    def _may_exchange(
        self, tie: int, entry: int, part: Mask, times: tuple[float, float], *, broken: bool
    ) -> bool:
        """Whether the state in between, if the part is `broken` off, and the one after hold."""
        now = self.now
        closed = now.closed.copy()
        closed[tie] = False
        apart = self.situation.ground.tree(closed, now.sound)
        if broken and not self._judge(tie, apart, times[0], closed).ok:
            return False
        closed = closed.copy()
        closed[entry] = True
        edges = self.situation.ground.edges
        around = part.copy()
        around[[edges.za[tie], edges.zb[tie]]] = True
        lost = now.tree.live & ~apart.live if broken else np.zeros(len(part), bool)
        tree = self.situation.ground.tree(closed, now.sound)
        return self._holds_again(tree, lost, times, around)

    def _holds_again(
        self, tree: Tree, lost: Mask, times: tuple[float, float], around: Mask
    ) -> bool:
        """Whether a state holds after these zones were dark between two times."""
        now = self.now
        since = now.dark_since.copy()
        now.dark_since[lost] = times[0]
        nodes = self._nodes(tree, times[1])
        now.dark_since = since
        return self._judged(tree, nodes, around).ok
