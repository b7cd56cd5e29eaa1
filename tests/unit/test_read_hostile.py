"""Nothing in a file can hurt: what is broken, locked, bloated or false is refused with a finding of its own, soon, and within little memory."""

import io
import os
import re
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from include.read.book import open_book
from include.read.grid import Book
from include.read.ole import Streams
from include.settings import Limits
from tests.unit import read_files as files
from tests.unit.read_forms import FORM
from tests.unit.read_mutants import LIMITS

SHEET = "xl/worksheets/sheet1.xml"


def opened(data: bytes, name: str = "统计表.xlsx") -> Book:
    started = time.monotonic()
    book = open_book(data, name, LIMITS)
    assert time.monotonic() - started < 5
    return book


def codes(data: bytes, name: str = "统计表.xlsx") -> list[str]:
    return [finding.code for finding in opened(data, name).findings]


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv", "a.ods", "a.docx", "a.pdf"])
@pytest.mark.parametrize("data", [b"", b"\0" * 5000, b"\xef\xbb\xbf", b"\r\n \t\r\n"])
def test_an_empty_file_says_so(name: str, data: bytes) -> None:
    assert "R102" in codes(data, name)


def test_a_truncated_workbook_is_damaged() -> None:
    data = files.by_openpyxl()
    assert codes(data[: len(data) // 2]) == ["R104"]


@pytest.mark.parametrize("write", [files.by_xlwt, files.by_odfpy, files.by_docx])
def test_truncated_files_of_other_kinds_are_damaged(write: object) -> None:
    data = write()  # type: ignore[operator]
    assert "R104" in codes(data[: len(data) * 2 // 3], "a.bin")


def test_a_changed_byte_in_a_packed_sheet_is_damage_not_another_number() -> None:
    data = bytearray(files.zipped({}))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files.by_xlsxwriter())) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    data = bytearray(buffer.getvalue())
    at = data.index(b"<v>3500</v>")
    data[at + 3] = ord("4")
    assert codes(bytes(data)) == ["R104"]


def test_a_workbook_behind_a_password_says_so() -> None:
    assert codes(files.ole({"EncryptionInfo": b"x", "EncryptedPackage": b"y" * 5000})) == ["R105"]


def test_an_xls_behind_a_password_says_so() -> None:
    stream = (
        struct.pack("<2H", 0x809, 16)
        + struct.pack("<2H", 0x600, 5)
        + bytes(12)
        + struct.pack("<2H", 0x2F, 6)
        + bytes(6)
        + struct.pack("<2H", 0x0A, 0)
    )
    assert codes(files.ole({"Workbook": stream}), "a.xls") == ["R105"]


def test_an_encrypted_archive_says_so() -> None:
    data = bytearray(files.zipped({"a.xlsx": b"x" * 100}))
    for head in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[head] |= 1
    assert codes(bytes(data), "a.zip") == ["R105"]


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    data = files.with_parts(files.by_xlsxwriter(), {SHEET: b"<worksheet>" + b" " * 30_000_000 + b"</worksheet>"})
    assert len(data) < 100_000
    assert codes(data) == ["R110"]


def test_a_zip_bomb_that_lies_about_its_size_is_refused_while_unpacking() -> None:
    data = bytearray(files.with_parts(files.by_xlsxwriter(), {SHEET: b" " * 30_000_000}))
    at = data.index(b"PK\x01\x02", data.rindex(b"PK\x03\x04"))
    while True:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + length] == SHEET.encode():
            struct.pack_into("<L", data, at + 24, 1000)
            break
        at = data.index(b"PK\x01\x02", at + 4)
    assert codes(bytes(data)) == ["R110"]


def test_an_archive_of_very_many_entries_is_refused() -> None:
    data = files.with_parts(files.by_xlsxwriter(), {f"xl/media/{number}.png": b"x" for number in range(300)})
    assert codes(data) == ["R111"]


def test_two_parts_of_one_name_are_refused() -> None:
    buffer = io.BytesIO(files.by_xlsxwriter())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, b"<worksheet/>")
    assert codes(buffer.getvalue()) == ["R126"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entity_bombs_are_refused(part: str) -> None:
    data = files.with_parts(files.by_xlsxwriter(), {part: lambda xml: BOMB + re.sub(rb"<\?xml[^>]*>", b"", xml)})
    assert codes(data) == ["R112"]


def test_entity_bombs_in_other_kinds_are_refused() -> None:
    for write, part in ((files.by_odfpy, "content.xml"), (files.by_docx, "word/document.xml")):
        data = files.with_parts(write(), {part: lambda xml: BOMB + re.sub(rb"<\?xml[^>]*>", b"", xml)})
        assert codes(data, "a.docx" if part.startswith("word") else "a.ods") == ["R112"]
    bomb = BOMB + files.as_xml_2003().split(b"?>", 1)[1]
    assert codes(bomb, "a.xml") == ["R112"]


def test_a_declared_dimension_of_a_whole_sheet_costs_nothing() -> None:
    wide = lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)  # noqa: E731
    book = opened(files.with_parts(files.by_xlsxwriter(), {SHEET: wide}))
    assert [finding.code for finding in book.findings] == ["R204"]
    assert book.grids[0].rows[3][3] == 12


@pytest.mark.parametrize("far", ["XFD1048576", "A1048576", "AAA99999"])
def test_a_cell_far_outside_is_refused_with_its_place(far: str) -> None:
    def add(xml: bytes) -> bytes:
        row = re.sub(r"\D", "", far).encode()
        return xml.replace(b"</sheetData>", b'<row r="%b"><c r="%b"><v>1</v></c></row></sheetData>' % (row, far.encode()))

    book = opened(files.with_parts(files.by_xlsxwriter(), {SHEET: add}))
    assert [(finding.code, finding.cell, finding.sheet) for finding in book.findings] == [("R202", far, "统计表")]


def test_an_xls_that_declares_more_than_it_holds_is_read_without_room_for_it() -> None:
    stream = Streams(files.by_xlwt()).read("Workbook")
    at = stream.index(struct.pack("<2H", 0x200, 14)) + 4
    for declared in (struct.pack("<2L2H", 0, 0x43000006, 0, 4), struct.pack("<2L2H", 0xFFFF, 6, 0, 4)):
        book = opened(files.ole({"Workbook": stream[:at] + declared + stream[at + 12 :]}), "a.xls")
        assert [found.code for found in book.findings] == ["R204"]
        assert book.grids[0].rows[3][3] == 12


def test_a_far_cell_that_is_only_painted_does_no_harm() -> None:
    add = lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')  # noqa: E731
    book = opened(files.with_parts(files.by_xlsxwriter(), {SHEET: add}))
    assert book.findings == []
    assert book.grids[0].rows[3][3] == 12


def test_a_far_cell_in_xls_is_refused() -> None:
    def far(book: object, sheet: object) -> None:
        sheet.write(65_535, 255, 1)  # type: ignore[attr-defined]

    assert codes(files.by_xlwt(change=far), "a.xls") == ["R202"]


def test_an_ods_that_repeats_a_value_over_the_sheet_is_refused() -> None:
    from odf.table import TableCell, TableRow

    def repeat(document: object, table: object) -> None:
        line = TableRow(numberrowsrepeated="1000000")
        line.addElement(TableCell(valuetype="float", value="1", numbercolumnsrepeated="16000"))
        table.addElement(line)  # type: ignore[attr-defined]

    assert codes(files.by_odfpy(change=repeat), "a.ods") == ["R202"]


def test_a_very_long_text_is_left_out_with_its_place() -> None:
    rows = [*files.TABLE, (4, "x" * 30_000, "项", 1)]
    for data, name in ((files.by_openpyxl(rows), "a.xlsx"), (files.by_docx(rows), "a.docx"), (files.by_odfpy(rows), "a.ods")):
        book = opened(data, name)
        assert [(finding.code, finding.cell) for finding in book.findings] == [("R203", "B7")]
        assert book.grids[0].rows[3][1] == "开展宣传活动"


def test_a_text_of_ten_megabytes_is_refused() -> None:
    data = files.with_parts(files.by_xlsxwriter(), {"xl/sharedStrings.xml": lambda xml: xml.replace("参与人数".encode(), b"y" * 11_000_000)})
    assert "R203" in codes(data)


def test_very_wide_spans_are_refused() -> None:
    page = "<table>" + "<tr><td colspan=1000 rowspan=60000>x</td></tr>" * 10 + "</table>"
    assert codes(page.encode(), "a.html") == ["R202"]


def test_macros_links_and_objects_are_told_and_the_table_is_read() -> None:
    data = files.with_parts(
        files.by_xlsxwriter(),
        {
            "xl/vbaProject.bin": b"macro",
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": b'<Relationships><Relationship Target="file:///D:/x.xlsx"/></Relationships>',
            "xl/embeddings/oleObject1.bin": b"object",
        },
    )
    book = opened(data, "a.xlsm")
    assert [finding.code for finding in book.findings] == ["R120", "R121", "R122"]
    assert book.findings[1].given == "file:///D:/x.xlsx"
    assert book.grids[0].rows[3][3] == 12


@pytest.mark.parametrize(("head", "name"), [(b"Rar!\x1a\x07\x01\x00", "a.rar"), (b"7z\xbc\xaf\x27\x1c", "a.7z"), (b"\x1f\x8b\x08", "a.gz")])
def test_other_archives_are_refused(head: bytes, name: str) -> None:
    assert codes(head + b"x" * 100, name) == ["R107"]


def test_nested_archives_are_refused() -> None:
    assert codes(files.zipped({"b.zip": files.zipped({"a.xlsx": files.by_xlsxwriter()})}), "a.zip") == ["R108"]


def test_a_picture_is_no_table() -> None:
    assert codes(b"%PDF-1.4\n...%%EOF", "统计表.pdf") == ["R106"]
    assert codes(b"\xff\xd8\xff\xe0" + b"x" * 100, "统计表.jpg") == ["R106"]


def test_a_program_is_unknown() -> None:
    assert codes(b"MZ\x90\0" + bytes(range(256)) * 20, "统计表.exe")[-1] == "R103"


def test_a_workbook_without_anything_says_so() -> None:
    assert codes(files.by_openpyxl([])) == ["R201"]


def test_a_file_over_the_limit_is_not_opened() -> None:
    assert [finding.code for finding in open_book(b"x" * 1001, "a.csv", Limits(file_bytes=1000)).findings] == ["R109"]


def test_one_broken_sheet_costs_only_that_sheet() -> None:
    import openpyxl

    def second(book: openpyxl.Workbook) -> None:
        book.create_sheet("第二张")["A1"] = "=1+1"

    data = files.with_parts(files.by_openpyxl(change=second), {"xl/worksheets/sheet2.xml": b"<worksheet><sheetData><row"})
    book = opened(data)
    assert [(finding.code, finding.sheet) for finding in book.findings] == [("R205", "第二张")]
    assert book.grids[0].rows[3][3] == 12


def test_parts_of_an_archive_that_overlap_are_refused() -> None:
    """Fifty names for the same packed bytes: small as a file, large when unpacked."""
    kernel = zlib.compress(b"0" * 1_000_000, 9)[2:-4]
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(b"0" * 1_000_000), len(kernel), 1_000_000, 5, 0) + b"a.csv"
    entry = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, zlib.crc32(b"0" * 1_000_000), len(kernel), 1_000_000, 5, 0, 0, 0, 0, 0, 0)
        + f"{number:03}.x".encode()
        for number in range(50)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 50, 50, len(entry), len(head + kernel), 0)
    assert codes(head + kernel + entry + end, "a.zip") == ["R110"]
    few = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(entry) // 25, len(head + kernel), 0)
    assert codes(head + kernel + entry[: len(entry) // 25] + few, "a.zip") == ["R104"]


def test_an_archive_within_itself_is_refused_without_being_followed() -> None:
    data = files.by_xlsxwriter()
    for _ in range(200):
        data = files.zipped({"r.zip": data})
    assert codes(data, "r.zip") == ["R108"]


def test_names_in_an_archive_lead_nowhere() -> None:
    link = zipfile.ZipInfo("联系.xlsx")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/统计表.xlsx", files.by_xlsxwriter())
        archive.writestr(link, "/etc/passwd")
        archive.writestr("C:\\windows\\附表.csv", files.as_text())
    book = opened(buffer.getvalue(), "a.zip")
    assert [(found.code, found.given) for found in book.findings if found.code == "R124"] == [("R124", "联系.xlsx")]
    assert [grid.name for grid in book.grids] == ["../../etc/统计表.xlsx/统计表", "C:/windows/附表.csv"]
    assert book.grids[0].rows[3][3] == 12


def test_names_in_an_archive_may_be_in_any_encoding() -> None:
    data = files.zipped({"AAAAAA.csv": files.as_text().encode("gb18030")})
    for raw in ("统计表".encode("gbk"), b"\xff\xfe\x80\x81\xfd\xff", b"\x1b[2J\r\n"):
        book = opened(data.replace(b"AAAAAA", raw.ljust(6, b"_")), "a.zip")
        assert book.grids[0].rows[3][3] == "12"
    assert opened(data.replace(b"AAAAAA", "统计表".encode("gbk")), "a.zip").grids[0].name == "统计表.csv"


def test_an_encrypted_ods_and_an_encrypted_word_document_say_so() -> None:
    manifest = b'<manifest:manifest xmlns:manifest="m"><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
    assert codes(files.with_parts(files.by_odfpy(), {"META-INF/manifest.xml": manifest}), "a.ods") == ["R105"]
    assert codes(files.ole({"WordDocument": b"\xec\xa5" + bytes(9) + b"\x01" + bytes(2000)}), "a.doc") == ["R105"]


def test_macros_and_links_of_other_kinds_are_told_and_the_table_is_read() -> None:
    basic = files.with_parts(files.by_odfpy(), {"Basic/Standard/Module1.xml": b"<module/>", "Object 1/content.xml": b"<x/>"})
    assert codes(basic, "a.ods") == ["R120", "R122"]
    word = files.with_parts(files.by_docx(), {"word/vbaProject.bin": b"macro", "word/embeddings/oleObject1.bin": b"object"})
    assert codes(word, "a.docm") == ["R120", "R122"]

    stream = Streams(files.by_xlwt()).read("Workbook")
    link = struct.pack("<2H", 0x1AE, 10) + struct.pack("<2H", 1, 6) + b"\0\1d.xls"[:6]
    at = stream.index(struct.pack("<2H", 0x0A, 0))
    stream = stream[:at] + link + stream[at:]
    place = stream.index(struct.pack("<H", 0x85)) + 4
    (start,) = struct.unpack_from("<L", stream, place)
    stream = stream[:place] + struct.pack("<L", start + len(link)) + stream[place + 4 :]
    book = opened(files.ole({"Workbook": stream, "MBD0001": b"object"}), "a.xls")
    assert [found.code for found in book.findings] == ["R122", "R121"]
    assert book.grids[0].rows[3][3] == 12


def test_formulas_that_would_start_programs_are_only_text() -> None:
    data = files.by_openpyxl([*files.TABLE, (4, "=cmd|' /C calc'!A0", "", '=HYPERLINK("http://x/"&D4,"看")'), (5, "=WEBSERVICE(1)", "", "=DDE(1)")])
    grid = opened(data).grids[0]
    assert set(grid.doubts.values()) == {"formula_without_value"}
    assert grid.rows[3][3] == 12


def test_a_pipe_is_refused_and_the_files_beside_it_are_read(tmp_path: Path) -> None:
    from include.read import read_files

    pipe, good = tmp_path / "管道.xlsx", tmp_path / "统计表.xlsx"
    os.mkfifo(pipe)
    good.write_bytes(files.by_xlsxwriter())
    read = list(read_files([pipe, good, tmp_path], FORM))
    assert [name for name, _, _ in read] == [str(pipe), str(good), str(tmp_path)]
    assert [[found.code for found in reading.findings] for _, reading, _ in read] == [["R103"], [], ["R103"]]
    assert [answer.value for answer in read[1][1].answers] == [12, 3500, 1.5]
