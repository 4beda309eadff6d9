"""How feeders run: octilinear trunks on a lattice around each substation, stubs beside them."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demonstration_zone_build.plane import Point, distance

if TYPE_CHECKING:
    from demonstration_zone_build.inputs import Anchor
    from demonstration_zone_build.layout import Area, Substation

Node = tuple[int, int]
DIRECTIONS: tuple[Node, ...] = (
    (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1),
)
REACH = 40


@dataclass(frozen=True)
class Route:
    """A feeder as drawn: trunk points from the substation on, and places for laterals.

    `stubs` holds for each trunk point (from the second on) the lattice points beside it that
    no other feeder uses.
    """

    substation: Substation
    number: int
    anchor: Anchor | None
    trunk: tuple[Point, ...]
    stubs: tuple[tuple[Point, ...], ...]


class Lattice:
    """The lattice points of one substation's area, and which are taken."""

    def __init__(self, substation: Substation, area: Area) -> None:
        self.site = substation.place
        self.step = substation.step_km
        self.nodes = self._grow(substation, area)
        self.taken: set[Node] = {(0, 0)}
        self.crossed: set[Node] = set()

    def point(self, node: Node) -> Point:
        """Where the lattice node lies [km]."""
        return self.site[0] + node[0] * self.step, self.site[1] + node[1] * self.step

    def _grow(self, substation: Substation, area: Area) -> set[Node]:
        me = area.owner(substation.place, substation.town.jurisdiction)
        seen: set[Node] = {(0, 0)}
        front = [(0, 0)]
        while front:
            i, j = front.pop()
            for di, dj in DIRECTIONS:
                node = (i + di, j + dj)
                if node in seen or max(abs(node[0]), abs(node[1])) > REACH:
                    continue
                if area.owner(self.point(node), substation.town.jurisdiction) == me:
                    seen.add(node)
                    front.append(node)
        return seen

    def take(self, a: Node, b: Node) -> None:
        """Mark the step from a to b as used, so that no other diagonal crosses it."""
        self.taken.add(b)
        self.crossed.add((a[0] + b[0], a[1] + b[1]))

    def free(self, a: Node, b: Node) -> bool:
        """Whether the step from a to b crosses no used diagonal."""
        return (a[0] + b[0], a[1] + b[1]) not in self.crossed


def route_feeders(substation: Substation, area: Area) -> list[Route]:
    """The feeders of a substation, each in its own sector."""
    lattice = Lattice(substation, area)
    sectors, anchored = _sectors(substation, lattice)
    paths: dict[int, list[Node]] = {}
    order = sorted(range(substation.n_feeders), key=lambda k: (k not in anchored, k))
    for k in order:
        target = _nearest(lattice, anchored[k]) if k in anchored else _far(lattice, sectors[k])
        path = _path(lattice, target, sectors[k])
        for a, b in itertools.pairwise(path):
            lattice.take(a, b)
        paths[k] = path
    routes = []
    for k in range(substation.n_feeders):
        stubs = _stubs(lattice, paths[k])
        trunk = tuple(lattice.point(n) for n in paths[k])
        routes.append(Route(substation, k + 1, anchored.get(k), trunk, stubs))
    return routes


def _angle(node: Node) -> float:
    return math.atan2(node[1], node[0])


def _sectors(
    substation: Substation, lattice: Lattice
) -> tuple[list[set[Node]], dict[int, Anchor]]:
    """Sectors with equally many lattice points; an anchor lies in the middle of its own."""
    n = substation.n_feeders
    nodes = sorted(lattice.nodes - {(0, 0)}, key=lambda p: (round(_angle(p), 9), p))
    targets = [(_nearest(lattice, a), a) for a in substation.anchors]
    shift = nodes.index(targets[0][0]) if targets else 0
    count = len(nodes)
    sectors: list[set[Node]] = [set() for _ in range(n)]
    number: dict[Node, int] = {}
    for rank, node in enumerate(nodes):
        k = (2 * n * ((rank - shift) % count) + count) // (2 * count) % n
        sectors[k].add(node)
        number[node] = k
    anchored = {number[node]: anchor for node, anchor in targets}
    if len(anchored) != len(targets):
        message = f"two ties end in the same sector of {substation.id}"
        raise ValueError(message)
    return sectors, anchored


def _nearest(lattice: Lattice, anchor: Anchor) -> Node:
    place = (anchor.u_km, anchor.v_km)
    return min(lattice.nodes - {(0, 0)}, key=lambda p: (distance(lattice.point(p), place), p))


def _far(lattice: Lattice, sector: set[Node]) -> Node:
    """The free point of the sector farthest out, near the sector's middle direction."""
    free = sorted(sector - lattice.taken) or sorted(sector)
    mean = (sum(p[0] for p in free) / len(free), sum(p[1] for p in free) / len(free))
    norm = math.hypot(*mean) or 1.0
    return max(free, key=lambda p: (round((p[0] * mean[0] + p[1] * mean[1]) / norm, 6), p))


def _path(lattice: Lattice, target: Node, sector: set[Node]) -> list[Node]:
    """The cheapest octilinear path from the substation: short, straight, in its sector, alone."""
    start = ((0, 0), -1)
    best: dict[tuple[Node, int], float] = {start: 0.0}
    back: dict[tuple[Node, int], tuple[Node, int]] = {}
    heap = [(0.0, (0, 0), -1)]
    while heap:
        cost, node, heading = heapq.heappop(heap)
        if cost > best[node, heading]:
            continue
        if node == target:
            return _unwind(back, (node, heading))
        for d, (di, dj) in enumerate(DIRECTIONS):
            step = (node[0] + di, node[1] + dj)
            if step not in lattice.nodes or step == (0, 0):
                continue
            turn = 0 if heading < 0 else min((d - heading) % 8, (heading - d) % 8)
            if turn > 2:
                continue
            price = cost + math.hypot(di, dj) + 0.6 * turn
            price += 0.0 if step in sector else 1.5
            price += 30.0 if step in lattice.taken else 0.0
            price += 0.0 if lattice.free(node, step) else 15.0
            if price < best.get((step, d), math.inf):
                best[step, d] = price
                back[step, d] = (node, heading)
                heapq.heappush(heap, (price, step, d))
    message = "a feeder finds no way to its end"
    raise ValueError(message)


def _unwind(
    back: dict[tuple[Node, int], tuple[Node, int]], state: tuple[Node, int]
) -> list[Node]:
    path = [state[0]]
    while state in back:
        state = back[state]
        path.append(state[0])
    return path[::-1]


def _stubs(lattice: Lattice, path: list[Node]) -> tuple[tuple[Point, ...], ...]:
    """Free lattice points beside each trunk point, at most two; they are taken."""
    found = []
    for i, node in enumerate(path[1:], start=1):
        ahead = path[min(i + 1, len(path) - 1)]
        heading = (ahead[0] - path[i - 1][0], ahead[1] - path[i - 1][1])
        beside = sorted(
            (
                (abs(di * heading[0] + dj * heading[1]), (node[0] + di, node[1] + dj))
                for di, dj in DIRECTIONS
            ),
        )
        mine: list[Point] = []
        for _, stub in beside:
            ok = stub in lattice.nodes and stub not in lattice.taken and lattice.free(node, stub)
            if ok and len(mine) < 2:
                lattice.take(node, stub)
                mine.append(lattice.point(stub))
        found.append(tuple(mine))
    return tuple(found)
