"""What does not run or is closed: the events of an incident, and the patterns that are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.transit.clock import clock_of
from tieline.transit.modify import scope_of

if TYPE_CHECKING:
    from tieline.region.model import Event, Incident
    from tieline.transit.network import TransitNetwork
    from tieline.transit.patterns import Pattern

KNOWN = ("days", "from", "to")
NEVER = 1 << 30


@dataclass(frozen=True)
class Broken:
    """A line that is suspended or a stop that is closed, between two times of day [s].

    `line` is its id, `stops` are the rows of a stop and its platforms; `days` how long it lasts.
    """

    kind: Literal["line", "stop"]
    name: str
    line: str = ""
    stops: tuple[int, ...] = ()
    days: float = 1.0
    from_s: int = -NEVER
    to_s: int = NEVER


def broken_of(network: TransitNetwork, incident: Incident) -> tuple[Broken, ...]:
    """The lines and stops of an incident; CaseError if one or a parameter is not known.

    An asset is the id of a line or of a stop; "line:ID" or "stop:ID" where it could be either.
    """
    if not incident.events:
        msg = f"incident '{incident.id}' names no line and no stop"
        raise CaseError(msg)
    return tuple(_of_event(network, e) for e in incident.events)


def _of_event(network: TransitNetwork, event: Event) -> Broken:
    kind, sign, rest = event.asset.partition(":")
    named = kind if sign and kind in ("line", "stop") else ""
    name = rest if named else event.asset
    lines = _lines(network)
    stops = scope_of(network.stations, {}, network.stop_jurisdiction).stops
    if named != "stop" and name in lines and not (not named and name in stops):
        found = Broken("line", name, line=lines[name])
    elif named != "line" and name in stops and not (not named and name in lines):
        row = stops[name]
        of = np.flatnonzero(network.stations.parent == row).tolist()
        found = Broken("stop", name, stops=(row, *of))
    elif not named and name in lines and name in stops:
        msg = f"'{name}' is a line and a stop: write line:{name} or stop:{name}"
        raise CaseError(msg)
    else:
        every = {"line": [*network.lines], "stop": [*network.stations.index]}.get(
            named, [*network.lines, *network.stations.index])
        several = [x for x in every if x.partition(":")[2] == name]
        if len(several) > 1:
            msg = f"'{name}' is of several feeds: {', '.join(several[:10])}"
            raise CaseError(msg)
        known = {"line": list(lines), "stop": list(stops)}.get(named, [*lines, *stops])
        msg = f"there is no line or stop '{name}'{nearest(name, known)}"
        raise CaseError(msg)
    for key, value in event.parameters:
        found = _with(found, key, value)
    if found.to_s <= found.from_s:
        msg = f"'{found.name}': 'to' must be later than 'from'"
        raise CaseError(msg)
    return found


def _lines(network: TransitNetwork) -> dict[str, str]:
    """Ids of lines: feed:id, and the id where it is alone."""
    short: dict[str, list[str]] = {}
    for key in network.lines:
        short.setdefault(key.partition(":")[2], []).append(key)
    return {**{k: v[0] for k, v in short.items() if len(v) == 1},
            **{k: k for k in network.lines}}


def _with(found: Broken, key: str, value: str) -> Broken:
    if key == "days":
        try:
            days = float(value)
        except ValueError:
            days = 0.0
        if not 0.0 < days <= 3650.0:
            msg = f"'days': expected a number above 0 and at most 3650 [d], found '{value}'"
            raise CaseError(msg)
        return replace(found, days=days)
    if key in ("from", "to"):
        at = clock_of(value)
        if at is None:
            msg = f"'{key}': expected a time as HH:MM, found '{value}'"
            raise CaseError(msg)
        return replace(found, from_s=at) if key == "from" else replace(found, to_s=at)
    msg = f"'{key}={value}' is not known of a line or stop{nearest(key, KNOWN)}; "
    raise CaseError(msg + f"there is: {', '.join(KNOWN)}")


def without(patterns: Sequence[Pattern], broken: Sequence[Broken]) -> list[Pattern]:
    """The patterns without the trips and calls that are lost.

    Of a suspended line the trips that leave within the times; at a closed stop nobody boards or
    alights, the bus drives on through. Trips that call in the time it is closed stand apart from
    those that do not.
    """
    left = list(patterns)
    for one in broken:
        left = [q for p in left for q in _left(p, one)]
    return left


def _left(p: Pattern, one: Broken) -> list[Pattern]:
    if one.kind == "line":
        if p.line != one.line:
            return [p]
        leave = p.departure[:, 0]
        return _part(p, (leave < one.from_s) | (leave > one.to_s))
    closed = np.isin(p.stop, one.stops)
    if not closed.any():
        return [p]
    calls = p.departure[:, closed]
    hit = np.asarray(((calls >= one.from_s) & (calls <= one.to_s)).any(axis=1))
    shut = [replace(q, board=q.board & ~closed, alight=q.alight & ~closed) for q in _part(p, hit)]
    return [*_part(p, ~hit), *shut]


def _part(p: Pattern, keep: np.ndarray) -> list[Pattern]:
    if not keep.any():
        return []
    return [replace(p, arrival=np.ascontiguousarray(p.arrival[keep]),
                    departure=np.ascontiguousarray(p.departure[keep]), trip=p.trip[keep])]
