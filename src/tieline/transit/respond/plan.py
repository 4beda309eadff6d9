"""The plan for suspended lines and closed stops: who loses what, what stands in for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.model import Note, Outcome, Plan, Step
from tieline.region.protocol import additive
from tieline.region.tables import Table
from tieline.transit.measures import MEASURES
from tieline.transit.respond.broken import broken_of
from tieline.transit.respond.search import (
    COLUMN,
    best,
    disrupted,
    may_run,
    minutes_per_day,
    with_offers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.region.model import Case, FloatArray, Incident
    from tieline.transit.network import TransitNetwork
    from tieline.transit.respond.broken import Broken
    from tieline.transit.respond.search import Chosen, Group

SHOWN = ("reach_30", "reach_60", "facility_minutes", "day_trip")
"""Columns of the table of places that tell what is lost."""


def respond(network: TransitNetwork, case: Case, incident: Incident) -> Plan:
    """Who loses what, and the best of the given shuttles and cars; CaseError as `broken_of`.

    Yearly measures are for the days it lasts, all others as they are while it lasts.
    """
    from tieline.transit.engine import TransitEngine

    broken = broken_of(network, incident)
    days = max(b.days for b in broken)
    variant = disrupted(network, case, broken)
    engine = TransitEngine()
    (normal,) = engine.evaluate(network, [case], detail=True)
    groups = best(network, variant, case, normal.values)
    chosen: Chosen = frozenset().union(*(g.best for g in groups))
    waiting, planned = engine.evaluate(
        variant, [case, with_offers(variant, case, chosen)], detail=True)
    exhaustive = all(g.exhaustive for g in groups)
    lost = minutes_per_day(planned.values) - minutes_per_day(normal.values)
    value = float(np.maximum(lost, 0.0).sum() * days)
    states = {"normal": normal, "waiting": waiting, "planned": planned}
    tables = _tables(network, case, states, groups, days)
    return Plan(
        steps=tuple(_steps(network, incident, broken, chosen, case)),
        outcome=_outcome(planned, days), waiting=_outcome(waiting, days, tables),
        proof="optimal" if exhaustive else "heuristic", gap=0.0 if exhaustive else value,
        bound=value if exhaustive else 0.0, objective=value,
        nodes=sum(len(g.tried) for g in groups),
        notes=tuple(_notes(network, case, states, groups, incident)),
        tables=tables,
    )


def _outcome(
    found: Outcome, days: float, tables: Mapping[str, Table] | None = None
) -> Outcome:
    """The outcome with yearly measures for the days it lasts."""
    scale = np.array([days / 365.0 if m.unit.endswith("/yr") else 1.0
                      for m in additive(MEASURES)])
    values = found.values * scale
    return Outcome(values, np.zeros_like(values), dict(tables or {}))


def _steps(
    network: TransitNetwork, incident: Incident, broken: Sequence[Broken], chosen: Chosen,
    case: Case,
) -> list[Step]:
    ids = network.jurisdictions
    steps = []
    midnight = incident.start.replace(hour=0, minute=0, second=0, microsecond=0)
    for b in broken:
        line = network.lines.get(b.line)
        who = _of(network, b, case)
        what = line.project or line.name if line else str(network.stations.names[b.stops[0]])
        steps.append(Step(
            0.0, b.days * 86400.0, who[0] if who else "", "suspend" if line else "close", what,
            f"for {b.days:g} d", reason_zh=f"持续 {b.days:g} 天",
            jurisdiction=who[0] if who else "", agrees=who[1:], phase="break",
            changes={f"{b.kind}:{b.name}": "suspended" if line else "closed"}))
    lasts = max(b.days for b in broken) * 86400.0
    for k in sorted(chosen):
        o = network.offers[k]
        clock = max((incident.start - midnight + timedelta(seconds=o.ready_s)).total_seconds(),
                    o.first_s)
        touched = o.touches(network.stop_jurisdiction, network.points.jurisdiction)
        begin = clock - (incident.start - midnight).total_seconds()
        steps.append(Step(
            begin, max(begin, lasts), ids[o.jurisdiction], "run" if o.kind == "shuttle" else "park",
            o.name or o.id, f"{o.vehicles} vehicles, {o.cost_per_day:g} a day",
            reason_zh=f"{o.vehicles} 辆,每天费用 {o.cost_per_day:g}",
            jurisdiction=ids[o.jurisdiction],
            agrees=tuple(ids[j] for j in sorted(touched - {o.jurisdiction})), phase="stand-in",
            changes={f"offer:{o.id}": "runs"}))
    return sorted(steps, key=lambda s: (s.start_s, s.phase, s.asset))


def _of(network: TransitNetwork, b: Broken, case: Case) -> tuple[str, ...]:
    """The jurisdictions a broken line or stop concerns, in the region's order."""
    if b.kind == "stop":
        found = {int(network.stop_jurisdiction[s]) for s in b.stops} - {-1}
    else:
        day = network.timetables(case)[0]
        found = {j for p in day.pieces if p.whole and day.patterns[p.pattern].line == b.line
                 for j in p.touches}
    return tuple(network.jurisdictions[j] for j in sorted(found))


def _notes(
    network: TransitNetwork, case: Case, states: Mapping[str, Outcome], groups: Sequence[Group],
    incident: Incident,
) -> list[Note]:
    notes = []
    if not network.offers:
        notes.append(Note("no shuttles and cars are given: table transit/offer",
                          "没有给出接驳车和汽车:见表 transit/offer"))
    closed = [o.name or o.id for o, able in zip(network.offers, may_run(network, case), strict=True)
              if not able]
    if closed:
        notes.append(Note(f"not used, since a border it touches is closed: {', '.join(closed)}",
                          f"因所涉边界未开放而不用:{'、'.join(closed)}"))
    if np.array_equal(states["normal"].values, states["waiting"].values):
        notes.append(Note("nobody who is counted here loses anything",
                          "此处所计的居民与出行均无损失"))
    if not all(g.exhaustive for g in groups):
        notes.append(Note("too many choices of offers to look at all: added one by one",
                          "可选组合过多,未逐一比较:按逐个增加选取"))
    day, asked = network.dates[case.scenario], incident.start.date()
    if day == asked:
        said = f"the timetable is that of {day}", f"按 {day} 的时刻表"
    else:
        said = (f"the timetable is that of {day}, as given, not that of {asked}",
                f"按给定的 {day} 时刻表,而非 {asked} 的时刻表")
    notes.append(Note(
        f"{said[0]}; who plans together chooses for its own "
        "residents, by minutes of the trips people make and of visits to facilities",
        f"{said[1]};共同决策的各方为其居民选取,以出行需求和前往设施的分钟数为准"))
    return notes


def _tables(
    network: TransitNetwork, case: Case, states: Mapping[str, Outcome], groups: Sequence[Group],
    days: float,
) -> dict[str, Table]:
    found = [
        _by_jurisdiction(network, {s: _outcome(o, days).values for s, o in states.items()}),
        _towns(network, states), _trips(network, states), _offers(network, case, groups),
    ]
    return {t.name: t for t in found if t is not None and len(t)}


def _by_jurisdiction(network: TransitNetwork, values: Mapping[str, FloatArray]) -> Table:
    """Rows of (jurisdiction, measure): before, with what is broken, with what stands in."""
    rows: list[list[Any]] = []
    for m in additive(MEASURES):
        if not m.sign or m.name == "subsidy":
            continue
        for j, name in enumerate(network.jurisdictions):
            rows.append([name, m.name, m.unit.removesuffix("/yr"),
                         *(float(values[s][j, COLUMN[m.name]]) for s in values)])
    return _table("losses", "jurisdiction measure unit normal waiting planned", rows)


def _towns(network: TransitNetwork, states: Mapping[str, Outcome]) -> Table | None:
    """Towns where anything changes: means over their people; day trips as people."""
    points = network.points
    places = {s: o.tables["places"] for s, o in states.items()}
    towns = np.array(points.towns, np.int64)
    people = np.bincount(towns, points.population, len(towns))
    rows: list[list[Any]] = []
    means = {}
    for s, table in places.items():
        for c in SHOWN:
            total = np.bincount(towns, np.asarray(table[c], float) * points.population, len(towns))
            means[c, s] = total if c == "day_trip" else total / np.maximum(people, 1e-300)
    for t in np.flatnonzero(people > 0.0).tolist():
        told = [float(means[c, s][t]) for c in SHOWN for s in places]
        if any(means[c, "normal"][t] != means[c, "waiting"][t] for c in SHOWN):
            owner = int(points.jurisdiction[t])
            rows.append([points.ids[t], points.names[t] or points.ids[t],
                         points.names_zh[t] or points.names[t] or points.ids[t],
                         network.jurisdictions[owner] if owner >= 0 else "",
                         float(people[t]), *told])
    heads = " ".join(f"{c}_{s}" for c in SHOWN for s in places)
    return _table("towns", f"town name name_zh jurisdiction population {heads}", rows)


def _trips(network: TransitNetwork, states: Mapping[str, Outcome]) -> Table | None:
    """Rows of the demand table whose minutes change; NaN where there is no way."""
    tables = [o.tables.get("trips") for o in states.values()]
    if any(t is None for t in tables):
        return None
    normal, waiting, planned = (t for t in tables if t is not None)
    moved = np.flatnonzero(~np.isclose(normal["minutes"], waiting["minutes"], equal_nan=True))
    points = network.points

    def called(place: str) -> list[str]:
        i = points.index[place]
        name = points.names[i] or place
        return [name, points.names_zh[i] or name]

    rows = [[normal["from"][i], normal["to"][i], *called(normal["from"][i]),
             *called(normal["to"][i]), normal["group"][i],
             float(normal["trips_per_yr"][i]), *(float(t["minutes"][i])
                                                 for t in (normal, waiting, planned))]
            for i in moved]
    return _table("trips", "from to from_name from_name_zh to_name to_name_zh group trips_per_yr "
                  "normal_min waiting_min planned_min", rows)


def _offers(network: TransitNetwork, case: Case, groups: Sequence[Group]) -> Table | None:
    """Every offer: whether it may run, whether it is chosen, what it brings by itself."""
    rows: list[list[Any]] = []
    able = may_run(network, case)
    of = {k: g for g in groups for k in g.offers}
    for k, o in enumerate(network.offers):
        alone = np.nan
        group = of.get(k)
        if group is not None and frozenset({k}) in group.tried:
            alone = group.tried[frozenset()] - group.tried[frozenset({k})]
        rows.append([o.id, o.name or o.id, o.name_zh or o.name or o.id, o.kind,
                     network.jurisdictions[o.jurisdiction], o.vehicles, o.cost_per_day,
                     int(able[k]), int(group is not None and k in group.best), float(alone)])
    return _table("offers", "offer name name_zh kind jurisdiction vehicles cost_per_day may_run "
                  "chosen person_min_per_day_alone", rows)


def _table(name: str, heads: str, rows: list[list[Any]]) -> Table:
    columns = {}
    for k, head in enumerate(heads.split()):
        values = [r[k] for r in rows]
        text = any(isinstance(v, str) for v in values)
        columns[head] = np.array(values, dtype=object if text else None)
    return Table(name, columns)
