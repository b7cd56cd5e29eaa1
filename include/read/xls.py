"""BIFF workbooks (.xls, WPS .et): values by python-calamine, and one walk over the records for what it does not tell.

The walk reads error values, formulas whose writer stored no real result, hidden rows and columns, percentages, formats that show a zero as blank,
protection by password, macros and links. Formulas are turned back into text by xlrd. Record numbers are those of Microsoft's [MS-XLS].
"""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlrd
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.read.faults import Refused, fault
from include.read.formats import changes_number, hides_zero, is_percent
from include.read.grid import Book, CellValue, Grid, Looks, address
from include.read.marks import MARK_SHEET, mark_from_rows
from include.read.ole import MAGIC, Streams
from include.read.xlsx import Formulas, builtin_code, check_cells, put, recompute, show, value_at
from include.settings import Limits

_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _XF, _FORMAT = 0x809, 0x0A, 0x85, 0x2F, 0xE0, 0x41E
_ROW, _COLINFO, _FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK, _WINDOW2, _SHRFMLA = 0x208, 0x7D, 0x06, 0x205, 0x203, 0x27E, 0xBD, 0x23E, 0x4BC
_CODEPAGE, _DIMENSIONS = 0x42, 0x200
_LABELSST, _LABEL, _RSTRING, _SUPBOOK, _CALCMODE, _WRITEACCESS, _MERGED, _EXTSST = 0xFD, 0x204, 0xD6, 0x1AE, 0x0D, 0x5C, 0xE5, 0xFF
ERROR_TEXT = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_ENTRY = struct.Struct("<2H")


@dataclass(slots=True)
class Look:
    """What the records of one sheet say, by sheet position. `merged` as in a grid, where calamine does not tell it."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], bytes] = field(default_factory=dict)
    zero_formulas: set[tuple[int, int]] = field(default_factory=set)
    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    zeros_hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    places: set[tuple[int, int]] = field(default_factory=set)
    declared: tuple[int, int] = (0, 0)
    far: tuple[int, int] = (0, 0)
    near: tuple[int, int] = (1_048_576, 16_384)

    def stretch(self, row: int, column: int) -> None:
        """Note a cell with a value. Raises `Refused` for a second one at its place."""
        if (row, column) in self.places:
            raise Refused("sheet_unreadable", cell=address(row, column), given=address(row, column))
        self.places.add((row, column))
        self.far = (max(self.far[0], row), max(self.far[1], column))
        self.near = (min(self.near[0], row), min(self.near[1], column))


@dataclass(slots=True)
class Records:
    """What the records of the workbook say; `sheets` by the position of the sheet's own records."""

    styles: list[int] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    sheets: dict[int, Look] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    has_links: bool = False
    is_calculated: bool = False
    is_old: bool = False
    code_page: int = 0

    def code(self, style: int) -> str:
        """The number format of a style, "" for a usual one."""
        identity = self.styles[style] if style < len(self.styles) else 0
        return self.formats.get(identity) or builtin_code(identity)


def read_xls(data: bytes, limits: Limits) -> Book:
    """Return the workbook as grids. Raises `Refused`."""
    book = Book(kind="xls")
    stream = data
    if data[:8] == MAGIC:
        streams = Streams(data)
        name = "Workbook" if "Workbook" in streams else "Book"
        if name not in streams:
            raise Refused("damaged", given="no workbook in the container")
        stream = streams.read(name)
        if "_VBA_PROJECT_CUR/" in streams or "VBA/" in streams:
            book.findings.append(fault("macros", given="VBA"))
        if any(entry.startswith("MBD") for entry in streams.streams):
            book.findings.append(fault("embedded_objects", given="OLE"))
    records = _walk(stream)
    if records.has_links:
        book.findings.append(fault("external_links"))
    for bounds in records.sheets.values():
        check_rectangle(bounds, limits)
    overstated = [bounds.declared for bounds in records.sheets.values() if bounds.declared[0] * bounds.declared[1] > limits.cells]
    for bottom, right in overstated:
        book.findings.append(fault("declared_too_large", given=address(min(bottom, 1_048_576) - 1, right - 1)))
    # calamine garbles the Chinese text of workbooks older than Excel 97, and makes room for all that a sheet declares.
    grids = None if records.is_old or overstated else _by_calamine(data, book)
    if grids is None:
        grids = _by_xlrd(stream, book, records)
    looked: list[tuple[Grid, Look]] = []
    for number, grid in grids:
        look = records.sheets.get(records.places[number]) if number < len(records.places) else None
        if look is not None:
            overlay(grid, look, records)
            looked.append((grid, look))
        book.grids.append(grid)
    if not records.is_calculated and any(look.zero_formulas for _, look in looked):
        texts = _formula_texts(stream, [look for _, look in looked], records)
        asked = [
            (grid, {at: found.get(at, ("?", (0, 0))) for at in look.zero_formulas}, look.zero_formulas)
            for (grid, look), found in zip(looked, texts, strict=True)
        ]
        recompute(asked, book.grids)
    for grid, look in looked:
        show_numbers(grid, look, records)
    check_cells(book, limits)
    return book


def check_rectangle(look: Look, limits: Limits, sheet: str = "") -> None:
    """Refuse a sheet whose cells lie too far apart: a reader makes room for the whole rectangle."""
    rows, columns = look.far[0] - look.near[0] + 1, look.far[1] - look.near[1] + 1
    if rows > 0 and columns > 0 and rows * columns > limits.cells:
        raise Refused("sheet_too_large", sheet=sheet, given=f"{rows} × {columns}", expected=str(limits.cells), cell=address(*look.far))


def _walk(stream: bytes) -> Records:
    found = Records()
    at, end = 0, len(stream)
    start, depth = 0, 0
    look: Look | None = None
    unpack = _ENTRY.unpack_from
    while at + 4 <= end:
        number, length = unpack(stream, at)
        body = at + 4
        if body + length > end:
            if look is None or number != _EOF:
                raise Refused("damaged", given="records cut off")
            break
        if number in (_BOF, 0x409, 0x209, 0x09):
            depth += 1
            if depth == 1:
                start = at
                kind = struct.unpack_from("<H", stream, body + 2)[0] if length >= 4 else 0
                found.is_old = found.is_old or number != _BOF or stream[body : body + 2] == b"\0\5"
                look = Look() if kind == 0x10 else None
                if look is not None:
                    found.sheets[start] = look
        elif number == _EOF:
            depth -= 1
            if depth <= 0:
                look, depth = None, 0
        elif depth > 1:
            pass  # a chart within the sheet
        elif look is None:
            if number == _FILEPASS:
                raise Refused("password", given="FILEPASS")
            if number == _BOUNDSHEET and length >= 6:
                found.places.append(struct.unpack_from("<L", stream, body)[0])
            elif number == _CODEPAGE and length >= 2:
                found.code_page = struct.unpack_from("<H", stream, body)[0]
            elif number == _XF and length >= 4:
                found.styles.append(struct.unpack_from("<H", stream, body + 2)[0])
            elif number == _FORMAT and length >= 5:
                _add_format(stream[body : body + length], found)
            elif number == _SUPBOOK and length > 4:
                found.has_links = True
            elif number == _EXTSST:  # Excel, WPS and LibreOffice write it; libraries that compute nothing do not
                found.is_calculated = True
        elif number in (_NUMBER, _RK, _FORMULA, _BOOLERR, _LABELSST, _LABEL, _RSTRING) and length >= 6:
            row, column, style = struct.unpack_from("<3H", stream, body)
            look.stretch(row, column)
            if number == _FORMULA and length >= 22:
                result = stream[body + 6 : body + 14]
                if result[6:] == b"\xff\xff":
                    if result[0] == 2:
                        look.errors[row, column] = ERROR_TEXT.get(result[2], "#VALUE!")
                    elif result[0] == 3:  # an empty text, which xlwt stores for every formula
                        look.zero_formulas.add((row, column))
                elif result == b"\0\0\0\0\0\0\0\0":
                    look.zero_formulas.add((row, column))
                look.formulas[row, column] = stream[body + 20 : body + length]
                look.styles[row, column] = style
            elif number == _BOOLERR and length >= 8:
                if stream[body + 7]:
                    look.errors[row, column] = ERROR_TEXT.get(stream[body + 6], "#VALUE!")
            elif number in (_NUMBER, _RK):
                look.styles[row, column] = style
        elif number == _MULRK and length >= 6:
            row, first = struct.unpack_from("<2H", stream, body)
            for index in range((length - 6) // 6):
                look.styles[row, first + index] = struct.unpack_from("<H", stream, body + 4 + 6 * index)[0]
                look.stretch(row, first + index)
        elif number == _ROW and length >= 16:
            row = struct.unpack_from("<H", stream, body)[0]
            if stream[body + 12] & 0x20:
                look.hidden_rows.add(row)
        elif number == _COLINFO and length >= 10:
            first, last, _, _, options = struct.unpack_from("<5H", stream, body)
            if options & 1:
                look.hidden_columns.update(range(first, min(last, 255) + 1))
        elif number == _DIMENSIONS and length >= 12 and not found.is_old:
            top, bottom, left, right = struct.unpack_from("<2L2H", stream, body)
            look.declared = (bottom, right) if top <= bottom and left <= right else (1_048_576, 16_384)
        elif number == _WINDOW2 and length >= 2:
            look.zeros_hidden = not struct.unpack_from("<H", stream, body)[0] & 0x10
        at = body + length
    return found


def _add_format(body: bytes, found: Records) -> None:
    if found.is_old:
        found.formats[struct.unpack_from("<H", body)[0]] = body[3 : 3 + body[2]].decode("gb18030", "replace")
        return
    identity, length, flags = struct.unpack_from("<2HB", body)
    text = body[5 : 5 + length * 2].decode("utf-16-le", "replace") if flags & 1 else body[5 : 5 + length].decode("latin-1")
    found.formats[identity] = text


def overlay(grid: Grid, look: Look, records: Records) -> None:
    """Put on the grid what calamine does not tell."""
    grid.hidden_rows, grid.hidden_columns = look.hidden_rows, look.hidden_columns
    for at, style in look.styles.items():
        code, value = records.code(style), value_at(grid, at)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if is_percent(code):
            grid.percent.add(at)
        if value == 0 and (look.zeros_hidden or hides_zero(code)):
            grid.doubts[at] = "shown_blank"
    for at, error in look.errors.items():
        put(grid, at, error)
        grid.doubts[at] = "error_value"


def show_numbers(grid: Grid, look: Look, records: Records) -> None:
    """Put what cells show in place of numbers that their formats change; after formulas were computed."""
    for at, style in look.styles.items():
        code = records.code(style)
        if changes_number(code) and at not in look.zero_formulas:
            show(grid, at, code)


def _by_calamine(data: bytes, book: Book) -> list[tuple[int, Grid]] | None:
    """(number of the sheet, grid) in the workbook's order; None where calamine cannot read the file."""
    grids: list[tuple[int, Grid]] = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for number, about in enumerate(workbook.sheets_metadata):
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            if about.name == MARK_SHEET:
                book.mark = mark_from_rows(sheet.to_python(nrows=50))
                continue
            start = sheet.start or (0, 0)
            grids.append(
                (
                    number,
                    Grid(
                        name=about.name,
                        rows=[[None if value == "" else value for value in row] for row in sheet.to_python()],
                        first_row=start[0],
                        first_column=start[1],
                        merged=[(first[0], first[1], last[0], last[1]) for first, last in sheet.merged_cell_ranges or ()],
                        is_hidden=about.visible is not SheetVisibleEnum.Visible,
                    ),
                )
            )
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except CalamineError as error:
        if "assword" in str(error):
            raise Refused("password") from None
        return None
    except BaseException:  # noqa: BLE001 - calamine's panics are no Exception
        return None
    return grids


def _open_by_xlrd(stream: bytes, records: Records) -> Any:
    encoding = "gb18030" if records.is_old and records.code_page in (0, 936) else None
    try:
        return xlrd.open_workbook(file_contents=stream, formatting_info=True, logfile=io.StringIO(), encoding_override=encoding)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - xlrd raises what its unpacking raises
        if "ncrypt" in str(error) or "assword" in str(error):
            raise Refused("password") from None
        raise Refused("damaged", given=str(error)) from None


def _by_xlrd(stream: bytes, book: Book, records: Records) -> list[tuple[int, Grid]]:
    workbook = _open_by_xlrd(stream, records)
    grids: list[tuple[int, Grid]] = []
    for number, sheet in enumerate(workbook.sheets()):
        rows = [[_xlrd_value(cell, workbook.datemode) for cell in sheet.row(row)] for row in range(sheet.nrows)]
        if sheet.name == MARK_SHEET:
            book.mark = mark_from_rows(rows)
            continue
        merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
        grids.append((number, Grid(name=sheet.name, rows=rows, merged=merged, is_hidden=sheet.visibility != 0)))
    return grids


def _xlrd_value(cell: Any, datemode: int) -> CellValue:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or cell.value == "":
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            day: datetime = xlrd.xldate.xldate_as_datetime(cell.value, datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return float(cell.value)
        return day
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ERROR_TEXT.get(cell.value, "#VALUE!")
    if isinstance(cell.value, float):
        return int(cell.value) if cell.value.is_integer() and abs(cell.value) < 1e15 else float(cell.value)
    return str(cell.value)


def _formula_texts(stream: bytes, looks: list[Look], records: Records) -> list[Formulas]:
    """The sheets' formulas as text, as far as xlrd can tell them."""
    from xlrd.formula import FMLA_TYPE_CELL, decompile_formula

    try:
        workbook = _open_by_xlrd(stream, records)
    except Refused:
        return [{} for _ in looks]
    return [_texts_of(look, workbook, FMLA_TYPE_CELL, decompile_formula) for look in looks]


def _texts_of(look: Look, workbook: Any, kind: int, decompile_formula: Callable[..., Any]) -> Formulas:
    texts: Formulas = {}
    for at, body in look.formulas.items():
        length = struct.unpack_from("<H", body)[0] if len(body) >= 2 else 0
        try:
            text = decompile_formula(workbook, body[2 : 2 + length], length, kind, browx=at[0], bcolx=at[1], r1c1=0)
        except Exception:  # noqa: BLE001 - xlrd asserts on tokens that it does not know
            continue
        if isinstance(text, str) and text:
            texts[at] = (text, (0, 0))
    return texts


def looks_of_xls(data: bytes) -> dict[str, Looks]:
    """How the sheets look, by name."""
    workbook = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    found: dict[str, Looks] = {}
    for sheet in workbook.sheets():
        looks = found[sheet.name] = Looks()
        looks.widths = {column: about.width / 256 for column, about in sheet.colinfo_map.items() if column < 1024 and not about.hidden}
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                if sheet.cell_type(row, column) in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                    code = workbook.format_map[workbook.xf_list[sheet.cell_xf_index(row, column)].format_key].format_str
                    looks.formats[row, column] = "" if code == "General" else code
    return found
