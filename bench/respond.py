"""How long a plan takes: python -m bench.respond [RUNS]; `python -m bench` writes it."""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tieline import read_region
from tieline.power.engine import PowerEngine
from tieline.region.model import Case, Event, Incident, Plan

ROOT = Path(__file__).parents[1]
ZONE = ROOT / "examples" / "demonstration-zone"
START = datetime(2026, 6, 30, 9, 0)  # noqa: DTZ001 - local time, as in incidents.csv
N_FAULTS, SEEDS = 20, 4
GUST, N_SAMPLES = 33.0, 10
GRID33 = "33 buses, all switchable, each line"
ROUNDING_H = 1e-4
"""Customer-hours by which two plans are alike: the tolerance of the programme."""


@dataclass(frozen=True)
class Spec:
    """One row: incidents, what may be asked of their median, 95th percentile and worst [s]."""

    title: str
    asked: Callable[[], Iterator[Callable[[], Plan]]]
    median_s: float | None = None
    p95_s: float | None = None
    worst_s: float | None = None

    def goal(self) -> str:
        """The figures to reach, in words."""
        named = (("median", self.median_s), ("p95", self.p95_s), ("each", self.worst_s))
        return ", ".join(f"{name} {x:g}" for name, x in named if x is not None)


def main(arguments: list[str]) -> None:
    print("\n".join(table(int(arguments[0]) if arguments else 5)))


def table(runs: int) -> list[str]:
    """Markdown lines: plans by kind of incident, and the programme beside those of 33 buses."""
    specs = (
        Spec("example, 22 September 2019", _example, worst_s=0.1),
        Spec("example, 20 faults at once", _storm, worst_s=5.0),
        Spec(GRID33, _grid33, median_s=0.05, p95_s=0.5),
        Spec("MV Oberrhein at full load, feeder heads", _oberrhein, worst_s=5.0),
    )
    rows = ["| Plan for an incident | Plans | Median [s] | p95 [s] | Worst [s] | To reach [s] | "
            "Proved optimal | Largest gap, of waiting |", "|-|-|-|-|-|-|-|-|"]
    taken, plans = {}, {}
    for spec in specs:
        taken[spec.title], plans[spec.title] = _timed(list(spec.asked()), runs)
        rows.append(_row(spec, taken[spec.title], plans[spec.title]))
    return [*rows, *_programme(taken[GRID33], plans[GRID33]), "", *_samples()]


def _samples() -> list[str]:
    """What a storm's sample takes of one core: waiting, apart and together, without steps."""
    data = read_region(ZONE)
    network = data.networks["power"]
    cases = tuple(data.region.case(o, topics=("power",)) for o in ("apart", "together"))
    storm = PowerEngine().storm(network, cases, GUST, seed=1, start=START)
    storm(N_SAMPLES)  # compiled, and the state before is read
    taken, faults = [], []
    for k in range(N_SAMPLES):
        start = time.process_time()
        storm(k)
        taken.append(time.process_time() - start)
        faults.append(len(storm.faults(k)))
    return [
        "| Storm in the example | Samples | Faults, mean | CPU of one sample, mean [s] | "
        "Median [s] | Worst [s] |", "|-|-|-|-|-|-|",
        f"| gusts of {GUST:g} m/s | {N_SAMPLES} | {np.mean(faults):.1f} | {np.mean(taken):.3f} | "
        f"{np.median(taken):.3f} | {max(taken):.3f} |",
    ]


def _timed(asked: list[Callable[[], Plan]], runs: int) -> tuple[list[float], list[Plan]]:
    """The median of several runs of each, and the plans."""
    asked[0]()  # compiled before it is timed
    taken, plans = [], []
    for ask in asked:
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            plan = ask()
            times.append(time.perf_counter() - start)
        taken.append(float(np.median(times)))
        plans.append(plan)
    return taken, plans


def _row(spec: Spec, taken: list[float], plans: list[Plan]) -> str:
    optimal = sum(p.proof == "optimal" for p in plans)
    gap = max(p.gap / max(float(p.waiting.values[:, 2].sum()), 1e-9) for p in plans)
    return (f"| {spec.title} | {len(plans)} | {_seconds(taken)} | {spec.goal()} | "
            f"{optimal} | {gap:.1%} |")


def _seconds(taken: list[float]) -> str:
    return (f"**{np.median(taken):.3f}** | {np.percentile(taken, 95):.3f} | {max(taken):.3f}")


def _programme(ours: list[float], plans: list[Plan]) -> list[str]:
    """The mixed-integer programme for the same faults in the same run, and how both compare."""
    grid33 = _module(ROOT / "tests" / "power" / "grid33.py")
    taken, passes, worse = [], 0, 0
    for fault, plan in enumerate(plans, start=1):
        start = time.perf_counter()
        hours, closed = grid33.least_hours(fault)
        taken.append(time.perf_counter() - start)
        if grid33.lowest_voltage(closed) < grid33.V_MIN:
            continue
        passes += 1
        worse += plan.objective > hours + ROUNDING_H
    ratio = [t / o for t, o in zip(taken, ours, strict=True)]
    return [
        f"| the same 32 faults: linear DistFlow as a MILP, HiGHS | {len(taken)} | "
        f"{_seconds(taken)} |  |  |  |",
        "",
        f"The programme, solved once each, takes {np.median(ratio):.1f} times as long, median of "
        f"the faults ({min(ratio):.1f} to {max(ratio):.1f}). It minimises the same customer-hours, "
        f"by the same times, without losses and as if handing back were free; its state passes the "
        f"AC flow for {passes} of {len(taken)} faults, and the plan costs more than it for {worse} "
        "of those.",
    ]


def _plans(network: Any, case: Case, incidents: list[Incident]) -> Iterator[Callable[[], Plan]]:
    for incident in incidents:
        yield lambda i=incident: PowerEngine().respond(network, case, i)


def _of(*assets: str) -> Incident:
    return Incident("bench", "power", START, tuple(Event(a, "fault") for a in assets))


def _example() -> Iterator[Callable[[], Plan]]:
    data = read_region(ZONE)
    (incident,) = data.region.incidents
    case = data.region.case_of(incident, topics=("power",))
    return _plans(data.networks["power"], case, [incident])


def _storm() -> Iterator[Callable[[], Plan]]:
    data = read_region(ZONE)
    ids = data.networks["power"].branches.ids.tolist()
    incidents = [
        _of(*random.Random(seed).sample(ids, N_FAULTS))  # noqa: S311 - a seeded benchmark
        for seed in range(SEEDS)
    ]
    return _plans(data.networks["power"], data.region.case(topics=("power",)), incidents)


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _grid33() -> Iterator[Callable[[], Plan]]:
    folder = _module(ROOT / "tests" / "power" / "grid33.py").write(
        Path(tempfile.mkdtemp()) / "region"
    )
    network = read_region(folder).networks["power"]
    return _plans(network, Case(), [_of(f"l{k}") for k in range(1, 33)])


def _oberrhein() -> Iterator[Callable[[], Plan]]:
    folder = Path(tempfile.mkdtemp()) / "region"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's imports, not ours
        _module(ROOT / "docs" / "real_network.py").import_network(folder)
    data = read_region(folder)
    network = data.networks["power"]
    low = set(network.transformers["lv_bus"].tolist())
    ends = zip(network.branches["from_bus"], network.branches["to_bus"], strict=True)
    heads = [
        str(i) for i, (a, b) in zip(network.branches.ids, ends, strict=True)
        if int(a) in low or int(b) in low
    ]
    return _plans(network, data.region.case(topics=("power",)), [_of(h) for h in heads])


if __name__ == "__main__":
    main(sys.argv[1:])
