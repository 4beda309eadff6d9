"""A day's timetable as flat arrays, and every case as a mask over pieces of patterns.

A pattern that crosses borders is stored whole and as its pieces inside each group of
jurisdictions it touches; all share the pattern's times. What a case allows is then a choice among
pieces: nothing is rebuilt when a border opens or a line is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.transit.kernels.sweep import Calls, Lines
from tieline.transit.record import Record

if TYPE_CHECKING:
    from tieline.region.model import Case
    from tieline.transit.patterns import Pattern

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Piece:
    """Calls low to high (exclusive) of a pattern; `touches` are indices of jurisdictions."""

    pattern: int
    low: int
    high: int
    touches: frozenset[int]
    whole: bool


def pieces_of(jurisdiction: Sequence[int], more: frozenset[int] = frozenset()) -> list[Piece]:
    """The pieces of one pattern, from the jurisdiction of each of its stops (-1 = outside all).

    For every set of jurisdictions the longest stretches that touch just these. A stop outside all
    belongs to the stretch around it. `more` are touched by the pattern as a whole.
    """
    n = len(jurisdiction)
    runs: list[list[int]] = []
    for i, j in enumerate(jurisdiction):
        if j >= 0 and (not runs or runs[-1][0] != j):
            runs.append([j, i])
    starts = [0, *(r[1] for r in runs[1:]), n]
    owners = [r[0] for r in runs] or [-1]
    found = []
    for a in range(len(owners)):
        touched: set[int] = set()
        for b in range(a, len(owners)):
            touched.add(owners[b])
            before = a > 0 and owners[a - 1] in touched
            after = b + 1 < len(owners) and owners[b + 1] in touched
            whole = a == 0 and b + 1 == len(owners)
            if (before or after) or starts[b + 1] - starts[a] < 2:
                continue
            owned = frozenset(touched - {-1}) | (more if whole else frozenset())
            found.append(Piece(-1, starts[a], starts[b + 1], owned, whole))
    return found


@dataclass(frozen=True, repr=False)
class Timetable(Record):
    """Pieces of the patterns of one day, and the arrays kernels read.

    `offers` lists every place to board as (stop, piece, position), sorted by stop; `wider` pairs
    of pieces of one pattern, the second around the first.
    """

    patterns: tuple[Pattern, ...]
    pieces: tuple[Piece, ...]
    lines: Lines
    offers: NDArray[np.int32]
    wider: NDArray[np.int64]
    n_stops: int

    def __repr__(self) -> str:
        return (f"Timetable({len(self.patterns)} patterns, {len(self.pieces)} pieces, "
                f"{sum(len(p.trip) for p in self.patterns)} trips)")

    @cached_property
    def n_segments(self) -> int:
        """Segments of all pieces."""
        return int(np.sum(self.lines.n - 1))

    def allowed(
        self, case: Case, topic: str, jurisdictions: Sequence[str],
        projects: Mapping[str, tuple[str, str]], *, cut: bool = True,
    ) -> Mask:
        """Which pieces a case allows, shape (n_pieces,): both rules, before wider ones win.

        `projects` gives project and unless_project by line. Without `cut` a line that may not
        cross does not run at all.
        """
        opens: dict[frozenset[int], bool] = {}
        exists = {
            line: case.exists(*projects[line]) if line in projects else True
            for line in {p.line for p in self.patterns}
        }
        out = np.zeros(len(self.pieces), bool)
        for k, piece in enumerate(self.pieces):
            if piece.touches not in opens:
                opens[piece.touches] = case.opens(topic, [jurisdictions[j] for j in piece.touches])
            out[k] = (
                opens[piece.touches] and exists[self.patterns[piece.pattern].line]
                and (cut or piece.whole)
            )
        return out

    def running(self, allowed: Mask) -> Mask:
        """The allowed pieces without those inside another allowed one."""
        out = allowed.copy()
        if len(self.wider):
            inner, outer = self.wider.T
            out[inner[allowed[inner] & allowed[outer]]] = False
        return out

    def work(self) -> NDArray[np.float64]:
        """How much there is to search in each piece: trips times stops."""
        return np.asarray(self.lines.trips * self.lines.n, np.float64)

    def calls(self, masks: Sequence[Mask]) -> Calls:
        """Where one may board the pieces of each mask."""
        at = np.zeros((len(masks), self.n_stops + 1), np.int64)
        rows, total = [], 0
        for k, mask in enumerate(masks):
            mine = self.offers[mask[self.offers[:, 1]]]
            at[k] = total + np.searchsorted(mine[:, 0], np.arange(self.n_stops + 1))
            rows.append(mine)
            total += len(mine)
        joined = np.concatenate(rows) if rows else self.offers[:0]
        piece, position = joined[:, 1].astype(np.int32), joined[:, 2].astype(np.int32)
        lines = self.lines
        return Calls(
            at.astype(np.int32), piece, position, (lines.seg[piece] + position).astype(np.int32),
            (lines.dep_at[piece] + position * lines.trips[piece]).astype(np.int32),
        )

    def between(self, start_s: int, end_s: int) -> Timetable:
        """The same pieces with only the trips that run between two times of day."""
        kept = []
        for p in self.patterns:
            first = int(np.searchsorted(p.arrival[:, -1], start_s))
            last = int(np.searchsorted(p.departure[:, 0], end_s, side="right"))
            k = slice(first, max(first, last))
            kept.append(replace(p, arrival=p.arrival[k], departure=p.departure[k], trip=p.trip[k]))
        return Timetable(
            tuple(kept), self.pieces, _lines(kept, self.pieces), _offers(self.pieces, kept),
            self.wider, self.n_stops,
        )


def timetable_of(
    patterns: Sequence[Pattern], jurisdiction: NDArray[np.int64],
    touches: Mapping[str, frozenset[int]] | None = None,
) -> Timetable:
    """The arrays of the patterns; `jurisdiction` of each stop, `touches` more by line."""
    pieces: list[Piece] = []
    wider: list[tuple[int, int]] = []
    for k, p in enumerate(patterns):
        more = (touches or {}).get(p.line, frozenset())
        mine = [replace(q, pattern=k) for q in pieces_of(jurisdiction[p.stop].tolist(), more)]
        base = len(pieces)
        wider += [
            (base + a, base + b) for a, pa in enumerate(mine) for b, pb in enumerate(mine)
            if a != b and pb.low <= pa.low and pa.high <= pb.high
        ]
        pieces += mine
    return Timetable(
        tuple(patterns), tuple(pieces), _lines(patterns, pieces), _offers(pieces, patterns),
        np.array(wider, np.int64).reshape(-1, 2), len(jurisdiction),
    )


def _lines(patterns: Sequence[Pattern], pieces: Sequence[Piece]) -> Lines:
    """Times of each pattern once; what pieces are of them by offsets."""
    n_calls = np.array([len(p.stop) for p in patterns], np.int64)
    n_trips = np.array([len(p.trip) for p in patterns], np.int64)
    stop_at = np.cumsum(n_calls) - n_calls
    time_at = np.cumsum(n_calls * n_trips) - n_calls * n_trips
    empty = np.zeros(0, np.int32)
    which = np.array([p.pattern for p in pieces], np.int64)
    low = np.array([p.low for p in pieces], np.int64)
    n = np.array([p.high - p.low for p in pieces], np.int64)
    trips = n_trips[which]
    return Lines(  # type: ignore[call-arg]
        *(v.astype(np.int32) for v in (
            stop_at[which] + low, n, trips, time_at[which] + low, n_calls[which],
            time_at[which] + low * trips, np.cumsum(n - 1) - (n - 1),
            np.concatenate([empty, *(p.stop for p in patterns)]),
        )),
        np.concatenate([empty, *(p.alight for p in patterns)]).astype(np.bool_),
        np.concatenate([empty, *(p.arrival.ravel() for p in patterns)]).astype(np.int32),
        np.concatenate([empty, *(p.departure.T.ravel() for p in patterns)]).astype(np.int32),
    )


def _offers(pieces: Sequence[Piece], patterns: Sequence[Pattern]) -> NDArray[np.int32]:
    found = [np.zeros((0, 3), np.int32)]
    for k, piece in enumerate(pieces):
        p = patterns[piece.pattern]
        last = np.flatnonzero(p.alight[piece.low : piece.high])
        if not len(last) or not len(p.trip):
            continue
        where = np.flatnonzero(p.board[piece.low : piece.low + int(last[-1])])
        found.append(np.column_stack([
            p.stop[piece.low + where], np.full(len(where), k), where,
        ]))
    rows = np.concatenate(found).astype(np.int32)
    return rows[np.argsort(rows[:, 0], kind="stable")]
