"""ground.geojson: waters and facilities that maps show below the networks; nothing is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tieline.region.issues import Issues
from tieline.region.model import STATUSES
from tieline.region.outlines import is_position, load_geojson

if TYPE_CHECKING:
    from pathlib import Path

GROUND_FILE = "ground.geojson"
KINDS = {
    "water": ("LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    "facility": ("Point",),
}
"""What a feature may be, and by which geometries."""
DEPTH = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists lie around a position."""


def read_ground(path: Path, coordinates: str, issues: Issues) -> dict[str, Any] | None:
    """The content of ground.geojson; None if there is none or it cannot be used."""
    file = path / GROUND_FILE
    if not file.is_file():
        return None
    mine = Issues()
    content = load_geojson(file, mine)
    if content is not None:
        limits = (180.0, 90.0) if coordinates == "EPSG:4326" else (math.inf, math.inf)
        _check(content, limits, mine)
    issues.extend(mine)
    return None if mine.errors else content


def _check(content: Any, limits: tuple[float, float], issues: Issues) -> None:
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        issues.error(GROUND_FILE, "a FeatureCollection with features", "something else")
        return
    for k, feature in enumerate(features):
        where = f"features[{k}]"
        given = feature.get("properties") if isinstance(feature, dict) else None
        known = given if isinstance(given, dict) else {}
        for key, allowed in (("kind", tuple(KINDS)), ("status", tuple(STATUSES))):
            if known.get(key) not in allowed:
                issues.error(GROUND_FILE, "one of " + ", ".join(allowed), f"{known.get(key)!r}",
                             field=f"{where}.properties.{key}")
        if not any(isinstance(known.get(key), str) and known[key] for key in ("name", "name_zh")):
            issues.error(GROUND_FILE, "a name or name_zh", "none", field=f"{where}.properties")
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        _check_geometry(geometry, KINDS.get(str(known.get("kind")), ()), limits, where, issues)


def _check_geometry(
    geometry: Any, kinds: tuple[str, ...], limits: tuple[float, float], where: str, issues: Issues
) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in (kinds or DEPTH):
        issues.error(GROUND_FILE, "one of " + ", ".join(kinds or DEPTH), f"{kind!r}",
                     field=f"{where}.geometry")
        return
    positions = [geometry.get("coordinates")]
    for _ in range(DEPTH[kind]):
        positions = [p for part in positions if isinstance(part, list) for p in part]
    bad = next((p for p in positions if not is_position(p, limits)), None)
    if bad is not None or len(positions) < (1 if kind == "Point" else 2):
        wanted = ("positions [longitude, latitude] in degrees" if limits[0] < math.inf
                  else "positions [x, y]")
        issues.error(GROUND_FILE, wanted, f"{bad!r}", field=f"{where}.geometry")
