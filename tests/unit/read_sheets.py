"""Sheets as clerks lay them out, with the truth beside them: a builder for the tests of reading.

`Truth` maps items to what a careful clerk reads. A layout takes a form's items and their truth and gives a book; a wording changes how labels
are written; a hand changes how a figure is written. Nothing here knows how reading works.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from random import Random

from opencc import OpenCC

from include.domain.form import Form, Item
from include.domain.reading import Reading, Value
from include.read.grid import Book, CellValue, Grid

_traditional = OpenCC("s2t").convert
Truth = dict[str, Value]
Rows = list[list[CellValue]]


@dataclass
class Written:
    """An item as it will be put on a sheet: its label's words, its measurement unit, what its cell shows."""

    item: Item
    label: str
    unit: str
    shown: CellValue


@dataclass
class Sheet:
    """A sheet being built: rows, merged ranges by position."""

    rows: Rows = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, *cells: CellValue) -> int:
        self.rows.append(list(cells))
        return len(self.rows) - 1

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        self.merged.append((top, left, bottom, right))

    def book(self, name: str = "Sheet1", kind: str = "xlsx") -> Book:
        return Book(kind=kind, grids=[self.grid(name)])

    def grid(self, name: str = "Sheet1") -> Grid:
        return Grid(name=name, rows=[[None if cell == "" else cell for cell in row] for row in self.rows], merged=self.merged)


def truth_of(form: Form, luck: Random) -> Truth:
    """Invent figures for a list form: whole numbers of all sizes, an amount, rates, words."""
    truth: Truth = {}
    for item in form.items():
        match item.kind:
            case "count":
                truth[item.code] = luck.choice((0, luck.randint(1, 9), luck.randint(10, 99), luck.randint(100, 99_999)))
            case "amount":
                truth[item.code] = luck.choice((0, luck.randint(1, 30), round(luck.uniform(0.1, 30), 2)))
            case "rate":
                truth[item.code] = luck.choice((0, 100, luck.randint(20, 999) / 10, luck.randint(2, 99)))
            case _:
                truth[item.code] = luck.choice(("推行班前会制度，效果良好", "开展3次夜间检查", "组织专题学习2次、宣讲5场"))
    return truth


def written(form: Form, truth: Truth) -> list[Written]:
    return [Written(item, item.label, item.measurement_unit, truth.get(item.code)) for item in form.items()]


def wrong_answers(reading: Reading, truth: Truth) -> list[str]:
    """The answers that say something else than the truth."""
    return [
        f"{answer.item} {answer.cell}: {answer.value!r} (raw {answer.raw!r}) instead of {truth.get(answer.item)!r}"
        for answer in reading.answers
        if answer.item not in truth or answer.value != truth[answer.item]
    ]


def unread_items(reading: Reading, truth: Truth) -> list[str]:
    given = {answer.item for answer in reading.answers}
    return [item for item, value in truth.items() if item not in given and value is not None]


def is_flagged(reading: Reading, item: str) -> bool:
    """Whether a finding says that the item was not read with certainty; a finding on the whole table covers all its items."""
    return any(finding.severity != "note" and finding.item in (item, None) for finding in reading.findings)


# Layouts.


def _title(sheet: Sheet, width: int) -> None:
    row = sheet.add("2021年“安全生产月”活动进展情况统计表", *[None] * (width - 1))
    sheet.merge(row, 0, row, width - 1)
    sheet.add("填报单位（盖章）：安全股", *[None] * (width - 3), "填报日期：2021年6月22日")


def _foot(sheet: Sheet) -> None:
    sheet.add("注：无此项填0，不得空项。统计时间为6月1日至6月22日，检查组3个。")
    sheet.add("填报人：张三", None, "审核人：李四", "联系电话：", 4212345678)


def plain(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    _title(sheet, 5)
    sheet.add("序号", "指标名称", "计量单位", "数值", "备注")
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown, None)
    _foot(sheet)
    return sheet.book()


def bare_pairs(lines: Sequence[Written], luck: Random) -> Book:
    """No head, no units: a label and a figure."""
    sheet = Sheet()
    for line in lines:
        sheet.add(line.label, line.shown)
    return sheet.book()


def numbered_without_head(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    _title(sheet, 4)
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown)
    _foot(sheet)
    return sheet.book()


def unit_before_label(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("编号", "单位", "统计指标", "完成数量")
    for number, line in enumerate(lines, start=1):
        sheet.add(f"{number}、", line.unit, line.label, line.shown)
    return sheet.book()


def figures_on_the_left(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("数值", "计量单位", "指标")
    for line in lines:
        sheet.add(line.shown, line.unit, line.label)
    return sheet.book()


def two_halves(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    _title(sheet, 8)
    head = ["序号", "项目", "计量单位", "数量"]
    sheet.add(*head, *head)
    half = (len(lines) + 1) // 2
    for r in range(half):
        cells: list[CellValue] = []
        for number in (r, r + half):
            cells += [number + 1, lines[number].label, lines[number].unit, lines[number].shown] if number < len(lines) else [None] * 4
        sheet.add(*cells)
    _foot(sheet)
    return sheet.book()


def three_pairs_across(lines: Sequence[Written], luck: Random) -> Book:
    """Label and figure three times a row, without a head."""
    sheet = Sheet()
    for at in range(0, len(lines), 3):
        cells: list[CellValue] = []
        for line in lines[at : at + 3]:
            cells += [line.label, line.shown]
        sheet.add(*cells)
    return sheet.book()


def labels_over_figures(lines: Sequence[Written], luck: Random) -> Book:
    """Bands of six labels with their figures below."""
    sheet = Sheet()
    _title(sheet, 6)
    for at in range(0, len(lines), 6):
        sheet.add(*(line.label for line in lines[at : at + 6]))
        sheet.add(*(line.shown for line in lines[at : at + 6]))
    return sheet.book()


def on_its_side(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("指标", *(line.label for line in lines))
    sheet.add("计量单位", *(line.unit for line in lines))
    sheet.add("数值", *(line.shown for line in lines))
    return sheet.book()


def on_its_side_with_the_units_name(lines: Sequence[Written], luck: Random) -> Book:
    """A column an item, the unit's own name before its figures, a total below."""
    sheet = Sheet()
    _title(sheet, len(lines) + 2)
    sheet.add("序号", "单位", *(line.label for line in lines))
    sheet.add(1, "安全股", *(line.shown for line in lines))
    return sheet.book()


def on_two_sheets(lines: Sequence[Written], luck: Random) -> Book:
    """The table runs on on a second sheet."""
    half = len(lines) // 2
    first, second = plain(lines[:half], luck), plain(lines[half:], luck)
    second.grids[0].name = "Sheet2"
    return Book(kind="xlsx", grids=[*first.grids, *second.grids])


def in_two_word_tables(lines: Sequence[Written], luck: Random) -> Book:
    first, second = Sheet(), Sheet()
    first.add("序号", "指标", "计量单位", "数值")
    half = len(lines) // 2
    for number, line in enumerate(lines):
        (first if number < half else second).add(number + 1, line.label, line.unit, line.shown)
    return Book(kind="docx", grids=[first.grid("table 1"), second.grid("table 2")], text="填报单位（盖章）：安全股\n填报日期：2021年6月22日")


def this_week_and_total(lines: Sequence[Written], luck: Random) -> Book:
    """本周 and 累计 under one merged head; the form asks for 累计."""
    sheet = Sheet()
    _title(sheet, 6)
    top = sheet.add("序号", "指标", "计量单位", "完成情况", None, "备注")
    sheet.add(None, None, None, "本周", "累计", None)
    for column in (0, 1, 2, 5):
        sheet.merge(top, column, top + 1, column)
    sheet.merge(top, 3, top, 4)
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, luck.randint(0, 500) if line.item.is_number else None, line.shown, None)
    return sheet.book()


def total_before_this_week(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("指标", "累计完成", "本周新增", "上周")
    for line in lines:
        is_number = line.item.is_number
        sheet.add(line.label, line.shown, luck.randint(0, 500) if is_number else None, luck.randint(0, 500) if is_number else None)
    return sheet.book()


def last_year_and_plan_beside(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "计划数", "完成数", "去年同期", "同比增减", "备注")
    for number, line in enumerate(lines, start=1):
        others = [luck.randint(0, 500) if line.item.is_number else None for _ in range(3)]
        sheet.add(number, line.label, line.unit, others[0], line.shown, others[1], others[2], luck.choice((None, "含6月16日2场", 3)))
    return sheet.book()


def section_column(lines: Sequence[Written], luck: Random) -> Book:
    """The sections of the form in merged cells before the labels."""
    sheet = Sheet()
    sheet.add("类别", "序号", "指标", "计量单位", "数值")
    begun, section = 1, None
    for number, line in enumerate(lines, start=1):
        if line.item.section != section:
            if number - begun > 1:
                sheet.merge(begun, 0, number - 1, 0)
            begun, section = number, line.item.section
        sheet.add(section if begun == number else None, number, line.label, line.unit, line.shown)
    return sheet.book()


def section_rows(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "数值")
    section, numerals = None, cycle("一二三四五六七八九十")
    for number, line in enumerate(lines, start=1):
        if line.item.section != section:
            section = line.item.section
            sheet.merge(sheet.add(f"{next(numerals)}、{section}", None, None, None), 0, len(sheet.rows) - 1, 3)
        sheet.add(number, line.label, line.unit, line.shown)
    return sheet.book()


def parts_below_their_base(lines: Sequence[Written], luck: Random) -> Book:
    """应急演练, and below it only: 其中：参与人数."""
    sheet = Sheet()
    sheet.add("指标", "计量单位", "数值")
    known = {line.item.label for line in lines}
    before = ""
    for line in lines:
        base = line.item.label.removesuffix("参与人数")
        is_part = base != line.item.label and before == base and base in known
        sheet.add(luck.choice(("其中：参与人数", "参与人数", "  参加人数")) if is_part else line.label, line.unit, line.shown)
        before = line.item.label
    return sheet.book()


def base_merged_over_its_parts(lines: Sequence[Written], luck: Random) -> Book:
    """应急演练 merged over two rows, told apart by 场次 and 人次 or by 参与人数 in the next column."""
    sheet = Sheet()
    by_words = luck.random() < 0.5
    sheet.add("指标", "内容" if by_words else "计量单位", "数值")
    at = 0
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else None
        if following is not None and following.item.label == line.item.label + "参与人数":
            row = sheet.add(line.label, "活动场次" if by_words else line.unit, line.shown)
            sheet.add(None, "参与人数" if by_words else following.unit, following.shown)
            sheet.merge(row, 0, row + 1, 0)
            at += 2
        else:
            sheet.add(line.label, None if by_words else line.unit, line.shown)
            at += 1
    return sheet.book()


def matrix_of_units(lines: Sequence[Written], luck: Random) -> Book:
    """One row an activity, a column 场次 and a column 参与人次; single items below in a table of their own."""
    sheet, rest = Sheet(), Sheet()
    sheet.add("序号", "活动名称", "场次", "参与人次")
    rest.add("指标", "计量单位", "数值")
    at = number = 0
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else None
        if following is not None and following.item.label == line.item.label + "参与人数":
            number += 1
            sheet.add(number, line.label, line.shown, following.shown)
            at += 2
        else:
            rest.add(line.label, line.unit, line.shown)
            at += 1
    return Book(kind="docx", grids=[sheet.grid("table 1"), rest.grid("table 2")])


def beside_another_table(lines: Sequence[Written], luck: Random) -> Book:
    """A table of vehicles stands to the right of ours, with figures of its own."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "数值", None, "车牌号", "里程", "油耗")
    for number, line in enumerate(lines, start=1):
        beside = [f"辽N{luck.randint(10000, 99999)}", luck.randint(100, 9000), luck.randint(5, 90)] if number < 9 else [None] * 3
        sheet.add(number, line.label, line.unit, line.shown, None, *beside)
    return sheet.book()


def below_another_table(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("姓名", "职务", "电话")
    for number in range(5):
        sheet.add(f"人员{number}", "科员", 13800138000 + number)
    sheet.add()
    _title(sheet, 5)
    sheet.add("序号", "指标", "单位", "数值")
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown)
    _foot(sheet)
    return sheet.book()


def figure_in_the_labels_cell(lines: Sequence[Written], luck: Random) -> Book:
    """A column of sentences: 1.应急演练：12场次."""
    sheet = Sheet()
    for number, line in enumerate(lines, start=1):
        joint = luck.choice(("：", " ", ":") if line.item.is_number else ("：", ":"))
        sheet.add(f"{number}.{line.label}{joint}{line.shown}{line.unit}")
    return sheet.book()


def total_row_first(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "数值")
    sheet.add(None, "合　　计", None, 123_456)
    for number, line in enumerate(lines, start=1):
        sheet.add(number, line.label, line.unit, line.shown)
    sheet.add(None, "总计", None, 99)
    return sheet.book()


def figures_in_a_merged_pair(lines: Sequence[Written], luck: Random) -> Book:
    """The figure's cell is merged over two columns."""
    sheet = Sheet()
    sheet.merge(sheet.add("序号", "指标", "计量单位", "填报数", None, "备注"), 3, 0, 4)
    for number, line in enumerate(lines, start=1):
        row = sheet.add(number, line.label, line.unit, line.shown, None, None)
        sheet.merge(row, 3, row, 4)
    return sheet.book()


Layout = Callable[[Sequence[Written], Random], Book]
LAYOUTS: tuple[Layout, ...] = (
    plain, bare_pairs, numbered_without_head, unit_before_label, figures_on_the_left, two_halves, three_pairs_across, labels_over_figures,
    on_its_side,
    on_its_side_with_the_units_name, on_two_sheets, in_two_word_tables, this_week_and_total, total_before_this_week, last_year_and_plan_beside,
    section_column, section_rows, parts_below_their_base, base_merged_over_its_parts, matrix_of_units, beside_another_table, below_another_table,
    figure_in_the_labels_cell, total_row_first, figures_in_a_merged_pair,
)  # fmt: skip
# Layouts that rely on the form's own words and order; other wordings would take away what tells the parts.
FIXED_ORDER = (parts_below_their_base, base_merged_over_its_parts, matrix_of_units)


# How labels are written.


def as_printed(line: Written, luck: Random) -> None:
    """As on the blank."""


def by_an_alias(line: Written, luck: Random) -> None:
    if line.item.aliases:
        line.label = luck.choice(line.item.aliases)


def numbered(line: Written, luck: Random) -> None:
    line.label = (
        luck.choice(("{}、", "{}.", "（{}）", "({})", "{} ", "{}．", "①", "（一）", "三、", "1.{} ")).format(luck.randint(1, 60)) + line.label
    )


def with_the_unit(line: Written, luck: Random) -> None:
    if line.unit:
        line.label += luck.choice(("（{}）", "({})", "【{}】", "（单位：{}）", " （ {} ）")).format(line.unit)


def torn(line: Written, luck: Random) -> None:
    at = luck.randint(1, max(1, len(line.label) - 1))
    line.label = line.label[:at] + luck.choice((" ", "　", "\n", "\r\n", "  \n ")) + line.label[at:]


def without_quotes(line: Written, luck: Random) -> None:
    line.label = line.label.translate({ord(sign): luck.choice(("", '"')) for sign in "“”"}).replace("《", "<").replace("》", ">")


def in_traditional(line: Written, luck: Random) -> None:
    line.label, line.unit = _traditional(line.label), _traditional(line.unit)


def with_a_colon(line: Written, luck: Random) -> None:
    line.label += luck.choice(("：", ":", " :"))


def coded(line: Written, luck: Random) -> None:
    line.label = line.item.code + luck.choice((" ", "、", ".", "")) + line.label


WORDINGS = (as_printed, by_an_alias, numbered, with_the_unit, torn, without_quotes, in_traditional, with_a_colon, coded)


# How figures are written. Each returns whether it fitted the item.


def typed_text(line: Written, luck: Random) -> bool:
    line.shown = str(line.shown)
    return True


def full_width(line: Written, luck: Random) -> bool:
    line.shown = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() or sign == "." else sign for sign in str(line.shown))
    return True


def with_measure(line: Written, luck: Random) -> bool:
    line.shown = f"{line.shown}{line.item.measurement_unit}"
    return True


def as_float(line: Written, luck: Random) -> bool:
    if not isinstance(line.shown, int):
        return False
    line.shown = float(line.shown)
    return True


def grouped(line: Written, luck: Random) -> bool:
    if not isinstance(line.shown, int) or line.shown < 1000 or line.item.kind != "count":
        return False
    line.shown = f"{line.shown:,}".replace(",", luck.choice((",", "，"))) + luck.choice(("", line.item.measurement_unit))
    return True


def padded(line: Written, luck: Random) -> bool:
    line.shown = luck.choice((" {}", "{} ", "　{}　", "\n{}", "{}。", "'{}")).format(line.shown)
    return True


def counted_out(line: Written, luck: Random) -> bool:
    line.shown = luck.choice(("共{}{}", "共计{}{}", "{}（{}）")).format(line.shown, line.item.measurement_unit)
    return line.item.kind == "count"


HANDS = (typed_text, full_width, with_measure, as_float, grouped, padded, counted_out)
