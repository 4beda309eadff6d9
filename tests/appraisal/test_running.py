"""Cases in processes, on a cluster, kept, resumed, stopped: what is finished is never lost."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.running.chunks import Failure, run_chunks, width_of
from tieline.appraisal.running.cluster import cluster
from tieline.appraisal.running.store import Store
from tieline.appraisal.running.workers import begin_worker
from tieline.errors import CaseError

SOURCE = str(Path(__file__).parents[2] / "src")


def squared(x: int) -> float:
    return float(x * x)


def fails_at_seven(x: int) -> float:
    if x == 7:
        msg = "no convergence"
        raise ArithmeticError(msg)
    return float(x)


def size_of(chosen: frozenset[str]) -> float:
    return float(len(chosen) ** 2)


def collected(work, n, executor=None, **options):
    found = {}
    for part in run_chunks(work, range(n), executor, **options):
        found.update(part)
    return [found[k] for k in range(n)]


def test_results_are_the_same_with_any_executor() -> None:
    told = collected(squared, 100)
    assert told == [k * k for k in range(100)]
    with ThreadPoolExecutor(3) as pool:
        assert collected(squared, 100, pool) == told
        assert width_of(pool) == 3
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=begin_worker) as pool:
        assert collected(squared, 100, pool, chunk_s=1e-4) == told
    assert collected(squared, 100, 2) == told
    assert collected(squared, 0, 2) == []


def test_a_failing_case_is_told_and_the_others_go_on() -> None:
    with ThreadPoolExecutor(2) as pool:
        for executor in (None, pool):
            found = collected(fails_at_seven, 20, executor)
            assert found[7] == Failure("ArithmeticError", "no convergence")
            assert [x for k, x in enumerate(found) if k != 7] == [x for x in range(20) if x != 7]


def test_a_function_that_cannot_travel_says_where_to_define_it() -> None:
    with ThreadPoolExecutor(2) as pool, pytest.raises(CaseError, match="at the top of a module"):
        collected(lambda x: x, 3, pool)


def test_a_store_keeps_numbers_arrays_and_failures_and_forgets_failures_when_asked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "values.sqlite"
    with Store(path) as store:
        store.put([("a", 1.5), ("b", np.arange(6.0).reshape(2, 3)), ("c", Failure("E", "why"))])
        assert len(store) == 3
        assert store.get("nothing") is None
    with Store(path) as store:
        assert store.get("a") == 1.5
        np.testing.assert_array_equal(store.get("b"), np.arange(6.0).reshape(2, 3))
        assert store.get("c") == Failure("E", "why")
        assert set(store.get_many(["a", "c", "x"])) == {"a", "c"}
    with Store(path, retry=True) as store:
        assert store.get("c") is None
    other = tmp_path / "other.txt"
    other.write_text("this is no database, but long enough to look like a file of one" * 20)
    with pytest.raises(CaseError, match="expected a store of values"):
        Store(other)


def test_a_value_kept_for_one_kind_of_game_is_never_taken_for_another(tmp_path: Path) -> None:
    """Nor for another coalition whose members' ids read alike when they are strung together."""
    with Store(tmp_path / "v.sqlite") as store:
        def worth(players: tuple[str, ...], kind: str, x: float) -> tuple[list[float], int]:
            game = Game(players, lambda chosen: x * len(chosen), kind=kind, key="k")
            valuer = Valuer(game, Running(store=store))
            return valuer.table().tolist(), valuer.kept

        assert worth(("a", "b"), "value", 1.0) == ([0, 1, 1, 2], 0)
        assert worth(("a", "b"), "cost", 7.0) == ([0, 7, 7, 14], 0)
        assert worth(("a", "b"), "value", 1.0) == ([0, 1, 1, 2], 3)
        assert worth(("a+b",), "value", 1.0) == ([0, 1], 0)


def test_a_failure_is_kept_and_shown_in_the_next_run(tmp_path: Path) -> None:
    def sometimes(chosen: frozenset[str]) -> float:
        if chosen == {"a", "b"}:
            msg = "no convergence"
            raise ArithmeticError(msg)
        return 1.0

    with Store(tmp_path / "v.sqlite") as store:
        for kept in (0, 3):
            valuer = Valuer(Game(("a", "b"), sometimes, key="k"), Running(store=store))
            with pytest.raises(CaseError, match=r"a\+b: ArithmeticError: no convergence"):
                valuer.table()
            assert valuer.kept == kept


SCRIPT = """
    import sys, time
    from tieline.appraisal.games.game import Game
    from tieline.appraisal.games.valuer import Running, Valuer
    from tieline.appraisal.running.store import Store

    def worth(chosen):
        time.sleep(0.01)
        return float(len(chosen) ** 2)

    if __name__ == "__main__":
        with Store(sys.argv[1]) as store:
            game = Game(tuple("abcdefghij"), worth, key="slow")
            print("begun", flush=True)
            valuer = Valuer(game, Running(executor=int(sys.argv[2]), store=store))
            print(valuer.table()[-1], valuer.kept, valuer.evaluations, flush=True)
"""


def started(tmp_path: Path, workers: int) -> tuple[subprocess.Popen[str], Path]:
    script = tmp_path / "slow.py"
    script.write_text(textwrap.dedent(SCRIPT))
    kept = tmp_path / "values.sqlite"
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    run = subprocess.Popen(
        [sys.executable, str(script), str(kept), str(workers)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment,
    )
    return run, kept


def rows_kept(path: Path) -> int:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as db:
            return int(db.execute("SELECT count(*) FROM value").fetchone()[0])
    except sqlite3.Error:
        return 0


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads processes from /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_what_is_finished_and_no_worker(
    tmp_path: Path, how: signal.Signals
) -> None:
    run, kept = started(tmp_path, 2)
    deadline = time.monotonic() + 60
    while rows_kept(kept) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = children_of(run.pid)
    os.kill(run.pid, how)
    run.communicate(timeout=60)
    finished = rows_kept(kept)
    assert 20 <= finished < 1023
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{w}").exists() for w in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers
    assert not [w for w in workers if Path(f"/proc/{w}").exists()]
    again, _ = started(tmp_path, 1)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert out.splitlines()[-1] == f"100.0 {finished} {1023 - finished}"


def test_a_cluster_that_is_not_there_is_said_plainly() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    with (
        pytest.raises(CaseError, match=r"no cluster answers at 'tcp://127\.0\.0\.1:9'"),
        cluster("tcp://127.0.0.1:9", wait_s=1.0),
    ):
        pass


@pytest.mark.parametrize("address", ["nonsense", "", "tcp://", "tcp://host", "http://x:1", "tcp://x:y"])
def test_what_is_no_address_of_a_cluster_is_refused_before_anybody_is_called(address: str) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    with pytest.raises(CaseError, match="is no address of a cluster"), cluster(address):
        pass


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_answers_but_is_no_cluster_is_said_once_and_in_time(says, capfd) -> None:
    """Something else that takes the call: silent for ever, or speaking another language."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    other, _ = server.accept()
                    calls.append(other)
                    other.sendall(says)

        calls: list[socket.socket] = []
        threading.Thread(target=answer, daemon=True).start()
        port = server.getsockname()[1]
        with (
            pytest.raises(CaseError, match=f"no cluster answers at 'tcp://127.0.0.1:{port}'"),
            cluster(f"tcp://127.0.0.1:{port}", wait_s=1.0),
        ):
            pass
        gc.collect()
        for call in calls:
            call.close()
    assert "Traceback" not in capfd.readouterr().err


def slow_square(x: int) -> float:
    time.sleep(0.02)
    return float(x * x)


@pytest.mark.filterwarnings("ignore")  # Dask's own shutdown warns of the worker that was killed
def test_a_cluster_that_loses_a_worker_midway_still_gives_every_value(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(
        [SOURCE, str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}
    address = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    python = [sys.executable, "-m"]
    running = [subprocess.Popen(
        [*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
         "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(address)], **quiet)]
    try:
        deadline = time.monotonic() + 60
        while not address.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        running += [subprocess.Popen(
            [*python, "distributed.cli.dask_worker", "--scheduler-file", str(address),
             "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
             "--local-directory", str(tmp_path)], **quiet) for _ in range(3)]
        import json

        where = json.loads(address.read_text())["address"]
        with cluster(where, wait_s=60.0) as executor:
            executor._client.wait_for_workers(3, timeout=60)
            found = {}
            for part in run_chunks(slow_square, range(240), executor, chunk_s=0.1):
                found.update(part)
                if len(found) > 40 and running[-1].poll() is None:
                    running[-1].kill()
                    running[-1].wait()
            assert found == {k: float(k * k) for k in range(240)}
    finally:
        for process in running:
            process.kill()
            process.wait()
