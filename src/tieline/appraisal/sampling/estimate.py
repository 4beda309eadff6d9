"""Shapley values of a game too large to count: a surrogate and, beside it, an independent check.

Coalitions are asked for in pairs of complements: most at random, of every size, a part of them
along antithetic orders. The Gaussian process learns from all; the orders alone give the check,
which is unbiased whatever the game. Batches go on until the widest interval is narrow enough, or
the budget is spent. Where the two differ by more than both allow, the result says so and the wider
is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.sampling.permutations import Orders
from tieline.appraisal.sampling.surrogate import Posterior, fit, fit_pairs

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray, IntArray
    from tieline.region.model import FloatArray

CHECKED = 0.25
"""Part of the evaluations that runs along orders of joining."""

MOST_FITTED = 2500
"""Most pairs the surrogate takes in: its time grows with the third power."""

MOST_PAIRED = 1000
"""The same for pair interactions, of which there are n times as many."""

FIRST = 6
"""Evaluations per player before the first look."""

GROWTH = 1.6
"""How much larger each next look is."""

Z = 1.96
ENOUGH = 5
"""Pairs of orders from which on the check can disagree."""

DOUBT = 1e-3
"""Probability, over all players together, below which a difference is called a disagreement."""


@dataclass(frozen=True)
class Estimate:
    """Estimated Shapley values with their check.

    `shares`, `se` of shape (n,): of the surrogate, or of the check where the two disagree.
    `z` is how many standard errors the 95 % interval reaches to each side. `check`, `check_se` of
    the orders alone (NaN with fewer than two pairs).
    """

    shares: FloatArray
    se: FloatArray
    check: FloatArray
    check_se: FloatArray
    z: float
    agree: bool
    reached: bool
    dropped: int


def estimate_pairs(
    values: Callable[[BoolArray], FloatArray], n: int, budget: int, *, seed: int = 1,
    index: str = "SII", stepped: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Pair interactions and their standard deviations, each (n, n), as `estimate` gives shares.

    With the same budget and seed the coalitions are those of `estimate`: values that are
    remembered are not asked for again.
    """
    seen = _begun(values, n)
    for _ in drawn(values, seen, budget, seed, stepped=stepped):
        pass
    signs, even = seen.distinct(seen.even, seen.whole / 2)
    _, odd = seen.distinct(seen.odd, seen.whole / 2)
    few = slice(MOST_PAIRED + 1)
    return fit_pairs(signs[few], even[few], odd[few], index)


@dataclass
class _Seen:
    """What was evaluated: complements as signs with their odd part, and orders' contributions."""

    n: int
    whole: float
    signs: list[FloatArray] = field(default_factory=list)
    odd: list[FloatArray] = field(default_factory=list)
    even: list[FloatArray] = field(default_factory=list)
    means: list[FloatArray] = field(default_factory=list)
    dropped: int = 0

    def take(self, rows: BoolArray, ahead: FloatArray, behind: FloatArray) -> None:
        good = np.isfinite(ahead) & np.isfinite(behind)
        self.dropped += int((~good).sum())
        self.signs.append(np.where(rows[good], 1.0, -1.0))
        self.odd.append((ahead[good] - behind[good]) / 2)
        self.even.append((ahead[good] + behind[good]) / 2)

    def posterior(self) -> Posterior:
        return fit(*self.distinct(self.odd, self.whole / 2))

    def distinct(
        self, parts: list[FloatArray], everybody: float
    ) -> tuple[FloatArray, FloatArray]:
        """Signs and values without pairs seen twice; everybody first."""
        signs = np.vstack([np.ones((1, self.n)), *self.signs])[: MOST_FITTED + 1]
        found = np.concatenate([[everybody], *parts])[: MOST_FITTED + 1]
        _, first = np.unique(signs * signs[:, :1], axis=0, return_index=True)
        keep = np.concatenate([[0], np.sort(first[first > 0])])
        return signs[keep], found[keep]

    def check(self) -> tuple[FloatArray, FloatArray]:
        means = np.vstack(self.means) if self.means else np.zeros((0, self.n))
        if len(means) < 2:
            blank = np.full(self.n, np.nan)
            return (means[0] if len(means) else blank), blank
        return means.mean(axis=0), means.std(axis=0, ddof=1) / np.sqrt(len(means))


def estimate(
    values: Callable[[BoolArray], FloatArray], n: int, budget: int, *,
    width: float | None = None, seed: int = 1, stepped: bool = False,
) -> Estimate:
    """Shapley values with at most `budget` coalitions evaluated.

    Parameters
    ----------
    values
        Worth of coalitions given as rows (m, n) of booleans; NaN where one failed: its pair is
        left out and counted in `dropped`.
    budget
        Most coalitions to ask for, at least 4 n + 1 for a check with two pairs of orders.
    width
        Stop when every 95 % interval is at most so wide; None: spend the budget.
    stepped
        Draw the coalitions that a search with a `width` draws, stop when the budget is spent.
    """
    seen = _begun(values, n)
    for until in drawn(values, seen, budget, seed, stepped=stepped or width is not None):
        if until >= budget or width is not None:
            found = _judged(seen.posterior(), seen, width)
            if found.reached:
                break
    return found


def drawn(
    values: Callable[[BoolArray], FloatArray], seen: _Seen, budget: int, seed: int, *,
    stepped: bool = False,
) -> Iterator[int]:
    """Take coalitions in, and yield how many may have been asked for: the budget comes last.

    All at once, or `stepped`: then what was drawn up to a step is drawn again by a budget of it.
    """
    n, draw = seen.n, np.random.default_rng(seed)
    spent, look = 1, FIRST * n
    while True:
        until = min(budget, look) if stepped else budget
        spent += _batch(values, seen, until - spent, draw)
        if budget - spent < 2:
            until = budget
        yield until
        if until >= budget:
            return
        look = int(until * GROWTH)


def _begun(values: Callable[[BoolArray], FloatArray], n: int) -> _Seen:
    return _Seen(n, float(values(np.ones((1, n), bool))[0]))


def search(
    values: Callable[[BoolArray], FloatArray], n: int, budget: int, *, seed: int = 1,
    enough: Callable[[int], bool],
) -> int:
    """Ask for coalitions step by step until it is `enough`; at how many that was.

    `enough` is told after each step how many may have been asked for: an estimate with that budget,
    `stepped`, asks for the same. With values that the caller remembers, many games are estimated
    from what one search asked for.
    """
    seen = _begun(values, n)
    until = budget
    for until in drawn(values, seen, budget, seed, stepped=True):
        if until < budget and enough(until):
            break
    return until


def _batch(
    values: Callable[[BoolArray], FloatArray], seen: _Seen, room: int, draw: np.random.Generator
) -> int:
    """Evaluate up to `room` coalitions; how many were asked for."""
    n = seen.n
    each = 2 * (n - 1)
    rounds = max(int(CHECKED * room / each), min(2 - len(seen.means), room // each), 0)
    orders = Orders.draw(n, rounds, draw)
    along = orders.prefixes().reshape(-1, n)
    pairs = max(0, (room - rounds * each) // 2)
    rows = np.vstack([along, _spread(n, pairs, draw)])
    found = np.asarray(values(np.vstack([rows, ~rows])), np.float64)
    ahead, behind = found[: len(rows)], found[len(rows) :]
    if rounds:
        there, back = (x[: len(along)].reshape(rounds, n - 1) for x in (ahead, behind))
        means = orders.pair_means(there, back, seen.whole)
        seen.means += list(means[np.isfinite(means).all(axis=1)])
    if pairs:
        seen.take(rows[len(along) :], ahead[len(along) :], behind[len(along) :])
    seen.take(along, ahead[: len(along)], behind[: len(along)])
    return 2 * len(rows)


def _spread(n: int, pairs: int, draw: np.random.Generator) -> BoolArray:
    """Shape (pairs, n): coalitions of all sizes alike, every player in about as many."""
    sizes: IntArray = np.resize(draw.permutation(np.arange(1, n)), pairs)
    queue: list[int] = []
    rows = np.zeros((pairs, n), bool)
    for row, size in zip(rows, sizes, strict=True):
        if size > n // 2:
            row[:] = True
        few = min(int(size), n - int(size))
        while few:
            if not queue:
                queue = draw.permutation(n).tolist()
            k = queue.pop()
            if bool(row[k]) == (size > n // 2):
                row[k] = not row[k]
                few -= 1
            else:
                queue.insert(int(draw.integers(len(queue) + 1)), k)
                if len(set(queue)) == 1:
                    queue = draw.permutation(n).tolist()
    return rows


def _judged(posterior: Posterior, seen: _Seen, width: float | None) -> Estimate:
    check, check_se = seen.check()
    pairs = len(seen.means)
    agree = _agree(posterior, check, check_se, pairs)
    shares = posterior.mean if agree else check
    se = posterior.se if agree else check_se
    z = Z if agree else _student(pairs - 1)
    reached = width is not None and bool(2 * z * se.max() <= width)
    return Estimate(shares, se, check, check_se, z, agree, reached, seen.dropped)


def _student(freedom: int) -> float:
    from scipy.stats import t as student

    return float(student.ppf(0.975, freedom))


def _agree(posterior: Posterior, check: FloatArray, check_se: FloatArray, pairs: int) -> bool:
    """Whether the differences are such as chance gives: Student's t, Bonferroni over players."""
    if pairs < ENOUGH:
        return True
    from scipy.stats import t as student

    apart = np.abs(posterior.mean - check) / np.sqrt(posterior.se**2 + check_se**2 + 1e-300)
    likely = 2.0 * student.sf(apart, pairs - 1)
    return bool(likely.min() * len(check) >= DOUBT)
