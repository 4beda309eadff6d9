"""What residents have in each case: chances in reach, minutes to facilities, trips, day trips."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.transit.kernels.reach import sums
from tieline.transit.kernels.sweep import UNREACHED
from tieline.transit.network import CUTOFFS_MIN, TransitNetwork
from tieline.transit.travel import WORKERS, Times, Workspace, each_origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.region.model import Case
    from tieline.transit.cases import Batch

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """By case: chances, shape (n_cases, n_points, n_cutoffs), and minutes, (n_cases, n_points).

    `demand` is the minutes of each row of the demand table, inf where there is no way, shape
    (n_cases, n_rows); `home` which places' people can go and return in a day.
    """

    reach: Floats
    near: Floats
    demand: Floats
    home: NDArray[np.bool_]


def tally(network: TransitNetwork, batch: Batch, *, workers: int = WORKERS) -> Tally:
    """Everything that is counted, for the cases of a batch."""
    settings, points = network.settings, network.points
    window = settings.window
    n, n_points = len(batch.where), len(points.ids)
    used = (points.population > 0.0)
    used[network.demand.origin] = True
    origins = np.flatnonzero(used).tolist()
    questions = batch.questions(window, settings.percentile)
    rows = len(questions[0].masks)
    chance = points.chance(settings.opportunity)
    facility = np.flatnonzero(points.chance(settings.facility) > 0.0).astype(np.int32)
    cutoff = np.array([60 * c for c in CUTOFFS_MIN], np.int64)
    reach, near = np.zeros((n, n_points, len(cutoff))), np.zeros((n, n_points))
    demand = np.full((n, len(network.demand.trips)), np.inf)
    of_origin: dict[int, list[int]] = {}
    for i, o in enumerate(network.demand.origin):
        of_origin.setdefault(int(o), []).append(i)

    def use(k: int, times: Times) -> None:
        point = int(origins[k])
        some, time = np.empty((rows, len(cutoff))), np.empty(rows)
        sums(times, cutoff, chance, facility, settings.nearest, window.most,
             np.empty(len(facility), np.int64), some, time)
        reach[:, point], near[:, point] = some[batch.rows], time[batch.rows] / 60.0
        mine = of_origin.get(point)
        if mine:
            found = times[batch.rows][:, network.demand.to[mine]].astype(float)
            demand[:, mine] = np.where(found >= UNREACHED, np.inf, np.floor(found / 60.0))

    each_origin(questions, origins, use, workers=workers)
    return Tally(reach, near, demand, _day_trips(network, batch, facility, workers))


def _day_trips(
    network: TransitNetwork, batch: Batch, facility: NDArray[np.int32], workers: int
) -> NDArray[np.bool_]:
    """Which places' people reach a facility, stay, and are home in time, (n_cases, n_points).

    Of the first draw of the timetable: who leaves as early as can be has the most time.
    """
    settings, points = network.settings, network.points
    n, n_points = len(batch.where), len(points.ids)
    home = np.zeros((n, n_points), bool)
    lived = np.flatnonzero(points.population > 0.0).tolist()
    most = settings.day_end - settings.day_start
    if not len(facility) or most <= 0:
        return home
    there = settings.window._replace(start=settings.day_start, minutes=1, most=most)
    first = batch.questions(there, 100.0)[:1]
    rows = len(first[0].masks)
    arrival = np.full((rows, len(lived), len(facility)), 2 * most)

    def use(k: int, times: Times) -> None:
        arrival[:, k] = times[:, facility]

    each_origin(first, lived, use, workers=workers)
    arrival[arrival >= UNREACHED] = 2 * most
    ready = np.maximum(arrival, settings.opens - settings.day_start) + settings.stay
    leave = np.where(ready <= most, -(-ready // 60), -1).astype(np.int64)
    back = there._replace(minutes=most // 60 + 1)
    question = batch.questions(back, 100.0)[0].ready()
    got = np.zeros((rows, n_points), bool)
    cursor, lock = iter(range(len(facility))), threading.Lock()

    def work() -> None:
        space = Workspace(question)
        minute, out = np.empty((rows, n_points), np.int64), np.zeros((rows, n_points), np.bool_)
        while True:
            with lock:
                k = next(cursor, -1)
            if k < 0:
                return
            minute[:] = -1
            minute[:, lived] = leave[:, :, k]
            space.home(int(facility[k]), minute, out)
            with lock:
                got[:] |= out

    with ThreadPoolExecutor(max(workers, 1)) as pool:
        for future in [pool.submit(work) for _ in range(max(workers, 1))]:
            future.result()
    home[:] = got[batch.rows]
    return home


def minutes_to(
    network: TransitNetwork, cases: Sequence[Case], to: NDArray[np.int64], *,
    workers: int = WORKERS,
) -> Floats:
    """Minutes from each place to the given ones, shape (n_cases, n_points, n); inf without a way.

    Whole minutes, at the percentile of the settings.
    """
    from tieline.transit.cases import batches

    points = network.points
    out = np.full((len(cases), len(points.ids), len(to)), np.inf)
    origins = np.flatnonzero(points.population > 0.0).tolist()
    for batch in batches(network, cases):
        where = list(batch.where)

        def use(
            k: int, times: Times, where: list[int] = where, rows: list[int] = batch.rows
        ) -> None:
            found = times[rows][:, to].astype(float)
            out[where, origins[k]] = np.where(found >= UNREACHED, np.inf, np.floor(found / 60.0))

        questions = batch.questions(network.settings.window, network.settings.percentile)
        each_origin(questions, origins, use, workers=workers)
    return out
