"""Addresses as spreadsheets write them: A1, B3:B9, 'Sheet'!C4."""

import re

_cell = re.compile(r"^\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})$")
MOST_CELLS = 20_000


def cells_of(address: str) -> list[tuple[int, int]]:
    """Return the 0-based (row, column) of a cell or of a range such as "B3:B9"; empty where the text is neither."""
    ends = address.replace("$", "").split(":")
    found = [_cell.match(end.strip()) for end in ends]
    if not 1 <= len(found) <= 2 or not all(found):
        return []
    corners = [(int(one[2]) - 1, _column(one[1])) for one in found if one is not None]
    (top, left), (bottom, right) = corners[0], corners[-1]
    if max(top, bottom) >= 1_048_576 or max(left, right) >= 16_384:
        return []
    top, bottom, left, right = min(top, bottom), max(top, bottom), min(left, right), max(left, right)
    if (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
        return [(top, left)]
    return [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters_of(column: int) -> str:
    """Return a 0-based column's letters: 27 -> "AB"."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return letters


def quoted(sheet: str) -> str:
    """Return a sheet's name as it stands in a reference."""
    return "'" + sheet.replace("'", "''") + "'"
