"""One coupled part of what is dark, as arrays, and the states that its search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import branching
from tieline.power.kernels.chains import chain
from tieline.power.kernels.decided import (
    EPS,
    FAULTED,
    LIVE,
    RECLOSED,
    TO_FEED,
    Best,
    Task,
    copy_of,
    new_best,
)
from tieline.power.kernels.exchange import improve
from tieline.power.kernels.growing import solve_all
from tieline.power.kernels.zones import above_any, tops
from tieline.power.respond.kept import digest
from tieline.power.respond.loadflow import grown, source_draws, with_pickup
from tieline.power.respond.rules import coordination_extra

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Forest, Nodes
    from tieline.power.respond.ground import Floats, Ints, Mask
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.rules import Rules
    from tieline.power.respond.situation import Situation

NEAR = 0.01
"""Share of the hours of waiting that is near enough to the bound for a search to stop early."""
NEAR_WORK = 6e4
"""Entries visited before a search that is near enough stops."""
DIVES = 1.5
"""Length of each first dive, where 1 feeds every zone once and visits all entries each time."""
EXCHANGES = 10.0
"""Work of the exchanges that follow, in first dives."""
CHAINS = 3.0
"""Work of the chains of exchanges after those, in first dives."""
TASTES = (0.0, 3.0, -100.0)
"""How much the first dives prefer short ways, or high voltages [h per pu; see the kernel]."""
HIGHEST_V2 = 1.21
"""Square of the highest voltage [pu] at which charging is counted."""
LOSSES_WORK = 2e6
"""Entries visited to choose, among plans equal in hours and operations, that of least losses."""


class Part:
    """One coupled part as arrays for the search."""

    def __init__(  # noqa: PLR0913 - everything a part is made from
        self, situation: Situation, electric: Electric, allowed: Rules, zones: Ints,
        times: tuple[Floats, Floats], way: tuple[Ints, Floats, Floats], tight: Mask,
        cold_h: float,
    ) -> None:
        self.situation, self.electric, self.allowed = situation, electric, allowed
        self.sound_h, self.back_h = times
        self.way, self.tight, self.cold_h, self.zones = way, tight, cold_h, zones
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

    def best(self, most_work: float, base: tuple[Forest, Floats]) -> tuple[Best, ...]:
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

    def _found(self, most_work: float, base: tuple[Forest, Floats]) -> tuple[Best, ...]:
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

    def search(self, most_work: float) -> tuple[Best, ...]:
        """Hours and operations first; then losses among equals, with what work is left.

        The best comes first, then those that were the best before it.
        """
        task = self._task()
        best = new_best(len(self.edge), len(self.zone))
        none = np.zeros(len(self.zone))
        strict = task._replace(relief_p=none, relief_q=none)
        dark = float(np.sum((task.weight * task.dark_h)[task.kind == TO_FEED]))
        near = NEAR * dark
        first, *others = self._first(strict)
        if task.relief_p.any() or task.relief_q.any():
            # A first plan, as if nothing could be fed in; it then bounds the search that may.
            self._run(strict, most_work / 4.0, first, (False, 0.0, NEAR_WORK, near))
        best.mode[:], best.child[:], best.time_h[:] = first.mode, first.child, first.time_h
        best.numbers[:3] = first.numbers[:3]
        self._run(task, most_work, best, (False, 0.0, NEAR_WORK, near))
        if best.numbers[0] < first.numbers[0]:
            others.insert(0, first)
        if best.numbers[7] == 1.0 and np.isfinite(best.numbers[0]):
            again = new_best(len(self.edge), len(self.zone))
            self._run(task, LOSSES_WORK, again, (True, 0.0, LOSSES_WORK, 0.0))
            if tuple(again.numbers[:3]) < tuple(best.numbers[:3]):
                again.numbers[3], again.numbers[7] = best.numbers[3], 1.0
                again.numbers[4] += best.numbers[4]
                best = again
        return best, *(b for b in others if np.isfinite(b.numbers[0]))

    def _first(self, strict: Task) -> tuple[Best, ...]:
        """States to begin with, the best first: dives, then exchanges, then chains of them.

        Chains are looked for as long as a better state is possible by the bound of the dives.
        """
        first = new_best(len(self.edge), len(self.zone))
        coming = np.isin(self.situation.ground.zone, self.zone[self.kind == TO_FEED])
        dive = DIVES * len(self.zone) * float(coming.sum() + self.forest.size[0])
        for taste in TASTES:
            # Dives that go for short ways more and more; the best, improved by exchanges, then
            # bounds the whole search.
            self._run(strict, dive, first, (False, taste, dive, 0.0))
        given = (strict, self.forest, self.nodes, self.electric.elements)
        improve(*given, EXCHANGES * dive, first)
        found = [copy_of(first)]
        while first.numbers[0] > first.numbers[3] + EPS and chain(*given, CHAINS * dive, first):
            improve(*given, EXCHANGES * dive, first)
            found.insert(0, copy_of(first))
        return tuple(found)

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
    top = feeders(situation)
    mine = np.zeros(len(top) + 1, bool)
    mine[top[zones]] = True
    wanted = mine[top] & after.live
    wanted = above_any(after.order, after.up, wanted)
    return np.asarray(after.order[wanted[after.order]])


def feeders(situation: Situation) -> Ints:
    """For each live zone, the first zone below a busbar on its way: its feeder."""
    after = situation.after
    found: Ints = tops(after.order, after.up, ~situation.ground.has_elements)
    return found
