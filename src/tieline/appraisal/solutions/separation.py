"""The coalitions that complain most about shares, without looking at all of them each time.

A full look computes every excess once and keeps a band of the worst. While shares move by d, no
excess outside the band can rise by more than the larger of d's positive and negative part: as long
as that does not lift it above the level asked for, the band tells all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import coalition_sums, n_players, sizes

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import IntArray
    from tieline.region.model import FloatArray

KEPT = 1 << 13
"""Coalitions in the band after a full look; games with no more are always looked at whole."""

SAMPLE = 1 << 16
"""Excesses from which the edge of the band is judged."""

ZERO = 1e-9
"""Below it the sum of a settled vector over a coalition is 0; the vector is random, of length 1."""


class Complaints:
    """Excesses (v(S) - x(S)) / w_S of proper coalitions that are not settled.

    w is 1, or the number of members where the excess is per capita.
    """

    def __init__(self, table: FloatArray, *, per_capita: bool = False) -> None:
        self.n = n_players(table)
        self.table = table
        self.per_capita = per_capita
        self.looks = 0
        self._null: FloatArray | None = None
        self._at: FloatArray | None = None
        self._cut = -np.inf
        self._band = np.zeros(0, np.int64)
        self._member = np.zeros((0, self.n))
        self._worth = self._weight = np.zeros(0)
        self._excess = np.zeros(0)

    def member(self, masks: IntArray) -> FloatArray:
        """Shape (m, n): 1 where a player belongs."""
        return (masks[:, None] >> np.arange(self.n) & 1).astype(np.float64)

    def weight(self, masks: IntArray) -> FloatArray:
        """Shape (m,): 1, or the number of members per capita."""
        if not self.per_capita:
            return np.ones(len(masks))
        return np.asarray(self.member(masks).sum(axis=1))

    def settle(self, null: FloatArray) -> None:
        """Leave out from now on every coalition on which the vector sums to 0."""
        self._null = null
        open_ = np.abs(self._member @ null) > ZERO
        self._hold(self._band[open_])

    def worst(self, shares: FloatArray, level: float, most: int) -> tuple[IntArray, FloatArray]:
        """Up to `most` coalitions with an excess above the level, the worst first; their excess."""
        if self._at is None:
            self._look(shares)
        found = self._in_band(shares, level, most)
        if not len(found[0]) and self._cut + self._rise(shares) > level:
            self._look(shares)
            found = self._in_band(shares, level, most)
        return found

    def _in_band(
        self, shares: FloatArray, level: float, most: int
    ) -> tuple[IntArray, FloatArray]:
        found = (self._worth - self._member @ shares) / self._weight
        over = np.flatnonzero(found > level)
        if len(over) > most:
            over = over[np.argpartition(-found[over], most)[:most]]
        over = over[np.argsort(-found[over], kind="stable")]
        return self._band[over], found[over]

    def _rise(self, shares: FloatArray) -> float:
        """The most that any excess can have risen since the last full look."""
        if self._at is None:
            return np.inf
        step = shares - self._at
        return max(float(step[step > 0].sum()), -float(step[step < 0].sum()))

    def _look(self, shares: FloatArray) -> None:
        """Every excess; the worst stay in the band."""
        self.looks += 1
        self._at = shares.copy()
        excess = self._every(shares)
        if len(excess) <= KEPT:
            self._cut = -np.inf
            self._hold(np.flatnonzero(excess > -np.inf))
            return
        sample = excess[:: max(1, len(excess) // SAMPLE)]
        place = max(1, KEPT * len(sample) // len(excess))
        self._cut = float(np.partition(sample, len(sample) - place)[len(sample) - place])
        if self._cut == -np.inf:
            self._hold(np.flatnonzero(excess > -np.inf))
            return
        band = np.flatnonzero(excess >= self._cut)
        if len(band) > 8 * KEPT:
            band = band[np.argpartition(-excess[band], KEPT)[:KEPT]]
            self._cut = float(excess[band].min())
        self._hold(band)

    def _every(self, shares: FloatArray) -> FloatArray:
        """Shape (2^n,): excess of every coalition, -inf of those left out."""
        if not len(self._excess):
            self._excess = np.empty_like(self.table)
        low = self.n // 2
        inner, outer = coalition_sums(shares[:low]), coalition_sums(shares[low:])
        grid = self._excess.reshape(len(outer), len(inner))
        np.subtract(self.table.reshape(grid.shape), inner, out=grid)
        grid -= outer[:, None]
        if self.per_capita:
            self._excess[1:] /= sizes(self.n)[1:]
        if self._null is not None:
            null = self._null
            inner, outer = coalition_sums(null[:low]), coalition_sums(null[low:])
            for row, at in zip(grid, outer, strict=True):
                row[np.abs(inner + at) <= ZERO] = -np.inf
        self._excess[0] = self._excess[-1] = -np.inf
        return self._excess

    def _hold(self, band: IntArray) -> None:
        self._band = band
        self._member = self.member(band)
        self._worth = self.table[band]
        self._weight = self.weight(band)
