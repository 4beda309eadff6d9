"""Whether projects.csv is what the region's ledger says now.

A table that a ledger wrote names the change it was written at. The ledger stands above the region
and is not imported: its file is asked two plain questions, without writing to it.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.region.issues import Issues

TABLE, LEDGER = "projects.csv", "ledger.sqlite"
MARK = re.compile(r"\ufeff?# ledger change (\d+):([0-9a-f]{64})(?: list (\S+))?\s*")
LONGEST_MARK = 300

_HASH = "SELECT hash FROM change WHERE change_no = ?"
_SINCE = (
    "SELECT count(DISTINCT v.change_no) FROM version v JOIN record r ON r.record_no = v.record_no "
    "WHERE r.kind = 'project' AND v.change_no > ? "
    "AND json_extract(v.body, '$.network_project') IS NOT NULL"
)
_PLACES = (
    "SELECT json_extract(v.body, '$.member') AS member, v.change_no FROM version v "
    "JOIN record r ON r.record_no = v.record_no WHERE r.kind = 'membership' "
    "AND json_extract(v.body, '$.list') = :list"
)
_SINCE_OF_LIST = (
    f"WITH place AS ({_PLACES}) SELECT count(*) FROM ("  # noqa: S608 - our own text
    "SELECT change_no FROM place WHERE change_no > :after UNION SELECT v.change_no FROM version v "
    "JOIN record r ON r.record_no = v.record_no WHERE r.kind = 'project' AND v.change_no > :after "
    "AND r.record_id IN (SELECT member FROM place))"
)
"""Changes of what is on the list, and of who is on it."""


def note_stale_projects(folder: Path, issues: Issues) -> None:
    """Note a projects.csv that the ledger beside it has left behind, or did not write."""
    written = _mark(folder / TABLE)
    ledger = folder / LEDGER
    if written is None or not ledger.is_file():
        return
    number, hashed, of_list = written
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute(_HASH, (number,)).fetchone()
            newer = _changes_since(db, number, of_list)
    except sqlite3.Error:
        issues.note(TABLE, f"cannot be held against {LEDGER}, which cannot be read")
        return
    if found is None or found[0] != hashed:
        issues.note(TABLE, f"was written by another ledger than {LEDGER}; "
                           "`tieline ledger export` writes it anew")
    elif newer:
        issues.note(TABLE, f"is out of date: written at change {number}, its projects were changed "
                           f"{newer} times since; `tieline ledger export` writes it anew")


def _changes_since(db: sqlite3.Connection, number: int, of_list: str) -> int:
    asked = (db.execute(_SINCE_OF_LIST, {"list": of_list, "after": number}) if of_list
             else db.execute(_SINCE, (number,)))
    return int(asked.fetchone()[0])


def _mark(table: Path) -> tuple[int, str, str] | None:
    """The change a table was written at, its hash, and of which list; None if it names none."""
    try:
        with table.open("rb") as file:
            first = file.readline(LONGEST_MARK).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    match = MARK.fullmatch(first)
    return (int(match[1]), match[2], match[3] or "") if match else None
