"""The ledger behind the server: asked in threads of its own, opened when first asked."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tieline.ledger.ledger import EXTRA, Ledger
from tieline.web.library.demonstration import furnish

T = TypeVar("T")

N_THREADS = 4
"""Each keeps a connection with a cache of up to 64 MB."""
FILE = "ledger.sqlite"
RECORDS = Path("inputs") / "ledger"
"""Where a region's folder brings the first records of its ledger, if it does."""


class Library:
    """A ledger, and the folder beside it for files that were handed in.

    `temporary` says that it is forgotten when the server ends, as the demonstration's is.
    """

    def __init__(
        self, make: Callable[[], Ledger], files: Path, *, temporary: bool = False
    ) -> None:
        self._make = make
        self._opened: Ledger | None = None
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(N_THREADS, "library")
        self.files = files
        self.temporary = temporary

    @classmethod
    def at(cls, place: str | Path, files: Path | None = None) -> Library:
        """The ledger in a file or at a URL; files that are handed in go beside it."""
        path = Path(place)
        beside = files or (Path(tempfile.gettempdir()) / "tieline-files" if "://" in str(place)
                           else path.parent / EXTRA)
        return cls(lambda: Ledger.open(place), beside)

    @classmethod
    def of_demonstration(cls, region: Path) -> Library:
        """A ledger of a region's first records and made-up work; it goes with the server."""
        return cls._of_records(region, furnish)

    @classmethod
    def of_records(cls, region: Path) -> Library:
        """A ledger of a region's first records alone, to read in; it goes with the server."""
        return cls._of_records(region, lambda _: None)

    @classmethod
    def _of_records(cls, region: Path, furnished: Callable[[Ledger], None]) -> Library:
        from tieline.ledger.begin import begin

        folder = Path(tempfile.mkdtemp(prefix="tieline-"))
        records = region / RECORDS

        def make() -> Ledger:
            made = begin(region, folder / FILE, "demonstration",
                         records if records.is_dir() else None)
            furnished(made)
            return made

        return cls(make, folder / EXTRA, temporary=True)

    def begin(self) -> None:
        """Open the ledger ahead of the first question; what goes wrong is told then."""
        self._pool.submit(self.opened)

    async def ask(self, question: Callable[[Ledger], T]) -> T:
        """What a question to the ledger is answered with."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: question(self.opened()))

    def opened(self) -> Ledger:
        """The ledger; StorageError if it cannot be opened."""
        with self._lock:
            if self._opened is None:
                self._opened = self._make()
            return self._opened

    def close(self) -> None:
        """Let go of the ledger; a temporary one is removed."""
        self._pool.shutdown(wait=True)
        with self._lock:
            if self._opened is not None:
                self._opened.close()
        if self.temporary:
            shutil.rmtree(self.files.parent, ignore_errors=True)
