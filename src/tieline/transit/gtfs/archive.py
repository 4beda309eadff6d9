"""The files of a feed, in a zip or a folder, opened with care."""

from __future__ import annotations

import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

from tieline.messages import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tieline.region.issues import Issues

FILES = (
    "agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt",
    "calendar_dates.txt", "frequencies.txt", "transfers.txt", "fare_attributes.txt",
    "fare_rules.txt", "feed_info.txt", "translations.txt",
)
"""What is read; shapes and the rest are left where they are."""

REQUIRED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
MOST_BYTES = 8 << 30
SUSPECT_BYTES = 64 << 20
MOST_RATIO = 200.0
"""Text with many repetitions packs about 30 to 1; beyond 200 to 1 it is no timetable."""


def open_feed(path: Path, label: str, issues: Issues) -> dict[str, bytes] | None:
    """The bytes of each known file of a feed; None, with the reasons, if it cannot be used."""
    before = len(issues.errors)
    files = _folder(path, label, issues) if path.is_dir() else _zip(path, label, issues)
    if files is None or len(issues.errors) > before:
        return None
    for name in REQUIRED:
        if name not in files:
            issues.error(f"{label}/{name}", "this file of the feed", "no such file")
    if "calendar.txt" not in files and "calendar_dates.txt" not in files:
        issues.error(f"{label}/calendar.txt", "this file or calendar_dates.txt", "neither")
    return None if len(issues.errors) > before else files


def _folder(path: Path, label: str, issues: Issues) -> dict[str, bytes]:
    """The known files of a folder; a link that leads out of it is not followed."""
    home, found = path.resolve(), {}
    for name in FILES:
        file = path / name
        if file.is_symlink() and not file.resolve().is_relative_to(home):
            issues.error(f"{label}/{name}", "a file of the feed", "a link that leads out of it")
        elif file.is_file():
            found[name] = file.read_bytes()
    return found


def _zip(path: Path, label: str, issues: Issues) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, label, issues)
            if members is None:
                return None
            return {name: archive.read(info) for name, info in members.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        issues.error(label, "a zip file that can be opened", f"an error: {error}")
    except RuntimeError:
        issues.error(label, "a zip file without a password", "an encrypted one")
    return None


def _members(
    archive: zipfile.ZipFile, label: str, issues: Issues
) -> Mapping[str, zipfile.ZipInfo] | None:
    """The known files by name; a feed one folder down is taken, with a note."""
    infos = [i for i in archive.infolist() if not i.is_dir()]
    if not _decent(infos, label, issues):
        return None
    found = {i.filename: i for i in infos if i.filename in FILES}
    if found:
        return found
    folders = {i.filename.rpartition("/")[0] for i in infos if _leaf(i) in FILES}
    if len(folders) == 1:
        issues.note(label, f"the files stand in a folder '{folders.pop()}' of the zip; taken")
        return {_leaf(i): i for i in infos if _leaf(i) in FILES}
    if len(folders) > 1:
        issues.error(label, "one feed", f"{counted(len(folders), 'folder')} with feeds")
        return None
    return {}


def _decent(infos: list[zipfile.ZipInfo], label: str, issues: Issues) -> bool:
    before = len(issues.errors)
    names = [i.filename for i in infos]
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            issues.error(label, "names of files inside the zip", f"a path that leaves it, '{name}'")
    for name in sorted({n for n in names if names.count(n) > 1} if len(names) < 1000 else ()):
        issues.error(label, "each file once", f"'{name}' twice")
    for i in infos:
        if stat.S_ISLNK(i.external_attr >> 16):
            issues.error(label, "files, not links, inside the zip", f"a link, '{i.filename}'")
        ratio = i.file_size / max(i.compress_size, 1)
        if i.file_size > MOST_BYTES or (i.file_size > SUSPECT_BYTES and ratio > MOST_RATIO):
            issues.error(
                label, f"files that unpack to at most {MOST_RATIO:g} times their size",
                f"'{i.filename}', {i.file_size >> 20:d} MB, {ratio:.0f} times",
            )
    return len(issues.errors) == before


def _leaf(info: zipfile.ZipInfo) -> str:
    return info.filename.rpartition("/")[2]
