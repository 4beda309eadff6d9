"""What an OC4IDS package would change: each record matched, each field held against the ledger."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.ledger.exchange.match import Match, Matcher, once
from tieline.ledger.exchange.oc4ids import read_package
from tieline.ledger.exchange.preview import (
    NAMES,
    Cell,
    Decision,
    Preview,
    PreviewRow,
    Refusal,
    same,
)
from tieline.ledger.exchange.source import Source
from tieline.ledger.values import Context, expected, take
from tieline.region.cells import RefusedError

if TYPE_CHECKING:
    from tieline.ledger.append import Entry, Note, Receipt
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import View

SCHEME = "oc4ids"


@dataclass(frozen=True)
class PackagePreview:
    """The preview for people, and what would be written: an entry for each of its rows."""

    preview: Preview
    entries: tuple[Entry, ...]


def preview_package(
    ledger: Ledger, path: Path, who: Principal, owner: str = ""
) -> PackagePreview:
    """What accepting the package would change; `owner` is for projects that are not ours.

    Raises
    ------
    InputError
        If it is no such package.
    """
    entries = read_package(path, owner=owner)
    view = ledger.view(who)
    matches = _matches(view, entries)
    kinds = {e.record: e.kind for e in entries if e.record}

    def kind_of(record_id: str) -> str | None:
        found = view.record(record_id)
        return found.kind if found else kinds.get(record_id)

    context = Context(view.day, view.catalogue.codes, kind_of)
    refused: list[Refusal] = []
    rows, written = [], []
    unwritten: set[str] = set()
    for number, (entry, match) in enumerate(zip(entries, matches, strict=True), 1):
        stands = view.record(match.record) if match.record else None
        values = _taken(view, entry, number, context, refused)
        cells = _cells(values, stands)
        if stands is None and _refuse_missing(view, entry, number, values, unwritten, refused):
            cells = ()
            unwritten.add(entry.record or "")
        name = str(values.get("name_zh") or values.get("name") or entry.record or "")
        rows.append(PreviewRow(number, name, match, cells, kind=entry.kind))
        written.append(replace(
            entry, kind="" if stands else entry.kind, record=match.record or entry.record,
            values={c.field: c.wanted for c in cells}, base=view.known if stands else None))
    source = Source(path.name, sha256(path.read_bytes()).hexdigest(), (), ())
    return PackagePreview(
        Preview(source, "project", view.known, rows, tuple(refused), ()), tuple(written))


def accept_package(
    ledger: Ledger, found: PackagePreview, note: Note, decision: Decision, *, who: Principal
) -> Receipt | None:
    """Write what the preview shows in one change; None if nothing differs."""
    source = found.preview.source
    refused = frozenset(r.row for r in found.preview.refused)
    chosen = [
        replace(e, valid_from=decision.valid_from or e.valid_from)
        for r, e in zip(found.preview.rows, found.entries, strict=True)
        if decision.takes(r, refused)
    ]
    if not chosen:
        return None
    marked = replace(note, source=f"import:{source.name}:sha256={source.digest}")
    return ledger.commit(marked, chosen, who=who)


def _matches(view: View, entries: Sequence[Entry]) -> list[Match]:
    matcher = Matcher(view.records("project"), SCHEME)
    found = []
    for number, entry in enumerate(entries, 1):
        if entry.record:  # written by a ledger, under its own id
            there = view.record(entry.record)
            found.append((number, Match(entry.record, "id") if there else Match(None, "new")))
            continue
        source = (entry.values.get("external_ids") or {}).get(SCHEME, "")
        names = [str(entry.values.get(n) or "") for n in NAMES]
        found.append((number, matcher.find("", source, names)))
    return once(found)


def _taken(
    view: View, entry: Entry, number: int, context: Context, refused: list[Refusal]
) -> dict[str, Any]:
    """The values as bodies hold them; what a field does not take is refused by itself."""
    fields = view.catalogue[entry.kind].fields
    out = {}
    for name, value in entry.values.items():
        field = fields.get(name)
        if field is None:
            refused.append(Refusal(number, name, f"a field of {entry.kind}",
                                   "none of that name"))
            continue
        try:
            out[name] = take(field, value, context)
        except RefusedError as error:
            refused.append(Refusal(number, field.title, expected(field, context.codes),
                                   str(error)))
    return out


def _refuse_missing(
    view: View, entry: Entry, number: int, values: Mapping[str, Any], unwritten: Container[str],
    refused: list[Refusal],
) -> bool:
    """Refuse a new record for what its kind requires and it has not, or with what it belongs to."""
    kind = view.catalogue[entry.kind]
    known = {(r.row, r.column) for r in refused}
    missing = kind.missing({k: v for k, v in values.items() if v is not None})
    refused += [Refusal(number, f.title, expected(f, view.catalogue.codes), "nothing")
                for f in missing if (number, f.title) not in known]
    parent = str(values.get("parent") or "")
    lost = bool(parent) and parent in unwritten
    if lost:
        refused.append(Refusal(number, kind.fields["parent"].title,
                               expected(kind.fields["parent"], view.catalogue.codes),
                               f"'{parent}', which is incomplete"))
    return bool(missing) or lost


def _cells(values: Mapping[str, Any], stands: State | None) -> tuple[Cell, ...]:
    known: Mapping[str, Any] = stands.values if stands else {}
    wanted = dict(values)
    if known.get("external_ids") and wanted.get("external_ids"):
        wanted["external_ids"] = {**known["external_ids"], **wanted["external_ids"]}
    return tuple(
        Cell(n, known.get(n), v) for n, v in wanted.items()
        if v is not None and not same(known.get(n), v)
    )
