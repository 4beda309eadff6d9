"""Failure data for grids that come without any, from one published educational system.

The values are those of the RBTS distribution networks: R. N. Allan, R. Billinton, I. Sjarief,
L. Goel, K. S. So, "A reliability test system for educational purposes - basic distribution
system data and results", IEEE Transactions on Power Systems 6(2), 1991, table of component data
for 11 kV lines and cables, 33/11 kV and 11/0.415 kV transformers (the latter with replacement
by a spare). They are an order of magnitude, not a statement about the grid that is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SOURCE = "assumed as in RBTS (Allan et al. 1991)"


@dataclass(frozen=True)
class Typical:
    """A failure rate, per km and year or per year, and the hours until repaired or replaced."""

    rate: float
    repair_h: float


LINES: Mapping[str, Typical] = MappingProxyType({
    "overhead": Typical(0.065, 5.0),
    "cable": Typical(0.040, 30.0),
})
"""By kind of branch; the rate is per km and year. Links do not fail."""

SUBSTATION_TRANSFORMER = Typical(0.015, 15.0)
CUSTOMER_TRANSFORMER = Typical(0.015, 10.0)
