"""The map of a grid: outlines, lines by how customers come back, ties, towns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.maps import (
    WIDTH,
    Frame,
    Label,
    apart_from,
    badge,
    dots_data,
    path_data,
    place_labels,
    polygon_data,
    rings,
    segments,
    text,
)
from tieline.publish.markup import Html, el
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.publish.page import Page
    from tieline.region.model import FloatArray
    from tieline.region.tables import Table

BADGE_APART = 46.0
BADGE_ABOVE = 44.0
"""Badges stand above their tie, so as not to hide what it feeds."""
MOST_BADGES = 24
"""More border ties than this are drawn as rings without numbers."""


@dataclass(frozen=True)
class Tie:
    """A tie across a border as the map numbers it; several switches of one link are one."""

    number: str
    id: str
    project: str
    jurisdictions: tuple[str, ...]
    usable: bool
    at: tuple[float, float]
    badge: tuple[float, float]
    used: float
    customers: float
    hours: float


@dataclass(frozen=True)
class MapData:
    """What both maps share: frame, outlines, labels, ties; positions in drawing units."""

    frame: Frame
    outlines: Mapping[str, str]
    labels: tuple[Label, ...]
    ends: tuple[FloatArray, ...]
    ties: tuple[Tie, ...]
    own: str
    n_own: int

    @classmethod
    def of(cls, page: Page, tables: Mapping[str, Table]) -> MapData:
        """From a state's detail tables and the region's outlines."""
        region = page.appraisal.region
        shapes = rings(region.outlines)
        branches, loads = tables["branches"], tables["loads"]
        ends = tuple(np.asarray(branches[c], dtype=np.float64) for c in ("x0", "y0", "x1", "y1"))
        corners = [r for many in shapes.values() for r in many]
        crossed = tables.get("ties")
        spots = [] if crossed is None else [np.asarray(crossed[c], dtype=float) for c in "xy"]
        x = np.concatenate([ends[0], ends[2], *(r[:, 0] for r in corners), *spots[:1]])
        y = np.concatenate([ends[1], ends[3], *(r[:, 1] for r in corners), *spots[1:]])
        degrees = region.coordinates != "schematic" or bool(corners)
        plain = bool(np.nanmax(np.abs(x), initial=0.0) <= 180
                     and np.nanmax(np.abs(y), initial=0.0) <= 90)
        frame = Frame.around(x, y, degrees=degrees and plain)
        ties, own = _ties(frame, crossed)
        labels = _labels(page, frame, loads, shapes, [p for t in ties for p in (t.badge, t.at)])
        return cls(
            frame, {k: polygon_data(frame, v) for k, v in shapes.items()}, tuple(labels),
            ends, tuple(ties), dots_data(own[0], own[1]), len(own[0]),
        )

    def tie_counts(self) -> list[tuple[str, str, str, str]]:
        """Rows of the legend: class, mark, in the map apart, in the map together."""
        rows = []
        if self.ties:
            rows.append(("ties", "1", "", str(len(self.ties))))
            rows.append(("ties_shut", "1", str(len(self.ties)), ""))
        if self.n_own:
            rows.append(("ties_own", "", f"{self.n_own:,}", f"{self.n_own:,}"))
        return rows


def _ties(frame: Frame, table: Table | None) -> tuple[list[Tie], tuple[FloatArray, FloatArray]]:
    none = np.empty(0)
    if table is None or len(table) == 0:
        return [], (none, none)
    x, y = frame.place(*(np.asarray(table[c], dtype=np.float64) for c in ("x", "y")))
    owners = [tuple(p for p in str(v).split(";") if p) for v in table["jurisdictions"]]
    across = np.array([len(o) > 1 for o in owners], dtype=bool)
    groups: dict[str, list[int]] = {}
    for k in np.flatnonzero(across):
        key = str(table["project"][k]) or str(table["id"][k])
        groups.setdefault(key, []).append(int(k))
    spots = [
        (float(np.nan_to_num(np.nanmean(x[g]))), float(np.nan_to_num(np.nanmean(y[g]))))
        for g in groups.values()
    ]
    numbered = len(groups) <= MOST_BADGES
    ties = []
    badges = apart_from([(x, y - BADGE_ABOVE) for x, y in spots], BADGE_APART)
    for n, (rows, spot) in enumerate(
        zip(groups.values(), spots, strict=True), 1
    ):
        sums = [float(np.asarray(table[c], dtype=np.float64)[rows].sum()) for c in (
            "used_per_yr", "customers_per_yr", "customer_hours_saved_per_yr")]
        ties.append(Tie(
            str(n) if numbered else "", str(table["id"][rows[0]]), str(table["project"][rows[0]]),
            owners[rows[0]], bool(np.asarray(table["usable"])[rows].any()), spot,
            badges[n - 1], *sums,
        ))
    return ties, (x[~across], y[~across])


def _labels(
    page: Page, frame: Frame, loads: Table, shapes: Mapping[str, list[FloatArray]],
    spots: Sequence[tuple[float, float]],
) -> list[Label]:
    lang = page.words.lang
    x, y = frame.place(*(np.asarray(loads[c], dtype=np.float64) for c in ("x", "y")))
    labels = []
    for j in page.appraisal.region.jurisdictions:
        mine = np.asarray(loads["jurisdiction"]) == j.id
        centre = _middle(shapes.get(j.id), frame) or _median(x[mine], y[mine])
        if centre:
            labels.append(Label(j.label(lang), *centre, 40.0, "jname", 0, must=True))
    towns = np.asarray(loads["town"]) if "town" in loads.columns else np.array([], dtype=object)
    for town in dict.fromkeys(t for t in towns if t):
        mine = towns == town
        centre = _median(x[mine], y[mine])
        if centre:
            name = in_language(str(town), lang, None)
            labels.append(Label(name, *centre, 21.0, "tname", 2))
    taken = [(a - 22, b - 22, a + 22, b + 22) for a, b in spots]
    return place_labels(labels, frame.height, taken)


def _median(x: FloatArray, y: FloatArray) -> tuple[float, float] | None:
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    return float(np.median(x[known])), float(np.median(y[known]))


def _middle(outlines: list[FloatArray] | None, frame: Frame) -> tuple[float, float] | None:
    """Centre of the largest outline, by area."""
    best, centre = 0.0, None
    for ring in outlines or ():
        x, y = frame.place(ring[:, 0], ring[:, 1])
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        area = float(cross.sum()) / 2
        if abs(area) > best:
            best = abs(area)
            centre = (float(((x[:-1] + x[1:]) * cross).sum() / (6 * area)),
                      float(((y[:-1] + y[1:]) * cross).sum() / (6 * area)))
    return centre


def draw(
    data: MapData, kinds: NDArray[np.int64], names: Sequence[str], alt: str, *, usable: bool
) -> Html:
    """One map: `kinds` is the index into `names` of each branch; `usable` opens the borders."""
    parts = [
        el("path", d=d, class_=f"land land{k % 6}") for k, d in enumerate(data.outlines.values())
    ]
    for k in reversed(range(len(names))):
        mask = kinds == k
        lines = segments(data.frame, [e[mask] for e in data.ends])
        if lines:
            parts.append(el("path", d=path_data(lines), class_=f"w w-{names[k]}"))
    if data.own:
        parts += [el("path", d=data.own, class_=f"ring {layer}") for layer in ("outer", "inner")]
    parts += [text(label) for label in data.labels if label.kind != "jname"]
    parts += [text(label) for label in data.labels if label.kind == "jname"]
    kind = "open" if usable else "shut"
    parts += [badge(t.number, t.at, t.badge, kind if t.usable or not usable else "shut")
              for t in data.ties]
    return el("svg", el("title", alt), *parts, viewBox=f"0 0 {WIDTH} {data.frame.height}",
              role="img", class_="map")
