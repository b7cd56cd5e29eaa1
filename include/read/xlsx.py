"""Office Open XML workbooks (.xlsx, .xlsm): values by python-calamine, and a look at the XML for what it does not tell.

A workbook whose cells are all plain values is read by patterns (`plain`). Of the others, a scan of the sheets' bytes decides whether the XML is
parsed at all: only for formulas, error values, hidden rows or columns, percentages, formats that show a zero as blank, and cells far outside.
calamine alone reads the rest. XML written in an unusual manner (comments, references or CDATA within a number, UTF-16, cells without addresses) is
read here alone: calamine takes the first piece of such a number for the whole.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from math import isfinite
from posixpath import dirname, join, normpath
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

from lxml import etree
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.domain.reading import Mark
from include.read import plain
from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.formats import changes_number, hides_zero, is_day, is_percent, is_plain_number, shown
from include.read.formula import ErrorValue, Sheet, Unknown, column_number
from include.read.grid import Book, CellValue, Doubt, Grid, address
from include.read.marks import MARK_SHEET, OUR_SHEETS, mark_from_properties, mark_from_rows
from include.settings import Limits

_FORMULA = re.compile(rb"<f[ >/]")
_HIDDEN = re.compile(rb'hidden="[1t]')
_SHOW_ZEROS = re.compile(rb'showZeros="[0f]')
_FAR = re.compile(rb'r="(?:\d{5}|[A-Z]{3}|[A-Z]{1,2}\d{5})')
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"')
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_USUAL_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: [a-z]+="[^"<>]*")* ?'
    rb"(?:/>|>(?:<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?(?:<v>[^<&]*</v>|<v ?/>|<is>(?:(?!</is>|<is>).)*</is>)?</c>)",
    re.DOTALL,
)
_FIRST_DAY, _FIRST_DAY_1904 = datetime.fromisoformat("1899-12-30"), datetime.fromisoformat("1904-01-01")
_UNIQUE = re.compile(rb'<sst [^<>]*uniqueCount="([0-9]{1,9})"')
_ODD = re.compile(rb"<[!?]")
_NO_NUMBER = re.compile(
    rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: (?!t=)[a-z]+="[^"<>]*")*(?: t="n")?(?: (?!t=)[a-z]+="[^"<>]*")* ?>'
    rb"(?:<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?<v>(?!-?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?</v>)"
)
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*")
_XML_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*")
_ENCODING = re.compile(rb"""encoding\s*=\s*["'](?!(?:utf-?8|us-ascii)["'])""", re.IGNORECASE)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATION_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


Formulas = dict[tuple[int, int], tuple[str, tuple[int, int]]]
"""Formulas by sheet position: the text, and by how many rows and columns a shared one is moved."""


def parse_xml(content: bytes, name: str) -> Any:
    """Parse one XML part: no entities, no network, no texts over 10 MB. Raises `Refused`."""
    content = checked_xml(content, name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "huge" in str(error) or "too long" in str(error).lower():
            raise Refused("cell_too_long", given=name) from None
        raise Refused("damaged", given=f"{name}: {error}") from None


def checked_xml(content: bytes, name: str) -> bytes:
    """Return a part in UTF-8, where it was UTF-16. Refuse one that declares a document type: no office program does, and entity bombs need it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4]:
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        try:
            content = _XML_HEAD.sub(b"", content.decode(encoding).encode())
        except UnicodeError:
            raise Refused("damaged", given=name) from None
    if b"<!D" in content:
        raise Refused("entity_declaration", given=name)
    return content


def _is_usual(content: bytes) -> bool:
    """Whether every cell is written as programs write it: at an address of its own, its number in one piece."""
    head = _XML_HEAD.match(content)
    if (head and _ENCODING.search(head[0])) or b"<!" in content or b"<?" in content[head.end() if head else 0 :]:
        return False
    if _NO_NUMBER.search(content):
        return False
    cells = _USUAL_CELL.findall(content)
    return len(cells) == content.count(b"<c ") + content.count(b"<c>") == len(set(cells)) and content.count(b"<sheetData") == 1


def read_xlsx(data: bytes, kind: str, limits: Limits) -> Book:
    """Return the workbook as grids. Raises `Refused`."""
    parts = Parts(data, limits)
    book = Book(kind=kind)
    look_at_parts(parts, book)
    sheets: dict[str, bytes] = {}
    size = 0
    for name in parts.names():
        if (name.startswith("xl/worksheets/") and name.endswith(".xml") and "/_rels/" not in name) or name == "xl/sharedStrings.xml":
            content = sheets[name] = parts.read(name)
            size += len(content)
    strings = sheets.pop("xl/sharedStrings.xml", b"")
    declared = _UNIQUE.search(strings, 0, 2000)
    if declared and 0 < (count := strings.count(b"</si>") + strings.count(b"<si/>")) != int(declared[1]):
        book.findings.append(fault("strings_out_of_step", given=str(count), expected=declared[1].decode()))
    styles = _styles(parts)
    if not _read_plainly(parts, sheets, strings, styles, book, limits):
        _read_thoroughly(data, parts, sheets, styles, book, limits)
    if size > limits.cell_characters:
        check_cells(book, limits)
    if book.mark is None and "docProps/custom.xml" in parts:
        book.mark = mark_in_properties(parts)
    return book


def is_number(text: str | None) -> TypeGuard[str]:
    """Whether an attribute is a plain number that a sheet can have."""
    return text is not None and 0 < len(text) < 10 and text.isascii() and text.isdigit()


def check_cells(book: Book, limits: Limits) -> None:
    """Take out texts longer than the limit, each with a finding."""
    for grid in book.grids:
        for row_number, row in enumerate(grid.rows):
            for column, value in enumerate(row):
                if isinstance(value, str) and len(value) > limits.cell_characters:
                    cell = address(grid.first_row + row_number, grid.first_column + column)
                    book.findings.append(
                        fault("cell_too_long", sheet=grid.name, cell=cell, given=str(len(value)), expected=str(limits.cell_characters))
                    )
                    row[column] = None


def look_at_parts(parts: Parts, book: Book) -> None:
    """Macros, links to other files and embedded objects: each told once."""
    listing = "\n".join(parts.names())
    if "vbaProject.bin" in listing or "xl/macrosheets/" in listing:
        book.findings.append(fault("macros", given="VBA" if "vbaProject.bin" in listing else "XLM"))
    if "xl/externalLinks/externalLink" in listing:
        links = [name for name in parts.names() if name.startswith("xl/externalLinks/externalLink")]
        book.findings.append(fault("external_links", given=_link_target(parts, links[0])))
    if "xl/embeddings/" in listing or "xl/activeX/" in listing:
        book.findings.append(fault("embedded_objects", given="OLE"))


def _link_target(parts: Parts, name: str) -> str:
    relations = f"{dirname(name)}/_rels/{name.rpartition('/')[2]}.rels"
    found = re.search(rb'Target="([^"]*)"', parts.read(relations)) if relations in parts else None
    return found[1].decode("utf-8", "replace") if found else name


class _Styles(NamedTuple):
    """Style numbers whose number format shows a percentage, a day or time, a zero as blank, or (with the format's code) another number.

    `telling_plainly` are those and all others whose number format is not surely that of a plain number, as the bytes that stand in sheets.
    """

    percent: frozenset[int] = frozenset()
    days: Mapping[int, str] = MappingProxyType({})
    blank_zero: frozenset[int] = frozenset()
    changing: Mapping[int, str] = MappingProxyType({})
    telling_plainly: frozenset[bytes] = frozenset()

    @property
    def telling(self) -> frozenset[int]:
        """All that calamine does not tell."""
        return self.percent | self.blank_zero | frozenset(self.changing)


def _styles(parts: Parts) -> _Styles:
    name = "xl/styles.xml"
    if name not in parts:
        return _Styles()
    key = parts.packed(name)
    found = _known_styles.get(key)
    if found is None:
        if len(_known_styles) >= 256:
            _known_styles.clear()
        found = _known_styles[key] = _styles_of(parts.read(name))
    return found


# The files of one campaign carry few different style sheets: told by their packed bytes, they need not even be unpacked.
_known_styles: dict[bytes, _Styles] = {}


def _styles_of(content: bytes) -> _Styles:
    root = parse_xml(content, "xl/styles.xml")
    formats: dict[str, str] = {}
    for element in root.iter("{*}numFmt"):
        formats.setdefault(element.get("numFmtId", ""), element.get("formatCode", ""))
    percent, blank, changing, days, uncertain = set(), set(), {}, {}, set()
    for cell_formats in root.iter("{*}cellXfs"):
        for number, element in enumerate(cell_formats.iter("{*}xf")):
            identity = element.get("numFmtId", "0")
            code = formats.get(identity) or builtin_code(int(identity) if is_number(identity) else 0)
            if is_percent(code):
                percent.add(number)
            if hides_zero(code):
                blank.add(number)
            if changes_number(code):
                changing[number] = code
            if is_day(code):
                days[number] = code
            if not (is_plain_number(code) if identity in formats else identity in _PLAIN_FORMATS):
                uncertain.add(number)
    telling = percent | blank | changing.keys() | uncertain
    return _Styles(frozenset(percent), days, frozenset(blank), changing, frozenset(b"%d" % number for number in telling))


def _listing(parts: Parts) -> dict[str, tuple[str, str]]:
    """`_sheet_list`, known by the packed bytes of the two parts it reads."""
    names = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    if any(name not in parts for name in names):
        raise plain.NotPlain
    key = (parts.packed(names[0]), parts.packed(names[1]))
    found = _known_listings.get(key)
    if found is None:
        if len(_known_listings) >= 256:
            _known_listings.clear()
        found = _known_listings[key] = _sheet_list(parts)
    return found


_known_listings: dict[tuple[bytes, bytes], dict[str, tuple[str, str]]] = {}
# General, numbers, currencies, fractions, text: the formats that need no definition and show neither a percentage nor a day.
_PLAIN_FORMATS = frozenset(str(number) for number in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 37, 38, 39, 40, 41, 42, 43, 44, 48, 49))


_BUILTIN = {9: "0%", 10: "0.00%", 22: "yyyy-mm-dd h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0"}
_BUILTIN |= dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd")
_BUILTIN |= dict.fromkeys((*range(18, 22), *range(32, 36), 55, 56), "h:mm")


def builtin_code(identity: int) -> str:
    """A number format that needs no definition, as far as it shows more than a number."""
    return _BUILTIN.get(identity, "")


def _read_plainly(parts: Parts, sheets: dict[str, bytes], strings: bytes, styles: _Styles, book: Book, limits: Limits) -> bool:
    """Fill the book by patterns where every sheet is plain; False, and nothing done, where one is not."""
    try:
        shared = plain.shared_strings(strings) if strings else []
        grids = []
        mark = None
        for name, (path, state) in _listing(parts).items():
            if path not in sheets:
                return False
            grid = plain.read_sheet(name, sheets[path], shared, styles.telling_plainly, limits.cells)
            grid.is_hidden = state != "visible"
            if name == MARK_SHEET:
                mark = mark_from_rows(grid.rows)
            else:
                grids.append(grid)
    except plain.NotPlain:
        return False
    book.grids, book.mark = grids, mark
    for content in sheets.values():
        _note_dimension(content, book, limits)
    return True


def _read_thoroughly(data: bytes, parts: Parts, sheets: dict[str, bytes], styles: _Styles, book: Book, limits: Limits) -> None:
    """Fill the book by calamine, and look at the XML where that does not tell all."""
    for name in parts.names():
        if name.startswith("xl/") and name.endswith((".xml", ".rels")):
            checked_xml(parts.read(name), name)
    pattern = _style_pattern(styles.telling)
    is_usual = all(map(_is_usual, sheets.values())) and (
        "xl/sharedStrings.xml" not in parts or not _ODD.search(parts.read("xl/sharedStrings.xml"), 60)
    )
    if not is_usual or not sheets or "xl/workbook.xml" not in parts or any(_needs_look(content, pattern) for content in sheets.values()):
        _read_with_look(data, parts, book, styles, limits, without_calamine=not is_usual)
        return
    if not _read_values(data, book, {}, limits):
        _read_with_look(data, parts, book, styles, limits, without_calamine=True)
    for content in sheets.values():
        _note_dimension(content, book, limits)


@lru_cache(maxsize=256)
def _style_pattern(styles: frozenset[int]) -> re.Pattern[bytes] | None:
    return re.compile(b' s="(?:' + b"|".join(b"%d" % number for number in sorted(styles)) + b')"') if styles else None


def _needs_look(content: bytes, style_pattern: re.Pattern[bytes] | None) -> bool:
    # The signs searched first end in a character that is rare in a sheet's XML, which makes the search ten times as fast.
    return (
        b't="e' in content
        or (b"<f" in content and _FORMULA.search(content) is not None)
        or (b"hidden" in content and _HIDDEN.search(content) is not None)
        or (b"showZeros" in content and _SHOW_ZEROS.search(content) is not None)
        or (style_pattern is not None and style_pattern.search(content) is not None)
        or _FAR.search(content) is not None
    )


def _note_dimension(content: bytes, book: Book, limits: Limits) -> None:
    declared = _DIMENSION.search(content, 0, 4000)
    if declared and int(declared[2]) * (column_number(declared[1].decode()) + 1) > limits.cells:
        book.findings.append(fault("declared_too_large", given=declared[0].decode()[16:-1]))


def _read_values(data: bytes, book: Book, skipped: dict[str, str], limits: Limits) -> bool:
    """Fill the book by calamine; return False where calamine cannot read what may still be read otherwise. `skipped` are sheets not to open."""
    grids: list[Grid] = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for about in workbook.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet or about.name in skipped:
                continue
            if about.name == MARK_SHEET:
                book.mark = mark_from_rows(workbook.get_sheet_by_name(about.name).to_python(nrows=50))
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            start = sheet.start
            if start is None:
                grids.append(Grid(name=about.name, rows=[], is_hidden=about.visible is not SheetVisibleEnum.Visible))
                continue
            if sheet.height * sheet.width > limits.cells:
                book.findings.append(
                    fault("sheet_too_large", sheet=about.name, given=f"{sheet.height} × {sheet.width}", expected=str(limits.cells), cell=_end(sheet))
                )
                continue
            merged = [(first[0], first[1], last[0], last[1]) for first, last in sheet.merged_cell_ranges or ()]
            grids.append(
                Grid(
                    name=about.name,
                    rows=[[None if value == "" else value for value in row] for row in sheet.to_python()],
                    first_row=start[0],
                    first_column=start[1],
                    merged=merged,
                    is_hidden=about.visible is not SheetVisibleEnum.Visible,
                )
            )
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - calamine's panics are no Exception
        return False
    book.grids.extend(grids)
    return True


def _end(sheet: Any) -> str:
    end = sheet.end
    return address(end[0], end[1]) if end else ""


def _read_with_look(data: bytes, parts: Parts, book: Book, styles: _Styles, limits: Limits, *, without_calamine: bool = False) -> None:
    listing = _sheet_list(parts)
    roots: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    for name, (path, _state) in listing.items():
        if path not in parts:
            book.findings.append(fault("sheet_unreadable", sheet=name, given=path))
            skipped[name] = path
            continue
        content = parts.read(path)
        if name not in OUR_SHEETS:
            _note_dimension(content, book, limits)
        try:
            root = roots[name] = parse_xml(content, path)
            if without_calamine:
                _check_order(root)
        except Refused as refused:
            if refused.finding.code == "R112":
                raise
            book.findings.append(fault("sheet_unreadable", sheet=name, given=refused.finding.given))
            skipped[name] = path
            continue
        if name not in OUR_SHEETS and (_FAR.search(content) or b"<sheetData" not in content) and not _fits_rectangle(root, name, book, limits):
            skipped[name] = path
    if without_calamine or not _read_values(data, book, skipped, limits):
        _read_by_xml(parts, listing, roots, skipped, styles, book, limits)
    trusted = _is_calculated(parts)
    looked = [grid for grid in book.grids if grid.name in roots]
    overlays = [_overlay(roots[grid.name], grid, styles, trusted) for grid in looked]
    recompute([(grid, overlay.formulas, overlay.unsure) for grid, overlay in zip(looked, overlays, strict=True)], book.grids)
    for grid, overlay in zip(looked, overlays, strict=True):
        for at, code in overlay.changing.items():
            show(grid, at, code)
        _hidden(roots[grid.name], grid)


def _check_order(root: Any) -> None:
    """Refuse a sheet with two tables of cells, two cells at one place, two values in one cell, or only some cells with addresses."""
    if sum(1 for _ in root.iter("{*}sheetData")) > 1:
        raise Refused("sheet_unreadable", given="sheetData")
    places: set[tuple[int, int]] = set()
    addressed = unaddressed = False
    for row, column, element in _cells_of(root):
        if element.get("r"):
            addressed = True
        else:
            unaddressed = True
        if (row, column) in places or sum(1 for _ in element.iterchildren("{*}v")) > 1 or (addressed and unaddressed):
            raise Refused("sheet_unreadable", given=address(row, column))
        places.add((row, column))


def _main_part(parts: Parts) -> str:
    """Name of the part that lists the sheets."""
    main = "xl/workbook.xml"
    if main not in parts and "_rels/.rels" in parts:
        for relation in parse_xml(parts.read("_rels/.rels"), "_rels/.rels"):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                main = normpath((relation.get("Target") or "").lstrip("/"))
    if main not in parts:
        raise Refused("damaged", given="xl/workbook.xml")
    return main


def _sheet_list(parts: Parts) -> dict[str, tuple[str, str]]:
    """Sheet name -> (part, state), in the workbook's order; chart and dialog sheets left out."""
    main = _main_part(parts)
    folder = dirname(main)
    relations_name = f"{folder}/_rels/{main.rpartition('/')[2]}.rels".lstrip("/")
    targets: dict[str, str] = {}
    if relations_name in parts:
        for relation in parse_xml(parts.read(relations_name), relations_name):
            if (relation.get("Type") or "").endswith("/worksheet"):
                target = relation.get("Target") or ""
                targets[relation.get("Id") or ""] = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
    listing: dict[str, tuple[str, str]] = {}
    spelt = {part.lower(): part for part in parts.names()}  # names of parts know no upper and lower case
    for sheet in parse_xml(parts.read(main), main).iter("{*}sheet"):
        identity, name = sheet.get(_RELATION) or sheet.get(_RELATION_STRICT) or "", sheet.get("name") or ""
        if identity in targets:
            if name in listing:
                raise Refused("duplicate_parts", given=name)
            listing[name] = (spelt.get(targets[identity].lower(), targets[identity]), sheet.get("state") or "visible")
    return listing


def _cells_of(root: Any) -> Iterator[tuple[int, int, Any]]:
    """(row, column, element) of every cell, also where addresses are left out. Columns and rows from 0."""
    row = -1
    for row_element in root.iter("{*}row"):
        number = row_element.get("r")
        row = int(number) - 1 if is_number(number) else row + 1
        column = -1
        for element in row_element:
            if not isinstance(element.tag, str) or etree.QName(element).localname != "c":
                continue
            match = _ADDRESS.fullmatch(element.get("r") or "")
            if match:
                column = column_number(match[1])
                yield int(match[2]) - 1, column, element
            else:
                column += 1
                yield row, column, element


def _fits_rectangle(root: Any, name: str, book: Book, limits: Limits) -> bool:
    """Whether the rectangle around all cells with a value is within the limit; calamine allocates it whole."""
    rows, columns = [], []
    for row, column, element in _cells_of(root):
        if len(element) and any(child.text or len(child) for child in element):
            rows.append(row)
            columns.append(column)
    if not rows:
        return True
    area = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
    if area <= limits.cells and max(rows) < 1_048_576 and max(columns) < 16_384:
        return True
    far = max(zip(rows, columns, strict=True))
    book.findings.append(fault("sheet_too_large", sheet=name, cell=address(*far), given=str(area), expected=str(limits.cells)))
    return False


def _read_by_xml(
    parts: Parts,
    listing: dict[str, tuple[str, str]],
    roots: dict[str, Any],
    skipped: dict[str, str],
    styles: _Styles,
    book: Book,
    limits: Limits,
) -> None:
    """The same as calamine in plain XML, for workbooks it refuses or would misread."""
    strings: list[str] = []
    main = _main_part(parts)
    is_1904 = any((about.get("date1904") or "0")[0] in "1t" for about in parse_xml(parts.read(main), main).iter("{*}workbookPr"))
    for name in parts.names():
        if name.lower().endswith("sharedstrings.xml"):
            strings = [_text_of(element) for element in parse_xml(parts.read(name), name).iter("{*}si")]
    for name, (_, state) in listing.items():
        if name not in roots or name in skipped:
            continue
        if not _fits_rectangle(roots[name], name, book, limits):
            continue
        values: dict[tuple[int, int], CellValue] = {}
        for row, column, element in _cells_of(roots[name]):
            value = _cell_value(element, strings)
            style = element.get("s")
            if isinstance(value, int | float) and not isinstance(value, bool) and is_number(style) and int(style) in styles.days:
                value = day_of(value, styles.days[int(style)], is_1904=is_1904)
            if value is not None:
                values[row, column] = value
        grid = Grid(name=name, rows=[], is_hidden=state != "visible")
        if values:
            last_row, last_column = max(row for row, _ in values), max(column for _, column in values)
            grid.first_row, grid.first_column = min(row for row, _ in values), min(column for _, column in values)
            grid.rows = [
                [values.get((row, column)) for column in range(grid.first_column, last_column + 1)] for row in range(grid.first_row, last_row + 1)
            ]
        for element in roots[name].iter("{*}mergeCell"):
            ends = [_ADDRESS.fullmatch(end) for end in (element.get("ref") or "").split(":")]
            if len(ends) == 2 and ends[0] and ends[1]:
                grid.merged.append((int(ends[0][2]) - 1, column_number(ends[0][1]), int(ends[1][2]) - 1, column_number(ends[1][1])))
        if name == MARK_SHEET:
            book.mark = mark_from_rows(grid.rows)
        else:
            book.grids.append(grid)


def _text_of(element: Any) -> str:
    text = "".join(node.text or "" for node in element.iter("{*}t") if etree.QName(node.getparent()).localname != "rPh")
    return _unescaped(text)


def _unescaped(text: str) -> str:
    """Text with its escapes (_x000D_) resolved; half a character is a question mark."""
    return plain.ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).encode("utf-8", "replace").decode() if "_x" in text else text


def _cell_value(element: Any, strings: list[str]) -> CellValue:
    kind = element.get("t") or "n"
    if kind == "inlineStr":
        return _text_of(element) or None
    found = element.find("{*}v")
    text: str | None = found.text if found is not None else None
    if not text:
        return None
    if kind == "s":
        if not is_number(text.strip()) or int(text) >= len(strings):
            raise Refused("damaged", given="sharedStrings")
        return strings[int(text)] or None
    if kind == "b":
        return text.strip() in ("1", "true")
    if kind == "n" and _NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number if isfinite(number) else text
    return _unescaped(text)


def day_of(number: int | float, code: str, *, is_1904: bool = False) -> CellValue:
    """The day, time or span that a serial number stands for under a number format; the number itself where there is none."""
    try:
        if "[h" in code.lower() or "[m" in code.lower() or "[s" in code.lower():
            return timedelta(days=number)
        moment = (_FIRST_DAY_1904 if is_1904 else _FIRST_DAY) + timedelta(days=number if is_1904 or number >= 60 else number + 1)
    except OverflowError:
        return number
    if number < 0:
        return number
    if number < 1 and not is_1904:
        return time(moment.hour, moment.minute, moment.second)
    moment += timedelta(microseconds=500)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return date(moment.year, moment.month, moment.day) if float(number).is_integer() else moment


def _is_calculated(parts: Parts) -> bool:
    """Whether the program that wrote the file computes formulas, so that a cached 0 is a result."""
    if "xl/calcChain.xml" in parts:
        return True
    if "xl/workbook.xml" in parts and b'fullCalcOnLoad="1"' in parts.read("xl/workbook.xml"):
        return False
    about = parts.read("docProps/app.xml") if "docProps/app.xml" in parts else b""
    return b"LibreOffice" in about or b"OpenOffice" in about or b"WPS" in about or "表格".encode() in about


class _Overlay(NamedTuple):
    """What is put on a grid only when all sheets are known: formulas without a result (`unsure`: a doubtful one), formats that change numbers."""

    formulas: Formulas
    unsure: set[tuple[int, int]]
    changing: dict[tuple[int, int], str]


def _overlay(root: Any, grid: Grid, styles: _Styles, trusted: bool) -> _Overlay:
    """Put on the grid what calamine does not tell."""
    formulas: Formulas = {}
    masters: dict[str, tuple[str, int, int]] = {}
    zeros_hidden = any((view.get("showZeros") or "1")[0] in "0f" for view in root.iter("{*}sheetView"))
    unsure: set[tuple[int, int]] = set()
    errors: dict[tuple[int, int], str] = {}
    changing: dict[tuple[int, int], str] = {}
    for row, column, element in _cells_of(root):
        at = (row, column)
        style = element.get("s")
        kind = element.get("t")
        formula = cached = None
        for child in element:
            local = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if local == "f":
                formula = child
            elif local == "v":
                cached = child.text
        if kind == "e":
            errors[at] = cached or "#VALUE!"
        if is_number(style):
            number = int(style)
            if number in styles.percent and isinstance(value_at(grid, at), int | float):
                grid.percent.add(at)
            if number in styles.blank_zero and _is_zero(value_at(grid, at)) and kind != "e":
                grid.doubts[at] = "shown_blank"
            if number in styles.changing:
                changing[at] = styles.changing[number]
        if zeros_hidden and _is_zero(value_at(grid, at)):
            grid.doubts[at] = "shown_blank"
        if formula is None:
            continue
        text, moved = formula.text or "", (0, 0)
        if formula.get("t") == "shared":
            group = formula.get("si") or ""
            if text:
                masters[group] = (text, row, column)
            elif group in masters:
                text, master_row, master_column = masters[group]
                moved = (row - master_row, column - master_column)
        has_none = not cached and kind not in ("str", "e")
        if has_none or (not trusted and (cached in ("0", "0.0") or not cached) and kind != "e"):
            formulas[at] = (text, moved)
            if not has_none:
                unsure.add(at)
    for at, error in errors.items():
        put(grid, at, error)
        grid.doubts[at] = "error_value"
    return _Overlay(formulas, unsure, changing)


def show(grid: Grid, at: tuple[int, int], code: str) -> None:
    """Put what a cell shows in place of its number where its format shows another one."""
    value = value_at(grid, at)
    if isinstance(value, int | float) and not isinstance(value, bool) and (text := shown(code, value)) is not None:
        put(grid, at, text)


def recompute(asked: Sequence[tuple[Grid, Formulas, set[tuple[int, int]]]], grids: Sequence[Grid]) -> None:
    """Give cells whose formula has no result (or, in the set, perhaps a wrong 0) the result of simple formulas, or mark that they have none.

    `grids` are all sheets of the workbook, which formulas may ask for.
    """
    if not any(formulas for _, formulas, _ in asked):
        return
    of_grid = {id(grid): formulas for grid, formulas, _ in asked}
    sheets: dict[str, Sheet] = {}
    for grid in grids:
        sheets[grid.name.lower()] = Sheet(partial(value_at, grid), of_grid.get(id(grid), {}), sheets)
    results = [(grid, _results(sheets[grid.name.lower()], formulas), unsure) for grid, formulas, unsure in asked]
    for grid, found, unsure in results:
        _put_results(grid, found, unsure)


def _results(sheet: Sheet, formulas: Formulas) -> dict[tuple[int, int], tuple[CellValue, Doubt]]:
    results: dict[tuple[int, int], tuple[CellValue, Doubt]] = {}
    for at in formulas:
        try:
            results[at] = (sheet.value(at), "recomputed")
        except ErrorValue as error:
            results[at] = (str(error), "error_value")
        except (Unknown, RecursionError, OverflowError):
            results[at] = (None, "formula_without_value")
    return results


def _put_results(grid: Grid, results: dict[tuple[int, int], tuple[CellValue, Doubt]], unsure: set[tuple[int, int]]) -> None:
    for at, (value, doubt) in results.items():
        stored = value_at(grid, at)
        if at in unsure and doubt == "recomputed" and (value == stored or (value == "" and stored is None)):
            continue  # the stored result was right
        put(grid, at, None if value == "" else value)
        grid.doubts[at] = doubt


def value_at(grid: Grid, at: tuple[int, int]) -> CellValue:
    """Return what stands at a sheet position, None outside the grid."""
    row, column = at[0] - grid.first_row, at[1] - grid.first_column
    if 0 <= row < len(grid.rows) and 0 <= column < len(grid.rows[row]):
        return grid.rows[row][column]
    return None


def put(grid: Grid, at: tuple[int, int], value: CellValue) -> None:
    """Set a cell by sheet position, growing the grid where it must; a None outside it changes nothing."""
    if not grid.rows:
        if value is None:
            return
        grid.first_row, grid.first_column, grid.rows = at[0], at[1], [[]]
    if value is None and value_at(grid, at) is None:
        return
    while at[0] < grid.first_row:
        grid.rows.insert(0, [])
        grid.first_row -= 1
    while at[1] < grid.first_column:
        for cells in grid.rows:
            cells.insert(0, None)
        grid.first_column -= 1
    row, column = at[0] - grid.first_row, at[1] - grid.first_column
    while row >= len(grid.rows):
        grid.rows.append([])
    cells = grid.rows[row]
    while column >= len(cells):
        cells.append(None)
    cells[column] = value


def _is_zero(value: CellValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0


def _hidden(root: Any, grid: Grid) -> None:
    row_number = 0
    for row in root.iter("{*}row"):
        number = row.get("r")
        row_number = int(number) if is_number(number) else row_number + 1
        if (row.get("hidden") or "0")[0] in "1t":
            grid.hidden_rows.add(row_number - 1)
    width = max((len(row) for row in grid.rows), default=0)
    for column in root.iter("{*}col"):
        first, last = column.get("min") or "", column.get("max") or ""
        if (column.get("hidden") or "0")[0] in "1t" and is_number(first) and is_number(last):
            grid.hidden_columns.update(range(int(first) - 1, min(int(last), grid.first_column + width)))


def mark_in_properties(parts: Parts) -> Mark | None:
    """Return the mark that stands in the document's own properties."""
    root = parse_xml(parts.read("docProps/custom.xml"), "docProps/custom.xml")
    return mark_from_properties({element.get("name") or "": "".join(element.itertext()) for element in root})
