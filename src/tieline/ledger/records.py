"""Names, owners and segments of records, read on the connection that writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, select

from tieline.ledger.draft import VersionRow, segments_of
from tieline.ledger.tables import latest, record, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

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

    def look_up(self, ids: Iterable[str]) -> None:
        """Read many names at once."""
        if len(self._known) > KEPT:
            self._known.clear()
        wanted = [i for i in dict.fromkeys(ids) if i not in self._known]
        for k in range(0, len(wanted), IN_ONE_QUERY):
            part = wanted[k : k + IN_ONE_QUERY]
            self._known.update(dict.fromkeys(part))
            found = (
                self._connection.execute(_BY_ONE_ID, {"one": part[0]}) if len(part) == 1
                else self._connection.execute(_BY_ID, {"ids": part})
            )
            self._known.update({r[0]: Name(r[1], r[2], r[3] or "") for r in found})

    def find(self, record_id: str) -> Name | None:
        """The record of that id, if there is one."""
        if record_id not in self._known:
            self.look_up([record_id])
        return self._known[record_id]

    def known(self, record_id: str) -> Name:
        """The record of that id; KeyError if there is none."""
        found = self.find(record_id)
        if found is None:
            raise KeyError(record_id)
        return found

    def kind_of(self, record_id: str) -> str | None:
        """The kind of the record of that id, if there is one."""
        found = self.find(record_id)
        return found.kind if found else None

    def owner_of(self, record_id: str) -> str:
        """Who owns the record now; "" if there is no such record."""
        found = self.find(record_id)
        return found.owner if found else ""

    def add(self, record_id: str, record_no: int, kind: str) -> None:
        """A record that the change makes."""
        self._known[record_id] = Name(record_no, kind, "")

    def own(self, record_id: str, owner: str) -> None:
        """Whom the change leaves as owner."""
        found = self.find(record_id)
        if found is not None:
            self._known[record_id] = found._replace(owner=owner)


_NAMED = select(
    record.c.record_id, record.c.record_no, record.c.kind, latest.c.owner
).select_from(record.outerjoin(latest, latest.c.record_no == record.c.record_no))
_BY_ID = _NAMED.where(record.c.record_id.in_(bindparam("ids", expanding=True)))
_BY_ONE_ID = _NAMED.where(record.c.record_id == bindparam("one"))
"""A statement for one is several times quicker to prepare than one for a list of one."""

_EARLIER = version.alias("earlier")
_BASE = (
    select(func.max(_EARLIER.c.valid_from))
    .where(_EARLIER.c.record_no == version.c.record_no, _EARLIER.c.valid_from <= bindparam("day"))
    .correlate(version).scalar_subquery()
)
_FROM_BASE = (
    select(version.c.record_no, version.c.valid_from, version.c.op, version.c.ended,
           version.c.fields, version.c.body)
    .where(version.c.valid_from >= func.coalesce(_BASE, ""))
    .order_by(version.c.record_no, version.c.valid_from, version.c.change_no)
)
_SEGMENTS = _FROM_BASE.where(version.c.record_no.in_(bindparam("numbers", expanding=True)))
_SEGMENTS_OF_ONE = _FROM_BASE.where(version.c.record_no == bindparam("one"))


def segments(
    connection: Connection, numbers: Sequence[int], day: str
) -> dict[int, tuple[Segment, ...]]:
    """By record, its segments from the one that holds on a day, as known now."""
    out: dict[int, tuple[Segment, ...]] = {}
    for k in range(0, len(numbers), IN_ONE_QUERY):
        part = numbers[k : k + IN_ONE_QUERY]
        rows = (
            connection.execute(_SEGMENTS_OF_ONE, {"one": part[0], "day": day}) if len(part) == 1
            else connection.execute(_SEGMENTS, {"numbers": part, "day": day})
        )
        for number, group in groupby(rows, key=itemgetter(0)):
            out[number] = segments_of(VersionRow(*r[1:]) for r in group)
    return out
