"""What an import would change, for a person to judge before anything is written.

Every row is matched and every cell held against the ledger. A cell that its field cannot take is
refused by itself; the rest of the row goes on. A workbook that was written by the ledger knows the
change at which it was written: a cell that was not touched since is not a change, and one that
both the workbook and somebody else changed is a conflict with both sides shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from tieline.errors import InputError
from tieline.ledger.append import Entry, Note, Receipt
from tieline.ledger.exchange.mapping import (
    IDENTIFIER,
    REASON,
    RECORD,
    Bound,
    Columns,
    bind,
    read_cell,
)
from tieline.ledger.exchange.match import Match, Matcher, once
from tieline.ledger.exchange.network import as_projects, is_projects_table
from tieline.ledger.exchange.workbook import Unreadable
from tieline.ledger.values import Context, expected, take
from tieline.region.cells import RefusedError, shown
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.exchange.source import Source
    from tieline.ledger.kinds import Kind
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import View

MONEY_KEYS = ("minor", "currency", "relation")
NAMES = ("name", "name_zh")
REPEATED = frozenset({str, int, date, datetime})
"""What a cell may hold for its value to be remembered: columns repeat themselves."""
NUMERIC = ("money", "number", "measure")
THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{3})+(?![\d.])")
KEPT = 10_000
"""So many values of a column are remembered."""


class Cell(NamedTuple):
    """A field a row would change: what stands, what the file says; `seen` in a conflict."""

    field: str
    stands: Any
    wanted: Any
    seen: Any = None
    conflict: bool = False


@dataclass(frozen=True)
class Refusal:
    """A cell that was not taken: row, column, what was expected, what was found."""

    row: int
    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        return (f"row {self.row}, column '{self.column}': expected {self.expected}, "
                f"found {self.found}")


class PreviewRow(NamedTuple):
    """A row of the file: what it is, what it would change, why."""

    row: int
    name: str
    match: Match
    cells: tuple[Cell, ...]
    reason: str = ""
    kind: str = ""
    """Kind of record, where it is not the preview's."""


@dataclass(frozen=True)
class Preview:
    """What an import would change; `accept` writes it."""

    source: Source
    kind: str
    known: int
    rows: Sequence[PreviewRow]
    refused: tuple[Refusal, ...]
    unused: tuple[str, ...]
    missing: tuple[str, ...] = field(default=())
    points: Mapping[str, str] = field(default_factory=dict)
    """Column -> a cell such as 273.000, read as 273, or 2.730.000: the point may part thousands."""

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by how they were matched, and what is in them.

        A row that would be new but lacks what its kind requires is `incomplete`.
        """
        ways = Counter(r.match.how for r in self.rows)
        changed = cells = conflicts = incomplete = 0
        for r in self.rows:
            changed += bool(r.cells and r.match.record)
            cells += len(r.cells)
            incomplete += r.match.how == "new" and not r.cells
            conflicts += sum(c.conflict for c in r.cells)
        ways["new"] -= incomplete
        return {
            **ways, "incomplete": incomplete, "changed": changed, "cells": cells,
            "conflicts": conflicts,
            "refused": len(self.refused), "absent": len(self.missing),
        }

    def without(self, decision: Decision | None = None) -> dict[int, tuple[str, ...]]:
        """Rows that are written, or would be, without cells that were refused: row, its columns."""
        cells: dict[int, list[str]] = {}
        for r in self.refused:
            cells.setdefault(r.row, []).append(r.column)
        wanted = decision or Decision()
        return {} if wanted.whole else {
            r.row: tuple(cells[r.row]) for r in self.rows
            if r.row in cells and wanted.takes(r, cells)
        }


class Compared(Sequence[PreviewRow]):
    """The rows of a preview, each held against the ledger when it is asked for.

    What a file of 100,000 rows says is held once, not once more for every cell it would change.
    """

    def __init__(self, read: Sequence[_Read], matches: Sequence[Match], work: _Work) -> None:
        self._read, self._matches, self._work = read, matches, work

    def __len__(self) -> int:
        return len(self._read)

    @overload
    def __getitem__(self, at: int) -> PreviewRow: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[PreviewRow]: ...

    def __getitem__(self, at: int | slice) -> PreviewRow | Sequence[PreviewRow]:
        if isinstance(at, slice):
            return Compared(self._read[at], self._matches[at], self._work)
        return self._work.compare(self._read[at], self._matches[at])


def preview(
    ledger: Ledger, source: Source, mapping: Columns, who: Principal,
    progress: Callable[[int, int], None] | None = None,
) -> Preview:
    """Match and compare every row; nothing is written."""
    asked = source.kind or mapping.kind
    if asked not in ledger.catalogue:
        near = nearest(asked, list(ledger.catalogue))
        message = f"{source.name}: expected a known kind of record, found '{asked}'{near}"
        raise InputError([message])
    kind = ledger.catalogue[asked]
    view = ledger.view(who)
    if is_projects_table(source, mapping):
        source, mapping = as_projects(source, mapping, view.records(kind.name))
    bound, unused = bind(source, kind, mapping)
    before = None if source.snapshot is None else ledger.view(who, at_change=source.snapshot)
    work = _Work(view, before, kind, mapping, bound)
    read = []
    for i, (number, cells) in enumerate(source.rows, 1):
        read.append(work.read(number, cells))
        if progress is not None and i % 500 == 0:
            progress(i, len(source.rows))
    matches = once([(r.number, r.match) for r in read])
    for r, m in zip(read, matches, strict=True):
        work.refuse_missing(r, m)
    met = {m.record for m in matches} | {i for m in matches for i in m.perhaps}
    absent = tuple(
        i for i, s in work.stands.items()
        if i not in met and mapping.scheme in (s.get("external_ids") or {})
    )
    return Preview(source, kind.name, view.known, Compared(read, matches, work),
                   tuple(work.refused), tuple(unused), absent, work.points)


class _Read(NamedTuple):
    """A row whose cells were taken, or refused (`...`), in the order of the bound columns."""

    number: int
    name: str
    match: Match
    taken: tuple[Any, ...]
    reason: str


class _Work:
    """One preview in the making."""

    def __init__(
        self, view: View, before: View | None, kind: Kind, mapping: Columns, bound: list[Bound]
    ) -> None:
        states = view.records(kind.name)
        self.stands = {s.id: s for s in states}
        self._seen = {s.id: s for s in before.records(kind.name)} if before else {}
        self._has_snapshot = before is not None
        self._matcher = Matcher(states, mapping.scheme, stable_ids=mapping.stable_ids)
        self._kind, self._mapping, self._bound = kind, mapping, bound
        special = (RECORD, IDENTIFIER, REASON, *NAMES)
        self._special = {b.target: i for i, b in enumerate(bound) if b.target in special}
        self._memo: list[dict[Any, Any]] = [{} for _ in bound]
        known: dict[str, str | None] = {}

        def kind_of(record_id: str) -> str | None:
            if record_id not in known:
                found = view.record(record_id)
                known[record_id] = found.kind if found else None
            return known[record_id]

        self._context = Context(view.day, view.catalogue.codes, kind_of)
        self.refused: list[Refusal] = []
        self.points: dict[str, str] = {}

    def read(self, number: int, cells: Sequence[Any]) -> _Read:
        """A row's values, and what it is if no other row is that."""
        taken = []
        width = len(cells)
        for i, b in enumerate(self._bound):
            cell = cells[b.index] if b.index < width else None
            known = self._memo[i]
            key = (type(cell), cell)
            if type(cell) in REPEATED and key in known:
                taken.append(known[key])
                continue
            value = read_cell(b, cell, self._mapping)
            if b.field is not None:
                value = self._take(number, b, value, cell)
            if type(cell) in REPEATED and value is not ... and len(known) < KEPT:
                known[key] = value
            taken.append(value)
        said = {n: "" if taken[i] is ... else str(taken[i] or "")
                for n, i in self._special.items()}
        names = [said.get(n, "") for n in NAMES]
        match = self._matcher.find(said.get(RECORD, ""), said.get(IDENTIFIER, ""), names)
        return _Read(number, names[1] or names[0], match, tuple(taken), said.get(REASON, ""))

    def compare(self, read: _Read, match: Match) -> PreviewRow:
        """What the row would change."""
        state = self.stands.get(match.record or "")
        if state is None:
            values = self._new(read)
            cells = () if self._kind.missing(values) else tuple(
                [Cell(k, None, v) for k, v in values.items()])
        else:
            cells = self._changes(state, self._said(read))
        return PreviewRow(read.number, read.name, match, cells, read.reason)

    def refuse_missing(self, read: _Read, match: Match) -> None:
        """Refuse a new record's row for what its kind requires and it does not say."""
        if match.record in self.stands:
            return
        said = {b.target for b, v in zip(self._bound, read.taken, strict=True) if v is ...}
        self.refused += [
            Refusal(read.number, f.title, expected(f, self._context.codes), "nothing")
            for f in self._kind.missing(self._new(read)) if f.name not in said
        ]

    def _said(self, read: _Read) -> dict[str, Any]:
        """What the row says, by field."""
        said = {b.target: v for b, v in zip(self._bound, read.taken, strict=True)
                if b.field is not None}
        at = self._special.get(IDENTIFIER)
        if at is not None and read.taken[at]:
            said["external_ids"] = {self._mapping.scheme: str(read.taken[at])}
        return said

    def _new(self, read: _Read) -> dict[str, Any]:
        """The values of a new record."""
        said = {k: v for k, v in self._said(read).items() if v is not None and v is not ...}
        return {**self._mapping.constants, **said}

    def _take(self, number: int, bound: Bound, value: Any, cell: Any) -> Any:
        assert bound.field is not None  # noqa: S101 - the caller asks for fields only
        if (isinstance(value, str) and bound.field.type in NUMERIC and self._mapping.decimal == "."
                and THOUSANDS.search(value)):
            self.points.setdefault(bound.column, value)
        try:
            if isinstance(cell, Unreadable) and value == cell:
                raise RefusedError(cell.said)
            return take(bound.field, value, self._context)
        except RefusedError as error:
            wanted = expected(bound.field, self._context.codes)
            found = str(error)
            if isinstance(cell, str) and isinstance(value, str):
                found = found.replace(shown(value), shown(cell.strip()))
            self.refused.append(Refusal(number, bound.column, wanted, found))
            return ...

    def _changes(self, state: State, said: dict[str, Any]) -> tuple[Cell, ...]:
        seen = self._seen.get(state.id)
        out = []
        for name, wanted in said.items():
            stands = state.get(name)
            if name == "external_ids" and wanted:
                wanted = {**(stands or {}), **wanted}
            if wanted is ... or same(stands, wanted) or (wanted is None and not self._has_snapshot):
                continue  # a list that says nothing takes nothing away; a template does
            base = seen.get(name) if seen is not None else stands
            if self._has_snapshot and same(base, wanted):
                continue
            out.append(Cell(name, stands, wanted, base, conflict=not same(base, stands)))
        return tuple(out)


def same(a: Any, b: Any) -> bool:
    """Whether two values say the same; 1.5亿元 and 15000万元 do."""
    if isinstance(a, dict) and isinstance(b, dict) and "minor" in a and "minor" in b:
        return all(a.get(k, "=") == b.get(k, "=") for k in MONEY_KEYS)
    return bool(a == b)


@dataclass(frozen=True)
class Decision:
    """What a person decides on a preview: from which day it is true, which doubtful rows are new.

    `doubtful` holds the numbers of doubtful rows that are to become new records; with `whole` no
    row is written of which a cell was refused.
    """

    valid_from: date | None = None
    doubtful: frozenset[int] = frozenset()
    whole: bool = False

    def takes(self, row: PreviewRow, refused: Container[int]) -> bool:
        """Whether the row is written."""
        if not row.cells or (self.whole and row.row in refused):
            return False
        return row.match.how != "doubtful" or row.row in self.doubtful


def accept(
    ledger: Ledger, found: Preview, note: Note, decision: Decision, *, who: Principal,
    progress: Callable[[int, int], None] | None = None,
) -> list[Receipt]:
    """Write what the preview shows: a change for each reason, all of them or none.

    Raises
    ------
    InputError
        If there is a conflict, or a row of a template has no reason.
    """
    source = f"import:{found.source.name}:sha256={found.source.digest}"
    problems: list[str] = []
    by_reason: dict[str, list[int]] = {}
    refused = frozenset(r.row for r in found.refused)
    for i, r in enumerate(found.rows):
        if decision.takes(r, refused):
            problems += _problems(found.source, r)
            by_reason.setdefault(r.reason or note.reason, []).append(i)
    if problems:
        raise InputError(problems)
    changes = [
        (Note(note.actor, reason, note.on_behalf_of, source),
         _entries(found, rows, decision.valid_from))
        for reason, rows in by_reason.items()
    ]
    total = sum(map(len, by_reason.values()))
    return ledger.commit_all(changes, who=who, progress=progress, total=total)


def _problems(source: Source, row: PreviewRow) -> list[str]:
    where = f"{source.name}, row {row.row}"
    out = [f"{where}, field '{c.field}': others changed it since this workbook was written"
           for c in row.cells if c.conflict]
    if source.snapshot is not None and not row.reason:
        out.append(f"{where}: expected a reason, found none")
    return out


def _entries(
    found: Preview, rows: Sequence[int], valid_from: date | None
) -> Iterator[Entry]:
    for i in rows:
        yield _entry(found, found.rows[i], valid_from)


def _entry(found: Preview, row: PreviewRow, valid_from: date | None) -> Entry:
    values = {c.field: c.wanted for c in row.cells}
    record = row.match.record
    return Entry(found.kind if record is None else "", record, values, valid_from,
                 None if record is None else found.known)
