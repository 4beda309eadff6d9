"""Keeping the projections in step, within the transaction that writes the versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tieline.ledger import bulk, records
from tieline.ledger.clock import month_of
from tieline.ledger.facets import Facets, MonthlyKey, Sums, add_step, facets, monthly_steps
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
        tail: Facets | None = None
        last, number_of_last = draft.after[-1], 0
        for number, v in enumerate(versions, first):
            if v.segment is last:
                number_of_last = number
            if not v.ended:  # what is no more is neither listed nor summed
                made = facets(v.segment.body, kind)
                self._facets.append((number, *made))
                if v.segment is last:
                    tail = made
        holder = str(last.body.get("owner") or "")
        self._latest.append((
            draft.record_no, draft.kind, holder, last.body.get("parent") or "",
            number_of_last, change_no,
        ))
        if _at_the_end(draft) and (draft.new or holder == draft.holder):
            self._count_last(draft, kind, holder, tail)
        else:
            self._count_months(draft, kind, holder)

    def _count_last(self, draft: Draft, kind: Kind, holder: str, tail: Facets | None) -> None:
        """The sums differ in the month of the last segment only."""
        before = draft.before[0] if draft.before else None
        was = None if before is None or before.ended else facets(before.body, kind)
        if was == tail:
            return
        month = month_of(draft.after[-1].valid_from)
        for sign, found in ((-1, was), (1, tail)):
            if found is not None:
                add_step(self._steps, month, holder, found, sign)

    def _count_months(self, draft: Draft, kind: Kind, holder: str) -> None:
        before, after = draft.before, draft.after
        if draft.holder and holder != draft.holder:  # all its months move to the new owner
            before = records.whole_life(self._connection, draft.record_no)
            first = after[0].valid_from
            after = (*(s for s in before if s.valid_from < first), *after)
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


def _at_the_end(draft: Draft) -> bool:
    """By far the commonest change: the first segment, one behind the last, or one in its place."""
    before, after = draft.before, draft.after
    if not before:
        return len(after) == 1
    if len(before) != 1 or after[0].valid_from != before[0].valid_from:
        return False
    return len(after) == 1 or (len(after) == 2 and after[0] is before[0])
