"""Blank forms: the official layout, locked labels, a hidden mark, and a reader that knows them again."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.catalogue import load
from include.domain.campaign import Authority, Campaign, Obligation
from include.domain.form import Form, Item, Table
from include.domain.unit import Unit
from include.read import marks, read_files
from include.report.address import cells_of, letters_of
from include.report.blanks import MARK_SHEET, PERIOD_FIELD, write_blank, write_blanks
from include.report.layout import Layout, lay_out, sheet_name
from include.report.wide import lines_of, safe_file_name, width_of
from tests.unit.report_material import LIAISON, WEEKLY, zh

CAMPAIGN = Campaign(
    code="try-2021",
    version=1,
    name=zh("活动"),
    notice="try-2021",
    zone=ZoneInfo("Asia/Shanghai"),
    authority=Authority(name="某厅", receives="安全处"),
    issued_on=date(2021, 5, 20),
    first_on=date(2021, 6, 1),
    last_on=date(2021, 6, 30),
    obligations=(),
)
OBLIGATION = Obligation(code="weekly", name=zh("周报"), kind="report", what="form", form="inspection")
UNIT = Unit(code="jia", name="=甲市（房建）")


def blank(folder: Path, form: Form = WEEKLY, period: str = "2021-06-10") -> Path:
    return write_blank(folder / "blank.xlsx", CAMPAIGN, OBLIGATION, form, UNIT, period)


def overlapping(layout: Layout) -> list[tuple[str, int, int]]:
    twice = []
    for sheet in layout.sheets:
        taken: set[tuple[int, int]] = set()
        for box in sheet.boxes:
            for row in range(box.row, box.row + box.rows):
                for column in range(box.column, box.column + box.columns):
                    if (row, column) in taken or column >= len(sheet.widths):
                        twice.append((sheet.name, row, column))
                    taken.add((row, column))
    return twice


def test_every_item_has_one_cell_and_many_row_tables_one_a_row() -> None:
    layout = lay_out(WEEKLY, rows=3)
    assert layout.places["V1", None] == ("暗访情况", 3, 4)
    assert {row for item, row in layout.places if item == "W1"} == {1, 2, 3}
    assert len(set(layout.places.values())) == len(layout.places)
    assert not overlapping(layout)


def test_optional_items_stand_only_where_they_are_asked_for() -> None:
    items = (Item(code="L1", label="单位", kind="text"), Item(code="L2", label="行业", kind="text", optional=True))
    form = Form(code="f", version=1, title=zh("表"), basis="", tables=(Table(code="t", title=zh("表"), shape="record", items=items),))
    assert ("L2", None) not in lay_out(form).places
    assert ("L2", None) in lay_out(form, ["L2"]).places


def test_sections_are_merged_over_their_items() -> None:
    boxes = [box for box in lay_out(WEEKLY).sheets[0].boxes if box.role == "section"]
    assert [(box.text, box.rows) for box in boxes] == [("暗访", 2), ("隐患", 3), ("说明", 1)]


@given(
    st.lists(st.text("甲乙ab（）", min_size=1, max_size=40), min_size=1, max_size=30),
    st.sampled_from(["list", "record"]),
    st.lists(st.sampled_from(["填报单位（盖章）", "统计截止日期", "联系电话", "一个很长很长很长的需要换行的栏目名称"]), unique=True),
    st.booleans(),
)
def test_whatever_the_form_no_two_boxes_overlap(labels: list[str], shape: str, fields: list[str], has_sections: bool) -> None:
    items = tuple(
        Item(code=f"A{n}", label=label, section=label[:1] if has_sections else "", measurement_unit="人次") for n, label in enumerate(labels)
    )
    form = Form(code="f", version=1, title=zh("表"), basis="", head=tuple(fields), foot=tuple(fields), note="注" * 80, tables=(
        Table(code="t", title=zh("表"), shape=shape, items=items, rows="many", total_row=True),))  # fmt: skip
    layout = lay_out(form, rows=2, period_field=PERIOD_FIELD)
    assert not overlapping(layout)
    assert {item for item, _ in layout.places} == {item.code for item in items}


def test_a_blank_locks_its_labels_and_opens_its_cells(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path))
    layout = lay_out(WEEKLY, period_field=PERIOD_FIELD)
    for page in layout.sheets:
        sheet = book[page.name]
        assert sheet.protection.sheet
        assert not sheet.protection.password
        for box in page.boxes:
            is_open = box.role == "value" or (box.role == "entry" and box.field != PERIOD_FIELD)
            assert sheet.cell(box.row + 1, box.column + 1).protection.locked is not is_open, (box.role, box.text)


def test_a_blank_knows_its_unit_and_its_week(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank(tmp_path))["暗访情况"]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    assert "=甲市（房建）" in texts
    assert "2021-06-10" in texts
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_cells_refuse_what_an_item_cannot_be(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path))
    rules = {str(rule.sqref): rule for sheet in book for rule in sheet.data_validations.dataValidation}
    places = lay_out(WEEKLY, period_field=PERIOD_FIELD).places

    def rule_of(item: str, row: int | None = None):
        _, at, column = places[item, row]
        return rules[f"{letters_of(column)}{at + 1}"]

    assert (rule_of("V1").type, rule_of("V1").operator, rule_of("V1").formula1) == ("whole", "greaterThanOrEqual", "0")
    assert rule_of("V8").type == "custom"
    assert '="/"' in rule_of("V8").formula1
    assert rule_of("W7", 1).formula1 == '"是,否"'
    assert "请填不小于0的整数" in rule_of("V1").error


def test_the_hidden_mark_stands_in_a_very_hidden_sheet_and_in_the_properties(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path))
    assert MARK_SHEET == marks.MARK_SHEET
    assert book[MARK_SHEET].sheet_state == "veryHidden"
    found = marks.mark_from_rows([[cell.value for cell in row] for row in book[MARK_SHEET].iter_rows()])
    assert (found.campaign, found.obligation, found.form, found.version, found.unit, found.period) == (
        "try-2021", "weekly", "inspection", 3, "jia", "2021-06-10",
    )  # fmt: skip
    assert marks.mark_from_properties({one.name: one.value for one in book.custom_doc_props.props}) == found


def test_paper_is_a4_with_the_heads_repeated(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path))
    for name, head in (("暗访情况", "$4:$4"), ("问题清单", "$3:$3")):
        assert book[name].page_setup.paperSize == 9
        assert book[name].print_title_rows == head
        assert book[name].sheet_properties.pageSetUpPr.fitToPage


def test_the_same_definitions_give_the_same_bytes(tmp_path: Path) -> None:
    assert blank(tmp_path / "a").read_bytes() == blank(tmp_path / "b").read_bytes()


def test_a_filled_blank_is_read_back_to_the_cell(tmp_path: Path) -> None:
    path = blank(tmp_path)
    book = openpyxl.load_workbook(path)
    layout = lay_out(WEEKLY, period_field=PERIOD_FIELD)
    given_values = {("V1", None): 3, ("V2", None): 120, ("V5", None): 8, ("V6", None): 6, ("V8", None): 75.0, ("H1", None): "随手拍",
                    ("W1", 1): "一号楼", ("W7", 1): "否", ("W1", 2): "二号楼", ("W7", 2): "是"}  # fmt: skip
    for key, value in given_values.items():
        sheet, row, column = layout.places[key]
        book[sheet].cell(row + 1, column + 1).value = value
    book.save(path)
    ((_, reading, _),) = list(read_files([path], WEEKLY))
    assert {(one.item, one.row): one.value for one in reading.answers} == given_values
    for one in reading.answers:
        sheet, row, column = layout.places[one.item, one.row]
        assert (one.sheet, one.cell) == (sheet, f"{letters_of(column)}{row + 1}")
    assert reading.mark is not None
    assert (reading.mark.unit, reading.mark.period) == ("jia", "2021-06-10")


def test_an_empty_blank_is_no_report_of_zeros(tmp_path: Path) -> None:
    ((_, reading, _),) = list(read_files([blank(tmp_path)], WEEKLY))
    assert not [one for one in reading.answers if one.item.startswith("V")]
    assert any(one.severity == "error" for one in reading.findings) or reading.blanks


def test_a_one_row_form_offers_one_row(tmp_path: Path) -> None:
    layout = lay_out(LIAISON)
    assert layout.places["L3", None] == ("联络员推荐表", 3, 2)
    sheet = openpyxl.load_workbook(blank(tmp_path, LIAISON, ""))["联络员推荐表"]
    assert sheet["B4"].value == "=甲市（房建）"
    assert sheet["E4"].number_format == "@"


def test_a_campaigns_blanks_are_one_for_every_form_it_is_owed(tmp_path: Path) -> None:
    paths = write_blanks("hainan-2021", tmp_path)
    definitions = load("hainan-2021")
    assert len(paths) == len(set(paths)) == len(definitions.units) * (1 + 4)
    assert {path.parent.name for path in paths} == {unit.code for unit in definitions.units}
    assert write_blanks("wulong-2023", tmp_path) == []
    sheet = openpyxl.load_workbook(next(path for path in paths if "联络员" in path.name)).worksheets[0]
    assert "行业" in [cell.value for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("B3", [(2, 1)]),
        ("$AA$10", [(9, 26)]),
        ("B3:C4", [(2, 1), (2, 2), (3, 1), (3, 2)]),
        ("C4:B3", [(2, 1), (2, 2), (3, 1), (3, 2)]),
        ("", []),
        ("表", []),
        ("XFE1", []),
        ("A1048577", []),
    ],
)
def test_addresses_are_understood_or_nothing(text: str, cells: list[tuple[int, int]]) -> None:
    assert cells_of(text) == cells


@pytest.mark.parametrize(("text", "name"), [("a/b:c", "abc"), ("'引号'", "引号"), ("", "表"), ("长" * 40, "长" * 31), ("[]", "表")])
def test_sheet_names_are_such_as_programs_accept(text: str, name: str) -> None:
    assert sheet_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"), [("../../etc/passwd", "_.._etc_passwd"), ("", "_"), ("统计表（终稿2）", "统计表（终稿2）"), ("a\x00b", "a_b"), ("...", "_")]
)
def test_file_names_never_lead_anywhere(text: str, name: str) -> None:
    assert safe_file_name(text) == name


def test_han_characters_take_two_widths_and_wrap() -> None:
    assert width_of("安全A1") == 6
    assert lines_of("安全" * 10, 21) == 2
    assert lines_of("一\n二", 40) == 2
