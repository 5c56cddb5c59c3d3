"""Tables as files for a spreadsheet, which would run a cell that begins like a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: object) -> object:
    """A text that a spreadsheet would read as a formula, with an apostrophe before it; all else as it is."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv(rows: pd.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark; headings and cells made safe."""
    return _safe(rows).to_csv(index=False).encode("utf-8-sig")


def xlsx(rows: pd.DataFrame, notes: Sequence[str] = ()) -> bytes:
    """A workbook: the table with a frozen heading, and a sheet of notes."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  (a new workbook has one sheet)
    table = _safe(rows)
    sheet.append([str(name) for name in table.columns])
    for record in table.astype(object).where(table.notna(), None).to_numpy().tolist():
        sheet.append(record)
    for place, name in enumerate(table.columns, start=1):
        sheet.cell(1, place).font = Font(bold=True)
        widest = max([len(str(name)), *(len(str(cell)) for cell in table.iloc[:200, place - 1])])
        sheet.column_dimensions[get_column_letter(place)].width = min(widest + 2, 48)
    sheet.freeze_panes = "B2"
    told = book.create_sheet("Notes")
    for note in notes:
        told.append([safe(note)])
    told.column_dimensions["A"].width = 120
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _safe(rows: pd.DataFrame) -> pd.DataFrame:
    table = rows.map(safe)
    table.columns = pd.Index([safe(str(name)) for name in rows.columns])
    return table
