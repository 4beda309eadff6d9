"""The projections made anew from the versions: to check them, or to replace them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from tieline.ledger import bulk
from tieline.ledger.draft import VersionRow, body_of, segments_of
from tieline.ledger.facets import Facets, MonthlyKey, Sums, facets, monthly_steps
from tieline.ledger.tables import MADE, MONTHLY_KEY, facet, latest, monthly, record, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.store import Store

BATCH = 5000
AT_A_TIME = 100
"""So many records are looked at together."""
Latest = tuple[int, str, str, str, int, int]

_ALL = (
    select(record.c.record_no, record.c.kind, version.c.version_no, version.c.valid_from,
           version.c.change_no, version.c.op, version.c.ended, version.c.fields, version.c.body,
           *(c for c in facet.columns if c.name != "version_no"))
    .select_from(record.join(version, version.c.record_no == record.c.record_no)
                 .outerjoin(facet, facet.c.version_no == version.c.version_no))
    .where(record.c.record_no >= bindparam("first"), record.c.record_no < bindparam("after"))
    .order_by(record.c.record_no, version.c.valid_from, version.c.change_no)
)
_ORPHANS = (
    select(facet.c.version_no)
    .select_from(facet.outerjoin(version, version.c.version_no == facet.c.version_no))
    .where(version.c.version_no.is_(None))
)


class Made(NamedTuple):
    """A version's facets as they should be and as they are stored; None where there are none."""

    version_no: int
    expected: Facets | None
    stored: Facets | None


class Projections:
    """What the projections should be, one record at a time; sums gather in `monthly`."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self.monthly: dict[MonthlyKey, list[int]] = defaultdict(lambda: [0, 0, 0])

    def records(self) -> Iterator[tuple[Latest, list[Made]]]:
        """The row of `latest` and the facets of its versions, for each record."""
        last = self._connection.execute(select(func.max(record.c.record_no))).scalar() or 0
        for first in range(1, last + 1, AT_A_TIME):  # so that the sort stays small
            part = {"first": first, "after": first + AT_A_TIME}
            yield from self._records(self._connection.execute(_ALL, part))

    def _records(self, rows: Iterable[Any]) -> Iterator[tuple[Latest, list[Made]]]:
        for (number, kind_name), group in groupby(rows, key=lambda r: (r[0], r[1])):
            versions = list(group)
            kind = self._catalogue[kind_name]
            found = [
                Made(v[2], None if v[6] else facets(body_of(v[8], 0), kind),
                     None if v[9] is None else Facets(*v[9:])) for v in versions
            ]
            segments = segments_of(VersionRow(v[3], *v[5:9]) for v in versions)
            body = segments[-1].body
            holder = str(body.get("owner") or "")
            for key, sums in monthly_steps(segments, kind, holder).items():
                at = self.monthly[key]
                at[:] = (a + b for a, b in zip(at, sums, strict=True))
            yield (
                number, kind_name, holder, str(body.get("parent") or ""), versions[-1].version_no,
                max(v.change_no for v in versions),
            ), found

    def sums(self) -> dict[MonthlyKey, Sums]:
        """What `monthly` should hold, zeros left out."""
        return {k: Sums(*s) for k, s in self.monthly.items() if any(s)}


def rebuild(store: Store, catalogue: Catalogue) -> None:
    """Replace the projections by what the versions say."""
    with store.write() as connection, store.engine.connect() as reading:
        for table in MADE:
            connection.execute(delete(table))
        made = Projections(reading, catalogue)
        ready = made.records()
        while part := list(islice(ready, BATCH)):
            bulk.insert(connection, "latest", [row for row, _ in part])
            bulk.insert(connection, "facet", [
                (m.version_no, *m.expected) for _, found in part for m in found if m.expected])
        bulk.insert(connection, "monthly", [(*k, *s) for k, s in made.sums().items()])


def compare(store: Store, catalogue: Catalogue) -> list[tuple[str, int, str, str]]:
    """Where projections differ from the versions: table, number, what, in two languages."""
    said = ("differs from the versions; `tieline ledger rebuild` makes it anew",
            "与版本记录不一致;可用 `tieline ledger rebuild` 重建")
    out: list[tuple[str, int, str, str]] = []
    with store.engine.connect() as connection:
        stored_latest = {r[0]: tuple(r) for r in connection.execute(select(latest))}
        stored_sums = {
            tuple(r[: len(MONTHLY_KEY)]): Sums(*r[len(MONTHLY_KEY):])
            for r in connection.execute(select(monthly)) if any(r[len(MONTHLY_KEY):])
        }
        made = Projections(connection, catalogue)
        for row, found in made.records():
            if stored_latest.pop(row[0], None) != row:
                out.append(("latest", row[0], *said))
            out += [("facet", m.version_no, *said) for m in found if m.stored != m.expected]
        out += [("latest", number, *said) for number in stored_latest]
        out += [("facet", r[0], *said) for r in connection.execute(_ORPHANS)]
        sums: dict[Any, Sums] = dict(made.sums())
        wrong = [k for k in sums.keys() | stored_sums.keys() if sums.get(k) != stored_sums.get(k)]
        out += [("monthly", i, *said) for i, _ in enumerate(sorted(wrong), 1)]
    return out
