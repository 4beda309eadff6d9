"""A resident's question as a study: can I go and come back today, apart and together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tieline.errors import CaseError
from tieline.study.reading import read, refuse_unknown, statuses_of

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.read import RegionData
    from tieline.region.region import Region

STATES: tuple[Literal["apart", "together"], ...] = ("apart", "together")


@dataclass(frozen=True)
class Fare:
    """What is known of the fares there and back [currency], and what is not in it.

    `unknown` are lines by id; `car_hire` whether the hire of shared cars is in it, None without.
    """

    known: float
    unknown: tuple[str, ...]
    car_hire: bool | None

    @property
    def complete(self) -> bool:
        """Whether it is all that one pays."""
        return not self.unknown and self.car_hire is not False


@dataclass(frozen=True, repr=False)
class Trip:
    """The answer: `answers` by state ("apart", "together"), each with out, back and last.

    Times are seconds after midnight of `day`. `names` and `names_zh` are places by what legs
    call them, `lines` and `lines_zh` names of lines by id, `agencies` who runs them, in English and
    in Chinese. `currency` is that of fares; `statuses` count the rows of
    data that the answer rests on. `scenario` is whose timetable it is, "" as given.
    """

    region: Region
    network: str
    day: date
    origin: str
    to: str
    depart_s: int
    stay_s: int
    end_s: int
    answers: Mapping[str, Any]
    lines: Mapping[str, str]
    names_zh: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    lines_zh: Mapping[str, str] = field(default_factory=dict)
    agencies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    scenario: str = ""

    def __repr__(self) -> str:
        said = {s: "yes" if a.possible else "no" for s, a in self.answers.items()}
        return f"Trip({self.origin} - {self.to}, {self.day}: {said})"

    def label(self, place: str, lang: str) -> str:
        """What a place is called in a language."""
        return (self.names_zh.get(place) or place) if lang == "zh" else place

    def line_name(self, line: str, lang: str = "en") -> str:
        """What a line is called in a language."""
        return (self.lines_zh.get(line, "") if lang == "zh" else "") or self.lines.get(line, line)

    def run_by(self, line: str, lang: str = "en") -> str:
        """Who runs a line, "" if that is not said."""
        plain, chinese = self.agencies.get(line, ("", ""))
        return (chinese if lang == "zh" else "") or plain

    def fare(self, state: str) -> Fare | None:
        """What there and back cost in a state; None where one cannot go and come back."""
        answer = self.answers[state]
        if not answer.possible:
            return None
        without = tuple(dict.fromkeys([*answer.out.unpriced, *answer.back.unpriced]))
        cars = any(leg.kind == "car" for way in (answer.out, answer.back) for leg in way.legs)
        return Fare(answer.out.fare + answer.back.fare, tuple(x for x in without if x),
                    None if not cars else "" not in without)

    def to_frame(self) -> pd.DataFrame:
        """One row per leg: state, way, kind, times, places, line, fare (NaN if not known)."""
        import pandas as pd

        from tieline.publish.trip.page import clock

        return pd.DataFrame([
            {"state": state, "way": way, "kind": leg.kind, "start": clock(leg.start_s),
             "end": clock(leg.end_s), "from": leg.origin, "to": leg.to,
             "line": self.line_name(leg.line), "agency": self.run_by(leg.line),
             "trip": leg.trip, "fare": leg.fare}
            for state, answer in self.answers.items()
            for way in ("out", "back", "last") if getattr(answer, way) is not None
            for leg in getattr(answer, way).legs
        ], columns=["state", "way", "kind", "start", "end", "from", "to", "line",
                    "agency", "trip", "fare"])

    def report(self, lang: str = "zh") -> str:
        """The answer as one HTML page in large type that needs no network."""
        from tieline.publish.trip.page import render

        return render(self, lang)

    def write(self, out: str | Path, *, lang: str = "zh") -> Path:
        """The folder with legs.csv and trip.html: all of it, or nothing."""
        from tieline.region.write import atomic_folder, write_table

        page = self.report(lang)
        with atomic_folder(Path(out)) as folder:
            write_table(self.to_frame(), folder / "legs.csv")
            (folder / "trip.html").write_text(page, encoding="utf-8")
        return Path(out)


def trip(  # noqa: PLR0913 - options are keyword-only
    region: RegionData | str | Path, origin: str, to: str, *, day: date | None = None,
    depart: str = "06:00", stay_min: int = 120, return_by: str = "20:00",
    scenario: str | None = None, network: str | None = None,
) -> Trip:
    """Whether one can go from a place to another and come back on a day, apart and together.

    Parameters
    ----------
    region
        What `read_region` gave, or the folder.
    origin, to
        Places by id or name.
    day
        Default: the day of the base scenario. Lines whose project opened later do not run yet.
    depart, return_by
        HH:MM: not before, not after.
    stay_min
        Minutes at the place one goes to.
    scenario
        By whose timetable (`transit/<scenario>.json`); its day, unless `day` says another.
        Without it, by the timetable as given.

    Raises
    ------
    InputError
        If the folder cannot be used.
    CaseError
        If a place, time or day is not known, or no network has trips.
    """
    data = read(region)
    able = [n for n in data.networks if hasattr(data.engines[n], "trip")]
    if network is not None:
        refuse_unknown("network", [network], able)
    if not able:
        msg = "no network of the region has trips"
        raise CaseError(msg)
    name = network or able[0]
    engine: Any = data.engines[name]
    lines: Any = data.networks[name]
    if scenario is not None:
        refuse_unknown("scenario", [scenario], tuple(lines.dates))
    on = day or lines.dates[scenario or "base"]
    start, end = _clock(depart), _clock(return_by)
    if stay_min < 0 or end - start < 60:
        msg = f"return by {return_by} with a stay of {stay_min} min does not fit after {depart}"
        raise CaseError(msg)
    built = data.region.built_by(on)
    cases = {s: data.region.case(s, topics=engine.topics, built=built) for s in STATES}
    answers = engine.trip(
        lines, data.folder, cases, origin=origin, to=to, day=on, depart_s=start,
        stay_s=60 * stay_min, end_s=end, scenario=scenario or "",
    )
    points = lines.points
    shown = {i: points.names[i] or points.ids[i] for i in range(len(points.ids))}
    places = [_row(points, x) for x in (origin, to)]
    return Trip(
        region=data.region, network=name, day=on, origin=shown[places[0]], to=shown[places[1]],
        depart_s=start, stay_s=60 * stay_min, end_s=end, answers=answers,
        lines={k: v.name for k, v in lines.lines.items()},
        lines_zh={k: v.name_zh for k, v in lines.lines.items() if v.name_zh},
        statuses=_counts(statuses_of(data, name, lines)),
        agencies={k: (v.agency, v.agency_zh) for k, v in lines.lines.items()},
        names_zh={
            **{str(n): str(z) for n, z in zip(
                lines.stations.names, lines.stations.names_zh, strict=True) if z},
            **{lines.cars.name(i): z for i, z in enumerate(lines.cars.names_zh) if z},
            **{shown[i]: z for i, z in enumerate(points.names_zh) if z}},
        currency=data.region.currency or "", scenario=scenario or "",
    )


def _counts(by_table: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Rows by status, of all tables together."""
    found: dict[str, int] = {}
    for counts in by_table.values():
        for status, n in counts.items():
            found[status] = found.get(status, 0) + n
    return found


def _row(points: Any, name: str) -> int:
    """The row of a place the engine has found already."""
    if name in points.index:
        return int(points.index[name])
    names = points.names if name in points.names else points.names_zh
    return int(names.index(name))


def _clock(text: str) -> int:
    """Seconds after midnight of HH:MM; CaseError if it is not a time."""
    hours, _, minutes = text.partition(":")
    if hours.isdigit() and minutes.isdigit() and int(hours) < 30 and int(minutes) < 60:
        return int(hours) * 3600 + int(minutes) * 60
    msg = f"expected a time as HH:MM, found '{text}'"
    raise CaseError(msg)
