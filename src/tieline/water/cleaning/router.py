"""Routes of boats, searched by PyVRP; the only module that knows it.

Wouda, Lan and Kool 2024 (PyVRP). The search stops by iterations, never by the clock, and is
seeded: the same problem always gives the same routes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.errors import TielineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PER_CURRENCY = 36_000
"""Whole units of cost in one of currency: 0.1 of it an hour are one unit a second."""
PENALTIES = (1e3, 1e6)
"""Least and most of the penalty [units] of a second or a kilogram too much during the search."""
NEIGHBOURS = 20
"""Nearest stops that each is tried beside (PyVRP's usual number is 50)."""
MOST_PERTURBED = 12
"""Stops shaken at once at most (usual: 25)."""
MEMORY = 100
"""A plan is compared with that of this part of the iterations ago (usual: 300 of any number).

These three make short searches good: 100 stops with reloads end in 8 s below what the usual
settings reach in a minute; found by trying, on the instance of the benchmark."""
NEVER_S = 10 * 86_400
"""A way that does not exist takes longer than any shift."""


@dataclass(frozen=True)
class Stop:
    """Something to collect: place, weight [kg], when work may begin [s], what leaving it costs."""

    place: int
    weight_kg: int
    opens_s: int
    closes_s: int
    left_cost: float


@dataclass(frozen=True)
class Yard:
    """Where routes start and end, or boats unload: place, time it takes to unload [s]."""

    place: int
    unload_s: int = 0


@dataclass(frozen=True)
class Fleet:
    """Boats of a kind: where they start (a yard), where they may unload, when, at which cost.

    `ways` is the number of the matrices they travel by; `from_s`, `shift_s` the shift.
    """

    yard: int
    number: int
    capacity_kg: int
    ways: int
    unload_at: tuple[int, ...]
    from_s: int
    shift_s: int
    per_shift: float
    per_h: float


@dataclass(frozen=True)
class Routing:
    """A problem of routes.

    `distance_m`, `travel_s` (n_ways, n_places, n_places), inf where there is no way; `work_s`
    (n_ways, n_stops) is the time of work at each stop.
    """

    distance_m: Floats
    travel_s: Floats
    work_s: Floats
    stops: tuple[Stop, ...]
    yards: tuple[Yard, ...]
    fleets: tuple[Fleet, ...]


@dataclass(frozen=True)
class Visit:
    """A stop (`kind` "stop") or a yard ("yard"), its number, and when [s of the day]."""

    kind: str
    number: int
    start_s: int
    end_s: int


@dataclass(frozen=True)
class Route:
    """What one boat of a fleet does in a shift."""

    fleet: int
    visits: tuple[Visit, ...]
    distance_m: float
    duration_s: int


@dataclass(frozen=True)
class Routed:
    """Routes, the stops that nobody visits, and the cost of both [currency].

    `spread` is how far the searches of the other seeds ended above the best.
    """

    routes: tuple[Route, ...]
    left: tuple[int, ...]
    cost: float
    spread: float


Draft = tuple[int, tuple[tuple[str, int], ...]]
"""A route to begin from: its fleet, and stops and yards by number between start and end."""


def solve(
    routing: Routing, iterations: int, *, seeds: Sequence[int] = (0, 1),
    begin: Sequence[Draft] = (),
) -> Routed:
    """The best routes that the searches of these seeds find in so many iterations each.

    `begin` are routes to begin from; they may leave out stops and pass limits.

    Raises
    ------
    TielineError
        PyVRP of the supported series is not installed.
    """
    usable = [f for f in routing.fleets if f.number > 0]
    if not routing.stops or not usable:
        everything = tuple(range(len(routing.stops)))
        return Routed((), everything, sum(s.left_cost for s in routing.stops), 0.0)
    vrp = _pyvrp()
    data = _data(vrp, routing)
    from pyvrp.exceptions import PenaltyBoundWarning
    from pyvrp.search import NeighbourhoodParams, PerturbationParams
    from pyvrp.stop import MaxIterations

    # The search begins at half of the largest penalty: a kilogram too much must weigh less than
    # one that is left, or a hold is never filled over to be emptied on the way.
    prize = min(s.left_cost * PER_CURRENCY / s.weight_kg for s in routing.stops)
    params = vrp.SolveParams(
        neighbourhood=NeighbourhoodParams(num_neighbours=NEIGHBOURS),
        perturbation=PerturbationParams(1, MOST_PERTURBED),
        ils=vrp.IteratedLocalSearchParams(history_length=max(iterations // MEMORY, 10)),
        penalty=vrp.PenaltyParams(max_penalty=float(np.clip(prize, *PENALTIES))),
    )
    with warnings.catch_warnings():
        # PyVRP warns where a fleet is too small for all stops: here some are left, and said so.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        tried = [
            vrp.solve(data, MaxIterations(iterations), seed, False, False, params,
                      _begin(vrp, data, routing, begin))
            for seed in seeds
        ]
    costs = [float(result.cost()) / PER_CURRENCY for result in tried]
    best = int(np.argmin(costs))
    if not np.isfinite(costs[best]):
        everything = tuple(range(len(routing.stops)))
        return Routed((), everything, sum(s.left_cost for s in routing.stops), 0.0)
    finite = [c for c in costs if np.isfinite(c)]
    return _routed(routing, tried[best].best, costs[best], max(finite) - costs[best])


def _pyvrp() -> Any:
    try:
        import pyvrp
    except ImportError as error:
        problem = "cleaning routes need PyVRP 0.14: pip install 'pyvrp>=0.14,<0.15'"
        raise TielineError(problem) from error
    return pyvrp


def _begin(vrp: Any, data: Any, routing: Routing, drafts: Sequence[Draft]) -> Any:
    """The routes to begin from as PyVRP's solution; None without any."""
    if not drafts:
        return None
    numbers = [k for k, f in enumerate(routing.fleets) if f.number > 0]
    kinds = {"stop": vrp.ActivityType.CLIENT, "yard": vrp.ActivityType.DEPOT}
    routes = []
    for fleet, visits in drafts:
        yard = routing.fleets[fleet].yard
        between = [vrp.Activity(kinds[kind], number) for kind, number in visits]
        ends = vrp.Activity(vrp.ActivityType.DEPOT, yard)
        routes.append(vrp.Route(data, [ends, *between, ends], numbers.index(fleet)))
    return vrp.Solution(data, routes)


def _data(vrp: Any, routing: Routing) -> Any:
    """PyVRP's form: stops are clients that may be left for a price, work is on the way out."""
    n_stops = len(routing.stops)
    places = [s.place for s in routing.stops] + [y.place for y in routing.yards]
    distances, durations = [], []
    for k in range(len(routing.travel_s)):
        travel = routing.travel_s[k][np.ix_(places, places)]
        travel = np.where(np.isfinite(travel), np.ceil(travel), NEVER_S)
        travel[:n_stops] += routing.work_s[k][:, None]
        np.fill_diagonal(travel, 0.0)
        far = routing.distance_m[k][np.ix_(places, places)]
        distances.append(np.where(np.isfinite(far), far, 10 * NEVER_S).round().astype(np.int64))
        np.fill_diagonal(distances[-1], 0)
        durations.append(travel.astype(np.int64))
    return vrp.ProblemData(
        [vrp.Location(0, 0) for _ in places],
        [
            vrp.Client(k, pickup=[s.weight_kg], tw_early=s.opens_s, tw_late=s.closes_s,
                       prize=round(s.left_cost * PER_CURRENCY), required=False)
            for k, s in enumerate(routing.stops)
        ],
        [vrp.Depot(n_stops + k, service_duration=y.unload_s) for k, y in enumerate(routing.yards)],
        [
            vrp.VehicleType(
                num_available=f.number, capacity=[f.capacity_kg], start_depot=f.yard,
                end_depot=f.yard, fixed_cost=round(f.per_shift * PER_CURRENCY),
                tw_early=f.from_s, tw_late=f.from_s + f.shift_s, shift_duration=f.shift_s,
                unit_distance_cost=0, unit_duration_cost=round(f.per_h * PER_CURRENCY / 3600.0),
                profile=f.ways, reload_depots=list(f.unload_at),
            )
            for f in routing.fleets if f.number > 0
        ],
        distances, durations,
    )


def _routed(routing: Routing, solution: Any, cost: float, spread: float) -> Routed:
    numbers = [k for k, f in enumerate(routing.fleets) if f.number > 0]
    routes, seen = [], set()
    for route in solution.routes():
        fleet = numbers[route.vehicle_type()]
        visits = []
        for activity in route.schedule():
            start = int(activity.start_time)
            if activity.is_client():
                seen.add(int(activity.idx))
                work = int(routing.work_s[routing.fleets[fleet].ways][activity.idx])
                visits.append(Visit("stop", int(activity.idx), start, start + work))
            else:
                visits.append(Visit("yard", int(activity.idx), start, int(activity.end_time)))
        routes.append(Route(fleet, tuple(visits), float(route.distance()), int(route.duration())))
    left = tuple(k for k in range(len(routing.stops)) if k not in seen)
    return Routed(tuple(routes), left, cost, spread)
