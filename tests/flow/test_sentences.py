"""Deadline sentences that other notices say, written as definitions and judged: every moment was made by hand, from the official calendars.

2021: Mid-Autumn 19 to 21 September, Saturday the 18th worked; National Day 1 to 7 October, Sunday 26 September and Saturday 9 October worked.
2022: New Year 1 to 3 January; Spring Festival 31 January to 6 February, Saturday 29 and Sunday 30 January worked.
2024: Spring Festival 10 to 17 February, Sundays 4 and 18 worked.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include import catalogue
from include.catalogue.definitions import Definitions
from include.domain.deadline import due_moments
from include.domain.expectation import Activity, expectations
from include.domain.receipt import Submission
from include.domain.standing import standings

SECOND = timedelta(seconds=1)
LONG_AFTER = datetime(2040, 1, 1, tzinfo=UTC)
YEAR = "first_on: 2021-09-01, last_on: 2022-08-31"

# the sentence, its rule, what falls due when (period or None, moment)
SENTENCES: dict[str, tuple[str, list[tuple[str | None, str]]]] = {
    "9月底前": ("{kind: date, on: 2021-09-30}", [(None, "2021-10-01T00:00:00+08:00")]),
    "9月底前（不含当日）": ("{kind: date, on: 2021-09-30, met: day_before}", [(None, "2021-09-30T00:00:00+08:00")]),
    "春节前，遇节假日提前": ("{kind: date, on: 2022-02-02, roll: previous_workday}", [(None, "2022-01-31T00:00:00+08:00")]),
    "10月4日下班前，遇节假日顺延": (
        "{kind: date, on: 2021-10-04, met: close_of_business, roll: next_workday}",
        [(None, "2021-10-08T17:30:00+08:00")],
    ),
    "2022年1月1日零时前": ('{kind: date, on: 2022-01-01, at: "00:00"}', [(None, "2022-01-01T00:00:00+08:00")]),
    "12月31日23:59:59前": ('{kind: date, on: 2021-12-31, at: "23:59:59"}', [(None, "2021-12-31T23:59:59+08:00")]),
    "9月18日至10月15日每周五下班前": (
        "{kind: weekly, weekday: friday, first_on: 2021-09-18, last_on: 2021-10-15, met: close_of_business}",
        [(day, f"{day}T17:30:00+08:00") for day in ("2021-09-24", "2021-10-01", "2021-10-08", "2021-10-15")],
    ),
    "9月18日至10月15日每周五下班前，遇节假日提前": (
        "{kind: weekly, weekday: friday, first_on: 2021-09-18, last_on: 2021-10-15, met: close_of_business, roll: previous_workday}",
        [
            ("2021-09-24", "2021-09-24T17:30:00+08:00"),
            ("2021-10-01", "2021-09-30T17:30:00+08:00"),
            ("2021-10-08", "2021-10-08T17:30:00+08:00"),
            ("2021-10-15", "2021-10-15T17:30:00+08:00"),
        ],
    ),
    # Sunday 19 September was a holiday, Sunday the 26th was worked.
    "每周日前，遇休息日顺延（调休的星期日照常）": (
        "{kind: weekly, weekday: sunday, first_on: 2021-09-19, last_on: 2021-09-26, roll: next_workday}",
        [("2021-09-19", "2021-09-23T00:00:00+08:00"), ("2021-09-26", "2021-09-27T00:00:00+08:00")],
    ),
    "每周二、周五17时前": (
        '{kind: weekly, weekday: tuesday, also: [friday], first_on: 2021-12-27, last_on: 2022-01-05, at: "17:00"}',
        [("2021-12-28", "2021-12-28T17:00:00+08:00"), ("2021-12-31", "2021-12-31T17:00:00+08:00"), ("2022-01-04", "2022-01-04T17:00:00+08:00")],
    ),
    "每月5日前报上月情况，遇节假日顺延（跨年）": (
        "{kind: monthly, days: [5], first_on: 2021-10-01, last_on: 2022-02-28, roll: next_workday}",
        [
            ("2021-10-05", "2021-10-09T00:00:00+08:00"),
            ("2021-11-05", "2021-11-06T00:00:00+08:00"),
            ("2021-12-05", "2021-12-07T00:00:00+08:00"),
            ("2022-01-05", "2022-01-06T00:00:00+08:00"),
            ("2022-02-05", "2022-02-08T00:00:00+08:00"),
        ],
    ),
    "每月底前": (
        "{kind: monthly, days: [31], first_on: 2021-11-01, last_on: 2022-02-28}",
        [
            ("2021-11-30", "2021-12-01T00:00:00+08:00"),
            ("2021-12-31", "2022-01-01T00:00:00+08:00"),
            ("2022-01-31", "2022-02-01T00:00:00+08:00"),
            ("2022-02-28", "2022-03-01T00:00:00+08:00"),
        ],
    ),
    "每季度末月20日前": (
        f"{{kind: monthly, days: [20], months: [3, 6, 9, 12], {YEAR}}}",
        [(f"{day}-20", f"{day}-21T00:00:00+08:00") for day in ("2021-09", "2021-12", "2022-03", "2022-06")],
    ),
    "旬报：每月10日、20日和月底12时前": (
        '{kind: monthly, days: [10, 20, 31], first_on: 2022-02-01, last_on: 2022-02-28, at: "12:00"}',
        [(f"2022-02-{day}", f"2022-02-{day}T12:00:00+08:00") for day in (10, 20, 28)],
    ),
    "每个工作日16时前": (
        '{kind: daily, count: working, first_on: 2021-09-17, last_on: 2021-09-23, at: "16:00"}',
        [(f"2021-09-{day}", f"2021-09-{day}T16:00:00+08:00") for day in (17, 18, 22, 23)],
    ),
    "国庆期间每日24时前（零报告）": (
        "{kind: daily, first_on: 2021-10-01, last_on: 2021-10-03}",
        [(f"2021-10-0{day}", f"2021-10-0{day + 1}T00:00:00+08:00") for day in (1, 2, 3)],
    ),
}

# the sentence, its rule, the day the event ended, the period's day, the moment
AFTER: dict[str, tuple[str, str, str]] = {
    # Friday 17 September: Saturday the 18th was worked, 19 to 21 a holiday.
    "事后3个工作日内": ("days: 3, count: working", "2021-09-17", "2021-09-24T00:00:00+08:00"),
    "活动结束次日10时前": ('days: 1, at: "10:00"', "2021-12-31", "2022-01-01T10:00:00+08:00"),
    "活动结束后5日内": ("days: 5", "2022-02-26", "2022-03-04T00:00:00+08:00"),
    "活动结束后3日内，遇节假日顺延": ("days: 3, roll: next_workday", "2021-09-28", "2021-10-09T00:00:00+08:00"),
    "活动结束后2个工作日内下班前（国庆）": ("days: 2, count: working, met: close_of_business", "2021-09-30", "2021-10-09T17:30:00+08:00"),
    "活动当日下班前": ("days: 0, met: close_of_business", "2021-10-02", "2021-10-02T17:30:00+08:00"),
}


def written(
    folder: Path, obligations: list[str], *, zone: str = "Asia/Shanghai", days: tuple[str, str, str] = ("2021-09-01", "2021-09-01", "2022-08-31")
) -> None:
    """A campaign's definition, its registry and notice below a folder."""
    text = f"""
code: sentences
version: 1
name: {{zh: 句子, en: Sentences}}
notice: sentences
zone: {zone}
authority: {{name: 主管单位, receives: 办公室}}
issued_on: {days[0]}
first_on: {days[1]}
last_on: {days[2]}
close_of_business: "17:30"
obligations:
""" + "\n".join(obligations)
    for kind, name, content in (
        ("campaigns", "sentences.yaml", text),
        ("notices", "sentences.txt", "请按时报送。"),
        ("units", "sentences.csv", "code,name,tags\ncity,市局,\ncounty,县局,county\n"),
    ):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / name).write_text(content)


def obligation(code: str, due: str, more: str = "") -> str:
    return f'  - {{code: {code}, name: {{zh: 事项, en: o}}, kind: report, due: {due}, basis: "decided: 样例"{more}}}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    return tmp_path


def owed(
    definitions: Definitions, code: str, unit: str = "city", as_of: datetime = LONG_AFTER, *activities: Activity
) -> list[tuple[str | None, str]]:
    found = expectations(definitions.campaign, definitions.units, activities, definitions.calendar, as_of)
    zone = definitions.campaign.zone
    return [(one.period, one.due_at.astimezone(zone).isoformat()) for one in found if (one.unit, one.obligation) == (unit, code) and one.due_at]


def test_every_sentence_falls_due_to_the_second(folder: Path) -> None:
    written(folder, [obligation(f"o{number}", rule) for number, (rule, _) in enumerate(SENTENCES.values())])
    definitions = catalogue.load("sentences")
    assert catalogue.problems() == []
    for number, (sentence, (_, expected)) in enumerate(SENTENCES.items()):
        assert owed(definitions, f"o{number}") == expected, sentence
    by_hand = {datetime.fromisoformat(moment) for _, expected in SENTENCES.values() for _, moment in expected}
    assert set(due_moments(definitions.campaign, definitions.calendar)) == by_hand


def test_every_sentence_is_judged_a_second_before_at_and_after(folder: Path) -> None:
    written(folder, [obligation(f"o{number}", rule) for number, (rule, _) in enumerate(SENTENCES.values())])
    of = catalogue.load("sentences")
    for number, (sentence, (_, expected)) in enumerate(SENTENCES.items()):
        for period, moment in expected:
            due_at, code = datetime.fromisoformat(moment), f"o{number}"

            def stands(as_of: datetime, received_at: datetime | None = None, code: str = code, period: str | None = period) -> tuple[str, int | None]:
                known = {"received_at": received_at, "recorded_at": received_at}
                one = Submission(id="x", receipt_number=1, unit="city", obligation=code, period=period, state="accepted", **known)  # type: ignore[arg-type]
                sent = [one] if received_at else []
                judged = standings(of.campaign, of.units, sent, (), (), of.calendar, as_of, LONG_AFTER)
                (mine,) = [one for one in judged if (one.unit, one.obligation, one.period) == ("city", code, period)]
                return mine.standing, mine.late_by_s

            told = [stands(due_at), stands(due_at + SECOND), stands(LONG_AFTER, due_at), stands(LONG_AFTER, due_at + SECOND)]
            assert told == [("not_due", None), ("missing", None), ("on_time", None), ("late", 1)], sentence


def test_what_follows_an_event_in_the_data(folder: Path) -> None:
    plan = obligation("plan", "{kind: date, on: 2021-09-01}", ", what: form, form: activity-plan")
    rules = [f"{{kind: after_activity, plan: plan, name_item: P1, date_item: P2, {rule}}}" for rule, _, _ in AFTER.values()]
    written(folder, [plan, *(obligation(f"a{number}", rule) for number, rule in enumerate(rules))])
    of = catalogue.load("sentences")
    for number, (sentence, (_, ended, moment)) in enumerate(AFTER.items()):
        one = Activity(unit="city", plan="plan", row=1, name="演练", ends_on=date.fromisoformat(ended), raw_day=ended, submission="s")
        assert owed(of, f"a{number}", "city", LONG_AFTER, one) == [(f"演练@{ended}", moment)], sentence


def test_counties_owe_two_days_earlier_and_an_amendment_says_so_anew(folder: Path) -> None:
    levels = "levels: [{tag: county, due: {kind: date, on: %s}}]"
    amendment = f'{{effective_at: "2021-09-06T09:00:00+08:00", due: {{kind: date, on: 2021-09-10}}, {levels % "2021-09-08"}, basis: 补充通知}}'
    written(folder, [obligation("o", "{kind: date, on: 2021-09-15}", f", {levels % '2021-09-13'}, amendments: [{amendment}]")])
    of = catalogue.load("sentences")
    moved = datetime.fromisoformat("2021-09-06T09:00:00+08:00")
    for unit, before, after in (("city", "16", "11"), ("county", "14", "09")):
        assert owed(of, "o", unit, moved - SECOND) == [(None, f"2021-09-{before}T00:00:00+08:00")]
        assert owed(of, "o", unit, moved) == [(None, f"2021-09-{after}T00:00:00+08:00")]


def test_a_month_that_fell_due_keeps_the_rule_it_fell_due_under(folder: Path) -> None:
    days = "first_on: 2021-09-01, last_on: 2021-12-31"
    amendment = f'{{effective_at: "2021-10-20T00:00:00+08:00", due: {{kind: monthly, days: [20], {days}, at: "12:00"}}, basis: 补充通知}}'
    written(folder, [obligation("o", f"{{kind: monthly, days: [25], {days}}}", f", amendments: [{amendment}]")])
    assert owed(catalogue.load("sentences"), "o") == [
        ("2021-09-25", "2021-09-26T00:00:00+08:00"),
        ("2021-10-20", "2021-10-20T12:00:00+08:00"),
        ("2021-11-20", "2021-11-20T12:00:00+08:00"),
        ("2021-12-20", "2021-12-20T12:00:00+08:00"),
    ]


def test_the_leap_day_and_the_make_up_sundays_of_2024(folder: Path) -> None:
    rules = [
        "{kind: date, on: 2024-02-29}",
        "{kind: monthly, days: [30], first_on: 2024-02-01, last_on: 2024-03-31}",
        "{kind: weekly, weekday: sunday, first_on: 2024-02-04, last_on: 2024-02-18, roll: next_workday}",
    ]
    written(folder, [obligation(f"o{n}", rule) for n, rule in enumerate(rules)], days=("2024-01-01", "2024-01-01", "2024-12-31"))
    of = catalogue.load("sentences")
    assert owed(of, "o0") == [(None, "2024-03-01T00:00:00+08:00")]
    assert owed(of, "o1") == [("2024-02-29", "2024-03-01T00:00:00+08:00"), ("2024-03-30", "2024-03-31T00:00:00+08:00")]
    assert owed(of, "o2") == [
        ("2024-02-04", "2024-02-05T00:00:00+08:00"),
        ("2024-02-11", "2024-02-19T00:00:00+08:00"),
        ("2024-02-18", "2024-02-19T00:00:00+08:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "rule", "utc"),
    [
        ("Asia/Urumqi", "{kind: date, on: 2022-03-12}", "2022-03-12T18:00:00Z"),
        # New York springs forward at 02:00 on 13 March 2022 and falls back at 02:00 on 6 November.
        ("America/New_York", "{kind: date, on: 2022-03-12}", "2022-03-13T05:00:00Z"),
        ("America/New_York", "{kind: date, on: 2022-03-13}", "2022-03-14T04:00:00Z"),
        ("America/New_York", '{kind: date, on: 2022-03-13, at: "02:30"}', "2022-03-13T07:30:00Z"),
        ("America/New_York", '{kind: weekly, weekday: sunday, first_on: 2022-03-13, last_on: 2022-03-13, at: "16:00"}', "2022-03-13T20:00:00Z"),
        ("Europe/Paris", '{kind: daily, first_on: 2022-03-27, last_on: 2022-03-27, at: "08:00"}', "2022-03-27T06:00:00Z"),
        ("Asia/Kolkata", "{kind: monthly, days: [31], first_on: 2022-02-01, last_on: 2022-02-28}", "2022-02-28T18:30:00Z"),
        # The Azores show midnight twice on 30 October 2022... the day ends with the first.
        ("Pacific/Apia", "{kind: date, on: 2022-03-31}", "2022-03-31T11:00:00Z"),
    ],
)
def test_other_zones_fall_due_by_their_own_clocks(folder: Path, zone: str, rule: str, utc: str) -> None:
    written(folder, [obligation("o", rule)], zone=zone)
    (one,) = expectations(*(lambda of: (of.campaign, of.units[:1], (), of.calendar, LONG_AFTER))(catalogue.load("sentences")))
    assert one.due_at == datetime.fromisoformat(utc)


def test_a_year_whose_calendar_nobody_published_is_asked_for_only_where_a_rule_needs_it(folder: Path) -> None:
    days = ("2051-01-01", "2051-01-01", "2051-12-31")
    needs = {
        "{kind: date, on: 2051-06-23, roll: next_workday}": "due.roll",
        "{kind: monthly, days: [5], first_on: 2051-02-01, last_on: 2051-03-31, roll: previous_workday}": "due.roll",
        "{kind: daily, count: working, first_on: 2051-02-01, last_on: 2051-02-03}": "due.count",
        "{kind: daily, first_on: 2051-02-01, last_on: 2051-02-03}": "",
        "{kind: monthly, days: [5], first_on: 2051-02-01, last_on: 2051-03-31}": "",
        "{kind: date, on: 2051-06-23, met: day_before}": "",
    }
    written(folder, [obligation(f"o{n}", rule) for n, rule in enumerate(needs)], days=days)
    told = {one.key for one in catalogue.problems([folder])}
    assert told == {f"obligations[o{n}].{key}" for n, key in enumerate(needs.values()) if key}


@pytest.mark.parametrize(
    ("rule", "more", "key", "told"),
    [
        (f"{{kind: monthly, days: [32], {YEAR}}}", "", "due.days", "from 1 to 31"),
        (f"{{kind: monthly, days: [], {YEAR}}}", "", "due.days", "must name"),
        (f"{{kind: monthly, days: [5], months: [13], {YEAR}}}", "", "due.months", "from 1 to 12"),
        ("{kind: monthly, days: [5], months: [7], first_on: 2021-09-01, last_on: 2021-12-31}", "", "due.days", "no such day"),
        (f"{{kind: monthly, day: 5, {YEAR}}}", "", "due.day", "days"),
        (f"{{kind: weekly, weekday: friday, also: [sonday], {YEAR}}}", "", "due.also", "sunday"),
        ("{kind: date, on: 2021-09-30}", ", edit_ends_on: 2021-09-29", "edit_ends_on", "before the deadline"),
        ("{kind: date, on: 2021-09-30}", ", closes_on: 2021-10-09, edit_ends_on: 2021-10-08", "edit_ends_on", "before closes_on"),
    ],
)
def test_a_rule_that_cannot_be_is_told(folder: Path, rule: str, more: str, key: str, told: str) -> None:
    written(folder, [obligation("o", rule, more)])
    problems = catalogue.problems([folder])
    assert any(f"obligations[o].{key}" in one.key and told in one.message for one in problems), [str(one) for one in problems]
