"""When a report is due: the notice's rule turned into moments, to the second.

A day in a notice is a day in the campaign's zone; moments handed out are UTC. "前" with a date only is met until 24:00 of the day (shown so; the
moment is 00:00:00 of the next), at the close of business, or until 24:00 of the day before, as the rule says. A roll moves the last day on which
the report may still come when nobody works on it, as the civil code does with periods; the day that names a period is never rolled.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from include.domain.campaign import AfterActivity, Campaign, Due, EveryDay, EveryMonth, EveryWeek, Obligation, OnDate, Open, Recurring

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_one_day = timedelta(days=1)


class WorkCalendar(Protocol):
    """China's official calendar: rest days and make-up working days."""

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One moment of a rule. `on` is the day the notice names (before any roll); `period` is None for a report that comes once."""

    on: date
    period: str | None
    due_at: datetime


def moment(day: date, at: time, campaign: Campaign) -> datetime:
    """Return the wall-clock time of a day in the campaign's zone as UTC.

    A time that the clocks skip or show twice (daylight saving) is taken as the later moment, in the reporter's favour; midnight is the first one.
    """
    local = datetime.combine(day, at, campaign.zone)
    first = local.astimezone(UTC)
    return first if at == time(0) else max(first, local.replace(fold=1).astimezone(UTC))


def end_of_day(day: date, campaign: Campaign) -> datetime:
    """Return 24:00 of a day: 00:00:00 of the next, UTC."""
    return moment(day + _one_day, time(0), campaign)


def until(text: str, zone: tzinfo) -> datetime:
    """Return the moment until which a person puts something off (ISO 8601; without a zone in `zone`): a day alone is met until its 24:00.

    ValueError for what is neither a day nor a moment.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        given = datetime.fromisoformat(text)
        return given if given.tzinfo else given.replace(tzinfo=zone)
    return datetime.combine(day + _one_day, time(0), zone)


def rolled(day: date, roll: str, calendar: WorkCalendar) -> date:
    """Return the day, or the next or previous day on which people work."""
    if roll == "none":
        return day
    step = _one_day if roll == "next_workday" else -_one_day
    while not calendar.is_workday(day):
        day += step
    return day


def workday_after(day: date, days: int, calendar: WorkCalendar) -> date:
    """Return the `days`-th working day after a day; the day after is the first that can count."""
    while days > 0:
        day += _one_day
        if calendar.is_workday(day):
            days -= 1
    return day


def due_at(day: date, rule: OnDate | Recurring | AfterActivity, campaign: Campaign, calendar: WorkCalendar) -> datetime:
    """Return until when (included) a report named for `day` is on time under a rule."""
    roll = "none" if isinstance(rule, EveryDay) else rule.roll
    if rule.at is not None:
        return moment(rolled(day, roll, calendar), rule.at, campaign)
    last = rolled(day - _one_day if rule.met == "day_before" else day, roll, calendar)
    if rule.met == "close_of_business":
        return moment(last, campaign.close_of_business, campaign)
    return end_of_day(last, campaign)


def due_after_activity(ends_on: date, rule: AfterActivity, campaign: Campaign, calendar: WorkCalendar) -> tuple[date, datetime]:
    """Return the due day and moment of the report on an activity that ended on a day; the day after the end is day 1."""
    day = ends_on + timedelta(days=rule.days) if rule.count == "calendar" else workday_after(ends_on, rule.days, calendar)
    return day, due_at(day, rule, campaign, calendar)


def grace_ends_at(told_at: datetime, campaign: Campaign, calendar: WorkCalendar) -> datetime:
    """Return until when (included) a report returned at `told_at` can be mended: 24:00 of the last working day of the grace."""
    day = told_at.astimezone(campaign.zone).date()
    return end_of_day(workday_after(day, campaign.grace.working_days, calendar), campaign)


def _rule_for(due: Due | None, levels: Iterable[tuple[str, Due]], tags: Iterable[str]) -> Due | None:
    """The rule for units with these tags: the first level whose tag they carry, else the rule for all."""
    carried = set(tags)
    return next((rule for tag, rule in levels if tag in carried), due)


def rules_in_force(obligation: Obligation, tags: Iterable[str], as_of: datetime) -> list[tuple[datetime | None, Due]]:
    """Return the rules for units with these tags that were in force one after the other up to `as_of`, each with the moment it took effect (None:
    from the start).

    An amendment replaces the rule whole, levels included.
    """
    tags = tuple(tags)
    chain: list[tuple[datetime | None, Due]] = []
    first = _rule_for(obligation.due, ((level.tag, level.due) for level in obligation.levels), tags)
    if first is not None:
        chain.append((None, first))
    for amendment in sorted(obligation.amendments, key=lambda one: one.effective_at):
        if amendment.effective_at <= as_of:
            rule = _rule_for(amendment.due, ((level.tag, level.due) for level in amendment.levels), tags)
            if rule is not None:
                chain.append((amendment.effective_at, rule))
    return chain


def due_days(rule: Recurring, calendar: WorkCalendar, not_before: date = date.min) -> Iterator[date]:
    """Yield the days that a recurring rule names, in order, before any roll."""
    weekdays = {WEEKDAYS.index(one) for one in (rule.weekday, *rule.also)} if isinstance(rule, EveryWeek) else set()
    day = max(rule.first_on, not_before)
    while day <= rule.last_on:
        match rule:
            case EveryWeek():
                is_due = day.weekday() in weekdays
            case EveryMonth():
                last = monthrange(day.year, day.month)[1]
                is_due = any(day.day == min(one, last) for one in rule.days) and (not rule.months or day.month in rule.months)
            case EveryDay():
                is_due = rule.count == "calendar" or calendar.is_workday(day)
        if is_due:
            yield day
        day += _one_day


def _recurring(rule: Recurring, campaign: Campaign, calendar: WorkCalendar) -> list[Deadline]:
    days = due_days(rule, calendar, campaign.issued_on)
    return [Deadline(on=day, period=day.isoformat(), due_at=due_at(day, rule, campaign, calendar)) for day in days]


def deadlines(obligation: Obligation, tags: Iterable[str], campaign: Campaign, calendar: WorkCalendar, as_of: datetime) -> list[Deadline]:
    """Return the deadlines of an obligation for units with these tags by the rules in force at `as_of`; open ones and those born from data have
    none here.

    A single report is judged by the newest rule. Recurring ones that fell due before an amendment took effect keep the rule they fell due under, as
    an amendment cannot make a report late that was on time. A week whose day lies before the notice was issued is owed by nobody.
    """
    found: list[Deadline] = []
    for effective_at, rule in rules_in_force(obligation, tags, as_of):
        if isinstance(rule, OnDate):
            found = [Deadline(on=rule.on, period=None, due_at=due_at(rule.on, rule, campaign, calendar))]
        elif isinstance(rule, EveryWeek | EveryMonth | EveryDay):
            recurring = _recurring(rule, campaign, calendar)
            if effective_at is None:
                found = recurring
            else:
                passed = [one for one in found if one.period is not None and one.due_at <= effective_at]
                kept = {one.period for one in passed}
                found = passed + [one for one in recurring if one.due_at > effective_at and one.period not in kept]
        else:
            found = []
    return found


def due_moments(campaign: Campaign, calendar: WorkCalendar) -> tuple[datetime, ...]:
    """Return every moment at which some report of the campaign falls due by its days, weeks and months, under any rule or level, sorted (for the
    scheduler).
    """
    moments: set[datetime] = set()
    for obligation in campaign.reports():
        rules = [obligation.due, *(level.due for level in obligation.levels)]
        for amendment in obligation.amendments:
            rules += [amendment.due, *(level.due for level in amendment.levels)]
        for rule in rules:
            if isinstance(rule, OnDate):
                moments.add(due_at(rule.on, rule, campaign, calendar))
            elif isinstance(rule, EveryWeek | EveryMonth | EveryDay):
                moments.update(one.due_at for one in _recurring(rule, campaign, calendar))
    return tuple(sorted(moments))


def is_open(rules: list[tuple[datetime | None, Due]]) -> bool:
    """Whether the newest of the rules is never due."""
    return bool(rules) and isinstance(rules[-1][1], Open)
