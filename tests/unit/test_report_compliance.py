"""The compliance workbook, sheet by sheet, from hand-made material."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from include.domain.standing import rates
from include.report import page, words
from include.report.compliance import write_compliance
from include.report.gather import Material
from include.report.sheets import sums
from tests.unit.report_material import AS_OF, EVIL, gathered, with_judgement

MAIN = ["总览", "报送情况一览表", "未报单位名单", "催报清单", "问题清单", "汇总表", "考核评分", "收文登记", "落实事项"]


def write(folder: Path, material: Material | None = None, copies: Mapping[str, str] | None = None) -> Path:
    material = material or gathered()[0]
    return write_compliance(folder / "compliance.xlsx", material, sums.roll_ups(material), copies or {})


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    return openpyxl.load_workbook(write(tmp_path_factory.mktemp("book"), copies={"try-2021-000006": "returns/yi/a.退回.xlsx"}))


def rows(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def table(sheet: Worksheet, first_head: str) -> list[dict[str, object]]:
    """The rows below the heading that begins with `first_head`, as dicts."""
    found = rows(sheet)
    at = next(n for n, row in enumerate(found) if row[0] == first_head)
    heads = [str(head) for head in found[at]]
    return [dict(zip(heads, row, strict=True)) for row in found[at + 1 :] if any(value is not None for value in row[1:])]


def test_the_sheets_a_supervisor_looks_for_stand_in_front(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[: len(MAIN)] == MAIN
    assert {"分组汇总", "溯源", "扣分明细"} <= set(book.sheetnames[len(MAIN) :])


def test_the_first_sheet_links_to_every_other_and_says_what_it_shows(book: openpyxl.Workbook) -> None:
    listed = {row[0].value: row for row in book["总览"].iter_rows() if str(row[0].hyperlink and row[0].hyperlink.location).endswith("!A1")}
    assert list(listed) == book.sheetnames[1:]
    assert all(row[1].value and row[0].hyperlink.location == f"'{name}'!A1" for name, row in listed.items())


def test_every_sheet_prints_on_a4_landscape_one_page_wide_with_its_foot(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert sheet.page_setup.paperSize == 9, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth in (None, 1)  # what is not said is 1
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "数据截至：2021年6月12日 9:30" in sheet.oddFooter.left.text
        assert "制表日期：2021年6月12日" in sheet.oddFooter.left.text
        assert any("制表日期：2021年6月12日　数据截至：2021年6月12日 9:30" in str(row[0]) for row in rows(sheet)), sheet.title


def test_tables_have_frozen_heads_filters_and_repeat_their_heads_on_paper(book: openpyxl.Workbook) -> None:
    for name in ("报送情况一览表", "未报单位名单", "催报清单", "问题清单", "考核评分", "收文登记", "溯源", "扣分明细"):
        assert book[name].freeze_panes, name
        assert book[name].auto_filter.ref, name
        assert book[name].print_title_rows, name


def test_the_same_material_gives_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a").read_bytes() == write(tmp_path / "b").read_bytes()


def test_a_second_run_leaves_the_file_untouched(tmp_path: Path) -> None:
    before = write(tmp_path).stat().st_mtime_ns
    assert write(tmp_path).stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == ["compliance.xlsx"]


def test_another_program_reads_every_sheet(tmp_path: Path) -> None:
    found = CalamineWorkbook.from_path(str(write(tmp_path)))
    assert found.sheet_names[: len(MAIN)] == MAIN
    assert all(found.get_sheet_by_name(name).to_python() for name in found.sheet_names)


def test_text_from_units_is_never_a_formula_nor_a_link_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, content in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            assert etree.fromstring(content).find(".//{*}f") is None, name
        if name.endswith(".rels"):
            assert b"example.invalid" not in content, name
    assert EVIL.replace('"', "&quot;") in parts["xl/sharedStrings.xml"].decode() or EVIL in parts["xl/sharedStrings.xml"].decode()


def test_the_overview_counts_as_judge_does(book: openpyxl.Workbook) -> None:
    whole = rates(gathered()[0].judgement.standings)
    by_name = {row["报送事项"]: row for row in table(book["总览"], "报送事项") if row["应报"] is not None}
    total = by_name["合　计"]
    assert (total["应报"], total["实报"], total["按时"], total["迟报"]) == (whole.expected, whole.received, whole.on_time, whole.late)
    assert (total["未报"], total["退回补正"], total["待审核"], total["未到期"], total["免报"]) == (3, 1, 1, 4, 1)
    assert total["按时率"] == pytest.approx(whole.on_time_rate)
    assert total["应报"] == sum(total[name] for name in ("按时", "迟报", "待审核", "退回补正", "未报", "未到期"))
    assert by_name["联络员表"]["应报"] == 3
    text = "\n".join(str(row[0]) for row in rows(book["总览"]))
    assert "活动资料：随时报送，不设期限，不计入报送率；已收3件。" in text
    assert "应报15件，实报7件（按时5、迟报1、待审核1），未报3件、退回补正1件" in text
    assert f"{13 + 887:064x}" not in text  # the head is the last receipt's, not another's
    assert f"{len(gathered()[0].receipts) + 900:064x}" in text


def test_units_stand_in_official_order_with_word_and_colour(book: openpyxl.Workbook) -> None:
    sheet = book["报送情况一览表"]
    found = rows(sheet)
    at = next(n for n, row in enumerate(found) if row[0] == "序号")
    assert [row[1] for row in found[at + 2 : at + 6]] == ["甲市（房建）", "乙市（房建）", "丙县（燃气）", "=1+1丁县（燃气）"]
    cells = {row[1].value: row for row in sheet.iter_rows(min_row=at + 3, max_row=at + 6)}
    late = cells["乙市（房建）"][3]
    assert late.value.split("\n")[:2] == ["迟报1秒", "06-04 00:00:01"]
    assert late.fill.fgColor.rgb[-6:] == words.COLOURS["late"][0].lstrip("#")
    assert cells["丙县（燃气）"][2].value == "未报"
    assert cells["=1+1丁县（燃气）"][2].value == "免报"
    assert cells["甲市（房建）"][3].value.split("\n") == ["按时", "06-03 09:00", "缺盖章扫描件"]
    assert cells["乙市（房建）"][4].value.startswith("退回补正")
    assert cells["丙县（燃气）"][4].value.startswith("待审核")
    assert found[at + 1][2:6] == ["6月3日24:00", "6月3日24:00", "6月10日24:00", "6月17日24:00"]
    assert any("已收3件" in str(value) for value in found[at + 2])


def test_missing_units_are_named_with_how_long_they_are_overdue(book: openpyxl.Workbook) -> None:
    found = table(book["未报单位名单"], "序号")
    assert [(row["报送事项"], row["期次"], row["未报单位"]) for row in found] == [
        ("联络员表", None, "丙县（燃气）"), ("暗访周报", "6月3日", "丙县（燃气）"), ("暗访周报", "6月10日", "=1+1丁县（燃气）"),
    ]  # fmt: skip
    assert found[0]["已逾期"] == "8天9小时"
    assert found[0]["应报时间"] == "2021年6月3日24:00"


def test_the_chasing_list_says_whom_to_call_once_the_liaison_form_is_in(book: openpyxl.Workbook) -> None:
    found = table(book["催报清单"], "序号")
    jia = [row for row in found if row["单位"] == "甲市（房建）"]
    assert {(row["联络员"], row["办公电话"], row["手机"]) for row in jia} == {("张三", "0898-7654321", "13900000001")}
    assert {row["状态"] for row in jia} == {"未到期", "缺件", "活动未定日期"}
    assert {row["联络员"] for row in found if row["单位"] == "丙县（燃气）"} == {"（未报联络员）"}
    returned = next(row for row in found if row["状态"] == "退回补正")
    assert returned["单位"] == "乙市（房建）"
    assert returned["联络员"] == EVIL
    assert "补正" in returned["请办"]
    names = [row["单位"] for row in found]
    assert names == sorted(names, key=["甲市（房建）", "乙市（房建）", "丙县（燃气）", "=1+1丁县（燃气）"].index)


def test_problems_say_file_sheet_cell_and_what_to_do(book: openpyxl.Workbook) -> None:
    found = table(book["问题清单"], "序号")
    returned = next(row for row in found if row["代码"] == "V501")
    assert (returned["单位"], returned["报送事项"], returned["期次"], returned["文件"]) == ("乙市（房建）", "暗访周报", "6月10日", "=cmd.xlsx")
    assert (returned["工作表"], returned["单元格"], returned["指标"], returned["所填内容"]) == ("Sheet1", "D7", "已整改", "9")
    assert (returned["性质"], returned["该件现状"]) == ("须改正", "已退回")
    assert returned["处理办法"] == "请核对两项数字。"
    assert next(row for row in found if row["代码"] == "R403")["该件现状"] == "现行"
    assert next(row for row in found if row["代码"] == "C301")["单位"] == "（待认领）"


def test_a_problem_leads_to_its_return_copy(tmp_path: Path) -> None:
    material, desk = gathered()
    bad = next(key for key, one in desk.deliveries.items() if one.state == "returned")
    sheet = openpyxl.load_workbook(write(tmp_path, material, {bad: "returns/yi/周报.退回.xlsx"}))["问题清单"]
    links = [(cell.value, cell.hyperlink.target) for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert links == [("已退回", "returns/yi/周报.退回.xlsx")]


def test_a_total_leads_to_the_cells_it_is_made_of(book: openpyxl.Workbook) -> None:
    sheet, trace = book["汇总表"], book["溯源"]
    at = next(n for n, row in enumerate(rows(sheet), start=1) if row[0] == "序号")
    assert [cell.value for cell in sheet[at]][:8] == ["序号", "类别", "指标", "计量单位", "累计", "填报单位数", "其中约数", "填“无”数"]
    by_label = {row[2].value: row for row in sheet.iter_rows(min_row=at + 1) if row[2].value}
    total = by_label["发现隐患"][4]
    assert total.value == 38
    assert by_label["发现隐患"][6].value == 1
    place = re.fullmatch(r"'溯源'!A(\d+)", total.hyperlink.location)
    assert place is not None
    first = [cell.value for cell in trace[int(place[1])]]
    assert first[2] == "V5"
    found = table(trace, "报送事项")
    mine = [row for row in found if row["代码"] == "V5" and row["计入合计"] == "是"]
    assert sum(row["数值"] for row in mine) == total.value
    assert {(row["工作表"], row["单元格"]) for row in mine} == {("Sheet1", "D6")}
    assert all(row["文件"].endswith(".xlsx") for row in mine)
    assert next(row for row in mine if row["约数"])["原文"] == "约8"


def test_the_sums_say_what_they_lack_before_the_first_figure(book: openpyxl.Workbook) -> None:
    found = rows(book["汇总表"])
    at = next(n for n, row in enumerate(found) if row[0] == "序号")
    above = "\n".join(str(row[0]) for row in found[:at])
    assert "累计2期：应报8件，实报5件，未报3件" in above
    assert "6月3日：应报4家，实报3家，未报1家（丙县（燃气））" in above
    assert "覆盖不全或含迟报" in above
    assert "含约数1处" in above


def test_ties_share_a_rank_and_every_deduction_has_its_reason(book: openpyxl.Workbook) -> None:
    found = table(book["考核评分"], "名次")
    assert [(row["名次"], row["单位"], row["得分"]) for row in found] == [
        (1, "甲市（房建）", 100), (2, "乙市（房建）", 99.5), ("1（并列）", "丙县（燃气）", 98), ("1（并列）", "=1+1丁县（燃气）", 98),
    ]  # fmt: skip
    assert found[1]["扣分（加分）原因"] == "−0.5分　暗访周报迟报1秒"
    detail = table(book["扣分明细"], "序号")
    assert [(row["单位"], row["分值"], row["原因"]) for row in detail] == [("乙市（房建）", -0.5, "暗访周报迟报1秒"), ("丙县（燃气）", -2, EVIL)]


def test_every_receipt_is_registered_and_the_unplaced_stand_out(book: openpyxl.Workbook) -> None:
    material, _ = gathered()
    found = table(book["收文登记"], "收文号")
    assert [row["收文号"] for row in found] == [one.number for one in material.receipts]
    assert found[-1]["单位"] == "待认领"
    assert "待认领1份" in str(book["收文登记"]["A2"].value)


def test_targets_are_shown_with_whose_they_are(book: openpyxl.Workbook) -> None:
    found = table(book["落实事项"], "序号")
    jia = [row for row in found if row["事项"] == "每周暗访一次" and row["责任主体"] == "甲市（房建）"]
    assert [(row["期次"], row["所报数"], row["结果"]) for row in jia] == [
        ("6月3日", 2, "达到"),
        ("6月10日", 3, "达到"),
        ("6月17日", None, "无数据（未到期）"),
    ]
    training = next(row for row in found if row["事项"] == "组织培训")
    assert training["责任主体"] == "某省住建厅（主管单位自身目标）"
    kept = next(row for row in found if row["事项"] == "隐患台账")
    assert (kept["类型"], kept["责任主体"]) == ("留存备查", "各报送单位")


def test_a_long_list_runs_on_in_numbered_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_ROWS", 4)
    monkeypatch.setattr(sums, "MOST_ROWS", 4)
    found = openpyxl.load_workbook(write(tmp_path))
    assert "收文登记(2)" in found.sheetnames
    whole = [row["收文号"] for name in found.sheetnames if name.startswith("收文登记") for row in table(found[name], "收文号")]
    assert whole == [one.number for one in gathered()[0].receipts]
    sheet = found["汇总表"]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.hyperlink:
                name, at = re.fullmatch(r"'(.+)'!A(\d+)", cell.hyperlink.location).groups()
                assert found[name][f"D{at}"].value.startswith(str(sheet.cell(cell.row, 3).value))


def test_a_campaign_without_forms_findings_or_files_still_makes_a_whole_workbook(tmp_path: Path) -> None:
    material, _ = gathered()
    bare = with_judgement(
        replace(material, deliveries={}, problems=(), answers={}, receipts=(), head=""), standings=(), scores=(), undated=(), arrivals=()
    )
    found = openpyxl.load_workbook(write(tmp_path, bare))
    assert found.sheetnames[: len(MAIN)] == MAIN
    assert "没有逾期未报的单位。" in [row[0] for row in rows(found["未报单位名单"])]


def test_moments_are_told_in_the_campaigns_zone() -> None:
    material, _ = gathered()
    assert words.full_moment(AS_OF, material.campaign.zone) == "2021年6月12日 9:30"
    assert words.due(material.judgement.standings[0].due_at, material.campaign.zone) == "6月3日24:00"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "1秒"), (59, "59秒"), (60, "1分"), (3600, "1小时"), (3661, "1小时1分"), (86_400, "1天"), (93_600, "1天2小时")]
)
def test_spans_are_told_for_people(seconds: float, text: str) -> None:
    assert words.span(seconds) == text
