"""The first visible sheet of an Excel workbook, row by row.

Calamine reads ten times as fast as openpyxl, but shows a cell that holds an error (`#N/A`), or a
formula whose value nobody computed, as an empty one. A workbook with such a cell is read by
openpyxl, so that the cell can be refused: taken for empty, it would erase what stands.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from tieline.errors import InputError
from tieline.region.cells import shown

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
A_FORMULA = b"<f"
UNCOMPUTED = re.compile(
    rb"<c\b([^>]*)>\s*<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
"""A cell with a formula and no value; one of type `str` is an empty text that was computed."""
PLACE, TEXT = re.compile(rb'\br="([A-Z]+)(\d+)"'), re.compile(rb'\bt="str"')
LONGEST_CELL = 2**16
AT_A_TIME = 2**20

Row = tuple[int, list[Any]]


class Unreadable(str):
    """What stands in a cell that has no value: an error, or a formula that nobody computed."""

    __slots__ = ()

    @property
    def said(self) -> str:
        """What is said of it when it is refused."""
        return shown(str(self)) + (
            " (a formula without its value: save the workbook in a program that computes it)"
            if self.startswith("=") else "")


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
            without = [_without_value(archive, i) for i in parts
                       if i.filename.startswith("xl/worksheets/")]
        formulas = frozenset[str]().union(*(f for _, f in without))
        exact = formulas or any(error for error, _ in without)
        rows = _with_openpyxl(data, formulas) if exact else _with_calamine(data)
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


def _without_value(archive: ZipFile, part: ZipInfo) -> tuple[bool, set[str]]:
    """Whether a sheet holds a cell with an error; where it has formulas without a value."""
    before, error = b"", False
    formulas: set[str] = set()
    with archive.open(part) as stream:
        while piece := stream.read(AT_A_TIME):
            seen = before + piece
            error = error or AN_ERROR in seen
            if A_FORMULA in seen:
                formulas |= {_place(m[1]) for m in UNCOMPUTED.finditer(seen)
                             if not TEXT.search(m[1])}
            before = seen[max(seen.rfind(b"<c "), len(seen) - LONGEST_CELL, 0):]
    return error, formulas - {""}


def _place(attributes: bytes) -> str:
    found = PLACE.search(attributes)
    return "" if found is None else (found[1] + found[2]).decode()


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


def _with_openpyxl(data: bytes, formulas: frozenset[str]) -> Iterator[list[Any]]:
    from openpyxl.cell.cell import ERROR_CODES
    from openpyxl.utils import get_column_letter

    said = _first_sheet(data, formulas=True) if formulas else None
    for number, row in enumerate(_first_sheet(data), 1):
        cells = [Unreadable(c) if c in ERROR_CODES else c.strip() if isinstance(c, str) else c
                 for c in row]
        for at, formula in enumerate(next(said, ()) if said is not None else ()):
            if cells[at] is None and f"{get_column_letter(at + 1)}{number}" in formulas:
                cells[at] = Unreadable(getattr(formula, "text", formula) or "=")
        yield cells


def _first_sheet(data: bytes, *, formulas: bool = False) -> Iterator[tuple[Any, ...]]:
    """Rows of the first visible sheet: values, or the formulas instead."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)
    visible = [s for s in book.worksheets if s.sheet_state == "visible"]
    rows: Iterator[tuple[Any, ...]] = (visible or book.worksheets)[0].iter_rows(values_only=True)
    return rows
