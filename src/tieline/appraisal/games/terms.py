"""Sums of small games: exact for any number of players, through their unanimity terms.

A game is a sum of unanimity games u_T (1 if all of T are in) with Harsanyi's dividends as
coefficients. Where the engine can name small terms - a pair of towns served by a few links - every
linear solution of the whole follows term by term, for hundreds of players in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import n_players
from tieline.appraisal.games.transforms import moebius
from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray, IntArray
    from tieline.region.model import FloatArray

MAX_TERM = 20
"""Most players of one term: its 2^20 dividends are computed."""


@dataclass(frozen=True)
class Term:
    """A small game: its players, and a table of 2^k values by its own bitmask."""

    players: tuple[str, ...]
    table: FloatArray


@dataclass(frozen=True)
class Sum:
    """Unanimity terms of a game among n players.

    `dividends` has shape (m,); term t is the players `member[start[t]:start[t + 1]]`.
    """

    n: int
    dividends: FloatArray
    member: IntArray
    start: IntArray

    @classmethod
    def of(
        cls, players: Sequence[str],
        terms: Sequence[Term | tuple[Sequence[str], Sequence[float] | float]],
    ) -> Sum:
        """The sum of terms; CaseError for a player that does not play or a wrong table."""
        place = {p: k for k, p in enumerate(players)}
        total: dict[tuple[int, ...], float] = {}
        for term in terms:
            names, worth = (term.players, term.table) if isinstance(term, Term) else term
            unknown = [p for p in names if p not in place]
            if unknown:
                msg = f"a term names players that do not play: {', '.join(unknown)}"
                raise CaseError(msg)
            for chosen, dividend in _unanimity([place[p] for p in names], worth):
                total[chosen] = total.get(chosen, 0.0) + dividend
        kept = {t: d for t, d in total.items() if d}
        lengths = [len(t) for t in kept]
        return cls(
            len(players), np.array(list(kept.values()), np.float64),
            np.array([k for t in kept for k in t], np.int64),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )

    @property
    def lengths(self) -> IntArray:
        """Shape (m,): players of each term."""
        return np.diff(self.start)

    def values(self, rows: BoolArray) -> FloatArray:
        """Shape (m,): worth of the coalitions of rows of booleans."""
        if not len(self.dividends):
            return np.zeros(len(rows))
        worth = np.empty(len(rows))
        step = max(1, (1 << 24) // max(len(self.member), 1))
        for k in range(0, len(rows), step):
            inside = np.asarray(rows[k : k + step], bool)[:, self.member]
            whole = np.logical_and.reduceat(inside, self.start[:-1], axis=1)
            worth[k : k + step] = whole @ self.dividends
        return worth

    def table(self) -> FloatArray:
        """Shape (2^n,): worth by bitmask."""
        table = np.zeros(1 << self.n)
        if len(self.member):
            bits = np.add.reduceat(1 << self.member, self.start[:-1])
            np.add.at(table, bits, self.dividends)
        return moebius(table, inverse=True)

    def shared(self, credit: FloatArray) -> FloatArray:
        """Shape (n,): `credit` of each term given to each of its players."""
        each = np.repeat(credit, self.lengths)
        return np.asarray(np.bincount(self.member, each, minlength=self.n), np.float64)

    def pairs(self, credit: FloatArray) -> FloatArray:
        """Shape (n, n): `credit` of each term given to each pair of its players."""
        total = np.zeros((self.n, self.n))
        for length in np.unique(self.lengths):
            if length < 2:
                continue
            of = np.flatnonzero(self.lengths == length)
            inside = self.member[self.start[of][:, None] + np.arange(length)]
            for a in range(length):
                for b in range(length):
                    if a != b:
                        np.add.at(total, (inside[:, a], inside[:, b]), credit[of])
        return total


def _unanimity(
    numbers: Sequence[int], worth: Sequence[float] | FloatArray | float
) -> list[tuple[tuple[int, ...], float]]:
    """Dividends of a term by the sorted numbers of its players."""
    if len(set(numbers)) != len(numbers) or not numbers or len(numbers) > MAX_TERM:
        msg = f"a term has 1 to {MAX_TERM} different players, found {len(numbers)}"
        raise CaseError(msg)
    table = np.asarray(worth, np.float64)
    if not np.isfinite(table).all():
        msg = "the values of a term must be finite"
        raise CaseError(msg)
    if table.ndim == 0:
        return [(tuple(sorted(numbers)), float(table))]
    if table.shape != (1 << len(numbers),) or table[0] != 0.0:
        msg = f"a term of {len(numbers)} players needs {1 << len(numbers)} values, the first 0"
        raise CaseError(msg)
    dividends = moebius(table)
    n = n_players(table)
    return [
        (tuple(sorted(numbers[k] for k in range(n) if mask >> k & 1)), float(dividends[mask]))
        for mask in np.flatnonzero(dividends)
    ]
