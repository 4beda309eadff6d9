"""The rows of planning on waters: abatement, choices of gates, cleaning routes, Cordeau's set."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from bench.tidal_loop import tidal_loop, write
from tieline.region.model import Case
from tieline.water.cleaning.router import Fleet, Routing, Stop, Yard, solve
from tieline.water.quality.abate import Problem, cut
from tieline.water.read import open_waters
from tieline.water.spill.course import base_of, course, courses, hits
from tieline.water.spill.event import Spill
from tieline.water.spill.gates import value_of

CORDEAU = Path(__file__).parents[2] / "shared" / "data" / "water" / "cordeau_mdvrp"
BEST_KNOWN = {"p01": 576.87, "p02": 473.53, "p03": 641.19, "p12": 1318.95}
"""Cordeau, Gendreau and Laporte 1997; best known values as published."""
ITERATIONS = {"p01": 2000, "p02": 8000, "p03": 30000, "p12": 3000}
CLEANING_ITERATIONS, LONG = 5000, 6
PER_DISTANCE = 100.0


def cpu_s(work: Callable[[], object], runs: int) -> float:
    """Median CPU seconds of warm runs."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main(runs: int) -> None:
    print("| Planning on waters | Found | To reach | Peer in the same run |\n|-|-|-|-|")
    print(_abatement(runs))
    print(_gates(runs))
    print(_cleaning())
    for row in _cordeau():
        print(row)


def random_problem(seed: int = 0) -> Problem:
    """100 sources, 20 sections, 8 jurisdictions."""
    rng = np.random.default_rng(seed)
    n, rows, owners = 100, 20, 8
    return Problem(
        rng.uniform(1, 10, n), rng.integers(0, owners, n),
        rng.uniform(0, 1, (rows, n)) * (rng.random((rows, n)) < 0.4), rng.uniform(0.5, 6, rows),
        rng.uniform(1, 30, rows), rng.integers(0, owners, rows))


def _abatement(runs: int) -> str:
    """255 least-cost plans; the peer is SciPy's front of the same solver, built case by case."""
    p = random_problem()
    masks = [np.array([s >> j & 1 for j in range(8)], bool) for s in range(1, 256)]
    ours = cpu_s(lambda: [cut(p, m) for m in masks], runs)

    def with_scipy() -> list[float]:
        found = []
        for mask in masks:
            steps, rows = mask[p.step_owner], mask[p.limit_owner]
            if not steps.any() or not rows.any():
                found.append(float(p.damage[rows] @ np.maximum(p.excess[rows], 0.0)))
                continue
            effect = p.effect[np.ix_(rows, steps)]
            found.append(linprog(
                np.concatenate([p.cost[steps], p.damage[rows]]),
                A_ub=-np.hstack([effect, np.eye(int(rows.sum()))]), b_ub=-p.excess[rows],
                bounds=[(0, 1)] * int(steps.sum()) + [(0, None)] * int(rows.sum())).fun)
        return found

    theirs = cpu_s(with_scipy, 1)
    values = [(k := cut(p, m)).cost(p) + k.damage(p) for m in masks]
    apart = np.abs(np.array(values) - np.array(with_scipy())).max()
    return (f"| 255 abatement programmes, 100 sources, 20 sections | **{ours:.2f} s** | 0.5 s | "
            f"scipy.linprog: {theirs:.2f} s ({theirs / ours:.0f}x), values within {apart:.0e} |")


def _gates(runs: int) -> str:
    """2^4 choices of the two gates, closed early or late, over 5 days with everybody's hits."""
    from tieline.water.flow import Order

    with tempfile.TemporaryDirectory() as temporary:
        write(Path(temporary), tidal_loop(10, 11))
        network = open_waters(temporary)
    base = base_of(network, Case(), Spill("x", 12, mass_kg=1000.0, days=5.0))
    moves = [(0, 2.0), (1, 2.0), (0, 30.0), (1, 30.0)]
    chosen = [c for n in range(5) for c in combinations(moves, n)]
    everybody, known = np.ones(3, bool), np.zeros(3)

    def every() -> None:
        for _, found in courses(network, base, plans):
            value_of(network, hits(network, Case(), found), known, everybody)

    def apart() -> None:
        for plan in plans:
            value_of(network, hits(network, Case(), course(network, base, plan)), known, everybody)

    plans = [[Order("gate", g, h, 0.0) for g, h in some] for some in chosen]
    alone = cpu_s(apart, 1)
    return (f"| {len(chosen)} choices of gates x 5 days, steps of 60 s, who is hit in each | "
            f"**{cpu_s(every, max(runs // 2, 1)):.2f} s** | 1 s | each by itself: {alone:.2f} s |")


def hundred_spots(seed: int = 3) -> Routing:
    """100 spots, 3 depots, 4 landings, shifts, windows and reloads."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 30_000, (107, 2))
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    travel, work = far / (10_000 / 3600), rng.uniform(600, 3600, 100)
    stops = []
    for k in range(100):
        opens = int(rng.choice([0, 4 * 3600]))
        stops.append(Stop(k, int(rng.uniform(1000, 6000)), 6 * 3600 + opens,
                          18 * 3600, 1e5))
    yards = tuple(Yard(100 + k) for k in range(3)) + tuple(Yard(103 + k, 1200) for k in range(4))
    fleets = tuple(
        Fleet(d, 14, 12_000, 0, (3, 4, 5, 6), start, 9 * 3600, 300.0, 120.0)
        for d in range(3) for start in (6 * 3600, 9 * 3600))
    return Routing(far[None], travel[None], work[None], tuple(stops), yards, fleets)


def _cleaning() -> str:
    """One coalition of 100 spots against a search of the same kind several times as long."""
    routing = hundred_spots()
    start = time.process_time()
    short = solve(routing, CLEANING_ITERATIONS, seeds=(0,))
    short_s = time.process_time() - start
    start = time.process_time()
    long = solve(routing, CLEANING_ITERATIONS * LONG, seeds=(0,))
    long_s = time.process_time() - start
    return (f"| A day of 100 spots, 3 depots, 2 shifts, reloads, windows | **{short_s:.1f} s**, "
            f"{len(short.left)} left, {short.cost / long.cost - 1.0:+.2%} of the long search | "
            f"10 s, 1 % | the same search for {long_s:.0f} s |")


def read_cordeau(name: str) -> Routing | None:
    """A problem of Cordeau's set; None where the data are not beside."""
    if not (CORDEAU / f"{name}.txt").exists():
        return None
    text = (CORDEAU / f"{name}.txt").read_text(encoding="utf-8")
    lines = [list(map(float, line.split())) for line in text.splitlines() if line.strip()]
    _, boats, n, depots = (int(x) for x in lines[0])
    capacity = [int(line[1]) for line in lines[1:1 + depots]]
    spots, yards = lines[1 + depots:1 + depots + n], lines[1 + depots + n:1 + 2 * depots + n]
    xy = np.array([[r[1], r[2]] for r in (*spots, *yards)])
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) * PER_DISTANCE
    longest = 10**6
    return Routing(
        far[None], far[None], np.zeros((1, n)),
        tuple(Stop(k, int(r[4]), 0, longest, 1e5) for k, r in enumerate(spots)),
        tuple(Yard(n + k) for k in range(depots)),
        tuple(Fleet(k, boats, capacity[k], 0, (), 0, longest, 0.0, 3600.0 / PER_DISTANCE)
              for k in range(depots)))


def _cordeau() -> list[str]:
    rows = []
    for name, best in BEST_KNOWN.items():
        routing = read_cordeau(name)
        if routing is None:
            continue
        start = time.process_time()
        found = solve(routing, ITERATIONS[name], seeds=(0,))
        took = time.process_time() - start
        rows.append(f"| Cordeau {name} | **{length(routing, found):.2f}** in {took:.0f} s | "
                    f"{best:.2f} in 40 s | - |")
    return rows


def length(routing: Routing, found: object) -> float:
    """Length of all routes, unrounded."""
    total = 0.0
    for route in found.routes:
        places = [routing.stops[v.number].place if v.kind == "stop" else
                  routing.yards[v.number].place for v in route.visits]
        total += sum(routing.distance_m[0][a, b] for a, b in pairwise(places))
    return total / PER_DISTANCE


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
