"""The same 12,000 versions written by the ledger and by SQLAlchemy-Continuum, side by side.

`python -m bench.ledger_peer`. Both on SQLite in a file, with the same number of commits and the
same care (write-ahead log, synchronous=FULL); Continuum as its manual sets it up.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, ClassVar

from bench.ledger_library import IN_A_CHANGE, RECORDS, changes, create
from tieline.ledger import Note
from tieline.ledger.append import Writer
from tieline.ledger.ledger import KEEPER


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.ledger_peer", description=__doc__)
    arguments.add_argument("--versions", type=int, default=12_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--once", choices=("own", "peer"), help="one of them once, as JSON")
    given = arguments.parse_args()
    if given.once:
        one = with_tieline if given.once == "own" else with_continuum
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(one(Path(folder), given.versions)))
        return
    own, peer = [], []
    for _ in range(given.runs):  # by turns, so that both meet the same machine
        own.append(in_a_process_of_its_own("own", given.versions))
        peer.append(in_a_process_of_its_own("peer", given.versions))
    for name, runs in (("Tieline", own), ("SQLAlchemy-Continuum", peer)):
        wall, used = (statistics.median(t) for t in zip(*runs, strict=True))
        print(f"{name:22} {wall:8.2f} s   processor {used:8.2f} s")
    ratio = statistics.median(p[1] for p in peer) / statistics.median(o[1] for o in own)
    wall = statistics.median(p[0] for p in peer) / statistics.median(o[0] for o in own)
    print(f"ratio {wall:.1f}x, of processor time {ratio:.1f}x; {given.versions} versions")


def with_tieline(folder: Path, versions: int) -> tuple[float, float]:
    """Seconds (wall, processor) with hash chain, projections and checks; a commit a change."""
    ledger = create(folder / "own.sqlite")
    made = list(itertools.islice(changes(versions), versions // IN_A_CHANGE))
    begin, used = time.perf_counter(), time.process_time()
    for entries in made:
        with ledger.store.write() as connection:
            Writer(connection, ledger.catalogue, ledger.time_zone, ledger.guard(KEEPER)).write(
                Note("bench", "measure"), entries)
    taken = time.perf_counter() - begin, time.process_time() - used
    ledger.close()
    return taken


def in_a_process_of_its_own(which: str, versions: int) -> tuple[float, float]:
    """Continuum changes SQLAlchemy for its whole process; the ledger remembers what it took."""
    command = [sys.executable, "-m", "bench.ledger_peer", "--once", which,
               "--versions", str(versions)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, used = json.loads(done.stdout.splitlines()[-1])
    return wall, used


def with_continuum(folder: Path, versions: int) -> tuple[float, float]:
    """Seconds (wall, processor) for the same objects and changes through Continuum's versioning."""
    warnings.simplefilter("ignore")
    import sqlalchemy as sa
    from sqlalchemy import event, orm
    from sqlalchemy_continuum import make_versioned

    make_versioned(user_cls=None)
    base: Any = orm.declarative_base()

    class Project(base):
        __versioned__: ClassVar[dict[str, Any]] = {}
        __tablename__ = "project"
        id = sa.Column(sa.Integer, primary_key=True)
        owner = sa.Column(sa.Text)
        name = sa.Column(sa.Text)
        stage = sa.Column(sa.Text)
        signal = sa.Column(sa.Text)
        investment = sa.Column(sa.BigInteger)
        description = sa.Column(sa.Text)

    orm.configure_mappers()
    engine = sa.create_engine(f"sqlite:///{folder / 'peer.sqlite'}")

    @event.listens_for(engine, "connect")
    def _careful(raw: Any, _: Any) -> None:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")

    base.metadata.create_all(engine)
    session = orm.sessionmaker(bind=engine)()
    begin, used = time.perf_counter(), time.process_time()
    for k in range(0, versions, IN_A_CHANGE):
        for i in range(k, k + IN_A_CHANGE):
            if i < RECORDS:
                session.add(Project(
                    id=i, owner="jiashan", name=f"Placeholder {i}", stage="preparation",
                    signal="green", investment=10**10 + i, description="made up " * 20))
            else:
                session.get(Project, i % RECORDS).investment = 2 * 10**10 + i
        session.commit()
    taken = time.perf_counter() - begin, time.process_time() - used
    session.close()
    engine.dispose()
    return taken


if __name__ == "__main__":
    main()
