"""What may be built: projects with costs, budgets by year and jurisdiction, what needs what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray, IntArray
    from tieline.region.model import FloatArray

SLACK = 1e-9
"""Relative to a budget: how much dearer a set may be than its budget by rounding."""


@dataclass(frozen=True)
class Problem:
    """Projects to choose from.

    Parameters
    ----------
    projects
        Ids.
    costs
        Shape (n, b), >= 0: what each takes of each budget.
    budgets
        Shape (b,), >= 0: budgets by year and jurisdiction, one after the other; `names` of them.
    needs
        (m, 2) numbers: the first only with the second.
    excludes
        Groups of numbers of which at most one is built.
    """

    projects: tuple[str, ...]
    costs: FloatArray
    budgets: FloatArray
    names: tuple[str, ...]
    needs: IntArray
    excludes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls, projects: Sequence[str], costs: FloatArray, budgets: FloatArray | float, *,
        names: Sequence[str] = (), needs: Mapping[str, Sequence[str]] | None = None,
        excludes: Sequence[Sequence[str]] = (),
    ) -> Problem:
        """Check and number everything; costs (n,) or (n, b) in the unit of the budgets.

        CaseError for wrong shapes, negative or unknown numbers, unknown projects, and for
        precedence that contradicts itself: a circle, or a project that needs what it excludes.
        """
        cost = np.asarray(costs, np.float64).reshape(len(projects), -1)
        limit = np.atleast_1d(np.asarray(budgets, np.float64))
        _check_money(projects, cost, limit)
        place = {p: k for k, p in enumerate(projects)}
        pairs = [(a, b) for a, wanted in (needs or {}).items() for b in wanted]
        unknown = sorted({p for pair in pairs for p in pair} | {p for g in excludes for p in g})
        unknown = [p for p in unknown if p not in place]
        if unknown:
            msg = f"precedence or exclusion names unknown projects: {', '.join(unknown)}"
            raise CaseError(msg)
        found = cls(
            tuple(projects), cost, limit,
            tuple(names) or tuple(f"budget {k + 1}" for k in range(len(limit))),
            np.array([(place[a], place[b]) for a, b in pairs], np.int64).reshape(-1, 2),
            tuple(tuple(place[p] for p in g) for g in excludes),
        )
        found.check_precedence()
        return found

    @property
    def n(self) -> int:
        """Number of projects."""
        return len(self.projects)

    def with_budgets(self, budgets: FloatArray) -> Problem:
        """The same with other budgets."""
        return Problem(self.projects, self.costs, np.asarray(budgets), self.names, self.needs,
                       self.excludes)

    def allows(self, row: BoolArray) -> bool:
        """Whether a set (n,) of booleans keeps every budget, precedence and exclusion."""
        spent = self.costs[row].sum(axis=0)
        if np.any(spent > self.budgets * (1 + SLACK) + 1e-12):
            return False
        if len(self.needs) and np.any(row[self.needs[:, 0]] & ~row[self.needs[:, 1]]):
            return False
        return all(row[list(g)].sum() <= 1 for g in self.excludes)

    def closure(self, k: int) -> list[int]:
        """Number k with all that it needs, directly or not."""
        found, todo = {k}, [k]
        while todo:
            last = todo.pop()
            for a, b in self.needs:
                if a == last and int(b) not in found:
                    found.add(int(b))
                    todo.append(int(b))
        return sorted(found)

    def check_precedence(self) -> None:
        """CaseError for a circle of needs, and for a project that can never be built."""
        for a, b in self.needs:
            if int(a) in self.closure(int(b)):
                one, two = self.projects[a], self.projects[b]
                msg = f"precedence goes in a circle: '{one}' needs '{two}', and "
                msg_0 = f"{msg}'{two}' needs '{one}'"
                raise CaseError(msg_0)
        for k in range(self.n):
            every = self.closure(k)
            for group in self.excludes:
                both = [i for i in group if i in every]
                if len(both) > 1:
                    names = [self.projects[i] for i in both]
                    msg = f"'{self.projects[k]}' can never be built: it needs '{names[0]}' and "
                    msg_0 = f"{msg}'{names[1]}', which exclude each other"
                    raise CaseError(msg_0)

    def members(self, row: BoolArray) -> tuple[str, ...]:
        """Ids of a set."""
        return tuple(p for p, yes in zip(self.projects, row, strict=True) if yes)


def _check_money(projects: Sequence[str], cost: FloatArray, limit: FloatArray) -> None:
    if cost.shape[1] != len(limit):
        msg = f"costs have {cost.shape[1]} columns, but there are {len(limit)} budgets"
        raise CaseError(msg)
    if np.any(limit < 0) or np.isnan(limit).any():
        msg = "budgets: expected numbers >= 0"
        raise CaseError(msg)
    bad = [p for p, row in zip(projects, cost, strict=True) if not (row >= 0).all()]
    if bad:
        msg = f"costs: expected numbers >= 0, not so for: {', '.join(bad)}"
        raise CaseError(msg)
