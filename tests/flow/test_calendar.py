"""The calendar of the five campaigns, made by hand from the notices, against judge: a second before, at, and a second after each moment.

The moments were typed from the notices' sentences, not computed: "前" with a date only is met until 24:00 of the day, which is 00:00:00 of the next.
"""

from datetime import UTC, datetime, timedelta

import pytest

from include import catalogue
from include.catalogue.wording import fold
from include.domain.activity_day import activity_ends_on
from include.domain.deadline import due_moments
from include.domain.expectation import Activity, Expectation, expectations
from include.domain.placing import normalise_activity_name
from include.domain.receipt import Submission
from include.domain.standing import Standing, standings

SECOND = timedelta(seconds=1)
LONG_AFTER = datetime(2026, 1, 1, tzinfo=UTC)

# campaign, obligation, period, due moment
BY_HAND = [
    # 6月7日前报联络员名单
    ("beipiao-2021", "liaison", None, "2021-06-08T00:00:00+08:00"),
    # 6月份每周四16:00前; Thursday 3 June lies before the notice of 4 June
    ("beipiao-2021", "weekly", "2021-06-10", "2021-06-10T16:00:00+08:00"),
    ("beipiao-2021", "weekly", "2021-06-17", "2021-06-17T16:00:00+08:00"),
    ("beipiao-2021", "weekly", "2021-06-24", "2021-06-24T16:00:00+08:00"),
    # 6月23日前报送总结报告和统计表
    ("beipiao-2021", "month-summary", None, "2021-06-24T00:00:00+08:00"),
    ("beipiao-2021", "month-statistics", None, "2021-06-24T00:00:00+08:00"),
    # 12月26日前报“安全生产朝阳行”总结和统计表; a Sunday, and rest days do not move a deadline
    ("beipiao-2021", "chaoyang-summary", None, "2021-12-27T00:00:00+08:00"),
    ("beipiao-2021", "chaoyang-statistics", None, "2021-12-27T00:00:00+08:00"),
    # 6月1日前以地区为单位分行业报送联络员名单和活动方案
    ("hainan-2021", "liaison", None, "2021-06-02T00:00:00+08:00"),
    ("hainan-2021", "plan", None, "2021-06-02T00:00:00+08:00"),
    # 6月份每周四15时
    ("hainan-2021", "weekly", "2021-06-03", "2021-06-03T15:00:00+08:00"),
    ("hainan-2021", "weekly", "2021-06-10", "2021-06-10T15:00:00+08:00"),
    ("hainan-2021", "weekly", "2021-06-17", "2021-06-17T15:00:00+08:00"),
    ("hainan-2021", "weekly", "2021-06-24", "2021-06-24T15:00:00+08:00"),
    # 将暗访发现的问题每周上报至省厅: decided, the same Thursdays
    ("hainan-2021", "covert-inspection", "2021-06-03", "2021-06-03T15:00:00+08:00"),
    ("hainan-2021", "covert-inspection", "2021-06-10", "2021-06-10T15:00:00+08:00"),
    ("hainan-2021", "covert-inspection", "2021-06-17", "2021-06-17T15:00:00+08:00"),
    ("hainan-2021", "covert-inspection", "2021-06-24", "2021-06-24T15:00:00+08:00"),
    # 6月28日前上报“安全生产月”活动总结报告
    ("hainan-2021", "summary", None, "2021-06-29T00:00:00+08:00"),
    # 6月3日前向委办公室报送联络员表、重点活动计划安排表
    ("binhai-2021", "liaison", None, "2021-06-04T00:00:00+08:00"),
    ("binhai-2021", "activity-plan", None, "2021-06-04T00:00:00+08:00"),
    # 6月8日前将各室、各单位安全生产月活动方案报委办公室
    ("binhai-2021", "scheme", None, "2021-06-09T00:00:00+08:00"),
    # 6月28日前报送活动综合情况及活动进展情况统计表
    ("binhai-2021", "summary", None, "2021-06-29T00:00:00+08:00"),
    ("binhai-2021", "statistics", None, "2021-06-29T00:00:00+08:00"),
    # 5月29日前确定1名聯絡員
    ("heilongjiang-2020", "liaison", None, "2020-05-30T00:00:00+08:00"),
    # 7月3日前報送活動綜合情況
    ("heilongjiang-2020", "summary", None, "2020-07-04T00:00:00+08:00"),
    ("heilongjiang-2020", "statistics", None, "2020-07-04T00:00:00+08:00"),
    # 各社区在6月25日前报送: a Sunday that was worked
    ("wulong-2023", "summary", None, "2023-06-26T00:00:00+08:00"),
]

# 于活动完成后3天内报送相关做法: what the plan says, when the report on it is due (the day after is day 1, until 24:00 of day 3)
ACTIVITIES_BY_HAND = [
    ("安全宣传咨询日", "6月16日", "安全宣传咨询日@2021-06-16", "2021-06-20T00:00:00+08:00"),
    ("燃气应急演练", "6月16-18日", "燃气应急演练@2021-06-18", "2021-06-22T00:00:00+08:00"),
    ("道桥隐患排查", "6月28日-7月2日", "道桥隐患排查@2021-07-02", "2021-07-06T00:00:00+08:00"),
    ("观看专题片", "2021年6月1日", "观看专题片@2021-06-01", "2021-06-05T00:00:00+08:00"),
    ("公开课", "待定", None, None),
    ("五进活动", "6月上旬", None, None),
    ("月度检查", "5月", None, None),
    ("品牌活动", "另行通知", None, None),
    ("知识竞赛", "", None, None),
]

# Open obligations: counted, never late.
OPEN = {("binhai-2021", "materials"), ("heilongjiang-2020", "materials")}


def the(campaign: str, obligation: str, period: str | None, as_of: datetime, received_at: datetime | None, activities: list[Activity]) -> Standing:
    """How the campaign's first unit stands on one expectation, with one acceptable report received at a moment, or none."""
    definitions = catalogue.load(campaign)
    unit = definitions.units[0].code
    sent = []
    if received_at is not None:
        known = {"received_at": received_at, "recorded_at": received_at}
        sent.append(Submission(id="x", receipt_number=1, unit=unit, obligation=obligation, period=period, state="accepted", **known))
    judged = standings(definitions.campaign, definitions.units, sent, (), activities, definitions.calendar, as_of, LONG_AFTER)
    return next(one for one in judged if (one.unit, one.obligation, one.period) == (unit, obligation, period))


def planned() -> list[Activity]:
    definitions = catalogue.load("binhai-2021")
    campaign, unit = definitions.campaign, definitions.units[0].code
    return [
        Activity(
            unit=unit,
            plan="activity-plan",
            row=row,
            name=name,
            ends_on=activity_ends_on(day, campaign.first_on, campaign.last_on),
            raw_day=day,
            submission="plan",
            normal_name=normalise_activity_name(name, fold),
        )
        for row, (name, day, _, _) in enumerate(ACTIVITIES_BY_HAND, 1)
    ]


def owed(campaign: str) -> list[Expectation]:
    definitions = catalogue.load(campaign)
    activities = planned() if campaign == "binhai-2021" else []
    return expectations(definitions.campaign, definitions.units, activities, definitions.calendar, LONG_AFTER)


ALL = [
    *BY_HAND,
    *(("binhai-2021", "activity-report", period, due) for _, _, period, due in ACTIVITIES_BY_HAND if period is not None and due is not None),
]


@pytest.mark.parametrize(("campaign", "obligation", "period", "due"), ALL)
def test_each_deadline_to_the_second(campaign: str, obligation: str, period: str | None, due: str) -> None:
    due_at = datetime.fromisoformat(due)
    activities = planned() if campaign == "binhai-2021" else []

    def judged(as_of: datetime, received_at: datetime | None = None) -> tuple[str, int | None]:
        one = the(campaign, obligation, period, as_of, received_at, activities)
        assert one.due_at == due_at
        return one.standing, one.late_by_s

    # Nothing came: the sweep at the moment itself calls nobody missing.
    assert judged(due_at - SECOND) == ("not_due", None)
    assert judged(due_at) == ("not_due", None)
    assert judged(due_at + SECOND) == ("missing", None)
    # A report came.
    assert judged(LONG_AFTER, due_at - SECOND) == ("on_time", None)
    assert judged(LONG_AFTER, due_at) == ("on_time", None)
    assert judged(LONG_AFTER, due_at + SECOND) == ("late", 1)


@pytest.mark.parametrize("campaign", ["beipiao-2021", "hainan-2021", "binhai-2021", "heilongjiang-2020", "wulong-2023"])
def test_nothing_is_owed_beside_the_calendar(campaign: str) -> None:
    definitions = catalogue.load(campaign)
    by_hand = {(obligation, period) for code, obligation, period, _ in ALL if code == campaign}
    opened = {(obligation, None) for code, obligation in OPEN if code == campaign}
    for unit in definitions.units:
        mine = {(one.obligation, one.period) for one in owed(campaign) if one.unit == unit.code}
        born = {key for key in by_hand if key[0] == "activity-report"}
        assert mine == (by_hand | opened if unit is definitions.units[0] else (by_hand | opened) - born)


@pytest.mark.parametrize(("campaign", "obligation"), sorted(OPEN))
def test_what_is_open_is_never_due(campaign: str, obligation: str) -> None:
    assert the(campaign, obligation, None, LONG_AFTER, None, []).standing == "not_due"
    late = the(campaign, obligation, None, LONG_AFTER, datetime(2021, 12, 31, tzinfo=UTC), [])
    assert (late.standing, late.due_at, late.late_by_s) == ("not_due", None, None)


@pytest.mark.parametrize("campaign", ["beipiao-2021", "hainan-2021", "binhai-2021", "heilongjiang-2020", "wulong-2023"])
def test_the_scheduler_is_told_each_of_these_moments(campaign: str) -> None:
    definitions = catalogue.load(campaign)
    by_hand = {datetime.fromisoformat(due) for code, _, _, due in BY_HAND if code == campaign}
    assert set(due_moments(definitions.campaign, definitions.calendar)) == by_hand


def test_the_sunday_in_wulong_was_a_working_day_and_the_one_in_beipiao_was_not() -> None:
    calendar = catalogue.load("wulong-2023").calendar
    assert calendar.is_workday(datetime(2023, 6, 25, tzinfo=UTC).date())
    assert not calendar.is_workday(datetime(2021, 12, 26, tzinfo=UTC).date())
