"""Shapley and Banzhaf values and all pair interactions of a table, in one pass over it.

A semivalue gives player i the sum over S without i of p(|S|) [v(S+i) - v(S)] (Dubey, Neyman, Weber
1981). Written by coalitions it is

    phi_i = sum over T with i of (p(t-1) + p(t)) v(T)  -  sum over T of p(t) v(T),

and the interaction of i and j, with weights q on what the others have joined,

    I_ij = M2_ij + A - B_i - B_j,   M2_ij = sum over T with i, j of (q(t) + 2 q(t-1) + q(t-2)) v(T),
    A = sum over T of q(t) v(T),     B_i = sum over T with i of (q(t) + q(t-1)) v(T):

moments of a table weighed by the sizes of coalitions. The table is read as a matrix, low players
by column and high players by row, so that moments are products of matrices: O(n 2^n)
multiplications in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import membership, n_players, scale, sizes

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

BLOCK = 1 << 15
"""Values in a block: 256 kB, which stays in the second level of cache."""

DIFFERENCES = 12
"""Up to so many players differences are taken first: who adds nothing gets exactly nothing."""

ROUNDING = 1e-13
"""Relative to the largest value: interactions below it are rounding of the moments."""


def shapley_weights(n: int) -> FloatArray:
    """Shape (n,): p(s) = s! (n-1-s)! / n!, Shapley 1953."""
    return np.array([1.0 / (n * comb(n - 1, s)) for s in range(n)])


def banzhaf_weights(n: int) -> FloatArray:
    """Shape (n,): p(s) = 2^(1-n), Banzhaf 1965."""
    return np.full(n, 2.0 ** (1 - n))


def semivalue(table: FloatArray, p: FloatArray) -> FloatArray:
    """Shape (n, ...): shares by weights p of shape (n,), for a table of shape (2^n, ...)."""
    n = n_players(table)
    if n <= DIFFERENCES:
        return _by_differences(table, p)
    if table.ndim > 1:
        flat = table.reshape(len(table), -1)
        columns = [semivalue(np.ascontiguousarray(flat[:, k]), p) for k in range(flat.shape[1])]
        return np.stack(columns, axis=1).reshape(n, *table.shape[1:])
    joined, whole = np.append(p, 0.0), np.append(0.0, p)
    single, _ = _moments(table, joined + whole, pairs=False)
    return np.asarray(single - _total(table, joined))


def shapley(table: FloatArray) -> FloatArray:
    """Shape (n, ...): the average of what a player adds, over all orders of joining."""
    n = n_players(table)
    p = shapley_weights(n)
    if n <= DIFFERENCES or table.ndim > 1:
        return semivalue(table, p)
    single, _ = _moments(table, np.append(p, 0.0) + np.append(0.0, p), pairs=False)
    return np.asarray(single - (single.sum() - (table[-1] - table[0])) / n)


def banzhaf(table: FloatArray) -> FloatArray:
    """Shape (n, ...): the average of what a player adds, over all coalitions of the others."""
    return semivalue(table, banzhaf_weights(n_players(table)))


def sii_weights(n: int) -> FloatArray:
    """Shape (n-1,): q(s) = s! (n-2-s)! / (n-1)!, Grabisch and Roubens 1999."""
    return np.array([1.0 / ((n - 1) * comb(n - 2, s)) for s in range(n - 1)])


def stii_weights(n: int) -> FloatArray:
    """Shape (n-1,): q(s) = 2/n / C(n-1, s), Sundararajan, Dhamdhere and Agarwal 2020."""
    return np.array([2.0 / (n * comb(n - 1, s)) for s in range(n - 1)])


def bii_weights(n: int) -> FloatArray:
    """Shape (n-1,): q(s) = 2^(2-n), Owen 1972; Grabisch and Roubens 1999."""
    return np.full(max(n - 1, 0), 2.0 ** (2 - n))


def pair_interactions(table: FloatArray, q: FloatArray) -> FloatArray:
    """Shape (n, n): interaction of every two players by weights q (n-1,); 0 with itself."""
    n = n_players(table)
    if n < 2:
        return np.zeros((n, n))
    if n <= DIFFERENCES:
        return _pairs_by_differences(table, q)
    none = np.concatenate([q, [0.0, 0.0]])
    one = np.concatenate([[0.0], q, [0.0]])
    both = np.concatenate([[0.0, 0.0], q])
    single, _ = _moments(table, none + one, pairs=False)
    _, double = _moments(table, none + 2 * one + both, pairs=True)
    found = double + _total(table, none) - single[:, None] - single[None, :]
    np.fill_diagonal(found, 0.0)
    found[np.abs(found) < ROUNDING * n * n * scale(table)] = 0.0
    return np.asarray(found)


def _by_differences(table: FloatArray, p: FloatArray) -> FloatArray:
    """Shape (n, ...): as the definition has it, for tables with further axes too."""
    n, tail = n_players(table), table.shape[1:]
    shares = np.empty((n, *tail))
    weights = p[sizes(n - 1)] if n else p
    for k in range(n):
        halves = table.reshape(1 << (n - 1 - k), 2, 1 << k, *tail)
        gain = (halves[:, 1] - halves[:, 0]).reshape(1 << (n - 1), *tail)
        shares[k] = np.tensordot(weights, gain, axes=1)
    return shares


def _pairs_by_differences(table: FloatArray, q: FloatArray) -> FloatArray:
    n = n_players(table)
    weights, found = q[sizes(n - 2)], np.zeros((n, n))
    for i in range(n):
        halves = table.reshape(1 << (n - 1 - i), 2, 1 << i)
        gain = (halves[:, 1] - halves[:, 0]).reshape(-1)
        for j in range(i):
            parts = gain.reshape(1 << (n - 2 - j), 2, 1 << j)
            found[i, j] = found[j, i] = weights @ (parts[:, 1] - parts[:, 0]).reshape(-1)
    found[np.abs(found) < ROUNDING * n * n * scale(table)] = 0.0
    return found


def _grid(table: FloatArray) -> tuple[FloatArray, int, int]:
    """The table as rows by high players and columns by low ones, and how many each are."""
    n = n_players(table)
    low = (n + 1) // 2
    return table.reshape(1 << (n - low), 1 << low), n - low, low


def _by_size(weights: FloatArray, high: int, low: int) -> FloatArray:
    """Shape (high + 1, 2^low): weights of a row's coalitions by how many high players it has."""
    return np.stack([weights[s + sizes(low)] for s in range(high + 1)])


def _total(table: FloatArray, weights: FloatArray) -> float:
    """Sum of the table weighed by size."""
    grid, high, low = _grid(table)
    rows = sizes(high)
    of_size = np.zeros((high + 1, 1 << low))
    step = max(1, BLOCK >> low)
    for k in range(0, len(grid), step):
        marks = (rows[k : k + step] == np.arange(high + 1)[:, None]).astype(np.float64)
        of_size += marks @ grid[k : k + step]
    return float(np.sum(of_size * _by_size(weights, high, low)))


def _moments(
    table: FloatArray, weights: FloatArray, *, pairs: bool
) -> tuple[FloatArray, FloatArray]:
    """Sums of the weighed table over coalitions with i (n,), and with i and j (n, n)."""
    grid, high, low = _grid(table)
    rows, by_size = sizes(high), _by_size(weights, high, low)
    up, down = membership(high), membership(low)
    columns, across = np.zeros(1 << low), np.zeros((high, 1 << low))
    of_row = np.empty(len(grid))
    step = max(1, BLOCK >> low)
    for k in range(0, len(grid), step):
        weighed = grid[k : k + step] * by_size[rows[k : k + step]]
        columns += weighed.sum(axis=0)
        of_row[k : k + step] = weighed.sum(axis=1)
        if pairs:
            across += up[k : k + step].T @ weighed
    single = np.concatenate([columns @ down, of_row @ up])
    double = np.zeros((0, 0))
    if pairs:
        double = np.empty((low + high, low + high))
        double[:low, :low] = (down.T * columns) @ down
        double[low:, low:] = (up.T * of_row) @ up
        double[low:, :low] = across @ down
        double[:low, low:] = double[low:, :low].T
    return single, double
