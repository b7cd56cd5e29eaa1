"""Nothing in a file can hurt: what is broken, locked, bloated or false is refused with a finding of its own, soon, and within little memory."""

import io
import random
import re
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from include.read import encoding, worker
from include.read.book import open_book
from include.read.grid import Book
from include.settings import Limits
from tests.unit import read_files as files
from tests.unit.read_forms import FORM

LIMITS = Limits(unpacked_bytes=20_000_000, cells=200_000, cell_characters=10_000, archive_entries=200)
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


MUTATED = {
    "xlsx": files.by_openpyxl([*files.TABLE, (4, "和", "", "=SUM(D4:D5)")]),
    "xlsxwriter.xlsx": files.by_xlsxwriter(),
    "xls": files.by_xlwt(),
    "ods": files.by_odfpy(),
    "docx": files.by_docx(),
    "csv": files.as_text().encode("gb18030"),
    "html": files.as_html().encode("gb18030"),
    "xml": files.as_xml_2003(),
}


def mutant(data: bytes, dice: random.Random) -> bytes:
    """One of: bytes changed, a piece cut out, doubled, or put elsewhere; in a zip also within the parts, packed again with right checksums."""
    if data[:2] == b"PK" and dice.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = dice.choice([name for name in parts if parts[name]])
        parts[name] = mutant(parts[name], dice)
        return files.zipped(parts)
    content = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 40))):
        at = dice.randrange(len(content))
        how = dice.randrange(5)
        if how == 0:
            content[at] = dice.randrange(256)
        elif how == 1:
            content[at] ^= 1 << dice.randrange(8)
        elif how == 2:
            del content[at : at + dice.randrange(1, 50)]
        elif how == 3:
            content[at:at] = content[at : at + dice.randrange(1, 50)]
        else:
            content[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"9999", b"</a>"))
        if not content:
            return b""
    return bytes(content)


def survive(kind: str, count: int, folder: Path, seed: int = 0) -> None:
    """Read mutants as the form; every one is read or refused, and nothing fails in our own code."""
    dice = random.Random(zlib.crc32(kind.encode()) + seed)
    path = folder / f"a.{kind}"
    request = encoding.Request(1, str(path), path.name, (FORM.code,))
    for _ in range(count):
        path.write_bytes(mutant(MUTATED[kind], dice))
        answered = worker.answer(request, {FORM.code: FORM}, LIMITS)
        assert answered.trouble == ""
        assert [encoding.from_json(one) for one in answered.said]


@pytest.mark.parametrize("kind", sorted(MUTATED))
def test_mutants_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, 130, tmp_path)
