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
    from include.merge.rereading import Changed, Figure, Reread
    from include.report.tracing import Trace

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
        for finding, rendered in said.problems():
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
        from include import catalogue

        zone = catalogue.brief(judgement.campaign).zone
        rests_on = {(one.obligation, one.period): one for one in judgement.standings if one.unit == unit}
        table = Table("扣分", "条款", "事项", "期间", "原因", "截止", "收到", "报送件", title=f"{unit}　{scores[0].score:g} 分")
        for deduction in scores[0].deductions:
            seen = rests_on.get((deduction.obligation, deduction.period))
            due, received = (seen.due_at, seen.received_at) if seen is not None else (None, None)
            table.add_row(
                f"{deduction.points:g}",
                deduction.clause,
                deduction.obligation,
                escape(deduction.period or ""),
                escape(deduction.why),
                _until(due.astimezone(zone)) if due is not None else "",
                f"{received.astimezone(zone):%Y-%m-%d %H:%M:%S}" if received is not None else "",
                (seen.submission or "") if seen is not None else "",
            )
    console().print(table)


def show_trace(traces: Iterable[Trace], *, only_cells_of: int | None = None) -> None:
    """Print numbers: their totals at every level, and the cells they are made of (`only_cells_of`: those of one receipt)."""
    screen = console()
    for one in traces:
        scope = "累计" if one.is_to_date else one.period or ""
        screen.print(f"[bold]{one.obligation.code}  {one.item.code} {escape(one.item.label)}[/bold]  {escape(scope)}")
        cells = Table("单位", "期间", "指标", "值", "原文", "文件", "工作表", "单元格", "回执", "SHA-256")
        for cell in one.cells:
            if only_cells_of in (None, cell.receipt_number):
                answer = cell.addend.answer
                value = "无" if answer.value is None else f"{answer.value}{'（约）' if answer.approximate else ''}"
                said = (cell.unit, cell.addend.period or "", cell.addend.item, value, answer.raw, cell.path, answer.sheet, answer.cell)
                cells.add_row(*map(escape, said), str(cell.receipt_number), cell.sha256[:12])
        screen.print(cells)
        levels = Table("合计", "值", "填报单位数")
        for level in one.levels:
            levels.add_row(escape(level.name), "/" if level.value is None else f"{level.value:.15g}", str(level.units))
        screen.print(levels)


def show_reread(reread: Reread, *, as_json: bool) -> None:
    """Print what reading again changes: a line a figure and a finding, a verdict where it is another."""
    if as_json:
        for one in reread.changed:
            sys.stdout.write(json.dumps(_changed_as_json(one, reread.is_applied), ensure_ascii=False) + "\n")
        return
    from include import catalogue

    screen = console()
    forms = catalogue.load(reread.campaign).forms
    seen = [one for one in reread.changed if one.is_seen]
    for one in seen:
        its, form = one.stored.submission, forms.get(one.stored.form)
        labels = {item.code: item.label for item in form.items()} if form else {}
        version = f"第{one.was.form_version}版→第{one.stored.form_version}版" if one.was else "原未归位"
        what = f"{its.unit}  {its.obligation} {its.period or ''}  {one.stored.path}  {version}"
        screen.print(f"[bold]{escape(its.id)}[/bold]  {escape(what)}")
        if one.was is None or one.was.state_now != one.stored.state_now:
            screen.print(f"  结论：{STATE_WORDS[one.was.state_now] if one.was else '待归位'} → [bold]{STATE_WORDS[one.stored.state_now]}[/bold]")
        for figure in one.figures:
            at = f"第{figure.row}行" if figure.row else ""
            change = f"{_read(figure, new=False)} → {_read(figure, new=True)}"
            screen.print(f"  {figure.item} {escape(labels.get(figure.item, ''))}{at}：{escape(change)}")
        for sign, findings in (("－", one.gone), ("＋", one.new)):
            for finding in findings:
                screen.print(f"  {sign} {finding.code} {escape(catalogue.render(finding, 'zh').message)}")
    for stored in reread.frozen:
        screen.print(f"{escape(stored.submission.id)}  {escape(stored.submission.unit)}：汇总已冻结，不重读；须先重新开放（decide reopen）")
    for number in reread.failed:
        screen.print(f"收文{number}号：这次没有读成，维持原读数")
    done = "已写入，原读数留存" if reread.is_applied else "未作改动；加 --apply 写入" if reread.renewed else "无须改动"
    screen.print(f"{reread.campaign}：重读{reread.read}份，{reread.renewed}份读法有变，{len(seen)}件报送件有变化。{done}。")


STATE_WORDS = {"accepted": "已接收", "returned": "退回", "waiting": "待审核", "withdrawn": "已撤回"}


def _read(figure: Figure, *, new: bool) -> str:
    answer = figure.new if new else figure.old
    if answer is None:
        return "（未读到）"
    value = "无" if answer.value is None else f"{answer.value}{'（约）' if answer.approximate else ''}"
    return f"{value}（{f'{answer.sheet} {answer.cell}'.strip()}）"


def _changed_as_json(one: Changed, is_applied: bool) -> dict[str, object]:
    its = one.stored.submission
    return {
        "submission": its.id,
        "unit": its.unit,
        "obligation": its.obligation,
        "period": its.period,
        "file": one.stored.path,
        "form": one.stored.form,
        "version": {"old": one.was.form_version if one.was else None, "new": one.stored.form_version},
        "state": {"old": one.was.state_now if one.was else None, "new": one.stored.state_now},
        "figures": [
            {
                "item": each.item,
                "row": each.row,
                **{
                    name: None if answer is None else {"value": answer.value, "raw": answer.raw, "sheet": answer.sheet, "cell": answer.cell}
                    for name, answer in (("old", each.old), ("new", each.new))
                },
            }
            for each in one.figures
        ],
        "findings": [
            {"change": word, "code": each.code, "severity": each.severity, "item": each.item, "row": each.row, "sheet": each.sheet, "cell": each.cell}
            for word, findings in (("gone", one.gone), ("new", one.new))
            for each in findings
        ],
        "applied": is_applied,
    }


def show_rules(language: str) -> None:
    """Print the catalogue of findings as Markdown, in the order of their codes."""
    from include.catalogue import rules

    head = ("| 编号 | 名称 | 程度 | 问题 | 怎样改 |", "| code | name | severity | message | remedy |")[language == "en"]
    lines = [head, "|---|---|---|---|---|"]
    for code, rule in sorted(rules().items()):
        lines.append(f"| {code} | {rule.name} | {rule.severity} | {rule.message.in_language(language)} | {rule.remedy.in_language(language)} |")
    sys.stdout.write("\n".join(lines) + "\n")
