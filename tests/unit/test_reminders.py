"""催报: who is reminded of what, when, by the ladder of the campaign; nobody twice, nobody for nothing, nobody at night."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include import catalogue
from include.catalogue.calendar import ChinaCalendar, lenient
from include.domain.campaign import Authority, Campaign, Days, EveryWeek, Obligation, OnDate, Quiet, Reminders, Rung
from include.domain.reminder import AUTHORITY, Key, Reminder, due_reminders, ladder, rounds
from include.domain.standing import Standing, StandingName
from include.domain.unit import Unit
from include.domain.wordings import Wording

CHINA = ZoneInfo("Asia/Shanghai")
CALENDAR = catalogue.work_calendar()
LONG_AFTER = datetime(2030, 1, 1, tzinfo=CHINA)


def words(text: str) -> Wording:
    return Wording(zh=text, en=text)


def campaign(*obligations: Obligation, **more: object) -> Campaign:
    single = Obligation(code="summary", name=words("总结"), kind="report", due=OnDate(kind="date", on=date(2021, 6, 23)))
    weekly = Obligation(
        code="weekly",
        name=words("每周信息"),
        kind="report",
        due=EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30), at=time(16)),
    )
    values: dict[str, object] = {
        "code": "try-2021",
        "version": 1,
        "name": words("试"),
        "notice": "try-2021",
        "zone": CHINA,
        "authority": Authority(name="局", receives="股"),
        "issued_on": date(2021, 6, 1),
        "first_on": date(2021, 6, 1),
        "last_on": date(2021, 7, 31),
        "obligations": obligations or (single, weekly),
    }
    return Campaign(**(values | more))  # type: ignore[arg-type]


UNITS = (
    Unit(code="jia", name="甲", order=1),
    Unit(code="yi", name="乙", order=2),
    Unit(code="bing", name="丙", order=3, parent="yi"),
    Unit(code="ding", name="丁", order=4, parent="bing"),
)


def at(text: str, year: int = 2021) -> datetime:
    return datetime.fromisoformat(f"{year}-{text}").replace(tzinfo=CHINA)


SUMMARY_DUE = at("06-24 00:00")


def stands(
    standing: StandingName = "not_due",
    unit: str = "jia",
    obligation: str = "summary",
    period: str | None = None,
    due_at: datetime | None = SUMMARY_DUE,
    **more: object,
) -> Standing:
    return Standing(unit=unit, obligation=obligation, period=period, due_at=due_at, standing=standing, **more)  # type: ignore[arg-type]


def weekly(standing: StandingName, day: str = "2021-06-10", unit: str = "jia") -> Standing:
    return stands(standing, unit, "weekly", day, datetime.fromisoformat(f"{day} 16:00").replace(tzinfo=CHINA))


def remind(
    now: datetime,
    *standings: Standing,
    of: Campaign | None = None,
    sent: dict[Key, datetime] | None = None,
    intake: datetime | None = LONG_AFTER,
    units: tuple[Unit, ...] = UNITS,
) -> tuple[Reminder, ...]:
    return due_reminders(of or campaign(), units, standings, now, CALENDAR, {} if sent is None else sent, intake_began_at=intake)


def steps(found: tuple[Reminder, ...], to: str = "jia") -> list[str | None]:
    """The steps in a unit's own message."""
    return [owed.step for one in found for owed in one.owed if one.to == to and one.kind in ("reminder", "demand")]


def days_of(of: Campaign, code: str, due_at: datetime) -> list[tuple[str, str]]:
    obligation = of.obligation(code)
    return [(step.code, f"{step.on:%m-%d}") for step in ladder(obligation, isinstance(obligation.due, EveryWeek), due_at, of, CALENDAR)]


# ---- the ladder


def test_a_single_report_is_announced_three_days_and_one_day_before_and_on_the_day() -> None:
    # The third day before 23 June is a Sunday: people are told on the Friday.
    assert days_of(campaign(), "summary", SUMMARY_DUE)[:3] == [("before-3", "06-18"), ("before-1", "06-22"), ("before-0", "06-23")]


def test_a_weekly_report_is_announced_a_working_day_before_and_on_the_day() -> None:
    assert days_of(campaign(), "weekly", at("06-10 16:00"))[:2] == [("before-1w", "06-09"), ("before-0", "06-10")]


def test_the_working_day_before_a_holiday_is_before_the_holiday() -> None:
    # 12 to 14 June 2021 was the Dragon Boat Festival.
    assert days_of(campaign(), "weekly", at("06-15 16:00"))[0] == ("before-1w", "06-11")


def test_a_make_up_sunday_is_a_day_like_any_other() -> None:
    wulong = catalogue.load("wulong-2023").campaign
    due_at = at("06-26 00:00", 2023)
    # 22 to 24 June 2023 was the Dragon Boat Festival, the Sunday after it was worked.
    assert days_of(wulong, "summary", due_at)[:3] == [("before-3", "06-21"), ("before-1", "06-21"), ("before-0", "06-25")]


def test_a_deadline_on_a_rest_day_is_announced_before_the_weekend() -> None:
    beipiao = catalogue.load("beipiao-2021").campaign
    assert days_of(beipiao, "chaoyang-summary", at("12-27 00:00")) == [
        ("before-3", "12-23"),
        ("before-1", "12-24"),
        ("before-0", "12-24"),
        ("reminder", "12-27"),
        ("demand", "12-28"),
        ("circular", "12-30"),
    ]


def test_what_falls_due_before_the_office_opens_is_announced_the_day_before() -> None:
    early = Obligation(code="early", name=words("早"), kind="report", due=OnDate(kind="date", on=date(2021, 6, 23), at=time(8)))
    assert days_of(campaign(early), "early", at("06-23 08:00"))[:3] == [("before-3", "06-18"), ("before-1", "06-22"), ("before-0", "06-22")]


def test_after_the_deadline_a_reminder_a_demand_and_the_circular() -> None:
    assert days_of(campaign(), "summary", SUMMARY_DUE)[3:] == [("reminder", "06-24"), ("demand", "06-25"), ("circular", "06-29")]
    # A Thursday's 16:00 is overdue on the Thursday and chased from the Friday.
    assert days_of(campaign(), "weekly", at("06-10 16:00"))[2:] == [("reminder", "06-11"), ("demand", "06-15"), ("circular", "06-17")]


def test_an_obligation_may_have_a_ladder_of_its_own() -> None:
    own = Obligation(
        code="own",
        name=words("自"),
        kind="report",
        due=OnDate(kind="date", on=date(2021, 6, 23)),
        remind_before=(Days(days=2, count="working"),),
        remind_after=(Rung(step="reminder", days=3, count="calendar"),),
    )
    assert days_of(campaign(own), "own", SUMMARY_DUE) == [("before-2w", "06-21"), ("reminder", "06-28")]
    quiet = replace(own, remind_before=(), remind_after=())
    assert days_of(campaign(quiet), "own", SUMMARY_DUE) == []
    assert remind(at("06-28 10:00"), stands("missing", obligation="own"), of=campaign(quiet)) == ()


def test_a_campaigns_own_ladder_counts() -> None:
    reminders = Reminders(others_before=(Days(days=5),), after=(Rung(step="demand", days=1),))
    assert days_of(campaign(reminders=reminders), "summary", SUMMARY_DUE) == [("before-5", "06-18"), ("demand", "06-24")]


# ---- before the deadline


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("06-18 08:29:59", []),
        ("06-18 08:30", ["before-3"]),
        ("06-18 11:59:59", ["before-3"]),
        ("06-18 12:00", []),  # lunch
        ("06-18 13:30", ["before-3"]),
        ("06-18 17:29:59", ["before-3"]),
        ("06-18 17:30", []),
        ("06-19 10:00", []),  # a Saturday
        ("06-21 10:00", ["before-3"]),  # nobody looked on Friday
        ("06-22 10:00", ["before-1"]),
        ("06-23 10:00", ["before-0"]),
    ],
)
def test_reminders_go_out_in_working_hours_only(moment: str, expected: list[str]) -> None:
    assert steps(remind(at(moment), stands())) == expected


def test_steps_that_were_missed_are_not_made_up_for() -> None:
    (message, *_) = remind(at("06-23 09:00"), stands())
    assert [owed.step for owed in message.owed] == ["before-0"]


def test_nobody_is_reminded_before_the_notice_was_issued() -> None:
    assert remind(at("06-18 10:00"), stands(), of=campaign(issued_on=date(2021, 6, 21))) == ()


def test_no_reminders_where_the_campaign_wants_none() -> None:
    assert remind(at("06-23 10:00"), stands(), of=campaign(reminders=Reminders(is_on=False))) == ()


def test_hours_are_the_campaigns() -> None:
    own = campaign(reminders=Reminders(opens=time(7), closes=time(20), quiet=(Quiet(begins=time(9), ends=time(10)),)))
    assert steps(remind(at("06-18 19:59"), stands(), of=own)) == ["before-3"]
    assert remind(at("06-18 09:30"), stands(), of=own) == ()
    assert steps(remind(at("06-18 10:00"), stands(), of=own)) == ["before-3"]


# ---- what is never mentioned


@pytest.mark.parametrize("standing", ["on_time", "late", "exempt", "under_review"])
def test_what_was_met_or_is_exempt_is_not_mentioned(standing: StandingName) -> None:
    for moment in ("06-18 10:00", "06-23 10:00", "06-24 10:00", "06-29 10:00"):
        assert remind(at(moment), stands(standing)) == ()


def test_an_open_obligation_is_never_due() -> None:
    assert remind(at("06-23 10:00"), stands(due_at=None)) == ()


def test_only_what_is_soon_due_is_mentioned() -> None:
    (message, _) = remind(at("06-23 10:00"), stands(), weekly("not_due", "2021-06-30"))
    assert [owed.standing.obligation for owed in message.owed] == ["summary"]


def test_a_report_that_the_definitions_no_longer_ask_for_is_not_mentioned() -> None:
    assert remind(at("06-24 10:00"), stands("missing", obligation="gone")) == ()


# ---- after the deadline


def test_nobody_is_chased_before_an_intake_that_began_after_the_deadline() -> None:
    for intake in (None, SUMMARY_DUE - timedelta(seconds=1), SUMMARY_DUE):
        assert remind(at("06-24 10:00"), stands("missing"), intake=intake) == ()
    assert steps(remind(at("06-24 10:00"), stands("missing"), intake=SUMMARY_DUE + timedelta(seconds=1))) == ["reminder"]


def key(step: str, standing: Standing) -> Key:
    assert standing.due_at is not None
    return (standing.unit, standing.obligation, standing.period, standing.due_at, step)


def test_the_ladder_is_climbed_rung_by_rung_and_one_a_day() -> None:
    missing = stands("missing")
    sent: dict[Key, datetime] = {}
    # Nobody looked for two weeks: first the reminder all the same.
    assert steps(remind(at("07-07 09:00"), missing, sent=sent)) == ["reminder"]
    sent[key("reminder", missing)] = at("07-07 09:00")
    assert steps(remind(at("07-07 16:00"), missing, sent=sent)) == ["reminder"]  # still standing there, for channels that failed
    found = remind(at("07-08 09:00"), missing, sent=sent)
    assert [(one.kind, one.to) for one in found] == [("demand", "jia"), ("list", AUTHORITY)]
    sent[key("demand", missing)] = at("07-08 09:00")
    found = remind(at("07-09 09:00"), missing, sent=sent)
    assert [(one.kind, one.to, len(one.keys)) for one in found] == [("circular", AUTHORITY, 1)]


def test_a_step_is_tried_again_for_some_days_and_then_left() -> None:
    missing = stands("missing")
    own = campaign(reminders=Reminders(after=(Rung(step="reminder", days=1),), retry_days=2))
    sent = {key("reminder", missing): at("06-24 09:00")}
    assert steps(remind(at("06-25 16:30"), missing, sent=sent, of=own)) == ["reminder"]
    assert remind(at("06-28 09:00"), missing, sent=sent, of=own) == ()


def test_a_report_that_came_is_chased_no_more() -> None:
    sent = {key("reminder", stands("missing")): at("06-24 09:00")}
    assert remind(at("06-25 09:00"), stands("late"), sent=sent) == ()


def test_a_deadline_that_was_extended_begins_a_new_ladder() -> None:
    sent = {key(step, stands()): at("06-23 09:00") for step in ("before-3", "before-1", "before-0")}
    extended = stands(due_at=at("06-30 00:00"))
    # The third day before 29 June is a Saturday.
    assert steps(remind(at("06-25 10:00"), extended, sent=sent)) == ["before-3"]


def test_a_returned_report_is_reminded_of_and_demanded_only_when_its_grace_is_over() -> None:
    returned = stands("returned", submission="try-2021-000001")
    assert steps(remind(at("06-29 10:00"), returned)) == ["reminder"]
    sent = {key("reminder", returned): at("06-29 10:00")}
    assert steps(remind(at("06-30 10:00"), stands("missing", submission="try-2021-000001"), sent=sent)) == ["demand"]


def test_a_lacking_scan_is_asked_for_once_and_never_demanded() -> None:
    lacking = stands("on_time", missing_parts=("scan",))
    assert remind(at("06-23 10:00"), lacking) == ()
    assert steps(remind(at("06-24 10:00"), lacking)) == ["parts"]
    sent = {key("parts", lacking): at("06-24 10:00")}
    assert remind(at("06-29 10:00"), lacking, sent=sent) == ()


def test_after_the_closing_only_the_circular_is_left() -> None:
    closing = replace(campaign().obligation("summary"), closes_on=date(2021, 6, 25))
    assert remind(at("06-30 10:00"), stands("missing"), of=campaign(closing)) == ()
    sent = {key("reminder", stands("missing")): at("06-24 09:00"), key("demand", stands("missing")): at("06-25 09:00")}
    found = remind(at("06-30 10:00"), stands("missing"), of=campaign(closing), sent=sent)
    assert [(one.kind, one.to) for one in found] == [("circular", AUTHORITY)]


# ---- who gets what


def test_a_unit_gets_one_message_with_everything_it_owes() -> None:
    found = remind(at("06-23 10:00"), stands(), weekly("missing"), weekly("not_due", "2021-06-24"), weekly("on_time", "2021-06-17"))
    (message,) = [one for one in found if one.to == "jia"]
    told = [(owed.standing.obligation, owed.standing.period, owed.step) for owed in message.owed]
    assert told == [("summary", None, "before-0"), ("weekly", "2021-06-10", "reminder"), ("weekly", "2021-06-24", "before-1w")]


def test_what_stands_on_no_step_is_mentioned_beside_what_does() -> None:
    overdue = weekly("missing")
    sent = {key(step, overdue): at("06-17 09:00") for step in ("reminder", "demand", "circular")}
    (message, *_) = remind(at("06-23 10:00"), stands(), overdue, sent=sent)
    assert [(owed.standing.obligation, owed.step) for owed in message.owed] == [("summary", "before-0"), ("weekly", None)]
    assert message.keys == (key("before-0", stands()),)
    # Alone it moves nobody.
    assert remind(at("06-23 10:00"), overdue, sent=sent) == ()


def test_a_message_with_a_demand_is_a_demand() -> None:
    overdue = weekly("missing")
    (message, *_) = remind(at("06-23 10:00"), stands(), overdue, sent={key("reminder", overdue): at("06-11 09:00")})
    assert message.kind == "demand"


def test_the_circular_is_no_message_to_the_unit() -> None:
    missing = stands("missing")
    sent = {key("reminder", missing): at("06-24 09:00"), key("demand", missing): at("06-25 09:00")}
    found = remind(at("06-29 10:00"), missing, weekly("not_due", "2021-06-30"), sent=sent)
    (message,) = [one for one in found if one.to == "jia"]
    assert [(owed.standing.obligation, owed.step) for owed in message.owed] == [("summary", None), ("weekly", "before-1w")]


def test_no_two_messages_to_one_place_take_the_same_step() -> None:
    missing = [stands("missing", unit) for unit in ("jia", "yi", "bing", "ding")]
    sent = {key(step, one): at("06-25 09:00") for one in missing[1:] for step in ("reminder", "demand")}
    found = remind(at("06-29 10:00"), *missing, sent=sent)
    takes = [(one.to, step) for one in found for step in one.keys]
    assert len(takes) == len(set(takes))
    assert [(one.kind, one.to, len(one.keys)) for one in found if one.kind in ("list", "circular")] == [
        ("list", AUTHORITY, 1),
        ("list", "yi", 2),
        ("list", "bing", 1),
        ("circular", AUTHORITY, 3),
    ]


def test_a_message_that_takes_some_steps_mentions_the_others() -> None:
    overdue, near = weekly("missing"), stands()
    (message, *_) = remind(at("06-23 10:00"), near, overdue, sent={key("reminder", overdue): at("06-11 09:00")})
    assert message.kind == "demand"
    partly = message.taking({key("before-0", near)})
    assert (partly.kind, [owed.step for owed in partly.owed]) == ("reminder", ["before-0", None])


def test_every_level_gets_one_list_of_its_own_subtree() -> None:
    found = remind(at("06-24 10:00"), *(stands("missing", unit) for unit in ("jia", "yi", "bing", "ding")))
    lists = {one.to: [owed.standing.unit for owed in one.owed] for one in found if one.kind == "list"}
    assert lists == {AUTHORITY: ["jia", "yi", "bing", "ding"], "yi": ["bing", "ding"], "bing": ["ding"]}
    assert [one.to for one in found if one.kind == "reminder"] == ["jia", "yi", "bing", "ding"]


def test_a_closed_supervisors_list_goes_to_its_heir() -> None:
    heir = replace(UNITS[1], to_on=date(2021, 6, 15), heir="jia")
    found = remind(at("06-24 10:00"), stands("missing", "bing"), units=(UNITS[0], heir, *UNITS[2:]))
    assert [one.to for one in found if one.kind == "list"] == [AUTHORITY, "jia"]


def test_a_unit_that_moved_stands_on_its_new_supervisors_list_from_the_day_on() -> None:
    moved = replace(UNITS[2], changes=("2021-06-24 parent jia",))
    units = (*UNITS[:2], moved, *UNITS[3:])
    weekly = stands("missing", "bing", obligation="weekly", period="2021-06-17", due_at=at("06-17 16:00"))
    for day, above in (("06-23 10:00", "yi"), ("06-24 10:00", "jia")):
        found = remind(at(day), weekly, units=units)
        assert [one.to for one in found if one.kind == "list"] == [AUTHORITY, above], day


def test_a_unit_that_the_registry_lost_is_still_on_the_authoritys_list() -> None:
    found = remind(at("06-24 10:00"), stands("missing", "gone"))
    assert [(one.kind, one.to) for one in found] == [("reminder", "gone"), ("list", AUTHORITY)]


# ---- the plan of a day


def plan(day: str, *standings: Standing) -> list[str | None]:
    return steps(due_reminders(campaign(), UNITS, standings, at(f"{day} 23:00"), CALENDAR, None, intake_began_at=LONG_AFTER))


def test_the_plan_of_a_day_asks_no_hour_and_supposes_that_all_before_was_done() -> None:
    assert plan("06-18", stands()) == ["before-3"]
    assert plan("06-21", stands()) == []
    assert plan("06-24", stands("missing")) == ["reminder"]
    assert plan("06-25", stands("missing")) == ["demand"]
    assert plan("06-28", stands("missing")) == []
    early = due_reminders(campaign(), UNITS, [stands()], at("06-18 00:00"), CALENDAR, None, intake_began_at=None)
    assert steps(early) == ["before-3"]


def test_a_year_without_official_calendar_is_reminded_from_monday_to_friday() -> None:
    due_at = at("06-24 00:00", 2041)
    of = campaign(issued_on=date(2041, 6, 1), first_on=date(2041, 6, 1), last_on=date(2041, 7, 31))
    calendar = lenient(ChinaCalendar())
    # 23 June 2041 is a Sunday.
    assert [f"{step.on:%m-%d}" for step in ladder(of.obligation("summary"), False, due_at, of, calendar)] == [
        "06-20",
        "06-21",
        "06-21",
        "06-24",
        "06-25",
        "06-27",
    ]
    assert calendar.guessed == {2041}


def test_rounds_fall_into_working_hours() -> None:
    found = rounds(campaign(), CALENDAR, date(2021, 6, 10), date(2021, 6, 15))
    told = [f"{moment.astimezone(CHINA):%d %H:%M}" for moment in found]
    assert told == [f"{day} {clock}" for day in (10, 11, 15) for clock in ("09:00", "11:00", "14:30", "16:30")]
    assert rounds(campaign(reminders=Reminders(is_on=False)), CALENDAR, date(2021, 6, 10), date(2021, 6, 15)) == ()
    assert rounds(campaign(close_of_business=time(12)), CALENDAR, date(2021, 6, 10), date(2021, 6, 10)) == found[:2]


# ---- whole months


Month = tuple[list[tuple[str, datetime]], list[datetime]]


@st.composite
def months(draw: st.DrawFn) -> Month:
    """When each unit reports (or never), and when somebody looks."""
    hours = st.integers(0, 60 * 24).map(lambda hour: at("06-01 00:00") + timedelta(hours=hour))
    reported = [(unit.code, draw(st.one_of(st.just(LONG_AFTER), hours))) for unit in UNITS]
    return reported, sorted(draw(st.lists(hours, min_size=1, max_size=60, unique=True)))


@settings(max_examples=100, deadline=None)
@given(months())
def test_whatever_happens_each_step_is_taken_once_in_order_and_only_by_those_who_owe(
    month: tuple[list[tuple[str, datetime]], list[datetime]],
) -> None:
    reported, looks = month
    came = dict(reported)
    sent: dict[Key, datetime] = {}
    for now in looks:
        standings = []
        for unit in UNITS:
            name: StandingName = "on_time" if came[unit.code] <= SUMMARY_DUE else "late"
            if came[unit.code] > now:
                name = "missing" if now > SUMMARY_DUE else "not_due"
            standings.append(stands(name, unit.code))
        found = remind(now, *standings, sent=sent, intake=now)
        to_units = [one.to for one in found if one.kind in ("reminder", "demand")]
        assert len(to_units) == len(set(to_units))
        for one in found:
            assert all(came[owed.standing.unit] > now for owed in one.owed)
        for step in {key for one in found for key in one.keys} - set(sent):
            sent[step] = now
    for unit in UNITS:
        climbed = [(sent[one], one[4]) for one in sent if one[0] == unit.code and not one[4].startswith("before")]
        assert [step for _, step in sorted(climbed)] == ["reminder", "demand", "circular"][: len(climbed)]
        assert len({moment.date() for moment, _ in climbed}) == len(climbed)
