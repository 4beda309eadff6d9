"""A small linear programme that grows by rows and keeps its basis: shares x and a level e.

minimise e subject to x(S) + w_S e >= v(S) for the rows so far, x(N) = v(N), x >= low. HiGHS solves
it anew from the last basis after each change (Huangfu and Hall 2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import IntArray
    from tieline.region.model import FloatArray

FEASIBILITY = 1e-10
"""The tightest HiGHS takes; values are scaled to at most 1."""


class Levels:
    """The programme: `solve` gives (x, level, row duals, duals of x's bounds)."""

    def __init__(self, n: int, whole: float, low: FloatArray | None = None) -> None:
        import highspy

        self.n = n
        self.least = self.weights = np.zeros(0)
        self._infinity = highspy.kHighsInf
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._h = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex"),
            ("primal_feasibility_tolerance", FEASIBILITY),
            ("dual_feasibility_tolerance", FEASIBILITY), ("random_seed", 1),
        ):
            self._h.setOptionValue(option, value)
        bottom = np.append(np.full(n, -self._infinity) if low is None else low, -self._infinity)
        self._h.addVars(n + 1, bottom, np.full(n + 1, self._infinity))
        self._h.changeColCost(n, 1.0)
        self._h.addRow(whole, whole, n, np.arange(n, dtype=np.int32), np.ones(n))

    def add(self, member: FloatArray, least: FloatArray, weights: FloatArray) -> None:
        """Rows x(S) + w e >= least: member (m, n) of 0 and 1, weights (m,)."""
        m = len(member)
        if not m:
            return
        self.weights = np.concatenate([self.weights, weights])
        self.least = np.concatenate([self.least, least])
        full = np.hstack([member, weights[:, None]])
        row, column = np.nonzero(full)
        starts = np.searchsorted(row, np.arange(m)).astype(np.int32)
        self._h.addRows(m, least, np.full(m, self._infinity), len(column), starts,
                        column.astype(np.int32), full[row, column])

    def settle(self, rows: IntArray, level: float) -> None:
        """Fix these rows at the level: x(S) = least - w level from now on."""
        for r in rows:
            low = float(self.least[r] - self.weights[r] * level)
            self._h.changeCoeff(int(r) + 1, self.n, 0.0)
            self._h.changeRowBounds(int(r) + 1, low, low)

    def drop(self, rows: IntArray) -> None:
        """Let these rows say nothing any more."""
        for r in rows:
            self._h.changeRowBounds(int(r) + 1, -self._infinity, self._infinity)

    def fix(self, players: IntArray, shares: FloatArray) -> None:
        """Hold players at shares."""
        for k in players:
            self._h.changeColBounds(int(k), float(shares[k]), float(shares[k]))

    def solve(self) -> tuple[FloatArray, float, FloatArray, FloatArray]:
        """Shares, level, duals of the rows and of the shares' bounds; ArithmeticError if none."""
        self._h.run()
        if self._h.getModelStatus() != self._optimal:
            self._h.clearSolver()
            self._h.run()
        if self._h.getModelStatus() != self._optimal:
            msg = f"linear programme: {self._h.modelStatusToString(self._h.getModelStatus())}"
            raise ArithmeticError(msg)
        found = self._h.getSolution()
        value, dual = np.array(found.col_value), np.array(found.col_dual)
        return value[: self.n], float(value[self.n]), np.array(found.row_dual)[1:], dual[: self.n]
