"""版本变更 and 合计变更: every report that came more than once, what each version changed in it and in every total above it."""

from include.domain.reading import Answer
from include.report import words
from include.report.gather import Material
from include.report.page import Cell, Head, Paper, Shown
from include.report.versions import CellChange, Ledger, Version, ledgers

NAME = "版本变更"
TOTALS = "合计变更"
_HEADS = (
    Head(text="单位", least=12, most=22),
    Head(text="报送事项", least=12, most=20),
    Head(text="期次", least=6, most=12, across="center"),
    Head(text="版次", least=5, across="center"),
    Head(text="时间", least=17, across="center"),
    Head(text="收文号", least=7, across="center"),
    Head(text="变更方式", least=14, most=30),
    Head(text="该件状态", least=9, across="center"),
    Head(text="当时采用", least=9, across="center"),
    Head(text="指标", least=14, most=32),
    Head(text="原值", least=8, most=18, across="right"),
    Head(text="原单元格", least=8, most=16, across="center"),
    Head(text="新值", least=8, most=18, across="right"),
    Head(text="新单元格", least=8, most=16, across="center"),
    Head(text="增减", least=8, most=12, across="right"),
    Head(text="按时认定", least=20, most=40),
    Head(text="文件", least=16, most=40),
)
_TOTAL_HEADS = (
    Head(text="报送事项", least=12, most=20),
    Head(text="期次", least=6, most=12, across="center"),
    Head(text="变更单位", least=12, most=22),
    Head(text="版次", least=5, across="center"),
    Head(text="收文号", least=7, across="center"),
    Head(text="生效时间", least=17, across="center"),
    Head(text="代码", least=6, across="center"),
    Head(text="指标", least=16, most=36),
    Head(text="计量单位", least=8, across="center"),
    Head(text="受影响的合计", least=16, most=30),
    Head(text="范围", least=6, across="center"),
    Head(text="变更前", least=10, most=16, across="right"),
    Head(text="变更后", least=10, most=16, across="right"),
    Head(text="增减", least=8, most=14, across="right"),
)


def write(paper: Paper, material: Material) -> None:
    """Write both sheets; none where no report came more than once."""
    found = ledgers(material)
    if not found:
        return
    as_of = words.full_moment(material.judgement.as_of, material.campaign.zone)
    corrections = sum(one.how == "correction" for each in found for one in each.versions)
    again = sum(one.how == "read_again" for each in found for one in each.versions)
    rows = [row for each in found for row in _rows(material, each)]
    lines = [
        f"数据截至：{as_of}　{len(found)}件报送有多个版本：更正{corrections}次，重读{again}次。每一版都留存。",
        "“当时采用”为“是”的自该时间起计入汇总，到下一个“是”或处理意见为止。",
        "内部资料：可能含联系人和电话，不得外传。首报不逐项列出，它的每个数见“溯源”；只换了位置、没有变数的不列。每一版使上级各合计变了多少，见“合计变更”。",
    ]
    paper.table(NAME, f"{material.campaign.name.zh}{NAME}", _HEADS, rows, lines=lines, freeze=4)
    moved = [row for each in found for row in _total_rows(material, each)]
    line = "每一版使它上面每一级合计发生的变化：分组、上级单位及所属、全部单位。一份报送首次计入时带进的数不在此列（见“溯源”）。"
    paper.table(TOTALS, f"{material.campaign.name.zh}{TOTALS}", _TOTAL_HEADS, moved, lines=[line], freeze=4, empty="没有一版使合计变化。")


def _rows(material: Material, ledger: Ledger) -> list[list[Shown]]:
    found: list[list[Shown]] = []
    standing, zone = ledger.standing, material.campaign.zone
    labels = {item.code: item.label for item in ledger.form.items()}
    for one in ledger.versions:
        its = one.delivery.submission
        head: list[Shown] = [
            Cell(value=material.name(standing.unit), bold=True),
            material.title(standing.obligation),
            words.period(standing.period),
            one.number,
            words.moment(one.at, zone, seconds=True),
            its.receipt_number,
            _how(one),
            words.STATES[one.state],
            Cell(value="是" if one.is_in_force else "否", fill="#DDF0DD" if one.is_in_force else ""),
        ]
        tail: list[Shown] = [_credit(material, ledger, one), one.delivery.path]
        changes = [_change(cell, labels) for cell in one.cells] or [("",) * 6]
        found.extend([*head, *change, *tail] for change in changes)
    return found


def _how(one: Version) -> str:
    match one.how:
        case "first":
            return "首报"
        case "correction":
            return "更正" if one.cells else "重报，数据没有变化" if one.has_answers else "另一文件，没有读出数据"
        case "same_bytes":
            return f"与第{one.same_as}版逐字节相同，不作新版" if one.same_as else "与已收的逐字节相同，不作新版"
        case "read_again":
            old, new = one.form_version
            return f"表式由第{old}版改为第{new}版，重读" if old != new else f"表式（第{new}版）或读法改正，重读"
        case "decision":
            verb, _, why = one.why.partition("\n")
            return f"处理意见：{words.VERBS.get(verb, verb)}（{why}）"


def _change(cell: CellChange, labels: dict[str, str]) -> tuple[Shown, ...]:
    label = labels.get(cell.item, cell.item) + (f"（第{cell.row}行）" if cell.row else "")
    old, new = cell.old.value if cell.old else None, cell.new.value if cell.new else None
    move: Shown = ""
    if isinstance(old, int | float) and isinstance(new, int | float):
        move = Cell(value=round(new - old, 6), format="+#,##0.##;-#,##0.##;0", across="right")
    return (f"{cell.item} {label}", _value(cell.old), _place(cell.old), _value(cell.new), _place(cell.new), move)


def _value(answer: Answer | None) -> Shown:
    if answer is None:
        return "（没有）"
    if answer.approximate:
        return f"{answer.value}（约）"
    return "无" if answer.value is None else answer.value


def _place(answer: Answer | None) -> str:
    return f"{answer.sheet} {answer.cell}".strip() if answer is not None else ""


def _credit(material: Material, ledger: Ledger, one: Version) -> str:
    """The rule that decided on the report's credit, beside the version it rests on."""
    standing, zone = ledger.standing, material.campaign.zone
    came = one.how in ("first", "correction", "same_bytes")
    due = words.due(standing.due_at, zone, year=True)
    if standing.standing in ("on_time", "late") and came and one.at == standing.received_at:
        if standing.standing == "late":
            return f"首个合格件，期限{due}，超期{words.span(standing.late_by_s or 0)}：迟报"
        if "repaired" in standing.flags:
            return f"期限{due}前收到，退回后在补正时限内补正：仍按此时间认定按时"
        return f"首个合格件，在期限{due}前收到：按时；以后的更正、重读不影响"
    if one is ledger.versions[-1] and standing.standing not in ("on_time", "late"):
        return f"{words.STANDINGS[standing.standing]}，期限{due}"
    return ""


def _total_rows(material: Material, ledger: Ledger) -> list[list[Shown]]:
    standing, zone = ledger.standing, material.campaign.zone
    items = {item.code: item for item in ledger.form.items()}
    found: list[list[Shown]] = []
    for one in ledger.versions:
        for total in one.totals:
            item = items[total.item]
            move = None if total.before is None or total.after is None else round(total.after - total.before, 6)
            found.append(
                [
                    material.title(standing.obligation),
                    words.period(standing.period),
                    Cell(value=material.name(standing.unit), bold=True),
                    one.number,
                    one.delivery.submission.receipt_number,
                    words.moment(one.at, zone, seconds=True),
                    item.code,
                    item.label,
                    item.measurement_unit,
                    total.level,
                    "累计" if total.is_to_date else "本期",
                    _figure(total.before),
                    _figure(total.after),
                    "" if move is None else Cell(value=move, format="+#,##0.##;-#,##0.##;0", across="right"),
                ]
            )
    return found


def _figure(value: float | None) -> Shown:
    return Cell(value="/" if value is None else int(value) if value.is_integer() else value, format="#,##0.##" if value is not None else "")
