"""What is asked of a response: which states, which incident, in words a user gives."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from tieline.appraisal.response import STATES, WAITING
from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.region.model import Event, Incident, Pair, pairs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tieline.region.region import Open, Region

FAULTS = "faults"
"""Id of an incident that is only a list of faults."""


def states_asked(region: Region, asked: Iterable[str | Sequence[str]]) -> dict[str, Open | None]:
    """Label -> who is open to whom (None for waiting), in the order asked for, waiting first.

    CaseError for an unknown member, for fewer than two, and if nothing is to be planned.
    """
    found: dict[str, Open | None] = {WAITING: None}
    for one in asked:
        if isinstance(one, str) and one in STATES:
            if one != WAITING:
                found[one] = "apart" if one == "apart" else "together"
            continue
        label, links = _members(region, one)
        found[label] = links
    if len(found) == 1:
        msg = "nothing to plan: ask for apart, together or members that are open to each other"
        raise CaseError(msg)
    return found


def _members(region: Region, one: str | Sequence[str]) -> tuple[str, tuple[Pair, ...]]:
    parts = one.replace(",", "+").split("+") if isinstance(one, str) else one
    ids = sorted({region.jurisdiction(p.strip()).id for p in parts if p.strip()})
    if len(ids) < 2:
        msg = f"members open to each other are two or more, such as a+b, not '{one}'"
        raise CaseError(msg)
    return "+".join(ids), pairs_of(ids)


def incident_asked(
    region: Region, network: str, incident: str | Incident | None, faults: Sequence[str],
    scenario: str,
) -> Incident:
    """The incident that is meant: of the region's list, given, or made of faults.

    CaseError if both or neither are given, or the id is not known.
    """
    if incident is not None and faults:
        msg = "either an incident or faults, not both"
        raise CaseError(msg)
    if isinstance(incident, Incident):
        return incident
    if incident is not None:
        return find_incident(region.incidents, incident)
    if not faults:
        known = ", ".join(i.id for i in region.incidents) or "none"
        msg = f"name an incident or faulted assets; incidents of this region: {known}"
        raise CaseError(msg)
    day = region.scenario(scenario).date or region.study_date
    start = datetime.combine(day, time()) if day else datetime(1970, 1, 1)  # noqa: DTZ001 - local
    return Incident(FAULTS, network, start, tuple(_event(f) for f in faults))


def find_incident(known: Sequence[Incident], name: str) -> Incident:
    """The incident of that id; CaseError with the nearest name."""
    by_id: Mapping[str, Incident] = {i.id: i for i in known}
    if name in by_id:
        return by_id[name]
    msg = f"incident '{name}' is not known{nearest(name, by_id)}; "
    raise CaseError(msg + f"there is: {', '.join(by_id) or 'none'}")


def _event(fault: str) -> Event:
    """`asset`, or `asset:repair_h=3` with what is known of it."""
    asset, *given = fault.split(":")
    while given and "=" not in given[0]:
        asset += ":" + given.pop(0)
    pairs: list[tuple[str, str]] = []
    for part in given:
        name, sign, value = part.partition("=")
        if not sign and pairs and part.isdigit():  # the minutes of a time of day
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}:{part}")
            continue
        if not sign:
            msg = f"'{fault}': expected an asset, or asset:repair_h=3, found '{part}'"
            raise CaseError(msg)
        pairs.append((name.strip(), value.strip()))
    return Event(asset.strip(), "fault", tuple(pairs))
