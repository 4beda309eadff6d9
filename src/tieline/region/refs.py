"""References from table to table: every id that a `ref` column holds must be there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from tieline.region.cells import NEAREST_FOR, split
from tieline.region.expect import expected, nearest

if TYPE_CHECKING:
    from tieline.region.issues import Issues
    from tieline.region.tables import Column, Schema, Table

KeysOf = Callable[[str], Collection[str] | None]
"""The ids of a table by its name: () if there is no such table, None if it is unreadable."""


def check_refs(table: Table, schema: Schema, keys_of: KeysOf, issues: Issues) -> None:
    """Report each id that none of the tables its column refers to has."""
    for column in schema.columns:
        if column.type != "ref" or not column.refers:
            continue
        sets = [keys_of(name) for name in column.refers]
        known: set[str] = set()
        for keys in sets:
            if keys is None:
                break  # the table itself was reported; its ids are not known
            known.update(keys)
        else:
            _check_column(table, column, known, issues)


def _check_column(table: Table, column: Column, known: set[str], issues: Issues) -> None:
    values = table[column.name]
    strange = set(values) - known - {""}
    parts = {v: split(v) if column.many else [v] for v in strange}
    wrong = {v: [p for p in ps if p not in known] for v, ps in parts.items()}
    if not any(wrong.values()):
        return
    if not known:
        tables = " or ".join(column.refers)
        issues.error(
            table.file, f"rows of {tables} to refer to", "none", field=column.name
        )
        return
    hints: dict[str, str] = {}
    for value, row in zip(values, table.rows, strict=True):
        for part in wrong.get(value, ()):
            if part not in hints:
                hints[part] = nearest(part, known) if len(hints) < NEAREST_FOR else ""
            issues.error(
                table.file, expected(column), f"'{part}'{hints[part]}",
                row=int(row), field=column.name,
            )
