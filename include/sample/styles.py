"""Numbers and texts as people type them: how one answer is shown, and what it says to a careful clerk.

A style takes a cell, its truth, the item and luck, changes what the cell shows (and the truth with it) and returns whether it fitted the item.
Styles of `READ_WELL` must be read with certainty, those of `ASKED_ABOUT` only perhaps, those of `REFUSED` must return the file.
"""

from collections.abc import Callable
from random import Random

from include.domain.form import Item
from include.sample.page import Cell, Truth

Style = Callable[[Cell, Truth, Item, Random], bool]
_DIGITS = "零一二三四五六七八九"


def _whole(truth: Truth, item: Item) -> int | None:
    value = truth.value
    return value if item.kind == "count" and isinstance(value, int) and not isinstance(value, bool) else None


def chinese_number(number: int) -> str:
    """Return 三, 十二, 二十, 一百零五 for 0 to 999."""
    if number < 10:
        return _DIGITS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
    hundreds, rest = divmod(number, 100)
    if not rest:
        return _DIGITS[hundreds] + "百"
    if rest < 10:
        return f"{_DIGITS[hundreds]}百零{_DIGITS[rest]}"
    return f"{_DIGITS[hundreds]}百{_DIGITS[rest // 10]}十{_DIGITS[rest % 10] if rest % 10 else ''}"


def number_as_text(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """The number is text."""
    if not item.is_number or truth.value is None or isinstance(truth.value, str):
        return False
    cell.shown = str(truth.value)
    return True


def with_its_unit(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """12场次, 85.7%."""
    if not item.is_number or not item.measurement_unit or truth.value is None or isinstance(truth.value, str):
        return False
    cell.shown = f"{truth.value}{item.measurement_unit}"
    return True


def with_a_shorter_unit(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """12场 where the form says 场次, 350人 where it says 人次."""
    short = {"场次": "场", "人次": "人", "批次": "批"}.get(item.measurement_unit)
    if short is None or _whole(truth, item) is None:
        return False
    cell.shown = f"{truth.value}{short}"
    return True


def with_thousands(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """3,000人次 or 3，000."""
    number = _whole(truth, item)
    if number is None or number < 1000:
        return False
    cell.shown = luck.choice((f"{number:,}", f"{number:,}{item.measurement_unit}", f"{number:,}".replace(",", "，")))
    return True


def in_full_width(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """１２."""
    number = _whole(truth, item)
    if number is None:
        return False
    cell.shown = "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
    return True


def in_chinese(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """三场."""
    number = _whole(truth, item)
    if number is None or number == 0 or number > 999 or number == 2:
        return False
    cell.shown = chinese_number(number) + luck.choice(("", item.measurement_unit))
    return True


def with_blanks_around(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """Blanks before and behind the figure."""
    number = _whole(truth, item)
    if number is None:
        return False
    cell.shown = luck.choice((" ", "　", "\t")) + str(number) + luck.choice((" ", "　", "\n"))
    return True


def as_decimal_number(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """12.0, as a program wrote it."""
    number = _whole(truth, item)
    if number is None:
        return False
    cell.shown = f"{number}.0"
    return True


def nothing_of_it(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """无, where the truth is nought: nil for this item."""
    if _whole(truth, item) != 0:
        return False
    cell.shown, truth.value = luck.choice(("无", "无", " 无 ")), None
    return True


def about(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """约500, 800余人, 近300, 1000多."""
    number = _whole(truth, item)
    if number is None or number < 20 or item.measurement_unit not in ("人次", "份", "幅"):
        return False
    # Upwards, so that cumulative figures never fall by a style alone.
    number = -(-number // 10) * 10
    cell.shown = luck.choice(
        (f"约{number}", f"{number}余{item.measurement_unit}", f"近{number}", f"{number}多{item.measurement_unit}", f"大约{number}")
    )
    truth.value, truth.approximate = number, True
    truth.doubts.append("approximate")
    return True


def in_ten_thousands(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """1.2万, in an item that is not measured in 万."""
    number = _whole(truth, item)
    if number is None or number < 2000 or "万" in item.measurement_unit:
        return False
    tenths = -(-number // 1000)
    cell.shown = f"{tenths / 10:g}万" + luck.choice(("", item.measurement_unit))
    truth.value, truth.may_refuse = tenths * 1000, True
    return True


def two_figures_in_one_cell(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """开展活动12场，参与350人次: only a finding will do, or the figure that carries the item's own unit."""
    number = _whole(truth, item)
    if number is None or item.measurement_unit != "场次":
        return False
    cell.shown = f"开展活动{number}场，参与{number * 30 + 7}人次"
    truth.may_refuse = True
    truth.doubts.append("unreadable_number")
    return True


def left_blank(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """Nothing at all in a required item."""
    if not item.is_number or not item.required:
        return False
    cell.shown, truth.value, truth.is_blank, truth.returns = None, None, True, True
    truth.doubts.append("blank")
    return True


def dashed(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """— or - where a number should stand: neither a nought nor a nil."""
    if item.kind != "count":
        return False
    cell.shown, truth.value, truth.is_blank, truth.returns = luck.choice(("—", "-", "——", "－")), None, True, True
    truth.doubts.append("blank")
    return True


def slashed(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """/ in an item that is no rate."""
    if item.kind != "count":
        return False
    cell.shown, truth.value, truth.is_blank, truth.returns = "/", None, True, True
    truth.doubts.append("blank")
    return True


def no_number(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """若干, 多次, 详见附件."""
    if item.kind != "count":
        return False
    cell.shown, truth.value, truth.is_blank, truth.returns = luck.choice(("若干", "多次", "详见附件", "正在统计")), None, True, True
    truth.doubts.append("unreadable_number")
    return True


def another_unit(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """12场 in an item of people: whichever was meant, a person must say."""
    number = _whole(truth, item)
    if number is None or item.measurement_unit != "人次":
        return False
    cell.shown, truth.value, truth.is_blank, truth.returns = f"{number}场", None, True, True
    truth.doubts.append("unreadable_number")
    return True


def below_nought(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """-3."""
    number = _whole(truth, item)
    if not number:
        return False
    cell.shown = truth.value = -number
    truth.returns, truth.may_refuse = True, True
    truth.doubts.append("below_minimum")
    return True


def a_fraction(cell: Cell, truth: Truth, item: Item, _luck: Random) -> bool:
    """12.5 sessions."""
    number = _whole(truth, item)
    if number is None:
        return False
    cell.shown = truth.value = number + 0.5
    truth.returns, truth.may_refuse = True, True
    truth.doubts.append("not_whole")
    return True


READ_WELL: tuple[Style, ...] = (
    number_as_text,
    with_its_unit,
    with_a_shorter_unit,
    with_thousands,
    in_full_width,
    in_chinese,
    with_blanks_around,
    as_decimal_number,
    nothing_of_it,
    about,
    in_ten_thousands,
)
REFUSED: tuple[Style, ...] = (left_blank, dashed, slashed, no_number, another_unit, below_nought, a_fraction)
ASKED_ABOUT: tuple[Style, ...] = (two_figures_in_one_cell,)
