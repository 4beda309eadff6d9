"""Weighted majorities, exact for any number of voters by counting sets of votes.

Estimates fail on votes: almost every coalition is worth 0 or 1 and what a player adds is rare.
Counting by generating functions (Cantor; Mann and Shapley 1962) needs n times n times the votes
instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.game import Game
from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.region.model import FloatArray

MOST_VOTES = 100_000


def voting_game(players: Sequence[str], votes: Sequence[int], quota: int) -> Game:
    """Worth 1 for coalitions with at least the quota of votes."""
    _check(votes, quota)
    rights = dict(zip(players, votes, strict=True))
    return Game(
        tuple(players), lambda chosen: float(sum(rights[p] for p in chosen) >= quota), "1"
    )


def voting_rows(rows: BoolArray, votes: Sequence[int], quota: int) -> FloatArray:
    """Shape (m,): 1 where the coalitions of rows (m, n) have the quota."""
    return np.asarray((np.asarray(rows) @ np.asarray(votes) >= quota).astype(np.float64))


def voting_power(votes: Sequence[int], quota: int) -> tuple[FloatArray, FloatArray]:
    """Shapley-Shubik and Banzhaf indices, each of shape (n,), exact but for rounding.

    CaseError if votes or the quota are not whole numbers >= 0, or there are too many votes.
    """
    _check(votes, quota)
    n, total = len(votes), int(sum(votes))
    ways = np.zeros((n + 1, total + 1), dtype=object)
    ways[0, 0] = 1
    for v in votes:
        _join(ways, int(v))
    shapley, banzhaf = np.zeros(n), np.zeros(n)
    for i, v in enumerate(map(int, votes)):
        others = _without(ways, v)
        low, high = max(quota - v, 0), quota
        pivots = [sum(others[s, low:high]) for s in range(n)]
        shapley[i] = float(sum(
            p / (n * comb(n - 1, s)) for s, p in enumerate(pivots) if p
        ))
        banzhaf[i] = sum(pivots) / 2 ** (n - 1)
    return shapley, banzhaf


def _join(ways: FloatArray, votes: int) -> None:
    """Count sets with one more voter, by size and votes."""
    end = ways.shape[1] - votes
    ways[1:, votes:] = ways[1:, votes:] + ways[:-1, :end]


def _without(ways: FloatArray, votes: int) -> FloatArray:
    """Counts of sets of the other voters."""
    left = ways.copy()
    for s in range(1, len(left)):
        left[s, votes:] = ways[s, votes:] - left[s - 1, : ways.shape[1] - votes]
    return left


def _check(votes: Sequence[int], quota: int) -> None:
    if any(v < 0 or int(v) != v for v in votes) or quota < 1 or int(quota) != quota:
        msg = "votes and quota: expected whole numbers >= 0, and a quota of at least 1"
        raise CaseError(msg)
    if sum(votes) > MOST_VOTES:
        msg = f"{int(sum(votes))} votes are more than can be counted: at most {MOST_VOTES}"
        raise CaseError(msg)
