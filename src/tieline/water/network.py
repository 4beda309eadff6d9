"""The waters as frozen arrays: what the tables say, ids turned into numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.errors import CaseError
from tieline.region.model import Case, Pair, Relevant, Scenario, pairs_of

if TYPE_CHECKING:
    from tieline.region.rows import Rows
    from tieline.water.grid import Grid

TOPICS = ("water.cleaning", "water.quality", "water.alarms", "water.gates")
OWNERS = ("jurisdiction", "jurisdiction_left", "jurisdiction_right")

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """Section [water] of region.toml.

    `dt_s` and `record_s` [s]: the step of the flow and how often it is kept; `days` of a run after
    `warmup_days` [d]; `cell_m` [m] the longest cell; `theta` (0.5 to 1) the weight of the new level
    (Casulli and Cattani 1994); `level_m` [m] at the start; `windage` the share of the wind's speed
    that debris drifts with; `cleaning_iterations` after which routes are taken as found;
    `left_cost_per_t` [money/t] what debris that is not fetched counts.
    """

    dt_s: float = 60.0
    record_s: float = 300.0
    days: float = 14.0
    warmup_days: float = 2.0
    cell_m: float = 1000.0
    theta: float = 0.6
    level_m: float = 0.0
    windage: float = 0.03
    cleaning_iterations: float = 1500.0
    left_cost_per_t: float = 2000.0


@dataclass(frozen=True, repr=False)
class WaterNetwork:
    """A region's waters, read once; every case is a set of masks over them.

    `tables` holds the rows of every table by name (`nodes`, `reaches` ... are short for the main
    ones). A column that refers to another table holds row numbers there (-1 = none); to a curve,
    a profile or a series, whose ids repeat, the number of the id in `names`. Jurisdictions are
    numbers in `jurisdictions`. A column that refers to several rows holds tuples of numbers.
    `statuses` counts, by table, what its rows rest on.
    """

    jurisdictions: tuple[str, ...]
    projects: tuple[str, ...]
    tables: Mapping[str, Rows]
    names: Mapping[str, tuple[str, ...]]
    settings: Settings
    scenarios: tuple[Scenario, ...] = ()
    currency: str = ""
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in self.tables.items() if len(rows))
        return f"WaterNetwork({', '.join(self.jurisdictions)}; rows: {counts})"

    @property
    def nodes(self) -> Rows:
        """Table `node`."""
        return self.tables["node"]

    @property
    def reaches(self) -> Rows:
        """Table `reach`."""
        return self.tables["reach"]

    @property
    def gates(self) -> Rows:
        """Table `gate`."""
        return self.tables["gate"]

    @property
    def pumps(self) -> Rows:
        """Table `pump`."""
        return self.tables["pump"]

    @property
    def sections(self) -> Rows:
        """Table `section`."""
        return self.tables["section"]

    @property
    def sources(self) -> Rows:
        """Table `source`."""
        return self.tables["source"]

    @property
    def boundaries(self) -> Rows:
        """Table `boundary`."""
        return self.tables["boundary"]

    def group(self, table: str) -> dict[str, NDArray[np.int64]]:
        """Rows of a table whose ids repeat (curve, profile, series, rule), by id, in order."""
        rows = self.tables[table]
        found: dict[str, list[int]] = {}
        for i, name in enumerate(rows.ids):
            found.setdefault(str(name), []).append(i)
        return {name: np.array(at, dtype=np.int64) for name, at in found.items()}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every array and setting."""
        h = hashlib.sha256()
        for name, rows in sorted(self.tables.items()):
            h.update(name.encode())
            rows.hash_into(h)
        rest = (self.jurisdictions, self.projects, sorted(self.names.items()), self.settings,
                self.scenarios, self.currency)
        h.update(repr(rest).encode())
        return h.hexdigest()

    @cached_property
    def grid(self) -> Grid:
        """The cells and faces of the computation, made once."""
        from tieline.water.grid import make_grid

        return make_grid(self)

    def __getstate__(self) -> dict[str, Any]:
        # What was derived is made again: the bytes are those of the tables alone.
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """Jurisdictions that own or answer for any part of the waters."""
        seen: set[int] = set()
        for rows in self.tables.values():
            for name in OWNERS:
                if name in rows.columns:
                    seen |= set(rows[name].tolist())
        return tuple(self.jurisdictions[j] for j in sorted(seen - {-1}))

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every border across which these waters can be shared, sorted."""
        return pairs_of(self.touched)

    @cached_property
    def relevant(self) -> Relevant:
        """What of a case these waters can feel."""
        used: set[int] = set()
        for rows in self.tables.values():
            used |= set(rows.project.tolist()) | set(rows.unless.tolist())
        return Relevant(
            open=frozenset((t, a, b) for t in TOPICS for a, b in self.pairs),
            projects=frozenset(self.projects[i] for i in used - {-1}),
            scenarios=frozenset(s.id for s in self.scenarios) | {"base"},
        )

    def built(self, case: Case) -> Mask:
        """Mask over `projects`."""
        return np.array([p in case.built for p in self.projects], dtype=bool)

    def exist(self, table: str, case: Case) -> Mask:
        """Which rows of a table exist in a case (rule 2)."""
        return self.tables[table].exist(self.built(case))

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

    def owners(self, table: str, row: int) -> tuple[int, ...]:
        """Numbers of the jurisdictions that own or answer for a row, sorted."""
        rows = self.tables[table]
        found = {int(rows[name][row]) for name in OWNERS if name in rows.columns}
        return tuple(sorted(found - {-1}))

    def touches(self, table: str, row: int) -> tuple[str, ...]:
        """Ids of the jurisdictions a row touches: its owners, and those at its ends (rule 1)."""
        rows = self.tables[table]
        found = set(self.owners(table, row))
        for name in ("from_node", "to_node"):
            if name in rows.columns:
                found.add(int(self.nodes["jurisdiction"][rows[name][row]]))
        return tuple(self.jurisdictions[j] for j in sorted(found))
