"""Layout families of the corpus: what clerks do to a table of counts, each a page with the truth on its cells.

A family lays lines out as the layouts of `tests.unit.read_sheets` do (all of which are families too, as are the sample's messes); here the cell that
shows an answer carries its truth, so that it may be written and typed in any way and still be found. Families that a careful clerk could not read
are told `is_clear=False`: nothing may be wrong in them, but nothing need be read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from include.catalogue import form
from include.domain.form import Form
from include.read.grid import Book, CellValue, Grid
from include.sample import layouts as messes
from include.sample.page import Cell, Page, Truth
from include.sample.page import Sheet as PageSheet
from tests.corpus.formats import BOOKS
from tests.unit import read_sheets as sheets
from tests.unit.read_sheets import Layout, Sheet, Written

STATISTICS = ("statistics-beipiao", "statistics-binhai", "statistics-heilongjiang")


@dataclass(frozen=True, kw_only=True)
class Family:
    """A way of laying a form out: `make` draws one page, `forms` are read from it.

    `hands`: figures stand alone in their cells and may be typed in any way; `is_spread`: a merged cell answers for several rows.
    """

    name: str
    make: Callable[[Random], Page]
    forms: Callable[[Page], tuple[str, ...]]
    is_clear: bool = True
    hands: bool = True
    writers: frozenset[str] | None = None
    is_spread: bool = False


FAMILIES: dict[str, Family] = {}


def page_of(book: Book) -> Page:
    """A book whose cells may be tagged `Cell`s as a page that can be written."""
    made = []
    for grid in book.grids:
        width = max((len(row) for row in grid.rows), default=0)
        rows = [[_cell(row[c]) if c < len(row) else Cell() for c in range(width)] for row in grid.rows]
        for top, left, bottom, right in grid.merged:
            rows[top][left].rows, rows[top][left].columns = bottom - top + 1, right - left + 1
        made.append(
            PageSheet(
                name=grid.name,
                rows=rows,
                hidden_rows=grid.hidden_rows,
                hidden_columns=grid.hidden_columns,
                is_hidden=grid.is_hidden,
                first_row=grid.first_row,
                first_column=grid.first_column,
            )
        )
    return Page(sheets=made)


def book_of(page: Page) -> Book:
    """A page as reading sees it, without a file between."""
    grids = []
    for sheet in page.sheets:
        spans = [(r, c, cell) for r, row in enumerate(sheet.rows) for c, cell in enumerate(row) if cell.rows > 1 or cell.columns > 1]
        grids.append(
            Grid(
                name=sheet.name,
                rows=[[cell.shown for cell in row] for row in sheet.rows],
                first_row=sheet.first_row,
                first_column=sheet.first_column,
                merged=[
                    (sheet.first_row + r, sheet.first_column + c, sheet.first_row + r + cell.rows - 1, sheet.first_column + c + cell.columns - 1)
                    for r, c, cell in spans
                ],
                hidden_rows={sheet.first_row + row for row in sheet.hidden_rows},
                hidden_columns={sheet.first_column + column for column in sheet.hidden_columns},
                is_hidden=sheet.is_hidden,
                percent={
                    (sheet.first_row + r, sheet.first_column + c)
                    for r, row in enumerate(sheet.rows)
                    for c, cell in enumerate(row)
                    if "%" in cell.format
                },
            )
        )
    return Book(kind="xlsx", grids=grids)


def _cell(value: object) -> Cell:
    if isinstance(value, Cell):
        return replace(value)  # a cell that stands twice is two cells
    assert value is None or isinstance(value, (str, int, float))
    return Cell(shown=value)


def tagged(definition: Form, truth: sheets.Truth) -> list[Written]:
    """Lines whose figures are cells that carry their truth."""
    lines = sheets.written(definition, truth)
    for line in lines:
        value = line.shown
        assert not isinstance(value, bool)
        line.shown = Cell(shown=value, truth=Truth(item=line.item.code, row=None, value=value))  # type: ignore[arg-type, assignment]
    return lines


def shown(line: Written) -> str:
    """What a line's cell shows."""
    assert isinstance(line.shown, Cell)
    return str(line.shown.shown)


def number(line: Written) -> int:
    """A line's figure, 0 where it is none."""
    assert isinstance(line.shown, Cell)
    return int(line.shown.shown) if isinstance(line.shown.shown, (int, float)) else 0


def of_lines(
    layout: Layout, *, is_clear: bool = True, hands: bool = True, is_shuffled: bool = False, writers: frozenset[str] | None = None
) -> Layout:
    """Register a layout of a statistics table as a family."""

    def make(luck: Random) -> Page:
        code = luck.choice(STATISTICS)
        definition = form(code)
        lines = tagged(definition, sheets.truth_of(definition, luck))
        if is_shuffled and luck.random() < 0.4:
            luck.shuffle(lines)
        page = page_of(layout(lines, luck))
        page.messes.append(code)
        return page

    FAMILIES[layout.__name__] = Family(
        name=layout.__name__, make=make, forms=lambda page: (page.messes[0],), is_clear=is_clear, hands=hands, writers=writers
    )
    return layout


def family(**how: object) -> Callable[[Layout], Layout]:
    return lambda layout: of_lines(layout, **how)  # type: ignore[arg-type]


# All layouts of the unit tests; those whose figures do not stand alone come here once more below, in the corpus' own way.
for each in sheets.LAYOUTS:
    if each is not sheets.figure_in_the_labels_cell:
        of_lines(each, is_shuffled=each not in sheets.FIXED_ORDER)


def mess(change: messes.Mess, writers: frozenset[str] | None = None) -> None:
    """Register a mess of the sample, on the plain layout and on the blanks' own, as a family."""

    def make(luck: Random) -> Page:
        code = luck.choice(STATISTICS)
        definition = form(code)
        head = messes.Head(unit="安全股", filled_on="2021年6月22日", until_on="2021年6月20日", person="张三", chief="李四", telephone="0421-5812345")
        answers = {(item, None): Truth(item=item, row=None, value=value) for item, value in sheets.truth_of(definition, luck).items()}  # type: ignore[arg-type]
        page = messes.plain(definition, head, answers)
        change(page, luck)
        page.messes.insert(0, code)
        return page

    name = f"mess {change.__name__}"
    FAMILIES[name] = Family(
        name=name, make=make, forms=lambda page: (page.messes[0],), hands=change is not messes.unit_behind_the_number, writers=writers
    )


for one in messes.IN_ANY_FILE:
    mess(one)
for one in messes.IN_WORKBOOKS:
    mess(one, BOOKS)

HEAD = ("序号", "指标名称", "计量单位", "数值")


def _numbered(sheet: Sheet, lines: Sequence[Written], *behind: CellValue, first: int = 1) -> None:
    for count, line in enumerate(lines, start=first):
        sheet.add(count, line.label, line.unit, line.shown, *behind)


def _plain(lines: Sequence[Written]) -> Sheet:
    sheet = Sheet()
    sheet.add(*HEAD)
    _numbered(sheet, lines)
    return sheet


# Labels.


@family(is_shuffled=True)
def label_torn_over_two_cells(lines: Sequence[Written], luck: Random) -> Book:
    """安全宣传 | 进企业: the group in one cell, what it is in the next; other labels whole in the second."""
    sheet = Sheet()
    sheet.add("序号", "类别", "内容", "计量单位", "数值")
    for count, line in enumerate(lines, start=1):
        lead = next((lead for lead in ("安全宣传", "观看", "开展") if line.label.startswith(lead) and len(line.label) > len(lead) + 1), "")
        sheet.add(count, lead, line.label[len(lead) :], line.unit, line.shown)
    return sheet.book()


@family()
def group_in_a_merged_cell(lines: Sequence[Written], luck: Random) -> Book:
    """安全宣传 merged over the ten rows of 进企业, 进企业参与人数 and so on."""
    sheet = Sheet()
    sheet.add("类别", "内容", "计量单位", "数值")
    begun = 0
    for line in lines:
        inside = line.label.startswith("安全宣传进")
        row = sheet.add(
            "安全宣传" if inside and not begun else None, line.label.removeprefix("安全宣传") if inside else line.label, line.unit, line.shown
        )
        if inside:
            begun = begun or row
            end = row
    if begun:
        sheet.merge(begun, 0, end, 0)
    return sheet.book()


@family(is_shuffled=True)
def label_broken_before_its_unit(lines: Sequence[Written], luck: Random) -> Book:
    """The unit stands on a line of its own in the label's cell."""
    sheet = Sheet()
    sheet.add("序号", "指标", "数值")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, f"{line.label}\n（{line.unit}）" if line.unit else line.label, line.shown)
    return sheet.book()


@family()
def indented_parts(lines: Sequence[Written], luck: Random) -> Book:
    """Blanks before the label show what is part of what."""
    sheet = Sheet()
    sheet.add("指标", "单位", "数量")
    for line in lines:
        sheet.add(("　　" if line.item.part_of or "参与人数" in line.label else "") + line.label, line.unit, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def unit_after_a_comma(lines: Sequence[Written], luck: Random) -> Book:
    """应急演练（单位：场次）, 应急演练/场次."""
    sheet = Sheet()
    sheet.add("统计指标", "填报数")
    joint = luck.choice(("（单位：{}）", "[{}]", "（{}） "))
    for line in lines:
        sheet.add(line.label + joint.format(line.unit) if line.unit else line.label, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def labels_with_misprints(lines: Sequence[Written], luck: Random) -> Book:
    """One sign in a long label is another."""
    sheet = Sheet()
    sheet.add(*HEAD)
    spoilt = set(luck.sample([line.item.code for line in lines if len(line.label) > 7], 3))
    for count, line in enumerate(lines, start=1):
        label = line.label
        if line.item.code in spoilt:
            at = luck.randrange(2, len(label) - 1)
            label = label[:at] + luck.choice("丶乂丿亅") + label[at + 1 :]
            assert isinstance(line.shown, Cell)
            assert line.shown.truth is not None
            line.shown.truth.may_refuse = True
        sheet.add(count, label, line.unit, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def labels_by_their_aliases(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        sheets.by_an_alias(line, luck)
    return _plain(lines).book()


@family(is_shuffled=True)
def numbers_of_every_style(lines: Sequence[Written], luck: Random) -> Book:
    """（一）1、 ①: rows numbered in their labels, each section anew."""
    sheet = Sheet()
    sheet.add("指标", "计量单位", "数值")
    style = luck.choice(("{}、", "{}.", "（{}）", "({})", "{}．", "{} ", "{})", "第{}项 "))
    section, count = "", 0
    for line in lines:
        count = count + 1 if line.item.section == section else 1
        section = line.item.section
        sheet.add(style.format(count) + line.label, line.unit, line.shown)
    return sheet.book()


@family()
def numbers_in_levels(lines: Sequence[Written], luck: Random) -> Book:
    """1.1, 1.2, 2.1 as text before the labels."""
    sheet = Sheet()
    sheet.add("编号", "指标", "计量单位", "数值")
    section, major, minor = "", 0, 0
    for line in lines:
        if line.item.section != section:
            section, major, minor = line.item.section, major + 1, 0
        minor += 1
        sheet.add(luck.choice((f"{major}.{minor}", f"{major}-{minor}")) if minor else "", line.label, line.unit, line.shown)
    return sheet.book()


@family()
def numbers_in_levels_as_numbers(lines: Sequence[Written], luck: Random) -> Book:
    """1.1, 1.2 typed where a spreadsheet makes numbers of them; no head."""
    sheet = Sheet()
    section, major, minor = "", 0, 0
    for line in lines:
        if line.item.section != section:
            section, major, minor = line.item.section, major + 1, 0
        minor += 1
        sheet.add(round(major + minor / (10 if minor < 10 else 100), 2), line.label, line.unit, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def traditional_and_wide(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        sheets.in_traditional(line, luck)
    sheet = Sheet()
    sheet.add("序號", "指標名稱", "計量單位", "數值")
    _numbered(sheet, lines)
    return sheet.book()


# Rows between, above and below.


@family(is_shuffled=True)
def blank_rows_between(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown)
        for _ in range(luck.choice((0, 0, 1, 2))):
            sheet.add()
    return sheet.book()


@family()
def subtotals_below_sections(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    section = lines[0].item.section
    for count, line in enumerate(lines, start=1):
        if line.item.section != section:
            sheet.add(None, luck.choice(("小计", "小　计", f"{section}小计", "本节合计")), None, luck.randint(1, 9000))
            section = line.item.section
        sheet.add(count, line.label, line.unit, line.shown)
    sheet.add(None, "合计", None, luck.randint(1, 9000))
    return sheet.book()


@family()
def section_rows_with_figures(lines: Sequence[Written], luck: Random) -> Book:
    """一、学习贯彻 | | | 87: a section's row carries a sum."""
    sheet = Sheet()
    sheet.add(*HEAD)
    section = ""
    for count, line in enumerate(lines, start=1):
        if line.item.section != section:
            section = line.item.section
            sheet.add("一二三四五六七八九"[count % 9], section, None, luck.randint(1, 9000))
        sheet.add(count, line.label, line.unit, line.shown)
    return sheet.book()


@family()
def head_repeated_on_each_page(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    for count, line in enumerate(lines, start=1):
        if count % 18 == 1:
            if count > 1:
                sheet.add("（续表）")
            sheet.add(*HEAD)
        sheet.add(count, line.label, line.unit, line.shown)
    return sheet.book()


@family()
def text_before_the_table(lines: Sequence[Written], luck: Random) -> Book:
    """A paragraph tells other figures of the same things before the table begins."""
    sheet = Sheet()
    for text in (
        "关于报送“安全生产月”活动进展情况的报告",
        "市安委办：",
        "　　今年以来，我单位共开展应急演练3场，参与群众215人次，排查隐患77项，发放宣传资料1200份。去年同期开展检查41次。",
        "　　现将《进展情况统计表》报上，请审阅。",
    ):
        sheet.merge(sheet.add(text, None, None, None), 0, len(sheet.rows) - 1, 3)
    sheet.add(*HEAD)
    _numbered(sheet, lines)
    return sheet.book()


@family()
def notes_that_name_items_below(lines: Sequence[Written], luck: Random) -> Book:
    sheet = _plain(lines)
    for text in (
        "填表说明：",
        "1.应急演练：指本单位组织的演练，桌面推演不计，上年为12场次。",
        "2.排查隐患：以台账为准，共3册。",
        "3.参与人数按人次统计。",
        "单位负责人：王五　　填表人：张三　　联系电话：0421-5812345　　报出日期：2021年6月22日",
    ):
        sheet.add(text)
    return sheet.book()


@family()
def signatures_in_cells(lines: Sequence[Written], luck: Random) -> Book:
    sheet = _plain(lines)
    sheet.add("填表人", "张三", "审核人", "李四")
    sheet.add("联系电话", 13900001234, "填报日期", "2021.6.22")
    sheet.add("备注", "以上数据截至6月20日", None, 3)
    return sheet.book()


@family()
def rows_left_out(lines: Sequence[Written], luck: Random) -> Book:
    """The unit deleted the rows in which it has nothing to say."""
    dropped = set(luck.sample([line.item.code for line in lines], 6))
    return _plain([line for line in lines if line.item.code not in dropped]).book()


@family()
def rows_of_its_own(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        if luck.random() < 0.1:
            added = (("夜间检查", "次"), ("进工地宣传", "场次"), ("培训特种作业人员", "人次"), ("投入经费", "万元"), ("应急演练评估", "次"))
            label, unit = luck.choice(added)
            sheet.add(None, label, unit, luck.randint(1, 900))
        sheet.add(count, line.label, line.unit, line.shown)
    return sheet.book()


# Columns beside.


@family(is_shuffled=True)
def this_year_and_last(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    heads = luck.choice((("今年", "去年同期", "增减"), ("本年", "上年同期", "同比±%"), ("本年累计", "上年同期累计", "增幅")))
    order = luck.sample(range(3), 3)
    sheet.add("序号", "指标", "计量单位", *(heads[at] for at in order))
    for count, line in enumerate(lines, start=1):
        cells: list[CellValue] = [line.shown, luck.randint(0, 400), luck.randint(-50, 90)] if line.item.is_number else [line.shown, None, None]
        sheet.add(count, line.label, line.unit, *(cells[at] for at in order))
    return sheet.book()


@family(is_shuffled=True)
def planned_and_done(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", luck.choice(("计划", "年度目标", "任务数")), luck.choice(("完成", "实际完成", "完成情况")), "完成率")
    for count, line in enumerate(lines, start=1):
        is_number = line.item.is_number
        sheet.add(
            count, line.label, line.unit, luck.randint(1, 99) if is_number else None, line.shown, f"{luck.randint(1, 100)}%" if is_number else None
        )
    return sheet.book()


@family(is_shuffled=True)
def numbers_among_the_remarks(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD, luck.choice(("备注", "说明", "附件编号", "佐证材料份数")))
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown, luck.choice((None, None, 3, 12, "附件2", "含线上4场", "见台账第5页")))
    return sheet.book()


@family(is_shuffled=True)
def remarks_without_a_head(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown, luck.choice((None, None, None, "含线上4场", "（核实过）", "6月16日")))
    return sheet.book()


@family(is_shuffled=True)
def empty_columns_of_the_template(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    at = luck.randint(0, 2)
    heads = ["县级", "乡级", "村级"]
    sheet.add("序号", "指标", "计量单位", "数值", *heads[: at + 1], "备注")
    _numbered(sheet, lines, *[None] * (at + 2))
    return sheet.book()


@family(is_shuffled=True)
def months_of_which_one_is_filled(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    months = ["4月", "5月", "6月", "7月"]
    at = luck.randrange(4)
    sheet.add("序号", "指标", "计量单位", *months)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, *(line.shown if m == at else None for m in range(4)))
    return sheet.book()


@family(is_clear=False)
def months_that_are_all_filled(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "5月", "6月")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, number(line) // 2, number(line) - number(line) // 2 + 1)
    return sheet.book()


@family(is_clear=False)
def two_columns_of_figures_without_heads(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, number(line) + luck.randint(1, 5), number(line) + luck.randint(6, 9))
    return sheet.book()


@family(is_clear=False)
def reported_and_checked(lines: Sequence[Written], luck: Random) -> Book:
    """上报数 beside 核定数."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "上报数", "核定数")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, number(line) + luck.randint(1, 5), number(line) + luck.randint(6, 9))
    return sheet.book()


@family(is_shuffled=True)
def offices_and_their_sum(lines: Sequence[Written], luck: Random) -> Book:
    """A column an office, 合计 behind: taken, with a word about it."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "一科", "二科", "三科", "合计")
    for count, line in enumerate(lines, start=1):
        whole = number(line)
        if line.item.kind == "count":
            one, two = luck.randint(0, whole), 0
            sheet.add(count, line.label, line.unit, one, two, whole - one, line.shown)
    return sheet.book()


offices = FAMILIES["offices_and_their_sum"]
FAMILIES["offices_and_their_sum"] = replace(offices, hands=False)


@family(is_shuffled=True)
def weeks_and_their_total(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "第一周", "第二周", "第三周", "累计")
    for count, line in enumerate(lines, start=1):
        parts = [luck.randint(0, 99) for _ in range(3)] if line.item.is_number else [None] * 3
        sheet.add(count, line.label, line.unit, *parts, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def a_tick_beside_the_figure(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "是否开展", "数值")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, luck.choice(("√", "是", "×")) if line.item.is_number else None, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def answers_far_to_the_right(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", None, None, "数值")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, None, None, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def who_and_where_from_beside(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "责任股室", "计量单位", "数值", "数据来源", "核对人")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, luck.choice(("安全股", "建管股")), line.unit, line.shown, luck.choice(("台账", "简报第3期", None)), "李四")
    return sheet.book()


@family()
def unit_of_the_sender_merged_beside(lines: Sequence[Written], luck: Random) -> Book:
    """The sender's name stands merged down the left edge."""
    sheet = Sheet()
    sheet.add("填报单位", *HEAD)
    for count, line in enumerate(lines, start=1):
        sheet.add("安全股" if count == 1 else None, count, line.label, line.unit, line.shown)
    sheet.merge(1, 0, len(lines), 0)
    return sheet.book()


# Cells.


@family(is_shuffled=True)
def labels_merged_over_columns(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.merge(sheet.add("序号", "指标", None, None, "计量单位", "数值"), 1, 0, 3)
    for count, line in enumerate(lines, start=1):
        row = sheet.add(count, line.label, None, None, line.unit, line.shown)
        sheet.merge(row, 1, row, 3)
    return sheet.book()


@family()
def long_text_merged_over_the_row(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD, "备注")
    for count, line in enumerate(lines, start=1):
        if line.item.is_number:
            sheet.add(count, line.label, line.unit, line.shown, None)
        else:
            row = sheet.add(line.label, line.shown, None, None, None)
            sheet.merge(row, 1, row, 4)
    return sheet.book()


@family()
def long_text_below_its_label(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        if line.item.is_number:
            sheet.add(count, line.label, line.unit, line.shown)
        else:
            sheet.merge(sheet.add(line.label + "：", None, None, None), 0, len(sheet.rows) - 1, 3)
            sheet.merge(sheet.add(line.shown, None, None, None), 0, len(sheet.rows) - 1, 3)
    return sheet.book()


@family(is_shuffled=True)
def each_row_two_rows_high(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        row = sheet.add(count, line.label, line.unit, line.shown)
        sheet.add(None, None, None, None)
        for column in range(4):
            sheet.merge(row, column, row + 1, column)
    return sheet.book()


@family(hands=False, is_shuffled=True)
def noughts_that_a_format_hides(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        assert isinstance(line.shown, Cell)
        if line.item.kind == "count":
            line.shown.format = luck.choice(("0;-0;;@", "#", "#,##0;-#,##0;"))
    return _plain(lines).book()


@family(hands=False, is_shuffled=True)
def figures_by_formula(lines: Sequence[Written], luck: Random) -> Book:
    """=3+4 and =SUM beside the table, with the cached value where the writer keeps one."""
    for line in lines:
        assert isinstance(line.shown, Cell)
        assert line.shown.truth is not None
        if line.item.kind == "count" and luck.random() < 0.3:
            part = luck.randint(0, number(line))
            line.shown.formula = f"={part}+{number(line) - part}"
            line.shown.truth.may_refuse = True
    return _plain(lines).book()


FAMILIES["figures_by_formula"] = replace(FAMILIES["figures_by_formula"], writers=BOOKS)


@family(hands=False)
def rates_by_percentage_format(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        if line.item.kind == "rate":
            assert isinstance(line.shown, Cell)
            line.shown.shown, line.shown.format = round(float(shown(line)) / 100, 4), luck.choice(("0.0%", "0.00%", "0%"))
    return _plain(lines).book()


FAMILIES["rates_by_percentage_format"] = replace(FAMILIES["rates_by_percentage_format"], writers=BOOKS)


def _in_words(pattern: Callable[[Written, Random], str]) -> Layout:
    def layout(lines: Sequence[Written], luck: Random) -> Book:
        sheet = Sheet()
        for count, line in enumerate(lines, start=1):
            assert isinstance(line.shown, Cell)
            text = pattern(line, luck) if line.item.is_number else f"{line.label}：{shown(line)}"
            sheet.add(Cell(shown=f"{count}.{text}", truth=line.shown.truth))  # type: ignore[arg-type]
        return sheet.book()

    return layout


def sentences(lines: Sequence[Written], luck: Random) -> Book:
    return _in_words(lambda line, luck: f"{line.label}{luck.choice(('：', ':', ' '))}{shown(line)}{line.unit}")(lines, luck)


def underlined_blanks(lines: Sequence[Written], luck: Random) -> Book:
    return _in_words(lambda line, luck: f"{line.label}：____{shown(line)}____{line.unit}")(lines, luck)


def bracketed_blanks(lines: Sequence[Written], luck: Random) -> Book:
    return _in_words(lambda line, luck: f"{line.label}（ {shown(line)} ）{line.unit}")(lines, luck)


for layout in (sentences, underlined_blanks, bracketed_blanks):
    of_lines(layout, hands=False)


# Other shapes.


@family()
def label_above_figure_in_one_column(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    for line in lines:
        sheet.add(f"{line.label}（{line.unit}）" if line.unit else line.label)
        sheet.add(line.shown)
    return sheet.book()


@family(is_shuffled=True)
def label_right_figure_left(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("完成数", "指标", "备注")
    for line in lines:
        sheet.add(line.shown, f"{line.label}（{line.unit}）" if line.unit else line.label, None)
    return sheet.book()


@family()
def on_its_side_under_sections(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sections: list[CellValue] = []
    top = 0
    for at, line in enumerate(lines):
        is_new = not at or line.item.section != lines[at - 1].item.section
        sections.append(line.item.section if is_new else None)
    sheet.add("填报单位", *sections)
    sheet.add(None, *(f"{line.label}（{line.unit}）" if line.unit else line.label for line in lines))
    sheet.add("安全股", *(line.shown for line in lines))
    begun = [at for at, section in enumerate(sections) if section] + [len(lines)]
    for left, right in pairwise(begun):
        if right - left > 1:
            sheet.merge(top, left + 1, top, right)
    sheet.merge(0, 0, 1, 0)
    return sheet.book()


@family()
def on_its_side_week_and_total(lines: Sequence[Written], luck: Random) -> Book:
    """A column an item, a row 本周 and a row 累计."""
    sheet = Sheet()
    sheet.add("时段", *(line.label for line in lines))
    sheet.add("本周", *(luck.randint(0, 50) if line.item.is_number else None for line in lines))
    sheet.add("累计", *(line.shown for line in lines))
    return sheet.book()


@family()
def halves_under_one_title(lines: Sequence[Written], luck: Random) -> Book:
    """Label and figure twice a row with the unit in brackets, no numbers."""
    sheet = Sheet()
    sheet.add("指标", "数值", "指标", "数值")
    half = (len(lines) + 1) // 2
    named = [(f"{line.label}（{line.unit}）" if line.unit else line.label, line.shown) for line in lines]
    for at in range(half):
        sheet.add(*named[at], *(named[at + half] if at + half < len(named) else (None, None)))
    return sheet.book()


@family()
def halves_with_sections(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    head = ["类别", "指标", "计量单位", "数值"]
    sheet.add(*head, None, *head)
    half = (len(lines) + 1) // 2
    for at in range(half):
        cells: list[CellValue] = []
        for line in (lines[at], lines[at + half] if at + half < len(lines) else None):
            cells += [line.item.section, line.label, line.unit, line.shown] if line else [None] * 4
            cells.append(None)
        sheet.add(*cells[:-1])
    return sheet.book()


@family()
def on_three_sheets(lines: Sequence[Written], luck: Random) -> Book:
    """The table goes on on further sheets without a head."""
    cut = sorted(luck.sample(range(5, len(lines) - 3), 2))
    parts = [lines[: cut[0]], lines[cut[0] : cut[1]], lines[cut[1] :]]
    grids, first = [], 1
    for name, part in zip(("第1页", "第2页", "第3页"), parts, strict=True):
        sheet = Sheet()
        if first == 1:
            sheet.add(*HEAD)
        _numbered(sheet, part, first=first)
        first += len(part)
        grids.append(sheet.grid(name))
    return Book(kind="xlsx", grids=grids)


@family()
def a_table_for_each_section(lines: Sequence[Written], luck: Random) -> Book:
    """Headings part the table in Word; only the first part has the head, an item may stand alone."""
    grids: list[Grid] = []
    sheet = Sheet()
    sheet.add(*HEAD, "备注")
    for count, line in enumerate(lines, start=1):
        if (count > 4 and line.item.section != lines[count - 2].item.section) or luck.random() < 0.08:
            grids.append(sheet.grid(f"表{len(grids) + 1}"))
            sheet = Sheet()
        sheet.add(count, line.label, line.unit, line.shown, None)
    return Book(kind="docx", grids=[grid for grid in [*grids, sheet.grid(f"表{len(grids) + 1}")] if grid.rows])


@family(hands=False)
def parts_of_the_unit_and_their_sum(lines: Sequence[Written], luck: Random) -> Book:
    """A sheet for each sub-unit and one that adds them up: that one is the report."""
    grids = []
    parts = {line.item.code: (number(line) // 3, luck.randint(0, number(line) // 3)) for line in lines}
    for at, name in enumerate(("一所", "二所", "三所")):
        sheet = Sheet()
        sheet.add(*HEAD)
        for count, line in enumerate(lines, start=1):
            one, two = parts[line.item.code]
            share = (one, two, number(line) - one - two)[at]
            sheet.add(count, line.label, line.unit, share if line.item.kind == "count" else None)
        grids.append(sheet.grid(name))
    whole = Sheet()
    whole.add(*HEAD)
    _numbered(whole, [line for line in lines if line.item.kind == "count"])
    grids.insert(luck.choice((0, 3)), whole.grid("汇总"))
    return Book(kind="xlsx", grids=grids)


@family(is_clear=False)
def parts_of_the_unit_without_sum(lines: Sequence[Written], luck: Random) -> Book:
    grids = []
    for name in ("一所", "二所"):
        sheet = Sheet()
        sheet.add(*HEAD)
        for count, line in enumerate(lines, start=1):
            sheet.add(count, line.label, line.unit, number(line) + luck.randint(1, 9))
        grids.append(sheet.grid(name))
    return Book(kind="xlsx", grids=grids)


@family()
def last_month_on_a_hidden_sheet(lines: Sequence[Written], luck: Random) -> Book:
    """An old, partly filled table lies hidden behind: the file is asked about, or read where it shows."""
    old = Sheet()
    old.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        assert isinstance(line.shown, Cell)
        assert line.shown.truth is not None
        line.shown.truth.may_refuse = True
        old.add(count, line.label, line.unit, luck.choice((None, luck.randint(1, 90))) if line.item.is_number else None)
    hidden = old.grid("5月")
    hidden.is_hidden = True
    return Book(kind="xlsx", grids=[_plain(lines).grid("6月"), hidden])


@family(is_shuffled=True)
def rows_and_columns_hidden(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "上期数", "数值")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, luck.randint(1, 99) if line.item.is_number else None, line.shown)
    grid = sheet.grid("统计表")
    grid.hidden_columns = {3}
    grid.hidden_rows = set(luck.sample(range(1, len(lines)), 5))
    return Book(kind="xlsx", grids=[grid])


@family(is_shuffled=True)
def far_from_the_corner(lines: Sequence[Written], luck: Random) -> Book:
    grid = _plain(lines).grid("Sheet1")
    grid.first_row, grid.first_column = luck.randint(1, 30), luck.randint(1, 12)
    return Book(kind="xlsx", grids=[grid])


@family(is_shuffled=True)
def the_example_filled_in_beside(lines: Sequence[Written], luck: Random) -> Book:
    """填报示例 with a figure in every row."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "填报示例", "填报数")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, luck.randint(1, 20) if line.item.is_number else "……", line.shown)
    return sheet.book()


# Several forms in one file.


def with_the_liaison(lines: Sequence[Written], luck: Random) -> Book:
    """联络员 on the first sheet or above, the statistics table on the second or below."""
    people: list[CellValue] = ["安全股", "张三", "科员", "0421-5812345", "13900001234"]
    tags = [Cell(shown=text, truth=Truth(item=item, row=None, value=text)) for item, text in zip(("L1", "L3", "L4", "L5", "L6"), people, strict=True)]  # type: ignore[arg-type]
    liaison = Sheet()
    liaison.add("联络员推荐表")
    liaison.add("单位", "姓名", "职务", "办公电话", "手机")
    liaison.add(*tags)  # type: ignore[arg-type]
    table = _plain(lines)
    if luck.random() < 0.5:
        return Book(kind="xlsx", grids=[liaison.grid("联络员"), table.grid("统计表")])
    both = Sheet(rows=[*liaison.rows, [], ["进展情况统计表"], *table.rows])
    return both.book()


of_lines(with_the_liaison)
FAMILIES["with_the_liaison"] = replace(FAMILIES["with_the_liaison"], forms=lambda page: (page.messes[0], "liaison"))


# Records.


def of_records(code: str, layout: Callable[[Random], Book], **how: object) -> None:
    FAMILIES[f"{code} {layout.__name__}"] = Family(
        name=layout.__name__,
        make=lambda luck: page_of(layout(luck)),
        forms=lambda page: (code,),
        hands=False,
        **how,  # type: ignore[arg-type]
    )


LIAISON: dict[str, tuple[str, str]] = {
    "L1": ("单位", "安全股"),
    "L3": ("姓名", "张三"),
    "L4": ("职务", "副股长"),
    "L5": ("办公电话", "0421-5812345"),
    "L6": ("手机", "13900001234"),
    "L7": ("传真", "0421-5812346"),
    "L9": ("邮箱", "anquangu@example.com"),
    "L10": ("备注", "专职"),
}


def _liaison(luck: Random) -> list[tuple[str, CellValue]]:
    """Heads and tagged answers of one liaison."""
    known = form("liaison")
    return [
        (luck.choice((label, *known.item(code).aliases)), Cell(shown=said, truth=Truth(item=code, row=None, value=said)))  # type: ignore[misc]
        for code, (label, said) in LIAISON.items()
    ]


def in_a_row(luck: Random) -> Book:
    sheet = Sheet()
    people = _liaison(luck)
    sheet.add("联络员推荐表")
    sheet.add("序号", *(label for label, _ in people))
    sheet.add(1, *(said for _, said in people))
    return sheet.book()


def in_a_column(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("联络员推荐表")
    for label, said in _liaison(luck):
        sheet.add(label, said)
    return sheet.book()


def in_pairs(luck: Random) -> Book:
    """姓名 | 张三 | 职务 | 科员."""
    sheet = Sheet()
    people = _liaison(luck)
    for at in range(0, len(people), 2):
        sheet.add(*(cell for pair in people[at : at + 2] for cell in pair))
    return sheet.book()


def beside_the_leader(luck: Random) -> Book:
    """分管领导 and 联络员 above the same heads; the merge is kept or lost."""
    people = {str(label): said for label, said in _liaison(Random(0))}
    inner = ["姓名", "职务", "手机"]
    tags = {code: Cell(shown=said, truth=Truth(item=code, row=None, value=said, may_refuse=True)) for code, (_, said) in LIAISON.items()}
    ours: list[CellValue] = [tags["L3"], tags["L4"], tags["L6"]]  # type: ignore[list-item]
    leader: list[CellValue] = ["李四", "局长", "13600000001"]
    is_first, is_merged = luck.random() < 0.5, luck.random() < 0.5
    sheet = Sheet()
    groups = ["联络员", None, None, "分管领导", None, None] if is_first else ["分管领导", None, None, "联络员", None, None]
    sheet.add("单位", *groups)
    sheet.add(None, *inner, *inner)
    sheet.add(tags["L1"], *(ours if is_first else leader), *(leader if is_first else ours))  # type: ignore[arg-type]
    if is_merged:
        for top, left, bottom, right in ((0, 0, 1, 0), (0, 1, 0, 3), (0, 4, 0, 6)):
            sheet.merge(top, left, bottom, right)
    assert people
    return sheet.book()


def two_liaisons(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("单位", "姓名", "职务", "手机")
    sheet.add("安全股", "张三", "科员", "13900001234")
    sheet.add("安全股", "李四", "科员", "13900005678")
    return sheet.book()


for record in (in_a_row, in_a_column, in_pairs, beside_the_leader):
    of_records("liaison", record)


def a_liaison_on_each_sheet(luck: Random) -> Book:
    grids = []
    for name, person in (("一所", "张三"), ("二所", "李四")):
        sheet = Sheet()
        sheet.add("单位", "姓名", "手机")
        sheet.add(name, person, f"1390000{luck.randrange(10000):04d}")
        grids.append(sheet.grid(name))
    return Book(kind="xlsx", grids=grids)


for record in (two_liaisons, a_liaison_on_each_sheet):
    of_records("liaison", record, is_clear=False)


def _plans(luck: Random, count: int) -> list[list[CellValue]]:
    days = ("5月", "6月16日", "6月16-18日", "6月上旬", "待定", "2021年6月9日")
    made = []
    for row in range(1, count + 1):
        answers: list[tuple[str, str | int]] = [
            ("P1", luck.choice(("消防", "防汛", "燃气", "有限空间")) + f"应急演练（第{row}场）"),
            ("P2", luck.choice(days)),
            ("P3", luck.choice(("中心广场", "会议室", "作业现场"))),
            ("P4", luck.choice(("宣传动员", "组织演练并讲评", "集中学习，现场答题"))),
            ("P5", luck.choice(("公共室", "党建室"))),
            ("P6", luck.choice(("张三", "李四", "王小明"))),
            ("P7", f"1390000{luck.randrange(10000):04d}"),
            ("P8", luck.randint(20, 300)),
            ("P9", luck.choice(("重点", "品牌", "一般"))),
        ]
        made.append([Cell(shown=said, truth=Truth(item=code, row=row, value=said)) for code, said in answers])
    return made  # type: ignore[return-value]


PLAN_HEAD: list[CellValue] = ["活动名称", "时间", "地点", "主要内容", "责任单位", "联系人", "联系电话", "参加人数", "备注"]


def many_rows(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("重点活动计划安排表")
    sheet.add("序号", *PLAN_HEAD)
    for count, row in enumerate(_plans(luck, luck.choice((3, 40, 150))), start=1):
        sheet.add(count, *row)
    sheet.add("填报人：张三", None, "审核人：李四")
    return sheet.book()


def head_again_on_each_page(luck: Random) -> Book:
    sheet = Sheet()
    for count, row in enumerate(_plans(luck, 45)):
        if count % 15 == 0:
            sheet.add("序号", *PLAN_HEAD)
        sheet.add(count + 1, *row)
    return sheet.book()


def banners_between(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", *PLAN_HEAD)
    for count, row in enumerate(_plans(luck, 12)):
        if count % 4 == 0:
            sheet.merge(sheet.add(f"{'一二三'[count // 4]}、{('宣传', '演练', '培训')[count // 4]}类", *[None] * 9), 0, len(sheet.rows) - 1, 9)
        sheet.add(count + 1, *row)
    return sheet.book()


def blank_rows_and_a_total(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", *PLAN_HEAD)
    rows = _plans(luck, 10)
    for count, row in enumerate(rows, start=1):
        sheet.add(count, *row)
        if luck.random() < 0.3:
            sheet.add()
    total = sum(int(row[7].shown) for row in rows)  # type: ignore[union-attr]
    sheet.add(None, luck.choice(("合计", "合　计", "总计")), *[None] * 6, total)
    return sheet.book()


def office_merged_over_its_rows(luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("责任单位", *[head for head in PLAN_HEAD if head != "责任单位"])
    rows = _plans(luck, 9)
    for count, row in enumerate(rows):
        office, rest = row.pop(4), row
        assert isinstance(office, Cell)
        assert office.truth is not None
        name = ("公共室", "党建室", "市政道路桥梁室")[count // 3]
        office.shown, office.truth.value = (name if count % 3 == 0 else None), name
        sheet.add(office, *rest)  # type: ignore[arg-type]
    for top in (1, 4, 7):
        sheet.merge(top, 0, top + 2, 0)
    return sheet.book()


def days_as_serials(luck: Random) -> Book:
    """A real day: a number with a format."""
    sheet = Sheet()
    sheet.add("序号", *PLAN_HEAD)
    for count, row in enumerate(_plans(luck, 8), start=1):
        day = row[1]
        assert isinstance(day, Cell)
        assert day.truth is not None
        number = luck.randint(1, 30)
        day.shown, day.format, day.truth.value = 44347 + number, luck.choice(("yyyy-mm-dd", 'm"月"d"日"', "yyyy/m/d")), f"2021-06-{number:02d}"
        sheet.add(count, *row)
    return sheet.book()


def on_its_side(luck: Random) -> Book:
    """A column an activity."""
    rows = _plans(luck, 4)
    sheet = Sheet()
    sheet.add("序号", *range(1, 5))
    for at, head in enumerate(PLAN_HEAD):
        sheet.add(head, *(row[at] for row in rows))
    return sheet.book()


for record in (
    many_rows, head_again_on_each_page, banners_between, blank_rows_and_a_total, office_merged_over_its_rows, days_as_serials, on_its_side
):  # fmt: skip
    of_records("activity-plan", record)
FAMILIES["activity-plan office_merged_over_its_rows"] = replace(
    FAMILIES["activity-plan office_merged_over_its_rows"], is_spread=True, writers=BOOKS | {"docx", "html"}
)
FAMILIES["activity-plan days_as_serials"] = replace(FAMILIES["activity-plan days_as_serials"], writers=BOOKS - {"ods"})


def _inspected(luck: Random) -> tuple[list[Written], list[list[CellValue]]]:
    definition = form("covert-inspection")
    truth: sheets.Truth = {"V1": 2, "V2": 40, "V3": 9, "V4": 4, "V5": 6, "V6": 3, "V7": 10, "V8": 50}
    lines = [line for line in tagged(definition, truth) if line.item.code.startswith("V")]
    found: list[list[CellValue]] = []
    for row in range(1, 7):
        said = (f"滨江花园{row}号楼", "临边防护缺失", "海建公司", "立即整改", "2021-06-20", "王小明", "是" if row < 4 else "否")
        found.append([Cell(shown=text, truth=Truth(item=f"W{at}", row=row, value=text)) for at, text in enumerate(said, start=1)])  # type: ignore[misc]
    return lines, found


PROBLEM_HEAD: list[CellValue] = ["项目名称", "问题", "责任单位", "整改措施", "整改时限", "责任人", "是否销号"]


def counts_and_problems(luck: Random) -> Book:
    """Two tables below one another, or on two sheets, or the problems first."""
    lines, found = _inspected(luck)
    counts, problems = Sheet(), Sheet()
    counts.add(*HEAD)
    _numbered(counts, lines)
    problems.add("序号", *PROBLEM_HEAD)
    for count, row in enumerate(found, start=1):
        problems.add(count, *row)
    order = luck.randrange(3)
    if order == 0:
        return Book(kind="xlsx", grids=[counts.grid("周报"), problems.grid("清单")])
    parts = [counts.rows, problems.rows] if order == 1 else [problems.rows, counts.rows]
    return Sheet(rows=[["暗访行动周报"], *parts[0], [], ["附表"], *parts[1]]).book()


def counts_of_week_and_total(luck: Random) -> Book:
    lines, _ = _inspected(luck)
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "本周", "累计")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown, luck.randint(50, 400))
    return sheet.book()


def counts_on_their_side(luck: Random) -> Book:
    lines, _ = _inspected(luck)
    sheet = Sheet()
    sheet.add("地区", *(f"{line.label}（{line.unit}）" for line in lines))
    sheet.add("海口市", *(line.shown for line in lines))
    return sheet.book()


for record in (counts_and_problems, counts_of_week_and_total, counts_on_their_side):
    of_records("covert-inspection", record)
