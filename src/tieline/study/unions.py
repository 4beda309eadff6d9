"""Who shares as one first: players named, projects of a network, counties of a province."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tieline.errors import CaseError
from tieline.study.reading import refuse_unknown

if TYPE_CHECKING:
    from tieline.appraisal.answers import Unions
    from tieline.appraisal.results import Appraisal
    from tieline.region.region import Region

BY_DATA: tuple[tuple[str, ...], ...] = (("provinces",), ("networks",))
"""Unions that the folder itself knows."""


def asked_unions(region: Region, solutions: Sequence[str], unions: Unions) -> Unions:
    """The unions asked for; those of the folder where the Owen value is asked for without any."""
    if unions or not {"owen", "all"} & {*solutions} or not _by_province(region):
        return unions
    return BY_DATA


def players_of(appraisal: Appraisal, unions: Unions) -> tuple[tuple[str, ...], ...]:
    """The unions by their players; CaseError if one is not known, or in two of them."""
    found: list[tuple[str, ...]] = []
    for union in unions:
        if tuple(union) == ("networks",):
            found += _by_network(appraisal)
        elif tuple(union) == ("provinces",):
            found += _provinces(appraisal.region)
        else:
            found.append(tuple(union))
    pairs = {f"{a}+{b}" for n in appraisal.networks.values() for a, b in n.pairs}
    known = [*(j.id for j in appraisal.region.jurisdictions),
             *(p.id for p in appraisal.region.projects), *sorted(pairs)]
    every = [p for union in found for p in union]
    refuse_unknown("players", every, known)
    twice = sorted({p for p in every if every.count(p) > 1})
    if twice:
        msg = f"in two unions: {', '.join(twice)}"
        raise CaseError(msg)
    return tuple(found)


def _provinces(region: Region) -> list[tuple[str, ...]]:
    found = _by_province(region)
    if not found:
        msg = "no jurisdiction has a province: give it in region.toml"
        raise CaseError(msg)
    return found


def _by_province(region: Region) -> list[tuple[str, ...]]:
    """Jurisdictions by province, in the order of the folder; who has none is in none."""
    found: dict[str, list[str]] = {}
    for j in region.jurisdictions:
        if j.province:
            found.setdefault(j.province, []).append(j.id)
    return [tuple(ids) for ids in found.values()]


def _by_network(appraisal: Appraisal) -> list[tuple[str, ...]]:
    """The projects of each network; networks that have some in common count as one."""
    found: list[dict[str, None]] = []
    for network in appraisal.networks.values():
        mine = dict.fromkeys(p for w in network.worths.values() for p in w.projects)
        shared = [f for f in found if not mine.keys().isdisjoint(f)]
        found = [f for f in found if f not in shared]
        found.append({p: None for f in (*shared, mine) for p in f})
    return [tuple(f) for f in found if f]
