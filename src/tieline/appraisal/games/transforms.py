"""Butterflies over a table of 2^n values: Moebius and Walsh-Hadamard, O(n 2^n).

Every step adds or subtracts halves. For low players the halves lie interleaved; the table is
turned so that both kinds of players work on long rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tieline.region.model import FloatArray


def moebius(table: FloatArray, *, inverse: bool = False) -> FloatArray:
    """Shape (2^n,): Harsanyi's dividends d(T) = sum over S in T of (-1)^|T-S| v(S).

    `inverse` gives v(S), the sum of d(T) over T in S (Harsanyi 1963; Rota 1964).
    """
    def step(low: FloatArray, high: FloatArray) -> None:
        if inverse:
            high += low
        else:
            high -= low

    return _butterflies(table, step)


def walsh(table: FloatArray) -> FloatArray:
    """Shape (2^n,): Fourier coefficients, f(x) = sum over A of b(A) times the product of x in A.

    x is +1 for a player who is in, -1 for one who is not.
    """
    def step(low: FloatArray, high: FloatArray) -> None:
        high -= low
        low *= 2.0
        low += high

    return _butterflies(table, step) / len(table)


def _butterflies(
    table: FloatArray, step: Callable[[FloatArray, FloatArray], None]
) -> FloatArray:
    n = len(table).bit_length() - 1
    low = n // 2
    grid = np.array(table, np.float64).reshape(1 << (n - low), 1 << low)
    grid = _rows(grid, n - low, step)
    return np.ascontiguousarray(_rows(np.ascontiguousarray(grid.T), low, step).T).reshape(-1)


def _rows(
    grid: FloatArray, n: int, step: Callable[[FloatArray, FloatArray], None]
) -> FloatArray:
    """All steps of the n players that number the rows."""
    width = grid.shape[1]
    for k in range(n):
        halves = grid.reshape(1 << (n - 1 - k), 2, width << k)
        step(halves[:, 0], halves[:, 1])
    return grid
