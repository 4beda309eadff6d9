"""The fault sweep a second time: slow, plain Python, written word for word from the definition.

Shares nothing with `tieline.power`. Times in hours, powers in kW. `twin_limits` adds what ties can
carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from twin_folder import Folder, number
from twin_grid import Grid, Pairs, Tie, make_grid

HOURS = 8760.0
SOURCE_H = 1.0 / 60.0
SUMS = ("customers", "interruptions", "customer_hours", "energy_not_supplied")


def upstream_back(grid: Grid, zone: int, source_h: float) -> float:
    """When everything interrupted above the faulted zone is back; inf if nothing is there."""
    device = grid.trip(zone)
    if zone == device or zone not in grid.parent:
        return float("inf")
    isolated = grid.up[zone].open_time
    if device not in grid.parent:
        return isolated + source_h
    return max(isolated, grid.up[device].travel) + grid.up[device].operate


@dataclass(frozen=True)
class Feed:
    """A tie that may feed an island: where it enters, and what it needs before it closes."""

    tie: Tie
    zone: int
    donor: int
    ready: float
    chained: bool = False

    def time(self, opened: Iterable[float]) -> float:
        """When it closes, after the switches that take these times are open."""
        wait = max(self.ready, self.tie.travel, *opened)
        return wait + self.tie.coordination + self.tie.operate


def feeds(
    grid: Grid, zone: int, island: Iterable[int], open_pairs: Pairs, source_h: float
) -> Iterator[Feed]:
    """Usable ties between the island and a zone outside it that lives, or can be made to.

    The donor is live after the fault is isolated, or lies in another part below the fault that
    is itself back-fed: then `time` gets that part's time as one of the things to wait for.
    """
    lost = set(grid.below(zone))
    tripped = set(grid.below(grid.trip(zone))) - lost
    back = upstream_back(grid, zone, source_h)
    inside = set(island)
    for tie in grid.ties:
        for here, there in (tie.zones, tie.zones[::-1]):
            if here in inside and there != zone and tie.usable(open_pairs):
                yield Feed(
                    tie, here, there, back if there in tripped else 0.0, chained=there in lost
                )


Restore = Callable[[Grid, int, Pairs, tuple[float, float, float], float], dict[int, float]]


def restore_unlimited(
    grid: Grid, zone: int, open_pairs: Pairs, level: tuple[float, float, float], repair_h: float
) -> dict[int, float]:
    """Hours until each zone below the fault is back-fed, when every tie can carry everything.

    Islands come back one after the other, always the one that can come soonest; one that is back
    can feed its neighbours.
    """
    del level, repair_h
    islands = {c: grid.below(c) for c in grid.children(zone)}
    ways = {c: list(feeds(grid, zone, islands[c], open_pairs, SOURCE_H)) for c in islands}
    back: dict[int, float] = {}
    while True:
        soonest = min((
            (f.time([grid.up[c].open_time, back.get(f.donor, 0.0)]), c)
            for c in islands if c not in back
            for f in ways[c] if f.donor in back or not f.chained
        ), default=None)
        if soonest is None:
            return back
        back |= dict.fromkeys(islands[soonest[1]], soonest[0])
"""Time to switch a source on again [h]."""


def outages(
    grid: Grid, zone: int, repair_h: float, fed: Mapping[int, float]
) -> dict[int, float]:
    """Hours each interrupted zone is without supply."""
    lost = set(grid.below(zone))
    back = upstream_back(grid, zone, SOURCE_H)
    hours = {}
    for z in grid.below(grid.trip(zone)):
        if z == zone:
            hours[z] = repair_h
        else:
            hours[z] = min(repair_h, fed.get(z, float("inf")) if z in lost else back)
    return hours


def evaluate(
    folder: Folder, *, built: Iterable[str] = (), open_pairs: Iterable[tuple[str, str]] = (),
    scenario: str = "base", restore: Restore = restore_unlimited,
) -> dict[str, dict[str, float]]:
    """The additive measures of every jurisdiction."""
    grid = make_grid(folder, built)
    pairs = frozenset((min(p), max(p)) for p in open_pairs)
    total = {j: dict.fromkeys(SUMS, 0.0) for j in folder.jurisdictions}
    for rows in grid.loads.values():
        for row in rows:
            total[grid.owner[row["id"]]]["customers"] += number(row, "customers", 1.0)
    for level in folder.levels(scenario):
        for zone in grid.order:
            for rate, repair_h in grid.faults.get(zone, []):
                fed = restore(grid, zone, pairs, level, repair_h)
                for z, hours in outages(grid, zone, repair_h, fed).items():
                    for row in grid.loads.get(z, []):
                        mine = total[grid.owner[row["id"]]]
                        n = number(row, "customers", 1.0) * rate * level[0]
                        mine["interruptions"] += n
                        mine["customer_hours"] += n * hours
                        mine["energy_not_supplied"] += (
                            number(row, "p_kw") * level[1] * rate * level[0] * hours
                        )
    for mine in total.values():
        mine["demand_hours"] = mine["customers"] * HOURS
        mine["service_hours"] = mine["demand_hours"] - mine["customer_hours"]
    return total


def summed(outcome: Mapping[str, Mapping[str, float]], measure: str) -> float:
    return sum(mine[measure] for mine in outcome.values())
