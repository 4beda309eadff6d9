"""A Gaussian process on the odd part of a game: Shapley values in closed form, with their variance.

Write a game on signs x (+1 in, -1 out) as a Fourier sum, v(x) = sum over A of b_A prod_{i in A}
x_i. Shapley values need odd orders alone: phi_i = sum over A with i, |A| odd, of 2 b_A / |A|. The
odd part w(x) = (v(x) - v(-x)) / 2 is seen at pairs of a coalition and its complement. Coefficients
of order k are independent normal, of variance s_k^2 for k = 1, 3, 5; the covariance of two
coalitions then depends on their Hamming distance alone (a Krawtchouk polynomial), and that of phi
with the data is closed too. Higher orders are a nugget. Variances are chosen by marginal
likelihood on part of the data.

The intervals are those of the model: games that are far from smooth, such as votes, are not
covered; leave-one-out residuals widen them where the model fits too well.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

ORDERS = (1, 3, 5)
PAIR_ORDERS = (0, 2, 4)
TUNED = 300
"""Most observations that variances are chosen on."""

JITTER = 1e-10


@dataclass(frozen=True)
class Posterior:
    """Mean (n,) and covariance (n, n) of the Shapley values; what the variances were."""

    mean: FloatArray
    covariance: FloatArray
    shares_of_variance: FloatArray
    inflation: float

    @property
    def se(self) -> FloatArray:
        """Shape (n,): standard deviations."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def krawtchouk(n: int, k: int) -> FloatArray:
    """Shape (n + 1,): sum of all products of k of n signs, by how many are -1; by C(n, k)."""
    total = comb(n, k) or 1
    return np.array([
        float(sum((-1) ** j * comb(h, j) * comb(n - h, k - j) for j in range(k + 1))) / total
        for h in range(n + 1)
    ])


def fit(signs: FloatArray, odd: FloatArray) -> Posterior:
    """The Shapley values that observations of the odd part tell.

    Parameters
    ----------
    signs
        Shape (m, n), +1 or -1: one of each pair of complements. The first row is all +1, whose
        value is known without error: half the worth of all.
    odd
        Shape (m,): (v(x) - v(-x)) / 2. All 0: so is the answer, without error.
    """
    n = signs.shape[1]
    orders = [k for k in ORDERS if k <= n]
    if not odd.any():
        return Posterior(np.zeros(n), np.zeros((n, n)), np.zeros(len(orders) + 1), 1.0)
    unit = float(np.sqrt(np.mean(odd**2))) or 1.0
    seen = odd / unit
    tables = [krawtchouk(n, k) for k in orders]
    weights = _tuned(signs, seen, tables)
    kernel = _kernel(signs, tables, weights)
    inverse, scale2, inflation = _solved(kernel, seen)
    half = inverse @ _cross(signs, orders, weights).T
    mean = half.T @ (inverse @ seen)
    spread = (_prior(n, orders, weights) - half.T @ half) * scale2 * inflation
    return Posterior(mean * unit, spread * unit**2, weights, inflation)


EVEN_CREDIT = {"SII": {2: 4.0, 4: 4.0 / 3.0}, "STII": {2: 4.0, 4: 4.0 / 3.0}, "BII": {2: 4.0}}
"""Index -> order k -> how much of b_A, |A| = k, belongs to each pair inside A; see `fit_pairs`."""

ODD_CREDIT = {"STII": {3: -4.0 / 3.0, 5: -4.0 / 5.0}}
"""The same of the odd part."""


def fit_pairs(
    signs: FloatArray, even: FloatArray, odd: FloatArray, index: str = "SII"
) -> tuple[FloatArray, FloatArray]:
    """Pair interactions and their standard deviations, each of shape (n, n).

    The second difference of players i and j is the sum over A with both of 4 b_A times the signs of
    the others in A. Each index is its mean over how many others have joined, by a density on [0, 1]
    (Owen 1972): SII by 1, STII by 2 (1 - p), BII by all mass at 1/2. So SII is the sum over even A
    of 4 b_A / (|A| - 1); STII is that less the sum over odd A of 4 b_A / |A|; BII is 4 b_ij. Even
    and odd part are told by different data: their variances add.

    Parameters
    ----------
    signs
        As in `fit`.
    even, odd
        Shape (m,): (v(x) + v(-x)) / 2 and (v(x) - v(-x)) / 2.
    """
    found, variance = _fit_part(signs, even, PAIR_ORDERS, EVEN_CREDIT[index])
    if index in ODD_CREDIT:
        more, its = _fit_part(signs, odd, ORDERS, ODD_CREDIT[index])
        found, variance = found + more, variance + its
    return found, np.sqrt(variance)


def _fit_part(
    signs: FloatArray, given: FloatArray, every: tuple[int, ...], credit: dict[int, float]
) -> tuple[FloatArray, FloatArray]:
    """Sums of credited coefficients for every pair and their variances, each (n, n)."""
    n = signs.shape[1]
    orders = [k for k in every if k <= n]
    if not given.any():
        return np.zeros((n, n)), np.zeros((n, n))
    unit = float(np.sqrt(np.mean(given**2))) or 1.0
    seen = given / unit
    tables = [krawtchouk(n, k) for k in orders]
    weights = _tuned(signs, seen, tables)
    inverse, scale2, inflation = _solved(_kernel(signs, tables, weights), seen)
    alpha, minus = inverse.T @ (inverse @ seen), (signs < 0).sum(axis=1)
    found, spread = np.zeros((n, n)), np.zeros((n, n))
    told = [(k, w / comb(n, k), credit[k]) for k, w in zip(orders, weights, strict=False)
            if k in credit]
    prior = sum(w * c**2 * comb(n - 2, k - 2) for k, w, c in told)
    for i in range(n - 1):
        others = minus[None, :] - (signs[:, i] < 0) - (signs.T[i + 1 :] < 0)
        cross = np.zeros((n - 1 - i, len(signs)))
        for k, w, c in told:
            part = krawtchouk(n - 2, k - 2) * comb(n - 2, k - 2)
            cross += w * c * part[others]
        cross *= signs[:, i] * signs.T[i + 1 :]
        found[i, i + 1 :] = found[i + 1 :, i] = cross @ alpha
        known = np.sum((cross @ inverse.T) ** 2, axis=1)
        spread[i, i + 1 :] = np.maximum(prior - known, 0.0) * scale2 * inflation
        spread[i + 1 :, i] = spread[i, i + 1 :]
    return found * unit, spread * unit**2


def _kernel(signs: FloatArray, tables: list[FloatArray], weights: FloatArray) -> FloatArray:
    n = signs.shape[1]
    distance = np.rint((n - signs @ signs.T) / 2).astype(np.int64)
    by_distance = sum(w * t for w, t in zip(weights, tables, strict=False))
    kernel: FloatArray = np.asarray(by_distance)[distance]
    noise = np.full(len(signs), weights[-1] + JITTER)
    noise[0] = JITTER
    kernel[np.diag_indices_from(kernel)] += noise
    return kernel


def _solved(kernel: FloatArray, seen: FloatArray) -> tuple[FloatArray, float, float]:
    """Inverse Cholesky factor, scale of all variances, excess of leave-one-out residuals."""
    from scipy.linalg import cholesky
    from scipy.linalg.lapack import dtrtri

    inverse, _ = dtrtri(cholesky(kernel, lower=True, check_finite=False), lower=1)
    alpha = inverse.T @ (inverse @ seen)
    scale2 = float(seen @ alpha) / len(seen)
    precision = np.sum(inverse**2, axis=0)
    residual = alpha[1:] / np.sqrt(precision[1:] * scale2)
    excess = float(np.mean(residual**2)) if len(residual) else 1.0
    return inverse, scale2, max(1.0, excess)


def _cross(signs: FloatArray, orders: list[int], weights: FloatArray) -> FloatArray:
    """Shape (n, m): covariance of the Shapley values with the observations."""
    n = signs.shape[1]
    minus = (signs < 0).sum(axis=1)[None, :]
    others = minus - (signs.T < 0)
    total = np.zeros((n, len(signs)))
    for k, w in zip(orders, weights, strict=False):
        part = krawtchouk(n - 1, k - 1) * comb(n - 1, k - 1)
        total += w / comb(n, k) * (2.0 / k) * signs.T * part[others]
    return total


def _prior(n: int, orders: list[int], weights: FloatArray) -> FloatArray:
    """Shape (n, n): covariance of the Shapley values before anything is seen."""
    total = np.zeros((n, n))
    for k, w in zip(orders, weights, strict=False):
        each = w / comb(n, k) * 4.0 / k**2
        total += each * (comb(n - 2, k - 2) if k >= 2 and n >= 2 else 0)
        np.fill_diagonal(total, np.diag(total) + each * (
            comb(n - 1, k - 1) - (comb(n - 2, k - 2) if k >= 2 and n >= 2 else 0)))
    return total


def _tuned(signs: FloatArray, seen: FloatArray, tables: list[FloatArray]) -> FloatArray:
    """Variances of the orders and the nugget, as shares of 1, by marginal likelihood."""
    from scipy.linalg import LinAlgError, cholesky, solve_triangular
    from scipy.optimize import minimize

    step = max(1, -(-len(seen) // TUNED))
    some = np.concatenate([[0], np.arange(1, len(seen), step)])
    signs, seen = signs[some], seen[some]
    n, m = signs.shape[1], len(seen)
    distance = np.rint((n - signs @ signs.T) / 2).astype(np.int64)
    parts = [t[distance] for t in tables]
    diagonal = np.diag_indices(m)

    def shares(given: FloatArray) -> FloatArray:
        raised = np.exp(np.clip(np.append(0.0, given), -25.0, 25.0))
        return np.asarray(raised / raised.sum())

    def loss(given: FloatArray) -> float:
        w = shares(given)
        kernel = sum(a * p for a, p in zip(w, parts, strict=False))
        kernel = np.asarray(kernel)
        noise = np.full(m, w[-1] + JITTER)
        noise[0] = JITTER
        kernel[diagonal] += noise
        try:
            factor = cholesky(kernel, lower=True, check_finite=False)
        except LinAlgError:
            return 1e300
        white = solve_triangular(factor, seen, lower=True, check_finite=False)
        return float(m * np.log(white @ white / m) + 2 * np.log(np.diag(factor)).sum())

    start = np.array([-2.0, -4.0, -5.0][-len(tables):])
    found = minimize(loss, start, method="Nelder-Mead",
                     options={"maxfev": 80, "xatol": 0.1, "fatol": 0.1})
    return shares(found.x)
