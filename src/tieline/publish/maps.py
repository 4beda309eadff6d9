"""Maps as small SVG: a frame for all layers, lines merged into few paths, labels that do not clash.

Coordinates in the drawing are whole units of a frame `WIDTH` wide, about half a screen pixel each,
so that thousands of sections stay a few hundred kilobytes.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.publish.markup import Html, el

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

WIDTH = 1080
MARGIN = 26
LOWEST, HIGHEST = 480, 1300
"""Heights a map may have, whatever the region's shape."""

Point = tuple[int, int]
Segment = tuple[int, int, int, int]
Point2 = tuple[float, float]
Box = tuple[float, float, float, float]
NO_MARKS = np.empty((0, 2))
CLOSE = 4.0


@dataclass(frozen=True)
class Frame:
    """From the region's coordinates to the drawing's: y down, same scale for all layers."""

    x0: float
    y1: float
    scale_x: float
    scale_y: float
    left: float
    top: float
    height: int

    @classmethod
    def around(cls, x: FloatArray, y: FloatArray, *, degrees: bool = False) -> Frame:
        """The frame that holds all points; NaN is left out."""
        x, y = (v[np.isfinite(x) & np.isfinite(y)] for v in (x, y))
        x0, x1, y0, y1 = (
            (float(x.min()), float(x.max()), float(y.min()), float(y.max()))
            if len(x) else (0.0, 1.0, 0.0, 1.0)
        )
        squeeze = float(np.cos(np.radians((y0 + y1) / 2))) if degrees else 1.0
        wide, tall = max((x1 - x0) * squeeze, 1e-9), max(y1 - y0, 1e-9)
        inner = WIDTH - 2 * MARGIN
        scale = min(inner / wide, (HIGHEST - 2 * MARGIN) / tall)
        height = int(min(max(scale * tall + 2 * MARGIN, LOWEST), HIGHEST))
        return cls(x0, y1, scale * squeeze, scale, (WIDTH - scale * wide) / 2,
                   (height - scale * tall) / 2, height)

    def place(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Positions in the drawing, rounded to whole units; NaN stays."""
        return (np.round(self.left + (x - self.x0) * self.scale_x),
                np.round(self.top + (self.y1 - y) * self.scale_y))


def rings(geojson: Mapping[str, Any] | None) -> dict[str, list[FloatArray]]:
    """Outer rings (n, 2) by jurisdiction id; holes are left out, as a schematic map may."""
    found: dict[str, list[FloatArray]] = {}
    for feature in (geojson or {}).get("features", ()):
        geometry = feature.get("geometry") or {}
        coordinates = geometry.get("coordinates", ())
        polygons = [coordinates] if geometry.get("type") == "Polygon" else coordinates
        key = str((feature.get("properties") or {}).get("id", ""))
        outer = [np.asarray([p[:2] for p in q[0]], dtype=np.float64) for q in polygons if len(q)]
        found.setdefault(key, []).extend(outer)
    return found


def segments(frame: Frame, ends: Sequence[FloatArray]) -> list[Segment]:
    """Lines (x0, y0, x1, y1 of all) as whole numbers, without those too short to see or twice."""
    ax, ay = frame.place(ends[0], ends[1])
    bx, by = frame.place(ends[2], ends[3])
    out: dict[Segment, None] = {}
    for values in zip(ax, ay, bx, by, strict=True):
        if not all(np.isfinite(values)):
            continue
        a, b = (int(values[0]), int(values[1])), (int(values[2]), int(values[3]))
        if a != b:
            out[(*min(a, b), *max(a, b))] = None
    return list(out)


def path_data(lines: Iterable[Segment]) -> str:
    """One SVG path that draws every line once, in strokes as long as possible."""
    return "".join(
        f"M{stroke[0][0]} {stroke[0][1]}l"
        + " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in itertools.pairwise(stroke))
        for stroke in strokes(lines)
    )


def strokes(lines: Iterable[Segment]) -> Iterator[list[Point]]:
    """Lines joined end to end: from odd crossings first, then what circles are left."""
    beside: dict[Point, dict[Point, None]] = defaultdict(dict)
    for x0, y0, x1, y1 in lines:
        beside[x0, y0][x1, y1] = None
        beside[x1, y1][x0, y0] = None
    odd = [p for p, others in beside.items() if len(others) % 2]
    for start in (*odd, *beside):
        while beside[start]:
            stroke = [start]
            while beside[stroke[-1]]:
                here = stroke[-1]
                there = next(iter(beside[here]))
                del beside[here][there], beside[there][here]
                stroke.append(there)
            yield stroke


def polygon_data(frame: Frame, outlines: Sequence[FloatArray]) -> str:
    """Outlines as one closed SVG path."""
    out = []
    for ring in outlines:
        x, y = frame.place(ring[:, 0], ring[:, 1])
        points = list(zip(x.astype(int), y.astype(int), strict=True))
        out.append("M" + "L".join(f"{a} {b}" for a, b in points) + "Z")
    return "".join(out)


def dots_data(x: FloatArray, y: FloatArray) -> str:
    """Points as strokes of no length: with round caps one path draws them all."""
    return "".join(f"M{int(a)} {int(b)}h0" for a, b in zip(x, y, strict=True) if np.isfinite(a + b))


@dataclass(frozen=True)
class Label:
    """A text of the map around (x, y); `size` in drawing units; `rank` 0 is placed first.

    One that `must` stand does so even over another; a `fixed` one does not step aside for marks.
    """

    text: str
    x: float
    y: float
    size: float
    kind: str
    rank: int = 1
    must: bool = False
    fixed: bool = False


STEPS = ((0.0, 0.0), (0.0, -0.8), (0.0, 0.8), (0.0, -1.6), (0.0, 1.6), (0.0, -2.4), (0.0, 2.4),
         (-0.4, 0.0), (0.4, 0.0), (-0.4, -0.8), (0.4, -0.8), (-0.4, 0.8), (0.4, 0.8))
"""Where a label may stand, best first: (across, in its widths; down, in its heights)."""
ASIDE = (*STEPS[:3], (-0.9, 0.0), (0.9, 0.0), *STEPS[3:5], (-0.9, -0.8), (0.9, -0.8), (-0.9, 0.8),
         (0.9, 0.8), *STEPS[5:])
"""The same where there are few labels: each may stand beside what it would cover."""
FARTHER = 1.2
"""A spot must cover so many marks less for each place it stands further down in its steps."""


def place_labels(
    labels: Iterable[Label], height: int, taken: Iterable[Box] = (),
    marks: FloatArray = NO_MARKS, steps: Sequence[tuple[float, float]] = STEPS,
) -> list[Label]:
    """Labels that do not overlap, nudged to where they cover few `marks` (n, 2); others left out.

    `rank` decides who chooses first.
    """
    boxes = list(taken)
    placed = []
    for label in sorted(labels, key=lambda k: k.rank):
        spots = [_box(label, *step) for step in steps]
        free = [
            (FARTHER * k + (0 if label.fixed else _covered(b, marks)), k, b)
            for k, b in enumerate(spots)
            if b[1] >= 0 and b[3] <= height and not any(_overlap(b, other) for other in boxes)
        ]
        if not free and not label.must:
            continue
        box = min(free)[-1] if free else spots[0]
        boxes.append(box)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        placed.append(replace(label, x=x, y=y))
    return placed


def _box(label: Label, across: float, down: float) -> Box:
    spaced = 0.14 if label.must else 0.0  # the names of jurisdictions are spaced out
    wide = sum(spaced + (1.0 if ord(c) > 0x2E80 else 0.56) for c in label.text) * label.size
    x = min(max(label.x + across * wide, wide / 2 + 4), WIDTH - wide / 2 - 4)
    y = label.y + down * label.size
    return x - wide / 2, y - label.size * 0.6, x + wide / 2, y + label.size * 0.6


def _covered(box: Box, marks: FloatArray) -> int:
    """Marks in the box and so close that they would touch the letters."""
    x, y = marks.T
    near = (x > box[0] - CLOSE) & (x < box[2] + CLOSE) & (y > box[1] - CLOSE) & (y < box[3] + CLOSE)
    return int(near.sum())


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def text(label: Label) -> Html:
    """A placed label, centred, with a halo from the style sheet."""
    return el("text", label.text, x=float(round(label.x)), y=float(round(label.y)),
              class_=label.kind)


def badge(number: str, at: Point2, spot: Point2, kind: str) -> Html:
    """A ring where a tie is, and its number, if it has one, in a circle at `spot`."""
    return el(
        "g", el("line", x1=at[0], y1=at[1], x2=spot[0], y2=spot[1]) if number else None,
        el("circle", cx=at[0], cy=at[1], r=8, class_="tie"),
        el("circle", cx=spot[0], cy=spot[1], r=17, class_="disc") if number else None,
        el("text", number, x=spot[0], y=spot[1] + 1) if number else None,
        class_=f"badge {kind}",
    )


def apart_from(points: Sequence[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    """Points moved so that none is nearer than `least` to one before it."""
    out: list[tuple[float, float]] = []
    for x, y in points:
        out.append((x, y) if _free(x, y, out, least) else _nearby(x, y, out, least))
    return out


def _free(x: float, y: float, out: Sequence[tuple[float, float]], least: float) -> bool:
    return all(float(np.hypot(x - a, y - b)) >= least for a, b in out)


def _nearby(
    x: float, y: float, out: Sequence[tuple[float, float]], least: float
) -> tuple[float, float]:
    for turn in range(1, 200):
        r, phi = least * (0.5 + turn / 16), turn * 2.399963
        spot = (x + r * float(np.cos(phi)), y + r * float(np.sin(phi)))
        if _free(*spot, out, least):
            return spot
    return x, y
