"""The twin's restoration under limits: every way to cut and feed the islands, judged one by one.

Only for small grids: islands of a fault with at most `MOST` switches between their zones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from judge import Judge
from twin import SOURCE_H, Feed, feeds
from twin_folder import number
from twin_grid import Grid, Pairs

MOST = 10
CHUNK = 64
Level = tuple[float, float, float]
Part = tuple[frozenset[int], Feed | None]


class TooLargeError(Exception):
    """More switches than an exhaustive search can take."""


@dataclass(frozen=True)
class Way:
    """One way to restore: switches closed after each step, and hours until zones are fed."""

    stages: tuple[frozenset[str], ...]
    back: Mapping[int, float]


class Exhaustive:
    """The best restoration there is, by trying all; `measure` is what to lose least of.

    With `steps` the grid must keep its limits after each step, else only at the end.
    """

    def __init__(
        self, judge: Judge, measure: str = "customers", *, steps: bool = True, whole: bool = False
    ) -> None:
        self.judge = judge
        self.measure = measure
        self.steps = steps
        self.whole = whole
        self.known: dict[tuple[frozenset[str], Level], bool] = {}

    def __call__(
        self, grid: Grid, zone: int, open_pairs: Pairs, level: Level, repair_h: float
    ) -> dict[int, float]:
        """Hours until each zone below the fault is back-fed."""
        weight = {z: self._weight(grid, z) for z in grid.below(zone)}

        def lost(way: Way) -> float:
            return sum(
                w * min(repair_h, way.back.get(z, float("inf"))) for z, w in weight.items()
            )

        ways = sorted(self._ways(grid, zone, open_pairs), key=lost)
        for start in range(0, len(ways), CHUNK):
            some = ways[start : start + CHUNK]
            states = [state for way in some for state in way.stages]
            self._judge(states, level, self._isolated(grid, zone))
            for way in some:
                if all(self.known[state, level] for state in way.stages):
                    return dict(way.back)
        return {}

    def _weight(self, grid: Grid, zone: int) -> float:
        rows = grid.loads.get(zone, [])
        column, default = ("customers", 1.0) if self.measure == "customers" else ("p_kw", 0.0)
        return sum(number(r, column, default) for r in rows)

    def _judge(
        self, states: list[frozenset[str]], level: Level, isolated: frozenset[str]
    ) -> None:
        new = [s for s in dict.fromkeys(states) if (s, level) not in self.known]
        for state, good in zip(new, self.judge.accepts(new, level, isolated), strict=True):
            self.known[state, level] = good

    def _isolated(self, grid: Grid, zone: int) -> frozenset[str]:
        """Switches closed once the faulted zone is cut out."""
        cut = [grid.up[z] for z in (zone, *grid.children(zone)) if z in grid.up]
        return self.judge.normal - {s.id for joint in cut for s in joint.switches}

    def _ways(self, grid: Grid, zone: int, open_pairs: Pairs) -> Iterator[Way]:
        """Every choice of parts and ties over all islands of the fault together."""
        children = grid.children(zone)
        isolated = self._isolated(grid, zone)
        islands = {c: grid.below(c) for c in children}
        ways_in = [
            f for c in children for f in feeds(grid, zone, islands[c], open_pairs, SOURCE_H)
        ]
        inner = [z for c in children for z in islands[c][1:]]
        if not ways_in or self.whole:
            inner = []
        if len(inner) > MOST:
            raise TooLargeError
        head = {z: c for c in children for z in islands[c]}
        seen = set()
        for n in range(len(inner) + 1):
            for opened in itertools.combinations(inner, n):
                parts = [p for c in children for p in _parts(grid, islands[c], opened)]
                for fed in _choices(parts, ways_in):
                    key = frozenset((p, tuple(s.id for s in t.tie.switches)) for p, t in fed)
                    if key in seen:
                        continue
                    seen.add(key)
                    back = _hours(grid, opened, fed, head)
                    if back is not None:
                        off = {s.id for z in opened for s in grid.up[z].switches}
                        stages = tuple(_stages(isolated - off, fed, back))
                        yield Way(stages if self.steps else stages[-1:], back)


def _stages(
    start: frozenset[str], fed: list[tuple[frozenset[int], Feed]], back: Mapping[int, float]
) -> Iterator[frozenset[str]]:
    """Switches closed after each closing time, in order."""
    for hours in sorted({back[feed.zone] for _, feed in fed}):
        done = [feed for _, feed in fed if back[feed.zone] <= hours]
        yield start | {s.id for feed in done for s in feed.tie.switches}


def _choices(
    parts: list[frozenset[int]], ways_in: list[Feed]
) -> Iterator[list[tuple[frozenset[int], Feed]]]:
    """Every way to give each part one tie, or none."""
    options = [
        [None, *(f for f in ways_in if f.zone in part and f.donor not in part)] for part in parts
    ]
    for ties in itertools.product(*options):
        yield [(p, t) for p, t in zip(parts, ties, strict=True) if t is not None]


def _hours(
    grid: Grid, opened: tuple[int, ...], fed: list[tuple[frozenset[int], Feed]],
    head: Mapping[int, int],
) -> dict[int, float] | None:
    """Hours until each zone is back; None if a part waits for one that is not fed."""
    back: dict[int, float] = {}
    left = list(fed)
    while left:
        ready = [x for x in left if not x[1].chained or x[1].donor in back]
        if not ready:
            return None
        for part, feed in ready:
            wait = [
                grid.up[z].open_time for z in opened if (z in part) != (grid.parent[z] in part)
            ]
            wait += [grid.up[head[feed.zone]].open_time, back.get(feed.donor, 0.0)]
            back |= dict.fromkeys(part, feed.time(wait))
        left = [x for x in left if x not in ready]
    return back


def _parts(grid: Grid, island: list[int], opened: tuple[int, ...]) -> list[frozenset[int]]:
    """The connected parts of an island with the switches above these zones open."""
    part_of: dict[int, int] = {}
    for z in island:
        top = z == island[0] or z in opened
        part_of[z] = z if top else part_of[grid.parent[z]]
    return [
        frozenset(z for z in island if part_of[z] == top) for top in dict.fromkeys(part_of.values())
    ]
