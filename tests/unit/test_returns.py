"""A unit gets its own workbook back: only fills, comments and one list in front."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from python_calamine import CalamineWorkbook

from include.read.marks import RETURN_SHEET as READERS_RETURN_SHEET
from include.report.marking import RETURN_SHEET, CannotMark, Letter, Remark, mark
from include.report.marking.formats import FILLS
from include.report.marking.notes import COMMENT_HEAD

LETTER = Letter(title="退回修改意见", lines=("党办：", "您单位6月23日报送的“统计表”有2处须改正，请改正后于6月24日24:00前重新报送。"))
# One red dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def remark(sheet: str = "统计表", cell: str = "C3", severity: str = "error", problem: str = "约500不是确数。", **more: str) -> Remark:
    said = {"item": "参与人数", "seen": "约500", "remedy": "请填整数。", "code": "R401", **more}
    return Remark(sheet=sheet, cell=cell, problem=problem, severity=severity, **said)


def by_xlsxwriter() -> bytes:
    """A workbook with everything that openpyxl would lose: picture, chart, printer set-up, validation, comments, two selected views."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    first = book.add_worksheet("说明")
    first.write(0, 0, "填表说明")
    sheet = book.add_worksheet("统计表")
    yellow = book.add_format({"bg_color": "#FFFF00", "num_format": "0.00", "border": 1})
    sheet.write_row(0, 0, ["序号", "指标", "数值"])
    sheet.write_row(1, 0, [1, "专题学习", 12])
    sheet.write(2, 1, "参与人数")
    sheet.write(2, 2, "约500", yellow)
    sheet.write_comment(1, 2, "我们自己的批注")
    sheet.insert_image(5, 0, "dot.png", {"image_data": io.BytesIO(PNG)})
    sheet.data_validation(1, 2, 9, 2, {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.set_landscape()
    sheet.merge_range(7, 0, 7, 2, "合并的脚注")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=统计表!$C$2:$C$3"})
    other = book.add_worksheet("图")
    other.insert_chart(0, 0, chart)
    other.write_comment(0, 0, "别处的批注")
    book.define_name("统计表!本表", "=统计表!$C$2")
    sheet.repeat_rows(0)
    sheet.activate()
    book.close()
    return target.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "统计表"
    for row in (["指标", "单位", "数值"], ["专题学习", "次", 12], ["参与人数", "人次", "约500"]):
        sheet.append(row)
    sheet["C2"].font = Font(bold=True)
    sheet["C3"].fill = PatternFill("solid", fgColor="FFCCFFCC")
    sheet["C3"].comment = Comment("请核", "张三")
    book.create_sheet("第二张")["A1"] = "别的"
    book.defined_names["全表"] = DefinedName("全表", attr_text="'统计表'!$A$1:$C$3")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_hand(
    ns: str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", base: str = "http://schemas.openxmlformats.org/officeDocument/2006"
) -> bytes:
    """The barest workbook: prefixed elements, no styles, cells and rows without references, absolute targets."""
    rels = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = '<Relationship Id="{}" Type="' + base + '/relationships/{}" Target="{}"/>'
    cell = '<x:c t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c>'
    said = (("指标", "单位", "数值"), ("专题学习", "次", "12"), ("参与人数", "人次", "约500"))
    rows = "".join(f"<x:row>{''.join(cell.format(text) for text in row)}</x:row>" for row in said)
    kind = '<Override PartName="/xl/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"/>'
    sheets = '<x:sheets><x:sheet name="统计表" sheetId="7" r:id="q"/></x:sheets>'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        + kind.format("Workbook.xml", "sheet.main") + kind.format("worksheets/sheet1.xml", "worksheet") + "</Types>",
        "_rels/.rels": rels.format(one.format("a", "officeDocument", "/xl/Workbook.xml")),
        "xl/Workbook.xml": f'<x:workbook xmlns:x="{ns}" xmlns:r="{base}/relationships">{sheets}</x:workbook>',
        "xl/_rels/Workbook.xml.rels": rels.format(one.format("q", "worksheet", "/xl/worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f'<x:worksheet xmlns:x="{ns}"><x:sheetData>{rows}</x:sheetData></x:worksheet>',
    }  # fmt: skip
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


WRITERS = {"xlsxwriter": by_xlsxwriter, "openpyxl": by_openpyxl, "by hand": by_hand}
ALLOWED = re.compile(
    r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml|xl/worksheets/(?:sheet\d+|return\d+)\.xml"
    r"|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/comments\d*\.xml|xl/comments/comment\d+\.xml|xl/comments_return\d+\.xml"
    r"|xl/drawings/(?:vmlDrawing|return|commentsDrawing|legacyDrawing)\d+\.vml",
    re.IGNORECASE,
)


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("writer", WRITERS)
def test_the_copy_opens_with_the_list_first_and_the_cell_marked(writer: str) -> None:
    copy = mark(WRITERS[writer](), [remark()], LETTER)

    book = openpyxl.load_workbook(io.BytesIO(copy))
    assert book.sheetnames[0] == RETURN_SHEET == READERS_RETURN_SHEET
    assert book.active.title == RETURN_SHEET
    cell = book["统计表"]["C3"]
    assert cell.value == "约500"
    assert cell.fill.fgColor.rgb == FILLS["error"]
    assert "约500不是确数。" in cell.comment.text
    assert "请填整数。" in cell.comment.text
    assert book["统计表"]["C2"].fill.fgColor.rgb != FILLS["error"]
    listed = [c.value for row in book[RETURN_SHEET].iter_rows() for c in row]
    assert LETTER.lines[1] in listed
    assert "请填整数。" in listed
    links = [c.hyperlink.location for row in book[RETURN_SHEET].iter_rows() for c in row if c.hyperlink]
    assert links == ["'统计表'!C3"]
    read = CalamineWorkbook.from_filelike(io.BytesIO(copy))
    assert read.sheet_names[0] == RETURN_SHEET
    assert read.get_sheet_by_name("统计表").to_python()[2][2] == "约500"


@pytest.mark.parametrize("writer", WRITERS)
def test_everything_else_stays_byte_for_byte(writer: str) -> None:
    original = WRITERS[writer]()
    before, after = parts_of(original), parts_of(mark(original, [remark(), remark(cell="A1", severity="warning")], LETTER))
    assert set(before) <= set(after)
    for name, content in after.items():
        if before.get(name) != content:
            assert ALLOWED.fullmatch(name), name
    assert list(before) == list(after)[: len(before)]


def test_only_the_marked_cells_differ_in_their_sheet() -> None:
    original = by_xlsxwriter()
    before, after = (parts_of(content)["xl/worksheets/sheet2.xml"] for content in (original, mark(original, [remark()], LETTER)))
    one, two = etree.fromstring(before), etree.fromstring(after)
    changed = [a.get("r") for a, b in zip(one.iter(), two.iter(), strict=True) if (a.attrib != b.attrib or a.text != b.text) and a.get("r")]
    assert changed == ["C3"]


def test_the_senders_own_picture_chart_comments_and_format_are_kept() -> None:
    copy = mark(by_xlsxwriter(), [remark(), remark(cell="C2", severity="warning", problem="请核实12次。")], LETTER)
    names = parts_of(copy)
    assert "xl/media/image1.png" in names
    assert "xl/charts/chart1.xml" in names
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["统计表"]
    assert sheet["C3"].number_format == "0.00"
    assert sheet["C3"].border.left.style == "thin"
    assert sheet["C2"].comment.text.startswith("我们自己的批注")
    assert "请核实12次。" in sheet["C2"].comment.text
    assert sheet["C2"].fill.fgColor.rgb == FILLS["warning"]
    assert sheet.print_title_rows == "$1:$1"
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A8:C8"]
    assert openpyxl.load_workbook(io.BytesIO(copy))["图"]["A1"].comment.text == "别处的批注"


def test_only_the_list_is_selected_so_that_no_two_sheets_are_edited_together() -> None:
    copy = parts_of(mark(by_xlsxwriter(), [remark()], LETTER))
    selected = [name for name, content in copy.items() if name.startswith("xl/worksheets/") and b'tabSelected="1"' in content]
    assert selected == ["xl/worksheets/return1.xml"]


def test_shapes_of_notes_are_numbered_without_a_clash() -> None:
    copy = parts_of(mark(by_xlsxwriter(), [remark()], LETTER))
    drawings = {name: content.decode() for name, content in copy.items() if name.endswith(".vml")}
    for content in drawings.values():
        etree.fromstring(content.encode())
        numbers = re.findall(r'<v:shape id="(\w+)"', content)
        assert len(numbers) == len(set(numbers))
    blocks = [block for content in drawings.values() for block in re.findall(r'data="(\d+)"', content)]
    assert len(blocks) == len(set(blocks))


def test_marks_of_the_time_before_are_taken_off_when_a_copy_comes_back() -> None:
    first = mark(by_openpyxl(), [remark(), remark(cell="B9", severity="warning")], LETTER)
    second = mark(first, [remark(cell="C2", problem="又错了。")], LETTER)

    book = openpyxl.load_workbook(io.BytesIO(second))
    assert book.sheetnames == [RETURN_SHEET, "统计表", "第二张"]
    sheet = book["统计表"]
    assert sheet["C3"].fill.fgColor.rgb == "FFCCFFCC"
    assert sheet["C3"].comment.text == "请核"
    assert sheet["B9"].comment is None
    assert sheet["B9"].fill.fgColor.rgb not in FILLS.values()
    assert sheet["C2"].fill.fgColor.rgb == FILLS["error"]
    assert sheet["C2"].font.bold
    listed = [c.value for row in book[RETURN_SHEET].iter_rows() for c in row]
    assert "又错了。" in listed
    assert "约500不是确数。" not in listed
    notes = "".join(content.decode() for name, content in parts_of(second).items() if name.endswith(".vml"))
    assert "<x:Row>8</x:Row>" not in notes


def test_a_sheet_moved_in_front_of_ours_falls_behind_again() -> None:
    book = openpyxl.load_workbook(io.BytesIO(mark(by_openpyxl(), [remark()], LETTER)))
    book.move_sheet("第二张", -2)
    target = io.BytesIO()
    book.save(target)
    again = openpyxl.load_workbook(io.BytesIO(mark(target.getvalue(), [remark()], LETTER)))
    assert again.sheetnames == [RETURN_SHEET, "第二张", "统计表"]


def test_a_blank_cell_far_away_gets_its_mark_and_the_rows_stay_in_order() -> None:
    copy = mark(by_openpyxl(), [remark(cell="E1"), remark(cell="A40"), remark(cell="AB7:AC9")], LETTER)
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["统计表"]
    assert all(sheet[cell].fill.fgColor.rgb == FILLS["error"] for cell in ("E1", "A40", "AB7", "AC9"))
    assert sheet["AB7"].comment is not None
    assert sheet["AC9"].comment is None
    root = etree.fromstring(parts_of(copy)["xl/worksheets/sheet1.xml"])
    rows = [int(row.get("r")) for row in root.iter("{*}row")]
    assert rows == sorted(rows)


def test_the_list_is_ordered_by_place_and_grouped_by_sheet() -> None:
    remarks = [
        remark(cell="C10", problem="后"), remark(cell="C9", problem="前"), remark(sheet="第二张", cell="A1", problem="别张"),
        remark(sheet="", cell="", problem="整份"), remark(sheet="table 1", cell="B2", problem="无此表"),
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(mark(by_openpyxl(), remarks, LETTER)))[RETURN_SHEET]
    problems = [row[4].value for row in sheet.iter_rows(min_row=4) if row[4].value in {"前", "后", "别张", "整份", "无此表"}]
    assert problems == ["整份", "前", "后", "别张", "无此表"]
    assert sum("工作表“" in str(row[0].value) for row in sheet.iter_rows()) == 3


def test_text_of_a_unit_is_never_a_formula_and_control_characters_do_no_harm() -> None:
    evil = remark(seen='=HYPERLINK("http://x","y")', problem="坏\x00字\ud800符<&>\"'", item="=cmd|'/c calc'!A1")
    sheet = openpyxl.load_workbook(io.BytesIO(mark(by_openpyxl(), [evil], LETTER)))[RETURN_SHEET]
    assert '=HYPERLINK("http://x","y")' in {c.value for row in sheet.iter_rows() for c in row}
    part = etree.fromstring(parts_of(mark(by_openpyxl(), [evil], LETTER))["xl/worksheets/return1.xml"])
    assert part.find(".//{*}f") is None
    assert {c.get("t") for c in part.iter("{*}c")} <= {"inlineStr", None}


def test_a_strict_workbook_is_marked_too() -> None:
    strict = by_hand("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument")
    copy = parts_of(mark(strict, [remark()], LETTER))
    assert b"purl.oclc.org/ooxml/spreadsheetml/main" in copy["xl/worksheets/return1.xml"]
    assert b"schemas.openxmlformats.org/officeDocument" not in copy["xl/_rels/Workbook.xml.rels"]


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0old", by_openpyxl()[:900]])
def test_what_is_no_workbook_cannot_be_marked(broken: bytes) -> None:
    with pytest.raises(CannotMark):
        mark(broken, [remark()], LETTER)


def test_entities_are_not_expanded() -> None:
    parts = parts_of(by_hand())
    parts["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + parts["xl/worksheets/sheet1.xml"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(CannotMark):
        mark(target.getvalue(), [remark()], LETTER)


def test_the_same_input_gives_the_same_bytes() -> None:
    original = by_xlsxwriter()
    assert mark(original, [remark()], LETTER) == mark(original, [remark()], LETTER)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_copy_and_its_saving_can_be_marked_again(tmp_path: Path) -> None:
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(mark(by_xlsxwriter(), [remark()], LETTER))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir",
         str(tmp_path / "saved"), str(copy)], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    saved = (tmp_path / "saved" / "copy.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(io.BytesIO(saved))["统计表"]
    assert COMMENT_HEAD in sheet["C3"].comment.text
    again = openpyxl.load_workbook(io.BytesIO(mark(saved, [remark(cell="B2", problem="新问题")], LETTER)))
    assert again.sheetnames[0] == RETURN_SHEET
    assert again.sheetnames.count(RETURN_SHEET) == 1
    sheet = again["统计表"]
    assert sheet["C3"].fill.fgColor.rgb not in FILLS.values()
    assert sheet["C3"].comment is None
    assert "新问题" in sheet["B2"].comment.text
    assert sheet["C2"].comment.text.strip().endswith("我们自己的批注")
