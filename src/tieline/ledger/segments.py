"""What a record was, day by day, as one change would leave it.

A record's life is cut into segments: each begins on a day and holds the whole body from then on.
A change gives some fields new values from a day on. They hold until a later segment that was
itself given the same field: a correction of last year's cost runs on through the segments that
came since, but not over a cost that was entered for this year.

Pure: nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

ENDED = "$ended"
"""The field that says a record is no more; it behaves as any other."""


class Segment(NamedTuple):
    """The body from a day on; `given` names the fields that were entered for this very day."""

    valid_from: str
    body: Mapping[str, Any]
    given: frozenset[str]

    @property
    def ended(self) -> bool:
        """Whether the record is no more from this day on."""
        return bool(self.body.get(ENDED))


class Written(NamedTuple):
    """A segment to write; `fields` are those this change sets or carries into it."""

    segment: Segment
    fields: tuple[str, ...]
    carried: bool


def change(
    segments: Sequence[Segment], valid_from: str, values: Mapping[str, Any]
) -> tuple[Written, ...]:
    """The segments that giving these values from that day on would write, in order of days.

    Parameters
    ----------
    segments
        The record's segments in order of days: at least the last that begins on or before
        `valid_from`, if there is one, and all later ones.
    values
        A value of None takes the field away.
    """
    n = len(segments)
    while n and segments[n - 1].valid_from > valid_from:
        n -= 1
    base = segments[n - 1] if n else None
    body = _with(base.body if base else {}, values)
    given = frozenset(values)
    if base is not None and base.valid_from == valid_from:
        given |= base.given
    first = Written(Segment(valid_from, body, given), tuple(sorted(values)), carried=False)
    if n == len(segments):
        return (first,)
    written, left = [first], dict(values)
    for later in segments[n:]:
        left = {k: v for k, v in left.items() if k not in later.given}
        if not left:
            break
        body = _with(later.body, left)
        if body != later.body:
            segment = Segment(later.valid_from, body, later.given)
            written.append(Written(segment, tuple(sorted(left)), carried=True))
    return tuple(written)


def overlay(segments: Sequence[Segment], written: Sequence[Written]) -> tuple[Segment, ...]:
    """The segments after the change, in order of days."""
    if not segments or segments[-1].valid_from < written[0].segment.valid_from:
        return (*segments, *[w.segment for w in written])
    days = {s.valid_from: s for s in segments}
    days |= {w.segment.valid_from: w.segment for w in written}
    return tuple(days[d] for d in sorted(days))


def _with(body: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    out = {**body, **values}
    if None in values.values():
        return {k: v for k, v in out.items() if v is not None}
    return out
