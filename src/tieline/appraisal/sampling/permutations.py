"""Antithetic orders of joining, each with its reverse: an unbiased estimate of Shapley values.

The coalitions met along an order and along its reverse are complements of each other, so that the
same values also tell the odd part of the game, which is all that Shapley values depend on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray, IntArray
    from tieline.region.model import FloatArray


@dataclass(frozen=True)
class Orders:
    """Pairs of orders: `order` has shape (r, n); the reverses are not stored."""

    order: IntArray

    @classmethod
    def draw(cls, n: int, r: int, random: np.random.Generator) -> Orders:
        """Orders at random."""
        return cls(np.array([random.permutation(n) for _ in range(r)], np.int64).reshape(r, n))

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.order.shape[1])

    def prefixes(self) -> BoolArray:
        """Shape (r, n - 1, n): who has joined after 1 .. n - 1 steps of each order."""
        r, n = self.order.shape
        rank = np.empty_like(self.order)
        np.put_along_axis(rank, self.order, np.broadcast_to(np.arange(n), (r, n)), axis=1)
        return np.asarray(rank[:, None, :] < np.arange(1, n)[None, :, None])

    def pair_means(self, forward: FloatArray, backward: FloatArray, whole: float) -> FloatArray:
        """Shape (r, n): each pair's mean contribution of every player.

        `forward`, `backward` of shape (r, n - 1): worth of the prefixes and of their complements.
        """
        r, n = self.order.shape
        ends = np.zeros((r, 1)), np.full((r, 1), whole)
        there = np.diff(np.concatenate([ends[0], forward, ends[1]], axis=1), axis=1)
        back = -np.diff(np.concatenate([ends[1], backward, ends[0]], axis=1), axis=1)
        means = np.empty((r, n))
        np.put_along_axis(means, self.order, (there + back) / 2, axis=1)
        return means
