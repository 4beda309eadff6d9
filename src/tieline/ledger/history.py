"""Who changed what, why: the history of a record, and the difference between two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from tieline.ledger import queries
from tieline.ledger.draft import body_of
from tieline.ledger.segments import ENDED
from tieline.ledger.state import State, seen
from tieline.ledger.tables import change, latest, record, version

if TYPE_CHECKING:
    from tieline.ledger.rights import Guard
    from tieline.ledger.store import Store
    from tieline.ledger.view import View


@dataclass(frozen=True)
class Step:
    """One field of a record before and after; None is nothing."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Happening:
    """What one change did to a record from one day on: when, who, for whom, why, out of what."""

    record: str
    change_no: int
    at: str
    actor: str
    on_behalf_of: str
    reason: str
    source: str
    valid_from: str
    steps: tuple[Step, ...]
    began: bool = False
    ended: bool = False
    carried: bool = False


@dataclass(frozen=True)
class Difference:
    """How a record differs between two views; `steps` by field, `by` the change behind each."""

    record: str
    kind: str
    label: tuple[str, str]
    steps: tuple[Step, ...]
    by: Mapping[str, Happening]
    came: bool = False
    went: bool = False


def history(store: Store, guard: Guard, record_id: str, known: int) -> list[Happening]:
    """Every change to a record, in the order in which they were written, as far as visible."""
    rows = store.read(queries.VERSIONS, {"id": record_id, "known": known})
    if not rows:
        return []
    visible = guard.fields("read", rows[0].kind, rows[0].owner)
    if not visible:
        return []
    words = _words(store, {r.change_no for r in rows})
    out: list[Happening] = []
    earlier: dict[str, dict[str, Any]] = {}
    for row in rows:
        body = body_of(row.body, row.ended)
        days = [d for d in earlier if d <= row.valid_from]
        before = earlier[max(days)] if days else None
        steps = changed(*(seen(b, visible | {ENDED}, {}) for b in (before or {}, body)))
        at, actor, on_behalf_of, reason, source = words[row.change_no]
        happening = Happening(
            record_id, row.change_no, at, actor, on_behalf_of, reason, source, row.valid_from,
            steps=tuple(s for s in steps if s.field != ENDED), began=not earlier,
            ended=bool(row.ended) and not (before or {}).get(ENDED), carried=row.op == "carry",
        )
        earlier[row.valid_from] = body
        if happening.steps or happening.began or happening.ended:
            out.append(happening)
    return out


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Step, ...]:
    """The fields that differ, sorted by name."""
    return tuple(
        Step(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def diff(earlier: View, later: View, kind: str | None = None) -> list[Difference]:
    """What differs between two views, record by record and field by field, and by whom."""
    old = {s.id: s for s in earlier.records(kind)}
    new = {s.id: s for s in later.records(kind)}
    ids = [i for i in dict.fromkeys([*old, *new]) if _text(old.get(i)) != _text(new.get(i))]
    causes = _causes(later, ids)
    out = []
    for record_id in ids:
        a, b = old.get(record_id), new.get(record_id)
        here = b or a
        assert here is not None  # noqa: S101 - it is in one of the two
        steps = changed(a.values if a else {}, b.values if b else {})
        by = {}
        for step in steps:
            found = [h for h in causes.get(record_id, ()) if step.field in h[1]]
            cause = found[-1][0] if found else None
            if cause is not None:
                by[step.field] = cause
        if steps or a is None or b is None:
            out.append(Difference(
                record_id, here.kind, (here.label("en"), here.label("zh")), steps, by,
                came=a is None, went=b is None,
            ))
    return out


def _text(state: State | None) -> str:
    return "" if state is None else state.body


_BEHIND = (
    select(record.c.record_id, version.c.valid_from, version.c.fields, change.c.change_no,
           change.c.at, change.c.actor, change.c.on_behalf_of, change.c.reason, change.c.source)
    .select_from(version.join(record, record.c.record_no == version.c.record_no)
                 .join(change, change.c.change_no == version.c.change_no))
    .where(record.c.record_id.in_(bindparam("ids", expanding=True)), version.c.op == "set",
           version.c.valid_from <= bindparam("day"), version.c.change_no <= bindparam("known"))
    .order_by(version.c.valid_from, version.c.change_no)
)
IN_ONE_QUERY = 500


def _causes(view: View, ids: Sequence[str]) -> dict[str, list[tuple[Happening, set[str]]]]:
    """By record, the changes that set what holds in the view, the one that counts last."""
    out: dict[str, list[tuple[Happening, set[str]]]] = {}
    for k in range(0, len(ids), IN_ONE_QUERY):
        rows = view.store.read(_BEHIND, {
            "ids": list(ids[k : k + IN_ONE_QUERY]), "day": view.day, "known": view.known})
        for r in rows:
            happening = Happening(
                r.record_id, r.change_no, r.at, r.actor, r.on_behalf_of, r.reason, r.source,
                r.valid_from, (),
            )
            out.setdefault(r.record_id, []).append((happening, set(r.fields.split())))
    return out


def _words(store: Store, numbers: set[int]) -> dict[int, tuple[str, str, str, str, str]]:
    rows: list[Any] = []
    wanted = sorted(numbers)
    for k in range(0, len(wanted), IN_ONE_QUERY):
        rows += store.read(
            select(change).where(change.c.change_no.in_(wanted[k : k + IN_ONE_QUERY])))
    return {r.change_no: (r.at, r.actor, r.on_behalf_of, r.reason, r.source) for r in rows}


@dataclass(frozen=True)
class Recent:
    """A change, and the records of it that may be seen: (id, kind)."""

    change_no: int
    at: str
    actor: str
    reason: str
    source: str
    records: tuple[tuple[str, str], ...]


def recent(
    store: Store, guard: Guard, known: int, most: int, *, kind: str = "", owner: str = "",
) -> list[Recent]:
    """The last changes up to a change, the latest first; those of which nothing may be seen not."""
    out: list[Recent] = []
    before = known + 1
    while len(out) < most and before > 1:
        rows = store.read(_TOUCHED, {"first": before - IN_ONE_QUERY, "before": before})
        touched: dict[int, dict[tuple[str, str], None]] = {}
        for number, record_id, of_kind, of_owner in rows:
            wanted = (not kind or of_kind == kind) and (not owner or of_owner == owner)
            if wanted and guard.fields("read", of_kind, of_owner):
                touched.setdefault(number, {})[record_id, of_kind] = None
        words = _words(store, set(touched))
        for number in sorted(touched, reverse=True)[: most - len(out)]:
            at, actor, _, reason, source = words[number]
            out.append(Recent(number, at, actor, reason, source, tuple(touched[number])))
        before -= IN_ONE_QUERY
    return out


_TOUCHED = (
    select(version.c.change_no, record.c.record_id, record.c.kind, latest.c.owner)
    .select_from(version.join(record, record.c.record_no == version.c.record_no)
                 .join(latest, latest.c.record_no == record.c.record_no))
    .where(version.c.change_no >= bindparam("first"), version.c.change_no < bindparam("before"))
    .order_by(version.c.change_no, record.c.record_no)
)
