"""Hands tasks to the workers, the urgent first, and keeps what they answered."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import multiprocessing
import threading
import uuid
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieline.errors import TielineError
from tieline.web.worker import work

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.web.asking import Facts, Task

CLICK, ASIDE, AHEAD = 0, 1, 2
"""How urgent: a user waits; a user looks on; nobody has asked yet."""
KEPT = 600
"""Answers kept for the next time they are asked for."""
MOST_AHEAD = 64
"""With so many tasks waiting, none is taken that nobody has asked yet."""
KEPT_JOBS = 400
"""Finished jobs that can still be asked about."""

KIND_S, LONG_S = 2.0, 5.0
"""So long a worker is waited for before it is ended, and after."""

log = logging.getLogger(__name__)


class RefusedError(TielineError):
    """A worker's refusal: what the user got wrong, in both languages."""

    def __init__(self, text: str, text_zh: str) -> None:
        Exception.__init__(self, text)
        self._zh = text_zh

    def message(self, lang: str = "en") -> str:
        """What went wrong, in the language asked for."""
        return self._zh if lang == "zh" else str(self)


class WorkerError(Exception):
    """A worker broke: a mistake of Tieline, with its trace."""


class CancelledError(Exception):
    """The job was cancelled."""


@dataclass(eq=False)
class Job:
    """A task under way: its answer to come, how far it is."""

    task: Task
    future: Future[Any] = field(default_factory=Future)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: int = 0
    total: int = 0
    worker: Worker | None = None
    unwanted: bool = False

    @property
    def state(self) -> str:
        """"waiting", "running", "done", "cancelled" or "failed"."""
        if not self.future.done():
            return "waiting" if self.worker is None else "running"
        error = self.future.exception()
        if error is None:
            return "done"
        return "cancelled" if isinstance(error, CancelledError) else "failed"


class Desk:
    """Two workers: one takes quick tasks only, so that a click never waits for a long one."""

    def __init__(self, folder: Path, n_workers: int = 2) -> None:
        self.folder = folder
        self._lock = threading.Condition()
        self._queue: list[tuple[int, int, Job]] = []
        self._count = itertools.count()
        self._running: dict[Task, Job] = {}
        self._kept: OrderedDict[Task, Any] = OrderedDict()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._closed = False
        self._workers = [
            Worker(self, folder, quick_only=n_workers > 1 and k == 0) for k in range(n_workers)
        ]
        try:
            self.facts: Facts = self._workers[0].ready()
        except (RefusedError, WorkerError):
            self.close()
            raise
        for worker in self._workers:
            worker.start()

    def ask(self, task: Task, urgency: int = CLICK) -> Job:
        """The job that answers the task: finished at once if the answer is known."""
        with self._lock:
            job = self._running.get(task)
            if job is None:
                job = Job(task)
                if task in self._kept:
                    self._kept.move_to_end(task)
                    job.future.set_result(self._kept[task])
                    self._remember(job)
                    return job
                full = urgency == AHEAD and len(self._queue) >= MOST_AHEAD
                if self._closed or full:
                    job.future.set_exception(CancelledError())
                    return job
                self._running[task] = job
                self._remember(job)
            if job.worker is None:
                heapq.heappush(self._queue, (urgency, next(self._count), job))
                self._lock.notify_all()
            return job

    def known(self, task: Task) -> bool:
        """Whether the answer is there."""
        with self._lock:
            return task in self._kept

    def job(self, key: str) -> Job | None:
        """The job of that id, while it is remembered."""
        with self._lock:
            return self._jobs.get(key)

    def cancel(self, job: Job) -> None:
        """Stop a job: at once if it waits, at its next sign of progress if it runs."""
        with self._lock:
            job.unwanted = True
            if job.worker is not None:
                job.worker.stop()
            elif not job.future.done():
                self._running.pop(job.task, None)
                job.future.set_exception(CancelledError())

    def close(self) -> None:
        """End the workers; what still waits is cancelled."""
        with self._lock:
            self._closed = True
            for _, _, job in self._queue:
                if job.worker is None and not job.future.done():
                    job.future.set_exception(CancelledError())
            self._queue.clear()
            for worker in self._workers:
                worker.stop()
            self._lock.notify_all()
        for worker in self._workers:
            worker.close()

    def take(self, worker: Worker) -> Job | None:
        """The most urgent job this worker may do; waits for one; None when all is over."""
        with self._lock:
            while not self._closed:
                for k, (_, _, job) in enumerate(sorted(self._queue)):
                    if worker.quick_only and not job.task.quick:
                        continue
                    self._queue.remove(sorted(self._queue)[k])
                    heapq.heapify(self._queue)
                    if job.future.done() or job.worker is not None:
                        break
                    job.worker = worker
                    return job
                else:
                    self._lock.wait()
            return None

    def finish(self, job: Job, message: tuple[Any, ...]) -> None:
        """Take a worker's last word on a job."""
        with self._lock:
            self._running.pop(job.task, None)
            if message[0] == "done":
                self._kept[job.task] = message[1]
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        if message[0] == "done":
            job.future.set_result(message[1])
        elif message[0] == "refused":
            job.future.set_exception(RefusedError(message[1], message[2]))
        elif message[0] == "stopped":
            job.future.set_exception(CancelledError())
        else:
            log.error("a worker failed at %s: %s", job.task.name, message[1])
            job.future.set_exception(WorkerError(message[1]))

    def lose(self, worker: Worker) -> None:
        """Go on without a worker that cannot begin; with none left, what waits has failed."""
        with self._lock:
            self._workers.remove(worker)
            for other in self._workers:
                other.quick_only = False
            if not self._workers:
                self._closed = True
                for _, _, job in self._queue:
                    if job.worker is None and not job.future.done():
                        job.future.set_exception(WorkerError("no worker is left"))
                self._queue.clear()
            self._lock.notify_all()

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        while len(self._jobs) > KEPT_JOBS:
            key = next((k for k, j in self._jobs.items() if j.future.done()), None)
            if key is None:
                return
            del self._jobs[key]


class Worker:
    """One process and the thread that talks to it; a process that ends is begun anew.

    Only the thread that talks closes the line, and only after it has stopped listening: a line
    closed under a reader leaves it reading whatever gets the same number next.
    """

    def __init__(self, desk: Desk, folder: Path, *, quick_only: bool) -> None:
        self.quick_only = quick_only
        self._desk = desk
        self._folder = folder
        self._context = multiprocessing.get_context("spawn")
        self._sending = threading.Lock()
        self._asked = 0
        self._closing = False
        self._begin()
        self._facts: Facts | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _begin(self) -> None:
        self._line, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=work, args=(self._folder, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def ready(self) -> Facts:
        """Wait until the region is read; RefusedError or WorkerError if it cannot be."""
        if self._facts is None:
            try:
                word, *rest = self._line.recv()
            except (EOFError, OSError):
                message = "a worker ended before it had read the region"
                raise WorkerError(message) from None
            if word == "refused":
                raise RefusedError(*rest)
            self._facts = rest[0]
        return self._facts

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the process to leave what it is at; it looks at each sign of progress."""
        self._send(None)

    def close(self) -> None:
        """End the process: kindly, then not."""
        self._closing = True
        self.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=KIND_S)
        if self._thread.is_alive():
            self._process.terminate()
            self._thread.join(timeout=LONG_S)
        if not self._thread.is_alive():
            self._line.close()
        self._process.join(timeout=KIND_S)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(timeout=LONG_S)

    def _send(self, task: Task | None) -> None:
        """A task with its number, or with None the wish that the last one be left."""
        with self._sending:
            if task is not None:
                self._asked += 1
            with contextlib.suppress(OSError):  # who listens notices that the process has gone
                self._line.send((self._asked, task))

    def _run(self) -> None:
        try:
            while self.ready() and (job := self._desk.take(self)) is not None:
                self._desk.finish(job, self._talk(job))
        except (RefusedError, WorkerError) as error:
            if not self._closing:
                log.error("a worker cannot begin: %s", error)
                self._desk.lose(self)

    def _talk(self, job: Job) -> tuple[Any, ...]:
        """Send the task, follow its progress, the last word; a broken process is replaced."""
        self._send(job.task)
        if job.unwanted:
            self.stop()
        try:
            while True:
                message: tuple[Any, ...] = self._line.recv()
                if message[0] != "progress":
                    return message
                job.done, job.total = message[1], message[2]
        except (EOFError, OSError):
            if self._closing:
                return ("stopped",)
            self._process.join(timeout=KIND_S)
            with self._sending:
                self._line.close()
                self._facts = None
                self._begin()
            return ("failed", "the worker ended")
