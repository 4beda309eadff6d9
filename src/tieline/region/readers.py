"""From a file to cells: CSV in three encodings, Parquet and Excel, with the line of each row.

Nothing is interpreted here: cells are what the file holds (CSV: stripped text). The rows that
the file itself makes unreadable (ragged, damaged) are reported and left out.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.messages import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tieline.region.issues import Issues

BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
WIDE = 0x800
"""From here on UTF-8 takes three bytes; text in GB18030 hardly ever looks like it by chance."""


@dataclass(frozen=True)
class RawTable:
    """Cells by column, as the file holds them; `rows` is the line (CSV) or row (Excel) of each."""

    file: str
    columns: dict[str, list[Any]]
    rows: list[int]

    def __len__(self) -> int:
        return len(self.rows)


def read_csv(path: Path, file: str, issues: Issues) -> RawTable | None:
    """The cells of a CSV file in UTF-8 (with or without BOM) or GB18030; None if unreadable."""
    text = decode(path.read_bytes(), file, issues)
    if text is None:
        return None
    return tabulate(_records(text, file, issues), file, issues)


def decode(data: bytes, file: str, issues: Issues) -> str | None:
    """The text of a file in UTF-8 or GB18030; None, and an issue, if it is neither.

    A byte order mark at the beginning is dropped, also one that was re-encoded into GB18030.
    """
    text = _decode(data, file, issues)
    return None if text is None else text.removeprefix("\ufeff")


def _decode(data: bytes, file: str, issues: Issues) -> str | None:
    expected = "text in UTF-8 or GB18030"
    encoding = BYTE_ORDER_MARKS.get(data[:2])
    if encoding:
        form = "'CSV UTF-8'" if file.endswith(".csv") else "UTF-8"
        issues.error(file, expected, f"{encoding} (save as {form})")
        return None
    if b"\0" in data:
        issues.error(
            file, expected, "a NUL byte (a damaged or binary file?)",
            row=_line_of(data, data.index(b"\0")),
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.start
        before = error.object[:bad].decode("utf-8", "ignore")
    body = data.removeprefix(b"\xef\xbb\xbf")
    marked = body is not data and len(body) < len(data)
    if not marked and sum(ord(c) >= WIDE for c in before) < 3:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            bad = error.start
        else:
            issues.note(file, "not UTF-8; read as GB18030")
            return text
    elif marked:
        bad += len(data) - len(body)
    issues.error(
        file, expected, f"byte 0x{data[bad]:02x}, which is neither", row=_line_of(data, bad)
    )
    return None


def _line_of(data: bytes, position: int) -> int:
    return len(data[:position].splitlines() or [b""]) + data[:position].endswith((b"\n", b"\r"))


def _records(text: str, file: str, issues: Issues) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on; a newline inside quotes does not shift the rest."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            issues.error(
                file, "fields separated by ',' and quoted by '\"'", f"an error: {error}", row=line
            )
            return
        yield line, [x.strip() for x in record]
        line = reader.line_num + 1


def tabulate(
    records: Iterable[tuple[int, Sequence[Any]]], file: str, issues: Issues
) -> RawTable | None:
    """Columns from records: rows that start with '#' may stand above the row of column names.

    Rows with nothing in them are left out, as spreadsheets append them.
    """
    stream = ((n, r) for n, r in records if any(x not in (None, "") for x in r))
    top = next((nr for nr in stream if not _is_title(nr[1])), None)
    if top is None:
        issues.error(file, "a row of column names", "an empty file")
        return None
    names = _names(top, file, issues)
    if names is None:
        return None
    rows: list[int] = []
    cells: list[Sequence[Any]] = []
    width = len(names)
    for line, record in stream:
        extra = [x for x in record[width:] if x not in (None, "")]
        if len(record) < width or extra:
            issues.error(file, counted(width, "field"), f"{len(record)}", row=line)
            continue
        rows.append(line)
        cells.append(record)
    columns = {
        name: [c[i] for c in cells] for i, name in enumerate(names) if name
    }
    for i, name in enumerate(names):
        first = next((n for n, c in zip(rows, cells, strict=True) if c[i] not in (None, "")), None)
        if not name and first is not None:
            issues.error(
                file, f"a name above column {i + 1}", "none, though there are values", row=first
            )
    return RawTable(file, columns, rows)


def _is_title(record: Sequence[Any]) -> bool:
    first = record[0] if record else ""
    return isinstance(first, str) and first.startswith("#")


def _names(top: tuple[int, Sequence[Any]], file: str, issues: Issues) -> list[str] | None:
    line, record = top
    names = ["" if x is None else str(x).strip() for x in record]
    while names and not names[-1]:
        names.pop()
    if len(names) == 1 and any(s in names[0] for s in ";\t"):
        mark = "';'" if ";" in names[0] else "a tab"
        issues.error(file, "columns separated by ','", mark, row=line)
        return None
    double = {n for n in names if n and names.count(n) > 1}
    for name in sorted(double):
        issues.error(file, "a column name used once", f"'{name}' twice", row=line)
    return None if double else names


def read_parquet(path: Path, file: str, issues: Issues) -> RawTable | None:
    """The cells of a Parquet file; rows count from 1. Null is an empty cell."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        issues.error(file, "a Parquet file", f"an error: {str(error).splitlines()[0]}")
        return None
    columns = {
        name: [x.strip() if isinstance(x, str) else "" if x is None else x
               for x in table.column(name).to_pylist()]
        for name in table.column_names
    }
    return RawTable(file, columns, list(range(1, table.num_rows + 1)))


@dataclass(frozen=True)
class Workbook:
    """The cells of an Excel workbook, by sheet; formulas that were never calculated apart.

    A sheet that is empty, or whose name starts with '#', is for people and is left out.
    """

    file: str
    cells: dict[str, list[list[Any]]]
    uncalculated: dict[str, list[tuple[int, str]]]

    def sheet(self, name: str, issues: Issues) -> RawTable | None:
        """The table in a sheet; KeyError if there is no such sheet."""
        file = f"{self.file}, sheet {name}"
        for row, cell in self.uncalculated.get(name, ()):
            issues.error(
                file, "a value", "a formula that was never calculated (open and save the file)",
                row=row, field=cell,
            )
        return tabulate(enumerate(self.cells[name], 1), file, issues)


def read_workbook(path: Path, file: str, issues: Issues) -> Workbook | None:
    """The cells of every sheet of an Excel workbook; None if it cannot be opened."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as stream:
            book = load_workbook(stream, data_only=True)
        formulas = _formulas(path)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        issues.error(file, "an Excel workbook (.xlsx, no password)", f"an error: {error}")
        return None
    cells: dict[str, list[list[Any]]] = {}
    for sheet in book.worksheets:
        rows = [
            [x.strip() if isinstance(x, str) else "" if x is None else x for x in r]
            for r in sheet.iter_rows(values_only=True)
        ]
        if not sheet.title.startswith("#") and any(x != "" for r in rows for x in r):
            cells[sheet.title] = rows
    empty = {
        name: [(row, cell) for row, cell in found if book[name][cell].value is None]
        for name, found in formulas.items()
    }
    return Workbook(file, cells, empty)


def _formulas(path: Path) -> dict[str, list[tuple[int, str]]]:
    """Where the workbook has formulas, by sheet: (row, cell); {} without opening it twice."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        if not any(b"<f>" in data or b"<f " in data for data in map(archive.read, sheets)):
            return {}
    from openpyxl import load_workbook

    with path.open("rb") as stream:
        book = load_workbook(stream)
    return {
        s.title: [(c.row, c.coordinate) for r in s.iter_rows() for c in r if c.data_type == "f"]
        for s in book.worksheets
    }
