"""The trusted list of receipts: `receipts.csv` at the inbox's root, exported from a mail or file server, says when files arrived.

UTF-8 (with or without mark), header `path,received_at`; a path is relative to the inbox, a moment is RFC 3339 with its zone. A list with one broken
row is refused whole, with every broken row named: a moment taken from a list half understood would decide who was late.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO

from include.exceptions import BaosongError

NAME = "receipts.csv"
_HEADER = ["path", "received_at"]
_rfc3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")


def key(path: str) -> str:
    """A path as both the list and the listing can name it: one kind of slash, one form of composed letters."""
    return unicodedata.normalize("NFC", path.replace("\\", "/").removeprefix("./"))


def read(content: bytes) -> Mapping[str, datetime]:
    """Return the moment by path (see `key`); a path named several times arrived several times, and what lies there came last.

    BaosongError names every broken row.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BaosongError(f"{NAME} 不是 UTF-8 编码，请另存为 UTF-8 / {NAME} is not UTF-8: save it as UTF-8") from None
    moments: dict[str, datetime] = {}
    problems: list[str] = []
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        if [name.strip() for name in header] != _HEADER:
            raise BaosongError(f"{NAME} 第1行应为 path,received_at / line 1 of {NAME} must read path,received_at")
        for row in rows:
            if not row:
                continue
            problem = _take(row, moments)
            if problem:
                problems.append(f"{NAME} 第{rows.line_num}行 / line {rows.line_num}: {problem}")
    except csv.Error as error:
        problems.append(f"{NAME} 第{rows.line_num}行 / line {rows.line_num}: 引号不成对 / not CSV ({error})")
    if problems:
        raise BaosongError("\n".join(problems))
    return moments


def _take(row: list[str], moments: dict[str, datetime]) -> str:
    """Add one row; return what is wrong with it, or ""."""
    if len(row) != len(_HEADER):
        return f"应有2列，实有{len(row)}列 / 2 columns are wanted, {len(row)} found"
    path, moment = key(row[0].strip()), row[1].strip()
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "" in parts or re.match(r"[A-Za-z]:", path):
        return f"路径须在本收文箱之内：{row[0]!r} / the path must be relative and lie inside the inbox"
    try:
        if not _rfc3339.fullmatch(moment):
            raise ValueError
        received_at = datetime.fromisoformat(moment.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError):
        return f"时间须带时区，如 2021-06-10T16:00:00+08:00：{row[1]!r} / write the moment with its zone, as 2021-06-10T16:00:00+08:00"
    moments[path] = max(received_at, moments.get(path, received_at))
    return ""
