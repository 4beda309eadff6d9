"""What limits shared cars: how many stand where, how long they charge, how many staff move back.

The limits hold for trips of the demand table, which say how many go; reach is what one person has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.cases import drives_of, foot_for
from tieline.transit.freight import FREIGHT
from tieline.transit.journey import Planner
from tieline.transit.kernels.sweep import UNREACHED
from tieline.transit.travel import matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.transit.cars import Cars, Floats
    from tieline.transit.network import Settings, TransitNetwork

DAYS = 365.0
SWEEPS = 50


@dataclass(frozen=True)
class Taken:
    """Cars taken and left by trips on an average day.

    `share` of each row of the demand table that finds its cars, `without` its minutes with none
    (inf where there is no way), both shape (n_rows,); `out`, `back` and `moved` by station:
    cars taken, left, and brought back to it by staff each day, shape (n_stations,).
    """

    share: Floats
    without: Floats
    out: Floats
    back: Floats
    moved: Floats


@dataclass(frozen=True)
class Drive:
    """Who drives: row of the demand table, stations from and to, seconds, cars a day."""

    row: int
    origin: int
    to: int
    seconds: float
    cars: float


def limited(network: TransitNetwork, case: Case, minutes: Floats) -> Taken | None:
    """What of each row of the demand table finds cars; None where nothing limits them.

    `minutes` are those of each row with as many cars as are asked for. Which stations a row uses
    is told by its way at the middle of the window.
    """
    cars, demand = network.cars, network.demand
    if not network.settings.car_limits or not len(cars.ids) or not len(demand.trips):
        return None
    without = np.where(demand.group == FREIGHT, minutes, _without(network, case))
    drives: list[Drive] = []
    planner = Planner(network, case)
    seconds = drives_of(network, case)
    going = (demand.trips > 0.0) & (demand.group != FREIGHT)
    for i in np.flatnonzero((minutes < without) & going).tolist():
        for a, b in _stations(network, planner, i):
            drives.append(Drive(i, a, b, float(seconds[a, b]), float(demand.trips[i]) / DAYS))
    share = shares(drives, cars, network.settings, len(demand.trips))
    out, back = _flows(drives, share, len(cars.ids))
    return Taken(share, without, out, back, np.maximum(out - back, 0.0))


def _without(network: TransitNetwork, case: Case) -> Floats:
    """Whole minutes of each row of the demand table on foot and by lines alone."""
    from tieline.transit.cases import masks_of
    from tieline.transit.travel import Question

    demand, settings = network.demand, network.settings
    foot = foot_for(network, case, cars=False)
    questions = [
        Question(day, masks_of(network, day, [case]), foot, settings.window, settings.percentile)
        for day in network.timetables(case)
    ]
    origins, row = np.unique(demand.origin, return_inverse=True)
    found = matrix(questions, origins.tolist())[0][row, demand.to].astype(float)
    return np.where(found >= UNREACHED, np.inf, np.floor(found / 60.0))


def _stations(network: TransitNetwork, planner: Planner, row: int) -> list[tuple[int, int]]:
    """Stations between which a row of the demand table drives."""
    window, demand = network.settings.window, network.demand
    middle = window.start + 60 * (window.minutes // 2)
    way = planner.leaving(int(demand.origin[row]), int(demand.to[row]), middle,
                          middle + window.most)
    return [] if way is None else [leg.stations for leg in way.legs if leg.stations is not None]


def shares(drives: list[Drive], cars: Cars, settings: Settings, n_rows: int) -> Floats:
    """Share of each row that finds its cars: what equal cuts leave, in 0..1.

    A car is gone while it is driven, changed and charged: its station lets no more than its cars
    can make in a day. No more cars leave a station than stand there, beyond those that come; no
    more come than it has places, beyond those that leave; and staff move back no more than
    `car_moves` in a night. Whoever wants what is short is cut by the same share.
    """
    share = np.ones(n_rows)
    n = len(cars.ids)
    if not drives:
        return share
    row, origin, to = (np.array([getattr(d, k) for d in drives]) for k in ("row", "origin", "to"))
    daily = np.array([d.cars for d in drives])
    busy = np.array([
        d.seconds * (1.0 + settings.car_charge) + settings.car_change for d in drives
    ])
    need = np.bincount(origin, daily * busy, n)
    can = cars.cars * float(settings.day_end - settings.day_start)
    _cut(share, row, origin, np.divide(can, need, out=np.ones(n), where=need > can))
    free = np.where(cars.places >= 0, np.maximum(cars.places - cars.cars, 0), np.inf)
    for sweep in range(SWEEPS + 1):
        out, back = _flows(drives, share, n)
        over_out, over_back = out > back + cars.cars + 1e-9, back > out + free + 1e-9
        if not (over_out.any() or over_back.any()):
            break
        if sweep == SWEEPS:  # shrinking all alike keeps what was kept and ends it
            net = np.maximum(out - back, 0.0), np.maximum(back - out, 0.0)
            share *= min(float(np.min(np.divide(room, x, out=np.ones(n), where=x > room)))
                         for x, room in zip(net, (cars.cars.astype(float), free), strict=True))
            break
        _cut(share, row, origin, np.divide(back + cars.cars, out, out=np.ones(n), where=over_out))
        out, back = _flows(drives, share, n)
        over_back = back > out + free + 1e-9
        _cut(share, row, to, np.divide(out + free, back, out=np.ones(n), where=over_back))
    out, back = _flows(drives, share, n)
    moves = float(np.maximum(out - back, 0.0).sum())
    if moves > settings.car_moves:
        share[np.unique(row)] *= settings.car_moves / moves
    return share


def _cut(share: Floats, row: NDArray[np.int64], station: NDArray[np.int64], by: Floats) -> None:
    """Multiply the share of each row by the least of what its stations leave it, in `share`."""
    least = np.ones(len(share))
    np.minimum.at(least, row, by[station])
    share *= least


def _flows(drives: list[Drive], share: Floats, n: int) -> tuple[Floats, Floats]:
    """Cars taken and left each day by station."""
    daily = np.array([d.cars * share[d.row] for d in drives])
    return (np.bincount([d.origin for d in drives], daily, n).astype(float),
            np.bincount([d.to for d in drives], daily, n).astype(float))
