"""Marking a workbook: fills and comments on failing cells, the list in front, earlier marks taken off."""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from include.report.address import cells_of, letters_of
from include.report.marking.formats import FILLS, Formats
from include.report.marking.letter import EXPLAINED, REFERENCE, SEVERITIES, Letter, Remark, list_sheet
from include.report.marking.notes import COMMENT_HEAD, comment, uncomment
from include.report.marking.package import MAIN, OFFICE, STRICT_MAIN, STRICT_OFFICE, CannotMark, Package, local, parse, to_bytes

RETURN_SHEET = "退回修改意见"
"""The first sheet of a return copy; the reader knows it and never takes it for data."""
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, etree.LxmlError, LookupError, ValueError, NotImplementedError, RuntimeError, OSError, EOFError)
Cell = tuple[int, int]


def mark(original: bytes, remarks: Sequence[Remark], letter: Letter, lines: Sequence[Remark] | None = None) -> bytes:
    """Return the workbook with the cells of errors and warnings filled and commented and the list of all remarks as its first sheet.

    `lines` are the remarks as the list shows them, grouped over ranges; without them each remark is a line.
    CannotMark if the bytes are no workbook in XML parts, or one that cannot be opened safely. The same input gives the same bytes.
    """
    try:
        return _Workbook(Package(original)).marked(remarks, letter, remarks if lines is None else lines)
    except CannotMark:
        raise
    except _BROKEN as fault:
        # Whatever is wrong with a sender's file was told to it by the reader; here it only means that the list must do.
        raise CannotMark(f"{type(fault).__name__}: {fault}") from fault


@dataclass(slots=True)
class _Sheet:
    """One sheet of the sender's workbook. `part` is "" where it is no worksheet (a chart, a dialog); `page` is its part whatever it is."""

    name: str
    part: str
    page: str
    element: Any


class _Workbook:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = package.related("", kind="officeDocument") or "xl/workbook.xml"
        if not package.has(self.part) or self.part.endswith(".bin"):
            raise CannotMark("has no workbook part in XML")
        self.root = parse(package.part(self.part))
        self.ns = etree.QName(self.root).namespace or ""
        if self.ns not in (MAIN, STRICT_MAIN):
            raise CannotMark("is no spreadsheet")
        package.office = STRICT_OFFICE if self.ns == STRICT_MAIN else OFFICE
        self.listed = self.root.find(self._tag("sheets"))
        if self.listed is None:
            raise CannotMark("has no sheets")
        self.sheets = [self._sheet(element) for element in self.listed if local(element) == "sheet"]
        self.list = self._list()
        self.formats_part = package.related(self.part, kind="styles") or ""
        self.formats = Formats(package.part(self.formats_part) if self.formats_part else None, self.ns)

    def _tag(self, name: str) -> str:
        return f"{{{self.ns}}}{name}"

    def _sheet(self, element: Any) -> _Sheet:
        identity = element.get(f"{{{self.package.office}}}id")
        page = self.package.related(self.part, identity=identity) or ""
        is_table = self.package.kind_of(self.part, identity) == "worksheet"
        return _Sheet(element.get("name") or "", page if is_table else "", page, element)

    def _list(self) -> _Sheet | None:
        """The list of an earlier return, also where somebody gave it another name."""
        named = next((sheet for sheet in self.sheets if sheet.name == RETURN_SHEET and sheet.part), None)
        strings = self.package.related(self.part, kind="sharedStrings")
        shared = self.package.part(strings) if strings else b""
        if named is not None or (REFERENCE.encode() not in shared and not any(self._says(sheet, REFERENCE) for sheet in self.sheets)):
            return named
        texts = [_text_of(one) for one in parse(shared)] if shared else []
        return next((sheet for sheet in self.sheets if sheet.part and self._has_head(sheet.part, texts)), None)

    def _says(self, sheet: _Sheet, word: str) -> bool:
        return bool(sheet.part) and word.encode() in self.package.part(sheet.part)

    def _has_head(self, part: str, texts: Sequence[str]) -> bool:
        """Whether a row of a sheet has the two heads by which a list is known."""
        for row in parse(self.package.part(part)).iter(self._tag("row")):
            said: set[str] = set()
            for cell in row.iter(self._tag("c")):
                value = cell.findtext(self._tag("v")) or ""
                is_shared = cell.get("t") == "s" and value.isdigit() and int(value) < len(texts)
                said.add(texts[int(value)] if is_shared else _text_of(cell))
            if {EXPLAINED, REFERENCE} <= said:
                return True
        return False

    def marked(self, remarks: Sequence[Remark], letter: Letter, lines: Sequence[Remark]) -> bytes:
        self._unmark()
        by_name = {sheet.name: sheet for sheet in self.sheets if sheet.part and sheet is not self.list}
        gathered: dict[str, list[Remark]] = {}
        for remark in remarks:
            if remark.severity in FILLS and remark.cell and remark.sheet in by_name:
                gathered.setdefault(remark.sheet, []).append(remark)
        for name, its_own in gathered.items():
            self._mark_sheet(by_name[name], its_own)
        self._put_list_first(list_sheet(lines, letter, list(by_name), self.formats, self.ns))
        if not self.formats_part:
            self.formats_part = posixpath.join(posixpath.dirname(self.part), "styles.xml")
            self.package.relate(self.part, "styles", self.formats_part)
            self.package.announce(self.formats_part, _STYLES_TYPE)
        self.package.changed[self.part] = to_bytes(self.root)
        self.package.changed[self.formats_part] = to_bytes(self.formats.root)
        return self.package.saved()

    def _mark_sheet(self, sheet: _Sheet, remarks: list[Remark]) -> None:
        root = parse(self.package.part(sheet.part))
        anchors = self._anchors(root)
        fills: dict[Cell, str] = {}
        texts: dict[Cell, list[str]] = {}
        for remark in remarks:
            # What a merged cell covers is not shown: its mark stands where the cell's own content does.
            cells = list(dict.fromkeys(anchors.get(cell, cell) for cell in cells_of(remark.cell)))
            for cell in cells:
                if fills.get(cell) != "error":
                    fills[cell] = remark.severity
            if cells:
                texts.setdefault(cells[0], []).append(f"{SEVERITIES[remark.severity]}：{remark.problem}\n改法：{remark.remedy}")
        if not fills:
            return
        data = root.find(self._tag("sheetData"))
        if data is None:
            raise CannotMark("a sheet has no data section")
        self._fill_rows(root, data, fills)
        comment(self.package, self.ns, sheet.part, root, {cell: f"{COMMENT_HEAD}\n" + "\n".join(lines) for cell, lines in texts.items()})
        self.package.changed[sheet.part] = to_bytes(root)

    def _anchors(self, root: Any) -> dict[Cell, Cell]:
        """The first cell of each merged range, by the cells that it covers."""
        found: dict[Cell, Cell] = {}
        for one in root.iterfind(f"{self._tag('mergeCells')}/{self._tag('mergeCell')}"):
            cells = cells_of(one.get("ref") or "")
            found.update(dict.fromkeys(cells[1:], cells[0]) if cells else {})
        return found

    def _fill_rows(self, root: Any, data: Any, fills: dict[Cell, str]) -> None:
        wanted: dict[int, list[int]] = {}
        for row, column in sorted(fills):
            wanted.setdefault(row, []).append(column)
        rows = dict(_numbered(data, "row", lambda given: int(given) - 1))
        present = sorted(rows)
        at = 0
        for row, columns in wanted.items():
            while at < len(present) and present[at] < row:
                at += 1
            element = rows.get(row)
            if element is None:
                element = etree.Element(self._tag("row"))
                element.set("r", str(row + 1))
                if at < len(present):
                    rows[present[at]].addprevious(element)
                else:
                    data.append(element)
            self._fill_cells(root, element, row, columns, fills)

    def _fill_cells(self, root: Any, element: Any, row: int, columns: list[int], fills: dict[Cell, str]) -> None:
        cells = dict(_numbered(element, "c", lambda given: cells_of(given)[0][1]))
        for column in columns:
            cell = cells.get(column)
            if cell is None:
                # A hint that would no longer be true.
                element.attrib.pop("spans", None)
                cell = etree.Element(self._tag("c"))
                cell.set("r", f"{letters_of(column)}{row + 1}")
                cell.set("s", str(self._inherited(root, element, column)))
                later = [number for number in cells if number > column]
                extension = next((child for child in element if local(child) == "extLst"), None)
                if later:
                    cells[min(later)].addprevious(cell)
                elif extension is not None:
                    extension.addprevious(cell)
                else:
                    element.append(cell)
                cells[column] = cell
            cell.set("s", str(self.formats.with_mark(int(cell.get("s") or 0), fills[row, column])))

    def _inherited(self, root: Any, row: Any, column: int) -> int:
        """The format an empty cell has from its row or column."""
        if row.get("s") and row.get("customFormat") in ("1", "true"):
            return int(row.get("s"))
        for one in root.iterfind(f"{self._tag('cols')}/{self._tag('col')}"):
            if int(one.get("min") or 0) <= column + 1 <= int(one.get("max") or 0) and one.get("style"):
                return int(one.get("style"))
        return 0

    def _unmark(self) -> None:
        ours = self.formats.ours()
        back: dict[int, int] = {}
        for sheet in self.sheets:
            if not sheet.part or sheet is self.list:
                continue
            if ours:
                root = parse(self.package.part(sheet.part))
                marked = [cell for cell in root.iter(self._tag("c")) if int(cell.get("s") or 0) in ours]
                for cell in marked:
                    number = int(cell.get("s"))
                    if number not in back:
                        back[number] = self.formats.without_mark(number)
                    cell.set("s", str(back[number]))
                if marked:
                    self.package.changed[sheet.part] = to_bytes(root)
            uncomment(self.package, self.ns, sheet.part)

    def _put_list_first(self, xml: bytes) -> None:
        package = self.package
        before = [sheet.element for sheet in self.sheets]
        if self.list is not None:
            # A copy that comes back: the list is written anew in its old part, under its old name.
            part, element = self.list.part, self.list.element
            package.without_relations(part)
            element.attrib.pop("state", None)
            element.set("name", RETURN_SHEET)
        else:
            part = package.free(posixpath.join(posixpath.dirname(self.part), "worksheets", "return"), ".xml")
            element = etree.Element(self._tag("sheet"), nsmap={"r": package.office})
            element.set("name", RETURN_SHEET)
            element.set("sheetId", str(max((int(one.get("sheetId") or 0) for one in before), default=0) + 1))
            element.set(f"{{{package.office}}}id", package.relate(self.part, "worksheet", part))
            package.announce(part, _SHEET_TYPE)
        package.changed[part] = xml
        self.listed.insert(0, element)
        after = [one for one in self.listed if local(one) == "sheet"]
        for name in self.root.iterfind(f"{self._tag('definedNames')}/{self._tag('definedName')}"):
            number = name.get("localSheetId")
            if number is not None and int(number) < len(before):
                name.set("localSheetId", str(after.index(before[int(number)])))
        for view in self.root.iterfind(f"{self._tag('bookViews')}/{self._tag('workbookView')}"):
            view.set("activeTab", "0")
            view.set("firstSheet", "0")
        for sheet in self.sheets:
            if sheet.page.endswith(".xml") and sheet.page != part:
                self._unselect(sheet.page)

    def _unselect(self, part: str) -> None:
        content = self.package.part(part)
        end = content.find(b"sheetData")
        head = content if end < 0 else content[:end]
        quiet = re.sub(rb"(<(?:\w+:)?sheetView\b[^>]*?)\s+tabSelected=([\"'])(?:1|true)\2", rb"\1", head)
        if quiet != head:
            self.package.changed[part] = quiet + content[len(head) :]


def _text_of(element: Any) -> str:
    """The words of a string or of a cell that holds its own."""
    return "".join(one.text or "" for one in element.iter("{*}t", "{*}v")).strip()


def _numbered(parent: Any, name: str, number: Callable[[str], int]) -> Iterator[tuple[int, Any]]:
    """The children of that name with their 0-based positions; one without a reference follows the one before it."""
    position = -1
    for child in parent:
        if local(child) == name:
            given = child.get("r")
            position = number(given) if given else position + 1
            yield position, child
