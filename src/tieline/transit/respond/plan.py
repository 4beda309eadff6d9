"""The plan for suspended lines and closed stops: who loses what, what stands in for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tieline.region.model import Note, Plan, Step
from tieline.transit.respond.broken import broken_of
from tieline.transit.respond.search import (
    best,
    disrupted,
    evaluated,
    lost_per_day,
    may_run,
    with_offers,
)
from tieline.transit.respond.tables import lasting, tables_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.region.model import Case, Incident
    from tieline.region.tables import Table
    from tieline.transit.network import TransitNetwork
    from tieline.transit.respond.broken import Broken
    from tieline.transit.respond.search import Chosen, Group


def respond(network: TransitNetwork, case: Case, incident: Incident) -> Plan:
    """Who loses what, and the best of the given shuttles and cars; CaseError as `broken_of`.

    Yearly measures are for the days it lasts, all others as they are while it lasts.
    """
    broken = broken_of(network, incident)
    days = max(b.days for b in broken)
    variant = disrupted(network, case, broken)
    (normal,) = evaluated(network, [case], detail=True)
    groups = best(network, variant, case, normal[0])
    chosen: Chosen = frozenset().union(*(g.best for g in groups))
    waiting, planned = evaluated(
        variant, [case, with_offers(variant, case, chosen)], detail=True)
    exhaustive = all(g.exhaustive for g in groups)
    value = float(lost_per_day(network, normal[0], planned[0]).sum() * days)
    states = {"normal": normal, "waiting": waiting, "planned": planned}
    tables = tables_of(network, case, states, groups, days)
    return Plan(
        steps=tuple(_steps(network, incident, broken, chosen, case)),
        outcome=lasting(planned[1], days), waiting=lasting(waiting[1], days, tables),
        proof="optimal" if exhaustive else "heuristic", gap=0.0 if exhaustive else value,
        bound=value if exhaustive else 0.0, objective=value,
        nodes=sum(len(g.tried) for g in groups),
        notes=tuple(_notes(network, case, tables, groups, incident)),
        tables=tables,
    )


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
            o.name or o.id, f"vehicles: {o.vehicles}; cost a day: {o.cost_per_day:,.0f}",
            reason_zh=f"{o.vehicles} 辆;每天费用 {o.cost_per_day:,.0f}",
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
    network: TransitNetwork, case: Case, tables: Mapping[str, Table], groups: Sequence[Group],
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
    if not tables["losses"]["waiting_lost"].any():
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
