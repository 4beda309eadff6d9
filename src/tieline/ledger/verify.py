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

from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from tieline.errors import StorageError
from tieline.ledger.digest import (
    GENESIS,
    PRIVATE,
    change_hash,
    private_digest,
    record_digest,
    version_digest,
)
from tieline.ledger.rebuild import compare
from tieline.ledger.tables import change, private, record, version

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.store import Store

BATCH = 5000
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
    records = _Stream(store, _RECORDS, breaks, "record", record_digest_of)
    versions = _Stream(store, _VERSIONS, breaks, "version", version_digest_of)
    hashes: dict[int, str] = {0: GENESIS}
    wanted = _heads(store, heads)
    total = store.read(text("SELECT max(change_no) FROM change"))[0][0] or 0
    before, number = GENESIS, 0
    for row in _rows(store, _CHANGES):
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
            progress(number, total)
    records.finish()
    versions.finish()
    for at, published in sorted(wanted.items()):
        if any(hashes.get(at) != p for p in published):
            breaks.append(Break("change", at, "differs from the head that was made public",
                                "与已公布的链头不一致"))
    return Verdict(number, versions.count, before, tuple(breaks[:MOST]))


_CHANGES = select(change).order_by(change.c.change_no)
_RECORDS = select(
    record.c.change_no, record.c.record_no, record.c.record_id, record.c.kind,
).order_by(record.c.record_no)
_VERSIONS = select(
    version.c.change_no, version.c.version_no, version.c.record_no, version.c.change_no,
    version.c.op, version.c.ended, version.c.valid_from, version.c.fields, version.c.body,
    version.c.digest,
).order_by(version.c.version_no)


def record_digest_of(row: Any) -> tuple[bytes, bool]:
    """The digest of a row of `_RECORDS`; it has no stored one to differ from."""
    return record_digest(row[1], row[2], row[3]), True


def version_digest_of(row: Any) -> tuple[bytes, bool]:
    """The digest of a row of `_VERSIONS`, and whether it is the stored one."""
    digest = version_digest(row[1:9])
    return digest, digest == row[9]


class _Stream:
    """Rows in the order of their numbers, handed out change by change."""

    def __init__(
        self, store: Store, statement: Any, breaks: list[Break], table: str,
        digest: Callable[[Any], tuple[bytes, bool]],
    ) -> None:
        self._rows = _rows(store, statement)
        self._breaks, self._table, self._digest = breaks, table, digest
        self._row: Any = next(self._rows, None)
        self.count = 0

    def of(self, change_no: int) -> Iterator[bytes]:
        """The digests of what a change wrote."""
        row, digest_of, rows = self._row, self._digest, self._rows
        count = self.count
        while row is not None and row[0] == change_no:
            count += 1
            if row[1] != count:
                self._breaks.append(_missing(self._table, count, row[1]))
                count = row[1]
            digest, same = digest_of(row)
            if not same:
                self._breaks.append(Break(self._table, count, "was altered", "被改动"))
            yield digest
            row = next(rows, None)
        self._row, self.count = row, count

    def finish(self) -> None:
        """Whatever is left belongs to no change, or is out of order."""
        if self._row is not None:
            self._breaks.append(Break(
                self._table, self._row[1], "belongs to no change, or is out of order",
                "不属于任何变更或次序不符"))


def _missing(table: str, expected: int, found: int) -> Break:
    return Break(table, expected, f"is missing; the next is {found}", f"缺失;其后为 {found}")


def _rows(store: Store, statement: Any) -> Iterator[Any]:
    """Rows in batches, plain tuples."""
    compiled = statement.compile(dialect=store.engine.dialect)
    with store.engine.connect() as connection:
        found = connection.execution_options(yield_per=BATCH).exec_driver_sql(str(compiled))
        for part in found.partitions():
            yield from part


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
