"""What the command line shows: rich tables for people, JSON Lines for programs. Text from units is escaped, never markup."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.domain.standing import Judgement
    from include.flow import Said
    from include.warehouse.answers import Addend

STANDING_WORDS = {
    "on_time": "按时",
    "late": "迟报",
    "missing": "未报",
    "returned": "退回补正",
    "under_review": "待审核",
    "exempt": "免报",
    "not_due": "未到期",
}


def console() -> Console:
    """A console on stdout, as wide as the terminal or 160 characters where there is none."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def show(said: Said, *, as_json: bool, explain: bool) -> None:
    """Print what one file says, and its findings."""
    if as_json:
        sys.stdout.write(json.dumps(said.as_json(), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    screen = console()
    verdict = "[green]可以接收[/green]" if said.is_accepted else "[red]应退回补正[/red]"
    screen.print(f"[bold]{escape(said.file)}[/bold]  {verdict}  填报单位：{escape(said.unit_named or '—')}  期间：{escape(said.period_named or '—')}")
    table = Table("指标", "名称", "行", "值", "原文", "位置")
    for answer, label in said.labelled():
        value = "无（nil）" if answer.value is None else f"{answer.value}{'（约）' if answer.approximate else ''}"
        table.add_row(
            answer.item, escape(label), str(answer.row or ""), escape(value), escape(answer.raw), escape(f"{answer.sheet} {answer.cell}".strip())
        )
    screen.print(table)
    if said.findings:
        problems = Table("编号", "程度", "位置", "问题", "怎样改")
        for finding, rendered in said.rendered():
            problems.add_row(
                finding.code, finding.severity, escape(f"{finding.sheet} {finding.cell}".strip()), escape(rendered.message), escape(rendered.remedy)
            )
        screen.print(problems)
    if explain:
        for line in said.explain:
            screen.print(escape(line))


def show_standings(judgement: Judgement) -> None:
    """Print how many units stand where on each obligation and period; moments in the campaign's zone."""
    from include import catalogue

    zone = catalogue.brief(judgement.campaign).zone
    as_of = judgement.as_of.astimezone(zone)
    table = Table("事项", "期间", "截止", *STANDING_WORDS.values(), title=f"{judgement.campaign}　数据截至 {as_of:%Y-%m-%d %H:%M:%S}")
    groups: dict[tuple[str, str, str], Counter[str]] = {}
    for standing in judgement.standings:
        due = "" if standing.due_at is None else _until(standing.due_at.astimezone(zone))
        groups.setdefault((standing.obligation, standing.period or "", due), Counter())[standing.standing] += 1
    for (obligation, period, due), counts in groups.items():
        table.add_row(obligation, escape(period), due, *(str(counts.get(name, "")) for name in STANDING_WORDS))
    console().print(table)


def _until(moment: datetime) -> str:
    """A deadline as notices say it: midnight is 24:00 of the day before."""
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return f"{moment - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{moment:%Y-%m-%d %H:%M}"


def show_scores(judgement: Judgement, *, unit: str | None) -> None:
    """Print the ranking, or one unit's points explained."""
    from include.exceptions import UnknownName

    scores = [score for score in judgement.scores if unit in (None, score.unit)]
    if unit and not scores:
        raise UnknownName(f"{judgement.campaign} has no score for unit {unit!r}; its units are {', '.join(s.unit for s in judgement.scores)}")
    if unit is None:
        table = Table("名次", "单位", "组别", "得分", "扣分项")
        for score in sorted(scores, key=lambda s: (s.group_tag, s.rank or 0)):
            table.add_row(str(score.rank or "—"), score.unit, score.group_tag, f"{score.score:g}", str(len(score.deductions)))
    else:
        table = Table("扣分", "条款", "事项", "期间", "原因", title=f"{unit}　{scores[0].score:g} 分")
        for deduction in scores[0].deductions:
            table.add_row(f"{deduction.points:g}", deduction.clause, deduction.obligation, escape(deduction.period or ""), escape(deduction.why))
    console().print(table)


def show_trace(addends: Iterable[Addend]) -> None:
    """Print the cells a number is added up from, and their sum."""
    table = Table("单位", "期间", "值", "原文", "文件", "工作表", "单元格", "回执")
    total = 0.0
    for addend in addends:
        total += addend.value_number or 0.0
        table.add_row(
            addend.unit,
            escape(addend.period),
            "无" if addend.value_number is None else f"{addend.value_number:g}",
            escape(addend.raw),
            escape(addend.path),
            escape(addend.sheet),
            addend.cell,
            str(addend.receipt_number),
        )
    table.add_section()
    table.add_row("合计", "", f"{total:g}")
    console().print(table)


def show_rules(language: str) -> None:
    """Print the catalogue of findings as Markdown, in the order of their codes."""
    from include.catalogue import rules

    head = ("| 编号 | 名称 | 程度 | 问题 | 怎样改 |", "| code | name | severity | message | remedy |")[language == "en"]
    lines = [head, "|---|---|---|---|---|"]
    for code, rule in sorted(rules().items()):
        lines.append(f"| {code} | {rule.name} | {rule.severity} | {rule.message.in_language(language)} | {rule.remedy.in_language(language)} |")
    sys.stdout.write("\n".join(lines) + "\n")
