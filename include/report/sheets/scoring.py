"""考核评分: points and ranks, and every deduction with its reason."""

from collections import Counter

from include.domain.score import Score
from include.report import words
from include.report.gather import Material
from include.report.page import Cell, Head, Paper, Shown
from include.report.totals import groups_of

NAME = "考核评分"
DETAIL = "扣分明细"


def write(paper: Paper, material: Material) -> None:
    """Write the score sheet, best first within groups of like units."""
    scoring = material.campaign.scoring
    groups = group_names(material)
    ranked = _ranked(material)
    ties = Counter((one.group_tag, one.rank) for one in ranked)
    rows: list[list[Shown]] = []
    for one in ranked:
        reasons = "\n".join(f"{signed(-taken.points)}　{taken.why}" for taken in one.deductions)
        rows.append(
            [
                Cell(value=rank_of(one, ties[one.group_tag, one.rank]), across="center"),
                Cell(value=material.name(one.unit), bold=True),
                groups.get(one.group_tag, one.group_tag) or "全部单位",
                Cell(value=one.score if one.rank is not None else "—", format="0.0#", bold=True, across="center"),
                Cell(value=round(sum(taken.points for taken in one.deductions), 2), format="0.0#", across="center"),
                reasons or ("未扣分" if one.rank is not None else "尚无到期事项，不计分"),
            ]
        )
    heads = (
        Head(text="名次", least=9, most=14, across="center"),
        Head(text="单位", least=16, most=30),
        Head(text="组别", least=10, most=20, across="center"),
        Head(text="得分", least=8, across="center"),
        Head(text="扣分", least=8, across="center"),
        Head(text="扣分（加分）原因", least=60, most=90),
    )
    clauses = "；".join(_clause(one.when, one.points, one.per, one.cap) for one in scoring.deductions)
    entered = "、".join(f"{one.name.zh}（{one.least:g}至{one.most:g}分）" for one in scoring.entered)
    said = words.full_moment(material.judgement.as_of, material.campaign.zone)
    lines = [
        f"数据截至：{said}　满分{scoring.full:g}分，最低{scoring.floor:g}分。同类单位内排名，同分并列。",
        f"评分办法：{clauses or '未设扣分项'}。"
        + (f"另由人工评定：{entered}。" if entered else "")
        + (f"依据：{words.basis(scoring.basis)}" if scoring.basis else ""),
        "审核人（签字）：＿＿＿＿＿＿　　负责人（签字）：＿＿＿＿＿＿　　日期：＿＿＿＿＿＿",
    ]
    paper.table(NAME, f"{material.campaign.name.zh}{NAME}", heads, rows, lines=lines, freeze=2, empty="没有评分。", colour="#BF9000")


def _ranked(material: Material) -> list[Score]:
    """The scores, best first within groups of like units; those without a rank last."""
    order = {unit.code: number for number, unit in enumerate(material.units)}
    tags = {tag: number for number, tag in enumerate(material.campaign.scoring.group_tags)}

    def key(one: Score) -> tuple[int, bool, int, int]:
        return (tags.get(one.group_tag, 999), one.rank is None, one.rank or 0, order.get(one.unit, 10**9))

    return sorted(material.judgement.scores, key=key)


def group_names(material: Material) -> dict[str, str]:
    """What a scoring group's tag is called on sheets."""
    found = {tag.code: tag.name.zh for tag in material.campaign.tags} | {group.tag: group.name.zh for group in material.campaign.groups}
    for tag in material.campaign.scoring.group_tags:
        if tag not in found:
            members = {unit.code for unit in material.units if tag in unit.tags}
            found[tag] = next((name for _, name, units in groups_of(material) if set(units) == members), tag)
    return found


def rank_of(score: Score, sharing: int) -> Shown:
    """A rank as it stands on the sheet: ties are marked."""
    if score.rank is None:
        return "—"
    return f"{score.rank}（并列）" if sharing > 1 else score.rank


def signed(points: float) -> str:
    """Points with their sign: "−0.5分", "+2分"."""
    return f"{'+' if points > 0 else '−'}{abs(points):g}分"


_WHEN = {"missing": "未报", "late": "迟报", "returned": "退回补正", "incomplete": "缺件", "warning": "存疑未说明", "target_missed": "目标未达"}


def _clause(when: str, points: float, per: str, cap: float | None) -> str:
    return f"{_WHEN.get(when, when)}每{'日' if per == 'day' else '件'}扣{points:g}分" + (f"（最多{cap:g}分）" if cap is not None else "")


def write_detail(paper: Paper, material: Material) -> None:
    """Write the list of deductions."""
    ranked, groups, zone = _ranked(material), group_names(material), material.campaign.zone
    rows: list[list[Shown]] = []
    for one in ranked:
        for taken in one.deductions:
            seen = material.standing_of.get((one.unit, taken.obligation or "", taken.period))
            rows.append(
                [
                    len(rows) + 1,
                    Cell(value=material.name(one.unit), bold=True),
                    groups.get(one.group_tag, one.group_tag),
                    Cell(value=-taken.points, format="+0.0#;-0.0#;0", across="center", colour="#A31515" if taken.points > 0 else "#1E6B2C"),
                    taken.clause,
                    material.title(taken.obligation) if taken.obligation else "",
                    words.period(taken.period),
                    taken.why,
                    words.due(seen.due_at, zone) if seen is not None and seen.due_at is not None else "",
                    words.moment(seen.received_at, zone, seconds=True) if seen is not None else "",
                    (seen.submission or "") if seen is not None else "",
                ]
            )
    heads = (
        Head(text="序号", least=5, across="center"),
        Head(text="单位", least=16, most=30),
        Head(text="组别", least=10, most=20, across="center"),
        Head(text="分值", least=8, across="center"),
        Head(text="评分条款", least=20, most=34),
        Head(text="事项", least=14, most=30),
        Head(text="期次", least=8, most=24),
        Head(text="原因", least=30, most=60),
        Head(text="截止", least=10, most=18, across="center"),
        Head(text="收到", least=17, across="center"),
        Head(text="报送件", least=12, most=28),
    )
    lines = [f"数据截至：{words.full_moment(material.judgement.as_of, material.campaign.zone)}　共{len(rows)}条。"]
    paper.table(DETAIL, f"{material.campaign.name.zh}{DETAIL}", heads, rows, lines=lines, freeze=2, empty="没有扣分。")
