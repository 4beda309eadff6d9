"""Whether anything that was written has been altered since, and where.

Three things are checked: the chain (every record, version and change against its hash, and that
none is missing), the checkpoints and the heads that were kept outside, and the projections
against what the versions say. Somebody who owns the database can rewrite a whole chain: only a
head kept elsewhere - printed in a bulletin, sent to the others - shows that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

from tieline.errors import StorageError
from tieline.ledger.digest import (
    GENESIS,
    PRIVATE,
    change_hash,
    private_digest,
)
from tieline.ledger.rebuild import compare
from tieline.ledger.stream import BATCH, RECORDS, VERSIONS, Batch, batches
from tieline.ledger.tables import change, private, record, version

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.store import Store

MOST = 50
"""So many breaks are listed; a broken chain rarely has one only."""


@dataclass(frozen=True)
class Break:
    """Where the ledger does not hold: table, number of the row, what is wrong in two languages."""

    table: str
    number: int
    said: str
    said_zh: str

    def __str__(self) -> str:
        return f"{self.table} {self.number}: {self.said}"


@dataclass(frozen=True)
class Verdict:
    """What was checked, and every break found (the first `MOST`)."""

    changes: int
    versions: int
    head: str
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.breaks


Progress = Callable[[int, int], None]


def verify(
    store: Store, catalogue: Catalogue, heads: dict[int, str] | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """The chain, the checkpoints, heads kept outside (change number: hash), the projections."""
    try:
        found = verify_chain(store, heads, progress)
        breaks = [*found.breaks, *_structure(store), *_personal(store)]
        breaks += [Break(*b) for b in compare(store, catalogue)] if found.holds else []
    except (StorageError, DBAPIError, ValueError, TypeError, KeyError) as error:
        said = f"the database cannot be read through: {str(error).splitlines()[0]}"
        broken = Break("database", 0, said, "数据库无法完整读取")
        return Verdict(0, 0, "", (broken,))
    return Verdict(found.changes, found.versions, found.head, tuple(breaks[:MOST]))


def verify_chain(
    store: Store, heads: dict[int, str] | None = None, progress: Progress | None = None
) -> Verdict:
    """Every record, version and change against the hashes, and none missing between them."""
    breaks: list[Break] = []
    last_change, last_record, last_version = (n or 0 for n in store.read(_LAST)[0])
    records = _Stream(batches(store, RECORDS, last_record), breaks, "record")
    versions = _Stream(batches(store, VERSIONS, last_version), breaks, "version")
    hashes: dict[int, str] = {0: GENESIS}
    wanted = _heads(store, heads)
    before, number = GENESIS, 0
    for row in _changes(store, last_change):
        number += 1
        if row[0] != number:
            breaks.append(_missing("change", number, row[0]))
            number = row[0]
        if row[6] != before:
            breaks.append(Break("change", number, "does not follow the change before it",
                                "与前一变更不衔接"))
        digests = [*records.of(number), *versions.of(number)]
        if change_hash(row[6], number, row[1], tuple(row[2:6]), digests) != row[7]:
            breaks.append(Break("change", number, "itself or what it wrote was altered",
                                "变更本身或其写入的内容被改动"))
        before = row[7]
        if number in wanted:
            hashes[number] = before
        if progress is not None and number % BATCH == 0:
            progress(number, last_change)
    breaks += [
        Break(table, stream.left, "belongs to no change, or is out of order",
              "不属于任何变更或次序不符")
        for table, stream in (("record", records), ("version", versions))
        if stream.left is not None
    ]
    for at, published in sorted(wanted.items()):
        if any(hashes.get(at) != p for p in published):
            breaks.append(Break("change", at, "differs from the head that was made public",
                                "与已公布的链头不一致"))
    return Verdict(number, versions.count, before, tuple(breaks[:MOST]))


_LAST = select(
    select(func.max(change.c.change_no)).scalar_subquery(),
    select(func.max(record.c.record_no)).scalar_subquery(),
    select(func.max(version.c.version_no)).scalar_subquery(),
)
"""Up to where is verified: one statement, so that a change written meanwhile is all in or out."""


def _changes(store: Store, last: int) -> Iterator[Any]:
    at = 0
    while rows := store.read(_CHANGES, {"after": at, "last": last}):
        yield from rows
        at = rows[-1][0]


_CHANGES = (
    select(*change.columns)
    .where(change.c.change_no > bindparam("after"), change.c.change_no <= bindparam("last"))
    .order_by(change.c.change_no).limit(BATCH)
)


class _Stream:
    """Rows in the order of their numbers, handed out change by change as digests."""

    def __init__(self, read: Iterator[Batch], breaks: list[Break], table: str) -> None:
        self.count = 0
        self._read, self._breaks, self._table = read, breaks, table
        self._groups = self._runs()
        self._next = next(self._groups, None)

    def of(self, change_no: int) -> list[bytes]:
        """The digests of what a change wrote, joined."""
        out = []
        while self._next is not None and self._next[0] == change_no:
            out.append(self._next[2])
            self._next = next(self._groups, None)
        return out

    @property
    def left(self) -> int | None:
        """The first row that belongs to no change, or is out of order."""
        return None if self._next is None else self._next[1]

    def _runs(self) -> Iterator[tuple[int, int, bytes]]:
        """By change: its number, the number of its first row, its digests."""
        for batch in self._read:
            self.count = batch.last
            self._breaks += [_missing(self._table, *m) for m in batch.missing]
            self._breaks += [Break(self._table, n, "was altered", "被改动") for n in batch.altered]
            yield from batch.runs


def _missing(table: str, expected: int, found: int) -> Break:
    return Break(table, expected, f"is missing; the next is {found}", f"缺失;其后为 {found}")


def _heads(store: Store, given: dict[int, str] | None) -> dict[int, set[str]]:
    """The heads to find: those recorded as checkpoints, and those kept outside."""
    wanted: dict[int, set[str]] = {}
    for row in store.read(_CHECKPOINTS):
        body = json.loads(row.body)
        wanted.setdefault(body["change_no"], set()).add(body["hash"])
    for number, published in (given or {}).items():
        wanted.setdefault(number, set()).add(published)
    return wanted


_CHECKPOINTS = select(version.c.body).select_from(
    version.join(record, record.c.record_no == version.c.record_no)
).where(record.c.kind == "checkpoint")


_MARKED = select(
    version.c.version_no, version.c.record_no, version.c.fields, version.c.body,
).where(version.c.body.contains(PRIVATE, autoescape=True)).order_by(version.c.version_no)


def _personal(store: Store) -> list[Break]:
    """Personal values against their digests; one that is gone must have been erased by a change."""
    breaks = []
    there = set()
    for i, row in enumerate(store.read(select(private).order_by(private.c.digest)), 1):
        there.add(row.digest)
        if private_digest(row.salt, row.value) != row.digest:
            breaks.append(Break("private", i, "was altered", "被改动"))
    gone: dict[tuple[int, str], int] = {}
    for row in store.read(_MARKED):
        marked = {f: v[len(PRIVATE):] for f, v in json.loads(row.body).items()
                  if isinstance(v, str) and v.startswith(PRIVATE)}
        gone |= {(row.record_no, f): row.version_no for f, d in marked.items() if d not in there}
    for (record_no, field), number in gone.items():
        if not any(field in r.fields.split() and field not in json.loads(r.body)
                   for r in store.read(_SINCE, {"record_no": record_no, "after": number})):
            breaks.append(Break("version", number, f"personal value of '{field}' is gone, "
                                "and no change erased it", f"个人信息“{field}”缺失,且无删除记录"))
    return breaks


_SINCE = select(version.c.fields, version.c.body).where(
    version.c.record_no == bindparam("record_no"), version.c.version_no > bindparam("after"))


def _structure(store: Store) -> list[Break]:
    """Whether tables and triggers are as they were made; what SQLite finds wrong with its file."""
    out = []
    made = [json.loads(r.body).get("tables") for r in store.read(_LEDGER)]
    if store.shape() not in made[-1:]:
        out.append(Break("tables", 0, "tables or their triggers are not as they were made",
                         "表结构或保护触发器与建立时不同"))
    if store.is_sqlite:
        found = [str(r[0]) for r in store.read(text("PRAGMA integrity_check(20)"))]
        found += [f"{r[0]} row {r[1]} refers to no {r[2]}" for r in
                  store.read(text("PRAGMA foreign_key_check"))]
        out += [Break("database", 0, x, f"数据库文件:{x}") for x in found if x != "ok"]
    return out


_LEDGER = select(version.c.body).select_from(
    version.join(record, record.c.record_no == version.c.record_no)
).where(record.c.kind == "ledger").order_by(version.c.version_no)
