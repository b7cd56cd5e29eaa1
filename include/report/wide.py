"""How much room Chinese text takes, and the few things every sheet of ours shares: fonts, fills, paper."""

import unicodedata
from functools import lru_cache

# 宋体 and 黑体 stand on every Chinese Windows and in WPS; where they are missing, LibreOffice takes the system's CJK font instead.
BODY_FONT = "宋体"
HEAD_FONT = "黑体"


@lru_cache(maxsize=100_000)
def width_of(text: str) -> float:
    """Return the width of the widest line of a text in character widths: a Han or full-width character is two."""
    if text.isascii() and "\n" not in text:
        return float(len(text))
    return float(max(sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) for line in text.split("\n")))


@lru_cache(maxsize=100_000)
def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes when wrapped in a column of that many character widths."""
    room = max(1.0, width - 1.0)
    if "\n" not in text:
        return max(1, -int(-width_of(text) // room))
    return sum(max(1, -int(-width_of(line) // room)) for line in text.split("\n"))


def safe_file_name(text: str) -> str:
    """Return the text as a file name that Windows, macOS and Linux accept; never empty, never a path."""
    kept = "".join("_" if c in '<>:"/\\|?*' or ord(c) < 32 else c for c in unicodedata.normalize("NFC", text)).strip(" .")
    return kept[:100] or "_"
