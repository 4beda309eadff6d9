"""Tables as data: what a column is, what a table must hold, and a table once read.

A schema is a TOML file beside the engine that reads it. Checks, Excel templates and the
reference documentation are all made from it, so they cannot disagree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ColumnType = Literal["id", "ref", "text", "number", "integer", "flag", "choice", "date", "datetime"]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, range and meaning.

    `min`/`max` bound numbers (inclusive unless `above`/`below` say exclusive); `refers` names the
    tables whose key a `ref` must hold; `hint` is added to the message when a value is refused.
    """

    name: str
    type: ColumnType
    meaning: str
    meaning_zh: str = ""
    unit: str = ""
    required: bool = False
    default: Any = None
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    many: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Schema:
    """A table: its columns, its key, whether a region must have it.

    `key` is the column whose values must differ, None if rows may repeat (in TOML: "").
    `further` keeps columns that the schema does not name: as numbers if all are, else as text.
    """

    name: str
    title: str
    title_zh: str
    meaning: str
    meaning_zh: str
    columns: tuple[Column, ...]
    key: str | None = "id"
    required: bool = False
    further: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return next(c for c in self.columns if c.name == name)


COMMON = (
    Column(
        "status", "choice", "What the row rests on.", "本行数据的依据。",
        choices=("reported", "verified", "approximate", "calibrated", "assumption", "synthetic"),
        default="assumption",
    ),
    Column("source", "text", "Where the row comes from.", "数据来源。"),
)
"""Columns every table has beside its own."""


def load_schema(path: Path) -> Schema:
    """The schema in a TOML file, with the common columns `status` and `source` appended."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    columns = tuple(_column(c) for c in raw.pop("column"))
    names = {c.name for c in columns}
    common = tuple(c for c in COMMON if c.name not in names)
    raw["key"] = raw.get("key", "id") or None
    return Schema(columns=columns + common, **raw)


def _column(raw: dict[str, Any]) -> Column:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return Column(**values)


@dataclass(frozen=True)
class Table:
    """Columns of equal length, read-only; `rows` holds the line each row came from.

    Numbers are float64 (empty = NaN), integers int64 (empty = -1), flags bool, dates
    datetime64[D], datetimes datetime64[s] (empty = NaT), all else str objects (empty = "").
    """

    name: str
    columns: Mapping[str, NDArray[Any]]
    file: str = ""
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    units: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def to_frame(self) -> pd.DataFrame:
        """The table as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame({k: np.asarray(v) for k, v in self.columns.items()})

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {len(self)} rows: {', '.join(self.columns)})"
