"""An Excel workbook to work in: Chinese titles with units, drop-down lists, a reason for each row.

Row 1 holds the titles, row 2 - hidden - the names of the fields. A hidden sheet holds the code
lists. The workbook knows the change at which it was written, so that reading it back compares
three sides: what stood then, what stands now, what the workbook says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.packaging.custom import IntProperty, StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from tieline.ledger.exchange.mapping import REASON
from tieline.ledger.exchange.source import KEYS
from tieline.ledger.exchange.workbook import KIND, SNAPSHOT
from tieline.ledger.values import show

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from tieline.ledger.kinds import Field, Kind
    from tieline.ledger.view import View

LISTS = "codes"
SPARE_ROWS = 500
"""Drop-down lists reach this far below the last record."""
HEAD_FILL = PatternFill("solid", fgColor="D5DEE8")
NEEDED_FILL = PatternFill("solid", fgColor="FFE9B8")


def write_template(view: View, kind_name: str, path: Path) -> int:
    """Write the records of a kind as a workbook to be filled and read back; their number."""
    kind = view.catalogue[kind_name]
    states = view.records(kind_name)
    fields = [f for f in kind.fields.values() if not f.personal]
    book = Workbook()
    book.properties.creator = "Tieline"
    book.custom_doc_props.append(IntProperty(name=SNAPSHOT, value=view.known))
    book.custom_doc_props.append(StringProperty(name=KIND, value=kind_name))
    sheet: Worksheet = book.worksheets[0]
    sheet.title = kind.title_zh
    sheet.append(["编号", *(_title(f) for f in fields), "更新理由"])
    sheet.append([KEYS, *(f.name for f in fields), REASON])
    for state in states:
        sheet.append([None] * (len(fields) + 2))
        cells = [state.id, *(cell_text(f, state.get(f.name), view) for f in fields), ""]
        for cell, text in zip(sheet[sheet.max_row], cells, strict=True):
            if text:
                cell.value, cell.data_type = text, "s"  # text, even if it begins with '='
    _dress(sheet, fields)
    _add_lists(book, sheet, kind, fields, view)
    book.save(path)
    return len(states)


def cell_text(field: Field, value: Any, view: View) -> str:
    """A value as the workbook holds it; reading it back gives the same value."""
    if field.type == "geometry" and value:
        return json.dumps(value, separators=(",", ":"))
    return show(field, value, view.catalogue.codes, "zh")


def _title(field: Field) -> str:
    return f"{field.title_zh} [{field.unit}]" if field.unit else field.title_zh


def _dress(sheet: Worksheet, fields: list[Field]) -> None:
    needed = [True, *(f.required for f in fields), True]
    for k, wanted in enumerate(needed, 1):
        head = sheet.cell(1, k)
        head.font = Font(bold=True)
        head.fill = NEEDED_FILL if wanted else HEAD_FILL
        head.alignment = Alignment(wrap_text=True, vertical="top")
        column = sheet.column_dimensions[get_column_letter(k)]
        column.width = 16
        column.number_format = "@"
    sheet.row_dimensions[2].hidden = True
    sheet.freeze_panes = "B3"


def _add_lists(
    book: Workbook, sheet: Worksheet, kind: Kind, fields: list[Field], view: View
) -> None:
    """Drop-down lists of the codes that hold on the day of the view."""
    lists: Worksheet = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    last = sheet.max_row + SPARE_ROWS
    chosen = [(k, f) for k, f in enumerate(fields, 2)
              if not f.many and f.type in ("choice", "jurisdiction", "flag")]
    for at, (k, field) in enumerate(chosen, 1):
        entries = _entries(field, view)
        lists.cell(1, at).value = field.name
        for row, entry in enumerate(entries, 2):
            lists.cell(row, at).value = entry
        if not entries:
            continue
        letter, column = get_column_letter(at), get_column_letter(k)
        rule = DataValidation(
            type="list", formula1=f"={LISTS}!${letter}$2:${letter}${len(entries) + 1}",
            allow_blank=True, showErrorMessage=True, errorTitle="代码",
        )
        rule.add(f"{column}3:{column}{last}")
        sheet.add_data_validation(rule)
    reason = get_column_letter(len(fields) + 2)
    rule = DataValidation(type="textLength", operator="greaterThan", formula1="0",
                          allow_blank=True, promptTitle="更新理由",
                          prompt="改动任何一格,须填写理由", showInputMessage=True)
    rule.add(f"{reason}3:{reason}{last}")
    sheet.add_data_validation(rule)


def _entries(field: Field, view: View) -> list[str]:
    if field.type == "flag":
        return ["是", "否"]
    if field.type == "jurisdiction":
        return [s.id for s in view.records("jurisdiction")]
    return [c.title_zh for c in view.catalogue.codes[field.codes].on(view.day).values()]
