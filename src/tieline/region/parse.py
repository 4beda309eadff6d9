"""From cells to a typed table by its schema: every problem with file, row, field and unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.cells import (
    CONVERT,
    Anything,
    Cells,
    RefusedError,
    as_text,
    one_number,
)
from tieline.region.expect import expected, meant, nearest
from tieline.region.tables import Column, Schema, Table

if TYPE_CHECKING:
    from tieline.region.issues import Issues
    from tieline.region.readers import RawTable


def parse(raw: RawTable, schema: Schema, issues: Issues) -> Table:
    """The typed table. Problems go to `issues`; where there are any, do not use the table."""
    columns: dict[str, Anything] = {}
    for column in schema.columns:
        given = raw.columns.get(column.name)
        if given is None:
            if column.required or column.name == schema.key:
                report_missing(raw, column, schema, issues)
            given = [""] * len(raw)
            column = replace(column, required=False)
        columns[column.name] = CONVERT[column.type](
            Cells(raw.file, column, given, raw.rows, issues)
        )
    if schema.key in raw.columns:
        report_duplicates(raw, schema.key, columns[schema.key], issues)
    for name in report_unknown(raw, schema, issues):
        columns[name] = further(raw.columns[name])
    if schema.required and len(raw) == 0:
        issues.error(raw.file, "at least one row", "only the column names")
    for values in columns.values():
        values.setflags(write=False)
    return Table(
        schema.name, columns, raw.file, np.array(raw.rows, dtype=np.int64),
        {c.name: c.unit for c in schema.columns if c.unit},
    )


def report_missing(raw: RawTable, column: Column, schema: Schema, issues: Issues) -> None:
    """A column that must be there is not: name the unknown one most like it."""
    known = {c.name for c in schema.columns}
    unknown = [n for n in raw.columns if n not in known]
    issues.error(
        raw.file, f"this column ({expected(column)})",
        f"no such column{nearest(column.name, unknown)}", field=column.name,
    )


def report_unknown(raw: RawTable, schema: Schema, issues: Issues) -> list[str]:
    """The columns that the schema does not name but keeps; of the others each is reported.

    One that looks like an absent column is an error: its default would be taken without a word.
    """
    known = [c.name for c in schema.columns]
    silent = [c.name for c in schema.columns if c.name not in raw.columns and not c.required]
    kept = []
    for name in raw.columns:
        if name in known:
            continue
        slip = meant(name, silent)
        if slip:
            issues.error(
                raw.file, f"the name of a column, as '{slip}' that is missing", f"'{name}'",
                field=name,
            )
        elif schema.further:
            kept.append(name)
        else:
            issues.note(raw.file, f"unknown column, not used{nearest(name, known)}", field=name)
    return kept


def report_duplicates(raw: RawTable, key: str, ids: Anything, issues: Issues) -> None:
    """Each id that is used again, with the row it was used in first."""
    first: dict[str, int] = {}
    for value, row in zip(ids, raw.rows, strict=True):
        if value == "":
            continue
        if value in first:
            issues.error(
                raw.file, "an id used once", f"'{value}' again (first in row {first[value]})",
                row=row, field=key,
            )
        else:
            first[value] = row


def further(values: list[Any]) -> Anything:
    """A column the schema does not name: numbers if all cells are, else text."""
    out = np.empty(len(values), dtype=object)
    try:
        numbers = [np.nan if v == "" else one_number(v) for v in values]
    except RefusedError:
        out[:] = [as_text(v) for v in values]
        return out
    if any(v != "" for v in values):
        return np.array(numbers, dtype=np.float64)
    out[:] = ""
    return out
