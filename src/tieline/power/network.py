"""The grid as frozen arrays: what the tables say, ids turned into numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tieline.errors import CaseError
from tieline.power.fragility import Fragility
from tieline.power.response import Response
from tieline.region.model import Case, Pair, Relevant, Scenario, pairs_of
from tieline.region.rows import Rows

TOPIC = "power"
__all__ = ["TOPIC", "Level", "PowerNetwork", "Rows", "Settings"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Settings:
    """Section [power] of region.toml, times in hours."""

    v_min_pu: float
    v_max_pu: float
    i_max_share: float
    operate_remote_h: float
    operate_manual_h: float
    travel_manual_h: float
    coordination_h: float


@dataclass(frozen=True)
class Level:
    """A slice of the year: its share (sums to 1) and the factors on loads and generators."""

    id: str
    share: float
    load_factor: float
    generation_factor: float


@dataclass(frozen=True, repr=False)
class PowerNetwork:
    """A region's grid, read once; every case is a set of masks over it.

    Bus columns hold indices of jurisdictions; branch, switch and the other tables hold indices of
    buses. `touched` are the jurisdictions of buses, sources and switches: what borders can cut.
    """

    jurisdictions: tuple[str, ...]
    projects: tuple[str, ...]
    buses: Rows
    sources: Rows
    transformers: Rows
    branches: Rows
    switches: Rows
    loads: Rows
    generators: Rows
    shunts: Rows
    levels: tuple[Level, ...]
    settings: Settings
    scenarios: tuple[Scenario, ...]
    response: Response = field(default_factory=Response)
    fragility: Fragility = field(default_factory=Fragility)
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in self.tables().items())
        return f"PowerNetwork({', '.join(self.jurisdictions)}; rows: {counts})"

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every array and setting."""
        h = hashlib.sha256()
        for f in fields(self):
            value = getattr(self, f.name)
            h.update(f.name.encode())
            if isinstance(value, Rows):
                for name, column in (
                    ("ids", value.ids), ("project", value.project), ("unless", value.unless),
                    *sorted(value.columns.items()),
                ):
                    h.update(name.encode())
                    if column.dtype == object:
                        h.update("\x1f".join(map(str, column)).encode())
                    else:
                        h.update(np.ascontiguousarray(column).tobytes())
            else:
                h.update(repr(value).encode())
        return h.hexdigest()

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """Jurisdictions that own or hold any part of the grid."""
        seen = np.concatenate([
            self.buses["jurisdiction"], self.sources["jurisdiction"],
            self.switches["jurisdiction"], self.switches["authority"],
        ])
        return tuple(self.jurisdictions[j] for j in np.unique(seen[seen >= 0]))

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every border that a tie of this grid could cross, sorted."""
        return pairs_of(self.touched)

    @cached_property
    def relevant(self) -> Relevant:
        """What of a case this grid can feel."""
        used: set[int] = set()
        for rows in self.tables().values():
            used |= set(rows.project[rows.project >= 0].tolist())
            used |= set(rows.unless[rows.unless >= 0].tolist())
        return Relevant(
            open=frozenset((TOPIC, a, b) for a, b in self.pairs),
            projects=frozenset(self.projects[i] for i in used),
            scenarios=frozenset(s.id for s in self.scenarios) | {"base"},
        )

    def tables(self) -> dict[str, Rows]:
        """The tables by the name of their file."""
        return {
            "bus": self.buses, "source": self.sources, "transformer": self.transformers,
            "branch": self.branches, "switch": self.switches, "load": self.loads,
            "generator": self.generators, "shunt": self.shunts,
        }

    def built(self, case: Case) -> NDArray[np.bool_]:
        """Mask over `projects`."""
        return np.array([p in case.built for p in self.projects], dtype=bool)

    def scenario(self, case: Case) -> Scenario:
        """The scenario of the case; "base" without a row is the plain one, CaseError if unknown."""
        for scenario in self.scenarios:
            if scenario.id == case.scenario:
                return scenario
        if case.scenario != Scenario().id:
            known = ", ".join(sorted({Scenario().id, *(s.id for s in self.scenarios)}))
            problem = f"unknown scenario '{case.scenario}'; known: {known}"
            raise CaseError(problem)
        return Scenario()
