"""考核评分: points per unit, every deduction with its reason.

The table is data of the campaign. Only the units' own targets are scored, never the authority's; a target is seen in a report, so a unit that
sent none loses the points for the missing report and not those for the target as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from include.domain.campaign import Campaign, Deduction, EnteredItem, Obligation
from include.domain.decision import Decision
from include.domain.unit import Unit

if TYPE_CHECKING:
    from include.domain.standing import Standing

_day = 86_400
_words = {
    "missing": "未报",
    "late": "迟报",
    "returned": "曾被退回",
    "incomplete": "缺件",
    "warning": "有存疑数据未说明",
    "target_missed": "未达到目标",
}
_parts = {"scan": "盖章扫描件"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTaken:
    """One deduction; negative points are a bonus. `clause` names the line of the scoring table, `why` says it in Chinese for the sheet."""

    points: float
    clause: str
    obligation: str
    period: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A unit's score; `rank` is within its group, ties share a rank; None for a unit that owed nothing yet."""

    unit: str
    score: float
    rank: int | None
    group_tag: str
    deductions: tuple[PointsTaken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a unit reported on a target's item: of one period, or None for a single report."""

    unit: str
    obligation: str
    period: str | None
    item: str
    value: float


def scores(
    campaign: Campaign,
    units: Iterable[Unit],
    standings: Iterable[Standing],
    figures: Iterable[Figure] = (),
    awards: Iterable[Decision] = (),
    *,
    as_of: datetime,
) -> tuple[Score, ...]:
    """Score every unit out of the table's full points, in official order; ties share a rank (1, 1, 3) within the group. Pure.

    A unit's group is the first of the table's group tags that it carries. Days of missing reports count up to `as_of`. `awards` are the points that
    persons gave, in effect at that moment.
    """
    table = campaign.scoring
    ordered = sorted(units, key=lambda unit: unit.order)
    by_unit: dict[str, list[Standing]] = {}
    for one in standings:
        by_unit.setdefault(one.unit, []).append(one)
    told: dict[tuple[str, str, str | None, str], float] = {(one.unit, one.obligation, one.period, one.item): one.value for one in figures}
    given: dict[tuple[str, str], list[Decision]] = {}
    for award in awards:
        given.setdefault((award.unit or "", award.item or ""), []).append(award)
    names = {one.code: one.name.zh for one in campaign.obligations}
    targets = [one for one in campaign.obligations if one.kind == "target" and one.target is not None]
    found = []
    for unit in ordered:
        mine = by_unit.get(unit.code, [])
        taken: list[PointsTaken] = []
        for line in table.deductions:
            if line.when == "target_missed":
                found_here = _missed_targets(line, [one for one in targets if _scored_on(one, unit)], unit, mine, told)
            else:
                found_here = _taken(line, names, mine, as_of)
            taken += _capped(line, found_here)
        for item in table.entered:
            taken += _awarded(item, given.get((unit.code, item.code), ()))
        points = table.full - sum(one.points for one in taken)
        score = round(min(table.ceiling or table.full, max(table.floor, points)), 2)
        owed = any(one.standing not in ("not_due", "exempt") for one in mine)
        group = next((tag for tag in table.group_tags if tag in unit.tags), "")
        found.append(Score(unit=unit.code, score=score, rank=0 if owed else None, group_tag=group, deductions=tuple(taken)))
    return tuple(_ranked(found))


def _ranked(found: list[Score]) -> Iterable[Score]:
    """The scores with ranks within groups, in the order given."""
    better: dict[str, list[float]] = {}
    for one in found:
        if one.rank is not None:
            better.setdefault(one.group_tag, []).append(one.score)
    places = {
        group: {score: place for place, score in reversed(list(enumerate(sorted(values, reverse=True), 1)))} for group, values in better.items()
    }
    for one in found:
        rank = None if one.rank is None else places[one.group_tag][one.score]
        yield Score(unit=one.unit, score=one.score, rank=rank, group_tag=one.group_tag, deductions=one.deductions)


def _capped(line: Deduction, taken: Iterable[PointsTaken]) -> Iterable[PointsTaken]:
    """The deductions of one line, none beyond its cap; what the cap spares is still listed, with the points it did take."""
    left = line.cap
    for one in taken:
        if left is None:
            yield one
            continue
        points = min(one.points, left)
        left = round(left - points, 6)
        why = one.why if points == one.points else f"{one.why}（本项最多扣{line.cap:g}分）"
        yield PointsTaken(points=points, clause=one.clause, obligation=one.obligation, period=one.period, why=why)


def _clause(line: Deduction) -> str:
    return f"{_words[line.when]}每{'日' if line.per == 'day' else '次'}扣{line.points:g}分"


def _taken(line: Deduction, names: Mapping[str, str], standings: Iterable[Standing], as_of: datetime) -> Iterable[PointsTaken]:
    for one in standings:
        times = _times(line, one, as_of)
        if times:
            label = names[one.obligation] + (f"（{one.period}）" if one.period else "")
            points, why = round(line.points * times, 6), f"{label}{_reason(line, one, times)}"
            yield PointsTaken(points=points, clause=_clause(line), obligation=one.obligation, period=one.period, why=why)


def _missed_targets(
    line: Deduction,
    targets: Iterable[Obligation],
    unit: Unit,
    standings: Iterable[Standing],
    told: Mapping[tuple[str, str, str | None, str], float],
) -> Iterable[PointsTaken]:
    for target in targets:
        for one in standings:
            if one.standing in ("on_time", "late") and (missed := _missed(target, unit, one, told)):
                yield PointsTaken(points=line.points, clause=_clause(line), obligation=target.code, period=one.period, why=missed)


def _scored_on(obligation: Obligation, unit: Unit) -> bool:
    owner = obligation.owner
    match owner.who:
        case "units":
            return True
        case "tags":
            return not set(owner.tags).isdisjoint(unit.tags)
        case "named":
            return unit.code in owner.units
        case "authority":
            return False


def _missed(obligation: Obligation, unit: Unit, standing: Standing, told: Mapping[tuple[str, str, str | None, str], float]) -> str:
    """Why a target is missed in the report of a standing; "" where it is met, or not seen there."""
    target = obligation.target
    if target is None or target.obligation != standing.obligation:
        return ""
    value = told.get((unit.code, target.obligation, standing.period, target.item))
    when = f"（{standing.period}）" if standing.period else ""
    if value is None:
        return f"{obligation.name.zh}{when}：已报表中没有这项数"
    if value < target.at_least:
        return f"{obligation.name.zh}{when}：应不少于{target.at_least:g}，报{value:g}"
    if target.at_most is not None and value > target.at_most:
        return f"{obligation.name.zh}{when}：应不多于{target.at_most:g}，报{value:g}"
    return ""


def _times(line: Deduction, standing: Standing, as_of: datetime) -> int:
    """How many times a line is applied to a standing: 1 per report, or the days begun."""
    match line.when:
        case "missing":
            if standing.standing != "missing" or standing.due_at is None:
                return 0
            return 1 if line.per == "report" else max(1, ceil((as_of - standing.due_at).total_seconds() / _day))
        case "late":
            if standing.standing != "late" or standing.late_by_s is None:
                return 0
            return 1 if line.per == "report" else max(1, ceil(standing.late_by_s / _day))
        case "returned":
            return int(standing.standing == "returned" or "repaired" in standing.flags)
        case "incomplete":
            return int(standing.standing in ("on_time", "late") and bool(standing.missing_parts))
        case "warning":
            return int(standing.standing in ("on_time", "late") and "has_warnings" in standing.flags and "explained" not in standing.flags)
        case "target_missed":
            return 0


def _reason(line: Deduction, standing: Standing, times: int) -> str:
    words = _words[line.when]
    if line.when == "late":
        words += _span(standing.late_by_s or 0)
    if line.when == "incomplete":
        words += "".join(f"（{_parts.get(part, part)}）" for part in standing.missing_parts)
    return f"{words}，计{times}日" if line.per == "day" else words


def _span(seconds: int) -> str:
    """Seconds for people: 3小时20分."""
    days, rest = divmod(seconds, _day)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分" if minutes else f"{left}秒"


def _awarded(item: EnteredItem, given: Iterable[Decision]) -> Iterable[PointsTaken]:
    """What persons awarded on an item, one line each with its evidence; the item's sum never leaves its bounds, and a line says where it would."""
    total = held = 0.0
    for one in given:
        total += one.points or 0.0
        before, held = held, min(item.most, max(item.least, total))
        points = round(before - held, 6)
        why = f"{one.why}（{'；'.join(filter(None, (f'依据：{one.paper}' if one.paper else '', one.by, f'意见{one.number}号')))}）"
        if points != -(one.points or 0.0):
            why += f"（原评{one.points:+g}分，本项限{item.least:g}至{item.most:g}分）"
        yield PointsTaken(points=points, clause=item.name.zh, obligation="", period=None, why=why)
