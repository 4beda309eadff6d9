"""Other estimators of Shapley values, written from their papers, and those of shapiq."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from tieline.appraisal.sampling.permutations import Orders

Values = Callable[[np.ndarray], np.ndarray]


def antithetic(values: Values, n: int, budget: int, seed: int) -> np.ndarray:
    """Antithetic permutations (Mitchell, Cooper, Frank and Holmes 2022)."""
    rng = np.random.default_rng(seed)
    rounds = max(1, round(budget / (2 * (n - 1))))
    orders = Orders.draw(n, rounds, rng)
    rows = orders.prefixes().reshape(-1, n)
    there, back = (values(r).reshape(rounds, n - 1) for r in (rows, ~rows))
    return orders.pair_means(there, back, float(values(np.ones((1, n), bool))[0])).mean(axis=0)


def kernel_shap(values: Values, n: int, budget: int, seed: int) -> np.ndarray:
    """KernelSHAP with pairs (Lundberg and Lee 2017; Covert and Lee 2021)."""
    size = np.arange(1, n)
    return _regressed(values, n, budget, seed, 1.0 / (size * (n - size)), kernel=True)


def leverage_shap(values: Values, n: int, budget: int, seed: int) -> np.ndarray:
    """LeverageSHAP: sizes alike, regression weights to match (Musco and Witter 2025)."""
    return _regressed(values, n, budget, seed, np.ones(n - 1), kernel=False)


def _regressed(
    values: Values, n: int, budget: int, seed: int, chance: np.ndarray, *, kernel: bool
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    whole = float(values(np.ones((1, n), bool))[0])
    drawn = rng.choice(np.arange(1, n), budget // 2, p=chance / chance.sum())
    rows = np.array([rng.permutation(n) < s for s in drawn])
    rows = np.vstack([rows, ~rows])
    size = rows.sum(axis=1)
    weight = np.ones(len(rows))
    if not kernel:
        weight = 1.0 / (size * (n - size))
    centred = (rows - size[:, None] / n) * np.sqrt(weight)[:, None]
    left = (values(rows) - size / n * whole) * np.sqrt(weight)
    found, *_ = np.linalg.lstsq(centred, left, rcond=None)
    return found - found.mean() + whole / n


def shapiq_estimators() -> dict[str, Callable[[Values, int, int, int], np.ndarray]]:
    """Those of shapiq by name; empty if it is not installed."""
    try:
        import shapiq
    except ImportError:
        return {}

    def of(kind: str) -> Callable[[Values, int, int, int], np.ndarray]:
        def run(values: Values, n: int, budget: int, seed: int) -> np.ndarray:
            def game(rows: np.ndarray) -> np.ndarray:
                return values(np.atleast_2d(np.asarray(rows, bool)))

            maker = getattr(shapiq, kind)(n=n, random_state=seed)
            return np.asarray(maker.approximate(budget, game).get_n_order_values(1))
        return run

    return {f"shapiq {k}": of(k) for k in
            ("KernelSHAP", "SVARM", "PermutationSamplingSV", "UnbiasedKernelSHAP")}


def exact_pairs(n: int) -> int:
    """Number of pairs, for tables of results."""
    return comb(n, 2)
