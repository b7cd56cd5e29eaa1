"""Workbooks as many programs and offices write them, built part by part: what a return copy must leave as it found it.

Each has a sheet 统计表 with the figure 约500 in C3 and a 12 in C2; everything around that differs.
"""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "libreoffice"
ROWS = (["序号", "指标", "数值"], [1, "专题学习", 12], [2, "参与人数", "约500"])
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
MADE: dict[str, Callable[[], bytes]] = {}
# One red dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def made(build: Callable[[], bytes]) -> Callable[[], bytes]:
    """Put a builder on the list under its own name."""
    MADE[build.__name__] = build
    return build


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def by_xlsxwriter(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None], **options: object) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet("统计表")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    fill(book, sheet)
    book.close()
    return target.getvalue()


class Kit:
    """A workbook's parts while an office adds its own to them."""

    def __init__(self, content: bytes) -> None:
        self.parts: dict[str, bytes | str] = dict(parts_of(content))

    def text(self, name: str) -> str:
        content = self.parts[name]
        return content if isinstance(content, str) else content.decode("utf-8")

    def swap(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert old in text, (name, old)
        self.parts[name] = text.replace(old, new, 1)

    def add(self, name: str, content: bytes | str, kind: str = "", *, of: str | None = None, relation: str = "") -> str:
        """Add a part, announce it, relate it from another ("" for the package); return the relation's id."""
        self.parts[name] = content
        if kind:
            self.swap("[Content_Types].xml", "</Types>", f'<Override PartName="/{name}" ContentType="{kind}"/></Types>')
        if of is None:
            return ""
        folder, _, last = of.rpartition("/")
        rels = f"{folder}/_rels/{last}.rels".lstrip("/") if of else "_rels/.rels"
        if rels not in self.parts:
            self.parts[rels] = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{RELS}"></Relationships>'
        identity = f"rId{900 + self.text(rels).count('<Relationship ')}"
        relation = relation if relation.startswith("http") else f"{OFFICE}/{relation}"
        # Absolute targets are as good as relative ones, and some programs write nothing else.
        self.swap(rels, "</Relationships>", f'<Relationship Id="{identity}" Type="{relation}" Target="/{name}"/></Relationships>')
        return identity

    def before(self, tag: str, xml: str, sheet: str = "xl/worksheets/sheet1.xml") -> None:
        self.swap(sheet, tag, xml + tag)

    def packed(self) -> bytes:
        return packed(self.parts)


def plain() -> Kit:
    return Kit(by_xlsxwriter(lambda _book, _sheet: None))


# --- by XlsxWriter ---


@made
def charts_and_images() -> bytes:
    def fill(book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.insert_image(5, 0, "dot.png", {"image_data": io.BytesIO(PNG), "url": "https://example.invalid/"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=统计表!$C$2:$C$3"})
        sheet.insert_chart(8, 0, chart)

    return by_xlsxwriter(fill)


@made
def a_chart_sheet_in_front_that_is_shown() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    front = book.add_chartsheet("图")
    sheet = book.add_worksheet("统计表")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=统计表!$C$2:$C$3"})
    front.set_chart(chart)
    front.activate()
    book.close()
    return target.getvalue()


@made
def conditional_formats_and_validations() -> bytes:
    def fill(book, sheet) -> None:  # type: ignore[no-untyped-def]
        red = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        sheet.conditional_format("C2:C9", {"type": "cell", "criteria": ">", "value": 10, "format": red})
        sheet.conditional_format("C2:C9", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("A2:A9", {"type": "icon_set", "icon_style": "3_traffic_lights"})
        sheet.data_validation("C2:C9", {"validate": "integer", "criteria": ">=", "value": 0, "error_message": "请填整数"})
        sheet.data_validation("B2:B9", {"validate": "list", "source": ["专题学习", "参与人数"]})

    return by_xlsxwriter(fill)


@made
def tables_and_filters_and_own_comments() -> bytes:
    def fill(_book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.add_table("A1:C3", {"columns": [{"header": text} for text in ROWS[0]], "data": ROWS[1:]})
        sheet.write_comment("C2", "我们自己的批注", {"author": "张三", "visible": True})
        sheet.write_comment("C3", "这里是估计的", {"author": "李四"})

    return by_xlsxwriter(fill)


@made
def rich_text_outlines_panes_names_and_print() -> bytes:
    def fill(book, sheet) -> None:  # type: ignore[no-untyped-def]
        bold = book.add_format({"bold": True, "font_name": "黑体"})
        sheet.write_rich_string("B2", bold, "专题", "学习")
        sheet.set_row(5, 20, None, {"level": 1, "hidden": True})
        sheet.set_column("D:F", 12, bold, {"level": 1, "collapsed": True})
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.print_area("A1:C9")
        sheet.set_h_pagebreaks([20])
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页")
        sheet.merge_range("A8:C8", "合并的脚注")
        other = book.add_worksheet("说明")
        other.write_formula("A1", "=统计表!C2*2", None, 24)
        book.define_name("说明!本页", "=说明!$A$1")
        book.define_name("全表", "=统计表!$A$1:$C$3")

    return by_xlsxwriter(fill)


@made
def images_in_header_and_footer_and_comments() -> bytes:
    def fill(_book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.set_header("&L&G", {"image_left": "dot.png", "image_data_left": io.BytesIO(PNG)})
        sheet.set_footer("&R&G", {"image_right": "dot.png", "image_data_right": io.BytesIO(PNG)})
        sheet.write_comment("A1", "表头")

    return by_xlsxwriter(fill)


@made
def images_in_the_header_without_comments() -> bytes:
    return by_xlsxwriter(lambda _book, sheet: sheet.set_header("&L&G", {"image_left": "dot.png", "image_data_left": io.BytesIO(PNG)}))


@made
def sparklines() -> bytes:
    def fill(_book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.write_row("E2", [1, 2, 3])
        sheet.add_sparkline("H2", {"range": "统计表!E2:G2", "markers": True})

    return by_xlsxwriter(fill)


@made
def protected_and_very_hidden_sheets_and_properties() -> bytes:
    def fill(book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.protect("secret", {"format_cells": True})
        book.add_worksheet("隐藏").hide()
        hidden = book.add_worksheet("_config")
        hidden.write(0, 0, "k")
        hidden.very_hidden()
        book.set_custom_property("单位", "党办")
        book.set_properties({"title": "统计表", "author": "张三", "company": "住建局"})

    return by_xlsxwriter(fill)


@made
def buttons_and_text_boxes() -> bytes:
    def fill(_book, sheet) -> None:  # type: ignore[no-untyped-def]
        sheet.insert_button("E2", {"macro": "say_hello", "caption": "按我"})
        sheet.insert_textbox("E5", "文本框里的说明")
        sheet.insert_checkbox("E9", True) if hasattr(sheet, "insert_checkbox") else None

    return by_xlsxwriter(fill)


@made
def formulas_with_a_chain_of_calculation() -> bytes:
    kit = Kit(by_xlsxwriter(lambda _book, sheet: sheet.write_formula("C5", "=SUM(C2:C2)", None, 12)))
    kit.add(
        "xl/calcChain.xml",
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<calcChain xmlns="{MAIN}"><c r="C5" i="1"/></calcChain>',
        "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml",
        of="xl/workbook.xml",
        relation="calcChain",
    )
    return kit.packed()


@made
def strings_in_the_cells_and_low_memory() -> bytes:
    return by_xlsxwriter(lambda _book, sheet: sheet.write(6, 0, "行内"), constant_memory=True)


# --- by openpyxl ---


@made
def openpyxl_with_styles_and_comments() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "统计表"
    for row in ROWS:
        sheet.append(row)
    sheet["C2"].font = Font(bold=True)
    sheet["C3"].fill = PatternFill("solid", fgColor="FFCCFFCC")
    sheet["C3"].comment = Comment("请核", "张三")
    book.create_sheet("第二张")["A1"] = "别的"
    book.defined_names["全表"] = DefinedName("全表", attr_text="'统计表'!$A$1:$C$3")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@made
def openpyxl_with_a_chart_and_a_table() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "统计表"
    for row in ROWS:
        sheet.append(row)
    sheet.add_table(Table(displayName="表1", ref="A1:C3"))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=3))
    sheet.add_chart(chart, "E2")
    sheet.sheet_properties.tabColor = "FF0000"
    sheet.print_title_rows = "1:1"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


# --- in Excel's and WPS' manner ---


@made
def excel_with_printer_settings_and_custom_xml() -> bytes:
    kit = plain()
    identity = kit.add(
        "xl/printerSettings/printerSettings1.bin",
        b"\x00\x01printer" * 40,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings",
        of="xl/worksheets/sheet1.xml",
        relation="printerSettings",
    )
    kit.swap("xl/worksheets/sheet1.xml", "</worksheet>", f'<pageSetup paperSize="9" orientation="landscape" r:id="{identity}"/></worksheet>')
    kit.add("customXml/item1.xml", "<?mso-contentType?><FormTemplates/>", of="xl/workbook.xml", relation="customXml")
    properties = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    kit.add("customXml/itemProps1.xml", "<a/>", properties, of="customXml/item1.xml", relation="customXmlProps")
    return kit.packed()


@made
def excel_with_revision_marks_and_extensions() -> bytes:
    """Names of later Excels on everything: mc:Ignorable, xr:uid, x14ac, ignored errors, a phonetic part, extension lists."""
    kit = plain()
    later = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
        'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" xr:uid="{0000-01}"'
    )
    sheet = "xl/worksheets/sheet1.xml"
    kit.swap(sheet, "<worksheet ", f"<worksheet {later} ")
    kit.parts[sheet] = re.sub(r'<row r="(\d+)"', r'<row r="\1" x14ac:dyDescent="0.15"', kit.text(sheet))
    end = (
        '<phoneticPr fontId="1" type="noConversion"/><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        '<ignoredErrors><ignoredError sqref="C3" numberStoredAsText="1"/></ignoredErrors>'
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        '<x14:dataValidations count="1" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidation type="list">'
        "<x14:formula1><xm:f>统计表!$B$2:$B$3</xm:f></x14:formula1><xm:sqref>E2</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    kit.parts[sheet] = re.sub(r"<pageMargins[^>]*/>", "", kit.text(sheet)).replace("</worksheet>", f"{end}</worksheet>")
    return kit.packed()


@made
def excel_with_a_threaded_comment() -> bytes:
    """A thread stands beside a plain copy of itself, which Excel writes anew from the thread."""
    kit = Kit(
        by_xlsxwriter(
            lambda _book, sheet: [
                sheet.write_comment("C3", "[线程批注] 请核", {"author": "tc={11111111-2222-3333-4444-555555555555}"}),
                sheet.write_comment("A2", "普通批注", {"author": "王五"}),
            ]
        )
    )
    ns = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    thread = '<threadedComment ref="C3" dT="2021-06-01T00:00:00.00" personId="{1}" id="{11111111-2222-3333-4444-555555555555}"><text>请核</text>'
    kit.add(
        "xl/threadedComments/threadedComment1.xml",
        f'<ThreadedComments xmlns="{ns}">{thread}</threadedComment></ThreadedComments>',
        "application/vnd.ms-excel.threadedcomments+xml",
        of="xl/worksheets/sheet1.xml",
        relation="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment",
    )
    kit.add(
        "xl/persons/person.xml",
        f'<personList xmlns="{ns}"><person displayName="王五" id="{{1}}" userId="w" providerId="None"/></personList>',
        "application/vnd.ms-excel.person+xml",
        of="xl/workbook.xml",
        relation="http://schemas.microsoft.com/office/2017/10/relationships/person",
    )
    return kit.packed()


@made
def excel_with_xml_maps() -> bytes:
    kit = plain()
    kit.add(
        "xl/xmlMaps.xml",
        f'<MapInfo xmlns="{MAIN}" SelectionNamespaces=""><Schema ID="s"/><Map ID="1" Name="m" RootElement="r" SchemaID="s" '
        'ShowImportExportValidationErrors="false" '
        'AutoFit="true" Append="false" PreserveSortAFLayout="true" PreserveFormat="true"/></MapInfo>',
        "application/xml",
        of="xl/workbook.xml",
        relation="xmlMaps",
    )
    kit.add(
        "xl/tables/tableSingleCells1.xml",
        f'<singleXmlCells xmlns="{MAIN}"><singleXmlCell id="1" r="C2" connectionId="0"><xmlCellPr id="1">'
        '<xmlPr mapId="1" xpath="/r" xmlDataType="string"/>'
        "</xmlCellPr></singleXmlCell></singleXmlCells>",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.tableSingleCells+xml",
        of="xl/worksheets/sheet1.xml",
        relation="tableSingleCells",
    )
    return kit.packed()


@made
def excel_with_macros() -> bytes:
    kit = plain()
    kit.swap(
        "[Content_Types].xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    kit.add(
        "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0vba" * 90, "application/vnd.ms-office.vbaProject",
        of="xl/workbook.xml", relation="http://schemas.microsoft.com/office/2006/relationships/vbaProject",
    )  # fmt: skip
    kit.swap("xl/workbook.xml", "<workbookPr", '<workbookPr codeName="ThisWorkbook"')
    return kit.packed()


@made
def excel_with_a_signature() -> bytes:
    kit = plain()
    kit.add(
        "_xmlsignatures/origin.sigs", b"", "application/vnd.openxmlformats-package.digital-signature-origin",
        of="", relation=f"{RELS}/digital-signature/origin",
    )  # fmt: skip
    kit.add(
        "_xmlsignatures/sig1.xml", "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>",
        "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
        of="_xmlsignatures/origin.sigs", relation=f"{RELS}/digital-signature/signature",
    )  # fmt: skip
    return kit.packed()


@made
def excel_with_an_embedded_object() -> bytes:
    """An object's picture stands in the same drawing that notes need."""
    kit = Kit(by_xlsxwriter(lambda _book, sheet: sheet.insert_button("E2", {"caption": "按我"})))
    identity = kit.add(
        "xl/embeddings/oleObject1.bin",
        b"\xd0\xcf\x11\xe0" * 50,
        "application/vnd.openxmlformats-officedocument.oleObject",
        of="xl/worksheets/sheet1.xml",
        relation="oleObject",
    )
    objects = f'<oleObjects><oleObject progId="Packager" shapeId="1025" r:id="{identity}"/></oleObjects>'
    kit.before("</worksheet>", objects)
    return kit.packed()


@made
def wps_with_its_own_parts() -> bytes:
    """WPS writes its build among the properties, pictures in cells as a part of its own, and many formats."""
    kit = Kit(by_xlsxwriter(lambda book, _sheet: book.set_custom_property("KSOProductBuildVer", "2052-11.1.0.10578")))
    kit.add(
        "xl/cellimages.xml",
        '<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>',
        "application/vnd.wps-officedocument.cellimage+xml",
        of="xl/workbook.xml",
        relation="http://www.wps.cn/officeDocument/2020/cellImage",
    )
    return kit.packed()


# --- by hand ---


def by_hand(
    prefix: str = "x:",
    ns: str = MAIN,
    base: str = "http://schemas.openxmlformats.org/officeDocument/2006",
    workbook: str = "xl/Workbook.xml",
) -> bytes:
    """The barest workbook: no styles, cells and rows without references, absolute targets."""
    rels = f'<?xml version="1.0"?><Relationships xmlns="{RELS}">{{}}</Relationships>'
    one = '<Relationship Id="{}" Type="' + base + '/relationships/{}" Target="{}"/>'
    p, colon = prefix, f":{prefix[:-1]}" if prefix else ""

    def cell(value: object) -> str:
        return f"<{p}c><{p}v>{value}</{p}v></{p}c>" if isinstance(value, int) else f'<{p}c t="inlineStr"><{p}is><{p}t>{value}</{p}t></{p}is></{p}c>'

    rows = "".join(f"<{p}row>{''.join(map(cell, row))}</{p}row>" for row in ROWS)
    kind = '<Override PartName="/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"/>'
    folder, _, last = workbook.rpartition("/")
    return packed({
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        + kind.format(workbook, "sheet.main") + kind.format("xl/worksheets/sheet1.xml", "worksheet") + "</Types>",
        "_rels/.rels": rels.format(one.format("a", "officeDocument", f"/{workbook}")),
        workbook: f'<{p}workbook xmlns{colon}="{ns}" xmlns:r="{base}/relationships">'
        f'<{p}sheets><{p}sheet name="统计表" sheetId="7" r:id="q"/></{p}sheets></{p}workbook>',
        f"{folder}/_rels/{last}.rels": rels.format(one.format("q", "worksheet", "/xl/worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f'<{p}worksheet xmlns{colon}="{ns}"><{p}sheetData>{rows}</{p}sheetData></{p}worksheet>',
    })  # fmt: skip


@made
def prefixed_and_bare() -> bytes:
    return by_hand()


@made
def bare_without_prefix() -> bytes:
    return by_hand(prefix="", workbook="xl/workbook.xml")


@made
def strict() -> bytes:
    return by_hand("", "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument", "xl/workbook.xml")


# --- by LibreOffice, whose sheets are others ---


def by_libreoffice() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(FIXTURES.glob("*.xlsx"))}
