"""Whether anything that was written has been altered since, and where.

Three things are checked: the chain (every record, version and change against its hash, and that
none is missing), the checkpoints and the heads that were kept outside, and the projections
against what the versions say. Somebody who owns the database can rewrite a whole chain: only a
head kept elsewhere - printed in a bulletin, sent to the others - shows that.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

from tieline.errors import StorageError
from tieline.ledger.chain import Break, Ends, Stretch, check_stretch, not_joined
from tieline.ledger.digest import GENESIS, PRIVATE, private_digest
from tieline.ledger.files import check_contents
from tieline.ledger.rebuild import compare
from tieline.ledger.tables import change, private, record, version

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.store import Store

MOST = 50
"""So many breaks are listed; a broken chain rarely has one only."""
STRETCH = 50_000
"""So many versions are checked in one go."""
Job = TypeVar("Job")
Done = TypeVar("Done")


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
    progress: Progress | None = None, executor: Executor | None = None,
) -> Verdict:
    """The chain, heads kept inside and outside (change number: hash), files, projections.

    Parameters
    ----------
    executor
        Stretches of the chain are handed to it, if there is one, and checked at once.
    """
    try:
        found = verify_chain(store, heads, _half(progress, 0), executor)
        breaks = [*found.breaks, *_structure(store), *_personal(store),
                  *check_contents(store)]
        if found.holds:
            breaks += compare(store, catalogue, _half(progress, 1), executor)
    except (StorageError, DBAPIError, sqlite3.Error, ValueError, TypeError, KeyError) as error:
        return _unreadable(error)
    return Verdict(found.changes, found.versions, found.head, tuple(breaks[:MOST]))


def _half(progress: Progress | None, half: int) -> Progress | None:
    """Progress of the first or second half of the work."""
    if progress is None:
        return None
    return lambda done, total: progress(done + half * total, 2 * total)


def _unreadable(error: Exception) -> Verdict:
    said = f"the database cannot be read through: {str(error).splitlines()[0]}"
    return Verdict(0, 0, "", (Break("database", 0, said, "数据库无法完整读取"),))


def verify_chain(
    store: Store, heads: dict[int, str] | None = None, progress: Progress | None = None,
    executor: Executor | None = None,
) -> Verdict:
    """Every record, version and change against the hashes, and none missing between them."""
    wanted = _heads(store, heads)
    stretches = _stretches(store, frozenset(wanted))
    breaks: list[Break] = []
    hashes: dict[int, str] = {0: GENESIS}
    changes, versions, before = 0, 0, GENESIS
    for asked, found in _each(check_stretch, stretches, executor):
        if found.previous != before:
            breaks.append(not_joined(asked.after.change + 1))
        breaks += found.breaks
        hashes |= found.hashes
        changes, versions, before = asked.last.change, versions + found.versions, found.head
        if progress is not None:
            progress(versions, stretches[-1].last.version)
    for at, published in sorted(wanted.items()):
        if any(hashes.get(at) != p for p in published):
            breaks.append(Break("change", at, "differs from the head that was made public",
                                "与已公布的链头不一致"))
    return Verdict(changes, versions, before, tuple(breaks[:MOST]))


def _each(
    work: Callable[[Job], Done], jobs: Iterable[Job], executor: Executor | None
) -> Iterator[tuple[Job, Done]]:
    jobs = list(jobs)
    done = map(work, jobs) if executor is None else executor.map(work, jobs)
    yield from zip(jobs, done, strict=True)


def _stretches(store: Store, wanted: frozenset[int]) -> list[Stretch]:
    """The chain in stretches that join; altered rows may make them uneven, but none is left out.

    The end is asked for in one statement: a change written meanwhile is all in or out.
    """
    end = Ends(*(n or 0 for n in store.read(_LAST)[0]))
    ends = [Ends()]
    cut = STRETCH
    while found := store.read(_CUT, {"version_no": cut, "last": end.version}):
        number, cut = found[0][0] - 1, found[0][1] + STRETCH
        if ends[-1].change < number < end.change:
            at = store.read(_UNTIL, {"change_no": number})[0]
            ends.append(Ends(number, *(n or 0 for n in at)))
    ends.append(end)
    return [Stretch(store.raw_place, after, last, wanted)
            for after, last in pairwise(ends)]


_LAST = select(
    select(func.max(change.c.change_no)).scalar_subquery(),
    select(func.max(record.c.record_no)).scalar_subquery(),
    select(func.max(version.c.version_no)).scalar_subquery(),
)
_CUT = select(version.c.change_no, version.c.version_no).where(
    version.c.version_no >= bindparam("version_no"), version.c.version_no < bindparam("last"),
).order_by(version.c.version_no).limit(1)
_UNTIL = select(
    select(func.max(record.c.record_no)).where(
        record.c.change_no <= bindparam("change_no")).scalar_subquery(),
    select(version.c.version_no).where(version.c.change_no <= bindparam("change_no"))
    .order_by(version.c.change_no.desc(), version.c.version_no.desc()).limit(1).scalar_subquery(),
)


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
    version.c.version_no, version.c.record_no, version.c.body,
).where(version.c.body.contains(PRIVATE, autoescape=True)).order_by(version.c.version_no)
_THERE = select(private.c.digest).where(
    private.c.digest.in_(bindparam("digests", expanding=True)))
MANY = 500
"""So many digests are looked for at once."""


def _personal(store: Store) -> list[Break]:
    """Personal values against their digests; one that is gone must have been erased by a change."""
    breaks = []
    for i, row in enumerate(store.stream(select(private).order_by(private.c.digest)), 1):
        if private_digest(row.salt, row.value) != row.digest:
            breaks.append(Break("private", i, "was altered", "被改动"))
    gone: dict[tuple[int, str], int] = {}
    marked = store.stream(_MARKED)
    while part := list(islice(marked, MANY)):
        found = {(r.record_no, f, r.version_no): v[len(PRIVATE):] for r in part
                 for f, v in json.loads(r.body).items()
                 if isinstance(v, str) and v.startswith(PRIVATE)}
        digests = sorted(set(found.values()))
        there = {r[0] for k in range(0, len(digests), MANY)
                 for r in store.read(_THERE, {"digests": digests[k:k + MANY]})}
        gone |= {(record_no, field): number
                 for (record_no, field, number), d in found.items() if d not in there}
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
