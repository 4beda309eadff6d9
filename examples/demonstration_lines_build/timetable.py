"""The feed: town lines and metro, made up, and the lines across as far as they are reported."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Row = Mapping[str, str]
DETOUR = 1.3
TOWN_KM_H = 25.0
"""Local bus, stops counted (assumption, 18-30)."""
SEATS = {"qingpu": "qingpu-T01", "wujiang": "wujiang-T01", "jiashan": "jiashan-T01"}
AGENCIES_ZH = {
    "cross": "跨界线路（部分为合成）", "metro": "轨道交通（假设）",
    "qingpu": "青浦镇村线路（合成）",
    "wujiang": "吴江镇村线路（合成）", "jiashan": "嘉善镇村线路（合成）",
}
METRO = ("dflz", "zjjm", "xd", "xj")
METRO_MINUTES = (0, 5, 14, 26)
"""Metro line 17 from Oriental Land: running times are an assumption."""


def clock(minutes: float) -> str:
    """HH:MM:SS of minutes after midnight."""
    seconds = round(60 * minutes)
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def minutes_of(text: str) -> int:
    """Minutes after midnight of HH:MM."""
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def km(a: Row, b: Row) -> float:
    """Distance by road: the crow's times a detour [km]."""
    x = (float(a["lon"]) - float(b["lon"])) * 95.4
    y = (float(a["lat"]) - float(b["lat"])) * 111.0
    return DETOUR * math.hypot(x, y)


def sheet(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV text."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def said(table: str, column: str, record: str, text: str) -> Row:
    """A row of translations.txt."""
    return {"table_name": table, "field_name": column, "language": "zh", "translation": text,
            "record_id": record}


@dataclass
class Feed:
    """Files of the feed as they grow."""

    stops: dict[str, Row]
    routes: list[dict[str, object]] = field(default_factory=list)
    names_zh: dict[str, str] = field(default_factory=dict)
    trips: list[dict[str, object]] = field(default_factory=list)
    calls: list[dict[str, object]] = field(default_factory=list)

    def line(self, key: str, name: str, name_zh: str, agency: str, kind: int = 3) -> None:
        """A route."""
        self.names_zh[key] = name_zh
        self.routes.append({"route_id": key, "agency_id": agency, "route_short_name": name,
                            "route_type": kind})

    def run(self, key: str, stops: Sequence[str], at: Sequence[float], starts: Iterable[int]
            ) -> None:
        """Trips of a line both ways: `at` minutes after each start."""
        for start in starts:
            for way, order in ((0, list(stops)), (1, list(reversed(stops)))):
                offsets = list(at) if way == 0 else [at[-1] - x for x in reversed(at)]
                trip = f"{key}-{start}-{way}"
                self.trips.append({"route_id": key, "service_id": "daily", "trip_id": trip,
                                   "direction_id": way})
                for i, (stop, offset) in enumerate(zip(order, offsets, strict=True)):
                    time = clock(start + offset)
                    self.calls.append({
                        "trip_id": trip, "stop_id": stop, "stop_sequence": i + 1,
                        "arrival_time": time, "departure_time": time,
                    })

    def files(self) -> dict[str, str]:
        """The texts of the feed."""
        agencies = [("cross", "Lines across (partly synthetic)"), ("metro", "Metro (assumed)"),
                    *((j, f"Town lines of {j.title()} (synthetic)") for j in SEATS)]
        return {
            "agency.txt": sheet({
                "agency_id": a, "agency_name": n, "agency_url": "http://example.org",
                "agency_timezone": "Asia/Shanghai"} for a, n in agencies),
            "stops.txt": sheet({
                "stop_id": k, "stop_name": s["name"], "stop_lat": s["lat"], "stop_lon": s["lon"],
                "jurisdiction": s["jurisdiction"]} for k, s in self.stops.items()),
            "routes.txt": sheet(self.routes),
            "translations.txt": sheet([
                *(said("agency", "agency_name", a, z) for a, z in AGENCIES_ZH.items()),
                *(said("stops", "stop_name", k, s["name_zh"]) for k, s in self.stops.items()),
                *(said("routes", "route_short_name", k, z) for k, z in self.names_zh.items())]),
            "trips.txt": sheet(self.trips),
            "stop_times.txt": sheet(self.calls),
            "calendar.txt": sheet([{
                "service_id": "daily", "monday": 1, "tuesday": 1, "wednesday": 1, "thursday": 1,
                "friday": 1, "saturday": 1, "sunday": 1, "start_date": "20190101",
                "end_date": "20201231"}]),
        }


def town_lines(feed: Feed, towns: Sequence[Row]) -> None:
    """From each town to its county seat, by way of the nearest town nearer to it."""
    by_id = {t["id"]: t for t in towns}
    for k, town in enumerate(towns):
        seat = by_id[SEATS[town["jurisdiction"]]]
        if town["id"] == seat["id"]:
            continue
        between = [
            t for t in towns if t["jurisdiction"] == town["jurisdiction"]
            and t["id"] not in (town["id"], seat["id"])
            and km(town, t) + km(t, seat) < 1.15 * km(town, seat)
        ]
        between.sort(key=lambda t: km(town, t))
        stops = [town, *between, seat]
        at = [0.0]
        for a, b in pairwise(stops):
            at.append(at[-1] + max(2.0, 60.0 * km(a, b) / TOWN_KM_H))
        headway = 20 if float(town["population"]) > 100_000 else 30
        key = f"town-{town['id']}"
        feed.line(key, f"{town['name']} - {seat['name']}", f"{town['name_zh']}-{seat['name_zh']}",
                  town["jurisdiction"])
        feed.run(key, [t["id"] for t in stops], [round(x) for x in at],
                 range(330 + 7 * k % 20, 1230, headway))


def links(feed: Feed, named: Mapping[str, Row], towns: Sequence[Row]) -> None:
    """A shuttle from each named stop to the nearest town of its county, where it is not in it."""
    for key, stop in named.items():
        town = min((t for t in towns if t["jurisdiction"] == stop["jurisdiction"]),
                   key=lambda t: km(t, stop))
        if km(town, stop) > 0.9:
            feed.line(f"link-{key}", f"{stop['name']} - {town['name']}",
                      f"{stop['name_zh']}-{town['name_zh']}", stop["jurisdiction"])
            feed.run(f"link-{key}", [key, town["id"]],
                     [0, max(3, round(60.0 * km(stop, town) / TOWN_KM_H))], range(345, 1230, 20))


def ways_to(feed: Feed, facilities: Sequence[Row], towns: Sequence[Row]) -> None:
    """A bus from each facility that is far from its town's stop to that stop (synthetic)."""
    for f in facilities:
        near = [s for s in feed.stops.values() if s["jurisdiction"] == f["jurisdiction"]
                and km(s, f) <= 0.9]
        if near:
            continue
        town = min((t for t in towns if t["jurisdiction"] == f["jurisdiction"]),
                   key=lambda t: km(t, f))
        stop = f"at-{f['id']}"
        feed.stops[stop] = {**f, "id": stop}
        feed.line(f"way-{f['id']}", f"{f['name']} - {town['name']}",
                  f"{f['name_zh']}-{town['name_zh']}", f["jurisdiction"])
        feed.run(f"way-{f['id']}", [stop, town["id"]],
                 [0, max(3, round(60.0 * km(f, town) / TOWN_KM_H))], range(345, 1230, 15))


def lines_across(feed: Feed, rows: Sequence[Row], named: Mapping[str, Row]) -> None:
    """The lines of cross_lines.csv; times in proportion to the way between stops."""
    for row in rows:
        stops = row["stops"].split(";")
        way = [0.0]
        for a, b in pairwise(stops):
            way.append(way[-1] + km(named[a], named[b]))
        at = [round(float(row["minutes"]) * x / way[-1]) for x in way]
        feed.line(row["id"], row["name"], row["name_zh"], "cross")
        feed.run(row["id"], stops, at, range(
            minutes_of(row["first"]), minutes_of(row["last"]) + 1, int(row["headway_min"])))


def metro(feed: Feed) -> None:
    """Metro 17 from Oriental Land eastwards, every eight minutes."""
    feed.line("metro-17", "Metro 17", "轨道交通17号线", "metro", 1)
    feed.run("metro-17", METRO, METRO_MINUTES, range(330, 1320, 8))
