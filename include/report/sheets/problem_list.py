"""问题清单: every finding with its place, what was seen, what is wrong and what to do."""

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from include.report import words
from include.report.gather import COUNTED, Delivery, Material, Problem
from include.report.page import Cell, Head, Paper, Shown

NAME = "问题清单"
_HEADS = (
    Head(text="序号", least=5, across="center"),
    Head(text="单位", least=12, most=20),
    Head(text="报送事项", least=12, most=16),
    Head(text="期次", least=6, most=18),
    Head(text="文件", least=16, most=26),
    Head(text="工作表", least=7, most=12),
    Head(text="单元格", least=8, most=14, across="center"),
    Head(text="指标", least=10, most=20),
    Head(text="所填内容", least=8, most=16),
    Head(text="问题", least=20, most=36),
    Head(text="处理办法", least=20, most=32),
    Head(text="情况说明", least=8, most=24),
    Head(text="性质", least=8, across="center"),
    Head(text="该件现状", least=9, most=14, across="center"),
    Head(text="代码", least=6, across="center"),
)


def write(paper: Paper, material: Material, copies: Mapping[str, str]) -> None:
    """Write the list; `copies` are the return copies by submission, as paths beside the workbook, to which a line's state leads."""
    units = {unit.code: number for number, unit in enumerate(material.units)}
    notice = {one.code: number for number, one in enumerate(material.campaign.obligations)}

    def key(one: Problem) -> tuple[int, int, str, int]:
        if one.delivery is None:
            return (10**9, 0, "", one.receipt_number)
        its = one.delivery.submission
        return (units.get(its.unit, 10**8), notice.get(its.obligation, 999), its.period or "", its.receipt_number)

    current = {one.submission: one.standing in COUNTED for one in material.judgement.standings if one.submission}
    rows = [_row(material, one, number, current, copies) for number, one in enumerate(sorted(material.problems, key=key), start=1)]
    counts = Counter(one.finding.severity for one in material.problems)
    explained = sum(bool(one.finding.explanation) for one in material.problems)
    answered = f"（其中已作情况说明{explained}个）" if explained else ""
    told = f"共{len(rows)}个：须改正{counts['error']}个（退回）、请核实{counts['warning']}个{answered}、提示{counts['note']}个。"
    lines = [
        f"数据截至：{words.full_moment(material.judgement.as_of, material.campaign.zone)}　{told}",
        "“该件现状”为“现行”的是当前计入汇总的报送件；有下划线的可点开退回件。",
    ]
    paper.table(NAME, f"{material.campaign.name.zh}{NAME}", _HEADS, rows, lines=lines, freeze=2, empty="没有发现问题。", colour="#7A2470")


def _row(material: Material, one: Problem, number: int, current: Mapping[str, bool], copies: Mapping[str, str]) -> list[Shown]:
    its = one.delivery.submission if one.delivery else None
    finding = one.finding
    copy = copies.get(its.id, "") if its else ""
    obligation = material.obligation(its.obligation) if its else None
    return [
        number,
        Cell(value=material.name(its.unit) if its else "（待认领）", bold=True),
        (obligation.name.zh if obligation else its.obligation) if its else "",
        words.period(its.period) if its else "",
        PurePosixPath(one.path).name,
        finding.sheet,
        finding.cell,
        one.label,
        finding.given,
        one.message,
        one.remedy,
        finding.explanation,
        Cell(value=words.SEVERITIES[finding.severity], fill=words.SEVERITY_FILLS[finding.severity], bold=finding.severity == "error"),
        Cell(value=state_of(material, one.delivery, current), link=f"external:{copy}" if copy else "", tip="打开退回件" if copy else ""),
        finding.code,
    ]


def state_of(material: Material, delivery: Delivery | None, current: Mapping[str, bool]) -> str:
    """How the file stands: 现行, 已退回, 已被后件替代, ..."""
    if delivery is None:
        return "待认领"
    its = delivery.submission
    if its.part:
        return words.PARTS.get(its.part, its.part)
    if current.get(its.id):
        return "现行"
    obligation = material.obligation(its.obligation)
    if delivery.state == "accepted" and obligation is not None and obligation.accepts == "many":
        return words.STATES["accepted"]
    if delivery.state == "accepted":
        return "已有后件" if its.id not in current else words.STATES["accepted"]
    return words.STATES[delivery.state]
