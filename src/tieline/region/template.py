"""A small region to start from: two towns, as CSV files or as one Excel workbook."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Literal

from tieline.region.expect import nearest
from tieline.region.folder import REGION_BOOK, REGION_FILE
from tieline.region.issues import Issues
from tieline.region.schemas import table_schemas
from tieline.region.write import atomic_folder

TEMPLATE = Path(__file__).parent / "new"
README = "README.txt"

Kind = Literal["csv", "xlsx"]


def new_region(folder: str | Path, kind: Kind = "csv") -> Path:
    """Write the two towns (synthetic; a grid each, one tie in service, one planned); the folder.

    Parameters
    ----------
    kind
        "csv": a file for each table; "xlsx": one workbook with a sheet for each table, also for
        those the two towns do without, with drop-down lists and an explanation of every column.

    Raises
    ------
    InputError
        If the folder holds anything. Nothing is left of a folder that was not finished.
    """
    if kind not in ("csv", "xlsx"):
        issues = Issues()
        issues.error("kind", "one of csv, xlsx", f"'{kind}'{nearest(kind, ('csv', 'xlsx'))}")
        issues.stop()
    with atomic_folder(folder, replace=False) as target:
        for name in (REGION_FILE, README):
            shutil.copyfile(TEMPLATE / name, target / name)
        if kind == "csv":
            _copy_tables(target)
        else:
            _write_book(target / REGION_BOOK)
    return Path(folder)


def _tables() -> dict[str, Path]:
    """The template's tables by name."""
    return {
        p.relative_to(TEMPLATE).with_suffix("").as_posix(): p
        for p in sorted(TEMPLATE.rglob("*.csv"))
    }


def _copy_tables(target: Path) -> None:
    """Copy the tables; those with Chinese text get the mark by which Excel knows UTF-8."""
    for name, path in _tables().items():
        text = path.read_text(encoding="utf-8")
        copy = target / f"{name}.csv"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(text.encode("utf-8" if text.isascii() else "utf-8-sig"))


def _write_book(path: Path) -> None:
    from tieline.region.workbook import write_workbook

    rows = {}
    for name, source in _tables().items():
        with source.open(encoding="utf-8", newline="") as stream:
            rows[name] = list(csv.DictReader(stream))
    networks = {name.partition("/")[0] for name in rows}
    mine = {n: s for n, s in table_schemas().items() if n.partition("/")[0] in networks
            or "/" not in n}
    write_workbook(path, rows, mine)
