"""Interactions of pairs: which players are complements, which substitutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.appraisal.games.coalitions import n_players
from tieline.appraisal.solutions.semivalues import (
    bii_weights,
    pair_interactions,
    sii_weights,
    stii_weights,
)

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

WEIGHTS = {"SII": sii_weights, "STII": stii_weights, "BII": bii_weights}
"""Index -> weights on how many others have joined."""


def interactions(table: FloatArray, index: str = "SII") -> FloatArray:
    """Shape (n, n): interaction of every two players of a table; 0 on the diagonal."""
    n = n_players(table)
    return pair_interactions(table, WEIGHTS[index](n) if n > 1 else table[:0])
