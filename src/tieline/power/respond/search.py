"""From a situation to the best restoration: coupled parts, each searched exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import branching
from tieline.power.kernels.decided import FAULTED, LIVE, RECLOSED, TO_FEED, Best, Task, new_best
from tieline.power.kernels.exchange import improve
from tieline.power.kernels.growing import solve_all
from tieline.power.kernels.zones import above_any, tops, ways_back
from tieline.power.respond.kept import digest
from tieline.power.respond.loadflow import grown, source_draws, with_pickup
from tieline.power.respond.rules import coordination_extra

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Forest, Nodes
    from tieline.power.respond.ground import Floats, Ints, Mask
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.rules import Rules
    from tieline.power.respond.situation import Situation

MOST_WORK = 3e6
"""Entries visited by the flows of one coupled part before its search stops with a gap."""
NEAR = 0.01
"""Share of the hours of waiting that is near enough to the bound for a search to stop early."""
NEAR_WORK = 6e4
"""Entries visited before a search that is near enough stops."""
DIVES = 1.5
"""Length of each first dive, where 1 feeds every zone once and visits all entries each time."""
EXCHANGES = 10.0
"""Work of the exchanges that follow, in first dives."""
TASTES = (0.0, 3.0, 30.0, -1.0, -10.0, -100.0)
"""How much the first dives prefer short ways, or high voltages [h per pu; see the kernel]."""
MARGIN = 1.2
"""Factor on dark load, for losses, before the limit of a source is thought to matter."""
USUAL_ZONES = 80
"""Zones of a coupled part up to which that holds; larger ones may take more in proportion."""
HIGHEST_V2 = 1.21
"""Square of the highest voltage [pu] at which charging is counted."""
LOSSES_WORK = 2e6
"""The same for choosing, among plans equal in hours and operations, that of least losses."""


@dataclass(frozen=True)
class Choice:
    """Which switch feeds which zone, and how: the restoration chosen for every coupled part.

    `feeds[zone]` is the edge through which a dark zone is fed (-1 = it waits for repair);
    `reclosed` marks edges opened first and closed again later. `hours` and `bound` are weighted
    customer-hours of the dark zones, `time_h` when each zone is fed by this choice (inf = never).
    """

    feeds: Ints
    reclosed: Mask
    time_h: Floats
    hours: float
    bound: float
    operations: int
    losses_mw: float
    states: int
    finished: bool
    parts: int


def _way_back(situation: Situation) -> tuple[Ints, Floats, Floats]:
    """By zone: depth in the state before, and times [h] to close the switch above it.

    First that of the switch itself, then the least on its way up to where a fault or trip cuts it.
    """
    before = situation.before
    found: tuple[Ints, Floats, Floats] = ways_back(
        before.order, before.up, before.via, situation.ground.edges.operate_h, situation.faulted,
        situation.closed,
    )
    return found


def coupled_parts(situation: Situation, electric: Electric, allowed: Rules) -> list[Ints]:
    """Dark sound zones in groups that share neither switches nor donors nor a source's limit."""
    ground = situation.ground
    edges, after = ground.edges, situation.after
    open_to = _to_feed(situation)
    label = np.arange(ground.n_zones)

    def root(z: int) -> int:
        while label[z] != z:
            label[z] = label[label[z]]
            z = int(label[z])
        return z

    near = open_to[edges.za] | open_to[edges.zb]
    top = _tops(situation)
    tight = _tight(situation, electric)
    donors: dict[int, int] = {}
    for e in np.flatnonzero(near & (allowed.usable | situation.closed)).tolist():
        a, b = int(edges.za[e]), int(edges.zb[e])
        for y, z in ((a, b), (b, a)):
            if open_to[y] and open_to[z]:
                label[root(y)] = root(z)
            elif open_to[y] and after.live[z]:
                unit = int(top[z])
                if tight[after.source[z]]:
                    unit = -1 - int(after.source[z])
                if unit in donors:
                    label[root(y)] = root(donors[unit])
                donors[unit] = y
    zones = np.flatnonzero(open_to)
    owner = np.array([root(int(z)) for z in zones], np.int64)
    return [zones[owner == k] for k in np.unique(owner)]


def _tight(situation: Situation, electric: Electric) -> Mask:
    """Sources that could not deliver all that is dark on top of what they delivered before."""
    dark = situation.dark[situation.ground.zone]
    size = np.hypot(electric.nodes.p, electric.nodes.q)[dark].sum()
    draw = np.hypot(electric.base_draw[:, 0], electric.base_draw[:, 1])
    size *= max(1.0, situation.ground.network.response.cold_load_factor)
    return np.asarray(draw + MARGIN * size > electric.source_limit)


def _to_feed(situation: Situation) -> Mask:
    """Zones that a plan may bring back: dark and sound."""
    used = np.zeros(situation.ground.n_zones, bool)
    edges = situation.ground.edges
    used[edges.za] = True
    used[edges.zb] = True
    return np.asarray(situation.dark & used & ~situation.faulted)


def _tops(situation: Situation) -> Ints:
    """For each live zone, the first zone below a busbar on its way: its feeder."""
    after = situation.after
    found: Ints = tops(after.order, after.up, ~situation.ground.has_elements)
    return found


def restore(
    situation: Situation, electric: Electric, allowed: Rules, times: tuple[Floats, Floats], *,
    most_work: float = MOST_WORK, cold_h: float = 0.0,
) -> Choice:
    """The best restoration of all dark zones, part by part.

    `times` [h] are when each zone is sound (faulted ones: repaired), and when repair alone brings
    it back. Demand that comes back is that after `cold_h` of interruption at least.
    """
    ground, back_h = situation.ground, times[1]
    feeds = np.full(ground.n_zones, -1, np.int64)
    reclosed = np.zeros(len(ground.edges), bool)
    time_h = np.full(ground.n_zones, np.inf)
    base = _draws_now(situation, electric)
    hours = float(np.sum((ground.weight * back_h)[situation.dark & ~_to_feed(situation)]))
    bound, losses, operations, states, finished = hours, 0.0, 0, 0, True
    parts = coupled_parts(situation, electric, allowed)
    way, tight = _way_back(situation), _tight(situation, electric)
    for zones in parts:
        if not ground.weight[zones].any():
            continue  # nobody comes back there: fewest operations are none
        part = _Part(situation, electric, allowed, zones, times, way, tight, cold_h)
        best = part.best(most_work * max(1.0, len(zones) / USUAL_ZONES), base)
        if np.isfinite(best.numbers[0]):
            part.write(best, feeds, reclosed, time_h)
            hours += best.numbers[0]
            operations += int(best.numbers[1])
            losses += best.numbers[2]
        else:
            hours += float(np.sum((ground.weight * back_h)[zones]))
        bound += min(best.numbers[3], float(np.sum((ground.weight * back_h)[zones])))
        states += int(best.numbers[4])
        finished = finished and bool(best.numbers[7])
    return Choice(
        feeds, reclosed, time_h, hours, bound, operations, losses, states, finished, len(parts)
    )


def _draws_now(situation: Situation, electric: Electric) -> tuple[Forest, Floats]:
    """The live state after the trips, solved, and what each source delivers."""
    ground = situation.ground
    forest = grown(
        ground, electric.nodes, electric.elements, situation.after, situation.after.order
    )
    solve_all(forest, electric.nodes)
    return forest, source_draws(ground, forest)


class _Part:
    """One coupled part as arrays for the search."""

    def __init__(  # noqa: PLR0913 - everything a part is made from
        self, situation: Situation, electric: Electric, allowed: Rules, zones: Ints,
        times: tuple[Floats, Floats], way: tuple[Ints, Floats, Floats], tight: Mask,
        cold_h: float,
    ) -> None:
        self.situation, self.electric, self.allowed = situation, electric, allowed
        self.sound_h, self.back_h = times
        self.way, self.tight, self.cold_h = way, tight, cold_h
        ground = situation.ground
        edges = ground.edges
        mine = np.zeros(ground.n_zones, bool)
        mine[zones] = True
        at = mine[edges.za] | mine[edges.zb]
        other = situation.after.live | mine
        closing = allowed.usable & other[edges.za] & other[edges.zb]
        self.edge = np.flatnonzero(at & (closing | situation.closed))
        self.usable = closing[self.edge]
        touched_zones = np.unique(
            np.concatenate([edges.za[self.edge], edges.zb[self.edge], zones])
        )
        self.zone = touched_zones
        local = np.full(ground.n_zones, -1, np.int64)
        local[self.zone] = np.arange(len(self.zone))
        self.za, self.zb = local[edges.za[self.edge]], local[edges.zb[self.edge]]
        self.kind = np.where(
            mine[self.zone], TO_FEED, np.where(situation.after.live[self.zone], LIVE, FAULTED)
        )
        self.donor_zones = _donor_zones(situation, self.zone[self.kind == LIVE])

    def best(self, most_work: float, base: tuple[Forest, Floats]) -> Best:
        """What the search finds, or found before for a part that is the same in everything."""
        situation, zone, edge = self.situation, self.zone, self.edge
        after = situation.after
        sources = np.unique(after.source[self.donor_zones])
        sources = sources[self.tight[sources]]
        key = digest(
            zone, self.kind, edge, self.usable, situation.closed[edge],
            situation.closed_before[edge], self.allowed.operable[edge], self.back_h[zone],
            self.sound_h[zone], *(w[zone] for w in self.way), self.donor_zones,
            after.via[self.donor_zones], sources, base[1][sources], most_work, self.cold_h,
        )
        return self.electric.kept.parts.once(key, lambda: self._found(most_work, base))

    def _found(self, most_work: float, base: tuple[Forest, Floats]) -> Best:
        self.forest = grown(
            self.situation.ground, self.electric.nodes, self.electric.elements,
            self.situation.after, self.donor_zones,
        )
        self.nodes = self._pickup()
        self.base = self._other_draws(base)
        return self.search(most_work)

    def _other_draws(self, base: tuple[Forest, Floats]) -> Floats:
        """What the sources deliver to feeders that are not in this part's forest."""
        solve_all(self.forest, self.electric.nodes)
        inside = source_draws(self.situation.ground, self.forest)
        return np.asarray(base[1] - inside)

    def _pickup(self) -> Nodes:
        """Demand of dark zones with cold-load pickup at the earliest time they can be back.

        Or with that of an interruption of `cold_h`, if that is longer.
        """
        nodes = self.electric.nodes
        response = self.situation.ground.network.response
        if response.cold_load_factor == 1.0:
            return nodes
        edges = self.situation.ground.edges
        least = (edges.coordination_h + edges.operate_h)[self.edge[self.usable]]
        soonest = float(np.min(least)) if len(least) else 0.0
        dark = self.situation.dark[nodes.zone]
        out_h = np.where(dark, max(soonest, self.cold_h), 0.0)
        return with_pickup(self.electric, nodes, response.pickup(out_h))

    def _task(self) -> Task:
        ground, zone, edge = self.situation.ground, self.zone, self.edge
        edges, situation = ground.edges, self.situation
        node_p = np.bincount(
            ground.zone, weights=np.maximum(self.nodes.p, 0.0), minlength=ground.n_zones
        )
        relief = self._relief()
        coming = np.isin(ground.zone, zone[self.kind == TO_FEED])
        p, q = self.nodes.p[coming], self.nodes.q[coming]
        need_q = q - np.maximum(self.nodes.b[coming], 0.0) * HIGHEST_V2
        loaded = p > 0.0
        tan = np.where(loaded, np.maximum(need_q, 0.0), 0.0)[loaded] / p[loaded]
        coordination = edges.coordination_h[edge] + self._agree_h()
        tail = coordination + edges.operate_h[edge]
        usable_tail = tail[self.usable]
        depth, own, least = self.way
        return Task(
            kind=self.kind.astype(np.int64), weight=ground.weight[zone],
            dark_h=self.back_h[zone], release_h=self.sound_h[zone],
            p=node_p[zone], may_feed=self.allowed.may_feed[:, zone],
            joins=self.allowed.joins[:, zone], depth=depth[zone], back_h=own[zone],
            back_low_h=least[zone], za=self.za, zb=self.zb, na=edges.na[edge],
            nb=edges.nb[edge], closed=situation.closed[edge],
            own=situation.closed_before[edge], usable=self.usable,
            can_open=self.allowed.operable[edge],
            open_h=edges.travel_h[edge] + edges.coordination_h[edge] + edges.operate_h[edge],
            travel_h=edges.travel_h[edge], tail_h=tail, reach=edges.reach_km[edge],
            source_limit=np.where(self.tight, self.electric.source_limit, np.inf),
            source_base=self.base,
            least_tail_h=float(np.min(usable_tail, initial=np.inf)) if len(usable_tail) else 0.0,
            relief_p=relief[0][zone], relief_q=relief[1][zone],
            tan_low=float(np.min(tan, initial=np.inf)) if loaded.any() else 0.0,
            tan_high=float(np.max(tan, initial=0.0)),
        )

    def _relief(self) -> tuple[Floats, Floats]:
        """What each zone may feed in at the most [MW, Mvar]: generators, charging, capacitors."""
        nodes, n = self.nodes, self.situation.ground.n_zones
        zone = self.situation.ground.zone
        need_q = nodes.q - np.maximum(nodes.b, 0.0) * HIGHEST_V2
        return (
            np.bincount(zone, weights=np.maximum(-nodes.p, 0.0), minlength=n).astype(np.float64),
            np.bincount(zone, weights=np.maximum(-need_q, 0.0), minlength=n).astype(np.float64),
        )

    def _agree_h(self) -> Floats:
        """Further coordination for links of different owners whose switches do not say how long."""
        return np.array([coordination_extra(self.situation, e) for e in self.edge.tolist()])

    def search(self, most_work: float) -> Best:
        """Hours and operations first; then losses among equals, with what work is left."""
        task = self._task()
        best = new_best(len(self.edge), len(self.zone))
        none = np.zeros(len(self.zone))
        strict = task._replace(relief_p=none, relief_q=none)
        dark = float(np.sum((task.weight * task.dark_h)[task.kind == TO_FEED]))
        near = NEAR * dark
        coming = np.isin(self.situation.ground.zone, self.zone[self.kind == TO_FEED])
        dive = DIVES * len(self.zone) * float(coming.sum() + self.forest.size[0])
        first = new_best(len(self.edge), len(self.zone))
        for taste in TASTES:
            # Dives that go for short ways more and more; the best, improved by exchanges, then
            # bounds the whole search.
            self._run(strict, dive, first, (False, taste, dive, 0.0))
        improve(
            strict, self.forest, self.nodes, self.electric.elements, EXCHANGES * dive, first
        )
        if task.relief_p.any() or task.relief_q.any():
            # A first plan, as if nothing could be fed in; it then bounds the search that may.
            self._run(strict, most_work / 4.0, first, (False, 0.0, NEAR_WORK, near))
        best.mode[:], best.child[:], best.time_h[:] = first.mode, first.child, first.time_h
        best.numbers[:3] = first.numbers[:3]
        self._run(task, most_work, best, (False, 0.0, NEAR_WORK, near))
        if best.numbers[7] == 1.0 and np.isfinite(best.numbers[0]):
            again = new_best(len(self.edge), len(self.zone))
            self._run(task, LOSSES_WORK, again, (True, 0.0, LOSSES_WORK, 0.0))
            if tuple(again.numbers[:3]) < tuple(best.numbers[:3]):
                again.numbers[3], again.numbers[7] = best.numbers[3], 1.0
                again.numbers[4] += best.numbers[4]
                return again
        return best

    def _run(
        self, task: Task, most_work: float, best: Best,
        how: tuple[bool, float, float, float],
    ) -> None:
        branching.search(
            task, self.forest, self.nodes, self.electric.elements, most_work, best, *how
        )

    def write(
        self, best: Best, feeds: Ints, reclosed: Mask, time_h: Floats
    ) -> None:
        """The part's result by zone and edge of the grid."""
        for k in np.flatnonzero(best.child >= 0).tolist():
            zone = int(self.zone[best.child[k]])
            feeds[zone] = self.edge[k]
            reclosed[self.edge[k]] = best.mode[k] == RECLOSED
            time_h[zone] = best.time_h[best.child[k]]


def _donor_zones(situation: Situation, zones: Ints) -> Ints:
    """Live zones of the feeders of these, with what stands above them, parent before child."""
    after = situation.after
    top = _tops(situation)
    mine = np.zeros(len(top) + 1, bool)
    mine[top[zones]] = True
    wanted = mine[top] & after.live
    wanted = above_any(after.order, after.up, wanted)
    return np.asarray(after.order[wanted[after.order]])
