"""Plans of key activities, and the reports that each of their rows owes.

Every wording of a day carries the day that a clerk takes the activity to end, or none: "6月上旬", "待定", "另行通知", "5月" and a blank name no day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from include.sample import figures
from include.sample.page import Truth

# Wordings of a single day or of a few days, given the first and the last.
_SINGLE = ("{m}月{d}日", "{m}月{d}日", "2021年{m}月{d}日", "2021-{m:02d}-{d:02d}", "2021.{m}.{d}", "{m}月{d}号", "{m}月{d}日上午")
_SEVERAL = ("{m}月{a}-{d}日", "{m}月{a}日-{d}日", "{m}月{a}日至{d}日", "{m}月{a}日—{m}月{d}日", "2021年{m}月{a}-{d}日")
_UNDATED = ("待定", "另行通知", "6月上旬", "5月", "6月中旬", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One row of a plan: the activity, how its day is written, and the day on which it ends (None while it has none)."""

    name: str
    wording: str
    ends_on: date | None
    iso: str = ""

    @property
    def period(self) -> str:
        """How the expectation born from this row is called."""
        return f"{self.name}@{self.ends_on:%Y-%m-%d}"


def plan(luck: Random) -> list[Planned]:
    """Two to four dated activities between 4 and 27 June, and perhaps one without a day."""
    names = luck.sample(figures.ACTIVITIES, 5)
    rows = [dated(names.pop(), date(2021, 6, luck.randint(5, 27)), luck) for _ in range(luck.randint(2, 4))]
    if luck.random() < 0.6:
        rows.insert(luck.randint(0, len(rows)), Planned(name=names.pop(), wording=luck.choice(_UNDATED), ends_on=None))
    return rows


def dated(name: str, ends_on: date, luck: Random) -> Planned:
    """A row that ends on a day, in some wording."""
    if luck.random() < 0.35:
        begins_on = ends_on - timedelta(days=luck.randint(1, 3))
        if begins_on.month == ends_on.month:
            wording = luck.choice(_SEVERAL).format(m=ends_on.month, a=begins_on.day, d=ends_on.day)
            return Planned(name=name, wording=wording, ends_on=ends_on)
    wording = luck.choice(_SINGLE).format(m=ends_on.month, d=ends_on.day)
    return Planned(name=name, wording=wording, ends_on=ends_on, iso=ends_on.isoformat())


def answers(rows: list[Planned], luck: Random, unit: str) -> figures.Figures:
    """The plan's answers, row by row; a blank day is no answer."""
    given: figures.Figures = {}
    for number, row in enumerate(rows, start=1):
        for item, value in figures.activity(row.name, row.wording, luck, unit).items():
            if value != "":
                given[item, number] = value
    return given


def mark_days(truths: dict[tuple[str, int | None], Truth], rows: list[Planned]) -> None:
    """Tell the truths of P2 which single day they mean."""
    for number, row in enumerate(rows, start=1):
        if ("P2", number) in truths:
            truths["P2", number].iso = row.iso


def amended(rows: list[Planned], luck: Random) -> list[Planned]:
    """The plan sent again: one activity announced later is added, and one that lies ahead is moved."""
    taken = {row.name for row in rows}
    name = luck.choice([name for name in figures.ACTIVITIES if name not in taken])
    kept = list(rows)
    for number, row in enumerate(rows):
        if row.ends_on is not None and row.ends_on > date(2021, 6, 14):
            kept[number] = dated(row.name, min(row.ends_on + timedelta(days=2), date(2021, 6, 28)), luck)
            break
    return [*kept, dated(name, date(2021, 6, luck.randint(16, 26)), luck)]
