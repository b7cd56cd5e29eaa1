"""A return copy against its original, part by part: only what the written list of `include.report.marking` names may differ.

And every program at hand opens it.
"""

import io
import re
import shutil
import subprocess
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from posixpath import basename

import openpyxl
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from include.report.address import cells_of
from include.report.marking import RETURN_SHEET, Letter, Remark, mark
from include.report.marking.formats import FILLS
from include.report.marking.notes import COMMENT_HEAD
from tests.unit.return_workbooks import MADE, by_libreoffice, parts_of

LETTER = Letter(title="退回修改意见", lines=("致：党办", "上述文件有2处须改正。"), mark='{"campaign":"try"}')
WORKBOOKS = {name: build() for name, build in MADE.items()} | by_libreoffice()
# What stands behind what in a worksheet, by the schema.
ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios"),
    *("autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations"),
    *("hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches"),
    *("ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls"),
    *("webPublishItems", "tableParts", "extLst"),
)
# openpyxl says so of what it would lose; that is why it is not used for marking.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


def places(name: str) -> tuple[str, str, str]:
    """The cells that are marked: an error, a warning, and a range that runs past what is there."""
    return ("C3", "C2", "D5:E6") if name in MADE else ("D6", "C6", "D7:E8")


def remarks(name: str) -> list[Remark]:
    """A remark on each of these places, and one on the whole file."""
    sheet = "统计表" if name in MADE else CalamineWorkbook.from_filelike(io.BytesIO(WORKBOOKS[name])).sheet_names[0]
    wrong, doubtful, blank = places(name)
    said = {"item": "参与人数", "seen": "约500", "remedy": "请填整数。", "code": "R404"}
    return [
        Remark(sheet=sheet, cell=wrong, problem="约500不是确数。", severity="error", **said),
        Remark(sheet=sheet, cell=doubtful, problem="请核实12次。", severity="warning", **said),
        Remark(sheet=sheet, cell=blank, problem="没有填写。", severity="error", **said),
        Remark(sheet="", cell="", problem="下次请另存。", severity="note", **said),
    ]


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n2", strip_text=False)


def without_ours(name: str, part: bytes, before: bytes) -> tuple[bytes, bytes]:
    """A touched sheet with what is ours put back, and its original, comparable."""
    marked = {at for place in places(name) for at in cells_of(place)}
    after, original = etree.fromstring(part), etree.fromstring(before)
    there = {(r, c) for r, c, _ in numbered(original)}
    rows = {r for r, _ in rows_of(original)}
    formats = {(r, c): cell.get("s") for r, c, cell in numbered(original)}
    for r, c, cell in list(numbered(after)):
        if (r, c) not in marked:
            assert cell.get("s") == formats[r, c], (r, c)
            continue
        if (r, c) not in there:
            assert len(cell) == 0
            cell.getparent().remove(cell)
        elif formats[r, c] is None:
            cell.attrib.pop("s")
        else:
            cell.set("s", formats[r, c])
    for r, row in list(rows_of(after)):
        if r not in rows:
            assert len(row) == 0
            row.getparent().remove(row)
    for root in (after, original):
        for row in root.iter("{*}row"):
            row.attrib.pop("spans", None)
        for view in root.iter("{*}sheetView"):
            view.attrib.pop("tabSelected", None)
        for legacy in root.findall("{*}legacyDrawing"):
            root.remove(legacy)
    return c14n(after), c14n(original)


def rows_of(root: etree._Element) -> Iterable[tuple[int, etree._Element]]:
    at = -1
    for row in root.iter("{*}row"):
        at = int(row.get("r")) - 1 if row.get("r") else at + 1
        yield at, row


def numbered(root: etree._Element) -> Iterable[tuple[int, int, etree._Element]]:
    for at, row in rows_of(root):
        column = -1
        for cell in row.iter("{*}c"):
            column = cells_of(cell.get("r"))[0][1] if cell.get("r") else column + 1
            yield at, column, cell


@pytest.fixture(scope="module", params=sorted(WORKBOOKS))
def pair(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes], dict[str, bytes], bytes]:
    name = request.param
    copy = mark(WORKBOOKS[name], remarks(name), LETTER)
    return name, parts_of(WORKBOOKS[name]), parts_of(copy), copy


Pair = tuple[str, dict[str, bytes], dict[str, bytes], bytes]


def test_there_are_twenty_workbooks_and_more() -> None:
    assert len(WORKBOOKS) >= 20


def test_no_part_is_lost_and_only_those_on_the_list_are_new_or_differ(pair: Pair) -> None:
    _, before, after, _ = pair
    assert list(after)[: len(before)] == list(before)
    new = set(after) - set(before)
    allowed = r"xl/worksheets/return\d+\.xml|xl/comments_return\d+\.xml|xl/drawings/return\d+\.vml|xl/styles\.xml|xl/worksheets/_rels/[^/]+\.rels"
    assert all(re.fullmatch(allowed, name) for name in new), new
    changed = {name for name in before if before[name] != after[name]}
    allowed = (
        r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml|xl/worksheets/[^/]+\.xml|xl/worksheets/_rels/[^/]+\.rels"
        r"|xl/comments[^/]*\.xml|xl/comments/[^/]+\.xml|xl/drawings/[^/]+\.vml|xl/chartsheets/[^/]+\.xml"
    )
    assert all(re.fullmatch(allowed, name, re.IGNORECASE) for name in changed), changed


def test_the_touched_sheet_differs_in_the_formats_of_the_marked_cells_alone(pair: Pair) -> None:
    workbook, before, after, _ = pair
    for name in before:
        if name.startswith("xl/worksheets/sheet") and before[name] != after[name]:
            one, two = without_ours(workbook, after[name], before[name])
            assert one == two


def test_sheets_that_are_not_marked_only_give_up_being_shown(pair: Pair) -> None:
    _, before, after, _ = pair
    touched = [name for name in before if re.match(r"xl/(worksheets|chartsheets)/[^/]+\.xml", name) and before[name] != after[name]]
    marked = [name for name in touched if b" s=" in after[name] and any(cell.get("s") for _, _, cell in numbered(etree.fromstring(after[name])))]
    for name in set(touched) - set(marked):
        assert re.sub(rb' tabSelected="1"', b"", before[name]) == after[name]


def test_the_list_alone_is_selected_so_that_no_two_sheets_are_edited_together(pair: Pair) -> None:
    _, _, after, _ = pair
    selected = [name for name, part in after.items() if re.search(rb'tabSelected="(?:1|true)"', part)]
    assert selected == ["xl/worksheets/return1.xml"]


def test_the_workbook_part_gains_one_sheet_in_front(pair: Pair) -> None:
    name, before, after, _ = pair
    part = next(one for one in before if one.lower() == "xl/workbook.xml")
    one, two = etree.fromstring(before[part]), etree.fromstring(after[part])
    sheets = two.find("{*}sheets")
    assert sheets[0].get("name") == RETURN_SHEET
    sheets.remove(sheets[0])
    for number in two.iterfind("{*}definedNames/{*}definedName"):
        if number.get("localSheetId"):
            number.set("localSheetId", str(int(number.get("localSheetId")) - 1))
    for root in (one, two):
        for view in root.iterfind("{*}bookViews/{*}workbookView"):
            view.attrib.pop("activeTab", None)
            view.attrib.pop("firstSheet", None)
    assert c14n(one) == c14n(two), name


def test_relations_and_kinds_are_only_added(pair: Pair) -> None:
    _, before, after, _ = pair
    for name in before:
        if name == "[Content_Types].xml" or name.endswith(".rels"):
            old, new = ([sorted(one.attrib.items()) for one in etree.fromstring(part)] for part in (before[name], after[name]))
            assert [one for one in new if one in old] == old
            fresh = [dict(one) for one in new if one not in old]
            assert all("return" in str(one) or one.get("Extension") == "vml" or str(one.get("Type", "")).endswith("/styles") or
                       str(one.get("PartName", "")).endswith("/styles.xml") for one in fresh), fresh  # fmt: skip


def test_formats_are_only_added(pair: Pair) -> None:
    _, before, after, _ = pair
    if "xl/styles.xml" not in before:
        return
    one, two = etree.fromstring(before["xl/styles.xml"]), etree.fromstring(after["xl/styles.xml"])
    for section in one:
        grown = two.find(section.tag)
        kept = deepcopy(grown)
        added = kept[len(section) :]
        if local(section) not in ("fonts", "fills", "borders", "cellXfs"):
            assert c14n(section) == c14n(grown)
            continue
        assert int(grown.get("count")) == len(grown)
        for element in added:
            kept.remove(element)
        assert [c14n(child) for child in section] == [c14n(child) for child in kept]


def test_own_comments_and_drawings_of_notes_are_kept(pair: Pair) -> None:
    _, before, after, _ = pair
    for name, part in before.items():
        if name.endswith(".vml") and after[name] != part:
            assert after[name].decode().startswith(part.decode().rpartition("</xml>")[0])
        if "comments" in basename(name) and name.endswith(".xml") and after[name] != part:
            own = {one.get("ref"): "".join(one.itertext()) for one in etree.fromstring(part).iter("{*}comment")}
            now = {one.get("ref"): "".join(one.itertext()) for one in etree.fromstring(after[name]).iter("{*}comment")}
            for ref, text in own.items():
                assert now[ref].startswith(text)


def test_elements_stand_in_the_order_of_the_schema(pair: Pair) -> None:
    _, _, after, _ = pair
    for name, part in after.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            root = etree.fromstring(part)
            order = [ORDER.index(local(child)) for child in root if isinstance(child.tag, str) and local(child) in ORDER]
            assert order == sorted(order), name
            rows = [at for at, _ in rows_of(root)]
            assert rows == sorted(set(rows))
            for _, row in rows_of(root):
                columns = [cells_of(cell.get("r"))[0][1] for cell in row.iter("{*}c") if cell.get("r")]
                assert columns == sorted(set(columns))
        if name.endswith(".vml"):
            numbers = re.findall(r'<v:shape id="(\w+)"', part.decode())
            assert len(numbers) == len(set(numbers))
            etree.fromstring(part)


def test_every_relation_leads_to_a_part_that_is_announced(pair: Pair) -> None:
    _, _, after, _ = pair
    types = etree.fromstring(after["[Content_Types].xml"])
    known = {one.get("PartName", "").lower() for one in types}
    endings = {one.get("Extension", "").lower() for one in types}
    for name in after:
        if "return" in basename(name) and not name.endswith(".rels"):
            assert f"/{name}".lower() in known or name.rpartition(".")[2] in endings - {"xml"}, name


def values(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names if name != RETURN_SHEET}


def test_openpyxl_and_calamine_open_it_and_say_what_the_original_says(pair: Pair) -> None:
    name, _, _, copy = pair
    assert values(copy) == values(WORKBOOKS[name])
    if name == "strict":
        return  # openpyxl knows no strict sheets written without styles
    book = openpyxl.load_workbook(io.BytesIO(copy))
    assert book.sheetnames[0] == RETURN_SHEET
    sheet = book[remarks(name)[0].sheet]
    wrong, doubtful, blank = places(name)
    first, last = blank.split(":")
    assert sheet[wrong].fill.fgColor.rgb == FILLS["error"]
    assert sheet[doubtful].fill.fgColor.rgb == FILLS["warning"]
    assert sheet[last].fill.fgColor.rgb == FILLS["error"]
    assert sheet[first].comment.text.startswith(COMMENT_HEAD)


def test_a_cell_within_a_merged_range_is_marked_where_its_content_stands() -> None:
    original = WORKBOOKS["statistics-formula"]
    said = {"item": "单位", "seen": "", "remedy": "请填。", "code": "R401", "problem": "没有填写。", "severity": "error"}
    sheet = openpyxl.load_workbook(io.BytesIO(mark(original, [Remark(sheet="统计表", cell="C2", **said)], LETTER)))["统计表"]  # type: ignore[arg-type]
    assert sheet["A2"].fill.fgColor.rgb == FILLS["error"]
    assert sheet["A2"].comment.text.startswith(COMMENT_HEAD)


def test_a_copy_returned_twice_carries_nothing_of_the_first_time(pair: Pair) -> None:
    name, _, first, copy = pair
    again = parts_of(mark(copy, remarks(name), LETTER))
    assert set(again) == set(first)
    for part in first:
        if part.endswith(".xml") and "comments" in part:
            assert again[part].decode().count(COMMENT_HEAD) == first[part].decode().count(COMMENT_HEAD)
        if part.endswith(".vml"):
            assert again[part].count(b"<v:shape ") == first[part].count(b"<v:shape ")
    for section in ("fonts", "fills", "borders", "cellXfs"):
        one, two = (etree.fromstring(some["xl/styles.xml"]).find(f"{{*}}{section}") for some in (first, again))
        assert len(two) <= len(one) + 1, section
    clean = parts_of(mark(copy, [], LETTER))
    assert COMMENT_HEAD.encode() not in b"".join(part for part_name, part in clean.items() if "comments" in part_name)
    if name != "strict":
        book = openpyxl.load_workbook(io.BytesIO(mark(copy, [], LETTER)))
        fills = {cell.fill.fgColor.rgb for sheet in book.worksheets[1:] for row in sheet.iter_rows() for cell in row}
        assert not fills & set(FILLS.values())


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_every_copy_and_finds_in_it_what_it_finds_in_the_original(tmp_path: Path) -> None:
    for name, original in WORKBOOKS.items():
        (tmp_path / f"{name}.before.xlsx").write_bytes(original)
        (tmp_path / f"{name}.after.xlsx").write_bytes(mark(original, remarks(name), LETTER))
    files = sorted(str(path) for path in tmp_path.glob("*.xlsx"))
    profile, saved = f"-env:UserInstallation=file://{tmp_path}/profile", tmp_path / "saved"
    command = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", str(saved), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for name in WORKBOOKS:
        before, after = (values((tmp_path / "saved" / f"{name}.{when}.ods").read_bytes()) for when in ("before", "after"))
        assert list(before) == list(after), name
        for sheet in before:
            assert trimmed(before[sheet]) == trimmed(after[sheet]), (name, sheet)


def trimmed(rows: list[list[object]]) -> list[list[object]]:
    """Rows without the empty cells at their ends: a fill on a blank cell stretches what a program calls the used range."""
    found = []
    for row in rows:
        cut = list(row)
        while cut and cut[-1] == "":
            cut.pop()
        found.append(cut)
    while found and not found[-1]:
        found.pop()
    return found
