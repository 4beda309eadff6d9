"""Tables behind an outcome: what each place has, each demand, each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.tables import Table
from tieline.transit.freight import FREIGHT
from tieline.transit.money import money_of
from tieline.transit.network import CUTOFFS_MIN, TOPIC, TransitNetwork
from tieline.transit.reached import reached, towns_drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.transit.network import Points
    from tieline.transit.stock import Taken
    from tieline.transit.tally import Tally

CAR = "shared car"
"""What stands for the hire of a shared car among what a fare leaves out."""
MOST_FARES = 500
"""Rows of the demand table up to which fares are looked up: each is a search of its own."""


def detail_tables(
    network: TransitNetwork, case: Case, counted: Tally, k: int, taken: Taken | None = None
) -> Mapping[str, Table]:
    """Tables `places`, `trips`, `lines`, `reached` and, with limits, `cars` of one case."""
    points, demand = network.points, network.demand
    ids = np.array([*network.jurisdictions, ""], dtype=object)
    places: dict[str, NDArray[Any]] = {
        "place": np.array(points.ids, dtype=object),
        "jurisdiction": ids[points.jurisdiction],
        "name": _names(points.names, points), "name_zh": _names(points.names_zh, points),
        "town": np.array([points.ids[t] for t in points.towns], dtype=object),
        "lon": points.lon, "lat": points.lat, "population": points.population,
        **{f"reach_{m}": counted.reach[k, :, q] for q, m in enumerate(CUTOFFS_MIN)},
        "facility_minutes": counted.near[k], "day_trip": counted.home[k],
    }
    found = {"places": Table("places", places)}
    if len(demand.trips):
        trips = {
            "from": np.array([points.ids[i] for i in demand.origin], dtype=object),
            "to": np.array([points.ids[i] for i in demand.to], dtype=object),
            "group": demand.group, "trips_per_yr": demand.trips,
            "minutes": np.where(np.isfinite(counted.demand[k]), counted.demand[k], np.nan),
        }
        if len(demand.trips) <= MOST_FARES and prices_known(network):
            trips["fare"], trips["fare_without"] = _fares(network, case)
        if taken is not None:
            trips["found_car"] = taken.share
            trips["minutes_without"] = np.where(
                np.isfinite(taken.without), taken.without, np.nan)
            found["cars"] = _cars(network, taken)
        found["trips"] = Table("trips", trips)
    found["lines"] = _lines(network, case)
    found["reached"] = reached(network, case, towns_drawn(network))
    return found


def _names(names: tuple[str, ...], points: Points) -> NDArray[Any]:
    """What places are called, else in the other language, else by their id."""
    every = zip(names, points.names, points.names_zh, points.ids, strict=True)
    return np.array([a or b or c or d for a, b, c, d in every], dtype=object)


def prices_known(network: TransitNetwork) -> bool:
    """Whether any line's fare is known, or what a shared car costs."""
    return (any(x.fare > 0.0 for x in network.lines.values())
            or not np.isnan(network.settings.car_price(0)))


def _fares(
    network: TransitNetwork, case: Case
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Fare of each row of the demand table, by its way at the middle of the window; NaN without.

    What is known of it; then what is not in it: ids of lines, and `CAR`.
    """
    from tieline.transit.journey import Planner

    planner, window, demand = Planner(network, case), network.settings.window, network.demand
    middle = window.start + 60 * (window.minutes // 2)
    ways = (None if g == FREIGHT else planner.leaving(int(a), int(b), middle, middle + window.most)
            for a, b, g in zip(demand.origin, demand.to, demand.group, strict=True))
    told = [(np.nan, "") if w is None else (w.fare, ";".join(
        x or CAR for x in w.unpriced)) for w in ways]
    return np.array([f for f, _ in told]), np.array([u for _, u in told], dtype=object)


def _cars(network: TransitNetwork, taken: Taken) -> Table:
    """Each station: cars and places, and what is taken, left and moved back on a day."""
    cars = network.cars
    return Table("cars", {
        "station": np.array(cars.ids, dtype=object),
        "jurisdiction": np.array([*network.jurisdictions, ""], dtype=object)[cars.jurisdiction],
        "cars": cars.cars,
        "places": np.where(cars.places >= 0, cars.places, np.nan),
        "taken_per_d": taken.out, "left_per_d": taken.back, "moved_per_d": taken.moved,
    })


def _lines(network: TransitNetwork, case: Case) -> Table:
    """Each line that runs that day: its trips, whom it touches, how much of it the case allows."""
    day = network.timetables(case)[0]
    allowed = day.allowed(case, TOPIC, network.jurisdictions, network.line_projects,
                          cut=network.settings.cut)
    running = day.running(allowed)
    whole: dict[str, str] = {}
    touches: dict[str, set[str]] = {}
    trips: dict[str, int] = {}
    for k, piece in enumerate(day.pieces):
        line = day.patterns[piece.pattern].line
        if piece.whole:
            touches.setdefault(line, set()).update(
                network.jurisdictions[j] for j in piece.touches
            )
            trips[line] = trips.get(line, 0) + len(day.patterns[piece.pattern].trip)
        state = ("whole" if piece.whole else "cut") if running[k] else "none"
        before = whole.get(line, "none")
        order = ("none", "whole", "cut")
        whole[line] = max(before, state, key=order.index)
    keys = sorted(touches)
    money = [money_of(network, case, network.lines[x]) for x in keys]
    return Table("lines", {
        "line": np.array(keys, dtype=object),
        "name": np.array([network.lines[x].name for x in keys], dtype=object),
        "name_zh": np.array([network.lines[x].name_zh or network.lines[x].name for x in keys],
                            dtype=object),
        "agency": np.array([network.lines[x].agency for x in keys], dtype=object),
        "project": np.array([network.lines[x].project for x in keys], dtype=object),
        "touches": np.array([";".join(sorted(touches[x])) for x in keys], dtype=object),
        "trips": np.array([trips[x] for x in keys], dtype=np.int64),
        "cost_per_yr": np.array([cost for cost, _ in money]),
        "fares_per_yr": np.array([
            np.nan if np.isnan(network.lines[x].fare) and network.lines[x].rides_per_yr else
            fares for x, (_, fares) in zip(keys, money, strict=True)]),
        "payers": np.array([";".join(network.jurisdictions[j] for j in network.lines[x].payers)
                            for x in keys], dtype=object),
        "runs": np.array([whole[x] for x in keys], dtype=object),
    })
