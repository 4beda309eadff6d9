"""The texts that were hashed, read many at a time, ahead of who hashes them.

SQLite joins the texts of many rows into one: threads read the next while the last are hashed,
and Python handles a few thousand pieces instead of a million rows. The joined texts can only tell
that all is well; where they do not, the same rows are read one by one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tieline.ledger.store import Store

BATCH = 5000
READERS = 2
"""So many threads read ahead."""
TOGETHER = 1024
"""So many rows are joined; their bodies are held in memory at once."""
SEPARATOR = b"\x1e"
"""No text that was hashed holds it: JSON escapes it. One that was put in makes a piece too many."""


class Texts(NamedTuple):
    """Where the texts of a table are read: its columns joined by bars are what was hashed."""

    table: str
    columns: str
    stored: str

    @property
    def number(self) -> str:
        """The column of the rows' numbers."""
        return f"{self.table}_no"


RECORDS = Texts("record", "record_no, record_id, kind", "NULL")
VERSIONS = Texts(
    "version", "version_no, record_no, change_no, op, ended, valid_from, fields, body", "digest")


class Batch(NamedTuple):
    """Digests of consecutive rows in runs of one change; what was wrong with them."""

    rows: int
    last: int
    runs: list[tuple[int, int, bytes]]
    """Change, number of the first row, digests joined."""
    missing: list[tuple[int, int]]
    """The number that is missing, and the next that is there."""
    altered: list[int]


def batches(store: Store, texts: Texts, last: int) -> Iterator[Batch]:
    """The rows numbered up to `last`, in order."""
    if not store.is_sqlite:
        yield from _row_by_row(store, texts, last)
        return
    with ExitStack() as stack:
        cursors = [stack.enter_context(reading(store)).cursor() for _ in range(READERS)]
        ahead = stack.enter_context(ThreadPoolExecutor(READERS))
        joined, single = _joined(texts), _single(texts, "sqlite")
        coming: deque[Future[tuple[Any, ...]]] = deque()
        at = asked = 0
        while at < last:
            while asked < last and len(coming) < READERS:
                # each cursor has answered before it is asked again
                cursor = cursors[asked // TOGETHER % READERS]
                coming.append(ahead.submit(_fetch, cursor, joined, asked, last))
                asked += TOGETHER
            batch = _quick(coming.popleft().result(), at)
            if batch is None:
                wait(coming)
                coming.clear()
                batch = _slow(cursors[0].execute(single, (at, last)).fetchmany(TOGETHER), at)
                asked = batch.last
            yield batch
            at = batch.last


@contextmanager
def reading(store: Store) -> Iterator[Any]:
    """A connection that reads a large file through without taking it all into memory."""
    with store.engine.connect() as connection:
        raw: Any = connection.connection
        before = raw.execute("PRAGMA mmap_size").fetchone()
        raw.execute("PRAGMA mmap_size=0")
        try:
            yield raw
        finally:
            if before:
                raw.execute(f"PRAGMA mmap_size={int(before[0])}")


def _fetch(cursor: Any, statement: str, after: int, last: int) -> tuple[Any, ...]:
    row: tuple[Any, ...] = cursor.execute(
        statement, (after, min(after + TOGETHER, last))).fetchone()
    return row


def _quick(row: tuple[Any, ...], at: int) -> Batch | None:
    """The batch if nothing is wrong with it."""
    count, first, last, changes, stored, said = row
    pieces = (said or b"").split(SEPARATOR)
    if first != at + 1 or last != at + count or len(pieces) != count:
        return None
    digests = [sha256(p).digest() for p in pieces]
    if stored is not None and stored != b"".join(digests):
        return None
    runs, k = [], 0
    for change_no, same in groupby(changes.split(",")):
        n = len(list(same))
        runs.append((int(change_no), first + k, b"".join(digests[k:k + n])))
        k += n
    return Batch(count, last, runs, [], [])


def _slow(rows: Sequence[tuple[Any, ...]], at: int) -> Batch:
    """The batch with what is wrong."""
    out = Batch(len(rows), rows[-1][1], [], [], [])
    for change_no, number, stored, said in rows:
        if number != at + 1:
            out.missing.append((at + 1, number))
        at = number
        digest = sha256(said).digest()
        if stored is not None and stored != digest:
            out.altered.append(number)
        out.runs.append((change_no, number, digest))
    return out


def _row_by_row(store: Store, texts: Texts, last: int) -> Iterator[Batch]:
    with store.engine.connect() as connection:
        cursor: Any = connection.connection.cursor("verify")
        cursor.execute(_single(texts, "postgresql"), (0, last))
        at = 0
        try:
            while part := cursor.fetchmany(BATCH):
                yield _slow(part, at)
                at = part[-1][1]
        finally:
            cursor.close()


_AS_BYTES: dict[str, Callable[[str], str]] = {
    "sqlite": lambda c: "CAST(" + c.replace(", ", "||'|'||") + " AS BLOB)",
    "postgresql": lambda c: f"convert_to(concat_ws('|', {c}), 'UTF8')",
}


def _single(texts: Texts, dialect: str) -> str:
    """One row for each row: change, number, stored digest, text."""
    statement = (
        f"SELECT change_no, {texts.number}, {texts.stored}, {_AS_BYTES[dialect](texts.columns)} "  # noqa: S608 - our own columns
        f"FROM {texts.table} WHERE {texts.number} > ? AND {texts.number} <= ? "
        f"ORDER BY {texts.number}")
    return statement if dialect == "sqlite" else re.sub(r"\?", "%s", statement)


def _joined(texts: Texts) -> str:
    """One row for many: how many, first and last number, changes, stored digests, texts."""
    said = texts.columns.replace(", ", "||'|'||")
    stored = "NULL" if texts.stored == "NULL" else f"CAST(group_concat({texts.stored}, '') AS BLOB)"
    return (
        f"SELECT count(*), min({texts.number}), max({texts.number}), group_concat(change_no), "  # noqa: S608 - our own columns
        f"{stored}, CAST(group_concat({said}, char(30)) AS BLOB) FROM {texts.table} "
        f"WHERE {texts.number} > ? AND {texts.number} <= ?")
