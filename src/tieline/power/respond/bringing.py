"""What is repaired comes back: whole if its cold load allows, else in portions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.zones import holds_all_the_way
from tieline.power.respond.crews import Trip
from tieline.power.respond.stage import EPS, Stage

if TYPE_CHECKING:
    from tieline.power.respond.crews import Fleet
    from tieline.power.respond.ground import Floats, Mask

@dataclass(frozen=True)
class Portion:
    """Dark zones that come back with one closing of `entry`, and what is switched before.

    `cuts` are opened (to what is not repaired, or waits), `switches` closed while dark; the trips
    are those of the crews to cuts, switches and entry; unless `late`, the time of a repair holds
    the closings.
    """

    inside: Mask
    entry: int
    cuts: tuple[int, ...]
    switches: tuple[int, ...]
    trips: tuple[Trip, ...]
    end_h: float
    fleet: Fleet
    late: bool


class Bringing(Stage):
    """Brings back what is repaired and sound."""

    def _home(self) -> Mask:
        """Zones that are fed along their whole way from before the incident."""
        before, now = self.situation.before, self.now
        own = now.tree.live & ((before.via < 0) | now.closed[before.via])
        home: Mask = holds_all_the_way(before.order, before.up, own)
        return home

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

    def _bring_dark(self, at_h: float, *, late: bool, home: Mask | None = None) -> bool:
        """Close at once what leads from home to dark sound zones; whether anything was.

        `home` is what is fed by its own way, unless given. Right after a repair the closings lie
        within its time; `late` ones follow `at_h`: those of several crews begin at once, unless
        one waits for the supply that another brings.
        """
        before, now = self.situation.before, self.now
        home = self._home() if home is None else home
        waiting = now.sound & ~now.tree.live & before.live
        for z in before.order[waiting[before.order]].tolist():
            up = int(before.up[z])
            if up < 0:
                return self._refresh(at_h)
            if not home[up]:
                continue
            fed = float(now.fed_since[up])
            after = late or bool(fed > at_h + EPS)  # what feeds it is itself back only then
            at = max(at_h, fed) if after and np.isfinite(fed) else at_h
            portion = self._portion(z, at, late=after)
            if portion is not None:
                self._close_together(portion)
                return True
        return False

    def _portion(self, top: int, at_h: float, *, late: bool) -> Portion | None:
        """What can come back with the switch above `top`: all behind it, else what fits."""
        response = self.situation.ground.network.response
        whole = None if self.last_resort else self._fitting(top, None, at_h, late=late)
        if whole is not None or response.cold_load_factor == 1.0:
            return whole
        below = self._dark_below()
        only = self._clump(top, below)
        if self.last_resort:
            alone = self._fitting(top, only, at_h, late=late)
            return alone or self._fitting(top, None, at_h, late=late)
        found = self._fitting(top, only, at_h, late=late)
        gain, refused = self._gain(below), set[int]()
        while found is not None:
            next_to = [
                c for z in np.flatnonzero(only).tolist() for c in below.get(z, ())
                if not only[c] and c not in refused
            ]
            if not next_to:
                break
            z = max(next_to, key=lambda z: float(gain[z]))
            more = only | self._clump(z, below)
            wider = self._fitting(top, more, at_h, late=late)
            if wider is None:
                refused.add(z)
            else:
                found, only = wider, more
        return found

    def _dark_below(self) -> dict[int, list[int]]:
        """By zone, the dark sound zones below it in the state before."""
        before, now = self.situation.before, self.now
        below: dict[int, list[int]] = {}
        for z in before.order[(now.sound & ~now.tree.live)[before.order]].tolist():
            if before.up[z] >= 0:
                below.setdefault(int(before.up[z]), []).append(z)
        return below

    def _clump(self, top: int, below: dict[int, list[int]]) -> Mask:
        """A dark zone with what cannot be parted from it: closed switches that nobody operates."""
        before, now = self.situation.before, self.now
        member = np.zeros(len(now.sound), bool)
        member[top] = True
        queue = [top]
        while queue:
            for c in below.get(queue.pop(), ()):
                edge = int(before.via[c])
                if now.closed[edge] and not self.situation.operable[edge]:
                    member[c] = True
                    queue.append(c)
        return member

    def _gain(self, below: dict[int, list[int]]) -> Floats:
        """Customers by priority for each MW of demand, in a zone and all behind it."""
        ground, before = self.situation.ground, self.situation.before
        weight = ground.weight.copy()
        p = np.bincount(ground.zone, np.maximum(self.electric.nodes.p, 0.0), ground.n_zones)
        for z in before.order[::-1].tolist():
            for c in below.get(z, ()):
                weight[z] += weight[c]
                p[z] += p[c]
        return np.asarray(weight / (p + 1e-9))

    def _fitting(
        self, top: int, only: Mask | None, at_h: float, *, late: bool
    ) -> Portion | None:
        """The portion of these zones, if its switches can be operated and every limit holds."""
        now, situation = self.now, self.situation
        inside, switches, cuts = self._behind(top, only)
        if not situation.operable[cuts].all():
            return None
        entry = int(situation.before.via[top])
        portion = self._timed(inside, entry, cuts, switches, at_h, late)
        if not late and portion.end_h > at_h + EPS:  # too late for the time of the repair
            portion = self._timed(inside, entry, cuts, switches, at_h, late=True)
        if (late or cuts) and portion.end_h > self.until_h:
            return None  # what is done by then may make it needless
        closed = now.closed.copy()
        closed[list(switches)] = True
        closed[list(cuts)] = False
        closed[portion.entry] = True
        tree = situation.ground.tree(closed, now.sound)
        nodes = self.electric.calm if self.last_resort else self._nodes(tree, portion.end_h)
        return portion if self._judged(tree, nodes, inside).ok else None

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

    def _behind(self, top: int, only: Mask | None) -> tuple[Mask, list[int], list[int]]:
        """Dark sound zones below `top` in the way before, switches to close, switches to open.

        To be opened is what leads on, closed, to what is not repaired or, where `only` some zones
        are wanted, to the others.
        """
        before, now, edges = self.situation.before, self.now, self.situation.ground.edges
        switches, queue = [], [top]
        member = np.zeros(len(now.sound), bool)
        member[top] = True
        below = self._dark_below()
        while queue:
            for c in below.get(queue.pop(), ()):
                edge = int(before.via[c])
                if only is not None and not only[c]:
                    continue
                if not now.closed[edge]:
                    if self._down(edge):
                        continue
                    switches.append(edge)
                member[c] = True
                queue.append(c)
        off = ~now.sound if only is None else ~now.sound | (~now.tree.live & ~member)
        cuts = now.closed & (
            (member[edges.za] & off[edges.zb]) | (member[edges.zb] & off[edges.za])
        )
        return member, switches, np.flatnonzero(cuts).tolist()

    def _timed(
        self, inside: Mask, entry: int, cuts: list[int], switches: list[int], at_h: float,
        late: bool,
    ) -> Portion:
        """The portion with its crews and times; by `at_h` if it can be, if `late` after it."""
        edges, fleet = self.situation.ground.edges, self.fleet.copy()
        act = float(edges.operate_h[entry])
        trips, ready = [], [at_h - act]
        last = {a.edge: a.end_h for a in self.now.acts}
        since = np.where(np.isfinite(self.now.dark_since), self.now.dark_since, 0.0)
        for e in cuts:
            own = float(edges.coordination_h[e] + edges.operate_h[e])
            dead_h = max(since[edges.za[e]], since[edges.zb[e]], last.get(e, 0.0))
            trip = fleet.way("open", e, max(0.0, at_h - act - own, dead_h))
            fleet.stays(trip, "open", e, trip.there_h + own)
            trips.append(trip)
            ready.append(trip.there_h + own)
        if late:
            ready.append(at_h)
        for e in switches if late else ():
            trip = fleet.way("close", e, at_h)
            trip = replace(trip, there_h=max(trip.there_h, last.get(e, 0.0)))
            end = trip.there_h + float(edges.operate_h[e])
            fleet.stays(trip, "close", e, end)
            trips.append(trip)
            ready.append(end)
        if late:
            trips.append(fleet.way("close", entry, max(ready)))
            ready.append(trips[-1].there_h)
        end = self._not_before(switches, entry, max(ready) + act, inside)
        # Judged with what was done before, so none of that may end later.
        end = max(end, max((a.end_h for a in self.now.acts if late or a.kind == "close"),
                           default=0.0))
        if late:
            fleet.stays(trips[-1], "close", entry, end)
        return Portion(inside, entry, tuple(cuts), tuple(switches), tuple(trips), end, fleet, late)

    def _within(self, edge: int, end_h: float) -> Trip:
        """No way at all: the time of a repair holds the operation."""
        begin = max(0.0, end_h - float(self.situation.ground.edges.operate_h[edge]))
        return Trip(begin, 0.0, begin)

    def _close_together(self, portion: Portion) -> None:
        """Isolate, close dead switches, then the one that brings supply.

        The time of a repair runs until supply returns, so unless late these lie within it.
        """
        edges, entry, late = self.situation.ground.edges, portion.entry, portion.late
        own = edges.operate_h
        trips = list(portion.trips)
        self.fleet = portion.fleet
        for e in portion.cuts:
            trip = trips.pop(0)
            act = trip.there_h + float(edges.coordination_h[e])
            self._act("open", "isolate", e, (
                trip.leave_h, trip.way_h, trip.there_h, act, act + float(own[e])
            ), trip.crew, why="portion" if self._sound_around(e) else "")
        last = max(0.0, portion.end_h - float(own[entry]))
        for e in portion.switches:
            trip = trips.pop(0) if late else self._within(e, last)
            begin = trip.there_h
            self._act("close", "return", e, (
                trip.leave_h, trip.way_h, begin, begin, begin + float(own[e])
            ), trip.crew, why="dead")
        trip = trips.pop(0) if late else self._within(entry, portion.end_h)
        self._act("close", "return", entry, (
            trip.leave_h, trip.way_h, trip.there_h, last, portion.end_h
        ), trip.crew, why="cold" if self.last_resort else
            "next" if entry in self.parted else "repaired")
        self.parted |= {e for e in portion.cuts if self._sound_around(e)}

    def _sound_around(self, edge: int) -> bool:
        edges, sound = self.situation.ground.edges, self.now.sound
        return bool(sound[edges.za[edge]] and sound[edges.zb[edge]])
