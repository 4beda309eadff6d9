"""What a body is listed by and summed: its facets, and how they change from month to month."""

from __future__ import annotations

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
    listed: list[Any] = []
    for names in kind.listed:
        for name in names:
            if name in body:
                listed.append(body[name])
                break
        else:
            listed.append("")
    money, category, stage, signal = listed
    currency, amount, relation = (
        money.get("currency", ""), money.get("minor", 0), money.get("relation", "=")
    ) if money else ("", 0, "")
    return Facets(
        kind.name, said("owner") or "", said("parent") or "", str(category), str(stage),
        str(signal), currency, amount, relation,
    )


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
    steps: dict[MonthlyKey, list[int]] = {}
    before: Facets | None = None
    for month, now in month_ends.items():
        if now == before:
            continue
        for sign, found in ((-1, before), (1, now)):
            if found is not None:
                add_step(steps, month, holder, found, sign)
        before = now
    return {k: Sums(*s) for k, s in steps.items()}


def add_step(
    steps: dict[MonthlyKey, list[int]], month: str, holder: str, found: Facets, sign: int
) -> None:
    """Add one body to the sums of a month, or with sign -1 take it away."""
    kind, owner, _, category, stage, signal, currency, amount, relation = found
    key = (month, holder, kind, owner, category, stage, signal, currency)
    bounded = relation not in ("", "=")
    sums = steps.get(key)
    if sums is None:
        steps[key] = [sign, sign * amount, sign * bounded]
        return
    sums[0] += sign
    sums[1] += sign * amount
    sums[2] += sign * bounded
