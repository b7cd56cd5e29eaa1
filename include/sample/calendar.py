"""What the five notices ask for and until when, typed from the notices by hand.

These moments are not computed: they are the truth that the pipeline's own calendar is held against. A date-only deadline is met until 24:00 of the
day, so its moment is 00:00 of the next.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
What = Literal["form", "document", "materials"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One obligation of a notice: its due moments by period (None for a single report), or none at all while it is open.

    `title` is what people write on the file; `after` names the plan from which the periods come (binhai's activity reports).
    """

    obligation: str
    what: What
    title: str
    form: str = ""
    due: tuple[tuple[str | None, datetime], ...] = ()
    many: bool = False
    after: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is never due."""
        return not self.due and not self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One campaign's calendar: issued, what is asked for, and the moment as of which the truth is told."""

    campaign: str
    issued_at: datetime
    as_of: datetime
    asked: tuple[Asked, ...]


def _at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def _once(due_at: datetime) -> tuple[tuple[str | None, datetime], ...]:
    return ((None, due_at),)


BEIPIAO = Notice(
    campaign="beipiao-2021",
    issued_at=_at(2021, 6, 4, 9),
    as_of=_at(2021, 12, 27, 12),
    asked=(
        Asked(obligation="liaison", what="form", form="liaison", title="联络员推荐表", due=_once(_at(2021, 6, 8))),
        Asked(
            obligation="weekly",
            what="materials",
            title="好的做法、特色项目和重要事项",
            many=True,
            due=(
                ("2021-06-10", _at(2021, 6, 10, 16)),
                ("2021-06-17", _at(2021, 6, 17, 16)),
                ("2021-06-24", _at(2021, 6, 24, 16)),
            ),
        ),
        Asked(obligation="month-summary", what="document", title="安全生产月活动总结报告", due=_once(_at(2021, 6, 24))),
        Asked(
            obligation="month-statistics", what="form", form="statistics-beipiao", title="安全生产月活动进展情况统计表", due=_once(_at(2021, 6, 24))
        ),
        Asked(obligation="chaoyang-summary", what="document", title="安全生产朝阳行活动总结", due=_once(_at(2021, 12, 27))),
        Asked(
            obligation="chaoyang-statistics", what="form", form="statistics-beipiao", title="安全生产朝阳行活动统计表", due=_once(_at(2021, 12, 27))
        ),
    ),
)

HAINAN = Notice(
    campaign="hainan-2021",
    issued_at=_at(2021, 5, 26, 9),
    as_of=_at(2021, 6, 29, 12),
    asked=(
        Asked(obligation="liaison", what="form", form="liaison", title="联络员名单", due=_once(_at(2021, 6, 2))),
        Asked(obligation="plan", what="document", title="安全生产月活动方案", due=_once(_at(2021, 6, 2))),
        Asked(
            obligation="weekly",
            what="materials",
            title="本周活动好的做法",
            many=True,
            due=(
                ("2021-06-03", _at(2021, 6, 3, 15)),
                ("2021-06-10", _at(2021, 6, 10, 15)),
                ("2021-06-17", _at(2021, 6, 17, 15)),
                ("2021-06-24", _at(2021, 6, 24, 15)),
            ),
        ),
        Asked(
            obligation="covert-inspection",
            what="form",
            form="covert-inspection",
            title="暗访行动情况统计表",
            due=(
                ("2021-06-03", _at(2021, 6, 3, 15)),
                ("2021-06-10", _at(2021, 6, 10, 15)),
                ("2021-06-17", _at(2021, 6, 17, 15)),
                ("2021-06-24", _at(2021, 6, 24, 15)),
            ),
        ),
        Asked(obligation="summary", what="document", title="安全生产月活动总结报告", due=_once(_at(2021, 6, 29))),
    ),
)

BINHAI = Notice(
    campaign="binhai-2021",
    issued_at=_at(2021, 5, 31, 9),
    as_of=_at(2021, 6, 29, 12),
    asked=(
        Asked(obligation="liaison", what="form", form="liaison", title="联络员表", due=_once(_at(2021, 6, 4))),
        Asked(obligation="activity-plan", what="form", form="activity-plan", title="重点活动计划安排表", due=_once(_at(2021, 6, 4))),
        Asked(obligation="scheme", what="document", title="安全生产月活动方案", due=_once(_at(2021, 6, 9))),
        Asked(obligation="activity-report", what="materials", title="重点活动做法", many=True, after="activity-plan"),
        Asked(obligation="materials", what="materials", title="活动期间图文资料", many=True),
        Asked(obligation="summary", what="document", title="安全生产月活动综合情况", due=_once(_at(2021, 6, 29))),
        Asked(obligation="statistics", what="form", form="statistics-binhai", title="活动进展情况统计表", due=_once(_at(2021, 6, 29))),
    ),
)

HEILONGJIANG = Notice(
    campaign="heilongjiang-2020",
    issued_at=_at(2020, 5, 22, 9),
    as_of=_at(2020, 7, 4, 12),
    asked=(
        Asked(obligation="liaison", what="form", form="liaison", title="联络员推荐表", due=_once(_at(2020, 5, 30))),
        Asked(obligation="materials", what="materials", title="活动期间电子版资料", many=True),
        Asked(obligation="summary", what="document", title="活动综合情况", due=_once(_at(2020, 7, 4))),
        Asked(
            obligation="statistics", what="form", form="statistics-heilongjiang", title="安全生产月和龙江行进展情况统计表", due=_once(_at(2020, 7, 4))
        ),
    ),
)

WULONG = Notice(
    campaign="wulong-2023",
    issued_at=_at(2023, 6, 1, 9),
    as_of=_at(2023, 6, 26, 12),
    asked=(Asked(obligation="summary", what="document", title="安全生产月和安全生产万里行活动总结", due=_once(_at(2023, 6, 26))),),
)

NOTICES = (BEIPIAO, HAINAN, BINHAI, HEILONGJIANG, WULONG)


def activity_due_at(ends_on: date) -> datetime:
    """Within three days after the activity: the day after is day 1, until 24:00 of day 3, which is 00:00 of day 4."""
    day = ends_on + timedelta(days=4)
    return _at(day.year, day.month, day.day)


# Around the deadlines: the days off of the Dragon Boat Festival, and the weekend days worked instead.
_RESTS = {date(2020, 6, 25), date(2020, 6, 26), date(2021, 6, 14), date(2023, 6, 22), date(2023, 6, 23)}
_WORKED = {date(2020, 6, 28), date(2023, 6, 25)}


def grace_ends_at(returned_at: datetime) -> datetime:
    """A returned report may be mended until 24:00 of the next working day."""
    day = returned_at.astimezone(CHINA).date() + timedelta(days=1)
    while day in _RESTS or (day.weekday() >= 5 and day not in _WORKED):
        day += timedelta(days=1)
    day += timedelta(days=1)
    return _at(day.year, day.month, day.day)
