"""Files kept in the ledger as evidence: put in with a change, found by the digest of their content.

A record of kind `file` says the name, the size and the digest, and stands in the chain as any
other; the content lies beside it in the same database, so that one backup has all and a server
serves all. Content may be erased - a photo shows people - by a change that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from tieline.errors import InputError, LedgerError
from tieline.ledger.append import Entry, Note, Receipt, Writer
from tieline.ledger.chain import Break
from tieline.ledger.tables import content, latest, record, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.store import Store

LARGEST = 20 * 2**20
"""Bytes of one file: a photo or a report; videos belong elsewhere, with their digest here."""
MOST = 20
"""Files that one change brings."""


@dataclass(frozen=True)
class Upload:
    """A file to be kept: its name without any folder, its content."""

    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits."""
        return sha256(self.data).hexdigest()

    def __str__(self) -> str:
        return f"sha256:{self.digest} {self.name}"


def read_uploads(paths: Sequence[Path]) -> list[Upload]:
    """The files at these paths.

    Raises
    ------
    InputError
        With every file that is not there, empty, or too large.
    """
    problems, found = [], []
    if len(paths) > MOST:
        problems.append(f"{len(paths)} files: expected at most {MOST} at once")
    for path in paths:
        if not path.is_file():
            problems.append(f"{path}: expected a file, found none")
        elif not 0 < (size := path.stat().st_size) <= LARGEST:
            problems.append(f"{path}: expected 1 to {LARGEST} bytes, found {size}")
        elif not problems:
            found.append(Upload(path.name, path.read_bytes()))
    if problems:
        raise InputError(problems)
    return found


def entries(uploads: Iterable[Upload], parent: str, day: date | None = None) -> list[Entry]:
    """What the ledger says of files that belong to a record, whose owner owns them."""
    return [Entry("file", None, {"parent": parent, "name": u.name, "digest": u.digest,
                                 "bytes": len(u.data)}, day) for u in uploads]


def keep(connection: Connection, uploads: Iterable[Upload]) -> None:
    """Put contents into the transaction that writes their records; each is kept once."""
    for upload in uploads:
        if not 0 < len(upload.data) <= LARGEST:
            message = f"{upload.name}: expected 1 to {LARGEST} bytes, found {len(upload.data)}"
            raise InputError([message])
        there = connection.execute(_THERE, {"digest": upload.digest}).first()
        if there is None:
            connection.execute(insert(content), {"digest": upload.digest, "data": upload.data})


def attach(
    ledger: Ledger, note: Note, record_id: str, uploads: Sequence[Upload], who: Principal
) -> Receipt:
    """Keep files as evidence of a record."""
    return ledger.commit(note, entries(uploads, record_id), who=who, uploads=uploads)


def fetch(ledger: Ledger, file_id: str, who: Principal) -> Upload:
    """A file, as it was put in.

    Raises
    ------
    LedgerError
        If it is not there for who asks, was erased, or is not what was put in.
    """
    found = ledger.view(who).record(file_id)
    if found is None or found.kind != "file" or not found.get("digest"):
        message = f"no file '{file_id}' that {who.name} may read"
        raise LedgerError(message)
    if found.get("erased"):
        message = f"file {file_id}: its content was erased"
        raise LedgerError(message)
    rows = ledger.store.read(_DATA, {"digest": found.get("digest")})
    made = Upload(str(found.get("name") or file_id), bytes(rows[0][0]) if rows else b"")
    if made.digest != found.get("digest"):
        message = f"file {file_id}: its content is gone or was altered; see `tieline ledger verify`"
        raise LedgerError(message)
    return made


def erase_content(ledger: Ledger, note: Note, file_id: str, who: Principal) -> Receipt:
    """Erase a file's content for good, wherever else it is kept; the digest stays.

    Raises
    ------
    InputError
        If there is no such file.
    RightsError
        If `who` may not erase it, or one of the other files with the same content.
    """
    guard = ledger.guard(who)
    found = ledger.view().record(file_id)
    if found is None or found.kind != "file":
        message = f"record {file_id}, field 'content': expected a file, found none"
        raise InputError([message])
    same = [s for s in ledger.view().records("file") if s.get("digest") == found.get("digest")]
    for s in same:
        guard.require("erase", "file", s.owner, ["digest"])
    with ledger.store.write() as connection:
        writer = Writer(connection, ledger.catalogue, ledger.time_zone, guard)
        receipt = writer.write(note, [Entry(record=s.id, values={"erased": True}) for s in same])
        connection.execute(delete(content).where(content.c.digest == found.get("digest")))
    ledger.store.forget_erased()
    return receipt


def check_contents(store: Store) -> list[Break]:
    """Contents against their digests; one that is gone must have been erased by a change."""
    breaks, there = [], set()
    for i, row in enumerate(store.stream(_ALL, at_once=1), 1):
        there.add(row.digest)
        if sha256(row.data).hexdigest() != row.digest:
            breaks.append(Break("content", i, "was altered", "被改动"))
    for row in store.stream(_FILES):
        body = json.loads(row.body)
        if not (row.ended or body.get("erased") or body.get("digest") in there):
            breaks.append(Break("version", row.version_no, f"the content of file {row.record_id} "
                                "is gone, and no change erased it",
                                f"附件 {row.record_id} 的内容缺失,且无删除记录"))
    return breaks


_THERE = select(content.c.digest).where(content.c.digest == bindparam("digest"))
_DATA = select(content.c.data).where(content.c.digest == bindparam("digest"))
_ALL = select(content).order_by(content.c.digest)
_FILES = (
    select(record.c.record_id, version.c.version_no, version.c.ended, version.c.body)
    .select_from(latest.join(version, version.c.version_no == latest.c.version_no)
                 .join(record, record.c.record_no == latest.c.record_no))
    .where(latest.c.kind == "file").order_by(version.c.version_no)
)

