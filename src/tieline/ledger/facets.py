"""What a body is listed by and summed: its facets, and how they change from month to month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tieline.ledger.clock import month_of

if TYPE_CHECKING:
    from tieline.ledger.kinds import Kind
    from tieline.ledger.segments import Segment


class Facets(NamedTuple):
    """A body in columns; "" where it says nothing, amounts in minor units of `currency`."""

    kind: str
    owner: str
    parent: str
    category: str
    stage: str
    signal: str
    currency: str
    amount: int
    relation: str


class Sums(NamedTuple):
    """Records, their amount, and how many of the amounts are bounds rather than figures."""

    records: int
    amount: int
    bounded: int


MonthlyKey = tuple[str, str, str, str, str, str, str, str]
"""Month, holder, kind, owner, category, stage, signal, currency."""


def facets(body: Mapping[str, Any], kind: Kind) -> Facets:
    """The facets of a body: of each, the first field that is filled."""
    said = body.get
    money, category, stage, signal = [
        body[n[0]] if n and n[0] in body else _first(body, n) for n in kind.listed
    ]
    currency, amount, relation = (
        money.get("currency", ""), money.get("minor", 0), money.get("relation", "=")
    ) if money else ("", 0, "")
    return Facets(
        kind.name, said("owner") or "", said("parent") or "", str(category), str(stage),
        str(signal), currency, amount, relation,
    )


def _first(body: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of these fields that is filled; "" if none is."""
    for name in names:
        if name in body:
            return body[name]
    return ""


def monthly_steps(
    segments: Sequence[Segment], kind: Kind, holder: str
) -> dict[MonthlyKey, Sums]:
    """What a record adds to the sums at the end of each month, as differences to the month before.

    If the first segment is not the record's first, the difference to what was before it is
    missing - and cancels when two such lists that begin with the same segment are subtracted.
    """
    return monthly_changes({
        s.valid_from: None if s.ended else facets(s.body, kind) for s in segments}, holder)


def monthly_changes(days: Mapping[str, Facets | None], holder: str) -> dict[MonthlyKey, Sums]:
    """The same from the facets by day, in order of days; None where the record is no more."""
    month_ends = {month_of(day): found for day, found in days.items()}
    steps: dict[MonthlyKey, list[int]] = defaultdict(lambda: [0, 0, 0])
    before: Facets | None = None
    for month, now in month_ends.items():
        if now == before:
            continue
        for sign, found in ((-1, before), (1, now)):
            if found is not None:
                sums = steps[step_key(month, holder, found)]
                sums[:] = (a + sign * b for a, b in zip(sums, sums_of(found), strict=True))
        before = now
    return {k: Sums(*s) for k, s in steps.items()}


def step_key(month: str, holder: str, found: Facets) -> MonthlyKey:
    """Under what a body is summed."""
    return (month, holder, found.kind, found.owner, found.category, found.stage, found.signal,
            found.currency)


def sums_of(found: Facets) -> Sums:
    """What one body adds to the sums."""
    return Sums(1, found.amount, int(found.relation not in ("", "=")))
