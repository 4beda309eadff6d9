"""A synthetic corridor at full size: 41 jurisdictions, 122 projects, stopped hard and resumed.

Run `python -m bench.appraisal_stress`: starts itself, is killed with -9 after some values are kept,
starts again, and prints what came out and how long both took. Everything in it is made up.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.portfolio.problem import Problem
from tieline.appraisal.portfolio.search import best_portfolio
from tieline.appraisal.running.store import Store
from tieline.appraisal.solutions.solve import Solver

CITIES, PROJECTS, YEARS = 41, 122, 3
PER_PLAYER = 20
"""Evaluations per player of the estimates."""


@dataclass(frozen=True)
class Corridor:
    """Cities in a row, slow roads between neighbours, projects that make links faster.

    Access of a city: people of others, less by travel time; a trip may pass only cities that
    cooperate. All synthetic.
    """

    people: np.ndarray
    slow: np.ndarray
    ends: np.ndarray
    fast: np.ndarray

    @classmethod
    def make(cls, seed: int = 7) -> Corridor:
        """The same corridor for the same seed."""
        rng = np.random.default_rng(seed)
        people = rng.lognormal(0.0, 1.0, CITIES)
        slow = rng.uniform(0.4, 1.0, CITIES - 1)
        first = np.resize(np.arange(CITIES - 1), PROJECTS)
        last = np.minimum(first + 1 + np.arange(PROJECTS) // (CITIES - 1), CITIES - 1)
        usual = np.array([slow[a:b].sum() for a, b in zip(first, last, strict=True)])
        return cls(people, slow, np.stack([first, last]), usual * rng.uniform(0.35, 0.8, PROJECTS))

    def access(self, cooperate: np.ndarray, built: np.ndarray) -> np.ndarray:
        """Shape (41,): access of each city."""
        time_h = np.full((CITIES, CITIES), np.inf)
        np.fill_diagonal(time_h, 0.0)
        a, b = np.arange(CITIES - 1), np.arange(1, CITIES)
        time_h[a, b] = time_h[b, a] = self.slow
        first, last = self.ends[:, built]
        np.minimum.at(time_h, (first, last), self.fast[built])
        np.minimum.at(time_h, (last, first), self.fast[built])
        open_ = cooperate[:, None] & cooperate[None, :] | np.eye(CITIES, dtype=bool)
        time_h[~open_] = np.inf
        for k in range(CITIES):
            np.minimum(time_h, time_h[:, k, None] + time_h[None, k], out=time_h)
        return self.people * (np.exp(-time_h) @ self.people)


@dataclass(frozen=True)
class ByProjects:
    """Gain of each city from a set of projects, everybody together."""

    corridor: Corridor
    names: tuple[str, ...]

    def __call__(self, chosen: frozenset[str]) -> np.ndarray:
        """By city, for a set of projects."""
        built = np.array([p in chosen for p in self.names])
        everybody, nothing = np.ones(CITIES, bool), np.zeros(PROJECTS, bool)
        return self.corridor.access(everybody, built) - self.corridor.access(everybody, nothing)


@dataclass(frozen=True)
class ByCities:
    """What the cities of a coalition gain, all projects built."""

    corridor: Corridor
    names: tuple[str, ...]

    def __call__(self, chosen: frozenset[str]) -> float:
        """Of all members together."""
        members = np.array([p in chosen for p in self.names])
        built = np.ones(PROJECTS, bool)
        alone = self.corridor.access(np.zeros(CITIES, bool), built)
        return float((self.corridor.access(members, built) - alone)[members].sum())


def appraise(file: Path, workers: int) -> None:
    """The whole appraisal; values are kept in the file."""
    began = time.perf_counter()
    corridor = Corridor.make()
    projects = tuple(f"link {k + 1}" for k in range(PROJECTS))
    cities = tuple(f"city {k + 1}" for k in range(CITIES))
    with Store(file) as store:
        kept = len(store)
        running = Running(executor=workers, store=store)
        by_city = Solver(Game(cities, ByCities(corridor, cities), key="stress 1"),
                         budget=6 * PER_PLAYER * CITIES, running=running)
        fair = by_city.shapley()
        check, least = by_city.core_check(fair), by_city.least_core()
        links = Game(projects, ByProjects(corridor, projects), key="stress 2")
        valuer = Valuer(links, running)
        solver = Solver(links, budget=PER_PLAYER * PROJECTS, weights=np.ones(CITIES),
                        valuer=valuer)
        worth = solver.shapley()
        rng = np.random.default_rng(3)
        costs = np.zeros((PROJECTS, YEARS * CITIES))
        price = rng.uniform(0.5, 1.5, PROJECTS)
        for k in range(PROJECTS):
            ends = corridor.ends[:, k]
            costs[k, (k % YEARS) * CITIES + ends] = price[k] / 2
        problem = Problem.of(projects, costs, costs.sum(axis=0) * 0.5)
        best = best_portfolio(problem, solver.worth, evaluations=4000,
                              single=(("Shapley", worth.shares),))
    asked = by_city.evaluations + valuer.evaluations
    print(f"{CITIES} jurisdictions: dividend {fair.shares.sum():,.1f}; widest 95 % interval "
          f"{(fair.hi - fair.lo).max() / fair.shares.sum():.2%} of it; in the core: "
          f"{check.in_core} ({check.status}); least core {least.status}")
    print(f"{PROJECTS} projects: worth {worth.shares.sum():,.1f}; widest 95 % interval "
          f"{(worth.hi - worth.lo).max() / worth.shares.sum():.2%}")
    print(f"portfolio of {len(best.projects)} under {YEARS * CITIES} budgets: "
          f"{best.value / worth.shares.sum():.1%} of the worth, found by {best.found_by}")
    print(f"{asked:,} cases evaluated, {by_city.valuer.kept + valuer.kept:,} of {kept:,} kept ones "
          f"used; {time.perf_counter() - began:.0f} s on {workers} processes")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.appraisal_stress",
                                        description=__doc__)
    arguments.add_argument("--file", type=Path, help="keep values here and do not stop midway")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--kill-after", type=int, default=2000, help="values kept before -9")
    given = arguments.parse_args()
    if given.file is not None:
        appraise(given.file, given.workers)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.sqlite"
        command = [sys.executable, "-m", "bench.appraisal_stress", "--file", str(file),
                   "--workers", str(given.workers)]
        began = time.perf_counter()
        first = subprocess.Popen(command)
        while _kept(file) < given.kill_after and first.poll() is None:
            time.sleep(0.1)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        print(f"killed after {time.perf_counter() - began:.0f} s with {_kept(file):,} values kept")
        subprocess.run(command, check=True)
        print(f"{time.perf_counter() - began:.0f} s in all; load average {os.getloadavg()[0]:.1f}")


def _kept(file: Path) -> int:
    if not file.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5) as db:
            return int(db.execute("SELECT count(*) FROM value").fetchone()[0])
    except sqlite3.Error:
        return 0


if __name__ == "__main__":
    main()
