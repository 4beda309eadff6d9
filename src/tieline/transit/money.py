"""Money of lines in a scenario: what a changed timetable costs, and what it takes in fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.modcheck import check_day, of_day
from tieline.transit.modify import concerns, modified
from tieline.transit.patterns import DAY_S, patterns_of
from tieline.transit.place import great_circle_m

if TYPE_CHECKING:
    from datetime import date

    from tieline.region.issues import Issues
    from tieline.region.model import Case
    from tieline.transit.gtfs.feed import Feed
    from tieline.transit.modify import Modification, Scope
    from tieline.transit.network import Line, TransitNetwork
    from tieline.transit.patterns import Pattern, Stations



@dataclass(frozen=True)
class Run:
    """What a line runs of a scenario's day, as parts of what it runs by the timetable as given."""

    km: float
    hours: float
    trips: float


Runs = Mapping[str, Mapping[str, Run]]
"""By scenario and line: lines whose timetable a scenario changes."""


def runs_by_scenario(
    feeds: Sequence[Feed], dates: Mapping[str, date], stations: Stations,
    changes: Mapping[str, tuple[Scope, tuple[Modification, ...]]], lines: Mapping[str, Line],
    issues: Issues,
) -> Runs:
    """What scenarios change of what lines run, on their days; what cannot be goes to `issues`."""
    found = {}
    priced = any(x.cost_per_yr for x in lines.values())
    for key, (scope, mine) in changes.items():
        before, label = patterns_of(feeds, dates[key]), f"transit/{key}.json"
        now = list(before)
        for k, m in enumerate(mine):
            where = f"modifications[{k}]"
            now = _followed(now, m, scope, dates[key], (label, where), issues)
            if m["type"] == "adjust-frequency":
                check_day(before, of_day(m, dates[key]), scope.lines[m["route"]], where, label,
                          issues)
            if m["type"] == "add-trips" and priced:
                issues.note(label, "trips of a new line: its cost and fares are not counted",
                            field=where)
        found[key] = runs_of(before, now, stations)
    return found


def _followed(
    before: Sequence[Pattern], m: Modification, scope: Scope, day: date, at: tuple[str, str],
    issues: Issues,
) -> list[Pattern]:
    """The patterns after one modification; a note where it leaves all trips of the day as they are.

    `at` is the file and the field in it.
    """
    mine = [p for p in before if concerns(m, p, scope)]
    after = modified(mine, [m], scope, day)
    if _trips(after) == _trips(mine):
        issues.note(at[0], f"changes no trip of {day}", field=at[1])
    elif len(of_day(m, day).get("entries", ())) < len(m.get("entries", ())) or len(
            of_day(m, day).get("frequencies", ())) < len(m.get("frequencies", ())):
        issues.note(at[0], f"some of its headways do not run on {day}", field=at[1])
    return [*(p for p in before if not concerns(m, p, scope)), *after]


def _trips(patterns: Sequence[Pattern]) -> set[tuple[str, bytes, bytes, bytes, str]]:
    """Every trip with its stops and times."""
    return {(p.line, p.stop.tobytes(), a.tobytes(), d.tobytes(), str(t)) for p in patterns
            for a, d, t in zip(p.arrival, p.departure, p.trip, strict=True)}


def runs_of(
    before: Sequence[Pattern], after: Sequence[Pattern], stations: Stations
) -> dict[str, Run]:
    """Lines of which more or less runs after than before; those that did not run are left out.

    Kilometres are between stops as the crow flies, hours from the first stop to the last.
    """
    old, new = _totals(before, stations), _totals(after, stations)
    found = {}
    for line, was in old.items():
        part = np.divide(new.get(line, np.zeros(3)), was, out=np.ones(3), where=was > 0.0)
        if not np.allclose(part, 1.0, rtol=1e-9):
            found[line] = Run(*map(float, part))
    return found


def _totals(patterns: Sequence[Pattern], stations: Stations) -> dict[str, np.ndarray]:
    """Kilometres, hours and trips of each line that leave on the day, not before or after it."""
    found: dict[str, np.ndarray] = {}
    for p in patterns:
        mine = (p.departure[:, 0] >= 0) & (p.departure[:, 0] < DAY_S)
        n = int(mine.sum())
        lon, lat = stations.lon[p.stop], stations.lat[p.stop]
        km = float(great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum()) / 1000.0
        hours = float((p.arrival[mine, -1] - p.departure[mine, 0]).sum()) / 3600.0
        one = np.array([km * n, hours, float(n)])
        found[p.line] = found.get(p.line, 0.0) + one
    return found


def money_of(network: TransitNetwork, case: Case, line: Line) -> tuple[float, float]:
    """Cost and known fares of a line in a year [currency], by the case's scenario.

    Cost goes with the vehicle-kilometres (or hours) that the scenario's timetable leaves, rides
    with the power `rides_elasticity` of its trips.
    """
    run = network.runs.get(case.scenario, {}).get(line.id)
    if run is None:
        return line.cost_per_yr, line.fares_per_yr
    settings = network.settings
    cost = line.cost_per_yr * (run.km if settings.cost_by == "km" else run.hours)
    rides = run.trips ** settings.rides_elasticity if run.trips > 0.0 else 0.0
    return cost, line.fares_per_yr * rides
