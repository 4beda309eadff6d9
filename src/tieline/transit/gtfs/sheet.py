"""One file of a feed as columns of words, and what is made of them: numbers, times, references.

A column is stored as codes into its distinct words, so that each word is judged once however
often it stands in the file: 100,000 stop times hold a few thousand times of day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from tieline.messages import counted

if TYPE_CHECKING:
    from tieline.region.issues import Issues

Ints = NDArray[np.int64]
MOST_ALIKE = 10
"""Problems of one kind in one column that are told row by row; the rest are counted."""


@dataclass(frozen=True)
class Coded:
    """A column: shape (n,) codes into its distinct words; "" where the cell is empty."""

    codes: NDArray[np.int32]
    words: tuple[str, ...]

    def texts(self) -> NDArray[Any]:
        """The words row by row."""
        words = np.array([*self.words, ""], dtype=object)
        return np.asarray(words[:-1][self.codes])


@dataclass(frozen=True)
class Sheet:
    """A file: its name for messages, how many rows, its columns.

    `lines` are the rows as the file counts them, shape (n,); None: each from 2 on.
    """

    file: str
    n: int
    columns: Mapping[str, Coded]
    lines: Ints | None = None

    def line(self, row: int) -> int:
        """The number of a row in the file."""
        return row + 2 if self.lines is None else int(self.lines[row])

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, name: str) -> Coded:
        """The column; empty cells where the file has none."""
        if name in self.columns:
            return self.columns[name]
        return Coded(np.zeros(self.n, np.int32), ("",))

    def texts(self, name: str) -> NDArray[Any]:
        """The words of a column row by row."""
        return self.column(name).texts()


def read_sheet(data: bytes, file: str, issues: Issues) -> Sheet | None:
    """The file as columns of words; None, with the reason, if it is no table."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    data = _utf8(data, file, issues)
    if not data.strip():
        issues.error(file, "column names in the first row", "an empty file")
        return None
    short: list[tuple[int, int, int]] = []

    def skip(row: Any) -> str:
        if row.text.strip(" ,\r\n"):
            short.append((row.number or 0, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        names = _names(data)
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                column_names=[str(k) for k in range(len(names))], skip_rows=1, use_threads=False,
                block_size=max(1 << 20, min(len(data) + 1, 1 << 30)),
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(k): pa.string() for k in range(len(names))},
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, StopIteration) as error:
        if "Empty CSV" in str(error):
            return Sheet(file, 0, {n: Coded(np.zeros(0, np.int32), ()) for n in names})
        issues.error(file, "a table with commas between the columns", f"an error: {error}")
        return None
    for number, n_columns, found in short[:MOST_ALIKE]:
        issues.error(file, f"{n_columns} columns", f"{found}", row=number or None)
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        issues.error(file, "each column once", f"'{name}' twice", field=name)
    columns = {n: _coded(table.column(k)) for k, n in enumerate(names) if n}
    return Sheet(file, table.num_rows, columns)


def _names(data: bytes) -> list[str]:
    import csv
    import io

    line = data[: data.find(b"\n") + 1 or len(data)].decode("utf-8")
    return [n.strip() for n in next(csv.reader(io.StringIO(line)))]


def _utf8(data: bytes, file: str, issues: Issues) -> bytes:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        issues.note(file, "not in UTF-8; read as GB 18030")
        return data.decode("gb18030", errors="replace").encode("utf-8")
    return data


def _coded(column: Any) -> Coded:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string())
        encoded = encoded if hasattr(encoded, "indices") else encoded.dictionary_encode()
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int32)
    return Coded(codes, tuple(w.strip() for w in encoded.dictionary.to_pylist()))


def flag(
    sheet: Sheet, mask: NDArray[np.bool_], field: str, expected: str, issues: Issues,
    found: Callable[[int], str] | None = None,
) -> None:
    """An error for each row of the mask; beyond the first ten, one that counts them."""
    rows = np.flatnonzero(mask)
    column = sheet.column(field)
    for i in rows[:MOST_ALIKE]:
        told = found(int(i)) if found else _quoted(column.words[column.codes[i]])
        issues.error(sheet.file, expected, told, row=sheet.line(int(i)), field=field)
    if len(rows) > MOST_ALIKE:
        n_more = len(rows) - MOST_ALIKE
        issues.error(sheet.file, expected, f"{n_more} more rows like these", field=field)


def _quoted(word: str) -> str:
    return f"'{word}'" if word else "nothing"


def require(sheet: Sheet, names: tuple[str, ...], issues: Issues) -> bool:
    """Whether the columns are there; an error for each that is not."""
    missing = [n for n in names if n not in sheet]
    for name in missing:
        issues.error(sheet.file, "this column", "no such column", field=name)
    return not missing


def numbers(  # noqa: PLR0913 - options are keyword-only
    sheet: Sheet, name: str, issues: Issues, *, low: float, high: float, unit: str = "",
    default: float | None = None,
) -> NDArray[np.float64]:
    """A column of numbers, shape (n,); NaN where refused; `default` None = must be given."""
    column = sheet.column(name)
    values, bad = np.full(len(column.words) + 1, np.nan), np.zeros(len(column.words) + 1, bool)
    for k, word in enumerate(column.words):
        if not word and default is not None:
            values[k] = default
            continue
        try:
            values[k] = float(word)
        except ValueError:
            bad[k] = True
            continue
        bad[k] = not low <= values[k] <= high
    wanted = f"a number from {low:g} to {high:g}" + (f" [{unit}]" if unit else "")
    flag(sheet, bad[column.codes], name, wanted, issues)
    values[bad] = np.nan
    return np.asarray(values[column.codes])


def clock(word: str) -> int:
    """Seconds after midnight of "H:MM:SS" (hours may pass 24); -1 if empty, -2 if it is none."""
    if not word:
        return -1
    parts = word.split(":")
    if len(parts) != 3 or not all(p.isdigit() and p.isascii() for p in parts):
        return -2
    h, m, s = map(int, parts)
    return h * 3600 + m * 60 + s if len(parts[1]) == len(parts[2]) == 2 and m < 60 and s < 60 \
        and h < 100 else -2


def times(sheet: Sheet, name: str, issues: Issues) -> Ints:
    """A column of times of day in seconds, shape (n,); -1 where the cell is empty."""
    column = sheet.column(name)
    values = np.array([*(clock(w) for w in column.words), -1], np.int64)[column.codes]
    flag(sheet, values == -2, name, "a time as HH:MM:SS, 25:10:00 after midnight", issues)
    return np.where(values < 0, -1, values)


def keys(sheet: Sheet, name: str, issues: Issues) -> dict[str, int]:
    """Row of each id; an error for each that is empty or used again."""
    index: dict[str, int] = {}
    column = sheet.column(name)
    again = np.zeros(sheet.n, bool)
    empty = np.zeros(sheet.n, bool)
    for i, word in enumerate(column.texts()):
        if not word:
            empty[i] = True
        elif word in index:
            again[i] = True
        else:
            index[word] = i
    flag(sheet, empty, name, "an id", issues)
    flag(sheet, again, name, "an id used once", issues,
         lambda i: f"'{column.words[column.codes[i]]}' again")
    return index


def distinct(sheet: Sheet, name: str, issues: Issues) -> Sheet:
    """The sheet without rows that repeat, in every column, an earlier one of the same id."""
    codes = sheet.column(name).codes
    _, first, of = np.unique(codes, return_index=True, return_inverse=True)
    copies = [int(i) for i in np.flatnonzero(first[of] != np.arange(sheet.n))
              if _same(sheet, int(i), int(first[of[i]]))]
    if not copies:
        return sheet
    issues.note(sheet.file, f"{counted(len(copies), 'row')} there already; taken once",
                row=sheet.line(copies[0]))
    rows = np.delete(np.arange(sheet.n), copies)
    return Sheet(sheet.file, len(rows), {
        k: Coded(c.codes[rows], c.words) for k, c in sheet.columns.items()}, rows + 2)


def _same(sheet: Sheet, a: int, b: int) -> bool:
    return all(c.words[c.codes[a]] == c.words[c.codes[b]] for c in sheet.columns.values())


def refer(
    sheet: Sheet, name: str, index: Mapping[str, int], what: str, issues: Issues, *,
    optional: bool = False,
) -> Ints:
    """The row each cell refers to, shape (n,); -1 where it is empty or unknown."""
    column = sheet.column(name)
    found = np.array([*(index.get(w, -1) for w in column.words), -1], np.int64)
    bad = found < 0
    bad[-1] = False
    if optional:
        bad &= np.array([*(bool(w) for w in column.words), False])
    flag(sheet, bad[column.codes], name, f"the id of a row of {what}", issues)
    return np.asarray(found[column.codes])
