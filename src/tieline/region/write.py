"""Writing tables and folders so that no half-written result is ever seen.

Everything is written beside its place under another name and moved there at the end.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.region.issues import Issues
from tieline.region.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

MARKER = ".tieline-output"
"""A folder with this file was written by Tieline: it lists every file and its digest. The next run
replaces them, unless there is anything else, or anything changed."""

MARKER_TEXT = "# Written by Tieline, which replaces these files with its next run: SHA-256, name\n"

SHOWN = 3


def write_table(
    table: Table | pd.DataFrame, path: str | Path, *, bom: bool | None = None
) -> Path:
    """Write a table as .csv, .json or .parquet, by the suffix; the path.

    Parameters
    ----------
    bom
        Whether a CSV begins with a byte order mark, by which Excel knows UTF-8; default: if it
        holds anything but ASCII. Empty cells are empty, null in JSON and Parquet.
    """
    path = Path(path)
    frame = table.to_frame() if isinstance(table, Table) else table
    if isinstance(table, Table):
        frame = _without_placeholders(frame, table)
    writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {
        ".csv": lambda f, p: _write_csv(f, p, bom),
        ".json": _write_json,
        ".parquet": _write_parquet,
    }
    if path.suffix not in writers:
        _refuse(Path(path.name), "a suffix " + ", ".join(writers), f"'{path.suffix}'")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as temporary:
        writers[path.suffix](frame, temporary)
    return path


def _without_placeholders(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Integers of -1, which stand for an empty cell in a `Table`, as missing."""
    import numpy as np

    frame = frame.copy()
    for name, values in table.columns.items():
        if values.dtype == np.int64 and (values == -1).any():
            frame[name] = frame[name].astype("Int64").mask(values == -1)
    return frame


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it takes its place at the end, and is gone after an exception."""
    temporary = _beside(path)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """A hidden name in the same folder that nobody has: moving from there is one step."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}")


def _text(value: Any) -> Any:
    """A cell as CSV has it: dates in ISO form, flags as true and false."""
    import numpy as np

    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return "" if value != value else value.isoformat(sep=" ")  # NaT is not itself
    return value


def _write_csv(frame: pd.DataFrame, path: Path, bom: bool | None) -> None:
    frame = frame.copy()
    returns = False
    for name in frame.columns:
        kind = frame[name].dtype.kind
        if kind in "bO":
            frame[name] = frame[name].map(_text)
            returns = returns or any("\r" in x for x in frame[name] if isinstance(x, str))
        elif kind == "M":
            known = frame[name].dropna()
            days = bool((known.dt.normalize() == known).all())
            frame[name] = frame[name].dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S")
    # Before Python 3.13 a bare carriage return is not quoted, and would end the line.
    text = (
        frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_ALL)
        if returns else frame.to_csv(index=False, lineterminator="\n")
    )
    mark = not text.isascii() if bom is None else bom
    path.write_bytes(text.encode("utf-8-sig" if mark else "utf-8"))


def _write_json(frame: pd.DataFrame, path: Path) -> None:
    columns = [str(c) for c in frame.columns]
    rows = [
        dict(zip(columns, map(_plain, row), strict=True))
        for row in frame.itertuples(index=False, name=None)
    ]
    path.write_text(
        json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8"
    )


def _plain(value: Any) -> Any:
    """A cell as JSON has it: null for what is missing or not finite."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str | int | bool):
        return value
    return str(value)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), path)


@contextmanager
def atomic_folder(path: str | Path, *, replace: bool = True) -> Iterator[Path]:
    """A new folder to fill; it takes its place at the end, and is gone after any exception.

    Parameters
    ----------
    replace
        Whether the folder is an output: it gets a marker file, and an earlier one that carries
        the marker is replaced. Without it (folders that people will edit), only a path that is
        free or an empty folder is taken.

    Raises
    ------
    InputError
        If there is a file, or a folder that holds anything else or files changed since.
    """
    path = Path(path).resolve()
    refuse_occupied(path, allow_marked=replace)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        temporary.mkdir()
        yield temporary
        if replace:
            (temporary / MARKER).write_text(_manifest(temporary), encoding="utf-8")
        refuse_occupied(path, allow_marked=replace)
        _take_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """A new folder that takes the place of whatever is there, whole, at the end.

    Who calls it has made sure that what is there may go. After an exception nothing has changed.
    """
    path = Path(path).resolve()
    _refuse_unwritable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        temporary.mkdir()
        yield temporary
        _take_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _take_place(temporary: Path, path: Path) -> None:
    """Move the new folder to its place; the old one comes back if that fails.

    A folder that somebody stands in (the working directory) stays and is filled.
    """
    if not path.exists():
        temporary.replace(path)
        return
    old = _beside(path)
    try:
        if path == Path.cwd():
            old.mkdir()
            _move_content(path, old)
            _move_content(temporary, path)
            return
        path.replace(old)
        try:
            temporary.replace(path)
        except BaseException:
            if not path.exists():
                old.replace(path)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _move_content(source: Path, target: Path) -> None:
    """Move all entries of a folder; if that is stopped, those that were moved go back."""
    moved: list[Path] = []
    try:
        for entry in list(source.iterdir()):
            moved.append(target / entry.name)
            entry.replace(target / entry.name)
    except BaseException:
        for entry in moved:
            if entry.exists():
                entry.replace(source / entry.name)
        raise


def _files(folder: Path) -> dict[str, str]:
    """Digest of every file of a folder but the marker, by its name from there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MARKER
    }


def _manifest(folder: Path) -> str:
    return MARKER_TEXT + "".join(f"{d}  {name}\n" for name, d in _files(folder).items())


def _not_ours(folder: Path) -> list[str]:
    """Files that Tieline did not write there, or that were changed since."""
    listed = (folder / MARKER).read_text(encoding="utf-8", errors="replace").splitlines()
    written = {tuple(line.split("  ", 1)) for line in listed}
    return [name for name, digest in _files(folder).items() if (digest, name) not in written]


def refuse_occupied(path: Path, *, allow_marked: bool = False) -> None:
    """Raise InputError unless a folder can be made there, and nothing of anybody's be lost.

    The path must be free, an empty folder or (if allowed) hold only what Tieline wrote.
    """
    if not path.exists() and not path.is_symlink():
        _refuse_unwritable(path)
        return
    if not path.is_dir():
        _refuse(path, "a folder", "a file")
    _refuse_unwritable(path)
    if allow_marked and (path / MARKER).is_file():
        found = _not_ours(path)
        if found:
            names = ", ".join(repr(name) for name in found[:SHOWN])
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            _refuse(path, "only files written by Tieline and not changed since",
                    f"{names}{more}: move them, or choose another folder")
        return
    first = next(path.iterdir(), None)
    if first is not None:
        _refuse(path, "a new or empty folder", f"'{first.name}' in it")


def _refuse(path: Path, expected: str, found: str) -> None:
    issues = Issues()
    issues.error(str(path), expected, found)
    issues.stop()


def _refuse_unwritable(path: Path) -> None:
    """Raise InputError if nothing can be made beside the path."""
    above = path.parent
    while not above.exists():
        above = above.parent
    try:
        tempfile.TemporaryDirectory(prefix=".tieline-", dir=above).cleanup()
    except OSError as error:
        _refuse(path, "a place where a folder can be written", str(error.strerror))
