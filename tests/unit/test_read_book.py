"""Files of every kind become the same grid; what no reader would say aloud (errors, formulas, hidden, merged, percent) stands on the grid."""

from datetime import date, datetime

import pytest

from include.domain.reading import Mark
from include.read.book import open_book
from include.read.grid import Book, Grid
from include.settings import Limits
from tests.unit import read_files as files

LIMITS = Limits()
PLAIN = [list(row) for row in files.TABLE]


def opened(data: bytes, name: str = "统计表.xlsx") -> Book:
    return open_book(data, name, LIMITS)


def codes(book: Book) -> list[str]:
    return [finding.code for finding in book.findings]


def cell(grid: Grid, row: int, column: int) -> object:
    """The value at a 0-based sheet position."""
    row, column = row - grid.first_row, column - grid.first_column
    return grid.rows[row][column] if 0 <= row < len(grid.rows) and 0 <= column < len(grid.rows[row]) else None


def values(grid: Grid) -> list[list[object]]:
    width = max(map(len, grid.rows))
    return [[float(v) if isinstance(v, int | float) else v for v in [*row, *[None] * (width - len(row))]] for row in grid.rows]


AS_FLOATS = [[float(v) if isinstance(v, int | float) else v for v in row] for row in PLAIN]
AS_TEXTS = [[None if v is None else str(v) for v in row] for row in PLAIN]


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("xlsx", "a.xlsx", files.by_openpyxl()),
        ("xlsx", "a.xlsx", files.by_xlsxwriter()),
        ("xlsx", "a.xlsx", files.by_xlsxwriter(constant_memory=True)),
        ("xls", "a.xls", files.by_xlwt()),
        ("xls", "a.et", files.by_xlwt()),
        ("ods", "a.ods", files.by_odfpy()),
        ("xml", "a.xml", files.as_xml_2003()),
    ],
)
def test_every_spreadsheet_reads_the_same(kind: str, name: str, data: bytes) -> None:
    book = opened(data, name)
    assert (book.kind, codes(book)) == (kind, [])
    assert [grid.name for grid in book.grids] == ["统计表"]
    assert values(book.grids[0]) == AS_FLOATS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_reads_the_same_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    book = opened(files.as_text(delimiter=delimiter).encode(encoding), "a.csv")
    assert (book.kind, codes(book)) == ("csv", [])
    assert [grid.name for grid in book.grids] == [""]
    assert values(book.grids[0]) == AS_TEXTS


def test_word_tables_are_numbered_and_the_text_around_them_is_kept() -> None:
    def second_table(document: object) -> None:
        document.add_paragraph("附件1 联络员")  # type: ignore[attr-defined]
        document.add_table(rows=1, cols=2).cell(0, 1).text = "张三"  # type: ignore[attr-defined]

    book = opened(files.by_docx(change=second_table), "a.docx")
    assert [grid.name for grid in book.grids] == ["table 1", "table 2"]
    assert values(book.grids[0]) == AS_TEXTS
    assert cell(book.grids[1], 0, 1) == "张三"
    assert "附件3" in book.text
    assert "附件1 联络员" in book.text


def test_word_cells_merged_both_ways_keep_their_columns() -> None:
    def merge(document: object) -> None:
        table = document.tables[0]  # type: ignore[attr-defined]
        table.cell(0, 0).merge(table.cell(0, 3))
        table.cell(3, 0).merge(table.cell(5, 0))
        table.cell(4, 2).merge(table.cell(5, 3))

    grid = opened(files.by_docx(change=merge), "a.docx").grids[0]
    assert sorted(grid.merged) == [(0, 0, 0, 3), (3, 0, 5, 0), (4, 2, 5, 3)]
    assert cell(grid, 3, 3) == "12"
    assert cell(grid, 4, 1) == "参与人数"


def test_a_web_page_saved_as_xls_is_read_with_a_note() -> None:
    book = opened(files.as_html().encode("gb18030"), "统计表.xls")
    assert (book.kind, codes(book)) == ("html", ["R101"])
    assert values(book.grids[0]) == AS_TEXTS


def test_a_csv_renamed_xls_is_read_with_a_note() -> None:
    book = opened(files.as_text().encode("gbk"), "统计表.xls")
    assert (book.kind, codes(book)) == ("csv", ["R101"])


def test_html_spans_keep_columns() -> None:
    page = "<table><tr><td rowspan=2>甲</td><td colspan=2>乙</td></tr><tr><td>1</td><td>2</td></tr></table>"
    grid = opened(page.encode(), "a.html").grids[0]
    assert grid.rows == [["甲", "乙", None], [None, "1", "2"]]
    assert sorted(grid.merged) == [(0, 0, 1, 0), (0, 1, 0, 2)]


def test_quoted_csv_with_line_breaks_in_labels() -> None:
    grid = opened('指标,数值\r\n"参与\n人数（含""线上"",线下）",12\r\n其他,3\r\n'.encode(), "a.csv").grids[0]
    assert grid.rows[1] == ['参与\n人数（含"线上",线下）', "12"]


def test_a_quote_that_never_closes_does_not_swallow_the_rest() -> None:
    grid = opened('指标,数值\n"公开课,12\n微课堂,3\n讲座,4\n'.encode(), "a.csv").grids[0]
    assert [row[-1] for row in grid.rows] == ["数值", "12", "3", "4"]


def test_broken_text_is_read_with_a_warning() -> None:
    book = opened(files.as_text().encode("utf-8") + b"\xff\xfe\xff,1,2,3\r\n", "a.csv")
    assert "R119" in codes(book)
    assert cell(book.grids[0], 3, 1) == "开展宣传活动"


def test_where_the_sheet_begins_is_told() -> None:
    def move(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet.move_range("A1:D6", rows=7, cols=2)

    grid = opened(files.by_openpyxl(change=move)).grids[0]
    assert (grid.first_row, grid.first_column) == (7, 2)
    assert cell(grid, 10, 5) == 12


def test_dates_come_as_dates() -> None:
    book = opened(files.by_openpyxl([["填报日期", date(2021, 6, 23), datetime(2021, 6, 23, 16, 30)]]))
    assert book.grids[0].rows[0][1:] == [date(2021, 6, 23), datetime(2021, 6, 23, 16, 30)]


def test_error_values_are_told() -> None:
    book = opened(files.by_openpyxl([["甲", "#REF!", "#DIV/0!"]]))
    assert book.grids[0].rows == [["甲", "#REF!", "#DIV/0!"]]
    assert book.grids[0].doubts == {(0, 1): "error_value", (0, 2): "error_value"}


def test_simple_formulas_without_a_result_are_computed_anew() -> None:
    rows = [*files.TABLE, (4, "合计", "", "=SUM(D4:D5)"), (5, "比率", "%", "=IF(D5=0,0,ROUND(D4/D5*100,1))"), (6, "和", "", "=D7+1")]
    grid = opened(files.by_openpyxl(rows)).grids[0]
    assert [cell(grid, row, 3) for row in (6, 7, 8)] == [3512, 0.3, 3513]
    assert grid.doubts == {(6, 3): "recomputed", (7, 3): "recomputed", (8, 3): "recomputed"}


def test_other_formulas_without_a_result_have_none() -> None:
    grid = opened(
        files.by_openpyxl([*files.TABLE, (4, "合计", "", "=VLOOKUP(A1,B:C,2)"), (5, "和", "", "=D7+1"), (6, "他表", "", "=Sheet2!A1")])
    ).grids[0]
    assert [cell(grid, row, 3) for row in (6, 7, 8)] == [None, None, None]
    assert set(grid.doubts.values()) == {"formula_without_value"}


def test_a_nought_stored_by_a_writer_that_computes_nothing_is_not_believed() -> None:
    def sums(book: object, sheet: object) -> None:
        sheet.write_formula(6, 3, "=SUM(D4:D6)")  # type: ignore[attr-defined]
        sheet.write_formula(7, 3, "=D4-D4")  # type: ignore[attr-defined]
        sheet.write_formula(8, 3, "=VLOOKUP(A1,B:C,2)")  # type: ignore[attr-defined]
        sheet.write_formula(9, 3, "=SUM(D4:D6)", None, 3513.5)  # type: ignore[attr-defined]

    grid = opened(files.by_xlsxwriter(change=sums)).grids[0]
    assert [cell(grid, row, 3) for row in (6, 7, 8, 9)] == [3513.5, 0, None, 3513.5]
    assert grid.doubts == {(6, 3): "recomputed", (8, 3): "formula_without_value"}


def test_a_nought_that_excel_computed_is_believed() -> None:
    def sums(book: object, sheet: object) -> None:
        sheet.write_formula(6, 3, "=VLOOKUP(A1,B:C,2)")  # type: ignore[attr-defined]

    data = files.with_parts(
        files.by_xlsxwriter(change=sums),
        {"xl/workbook.xml": lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""), "xl/calcChain.xml": b"<calcChain/>"},
    )
    grid = opened(data).grids[0]
    assert cell(grid, 6, 3) == 0
    assert grid.doubts == {}


def test_xls_formulas_of_a_writer_that_computes_nothing_are_computed_anew() -> None:
    import xlwt

    def sums(book: object, sheet: object) -> None:
        sheet.write(6, 3, xlwt.Formula("SUM(D4:D5)"))  # type: ignore[attr-defined]
        sheet.write(7, 3, xlwt.Formula("D4-D4"))  # type: ignore[attr-defined]

    grid = opened(files.by_xlwt(change=sums), "a.xls").grids[0]
    assert cell(grid, 6, 3) == 3512
    assert cell(grid, 7, 3) == 0
    assert grid.doubts == {(6, 3): "recomputed", (7, 3): "recomputed"}


def test_percentages_are_told() -> None:
    def percent(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet["D6"] = 0.85
        sheet["D6"].number_format = "0.0%"

    assert opened(files.by_openpyxl(change=percent)).grids[0].percent == {(5, 3)}

    def percent_xls(book: object, sheet: object) -> None:
        import xlwt

        sheet.write(6, 3, 0.85, xlwt.easyxf(num_format_str="0.00%"))  # type: ignore[attr-defined]

    assert opened(files.by_xlwt(change=percent_xls), "a.xls").grids[0].percent == {(6, 3)}


@pytest.mark.parametrize("code", ["0;-0;;@", "#", "#,###", "0;;", ";;;"])
def test_a_nought_that_its_format_hides_is_told(code: str) -> None:
    def hide(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet["D4"] = 0
        sheet["D4"].number_format = code

    grid = opened(files.by_openpyxl(change=hide)).grids[0]
    assert cell(grid, 3, 3) == 0
    assert grid.doubts == {(3, 3): "shown_blank"}


@pytest.mark.parametrize("code", ["0", "#,##0", '0;-0;"无"', '0"场"', "0.00_ ;[Red]-0.00 ", "[DBNum1][$-804]General"])
def test_usual_formats_show_a_nought_and_stay_numbers(code: str) -> None:
    def usual(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet["D4"] = 0
        sheet["D4"].number_format = code

    grid = opened(files.by_openpyxl(change=usual)).grids[0]
    assert cell(grid, 3, 3) == 0
    assert not isinstance(cell(grid, 3, 3), date)
    assert grid.doubts == {}


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ('0"万"', 12, "12万"),
        ('"约"0', 500, "约500"),
        ('0"余人"', 800, "800余人"),
        ("0\\.0,", 12345, "12345（格式显示为缩小后的数）"),
        ('0.0,"万"', 12345, "12345（格式显示为缩小后的数）"),
    ],
)
def test_a_cell_that_shows_another_number_than_it_holds_says_what_it_shows(code: str, number: int, text: str) -> None:
    def change(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet["D4"] = number
        sheet["D4"].number_format = code

    assert cell(opened(files.by_openpyxl(change=change)).grids[0], 3, 3) == text

    def change_xls(book: object, sheet: object) -> None:
        import xlwt

        sheet.write(6, 3, number, xlwt.easyxf(num_format_str=code))  # type: ignore[attr-defined]

    assert cell(opened(files.by_xlwt(change=change_xls), "a.xls").grids[0], 6, 3) == text


def test_noughts_hidden_by_the_sheets_own_setting_are_told() -> None:
    def hide(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet.sheet_view.showZeros = False
        sheet["D4"] = 0

    assert opened(files.by_openpyxl(change=hide)).grids[0].doubts == {(3, 3): "shown_blank"}


def test_hidden_rows_columns_and_sheets_are_told() -> None:
    def hide(book: object) -> None:
        sheet = book.active  # type: ignore[attr-defined]
        sheet.row_dimensions[5].hidden = True
        sheet.column_dimensions["C"].hidden = True
        other = book.create_sheet("备用")  # type: ignore[attr-defined]
        other["A1"] = 1
        other.sheet_state = "hidden"

    book = opened(files.by_openpyxl(change=hide))
    assert book.grids[0].hidden_rows == {4}
    assert book.grids[0].hidden_columns == {2}
    assert [grid.is_hidden for grid in book.grids] == [False, True]


def test_hidden_rows_and_columns_of_xls_are_told() -> None:
    def hide(book: object, sheet: object) -> None:
        sheet.row(4).hidden = True  # type: ignore[attr-defined]
        sheet.col(2).hidden = True  # type: ignore[attr-defined]

    grid = opened(files.by_xlwt(change=hide), "a.xls").grids[0]
    assert grid.hidden_rows == {4}
    assert 2 in grid.hidden_columns


def test_merged_cells_are_told() -> None:
    def merge(book: object) -> None:
        book.active.merge_cells("A1:D1")  # type: ignore[attr-defined]

    assert opened(files.by_openpyxl(change=merge)).grids[0].merged == [(0, 0, 0, 3)]

    def merge_xls(book: object, sheet: object) -> None:
        sheet.merge(0, 0, 0, 3)  # type: ignore[attr-defined]

    assert opened(files.by_xlwt(change=merge_xls), "a.xls").grids[0].merged == [(0, 0, 0, 3)]


def test_repeated_and_covered_cells_of_ods_are_unrolled() -> None:
    from odf.table import CoveredTableCell, TableCell, TableRow
    from odf.text import P

    def more(document: object, table: object) -> None:
        line = TableRow(numberrowsrepeated="2")
        wide = TableCell(valuetype="string", numbercolumnsspanned="2", numberrowsspanned="1")
        wide.addElement(P(text="跨两列"))
        line.addElement(wide)
        line.addElement(CoveredTableCell())
        line.addElement(TableCell(valuetype="float", value="7", numbercolumnsrepeated="2"))
        table.addElement(line)  # type: ignore[attr-defined]
        table.addElement(TableRow(numberrowsrepeated="1048000"))  # type: ignore[attr-defined]

    grid = opened(files.by_odfpy(change=more), "a.ods").grids[0]
    assert grid.rows[6:] == [["跨两列", None, 7, 7], ["跨两列", None, 7, 7]]
    assert (6, 0, 6, 1) in grid.merged


def test_the_mark_of_an_issued_blank_is_found_and_is_no_data() -> None:
    def marked(book: object) -> None:
        sheet = book.create_sheet("_baosong")  # type: ignore[attr-defined]
        pairs = {"campaign": "beipiao-2021", "obligation": "month-statistics", "form": "statistics-beipiao", "version": 1, "unit": "aq", "period": ""}
        for pair in pairs.items():
            sheet.append(pair)
        sheet.sheet_state = "veryHidden"
        book.create_sheet("退回修改意见", 0)["A1"] = "第3行有误"  # type: ignore[attr-defined]

    mark = Mark(campaign="beipiao-2021", obligation="month-statistics", form="statistics-beipiao", version=1, unit="aq", period="")
    book = opened(files.by_openpyxl(change=marked))
    assert book.mark == mark
    assert [grid.name for grid in book.grids] == ["统计表"]


def test_the_mark_may_stand_in_the_document_properties() -> None:
    def marked(book: object, sheet: object) -> None:
        for key, value in {"campaign": "c", "obligation": "o", "form": "f", "version": "2", "unit": "u", "period": "2021-06-10"}.items():
            book.set_custom_property(f"baosong_{key}", value)  # type: ignore[attr-defined]

    book = opened(files.by_xlsxwriter(change=marked))
    assert book.mark == Mark(campaign="c", obligation="o", form="f", version=2, unit="u", period="2021-06-10")


def test_an_archive_of_tables_is_taken_apart() -> None:
    data = files.zipped(
        {"甲/统计表.xlsx": files.by_openpyxl(), "说明.csv": files.as_text().encode("gbk"), "__MACOSX/._x": b"x", "章.png": b"\x89PNG\r\n\x1a\n"}
    )
    book = opened(data, "报送.zip")
    assert book.kind == "zip"
    assert [grid.name for grid in book.grids] == ["甲/统计表.xlsx/统计表", "说明.csv"]
    assert codes(book) == ["R123", "R124"]


def test_an_unusual_name_space_prefix_changes_nothing() -> None:
    def prefixed(xml: bytes) -> bytes:
        text = xml.decode()
        for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t", "dimension", "sheetViews", "sheetView", "sheetFormatPr", "pageMargins"):
            for before, after in (("<", "<x:"), ("</", "</x:")):
                for end in (" ", ">", "/"):
                    text = text.replace(f"{before}{tag}{end}", f"{after}{tag}{end}")
        return text.replace("xmlns=", "xmlns:x=").encode()

    book = opened(files.with_parts(files.by_xlsxwriter(), {"xl/worksheets/sheet1.xml": prefixed}))
    assert values(book.grids[0]) == AS_FLOATS


def test_cells_without_addresses_are_read_in_order() -> None:
    import re

    strip = lambda xml: re.sub(rb' r="[A-Z]*\d+"', b"", xml)  # noqa: E731
    rows = [["甲", 1], ["乙", 2]]
    book = opened(files.with_parts(files.by_xlsxwriter(rows), {"xl/worksheets/sheet1.xml": strip}))
    assert values(book.grids[0]) == [["甲", 1.0], ["乙", 2.0]]


def test_shared_formulas_are_moved_before_they_are_computed() -> None:
    def shared(xml: bytes) -> bytes:
        return xml.replace(b"<f>B1*2</f><v>0</v>", b'<f t="shared" ref="C1:C2" si="0">B1*2</f>').replace(
            b"<f>B2*2</f><v>0</v>", b'<f t="shared" si="0"/>'
        )

    def write(book: object, sheet: object) -> None:
        sheet.write_formula("C1", "=B1*2")  # type: ignore[attr-defined]
        sheet.write_formula("C2", "=B2*2")  # type: ignore[attr-defined]

    data = files.with_parts(files.by_xlsxwriter([["甲", 3], ["乙", 4]], change=write), {"xl/worksheets/sheet1.xml": shared})
    grid = opened(data).grids[0]
    assert [row[2] for row in grid.rows] == [6, 8]
