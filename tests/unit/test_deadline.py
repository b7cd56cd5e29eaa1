"""Deadline sentences typical of such notices, each with the moment made by hand, to the second."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from include import catalogue
from include.domain.campaign import AfterActivity, Amendment, Authority, Campaign, Due, EveryWeek, Grace, Levelled, Obligation, OnDate
from include.domain.deadline import deadlines, due_after_activity, due_at, end_of_day, grace_ends_at, moment, until
from include.domain.wordings import Wording

CALENDAR = catalogue.work_calendar()
LONG_AFTER = datetime(2040, 1, 1, tzinfo=UTC)


def campaign(
    zone: str = "Asia/Shanghai", *, issued_on: date = date(2021, 1, 1), grace: int = 1, obligations: tuple[Obligation, ...] = ()
) -> Campaign:
    return Campaign(
        code="c",
        version=1,
        name=Wording(zh="活动", en="campaign"),
        notice="c",
        zone=ZoneInfo(zone),
        authority=Authority(name="办", receives="办"),
        issued_on=issued_on,
        first_on=issued_on,
        last_on=date(2030, 12, 31),
        close_of_business=time(17, 30),
        grace=Grace(working_days=grace),
        obligations=obligations,
    )


def on(day: str, **more: object) -> OnDate:
    return OnDate(kind="date", on=date.fromisoformat(day), **more)  # type: ignore[arg-type]


def after(days: int, **more: object) -> AfterActivity:
    return AfterActivity(kind="after_activity", plan="p", name_item="P1", date_item="P2", days=days, **more)  # type: ignore[arg-type]


SENTENCES = [
    ("请于6月7日前报送", on("2021-06-07"), "2021-06-08T00:00:00+08:00"),
    ("请于6月7日下班前报送", on("2021-06-07", met="close_of_business"), "2021-06-07T17:30:00+08:00"),
    ("请于6月7日前（不含当日）报送", on("2021-06-07", met="day_before"), "2021-06-07T00:00:00+08:00"),
    ("请于6月7日16:00前报送", on("2021-06-07", at=time(16)), "2021-06-07T16:00:00+08:00"),
    ("请于6月7日中午12时前报送", on("2021-06-07", at=time(12)), "2021-06-07T12:00:00+08:00"),
    ("请于12月31日前报送", on("2021-12-31"), "2022-01-01T00:00:00+08:00"),
    ("12月31日前，不含当日", on("2021-12-31", met="day_before"), "2021-12-31T00:00:00+08:00"),
    ("2月底前（闰年）", on("2024-02-29"), "2024-03-01T00:00:00+08:00"),
    # 26 December 2021 was a Sunday.
    ("12月26日前，遇休息日顺延", on("2021-12-26", roll="next_workday"), "2021-12-28T00:00:00+08:00"),
    ("12月26日前，遇休息日提前", on("2021-12-26", roll="previous_workday"), "2021-12-25T00:00:00+08:00"),
    ("12月26日17时前，遇休息日顺延", on("2021-12-26", at=time(17), roll="next_workday"), "2021-12-27T17:00:00+08:00"),
    # 25 June 2023 was a Sunday, and a make-up working day after the Dragon Boat holiday of 22 to 24 June.
    ("6月25日前，遇休息日顺延（调休上班）", on("2023-06-25", roll="next_workday"), "2023-06-26T00:00:00+08:00"),
    ("6月23日前，遇休息日顺延（端午）", on("2023-06-23", roll="next_workday"), "2023-06-26T00:00:00+08:00"),
    ("6月24日前，遇休息日提前（端午）", on("2023-06-24", roll="previous_workday"), "2023-06-22T00:00:00+08:00"),
    ("6月24日下班前，遇休息日顺延", on("2023-06-24", met="close_of_business", roll="next_workday"), "2023-06-25T17:30:00+08:00"),
    # 1 to 7 October 2021 were holidays, the 8th a working Friday; 26 September a make-up Sunday.
    ("10月1日前，遇休息日顺延（国庆）", on("2021-10-01", roll="next_workday"), "2021-10-09T00:00:00+08:00"),
    # 1 to 3 January 2022 were holidays.
    ("1月1日前，遇休息日顺延（元旦）", on("2022-01-01", roll="next_workday"), "2022-01-05T00:00:00+08:00"),
    ("1月2日前，遇休息日提前（跨年）", on("2022-01-02", roll="previous_workday"), "2022-01-01T00:00:00+08:00"),
    # The last day that counts is Saturday the 25th: it is the one that is moved.
    ("12月26日前（不含当日），遇休息日顺延", on("2021-12-26", met="day_before", roll="next_workday"), "2021-12-28T00:00:00+08:00"),
]


@pytest.mark.parametrize(("sentence", "rule", "due"), SENTENCES, ids=[sentence for sentence, _, _ in SENTENCES])
def test_a_sentence_falls_due_at_the_moment_made_by_hand(sentence: str, rule: OnDate, due: str) -> None:
    assert due_at(rule.on, rule, campaign(), CALENDAR) == datetime.fromisoformat(due), sentence


AFTER = [
    ("活动完成后3天内", "2021-06-16", after(3), "2021-06-19", "2021-06-20T00:00:00+08:00"),
    ("活动结束后1日内", "2021-06-16", after(1), "2021-06-17", "2021-06-18T00:00:00+08:00"),
    ("活动当日", "2021-06-16", after(0), "2021-06-16", "2021-06-17T00:00:00+08:00"),
    # Friday 18 June 2021: Monday, Tuesday, Wednesday.
    ("活动结束后3个工作日内", "2021-06-18", after(3, count="working"), "2021-06-23", "2021-06-24T00:00:00+08:00"),
    # Over the Dragon Boat holiday of 2023, with the Sunday that was worked: 21 June -> 25, 26, 27.
    ("活动结束后3个工作日内（端午）", "2023-06-21", after(3, count="working"), "2023-06-27", "2023-06-28T00:00:00+08:00"),
    ("活动结束后3天内17时前", "2021-06-16", after(3, at=time(17)), "2021-06-19", "2021-06-19T17:00:00+08:00"),
    ("活动结束后3天内（跨年）", "2021-12-30", after(3), "2022-01-02", "2022-01-03T00:00:00+08:00"),
    ("活动结束后2个工作日内（元旦）", "2021-12-30", after(2, count="working"), "2022-01-04", "2022-01-05T00:00:00+08:00"),
    ("活动结束后3天内，遇休息日顺延", "2021-06-16", after(3, roll="next_workday"), "2021-06-19", "2021-06-22T00:00:00+08:00"),
]


@pytest.mark.parametrize(("sentence", "ended", "rule", "day", "due"), AFTER, ids=[row[0] for row in AFTER])
def test_the_day_after_an_activity_is_day_one(sentence: str, ended: str, rule: AfterActivity, day: str, due: str) -> None:
    assert due_after_activity(date.fromisoformat(ended), rule, campaign(), CALENDAR) == (date.fromisoformat(day), datetime.fromisoformat(due)), (
        sentence
    )


def obligation(due: Due, **more: object) -> Obligation:
    return Obligation(code="o", name=Wording(zh="事项", en="o"), kind="report", due=due, **more)  # type: ignore[arg-type]


def week(weekday: str, first: str, last: str, **more: object) -> EveryWeek:
    return EveryWeek(kind="weekly", weekday=weekday, first_on=date.fromisoformat(first), last_on=date.fromisoformat(last), **more)  # type: ignore[arg-type]


def found(one: Obligation, as_of: datetime = LONG_AFTER, tags: tuple[str, ...] = (), **more: object) -> list[tuple[str | None, str]]:
    the = campaign(**more)  # type: ignore[arg-type]
    return [(d.period, d.due_at.astimezone(the.zone).isoformat()) for d in deadlines(one, tags, the, CALENDAR, as_of)]


def test_every_friday_over_the_turn_of_the_year() -> None:
    assert found(obligation(week("friday", "2021-12-20", "2022-01-10", at=time(17, 30)))) == [
        ("2021-12-24", "2021-12-24T17:30:00+08:00"),
        ("2021-12-31", "2021-12-31T17:30:00+08:00"),
        ("2022-01-07", "2022-01-07T17:30:00+08:00"),
    ]


def test_every_monday_without_a_time_lasts_until_midnight() -> None:
    assert found(obligation(week("monday", "2021-06-07", "2021-06-14"))) == [
        ("2021-06-07", "2021-06-08T00:00:00+08:00"),
        ("2021-06-14", "2021-06-15T00:00:00+08:00"),
    ]


def test_a_rolled_week_keeps_the_name_of_the_day_the_notice_says() -> None:
    # Thursday 22 June 2023 was a holiday; the next working day was Sunday the 25th.
    assert found(obligation(week("thursday", "2023-06-16", "2023-06-23", at=time(16), roll="next_workday"))) == [
        ("2023-06-22", "2023-06-25T16:00:00+08:00")
    ]


def test_a_week_before_the_notice_is_owed_by_nobody_and_one_on_its_day_is() -> None:
    rule = obligation(week("thursday", "2021-06-01", "2021-06-17"))
    assert [period for period, _ in found(rule, issued_on=date(2021, 6, 4))] == ["2021-06-10", "2021-06-17"]
    assert [period for period, _ in found(rule, issued_on=date(2021, 6, 3))] == ["2021-06-03", "2021-06-10", "2021-06-17"]


def test_counties_owe_two_days_before_the_prefecture() -> None:
    one = obligation(on("2021-06-28"), levels=(Levelled(tag="county", due=on("2021-06-26")),))
    assert found(one, tags=("prefecture",)) == [(None, "2021-06-29T00:00:00+08:00")]
    assert found(one, tags=("north", "county")) == [(None, "2021-06-27T00:00:00+08:00")]


def test_an_amended_deadline_is_judged_by_the_old_rule_before_it_took_effect() -> None:
    moved = datetime.fromisoformat("2021-06-02T09:00:00+08:00")
    one = obligation(on("2021-06-15"), amendments=(Amendment(effective_at=moved, due=on("2021-06-05")),))
    assert found(one, moved - timedelta(seconds=1)) == [(None, "2021-06-16T00:00:00+08:00")]
    assert found(one, moved) == [(None, "2021-06-06T00:00:00+08:00")]


def test_the_newest_of_several_amendments_counts_in_whatever_order_they_are_written() -> None:
    first, second = (datetime.fromisoformat(f"2021-06-0{day}T09:00:00+08:00") for day in (2, 4))
    amendments = (Amendment(effective_at=second, due=on("2021-06-20")), Amendment(effective_at=first, due=on("2021-06-05")))
    one = obligation(on("2021-06-15"), amendments=amendments)
    assert found(one, second) == [(None, "2021-06-21T00:00:00+08:00")]
    assert found(one, second - timedelta(seconds=1)) == [(None, "2021-06-06T00:00:00+08:00")]


def test_weeks_that_fell_due_before_an_amendment_keep_their_rule() -> None:
    moved = datetime.fromisoformat("2021-06-12T09:00:00+08:00")
    earlier = week("thursday", "2021-06-10", "2021-06-24", at=time(12))
    one = obligation(week("thursday", "2021-06-10", "2021-06-24", at=time(16)), amendments=(Amendment(effective_at=moved, due=earlier),))
    assert found(one) == [
        ("2021-06-10", "2021-06-10T16:00:00+08:00"),
        ("2021-06-17", "2021-06-17T12:00:00+08:00"),
        ("2021-06-24", "2021-06-24T12:00:00+08:00"),
    ]


def test_an_amendment_says_anew_what_its_levels_owe() -> None:
    moved = datetime.fromisoformat("2021-06-02T09:00:00+08:00")
    levels = (Levelled(tag="county", due=on("2021-06-13")),)
    new_levels = (Levelled(tag="county", due=on("2021-06-03")),)
    one = obligation(on("2021-06-15"), levels=levels, amendments=(Amendment(effective_at=moved, due=on("2021-06-05"), levels=new_levels),))
    assert found(one, tags=("county",)) == [(None, "2021-06-04T00:00:00+08:00")]


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        # Thursday -> Friday; Friday -> Monday; a Saturday -> Monday.
        ("2021-06-24T10:00:00+08:00", "2021-06-26T00:00:00+08:00"),
        ("2021-06-25T23:59:59+08:00", "2021-06-29T00:00:00+08:00"),
        ("2021-06-26T10:00:00+08:00", "2021-06-29T00:00:00+08:00"),
        # Before the Dragon Boat holiday of 2023: the Sunday that was worked.
        ("2023-06-21T10:00:00+08:00", "2023-06-26T00:00:00+08:00"),
        # Over the turn of the year: 4 January 2022 was the first working day.
        ("2021-12-31T10:00:00+08:00", "2022-01-05T00:00:00+08:00"),
        # 17:00 UTC is already the next day in China.
        ("2021-06-23T17:00:00+00:00", "2021-06-26T00:00:00+08:00"),
    ],
)
def test_a_grace_of_one_working_day_ends_at_midnight_of_the_next_working_day(told: str, ends: str) -> None:
    assert grace_ends_at(datetime.fromisoformat(told), campaign(), CALENDAR) == datetime.fromisoformat(ends)


def test_where_clocks_change_a_moment_is_that_of_the_wall() -> None:
    # New York skips 02:00 to 03:00 on 14 March 2021 and shows 01:00 to 02:00 twice on 7 November.
    new_york = campaign("America/New_York")
    assert moment(date(2021, 3, 14), time(16), new_york) == datetime(2021, 3, 14, 20, tzinfo=UTC)
    assert end_of_day(date(2021, 3, 13), new_york) == datetime(2021, 3, 14, 5, tzinfo=UTC)
    assert end_of_day(date(2021, 3, 14), new_york) == datetime(2021, 3, 15, 4, tzinfo=UTC)
    assert moment(date(2021, 3, 14), time(2, 30), new_york) == datetime(2021, 3, 14, 7, 30, tzinfo=UTC)
    assert moment(date(2021, 11, 7), time(1, 30), new_york) == datetime(2021, 11, 7, 6, 30, tzinfo=UTC)
    # Havana shows midnight twice: the first one ends the day.
    assert end_of_day(date(2021, 11, 6), campaign("America/Havana")) == datetime(2021, 11, 7, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2021-12-30", "2021-12-31T00:00:00+08:00"),
        ("2021-12-31", "2022-01-01T00:00:00+08:00"),
        ("2021-12-30T16:00", "2021-12-30T16:00:00+08:00"),
        ("2021-12-30T16:00:00+00:00", "2021-12-30T16:00:00+00:00"),
    ],
)
def test_a_day_until_which_something_is_put_off_is_met_until_its_end(said: str, meant: str) -> None:
    assert until(said, ZoneInfo("Asia/Shanghai")).isoformat() == meant
    with pytest.raises(ValueError, match="tomorrow"):
        until("tomorrow", ZoneInfo("Asia/Shanghai"))
