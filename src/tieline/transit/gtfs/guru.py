"""Feeds through gtfs-guru, an independent validator of the whole GTFS specification."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tieline.errors import InputError
from tieline.messages import counted
from tieline.region.issues import Issues
from tieline.transit.gtfs.archive import open_feed

TOLD = {"ERROR": "error", "WARNING": "warning"}
"""What is told of its notices, and how it is called."""


def validate(folder: Path) -> Issues:
    """What gtfs-guru says of the feeds of a region folder, each kind of notice once a file.

    All are notes: what keeps a feed from being used is an error of our own reader. Feeds that
    cannot even be opened are left to it.

    Raises
    ------
    InputError
        If the package gtfs-guru is not installed, or fails on a feed.
    """
    try:
        import gtfs_guru
    except ImportError:
        message = "expected the package gtfs-guru for --gtfs-guru, found none installed"
        raise InputError([message]) from None
    issues, home = Issues(), folder / "transit"
    for path in sorted(home.iterdir() if home.is_dir() else ()):
        label = f"transit/{path.name}"
        is_feed = path.suffix.lower() == ".zip" or (path / "stops.txt").is_file()
        if not is_feed or open_feed(path, label, Issues()) is None:
            continue
        try:
            found = gtfs_guru.validate(str(path))
        except (OSError, RuntimeError, ValueError) as error:
            message = f"{label}: gtfs-guru failed: {error}"
            raise InputError([message]) from error
        _note(found.notices, label, issues)
    return issues


def _note(notices: Iterable[Any], label: str, issues: Issues) -> None:
    """A note for each kind of notice and file, at the first row it is about."""
    kinds: dict[tuple[str, str, str], list[Any]] = {}
    for notice in notices:
        if notice.severity in TOLD:
            key = (TOLD[notice.severity], notice.code, notice.file or "")
            kinds.setdefault(key, []).append(notice)
    for (kind, code, file), every in sorted(kinds.items()):
        first = every[0]
        issues.note(
            f"{label}/{file}" if file else label,
            f"gtfs-guru, {kind} {code}, {counted(len(every), 'time')}: {first.message}",
            row=first.row, field=first.field,
        )
