"""A book as a picture of itself: cells at their addresses, with the widths and number formats that its kind of file tells.

What is shown is what was read: a copy made from the picture says the same to the reader as the file did.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from include.domain.picture import Picture, Sheet
from include.read.book import open_book
from include.read.grid import CellValue, Grid, Looks
from include.settings import Limits

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - workbooks know no zones
_PERCENT, _DAY, _MOMENT, _TIME, _ZERO_AS_BLANK = "0.##%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm", "0;-0;;@"


def picture_of(data: bytes, name: str, limits: Limits) -> Picture | None:
    """Return the file's tables as they look; None where it has none that can be read."""
    book = open_book(data, name, limits)
    if not book.grids:
        return None
    try:
        looks = _looks(data, book.kind, limits)
    except Exception:  # noqa: BLE001 - looks are a courtesy: what cannot be told of them costs nobody the copy
        looks = {}
    return Picture(sheets=tuple(_sheet(grid, looks.get(grid.name) or Looks()) for grid in book.grids), text=book.text[:200_000])


def _sheet(grid: Grid, looks: Looks) -> Sheet:
    cells = []
    for row, line in enumerate(grid.rows, grid.first_row):
        for column, value in enumerate(line, grid.first_column):
            if value is None:
                continue
            plain, shown = _plain(value)
            if (row, column) in grid.percent:
                shown = _PERCENT
            elif grid.doubts.get((row, column)) == "shown_blank":
                shown = _ZERO_AS_BLANK
            if not isinstance(plain, str | bool):
                shown = looks.formats.get((row, column)) or shown
            cells.append((row, column, plain, shown))
    return Sheet(
        name=grid.name,
        cells=tuple(cells),
        merged=tuple(grid.merged),
        widths=tuple(sorted(looks.widths.items())),
        hidden_rows=tuple(sorted(grid.hidden_rows)),
        hidden_columns=tuple(sorted(grid.hidden_columns)),
        is_hidden=grid.is_hidden,
    )


def _plain(value: CellValue) -> tuple[int | float | str | bool, str]:
    """A value as a file holds it, and the format in which it is one."""
    match value:
        case datetime():
            has_time = value.time() != time(0)
            return (value.replace(tzinfo=None) - _EPOCH) / timedelta(days=1), _MOMENT if has_time else _DAY
        case date():
            return (value - _EPOCH.date()).days, _DAY
        case time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400, _TIME
        case timedelta():
            return value / timedelta(days=1), _TIME
        case None:
            return "", ""
        case _:
            return value, ""


def _looks(data: bytes, kind: str, limits: Limits) -> Mapping[str, Looks]:
    if kind == "xls":
        from include.read.xls import looks_of_xls

        return looks_of_xls(data)
    if kind == "ods":
        from include.read.ods import looks_of_ods

        return looks_of_ods(data, limits)
    if kind == "docx":
        from include.read.word import looks_of_docx

        return looks_of_docx(data, limits)
    return {}
