"""The whole grid as a drawing to point at, and where its assets lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.publish.ground import drawn as drawn_ground
from tieline.publish.maps import (
    WIDTH,
    Frame,
    Label,
    path_data,
    place_labels,
    polygon_data,
    rings,
    segments,
    text,
)
from tieline.publish.markup import Html, el
from tieline.publish.words import in_language, typeset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.publish.words import Words
    from tieline.region.model import FloatArray, Jurisdiction
    from tieline.region.region import Region
    from tieline.region.tables import Table

LINES = {"branches": "r-live", "reaches": "water", "legs": "ridden"}
"""Tables of a picture that hold lines, and how these are drawn."""
SPOTS = ("sources", "gates", "stops")
"""Tables of a picture that hold points."""
ENDS = ("x0", "y0", "x1", "y1")
NAME_SIZE = 40.0


def base_map(region: Region, picture: Mapping[str, Table], words: Words) -> Html:
    """Every line and source, by jurisdiction, without any state; "" without positions.

    Lines are the branches of a grid, the reaches of waters or the legs of bus lines; without any,
    outlines alone.
    """
    frame = _frame(region, picture)
    if frame is None:
        return Html("")
    shapes = rings(region.outlines)
    parts = [
        el("path", d=polygon_data(frame, shape), class_=f"land land{k % 6}")
        for k, shape in enumerate(shapes.values())
    ]
    parts += drawn_ground(frame, region, words.lang)
    kind = next((LINES[n] for n in LINES if n in picture), "r-live")
    parts.append(el("path", d=path_data(segments(frame, _ends(picture))), class_=f"w {kind}"))
    parts += [el("circle", cx=a, cy=b, r=4.5, class_="stop")
              for a, b in _spots(frame, picture, "stops")]
    parts += [
        el("rect", x=a - 6.0, y=b - 6.0, width=12.0, height=12.0, class_="station")
        for name in ("sources", "gates") for a, b in _spots(frame, picture, name)
    ]
    labels = []
    for j, x, y in _middles(region, frame, picture):
        labels.append(Label(j.label(words.lang), x, y, NAME_SIZE, "jname", must=True))
    parts += [text(label) for label in place_labels(labels, frame.height)]
    key = "pick_alt" if can_pick(picture) else "ground_alt"
    title = words(f"situation.{key}", names=words.listed(
        [j.label(words.lang) for j in region.jurisdictions]))
    return el("svg", el("title", title), *parts, viewBox=f"0 0 {WIDTH} {frame.height}",
              role="img", class_="map pick" if can_pick(picture) else "map")


def can_pick(picture: Mapping[str, Table]) -> bool:
    """Whether the picture has lines that can break: the branches of a grid."""
    return "branches" in picture and len(picture["branches"]) > 0


def ground(region: Region, pictures: Sequence[Mapping[str, Table]], words: Words) -> Html:
    """Where things lie, without any state: the map of a region whose cases cannot be drawn."""
    drawn = [d for p in pictures or [{}] if (d := base_map(region, p, words))]
    if not drawn:
        return Html("")
    captions = region.caption.replace("；", ";").split(";")
    said = [typeset(in_language(c.strip(), words.lang)) for c in captions if c.strip()]
    return el("figure", *drawn, el("figcaption", words("situation.ground_caption"),
                                   el("small", " · ".join(said)) if said else None))


def _spots(
    frame: Frame, picture: Mapping[str, Table], name: str
) -> list[tuple[float, float]]:
    """Where the rows of a table lie in the drawing, as far as they have a place."""
    if name not in picture:
        return []
    x, y = frame.place(*(np.asarray(picture[name][c], dtype=np.float64) for c in "xy"))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True) if np.isfinite(a + b)]


def _middles(
    region: Region, frame: Frame, picture: Mapping[str, Table]
) -> list[tuple[Jurisdiction, float, float]]:
    """Where the name of each jurisdiction goes: amid its lines, else amid its outline."""
    ends, found = _ends(picture), []
    mx, my = frame.place((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
    table, column = ("branches", "jurisdiction") if can_pick(picture) else ("reaches", "left")
    owners = np.asarray(picture[table][column]).astype(str) if table in picture else np.zeros(0)
    shapes = rings(region.outlines)
    for j in region.jurisdictions:
        mine = np.flatnonzero((owners == j.id) & np.isfinite(mx) & np.isfinite(my)) if len(
            owners) else np.zeros(0, int)
        if len(mine):
            found.append((j, float(np.median(mx[mine])), float(np.median(my[mine]))))
        elif j.id in shapes:
            corners = max(shapes[j.id], key=len)
            x, y = frame.place(corners[:, 0], corners[:, 1])
            found.append((j, float(np.mean(x)), float(np.mean(y))))
    return found


def places(region: Region, network: str, picture: Mapping[str, Table]) -> dict[str, Any]:
    """Branches as [id, x0, y0, x1, y1] in units of `base_map`; those without a place left out."""
    frame = _frame(region, picture) if can_pick(picture) else None
    if frame is None:
        return {"network": network, "assets": []}
    ends = _ends(picture)
    a, b = frame.place(ends[0], ends[1]), frame.place(ends[2], ends[3])
    spots = np.column_stack([*a, *b])
    return {"network": network, "assets": [
        [str(i), *map(int, spot)] for i, spot in zip(picture["branches"]["id"], spots, strict=True)
        if np.isfinite(spot).all()
    ]}


def geometries(picture: Mapping[str, Table]) -> dict[str, list[dict[str, Any]]]:
    """Lines and sources as GeoJSON geometries in the region's own coordinates, with properties.

    Of waters: reaches and gates; of lines: legs and stops.
    """
    ends = np.column_stack(_ends(picture))
    lines = [([a, b], [c, d]) for a, b, c, d in ends.tolist()]
    table = next(n for n in LINES if n in picture)
    points = next(n for n in SPOTS if n in picture)
    spots = np.column_stack([
        np.asarray(picture[points][c], dtype=np.float64) for c in "xy"]).tolist()
    return {
        "branches": _shapes(picture[table], "LineString", lines, ENDS),
        "sources": _shapes(picture[points], "Point", spots, ("x", "y")),
    }


def _shapes(
    given: Table, kind: str, coordinates: Sequence[Any], hidden: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The rows that have a place."""
    names = [c for c in given.columns if c not in (*hidden, "zone")]
    columns = {n: np.asarray(given[n]).tolist() for n in names}
    return [
        {"id": columns["id"][k], "geometry": {"type": kind, "coordinates": at},
         "properties": {n: columns[n][k] for n in names if n != "id"}}
        for k, at in enumerate(coordinates) if np.isfinite(np.asarray(at)).all()
    ]


def _ends(picture: Mapping[str, Table]) -> tuple[FloatArray, ...]:
    lines = next((picture[n] for n in LINES if n in picture), None)
    if lines is None:
        return tuple(np.zeros(0) for _ in ENDS)
    return tuple(np.asarray(lines[c], dtype=np.float64) for c in ENDS)


def _frame(region: Region, picture: Mapping[str, Table]) -> Frame | None:
    """The frame of everything; None where nothing has a place."""
    ends = _ends(picture)
    corners = [r for many in rings(region.outlines).values() for r in many]
    x = np.concatenate([ends[0], ends[2], *(r[:, 0] for r in corners)])
    y = np.concatenate([ends[1], ends[3], *(r[:, 1] for r in corners)])
    if not np.isfinite(x).any():
        return None
    degrees = (region.coordinates != "schematic" or bool(corners)) and bool(
        np.nanmax(np.abs(x)) <= 180 and np.nanmax(np.abs(y)) <= 90)
    return Frame.around(x, y, degrees=degrees)
