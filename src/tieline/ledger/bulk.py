"""Writing many rows with one statement, straight to the driver where it takes rows as tuples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, text

from tieline.ledger.tables import METADATA, MONTHLY_KEY

if TYPE_CHECKING:
    from sqlalchemy import Connection

LATEST = ("record_no", "kind", "owner", "parent", "version_no", "change_no")
MONTHLY = (*MONTHLY_KEY, "records", "amount", "bounded")
UPSERTS = {
    "latest": text(
        f"INSERT INTO latest ({', '.join(LATEST)}) VALUES ({', '.join(':' + n for n in LATEST)}) "  # noqa: S608 - our own columns
        "ON CONFLICT (record_no) DO UPDATE SET owner = excluded.owner, parent = excluded.parent, "
        "version_no = excluded.version_no, change_no = excluded.change_no"
    ),
    "monthly": text(
        f"INSERT INTO monthly ({', '.join(MONTHLY)}) "  # noqa: S608 - our own columns
        f"VALUES ({', '.join(':' + n for n in MONTHLY)}) "
        f"ON CONFLICT ({', '.join(MONTHLY_KEY)}) DO UPDATE SET "
        "records = monthly.records + excluded.records, "
        "amount = monthly.amount + excluded.amount, bounded = monthly.bounded + excluded.bounded"
    ),
}
"""Statements that add to a row that is there already."""


def insert(
    connection: Connection, table: str, rows: Sequence[tuple[Any, ...]], *, upsert: bool = False
) -> None:
    """Insert rows, their values in the order of the table's columns."""
    if not rows:
        return
    if connection.dialect.positional:
        sql = _sql(connection.dialect, table, upsert=upsert)
        connection.exec_driver_sql(sql, list(rows))
        return
    names = [c.name for c in METADATA.tables[table].columns]
    statement = UPSERTS[table] if upsert else METADATA.tables[table].insert()
    connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _sql(dialect: Dialect, table: str, *, upsert: bool) -> str:
    statement = UPSERTS[table] if upsert else METADATA.tables[table].insert()
    return str(statement.compile(dialect=dialect))
