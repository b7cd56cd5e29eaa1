"""A writer of .xlsb for the readers' tests, since no program here writes one: the records of Microsoft's [MS-XLSB]."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
FORMATS = {"0%": 9, "yyyy-mm-dd": 14}


class Formula:
    """A formula by its stored result."""

    def __init__(self, result: float | str) -> None:
        self.result = result


class Styled:
    """A number under a number format."""

    def __init__(self, value: float, code: str) -> None:
        self.value, self.code = value, code


def record(number: int, body: bytes = b"") -> bytes:
    head = bytes((number,)) if number < 128 else bytes((number & 0x7F | 0x80, number >> 7))
    size, length = len(body), b""
    while True:
        length += bytes((size & 0x7F | (0x80 if size > 0x7F else 0),))
        size >>= 7
        if not size:
            return head + length + body


def text(value: str) -> bytes:
    return struct.pack("<L", len(value)) + value.encode("utf-16-le")


def xlsb(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    hidden_sheets: Sequence[str] = (),
    zeros: bool = True,
    is_1904: bool = False,
    extra: bytes = b"",
    parts: Mapping[str, bytes] = {},
) -> bytes:
    """The sheets as one workbook; `extra` are records put at the end of every sheet's cells, `parts` further parts."""
    strings: list[str] = []
    codes: list[str] = []
    bodies = []
    for rows in sheets.values():
        cells = b""
        for number, row in enumerate(rows):
            cells += record(0, struct.pack("<2LH", number, 0, 300) + bytes((0, 0x10 if number in hidden_rows else 0, 0)) + struct.pack("<L", 0))
            cells += b"".join(_cell(column, value, strings, codes) for column, value in enumerate(row) if value is not None)
        columns = b"".join(record(60, struct.pack("<4LH", column, column, 2000, 0, 1)) for column in hidden_columns)
        ranges = b"".join(record(176, struct.pack("<4L", top, bottom, left, right)) for top, left, bottom, right in merged)
        view = record(133) + record(137, struct.pack("<H", 0x10 if zeros else 0) + bytes(28)) + record(138) + record(134)
        bodies.append(
            record(129)
            + record(148, struct.pack("<4L", 0, max(len(rows) - 1, 0), 0, 9))
            + view
            + (record(390) + columns + record(391) if columns else b"")
            + record(145)
            + cells
            + extra
            + record(146)
            + (record(177, struct.pack("<L", len(merged))) + ranges + record(178) if merged else b"")
            + record(130)
        )
    bundle = b"".join(
        record(156, struct.pack("<2L", name in hidden_sheets, number) + text(f"rId{number}") + text(name)) for number, name in enumerate(sheets, 1)
    )
    book = record(131) + record(153, struct.pack("<2L", int(is_1904), 0) + text("")) + record(143) + bundle + record(144) + record(132)
    sst = record(159, struct.pack("<2L", len(strings), len(strings))) + b"".join(record(19, b"\0" + text(value)) for value in strings) + record(160)
    own = [code for code in codes if code not in FORMATS]
    styles = record(278) + record(615, struct.pack("<L", len(own)))
    styles += b"".join(record(44, struct.pack("<H", 164 + number) + text(code)) for number, code in enumerate(own)) + record(616)
    styles += record(617, struct.pack("<L", len(codes) + 1)) + record(47, struct.pack("<5H", 0, 0, 0, 0, 0) + bytes(6))
    for code in codes:
        styles += record(47, struct.pack("<5H", 0, FORMATS.get(code) or 164 + own.index(code), 0, 0, 0) + struct.pack("<HL", 0, 0x3F0000))
    styles += record(618) + record(279)
    relations = [f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.bin"/>' for n in range(1, len(sheets) + 1)]
    relations += [f'<Relationship Id="rS" Type="{OFFICE}/sharedStrings" Target="sharedStrings.bin"/>']
    relations += [f'<Relationship Id="rT" Type="{OFFICE}/styles" Target="styles.bin"/>']
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" '
            'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{PACKAGE}">{"".join(relations)}</Relationships>')
        for number, body in enumerate(bodies, 1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", body)
        archive.writestr("xl/sharedStrings.bin", sst)
        archive.writestr("xl/styles.bin", styles)
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _cell(column: int, value: Any, strings: list[str], codes: list[str]) -> bytes:
    style = 0
    if isinstance(value, Styled):
        if value.code not in codes:
            codes.append(value.code)
        style, value = codes.index(value.code) + 1, value.value
    head = struct.pack("<2L", column, style)
    if isinstance(value, Formula):
        rest = struct.pack("<HL", 0, 3) + b"\x1e\x01\x00" + struct.pack("<L", 0)  # the formula "=1"
        if isinstance(value.result, str):
            if value.result in ERRORS:
                return record(11, head + bytes((ERRORS[value.result],)) + rest)
            return record(8, head + text(value.result) + rest)
        return record(9, head + struct.pack("<d", value.result) + rest)
    if isinstance(value, bool):
        return record(4, head + bytes((value,)))
    if isinstance(value, int) and -(1 << 29) <= value < 1 << 29:
        return record(2, head + struct.pack("<L", (value << 2 | 2) & 0xFFFFFFFF))
    if isinstance(value, int | float):
        return record(5, head + struct.pack("<d", value))
    if value in ERRORS:
        return record(3, head + bytes((ERRORS[value],)))
    if value.startswith("inline:"):
        return record(6, head + text(value[7:]))
    strings.append(value)
    return record(7, head + struct.pack("<L", len(strings) - 1))
