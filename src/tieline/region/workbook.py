"""An Excel workbook made from schemas: a sheet per table, and one that explains every column.

Two rows stand above the column names (first cell with '#'): what the column is, in Chinese and
English, with its unit. Choices have a drop-down list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from tieline.region.cells import RefusedError, one_date, one_datetime, one_number
from tieline.region.expect import expected

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from tieline.region.tables import Column, Schema

GUIDE = "#说明 Columns"
GUIDE_HEAD = (
    "表 table", "列 column", "含义", "meaning", "应填 expected", "必填 required", "默认 default",
)
NAMES_ROW = 3
LAST_ROW = 5000
"""Drop-down lists reach this far down."""

TITLE_FILL = PatternFill("solid", fgColor="EEF2F6")
REQUIRED_FILL = PatternFill("solid", fgColor="FFE9B8")
NAME_FILL = PatternFill("solid", fgColor="D5DEE8")
LONGEST_LIST = 255
"""Excel takes no longer list of choices."""

Rows = Sequence[Mapping[str, str]]


def write_workbook(
    path: Path, tables: Mapping[str, Rows], schemas: Mapping[str, Schema]
) -> None:
    """Write a workbook with a sheet for each schema, filled with the rows of `tables`.

    Sheets are named as the reader knows them: `projects`, `power.bus`.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "Tieline"
    for name, schema in sorted(schemas.items(), key=lambda x: x[0] not in tables):
        sheet = book.create_sheet(name.replace("/", "."))
        _fill_sheet(sheet, schema, tables.get(name, ()), has_projects="projects" in schemas)
    _fill_guide(book.create_sheet(GUIDE), schemas)
    book.save(path)


def _fill_sheet(sheet: Worksheet, schema: Schema, rows: Rows, *, has_projects: bool) -> None:
    columns = schema.columns
    for meanings in ([c.meaning_zh for c in columns], [c.meaning for c in columns]):
        units = [f" [{c.unit}]" if c.unit else "" for c in columns]
        cells = [m + u for m, u in zip(meanings, units, strict=True)]
        sheet.append(["# " + cells[0], *cells[1:]])
    sheet.append([c.name for c in columns])
    for row in rows:
        sheet.append([_cell(row.get(c.name, ""), c) for c in columns])
    _dress(sheet, columns)
    for k, column in enumerate(columns, 1):
        letter = get_column_letter(k)
        choices = _drop_down(column, has_projects=has_projects)
        if choices:
            choices.add(f"{letter}{NAMES_ROW + 1}:{letter}{LAST_ROW}")
            sheet.add_data_validation(choices)


def _dress(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Colours, widths, formats; the column names stay in sight."""
    for k, column in enumerate(columns, 1):
        for row in range(1, NAMES_ROW):
            title = sheet.cell(row, k)
            title.alignment = Alignment(wrap_text=True, vertical="top")
            title.fill = TITLE_FILL
        name = sheet.cell(NAMES_ROW, k)
        name.font = Font(bold=True)
        name.fill = REQUIRED_FILL if column.required else NAME_FILL
        form = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}.get(column.type)
        if column.type in ("id", "ref", "text"):
            form = "@"  # else Excel turns ids like 1-2 into dates
        dimension = sheet.column_dimensions[get_column_letter(k)]
        dimension.width = min(34, max(14, len(column.name) + 3))
        if form:
            dimension.number_format = form
            for row in range(NAMES_ROW + 1, sheet.max_row + 1):
                sheet.cell(row, k).number_format = form
    sheet.row_dimensions[1].height = 48
    sheet.row_dimensions[2].height = 62
    sheet.freeze_panes = f"B{NAMES_ROW + 1}"


def _cell(text: str, column: Column) -> Any:
    """The text of a CSV cell as Excel holds it: numbers and dates as such."""
    convert = {
        "number": one_number, "integer": one_number, "date": one_date, "datetime": one_datetime,
    }.get(column.type)
    if not text or convert is None:
        return text or None
    try:
        return convert(text)
    except RefusedError:
        return text


def _drop_down(column: Column, *, has_projects: bool) -> DataValidation | None:
    choices = column.choices or (("true", "false") if column.type == "flag" else ())
    formula = '"' + ",".join(choices) + '"'
    if column.type == "ref" and column.refers == ("projects",) and has_projects:
        formula = f"=projects!$A${NAMES_ROW + 1}:$A$500"
    elif not choices or len(formula) > LONGEST_LIST or column.many:
        return None
    return DataValidation(type="list", formula1=formula, allow_blank=True)


def _fill_guide(sheet: Worksheet, schemas: Mapping[str, Schema]) -> None:
    sheet.append(GUIDE_HEAD)
    for name, schema in schemas.items():
        sheet.append([name.replace("/", "."), "", schema.meaning_zh, schema.meaning])
        for cell in sheet[sheet.max_row]:
            cell.font, cell.fill = Font(bold=True), TITLE_FILL
        for c in schema.columns:
            default = "" if c.default is None else str(c.default)
            sheet.append([
                name.replace("/", "."), c.name, c.meaning_zh, c.meaning, expected(c),
                "是 yes" if c.required else "", default,
            ])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), NAME_FILL
    for letter, width in zip("ABCDEFG", (20, 20, 44, 60, 44, 14, 14), strict=True):
        sheet.column_dimensions[letter].width = width
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2"
