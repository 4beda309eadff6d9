"""From a situation to the best restoration: coupled parts, each searched exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.growing import solve_all
from tieline.power.kernels.zones import ways_back
from tieline.power.respond.loadflow import grown, source_draws
from tieline.power.respond.part import Part, feeders

if TYPE_CHECKING:
    from tieline.power.kernels.decided import Best
    from tieline.power.kernels.forest import Forest
    from tieline.power.respond.ground import Floats, Ints, Mask
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.rules import Rules
    from tieline.power.respond.situation import Situation

MOST_WORK = 3e6
"""Entries visited by the flows of one coupled part before its search stops with a gap."""
MARGIN = 1.2
"""Factor on dark load, for losses, before the limit of a source is thought to matter."""
USUAL_ZONES = 80
"""Zones of a coupled part up to which that holds; larger ones may take more in proportion."""


@dataclass(frozen=True)
class Choice:
    """Which switch feeds which zone, and how: the restoration chosen for every coupled part.

    `feeds[zone]` is the edge through which a dark zone is fed (-1 = it waits for repair);
    `reclosed` marks edges opened first and closed again later. `hours` and `bound` are weighted
    customer-hours of the dark zones, `time_h` when each zone is fed by this choice (inf = never).
    `others` are choices that the search held for the best before it found this one.
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
    others: tuple[Choice, ...] = ()


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
    top = feeders(situation)
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


def restore(
    situation: Situation, electric: Electric, allowed: Rules, times: tuple[Floats, Floats], *,
    most_work: float = MOST_WORK, cold_h: float = 0.0,
) -> Choice:
    """The best restoration of all dark zones, part by part.

    `times` [h] are when each zone is sound (faulted ones: repaired), and when repair alone brings
    it back. Demand that comes back is that after `cold_h` of interruption at least.
    """
    weight = situation.ground.weight
    base = _draws_now(situation, electric)
    parts = coupled_parts(situation, electric, allowed)
    way, tight = _way_back(situation), _tight(situation, electric)
    found: list[tuple[Part, tuple[Best, ...]]] = []
    for zones in parts:
        if not weight[zones].any():
            continue  # nobody comes back there: fewest operations are none
        part = Part(situation, electric, allowed, zones, times, way, tight, cold_h)
        most = most_work * max(1.0, len(zones) / USUAL_ZONES)
        found.append((part, part.best(most, base)))
    waiting = weight * times[1]
    rest = float(np.sum(waiting[situation.dark & ~_to_feed(situation)]))
    first, *others = (
        _chosen(situation, [(p, b[min(k, len(b) - 1)]) for p, b in found], waiting, rest)
        for k in range(max((len(b) for _, b in found), default=1))
    )
    return replace(first, parts=len(parts), others=tuple(others))


def _chosen(
    situation: Situation, found: list[tuple[Part, Best]], waiting: Floats, rest: float
) -> Choice:
    """A state of every part together; `rest` [weighted customer-h] waits for repair anyway."""
    ground = situation.ground
    feeds = np.full(ground.n_zones, -1, np.int64)
    reclosed = np.zeros(len(ground.edges), bool)
    time_h = np.full(ground.n_zones, np.inf)
    hours, bound, losses, operations, states, finished = rest, rest, 0.0, 0, 0, True
    for part, best in found:
        wait = float(np.sum(waiting[part.zones]))
        if np.isfinite(best.numbers[0]):
            part.write(best, feeds, reclosed, time_h)
            hours += best.numbers[0]
            operations += int(best.numbers[1])
            losses += best.numbers[2]
        else:
            hours += wait
        bound += min(best.numbers[3], wait)
        states += int(best.numbers[4])
        finished = finished and bool(best.numbers[7])
    return Choice(
        feeds, reclosed, time_h, hours, bound, operations, losses, states, finished, len(found)
    )


def _draws_now(situation: Situation, electric: Electric) -> tuple[Forest, Floats]:
    """The live state after the trips, solved, and what each source delivers."""
    ground = situation.ground
    forest = grown(
        ground, electric.nodes, electric.elements, situation.after, situation.after.order
    )
    solve_all(forest, electric.nodes)
    return forest, source_draws(ground, forest)
