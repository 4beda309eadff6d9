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

from tieline.transit.kernels.abreast import Abreast
from tieline.transit.kernels.cases import branch, leaves, root, way_home
from tieline.transit.kernels.follow import complete, follow
from tieline.transit.kernels.reach import LANES, Scratch, Targets, percentiles
from tieline.transit.kernels.sweep import UNREACHED, Foot, Labels, Level, Log, Window, search
from tieline.transit.tree import Forest, Step, steps

if TYPE_CHECKING:
    from tieline.transit.kernels.sweep import Calls
    from tieline.transit.timetable import Mask, Timetable
    from tieline.transit.walking import Reach, Walking

Times = NDArray[np.uint16]
Every = NDArray[np.uint16]
LOG_ROOM = 1 << 16
ABREAST_BYTES = 1 << 24
"""Room for searches abreast, by thread: ten or so of a city."""
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
        walking.stay_s if len(walking.stay_s) else np.zeros(len(near.at) - 1, np.int32),
    )


@dataclass(frozen=True, repr=False)
class Question:
    """What is asked of a timetable: masks by row, foot, window.

    `percentile` of the travel times over the window's departures, in percent. Row 0 is searched
    from scratch, row k from row `parent[k]` < k, whose lines its own include; all others from row
    0 where no parents are given. Row `top`, if not -1, includes the lines of all.
    """

    day: Timetable
    masks: tuple[Mask, ...]
    foot: Foot
    window: Window
    percentile: float = 50.0
    parent: tuple[int, ...] = ()
    top: int = -1
    whole_day: bool = False

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """The row each row follows, -1 for none."""
        return self.parent or (-1, *(0 for _ in self.masks[1:]))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The rows after row 0 in the order of search."""
        n, rounds = self.timetable.n_stops, self.window.rides + 1
        one = 2 * n * (columns_of(self.window) + 4 * rounds)
        one += 2 * rounds * self.timetable.n_segments
        return steps(self.parents, self.top, max(ABREAST_BYTES // max(one, 1), 1))

    @cached_property
    def timetable(self) -> Timetable:
        """The trips that can matter in the window; of a question asked once, all of the day."""
        if self.whole_day:
            return self.day
        w = self.window
        return self.day.between(w.start, w.start + 60 * w.minutes + w.most)

    @cached_property
    def calls(self) -> Calls:
        """Where one may board in each row."""
        return self.timetable.calls(self.masks)

    @cached_property
    def extra(self) -> Calls:
        """Where one may board what the row before does not have."""
        return self.timetable.calls([
            m & ~self.masks[max(p, 0)] for m, p in zip(self.masks, self.parents, strict=True)
        ])

    @cached_property
    def offered(self) -> dict[tuple[int, ...], Mask]:
        """Where rows that are searched abreast may board what the row before does not have."""
        at = self.extra.at
        return {tuple(s.rows): np.asarray((at[s.rows, 1:] > at[s.rows, :-1]).any(axis=0))
                for s in self.steps if not s.followed}

    def ready(self) -> Question:
        """The same with all arrays made, before threads share them."""
        self.timetable, self.calls, self.extra, self.targets, self.offered  # noqa: B018 - made here
        return self

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


def asked(
    day: Timetable, allowed: Sequence[Mask], foot: Foot, window: Window
) -> list[tuple[Question, dict[int, int]]]:
    """Questions that answer for all these cases, with the rows of those each answers for."""
    return [
        (Question(day, tuple(day.running(np.logical_and.reduce([allowed[i] for i in members]))
                             for members in tree.members),
                  foot, window, parent=tree.parent, top=tree.top), tree.row)
        for tree in Forest(allowed, day.work()).trees()
    ]


class Workspace:
    """The arrays one thread works in; grows when a log is too short."""

    def __init__(self, question: Question) -> None:
        q = question
        n_stops, n_points = q.timetable.n_stops, q.n_points
        self.question = q
        depth = max((s.depth + s.followed for s in q.steps), default=0)
        self.room = [0 if len(q.masks) == 1 else LOG_ROOM] * 3
        self.levels = [self._level() for _ in range(depth + 1)]
        self.labels = self._labels() if q.steps else self.levels[0].labels
        self.unread = self._log([0, 0, 0])
        self.nothing = self.known._replace(time=np.zeros((0, columns_of(q.window)), np.uint16))
        abreast = max((len(s.rows) for s in q.steps if not s.followed), default=0)
        self.many = self._many(self.labels, abreast)
        self.marked = np.empty(n_stops, np.int32)
        self.direct = np.full(n_points, UNREACHED, np.uint16)
        self.scratch = Scratch(np.empty(columns_of(q.window), np.uint16),
                               np.zeros(n_points, np.bool_), np.empty(n_points, np.int32))

    @property
    def known(self) -> Labels:
        """Labels of the search from scratch."""
        return self.levels[0].labels

    def _level(self) -> Level:
        q = self.question
        kept = np.empty((q.n_points, columns_of(q.window)), np.uint16)
        return Level(self._labels(), self._log(self.room), kept)

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

    def _many(self, one: Labels, n: int) -> Abreast:
        shape = {k: (n, *getattr(one, k).shape) for k in ("at", "by", "ride", "time", "last")}
        wide = (n, len(one.last))
        return Abreast(  # type: ignore[call-arg]
            *(np.empty(shape[k], getattr(one, k).dtype) for k in shape), np.empty(wide, np.int32),
            np.zeros(n, np.int64), np.empty(wide, np.int32), np.zeros(wide, np.bool_),
            np.zeros(n, np.int64), one.touched, one.is_touched, one.better,
            np.empty(wide[1] + 1, np.int32), np.empty(wide[1] + 1, np.int32),
        )

    def _log(self, room: Sequence[int]) -> Log:
        q = self.question
        cells = q.window.minutes * (q.window.rides + 1) + 1

        def one(n: int) -> tuple[Any, Any, Any]:
            return np.zeros(cells, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)

        return Log(*one(room[0]), *one(room[1]), *one(room[2]), np.zeros(3, np.int64))

    def _lengthen(self) -> None:
        """More room in every log than any had need of."""
        need = [max(int(v.log.n[i]) for v in self.levels) for i in range(3)]
        self.room = [max(r, n + n // 2) for r, n in zip(self.room, need, strict=True)]
        self.levels = [v._replace(log=self._log(self.room)) for v in self.levels]

    def times(self, origin: int, out: Times, every: Every, column: int = 0) -> None:
        """Travel times [s] from an origin in every row, into `out` (n_rows, n_points).

        `every` (n_rows, n_points, minutes of all draws), from `column` on, takes the times of
        every minute; without rows, none.
        """
        while not self._times(origin, out, every, column):
            self._lengthen()

    def _times(self, origin: int, out: Times, every: Every, column: int) -> bool:
        q = self.question
        lines, same = q.timetable.lines, (q.foot, q.window, q.targets)
        if not root(lines, q.calls, *same, self.levels[0], self.nothing, self.scratch,
                    self.direct, origin, out, every, column, len(q.steps) > 0):
            return False
        for step in q.steps:
            before = self.levels[step.depth]
            top = q.top if step.knows_top and not len(every) else -1
            if not step.followed:
                leaves(lines, q.calls, q.extra, q.offered[tuple(step.rows)], *same, before,
                       self.many, self.labels, self.nothing, self.scratch, step.base, step.rows,
                       top, out, every, column)
            elif not branch(lines, q.calls, q.extra, *same, before, self.levels[step.depth + 1],
                            self.scratch, self.marked, step.base, int(step.rows[0]), top, out,
                            every, column):
                return False
        return True

    def home(self, origin: int, minute: NDArray[np.int64], out: NDArray[np.bool_]) -> None:
        """Whether each point is reached in time if left for at its minute; see `way_home`."""
        foot = self.question.foot
        near = slice(int(foot.direct_at[origin]), int(foot.direct_at[origin + 1]))
        self.direct[foot.direct_to[near]] = foot.direct_s[near]
        while not self._home(origin, minute, out):
            self._lengthen()
        self.direct[foot.direct_to[near]] = UNREACHED

    def _home(self, origin: int, minute: NDArray[np.int64], out: NDArray[np.bool_]) -> bool:
        q = self.question
        lines, first = q.timetable.lines, self.levels[0]
        search(lines, q.calls, 0, q.foot, q.window, first.labels, self.nothing, origin, first.log,
               len(q.steps) > 0)
        if not self._fits(first):
            return False
        way_home(q.foot, q.window, first.labels, first.labels, self.direct, minute[0], out[0])
        for step in q.steps:
            before = self.levels[step.depth]
            own = self.levels[step.depth + 1] if step.followed else None
            labels, log = (self.labels, self.unread) if own is None else (own.labels, own.log)
            for row in step.rows:
                follow(lines, q.calls, q.extra, row, q.foot, q.window, labels, before.labels,
                       before.log, self.marked, log, step.followed)
                if step.followed:
                    complete(labels, before.labels)
                way_home(q.foot, q.window, labels, before.labels, self.direct, minute[row],
                         out[row])
            if own is not None and not self._fits(own):
                return False
        return True

    def _fits(self, level: Level) -> bool:
        return all(int(n) <= r for n, r in zip(level.log.n, self.room, strict=True))


class Traveller:
    """One thread's work: travel times of an origin over all draws of the day's timetable."""

    def __init__(self, questions: Sequence[Question]) -> None:
        first = questions[0]
        n_rows, n_points = len(first.masks), first.n_points
        minutes = first.window.minutes
        self.spaces = [Workspace(q) for q in questions]
        self.out = np.empty((n_rows, n_points), np.uint16)
        shape = (n_rows, n_points, minutes * len(questions))
        self.every = np.empty(shape if len(questions) > 1 else (0, 0, 0), np.uint16)
        self.order = np.empty(shape[2], np.uint16)
        self.rank = rank_of(first.percentile, shape[2])

    def times(self, origin: int) -> Times:
        """Travel times [s] in every row, shape (n_rows, n_points); used again by the next."""
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
    """Call `use(k, times)` for the k-th origin, times (n_rows, n_points) in seconds.

    One question for each draw of the timetable, all with the same rows. UNREACHED where there is
    no way. The array is used again: `use` takes from it what it needs, and must not mind in which
    thread or order it is called.
    """
    for q in questions:
        q.ready()
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
    """Travel times [s], shape (n_rows, n_origins, n_points)."""
    first = questions[0]
    chosen = range(first.n_points) if origins is None else origins
    out = np.empty((len(first.masks), len(chosen), first.n_points), np.uint16)

    def use(k: int, times: Times) -> None:
        out[:, k] = times

    each_origin(questions, chosen, use, workers=workers)
    return out
