"""Tables with an item a column: liaisons, activity plans, weekly covert inspections."""

from datetime import datetime

import pytest

from include.catalogue import form
from include.domain.reading import Reading, Value
from include.read.grid import Book, CellValue, Grid
from include.read.understand import fits, understand

LIAISON, PLAN, COVERT = form("liaison"), form("activity-plan"), form("covert-inspection")
Row = list[CellValue]
HEAD: Row = ["序号", "单位", "姓名", "职务", "办公电话", "手机", "传真", "微信", "邮箱", "备注"]
WANG: Row = [1, "安全股", "王小明", "科长", "0421-2812345", 13800138000.0, "0421-2812346", "wx_01", "a@163.com", None]
SAID = {
    "L1": "安全股",
    "L3": "王小明",
    "L4": "科长",
    "L5": "0421-2812345",
    "L6": "13800138000",
    "L7": "0421-2812346",
    "L8": "wx_01",
    "L9": "a@163.com",
}
PLAN_HEAD: Row = ["序号", "活动名称", "时间", "地点", "主要内容", "责任单位", "联系人", "联系电话", "参加人数", "备注（重点/品牌）"]
PROBLEMS: Row = ["序号", "项目名称", "问题", "责任单位", "整改措施", "整改时限", "责任人", "是否销号"]


def activity(number: int, name: str, day: CellValue = "6月16日", people: CellValue = 30, unit: str | None = "市政室") -> Row:
    return [number, name, day, "文化广场", "宣传咨询", unit, "李明", "13800138000", people, "重点"]


def problem(number: int) -> Row:
    return [number, f"项目{number}", "临边防护缺失", "某公司", "立即整改", "6月20日", "赵", "未销号"]


def book(*rows: Row, merged: tuple[tuple[int, int, int, int], ...] = (), kind: str = "xlsx") -> Book:
    return Book(kind=kind, grids=[Grid(name="Sheet1", rows=[list(row) for row in rows], merged=list(merged))])


def said(reading: Reading, row: int | None = None) -> dict[str, Value]:
    return {answer.item: answer.value for answer in reading.answers if answer.row == row}


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def column_of(reading: Reading, item: str) -> list[Value]:
    return [answer.value for answer in reading.answers if answer.item == item]


def test_a_liaison_stands_in_one_row() -> None:
    reading = understand(book(["联络员推荐表"], HEAD, WANG), LIAISON)
    assert (said(reading), codes(reading), reading.unit_named) == (SAID, [], "安全股")


def test_a_head_of_two_rows_is_one_head() -> None:
    upper: Row = ["序号", "单位", "联络员", None, "联系方式", None, None, None, None, "备注"]
    lower: Row = [None, None, "姓名", "职务", "办公电话", "手机", "传真", "微信", "邮箱", None]
    merged = ((1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 8), (1, 9, 2, 9))
    assert said(understand(book(["联络员推荐表"], upper, lower, WANG, merged=merged), LIAISON)) == SAID


def test_a_card_with_labels_beside_their_answers_is_read() -> None:
    cards: tuple[Row, ...] = (
        ["单位", "安全股", "姓名", "王小明"],
        ["职务", "科长", "手机", "13800138000"],
        ["办公电话", "0421-2812345", "邮箱", "a@b.cn"],
    )
    reading = understand(book(["联络员推荐表"], *cards), LIAISON)
    assert said(reading) == {"L1": "安全股", "L3": "王小明", "L4": "科长", "L6": "13800138000", "L5": "0421-2812345", "L9": "a@b.cn"}
    upright = understand(book(*([label, answer] for label, answer in zip(HEAD[1:], WANG[1:], strict=True))), LIAISON)
    assert said(upright) == SAID


def test_traditional_heads_and_other_names_are_known() -> None:
    traditional: Row = ["序號", "單位", "姓名", "職務", "辦公電話", "手機", "傳真", "微信", "郵箱", "備註"]
    assert said(understand(book(traditional, WANG), LIAISON)) == SAID
    others: Row = ["序号", "工作单位", "联络员姓名", "职务/职称", "联系电话（座机）", "手机号码", "传真号", "微信号码", "电子邮箱", "备注"]
    reading = understand(book(others, WANG), LIAISON)
    assert said(reading) == SAID
    assert [(finding.code, finding.item) for finding in reading.findings] == [("R305", "L5"), ("R305", "L7"), ("R305", "L8")]


def test_two_liaisons_are_not_chosen_from() -> None:
    reading = understand(book(HEAD, WANG, [2, *WANG[1:]]), LIAISON)
    assert (reading.answers, codes(reading)) == ((), ["R314"])


def test_numbered_empty_rows_and_signatures_are_no_liaisons() -> None:
    foot: Row = ["填报人：张三", None, "审核人：", None, "联系电话：2812345"]
    reading = understand(book(HEAD, WANG, [2, *[None] * 9], [3, *[None] * 9], foot, ["注：每单位限报一人"]), LIAISON)
    assert (said(reading), codes(reading)) == (SAID, [])


def test_an_empty_table_is_one_finding() -> None:
    reading = understand(book(HEAD, [1, *[None] * 9], ["填报人：张三"]), LIAISON)
    assert (reading.answers, codes(reading)) == ((), ["R315"])


def test_an_example_row_is_left_out_with_a_note() -> None:
    example: Row = ["例", "某单位", "李四", "主任", "0421-1", "13900000000", None, None, None, None]
    reading = understand(book(HEAD, example, WANG), LIAISON)
    assert (said(reading), codes(reading)) == (SAID, ["R320"])


def test_an_optional_column_is_missed_only_where_it_is_asked_for() -> None:
    rows: tuple[Row, Row] = (["序号", "单位", "姓名", "手机"], [1, "海口市", "王", "13800138000"])
    assert codes(understand(book(*rows), LIAISON)) == []
    asked = understand(book(*rows), LIAISON, asks=frozenset({"L2"}))
    assert [(finding.code, finding.item) for finding in asked.findings] == [("R302", "L2")]


def test_every_activity_is_a_row_and_totals_are_none() -> None:
    total: Row = ["合计", None, None, None, None, None, None, None, 80, None]
    rows = (PLAN_HEAD, total, activity(1, "咨询日"), activity(2, "演练", "6月16-18日", "50人"), [], activity(3, "讲座", "待定", None), total)
    reading = understand(book(["重点活动计划安排表"], ["填报单位：市政室"], *rows, ["填报人：李", "审核人："]), PLAN)
    assert column_of(reading, "P1") == ["咨询日", "演练", "讲座"]
    assert column_of(reading, "P2") == ["6月16日", "6月16-18日", "待定"]
    assert column_of(reading, "P8") == [30, 50]
    assert [answer.row for answer in reading.answers if answer.item == "P1"] == [1, 2, 3]
    assert codes(reading) == []


def test_a_total_that_nobody_labelled_is_no_activity() -> None:
    bare: Row = [None, None, None, None, None, None, None, None, 80, None]
    for rows in ((bare, activity(1, "咨询日"), activity(2, "演练", people=50)), (activity(1, "咨询日"), activity(2, "演练", people="50人"), bare)):
        reading = understand(book(PLAN_HEAD, *rows), PLAN)
        assert column_of(reading, "P1") == ["咨询日", "演练"]
        assert (column_of(reading, "P8"), codes(reading)) == ([30, 50], ["R320"])
    another: Row = [*bare[:8], 81, None]
    assert "R401" in codes(understand(book(PLAN_HEAD, activity(1, "咨询日"), activity(2, "演练", people=50), another), PLAN))


def test_merged_cells_and_ditto_marks_give_each_row_its_answer() -> None:
    rows = (PLAN_HEAD, activity(1, "咨询日"), activity(2, "演练", unit=None), activity(3, "培训", datetime(2021, 6, 20), "约20", unit="同上"))
    reading = understand(book(*rows, merged=((1, 5, 2, 5),)), PLAN)
    assert column_of(reading, "P5") == ["市政室", "市政室", "市政室"]
    assert column_of(reading, "P2")[2] == "2021-06-20"
    assert [(finding.code, finding.item, finding.row) for finding in reading.findings] == [("R426", "P5", 3), ("R407", "P8", 3)]


def test_a_figure_merged_over_two_activities_belongs_to_neither() -> None:
    reading = understand(book(PLAN_HEAD, activity(1, "咨询日", people=60), activity(2, "演练", people=None), merged=((1, 8, 2, 8),)), PLAN)
    assert column_of(reading, "P8") == []
    assert codes(reading) == ["R421", "R421"]


def test_a_plan_without_activities_says_so() -> None:
    for nothing in (["无", *[None] * 9], [1, "无", *[None] * 8]):
        reading = understand(book(PLAN_HEAD, nothing), PLAN)
        assert (reading.is_nil, reading.answers, codes(reading)) == (True, (), [])


def test_numbers_and_banners_below_the_head_are_no_activities() -> None:
    reading = understand(book(PLAN_HEAD, list(range(1, 11)), activity(1, "咨询日")), PLAN)
    assert column_of(reading, "P1") == ["咨询日"]
    banners = book(PLAN_HEAD, ["一、重点活动"], activity(1, "咨询日"), ["二、品牌活动"], activity(2, "演练"), merged=((1, 0, 1, 9), (3, 0, 3, 9)))
    assert column_of(understand(banners, PLAN), "P1") == ["咨询日", "演练"]


def test_a_turned_plan_is_read_column_by_column() -> None:
    rows = [list(cells) for cells in zip(PLAN_HEAD, activity(1, "咨询日"), activity(2, "演练"), strict=True)]
    reading = understand(book(*rows), PLAN)
    assert column_of(reading, "P1") == ["咨询日", "演练"]
    assert column_of(reading, "P8") == [30, 30]


def test_a_column_for_two_things_is_asked_about() -> None:
    head: Row = ["序号", "活动名称", "时间", "联系人及电话"]
    reading = understand(book(head, [1, "咨询日", "6月16日", "李明13800138000"]), PLAN)
    assert said(reading, 1) == {"P1": "咨询日", "P2": "6月16日"}
    assert codes(reading) == ["R323"]


def test_a_head_repeated_on_the_next_page_is_no_row() -> None:
    reading = understand(book(PLAN_HEAD, activity(1, "咨询日"), PLAN_HEAD, activity(2, "演练")), PLAN)
    assert column_of(reading, "P1") == ["咨询日", "演练"]
    word = Book(kind="docx", grids=[Grid(name=f"table {n}", rows=[PLAN_HEAD, activity(n, f"活动{n}")]) for n in (1, 2)])
    assert column_of(understand(word, PLAN), "P1") == ["活动1", "活动2"]


def test_two_plans_in_one_workbook_are_not_added_up() -> None:
    two = Book(kind="xlsx", grids=[Grid(name=name, rows=[PLAN_HEAD, activity(1, name)]) for name in ("初稿", "终稿")])
    reading = understand(two, PLAN)
    assert (reading.answers, codes(reading)) == ((), ["R316"])


COUNTS: tuple[Row, ...] = (
    ["序号", "指标", "计量单位", "本周", "累计"], [1, "暗访次数", "次", 1, 3], [2, "监管项目数", "个", 20, 20],
    [3, "暗访项目数", "个", 5, 15], [4, "发现隐患项目数", "个", 3, 9],
    [5, "发现隐患", "项", 8, 20], [6, "已整改", "项", 4, 10], [7, "发现率", "%", "15%", 45.0], [8, "整改率", "%", "50%", 50],
)  # fmt: skip
WEEK = {"V1": 1, "V2": 20, "V3": 5, "V4": 3, "V5": 8, "V6": 4, "V7": 15, "V8": 50}


def test_the_week_and_its_problems_stand_in_two_tables() -> None:
    reading = understand(
        book(
            ["周报表（第2周）"],
            ["填报单位（盖章）：海口市", None, "统计截止日期：6月10日"],
            *COUNTS,
            [],
            ["问题清单"],
            PROBLEMS,
            problem(1),
            problem(2),
            ["填报人：张"],
        ),
        COVERT,
    )
    assert said(reading) == WEEK
    assert column_of(reading, "W1") == ["项目1", "项目2"]
    assert column_of(reading, "W7") == ["未销号", "未销号"]
    assert (codes(reading), reading.unit_named, reading.period_named) == ([], "海口市", "6月10日")


def test_the_weeks_figures_may_stand_in_a_row() -> None:
    labels: Row = [row[1] for row in COUNTS[1:]]
    across = understand(book(labels, [row[3] for row in COUNTS[1:]], [], PROBLEMS, problem(1)), COVERT)
    assert (said(across), column_of(across, "W1")) == (WEEK, ["项目1"])
    both = understand(
        book([None, *labels], ["本周", *(row[3] for row in COUNTS[1:])], ["累计", *(row[4] for row in COUNTS[1:])], [], PROBLEMS), COVERT
    )
    assert said(both) == WEEK


def test_a_week_without_problems_has_no_rows_and_no_findings() -> None:
    for nothing in ([], [[None]], [["无"]], [["无", *[None] * 7]]):
        reading = understand(book(*COUNTS, [], PROBLEMS, *nothing), COVERT)
        assert said(reading) == WEEK
        assert [finding for finding in reading.findings if finding.severity == "error"] == []


def test_record_forms_are_told_apart() -> None:
    plan, liaison = book(PLAN_HEAD, activity(1, "咨询日")), book(HEAD, WANG)
    assert fits(plan, PLAN) > 0.8 > 0.3 > max(fits(plan, other) for other in (LIAISON, COVERT, form("statistics-beipiao")))
    assert fits(liaison, LIAISON) > 0.8 > 0.3 > max(fits(liaison, other) for other in (PLAN, COVERT, form("statistics-beipiao")))


# Groups of persons, remarks behind a colon, parts torn apart, other tables below.


def answers_of(code: str, rows: list[list[CellValue]], kind: str = "xlsx", *more: list[list[CellValue]]) -> tuple[dict[object, object], list[str]]:
    """The answers by item (and row, where there are many), and the codes of the findings that are no notes."""
    grids = [Grid(name=f"table {number}", rows=part) for number, part in enumerate((rows, *more), start=1)]
    reading = understand(Book(kind=kind, grids=grids), form(code))
    found = {answer.item if answer.row is None else (answer.item, answer.row): answer.value for answer in reading.answers}
    return found, [finding.code for finding in reading.findings if finding.severity != "note"]


LEADER: list[CellValue] = ["李领导", "局长", "13600000001", "leader@example.com"]
ZHANG: list[CellValue] = ["张三", "科员", "13800138000"]


@pytest.mark.parametrize("is_first", [True, False])
def test_nothing_of_the_leader_is_the_liaisons_though_the_merges_are_lost(is_first: bool) -> None:
    ours: list[CellValue] = ["联络员", None, None]
    theirs: list[CellValue] = ["分管领导", None, None, None]
    inner: list[CellValue] = ["姓名", "职务", "手机"]
    rows: list[list[CellValue]] = [
        ["单位", *(ours if is_first else theirs), *(theirs if is_first else ours)],
        [None, *(inner if is_first else [*inner, "邮箱"]), *([*inner, "邮箱"] if is_first else inner)],
        ["安全股", *(ZHANG if is_first else LEADER), *(LEADER if is_first else ZHANG)],
    ]
    assert answers_of("liaison", rows, "csv") == ({"L1": "安全股", "L3": "张三", "L4": "科员", "L6": "13800138000"}, [])


@pytest.mark.parametrize("groups", [["单位", "A角", None, "B角", None], None])
def test_two_persons_of_equal_standing_are_asked_about_and_none_is_taken(groups: list[CellValue] | None) -> None:
    heads: list[list[CellValue]] = [groups, [None, "姓名", "手机", "姓名", "手机"]] if groups else [["单位", "姓名", "手机", "姓名", "手机"]]
    answers, doubts = answers_of("liaison", [*heads, ["安全股", "张三", "13800138000", "李四", "13900000000"]])
    assert answers == {"L1": "安全股"}
    assert doubts == ["R303", "R303"]


def test_a_second_column_of_the_same_name_that_is_empty_is_no_rival() -> None:
    rows: list[list[CellValue]] = [["单位", "姓名", "手机", "手机"], ["安全股", "张三", "13800138000", None]]
    assert answers_of("liaison", rows) == ({"L1": "安全股", "L3": "张三", "L6": "13800138000"}, [])


@pytest.mark.parametrize("rows", [
    [["单位", "姓名", "手机"], ["安全股", "张三", "13800138000"], ["备注：专职"]],
    [["单位：安全股"], ["姓名：张三", "手机：13800138000"], ["备注：专职"]],
    [["单位", "安全股", "姓名", "张三"], ["手机", "13800138000"], ["备注：专职"]],
])  # fmt: skip
def test_a_remark_behind_its_colon_is_read_with_a_warning(rows: list[list[CellValue]]) -> None:
    assert answers_of("liaison", rows) == ({"L1": "安全股", "L3": "张三", "L6": "13800138000", "L10": "专职"}, ["R319"])


def test_the_forms_own_note_is_no_remark() -> None:
    rows: list[list[CellValue]] = [["单位", "姓名", "手机"], ["安全股", "张三", "13800138000"], ["备注：姓名、手机为必填项"]]
    assert answers_of("liaison", rows) == ({"L1": "安全股", "L3": "张三", "L6": "13800138000"}, [])


SHORT_HEAD: list[CellValue] = ["序号", "活动名称", "时间", "责任单位"]


def planned(*numbers: int) -> list[list[CellValue]]:
    return [[number, f"活动{number}", f"6月{number}日", "公共室"] for number in numbers]


def test_rows_torn_apart_by_headings_in_word_are_all_read() -> None:
    answers, doubts = answers_of("activity-plan", [SHORT_HEAD], "docx", planned(1, 2), planned(3), [[1, "活动4", "6月4日", "公共室"]])
    assert doubts == []
    assert [answers["P1", row] for row in range(1, 5)] == ["活动1", "活动2", "活动3", "活动4"]


def test_a_second_sheet_goes_on_only_if_its_numbers_do() -> None:
    answers, _ = answers_of("activity-plan", [SHORT_HEAD, *planned(1, 2)], "xlsx", planned(3, 4))
    assert [answers["P1", row] for row in range(1, 5)] == ["活动1", "活动2", "活动3", "活动4"]
    answers, _ = answers_of("activity-plan", [SHORT_HEAD, *planned(1, 2)], "xlsx", planned(7, 8))
    assert ("P1", 3) not in answers


@pytest.mark.parametrize(("title", "has_head"), [(["附表"], True), (["附表"], False), (None, True)])
def test_a_list_below_a_table_of_records_is_none_of_its_rows(title: list[CellValue] | None, has_head: bool) -> None:
    problems: list[list[CellValue]] = [["序号", "项目名称", "问题", "责任单位"], [1, "滨江花园1号楼", "临边防护缺失", "海建公司"]]
    head: list[list[CellValue]] = [["序号", "指标名称", "计量单位", "数值"]] if has_head else []
    shown = {"V1": 2, "V2": 40, "V3": 9, "V4": 4, "V5": 1, "V6": 1, "V7": 10, "V8": 100}
    items = [form("covert-inspection").item(code) for code in shown]
    counts: list[list[CellValue]] = [[number, item.label, item.measurement_unit, shown[item.code]] for number, item in enumerate(items, start=1)]
    answers, doubts = answers_of("covert-inspection", [*problems, *([title] if title else []), *head, *counts])
    assert doubts == []
    assert {item for item in answers if isinstance(item, tuple)} == {("W1", 1), ("W2", 1), ("W3", 1)}
    assert {item: value for item, value in answers.items() if isinstance(item, str)} == shown


def test_a_liaison_on_each_of_several_sheets_is_never_chosen_from() -> None:
    head: list[CellValue] = ["单位", "姓名", "手机"]
    one: list[list[CellValue]] = [head, ["一所", "张三", "13800138000"]]
    other: list[list[CellValue]] = [head, ["二所", "李四", "13800138001"]]
    assert answers_of("liaison", one, "xlsx", other) == ({}, ["R316"])
    assert answers_of("liaison", one, "xlsx", one) == ({"L1": "一所", "L3": "张三", "L6": "13800138000"}, [])
    assert answers_of("liaison", one, "xlsx", [head]) == ({"L1": "一所", "L3": "张三", "L6": "13800138000"}, [])
