"""总览: where the campaign stands, for somebody with five minutes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from include import catalogue
from include.domain.campaign import AfterActivity, EveryWeek, Obligation
from include.domain.deadline import WEEKDAYS
from include.domain.standing import Rates, Standing, rates
from include.report import words
from include.report.drawing import on_paper, put
from include.report.gather import Material, Problem
from include.report.page import Cell, Head, Paper, Shown, block
from include.report.totals import RollUp

NAME = "总览"
_COLUMNS = 13
_PERCENT = "0.0%"
_SHOWN_PROBLEMS = 8
_WIDTHS = (26.0, 17.0, *([9.0] * 9), 10.0, 10.0)


# What the other sheets show, by the first words of their names.
_SHEETS = {
    "报送情况一览表": "各单位各事项的状态",
    "未报单位名单": "逾期仍未报的",
    "催报清单": "各单位还欠什么、找谁",
    "问题清单": "哪个文件哪一格错了、怎样改、单位怎样说明",
    "汇总表": "各表合计和覆盖情况，点合计数到“溯源”",
    "考核评分": "得分、名次、扣分加分原因",
    "收文登记": "每一份来文，待认领的文件",
    "版本变更": "报了不止一次的，每一版改了哪一格",
    "合计变更": "每一版使各级合计变了多少",
    "落实事项": "目标和留存备查",
    "分组汇总": "按类别、按上级单位的小计",
    "明细-": "逐行列出的表",
    "溯源": "合计数由哪些文件的哪些格加成",
    "扣分明细": "每一分的条款、时间和依据",
    "拒收登记": "没有收下的",
    "处理意见": "主管人员的决定：谁、何时、为什么",
}


def write(paper: Paper, material: Material, rolls: Sequence[RollUp]) -> int:
    """Write the sheet: the line that matters, rates by obligation with a chart, units that need a call, what goes wrong most, what is summed.

    Return the row for the list of sheets, which is written when all are there.
    """
    sheet = paper.sheet(NAME, colour="#1F4E79")
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width, paper.pens())
    campaign, zone = material.campaign, material.campaign.zone
    whole = rates(material.judgement.standings)
    authority = campaign.authority
    receiver = "　".join(
        part
        for part in (
            f"收件：{authority.receives}",
            f"电话：{authority.telephone}" if authority.telephone else "",
            f"邮箱：{authority.mailbox}" if authority.mailbox else "",
        )
        if part
    )
    row = paper.heading(
        sheet,
        f"{campaign.name.zh}报送情况总览",
        [
            f"主管单位：{authority.name}　{receiver}",
            f"数据截至：{words.full_moment(material.judgement.as_of, zone)}　报送单位：{len({s.unit for s in material.judgement.standings})}家",
            Cell(value=summary(material, whole), bold=True),
        ],
        _COLUMNS,
        sum(_WIDTHS),
    )
    row = _figures(paper, sheet, row + 1, whole)
    row, first, last = _by_obligation(paper, sheet, row + 1, material, whole)
    if last >= first:
        row = _chart(paper, sheet, row + 1, first, last)
    row = _problems(paper, sheet, row + 1, material)
    return _coverage(paper, sheet, row + 1, rolls) + 1


def write_contents(paper: Paper, material: Material, row: int) -> None:
    """Write below the rest which sheets there are, each with its link, and the chain's head."""
    sheet = paper.book.get_worksheet_by_name(NAME)
    row = _band(paper, sheet, row, "本册各表")
    for name in paper.names[1:]:
        what = next((told for words_of, told in _SHEETS.items() if name.startswith(words_of)), "")
        pen = paper.pens(font_color="#0B57A4", underline=1, valign="vcenter")
        sheet.write_url(row, 0, f"internal:'{name}'!A1", pen, string=name)
        block(sheet, row, 1, _COLUMNS - 1, what, paper.pens(valign="vcenter"))
        row += 1
    head = f"收文链首：{material.head or '（尚无收文）'}（{len(material.receipts)}份收文；可用 baosong receipt verify 核验）"
    row = _text(paper, sheet, row, head, font_color="#555555", font_size=9)
    paper.write_foot(sheet, row + 1, _COLUMNS)
    on_paper(sheet, footer=paper.foot)


def summary(material: Material, whole: Rates) -> str:
    """The whole campaign in two sentences."""
    lacking = {s.unit for s in material.judgement.standings if s.standing in ("missing", "returned")}
    parts = [f"应报{whole.expected}件，实报{whole.received}件（按时{whole.on_time}、迟报{whole.late}、待审核{whole.under_review}）"]
    parts.append(f"，未报{whole.missing}件、退回补正{whole.returned}件" + (f"，涉及{len(lacking)}家单位" if lacking else ""))
    if whole.not_due:
        parts.append(f"；未到期{whole.not_due}件")
    if whole.exempt:
        parts.append(f"；免报{whole.exempt}件（不计入应报）")
    worst: Counter[str] = Counter(s.unit for s in material.in_order if s.standing in ("missing", "returned"))
    named = [f"{material.name(unit)}{count}件" for unit, count in sorted(worst.items(), key=lambda one: -one[1])[:5]]
    return "".join(parts) + "。" + (f"欠报最多：{'、'.join(named)}。" if named else "")


def _figures(paper: Paper, sheet: Any, row: int, whole: Rates) -> int:
    """The large figures: two rows of cards."""
    cards = (
        ("应报", whole.expected, "#1F4E79", "0"),
        ("实报", whole.received, "#1E6B2C", "0"),
        ("未报", whole.missing, "#A31515", "0"),
        ("报送率", _rate(whole.received_rate), "#1F4E79", _PERCENT),
        ("按时率", _rate(whole.on_time_rate), "#1F4E79", _PERCENT),
    )
    spans = ((0, 1), (1, 2), (3, 3), (6, 3), (9, 4))
    for (text, figure, colour, number_format), (column, columns) in zip(cards, spans, strict=True):
        look = {"align": "center", "valign": "vcenter", "bg_color": "#F5F8FC"}
        block(sheet, row, column, columns, text, paper.pens(**look, font_color="#555555"))
        block(sheet, row + 1, column, columns, figure, paper.pens(**look, num_format=number_format, font_size=22, bold=True, font_color=colour))
    sheet.set_row(row, 18)
    sheet.set_row(row + 1, 34)
    return row + 2


def _rate(rate: float | None) -> float | str:
    return "/" if rate is None else rate


_HEADS = ("报送事项", "截止时间", "应报", "实报", "按时", "迟报", "待审核", "退回补正", "未报", "未到期", "免报", "报送率", "按时率")


def _by_obligation(paper: Paper, sheet: Any, row: int, material: Material, whole: Rates) -> tuple[int, int, int]:
    """A line an obligation and the sum; return the next free row and the first and last line of the obligations that have rates."""
    for column, text in enumerate(_HEADS):
        put(sheet, row, column, text, paper.head_pen())
    sheet.set_row(row, 24)
    row += 1
    first = row
    heads = [Head(text=text, across="left" if column < 2 else "center") for column, text in enumerate(_HEADS)]
    by: dict[str, list[Standing]] = {}
    for one in material.judgement.standings:
        by.setdefault(one.obligation, []).append(one)
    opened: list[tuple[Obligation, int]] = []
    for obligation in material.campaign.reports():
        some = by.get(obligation.code, [])
        counts = rates(some)
        if some and counts.open == counts.roster:
            opened.append((obligation, sum(n for _, code, n in material.judgement.arrivals if code == obligation.code)))
            continue
        line = _line(obligation.name.zh, due_of(material, obligation, some), counts)
        for column, shown in enumerate(line):
            paper.put_cell(sheet, row, column, shown, heads[column])
        sheet.set_row(row, 20)
        row += 1
    last = row - 1
    for column, shown in enumerate(_line("合　计", "", whole, bold=True)):
        paper.put_cell(sheet, row, column, shown, heads[column])
    sheet.set_row(row, 22)
    row += 1
    if last >= first:
        # Bars of the older kind: the newer ones need an extension that other programs drop with a warning.
        bar = {"type": "data_bar", "bar_color": "#9DC3E6", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
        sheet.conditional_format(first, 11, row - 1, 12, bar)
    for obligation, count in opened:
        text = f"{obligation.name.zh}：随时报送，不设期限，不计入报送率；已收{count}件。"
        block(sheet, row, 0, _COLUMNS, text, paper.pens(valign="vcenter", font_color="#555555"))
        row += 1
    return row, first, last


def _line(name: str, due: str, counts: Rates, *, bold: bool = False) -> list[Shown]:
    def told(count: int, fill: str = "", colour: str = "") -> Cell:
        return Cell(value=count, bold=bold, fill=fill if count else "", colour=colour if count else "#999999")

    return [
        Cell(value=name, bold=bold),
        Cell(value=due, bold=bold),
        Cell(value=counts.expected, bold=bold),
        Cell(value=counts.received, bold=bold),
        told(counts.on_time, *words.COLOURS["on_time"]),
        told(counts.late, *words.COLOURS["late"]),
        told(counts.under_review, *words.COLOURS["under_review"]),
        told(counts.returned, *words.COLOURS["returned"]),
        told(counts.missing, *words.COLOURS["missing"]),
        told(counts.not_due, "", "#555555"),
        told(counts.exempt, *words.COLOURS["exempt"]),
        Cell(value=_rate(counts.received_rate), format=_PERCENT, bold=bold),
        Cell(value=_rate(counts.on_time_rate), format=_PERCENT, bold=bold),
    ]


def due_of(material: Material, obligation: Obligation, standings: Sequence[Standing]) -> str:
    """An obligation's deadline in a few characters."""
    zone = material.campaign.zone
    moments = sorted({one.due_at for one in standings if one.due_at is not None})
    if isinstance(obligation.due, AfterActivity):
        kind = "个工作日" if obligation.due.count == "working" else "日"
        return f"活动结束后{obligation.due.days}{kind}内"
    if isinstance(obligation.due, EveryWeek) and moments:
        weekdays = "、".join("一二三四五六日"[WEEKDAYS.index(one)] for one in (obligation.due.weekday, *obligation.due.also))
        clock = words.due(moments[0], zone).rpartition("日")[2]
        return f"每周{weekdays}{clock}，{len(moments)}期"
    if not moments:
        return ""
    return words.due(moments[-1], zone) if len(moments) == 1 else f"{words.due(moments[0], zone)}起{len(moments)}个时点"


def _chart(paper: Paper, sheet: Any, row: int, first: int, last: int) -> int:
    """A bar an obligation, parted by standing."""
    chart = paper.book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    series = (
        ("按时", 4, "#70AD47"),
        ("迟报", 5, "#F4B183"),
        ("待审核", 6, "#9DC3E6"),
        ("退回补正", 7, "#C490C0"),
        ("未报", 8, "#C00000"),
        ("未到期", 9, "#D9D9D9"),
    )
    for text, column, colour in series:
        chart.add_series(
            {
                "name": text,
                "categories": [NAME, first, 0, last, 0],
                "values": [NAME, first, column, last, column],
                "fill": {"color": colour},
                "border": {"none": True},
                "gap": 45,
            }
        )
    chart.set_title({"name": "各事项报送状态", "name_font": {"size": 11, "name": "黑体"}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": {"size": 9}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}, "line": {"none": True}})
    chart.set_x_axis(
        {"num_format": "0%", "num_font": {"size": 9}, "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}, "label_position": "high"}
    )
    tall = 130 + 26 * (last - first + 1)
    chart.set_size({"width": 1060, "height": tall})
    sheet.insert_chart(row, 0, chart, {"x_offset": 4, "y_offset": 2, "description": "各事项报送状态"})
    return row + -(-tall // 20) + 1


def _band(paper: Paper, sheet: Any, row: int, text: str) -> int:
    block(sheet, row, 0, _COLUMNS, text, paper.pens(font_name="黑体", font_size=12, bold=True, bottom=2, bottom_color="#1F4E79", valign="vcenter"))
    sheet.set_row(row, 24)
    return row + 1


def _text(paper: Paper, sheet: Any, row: int, text: str, **look: Any) -> int:
    from include.report.wide import lines_of

    block(sheet, row, 0, _COLUMNS, text, paper.pens(valign="vcenter", text_wrap=True, **look))
    sheet.set_row(row, 15 * lines_of(text, sum(_WIDTHS) * 0.95) + 3)
    return row + 1


def _problems(paper: Paper, sheet: Any, row: int, material: Material) -> int:
    row = _band(paper, sheet, row, "突出问题")
    counts = Counter(one.finding.severity for one in material.problems)
    unplaced = len(unplaced_receipts(material))
    told = f"共发现问题{len(material.problems)}个：须改正{counts['error']}个、请核实{counts['warning']}个、提示{counts['note']}个。"
    row = _text(paper, sheet, row, told + (f"另有{unplaced}份文件待认领（见“收文登记”）。" if unplaced else ""))
    by: dict[str, list[Problem]] = {}
    for one in material.problems:
        if one.finding.severity != "note":
            by.setdefault(one.finding.code, []).append(one)
    ranked = sorted(by.items(), key=lambda one: (-len(one[1]), one[0]))
    for code, some in ranked[:_SHOWN_PROBLEMS]:
        units = {one.delivery.submission.unit for one in some if one.delivery}
        where = f"{len(some)}处、{len(units)}家" if units else f"{len(some)}处（待认领文件）"
        row = _text(paper, sheet, row, f"{where}　{headline(code)}　例：{example(material, some[0])}（{code}）")
    if len(ranked) > _SHOWN_PROBLEMS:
        row = _text(paper, sheet, row, f"以上为{len(ranked)}类问题中最多的{_SHOWN_PROBLEMS}类，全部见“问题清单”。", font_color="#555555")
    return row


def headline(code: str) -> str:
    """A rule in a few words: its message without the particulars."""
    rule = catalogue.rules().get(code)
    if rule is None:
        return code
    return rule.message.zh.format_map({"place": "", "given": "…", "expected": "…"}).strip("。")


def example(material: Material, problem: Problem) -> str:
    """Whose file, where."""
    who = material.name(problem.delivery.submission.unit) if problem.delivery else problem.path
    where = " ".join(part for part in (problem.finding.sheet, problem.finding.cell) if part)
    return "，".join(part for part in (who, problem.label, where) if part)


def unplaced_receipts(material: Material) -> list[int]:
    """The numbers of receipts that were put to nothing."""
    placed = {one.submission.receipt_number for one in material.deliveries.values()}
    return [one.number for one in material.receipts if one.number not in placed]


def _coverage(paper: Paper, sheet: Any, row: int, rolls: Sequence[RollUp]) -> int:
    if not rolls:
        return row
    row = _band(paper, sheet, row, "汇总覆盖情况")
    for roll in rolls:
        lines = roll.coverage_lines()
        for line in lines[-4:]:
            row = _text(paper, sheet, row, f"{roll.obligation.name.zh}：{line}")
        if len(lines) > 4:
            row = _text(paper, sheet, row, f"{roll.obligation.name.zh}：以上为最近4期，共{len(lines)}期，全部见“汇总表”。", font_color="#555555")
    return row
