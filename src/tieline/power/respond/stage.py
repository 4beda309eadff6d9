"""The state of the grid while a plan is replayed: acts change it, are judged and booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.respond.acts import Act, Fed, Held
from tieline.power.respond.crews import Fleet
from tieline.power.respond.loadflow import with_pickup
from tieline.power.respond.watch import Check, edge_name, judge

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Nodes
    from tieline.power.respond.ground import Floats, Ints, Mask, Tree
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.schedule import Schedule
    from tieline.power.respond.situation import Situation

EPS = 1e-9


@dataclass
class Now:
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
    kept: set[int] = field(default_factory=set)
    states: list[Held] = field(default_factory=list)
    cold: Floats = field(default_factory=lambda: np.empty(0))
    cold_until: Floats = field(default_factory=lambda: np.empty(0))


class Stage:
    """The grid as it is now, and what was done up to now."""

    def __init__(self, situation: Situation, electric: Electric, schedule: Schedule) -> None:
        self.situation, self.electric, self.schedule = situation, electric, schedule
        ground = situation.ground
        n = ground.n_zones
        live = situation.after.live
        self.counted = situation.before.live | (ground.weight > 0.0)
        self.now = Now(
            situation.closed.copy(), ~situation.faulted, situation.after,
            np.where(live, np.inf, 0.0), np.zeros(n), np.full(n, np.inf), np.zeros(n, np.int64),
        )
        self.now.fed_since = np.where(live, 0.0, np.nan)
        self.now.cold, self.now.cold_until = np.ones(n), np.full(n, -np.inf)
        self.fleet = Fleet(situation, schedule)
        self.now.lost_count[situation.interrupted()] = 1
        self.via = np.full(n, -1, np.int64)
        self.put_off: list[int] = []
        self.parted: set[int] = set()
        self.until_h = np.inf
        self.waited_h = 0.0
        self.last_resort = False
        self.done = dict(enumerate(schedule.done_h))

    def _act(  # noqa: PLR0913 - what is known of an act
        self, kind: str, phase: str, edge: int, times: tuple[float, float, float, float, float],
        crew: str = "", *, joined: Check | None = None, tie: int = -1, why: str = "",
        moved: tuple[int, ...] = (),
    ) -> None:
        """Change one switch, judge the state, and book who gained and lost supply."""
        now = self.now
        before = now.tree
        now.closed[edge] = kind == "close"
        after = before if joined else self.situation.ground.tree(now.closed, now.sound)
        check = joined or self._judge(edge, after, times[4])
        gained, lost = after.live & ~before.live, before.live & ~after.live
        self._book(before, after, times[4], edge)
        edges = self.situation.ground.edges
        near = gained | lost
        near[[edges.za[edge], edges.zb[edge], *moved]] = True
        sources = {*before.source[near].tolist(), *after.source[near].tolist()} - {-1}
        act = Act(
            kind, phase, edge, -1, *times, crew, check, joined is not None,
            tuple(np.flatnonzero(gained).tolist()), tuple(np.flatnonzero(lost).tolist()), why, tie,
            moved, tuple(sorted(sources)),
        )
        now.tree = after
        now.acts.append(act)
        self._hold(times[4])
        if not check.ok:
            now.failed.append(act)

    def _alone(
        self, kind: str, edge: int, at_h: float, *, why: str, agree_h: float = 0.0,
        moved: tuple[int, ...] = (),
    ) -> float:
        """One switching on the way back, by a crew if it needs one; when it ends.

        What is agreed about it is agreed before it can begin: its time is known.
        """
        trip = self.fleet.way(kind, edge, at_h)
        act = max(trip.there_h, agree_h)
        begin = act - agree_h if agree_h else trip.there_h
        end = act + float(self.situation.ground.edges.operate_h[edge])
        self._act(kind, "return", edge, (trip.leave_h, trip.way_h, begin, act, end),
                  trip.crew, why=why, moved=moved)
        self.fleet.stays(trip, kind, edge, end)
        return end

    def _judge(
        self, edge: int, tree: Tree, at_h: float, closed: Mask | None = None
    ) -> Check:
        edges = self.situation.ground.edges
        around = tree.live & ~self.now.tree.live
        around[[edges.za[edge], edges.zb[edge]]] = True
        dead = self._dead_joined_to_live(tree, self.now.closed if closed is None else closed)
        if dead:
            return dead
        return self._judged(tree, self._nodes(tree, at_h), around)

    def _judged(self, tree: Tree, nodes: Nodes, around: Mask) -> Check:
        """The check of a state with its cold load; it must hold as well once that is over."""
        sound = np.ones(len(around), bool)
        found = judge(self.situation, self.electric, nodes, tree, sound, around)
        if nodes is self.electric.calm or not found.ok:
            return found
        later = judge(self.situation, self.electric, self.electric.calm, tree, sound, around)
        return found if later.ok else later

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

        return Check("fault", where=edge_name(self.situation, int(bad[0])))

    def _nodes(self, tree: Tree, at_h: float) -> Nodes:
        """Demand at a time: cold-load pickup of what comes back, or did a short while ago."""
        if self.situation.ground.network.response.cold_load_factor == 1.0:
            return self.electric.calm
        factor = np.where(tree.live, self._pickup(at_h), 1.0)
        if np.all(factor == 1.0):
            return self.electric.calm
        return with_pickup(
            self.electric, self.electric.calm, factor[self.situation.ground.zone]
        )

    def _pickup(self, at_h: float) -> Floats:
        """Demand of each zone were it fed at a time, as a multiple of its normal one.

        A zone that goes dark again while it is still cold is no warmer when it comes back.
        """
        now, response = self.now, self.situation.ground.network.response
        still = np.where(at_h < now.cold_until - EPS, now.cold, 1.0)
        out = at_h - now.dark_since
        return np.maximum(still, response.pickup(np.where(np.isfinite(out), out, 0.0)))

    def _book(self, before: Tree, after: Tree, at_h: float, edge: int) -> None:
        now = self.now
        gained = np.flatnonzero(after.live & ~before.live)
        response = self.situation.ground.network.response
        if response.cold_load_factor != 1.0 and len(gained):
            now.cold[gained] = self._pickup(at_h)[gained]
            now.cold_until[gained] = at_h + response.cold_load_after_h
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

    def _clock(self) -> float:
        """When the last act ended, or how long was waited for parts to warm up [h]."""
        return max(self.waited_h, max((a.end_h for a in self.now.acts), default=0.0))

    def _down(self, edge: int) -> bool:
        """Whether a switch cannot be operated because it is itself not yet repaired."""
        return any(
            r.edge == edge and self.done[k] > self._clock() + EPS
            for k, r in enumerate(self.situation.repairs)
        )

    def _refresh(self, at_h: float) -> bool:
        """A source that is back, before any switch has moved."""
        now = self.now
        tree = self.situation.ground.tree(now.closed, now.sound)
        if np.array_equal(tree.live, now.tree.live):
            return False
        self._book(now.tree, tree, at_h, -1)
        now.tree = tree
        self._hold(at_h)
        return True

    def _hold(self, at_h: float) -> None:
        """Note the state from a time on, with what is cold in it."""
        now, cold = self.now, None
        if self.situation.ground.network.response.cold_load_factor != 1.0:
            cold = np.where(now.tree.live & (at_h < now.cold_until - EPS), now.cold, 1.0)
        now.states.append(Held(at_h, np.packbits(now.closed), np.packbits(now.sound), cold))
