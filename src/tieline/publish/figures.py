"""Small drawings that stand in a table cell: bars, whiskers, swatches.

They are SVG without a viewBox, placed in per cent of their cell: they stretch with the table while
strokes and dots keep their shape, and unlike CSS backgrounds they are always printed. Screen
readers skip them, since the table says the same in numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tieline.publish.markup import Html, el

BAR_PX = 9.0
GAP_PX = 3.0
EDGE = 2.0
"""Per cent of the width kept free at each end, so that dots are not cut."""


@dataclass(frozen=True)
class Axis:
    """A common scale from `low` to `high` that always shows zero."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Axis:
        """The axis that holds all the values and zero; NaN is left out."""
        known = [v for v in values if math.isfinite(v)]
        low, high = min([0.0, *known]), max([0.0, *known])
        return cls(low, high if high > low else low + 1.0)

    def at(self, value: float) -> float:
        """Per cent of the width at which a value stands."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return EDGE + share * (100.0 - 2.0 * EDGE)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _zero(axis: Axis, height: float) -> Html:
    at = _percent(axis.at(0.0))
    return el("line", x1=at, x2=at, y1="0", y2=height, class_="zero")


def bars(values: Sequence[tuple[float, str]], axis: Axis) -> Html:
    """Bars from zero, one below the other: (value, class of the bar). NaN draws nothing."""
    height = len(values) * (BAR_PX + GAP_PX) + GAP_PX
    parts = []
    for k, (value, kind) in enumerate(values):
        if not math.isfinite(value):
            continue
        left, right = sorted((axis.at(0.0), axis.at(value)))
        parts.append(el(
            "rect", x=_percent(left), y=GAP_PX + k * (BAR_PX + GAP_PX),
            width=_percent(right - left), height=BAR_PX, class_=kind,
        ))
    return _cell(height, [*parts, _zero(axis, height)], "bars")


@dataclass(frozen=True)
class Whisker:
    """A figure with its range: a line from low to high, a dot at the typical value."""

    low: float
    typical: float
    high: float
    kind: str = "filled"


def whiskers(items: Sequence[Whisker], axis: Axis) -> Html:
    """Ranges one below the other on a common axis; NaN draws nothing."""
    step = BAR_PX + 2 * GAP_PX
    height = len(items) * step
    parts: list[Html] = [_zero(axis, height)]
    for k, item in enumerate(items):
        if not math.isfinite(item.typical):
            continue
        y = step * (k + 0.5)
        low, high = (_percent(axis.at(v)) for v in (item.low, item.high))
        parts.append(el("line", x1=low, x2=high, y1=y, y2=y, class_=f"range {item.kind}"))
        parts += [
            el("line", x1=x, x2=x, y1=y - 3.5, y2=y + 3.5, class_=f"range {item.kind}")
            for x in (low, high)
        ]
        parts.append(el("circle", cx=_percent(axis.at(item.typical)), cy=y, r=3.6,
                        class_=f"dot {item.kind}"))
    return _cell(height, parts, "whiskers")


def swatch(kind: str, shape: str = "bar") -> Html:
    """A sample for a legend: bar, dot (a whisker) or line (on a map)."""
    drawn = {
        "bar": [el("rect", x="0", y="2", width="100%", height="8", class_=kind)],
        "dot": [el("line", x1="0", x2="100%", y1="6", y2="6", class_=f"range {kind}"),
                el("circle", cx="50%", cy="6", r="3.6", class_=f"dot {kind}")],
        "line": [el("line", x1="0", x2="100%", y1="6", y2="6", class_=kind)],
    }[shape]
    return el("svg", *drawn, class_="swatch", width="26", height="12", aria_hidden="true")


def _cell(height: float, parts: Iterable[Html], kind: str) -> Html:
    return el("svg", *parts, class_=kind, width="100%", height=height, aria_hidden="true")
