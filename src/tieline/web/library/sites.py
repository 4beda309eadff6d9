"""Projects on the schematic map: a mark where a place is known, a disc for each jurisdiction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.publish.maps import WIDTH, Frame, Label, place_labels, polygon_data, rings, text
from tieline.publish.markup import Html, el
from tieline.web.library.choosing import signal_of

if TYPE_CHECKING:
    from tieline.ledger.state import State
    from tieline.region.region import Region
    from tieline.web.library.choosing import Shower

LARGEST = 90.0
"""Radius of the disc of the jurisdiction with most projects, in units of the drawing."""
NAME_SIZE = 34.0


def positions(geometry: Any) -> Iterator[tuple[float, float]]:
    """Every position of a GeoJSON geometry, however deep."""
    if isinstance(geometry, dict):
        yield from positions(geometry.get("coordinates", ()))
    elif geometry and isinstance(geometry[0], int | float):
        yield float(geometry[0]), float(geometry[1])
    else:
        for part in geometry:
            yield from positions(part)


def middle(geometry: Any) -> tuple[float, float]:
    """The middle of the box around a geometry."""
    spots = list(positions(geometry))
    xs, ys = zip(*spots, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def sites_map(region: Region, found: Sequence[State], shower: Shower) -> dict[str, Any]:
    """The drawing ("" without outlines and places), and what it says as a table."""
    outlines = rings(region.outlines)
    placed = [(s, middle(s.get("site"))) for s in found if s.get("site")]
    counts = {j.id: sum(s.owner == j.id for s in found) for j in region.jurisdictions}
    table = [(j.label(shower.lang), counts[j.id],
              sum(s.owner == j.id for s, _ in placed)) for j in region.jurisdictions]
    corners = [r for many in outlines.values() for r in many]
    points = np.array([p for _, p in placed]).reshape(-1, 2)
    if not corners and not len(points):
        return {"svg": Html(""), "table": table, "placed": len(placed)}
    xy = np.concatenate([*corners, points])
    degrees = bool(np.abs(xy[:, 0]).max() <= 180 and np.abs(xy[:, 1]).max() <= 90)
    frame = Frame.around(xy[:, 0], xy[:, 1], degrees=degrees)
    parts = [el("path", d=polygon_data(frame, shape), class_=f"land land{k % 6}")
             for k, shape in enumerate(outlines.values())]
    labels = []
    most = max([1, *counts.values()])
    for j in region.jurisdictions:
        if j.id not in outlines or not outlines[j.id]:
            continue
        ring = max(outlines[j.id], key=len)
        (x,), (y,) = frame.place(ring[:, :1].mean(axis=0), ring[:, 1:].mean(axis=0))
        if counts[j.id]:
            parts.append(el("circle", el("title", f"{j.label(shower.lang)}: {counts[j.id]}"),
                            cx=float(x), cy=float(y), class_="s-disc",
                            r=LARGEST * math.sqrt(counts[j.id] / most)))
        labels.append(Label(f"{j.label(shower.lang)} {counts[j.id]}", float(x), float(y),
                            NAME_SIZE, "jname", must=True))
    for s, (x0, y0) in placed:
        (x,), (y,) = frame.place(np.array([x0]), np.array([y0]))
        mark = el("circle", el("title", s.label(shower.lang)), cx=float(x), cy=float(y), r=11,
                  class_=f"s-site g-{signal_of(s) or 'none'}")
        parts.append(el("a", mark, href=f"/projects/{s.id}"))
    parts += [text(label) for label in place_labels(labels, frame.height)]
    title = "项目分布示意图" if shower.lang == "zh" else "Projects on the schematic map"
    svg = el("svg", el("title", title), *parts, viewBox=f"0 0 {WIDTH} {frame.height}", role="group",
             class_="map sites")
    return {"svg": svg, "table": table, "placed": len(placed)}
