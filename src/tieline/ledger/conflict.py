"""What somebody else changed since a writer looked, field by field, with both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tieline.ledger.digest import canonical
from tieline.ledger.draft import body_of
from tieline.ledger.tables import change, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.draft import Draft


@dataclass(frozen=True)
class Conflict:
    """One field: what the writer had seen, what stands now, what the writer wanted; by whom."""

    record: str
    field: str
    seen: Any
    now: Any
    wanted: Any
    change_no: int
    actor: str
    at: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.record}, field '{self.field}': you saw {_shown(self.seen)}, "
            f"{self.actor} set {_shown(self.now)} (change {self.change_no}, {self.at}, "
            f"'{self.reason}'), you want {_shown(self.wanted)}"
        )


def find_conflicts(
    connection: Connection, draft: Draft, taken: Mapping[str, Any], day: str, base: int
) -> list[object]:
    """The fields of `taken` that were changed after `base` to something else on that day."""
    since = connection.execute(
        select(version.c.fields, version.c.change_no)
        .where(version.c.record_no == draft.record_no, version.c.change_no > base)
    ).all()
    touched = {f: r.change_no for r in since for f in r.fields.split() if f in taken}
    if not touched:
        return []
    seen = _body_at(connection, draft.record_no, day, base)
    stands = draft.known(day)
    out: list[object] = []
    for name in sorted(touched):
        now, wanted = stands.get(name), taken[name]
        if now in (seen.get(name), wanted):
            continue
        who = connection.execute(
            select(change.c.actor, change.c.at, change.c.reason)
            .where(change.c.change_no == touched[name])
        ).one()
        out.append(Conflict(
            draft.record_id, name, seen.get(name), now, wanted, touched[name], *who
        ))
    return out


def _body_at(connection: Connection, record_no: int, day: str, known: int) -> dict[str, Any]:
    row = connection.execute(
        select(version.c.body, version.c.ended)
        .where(version.c.record_no == record_no, version.c.valid_from <= day,
               version.c.change_no <= known)
        .order_by(version.c.valid_from.desc(), version.c.change_no.desc()).limit(1)
    ).first()
    return {} if row is None else body_of(row.body, row.ended)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else canonical([value])


