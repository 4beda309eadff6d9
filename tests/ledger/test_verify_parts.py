"""A ledger verified in parts by an executor is verified as it is in one go."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_ledger import NOTE, project
from sqlalchemy import text

from tieline.ledger import Entry
from tieline.ledger.store import Store


@pytest.fixture
def long(both, monkeypatch):
    monkeypatch.setattr("tieline.ledger.verify.STRETCH", 4)
    monkeypatch.setattr("tieline.ledger.rebuild.PART", 3)
    for k in range(8):
        both.commit(NOTE, [project(f"p{k}", contact=f"0573 {k}"),
                           Entry("project", "p0", {"owner": "jiashan", "name_zh": "一",
                                                   "stage": "idea", "remark": str(k)})])
    return both


def test_parts_and_whole_find_the_same(long):
    whole = long.verify()
    with ThreadPoolExecutor(3) as pool:
        parts = long.verify(executor=pool)
    assert whole.holds
    assert parts == whole
    assert (whole.changes, whole.head) == long.head[:2]


def test_progress_ends_at_its_total_and_never_goes_back(long):
    seen = []
    long.verify(progress=lambda done, total: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1


@pytest.mark.parametrize("statement", [
    "UPDATE facet SET stage = 'x' WHERE version_no = 9",
    "DELETE FROM latest WHERE record_no = 6",
    "INSERT INTO latest SELECT 99, kind, owner, parent, version_no, change_no FROM latest "
    "WHERE record_no = 6",
    "UPDATE monthly SET records = records + 1 WHERE records = 1",
])
def test_projections_are_compared_in_parts_to_the_last_row(long, statement):
    with long.store.write() as connection:
        connection.execute(text(statement))
    with ThreadPoolExecutor(2) as pool:
        found = long.verify(executor=pool)
    assert not found.holds
    assert found == long.verify()


def test_where_two_parts_join_the_chain_is_checked(ledger, monkeypatch):
    for k in range(6):
        ledger.commit(NOTE, [project(f"p{k}")])
    forked = ledger.hash_of(2)
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    db.execute("DROP TRIGGER change_no_update")
    db.execute("UPDATE change SET previous = ? WHERE change_no = 5", (forked,))
    db.close()
    for stretch in (1, 2, 3, 100):
        monkeypatch.setattr("tieline.ledger.verify.STRETCH", stretch)
        said = [(b.number, b.said) for b in ledger.verify().breaks if b.table == "change"]
        assert (5, "does not follow the change before it") in said, stretch


def test_another_process_can_open_the_place(both):
    place = both.store.raw_place
    other = Store(place)
    other.check()
    other.close()
