"""Shuttles and cars that may stand in: read, and laid over a timetable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.region.expect import nearest
from tieline.transit.clock import clock_of
from tieline.transit.modify import scope_of
from tieline.transit.patterns import Pattern
from tieline.transit.place import great_circle_m

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.tables import Schema, Table
    from tieline.transit.network import Points
    from tieline.transit.patterns import Stations

PREFIX = "offer:"
"""What lines and projects of offers are called inside a search."""


@dataclass(frozen=True)
class Offer:
    """A row of `offer`: `at` are rows of stops, or of places for cars; times in seconds.

    `ride_s` are the rides from each stop to the next; `first_s` to `last_s` when shuttles leave.
    """

    id: str
    name: str
    name_zh: str
    kind: Literal["shuttle", "cars"]
    jurisdiction: int
    at: tuple[int, ...]
    ride_s: tuple[int, ...]
    headway_s: int
    first_s: int
    last_s: int
    vehicles: int
    cost_per_day: float
    ready_s: float

    @property
    def key(self) -> str:
        """Its line and project inside a search."""
        return PREFIX + self.id

    def touches(self, stops: np.ndarray, places: np.ndarray) -> frozenset[int]:
        """The jurisdictions it concerns: who gives it, and where it stops."""
        owners = stops if self.kind == "shuttle" else places
        return frozenset({self.jurisdiction, *(int(owners[i]) for i in self.at)} - {-1})

    def patterns(self) -> list[Pattern]:
        """The shuttle there and back; nothing for cars."""
        if self.kind != "shuttle":
            return []
        found = []
        leave = np.arange(self.first_s, self.last_s + 1, self.headway_s, dtype=np.int32)[:, None]
        every = np.ones(len(self.at), bool)
        for way, step in (("out", 1), ("back", -1)):
            offset = np.concatenate([[0], np.cumsum(self.ride_s[::step])]).astype(np.int32)
            times = np.ascontiguousarray(leave + offset[None, :])
            names = np.array([f"{self.key}.{way}.{k}" for k in range(len(leave))], object)
            found.append(Pattern(self.key, np.array(self.at[::step], np.int32), every, every,
                                 times, times, names))
        return found


def read_offers(
    folder: RegionFolder, stations: Stations, points: Points, schemas: Mapping[str, Schema],
    issues: Issues,
) -> tuple[tuple[Offer, ...], dict[int, tuple[int, int]]]:
    """The offers, and buses and cars to spare by jurisdiction; every problem goes to `issues`."""
    table = folder.table("transit/offer", schemas["offer"], issues)
    ids = [j.id for j in folder.region.jurisdictions]
    stops = scope_of(stations, {}, stations.kind).stops
    offers = []
    for i in range(0 if table is None else len(table)):
        assert table is not None  # noqa: S101 - the range is empty then
        known = points.index if table["kind"][i] == "cars" else stops
        found = _offer(table, i, known, ids, issues)
        if found is not None:
            offers.append(_timed(found, table, i, stations))
    spare = folder.table("transit/spare", schemas["spare"], issues)
    return tuple(offers), {} if spare is None else {
        ids.index(str(j)): (int(a), int(b)) for j, a, b in zip(
            spare["jurisdiction"], spare["shuttles"], spare["cars"], strict=True) if j in ids
    }


def _offer(
    table: Table, i: int, known: Mapping[str, int], ids: Sequence[str], issues: Issues
) -> Offer | None:
    """A row without its rides; None, with what is wrong, if it cannot be used."""
    row, before = int(table.rows[i]), len(issues.errors)
    cars = table["kind"][i] == "cars"
    named = [x.strip() for x in str(table["at"][i]).split(";") if x.strip()]
    for name in named:
        if name not in known:
            what = "the id of a place" if cars else "the id of a stop"
            issues.error(table.file, what, f"'{name}'{nearest(name, list(known))}", row=row,
                         field="at")
    if len(set(named)) < 2:
        issues.error(table.file, "two stops or places at least", f"'{table['at'][i]}'", row=row,
                     field="at")
    times = {}
    for name in ("first", "last"):
        times[name] = clock_of(str(table[name][i]))
        if times[name] is None:
            issues.error(table.file, "a time as HH:MM", f"'{table[name][i]}'", row=row, field=name)
    first, last = times["first"], times["last"]
    if first is not None and last is not None and last < first:
        issues.error(table.file, "a time not before 'first'", f"'{table['last'][i]}'", row=row,
                     field="last")
    owner = str(table["jurisdiction"][i])
    if len(issues.errors) > before or first is None or last is None or owner not in ids:
        return None
    return Offer(
        str(table["id"][i]), str(table["name"][i]), str(table["name_zh"][i]),
        "cars" if cars else "shuttle", ids.index(owner), tuple(known[x] for x in named), (),
        int(60 * table["headway_min"][i]), first, last, int(table["vehicles"][i]),
        float(table["cost_per_day"][i]), 60.0 * float(table["ready_min"][i]),
    )


def _timed(offer: Offer, table: Table, i: int, stations: Stations) -> Offer:
    """The offer with the rides between its stops, its minutes shared out by distance."""
    from dataclasses import replace

    if offer.kind == "cars":
        return offer
    at = np.array(offer.at)
    lon, lat = stations.lon[at], stations.lat[at]
    metres = np.maximum(great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), 1.0)
    until = np.rint(60.0 * float(table["minutes"][i]) * np.cumsum(metres) / metres.sum())
    rides = np.maximum(np.diff(until, prepend=0.0), 1.0)
    return replace(offer, ride_s=tuple(int(r) for r in rides))
