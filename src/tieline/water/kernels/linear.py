"""A symmetric system on a fixed pattern: eliminated along a given order, the rest iterated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.kernels import kernel

if TYPE_CHECKING:
    from tieline.water.kernels.arrays import Floats, Solver

EXACT = 1e-10
"""The core is iterated until no unknown would change by more [m]."""
MOST = 1000
"""So many iterations at most: it takes fewer than ten where waves do not outrun the mesh."""


@kernel
def solve(solver: Solver, matrix: Floats, x: Floats, scratch: Floats) -> None:
    """Overwrite the right-hand side `x` with the solution, and `matrix` with its factors.

    L D L^T without pivoting: the matrix is symmetric and diagonally dominant. `matrix` holds the
    diagonal and, behind it, the columns below it; see `Solver`. Unknowns from `solver.direct[0]`
    on, where fill would grow, are the core: they are solved by conjugate gradients.
    """
    ptr, row, target = solver.ptr, solver.row, solver.target
    n, core = len(ptr) - 1, solver.direct[0]
    t = 0
    for k in range(core):
        inverse = 1.0 / matrix[k]
        matrix[k] = inverse
        mine = x[k]
        for p in range(ptr[k], ptr[k + 1]):
            factor = matrix[n + p] * inverse
            for q in range(ptr[k], p + 1):
                matrix[target[t]] -= factor * matrix[n + q]
                t += 1
            x[row[p]] -= factor * mine
    if core < n:
        _iterate(solver, matrix, x, scratch)
    for k in range(core - 1, -1, -1):
        total = x[k]
        for p in range(ptr[k], ptr[k + 1]):
            total -= matrix[n + p] * x[row[p]]
        x[k] = total * matrix[k]


@kernel
def _iterate(solver: Solver, matrix: Floats, x: Floats, scratch: Floats) -> None:
    """Conjugate gradients on the core, scaled by its diagonal (Hestenes and Stiefel 1952)."""
    ptr, row = solver.ptr, solver.row
    n, core = len(ptr) - 1, solver.direct[0]
    rest, way, image = 0, n, 2 * n
    rho = 0.0
    for k in range(core, n):
        scratch[rest + k] = x[k]
        scratch[way + k] = x[k] / matrix[k]
        rho += x[k] * scratch[way + k]
        x[k] = 0.0
    for _ in range(MOST):
        for k in range(core, n):
            scratch[image + k] = matrix[k] * scratch[way + k]
        for k in range(core, n):
            mine, total = scratch[way + k], 0.0
            for p in range(ptr[k], ptr[k + 1]):
                value = matrix[n + p]
                total += value * scratch[way + row[p]]
                scratch[image + row[p]] += value * mine
            scratch[image + k] += total
        along = 0.0
        for k in range(core, n):
            along += scratch[way + k] * scratch[image + k]
        if along <= 0.0:
            return
        step = rho / along
        after, largest = 0.0, 0.0
        for k in range(core, n):
            x[k] += step * scratch[way + k]
            left = scratch[rest + k] - step * scratch[image + k]
            scratch[rest + k] = left
            scaled = left / matrix[k]
            largest = max(largest, abs(scaled))
            after += left * scaled
            scratch[image + k] = scaled
        if largest < EXACT:
            return
        turn = after / rho
        rho = after
        for k in range(core, n):
            scratch[way + k] = scratch[image + k] + turn * scratch[way + k]
