"""Rows in and out within a change, straight to the driver where it takes rows as tuples.

A change of one field is a handful of statements; what SQLAlchemy does around each of them would
take longer than the database does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Select, text

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
        cursor = connection.connection.cursor()
        cursor.executemany(_sql(connection.dialect, table, upsert=upsert), rows)
        cursor.close()
        return
    names = [c.name for c in METADATA.tables[table].columns]
    statement = UPSERTS[table] if upsert else METADATA.tables[table].insert()
    connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _sql(dialect: Dialect, table: str, *, upsert: bool) -> str:
    statement = UPSERTS[table] if upsert else METADATA.tables[table].insert()
    return str(statement.compile(dialect=dialect))


def fetch(connection: Connection, statement: Select[Any], given: dict[str, Any]) -> Sequence[Any]:
    """Every row of a statement whose parameters are single values."""
    if not connection.dialect.positional:
        return connection.execute(statement, given).all()
    sql, names, fixed = _select(connection.dialect, statement)
    cursor = connection.connection.cursor()
    cursor.execute(sql, [given[n] if n in given else fixed[n] for n in names])
    rows: Sequence[Any] = cursor.fetchall()
    cursor.close()
    return rows


@cache
def _select(
    dialect: Dialect, statement: Select[Any]
) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    made = statement.compile(dialect=dialect)
    return str(made), tuple(made.positiontup or ()), dict(made.params)
