"""Sets of projects valued once each; a set whose value fails is named, never taken for a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.running.chunks import Failure
from tieline.errors import CaseError, TielineError
from tieline.messages import counted

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.portfolio.problem import Problem
    from tieline.region.model import FloatArray

ValuesOf = Callable[["BoolArray"], "FloatArray"]

SHOWN = 5
"""Failed sets that a message names."""


class Asked:
    """Values of sets given as rows (m, n): of shape (m,), or (m, s) over `s` scenarios.

    Each set is asked for once; where it fails its value is NaN and `failures` has why. What Tieline
    itself refuses (TielineError) goes on to the caller.
    """

    def __init__(self, problem: Problem, values: ValuesOf, s: int | None = None) -> None:
        self._problem, self._values = problem, values
        self._shape: tuple[int, ...] = () if s is None else (s,)
        self._known: dict[bytes, FloatArray] = {}
        self.failures: dict[tuple[str, ...], Failure] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, rows: BoolArray) -> FloatArray:
        """Values of rows, each asked for if it has not been."""
        keys = [np.packbits(r).tobytes() for r in rows]
        fresh = {k: i for i, k in enumerate(keys) if k not in self._known}
        if fresh:
            self._ask(list(fresh), rows[list(fresh.values())])
        return np.array([self._known[k] for k in keys])

    def failed(self) -> str:
        """How many sets could not be valued, and why the first of them."""
        shown = "; ".join(f"{'+'.join(names) or 'no project'}: {failure}"
                          for names, failure in list(self.failures.items())[:SHOWN])
        return f"{counted(len(self.failures), 'set')} could not be valued: {shown}"

    def stop_if_hopeless(self) -> None:
        """CaseError if nothing can be compared: no project, or every set asked for, failed."""
        if () in self.failures or len(self.failures) >= len(self._known) - 1 > 0:
            raise CaseError(self.failed())

    def _ask(self, keys: list[bytes], rows: BoolArray) -> None:
        try:
            found = np.asarray(self._values(rows), np.float64)
        except TielineError:
            raise
        except Exception:  # noqa: BLE001 - whichever set it was says so by itself
            for key, row in zip(keys, rows, strict=True):
                self._keep(key, row, self._alone(row))
            return
        if found.shape != (len(rows), *self._shape):
            expected = (len(rows), *self._shape)
            msg = f"values of {len(rows)} sets: expected shape {expected}, found {found.shape}"
            raise CaseError(msg)
        for key, row, value in zip(keys, rows, found, strict=True):
            self._keep(key, row, value)

    def _alone(self, row: BoolArray) -> FloatArray | Failure:
        try:
            return np.asarray(self._values(row[None]), np.float64).reshape(self._shape)
        except TielineError:
            raise
        except Exception as error:  # noqa: BLE001 - a failing set is shown, not fatal
            return Failure(type(error).__name__, str(error))

    def _keep(self, key: bytes, row: BoolArray, value: FloatArray | Failure) -> None:
        if not isinstance(value, Failure) and not np.isfinite(value).all():
            value = Failure("value", f"expected finite numbers, found {value}")
        if isinstance(value, Failure):
            self.failures[self._problem.members(row)] = value
            value = np.full(self._shape, np.nan)
        self._known[key] = value
