"""Erasing a personal value for good, with the change that says so; the chain holds without it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete

from tieline.errors import InputError
from tieline.ledger import queries
from tieline.ledger.append import Entry, Note, Receipt, Writer
from tieline.ledger.digest import PRIVATE
from tieline.ledger.tables import private

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal


def erase(
    ledger: Ledger, note: Note, record_id: str, field: str, who: Principal
) -> Receipt:
    """Take the field's value out of every version, and the field away from today on.

    Raises
    ------
    InputError
        If the record has no such personal field.
    RightsError
        If `who` may not erase.
    """
    guard = ledger.guard(who)
    head = ledger.head[0]
    rows = ledger.store.read(queries.VERSIONS, {"id": record_id, "known": head})
    known = ledger.catalogue[rows[0].kind].fields.get(field) if rows else None
    if known is None or not known.personal:
        message = f"record {record_id}, field '{field}': expected a personal field, found none"
        raise InputError([message])
    guard.require("erase", rows[0].kind, rows[0].owner, [field])
    values = [json.loads(r.body).get(field, "") for r in rows]
    digests = sorted({v[len(PRIVATE):] for v in values if v.startswith(PRIVATE)})
    with ledger.store.write() as connection:
        writer = Writer(connection, ledger.catalogue, ledger.time_zone, guard)
        receipt = writer.write(note, [Entry(record=record_id, values={field: None})])
        connection.execute(delete(private).where(private.c.digest.in_(digests)))
    ledger.store.forget_erased()
    return receipt
