"""报送状态: how each unit stands on each expectation, as of a moment.

A standing follows from the deadline, the submissions received and recorded by then, and the decisions in effect; nothing else, and in no order
but that of their moments. Timeliness is that of the first acceptable submission; the figures come from the newest acceptable one. A report that
came in time and was returned keeps its credit if it is mended within the grace (补正时限), and shows `repaired`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import Literal

from include.domain.campaign import AfterActivity, Campaign
from include.domain.deadline import WorkCalendar, grace_ends_at, is_open, rules_in_force
from include.domain.decision import Decision, not_taken_back
from include.domain.expectation import Activity, Expectation, ends_of, expectations
from include.domain.receipt import State, Submission
from include.domain.score import Score
from include.domain.unit import Unit

StandingName = Literal["not_due", "under_review", "on_time", "late", "missing", "returned", "exempt"]
Flag = Literal["has_warnings", "repaired", "by_hand", "explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One expectation judged. `due_at` has extensions in it; None for an open obligation, which is always `not_due` and outside the rates.

    `submission` gives the figures (or, when missing, names the returned one); `received_at` is the moment that timeliness rests on: for a
    repaired report that came after the deadline, the one of the report that was returned. `late_by_s` is in whole seconds begun. `missing_parts`
    are the parts asked for and not received (电子版已收、盖章件未收); they do not change the standing.
    """

    unit: str
    obligation: str
    period: str | None
    due_at: datetime | None
    standing: StandingName
    flags: tuple[Flag, ...] = ()
    received_at: datetime | None = None
    submission: str | None = None
    late_by_s: int | None = None
    findings: int = 0
    missing_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything judge says of one campaign at one pair of clocks, sorted by the units' official order, the order of the notice, period.

    `undated` are activity rows that owe nothing yet (待定); `arrivals` counts submissions of open obligations per (unit, obligation).
    `guessed_years` are those whose official calendar was asked for and not known: Monday to Friday were taken for working days.
    """

    campaign: str
    as_of: datetime
    known_at: datetime
    standings: tuple[Standing, ...]
    scores: tuple[Score, ...]
    undated: tuple[Activity, ...] = ()
    arrivals: tuple[tuple[str, str, int], ...] = ()
    guessed_years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Standings counted. `roster` is all of them, `open` those never due; `expected` = not_due + under_review + on_time + late + missing +
    returned.

    0 <= on_time <= received <= expected always: `received` counts what has come and was not sent back (on time, late, under review). A rate is
    None where nothing is expected.
    """

    roster: int = 0
    open: int = 0
    exempt: int = 0
    not_due: int = 0
    under_review: int = 0
    on_time: int = 0
    late: int = 0
    missing: int = 0
    returned: int = 0

    @property
    def expected(self) -> int:
        """应报."""
        return self.roster - self.open - self.exempt

    @property
    def received(self) -> int:
        """实报."""
        return self.on_time + self.late + self.under_review

    @property
    def received_rate(self) -> float | None:
        """实报 / 应报."""
        return self.received / self.expected if self.expected else None

    @property
    def on_time_rate(self) -> float | None:
        """按时 / 应报."""
        return self.on_time / self.expected if self.expected else None


def rates(standings: Iterable[Standing]) -> Rates:
    """Count standings, of a campaign, a unit or an obligation alike."""
    counts: dict[str, int] = dict.fromkeys(("exempt", "not_due", "under_review", "on_time", "late", "missing", "returned"), 0)
    roster = never_due = 0
    for one in standings:
        roster += 1
        if one.due_at is None and one.standing != "exempt":
            never_due += 1
        else:
            counts[one.standing] += 1
    return Rates(roster=roster, open=never_due, **counts)


Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class _Acts:
    """Decisions in effect, laid out so that an expectation without any costs nothing."""

    by_submission: dict[str, list[Decision]] = field(default_factory=dict)
    by_receipt: dict[int, list[Decision]] = field(default_factory=dict)
    by_key: dict[Key, list[Decision]] = field(default_factory=dict)
    wide: list[Decision] = field(default_factory=list)
    placed: dict[int, list[Decision]] = field(default_factory=dict)
    placed_later: dict[int, list[Decision]] = field(default_factory=dict)

    @staticmethod
    def of(decisions: Iterable[Decision], as_of: datetime, known_at: datetime) -> "_Acts":
        acts = _Acts()
        known = [one for one in decisions if one.recorded_at <= known_at]
        for one in not_taken_back(known, as_of):
            if one.verb == "place" and one.receipt_number is not None:
                (acts.placed if one.decided_at <= as_of else acts.placed_later).setdefault(one.receipt_number, []).append(one)
            elif one.decided_at > as_of or one.verb in ("register", "award"):
                continue
            elif one.verb in ("exempt", "extend", "freeze", "reopen"):
                if one.unit is not None and one.obligation is not None and one.verb in ("exempt", "extend"):
                    acts.by_key.setdefault((one.unit, one.obligation, one.period), []).append(one)
                else:
                    acts.wide.append(one)
            elif one.submission is not None:
                acts.by_submission.setdefault(one.submission, []).append(one)
            elif one.receipt_number is not None:
                acts.by_receipt.setdefault(one.receipt_number, []).append(one)
            elif one.unit is not None and one.obligation is not None:
                acts.by_key.setdefault((one.unit, one.obligation, one.period), []).append(one)
        return acts

    def of_expectation(self, expectation: Expectation) -> list[Decision]:
        """What was decided on an expectation; an exemption without a period or obligation means all of them, any other names its period."""
        exact = self.by_key.get((expectation.unit, expectation.obligation, expectation.period), [])
        whole = self.by_key.get((expectation.unit, expectation.obligation, None), []) if expectation.period is not None else []
        wide = [
            one
            for one in self.wide
            if one.unit in (None, expectation.unit)
            and one.obligation in (None, expectation.obligation)
            and (one.period == expectation.period or (one.period is None and one.verb != "extend"))
        ]
        if not whole and not wide:
            return exact
        merged = [*exact, *(one for one in whole if one.verb == "exempt"), *wide]
        return sorted(merged, key=lambda one: (one.decided_at, one.number))

    def counts(self, submission: Submission) -> bool:
        """Whether a submission is where its receipt belongs: the last word of `place`, for each obligation, says so; before it, what collect
        found.
        """
        placed = self.placed.get(submission.receipt_number)
        if placed:
            last = {one.obligation: one for one in placed}
            return any((one.unit, one.obligation, one.period) == (submission.unit, submission.obligation, submission.period) for one in last.values())
        later = self.placed_later.get(submission.receipt_number)
        return not later or all(
            (one.unit, one.obligation, one.period) != (submission.unit, submission.obligation, submission.period) for one in later
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A submission as it stands after decisions: `told_at` is when a returned one was returned."""

    submission: Submission
    state: State
    told_at: datetime
    is_explained: bool = False


def _seen(submissions: Sequence[Submission], acts: _Acts, on_expectation: Sequence[Decision]) -> list[_Seen]:
    """Each submission with its last word, in the order received."""
    frozen = _freezes(on_expectation)
    general = [one for one in on_expectation if one.verb in ("accept", "return", "confirm", "withdraw")]
    aimed: dict[str, list[Decision]] = {}
    for one in general:
        # A decision that names no submission means the newest one received by then.
        targets = [submission.id for submission in submissions if submission.received_at <= one.decided_at]
        if targets:
            aimed.setdefault(targets[-1], []).append(one)
    found = []
    for submission in submissions:
        state, told_at, is_explained = submission.state, submission.told_at or submission.recorded_at, submission.is_explained
        said = [
            *acts.by_submission.get(submission.id, ()),
            *acts.by_receipt.get(submission.receipt_number, ()),
            *aimed.get(submission.id, ()),
        ]
        for one in sorted(said, key=lambda one: (one.decided_at, one.number)):
            if one.verb == "accept":
                state = "accepted"
            elif one.verb == "return":
                state, told_at = "returned", one.decided_at
            elif one.verb == "withdraw":
                state = "withdrawn"
            elif one.verb == "confirm":
                is_explained = True
                state = "accepted" if state == "waiting" else state
        if state == "accepted" and any(begins < submission.received_at and ends is None for begins, ends in frozen):
            state = "waiting"
        found.append(_Seen(submission, state, told_at, is_explained))
    return found


def _freezes(decisions: Iterable[Decision]) -> list[tuple[datetime, datetime | None]]:
    """From when until when the roll-up of an expectation was frozen; None: still."""
    spans: list[tuple[datetime, datetime | None]] = []
    for one in decisions:
        if one.verb == "freeze":
            spans.append((one.decided_at, None))
        elif one.verb == "reopen":
            spans = [(begins, ends or one.decided_at) for begins, ends in spans]
    return spans


def standings(
    campaign: Campaign,
    units: Iterable[Unit],
    submissions: Iterable[Submission],
    decisions: Iterable[Decision],
    activities: Iterable[Activity],
    calendar: WorkCalendar,
    as_of: datetime,
    known_at: datetime,
    *,
    owed: Sequence[Expectation] | None = None,
) -> tuple[Standing, ...]:
    """Judge every expectation of a campaign as of a moment, by what was recorded by `known_at`. Pure: the same arguments, in any order, give the
    same answer.

    Sorted by the units' official order, the order of the notice, period. Only submissions received by `as_of` and decisions made by then count.
    Raises nothing of its own; the work calendar is asked only for a roll or a grace.
    """
    if owed is None:
        owed = expectations(campaign, units, activities, calendar, as_of)
    acts = _Acts.of(decisions, as_of, known_at)
    groups, parts = _grouped(campaign, owed, submissions, acts, as_of, known_at)
    asked = {one.code: one.parts for one in campaign.reports()}
    is_quiet = not acts.by_key and not acts.wide
    is_silent = is_quiet and not acts.by_submission and not acts.by_receipt
    grace = _Grace(campaign, calendar)
    judged = []
    for one in owed:
        key = (one.unit, one.obligation, one.period)
        group = groups.get(key)
        if is_quiet and group is None:
            # Nothing came and nothing was decided: most of a large campaign, most of the time.
            is_missing = one.due_at is not None and as_of > one.due_at
            judged.append(
                Standing(
                    unit=one.unit, obligation=one.obligation, period=one.period, due_at=one.due_at, standing="missing" if is_missing else "not_due"
                )
            )
            continue
        group = group or []
        wanted = asked[one.obligation]
        lacking = tuple(part for part in wanted if part not in parts.get(key, ())) if wanted and group else ()
        if is_silent and not lacking and len(group) == 1 and one.due_at is not None and _is_plain(group[0], one):
            judged.append(_plainly(one, group[0], one.due_at))
            continue
        judged.append(_judged(one, group, () if is_quiet else acts.of_expectation(one), acts, lacking, grace, as_of))
    return tuple(judged)


def _is_plain(submission: Submission, owed: Expectation) -> bool:
    """Whether a lone submission speaks for itself: accepted, without warning, before the closing, not by hand."""
    return (
        submission.state == "accepted"
        and submission.worst in (None, "note")
        and not submission.by_hand
        and (owed.closing_at is None or submission.received_at <= owed.closing_at)
    )


def _plainly(owed: Expectation, submission: Submission, due_at: datetime) -> Standing:
    """On time or late by one plain submission; says what `_judged` would."""
    received_at = submission.received_at
    is_late = received_at > due_at
    return Standing(
        unit=owed.unit,
        obligation=owed.obligation,
        period=owed.period,
        due_at=due_at,
        standing="late" if is_late else "on_time",
        received_at=received_at,
        submission=submission.id,
        late_by_s=ceil((received_at - due_at).total_seconds()) if is_late else None,
        findings=submission.findings,
    )


@dataclass(frozen=True, slots=True)
class _Grace:
    """Until when a report returned at a moment can be mended; a day's answer is worked out once."""

    campaign: Campaign
    calendar: WorkCalendar
    known: dict[date, datetime] = field(default_factory=dict)

    def ends_at(self, told_at: datetime) -> datetime:
        day = told_at.astimezone(self.campaign.zone).date()
        if day not in self.known:
            self.known[day] = grace_ends_at(told_at, self.campaign, self.calendar)
        return self.known[day]


def accepted_in_order(
    campaign: Campaign, obligation: str, submissions: Iterable[Submission], decisions: Iterable[Decision], as_of: datetime, known_at: datetime
) -> dict[str, list[Submission]]:
    """The acceptable submissions of a single report by unit, in the order received: what an activity plan said, version after version."""
    acts = _Acts.of(decisions, as_of, known_at)
    groups, _ = _grouped(campaign, (), (one for one in submissions if one.obligation == obligation), acts, as_of, known_at)
    closing_at, edit_ends_at = ends_of(campaign.obligation(obligation), campaign)
    found: dict[str, list[Submission]] = {}
    for (unit, _, period), group in groups.items():
        if period is None:
            owed = Expectation(unit=unit, obligation=obligation, period=None, due_at=None, closing_at=closing_at, edit_ends_at=edit_ends_at)
            on_it = acts.of_expectation(owed)
            seen = [one for one in _seen(group, acts, on_it) if one.state != "withdrawn"]
            extended_to = max((one.until_at for one in on_it if one.until_at is not None), default=None)
            found[unit] = [one.submission for one in _before_the_ends(seen, owed, extended_to) if one.state == "accepted"]
    return found


def arrivals(
    campaign: Campaign, units: Iterable[Unit], submissions: Iterable[Submission], decisions: Iterable[Decision], as_of: datetime, known_at: datetime
) -> tuple[tuple[str, str, int], ...]:
    """How many acceptable submissions each unit sent for each open obligation, zeros left out; by official order and order of the notice."""
    opened = [one.code for one in campaign.reports() if is_open(rules_in_force(one, (), as_of))]
    if not opened:
        return ()
    acts = _Acts.of(decisions, as_of, known_at)
    groups, _ = _grouped(campaign, (), (one for one in submissions if one.obligation in opened), acts, as_of, known_at)
    counts: dict[tuple[str, str], int] = {}
    for (unit, obligation, period), group in groups.items():
        on_it = acts.of_expectation(Expectation(unit=unit, obligation=obligation, period=period, due_at=None))
        number = sum(one.state in ("accepted", "waiting") for one in _seen(group, acts, on_it))
        counts[unit, obligation] = counts.get((unit, obligation), 0) + number
    return tuple(
        (unit.code, code, counts[unit.code, code])
        for unit in sorted(units, key=lambda unit: unit.order)
        for code in opened
        if counts.get((unit.code, code))
    )


def _order(submission: Submission) -> tuple[datetime, int, str]:
    return submission.received_at, submission.receipt_number, submission.id


def _grouped(
    campaign: Campaign, owed: Sequence[Expectation], submissions: Iterable[Submission], acts: _Acts, as_of: datetime, known_at: datetime
) -> tuple[dict[Key, list[Submission]], dict[Key, set[str]]]:
    """The submissions of each expectation in the order received, and the further parts that came."""
    groups: dict[Key, list[Submission]] = {}
    parts: dict[Key, set[str]] = {}
    has_places = bool(acts.placed or acts.placed_later)
    for one in submissions:
        if one.received_at > as_of or one.recorded_at > known_at or (has_places and not acts.counts(one)):
            continue
        key = (one.unit, one.obligation, one.period)
        if not one.part:
            groups.setdefault(key, []).append(one)
        elif one.state not in ("returned", "withdrawn"):
            parts.setdefault(key, set()).add(one.part)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=_order)
    born = {one.code for one in campaign.reports() if isinstance(one.due, AfterActivity)}
    if born:
        _follow_plan(born, owed, groups)
    return groups, parts


def _follow_plan(born: set[str], owed: Sequence[Expectation], groups: dict[Key, list[Submission]]) -> None:
    """Put reports on an activity whose day a corrected plan moved to the activity's new period, where only one period has that name and nothing
    for it.
    """
    by_name: dict[tuple[str, str, str], list[Key]] = {}
    keys: set[Key] = set()
    for one in owed:
        if one.obligation in born and one.period is not None:
            key = (one.unit, one.obligation, one.period)
            keys.add(key)
            by_name.setdefault((one.unit, one.obligation, one.period.rpartition("@")[0]), []).append(key)
    for stray in [key for key in groups if key[1] in born and key not in keys and key[2] is not None]:
        homes = by_name.get((stray[0], stray[1], (stray[2] or "").rpartition("@")[0]), [])
        if len(homes) == 1 and homes[0] not in groups:
            groups[homes[0]] = groups.pop(stray)


def _judged(
    owed: Expectation,
    group: Sequence[Submission],
    decided: Sequence[Decision],
    acts: _Acts,
    lacking: tuple[str, ...],
    grace: _Grace,
    as_of: datetime,
) -> Standing:
    due_at, is_exempt = owed.due_at, False
    for one in decided:
        if one.verb == "exempt":
            is_exempt = True
        elif one.verb == "extend" and one.until_at is not None and owed.due_at is not None:
            due_at = max(owed.due_at, one.until_at)
    seen = [one for one in _seen(group, acts, decided) if one.state != "withdrawn"] if group else []
    if owed.closing_at is not None or owed.edit_ends_at is not None:
        seen = _before_the_ends(seen, owed, due_at)
    accepted = [one for one in seen if one.state == "accepted"]
    current = accepted[-1] if accepted else None

    def say(
        standing: StandingName, of: _Seen | None, *, is_repaired: bool = False, received_at: datetime | None = None, late_by_s: int | None = None
    ) -> Standing:
        return Standing(
            unit=owed.unit,
            obligation=owed.obligation,
            period=owed.period,
            due_at=due_at,
            standing=standing,
            flags=tuple(_flags(of, is_repaired)) if of is not None else (),
            received_at=received_at,
            submission=of.submission.id if of is not None else None,
            late_by_s=late_by_s,
            findings=of.submission.findings if of is not None else 0,
            missing_parts=lacking,
        )

    if is_exempt:
        return say("exempt", current, received_at=accepted[0].submission.received_at if accepted else None)
    if due_at is None:
        return say("not_due", current, received_at=current.submission.received_at if current else None)
    if accepted:
        is_in_time, rests_on, is_repaired = _timeliness(seen, accepted[0], due_at, grace)
        if is_in_time:
            return say("on_time", current, is_repaired=is_repaired, received_at=rests_on)
        return say("late", current, received_at=rests_on, late_by_s=ceil((rests_on - due_at).total_seconds()))
    if not seen:
        return say("missing" if as_of > due_at else "not_due", None)
    last = seen[-1]
    if last.state == "waiting":
        return say("under_review", last, received_at=last.submission.received_at)
    if as_of <= due_at or as_of <= grace.ends_at(last.told_at):
        return say("returned", last, received_at=last.submission.received_at)
    return say("missing", last)


def _before_the_ends(seen: Sequence[_Seen], owed: Expectation, due_at: datetime | None) -> list[_Seen]:
    """What came before reports stopped being accepted, and corrections of it before those did; an extension moves both ends with it."""
    closing_at = owed.closing_at and max(owed.closing_at, due_at or owed.closing_at)
    edit_ends_at = owed.edit_ends_at and max(owed.edit_ends_at, due_at or owed.edit_ends_at)
    if not seen or (closing_at is not None and seen[0].submission.received_at > closing_at):
        return []
    last = edit_ends_at or closing_at
    return [seen[0], *(one for one in seen[1:] if last is None or one.submission.received_at <= last)]


def _timeliness(seen: Sequence[_Seen], first: _Seen, due_at: datetime, grace: _Grace) -> tuple[bool, datetime, bool]:
    """Whether the first acceptable submission counts as in time, the moment that rests on, and whether it repaired a return.

    A return of what came in time lends credit until its grace ends; what comes on that credit and is returned again lends anew.
    """
    credit_until, lent_by = due_at, None
    for one in seen:
        received_at = one.submission.received_at
        if one is first:
            if received_at <= due_at:
                return True, received_at, lent_by is not None
            if received_at <= credit_until and lent_by is not None:
                return True, lent_by, True
            return False, received_at, False
        if one.state == "returned" and received_at <= credit_until:
            lent_by = lent_by or received_at
            credit_until = max(credit_until, grace.ends_at(one.told_at))
    return False, first.submission.received_at, False


def _flags(seen: _Seen, is_repaired: bool) -> Iterator[Flag]:
    if seen.submission.worst in ("warning", "error"):
        yield "has_warnings"
    if is_repaired:
        yield "repaired"
    if seen.submission.by_hand:
        yield "by_hand"
    if seen.is_explained:
        yield "explained"
