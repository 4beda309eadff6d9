"""The benchmark table: Tieline's sweep by size, and the same back-feeds with its peers."""

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
from bench.peers import PeerResult, with_pandapower, with_power_grid_model
from bench.power_sweep import CONGESTED, NORMAL, SPECS, Timing, measure, to_json

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
GOALS = {"pandapower": 1500.0, "power-grid-model": 40.0}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    arguments.add_argument("what", nargs="?", default="all", choices=["all", "one"])
    arguments.add_argument("name", nargs="?", choices=list(SPECS))
    arguments.add_argument("--runs", type=int, default=7, help="warm runs of each row")
    arguments.add_argument("--sample", type=int, default=200, help="back-feeds pandapower solves")
    arguments.add_argument("--no-peers", action="store_true")
    arguments.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = arguments.parse_args()
    if given.what == "one":
        print(to_json(measure(SPECS[given.name], given.runs)))
        return
    timings = [_one(name, given.runs) for name in SPECS]
    lines = [_machine(), "", *_sweep_table(timings)]
    if not given.no_peers:
        lines += ["", *_peer_table({t.name: t for t in timings}, given.sample)]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        PAGE.write_text(head + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")


def _one(name: str, runs: int) -> Timing:
    """One row in a process of its own."""
    command = [sys.executable, "-m", "bench", "one", name, "--runs", str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def _machine() -> str:
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")] if Path("/proc/cpuinfo").exists() else []
    programs = ", ".join(f"{p} {version(p)}" for p in
                         ("tieline", "numba", "numpy", "pandapower", "power-grid-model"))
    return (f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores; "
            f"Python {platform.python_version()}, {programs}. Command: `python -m bench`.")


def _sweep_table(timings: list[Timing]) -> list[str]:
    out = ["| Sweep of all single faults | Buses | Median [s] | Range [s] | To reach [s] | "
           "First call [s] | Reading [s] | Peak memory [MB] |", "|-|-|-|-|-|-|-|-|"]
    out += [
        f"| {t.title} | {t.buses:,} | **{t.median_s:.4f}** | {t.lowest_s:.4f}-{t.highest_s:.4f} | "
        f"{'' if t.target_s is None else f'{t.target_s:g}'} | {t.first_s:.2f} | {t.read_s:.2f} | "
        f"{t.peak_mb:.0f} |" for t in timings
    ]
    return out


def _peer_table(timings: dict[str, Timing], sample: int) -> list[str]:
    small, large = radial_grid(10, load_scale=NORMAL), radial_grid(100, load_scale=NORMAL)
    out = ["| Peer, same back-feeds | Buses | Back-feeds | Seconds | Tieline's whole sweep [s] | "
           "Ratio | To reach |", "|-|-|-|-|-|-|-|"]
    todo = backfeeds(small)
    peer = with_pandapower(small, todo, sample=sample)
    judge = with_power_grid_model(small, todo, threads=1)
    chosen = np.unique(np.linspace(0, len(todo.fault) - 1, sample).astype(int))
    apart = float(np.abs(peer.v_child_pu - judge.v_child_pu[chosen]).max())
    out.append(_peer_row(peer, len(small.parent), len(todo.fault), timings["1k"].median_s))
    out.append(_peer_row(judge, len(small.parent), len(todo.fault), timings["1k"].median_s))
    todo = backfeeds(large)
    for threads in (1, 2):
        peer = with_power_grid_model(large, todo, threads=threads)
        out.append(_peer_row(peer, len(large.parent), len(todo.fault), timings["10k"].median_s))
    congested = radial_grid(100, load_scale=CONGESTED)
    tight = with_power_grid_model(congested, todo, threads=1)
    return [
        *out, "",
        f"The two peers agree on the voltages to {apart:.0e} pu. "
        f"Islands with a tie that no single tie can carry whole, at 10,000 buses: "
        f"{_in_part(large, todo, peer):.1%}, congested {_in_part(congested, todo, tight):.1%}.",
    ]


def _peer_row(peer: PeerResult, buses: int, n: int, ours_s: float) -> str:
    seconds = peer.seconds / peer.n * n
    solved = f"{n:,}" if peer.n == n else f"{n:,} ({peer.n} solved)"
    goal = next(g for name, g in GOALS.items() if peer.name.startswith(name))
    return (f"| {peer.name} | {buses:,} | {solved} | {seconds:.3f} | {ours_s:.4f} | "
            f"**{seconds / ours_s:,.0f}x** | {goal:,.0f}x |")


def _in_part(grid: Grid, todo: Backfeeds, peer: PeerResult) -> float:
    """Share of islands for which no single tie keeps the limits."""
    _, island = np.unique(todo.fault * len(grid.parent) + todo.child, return_inverse=True)
    whole = np.zeros(island.max() + 1)
    np.maximum.at(whole, island, peer.fits)
    return float(1.0 - whole.mean())


if __name__ == "__main__":
    main()
