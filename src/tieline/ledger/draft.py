"""One record while a change is being made: its segments before, and what is written of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tieline.ledger import segments
from tieline.ledger.digest import canonical
from tieline.ledger.segments import ENDED, Segment

_decode = json.JSONDecoder().raw_decode
"""For bodies, which are canonical: nothing stands before or after them."""


class VersionRow(NamedTuple):
    """What of a stored version a draft needs."""

    valid_from: str
    op: str
    ended: int
    fields: str
    body: str


class NewVersion(NamedTuple):
    """What is to be written of a segment."""

    op: str
    ended: int
    valid_from: str
    fields: str
    body: str
    segment: Segment


def body_of(text: str, ended: int) -> dict[str, Any]:
    """A stored body with the mark that it ended, as segments hold it."""
    body: dict[str, Any] = _decode(text)[0]
    if ended:
        body[ENDED] = True
    return body


def segments_of(rows: Sequence[VersionRow]) -> tuple[Segment, ...]:
    """Segments from versions in order of day and change: the last body, all fields given."""
    if len(rows) == 1:
        row = rows[0]
        return (Segment(row.valid_from, body_of(row.body, row.ended), _own(row)),)
    last: dict[str, VersionRow] = {}
    given: dict[str, frozenset[str]] = {}
    for row in rows:
        last[row.valid_from] = row
        given[row.valid_from] = given.get(row.valid_from, frozenset()) | _own(row)
    return tuple(
        Segment(day, body_of(row.body, row.ended), given[day]) for day, row in last.items()
    )


def _own(row: VersionRow) -> frozenset[str]:
    return frozenset(row.fields.split()) if row.op == "set" else frozenset()


@dataclass(slots=True)
class Draft:
    """A record in the course of one change; several entries may touch it."""

    record_no: int
    record_id: str
    kind: str
    new: bool
    holder: str = ""
    before: tuple[Segment, ...] = ()
    after: tuple[Segment, ...] = ()
    _set: dict[str, set[str]] = field(default_factory=dict)
    _carried: dict[str, set[str]] = field(default_factory=dict)

    def known(self, valid_from: str) -> Mapping[str, Any]:
        """The body on that day as this change has left it so far; {} before the first."""
        last_first: Iterator[Segment] = reversed(self.after)
        for segment in last_first:
            if segment.valid_from <= valid_from:
                return segment.body
        return {}

    def give(self, valid_from: str, values: Mapping[str, Any]) -> Segment:
        """Give fields new values from a day on; the segment of that day."""
        written = segments.change(self.after, valid_from, values)
        self.after = segments.overlay(self.after, written)
        for segment, fields, carried in written:
            into = self._carried if carried else self._set
            into.setdefault(segment.valid_from, set()).update(fields)
        return written[0].segment

    def versions(self) -> list[NewVersion]:
        """What to write, in order of days."""
        out = []
        for segment in self.after:
            day, body = segment.valid_from, segment.body
            names = self._set.get(day) or self._carried.get(day)
            if not names:
                continue
            ended = ENDED in body
            if ended:
                body = {k: v for k, v in body.items() if k != ENDED}
            op = "set" if day in self._set else "carry"
            out.append(NewVersion(
                op, int(ended), day, " ".join(sorted(names)), canonical(body), segment))
        return out
