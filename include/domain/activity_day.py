"""Days as people write them: "6月16日", "6月16-18日", "6月28日-7月2日", "2021.6.16", "6/16", "16日", "6月上旬", "待定".

Full-width digits and Chinese numerals are understood here; a text without one certain day gives None, never a guess.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_chinese_digits = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_chinese_number = re.compile(r"[〇零一二三四五六七八九十两廿卅]+(?=[年月日号號周週至到\-])")
# Words after which no single day is left, whatever stands beside them.
_uncertain = re.compile(
    r"旬|待定|待通知|另行|另定|另发|未定|不定|择日|擇日|适时|適時|左右|前后|前後|以后|以後|之后|之後|[日号號][起后後]|开始|開始|每|全年|全月|月[底末初份]"
    r"|长期|長期|常年|全程|视情|視情|第[\d一二三四五六七八九十]+[周週]"
)
_part_of_day = r"(?:上午|下午|晚上?|早上?|中午)?"
_clock = re.compile(
    rf"{_part_of_day}\d{{1,2}}(?::\d{{2}}){{1,2}}(?:\.\d+)?(?:Z|[+-]\d{{2}}:?\d{{2}}(?!\d))?|{_part_of_day}\d{{1,2}}[时時点點](?:\d{{1,2}}分|半)?"
)
_join = r"(?:-{1,2}|~|至|到|、|,|及|和|与|與|;)"
_day = (
    r"(?:(?P<year>\d{4})\s*[年./-]\s*)?"  # 2021年
    r"(?P<month>\d{1,2})\s*(?P<sign>[月./-])\s*(?P<day>\d{1,2})(?!\d)\s*[日号號]?"  # 6月16日
)
_full = re.compile(rf"(?<!\d){_day}")
_bare = re.compile(r"(?<!\d)(?P<day>\d{1,2})\s*[日号號]")
_packed = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
_tail = re.compile(rf"\s*(?P<join>{_join})\s*(?:(?P<whole>{_day.replace('?P<', '?P<t')})|(?P<last>\d{{1,2}})(?![\d.:]|\s*[月年])\s*[日号號]?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """Days named in a text, both included; a single day begins and ends on itself. `at` is where in the text it stands."""

    begins_on: date
    ends_on: date
    at: int = 0


def plain(text: str) -> str:
    """Return the text in half width with one kind of dash and Chinese numerals before 年月日 as digits."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[‐‑‒–—―−─～〜]+", "-", text)
    text = re.sub(r"[·•・‧∙]", ".", text)
    return _chinese_number.sub(lambda found: str(_number(found.group())), text)


def _number(text: str) -> str:
    """Chinese numerals to digits: 十六 -> 16, 二十 -> 20, 二〇二一 -> 2021."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return "".join(str(_chinese_digits[c]) for c in text)
    tens, _, ones = text.partition("十")
    return str((_chinese_digits.get(tens, 1) if tens else 1) * 10 + (_chinese_digits.get(ones, 0) if ones else 0))


def _place(year: str | None, month: str, day: str, first_on: date, last_on: date) -> date | None:
    """The day meant: where the year is not told, the one within the campaign's days, else the campaign's first year."""
    years = [int(year)] if year else [*range(first_on.year, last_on.year + 1)]
    days = []
    for one in years:
        try:
            days.append(date(one, int(month), int(day)))
        except ValueError:
            continue
    within = [one for one in days if first_on <= one <= last_on]
    return next(iter(within or days), None)


def days_named(text: str, first_on: date, last_on: date, *, is_free_text: bool = True) -> Iterator[DaySpan]:
    """Yield the days and ranges that a text names, in its order; years that are not told come from the campaign's first and last day.

    In free text (a file's name) a month and a day joined by a dash ("附件1-2") are no day unless the year stands before them.
    """
    text = plain(text)
    at = 0
    while at < len(text):
        found = _packed.search(text, at)
        full = _full.search(text, at)
        while full is not None and is_free_text and full["sign"] in "/-" and not full["year"]:
            full = _full.search(text, full.start() + 1)
        if found is None or (full is not None and full.start() < found.start()):
            found = full
        if found is None:
            return
        begin = _place(found["year"], found["month"], found["day"], first_on, last_on)
        at = found.end()
        if begin is None:
            at = found.start() + 1
            continue
        begins, ends, month, year = begin, begin, found["month"], str(begin.year)
        while (tail := _tail.match(text, at)) is not None:
            is_range = tail["join"].startswith(("-", "~", "至", "到"))
            if tail["whole"]:
                later = _place(tail["tyear"], tail["tmonth"], tail["tday"], first_on, last_on)
                month = tail["tmonth"]
            else:
                later = _place(year, month, tail["last"], first_on, last_on)
            if later is None:
                break
            if is_range and later < ends and not (tail["whole"] and tail["tyear"]):
                following = _place(str(later.year + 1), str(later.month), str(later.day), first_on, last_on)
                if not tail["whole"] or following is None or following - ends > timedelta(days=120):
                    break
                later = following
            year = str(later.year)
            begins, ends = min(begins, later), max(ends, later)
            at = tail.end()
        yield DaySpan(begins_on=begins, ends_on=ends, at=found.start())


def activity_ends_on(text: str, first_on: date, last_on: date) -> date | None:
    """Return the day on which an activity ends by its plan's wording, or None where the wording names no certain day.

    `first_on` and `last_on` are the campaign's, from which an unnamed year (or, for "16日", month) is taken. "6月16-18日" ends on the 18th,
    "6月2日、6月16日" on the 16th. "5月", "6月上旬", "待定", "另行通知", "每周四", "6月16日左右", an impossible day and an empty cell have no day.
    """
    folded = _clock.sub(" ", plain(text).replace("T", " "))
    if not folded.strip() or _uncertain.search(folded):
        return None
    spans = list(days_named(folded, first_on, last_on, is_free_text=False))
    if spans:
        last = max(span.ends_on for span in spans)
        # A range whose end could not be told ("6月28日-7月") or runs backwards has no certain end.
        if re.search(r"[-~至到]\s*(?:\d{1,2}月(?!\s*\d)|\d{1,2}\s*[日号號])", folded) and not _ends_told(folded, last):
            return None
        return last
    bare = list(_bare.finditer(folded))
    if not bare or "月" in folded:
        return None
    number = int(bare[-1]["day"])
    days = [day for day in _each(first_on, last_on) if day.day == number]
    return days[0] if len(days) == 1 else None


def _ends_told(text: str, ends_on: date) -> bool:
    """Whether what follows the last dash is the day that was taken as the end."""
    tail = re.split(r"[-~至到]", text)[-1]
    if re.fullmatch(r"\s*\d{1,2}月(?!\s*\d).*", tail):
        return False
    told = list(re.finditer(r"\d+", tail))
    return bool(told) and any(int(one.group()) == ends_on.day for one in told)


def _each(first_on: date, last_on: date) -> Iterator[date]:
    for number in range((last_on - first_on).days + 1):
        yield first_on + timedelta(days=number)


_week = re.compile(r"第\s*(\d{1,2}|[一二三四五六七八九十]+)\s*[周週]|[Ww](?:eek)?\s*(\d{1,2})(?!\d)")


def week_named(text: str) -> int | None:
    """Return n where the text says 第n周 (or week n), else None."""
    found = _week.search(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    word = found.group(1) or found.group(2)
    return int(word) if word.isdigit() else int(_number(word))


_month = re.compile(
    r"(?:(?<!\d)(?P<year>\d{4})\s*年\s*)?(?<!\d)(?P<month>\d{1,2})\s*月(?!\s*\d)"  # 2021年5月, 5月份
    r"|(?<!\d)(?P<of>20\d{2})[-./]?(?P<packed>0[1-9]|1[0-2])(?!\d|[-./月]\s*\d)"  # 2021-05, 202105
)
_quarter = re.compile(r"(?:(?P<year>\d{4})\s*年?\s*)?(?:第?\s*(?P<number>[一二三四1-4])\s*季度?|[Qq](?P<latin>[1-4])(?!\d))")


def month_named(text: str) -> tuple[int | None, int] | None:
    """Return the year (None where it is not told) and the month that a text speaks of without naming a day, a quarter by its last month; else None.

    Two different months leave none that is certain.
    """
    text = plain(text)
    found = {
        (int(year) if (year := one["year"] or one["of"]) else None, int(one["month"] or one["packed"]))
        for one in _month.finditer(text)
        if 1 <= int(one["month"] or one["packed"]) <= 12
    }
    for one in _quarter.finditer(text):
        word = one["number"] or one["latin"]
        found.add((int(one["year"]) if one["year"] else None, 3 * int(word if word.isdigit() else _number(word))))
    return next(iter(found)) if len(found) == 1 else None
