"""Places in the forms they are handed around in: GeoJSON, GeoParquet, Conveyal grids, H3 cells.

`tieline.transit.places.point_table` turns any of them into rows of transit/point.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.errors import InputError
from tieline.messages import counted
from tieline.region.readers import RawTable
from tieline.transit.place import n_swapped

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.tables import Schema, Table

Columns = dict[str, NDArray[Any]]
TILE = 256.0
NAME = "transit/point"
CELLS = ("h3", "h3_index", "id")
"""Columns in which ids of H3 cells may stand."""


def point_table(path: str | Path) -> Columns:
    """Columns id, lon, lat and the opportunities of a file, equally long.

    .geojson and .json (points, or the middle of what else is drawn), .parquet (GeoParquet with WKB
    points or polygons, or columns lon and lat, or h3 ids), .grid (Conveyal; pixels above 0).

    Raises
    ------
    InputError
        If the file is none of these, or holds no place.
    """
    found = _read(Path(path))
    return {name: values for name, values in found.items()
            if name == "id" or values.dtype == np.float64}


def _read(where: Path) -> Columns:
    """All columns of a file, texts among them."""
    kinds: Mapping[str, Callable[[Path], Columns]] = {
        ".geojson": _geojson, ".json": _geojson, ".parquet": _parquet, ".grid": _grid,
    }
    reader = kinds.get(where.suffix.lower())
    if reader is None:
        message = f"{where.name}: expected one of {', '.join(kinds)}, found another file"
        raise InputError([message])
    try:
        found = reader(where)
    except (ValueError, OSError, RecursionError) as error:
        message = f"{where.name}: expected places, found an error: {error}"
        raise InputError([message]) from error
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, struct.error,
            EOFError, zlib.error) as error:
        message = f"{where.name}: expected places, found something else"
        raise InputError([message]) from error
    if not len(found["id"]):
        message = f"{where.name}: expected places, found none"
        raise InputError([message])
    return found


def _geojson(path: Path) -> Columns:
    features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    middles = []
    for k, f in enumerate(features):
        try:
            middles.append(_middle(f["geometry"]["coordinates"]))
        except (KeyError, TypeError, IndexError, ValueError, RecursionError) as error:
            msg = f"feature {k + 1} has no coordinates"
            raise ValueError(msg) from error
    rows = [f.get("properties") or {} for f in features]
    ids = [str(f.get("id", r.get("id", k))) for k, (f, r) in enumerate(zip(features, rows,
                                                                          strict=True))]
    return _columns(ids, middles, rows)


def _columns(
    ids: list[str], places: list[tuple[float, float]], rows: list[Mapping[str, Any]]
) -> Columns:
    """Ids, places, and every property: numbers where all are, nothing counting as 0; else texts."""
    found: Columns = {"id": np.array(ids, dtype=object),
                      "lon": np.array([p[0] for p in places], float),
                      "lat": np.array([p[1] for p in places], float)}
    for name in dict.fromkeys(k for r in rows for k in r):
        values = [r.get(name) for r in rows]
        if name in found:
            continue
        if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool))
               for v in values):
            found[name] = np.array([0.0 if v is None else float(v) for v in values])
        elif all(v is None or isinstance(v, str | int | float) for v in values):
            found[name] = np.array(["" if v is None or v != v else v for v in values], dtype=object)
    return found


def _middle(coordinates: Any) -> tuple[float, float]:
    """A point itself; of a line or polygon the middle of its box."""
    flat: list[tuple[float, float]] = []

    def walk(value: Any) -> None:
        if isinstance(value[0], int | float):
            flat.append((float(value[0]), float(value[1])))
        else:
            for part in value:
                walk(part)

    walk(coordinates)
    x, y = zip(*flat, strict=True)
    return (min(x) + max(x)) / 2.0, (min(y) + max(y)) / 2.0


def _parquet(path: Path) -> Columns:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    names = table.column_names
    rows = table.select([n for n in names if n not in _geometry_names(table)]).to_pylist()
    meta = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    if meta:
        column = meta.get("primary_column", "geometry")
        places = [_middle(_wkb(v)) for v in table.column(column).to_pylist()]
    elif {"lon", "lat"} <= set(names):
        places = [(r["lon"], r["lat"]) for r in rows]
    else:
        places = _cells([str(r.get("h3") or r.get("h3_index") or r["id"]) for r in rows])
    ids = [str(r.get("id", r.get("h3", r.get("h3_index", k)))) for k, r in enumerate(rows)]
    return _columns(ids, places, rows)


def _geometry_names(table: Any) -> set[str]:
    meta = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    return set(meta.get("columns", {}))


def is_cell(name: str) -> bool:
    """Whether this can be the id of an H3 cell: fifteen hexadecimal digits, the first an 8."""
    return re.fullmatch(r"8[0-9a-f]{14}", name, re.IGNORECASE) is not None


def _cells(ids: list[str]) -> list[tuple[float, float]]:
    """Middles of H3 cells; needs the package h3."""
    try:
        import h3
    except ImportError:
        message = "expected the package h3 for H3 ids, found none installed"
        raise InputError([message]) from None
    wrong = [x for x in ids if not h3.is_valid_cell(x)]
    if wrong:
        message = f"expected ids of H3 cells, found '{wrong[0]}'"
        raise InputError([message])
    return [(lon, lat) for lat, lon in (h3.cell_to_latlng(x) for x in ids)]


def _wkb(data: bytes) -> Any:
    """Coordinates of well-known binary: points, lines, polygons and their collections."""
    return _wkb_at(data, 0)[0]


def _wkb_at(data: bytes, at: int) -> tuple[Any, int]:
    order = "<" if data[at] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", data, at + 1)
    at += 5
    size = 16 + 8 * (kind // 1000 % 2) + 8 * (kind // 2000)
    kind %= 1000

    def pair() -> list[float]:
        nonlocal at
        x, y = struct.unpack_from(order + "2d", data, at)
        at += size
        return [x, y]

    def count() -> int:
        nonlocal at
        (n,) = struct.unpack_from(order + "I", data, at)
        at += 4
        return int(n)

    if kind == 1:
        return pair(), at
    if kind == 2:
        return [pair() for _ in range(count())], at
    if kind == 3:
        return [[pair() for _ in range(count())] for _ in range(count())], at
    parts = []
    for _ in range(count()):
        part, at = _wkb_at(data, at)
        parts.append(part)
    return parts, at


def _grid(path: Path) -> Columns:
    """A Conveyal grid: web-mercator pixels, values as differences, gzipped or not."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    zoom, west, north, width, height = struct.unpack_from("<5i", raw)
    if not (0 <= zoom <= 22 and 0 < width <= 1 << 16 and 0 < height <= 1 << 16):
        msg = "no Conveyal grid"
        raise ValueError(msg)
    if len(raw) < 20 + 4 * width * height:
        msg = "a grid that breaks off"
        raise ValueError(msg)
    values = np.cumsum(np.frombuffer(raw, "<i4", width * height, 20).astype(np.int64))
    y, x = np.divmod(np.flatnonzero(values > 0), width)
    n = TILE * 2.0**zoom
    lon = (west + x + 0.5) / n * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1.0 - 2.0 * (north + y + 0.5) / n))))
    ids = np.array([f"{a}-{b}" for a, b in zip(x, y, strict=True)], dtype=object)
    return {"id": ids, "lon": lon, "lat": lat,
            "opportunities": values[values > 0].astype(float)}


def places_of_folder(
    folder: RegionFolder, schema: Schema, issues: Issues
) -> Table | None:
    """Table transit/point of the folder, or what point.geojson or point.grid holds; else None.

    A table without lon and lat is one of H3 cells, or GeoParquet. The pixels of a grid are people.
    """
    others = [f"{NAME}{s}" for s in (".geojson", ".grid")
              if folder.path_of(f"{NAME}{s}").is_file()]
    if folder.has(NAME):
        for label in others:
            issues.note(label, "not read: there is a table of places")
        return _tabled(folder, schema, issues)
    for label in others[1:]:
        issues.note(label, f"not read: there is {others[0]}")
    if not others:
        issues.error(f"{NAME}.csv", f"this table ({schema.title})", "no such file or sheet")
        return None
    return _put(folder, others[0], folder.path_of(others[0]), schema, issues)


def _tabled(folder: RegionFolder, schema: Schema, issues: Issues) -> Table | None:
    """The table of places as it stands, places of cells and shapes put in."""
    raw, _ = folder.tables.raw(NAME)
    if raw is not None and not {"lon", "lat"} & set(raw.columns):
        if raw.file.endswith(".parquet"):
            return _put(folder, raw.file, folder.path / raw.file, schema, issues)
        cells = next((c for c in CELLS if c in raw.columns), "")
        if cells and all(is_cell(str(x)) for x in raw.columns[cells]):
            found = _celled(raw, cells, issues)
            if found is None:
                return None
            folder.tables.put(NAME, found)
            raw = found
    if raw is not None and {"lat", "lon"} <= set(raw.columns):
        n = n_swapped(raw.columns["lat"], raw.columns["lon"])
        if n:
            issues.note(raw.file,
                        f"latitude and longitude swapped? {counted(n, 'place')} would fit")
    return folder.table(NAME, schema, issues)


def _celled(raw: RawTable, cells: str, issues: Issues) -> RawTable | None:
    """The table with the middles of its cells, and their ids where it has no others."""
    try:
        places = _cells([str(x) for x in raw.columns[cells]])
    except InputError as error:
        issues.error(raw.file, *_said(error), field=cells)
        return None
    kept = {name: values for name, values in raw.columns.items() if name not in CELLS[:2]}
    return RawTable(raw.file, {
        "id": list(raw.columns[cells]), **kept,
        "lon": [p[0] for p in places], "lat": [p[1] for p in places]}, raw.rows)


def _put(
    folder: RegionFolder, label: str, path: Path, schema: Schema, issues: Issues
) -> Table | None:
    """The places of a file of another form, as the table that others refer to."""
    try:
        found = _read(path)
    except InputError as error:
        issues.error(label, *_said(error))
        return None
    if "population" not in found and "opportunities" in found:
        found["population"] = found.pop("opportunities")
    for name in CELLS[:2]:
        found.pop(name, None)
    columns = {name: values.tolist() for name, values in found.items()}
    folder.tables.put(NAME, RawTable(label, columns, list(range(1, len(found["id"]) + 1))))
    return folder.table(NAME, schema, issues)


def _said(error: InputError) -> tuple[str, str]:
    """What was expected and what was found."""
    text = str(error.problems[0]).partition("expected ")[2]
    expected, _, found = text.partition(", found ")
    return expected, found
