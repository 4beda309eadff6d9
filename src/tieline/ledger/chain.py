"""A stretch of the chain held against its hashes: every change, record and version in it.

A stretch is checked by itself, so that several can be checked at once by processes of their own;
who asked sees that they join. Rows come as bytes straight from the driver, a thousand at a time:
what is hashed is not looked at otherwise, and nothing is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from tieline.ledger.archive import archive_uri
from tieline.ledger.digest import GENESIS, change_hash

TOGETHER = 256
"""So many rows are held in memory at once: few enough to stay in the processor's cache."""


class Break(NamedTuple):
    """Where the ledger does not hold: table, number of the row, what is wrong in two languages."""

    table: str
    number: int
    said: str
    said_zh: str

    def __str__(self) -> str:
        return f"{self.table} {self.number}: {self.said}"


class Ends(NamedTuple):
    """Numbers of the last change, record and version of a stretch."""

    change: int = 0
    record: int = 0
    version: int = 0


class Stretch(NamedTuple):
    """What is to be checked: all that is numbered above `after`, up to `last`."""

    place: str
    """A file of SQLite, or the URL of a PostgreSQL database."""
    after: Ends
    last: Ends
    wanted: frozenset[int]
    """Changes whose hashes are asked for."""


class Checked(NamedTuple):
    """A stretch that was checked; `previous` and `head` are where it joins the others."""

    versions: int
    changes: int
    previous: str
    head: str
    hashes: dict[int, str]
    breaks: list[Break]


class _Texts(NamedTuple):
    """How a table was hashed: its columns by the form; where its change stands among them."""

    table: str
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    form: bytes
    change: int
    stored: bool


# numbers by %a: a number that was made a text or a fraction does not pass for itself
_RECORDS = _Texts("record", ("record_no", "record_id", "kind", "change_no"), ("record_id", "kind"),
                  b"%a|%b|%b", 3, stored=False)
_VERSIONS = _Texts(
    "version", ("version_no", "record_no", "change_no", "op", "ended", "valid_from", "fields",
                "body"), ("op", "valid_from", "fields", "body"),
    b"%a|%a|%a|%b|%a|%b|%b|%b", 2, stored=True)
_CHANGES = ("change_no", "at", "actor", "on_behalf_of", "reason", "source", "previous", "hash")


def check_stretch(asked: Stretch) -> Checked:
    """Every record, version and change of the stretch against the hashes, and none missing."""
    breaks: list[Break] = []
    after, last = asked.after, asked.last
    with _reading(asked.place) as db:
        records = _Rows(db, _RECORDS, (after.record, last.record), breaks)
        versions = _Rows(db, _VERSIONS, (after.version, last.version), breaks)
        hashes: dict[int, str] = {}
        first = before = None
        number = after.change
        for row in db.changes(after.change, last.change):
            number += 1
            if row[0] != number:
                breaks.append(_missing("change", number, row[0]))
                number = row[0]
            if first is None:
                first = before = row[6]
            if row[6] != before:
                breaks.append(not_joined(number))
            written = [*records.of(number), *versions.of(number)]
            if not _holds(row, number, written):
                breaks.append(Break("change", number, "itself or what it wrote was altered",
                                    "变更本身或其写入的内容被改动"))
            before = row[7]
            if number in asked.wanted:
                hashes[number] = before
        if number < last.change:
            breaks.append(_missing("change", number + 1, last.change + 1))
        breaks += [*records.left(), *versions.left()]
    return Checked(versions.count, number - after.change, first or GENESIS, before or GENESIS,
                   hashes, breaks)


def not_joined(number: int) -> Break:
    """A change whose `previous` is not the hash of the change before it."""
    return Break("change", number, "does not follow the change before it", "与前一变更不衔接")


def _missing(table: str, expected: int, found: int) -> Break:
    return Break(table, expected, f"is missing or damaged; the next is {found}",
                 f"缺失或损坏;其后为 {found}")


def _holds(row: Sequence[Any], number: int, written: Sequence[bytes]) -> bool:
    try:
        found = change_hash(row[6], number, row[1], tuple(row[2:6]), written)
    except TypeError:  # a text that was made bytes
        return False
    return bool(found == row[7])


class _Rows:
    """Rows of a table in the order of their numbers, handed out change by change as digests."""

    def __init__(
        self, db: _Reader, texts: _Texts, between: tuple[int, int], breaks: list[Break]
    ) -> None:
        self.count = 0
        self._db, self._texts, self._breaks = db, texts, breaks
        self._after, self._last = between
        self._runs = self._read()
        self._next = next(self._runs, None)

    def of(self, change_no: int) -> list[bytes]:
        """The digests of what a change wrote, joined."""
        out = []
        while self._next is not None and self._next[0] == change_no:
            out.append(self._next[2])
            self._next = next(self._runs, None)
        return out

    def left(self) -> list[Break]:
        """The first row that belongs to no change, or is out of order."""
        if self._next is None:
            return []
        return [Break(self._texts.table, self._next[1], "belongs to no change, or is out of order",
                      "不属于任何变更或次序不符")]

    def _read(self) -> Iterator[tuple[Any, int, bytes]]:
        """By change: its number, the number of its first row, its digests."""
        at, texts = self._after, self._texts
        for rows in self._db.rows(texts, self._after, self._last):
            self.count += len(rows)
            digests = self._digests(rows)
            if rows[0][0] != at + 1 or rows[-1][0] != at + len(rows):
                self._name_missing([r[0] for r in rows], at)
            at = rows[-1][0]
            k = 0
            for change_no, same in groupby([r[texts.change] for r in rows]):
                n = len(list(same))
                yield change_no, rows[k][0], b"".join(digests[k:k + n])
                k += n
        if at < self._last:
            self._breaks.append(_missing(texts.table, at + 1, self._last + 1))

    def _digests(self, rows: Sequence[Sequence[Any]]) -> list[bytes]:
        form = self._texts.form
        n = form.count(b"%")
        whole = form + b"%.0b" if self._texts.stored else form  # of the digest, no byte
        try:
            digests = [sha256(whole % r).digest() for r in rows]
        except TypeError:  # a text that is gone
            return [self._one(r, n) for r in rows]
        if not self._texts.stored or [r[n] for r in rows] == digests:
            return digests
        return [self._one(r, n) for r in rows]

    def _one(self, row: Sequence[Any], n: int) -> bytes:
        """The digest of a row that may have been altered."""
        try:
            digest = sha256(self._texts.form % tuple(row[:n])).digest()
        except TypeError:
            digest = b""
        if digest != row[n] if self._texts.stored else not digest:
            self._breaks.append(Break(self._texts.table, row[0], "was altered", "被改动"))
        return digest

    def _name_missing(self, numbers: Sequence[int], at: int) -> None:
        for number in numbers:
            if number != at + 1:
                self._breaks.append(_missing(self._texts.table, at + 1, number))
            at = number


class _Reader:
    """The rows of a database, a thousand at a time."""

    def changes(self, after: int, last: int) -> Iterator[Sequence[Any]]:
        """The changes between two numbers, as the program sees them."""
        raise NotImplementedError

    def rows(self, texts: _Texts, after: int, last: int) -> Iterator[Sequence[Sequence[Any]]]:
        """Rows between two numbers: the columns with texts as bytes, then the stored digest."""
        raise NotImplementedError


class _Sqlite(_Reader):
    def __init__(self, seen: sqlite3.Connection, raw: sqlite3.Connection) -> None:
        self._seen, self._raw = seen, raw

    def changes(self, after: int, last: int) -> Iterator[Sequence[Any]]:
        yield from self._seen.execute(_between("change", ", ".join(_CHANGES)), (after, last))

    def rows(self, texts: _Texts, after: int, last: int) -> Iterator[Sequence[Sequence[Any]]]:
        # one byte of the file makes of a text bytes that look alike, and compare otherwise:
        # every text stands before x'', the least of all bytes; what is null stands nowhere
        texts_only = "".join(f" AND {c} < x''" for c in texts.texts)
        columns = [*texts.columns, *(["digest"] if texts.stored else [])]
        statement = _between(texts.table, ", ".join(columns), texts_only)
        cursor = self._raw.execute(statement, (after, last))
        while rows := cursor.fetchmany(TOGETHER):
            yield rows


class _Postgres(_Reader):
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def changes(self, after: int, last: int) -> Iterator[Sequence[Any]]:
        for rows in self._stream(_between("change", ", ".join(_CHANGES)), after, last):
            yield from rows

    def rows(self, texts: _Texts, after: int, last: int) -> Iterator[Sequence[Sequence[Any]]]:
        columns = [f"convert_to({c}, 'UTF8')" if c in texts.texts else c for c in texts.columns]
        columns += ["digest"] if texts.stored else []
        yield from self._stream(_between(texts.table, ", ".join(columns)), after, last)

    def _stream(self, statement: str, after: int, last: int) -> Iterator[Sequence[Sequence[Any]]]:
        with self._connection.cursor(f"c{abs(hash(statement))}") as cursor:
            cursor.execute(statement.replace("?", "%s"), (after, last))
            while rows := cursor.fetchmany(TOGETHER):
                yield rows


def _between(table: str, columns: str, narrow: str = "") -> str:
    return (f"SELECT {columns} FROM {table} WHERE {table}_no > ? AND {table}_no <= ?{narrow} "  # noqa: S608 - our own columns
            f"ORDER BY {table}_no")


@contextmanager
def _reading(place: str) -> Iterator[_Reader]:
    if "://" in place:
        import psycopg

        with psycopg.connect(place) as connection:
            yield _Postgres(connection)
        return
    archive = archive_uri(Path(place))
    seen, raw = (sqlite3.connect(archive or place, timeout=60, isolation_level=None,
                                 uri=bool(archive)) for _ in range(2))
    raw.text_factory = bytes
    try:
        yield _Sqlite(seen, raw)
    finally:
        seen.close()
        raw.close()
