"""roll-up/<form>.xlsx: the authority's own table in the official layout, to hand to the level above: values, no formulas, and what it covers.

A sheet a report (and, where it recurs, the total to date and one a period). Mobile numbers are masked, as the list leaves the office.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from include.domain.form import Item, Table
from include.domain.reading import Answer
from include.report import words
from include.report.drawing import Pens, draw, new_book, on_paper
from include.report.files import replaced
from include.report.gather import Material
from include.report.layout import UNIT_FIELDS, Box, SheetLayout, lay_out, sheet_name
from include.report.totals import Coverage, RollUp, Total
from include.report.wide import safe_file_name

_mobile = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_DAYS = ("日期", "截止", "时间")


def write_roll_ups(folder: Path, material: Material, rolls: Sequence[RollUp]) -> list[Path]:
    """Write one workbook a form into `folder` and return their paths."""
    by_form: dict[str, list[RollUp]] = {}
    for roll in rolls:
        by_form.setdefault(roll.form.code, []).append(roll)
    return [_write(folder / f"{safe_file_name(code)}.xlsx", material, some) for code, some in by_form.items()]


def _write(path: Path, material: Material, rolls: Sequence[RollUp]) -> Path:
    def write(draft: Path) -> None:
        book = new_book(draft, material.judgement.as_of.astimezone(material.campaign.zone), f"{rolls[0].form.title.zh}（汇总）")
        pens = Pens(book)
        names: set[str] = set()
        for roll in rolls:
            if roll.main.is_to_date:
                _draw(book, pens, names, material, roll, "累计", roll.main.totals, None, roll.coverage, is_all=True)
                for column in reversed(roll.periods):
                    _draw(book, pens, names, material, roll, words.period(column.period), column.totals, column.period, _of(roll, column.period))
            else:
                _draw(
                    book, pens, names, material, roll, words.period(roll.main.period), roll.main.totals, roll.main.period, _of(roll, roll.main.period)
                )
        book.close()

    return replaced(path, write)


def _of(roll: RollUp, period: str | None) -> Mapping[str | None, Coverage]:
    return {period: roll.coverage[period]} if period in roll.coverage else {}


def masked(text: str) -> str:
    """Return the text with the middle of mobile numbers hidden: 138****5678."""
    return _mobile.sub(r"\1****\2", text)


def _draw(
    book: Any,
    pens: Pens,
    names: set[str],
    material: Material,
    roll: RollUp,
    when: str,
    totals: Mapping[str, Total],
    period: str | None,
    coverage: Mapping[str | None, Coverage],
    *,
    is_all: bool = False,
) -> None:
    records = [one for one in roll.records if is_all or one[1] == period]
    form = replace(roll.form, tables=tuple(replace(table, rows="many") if table.shape == "record" else table for table in roll.form.tables))
    layout = lay_out(
        form,
        roll.obligation.asks_items,
        rows=max(1, len(records)),
        values="合计",
        title=f"{form.title.zh}（汇总{f'，{when}' if when else ''}）",
        notes=tuple(_notes(material, roll, totals, coverage)),
        extra={table.code: _extra(table) for table in form.tables},
    )
    for page in layout.sheets:
        name = _free(names, f"{roll.obligation.name.zh}{f'·{page.name}' if len(layout.sheets) > 1 else ''}{f'（{when}）' if when else ''}")
        _draw_page(book, pens, material, roll, page, name, totals, records)


def _extra(table: Table) -> tuple[tuple[str, float], ...]:
    """How many units gave a figure; for rows, whose they are where they do not say so themselves."""
    if table.shape == "list":
        return (("填报单位数", 12.0),)
    return () if any(item.label in UNIT_FIELDS for item in table.items) else (("报送单位", 20.0),)


def _draw_page(
    book: Any,
    pens: Pens,
    material: Material,
    roll: RollUp,
    page: SheetLayout,
    name: str,
    totals: Mapping[str, Total],
    records: Sequence[tuple[str, str | None, int | None, Mapping[str, Answer]]],
) -> None:
    items = {item.code: item for item in roll.items}
    day = words.full_day(material.judgement.as_of.astimezone(material.campaign.zone).date())
    codes = {box.item for box in page.boxes if box.role == "value"}
    mine = [(unit, said) for unit, _, _, said in records if codes & said.keys()]
    is_record = any(table.code == page.table and table.shape == "record" for table in roll.form.tables)

    def fill(box: Box) -> tuple[object, dict[str, Any]] | None:
        match box.role:
            case "entry":
                if box.field.startswith(UNIT_FIELDS):
                    return material.campaign.authority.name, {}
                return (day if any(word in box.field for word in _DAYS) else ""), {}
            case "value" if box.item_row is None:
                return figure(items[box.item or ""], totals.get(box.item or ""))
            case "value":
                number = box.item_row or 0
                answer = mine[number - 1][1].get(box.item or "") if number <= len(mine) else None
                return _shown(answer), {"align": "right" if items[box.item or ""].is_number else "left"}
            case "total" if is_record and box.item_row is not None:
                return (material.name(mine[box.item_row - 1][0]) if box.item_row <= len(mine) else ""), {"align": "left"}
            case "total" if box.item is not None:
                total = totals.get(box.item)
                if is_record:
                    return figure(items[box.item], total)
                return (total.units if total is not None and items[box.item].is_number else ""), {"align": "center"}
            case "number" if is_record and box.text.isdigit() and int(box.text) > len(mine):
                return "", {}
        return None

    sheet = draw(book, replace(page, name=name), pens, fill)
    footer = f"{material.campaign.authority.name}　数据截至：{words.full_moment(material.judgement.as_of, material.campaign.zone)}"
    on_paper(sheet, landscape=page.is_landscape, repeat=(page.first_head_row, page.head_rows - 1), footer=footer)


def figure(item: Item, total: Total | None) -> tuple[object, dict[str, Any]]:
    """A total as it stands in the official layout, with its number format; "/" for a rate without a whole."""
    if not item.is_number or item.adds == "no":
        return "", {}
    if total is None or total.value is None:
        return ("/" if item.adds == "rate" else ""), {}
    if item.kind == "rate":
        return total.value, {"num_format": "0.0"}
    whole = float(total.value).is_integer()
    return (int(total.value) if whole else total.value), {"num_format": "0" if whole else "0.00"}


def _shown(answer: Answer | None) -> object:
    if answer is None:
        return ""
    if answer.value is None:
        return "无"
    return answer.value if isinstance(answer.value, (int, float)) else masked(answer.value)


def _notes(material: Material, roll: RollUp, totals: Mapping[str, Total], coverage: Mapping[str | None, Coverage]) -> list[str]:
    owing = [unit.name for unit in material.units if any(one.unit == unit.code for one in _standings(material, roll, coverage))]
    said = [f"汇总范围：{material.campaign.authority.name}所属报送单位{len(owing)}家（{words.names(owing)}）。"]
    for period, one in coverage.items():
        said.append(f"覆盖情况{f'（{words.period(period)}）' if period else ''}：{one.sentence()}")
    if not all(one.is_complete for one in coverage.values()):
        said.append("覆盖不全或含迟报，本表只含已接收的。")
    approximate = sum(totals[item.code].approximate for item in roll.items if item.code in totals and item.adds != "rate")
    if approximate:
        said.append(f"合计数中含约数{approximate}处。")
    said.append("比率按合计数重新计算；存量指标取各单位最近一期。" if any(item.adds in ("rate", "last") for item in roll.items) else "")
    said.append(f"数据截至：{words.full_moment(material.judgement.as_of, material.campaign.zone)}。")
    said.append(f"收文链首：{material.head or '（尚无收文）'}。")
    return [text for text in said if text]


def _standings(material: Material, roll: RollUp, coverage: Mapping[str | None, Coverage]) -> list[Any]:
    return [one for period in coverage for one in material.standings_of.get((roll.obligation.code, period), ())]


def _free(names: set[str], wanted: str) -> str:
    name, number = sheet_name(wanted), 1
    while name in names:
        number += 1
        name = f"{sheet_name(wanted)[:28]}{number}"
    names.add(name)
    return name
