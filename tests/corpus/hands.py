"""How clerks type a figure, in the corpus: the sample's styles and some more. Each changes what a cell shows and returns whether it fitted."""

from random import Random

from include.domain.form import Item
from include.sample import styles
from include.sample.page import Cell, Truth
from include.sample.styles import Style


def _whole(truth: Truth, item: Item) -> int | None:
    return truth.value if item.kind == "count" and isinstance(truth.value, int) else None


def as_it_is(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    return True


def a_float(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """12.0, a number."""
    number = _whole(truth, item)
    if number is None:
        return False
    cell.shown = float(number)
    return True


def with_an_apostrophe(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """'12, the sign that makes text typed where it shows."""
    if _whole(truth, item) is None:
        return False
    cell.shown = f"'{truth.value}"
    return True


def counted_in_words(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """共12场次, 12 场次, 12（场次）, 12场次。"""
    if _whole(truth, item) is None or not item.measurement_unit:
        return False
    pattern = luck.choice(("共{}{}", "共计{}{}", "{} {}", "{}（{}）", "{}{}。", "{}({})", "{}{} "))
    cell.shown = pattern.format(truth.value, item.measurement_unit)
    return True


def wide_with_its_unit(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """１２场次."""
    if _whole(truth, item) is None:
        return False
    cell.shown = "".join(chr(ord(digit) + 0xFEE0) for digit in str(truth.value)) + item.measurement_unit
    return True


def in_bankers_digits(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """壹拾贰, as on receipts."""
    number = _whole(truth, item)
    if number is None or not 10 < number < 1000:
        return False
    cell.shown = ("一" if number < 20 else "") + styles.chinese_number(number)
    cell.shown = str(cell.shown).translate(str.maketrans("一二三四五六七八九十百", "壹贰叁肆伍陆柒捌玖拾佰"))
    return True


def parted_by_blanks(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """1 200."""
    number = _whole(truth, item)
    if number is None or number < 1000:
        return False
    cell.shown = f"{number:,}".replace(",", " ")
    truth.may_refuse = True
    return True


def with_a_remark(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """12（其中线上3场）."""
    number = _whole(truth, item)
    if not number:
        return False
    cell.shown = luck.choice(("{}（其中线上{}场）", "{}(含夜间{}次)", "{}（见附件{}）")).format(number, luck.randint(0, number))
    truth.may_refuse = True
    return True


def nought_in_words(cell: Cell, truth: Truth, item: Item, luck: Random) -> bool:
    """零, 0场."""
    if _whole(truth, item) != 0:
        return False
    cell.shown = luck.choice(("零", "〇", f"0{item.measurement_unit}", "0.0"))
    return True


HANDS: tuple[Style, ...] = (
    as_it_is, *styles.READ_WELL, *styles.ASKED_ABOUT, *styles.REFUSED, a_float, with_an_apostrophe, counted_in_words, wide_with_its_unit,
    in_bankers_digits, parted_by_blanks, with_a_remark, nought_in_words,
)  # fmt: skip
