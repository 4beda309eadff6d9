"""Figures of a stream of money: net present value, ratio, internal rate, payback.

All are economic: of the region or one jurisdiction, real, without financing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

RATE_LOW, RATE_HIGH = -0.99, 10.0
STEPS = 4000
HALVINGS = 60


def present_value(flow: FloatArray, factors: FloatArray) -> FloatArray:
    """Shape (...): worth today of flows (years, ...)."""
    return np.asarray(np.tensordot(factors, flow, axes=1))


def internal_rate(net: FloatArray) -> tuple[float | None, str]:
    """The rate at which net flows (years,) are worth nothing, and why there is none, or several.

    None if the flows never change sign, or are worth nothing at more than one rate.
    """
    if not (np.any(net > 0) and np.any(net < 0)):
        return None, "the net flows never change sign: no rate makes them worth nothing"
    grid = np.exp(np.linspace(np.log1p(RATE_LOW), np.log1p(RATE_HIGH), STEPS)) - 1.0
    worth = _worth(net, grid)
    turns = np.flatnonzero(np.sign(worth[:-1]) * np.sign(worth[1:]) < 0)
    if not len(turns):
        return None, "no rate between -99 % and 1000 % makes the net flows worth nothing"
    if len(turns) > 1:
        n = len(turns)
        return None, f"{n} rates make the net flows worth nothing: use the net present value"
    low, high = grid[turns[0]], grid[turns[0] + 1]
    left = _worth(net, np.array([low]))[0]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if np.sign(_worth(net, np.array([middle]))[0]) == np.sign(left):
            low = middle
        else:
            high = middle
    return float((low + high) / 2), ""


def internal_rates(net: FloatArray) -> FloatArray:
    """Shape (m,): internal rate of m streams (m, years); NaN where there is none or several.

    For streams of one change of sign, by halving side by side.
    """
    sign = np.sign(net)
    changes = np.array([
        np.count_nonzero(np.diff(s[s != 0])) for s in sign
    ])
    low, high = np.full(len(net), RATE_LOW), np.full(len(net), RATE_HIGH)
    years = np.arange(net.shape[1])
    left = (net / (1.0 + low[:, None]) ** years).sum(axis=1)
    right = (net / (1.0 + high[:, None]) ** years).sum(axis=1)
    good = (changes == 1) & (np.sign(left) != np.sign(right))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        worth = (net / (1.0 + middle[:, None]) ** years).sum(axis=1)
        same = np.sign(worth) == np.sign(left)
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(good, (low + high) / 2, np.nan)


def payback(net: FloatArray, factors: FloatArray | None = None) -> float | None:
    """Years until cumulated net flows (years,) turn positive and stay so; None if they never do.

    Within the year of the turn flows are taken as even. With factors: discounted.
    """
    running = np.cumsum(net if factors is None else net * factors)
    below = np.flatnonzero(running < 0)
    if not len(below):
        return 0.0
    last = int(below[-1])
    if last + 1 >= len(net):
        return None
    rise = running[last + 1] - running[last]
    return float(last + (-running[last] / rise))


def _worth(net: FloatArray, rates: FloatArray) -> FloatArray:
    years = np.arange(len(net))
    return np.asarray((net[None, :] / (1.0 + rates[:, None]) ** years).sum(axis=1))
