"""A page before it is a file: tables of tagged cells, so that truth follows a value wherever a mess moves it.

A cell that carries an answer is tagged with the answer itself; rows and columns may be inserted, shuffled or set side by side, and where the answer
stands is read off at the end. Writers turn a page into bytes, messes change it, and neither knows of the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

Shown = str | int | float | None


@dataclass(slots=True, kw_only=True)
class Truth:
    """What one cell says to a careful clerk: the value (None = 无), whether it is approximate, and the doubts that a reader must raise on it.

    `is_blank`: nothing can be read, only a finding will do. `doubts` are loose words for the findings that must stand on the item ("blank",
    "unreadable_number", "part_exceeds_whole", ...); those in `returns` return the file. `may_refuse`: a careful clerk reads the value, a careful
    program may also ask. `iso` is the day that a wording of one single day means.
    """

    item: str
    row: int | None
    value: Shown
    approximate: bool = False
    is_blank: bool = False
    may_refuse: bool = False
    iso: str = ""
    doubts: list[str] = field(default_factory=list)
    returns: bool = False


@dataclass(slots=True, kw_only=True)
class Cell:
    """One cell: what it shows, the answer it carries, how many rows and columns it covers, a formula, a number format ("0.0%"), and its look."""

    shown: Shown = None
    truth: Truth | None = None
    rows: int = 1
    columns: int = 1
    formula: str = ""
    format: str = ""
    look: str = ""


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One sheet: rows of cells; a cell that covers several leaves its neighbours as plain empty cells."""

    name: str
    rows: list[list[Cell]]
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    is_hidden: bool = False
    first_row: int = 0
    first_column: int = 0

    @property
    def width(self) -> int:
        """Columns in use."""
        return max((len(row) for row in self.rows), default=0)


@dataclass(slots=True, kw_only=True)
class Page:
    """A workbook to be: its sheets, the item of each answer, and words for the messes it has been through."""

    sheets: list[Sheet]
    messes: list[str] = field(default_factory=list)
    unread: list[Truth] = field(default_factory=list)

    def cells(self) -> Iterator[tuple[Sheet, int, int, Cell]]:
        """Every cell with its sheet and position (0-based, the sheet's offset included)."""
        for sheet in self.sheets:
            for r, row in enumerate(sheet.rows):
                for c, cell in enumerate(row):
                    yield sheet, sheet.first_row + r, sheet.first_column + c, cell

    def truths(self) -> list[Truth]:
        """Every answer on the page, and those that a mess took off it."""
        return [cell.truth for _, _, _, cell in self.cells() if cell.truth is not None] + self.unread

    def main(self) -> Sheet:
        """The sheet with the most answers."""
        return max(self.sheets, key=lambda sheet: sum(cell.truth is not None for row in sheet.rows for cell in row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer in one file: what a careful clerk reads there, and where."""

    truth: Truth
    sheet: str
    cell: str


def address(row: int, column: int) -> str:
    """A1 address of a 0-based position: (0, 27) -> AB1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def is_paragraph(sheet: Sheet, row: int) -> bool:
    """Whether a row that spans the whole width becomes a paragraph in a Word file; a row that cells above cover is none."""
    cells = sheet.rows[row]
    if all(cell.shown is None for cell in cells) and any(cell.rows > row - r for r in range(row) for cell in sheet.rows[r]):
        return False
    return (
        not any(cell.shown is not None or cell.truth for cell in cells[1:])
        and bool(cells)
        and cells[0].truth is None
        and (cells[0].columns >= sheet.width > 1 or all(cell.shown is None and not cell.look for cell in cells))
    )


def places(page: Page, ending: str) -> list[Told]:
    """List the answers with sheet and cell: a CSV has sheet "", a Word file's tables are called table 1, table 2."""
    told: list[Told] = []
    table = 0
    for sheet in [page.main()] if ending.endswith("csv") else page.sheets:
        start: int | None = None
        for r, row in enumerate(sheet.rows):
            if ending == "docx" and is_paragraph(sheet, r):
                start = None
                continue
            if ending == "docx" and start is None:
                start, table = r, table + 1
            for c, cell in enumerate(row):
                if cell.truth is None:
                    continue
                if ending == "docx":
                    assert start is not None
                    told.append(Told(truth=cell.truth, sheet=f"table {table}", cell=address(r - start, c)))
                else:
                    name = "" if ending.endswith("csv") else sheet.name
                    told.append(Told(truth=cell.truth, sheet=name, cell=address(sheet.first_row + r, sheet.first_column + c)))
    return told


def blank_row(width: int) -> list[Cell]:
    """Return a row of empty cells."""
    return [Cell() for _ in range(width)]


def text_row(texts: list[str], *, look: str = "") -> list[Cell]:
    """Return a row of text cells."""
    return [Cell(shown=text or None, look=look) for text in texts]


def spanning(text: str, width: int, *, look: str = "") -> list[Cell]:
    """Return a row whose first cell is merged over the whole width."""
    return [Cell(shown=text, columns=width, look=look), *blank_row(width - 1)]
