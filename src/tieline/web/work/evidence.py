"""Evidence: photographs and papers, kept by their digest beside the ledger.

A file is what its first bytes say, whatever its name; anything else is refused. It is given back as
a download only, so that no browser ever runs what somebody handed in.
"""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.web.forms import Sent

LARGEST = 10 * 2**20
"""Bytes of one file."""
MARK = re.compile(r"sha256:([0-9a-f]{64}) (.{1,120})")
KINDS: tuple[tuple[str, str, bytes, int], ...] = (
    ("image/jpeg", ".jpg", b"\xff\xd8\xff", 0),
    ("image/png", ".png", b"\x89PNG\r\n\x1a\n", 0),
    ("image/webp", ".webp", b"WEBP", 8),
    ("image/heic", ".heic", b"ftypheic", 4),
    ("application/pdf", ".pdf", b"%PDF-", 0),
)
"""What is taken: its type, its suffix, the bytes it has at a place."""


def kind_of(data: bytes) -> tuple[str, str] | None:
    """The type and suffix that the first bytes say; None for what is not taken."""
    for kind, suffix, sign, at in KINDS:
        if data[at:at + len(sign)] == sign:
            return kind, suffix
    return None


def keep(files: Sequence[Sent], folder: Path) -> tuple[str, ...]:
    """Keep files by their digest; what a step says of each: "sha256:... name".

    InputError with every file that is too large or of no kind that is taken; then none is kept.
    """
    problems = []
    for file in files:
        if len(file.data) > LARGEST:
            problems.append(f"{file.name}: expected at most {LARGEST} bytes, "
                            f"found {len(file.data)}")
        elif kind_of(file.data) is None:
            problems.append(f"{file.name}: expected a JPEG, PNG, WebP, HEIC or PDF file")
    if problems:
        raise InputError(problems)
    return tuple(_keep(file, folder) for file in files)


def _keep(file: Sent, folder: Path) -> str:
    digest = sha256(file.data).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    if not path.is_file():
        # on the disk under its last name, whole or not at all
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(file.data)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return f"sha256:{digest} {file.name}"


def found(digest: str, folder: Path) -> tuple[bytes, str, str] | None:
    """The bytes, type and suffix of a file that was kept; None if it is not there or altered."""
    path = folder / digest
    if re.fullmatch("[0-9a-f]{64}", digest) is None or not path.is_file():
        return None
    data = path.read_bytes()
    kind = kind_of(data)
    if kind is None or sha256(data).hexdigest() != digest:
        return None
    return (data, *kind)
