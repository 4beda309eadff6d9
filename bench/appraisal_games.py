"""Games the estimators are measured on: synthetic, each with its exact Shapley values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tieline.appraisal.games.coalitions import rows_of
from tieline.appraisal.games.terms import Sum
from tieline.appraisal.games.voting import voting_power, voting_rows
from tieline.appraisal.solutions.semivalues import shapley


@dataclass(frozen=True)
class Measured:
    """A game by its value function on rows of booleans, and its exact Shapley values."""

    name: str
    n: int
    values: Callable[[np.ndarray], np.ndarray]
    truth: np.ndarray


def borders(n: int = 18, seed: int = 1) -> Measured:
    """Places on a plane, borders between near ones: people reached, less by distance."""
    rng = np.random.default_rng(seed)
    places = 2 + 2 * n // 3
    at = rng.random((places, 2))
    far = np.linalg.norm(at[:, None] - at[None], axis=2)
    edges, reached = [], {0}
    while len(reached) < places:
        a, b = min(((i, j) for i in reached for j in range(places) if j not in reached),
                   key=lambda e: far[e])
        edges.append((a, b))
        reached.add(b)
    others = [(i, j) for i in range(places) for j in range(i + 1, places)
              if (i, j) not in edges and (j, i) not in edges]
    edges += sorted(others, key=lambda e: far[e])[: n - len(edges)]
    a, b = np.array(edges[:n]).T
    people = rng.lognormal(size=places)
    weight = np.outer(people, people)
    np.fill_diagonal(weight, 0.0)

    def values(rows: np.ndarray) -> np.ndarray:
        worth = np.empty(len(rows))
        for k in range(0, len(rows), 4096):
            some = rows[k : k + 4096]
            path = np.full((len(some), places, places), np.inf)
            path[:, np.arange(places), np.arange(places)] = 0.0
            length = np.where(some, far[a, b], np.inf)
            path[:, a, b] = path[:, b, a] = length
            for t in range(places):
                np.minimum(path, path[:, :, t, None] + path[:, None, t, :], out=path)
            worth[k : k + 4096] = (np.exp(-2.0 * path) * weight).sum(axis=(1, 2))
        return worth

    table = values(rows_of(range(1 << n), n))
    bits = 1 << np.arange(n)
    return Measured(f"border access, n = {n}", n, lambda r: table[r @ bits], shapley(table))


def corridor(n: int, reach: int = 8, seed: int = 1) -> Measured:
    """Towns in a row: a trip is worth something if every town it passes cooperates."""
    size = np.random.default_rng(seed).lognormal(size=n)
    terms = [(tuple(range(a, b + 1)), size[a] * size[b] / (b - a))
             for a in range(n) for b in range(a + 1, min(n, a + reach + 1))]
    return _summed(f"corridor, n = {n}", n, Sum.of(tuple(range(n)), terms))


def projects(n: int = 122, trips: int = 500, seed: int = 1) -> Measured:
    """Links that serve the same trips: the best of those built counts, a few need each other."""
    rng = np.random.default_rng(seed)
    terms = []
    for _ in range(trips):
        k = int(rng.integers(2, 6))
        first = int(rng.integers(0, n))
        options = (first + rng.choice(12, k, replace=False)) % n
        saving = rng.lognormal(size=k)
        joint = rng.random() < 0.3
        table = np.zeros(1 << k)
        for mask in range(1, 1 << k):
            own = [saving[i] for i in range(k) if mask >> i & 1]
            table[mask] = max(own) + (0.8 * max(saving) if joint and mask & 3 == 3 else 0.0)
        terms.append((tuple(map(int, options)), table * rng.lognormal()))
    return _summed(f"projects, n = {n}", n, Sum.of(tuple(range(n)), terms))


def votes(n: int = 27, seed: int = 1) -> Measured:
    """Weighted majorities: where smooth estimates fail."""
    weights = np.random.default_rng(seed).integers(1, 40, n)
    quota = int(0.65 * weights.sum()) + 1
    truth, _ = voting_power(weights.tolist(), quota)
    return Measured(f"votes, n = {n}", n, lambda r: voting_rows(r, weights, quota), truth)


def _summed(name: str, n: int, terms: Sum) -> Measured:
    return Measured(name, n, terms.values, terms.shared(terms.dividends / terms.lengths))
