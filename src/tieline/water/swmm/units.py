"""Units and clocks of a SWMM file in metres, m3/s and hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.water.swmm.sections import Line

FOOT = 0.3048
FLOW: Mapping[str, float] = {
    "CFS": FOOT**3, "GPM": 0.003785411784 / 60.0, "MGD": 3785.411784 / 86400.0,
    "CMS": 1.0, "LPS": 0.001, "MLD": 1000.0 / 86400.0,
}
LITRES_PER_FOOT3 = 28.316846592
"""SWMM divides what a mass inflow's factor gives by this: with it as factor, loads are in mg/s."""
DEEP_M = 30.0
"""Nodes so deep are not meant to flood: banks are walls in both programs."""
US = ("CFS", "GPM", "MGD")


@dataclass(frozen=True)
class Units:
    """Factors to metres and m3/s, and when the run starts."""

    length: float
    flow: float
    start: datetime
    days: float
    step_s: float
    elevations: bool

    @classmethod
    def of(cls, options: Sequence[Line]) -> Units:
        """Units as the options say; SWMM's own defaults where they are silent."""
        given = {line.words[0].upper(): line.words[1] for line in options if len(line.words) > 1}
        flow = given.get("FLOW_UNITS", "CFS").upper()
        start = _moment(given.get("START_DATE", "1/1/2002"), given.get("START_TIME", "0:00"))
        end = _moment(given.get("END_DATE", "1/1/2002"), given.get("END_TIME", "0:00"))
        days = max((end - start).total_seconds() / 86400.0, 1.0 / 24.0)
        return cls(
            FOOT if flow in US else 1.0, FLOW.get(flow, 1.0), start, days,
            _seconds(given.get("ROUTING_STEP", "20")),
            given.get("LINK_OFFSETS", "DEPTH").upper() == "ELEVATION",
        )


def _moment(date: str, clock: str) -> datetime:
    month, day, year = (int(x) for x in date.replace("-", "/").split("/"))
    return datetime(year, month, day) + timedelta(hours=hours_of(clock))  # noqa: DTZ001 - local


def hours_of(clock: str) -> float:
    """Hours of 1:30:00 or of 1.5."""
    parts = [float(x) for x in clock.split(":")]
    if len(parts) == 1:
        return parts[0]
    return sum(x / 60.0**k for k, x in enumerate(parts))


def _seconds(text: str) -> float:
    return hours_of(text) * 3600.0 if ":" in text else float(text)


def series_points(lines: Sequence[Line], units: Units) -> dict[str, list[tuple[float, float]]]:
    """Points (hours since the start, value) of every time series written out in the file."""
    found: dict[str, list[tuple[float, float]]] = {}
    day: dict[str, datetime] = {}
    for line in lines:
        name, words = line.words[0], list(line.words[1:])
        if not words or words[0].upper() == "FILE":
            continue
        points = found.setdefault(name, [])
        while words:
            if "/" in words[0] or words[0].count("-") == 2:
                day[name] = _moment(words.pop(0), "0:00")
                continue
            if len(words) < 2:
                break
            hours, value = hours_of(words[0]), float(words[1])
            if name in day:
                hours += (day[name] - units.start).total_seconds() / 3600.0
            points.append((hours, value))
            words = words[2:]
    return found
