"""Sheets that look like one already read.

Most units fill in the blank they were issued, so thousands of sheets differ in their figures alone. Where a list was found by the head of its column
of figures and nothing was in doubt, its words and places are remembered; a sheet with the same words in the same places is read by them. Whatever
differs, were it one cell, is read from the beginning; so a familiar sheet reads as it would have read anyway, only faster.
"""

from dataclasses import dataclass

from include.read.grid import CellValue, Grid
from include.read.layout import Region
from include.read.matching import PLAIN, Vocabulary

# How many layouts a process remembers for each form.
_remembered = 24


@dataclass(slots=True, frozen=True)
class Familiar:
    """A layout: from row `first` to `last` every cell but those of column `column` in `rows` is as `before` and `behind` have it.

    `places` are (item, row, label, measurement unit stated), in the form's order; rows and columns count from the grid's first cell.
    """

    first: int
    last: int
    column: int
    before: tuple[list[CellValue], ...]
    behind: tuple[list[CellValue], ...]
    heads: tuple[object, ...]
    merged: list[tuple[int, int, int, int]]
    places: tuple[tuple[int, int, int, str, str], ...]

    def fits(self, grid: Grid, words: Vocabulary) -> bool:
        """Whether a grid has these words in these places, and nothing beyond them that could mean something."""
        rows, column = grid.rows, self.column
        if len(rows) <= self.last or grid.doubts or grid.is_hidden or grid.hidden_rows or grid.hidden_columns or grid.merged != self.merged:
            return False
        tail = column + 1
        for number, (before, behind, head) in enumerate(zip(self.before, self.behind, self.heads, strict=True), start=self.first):
            row = rows[number]
            if row[:column] != before or row[tail:] != behind:
                return False
            if head is not _figure and (row[column] if len(row) > column else None) != head:
                return False
        return is_quiet(grid, self.first, self.last, words)

    def values(self, grid: Grid) -> list[CellValue]:
        """The cells of the column of figures in the form's order."""
        rows, column = grid.rows, self.column
        return [rows[place[1]][column] if len(rows[place[1]]) > column else None for place in self.places]


class _Figure:
    """Stands in `heads` for a cell that holds an answer."""


_figure = _Figure()


def is_quiet(grid: Grid, first: int, last: int, words: Vocabulary) -> bool:
    """Whether the rows around a table hold nothing that reading could take for part of it."""
    rows = grid.rows
    for number in (*range(first), *range(last + 1, len(rows))):
        for value in rows[number]:
            if value is None:
                continue
            if type(value) is not str:
                return False
            sense = words.sense(value)
            if sense is PLAIN or sense.is_field or sense.is_note:
                if sense.items or sense.is_nil:
                    return False
                continue
            if sense.items or sense.role or sense.measure or sense.is_people or sense.is_nil or sense.section or sense.is_total:
                return False
    return True


def is_plain_answer(text: str, words: Vocabulary) -> bool:
    """Whether a text in the column of figures is nothing but an answer."""
    sense = words.sense(text)
    return sense is PLAIN or not (
        sense.items
        or sense.role
        or sense.measure
        or sense.is_people
        or sense.is_nil
        or sense.section
        or sense.is_total
        or sense.is_note
        or sense.is_field
    )


def recognise(grid: Grid, words: Vocabulary) -> Familiar | None:
    """Return the remembered layout that a grid has; None if it is new."""
    known: list[Familiar] = words.familiar
    for number, layout in enumerate(known):
        if layout.fits(grid, words):
            if number:
                known.insert(0, known.pop(number))
            return layout
    return None


def remember(grid: Grid, region: Region, words: Vocabulary) -> None:
    """Remember how a grid was read, if it was read without any doubt from upright labels and one headed column of figures."""
    column = region.headed_column
    if (
        column is None
        or column < 0
        or region.view.is_turned
        or region.faults
        or region.strays
        or grid.doubts
        or grid.is_hidden
        or grid.hidden_rows
        or grid.hidden_columns
    ):
        return
    claims = sorted(region.claims, key=lambda claim: claim.item)
    if len({claim.item for claim in claims}) != len(claims) or len({claim.label_at[1] for claim in claims}) != 1:
        return
    for claim in claims:
        if claim.doubts or claim.inline or claim.over or claim.period or claim.value_at is None or claim.value_at[1] != column:
            return
        if claim.label_at[0] != claim.value_at[0]:
            return
    first = region.head_row
    last = max(claim.label_at[0] for claim in claims)
    if not is_quiet(grid, first, last, words):
        return
    answers = {claim.label_at[0] for claim in claims}
    rows = grid.rows[first : last + 1]
    layout = Familiar(
        first=first,
        last=last,
        column=column,
        before=tuple(row[:column] for row in rows),
        behind=tuple(row[column + 1 :] for row in rows),
        heads=tuple(_figure if number in answers else row[column] if len(row) > column else None for number, row in enumerate(rows, start=first)),
        merged=list(grid.merged),
        places=tuple((claim.item, claim.label_at[0], claim.label_at[1], claim.label, claim.unit) for claim in claims),
    )
    words.familiar.insert(0, layout)
    del words.familiar[_remembered:]
