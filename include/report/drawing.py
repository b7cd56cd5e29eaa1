"""A form's layout put on paper by XlsxWriter: the same picture for blanks and roll-ups."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from include.report.layout import Box, Role, SheetLayout
from include.report.wide import BODY_FONT, HEAD_FONT

# Text from units never becomes a formula, a link or a number of its own.
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
A4 = 9
_LONGEST = 32_000

_STYLES: dict[Role, dict[str, Any]] = {
    "title": {"font_name": HEAD_FONT, "font_size": 16, "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True},
    "field": {"align": "left", "valign": "vcenter", "text_wrap": True},
    "entry": {"align": "left", "valign": "vcenter", "bottom": 1, "text_wrap": True, "num_format": "@"},
    "head": {"font_name": HEAD_FONT, "bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True, "bg_color": "#E7EEF7"},
    "section": {"align": "center", "valign": "vcenter", "border": 1, "text_wrap": True},
    "number": {"align": "center", "valign": "vcenter", "border": 1},
    "label": {"align": "left", "valign": "vcenter", "border": 1, "text_wrap": True},
    "measure": {"align": "center", "valign": "vcenter", "border": 1, "text_wrap": True},
    "value": {"align": "right", "valign": "vcenter", "border": 1, "text_wrap": True},
    "total": {"align": "right", "valign": "vcenter", "border": 1, "text_wrap": True},
    "note": {"align": "left", "valign": "top", "text_wrap": True, "font_color": "#555555"},
}


class Pens:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **properties: Any) -> Any:
        """The format of these properties, in the house's font unless they say otherwise."""
        properties = {"font_name": BODY_FONT, "font_size": 10.5, **properties}
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def of(self, role: Role, **more: Any) -> Any:
        """The format of a role in a form's layout, with what differs."""
        return self(**{**_STYLES[role], **more})


def new_book(path: Path, created: datetime, title: str) -> xlsxwriter.Workbook:
    """Open a workbook whose bytes depend on nothing but what is written into it; `created` stands in its properties."""
    book = xlsxwriter.Workbook(str(path), OPTIONS)
    book.set_properties({"title": title, "created": created.replace(tzinfo=None, microsecond=0)})
    book.set_calc_mode("auto")
    return book


def plain(text: str) -> str:
    """Return text that a cell can hold: no lone surrogates, not longer than a program accepts."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……（共{len(text)}字，此处只显示前{_LONGEST}字）"


def put(sheet: Any, row: int, column: int, value: object, pen: Any) -> None:
    """Write one value: a number as a number, anything else as text, never as a formula."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, pen)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value, pen)
    else:
        sheet.write_string(row, column, plain(str(value)), pen)


def put_block(sheet: Any, row: int, column: int, rows: int, columns: int, value: object, pen: Any) -> None:
    """Write one value into a merged block."""
    if rows > 1 or columns > 1:
        sheet.merge_range(row, column, row + rows - 1, column + columns - 1, "", pen)
    put(sheet, row, column, value, pen)


def on_paper(sheet: Any, *, landscape: bool = True, repeat: tuple[int, int] | None = None, footer: str = "") -> None:
    """Set a sheet up for A4, one page wide, head rows repeated, page numbers and `footer` below."""
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.55, bottom=0.6)
    sheet.center_horizontally()
    sheet.set_footer(f"&L&9{_footer(footer)}&R&9第 &P 页，共 &N 页")
    if repeat is not None:
        sheet.repeat_rows(*repeat)


def draw(book: xlsxwriter.Workbook, layout: SheetLayout, pens: Pens, fill: Callable[[Box], tuple[object, dict[str, Any]] | None]) -> Any:
    """Draw one sheet; `fill` may say of a box what stands in it and how its format differs."""
    sheet = book.add_worksheet(layout.name)
    for column, width in enumerate(layout.widths):
        sheet.set_column(column, column, width, pens())
    for row, height in layout.heights.items():
        sheet.set_row(row, height)
    for box in layout.boxes:
        said = fill(box)
        value, more = said if said is not None else (box.text, {})
        put_block(sheet, box.row, box.column, box.rows, box.columns, value, pens.of(box.role, **more))
    sheet.freeze_panes(layout.head_rows, 0)
    return sheet


def _footer(text: str) -> str:
    # "&" commands in a page footer; text is ours, but names in it may hold one.
    return text.replace("&", "&&")[:200]
