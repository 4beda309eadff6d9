"""Schematic maps of lines: how far one comes, what towns gain; outlines below, names on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.publish.maps import (
    Frame,
    Label,
    dots_data,
    place_labels,
    polygon_data,
    rings,
    text,
)
from tieline.publish.markup import Html, el

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from tieline.publish.page import Voice
    from tieline.region.model import FloatArray
    from tieline.region.region import Region

BANDS_MIN = (60, 45, 30, 15)
SHADES = ("#a9d3c6", "#5fae9a", "#23806c", "#083f36")
"""Colours of the bands, the longest first: told apart in grey as well."""
GAIN = ("#f1ead2", "#e6c87a", "#d9972f", "#a8560f")
LOSS = "#7a5195"
SAME = "#b9bdb9"
FAST = 1e5
"""Rows at a greater pace are places, drawn as large as they are from the minute one is there."""
LEAST = 7.0
"""Radius of a place that can be seen."""
RADII = 8
"""Walks are drawn in so many lengths."""
WIDTH = 1080
METRES_PER_DEGREE = 111_320.0
LABEL = 26.0
PAIRED = 36.0
"""Heights of names on a map by itself, and on one of two side by side."""


@dataclass(frozen=True)
class Ground:
    """A frame with the outlines and the names of towns, shared by maps that stand together."""

    frame: Frame
    land: tuple[Html, ...]
    names: tuple[Html, ...]
    degrees: bool

    @classmethod
    def of(
        cls, face: Voice, region: Region, towns: pd.DataFrame, *, size: float = LABEL
    ) -> Ground:
        """Around all towns; `towns` have lon, lat, population, title; names are `size` high."""
        shapes = rings(region.outlines)
        corners = [r for many in shapes.values() for r in many]
        lon, lat = towns["lon"].to_numpy(float), towns["lat"].to_numpy(float)
        used = _inside(lon, lat, corners)
        x = np.concatenate([lon, *(r[:, 0] for r in used)])
        y = np.concatenate([lat, *(r[:, 1] for r in used)])
        frame = Frame.around(x, y, degrees=True)
        land = tuple(
            el("path", d=polygon_data(frame, shapes[j.id]), class_=f"land land{k % 6}")
            for k, j in enumerate(region.jurisdictions) if j.id in shapes)
        px, py = frame.place(lon, lat)
        order = np.argsort(-towns["population"].to_numpy(float), kind="stable")
        labels = [Label(str(towns["title"].iloc[i]), float(px[i]), float(py[i]) - 0.85 * size, size,
                        "town", rank=k + 1) for k, i in enumerate(order[:60])]
        shown = tuple(text(label) for label in place_labels(
            labels, frame.height, (), np.stack([px, py], axis=1)))
        return cls(frame, land, shown, True)

    def length(self, metres: FloatArray) -> FloatArray:
        """Drawing units of a distance on the ground."""
        return np.asarray(metres / METRES_PER_DEGREE * self.frame.scale_y)

    def svg(self, alt: str, *parts: Html | None) -> Html:
        """The map with its text for those who do not see it."""
        return el("svg", *self.land, *parts, *self.names, role="img", aria_label=alt,
                  viewBox=f"0 0 {WIDTH} {self.frame.height}", class_="map")


def _inside(lon: FloatArray, lat: FloatArray, corners: Sequence[FloatArray]) -> list[FloatArray]:
    """Outlines cut off where they go far beyond the towns."""
    wide, high = np.ptp(lon) * 0.25 + 0.01, np.ptp(lat) * 0.25 + 0.01
    low = np.array([lon.min() - wide, lat.min() - high])
    top = np.array([lon.max() + wide, lat.max() + high])
    return [np.clip(r[:, :2], low, top) for r in corners]


def isochrones(ground: Ground, reached: pd.DataFrame, alt: str) -> Html:
    """Areas within 15, 30, 45 and 60 minutes: walks on from every stop that is reached in time."""
    frame = ground.frame
    x, y = frame.place(reached["lon"].to_numpy(float), reached["lat"].to_numpy(float))
    minutes = reached["minutes"].to_numpy(float)
    pace, most = (reached[c].to_numpy(float) for c in ("metres_per_min", "most_m"))
    areas = []
    for band, shade in zip(BANDS_MIN, SHADES, strict=True):
        radius = ground.length(np.minimum((band - minutes) * pace, most))
        radius = np.where(pace > FAST, np.maximum(radius, LEAST), radius)
        areas.append(el("g", *_discs(x, y, radius, minutes < band), stroke=shade,
                        stroke_linecap="round", fill="none"))
    start = el("circle", cx=float(x[0]), cy=float(y[0]), r="9", fill="#1d2a2a", stroke="#fff",
               stroke_width="3") if len(x) else None
    return ground.svg(alt, *areas, start)


def _discs(x: FloatArray, y: FloatArray, radius: FloatArray, use: np.ndarray) -> list[Html]:
    """Discs as round dots, one path for each of a few radii (never longer than the walk)."""
    drawn = use & (radius > 0.5)
    if not drawn.any():
        return []
    step = float(radius[drawn].max()) / RADII
    level = np.floor(radius / step + 1e-9).astype(int)
    found = []
    for k in np.unique(level[drawn]):
        mine = drawn & (level == k)
        size = max(k, 0.5) * step
        found.append(el("path", d=dots_data(x[mine], y[mine]), stroke_width=f"{2 * size:.1f}"))
    return found


def gains(ground: Ground, towns: pd.DataFrame, column: str, alt: str) -> tuple[Html, list[float]]:
    """Towns as discs, as large as their people are many, by gain; and the steps of the colours."""
    frame = ground.frame
    x, y = frame.place(towns["lon"].to_numpy(float), towns["lat"].to_numpy(float))
    people = towns["population"].to_numpy(float)
    gain = towns[column].to_numpy(float)
    up = np.sort(gain[gain > 0.0])
    steps = [float(np.quantile(up, q)) for q in (0.25, 0.5, 0.75)] if len(up) else []
    largest = 34.0 if len(towns) <= 200 else 34.0 * (200.0 / len(towns)) ** 0.5
    radius = np.maximum(largest * np.sqrt(people / max(people.max(initial=1.0), 1.0)), 3.0)
    parts = [
        el("circle", cx=float(x[i]), cy=float(y[i]), r=f"{radius[i]:.1f}",
           fill=shade_of(float(gain[i]), steps), stroke="#5d5a4d", stroke_width="1.2")
        for i in np.argsort(-radius, kind="stable")
    ]
    return ground.svg(alt, *parts), steps


def shade_of(gain: float, steps: Sequence[float]) -> str:
    """The colour of a gain."""
    if gain == 0.0:
        return SAME
    if gain < 0.0:
        return LOSS
    return GAIN[int(np.searchsorted(steps, gain))] if steps else GAIN[-1]


def key(rows: Sequence[tuple[str, str]]) -> Html:
    """What colours mean: (colour, text)."""
    def square(colour: str) -> Html:
        return el("svg", el("rect", width="18", height="12", fill=colour, stroke="#5d5a4d",
                            stroke_width="0.6"),
                  viewBox="0 0 18 12", width="18", height="12", aria_hidden="true")

    return el("p", *(el("span", square(c), " ", said, "\u2003") for c, said in rows),
              class_="note")


def towns_of(places: pd.DataFrame, lang: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """Towns from places: people summed, `columns` (name -> source) meaned over them."""
    import pandas as pd

    lived = places[places["population"] > 0.0]
    first = places.set_index("place")
    rows = []
    for town, mine in lived.groupby("town", sort=False):
        weight = mine["population"].to_numpy(float)
        head: Any = first.loc[town]
        rows.append({
            "town": town, "title": str(head["name_zh" if lang == "zh" else "name"]),
            "jurisdiction": head["jurisdiction"], "lon": float(head["lon"]),
            "lat": float(head["lat"]), "population": float(weight.sum()),
            **{k: float((mine[c].to_numpy(float) * weight).sum() / weight.sum())
               for k, c in columns.items()},
        })
    return pd.DataFrame(rows)
