"""Schematic maps of waters: reaches as lines, routes and concentrations on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.maps import rings
from tieline.publish.markup import Html, el

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.page import Page, Voice
    from tieline.region.tables import Table

WIDE, HIGH, EDGE = 480.0, 380.0, 14.0
LAND = ("#f3f0e6", "#eef2f0", "#f2eff3", "#eef1f6", "#f5efec", "#f0f3e9")
COLOURS = ("#1f5f8b", "#b4552d", "#4b7f52", "#7a5195", "#8a6d1d", "#2f7f86")
MET, OVER = "#2e7d4f", "#a62c20"
"""A section within its target all year, and one above it on some days of it."""


class Sheet:
    """A sheet that holds all these points, and the outlines of a region that has some [degrees]."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], face: Voice | None = None) -> None:
        region = face.region if face is not None else None
        self.outlines = rings(region.outlines) if region is not None else {}
        self.names = {j: face.name(j) for j in self.outlines} if face is not None else {}
        x, y = np.array(xs, float), np.array(ys, float)
        known = np.isfinite(x) & np.isfinite(y)
        self.usable = bool(known.sum() > 1)
        corners = [ring for many in self.outlines.values() for ring in many]
        x = np.concatenate([x[known], *(ring[:, 0] for ring in corners)])
        y = np.concatenate([y[known], *(ring[:, 1] for ring in corners)])
        low = np.array([x.min(), y.min()]) if self.usable else np.zeros(2)
        high = np.array([x.max(), y.max()]) if self.usable else np.ones(2)
        narrow = float(np.cos(np.radians((low[1] + high[1]) / 2.0))) if corners else 1.0
        size = np.maximum((high - low) * [narrow, 1.0], 1e-9)
        scale = min((WIDE - 2 * EDGE) / size[0], (HIGH - 2 * EDGE) / size[1])
        self.low, self.scale = low, (scale * narrow, scale)
        self.height = size[1] * scale + 2 * EDGE

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place on the sheet [px]."""
        return (EDGE + (x - self.low[0]) * self.scale[0],
                self.height - EDGE - (y - self.low[1]) * self.scale[1])

    def land(self) -> list[Html]:
        """The outlines of the jurisdictions."""
        parts = []
        for k, many in enumerate(self.outlines.values()):
            path = "".join("M" + "L".join(
                "{:.1f} {:.1f}".format(*self.at(a, b)) for a, b in ring.tolist()) + "Z"
                for ring in many)
            parts.append(el("path", d=path, fill=LAND[k % len(LAND)], stroke="#9aa29f",
                            stroke_width="0.8", stroke_dasharray="3.6 2"))
        return parts

    def labels(self) -> list[Html]:
        """The names of the jurisdictions, amid their outlines."""
        found = []
        for j, many in self.outlines.items():
            a, b = self.at(*max(many, key=len).mean(axis=0).tolist())
            found.append(el("text", self.names[j], x=a, y=b, text_anchor="middle",
                            font_size="13", fill="#4a5960", stroke="#fff", stroke_width="3",
                            paint_order="stroke"))
        return found

    def line(self, x0: float, y0: float, x1: float, y1: float, **look: str) -> Html:
        """A straight line."""
        (a, b), (c, d) = self.at(x0, y0), self.at(x1, y1)
        return el("line", x1=a, y1=b, x2=c, y2=d, **look)

    def svg(self, alt: str, *parts: Html) -> Html:
        """The sheet as a picture with its text for those who do not see it."""
        return el("svg", *parts, viewBox=f"0 0 {WIDE:g} {self.height:.0f}", role="img",
                  aria_label=alt, class_="map")


def base(sheet: Sheet, reaches: pd.DataFrame) -> list[Html]:
    """The reaches in pale blue over the land, and the names of the land."""
    ends = reaches[["x0", "y0", "x1", "y1"]].to_numpy(np.float64)
    lines = [
        sheet.line(*map(float, at), stroke="#b9d3e2", stroke_width="3.5", stroke_linecap="round")
        for at in ends if np.isfinite(at).all()
    ]
    return [*sheet.land(), *lines, *sheet.labels()]


def frame(network: NetworkAppraisal, state: str, name: str) -> pd.DataFrame | None:
    """A detail table of a state; None where the engine gave none."""
    found = network.detail.get(state, {}).get(name)
    return found.to_frame() if found is not None and len(found) else None


def days_over(sections: pd.DataFrame | None, column: str = "over_planned") -> dict[str, float]:
    """Days of a year that each section is above target in at least one item."""
    if sections is None:
        return {}
    worst = sections.groupby(["section", "season", "days"])[column].max().reset_index()
    days = worst["days"] * (worst[column] > 0)
    return {str(k): float(v) for k, v in days.groupby(worst["section"]).sum().items()}


def state_map(page: Page, network: NetworkAppraisal, state: str, name: str) -> Html | None:
    """The waters in one state: routes of the first season, sections within target or not."""
    reaches, routes = (frame(network, state, n) for n in ("reaches", "routes"))
    if reaches is None:
        return None
    sheet = Sheet([*reaches["x0"], *reaches["x1"]], [*reaches["y0"], *reaches["y1"]], page)
    if not sheet.usable:
        return None
    parts, n = base(sheet, reaches), 0
    if routes is not None:
        routes = routes[routes["season"] == routes["season"].iloc[0]]
        n = int(routes["route"].nunique())
        parts += _routes(sheet, network, routes)
    classes = frame(network, state, "classes")
    over = days_over(frame(network, state, "sections"))
    if classes is not None:
        places = classes.drop_duplicates("section")
        at = places[["x", "y"]].to_numpy(np.float64).tolist()
        parts += [_section(sheet, x, y, over.get(str(name), 0.0))
                  for name, (x, y) in zip(places["section"], at, strict=True)]
    alt = page.words("water.state_alt", n=n, state=name, all=len(over),
                     over=sum(d > 0.0 for d in over.values()))
    return sheet.svg(alt, *parts)


def _section(sheet: Sheet, x: float, y: float, days: float) -> Html:
    """A square, and beside it the days of a year above target if there are any."""
    a, b = sheet.at(x, y)
    mark = el("rect", x=a - 5.0, y=b - 5.0, width="10", height="10", stroke="#fff",
              stroke_width="1.5", fill=OVER if days > 0.0 else MET)
    if days <= 0.0:
        return mark
    return el("g", mark, el(
        "text", f"{days:.0f}", x=a + 7.0, y=b + 4.0, font_size="8.5", fill=OVER, stroke="#fff",
        stroke_width="2.5", paint_order="stroke"))


def routes_map(page: Page, network: NetworkAppraisal, state: str, season: str) -> Html | None:
    """The routes of a day over the reaches, each jurisdiction's boats in a colour of their own."""
    tables = network.detail[state]
    if "routes" not in tables or "reaches" not in tables:
        return None
    reaches, routes = tables["reaches"].to_frame(), tables["routes"].to_frame()
    routes = routes[routes["season"] == season]
    sheet = Sheet([*reaches["x0"], *reaches["x1"]], [*reaches["y0"], *reaches["y1"]], page)
    if not sheet.usable:
        return None
    alt = page.words("water.routes_alt", n=routes["route"].nunique())
    return sheet.svg(alt, *base(sheet, reaches), *_routes(sheet, network, routes))


def _routes(sheet: Sheet, network: NetworkAppraisal, routes: pd.DataFrame) -> list[Html]:
    """Each route as a line in its jurisdiction's colour, and where it stops."""
    parts = []
    colour = dict(zip(network.jurisdictions, COLOURS, strict=False))
    for number, (_, route) in enumerate(routes.groupby("route")):
        shift = (number % 5 - 2) * 1.2
        points = [sheet.at(x, y) for x, y in zip(route["x"], route["y"], strict=True)]
        path = "M" + "L".join(f"{a + shift:.1f},{b + shift:.1f}" for a, b in points)
        parts.append(el("path", d=path, fill="none", stroke_width="1.3",
                        stroke=colour.get(route["jurisdiction"].iloc[0], COLOURS[-1])))
    stops = routes.drop_duplicates(["kind", "place"])
    for kind, x, y in zip(stops["kind"], stops["x"], stops["y"], strict=True):
        a, b = sheet.at(float(x), float(y))
        parts.append(el("circle", cx=a, cy=b, r=3.2 if kind == "hotspot" else 4.4,
                        fill="#333" if kind == "hotspot" else "#fff", stroke="#333"))
    return parts


def routes_key(page: Page, network: NetworkAppraisal, *, sections: bool = False) -> Html:
    """What the colours and marks of the routes mean, and of the `sections` of a state's map."""
    def line(colour: str) -> Html:
        return el("svg", el("line", x1="1", y1="6", x2="21", y2="6", stroke=colour,
                            stroke_width="2.5"), viewBox="0 0 22 12", width="22", height="12",
                  aria_hidden="true")

    def dot(fill: str) -> Html:
        return el("svg", el("circle", cx="6", cy="6", r="4.2", fill=fill, stroke="#333"),
                  viewBox="0 0 12 12", width="12", height="12", aria_hidden="true")

    def square(fill: str) -> Html:
        return el("svg", el("rect", x="1", y="1", width="10", height="10", fill=fill),
                  viewBox="0 0 12 12", width="12", height="12", aria_hidden="true")

    parts: list[Html | str] = []
    for jurisdiction, colour in zip(network.jurisdictions, COLOURS, strict=False):
        parts += [line(colour), " ", page.words("water.boats_of", name=page.name(jurisdiction)),
                  "  "]
    parts += [dot("#333"), " ", page.words("water.key_spot"), "  ", dot("#fff"), " ",
              page.words("water.key_yard"), "  ", page.words("water.key_straight")]
    if sections:
        parts += ["  ", square(MET), " ", page.words("water.key_met"), "  ", square(OVER), " ",
                  page.words("water.key_over")]
    return el("p", *parts, class_="note")


def spill_map(
    face: Voice, picture: Mapping[str, Table], mg_l: Mapping[str, float], limit: float, alt: str
) -> Html | None:
    """Nodes by concentration over the reaches: larger and darker is more."""
    if "reaches" not in picture or not len(picture["reaches"]):
        return None
    reaches, nodes = picture["reaches"].to_frame(), picture["nodes"].to_frame()
    sheet = Sheet(list(nodes["x"]), list(nodes["y"]), face)
    if not sheet.usable:
        return None
    parts = base(sheet, reaches)
    places = nodes[["x", "y"]].to_numpy(np.float64)
    for name, (x, y) in zip(nodes["id"], places, strict=True):
        value = mg_l.get(str(name), 0.0)
        if value < 0.01 * limit or not np.isfinite([x, y]).all():
            continue
        a, b = sheet.at(float(x), float(y))
        level = min(max((np.log10(value / limit) + 2.0) / 4.0, 0.0), 1.0)
        parts.append(el("circle", cx=a, cy=b, r=3.0 + 6.0 * level,
                        fill=f"rgba(166, 44, 32, {0.25 + 0.7 * level:.2f})",
                        stroke="#7c1d14" if value > limit else "none"))
    return sheet.svg(alt, *parts)
