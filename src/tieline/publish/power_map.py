"""The map of a grid: outlines, lines by how customers come back, ties, towns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.ground import drawn as drawn_ground
from tieline.publish.maps import (
    WIDTH,
    Frame,
    Label,
    Segment,
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
from tieline.publish.tree import has_places, lay_out
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.publish.page import Page
    from tieline.region.model import FloatArray
    from tieline.region.tables import Table

BADGE_APART = 46.0
BADGE_ABOVE = 44.0
"""Badges stand above their tie, so as not to hide what it feeds; below it near the top edge."""
BADGE_ROOM = 22.0
"""Half the width of a badge, with its margin."""
MARK_EVERY = 40.0
"""Lines count as a mark for labels at every so many units."""
DOT_WEIGHT = 3
"""A dot, or a line to be seen, counts as much under a label as so many points of other lines."""
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

    @property
    def placed(self) -> bool:
        """Whether it is known where it is."""
        return bool(np.isfinite(self.at[0]))


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
    links: str = ""
    laid_out: bool = False
    ground: tuple[Html, ...] = ()

    @classmethod
    def of(
        cls, page: Page, tables: Mapping[str, Table], first: Sequence[str],
        helped: NDArray[np.bool_],
    ) -> MapData:
        """From a state's detail tables and the region's outlines.

        `first` are the towns named before others, `helped` the branches no label should hide.
        Without any coordinates the grid is drawn as trees and no outline is.
        """
        region = page.appraisal.region
        laid_out = not has_places(tables)
        links = np.empty((0, 4))
        if laid_out:
            drawing = lay_out(tables, [j.id for j in region.jurisdictions])
            tables, links = drawing.tables, drawing.links
        shapes = {} if laid_out else rings(region.outlines)
        branches, loads = tables["branches"], tables["loads"]
        ends = tuple(np.asarray(branches[c], dtype=np.float64) for c in ("x0", "y0", "x1", "y1"))
        corners = [r for many in shapes.values() for r in many]
        crossed = tables.get("ties")
        spots = [] if crossed is None else [np.asarray(crossed[c], dtype=float) for c in "xy"]
        x = np.concatenate([ends[0], ends[2], *(r[:, 0] for r in corners), *spots[:1]])
        y = np.concatenate([ends[1], ends[3], *(r[:, 1] for r in corners), *spots[1:]])
        degrees = region.coordinates != "schematic" or bool(corners)
        plain = not laid_out and bool(np.nanmax(np.abs(x), initial=0.0) <= 180
                     and np.nanmax(np.abs(y), initial=0.0) <= 90)
        frame = Frame.around(x, y, degrees=degrees and plain)
        ties, own = _ties(frame, crossed)
        drawn = [t for t in ties if t.placed]
        lines = segments(frame, ends)
        shown = _marks(segments(frame, [e[helped] for e in ends]))
        between = segments(frame, list(links.T))
        labels = place_labels(
            _labels(page, frame, loads, shapes, first), frame.height,
            [_around(p) for t in drawn for p in (t.badge, t.at)],
            np.vstack([_marks([*lines, *between]),
                       *[np.column_stack(own), shown] * DOT_WEIGHT]),
        )
        return cls(
            frame, {k: polygon_data(frame, v) for k, v in shapes.items()}, tuple(labels),
            ends, tuple(ties), dots_data(own[0], own[1]), len(own[0]), path_data(between), laid_out,
            () if laid_out else drawn_ground(frame, region, page.words.lang),
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
    spots = [_mean(x[g], y[g]) for g in groups.values()]
    numbered = len(groups) <= MOST_BADGES
    ties = []
    badges = badge_spots(spots, frame.height)
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


def _mean(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """The middle of the points that have a place; NaN where none has."""
    known = np.isfinite(x) & np.isfinite(y)
    return (float(x[known].mean()), float(y[known].mean())) if known.any() else (np.nan, np.nan)


def badge_spots(spots: Sequence[tuple[float, float]], height: int) -> list[tuple[float, float]]:
    """Where the numbers stand: beside their ties, apart from each other, inside the frame."""
    known = [(x, y) for x, y in spots if np.isfinite(x)]
    wanted = [
        (x, y - BADGE_ABOVE if y - BADGE_ABOVE >= BADGE_ROOM else y + BADGE_ABOVE)
        for x, y in known
    ]
    inside = iter([
        (min(max(x, BADGE_ROOM), WIDTH - BADGE_ROOM), min(max(y, BADGE_ROOM), height - BADGE_ROOM))
        for x, y in apart_from(wanted, BADGE_APART)
    ])
    return [next(inside) if np.isfinite(x) else (x, y) for x, y in spots]


def _around(at: tuple[float, float]) -> tuple[float, float, float, float]:
    x, y = at
    return x - BADGE_ROOM, y - BADGE_ROOM, x + BADGE_ROOM, y + BADGE_ROOM


def _marks(lines: Sequence[Segment]) -> FloatArray:
    """Points along the lines, for labels to keep clear of."""
    points: list[tuple[float, float]] = []
    for x0, y0, x1, y1 in lines:
        n = int(np.hypot(x1 - x0, y1 - y0) // MARK_EVERY) + 1
        points += [(x0 + (x1 - x0) * k / n, y0 + (y1 - y0) * k / n) for k in range(n)]
    return np.array(points, dtype=np.float64).reshape(len(points), 2)


def _labels(
    page: Page, frame: Frame, loads: Table, shapes: Mapping[str, list[FloatArray]],
    first: Sequence[str],
) -> list[Label]:
    """Names of the towns in `first` in this order, then of jurisdictions, then of other towns."""
    lang = page.words.lang
    x, y = frame.place(*(np.asarray(loads[c], dtype=np.float64) for c in ("x", "y")))
    labels = []
    for j in page.appraisal.region.jurisdictions:
        mine = np.asarray(loads["jurisdiction"]) == j.id
        centre = _middle(shapes.get(j.id), frame) or _median(x[mine], y[mine])
        if centre:
            labels.append(Label(j.label(lang), *centre, 40.0, "jname", len(first), must=True,
                                fixed=j.id in shapes))
    towns = np.asarray(loads["town"]) if "town" in loads.columns else np.array([], dtype=object)
    for town in dict.fromkeys(t for t in towns if t):
        mine = towns == town
        centre = _median(x[mine], y[mine])
        if centre:
            name = in_language(str(town), lang, None)
            rank = list(first).index(town) if town in first else len(first) + 1
            labels.append(Label(name, *centre, 21.0, "tname", rank))
    return labels


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
    parts += data.ground
    for k in reversed(range(len(names))):
        mask = kinds == k
        lines = segments(data.frame, [e[mask] for e in data.ends])
        if lines:
            parts.append(el("path", d=path_data(lines), class_=f"w w-{names[k]}"))
    if data.links:
        parts.append(el("path", d=data.links, class_="w w-link"))
    if data.own:
        parts += [el("path", d=data.own, class_=f"ring {layer}") for layer in ("outer", "inner")]
    parts += [text(label) for label in data.labels if label.kind != "jname"]
    parts += [text(label) for label in data.labels if label.kind == "jname"]
    kind = "open" if usable else "shut"
    parts += [badge(t.number, t.at, t.badge, kind if t.usable or not usable else "shut")
              for t in data.ties if t.placed]
    return el("svg", el("title", alt), *parts, viewBox=f"0 0 {WIDTH} {data.frame.height}",
              role="img", class_="map")
