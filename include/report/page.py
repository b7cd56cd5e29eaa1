"""A sheet of the compliance workbook: title, a few lines, a table that filters and prints, and the foot."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from xlsxwriter.url import Url

from include.report.drawing import Pens, new_book, on_paper, put
from include.report.wide import HEAD_FONT, lines_of, width_of

# A sheet holds 65,530 links; longer tables run on in numbered sheets.
MOST_ROWS = 65_000
_LINE = 15.0
_TALLEST = 330.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value with its look; `link` is an XlsxWriter address ("internal:'表'!A1", "external:a/b.xlsx")."""

    value: object = None
    fill: str = ""
    colour: str = ""
    bold: bool = False
    across: str = ""
    format: str = ""
    link: str = ""
    tip: str = ""


Shown = Cell | str | int | float | None
_PLAIN = Cell()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column: its heading, the least and most width in characters, and how its cells stand."""

    text: str
    least: float = 8.0
    most: float = 24.0
    across: str = "left"
    format: str = ""


@dataclass
class Paper:
    """The workbook being written: its pens, the line that stands at the foot of every sheet, and the sheets' names in order."""

    book: Any
    pens: Pens
    foot: str
    names: list[str] = field(default_factory=list)
    _looks: dict[tuple[str, str, bool, str, str, bool], Any] = field(default_factory=dict)

    @staticmethod
    def begin(path: Path, created: datetime, title: str, foot: str) -> "Paper":
        """Open a workbook."""
        book = new_book(path, created, title)
        return Paper(book=book, pens=Pens(book), foot=foot)

    def sheet(self, name: str, *, colour: str = "") -> Any:
        """Add a sheet of that name."""
        made = self.book.add_worksheet(name)
        made.hide_gridlines(2)
        if colour:
            made.set_tab_color(colour)
        self.names.append(name)
        return made

    def close(self) -> None:
        """Finish the file."""
        self.book.close()

    def heading(self, sheet: Any, title: str, lines: Sequence[Shown], columns: int, width: float) -> int:
        """Write the title and the lines below it across the columns; return the next free row."""
        block(sheet, 0, 0, columns, title, self.pens(font_name=HEAD_FONT, font_size=16, bold=True, align="center", valign="vcenter"))
        sheet.set_row(0, 30)
        row = 1
        for line in lines:
            cell = line if isinstance(line, Cell) else Cell(value=line)
            look: dict[str, Any] = {"align": cell.across or "left", "valign": "vcenter", "text_wrap": True, "bold": cell.bold}
            if cell.colour:
                look["font_color"] = cell.colour
            if cell.fill:
                look["bg_color"] = cell.fill
            block(sheet, row, 0, columns, cell.value, self.pens(**look))
            sheet.set_row(row, _LINE * lines_of(str(cell.value or ""), width * 0.97) + 3)
            row += 1
        return row

    def write_foot(self, sheet: Any, row: int, columns: int) -> None:
        """Write the foot line."""
        block(sheet, row, 0, columns, self.foot, self.pens(align="left", valign="vcenter", font_color="#555555", font_size=9))

    def pen_of(self, cell: Cell, head: Head) -> Any:
        """The format of a table cell."""
        key = (cell.fill, cell.colour, cell.bold, cell.across or head.across, cell.format or head.format, bool(cell.link))
        found = self._looks.get(key)
        if found is None:
            fill, colour, bold, across, number_format, is_link = key
            look: dict[str, Any] = {"border": 1, "border_color": "#B0B7C3", "valign": "vcenter", "text_wrap": True, "align": across}
            if fill:
                look["bg_color"] = fill
            if colour or is_link:
                look["font_color"] = colour or "#0B57A4"
            if bold:
                look["bold"] = True
            if number_format:
                look["num_format"] = number_format
            if is_link:
                look["underline"] = 1
            found = self._looks[key] = self.pens(**look)
        return found

    def head_pen(self) -> Any:
        """The format of a table's heading."""
        return self.pens(
            font_name=HEAD_FONT, bold=True, align="center", valign="vcenter", border=1, border_color="#8B95A5", text_wrap=True, bg_color="#E7EEF7"
        )

    def put_cell(self, sheet: Any, row: int, column: int, shown: Shown, head: Head) -> None:
        """Write one table cell."""
        if not isinstance(shown, Cell):
            put(sheet, row, column, shown, self.pen_of(_PLAIN, head))
            return
        cell, pen = shown, self.pen_of(shown, head)
        if cell.link and len(cell.link) < 2000:
            link = Url(cell.link)
            if cell.link.startswith("external:"):
                # As Excel itself writes a relative link; the library's backslash is no folder elsewhere.
                link._relationship_link = link._relationship_link.replace("\\", "/")
            sheet.write_url(row, column, link, pen, string=text_of(cell)[:255], tip=cell.tip[:250] or None)
        # The link stays behind whatever is written into its cell.
        put(sheet, row, column, cell.value, pen)

    def table(
        self,
        name: str,
        title: str,
        heads: Sequence[Head],
        rows: Sequence[Sequence[Shown]],
        *,
        lines: Sequence[Shown] = (),
        freeze: int = 0,
        empty: str = "无。",
        colour: str = "",
    ) -> list[tuple[str, int]]:
        """Write a table, in numbered sheets where it is long; return for each sheet its name and the row number (1-based) of its first line."""
        widths = fitted(heads, rows)
        placed: list[tuple[str, int]] = []
        pieces = [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)] or [[]]
        for number, piece in enumerate(pieces, start=1):
            its_name = name if number == 1 else f"{name}({number})"
            sheet = self.sheet(its_name, colour=colour)
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width, self.pens())
            part = f"（{number}/{len(pieces)}）" if len(pieces) > 1 else ""
            top = self.heading(sheet, title + part, lines, len(heads), sum(widths))
            self.write_heads(sheet, top, heads, widths)
            row = top + 1
            for line in piece:
                self.write_row(sheet, row, line, heads, widths)
                row += 1
            if not piece:
                block(
                    sheet,
                    row,
                    0,
                    len(heads),
                    empty,
                    self.pens(align="center", valign="vcenter", font_color="#555555", border=1, border_color="#B0B7C3"),
                )
                sheet.set_row(row, 24)
                row += 1
            else:
                sheet.autofilter(top, 0, row - 1, len(heads) - 1)
            self.write_foot(sheet, row, len(heads))
            sheet.freeze_panes(top + 1, freeze)
            on_paper(sheet, repeat=(top, top), footer=self.foot)
            placed.append((its_name, top + 2))
        return placed

    def write_heads(self, sheet: Any, row: int, heads: Sequence[Head], widths: Sequence[float]) -> None:
        """Write a table's headings."""
        for column, head in enumerate(heads):
            put(sheet, row, column, head.text, self.head_pen())
        sheet.set_row(row, max(24.0, 8 + _LINE * max(lines_of(head.text, width) for head, width in zip(heads, widths, strict=True))))

    def write_row(self, sheet: Any, row: int, line: Sequence[Shown], heads: Sequence[Head], widths: Sequence[float]) -> None:
        """Write a table's line, as tall as its text needs."""
        tall = 1
        for column, (shown, head) in enumerate(zip(line, heads, strict=True)):
            self.put_cell(sheet, row, column, shown, head)
            if isinstance(shown, str) or (isinstance(shown, Cell) and isinstance(shown.value, str)):
                tall = max(tall, lines_of(text_of(shown), widths[column]))
        sheet.set_row(row, min(_TALLEST, _LINE * tall + 5))


def text_of(shown: Shown) -> str:
    """The text of a cell as far as its width goes."""
    value = shown.value if isinstance(shown, Cell) else shown
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def fitted(heads: Sequence[Head], rows: Iterable[Sequence[Shown]]) -> list[float]:
    """Column widths that hold their text, within each column's least and most."""
    longest = [max(head.least, min(head.most, width_of(head.text) + 3)) for head in heads]
    for line in rows:
        for column, shown in enumerate(line):
            if longest[column] < heads[column].most:
                longest[column] = min(heads[column].most, max(longest[column], width_of(text_of(shown)) + 2))
    return [math.ceil(width) for width in longest]


def block(sheet: Any, row: int, column: int, columns: int, value: object, pen: Any) -> None:
    """Write one value across columns."""
    if columns > 1:
        sheet.merge_range(row, column, row, column + columns - 1, "", pen)
    put(sheet, row, column, value, pen)
