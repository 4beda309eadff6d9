"""Outcomes kept on disk, so that an interrupted appraisal resumes where it stopped.

A key is the content of the network, the engine with its version, and the case; a cached outcome is
the same to the bit. Details are never kept. Only the process that owns the cache writes it.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tieline.region.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from tieline.region.model import FloatArray


class Cache(Protocol):
    """Where outcomes are kept between runs."""

    def get(self, key: str) -> Outcome | None:
        """The outcome kept under the key, or None."""
        ...

    def put(self, items: Iterable[tuple[str, Outcome]]) -> None:
        """Keep outcomes; all of them or, if interrupted, none."""
        ...


class DiskCache:
    """A cache in one SQLite file, made where there is none; use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS outcome (key TEXT PRIMARY KEY, n INTEGER NOT NULL,"
            " value BLOB NOT NULL, gap BLOB NOT NULL, parts TEXT NOT NULL)"
        )

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

    def get(self, key: str) -> Outcome | None:
        """The outcome kept under the key, or None."""
        row = self._db.execute(
            "SELECT n, value, gap, parts FROM outcome WHERE key=?", (key,)
        ).fetchone()
        if row is None:
            return None
        n, value, gap, parts = row
        return Outcome(
            _array(value, n), _array(gap, n),
            gap_parts={k: np.array(v, dtype=np.float64) for k, v in json.loads(parts).items()},
        )

    def put(self, items: Iterable[tuple[str, Outcome]]) -> None:
        """Keep outcomes; all of them or, if interrupted, none."""
        rows = [
            (key, len(o.values), _bytes(o.values), _bytes(o.gap),
             json.dumps({k: v.tolist() for k, v in o.gap_parts.items()}))
            for key, o in items
        ]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO outcome VALUES (?,?,?,?,?)", rows)


def _bytes(array: FloatArray) -> bytes:
    return np.ascontiguousarray(array, "<f8").tobytes()


def _array(raw: bytes, n: int) -> FloatArray:
    return np.frombuffer(raw, "<f8").astype(np.float64).reshape(n, -1)
