"""What modifications may hold beyond the names they use: selections, times, headways."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieline.region.issues import Issues

Found = tuple[str, str, Any]
"""A field, what is expected there, and what was found."""

SELECTING = ("remove-trips", "adjust-speed", "adjust-dwell-time", "remove-stops", "reroute",
             "cut-at-border")
"""Types that change what `routes` or `trips` say."""
TIMES = "numbers >= 0 [s]"
LATEST_S = 48 * 3600


def check_values(m: Mapping[str, Any], where: str, label: str, issues: Issues) -> None:
    """Every value of a known type of modification that cannot be; all go to `issues`."""
    for field, expected, found in _problems(m):
        text = "nothing" if found is None else f"{found!r}"
        issues.error(label, expected, text, field=f"{where}.{field}" if field else where)


def names_of(m: Mapping[str, Any]) -> list[str]:
    """The routes a modification names."""
    routes = m.get("routes")
    one = [m["route"]] if isinstance(m.get("route"), str) else []
    return [*(str(r) for r in routes), *one] if isinstance(routes, list) else one


def _problems(m: Mapping[str, Any]) -> Iterator[Found]:
    kind = m["type"]
    yield from _selection(m, kind)
    if kind == "adjust-dwell-time":
        yield from _stays(m)
    if kind in ("add-trips", "reroute") and isinstance(m.get("stops"), list):
        yield from _rides(m, kind, len(m["stops"]))
    if kind == "adjust-frequency":
        for k, entry in enumerate(_list(m.get("entries"))):
            yield from _headway(entry, f"entries[{k}]")


def _selection(m: Mapping[str, Any], kind: str) -> Iterator[Found]:
    if m.get("routes") is not None and not isinstance(m["routes"], list):
        yield "routes", "a list of lines", m["routes"]
    if m.get("patterns"):
        yield "patterns", "routes or trips: patterns have no names here", m["patterns"]
    elif kind in SELECTING and not (m.get("routes") or m.get("route") or m.get("trips")):
        yield "", "routes or trips that it changes", None


def _stays(m: Mapping[str, Any]) -> Iterator[Found]:
    given = {k: m[k] for k in ("dwellSecs", "scale") if m.get(k) is not None}
    if not given:
        yield "", "'dwellSecs' or 'scale'", None
    for name, value in given.items():
        if not _number(value):
            yield name, "a number >= 0", value


def _rides(m: Mapping[str, Any], kind: str, n_stops: int) -> Iterator[Found]:
    """Times of new trips, or of the new part of a line."""
    if kind == "reroute":
        joints = n_stops - 1 + bool(m.get("fromStop")) + bool(m.get("toStop"))
        yield from _times(m, "hopTimes", joints, "", needed=False)
        yield from _times(m, "dwellTimes", n_stops, "", needed=False)
        return
    if n_stops < 2:
        yield "stops", "two or more stops", m["stops"]
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
    elif not all(_number(x) for x in value):
        yield f"{at}{name}", TIMES, value


def _count(n: int) -> str:
    return f"{n} numbers [s]"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any, most: float = math.inf) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)
            and math.isfinite(value) and 0.0 <= value <= most)
