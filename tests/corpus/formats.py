"""The formats of the corpus: a page as the bytes of a file, by real writers; the sample's own where it has one."""

import io
import re
from collections.abc import Callable
from html import escape

import xlsxwriter

from include.sample import writers
from include.sample.page import Cell, Page, Sheet

Writer = Callable[[Page], bytes]


def by_xlsxwriter(page: Page) -> bytes:
    """Write as the second great library does: shared strings, formulas with the value it is told."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    looks = {code: book.add_format({"num_format": code} if code else {}) for code in sorted({cell.format for _, _, _, cell in page.cells()})}
    for sheet in page.sheets:
        written = book.add_worksheet(sheet.name)
        for r, row in enumerate(sheet.rows):
            for c, cell in enumerate(row):
                place, look = (sheet.first_row + r, sheet.first_column + c), looks[cell.format]
                if cell.rows > 1 or cell.columns > 1:
                    written.merge_range(*place, place[0] + cell.rows - 1, place[1] + cell.columns - 1, "", look)
                if cell.formula:
                    written.write_formula(*place, cell.formula, look, "" if cell.shown is None else cell.shown)
                elif cell.shown is not None:
                    written.write(*place, cell.shown, look)
        for number in sheet.hidden_rows:
            written.set_row(sheet.first_row + number, None, None, {"hidden": True})
        for number in sheet.hidden_columns:
            written.set_column(sheet.first_column + number, sheet.first_column + number, None, None, {"hidden": True})
        if sheet.is_hidden:
            written.hide()
    next(sheet for sheet, drawn in zip(book.worksheets(), page.sheets, strict=True) if not drawn.is_hidden).activate()
    book.close()
    return out.getvalue()


def html(page: Page) -> bytes:
    """Write a web page, a table a sheet, as the offices' own systems export what they call .xls."""
    tables = "".join(f"<table border=1>{''.join(_lines(sheet))}</table><br>" for sheet in page.sheets)
    return f'<html><head><meta charset="gb18030"></head><body>{tables}</body></html>'.encode("gb18030")


def _lines(sheet: Sheet) -> list[str]:
    covered: set[tuple[int, int]] = set()
    lines = ["<tr></tr>"] * sheet.first_row
    for r, row in enumerate(sheet.rows):
        cells = "<td></td>" * sheet.first_column
        for c, cell in enumerate(row):
            if (r, c) in covered:
                continue
            covered |= {(r + down, c + right) for down in range(cell.rows) for right in range(cell.columns)}
            spans = (f" rowspan={cell.rows}" if cell.rows > 1 else "") + (f" colspan={cell.columns}" if cell.columns > 1 else "")
            cells += f"<td{spans}>{_shown(cell)}</td>"
        lines.append(f"<tr>{cells}</tr>")
    return lines


def _shown(cell: Cell) -> str:
    return "&nbsp;" if cell.shown is None else escape(str(cell.shown)).replace("\n", "<br>")


def utf16_text(page: Page) -> bytes:
    """Write the main sheet as Excel's "Unicode text": tabs, UTF-16 with a mark; no quotes, so breaks become blanks."""
    sheet = page.main()
    before = [""] * sheet.first_column
    rows = [[""]] * sheet.first_row
    rows += [[*before, *("" if cell.shown is None else re.sub(r"[\n\t]", " ", str(cell.shown)) for cell in row)] for row in sheet.rows]
    return "\r\n".join("\t".join(row) for row in rows).encode("utf-16")


# Ending to writer. One sheet only, no merged ranges and no formulas are left in text.
FORMATS: dict[str, tuple[str, Writer]] = {
    "xlsx": ("xlsx", writers.xlsx),
    "xlsx by xlsxwriter": ("xlsx", by_xlsxwriter),
    "xls": ("xls", writers.xls),
    "ods": ("ods", writers.ods),
    "csv in GBK": ("csv", writers.gbk_csv),
    "csv in UTF-8": ("csv", writers.utf8_csv),
    "UTF-16 text": ("txt", utf16_text),
    "docx": ("docx", writers.docx),
    "html": ("xls", html),
}
BOOKS = frozenset(("xlsx", "xlsx by xlsxwriter", "xls", "ods"))
TEXTS = frozenset(("csv in GBK", "csv in UTF-8", "UTF-16 text"))
