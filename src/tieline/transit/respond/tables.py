"""The tables of a plan for suspended lines: who loses and who gains what, what could stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.model import Outcome
from tieline.region.protocol import additive
from tieline.region.tables import Table
from tieline.transit.measures import MEASURES
from tieline.transit.respond.search import COLUMN, SIGN, lost_by, may_run

if TYPE_CHECKING:
    from tieline.region.model import Case, FloatArray
    from tieline.transit.network import TransitNetwork
    from tieline.transit.parts import Parts
    from tieline.transit.respond.search import Group

SHOWN = ("reach_30", "reach_60", "facility_minutes", "day_trip")
"""Columns of the table of places that tell what is lost."""
States = Mapping[str, tuple["Parts", Outcome | None]]
AFTER = ("waiting", "planned")


def tables_of(
    network: TransitNetwork, case: Case, states: States, groups: Sequence[Group], days: float,
) -> dict[str, Table]:
    """Tables `losses`, `towns`, `trips` and `offers`; the last three only if they have rows."""
    found = [_losses(network, states, days), _towns(network, states, days),
             _trips(network, states, days), _offers(network, case, groups)]
    return {t.name: t for t in found if t is not None and len(t)}


def lasting(
    found: Outcome | None, days: float, tables: Mapping[str, Table] | None = None
) -> Outcome:
    """The outcome with yearly measures for the days it lasts."""
    assert found is not None  # noqa: S101 - asked for with detail
    values = found.values * np.array([_scale(m.name, days) for m in additive(MEASURES)])
    return Outcome(values, np.zeros_like(values), dict(tables or {}))


def _scale(measure: str, days: float) -> float:
    """What a yearly measure is of in the days it lasts; 1 for all others."""
    unit = next(m.unit for m in MEASURES if m.name == measure)
    return days / 365.0 if unit.endswith("/yr") else 1.0


def _losses(network: TransitNetwork, states: States, days: float) -> Table:
    """Rows of (jurisdiction, measure): before, with what is broken, with what stands in.

    What people lose and what people gain against before stand apart.
    """
    values = {s: lasting(o, days).values for s, (_, o) in states.items()}
    rows: list[list[Any]] = []
    for m in additive(MEASURES):
        if not m.sign or m.name == "subsidy":
            continue
        moved = [_scale(m.name, days) * x for s in AFTER
                 for x in lost_by(network, m.name, states["normal"][0], states[s][0])]
        for j, name in enumerate(network.jurisdictions):
            rows.append([name, m.name, m.unit.removesuffix("/yr"),
                         *(float(values[s][j, COLUMN[m.name]]) for s in values),
                         *(float(x[j]) for x in moved)])
    return _table("losses", "jurisdiction measure unit normal waiting planned waiting_lost "
                  "waiting_gained planned_lost planned_gained", rows)


def _better(measure: str, states: States, state: str) -> FloatArray:
    """How much better each place or row is than before."""
    now, before = (states[s][0].of(measure) for s in (state, "normal"))
    return np.asarray(SIGN[measure] * (now - before))


def _towns(network: TransitNetwork, states: States, days: float) -> Table | None:
    """Towns where anything changes: means over their people; day trips as people.

    `lost_...` and `gained_...` are person-minutes of visits to facilities while it lasts.
    """
    points = network.points
    towns = np.array(points.towns, np.int64)

    def by_town(values: FloatArray) -> FloatArray:
        return np.bincount(towns, values, len(towns)).astype(np.float64)

    people = by_town(points.population)
    changed = np.zeros(len(towns), bool)
    means, minutes = {}, []
    for c in SHOWN:
        for s, (parts, outcome) in states.items():
            assert outcome is not None  # noqa: S101 - asked for with detail
            each = np.asarray(outcome.tables["places"][c], float) * points.population
            total = by_town(each)
            means[c, s] = total if c == "day_trip" else total / np.maximum(people, 1e-300)
            changed[towns[parts.of(c) != states["normal"][0].of(c)]] = True
    for s in AFTER:
        better = _better("facility_minutes", states, s) * _scale("facility_minutes", days)
        minutes += [by_town(np.maximum(-better, 0.0)), by_town(np.maximum(better, 0.0))]
    rows: list[list[Any]] = []
    for t in np.flatnonzero(changed & (people > 0.0)).tolist():
        owner = int(points.jurisdiction[t])
        rows.append([points.ids[t], points.names[t] or points.ids[t],
                     points.names_zh[t] or points.names[t] or points.ids[t],
                     network.jurisdictions[owner] if owner >= 0 else "", float(people[t]),
                     *(float(means[c, s][t]) for c in SHOWN for s in states),
                     *(float(x[t]) for x in minutes)])
    rows.sort(key=lambda r: (-r[-4], -r[-2], -max(r[-3], r[-1])))
    heads = " ".join(f"{c}_{s}" for c in SHOWN for s in states)
    return _table("towns", f"town name name_zh jurisdiction population {heads} "
                  "lost_waiting gained_waiting lost_planned gained_planned", rows)


def _trips(network: TransitNetwork, states: States, days: float) -> Table | None:
    """Rows of the demand table whose minutes change; NaN where there is no way.

    `lost_...` and `gained_...` are person-minutes while it lasts.
    """
    tables = [o.tables.get("trips") for _, o in states.values() if o is not None]
    if any(t is None for t in tables):
        return None
    normal, waiting, planned = (t for t in tables if t is not None)
    better = [_better("trip_minutes", states, s) * _scale("trip_minutes", days) for s in AFTER]
    moved = np.zeros(len(normal), bool)
    for after, change in zip((waiting, planned), better, strict=True):
        moved |= ~np.isclose(normal["minutes"], after["minutes"], equal_nan=True) | (change != 0.0)
    points = network.points

    def called(place: str) -> list[str]:
        i = points.index[place]
        name = points.names[i] or place
        return [name, points.names_zh[i] or name]

    rows = [[normal["from"][i], normal["to"][i], *called(normal["from"][i]),
             *called(normal["to"][i]), normal["group"][i],
             float(normal["trips_per_yr"][i]), *(float(t["minutes"][i])
                                                 for t in (normal, waiting, planned)),
             *(max(float(sign * x[i]), 0.0) for x in better for sign in (-1.0, 1.0))]
            for i in np.flatnonzero(moved)]
    return _table("trips", "from to from_name from_name_zh to_name to_name_zh group trips_per_yr "
                  "normal_min waiting_min planned_min lost_waiting gained_waiting lost_planned "
                  "gained_planned", rows)


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
