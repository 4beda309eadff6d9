"""What happens to a substance within one step, exact in time.

Streeter and Phelps 1925: organic matter L is lost at kd + ks per day, of which kd uses oxygen; the
deficit D of oxygen grows by kd L and is made up at ka per day. Both are linear, so one step of any
length is exact, and so is what a constant load brings during it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY_S = 86400.0
NEAR = 1e-6
"""Rates that differ relatively by less are taken as equal."""


@dataclass(frozen=True)
class Rates:
    """Loss of each tracer [1/d], the tracer that feeds it (-1 = none) and at which rate [1/d]."""

    loss_per_day: Floats
    parent: NDArray[np.int64]
    fed_per_day: Floats

    @classmethod
    def plain(cls, loss_per_day: Floats | float, n: int) -> Rates:
        """Rates of tracers that feed nothing."""
        return cls(np.broadcast_to(np.asarray(loss_per_day, float), (n,)).copy(),
                   np.full(n, -1, np.int64), np.zeros(n))

    @classmethod
    def oxygen(cls, kd: float, ks: float, ka: float, n: int) -> Rates:
        """Rates of `n` organic loads (first) and of the deficits they cause (behind them)."""
        zero = np.zeros(n)
        return cls(
            np.concatenate([zero + kd + ks, zero + ka]),
            np.concatenate([np.full(n, -1, np.int64), np.arange(n)]),
            np.concatenate([zero, zero + kd]),
        )


def one_step(rates: Rates, seconds: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Shares and times of one step: kept, fed, added [s], added_fed [s]; each (n,).

    After the step a mass m is kept m + fed (mass of the parent); a constant load r [g/s] has
    become added r, and a load on the parent added_fed r.

    Raises
    ------
    CaseError
        A rate is negative (growth is a negative loss of debris only: allowed there), or a tracer
        is fed by one that is itself fed.
    """
    n = len(rates.loss_per_day)
    fed_by = rates.parent[rates.parent >= 0]
    if np.any(rates.parent[fed_by] >= 0):
        problem = "a tracer is fed by one that is itself fed"
        raise CaseError(problem)
    t = seconds / DAY_S
    loss = rates.loss_per_day
    kept = np.exp(-loss * t)
    added = _integral(loss, t)
    fed, added_fed = np.zeros(n), np.zeros(n)
    for j in np.flatnonzero(rates.parent >= 0):
        kr, ka, kd = loss[rates.parent[j]], loss[j], rates.fed_per_day[j]
        if abs(ka - kr) * t < NEAR:
            mean = 0.5 * (ka + kr)
            fed[j] = kd * t * np.exp(-mean * t)
            x = mean * t
            within = t * t * (0.5 - x / 3.0 + x * x / 8.0) if x < 1e-3 else (
                1.0 - np.exp(-x) * (1.0 + x)) / mean**2
            added_fed[j] = kd * within
        else:
            fed[j] = kd / (ka - kr) * (np.exp(-kr * t) - np.exp(-ka * t))
            low, high = _integral(np.array([kr, ka]), t)
            added_fed[j] = kd / (ka - kr) * (low - high)
    return kept, fed, added * DAY_S, added_fed * DAY_S


def _integral(rate: Floats, t: float) -> Floats:
    """Integral of exp(-rate s) over s in 0..t."""
    still = rate == 0.0
    return np.asarray(np.where(still, t, -np.expm1(-rate * t) / np.where(still, 1.0, rate)))


def critical_point(
    kd: float, ka: float, load_mg_l: float, deficit_mg_l: float
) -> tuple[float, float]:
    """Time [d] and size [mg/L] of the largest oxygen deficit below a discharge.

    Streeter and Phelps 1925, without settling; time 0 where the deficit only falls.
    """
    if abs(ka - kd) < NEAR * ka:
        time = max((1.0 - deficit_mg_l / load_mg_l) / kd, 0.0)
    else:
        ratio = ka / kd * (1.0 - deficit_mg_l * (ka - kd) / (kd * load_mg_l))
        time = max(np.log(ratio) / (ka - kd), 0.0) if ratio > 0.0 else 0.0
    size = kd / ka * load_mg_l * np.exp(-kd * time) if time > 0.0 else deficit_mg_l
    return float(time), float(size)
