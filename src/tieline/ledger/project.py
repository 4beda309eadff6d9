"""Keeping the projections in step, within the transaction that writes the versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from tieline.ledger import records
from tieline.ledger.facets import Facets, MonthlyKey, Sums, difference, facets, monthly_steps
from tieline.ledger.tables import MONTHLY_KEY, facet, latest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.draft import Draft, NewVersion
    from tieline.ledger.kinds import Catalogue

_MONTHLY = text(
    f"INSERT INTO monthly ({', '.join(MONTHLY_KEY)}, records, amount, bounded) "  # noqa: S608 - names of our own columns
    f"VALUES ({', '.join(':' + k for k in MONTHLY_KEY)}, :records, :amount, :bounded) "
    f"ON CONFLICT ({', '.join(MONTHLY_KEY)}) DO UPDATE SET "
    "records = monthly.records + excluded.records, amount = monthly.amount + excluded.amount, "
    "bounded = monthly.bounded + excluded.bounded"
)
_LATEST = text(
    "INSERT INTO latest (record_no, kind, owner, parent, version_no, change_no) "
    "VALUES (:record_no, :kind, :owner, :parent, :version_no, :change_no) "
    "ON CONFLICT (record_no) DO UPDATE SET owner = excluded.owner, parent = excluded.parent, "
    "version_no = excluded.version_no, change_no = excluded.change_no"
)


class Projector:
    """Collects what a chunk of a change does to the projections, and writes it."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._facets: list[dict[str, Any]] = []
        self._latest: list[dict[str, Any]] = []
        self._steps: dict[MonthlyKey, Sums] = {}

    def add(
        self, draft: Draft, versions: Sequence[NewVersion], first: int, change_no: int
    ) -> None:
        """A record's new versions, numbered from `first` on."""
        kind = self._catalogue[draft.kind]
        numbers = {v.valid_from: first + i for i, v in enumerate(versions)}
        for v in versions:
            if not v.ended:  # what is no more is neither listed nor summed
                found = facets(v.segment.body, kind)
                self._facets.append(facet_row(numbers[v.valid_from], found))
        last = draft.after[-1]
        holder = str(last.body.get("owner") or "")
        self._latest.append({
            "record_no": draft.record_no, "kind": draft.kind, "owner": holder,
            "parent": last.body.get("parent") or "", "change_no": change_no,
            "version_no": numbers.get(last.valid_from, 0),
        })
        before, after = draft.before, draft.after
        if draft.holder and holder != draft.holder:  # all its months move to the new owner
            before = records.segments(self._connection, [draft.record_no], "")[draft.record_no]
            known = {s.valid_from for s in after}
            after = (*(s for s in before if s.valid_from < min(known)), *after)
        self._count(monthly_steps(after, kind, holder), 1)
        self._count(monthly_steps(before, kind, draft.holder), -1)

    def _count(self, steps: Mapping[MonthlyKey, Sums], sign: int) -> None:
        for key, s in steps.items():
            t = self._steps.get(key, Sums(0, 0, 0))
            self._steps[key] = Sums(
                t.records + sign * s.records, t.amount + sign * s.amount,
                t.bounded + sign * s.bounded,
            )

    def flush(self) -> None:
        """Write what was collected."""
        if self._facets:
            self._connection.execute(facet.insert(), self._facets)
        self._latest = [self._whole(row) for row in self._latest]
        self._connection.execute(_LATEST, self._latest)
        steps = monthly_rows(difference(self._steps, {}))
        if steps:
            self._connection.execute(_MONTHLY, steps)
        self._facets, self._latest, self._steps = [], [], {}

    def _whole(self, row: dict[str, Any]) -> dict[str, Any]:
        """A change of an earlier segment leaves the latest version the one it was."""
        if not row["version_no"]:
            found = self._connection.execute(
                latest.select().where(latest.c.record_no == row["record_no"])).one()
            row["version_no"] = found.version_no
        return row


def facet_row(version_no: int, found: Facets) -> dict[str, Any]:
    """A row of the table `facet`."""
    return {"version_no": version_no, **found._asdict()}


def monthly_rows(steps: Mapping[MonthlyKey, Sums]) -> list[dict[str, Any]]:
    """Rows of the table `monthly`."""
    return [dict(zip(MONTHLY_KEY, key, strict=True)) | sums._asdict()
            for key, sums in steps.items()]
