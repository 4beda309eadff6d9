"""A drawing for a grid without coordinates: each feeder a tree that grows from its source.

Jurisdictions stand in two columns whose feeders grow towards each other, as they are listed: the
first on the left, the second on the right. Across is depth in buses, down one row for each end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.kinds import ways
from tieline.region.tables import Table

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

WIDE = 2.0
"""Width of the drawing; its height follows the rows, within LOW and HIGH."""
ROW, LOW, HIGH = 0.09, 0.5, 2.2
BETWEEN = 1.5
"""Room between two jurisdictions, in rows, and between the columns, in buses."""

Spot = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """Detail tables with a place for every bus, and lines (n, 4) of ties that are switches."""

    tables: Mapping[str, Table]
    links: FloatArray


def has_places(tables: Mapping[str, Table]) -> bool:
    """Whether any branch or load has coordinates."""
    columns = [("loads", "x"), ("loads", "y"), *(("branches", c) for c in ("x0", "y0", "x1", "y1"))]
    return any(np.isfinite(np.asarray(tables[t][c], dtype=float)).any() for t, c in columns)


def lay_out(tables: Mapping[str, Table], jurisdictions: Sequence[str]) -> Drawing:
    """The tables with the coordinates of the tree."""
    spots = _spots(tables, jurisdictions)
    branches, loads = tables["branches"], tables["loads"]
    placed = dict(tables)
    first, second = (_at(spots, branches[c]) for c in ("from_bus", "to_bus"))
    placed["branches"] = _with(branches, ("x0", "y0", "x1", "y1"), np.hstack([first, second]))
    placed["loads"] = _with(loads, ("x", "y"), _at(spots, loads["bus"]))
    links = np.empty((0, 4))
    ties = tables.get("ties")
    if ties is not None and len(ties) and {"bus", "element"} <= set(ties.columns):
        ends = _at(spots, ties["bus"]), _at(spots, ties["element"])
        links = np.hstack(ends)
        both = np.isfinite(ends[1][:, :1])
        middle = np.where(both, (ends[0] + ends[1]) / 2, ends[0])
        placed["ties"] = _with(ties, ("x", "y"), middle)
    return Drawing(placed, links[np.isfinite(links).all(axis=1)])


def _at(spots: Mapping[str, Spot], buses: Iterable[object]) -> FloatArray:
    """Places of buses, NaN for what is none."""
    known = [spots.get(str(b), (np.nan, np.nan)) for b in buses]
    return np.array(known, dtype=np.float64).reshape(len(known), 2)


def _with(table: Table, names: Sequence[str], values: FloatArray) -> Table:
    """The table with these columns replaced."""
    columns = {**table.columns, **dict(zip(names, values.T, strict=True))}
    return Table(table.name, columns, units=table.units)


def _spots(tables: Mapping[str, Table], jurisdictions: Sequence[str]) -> dict[str, Spot]:
    """Where each bus stands."""
    below: dict[str, list[str]] = {}
    buses: dict[str, None] = {}
    owner = {str(b): str(j) for t, c in ((tables["branches"], "from_bus"), (tables["loads"], "bus"))
             if "jurisdiction" in t.columns
             for b, j in zip(t[c], t["jurisdiction"], strict=True)}
    hung = set()
    for above, far in ways(tables["branches"]):
        buses[above] = None
        if far and far != above and far not in hung:
            buses[far] = None
            below.setdefault(above, []).append(far)
            hung.add(far)
    buses |= {str(b): None for b in tables["loads"]["bus"]}
    roots: dict[str, list[str]] = {j: [] for j in jurisdictions}
    for bus in buses:
        if bus not in hung:
            roots.setdefault(owner.get(bus, ""), []).append(bus)
    return _columns([_grow(r, below) for r in roots.values() if r])


def _grow(roots: Sequence[str], below: Mapping[str, Sequence[str]]) -> dict[str, Spot]:
    """(Depth, row) of each bus below these roots; a bus stands in the middle of what it feeds."""
    depth, order = dict.fromkeys(roots, 0), []
    stack = list(reversed(roots))
    while stack:
        here = stack.pop()
        order.append(here)
        for there in reversed(below.get(here, ())):
            depth[there] = depth[here] + 1
            stack.append(there)
    rows: dict[str, float] = {}
    ends = 0
    for here in order:
        if not below.get(here):
            rows[here] = float(ends)
            ends += 1
    for here in reversed(order):
        if here not in rows:
            under = [rows[b] for b in below[here]]
            rows[here] = (min(under) + max(under)) / 2
    return {b: (float(depth[b]), rows[b]) for b in order}


def _columns(groups: Sequence[Mapping[str, Spot]]) -> dict[str, Spot]:
    """The groups in two columns that face each other, in units of the drawing."""
    deep = [max((d for g in groups[side::2] for d, _ in g.values()), default=0.0)
            for side in (0, 1)]
    across = deep[0] + deep[1] + BETWEEN if len(groups) > 1 else max(deep[0], 1.0)
    rows = [0.0, 0.0]
    found: dict[str, tuple[float, float]] = {}
    for k, group in enumerate(groups):
        side = k % 2
        for bus, (d, r) in group.items():
            found[bus] = (across - d if side else d, rows[side] + r)
        rows[side] += 1 + max(r for _, r in group.values()) + BETWEEN
    down = max(max(rows) - 1 - BETWEEN, 1.0)
    tall = min(max(ROW * down, LOW), HIGH)
    return {b: (WIDE * x / across, -tall * y / down) for b, (x, y) in found.items()}
