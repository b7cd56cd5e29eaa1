"""Statistics tables in every layout that offices know: what a careful clerk reads is read, and nothing else."""

from collections.abc import Sequence
from random import Random

import pytest

from include.catalogue import form
from include.domain.form import Form
from include.domain.reading import Reading
from include.read.grid import Book, CellValue, Grid
from include.read.understand import fits, understand
from tests.unit import read_sheets as sheets
from tests.unit.read_sheets import Sheet, Written

FORMS = ("statistics-beipiao", "statistics-binhai", "statistics-heilongjiang")


def lines_of(code: str, seed: object) -> tuple[Form, sheets.Truth, list[Written]]:
    definition = form(code)
    truth = sheets.truth_of(definition, Random(f"{seed}"))
    return definition, truth, sheets.written(definition, truth)


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def value(reading: Reading, item: str) -> object:
    return next(answer.value for answer in reading.answers if answer.item == item)


@pytest.mark.parametrize("code", FORMS)
@pytest.mark.parametrize("layout", sheets.LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_layout_is_read_whole(layout: sheets.Layout, code: str) -> None:
    for seed in range(3):
        luck = Random(f"{layout.__name__}{seed}")
        definition, truth, lines = lines_of(code, (layout.__name__, seed))
        if seed and layout not in sheets.FIXED_ORDER:
            luck.shuffle(lines)
        reading = understand(layout(lines, luck), definition)
        assert sheets.wrong_answers(reading, truth) == []
        assert sheets.unread_items(reading, truth) == []
        assert [finding for finding in reading.findings if finding.severity == "error"] == []


@pytest.mark.parametrize("wording", sheets.WORDINGS, ids=lambda wording: wording.__name__)
def test_labels_are_known_however_they_are_written(wording: object) -> None:
    for seed, layout in enumerate((sheets.plain, sheets.two_halves, sheets.on_its_side, sheets.section_rows)):
        luck = Random(f"{wording}{seed}")
        definition, truth, lines = lines_of("statistics-beipiao", seed)
        for line in lines:
            wording(line, luck)  # type: ignore[operator]
        reading = understand(layout(lines, luck), definition)
        assert sheets.wrong_answers(reading, truth) == []
        assert sheets.unread_items(reading, truth) == []


@pytest.mark.parametrize("hand", sheets.HANDS, ids=lambda hand: hand.__name__)
def test_figures_are_read_however_they_are_typed(hand: object) -> None:
    luck = Random(str(hand))
    definition, truth, lines = lines_of("statistics-beipiao", hand)
    for line in lines:
        before = line.shown
        if line.item.is_number and not hand(line, luck):  # type: ignore[operator]
            line.shown = before
    reading = understand(sheets.plain(lines, luck), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert sheets.unread_items(reading, truth) == []


def test_a_familiar_sheet_reads_as_a_new_one() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "familiar")
    first = sheets.plain(lines, Random(1))
    understand(first, definition)
    for seed in range(40):
        luck = Random(seed)
        definition, _, lines = lines_of("statistics-beipiao", ("familiar", seed))
        for line in lines:
            if luck.random() < 0.2:
                line.shown = luck.choice((None, "无", "约500", "—", "3场", -2, 1.5, "零报告", "应急演练", 12.0, "合计", "人次", True))
        book = sheets.plain(lines, luck)
        quick = understand(book, definition)
        slow = understand(book, definition, explain=True)
        assert (quick.answers, quick.blanks, quick.findings, quick.is_nil, quick.unit_named, quick.period_named) == (
            slow.answers, slow.blanks, slow.findings, slow.is_nil, slow.unit_named, slow.period_named,
        )  # fmt: skip


def test_the_same_file_always_reads_the_same() -> None:
    definition, _, lines = lines_of("statistics-binhai", "same")
    book = sheets.two_halves(lines, Random(1))
    assert understand(book, definition) == understand(book, definition) == understand(book, definition)


def test_head_and_foot_name_the_unit_and_the_time() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "head")
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert (reading.unit_named, reading.period_named) == ("安全股", "2021年6月22日")
    in_word = understand(sheets.in_two_word_tables(lines, Random(1)), definition)
    assert (in_word.unit_named, in_word.period_named) == ("安全股", "2021年6月22日")


@pytest.mark.parametrize(
    ("cells", "unit", "period"),
    [
        (["填报单位：物业管理办公室　　填报日期：2021年6月22日"], "物业管理办公室", "2021年6月22日"),
        (["填报单位（盖章）", "党办", None, "统计截止日期", "2021年6月20日"], "党办", "2021年6月20日"),
        (["单位名称：城建股（盖章）", None, "截止时间：6月20日"], "城建股", "6月20日"),
        (["填報單位（蓋章）：安全股", None, "填報日期：6月22日"], "安全股", "6月22日"),
        (["单位：场次、人次", "第3周"], None, "第3周"),
        (["填报单位（盖章）：", None, None, "填报日期：   年  月  日"], None, None),
        (["暗访周报（6月7日-6月13日）", None, "填报单位:海口市"], "海口市", "6月7日-6月13日"),
    ],
)
def test_fields_are_found_in_and_beside_their_cells(cells: list[CellValue], unit: str | None, period: str | None) -> None:
    definition, _, lines = lines_of("statistics-beipiao", "fields")
    sheet = Sheet()
    sheet.add("统计表")
    sheet.add(*cells)
    sheet.add("序号", "指标", "计量单位", "数值")
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown)
    reading = understand(sheet.book(), definition)
    assert (reading.unit_named, reading.period_named) == (unit, period)


# What must be asked about.


def with_row(lines: Sequence[Written], *cells: CellValue, at: int = -1) -> Book:
    book = sheets.plain(lines, Random(1))
    book.grids[0].rows.insert(at if at >= 0 else len(lines) + 3, list(cells))
    return book


def test_two_rows_of_one_item_with_different_figures_are_never_chosen_from() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "twice")
    reading = understand(with_row(lines, 99, "应急演练", "场次", int(truth["E11"] or 0) + 1), definition)  # type: ignore[call-overload]
    assert "E11" not in {answer.item for answer in reading.answers}
    found = next(finding for finding in reading.findings if finding.item == "E11")
    assert (found.code, found.severity, found.cell.count("、")) == ("R303", "error", 1)
    assert sheets.wrong_answers(reading, truth) == []


def test_two_rows_of_one_item_with_the_same_figure_are_noted() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "alike")
    reading = understand(with_row(lines, 99, "应急演练", "场次", truth["E11"]), definition)
    assert value(reading, "E11") == truth["E11"]
    assert [finding.code for finding in reading.findings if finding.item == "E11"] == ["R304"]


def test_a_unit_that_contradicts_the_label_is_asked_about() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "unit")
    next(line for line in lines if line.item.code == "D6").unit = "人次"
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert "D6" not in {answer.item for answer in reading.answers}
    assert [(finding.code, finding.item) for finding in reading.findings] == [("R310", "D6")]


def test_a_longer_label_is_never_taken_for_the_shorter_one_it_contains() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "longer")
    kept = [line for line in lines if line.item.code not in ("D1", "E11", "G5", "G3")]
    reading = understand(sheets.plain(kept, Random(1)), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert {finding.item for finding in reading.findings if finding.code == "R302"} == {"D1", "E11", "G5", "G3"}


@pytest.mark.parametrize(
    "label",
    ["安全宣传进园区", "安全宣传进机关", "一般隐患已完成整改", "消防演练参与人数", "排查隐患（重大）", "应急演练评估", "“安康杯”竞赛", "整改完成率"],
)
def test_rows_that_units_add_are_noted_and_never_taken(label: str) -> None:
    definition, truth, lines = lines_of("statistics-beipiao", label)
    reading = understand(with_row(lines, None, label, None, 77), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert sheets.unread_items(reading, truth) == []
    assert label in {finding.given for finding in reading.findings if finding.code == "R307"}


def test_a_misprint_is_read_with_a_warning_when_nothing_else_comes_near() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "misprint")
    next(line for line in lines if line.item.code == "D6").label = "发放宣传姿料"
    next(line for line in lines if line.item.code == "A1").label = "理论学习中心组专题学刁"
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth)) == ([], [])
    assert [(finding.code, finding.item) for finding in reading.findings] == [("R305", "A1"), ("R305", "D6")]


def test_a_misprint_between_two_items_is_asked_about() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "between")
    next(line for line in lines if line.item.code == "E1").label = "安全宣传进学业"
    lines = [line for line in lines if line.item.code != "E7"]
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert {"E1", "E7"} <= {finding.item for finding in reading.findings if finding.code in ("R306", "R302")}


def test_rectified_below_major_hazards_is_told_by_its_place() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "neighbour")
    next(line for line in lines if line.item.code == "G6").label = "已完成整改"
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth)) == ([], [])
    assert [(finding.code, finding.item) for finding in reading.findings] == [("R319", "G6")]


def test_only_this_week_where_the_total_is_asked_is_not_read() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "week")
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "本周", "备注")
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown)
    reading = understand(sheet.book(), definition)
    assert (reading.answers, codes(reading)) == ((), ["R309"])


@pytest.mark.parametrize("heads", [("2020年", "2021年"), ("数值", "数值"), ("6月10日", "6月17日"), (None, None), ("安全股", "质监站")])
def test_two_columns_that_could_be_the_figures_are_asked_about_once(heads: tuple[str | None, str | None]) -> None:
    definition, _, lines = lines_of("statistics-beipiao", heads)
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", *heads)
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown, (line.shown + 3) if isinstance(line.shown, (int, float)) else None)
    reading = understand(sheet.book(), definition)
    assert (reading.answers, codes(reading)) == ((), ["R308"])


def test_a_column_of_totals_that_adds_up_is_taken_with_a_warning() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "sum")
    sheet = Sheet()
    sheet.add("指标", "建管股", "安全股", "合计")
    for line in lines:
        number = line.shown if isinstance(line.shown, int) and line.item.kind == "count" else None
        if number is None:
            continue
        sheet.add(line.label, number // 3, number - number // 3, number)
    reading = understand(sheet.book(), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert "R322" in codes(reading)
    assert value(reading, "E1") == truth["E1"]


def test_the_same_table_twice_with_other_figures_is_one_finding() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "old")
    _, _, older = lines_of("statistics-beipiao", "older")
    book = Book(kind="xlsx", grids=[sheets.plain(lines, Random(1)).grids[0], sheets.plain(older, Random(1)).grids[0]])
    book.grids[1].name = "上周"
    reading = understand(book, definition)
    assert (reading.answers, codes(reading)) == ((), ["R316"])
    below = Grid(name="", rows=[*book.grids[0].rows, *book.grids[1].rows])
    reading = understand(Book(kind="csv", grids=[below]), definition)
    assert (reading.answers, codes(reading)) == ((), ["R316"])


def test_an_unfilled_copy_of_the_table_on_a_hidden_sheet_is_no_trouble() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "template")
    blank = sheets.written(definition, {})
    book = Book(kind="xlsx", grids=[sheets.plain(blank, Random(1)).grids[0], sheets.plain(lines, Random(1)).grids[0]])
    book.grids[0].is_hidden, book.grids[0].name = True, "模板"
    reading = understand(book, definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth)) == ([], [])


def test_hidden_rows_are_read_with_one_note() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "hidden")
    book = sheets.plain(lines, Random(1))
    book.grids[0].hidden_rows = {5, 6, 9}
    reading = understand(book, definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth)) == ([], [])
    assert codes(reading) == ["R313"]


def test_blanks_dashes_and_slashes_are_findings_with_their_cells() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "blank")
    for code, shown in (("A1", None), ("A2", "—"), ("A3", "/"), ("G4", "/")):
        next(line for line in lines if line.item.code == code).shown = shown
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert [(finding.code, finding.item, finding.cell) for finding in reading.findings] == [
        ("R401", "A1", "D4"),
        ("R402", "A2", "D5"),
        ("R403", "A3", "D6"),
    ]
    assert [(place.item, place.cell) for place in reading.blanks] == [("A1", "D4"), ("A2", "D5"), ("A3", "D6")]
    assert value(reading, "G4") is None


def test_a_wholly_blank_table_is_one_finding() -> None:
    definition = form("statistics-beipiao")
    reading = understand(sheets.plain(sheets.written(definition, {}), Random(1)), definition)
    assert (reading.answers, codes(reading)) == ((), ["R318"])
    assert reading.findings[0].cell == "D4:D51"
    assert len(reading.blanks) >= 47


def test_another_document_is_one_finding() -> None:
    definition = form("statistics-beipiao")
    for rows in ([["关于报送材料的函"], ["请查收"]], [["姓名", "电话"], ["张三", 13800138000]], [], [[None, None]]):
        reading = understand(Book(kind="xlsx", grids=[Grid(name="Sheet1", rows=rows)]), definition)
        assert (reading.answers, codes(reading)) == ((), ["R301"])


def test_a_figure_merged_over_two_items_belongs_to_neither() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "merged")
    book = sheets.plain(lines, Random(1))
    book.grids[0].rows[5][3] = 55
    book.grids[0].rows[6][3] = None
    book.grids[0].merged.append((5, 3, 6, 3))
    reading = understand(book, definition)
    assert not {"A3", "A4"} & {answer.item for answer in reading.answers}
    assert {finding.item for finding in reading.findings if finding.code == "R421"} == {"A3", "A4"}


def test_doubtful_cells_are_findings() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "doubts")
    book = sheets.plain(lines, Random(1))
    grid = book.grids[0]
    grid.rows[3][3], grid.rows[4][3], grid.rows[6][3] = "#REF!", None, 0
    grid.doubts = {(3, 3): "error_value", (4, 3): "formula_without_value", (5, 3): "recomputed", (6, 3): "shown_blank"}
    reading = understand(book, definition)
    assert [(finding.code, finding.item) for finding in reading.findings] == [("R411", "A1"), ("R412", "A2"), ("R413", "A3"), ("R414", "A4")]
    assert not {"A1", "A2"} & {answer.item for answer in reading.answers}


# Nil reports.


def test_a_cell_that_says_so_makes_the_report_nil() -> None:
    definition = form("statistics-beipiao")
    lines = sheets.written(definition, {})
    for text in ("零报告", "（零报告）", "☑零报告", "零报告：是"):
        book = sheets.plain(lines, Random(1))
        book.grids[0].rows.insert(2, [text])
        reading = understand(book, definition)
        assert (reading.is_nil, reading.answers, codes(reading)) == (True, (), [])
    book.grids[0].rows[2] = ["□零报告"]
    reading = understand(book, definition)
    assert (reading.is_nil, codes(reading)) == (False, ["R318"])


def test_a_nil_report_that_carries_figures_is_an_error() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "nil")
    book = sheets.plain(lines, Random(1))
    book.grids[0].rows.insert(2, ["零报告"])
    reading = understand(book, definition)
    assert "R501" in codes(reading)


def test_every_item_nil_is_a_nil_report() -> None:
    definition = form("statistics-beipiao")
    lines = sheets.written(definition, {item.code: "无" for item in definition.items()})
    reading = understand(sheets.plain(lines, Random(1)), definition)
    assert (reading.is_nil, codes(reading)) == (True, [])
    assert {answer.value for answer in reading.answers} == {None}
    lines[5].shown = 3
    assert not understand(sheets.plain(lines, Random(1)), definition).is_nil


# Which form is it.


def test_the_form_that_fits_best_is_the_one_that_was_filled_in() -> None:
    for code in FORMS:
        _, _, lines = lines_of(code, "fits")
        for layout in (sheets.plain, sheets.two_halves, sheets.on_its_side):
            book = layout(lines, Random(1))
            marks = {other: fits(book, form(other)) for other in (*FORMS, "liaison", "activity-plan", "covert-inspection")}
            assert max(marks, key=lambda other: marks[other]) == code
            assert marks[code] > 0.9
            assert max(marks["liaison"], marks["activity-plan"]) < 0.4


def test_explaining_says_which_cell_and_why() -> None:
    definition, _, lines = lines_of("statistics-beipiao", "explain")
    lines[0].label = "1、理论学习中心组 专题学习（次）"
    reading = understand(sheets.plain(lines, Random(1)), definition, explain=True)
    line = next(line for line in reading.explain if line.startswith("A1: "))
    assert "D4" in line
    assert "numbering" in line
    assert "理论学习中心组 专题学习" in line
    assert "for “理论学习中心组专题学习”" in line
    assert any("figures from D “数值”; not from A “序号” (serial)" in line for line in reading.explain)


# Words of the form where no label stands.


@pytest.mark.parametrize(
    "text", ["组织应急演练3场", "应急演练3场", "公众开放日", "安全宣传进企业：好", "合计", "学习贯彻", "本周", "12", "备注：见附件", "数值"]
)
def test_an_answer_in_words_may_name_any_item(text: str) -> None:
    for layout in (sheets.plain, sheets.bare_pairs, sheets.two_halves, sheets.on_its_side, sheets.labels_over_figures, sheets.section_rows):
        definition, truth, _ = lines_of("statistics-beipiao", "words")
        truth["H1"] = text
        reading = understand(layout(sheets.written(definition, truth), Random(1)), definition)
        assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth), codes(reading)) == ([], [], [])


@pytest.mark.parametrize("text", ["应急演练：3场", "应急演练3场", "公众开放日", "安全宣传进企业（5场）", "参与人数", "场次", "合计", "12", "无"])
@pytest.mark.parametrize("head", ["备注", "情况说明", None])
def test_a_remark_may_name_any_item(text: str, head: str | None) -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "remarks")
    book = sheets.plain(lines, Random(1))
    book.grids[0].rows[2][4], book.grids[0].rows[20][4] = head, text
    reading = understand(book, definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth), codes(reading)) == ([], [], [])


def test_a_column_that_repeats_the_labels_to_explain_them_is_no_second_table() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "explained")
    sheet = Sheet()
    sheet.add("序号", "指标", "单位", "数值", "指标解释")
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown, line.label)
    reading = understand(sheet.book(), definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth), codes(reading)) == ([], [], [])


def test_labels_over_their_figures_in_one_column_are_read() -> None:
    definition, truth, lines = lines_of("statistics-beipiao", "stacked")
    sheet = Sheet()
    for line in lines:
        sheet.add(line.label)
        sheet.add(line.shown)
    reading = understand(sheet.book(), definition)
    assert (sheets.wrong_answers(reading, truth), sheets.unread_items(reading, truth)) == ([], [])


def test_a_sheet_that_adds_up_all_others_is_the_report() -> None:
    definition = form("statistics-beipiao")
    parts = [sheets.truth_of(definition, Random(seed)) for seed in range(3)]
    total = {code: value if isinstance(value, str) else sum(part[code] for part in parts) for code, value in parts[0].items()}  # type: ignore[misc]
    total["G4"] = 50
    grids = [sheets.plain(sheets.written(definition, truth), Random(1)).grids[0] for truth in (*parts, total)]
    for grid, name in zip(grids, ("一科", "二科", "三科", "汇总"), strict=True):
        grid.name = name
    reading = understand(Book(kind="xlsx", grids=grids), definition)
    assert (sheets.wrong_answers(reading, total), sheets.unread_items(reading, total), codes(reading)) == ([], [], ["R322"])
    reading = understand(Book(kind="xlsx", grids=grids[:3]), definition)
    assert (reading.answers, codes(reading)) == ((), ["R316"])


# Parts of a table that headings have torn apart.


def torn_apart(*parts: list[list[CellValue]], kind: str = "docx") -> tuple[dict[str, object], list[str]]:
    book = Book(kind=kind, grids=[Grid(name=f"table {number}", rows=rows) for number, rows in enumerate(parts, start=1)])
    reading = understand(book, form("statistics-beipiao"))
    return {answer.item: answer.value for answer in reading.answers if answer.item.startswith("C")}, [
        f"{found.code} {found.item}" for found in reading.findings if found.code != "R302"
    ]


def numbered_rows(first: int, *items: tuple[str, object]) -> list[list[CellValue]]:
    definition = form("statistics-beipiao")
    return [
        [str(number), definition.item(code).label, definition.item(code).measurement_unit, shown, None]  # type: ignore[list-item]
        for number, (code, shown) in enumerate(items, start=first)
    ]


BEGINNING = numbered_rows(1, *((item.code, str(7 * number)) for number, item in enumerate(list(form("statistics-beipiao").items())[:9], start=1)))


@pytest.mark.parametrize("head", [["序号", "指标名称", "计量单位", "数值", "备注"], None])
@pytest.mark.parametrize("shown", ["11", 11, "11起"])
def test_an_item_alone_below_its_heading_stands_under_the_head_of_the_part_before(head: list[CellValue] | None, shown: object) -> None:
    beginning = [head, *BEGINNING] if head else BEGINNING
    assert torn_apart(beginning, numbered_rows(16, ("C3", shown)), numbered_rows(17, ("C4", "4"), ("C5", "300"))) == (
        {"C3": 11, "C4": 4, "C5": 300},
        [],
    )


def test_a_part_without_head_keeps_its_week_and_its_total_apart() -> None:
    beginning: list[list[CellValue]] = [["序号", "指标名称", "计量单位", "本周", "累计"], *([*row[:3], 1, row[3]] for row in BEGINNING)]
    alone: list[list[CellValue]] = [[16, form("statistics-beipiao").item("C3").label, "起", 2, 11]]
    assert torn_apart(beginning, alone, kind="xlsx") == ({"C3": 11}, [])


def test_a_part_of_other_columns_is_asked_about() -> None:
    answers, doubts = torn_apart([["序号", "指标名称", "计量单位", "数值"], *BEGINNING], [["16", "曝光典型案例", "11"]])
    assert (answers, len(doubts)) == ({}, 1)
    assert doubts[0] != "R401 C3"
