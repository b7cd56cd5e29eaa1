"""Mutants of valid files: bytes changed anywhere, and files that are whole as containers but wrong within, part by part and record by record."""

import copy
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from include.domain.reading import Reading
from include.read import encoding, worker
from include.settings import Limits
from tests.unit import read_files as files
from tests.unit.read_forms import FORM
from tests.unit.read_xlsb import record as binary_record
from tests.unit.read_xlsb import xlsb

LIMITS = Limits(unpacked_bytes=20_000_000, cells=200_000, cell_characters=10_000, archive_entries=200)
FILES: Mapping[str, bytes] = {
    "xlsx": files.by_openpyxl([*files.TABLE, (4, "和", "", "=SUM(D4:D5)")]),
    "xlsxwriter.xlsx": files.by_xlsxwriter(),
    "xlsb": xlsb({"统计表": files.TABLE}),
    "xls": files.by_xlwt(),
    "ods": files.by_odfpy(),
    "docx": files.by_docx(),
    "csv": files.as_text().encode("gb18030"),
    "utf16.csv": files.as_text(delimiter="\t").encode("utf-16"),
    "html": files.as_html().encode("gb18030"),
    "xml": files.as_xml_2003(),
    "zip": files.zipped({"统计表.xlsx": files.by_xlsxwriter()}),
}
_MOST_XML = 20_000  # bytes; larger parts are style sheets
_ODD_BYTES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"9999", b"</a>")
_ODD_TEXTS = ("", "0", "-1", "1", "2", "9999999999", "1048577", "XFD1048576", "A0", "x", "true", "\ud83d\ude00", "../x", "1:1", "s", "e", "inlineStr")


def bytes_changed(data: bytes, dice: random.Random) -> bytes:
    """One of: bytes changed, a piece cut out, doubled, or put elsewhere; in a zip also within the parts, packed again with right checksums."""
    if data[:2] == b"PK" and dice.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = dice.choice([name for name in parts if parts[name]])
        parts[name] = bytes_changed(parts[name], dice)
        return files.zipped(parts)
    content = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 40))):
        at = dice.randrange(len(content))
        how = dice.randrange(5)
        if how == 0:
            content[at] = dice.randrange(256)
        elif how == 1:
            content[at] ^= 1 << dice.randrange(8)
        elif how == 2:
            del content[at : at + dice.randrange(1, 50)]
        elif how == 3:
            content[at:at] = content[at : at + dice.randrange(1, 50)]
        else:
            content[at : at + 4] = dice.choice(_ODD_BYTES)
        if not content:
            return b""
    return bytes(content)


def xml_changed(data: bytes, dice: random.Random, spared: Callable[[str, Any], bool] = lambda part, element: False) -> bytes:
    """One element or attribute of one part dropped, doubled, changed or moved; the part stays XML, the container whole. `spared` are left alone."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    while True:
        name = dice.choice([name for name in parts if name.endswith((".xml", ".rels")) and len(parts[name]) < _MOST_XML])
        root = etree.fromstring(parts[name])
        choices = [element for element in root.iter() if isinstance(element.tag, str) and not spared(name, element)]
        if choices:
            break
    element = dice.choice(choices)
    parent = element.getparent()
    keys = sorted(element.keys())
    how = dice.randrange(6)
    if how == 0 and parent is not None:
        parent.remove(element)
    elif how == 1 and parent is not None:
        element.addnext(copy.deepcopy(element))
    elif how == 2 and keys:
        del element.attrib[dice.choice(keys)]
    elif how == 3 and keys:
        key, value = dice.choice(keys), dice.choice(_ODD_TEXTS)
        element.set(key, element.get(dice.choice(keys)) if dice.random() < 0.3 else value.encode("utf-16", "surrogatepass").decode("utf-16"))
    elif how == 4 and parent is not None:
        other = dice.choice(choices)
        if other is not element and element not in other.iterancestors():
            other.append(element)
    else:
        element.tag = dice.choice(choices).tag
    parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return files.zipped(parts)


def xls_records(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(stream):
        number, length = struct.unpack_from("<2H", stream, at)
        found.append((number, stream[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def xlsb_records(stream: bytes) -> list[tuple[int, bytes]]:
    from include.read.xlsb import records_of

    return list(records_of(stream))


def records_changed(data: bytes, dice: random.Random, spared: frozenset[int] = frozenset()) -> bytes:
    """One record of an .xls or .xlsb dropped, doubled, changed, cut or swapped with its neighbour; those of `spared` numbers are left alone."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = dice.choice([name for name in parts if name.endswith(".bin")])
        changed = _record_changed(xlsb_records(parts[name]), dice, spared)
        parts[name] = b"".join(binary_record(number, body) for number, body in changed)
        return files.zipped(parts)
    from include.read.ole import Streams

    found = _record_changed(xls_records(Streams(data).read("Workbook")), dice, spared)
    return files.ole({"Workbook": b"".join(struct.pack("<2H", number, len(body)) + body for number, body in found)})


def _record_changed(found: list[tuple[int, bytes]], dice: random.Random, spared: frozenset[int]) -> list[tuple[int, bytes]]:
    at = dice.choice([at for at, (number, _) in enumerate(found) if number not in spared])
    number, body = found[at]
    how = dice.randrange(6)
    if how == 0:
        del found[at]
    elif how == 1:
        found.insert(at, (number, body))
    elif how == 2 and body:
        place = dice.randrange(len(body))
        found[at] = (number, body[:place] + bytes((dice.randrange(256),)) + body[place + 1 :])
    elif how == 3:
        found[at] = (number, body[: dice.randrange(len(body) + 1)])
    elif how == 4 and at + 1 < len(found) and found[at + 1][0] not in spared:
        found[at], found[at + 1] = found[at + 1], found[at]
    else:
        found[at] = (0x0FFF if number > 0x7F else 0x7F, body)  # a record that nobody knows, of the same length
    return found


def read(data: bytes, name: str) -> tuple[Reading, ...]:
    """Read a file as the form."""
    request = encoding.Request(1, "", name, (FORM.code,))
    return worker.read_bytes(data, request, {FORM.code: FORM}, LIMITS)


def survive(kind: str, mutate: Callable[[bytes, random.Random], bytes], count: int, folder: Path, seed: int = 0) -> None:
    """Read mutants as a reader process does: every one is read or refused, and nothing fails in our own code."""
    dice = random.Random(zlib.crc32(kind.encode()) + seed)
    path = folder / f"a.{kind}"
    request = encoding.Request(1, str(path), path.name, (FORM.code,))
    for number in range(count):
        path.write_bytes(mutate(FILES[kind], dice))
        answered = worker.answer(request, {FORM.code: FORM}, LIMITS)
        assert answered.trouble == "", f"{kind}, mutant {number} of seed {seed}"
        assert [encoding.from_json(each) for each in answered.said]


def keep_values(kind: str, mutate: Callable[[bytes, random.Random], bytes], count: int, seed: int = 0) -> int:
    """Hold that mutants, none of which touches a figure's own bytes, say the same figures or have a finding; return how many said all the same."""
    dice = random.Random(zlib.crc32(kind.encode()) + seed)
    (whole,) = read(FILES[kind], f"a.{kind}")
    truth = {answer.item: answer.value for answer in whole.answers}
    usual = {finding.code for finding in whole.findings}
    same = 0
    for number in range(count):
        data = mutate(FILES[kind], dice)
        for reading in read(data, f"a.{kind}"):
            said = {answer.item: answer.value for answer in reading.answers}
            if said == truth:
                same += 1
                continue
            assert any(finding.code not in usual for finding in reading.findings), f"{kind}, mutant {number} of seed {seed}: {said}"
    return same
