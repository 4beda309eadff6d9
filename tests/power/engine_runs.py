"""The engine under test, run on a folder, in the form the twin answers in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import tieline
from tieline.region.model import Case, Outcome
from tieline.region.protocol import additive

Numbers = dict[str, dict[str, float]]


def case_of(
    open_pairs: Iterable[tuple[str, str]] = (), built: Iterable[str] = (), scenario: str = "base"
) -> Case:
    return Case(
        frozenset(("power", min(p), max(p)) for p in open_pairs), frozenset(built), scenario
    )


def read(path: Path) -> tuple[Any, Any]:
    """The power engine and the network of a folder."""
    data = tieline.read_region(path)
    return data.engines["power"], data.networks["power"]


def named(engine: Any, network: Any, values: np.ndarray) -> Numbers:
    names = [m.name for m in additive(engine.measures)]
    return {
        j: dict(zip(names, map(float, row), strict=True))
        for j, row in zip(network.jurisdictions, values, strict=True)
    }


def evaluate(path: Path, cases: Sequence[Case], *, detail: bool = False) -> list[Outcome]:
    engine, network = read(path)
    return list(engine.evaluate(network, cases, detail=detail))


def outcome_of(
    path: Path, *, open_pairs: Iterable[tuple[str, str]] = (), built: Iterable[str] = (),
    scenario: str = "base",
) -> Numbers:
    """The additive measures of every jurisdiction in one case."""
    engine, network = read(path)
    (outcome,) = engine.evaluate(network, [case_of(open_pairs, built, scenario)])
    return named(engine, network, outcome.values)
