"""What transfers.txt says of changes, in the walks between stops and the stays at one stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.sheet import MOST_ALIKE
from tieline.transit.walking import Reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.transit.gtfs.feed import Feed
    from tieline.transit.network import Settings
    from tieline.transit.patterns import Stations
    from tieline.transit.walking import Walking

MOST_S = 50_000
"""A least time beyond any trip is as good as a forbidden change [s]."""
LEAST, FORBIDDEN, SEATED = 2, 3, 4
"""Kinds of transfers that change a walk, and the one in which passengers stay seated.

The others recommend (0), make one vehicle wait for another (1), as the timetable does anyway, or
say that one has to get off and board again (5), as the search always does.
"""
Rules = dict[tuple[int, int], int]
ONE_STOP = ("a rule of single lines or trips left out: others may change there too, and the search "
            "does not tell whom it is from")


@dataclass
class _Feed:
    """The rules of one feed: seconds by pair of stops, -1 for a forbidden change."""

    feed: Feed
    offset: int
    stations: Stations
    rules: Rules = field(default_factory=dict)
    left: dict[str, list[int]] = field(default_factory=dict)

    def read(self) -> None:
        """Take over what can be: a rule of single lines where only these call."""
        t = self.feed.transfers
        order = sorted(range(len(t.kind)), key=t.single)  # the particular after the general
        for i in order:
            kind = int(t.kind[i])
            if kind == SEATED:
                self.leave("passengers who may stay seated (transfer_type 4) are taken to change: "
                           "one ride more and a wait", i)
            if kind not in (LEAST, FORBIDDEN):
                continue
            if t.origin[i] < 0 or t.to[i] < 0:
                self.leave("a rule without both stops left out", i)
                continue
            seconds = -1 if kind == FORBIDDEN or t.least_s[i] > MOST_S else int(t.least_s[i])
            pairs = list(self._pairs(i))
            holding = [p for p in pairs if self._of_all(i, *p)]
            self.rules.update(dict.fromkeys(holding, seconds))
            if len(holding) < len(pairs):
                self.leave(ONE_STOP, i)

    def leave(self, why: str, i: int) -> None:
        """Note a rule that is not taken over."""
        self.left.setdefault(why, []).append(int(self.feed.transfers.row[i]))

    def _pairs(self, i: int) -> Iterator[tuple[int, int]]:
        t = self.feed.transfers
        for p in _platforms(self.stations, self.offset + int(t.origin[i])):
            for q in _platforms(self.stations, self.offset + int(t.to[i])):
                yield p, q

    def _of_all(self, i: int, p: int, q: int) -> bool:
        """Whether a rule holds for all who get off at p and board at q."""
        t = self.feed.transfers
        if not t.single(i):
            return True
        return (self._alone(self._gets_off, p, int(t.from_route[i]), int(t.from_trip[i]))
                and self._alone(self._boards, q, int(t.to_route[i]), int(t.to_trip[i])))

    def _alone(self, where: NDArray[np.bool_], stop: int, route: int, trip: int) -> bool:
        trips = self._trip[where & (self.feed.calls.stop == stop - self.offset)]
        mine = trip < 0 or (trips == trip).all()
        return bool(mine and (route < 0 or (self.feed.trips.route[trips] == route).all()))

    @cached_property
    def _trip(self) -> NDArray[np.int64]:
        """The trip of each call."""
        at = self.feed.calls.at
        return np.repeat(np.arange(len(at) - 1), np.diff(at))

    @cached_property
    def _gets_off(self) -> NDArray[np.bool_]:
        """Calls where one can get off: not the first of a trip."""
        calls = self.feed.calls
        found = calls.alight.copy()
        found[calls.at[:-1][np.diff(calls.at) > 0]] = False
        return found

    @cached_property
    def _boards(self) -> NDArray[np.bool_]:
        """Calls where one can board: not the last of a trip."""
        calls = self.feed.calls
        found = calls.board.copy()
        found[calls.at[1:][np.diff(calls.at) > 0] - 1] = False
        return found


def with_transfers(
    walking: Walking, feeds: Sequence[Feed], stations: Stations, settings: Settings,
    issues: Issues,
) -> Walking:
    """The tables with changes that are forbidden left out and those that take longer made longer.

    A rule of a station holds for its platforms. Boarding waits `wait` anyway, so a walk, or a stay
    at one stop, is made as long as the least time less that. A rule of single lines or trips
    holds where no others get off or board; others are noted, row by row.
    """
    rules: Rules = {}
    offset = 0
    for feed in feeds:
        mine = _Feed(feed, offset, stations)
        mine.read()
        rules.update(mine.rules)
        file = f"{feed.file}/transfers.txt"
        for why, rows in mine.left.items():
            for row in rows[:MOST_ALIKE]:
                issues.note(file, why, row=row)
            if len(rows) > MOST_ALIKE:
                issues.note(file, f"{len(rows) - MOST_ALIKE} more rows like these")
        offset += len(feed.stops.ids)
    if not rules:
        return walking
    stay = np.zeros(len(walking.stops.at) - 1, np.int32)
    for (p, q), seconds in rules.items():
        if p == q:
            stay[p] = MOST_S if seconds < 0 else max(seconds - settings.window.wait, 0)
    between = {pair: s for pair, s in rules.items() if pair[0] != pair[1]}
    return replace(walking, stops=_applied(walking.stops, between, settings), stay_s=stay)


def _platforms(stations: Stations, stop: int) -> list[int]:
    """The stop, or the platforms of a station."""
    of = np.flatnonzero((stations.parent == stop) & (stations.kind == 0)).tolist()
    return of or [stop]


def _applied(near: Reach, rules: Rules, settings: Settings) -> Reach:
    n = len(near.at) - 1
    pace, wait = settings.pace, settings.window.wait
    left = dict(rules)
    metres, keep = near.metres.copy(), np.ones(len(near.to), bool)
    rows = near.rows()
    for k, pair in enumerate(zip(rows.tolist(), near.to.tolist(), strict=True)):
        seconds = left.pop(pair, None)
        if seconds is None:
            continue
        keep[k] = seconds >= 0
        metres[k] = max(metres[k], (seconds - wait) * pace.speed_m_s)
    more = {p: max(s - wait, 0) * pace.speed_m_s for p, s in left.items() if s >= 0}
    row = np.concatenate([rows[keep], [p[0] for p in more]]).astype(np.int64)
    to = np.concatenate([near.to[keep], [p[1] for p in more]]).astype(np.int32)
    far = np.concatenate([metres[keep], list(more.values())])
    order = np.lexsort((to, row))
    return Reach(np.searchsorted(row[order], np.arange(n + 1)), to[order], far[order])
