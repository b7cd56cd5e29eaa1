"""Number formats: what a cell shows of its number."""

import re
from functools import lru_cache

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


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
    return "".join(match[1:-1] if match.startswith('"') else match[1:] if match.startswith("\\") else "" for match in _QUOTED.findall(section))
