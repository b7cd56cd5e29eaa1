"""落实事项: targets and what units keep. Targets of the authority itself are shown, never scored on units."""

from collections import Counter
from collections.abc import Iterable

from include.domain.campaign import Obligation, Target
from include.domain.standing import Standing
from include.report import words
from include.report.gather import COUNTED, Material
from include.report.page import Cell, Head, Paper, Shown

NAME = "落实事项"


def write(paper: Paper, material: Material) -> None:
    """Write one line a target and unit (and period), from the figures where they tell, and the things that are kept."""
    rows: list[list[Shown]] = []
    for obligation in material.campaign.obligations:
        if obligation.kind == "report":
            continue
        source = f"“{obligation.source.quote}”" if obligation.source else words.basis(obligation.basis)
        for who, when, seen, verdict in _lines(material, obligation):
            rows.append(
                [
                    len(rows) + 1,
                    "落实" if obligation.kind == "target" else "留存备查",
                    obligation.name.zh,
                    Cell(value=who, bold=True),
                    when,
                    _asked(material, obligation.target),
                    seen,
                    verdict,
                    source,
                ]
            )
    tallies: dict[str, Counter[str]] = {}
    for row in rows:
        verdict = row[7]
        if isinstance(verdict, Cell):
            tallies.setdefault(str(row[2]), Counter())[str(verdict.value).split("（")[0]] += 1
    heads = (
        Head(text="序号", least=5, across="center"),
        Head(text="类型", least=9, across="center"),
        Head(text="事项", least=20, most=34),
        Head(text="责任主体", least=14, most=32),
        Head(text="期次", least=8, most=14, across="center"),
        Head(text="要求", least=16, most=34),
        Head(text="所报数", least=8, most=18, across="center"),
        Head(text="结果", least=10, most=24, across="center"),
        Head(text="出处", least=30, most=60),
    )
    said = words.full_moment(material.judgement.as_of, material.campaign.zone)
    lines = [f"数据截至：{said}　“主管单位自身目标”不计入各单位评分；留存备查的材料由单位自存，不报送。"]
    lines += [f"{name}：{'，'.join(f'{what}{count}' for what, count in counts.items())}。" for name, counts in tallies.items()]
    paper.table(NAME, f"{material.campaign.name.zh}{NAME}", heads, rows, lines=lines, freeze=3, empty="通知没有这类要求。")


def _asked(material: Material, target: Target | None) -> str:
    if target is None:
        return ""
    obligation = material.obligation(target.obligation)
    form = material.form_of(obligation) if obligation else None
    item = next((one for one in form.items() if one.code == target.item), None) if form else None
    label, unit = (item.label, item.measurement_unit) if item else (target.item, "")
    most = f"，不多于{target.at_most:g}" if target.at_most is not None else ""
    return f"{label}不少于{target.at_least:g}{most}{unit}"


def _lines(material: Material, obligation: Obligation) -> Iterable[tuple[str, str, Shown, Shown]]:
    if obligation.owner.who == "authority":
        who = f"{material.campaign.authority.name}（主管单位自身目标）"
        if obligation.target is None:
            yield who, "", "", "由主管单位自行落实"
            return
        total = sum(value for one, value in _figures(material, obligation.target) if value is not None)
        yield who, "", f"各单位合计{total:g}", "供参考，不计入单位评分"
        return
    named = [unit for unit in material.units if _is_of(obligation, unit.code, unit.tags)]
    if obligation.kind == "keep" or obligation.target is None:
        everybody = "各报送单位" if len(named) == len(material.units) else words.names(unit.name for unit in named)
        yield everybody, "", "", "由单位自存" if obligation.kind == "keep" else "由人工认定"
        return
    mine = {unit.code for unit in named}
    for one, value in _figures(material, obligation.target):
        if one.unit in mine:
            yield material.name(one.unit), words.period(one.period), "" if value is None else value, _verdict(one, value, obligation.target)


def _is_of(obligation: Obligation, code: str, tags: tuple[str, ...]) -> bool:
    match obligation.owner.who:
        case "units":
            return True
        case "tags":
            return not set(obligation.owner.tags).isdisjoint(tags)
        case "named":
            return code in obligation.owner.units
        case _:
            return False


def _figures(material: Material, target: Target) -> Iterable[tuple[Standing, float | None]]:
    """What each unit reported on the target's item; None where there is no figure."""
    for one in material.in_order:
        if one.obligation != target.obligation or one.standing == "exempt":
            continue
        said = [
            answer.value
            for answer in material.answers.get(one.submission or "", ())
            if answer.item == target.item and isinstance(answer.value, (int, float)) and one.standing in COUNTED
        ]
        yield one, sum(said) if said else None


def _verdict(one: Standing, value: float | None, target: Target) -> Cell:
    if value is None:
        nothing = one.standing in COUNTED
        return Cell(value="所报表中无此数" if nothing else f"无数据（{words.STANDINGS[one.standing]}）", colour="#777777")
    if value < target.at_least:
        return Cell(value="未达到", fill=words.COLOURS["missing"][0], colour=words.COLOURS["missing"][1])
    if target.at_most is not None and value > target.at_most:
        return Cell(value="超过上限", fill=words.COLOURS["late"][0], colour=words.COLOURS["late"][1])
    return Cell(value="达到", fill=words.COLOURS["on_time"][0], colour=words.COLOURS["on_time"][1])
