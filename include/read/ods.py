"""OpenDocument spreadsheets (.ods, flat .fods): read from their XML alone, since it tells formulas, errors, percentages, merged and hidden cells.

Repeated rows and columns are unrolled only where they hold something and only within the limit of cells.
"""

import re
from datetime import date, datetime
from typing import Any

from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.grid import Book, CellValue, Grid, Looks
from include.read.marks import MARK_SHEET, mark_from_properties, mark_from_rows
from include.read.xlsx import Formulas, check_cells, is_number, parse_xml, recompute
from include.settings import Limits

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DRAWING = "{urn:oasis:names:tc:opendocument:xmlns:drawing"
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CHANGING = re.compile("[百千万亿约余近多]")
_REFERENCE = re.compile(r"\[(?:\$?('(?:[^']|'')+'|[^'\[\].:#]+))?\.(\$?[A-Z]+\$?\d+)(?::\.(\$?[A-Z]+\$?\d+))?\]")


def read_ods(data: bytes, limits: Limits) -> Book:
    """Return the spreadsheet as grids. Raises `Refused`."""
    book = Book(kind="ods")
    if data[:2] != b"PK" and b"office:document" in data[:4000]:
        root = parse_xml(data, "content.xml")
        meta = root
    else:
        parts = Parts(data, limits)
        if "META-INF/manifest.xml" in parts and b"encryption-data" in parts.read("META-INF/manifest.xml"):
            raise Refused("password", given="encryption-data")
        if "content.xml" not in parts:
            raise Refused("damaged", given="content.xml")
        root = parse_xml(parts.read("content.xml"), "content.xml")
        meta = parse_xml(parts.read("meta.xml"), "meta.xml") if "meta.xml" in parts else None
        if any(name.startswith("Basic/") and name.endswith(".xml") and "script-l" not in name for name in parts.names()):
            book.findings.append(fault("macros", given="Basic"))
        if any(name.startswith("Object ") and name.endswith(".xml") and "chart" not in name.lower() for name in parts.names()):
            book.findings.append(fault("embedded_objects", given="Object"))
    styles = _Styles(root)
    asked: list[tuple[Grid, Formulas, set[tuple[int, int]]]] = []
    for table in root.iter(f"{_TABLE}table"):
        if table.getparent().tag != f"{_OFFICE}spreadsheet":
            continue
        name = table.get(f"{_TABLE}name") or ""
        if table.find(f"{_TABLE}table-source") is not None:
            book.findings.append(fault("external_links", sheet=name))
        grid, formulas = _read_table(table, name, styles, limits)
        asked.append((grid, formulas, set()))
        if name == MARK_SHEET:
            book.mark = mark_from_rows(grid.rows)
        else:
            book.grids.append(grid)
    recompute(asked, [grid for grid, _, _ in asked])
    if book.mark is None and meta is not None:
        book.mark = mark_from_properties({field.get(f"{_META}name") or "": field.text or "" for field in meta.iter(f"{_META}user-defined")})
    check_cells(book, limits)
    return book


class _Styles:
    """Cell and column styles: which are percentages, which tables are hidden."""

    def __init__(self, root: Any) -> None:
        percent_formats = {element.get(f"{_STYLE}name") for element in root.iter(f"{_NUMBER}percentage-style")}
        self.percent: set[str] = set()
        self.hidden_tables: set[str] = set()
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name") or ""
            if style.get(f"{_STYLE}data-style-name") in percent_formats:
                self.percent.add(name)
            for properties in style.iter(f"{_STYLE}table-properties"):
                if properties.get(f"{_TABLE}display") == "false":
                    self.hidden_tables.add(name)


def _count(element: Any, what: str) -> int:
    text = element.get(f"{_TABLE}number-{what}-repeated") or "1"
    return int(text) if is_number(text) else 1


def _is_hidden(element: Any) -> bool:
    return element.get(f"{_TABLE}visibility") in ("collapse", "filter")


def _rows_of(table: Any) -> Any:
    """All row elements, also within header rows and groups, but not those of a table within a cell."""
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-header-rows", f"{_TABLE}table-row-group", f"{_TABLE}table-rows"):
            yield from _rows_of(child)


def _columns_of(table: Any) -> Any:
    for child in table:
        if child.tag == f"{_TABLE}table-column":
            yield child
        elif child.tag in (f"{_TABLE}table-header-columns", f"{_TABLE}table-column-group", f"{_TABLE}table-columns"):
            yield from _columns_of(child)


def _read_table(table: Any, name: str, styles: _Styles, limits: Limits) -> tuple[Grid, Formulas]:
    """The table as a grid, and its formulas without a result."""
    grid = Grid(name=name, rows=[], is_hidden=(table.get(f"{_TABLE}style-name") or "") in styles.hidden_tables)
    formulas: Formulas = {}
    defaults: list[str] = []
    column = 0
    for element in _columns_of(table):
        repeated = min(_count(element, "columns"), 16_384)
        defaults.extend([element.get(f"{_TABLE}default-cell-style-name") or ""] * min(repeated, 16_384 - min(len(defaults), 16_384)))
        if _is_hidden(element):
            grid.hidden_columns.update(range(column, min(column + repeated, 1024)))
        column += repeated
    row = cells = 0
    for element in _rows_of(table):
        repeated = _count(element, "rows")
        values = _row_values(element)
        cells += repeated * sum(often for _, often in values)
        if cells > limits.cells or (values and row + repeated > 1_048_576):
            raise Refused("sheet_too_large", sheet=name, given=str(cells), expected=str(limits.cells))
        if values:
            grid.rows.extend([] for _ in range(row - len(grid.rows)))
            if len(grid.rows) > limits.cells:
                raise Refused("sheet_too_large", sheet=name, given=str(len(grid.rows)), expected=str(limits.cells))
            for index in range(repeated):
                grid.rows.append(_place(values, row + index, grid, styles, defaults, formulas))
        if _is_hidden(element):
            grid.hidden_rows.update(range(row, min(row + repeated, row + 100_000)))
        row += repeated
    _drop_margins(grid)
    return grid, formulas


def _row_values(row: Any) -> list[tuple[Any, int]]:
    """(cell, how often), up to the last cell that holds something; empty where none does."""
    found: list[tuple[Any, int]] = []
    last = 0
    for element in row:
        if element.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        found.append((element, _count(element, "columns")))
        if element.get(f"{_OFFICE}value-type") or element.get(f"{_TABLE}formula") or element.find(f"{_TEXT}p") is not None or _spans(element):
            last = len(found)
    return found[:last]


def _spans(element: Any) -> bool:
    return bool(element.get(f"{_TABLE}number-columns-spanned") or element.get(f"{_TABLE}number-rows-spanned"))


def _spanned(element: Any, what: str) -> int:
    text = element.get(f"{_TABLE}number-{what}-spanned")
    return min(int(text), 1_048_576) if is_number(text) else 1


def _place(
    values: list[tuple[Any, int]],
    row: int,
    grid: Grid,
    styles: _Styles,
    defaults: list[str],
    formulas: Formulas,
) -> list[CellValue]:
    line: list[CellValue] = []
    for element, repeated in values:
        value, error = _cell_value(element)
        if element.tag == f"{_TABLE}covered-table-cell" and not element.get(f"{_TABLE}formula"):
            value = None
        if len(line) + repeated > 16_384:
            raise Refused("sheet_too_large", sheet=grid.name, given=str(len(line) + repeated), expected="16384")
        if value is None and not element.get(f"{_TABLE}formula") and not _spans(element):
            line.extend([None] * repeated)
            continue
        for _ in range(repeated):
            at = (row, len(line))
            line.append(value)
            if _spans(element):
                down, across = _spanned(element, "rows"), _spanned(element, "columns")
                if down > 1 or across > 1:
                    grid.merged.append((row, at[1], row + down - 1, at[1] + across - 1))
            if error:
                grid.doubts[at] = "error_value"
            style = element.get(f"{_TABLE}style-name") or (defaults[at[1]] if at[1] < len(defaults) else "")
            if element.get(f"{_OFFICE}value-type") == "percentage" or (style in styles.percent and isinstance(value, int | float)):
                grid.percent.add(at)
            shown = "".join(paragraph.text or "" for paragraph in element.iter(f"{_TEXT}p"))
            if value == 0 and not isinstance(value, bool) and not shown.strip() and element.find(f"{_TEXT}p") is not None:
                grid.doubts[at] = "shown_blank"
            if isinstance(value, int | float) and not isinstance(value, bool) and _CHANGING.search(shown):
                line[-1] = shown  # its format prints 万, 约 and the like beside the number: what people saw is what was said
            formula = element.get(f"{_TABLE}formula")
            if formula and value is None and element.get(f"{_OFFICE}value-type") != "string":
                formulas[at] = (_REFERENCE.sub(_reference, formula.partition(":=")[2] or formula), (0, 0))
    return line


def _reference(match: re.Match[str]) -> str:
    sheet = match[1] and (match[1] if match[1].startswith("'") else f"'{match[1]}'")
    return (f"{sheet}!" if sheet else "") + (f"{match[2]}:{match[3]}" if match[3] else match[2])


def _cell_value(element: Any) -> tuple[CellValue, bool]:
    """The value, and whether it is an error value."""
    kind = element.get(f"{_OFFICE}value-type")
    if kind is None and element.get(f"{_CALCEXT}value-type") != "error":
        text = _text(element)
        return (text or None), False
    text = _text(element)
    if element.get(f"{_CALCEXT}value-type") == "error" or (element.get(f"{_TABLE}formula") and re.fullmatch(r"#[A-Z/0!?]+|Err:\d+", text)):
        return (text or "#VALUE!"), True
    if kind in ("float", "percentage", "currency"):
        try:
            number = float(element.get(f"{_OFFICE}value") or "")
        except ValueError:
            return (text or None), False
        return (int(number) if number.is_integer() and abs(number) < 1e15 else number), False
    if kind == "date":
        day = element.get(f"{_OFFICE}date-value") or ""
        try:
            return (datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)), False
        except ValueError:
            return (text or None), False
    if kind == "boolean":
        return element.get(f"{_OFFICE}boolean-value") == "true", False
    if kind == "string":
        return (text or element.get(f"{_OFFICE}string-value") or None), False
    return (text or None), False


def _text(element: Any) -> str:
    """The paragraphs of a cell, one a line; notes and drawings over the cell are left out."""
    return "\n".join(_inline(child) for child in element if child.tag == f"{_TEXT}p")


def _inline(element: Any) -> str:
    found = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c") or "1"
            found.append(" " * min(int(count) if is_number(count) else 1, 1000))
        elif child.tag == f"{_TEXT}tab":
            found.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            found.append("\n")
        elif isinstance(child.tag, str) and child.tag != f"{_OFFICE}annotation" and not child.tag.startswith(_DRAWING):
            found.append(_inline(child))
        found.append(child.tail or "")
    return "".join(found)


def _drop_margins(grid: Grid) -> None:
    while grid.rows and not any(value is not None for value in grid.rows[-1]):
        last = len(grid.rows) - 1
        if any(at[0] == last for at in grid.doubts):
            break
        grid.rows.pop()


def looks_of_ods(data: bytes, limits: Limits) -> dict[str, Looks]:
    """How the tables look, by name."""
    is_flat = data[:2] != b"PK"
    root = parse_xml(data if is_flat else Parts(data, limits).read("content.xml"), "content.xml")
    kinds = [f"{_NUMBER}{kind}-style" for kind in ("number", "percentage", "date")]
    codes = {one.get(f"{_STYLE}name"): _code_of(one) for one in root.iter(*kinds)}
    width_of: dict[str, float] = {}
    code_of: dict[str, str] = {}
    for one in root.iter(f"{_STYLE}style"):
        name = one.get(f"{_STYLE}name") or ""
        code_of[name] = codes.get(one.get(f"{_STYLE}data-style-name"), "")
        for properties in one.iter(f"{_STYLE}table-column-properties"):
            width_of[name] = _characters(properties.get(f"{_STYLE}column-width") or "")
    found: dict[str, Looks] = {}
    for table in root.iter(f"{_TABLE}table"):
        looks = found[table.get(f"{_TABLE}name") or ""] = Looks()
        defaults: list[str] = []
        for element in _columns_of(table):
            for _ in range(min(_count(element, "columns"), 1024 - len(defaults))):
                width = width_of.get(element.get(f"{_TABLE}style-name") or "", 0.0)
                if width:
                    looks.widths[len(defaults)] = width
                defaults.append(code_of.get(element.get(f"{_TABLE}default-cell-style-name") or "", ""))
        row = 0
        for line in _rows_of(table):
            column = 0
            values = _row_values(line)
            for cell, often in values:
                named = cell.get(f"{_TABLE}style-name")
                code = code_of.get(named, "") if named else (defaults[column] if column < len(defaults) else "")
                if code:
                    for at in range(column, min(column + often, 1024)):
                        looks.formats[row, at] = code
                column += often
            row += _count(line, "rows")
    return found


def _code_of(element: Any) -> str:
    """A number style as a format code: decimals, thousands, percentages, days."""
    parts = []
    for one in element:
        kind = one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""
        is_long = one.get(f"{_NUMBER}style") == "long"
        if kind == "number":
            places = min(int(one.get(f"{_NUMBER}decimal-places") or 0), 10)
            whole = "#,##0" if one.get(f"{_NUMBER}grouping") == "true" else "0"
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
