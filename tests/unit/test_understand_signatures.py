"""Signatures below a table are never its rows, and one row that says 零报告 below the form's head is a nil report."""

import pytest

from include.catalogue import form
from include.read.grid import Book, Grid
from include.read.understand import understand

HEAD = ["序号", "单位", "姓名", "职务", "办公电话", "手机", "传真", "微信", "邮箱", "备注"]
ROW = ["1", "园林管理处", "孙磊", "副科长", "0421-5897691", "13900008516", None, None, None, None]


def book(*rows: list[str | None]) -> Book:
    return Book(kind="xlsx", grids=[Grid(name="表", rows=[list(row) for row in rows])])


@pytest.mark.parametrize(
    "foot",
    [
        ["填报人：", None, "高燕", None, "审核人：", "李玉兰", None, "联系电话：", "0421-7901098", None],
        ["填报人：", "高燕", "审核人：", "李玉兰", "联系电话：", "7901098", "填报日期：", "2021年6月4日", None, None],
        ["填报人:高燕", None, None, "审核人:李玉兰", None, None, "填报日期:2021年6月4日", None, None, None],
        ["填报人", "高燕", "审核人", "李玉兰", None, None, None, None, None, None],
    ],
)
def test_signatures_in_several_cells_are_no_second_liaison(foot: list[str | None]) -> None:
    reading = understand(book(["活动联络员推荐表"], list(HEAD), list(ROW), foot), form("liaison"))
    assert {answer.item: answer.value for answer in reading.answers}["L3"] == "孙磊"
    assert not [finding for finding in reading.findings if finding.severity == "error"]


def test_one_row_that_says_nil_below_the_forms_head_is_a_nil_report() -> None:
    rows = [
        ["全省“安全生产月”和“安全生产龙江行”活动进展情况统计表"],
        ["填报单位（盖章）：哈尔滨市安委办"],
        ["序号", "指标名称", "计量单位", "数值", "备注"],
        ["零报告"],
        ["填报人：胡伟"],
    ]
    reading = understand(book(*(list(row) for row in rows)), form("statistics-heilongjiang"))
    assert reading.is_nil
    assert reading.answers == ()
    assert not [finding for finding in reading.findings if finding.severity == "error"]


def test_the_word_nil_in_another_document_is_not_our_report() -> None:
    reading = understand(book(["会议纪要"], ["零报告"]), form("statistics-heilongjiang"))
    assert [finding.code for finding in reading.findings if finding.severity == "error"] == ["R301"]


def test_the_number_of_a_lone_row_is_not_the_text_behind_its_label() -> None:
    reading = understand(book(["38", "好的做法、特色项目、重要事项", None, "线上课堂进工地"]), form("statistics-heilongjiang"))
    assert {answer.item: answer.value for answer in reading.answers}.get("H1") != "38"


def test_a_blank_sent_back_unfilled_is_one_finding_at_the_column_of_figures() -> None:
    statistics = form("statistics-heilongjiang")
    items = [[str(number), None, item.label, item.measurement_unit or None, None] for number, item in enumerate(statistics.items(), 1)]
    head: list[list[str | None]] = [
        [statistics.title.zh],
        ["填报单位（盖章）：", None, "大兴安岭地区安委办"],
        ["序号", "类别", "指标", "计量单位", "数值"],
    ]
    foot: list[list[str | None]] = [["注：无此项填0，不得空项"], ["填报人：", None, "何洋", "审核人：", "刘思远"]]
    reading = understand(book(*head, *items, *foot), statistics)
    assert reading.answers == ()
    assert [(finding.code, finding.cell[0]) for finding in reading.findings] == [("R318", "E")]


@pytest.mark.parametrize("numbers", [(32,), (5, 6), (31, 33), (1, 2, 3), (5, 7, 9, 11)])
def test_the_numbers_of_rows_left_blank_are_not_their_figures(numbers: tuple[int, ...]) -> None:
    """In a part of a table without a head, below one whose figures stand behind the labels."""
    items = list(form("statistics-heilongjiang").items())
    filled = [[str(at), item.label, item.measurement_unit, 7 * at + 3] for at, item in enumerate(items[:15], start=1)]
    blank = [[str(number), item.label, item.measurement_unit, None] for number, item in zip(numbers, items[20:], strict=False)]
    grids = [Grid(name="table 1", rows=filled), Grid(name="table 2", rows=blank)]  # type: ignore[arg-type]
    reading = understand(Book(kind="docx", grids=grids), form("statistics-heilongjiang"))
    unread = {item.code for item in items[20 : 20 + len(numbers)]}
    assert not unread & {answer.item for answer in reading.answers}
    assert any(finding.severity == "error" for finding in reading.findings if finding.item in {None, *unread})
