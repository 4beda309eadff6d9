"""A feed as read: stops, routes, trips, calls, services, frequencies, transfers, fares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.messages import counted
from tieline.transit.gtfs.archive import open_feed
from tieline.transit.gtfs.calendar import Calendar, read_calendar
from tieline.transit.gtfs.fares import Fares, read_fares
from tieline.transit.gtfs.names import Translations, names_of
from tieline.transit.gtfs.sheet import (
    Sheet,
    distinct,
    flag,
    keys,
    numbers,
    read_sheet,
    refer,
    require,
    times,
)
from tieline.transit.gtfs.stoptimes import StopTimes, read_stop_times
from tieline.transit.gtfs.transfers import Transfers, read_transfers
from tieline.transit.place import great_circle_m, n_swapped

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tieline.region.issues import Issues

KEYS = {"stops.txt": "stop_id", "routes.txt": "route_id", "trips.txt": "trip_id",
        "calendar.txt": "service_id", "fare_attributes.txt": "fare_id"}
"""Files in which each id stands once."""
FAR_M = 500_000.0
"""A stop this far from the middle of its feed is in the wrong place."""


@dataclass(frozen=True)
class Stops:
    """Places of a feed. `parent` is the row of the station, -1 without; `kind` as GTFS numbers.

    `names_zh` are Chinese names, "" where there is no other than `names`; of routes too.
    """

    ids: NDArray[Any]
    names: NDArray[Any]
    names_zh: NDArray[Any]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    parent: NDArray[np.int64]
    kind: NDArray[np.int64]
    jurisdiction: NDArray[Any]
    zone: NDArray[Any]


@dataclass(frozen=True)
class Routes:
    """Lines of a feed."""

    ids: NDArray[Any]
    names: NDArray[Any]
    names_zh: NDArray[Any]
    agency: NDArray[Any]
    kind: NDArray[np.int64]


@dataclass(frozen=True)
class Trips:
    """Trips of a feed: rows of their route and service."""

    ids: NDArray[Any]
    route: NDArray[np.int64]
    service: NDArray[np.int64]
    headsign: NDArray[Any]


@dataclass(frozen=True)
class Frequencies:
    """Trips that repeat: rows of trips, seconds of start, end and headway, whether exact."""

    trip: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    headway: NDArray[np.int64]
    exact: NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Feed:
    """One agency's or several agencies' timetable; `id` keeps its ids apart from other feeds'.

    `agencies` are their names by id, `agencies_zh` those in Chinese, where there are.
    """

    id: str
    file: str
    stops: Stops
    routes: Routes
    trips: Trips
    calls: StopTimes
    calendar: Calendar
    frequencies: Frequencies
    transfers: Transfers
    fares: Fares
    agencies: Mapping[str, str]
    agencies_zh: Mapping[str, str]

    def __repr__(self) -> str:
        return (f"Feed({self.id!r}: {len(self.routes.ids)} routes, {len(self.stops.ids)} stops, "
                f"{len(self.trips.ids)} trips, {len(self.calls.stop)} calls)")


def read_feed(path: Path, label: str, issues: Issues, *, name: str = "") -> Feed | None:
    """The feed in a zip or folder; None, with every reason in `issues`, if it cannot be used.

    `label` is how messages call the file, `name` the feed's id (default: the file's name).
    """
    before = len(issues.errors)
    files = open_feed(path, label, issues)
    if files is None:
        return None
    sheets = {n: read_sheet(data, f"{label}/{n}", issues) for n, data in files.items()}
    if len(issues.errors) > before:
        return None
    for n, key in KEYS.items():
        sheet = sheets.get(n)
        if sheet is not None:
            sheets[n] = distinct(sheet, key, issues)
    feed = _assemble(sheets, label, name or path.stem, issues)
    if feed is None or len(issues.errors) > before:
        return None
    _notes(feed, issues)
    return feed


def _assemble(
    sheets: Mapping[str, Sheet | None], label: str, name: str, issues: Issues
) -> Feed | None:
    stop_sheet, route_sheet = sheets["stops.txt"], sheets["routes.txt"]
    trip_sheet, call_sheet = sheets["trips.txt"], sheets["stop_times.txt"]
    if stop_sheet is None or route_sheet is None or trip_sheet is None or call_sheet is None:
        return None
    calendar = read_calendar(
        sheets.get("calendar.txt"), sheets.get("calendar_dates.txt"), issues
    )
    translations = Translations(sheets.get("translations.txt"), issues)
    stops = _stops(stop_sheet, translations, issues)
    routes = _routes(route_sheet, translations, issues)
    if stops is None or routes is None or not require(
        trip_sheet, ("route_id", "service_id", "trip_id"), issues
    ):
        return None
    stop_of, route_of = _index(stops.ids), _index(routes.ids)
    trip_of = keys(trip_sheet, "trip_id", issues)
    trips = Trips(
        trip_sheet.texts("trip_id"),
        refer(trip_sheet, "route_id", route_of, "routes.txt", issues),
        refer(trip_sheet, "service_id", calendar.index, "calendar.txt or calendar_dates.txt",
              issues),
        trip_sheet.texts("trip_headsign"),
    )
    calls = read_stop_times(call_sheet, trip_of, stop_of, stops.lon, stops.lat, issues)
    frequencies = _frequencies(sheets.get("frequencies.txt"), trip_of, issues)
    transfers = read_transfers(
        sheets.get("transfers.txt"), stop_of, route_of, trip_of, issues
    )
    fares = read_fares(
        sheets.get("fare_attributes.txt"), sheets.get("fare_rules.txt"), route_of, issues
    )
    if calls is None:
        return None
    agency = sheets["agency.txt"]
    agencies, agencies_zh = ({}, {}) if agency is None else _agencies(agency, translations)
    calendar = calendar.only(trips.service)
    return Feed(name, label, stops, routes, trips, calls, calendar, frequencies, transfers, fares,
                agencies, agencies_zh)


def _agencies(
    sheet: Sheet, translations: Translations
) -> tuple[dict[str, str], dict[str, str]]:
    """Names by id, in English and in Chinese."""
    ids = list(map(str, sheet.texts("agency_id")))
    names = names_of(sheet, "agency_id", {"agency_name": sheet.texts("agency_name")}, translations)
    plain, chinese = (dict(zip(ids, map(str, v), strict=True)) for v in names)
    return plain, {k: v for k, v in chinese.items() if v}


def _index(ids: NDArray[Any]) -> dict[str, int]:
    return {str(x): i for i, x in reversed(list(enumerate(ids)))}


def _stops(sheet: Sheet, translations: Translations, issues: Issues) -> Stops | None:
    if not require(sheet, ("stop_id", "stop_lat", "stop_lon"), issues):
        return None
    index = keys(sheet, "stop_id", issues)
    kind = numbers(sheet, "location_type", issues, low=0, high=4, default=0.0)
    placed = np.where(np.isin(kind, (3.0, 4.0)), 0.0, np.nan)
    lat = numbers(sheet, "stop_lat", issues, low=-90, high=90, unit="deg",
                  default=0.0 if np.isfinite(placed).any() else None)
    lon = numbers(sheet, "stop_lon", issues, low=-180, high=180, unit="deg",
                  default=0.0 if np.isfinite(placed).any() else None)
    _check_swapped(sheet, issues)
    parent = refer(sheet, "parent_station", index, "stops.txt", issues, optional=True)
    inherits = np.isfinite(placed) & (parent >= 0) & (lat == 0.0) & (lon == 0.0)
    lat, lon = (np.where(inherits, v[parent], v) for v in (lat, lon))
    _check_places(sheet, lon, lat, issues)
    names = names_of(sheet, "stop_id", {"stop_name": sheet.texts("stop_name")}, translations)
    return Stops(
        sheet.texts("stop_id"), *names, lon, lat, parent,
        np.nan_to_num(kind).astype(np.int64), sheet.texts("jurisdiction"), sheet.texts("zone_id"),
    )


def _check_swapped(sheet: Sheet, issues: Issues) -> None:
    """A note where latitudes that cannot be would do as longitudes, and the other way round."""
    n = n_swapped(sheet.texts("stop_lat"), sheet.texts("stop_lon"))
    if n:
        issues.note(sheet.file, f"latitude and longitude swapped? {counted(n, 'stop')} would fit")


def _check_places(
    sheet: Sheet, lon: NDArray[np.float64], lat: NDArray[np.float64], issues: Issues
) -> None:
    """Stops at 0, 0, and stops far from the others: perhaps with latitude and longitude swapped."""
    zero = (lon == 0.0) & (lat == 0.0)
    flag(sheet, zero, "stop_lat", "a place on the map", issues, lambda _: "latitude 0, longitude 0")
    good = np.isfinite(lon) & np.isfinite(lat) & ~zero
    if not good.any():
        return
    middle = float(np.median(lon[good])), float(np.median(lat[good]))
    away = good & (great_circle_m(lon, lat, *middle) > FAR_M)  # type: ignore[arg-type]

    def found(i: int) -> str:
        swapped = great_circle_m(lat[i], lon[i], *middle) < FAR_M  # type: ignore[arg-type]
        where = f"latitude {lat[i]:g}, longitude {lon[i]:g}"
        return where + (" (swapped?)" if swapped else "")

    flag(sheet, away, "stop_lat", "a place within 500 km of the feed's other stops", issues, found)


def _routes(sheet: Sheet, translations: Translations, issues: Issues) -> Routes | None:
    if not require(sheet, ("route_id", "route_type"), issues):
        return None
    keys(sheet, "route_id", issues)
    kind = numbers(sheet, "route_type", issues, low=0, high=1799)
    names, names_zh = names_of(
        sheet, "route_id", {n: sheet.texts(n) for n in ("route_short_name", "route_long_name")},
        translations)
    return Routes(sheet.texts("route_id"), np.where(names != "", names, sheet.texts("route_id")),
                  names_zh, sheet.texts("agency_id"), np.nan_to_num(kind).astype(np.int64))


def _frequencies(sheet: Sheet | None, trips: Mapping[str, int], issues: Issues) -> Frequencies:
    empty = np.zeros(0, np.int64)
    if sheet is None or not require(
        sheet, ("trip_id", "start_time", "end_time", "headway_secs"), issues
    ):
        return Frequencies(empty, empty, empty, empty, empty > 0)
    start, end = times(sheet, "start_time", issues), times(sheet, "end_time", issues)
    flag(sheet, (end <= start) & (end >= 0), "end_time", "a time after start_time", issues)
    headway = numbers(sheet, "headway_secs", issues, low=1, high=86400, unit="s")
    exact = numbers(sheet, "exact_times", issues, low=0, high=1, default=0.0)
    return Frequencies(
        refer(sheet, "trip_id", trips, "trips.txt", issues), start, end,
        np.nan_to_num(headway).astype(np.int64), exact == 1.0,
    )


def _notes(feed: Feed, issues: Issues) -> None:
    """What the user should know: trips that go nowhere."""
    n = np.diff(feed.calls.at)
    for i in np.flatnonzero(n == 1)[:10]:
        issues.note(f"{feed.file}/stop_times.txt",
                    f"trip '{feed.trips.ids[i]}' has one stop; left out")
    empty = int(np.sum(n == 0))
    if empty:
        issues.note(f"{feed.file}/trips.txt", f"{counted(empty, 'trip')} without stop times")
