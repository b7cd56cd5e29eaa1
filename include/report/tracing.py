"""溯源: a number of the roll-ups to the cells it is made of, at every level, and a cell to the numbers it goes into."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import fsum

from include.domain.campaign import Obligation
from include.domain.form import Item
from include.exceptions import UnknownName
from include.report.gather import Material
from include.report.totals import Addend, RollUp, groups_of, rate_of, roll_up
from include.report.versions import WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One total that a number stands in: whose, its value (None where nobody gave a figure, or a rate's whole is 0), and how many units gave one."""

    name: str
    value: float | None
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An addend with the file it stands in: unit's name, path in the inbox, receipt, SHA-256."""

    addend: Addend
    unit: str
    path: str
    receipt_number: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One number: an item of an obligation in one period (`period`) or over all (`is_to_date`), its totals at every level, its cells.

    `levels` ends with the campaign's own total. A rate's cells are those of its part and its whole, from which it is recomputed.
    """

    obligation: Obligation
    item: Item
    period: str | None
    is_to_date: bool
    levels: tuple[Level, ...]
    cells: tuple[Cell, ...]

    @property
    def value(self) -> float | None:
        """The campaign's own total."""
        return self.levels[-1].value


def rolled(material: Material, obligation: str) -> RollUp:
    """The roll-up of a form obligation; UnknownName where there is none."""
    codes = {one.code: one for one in material.campaign.reports() if material.form_of(one) is not None}
    if obligation not in codes:
        raise UnknownName(f"{material.campaign.code} has no form report {obligation!r}; it has {', '.join(codes)}")
    form = material.form_of(codes[obligation])
    assert form is not None
    return roll_up(material, codes[obligation], form)


def trace(material: Material, roll: RollUp, item: str, period: str | None = None, *, unit: str | None = None) -> Trace:
    """Trace an item's total: as 汇总表 has it, or that of one period. Where a unit is named: its own cells and figure, and the totals above."""
    items = {one.code: one for one in roll.items if one.is_number and one.adds != "no"}
    if item not in items:
        raise UnknownName(f"form {roll.form.code} adds up no item {item!r}; it adds up {', '.join(items)}")
    if period is not None and period not in roll.coverage:
        raise UnknownName(f"{roll.obligation.code} has no period {period!r}; it has {', '.join(one or '' for one in roll.coverage)}")
    meant = items[item]
    wanted = meant.rate_of if meant.adds == "rate" and meant.rate_of is not None else (item,)
    chosen = [one for one in roll.addends if one.item in wanted and (one.is_counted if period is None else one.period == period)]
    groups = [(name if by == "隶属" else f"{by}：{name}", members) for by, name, members in groups_of(material) if unit is None or unit in members]
    levels = [_level(name, meant, chosen, members) for name, members in groups]
    if unit is not None:
        levels.insert(0, _level(material.name(unit), meant, chosen, (unit,)))
        chosen = [one for one in chosen if one.unit == unit]
    everybody = [one for one in roll.addends if one.item in wanted and (one.is_counted if period is None else one.period == period)]
    levels.append(_level(WHOLE, meant, everybody, None))
    return Trace(
        obligation=roll.obligation,
        item=meant,
        period=period if period is not None else roll.main.period,
        is_to_date=period is None and roll.main.is_to_date,
        levels=tuple(levels),
        cells=tuple(_cell(material, one) for one in chosen),
    )


def back(material: Material, receipt_number: int, *, sheet: str = "", cell: str = "") -> tuple[Trace, ...]:
    """From a file, or one of its cells, to the numbers it goes into: each with its levels above the unit. UnknownName where it goes into none."""
    found: list[Trace] = []
    mine = [one for one in material.deliveries.values() if one.submission.receipt_number == receipt_number]
    for its in (one.submission for one in mine):
        obligation = material.obligation(its.obligation)
        if obligation is None or material.form_of(obligation) is None:
            continue
        roll = rolled(material, its.obligation)
        for one in roll.addends:
            is_there = one.submission == its.id and sheet in ("", one.answer.sheet) and cell.upper() in ("", one.answer.cell)
            added = next((item for item in roll.items if item.code == one.item), None)
            if is_there and added is not None and added.adds != "no":
                found.append(trace(material, roll, one.item, one.period, unit=one.unit))
                if roll.main.is_to_date and one.is_counted:
                    found.append(trace(material, roll, one.item, unit=one.unit))
    if not found:
        where = f"{sheet} {cell}".strip()
        known = "、".join(one.submission.id for one in mine) or "—"
        raise UnknownName(
            f"收文{receipt_number}号{where}没有计入任何合计（报送件：{known}） / nothing of receipt {receipt_number} {where} goes into a total"
        )
    return tuple(found)


def _level(name: str, item: Item, addends: Sequence[Addend], members: Collection[str] | None) -> Level:
    mine = [one for one in addends if members is None or one.unit in members]
    wanted = item.rate_of if item.adds == "rate" and item.rate_of is not None else (item.code,)
    sums = [_sum([one for one in mine if one.item == code]) for code in wanted]
    value = rate_of(sums[0], sums[1]) if len(sums) == 2 else sums[0]
    return Level(name=name, value=value, units=len({one.unit for one in mine if isinstance(one.answer.value, int | float)}))


def _sum(addends: Sequence[Addend]) -> float | None:
    values = [one.answer.value for one in addends if isinstance(one.answer.value, int | float)]
    return round(fsum(values), 6) if values else 0.0 if addends else None


def _cell(material: Material, one: Addend) -> Cell:
    delivery = material.deliveries[one.submission]
    its = delivery.submission
    return Cell(addend=one, unit=material.name(one.unit), path=delivery.path, receipt_number=its.receipt_number, sha256=its.sha256)
