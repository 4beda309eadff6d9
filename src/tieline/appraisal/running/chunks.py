"""Work cut into chunks of a few tenths of a second, for any `concurrent.futures.Executor`.

A chunk is long enough that handing it out costs little, and short enough that a stop loses little.
An item that fails gives a `Failure` in its place: the others go on.
"""

from __future__ import annotations

import hashlib
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tieline.errors import CaseError, TielineError

CHUNK_S = 0.3
"""What a chunk should take [s]: within 0.1 to 1 s, where handing out costs under 1 % (measured)."""

AHEAD = 2
"""Chunks handed out for each worker: one at work, one waiting."""

KEPT_WORKS = 2
"""Works a worker process remembers."""

Work: TypeAlias = Callable[[Any], Any]
"""What is done with an item: picklable, and the result depends on the item alone.

A work that has a method `many` is given whole chunks in other processes, and what it raises there
ends the run: for engines that share work between cases.
"""


@dataclass(frozen=True)
class Failure:
    """What an item raised instead of a result."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind


Part: TypeAlias = list[tuple[int, Any]]
"""A finished chunk: (number of the item, its result or Failure)."""


def run_chunks(
    work: Work, items: Sequence[Any], executor: Executor | int | None = None, *,
    chunk_s: float = CHUNK_S,
) -> Iterator[Part]:
    """Results as chunks finish, in any order; each item once.

    Parameters
    ----------
    executor
        None: here, one after the other. A number: so many processes, which end with this one; a
        script that asks for them must be importable without running. An `Executor`: that one.
    chunk_s
        What a chunk should take [s].

    Raises
    ------
    CaseError
        If the work or an item cannot be sent to another process, or the workers were lost.
    """
    if not items:
        return
    if executor is None or executor == 1:
        yield from _here(work, items, chunk_s)
    elif isinstance(executor, int):
        from tieline.appraisal.running.workers import own_pool

        with own_pool(executor) as pool:
            yield from _elsewhere(work, items, pool, chunk_s)
    else:
        yield from _elsewhere(work, items, executor, chunk_s)


def width_of(executor: Executor | int | None) -> int:
    """How many items run at a time."""
    if executor is None or isinstance(executor, int):
        return max(1, executor or 1)
    cluster: Any = getattr(executor, "_client", None)
    if cluster is not None:
        return max(1, int(sum(cluster.ncores().values())))
    return max(1, int(getattr(executor, "_max_workers", 1)))


def attempt(work: Work, item: Any) -> Any:
    """The result of an item, or its Failure."""
    try:
        return work(item)
    except Exception as error:  # noqa: BLE001 - a failing case is shown, not fatal
        text = error.message() if isinstance(error, TielineError) else str(error)
        return Failure(type(error).__name__, text)


def _here(work: Work, items: Sequence[Any], chunk_s: float) -> Iterator[Part]:
    part: Part = []
    began = time.perf_counter()
    for k, item in enumerate(items):
        part.append((k, attempt(work, item)))
        if time.perf_counter() - began >= chunk_s:
            yield part
            part, began = [], time.perf_counter()
    if part:
        yield part


@dataclass
class _Handing:
    """What is still to be handed out, and how long an item takes."""

    total: int
    workers: int
    chunk_s: float
    next: int = 0
    item_s: float = 0.0
    flying: dict[Future[Any], range] = field(default_factory=dict)

    def take(self) -> range:
        """Numbers of the next chunk: as long as it should take, shorter towards the end."""
        rest = self.total - self.next
        size = 1 if not self.item_s else max(1, int(self.chunk_s / self.item_s))
        size = min(size, max(1, rest // (AHEAD * self.workers)), rest)
        chosen = range(self.next, self.next + size)
        self.next += size
        return chosen

    def learn(self, seconds: float, n: int) -> None:
        each = max(seconds / n, 1e-7)
        self.item_s = each if not self.item_s else 0.7 * self.item_s + 0.3 * each


def _elsewhere(
    work: Work, items: Sequence[Any], executor: Executor, chunk_s: float
) -> Iterator[Part]:
    blob = _packed(work)
    name = hashlib.blake2b(blob, digest_size=16).hexdigest()
    state = _Handing(len(items), width_of(executor), chunk_s)
    try:
        while state.next < state.total or state.flying:
            while state.next < state.total and len(state.flying) < AHEAD * state.workers:
                chosen = state.take()
                chunk = [items[k] for k in chosen]
                state.flying[executor.submit(_run_pack, name, blob, chunk)] = chosen
            done, _ = wait(state.flying, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: state.flying[f].start):
                chosen = state.flying.pop(future)
                results, seconds = _result(future)
                state.learn(seconds, len(chosen))
                yield list(zip(chosen, results, strict=True))
    finally:
        for future in state.flying:
            future.cancel()


def _packed(work: Work) -> bytes:
    try:
        return pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        msg = "the value function cannot be sent to other processes: define it at the top of a "
        msg_0 = f"{msg}module, not inside a function ({error})"
        raise CaseError(msg_0) from error


def _result(future: Future[Any]) -> tuple[list[Any], float]:
    from concurrent.futures import BrokenExecutor

    try:
        results, seconds = future.result()
    except BrokenExecutor as error:
        msg = "a worker process ended before its time; what was finished is kept: run again"
        raise CaseError(msg) from error
    return list(results), float(seconds)


_WORKS: dict[str, Work] = {}
"""Works that this worker process was sent, the latest last."""


def _run_pack(name: str, blob: bytes, items: Sequence[Any]) -> tuple[list[Any], float]:
    if name not in _WORKS:
        _WORKS[name] = pickle.loads(blob)  # noqa: S301 - from the process that started this one
        for old in list(_WORKS)[:-KEPT_WORKS]:
            del _WORKS[old]
    work = _WORKS[name]
    began = time.perf_counter()
    many = getattr(work, "many", None)
    results = [attempt(work, item) for item in items] if many is None else many(items)
    return results, time.perf_counter() - began
