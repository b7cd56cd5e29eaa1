"""Sheets made to mislead: each must be read as a careful clerk reads it, or be refused with a finding, never give another figure."""

from collections.abc import Sequence

import pytest

from include.catalogue import form
from include.domain.form import Item
from include.read.grid import Book, CellValue, Grid
from include.read.understand import understand

BEIPIAO = form("statistics-beipiao")
COUNTS = [item for item in BEIPIAO.items() if item.kind == "count"]
Rows = list[list[CellValue]]


def read(rows: Sequence[Sequence[CellValue]], *more: Grid) -> tuple[dict[str, object], set[str]]:
    """The answers by item and the names of the findings that are errors or warnings."""
    book = Book(kind="xlsx", grids=[Grid(name="表", rows=[list(row) for row in rows]), *more])
    reading = understand(book, BEIPIAO)
    return {answer.item: answer.value for answer in reading.answers}, {found.code for found in reading.findings if found.severity != "note"}


def figure(item: Item) -> int:
    return 1000 + 7 * COUNTS.index(item)


def truth() -> dict[str, object]:
    return {item.code: figure(item) for item in COUNTS}


def restarted() -> list[int]:
    numbers, last = [0], ""
    for item in COUNTS:
        numbers.append(1 if item.section != last else numbers[-1] + 1)
        last = item.section
    return numbers[1:]


@pytest.mark.parametrize(
    "numbers", [range(1, len(COUNTS) + 1), restarted(), [1, 1, *restarted()[:-2]], [n + n // 6 for n in range(1, len(COUNTS) + 1)]]
)
def test_numbers_of_rows_before_labels_are_no_answers_on_an_unfilled_sheet(numbers: Sequence[int]) -> None:
    for wide in (False, True):
        rows: Rows = [[number, item.label, *([item.measurement_unit] if wide else [])] for number, item in zip(numbers, COUNTS, strict=True)]
        answers, doubts = read(rows)
        assert not answers
        assert doubts


def test_numbers_of_rows_behind_labels_without_a_head_are_asked_about() -> None:
    answers, doubts = read([[item.label, item.measurement_unit, number] for number, item in enumerate(COUNTS, start=1)])
    assert not answers
    assert doubts


@pytest.mark.parametrize("typed", ["①12", "12②", "12²", "½", "一", "3.000"])
def test_signs_that_would_become_digits_are_refused(typed: str) -> None:
    rows: Rows = [["指标", "数值"], *([item.label, typed if item.code == "D6" else figure(item)] for item in COUNTS)]
    answers, doubts = read(rows)
    assert "D6" not in answers
    assert doubts


def test_a_head_above_the_first_of_several_columns_is_the_head_of_all() -> None:
    rows: Rows = [["指标", "完成情况", None, None], [None, "5月", "6月", "合计"]]
    rows += [[item.label, 1, 2, figure(item)] for item in COUNTS]
    answers, doubts = read(rows)
    assert not answers
    assert doubts


@pytest.mark.parametrize("other", ["完成率（%）", "得分", "分值", "预计数"])
def test_columns_of_rates_scores_and_forecasts_are_no_rivals(other: str) -> None:
    rows: Rows = [["指标", other, "实际完成"], *([item.label, 5, figure(item)] for item in COUNTS)]
    answers, _ = read(rows)
    assert answers == truth()


def test_rows_of_the_week_and_of_the_total_may_alternate() -> None:
    rows: Rows = [["指标", "数值"]]
    for item in COUNTS:
        rows += [["本周" + item.label, 3], ["累计" + item.label, figure(item)]]
    answers, _ = read(rows)
    assert answers == truth()


def test_a_total_written_as_text_is_the_sum_of_its_parts() -> None:
    rows: Rows = [["指标", "安全股", "合计"], *([item.label, str(figure(item)), f"{figure(item):,}"] for item in COUNTS)]
    answers, _ = read(rows)
    assert answers == truth()


def test_a_sheet_that_explains_the_items_is_no_second_table() -> None:
    explained = Grid(name="说明", rows=[[f"{item.label}：指本单位组织的次数，例如12。"] for item in COUNTS])
    rows: Rows = [["指标", "数值"], *([item.label, figure(item)] for item in COUNTS)]
    answers, _ = read(rows, explained)
    assert answers == truth()


def rows_of(code: str, rows: Sequence[Sequence[CellValue]], merged: Sequence[tuple[int, int, int, int]] = ()) -> list[dict[str, object]]:
    """The answers of a table of records, a dictionary for each row."""
    reading = understand(Book(kind="xlsx", grids=[Grid(name="表", rows=[list(row) for row in rows], merged=list(merged))]), form(code))
    found: dict[int, dict[str, object]] = {}
    for answer in reading.answers:
        found.setdefault(answer.row or 0, {})[answer.item] = answer.value
    return [found[number] for number in sorted(found)]


PLANNED: list[CellValue] = ["序号", "活动名称", "时间", "地点", "责任单位", "联系人", "联系电话", "参加人数"]


def test_the_same_as_above_goes_back_to_the_words_themselves() -> None:
    rows: Rows = [PLANNED, [1, "演练", "6月3日", "广场", "公共室", "张三", "13800138000", 50]]
    rows += [[number, f"活动{number}", "6月9日", "广场", "同上", "〃", "13800138000", 60] for number in (2, 3, 4)]
    assert [(row["P5"], row["P6"]) for row in rows_of("activity-plan", rows)] == [("公共室", "张三")] * 4


def test_a_total_with_its_figure_is_no_activity() -> None:
    rows: Rows = [PLANNED, [1, "演练", "6月3日", "广场", "公共室", "张三", "13800138000", 50], [None, "合计1场", None, None, None, None, None, 50]]
    assert len(rows_of("activity-plan", rows)) == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_the_liaison_is_not_the_leader_beside_him(is_first: bool) -> None:
    leader: tuple[str, ...] = ("李领导", "局长", "13600000001")
    liaison: tuple[str, ...] = ("张三", "科员", "13800138000")
    heads = ["单位", "联络员", None, None, "分管领导", None, None] if is_first else ["单位", "分管领导", None, None, "联络员", None, None]
    people = (*liaison, *leader) if is_first else (*leader, *liaison)
    rows: Rows = [heads, [None, *("姓名", "职务", "手机") * 2], ["安全股", *people]]
    assert rows_of("liaison", rows, [(0, 1, 0, 3), (0, 4, 0, 6), (0, 0, 1, 0)]) == [{"L1": "安全股", "L3": "张三", "L4": "科员", "L6": "13800138000"}]


@pytest.mark.parametrize(("heads", "found"), [(["场次", "人次"], {"E1": 12, "E2": 350}), ([None, "人次"], {})])
def test_a_new_head_within_the_table_says_what_stands_below_it(heads: list[CellValue], found: dict[str, object]) -> None:
    rows: Rows = [["序号", "项目", "单位", "数量"]]
    rows += [
        [number, item.label, item.measurement_unit, figure(item)] for number, item in enumerate(COUNTS, 1) if item.section not in ("五进", "隐患治理")
    ]
    rows += [["五进", None, *heads], [None, "安全宣传进企业", 12, 350], [None, "安全宣传进农村", 7, 90]]
    answers, findings = read(rows)
    assert {code: value for code, value in answers.items() if code in ("E1", "E2")} == found
    assert answers["D1"] == truth()["D1"] if found else "R308" in findings


def test_a_blank_never_takes_the_figure_of_the_row_that_shares_its_label() -> None:
    rows: Rows = [["项目", None, "数量"]]
    rows += [[item.label, item.measurement_unit, figure(item)] for item in COUNTS if not item.code.startswith("E")]
    at = len(rows)
    rows += [["安全宣传进企业", "场次", "  "], [None, "参与人次", 350], ["安全宣传进农村", "场次", 7], [None, "参与人次", 90]]
    grid = Grid(name="表", rows=rows, merged=[(at, 0, at + 1, 0), (at + 2, 0, at + 3, 0)])
    answers = {answer.item: answer.value for answer in understand(Book(kind="xlsx", grids=[grid]), BEIPIAO).answers}
    assert (answers.get("E1"), answers["E2"], answers["E3"], answers["E4"]) == (None, 350, 7, 90)


def test_a_total_column_adds_up_whatever_the_rates_beside_it_say() -> None:
    rows: Rows = [["项目", "单位", "安全股", "城建股", "合计"]]
    rows += [[item.label, item.measurement_unit, "3", figure(item) - 3, f"{figure(item)}{item.measurement_unit}"] for item in COUNTS]
    rows += [["整改率", "%", 80, 90, 85]]
    answers, _ = read(rows)
    assert answers == truth() | {"G4": 85}


@pytest.mark.parametrize("said", ["每周20场次", "20场次/周", "20场次/ 人", "人均20", "20(预计)", "20（补报2）", "20（计划）"])
def test_a_figure_for_each_week_or_one_still_open_is_no_figure(said: str) -> None:
    rows: Rows = [["项目", "单位", "数量"], *([item.label, item.measurement_unit, said if item.code == "E1" else figure(item)] for item in COUNTS)]
    answers, _ = read(rows)
    assert "E1" not in answers
