"""The fast way through a plain workbook says the same as calamine, or leaves the file to it."""

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.read import plain, xlsx
from include.read.archive import Parts
from include.read.grid import Book
from include.settings import Limits
from tests.unit import read_files as files

LIMITS = Limits()

TEXTS = st.one_of(
    st.sampled_from(["消  防", "a\nb", " 前后有空格 ", "<&>\"'", "１２场", "_x000D_", "合　　计", "=1+1"[1:], "😀", "&amp;", "1e5", "#N/A "]),
    st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\x7f"), min_size=1, max_size=12),
)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda number: number == 0 or 1e-200 < abs(number) < 1e200),
    st.booleans(),
)
TABLES = st.lists(st.lists(VALUES, max_size=6), max_size=8)


def ways(data: bytes) -> tuple[Book | None, Book]:
    """The same workbook by patterns (None where it is not plain) and by calamine."""
    parts = Parts(data, LIMITS)
    sheets = {name: parts.read(name) for name in parts.names() if name.startswith("xl/worksheets/sheet")}
    strings = parts.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in parts else b""
    fast, thorough = Book(kind="xlsx"), Book(kind="xlsx")
    is_plain = xlsx._read_plainly(parts, sheets, strings, xlsx._styles(parts), fast, LIMITS)
    assert xlsx._read_values(data, thorough, {}, LIMITS)
    return (fast if is_plain else None), thorough


def shape(book: Book) -> list[Any]:
    return [
        (grid.name, grid.first_row, grid.first_column, sorted(grid.merged), grid.is_hidden, [[cell(value) for value in row] for row in grid.rows])
        for grid in book.grids
    ]


def cell(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(f"{value:.14g}")


@pytest.mark.parametrize("write", [files.by_openpyxl, files.by_xlsxwriter])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES)
def test_both_ways_say_the_same(write: Any, rows: list[list[Any]]) -> None:
    rows = [[None if isinstance(value, str) and value.startswith(("=", "#")) else value for value in row] for row in rows]
    fast, thorough = ways(write(rows))
    assert fast is not None
    assert shape(fast) == shape(thorough)


def test_the_usual_writers_are_plain() -> None:
    def merged(book: Any) -> None:
        book.active.merge_cells("A1:D1")
        book.create_sheet("备注")["C7"] = "说明"

    fast, thorough = ways(files.by_openpyxl(change=merged))
    assert fast is not None
    assert shape(fast) == shape(thorough)
    assert fast.grids[0].merged == [(0, 0, 0, 3)]
    assert fast.grids[1].first_row == 6


def changed(old: bytes, new: bytes) -> bytes:
    """A workbook whose sheet holds something else in place of the cell with 12."""
    return files.with_parts(files.by_xlsxwriter(), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(old, new)})


@pytest.mark.parametrize(
    "new",
    [
        b'<c r="D4"><f>6*2</f><v>12</v></c>',
        b'<c r="D4" t="e"><v>#REF!</v></c>',
        b'<c r="D4" t="d"><v>2021-06-23</v></c>',
        b'<c t="n" r="D4"><v>12</v></c>',
        b"<c><v>12</v></c>",
        b'<c r="D4"><v>12</v><extLst/></c>',
        b'<c r="D4" t="s"><v>9999</v></c>',
        b'<c r="D4"><v>twelve</v></c>',
        b'<c r="D4"><v>1e999</v></c>',
        b'<c r="D4"><!-- <v>13</v> --><v>12</v></c>',
        b'<c r="XFD4"><v>12</v></c>',
        b'<c r="D400000"><v>12</v></c>',
        b'<c r="D4" t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r></is></c>',
    ],
)
def test_whatever_is_not_plain_goes_the_thorough_way(new: bytes) -> None:
    data = changed(b'<c r="D4"><v>12</v></c>', new)
    parts = Parts(data, LIMITS)
    sheet, strings = parts.read("xl/worksheets/sheet1.xml"), plain.shared_strings(parts.read("xl/sharedStrings.xml"))
    assert new in sheet
    with pytest.raises(plain.NotPlain):
        plain.read_sheet("统计表", sheet, strings, frozenset(), LIMITS.cells)


@pytest.mark.parametrize("code", ["0%", "yyyy-mm-dd", "[h]:mm", ";;;", "0;-0;;@", '0"万"', "0,", "aaaa", "[$-804]yyyy年m月d日"])
def test_telling_number_formats_are_not_plain(code: str) -> None:
    def tell(book: Any) -> None:
        book.active["D4"].number_format = code

    assert ways(files.by_openpyxl(change=tell))[0] is None


@pytest.mark.parametrize("code", ["General", "0", "#,##0", "0.00", '0"场"', "#,##0.00_ ;[Red]-#,##0.00 ", "@", "0_);(0)"])
def test_usual_number_formats_are_plain(code: str) -> None:
    def usual(book: Any) -> None:
        book.active["D4"].number_format = code

    fast, thorough = ways(files.by_openpyxl(change=usual))
    assert fast is not None
    assert shape(fast) == shape(thorough)


def test_days_are_left_to_calamine() -> None:
    assert ways(files.by_openpyxl([[date(2021, 6, 23)]]))[0] is None


def test_shared_strings_with_reading_aids_for_the_whole_text_are_plain() -> None:
    def aided(xml: bytes) -> bytes:
        return xml.replace(b"</t></si>", b'</t><phoneticPr fontId="1" type="noConversion"/></si>')

    fast, thorough = ways(files.with_parts(files.by_xlsxwriter(), {"xl/sharedStrings.xml": aided}))
    assert fast is not None
    assert shape(fast) == shape(thorough)
    assert math.isclose(float(str(fast.grids[0].rows[5][3])), 1.5)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(TEXTS | st.integers(0, 10**9), min_size=1, max_size=4), min_size=1, max_size=4), data=st.data())
def test_a_sheet_with_other_values_in_the_same_places_says_its_own(rows: list[list[Any]], data: st.DataObject) -> None:
    """The XML around the values is taken apart once; what the values are, empty texts among them, is each sheet's own."""
    rows = [[value[1:] + "字" if isinstance(value, str) and value.startswith(("=", "#")) else value for value in row] for row in rows]
    other = [
        [data.draw(TEXTS.filter(lambda text: not text.startswith(("=", "#"))) if isinstance(value, str) else st.integers(0, 10**9)) for value in row]
        for row in rows
    ]
    for said in (rows, other, rows):
        fast, thorough = ways(files.by_xlsxwriter(said))
        assert fast is not None
        assert shape(fast) == shape(thorough)


def test_a_text_that_became_empty_is_no_cell() -> None:
    filled = files.by_xlsxwriter([["甲", 1], ["乙", 2]])
    emptied = files.with_parts(filled, {"xl/sharedStrings.xml": lambda xml: xml.replace("<t>甲</t>".encode(), b"<t></t>")})
    for data in (filled, emptied):
        fast, thorough = ways(data)
        assert fast is not None
        assert shape(fast) == shape(thorough)
