"""A file as rows of cells: CSV in several encodings and separators, Excel, with its digest.

The row of column names is the first that fills most of its columns; what stands above it (titles,
notes, the upper half of a merged header) is left out. In a workbook made by `template` a hidden
row holds the names of the fields.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tieline.errors import InputError
from tieline.ledger.exchange.workbook import KIND, SNAPSHOT, SUFFIXES, Row, read_workbook
from tieline.region.issues import Issues
from tieline.region.readers import decode

KEYS = "#fields"
"""First cell of the hidden row with the names of the fields."""
LOOKED_AT = 15
"""So many rows are looked at for the names of the columns."""
LARGEST_BYTES = 512 * 2**20
MOST_COLUMNS = 500


@dataclass(frozen=True)
class Source:
    """A file: its name, its digest, its column names, its rows with their numbers.

    `keys` are names of fields where the file says them; `snapshot` is the change at which a
    template was written.
    """

    name: str
    digest: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    keys: tuple[str, ...] = ()
    snapshot: int | None = None
    kind: str = ""


def read_source(path: Path, *, encoding: str = "", separator: str = "") -> Source:
    """Read a .csv, .txt or .xlsx file.

    Raises
    ------
    InputError
        If it cannot be read, or holds no table.
    """
    data = _bytes(path)
    digest = sha256(data).hexdigest()
    snapshot, kind = None, ""
    if path.suffix.lower() in SUFFIXES:
        rows, properties = read_workbook(path, data)
        written = properties.get(SNAPSHOT)
        snapshot = int(written) if written is not None else None
        kind = str(properties.get(KIND, ""))
    else:
        rows = _text(path, data, encoding, separator)
    head = list(islice(rows, LOOKED_AT))
    keys: tuple[str, ...] = ()
    marked = next((r for _, r in head if r and r[0] == KEYS), None)
    if marked is not None:
        keys = tuple(str(c or "") for c in marked)
    if not head:
        raise InputError([f"{path.name}: expected a row of column names, found an empty file"])
    at = max(range(len(head)), key=lambda i: (_named(head[i][1]), -i))
    columns = tuple(" ".join(str(c).split()) if c not in (None, "") else "" for c in head[at][1])
    if len(columns) > MOST_COLUMNS:
        raise InputError([f"{path.name}: expected at most {MOST_COLUMNS} columns, "
                          f"found {len(columns)}"])
    body = tuple(
        (n, r) for n, r in chain(head[at + 1:], rows)
        if any(c not in (None, "") for c in r) and r[0] != KEYS
    )
    return Source(path.name, digest, columns, body, keys, snapshot, kind)


def _named(row: Sequence[Any]) -> int:
    """How many cells could be names of columns: texts, each once."""
    texts = [c for c in row if isinstance(c, str) and c and not c.replace(".", "").isdigit()]
    return len(set(texts)) if row and row[0] != KEYS else 0


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError([f"{path.name}: expected at most {LARGEST_BYTES} bytes, found {size}"])
    return path.read_bytes()


def _text(path: Path, data: bytes, encoding: str, separator: str) -> Iterator[Row]:
    issues = Issues()
    if encoding:
        try:
            text: str | None = data.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            message = f"{path.name}: expected text in {encoding}, found {error}"
            raise InputError([message]) from None
    else:
        text = decode(data, path.name, issues)
    try:
        issues.stop()
    except InputError as error:
        raise InputError([
            f'{p}; another encoding is named in a mapping (--map), as encoding = "mac_roman"'
            for p in error.problems
        ]) from None
    assert text is not None  # noqa: S101 - without issues there is a text
    first = text.lstrip("\ufeff").partition("\n")[0]
    chosen = separator or max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=chosen)
    try:
        for row in reader:
            yield reader.line_num, [c.strip() for c in row]
    except csv.Error as error:
        message = f"{path.name}, row {reader.line_num}: expected CSV, found {error}"
        raise InputError([message]) from None
