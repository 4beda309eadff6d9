"""From a region folder to a `TransitNetwork`, with every problem named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.expect import nearest
from tieline.region.issues import Issues
from tieline.region.tables import Schema, Table, load_schema
from tieline.transit.clock import clock_of
from tieline.transit.entrances import with_entrances
from tieline.transit.freight import with_roads
from tieline.transit.ground import read_cars, street_file, walk
from tieline.transit.gtfs.feed import Feed, read_feed
from tieline.transit.kernels.sweep import Window
from tieline.transit.lines import line_ids, read_lines, trip_ids
from tieline.transit.modify import Modification, Scope, modified, read_modifications, scope_of
from tieline.transit.money import runs_by_scenario
from tieline.transit.network import Demand, Line, Points, Settings, TransitNetwork
from tieline.transit.newstops import with_new_stops
from tieline.transit.patterns import Stations, draws_needed, patterns_of, stations_of
from tieline.transit.place import jurisdictions_of
from tieline.transit.places import places_of_folder
from tieline.transit.plausible import check_days, check_nowhere, check_places
from tieline.transit.respond.offers import read_offers
from tieline.transit.timetable import Timetable, timetable_of
from tieline.transit.transfers import with_transfers
from tieline.transit.travel import Pace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.folder import RegionFolder
    from tieline.region.model import Scenario

FOLDER = "transit"
MOST_DAY_S = 57_000
FEEDS = "feeds of transit"
FURTHER = ("assets", "line", "demand", "car_station", "offer", "spare")
"""Tables beside the places and the feeds."""
Changes = dict[str, tuple[Scope, tuple[Modification, ...]]]


@cache
def schemas() -> dict[str, Schema]:
    """The schema of every table, and of the settings, by name."""
    folder = Path(__file__).parent / "tables"
    return {p.stem: load_schema(p) for p in sorted(folder.glob("*.toml"))}


def read_network(folder: RegionFolder, issues: Issues) -> TransitNetwork | None:
    """Read transit/ of a region folder; None if anything in it is unusable."""
    before = len(issues.errors)
    settings = _settings(folder, issues)
    points = _points(folder, issues)
    feeds = _feeds(folder, issues)
    if settings is None or points is None or not feeds or len(issues.errors) > before:
        for name in FURTHER:  # their own faults are told all the same
            folder.table(f"{FOLDER}/{name}", schemas()[name], issues)
        return None
    stations = with_new_stops(stations_of(feeds), folder.path / FOLDER, issues)
    owners = _owners(stations, folder, issues)
    lines = read_lines(feeds, folder, schemas(), issues)
    facility = _check_columns(points, settings, folder, issues)
    check_places(points, stations, owners, folder.region, issues)
    dates = _dates(folder, issues)
    check_days(feeds, dates, folder.region, issues)
    demand = _demand(points, folder, issues)
    offers, spare = read_offers(folder, stations, points, schemas(), issues)
    walking = walk(folder, stations, points, settings, issues)
    demand = with_roads(demand, points, street_file(folder), settings, issues)
    cars = read_cars(folder, points, stations, settings, schemas()["car_station"], issues)
    if walking is None or cars is None or len(issues.errors) > before:
        return None
    walking = with_entrances(walking, stations, settings)
    walking = with_transfers(walking, feeds, stations, settings, issues)
    changes = _changes(folder, feeds, stations, owners, dates, issues)
    if len(issues.errors) > before:
        return None
    days = _days(feeds, dates, owners, lines, settings.draws, changes)
    for line in sorted({p.line for draws in days.values() for t in draws for p in t.patterns}):
        lines.setdefault(line, Line(line, line, ""))
    network = TransitNetwork(
        jurisdictions=tuple(j.id for j in folder.region.jurisdictions),
        projects=tuple(p.id for p in folder.region.projects),
        stations=stations, stop_jurisdiction=owners, points=points,
        days=days, dates=dates, walking=walking,
        cars=_car_projects(cars, folder), lines=lines, demand=demand,
        settings=replace(settings, facility=facility),
        scenarios=tuple(folder.region.scenarios.values()), offers=offers, spare=spare,
        runs=runs_by_scenario(feeds, dates, stations, changes, lines, issues),
    )
    return network if len(issues.errors) == before else None


def on_day(network: TransitNetwork, folder: RegionFolder, day: date) -> TransitNetwork:
    """The network with the timetable of one more day, as the scenario of that day's date.

    CaseError if no feed runs on it, with the days on which they do.
    """
    from tieline.errors import CaseError
    from tieline.transit.gtfs.calendar import days_told

    key = day.isoformat()
    if key in network.days:
        return network
    feeds = _feeds(folder, Issues())
    if not any(f.calendar.runs(day).any() for f in feeds):
        how, days = days_told([f.calendar for f in feeds], day)
        msg = f"nothing runs on {day}; " + (
            f"the nearest days with timetables are {days}" if how == "within"
            else f"there are timetables from {days}")
        raise CaseError(msg)
    owners, made = folder.once(f"timetable of {key}", lambda: (
        network.stop_jurisdiction,
        _days(feeds, {key: day}, network.stop_jurisdiction, dict(network.lines),
              network.settings.draws)))
    if owners is not network.stop_jurisdiction:  # of another network of the same folder
        made = _days(feeds, {key: day}, network.stop_jurisdiction, dict(network.lines),
                     network.settings.draws)
    return replace(network, days={**network.days, **made}, dates={**network.dates, key: day})


def with_day(
    network: TransitNetwork, folder: RegionFolder, scenario: str, day: date
) -> TransitNetwork:
    """The network with a scenario's timetable of another day; as it is if a feed does not cover it.

    A feed covers the days from its first to its last service; at least one must run. What the
    scenario changes of its timetable stays changed.
    """
    if network.dates.get(scenario, day) == day:
        return network
    feeds = _feeds(folder, Issues())
    spans = [f.calendar.span() for f in feeds]
    covered = all(s is not None and s[0] <= day <= s[1] for s in spans)
    if not covered or not any(f.calendar.runs(day).any() for f in feeds):
        return network
    dates = {scenario: day}
    known = Issues()  # told when the network was read
    every = _changes(folder, feeds, network.stations, network.stop_jurisdiction,
                     dict(network.dates), known)
    made = _days(feeds, dates, network.stop_jurisdiction, dict(network.lines),
                 network.settings.draws, every)
    lines = dict(network.lines)
    for line in sorted({p.line for t in made[scenario] for p in t.patterns} - set(lines)):
        lines[line] = Line(line, line, "")
    return replace(network, days={**network.days, **made}, dates={**network.dates, **dates},
                   lines=lines)


def _feeds(folder: RegionFolder, issues: Issues) -> list[Feed]:
    """The feeds, read once for all who ask, with what there is to say of them each time."""
    def make() -> tuple[list[Feed], Issues]:
        mine = Issues()
        return read_feeds(folder, mine), mine

    feeds, found = folder.once(FEEDS, make)
    issues.extend(found)
    return feeds


def read_feeds(folder: RegionFolder, issues: Issues) -> list[Feed]:
    """Every zip and every folder with stops.txt in transit/, sorted by name."""
    home = folder.path / FOLDER
    places = sorted(
        p for p in (home.iterdir() if home.is_dir() else ())
        if p.suffix.lower() == ".zip" or (p / "stops.txt").is_file()
    )
    if not places:
        issues.error(f"{FOLDER}/", "a GTFS feed: a .zip, or a folder with stops.txt", "none")
    feeds: list[Feed] = []
    for path in places:
        folder.path_of(f"{FOLDER}/{path.name}")
        feed = read_feed(path, f"{FOLDER}/{path.name}", issues)
        if feed is not None and feed.id in {f.id for f in feeds}:
            issues.error(f"{FOLDER}/{path.name}", "a name that no other feed has", f"'{feed.id}'")
        elif feed is not None:
            feeds.append(feed)
    return feeds if len(feeds) == len(places) else []


def _settings(folder: RegionFolder, issues: Issues) -> Settings | None:
    raw = folder.settings(FOLDER, schemas()["settings"], issues)
    clocks = {}
    for name in ("depart", "day_start", "opens", "day_end"):
        value = clock_of(str(raw[name]))
        if value is None:
            issues.error("region.toml", "a time as HH:MM", f"'{raw[name]}'",
                         field=f"[transit] {name}")
        clocks[name] = value or 0
    if clocks["day_end"] - clocks["day_start"] > MOST_DAY_S:
        issues.error("region.toml", "a day of at most 15 hours",
                     f"{(clocks['day_end'] - clocks['day_start']) / 3600:.1f} hours",
                     field="[transit] day_end")
        return None
    speed = raw["walk_km_h"] / 3.6
    return Settings(
        Window(clocks["depart"], int(raw["window_min"]), 60 * int(raw["most_min"]),
               int(raw["wait_s"]), int(raw["rides"])),
        raw["percentile"],
        Pace(speed, 60.0 * raw["walk_min"], raw["transfer_m"], raw["access_m"]), raw["detour"],
        raw["border"] == "cut", bool(raw["walk_across"]), raw["opportunity"], raw["facility"],
        int(raw["nearest"]), raw["visits_per_yr"], clocks["day_start"], clocks["opens"],
        60 * int(raw["stay_min"]), clocks["day_end"], int(raw["draws"]), raw["car_km_h"] / 3.6,
        int(60 * raw["car_most_min"]), int(60 * raw["car_change_min"]),
        bool(raw["car_limits"]), raw["car_charge"], int(raw["car_moves"]), raw["car_move_cost"],
        raw["truck_km_h"] / 3.6, 60.0 * raw["truck_load_min"], raw["truck_border_min"],
        raw["car_fare"], raw["car_fare_min"], raw["cost_by"], raw["rides_elasticity"],
    )


def _points(folder: RegionFolder, issues: Issues) -> Points | None:
    schema = schemas()["point"]
    table = places_of_folder(folder, schema, issues)
    if table is None:
        return None
    known = {c.name for c in schema.columns}
    chances = {}
    for name in table.columns:
        if name in known:
            continue
        if table[name].dtype != np.float64:
            issues.note(table.file, "not numbers; not an opportunity", field=name)
            continue
        chances[name] = np.nan_to_num(table[name])
        for i in np.flatnonzero(chances[name] < 0.0)[:10]:
            issues.error(table.file, "a number >= 0", f"{table[name][i]:g}",
                         row=int(table.rows[i]), field=name)
    check_nowhere(table, issues)
    region = folder.region
    ids = [j.id for j in region.jurisdictions]
    given = np.array([ids.index(x) if x in ids else -1 for x in table["jurisdiction"]], np.int64)
    found = _by_outline(table["lon"], table["lat"], folder)
    population = table["population"]
    if not np.sum(population) > 0.0:
        issues.error(table.file, "people at some place [persons]", "none", field="population")
    owners = np.where(given >= 0, given, found)
    for i in np.flatnonzero((owners < 0) & (population > 0.0))[:10]:
        issues.error(table.file, "a jurisdiction, given or by the outlines", "none",
                     row=int(table.rows[i]), field="jurisdiction")
    return Points(
        tuple(map(str, table["id"])), tuple(map(str, table["name"])),
        tuple(map(str, table["name_zh"])), table["lon"], table["lat"], owners, population, chances,
        _towns(table),
    )


def _towns(table: Table) -> tuple[int, ...]:
    """The row of the place that names each one's town; nothing where no row says."""
    index = {str(x): i for i, x in enumerate(table["id"])}
    if not any(table["town"]):
        return ()
    return tuple(index.get(str(t), i) for i, t in enumerate(table["town"]))


def _by_outline(
    lon: NDArray[np.float64], lat: NDArray[np.float64], folder: RegionFolder
) -> NDArray[np.int64]:
    """The jurisdiction by the outlines, where these are in degrees; -1 else."""
    region = folder.region
    if region.coordinates == "schematic":
        return np.full(len(lon), -1, np.int64)
    return jurisdictions_of(lon, lat, region.outlines, [j.id for j in region.jurisdictions])


def _owners(stations: Stations, folder: RegionFolder, issues: Issues) -> NDArray[np.int64]:
    """The jurisdiction of each stop: as the feed's column says, else by the outlines."""
    ids = [j.id for j in folder.region.jurisdictions]
    given = np.full(len(stations.ids), -1, np.int64)
    for i, name in enumerate(stations.jurisdiction):
        if name in ids:
            given[i] = ids.index(name)
        elif name:
            feed = str(stations.ids[i]).partition(":")[0]
            issues.error(f"{FOLDER}/{feed}/stops.txt", "the id of a jurisdiction",
                         f"'{name}'{nearest(str(name), ids)}", field="jurisdiction")
    found = _by_outline(stations.lon, stations.lat, folder)
    return np.where(given >= 0, given, found)


def _check_columns(
    points: Points, settings: Settings, folder: RegionFolder, issues: Issues
) -> str:
    """The column of facilities; errors for settings that name no column."""
    known = ["population", *points.chances]
    for name, value in (("opportunity", settings.opportunity), ("facility", settings.facility)):
        if value and value not in known:
            issues.error("region.toml", "a column of transit/point: " + ", ".join(known),
                         f"'{value}'{nearest(value, known)}", field=f"[transit] {name}")
    return settings.facility or next(iter(points.chances), "population")


def _dates(folder: RegionFolder, issues: Issues) -> dict[str, date]:
    """The service day of each scenario: its own date, the region's, or that of the settings."""
    region = folder.region
    set_date = folder.settings(FOLDER, schemas()["settings"], issues)["date"]
    scenarios: dict[str, Scenario | None] = {"base": None, **region.scenarios}
    dates: dict[str, date] = {}
    for key, scenario in scenarios.items():
        own = scenario.date if scenario is not None else None
        day = set_date if key == "base" and set_date else own or set_date or region.study_date
        if day is None:
            issues.error("region.toml", "a service day, as [transit] date or study_date", "none",
                         field="[transit] date")
            return {}
        dates[key] = day
    return dates


def _days(
    feeds: list[Feed], dates: dict[str, date], owners: NDArray[np.int64],
    lines: dict[str, Line], draws: int, changes: Changes | None = None,
) -> dict[str, tuple[Timetable, ...]]:
    touches = {k: v.touches for k, v in lines.items() if v.touches}
    made: dict[tuple[date, str], tuple[Timetable, ...]] = {}
    found = {}
    for key, day in dates.items():
        scope, mine = (changes or {}).get(key, (None, ()))
        same = (day, key if mine else "")
        if same not in made:
            tables = []
            for k in range(draws_needed(feeds, draws)):
                patterns = patterns_of(feeds, day, k)
                if scope is not None:
                    patterns = modified(patterns, mine, scope, day)
                tables.append(timetable_of(patterns, owners, touches))
            made[same] = tuple(tables)
        found[key] = made[same]
    return found


def _changes(
    folder: RegionFolder, feeds: list[Feed], stations: Stations, owners: NDArray[np.int64],
    dates: dict[str, date], issues: Issues,
) -> Changes:
    """Modifications by scenario, of transit/<scenario>.json; a file of no scenario is an error."""
    files = sorted((folder.path / FOLDER).glob("*.json"))
    scope = scope_of(stations, line_ids(feeds), owners)
    if files:
        scope = replace(scope, trips=trip_ids(feeds))
    found: Changes = {}
    for path in files:
        label = f"{FOLDER}/{path.name}"
        if path.stem not in dates:
            issues.error(label, "the name of a scenario: " + ", ".join(dates), f"'{path.stem}'")
            continue
        found[path.stem] = (scope, read_modifications(path, label, scope, issues))
    return found


def _demand(points: Points, folder: RegionFolder, issues: Issues) -> Demand:
    table = folder.table(f"{FOLDER}/demand", schemas()["demand"], issues)
    empty = np.zeros(0, np.int64)
    if table is None:
        return Demand(empty, empty, np.zeros(0, object), np.zeros(0), empty, np.zeros(0))
    ids = [j.id for j in folder.region.jurisdictions]
    origin, to = (np.array([points.index.get(x, -1) for x in table[c]], np.int64)
                  for c in ("from", "to"))
    given = np.array([ids.index(x) if x in ids else -1 for x in table["jurisdiction"]], np.int64)
    of_origin, of_to = points.jurisdiction[origin], points.jurisdiction[to]
    owner = np.where(given >= 0, given, np.where(of_origin >= 0, of_origin, of_to))
    return Demand(origin, to, table["group"], table["trips_per_yr"], owner,
                  np.full(len(table), np.nan))


def _car_projects(cars: Any, folder: RegionFolder) -> Any:
    """The cars with project and unless_project of their stations."""
    table = folder.table(f"{FOLDER}/assets", schemas()["assets"], Issues())
    named = {} if table is None else {
        str(i): (str(p), str(u)) for k, i, p, u in zip(
            table["kind"], table["id"], table["project"], table["unless_project"], strict=True
        ) if k == "car_station"
    }
    return replace(cars, projects=tuple(named.get(x, ("", "")) for x in cars.ids))
