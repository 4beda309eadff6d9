"""The operations and repairs that a restoration needs, and who may do them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.power.network import TOPIC
from tieline.power.respond.rules import coordination_extra

if TYPE_CHECKING:
    from tieline.power.respond.ground import Floats, Mask
    from tieline.power.respond.search import Choice
    from tieline.power.respond.situation import Repair, Situation
    from tieline.power.response import Crew


@dataclass(frozen=True)
class Job:
    """One operation or repair; `needs` are jobs that must have ended before it may act.

    `travel_h` is the way of a crew that comes from where the tables count from; `agree_h` and
    `act_h` [h] follow each other once it may begin. `zones` come back when a closing ends.
    """

    kind: str
    edge: int = -1
    repair: int = -1
    remote: bool = True
    travel_h: float = 0.0
    agree_h: float = 0.0
    act_h: float = 0.0
    needs: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()
    release: tuple[int, ...] = ()
    owner: int = -1
    place: str = ""
    point: tuple[float, float] | None = None


def able(situation: Situation, crew: Crew, owner: int, work: str) -> bool:
    """Whether a crew may do this work on an asset of this jurisdiction."""
    name = situation.ground.network.jurisdictions[owner]
    mine = crew.jurisdiction == name or situation.case.opens(TOPIC, (crew.jurisdiction, name))
    return mine and crew.work in ("both", work)


def within_reach(situation: Situation) -> Mask:
    """Edges that can be operated: by remote control, or by a crew that may and can come."""
    edges, crews = situation.ground.edges, situation.ground.network.response.crews
    if crews is None:
        return np.ones(len(edges), bool)
    owners = np.array([edge_owner(situation, e) for e in range(len(edges))])
    manned = {
        int(j): any(able(situation, c, int(j), "switching") for c in crews)
        for j in np.unique(owners)
    }
    return np.asarray(edges.remote | np.array([manned[int(j)] for j in owners]))


def edge_owner(situation: Situation, edge: int) -> int:
    """Jurisdiction whose switch it is."""
    ground = situation.ground
    members = ground.edges.members[edge]
    if members:
        return int(ground.network.switches["jurisdiction"][members[0]])
    return int(ground.sources.jurisdiction[ground.edges.source[edge]])


def soonest_repairs(situation: Situation) -> Floats:
    """When each repair is done at the soonest, were it the only one [h].

    CaseError if no crew can come to one.
    """
    crews = situation.ground.network.response.crews
    done = np.array([r.hours for r in situation.repairs])
    if crews is None:
        return done
    for k, repair in enumerate(situation.repairs):
        ready = [c.available_h for c in crews if able(situation, c, repair.jurisdiction, "repair")]
        if not ready:
            name = situation.ground.network.jurisdictions[repair.jurisdiction]
            listed = ", ".join(f"'{c.id}' ({c.jurisdiction}, {c.work})" for c in crews) or "none"
            msg = (
                f"no crew can repair '{repair.asset}' of '{name}' in this case: expected one of "
                f"that jurisdiction, or open to it, that repairs; crews: {listed}"
            )
            raise CaseError(
                msg
            )
        done[k] = min(ready) + repair.hours
    return done


def jobs_of(situation: Situation, choice: Choice) -> list[Job]:
    """Repairs, openings and closings that the choice needs, with what each must wait for."""
    jobs = [_repair_job(situation, k, r) for k, r in enumerate(situation.repairs)]
    closing = _closings(situation, choice)
    opening: dict[int, int] = {}
    fed = choice.feeds >= 0
    for zones in closing.values():
        for e in _to_open(situation, choice, zones, fed):
            if e not in opening:
                opening[e] = len(jobs)
                jobs.append(operation(situation, "open", e))
    number: dict[int, int] = {}
    order = sorted(closing, key=lambda e: (min(choice.time_h[z] for z in closing[e]), e))
    for edge in order:
        number[edge] = len(jobs)
        jobs.append(operation(situation, "close", edge))
    for edge, zones in closing.items():
        needs = [opening[e] for e in _to_open(situation, choice, zones, fed)]
        parent = _parent_zone(situation, choice, edge, zones)
        if fed[parent]:
            needs.append(number[_closing_of(situation, choice, parent)])
        if choice.reclosed[edge]:
            needs.append(opening[edge])
        at = number[edge]
        release = tuple(
            k for k, r in enumerate(situation.repairs) if set(r.zones) & set(zones)
        )
        jobs[at] = replace(
            jobs[at], needs=tuple(sorted(set(needs))), zones=tuple(zones), release=release,
            travel_h=0.0 if choice.reclosed[edge] else jobs[at].travel_h,
        )
    return jobs


def _repair_job(situation: Situation, k: int, repair: Repair) -> Job:
    rows = situation.ground.network.tables()[repair.table]
    return Job(
        "repair", repair=k, remote=False, act_h=repair.hours, owner=repair.jurisdiction,
        place=str(rows.ids[repair.row]), point=point_of(situation, repair.table, repair.row),
    )


def operation(situation: Situation, kind: str, edge: int) -> Job:
    """The operation of a switch, with what it takes."""
    edges = situation.ground.edges
    extra = coordination_extra(situation, edge) if kind == "close" else 0.0
    members = edges.members[edge]
    place = str(situation.ground.network.switches.ids[members[0]]) if members else ""
    return Job(
        kind, edge=edge, remote=bool(edges.remote[edge]), travel_h=float(edges.travel_h[edge]),
        agree_h=float(edges.coordination_h[edge]) + extra, act_h=float(edges.operate_h[edge]),
        owner=edge_owner(situation, edge), place=place,
        point=point_of(situation, "switch", members[0]) if members else None,
    )


def is_kept(situation: Situation, choice: Choice, zone: int) -> bool:
    """Whether the zone comes back with the one above it, over a switch that stays closed."""
    edge = int(choice.feeds[zone])
    return bool(situation.closed[edge] and not choice.reclosed[edge])


def _other(situation: Situation, edge: int, zone: int) -> int:
    edges = situation.ground.edges
    return int(edges.zb[edge] if edges.za[edge] == zone else edges.za[edge])


def _closing_of(situation: Situation, choice: Choice, zone: int) -> int:
    """The edge whose closing brings the zone back."""
    while is_kept(situation, choice, zone):
        zone = _other(situation, int(choice.feeds[zone]), zone)
    return int(choice.feeds[zone])


def _closings(situation: Situation, choice: Choice) -> dict[int, list[int]]:
    """Zones that come back with each closing."""
    found: dict[int, list[int]] = {}
    for zone in np.flatnonzero(choice.feeds >= 0).tolist():
        found.setdefault(_closing_of(situation, choice, zone), []).append(zone)
    return found


def _parent_zone(
    situation: Situation, choice: Choice, edge: int, zones: Sequence[int]
) -> int:
    child = next(z for z in zones if int(choice.feeds[z]) == edge)
    return _other(situation, edge, child)


def _to_open(
    situation: Situation, choice: Choice, zones: Sequence[int], fed: Mask
) -> list[int]:
    """Closed switches around these zones that lead elsewhere than the choice feeds."""
    edges = situation.ground.edges
    here = set(zones)
    mask = np.zeros(situation.ground.n_zones, bool)
    mask[list(here)] = True
    around = np.flatnonzero(situation.closed & (mask[edges.za] | mask[edges.zb]))
    return [
        int(e) for e in around
        if not _carries(situation, choice, int(e), fed)
    ]


def _carries(situation: Situation, choice: Choice, edge: int, fed: Mask) -> bool:
    """Whether a closed edge stays closed: one of its zones comes back over it."""
    if choice.reclosed[edge]:
        return False
    edges = situation.ground.edges
    return any(
        fed[z] and int(choice.feeds[z]) == edge
        for z in (int(edges.za[edge]), int(edges.zb[edge]))
    )


def point_of(situation: Situation, table: str, row: int) -> tuple[float, float] | None:
    """Schematic coordinates of an asset, None if not known."""
    network = situation.ground.network
    rows = network.tables()[table]
    bus = row if table == "bus" else next(
        (int(rows[c][row]) for c in ("bus", "from_bus", "hv_bus") if c in rows.columns), -1
    )
    x, y = float(network.buses["x"][bus]), float(network.buses["y"][bus])
    return (x, y) if bus >= 0 and isfinite(x) and isfinite(y) else None
