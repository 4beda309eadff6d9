"""What an engine must pass: call `check_engine` in the tests of every engine, inside or outside.

It tries every promise of the protocol on real cases and raises `EngineError` naming the first one
that is broken. What it cannot see: whether the figures are right.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from tieline.errors import EngineError
from tieline.region.folder import RegionFolder
from tieline.region.issues import Issues
from tieline.region.model import Case, Outcome, Relevant
from tieline.region.protocol import Engine, additive

Bits = tuple[tuple[int, ...], bytes, bytes]


def check_engine(
    engine: Engine[Any], source: RegionFolder | Any, cases: Sequence[Case] | None = None, *,
    processes: bool = True,
) -> None:
    """Nothing, if the engine keeps every promise on these cases; EngineError otherwise.

    Parameters
    ----------
    source
        A region folder that the engine reads, or a network it has read.
    cases
        Cases to try; default: `usual_cases` of what the network says is relevant.
    processes
        Whether to evaluate in a second process as well, freshly started: a script that asks for it
        needs the usual `if __name__ == "__main__":` around its call.
    """
    check_description(engine)
    network, n_jurisdictions = _network(engine, source)
    tried = list(usual_cases(network.relevant) if cases is None else cases)
    trial = _Trial(engine, network, tried, n_jurisdictions)
    trial.check_pickle()
    expected = trial.check_outcomes()
    trial.check_unchanged("evaluating leaves the network as it was")
    trial.check_same(expected, tried, "evaluating again gives the same")
    turned = trial.bits(tried[::-1])[::-1]
    trial.compare(expected, turned, tried, "the order of cases does not matter")
    alone = [trial.bits([case])[0] for case in tried]
    trial.compare(expected, alone, tried, "a batch equals its cases one by one")
    reduced = [network.relevant.restrict(case) for case in tried]
    trial.check_same(expected, reduced, "what is not relevant changes nothing")
    trial.check_detail(expected)
    if processes:
        trial.compare(expected, trial.elsewhere(), tried, "another process gives the same")
    trial.check_unchanged("evaluating with detail leaves the network as it was")


def usual_cases(relevant: Relevant) -> tuple[Case, ...]:
    """Apart and together, each link alone, each project alone and left out, each scenario."""
    everything, all_built = frozenset(relevant.open), frozenset(relevant.projects)
    cases = [Case(), Case(everything, all_built), Case(frozenset(), all_built), Case(everything)]
    cases += [Case(frozenset({link}), all_built) for link in sorted(relevant.open)]
    for project in sorted(relevant.projects):
        cases.append(Case(everything, frozenset({project})))
        cases.append(Case(everything, all_built - {project}))
    cases += [Case(everything, all_built, s) for s in sorted(relevant.scenarios)]
    stranger = frozenset({("no such topic", "a", "b")})
    cases.append(Case(everything | stranger, all_built | {"no such project"}))
    return tuple(dict.fromkeys(cases))


def check_description(engine: Engine[Any]) -> None:
    """Nothing, if name, version, topics and measures are as the protocol says."""
    if not isinstance(engine, Engine):
        msg = f"{type(engine).__name__} lacks a part of the engine protocol"
        raise EngineError(msg)
    for what in ("name", "version"):
        if not isinstance(getattr(engine, what), str) or not getattr(engine, what):
            _broken(engine, f"{what} is a text that is not empty")
    if not engine.topics:
        _broken(engine, "an engine has at least one topic")
    names = [m.name for m in engine.measures]
    if len(set(names)) != len(names) or not names:
        _broken(engine, "measures have names of their own", f"found {names}")
    sums = {m.name for m in additive(engine.measures)}
    for m in engine.measures:
        if m.ratio_of is not None and not set(m.ratio_of) <= sums:
            _broken(engine, "a ratio is of two additive measures", f"{m.name} = {m.ratio_of}")


def _network(engine: Engine[Any], source: Any) -> tuple[Any, int | None]:
    if not isinstance(source, RegionFolder):
        return source, None
    issues = Issues()
    network = engine.read(source, issues)
    issues.stop()
    if network is None:
        _broken(engine, "a folder without problems is read", "found None and no problem")
    again = engine.read(source, Issues())
    if again is None or again.digest != network.digest:
        _broken(engine, "reading twice gives the same digest")
    return network, len(source.region.jurisdictions)


@dataclass
class _Trial:
    engine: Engine[Any]
    network: Any
    cases: list[Case]
    n_jurisdictions: int | None

    def __post_init__(self) -> None:
        self.digest = self.network.digest
        try:
            self.whole = pickle.dumps(self.network)
            self.before = _state(self.network)
            pickle.dumps(self.engine)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            _broken(self.engine, "engine and network can be pickled", str(error))

    def check_pickle(self) -> None:
        """A network that went through pickle is the same network."""
        copy = pickle.loads(self.whole)  # noqa: S301 - made a moment ago, here
        if copy.digest != self.digest:
            _broken(self.engine, "a pickled network keeps its digest")
        if copy.relevant != self.network.relevant:
            _broken(self.engine, "a pickled network keeps what is relevant")

    def check_unchanged(self, promise: str) -> None:
        """The network's digest and bytes are what they were."""
        if self.network.digest != self.digest or _state(self.network) != self.before:
            _broken(self.engine, promise)

    def check_outcomes(self) -> list[Bits]:
        """Outcomes are well formed, and stay as they were when they were yielded."""
        columns = len(additive(self.engine.measures))
        shape: tuple[int, ...] | None = None
        yielded, kept = [], []
        outcomes = iter(self.engine.evaluate(self.network, self.cases))
        for case, outcome in zip(self.cases, outcomes, strict=False):
            rows = self.n_jurisdictions or (shape or outcome.values.shape)[0]
            shape = (rows, columns)
            self._check_arrays(case, outcome, shape)
            yielded.append(_bits(outcome))
            kept.append(outcome)
        if len(kept) != len(self.cases) or next(outcomes, None) is not None:
            _broken(self.engine, "every case gets one outcome",
                    f"{len(self.cases)} cases")
        self.compare(yielded, [_bits(o) for o in kept], self.cases,
                     "an outcome does not change after it was yielded")
        return yielded

    def _check_arrays(self, case: Case, outcome: Outcome, shape: tuple[int, ...]) -> None:
        for what, array in (("values", outcome.values), ("gap", outcome.gap)):
            where = f"{what} in case '{case.key()}'"
            if array.shape != shape:
                _broken(self.engine, "outcomes have a row per jurisdiction and a column per "
                        "additive measure", f"{where}: {array.shape}, expected {shape}")
            if array.dtype != np.float64 or not np.isfinite(array).all():
                _broken(self.engine, "outcomes are finite float64 numbers", where)
        if (outcome.gap < 0.0).any():
            _broken(self.engine, "a gap is >= 0", f"in case '{case.key()}'")

    def check_same(self, expected: list[Bits], cases: list[Case], promise: str) -> None:
        """The cases give the expected outcomes, bit for bit."""
        self.compare(expected, self.bits(cases), cases, promise)

    def check_detail(self, expected: list[Bits]) -> None:
        """Detail changes no figure, and its tables have columns of equal length."""
        found = list(self.engine.evaluate(self.network, self.cases, detail=True))
        self.compare(expected, [_bits(o) for o in found], self.cases, "detail changes no figure")
        for outcome in found:
            for name, table in outcome.tables.items():
                if len({len(column) for column in table.columns.values()}) > 1:
                    _broken(self.engine, "columns of a detail table have one length", name)

    def elsewhere(self) -> list[Bits]:
        """Bits of the outcomes computed in a fresh process."""
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=fresh) as pool:
            return pool.submit(_evaluate, self.engine, self.network, self.cases).result()

    def bits(self, cases: list[Case]) -> list[Bits]:
        """Bits of the outcomes."""
        return [_bits(o) for o in self._outcomes(cases)]

    def _outcomes(self, cases: list[Case]) -> list[Outcome]:
        return list(self.engine.evaluate(self.network, cases))

    def compare(
        self, expected: list[Bits], found: list[Bits], cases: list[Case], promise: str
    ) -> None:
        """Raise at the first case that differs."""
        if len(expected) != len(found):
            _broken(self.engine, promise, f"{len(found)} outcomes for {len(expected)} cases")
        for a, b, case in zip(expected, found, cases, strict=True):
            if a != b:
                _broken(self.engine, promise, f"differs in case '{case.key()}'")


def _state(network: Any) -> bytes:
    """What the network holds, without what a `cached_property` has derived from it since."""
    family = [c for c in type(network).__mro__ if c is not object]
    ways = ("__reduce__", "__reduce_ex__", "__getstate__")
    if not hasattr(network, "__dict__") or any(w in vars(c) for c in family for w in ways):
        return pickle.dumps(network)
    derived = {n for c in family for n, v in vars(c).items()
               if isinstance(v, cached_property)}
    return pickle.dumps({k: v for k, v in vars(network).items() if k not in derived})


def _evaluate(engine: Engine[Any], network: Any, cases: list[Case]) -> list[Bits]:
    return [_bits(o) for o in engine.evaluate(network, cases)]


def _bits(outcome: Outcome) -> Bits:
    return outcome.values.shape, outcome.values.tobytes(), outcome.gap.tobytes()


def _broken(engine: Engine[Any], promise: str, found: str = "") -> NoReturn:
    name = getattr(engine, "name", type(engine).__name__)
    msg = f"engine '{name}' breaks a promise: {promise}" + (f" ({found})" if found else "")
    raise EngineError(msg)
