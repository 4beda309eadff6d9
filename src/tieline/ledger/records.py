"""Names, owners and segments of records, read on the connection that writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, bindparam, func, select

from tieline.ledger import bulk
from tieline.ledger.draft import VersionRow, segments_of
from tieline.ledger.tables import latest, record, version

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Select

    from tieline.ledger.segments import Segment

IN_ONE_QUERY = 500
KEPT = 100_000
"""So many names are remembered while a change is written."""


class Name(NamedTuple):
    """A record's number and kind, and the jurisdiction that owns it now."""

    record_no: int
    kind: str
    owner: str


class Names:
    """The records there are, those of the change in the making included."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Name | None] = {}

    def trim(self) -> None:
        """Forget all if they are too many to remember; between two chunks of entries."""
        if len(self._known) > KEPT:
            self._known.clear()

    def look_up(self, ids: Iterable[str]) -> None:
        """Read many names at once."""
        wanted = [i for i in dict.fromkeys(ids) if i not in self._known]
        for k in range(0, len(wanted), IN_ONE_QUERY):
            part = wanted[k : k + IN_ONE_QUERY]
            self._known.update(dict.fromkeys(part))
            found = _of(self._connection, _NAMED, record.c.record_id, part, {})
            self._known.update({r[0]: Name(r[1], r[2], r[3] or "") for r in found})

    def find(self, record_id: str) -> Name | None:
        """The record of that id, if there is one."""
        if record_id not in self._known:
            self.look_up([record_id])
        return self._known[record_id]

    def kind_of(self, record_id: str) -> str | None:
        """The kind of the record of that id, if there is one."""
        found = self.find(record_id)
        return found.kind if found else None

    def owner_of(self, record_id: str) -> str:
        """Who owns the record now; "" if there is no such record."""
        found = self.find(record_id)
        return found.owner if found else ""

    def standing(
        self, ids: Sequence[str], day: str
    ) -> dict[str, tuple[Name, tuple[Segment, ...]]]:
        """Of the records that are there: name, and segments from the one that holds on a day."""
        out: dict[str, tuple[Name, tuple[Segment, ...]]] = {}
        for k in range(0, len(ids), IN_ONE_QUERY):
            part = ids[k : k + IN_ONE_QUERY]
            rows = _of(self._connection, _STANDING, record.c.record_id, part, {"day": day})
            self._known.update(dict.fromkeys(part))
            found: dict[str, tuple[Name, list[VersionRow]]] = {}
            for number, record_id, kind, owner, *row in rows:
                if record_id not in found:
                    found[record_id] = Name(number, kind, owner or ""), []
                found[record_id][1].append(VersionRow._make(row))
            for record_id, (name, versions) in found.items():
                self._known[record_id] = name
                out[record_id] = name, segments_of(versions)
        return out

    def add(self, record_id: str, record_no: int, kind: str) -> None:
        """A record that the change makes."""
        self._known[record_id] = Name(record_no, kind, "")

    def own(self, record_id: str, owner: str) -> None:
        """Whom the change leaves as owner."""
        found = self.find(record_id)
        if found is not None and found.owner != owner:
            self._known[record_id] = Name(found.record_no, found.kind, owner)


_NAMED = select(
    record.c.record_id, record.c.record_no, record.c.kind, latest.c.owner
).select_from(record.outerjoin(latest, latest.c.record_no == record.c.record_no))

_EARLIER = version.alias("earlier")
_BASE = (
    select(func.max(_EARLIER.c.valid_from))
    .where(_EARLIER.c.record_no == record.c.record_no, _EARLIER.c.valid_from <= bindparam("day"))
    .correlate(record).scalar_subquery()
)
_LIFE = (
    select(version.c.valid_from, version.c.op, version.c.ended, version.c.fields, version.c.body)
    .where(version.c.record_no == bindparam("one"))
    .order_by(version.c.valid_from, version.c.change_no)
)
_STANDING = (
    select(record.c.record_no, record.c.record_id, record.c.kind, latest.c.owner,
           version.c.valid_from, version.c.op, version.c.ended, version.c.fields, version.c.body)
    .select_from(record.outerjoin(latest, latest.c.record_no == record.c.record_no)
                 .join(version, version.c.record_no == record.c.record_no))
    .where(version.c.valid_from >= func.coalesce(_BASE, ""))
    .order_by(record.c.record_id, version.c.valid_from, version.c.change_no)
)


def _of(
    connection: Connection, statement: Select[Any], column: Column[Any], wanted: Sequence[Any],
    given: dict[str, Any],
) -> Sequence[Any]:
    """Rows of a statement where a column is one of some values."""
    if len(wanted) == 1:
        return bulk.fetch(connection, _one(statement, column), {"one": wanted[0], **given})
    if connection.dialect.name == "sqlite":
        listed = {"listed": json.dumps(wanted), **given}
        return bulk.fetch(connection, _listed(statement, column), listed)
    chosen = statement.where(column.in_(bindparam("wanted", expanding=True)))
    return connection.execute(chosen, {"wanted": list(wanted), **given}).all()


@cache
def _one(statement: Select[Any], column: Column[Any]) -> Select[Any]:
    return statement.where(column == bindparam("one"))


@cache
def _listed(statement: Select[Any], column: Column[Any]) -> Select[Any]:
    """The same text however many there are, so that it is prepared once."""
    values = func.json_each(bindparam("listed", type_=Text)).table_valued("value")
    return statement.where(column.in_(select(values.c.value)))


def whole_life(connection: Connection, record_no: int) -> tuple[Segment, ...]:
    """Every segment of a record, as known now."""
    rows = bulk.fetch(connection, _LIFE, {"one": record_no})
    return segments_of([VersionRow(*r) for r in rows])
