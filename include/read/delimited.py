"""CSV and tab text, as Excel, WPS and other programs write it: UTF-8 and UTF-16 with or without mark, GB18030 (with it GBK and GB2312), Big5.

GB18030 and Big5 use the same bytes: what both can decode is taken for the one in which more of its signs are everyday ones. A general detector does
this worse on the few dozen characters of a form's labels.
"""

import csv
import io
import re
from collections import Counter

from include.read.faults import Refused, fault
from include.read.grid import Book, CellValue, Grid, address
from include.settings import Limits

_DELIMITERS = (",", "\t", ";", "|", "，")
_SEP = re.compile(r"\Asep=(.)\r?\n?", re.IGNORECASE)
_EXPECTED = re.compile("[\t\r\n -~\u2000-\u206f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_FORMULA_TEXT = re.compile(r'\A="(.*)"\Z', re.DOTALL)


def decode(data: bytes, *, is_cut: bool = False) -> tuple[str, bool]:
    """Return the text and whether every byte could be decoded. `is_cut`: the bytes end anywhere, perhaps within a character.

    A NUL within text is lost content: it becomes U+FFFD, as bytes do that cannot be decoded.
    """
    text, whole = _decoded(data, is_cut)
    text = text.rstrip("\x1a")  # the end of a file under DOS
    return (text.replace("\0", "\ufffd"), False) if "\0" in text else (text, whole)


def _decoded(data: bytes, is_cut: bool) -> tuple[str, bool]:
    if data.startswith(b"\xef\xbb\xbf"):
        return _tried(data[3:], "utf-8", is_cut)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _tried(data, "utf-16", is_cut)
    if b"\0" in data[:4000]:
        wide = {encoding: data[:4000].decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")}
        encoding = max(wide, key=lambda each: len(_EXPECTED.findall(wide[each])))
        if len(_EXPECTED.findall(wide[encoding])) > 0.8 * len(wide[encoding]):
            return _tried(data, encoding, is_cut)
    text, whole = _tried(data, "utf-8", is_cut)
    if whole:
        return text, True
    national, whole = _tried(data, "gb18030", is_cut)
    island, is_island = _tried(data, "big5hkscs", is_cut)
    if is_island and (not whole or _everyday(island, "big5", 0xA4, 0xC6) > _everyday(national, "gb2312", 0xB0, 0xD7) + 0.1):
        return island, True
    if whole:
        return national, True
    # A few broken bytes: the encoding that loses less is the one it was written in.
    return (text, False) if text.count("\ufffd") <= national.count("\ufffd") else (national, False)


def _everyday(text: str, encoding: str, first: int, last: int) -> float:
    """The share of Chinese characters that stand in the encoding's first level, told by their lead bytes."""
    signs = [sign.encode(encoding, "replace") for sign in text[:20_000] if "\u3400" <= sign <= "\u9fff" or sign > "\ud7ff"]
    return sum(len(sign) == 2 and first <= sign[0] <= last for sign in signs) / len(signs) if signs else 0.0


def _tried(data: bytes, encoding: str, is_cut: bool) -> tuple[str, bool]:
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError as error:
        if is_cut and error.start >= len(data) - 4:
            return data[: error.start].decode(encoding), True
        return data.decode(encoding, "replace"), False


def delimiter_of(text: str) -> str:
    """Return the sign that parts the text into columns, "" where no sign does.

    The one whose columns agree best over the lines that have any; at least two lines must hold it.
    """
    named = _SEP.match(text)
    if named:
        return named[1]
    best, best_score = "", 0.0
    for delimiter in _DELIMITERS:
        if delimiter not in text:
            continue
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            widths = [len(row) for row, _ in zip(rows, range(300), strict=False) if any(row)]
        except csv.Error:
            continue
        parted = [width for width in widths if width > 1]
        if len(parted) < 2 or len(parted) * 3 < len(widths):
            continue
        usual, often = Counter(parted).most_common(1)[0]
        score = often / len(widths) * (1 + min(usual, 10) / 20)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_delimited(data: bytes, limits: Limits) -> Book:
    """Return the text as one grid named "". Text that loses characters in decoding is read with a finding."""
    text, whole = decode(data)
    text = text.lstrip("\ufeff")
    book = Book(kind="csv")
    if not whole:
        at = text.find("\ufffd")
        book.findings.append(fault("undecodable_text", given=text[max(0, at - 15) : at + 5].strip()))
    delimiter = delimiter_of(text) or ","
    text = _SEP.sub("", text, count=1)
    rows: list[list[CellValue]] = []
    cells = 0
    csv.field_size_limit(max(limits.cell_characters * 4, 131_072))
    # A quote that never closes would swallow the rest of the file into one cell: then quotes are read as plain signs.
    try:
        is_quoted = _quotes_close(text, delimiter)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE):
            cells += len(row)
            if cells > limits.cells:
                raise Refused("sheet_too_large", given=str(cells), expected=str(limits.cells))
            rows.append([_value(cell) for cell in row])
            for column, cell in enumerate(row):
                if len(cell) > limits.cell_characters:
                    raise Refused("cell_too_long", given=str(len(cell)), expected=str(limits.cell_characters), cell=address(len(rows) - 1, column))
    except csv.Error:
        raise Refused("cell_too_long", expected=str(limits.cell_characters)) from None
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    book.grids.append(Grid(name="", rows=rows))
    return book


def _quotes_close(text: str, delimiter: str) -> bool:
    """Whether a line put behind the text is still a line of its own, and no cell runs over 30 lines."""
    if '"' not in text:
        return True
    last: list[str] = []
    for last in csv.reader(io.StringIO(f"{text}\nend", newline=""), delimiter=delimiter):
        if any(cell.count("\n") > 30 for cell in last):
            return False
    return last == ["end"]


def _value(cell: str) -> CellValue:
    if not cell:
        return None
    guarded = _FORMULA_TEXT.match(cell) if cell[0] == "=" else None
    return (guarded[1] or None) if guarded else cell
