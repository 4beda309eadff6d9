"""Who is restored how: the kind of every load, and of every line by the customers it feeds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.tables import Table

KINDS = ("border", "own", "near", "repair")
"""How customers come back, the furthest help first."""
NEVER = 1e-12


@dataclass(frozen=True)
class Grid:
    """The detail tables of one state and the kind (index of KINDS) of its loads and branches."""

    tables: Mapping[str, Table]
    loads: NDArray[np.int64]
    branches: NDArray[np.int64]

    def customers(self, kind: str) -> float:
        """Customers of a kind."""
        mask = self.loads == KINDS.index(kind)
        return float(self.tables["loads"]["customers"][mask].sum())


def grid_of(tables: Mapping[str, Table]) -> Grid:
    """Loads by the help they get, branches by the loads they feed."""
    kinds = _kinds_of_loads(tables["loads"])
    return Grid(tables, kinds, _kinds_of_branches(tables, kinds))


def _kinds_of_loads(loads: Table) -> NDArray[np.int64]:
    """The furthest help each load ever gets.

    One without help of a tie is "near" where nothing above its section can fail
    (`sections_above`): no tie could help. Any other waits for repair after faults above it.
    """
    kinds = np.full(len(loads), KINDS.index("repair"))
    if "sections_above" in loads.columns:
        kinds[np.asarray(loads["sections_above"]) == 0] = KINDS.index("near")
    for kind in ("own", "border"):
        kinds[np.asarray(loads[f"n_{kind}"]) > NEVER] = KINDS.index(kind)
    return kinds


def ways(branches: Table) -> list[tuple[str, str]]:
    """By branch: the bus above it and the bus below; "" where its far end is open.

    Tables that do not say so are taken to run from `from_bus` to `to_bus`.
    """
    told = {"fed_from", "feeds"} <= set(branches.columns)
    names = ("fed_from", "feeds") if told else ("from_bus", "to_bus")
    above, below = ([str(b) for b in branches[c]] for c in names)
    return list(zip(above, below, strict=True))


def _kinds_of_branches(tables: Mapping[str, Table], kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The kind at the bus each branch feeds; a line that ends open takes that of its beginning."""
    along = ways(tables["branches"])
    known = _kinds_of_buses(along, [str(b) for b in tables["loads"]["bus"]], kinds)
    near = KINDS.index("near")
    return np.array([known.get(below or above, near) for above, below in along], dtype=np.int64)


def _kinds_of_buses(
    along: Sequence[tuple[str, str]], at: Sequence[str], kinds: NDArray[np.int64]
) -> dict[str, int]:
    """The furthest help at each bus: of its own loads, else of those next below, else above."""
    known: dict[str, int] = {}
    for bus, kind in zip(at, kinds.tolist(), strict=True):
        known[bus] = min(kind, known.get(bus, kind))
    above = {below: bus for bus, below in along if below and below != bus}
    queue = deque(known)
    while queue:
        here = queue.popleft()
        there = above.get(here)
        if there is not None and there not in known:
            known[there] = known[here]
            queue.append(there)
    beside: dict[str, list[str]] = {}
    for below, bus in above.items():
        beside.setdefault(bus, []).append(below)
    queue = deque(known)
    while queue:
        here = queue.popleft()
        for there in beside.get(here, ()):
            if there not in known:
                known[there] = known[here]
                queue.append(there)
    return known
