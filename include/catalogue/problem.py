"""One thing wrong with a definition file, and the words that help to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Where (file, line from 1, key path as `obligations[liaison].due.on`) and what, in Chinese and English, with the nearest valid word."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        here = Path.cwd()
        file = self.file.relative_to(here) if self.file.is_relative_to(here) else self.file
        return f"{file}:{self.line}: {self.key}: {self.message}" if self.key else f"{file}:{self.line}: {self.message}"


def both(zh: str, en: str) -> str:
    """Return one message in the two languages of the house."""
    return f"{zh} / {en}"


def nearest(word: str, words: Iterable[str]) -> tuple[str, str]:
    """Return what to append to a message about an unknown word (Chinese, English): the nearest valid word, or the valid words where they are few."""
    from difflib import get_close_matches

    valid = sorted({w for w in words if w})
    lowered = {w.lower(): w for w in valid}
    close = get_close_matches(word.lower(), lowered, n=1, cutoff=0.5)
    if close:
        return f"，是不是 `{lowered[close[0]]}`？", f", did you mean `{lowered[close[0]]}`?"
    if valid and len(valid) <= 12:
        listed = ", ".join(f"`{w}`" for w in valid)
        return f"，可用：{listed}", f", valid: {listed}"
    return "", ""


def unknown(what_zh: str, what_en: str, word: str, words: Iterable[str]) -> str:
    """Return the message for a word that no definition knows."""
    zh, en = nearest(word, words)
    return both(f"{what_zh} `{word}` 不存在{zh}", f"unknown {what_en} `{word}`{en}")
