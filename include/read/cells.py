"""One cell as one item's value: numbers, telephone numbers, days and words as people type them.

A figure is either certain, or certain with a flag, or refused with the reason; there is no best guess.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from include.catalogue.wording import fold, simplify
from include.domain.form import Item
from include.domain.reading import Value
from include.read import measures
from include.read.grid import CellValue
from include.read.lexicon import ABOUT_BEFORE, ABOUT_BEHIND, NEUTRAL_BEFORE, NEUTRAL_BEHIND, NIL, NOT_DONE

State = Literal["value", "nil", "blank", "fault"]


@dataclass(slots=True)
class Entry:
    """What a cell says as an item's value. `faults` are (name of the doubt, given, expected); an error among them means no value."""

    state: State
    value: Value = None
    approximate: bool = False
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def raw_text(value: CellValue) -> str:
    """Return the cell's own text: numbers as a spreadsheet shows them without a format, days in ISO form."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


_invisible = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060\u00ad\u200e\u200f"))


def is_blank(value: CellValue) -> bool:
    """Whether nothing visible stands in the cell."""
    if value is None:
        return True
    if type(value) is not str:
        return False
    bare = value.strip()
    return not bare or (len(bare) < 9 and not bare.translate(_invisible).strip())


_dashes = re.compile(r"^[-‐‑‒–—―−─－~～_＿.…·*×]+$")
_error_value = re.compile(r"^#(?:REF!|DIV/0!|VALUE!|N/A|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#{2,})", re.IGNORECASE)
_number = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?"
_chinese = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_start = re.compile(rf"(?P<number>{_number})(?P<scale>[百千万亿](?![分])|[wW](?![a-zA-Z]))?|(?P<chinese>[{_chinese}]+)")
_dates = re.compile(
    r"\d{2,4}年(?:\d{1,2}月)?(?:\d{1,2}[日号])?|\d{1,2}月(?:\d{1,2}[日号]?)?(?:[-~—至到]\d{1,2}(?:月\d{1,2})?[日号])?"
    r"|\d{1,2}[日号]|第[\d一二三四五六七八九十]+[周次期届批个季]?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[点时:]\d{0,2}分?"
)
_pair = re.compile(
    rf"(?P<about>大约|大概|约|将近|接近|近|超过|超|逾|至少|不少于)?(?P<sign>-)?"
    rf"(?:(?P<number>{_number})(?P<scale>[百千万亿])?|(?P<chinese>[{_chinese}]+))(?P<odd>余|多|来)?"
    rf"(?P<unit>{'|'.join(map(re.escape, measures.BY_LENGTH))})?(?P<odd2>余|多|左右|以上)?"
)
_range = re.compile(rf"{_number}[百千万亿]?\D{{0,3}}[-‐–—―−~～至到]{{1,2}}\s*{_number}|^[{_chinese}]{{1,3}}[至到~-][{_chinese}]{{1,3}}")
# Words in brackets behind a figure that leave no telling what the figure is.
_alters = re.compile(r"另|不含|除|未含|不包括|还有|应为|更正|改为|实际|原|或|预计|计划|暂定|补报|漏报|少报|多报|[+＋]")
# 每周3场, 20人/日: a figure for each of something is not the figure.
_per = re.compile(r"每|人均|/\s*(?:年|月|旬|周|日|天|次|场|人|家|户|个|项)")
_expression = re.compile(rf"^=|{_number}\D{{0,3}}[+*×÷xX]\s*{_number}|^{_number}\s*/\s*{_number}$|[=＝]")
_scales = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000, "w": 10_000, "W": 10_000}
_digit_of = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2} | {c: i for i, c in enumerate("壹贰叁肆伍陆柒捌玖", start=1)}
_place_of = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}


@lru_cache(maxsize=1024)
def chinese_number(text: str) -> int | None:
    """Return 二十三 as 23; None for anything that does not say one number in full (一百二, 三四十, 二一)."""
    for big, size in (("亿", 100_000_000), ("万", 10_000)):
        if big in text:
            high, _, low = text.partition(big)
            upper = chinese_number(high)
            lower = 0 if not low else chinese_number(low.lstrip("零〇"))
            if not upper or lower is None or lower >= size or (low and low[0] not in "零〇" and lower < size // 10):
                return None
            return upper * size + lower
    if not text:
        return None
    if len(text) == 1 and text in _digit_of:
        return _digit_of[text]
    total, digit, last, after_zero = 0, None, 100_000, False
    for position, sign in enumerate(text):
        if sign in _place_of:
            place = _place_of[sign]
            if place >= last or digit == 0 or (digit is None and not (place == 10 and position == 0)):
                return None
            if after_zero and place == last // 10:
                return None
            total += (1 if digit is None else digit) * place
            last, digit, after_zero = place, None, False
        elif sign in "零〇":
            if digit is not None or position == 0 or after_zero:
                return None
            after_zero = True
        elif sign in _digit_of:
            if digit is not None:
                return None
            digit = _digit_of[sign]
        else:
            return None
    if digit is not None:
        if last > 10 and not after_zero:
            return None
        return total + digit
    return None if after_zero else total


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    """Half width, simplified, without invisible signs; blanks only where they part two digits."""
    text = simplify(text).translate(_invisible).strip().lstrip("'‘’`")
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"(?<!\d) | (?!\d)", "", text)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _number_of(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(slots=True)
class _Said:
    """A figure taken out of text: its size, the unit written behind it, whether approximate, what else stood there."""

    size: Decimal
    unit: str = ""
    approximate: bool = False
    rest: str = ""
    is_loose: bool = False


def _one_figure(text: str) -> _Said | None:
    """Read text that is one figure with at most neutral words around it; None if it is anything else. What cannot be placed is `rest`."""
    about = False
    changed = True
    while changed and text and not text[0].isdecimal():
        changed = False
        for word in ABOUT_BEFORE:
            if text.startswith(word):
                text, about, changed = text[len(word) :], True, True
                break
        else:
            for word in NEUTRAL_BEFORE:
                if text.startswith(word):
                    text, changed = text[len(word) :], True
                    break
    found = _start.match(text)
    if found is None:
        return None
    is_loose = False
    if found["chinese"]:
        whole = chinese_number(found["chinese"])
        if whole is None:
            return None
        size = Decimal(whole)
    else:
        size = _decimal(found["number"])
        if found["scale"]:
            size *= _scales[found["scale"]]
            is_loose = found["scale"] in "wW"
    rest = text[found.end() :]
    unit = ""
    for _ in range(4):
        before = rest
        for word in ABOUT_BEHIND:
            if rest.startswith(word):
                rest, about = rest[len(word) :], True
                break
        if rest.startswith("+") and not rest[1:2].isdecimal():
            rest, about = rest[1:], True
        if not unit:
            bracketed = re.match(r"^[（(\[]([^()（）\d]{1,5})[）)\]]", rest)
            if bracketed and (known := measures.normal(bracketed[1])):
                unit, rest = known, rest[bracketed.end() :]
            else:
                for word in measures.BY_LENGTH:
                    if rest.startswith(word):
                        unit, rest = word, rest[len(word) :]
                        break
                if unit and (again := re.match(r"^[（(]次[）)]", rest)) and unit + "次" in measures.FAMILY:
                    unit, rest = unit + "次", rest[again.end() :]
        if rest == before:
            break
    for word in NEUTRAL_BEHIND:
        if rest == word:
            rest = ""
    rest = rest.strip("。.,;、!") if not re.search(r"\d", rest) else rest
    return _Said(size=size, unit=unit, approximate=about, rest=rest, is_loose=is_loose)


_FAULT_STATE: State = "fault"


def _fault(name: str, given: str, expected: str = "") -> Entry:
    return Entry(state=_FAULT_STATE, faults=[(name, given, expected)])


def read_figure(value: CellValue, item: Item, *, is_percent: bool = False) -> Entry:
    """Read a cell as a count, an amount or a rate."""
    kind = type(value)
    if kind is int or kind is float:
        return _read_number(value, item, is_percent=is_percent)  # type: ignore[arg-type]
    if value is None:
        return Entry(state="blank")
    if isinstance(value, bool):
        return _fault("not_a_number", raw_text(value), item.label)
    if isinstance(value, (datetime, date, time, timedelta)):
        return _fault("date_for_number", raw_text(value), item.label)
    assert isinstance(value, str)
    return _read_words(value, item)


def _read_number(value: int | float, item: Item, *, is_percent: bool) -> Entry:
    shown = raw_text(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return _fault("not_a_number", shown, item.label)
        nearest = round(value)
        if abs(value - nearest) < 1e-9 * max(1.0, abs(value)) and abs(value) < 1e9:
            value = nearest
        elif value.is_integer():
            value = int(value)
    if abs(value) >= 2**53:
        return _fault("precision_lost", shown, item.label)
    if value < 0:
        return _fault("negative_number", shown, item.label)
    if item.kind == "rate":
        if is_percent:
            share = round(value * 100, 8)
            return Entry(state="value", value=int(share) if share == int(share) else share, steps=["percentage format"])
        if 0 < value <= 1:
            return _fault("rate_unclear", shown, item.label)
        return Entry(state="value", value=value if isinstance(value, int) else round(value, 8))
    if is_percent and value != 0:
        return _fault("percent_of_count", f"{round(value * 100, 8):g}%", item.label)
    if item.kind == "count":
        if isinstance(value, float):
            return _fault("fraction_of_count", shown, item.label)
        return Entry(state="value", value=value)
    return Entry(state="value", value=value if isinstance(value, int) else round(value, 8))


def _read_words(text: str, item: Item) -> Entry:
    plain = _plain(text)
    if not plain:
        return Entry(state="blank")
    given = text.strip()
    if len(plain) > 200:
        return _fault("not_a_number", given, item.label)
    if _error_value.match(plain):
        return _fault("error_value", given, item.label)
    bare = plain.strip("。.;,、!()[]（）【】 ")
    if bare in NIL:
        return Entry(state="nil", steps=["无"])
    if bare in NOT_DONE:
        return Entry(state="nil", faults=[("not_done", given, item.label)], steps=["not done"])
    if plain in ("/", "\\", "//", "|"):
        if item.kind == "rate":
            return Entry(state="nil", steps=["slash"])
        return _fault("slash_for_figure", given, item.label)
    # 一 alone is more often a dash than a figure.
    if _dashes.match(plain) or plain == "一":
        return _fault("dash_for_blank", given, item.label)
    # ①12, 12②, 12²: a mark beside a figure would turn into one of its digits.
    if any(unicodedata.category(sign) == "No" for sign in given):
        return _fault("not_a_number", given, item.label)
    # 3.000 as text: three thousand or three?
    if item.kind == "count" and re.fullmatch(r"\d{1,3}\.000", plain):
        return _fault("fraction_of_count", given, item.label)
    spaced = False
    if " " in plain:
        joined = re.sub(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)(?! \d)", lambda found: found.group().replace(" ", ""), plain)
        if " " in joined:
            return _fault("two_figures", given, item.label)
        plain, spaced = joined, True
    plain = plain.strip("。;、!").lstrip(":")
    plain = re.sub(r"[.,]$", "", plain)
    entry = _read_rate(plain, given, item) if item.kind == "rate" else _read_quantity(plain, given, item)
    if spaced and entry.state == "value":
        entry.faults.append(("remark_beside_figure", given, item.label))
    return entry


def _read_rate(plain: str, given: str, item: Item) -> Entry:
    about = False
    body = plain
    for word in ABOUT_BEFORE:
        if body.startswith(word):
            body, about = body[len(word) :], True
            break
    for word in ("左右", "以上"):
        if body.endswith(word):
            body, about = body[: -len(word)], True
    share: Decimal | None = None
    if found := re.fullmatch(rf"({_number})%", body):
        share = _decimal(found[1])
    elif found := re.fullmatch(rf"百分之(?:({_number})|([{_chinese}]+)(?:点([零〇一二三四五六七八九]+))?)", body):
        if found[1]:
            share = _decimal(found[1])
        elif found[2] == "百":
            share = Decimal(100)
        elif (whole := chinese_number(found[2])) is not None:
            tail = "".join(str(_digit_of[sign]) for sign in found[3] or "")
            share = Decimal(f"{whole}.{tail}" if tail else whole)
    elif found := re.fullmatch(_number, body):
        share = _decimal(body)
        if 0 < share <= 1:
            return _fault("rate_unclear", given, item.label)
    if share is None:
        if body.startswith("-") and re.fullmatch(rf"-{_number}%?", body):
            return _fault("negative_number", given, item.label)
        if _range.search(body) or _expression.search(body):
            return _fault("unsolved_expression", given, item.label)
        return _fault("not_a_number", given, item.label)
    entry = Entry(state="value", value=_number_of(share), approximate=about)
    if about:
        entry.faults.append(("approximate", given, item.label))
    return entry


def _read_quantity(plain: str, given: str, item: Item) -> Entry:
    if plain.isdecimal() and plain.isascii():
        return _quantity(_Said(size=Decimal(plain)), given, item, steps=["text to number"])
    if re.match(rf"^(?:-|负)\s*{_number}", plain):
        return _fault("negative_number", given, item.label)
    if re.fullmatch(rf"\(\s*{_number}\s*\)", plain):
        return _fault("not_a_number", given, item.label)
    if re.search(r"%|百分之", plain):
        return _fault("percent_of_count", given, item.label)
    if _per.search(plain):
        return _fault("not_a_number", given, item.label)
    masked = _dates.sub("", plain)
    said = _one_figure(plain)
    if said is not None and not said.rest:
        if re.search(r"累计|本[周月期次]|当[周月期]|上[周月期]|全年", plain):
            entry = _quantity(said, given, item, steps=["figure with a period"])
            if entry.state == "value":
                entry.faults.append(("remark_beside_figure", given, item.label))
            return entry
        return _quantity(said, given, item, steps=["figure in words" if not plain[:1].isdecimal() else "text to number"])
    if _expression.search(masked) or _range.search(masked):
        return _fault("unsolved_expression", given, item.label)
    if said is not None and masked == plain and re.match(r"^[（(\[]", said.rest):
        return _with_remark(said, given, item)
    return _from_sentence(masked, given, item, is_dated=masked != plain)


def _with_remark(said: _Said, given: str, item: Item) -> Entry:
    """12（其中线上3）: the figure stands first, the brackets explain it; unless they add to it or take from it."""
    rest = said.rest
    if not re.fullmatch(r"[（(\[].*[）)\]]", rest) or _alters.search(rest):
        return _fault("two_figures", given, item.label)
    said.rest = ""
    entry = _quantity(said, given, item, steps=["figure before brackets"])
    if entry.state == "value":
        entry.faults.append(("remark_beside_figure", given, item.label))
    return entry


def _from_sentence(masked: str, given: str, item: Item, *, is_dated: bool) -> Entry:
    """Several figures or a sentence: the item's own measurement unit must select exactly one."""
    wanted = measures.normal(item.measurement_unit)
    pairs: list[_Said] = []
    loose = 0
    for found in _pair.finditer(masked):
        if found["chinese"]:
            whole = chinese_number(found["chinese"])
            if not found["unit"] or whole is None:
                continue
            size = Decimal(whole)
        else:
            size = _decimal(found["number"]) * (_scales[found["scale"]] if found["scale"] else 1)
        if not found["unit"]:
            loose += 1
            continue
        if found["sign"] and not re.search(r"[一-鿿]-$", masked[: found.start("sign") + 1]):
            return _fault("unsolved_expression", given, item.label)
        pairs.append(_Said(size=size, unit=found["unit"], approximate=bool(found["about"] or found["odd"] or found["odd2"])))
    if not pairs and not loose:
        return _fault("date_for_number" if is_dated and not re.search(r"[^\s]", masked) else "not_a_number", given, item.label)
    if loose or not pairs:
        return _fault("two_figures" if loose + len(pairs) > 1 else "not_a_number", given, item.label)
    same = [pair for pair in pairs if pair.unit == wanted]
    near = same or [pair for pair in pairs if measures.relation(pair.unit, wanted) in ("near", "same")]
    if len(near) != 1:
        if len(pairs) == 1:
            return _fault("unit_contradicts", pairs[0].unit, item.measurement_unit)
        return _fault("two_figures", given, item.label)
    if re.search(r"其中|另|不含|还有|或|计划|目标|拟|预计|应", masked):
        return _fault("two_figures" if len(pairs) > 1 else "not_a_number", given, item.label)
    entry = _quantity(near[0], given, item, steps=["figure selected by its unit"])
    if entry.state == "value":
        entry.faults.append(("one_of_two_figures", given, item.measurement_unit) if len(pairs) > 1 else ("remark_beside_figure", given, item.label))
    return entry


def _quantity(said: _Said, given: str, item: Item, *, steps: list[str]) -> Entry:
    """A figure with its unit as the item's value."""
    wanted = measures.normal(item.measurement_unit) or fold(item.measurement_unit)
    size, faults = said.size, []
    unit = said.unit
    if wanted.startswith("万"):
        # 1.2万元 says 元 behind a scale that is the item's own.
        scaled = re.search(r"\d\s*([百千万亿])(?:余|多)?\s*(元)?|([一二两三四五六七八九十])\s*([百千万亿])", given)
        if scaled and not unit:
            return _fault("scale_unclear", given, item.label)
        if unit:
            factor = measures.relation(unit, wanted)
            if factor == "scaled":
                top, bottom = measures.scale(unit, wanted)
                size = size * top / bottom
                own = bool(scaled) and unit == "元" and "万元" in given.replace("余", "").replace("多", "").replace(" ", "")
                if not own:
                    faults.append(("unit_converted", given, f"{_number_of(size)}{item.measurement_unit}"))
            elif factor in ("contradicts", "differs"):
                return _fault("unit_contradicts", unit, item.measurement_unit)
    elif unit:
        factor = measures.relation(unit, wanted)
        if factor == "contradicts":
            return _fault("unit_contradicts", given, item.measurement_unit)
        if factor == "scaled":
            top, bottom = measures.scale(unit, wanted)
            size = size * top / bottom
            faults.append(("unit_converted", given, f"{_number_of(size)}{item.measurement_unit}"))
        elif factor == "differs":
            faults.append(("unit_differs", given, item.measurement_unit))
    if abs(size) >= 2**53:
        return _fault("precision_lost", given, item.label)
    if item.kind == "count" and size != size.to_integral_value():
        return _fault("fraction_of_count", given, item.label)
    if said.is_loose:
        faults.append(("remark_beside_figure", given, item.label))
    if said.approximate:
        faults.append(("approximate", given, item.label))
    return Entry(state="value", value=_number_of(size), approximate=said.approximate, faults=faults, steps=steps)


def looks_like_figure(value: CellValue) -> bool:
    """Whether a cell could be somebody's answer to a question for a number: a number, a number in words, 无, a slash or a dash."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, (int, float)):
        return True
    if isinstance(value, str):
        return _text_looks_like_figure(value)
    return True


@lru_cache(maxsize=20_000)
def _text_looks_like_figure(text: str) -> bool:
    plain = _plain(text)
    if not plain or len(plain) > 40:
        return False
    if plain in NIL or plain in NOT_DONE or plain in ("/", "\\") or _dashes.match(plain) or _error_value.match(plain):
        return True
    said = _one_figure(plain)
    return (said is not None and (not said.rest or said.rest[0] in "（([")) or bool(re.match(rf"^-?{_number}%?$", plain))


# Words, telephone numbers, days.


def read_words(value: CellValue, item: Item) -> Entry:
    """Read a cell as text, day, telephone number, mail address or choice: trimmed, otherwise verbatim."""
    if is_blank(value):
        return Entry(state="blank")
    if isinstance(value, str):
        text = value.translate(_invisible).strip()
        plain = _plain(text)
        if _error_value.match(plain):
            return _fault("error_value", text, item.label)
        if plain.strip("。.") in ("无", "零报告") or (len(plain) < 5 and plain.strip("。.") in NIL):
            return Entry(state="nil", steps=["无"])
        if item.kind == "choice" and plain in ("×", "*"):
            return _read_choice(value, text, item)
        if plain in ("/", "\\", "//") or _dashes.match(plain):
            if item.required:
                return _fault("dash_for_blank", text, item.label)
            return Entry(state="blank", faults=[("slash_for_blank", text, item.label)])
    else:
        text = raw_text(value)
    match item.kind:
        case "phone":
            return _read_phone(value, text, item)
        case "date":
            return _read_day(value, text)
        case "mail":
            return Entry(state="value", value=re.sub(r"\s+", "", simplify(text)))
        case "choice":
            return _read_choice(value, text, item)
        case _:
            return Entry(state="value", value=text)


def _read_phone(value: CellValue, text: str, item: Item) -> Entry:
    faults: list[tuple[str, str, str]] = []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, float) and not value.is_integer():
            return Entry(state="value", value=text)
        digits = str(int(value))
        if len(digits) > 15:
            return _fault("precision_lost", text, item.label)
        # An area code begins with 0, which a number cannot keep; a mobile number or a number without area code loses nothing.
        if len(digits) in (9, 10) or (len(digits) == 11 and not digits.startswith("1")):
            faults.append(("leading_zero_lost", digits, item.label))
        return Entry(state="value", value=digits, faults=faults, steps=["number to digits"])
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", text.strip()):
        return _fault("precision_lost", text, item.label)
    plain = re.sub(r"[‐‑‒–—―−─]+", "-", simplify(text))
    squeezed = re.sub(r"[\s-]", "", plain)
    if re.fullmatch(r"(?:\+?86)?1[3-9]\d{9}", squeezed):
        return Entry(state="value", value=squeezed[-11:], steps=["blanks, dashes and +86 left out"] if squeezed[-11:] != text else [])
    if re.fullmatch(r"1[3-9]\d{9}\.0", squeezed):
        return Entry(state="value", value=squeezed[:11])
    return Entry(state="value", value=re.sub(r"\s+", " ", plain).strip())


def _read_day(value: CellValue, text: str) -> Entry:
    if isinstance(value, datetime):
        return Entry(state="value", value=value.date().isoformat())
    if isinstance(value, date):
        return Entry(state="value", value=value.isoformat())
    if isinstance(value, (time, timedelta, bool)):
        return Entry(state="value", value=text)
    if isinstance(value, (int, float)):
        if 36_526 <= value < 73_051:  # days since 1899-12-30 that fall into 2000 to 2099
            day = (date(1899, 12, 30) + timedelta(days=int(value))).isoformat()
            return Entry(state="value", value=day, faults=[("number_for_date", text, day)], steps=["serial to day"])
        if re.fullmatch(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", text):
            return Entry(state="value", value=f"{text[:4]}-{text[4:6]}-{text[6:]}")
        return Entry(state="value", value=text)
    return Entry(state="value", value=text)


_yes = frozenset(("是", "√", "✓", "✔", "☑", "对", "y", "yes", "1", "已", "true", "有"))
_no = frozenset(("否", "×", "✗", "✘", "x", "n", "no", "未", "没有", "0", "错", "false", "不是"))


def _read_choice(value: CellValue, text: str, item: Item) -> Entry:
    folded = {fold(choice): choice for choice in item.choices}
    key = fold(text)
    if key in folded:
        return Entry(state="value", value=folded[key])
    if {"是", "否"} <= set(folded):
        sign = simplify(text).strip().lower()
        is_yes = sign in _yes or key in _yes or value is True or key.startswith(("已", "是"))
        is_no = sign in _no or key in _no or value is False or key.startswith(("未", "否", "没", "不"))
        if is_yes and not is_no:
            return Entry(state="value", value=folded["是"], steps=["sign for 是"])
        if is_no and not is_yes:
            return Entry(state="value", value=folded["否"], steps=["sign for 否"])
    return Entry(state="value", value=text)


def read_entry(value: CellValue, item: Item, *, is_percent: bool = False) -> Entry:
    """Read a cell as this item's value, whatever its kind."""
    return read_figure(value, item, is_percent=is_percent) if item.is_number else read_words(value, item)
