"""Sharing capacity among the people around: enhanced two-step floating catchments (E2SFCA)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def binary(minutes: Floats, catchment: float) -> Floats:
    """1 inside the catchment (Luo and Wang 2003)."""
    return np.asarray(np.where(minutes <= catchment, 1.0, 0.0))


def steps(minutes: Floats, catchment: float) -> Floats:
    """1, 0.68, 0.22 in thirds of the catchment (Luo and Qi 2009, their slower decay)."""
    third = minutes / catchment * 3.0
    return np.asarray(np.select([third <= 1.0, third <= 2.0, third <= 3.0], [1.0, 0.68, 0.22], 0.0))


def gaussian(minutes: Floats, catchment: float) -> Floats:
    """A bell that is 1 at the door and 0 at the edge (Dai 2010, equation 3)."""
    inside = np.minimum(minutes / catchment, 1.0)
    bell = (np.exp(-0.5 * inside**2) - np.exp(-0.5)) / (1.0 - np.exp(-0.5))
    return np.asarray(np.where(minutes <= catchment, bell, 0.0))


def linear(minutes: Floats, catchment: float) -> Floats:
    """1 at the door, 0 at the edge, straight between."""
    return np.asarray(np.maximum(1.0 - minutes / catchment, 0.0))


DECAYS: dict[str, Callable[[Floats, float], Floats]] = {
    "binary": binary, "steps": steps, "gaussian": gaussian, "linear": linear,
}


def shares(
    minutes: Floats, people: Floats, capacity: Floats, entitled: Mask, *, decay: str,
    catchment: float,
) -> Floats:
    """Capacity that the people of each place take of each facility, shape (n_places, n_facilities).

    Step one divides a facility's capacity by the weighted people around it that may use it, step
    two gives each place its part: P_i f(t_ij) / sum_k P_k f(t_kj) S_j. Columns therefore sum to
    the capacity, or to 0 where nobody comes. `minutes` may be inf, of the same shape as
    `entitled`.
    """
    wish = np.where(entitled, DECAYS[decay](minutes, catchment), 0.0) * people[:, None]
    total = wish.sum(axis=0)
    return np.asarray(wish * np.where(total > 0.0, capacity / np.where(total > 0.0, total, 1.0), 0))


def rota(
    minutes: Floats, people: Floats, stages: NDArray[np.int64], shows: int, longest: float
) -> tuple[list[int], Mask]:
    """Stages of a tour in order, and which places have a show within `longest` minutes.

    Greedy: each show where most people have none yet; when all are served that can be, again from
    the first. The greedy choice covers at least 63 % of the best (Nemhauser et al. 1978).
    """
    near = minutes[:, stages] <= longest
    served = np.zeros(len(people), bool)
    order: list[int] = []
    for _ in range(min(shows, len(stages))):
        gain = ((near & ~served[:, None]) * people[:, None]).sum(axis=0)
        best = int(np.argmax(gain))
        if not gain[best] > 0.0:
            break
        order.append(int(stages[best]))
        served |= near[:, best]
    first = list(order)
    while first and len(order) < shows:
        order.append(first[len(order) % len(first)])
    return order, served
