"""汇总: units' accepted tables added up, item by item, and how complete each sum is. Pure.

Only the submissions that standings name as accepted (按时, 迟报) are added; what is missing, returned or waiting is named in the coverage. `sum`
items are added; `last` items are stocks, of which each unit's newest period counts; `rate` items are computed anew from the sums; 无 counts as
nothing, a nil report as a table of nothing. For forms of increments the total to date is the sum of the periods; a form of cumulative figures
stands for itself.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import fsum

from include.domain.campaign import Obligation
from include.domain.form import Form, Item
from include.domain.reading import Answer
from include.domain.standing import Standing, StandingName
from include.domain.unit import subtrees
from include.report.gather import COUNTED, Material
from include.report.layout import asked
from include.report.words import names
from include.report.words import period as period_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Addend:
    """One answer of one unit: what a total is made of. `is_counted` is False for an earlier figure of a stock, which the newest replaces."""

    unit: str
    period: str | None
    item: str
    row: int | None
    answer: Answer
    submission: str
    is_counted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """An item added up. `value` is None where nobody gave one (for a rate: the whole is 0). `units` gave one, `nil` said 无, `approximate` 约."""

    value: float | None
    units: int = 0
    nil: int = 0
    approximate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How complete a sum is: units by standing, in official order. `nil` are the units whose whole report was 零报告."""

    by_standing: Mapping[StandingName, tuple[str, ...]]
    nil: tuple[str, ...] = ()

    def count(self, *standings: StandingName) -> int:
        """How many units stand so."""
        return sum(len(self.by_standing.get(one, ())) for one in standings)

    @property
    def expected(self) -> int:
        """应报: every unit that owes the report and is not exempt."""
        return self.count("on_time", "late", "under_review", "returned", "missing", "not_due")

    @property
    def received(self) -> int:
        """实报: what came and was not sent back."""
        return self.count("on_time", "late", "under_review")

    @property
    def is_complete(self) -> bool:
        """Whether every table owed came in time and was accepted."""
        return self.count("on_time") == self.expected

    def sentence(self) -> str:
        """应报13家，实报11家，未报2家（甲、乙）, with what is not as it should be named."""
        parts = [f"应报{self.expected}家，实报{self.received}家，未报{self.expected - self.received}家"]
        lacking = [unit for one in ("missing", "returned", "not_due") for unit in self.by_standing.get(one, ())]
        if lacking:
            parts.append(f"（{names(lacking)}）")
        if returned := self.by_standing.get("returned", ()):
            parts.append(f"，其中退回补正中{len(returned)}家：{names(returned)}")
        if coming := self.by_standing.get("not_due", ()):
            parts.append(f"，其中未到期{len(coming)}家" + (f"：{names(coming)}" if len(coming) < len(lacking) else ""))
        if late := self.by_standing.get("late", ()):
            parts.append(f"；含迟报{len(late)}家：{names(late)}")
        if waiting := self.by_standing.get("under_review", ()):
            parts.append(f"；待审核{len(waiting)}家未计入合计：{names(waiting)}")
        if self.nil:
            parts.append(f"；零报告{len(self.nil)}家：{names(self.nil)}")
        if exempt := self.by_standing.get("exempt", ()):
            parts.append(f"；免报{len(exempt)}家：{names(exempt)}")
        return "".join(parts) + "。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of sums, by item code: of one period (`period`), or to date (`is_to_date`)."""

    title: str
    period: str | None
    is_to_date: bool
    totals: Mapping[str, Total]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtotal:
    """The newest sums of the units of one group. `counted` of the `owed` tables are in them."""

    by: str
    name: str
    units: tuple[str, ...]
    counted: int
    owed: int
    totals: Mapping[str, Total]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """One form obligation rolled up.

    `main` is the sum to hand on (of the only period, or to date), `periods` one column a period already due or received, oldest first; `coverage`
    by period. `addends` are in the order item, period, unit. `records` are the rows of record tables: (unit, period, row or None, answers by item).
    """

    obligation: Obligation
    form: Form
    items: tuple[Item, ...]
    main: Column
    periods: tuple[Column, ...]
    coverage: Mapping[str | None, Coverage]
    subtotals: tuple[Subtotal, ...]
    addends: tuple[Addend, ...]
    records: tuple[tuple[str, str | None, int | None, Mapping[str, Answer]], ...] = ()

    @property
    def is_periodic(self) -> bool:
        """Whether the obligation recurs."""
        return len(self.periods) > 1 or any(column.period is not None for column in self.periods)

    def coverage_lines(self) -> list[str]:
        """A sentence a period; before them, where the sums run over several, how many tables are in them."""
        lines = [f"{period_in_words(one)}：{it.sentence()}" if one else it.sentence() for one, it in self.coverage.items()]
        if self.main.is_to_date and len(lines) > 1:
            owed, come = (sum(counts) for counts in zip(*((it.expected, it.received) for it in self.coverage.values()), strict=True))
            lines.insert(0, f"累计{len(lines)}期：应报{owed}件，实报{come}件，未报{owed - come}件，各期如下。")
        return lines


def roll_up(material: Material, obligation: Obligation, form: Form) -> RollUp:
    """Add up one form obligation as of the judgement."""
    items = tuple(item for table in form.tables for item in asked(table, obligation.asks_items))
    periods = [key[1] for key in material.standings_of if key[0] == obligation.code]
    periods.sort(key=lambda one: one or "")
    shown: list[str | None] = []
    coverage: dict[str | None, Coverage] = {}
    told: dict[str | None, dict[str, dict[str, list[Answer]]]] = {}
    sources: dict[tuple[str | None, str], str] = {}
    for period in periods:
        standings = material.standings_of[obligation.code, period]
        # A period that is still to come, of which nothing is known, is no column yet.
        if len(periods) > 1 and all(one.standing == "not_due" and one.submission is None for one in standings):
            continue
        shown.append(period)
        told[period], nil = {}, []
        for one in standings:
            if one.standing not in COUNTED or one.submission is None:
                continue
            delivery = material.deliveries.get(one.submission)
            if delivery is not None and delivery.submission.is_nil:
                nil.append(material.name(one.unit))
            by_item: dict[str, list[Answer]] = {}
            for answer in material.answers.get(one.submission, ()):
                by_item.setdefault(answer.item, []).append(answer)
            told[period][one.unit] = by_item
            sources[period, one.unit] = one.submission
        coverage[period] = _coverage(material, standings, nil)
    if not shown and periods:
        shown, coverage, told = (
            periods[:1],
            {periods[0]: _coverage(material, material.standings_of[obligation.code, periods[0]], [])},
            {periods[0]: {}},
        )
    everybody = {unit for some in told.values() for unit in some}
    columns = tuple(Column(title=period or "", period=period, is_to_date=False, totals=_totals(items, told, [period], everybody)) for period in shown)
    is_summed = form.figures == "increment" and bool(shown) and shown[-1] is not None
    newest = shown[-1:] if not is_summed else shown
    main = Column(
        title="累计" if is_summed else "合计",
        period=None if is_summed else (newest[0] if newest else None),
        is_to_date=is_summed,
        totals=_totals(items, told, newest, everybody),
    )
    return RollUp(
        obligation=obligation,
        form=form,
        items=items,
        main=main,
        periods=columns,
        coverage=coverage,
        subtotals=tuple(_subtotals(material, obligation, items, told, newest)),
        addends=tuple(_addends(items, told, shown, sources, material, is_summed=is_summed)),
        records=tuple(_records(form, obligation, told, shown, material)),
    )


def change(roll: RollUp, item: str) -> float | None:
    """较上期: the newest period's figure less the one before; None where either is unknown."""
    if len(roll.periods) < 2:
        return None
    new, old = (column.totals[item].value for column in (roll.periods[-1], roll.periods[-2]))
    return None if new is None or old is None else round(new - old, 6)


def rate_of(part: float | None, whole: float | None) -> float | None:
    """A percentage at one decimal, halves up; None where the whole is 0 or unknown."""
    if part is None or not whole:
        return None
    return float((Decimal(str(part)) * 100 / Decimal(str(whole))).quantize(Decimal("0.1"), ROUND_HALF_UP))


Told = Mapping[str | None, Mapping[str, Mapping[str, Sequence[Answer]]]]


def _totals(items: Iterable[Item], told: Told, periods: Sequence[str | None], units: Collection[str]) -> dict[str, Total]:
    found: dict[str, Total] = {}
    items = tuple(items)
    for item in items:
        if not item.is_number or item.adds in ("no", "rate"):
            continue
        values: list[float] = []
        givers: set[str] = set()
        nil = approximate = 0
        for unit in units:
            chosen = [told[period][unit] for period in periods if unit in told[period]]
            if item.adds == "last":
                chosen = [one for one in chosen if item.code in one][-1:]
            for answer in (answer for one in chosen for answer in one.get(item.code, ())):
                if isinstance(answer.value, (int, float)):
                    values.append(answer.value)
                    givers.add(unit)
                    approximate += answer.approximate
                elif answer.value is None:
                    nil += 1
        found[item.code] = Total(
            value=round(fsum(values), 6) if values else (0.0 if nil else None), units=len(givers), nil=nil, approximate=approximate
        )
    for item in items:
        if item.adds == "rate" and item.rate_of is not None:
            part, whole = (found.get(code, Total(value=None)) for code in item.rate_of)
            found[item.code] = Total(
                value=rate_of(part.value, whole.value), units=min(part.units, whole.units), approximate=part.approximate + whole.approximate
            )
    return found


def _coverage(material: Material, standings: Iterable[Standing], nil: Iterable[str]) -> Coverage:
    by: dict[StandingName, list[str]] = {}
    for one in standings:
        by.setdefault(one.standing, []).append(material.name(one.unit))
    return Coverage(by_standing={key: tuple(some) for key, some in by.items()}, nil=tuple(nil))


def _subtotals(material: Material, obligation: Obligation, items: Sequence[Item], told: Told, periods: Sequence[str | None]) -> Iterable[Subtotal]:
    owing: dict[str, int] = {}
    for period in periods:
        for one in material.standings_of.get((obligation.code, period), ()):
            if one.standing != "exempt":
                owing[one.unit] = owing.get(one.unit, 0) + 1
    for by, name, members in groups_of(material):
        mine = [code for code in members if any(code in told[period] for period in periods)]
        yield Subtotal(
            by=by,
            name=name,
            units=tuple(mine),
            counted=sum(code in told[period] for code in members for period in periods),
            owed=sum(owing.get(code, 0) for code in members),
            totals=_totals(items, told, periods, mine),
        )


def groups_of(material: Material) -> list[tuple[str, str, tuple[str, ...]]]:
    """The groups that sub-totals follow: (by what, name, unit codes), those who supervise others as of the day with all below them last; none where
    a grouping would put every unit into one group.

    Where the campaign names no groups, each tag that some but not all units carry is one, called after what its units' names have in common.
    """
    judged = {one.unit for one in material.judgement.standings}
    owing = [unit for unit in material.units if unit.code in judged]
    found = [(group.by.zh, group.name.zh, tuple(unit.code for unit in owing if group.tag in unit.tags)) for group in material.campaign.groups]
    if not found:
        for tag in dict.fromkeys(tag for unit in owing for tag in unit.tags):
            carrying = [unit for unit in owing if tag in unit.tags]
            others = [unit.name for unit in owing if tag not in unit.tags]
            found.append(("类别", _in_common([unit.name for unit in carrying], others) or tag, tuple(unit.code for unit in carrying)))
    sizes: dict[str, int] = {}
    for by, _, members in found:
        sizes[by] = sizes.get(by, 0) + bool(members)
    groups = [one for one in found if one[2] and sizes[one[0]] > 1]
    for code, below in subtrees(material.units).items():
        members = tuple(one for one in below if one in judged)
        if members and len(members) < len(owing):
            groups.append(("隶属", f"{material.name(code)}及所属", members))
    return groups


def _in_common(these: Sequence[str], others: Sequence[str]) -> str:
    """The longest run of two or more characters that all of these names have and none of the others."""
    if len(these) < 2:
        return these[0] if these else ""
    pieces = re.split(r"[（）()·、\s-]+", these[0])
    runs = {piece[a:b] for piece in pieces for a in range(len(piece)) for b in range(a + 2, len(piece) + 1)}
    shared = [run for run in runs if all(run in name for name in these) and not any(run in name for name in others)]
    return max(shared, key=lambda run: (len(run), run), default="")


def _addends(
    items: Iterable[Item],
    told: Told,
    periods: Sequence[str | None],
    sources: Mapping[tuple[str | None, str], str],
    material: Material,
    *,
    is_summed: bool,
) -> Iterable[Addend]:
    order = [unit.code for unit in material.units]
    for item in items:
        if not item.is_number:
            continue
        newest = {unit: period for period in periods for unit, said in told[period].items() if item.code in said}
        for period in periods:
            for unit in order:
                for answer in told[period].get(unit, {}).get(item.code, ()):
                    is_counted = item.adds == "sum" or (item.adds == "last" and newest[unit] == period)
                    yield Addend(
                        unit=unit,
                        period=period,
                        item=item.code,
                        row=answer.row,
                        answer=answer,
                        submission=sources[period, unit],
                        is_counted=is_counted and (is_summed or period == periods[-1]),
                    )


def _records(
    form: Form, obligation: Obligation, told: Told, periods: Sequence[str | None], material: Material
) -> Iterable[tuple[str, str | None, int | None, Mapping[str, Answer]]]:
    codes = {item.code for table in form.tables if table.shape == "record" for item in asked(table, obligation.asks_items)}
    for period in periods:
        for unit in (one.code for one in material.units):
            rows: dict[int | None, dict[str, Answer]] = {}
            for item, said in told[period].get(unit, {}).items():
                if item in codes:
                    for answer in said:
                        rows.setdefault(answer.row, {})[item] = answer
            for row in sorted(rows, key=lambda one: one or 0):
                yield unit, period, row, rows[row]
