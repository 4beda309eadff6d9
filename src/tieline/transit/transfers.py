"""What transfers.txt says of changes between two stops, in the table of walks between stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import counted
from tieline.transit.walking import Reach

if TYPE_CHECKING:
    from tieline.region.issues import Issues
    from tieline.transit.gtfs.feed import Feed
    from tieline.transit.network import Settings
    from tieline.transit.patterns import Stations
    from tieline.transit.walking import Walking

MOST_S = 50_000
"""A least time beyond any trip is as good as a forbidden change [s]."""
LEAST, FORBIDDEN = 2, 3
"""Kinds of transfers that change a walk; others only recommend, or are of one vehicle."""


def with_transfers(
    walking: Walking, feeds: Sequence[Feed], stations: Stations, settings: Settings,
    issues: Issues,
) -> Walking:
    """The tables with changes that are forbidden left out and those that take longer made longer.

    A rule of a station holds for its platforms. Boarding waits `wait` anyway, so a walk is made
    as long as the least time less that. Rules for one and the same stop change nothing: a note.
    """
    rules: dict[tuple[int, int], int] = {}
    offset = same = 0
    for feed in feeds:
        t = feed.transfers
        for a, b, kind, least in zip(t.origin, t.to, t.kind, t.least_s, strict=True):
            if kind not in (LEAST, FORBIDDEN):
                continue
            pairs = [(p, q) for p in _platforms(stations, offset + int(a))
                     for q in _platforms(stations, offset + int(b))]
            same += sum(p == q for p, q in pairs)
            seconds = -1 if kind == FORBIDDEN or least > MOST_S else int(least)
            rules.update({pair: seconds for pair in pairs if pair[0] != pair[1]})
        offset += len(feed.stops.ids)
    if same:
        issues.note("transit/", f"transfers.txt: {counted(same, 'rule')} for changes at one stop "
                    "left out")
    if not rules:
        return walking
    return replace(walking, stops=_applied(walking.stops, rules, settings))


def _platforms(stations: Stations, stop: int) -> list[int]:
    """The stop, or the platforms of a station."""
    of = np.flatnonzero((stations.parent == stop) & (stations.kind == 0)).tolist()
    return of or [stop]


def _applied(near: Reach, rules: dict[tuple[int, int], int], settings: Settings) -> Reach:
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
