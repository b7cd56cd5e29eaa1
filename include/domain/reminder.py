"""催报: who is to be reminded of what at a moment, by the ladder of the campaign.

Before the deadline a report that has not come is announced (提前提醒), after it reminded of (逾期提醒), demanded (催办单), and put into the circular
(通报). Each unit gets one message with everything it owes, each level that supervises others one list of its own subtree (催报清单). What was met, is
exempt or is not owed is never mentioned, and nobody is chased for a report before an intake that began after its deadline has looked for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from include.domain.campaign import Campaign, Days, EveryDay, EveryWeek, Obligation
from include.domain.deadline import WorkCalendar, end_of_day, moment, rolled, rules_in_force, workday_after
from include.domain.standing import Standing
from include.domain.unit import Unit, roster_on

Kind = Literal["reminder", "demand", "list", "circular"]
Rank = Literal["before", "reminder", "parts", "demand", "circular"]
Key = tuple[str, str, str | None, datetime, str]
"""One step towards one unit: unit, obligation, period, due moment, step. A deadline that was moved begins a ladder of its own."""

AUTHORITY = ""
"""Whom the lists of the whole campaign and its circular go to."""
_one_day = timedelta(days=1)
RANKS: tuple[Rank, ...] = ("before", "reminder", "parts", "demand", "circular")
"""The kinds of steps, from the mildest."""
_ranks: dict[str, Rank] = {rank: rank for rank in RANKS}
_climbed: tuple[Rank, ...] = ("reminder", "demand", "circular")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something that a unit still has to do. `step` is where it stands on the ladder now: `before-3`, `before-1w` (working day), `before-0`,
    `reminder`, `parts` (the report came without its stamped scan), `demand`, `circular`; None: no step of its own now, mentioned beside others.
    """

    standing: Standing
    due_at: datetime
    step: str | None = None

    @property
    def rank(self) -> Rank | None:
        """The step without its days."""
        return None if self.step is None else rank_of(self.step)

    @property
    def key(self) -> Key | None:
        """What is recorded when the step is taken."""
        one = self.standing
        return None if self.step is None else (one.unit, one.obligation, one.period, self.due_at, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One message. `to` is a unit's code, `AUTHORITY` for the authority.

    `reminder` and `demand` tell a unit all that it owes; `list` tells a supervising level what its subtree owes; `circular` is the draft of what is
    made known about those who did not answer a demand, for the authority to issue. `owed` is in official order of units, order of the notice, period.
    """

    kind: Kind
    to: str
    owed: tuple[Owed, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The steps that this message takes; towards the authority, a circular is taken by its draft, not by the list."""
        is_list = self.kind == "list" and self.to == AUTHORITY
        return tuple(one.key for one in self.owed if one.key is not None and not (is_list and one.rank == "circular"))

    def taking(self, keys: Collection[Key]) -> "Reminder":
        """The message as it takes these steps alone, as the others were taken before: what they are about is still owed, and mentioned beside."""
        others = set(self.keys) - set(keys)
        owed = tuple(replace(one, step=None) if one.key in others else one for one in self.owed)
        if self.kind == "circular":
            return replace(self, owed=tuple(one for one in owed if one.step is not None))
        if self.kind == "list":
            return replace(self, owed=owed)
        return replace(self, owed=owed, kind="demand" if any(one.rank == "demand" for one in owed) else "reminder")


def rank_of(step: str) -> Rank:
    """Return what kind of step a step is."""
    return _ranks.get(step, "before")


def is_office_hour(campaign: Campaign, calendar: WorkCalendar, at: datetime) -> bool:
    """Whether people may be reminded at a moment: a working day, within the hours, not in the quiet ones."""
    settings = campaign.reminders
    local = at.astimezone(campaign.zone)
    clock = local.time()
    if not settings.opens <= clock < (settings.closes or campaign.close_of_business):
        return False
    return not any(quiet.begins <= clock < quiet.ends for quiet in settings.quiet) and calendar.is_workday(local.date())


def rounds(campaign: Campaign, calendar: WorkCalendar, first: date, last: date) -> tuple[datetime, ...]:
    """Return the moments (UTC) from a day to another at which the scheduler looks for reminders that are due."""
    if not campaign.reminders.is_on:
        return ()
    days = (first + _one_day * number for number in range((last - first).days + 1))
    found = (moment(day, at, campaign) for day in days if calendar.is_workday(day) for at in sorted(campaign.reminders.rounds))
    return tuple(at for at in found if is_office_hour(campaign, calendar, at))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of one deadline's ladder: the day it belongs to, and from when it may go out."""

    code: str
    on: date
    opens_at: datetime


def ladder(obligation: Obligation, is_weekly: bool, due_at: datetime, campaign: Campaign, calendar: WorkCalendar) -> tuple[Step, ...]:
    """Return the steps towards and after a deadline, in the order in which they are taken.

    A step before the deadline that falls on a day when nobody works, or too late on its day, goes out on the working day before; one after the
    deadline goes out on the next.
    """
    settings = campaign.reminders
    due_on = (due_at - timedelta(microseconds=1)).astimezone(campaign.zone).date()
    leads = obligation.remind_before
    if leads is None:
        leads = settings.weekly_before if is_weekly else settings.others_before
    found = []
    for lead in sorted(leads, key=lambda one: -one.days):
        on = rolled(_before(due_on, lead, calendar), "previous_workday", calendar)
        if moment(on, settings.opens, campaign) >= due_at:
            on = rolled(on - _one_day, "previous_workday", calendar)
        code = f"before-{lead.days}{'w' if lead.count == 'working' and lead.days else ''}"
        found.append(Step(code, on, moment(on, settings.opens, campaign)))
    found.sort(key=lambda step: step.opens_at)
    for rung in obligation.remind_after if obligation.remind_after is not None else settings.after:
        on = workday_after(due_on, rung.days, calendar) if rung.count == "working" else due_on + _one_day * rung.days
        on = rolled(on, "next_workday", calendar)
        found.append(Step(rung.step, on, moment(on, settings.opens, campaign)))
    return tuple(found)


def _before(day: date, lead: Days, calendar: WorkCalendar) -> date:
    if lead.count == "calendar":
        return day - _one_day * lead.days
    days = lead.days
    while days > 0:
        day -= _one_day
        days -= calendar.is_workday(day)
    return day


def due_reminders(
    campaign: Campaign,
    units: Iterable[Unit],
    standings: Iterable[Standing],
    as_of: datetime,
    calendar: WorkCalendar,
    sent: Mapping[Key, datetime] | None,
    *,
    intake_began_at: datetime | None,
) -> tuple[Reminder, ...]:
    """Return the messages that are to go out at a moment. Pure.

    `sent` says when each step was first taken: the newest step of a deadline is due, earlier ones that were never taken are not made up for before
    the deadline; after it the ladder is climbed rung by rung, one a day, so that nobody is named in a circular who was never reminded. A step taken
    less than the campaign's `retry_days` ago is still in the answer, for channels that did not take it; who sends keeps what each channel has had.
    `sent` None asks for the plan of the day of `as_of` instead, whatever the hour, as if every step before had been taken in time.
    `intake_began_at` is when the newest finished intake began: what fell due since is not chased yet. None: nothing overdue is.

    Units' messages come first, by official order, then the lists, the authority's first, then the circular.
    """
    today = as_of.astimezone(campaign.zone).date()
    if not campaign.reminders.is_on or today < campaign.issued_on or (sent is not None and not is_office_hour(campaign, calendar, as_of)):
        return ()
    by_code = {unit.code: unit for unit in roster_on(units, today)}
    reports = {one.code: one for one in campaign.reports()}
    desk = _Desk(campaign, calendar, as_of, today, sent, intake_began_at, {code: unit.tags for code, unit in by_code.items()}, reports)
    order = {one.code: number for number, one in enumerate(campaign.obligations)}
    owed: dict[str, list[Owed]] = {}
    for standing in standings:
        one = desk.owed(standing)
        if one is not None:
            owed.setdefault(standing.unit, []).append(one)
    for some in owed.values():
        some.sort(key=lambda one: (order.get(one.standing.obligation, len(order)), one.standing.period or ""))
    ordered = sorted(owed, key=lambda code: (by_code[code].order if code in by_code else len(by_code) + 1, code))
    messages = [found for code in ordered if (found := _to_unit(code, owed[code])) is not None]
    subtrees: dict[str, list[Owed]] = {}
    for code in ordered:
        for supervisor in _supervisors(code, by_code):
            subtrees.setdefault(supervisor, []).extend(owed[code])
    places = {unit.code: unit.order for unit in by_code.values()} | {AUTHORITY: -1}
    lists = (Reminder(kind="list", to=code, owed=tuple(subtrees[code])) for code in sorted(subtrees, key=lambda code: (places[code], code)))
    messages += [one for one in lists if one.keys]
    named = tuple(one for code in ordered for one in owed[code] if one.rank == "circular")
    if named:
        messages.append(Reminder(kind="circular", to=AUTHORITY, owed=named))
    return tuple(messages)


def _to_unit(code: str, owed: list[Owed]) -> Reminder | None:
    """The one message for a unit; none where only the authority acts (the circular) or nothing moves."""
    ranks = {one.rank for one in owed} - {None, "circular"}
    if not ranks:
        return None
    # A step that only the authority takes is no step of this message, but what it is about is still owed.
    told = tuple(replace(one, step=None) if one.rank == "circular" else one for one in owed)
    return Reminder(kind="demand" if "demand" in ranks else "reminder", to=code, owed=told)


def _supervisors(code: str, units: Mapping[str, Unit]) -> list[str]:
    """The levels above a unit on the roster of the day, the nearest first and the authority last."""
    found: list[str] = []
    seen = {code}
    parent = units[code].parent if code in units else AUTHORITY
    while parent in units and parent not in seen:
        seen.add(parent)
        found.append(parent)
        parent = units[parent].parent
    return [*found, AUTHORITY]


@dataclass(frozen=True, slots=True)
class _Desk:
    """One look at the ladders of a campaign; the steps of a deadline that many units share are worked out once."""

    campaign: Campaign
    calendar: WorkCalendar
    as_of: datetime
    today: date
    sent: Mapping[Key, datetime] | None
    intake_began_at: datetime | None
    tags: Mapping[str, tuple[str, ...]]
    obligations: Mapping[str, Obligation]
    weekly: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)
    ladders: dict[tuple[str, bool, datetime], tuple[Sequence[Step], Sequence[Step]]] = field(default_factory=dict)

    def owed(self, one: Standing) -> Owed | None:
        """What a standing leaves to be done and where that stands on its ladder; None where nothing is left, or nothing is due soon."""
        lacks_parts = bool(one.missing_parts) and one.standing in ("on_time", "late", "under_review")
        if one.due_at is None or not (one.standing in ("not_due", "missing", "returned") or lacks_parts):
            return None
        obligation = self.obligations.get(one.obligation)
        if obligation is None:
            return None
        step = self._step(one, obligation, one.due_at, lacks_parts)
        # What no intake has looked for since it fell due may lie in the inbox.
        is_open = one.standing == "returned" or (self._was_looked_for(one.due_at) and one.standing != "not_due")
        return Owed(standing=one, due_at=one.due_at, step=step) if step is not None or is_open else None

    def _step(self, one: Standing, obligation: Obligation, due_at: datetime, lacks_parts: bool) -> str | None:
        before, after = self._ladder(obligation, one.unit, due_at)
        if self.as_of <= due_at:
            # A report that came without its stamped scan was not forgotten: the scan alone is asked for after the deadline.
            return self._now(one, due_at, before) if before and not lacks_parts else None
        if not self._was_looked_for(due_at):
            return None
        if one.standing == "missing":
            step = self._now(one, due_at, after)
            # Nothing is accepted any more: who was reminded and did not answer is made known, nobody is reminded.
            return step if step == "circular" or not self._is_closed(obligation) else None
        if self._is_closed(obligation):
            return None
        # Returned within its grace, or a scan lacking: one reminder, no demand.
        code = "reminder" if one.standing == "returned" else "parts"
        return self._now(one, due_at, [Step(code, step.on, step.opens_at) for step in after if step.code == "reminder"])

    def _was_looked_for(self, due_at: datetime) -> bool:
        return self.as_of > due_at and self.intake_began_at is not None and self.intake_began_at > due_at

    def _now(self, one: Standing, due_at: datetime, steps: Sequence[Step]) -> str | None:
        """The step on which a deadline stands, of those given in the order of climbing."""
        if self.sent is None:
            passed = [step for step in steps if step.on <= self.today]
            return passed[-1].code if passed and passed[-1].on == self.today else None
        standing_on: tuple[Step, datetime] | None = None
        for step in steps:
            if step.opens_at > self.as_of:
                break
            taken_at = self.sent.get((one.unit, one.obligation, one.period, due_at, step.code))
            if taken_at is None:
                if standing_on is None or standing_on[1].astimezone(self.campaign.zone).date() < self.today:
                    return step.code
                break
            standing_on = step, taken_at
        if standing_on is None or self.as_of - standing_on[1] >= _one_day * self.campaign.reminders.retry_days:
            return None
        return standing_on[0].code

    def _ladder(self, obligation: Obligation, unit: str, due_at: datetime) -> tuple[Sequence[Step], Sequence[Step]]:
        """The newest step before the deadline that has come, if any, and the steps after it."""
        tags = self.tags.get(unit, ())
        if (obligation.code, tags) not in self.weekly:
            rules = rules_in_force(obligation, tags, self.as_of)
            self.weekly[obligation.code, tags] = bool(rules) and isinstance(rules[-1][1], EveryWeek | EveryDay)
        key = (obligation.code, self.weekly[obligation.code, tags], due_at)
        if key not in self.ladders:
            steps = ladder(obligation, key[1], due_at, self.campaign, self.calendar)
            before = [step for step in steps if rank_of(step.code) == "before" and (self.sent is None or step.opens_at <= self.as_of)]
            come = [step for step in before if step.on <= self.today]
            self.ladders[key] = come[-1:], [step for step in steps if rank_of(step.code) in _climbed]
        return self.ladders[key]

    def _is_closed(self, obligation: Obligation) -> bool:
        """Whether nothing is accepted any more, so that only the circular is left."""
        last = min((day for day in (obligation.closes_on, self.campaign.last_on) if day is not None), default=self.campaign.last_on)
        return self.as_of > end_of_day(last, self.campaign)
