"""The way back to the state before an incident, as parts are repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.zones import below_any, holds_all_the_way
from tieline.power.respond.parallel import may_join
from tieline.power.respond.rules import coordination_extra
from tieline.power.respond.stage import EPS, Stage
from tieline.power.respond.watch import judge

if TYPE_CHECKING:
    from tieline.power.respond.ground import Mask


class WayBack(Stage):
    """Brings back what is repaired, hands back what foreign ways feed, and tidies up."""

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
            at_h = self._not_before(switches, entry, at_h, around)
            self._close_together(switches, entry, at_h, cuts)
            return True
        return False

    def _not_before(
        self, switches: list[int], entry: int, at_h: float, inside: Mask
    ) -> float:
        """The time of a closing, put off until what was last done to these switches is over.

        It also waits for the openings around the part that isolate it.
        """
        edges = self.situation.ground.edges
        operate = edges.operate_h
        last = {a.edge: a.end_h for a in self.now.acts}
        act = float(operate[entry])
        ready = [last.get(e, 0.0) + float(operate[e]) for e in switches]
        apart = [
            a.end_h for a in self.now.acts
            if a.kind == "open" and not self.now.closed[a.edge]
            and (inside[edges.za[a.edge]] or inside[edges.zb[a.edge]])
        ]
        return max(at_h, act + max([last.get(entry, 0.0), *ready, *apart]))

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

    def _force_home(self, cursor: float) -> None:
        """What could not be handed back one by one: open a tie first, then bring all home."""
        for _ in range(len(self.now.closed)):
            foreign = np.flatnonzero(self.now.closed & ~self.situation.closed_before)
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
            act = float(edges.operate_h[head])
            if not self._whole_again(head, part, left, cursor):
                continue
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

    def _whole_again(self, head: int, part: Mask, left: Mask, cursor: float) -> bool:
        """Whether a feeder opened at its head and closed with all of it keeps the limits."""
        situation, now, edges = self.situation, self.now, self.situation.ground.edges
        act = float(edges.operate_h[head])
        end = cursor + 2.0 * act + float(np.max(edges.operate_h[left], initial=0.0))
        closed, opened = now.closed | left, now.closed.copy()
        opened[head] = False
        apart = situation.ground.tree(opened, now.sound)
        tree = situation.ground.tree(closed, now.sound)
        since = now.dark_since.copy()
        now.dark_since[now.tree.live & ~apart.live] = cursor + act
        fits = self._judge(head, apart, cursor + act, opened).ok and judge(
            situation, self.electric, self._nodes(tree, end), tree, np.ones(len(part), bool), part
        ).ok
        now.dark_since = since
        return fits

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
        closed = self.now.closed.copy()
        closed[edge] = False
        closed |= situation.closed_before & situation.operable
        own = part & ~situation.before.live & (situation.ground.customers.sum(axis=1) > 0.0)
        if not own.any():
            return False
        needed = bool(np.any(own & ~situation.ground.tree(closed, self.now.sound).live))
        if needed and self.now.sound.all():
            self.now.kept.add(edge)
        return needed

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
        around = part.copy()
        around[[edges.za[tie], edges.zb[tie]]] = True
        check = judge(
            situation, self.electric, self.electric.calm, tree, np.ones(len(part), bool), around
        )
        if not check.ok:
            return 0.0
        agree = float(edges.coordination_h[tie]) + coordination_extra(situation, tie)
        join = may_join(situation, self.electric, now.tree, tie, entry)
        act_tie, act_entry = float(edges.operate_h[tie]), float(edges.operate_h[entry])
        at = cursor + agree
        if join.allowed:
            self._act("close", "return", entry, (cursor, 0.0, cursor, at, at + act_entry),
                      joined=join.check, tie=tie, why="join")
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
