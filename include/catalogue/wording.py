"""One normal form of Chinese text, so that labels, names and file names meet whatever the keyboard, web site or program did to them."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from opencc import OpenCC

_to_simplified = OpenCC("t2s")
# Everything but letters, digits, Han and the signs that carry meaning in measurement units.
_noise = re.compile(r"[^\w%+]|_")


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Return the text in simplified characters, half width, lower case, without blanks, line breaks, punctuation or quotes.

    Both sides of every comparison are folded, so a character that the conversion maps wrongly is mapped wrongly on both sides.
    """
    if text.isascii():
        return _noise.sub("", text).lower()
    return _noise.sub("", _to_simplified.convert(unicodedata.normalize("NFKC", text))).lower()


@lru_cache(maxsize=50_000)
def simplify(text: str) -> str:
    """Return the text in simplified characters and half width, blanks and punctuation kept: for figures and remarks, where signs carry meaning."""
    if text.isascii():
        return text
    return str(_to_simplified.convert(unicodedata.normalize("NFKC", text)))


def similar(text: str, names: Sequence[str]) -> list[str]:
    """Return the names at least three quarters like a text, most similar first, at most three; fast enough for 40,000 names."""
    from rapidfuzz import fuzz, process

    return [name for name, _, _ in process.extract(text, names, scorer=fuzz.ratio, score_cutoff=75, limit=3)]
