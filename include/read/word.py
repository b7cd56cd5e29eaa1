"""Tables of Word documents (.docx), from their XML: sheet "table 1", "table 2", ... in their order; a table within a cell is "table 2.1".

What was struck out in tracked changes is left out, what was put in is read; text boxes and comments are ignored.
"""

from posixpath import normpath
from typing import Any

from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.grid import Book, CellValue, Grid, Looks
from include.read.xlsx import check_cells, checked_xml, is_number, mark_in_properties, parse_xml
from include.settings import Limits

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_SKIPPED = frozenset(
    f"{_W}{name}" for name in ("del", "moveFrom", "txbxContent", "pict", "object", "drawing", "instrText", "delText", "footnoteReference", "tbl")
) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent",
}
_CHECKED = "\uf052\uf0fe\u2611\u2612"


def read_docx(data: bytes, limits: Limits) -> Book:
    """Return the document's tables as grids and its paragraphs as text. Raises `Refused`."""
    parts = Parts(data, limits)
    book = Book(kind="docx")
    for name in parts.names():
        if name.endswith((".xml", ".rels")):
            checked_xml(parts.read(name), name)
        elif name.endswith("vbaProject.bin"):
            book.findings.append(fault("macros", given=name))
        elif name.startswith("word/embeddings/") and not any(found.code == "R122" for found in book.findings):
            book.findings.append(fault("embedded_objects", given=name))
    body = _body(parts)
    _read_body(body, "table ", book, limits)
    book.text = "\n".join(text for paragraph in body.iterchildren() for text in _paragraphs(paragraph) if text.strip())
    if "docProps/custom.xml" in parts:
        book.mark = mark_in_properties(parts)
    check_cells(book, limits)
    return book


def _body(parts: Parts) -> Any:
    """The body of the main part, which the package's relations name; a strict document's elements under their usual names."""
    name = "word/document.xml"
    if "_rels/.rels" in parts:
        for relation in parse_xml(parts.read("_rels/.rels"), "_rels/.rels"):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                name = normpath((relation.get("Target") or name).lstrip("/"))
    if name not in parts:
        raise Refused("damaged", given=name)
    body = parse_xml(checked_xml(parts.read(name), name).replace(_STRICT, _W[1:-1].encode()), name).find(f"{_W}body")
    if body is None:
        raise Refused("damaged", given=name)
    return body


def _read_body(body: Any, prefix: str, book: Book, limits: Limits) -> None:
    for number, table in enumerate(_tables(body), 1):
        name = f"{prefix}{number}"
        grid, nested = _read_table(table, name, limits)
        book.grids.append(grid)
        for index, inner in enumerate(nested, 1):
            inner_grid, _ = _read_table(inner, f"{name}.{index}", limits)
            book.grids.append(inner_grid)


def _tables(element: Any) -> Any:
    """Tables below the element, also within content controls and tracked insertions, but not within another table or a text box."""
    for child in element:
        if child.tag == f"{_W}tbl":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}moveTo"):
            yield from _tables(child)


def _children(element: Any, wanted: str) -> Any:
    for child in element:
        if child.tag == wanted:
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}moveTo"):
            yield from _children(child, wanted)


def _read_table(table: Any, name: str, limits: Limits) -> tuple[Grid, list[Any]]:
    grid = Grid(name=name, rows=[])
    nested: list[Any] = []
    open_spans: dict[int, tuple[int, int, int]] = {}  # column -> (first row, last row, last column) of a vertical span still growing
    cells = 0
    for row in _children(table, f"{_W}tr"):
        properties = row.find(f"{_W}trPr")
        if properties is not None and properties.find(f"{_W}del") is not None:
            continue
        number = len(grid.rows)
        line: list[CellValue] = [None] * _skipped(properties, "gridBefore")
        continued: set[int] = set()
        for cell in _children(row, f"{_W}tc"):
            about = cell.find(f"{_W}tcPr")
            column, width = len(line), _skipped(about, "gridSpan") or 1
            span = about.find(f"{_W}vMerge") if about is not None else None
            text = _cell_text(cell)
            nested.extend(inner for inner in cell.iter(f"{_W}tbl") if _owner(inner) is cell)
            if span is not None and span.get(f"{_W}val") != "restart" and column in open_spans:
                first, _, last_column = open_spans[column]
                open_spans[column] = (first, number, last_column)
                continued.add(column)
                text = ""  # Word hides what stands in a cell that continues a span
            else:
                if span is not None:
                    _close(open_spans, column, grid)
                    open_spans[column] = (number, number, column + width - 1)
                    continued.add(column)
                elif width > 1:
                    grid.merged.append((number, column, number, column + width - 1))
            line.extend([text or None, *[None] * (width - 1)])
            cells += width
            if cells > limits.cells or width > 1000:
                raise Refused("sheet_too_large", sheet=name, given=str(cells), expected=str(limits.cells))
        for column in [column for column in open_spans if column not in continued]:
            _close(open_spans, column, grid)
        if properties is not None and properties.find(f"{_W}hidden") is not None:
            grid.hidden_rows.add(number)
        grid.rows.append(line)
    for column in list(open_spans):
        _close(open_spans, column, grid)
    return grid, nested


def _owner(table: Any) -> Any:
    parent = table.getparent()
    while parent is not None and parent.tag != f"{_W}tc":
        parent = parent.getparent()
    return parent


def _close(open_spans: dict[int, tuple[int, int, int]], column: int, grid: Grid) -> None:
    span = open_spans.pop(column, None)
    if span is not None and (span[1] > span[0] or span[2] > column):
        grid.merged.append((span[0], column, span[1], span[2]))


def _skipped(properties: Any, name: str) -> int:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    value = found.get(f"{_W}val") if found is not None else None
    return min(int(value), 1001) if is_number(value) else 0


def _cell_text(cell: Any) -> str:
    return "\n".join(text for child in cell.iterchildren() for text in _paragraphs(child)).strip()


def _paragraphs(element: Any) -> list[str]:
    """The text of a paragraph, or of the paragraphs within a content control or an insertion."""
    if element.tag == f"{_W}p":
        return [_inline(element)]
    if element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}moveTo"):
        return [text for child in element for text in _paragraphs(child)]
    return []


def _inline(element: Any) -> str:
    found: list[str] = []
    for child in element:
        tag = child.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            continue
        if tag == f"{_W}t":
            found.append(child.text or "")
        elif tag == f"{_W}tab":
            found.append("\t" if element.tag == f"{_W}r" else "")
        elif tag in (f"{_W}br", f"{_W}cr"):
            found.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            found.append("-")
        elif tag == f"{_W}sym":
            code = child.get(f"{_W}char") or ""
            sign = chr(int(code, 16)) if code and len(code) <= 4 and all(digit in "0123456789abcdefABCDEF" for digit in code) else ""
            found.append("☑" if sign in _CHECKED else sign)
        elif tag == f"{_W}r" and _is_vanished(child):
            continue
        else:
            found.append(_inline(child))
    return "".join(found)


def _is_vanished(run: Any) -> bool:
    properties = run.find(f"{_W}rPr")
    vanish = properties.find(f"{_W}vanish") if properties is not None else None
    return vanish is not None and vanish.get(f"{_W}val") not in ("0", "false")


def looks_of_docx(data: bytes, limits: Limits) -> dict[str, Looks]:
    """How the tables look, by the names they go by here."""
    found: dict[str, Looks] = {}
    for number, table in enumerate(_tables(_body(Parts(data, limits))), 1):
        looks = found[f"table {number}"] = Looks()
        for column, one in enumerate(table.iterfind(f"{_W}tblGrid/{_W}gridCol")):
            width = one.get(f"{_W}w")
            if is_number(width) and column < 1024:
                # Twentieths of a point; a character is about five and a half points wide.
                looks.widths[column] = round(int(width) / 20 / 5.5, 1)
    return found
