"""What a file is, told from its content; its name only says what it claims to be."""

import re

from include.read.faults import Refused
from include.read.ole import MAGIC, Streams

TABLES = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "html", "mhtml", "xml", "docx", "doc", "wps", "odt", "rtf", "wordml", "txt"})
"""Kinds that may hold a form."""
ARCHIVES = frozenset({"zip", "rar", "7z", "gz"})
PICTURES = frozenset({"pdf", "ofd", "jpg", "png", "gif", "bmp", "tif", "webp", "heic"})
"""Kinds that a stamped scan may have."""
MOVES = frozenset({"mp4", "mov", "avi", "wmv", "mpg", "mkv", "flv", "mp3", "wav"})

ENDINGS: dict[str, frozenset[str]] = {
    "xlsx": frozenset({"xlsx", "xltx", "xlsm", "xltm"}),
    "xlsm": frozenset({"xlsm", "xltm", "xlam"}),
    "xlsb": frozenset({"xlsb"}),
    "xls": frozenset({"xls", "xlt", "et", "ett"}),
    "ods": frozenset({"ods", "ots", "fods"}),
    "csv": frozenset({"csv", "tsv", "tab", "txt"}),
    "txt": frozenset({"txt", "csv", "tsv", "tab", "md", "log"}),
    "html": frozenset({"html", "htm", "xhtml"}),
    "mhtml": frozenset({"mht", "mhtml"}),
    "xml": frozenset({"xml"}),
    "docx": frozenset({"docx", "docm", "dotx", "dotm"}),
    "doc": frozenset({"doc", "dot", "wps", "wpt"}),
    "wps": frozenset({"wps", "wpt"}),
    "odt": frozenset({"odt", "ott", "fodt"}),
    "wordml": frozenset({"xml", "doc"}),
    "rtf": frozenset({"rtf", "doc"}),
    "slk": frozenset({"slk"}),
    "dif": frozenset({"dif"}),
    "pptx": frozenset({"pptx", "pptm", "ppsx", "dpsx"}),
    "ppt": frozenset({"ppt", "pps", "dps"}),
    "pdf": frozenset({"pdf"}),
    "ofd": frozenset({"ofd"}),
    "jpg": frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    "png": frozenset({"png"}),
    "gif": frozenset({"gif"}),
    "bmp": frozenset({"bmp", "dib"}),
    "tif": frozenset({"tif", "tiff"}),
    "webp": frozenset({"webp"}),
    "heic": frozenset({"heic", "heif"}),
    "mp4": frozenset({"mp4", "m4v", "mov", "3gp"}),
    "mov": frozenset({"mov", "qt", "mp4"}),
    "avi": frozenset({"avi"}),
    "wmv": frozenset({"wmv", "asf", "wma"}),
    "mpg": frozenset({"mpg", "mpeg", "vob"}),
    "mkv": frozenset({"mkv", "webm"}),
    "flv": frozenset({"flv"}),
    "mp3": frozenset({"mp3"}),
    "wav": frozenset({"wav"}),
    "zip": frozenset({"zip"}),
    "rar": frozenset({"rar"}),
    "7z": frozenset({"7z"}),
    "gz": frozenset({"gz", "tgz"}),
}
"""The endings a kind may rightly carry."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"{\\rtf", "rtf"),
    (b"\x1a\x45\xdf\xa3", "mkv"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    (b"\0\0\x01\xba", "mpg"),
    (b"\0\0\x01\xb3", "mpg"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
)
_BIFF = re.compile(rb"\A\x09[\x00\x02\x04\x08]\x04?[\x04\x06\x08\x10]\x00", re.DOTALL)
_HTML = re.compile(r"<(?:!doctype\s+html|html|table|body|head|meta|style|div)\b", re.IGNORECASE)
_OTHER_TEXT = {"slk": re.compile(r"ID;P"), "dif": re.compile(r"TABLE\r?\n0,1\r?\n")}
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffe\uffff]")


def ending_of(name: str) -> str:
    """The last ending of a file name, lower case, without its dot; "" if there is none."""
    stem, dot, ending = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return ending.strip().lower() if dot and stem else ""


def is_wrongly_named(kind: str, name: str) -> bool:
    """Whether the name's ending claims another kind than the content shows."""
    ending = ending_of(name)
    return ending not in ENDINGS.get(kind, frozenset((ending,)))


def kind_of(data: bytes, name: str) -> str:
    """Return the kind by content: a key of `ENDINGS`, or "encrypted" (Office behind a password), "empty", "ole", "unknown".

    `name` only tells apart what content cannot: plain text from a one-column CSV.
    """
    head = data[:64]
    if head[:2] == b"PK" and head[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return _zip_kind(data)
    if not data.strip(b"\0 \t\r\n\x1a\xef\xbb\xbf") if len(data) < 4096 else not data.strip(b"\0"):
        return "empty"
    if head[:8] == MAGIC:
        return _ole_kind(data)
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "heic" if brand in (b"heic", b"heix", b"mif1", b"msf1") else "mov" if brand == b"qt  " else "mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and len(data) > 16:
        return "mov"
    if head[:4] == b"RIFF":
        return {b"AVI ": "avi", b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12], "unknown")
    if _BIFF.match(head):
        return "xls"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and not (kind == "bmp" and head[6:10] != b"\0\0\0\0"):
            return kind
    if b"PK\x05\x06" in data[-65_557:] and b"PK\x01\x02" in data:
        return _zip_kind(data)
    return _text_kind(data, name)


def _zip_kind(data: bytes) -> str:
    """Told by the names in the directory, and in broken archives by names that stand anywhere near the ends."""
    from include.read.archive import Parts
    from include.settings import Limits

    try:
        parts = Parts(data, Limits())
    except Refused:
        return _broken_zip_kind(data)
    names = {name.lower() for name in parts.names()}
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl/workbook.xml" in names or any(name.startswith("xl/worksheets/") for name in names):
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if "ppt/presentation.xml" in names:
        return "pptx"
    if "ofd.xml" in names:
        return "ofd"
    try:
        mimetype = parts.read("mimetype") if "mimetype" in parts else b""
        types = parts.read("[Content_Types].xml") if "[Content_Types].xml" in parts else b""
    except Refused:
        return _broken_zip_kind(data)
    if mimetype.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet") or {"content.xml", "meta-inf/manifest.xml"} <= names:
        return "ods"
    # A package whose main part has an unusual name.
    return "xlsx" if b"spreadsheetml.sheet.main" in types else "docx" if b"wordprocessingml.document.main" in types else "zip"


def _broken_zip_kind(data: bytes) -> str:
    ends = data[:4096] + data[-400_000:]
    for mark, kind in _PART_MARKS:
        if mark in ends:
            return kind
    return "zip"


_PART_MARKS = (
    (b"xl/workbook.bin", "xlsb"),
    (b"xl/vbaProject.bin", "xlsm"),
    (b"xl/workbook", "xlsx"),
    (b"xl\\workbook", "xlsx"),
    (b"xl/worksheets/", "xlsx"),
    (b"word/document", "docx"),
    (b"ppt/presentation", "pptx"),
    (b"OFD.xml", "ofd"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/vnd.oasis.opendocument.text", "odt"),
)


def _ole_kind(data: bytes) -> str:
    try:
        streams = Streams(data)
    except Refused:
        for name, kind in (("Workbook", "xls"), ("Book", "xls"), ("WordDocument", "doc"), ("EncryptedPackage", "encrypted")):
            if name.encode("utf-16-le") in data:
                return kind
        return "ole"
    if "EncryptedPackage" in streams or "EncryptionInfo" in streams:
        return "encrypted"
    if "Workbook" in streams or "Book" in streams:
        return "xls"
    if "WordDocument" in streams:
        return "doc"
    if "PowerPoint Document" in streams:
        return "ppt"
    if "CONTENTS" in streams or "MatOST" in streams:
        return "wps"
    return "ole"


def _text_kind(data: bytes, name: str) -> str:
    from include.read.delimited import decode, delimiter_of

    sample, whole = decode(data[:65_536], is_cut=len(data) > 65_536)
    if (not whole and sample.count("\ufffd") * 20 > len(sample) + 40) or _NOT_TEXT.search(sample):
        return "unknown"
    start = sample.lstrip("\ufeff \t\r\n")[:2000]
    for kind, head in _OTHER_TEXT.items():
        if head.match(start):
            return kind
    if start.startswith("<"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in sample or "Excel.Sheet" in start:
            return "xml"
        if "schemas.microsoft.com/office/word/2003/wordml" in sample or "schemas.microsoft.com/office/2006/xmlPackage" in sample:
            return "wordml"  # a Word document saved as one XML file
        if "opendocument" in start and "office:document" in start:
            return "ods" if "office:spreadsheet" in sample or ending_of(name) == "fods" else "odt"
        if _HTML.search(start):
            return "html"
        return "txt"
    if re.match(r"(?:MIME-Version:|From:|Content-Type: multipart)", start, re.IGNORECASE):
        return "mhtml"
    if "<table" in sample.lower() and "</t" in sample.lower():
        return "html"
    if ending_of(name) in ("csv", "tsv", "tab") or delimiter_of(sample):
        return "csv"
    return "txt"
