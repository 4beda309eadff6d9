"""The ledger as it began."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tieline.ledger.tables import triggers

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _column(name: str, kind: Any, *args: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *args, nullable=False)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False, nullable=False)


def _later(table: str, target: str) -> sa.ForeignKey:
    column = target.partition(".")[2]
    return sa.ForeignKey(target, name=f"fk_{table}_{column}", deferrable=True,
                         initially="DEFERRED")


def upgrade() -> None:
    """Make the tables and the triggers that guard them."""
    op.create_table(
        "change", _key("change_no"), _column("at", ORDERED),
        *(_column(n, sa.Text()) for n in (
            "actor", "on_behalf_of", "reason", "source", "previous", "hash")),
        sa.UniqueConstraint("at", name="uq_change_at"),
        sa.UniqueConstraint("hash", name="uq_change_hash"),
    )
    op.create_table(
        "record", _key("record_no"), _column("record_id", ORDERED), _column("kind", sa.Text()),
        _column("change_no", NUMBER, _later("record", "change.change_no")),
        sa.UniqueConstraint("record_id", name="uq_record_record_id"),
    )
    op.create_table(
        "version", _key("version_no"),
        _column("record_no", NUMBER, _later("version", "record.record_no")),
        _column("change_no", NUMBER, _later("version", "change.change_no")),
        _column("op", sa.Text()), _column("ended", sa.SmallInteger()),
        _column("valid_from", ORDERED), _column("fields", sa.Text()), _column("body", sa.Text()),
        _column("digest", sa.LargeBinary()),
        sa.UniqueConstraint("record_no", "valid_from", "change_no",
                            name="uq_version_record_no_valid_from_change_no"),
    )
    op.create_index("ix_version_change_no", "version", ["change_no"])
    op.create_table(
        "private", sa.Column("digest", sa.Text(), primary_key=True, nullable=False),
        _column("salt", sa.Text()), _column("value", sa.Text()),
    )
    _make_projections()
    for statement in triggers(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _make_projections() -> None:
    op.create_table(
        "latest", _key("record_no"),
        *(_column(n, sa.Text()) for n in ("kind", "owner", "parent")),
        _column("version_no", NUMBER), _column("change_no", NUMBER),
    )
    op.create_index("ix_latest_kind", "latest", ["kind"])
    op.create_index("ix_latest_parent", "latest", ["parent"])
    op.create_table(
        "facet", _key("version_no"),
        *(_column(n, sa.Text()) for n in (
            "kind", "owner", "parent", "category", "stage", "signal", "currency")),
        _column("amount", NUMBER), _column("relation", sa.Text()),
    )
    op.create_table(
        "monthly",
        *(sa.Column(n, ORDERED, primary_key=True, nullable=False) for n in (
            "month", "holder", "kind", "owner", "category", "stage", "signal", "currency")),
        *(_column(n, NUMBER) for n in ("records", "amount", "bounded")),
    )
