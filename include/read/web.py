"""Web pages saved as .xls (HTML tables), single-file web archives (MHTML), and Excel's XML of 2003."""

import email
import email.policy
import re
from typing import Any

from lxml import etree, html

from include.read.delimited import decode
from include.read.faults import Refused, fault
from include.read.grid import Book, CellValue, Grid
from include.read.marks import MARK_SHEET
from include.read.xlsx import Formulas, check_cells, is_number, parse_xml, recompute
from include.settings import Limits

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SHEET_NAME = re.compile(r"<x:Name>([^<]*)</x:Name>", re.IGNORECASE)
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_R1C1 = re.compile(r"(?<![A-Za-z0-9_.])R(\d+|\[-?\d+\])?C(\d+|\[-?\d+\])?(?![A-Za-z0-9_.(])")


def read_html(data: bytes, limits: Limits) -> Book:
    """Return the page's tables as grids, named as Excel named their sheets, else "table 1", "table 2", ... Raises `Refused`."""
    book = Book(kind="html")
    text, whole = _page(data)
    if not whole:
        book.findings.append(fault("undecodable_text"))
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root: Any = html.document_fromstring(re.sub(r"\A\s*<\?xml[^>]*>", "", text).replace("\0", ""), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Refused("damaged", given=str(error)) from None
    names = _SHEET_NAME.findall(text)
    tables = [table for table in root.iter("table") if not _is_within_table(table)]
    for number, table in enumerate(tables, 1):
        name = names[number - 1].strip() if len(names) == len(tables) else f"table {number}"
        grid, inner = _read_table(table, name, limits)
        if name != MARK_SHEET:
            book.grids.append(grid)
        for index, nested in enumerate(inner, 1):
            book.grids.append(_read_table(nested, f"{name}.{index}", limits)[0])
    for element in root.xpath("//table | //script | //style"):
        element.drop_tree()
    book.text = re.sub(r"\s*\n\s*", "\n", root.text_content()).strip()
    check_cells(book, limits)
    return book


def read_mhtml(data: bytes, limits: Limits) -> Book:
    """Return the tables of all pages within a single-file web archive."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    book = Book(kind="mhtml")
    for part in message.walk():
        if part.get_content_type() != "text/html":
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and b"<t" in content.lower():
            page = read_html(content, limits)
            for grid in page.grids:
                if any(grid.name == other.name for other in book.grids):
                    grid.name = f"{grid.name} ({len(book.grids) + 1})"
                book.grids.append(grid)
            book.findings.extend(page.findings)
            book.text += page.text
    return book


def _page(data: bytes) -> tuple[str, bool]:
    declared = _CHARSET.search(data[:4000])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = declared[1].decode("ascii", "replace").lower()
        name = "gb18030" if name in ("gb2312", "gbk", "x-gbk") else name
        try:
            return data.decode(name), True
        except (UnicodeDecodeError, LookupError):
            pass  # the page lies about itself
    return decode(data)


def _is_within_table(table: Any) -> bool:
    return any(ancestor.tag == "table" for ancestor in table.iterancestors())


def _read_table(table: Any, name: str, limits: Limits) -> tuple[Grid, list[Any]]:
    grid = Grid(name=name, rows=[])
    nested: list[Any] = []
    taken: dict[tuple[int, int], bool] = {}
    cells = 0
    number = -1
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is not table:
            continue
        number += 1
        line: list[CellValue] = []
        if _is_hidden(row):
            grid.hidden_rows.add(number)
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while taken.pop((number, len(line)), False):
                line.append(None)
            column = len(line)
            down, across = _span(cell, "rowspan", 65_536), _span(cell, "colspan", 1_000)
            nested.extend(inner for inner in cell.iter("table") if next(inner.iterancestors("table"), None) is table)
            text = _text(cell)
            line.extend([text or None, *[None] * (across - 1)])
            if down > 1 or across > 1:
                grid.merged.append((number, column, number + down - 1, column + across - 1))
            cells += across * down
            if cells > limits.cells:
                raise Refused("sheet_too_large", sheet=name, given=str(cells), expected=str(limits.cells))
            for below in range(number + 1, number + down):
                for right in range(column, column + across):
                    taken[below, right] = True
        while taken.pop((number, len(line)), False):
            line.append(None)
        grid.rows.append(line)
    return grid, nested


def _is_hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or element.get("hidden") is not None


def _span(cell: Any, name: str, most: int) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, min(int(text), most)) if is_number(text) else 1


def _text(cell: Any) -> str:
    found: list[str] = []

    def walk(element: Any) -> None:
        if element.tag == "table" or element.tag in ("script", "style") or _is_hidden(element):
            return
        found.append(re.sub(r"[ \t\r\n]+", " ", element.text or ""))
        for child in element:
            if child.tag in ("br", "p", "div") and "".join(found).strip():
                found.append("\n")
            if isinstance(child.tag, str):
                walk(child)
            found.append(re.sub(r"[ \t\r\n]+", " ", child.tail or ""))

    walk(cell)
    return re.sub(r" *\n *", "\n", "".join(found)).replace("\xa0", " ").strip()


def read_xml(data: bytes, limits: Limits) -> Book:
    """Return Excel's XML of 2003 (SpreadsheetML) as grids. Raises `Refused`."""
    text, whole = decode(data)
    root = parse_xml(re.sub(r"\A\s*<\?xml[^>]*>", "", text.lstrip("\ufeff")).encode(), "workbook")
    book = Book(kind="xml")
    if not whole:
        book.findings.append(fault("undecodable_text"))
    asked: list[tuple[Grid, Formulas, set[tuple[int, int]]]] = []
    for sheet in root.iter(f"{_SS}Worksheet"):
        grid = Grid(
            name=sheet.get(f"{_SS}Name") or "",
            rows=[],
            is_hidden=_is_sheet_hidden(sheet),
        )
        formulas: Formulas = {}
        cells, row_number = 0, -1
        for row in sheet.iter(f"{_SS}Row"):
            row_number = _index(row, row_number + 1)
            if row_number > 1_048_576 or cells + row_number > limits.cells:
                raise Refused("sheet_too_large", sheet=grid.name, given=str(row_number), expected=str(limits.cells))
            grid.rows.extend([] for _ in range(row_number - len(grid.rows)))
            if row.get(f"{_SS}Hidden") == "1":
                grid.hidden_rows.add(row_number)
            line: list[CellValue] = []
            for cell in row.iter(f"{_SS}Cell"):
                column = _index(cell, len(line))
                if column > 16_384:
                    raise Refused("sheet_too_large", sheet=grid.name, given=str(column), expected="16384")
                line.extend([None] * (column - len(line)))
                value, is_error = _xml_value(cell)
                line.append(value)
                at = (row_number, column)
                if is_error:
                    grid.doubts[at] = "error_value"
                formula = cell.get(f"{_SS}Formula")
                if formula and cell.find(f"{_SS}Data") is None:
                    formulas[at] = (_to_a1(formula, at), (0, 0))
                across, down = (cell.get(f"{_SS}{side}") or "0" for side in ("MergeAcross", "MergeDown"))
                if is_number(across) and is_number(down) and (int(across) or int(down)):
                    grid.merged.append((row_number, column, row_number + int(down), column + int(across)))
                    line.extend([None] * min(int(across), 16_384))
            cells += len(line)
            if cells > limits.cells:
                raise Refused("sheet_too_large", sheet=grid.name, given=str(cells), expected=str(limits.cells))
            del grid.rows[row_number:]
            grid.rows.append(line)
        asked.append((grid, formulas, set()))
        if grid.name != MARK_SHEET:
            book.grids.append(grid)
    recompute(asked, [grid for grid, _, _ in asked])
    check_cells(book, limits)
    return book


def _is_sheet_hidden(sheet: Any) -> bool:
    return any(element.text in ("SheetHidden", "SheetVeryHidden") for element in sheet.iter("{*}Visible"))


def _index(element: Any, expected: int) -> int:
    text = element.get(f"{_SS}Index") or ""
    return int(text) - 1 if is_number(text) and int(text) > 0 else expected


def _xml_value(cell: Any) -> tuple[CellValue, bool]:
    data = cell.find(f"{_SS}Data")
    if data is None:
        return None, False
    text = "".join(data.itertext())
    kind = data.get(f"{_SS}Type")
    if kind == "Number":
        try:
            number = float(text)
        except ValueError:
            return text or None, False
        return (int(number) if number.is_integer() and abs(number) < 1e15 else number), False
    if kind == "Boolean":
        return text == "1", False
    return text or None, kind == "Error"


def _to_a1(formula: str, at: tuple[int, int]) -> str:
    from include.read.grid import address

    def moved(text: str | None, here: int) -> int:
        if not text:
            return here
        return here + int(text[1:-1]) if text.startswith("[") else int(text) - 1

    def replaced(match: re.Match[str]) -> str:
        row, column = moved(match[1], at[0]), moved(match[2], at[1])
        return address(row, column) if row >= 0 and column >= 0 else "#REF!"

    return _R1C1.sub(replaced, formula)
