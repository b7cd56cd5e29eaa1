"""应报: what exactly is owed, by whom, for which period, until when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from include.domain.campaign import AfterActivity, Campaign, Obligation, Open
from include.domain.deadline import WorkCalendar, deadlines, due_after_activity, end_of_day, rules_in_force
from include.domain.unit import Unit

__all__ = ["Activity", "Expectation", "WorkCalendar", "activities_in_force", "expectations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One row of a unit's accepted activity plan, from which an expectation is born. `ends_on` is None while the row has no day.

    `name` is the row's own text, `normal_name` its one form for periods (`placing.normalise_activity_name`). The row stood in the unit's current
    plan from `known_from` until `known_until`, when a corrected plan without it (or with another day) replaced it; None: from the start, and
    still.
    """

    unit: str
    plan: str
    row: int
    name: str
    ends_on: date | None
    raw_day: str
    submission: str
    normal_name: str = ""
    known_from: datetime | None = None
    known_until: datetime | None = None

    @property
    def period(self) -> str | None:
        """The period of the report on it, `<normalised name>@<end date>`; None while it has no day."""
        return f"{self.normal_name or self.name}@{self.ends_on.isoformat()}" if self.ends_on is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One report obligation x one unit x one period. `due_at` is None for open obligations; `closing_at` is when reports stop being accepted,
    `edit_ends_at` when corrections of what has come do (None: as reports).
    """

    unit: str
    obligation: str
    period: str | None
    due_at: datetime | None
    closing_at: datetime | None = None
    edit_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Roster:
    """Who stands in for whom: for each unit the closed ones whose duties may have come to it, with the day after which they have."""

    units: Mapping[str, Unit]
    predecessors: Mapping[str, tuple[tuple[Unit, date], ...]]

    @staticmethod
    def of(units: Iterable[Unit]) -> "_Roster":
        by_code = {unit.code: unit for unit in units}
        predecessors: dict[str, tuple[tuple[Unit, date], ...]] = {}
        for unit in by_code.values():
            closed, after, seen = unit, unit.to_on, {unit.code}
            while after is not None and closed.to_on is not None and closed.heir in by_code and closed.heir not in seen:
                after = max(after, closed.to_on)
                seen.add(closed.heir)
                predecessors[closed.heir] = (*predecessors.get(closed.heir, ()), (unit, after))
                closed = by_code[closed.heir]
        return _Roster(by_code, predecessors)

    def owner_on(self, code: str, day: date) -> str | None:
        """Who bears a unit's duties on a day: itself, after its end its heir, or nobody."""
        unit, seen = self.units.get(code), set[str]()
        while unit is not None and unit.code not in seen:
            if unit.owes_on(day):
                return unit.code
            seen.add(unit.code)
            unit = self.units.get(unit.heir) if unit.to_on is not None and day > unit.to_on and unit.heir else None
        return None


def _covers(obligation: Obligation, unit: Unit) -> bool:
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


def _owes(unit: Unit, obligation: Obligation, day: date, roster: _Roster) -> bool:
    """Whether a unit owes what is due on a day: on the roster, and the obligation is its own or came to it from a unit it is heir of."""
    if not unit.owes_on(day):
        return False
    return _covers(obligation, unit) or any(day > after and _covers(obligation, before) for before, after in roster.predecessors.get(unit.code, ()))


@dataclass(frozen=True, slots=True)
class _Ask:
    """One deadline of an obligation as asked of units with the same level tags; `last_on` is the day on which the unit must be on the roster."""

    last_on: date
    period: str | None
    due_at: datetime | None
    first_on: date | None = None


def _asks(obligation: Obligation, tags: frozenset[str], campaign: Campaign, calendar: WorkCalendar, as_of: datetime) -> list[_Ask]:
    rules = rules_in_force(obligation, tags, as_of)
    if rules and isinstance(rule := rules[-1][1], Open):
        return [_Ask(rule.last_on, None, None, rule.first_on)]
    found = [_Ask(one.on, one.period, one.due_at) for one in deadlines(obligation, tags, campaign, calendar, as_of)]
    return sorted(found, key=lambda one: one.period or "")


def activities_in_force(activities: Iterable[Activity], as_of: datetime) -> Iterator[Activity]:
    """The rows that stood in their unit's current plan at a moment."""
    for one in activities:
        if (one.known_from is None or one.known_from <= as_of) and (one.known_until is None or as_of < one.known_until):
            yield one


def _born(
    obligation: Obligation,
    activities: Sequence[Activity],
    roster: _Roster,
    campaign: Campaign,
    calendar: WorkCalendar,
    as_of: datetime,
) -> dict[str, dict[str, _Ask]]:
    """What the activities make units owe: by unit and period. A row that a corrected plan dropped after its report fell due stays owed."""
    born: dict[str, dict[str, _Ask]] = {}
    for one in activities:
        if one.ends_on is None or (one.known_from is not None and one.known_from > as_of) or one.unit not in roster.units:
            continue
        due: tuple[date, datetime] | None = None
        for effective_at, rule in rules_in_force(obligation, roster.units[one.unit].tags, as_of):
            if due is not None and effective_at is not None and due[1] <= effective_at:
                break
            due = due_after_activity(one.ends_on, rule, campaign, calendar) if isinstance(rule, AfterActivity) and rule.plan == one.plan else None
        if due is None or due[0] < campaign.issued_on:
            continue
        if one.known_until is not None and one.known_until <= as_of and one.known_until <= due[1]:
            continue
        owner = roster.owner_on(one.unit, due[0])
        if owner is not None and one.period is not None:
            born.setdefault(owner, {}).setdefault(one.period, _Ask(due[0], one.period, due[1]))
    return born


def expectations(
    campaign: Campaign, units: Iterable[Unit], activities: Iterable[Activity], calendar: WorkCalendar, as_of: datetime
) -> list[Expectation]:
    """Return everything owed in a campaign by the rules in force at a moment, due or not yet: by official order, order of the notice, period.

    A unit owes what falls due on a day when it is on the roster (the day the notice names, before any roll); after its end its heir owes. Pure.
    """
    ordered = sorted(units, key=lambda unit: unit.order)
    roster = _Roster.of(ordered)
    known = list(activities)
    reports = campaign.reports()
    level_tags = [
        frozenset(level.tag for levels in (one.levels, *(amendment.levels for amendment in one.amendments)) for level in levels) for one in reports
    ]
    born = [
        _born(one, known, roster, campaign, calendar, as_of) if any(isinstance(rule, AfterActivity) for rule in _all_rules(one)) else {}
        for one in reports
    ]
    peculiar = {*roster.predecessors, *(code for one in reports for code in one.owner.units), *(code for units_of in born for code in units_of)}
    ends = {one.code: ends_of(one, campaign) for one in reports}
    asks: list[dict[frozenset[str], list[_Ask]]] = [{} for _ in reports]
    whole: dict[frozenset[str], list[tuple[str, _Ask]]] = {}
    found: list[Expectation] = []
    for unit in ordered:
        tags = frozenset(unit.tags)
        # Most units stay, are named by nobody, inherit and plan nothing: what they owe is worked out once for all that carry the same tags.
        is_plain = unit.from_on is None and unit.to_on is None and unit.code not in peculiar
        mine = whole.get(tags) if is_plain else None
        if mine is None:
            mine = []
            for number, obligation in enumerate(reports):
                variant = tags & level_tags[number]
                if variant not in asks[number]:
                    asks[number][variant] = _asks(obligation, variant, campaign, calendar, as_of)
                mine += [(obligation.code, ask) for ask in asks[number][variant] if _is_owed(unit, obligation, ask, roster)]
                mine += [(obligation.code, ask) for _, ask in sorted(born[number].get(unit.code, {}).items())]
            if is_plain:
                whole[tags] = mine
        code = unit.code
        found += [
            Expectation(unit=code, obligation=of, period=ask.period, due_at=ask.due_at, closing_at=ends[of][0], edit_ends_at=ends[of][1])
            for of, ask in mine
        ]
    return found


def ends_of(obligation: Obligation, campaign: Campaign) -> tuple[datetime | None, datetime | None]:
    """Until when reports are accepted, and corrections of what has come; None where nothing ends it."""
    closing_at, edit_ends_at = (end_of_day(day, campaign) if day is not None else None for day in (obligation.closes_on, obligation.edit_ends_on))
    return closing_at, edit_ends_at


def _all_rules(obligation: Obligation) -> Iterator[object]:
    yield obligation.due
    yield from (level.due for level in obligation.levels)
    for amendment in obligation.amendments:
        yield amendment.due
        yield from (level.due for level in amendment.levels)


def _is_owed(unit: Unit, obligation: Obligation, ask: _Ask, roster: _Roster) -> bool:
    if ask.first_on is None:
        return _owes(unit, obligation, ask.last_on, roster)
    # Open: one day on the roster within its days is enough.
    first, last = max(ask.first_on, unit.from_on or ask.first_on), min(ask.last_on, unit.to_on or ask.last_on)
    return first <= last and (_owes(unit, obligation, first, roster) or _owes(unit, obligation, last, roster))
