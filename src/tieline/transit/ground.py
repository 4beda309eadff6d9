"""What lies around the lines: walking tables over streets, stations of shared cars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.cars import Cars
from tieline.transit.gbfs import FOLDER as GBFS
from tieline.transit.gbfs import read_gbfs
from tieline.transit.offstreet import check_places_off, check_shift, check_stops_off
from tieline.transit.place import great_circle_m, jurisdictions_of
from tieline.transit.plausible import check_nowhere
from tieline.transit.streets import read_streets
from tieline.transit.walking import Walking, _crow, walk_as_the_crow_flies, walk_streets

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.tables import Schema, Table
    from tieline.transit.network import Points, Settings
    from tieline.transit.patterns import Stations
    from tieline.transit.place import Floats
    from tieline.transit.respond.offers import Offer

STREET_FILES = (".osm.pbf", ".pbf", ".osm")


def walk(
    folder: RegionFolder, stations: Stations, points: Points, settings: Settings, issues: Issues
) -> Walking | None:
    """Walking tables over the streets of transit/, or as the crow flies if there are none."""
    pace = settings.pace
    limits = {
        "transfer_m": pace.transfer_m, "access_m": pace.access_m,
        "direct_m": pace.most_s * pace.speed_m_s,
    }
    stops, places = (stations.lon, stations.lat), (points.lon, points.lat)
    home = folder.path / "transit"
    files = sorted(p for p in home.iterdir() if p.name.lower().endswith(STREET_FILES))
    if len(files) > 1:
        issues.error("transit/", "one file of streets", ", ".join(p.name for p in files))
        return None
    if not files:
        issues.note("transit/", f"no streets (.osm.pbf): walks are the crow's, times "
                    f"{settings.detour:g}")
        return walk_as_the_crow_flies(stops, places, detour=settings.detour, **limits)
    label = f"transit/{files[0].name}"
    streets = read_streets(files[0], label, issues)
    if streets is None:
        return None
    walking, off_stops, off_points = walk_streets(streets, stops, places, **limits)
    before = len(issues.errors)
    check_stops_off(list(stations.ids), off_stops, label, issues)
    check_places_off(points.ids, off_points, label, issues)
    check_shift(streets, stations, issues)
    return walking if len(issues.errors) == before else None


def street_file(folder: RegionFolder) -> tuple[Path, str] | None:
    """The file of streets of transit/ and what messages call it; None if there is none."""
    found = sorted(p for p in (folder.path / "transit").iterdir()
                   if p.name.lower().endswith(STREET_FILES))
    return (found[0], f"transit/{found[0].name}") if found else None


def read_cars(
    folder: RegionFolder, points: Points, stations: Stations, settings: Settings, schema: Schema,
    issues: Issues,
) -> Cars | None:
    """Stations of shared cars of transit/car_station; none if there is no such table."""
    table = folder.table("transit/car_station", schema, issues)
    if table is None and folder.has("transit/car_station"):
        return None
    ids: tuple[str, ...] = ()
    home, accepts = folder.path / "transit" / GBFS, np.zeros(0, bool)
    if table is None and home.is_dir():
        listed = read_gbfs(home, folder.region, issues)
        if listed is None:
            return None
        lon, lat = np.array([s.lon for s in listed]), np.array([s.lat for s in listed])
        ids = tuple(s.id for s in listed)
        known = [j.id for j in folder.region.jurisdictions]
        given = np.array([known.index(s.region) if s.region else -1 for s in listed], np.int64)
        outlined = np.full(len(ids), -1, np.int64)
        if folder.region.coordinates != "schematic":
            outlined = jurisdictions_of(lon, lat, folder.region.outlines, known)
        owner = np.where(given >= 0, given, outlined)
        cars = np.array([s.cars for s in listed], np.int64)
        here = np.array([s.here for s in listed], bool)
        accepts = np.array([s.takes_back for s in listed], bool)
        places = np.array([s.places for s in listed], np.int64)
        for i in np.flatnonzero(owner < 0)[:10].tolist():
            issues.error(f"transit/{GBFS}/station_information.json",
                         "a jurisdiction, given or by the outlines", f"none of '{ids[i]}'",
                         field="region_id")
        names = names_zh = tuple(s.name for s in listed)
    elif table is None:
        names = names_zh = ()
        lon = lat = np.zeros(0)
        owner = cars = places = np.zeros(0, np.int64)
        here = np.zeros(0, bool)
    else:
        _check_table(table, home, issues)
        lon, lat = table["lon"], table["lat"]
        ids, names, names_zh = (tuple(map(str, table[k])) for k in ("id", "name", "name_zh"))
        known = [j.id for j in folder.region.jurisdictions]
        given = np.array([known.index(x) if x in known else -1 for x in table["jurisdiction"]],
                         np.int64)
        found = np.full(len(ids), -1, np.int64)
        if folder.region.coordinates != "schematic":
            found = jurisdictions_of(lon, lat, folder.region.outlines, known)
        owner = np.where(given >= 0, given, found)
        cars, here = table["cars"], table["returns"] == "here"
        places = table["places"]
        for i in np.flatnonzero((places >= 0) & (places < cars)):
            issues.error(table.file, "at least as many places as cars", f"{places[i]}",
                         row=int(table.rows[i]), field="places")
        for i in np.flatnonzero(owner < 0):
            issues.error(table.file, "a jurisdiction, given or by the outlines", "none",
                         row=int(table.rows[i]), field="jurisdiction")
    made = _cars(ids, lon, lat, owner, cars, here, accepts, places, points, stations, settings)
    return replace(made, names=names, names_zh=names_zh)


def _check_table(table: Table, gbfs: Path, issues: Issues) -> None:
    """Stations that are nowhere; and a folder that nobody reads."""
    check_nowhere(table, issues)
    if gbfs.is_dir():
        issues.note(f"transit/{GBFS}/", f"not read: there is {table.file}")


def _cars(  # noqa: PLR0913 - columns of the table
    ids: tuple[str, ...], lon: Floats, lat: Floats, owner: NDArray[np.int64],
    cars: NDArray[np.int64], here: NDArray[np.bool_], accepts: NDArray[np.bool_],
    places: NDArray[np.int64], points: Points, stations: Stations, settings: Settings,
) -> Cars:
    """Stations with the drives between them and what is within a walk of each."""
    drive = settings.detour * great_circle_m(
        lon[:, None], lat[:, None], lon[None, :], lat[None, :]
    ) / settings.car_m_s
    drive[drive > settings.car_most] = np.inf
    if len(accepts):
        drive[:, ~accepts] = np.inf
    here_at = (lon, lat)
    most = settings.pace.most_s * settings.pace.speed_m_s
    return Cars(
        ids, lon, lat, owner, cars, here, drive,
        _crow(here_at, (points.lon, points.lat), settings.detour, most),
        _crow(here_at, (stations.lon, stations.lat), settings.detour, most),
        places, tuple(("", "") for _ in ids),
    )


def more_stations(
    cars: Cars, points: Points, stations: Stations, offer: Offer, settings: Settings
) -> Cars:
    """The cars with those of an offer at its places, once its project is built."""
    at = np.array(offer.at)
    n = len(at)
    every = np.full(n, -(-offer.vehicles // n), np.int64)
    mine = _cars(
        tuple(f"{offer.key}.{points.ids[i]}" for i in at), points.lon[at], points.lat[at],
        points.jurisdiction[at], every, np.zeros(n, bool), np.zeros(0, bool),
        np.full(n, -1, np.int64), points, stations, settings,
    )
    old = len(cars.ids)
    drive = np.full((old + n, old + n), np.inf)
    drive[:old, :old], drive[old:, old:] = cars.drive, mine.drive
    names = tuple(points.names[i] or points.ids[i] for i in at)
    names_zh = tuple(points.names_zh[i] for i in at)
    return Cars(
        (*cars.ids, *mine.ids), np.concatenate([cars.lon, mine.lon]),
        np.concatenate([cars.lat, mine.lat]),
        np.concatenate([cars.jurisdiction, mine.jurisdiction]),
        np.concatenate([cars.cars, mine.cars]), np.concatenate([cars.here, mine.here]), drive,
        cars.near_points.joined(mine.near_points), cars.near_stops.joined(mine.near_stops),
        np.concatenate([cars.places, mine.places]),
        (*cars.projects, *((offer.key, "") for _ in range(n))),
        (*(cars.names or cars.ids), *names), (*(cars.names_zh or cars.ids), *names_zh),
    )
