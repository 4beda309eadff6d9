"""Drawings with their own coordinates: waterfall, triangle of three, heat map, curve, tornado.

Each takes numbers and names and gives an SVG with a viewBox; colours are classes of `style.css`.
The tables beside them say the same in numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.markup import Html, el

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

Say = Callable[[float], str]

WIDE = 640.0
LABEL = 150.0
ROW = 30.0
LEGIBLE = 50.0
"""Side of a square of the heat map that holds a number."""
NUMBER = 85.0
"""Room for a number beside a bar."""
SIDE = 300.0
"""Side of the triangle."""


def waterfall(
    names: Sequence[str], steps: Sequence[float], total: str, say: Say, title: str
) -> Html:
    """Bars that begin where the last one ended, and their sum."""
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    at = _axis(ends)
    parts: list[Html] = []
    for k, (name, step) in enumerate(zip(names, steps, strict=True)):
        kind = "gains" if step >= 0 else "loses"
        parts += _bar(k, name, at(ends[k]), at(ends[k + 1]), kind, say(float(step)))
        x = at(ends[k + 1])
        parts.append(el("line", x1=x, x2=x, y1=k * ROW + 24, y2=(k + 1) * ROW + 6, class_="thin"))
    last = len(names)
    parts += _bar(last, total, at(0.0), at(float(ends[-1])), "whole", say(float(ends[-1])))
    return _picture(parts, WIDE, (last + 1) * ROW + 6, title)


def tornado(
    names: Sequence[str], low: Sequence[float], high: Sequence[float], middle: float, say: Say,
    title: str,
) -> Html:
    """From the widest to the narrowest: where the figure goes with one driver alone.

    The axis need not reach nothing: it spans the bars, with room for the numbers at their ends.
    """
    label = max([LABEL, *(10.0 + _written(name) for name in names)])
    at = _span_of([*low, *high, middle], label)
    parts: list[Html] = []
    for k, name in enumerate(names):
        y = k * ROW
        for end, kind in ((low[k], "low"), (high[k], "high")):
            left, right = sorted((at(middle), at(end)))
            parts.append(el("rect", x=left, y=y + 6, width=right - left, height=18.0, class_=kind))
        parts.append(el("text", name, x=label - 8, y=y + 19, class_="left"))
        ends = sorted((low[k], high[k]))
        parts.append(el("text", say(ends[0]), x=at(ends[0]) - 4, y=y + 19, class_="left small"))
        parts.append(el("text", say(ends[1]), x=at(ends[1]) + 4, y=y + 19, class_="small"))
    x = at(middle)
    parts.append(el("line", x1=x, x2=x, y1="0", y2=len(names) * ROW, class_="zero"))
    return _picture(parts, WIDE + label - LABEL, len(names) * ROW + 6, title)


def ternary(
    names: Sequence[str], table: FloatArray, points: Sequence[tuple[str, FloatArray, str]],
    title: str, outside: str = "",
) -> Html:
    """Every split of v(N) among three as a point of a triangle; the core is shaded.

    A corner gives all to one of them. `table` has shape (8,) by bitmask, v(i) = 0 or more;
    `points` are (label, shares, class). Where somebody gets less than alone a point lies outside:
    it is drawn as a ring, within the picture, and `outside` is said behind its label.
    """
    spare = float(table[-1] - table[1] - table[2] - table[4])
    height = SIDE * math.sqrt(3) / 2
    corners = np.array([[0.0, height], [SIDE, height], [SIDE / 2, 0.0]]) + np.array([90.0, 30.0])

    def place(shares: FloatArray) -> tuple[float, float]:
        part = (np.asarray(shares) - table[[1, 2, 4]]) / spare
        x, y = part @ corners
        return float(x), float(y)

    parts = [el("polygon", points=_points(corners), class_="simplex")]
    inside = core_of_three(table)
    if len(inside) > 2:
        spots = np.array([place(x) for x in inside])
        parts.append(el("polygon", points=_points(spots), class_="core"))
    beyond = [bool((np.asarray(s) - table[[1, 2, 4]] < -1e-9 * abs(spare)).any())
              for _, s, _ in points]
    low = 34.0 if any(beyond) else 20.0
    for (x, y), name, up in zip(corners, names, (low, low, -10.0), strict=True):
        parts.append(el("text", name, x=float(x), y=float(y) + up, class_="middle"))
    for k, (label, shares, kind) in enumerate(points):
        x, y = place(shares)
        ring = " ring" if beyond[k] else ""
        if beyond[k]:
            x, y = min(max(x, 8.0), 395.0), min(max(y, 8.0), height + 48.0)
        # the later smaller: points that fall together are all seen
        parts.append(el("circle", cx=x, cy=y, r=max(8.0 - 2.0 * k, 3.0), class_=kind + ring))
        parts.append(el("circle", cx=410.0, cy=60.0 + 24 * k, r=5.0, class_=kind + ring))
        told = f"{label} {outside}".strip() if beyond[k] else label
        parts.append(el("text", told, x=422.0, y=64.0 + 24 * k))
    return _picture(parts, 640.0, height + 40.0 + low, title)


def core_of_three(table: FloatArray) -> FloatArray:
    """Corners of the core of three players in order, shape (m, 3); none if it is empty.

    The plane x0 + x1 + x2 = v(N) cut by x_i >= v(i) and x_i <= v(N) - v(j, k).
    """
    whole = float(table[7])
    low = np.array([table[1], table[2], table[4]])
    high = whole - np.array([table[6], table[5], table[3]])
    slack = 1e-9 * max(abs(whole), float(np.abs(table).max()), 1e-300)
    found = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        k = 3 - i - j
        for a in (low[i], high[i]):
            for b in (low[j], high[j]):
                x = np.empty(3)
                x[i], x[j], x[k] = a, b, whole - a - b
                if np.all(x >= low - slack) and np.all(x <= high + slack):
                    found.append(x)
    if not found:
        return np.zeros((0, 3))
    spots = np.unique(np.round(np.array(found) / slack) * slack, axis=0)
    middle = spots.mean(axis=0)
    angle = np.arctan2(spots[:, 1] - middle[1], spots[:, 0] - middle[0])
    return np.asarray(spots[np.argsort(angle)])


def heat(names: Sequence[str], values: FloatArray, say: Say, title: str) -> Html:
    """A square for each pair: one hue for complements, one for substitutes, by strength.

    Columns carry the numbers of the rows; squares that are large enough carry their value.
    """
    n = len(names)
    size = max(16.0, min(58.0, 480.0 / max(n, 1)))
    above = 22.0
    top = float(np.abs(values).max(initial=0.0)) or 1.0
    parts: list[Html] = []
    for i in range(n):
        y = above + i * size
        parts.append(el("text", f"{names[i]}  {i + 1}", x=LABEL + 50, y=y + size / 2 + 4,
                        class_="left"))
        parts.append(el("text", str(i + 1), x=LABEL + 57 + (i + 0.5) * size, y=above - 7,
                        class_="middle small"))
        for j in range(n):
            value = float(values[i, j])
            kind = "self" if i == j else "joins" if value > 0 else "replaces"
            strength = 1.0 if i == j else round(abs(value) / top, 2)
            said = None if i == j else el("title", f"{names[i]} × {names[j]}: {say(value)}")
            parts.append(el("rect", said, x=LABEL + 58 + j * size, y=y, width=size - 2,
                            height=size - 2, class_=kind, fill_opacity=strength))
            if i != j and size >= LEGIBLE:
                parts.append(el("text", say(value), x=LABEL + 57 + (j + 0.5) * size,
                                y=y + size / 2 + 4,
                                class_="on middle small" if strength > 0.5 else "middle small"))
    return _picture(parts, LABEL + 70 + n * size, above + 10 + n * size, title)


def curve(
    x: Sequence[float], y: Sequence[float], say_x: Say, say_y: Say, title: str
) -> Html:
    """Worth over budget in steps: between two budgets the set of the smaller one is sure."""
    left, bottom, wide, high = 40.0, 215.0, 540.0, 180.0
    right, top = max([*x, 1e-300]), max([*y, 1e-300])
    spots = [(left + wide * a / right, bottom - high * b / top) for a, b in zip(x, y, strict=True)]
    steps = [(left, bottom)]
    for a, b in spots:
        steps += [(a, steps[-1][1]), (a, b)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in steps)
    parts = [
        el("line", x1=left, x2=left + wide, y1=bottom, y2=bottom, class_="zero"),
        el("line", x1=left, x2=left, y1=bottom, y2=bottom - high, class_="zero"),
        el("polyline", points=line, class_="curve"),
        el("text", say_y(top), x=4.0, y=bottom - high - 12, class_="small"),
        el("text", say_x(right), x=left + wide, y=bottom + 18, class_="middle small"),
        el("text", "0", x=left, y=bottom + 18, class_="middle small"),
    ]
    parts += [el("circle", el("title", f"{say_x(a)}: {say_y(b)}"), cx=p, cy=q, r=4.0,
                 class_="dot") for (p, q), a, b in zip(spots, x, y, strict=True)]
    return _picture(parts, 640.0, 242.0, title)


def _axis(values: Sequence[float] | FloatArray) -> Callable[[float], float]:
    low, high = min(0.0, *map(float, values)), max(0.0, *map(float, values))
    width = (high - low) or 1.0
    room = WIDE - LABEL - 120.0

    def at(value: float) -> float:
        return LABEL + 10.0 + room * (value - low) / width

    return at


def _written(text: str) -> float:
    """About how wide a label is, at most."""
    return sum(14.0 if ord(c) > ord("\u2e80") else 7.5 for c in text)


def _span_of(values: Sequence[float], label: float) -> Callable[[float], float]:
    """An axis that begins and ends with the values, numbers fitting on either side."""
    low, high = min(map(float, values)), max(map(float, values))
    width = (high - low) or 1.0
    room = WIDE - LABEL - 2 * NUMBER

    def at(value: float) -> float:
        return label + NUMBER + room * (value - low) / width

    return at


def _bar(k: int, name: str, start: float, end: float, kind: str, said: str) -> list[Html]:
    left, right = sorted((start, end))
    y = k * ROW
    return [
        el("rect", x=left, y=y + 6, width=max(right - left, 1.0), height=18.0, class_=kind),
        el("text", name, x=LABEL - 2, y=y + 19, class_="left"),
        el("text", said, x=right + 6, y=y + 19, class_="small"),
    ]


def _points(spots: FloatArray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)


def _picture(parts: Sequence[Html], width: float, height: float, title: str) -> Html:
    return el("svg", *parts, class_="game", viewBox=f"0 0 {width:.0f} {height:.0f}", role="img",
              aria_label=title, width=width)
