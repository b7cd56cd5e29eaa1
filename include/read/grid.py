"""A neutral grid: what any spreadsheet, CSV or Word table looks like before anything gives it meaning. Addresses survive to the end."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from include.domain.finding import Finding
from include.domain.reading import Explanation, Mark

CellValue = str | int | float | bool | datetime | date | time | timedelta | None
Doubt = Literal["error_value", "formula_without_value", "recomputed", "shown_blank"]


@dataclass(slots=True, kw_only=True)
class Grid:
    """One sheet. `rows[0][0]` stands at sheet position (`first_row`, `first_column`), 0-based; rows may be ragged; a blank is None, never "".

    `merged` are ranges (first row, first column, last row, last column), all inclusive, in sheet positions; the value stands in the top left cell.
    `doubts` marks cells (sheet positions) whose value is an error value (`rows` holds its text, "#REF!"), a formula without a cached value (`rows`
    holds None), recomputed by us, or a zero shown as blank by its format. `percent` are cells whose number format is a percentage (0.85 shows as
    85%).
    """

    name: str
    rows: list[list[CellValue]]
    first_row: int = 0
    first_column: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    is_hidden: bool = False
    doubts: dict[tuple[int, int], Doubt] = field(default_factory=dict)
    percent: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class Looks:
    """What a file tells of one sheet beyond its values: column widths in characters, and number formats by cell (0-based sheet positions)."""

    widths: dict[int, float] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Book:
    """One file as grids, in the file's order. `kind` is told from content ("xlsx", "xls", "csv", "docx", ...); `findings` concern the file itself.

    `text` is a document's running text (paragraphs outside tables), for the names and periods it may tell. `explanations` are what a unit answered
    in the list of a return copy.
    """

    kind: str
    grids: list[Grid] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    mark: Mark | None = None
    text: str = ""
    explanations: list[Explanation] = field(default_factory=list)


def address(row: int, column: int) -> str:
    """Return the A1 address of a 0-based sheet position: (0, 27) -> "AB1"."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return f"{letters}{row + 1}"
