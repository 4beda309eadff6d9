"""Stops that only a scenario has: given in its file by coordinates, linked like all others.

A stop of `add-trips` or `reroute` with `lat` and `lon` is new: {"stopId": "gate", "lat": 31.0,
"lon": 121.0}. It is called scenario:stopId, or scenario:lon,lat without one. Without trips it
changes nothing, so that the other scenarios stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.transit.patterns import Stations

if TYPE_CHECKING:
    from tieline.region.issues import Issues

MOST = {"lat": 90.0, "lon": 180.0}


def is_new(stop: Any) -> bool:
    """Whether a stop of a modification is given by where it lies."""
    return isinstance(stop, Mapping) and "lat" in stop and "lon" in stop


def name_of(stop: Mapping[str, Any], scenario: str) -> str:
    """What a new stop is called among all stops."""
    return f"{scenario}:{stop.get('stopId') or '{:g},{:g}'.format(stop['lon'], stop['lat'])}"


def named(modification: Mapping[str, Any], scenario: str) -> Mapping[str, Any]:
    """The modification with the names of new stops where their coordinates stood."""
    stops = modification.get("stops")
    if not isinstance(stops, list):
        return modification
    return {**modification, "stops": [
        name_of(s, scenario) if is_new(s) and _placed(s) else s for s in stops]}


def with_new_stops(stations: Stations, home: Path, issues: Issues) -> Stations:
    """The stops of all feeds and, behind them, those of the scenario files of a folder."""
    found: dict[str, tuple[float, float, str]] = {}
    for path in sorted(home.glob("*.json")):
        label = f"transit/{path.name}"
        for where, stop in _stops(path):
            if not _placed(stop):
                issues.error(label, "lat and lon in degrees",
                             f"{stop['lat']!r}, {stop['lon']!r}", field=where)
                continue
            name, place = name_of(stop, path.stem), (float(stop["lon"]), float(stop["lat"]))
            if name in stations.index:
                issues.error(label, "a name that no stop of a feed has", f"'{name}'", field=where)
            elif found.get(name, (*place, ""))[:2] != place:
                issues.error(label, "one place for each new stop",
                             f"'{name}' at two places", field=where)
            else:
                found[name] = (*place, str(stop.get("jurisdiction") or ""))
    if not found:
        return stations
    n = len(found)
    lon, lat, owner = (np.array(x) for x in zip(*found.values(), strict=True))
    nobody, plain, empty = np.full(n, -1), np.zeros(n, np.int64), np.full(n, "", dtype=object)
    names = [x.partition(":")[2] for x in found]
    return Stations(*(np.concatenate([a, np.asarray(b, a.dtype)]) for a, b in (
        (stations.ids, list(found)), (stations.names, names),
        (stations.names_zh, empty), (stations.lon, lon),
        (stations.lat, lat), (stations.parent, nobody), (stations.kind, plain),
        (stations.jurisdiction, owner), (stations.zone, empty))))


def _stops(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where each new stop of a file stands, and what is said of it; a bad file has none here."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return  # told by the reader of modifications
    given = raw.get("modifications") if isinstance(raw, dict) else raw
    for k, m in enumerate(given if isinstance(given, list) else ()):
        stops = m.get("stops") if isinstance(m, dict) else None
        for i, stop in enumerate(stops if isinstance(stops, list) else ()):
            if is_new(stop):
                yield f"modifications[{k}].stops[{i}]", stop


def _placed(stop: Mapping[str, Any]) -> bool:
    """Whether the coordinates are some; 0, 0 stands for none in many programs."""
    return any(stop[k] for k in MOST) and all(
        isinstance(stop[k], int | float) and abs(stop[k]) <= most for k, most in MOST.items())
