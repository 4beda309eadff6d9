"""Facilities and programmes as frozen arrays, over the lines that lead to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tieline.region.model import Relevant, pairs_of
from tieline.transit.network import TransitNetwork, feed_digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUBJECTS = ("health", "library", "culture", "school")
TOPICS = tuple(f"services.{s}" for s in SUBJECTS)


@dataclass(frozen=True)
class Settings:
    """Section [services] of region.toml; minutes."""

    within: float
    catchment: float
    decay: str
    overlap: float
    show: float


@dataclass(frozen=True)
class Facilities:
    """Rows: subject (of SUBJECTS), place, owner, capacity; `admits` (n, n_jurisdictions).

    `days` (n, 7), Monday first, says when it is open; `closes` in seconds after midnight.
    """

    ids: tuple[str, ...]
    subject: NDArray[np.int64]
    point: NDArray[np.int64]
    owner: NDArray[np.int64]
    capacity: NDArray[np.float64]
    admits: NDArray[np.bool_]
    days: NDArray[np.bool_]
    closes: NDArray[np.int64]


@dataclass(frozen=True)
class Programmes:
    """Touring troupes: home and shows in a year."""

    ids: tuple[str, ...]
    owner: NDArray[np.int64]
    shows: NDArray[np.int64]
    names: tuple[str, ...] = ()
    names_zh: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class ServicesNetwork:
    """What a region offers its people, and the lines (transit) by which they come."""

    transit: TransitNetwork
    facilities: Facilities
    programmes: Programmes
    settings: Settings
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"ServicesNetwork({len(self.facilities.ids)} facilities over {self.transit!r})"

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Ids in the order of the rows of outcomes."""
        return self.transit.jurisdictions

    @property
    def silent(self) -> frozenset[str]:
        """Measures of subjects of which there is no facility, and of troupes if there are none."""
        given = set(self.facilities.subject.tolist())
        none = {f"{s}_{m}" for k, s in enumerate(SUBJECTS) if k not in given
                for m in ("near", "capacity", "minutes")}
        if SUBJECTS.index("library") not in given:
            none.add("titles")
        if not self.programmes.ids:
            none.add("shows")
        return frozenset(none)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every array and setting, the lines' included."""
        h: Any = hashlib.sha256(self.transit.digest.encode())
        for part in (self.facilities, self.programmes, self.settings):
            feed_digest(h, part)
        return str(h.hexdigest())

    @cached_property
    def relevant(self) -> Relevant:
        """Entitlement by subject, and all that the lines can feel."""
        lines = self.transit.relevant
        pairs = set(lines.open)
        living = set(self.transit.points.jurisdiction[self.transit.points.population > 0].tolist())
        for k, subject in enumerate(TOPICS):
            mine = self.facilities.subject == k
            owners = set(self.facilities.owner[mine].tolist())
            if k == SUBJECTS.index("culture"):
                owners |= set(self.programmes.owner.tolist())
            seen = (living | owners) - {-1} if owners else set()
            pairs |= {(subject, a, b) for a, b in pairs_of(self.jurisdictions[j] for j in seen)}
        return Relevant(frozenset(pairs), lines.projects, lines.scenarios)
