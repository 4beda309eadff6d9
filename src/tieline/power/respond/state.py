"""What differs from the normal state when an incident begins, and the names of assets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.errors import CaseError
from tieline.power.read import schemas
from tieline.region.expect import nearest
from tieline.region.parse import parse
from tieline.region.readers import read_csv, read_parquet

if TYPE_CHECKING:
    from tieline.power.network import PowerNetwork
    from tieline.region.issues import Issues

TABLES = ("branch", "transformer", "switch", "source", "bus", "load", "generator")
"""Where an asset is looked for."""


@dataclass(frozen=True)
class State:
    """Conditions of assets, "open", "closed" or "out_of_service"; all others are as normal."""

    conditions: tuple[tuple[str, str], ...] = ()


def read_state(path: Path | str, network: PowerNetwork, issues: Issues) -> State | None:
    """A state file (CSV or Parquet, table `power/state`); None if anything in it is wrong."""
    file = Path(path)
    before = len(issues.errors)
    reader = read_parquet if file.suffix == ".parquet" else read_csv
    raw = reader(file, file.name, issues)
    table = parse(raw, schemas()["state"], issues) if raw is not None else None
    if table is None or len(issues.errors) > before:
        return None
    seen: dict[str, tuple[str, int]] = {}
    for asset, condition, row in zip(
        table["asset"], table["condition"], table.rows.tolist(), strict=True
    ):
        name, what = str(asset), str(condition)
        found = find_assets(network, name)
        if not found:
            issues.error(
                file.name, "an asset of the grid", f"'{name}'{offer(network, name)}", row=row,
                field="asset",
            )
        elif what != "out_of_service" and found[0][0] != "switch":
            issues.error(
                file.name, f"out_of_service for a {found[0][0]} (only a switch has a position)",
                f"'{what}' for '{name}'", row=row, field="condition",
            )
        if name in seen and seen[name][0] != what:
            issues.error(
                file.name, f"'{seen[name][0]}', as in row {seen[name][1]} for '{name}'",
                f"'{what}'", row=row, field="condition",
            )
        seen.setdefault(name, (what, row))
    if len(issues.errors) > before:
        return None
    return State(tuple((name, what) for name, (what, _) in seen.items()))


def find_assets(network: PowerNetwork, name: str) -> list[tuple[str, int]]:
    """Table and row of every asset of this id; "branch:ID" looks in one table only."""
    tables = network.tables()
    table, colon, rest = name.partition(":")
    if colon and table in TABLES:
        return [(table, k) for k in _rows(network, table, rest)]
    return [(t, k) for t in TABLES if t in tables for k in _rows(network, t, name)]


def _rows(network: PowerNetwork, table: str, name: str) -> list[int]:
    ids = network.tables()[table].ids
    return [int(k) for k in (ids == name).nonzero()[0]] if len(ids) else []


def offer(network: PowerNetwork, name: str) -> str:
    """The nearest names, for a message."""
    tables = network.tables()
    return nearest(name, [str(i) for t in TABLES for i in tables[t].ids])


def _examples(network: PowerNetwork) -> str:
    """Some ids there are, for a name that is like none of them."""
    tables = network.tables()
    some = [f"'{tables[t].ids[0]}' ({t})" for t in TABLES if t in tables and len(tables[t].ids)]
    return f"; ids stand in the tables power/*, such as {', '.join(some[:4])}" if some else ""


def the_asset(network: PowerNetwork, name: str) -> tuple[str, int]:
    """Table and row of an asset; CaseError, with the nearest names, if there is none or several."""
    found = find_assets(network, name)
    if not found:
        msg = f"unknown asset '{name}'{offer(network, name) or _examples(network)}"
        raise CaseError(msg)
    if len(found) > 1:
        names = " or ".join(f"'{t}:{name}'" for t, _ in found)
        msg = f"asset '{name}' is in several tables; write {names}"
        raise CaseError(msg)
    return found[0]
