"""Ties: inside each county between neighbouring feeders, and the three across the borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demonstration_zone_build.grid import Feeder, Grid, Value
from demonstration_zone_build.plane import distance

if TYPE_CHECKING:
    import numpy as np

    from demonstration_zone_build.inputs import Inputs, Row

RIGID_KM = 1.8
"""A feeder whose end lies this near to another county has no tie there: rigidly isolated."""
LONGEST_TIE_KM = 3.5
SECOND_TIE_SHARE = 0.6
REMOTE_TIE_SHARE = 0.7
Spot = tuple[Feeder, int]


def is_rigid(feeder: Feeder, inputs: Inputs) -> bool:
    """Whether the feeder ends at a border of the zone's counties (or at a cross-province tie)."""
    if feeder.project:
        return True
    others = [o for name, o in inputs.outlines.items() if name != feeder.jurisdiction]
    return any(o.margin(feeder.places[-1]) < RIGID_KM for o in others)


def tie_feeders(feeders: list[Feeder], grid: Grid, rng: np.random.Generator) -> None:
    """One tie at the end of each feeder that is not rigid, for some a second on the way."""
    rigid = {f.id for f in feeders if is_rigid(f, grid.inputs)}
    spots = _spots(feeders, rigid)
    joined: set[tuple[str, str]] = set()
    counts: dict[str, int] = {}
    for feeder in feeders:
        first, second = rng.random(), rng.random()
        starts: list[int] = []
        if feeder.id not in rigid:
            starts.append(len(feeder.trunk) - 1)
        if feeder.id in rigid or first < SECOND_TIE_SHARE:
            starts.append(_middle(feeder, feeder.id in rigid))
        for i in starts:
            spot = _partner(feeder, i, spots, joined)
            if spot is None:
                continue
            joined.add((min(feeder.id, spot[0].id), max(feeder.id, spot[0].id)))
            counts[feeder.jurisdiction] = counts.get(feeder.jurisdiction, 0) + 1
            name = f"syn-{feeder.jurisdiction}-N{counts[feeder.jurisdiction]:03d}"
            _add_tie(grid, name, ((feeder, i), spot), second < REMOTE_TIE_SHARE)


def _spots(feeders: list[Feeder], rigid: set[str]) -> list[Spot]:
    """Trunk points where another feeder may be joined; of a rigid one only its first half."""
    found: list[Spot] = []
    for feeder in feeders:
        last = feeder.section[-1]
        for i in range(1, len(feeder.trunk)):
            beyond = feeder.section[i] > (last - 1) // 2
            if feeder.id not in rigid or not beyond:
                found.append((feeder, i))
    return found


def _middle(feeder: Feeder, rigid: bool) -> int:
    """The last trunk bus of the middle section (of an earlier one where the end is rigid)."""
    last = feeder.section[-1]
    wanted = (last - 1) // 2 if rigid else last // 2
    return max(i for i, s in enumerate(feeder.section) if s == wanted)


def _partner(
    feeder: Feeder, i: int, spots: list[Spot], joined: set[tuple[str, str]]
) -> Spot | None:
    """The nearest point of another feeder, one from another substation preferred."""
    here = feeder.places[i]
    best: tuple[float, Spot] | None = None
    for other, k in spots:
        if other.jurisdiction != feeder.jurisdiction or other.id == feeder.id:
            continue
        if (min(feeder.id, other.id), max(feeder.id, other.id)) in joined:
            continue
        reach = distance(here, other.places[k])
        cost = reach * (1.0 if other.substation != feeder.substation else 1.4) + 0.02 * (
            len(other.trunk) - k
        )
        if reach <= LONGEST_TIE_KM and (best is None or cost < best[0] - 1e-9):
            best = (cost, (other, k))
    return best[1] if best else None


def _add_tie(grid: Grid, name: str, ends: tuple[Spot, Spot], remote: bool) -> None:
    (a, i), (b, k) = ends
    length = max(0.1, 1.2 * distance(a.places[i], b.places[k]))
    branch = grid.add_branch(f"{name}-line", (a.trunk[i], b.trunk[k]), length, "JKLYJ-240")
    rates = grid.inputs.rates
    if remote:
        grid.add_switch(
            name, a.trunk[i], branch, "tie", normal="open", control="remote",
            operate_min=rates["operate_remote"],
        )
    else:
        grid.add_switch(
            name, a.trunk[i], branch, "tie", normal="open",
            operate_min=rates["operate_manual"], travel_min=round(rates["travel_rural"]),
        )


def tie_borders(feeders: list[Feeder], grid: Grid) -> None:
    """The three cross-province ties: an open remote switch, a line, a recloser at the far end.

    A tie on the feeder of another project joins it one bus before its end, in the last section.
    """
    ends = {(f.project, f.jurisdiction): f for f in feeders if f.project}
    for row in grid.inputs.ties:
        near = ends[row["bus_feeder"], row["bus_side"]]
        far = ends[row["project"], row["far_side"]]
        at = -1 if row["bus_feeder"] == row["project"] else -2
        _add_border_tie(grid, row, (near.trunk[at], far.trunk[-1]))


def _add_border_tie(grid: Grid, row: Row, ends: tuple[str, str]) -> None:
    name, project = f"syn-{row['project']}", row["project"]
    source = "synthetic; only the tie's existence and date are reported"
    branch = grid.add_branch(
        f"{name}-line", ends, float(row["length_km"]), row["conductor"],
        jurisdiction=row["bus_side"], project=project, source=source,
    )
    common: dict[str, Value] = {
        "control": "remote", "operate_min": grid.inputs.rates["operate_remote"],
        "coordination_min": row["coordination_min"], "project": project,
    }
    grid.add_switch(
        name, ends[0], branch, "tie", normal="open", jurisdiction=row["bus_side"],
        authority=row["bus_side"], **common | {
            "status": row["status"], "source": f"{row['status']}: {row['source']}",
        },
    )
    grid.add_switch(
        f"{name}-far", ends[1], branch, "recloser", jurisdiction=row["far_side"],
        authority=row["far_side"], **common | {"source": source},
    )
