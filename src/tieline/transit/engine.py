"""The transit engine: reads feeds and places, evaluates cases by travel times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.region.issues import Issues
from tieline.region.model import Case, FloatArray, Outcome
from tieline.region.tables import Table
from tieline.transit.measures import MEASURES
from tieline.transit.money import money_of
from tieline.transit.network import TOPIC, TOPIC_CARS, TransitNetwork
from tieline.transit.parts import OF_PLACES, OF_ROWS, owner_of, parts_of
from tieline.transit.read import read_network
from tieline.transit.stock import DAYS

if TYPE_CHECKING:
    from datetime import date

    from tieline.region.folder import RegionFolder
    from tieline.region.model import Incident, Plan
    from tieline.transit.journey import DayTrip
    from tieline.transit.tally import Tally


class TransitEngine:
    """Timetables of several agencies: what residents reach, apart and together."""

    name = "transit"
    version = "1"
    topics = (TOPIC, TOPIC_CARS)
    measures = MEASURES
    responds_to = "lines"

    def read(self, folder: RegionFolder, issues: Issues) -> TransitNetwork | None:
        """Read transit/ of a region folder; every problem goes to `issues`."""
        return shared_network(folder, issues)

    def evaluate(
        self, network: TransitNetwork, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """Yield one outcome per case, in order.

        Cases that walk alike are searched together, each beginning with what all of them can run;
        that changes no figure. CaseError if a case is of a scenario the region does not have.
        """
        from tieline.transit.cases import batches
        from tieline.transit.tally import tally

        found: dict[int, Outcome] = {}
        for batch in batches(network, cases):
            counted = tally(network, batch)
            for k, where in enumerate(batch.where):
                found[where] = outcome(network, cases[where], counted, k, detail)
        for i in range(len(cases)):
            yield found[i]

    def respond(
        self, network: TransitNetwork, case: Case, incident: Incident, *, state: object = None
    ) -> Plan:
        """The plan for suspended lines and closed stops; see `tieline.transit.respond`.

        CaseError if the incident names what these lines do not have.
        """
        from tieline.transit.respond.plan import respond

        del state  # the timetable says what runs
        return respond(network, network.relevant.restrict(case), incident)

    def picture(self, network: TransitNetwork, case: Case) -> Mapping[str, Table]:
        """Where lines run and stop in a case: tables `legs` and `stops`."""
        from tieline.transit.picture import picture

        return picture(network, network.relevant.restrict(case))

    def on_day_of(
        self, network: TransitNetwork, folder: RegionFolder, case: Case, incident: Incident
    ) -> TransitNetwork:
        """The network with the timetable of the incident's date, if all feeds cover it."""
        from tieline.transit.read import with_day

        return with_day(network, folder, case.scenario, incident.start.date())

    def places(self, network: TransitNetwork) -> list[tuple[str, str, str, str]]:
        """Towns with people by id, name, Chinese name and jurisdiction: where one may set out."""
        points = network.points
        return _named(network, sorted(
            {points.towns[i] for i in np.flatnonzero(points.population > 0.0)}))

    def goals(self, network: TransitNetwork) -> list[tuple[str, str, str, str]]:
        """Facilities, as of `places`: where nobody lives and there is something to go to."""
        points = network.points
        chance = np.sum(list(points.chances.values()), axis=0) if points.chances else 0.0
        return _named(network, np.flatnonzero((points.population == 0.0) & (chance > 0.0)))

    def start(self, network: TransitNetwork) -> str:
        """The town that most departures of crossing lines are close to: a place to begin with."""
        from tieline.transit.picture import crossing_departures

        towns = [network.points.index[p[0]] for p in self.places(network)]
        near = crossing_departures(network, np.array(towns, np.int64))
        return network.points.ids[towns[int(np.argmax(near))]] if towns else ""

    def reached(
        self, network: TransitNetwork, cases: Mapping[str, Case], origin: str
    ) -> Mapping[str, Mapping[str, Table]]:
        """Tables `reached` and `places` (minutes to each) by case; CaseError for no known place."""
        from tieline.transit.reached import place_minutes, reached

        row, points = find_place(network, origin), network.points
        owners = np.array([*network.jurisdictions, ""], dtype=object)[points.jurisdiction]
        return {
            name: {
                "reached": reached(network, case, [row]),
                "places": Table("places", {
                    "place": np.array(points.ids, dtype=object), "jurisdiction": owners,
                    "population": points.population,
                    "chance": points.chance(network.settings.opportunity),
                    "minutes": place_minutes(network, case, row)}),
            } for name, case in cases.items()
        }

    def trip(  # noqa: PLR0913 - options are keyword-only
        self, network: TransitNetwork, folder: RegionFolder, cases: Mapping[str, Case], *,
        origin: str, to: str, day: date, depart_s: int, stay_s: int, end_s: int,
        scenario: str = "",
    ) -> Mapping[str, DayTrip]:
        """There and back on a day in each case; CaseError for a place or day that is not known.

        With a `scenario` by its timetable of that day, else by the timetable as given.
        """
        from tieline.transit.journey import Planner
        from tieline.transit.read import on_day, with_day

        here, there = find_place(network, origin), find_place(network, to)
        if not scenario:
            running, key = on_day(network, folder, day), day.isoformat()
        else:
            running, key = with_day(network, folder, scenario, day), scenario
            if running.dates.get(scenario) != day:
                msg = f"nothing runs on {day} in scenario '{scenario}'"
                raise CaseError(msg)
        return {
            name: Planner(running, replace(case, scenario=key)).day_trip(
                here, there, depart_s, stay_s, end_s
            )
            for name, case in cases.items()
        }


def _named(network: TransitNetwork, rows: Iterable[int]) -> list[tuple[str, str, str, str]]:
    """Places by id, name, Chinese name and jurisdiction."""
    points, ids = network.points, network.jurisdictions
    return [(points.ids[t], points.names[t] or points.ids[t],
             points.names_zh[t] or points.names[t] or points.ids[t],
             ids[points.jurisdiction[t]] if points.jurisdiction[t] >= 0 else "")
            for t in rows]


def shared_network(folder: RegionFolder, issues: Issues) -> TransitNetwork | None:
    """The network of a folder, read once for all who ask, with what there is to say each time."""
    def make() -> tuple[TransitNetwork | None, Issues]:
        mine = Issues()
        return read_network(folder, mine), mine

    network, found = folder.once("network of transit", make)
    issues.extend(found)
    return network


def find_place(network: TransitNetwork, name: str) -> int:
    """The row of a place by its id or name; CaseError, with the nearest name, if there is none."""
    points = network.points
    if name in points.index:
        return points.index[name]
    for names in (points.names, points.names_zh):
        if name and names.count(name) == 1:
            return names.index(name)
    known = [x for x in (*points.ids, *points.names, *points.names_zh) if x]
    msg = f"there is no place '{name}'{nearest(name, known)}"
    raise CaseError(msg)


def outcome(
    network: TransitNetwork, case: Case, counted: Tally, k: int, detail: bool
) -> Outcome:
    """Sums over the places of each jurisdiction; exact, so without a gap."""
    parts, rows = parts_of(network, case, counted, k), len(network.jurisdictions)
    paid = _subsidies(network, case)
    if parts.taken is not None:
        moved = DAYS * network.settings.car_move_cost * parts.taken.moved
        paid += _sum_by(network.cars.jurisdiction, moved, rows)
    values = np.column_stack([
        *(_sum_by(owner_of(network, m), parts.of(m), rows) for m in (*OF_PLACES, *OF_ROWS)), paid])
    if not detail:
        return Outcome(values, np.zeros_like(values))
    from tieline.transit.detail import detail_tables

    return Outcome(values, np.zeros_like(values),
                   detail_tables(network, case, parts.counted, k, parts.taken))


def _sum_by(owner: np.ndarray, values: np.ndarray, rows: int) -> FloatArray:
    """Sums by jurisdiction in the order of the rows; those of nobody left out."""
    mine = owner >= 0
    return np.bincount(owner[mine], weights=values[mine], minlength=rows).astype(np.float64)


def _subsidies(network: TransitNetwork, case: Case) -> FloatArray:
    """What the lines that exist cost beyond their fares, by who pays; in equal parts."""
    out = np.zeros(len(network.jurisdictions))
    for key in sorted(network.lines):
        line = network.lines[key]
        if not line.payers or not case.exists(line.project, line.unless_project):
            continue
        cost, fares = money_of(network, case, line)
        for j in line.payers:
            out[j] += (cost - fares) / len(line.payers)
    return out
