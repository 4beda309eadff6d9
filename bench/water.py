"""The rows of the waters: flow, tracers, adjoint; side by side with SWMM in the same run."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.tidal_loop import tidal_loop, write
from tieline.water.branches import simulate_plans
from tieline.water.flow import Flow, Order, simulate
from tieline.water.read import open_waters
from tieline.water.swmm.run import run_swmm
from tieline.water.swmm.write import Pollutant, write_inp
from tieline.water.transport import Tracers, adjoint, run

DAYS = 7.0
DECAY = 0.2
GOALS = {"200": (0.15, 0.03, 0.01), "2,000": (1.5, 0.5, 0.1)}
SIZES = {"200": (10, 11), "2,000": (32, 32)}


def median_s(work: Callable[[], object], runs: int) -> float:
    """Median CPU seconds of warm runs in this one thread."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main(runs: int) -> None:
    print("| 7 days, steps of 60 s | Reaches | Flow [s] | To reach | 100 tracers [s] | To reach | "
          "Adjoint of 11 sections [s] | To reach | Mass error | Adjoint - forward |\n"
          "|-|-|-|-|-|-|-|-|-|-|")
    peers = []
    with tempfile.TemporaryDirectory() as temporary:
        for name, (nx, ny) in SIZES.items():
            folder = Path(temporary) / name.replace(",", "")
            write(folder, tidal_loop(nx, ny))
            network = open_waters(folder)
            flow_s = median_s(lambda n=network: simulate(n, days=DAYS, warmup_days=0.0), runs)
            flow = simulate(network, days=DAYS, warmup_days=0.0)
            sources = np.random.default_rng(1).choice(nx * ny, 100, replace=False)
            watched = network.grid.cells_at("section")
            tracers = Tracers.of_cells(sources, DECAY)
            carry_s = median_s(lambda f=flow, t=tracers, w=watched: run(f, t, observe=w), runs)
            back_s = median_s(lambda f=flow, w=watched: adjoint(f, w, rates=DECAY), runs)
            done = run(flow, tracers, observe=watched, budget=True)
            apart = np.abs(adjoint(flow, watched, rates=DECAY).load[sources].T - done.mean).max()
            assert done.budget is not None  # noqa: S101 - it was asked for
            goals = GOALS[name]
            print(f"| tidal loop | {len(network.reaches):,} | **{flow_s:.3f}** | {goals[0]:g} | "
                  f"**{carry_s:.3f}** | {goals[1]:g} | **{back_s:.4f}** | {goals[2]:g} | "
                  f"{np.abs(done.budget.error).max():.0e} | {apart / done.mean.max():.0e} |")
            if name == "200":
                peers = [_swmm(network, folder, sources, flow_s, carry_s),
                         _plans(network, flow, runs)]
    print("\n" + "\n\n".join(peers))


def _swmm(network: object, folder: Path, sources: object, flow_s: float, carry_s: float) -> str:
    """The same with SWMM: 100 pollutants, 60 s."""
    inp = folder / "peer.inp"
    pollutants = [Pollutant(f"P{k}", DECAY, {int(s): 1.0}, {}) for k, s in enumerate(sources)]
    write_inp(network, inp, days=DAYS, step_s=60.0, report_s=3600.0, pollutants=pollutants)
    start = time.process_time()
    judged = run_swmm(inp)
    swmm_s = time.process_time() - start
    errors = np.abs(list(judged.quality_error.values()))
    return (f"SWMM (dynamic wave, the same network, 7 days, steps of 60 s, 100 pollutants; reading "
            f"its results counts): {swmm_s:.1f} s, against {flow_s + carry_s:.3f} s: "
            f"**{swmm_s / (flow_s + carry_s):.0f}x** (to reach: 20x). Its mass errors there: "
            f"{errors.min():.1f} % to {errors.max():.1f} %.")


def _plans(network: object, flow: object, runs: int) -> str:
    """2^4 plans of gates over 5 days with a spill: two gates, each shut or not on two days."""
    final, start_h = flow.final, flow.times_h[-1]
    spill = Tracers.of_cells([12])

    plans = [[Order("gate", k % 2, start_h + 24.0 * (k // 2) + 1.0,
                    0.0 if plan >> k & 1 else np.nan) for k in range(4)] for plan in range(16)]

    def peak(after: Flow) -> float:
        series = run(after, spill, observe=[40, 60], series=True).series
        assert series is not None  # noqa: S101 - it was asked for
        return float(series.max())

    def every() -> list[float]:
        found = {}
        for numbers, after in simulate_plans(network, plans, days=5.0, start=final,
                                             start_h=start_h):
            found |= dict.fromkeys(numbers, peak(after))
        return [found[k] for k in range(16)]

    def apart() -> list[float]:
        return [peak(simulate(network, days=5.0, start=final, start_h=start_h, orders=plan))
                for plan in plans]

    same = "the same to the bit" if every() == apart() else "NOT the same"
    return ("16 plans for gates x 5 days, flow and one tracer each, what they share run once: "
            f"**{median_s(every, runs):.2f} s** (to reach: 1 s); each by itself "
            f"{median_s(apart, max(runs // 2, 1)):.2f} s, {same}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
