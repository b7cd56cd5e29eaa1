"""What a plan's 时间 column says, in the wordings that units use."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.activity_day import activity_ends_on, days_named, month_named, week_named

FIRST, LAST = date(2021, 5, 31), date(2021, 7, 15)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("6月16日", "2021-06-16"),
        ("６月１６日", "2021-06-16"),
        ("六月十六日", "2021-06-16"),
        ("二〇二一年六月十六日", "2021-06-16"),
        ("6月16号", "2021-06-16"),
        ("6月16日上午9:00-11:00", "2021-06-16"),
        ("6月16日9时", "2021-06-16"),
        ("6月16日（全国安全宣传咨询日）", "2021-06-16"),
        ("2021年6月16日", "2021-06-16"),
        ("2021.6.16", "2021-06-16"),
        ("2021/6/16", "2021-06-16"),
        ("2021-06-16", "2021-06-16"),
        ("2021-06-16 00:00:00", "2021-06-16"),
        ("2021-06-16T09:00:00+08:00", "2021-06-16"),
        ("20210616", "2021-06-16"),
        ("6/16", "2021-06-16"),
        ("6.16", "2021-06-16"),
        ("6·16", "2021-06-16"),
        ("16日", "2021-06-16"),
        ("6月16-18日", "2021-06-18"),
        ("6月16日—18日", "2021-06-18"),
        ("6月16日至18日", "2021-06-18"),
        ("6月28日-7月2日", "2021-07-02"),
        ("6月1日至30日", "2021-06-30"),
        ("6.16-6.18", "2021-06-18"),
        ("2021/6/16-2021/6/18", "2021-06-18"),
        ("6月2日、6月16日", "2021-06-16"),
        ("6月2、9、16日", "2021-06-16"),
        ("16-18日", "2021-06-18"),
        ("暂定6月16日", "2021-06-16"),
        ("6月16日前", "2021-06-16"),
        ("5月20日", "2021-05-20"),
    ],
)
def test_a_certain_day_is_understood(text: str, day: str) -> None:
    assert activity_ends_on(text, FIRST, LAST) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "5月",
        "6月",
        "6月份",
        "6月上旬",
        "6月中旬",
        "6月下旬",
        "6月底",
        "6月初",
        "待定",
        "另行通知",
        "全月",
        "每周四",
        "6月每周四",
        "6月16日左右",
        "6月31日",
        "6月16日起",
        "6月16日以后",
        "6月18-16日",
        "6月28日-7月",
        "6-7月",
        "6月16日（待定）",
        "2021年6月",
        "2021年",
        "第二周",
        "择期",
        "10日",
        "长期坚持",
    ],
)
def test_without_a_certain_day_nothing_is_guessed(text: str) -> None:
    assert activity_ends_on(text, FIRST, LAST) is None


def test_the_year_comes_from_the_campaign_also_over_its_turn() -> None:
    assert activity_ends_on("12月28日-1月3日", date(2021, 6, 1), date(2022, 1, 31)) == date(2022, 1, 3)
    assert activity_ends_on("1月3日", date(2021, 6, 1), date(2022, 1, 31)) == date(2022, 1, 3)
    assert activity_ends_on("6月16日", date(2021, 6, 1), date(2022, 1, 31)) == date(2021, 6, 16)


def test_a_file_name_is_not_read_as_days_where_it_counts_attachments() -> None:
    assert list(days_named("附件1-2统计表", FIRST, LAST)) == []
    assert [span.ends_on for span in days_named("统计表20210610（6.4-6.10）", FIRST, LAST)] == [date(2021, 6, 10), date(2021, 6, 10)]


@pytest.mark.parametrize(("text", "week"), [("第2周", 2), ("第二周报", 2), ("第 十二 周", 12), ("第十二週", 12), ("week 3", 3), ("本周", None)])
def test_a_week_by_its_number(text: str, week: int | None) -> None:
    assert week_named(text) == week


@given(st.text(alphabet="0123456789年月日号一二十廿〇至到、-—~./: T上中下旬第周每待定", max_size=16))
def test_any_text_gives_a_day_or_none_and_never_breaks(text: str) -> None:
    day = activity_ends_on(text, FIRST, LAST)
    assert day is None or isinstance(day, date)


@given(
    st.dates(FIRST, LAST), st.sampled_from(["{m}月{d}日", "{y}年{m}月{d}日", "{y}.{m}.{d}", "{y}-{m:02}-{d:02}", "{m}月{d}号", "{m}/{d}", "{m}.{d}"])
)
def test_every_day_of_the_campaign_survives_every_wording(day: date, wording: str) -> None:
    assert activity_ends_on(wording.format(y=day.year, m=day.month, d=day.day), FIRST, LAST) == day


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2021年5月统计表", (2021, 5)),
        ("五月份报表", (None, 5)),
        ("十二月", (None, 12)),
        ("报表2021-05", (2021, 5)),
        ("报表（202105）", (2021, 5)),
        ("2021年第二季度", (2021, 6)),
        ("四季度", (None, 12)),
        ("2021Q3", (2021, 9)),
        ("2021年6月16日", None),
        ("2021-06-16", None),
        ("20210616", None),
        ("5月、6月", None),
        ("安全生产月", None),
        ("13月", None),
        ("", None),
    ],
)
def test_a_month_is_named_where_no_day_is(text: str, month: tuple[int | None, int] | None) -> None:
    assert month_named(text) == month
