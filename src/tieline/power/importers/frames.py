"""Rows of a pandapower table as plain values, and of our tables as they will be written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tieline.power.importers.findings import Findings
from tieline.region.tables import Column, Schema, load_schema

if TYPE_CHECKING:
    from tieline.region.issues import Issues

Row = dict[str, Any]
"""One row of a native table by column; a column that is not there is left empty."""

_TABLES = Path(__file__).parents[1] / "tables"


@cache
def schema(table: str) -> Schema:
    """The schema of a native power table."""
    return load_schema(_TABLES / f"{table}.toml")


@dataclass(frozen=True)
class Element:
    """One row of a pandapower table: which, and its values."""

    table: str
    index: int
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name in our tables: the pandapower table and index, as in `line62`."""
        return f"{self.table}{self.index}"

    @property
    def title(self) -> str:
        """The name it has in the file, else its id."""
        return self.text("name") or self.id

    def text(self, name: str) -> str:
        """The value as text; "" where it is empty or absent."""
        value = self.values.get(name)
        return "" if _empty(value) else str(value).strip()

    def number(self, name: str, default: float = math.nan) -> float:
        """The value as a number; the default where it is empty; NaN (refused) for other text."""
        value = self.values.get(name)
        if _empty(value):
            return default
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return math.nan

    def flag(self, name: str, *, default: bool = True) -> bool:
        """The value as true or false; the default where it is empty or absent."""
        value = self.values.get(name)
        return default if _empty(value) else bool(value)

    def bus(self, name: str = "bus") -> str:
        """The id of the bus that a column points at."""
        index = self.number(name)
        return f"bus{index:.0f}" if math.isfinite(index) else f"bus {self.text(name)!r}"


def _empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return not isinstance(value, list | dict) and bool(pd.isna(value))


@dataclass
class Draft:
    """The work in hand: the net, the rows made so far, and what there is to say about them.

    `vn_kv` holds the buses in service, `idle` those out of service; `status` is that of every row
    the file gives no status of its own.
    """

    net: Any
    file: str
    issues: Issues
    status: str = "approximate"
    findings: Findings = field(default_factory=Findings)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    vn_kv: dict[str, float] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)

    def elements(self, table: str) -> Iterator[Element]:
        """Every row of a pandapower table; none if the file has no such table."""
        if table not in self.net:
            return
        frame = self.net[table]
        names = [str(c) for c in frame.columns]
        columns = [frame[c].tolist() for c in frame.columns]
        for index, values in zip(frame.index.tolist(), zip(*columns, strict=True), strict=True):
            yield Element(table, int(index), dict(zip(names, values, strict=True)))

    def has(self, table: str, column: str) -> bool:
        """Whether the pandapower table has this column."""
        return table in self.net and column in self.net[table].columns

    def put(self, table: str, element: Element, row: Row) -> Row:
        """Add a row to a native table, with every further column the file has for it.

        A column of the native table that the conversion did not fill is taken as it is when
        the pandapower table has a column of the same name. Values out of range are reported.
        """
        wanted = schema(table)
        for column in wanted.columns:
            if column.name in row or column.name not in element.values:
                continue
            if element.text(column.name):
                row[column.name] = element.values[column.name]
        row.setdefault("status", self.status)
        row.setdefault("source", f"{self.file}: {element.table} {element.index}"
                       + (f" ({element.text('name')})" if element.text("name") else ""))
        self._check(wanted, element, row)
        self.rows.setdefault(table, []).append(row)
        return row

    def _check(self, wanted: Schema, element: Element, row: Row) -> None:
        for column in wanted.columns:
            if column.name in row and (expected := _fault(column, row[column.name])):
                hint = f" ({column.hint})" if column.hint else ""
                self.issues.error(
                    f"{self.file}: {element.table} {element.index}", expected,
                    repr(row[column.name]) + hint, field=column.name,
                )

    def missing(self, table: str, native: str, columns: Sequence[str]) -> None:
        """Report the columns of a native table that the file leaves empty, with the default."""
        rows = self.rows.get(native, [])
        for name in columns:
            empty = [r["id"] for r in rows if name not in r]
            if not empty:
                continue
            default = schema(native).column(name).default
            shown = "empty" if default is None else f"{default:g}" if isinstance(
                default, float) else str(default)
            whole = len(empty) == len(rows)
            self.findings.add(
                "missing", f"{table}.{name}",
                f"{'no values' if whole else 'some rows are empty'}; {native}.{name} stays {shown}",
                f"{'无数值' if whole else '部分行为空'};{native}.{name} 取 "
                f"{'空' if default is None else shown}",
                empty,
            )


def _fault(column: Column, value: Any) -> str:
    """What was expected of the value, or "" if it is as the schema asks."""
    if column.type == "choice" and str(value) not in column.choices:
        return "one of " + ", ".join(column.choices)
    if column.type != "number":
        return ""
    unit = f" [{column.unit}]" if column.unit else ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return "a number" + unit
    bounds = (
        (column.min, number >= (column.min or 0.0), ">="),
        (column.max, number <= (column.max or 0.0), "<="),
        (column.above, number > (column.above or 0.0), ">"),
        (column.below, number < (column.below or 0.0), "<"),
    )
    broken = [f"{sign} {bound:g}" for bound, kept, sign in bounds if bound is not None and not kept]
    return f"a number {' and '.join(broken)}{unit}" if broken else ""
