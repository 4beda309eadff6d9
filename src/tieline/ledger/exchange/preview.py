"""What an import would change, for a person to judge before anything is written.

Every row is matched and every cell held against the ledger. A cell that its field cannot take is
refused by itself; the rest of the row goes on. A workbook that was written by the ledger knows the
change at which it was written: a cell that was not touched since is not a change, and one that
both the workbook and somebody else changed is a conflict with both sides shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

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
from tieline.ledger.values import Context, expected, take
from tieline.region.cells import RefusedError

if TYPE_CHECKING:
    from tieline.ledger.exchange.source import Source
    from tieline.ledger.kinds import Kind
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.view import View

MONEY_KEYS = ("minor", "currency", "relation")


@dataclass(frozen=True)
class Cell:
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


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file: what it is, what it would change, why."""

    row: int
    name: str
    match: Match
    cells: tuple[Cell, ...]
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """What an import would change; `accept` writes it."""

    source: Source
    kind: str
    known: int
    rows: tuple[PreviewRow, ...]
    refused: tuple[Refusal, ...]
    unused: tuple[str, ...]
    missing: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> dict[str, int]:
        """Rows by how they were matched, and what is in them."""
        ways = Counter(r.match.how for r in self.rows)
        return {
            **ways, "changed": sum(1 for r in self.rows if r.cells and r.match.record),
            "cells": sum(len(r.cells) for r in self.rows),
            "conflicts": sum(c.conflict for r in self.rows for c in r.cells),
            "refused": len(self.refused), "absent": len(self.missing),
        }


def preview(
    ledger: Ledger, source: Source, mapping: Columns, who: Principal,
    progress: Callable[[int, int], None] | None = None,
) -> Preview:
    """Match and compare every row; nothing is written."""
    kind = ledger.catalogue[source.kind or mapping.kind]
    bound, unused = bind(source, kind, mapping)
    view = ledger.view(who)
    before = None if source.snapshot is None else ledger.view(who, at_change=source.snapshot)
    work = _Work(view, before, kind, mapping, bound)
    read = []
    for i, (number, cells) in enumerate(source.rows, 1):
        read.append(work.read(number, cells))
        if progress is not None and i % 500 == 0:
            progress(i, len(source.rows))
    matches = once([(r.number, r.match) for r in read])
    rows = [work.compare(r, m) for r, m in zip(read, matches, strict=True)]
    met = {r.match.record for r in rows}
    absent = tuple(
        i for i, s in work.stands.items()
        if i not in met and mapping.scheme in (s.get("external_ids") or {})
    )
    return Preview(source, kind.name, view.known, tuple(rows), tuple(work.refused),
                   tuple(unused), absent)


class _Read(NamedTuple):
    """A row whose cells were taken, or refused (`...`)."""

    number: int
    name: str
    match: Match
    said: dict[str, Any]
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
        known: dict[str, str | None] = {}

        def kind_of(record_id: str) -> str | None:
            if record_id not in known:
                found = view.record(record_id)
                known[record_id] = found.kind if found else None
            return known[record_id]

        self._context = Context(view.day, view.catalogue.codes, kind_of)
        self.refused: list[Refusal] = []

    def read(self, number: int, cells: list[Any]) -> _Read:
        """A row's values, and what it is if no other row is that."""
        said: dict[str, Any] = {}
        for b in self._bound:
            cell = cells[b.index] if b.index < len(cells) else None
            value = read_cell(b, cell, self._mapping)
            said[b.target] = value if b.field is None else self._take(number, b, value)
        special = {k: str(said.pop(k) or "") for k in (RECORD, IDENTIFIER, REASON) if k in said}
        names = [str(said.get(n) or "") for n in ("name", "name_zh")]
        match = self._matcher.find(special.get(RECORD, ""), special.get(IDENTIFIER, ""), names)
        if special.get(IDENTIFIER):
            said["external_ids"] = {self._mapping.scheme: special[IDENTIFIER]}
        return _Read(number, names[1] or names[0], match, said, special.get(REASON, ""))

    def compare(self, read: _Read, match: Match) -> PreviewRow:
        """What the row would change."""
        cells = self._cells(read.number, match.record, read.said)
        return PreviewRow(read.number, read.name, match, cells, read.reason)

    def _take(self, number: int, bound: Bound, value: Any) -> Any:
        assert bound.field is not None  # noqa: S101 - the caller asks for fields only
        try:
            return take(bound.field, value, self._context)
        except RefusedError as error:
            wanted = expected(bound.field, self._context.codes)
            self.refused.append(Refusal(number, bound.column, wanted, str(error)))
            return ...

    def _cells(
        self, number: int, record: str | None, said: dict[str, Any]
    ) -> tuple[Cell, ...]:
        state = self.stands.get(record or "")
        if state is None:
            values = {**self._mapping.constants, **{
                k: v for k, v in said.items() if v not in (None, ...)}}
            missing = self._kind.missing(values)
            self.refused += [
                Refusal(number, f.title, expected(f, self._context.codes), "nothing")
                for f in missing
            ]
            return () if missing else tuple(Cell(k, None, v) for k, v in values.items())
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

    `doubtful` holds the numbers of doubtful rows that are to become new records.
    """

    valid_from: date | None = None
    doubtful: frozenset[int] = frozenset()


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
    rows = [r for r in found.rows
            if r.cells and (r.match.how != "doubtful" or r.row in decision.doubtful)]
    problems = [
        f"{found.source.name}, row {r.row}, field '{c.field}': others changed it since this "
        "workbook was written" for r in rows for c in r.cells if c.conflict
    ]
    if found.source.snapshot is not None:
        problems += [f"{found.source.name}, row {r.row}: expected a reason, found none"
                     for r in rows if not r.reason]
    if problems:
        raise InputError(problems)
    by_reason: dict[str, list[PreviewRow]] = {}
    for r in rows:
        by_reason.setdefault(r.reason or note.reason, []).append(r)
    source = f"import:{found.source.name}:sha256={found.source.digest}"
    changes = [
        (Note(note.actor, reason, note.on_behalf_of, source),
         [_entry(found, r, decision.valid_from) for r in group])
        for reason, group in by_reason.items()
    ]
    return ledger.commit_all(changes, who=who, progress=progress, total=len(rows))


def _entry(found: Preview, row: PreviewRow, valid_from: date | None) -> Entry:
    values = {c.field: c.wanted for c in row.cells}
    record = row.match.record
    return Entry(found.kind if record is None else "", record, values, valid_from,
                 None if record is None else found.known)
