"""Games side by side with shapiq and coopgame-py in the same run: exact solutions, estimates.

Run `python -m bench.appraisal exact|nucleolus|estimates|running [--write]`.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bench.appraisal_games import Measured, borders, corridor, projects, votes
from bench.appraisal_rivals import antithetic, kernel_shap, leverage_shap, shapiq_estimators
from tieline.appraisal.sampling.estimate import estimate
from tieline.appraisal.solutions.interactions import interactions
from tieline.appraisal.solutions.nucleolus import nucleolus
from tieline.appraisal.solutions.semivalues import shapley

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    parts = {"exact": exact, "nucleolus": nuclei, "estimates": estimates, "running": running}
    arguments = argparse.ArgumentParser(prog="python -m bench.appraisal", description=__doc__)
    arguments.add_argument("what", nargs="*", choices=[*parts, []], default=[])
    arguments.add_argument("--seeds", type=int, default=5, help="runs of each estimator")
    arguments.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    given = arguments.parse_args()
    for name in given.what or parts:
        lines = [_machine(name), "", *parts[name](given.seeds)]
        text = "\n".join(lines) + "\n"
        print(text, flush=True)
        if given.write:
            begin, end = f"<!-- begin appraisal {name} -->\n", f"<!-- end appraisal {name} -->\n"
            page = PAGE.read_text(encoding="utf-8")
            head, rest = page.split(begin)
            PAGE.write_text(head + begin + text + end + rest.split(end)[1], encoding="utf-8")


def _machine(name: str) -> str:
    def of(package: str) -> str:
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            return f"{package} not installed"

    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")] if Path("/proc/cpuinfo").exists() else []
    programs = ", ".join(of(p) for p in ("numpy", "highspy", "shapiq", "coopgame-py"))
    return (f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores; Python "
            f"{platform.python_version()}, {programs}. Command: "
            f"`python -m bench.appraisal {name}`; load average before it {os.getloadavg()[0]:.1f}.")


def median_s(work: Callable[[], object], runs: int) -> float:
    """Median of warm runs [s]."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def exact(_: int) -> list[str]:
    """Shapley values and all pair interactions of a table, like against like."""
    out = ["| Exact, from a table | n | Tieline [ms] | To reach [ms] | Peer | Peer [ms] | Ratio | "
           "Differ by |", "|-|-|-|-|-|-|-|-|"]
    rng = np.random.default_rng(1)
    for n, goals, peers in ((10, ("", ""), 3), (14, ("", ""), 1), (20, ("6", "20"), 0),
                            (24, ("both 400", "both 400"), 0)):
        table = rng.normal(size=1 << n)
        table[0] = 0.0
        runs = 9 if n <= 20 else 3
        times = (median_s(lambda t=table: shapley(t), runs),
                 median_s(lambda t=table: interactions(t), runs))
        rivals = _exact_rivals(table, n, peers)
        for what, own_s, goal, rival in zip(
            ("Shapley", "all pairs (SII)"), times, goals, rivals, strict=True
        ):
            told = "| | | | |" if rival is None else (
                f"| {rival[0]} | {1e3 * rival[1]:,.1f} | **{rival[1] / own_s:,.0f}x** | "
                f"{rival[2]:.0e} |")
            out.append(f"| {what} | {n} | {1e3 * own_s:.3g} | {goal} {told}")
    out += _shapley_of_others(rng)
    out += _pairs_of_shapiq(rng)
    return out


PATIENCE_S = 400.0
"""Longest that shapiq is waited for; beyond, what it would take is extrapolated and said so."""


def _pairs_of_shapiq(rng: np.random.Generator) -> list[str]:
    """All pairs of ever more players with shapiq, which reads the same table, while it can wait.

    Where it would take longer than `PATIENCE_S` its time is that of the last two sizes going on to
    grow as it did between them: an extrapolation, never counted as measured.
    """
    try:
        from shapiq import ExactComputer
    except ImportError:
        return []
    out: list[str] = []
    seen: list[tuple[int, float]] = []
    for n in (12, 14, 16, 18, 20, 22, 24):
        table = rng.normal(size=1 << n)
        table[0] = 0.0
        growth = (seen[-1][1] / seen[-2][1]) ** (1 / (seen[-1][0] - seen[-2][0])) \
            if len(seen) > 1 else 2.5
        guess = seen[-1][1] * growth ** (n - seen[-1][0]) if seen else 0.0
        own_s, own = median_s(lambda t=table: interactions(t), 5), interactions(table)
        head = f"| all pairs (SII) | {n} | {1e3 * own_s:.3g} | 1,000x | shapiq"
        if guess > PATIENCE_S:
            out.append(f"{head}, not run: extrapolated, x{growth:.2f} a player | "
                       f"({1e3 * guess:,.0f}) | ({guess / own_s:,.0f}x) | |")
            continue
        bits = 1 << np.arange(n)
        computer = ExactComputer(lambda rows, t=table, b=bits: t[np.atleast_2d(rows) @ b], n)
        began = time.perf_counter()
        found = np.asarray(computer("SII", order=2).get_n_order_values(2))
        taken = time.perf_counter() - began
        seen.append((n, taken))
        if n >= 16:
            out.append(f"{head} | {1e3 * taken:,.0f} | **{taken / own_s:,.0f}x** | "
                       f"{np.abs(found - own).max():.0e} |")
    return out


def _exact_rivals(table: np.ndarray, n: int, runs: int) -> list[tuple[str, float, float] | None]:
    if not runs:
        return [None, None]
    try:
        from shapiq import ExactComputer
    except ImportError:
        return [None, None]
    bits = 1 << np.arange(n)

    def game(rows: np.ndarray) -> np.ndarray:
        return table[np.atleast_2d(rows) @ bits]

    told = []
    for index, order, own in (("SV", 1, shapley(table)), ("SII", 2, interactions(table))):
        taken, found = [], None
        for _ in range(runs):
            computer = ExactComputer(game, n)
            began = time.perf_counter()
            found = computer(index, order=order)
            taken.append(time.perf_counter() - began)
        values = np.asarray(found.get_n_order_values(order))
        told.append(("shapiq", float(np.median(taken)), float(np.abs(values - own).max())))
    return told


def _shapley_of_others(rng: np.random.Generator) -> list[str]:
    """Twenty players with shapiq, whose value function reads the same table, and coopgame-py."""
    table = rng.normal(size=1 << 20)
    table[0] = 0.0
    own_s, own = median_s(lambda: shapley(table), 9), shapley(table)
    out = []
    rival = _exact_sv_20(table)
    if rival is not None:
        out.append(f"| Shapley | 20 | {1e3 * own_s:.3g} | 1,000x | shapiq | "
                   f"{1e3 * rival[0]:,.0f} | **{rival[0] / own_s:,.0f}x** | "
                   f"{np.abs(rival[1] - own).max():.0e} |")
    try:
        import coopgame
    except ImportError:
        return out
    game = coopgame.Game(table[1:].tolist())
    other_s = median_s(lambda: coopgame.shapley(game), 1)
    differ = np.abs(np.asarray(coopgame.shapley(game)) - own).max()
    out.append(f"| Shapley | 20 | {1e3 * own_s:.3g} | 6 | coopgame-py | {1e3 * other_s:,.1f} | "
               f"**{other_s / own_s:,.0f}x** | {differ:.0e} |")
    return out


def _exact_sv_20(table: np.ndarray) -> tuple[float, np.ndarray] | None:
    try:
        from shapiq import ExactComputer
    except ImportError:
        return None
    bits = 1 << np.arange(20)
    computer = ExactComputer(lambda rows: table[np.atleast_2d(rows) @ bits], 20)
    began = time.perf_counter()
    found = computer("SV", order=1)
    return time.perf_counter() - began, np.asarray(found.get_n_order_values(1))


def nuclei(_: int) -> list[str]:
    """Nucleoli of random games of Benedek, Fliege and Nguyen (2021), types 1, 2 and 4."""
    import coopgame

    goals = {10: 5, 20: 100, 24: 1000}
    out = ["| Nucleolus | Type | n | Tieline [ms] | To reach [ms] | coopgame-py [ms] | Ratio | "
           "Differ, of the largest value |", "|-|-|-|-|-|-|-|-|"]
    for n in (10, 15, 20, 24):
        for kind in (1, 2, 4):
            game = coopgame.Game.bnf(kind, n, 5)
            table = np.concatenate([[0.0], game.values()])
            own_s = median_s(lambda t=table: nucleolus(t), 5 if n < 24 else 1)
            told = "| | |"
            if n <= 20:
                began = time.perf_counter()
                found = coopgame.nucleolus(game)
                other_s = time.perf_counter() - began
                shares, _ = nucleolus(table)
                differ = np.abs(np.asarray(found["allocation"]) - shares).max()
                told = (f"| {1e3 * other_s:,.1f} | **{other_s / own_s:,.1f}x** | "
                        f"{differ / np.abs(table).max():.0e} |")
            out.append(f"| random | {kind} | {n} | {1e3 * own_s:.3g} | {goals.get(n, '')} {told}")
    return out


def estimates(seeds: int) -> list[str]:
    """Relative error of centred Shapley values at 30 evaluations per player, and coverage."""
    families = [borders(), corridor(41), projects(), votes()]
    rivals: dict[str, Callable[..., np.ndarray]] = {
        "antithetic": antithetic, "KernelSHAP, pairs": kernel_shap, "LeverageSHAP": leverage_shap,
        **shapiq_estimators(),
    }
    out = ["| Error at 30 evaluations per player | " + " | ".join(f.name for f in families) + " |",
           "|-|" + "-|" * len(families)]
    rows, cover, seconds = [], [], []
    for family in families:
        errors, inside, taken = [], [], []
        for seed in range(seeds):
            began = time.perf_counter()
            found = estimate(family.values, family.n, 30 * family.n, seed=seed)
            taken.append(time.perf_counter() - began)
            errors.append(_error(found.shares, family))
            inside.append(np.mean(np.abs(found.shares - family.truth) <= found.z * found.se))
        rows.append(float(np.mean(errors)))
        cover.append(float(np.mean(inside)))
        seconds.append(float(np.median(taken)))
    out.append("| **Tieline** | " + " | ".join(f"**{r:.3f}**" for r in rows) + " |")
    out.append("| its 95 % intervals hold | " + " | ".join(f"{c:.0%}" for c in cover) + " |")
    out.append("| its seconds, values included | "
               + " | ".join(f"{s:.2f}" for s in seconds) + " |")
    for name, run in rivals.items():
        out.append(f"| {name} | " + " | ".join(_rival(run, f, seeds) for f in families) + " |")
    return out


def _rival(run: Callable[..., np.ndarray], family: Measured, seeds: int) -> str:
    try:
        errors = [_error(run(family.values, family.n, 30 * family.n, s), family)
                  for s in range(seeds)]
    except Exception as error:  # noqa: BLE001 - a rival that cannot is told as such
        return type(error).__name__
    return f"{np.mean(errors):.3f}"


def _error(found: np.ndarray, family: Measured) -> float:
    spread = family.truth - family.truth.mean()
    return float(np.linalg.norm(found - found.mean() - spread) / np.linalg.norm(spread))


def busy(_: int) -> float:
    """A case that keeps a core busy for 10 ms of processor time."""
    until = time.thread_time() + 0.010
    while time.thread_time() < until:
        pass
    return 1.0


def waits(_: int) -> float:
    """A case of 10 ms that needs no core: what is lost is lost by handing out alone."""
    time.sleep(0.010)
    return 1.0


def _efficiency(case: Callable[[int], float], n: int = 1500) -> float:
    """Time of the cases one by one, over twice the time of two processes."""
    from tieline.appraisal.running.chunks import run_chunks
    from tieline.appraisal.running.workers import begin_worker

    began = time.perf_counter()
    for k in range(n // 5):
        case(k)
    alone = (time.perf_counter() - began) * 5
    with ProcessPoolExecutor(2, initializer=begin_worker) as pool:
        list(pool.map(case, range(4)))
        began = time.perf_counter()
        done = sum(len(part) for part in run_chunks(case, range(n), pool))
        taken = time.perf_counter() - began
    if done != n:
        msg = f"{n} cases were handed out, {done} came back"
        raise RuntimeError(msg)
    return alone / taken / 2


def running(_: int) -> list[str]:
    """Parallel efficiency of 10 ms cases, a value from the store, import time."""
    from tieline.appraisal.running.store import Store

    efficient = _efficiency(busy), _efficiency(waits)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "v.sqlite") as store:
        store.put((f"game|{k}", np.arange(12.0)) for k in range(20_000))
        hit_s = median_s(lambda: [store.get(f"game|{k}") for k in range(0, 20_000, 20)], 7) / 1000
    imported = [_import_s() for _ in range(5)]
    return [
        "| Running | Measured | To reach |", "|-|-|-|",
        f"| efficiency of 10 ms cases that compute, two processes | {efficient[0]:.2f} | 0.95 |",
        f"| the same, cases that wait (no core needed) | {efficient[1]:.2f} | 0.95 |",
        f"| a value from the store | {1e6 * hit_s:.1f} us | 20 us |",
        f"| `import tieline.appraisal` | {np.median(imported):.2f} s | 0.7 s |",
    ]


def _import_s() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import tieline.appraisal"], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
