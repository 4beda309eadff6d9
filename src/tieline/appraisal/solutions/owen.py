"""The Owen value: players within unions - counties within provinces, projects within kinds.

Owen 1977: orders of joining in which the members of a union follow one another. First unions share
as players, then each union's members share what the union gets: for union k the inner game is
w(T) = sum over sets H of other unions of |H|!(m-1-|H|)!/m! [v(H and T) - v(H)], and the Owen value
of its members is the Shapley value of w. Only coalitions of whole unions and one part are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import membership, sizes
from tieline.appraisal.solutions.semivalues import shapley, shapley_weights
from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.region.model import FloatArray

MOST = 20
"""Most unions, and most members of a union: 2^20 coalitions each."""


def owen(values: Callable[[BoolArray], FloatArray], unions: Sequence[Sequence[int]]) -> FloatArray:
    """Shape (n,): shares of players in unions.

    Parameters
    ----------
    values
        Worth of coalitions given as rows (m, n) of booleans.
    unions
        Numbers of the players of each union; every player is in exactly one.
    """
    n = sum(len(u) for u in unions)
    if sorted(k for u in unions for k in u) != list(range(n)) or not all(unions):
        msg = "unions: every player belongs to exactly one"
        raise CaseError(msg)
    if max(len(unions), *(len(u) for u in unions)) > MOST:
        msg = f"unions: at most {MOST} of them and {MOST} players in each"
        raise CaseError(msg)
    shares = np.zeros(n)
    for k, union in enumerate(unions):
        others = [u for i, u in enumerate(unions) if i != k]
        shares[list(union)] = _within(values, union, others, n)
    return shares


def owen_evaluations(unions: Sequence[Sequence[int]]) -> int:
    """At most how many coalitions the Owen value asks for."""
    return sum(1 << (len(unions) - 1 + len(u)) for u in unions)


def _within(
    values: Callable[[BoolArray], FloatArray], union: Sequence[int],
    others: Sequence[Sequence[int]], n: int,
) -> FloatArray:
    m, b = len(others), len(union)
    joined = np.zeros((1 << m, n), bool)
    member = membership(m).astype(bool)
    for i, other in enumerate(others):
        joined[:, list(other)] = member[:, i : i + 1]
    part = np.zeros((1 << b, n), bool)
    part[:, list(union)] = membership(b).astype(bool)
    rows = (joined[:, None, :] | part[None, :, :]).reshape(-1, n)
    worth = values(rows).reshape(1 << m, 1 << b)
    weights = shapley_weights(m + 1)[sizes(m)]
    inner = weights @ worth
    return shapley(inner - inner[0])
