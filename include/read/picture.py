"""A book as a picture of itself: cells at their addresses, with the widths and number formats that its kind of file tells.

What is shown is what was read: a copy made from the picture says the same to the reader as the file did.
"""

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from include.domain.picture import Picture, Sheet
from include.read.book import open_book
from include.read.grid import CellValue, Grid
from include.settings import Limits

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - workbooks know no zones
_PERCENT, _DAY, _MOMENT, _TIME, _ZERO_AS_BLANK = "0.##%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm", "0;-0;;@"


class _Looks:
    """What a file tells of one sheet beyond its values: widths by column, and number formats by cell."""

    def __init__(self) -> None:
        self.widths: dict[int, float] = {}
        self.formats: dict[tuple[int, int], str] = {}


def picture_of(data: bytes, name: str, limits: Limits) -> Picture | None:
    """Return the file's tables as they look; None where it has none that can be read."""
    book = open_book(data, name, limits)
    if not book.grids:
        return None
    find = _LOOKS.get(book.kind)
    looks: Mapping[str, _Looks] = {}
    if find is not None:
        try:
            looks = find(data, limits)
        except Exception:  # noqa: BLE001 - looks are a courtesy: what cannot be told of them costs nobody the copy
            looks = {}
    return Picture(sheets=tuple(_sheet(grid, looks.get(grid.name) or _Looks()) for grid in book.grids), text=book.text[:200_000])


def _sheet(grid: Grid, looks: _Looks) -> Sheet:
    cells = []
    for row, line in enumerate(grid.rows, grid.first_row):
        for column, value in enumerate(line, grid.first_column):
            if value is None:
                continue
            plain, shown = _plain(value)
            if (row, column) in grid.percent:
                shown = _PERCENT
            elif grid.doubts.get((row, column)) == "shown_blank":
                shown = _ZERO_AS_BLANK
            if not isinstance(plain, str | bool):
                shown = looks.formats.get((row, column)) or shown
            cells.append((row, column, plain, shown))
    return Sheet(
        name=grid.name,
        cells=tuple(cells),
        merged=tuple(grid.merged),
        widths=tuple(sorted(looks.widths.items())),
        hidden_rows=tuple(sorted(grid.hidden_rows)),
        hidden_columns=tuple(sorted(grid.hidden_columns)),
        is_hidden=grid.is_hidden,
    )


def _plain(value: CellValue) -> tuple[int | float | str | bool, str]:
    """A value as a file holds it, and the format in which it is one."""
    match value:
        case datetime():
            has_time = value.time() != time(0)
            return (value.replace(tzinfo=None) - _EPOCH) / timedelta(days=1), _MOMENT if has_time else _DAY
        case date():
            return (value - _EPOCH.date()).days, _DAY
        case time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400, _TIME
        case timedelta():
            return value / timedelta(days=1), _TIME
        case None:
            return "", ""
        case _:
            return value, ""


def _looks_of_xls(data: bytes, limits: Limits) -> dict[str, _Looks]:  # noqa: ARG001
    import xlrd

    workbook = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True)
    found: dict[str, _Looks] = {}
    for sheet in workbook.sheets():
        looks = found[sheet.name] = _Looks()
        looks.widths = {column: about.width / 256 for column, about in sheet.colinfo_map.items() if column < 1024 and not about.hidden}
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                if sheet.cell_type(row, column) in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                    code = workbook.format_map[workbook.xf_list[sheet.cell_xf_index(row, column)].format_key].format_str
                    looks.formats[row, column] = "" if code == "General" else code
    return found


def _looks_of_ods(data: bytes, limits: Limits) -> dict[str, _Looks]:
    from include.read import ods
    from include.read.archive import Parts
    from include.read.xlsx import is_number, parse_xml

    is_flat = data[:2] != b"PK"
    root = parse_xml(data if is_flat else Parts(data, limits).read("content.xml"), "content.xml")
    style, number, table_ns = ods._STYLE, ods._NUMBER, ods._TABLE
    kinds = [f"{number}{kind}-style" for kind in ("number", "percentage", "date")]
    codes = {one.get(f"{style}name"): _code_of(one, number) for one in root.iter(*kinds)}
    width_of: dict[str, float] = {}
    code_of: dict[str, str] = {}
    for one in root.iter(f"{style}style"):
        name = one.get(f"{style}name") or ""
        code_of[name] = codes.get(one.get(f"{style}data-style-name"), "")
        for properties in one.iter(f"{style}table-column-properties"):
            width_of[name] = _characters(properties.get(f"{style}column-width") or "")
    found: dict[str, _Looks] = {}
    for table in root.iter(f"{table_ns}table"):
        looks = found[table.get(f"{table_ns}name") or ""] = _Looks()
        defaults: list[str] = []
        for element in ods._columns_of(table):
            for _ in range(min(ods._count(element, "columns"), 1024 - len(defaults))):
                width = width_of.get(element.get(f"{table_ns}style-name") or "", 0.0)
                if width:
                    looks.widths[len(defaults)] = width
                defaults.append(code_of.get(element.get(f"{table_ns}default-cell-style-name") or "", ""))
        row = 0
        for line in ods._rows_of(table):
            column = 0
            values = ods._row_values(line)
            for cell, often in values:
                named = cell.get(f"{table_ns}style-name")
                code = code_of.get(named, "") if named else (defaults[column] if column < len(defaults) else "")
                if code and is_number(str(row)):
                    for at in range(column, min(column + often, 1024)):
                        looks.formats[row, at] = code
                column += often
            row += ods._count(line, "rows")
    return found


def _code_of(element: Any, number: str) -> str:
    """A number style as a format code: decimals, thousands, percentages, days."""
    parts = []
    for one in element:
        kind = one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""
        is_long = one.get(f"{number}style") == "long"
        if kind == "number":
            places = min(int(one.get(f"{number}decimal-places") or 0), 10)
            whole = "#,##0" if one.get(f"{number}grouping") == "true" else "0"
            parts.append(whole + (f".{'0' * places}" if places else ""))
        elif kind in ("year", "month", "day", "hours", "minutes", "seconds"):
            sign = kind[0]
            parts.append(sign * (4 if kind == "year" and is_long else 2 if is_long or kind == "year" else 1))
        elif kind == "text" and one.text:
            parts.append(one.text if one.text in ("%", "-", "/", ":", " ") else '"' + one.text.replace('"', "") + '"')
    code = "".join(parts)
    return "" if code == "0" else code


def _characters(length: str) -> float:
    """A column's width, as OpenDocument gives it, in characters; 0 where it is not told."""
    per_inch = {"cm": 2.54, "mm": 25.4, "in": 1.0, "pt": 72.0, "pc": 6.0}
    try:
        return round(float(length[:-2]) / per_inch[length[-2:]] * 96 / 7.5, 1)
    except (KeyError, ValueError):
        return 0.0


def _looks_of_docx(data: bytes, limits: Limits) -> dict[str, _Looks]:
    from include.read import word
    from include.read.archive import Parts
    from include.read.xlsx import is_number

    found: dict[str, _Looks] = {}
    for number, table in enumerate(word._tables(word._body(Parts(data, limits))), 1):
        looks = found[f"table {number}"] = _Looks()
        for column, one in enumerate(table.iterfind(f"{word._W}tblGrid/{word._W}gridCol")):
            width = one.get(f"{word._W}w")
            if is_number(width) and column < 1024:
                # Twentieths of a point; a character is about five and a half points wide.
                looks.widths[column] = round(int(width) / 20 / 5.5, 1)
    return found


_LOOKS: Mapping[str, Callable[[bytes, Limits], dict[str, _Looks]]] = {"xls": _looks_of_xls, "ods": _looks_of_ods, "docx": _looks_of_docx}
