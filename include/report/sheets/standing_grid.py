"""报送情况一览表: units in official order x what is expected, in words and colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.domain.campaign import Obligation
from include.domain.standing import Rates, Standing, StandingName, rates
from include.report import words
from include.report.drawing import on_paper, put
from include.report.gather import Material
from include.report.page import Cell, Head, Paper, block
from include.report.wide import width_of

NAME = "报送情况一览表"
# Above this many periods of one obligation its column says how many stand how, instead of one column a period.
_MOST_PERIODS = 60
_PER_PAGE = 16
_LEGEND: tuple[StandingName, ...] = ("on_time", "late", "missing", "returned", "under_review", "not_due", "exempt")
_GRAVITY: tuple[StandingName, ...] = ("exempt", "not_due", "on_time", "under_review", "late", "returned", "missing")
_SUMS = ("应报", "按时", "迟报", "未报", "退回", "待审核", "按时率")


@dataclass(frozen=True, slots=True)
class _Column:
    """One expectation column, or one for all periods of an obligation (`is_whole`)."""

    obligation: Obligation
    period: str | None
    is_whole: bool
    due: str


def write(paper: Paper, material: Material) -> None:
    """Write the sheet."""
    columns = _columns(material)
    sheet = paper.sheet(NAME, colour="#1E6B2C")
    widths = [5.0, 22.0, *([14.0] * len(columns)), *([7.0] * (len(_SUMS) - 1)), 9.0]
    longest = max((width_of(unit.name) for unit in material.units), default=0)
    widths[1] = min(34.0, max(14.0, longest + 2))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, paper.pens())
    said = words.full_moment(material.judgement.as_of, material.campaign.zone)
    lines = [f"{material.campaign.authority.name}　数据截至：{said}　格内为状态和收到时间；“应报”不含免报和不设期限的事项。"]
    across = min(len(widths), 12 + len(columns))
    top = paper.heading(sheet, f"{material.campaign.name.zh}{NAME}", lines, across, sum(widths[:across]))
    top = _legend(paper, sheet, top, len(widths))
    _heads(paper, sheet, top, columns)
    by: dict[str, dict[tuple[str, str | None], Standing]] = {}
    for one in material.judgement.standings:
        by.setdefault(one.unit, {})[one.obligation, one.period] = one
    arrivals = {(unit, obligation): number for unit, obligation, number in material.judgement.arrivals}
    row = top + 2
    number = 0
    for unit in material.units:
        mine = by.get(unit.code)
        if mine is None:
            continue
        number += 1
        row = _unit(
            paper,
            sheet,
            row,
            number,
            unit.name,
            columns,
            mine,
            {o: n for (u, o), n in arrivals.items() if u == unit.code} if arrivals else {},
            material,
        )
    last = row - 1
    _sums(paper, sheet, row, columns, material)
    paper.write_foot(sheet, row + 1, min(len(widths), 12))
    sheet.freeze_panes(top + 2, 2)
    if last >= top + 2:
        sheet.autofilter(top + 1, 0, last, len(widths) - 1)
    on_paper(sheet, repeat=(top, top + 1), footer=paper.foot)
    sheet.repeat_columns(0, 1)
    if len(columns) > _PER_PAGE:
        sheet.fit_to_pages(-(-len(columns) // _PER_PAGE), 0)


def _columns(material: Material) -> list[_Column]:
    zone = material.campaign.zone
    found: list[_Column] = []
    for obligation in material.campaign.reports():
        keys = sorted((key for key in material.standings_of if key[0] == obligation.code), key=lambda key: key[1] or "")
        is_own = any("@" in (key[1] or "") for key in keys)
        if is_own or len(keys) > _MOST_PERIODS:
            found.append(_Column(obligation, None, True, "每项活动一件" if is_own else f"{len(keys)}期"))
            continue
        for _, period in keys:
            moments = [one.due_at for one in material.standings_of[obligation.code, period]]
            common = max(set(moments), key=lambda moment: (moments.count(moment), moment is not None, moment)) if moments else None
            found.append(_Column(obligation, period, False, words.due(common, zone)))
    return found


def _legend(paper: Paper, sheet: Any, row: int, columns: int) -> int:
    put(sheet, row, 1, "图例：", paper.pens(align="right", valign="vcenter"))
    for number, standing in enumerate(_LEGEND):
        if 2 + number >= columns:
            break
        fill, colour = words.COLOURS[standing]
        put(
            sheet,
            row,
            2 + number,
            words.STANDINGS[standing],
            paper.pens(align="center", valign="vcenter", bg_color=fill, font_color=colour, border=1, border_color="#B0B7C3"),
        )
    sheet.set_row(row, 20)
    return row + 1


def _heads(paper: Paper, sheet: Any, row: int, columns: Sequence[_Column]) -> None:
    pen = paper.head_pen()
    for column, text in enumerate(("序号", "单位")):
        sheet.merge_range(row, column, row + 1, column, "", pen)
        put(sheet, row, column, text, pen)
    at = 0
    while at < len(columns):
        end = at
        while end < len(columns) and columns[end].obligation.code == columns[at].obligation.code:
            end += 1
        block(sheet, row, 2 + at, end - at, columns[at].obligation.name.zh, pen)
        for number in range(at, end):
            put(sheet, row + 1, 2 + number, columns[number].due, pen)
        at = end
    block(sheet, row, 2 + len(columns), len(_SUMS), "本单位小计（件）", pen)
    for number, text in enumerate(_SUMS):
        put(sheet, row + 1, 2 + len(columns) + number, text, pen)
    sheet.set_row(row, 36)
    sheet.set_row(row + 1, 32)


def _unit(
    paper: Paper,
    sheet: Any,
    row: int,
    number: int,
    name: str,
    columns: Sequence[_Column],
    mine: dict[tuple[str, str | None], Standing],
    arrivals: dict[str, int],
    material: Material,
) -> int:
    centre, left = Head(text="", across="center"), Head(text="")
    paper.put_cell(sheet, row, 0, number, centre)
    paper.put_cell(sheet, row, 1, Cell(value=name, bold=True), left)
    tall = 2
    for offset, column in enumerate(columns):
        if column.is_whole:
            some = [one for key, one in mine.items() if key[0] == column.obligation.code]
            cell = whole_cell(some)
        else:
            one = mine.get((column.obligation.code, column.period))
            cell = standing_cell(one, column, arrivals.get(column.obligation.code, 0), material) if one else Cell(value="—", colour="#999999")
        paper.put_cell(sheet, row, 2 + offset, cell, centre)
        tall = max(tall, str(cell.value).count("\n") + 1)
    counts = rates(mine.values())
    for offset, shown in enumerate(_row_sums(counts)):
        paper.put_cell(sheet, row, 2 + len(columns) + offset, shown, centre)
    sheet.set_row(row, 15 * tall + 4)
    return row + 1


def standing_cell(one: Standing, column: _Column, arrived: int, material: Material) -> Cell:
    """One standing: its word, when it was received, and what must not be overlooked."""
    zone = material.campaign.zone
    if one.due_at is None:
        return Cell(value=f"已收{arrived}件" if arrived else "不设期限", colour="#1E6B2C" if arrived else "#777777")
    fill, colour = words.COLOURS[one.standing]
    lines = [words.STANDINGS[one.standing]]
    if one.received_at is not None:
        # To the second where the minute would not show why.
        is_close = abs((one.received_at - one.due_at).total_seconds()) < 60
        lines.append(one.received_at.astimezone(zone).strftime("%m-%d %H:%M:%S" if is_close else "%m-%d %H:%M"))
    if one.standing == "late" and one.late_by_s:
        lines[0] += f"{words.span(one.late_by_s)}"
    if one.standing == "missing" and one.submission:
        lines.append("退回后未补正")
    if one.standing != "missing":
        lines += [words.FLAGS[flag] for flag in one.flags]
    if one.missing_parts and one.submission:
        lines.append("缺" + "、".join(words.PARTS.get(part, part) for part in one.missing_parts))
    its_due = words.due(one.due_at, zone)
    if its_due != column.due:
        lines.append(f"应于{its_due}前")
    return Cell(value="\n".join(lines), fill=fill if one.standing != "not_due" else "", colour=colour)


def whole_cell(some: Sequence[Standing]) -> Cell:
    """Several standings in one cell: how many stand how."""
    if not some:
        return Cell(value="—", colour="#999999")
    lines = [f"应报{len(some)}件"]
    gravest: StandingName = "not_due"
    for standing in _GRAVITY:
        count = sum(one.standing == standing for one in some)
        if count:
            gravest = standing
            lines.append(f"{words.STANDINGS[standing]}{count}")
    fill, colour = words.COLOURS[gravest]
    return Cell(value="\n".join(lines), fill=fill if gravest != "not_due" else "", colour=colour)


def _row_sums(counts: Rates) -> list[Cell]:
    numbers = (counts.expected, counts.on_time, counts.late, counts.missing, counts.returned, counts.under_review)
    reds: tuple[StandingName | None, ...] = (None, None, "late", "missing", "returned", None)
    cells = []
    for number, red in zip(numbers, reds, strict=True):
        colour = words.COLOURS[red][1] if red and number else ("" if number else "#999999")
        cells.append(Cell(value=number, colour=colour, bold=bool(red and number)))
    return [*cells, Cell(value=words.percent(counts.on_time_rate))]


def _sums(paper: Paper, sheet: Any, row: int, columns: Sequence[_Column], material: Material) -> None:
    centre = Head(text="", across="center")
    fill = "#F3F3F3"
    paper.put_cell(sheet, row, 0, Cell(value="", fill=fill), centre)
    paper.put_cell(sheet, row, 1, Cell(value="合计（实报/应报）", bold=True, fill=fill), Head(text=""))
    for offset, column in enumerate(columns):
        some = [
            one
            for key, ones in material.standings_of.items()
            if key[0] == column.obligation.code and (column.is_whole or key[1] == column.period)
            for one in ones
        ]
        counts = rates(some)
        text = f"{counts.received}/{counts.expected}" if counts.expected else "不计"
        if counts.missing:
            text += f"\n未报{counts.missing}"
        paper.put_cell(sheet, row, 2 + offset, Cell(value=text, bold=True, fill=fill), centre)
    for offset, cell in enumerate(_row_sums(rates(material.judgement.standings))):
        paper.put_cell(sheet, row, 2 + len(columns) + offset, Cell(value=cell.value, bold=True, fill=fill, colour=cell.colour), centre)
    sheet.set_row(row, 36)
