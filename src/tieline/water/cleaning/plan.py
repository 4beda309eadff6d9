"""Who cleans what at which cost: for every openness, closed over splits.

What falls on a jurisdiction is the cost of its own boats. A search may find a worse plan for more
boats and waters; then the better plan of the parts, which it could follow as well, stands. So
pooling never costs more than not pooling.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.cleaning.router import Draft, Routed, solve
from tieline.water.cleaning.task import TOPIC, Task, Waters, make_task
from tieline.water.quality.abate import components
from tieline.water.quality.plan import open_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

GAP = 0.01
"""Share of its cost that a search of routes may have missed: published gaps of PyVRP are 0.3 to
0.8 % of best known solutions; ours ends within 1 % of a search many times as long."""
ALL_RELATIONS = 3
"""Up to so many members every smaller openness among them is compared, above it every split."""


@dataclass(frozen=True)
class Day:
    """A day's work of members that planned together.

    `cost`, `hours`, `distance_km`, `collected_t` (n_jurisdictions,) of the boats' owners;
    `left_t` (n_jurisdictions,) of the spots'; `gap` (n_jurisdictions,) [currency] that the search
    may have missed.
    """

    key: str
    task: Task
    routed: Routed
    cost: Floats
    hours: Floats
    distance_km: Floats
    collected_t: Floats
    left_t: Floats
    left_cost: float
    gap: Floats

    @property
    def total(self) -> float:
        """Cost of the boats and of what is left [currency]."""
        return float(self.cost.sum()) + self.left_cost


@dataclass
class Planner:
    """Plans days for one set of projects and one amount of debris; each problem is solved once.

    `raw` remembers days by the content of their problem: planners of other projects may share it.
    """

    network: WaterNetwork
    waters: Waters
    factor: float
    raw: dict[str, Day] = field(default_factory=dict)
    best: dict[bytes, tuple[Day, ...]] = field(default_factory=dict)

    def days(self, rel: Matrix) -> tuple[Day, ...]:
        """The best plan of every component of an openness."""
        found: list[Day] = []
        for members in components(rel):
            found += self._closed(members, rel)
        return tuple(found)

    def _closed(self, members: Matrix, rel: Matrix) -> tuple[Day, ...]:
        """The plan of a component, or those of parts of it if they cost less together."""
        inside = rel & np.outer(members, members)
        key = inside.tobytes()
        if key not in self.best:
            ways = [self._parts(members, less) for less in smaller(members, inside)]
            least = min(ways, key=_worth, default=())
            ways.append((self._plan(members, inside, least),))
            self.best[key] = min(ways, key=_worth)
        return self.best[key]

    def _parts(self, members: Matrix, rel: Matrix) -> tuple[Day, ...]:
        found: list[Day] = []
        for part in components(rel):
            if members[part].all():
                found += self._closed(part, rel)
        return tuple(found)

    def _plan(self, members: Matrix, rel: Matrix, parts: tuple[Day, ...]) -> Day:
        """A search that begins from the plans of the parts, where there are any."""
        task = make_task(self.waters, members, rel, self.factor)
        begin = drafts(task, parts)
        key = content(task, begin)
        if key not in self.raw:
            settings = self.network.settings
            n = round(settings.cleaning_iterations * (1.0 + len(task.parts) / 100.0))
            self.raw[key] = day_of(self.network, task, solve(task.routing, n, begin=begin), key)
        return self.raw[key]


def content(task: Task, begin: list[Draft]) -> str:
    """A name for a problem: the same if and only if the same is to be solved from one start."""
    routing = task.routing
    h = hashlib.sha256()
    for array in (routing.distance_m, routing.travel_s, routing.work_s):
        h.update(repr(array.shape).encode())
        h.update(np.ascontiguousarray(array).tobytes())
    h.update(repr((routing.stops, routing.yards, routing.fleets, task.parts, task.boats,
                   task.yards, begin)).encode())
    return f"cleaning|{h.hexdigest()}"


def _worth(days: tuple[Day, ...]) -> tuple[float, int]:
    return round(sum(d.total for d in days), 6), len(days)


def drafts(task: Task, days: tuple[Day, ...]) -> list[Draft]:
    """Routes of other days as routes of this task: each part by one of the same spot."""
    free: dict[int, list[int]] = {}
    for k, part in enumerate(task.parts):
        free.setdefault(part.spot, []).append(k)
    yards = {yard: k for k, yard in enumerate(task.yards)}
    boats = {boat: k for k, boat in enumerate(task.boats)}
    found: list[Draft] = []
    for day in days:
        for route in day.routed.routes:
            visits: list[tuple[str, int]] = []
            for visit in route.visits[1:-1]:
                if visit.kind == "yard":
                    if visits and visits[-1][0] == "stop":
                        visits.append(("yard", yards[day.task.yards[visit.number]]))
                    continue
                part = day.task.parts[visit.number]
                same = free.get(part.spot, [])
                exact = [k for k in same if task.parts[k].owners == part.owners]
                if same:
                    taken = (exact or same)[0]
                    same.remove(taken)
                    visits.append(("stop", taken))
            if visits and visits[-1][0] == "yard":
                visits.pop()
            if visits:
                found.append((boats[day.task.boats[route.fleet]], tuple(visits)))
    return found


def smaller(members: Matrix, rel: Matrix) -> list[Matrix]:
    """Openness among the members that asks for less: without one border, or split in two."""
    ids = np.flatnonzero(members)
    found: list[Matrix] = []
    if len(ids) <= ALL_RELATIONS:
        for a, b in zip(*np.nonzero(np.triu(rel, 1)), strict=True):
            less = rel.copy()
            less[a, b] = less[b, a] = False
            found.append(less)
        return found
    for mask in range(1, 1 << (len(ids) - 1)):
        side = np.zeros(len(rel), bool)
        side[[j for k, j in enumerate(ids) if mask >> k & 1]] = True
        less = rel.copy()
        less[np.ix_(side, ~side)] = less[np.ix_(~side, side)] = False
        if not np.array_equal(less, rel):
            found.append(less)
    return found


def day_of(network: WaterNetwork, task: Task, routed: Routed, key: str) -> Day:
    """What the routes of a day come to, by jurisdiction."""
    n = len(network.jurisdictions)
    boats, landings = network.tables["boat"], network.tables["landing"]
    cost, hours, km, tonnes, left = (np.zeros(n) for _ in range(5))
    for route in routed.routes:
        boat = task.boats[route.fleet]
        owner = int(boats["jurisdiction"][boat])
        used = route.duration_s / 3600.0
        cost[owner] += boats["cost_per_shift"][boat] + used * boats["cost_per_h"][boat]
        hours[owner] += used
        km[owner] += route.distance_m / 1000.0
        aboard = 0.0
        for visit in route.visits:
            if visit.kind == "stop":
                aboard += task.parts[visit.number].tonnes
                continue
            table, row = task.yards[visit.number]
            if table == "landing":
                cost[owner] += aboard * landings["cost_per_t"][row]
            elif aboard > 0.0:
                cost[owner] += aboard * _fee_at(network, row)
            tonnes[owner] += aboard
            aboard = 0.0
    left_cost = 0.0
    for number in routed.left:
        part = task.parts[number]
        left_cost += task.routing.stops[number].left_cost
        for j, share in part.owners:
            left[j] += part.tonnes * share
    total = float(cost.sum())
    missed = max(GAP * total, routed.spread) if routed.routes else 0.0
    gap = missed * cost / total if total > 0.0 else np.zeros(n)
    return Day(key, task, routed, cost, hours, km, tonnes, left, left_cost, gap)


def _fee_at(network: WaterNetwork, depot: int) -> float:
    """What a tonne costs at the end of a shift: at the landing beside the depot, 0 without one."""
    places = network.grid.cells_at("landing")
    here = np.flatnonzero(places == network.grid.cells_at("depot")[depot])
    return float(network.tables["landing"]["cost_per_t"][here].min()) if len(here) else 0.0


def relation(network: WaterNetwork, case: Case) -> Matrix:
    """Who is open to whom for cleaning."""
    return open_matrix(network, case, TOPIC)
