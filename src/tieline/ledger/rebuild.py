"""The projections made anew from the versions: to check them, or to replace them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from tieline.ledger import bulk
from tieline.ledger.chain import Break
from tieline.ledger.facets import Facets, MonthlyKey, Sums, facets, monthly_changes
from tieline.ledger.store import Store
from tieline.ledger.tables import MADE, MONTHLY_KEY, facet, latest, monthly, record, version

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sqlalchemy import Connection

    from tieline.ledger.kinds import Catalogue

BATCH = 5000
AT_A_TIME = 50
"""So many records are held in memory together, with all their versions."""
PART = 500
"""So many records are compared in one go."""
Latest = tuple[int, str, str, str, int, int]

_ALL = (
    select(record.c.record_no, record.c.kind, version.c.version_no, version.c.valid_from,
           version.c.change_no, version.c.ended, version.c.body,
           *(c for c in facet.columns if c.name != "version_no"))
    .select_from(record.join(version, version.c.record_no == record.c.record_no)
                 .outerjoin(facet, facet.c.version_no == version.c.version_no))
    .where(record.c.record_no >= bindparam("first"), record.c.record_no < bindparam("end"))
    .order_by(record.c.record_no, version.c.valid_from, version.c.change_no)
)
_LATEST = select(latest).where(
    latest.c.record_no >= bindparam("first"), latest.c.record_no < bindparam("end"))
_ORPHANS = (
    select(facet.c.version_no)
    .select_from(facet.outerjoin(version, version.c.version_no == facet.c.version_no))
    .where(version.c.version_no.is_(None))
)
_LAST = select(func.max(record.c.record_no))
_STRAY = select(latest.c.record_no).where(
    latest.c.record_no.not_in(select(record.c.record_no)))


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
        self._monthly: dict[MonthlyKey, list[int]] = defaultdict(lambda: [0, 0, 0])

    def records(self, first: int, end: int) -> Iterator[tuple[Latest, list[Made]]]:
        """The row of `latest` and the facets of its versions, for each record numbered so."""
        for at in range(first, end, AT_A_TIME):
            part = {"first": at, "end": min(at + AT_A_TIME, end)}
            yield from self._records(bulk.fetch(self._connection, _ALL, part))

    def _records(self, rows: Iterable[Any]) -> Iterator[tuple[Latest, list[Made]]]:
        for (number, kind_name), group in groupby(rows, key=lambda r: (r[0], r[1])):
            kind = self._catalogue[kind_name]
            found, days = [], {}
            last_change = 0
            for _, _, version_no, day, change_no, ended, text, *stored in group:
                body = json.loads(text)
                days[day] = made = None if ended else facets(body, kind)
                found.append(Made(version_no, made,
                                  None if stored[0] is None else Facets(*stored)))
                last_change = max(last_change, change_no)
            holder = str(body.get("owner") or "")
            for key, sums in monthly_changes(days, holder).items():
                at = self._monthly[key]
                at[:] = (a + b for a, b in zip(at, sums, strict=True))
            yield (number, kind_name, holder, str(body.get("parent") or ""), version_no,
                   last_change), found

    def sums(self) -> dict[MonthlyKey, Sums]:
        """What the records so far add to `monthly`, zeros left out."""
        return {k: Sums(*s) for k, s in self._monthly.items() if any(s)}


def rebuild(store: Store, catalogue: Catalogue) -> None:
    """Replace the projections by what the versions say."""
    with store.write() as connection, store.engine.connect() as reading:
        for table in MADE:
            connection.execute(delete(table))
        made = Projections(reading, catalogue)
        ready = made.records(1, _end(reading))
        while part := list(islice(ready, BATCH)):
            bulk.insert(connection, "latest", [row for row, _ in part])
            bulk.insert(connection, "facet", [
                (m.version_no, *m.expected) for _, found in part for m in found if m.expected])
        bulk.insert(connection, "monthly", [(*k, *s) for k, s in made.sums().items()])


def _end(connection: Connection) -> int:
    return (connection.execute(_LAST).scalar() or 0) + 1


class Part(NamedTuple):
    """Records whose projections are to be compared, for a process of its own."""

    place: str
    catalogue: Catalogue
    first: int
    end: int


SAID = ("differs from the versions; `tieline ledger rebuild` makes it anew",
        "与版本记录不一致;可用 `tieline ledger rebuild` 重建")


def compare_part(part: Part) -> tuple[list[Break], dict[MonthlyKey, Sums]]:
    """Where `latest` and `facet` differ from the versions; what the records add to `monthly`."""
    store = Store(part.place)
    out = []
    with store.engine.connect() as connection:
        between = {"first": part.first, "end": part.end}
        stored = {r[0]: tuple(r) for r in connection.execute(_LATEST, between)}
        made = Projections(connection, part.catalogue)
        for row, found in made.records(part.first, part.end):
            if stored.get(row[0]) != row:
                out.append(Break("latest", row[0], *SAID))
            out += [Break("facet", m.version_no, *SAID) for m in found if m.stored != m.expected]
    store.close()
    return out, made.sums()


def compare(
    store: Store, catalogue: Catalogue, progress: Callable[[int, int], None] | None = None,
    executor: Executor | None = None,
) -> list[Break]:
    """Where projections differ from the versions."""
    out: list[Break] = []
    sums: dict[MonthlyKey, list[int]] = defaultdict(lambda: [0, 0, 0])
    with store.engine.connect() as connection:
        end = _end(connection)
        parts = [Part(store.raw_place, catalogue, n, min(n + PART, end))
                 for n in range(1, end, PART)]
        done = map(compare_part, parts) if executor is None else executor.map(compare_part, parts)
        for part, (breaks, added) in zip(parts, done, strict=True):
            out += breaks
            for key, more in added.items():
                at = sums[key]
                at[:] = (a + b for a, b in zip(at, more, strict=True))
            if progress is not None:
                progress(part.end, end)
        for row in connection.execute(select(monthly)):
            at = sums[tuple(row[: len(MONTHLY_KEY)])]
            at[:] = (a - b for a, b in zip(at, row[len(MONTHLY_KEY):], strict=True))
        out += [Break("monthly", i, *SAID) for i, left in enumerate(sums.values(), 1) if any(left)]
        out += [Break("latest", r[0], *SAID) for r in connection.execute(_STRAY)]
        out += [Break("facet", r[0], *SAID) for r in connection.execute(_ORPHANS)]
    return out
