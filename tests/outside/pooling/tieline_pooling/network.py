"""What each jurisdiction needs and what a piece costs, as arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tieline.region.model import FloatArray, Relevant, pairs_of

TOPIC = "equipment"


@dataclass(frozen=True)
class PoolingNetwork:
    """Needs of shape (n_jurisdictions, n_times) [pieces]; offers (cost, project, unless)."""

    jurisdictions: tuple[str, ...]
    needs: FloatArray
    offers: tuple[tuple[float, str, str], ...]

    def __post_init__(self) -> None:
        self.needs.setflags(write=False)

    @property
    def digest(self) -> str:
        """Hash of everything the network holds."""
        text = repr((self.jurisdictions, self.needs.shape, self.offers)).encode()
        return hashlib.sha256(text + self.needs.tobytes()).hexdigest()

    @property
    def relevant(self) -> Relevant:
        """Pairs of those who need anything, and the projects that offers name."""
        users = [j for j, row in zip(self.jurisdictions, self.needs, strict=True) if row.any()]
        links = frozenset((TOPIC, a, b) for a, b in pairs_of(users))
        named = {p for _, *both in self.offers for p in both if p}
        return Relevant(links, frozenset(named))
