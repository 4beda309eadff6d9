"""The benchmark tables: the sweep by size, the same back-feeds with peers, plans, waters."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.networks import Backfeeds, Grid, backfeeds, radial_grid
from bench.own import with_tieline
from bench.peers import PeerResult, with_pandapower, with_power_grid_model
from bench.power_sweep import CONGESTED, NORMAL, SPECS, Timing, measure, to_json

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
BEGIN_PLANS, END_PLANS = "<!-- begin plans -->\n", "<!-- end plans -->\n"
BEGIN_WATERS, END_WATERS = "<!-- begin waters -->\n", "<!-- end waters -->\n"
GOALS = {"pandapower": 1500.0, "power-grid-model": 40.0}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    whats = ["all", "one", "respond", "water"]
    arguments.add_argument("what", nargs="?", default="all", choices=whats)
    arguments.add_argument("name", nargs="?", choices=list(SPECS))
    arguments.add_argument("--runs", type=int, default=7, help="warm runs of each row")
    arguments.add_argument("--sample", type=int, default=200, help="back-feeds pandapower solves")
    arguments.add_argument("--no-peers", action="store_true")
    arguments.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = arguments.parse_args()
    if given.what == "one":
        print(to_json(measure(SPECS[given.name], given.runs)))
        return
    if given.what == "all":
        timings = [_one(name, given.runs) for name in SPECS]
        lines = [_machine(), "", *_sweep_table(timings)]
        if not given.no_peers:
            lines += ["", *_peer_table({t.name: t for t in timings}, given.sample, given.runs)]
        _show(lines, BEGIN, END, write=given.write)
    if given.what in ("all", "water"):
        waters = [_machine("python -m bench water"), "", *_run("bench.water", given.runs), "",
                  *_run("bench.water_planning", given.runs)]
        _show(waters, BEGIN_WATERS, END_WATERS, write=given.write)
    if given.what == "water":
        return
    plans = [_machine("python -m bench respond"), "", *_run("bench.respond", given.runs)]
    _show(plans, BEGIN_PLANS, END_PLANS, write=given.write)


def _show(lines: list[str], begin: str, end: str, *, write: bool) -> None:
    """Print lines, and put them between two marks of the page."""
    text = "\n".join(lines) + "\n"
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(begin)
        PAGE.write_text(head + begin + text + end + rest.split(end)[1], encoding="utf-8")


def _run(module: str, runs: int) -> list[str]:
    """The rows of another module, in a process of its own."""
    command = [sys.executable, "-m", module, str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def _one(name: str, runs: int) -> Timing:
    """One row in a process of its own."""
    command = [sys.executable, "-m", "bench", "one", name, "--runs", str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def _machine(command: str = "python -m bench") -> str:
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")] if Path("/proc/cpuinfo").exists() else []
    programs = ", ".join(f"{p} {version(p)}" for p in
                         ("tieline", "numba", "numpy", "pandapower", "power-grid-model"))
    return (f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores; "
            f"Python {platform.python_version()}, {programs}. Command: `{command}`; load average "
            f"before it {os.getloadavg()[0]:.1f}.")


def _sweep_table(timings: list[Timing]) -> list[str]:
    out = ["| Sweep of all single faults | Buses | Median [s] | Range [s] | To reach [s] | "
           "First call [s] | Reading [s] | Peak memory [MB] |", "|-|-|-|-|-|-|-|-|"]
    out += [
        f"| {t.title} | {t.buses:,} | **{t.median_s:.4f}** | {t.lowest_s:.4f}-{t.highest_s:.4f} | "
        f"{'' if t.target_s is None else f'{t.target_s:g}'} | {t.first_s:.2f} | {t.read_s:.2f} | "
        f"{t.peak_mb:.0f} |" for t in timings
    ]
    return out


def _peer_table(timings: dict[str, Timing], sample: int, runs: int) -> list[str]:
    out = ["| Same back-feeds, one by one | Buses | Back-feeds | Seconds | Tieline [s] | Ratio | "
           "To reach | Over the whole sweep |", "|-|-|-|-|-|-|-|-|"]
    small, large = radial_grid(10, load_scale=NORMAL), radial_grid(100, load_scale=NORMAL)
    todo = backfeeds(small)
    own = with_tieline(small, todo, runs=runs)
    judge = with_power_grid_model(small, todo, threads=1)
    other = with_pandapower(small, todo, sample=sample)
    sweep_s = timings["1k"].median_s
    out += [_peer_row(p, own, len(small.parent), sweep_s) for p in (other, judge)]
    chosen = np.unique(np.linspace(0, len(todo.fault) - 1, sample).astype(int))
    apart = float(np.abs(other.v_child_pu - own.v_child_pu[chosen]).max())
    todo = backfeeds(large)
    for threads in (1, 2):
        judge = with_power_grid_model(large, todo, threads=threads)
        own = with_tieline(large, todo, runs=runs, threads=threads)
        out.append(_peer_row(judge, own, len(large.parent), timings["10k"].median_s))
    tight = radial_grid(100, load_scale=CONGESTED)
    strained, checked = with_tieline(tight, todo, runs=1), with_power_grid_model(
        tight, todo, threads=1)
    differ = int((own.fits != judge.fits).sum() + (strained.fits != checked.fits).sum())
    largest = max(float(np.abs(o.v_child_pu - j.v_child_pu)[j.fits > 0].max())
                  for o, j in ((own, judge), (strained, checked)))
    return [
        *out, "",
        f"Voltages differ from power-grid-model's by at most {largest:.0e} pu, from pandapower's "
        f"by {apart:.0e} pu; whether limits are kept is judged differently from power-grid-model "
        f"in {differ} of {2 * len(todo.fault):,} back-feeds, normal and congested together. "
        f"Islands with a tie that no single tie can carry whole, at 10,000 buses: "
        f"{_in_part(large, todo, judge):.1%}, congested {_in_part(tight, todo, checked):.1%}.",
    ]


def _peer_row(peer: PeerResult, own: PeerResult, buses: int, sweep_s: float) -> str:
    seconds = peer.seconds / peer.n * own.n
    solved = f"{own.n:,}" if peer.n == own.n else f"{own.n:,} ({peer.n} solved)"
    goal = next(g for name, g in GOALS.items() if peer.name.startswith(name))
    return (f"| {peer.name} | {buses:,} | {solved} | {seconds:.3f} | {own.seconds:.4f} | "
            f"**{seconds / own.seconds:,.1f}x** | {goal:,.0f}x | {seconds / sweep_s:,.1f}x |")


def _in_part(grid: Grid, todo: Backfeeds, peer: PeerResult) -> float:
    """Share of islands for which no single tie keeps the limits."""
    _, island = np.unique(todo.fault * len(grid.parent) + todo.child, return_inverse=True)
    whole = np.zeros(island.max() + 1)
    np.maximum.at(whole, island, peer.fits)
    return float(1.0 - whole.mean())


if __name__ == "__main__":
    main()
