"""The sections of a SWMM input file: words by line, comments left out."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieline.region.issues import Issues


@dataclass(frozen=True)
class Line:
    """The words of a line and its number in the file."""

    number: int
    words: tuple[str, ...]


def read_sections(path: Path, issues: Issues) -> dict[str, list[Line]]:
    """Lines by section (upper case), in the order of the file; an issue if it is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        issues.error(path.name, "a SWMM input file", error.strerror or str(error))
        return {}
    found: dict[str, list[Line]] = {}
    here: list[Line] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(";", 1)[0].strip()
        if line.startswith("["):
            here = found.setdefault(line.strip("[] ").upper(), [])
        elif line and here is not None:
            here.append(Line(number, tuple(_words(line))))
    if "JUNCTIONS" not in found and "STORAGE" not in found and "OUTFALLS" not in found:
        issues.error(path.name, "a SWMM input file with [JUNCTIONS], [STORAGE] or [OUTFALLS]",
                     "no such section")
    return found


def _words(line: str) -> Iterator[str]:
    try:
        yield from shlex.split(line, posix=True) if '"' in line else line.split()
    except ValueError:  # a quote that does not close
        yield from line.replace('"', " ").split()
