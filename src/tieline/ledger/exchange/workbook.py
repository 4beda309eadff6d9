"""The first visible sheet of an Excel workbook, row by row.

Calamine reads ten times as fast as openpyxl, but shows a cell that holds an error (`#N/A`) as an
empty one. A workbook with such a cell is read by openpyxl, so that the cell can be refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from tieline.errors import InputError

if TYPE_CHECKING:
    from zipfile import ZipInfo

SUFFIXES = (".xlsx", ".xlsm")
SNAPSHOT, KIND = "tieline_snapshot", "tieline_kind"
PROPERTIES = "docProps/custom.xml"
LARGEST_UNPACKED = 4 * 2**30
"""Bytes; a small file may unpack to more than any memory holds."""
EXACT = 10**15
"""Whole numbers below are exact as floats, and were meant as whole numbers."""
AN_ERROR = b't="e"'
AT_A_TIME = 2**20

Row = tuple[int, list[Any]]


def read_workbook(path: Path, data: bytes) -> tuple[Iterator[Row], dict[str, Any]]:
    """Rows with their numbers, and the properties that a template was given.

    Raises
    ------
    InputError
        If it is no workbook, has a password, or unpacks to too much.
    """
    from openpyxl.utils.exceptions import InvalidFileException
    from python_calamine import CalamineError

    try:
        with ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(i.file_size for i in parts)
            if size > LARGEST_UNPACKED:
                raise InputError([f"{path.name}: expected a workbook, found one of {size} bytes "
                                  "when unpacked"])
            properties = _properties(archive)
            exact = any(_has_error(archive, i) for i in parts
                        if i.filename.startswith("xl/worksheets/"))
        rows = _with_openpyxl(data) if exact else _with_calamine(data)
    except (BadZipFile, InvalidFileException, CalamineError, KeyError, ValueError,
            OSError) as error:
        message = f"{path.name}: expected an Excel workbook (.xlsx, no password), found {error}"
        raise InputError([message]) from None
    return ((n, row) for n, row in enumerate(rows, 1)), properties


def _properties(archive: ZipFile) -> dict[str, Any]:
    from openpyxl.packaging.custom import CustomPropertyList
    from openpyxl.xml.functions import fromstring

    if PROPERTIES not in archive.namelist():
        return {}
    found = CustomPropertyList.from_tree(fromstring(archive.read(PROPERTIES)))
    return {p.name: p.value for p in found.props}


def _has_error(archive: ZipFile, part: ZipInfo) -> bool:
    """Whether a sheet holds a cell with an error."""
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(AT_A_TIME):
            if AN_ERROR in before + piece:
                return True
            before = piece[-len(AN_ERROR):]
    return False


def _with_calamine(data: bytes) -> Iterator[list[Any]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = [s for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    visible = [s for s in sheets if s.visible == SheetVisibleEnum.Visible]
    sheet = book.get_sheet_by_name((visible or sheets)[0].name)
    said: dict[Any, Any] = {}
    return ([_plain(c, said) for c in row] for row in sheet.iter_rows())


def _plain(cell: Any, said: dict[str, str]) -> Any:
    """A cell as it was meant: 12.0 is 12; a text that comes again is held once."""
    if type(cell) is str:
        found = said.get(cell)
        if found is None:
            found = cell.strip()
            if len(said) < KEPT:
                said[cell] = found
        return found
    if type(cell) is float and cell.is_integer() and abs(cell) < EXACT:
        return int(cell)
    return cell


KEPT = 50_000
"""So many texts are remembered, to be held once."""


def _with_openpyxl(data: bytes) -> Iterator[list[Any]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    visible = [s for s in book.worksheets if s.sheet_state == "visible"]
    sheet = (visible or book.worksheets)[0]
    return (
        [c.strip() if isinstance(c, str) else c for c in row]
        for row in sheet.iter_rows(values_only=True)
    )
