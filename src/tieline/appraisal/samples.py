"""Many independent samples on all cores, kept as they come, so that a stopped run resumes."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from tieline.region.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tieline.appraisal.cache import Cache

AHEAD = 3
"""Samples handed out for each worker: enough to keep it busy, few to lose."""


class Task(Protocol):
    """What computes a sample: picklable, and the sample depends on its number alone."""

    def __call__(self, sample: int) -> tuple[Outcome, ...]:
        """The outcomes of a sample, one for each state."""
        ...


def run_samples(  # noqa: PLR0913 - options are keyword-only
    task: Task, n_samples: int, n_states: int, *, key: str, workers: int = 1,
    cache: Cache | None = None, progress: Callable[[int, int], None] | None = None,
) -> list[tuple[Outcome, ...]]:
    """Outcomes of samples 0 to n_samples - 1, the same with any number of workers.

    Parameters
    ----------
    key
        Names everything the samples depend on but their number; samples that the cache has
        under it are not computed again.
    workers
        Processes; 1 = this one. More than one starts new interpreters: a script that calls this
        must be importable without running (`if __name__ == "__main__"`).
    """
    found: dict[int, tuple[Outcome, ...]] = {}
    if cache is not None:
        found = {k: o for k in range(n_samples) if (o := _kept(cache, key, k, n_states))}
    todo = [k for k in range(n_samples) if k not in found]
    if progress is not None:
        progress(len(found), n_samples)
    for k, outcomes in _computed(task, todo, min(workers, len(todo))):
        found[k] = outcomes
        if cache is not None:
            cache.put((_key(key, k, i), o) for i, o in enumerate(outcomes))
        if progress is not None:
            progress(len(found), n_samples)
    return [found[k] for k in range(n_samples)]


def _key(key: str, sample: int, state: int) -> str:
    return f"{key}|{sample}|{state}"


def _kept(cache: Cache, key: str, sample: int, n_states: int) -> tuple[Outcome, ...] | None:
    outcomes = []
    for i in range(n_states):
        outcome = cache.get(_key(key, sample, i))
        if not isinstance(outcome, Outcome):
            return None
        outcomes.append(outcome)
    return tuple(outcomes)


def _computed(
    task: Task, todo: Sequence[int], workers: int
) -> Iterator[tuple[int, tuple[Outcome, ...]]]:
    """Samples as they are finished; what is in flight is dropped when the caller stops."""
    if workers <= 1:
        for k in todo:
            yield k, task(k)
        return
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(task,)
    )
    waiting = iter(todo)
    flying: dict[Future[Any], int] = {}
    finished = False
    try:
        while True:
            for k in islice(waiting, AHEAD * workers - len(flying)):
                flying[pool.submit(_sample, k)] = k
            if not flying:
                break
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: flying[f]):
                yield flying.pop(future), future.result()
        finished = True
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=finished, cancel_futures=True)


_TASK: list[Task] = []
"""The task of this worker process, sent once when it starts."""


def _begin(task: Task) -> None:
    """Ctrl-C is the main process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _TASK[:] = [task]


def _sample(sample: int) -> tuple[Outcome, ...]:
    return _TASK[0](sample)
