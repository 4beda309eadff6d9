"""Who is busy when: a bar for each step, a row for each actor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tieline.publish.figures import swatch
from tieline.publish.markup import Html, el
from tieline.publish.respond.curve import HOUR, MINUTE, compressed

if TYPE_CHECKING:
    from tieline.publish.respond.voice import Face
    from tieline.region.model import Plan, Step

WIDTH = 1080.0
LEFT, RIGHT, TOP = 224.0, 44.0, 34.0
INNER = WIDTH - LEFT - RIGHT
LANE, BAR, GAP = 30.0, 21.0, 8.0
NARROW = 26.0
"""Bars narrower than this carry their number above the next free place, if at all."""
LABEL_APART = 62.0
MOST_LANES = 6
ACTIONS = ("trip", "go", "agree", "open", "close", "repair")


def timeline(face: Face, plan: Plan) -> Html | None:
    """The drawing with its legend; nothing without steps."""
    words, steps = face.words, plan.steps
    if not steps:
        return None
    end = max(max(s.end_s for s in steps), MINUTE)
    rows = _rows(face, plan)
    parts: list[Html] = []
    y = TOP
    for name, members in rows.items():
        lanes = _lanes(members, end)
        n_lanes = max(lanes) + 1
        tall = n_lanes * LANE + GAP
        parts.append(el("line", x1=0.0, x2=WIDTH, y1=y, y2=y, class_="grid"))
        parts.append(el("text", name, x=0.0, y=y + GAP / 2 + LANE / 2 + 6, class_="actor"))
        parts += [
            _bar(face, member, y + GAP / 2 + lane * LANE, end, named=lane < MOST_LANES - 1)
            for member, lane in zip(members, lanes, strict=True)
        ]
        y += tall
    height = y + 8
    drawing = el(
        "svg", el("title", words("steps.line_alt", n=len(steps), actors=len(rows))),
        *_ticks(face, end, y), *parts, class_="chart-wide", role="img",
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
    )
    found = [a for a in ACTIONS if any(s.action == a for s in steps)]
    legend = el("p", *(el("span", swatch(f"act {a}"), " ", words(f"action.{a}")) for a in found),
                class_="legend")
    return el("figure", el("div", drawing, class_="wide"), legend,
              el("figcaption", words("steps.line")))


def _rows(face: Face, plan: Plan) -> dict[str, list[tuple[int, Step]]]:
    """Steps with their numbers by actor, in the order in which actors first act."""
    rows: dict[str, list[tuple[int, Step]]] = {}
    for number, step in enumerate(plan.steps, 1):
        rows.setdefault(face.actor(step), []).append((number, step))
    return rows


def _lanes(members: list[tuple[int, Step]], end_s: float) -> list[int]:
    """A lane for each bar so that bars and their numbers do not cover each other."""
    free: list[float] = []
    lanes = []
    for _, step in members:
        x0, x1 = _span(step, end_s)
        k = next((i for i, until in enumerate(free) if x0 >= until), len(free))
        if k == MOST_LANES:
            k = free.index(min(free))
        elif k == len(free):
            free.append(0.0)
        free[k] = x1 - 0.5 if x1 - x0 >= NARROW else x1 + NARROW
        lanes.append(k)
    return lanes


def _span(step: Step, end_s: float) -> tuple[float, float]:
    a, b = compressed([step.start_s, step.end_s], end_s)
    return LEFT + float(a) * INNER, LEFT + float(b) * INNER


def _bar(
    face: Face, member: tuple[int, Step], y: float, end_s: float, *, named: bool
) -> Html:
    """A bar with its number; in the last lane, where bars may cover each other, without."""
    number, step = member
    x0, x1 = _span(step, end_s)
    wide = max(x1 - x0, 3.0)
    inside = wide >= NARROW
    what = f"{number}. {face.actor(step)}: {face.operation(step)}"
    return el(
        "g", el("title", what),
        el("rect", x=x0, y=y, width=wide, height=BAR, class_=f"act {step.action}"),
        el("text", str(number), x=x0 + wide / 2 if inside else x0 + wide + 4, y=y + BAR / 2 + 5.5,
           class_=f"barno {'in ' + step.action if inside else 'out'}") if named else None,
    )


def _ticks(face: Face, end_s: float, low: float) -> list[Html]:
    """Moments that keep their distance on the compressed axis, up to the end of the plan."""
    parts = []
    for t in moments(end_s):
        x = LEFT + math.sqrt(t / end_s) * INNER
        parts.append(el("line", x1=x, x2=x, y1=TOP - 6, y2=low, class_="grid"))
        label = (face.words("duration.h", h=f"{t / HOUR:g}") if t >= HOUR
                 else face.words("duration.min", m=f"{t / MINUTE:g}"))
        parts.append(el("text", "0" if t == 0.0 else label, x=x, y=TOP - 14, class_="tick"))
    return parts


def moments(end_s: float) -> list[float]:
    """Round moments from 0 to the end, the roundest first wherever there is room for them."""
    days = range(1, int(end_s / (24 * HOUR)) + 1)
    tiers = [
        *(d * 24 * HOUR for d in (1, *(d for d in days if d % 2 == 0), *days)),
        HOUR, *(k * 12 * HOUR for k in range(1, 2 * len(days) + 2)), 10 * MINUTE, 6 * HOUR,
        30 * MINUTE, *(h * HOUR for h in (3, 2, 4, 8, 10)),
        *(k * 6 * HOUR for k in range(1, 4 * len(days) + 4)),
        *(m * MINUTE for m in (5, 20, 40, 1, 2, 3, 15, 50)), *(h * HOUR for h in range(1, 24)),
    ]
    chosen, at = [0.0], [0.0]
    for t in tiers:
        x = math.sqrt(t / end_s) * INNER
        if t <= end_s and all(abs(x - other) >= LABEL_APART for other in at):
            chosen.append(t)
            at.append(x)
    return sorted(chosen)
