"""Documents and materials: is the file what its name claims, is it whole, is there anything in it."""

import io
import re
from pathlib import Path
from typing import BinaryIO

from include.domain.finding import Finding
from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.kinds import ENDINGS, ending_of, is_wrongly_named, kind_of
from include.read.ole import Streams
from include.settings import Limits

_PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"#!")
_DOCUMENTS = frozenset({"docx", "doc", "wps", "pdf", "ofd", "odt", "rtf", "wordml", "txt"})


def check_material(data: bytes, kind: str, name: str, limits: Limits) -> list[Finding]:
    """Return what is wrong with a document, picture, film or other material. The content's kind is given."""
    found: list[Finding] = []
    if len(data) > limits.file_bytes:
        return [fault("file_too_large", given=str(len(data)), expected=str(limits.file_bytes))]
    if kind == "empty":
        return [fault("empty_file")]
    if kind == "encrypted":
        return [fault("password")]
    if kind in ("unknown", "ole") or data[:2] in _PROGRAM_HEADS[:1] or data[:4] == _PROGRAM_HEADS[1]:
        return [fault("not_what_it_claims" if ending_of(name) in _known_endings() else "unknown_kind", given=ending_of(name) or name)]
    if kind in ("rar", "7z", "gz"):
        return [fault("archive_refused", given=kind)]
    if is_wrongly_named(kind, name):
        claims_other = not (kind in _DOCUMENTS and _claimed(name) in _DOCUMENTS) and _claimed(name) != ""
        found.append(fault("not_what_it_claims" if claims_other else "wrong_ending", given=ending_of(name), expected=kind))
    try:
        found.extend(_package(data, limits) if kind in _PACKAGES else _CHECKS.get(kind, _anything)(data))
    except Refused as refused:
        found.append(refused.finding)
    return found


def check_large(path: str, name: str) -> tuple[str, list[Finding]]:
    """Return the kind of a file too large to be held, and what is wrong with it, as far as its ends and, in a film, its boxes tell."""
    with Path(path).open("rb") as file:
        length = file.seek(0, 2)
        file.seek(0)
        head = file.read(65_536)
        file.seek(max(0, length - 400_000))
        kind = kind_of(head + file.read(), name)
        found = [fault("not_what_it_claims", given=ending_of(name), expected=kind)] if is_wrongly_named(kind, name) else []
        if kind in ("mp4", "mov"):
            found += _boxes(file, length)
    return kind, found


def _known_endings() -> frozenset[str]:
    return frozenset().union(*ENDINGS.values())


def _claimed(name: str) -> str:
    """The kind that the ending claims, "" for an ending that nobody knows."""
    ending = ending_of(name)
    return next((kind for kind, endings in ENDINGS.items() if ending in endings), "")


def _anything(_data: bytes) -> list[Finding]:
    return []


def _package(data: bytes, limits: Limits) -> list[Finding]:
    """docx, xlsx, pptx, odt, ods, ofd, zip: unpack every part; a text document must say something or show a picture."""
    parts = Parts(data, limits)
    pictures = False
    text = b""
    for name in parts.names():
        content = parts.read(name)
        if name.endswith((".xml", ".rels")) and (b"<!ENTITY" in content or b"<!DOCTYPE" in content[:1000]):
            raise Refused("entity_declaration", given=name)
        pictures = pictures or (("/media/" in name or name.startswith("Pictures/")) and bool(content))
        if name in ("word/document.xml", "content.xml"):
            text = content
    is_text = b"word/document" in data or b"opendocument.text" in data
    if is_text and not pictures and not re.sub(rb"<[^>]*>|\s", b"", text):
        return [fault("empty_document")]
    return []


def _pdf(data: bytes) -> list[Finding]:
    if b"%%EOF" not in data[-2048:] or b"startxref" not in data[-4096:]:
        return [fault("damaged", given="no end of the PDF")]
    if not re.search(rb"/Type\s*/Page\b|/ObjStm|/Pages\b", data):
        return [fault("empty_document")]
    return []


def _jpg(data: bytes) -> list[Finding]:
    # Telephones append bytes behind the picture's end; a picture cut off while copying has no end at all.
    return [] if b"\xff\xd9" in data[-65_536:] and re.search(rb"\xff[\xc0-\xc2]", data) else [fault("damaged", given="no end of the picture")]


def _png(data: bytes) -> list[Finding]:
    return [] if b"IEND\xae\x42\x60\x82" in data[-65_536:] else [fault("damaged", given="no end of the picture")]


def _film(data: bytes) -> list[Finding]:
    return _boxes(io.BytesIO(data), len(data))


def _boxes(file: BinaryIO, length: int) -> list[Finding]:
    """MP4 and MOV: the boxes must fill the file and one of them must be the index (moov), or it plays nowhere."""
    at, boxes, count = 0, set(), 0
    while at + 8 <= length and count < 100_000:
        file.seek(at)
        head = file.read(16)
        size, box = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:
            size = length - at
        boxes.add(box)
        count += 1
        if size < 8 or at + size > length:
            return [fault("damaged", given=f"film cut off at {at} of {length} bytes")]
        at += size
    if not boxes & {b"moov", b"moof"}:
        return [fault("damaged", given="film without index")]
    return [] if b"mdat" in boxes else [fault("empty_document")]


def _old_document(data: bytes) -> list[Finding]:
    streams = Streams(data)
    if "WordDocument" not in streams:
        return []
    stream = streams.read("WordDocument")
    if len(stream) < 0x60:
        return [fault("damaged", given="WordDocument")]
    if stream[0x0B] & 0x01:
        return [fault("password", given="DOC")]
    characters = int.from_bytes(stream[0x4C:0x50], "little", signed=True)
    return [fault("empty_document")] if characters <= 1 else []


def _text(data: bytes) -> list[Finding]:
    return [] if data.strip() else [fault("empty_document")]


_PACKAGES = frozenset({"docx", "xlsx", "xlsm", "xlsb", "pptx", "ods", "odt", "ofd", "zip"})
_CHECKS = {"pdf": _pdf, "jpg": _jpg, "png": _png, "mp4": _film, "mov": _film, "doc": _old_document, "txt": _text}
