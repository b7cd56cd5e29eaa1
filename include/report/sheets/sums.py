"""汇总表, 分组汇总, 明细 and 溯源: the figures added up, how complete they are, and the way from each total to file, sheet and cell."""

from collections.abc import Iterable, Sequence
from typing import Any

from include.domain.form import Item
from include.report import words
from include.report.drawing import on_paper
from include.report.gather import Material
from include.report.layout import asked
from include.report.page import MOST_ROWS, Cell, Head, Paper, Shown, block
from include.report.totals import Addend, RollUp, Total, change, roll_up
from include.report.wide import lines_of

NAME = "汇总表"
GROUPS = "分组汇总"
TRACE = "溯源"
# The newest periods that have a column of their own beside the total to date.
_MOST_PERIODS = 6
_WARNING = "#8A5300"


def roll_ups(material: Material) -> list[RollUp]:
    """Every form obligation that somebody owes, rolled up, in the order of the notice."""
    owed = {one.obligation for one in material.judgement.standings}
    found = []
    for obligation in material.campaign.reports():
        form = material.form_of(obligation)
        if form is not None and obligation.code in owed:
            found.append(roll_up(material, obligation, form))
    return found


def has_figures(roll: RollUp) -> bool:
    """Whether there is anything to add up."""
    return any(item.is_number and item.adds != "no" for item in roll.items)


def write(paper: Paper, material: Material, rolls: Sequence[RollUp]) -> None:
    """Write the sums."""
    summed = [roll for roll in rolls if has_figures(roll)]
    _write_sums(paper, material, summed, rolls, _anchors(summed))


def write_behind(paper: Paper, material: Material, rolls: Sequence[RollUp]) -> None:
    """Write what lies behind the sums: sub-totals by group, the rows of record tables, and the trace."""
    summed = [roll for roll in rolls if has_figures(roll)]
    if any(roll.subtotals for roll in summed):
        _write_groups(paper, material, summed)
    for roll in rolls:
        for table in roll.form.tables:
            items = asked(table, roll.obligation.asks_items)
            if table.shape == "record" and items:
                _write_records(paper, material, roll, items, table.title.zh if len(roll.form.tables) > 1 else "")
    _write_trace(paper, material, summed)


def _number(value: float | None, item: Item) -> Cell:
    if value is None:
        return Cell(value="/", across="right")
    whole = float(value).is_integer() and item.kind != "rate"
    return Cell(value=int(value) if whole else value, across="right", format="#,##0" if whole else ("0.0" if item.kind == "rate" else "#,##0.00"))


def _write_sums(paper: Paper, material: Material, summed: Sequence[RollUp], rolls: Sequence[RollUp], anchors: dict[tuple[str, str], str]) -> None:
    sheet = paper.sheet(NAME, colour="#2E75B6")
    sections = [(roll, _section_heads(roll), _section_rows(roll, anchors)) for roll in summed]
    most = max((len(heads) for _, heads, _ in sections), default=8)
    widths = [6.0, 12.0, 46.0, 10.0, *([12.0] * (most - 4))]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, paper.pens())
    zone = material.campaign.zone
    said = words.full_moment(material.judgement.as_of, zone)
    how = "只计入已接收的表（按时、迟报）；点合计数可到“溯源”查看每一个加数的文件、工作表和单元格。"
    lines: list[Shown] = [f"{material.campaign.authority.name}　数据截至：{said}　{how}"]
    row = paper.heading(sheet, f"{material.campaign.name.zh}{NAME}", lines, most, sum(widths))
    first_head = None
    for roll, heads, rows in sections:
        row = _section_title(paper, sheet, row, roll, most, sum(widths))
        head_row = row
        first_head = head_row if first_head is None else first_head
        paper.write_heads(sheet, row, heads, widths[: len(heads)])
        row += 1
        for line in rows:
            paper.write_row(sheet, row, line, heads, widths[: len(heads)])
            row += 1
        if len(sections) == 1 and rows:
            sheet.autofilter(head_row, 0, row - 1, len(heads) - 1)
        row += 1
    others = [roll for roll in rolls if roll not in summed]
    if others:
        row = _other_coverage(paper, sheet, row, others, most, sum(widths))
    if not rolls:
        row = _line(paper, sheet, row, "本活动没有要求报送统计表。", most, sum(widths))
    paper.write_foot(sheet, row, most)
    if first_head is not None and len(sections) == 1:
        sheet.freeze_panes(first_head + 1, 4)
        on_paper(sheet, repeat=(first_head, first_head), footer=paper.foot)
    else:
        sheet.freeze_panes(1, 0)
        on_paper(sheet, footer=paper.foot)


def _section_title(paper: Paper, sheet: Any, row: int, roll: RollUp, columns: int, width: float) -> int:
    block(
        sheet,
        row,
        0,
        columns,
        f"{roll.obligation.name.zh}　（{roll.form.title.zh}）",
        paper.pens(font_name="黑体", font_size=12, bold=True, valign="vcenter"),
    )
    sheet.set_row(row, 24)
    row += 1
    is_complete = all(one.is_complete for one in roll.coverage.values())
    for line in roll.coverage_lines():
        row = _line(paper, sheet, row, line, columns, width, "" if is_complete else _WARNING)
    approximate = sum(one.answer.approximate for one in roll.addends if one.is_counted)
    notes = []
    if not is_complete:
        notes.append("覆盖不全或含迟报，以下合计不是全部应报单位按时数据的合计")
    if approximate:
        notes.append(f"含约数{approximate}处（约、余、近、多），见“其中约数”列")
    if roll.main.is_to_date:
        notes.append("本表为当期数，“累计”为各期之和；存量指标取各单位最近一期；比率按合计数重新计算")
    elif roll.form.figures == "cumulative":
        notes.append("本表为累计数；比率按合计数重新计算")
    if notes:
        row = _line(paper, sheet, row, "；".join(notes) + "。", columns, width, "" if is_complete and not approximate else _WARNING)
    return row


def _line(paper: Paper, sheet: Any, row: int, text: str, columns: int, width: float, colour: str = "") -> int:
    look = {"font_color": colour} if colour else {}
    block(sheet, row, 0, columns, text, paper.pens(valign="vcenter", text_wrap=True, **look))
    sheet.set_row(row, 15 * lines_of(text, width * 0.97) + 3)
    return row + 1


def _other_coverage(paper: Paper, sheet: Any, row: int, rolls: Iterable[RollUp], columns: int, width: float) -> int:
    block(sheet, row, 0, columns, "其他表（逐行列在“明细”各表）", paper.pens(font_name="黑体", font_size=12, bold=True, valign="vcenter"))
    row += 1
    for roll in rolls:
        for line in roll.coverage_lines():
            row = _line(paper, sheet, row, f"{roll.obligation.name.zh}：{line}", columns, width)
    return row + 1


def _section_heads(roll: RollUp) -> list[Head]:
    heads = [
        Head(text="序号", across="center"),
        Head(text="类别", across="center"),
        Head(text="指标"),
        Head(text="计量单位", across="center"),
        Head(text=roll.main.title, across="right"),
        Head(text="填报单位数", across="center"),
        Head(text="其中约数", across="center"),
        Head(text="填“无”数", across="center"),
    ]
    if roll.main.is_to_date:
        heads.append(Head(text=f"本期\n{words.period(roll.periods[-1].period)}", across="right"))
        heads.append(Head(text="较上期", across="right"))
        heads += [Head(text=words.period(column.period), across="right") for column in roll.periods[-_MOST_PERIODS:-1]]
    elif len(roll.periods) > 1:
        heads.append(Head(text="较上期", across="right"))
        heads += [Head(text=words.period(column.period), across="right") for column in roll.periods[-_MOST_PERIODS:-1]]
    return heads


def _section_rows(roll: RollUp, anchors: dict[tuple[str, str], str]) -> list[list[Shown]]:
    rows: list[list[Shown]] = []
    numbered = [item for item in roll.items if item.is_number and item.adds != "no"]
    for number, item in enumerate(numbered, start=1):
        total = roll.main.totals.get(item.code, Total(value=None))
        figure = _number(total.value, item)
        link = anchors.get((roll.obligation.code, item.code), "")
        cells: list[Shown] = [
            number,
            item.section,
            item.label,
            item.measurement_unit,
            Cell(value=figure.value, format=figure.format, across="right", bold=True, link=link, tip="查看加数来源" if link else ""),
            total.units,
            Cell(value=total.approximate or "", fill="#FCE8C4" if total.approximate else ""),
            total.nil or "",
        ]
        if roll.main.is_to_date or len(roll.periods) > 1:
            if roll.main.is_to_date:
                cells.append(_number(roll.periods[-1].totals[item.code].value, item))
            difference = change(roll, item.code)
            cells.append("" if difference is None else Cell(value=difference, format="+#,##0.##;-#,##0.##;0", across="right"))
            cells += [_number(column.totals[item.code].value, item) for column in roll.periods[-_MOST_PERIODS:-1]]
        rows.append(cells)
    return rows


def _write_groups(paper: Paper, material: Material, summed: Sequence[RollUp]) -> None:
    sheet = paper.sheet(GROUPS)
    most = max(5 + len(roll.subtotals) for roll in summed)
    widths = [6.0, 12.0, 42.0, 10.0, 12.0, *([max(10.0, 12.0 if most < 14 else 10.0)] * (most - 5))]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, paper.pens())
    said = words.full_moment(material.judgement.as_of, material.campaign.zone)
    lines = [f"数据截至：{said}　“覆盖”为计入的表数/应报的表数，未全的小计不是全数；存量取各单位最近一期，比率按小计重新计算。"]
    row = paper.heading(sheet, f"{material.campaign.name.zh}{GROUPS}", lines, max(most, 5), sum(widths))
    for roll in summed:
        block(sheet, row, 0, most, roll.obligation.name.zh, paper.pens(font_name="黑体", font_size=12, bold=True, valign="vcenter"))
        sheet.set_row(row, 24)
        heads = [
            Head(text="序号", across="center"),
            Head(text="类别", across="center"),
            Head(text="指标"),
            Head(text="计量单位", across="center"),
            Head(text=roll.main.title, across="right"),
            *(Head(text=f"{part.by}\n{part.name}", across="right") for part in roll.subtotals),
        ]
        row += 1
        paper.write_heads(sheet, row, heads, widths[: len(heads)])
        covers: list[Shown] = ["", "", Cell(value="覆盖（计入/应报）", bold=True), "件", ""]
        covers += [
            Cell(value=f"{part.counted}/{part.owed}", colour="" if part.counted == part.owed else _WARNING, across="right") for part in roll.subtotals
        ]
        row += 1
        paper.write_row(sheet, row, covers, heads, widths[: len(heads)])
        for number, item in enumerate((one for one in roll.items if one.code in roll.main.totals), start=1):
            row += 1
            whole = _number(roll.main.totals[item.code].value, item)
            cells: list[Shown] = [number, item.section, item.label, item.measurement_unit, Cell(value=whole.value, format=whole.format, bold=True)]
            cells += [_number(part.totals[item.code].value, item) for part in roll.subtotals]
            paper.write_row(sheet, row, cells, heads, widths[: len(heads)])
        row += 2
    paper.write_foot(sheet, row, max(most, 5))
    sheet.freeze_panes(1, 3)
    on_paper(sheet, footer=paper.foot)


def _write_records(paper: Paper, material: Material, roll: RollUp, items: Sequence[Item], table: str) -> None:
    codes = {item.code for item in items}
    is_periodic = any(period for _, period, _, _ in roll.records)
    heads = [Head(text="序号", least=5, across="center"), Head(text="单位", least=14, most=26)]
    if is_periodic:
        heads.append(Head(text="期次", least=8, most=14, across="center"))
    heads += [
        Head(
            text=item.label + (f"（{item.measurement_unit}）" if item.measurement_unit else ""),
            least=8,
            most=30 if item.kind == "text" else 20,
            across="right" if item.is_number else "left",
        )
        for item in items
    ]
    heads.append(Head(text="来源", least=14, most=30))
    rows: list[list[Shown]] = []
    files: dict[tuple[str, str | None], str] = {}
    for one in material.judgement.standings:
        delivery = material.deliveries.get(one.submission or "")
        if one.obligation == roll.obligation.code and delivery is not None:
            files[one.unit, one.period] = delivery.path
    for unit, period, _, said in roll.records:
        if not codes & said.keys():
            continue
        first = next(said[item.code] for item in items if item.code in said)
        where = " ".join(part for part in (files.get((unit, period), "").rsplit("/", 1)[-1], first.sheet, first.cell) if part)
        line: list[Shown] = [len(rows) + 1, Cell(value=material.name(unit), bold=True)]
        if is_periodic:
            line.append(words.period(period))
        for item in items:
            answer = said.get(item.code)
            value = answer.value if answer is not None else ""
            line.append("无" if answer is not None and value is None else value)
        rows.append([*line, where])
    name = _free_name(paper, f"明细-{table or roll.obligation.name.zh}")
    title = f"{roll.obligation.name.zh}{f'·{table}' if table else ''}明细"
    coverage = roll.coverage_lines()
    lines: list[Shown] = [*coverage[-4:], "内部资料：可能含联系人和电话，不得外传。"]
    paper.table(name, title, heads, rows, lines=lines, freeze=2, empty="尚未收到。")


def _free_name(paper: Paper, wanted: str) -> str:
    kept = "".join(c for c in wanted if c not in "[]:*?/\\'")[:28]
    name, number = kept, 1
    while name in paper.names:
        number += 1
        name = f"{kept}{number}"
    return name


_TRACE_HEADS = (
    Head(text="报送事项", least=14, most=24),
    Head(text="期次", least=6, most=14, across="center"),
    Head(text="代码", least=6, across="center"),
    Head(text="指标", least=20, most=40),
    Head(text="单位", least=12, most=26),
    Head(text="数值", least=10, most=14, across="right"),
    Head(text="原文", least=8, most=20),
    Head(text="约数", least=5, across="center"),
    Head(text="计入合计", least=6, across="center"),
    Head(text="文件", least=20, most=50),
    Head(text="工作表", least=8, most=18),
    Head(text="单元格", least=7, across="center"),
    Head(text="收文号", least=7, across="center"),
    Head(text="SHA-256（前12位）", least=14, across="center"),
)
_TRACE_TOP = 4
"""The first data row (1-based) of every trace sheet: title, one line, heading above it."""


def _anchors(summed: Sequence[RollUp]) -> dict[tuple[str, str], str]:
    """Where each item's addends begin in the trace, by (obligation, item)."""
    found: dict[tuple[str, str], str] = {}
    number = 0
    for roll in summed:
        for addend in roll.addends:
            piece, offset = divmod(number, MOST_ROWS)
            found.setdefault(
                (roll.obligation.code, addend.item), f"internal:'{TRACE if not piece else f'{TRACE}({piece + 1})'}'!A{_TRACE_TOP + offset}"
            )
            number += 1
    return found


def _write_trace(paper: Paper, material: Material, summed: Sequence[RollUp]) -> None:
    rows: list[list[Shown]] = []
    for roll in summed:
        labels = {item.code: item for item in roll.items}
        rows.extend(_trace_row(material, roll, labels[one.item], one) for one in roll.addends)
    line = "汇总表中每一个合计数的加数；“计入合计”为“否”的是比率（按合计重新计算）或已被最近一期替代的存量数、累计数。"
    paper.table(TRACE, f"{material.campaign.name.zh}{TRACE}", _TRACE_HEADS, rows, lines=[line], freeze=5, empty="尚无计入汇总的数据。")


def _trace_row(material: Material, roll: RollUp, item: Item, one: Addend) -> list[Shown]:
    delivery = material.deliveries.get(one.submission)
    value = one.answer.value
    return [
        roll.obligation.name.zh,
        words.period(one.period),
        item.code,
        item.label + (f"（第{one.row}行）" if one.row else ""),
        material.name(one.unit),
        "无" if value is None else value,
        one.answer.raw,
        Cell(value="约" if one.answer.approximate else "", fill="#FCE8C4" if one.answer.approximate else ""),
        "是" if one.is_counted else "否",
        delivery.path if delivery else "",
        one.answer.sheet,
        one.answer.cell,
        delivery.submission.receipt_number if delivery else "",
        delivery.submission.sha256[:12] if delivery else "",
    ]
