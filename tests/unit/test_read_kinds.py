"""What a file is, told from its content; and whether a document or material is what its name claims."""

import struct
from pathlib import Path

import pytest

from include.read.faults import FAULTS
from include.read.kinds import ENDINGS, is_wrongly_named, kind_of
from include.read.media import check_large, check_material
from include.settings import Limits
from tests.unit import read_files as files


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">L", len(content) + 8) + name + content


PDF = b"%PDF-1.4\n1 0 obj<</Type/Page>>endobj\nstartxref\n9\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xc0" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xae\x42\x60\x82"
MP4 = box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", b"x" * 20) + box(b"mdat", b"y" * 50)
MOV = box(b"ftyp", b"qt  \0\0\0\0") + box(b"mdat", b"y" * 50) + box(b"moov", b"x" * 20)

SEEN = {
    "xlsx": files.by_openpyxl(),
    "xlsm": files.with_parts(files.by_openpyxl(), {"xl/vbaProject.bin": b"x"}),
    "xlsb": files.zipped({"xl/workbook.bin": b"x"}),
    "xls": files.by_xlwt(),
    "ods": files.by_odfpy(),
    "docx": files.by_docx(),
    "csv": files.as_text().encode("gb18030"),
    "html": files.as_html().encode(),
    "xml": files.as_xml_2003(),
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nx",
    "doc": files.ole({"WordDocument": b"x" * 5000}),
    "ppt": files.ole({"PowerPoint Document": b"x" * 5000}),
    "encrypted": files.ole({"EncryptedPackage": b"x" * 5000}),
    "ole": files.ole({"Something": b"x" * 5000}),
    "rtf": b"{\\rtf1\\ansi x}",
    "pdf": PDF,
    "jpg": JPG,
    "png": PNG,
    "mp4": MP4,
    "mov": MOV,
    "zip": files.zipped({"a.txt": b"x"}),
    "rar": b"Rar!\x1a\x07\x01\x00xxxx",
    "7z": b"7z\xbc\xaf\x27\x1cxxxx",
    "txt": "本周无事故，一切正常。\n特此报告\n".encode(),
    "unknown": bytes(range(256)) * 4,
    "empty": b"",
}


@pytest.mark.parametrize("kind", SEEN)
def test_the_kind_is_told_from_content_whatever_the_name(kind: str) -> None:
    for name in ("统计表.xlsx", "统计表.xls", "统计表", "统计表.doc"):
        assert kind_of(SEEN[kind], name) == kind


@pytest.mark.parametrize(
    ("kind", "name"), [("xls", "a.et"), ("xlsx", "A.XLSX"), ("doc", "a.wps"), ("jpg", "a.JPEG"), ("csv", "a.txt"), ("mp4", "a.mov")]
)
def test_sister_endings_are_right(kind: str, name: str) -> None:
    assert not is_wrongly_named(kind, name)


@pytest.mark.parametrize(
    ("kind", "name"), [("html", "a.xls"), ("csv", "a.xls"), ("xlsx", "a.xls"), ("xls", "a.xlsx"), ("pdf", "a.docx"), ("xlsx", "a")]
)
def test_other_endings_are_wrong(kind: str, name: str) -> None:
    assert is_wrongly_named(kind, name)


def material(data: bytes, name: str) -> list[str]:
    return [finding.code for finding in check_material(data, kind_of(data, name), name, Limits())]


@pytest.mark.parametrize("kind", ["docx", "pdf", "jpg", "png", "mp4", "mov", "xlsx", "txt", "doc"])
def test_whole_materials_pass(kind: str) -> None:
    data = SEEN[kind]
    if kind == "doc":
        data = files.ole({"WordDocument": b"\0" * 0x4C + struct.pack("<l", 100) + b"\0" * 5000})
    assert material(data, f"总结.{kind}") == []


@pytest.mark.parametrize("kind", ["docx", "pdf", "jpg", "png", "mp4", "mov", "xlsx"])
def test_materials_cut_off_are_damaged(kind: str) -> None:
    data = SEEN[kind]
    assert material(data[: len(data) - len(data) // 4], f"总结.{kind}") == ["R104"]


def test_materials_that_are_something_else_are_told() -> None:
    assert material(JPG, "总结.docx") == ["R117"]
    assert material(bytes(range(256)) * 9, "总结.pdf") == ["R117"]
    assert material(b"MZ\x90\0" + bytes(range(256)) * 9, "总结.exe") == ["R103"]
    assert material(files.by_docx(), "总结.wps") == ["R101"]


def test_empty_documents_are_told() -> None:
    import io

    from docx import Document

    buffer = io.BytesIO()
    Document().save(buffer)
    assert material(buffer.getvalue(), "总结.docx") == ["R118"]
    assert material(b"", "总结.docx") == ["R102"]


def test_films_over_the_limit_are_checked_without_being_held(tmp_path: Path) -> None:
    whole, cut = tmp_path / "a.mp4", tmp_path / "b.mp4"
    whole.write_bytes(box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", b"y" * 3_000_000) + box(b"moov", b"x" * 20))
    cut.write_bytes(whole.read_bytes()[:2_000_000])
    assert [check_large(str(path), path.name)[1] for path in (whole,)] == [[]]
    kind, findings = check_large(str(cut), cut.name)
    assert (kind, [finding.code for finding in findings]) == ("mp4", ["R104"])


def test_codes_and_severities_here_equal_the_catalogue() -> None:
    from include.catalogue import rules

    catalogue = {rule.name: (rule.code, rule.severity) for rule in rules().values() if rule.code[:2] in ("R1", "R2")}
    assert catalogue == FAULTS


def test_every_ending_belongs_to_a_kind_that_is_told_or_refused() -> None:
    assert {"xlsx", "xls", "ods", "csv", "docx", "pdf", "jpg", "mp4"} <= ENDINGS.keys()
