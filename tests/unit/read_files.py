"""Builders of files for the readers' tests: real programs' writers where there is one, bytes made by hand where no writer would do it."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
import xlsxwriter
import xlwt
from docx import Document

Rows = Sequence[Sequence[Any]]

TABLE: Rows = (
    ("安全生产月活动进展情况统计表", None, None, None),
    ("填报单位：", "城建股", None, None),
    ("序号", "指标", "计量单位", "数值"),
    (1, "开展宣传活动", "场次", 12),
    (2, "参与人数", "人次", 3500),
    (3, "投入资金", "万元", 1.5),
)


def by_openpyxl(rows: Rows = TABLE, change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "统计表"
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def by_xlsxwriter(rows: Rows = TABLE, change: Callable[[Any, Any], None] | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    sheet = book.add_worksheet("统计表")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    if change:
        change(book, sheet)
    book.close()
    return buffer.getvalue()


def by_xlwt(rows: Rows = TABLE, change: Callable[[Any, Any], None] | None = None) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("统计表")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    if change:
        change(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def by_odfpy(rows: Rows = TABLE, change: Callable[[Any, Any], None] | None = None) -> bytes:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="统计表")
    for row in rows:
        line = TableRow()
        for value in row:
            if isinstance(value, int | float):
                cell = TableCell(valuetype="float", value=str(value))
                cell.addElement(P(text=str(value)))
            else:
                cell = TableCell(valuetype="string") if value is not None else TableCell()
                if value is not None:
                    cell.addElement(P(text=value))
            line.addElement(cell)
        table.addElement(line)
    if change:
        change(document, table)
    document.spreadsheet.addElement(table)
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


def by_docx(rows: Rows = TABLE, change: Callable[[Any], None] | None = None) -> bytes:
    document = Document()
    document.add_paragraph("附件3")
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            table.cell(number, column).text = "" if value is None else str(value)
    if change:
        change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_text(rows: Rows = TABLE, delimiter: str = ",") -> str:
    return "".join(delimiter.join("" if value is None else str(value) for value in row) + "\r\n" for row in rows)


def as_html(rows: Rows = TABLE) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{'' if value is None else value}</td>" for value in row) + "</tr>" for row in rows)
    return f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gb2312"></head><body><table>{lines}</table></body></html>'


def as_xml_2003(rows: Rows = TABLE) -> bytes:
    def cell(value: Any) -> str:
        kind = "Number" if isinstance(value, int | float) else "String"
        return "<Cell/>" if value is None else f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    lines = "".join("<Row>" + "".join(map(cell, row)) + "</Row>" for row in rows)
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="统计表"><Table>{lines}</Table></Worksheet></Workbook>'
    ).encode()


def with_parts(data: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """The zip container with parts replaced, changed by a function, added, or (None) left out."""
    buffer = io.BytesIO()
    left = dict(parts)
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            new = left.pop(name, source.read(name))
            if callable(new):
                new = new(source.read(name))
            if new is not None:
                target.writestr(name, new)
        for name, new in left.items():
            if isinstance(new, bytes):
                target.writestr(name, new)
    return buffer.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A plain OLE2 container; every stream is padded beyond the size that would put it among the small ones."""
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    blocks: list[bytes] = []
    fat: list[int] = []
    places: dict[str, int] = {}

    def chain(content: bytes) -> int:
        first = len(blocks)
        count = -(-len(content) // 512)
        for number in range(count):
            blocks.append(content[number * 512 : number * 512 + 512].ljust(512, b"\0"))
            fat.append(first + number + 1 if number < count - 1 else 0xFFFFFFFE)
        return first

    for name, content in padded.items():
        places[name] = chain(content)
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0)] + [_entry(name, 2, places[name], len(content)) for name, content in padded.items()]
    directory = chain(b"".join(entries))
    fat_first = len(blocks)
    fat_count = -(-(len(fat) + 8) * 4 // 512)
    fat += [0xFFFFFFFD] * fat_count
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(fat_count * 512, b"\xff")
    blocks += [table[number * 512 : number * 512 + 512] for number in range(fat_count)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9L", 0, fat_count, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    difat = [fat_first + number for number in range(fat_count)]
    head += struct.pack("<109L", *(difat + [0xFFFFFFFF] * (109 - len(difat))))
    return head + b"".join(blocks)


def _entry(name: str, kind: int, first: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB3L", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return entry.ljust(116, b"\0") + struct.pack("<3L", first, size, 0)
