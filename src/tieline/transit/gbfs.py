"""Stations of shared vehicles from GBFS files (2.3 and 3.0), in the folder transit/gbfs/."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.region.issues import Issues
    from tieline.region.region import Region

FOLDER = "gbfs"
VERSIONS = ("2.", "3.")


@dataclass(frozen=True)
class Station:
    """A place to take and leave vehicles; `region` is a jurisdiction's id, "" if not said."""

    id: str
    name: str
    lon: float
    lat: float
    region: str
    cars: int
    here: bool
    takes_back: bool
    places: int = -1


def read_gbfs(home: Path, region: Region, issues: Issues) -> list[Station] | None:
    """The stations of transit/gbfs/; None, with the reasons, if they cannot be used.

    Vehicles are those the status counts, else the station's capacity. A station whose vehicle
    types must all be brought back to it (`roundtrip_station`) lends for nothing but the way back.
    """
    before = len(issues.errors)
    data = {n: _load(home, n, issues, required=n == "station_information")
            for n in ("station_information", "station_status", "vehicle_types", "system_regions")}
    if len(issues.errors) > before:
        return None
    status = {str(s.get("station_id")): s for s in _rows(data["station_status"], "stations")}
    bound = _bound(_rows(data["vehicle_types"], "vehicle_types"))
    names = _regions(_rows(data["system_regions"], "regions"), region)
    found: list[Station] = []
    label = f"transit/{FOLDER}/station_information.json"
    for k, s in enumerate(_rows(data["station_information"], "stations")):
        where = f"data.stations[{k}]"
        name, lon, lat = s.get("station_id"), s.get("lon"), s.get("lat")
        if not isinstance(name, str) or not name:
            issues.error(label, "a station_id", f"{name!r}", field=where)
            continue
        if not (_within(lon, 180.0) and _within(lat, 90.0)):
            issues.error(label, "lon and lat in degrees", f"{lon!r}, {lat!r}", field=where)
            continue
        if lon == lat == 0:
            issues.error(label, "a place on the map", "latitude 0, longitude 0", field=where)
            continue
        if name in (s.id for s in found):
            issues.error(label, "a station_id used once", f"{name!r} again", field=where)
            continue
        if s.get("capacity") is not None and not _whole(s["capacity"]):
            issues.error(label, "a whole number >= 0", f"{s['capacity']!r}",
                         field=f"{where}.capacity")
            continue
        now = status.get(name, {})
        found.append(Station(
            name, _text(s.get("name")), float(lon), float(lat),  # type: ignore[arg-type]
            names.get(str(s.get("region_id")), ""), _vehicles(s, now), _here(s, now, bound),
            bool(now.get("is_returning", True)) and bool(now.get("is_installed", True)),
            _places(s),
        ))
    if not found and len(issues.errors) == before:
        issues.error(label, "a list of stations", "none", field="data.stations")
    return found if len(issues.errors) == before else None


def _load(home: Path, name: str, issues: Issues, *, required: bool) -> Any:
    path, label = home / f"{name}.json", f"transit/{FOLDER}/{name}.json"
    if not path.is_file():
        if required:
            issues.error(label, "this file of the feed", "no such file")
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        issues.error(label, "JSON", f"an error: {error}")
        return {}
    version = str(found.get("version", "2.0")) if isinstance(found, dict) else ""
    if not version.startswith(VERSIONS):
        issues.error(label, "GBFS version 2 or 3", f"'{version}'", field="version")
        return {}
    return found.get("data", {})


def _rows(data: Any, key: str) -> list[dict[str, Any]]:
    rows = data.get(key) if isinstance(data, dict) else None
    return [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []


def _text(value: Any) -> str:
    """A name: plain in version 2, by language in version 3."""
    if isinstance(value, list):
        return str(value[0].get("text", "")) if value and isinstance(value[0], dict) else ""
    return str(value or "")


def _within(value: Any, most: float) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)
            and abs(value) <= most)


def _whole(value: Any) -> bool:
    """Whether this is a number of vehicles."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _bound(types: list[dict[str, Any]]) -> dict[str, bool]:
    """Whether vehicles of a type must come back to where they were taken."""
    return {str(t.get("vehicle_type_id")): t.get("return_constraint") == "roundtrip_station"
            for t in types}


def _regions(rows: list[dict[str, Any]], region: Region) -> dict[str, str]:
    """Jurisdiction of each region_id: the same id, or the same name."""
    found = {}
    for r in rows:
        key, name = str(r.get("region_id")), _text(r.get("name"))
        for j in region.jurisdictions:
            if key == j.id or (name and name in (j.id, j.name, j.name_zh)):
                found[key] = j.id
    return {**{j.id: j.id for j in region.jurisdictions}, **found}


def _vehicles(station: dict[str, Any], now: dict[str, Any]) -> int:
    if not (now.get("is_renting", True) and now.get("is_installed", True)):
        return 0
    for key in ("num_vehicles_available", "num_bikes_available"):
        if _whole(now.get(key)):
            return int(now[key])
    return int(station["capacity"]) if _whole(station.get("capacity")) else 1


def _places(station: dict[str, Any]) -> int:
    """How many vehicles may stand there; -1, as many as come, where nothing is said."""
    capacity = station.get("capacity")
    return int(capacity) if _whole(capacity) else -1  # type: ignore[arg-type]


def _here(station: dict[str, Any], now: dict[str, Any], bound: dict[str, bool]) -> bool:
    kinds = [str(t.get("vehicle_type_id")) for t in _rows(now, "vehicle_types_available")]
    kinds = kinds or list(bound)
    return bool(kinds) and all(bound.get(k, False) for k in kinds)
