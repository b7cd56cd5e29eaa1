"""Binary Office Open XML workbooks (.xlsb): values by python-calamine, and one walk over the records for what it does not tell.

The walk reads error values, days, percentages, formats that show a zero as blank, merged and hidden cells, and where cells stand, before calamine
makes room for them. Record numbers are those of Microsoft's [MS-XLSB].
"""

import io
import struct
from collections.abc import Iterator
from posixpath import join, normpath

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.formats import is_day
from include.read.grid import Book, Grid
from include.read.marks import MARK_SHEET, mark_from_rows
from include.read.xls import ERROR_TEXT, Look, Records, check_rectangle, overlay, show_numbers
from include.read.xlsx import check_cells, day_of, look_at_parts, mark_in_properties, parse_xml, put, value_at
from include.settings import Limits

_ROW, _BLANK, _ERROR, _FORMULA_NUMBER, _FORMULA_ERROR = 0, 1, 3, 9, 11
_CELLS = frozenset(range(1, 12))
_FORMAT, _XF, _COLUMN, _VIEW, _SHEET, _BOOK, _MERGED = 44, 47, 60, 137, 156, 153, 176
_CELL_STYLES, _CELL_STYLES_END = 617, 618


def read_xlsb(data: bytes, limits: Limits) -> Book:
    """Return the workbook as grids. Raises `Refused`."""
    parts = Parts(data, limits)
    book = Book(kind="xlsb")
    look_at_parts(parts, book)
    try:
        sheets, is_1904 = _sheets(parts)
        records = _styles(parts)
        looks = {name: _look(parts.read(part)) for name, part in sheets.items() if part in parts}
    except struct.error:
        raise Refused("damaged", given="records cut off") from None
    is_calculated = "xl/calcChain.bin" in parts
    for name, look in looks.items():
        check_rectangle(look, limits, name)
    for grid in _by_calamine(data, book):
        seen = looks.get(grid.name)
        if seen is not None:
            grid.merged = seen.merged
            overlay(grid, seen, records)
            for at, style in seen.styles.items():
                code = records.code(style)
                value = value_at(grid, at)
                if is_day(code) and isinstance(value, int | float) and not isinstance(value, bool):
                    put(grid, at, day_of(value, code, is_1904=is_1904))
            show_numbers(grid, seen, records)
            for at in seen.zero_formulas if not is_calculated else ():
                put(grid, at, None)
                grid.doubts[at] = "formula_without_value"
        else:
            book.findings.append(fault("sheet_unreadable", sheet=grid.name, given=grid.name))
            grid.rows = []
        book.grids.append(grid)
    if book.mark is None and "docProps/custom.xml" in parts:
        book.mark = mark_in_properties(parts)
    check_cells(book, limits)
    return book


def _by_calamine(data: bytes, book: Book) -> Iterator[Grid]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for about in workbook.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            rows = [[None if value == "" else value for value in row] for row in sheet.to_python()]
            if about.name == MARK_SHEET:
                book.mark = mark_from_rows(rows)
                continue
            first_row, first_column = sheet.start or (0, 0)
            is_hidden = about.visible is not SheetVisibleEnum.Visible
            yield Grid(name=about.name, rows=rows, first_row=first_row, first_column=first_column, is_hidden=is_hidden)
    except (MemoryError, KeyboardInterrupt, SystemExit, Refused):
        raise
    except BaseException as error:  # noqa: BLE001 - calamine's panics are no Exception
        raise Refused("damaged", given=str(error)) from None


def records_of(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, body) of every record. Raises `Refused` where the stream ends within one."""
    at, end = 0, len(stream)
    while at < end:
        number = stream[at]
        at += 1
        if number & 0x80:
            if at >= end:
                raise Refused("damaged", given="records cut off")
            number = number & 0x7F | stream[at] << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            if at >= end:
                raise Refused("damaged", given="records cut off")
            byte = stream[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if at + size > end:
            raise Refused("damaged", given="records cut off")
        yield number, stream[at : at + size]
        at += size


def _text(body: bytes, at: int) -> tuple[str, int]:
    """The text that stands there, and where it ends."""
    (length,) = struct.unpack_from("<L", body, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    return body[at + 4 : at + 4 + length * 2].decode("utf-16-le", "replace"), at + 4 + length * 2


def _sheets(parts: Parts) -> tuple[dict[str, str], bool]:
    """Sheet name -> part, and whether days count from 1904."""
    relations = "xl/_rels/workbook.bin.rels"
    if relations not in parts or "xl/workbook.bin" not in parts:
        raise Refused("damaged", given="xl/workbook.bin")
    targets = {each.get("Id") or "": each.get("Target") or "" for each in parse_xml(parts.read(relations), relations)}
    found: dict[str, str] = {}
    is_1904 = False
    for number, body in records_of(parts.read("xl/workbook.bin")):
        if number == _BOOK and body:
            is_1904 = bool(body[0] & 1)
        elif number == _SHEET:
            identity, at = _text(body, 8)
            name, _ = _text(body, at)
            if name in found:
                raise Refused("duplicate_parts", given=name)
            target = targets.get(identity, "")
            found[name] = target[1:] if target.startswith("/") else normpath(join("xl", target))
    return found, is_1904


def _styles(parts: Parts) -> Records:
    """The number formats of the cells' styles."""
    records = Records()
    if "xl/styles.bin" not in parts:
        return records
    within = False
    for number, body in records_of(parts.read("xl/styles.bin")):
        if number == _FORMAT:
            records.formats[struct.unpack_from("<H", body)[0]] = _text(body, 2)[0]
        elif number == _CELL_STYLES:
            within = True
        elif number == _CELL_STYLES_END:
            within = False
        elif number == _XF and within:
            records.styles.append(struct.unpack_from("<H", body, 2)[0])
    return records


def _look(stream: bytes) -> Look:
    look = Look()
    row = 0
    for number, body in records_of(stream):
        if number == _ROW:
            (row,) = struct.unpack_from("<L", body)
            if len(body) > 11 and body[11] & 0x10:
                look.hidden_rows.add(row)
        elif number in _CELLS:
            column, style = struct.unpack_from("<2L", body)
            if number == _BLANK:
                continue
            at = (row, column)
            look.stretch(row, column)
            look.styles[at] = style & 0xFFFFFF
            if number in (_ERROR, _FORMULA_ERROR):
                look.errors[at] = ERROR_TEXT.get(body[8] if len(body) > 8 else 15, "#VALUE!")
            elif number == _FORMULA_NUMBER and body[8:16] == bytes(8):
                look.zero_formulas.add(at)
        elif number == _COLUMN:
            first, last, _, _, options = struct.unpack_from("<4LH", body)
            if options & 1:
                look.hidden_columns.update(range(first, min(last, 1023) + 1))
        elif number == _VIEW:
            look.zeros_hidden = not struct.unpack_from("<H", body)[0] & 0x10
        elif number == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4L", body)
            look.merged.append((top, left, bottom, right))
    return look
