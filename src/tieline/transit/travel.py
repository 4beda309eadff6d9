"""Travel times of many origins in many cases: arrays for the kernels, threads over origins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.transit.kernels.reach import LANES, Scratch, Targets, percentiles, travel_times
from tieline.transit.kernels.sweep import UNREACHED, Foot, Labels, Log, Window

if TYPE_CHECKING:
    from tieline.transit.kernels.sweep import Calls
    from tieline.transit.timetable import Mask, Timetable
    from tieline.transit.walking import Reach, Walking

Times = NDArray[np.uint16]
Every = NDArray[np.uint16]
LOG_ROOM = 1 << 16
WORKERS = 2


@dataclass(frozen=True)
class Pace:
    """How one walks: speed [m/s], longest walk to and from stops [s] and between stops [m]."""

    speed_m_s: float
    most_s: float
    transfer_m: float = 1000.0
    access_m: float = 2000.0


def foot_of(walking: Walking, pace: Pace) -> Foot:
    """The walking tables in whole seconds at a pace; what is too far is left out."""
    near = walking.stops  # made for the longest walk; a rule may ask for more time than that
    most = pace.most_s * pace.speed_m_s
    access = walking.access.within(min(pace.access_m, most))
    direct = walking.points.within(most)

    def seconds(reach: Reach) -> NDArray[np.int32]:
        return np.asarray(np.floor(reach.metres / pace.speed_m_s + 1e-6), np.int32)

    # The table of walks between stops is read most of all: it should be small.
    small = np.uint16 if len(near.at) <= 1 << 16 else np.int32
    return Foot(
        near.at.astype(np.int32), near.to.astype(small), seconds(near).astype(np.uint16),
        access.at, access.to, seconds(access),
        access.at, access.to, seconds(access).astype(np.uint16),
        direct.at, direct.to, seconds(direct).astype(np.uint16),
    )


@dataclass(frozen=True, repr=False)
class Question:
    """What is asked of a timetable: masks by case (row 0 is inside all others), foot, window.

    `percentile` of the travel times over the window's departures, in percent.
    """

    day: Timetable
    masks: tuple[Mask, ...]
    foot: Foot
    window: Window
    percentile: float = 50.0

    @cached_property
    def timetable(self) -> Timetable:
        """The trips that can matter in the window."""
        w = self.window
        return self.day.between(w.start, w.start + 60 * w.minutes + w.most)

    @cached_property
    def calls(self) -> Calls:
        """Where one may board in each case."""
        return self.timetable.calls(self.masks)

    @cached_property
    def extra(self) -> Calls:
        """Where one may board what the first case does not have."""
        return self.timetable.calls([m & ~self.masks[0] for m in self.masks])

    @cached_property
    def targets(self) -> Targets:
        """Points by stop, and the rank of the percentile."""
        foot, n_stops = self.foot, self.timetable.n_stops
        point = np.repeat(np.arange(self.n_points), np.diff(foot.egress_at))
        order = np.argsort(foot.egress_stop, kind="stable")
        at = np.searchsorted(foot.egress_stop[order], np.arange(n_stops + 1))
        rank = rank_of(self.percentile, self.window.minutes)
        return Targets(at.astype(np.int32), point[order].astype(np.int32), rank)

    @property
    def n_points(self) -> int:
        """Points, each an origin and a target."""
        return len(self.foot.access_at) - 1


def columns_of(window: Window) -> int:
    """Columns for the minutes of a window: whole vectors of the processor, so that none is left."""
    return -(-window.minutes // LANES) * LANES


class Workspace:
    """The arrays one thread works in; grows when a log is too short."""

    def __init__(self, question: Question) -> None:
        q = question
        n_stops, n_points = q.timetable.n_stops, q.n_points
        self.question = q
        self.known, self.labels = self._labels(), self._labels()
        self.nothing = self.known._replace(time=np.zeros((0, columns_of(q.window)), np.uint16))
        self.marked = np.empty(n_stops, np.int32)
        self.direct = np.full(n_points, UNREACHED, np.uint16)
        columns = columns_of(q.window)
        self.scratch = Scratch(
            np.empty(columns, np.uint16), np.empty((n_points, columns), np.uint16),
            np.zeros(n_points, np.bool_), np.empty(n_points, np.int32),
        )
        self.log = self._log((0, 0, 0) if len(q.masks) == 1 else (LOG_ROOM,) * 3)

    def _labels(self) -> Labels:
        q = self.question
        n, rounds = q.timetable.n_stops, q.window.rides + 1
        return Labels(
            np.empty((rounds, n), np.int32), np.empty((rounds, n), np.int32),
            np.empty((rounds, q.timetable.n_segments), np.uint16),
            np.empty((n, columns_of(q.window)), np.uint16), np.empty(n, np.int32),
            np.empty(n, np.int32), np.zeros(1, np.int64), np.empty(n, np.int32),
            np.zeros(n, np.bool_), np.empty(n, np.int32), np.zeros(n, np.bool_),
            np.empty(n + 1, np.int32),
        )

    def _log(self, room: Sequence[int]) -> Log:
        q = self.question
        cells = q.window.minutes * (q.window.rides + 1) + 1

        def one(n: int) -> tuple[Any, Any, Any]:
            return np.zeros(cells, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)

        return Log(*one(room[0]), *one(room[1]), *one(room[2]), np.zeros(3, np.int64))

    def times(self, origin: int, out: Times, every: Every, column: int = 0) -> None:
        """Travel times [s] from an origin in every case, into `out` (n_cases, n_points).

        `every` (n_cases, n_points, minutes of all draws), from `column` on, takes the times of
        every minute; without rows, none.
        """
        q = self.question
        while not travel_times(
            q.timetable.lines, q.calls, q.extra, q.foot, q.window, q.targets, self.known,
            self.labels, self.nothing, self.log, self.marked, self.scratch, self.direct, origin,
            out, every, column,
        ):
            self.log = self._log([int(n) + int(n) // 2 + LOG_ROOM for n in self.log.n])

    def home(
        self, origin: int, minute: NDArray[np.int64], out: NDArray[np.bool_],
        kernel: Callable[..., bool],
    ) -> None:
        """Whether each point is reached in time if left for at its minute; see `way_home`."""
        q = self.question
        while not kernel(
            q.timetable.lines, q.calls, q.extra, q.foot, q.window, self.known, self.labels,
            self.nothing, self.log, self.marked, self.direct, origin, minute, out,
        ):
            self.log = self._log([int(n) + int(n) // 2 + LOG_ROOM for n in self.log.n])


class Traveller:
    """One thread's work: travel times of an origin over all draws of the day's timetable."""

    def __init__(self, questions: Sequence[Question]) -> None:
        first = questions[0]
        n_cases, n_points = len(first.masks), first.n_points
        minutes = first.window.minutes
        self.spaces = [Workspace(q) for q in questions]
        self.out = np.empty((n_cases, n_points), np.uint16)
        shape = (n_cases, n_points, minutes * len(questions))
        self.every = np.empty(shape if len(questions) > 1 else (0, 0, 0), np.uint16)
        self.order = np.empty(shape[2], np.uint16)
        self.rank = rank_of(first.percentile, shape[2])

    def times(self, origin: int) -> Times:
        """Travel times [s] in every case, shape (n_cases, n_points); used again by the next."""
        for k, space in enumerate(self.spaces):
            column = k * space.question.window.minutes
            space.times(origin, self.out, self.every, column)
        if len(self.spaces) > 1:
            percentiles(self.every, self.rank, self.order, self.out)
        return self.out


def rank_of(percentile: float, n: int) -> int:
    """Index of a percentile among n sorted values: ceil(p/100 n) - 1, nothing between two."""
    return max(int(np.ceil(percentile / 100.0 * n - 1e-9)) - 1, 0)


def each_origin(
    questions: Sequence[Question], origins: Sequence[int], use: Callable[[int, Times], None], *,
    workers: int = WORKERS, progress: Callable[[int, int], None] | None = None,
) -> None:
    """Call `use(k, times)` for the k-th origin, times (n_cases, n_points) in seconds.

    One question for each draw of the timetable, all with the same cases. UNREACHED where there is
    no way. The array is used again: `use` takes from it what it needs, and must not mind in which
    thread or order it is called.
    """
    for q in questions:
        q.timetable, q.calls, q.extra, q.targets  # noqa: B018 - made before threads share them
    cursor = iter(range(len(origins)))
    lock = threading.Lock()
    done = 0

    def work() -> None:
        nonlocal done
        traveller = Traveller(questions)
        while True:
            with lock:
                k = next(cursor, -1)
            if k < 0:
                return
            use(k, traveller.times(int(origins[k])))
            if progress is not None:
                with lock:
                    done += 1
                    progress(done, len(origins))

    if workers <= 1:
        work()
        return
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(work) for _ in range(workers)]:
            future.result()


def matrix(
    questions: Sequence[Question], origins: Sequence[int] | None = None, *, workers: int = WORKERS
) -> Times:
    """Travel times [s], shape (n_cases, n_origins, n_points)."""
    first = questions[0]
    chosen = range(first.n_points) if origins is None else origins
    out = np.empty((len(first.masks), len(chosen), first.n_points), np.uint16)

    def use(k: int, times: Times) -> None:
        out[:, k] = times

    each_origin(questions, chosen, use, workers=workers)
    return out
