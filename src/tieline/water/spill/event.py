"""What is spilt, where and when: from a row of `spill`, or from an incident."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tieline.errors import CaseError
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.region.model import Event, Incident
    from tieline.water.network import WaterNetwork

PLACES = ("node", "reach", "section", "source", "gate")
"""Tables whose rows can name the place of a spill; "reach:ID" says which one."""
NUMBERS = (
    "mass_kg", "hours", "decay_per_day", "limit_mg_l", "start_h", "days", "detect_h", "notice_h",
)

MOST = 1e9
"""No figure of a spill is larger, as in table `spill`."""


@dataclass(frozen=True)
class Spill:
    """One spill: the cell it enters, and the columns of table `spill`."""

    id: str
    cell: int
    kind: str = "tracer"
    mass_kg: float = 1000.0
    hours: float = 1.0
    decay_per_day: float = 0.0
    limit_mg_l: float = 0.1
    season: int = -1
    start_h: float = 0.0
    days: float = 5.0
    detect_h: float = 1.0
    notice_h: float = 4.0
    per_year: float = 0.0


def spill_of(network: WaterNetwork, row: int) -> Spill:
    """A row of table `spill`."""
    rows = network.tables["spill"]
    numbers = {name: float(rows[name][row]) for name in (*NUMBERS, "per_year")}
    return Spill(
        str(rows.ids[row]), int(network.grid.cells_at("spill")[row]), str(rows["kind"][row]),
        season=int(rows["season"][row]), **numbers,
    )


def spills_of(network: WaterNetwork, incident: Incident) -> tuple[Spill, ...]:
    """The spills of an incident: rows of `spill` by id, or places with parameters.

    CaseError if a place, a parameter or its value is not known, or nothing is spilt.
    """
    found = tuple(_of_event(network, event) for event in incident.events)
    if not found:
        problem = f"incident '{incident.id}' names no spill"
        raise CaseError(problem)
    return found


def _of_event(network: WaterNetwork, event: Event) -> Spill:
    rows = network.tables["spill"]
    ids = [str(x) for x in rows.ids]
    if event.asset in ids:
        spill = spill_of(network, ids.index(event.asset))
    else:
        spill = Spill(event.asset, place_of(network, event.asset))
    if event.kind in ("tracer", "raft"):
        spill = replace(spill, kind=event.kind)
    seasons = [str(x) for x in network.tables["season"].ids]
    for name, value in event.parameters:
        if name == "season" and value in seasons:
            spill = replace(spill, season=seasons.index(value))
        elif name == "kind" and value in ("tracer", "raft"):
            spill = replace(spill, kind=value)
        elif name in NUMBERS:
            spill = replace(spill, **{name: _number(name, value)})  # type: ignore[arg-type]
        else:
            known = (*NUMBERS, "kind", "season")
            problem = f"'{name}={value}' is not known of a spill{nearest(name, known)}; "
            raise CaseError(problem + f"there is: {', '.join(known)}")
    if not (spill.mass_kg > 0.0 and spill.hours > 0.0 and spill.limit_mg_l > 0.0):
        problem = f"spill '{spill.id}': mass_kg, hours and limit_mg_l must be above zero"
        raise CaseError(problem)
    return spill


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not 0.0 <= number <= MOST:
        problem = f"'{name}': expected a number from 0 to {MOST:g}, found '{value}'"
        raise CaseError(problem)
    return number


def place_of(network: WaterNetwork, asset: str) -> int:
    """The cell of a node, the middle of a reach, a section, a source, or beside a gate."""
    kind, sign, rest = asset.partition(":")
    tables = [kind] if sign and kind in PLACES else list(PLACES)
    name = rest if sign and kind in PLACES else asset
    for table in tables:
        ids = [str(x) for x in network.tables[table].ids]
        if name in ids:
            row = ids.index(name)
            if table == "node":
                return int(network.grid.node_cell[row])
            if table == "gate":
                return int(network.grid.node_cell[network.gates["from_node"][row]])
            if table == "reach":
                cells = network.grid.reach_cells(row)
                return int(cells[len(cells) // 2])
            return int(network.grid.cells_at(table)[row])
    known = [str(x) for t in ("spill", *PLACES) for x in network.tables[t].ids]
    problem = f"'{asset}' is no spill and no place of the waters{nearest(asset, known)}"
    raise CaseError(problem)
