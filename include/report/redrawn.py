"""What goes back where the sender's own file cannot be marked: the same grid as a workbook, or else the empty official table.

Both are plain workbooks; `marking` puts the list, the fills and the comments on, as on a sender's own. Values, never formulas.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from include.domain.form import Form
from include.domain.picture import Picture, Sheet
from include.domain.reading import Mark
from include.report.blanks import draw_value, hide_mark
from include.report.drawing import OPTIONS, Pens, draw, on_paper, put
from include.report.layout import UNIT_FIELDS, Box, Layout, sheet_name
from include.report.wide import lines_of, width_of

# A table without a name, one of a Word file, and what stood around a table.
_UNNAMED, _WORD_TABLE, _TEXT = "原表", "第{}个表格", "正文"
_NARROW, _WIDE, _DEFAULT = 8.0, 42.0, 8.43
_ROWS, _COLUMNS = 1_048_576, 16_384


def sheet_names(picture: Picture, taken: Iterable[str] = ()) -> Mapping[str, str]:
    """What each table of a picture is called as a sheet: names that every program accepts, no two alike. Of equal names the first counts."""
    used = {name.lower() for name in (*taken, _TEXT)}
    found: dict[str, str] = {}
    for number, sheet in enumerate(picture.sheets, start=1):
        ordinal = sheet.name.removeprefix("table ")
        wanted = _WORD_TABLE.format(ordinal) if ordinal != sheet.name and ordinal.replace(".", "").isdigit() else sheet.name
        name = sheet_name(wanted.replace("/", "_")) if wanted else _UNNAMED
        if name.lower() in used:
            name = f"{name[:24]}（{number}）"
        used.add(name.lower())
        found.setdefault(sheet.name, name)
    return found


def redraw(picture: Picture, names: Mapping[str, str], created: datetime, title: str) -> bytes:
    """A workbook with the same cells at the same addresses: texts, numbers as they were shown, merges, widths; paragraphs on a sheet behind."""
    target = BytesIO()
    book = _new(target, created, title)
    pens = Pens(book)
    drawn: set[str] = set()
    for sheet in picture.sheets:
        if sheet.name not in drawn:
            drawn.add(sheet.name)
            _draw_sheet(book, pens, sheet, names[sheet.name])
    lines = [line.strip() for line in picture.text.split("\n") if line.strip()]
    if lines:
        text = book.add_worksheet(_TEXT)
        text.set_column(0, 0, 100, pens())
        for row, line in enumerate(lines[:10_000]):
            put(text, row, 0, line, pens(text_wrap=True, valign="vcenter"))
        on_paper(text, landscape=False)
    book.close()
    return target.getvalue()


def official(form: Form, layout: Layout, unit_name: str, mark: Mark, created: datetime, title: str) -> bytes:
    """The empty official table with the hidden mark, for a sender from whose file no table could be read."""
    target = BytesIO()
    book = _new(target, created, title)
    pens = Pens(book)
    for page in layout.sheets:

        def fill(box: Box) -> tuple[object, dict[str, Any]] | None:
            if box.role == "entry":
                return (unit_name if box.field.startswith(UNIT_FIELDS) else ""), {}
            if box.role != "value" or box.item is None:
                return None
            return draw_value(form.item(box.item), unit_name)

        sheet = draw(book, page, pens, fill)
        on_paper(sheet, landscape=page.is_landscape, repeat=(page.first_head_row, page.head_rows - 1))
    hide_mark(book, mark)
    book.close()
    return target.getvalue()


def nothing(created: datetime, title: str) -> bytes:
    """A workbook for the list alone, where there is no table to fill in; its sheet says what to do."""
    target = BytesIO()
    book = _new(target, created, title)
    sheet = book.add_worksheet("说明")
    sheet.set_column(0, 0, 80)
    put(sheet, 0, 0, "原文件不能直接标注，问题见前一页。请改好原文件后重新报送。", Pens(book)(text_wrap=True))
    book.close()
    return target.getvalue()


def _new(target: BytesIO, created: datetime, title: str) -> Any:
    book = xlsxwriter.Workbook(target, {**OPTIONS, "in_memory": True})
    book.set_properties({"title": title, "created": created.astimezone(UTC).replace(tzinfo=None, microsecond=0)})
    return book


def _draw_sheet(book: Any, pens: Pens, picture: Sheet, name: str) -> None:
    sheet = book.add_worksheet(name)
    cells = {(row, column): (value, shown) for row, column, value, shown in picture.cells if row < _ROWS and column < _COLUMNS}
    merged = _disjoint(picture.merged)
    within = {(row, column) for top, left, bottom, right in merged for row in range(top, bottom + 1) for column in range(left, right + 1)}
    filled: dict[int, int] = {}
    for row, _ in cells:
        filled[row] = filled.get(row, 0) + 1
    columns = [column for _, column in cells]
    across = range(min(columns), max(columns) + 1) if columns else range(0)
    # A row with several cells belongs to a table and gets its lines; a title or a remark stands free.
    lined = {row for row, count in filled.items() if count > 1}
    widths = _set_widths(sheet, pens, picture, cells, within)
    for top, left, bottom, right in merged:
        value, shown = cells.get((top, left), ("", ""))
        centred = {"align": "center"} if left < right else {}
        pen = pens(valign="vcenter", text_wrap=True, **centred, **_format(value, shown), **({"border": 1} if top in lined else {}))
        sheet.merge_range(top, left, bottom, right, "", pen)
        _put(sheet, top, left, value, pen)
    for row in sorted(filled.keys() | {row for top, _, bottom, _ in merged for row in range(top, bottom + 1)} & lined):
        for column in across if row in lined else [at for at in across if (row, at) in cells]:
            if (row, column) not in within:
                value, shown = cells.get((row, column), ("", ""))
                pen = pens(valign="vcenter", text_wrap=True, **_format(value, shown), **({"border": 1} if row in lined else {}))
                _put(sheet, row, column, value, pen)
    for row, height in _heights(cells, merged, widths).items():
        sheet.set_row(row, height)
    for row in picture.hidden_rows:
        sheet.set_row(row, None, None, {"hidden": True})
    if picture.is_hidden:
        sheet.hide()
    on_paper(sheet, landscape=sum(dict(picture.widths).values()) > 100)


def _put(sheet: Any, row: int, column: int, value: object, pen: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, pen)
    else:
        put(sheet, row, column, value, pen)


def _format(value: object, shown: str) -> dict[str, Any]:
    if isinstance(value, str):
        # Text cells keep a telephone number whole; what a clerk types into other cells stays a number.
        return {"num_format": "@"} if value[:1] in ("0", "+") or (len(value) > 11 and value.isdigit()) else {}
    return {"num_format": shown} if shown else {}


def _disjoint(merged: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The merged ranges that no program would object to: of two that overlap the first, none of a single cell, none beyond a sheet."""
    taken: set[tuple[int, int]] = set()
    found = []
    for top, left, bottom, right in merged:
        if (top, left) == (bottom, right) or bottom >= _ROWS or right >= _COLUMNS or (bottom - top + 1) * (right - left + 1) > 100_000:
            continue
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if taken.isdisjoint(cells):
            taken |= cells
            found.append((top, left, bottom, right))
    return found


def _set_widths(
    sheet: Any, pens: Pens, picture: Sheet, cells: Mapping[tuple[int, int], tuple[object, str]], within: set[tuple[int, int]]
) -> dict[int, float]:
    """The sender's widths where they are known, else as wide as what stands in the column; return them."""
    known = dict(picture.widths)
    widths: dict[int, float] = {}
    for (row, column), (value, _) in cells.items():
        if (row, column) not in within:
            widths[column] = max(widths.get(column, _NARROW), min(_WIDE, width_of(str(value)[:500]) + 2))
    widths = {column: min(width, 255.0) for column, width in {**widths, **known}.items()}
    for column in sorted(widths.keys() | set(picture.hidden_columns)):
        if column < _COLUMNS:
            hidden = {"hidden": True} if column in picture.hidden_columns else {}
            sheet.set_column(column, column, widths.get(column), pens() if column in widths else None, hidden)
    return widths


def _heights(
    cells: Mapping[tuple[int, int], tuple[object, str]], merged: Iterable[tuple[int, int, int, int]], widths: Mapping[int, float]
) -> dict[int, float]:
    """The rows that need more than one line; not every program measures wrapped text by itself."""
    blocks = {(top, left): (bottom, right) for top, left, bottom, right in merged}
    lines: dict[int, int] = {}
    for (row, column), (value, _) in cells.items():
        bottom, right = blocks.get((row, column), (row, column))
        if isinstance(value, str) and bottom == row:
            room = sum(widths.get(at, _DEFAULT) for at in range(column, right + 1))
            lines[row] = max(lines.get(row, 1), lines_of(value[:2000], room))
    return {row: min(15.0 * count + 2, 400.0) for row, count in lines.items() if count > 1}
