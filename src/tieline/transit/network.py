"""The lines of a region as frozen arrays: what feeds and tables say, ids turned into numbers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.errors import CaseError
from tieline.region.model import Case, Pair, Relevant, Scenario, pairs_of
from tieline.transit.gtfs.fares import ZoneFare, cheapest
from tieline.transit.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.transit.cars import Cars
    from tieline.transit.kernels.sweep import Window
    from tieline.transit.money import Runs
    from tieline.transit.patterns import Stations
    from tieline.transit.respond.offers import Offer
    from tieline.transit.timetable import Timetable
    from tieline.transit.travel import Pace
    from tieline.transit.walking import Walking

TOPIC = "transit"
TOPIC_CARS = "transit.cars"
CUTOFFS_MIN = (15, 30, 45, 60)


@dataclass(frozen=True)
class Settings:
    """Section [transit] of region.toml; times in seconds."""

    window: Window
    percentile: float
    pace: Pace
    detour: float
    cut: bool
    walk_across: bool
    opportunity: str
    facility: str
    nearest: int
    visits_per_yr: float
    day_start: int
    opens: int
    stay: int
    day_end: int
    draws: int
    car_m_s: float
    car_most: int
    car_change: int
    car_limits: bool
    car_charge: float
    car_moves: int
    car_move_cost: float
    truck_m_s: float
    truck_load_s: float
    truck_border_min: float
    car_fare: float = math.nan
    car_fare_min: float = math.nan
    cost_by: str = "km"
    rides_elasticity: float = 0.5

    def car_price(self, seconds: int) -> float:
        """What a drive costs [currency]; NaN where neither price is given."""
        prices = self.car_fare, self.car_fare_min * seconds / 60.0
        known = [p for p in prices if not math.isnan(p)]
        return sum(known) if known else math.nan


@dataclass(frozen=True)
class Points(Record):
    """Places: where, whose, how many people; `chances` holds the further columns by name.

    `town` is the row of the place that names each one's town; without it each is its own.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    names_zh: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    jurisdiction: NDArray[np.int64]
    population: NDArray[np.float64]
    chances: Mapping[str, NDArray[np.float64]]
    town: tuple[int, ...] = ()

    def chance(self, name: str) -> NDArray[np.float64]:
        """How much of an opportunity each place has."""
        return self.population if name == "population" else self.chances[name]

    @cached_property
    def index(self) -> dict[str, int]:
        """Row by id."""
        return {x: i for i, x in enumerate(self.ids)}

    @cached_property
    def towns(self) -> tuple[int, ...]:
        """The row of the place that names the town of each place."""
        return self.town or tuple(range(len(self.ids)))


@dataclass(frozen=True)
class Line:
    """A line: its names, whose it is, its project, its money in a year.

    `fare` is that of a ride, NaN if it is not known; where zones decide it (`zoned`), the lowest.
    """

    id: str
    name: str
    agency: str
    project: str = ""
    unless_project: str = ""
    touches: frozenset[int] = frozenset()
    fare: float = math.nan
    rides_per_yr: float = 0.0
    cost_per_yr: float = 0.0
    payers: tuple[int, ...] = ()
    zoned: tuple[ZoneFare, ...] = ()
    name_zh: str = ""
    agency_zh: str = ""

    def fare_past(self, zones: Sequence[str]) -> float:
        """Fare of a ride past stops of these zones, from the first to the last; NaN if unknown."""
        return cheapest(self.zoned, zones, self.fare)

    @property
    def fares_per_yr(self) -> float:
        """What is known of its fares in a year: nothing where the fare is not."""
        return 0.0 if math.isnan(self.fare) else self.fare * self.rides_per_yr


@dataclass(frozen=True)
class Demand:
    """Trips people make: rows of places, trips a year, whose they are (-1 = nobody's).

    `road_m` is the road that freight takes, NaN for all others.
    """

    origin: NDArray[np.int64]
    to: NDArray[np.int64]
    group: NDArray[Any]
    trips: NDArray[np.float64]
    jurisdiction: NDArray[np.int64]
    road_m: NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class TransitNetwork(Record):
    """A region's lines, read once; every case is a mask over the pieces of its timetables.

    `days` holds the timetables of each scenario by id, one for each draw of departures; "" where
    a scenario is not known by name. `walking` is in metres. `offers` may stand in for what is
    suspended, within the buses and cars that a jurisdiction has to `spare`. `runs` says what each
    scenario changes of what lines run, for their money.
    """

    jurisdictions: tuple[str, ...]
    projects: tuple[str, ...]
    stations: Stations
    stop_jurisdiction: NDArray[np.int64]
    points: Points
    days: Mapping[str, tuple[Timetable, ...]]
    dates: Mapping[str, date]
    walking: Walking
    cars: Cars
    lines: Mapping[str, Line]
    demand: Demand
    settings: Settings
    scenarios: tuple[Scenario, ...]
    offers: tuple[Offer, ...] = ()
    spare: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    runs: Runs = field(default_factory=dict)

    def __repr__(self) -> str:
        return (f"TransitNetwork({', '.join(self.jurisdictions)}; {len(self.lines)} lines, "
                f"{len(self.stations.ids)} stops, {len(self.points.ids)} places)")

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every array and setting."""
        h = hashlib.sha256()
        feed_digest(h, self)
        return h.hexdigest()

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every border that a line crosses, sorted."""
        touched: set[Pair] = set()
        for draws in self.days.values():
            for piece in {p.touches for t in draws for p in t.pieces}:
                touched |= set(pairs_of(self.jurisdictions[j] for j in piece))
        if not self.settings.walk_across:
            seen = {*self.stop_jurisdiction.tolist(), *self.points.jurisdiction.tolist()} - {-1}
            touched |= set(pairs_of(self.jurisdictions[j] for j in seen))
        if self.settings.truck_border_min > 0.0:
            for a, b, group in zip(self.demand.origin, self.demand.to, self.demand.group,
                                   strict=True):
                ends = {int(self.points.jurisdiction[x]) for x in (a, b)} - {-1}
                if group == "freight":
                    touched |= set(pairs_of(self.jurisdictions[j] for j in ends))
        return tuple(sorted(touched))

    @cached_property
    def car_pairs(self) -> tuple[Pair, ...]:
        """Every border a shared car could be returned across, sorted."""
        seen = set(self.cars.jurisdiction.tolist()) - {-1}
        return pairs_of(self.jurisdictions[j] for j in seen)

    @cached_property
    def relevant(self) -> Relevant:
        """What of a case these lines can feel."""
        running = {p.line for draws in self.days.values() for t in draws for p in t.patterns}
        named = {
            p for k, line in self.lines.items() if k in running or line.cost_per_yr
            or line.rides_per_yr for p in (line.project, line.unless_project)
        }
        named |= {p for pair in self.cars.projects for p in pair}
        return Relevant(
            open=frozenset((TOPIC, a, b) for a, b in self.pairs)
            | frozenset((TOPIC_CARS, a, b) for a, b in self.car_pairs),
            projects=frozenset(named & set(self.projects)),
            scenarios=frozenset(s.id for s in self.scenarios) | {"base"},
        )

    @cached_property
    def line_projects(self) -> Mapping[str, tuple[str, str]]:
        """Project and unless_project of the lines that have any."""
        return {k: (v.project, v.unless_project) for k, v in self.lines.items()
                if v.project or v.unless_project}

    def timetables(self, case: Case) -> tuple[Timetable, ...]:
        """The day of the case's scenario; CaseError if the region has no such scenario."""
        if case.scenario in self.days:
            return self.days[case.scenario]
        known = ", ".join(sorted(self.days))
        problem = f"unknown scenario '{case.scenario}'; known: {known}"
        raise CaseError(problem)


def feed_digest(h: Any, value: Any) -> None:
    """Add a value to a hash: arrays by their bytes, records field by field."""
    if isinstance(value, np.ndarray):
        h.update(str((value.shape, value.dtype)).encode())
        if value.dtype == object:
            h.update("\x1f".join(map(str, value)).encode())
        else:
            h.update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for f in fields(value):
            h.update(f.name.encode())
            feed_digest(h, getattr(value, f.name))
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            h.update(repr(key).encode())
            feed_digest(h, value[key])
    elif isinstance(value, frozenset):
        h.update(repr(sorted(value, key=repr)).encode())
    elif isinstance(value, tuple | list):
        for item in value:
            feed_digest(h, item)
        h.update(b"|")
    else:
        h.update(repr(value).encode())
