"""A list as an Excel sheet that no cell of which is a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.ledger.listing import Listing


def write_listing(listing: Listing, path: Path) -> None:
    """Write the list with its titles frozen above it."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    book.properties.creator = "Tieline"
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    titles = []
    for title in listing.titles:
        cell = WriteOnlyCell(sheet, title)
        cell.font = Font(bold=True)
        titles.append(cell)
    sheet.append(titles)
    for row in listing.rows:
        cells = [WriteOnlyCell(sheet, text) for text in row]
        for cell in cells:
            cell.data_type = "s"  # text, even if it begins with '='
        sheet.append(cells)
    book.save(path)
