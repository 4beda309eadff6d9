"""A symmetric system on a fixed pattern: factorised along a given order, then solved."""

from __future__ import annotations

from tieline.kernels import kernel
from tieline.water.kernels.arrays import Floats, Solver


@kernel
def solve(solver: Solver, matrix: Floats, x: Floats) -> None:
    """Overwrite the right-hand side `x` with the solution, and `matrix` with its factors.

    L D L^T without pivoting: the matrix is symmetric and diagonally dominant. `matrix` holds the
    diagonal and, behind it, the columns below it; see `Solver`.
    """
    ptr, row, target = solver.ptr, solver.row, solver.target
    n = len(ptr) - 1
    t = 0
    for k in range(n):
        inverse = 1.0 / matrix[k]
        matrix[k] = inverse
        mine = x[k]
        for p in range(ptr[k], ptr[k + 1]):
            factor = matrix[n + p] * inverse
            for q in range(ptr[k], p + 1):
                matrix[target[t]] -= factor * matrix[n + q]
                t += 1
            x[row[p]] -= factor * mine
    for k in range(n - 1, -1, -1):
        total = x[k]
        for p in range(ptr[k], ptr[k + 1]):
            total -= matrix[n + p] * x[row[p]]
        x[k] = total * matrix[k]
