"""The tables of the database: three that are evidence and never change, three made from them.

Evidence: `change` (who, when, why, and the chain), `record` (a name once given), `version` (what
a record was from a day on, as a change put it). Beside them `private`, personal values that may
be erased but not altered, and `content`, files kept as evidence, of which the same holds.

Made from the evidence in the same transaction, and rebuildable: `latest` (where each record
stands), `facet` (what versions are listed by and summed), `monthly` (changes of the sums).

Days and instants are texts whose order as text is their order in time, so that the file can be
read by anybody with plain SQL in fifty years.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
})

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite's own row number must be called INTEGER."""
ORDERED = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared byte by byte on every database."""


def _column(name: str, kind: Any, *args: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *args, nullable=options.pop("nullable", False), **options)


def _later(target: str) -> ForeignKey:
    """A reference that is checked at commit: the change is written after what it wrote."""
    return ForeignKey(target, deferrable=True, initially="DEFERRED")


change = Table(
    "change", METADATA,
    _column("change_no", NUMBER, primary_key=True, autoincrement=False),
    _column("at", ORDERED),
    _column("actor", Text),
    _column("on_behalf_of", Text),
    _column("reason", Text),
    _column("source", Text),
    _column("previous", Text),
    _column("hash", Text),
    UniqueConstraint("at"),
    UniqueConstraint("hash"),
)

record = Table(
    "record", METADATA,
    _column("record_no", NUMBER, primary_key=True, autoincrement=False),
    _column("record_id", ORDERED),
    _column("kind", Text),
    _column("change_no", NUMBER, _later("change.change_no")),
    UniqueConstraint("record_id"),
    Index(None, "change_no"),  # or each change would look through all records for its own
)

version = Table(
    "version", METADATA,
    _column("version_no", NUMBER, primary_key=True, autoincrement=False),
    _column("record_no", NUMBER, _later("record.record_no")),
    _column("change_no", NUMBER, _later("change.change_no")),
    _column("op", Text),  # "set" by the change itself, "carry" into a later segment
    _column("ended", SmallInteger),
    _column("valid_from", ORDERED),
    _column("fields", Text),  # names set or carried, space between
    _column("body", Text),
    _column("digest", LargeBinary),
    UniqueConstraint("record_no", "valid_from", "change_no"),
    Index(None, "change_no"),
)

private = Table(
    "private", METADATA,
    _column("digest", Text, primary_key=True),
    _column("salt", Text),
    _column("value", Text),
)

content = Table(
    "content", METADATA,
    _column("digest", Text, primary_key=True),
    _column("data", LargeBinary),
)

latest = Table(
    "latest", METADATA,
    _column("record_no", NUMBER, primary_key=True, autoincrement=False),
    _column("kind", Text),
    _column("owner", Text),
    _column("parent", Text),
    _column("version_no", NUMBER),
    _column("change_no", NUMBER),
    Index(None, "kind"),
    Index(None, "parent"),
)

FACET_COLUMNS = ("kind", "owner", "parent", "category", "stage", "signal", "currency")

facet = Table(
    "facet", METADATA,
    _column("version_no", NUMBER, primary_key=True, autoincrement=False),
    *(_column(name, Text) for name in FACET_COLUMNS),
    _column("amount", NUMBER),
    _column("relation", Text),
)

MONTHLY_KEY = ("month", "holder", "kind", "owner", "category", "stage", "signal", "currency")

monthly = Table(
    "monthly", METADATA,
    *(_column(name, ORDERED, primary_key=True) for name in MONTHLY_KEY),
    _column("records", NUMBER),
    _column("amount", NUMBER),
    _column("bounded", NUMBER),
)

EVIDENCE = (change, record, version)
MADE = (latest, facet, monthly)


_NO_REPLACE = (
    "CREATE TRIGGER TABLE_no_replace BEFORE INSERT ON TABLE "
    "WHEN EXISTS (SELECT 1 FROM TABLE WHERE TABLE_no = NEW.TABLE_no) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: REPLACE on TABLE'); END"
)


def triggers(dialect: str) -> list[str]:
    """The statements after which the database itself refuses to change what was written."""
    names = [t.name for t in EVIDENCE]
    if dialect == "sqlite":
        rules = [(n, verb) for n in names for verb in ("UPDATE", "DELETE")]
        rules.append(("private", "UPDATE"))
        # INSERT OR REPLACE deletes without firing a trigger: a row that is there is refused
        return [
            f"CREATE TRIGGER {n}_no_{verb.lower()} BEFORE {verb} ON {n} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {verb} on {n}'); END"
            for n, verb in rules
        ] + [_NO_REPLACE.replace("TABLE", n) for n in names]
    refuse = (
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger is append-only: % on %', TG_OP, TG_TABLE_NAME; END $$"
    )
    return [refuse] + [
        f"CREATE TRIGGER {n}_append_only BEFORE {verbs} ON {n} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for n, verbs in [*((n, "UPDATE OR DELETE OR TRUNCATE") for n in names),
                         ("private", "UPDATE OR TRUNCATE")]
    ]


def content_triggers(dialect: str) -> list[str]:
    """The same for contents, which may be erased; the function is the one of `triggers`."""
    if dialect == "sqlite":
        return ["CREATE TRIGGER content_no_update BEFORE UPDATE ON content "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: UPDATE on content'); END"]
    return ["CREATE TRIGGER content_append_only BEFORE UPDATE OR TRUNCATE ON content "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"]
