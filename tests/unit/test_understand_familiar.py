"""A sheet that looks like one already read is read by its layout, and says the same as if it had been read from the beginning."""

from dataclasses import replace

import pytest

from include.catalogue import form
from include.domain.form import Form
from include.read.grid import Book, Grid
from include.read.understand import understand
from include.report.layout import lay_out

STATISTICS = form("statistics-beipiao")


def filled(unit: str, until: str, first: int) -> Book:
    """The project's own blank with figures, the unit's name and the cut-off day beside their labels."""
    layout = lay_out(STATISTICS)
    (sheet,) = layout.sheets
    rows: list[list[object]] = [[None] * len(sheet.widths) for _ in range(max(box.row for box in sheet.boxes) + 1)]
    for box in sheet.boxes:
        rows[box.row][box.column] = box.text or None
    for number, item in enumerate(STATISTICS.items()):
        _, row, column = layout.places[(item.code, None)]
        rows[row][column] = "/" if item.rate_of else first + number if item.is_number else "无"
    for label, text in (("填报单位（盖章）", unit), ("统计截止日期", until)):
        _, row, column = layout.fields[label]
        rows[row][column] = text
    return Book(kind="xlsx", grids=[Grid(name="表", rows=rows)])  # type: ignore[arg-type]


@pytest.fixture
def fresh() -> Form:
    """The form as a process meets it that has read nothing yet."""
    return replace(STATISTICS)


def test_the_second_sheet_names_its_own_unit_day_and_figures(fresh: Form) -> None:
    first = understand(filled("党办", "2021年6月20日", 100), fresh)
    second = understand(filled("城建股", "2021年6月21日", 300), fresh)
    same = understand(filled("城建股", "2021年6月21日", 300), fresh)
    assert (first.unit_named, second.unit_named) == ("党办", "城建股")
    assert ("20日" in (first.period_named or ""), "21日" in (second.period_named or "")) == (True, True)
    assert [answer.value for answer in second.answers if answer.item == "A1"] == [300]
    assert same == second


def test_what_is_read_by_its_layout_equals_what_is_read_from_the_beginning(fresh: Form) -> None:
    understand(filled("党办", "2021年6月20日", 100), fresh)
    book = filled("城建股", "2021年6月21日", 300)
    by_layout = understand(book, fresh)
    from_the_beginning = understand(book, fresh, explain=True)
    assert replace(from_the_beginning, explain=()) == by_layout
