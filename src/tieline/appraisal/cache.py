"""Outcomes kept on disk, so that an interrupted appraisal resumes where it stopped.

A key is the content of the network, the engine with its version, and the case; a cached outcome is
the same to the bit; a case that failed keeps what it raised. Details are never kept. Only the
process that owns the cache writes it.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tieline.appraisal.running.chunks import Failure
from tieline.appraisal.running.store import wrong_place
from tieline.errors import InputError
from tieline.region.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from tieline.region.model import FloatArray


class Cache(Protocol):
    """Where outcomes are kept between runs."""

    def get(self, key: str) -> Outcome | Failure | None:
        """The outcome or Failure kept under the key, or None."""
        ...

    def put(self, items: Iterable[tuple[str, Outcome | Failure]]) -> None:
        """Keep outcomes and failures; all of them or, if interrupted, none."""
        ...


class DiskCache:
    """A cache in one SQLite file, made where there is none; use as a context manager.

    With `retry` what failed before is forgotten and tried again. InputError if there is a file that
    is none of these.
    """

    def __init__(self, path: Path, *, retry: bool = False) -> None:
        wrong = wrong_place(path)
        if wrong:
            raise InputError([wrong])
        try:
            self._db = sqlite3.connect(path)
        except sqlite3.OperationalError as error:
            raise InputError([f"{path}: expected a file that can be opened to keep results"]) \
                from error
        try:
            self._begin(retry=retry)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise InputError([f"{path}: expected a file of kept results or none yet; "
                              "found another file or one that cannot be written"]) from error

    def _begin(self, *, retry: bool) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS outcome (key TEXT PRIMARY KEY, n INTEGER NOT NULL,"
            " value BLOB NOT NULL, gap BLOB NOT NULL, parts TEXT NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS failure (key TEXT PRIMARY KEY, kind TEXT NOT NULL,"
            " text TEXT NOT NULL)"
        )
        if retry:
            with self._db:
                self._db.execute("DELETE FROM failure")

    def __enter__(self) -> DiskCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, key: str) -> Outcome | Failure | None:
        """The outcome or Failure kept under the key, or None."""
        row = self._db.execute(
            "SELECT n, value, gap, parts FROM outcome WHERE key=?", (key,)
        ).fetchone()
        if row is None:
            failure = self._db.execute(
                "SELECT kind, text FROM failure WHERE key=?", (key,)).fetchone()
            return None if failure is None else Failure(*failure)
        n, value, gap, parts = row
        return Outcome(
            _array(value, n), _array(gap, n),
            gap_parts={k: np.array(v, dtype=np.float64) for k, v in json.loads(parts).items()},
        )

    def put(self, items: Iterable[tuple[str, Outcome | Failure]]) -> None:
        """Keep outcomes and failures; all of them or, if interrupted, none."""
        kept = list(items)
        rows = [
            (key, len(o.values), _bytes(o.values), _bytes(o.gap),
             json.dumps({k: v.tolist() for k, v in o.gap_parts.items()}))
            for key, o in kept if not isinstance(o, Failure)
        ]
        failed = [(key, f.kind, f.text) for key, f in kept if isinstance(f, Failure)]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO failure VALUES (?,?,?)", failed)
            self._db.executemany("INSERT OR REPLACE INTO outcome VALUES (?,?,?,?,?)", rows)


def _bytes(array: FloatArray) -> bytes:
    return np.ascontiguousarray(array, "<f8").tobytes()


def _array(raw: bytes, n: int) -> FloatArray:
    return np.frombuffer(raw, "<f8").astype(np.float64).reshape(n, -1)
