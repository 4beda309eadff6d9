"""Shares by two short rules that planners know: Gately's point and the tau value.

Both need only v(N), v(N - i) and v(i), that is 2n + 1 coalitions, for any number of players, and
the tau value all coalitions for the minimal rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import coalition_sums, n_players

if TYPE_CHECKING:
    from tieline.region.model import FloatArray


def utopia(table: FloatArray) -> FloatArray:
    """Shape (n,): v(N) - v(N - i), the most a player can claim."""
    n = n_players(table)
    return np.array([table[-1] - table[len(table) - 1 - (1 << k)] for k in range(n)])


def gately(table: FloatArray) -> FloatArray | None:
    """Shape (n,): equal propensity to disrupt (Gately 1974); None where it is not defined.

    A player who leaves costs the others v(N) - v(N - i) - x_i and itself x_i - v(i): the point
    makes the ratio of the two the same for all. Everybody gets v(i) plus a share of what is
    gained, in proportion to utopia less v(i).
    """
    n = n_players(table)
    alone = np.array([table[1 << k] for k in range(n)])
    claims = utopia(table) - alone
    whole = float(claims.sum())
    spare = float(table[-1] - alone.sum())
    if whole <= 0.0:
        return alone if spare == 0.0 and whole == 0.0 else None
    return np.asarray(alone + claims / whole * spare)


def minimal_rights(table: FloatArray) -> FloatArray:
    """Shape (n,): the most left to i in any group after the others got their utopia."""
    n = n_players(table)
    left = table - coalition_sums(utopia(table))
    masks = np.arange(len(table))
    best = utopia(table)
    return np.array([left[(masks >> k & 1) == 1].max() + best[k] for k in range(n)])


def tau(table: FloatArray) -> FloatArray | None:
    """Shape (n,): between minimal rights and utopia (Tijs 1981); None if not quasi-balanced."""
    low, high = minimal_rights(table), utopia(table)
    slack = 1e-9 * max(float(np.abs(table).max()), 1e-300)
    if np.any(low > high + slack) or not low.sum() - slack <= table[-1] <= high.sum() + slack:
        return None
    width = float(high.sum() - low.sum())
    share = 0.0 if width <= slack else float(table[-1] - low.sum()) / width
    return np.asarray(low + share * (high - low))
