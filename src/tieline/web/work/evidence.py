"""Evidence: photographs and papers, kept in the ledger under their digest.

A file is what its first bytes say, whatever its name; anything else is refused. It is given back as
a download only, so that no browser ever runs what somebody handed in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tieline.errors import InputError
from tieline.ledger.files import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.web.forms import Sent

LARGEST = 10 * 2**20
"""Bytes of one file that a page takes."""
MARK = re.compile(r"sha256:([0-9a-f]{64}) (.{1,200})")
KINDS: tuple[tuple[str, str, bytes, int], ...] = (
    ("image/jpeg", ".jpg", b"\xff\xd8\xff", 0),
    ("image/png", ".png", b"\x89PNG\r\n\x1a\n", 0),
    ("image/webp", ".webp", b"WEBP", 8),
    ("image/heic", ".heic", b"ftypheic", 4),
    ("application/pdf", ".pdf", b"%PDF-", 0),
)
"""What is taken: its type, its suffix, the bytes it has at a place."""
OTHER = ("application/octet-stream", ".bin")


def kind_of(data: bytes) -> tuple[str, str] | None:
    """The type and suffix that the first bytes say; None for what is not taken."""
    for kind, suffix, sign, at in KINDS:
        if data[at:at + len(sign)] == sign:
            return kind, suffix
    return None


def uploads(files: Sequence[Sent]) -> tuple[Upload, ...]:
    """Files as the ledger takes them; InputError with each that is too large or of no such kind."""
    problems = []
    for file in files:
        if len(file.data) > LARGEST:
            problems.append(f"{file.name}: expected at most {LARGEST} bytes, "
                            f"found {len(file.data)}")
        elif kind_of(file.data) is None:
            problems.append(f"{file.name}: expected a JPEG, PNG, WebP, HEIC or PDF file")
    if problems:
        raise InputError(problems)
    return tuple(Upload(file.name, file.data) for file in files)
