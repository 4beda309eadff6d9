"""Produce to market: rows of the demand table that go by road, and wait at closed borders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.place import great_circle_m
from tieline.transit.streets import drivable, link, read_streets
from tieline.transit.walking import road_metres

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.region.model import Case
    from tieline.transit.network import Demand, Points, Settings, TransitNetwork
    from tieline.transit.tally import Tally

FREIGHT = "freight"


def with_roads(
    demand: Demand, points: Points, roads: tuple[Path, str] | None, settings: Settings,
    issues: Issues,
) -> Demand:
    """The demand with the length of the roads its freight takes; the crow's without a file.

    `roads` is the file and what messages call it. inf where no road leads.
    """
    rows = np.flatnonzero(demand.group == FREIGHT)
    if not len(rows):
        return demand
    a, b = demand.origin[rows], demand.to[rows]
    most = settings.window.most * settings.truck_m_s
    if roads is None:
        metres = settings.detour * great_circle_m(
            points.lon[a], points.lat[a], points.lon[b], points.lat[b])
    else:
        streets = read_streets(*roads, issues, use=drivable, what="roads one may drive")
        if streets is None:
            return demand
        metres = road_metres(streets, link(streets, points.lon, points.lat), a, b, most)
    road_m = demand.road_m.copy()
    road_m[rows] = metres
    return replace(demand, road_m=road_m)


def with_freight(network: TransitNetwork, case: Case, counted: Tally, k: int) -> Tally:
    """The tally of case k with the minutes of freight: loading, roads, a closed border's wait."""
    demand, settings = network.demand, network.settings
    mine = demand.group == FREIGHT
    if not mine.any():
        return counted
    minutes = (settings.truck_load_s + demand.road_m[mine] / settings.truck_m_s) / 60.0
    minutes = minutes + settings.truck_border_min * waits(network, case)[mine]
    found = counted.demand.copy()
    found[k, mine] = np.where(minutes * 60.0 <= settings.window.most, np.floor(minutes), np.inf)
    return replace(counted, demand=found)


def waits(network: TransitNetwork, case: Case) -> NDArray[np.bool_]:
    """Which rows of the demand table begin and end in jurisdictions closed to each other."""
    from tieline.transit.network import TOPIC

    ids, owners, demand = network.jurisdictions, network.points.jurisdiction, network.demand
    return np.array([
        a >= 0 and b >= 0 and a != b and not case.opens(TOPIC, (ids[a], ids[b]))
        for a, b in zip(owners[demand.origin], owners[demand.to], strict=True)
    ], bool)
