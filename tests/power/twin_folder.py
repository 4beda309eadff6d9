"""The tables of a region folder, read with nothing but the standard library."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]

TABLES = ("bus", "source", "transformer", "branch", "switch", "load", "generator", "shunt", "level")
SETTINGS = {
    "v_min_pu": 0.93, "v_max_pu": 1.07, "i_max_percent": 100.0, "operate_remote_min": 1.0,
    "operate_manual_min": 5.0, "travel_manual_min": 30.0, "coordination_min": 15.0,
}


def number(row: Row, name: str, default: float = 0.0) -> float:
    text = row.get(name, "")
    return float(text) if text else default


def read_rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Folder:
    """The tables of a region folder as lists of rows, and its settings."""

    path: Path
    tables: Mapping[str, list[Row]]
    jurisdictions: tuple[str, ...]
    settings: Mapping[str, float]
    scenarios: Mapping[str, Row]

    @classmethod
    def read(cls, path: Path) -> Folder:
        raw = tomllib.loads((path / "region.toml").read_text(encoding="utf-8"))
        return cls(
            path,
            {name: read_rows(path / "power" / f"{name}.csv") for name in TABLES},
            tuple(j["id"] for j in raw["jurisdiction"]),
            {**SETTINGS, **raw.get("power", {})},
            {row["id"]: row for row in read_rows(path / "scenarios.csv")},
        )

    def existing(self, table: str, built: frozenset[str]) -> list[Row]:
        """Rule 2: its project is empty or built, its unless_project empty or not built."""
        return [
            row for row in self.tables[table]
            if row.get("project", "") in built | {""}
            and row.get("unless_project", "") not in built - {""}
        ]

    def levels(self, scenario: str = "base") -> list[tuple[float, float, float]]:
        """Share of the year, factor on loads, factor on generators."""
        row = self.scenarios.get(scenario, {})
        more = number(row, "load_factor", 1.0), number(row, "generation_factor", 1.0)
        rows = self.tables["level"] or [{"hours_per_yr": "8760", "load_factor": "1"}]
        total = sum(number(r, "hours_per_yr") for r in rows)
        return [
            (number(r, "hours_per_yr") / total, number(r, "load_factor") * more[0],
             number(r, "generation_factor", 1.0) * more[1])
            for r in rows
        ]
