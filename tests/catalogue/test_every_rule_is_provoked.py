"""Every rule of the whole catalogue is broken by one file and met by another: a rule that no test breaks may say anything, or nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from include import catalogue
from include.read import legacy
from include.read.book import open_book
from include.read.kinds import kind_of
from include.read.media import check_material
from include.settings import PROJECT, Limits
from tests.unit import read_files as files
from tests.unit.read_mutants import FILES
from tests.unit.test_placing import codes, placed, said
from tests.unit.test_understand_rules import BREAKERS
from tests.unit.test_validate import BROKEN

OWN_FILE = Path(__file__).name
SMALL = Limits(file_bytes=200_000, unpacked_bytes=300_000, archive_entries=40, cells=10_000, cell_characters=1_000)
SHEET = "xl/worksheets/sheet1.xml"


def bomb(xml: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a "aa">]>' + re.sub(rb"<\?xml[^>]*>", b"", xml)


def doubled() -> bytes:
    """A workbook with two parts of one name."""
    return files.zipped({"xl/workbook.xml": b"<a/>", "xl/Workbook.xml": b"<b/>"})


def fewer_strings(xml: bytes) -> bytes:
    return re.sub(rb'uniqueCount="\d+"', b'uniqueCount="99"', xml)


BAD_SHEET = files.with_parts(files.by_openpyxl(), {SHEET: b"<worksheet><sheetData><row"})
FAR = files.with_parts(
    files.by_xlsxwriter(), {SHEET: lambda xml: xml.replace(b"</sheetData>", b'<row r="9999"><c r="XFD9999"><v>1</v></c></row></sheetData>')}
)
WIDE = files.with_parts(files.by_xlsxwriter(), {SHEET: lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)})

BROKEN_FILES: dict[str, tuple[bytes, str]] = {
    "R101": (files.as_text().encode(), "a.xls"),
    "R102": (b"", "a.xlsx"),
    "R103": (bytes(range(256)) * 20, "a.exe"),
    "R104": (files.by_openpyxl()[:3000], "a.xlsx"),
    "R105": (files.ole({"EncryptionInfo": b"x", "EncryptedPackage": b"y"}), "a.xlsx"),
    "R106": (b"%PDF-1.4\n%%EOF", "a.pdf"),
    "R107": (b"Rar!\x1a\x07\x01\x00" + b"x" * 100, "a.rar"),
    "R108": (files.zipped({"b.zip": files.zipped({"a.csv": b"1"})}), "a.zip"),
    "R109": (b"1," * 200_000, "a.csv"),
    "R110": (files.with_parts(files.by_xlsxwriter(), {SHEET: b" " * 400_000}), "a.xlsx"),
    "R111": (files.with_parts(files.by_xlsxwriter(), {f"xl/media/{number}.png": b"x" for number in range(50)}), "a.xlsx"),
    "R112": (files.with_parts(files.by_xlsxwriter(), {SHEET: bomb}), "a.xlsx"),
    "R116": (b"{\\rtf", "a.rtf"),
    "R119": (files.as_text().encode("gb18030").replace(b"35", b"\xff\x20"), "a.csv"),
    "R120": (files.with_parts(files.by_xlsxwriter(), {"xl/vbaProject.bin": b"x"}), "a.xlsm"),
    "R121": (files.with_parts(files.by_xlsxwriter(), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "a.xlsx"),
    "R122": (files.with_parts(files.by_xlsxwriter(), {"xl/embeddings/oleObject1.bin": b"x"}), "a.xlsx"),
    "R123": (files.zipped({"a.csv": files.as_text().encode()}), "a.zip"),
    "R124": (files.zipped({"a.csv": files.as_text().encode(), "b.png": b"\x89PNG\r\n\x1a\n"}), "a.zip"),
    "R126": (doubled(), "a.xlsx"),
    "R127": (files.with_parts(files.by_xlsxwriter(), {"xl/sharedStrings.xml": fewer_strings}), "a.xlsx"),
    "R201": (files.by_openpyxl([]), "a.xlsx"),
    "R202": (FAR, "a.xlsx"),
    "R203": (files.by_openpyxl([*files.TABLE, (4, "x" * 2_000)]), "a.xlsx"),
    "R204": (WIDE, "a.xlsx"),
    "R205": (BAD_SHEET, "a.xlsx"),
}
ELSEWHERE = {"R113", "R114", "R115", "R117", "R118", "R125", "R206"}
"""Rules about readers that die, materials and missing forms: broken below, or in the tests of the pool."""
REFUSED = {"C101": "link", "C102": "special", "C103": "escapes", "C104": "unreadable", "C105": "untrusted_list"}
"""What collecting refuses has no reading: its record names the reason."""


@pytest.mark.parametrize("code", BROKEN_FILES)
def test_a_file_breaks_the_rule(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if code == "R116":
        monkeypatch.setattr(legacy, "office", lambda: "/bin/false")
    found = open_book(*BROKEN_FILES[code], SMALL).findings
    assert code in {finding.code for finding in found}
    assert {finding.severity for finding in found if finding.code == code} == {catalogue.rules()[code].severity}


def test_materials_break_theirs() -> None:
    def material(data: bytes, name: str) -> set[str]:
        return {finding.code for finding in check_material(data, kind_of(data, name), name, SMALL)}

    assert material(b"\x89PNG\r\n\x1a\n" + bytes(50) + b"IEND\xae\x42\x60\x82", "总结.docx") == {"R117"}
    assert material(files.zipped({"word/document.xml": b"<w:document><w:body/></w:document>"}), "总结.docx") == {"R118"}


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "zip"])
def test_a_clean_file_of_every_kind_meets_all_rules(kind: str) -> None:
    assert open_book(FILES[kind], f"统计表.{kind}", Limits()).findings == []


def test_what_concerns_cells_figures_and_places_is_broken_by_name() -> None:
    rules = catalogue.rules()
    assert {rule.name for code, rule in rules.items() if code[0] == "R" and code[1] in "345"} == set(BREAKERS)
    assert {code for code in rules if code[0] == "V"} == set(BROKEN)
    assert {code for code in rules if re.match("R[12]", code)} == BROKEN_FILES.keys() | ELSEWHERE


def test_a_report_in_its_place_meets_all_rules_of_placing() -> None:
    assert codes(placed("建管股/联络员推荐表.xlsx", said("liaison"))) == []


def _named() -> Iterator[str]:
    """Every text that stands alone in our tests: codes and names that they expect among them."""
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        if path.name != OWN_FILE:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_code_is_named_by_a_test_that_provokes_it() -> None:
    named = set(_named())
    missing = [
        f"{code} {rule.name}"
        for code, rule in catalogue.rules().items()
        if not {code, rule.name, REFUSED.get(code)} & named and code not in BROKEN_FILES
    ]
    assert missing == [], "write one file that breaks the rule and one that meets it, and assert the code"
