"""Files that LibreOffice wrote (kept small in tests/fixtures/libreoffice): a second witness beside the libraries that our builders use.

All tables were saved from one workbook with a merged title, formulas, a percentage, an error value, a hidden row, column and sheet, a nought that its
format hides, and the hidden mark of an issued blank.
"""

from datetime import date
from pathlib import Path

import pytest

from include.domain.reading import Mark
from include.read import legacy
from include.read.book import open_book
from include.read.grid import Book
from include.settings import Limits

FOLDER = Path(__file__).parent.parent / "fixtures" / "libreoffice"
MARK = Mark(campaign="beipiao-2021", obligation="month-statistics", form="statistics-beipiao", version=1, unit="aq", period="")


def opened(name: str) -> Book:
    return open_book((FOLDER / name).read_bytes(), name, Limits())


@pytest.mark.parametrize("name", ["table.xlsx", "table.xls", "table.ods"])
def test_what_libreoffice_saved_is_all_there(name: str) -> None:
    book = opened(name)
    assert book.findings == []
    assert book.mark == MARK
    assert [(grid.name, grid.is_hidden) for grid in book.grids] == [("统计表", False), ("备用", True)]
    grid = book.grids[0]
    assert [row[3] for row in grid.rows[3:7]] == [12, 3500, 1.5, 3512]
    assert grid.rows[7][3] == pytest.approx(12 / 3500)
    assert [row[3] for row in grid.rows[8:12]] == ["#DIV/0!", 9, 0, 0]
    assert grid.rows[12][3] == date(2021, 6, 23)
    assert grid.merged == [(0, 0, 0, 3)]
    assert (grid.hidden_rows, 4 in grid.hidden_columns) == ({9}, True)
    assert grid.doubts == {(8, 3): "error_value", (10, 3): "shown_blank"}
    assert grid.percent == {(7, 3)}


def test_a_page_that_libreoffice_saved_is_read() -> None:
    book = opened("table.html")
    assert [row[3] for row in book.grids[0].rows[3:9]] == ["12", "3500", "1.5", "3512", "0.3%", "#DIV/0!"]
    assert book.grids[0].doubts == {(8, 3): "error_value"}


def test_an_old_word_document_is_read_through_libreoffice() -> None:
    if legacy.office() is None:
        pytest.fail("LibreOffice is needed for this test: apt-get install libreoffice-writer", pytrace=False)
    book = opened("document.doc")
    assert (book.kind, book.findings) == ("doc", [])
    assert [row[3] for row in book.grids[0].rows[3:]] == ["12", "3500", "1.5"]


def test_without_libreoffice_an_old_word_document_asks_for_another_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "office", lambda: None)
    assert [finding.code for finding in opened("document.doc").findings] == ["R115"]
