"""Where a form's table stands on a sheet: labels are found by their words, and everything else (unit, figures, heads) from where the labels stand.

A `View` is a sheet as it lies or turned on its side, so that one way of reading serves both: a list whose labels stand in a column, and the same list
with its labels in a row, are the same thing seen from two sides.
"""

from dataclasses import dataclass, field

from include.catalogue.wording import fold
from include.read.cells import is_blank
from include.read.grid import CellValue, Grid, address
from include.read.matching import PLAIN, Sense, Vocabulary

Mark = tuple[int, int, Sense]


Span = tuple[int, int, int, int]


# Merged ranges larger than this are decoration; remembering each of their cells would cost more than the sheet.
_span_cells = 20_000


class View:
    """A sheet read row by row, or turned on its side. Positions are (row, column) of the view, 0-based from its first cell."""

    __slots__ = ("grid", "height", "is_turned", "rows", "spans", "width")

    def __init__(self, grid: Grid, *, is_turned: bool = False) -> None:
        self.grid = grid
        self.is_turned = is_turned
        self.rows: list[list[CellValue]] = grid.rows
        self.width = max(map(len, grid.rows), default=0)
        self.height = len(grid.rows)
        self.spans: dict[tuple[int, int], Span] = {}
        if is_turned:
            wide = [[*row, *([None] * (self.width - len(row)))] for row in grid.rows]
            self.rows = [list(column) for column in zip(*wide, strict=True)]
            self.width, self.height = self.height, self.width
        for top, left, bottom, right in grid.merged:
            span = (top - grid.first_row, left - grid.first_column, bottom - grid.first_row, right - grid.first_column)
            if is_turned:
                span = (span[1], span[0], span[3], span[2])
            span = (max(span[0], 0), max(span[1], 0), min(span[2], self.height - 1), min(span[3], self.width - 1))
            if span[2] < span[0] or span[3] < span[1] or (span[2] - span[0] + 1) * (span[3] - span[1] + 1) > _span_cells:
                continue
            for row in range(span[0], span[2] + 1):
                for column in range(span[1], span[3] + 1):
                    self.spans[row, column] = span

    def raw(self, row: int, column: int) -> CellValue:
        """Return what the cell itself holds; None outside the sheet."""
        if 0 <= row < self.height:
            cells = self.rows[row]
            if 0 <= column < len(cells):
                return cells[column]
        return None

    def home(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that holds the value of a merged range, or the cell itself."""
        span = self.spans.get((row, column)) if self.spans else None
        return (span[0], span[1]) if span else (row, column)

    def at(self, row: int, column: int) -> CellValue:
        """Return what a person sees there: the value of the merged range, or of the cell itself."""
        if self.spans:
            span = self.spans.get((row, column))
            if span is not None:
                return self.raw(span[0], span[1])
        return self.raw(row, column)

    def sheet_place(self, row: int, column: int) -> tuple[int, int]:
        """Return the position on the sheet, 0-based."""
        if self.is_turned:
            row, column = column, row
        return row + self.grid.first_row, column + self.grid.first_column

    def address(self, row: int, column: int) -> str:
        """Return the cell's A1 address on the sheet."""
        return address(*self.sheet_place(row, column))

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether nobody sees the cell without unhiding its row, column or sheet."""
        grid = self.grid
        if not (grid.is_hidden or grid.hidden_rows or grid.hidden_columns):
            return False
        place = self.sheet_place(row, column)
        return grid.is_hidden or place[0] in grid.hidden_rows or place[1] in grid.hidden_columns


def survey(grid: Grid, words: Vocabulary) -> list[Mark]:
    """Return every text of a sheet that means something to the form: (row, column, sense) in reading order."""
    marks: list[Mark] = []
    known = words.senses
    for row, cells in enumerate(grid.rows):
        for column, value in enumerate(cells):
            if type(value) is str:
                sense = known.get(value)
                if sense is None:
                    sense = words.sense(value)
                if sense is not PLAIN:
                    marks.append((row, column, sense))
    return marks


def turned(marks: list[Mark]) -> list[Mark]:
    """Return the marks as they stand on the turned view."""
    return sorted(((column, row, sense) for row, column, sense in marks), key=lambda mark: mark[:2])


@dataclass(slots=True)
class Claim:
    """A cell that could be an item's value, and why. `value_at` is None where no column of figures was found."""

    item: int
    label_at: tuple[int, int]
    value_at: tuple[int, int] | None
    label: str
    value: CellValue = None
    inline: str = ""
    unit: str = ""
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    period: str = ""
    over: tuple[int, ...] = ()


def said_inline(view: View, marks: list[Mark], free: frozenset[int] | set[int], words: Vocabulary) -> list[Claim]:
    """Claim the words behind a text item's label in one cell (备注：专职), where nothing else says the item.

    A line that reads like a note below the table is doubted, and is none of ours if it is the form's own note.
    """
    claims: dict[int, Claim] = {}
    for row, column, sense in marks:
        item = sense.items[0] if len(sense.items) == 1 else -1
        if item not in free or item in claims or not sense.inline or words.items[item].is_number:
            continue
        text = str(view.raw(row, column))
        if sense.is_note and fold(sense.inline) in fold(words.form.note):
            continue
        claim = Claim(item=item, label_at=(row, column), value_at=(row, column), label=text, inline=sense.inline, steps=list(sense.steps))
        if sense.is_note:
            claim.doubts.append(("read_by_neighbour", text.strip(), words.items[item].label))
        claims[item] = claim
    return list(claims.values())


@dataclass(slots=True)
class Stray:
    """A row or column whose label is none of the form's: where, what it says, and the item it resembles.

    `may_be` are items it could be misprinted for, `copy_of` an item that stands elsewhere and whose label it nearly repeats (-1: none).
    """

    at: tuple[int, int]
    label: str
    nearest: int | None
    may_be: tuple[int, ...] = ()
    has_figure: bool = False
    is_column: bool = False
    copy_of: int = -1
    value_at: tuple[int, int] | None = None


@dataclass(slots=True)
class Head:
    """The head of a list: in which columns its labels stand, and what it says of every other (role, words, sense, whether of a group above)."""

    lanes: tuple[tuple[int, int], ...]
    columns: dict[int, tuple[str, str, Sense | None, bool]]


@dataclass(slots=True)
class Region:
    """One place where a table was found: its claims and what stood in the way. `faults` are (doubt, given, expected, first cell, last cell)."""

    view: View
    claims: list[Claim] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    faults: list[tuple[str, str, str, tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    headed_column: int | None = None
    head_row: int = 0
    head: Head | None = None

    def found(self) -> set[int]:
        """The items the region has a label for."""
        return {claim.item for claim in self.claims}

    def filled(self) -> int:
        """How many claims hold something that could be an answer."""
        return sum(1 for claim in self.claims if claim.inline or not is_blank(claim.value))
