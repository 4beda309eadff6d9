"""Yearly money of sets of projects that no table of coalitions holds: cases, as they are asked for.

Two kinds of sets: more projects than a table is made for, within the budget of cases; and planned
projects of known cost, which stand in no reference and may be chosen all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.game import EVERY_CASE
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.large import CaseValue
from tieline.appraisal.network import Means, Question, setting_of
from tieline.appraisal.pricing import priced_networks
from tieline.appraisal.run import evaluate_cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.appraisal.game import Setting
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.money import Money
    from tieline.appraisal.results import Appraisal
    from tieline.region.model import Case, FloatArray, Project
    from tieline.region.protocol import Engine
    from tieline.region.read import RegionData

SetParts = Callable[["BoolArray"], "FloatArray"]
"""Yearly money of sets of projects, rows (m, n) of booleans, by price at 1: (m, n_prices)."""

TOO_MANY = ("planned projects are in no portfolio: with those that stand they are more than a "
            "table takes")


WORTH_PROCESSES = 16
"""From so many cases at once processes are begun for them: that takes its time too."""


@dataclass(frozen=True)
class Source:
    """A network with its engine, and what was asked of it."""

    engine: Engine[Any]
    network: Any
    question: Question


@dataclass(frozen=True)
class SetCases:
    """Where the cases of sets come from, by network, and how they are run."""

    sources: Mapping[str, Source]
    means: Means

    @classmethod
    def of(cls, data: RegionData, question: Question, means: Means) -> SetCases:
        """All networks of a region under one question."""
        return cls({name: Source(data.engines[name], data.networks[name], question)
                    for name in data.networks}, means)

    def candidates(self, money: Money, projects: Sequence[Project]) -> tuple[str, ...]:
        """Planned projects that may be chosen: their cost is known in the currency."""
        known = {p.id for p in projects
                 if np.isfinite(p.capex) and p.currency in ("", money.currency)}
        return () if money.worth is None else tuple(p for p in money.worth.planned if p in known)

    def sampled(self, appraisal: Appraisal, money: Money) -> SetParts | None:
        """Sets of the projects that stand, too many for a table; None without a budget of cases."""
        budget = [s.question.budget for s in self.sources.values()]
        if money.worth is None or not all(budget):
            return None
        parts = []
        for p in priced_networks(money.currency, appraisal.region.values, appraisal.networks):
            s = self.sources[p.network.network]
            value = CaseValue.of(s.engine, s.network, setting_of(s.engine, s.network, s.question),
                                 "projects", p.signs)
            means = self.means
            valuer = Valuer(value.game(), Running(means.executor, means.store, means.progress))
            places = [money.worth.projects.index(x) for x in value.game().players]
            parts.append((valuer, places, p.weights))

        def values(rows: BoolArray) -> FloatArray:
            total = np.zeros((len(rows), len(money.prices)))
            for valuer, places, weights in parts:
                found = valuer.values(np.asarray(rows)[:, places])
                total += np.tensordot(found, weights, axes=2)
            return total

        return values

    def planned(
        self, appraisal: Appraisal, money: Money, names: Sequence[str]
    ) -> SetParts | None:
        """Sets of named projects, built or planned; None if they are too many to try."""
        if len(names) > EVERY_CASE:
            return None
        parts = []
        for p in priced_networks(money.currency, appraisal.region.values, appraisal.networks):
            source, signs = self.sources[p.network.network], p.signs[None, :, None]
            parts.append(_Sets(source, tuple(names), p.weights * signs, self.means))

        def values(rows: BoolArray) -> FloatArray:
            nothing = np.zeros((len(rows), len(money.prices)))
            return np.asarray(sum((part(np.asarray(rows)) for part in parts), nothing))

        return values


class _Sets:
    """One network's money of sets by price, each case evaluated once; NaN where it failed."""

    def __init__(
        self, source: Source, names: tuple[str, ...], weights: FloatArray, means: Means
    ) -> None:
        self._source, self._names, self._weights, self._means = source, names, weights, means
        self._setting: Setting = setting_of(source.engine, source.network, source.question)
        self._rest = self._setting.reference - set(names)
        self._known: dict[Case, FloatArray] = {}

    def __call__(self, rows: BoolArray) -> FloatArray:
        cases = [self._case(row) for row in rows]
        fresh = [c for c in dict.fromkeys(cases) if c not in self._known]
        s, executor = self._source, self._means.executor
        if isinstance(executor, int) and len(fresh) < WORTH_PROCESSES:
            executor = None
        found = evaluate_cases(s.engine, s.network, fresh, cache=self._means.cache,
                               executor=executor, failures={})
        for case in fresh:
            worth = np.full(self._weights.shape[2], np.nan)
            if case in found:
                worth = np.einsum("jm,jmr->r", found[case].values, self._weights)
            self._known[case] = worth
        return np.array([self._known[c] for c in cases])

    def _case(self, row: BoolArray) -> Case:
        built = {p for p, yes in zip(self._names, row, strict=True) if yes}
        return self._source.network.relevant.restrict(  # type: ignore[no-any-return]
            self._setting.together(self._rest | built))


def joined_cases(parts: Sequence[SetCases]) -> SetCases:
    """Those of several folders as one."""
    return replace(parts[0], sources={k: s for p in parts for k, s in p.sources.items()})
