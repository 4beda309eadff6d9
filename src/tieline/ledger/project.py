"""Keeping the projections in step, within the transaction that writes the versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tieline.ledger import bulk, records
from tieline.ledger.facets import MonthlyKey, Sums, facets, monthly_steps
from tieline.ledger.tables import latest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.draft import Draft, NewVersion
    from tieline.ledger.kinds import Catalogue, Kind

class Projector:
    """Collects what a chunk of a change does to the projections, and writes it."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._facets: list[tuple[Any, ...]] = []
        self._latest: list[tuple[Any, ...]] = []
        self._steps: dict[MonthlyKey, list[int]] = {}

    def add(
        self, draft: Draft, versions: Sequence[NewVersion], first: int, change_no: int
    ) -> None:
        """A record's new versions, numbered from `first` on."""
        kind = self._catalogue[draft.kind]
        numbers = {v.valid_from: first + i for i, v in enumerate(versions)}
        for v in versions:
            if not v.ended:  # what is no more is neither listed nor summed
                self._facets.append((numbers[v.valid_from], *facets(v.segment.body, kind)))
        last = draft.after[-1]
        holder = str(last.body.get("owner") or "")
        self._latest.append((
            draft.record_no, draft.kind, holder, last.body.get("parent") or "",
            numbers.get(last.valid_from, 0), change_no,
        ))
        self._count_months(draft, kind, holder)

    def _count_months(self, draft: Draft, kind: Kind, holder: str) -> None:
        before, after = draft.before, draft.after
        if draft.holder and holder != draft.holder:  # all its months move to the new owner
            before = records.segments(
                self._connection, [draft.record_no], "")[draft.record_no]
            first = after[0].valid_from
            after = (*(s for s in before if s.valid_from < first), *after)
        elif len(before) == 1 and len(after) <= 2 and after[0].valid_from == before[0].valid_from:
            # by far the commonest change: one new segment behind the last, or in its place
            a, b = facets(before[0].body, kind), facets(after[-1].body, kind)
            if a == b and not after[-1].ended and not before[0].ended:
                return
        self._count(monthly_steps(after, kind, holder), 1)
        self._count(monthly_steps(before, kind, draft.holder), -1)

    def _count(self, steps: Mapping[MonthlyKey, Sums], sign: int) -> None:
        for key, s in steps.items():
            t = self._steps.setdefault(key, [0, 0, 0])
            t[0] += sign * s.records
            t[1] += sign * s.amount
            t[2] += sign * s.bounded

    def flush(self) -> None:
        """Write what was collected."""
        bulk.insert(self._connection, "facet", self._facets)
        bulk.insert(self._connection, "latest", [self._whole(r) for r in self._latest],
                    upsert=True)
        steps = [(*k, *s) for k, s in self._steps.items() if any(s)]
        bulk.insert(self._connection, "monthly", steps, upsert=True)
        self._facets, self._latest, self._steps = [], [], {}

    def _whole(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A change of an earlier segment leaves the latest version the one it was."""
        if row[4]:
            return row
        found = self._connection.execute(
            latest.select().where(latest.c.record_no == row[0])).one()
        return (*row[:4], found.version_no, row[5])
