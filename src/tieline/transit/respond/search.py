"""Which of the given shuttles and cars help most: each group that plans together, every choice."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.model import Case
from tieline.region.protocol import additive
from tieline.transit.cases import batches
from tieline.transit.ground import more_stations
from tieline.transit.measures import MEASURES
from tieline.transit.network import TOPIC, TOPIC_CARS, Line, TransitNetwork
from tieline.transit.parts import owner_of, parts_of
from tieline.transit.respond.broken import Broken, without
from tieline.transit.tally import tally
from tieline.transit.timetable import timetable_of

if TYPE_CHECKING:
    from tieline.region.model import FloatArray, Outcome
    from tieline.transit.parts import Parts

COLUMN = {m.name: k for k, m in enumerate(additive(MEASURES))}
SIGN = {m.name: m.sign for m in additive(MEASURES)}
MINUTES = ("trip_minutes", "facility_minutes")
MOST_TRIED = 256
"""Choices of one group that are all looked at; beyond, one offer is added after the other."""
Chosen = frozenset[int]


@dataclass(frozen=True)
class Group:
    """Jurisdictions that plan together: their offers, what was tried, what is best.

    `tried` gives the person-minutes a day that their residents lose for each choice of offers;
    `exhaustive` whether every choice within the spare vehicles was.
    """

    members: tuple[int, ...]
    offers: tuple[int, ...]
    tried: Mapping[Chosen, float]
    best: Chosen
    exhaustive: bool


def disrupted(network: TransitNetwork, case: Case, broken: Sequence[Broken]) -> TransitNetwork:
    """The network without what is broken and with every offer as a line or cars to be built.

    Only the day of the case's scenario is left; a shuttle runs once its project is built.
    """
    touches = {k: v.touches for k, v in network.lines.items() if v.touches}
    shuttles = [p for o in network.offers for p in o.patterns()]
    days = tuple(
        timetable_of([*without(day.patterns, broken), *shuttles], network.stop_jurisdiction,
                     touches)
        for day in network.timetables(case)
    )
    lines = dict(network.lines)
    for o in network.offers:
        lines[o.key] = Line(o.key, o.name or o.id, "", project=o.key, name_zh=o.name_zh)
    cars = network.cars
    for o in network.offers:
        if o.kind == "cars":
            cars = more_stations(cars, network.points, network.stations, o, network.settings)
    return replace(
        network, days={case.scenario: days}, lines=lines, cars=cars,
        projects=(*network.projects, *(o.key for o in network.offers)),
    )


def with_offers(network: TransitNetwork, case: Case, chosen: Chosen) -> Case:
    """The case with these offers running."""
    keys = {network.offers[k].key for k in chosen}
    return Case(case.open, case.built | keys, case.scenario)


def may_run(network: TransitNetwork, case: Case) -> list[bool]:
    """Whether each offer's jurisdictions are open to each other."""
    ids = network.jurisdictions
    stops, places = network.stop_jurisdiction, network.points.jurisdiction
    return [
        case.opens(TOPIC if o.kind == "shuttle" else TOPIC_CARS,
                   (ids[j] for j in o.touches(stops, places)))
        for o in network.offers
    ]


def lost_by(
    network: TransitNetwork, measure: str, before: Parts, after: Parts
) -> tuple[FloatArray, FloatArray]:
    """What people lose and what people gain of a measure, by jurisdiction, both >= 0.

    Place by place and row of the demand table by row: nobody's gain stands against another's loss.
    """
    sign = SIGN[measure]
    better = sign * (after.of(measure) - before.of(measure))
    owner = owner_of(network, measure)
    mine, rows = owner >= 0, len(network.jurisdictions)
    lost, gained = (
        np.bincount(owner[mine], np.maximum(x[mine], 0.0), rows).astype(np.float64)
        for x in (-better, better))
    return lost, gained


def lost_per_day(network: TransitNetwork, before: Parts, after: Parts) -> FloatArray:
    """Person-minutes a day lost by jurisdiction: trips people make and visits to facilities."""
    lost = [lost_by(network, m, before, after)[0] for m in MINUTES]
    return np.asarray(np.sum(lost, axis=0) / 365.0)


def groups_of(network: TransitNetwork, case: Case) -> list[tuple[int, ...]]:
    """Jurisdictions in groups connected by open borders: who plans together."""
    ids = network.jurisdictions
    left, found = set(range(len(ids))), []
    while left:
        todo, group = [min(left)], set()
        while todo:
            a = todo.pop()
            if a not in left:
                continue
            left.discard(a)
            group.add(a)
            todo += [b for b in left if case.opens(TOPIC, (ids[a], ids[b]))]
        found.append(tuple(sorted(group)))
    return found


def best(
    network: TransitNetwork, variant: TransitNetwork, case: Case, before: Parts
) -> list[Group]:
    """What each group does for its own residents, given that others do nothing.

    `before` is what people had before anything broke: what each is short of is the loss.
    """
    able = may_run(network, case)
    found = []
    for members in groups_of(network, case):
        mine = tuple(k for k, o in enumerate(network.offers)
                     if able[k] and o.jurisdiction in members)
        every = _choices(network, mine)
        if every is not None:
            tried = _lost(variant, case, members, every, before)
        else:
            tried = _greedy(network, variant, case, members, mine, before)
        cost = {c: sum(network.offers[k].cost_per_day for k in c) for c in tried}
        chosen = min(tried, key=lambda c: (round(tried[c], 6), cost[c], len(c), sorted(c)))
        found.append(Group(members, mine, tried, chosen, every is not None))
    return found


def fits(network: TransitNetwork, chosen: Chosen) -> bool:
    """Whether the jurisdictions have the vehicles."""
    used: dict[tuple[int, str], int] = {}
    for k in chosen:
        o = network.offers[k]
        used[o.jurisdiction, o.kind] = used.get((o.jurisdiction, o.kind), 0) + o.vehicles
    return all(
        j not in network.spare or n <= network.spare[j][0 if kind == "shuttle" else 1]
        for (j, kind), n in used.items()
    )


def _choices(network: TransitNetwork, mine: tuple[int, ...]) -> list[Chosen] | None:
    """Every choice within the vehicles; None if there are too many to look at."""
    if 2 ** len(mine) > MOST_TRIED:
        return None
    sets = (frozenset(c) for n in range(len(mine) + 1) for c in itertools.combinations(mine, n))
    return [c for c in sets if fits(network, c)]


def _greedy(
    network: TransitNetwork, variant: TransitNetwork, case: Case, members: tuple[int, ...],
    mine: tuple[int, ...], before: Parts,
) -> dict[Chosen, float]:
    """Each single offer, then one more after the other as long as it helps."""
    now: Chosen = frozenset()
    tried = _lost(variant, case, members, [now], before)
    while True:
        more = [now | {k} for k in mine if k not in now]
        more = [c for c in more if fits(network, c)]
        if not more:
            return tried
        found = _lost(variant, case, members, more, before)
        tried |= found
        least = min(found, key=lambda c: (found[c], sorted(c)))
        if found[least] >= tried[now]:
            return tried
        now = least


def _lost(
    variant: TransitNetwork, case: Case, members: tuple[int, ...], choices: Sequence[Chosen],
    before: Parts,
) -> dict[Chosen, float]:
    """Person-minutes a day that the members' residents lose in each choice; none wins any."""
    cases = [with_offers(variant, case, c) for c in choices]
    mine = list(members)
    return {c: float(lost_per_day(variant, before, parts)[mine].sum())
            for c, (parts, _) in zip(choices, evaluated(variant, cases), strict=True)}


def evaluated(
    network: TransitNetwork, cases: Sequence[Case], *, detail: bool = False
) -> list[tuple[Parts, Outcome | None]]:
    """What each place and row has in each case, and with `detail` the engine's outcome."""
    from tieline.transit.engine import outcome

    found: dict[int, tuple[Parts, Outcome | None]] = {}
    for batch in batches(network, cases):
        counted = tally(network, batch)
        for k, where in enumerate(batch.where):
            told = outcome(network, cases[where], counted, k, True) if detail else None
            found[where] = parts_of(network, cases[where], counted, k), told
    return [found[i] for i in range(len(cases))]
