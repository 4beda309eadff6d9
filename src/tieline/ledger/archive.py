"""Reading a ledger where nothing can be written: an archive, a medium, another's folder."""

from __future__ import annotations

import os
from pathlib import Path


def archive_uri(file: Path) -> str:
    """The URI by which SQLite only reads a file; "" where the file may be written.

    SQLite's log needs a file of its own beside the database. Where there is none and none can be
    made, what is in the database is all there is.
    """
    if not file.is_file() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return ""
    log = file.with_name(file.name + "-wal")
    how = "mode=ro" if log.is_file() and log.stat().st_size else "immutable=1"
    return f"{file.resolve().as_uri()}?{how}"
