"""What programs of many houses write reads the same: unusual XML, old and binary workbooks, text in any Chinese encoding."""

import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Mapping

import pytest

from include.read.book import open_book
from include.read.delimited import decode
from include.read.grid import Book
from include.settings import Limits
from tests.unit import read_files as files
from tests.unit.read_xlsb import Formula, Styled, xlsb

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships"}
SPACES = f'xmlns="{MAIN}" xmlns:r="{OFFICE}"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SHEET = "xl/worksheets/sheet1.xml"
DAY = '<c r="Z9" s="1"><v>44363</v></c>'  # a day sends the sheet the thorough way

PARTS = {
    "_rels/.rels": f'{HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{HEAD}<workbook {SPACES}><workbookPr/><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/sharedStrings.xml": f'{HEAD}<sst {SPACES} count="2" uniqueCount="2"><si><t>甲</t></si><si><t xml:space="preserve"> 乙 </t></si></sst>',
    "xl/styles.xml": f'{HEAD}<styleSheet {SPACES}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/></cellXfs></styleSheet>',
}
USUAL = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1"><v>12</v></c></row>'


def sheet(cells: str, behind: str = "") -> str:
    return f"{HEAD}<worksheet {SPACES}><sheetData>{cells}</sheetData>{behind}</worksheet>"


def packed(parts: Mapping[str, str | bytes | None]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, SHEET: sheet(USUAL), **parts}.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()


def opened(data: bytes, name: str = "统计表.xlsx") -> Book:
    return open_book(data, name, Limits())


def said(book: Book) -> dict[tuple[int, int], object]:
    grid = book.grids[0]
    return {
        (row, column): value
        for row, line in enumerate(grid.rows, grid.first_row)
        for column, value in enumerate(line, grid.first_column)
        if value is not None
    }


def prefixed(xml: str) -> str:
    return re.sub(r"<(/?)(?=\w)", r"<\1x:", xml).replace("xmlns=", "xmlns:x=")


def utf16(xml: str) -> bytes:
    return xml.replace("UTF-8", "UTF-16").encode("utf-16")


def strict(xml: str) -> str:
    for usual, other in STRICT.items():
        xml = xml.replace(usual, other)
    return xml


ALL = {**PARTS, SHEET: sheet(USUAL)}
SAME: dict[str, Mapping[str, str | bytes | None]] = {
    "as usual": {},
    "name space prefix": {name: prefixed(xml) for name, xml in ALL.items() if not name.endswith(".rels")},
    "strict": {name: strict(xml) for name, xml in ALL.items()},
    "UTF-16": {name: utf16(xml) for name, xml in ALL.items() if name != "_rels/.rels"},
    "UTF-16 sheet": {SHEET: utf16(ALL[SHEET])},
    "byte order marks": {name: b"\xef\xbb\xbf" + xml.encode() for name, xml in ALL.items()},
    "GBK strings": {"xl/sharedStrings.xml": PARTS["xl/sharedStrings.xml"].replace("UTF-8", "GBK").encode("gbk")},
    "single quotes": {SHEET: ALL[SHEET].replace('"', "'")},
    "absolute targets": {"xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace('Target="', 'Target="/xl/')},
    "dotted targets": {"xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace('Target="', 'Target="./')},
    "capital letters in names": {SHEET: None, "xl/Worksheets/Sheet1.xml": ALL[SHEET]},
    "another folder": {
        SHEET: None,
        "sheets/one.xml": ALL[SHEET],
        "xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace("worksheets/sheet1.xml", "/sheets/one.xml"),
    },
    "no styles": {"xl/styles.xml": None},
    "no addresses": {SHEET: sheet(re.sub(r' r="[A-Z]*\d+"', "", USUAL))},
    "inline strings": {
        SHEET: sheet(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c><c r="B1" t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve"> </t></r>'
            '<r><t xml:space="preserve">乙 </t></r><rPh sb="0" eb="1"><t>yi</t></rPh></is></c><c r="C1"><v>12</v></c></row>'
        )
    },
    "rich shared strings with reading aids": {
        "xl/sharedStrings.xml": f'{HEAD}<sst {SPACES}><si><r><t>甲</t></r><rPh sb="0" eb="1"><t>jia</t></rPh><phoneticPr fontId="1"/></si>'
        '<si><t xml:space="preserve"> 乙 </t><rPh sb="0" eb="1"><t>YI</t></rPh></si></sst>'
    },
    "results of formulas as texts": {
        SHEET: sheet('<row r="1"><c r="A1" t="str"><v>甲</v></c><c r="B1" t="str"><f>" 乙 "</f><v> 乙 </v></c><c r="C1"><v>12</v></c></row>')
    },
    "a comment in a number": {SHEET: sheet(USUAL.replace("12", "1<!-- x -->2"))},
    "CDATA in a number": {SHEET: sheet(USUAL.replace("12", "1<![CDATA[2]]>"))},
    "a reference in a number": {SHEET: sheet(USUAL.replace("12", "1&#50;"))},
    "an instruction in a number": {SHEET: sheet(USUAL.replace("12", "1<?x y?>2"))},
    "blanks around a number": {SHEET: sheet(USUAL.replace("12", " 12 "))},
    "the formula behind its result": {SHEET: sheet(USUAL.replace("<v>12</v>", "<v>12</v><f>6+6</f>"))},
    "a number with an exponent": {SHEET: sheet(USUAL.replace("12", "1.2E1"))},
}


@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("has_day", [False, True])
def test_a_workbook_reads_the_same_however_its_xml_is_written(how: str, has_day: bool) -> None:
    parts = dict(SAME[how])
    if has_day and how not in ("name space prefix", "UTF-16", "UTF-16 sheet", "single quotes", "no addresses", "no styles"):
        place = next(name for name, xml in {**ALL, **parts}.items() if xml is not None and name.lower().endswith(("sheet1.xml", "one.xml")))
        xml = {**ALL, **parts}[place]
        parts[place] = (xml.decode() if isinstance(xml, bytes) else xml or "").replace("</row>", DAY.replace("Z9", "Z1") + "</row>")
    book = opened(packed(parts))
    assert book.findings == []
    found = said(book)
    found.pop((0, 25), None)
    assert found == {(0, 0): "甲", (0, 1): " 乙 ", (0, 2): 12}


DOUBTFUL = {
    "two cells at one place": (USUAL.replace("</row>", '<c r="C1"><v>13</v></c></row>'), "R205"),
    "two values in one cell": (USUAL.replace("<v>12</v>", "<v>12</v><v>13</v>"), "R205"),
    "some cells without address": (USUAL.replace(' r="B1"', ""), "R205"),
    "a string that is not there": (USUAL.replace("<v>1</v>", "<v>7</v>"), "R104"),
}


@pytest.mark.parametrize("how", DOUBTFUL)
@pytest.mark.parametrize("more", ["", DAY.replace("Z9", "Z1")])
def test_what_two_programs_would_read_differently_is_not_read(how: str, more: str) -> None:
    cells, code = DOUBTFUL[how]
    book = opened(packed({SHEET: sheet(cells.replace("</row>", more + "</row>"))}))
    assert [found.code for found in book.findings] == [code]
    assert not any(grid.rows for grid in book.grids)


def test_two_tables_of_cells_in_one_sheet_are_not_read() -> None:
    assert [found.code for found in opened(packed({SHEET: sheet(USUAL, "<sheetData/>")})).findings] == ["R205"]


def test_two_sheets_of_one_name_are_refused() -> None:
    parts = {
        "xl/worksheets/sheet2.xml": sheet(USUAL.replace("12", "13")),
        "xl/workbook.xml": PARTS["xl/workbook.xml"].replace("</sheets>", '<sheet name="S" sheetId="2" r:id="rId9"/></sheets>'),
        "xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace(
            "</Relationships>", f'<Relationship Id="rId9" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>'
        ),
    }
    assert [found.code for found in opened(packed(parts)).findings] == ["R126"]


def test_texts_out_of_step_with_their_number_are_told() -> None:
    fewer = PARTS["xl/sharedStrings.xml"].replace("<si><t>甲</t></si>", "")
    book = opened(packed({"xl/sharedStrings.xml": fewer, SHEET: sheet(USUAL.replace('<c r="B1" t="s"><v>1</v></c>', ""))}))
    assert [(found.code, found.given, found.expected) for found in book.findings] == [("R127", "1", "2")]


def test_words_that_only_look_like_numbers_stay_words() -> None:
    for word in ("INF", "nan", "1_000", "１２", "0x10", "1,200"):
        assert said(opened(packed({SHEET: sheet(USUAL.replace("12", word))})))[0, 2] == word


def test_escapes_and_line_breaks_are_resolved() -> None:
    strings = f"{HEAD}<sst {SPACES}><si><t>甲_x000D_\n乙</t></si><si><t>a_x005F_x000D_&amp;&#10;b_x000B_</t></si></sst>"
    assert said(opened(packed({"xl/sharedStrings.xml": strings}))) == {(0, 0): "甲\r\n乙", (0, 1): "a_x000D_&\nb\x0b", (0, 2): 12}


@pytest.mark.parametrize("cells", [USUAL, USUAL.replace("12", "1<!-- -->2")])
def test_days_are_days_on_both_ways_and_count_from_1904_where_they_do(cells: str) -> None:
    cells = cells.replace("</row>", '<c r="D1" s="1"><v>42901</v></c><c r="E1" s="1"><v>42901.5</v></c></row>')
    assert said(opened(packed({SHEET: sheet(cells)})))[0, 3] == dt.date(2017, 6, 15)
    old = PARTS["xl/workbook.xml"].replace("<workbookPr/>", '<workbookPr date1904="1"/>')
    found = said(opened(packed({SHEET: sheet(cells), "xl/workbook.xml": old})))
    assert (found[0, 3], found[0, 4]) == (dt.date(2021, 6, 16), dt.datetime.fromisoformat("2021-06-16T12:00"))


def test_what_a_merged_range_covers_is_not_read() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>99</v></c></row><row r="2"><c r="A2"><v>98</v></c><c r="C2"><v>3</v></c></row>'
    assert said(opened(packed({SHEET: sheet(cells, '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')}))) == {(0, 0): 1, (1, 2): 3}
    ranges = "".join(f'<mergeCell ref="A1:C{number}"/>' for number in range(2, 900))
    rows = "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c><c r="C{number}"><v>1</v></c></row>' for number in range(1, 900))
    bounded = open_book(packed({SHEET: sheet(rows, f"<mergeCells>{ranges}</mergeCells>")}), "a.xlsx", Limits(cells=100_000))
    assert [found.code for found in bounded.findings] == ["R104"]


def test_formulas_over_sheets_without_a_result_are_computed_with_a_note_or_have_none() -> None:
    import openpyxl

    def second(book: openpyxl.Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        for row, text in enumerate(("=第二张!A1", "=SUM('第二张'!A1:A2)+D4", "='不在'!A1", "=第二张!B1", "=SUM(第二张:第三张!A1)"), 7):
            sheet[f"D{row}"] = text
        other = book.create_sheet("第二张")
        other["A1"], other["A2"], other["B1"] = 7, "=A1*2", "=统计表!D10"

    book = opened(files.by_openpyxl(change=second))
    found = said(book)
    assert [found.get((row, 3)) for row in range(6, 11)] == [7, 33, None, None, None]
    assert [book.grids[0].doubts[row, 3] for row in range(6, 11)] == ["recomputed"] * 2 + ["formula_without_value"] * 3


def test_formulas_over_sheets_are_computed_in_every_kind_that_keeps_them() -> None:
    import xlwt
    from odf.table import Table, TableCell, TableRow

    def in_xls(book: xlwt.Workbook, sheet: xlwt.Worksheet) -> None:
        other = book.add_sheet("第二张")
        other.write(0, 0, 7)
        sheet.write(6, 3, xlwt.Formula("'第二张'!A1*2"))

    def in_ods(document: object, table: object) -> None:
        line = TableRow()
        for _ in range(3):
            line.addElement(TableCell())
        line.addElement(TableCell(formula="of:=[$'第二张'.A1]+SUM([第二张.A1:.A2])"))
        table.addElement(line)  # type: ignore[attr-defined]
        other = Table(name="第二张")
        row = TableRow()
        row.addElement(TableCell(valuetype="float", value="7"))
        other.addElement(row)
        document.spreadsheet.addElement(other)  # type: ignore[attr-defined]

    xml = files.as_xml_2003().decode()
    xml = xml.replace("</Table>", '<Row><Cell ss:Index="4" ss:Formula="=第二张!R1C1+SUM(第二张!R1C1:R2C1)"/></Row></Table>')
    xml = xml.replace(
        "</Workbook>",
        '<Worksheet ss:Name="第二张"><Table><Row><Cell><Data ss:Type="Number">7</Data></Cell></Row></Table></Worksheet></Workbook>',
    )
    for data, name in ((files.by_xlwt(change=in_xls), "a.xls"), (files.by_odfpy(change=in_ods), "a.ods"), (xml.encode(), "a.xml")):
        grid = next(grid for grid in opened(data, name).grids if grid.name == "统计表")
        assert (grid.rows[6][3], grid.doubts[6, 3]) == (14, "recomputed"), name


def test_a_binary_workbook_tells_all_that_its_records_tell() -> None:
    rows = [
        *files.TABLE,
        (4, "率", "%", Styled(0.85, "0%")),
        (5, "日", None, Styled(44363, "yyyy-mm-dd")),
        (6, "错", "#N/A", Formula("#DIV/0!")),
        (7, "和", Formula("文"), Formula(16)),
        (8, "零", Styled(0, "0;-0;;@"), Styled(12, '0"万"')),
        (9, "inline:写在格里", True, 1e20),
        (10, "未算", None, Formula(0)),
    ]
    data = xlsb({"统计表": rows, "隐藏": [(1,)]}, merged=[(0, 0, 0, 3)], hidden_rows=[4], hidden_columns=[2], hidden_sheets=["隐藏"])
    book = opened(data, "统计表.xlsb")
    assert book.findings == []
    assert [grid.is_hidden for grid in book.grids] == [False, True]
    grid = book.grids[0]
    assert grid.rows[3] == [1, "开展宣传活动", "场次", 12]
    assert [row[3] for row in grid.rows[6:]] == [0.85, dt.date(2021, 6, 16), "#DIV/0!", 16, "12万", 1e20, None]
    assert grid.rows[9][2] == "文"
    assert grid.rows[11][1:3] == ["写在格里", True]
    assert (grid.merged, grid.hidden_rows, grid.hidden_columns, grid.percent) == ([(0, 0, 0, 3)], {4}, {2}, {(6, 3)})
    doubts = {(8, 2): "error_value", (8, 3): "error_value", (10, 2): "shown_blank", (12, 3): "formula_without_value"}
    assert grid.doubts == doubts
    assert opened(xlsb({"S": [("甲", 0)]}, zeros=False), "a.xlsb").grids[0].doubts == {(0, 1): "shown_blank"}
    assert opened(xlsb({"S": [("甲", Styled(42901, "yyyy-mm-dd"))]}, is_1904=True), "a.xlsb").grids[0].rows == [["甲", dt.date(2021, 6, 16)]]


def test_a_binary_workbook_that_is_broken_or_bloated_is_refused() -> None:
    far = struct.pack("<2LH", 1_048_575, 0, 300) + bytes(7)
    cell = struct.pack("<2LL", 16_383, 0, 6)
    bloated = xlsb({"S": [("甲", 1)]}, extra=bytes((0, len(far))) + far + bytes((2, len(cell))) + cell)
    assert [(found.code, found.cell) for found in opened(bloated, "a.xlsb").findings] == [("R202", "XFD1048576")]
    again = struct.pack("<2LL", 1, 0, 14)
    assert [found.code for found in opened(xlsb({"S": [("甲", 1)]}, extra=bytes((2, len(again))) + again), "a.xlsb").findings] == ["R205"]
    cut = files.with_parts(xlsb({"S": [("甲", 1)]}), {"xl/worksheets/sheet1.bin": lambda content: content[:-15]})
    assert [found.code for found in opened(cut, "a.xlsb").findings] == ["R104"]
    macros = xlsb({"S": [("甲", 1)]}, parts={"xl/vbaProject.bin": b"x"})
    assert [found.code for found in opened(macros, "a.xlsb").findings] == ["R120"]


def biff5(rows: files.Rows, code_page: int | None = 936) -> bytes:
    """A workbook of Excel 5.0/95, which no program writes any more."""

    def record(number: int, body: bytes = b"") -> bytes:
        return struct.pack("<2H", number, len(body)) + body

    cells = record(0x809, struct.pack("<4H", 0x500, 0x10, 0, 0)) + record(0x200, struct.pack("<5H", 0, len(rows), 0, 8, 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, str):
                text = value.encode("gbk")
                cells += record(0x204, struct.pack("<4H", row, column, 15, len(text)) + text)
            elif value is not None:
                cells += record(0x203, struct.pack("<3Hd", row, column, 16 if value == 0.85 else 15, value))
    head = record(0x809, struct.pack("<4H", 0x500, 5, 0, 0)) + (record(0x42, struct.pack("<H", code_page)) if code_page else b"")
    head += record(0x31, struct.pack("<5H5B", 200, 0, 0x7FFF, 400, 0, 0, 0, 134, 0, 4) + b"Song") + record(0x41E, b"\xa4\0\x040.0%")
    head += b"".join(record(0xE0, struct.pack("<8H", 0, code, 0, 0, 0, 0, 0, 0)) for code in [0] * 16 + [0xA4])
    name = "统计表".encode("gbk")
    at = len(head) + 4 + 7 + len(name) + 4
    return files.ole({"Book": head + record(0x85, struct.pack("<LHB", at, 0, len(name)) + name) + record(0x0A) + cells + record(0x0A)})


@pytest.mark.parametrize("code_page", [936, None])
def test_a_workbook_older_than_excel_97_keeps_its_chinese_text(code_page: int | None) -> None:
    book = opened(biff5([*files.TABLE, (4, "率", "%", 0.85)], code_page), "旧表.xls")
    assert book.findings == []
    assert book.grids[0].name == "统计表"
    assert book.grids[0].rows[3:] == [
        [1, "开展宣传活动", "场次", 12],
        [2, "参与人数", "人次", 3500],
        [3, "投入资金", "万元", 1.5],
        [4, "率", "%", 0.85],
    ]
    assert book.grids[0].percent == {(6, 3)}


TRADITIONAL = "序號,指標,計量單位,數值\r\n1,開展宣傳活動,場次,12\r\n2,參與人數,人次,3500\r\n"
SIMPLIFIED = "序号,指标,计量单位,数值\r\n1,开展宣传活动,场次,12\r\n2,参与人数,人次,3500\r\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")


@pytest.mark.parametrize(
    ("text", "encoding"), [*((SIMPLIFIED, each) for each in ENCODINGS), *((TRADITIONAL, each) for each in (*ENCODINGS, "big5", "big5hkscs"))]
)
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_text_is_decoded_as_it_was_written(text: str, encoding: str, lines: int) -> None:
    text = "".join(text.splitlines(keepends=True)[-lines:])
    found, whole = decode(text.encode(encoding))
    assert (found.removeprefix("\ufeff"), whole) == (text, True)


def test_lost_bytes_within_text_are_told_and_make_no_number() -> None:
    book = opened(SIMPLIFIED.replace("3500", "35\x0000").encode("gb18030"), "a.csv")
    assert [found.code for found in book.findings] == ["R119"]
    assert book.grids[0].rows[2][3] == "35\ufffd00"
    assert opened((SIMPLIFIED + "\x1a").encode("gb18030"), "a.csv").findings == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_delimited_text_keeps_quotes_line_breaks_and_ragged_rows(delimiter: str) -> None:
    text = delimiter.join(("序号", '"指标\n名称"', '"写""了"', "数值")) + "\n" + delimiter.join(("1", f'"甲{delimiter}乙"')) + "\n\n"
    text += delimiter.join(("2", "丙", "丁", "4", "5")) + "\r3" + delimiter + "戊"
    assert opened(text.encode("gb18030"), "a.csv").grids[0].rows == [
        ["序号", "指标\n名称", '写"了', "数值"],
        ["1", f"甲{delimiter}乙"],
        [],
        ["2", "丙", "丁", "4", "5"],
        ["3", "戊"],
    ]


def test_a_strict_word_document_is_read() -> None:
    def make_strict(content: bytes) -> bytes:
        return content.replace(b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main")

    relations = lambda content: content.replace(OFFICE.encode(), STRICT[OFFICE].encode())  # noqa: E731
    data = files.with_parts(files.by_docx(), {"word/document.xml": make_strict, "_rels/.rels": relations})
    assert opened(data, "a.docx").grids[0].rows[3] == ["1", "开展宣传活动", "场次", "12"]


@pytest.mark.parametrize(("data", "name"), [(b'ID;PWXL;N;E\r\nC;Y1;X1;K"x"\r\nE\r\n', "a.slk"), (b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n', "a.dif")])
def test_exchange_formats_of_old_programs_are_refused(data: bytes, name: str) -> None:
    assert [found.code for found in opened(data, name).findings] == ["R103"]
