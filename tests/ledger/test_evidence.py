"""Nobody changes the past unnoticed."""

import random
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from small_ledger import NOTE, make_ledger, project
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieline.errors import TielineError
from tieline.ledger import Entry, Ledger, Note
from tieline.ledger.files import Upload, attach
from tieline.ledger.ledger import KEEPER
from tieline.ledger.tables import EVIDENCE, METADATA
from tieline.ledger.verify import verify_chain

GUARDED = [t.name for t in EVIDENCE]


def filled(ledger):
    ledger.commit(NOTE, [project(investment="1.5亿元", contact="值班室 0573"),
                         project("p2", owner="qingpu", signal_rule="red")])
    ledger.commit(Note("b", "late"), [Entry(record="p1", values={"stage": "construction"},
                                            valid_from=date(2019, 6, 1))])
    ledger.commit(Note("b", "cost"), [Entry(record="p1", values={"investment": "2亿元"},
                                            valid_from=date(2019, 3, 1))])
    ledger.checkpoint(NOTE, "bulletin 1")
    attach(ledger, NOTE, "p1", [Upload("photo.jpg", b"a made-up photo")], KEEPER)
    ledger.commit(Note("b", "over"), [Entry(record="p2", end=True, valid_from=date(2020, 1, 1))])
    return ledger


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("verb", ["UPDATE {} SET change_no = change_no", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_written(both, table, verb):
    filled(both)
    with (pytest.raises(DBAPIError, match="append-only"),
          both.store.engine.begin() as connection):
        connection.execute(text(verb.format(table)))
    assert both.verify().holds


def test_sqlite_refuses_to_replace_a_row(ledger):
    filled(ledger)
    with (pytest.raises(DBAPIError, match="append-only"),
          ledger.store.engine.begin() as connection):
        connection.execute(text(
            "INSERT OR REPLACE INTO version SELECT * FROM version WHERE version_no = 2"))


def every_cell(db):
    for table in METADATA.sorted_tables:
        rows = [r[0] for r in db.execute(f"SELECT rowid FROM {table.name}")]  # noqa: S608 - ours
        numbered = len(table.primary_key) == 1 and table.name not in ("private", "content")
        yield from ((table.name, c.name, row, numbered and c.primary_key)
                    for row in rows for c in table.columns)


def spoil(value):
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return "x" if value == "" else chr(ord(value[0]) ^ 1) + value[1:]


def breaks(ledger, heads=None):
    """What is found beside the triggers that the test itself took away."""
    return [b for b in ledger.verify(heads).breaks if b.table != "tables"]


def disarm(db):
    """What somebody who owns the file can do."""
    db.execute("PRAGMA foreign_keys=OFF")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")


def test_one_changed_value_in_any_cell_of_any_table_is_found(ledger):
    assert filled(ledger).verify().holds
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    disarm(db)
    db.execute("PRAGMA synchronous=OFF")
    missed = []
    for table, column, row, is_row_number in every_cell(db):
        change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608 - ours
        value = db.execute(
            f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()[0]  # noqa: S608 - ours
        other = row + 10_000 if is_row_number else spoil(value)
        try:
            db.execute(change, (other, row))
        except sqlite3.IntegrityError:
            continue  # it would stand twice
        if not breaks(ledger):
            missed.append((table, column, row))
        db.execute(change, (value, other if is_row_number else row))
    db.close()
    assert not missed
    assert not breaks(ledger)
    assert not ledger.verify().holds  # the triggers are gone


def dump(path):
    try:
        with sqlite3.connect(path) as db:
            return [line for line in db.iterdump() if "alembic" not in line]
    except sqlite3.DatabaseError:
        return None


@pytest.mark.parametrize("part", ["verify_chain", "compare"])
def test_a_page_that_cannot_be_read_is_found_not_a_crash(ledger, monkeypatch, part):
    def unreadable(*_):
        said = "database disk image is malformed"
        raise sqlite3.DatabaseError(said)

    monkeypatch.setattr(f"tieline.ledger.verify.{part}", unreadable)
    found = ledger.verify()
    assert not found.holds
    assert "malformed" in str(found.breaks[0])


def test_letters_that_are_none_are_a_damaged_file(tmp_path):
    path = tmp_path / "a.sqlite"
    make_ledger(path).close()
    data = bytearray(path.read_bytes())
    data[data.index(b"CREATE TABLE version") + 30] = 0xac
    path.write_bytes(data)
    with pytest.raises(TielineError, match="damaged"), Ledger.open(path) as opened:
        opened.store.shape()


def test_one_changed_byte_anywhere_in_the_file_is_found_or_means_nothing(tmp_path):
    original = tmp_path / "original.sqlite"
    with make_ledger(original) as made:
        filled(made)
        made.store.forget_erased()
    data = original.read_bytes()
    before = dump(original)
    luck = random.Random(6)  # noqa: S311 - not for secrets
    for _ in range(150):
        at = luck.randrange(100, len(data))
        copy = tmp_path / "copy.sqlite"
        copy.write_bytes(data[:at] + bytes([data[at] ^ (1 << luck.randrange(8))]) + data[at + 1:])
        found = True
        try:
            with Ledger.open(copy) as opened:
                found = not opened.verify().holds
        except TielineError:
            pass  # a file that cannot be opened has been found out, and is said to be damaged
        assert found or dump(copy) == before, at
        for left in tmp_path.glob("copy.sqlite*"):
            left.unlink()


@pytest.mark.parametrize(("statement", "table", "number"), [
    ("UPDATE version SET body = replace(body, '15000000000', '95000000000') WHERE version_no = 5",
     "version", 5),
    ("UPDATE change SET reason = 'another' WHERE change_no = 3", "change", 3),
    ("DELETE FROM version WHERE version_no = 6", "version", 6),
    ("UPDATE record SET record_id = 'p9' WHERE record_id = 'p1'", "change", 2),
])
def test_a_break_is_named_where_it_is(ledger, statement, table, number):
    filled(ledger)
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    disarm(db)
    db.execute(statement)
    db.close()
    assert (table, number) in [(b.table, b.number) for b in breaks(ledger)][:2]


def test_a_chain_that_was_cut_off_is_found_by_a_head_kept_outside(ledger):
    filled(ledger)
    number, head, _ = ledger.head
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    disarm(db)
    for table in ("version", "change"):
        db.execute(f"DELETE FROM {table} WHERE change_no = {number}")  # noqa: S608 - ours
    db.close()
    ledger.rebuild()
    assert not breaks(ledger)  # nothing inside shows it
    assert [b.number for b in breaks(ledger, {number: head})] == [number]


def test_projections_that_were_altered_are_found_and_made_anew(both):
    filled(both)
    with both.store.write() as connection:
        connection.execute(text("UPDATE facet SET amount = amount + 1 WHERE amount > 0"))
        connection.execute(text("DELETE FROM monthly"))
    assert {b.table for b in both.verify().breaks} == {"facet", "monthly"}
    both.rebuild()
    assert both.verify().holds


def test_a_personal_value_can_be_erased_and_the_chain_holds(both):
    filled(both)
    assert both.view(as_of=date(2019, 7, 1)).record("p1").get("contact") == "值班室 0573"
    assert "0573" not in both.view().record("p1").body
    both.erase(Note("c", "asked to"), "p1", "contact")
    assert both.view(as_of=date(2019, 7, 1)).record("p1").get("contact") == "•••"
    assert both.view().record("p1").get("contact") is None
    assert both.verify().holds
    if both.store.is_sqlite:
        assert "值班室 0573".encode() not in Path(both.store.name).read_bytes()


def test_a_personal_value_that_vanished_without_a_change_is_found(both):
    filled(both)
    with both.store.write() as connection:
        connection.execute(text("DELETE FROM private"))
    assert [b.table for b in both.verify().breaks] == ["version"]


def test_the_migrated_tables_are_those_the_program_knows(both):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with both.store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, METADATA)
    assert not [d for d in found if "alembic" not in str(d)]


TAMPERED = {
    "a letter": "UPDATE version SET body = replace(body, 'construction', 'constructiom') "
                "WHERE version_no = 7",
    "behind the end of the text": "UPDATE version SET body = body || char(0) || 'x' "
                                  "WHERE version_no = 8",
    "the mark between texts": "UPDATE version SET body = body || char(30) || 'x' "
                              "WHERE version_no = 8",
    "two rows made one": "UPDATE version SET body = body || char(30) || 'x' WHERE version_no = 8; "
                         "DELETE FROM version WHERE version_no = 9",
    "a digest": "UPDATE version SET digest = zeroblob(32) WHERE version_no = 7",
    "the last row": "DELETE FROM version WHERE version_no = (SELECT max(version_no) FROM version)",
    "the first row": "DELETE FROM version WHERE version_no = 1",
    "a hole": "DELETE FROM version WHERE version_no BETWEEN 6 AND 14",
    "a row far away": "UPDATE version SET version_no = 1000000000000 WHERE version_no = 9",
    "a text made bytes": "UPDATE version SET op = CAST(op AS BLOB) WHERE version_no = 7",
    "a name made bytes": "UPDATE record SET record_id = CAST(record_id AS BLOB) "
                         "WHERE record_no = 5",
    "words made bytes": "UPDATE change SET reason = CAST(reason AS BLOB) WHERE change_no = 3",
    "a number made a fraction": "UPDATE version SET record_no = record_no + 0.5 "
                                "WHERE version_no = 7",
    "a body without a digest of its own": "UPDATE version SET body = '{}', digest = x'' "
                                          "WHERE version_no = 7",
    "a change": "DELETE FROM change WHERE change_no = 4",
    "the last change": "DELETE FROM change WHERE change_no = (SELECT max(change_no) FROM change)",
    "a row of another change": "UPDATE version SET change_no = change_no + 10 WHERE version_no = 7",
}


@pytest.mark.parametrize("together", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("what", TAMPERED)
def test_the_chain_is_read_in_pieces_of_any_size_and_every_break_is_found(
        ledger, monkeypatch, what, together):
    monkeypatch.setattr("tieline.ledger.chain.TOGETHER", together)
    monkeypatch.setattr("tieline.ledger.verify.STRETCH", 2 * together)
    filled(ledger)
    for k in range(3):
        ledger.commit(NOTE, [Entry(record="p1", values={"remark": str(k)}), project(f"n{k}")])
    whole = verify_chain(ledger.store)
    assert whole.holds
    assert whole.versions == ledger.store.read(text("SELECT count(*) FROM version"))[0][0]
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    disarm(db)
    db.executescript(TAMPERED[what])
    db.close()
    assert not verify_chain(ledger.store).holds


def test_sums_are_right_when_one_change_moves_the_last_segment_and_adds_one(ledger):
    ledger.commit(NOTE, [project(investment="1亿元", stage="preparation")])
    ledger.commit(NOTE, [
        Entry(record="p1", values={"investment": "2亿元"}, valid_from=date(2019, 1, 1)),
        Entry(record="p1", values={"investment": "1亿元"}, valid_from=date(2019, 5, 1))])
    ledger.commit(NOTE, [Entry(record="p1", end=True, valid_from=date(2019, 5, 20))])
    ledger.commit(NOTE, [Entry(record="p1", values={"stage": "suspended"},
                               valid_from=date(2019, 5, 20))])
    assert ledger.verify().holds
