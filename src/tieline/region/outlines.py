"""jurisdictions.geojson: outlines for maps, each with the id of its jurisdiction."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from tieline.messages import counted
from tieline.region.expect import nearest
from tieline.region.issues import Issues
from tieline.region.readers import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OUTLINES_FILE = "jurisdictions.geojson"
DEPTH = {"Polygon": 1, "MultiPolygon": 2}
"""How many lists lie around a ring of positions."""


def read_outlines(
    path: Path, jurisdictions: Sequence[str], coordinates: str, issues: Issues
) -> dict[str, Any] | None:
    """The content of jurisdictions.geojson; None if there is none or it cannot be used."""
    file = path / OUTLINES_FILE
    if not file.is_file():
        return None
    mine = Issues()
    content = load_geojson(file, mine)
    if content is not None:
        _check(content, jurisdictions, coordinates, mine)
    issues.extend(mine)
    return None if mine.errors else content


def load_geojson(file: Path, issues: Issues) -> Any:
    """What a file of JSON holds; None, and an issue, if it is none."""
    text = decode(file.read_bytes(), file.name, issues)
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        issues.error(file.name, "GeoJSON", f"an error: {error.msg}", row=error.lineno)
    except RecursionError:
        issues.error(file.name, "GeoJSON", "lists within lists without end")
    return None


def _check(
    content: Any, jurisdictions: Sequence[str], coordinates: str, issues: Issues
) -> None:
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        issues.error(OUTLINES_FILE, "a FeatureCollection with features", "something else")
        return
    drawn = set()
    for k, feature in enumerate(features):
        where = f"features[{k}]"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        name = properties.get("id") if isinstance(properties, dict) else None
        if name not in jurisdictions:
            found = "nothing" if name is None else f"'{name}'{nearest(str(name), jurisdictions)}"
            issues.error(
                OUTLINES_FILE, "the id of a jurisdiction", found, field=f"{where}.properties.id"
            )
            continue
        drawn.add(name)
        _check_geometry(feature.get("geometry"), f"{where}.geometry", coordinates, issues)
    missing = [j for j in jurisdictions if j not in drawn]
    if missing:
        issues.note(OUTLINES_FILE, "no outline of " + ", ".join(missing))


def _check_geometry(geometry: Any, where: str, coordinates: str, issues: Issues) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in DEPTH:
        issues.error(OUTLINES_FILE, "a Polygon or MultiPolygon", f"{kind!r}", field=where)
        return
    rings = geometry.get("coordinates")
    for _ in range(DEPTH[kind] - 1):
        rings = [r for part in rings for r in part] if _is_list_of_lists(rings) else None
    if not _is_list_of_lists(rings):
        issues.error(OUTLINES_FILE, "rings of positions", "something else", field=where)
        return
    limits = (180.0, 90.0) if coordinates == "EPSG:4326" else (math.inf, math.inf)
    for n, ring in enumerate(rings):
        at = f"{where} ring {n}"
        bad = next((p for p in ring if not is_position(p, limits)), None)
        if bad is not None:
            degrees = "positions [longitude, latitude] in degrees"
            wanted = degrees if limits[0] < math.inf else "positions [x, y]"
            issues.error(OUTLINES_FILE, wanted, f"{bad!r}", field=at)
        elif len(ring) < 4 or ring[0] != ring[-1]:
            issues.error(
                OUTLINES_FILE, "a closed ring of at least 4 positions",
                counted(len(ring), "position") + ("" if ring[:1] == ring[-1:] else ", not closed"),
                field=at,
            )


def _is_list_of_lists(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, list) for x in value)


def is_position(value: Any, limits: tuple[float, float]) -> bool:
    """Whether it is a position [x, y] within these limits."""
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(x, int | float) and math.isfinite(x) for x in value)
        and abs(value[0]) <= limits[0]
        and abs(value[1]) <= limits[1]
    )
