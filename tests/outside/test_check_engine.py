"""`check_engine` passes an engine that keeps its promises and names the one that is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import PoolingNetwork

from tieline.errors import EngineError
from tieline.region.model import Case, FloatArray, Measure, Outcome, Relevant
from tieline.region.tables import Table
from tieline.testing import check_engine, usual_cases

NETWORK = PoolingNetwork(
    ("a", "b", "c"), np.array([[5.0, 1.0], [1.0, 4.0], [2.0, 3.0]]),
    ((10.0, "", ""), (7.0, "depot", "")),
)


def changed(outcome: Outcome, by: float) -> Outcome:
    return Outcome(outcome.values + by, outcome.gap + 0.0)


class MutatesItsInput(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        yield from list(super().evaluate(network, cases))
        object.__setattr__(network, "offers", (*network.offers, (10.0, "", "")))


class RemembersCalls(PoolingEngine):
    calls = 0

    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        type(self).calls += 1
        for outcome in super().evaluate(network, cases):
            yield changed(outcome, 1e-12 * type(self).calls)


class DiffersInABatch(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield changed(outcome, 1e-12 * (len(cases) == 1))


class CarriesOverTheOrder(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for k, outcome in enumerate(super().evaluate(network, cases)):
            yield changed(outcome, float(k % 2))


class ReusesItsArray(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        room = np.zeros((len(network.jurisdictions), 3))
        for outcome in super().evaluate(network, cases):
            room[:] = outcome.values
            yield Outcome(room[:], outcome.gap)


class FeelsTheIrrelevant(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for case, outcome in zip(cases, super().evaluate(network, cases), strict=True):
            yield changed(outcome, float("no such project" in case.built))


class NegativeGap(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield Outcome(outcome.values, outcome.gap - 1.0)


class WrongShape(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield Outcome(outcome.values[:, :2], outcome.gap[:, :2])


class NotANumber(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield changed(outcome, float("nan"))


class ForgetsACase(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        yield from list(super().evaluate(network, cases))[:-1]


class OneTooMany(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        yield from super().evaluate(network, cases)
        yield from super().evaluate(network, cases[:1])


class DetailChangesFigures(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield changed(outcome, float(detail))


class RaggedDetail(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        table = Table("t", {"x": np.zeros(2), "y": np.zeros(3)})
        for outcome in super().evaluate(network, cases):
            yield replace(outcome, tables={"t": table} if detail else {})


class CannotBePickled(PoolingEngine):
    def __init__(self) -> None:
        self.made_here = lambda: None


class NoVersion(PoolingEngine):
    version = ""


class NoTopics(PoolingEngine):
    topics = ()


class SameNameTwice(PoolingEngine):
    measures = (*PoolingEngine.measures, Measure("cost", "yuan", "less"))


class RatioOfNothing(PoolingEngine):
    measures = (*PoolingEngine.measures, Measure("share", "1", "less", ratio_of=("cost", "all")))


class DiffersElsewhere(PoolingEngine):
    home: Any = None

    def __init__(self) -> None:
        self.at_home = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.at_home = False

    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for outcome in super().evaluate(network, cases):
            yield changed(outcome, 1e-9 * (not self.at_home))


@dataclass(frozen=True)
class DigestByAddress(PoolingNetwork):
    token: object = field(default_factory=object)

    @property
    def digest(self) -> str:
        return str(id(self.token))


@dataclass(frozen=True)
class DerivesLater(PoolingNetwork):
    @cached_property
    def peaks(self) -> FloatArray:
        return np.asarray(self.needs.max(axis=1))


class UsesWhatIsDerived(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        assert network.peaks.any()
        yield from super().evaluate(network, cases)


BROKEN: list[tuple[type[PoolingEngine], str]] = [
    (MutatesItsInput, "leaves the network as it was"),
    (RemembersCalls, "evaluating again gives the same"),
    (DiffersInABatch, "a batch equals its cases one by one"),
    (CarriesOverTheOrder, "order of cases does not matter"),
    (ReusesItsArray, "does not change after it was yielded"),
    (FeelsTheIrrelevant, "what is not relevant changes nothing"),
    (NegativeGap, "a gap is >= 0"),
    (WrongShape, "a column per additive measure"),
    (NotANumber, "finite float64"),
    (ForgetsACase, "every case gets one outcome"),
    (OneTooMany, "every case gets one outcome"),
    (DetailChangesFigures, "detail changes no figure"),
    (RaggedDetail, "columns of a detail table have one length"),
    (CannotBePickled, "can be pickled"),
    (NoVersion, "version is a text"),
    (NoTopics, "at least one topic"),
    (SameNameTwice, "names of their own"),
    (RatioOfNothing, "a ratio is of two additive measures"),
]


@pytest.mark.parametrize(("engine", "promise"), BROKEN, ids=[e.__name__ for e, _ in BROKEN])
def test_a_broken_promise_is_named(engine: type[PoolingEngine], promise: str) -> None:
    network = replace(NETWORK)
    with pytest.raises(EngineError, match=promise):
        check_engine(engine(), network, processes=False)


def test_an_engine_that_differs_in_another_process_is_found() -> None:
    with pytest.raises(EngineError, match="another process gives the same"):
        check_engine(DiffersElsewhere(), NETWORK)


def test_a_digest_that_depends_on_the_process_is_found() -> None:
    network = DigestByAddress(NETWORK.jurisdictions, NETWORK.needs, NETWORK.offers)
    with pytest.raises(EngineError, match="keeps its digest"):
        check_engine(PoolingEngine(), network, processes=False)


def test_something_that_is_no_engine_is_refused() -> None:
    with pytest.raises(EngineError, match="lacks a part of the engine protocol"):
        check_engine(object(), NETWORK)  # type: ignore[arg-type]


def test_the_outside_engine_keeps_every_promise() -> None:
    check_engine(PoolingEngine(), NETWORK)


def test_deriving_once_and_keeping_it_is_no_change_of_the_network() -> None:
    network = DerivesLater(NETWORK.jurisdictions, NETWORK.needs, NETWORK.offers)
    check_engine(UsesWhatIsDerived(), network, processes=False)


def test_usual_cases_hold_apart_together_each_link_and_project_and_a_stranger() -> None:
    relevant = Relevant(frozenset({("t", "a", "b"), ("t", "a", "c")}), frozenset({"p"}))
    cases: Sequence[Case] = usual_cases(relevant)
    assert Case() in cases
    assert Case(relevant.open, relevant.projects) in cases
    assert Case(frozenset({("t", "a", "b")}), relevant.projects) in cases
    assert any(relevant.restrict(c) != c for c in cases)
    assert len(set(cases)) == len(cases)
