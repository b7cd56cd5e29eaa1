"""The labelled fields around a table: who fills it in, for which time. The file's own words, unresolved."""

import re
from collections.abc import Iterable, Iterator, Sequence

from include.catalogue.wording import fold, simplify
from include.read.cells import is_blank, raw_text
from include.read.grid import Book
from include.read.layout import View

_stop = r"(?=\s*(?:填报|填表|报送|上报|制表|审核|联系|统计|单位|日期|时间|电话|截止|负责)[^\s:：]{0,10}[:：]|\s{3,}|　{2,}|$)"
_unit = re.compile(
    r"(?:填报|报送|填表|上报|申报|汇报|编报|统计|汇总)(?:单位|部门|科室|股室|社区|机关)(?:名称)?\s*(?:[(（][^()（）]{0,10}[)）])?\s*[:：]\s*"
    r"(?P<said>.*?)" + _stop,
    re.DOTALL,
)
_unit_short = re.compile(
    r"^\s*(?:单位|部门|社区|股室|科室)(?:名称)?\s*(?:[(（](?:盖章|公章|签章|章|盖公章)[)）])?\s*[:：]\s*(?P<said>.*?)" + _stop, re.DOTALL
)
_unit_label = re.compile(
    r"^\s*(?:(?:填报|报送|填表|上报|申报|汇报|编报)(?:单位|部门|科室|股室|社区|机关)(?:名称)?"
    r"|单位名称|单位\s*[(（](?:盖章|公章|签章)[)）])\s*(?:[(（][^()（）]{0,10}[)）])?\s*[:：]?\s*$"
)
_until = re.compile(
    r"(?:统计(?:截止|截至)?(?:日期|时间|时段|期间|周期|区间)?|截止(?:日期|时间)?|截至(?:日期|时间)?"
    r"|报告期|报送周期|所属(?:时期|周期|期间)|填报周期|周期|期次|时段)\s*[:：]\s*(?P<said>[^\s　:：][^　:：]*?)" + _stop
)
_until_label = re.compile(r"^\s*(?:统计(?:截止|截至)?(?:日期|时间|时段|期间|周期)|截止(?:日期|时间)|报告期|填报周期|期次|所属时期)\s*[:：]?\s*$")
_filled = re.compile(r"(?:填报|报送|填表|上报|制表)(?:日期|时间)\s*[:：]\s*(?P<said>[^\s　:：][^　:：]*?)" + _stop)
_filled_label = re.compile(r"^\s*(?:填报|报送|填表|上报|制表)(?:日期|时间)\s*[:：]?\s*$")
_in_title = re.compile(
    r"第\s*[\d一二三四五六七八九十]{1,3}\s*[周期]|(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]?\s*[-~—–至到－]+\s*(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}[日号]?"
    r"|截[至止](?:\d{4}年)?\d{1,2}月\d{1,2}[日号]?"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}\s*[-~—–至到－]+\s*(?:\d{4}[./-])?\d{1,2}[./-]\d{1,2}"
)
_not_a_name = re.compile(r"^[_＿\s\d.、,，()（）年月日]*$|场次|人次|计量|^万?元$|^%$")


Place = tuple[View, int, int, str]


def texts_of(book: Book) -> list[Place]:
    """The short texts of a book's sheets that may be fields, in reading order, visible sheets first; none is far down a long table of rows."""
    found: list[Place] = []
    for grid in sorted(book.grids, key=lambda grid: grid.is_hidden):
        view = View(grid)
        rows = range(view.height) if view.height <= 400 else (*range(60), *range(view.height - 60, view.height))
        found += texts_in(view, rows)
    return found


def texts_in(view: View, rows: Iterable[int]) -> Iterator[Place]:
    """The texts of some rows that may be fields."""
    for row in rows:
        for column, value in enumerate(view.rows[row]):
            if type(value) is str and len(value) <= 300 and _near_field.search(value):
                yield view, row, column, simplify(value)


_near_field = re.compile(r"[单單]位|部[门門]|社[区區]|科室|股室|[时時][间間段]|期|第.{1,5}[周週]|月.{1,3}日|截|\d[./-]\d")


def _next_to(view: View, row: int, column: int) -> str:
    """The value a bare label stands for: the next cell to the right, else the one below."""
    span = view.spans.get((row, column)) if view.spans else None
    right = (span[3] if span else column) + 1
    below = (span[2] if span else row) + 1
    for other in (*(view.at(row, right + step) for step in range(3)), view.at(below, column)):
        if not is_blank(other):
            text = raw_text(other).strip()
            is_field = re.match(r"^[^:：\d]{2,14}[:：]", text) or _unit_label.match(simplify(text)) or _filled_label.match(simplify(text))
            return "" if is_field else text
    return ""


def _trimmed(said: str) -> str:
    said = said.strip().strip("_＿ 　。;；,，")
    said = re.sub(r"\s*[(（](?:盖章|公章|签章|章)[)）]\s*$", "", said)
    is_name = not _not_a_name.search(said) or bool(re.search(r"\d", said))
    return said if is_name and fold(said) else ""


def unit_named(texts: Sequence[Place], running_text: str) -> str | None:
    """Return the unit that the file itself names as the one reporting; None if it names none. `running_text` is a document's, outside its tables."""
    for view, row, column, text in texts:
        if found := _unit.search(text) or _unit_short.search(text):
            if said := _trimmed(found["said"]):
                return _original(view, row, column, text, said)
            if not found["said"].strip("_＿ 　") and not text[found.end() :].strip() and (said := _trimmed(_next_to(view, row, column))):
                return said
        elif _unit_label.match(text) and (said := _trimmed(_next_to(view, row, column))):
            return said
    for line in running_text.splitlines():
        if (found := _unit.search(simplify(line)) or _unit_short.search(simplify(line))) and (said := _trimmed(found["said"])):
            return said
    return None


def _original(view: View, row: int, column: int, text: str, said: str) -> str:
    """The words as the file has them, where simplifying changed them."""
    value = view.rows[row][column]
    if isinstance(value, str) and len(value) == len(text) and (at := text.find(said)) >= 0:
        return value[at : at + len(said)].strip()
    return said


def period_named(texts: Sequence[Place], running_text: str) -> str | None:
    """Return the time the file itself says it reports on; None if it says none.

    统计截止日期 goes before a week or days in a title, and that before the day of filling in.
    """
    best: dict[str, str] = {}
    for view, row, column, text in texts:
        for kind, pattern, label in (("until", _until, _until_label), ("filled", _filled, _filled_label)):
            if kind in best:
                continue
            if found := pattern.search(text):
                if re.search(r"\d|[一二三四五六七八九十]", found["said"]):
                    best[kind] = found["said"].strip()
            elif label.match(text.rstrip()) and (said := _next_to(view, row, column)) and re.search(r"\d", said):
                best[kind] = said
        if "title" not in best and row < 6 and len(text) <= 80 and (found := _in_title.search(text)):
            best["title"] = found.group().strip()
        if "until" in best:
            break
    for line in running_text.splitlines():
        line = simplify(line)
        for kind, pattern in (("until", _until), ("filled", _filled)):
            if kind not in best and (found := pattern.search(line)) and re.search(r"\d", found["said"]):
                best[kind] = found["said"].strip()
        if "title" not in best and len(line) <= 80 and (found := _in_title.search(line)):
            best["title"] = found.group().strip()
    for kind in ("until", "title", "filled"):
        if kind in best:
            return best[kind]
    return None
