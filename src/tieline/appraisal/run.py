"""Outcomes of many cases: each reduced to what the network can feel, and evaluated once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.running.chunks import Failure, attempt, run_chunks
from tieline.errors import EngineError
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from tieline.appraisal.cache import Cache
    from tieline.region.model import Case, Outcome
    from tieline.region.protocol import Engine


def evaluate_cases(  # noqa: PLR0913 - options are keyword-only
    engine: Engine[Any], network: Any, cases: Iterable[Case], *, detail: bool = False,
    progress: Callable[[int, int], None] | None = None, cache: Cache | None = None,
    executor: Executor | int | None = None, failures: dict[Case, Failure] | None = None,
) -> dict[Case, Outcome]:
    """Outcome of each case asked for; cases that the network cannot tell apart share one.

    Parameters
    ----------
    detail
        Whether outcomes carry the engine's tables; then the cache is left aside.
    progress
        Called as progress(done, total) over distinct cases.
    executor
        Any `concurrent.futures.Executor`, or a number of processes, which end with this one: cases
        go to it in chunks, the network with each. The result is the same to the bit with and
        without it, and with and without a cache.
    failures
        Takes up the cases in which the engine raised or gave no finite number; the result holds
        the others. Without it such a case ends the run.

    Raises
    ------
    EngineError
        If the engine yields too few or too many outcomes, or of a wrong shape; if a case fails and
        nobody takes it up.
    """
    wanted = list(dict.fromkeys(cases))
    relevant = network.relevant
    reduced = {case: relevant.restrict(case) for case in wanted}
    distinct = list(dict.fromkeys(reduced.values()))
    keeper = None if detail or cache is None else _Keeper(engine, network, cache)
    found: dict[Case, Outcome | Failure] = {} if keeper is None else keeper.known(distinct)
    todo = [case for case in distinct if case not in found]
    if progress and found:
        progress(len(found), len(distinct))
    for part in _parts(engine, network, todo, detail, executor):
        checked = [(case, _checked(engine, case, outcome)) for case, outcome in part]
        if keeper is not None:
            keeper.keep(checked)
        found.update(checked)
        if progress:
            progress(len(found), len(distinct))
    good = {case: o for case, o in found.items() if not isinstance(o, Failure)}
    for case in wanted:
        failure = found[reduced[case]]
        if isinstance(failure, Failure):
            if failures is None:
                raise EngineError(failed(engine, case, failure))
            failures[case] = failure
    return {case: good[reduced[case]] for case in wanted if reduced[case] in good}


def failed(engine: Engine[Any], case: Case, failure: Failure) -> str:
    """What is said of a case that failed."""
    return f"engine '{engine.name}', case '{case.key()}': {failure}"


def warmed(engine: Engine[Any], network: Any) -> Engine[Any]:
    """The engine that remembers between calls, where it offers one; the same to the bit."""
    warm: Callable[[Any], Engine[Any]] | None = getattr(engine, "warm", None)
    return engine if warm is None else warm(network)


class _Keeper:
    """A cache with the key of this network and engine."""

    def __init__(self, engine: Engine[Any], network: Any, cache: Cache) -> None:
        self._head = f"{network.digest}|{engine.name}|{engine.version}"
        self._cache = cache

    def known(self, cases: Sequence[Case]) -> dict[Case, Outcome | Failure]:
        found = {case: self._cache.get(self._key(case)) for case in cases}
        return {case: outcome for case, outcome in found.items() if outcome is not None}

    def keep(self, part: Sequence[tuple[Case, Outcome | Failure]]) -> None:
        self._cache.put((self._key(case), outcome) for case, outcome in part)

    def _key(self, case: Case) -> str:
        return f"{self._head}|{case.key()}"


def _parts(
    engine: Engine[Any], network: Any, cases: Sequence[Case], detail: bool,
    executor: Executor | int | None,
) -> Iterator[list[tuple[Case, Outcome | Failure]]]:
    if not cases:
        return
    work = _Cases(engine, network, detail)
    if executor is None or executor == 1:
        yield from ([pair] for pair in work.each(cases))
        return
    for part in run_chunks(work, cases, executor):
        yield [(cases[k], outcome) for k, outcome in part]


@dataclass(frozen=True)
class _Cases:
    """Cases evaluated in another process: the network is sent there once, not with each chunk."""

    engine: Engine[Any]
    network: Any
    detail: bool

    @cached_property
    def ready(self) -> Engine[Any]:
        """Made in the process that evaluates: chunks there share what they find."""
        return warmed(self.engine, self.network)

    def __call__(self, case: Case) -> Outcome:
        """One case by itself."""
        outcomes = self.ready.evaluate(self.network, [case], detail=self.detail)
        return next(outcome for _, outcome in list(_pairs([case], outcomes, self.engine.name)))

    def many(self, cases: Sequence[Case]) -> list[Outcome | Failure]:
        """A chunk, in one call of the engine."""
        return [outcome for _, outcome in self.each(cases)]

    def each(self, cases: Sequence[Case]) -> Iterator[tuple[Case, Outcome | Failure]]:
        """Cases in one call of the engine; where it breaks off, the rest one by one."""
        done = 0
        try:
            outcomes = self.ready.evaluate(self.network, cases, detail=self.detail)
            for pair in _pairs(cases, outcomes, self.engine.name):
                done += 1
                yield pair
        except EngineError:
            raise
        except Exception:  # noqa: BLE001 - whichever case it was says so by itself
            for case in cases[done:]:
                yield case, attempt(self, case)


def _pairs(
    cases: Sequence[Case], outcomes: Iterator[Outcome], name: str
) -> Iterator[tuple[Case, Outcome]]:
    done = 0
    for outcome in outcomes:
        if done < len(cases):
            yield cases[done], outcome
        done += 1
    if done != len(cases):
        msg = f"engine '{name}' was given {len(cases)} cases and yielded {done} outcomes"
        raise EngineError(msg)


def _checked(engine: Engine[Any], case: Case, outcome: Outcome | Failure) -> Outcome | Failure:
    """The outcome, or a Failure if it is not finite; EngineError if it has a wrong shape."""
    if isinstance(outcome, Failure):
        return outcome
    columns = len(additive(engine.measures))
    for what, array in (("values", outcome.values), ("gap", outcome.gap)):
        if array.ndim != 2 or array.shape[1] != columns:
            msg = f"shape {array.shape}, expected (n_jurisdictions, {columns})"
            msg_0 = f"engine '{engine.name}', case '{case.key()}': {what} have {msg}"
            raise EngineError(msg_0)
        if not np.isfinite(array).all():
            return Failure(what, "hold NaN or infinity")
    return outcome
