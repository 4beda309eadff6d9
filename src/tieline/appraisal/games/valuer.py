"""Coalitions evaluated once each: remembered, kept between runs, counted, held to a budget."""

from __future__ import annotations

import json
import time
import weakref
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.games.coalitions import masks_of, rows_of
from tieline.appraisal.running.chunks import Failure, run_chunks
from tieline.appraisal.running.workers import lasting_pool
from tieline.errors import CaseError
from tieline.messages import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.games.game import Game
    from tieline.appraisal.running.store import Store
    from tieline.region.model import FloatArray

WORTHWHILE_S = 0.1
"""Work shorter than this is not handed to other processes."""

SHOWN = 5
"""Failed coalitions that a message names."""


@dataclass(frozen=True)
class Running:
    """How coalitions are evaluated: none of it changes a value.

    `executor` as in `run_chunks`; `store` keeps values of games that have a key; `progress` is
    called as progress(done, total).
    """

    executor: Executor | int | None = None
    store: Store | None = None
    progress: Callable[[int, int], None] | None = None


class Valuer:
    """Evaluates coalitions of a game, each once.

    `evaluations` counts coalitions asked of the game, `kept` those that a store already had;
    `failures` holds what a coalition's function raised, or that it gave no number.
    """

    def __init__(self, game: Game, running: Running | None = None) -> None:
        self.game = game
        self.running = running or Running()
        self.known: dict[int, FloatArray] = {}
        self.failures: dict[int, Failure] = {}
        self.evaluations = 0
        self.kept = 0
        self._shape: tuple[int, ...] | None = None
        self._each_s = 0.0
        self._pool: Executor | None = None

    def values(self, rows: BoolArray) -> FloatArray:
        """Shape (m, ...): worth of the coalitions of rows (m, n); NaN where one failed."""
        masks = masks_of(rows)
        self._evaluate([m for m in dict.fromkeys(masks) if m not in self.known])
        blank = np.full(self._shape or (), np.nan)
        found = [self.known.get(m, blank) for m in masks]
        return np.array([np.broadcast_to(v, blank.shape) for v in found], np.float64)

    def recall(self, known: Mapping[int, FloatArray]) -> None:
        """Take over values evaluated before, by bitmask."""
        for mask, value in known.items():
            if mask:
                self._keep(mask, value)
        self.evaluations += len(known)

    def table(self) -> FloatArray:
        """Shape (2^n, ...): worth of every coalition; CaseError if one failed."""
        n = self.game.n
        table = self.values(rows_of(range(1 << n), n))
        self.stop_on_failure()
        table[0] = 0.0
        return table

    def stop_on_failure(self) -> None:
        """CaseError that names the coalitions whose value failed, if any did."""
        if self.failures:
            raise CaseError(self.failed())

    def failed(self) -> str:
        """How many coalitions could not be valued, and why the first of them."""
        first = list(self.failures.items())[:SHOWN]
        shown = "; ".join(
            f"{'+'.join(self.game.coalition(mask))}: {failure}" for mask, failure in first
        )
        return f"{counted(len(self.failures), 'coalition')} could not be valued: {shown}"

    def _evaluate(self, masks: Sequence[int]) -> None:
        todo = [m for m in masks if m not in self.failures]
        if 0 in todo:
            todo.remove(0)
            self.known[0] = np.zeros(())
        if todo and not callable(self.game.value):
            found = self.game.values(rows_of(todo, self.game.n))
            self.evaluations += len(todo)
            for mask, value in zip(todo, found, strict=True):
                self._keep(mask, value)
            return
        todo = self._from_store(todo)
        done, total = 0, len(todo)
        work = _Call(self.game)
        began = time.perf_counter()
        executor = self._executor(len(todo))
        for part in run_chunks(work, todo, executor):
            results = [(todo[k], self._keep(todo[k], value)) for k, value in part]
            self.evaluations += len(part)
            if self.running.store is not None and self.game.key:
                self.running.store.put((self._key(m), v) for m, v in results)
            done += len(part)
            if self.running.progress is not None:
                self.running.progress(done, total)
        if todo and executor is None:
            self._each_s = (time.perf_counter() - began) / len(todo)

    def _executor(self, n: int) -> Executor | None:
        """Where n coalitions are evaluated: few quick ones here, others in processes that stay."""
        asked = self.running.executor
        if not isinstance(asked, int):
            return asked
        if asked <= 1 or n == 1 or (self._each_s and n * self._each_s < WORTHWHILE_S):
            return None
        if self._pool is None:
            self._pool = lasting_pool(asked)
            weakref.finalize(self, self._pool.shutdown, wait=False, cancel_futures=True)
        return self._pool

    def _from_store(self, masks: Sequence[int]) -> list[int]:
        store = self.running.store
        if store is None or not self.game.key:
            return list(masks)
        keys = {m: self._key(m) for m in masks}
        found = store.get_many(list(keys.values()))
        for mask, key in keys.items():
            if key in found:
                self._keep(mask, found[key])
        self.kept += len(found)
        return [m for m in masks if keys[m] not in found]

    def _keep(self, mask: int, value: Any) -> Any:
        """Remember a value; what is no number, or of another shape than the others, failed."""
        checked = value if isinstance(value, Failure) else self._checked(value)
        if isinstance(checked, Failure):
            self.failures[mask] = checked
        else:
            self.known[mask] = checked
        return checked

    def _checked(self, value: Any) -> FloatArray | Failure:
        try:
            array = np.asarray(value, np.float64)
        except (TypeError, ValueError):
            return Failure("value", f"expected a number or an array, found {type(value).__name__}")
        if not np.isfinite(array).all():
            return Failure("value", f"expected finite numbers, found {value}")
        if self._shape is None:
            self._shape = array.shape
        if array.shape != self._shape:
            return Failure("value", f"expected shape {self._shape}, found {array.shape}")
        return array

    def _key(self, mask: int) -> str:
        """Content and kind of the game and the coalition by its members' ids, never ambiguous."""
        game = self.game
        return json.dumps([game.key, game.kind, *sorted(game.coalition(mask))], ensure_ascii=False)


@dataclass(frozen=True)
class _Call:
    """The game's function called with the members of a bitmask: goes to other processes."""

    game: Game

    def __call__(self, mask: int) -> float | FloatArray:
        return self.game.call(rows_of([mask], self.game.n)[0])
