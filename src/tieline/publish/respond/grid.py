"""What is dark and who brings it back, part by part: what the map of a state draws."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.response import WAITING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.appraisal.response import Response
    from tieline.region.model import FloatArray
    from tieline.region.tables import Table

KINDS = ("fault", "repair", "border", "own", "upstream", "live")
"""Kinds of a part of the grid, the one that is drawn on top first."""
TABLES = ("buses", "branches", "switches", "sources", "loads")
BACK = {"upstream": "upstream", "own": "own", "border": "border", "repair": "repair"}


@dataclass(frozen=True)
class Dot:
    """A switch that a plan operates: where, what is done, numbers of the steps."""

    id: str
    x: float
    y: float
    action: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """One state: kind of each branch (index of KINDS), customers by kind, switches operated."""

    kinds: np.ndarray[tuple[int], np.dtype[np.int64]]
    customers: Mapping[str, float]
    dots: tuple[Dot, ...]


def can_draw(response: Response) -> bool:
    """Whether there is a picture of the network and a plan's table of loads."""
    picture = response.picture
    return (
        all(t in picture for t in TABLES) and len(picture["branches"]) > 0
        and response.table(response.led, "loads") is not None
        and bool(np.isfinite(np.asarray(picture["buses"]["x"], dtype=np.float64)).any())
    )


def faulted_zones(response: Response) -> set[int]:
    """Zones of the assets that broke."""
    picture = response.picture
    assets = {e.asset.rpartition(":")[2] for e in response.incident.events}
    zone_of_bus = _zone_of_bus(picture)
    found = set()
    for name, bus in (("branches", ""), ("loads", ""), ("sources", "bus"), ("switches", "bus")):
        table = picture[name]
        for row in np.flatnonzero(np.isin(np.asarray(table["id"]).astype(str), list(assets))):
            if "zone" in table.columns:
                found.add(int(table["zone"][row]))
            elif bus in table.columns:
                found.add(zone_of_bus.get(str(table[bus][row]), -1))
    return found - {-1}


def drawn(response: Response, state: str) -> Drawn | None:
    """How to draw a state; None if its loads are not known."""
    loads = response.table(state, "loads")
    if loads is None:
        return None
    picture = response.picture
    how = {
        str(i): BACK[str(h)] for i, h, out in zip(
            loads["id"], loads["how"], loads["out_h"], strict=True)
        if str(h) in BACK and float(out) > 0.0
    }
    mine = picture["loads"]
    kinds_of_loads = [how.get(str(i), "live") for i in mine["id"]]
    weights = np.asarray(mine["customers"], dtype=np.float64)
    counts = dict.fromkeys(KINDS, 0.0)
    by_zone: dict[int, dict[str, float]] = {}
    for kind, zone, weight in zip(kinds_of_loads, mine["zone"], weights, strict=True):
        counts[kind] += float(weight)
        votes = by_zone.setdefault(int(zone), {})
        votes[kind] = votes.get(kind, 0.0) + float(weight) + 1e-9
    seeds = {z: max(v, key=lambda k: v[k]) for z, v in by_zone.items()}
    seeds |= dict.fromkeys(faulted_zones(response), "fault")
    dots = _dots(response, state)
    found = _spread(picture, seeds)
    _through_ties(picture, dots, found, {*seeds})
    zones = np.asarray(picture["branches"]["zone"])
    kinds = np.array([KINDS.index(found.get(int(z), "live")) for z in zones], dtype=np.int64)
    return Drawn(kinds, counts, dots)


def times_back(response: Response, state: str) -> FloatArray:
    """Seconds after which each branch of the picture is alive again; NaN if it never was dead.

    A part without customers is taken to live as long as the nearest that has some.
    """
    picture, loads = response.picture, response.table(state, "loads")
    zones = np.asarray(picture["branches"]["zone"])
    if loads is None:
        return np.full(len(zones), np.nan)
    back = {
        str(i): float(b) for i, b, out in zip(
            loads["id"], loads["back_s"], loads["out_h"], strict=True) if float(out) > 0.0
    }
    last = max(back.values(), default=0.0)
    seeds: dict[int, float] = {}
    for i, zone in zip(picture["loads"]["id"], picture["loads"]["zone"], strict=True):
        seeds[int(zone)] = max(seeds.get(int(zone), 0.0), back.get(str(i), 0.0))
    for zone in faulted_zones(response):
        seeds.setdefault(zone, last)
    found = _spread(picture, {z: str(t) for z, t in seeds.items()})
    times = np.array([float(found.get(int(z), "0")) for z in zones])
    return np.where(times > 0.0, times, np.nan)


def _zone_of_bus(picture: Mapping[str, Table]) -> dict[str, int]:
    buses = picture["buses"]
    return {str(b): int(z) for b, z in zip(buses["id"], buses["zone"], strict=True)}


def _sides(picture: Mapping[str, Table]) -> list[tuple[str, int, int, bool]]:
    """Switches with the zones on both sides, and whether they are closed normally."""
    of_bus = _zone_of_bus(picture)
    branches, switches = picture["branches"], picture["switches"]
    of_element = {str(i): int(z) for i, z in zip(branches["id"], branches["zone"], strict=True)}
    return [
        (str(i), of_bus.get(str(b), -1), of_element.get(str(e), of_bus.get(str(e), -1)),
         str(n) == "closed")
        for i, b, e, n in zip(switches["id"], switches["bus"], switches["element"],
                              switches["normal"], strict=True)
    ]


def _spread(picture: Mapping[str, Table], seeds: Mapping[int, str]) -> dict[int, str]:
    """Zones without customers are drawn as the nearest that has some, over closed switches."""
    beside: dict[int, list[int]] = {}
    for _, a, b, closed in _sides(picture):
        if closed and a >= 0 and b >= 0:
            beside.setdefault(a, []).append(b)
            beside.setdefault(b, []).append(a)
    found = dict(seeds)
    queue = deque(z for z, k in seeds.items() if k != "fault")
    while queue:
        here = queue.popleft()
        for there in beside.get(here, ()):
            if there not in found:
                found[there] = found[here]
                queue.append(there)
    return found


def _through_ties(
    picture: Mapping[str, Table], dots: tuple[Dot, ...], found: dict[int, str], settled: set[int]
) -> None:
    """A tie line without customers that the plan closes is drawn as what it brings back."""
    closed = {d.id for d in dots if d.action == "close"}
    owners = dict(zip(map(str, picture["switches"]["id"]),
                      map(str, picture["switches"]["jurisdictions"]), strict=True))
    for name, _, element, normally in _sides(picture):
        if name in closed and not normally and element not in settled:
            found[element] = "border" if ";" in owners[name] else "own"


def _dots(response: Response, state: str) -> tuple[Dot, ...]:
    """Switches operated until customers are back, with the numbers of their steps."""
    if state == WAITING:
        return ()
    switches = response.picture["switches"]
    at = {str(i): k for k, i in enumerate(switches["id"])}
    found: dict[tuple[str, str], list[int]] = {}
    for number, step in enumerate(response.plans[state].steps, 1):
        if step.phase not in ("isolate", "restore") or step.action not in ("open", "close"):
            continue
        for switch, position in step.changes.items():
            if switch in at:
                action = "close" if position == "closed" else "open"
                found.setdefault((switch, action), []).append(number)
    return tuple(
        Dot(switch, float(switches["x"][at[switch]]), float(switches["y"][at[switch]]), action,
            tuple(numbers))
        for (switch, action), numbers in found.items()
    )
