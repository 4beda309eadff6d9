"""On a server the program needs few rights: to read and insert, where the past is kept."""

from pathlib import Path

import pytest
from small_ledger import NOTE, make_ledger, project
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tieline.ledger import Entry, Ledger
from tieline.ledger.files import Upload, attach, erase_content, fetch
from tieline.ledger.ledger import KEEPER

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ledger.md"
GRANTS = [line for line in PAGE.read_text(encoding="utf-8").splitlines()
          if line.startswith("GRANT ")]


@pytest.fixture
def clerk(postgres_place):
    """The ledger opened by a user of the server who owns nothing."""
    make_ledger(postgres_place).close()
    engine = create_engine(postgres_place, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(
            "DO $$ BEGIN CREATE ROLE clerk LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; "
            "END $$"))
        for grant in GRANTS:
            connection.execute(text(grant))
    engine.dispose()
    with Ledger.open(postgres_place.set(username="clerk")) as opened:
        yield opened


def test_the_program_works_as_a_user_who_may_only_read_and_insert(clerk):
    clerk.commit(NOTE, [project(investment="1亿元", contact="值班室 0573")])
    clerk.commit(NOTE, [Entry(record="p1", values={"stage": "construction"})])
    name = attach(clerk, NOTE, "p1", [Upload("a.jpg", b"made up")], KEEPER).ids[0]
    assert fetch(clerk, name, KEEPER).data == b"made up"
    clerk.erase(NOTE, "p1", "contact")
    erase_content(clerk, NOTE, name, KEEPER)
    clerk.rebuild()
    assert clerk.verify().holds
    assert clerk.view().record("p1").get("stage") == "construction"


@pytest.mark.parametrize("statement", [
    "UPDATE version SET body = body", "DELETE FROM change", "TRUNCATE record CASCADE",
    "ALTER TABLE change DISABLE TRIGGER ALL", "DROP TRIGGER version_append_only ON version",
    "UPDATE private SET value = value", "UPDATE content SET data = data",
    "DROP FUNCTION ledger_refuse() CASCADE", "SET session_replication_role = replica",
])
def test_such_a_user_can_neither_alter_the_past_nor_disarm_its_guards(clerk, statement):
    clerk.commit(NOTE, [project()])
    with pytest.raises(DBAPIError), clerk.store.engine.begin() as connection:
        connection.execute(text(statement))
    assert clerk.verify().holds
