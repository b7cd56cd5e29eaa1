"""未报单位名单 and 催报清单: who owes what, since when, and whom to call."""

from include.domain.standing import Standing
from include.report import words
from include.report.gather import Liaison, Material
from include.report.page import Cell, Head, Paper, Shown

MISSING = "未报单位名单"
CHASING = "催报清单"
_INTERNAL = "内部资料：含联系人和电话，仅供主管单位工作使用，不得外传。"


def write_missing(paper: Paper, material: Material) -> None:
    """Write what was due and has not come: by obligation as in the notice, period, official order of units."""
    zone, as_of = material.campaign.zone, material.judgement.as_of
    rows: list[list[Shown]] = []
    by: dict[tuple[str, str | None], int] = {}
    for one in material.in_order:
        if one.standing != "missing" or one.due_at is None:
            continue
        by[one.obligation, one.period] = by.get((one.obligation, one.period), 0) + 1
        who = material.liaisons.get(one.unit, Liaison())
        rows.append(
            [
                len(rows) + 1,
                _name(material, one),
                words.period(one.period),
                Cell(value=material.name(one.unit), bold=True),
                words.due(one.due_at, zone, year=True),
                Cell(value=words.span((as_of - one.due_at).total_seconds()), colour=words.COLOURS["missing"][1]),
                _person(who),
                _telephone(who),
                _why(material, one),
            ]
        )
    tally = "；".join(f"{material.title(obligation, period)}{count}家" for (obligation, period), count in by.items())
    heads = (
        Head(text="序号", least=5, across="center"),
        Head(text="报送事项", least=14, most=30),
        Head(text="期次", most=30),
        Head(text="未报单位", least=14, most=32),
        Head(text="应报时间", least=16, across="center"),
        Head(text="已逾期", least=10, across="center"),
        Head(text="联络员", least=9, most=18),
        Head(text="电话", least=13, most=30),
        Head(text="说明", least=16, most=40),
    )
    lines = [f"数据截至：{words.full_moment(as_of, zone)}　共{len(rows)}件。" + (f"其中：{tally}。" if tally else ""), _INTERNAL]
    paper.table(MISSING, f"{material.campaign.name.zh}{MISSING}", heads, rows, lines=lines, freeze=4, empty="没有逾期未报的单位。", colour="#C00000")


def write_chasing(paper: Paper, material: Material) -> None:
    """Write what each unit still has to do: overdue and returned reports first, then what falls due, then stamped scans and undated activities."""
    zone, as_of = material.campaign.zone, material.judgement.as_of
    order = {unit.code: number for number, unit in enumerate(material.units)}
    notice = {one.code: number for number, one in enumerate(material.campaign.obligations)}
    grave = {"missing": 0, "returned": 1, "not_due": 2}
    owed: list[tuple[tuple[int, int, str, int], list[Shown]]] = []
    for one in material.judgement.standings:
        is_open = one.standing in grave and one.due_at is not None
        lacks = one.missing_parts and one.standing in ("on_time", "late", "under_review")
        if not is_open and not lacks:
            continue
        at = one.due_at.isoformat() if one.due_at else ""
        key = (order.get(one.unit, 10**9), grave.get(one.standing, 3), at, notice.get(one.obligation, 999))
        owed.append((key, _owed(material, one)))
    for row in material.judgement.undated:
        key = (order.get(row.unit, 10**9), 4, row.name, row.row)
        who = material.liaisons.get(row.unit, Liaison())
        ask = f"活动时间为“{row.raw_day or '（空）'}”，定下日期后请更正计划表"
        owed.append(
            (
                key,
                [
                    Cell(value=material.name(row.unit), bold=True),
                    _person(who),
                    who.duty,
                    who.telephone,
                    who.mobile,
                    material.title(row.plan),
                    row.name,
                    "日期待定",
                    Cell(value="活动未定日期", fill="#EDEDED"),
                    "",
                    ask,
                ],
            )
        )
    owed.sort(key=lambda one: one[0])
    rows: list[list[Shown]] = [[number, *row] for number, (_, row) in enumerate(owed, start=1)]
    heads = (
        Head(text="序号", least=5, across="center"),
        Head(text="单位", least=14, most=32),
        Head(text="联络员", least=9, most=18),
        Head(text="职务", least=8, most=14),
        Head(text="办公电话", least=13, most=18),
        Head(text="手机", least=13, most=18),
        Head(text="所欠事项", least=14, most=28),
        Head(text="期次", most=24),
        Head(text="应报时间", least=12, across="center"),
        Head(text="状态", least=10, across="center"),
        Head(text="逾期/剩余", least=13, most=18, across="center"),
        Head(text="请办", least=20, most=36),
    )
    units = len({row[1].value for row in rows if isinstance(row[1], Cell)})
    lines = [
        f"数据截至：{words.full_moment(as_of, zone)}　共{units}家{len(rows)}件。联络员取自各单位已接收的联络员表；未报联络员表的空缺。",
        _INTERNAL,
    ]
    paper.table(CHASING, f"{material.campaign.name.zh}{CHASING}", heads, rows, lines=lines, freeze=2, empty="没有需要催办的事项。", colour="#ED7D31")


def _owed(material: Material, one: Standing) -> list[Shown]:
    zone, as_of = material.campaign.zone, material.judgement.as_of
    who = material.liaisons.get(one.unit, Liaison())
    seconds = (one.due_at - as_of).total_seconds() if one.due_at else 0.0
    left = f"剩{words.span(seconds)}" if seconds > 0 else f"逾期{words.span(-seconds)}" if seconds < 0 else "已到期"
    fill, colour = words.COLOURS[one.standing]
    state = words.STANDINGS[one.standing]
    match one.standing:
        case "missing":
            ask = "请立即补正后重新报送" if one.submission else "请立即报送"
        case "returned":
            ask = "请按退回修改意见补正后重新报送"
        case "not_due":
            ask = "请按时报送"
        case _:
            state, fill, colour, left = "缺件", "#FCE8C4", "#8A5300", ""
            ask = "电子版已收，请补报" + "、".join(words.PARTS.get(part, part) for part in one.missing_parts)
    return [
        Cell(value=material.name(one.unit), bold=True),
        _person(who),
        who.duty,
        who.telephone,
        who.mobile,
        _name(material, one),
        words.period(one.period),
        words.due(one.due_at, zone),
        Cell(value=state, fill=fill if one.standing != "not_due" else "", colour=colour),
        left,
        ask,
    ]


def _name(material: Material, one: Standing) -> str:
    found = material.obligation(one.obligation)
    return found.name.zh if found else one.obligation


def _person(who: Liaison) -> str:
    return who.name or "（未报联络员）"


def _telephone(who: Liaison) -> str:
    return " / ".join(part for part in (who.telephone, who.mobile) if part)


def _why(material: Material, one: Standing) -> str:
    delivery = material.deliveries.get(one.submission or "")
    if delivery is None:
        return "未收到任何文件"
    came = words.moment(delivery.submission.received_at, material.campaign.zone)
    return f"{came}收到的{delivery.path.rsplit('/', 1)[-1]}已退回，未在补正时限内改正"
