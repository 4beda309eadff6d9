"""Changes to a timetable in the published terms of Conveyal R5's scenarios, and one of our own.

`transit/<scenario>.json` holds {"modifications": [{"type": ..., ...}]}, applied in order to the
patterns of that scenario's day. Routes, stops and trips are named as feed:id, or by their id where
it is alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.expect import nearest
from tieline.transit.modcheck import check_trips, check_values, names_of, of_day, stops_of
from tieline.transit.newstops import named
from tieline.transit.patterns import Pattern, Stations, never_overtaking
from tieline.transit.timetable import pieces_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from tieline.region.issues import Issues

Modification = Mapping[str, Any]
NEEDED: Mapping[str, tuple[str, ...]] = {
    "remove-trips": (), "add-trips": ("stops", "frequencies"), "adjust-speed": ("scale",),
    "adjust-dwell-time": (), "adjust-frequency": ("route", "entries"), "remove-stops": ("stops",),
    "reroute": ("stops",), "cut-at-border": (),
}
"""Each type and the fields it cannot do without."""


@dataclass(frozen=True)
class Scope:
    """What modifications may name: stops by name, lines by name, the jurisdiction of each stop.

    `trips` gives the lines of the trips of a name; None where nobody asked.
    """

    stops: Mapping[str, int]
    lines: Mapping[str, str]
    jurisdiction: NDArray[np.int64]
    trips: Mapping[str, frozenset[str]] | None = None


def scope_of(stations: Stations, lines: Mapping[str, str], owners: NDArray[np.int64]) -> Scope:
    """Names of stops: feed:id, and the id where it is alone."""
    short: dict[str, list[int]] = {}
    for i, name in enumerate(stations.ids):
        short.setdefault(str(name).partition(":")[2], []).append(i)
    alone = {k: v[0] for k, v in short.items() if len(v) == 1}
    return Scope({**alone, **stations.index}, lines, owners)


def read_modifications(
    path: Path, label: str, scope: Scope, issues: Issues
) -> tuple[Modification, ...]:
    """The modifications of a file; every problem goes to `issues`."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        issues.error(label, "JSON", f"an error: {error}")
        return ()
    given = raw.get("modifications") if isinstance(raw, dict) else raw
    if not isinstance(given, list):
        issues.error(label, "a list of modifications", "none")
        return ()
    given = [named(m, path.stem) if isinstance(m, dict) else m for m in given]
    for k, m in enumerate(given):
        _check(m, f"modifications[{k}]", label, scope, issues)
    return tuple(m for m in given if isinstance(m, dict))


def _check(m: Any, where: str, label: str, scope: Scope, issues: Issues) -> None:
    kind = str(m.get("type")) if isinstance(m, dict) else "nothing"
    if kind not in NEEDED:
        issues.error(label, "a type of modification: " + ", ".join(NEEDED),
                     f"'{kind}'{nearest(kind, list(NEEDED))}", field=f"{where}.type")
        return
    for name in NEEDED[kind]:
        if name not in m:
            issues.error(label, f"'{name}' of {kind}", "nothing", field=where)
    check_values(m, where, label, issues)
    for name in names_of(m):
        if name not in scope.lines:
            issues.error(label, "the id of a line", f"'{name}'{nearest(name, list(scope.lines))}",
                         field=f"{where}.routes")
    for field, name in stops_of(m):
        if not isinstance(name, str) or name not in scope.stops:
            near = nearest(name, list(scope.stops)) if isinstance(name, str) else ""
            issues.error(label, "the id of a stop", f"'{name}'{near}", field=f"{where}.{field}")
    if scope.trips is not None:
        check_trips(m, where, label, scope.lines, scope.trips, issues)


def modified(
    patterns: Sequence[Pattern], modifications: Sequence[Modification], scope: Scope,
    day: date | None = None,
) -> list[Pattern]:
    """The patterns after all modifications, in order; none overtakes.

    Headways that do not run on the weekday of `day` are left out; None: all of them run.
    """
    found = list(patterns)
    for k, given in enumerate(modifications):
        m = of_day(given, day)
        if m["type"] == "add-trips":
            found += _added(m, f"added-{k}", scope)
            continue
        after: list[Pattern] = []
        for p in found:
            after += CHANGES[m["type"]](p, m, scope) if concerns(m, p, scope) else [p]
        found = after
    return [q for p in found for q in _parted(p)]


def concerns(m: Modification, p: Pattern, scope: Scope) -> bool:
    """Whether a modification is for the line of a pattern."""
    lines = {scope.lines[x] for x in names_of(m)}
    return p.line in lines or (not lines and bool(m.get("trips")))


def _parted(p: Pattern) -> list[Pattern]:
    """In patterns that never overtake, sorted by departure."""
    if not len(p.trip) or len(p.stop) < 2:
        return []
    order = np.lexsort((p.arrival[:, -1], p.departure[:, 0]))
    return [
        replace(p, arrival=np.ascontiguousarray(p.arrival[order][g]),
                departure=np.ascontiguousarray(p.departure[order][g]), trip=p.trip[order][g])
        for g in never_overtaking(p.arrival[order], p.departure[order])
    ]


def _only(p: Pattern, keep: NDArray[Any]) -> Pattern:
    return replace(p, arrival=p.arrival[keep], departure=p.departure[keep], trip=p.trip[keep])


def _remove_trips(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    names = m.get("trips")
    if not names:
        return []
    gone = np.array([x in names or str(x).partition(":")[2] in names for x in p.trip], bool)
    return [_only(p, ~gone)]


def _of_durations(p: Pattern, hop: NDArray[Any], dwell: NDArray[Any]) -> Pattern:
    """Times from the first arrival, rides between stops and stays at them [s]."""
    stay = np.rint(dwell).astype(np.int64)
    ride = np.rint(hop).astype(np.int64)
    arrival = np.empty(stay.shape, np.int64)
    arrival[:, 0] = p.arrival[:, 0]
    arrival[:, 1:] = arrival[:, :1] + np.cumsum(stay[:, :-1] + ride, axis=1)
    return replace(p, arrival=arrival.astype(np.int32), departure=(arrival + stay).astype(np.int32))


def _durations(p: Pattern) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hop = (p.arrival[:, 1:] - p.departure[:, :-1]).astype(float)
    return hop, (p.departure - p.arrival).astype(float)


def _adjust_speed(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """Rides between stops `scale` times as fast; stays as they are. `hops`: pairs of stops."""
    hop, dwell = _durations(p)
    mask = np.ones(hop.shape[1], bool)
    if m.get("hops"):
        pairs = {(scope.stops[a], scope.stops[b]) for a, b in m["hops"]}
        mask = np.array([(int(a), int(b)) in pairs for a, b in
                         zip(p.stop[:-1], p.stop[1:], strict=True)], bool)
    hop[:, mask] /= float(m["scale"])
    return [_of_durations(p, hop, dwell)]


def _adjust_dwell(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """Stays of `dwellSecs`, or `scale` times as long; at `stops`, or everywhere but the ends."""
    hop, dwell = _durations(p)
    chosen = np.ones(len(p.stop), bool)
    chosen[[0, -1]] = False
    if m.get("stops"):
        chosen = np.isin(p.stop, [scope.stops[s] for s in m["stops"]])
    dwell[:, chosen] = (
        float(m["dwellSecs"]) if m.get("dwellSecs") is not None
        else dwell[:, chosen] * float(m.get("scale", 1.0))
    )
    return [_of_durations(p, hop, dwell)]


def _adjust_frequency(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """Trips at the headways of the entries, each like its `sourceTrip` or the first of the pattern.

    Others of the route stay only with `retainTripsOutsideFrequencyEntries`, outside the entries.
    """
    keep = np.zeros(len(p.trip), bool)
    if m.get("retainTripsOutsideFrequencyEntries"):
        keep[:] = True
        for e in m["entries"]:
            keep &= (p.departure[:, 0] < e["startTime"]) | (p.departure[:, 0] >= e["endTime"])
    parts = [_only(p, keep)]
    for k, e in enumerate(m["entries"]):
        source = e.get("sourceTrip")
        rows = [i for i, x in enumerate(p.trip)
                if source in (None, x, str(x).partition(":")[2])][:1]
        if not rows:
            continue
        start = np.arange(e["startTime"], e["endTime"], e["headwaySecs"])
        shift = (start - p.departure[rows[0], 0])[:, None]
        parts.append(replace(
            p, arrival=(p.arrival[rows[0]] + shift).astype(np.int32),
            departure=(p.departure[rows[0]] + shift).astype(np.int32),
            trip=np.array([f"{p.trip[rows[0]]}+{k}.{i}" for i in range(len(start))], dtype=object),
        ))
    return parts


def _remove_stops(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """Without the stops; each saves `secondsSavedAtEachStop` and its stay."""
    gone = np.isin(p.stop, [scope.stops[s] for s in m["stops"]])
    if not gone.any():
        return [p]
    saved = float(m.get("secondsSavedAtEachStop", 0))
    stay = (p.departure - p.arrival) * gone + saved * gone
    earlier = np.cumsum(stay, axis=1)
    first = int(np.argmax(~gone))
    earlier -= earlier[:, first : first + 1]
    at = ~gone
    arrival = np.maximum.accumulate(np.rint(p.arrival - earlier)[:, at], axis=1)
    stays = (p.departure - p.arrival)[:, at]
    return [replace(p, stop=p.stop[at], board=p.board[at], alight=p.alight[at],
                    arrival=arrival.astype(np.int32), departure=(arrival + stays).astype(np.int32))]


def _reroute(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """Other stops between `fromStop` and `toStop` (from the start, to the end, without one)."""
    index = [int(s) for s in p.stop]
    first = index.index(scope.stops[m["fromStop"]]) if m.get("fromStop") and \
        scope.stops[m["fromStop"]] in index else (None if m.get("fromStop") else -1)
    last = index.index(scope.stops[m["toStop"]]) if m.get("toStop") and \
        scope.stops[m["toStop"]] in index else (None if m.get("toStop") else len(index))
    if first is None or last is None or first >= last:
        return [p]
    new = np.array([scope.stops[s["stopId"] if isinstance(s, dict) else s] for s in m["stops"]],
                   np.int32)
    hop, dwell = _durations(p)
    n, k = len(p.trip), len(new)
    joints = k - 1 + (first >= 0) + (last < len(index))
    hops = np.broadcast_to(np.array(m.get("hopTimes") or [120.0] * joints, float), (n, joints))
    stays = np.broadcast_to(np.array(m.get("dwellTimes") or [0.0] * k, float), (n, k))
    head, tail = first + 1, last
    stop = np.concatenate([p.stop[:head], new, p.stop[tail:]]).astype(np.int32)
    every = np.ones(k, bool)
    made = replace(
        p, stop=stop, board=np.concatenate([p.board[:head], every, p.board[tail:]]),
        alight=np.concatenate([p.alight[:head], every, p.alight[tail:]]),
    )
    return [_of_durations(
        made, np.hstack([hop[:, : max(head - 1, 0)], hops, hop[:, tail:]]),
        np.hstack([dwell[:, :head], stays, dwell[:, tail:]]),
    )]


def _cut(p: Pattern, m: Modification, scope: Scope) -> list[Pattern]:
    """The line ends at each border, whoever is open to whom."""
    own = [q for q in pieces_of(scope.jurisdiction[p.stop].tolist()) if len(q.touches) <= 1]
    return [replace(p, stop=p.stop[q.low : q.high], board=p.board[q.low : q.high],
                    alight=p.alight[q.low : q.high], arrival=p.arrival[:, q.low : q.high],
                    departure=p.departure[:, q.low : q.high]) for q in own]


def _added(m: Modification, line: str, scope: Scope) -> list[Pattern]:
    """New trips: `frequencies` each with hopTimes, dwellTimes, and headways or firstDepartures."""
    stop = np.array([scope.stops[s["stopId"] if isinstance(s, dict) else s] for s in m["stops"]],
                    np.int32)
    found = []
    for k, f in enumerate(m["frequencies"]):
        start = np.array(f["firstDepartures"]) if f.get("firstDepartures") else np.arange(
            f["startTime"], f["endTime"], f["headwaySecs"])
        hop = np.broadcast_to(np.array(f["hopTimes"], float), (len(start), len(stop) - 1))
        dwell = np.broadcast_to(
            np.array(f.get("dwellTimes") or [0.0] * len(stop), float), (len(start), len(stop)))
        for way in (0, 1) if m.get("bidirectional") else (0,):
            every, turn = np.ones(len(stop), bool), slice(None, None, -1 if way else 1)
            begin = np.zeros((len(start), len(stop)), np.int32) + start[:, None].astype(np.int32)
            p = Pattern(line, stop[turn], every, every, begin, begin,
                        np.array([f"{line}.{k}.{way}.{i}" for i in range(len(start))], object))
            found.append(_of_durations(p, hop[:, turn], dwell[:, turn]))
    return found


CHANGES: Mapping[str, Callable[[Pattern, Modification, Scope], list[Pattern]]] = {
    "remove-trips": _remove_trips, "adjust-speed": _adjust_speed,
    "adjust-dwell-time": _adjust_dwell, "adjust-frequency": _adjust_frequency,
    "remove-stops": _remove_stops, "reroute": _reroute, "cut-at-border": _cut,
}
