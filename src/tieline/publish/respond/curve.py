"""Customers without supply over time: a step curve for each state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.response import WAITING
from tieline.publish.figures import swatch
from tieline.publish.markup import Html, el
from tieline.publish.page import section
from tieline.publish.respond.head import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.publish.respond.voice import Face
    from tieline.region.model import FloatArray

WIDTH, HEIGHT = 1080.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 74.0, 24.0, 22.0, 62.0
MINUTE, HOUR = 60.0, 3600.0
GRIDS_S = (
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR,
    6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR,
)
MOST_TICKS = 12
BEYOND = 1.04
"""The axis runs on a little after the last customer is back."""
TOLD_H = 0.05
"""Customer-hours lost again from which they are shaded and named."""
ROOM_FOR_TEXT = 130.0


@dataclass(frozen=True)
class Axes:
    """From seconds and customers to the drawing."""

    end_s: float
    top: float

    def x(self, seconds: float) -> float:
        """Across."""
        return LEFT + min(seconds / self.end_s, 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, customers: float) -> float:
        """Down."""
        return HEIGHT - BOTTOM - customers / self.top * (HEIGHT - TOP - BOTTOM)


def curves(face: Face) -> Html | None:
    """The chapter with the curves; nothing where no plan says who is out when."""
    words, r = face.words, face.response
    lines = {s: r.curve(s) for s in r.states}
    lines = {s: line for s, line in lines.items() if len(line[0])}
    most = max((float(c.max(initial=0.0)) for _, c in lines.values()), default=0.0)
    if not lines or most <= 0.0:
        return None
    axes = Axes(_end(face, lines), nice(most))
    alt = words("curve.alt", states=words.listed([face.state(s) for s in lines]))
    parts = [*_grid(face, axes), *_area(face, lines, axes)]
    parts += [
        el("path", d=_path(*line, axes), class_=f"step-line {kind_of(s)}")
        for s, line in lines.items()
    ]
    drawing = el("svg", el("title", alt), *parts, class_="chart-wide", role="img",
                 viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}")
    legend = el("p", *(el("span", swatch(f"step-line {kind_of(s)}", "line"), " ", face.state(s))
                       for s in lines), class_="legend")
    return section(
        "curve", words("curve.title"),
        el("figure", el("div", drawing, class_="wide"), legend,
           el("figcaption", words("curve.caption") + _lost_said(face, lines))),
    )


def _end(face: Face, lines: dict[str, tuple[FloatArray, FloatArray]]) -> float:
    return max(*(float(t[-1]) * BEYOND for t, _ in lines.values()), MINUTE)


def nice(top: float) -> float:
    """The next round number of ticks above, so that the curve does not touch the edge."""
    step = tick(top)
    return max(step * math.ceil(top * 1.02 / step), 1.0)


def tick(top: float) -> float:
    """A round whole step that cuts an axis of this length into at most six."""
    power = 10.0 ** math.floor(math.log10(max(top, 1.0)))
    for share in (0.2, 0.25, 0.5, 1.0, 2.0):
        step = max(power * share, 1.0)
        if top / step <= 6 and step == int(step):
            return step
    return max(power, 1.0)


def time_ticks(end_s: float, most: int = MOST_TICKS) -> list[float]:
    """Round moments from 0 to the end."""
    step = next((g for g in GRIDS_S if end_s / g <= most), GRIDS_S[-1])
    return [k * step for k in range(int(end_s / step) + 1)]


def _grid(face: Face, axes: Axes) -> list[Html]:
    step = tick(axes.top)
    low = HEIGHT - BOTTOM
    parts = []
    for k in range(int(axes.top / step) + 1):
        y = axes.y(k * step)
        parts.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(el("text", f"{k * step:,.0f}", x=LEFT - 10, y=y + 6, class_="tick end"))
    ticks = time_ticks(axes.end_s)
    in_hours = len(ticks) > 1 and ticks[1] >= HOUR
    for t in ticks:
        x = axes.x(t)
        parts.append(el("line", x1=x, x2=x, y1=low, y2=low + 6, class_="axis"))
        parts.append(el("text", f"{t / (HOUR if in_hours else MINUTE):g}", x=x, y=low + 26,
                        class_="tick"))
    words = face.words
    parts.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=low, y2=low, class_="axis"))
    parts.append(el("text", words("curve.hours" if in_hours else "curve.minutes"),
                    x=WIDTH - RIGHT, y=HEIGHT - 8, class_="tick end"))
    parts.append(el("text", words("curve.customers"), x=LEFT + 8, y=TOP - 7, class_="tick start"))
    return parts


def _points(times: FloatArray, customers: FloatArray, axes: Axes) -> list[tuple[float, float]]:
    """Corners of the steps, from the first moment to the edge of the drawing."""
    points = [(axes.x(times[0]), axes.y(0.0)), (axes.x(times[0]), axes.y(customers[0]))]
    for (_, c0), (t1, c1) in pairwise(zip(times, customers, strict=True)):
        points += [(axes.x(t1), axes.y(c0)), (axes.x(t1), axes.y(c1))]
    points.append((axes.x(axes.end_s), axes.y(customers[-1])))
    return points


def _path(times: FloatArray, customers: FloatArray, axes: Axes) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _points(times, customers, axes))


def _area(
    face: Face, lines: dict[str, tuple[FloatArray, FloatArray]], axes: Axes
) -> list[Html]:
    """Between waiting and the plan shown first: what is spared."""
    r = face.response
    if WAITING not in lines or r.led not in lines or r.saved(r.led) <= 0.0:
        return []
    times = np.unique(np.concatenate([lines[s][0] for s in (WAITING, r.led)]))
    high, low = (np.array([_at(lines[s], t) for t in times]) for s in (WAITING, r.led))
    upper, lower = (_points(times, out, axes) for out in (high, np.minimum(high, low)))
    text = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*upper, *reversed(lower)])
    parts = [el("path", d=f"M{text}Z", class_="spared")]
    spared, lost = _areas(*lines[WAITING], *lines[r.led])
    if lost > TOLD_H:
        over = _points(times, np.maximum(high, low), axes)
        under = _points(times, high, axes)
        text = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*over, *reversed(under)])
        parts.append(el("path", d=f"M{text}Z", class_="lost-area"))
    at = _middle(lines[WAITING], lines[r.led], axes)
    if at is not None:
        saved = face.words("curve.area", saved=face.hours(
            spared if lost > TOLD_H else r.saved(r.led)))
        parts.append(el("text", saved, x=at[0], y=at[1] + 7, class_="spared-text"))
    return parts


def _areas(
    t0: FloatArray, waiting: FloatArray, t1: FloatArray, led: FloatArray
) -> tuple[float, float]:
    """Customer-hours less than when waiting, and more than then, each over its own hours."""
    times = np.unique(np.concatenate([t0, t1]))
    less = np.array([_at((t0, waiting), t) - _at((t1, led), t) for t in times[:-1]])
    hours = np.diff(times) / HOUR
    return (float(np.sum(hours * np.maximum(less, 0.0))),
            float(np.sum(hours * np.maximum(-less, 0.0))))


def _lost_said(face: Face, lines: dict[str, tuple[FloatArray, FloatArray]]) -> str:
    """What of the shaded area is lost again later; "" if nothing worth a word."""
    r = face.response
    if WAITING not in lines or r.led not in lines or r.saved(r.led) <= 0.0:
        return ""
    spared, lost = _areas(*lines[WAITING], *lines[r.led])
    if lost <= TOLD_H:
        return ""
    return face.words("curve.lost", lost=face.hours(lost, spared),
                      saved=face.hours(r.saved(r.led), spared))


def _middle(
    upper: tuple[FloatArray, FloatArray], lower: tuple[FloatArray, FloatArray], axes: Axes
) -> tuple[float, float] | None:
    """Where in the area there is room for a text; None if nowhere."""
    times = np.unique(np.concatenate([upper[0], lower[0], [axes.end_s]]))
    best: tuple[float, tuple[float, float]] | None = None
    for a, b in pairwise(times):
        high, low = (_at(line, a) for line in (upper, lower))
        wide, tall = axes.x(b) - axes.x(a), axes.y(low) - axes.y(high)
        if wide >= ROOM_FOR_TEXT and tall >= 30.0 and (best is None or wide * tall > best[0]):
            best = (wide * tall, ((axes.x(a) + axes.x(b)) / 2, (axes.y(low) + axes.y(high)) / 2))
    return best[1] if best else None


def _at(line: tuple[FloatArray, FloatArray], moment: float) -> float:
    at = int(np.searchsorted(line[0], moment, side="right")) - 1
    return float(line[1][at]) if at >= 0 else 0.0


def compressed(seconds: Sequence[float] | FloatArray, end_s: float) -> FloatArray:
    """Share of the width at moments, with more room for the first minutes: a square root."""
    return np.sqrt(np.clip(np.asarray(seconds, dtype=np.float64) / end_s, 0.0, 1.0))
