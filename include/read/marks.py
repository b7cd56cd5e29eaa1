"""The hidden mark of an issued blank, and the sheets of our own that are never read as data."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from include.domain.reading import Explanation, Mark
from include.read.grid import Book, Grid

MARK_SHEET = "_baosong"
"""A very hidden sheet: keys in column A, values in column B. The same pairs may stand as document properties "baosong_<key>"."""
RETURN_SHEET = "退回修改意见"
"""The first sheet of a return copy: a list whose head names `EXPLAINED`, the column for a unit's answers, and `REFERENCE`, a hidden one."""
OUR_SHEETS = frozenset({MARK_SHEET, RETURN_SHEET})
EXPLAINED = "情况说明"
REFERENCE = "baosong"
"""Below this head each line says which findings it stands for ("12:3.0af31c,4.77b2d0": receipt and references); above it stands the mark as JSON."""

_KEYS = ("campaign", "obligation", "form", "version", "unit", "period")
# The head stands below a title and a few lines, wherever somebody moved them.
_HEAD_ROWS = 60
_MOST_WORDS = 2_000
# A cell that only says 无 or — explains nothing.
_SAYS_NOTHING = frozenset("无/\\-—－–、.。… 　\n")
_reference = re.compile(r"([0-9]{1,9}):([0-9]{1,9}\.[0-9a-f]{6}(?:,[0-9]{1,9}\.[0-9a-f]{6})*)")


def take_lists(book: Book) -> None:
    """Take the lists of return copies out of a book, under whatever name, and keep what they say: explanations and the mark."""
    kept: list[Grid] = []
    for grid in book.grids:
        head = _head_of(grid)
        if head is None:
            if grid.name.rpartition("/")[2] != RETURN_SHEET:
                kept.append(grid)
            continue
        row, explained, reference = head
        for above in grid.rows[:row]:
            book.mark = _mark_from_json(_at(above, reference)) or book.mark
        for line in grid.rows[row + 1 :]:
            words = _text(_at(line, explained), _MOST_WORDS)
            if not _SAYS_NOTHING.issuperset(words):
                receipt_number, about = _referred(_text(_at(line, reference), 32_767))
                book.explanations.append(Explanation(receipt_number=receipt_number, about=about, text=words))
    book.grids = kept


def _head_of(grid: Grid) -> tuple[int, int, int] | None:
    """(row, column of the explanations, column of the references) where a grid is a list of ours."""
    for number, row in enumerate(grid.rows[:_HEAD_ROWS]):
        if REFERENCE in row and EXPLAINED in row:
            return number, row.index(EXPLAINED), row.index(REFERENCE)
    return None


def _at(row: Sequence[object], column: int) -> object:
    return row[column] if column < len(row) else None


def _referred(text: str) -> tuple[int, tuple[str, ...]]:
    """The receipt and the references to its findings that a line stands for; 0 and none where it does not tell."""
    found = _reference.fullmatch(text)
    return (int(found[1]), tuple(found[2].split(","))) if found else (0, ())


def _mark_from_json(text: object) -> Mark | None:
    if not isinstance(text, str) or not text.startswith("{"):
        return None
    try:
        return _mark(msgspec.json.decode(text, type=dict[str, str]))
    except msgspec.DecodeError:
        return None


def mark_from_rows(rows: Sequence[Sequence[object]]) -> Mark | None:
    """Return the mark that stands in a sheet's first two columns, None if it is no whole mark."""
    return _mark({str(row[0]).strip().lower(): row[1] for row in rows if len(row) >= 2 and row[0] is not None})


def mark_from_properties(properties: Mapping[str, str]) -> Mark | None:
    """Return the mark that stands in document properties, None if there is none."""
    prefix = "baosong_"
    return _mark({name.lower().removeprefix(prefix): value for name, value in properties.items() if name.lower().startswith(prefix)})


def _mark(pairs: Mapping[str, object]) -> Mark | None:
    texts = {key: _text(pairs.get(key)) for key in _KEYS}
    if not texts["campaign"] or not texts["form"]:
        return None
    version = texts["version"]
    return Mark(
        campaign=texts["campaign"],
        obligation=texts["obligation"],
        form=texts["form"],
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
        unit=texts["unit"],
        period=texts["period"],
    )


def _text(value: object, most: int = 200) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value).strip()[:most]
