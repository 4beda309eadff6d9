"""What the ledger takes: `python -m bench.ledger` (a library of a million versions on SQLite)."""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from bench.ledger_library import DAYS, FIRST, build
from tieline.ledger import Entry, Ledger, Note
from tieline.ledger.verify import verify_chain


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    arguments.add_argument("--versions", type=int, default=1_000_000)
    arguments.add_argument("--file", type=Path, help="keep the library here, or use it if there")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = given.file or Path(temporary) / "library.sqlite"
        if path.exists():
            ledger = Ledger.open(path)
        else:
            ledger, seconds = build(path, given.versions)
            row("built by the ledger", Seconds(*seconds), "s", None)
        measure(ledger, path)
        ledger.close()


def measure(ledger: Ledger, path: Path) -> None:
    """Print each figure beside the one to reach."""
    luck = random.Random(7)  # noqa: S311 - a seeded library keeps no secret
    day = FIRST + timedelta(days=DAYS // 2)
    view = ledger.view(as_of=day)
    ids = [f"p{luck.randrange(3660)}" for _ in range(500)]
    size = path.stat().st_size / 2**20
    print(f"{ledger.store.read(COUNT)[0][0]:,} versions, {ledger.head[0]:,} changes, {size:.0f} MB")
    one = iter(ids * 9)
    row("one record as of a day", timed(lambda: view.record(next(one)), 2000), "ms", 0.1)
    row("the library as of a day", timed(lambda: view.records("project"), 15), "ms", 30)
    row("... with every body read", timed(
        lambda: [s.values for s in view.records("project")], 7), "ms", None)
    by = ("owner", "signal")
    row("sums by owner and signal, that day", timed(lambda: view.totals(by), 15), "ms", 20)
    now = ledger.view()
    row("sums by owner and signal, today", timed(lambda: now.totals(by), 15), "ms", 20)
    months = [f"{2019 + m // 12}-{m % 12 + 1:02d}" for m in range(60)]
    row("60 months by owner and signal", timed(lambda: view.trend(months, by), 15), "ms", 300)
    row("chain verified, one process", timed(lambda: verify_chain(ledger.store), 3), "s", 3)
    row("... two processes, started anew", timed(lambda: in_processes(ledger), 3), "s", 3)
    raw = raw_commit(path.with_suffix(".raw"))
    row("one durable commit", timed(lambda: commit(ledger, luck), 300), "ms", 1)
    row("... of which the disk (bare SQLite)", raw, "ms", None)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


def in_processes(ledger: Ledger) -> None:
    """The chain verified by two processes, their start included; `processor` shows this one's."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        verify_chain(ledger.store, executor=pool)


def commit(ledger: Ledger, luck: random.Random) -> None:
    """One change of one field."""
    ledger.commit(Note("bench", "measure"), [
        Entry("", f"p{luck.randrange(3660)}", {"remark": str(luck.random())}, date(2024, 6, 1))])


def raw_commit(path: Path) -> Seconds:
    """Seconds of a bare commit of one row on the same disk, with the same care."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE IF NOT EXISTS t (a TEXT)")

    def one() -> None:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO t VALUES (?)", ("x" * 600,))
        db.execute("COMMIT")

    seconds = timed(one, 300)
    db.close()
    path.unlink()
    return seconds


class Seconds(NamedTuple):
    """Medians: by the wall clock, and of the processor (less than the wall where others work)."""

    wall: float
    processor: float


def timed(work: Callable[[], Any], runs: int) -> Seconds:
    """Median of the runs after one to warm up."""
    work()
    taken = []
    for _ in range(runs):
        begin, used = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - begin, time.process_time() - used))
    return Seconds(*(statistics.median(t) for t in zip(*taken, strict=True)))


def row(title: str, seconds: Seconds, unit: str, goal: float | None) -> None:
    """One line of the table."""
    times = 1000 if unit == "ms" else 1
    print(f"{title:38} {seconds.wall * times:9.3f} {unit:2}  processor "
          f"{seconds.processor * times:9.3f}" + (f"   to reach {goal:g}" if goal else ""),
          flush=True)


if __name__ == "__main__":
    from sqlalchemy import text

    COUNT = text("SELECT count(*) FROM version")
    main()
