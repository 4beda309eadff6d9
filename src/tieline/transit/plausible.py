"""Whether places and days fit together: what is read but cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.calendar import days_told
from tieline.transit.place import great_circle_m

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.region.region import Region
    from tieline.region.tables import Table
    from tieline.transit.gtfs.feed import Feed
    from tieline.transit.network import Points
    from tieline.transit.patterns import Stations

FAR_M = 200_000.0
AWAY_M = 500_000.0


def check_days(
    feeds: Sequence[Feed], dates: Mapping[str, date], region: Region, issues: Issues
) -> None:
    """An error for each feed that does not run on the day of the base scenario; else a note."""
    for feed in feeds:
        for key, day in dates.items():
            if feed.calendar.runs(day).any():
                continue
            how, days = days_told([feed.calendar], day)
            runs = {"never": "it runs on no day", "outside": f"it runs on {days}",
                    "within": f"the nearest days it runs are {days}"}[how]
            found = f"nothing runs on {day} (scenario '{key}'); {runs}"
            if key == "base":
                issues.error(feed.file, "a feed that runs on the service day", found)
            else:
                issues.note(feed.file, found)


def check_nowhere(table: Table, issues: Issues) -> None:
    """An error for each row at latitude 0, longitude 0: what programs write for no place."""
    for i in np.flatnonzero((table["lon"] == 0.0) & (table["lat"] == 0.0))[:10].tolist():
        issues.error(table.file, "a place on the map", "latitude 0, longitude 0",
                     row=int(table.rows[i]), field="lat")


def _check_away(points: Points, middle: tuple[float, float], issues: Issues) -> None:
    """An error for each place half a thousand kilometres and more from the stops."""
    lon, lat, (x, y) = points.lon, points.lat, map(np.asarray, middle)
    away = np.flatnonzero(great_circle_m(lon, lat, x, y) > AWAY_M)
    for i in away[:10].tolist():
        found = f"latitude {lat[i]:g}, longitude {lon[i]:g}"
        if abs(lon[i]) <= 90.0 and great_circle_m(lat[i], lon[i], x, y) < AWAY_M:
            found += " (swapped?)"
        issues.error("transit/point", "places within 500 km of the stops",
                     f"'{points.ids[i]}' at {found}")


def check_places(
    points: Points, stations: Stations, owners: NDArray[np.int64], region: Region, issues: Issues
) -> None:
    """Errors for stops and places in different parts of the world, notes for stops outside all."""
    if not len(stations.ids) or not len(points.ids):
        return
    at = float(np.median(points.lon)), float(np.median(points.lat))
    stop = float(np.median(stations.lon)), float(np.median(stations.lat))
    apart = float(great_circle_m(*map(np.asarray, (*at, *stop))))
    if apart > FAR_M:
        swapped = float(great_circle_m(*map(np.asarray, (*at, stop[1], stop[0])))) < FAR_M
        found = f"{apart / 1000:.0f} km away"
        found += " (latitude and longitude swapped?)" if swapped else ""
        issues.error("transit/point", "places within 200 km of the stops", found)
    else:
        _check_away(points, stop, issues)
    n_outside = int((owners < 0).sum())
    if n_outside:
        n_stops = len(owners)
        issues.note("transit/", f"{n_outside} of {n_stops} stops lie in no jurisdiction: lines are "
                    "not cut there")
