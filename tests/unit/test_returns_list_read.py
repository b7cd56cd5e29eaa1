"""The list of a return copy is never data, under whatever name; what its unit wrote into it is read, and nothing it says of itself is believed."""

import pytest

from include.read.grid import Book, Grid
from include.read.marks import EXPLAINED, REFERENCE, RETURN_SHEET, take_lists
from include.report.marking import letter

HEAD = ["序号", "位置", "指标", "您填的内容", "问题", "怎样修改", "性质", EXPLAINED, "代码", REFERENCE]
MARK = '{"campaign":"beipiao-2021","obligation":"weekly","form":"statistics-beipiao","version":"1","unit":"dangban","period":""}'


def line(text: object, about: object = "12:3.0af31c,4.77b2d0") -> list[object]:
    return [1, "统计表 D9", "人数", "350", "。", "。", "请核实", text, "V506", about]


def book(*lines: list[object], name: str = "意见（已办）", mark: object = MARK) -> Book:
    rows: list[list[object]] = [["退回修改意见", *[None] * 8, mark], ["致：党办"], HEAD, *lines]
    return Book(kind="xlsx", grids=[Grid(name=name, rows=rows), Grid(name="统计表", rows=[["指标", 1]])])  # type: ignore[arg-type]


def read(*lines: list[object], **more: object) -> Book:
    found = book(*lines, **more)  # type: ignore[arg-type]
    take_lists(found)
    return found


def test_reader_and_writer_mean_the_same_heads() -> None:
    assert (letter.EXPLAINED, letter.REFERENCE) == (EXPLAINED, REFERENCE)
    assert EXPLAINED in [text for text, _ in letter.HEADS]


def test_a_list_under_any_name_is_taken_out_and_its_answers_are_kept() -> None:
    found = read(line("  属实，均为线上 "), line(None), line(""))
    assert [grid.name for grid in found.grids] == ["统计表"]
    ((one),) = found.explanations
    assert (one.receipt_number, one.about, one.text) == (12, ("3.0af31c", "4.77b2d0"), "属实，均为线上")
    assert found.mark is not None
    assert (found.mark.unit, found.mark.obligation) == ("dangban", "weekly")


def test_a_sheet_of_our_name_is_no_data_even_without_its_head() -> None:
    found = Book(kind="xlsx", grids=[Grid(name=RETURN_SHEET, rows=[["指标", 5]]), Grid(name="包/退回修改意见", rows=[["x"]])])
    take_lists(found)
    assert (found.grids, found.explanations) == ([], [])


@pytest.mark.parametrize("text", ["无", "/", "——", " — ", "无。", "\n"])
def test_a_cell_that_says_nothing_explains_nothing(text: str) -> None:
    assert read(line(text)).explanations == []


@pytest.mark.parametrize(
    "about",
    [
        None,
        "",
        "12",
        "12:",
        "12:3",
        "12:3.0AF31C",
        "-1:3.0af31c",
        "12:3.0af31c;DROP",
        "１２:3.0af31c",
        "9" * 40 + ":3.0af31c",
        "=1+1",
        12.5,
        "x" * 40_000,
    ],
)
def test_a_line_that_no_longer_tells_what_it_is_about_is_kept_and_answers_nothing(about: object) -> None:
    (one,) = read(line("属实", about)).explanations
    assert (one.receipt_number, one.about, one.text) == (0, (), "属实")


@pytest.mark.parametrize("mark", [None, "{", '{"campaign":1}', "[]", '{"campaign":""}', "=1", 5, '{"a":' * 3000])
def test_a_mark_that_is_none_does_no_harm(mark: object) -> None:
    found = read(line("属实"), mark=mark)
    assert found.mark is None
    assert len(found.explanations) == 1


def test_a_very_long_answer_is_cut() -> None:
    assert len(read(line("长" * 50_000)).explanations[0].text) == 2_000
