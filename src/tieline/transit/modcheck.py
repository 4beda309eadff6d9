"""What modifications may hold beyond the names they use: selections, times, headways."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.expect import nearest
from tieline.transit.patterns import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tieline.region.issues import Issues
    from tieline.transit.patterns import Pattern

Found = tuple[str, str, Any]
"""A field, what is expected there, and what was found."""

SELECTING = ("remove-trips", "adjust-speed", "adjust-dwell-time", "remove-stops", "reroute",
             "cut-at-border")
"""Types that change what `routes` or `trips` say."""
TIMES = "numbers from 0 to 172800 [s]"
LATEST_S = 48 * 3600
FASTEST = 100.0
"""No ride becomes more than so many times as fast, or as slow."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_NEAR = 20_000
"""Trips that are looked at for one that is called like what was given."""


def check_values(m: Mapping[str, Any], where: str, label: str, issues: Issues) -> None:
    """Every value of a known type of modification that cannot be; all go to `issues`."""
    for field, expected, found in _problems(m):
        text = "nothing" if found is None else f"{found!r}"
        issues.error(label, expected, text, field=f"{where}.{field}" if field else where)


def check_trips(
    m: Mapping[str, Any], where: str, label: str, lines: Mapping[str, str],
    trips: Mapping[str, frozenset[str]], issues: Issues,
) -> None:
    """Trips that nobody has, or that are not of the lines named beside them."""
    mine = {lines[x] for x in names_of(m) if x in lines}
    asked = [(f"{where}.trips", x) for x in _list(m.get("trips") or [])]
    if m["type"] == "adjust-frequency":
        asked += [(f"{where}.entries[{k}].sourceTrip", e["sourceTrip"])
                  for k, e in enumerate(_list(m.get("entries")))
                  if isinstance(e, Mapping) and e.get("sourceTrip") is not None]
    for field, name in asked:
        of = trips.get(str(name), frozenset())
        if not of or (mine and not of & mine):
            pool = [t for t, its in trips.items() if not mine or its & mine]
            issues.error(label, "the id of a trip of the line" if mine else "the id of a trip",
                         f"'{name}'{nearest(str(name), pool[:MOST_NEAR])}", field=field)


def check_day(
    patterns: Sequence[Pattern], m: Mapping[str, Any], line: str, where: str, label: str,
    issues: Issues,
) -> None:
    """Of an adjust-frequency: source trips that do not run, and trips that nothing replaces.

    Every trip of the line that leaves within the entries goes, in each direction and on each way.
    """
    mine = [p for p in patterns if p.line == line]
    named = [{str(x) for x in p.trip} | {str(x).partition(":")[2] for x in p.trip} for p in mine]
    entries = m["entries"]
    for k, e in enumerate(entries):
        source = e.get("sourceTrip")
        if source is not None and not any(source in names for names in named):
            issues.error(label, "a trip that runs on the day of the scenario", f"'{source}'",
                         field=f"{where}.entries[{k}].sourceTrip")
    n_gone = 0
    for p, names in zip(mine, named, strict=True):
        if any(e.get("sourceTrip") is None or e["sourceTrip"] in names for e in entries):
            continue
        leave = p.departure[:, 0]
        within = (leave >= 0) & (leave < DAY_S)
        if m.get("retainTripsOutsideFrequencyEntries"):
            spans = [(leave >= e["startTime"]) & (leave < e["endTime"]) for e in entries]
            within &= np.any(spans, axis=0)
        n_gone += int(within.sum())
    if n_gone:
        issues.note(label, f"{n_gone} trips of '{m['route']}' are taken out and no entry replaces "
                    "them: give an entry for each direction, or none with a sourceTrip",
                    field=where)


def of_day(m: Mapping[str, Any], day: date | None) -> Mapping[str, Any]:
    """The modification with those headways alone that run on the weekday of `day`.

    One that names no weekday runs on all of them; one that names some, on those that are true.
    """
    field = {"add-trips": "frequencies", "adjust-frequency": "entries"}.get(m["type"])
    if field is None or day is None:
        return m
    today = WEEKDAYS[day.weekday()]
    return {**m, field: [e for e in m[field]
                         if not any(d in e for d in WEEKDAYS) or e.get(today)]}


def stops_of(m: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each stop that a modification names, with the field in which it does."""
    for stop in m["stops"] if isinstance(m.get("stops"), list) else ():
        yield "stops", stop.get("stopId") if isinstance(stop, Mapping) else stop
    for end in ("fromStop", "toStop"):
        if m.get(end):
            yield end, m[end]
    if m["type"] == "adjust-speed" and _pairs(m.get("hops")):
        for hop in m.get("hops") or ():
            yield from (("hops", stop) for stop in hop)


def names_of(m: Mapping[str, Any]) -> list[str]:
    """The routes a modification names."""
    routes = m.get("routes")
    one = [m["route"]] if isinstance(m.get("route"), str) else []
    return [*(str(r) for r in routes), *one] if isinstance(routes, list) else one


def _problems(m: Mapping[str, Any]) -> Iterator[Found]:
    kind = m["type"]
    yield from _selection(m, kind)
    if m.get("stops") is not None and not isinstance(m["stops"], list):
        yield "stops", "a list of stops", m["stops"]
    if kind == "adjust-speed":
        yield from _speed(m)
    if kind == "adjust-dwell-time":
        yield from _stays(m)
    saved = m.get("secondsSavedAtEachStop")
    if kind == "remove-stops" and saved is not None and not _number(saved, LATEST_S):
        yield "secondsSavedAtEachStop", "a number from 0 to 172800 [s]", saved
    if kind in ("add-trips", "reroute") and isinstance(m.get("stops"), list):
        yield from _rides(m, kind, len(m["stops"]))
    if kind == "adjust-frequency":
        if not isinstance(m.get("route", ""), str):
            yield "route", "the id of a line", m.get("route")
        if m.get("entries") == []:
            yield "entries", "one entry or more", m["entries"]
        for k, entry in enumerate(_list(m.get("entries"))):
            yield from _headway(entry, f"entries[{k}]")


def _selection(m: Mapping[str, Any], kind: str) -> Iterator[Found]:
    if m.get("routes") is not None and not isinstance(m["routes"], list):
        yield "routes", "a list of lines", m["routes"]
    if m.get("patterns"):
        yield "patterns", "routes or trips: patterns have no names here", m["patterns"]
    elif kind in SELECTING and not (m.get("routes") or m.get("route") or m.get("trips")):
        yield "", "routes or trips that it changes", None


def _speed(m: Mapping[str, Any]) -> Iterator[Found]:
    scale = m.get("scale")
    if scale is not None and not (_number(scale, FASTEST) and scale >= 1.0 / FASTEST):
        yield "scale", "a number from 0.01 to 100", scale
    if not _pairs(m.get("hops")):
        yield "hops", "pairs of stops", m["hops"]


def _pairs(hops: Any) -> bool:
    """Whether these are pairs of something, or nothing at all."""
    return hops is None or (isinstance(hops, list) and all(
        isinstance(h, list) and len(h) == 2 for h in hops))


def _stays(m: Mapping[str, Any]) -> Iterator[Found]:
    given = {k: m[k] for k in ("dwellSecs", "scale") if m.get(k) is not None}
    if not given:
        yield "", "'dwellSecs' or 'scale'", None
    for name, most in (("dwellSecs", LATEST_S), ("scale", FASTEST)):
        if name in given and not _number(given[name], most):
            yield name, f"a number from 0 to {most:g}", given[name]


def _rides(m: Mapping[str, Any], kind: str, n_stops: int) -> Iterator[Found]:
    """Times of new trips, or of the new part of a line."""
    if kind == "reroute":
        ends = m.get("fromStop"), m.get("toStop")
        if not any(ends):
            yield "fromStop", "a stop from which, or a stop to which, the way is another", None
            return
        if ends[0] == ends[1]:
            yield "toStop", "another stop than fromStop", ends[1]
        joints = n_stops - 1 + bool(m.get("fromStop")) + bool(m.get("toStop"))
        yield from _times(m, "hopTimes", joints, "", needed=False)
        yield from _times(m, "dwellTimes", n_stops, "", needed=False)
        return
    if n_stops < 2:
        yield "stops", "two or more stops", m["stops"]
    if m.get("frequencies") == []:
        yield "frequencies", "one entry or more", m["frequencies"]
    for k, f in enumerate(_list(m.get("frequencies"))):
        at = f"frequencies[{k}]"
        if not isinstance(f, Mapping):
            yield at, "an object with hopTimes and headwaySecs or firstDepartures", f
            continue
        yield from _times(f, "hopTimes", n_stops - 1, f"{at}.", needed=True)
        yield from _times(f, "dwellTimes", n_stops, f"{at}.", needed=False)
        first = f.get("firstDepartures")
        if not first:
            yield from _headway(f, at)
        elif not (isinstance(first, list) and all(_number(x, LATEST_S) for x in first)):
            yield f"{at}.firstDepartures", "seconds after midnight", first


def _headway(entry: Any, at: str) -> Iterator[Found]:
    if not isinstance(entry, Mapping):
        yield at, "an object with startTime, endTime and headwaySecs", entry
        return
    start, end, headway = (entry.get(k) for k in ("startTime", "endTime", "headwaySecs"))
    for name, value in (("startTime", start), ("endTime", end)):
        if not _number(value, LATEST_S):
            yield f"{at}.{name}", "seconds after midnight", value
    if start is not None and end is not None and _number(start) and _number(end) and end <= start:
        yield f"{at}.endTime", "a time after startTime", end
    if headway is None or not _number(headway) or headway < 1:
        yield f"{at}.headwaySecs", "a number >= 1 [s]", headway


def _times(
    m: Mapping[str, Any], name: str, n: int, at: str, *, needed: bool
) -> Iterator[Found]:
    value = m.get(name)
    if not value and not needed:
        return
    if not isinstance(value, list) or len(value) != n:
        yield f"{at}{name}", _count(n), value
    elif not all(_number(x, LATEST_S) for x in value):
        yield f"{at}{name}", TIMES, value


def _count(n: int) -> str:
    return f"{n} numbers [s]"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any, most: float = math.inf) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)
            and math.isfinite(value) and 0.0 <= value <= most)
