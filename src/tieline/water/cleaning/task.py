"""From boats, hot spots and landings to a routing problem, for those who plan together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.cleaning.router import Fleet, Routing, Stop, Yard
from tieline.water.cleaning.ways import Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

TOPIC = "water.cleaning"
TABLES = ("depot", "landing", "hotspot")


@dataclass(frozen=True)
class Part:
    """What is collected in one visit: a hot spot or a piece of it, and whose part it is [0..1]."""

    spot: int
    tonnes: float
    owners: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Task:
    """A routing problem and what its numbers stand for.

    `parts` are its stops; `boats` the row of `boat` of each fleet; `yards` (table, row) of each
    yard.
    """

    routing: Routing
    parts: tuple[Part, ...]
    boats: tuple[int, ...]
    yards: tuple[tuple[str, int], ...]


class Waters:
    """What does not depend on who is open to whom: places, ways, owners, what exists in a case."""

    def __init__(self, network: WaterNetwork, case: Case) -> None:
        self.network = network
        self.exists = {
            name: network.exist(name, case)
            for name in ("boat", "depot", "landing", "hotspot", "reach", "gate")
        }
        self.ways = Ways(network, TABLES)
        self.known: dict[tuple[object, ...], Floats] = {}
        self.spot_owners = [self._owners(s) for s in range(len(network.tables["hotspot"]))]
        boats = np.flatnonzero(self.exists["boat"])
        self.least_t = float(network.tables["boat"]["capacity_t"][boats].min(initial=np.inf))

    def _owners(self, spot: int) -> tuple[tuple[int, float], ...]:
        """Who answers for a hot spot and for which share: as said, else as its reach or node."""
        network = self.network
        rows, reaches = network.tables["hotspot"], network.reaches
        left, right = int(rows["jurisdiction_left"][spot]), int(rows["jurisdiction_right"][spot])
        share = float(rows["share_left"][spot])
        reach = int(rows["reach"][spot])
        if left < 0 and rows["node"][spot] >= 0:
            left = int(network.nodes["jurisdiction"][rows["node"][spot]])
        elif left < 0:
            left = int(reaches["jurisdiction_left"][reach])
            right = int(reaches["jurisdiction_right"][reach]) if right < 0 else right
            share = float(reaches["share_left"][reach]) if np.isnan(share) else share
        share = 0.5 if np.isnan(share) else share
        if right < 0 or right == left:
            return ((left, 1.0),)
        both = ((left, share), (right, 1.0 - share))
        return tuple((j, s) for j, s in both if s > 0.0)

    def distances(self, boat: int, rel: Matrix) -> Floats:
        """Ways of a boat between all places: where an owner of the water is, or is open to, its."""
        network = self.network
        owner = int(network.tables["boat"]["jurisdiction"][boat])
        closed = network.tables["boat"]["not_on"][boat]
        key = (owner, tuple(closed), rel[owner].tobytes())
        if key not in self.known:
            reaches, gates = network.reaches, network.gates
            free = rel[owner][reaches["jurisdiction_left"]] | rel[owner][
                reaches["jurisdiction_right"]]
            free = free & self.exists["reach"]
            free[list(closed)] = False
            through = rel[owner][gates["jurisdiction"]] & (gates["kind"] == "gate")
            self.known[key] = self.ways.distances(free, through & self.exists["gate"])
        return self.known[key]


def pieces(waters: Waters, members: Matrix, rel: Matrix, factor: float) -> list[Part]:
    """What the members must collect: spots of their own, merged where all owners are open.

    A spot shared with others who are not is cleaned by halves. Pieces fit every boat there is.
    """
    rows = waters.network.tables["hotspot"]
    found: list[Part] = []
    for spot in np.flatnonzero(waters.exists["hotspot"]):
        owners = waters.spot_owners[spot]
        ids = [j for j, _ in owners]
        whole = bool(rel[np.ix_(ids, ids)].all())
        groups = [owners] if whole else [(owner,) for owner in owners]
        for group in groups:
            if not members[group[0][0]]:
                continue
            tonnes = float(rows["load_t"][spot]) * factor * sum(s for _, s in group)
            n = max(int(np.ceil(tonnes / waters.least_t - 1e-9)), 1) if tonnes > 0.0 else 0
            total = sum(s for _, s in group)
            shares = tuple((j, s / total) for j, s in group)
            found += [Part(int(spot), tonnes / n, shares)] * n
    return found


def make_task(waters: Waters, members: Matrix, rel: Matrix, factor: float) -> Task:
    """The routing problem of members that plan together; `rel` says who is open to whom."""
    network = waters.network
    boats, spots = network.tables["boat"], network.tables["hotspot"]
    landings = network.tables["landing"]
    parts = pieces(waters, members, rel, factor)
    own = [int(b) for b in np.flatnonzero(waters.exists["boat"])
           if members[boats["jurisdiction"][b]] and waters.exists["depot"][boats["depot"][b]]]
    yards: list[tuple[str, int]] = [("depot", int(d)) for d in
                                    sorted({int(boats["depot"][b]) for b in own})]
    yards += [("landing", int(x)) for x in np.flatnonzero(waters.exists["landing"])
              if members[landings["jurisdiction"][x]]]
    number = {yard: k for k, yard in enumerate(yards)}
    left = network.settings.left_cost_per_t
    stops = tuple(
        Stop(waters.ways.place("hotspot", p.spot), max(round(p.tonnes * 1000.0), 1),
             round(float(spots["opens_h"][p.spot]) * 3600.0),
             round(float(spots["closes_h"][p.spot]) * 3600.0), p.tonnes * left)
        for p in parts
    )
    matrices: dict[tuple[object, ...], int] = {}
    distance: list[Floats] = []
    travel: list[Floats] = []
    work: list[Floats] = []
    fleets: list[Fleet] = []
    for b in own:
        owner = int(boats["jurisdiction"][b])
        speed, rate = float(boats["speed_km_h"][b]), float(boats["work_t_per_h"][b])
        key = (owner, tuple(boats["not_on"][b]), speed, rate)
        if key not in matrices:
            matrices[key] = len(distance)
            far = waters.distances(b, rel).copy()
            for part in parts:
                if not all(rel[owner, j] for j, _ in part.owners):
                    place = waters.ways.place("hotspot", part.spot)
                    far[place], far[:, place] = np.inf, np.inf
            distance.append(far)
            travel.append(far / (speed * 1000.0 / 3600.0))
            work.append(np.ceil(np.array([p.tonnes for p in parts]) / rate * 3600.0))
        fleets.append(Fleet(
            number[("depot", int(boats["depot"][b]))], int(boats["number"][b]),
            round(float(boats["capacity_t"][b]) * 1000.0), matrices[key],
            tuple(number[y] for y in yards
                  if y[0] == "landing" and rel[owner, int(landings["jurisdiction"][y[1]])]),
            round(float(boats["shift_start_h"][b]) * 3600.0),
            round(float(boats["shift_h"][b]) * 3600.0),
            float(boats["cost_per_shift"][b]), float(boats["cost_per_h"][b]),
        ))
    n = len(waters.ways.node)
    routing = Routing(
        np.array(distance).reshape(-1, n, n), np.array(travel).reshape(-1, n, n),
        np.array(work).reshape(-1, len(parts)), stops,
        tuple(Yard(waters.ways.place(*y),
                   0 if y[0] == "depot" else round(float(landings["unload_min"][y[1]]) * 60.0))
              for y in yards),
        tuple(fleets),
    )
    return Task(routing, tuple(parts), tuple(own), tuple(yards))
