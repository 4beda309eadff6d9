"""Files of evidence: what was put in comes out, or somebody is told why it does not."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from small_ledger import COUNTIES, NOTE, project
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieline.errors import InputError, LedgerError, RightsError, StorageError
from tieline.ledger import Entry, Ledger, Note, Principal
from tieline.ledger.begin import begin
from tieline.ledger.files import LARGEST, MOST, Upload, attach, erase_content, fetch, read_uploads
from tieline.ledger.ledger import KEEPER
from tieline.ledger.work.calendar import Calendar
from tieline.ledger.work.desk import Deed, Desk

PHOTO = Upload("现场.jpg", bytes(range(256)) * 9)
STRANGER = Principal("stranger", ("qingpu",))


def with_photo(ledger):
    ledger.commit(NOTE, [project()])
    return attach(ledger, NOTE, "p1", [PHOTO, Upload("n.txt", b"x")], KEEPER).ids[0]


def test_what_was_put_in_comes_out_and_verifies(both):
    name = with_photo(both)
    assert fetch(both, name, KEEPER) == PHOTO
    found = both.view().record(name)
    assert (found.owner, found.get("parent"), found.get("bytes")) == ("jiashan", "p1", 2304)
    assert both.verify().holds


def test_the_same_content_is_kept_once(both):
    with_photo(both)
    attach(both, NOTE, "p1", [Upload("again.jpg", PHOTO.data)], KEEPER)
    assert both.store.read(text("SELECT count(*) FROM content"))[0][0] == 2


def test_rights_of_files_are_those_of_records(both):
    name = with_photo(both)
    with pytest.raises(LedgerError, match="may read"):
        fetch(both, name, STRANGER)
    with pytest.raises(RightsError):
        attach(both, NOTE, "p1", [PHOTO], STRANGER)
    with pytest.raises(RightsError):
        erase_content(both, NOTE, name, Principal("editor", ("jiashan",), ("editor",)))
    both.commit(NOTE, [Entry("share_rule", None, {
        "owner": "jiashan", "grantee": "qingpu", "kinds": ["file"], "fields": ["*"],
        "actions": ["read"], "purpose": "joint work"})])
    assert fetch(both, name, STRANGER) == PHOTO


def test_content_can_be_erased_by_a_change_and_the_chain_holds(both):
    name = with_photo(both)
    other = attach(both, NOTE, "p1", [Upload("copy.jpg", PHOTO.data)], KEEPER).ids[0]
    erase_content(both, Note("steward", "shows people"), name,
                  Principal("steward", ("jiashan",), ("steward",)))
    for erased in (name, other):
        with pytest.raises(LedgerError, match="erased"):
            fetch(both, erased, KEEPER)
    assert both.verify().holds
    assert both.history(name)[-1].reason == "shows people"
    if both.store.is_sqlite:
        assert PHOTO.data[:256] not in Path(both.store.name).read_bytes()


@pytest.mark.parametrize(("statement", "table"), [
    ("DELETE FROM content", "version"),
    ("UPDATE content SET data = x'00'", "content"),
    ("UPDATE content SET digest = '" + "0" * 64 + "' WHERE digest LIKE '2%'", "content"),
])
def test_content_that_was_altered_or_is_gone_is_found(ledger, statement, table):
    name = with_photo(ledger)
    db = sqlite3.connect(ledger.store.name, isolation_level=None)
    db.execute("DROP TRIGGER content_no_update")
    db.execute(statement)
    db.close()
    assert table in {b.table for b in ledger.verify().breaks if b.table != "tables"}
    if "LIKE" not in statement:
        with pytest.raises(LedgerError, match="gone or was altered"):
            fetch(ledger, name, KEEPER)


def test_the_database_refuses_to_alter_content(both):
    with_photo(both)
    with (pytest.raises(DBAPIError, match="append-only"),
          both.store.engine.begin() as connection):
        connection.execute(text("UPDATE content SET digest = digest"))


def test_a_refused_change_keeps_no_content(both):
    with pytest.raises(InputError):
        attach(both, NOTE, "no-such-record", [PHOTO], KEEPER)
    assert both.store.read(text("SELECT count(*) FROM content"))[0][0] == 0


def test_files_that_are_missing_empty_too_large_or_too_many_are_named_together(tmp_path):
    (tmp_path / "empty").touch()
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    (tmp_path / "good").write_bytes(b"x")
    wrong = [tmp_path / "none", tmp_path / "empty", tmp_path / "large", tmp_path]
    with pytest.raises(InputError) as caught:
        read_uploads([*wrong, *[tmp_path / "good"] * MOST])
    assert len(caught.value.problems) == 5
    assert [u.name for u in read_uploads([tmp_path / "good"])] == ["good"]


def test_the_evidence_of_a_case_is_seen_by_who_verifies_it(both):
    def desk(county):
        return Desk(both, Principal(county, (county,), ("editor", "river_office")),
                    calendar=Calendar(), now=datetime(2020, 6, 1, 1, tzinfo=UTC))

    for a in COUNTIES:
        both.commit(NOTE, [Entry("share_rule", None, {
            "owner": a, "grantee": b, "kinds": ["case", "case_step", "file"], "fields": ["*"],
            "actions": ["read", "write"], "purpose": "joint"}, date(2020, 1, 1))
            for b in COUNTIES if b != a])
    desk("wujiang").open("water_case", "wujiang", "jiashan", Deed(
        "seen", files=(PHOTO,), values={"name_zh": "水葫芦(虚构)"}), "w1")
    desk("jiashan").act("w1", "accept", Deed("ours"))
    desk("jiashan").act("w1", "do", Deed("begun"))
    with pytest.raises(InputError, match="evidence"):
        desk("jiashan").act("w1", "evidence", Deed("done"))
    after = Upload("after.jpg", b"clean water")
    desk("jiashan").act("w1", "evidence", Deed("done", files=(after,)))
    river = Principal("river", ("wujiang",), ("editor", "river_office"))
    kept = {s.get("name"): s for s in both.view(river).records("file", parent="w1")}
    assert fetch(both, kept["after.jpg"].id, river) == after
    (given,) = [s for s in desk("wujiang").steps("w1") if s.get("action") == "evidence"]
    assert given.get("evidence") == [str(after)]


@pytest.mark.parametrize("tampered", [False, True])
def test_an_older_ledger_is_brought_up_to_date_and_what_was_done_to_it_stays_visible(
        tmp_path, monkeypatch, tampered):
    path = tmp_path / "ledger.sqlite"
    (tmp_path / "region.toml").write_text(REGION, encoding="utf-8")
    with monkeypatch.context() as first_age:
        first_age.setattr("tieline.ledger.store.REVISION", "0001")
        with begin(tmp_path, path, "the test") as made:
            made.commit(NOTE, [project(owner="a")])
    with pytest.raises(StorageError, match="of age 0001"):
        Ledger.open(path)
    if tampered:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("DROP TRIGGER version_no_update")
        db.close()
    with begin(tmp_path, path, "the test") as again:
        attach(again, NOTE, "p1", [PHOTO], KEEPER)
        assert [b.table for b in again.verify().breaks] == ["tables"] * tampered


REGION = """
name = "T"
name_zh = "测"
networks = ["power"]

[[jurisdiction]]
id = "a"
name = "A"
name_zh = "甲"
"""
