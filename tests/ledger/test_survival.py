"""What was acknowledged is there: after a kill, beside other writers, on a disk that fails.

`TIELINE_KILLS` and `TIELINE_WRITERS_S` make the trials longer than they are in every run.
"""

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date

import pytest
from small_ledger import NOTE, make_ledger, project

from tieline.errors import ConflictError, InputError, LedgerError, StorageError
from tieline.ledger import Entry, Ledger, Note

KILLS = int(os.environ.get("TIELINE_KILLS", "40"))
WRITERS_S = float(os.environ.get("TIELINE_WRITERS_S", "3"))
WRITERS = 8
FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None


def write_and_tell(path, pipe):
    """Write changes for ever; tell each one only when it is acknowledged."""
    with Ledger.open(path) as ledger:
        n = 0
        while True:
            n += 1
            receipt = ledger.commit(NOTE, [project(None, town=f"镇 {n}"), project(None)])
            os.write(pipe, f"{receipt.change_no} {receipt.hash}\n".encode())


@pytest.mark.skipif(FORK is None, reason="needs fork")
def test_a_kill_at_any_instant_loses_no_acknowledged_change(tmp_path):
    path = tmp_path / "l.sqlite"
    make_ledger(path).close()
    luck = random.Random(3)  # noqa: S311 - not for secrets
    told = {}
    for _ in range(KILLS):
        reading, writing = os.pipe()
        child = FORK.Process(target=write_and_tell, args=(path, writing))
        child.start()
        os.close(writing)
        time.sleep(luck.uniform(0.02, 0.12))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        with os.fdopen(reading) as stream:
            lines = stream.read().split("\n")[:-1]
        told |= {int(n): h for n, h in (line.split() for line in lines)}
    assert len(told) > KILLS // 4
    with Ledger.open(path) as ledger:
        there = {r.change_no: r.hash for r in ledger.changes()}
        assert told.items() <= there.items()
        assert ledger.verify(told).holds


def write_for(path, seconds, who, out):
    with Ledger.open(path) as ledger:
        end, done = time.monotonic() + seconds, []
        while time.monotonic() < end:
            receipt = ledger.commit(Note(who, "its own field"), [
                Entry(record="shared", values={"remark": f"{who} {len(done)}"}),
                project(None, town=who)])
            done.append((receipt.change_no, receipt.hash))
    out.put(done)


@pytest.mark.skipif(FORK is None, reason="needs fork")
def test_eight_writers_lose_nothing(tmp_path):
    path = tmp_path / "l.sqlite"
    with make_ledger(path) as made:
        made.commit(NOTE, [project("shared")])
    out = FORK.Queue()
    crowd = [FORK.Process(target=write_for, args=(path, WRITERS_S, f"w{k}", out))
             for k in range(WRITERS)]
    for child in crowd:
        child.start()
    told = [pair for _ in crowd for pair in out.get(timeout=WRITERS_S + 120)]
    for child in crowd:
        child.join()
    with Ledger.open(path) as ledger:
        there = {r.change_no: r.hash for r in ledger.changes()}
        assert len(told) == len(there) - 2
        assert dict(told).items() <= there.items()
        assert len(ledger.view().records("project")) == len(told) + 1
        assert ledger.verify().holds


def test_of_two_who_change_the_same_field_the_second_sees_both_sides(both):
    both.commit(NOTE, [project(town="北镇")])
    looked = both.head[0]
    both.commit(Note("Qian", "moved"), [
        Entry(record="p1", values={"town": "南镇"}, base=looked)])
    with pytest.raises(ConflictError) as caught:
        both.commit(Note("Sun", "moved"), [
            Entry(record="p1", values={"town": "东镇"}, base=looked)])
    (conflict,) = caught.value.conflicts
    assert (conflict.seen, conflict.now, conflict.wanted) == ("北镇", "南镇", "东镇")
    assert (conflict.actor, conflict.reason) == ("Qian", "moved")
    assert both.view().record("p1").get("town") == "南镇"
    assert both.head[0] == looked + 1


def test_two_who_change_other_fields_do_not_hinder_each_other(both):
    both.commit(NOTE, [project(town="北镇")])
    looked = both.head[0]
    both.commit(NOTE, [Entry(record="p1", values={"town": "南镇"}, base=looked)])
    both.commit(NOTE, [Entry(record="p1", values={"stage": "construction"}, base=looked)])
    now = both.view().record("p1")
    assert (now.get("town"), now.get("stage")) == ("南镇", "construction")


def test_a_change_with_one_bad_entry_writes_nothing_and_names_every_problem(both):
    head = both.head
    with pytest.raises(InputError) as caught:
        both.commit(NOTE, [
            project("p1"), project("p2", investment="3亿"), project("p3", stage="construktion"),
            Entry("project", "p4", {"owner": "atlantis", "nmae": "x"}), Entry("project", "p 5"),
        ])
    assert len(caught.value.problems) == 5
    assert both.head == head
    assert both.view().records("project") == []


@pytest.mark.parametrize("note", [Note("", "why"), Note("who", " ")])
def test_every_change_says_who_and_why(ledger, note):
    with pytest.raises(InputError):
        ledger.commit(note, [project()])


def test_an_empty_change_is_refused(ledger):
    with pytest.raises(LedgerError):
        ledger.commit(NOTE, [])


def test_a_full_disk_is_named_and_nothing_is_lost(ledger):
    ledger.commit(NOTE, [project()])
    head = ledger.head
    with ledger.store.write() as connection:  # the connection all changes of a thread go by
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="full"):
        ledger.commit(NOTE, [project(None, description="x" * 90_000) for _ in range(50)])
    assert ledger.head == head
    assert ledger.verify().holds


def test_who_waited_in_vain_for_the_lock_may_write_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr("tieline.ledger.store.BUSY_S", 0.05)
    path = tmp_path / "l.sqlite"
    with make_ledger(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        for record in ("p1", "p2"):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="keeps it locked"):
                ledger.commit(NOTE, [project(record)])
            other.execute("ROLLBACK")
            ledger.commit(NOTE, [project(record)])
        other.close()
        assert {s.id for s in ledger.view().records("project")} == {"p1", "p2"}
        assert ledger.verify().holds


def test_a_file_that_may_not_be_written_is_named(tmp_path):
    path = tmp_path / "l.sqlite"
    with make_ledger(path) as made:
        made.store.forget_erased()
    with Ledger.open(path) as ledger:
        with ledger.store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StorageError, match="read-only"):
            ledger.commit(NOTE, [project()])


def test_an_archive_where_nothing_can_be_written_is_read_and_verified(tmp_path, monkeypatch):
    path = tmp_path / "档案 1.sqlite"
    with make_ledger(path) as made:
        made.commit(NOTE, [project()])
        made.store.forget_erased()
    monkeypatch.setattr("tieline.ledger.archive.os.access", lambda *_: False)
    with Ledger.open(path) as archive:
        assert archive.view().record("p1").get("stage") == "preparation"
        assert archive.verify().holds
        with pytest.raises(StorageError, match="read-only"):
            archive.commit(NOTE, [project("p2")])
        assert archive.verify().holds


def test_what_is_no_ledger_is_named(tmp_path):
    with pytest.raises(StorageError, match="there is no ledger"):
        Ledger.open(tmp_path / "none.sqlite")
    (tmp_path / "text.sqlite").write_text("this is a text, not a database, and long enough" * 90)
    with pytest.raises(StorageError, match="no ledger"):
        Ledger.open(tmp_path / "text.sqlite")
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    with pytest.raises(StorageError, match="no ledger"):
        Ledger.open(tmp_path / "empty.sqlite")
    with make_ledger(tmp_path / "l.sqlite"), pytest.raises(StorageError, match="already"):
        make_ledger(tmp_path / "l.sqlite")


def test_a_ledger_of_another_age_is_named(ledger):
    with ledger.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(StorageError, match="of age 0000"):
        Ledger.open(ledger.store.name)


def test_an_owner_changes_today_or_before_and_the_sums_move_along(both):
    both.commit(NOTE, [project(investment="1亿元")])
    both.commit(NOTE, [Entry(record="p1", values={"owner": "qingpu"}, valid_from=date(2020, 1, 1))])
    with pytest.raises(InputError, match="until today"):
        both.commit(NOTE, [Entry(record="p1", values={"owner": "jiashan"},
                                 valid_from=date(2999, 1, 1))])
    assert [t.by["owner"] for t in both.view().trend(["2019-12", "2020-01"])] == [
        "jiashan", "qingpu"]
    assert both.verify().holds


def test_importing_the_ledger_loads_nothing_heavy():
    code = "import sys, tieline.ledger; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
