"""A made-up library of projects, a million versions deep, written by the ledger itself."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tieline.ledger import Entry, Ledger, Note
from tieline.ledger.append import Writer
from tieline.ledger.ledger import KEEPER

RECORDS = 3660
"""122 projects with thirty records each."""
IN_A_CHANGE = 20
FIRST = date(2019, 1, 1)
DAYS = 60 * 30
COUNTIES = ("qingpu", "wujiang", "jiashan")
CATEGORIES = ("innovation", "industry", "infrastructure", "ecology", "livelihood")
STAGES = ("preparation", "construction", "finished", "service", "suspended")
SIGNALS = ("green", "yellow", "red")


def create(path: Path) -> Ledger:
    """An empty ledger of three counties."""
    return Ledger.create(
        path, Note("bench", "measure"), name="Bench", time_zone="Asia/Shanghai",
        jurisdictions=[{"id": c, "name": c.title()} for c in COUNTIES],
    )


def first_entry(k: int, luck: random.Random) -> Entry:
    """A new project."""
    return Entry("project", f"p{k}", {
        "owner": COUNTIES[k % 3], "name_zh": f"占位项目 {k:04d}(虚构)", "name": f"Placeholder {k}",
        "category": luck.choice(CATEGORIES), "stage": "preparation", "status": "synthetic",
        "signal_rule": "green", "town": f"镇 {k % 31}", "responsible_unit": f"虚构单位 {k % 97}",
        "investment": f"{luck.randint(1, 900) / 10}亿元", "start_planned": "2019-06-01",
        "finish_planned": "2024-12-31", "description": "虚构的说明文字,仅用于测量。" * 3,
    }, FIRST)


def next_entry(k: int, day: date, luck: random.Random) -> Entry:
    """A change of a field or two."""
    field = luck.random()
    if field < 0.3:
        values = {"stage": luck.choice(STAGES)}
    elif field < 0.7:
        values = {"signal_rule": luck.choice(SIGNALS)}
    elif field < 0.85:
        values = {"investment": f"{luck.randint(1, 900) / 10}亿元"}
    else:
        values = {"remark": f"第 {luck.randint(1, 10**6)} 号说明"}
    return Entry("", f"p{k}", values, day)


def changes(versions: int, seed: int = 1) -> Iterator[list[Entry]]:
    """The entries of each change, in the order of days."""
    luck = random.Random(seed)  # noqa: S311 - a seeded library keeps no secret
    for k in range(0, RECORDS, IN_A_CHANGE):
        yield [first_entry(i, luck) for i in range(k, min(k + IN_A_CHANGE, RECORDS))]
    rounds = (versions - RECORDS) // IN_A_CHANGE
    for n in range(rounds):
        day = FIRST + timedelta(days=1 + n * DAYS // rounds)
        at = (n * IN_A_CHANGE) % RECORDS
        yield [next_entry((at + i) % RECORDS, day, luck) for i in range(IN_A_CHANGE)]


def build(path: Path, versions: int) -> tuple[Ledger, tuple[float, float]]:
    """The library, and the seconds it took (wall, processor).

    All changes are one transaction, to spare the disk.
    """
    ledger = create(path)
    begin, used = time.perf_counter(), time.process_time()
    with ledger.store.write() as connection:
        for entries in changes(versions):
            Writer(connection, ledger.catalogue, ledger.time_zone, ledger.guard(KEEPER)).write(
                Note("bench", "measure"), entries)
    return ledger, (time.perf_counter() - begin, time.process_time() - used)
