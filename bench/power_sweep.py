"""The sweep of all single faults, timed warm; one network per process, so that memory is its own.

Run `python -m bench` for the whole table, `python -m bench one NAME` for one row as JSON.
"""

from __future__ import annotations

import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from bench.networks import JURISDICTIONS, radial_grid, write_folder

T = TypeVar("T")


@dataclass(frozen=True)
class Spec:
    """One row: a grid, how heavily it is loaded, which cases, and the figure to reach."""

    name: str
    title: str
    feeders: int
    load_scale: float
    cases: str
    target_s: float | None


NORMAL, CONGESTED = 1.6, 2.12
"""Load scales at which about one island in twenty-five, and one in three, is too much for any
single tie; `python -m bench` measures both shares with power-grid-model and prints them."""

SPECS = {
    s.name: s for s in (
        Spec("1k", "1,000 buses, one case", 10, NORMAL, "together", None),
        Spec("10k", "10,000 buses, one case", 100, NORMAL, "together", 0.5),
        Spec("10k-eight", "10,000 buses, eight states of three borders", 100, NORMAL, "eight", 1.5),
        Spec("10k-congested", "10,000 buses, congested, one case", 100, CONGESTED, "together", 3.0),
        Spec("50k", "50,000 buses, one case", 500, NORMAL, "together", 2.0),
    )
}


@dataclass(frozen=True)
class Timing:
    """What one spec took; seconds, and megabytes at the peak of the whole process."""

    name: str
    title: str
    target_s: float | None
    buses: int
    median_s: float
    lowest_s: float
    highest_s: float
    first_s: float
    read_s: float
    peak_mb: float
    customer_hours: float
    runs: int


def cases(kind: str) -> list[object]:
    """The cases of a spec: all borders open, or each of the eight states of the three."""
    from tieline.region.model import Case

    borders = [("power", a, b) for a, b in combinations(sorted(JURISDICTIONS), 2)]
    if kind == "together":
        return [Case(frozenset(borders))]
    return [Case(frozenset(chosen)) for n in range(4) for chosen in combinations(borders, n)]


def measure(spec: Spec, runs: int) -> Timing:
    """Generate, write, read, evaluate once to compile, then `runs` times."""
    import tieline

    grid = radial_grid(spec.feeders, load_scale=spec.load_scale)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "region"
        write_folder(grid, folder)
        read_s, data = _timed(lambda: tieline.read_region(folder))
    engine, network = data.engines["power"], data.networks["power"]
    todo = cases(spec.cases)
    first_s, outcomes = _timed(lambda: list(engine.evaluate(network, todo)))
    taken = [_timed(lambda: list(engine.evaluate(network, todo)))[0] for _ in range(runs)]
    hours = [m.name for m in engine.measures if m.ratio_of is None].index("customer_hours")
    return Timing(
        spec.name, spec.title, spec.target_s, len(grid.parent), statistics.median(taken),
        min(taken), max(taken), first_s, read_s,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        float(outcomes[-1].values[:, hours].sum()), runs,
    )


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def to_json(timing: Timing) -> str:
    """The timing as one line."""
    return json.dumps(asdict(timing))
