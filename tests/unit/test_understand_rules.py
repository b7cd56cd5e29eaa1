"""Every rule about rows, labels and cells: wordings and codes agree, one workbook breaks it, and a clean one passes all."""

from collections.abc import Callable
from random import Random

import pytest
import yaml

from include.catalogue import form
from include.domain.finding import Finding
from include.read.doubts import DOUBTS
from include.read.grid import Book, CellValue, Grid
from include.read.understand import understand
from include.settings import DEFINITIONS
from tests.unit import read_sheets as sheets
from tests.unit.read_sheets import Sheet, Written

BEIPIAO, LIAISON, PLAN = form("statistics-beipiao"), form("liaison"), form("activity-plan")
HEAD: list[CellValue] = ["序号", "单位", "姓名", "手机"]
WANG: list[CellValue] = [1, "安全股", "王小明", "13800138000"]
PLANNED: list[CellValue] = ["序号", "活动名称", "时间", "责任单位", "联系人", "联系电话", "参加人数"]


def lines() -> list[Written]:
    return sheets.written(BEIPIAO, sheets.truth_of(BEIPIAO, Random("rules")))


def shown(item: str, value: CellValue) -> list[Finding]:
    """The findings of a clean table in which one cell shows something else."""
    changed = lines()
    next(line for line in changed if line.item.code == item).shown = value
    return list(understand(sheets.plain(changed, Random(1)), BEIPIAO).findings)


def with_lines(change: Callable[[list[Written]], object]) -> list[Finding]:
    changed = lines()
    change(changed)
    return list(understand(sheets.plain(changed, Random(1)), BEIPIAO).findings)


def with_book(change: Callable[[Book], object]) -> list[Finding]:
    book = sheets.plain(lines(), Random(1))
    change(book)
    return list(understand(book, BEIPIAO).findings)


def records(code: str, *rows: list[CellValue], merged: tuple[tuple[int, int, int, int], ...] = ()) -> list[Finding]:
    return list(understand(Book(kind="xlsx", grids=[Grid(name="Sheet1", rows=list(rows), merged=list(merged))]), form(code)).findings)


def columns(*heads: str, filled: Callable[[Written], list[CellValue]]) -> list[Finding]:
    sheet = Sheet()
    sheet.add("指标", "计量单位", *heads)
    for line in lines():
        sheet.add(line.label, line.unit, *filled(line))
    return list(understand(sheet.book(), BEIPIAO).findings)


def find(changed: list[Written], item: str) -> Written:
    return next(line for line in changed if line.item.code == item)


def relabel(item: str, label: str) -> Callable[[list[Written]], object]:
    return lambda changed: setattr(find(changed, item), "label", label)


def insert(*cells: CellValue) -> Callable[[Book], object]:
    return lambda book: book.grids[0].rows.insert(20, list(cells))


def doubted(kind: str) -> Callable[[Book], object]:
    return lambda book: book.grids[0].doubts.update({(3, 3): kind})  # type: ignore[dict-item]


def copied(change: Callable[[Grid], object]) -> Callable[[Book], object]:
    def add(book: Book) -> None:
        other = Grid(name="副本", rows=[list(row) for row in book.grids[0].rows])
        change(other)
        book.grids.append(other)

    return add


def number(line: Written, least: int = 0) -> int | None:
    return int(line.shown) + least if isinstance(line.shown, (int, float)) else None


def add_small_table(book: Book) -> None:
    book.grids.append(Grid(name="附", rows=[["指标", "数值"], ["应急演练", 777_777], ["公众开放日", 888_888]]))


def merge_figures(book: Book) -> None:
    book.grids[0].merged.append((5, 3, 6, 3))


def without_e7_as_e1(changed: list[Written]) -> None:
    find(changed, "E1").label = "安全宣传进学业"
    changed.remove(find(changed, "E7"))


BREAKERS: dict[str, Callable[[], list[Finding]]] = {
    "table_not_found": lambda: records("statistics-beipiao", ["关于报送材料的函"]),
    "item_not_found": lambda: with_lines(lambda changed: changed.remove(find(changed, "E5"))),
    "item_found_twice": lambda: with_book(insert(99, "应急演练", "场次", 777_777)),
    "item_repeated_alike": lambda: with_lines(lambda changed: changed.append(find(changed, "E11"))),
    "label_near_miss": lambda: with_lines(relabel("D6", "发放宣传姿料")),
    "label_unclear": lambda: with_lines(without_e7_as_e1),
    "row_not_in_form": lambda: with_book(insert(None, "购置灭火器材", "具", 12)),
    "value_column_unclear": lambda: columns("2020年", "2021年", filled=lambda line: [line.shown, line.shown]),
    "other_period_only": lambda: columns("本周", filled=lambda line: [line.shown]),
    "unit_contradicts": lambda: with_lines(lambda changed: setattr(find(changed, "D6"), "unit", "人次")),
    "unit_differs": lambda: with_lines(lambda changed: setattr(find(changed, "D6"), "unit", "篇")),
    "column_not_in_form": lambda: records("liaison", [*HEAD, "血型"], [*WANG, "A"]),
    "read_from_hidden": lambda: with_book(lambda book: book.grids[0].hidden_rows.add(5)),
    "several_rows_for_one": lambda: records("liaison", HEAD, WANG, WANG),
    "table_without_rows": lambda: records("liaison", HEAD, [1, None, None, None]),
    "table_repeated": lambda: with_book(copied(lambda grid: [row.__setitem__(3, 654_321) for row in grid.rows[3:40]])),
    "table_repeated_alike": lambda: with_book(copied(lambda grid: None)),
    "table_blank": lambda: with_lines(lambda changed: [setattr(line, "shown", None) for line in changed]),
    "read_by_neighbour": lambda: with_lines(relabel("G6", "已完成整改")),
    "example_row_left_out": lambda: records("liaison", HEAD, ["例", "某单位", "李四", "13900000000"], WANG),
    "elsewhere_differs": lambda: with_book(add_small_table),
    "total_column_taken": lambda: columns(
        "建管股", "安全股", "合计", filled=lambda line: [number(line), 5, number(line, 5)] if line.item.kind == "count" else []
    ),
    "column_unclear": lambda: records("activity-plan", ["序号", "活动名称", "时间", "联系人及电话"], [1, "咨询日", "6月16日", "李明13800138000"]),
    "blank_cell": lambda: shown("E1", None),
    "dash_for_blank": lambda: shown("E1", "—"),
    "slash_for_figure": lambda: shown("E1", "/"),
    "not_a_number": lambda: shown("E1", "若干"),
    "negative_number": lambda: shown("E1", -3),
    "fraction_of_count": lambda: shown("E1", 2.5),
    "approximate": lambda: shown("E2", "约500"),
    "one_of_two_figures": lambda: shown("E2", "12场，350人次"),
    "two_figures": lambda: shown("E1", "12 34"),
    "unsolved_expression": lambda: shown("E1", "10-15"),
    "error_value": lambda: with_book(doubted("error_value")),
    "formula_without_value": lambda: with_book(doubted("formula_without_value")),
    "formula_recomputed": lambda: with_book(doubted("recomputed")),
    "nought_shown_blank": lambda: with_book(doubted("shown_blank")),
    "date_for_number": lambda: shown("E1", "6月16日"),
    "rate_unclear": lambda: shown("G4", 0.85),
    "percent_of_count": lambda: shown("E1", "85%"),
    "scale_unclear": lambda: shown("F4", "1.2万"),
    "unit_converted": lambda: shown("F4", "5000元"),
    "remark_beside_figure": lambda: shown("E1", "12（其中线上3）"),
    "merged_over_items": lambda: with_book(merge_figures),
    "leading_zero_lost": lambda: records("liaison", HEAD, [1, "安全股", "王小明", 4212812345]),
    "precision_lost": lambda: shown("E1", 1e300),
    "not_done": lambda: shown("E1", "未开展"),
    "number_for_date": lambda: records("activity-plan", PLANNED, [1, "咨询日", 44363, "市政室", "李", "13800138000", 5]),
    "same_as_above": lambda: records(
        "activity-plan", PLANNED, [1, "甲", "6月1日", "市政室", "李", "13800138000", 5], [2, "乙", "6月2日", "同上", "李", "13800138000", 5]
    ),
    "slash_for_blank": lambda: shown("H1", "/"),
    "nil_with_figures": lambda: with_book(lambda book: book.grids[0].rows.insert(2, ["零报告"])),
}


def test_the_catalogue_and_the_reader_know_the_same_rules() -> None:
    rules = yaml.safe_load((DEFINITIONS / "findings" / "read-cells.yaml").read_text(encoding="utf-8"))
    assert {rule["name"]: (rule["code"], rule["severity"]) for rule in rules} == DOUBTS
    assert [rule["code"] for rule in rules] == sorted(rule["code"] for rule in rules)


def test_every_rule_has_a_workbook_that_breaks_it() -> None:
    assert set(BREAKERS) == set(DOUBTS)


@pytest.mark.parametrize("name", DOUBTS)
def test_a_workbook_breaks_the_rule(name: str) -> None:
    code, severity = DOUBTS[name]
    found = [finding for finding in BREAKERS[name]() if finding.code == code]
    assert found
    assert {finding.severity for finding in found} == {severity}


def test_a_clean_workbook_passes_every_rule() -> None:
    assert understand(sheets.plain(lines(), Random(1)), BEIPIAO).findings == ()
    assert records("liaison", HEAD, WANG) == []
    assert records("activity-plan", PLANNED, [1, "咨询日", "6月16日", "市政室", "李", "13800138000", 5]) == []
