"""Further families: what clerks do with a blank when nobody looks. Registered beside those of `families`."""

from collections.abc import Sequence
from random import Random

from include.read.grid import Book, CellValue
from include.sample.page import Cell
from tests.corpus.families import HEAD, family, number, shown
from tests.unit.read_sheets import Sheet, Written


def _headed(lines: Sequence[Written], head: str) -> Sheet:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", head)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown)
    return sheet


def _may_ask(lines: Sequence[Written]) -> None:
    """A careful program may ask where a careful clerk reads."""
    for line in lines:
        assert isinstance(line.shown, Cell)
        assert line.shown.truth is not None
        line.shown.truth.may_refuse = True


@family(is_clear=False, hands=False)
def two_answers_in_one_cell(lines: Sequence[Written], luck: Random) -> Book:
    """应急演练（场次/人次） | 12/350."""
    sheet = Sheet()
    sheet.add("指标", "完成情况")
    at = 0
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else None
        if following is not None and following.item.label == line.item.label + "参与人数":
            joint = luck.choice(("/", "\n", "、", "，"))
            sheet.add(f"{line.label}（{line.unit}/{following.unit}）", f"{shown(line)}{joint}{shown(following)}")
            at += 2
        else:
            sheet.add(line.label, line.shown)
            at += 1
    return sheet.book()


@family(is_shuffled=True)
def marks_of_footnotes_on_labels(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        line.label += luck.choice(("", "*", "①", "★", "[1]", "（注1）", "▲", "※"))
    return _headed(lines, "数值").book()


@family(is_shuffled=True)
def explained_in_brackets(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        line.label += luck.choice(("", "（含桌面推演）", "（截至6月20日）", "（必填）", "（填数字）", "（下同）", "（不含下属单位）"))
        if "不含" in line.label:
            _may_ask([line])
    return _headed(lines, "数值").book()


@family(is_shuffled=True)
def units_by_other_names(lines: Sequence[Written], luck: Random) -> Book:
    other = {"场次": ("场/次", "场(次)", "场", "次"), "人次": ("人/次", "人", "人（次）", "人数"), "份": ("份", "份数"), "次": ("次数", "次")}
    for line in lines:
        line.unit = luck.choice(other.get(line.unit, (line.unit,)))
    return _headed(lines, "数值").book()


@family(is_shuffled=True)
def a_head_that_is_a_time(lines: Sequence[Written], luck: Random) -> Book:
    return _headed(
        lines, luck.choice(("2021年", "2021年6月", "截至6月22日", "6月1日至22日", "安全生产月期间", "安全股", "数 值", "数\n值", "完成情况（数字）"))
    ).book()


@family(is_shuffled=True)
def questions_for_labels(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        if line.item.kind == "count" and "参与" not in line.label:
            line.label = luck.choice(("开展{}", "共开展{}", "{}数量", "{}情况", "{}")).format(line.label.removeprefix("开展"))
            _may_ask([line])
    return _headed(lines, "数值").book()


@family(is_shuffled=True)
def blank_columns_between_all(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    if luck.random() < 0.6:
        sheet.add("序号", None, "指标", None, "计量单位", None, "数值")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, None, line.label, None, line.unit, None, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def scratch_figures_at_the_side(lines: Sequence[Written], luck: Random) -> Book:
    """Somebody added up on the side of the sheet and left it there."""
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, line.shown, None, None, luck.randint(1, 900) if luck.random() < 0.1 else None)
    sheet.add(None, None, None, luck.randint(100, 90_000))
    return sheet.book()


@family(is_clear=False, is_shuffled=True)
def figures_over_the_printed_units(lines: Sequence[Written], luck: Random) -> Book:
    """12场次 typed into the column of units, the column of figures left empty."""
    sheet = Sheet()
    sheet.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, f"{shown(line)}{line.unit}", None)
    return sheet.book()


@family(is_clear=False, is_shuffled=True)
def figures_in_the_column_of_remarks(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add(*HEAD, "备注")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, None, number(line))
    return sheet.book()


@family(is_clear=False)
def week_above_total(lines: Sequence[Written], luck: Random) -> Book:
    """Two whole tables below one another, one of the week and one of the total."""
    sheet = Sheet()
    for title in ("（本周）", "（累计）"):
        sheet.add(f"安全生产月活动统计表{title}")
        sheet.add(*HEAD)
        for count, line in enumerate(lines, start=1):
            sheet.add(count, line.label, line.unit, number(line) if title == "（累计）" else number(line) // 3 + 7)
    return sheet.book()


@family()
def three_levels_of_labels(lines: Sequence[Written], luck: Random) -> Book:
    """类别 merged, the activity merged over its two rows, 场次 and 人次 in the column of units."""
    sheet = Sheet()
    sheet.add("类别", "活动", "计量单位", "数值")
    at, begun, section = 0, 1, lines[0].item.section
    is_merged = luck.random() < 0.7
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else None
        is_pair = following is not None and following.item.label == line.item.label + "参与人数"
        if line.item.section != section:
            if len(sheet.rows) - begun > 1 and is_merged:
                sheet.merge(begun, 0, len(sheet.rows) - 1, 0)
            begun, section = len(sheet.rows), line.item.section
        row = sheet.add(section if len(sheet.rows) == begun else None, line.label, line.unit, line.shown)
        if is_pair:
            assert following is not None
            sheet.add(None, None, following.unit, following.shown)
            if is_merged:
                sheet.merge(row, 1, row + 1, 1)
        at += 2 if is_pair else 1
    return sheet.book()


@family(is_shuffled=True)
def office_before_each_label(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("责任股室", "指标", "计量单位", "数值")
    for line in lines:
        sheet.add(luck.choice(("安全股", "建管股", "物业办")), line.label, line.unit, line.shown)
    return sheet.book()


@family(is_shuffled=True)
def label_and_figure_on_two_rows(lines: Sequence[Written], luck: Random) -> Book:
    """1.应急演练, and on the next row 完成情况： | 12."""
    sheet = Sheet()
    _may_ask(lines)
    for count, line in enumerate(lines, start=1):
        sheet.add(f"{count}.{line.label}", None)
        sheet.add("完成情况：", line.shown)
    return sheet.book()


@family()
def sum_before_its_parts(lines: Sequence[Written], luck: Random) -> Book:
    """合计 first, then a column for each office."""
    _may_ask(lines)
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "合计", "一所", "二所")
    for count, line in enumerate(lines, start=1):
        if line.item.kind == "count":
            part = luck.randint(0, number(line))
            sheet.add(count, line.label, line.unit, line.shown, part, number(line) - part)
    return sheet.book()


@family(is_clear=False)
def offices_without_sum(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "一所", "二所")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, number(line) // 2, number(line) // 3)
    return sheet.book()


@family(is_clear=False)
def offices_below_one_another(lines: Sequence[Written], luck: Random) -> Book:
    """A column an item, a row an office, no total."""
    sheet = Sheet()
    sheet.add("股室", *(line.label for line in lines))
    for name in ("安全股", "建管股", "城建股"):
        sheet.add(name, *(number(line) + luck.randint(1, 9) for line in lines))
    return sheet.book()


@family(hands=False)
def offices_below_one_another_and_their_sum(lines: Sequence[Written], luck: Random) -> Book:
    """A column an item, a row an office, 合计 last."""
    _may_ask(lines)
    counts = [line for line in lines if line.item.kind == "count"]
    sheet = Sheet()
    sheet.add("股室", *(f"{line.label}（{line.unit}）" for line in counts))
    parts = [luck.randint(0, number(line)) for line in counts]
    sheet.add("安全股", *parts)
    sheet.add("建管股", *(number(line) - part for line, part in zip(counts, parts, strict=True)))
    sheet.add("合计", *(line.shown for line in counts))
    return sheet.book()


@family(is_shuffled=True)
def same_table_twice_alike(lines: Sequence[Written], luck: Random) -> Book:
    """The sheet was copied and nothing changed."""
    grid = _headed(lines, "数值").grid("统计表")
    plain: list[list[CellValue]] = [[cell.shown if isinstance(cell, Cell) else cell for cell in row] for row in grid.rows]
    return Book(kind="xlsx", grids=[grid, Sheet(rows=plain).grid("统计表 (2)")])


@family(is_clear=False)
def same_table_twice_with_one_change(lines: Sequence[Written], luck: Random) -> Book:
    changed = luck.randrange(len(lines))
    grids = []
    for name in ("统计表", "统计表（改）"):
        sheet = Sheet()
        sheet.add(*HEAD)
        for count, line in enumerate(lines, start=1):
            sheet.add(count, line.label, line.unit, number(line) + 100 + (name != "统计表" and count == changed + 1))
        grids.append(sheet.grid(name))
    return Book(kind="xlsx", grids=grids)


@family(is_shuffled=True)
def unfilled_blank_behind(lines: Sequence[Written], luck: Random) -> Book:
    """The issued blank lies unfilled on another sheet."""
    blank = Sheet()
    blank.add(*HEAD)
    for count, line in enumerate(lines, start=1):
        blank.add(count, line.label, line.unit, None)
    grids = [_headed(lines, "数值").grid("统计表"), blank.grid("模板")]
    return Book(kind="xlsx", grids=grids if luck.random() < 0.5 else grids[::-1])


@family(is_shuffled=True)
def signs_one_below_the_other(lines: Sequence[Written], luck: Random) -> Book:
    for line in lines:
        if len(line.label) < 9:
            line.label = "\n".join(line.label)
    return _headed(lines, "完成\n情况").book()


@family(is_shuffled=True)
def weeks_by_their_days(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "6月1日-6日", "6月7日-13日", "累计")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, *([luck.randint(0, 9), luck.randint(0, 9)] if line.item.is_number else [None, None]), line.shown)
    return sheet.book()


@family(is_clear=False)
def week_and_total_in_one_cell(lines: Sequence[Written], luck: Random) -> Book:
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "本周/累计")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, luck.choice(("{}/{}", "本周{}，累计{}", "{}（累计{}）")).format(luck.randint(1, 9), number(line)))
    return sheet.book()


@family(is_shuffled=True)
def town_and_country_and_whole(lines: Sequence[Written], luck: Random) -> Book:
    """总数 with its parts behind it under heads of their own: 其中：城区 | 其中：农村."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "数量", "其中：城区", "其中：农村")
    for count, line in enumerate(lines, start=1):
        part = luck.randint(0, number(line))
        sheet.add(count, line.label, line.unit, line.shown, *([part, number(line) - part] if line.item.is_number else [None, None]))
    return sheet.book()


@family(is_clear=False)
def plan_under_a_head_nobody_knows(lines: Sequence[Written], luck: Random) -> Book:
    """下达数 beside 上报数 without a word which is ours."""
    sheet = Sheet()
    sheet.add("序号", "指标", "计量单位", "甲方", "乙方")
    for count, line in enumerate(lines, start=1):
        sheet.add(count, line.label, line.unit, number(line) + 1, number(line) + 2)
    return sheet.book()


@family(is_shuffled=True)
def half_of_the_figures_on_the_next_row(lines: Sequence[Written], luck: Random) -> Book:
    """A label merged over two rows whose figure stands in the lower one."""
    sheet = Sheet()
    sheet.add("指标", "计量单位", "数值")
    _may_ask(lines)
    for line in lines:
        row = sheet.add(line.label, line.unit, None)
        sheet.add(None, None, line.shown)
        sheet.merge(row, 0, row + 1, 0)
    return sheet.book()
