"""What a drawing of the lines needs: where they run and stop, whose the stops are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.tables import Table
from tieline.transit.place import great_circle_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.transit.network import TransitNetwork

CLOSE_M = 1500.0
"""Up to here a stop is close to a town [m]."""


def picture(network: TransitNetwork, case: Case) -> Mapping[str, Table]:
    """`legs` of what runs on the case's day, one for each line and pair of stops, and `stops`.

    Projects that are not built are left out; coordinates are those of the stops, straight between.
    """
    stations, ids = network.stations, (*network.jurisdictions, "")
    day = network.timetables(case)[0]
    legs: dict[tuple[str, int, int], int] = {}
    for pattern in day.patterns:
        line = network.lines.get(pattern.line)
        if line is not None and not case.exists(line.project, line.unless_project):
            continue
        stops = pattern.stop.tolist()
        for a, b in itertools.pairwise(stops):
            legs.setdefault((pattern.line, min(a, b), max(a, b)), len(legs))
    ends = np.array([(a, b) for _, a, b in legs], np.int64).reshape(-1, 2)
    stopped = np.unique(ends)
    owner = np.array(ids, dtype=object)[network.stop_jurisdiction]
    names: dict[str, Any] = {
        "id": np.array([f"{line}:{stations.ids[a]}-{stations.ids[b]}" for line, a, b in legs],
                       dtype=object),
        "line": np.array([line for line, _, _ in legs], dtype=object),
    }
    return {
        "legs": Table("legs", {
            **names, "x0": stations.lon[ends[:, 0]], "y0": stations.lat[ends[:, 0]],
            "x1": stations.lon[ends[:, 1]], "y1": stations.lat[ends[:, 1]]}),
        "stops": Table("stops", {
            "id": stations.ids[stopped], "name": stations.names[stopped],
            "jurisdiction": owner[stopped], "x": stations.lon[stopped],
            "y": stations.lat[stopped]}),
    }


def crossing_departures(network: TransitNetwork, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Departures a day of lines that cross a border, from stops close to each of these points."""
    stations, found = network.stations, np.zeros(len(points), np.int64)
    day = next(iter(network.days.values()))[0]
    for piece in day.pieces:
        if not piece.whole or len(piece.touches) < 2:
            continue
        pattern = day.patterns[piece.pattern]
        away = great_circle_m(
            network.points.lon[points][:, None], network.points.lat[points][:, None],
            stations.lon[pattern.stop][None, :], stations.lat[pattern.stop][None, :])
        found += len(pattern.trip) * (away.min(axis=1) < CLOSE_M)
    return found
