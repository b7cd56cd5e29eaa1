"""Number formats: what a cell shows of its number."""

import re
from functools import lru_cache

_QUOTED = re.compile(r'"[^"]*"|[\\!].|_.|\*.|\[[^\]]*\]')
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
_CHANGING = re.compile("[百千万亿约余近多]")


_PLAIN = re.compile(r"(?:General|[0#?.,;+\-() ¥￥$€/@])*(?:E[+-]0+)?")


@lru_cache(maxsize=4096)
def is_plain_number(code: str) -> bool:
    """Whether the format surely shows a number as a number, and not as a day or time."""
    return _PLAIN.fullmatch(_QUOTED.sub("", code)) is not None and not re.search(r"\[[hms]+\]", code, re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_day(code: str) -> bool:
    """Whether a number is shown as a day, a time or a span."""
    if re.search(r"\[[hms]+\]", code, re.IGNORECASE):
        return True
    bare = _QUOTED.sub("", _split(code)[0])
    return bool(re.search(r"[ymdhs]", bare.replace("General", ""), re.IGNORECASE)) and not re.search(r"[0#?]", bare.replace(".0", ""))


@lru_cache(maxsize=4096)
def is_percent(code: str) -> bool:
    """Whether 0.85 is shown as 85%."""
    return "%" in code and "%" in _QUOTED.sub("", code)


@lru_cache(maxsize=4096)
def hides_zero(code: str) -> bool:
    """Whether a zero is shown as nothing: an empty third section ("0;-0;;@"), nothing at all (";;;"), or "#" alone."""
    if not code or code in ("General", "@"):
        return False
    sections = _split(code)
    section = sections[2] if len(sections) > 2 else sections[0]
    if _literal(section).strip():
        return False
    bare = _QUOTED.sub("", section)
    if len(sections) == 2 and not sections[0].strip():
        return True
    return bare.strip() == "" or ("#" in bare and not re.search(r"[0?%ymdhsGg@]", bare))


def _split(code: str) -> list[str]:
    sections, current, quoted, escaped = [], "", False, False
    for sign in code:
        if escaped:
            escaped = False
        elif sign == "\\" and not quoted:
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == ";" and not quoted:
            sections.append(current)
            current = ""
            continue
        current += sign
    return [*sections, current]


def _literal(section: str) -> str:
    """The text that a section prints whatever the number."""
    return "".join(match[1:-1] if match.startswith('"') else match[1:] if match[0] in "\\!" else "" for match in _QUOTED.findall(section))


@lru_cache(maxsize=4096)
def changes_number(code: str) -> bool:
    """Whether a cell may show another number than it holds: divided by a thousand ("0,"), or with 万, 亿, 约 and the like printed beside it."""
    return any(_SCALED.search(_QUOTED.sub("", section)) or _CHANGING.search(_literal(section)) for section in _split(code))


def shown(code: str, number: int | float) -> str | None:
    """What a cell shows instead of its number, where that is another one: 12 as "12万"; None where the number speaks for itself.

    A number that its format divides cannot be told from what is shown: text that says so, which no reader takes for a figure.
    """
    sections = _split(code)
    section = sections[1] if number < 0 and len(sections) > 1 else sections[0]
    bare = _QUOTED.sub("", section)
    plain = f"{number:.15g}"
    if _SCALED.search(bare):
        return f"{plain}（格式显示为缩小后的数）"
    if not _CHANGING.search(_literal(section)):
        return None
    digits = re.search(r"[0#?]", section)
    at = digits.start() if digits else len(section)
    return f"{_literal(section[:at])}{plain}{_literal(section[at:])}".strip()
