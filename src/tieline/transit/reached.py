"""How far one comes from a place: times to stops, from which walks go on, and to places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.region.tables import Table
from tieline.transit.cases import foot_for, masks_of
from tieline.transit.kernels.sweep import UNREACHED, search
from tieline.transit.network import CUTOFFS_MIN
from tieline.transit.place import plane
from tieline.transit.travel import Question, Workspace, matrix, rank_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.region.model import Case
    from tieline.transit.network import TransitNetwork

MERGE_M = 60.0
"""Stops so near each other are one for a drawing; the earlier one counts."""


FAST = 1e6
"""Pace at which a place is as wide as it is from the minute it is reached."""
NARROW_M, WIDE_M = 150.0, 800.0
MOST_TOWNS = 60
FEW = 3
"""Where there are more than `MOST_TOWNS` towns, so many of each jurisdiction are drawn."""


def towns_drawn(network: TransitNetwork) -> list[int]:
    """The place that names each town; of many towns those with most people of each jurisdiction."""
    points = network.points
    towns = np.array(points.towns, np.int64)
    people = np.bincount(towns, points.population, len(towns))
    every = np.flatnonzero(people > 0.0)
    if len(every) <= MOST_TOWNS:
        return [int(t) for t in every]
    found = []
    for j in range(len(network.jurisdictions)):
        mine = every[points.jurisdiction[every] == j]
        found += mine[np.argsort(-people[mine], kind="stable")][:FEW].tolist()
    return found


def reached(network: TransitNetwork, case: Case, origins: Sequence[int]) -> Table:
    """Where one is within an hour from each origin: the origin itself, stops, then places.

    `minutes` are at the percentile of the settings over the window, to stops of the first draw of
    the timetable; from there one walks on at `metres_per_min` as the crow flies, at most
    `most_m`. Places, which may also be reached by shared cars, are as wide as they lie apart.
    """
    settings, stations = network.settings, network.stations
    day = network.timetables(case)[0]
    question = Question(day, masks_of(network, day, [case]), foot_for(network, case),
                        settings.window, settings.percentile)
    space = Workspace(question)
    pace = settings.pace.speed_m_s * 60.0 / settings.detour
    walk = settings.pace.most_s * settings.pace.speed_m_s
    times, wide = _place_times(network, case, origins), _half_apart(network)
    columns: dict[str, list[object]] = {k: [] for k in (
        "origin", "lon", "lat", "minutes", "metres_per_min", "most_m")}
    for k, origin in enumerate(origins):
        minutes = _stop_minutes(question, space, origin)
        near = _one_of_each(stations.lon, stations.lat, minutes)
        points = network.points
        rows = [(points.lon[origin], points.lat[origin], 0.0, pace, walk / settings.detour)]
        rows += [(stations.lon[s], stations.lat[s], minutes[s], pace,
                  min(settings.pace.access_m, walk) / settings.detour) for s in near]
        rows += [(points.lon[p], points.lat[p], times[k, p], FAST, wide)
                 for p in np.flatnonzero(times[k] < max(CUTOFFS_MIN))]
        for row in rows:
            for name, value in zip(columns, (points.ids[origin], *map(float, row)), strict=True):
                columns[name].append(value)
    return Table("reached", {
        k: np.array(v, dtype=object if k == "origin" else np.float64) for k, v in columns.items()})


def _stop_minutes(question: Question, space: Workspace, origin: int) -> np.ndarray:
    """Minutes to each stop, shape (n_stops,); inf beyond the longest cutoff."""
    window = question.window
    search(question.timetable.lines, question.calls, 0, question.foot, window, space.known,
           space.nothing, origin, space.unread, False)
    out = np.full(question.timetable.n_stops, np.inf)
    some = np.flatnonzero(space.known.last >= 0)
    rank = rank_of(question.percentile, window.minutes)
    every = space.known.time[some, : window.minutes]
    time = np.partition(every, rank, axis=1)[:, rank].astype(float)
    time[time >= UNREACHED] = np.inf
    out[some] = time / 60.0
    out[out >= max(CUTOFFS_MIN)] = np.inf
    return out


def _one_of_each(lon: np.ndarray, lat: np.ndarray, minutes: np.ndarray) -> list[int]:
    """Stops that are reached, the earliest of those in one cell of `MERGE_M`."""
    some = np.flatnonzero(np.isfinite(minutes))
    step = MERGE_M / 111_320.0
    cell = np.stack([np.floor(lon[some] / step), np.floor(lat[some] / step)], axis=1)
    order = np.lexsort((minutes[some], cell[:, 1], cell[:, 0]))
    first = np.ones(len(order), bool)
    first[1:] = (cell[order][1:] != cell[order][:-1]).any(axis=1)
    return [int(s) for s in some[order[first]]]


def _half_apart(network: TransitNetwork) -> float:
    """Half of what places lie apart from their nearest neighbour [m], within bounds."""
    from scipy.spatial import cKDTree

    points = network.points
    x, y = plane(points.lon, points.lat, float(points.lat.mean()))
    if len(x) < 2:
        return NARROW_M
    apart, _ = cKDTree(np.column_stack([x, y])).query(np.column_stack([x, y]), k=2)
    return float(np.clip(0.5 * np.median(apart[:, 1]), NARROW_M, WIDE_M))


def place_minutes(network: TransitNetwork, case: Case, origin: int) -> np.ndarray:
    """Minutes to each place, shape (n_points,), at the percentile; inf where there is no way."""
    return np.asarray(_place_times(network, case, [origin])[0])


def _place_times(network: TransitNetwork, case: Case, origins: Sequence[int]) -> np.ndarray:
    """Minutes from each origin to each place, shape (n_origins, n_points); inf without a way."""
    foot = foot_for(network, case)
    questions = [
        Question(day, masks_of(network, day, [case]), foot, network.settings.window,
                 network.settings.percentile) for day in network.timetables(case)
    ]
    found = matrix(questions, origins, workers=1)[0].astype(float)
    return np.where(found >= UNREACHED, np.inf, np.floor(found / 60.0))
