"""收文登记 and 处理意见: every file received, where it was put, what nobody could place, what was refused; what supervisors decided."""

from collections.abc import Mapping

from include.domain.decision import Decision
from include.report import words
from include.report.gather import COUNTED, Delivery, Material
from include.report.page import Cell, Head, Paper, Shown
from include.report.sheets.problem_list import state_of

NAME = "收文登记"
REFUSED = "拒收登记"
DECISIONS = "处理意见"


def write(paper: Paper, material: Material, copies: Mapping[str, str]) -> None:
    """Write the register of receipts with the chain's head."""
    zone = material.campaign.zone
    by_receipt: dict[int, list[Delivery]] = {}
    for one in material.deliveries.values():
        by_receipt.setdefault(one.submission.receipt_number, []).append(one)
    current = {said.submission: said.standing in COUNTED for said in material.judgement.standings if said.submission}
    rows: list[list[Shown]] = []
    unplaced = 0
    for receipt in material.receipts:
        some = by_receipt.get(receipt.number, [])
        unplaced += not some
        each: list[Delivery | None] = [*some] or [None]
        for delivery in each:
            its = delivery.submission if delivery is not None else None
            copy = copies.get(its.id, "") if its else ""
            obligation = material.obligation(its.obligation) if its else None
            rows.append(
                [
                    receipt.number,
                    words.moment(receipt.received_at, zone, seconds=True),
                    words.HOW_KNOWN[receipt.how_known],
                    receipt.path,
                    words.size(receipt.size),
                    Cell(value=material.name(its.unit) if its else "待认领", bold=not its, fill="" if its else "#F8D0D0"),
                    (obligation.name.zh if obligation else its.obligation) if its else "",
                    words.period(its.period) if its else "",
                    Cell(value=state_of(material, delivery, current), link=f"external:{copy}" if copy else "", tip="打开退回件" if copy else ""),
                    its.findings if its else "",
                    receipt.sha256,
                ]
            )
    heads = (
        Head(text="收文号", least=7, across="center"),
        Head(text="收到时间", least=19, across="center"),
        Head(text="时间依据", least=12, most=20),
        Head(text="文件（收件夹内路径）", least=30, most=60),
        Head(text="大小", least=8, across="right"),
        Head(text="单位", least=12, most=26),
        Head(text="报送事项", least=12, most=24),
        Head(text="期次", least=8, most=20),
        Head(text="现状", least=9, most=14, across="center"),
        Head(text="问题数", least=6, across="center"),
        Head(text="SHA-256", least=34, most=34),
    )
    said = words.full_moment(material.judgement.as_of, zone)
    lines = [
        f"数据截至：{said}　共{len(material.receipts)}份，待认领{unplaced}份，拒收{len(material.refused)}份。",
        f"收文链首：{material.head or '（尚无收文）'}",
    ]
    paper.table(NAME, f"{material.campaign.name.zh}{NAME}", heads, rows, lines=lines, freeze=1, empty="尚未收到文件。", colour="#7F7F7F")


def write_behind(paper: Paper, material: Material) -> None:
    """Write what was refused and what was decided, where there is any."""
    zone = material.campaign.zone
    if material.refused:
        told: list[list[Shown]] = [
            [number, one.path, words.REFUSALS.get(one.reason, one.reason), words.moment(one.refused_at, zone, seconds=True)]
            for number, one in enumerate(material.refused, start=1)
        ]
        columns = (
            Head(text="序号", least=5, across="center"),
            Head(text="路径", least=40, most=80),
            Head(text="原因", least=20, most=40),
            Head(text="时间", least=19, across="center"),
        )
        paper.table(REFUSED, f"{material.campaign.name.zh}{REFUSED}", columns, told, lines=["这些不是可以收下的文件，只作记录。"])
    if material.decisions:
        _write_decisions(paper, material)


def _write_decisions(paper: Paper, material: Material) -> None:
    zone = material.campaign.zone
    items = {item.code: item.name.zh for item in material.campaign.scoring.entered}
    rows: list[list[Shown]] = [
        [
            one.number,
            words.VERBS.get(one.verb, one.verb) + ("" if one.approved else "（未获同意，不生效）"),
            material.name(one.unit) if one.unit else "",
            material.title(one.obligation) if one.obligation else "",
            words.period(one.period),
            _object(one, items),
            words.due(one.until_at, zone, year=True) if one.until_at is not None else "",
            one.why,
            one.by + (f"（审批：{one.approved_by}）" if one.approved_by else ""),
            words.moment(one.decided_at, zone),
            one.paper,
        ]
        for one in material.decisions
    ]
    heads = (
        Head(text="编号", least=6, across="center"),
        Head(text="意见", least=8, across="center"),
        Head(text="单位", least=12, most=26),
        Head(text="事项", least=12, most=24),
        Head(text="期次", least=8, most=18),
        Head(text="对象", least=12, most=28),
        Head(text="延至", least=8, most=20, across="center"),
        Head(text="理由", least=20, most=50),
        Head(text="处理人", least=8, most=14),
        Head(text="时间", least=17, across="center"),
        Head(text="依据文件", least=8, most=24),
    )
    paper.table(DECISIONS, f"{material.campaign.name.zh}{DECISIONS}", heads, rows, lines=["按生效时间计入各表。"], freeze=2)


def _object(one: Decision, items: Mapping[str, str]) -> str:
    """What a decision is about, beside its unit and report."""
    if one.points is not None:
        return f"{items.get(one.item or '', one.item)} {one.points:+g}分"
    if one.withdraws is not None:
        return f"意见{one.withdraws}号"
    return one.submission or (f"收文{one.receipt_number}号" if one.receipt_number else "")
