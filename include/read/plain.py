"""The fast way through a plain .xlsx: patterns over the XML of sheets in which every cell is a plain value, at half of calamine's cost.

Nearly every submission is such a file. A sheet that holds anything else (a formula, an error value, a telling number format, a day, rich text, an
unusual order of attributes, a cell far outside) does not match whole, and then the whole workbook goes the thorough way: calamine and the XML. Tests
hold both ways to the same grids. Texts are kept decoded, since the labels of a form come again in every file.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from include.read.grid import CellValue, Grid, address

_CELL = re.compile(
    rb'<c r="([A-Z]{1,2})([0-9]{1,4})"(?: s="([0-9]{1,6})")?(?: t="(s|n|b|str|inlineStr)")?'
    rb'(?:/>|>(?:<v>([^<]*)</v>|<v ?/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>|<is><t ?/></is>)?</c>)'
)
_STRING = re.compile(rb'<si>(?:<t(?: xml:space="preserve")?>([^<]*)</t>|<t ?/>)(?:<phoneticPr[^<>]*/>)?</si>')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})" ?/>')
_HIDDEN = re.compile(rb'hidden="[1t]')
_SHOW_ZEROS = re.compile(rb'showZeros="[0f]')
ESCAPED = re.compile(r"_x([0-9A-F]{4})_")
_REFERENCE = re.compile("&(?:(#?[0-9A-Za-z]{1,8});)?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_COLUMNS: Mapping[bytes, int] = {address(0, column)[:-1].encode(): column for column in range(702)}


class NotPlain(Exception):
    """The sheet holds something that is not a plain value."""


@lru_cache(maxsize=100_000)
def text_of(raw: bytes) -> str:
    """Return the text that stands so in XML. Raises NotPlain for what XML does not know."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise NotPlain from None
    if "&" in text:
        text = _REFERENCE.sub(_character, text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "_x" in text:
        text = ESCAPED.sub(lambda match: _sign(int(match[1], 16)), text)
    return text


def _character(match: re.Match[str]) -> str:
    name = match[1]
    try:
        if name and name[0] == "#":
            return _sign(int(name[2:], 16) if name[1] in "xX" else int(name[1:]))
        return _NAMED[name or ""]
    except (KeyError, ValueError, IndexError):
        raise NotPlain from None


def _sign(number: int) -> str:
    """The character of that number; half a character (a surrogate) is none."""
    if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
        raise NotPlain
    return chr(number)


def shared_strings(content: bytes) -> list[bytes]:
    """The shared strings, still as XML. Raises NotPlain where one is rich text or carries a reading aid."""
    found: list[bytes] = _STRING.findall(content)
    if len(found) != content.count(b"<si>") + content.count(b"<si/>") or b"<!" in content:
        raise NotPlain
    return found


def read_sheet(name: str, content: bytes, strings: list[bytes], telling: frozenset[bytes], most_cells: int) -> Grid:
    """Return the sheet as a grid. Raises NotPlain where it is not plain.

    `telling` are the styles whose number format says more than the number: percentages, days, hidden noughts. Sheets that differ in their values
    alone (a blank filled in by many units) have the same XML around them; it is taken apart once.
    """
    pieces = _BETWEEN.split(content)
    key = b"\0".join(pieces[::2]), telling, most_cells
    layout = _known_layouts.get(key)
    if layout is None:
        grid, places = _take_apart(name, content, strings, telling, most_cells)
        if b"\0" not in content:
            if len(_known_layouts) >= _MOST_LAYOUTS:
                _known_layouts.clear()
            _known_layouts[key] = _layout(content, grid, places)
        return grid
    rows = [line[:] for line in layout.rows]
    try:
        for at, row, column in layout.numbers:
            stored = pieces[at]
            rows[row][column] = int(stored) if stored.isdigit() and len(stored) < 16 else _decimal(stored)
        for at, row, column, kind in layout.others:
            value = _value(pieces[at], kind, strings)
            if value == "":  # an empty text changes which cells a sheet has
                return _take_apart(name, content, strings, telling, most_cells)[0]
            rows[row][column] = value
    except (ValueError, IndexError):
        raise NotPlain from None
    return Grid(name=name, rows=rows, first_row=layout.first_row, first_column=layout.first_column, merged=layout.merged[:])


class _Layout(NamedTuple):
    """A sheet without its values: empty rows, and for each value which piece of the XML it is, its place in the rows and (of `others`) its kind."""

    rows: list[list[CellValue]]
    numbers: list[tuple[int, int, int]]
    others: list[tuple[int, int, int, bytes]]
    first_row: int
    first_column: int
    merged: list[tuple[int, int, int, int]]


_BETWEEN = re.compile(rb">([^<]+)</")
_MOST_LAYOUTS = 64
_NUMBER = (b"", b"n")
_known_layouts: dict[tuple[bytes, frozenset[bytes], int], _Layout] = {}


def _layout(content: bytes, grid: Grid, places: list[tuple[int, int, int, bytes]]) -> _Layout:
    """`places` give where in the content a value starts."""
    piece_at = {match.start(1): 2 * number + 1 for number, match in enumerate(_BETWEEN.finditer(content))}
    at = [(piece_at[start], row - grid.first_row, column - grid.first_column, kind) for start, row, column, kind in places]
    return _Layout(
        [[None] * len(line) for line in grid.rows],
        [place[:3] for place in at if place[3] in _NUMBER],
        [place for place in at if place[3] not in _NUMBER],
        grid.first_row,
        grid.first_column,
        grid.merged[:],
    )


def _value(stored: bytes, kind: bytes, strings: list[bytes]) -> CellValue:
    if kind == b"s":
        return text_of(strings[int(stored)])
    if kind in _NUMBER:
        return int(stored) if stored.isdigit() and len(stored) < 16 else _decimal(stored)
    return stored == b"1" if kind == b"b" else text_of(stored)


def _take_apart(
    name: str, content: bytes, strings: list[bytes], telling: frozenset[bytes], most_cells: int
) -> tuple[Grid, list[tuple[int, int, int, bytes]]]:
    """Read a sheet from the beginning; return it with each value's start in the content, row, column and kind."""
    cells = list(_CELL.finditer(content))
    if len(cells) != content.count(b"<c ") + content.count(b"<c>") or b"<!" in content or not _is_whole(content):
        raise NotPlain
    if (b"hidden" in content and _HIDDEN.search(content)) or (b"Z" in content and b"showZeros" in content and _SHOW_ZEROS.search(content)):
        raise NotPlain
    rows: list[list[CellValue]] = []
    line: list[CellValue] = []
    places: list[tuple[int, int, int, bytes]] = []
    at, number, first_row = b"", 0, 0
    try:
        for cell in cells:
            column, row, style, kind, stored, inline = cell.groups(b"")
            if kind == b"inlineStr":
                stored = inline
            elif kind == b"s" and not stored:
                raise NotPlain
            if not stored:
                continue
            if style in telling and kind in _NUMBER:
                raise NotPlain
            value = _value(stored, kind, strings)
            if value == "":
                continue
            if row != at:
                before, at, number = number, row, int(row)
                if number <= before:
                    raise NotPlain
                if before:
                    rows.extend([] for _ in range(number - before - 1))
                else:
                    first_row = number
                line = []
                rows.append(line)
            gap = _COLUMNS[column] - len(line)
            if gap:
                if gap < 0:
                    raise NotPlain
                line.extend([None] * gap)
            places.append((cell.start(6 if kind == b"inlineStr" else 5), number - 1, len(line), kind))
            line.append(value)
    except (ValueError, IndexError):
        raise NotPlain from None
    if not rows:
        return Grid(name=name, rows=[]), []
    width = max(map(len, rows))
    if len(rows) * width > most_cells:
        raise NotPlain
    for line in rows:
        if len(line) < width:
            line.extend([None] * (width - len(line)))
    first_column = 0
    if not any(line[0] is not None for line in rows):
        first_column = min(next((place for place, value in enumerate(line) if value is not None), width) for line in rows)
        rows = [line[first_column:] for line in rows]
    return Grid(name=name, rows=rows, first_row=first_row - 1, first_column=first_column, merged=_merged(content)), places


def _decimal(stored: bytes) -> float:
    if b"_" in stored:  # float() takes it for a number
        raise NotPlain
    number = float(stored)
    if not isfinite(number):
        raise NotPlain
    return number


def _is_whole(content: bytes) -> bool:
    """Whether the XML has one table of cells and an end; what else it may lack matters to nobody who only reads values."""
    return (
        content.count(b"<sheetData") == 1
        and (b"</sheetData>" in content or b"<sheetData/>" in content)
        and content[-100:].rstrip().endswith(b"</worksheet>")
    )


def _merged(content: bytes) -> list[tuple[int, int, int, int]]:
    if b"<mergeCell " not in content:
        return []
    found = _MERGED.findall(content)
    if len(found) != content.count(b"<mergeCell "):
        raise NotPlain
    try:
        return [(int(top) - 1, _COLUMNS[left], int(bottom) - 1, _COLUMNS[right]) for left, top, right, bottom in found]
    except KeyError:
        raise NotPlain from None
