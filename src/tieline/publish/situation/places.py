"""The whole grid as a drawing to point at, and where its assets lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.publish.words import Words
    from tieline.region.model import FloatArray
    from tieline.region.region import Region
    from tieline.region.tables import Table

ENDS = ("x0", "y0", "x1", "y1")
NAME_SIZE = 40.0


def base_map(region: Region, picture: Mapping[str, Table], words: Words) -> Html:
    """Every line and source, by jurisdiction, without any state; "" without positions."""
    frame = _frame(region, picture)
    if frame is None:
        return Html("")
    ends = _ends(picture)
    owners = np.asarray(picture["branches"]["jurisdiction"]).astype(str)
    ids = [j.id for j in region.jurisdictions]
    parts = [
        el("path", d=polygon_data(frame, shape), class_=f"land land{k % 6}")
        for k, shape in enumerate(rings(region.outlines).values())
    ]
    lines = segments(frame, ends)
    parts.append(el("path", d=path_data(lines), class_="w r-live"))
    sources = picture["sources"]
    x, y = frame.place(*(np.asarray(sources[c], dtype=np.float64) for c in "xy"))
    parts += [
        el("rect", x=float(a) - 6.0, y=float(b) - 6.0, width=12.0, height=12.0, class_="station")
        for a, b in zip(x, y, strict=True) if np.isfinite(a + b)
    ]
    labels = []
    mx, my = frame.place((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
    for j in region.jurisdictions:
        mine = (owners == j.id) & np.isfinite(mx) & np.isfinite(my)
        if mine.any():
            labels.append(Label(j.label(words.lang), float(np.median(mx[mine])),
                                float(np.median(my[mine])), NAME_SIZE, "jname", must=True))
    parts += [text(label) for label in place_labels(labels, frame.height)]
    title = words("situation.pick_alt", names=words.listed(
        [j.label(words.lang) for j in region.jurisdictions if j.id in ids]))
    return el("svg", el("title", title), *parts, viewBox=f"0 0 {WIDTH} {frame.height}",
              role="img", class_="map pick")


def places(region: Region, network: str, picture: Mapping[str, Table]) -> dict[str, Any]:
    """Branches as [id, x0, y0, x1, y1] in units of `base_map`; those without a place left out."""
    frame = _frame(region, picture)
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
    """Lines and sources as GeoJSON geometries in the region's own coordinates, with properties."""
    ends = np.column_stack(_ends(picture))
    lines = [([a, b], [c, d]) for a, b, c, d in ends.tolist()]
    spots = np.column_stack([
        np.asarray(picture["sources"][c], dtype=np.float64) for c in "xy"]).tolist()
    return {
        "branches": _shapes(picture["branches"], "LineString", lines, ENDS),
        "sources": _shapes(picture["sources"], "Point", spots, ("x", "y")),
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
    return tuple(np.asarray(picture["branches"][c], dtype=np.float64) for c in ENDS)


def _frame(region: Region, picture: Mapping[str, Table]) -> Frame | None:
    """The frame of everything; None where nothing has a place."""
    if "branches" not in picture or not len(picture["branches"]):
        return None
    ends = _ends(picture)
    corners = [r for many in rings(region.outlines).values() for r in many]
    x = np.concatenate([ends[0], ends[2], *(r[:, 0] for r in corners)])
    y = np.concatenate([ends[1], ends[3], *(r[:, 1] for r in corners)])
    if not np.isfinite(ends[0]).any():
        return None
    degrees = (region.coordinates != "schematic" or bool(corners)) and bool(
        np.nanmax(np.abs(x)) <= 180 and np.nanmax(np.abs(y)) <= 90)
    return Frame.around(x, y, degrees=degrees)
