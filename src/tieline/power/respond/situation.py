"""What an incident does: zones faulted, devices tripped, who is dark, what must be repaired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.kernels.zones import latest_above
from tieline.power.respond.ground import Ground, Tree, build_ground
from tieline.power.respond.loops import loops_found
from tieline.power.respond.state import State, the_asset

if TYPE_CHECKING:
    from tieline.power.network import Level, PowerNetwork, Rows
    from tieline.power.respond.ground import Floats, Mask
    from tieline.region.model import Case, Event, Incident

FIRST_ONLY = ("load_factor", "generation_factor")
"""Parameters of the incident as a whole: they stand at its first event."""
KNOWN = ("repair_h", *FIRST_ONLY)
"""Parameters an event may have."""
MOST = 8760.0
"""A repair of more hours, or so large a factor, is a slip."""


@dataclass(frozen=True)
class Repair:
    """One asset to repair: its zones, how long [h] from the fault until supply could return."""

    asset: str
    table: str
    row: int
    zones: tuple[int, ...]
    hours: float
    jurisdiction: int
    edge: int = -1
    assumed: bool = False


@dataclass(frozen=True)
class Situation:
    """The grid before the incident and just after its protection has tripped.

    `closed_before`, `closed` are masks over edges; `faulted` over zones; `operable` over edges
    (a switch that is faulted or out of service is not). `tripped` lists edges in order of faults,
    with the repair they wait for; `blocked` every pair of a tripped edge and such a repair.
    `absent`: assets that have a condition given, but are not built in the case.
    """

    ground: Ground
    case: Case
    incident: Incident
    level: Level
    closed_before: Mask
    closed: Mask
    before: Tree
    after: Tree
    faulted: Mask
    operable: Mask
    tripped: tuple[tuple[int, int], ...]
    blocked: tuple[tuple[int, int], ...]
    repairs: tuple[Repair, ...]
    absent: tuple[str, ...] = ()

    @property
    def dark(self) -> Mask:
        """Zones without supply after the trips, faulted ones among them."""
        return ~self.after.live

    def interrupted(self) -> Mask:
        """Zones that were fed and are not any more."""
        return np.asarray(self.before.live & ~self.after.live)


@dataclass(frozen=True)
class Normal:
    """The grid before any incident: its positions and which of its switches can be operated."""

    ground: Ground
    closed: Mask
    operable: Mask
    before: Tree
    absent: tuple[str, ...] = ()


def read_situation(
    network: PowerNetwork, case: Case, incident: Incident, state: State | None
) -> Situation:
    """The incident laid over the grid; CaseError for what cannot be.

    The load is that of level 1 times the scenario's load factor, or the `load_factor` given as a
    parameter of the incident's first event.
    """
    return struck(read_normal(network, case, state), case, incident)


def read_normal(network: PowerNetwork, case: Case, state: State | None) -> Normal:
    """The grid of a case in its present state; CaseError if no plan can start from it."""
    built = network.built(case)
    exists = {name: rows.exist(built) for name, rows in network.tables().items()}
    given = State(network.response.state) if state is None else state
    absent = tuple(a for a, _ in given.conditions if not _is_there(network, exists, a))
    positions = _apply(network, exists, given)
    ground = build_ground(network, exists)
    if np.any(idle := _beside_others(ground, positions[1])):
        exists["switch"] = exists["switch"] & ~idle
        ground = build_ground(network, exists)
    closed, operable = _edge_positions(ground, positions)
    before = ground.tree(closed, np.ones(ground.n_zones, bool))
    _refuse(ground, before, positions[0])
    return Normal(ground, closed, operable, before, absent)


def _is_there(network: PowerNetwork, exists: dict[str, Mask], asset: str) -> bool:
    table, row = the_asset(network, asset)
    return table not in exists or bool(exists[table][row])


def struck(normal: Normal, case: Case, incident: Incident) -> Situation:
    """An incident laid over the grid of its case."""
    ground = normal.ground
    _check_parameters(ground.network, incident)
    repairs = tuple(_repair(ground, case, e) for e in incident.events)
    level = _level(ground.network, case, incident)
    return replace(
        _strike(ground, case, incident, level, normal.closed, normal.operable, normal.before,
                repairs), absent=normal.absent,
    )


def _level(network: PowerNetwork, case: Case, incident: Incident) -> Level:
    from tieline.power.network import Level

    scenario = network.scenario(case)
    load = float(scenario.get("load_factor", 1.0))
    generation = float(scenario.get("generation_factor", 1.0))
    for event in incident.events[:1]:
        given = dict(event.parameters)
        load = _number(event, given, "load_factor", load)
        generation = _number(event, given, "generation_factor", generation)
    return Level("incident", 1.0, load, generation)


def _number(event: Event, given: dict[str, str], name: str, otherwise: float) -> float:
    if name not in given:
        return otherwise
    try:
        value = float(given[name])
    except ValueError:
        value = float("nan")
    if not 0.0 <= value <= MOST:
        msg = (
            f"event on '{event.asset}': expected a number from 0 to {MOST:g} for {name}, "
            f"found '{given[name]}'"
        )
        raise CaseError(msg)
    return value


def _check_parameters(network: PowerNetwork, incident: Incident) -> None:
    """CaseError for parameters that no event has, that stand at the wrong one, or contradict."""
    seen: dict[tuple[str, int], dict[str, str]] = {}
    for k, event in enumerate(incident.events):
        given = dict(event.parameters)
        for name in given:
            if name not in KNOWN:
                names = ", ".join(KNOWN)
                msg = f"event on '{event.asset}': expected one of {names}, found '{name}'"
                raise CaseError(msg)
            if k and name in FIRST_ONLY:
                first = incident.events[0].asset
                msg = (
                    f"event on '{event.asset}': {name} holds for the whole incident and is "
                    f"expected at its first event, '{first}'"
                )
                raise CaseError(msg)
        own = {n: v for n, v in given.items() if n not in FIRST_ONLY}
        if seen.setdefault(the_asset(network, event.asset), own) != own:
            msg = f"'{event.asset}' is given twice with different parameters"
            raise CaseError(msg)


def _apply(
    network: PowerNetwork, exists: dict[str, Mask], state: State
) -> tuple[Mask, Mask]:
    """Closed and operable switches by row; what is out of service is taken out of `exists`.

    A switch out of service is open and stays so: it is opened, closed and repaired by nobody.
    """
    switches = network.switches
    closed = switches["normal"] == "closed" if len(switches) else np.zeros(0, bool)
    operable = np.ones(len(switches), bool)
    closed = closed.copy()
    for name, condition in state.conditions:
        table, row = the_asset(network, name)
        if table == "switch":
            closed[row] = condition == "closed"
            operable[row] = condition != "out_of_service"
        elif condition != "out_of_service":
            msg = f"'{name}' is a {table}: it has no position, found '{condition}'"
            raise CaseError(msg)
        elif table == "bus":
            msg = f"'{name}' is a bus: only what can be disconnected is out of service"
            raise CaseError(msg)
        else:
            exists[table][row] = False
    return closed, operable


def _beside_others(ground: Ground, operable: Mask) -> Mask:
    """Switches out of service beside one in service: they are as not there, by row.

    One that stands alone stays, open: without it the grid would be joined where it stands.
    """
    idle = np.zeros(len(operable), bool)
    for rows in ground.edges.members:
        at = list(rows)
        if at and operable[at].any():
            idle[at] = ~operable[at]
    return idle


def _edge_positions(ground: Ground, positions: tuple[Mask, Mask]) -> tuple[Mask, Mask]:
    """Closed and operable edges: closed if any switch is, operable if all are."""
    closed_rows, operable_rows = positions
    n = len(ground.edges)
    closed, operable = np.ones(n, bool), np.ones(n, bool)
    first = ground.member_first
    if len(first):
        closed[: len(first)] = np.logical_or.reduceat(closed_rows[ground.member], first)
        operable[: len(first)] = np.logical_and.reduceat(operable_rows[ground.member], first)
    return closed, operable


def _refuse(ground: Ground, before: Tree, closed_rows: Mask) -> None:
    """CaseError for a state before the incident that no plan can start from."""
    network, edges = ground.network, ground.edges
    if len(before.loops):
        found = loops_found(ground, before, closed_rows)
        msg = f"the state before the incident is expected to be radial, found {found}"
        raise CaseError(msg)
    if np.any(ground.meshed):
        msg = "the grid is expected to be radial, found a loop without any switch in it"
        raise CaseError(msg)
    if not np.any(ground.weight[before.live] > 0.0):
        msg = (
            f"nobody is fed before the incident: of {len(edges.members) - len(ground.sources)} "
            f"switches and {len(network.sources)} sources none brings a customer supply; "
            "is the state file right?"
        )
        raise CaseError(
            msg
        )


def _repair(ground: Ground, case: Case, event: Event) -> Repair:
    """The asset of an event, its zones, and the time its repair takes."""
    network = ground.network
    table, row = the_asset(network, event.asset)
    if not ground.exists.get(table, np.ones(row + 1, bool))[row]:
        raise CaseError(_absent(network, case, event.asset, network.tables()[table], row))
    zones, edge, owner = _place(ground, table, row)
    if not zones:
        msg = f"a {table} cannot be faulted here, found '{event.asset}'"
        raise CaseError(msg)
    rows = network.tables()[table]
    own = float(rows["repair_h"][row]) if "repair_h" in rows.columns else 0.0
    hours = own if own > 0.0 else network.response.repair_h
    given = dict(event.parameters)
    hours = _number(event, given, "repair_h", hours)
    return Repair(
        event.asset, table, row, zones, hours, owner, edge,
        assumed=own <= 0.0 and "repair_h" not in given,
    )


def _absent(network: PowerNetwork, case: Case, asset: str, rows: Rows, row: int) -> str:
    """Why an asset of the tables is not there: not yet built, no longer, or out of service."""
    project, unless = int(rows.project[row]), int(rows.unless[row])
    if project >= 0 and network.projects[project] not in case.built:
        why = f" before project '{network.projects[project]}' is built"
    elif unless >= 0 and network.projects[unless] in case.built:
        why = f" since project '{network.projects[unless]}' is built"
    else:
        return f"asset '{asset}' is out of service in the present state: nothing can break"
    return f"asset '{asset}' does not exist in this case{why}"


def _place(ground: Ground, table: str, row: int) -> tuple[tuple[int, ...], int, int]:
    """Zones that a fault on this asset takes, its edge (-1) and its jurisdiction."""
    network = ground.network
    buses = network.buses["jurisdiction"]
    if table == "branch":
        at = network.branches["from_bus"][row]
        return (int(ground.branch_zone[row]),), -1, int(buses[at])
    if table == "transformer":
        at = network.transformers["hv_bus"][row]
        return (int(ground.transformer_zone[row]),), -1, int(buses[at])
    if table == "switch":
        edge = int(ground.edge_of_switch[row])
        if edge < 0:
            return (), -1, -1
        zones = {int(ground.edges.za[edge]), int(ground.edges.zb[edge])}
        return tuple(sorted(zones)), edge, int(network.switches["jurisdiction"][row])
    if table == "source":
        for k, rows in enumerate(ground.sources.rows):
            if row in rows:
                return (int(ground.sources.zone[k]),), -1, int(ground.sources.jurisdiction[k])
    if table == "bus":
        return (int(ground.zone[row]),), -1, int(buses[row])
    if table == "load":
        return (int(ground.load_zone[row]),), -1, int(network.loads["jurisdiction"][row])
    return (), -1, -1


def _strike(  # noqa: PLR0913 - the state before, whole
    ground: Ground, case: Case, incident: Incident, level: Level, closed: Mask, operable: Mask,
    before: Tree, repairs: tuple[Repair, ...],
) -> Situation:
    """Trip the nearest protective device above each faulted zone that is fed."""
    faulted = np.zeros(ground.n_zones, bool)
    tripped: list[tuple[int, int]] = []
    blocked: list[tuple[int, int]] = []
    after_closed = closed.copy()
    operable = operable.copy()
    for k, repair in enumerate(repairs):
        faulted[list(repair.zones)] = True
        if repair.edge >= 0:
            operable[repair.edge] = False
        for zone in repair.zones:
            if not before.live[zone]:
                continue
            for edge in _above(ground, before, zone, operable):
                blocked.append((int(edge), k))
                if after_closed[edge]:
                    after_closed[edge] = False
                    tripped.append((int(edge), k))
    after = ground.tree(after_closed, ~faulted)
    return Situation(
        ground, case, incident, level, closed, after_closed, before, after, faulted, operable,
        tuple(tripped), tuple(blocked), repairs,
    )


def _above(ground: Ground, before: Tree, zone: int, operable: Mask) -> list[int]:
    """The protective device that trips for a fault in the zone; for a lost source its links."""
    if before.up[zone] < 0:
        links = np.flatnonzero(
            (ground.edges.source >= 0)
            & ((ground.edges.za == zone) | (ground.edges.zb == zone))
        )
        return [int(e) for e in links]
    at = zone
    while before.up[at] >= 0:
        edge = int(before.via[at])
        if ground.edges.protective[edge] and operable[edge]:
            return [edge]
        at = int(before.up[at])
    return []




def repair_times(situation: Situation, done_h: Floats) -> tuple[Floats, Floats]:
    """When each zone is sound again, and when repair alone brings it back [h].

    `done_h` is when each repair is done. A zone comes back once all faulted zones on its way
    before the incident are repaired, what is not being isolated by then; where there is none on
    its way, once that is repaired which made a device on it trip. One that was dark before waits
    for the last repair.
    """
    n = situation.ground.n_zones
    sound = np.zeros(n)
    for repair, done in zip(situation.repairs, done_h, strict=True):
        for zone in repair.zones:
            sound[zone] = max(sound[zone], done)
    last = float(max(done_h, default=0.0))
    before, edges = situation.before, situation.ground.edges
    own = sound.copy()
    for edge, k in situation.blocked:
        below = edges.za[edge] if before.via[edges.za[edge]] == edge else edges.zb[edge]
        own[below] = max(own[below], done_h[k])
    none = np.full(n, last)
    way = latest_above(before.order, before.up, sound, none)
    return sound, np.where(way > 0.0, way, latest_above(before.order, before.up, own, none))


