"""How a file looks, for handing it back where its own parts cannot be marked: the same cells at the same addresses, and what shows of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table. `cells` are (row, column, value, number format), 0-based; a day is its serial number; the format is "" where it is not known.

    `merged` are (first row, first column, last row, last column), all inclusive; `widths` (column, characters), where they are known.
    """

    name: str
    cells: tuple[tuple[int, int, int | float | str | bool, str], ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    widths: tuple[tuple[int, float], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One file: its tables in their order, and the paragraphs outside them (`text`, a line each)."""

    sheets: tuple[Sheet, ...]
    text: str = ""
