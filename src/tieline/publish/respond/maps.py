"""Maps of the affected part of the grid, one for each state, on one frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import swatch
from tieline.publish.maps import (
    ASIDE,
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
from tieline.publish.markup import Html, el, join
from tieline.publish.page import cell, head, paragraph, row, section, sentence, table
from tieline.publish.respond.grid import KINDS, Drawn, can_draw, drawn, faulted_zones, times_back
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.publish.respond.voice import Face
    from tieline.region.model import FloatArray
    from tieline.region.tables import Table

PAD = 0.12
BADGE_APART, BADGE_ABOVE = 60.0, 58.0
MOST_BADGES = 60
SIDE_BY_SIDE = 12
"""With more switches operated than this, each map has the whole width."""
NEARLY_ALL = 0.75
"""Share of the grid from which a view shows all of it: no edge is cut off for a little."""
ASPECT = 0.72
"""A view is at least this tall and wide, as shares of its longer side."""


@dataclass(frozen=True)
class View:
    """What all maps share: frame, outlines, labels, ends of branches, faults, sources, ties.

    `mark` scales signs: 1 side by side, less where a map has the whole width.
    """

    frame: Frame
    land: tuple[str, ...]
    labels: tuple[Label, ...]
    ends: tuple[FloatArray, ...]
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
    faults: tuple[tuple[float, float], ...]
    sources: tuple[tuple[float, float], ...]
    ties: Mapping[str, tuple[float, float]]
    mark: float


def maps(face: Face, *, moving: bool = False) -> Html | None:
    """The chapter with the maps; nothing where the network cannot be drawn.

    With `moving`, lines and switches say in `data-back` and `data-at` when [s] they change, and
    each figure its state and curve, so that a script can show any moment.
    """
    if not can_draw(face.response):
        return None
    words, r = face.words, face.response
    found = {s: d for s in r.states if (d := drawn(r, s)) is not None}
    busy = max(len(d.dots) for d in found.values()) > SIDE_BY_SIDE
    view = _view(face, found, 0.62 if busy else 1.0)
    figures = [_figure(face, view, s, d, moving=moving) for s, d in found.items()]
    return section(
        "where", words("where.title"), paragraph(words("where.lead"), "lead"),
        el("div", *figures, class_="maps one" if busy else "maps three"), _legend(face, found),
        paragraph(words("where.note"), "note"),
    )


def _points(face: Face, found: Mapping[str, Drawn]) -> tuple[FloatArray, FloatArray]:
    """What must be seen: parts that were interrupted, and switches operated."""
    branches = face.response.picture["branches"]
    hit = np.zeros(len(branches), bool)
    for d in found.values():
        hit |= d.kinds < KINDS.index("live")
    ends = [np.asarray(branches[c], dtype=np.float64)[hit] for c in ("x0", "x1", "y0", "y1")]
    dots = [d for state in found.values() for d in state.dots]
    x = np.concatenate([ends[0], ends[1], [d.x for d in dots]])
    y = np.concatenate([ends[2], ends[3], [d.y for d in dots]])
    known = np.isfinite(x) & np.isfinite(y)
    if known.any():
        return x[known], y[known]
    buses = face.response.picture["buses"]
    return np.asarray(buses["x"], dtype=np.float64), np.asarray(buses["y"], dtype=np.float64)


def _view(face: Face, found: Mapping[str, Drawn], mark: float) -> View:
    picture, region = face.response.picture, face.region
    x, y = _points(face, found)
    degrees = _degrees(face)
    squeeze = float(np.cos(np.radians(float(np.nanmean(y))))) if degrees else 1.0
    half = max(float(np.ptp(x)) * squeeze, float(np.ptp(y)), 1e-6) / 2.0
    rx = max(float(np.ptp(x)) * squeeze / 2.0, half * ASPECT) * (1 + 2 * PAD) / squeeze
    ry = max(float(np.ptp(y)) / 2.0, half * ASPECT) * (1 + 2 * PAD)
    rx, ry = _half(picture, rx, "x"), _half(picture, ry, "y")
    cx, cy = _centre(picture, x, rx, "x"), _centre(picture, y, ry, "y")
    frame = Frame.around(np.array([cx - rx, cx + rx]), np.array([cy - ry, cy + ry]),
                         degrees=degrees)
    branches, switches = picture["branches"], picture["switches"]
    ends = tuple(np.asarray(branches[c], dtype=np.float64) for c in ("x0", "y0", "x1", "y1"))
    inside = _inside(frame, ends)
    shapes = rings(region.outlines)
    loose = np.asarray(switches["normal"]).astype(str) != "closed"
    tx, ty = frame.place(*(np.asarray(switches[c], dtype=np.float64) for c in "xy"))
    sx, sy = frame.place(*(np.asarray(picture["sources"][c], dtype=np.float64) for c in "xy"))
    faults = _faults(face, frame, ends)
    return View(
        frame, tuple(polygon_data(frame, v) for v in shapes.values()),
        tuple(_labels(face, frame, faults, _along(frame, ends, found))), ends, inside, faults,
        tuple((float(a), float(b)) for a, b in zip(sx, sy, strict=True)
              if _seen(frame, float(a), float(b))),
        {str(switches["id"][k]): (float(tx[k]), float(ty[k])) for k in np.flatnonzero(loose)
         if _seen(frame, float(tx[k]), float(ty[k]))},
        mark,
    )


def _room(picture: Mapping[str, Table], axis: str) -> tuple[float, float]:
    """Middle and half length of the whole grid along an axis, with a margin."""
    at = np.asarray(picture["buses"][axis], dtype=np.float64)
    low, high = float(np.nanmin(at)), float(np.nanmax(at))
    return (low + high) / 2.0, (high - low) / 2.0 * (1.0 + PAD)


def _half(picture: Mapping[str, Table], half: float, axis: str) -> float:
    """Half length of a view along an axis: of the whole grid where that is little more."""
    _, room = _room(picture, axis)
    return max(half, room) if half >= NEARLY_ALL * room else half


def _centre(picture: Mapping[str, Table], seen: FloatArray, half: float, axis: str) -> float:
    """Middle of a view along an axis: of what must be seen, moved so that it shows the grid.

    A view wider than the grid has the grid in its middle.
    """
    middle = float(seen.min() + seen.max()) / 2.0
    grid, room = _room(picture, axis)
    if half >= room:
        return grid
    return min(max(middle, grid - room + half), grid + room - half)


def _degrees(face: Face) -> bool:
    """Whether coordinates look like degrees of longitude and latitude."""
    buses = face.response.picture["buses"]
    x, y = (np.abs(np.asarray(buses[c], dtype=np.float64)) for c in "xy")
    plain = bool(np.nanmax(x, initial=0.0) <= 180 and np.nanmax(y, initial=0.0) <= 90)
    region = face.region
    return plain and (region.coordinates != "schematic" or bool(rings(region.outlines)))


def _seen(frame: Frame, x: float, y: float) -> bool:
    return 0.0 <= x <= WIDTH and 0.0 <= y <= frame.height


def _inside(
    frame: Frame, ends: Sequence[FloatArray]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    ax, ay = frame.place(ends[0], ends[1])
    bx, by = frame.place(ends[2], ends[3])
    return np.asarray(
        (np.maximum(ax, bx) >= -9) & (np.minimum(ax, bx) <= WIDTH + 9)
        & (np.maximum(ay, by) >= -9) & (np.minimum(ay, by) <= frame.height + 9)
    )


def _faults(
    face: Face, frame: Frame, ends: Sequence[FloatArray]
) -> tuple[tuple[float, float], ...]:
    """Middles of the faulted branches; of the faulted zones where no branch is named."""
    branches = face.response.picture["branches"]
    assets = {e.asset.rpartition(":")[2] for e in face.response.incident.events}
    named = np.isin(np.asarray(branches["id"]).astype(str), list(assets))
    if not named.any():
        named = np.isin(np.asarray(branches["zone"]), list(faulted_zones(face.response)))
    x, y = frame.place((ends[0] + ends[2])[named] / 2, (ends[1] + ends[3])[named] / 2)
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True) if np.isfinite(a + b))


def _labels(
    face: Face, frame: Frame, faults: Sequence[tuple[float, float]], marks: FloatArray
) -> list[Label]:
    """Jurisdictions and towns at the middle of what is seen of them, off what is interrupted."""
    buses, lang = face.response.picture["buses"], face.words.lang
    x, y = frame.place(*(np.asarray(buses[c], dtype=np.float64) for c in "xy"))
    seen = (x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= frame.height)
    labels = []
    for column, size, kind in (("jurisdiction", 56.0, "jname"), ("town", 34.0, "tname")):
        values = np.asarray(buses[column]).astype(str)
        for name in dict.fromkeys(values[seen & (values != "")]):
            mine = seen & (values == name)
            at = (float(np.median(x[mine])), float(np.median(y[mine])))
            shown = face.name(name) if column == "jurisdiction" else in_language(name, lang, None)
            labels.append(Label(shown, *at, size, kind, 0 if kind == "jname" else 2))
    taken = [(a - 24, b - 24, a + 24, b + 24) for a, b in faults]
    return place_labels(labels, frame.height, taken, marks, ASIDE)


def _along(
    frame: Frame, ends: Sequence[FloatArray], found: Mapping[str, Drawn]
) -> FloatArray:
    """Points (n, 2) along branches that were interrupted in any state."""
    hit = np.zeros(len(ends[0]), bool)
    for d in found.values():
        hit |= d.kinds < KINDS.index("live")
    ax, ay = frame.place(ends[0][hit], ends[1][hit])
    bx, by = frame.place(ends[2][hit], ends[3][hit])
    points = [np.column_stack([ax + t * (bx - ax), ay + t * (by - ay)]) for t in ALONG]
    every = np.concatenate(points)
    return np.asarray(every[np.isfinite(every).all(axis=1)])


def _figure(face: Face, view: View, state: str, found: Drawn, *, moving: bool) -> Html:
    words = face.words
    title = face.state(state)
    alt = words("where.alt", state=title, **{
        k: f"{found.customers[k]:,.0f}" for k in ("repair", "own", "border")})
    captions = {t.casefold(): t for t in [*face.captions(), words("page.schematic")]}.values()
    times = times_back(face.response, state) if moving else None
    at = _switched(face, state) if moving else {}
    return el(
        "figure", el("h3", sentence(title)), _draw(view, found, alt, times, at),
        el("figcaption", words("where.caption", state=title),
           el("small", " · ".join(captions))),
        data_state=state if moving else None,
        data_curve=_curve(face, state) if moving else None,
    )


def _switched(face: Face, state: str) -> dict[str, float]:
    """When the first step ends that operates a switch [s]."""
    plan = face.response.plans.get(state)
    found: dict[str, float] = {}
    for step in plan.steps if plan else ():
        for name in step.changes:
            found.setdefault(name, step.end_s)
    return found


def _curve(face: Face, state: str) -> str:
    """Seconds and customers without supply from then on: "0:37 2400:12 9000:0"."""
    times, out = face.response.curve(state)
    return " ".join(f"{t:.0f}:{c:.0f}" for t, c in zip(times, out, strict=True))


def _lines(view: View, found: Drawn, times: FloatArray | None) -> list[Html]:
    """One path for each kind, or for each kind and time of return; what is on top comes last."""
    parts = []
    for k in reversed(range(len(KINDS))):
        mask = view.inside & (found.kinds == k)
        moments = [None] if times is None else [
            None if np.isnan(t) else float(t) for t in np.unique(times[mask])]
        for t in dict.fromkeys(moments):
            here = mask
            if times is not None:
                here = mask & (np.isnan(times) if t is None else times == t)
            lines = segments(view.frame, [e[here] for e in view.ends])
            if lines:
                parts.append(el("path", d=path_data(lines), class_=f"w r-{KINDS[k]}",
                                data_back=t))
    return parts


def _draw(
    view: View, found: Drawn, alt: str, times: FloatArray | None, at: Mapping[str, float]
) -> Html:
    parts = [el("path", d=d, class_=f"land land{k % 6}") for k, d in enumerate(view.land)]
    parts += _lines(view, found, times)
    half = 11.0 * view.mark
    parts += [el("rect", x=x - half, y=y - half, width=2 * half, height=2 * half, class_="station")
              for x, y in view.sources]
    idle = [at for name, at in view.ties.items()
            if name not in {d.id for d in found.dots if d.action == "close"}]
    if idle:
        data = dots_data(*(np.array(v) for v in zip(*idle, strict=True)))
        parts += [el("path", d=data, class_=f"ring {layer}") for layer in ("outer", "inner")]
    parts += [text(label) for label in view.labels]
    arm = round(15 * view.mark)
    cross = f"l{2 * arm} {2 * arm}m0 {-2 * arm}l{-2 * arm} {2 * arm}"
    parts += [el("path", d=f"M{x - arm:.0f} {y - arm:.0f}{cross}", class_="cross")
              for x, y in view.faults]
    parts += _badges(view, found, at)
    return el("svg", el("title", alt), *parts, viewBox=f"0 0 {WIDTH} {view.frame.height}",
              role="img", class_="map")


def _badges(view: View, found: Drawn, times: Mapping[str, float]) -> list[Html]:
    """Switches operated, with the number of the first step that does it."""
    dots = found.dots
    if not dots:
        return []
    x, y = view.frame.place(np.array([d.x for d in dots]), np.array([d.y for d in dots]))
    spots = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    shown = len(dots) <= MOST_BADGES
    places = apart_from(
        [*view.faults, *((a, b - BADGE_ABOVE * view.mark) for a, b in spots)],
        BADGE_APART * view.mark,
    )[len(view.faults):]
    edge = 28.0 * view.mark
    places = [(min(max(a, edge), WIDTH - edge), min(max(b, edge), view.frame.height - edge))
              for a, b in places]
    badges = [
        badge(str(d.numbers[0]) if shown else "", at, place,
              "open" if d.action == "close" else "cut")
        for d, at, place in zip(dots, spots, places, strict=True)
    ]
    if not times:
        return badges
    return [el("g", b, data_at=times.get(d.id)) for b, d in zip(badges, dots, strict=True)]


def _legend(face: Face, found: Mapping[str, Drawn]) -> Html:
    words = face.words
    rows = []
    for kind in KINDS:
        counts = [d.customers[kind] for d in found.values()]
        drawn_somewhere = any((d.kinds == KINDS.index(kind)).any() for d in found.values())
        if kind != "live" and (any(counts) or (kind == "fault" and drawn_somewhere)):
            label = join(swatch(f"r-{kind}", "line"), " ", words(f"where.{kind}"))
            rows.append(row(label, *(cell(words("map.customers", n=f"{c:,.0f}") if c else DOT)
                                     for c in counts)))
    for action, mark, key in (("close", "ties", "closed"), ("open", "cut", "opened")):
        counts = [sum(d.action == action for d in s.dots) for s in found.values()]
        if any(counts):
            label = join(el("span", "1", class_=f"mark {mark}", aria_hidden="true"), " ",
                         words(f"where.{key}"))
            rows.append(row(label, *(cell(words("map.places", n=c) if c else DOT)
                                     for c in counts)))
    rows.append(row(join(el("span", "", class_="mark ties_own"), " ", words("where.tie_open")),
                    *(cell("") for _ in found)))
    rows.append(row(join(el("span", "", class_="mark station"), " ", words("where.source")),
                    *(cell("") for _ in found)))
    heads = [head(words("map.kind"), numeric=False), *(head(face.state(s)) for s in found)]
    return table(words("where.legend"), [heads], rows, kind="maplegend")


DOT = "·"
ALONG = tuple(k / 12 for k in range(13))
"""Shares of a branch at which a name would cover it."""
