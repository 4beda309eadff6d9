"""Schemas by the name a user gives the table: those of the region, and those of each engine."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from tieline.region.tables import Schema, load_schema

NAMES = ("region", "jurisdictions", "projects", "scenarios", "values", "budgets", "impacts",
         "incidents")
IN_REGION_FILE = ("region", "jurisdictions", "settings")
"""Schemas of what stands in region.toml rather than in a table."""


@cache
def region_schemas() -> dict[str, Schema]:
    """Every schema of the region by name; `region` and `jurisdictions` stand in region.toml."""
    folder = Path(__file__).parent
    return {name: load_schema(folder / f"{name}.toml") for name in NAMES}


def engine_schemas() -> dict[str, Schema]:
    """Schemas of every installed engine, such as "power/bus", without loading the engine.

    They are the TOML files in the folder `tables` beside the engine's module.
    """
    found: dict[str, Schema] = {}
    for entry in sorted(entry_points(group="tieline.engines"), key=lambda e: e.name):
        folder = _home(entry) / "tables"
        for path in sorted(folder.glob("*.toml")):
            found[f"{entry.name}/{path.stem}"] = load_schema(path)
    return found


def _home(entry: EntryPoint) -> Path:
    package = entry.module.rpartition(".")[0]
    spec = find_spec(package or entry.module)
    if spec is None or spec.origin is None:
        return Path("no such module")
    return Path(spec.origin).parent


def table_schemas() -> dict[str, Schema]:
    """Every table a region may hold, the region's own first."""
    every = region_schemas() | engine_schemas()
    return {n: s for n, s in every.items() if n.rpartition("/")[2] not in IN_REGION_FILE}
