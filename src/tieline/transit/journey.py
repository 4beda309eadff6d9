"""One resident's question: from here to there and back on a day, leg by leg."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.transit.cars import stations_between
from tieline.transit.cases import drives_of, foot_for, masks_of
from tieline.transit.kernels.sweep import FAR, Window, search
from tieline.transit.travel import Question, Workspace, foot_of

if TYPE_CHECKING:
    from tieline.region.model import Case
    from tieline.transit.kernels.sweep import Calls
    from tieline.transit.network import TransitNetwork


LAST_MIN = 120
"""Minutes before one must be home that are looked at first for the last way."""


@dataclass(frozen=True)
class Leg:
    """A walk, a drive or a ride: from when to when [s after midnight], from where to where.

    Of a drive, `stations` are the rows of those where the car is taken and left. `fare` is NaN
    where it is not known.
    """

    kind: Literal["walk", "car", "ride"]
    start_s: int
    end_s: int
    origin: str
    to: str
    line: str = ""
    trip: str = ""
    fare: float = 0.0
    stations: tuple[int, int] | None = None


@dataclass(frozen=True)
class Journey:
    """Legs in order; what lies between two of them is waiting."""

    legs: tuple[Leg, ...]

    @property
    def start_s(self) -> int:
        """When one sets out."""
        return self.legs[0].start_s

    @property
    def end_s(self) -> int:
        """When one is there."""
        return self.legs[-1].end_s

    @property
    def fare(self) -> float:
        """What the rides and drives cost together, each paid by itself: those that are known."""
        return sum(leg.fare for leg in self.legs if not np.isnan(leg.fare))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Lines ridden whose fare is not known, each once; "" for a car whose hire is not."""
        return tuple(dict.fromkeys(leg.line for leg in self.legs if np.isnan(leg.fare)))

    @property
    def rides(self) -> int:
        """How many lines are ridden."""
        return sum(leg.kind == "ride" for leg in self.legs)


@dataclass(frozen=True)
class DayTrip:
    """There and back: the way out, the first way back after the stay, the last one of the day.

    Each None where there is none in time.
    """

    out: Journey | None
    back: Journey | None
    last: Journey | None

    @property
    def possible(self) -> bool:
        """Whether one can go and come back."""
        return self.out is not None and self.back is not None


class Planner:
    """Journeys in one case; the first draw of the timetable where lines run by headways."""

    def __init__(self, network: TransitNetwork, case: Case) -> None:
        self.network, self.case = network, case
        self.day = network.timetables(case)[0]
        self.mask = masks_of(network, self.day, [case])[0]
        self.foot = foot_for(network, case)

    @cached_property
    def calls(self) -> Calls:
        """Where one may board."""
        return self.day.calls((self.mask,))

    @cached_property
    def drives(self) -> np.ndarray:
        """Seconds between stations of shared cars; inf where one may not drive."""
        return drives_of(self.network, self.case)

    @cached_property
    def on_foot(self) -> dict[str, set[tuple[int, int, int]]]:
        """Walks without cars, to tell them from drives."""
        foot = foot_of(self.network.walking, self.network.settings.pace)

        def pairs(at: np.ndarray, to: np.ndarray, s: np.ndarray) -> set[tuple[int, int, int]]:
            row = np.repeat(np.arange(len(at) - 1), np.diff(at))
            return set(zip(row.tolist(), to.tolist(), s.tolist(), strict=True))

        return {
            "access": pairs(foot.access_at, foot.access_stop, foot.access_s),
            "direct": pairs(foot.direct_at, foot.direct_to, foot.direct_s),
        }

    def day_trip(self, origin: int, to: int, depart_s: int, stay_s: int, end_s: int) -> DayTrip:
        """There as early as can be, a stay, and back by `end_s`."""
        out = self.best(origin, to, depart_s, end_s)
        if out is None:
            return DayTrip(None, None, None)
        ready = out.end_s + stay_s
        back = self.best(to, origin, ready, end_s)
        last = None if back is None else self.latest(to, origin, ready, end_s)
        return DayTrip(out, back, last)

    def best(self, origin: int, to: int, after_s: int, by_s: int) -> Journey | None:
        """The way that is there first, and of these the one that leaves last."""
        first = self._profile(origin, to, after_s, by_s, most_minutes=1)
        if not len(first) or first[0] > by_s:
            return None
        minutes = self._profile(origin, to, after_s, int(first[0]))
        return self._journey(origin, to, after_s + 60 * int(np.flatnonzero(
            minutes == first[0])[-1]), by_s)

    def latest(self, origin: int, to: int, after_s: int, by_s: int) -> Journey | None:
        """The way that leaves last and is there in time."""
        n = (by_s - after_s) // 60 + 1
        for back in (LAST_MIN, 4 * LAST_MIN, n):  # most last ways home leave late
            start_s = after_s + 60 * max(n - back, 0)
            fit = np.flatnonzero(self._profile(origin, to, start_s, by_s) <= by_s)
            if len(fit):
                return self._journey(origin, to, start_s + 60 * int(fit[-1]), by_s)
            if n <= back:
                break
        return None

    def leaving(self, origin: int, to: int, start_s: int, by_s: int) -> Journey | None:
        """The way that leaves at `start_s` and is there first, if it is there in time."""
        way = self._journey(origin, to, start_s, by_s)
        return way if way is not None and way.legs and way.end_s <= by_s else None

    def _profile(
        self, origin: int, to: int, after_s: int, by_s: int, *, most_minutes: int = 1 << 16
    ) -> np.ndarray:
        """Arrival [s after midnight] for each minute of departure; FAR where there is none."""
        n = min((by_s - after_s) // 60 + 1, most_minutes)
        if n <= 0:
            return np.zeros(0, np.int64)
        space, _ = self._searched(origin, after_s, n, by_s - after_s)
        foot, labels = self.foot, space.known
        found = np.full(n, FAR, np.int64)
        leave = after_s + 60 * np.arange(n)
        for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
            if foot.direct_to[k] == to:
                found = leave + int(foot.direct_s[k])
        for e in range(foot.egress_at[to], foot.egress_at[to + 1]):
            s = foot.egress_stop[e]
            if labels.last[s] >= 0:
                time = labels.time[s, :n].astype(np.int64)
                arrival = leave + time + int(foot.egress_s[e])
                found = np.minimum(found, np.where(time <= by_s - after_s, arrival, FAR))
        return found

    def _searched(
        self, origin: int, start_s: int, minutes: int, most: int
    ) -> tuple[Workspace, Question]:
        settings = self.network.settings.window
        window = Window(start_s, minutes, min(most, 56_000), settings.wait, settings.rides)
        question = Question(self.day, (self.mask,), self.foot, window, 50.0, whole_day=True)
        space = Workspace(question)
        search(question.timetable.lines, self.calls, 0, self.foot, window, space.known,
               space.nothing, origin, space.unread, False)
        return space, question

    def _journey(self, origin: int, to: int, start_s: int, by_s: int) -> Journey | None:
        """The legs of the way that leaves at `start_s` and is there first, fewest rides first."""
        space, question = self._searched(origin, start_s, 1, by_s - start_s)
        return _Traced(self, space, question, origin, to, start_s).journey()


class _Traced:
    """Backwards along the labels of a search from one minute."""

    def __init__(
        self, planner: Planner, space: Workspace, question: Question, origin: int, to: int,
        start_s: int,
    ) -> None:
        self.planner, self.question, self.origin, self.to = planner, question, origin, to
        self.start_s, self.labels = start_s, space.known
        self.running = np.flatnonzero(question.masks[0])
        self.foot = planner.foot
        self.points = planner.network.points
        self.stops = planner.network.stations

    def journey(self) -> Journey | None:
        end, stop, rides = FAR, -1, 0
        for k in range(self.foot.direct_at[self.origin], self.foot.direct_at[self.origin + 1]):
            if self.foot.direct_to[k] == self.to:
                end = self.start_s + int(self.foot.direct_s[k])
        walk = end - self.start_s
        for r in range(1, self.question.window.rides + 1):
            for e in range(self.foot.egress_at[self.to], self.foot.egress_at[self.to + 1]):
                s = int(self.foot.egress_stop[e])
                arrival = int(self.labels.by[r, s]) + int(self.foot.egress_s[e])
                if arrival < end:
                    end, stop, rides = arrival, s, r
                    walk = int(self.foot.egress_s[e])
        if end >= FAR:
            return None
        place = self._place(self.to)
        if stop < 0:
            leg = Leg("walk", self.start_s, end, self._place(self.origin), place)
            return Journey(tuple(self._driven(leg, "direct", self.origin, self.to)))
        last = Leg("walk", end - walk, end, self._stop(stop), place)
        legs = self._driven(last, "access", self.to, stop, back=True)[::-1]
        legs += self._rides(rides, stop)
        return Journey(tuple(reversed([x for x in legs if x.end_s > x.start_s or
                                       x.kind == "ride"])))

    def _rides(self, rides: int, stop: int) -> Iterator[Leg]:
        """Legs before the arrival at a stop by a ride, last first."""
        labels, network = self.labels, self.planner.network
        r, s = rides, stop
        while r > 0:
            value = int(labels.by[r, s])
            while r > 1 and labels.by[r - 1, s] == value:
                r -= 1
            line, trip, past, leave = self._ridden(r, s, value)
            board, zones = past[0], [str(self.stops.zone[x]) for x in past]
            yield Leg("ride", leave, value, self._stop(board), self._stop(s), line, trip,
                      network.lines[line].fare_past(zones))
            r -= 1
            present = int(labels.at[r, board])
            while r > 0 and labels.at[r - 1, board] == present:
                r -= 1
            if r == 0:
                leg = Leg("walk", self.start_s, present, self._place(self.origin),
                          self._stop(board))
                yield from reversed(self._driven(leg, "access", self.origin, board))
                return
            if labels.by[r, board] + int(self.foot.stay_s[board]) == present:
                s = board
                continue
            s, walk = self._walked(r, board, present)
            yield Leg("walk", present - walk, present, self._stop(s), self._stop(board))

    def _ridden(self, r: int, s: int, value: int) -> tuple[str, str, list[int], int]:
        """Line, trip, stops from boarding on, and when, of a ride that is at stop s at `value`."""
        day, wait = self.question.timetable, self.question.window.wait
        for k in self.running:
            piece = day.pieces[k]
            p = day.patterns[piece.pattern]
            for q in np.flatnonzero(p.stop[piece.low : piece.high] == s) + piece.low:
                if not p.alight[q]:
                    continue
                for x in np.flatnonzero(p.arrival[:, q] == value):
                    ready = self.labels.at[r - 1, p.stop[piece.low : q]].astype(np.int64) + wait
                    fits = p.board[piece.low : q] & (ready <= p.departure[x, piece.low : q])
                    if fits.any():
                        i = int(np.flatnonzero(fits)[-1]) + piece.low
                        return (p.line, str(p.trip[x]), p.stop[i : q + 1].tolist(),
                                int(p.departure[x, i]))
        msg = "a label without a ride behind it"
        raise AssertionError(msg)

    def _walked(self, r: int, board: int, present: int) -> tuple[int, int]:
        """From which stop one walked to `board`, and how long."""
        foot = self.foot
        row = np.repeat(np.arange(len(foot.near_at) - 1), np.diff(foot.near_at))
        for k in np.flatnonzero(foot.near_to == board):
            if self.labels.by[r, row[k]] + foot.near_s[k] == present:
                return int(row[k]), int(foot.near_s[k])
        msg = "a label without a walk behind it"
        raise AssertionError(msg)

    def _driven(self, leg: Leg, table: str, row: int, to: int, *, back: bool = False) -> list[Leg]:
        """The leg, or walk, drive and walk by its stations if one cannot walk that fast.

        `row` of the table and place in it; `back` if it leads from that place to the row's.
        """
        network, cars = self.planner.network, self.planner.network.cars
        walks = not len(cars.ids) or \
            (row, to, leg.end_s - leg.start_s) in self.planner.on_foot[table]
        if walks:
            return [leg]
        near = (cars.near_points, row), (
            cars.near_points if table == "direct" else cars.near_stops, to)
        (before, place), (after, goal) = near[::-1] if back else near
        a, b, first, last = stations_between(
            before, place, after, goal, self.planner.drives, network.settings.pace.speed_m_s)
        take, leave = leg.start_s + first, max(leg.end_s - last, leg.start_s + first)
        return [
            Leg("walk", leg.start_s, take, leg.origin, cars.name(a)),
            Leg("car", take, leave, cars.name(a), cars.name(b), stations=(a, b),
                fare=network.settings.car_price(leave - take)),
            Leg("walk", leave, leg.end_s, cars.name(b), leg.to),
        ]

    def _place(self, i: int) -> str:
        return self.points.names[i] or self.points.ids[i]

    def _stop(self, s: int) -> str:
        return str(self.stops.names[s] or self.stops.ids[s])
