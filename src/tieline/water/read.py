"""From the tables of a region folder to a `WaterNetwork`, with every problem named."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.cells import split
from tieline.region.issues import Issues
from tieline.region.rows import Rows
from tieline.region.tables import Column, Schema, Table, load_schema
from tieline.water.network import Settings, WaterNetwork
from tieline.water.plausible import check_plausible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tieline.region.folder import RegionFolder

TABLES = (
    "curve", "profile", "series", "node", "reach", "gate", "pump", "rule", "boundary", "tide",
    "season", "item", "inflow_item", "source", "load", "abatement", "section", "target",
    "agreement", "observation", "intake", "depot", "landing", "boat", "hotspot", "spill",
)
REPEATING = ("curve", "profile", "series", "rule", "agreement")
"""Tables whose ids repeat: several rows together are one thing."""


@cache
def schemas() -> dict[str, Schema]:
    """The schema of every native table, and of the settings, by name."""
    folder = Path(__file__).parent / "tables"
    return {name: load_schema(folder / f"{name}.toml") for name in (*TABLES, "settings")}


def read_network(folder: RegionFolder, issues: Issues) -> WaterNetwork | None:
    """Read water/*.csv (or Parquet, or Excel); None if anything in them is unusable."""
    before = len(issues.errors)
    tables = {name: folder.table(f"water/{name}", schemas()[name], issues) for name in TABLES}
    settings = folder.settings("water", schemas()["settings"], issues)
    if len(issues.errors) > before:
        return None
    region = folder.region
    index: dict[str, dict[str, int]] = {
        "jurisdictions": _numbered([j.id for j in region.jurisdictions]),
        "projects": _numbered([p.id for p in region.projects]),
    }
    for name, table in tables.items():
        if table is not None and "id" in table.columns:
            index[f"water/{name}"] = _numbered([str(x) for x in table["id"]])
    network = WaterNetwork(
        jurisdictions=tuple(index["jurisdictions"]),
        projects=tuple(index["projects"]),
        tables={name: _rows(schemas()[name], t, index) for name, t in tables.items()},
        names={name: tuple(index.get(f"water/{name}", ())) for name in REPEATING},
        settings=Settings(**{n: float(settings[n]) for n in Settings.__dataclass_fields__}),
        scenarios=tuple(region.scenarios.values()),
        currency=region.currency,
        statuses={f"water/{n}": _count(t) for n, t in tables.items() if t is not None},
    )
    network = _with_owners(network)
    check_plausible(network, tables, issues)
    return network if len(issues.errors) == before else None


def open_waters(path: str | Path) -> WaterNetwork:
    """The waters of a region folder by themselves; InputError with every problem found."""
    from tieline.region.read import read_region_folder

    issues = Issues()
    folder = read_region_folder(Path(path), issues)
    network = None if folder is None else read_network(folder, issues)
    issues.stop()
    assert network is not None  # noqa: S101 - without issues there is a network
    return network


def _numbered(ids: Sequence[str]) -> dict[str, int]:
    """The number of each id, in the order of first appearance."""
    found: dict[str, int] = {}
    for name in ids:
        found.setdefault(name, len(found))
    return found


def _rows(schema: Schema, table: Table | None, index: Mapping[str, dict[str, int]]) -> Rows:
    """A table with references as numbers; an absent one has no rows."""
    n = 0 if table is None else len(table)
    columns: dict[str, NDArray[Any]] = {}
    for column in schema.columns:
        if column.name in ("id", "project", "unless_project", "status", "source"):
            continue
        values = _empty(column) if table is None else table[column.name]
        if column.type == "ref":
            values = _numbers(values, column, index)
            if len(column.refers) > 1 and table is not None:
                columns[f"{column.name}_kind"] = _kinds(table[column.name], column, index)
        columns[column.name] = values
    ids = np.empty(n, object)
    if table is not None and "id" in table.columns:
        ids[:] = [str(x) for x in table["id"]]
    none = np.full(n, -1, np.int64)
    has = table is not None and "project" in table.columns
    projects = [
        np.array([index["projects"].get(str(x), -1) for x in table[c]], dtype=np.int64)
        if has and table is not None else none for c in ("project", "unless_project")
    ]
    return Rows(ids, columns, *projects)


def _empty(column: Column) -> NDArray[Any]:
    kinds: dict[str, Any] = {
        "number": np.float64, "integer": np.int64, "flag": np.bool_, "datetime": "datetime64[s]",
    }
    return np.empty(0, kinds.get(column.type, object))


def _numbers(
    values: NDArray[Any], column: Column, index: Mapping[str, dict[str, int]]
) -> NDArray[Any]:
    """Row numbers of ids, -1 where empty; tuples of them where a cell holds several."""
    known: dict[str, int] = {}
    for name in reversed(column.refers):
        known |= index.get(name, {})
    if not column.many:
        return np.array([known.get(str(x), -1) for x in values], dtype=np.int64)
    out = np.empty(len(values), object)
    out[:] = [tuple(known[part] for part in split(str(x))) for x in values]
    return out


def _kinds(
    values: NDArray[Any], column: Column, index: Mapping[str, dict[str, int]]
) -> NDArray[Any]:
    """Which of several tables each id stands in ("gate", "pump")."""
    out = np.empty(len(values), object)
    out[:] = [
        next((t.rpartition("/")[2] for t in column.refers if str(x) in index.get(t, {})), "")
        for x in values
    ]
    return out


def _with_owners(network: WaterNetwork) -> WaterNetwork:
    """Fill empty owners of reaches: left as the node it begins at, right as left."""
    reaches = network.reaches
    own = network.nodes["jurisdiction"]
    left, right = reaches["jurisdiction_left"], reaches["jurisdiction_right"]
    if len(reaches):
        left = np.where(left >= 0, left, own[reaches["from_node"]])
        right = np.where(right >= 0, right, left)
    columns = {**reaches.columns, "jurisdiction_left": left, "jurisdiction_right": right}
    tables = {
        **network.tables, "reach": Rows(reaches.ids, columns, reaches.project, reaches.unless)
    }
    return WaterNetwork(**{**network.__dict__, "tables": tables})


def _count(table: Table) -> dict[str, int]:
    if "status" not in table.columns:
        return {}
    names, counts = np.unique(table["status"].astype(str), return_counts=True)
    return {str(n): int(c) for n, c in zip(names, counts, strict=True)}
