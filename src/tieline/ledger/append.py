"""Writing a change: all of it or nothing, one after the other, never over what was written.

Within one transaction: the entries are checked against their kinds, against what others wrote
since the writer looked, and against the rights of who writes; then versions, projections and
last the change itself with its hash are inserted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tieline.errors import ConflictError, InputError, LedgerError
from tieline.ledger import bulk, clock, records
from tieline.ledger.check import Checker
from tieline.ledger.conflict import find_conflicts
from tieline.ledger.digest import GENESIS, change_hash, record_digest, version_digest
from tieline.ledger.draft import Draft
from tieline.ledger.project import Projector
from tieline.ledger.segments import ENDED
from tieline.ledger.tables import change, private, record, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.rights import Guard

CHUNK = 1000
"""Entries that are held in memory together."""


@dataclass(frozen=True)
class Note:
    """Who changes, why, for whom, out of which source; `reason` must not be empty."""

    actor: str
    reason: str
    on_behalf_of: str = ""
    source: str = "api"


@dataclass(frozen=True)
class Entry:
    """New values of some fields of one record, from a day on.

    Parameters
    ----------
    kind
        Needed for a new record.
    record
        Its id; None for a new record that is to get one.
    values
        None takes a field away. Fields that are not named keep their values.
    valid_from
        The day from which it is true; None is today.
    base
        Number of the change at which the writer looked: if a field was changed by somebody else
        since, nothing is written. None writes upon whatever stands.
    end
        The record is no more from `valid_from` on.
    """

    kind: str = ""
    record: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    valid_from: date | None = None
    base: int | None = None
    end: bool = False


@dataclass(frozen=True)
class Receipt:
    """What was written: the change, its hash - to be kept outside - and the ids of the records."""

    change_no: int
    at: str
    hash: str
    ids: tuple[str, ...]


class Writer:
    """One change in the making, on a connection that holds the ledger's lock."""

    def __init__(
        self, connection: Connection, catalogue: Catalogue, time_zone: str, guard: Guard
    ) -> None:
        self._connection = connection
        self._today = clock.today(time_zone).isoformat()
        self._guard = guard
        self._catalogue = catalogue
        last = bulk.fetch(connection, _LAST, {})
        self._last = tuple(last[0]) if last else (0, "", GENESIS, 0, 0)
        self.change_no: int = self._last[0] + 1
        self._next_record: int = self._last[3] + 1
        self._next_version: int = self._last[4] + 1
        self._names = records.Names(connection)
        self._checker = Checker(catalogue, self._names.kind_of)
        self._projector = Projector(connection, catalogue)
        self._record_digests: list[bytes] = []
        self._version_digests: list[bytes] = []
        self._done: set[int] = set()
        self._ids: dict[str, None] = {}

    def write(
        self, note: Note, entries: Iterable[Entry],
        progress: Callable[[int, int], None] | None = None, total: int = 0,
    ) -> Receipt:
        """Write every entry and the change; problems of all entries are raised together."""
        _check_note(note)
        done = 0
        for chunk in _chunks(entries):
            self._write_chunk(chunk, done)
            done += len(chunk)
            if progress is not None:
                progress(done, max(total, done))
        if not self._version_digests:
            message = "a change without any entry"
            raise LedgerError(message)
        at = clock.after(self._last[1], clock.now())
        words = (note.actor, note.on_behalf_of, note.reason, note.source)
        digests = [*self._record_digests, *self._version_digests]
        hashed = change_hash(self._last[2], self.change_no, at, words, digests)
        bulk.insert(self._connection, "change", [
            (self.change_no, at, *words, self._last[2], hashed)])
        return Receipt(self.change_no, at, hashed, tuple(self._ids))

    def _write_chunk(self, chunk: list[Entry], offset: int) -> None:
        self._names.trim()
        days = [e.valid_from.isoformat() if e.valid_from else self._today for e in chunk]
        drafts = self._begun(chunk, days)
        self._names.look_up(_belonging(chunk))
        problems: list[str] = []
        conflicts: list[object] = []
        for i, (entry, day) in enumerate(zip(chunk, days, strict=True), offset + 1):
            try:
                draft = self._draft(entry, drafts)
                conflicts += self._give(entry, draft, day)
            except InputError as error:
                problems += [f"entry {i}, {p}" for p in error.problems]
        if problems:
            raise InputError(problems)
        if conflicts:
            raise ConflictError(conflicts)
        self._insert(drafts)

    def _begun(self, chunk: list[Entry], days: list[str]) -> dict[str, Draft]:
        """Drafts of the records that are there, with their segments from the earliest day on."""
        earliest: dict[str, str] = {}
        for entry, day in zip(chunk, days, strict=True):
            if entry.record is not None:
                earliest[entry.record] = min(day, earliest.get(entry.record, day))
        drafts = {}
        for day, ids in _by_value(earliest).items():
            for i, (name, before) in self._names.standing(ids, day).items():
                drafts[i] = Draft(name.record_no, i, name.kind, new=False, holder=name.owner,
                                  before=before, after=before)
        return drafts

    def _draft(self, entry: Entry, drafts: dict[str, Draft]) -> Draft:
        """The record's draft, begun if the record is new."""
        draft = drafts.get(entry.record or "") or self._new(entry)
        if draft.record_no in self._done:
            message = f"record {entry.record}: expected once in a change this long"
            raise InputError([message])
        if entry.kind and entry.kind != draft.kind:
            message = f"record {entry.record}: expected kind {draft.kind}, found {entry.kind}"
            raise InputError([message])
        drafts[draft.record_id] = draft
        return draft

    def _new(self, entry: Entry) -> Draft:
        if entry.end or entry.kind not in self._catalogue:
            wanted, found = (("a known kind", f"kind '{entry.kind}'") if entry.kind else (
                "a record that is there, or the kind of a new one", f"no record '{entry.record}'"))
            message = f"record {entry.record or 'new'}: expected {wanted}, found {found}"
            raise InputError([message])
        number = self._next_record
        name = entry.record or f"{entry.kind}-{number}"
        self._checker.check_id(name)
        self._next_record += 1
        self._names.add(name, number, entry.kind)
        return Draft(number, name, entry.kind, new=True)

    def _give(self, entry: Entry, draft: Draft, day: str) -> list[object]:
        values = entry.values
        if draft.new and values.get("parent") and not values.get("owner") and not draft.after:
            values = {**values, "owner": self._names.owner_of(str(values["parent"]))}
        taken = self._checker.take(draft, values, day)
        if entry.end:
            taken[ENDED] = True
        elif draft.known(day).get(ENDED):
            taken[ENDED] = None
        if not taken:
            message = f"record {draft.record_id}: expected a value, found none"
            raise InputError([message])
        self._check_rights(draft, taken, day)
        conflicts = [] if entry.base is None or draft.new else find_conflicts(
            self._connection, draft, taken, day, entry.base
        )
        segment = draft.give(day, taken)
        self._checker.check_whole(draft, segment)
        self._names.own(draft.record_id, str(draft.after[-1].body.get("owner", "")))
        self._ids[draft.record_id] = None
        return conflicts

    def _check_rights(self, draft: Draft, taken: Mapping[str, Any], day: str) -> None:
        owner = taken.get("owner")
        fields = [f for f in taken if f != ENDED]
        self._guard.require("write", draft.kind, draft.holder or str(owner or ""), fields)
        if not owner or draft.holder in ("", owner):
            return
        self._guard.require("share", draft.kind, draft.holder, ["owner"])
        if day > self._today:
            # whose rights count must not depend on the day of reading
            message = (f"record {draft.record_id}, field 'owner': expected a day until today, "
                       f"found {day}")
            raise InputError([message])

    def _insert(self, drafts: dict[str, Draft]) -> None:
        new = [d for d in drafts.values() if d.new]
        if new:
            bulk.insert(self._connection, "record", [
                (d.record_no, d.record_id, d.kind, self.change_no) for d in new])
        self._record_digests += [record_digest(d.record_no, d.record_id, d.kind) for d in new]
        if self._checker.secrets:
            self._connection.execute(private.insert(), self._checker.take_secrets())
        rows = []
        for draft in drafts.values():
            first = self._next_version
            versions = draft.versions()
            for v in versions:
                row = (self._next_version, draft.record_no, self.change_no, v.op, v.ended,
                       v.valid_from, v.fields, v.body)
                digest = version_digest(row)
                self._version_digests.append(digest)
                rows.append((*row, digest))
                self._next_version += 1
            self._projector.add(draft, versions, first, self.change_no)
            self._done.add(draft.record_no)
        bulk.insert(self._connection, "version", rows)
        self._projector.flush()


_LAST = select(
    change.c.change_no, change.c.at, change.c.hash,
    select(func.coalesce(func.max(record.c.record_no), 0)).scalar_subquery(),
    select(func.coalesce(func.max(version.c.version_no), 0)).scalar_subquery(),
).order_by(change.c.change_no.desc()).limit(1)
"""The head of the chain, and the last numbers of a record and a version."""


def _belonging(chunk: Iterable[Entry]) -> Iterator[str]:
    """The records that those of the entries belong to."""
    for e in chunk:
        for name in ("owner", "parent"):
            value = e.values.get(name)
            if type(value) is str:
                yield value


def _by_value(given: Mapping[str, str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for key, value in given.items():
        out.setdefault(value, []).append(key)
    return out


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    stream = iter(entries)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def _check_note(note: Note) -> None:
    problems = [
        f"change, field '{name}': expected a text, found {value!r}"
        for name, value in (("actor", note.actor), ("reason", note.reason))
        if not value.strip()
    ]
    if problems:
        raise InputError(problems)
