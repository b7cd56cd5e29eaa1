"""Writers: a page as .xlsx, .xls, .ods, .csv or .docx, the same bytes each time.

Office libraries stamp archives and properties with the clock; every archive is packed again with one fixed moment, so that a seed gives the same
inbox on every machine and day.
"""

import csv
import io
import re
import struct
import zipfile
from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from include.sample.page import Cell, Page, Sheet, is_paragraph

_STAMP = (2021, 6, 1, 8, 0, 0)
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def repack(data: bytes, *, replace: Mapping[str, bytes] | None = None) -> bytes:
    """Pack an archive again with fixed moments, the members in their order; `replace` gives other bytes for some members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            member = (replace or {}).get(info.filename, old.read(info))
            if info.filename == "docProps/core.xml":
                member = _CLOCK.sub(rb"\g<1>2021-06-01T00:00:00Z\g<2>", member)
            fresh = zipfile.ZipInfo(info.filename, _STAMP)
            fresh.compress_type = zipfile.ZIP_STORED if info.filename == "mimetype" else zipfile.ZIP_DEFLATED
            fresh.external_attr = 0o600 << 16
            new.writestr(fresh, member)
    return out.getvalue()


def xlsx(page: Page) -> bytes:
    """Write with openpyxl: formulas stay without cached values, as it does not calculate."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    line = Side(style="thin")
    thin = Border(left=line, right=line, top=line, bottom=line)
    book = Workbook()
    assert book.active is not None
    model = book.active
    looks: dict[str, Any] = {}
    for number, (look, font, centred, is_lined) in enumerate(
        (
            ("title", Font(bold=True, size=16), True, False),
            ("head", Font(bold=True), True, True),
            ("label", None, False, True),
            ("unit", None, True, True),
            ("body", None, False, True),
        ),
        start=1,
    ):
        sample: Any = model.cell(number, 1)
        sample.alignment = Alignment(horizontal="center" if centred else None, vertical="center", wrap_text=True)
        if font is not None:
            sample.font = font
        if is_lined:
            sample.border = thin
        looks[look] = copy(sample._style)
    book.remove(model)
    for sheet in page.sheets:
        written = book.create_sheet(sheet.name)
        for r, c, cell in _placed(sheet):
            target: Any = written.cell(r + 1, c + 1)
            if cell.formula:
                target.value = cell.formula
            elif cell.shown is not None:
                target.value = cell.shown
                if isinstance(cell.shown, str) and cell.shown.startswith("="):
                    target.data_type = "s"
            if cell.look in looks:
                target._style = copy(looks[cell.look])
            if cell.format:
                target.number_format = cell.format
            if cell.rows > 1 or cell.columns > 1:
                written.merge_cells(start_row=r + 1, start_column=c + 1, end_row=r + cell.rows, end_column=c + cell.columns)
        for row in sheet.hidden_rows:
            written.row_dimensions[sheet.first_row + row + 1].hidden = True
        for column in sheet.hidden_columns:
            written.column_dimensions[get_column_letter(sheet.first_column + column + 1)].hidden = True
        for column in range(sheet.width):
            written.column_dimensions[get_column_letter(sheet.first_column + column + 1)].width = 46 if column == _widest(sheet) else 13
        written.sheet_state = "hidden" if sheet.is_hidden else "visible"
    book.active = next(i for i, sheet in enumerate(page.sheets) if not sheet.is_hidden)
    out = io.BytesIO()
    book.save(out)
    return repack(out.getvalue())


def xlsm(page: Page) -> bytes:
    """Write as a macro-enabled workbook that holds no macro, as WPS does when asked for .xlsm."""
    data = xlsx(page)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return repack(data, replace={"[Content_Types].xml": types.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")})


def xls(page: Page) -> bytes:
    """Write the old binary workbook with xlwt."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    styles = {cell.format: xlwt.XFStyle() for _, _, _, cell in page.cells()}
    for code, style in styles.items():
        style.num_format_str = code or "General"
    for sheet in page.sheets:
        written = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for r, c, cell in _placed(sheet):
            style = styles[cell.format]
            value = xlwt.Formula(cell.formula.removeprefix("=")) if cell.formula else ("" if cell.shown is None else cell.shown)
            if cell.rows > 1 or cell.columns > 1:
                written.write_merge(r, r + cell.rows - 1, c, c + cell.columns - 1, value, style)
            elif value != "":
                written.write(r, c, value, style)
        for row in sheet.hidden_rows:
            written.row(sheet.first_row + row).hidden = True
        for column in sheet.hidden_columns:
            written.col(sheet.first_column + column).hidden = True
        if sheet.is_hidden:
            written.visibility = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(page: Page) -> bytes:
    """Write OpenDocument with odfpy; formulas keep no value."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style, TableColumnProperties, TableProperties
    from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
    from odf.text import LineBreak, P

    book = OpenDocumentSpreadsheet()
    hidden = Style(name="hidden", family="table")
    hidden.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    wide = Style(name="wide", family="table-column")
    wide.addElement(TableColumnProperties(columnwidth="6cm"))
    book.automaticstyles.addElement(wide)
    for sheet in page.sheets:
        table = Table(name=sheet.name, **({"stylename": hidden} if sheet.is_hidden else {}))
        for column in range(sheet.first_column + sheet.width):
            shut = {"visibility": "collapse"} if column - sheet.first_column in sheet.hidden_columns else {}
            table.addElement(TableColumn(stylename=wide, **shut))
        covered = {
            (r + down, c + right)
            for r, c, cell in _placed(sheet)
            for down in range(cell.rows)
            for right in range(cell.columns)
            if (down, right) != (0, 0)
        }
        placed = {(r, c): cell for r, c, cell in _placed(sheet)}
        for r in range(sheet.first_row + len(sheet.rows)):
            line = TableRow(**({"visibility": "collapse"} if r - sheet.first_row in sheet.hidden_rows else {}))
            for c in range(sheet.first_column + sheet.width):
                if (r, c) in covered:
                    line.addElement(CoveredTableCell())
                    continue
                cell = placed.get((r, c), Cell())
                marks: dict[str, object] = {}
                if cell.rows > 1 or cell.columns > 1:
                    marks |= {"numberrowsspanned": cell.rows, "numbercolumnsspanned": cell.columns}
                if cell.formula:
                    marks["formula"] = "of:" + re.sub(r"\b([A-Z]{1,2}[0-9]+)\b", r"[.\1]", cell.formula)
                elif isinstance(cell.shown, (int, float)):
                    marks |= {"valuetype": "percentage" if "%" in cell.format else "float", "value": cell.shown}
                elif cell.shown is not None:
                    marks["valuetype"] = "string"
                target = TableCell(**marks)
                if cell.shown is not None and not cell.formula:
                    paragraph = P()
                    for i, part in enumerate(str(cell.shown).split("\n")):
                        if i:
                            paragraph.addElement(LineBreak())
                        paragraph.addText(part)
                    target.addElement(paragraph)
                line.addElement(target)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    data = out.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: _own_namespaces(archive.read(name)) for name in archive.namelist() if name.endswith(".xml") and "/" not in name}
    return repack(data, replace=parts)


def _own_namespaces(part: bytes) -> bytes:
    """Leave only the namespaces a part uses, in order: odfpy declares whatever any document of the process has used before."""
    declared = sorted(set(re.findall(rb' xmlns:([a-z0-9]+)="[^"]*"', part)))
    texts = {prefix: match.group() for prefix in declared if (match := re.search(rb" xmlns:%s=\"[^\"]*\"" % prefix, part))}
    bare = re.sub(rb' xmlns:[a-z0-9]+="[^"]*"', b"", part)
    used = b"".join(text for prefix, text in texts.items() if prefix + b":" in bare)
    return re.sub(rb"(<[a-z]+:[a-z-]+)", lambda match: match.group() + used, bare, count=1)


def gbk_csv(page: Page) -> bytes:
    """Write the main sheet as CSV in GBK, as Excel in China does."""
    return _csv(page).encode("gbk", errors="replace")


def utf8_csv(page: Page) -> bytes:
    """Write the main sheet as CSV in UTF-8 with a mark."""
    return _csv(page).encode("utf-8-sig")


def _csv(page: Page) -> str:
    sheet = page.main()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for _ in range(sheet.first_row):
        writer.writerow([""] * max(1, sheet.width))
    for row in sheet.rows:
        writer.writerow([""] * sheet.first_column + ["" if cell.shown is None else cell.shown for cell in row])
    return out.getvalue()


def docx(page: Page) -> bytes:
    """Write a Word file: rows that span the whole width become paragraphs, the rest one table a sheet, as the notices' own blanks were."""
    from docx import Document
    from docx.table import Table as WordTable

    book = Document()
    for sheet in page.sheets:
        table: WordTable | None = None
        merges: list[tuple[int, int, int, int]] = []
        start = 0
        for r, row in enumerate(sheet.rows):
            if is_paragraph(sheet, r):
                if table is not None:
                    _merge(table, merges)
                    table, merges = None, []
                book.add_paragraph("　　".join(str(cell.shown) for cell in row if cell.shown is not None))
                continue
            if table is None:
                table, start = book.add_table(rows=0, cols=sheet.width, style="Table Grid"), r
            cells = table.add_row().cells
            for c, cell in enumerate(row):
                if cell.shown is not None:
                    cells[c].text = str(cell.shown)
                if cell.rows > 1 or cell.columns > 1:
                    merges.append((r - start, c, r - start + cell.rows - 1, c + cell.columns - 1))
        if table is not None:
            _merge(table, merges)
    out = io.BytesIO()
    book.save(out)
    return repack(out.getvalue())


def document(paragraphs: list[str]) -> bytes:
    """Write a Word document of running text, the first line its title."""
    heading = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'
    body = "".join(f"<w:p>{'' if number else heading}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for number, text in enumerate(paragraphs))
    shell, page = _empty_document()
    return repack(shell, replace={"word/document.xml": page.replace("<w:body>", f"<w:body>{body}", 1).encode()})


@cache
def _empty_document() -> tuple[bytes, str]:
    """An empty Word file of python-docx and the text of its body part; writing one for every report would cost most of the time."""
    from docx import Document

    out = io.BytesIO()
    Document().save(out)
    with zipfile.ZipFile(out) as archive:
        return out.getvalue(), archive.read("word/document.xml").decode()


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Write an OLE container holding these streams: what a password-protected workbook looks like from outside.

    Streams are padded to 4,096 bytes, below which the format wants a second allocation table.
    """
    sector = 512
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    bodies = {name: streams[name].ljust(4096, b"\0") for name in names}
    bodies = {name: body.ljust(-(-len(body) // sector) * sector, b"\0") for name, body in bodies.items()}
    chain: list[int] = []
    starts: dict[str, int] = {}
    for name in names:
        count = len(bodies[name]) // sector
        starts[name] = len(chain)
        chain += [len(chain) + i + 1 for i in range(count - 1)] + [0xFFFFFFFE]
    directory_start = len(chain)
    directory_sectors = -(-(len(names) + 1) // 4)
    chain += [directory_start + i + 1 for i in range(directory_sectors - 1)] + [0xFFFFFFFE]
    table_start = len(chain)
    chain.append(0xFFFFFFFD)
    if len(chain) > sector // 4:
        raise ValueError("streams too large for one allocation sector")

    def entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        return struct.pack("<64sHBBIII16sIQQIQ", raw, len(raw) if name else 0, kind, 1, 0xFFFFFFFF, right, child, b"", 0, 0, 0, start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0)
    for i, name in enumerate(names, start=1):
        directory += entry(name, 2, 0xFFFFFFFF, i + 1 if i < len(names) else 0xFFFFFFFF, starts[name], len(bodies[name]))
    directory = directory.ljust(directory_sectors * sector, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6sIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, directory_start, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", table_start, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    return header + b"".join(bodies[name] for name in names) + directory + table


def _placed(sheet: Sheet) -> list[tuple[int, int, Cell]]:
    return [
        (sheet.first_row + r, sheet.first_column + c, cell)
        for r, row in enumerate(sheet.rows)
        for c, cell in enumerate(row)
        if cell.shown is not None or cell.formula or cell.look or cell.rows > 1 or cell.columns > 1
    ]


def _widest(sheet: Sheet) -> int:
    """The column with the longest texts."""
    lengths = [0] * max(1, sheet.width)
    for row in sheet.rows:
        for c, cell in enumerate(row):
            if cell.columns == 1 and isinstance(cell.shown, str):
                lengths[c] += len(cell.shown)
    return lengths.index(max(lengths))


def _merge(table: object, merges: list[tuple[int, int, int, int]]) -> None:
    from docx.table import Table as WordTable

    assert isinstance(table, WordTable)
    for top, left, bottom, right in merges:
        text = table.cell(top, left).text
        merged = table.cell(top, left).merge(table.cell(bottom, right))
        merged.text = text
