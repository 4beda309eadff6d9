"""Values kept in one SQLite file (write-ahead log), so that a stopped run resumes.

A key names the data, the version of what computes, and the case; only the process that opened the
store writes it, one commit for each chunk. A failure is kept too, and shown; `retry` forgets them.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.running.chunks import Failure
from tieline.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

ASKED_AT_ONCE = 500
"""Keys in one query, below SQLite's limit of 999."""


def wrong_place(path: Path) -> str:
    """Why no file of kept values can stand there; empty if one can."""
    if path.is_dir():
        return f"'{path}' is a folder: expected a file to keep values in"
    if not path.parent.is_dir():
        return f"there is no folder '{path.parent}' to keep values in: make it first"
    return ""


class Store:
    """Values by key in one file, made where there is none; use as a context manager.

    A value is a number or an array of float64. CaseError if the file is no store.
    """

    def __init__(self, path: Path | str, *, retry: bool = False) -> None:
        self.path = Path(path)
        wrong = wrong_place(self.path)
        if wrong:
            raise CaseError(wrong)
        try:
            self._db = sqlite3.connect(self.path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS value (key TEXT PRIMARY KEY, value BLOB, shape TEXT,"
                " kind TEXT, text TEXT) WITHOUT ROWID"
            )
            if retry:
                self.forget_failures()
        except sqlite3.Error as error:
            msg = f"{self.path}: expected a store of values, found '{error}'"
            raise CaseError(msg) from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM value").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, key: str) -> Any:
        """The value or Failure kept under the key, or None."""
        row = self._db.execute(
            "SELECT value, shape, kind, text FROM value WHERE key=?", (key,)
        ).fetchone()
        return None if row is None else _value(*row)

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Key -> value or Failure, of those that are kept."""
        found: dict[str, Any] = {}
        for k in range(0, len(keys), ASKED_AT_ONCE):
            some = keys[k : k + ASKED_AT_ONCE]
            query = "SELECT key, value, shape, kind, text FROM value WHERE key IN (?"
            query += ",?" * (len(some) - 1) + ")"
            found.update((key, _value(*row)) for key, *row in self._db.execute(query, some))
        return found

    def put(self, items: Iterable[tuple[str, Any]]) -> None:
        """Keep values and failures: all of them or, if interrupted, none."""
        rows = [(key, *_row(value)) for key, value in items]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO value VALUES (?,?,?,?,?)", rows)

    def forget_failures(self) -> int:
        """Drop what failed, so that the next run tries it again; how many there were."""
        with self._db:
            return self._db.execute("DELETE FROM value WHERE value IS NULL").rowcount


def _row(value: Any) -> tuple[bytes | None, str | None, str | None, str | None]:
    if isinstance(value, Failure):
        return None, None, value.kind, value.text
    array = np.asarray(value, "<f8")
    return array.tobytes(), ",".join(map(str, array.shape)), None, None


def _value(raw: bytes | None, shape: str | None, kind: str | None, text: str | None) -> Any:
    if raw is None:
        return Failure(str(kind), str(text))
    array = np.frombuffer(raw, "<f8").astype(np.float64)
    if not shape:
        return float(array[0])
    return array.reshape([int(x) for x in shape.split(",")])
