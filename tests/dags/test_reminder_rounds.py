"""Reminders go out in the campaign's working hours, by the report's DAG."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.catalogue import brief, campaign_codes, work_calendar

CHINA = ZoneInfo("Asia/Shanghai")


def rounds(dag: Any) -> list[datetime]:
    return [datetime.fromisoformat(moment.isoformat()).astimezone(CHINA) for moment in dag.timetable.timetable.event_dates]


def test_the_report_looks_for_reminders_four_times_on_every_working_day(scheduled: Any) -> None:
    found = rounds(scheduled["beipiao-2021.report"])
    assert [f"{moment:%m-%d %H:%M}" for moment in found[:5]] == ["06-04 09:00", "06-04 11:00", "06-04 14:30", "06-04 16:30", "06-07 09:00"]
    assert not {moment.date() for moment in found if not work_calendar().is_workday(moment.date())}


@pytest.mark.parametrize("code", campaign_codes())
def test_rounds_lie_within_the_campaign_and_are_never_caught_up(scheduled: Any, code: str) -> None:
    from airflow.timetables.base import TimeRestriction

    dag, campaign = scheduled[f"{code}.report"], brief(code)
    days = [moment.date() for moment in rounds(dag)]
    assert campaign.issued_on <= days[0]
    assert days[-1] <= campaign.last_on
    assert not dag.catchup
    # Our five campaigns lie in the past: nothing of theirs is due any more.
    restriction = TimeRestriction(dag.start_date, dag.end_date, catchup=dag.catchup)
    assert dag.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction) is None


def test_an_installation_reminds_of_nothing_before_it_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    from dags import _moments

    monkeypatch.setenv("BAOSONG_WATCH_FROM", "2021-12-31T12:00:00+08:00")
    watch = next(watch for watch in _moments.watches() if watch.code == "beipiao-2021")
    found = [f"{moment.in_timezone('Asia/Shanghai'):%m-%d %H:%M}" for moment in watch.rounds.event_dates]
    assert found[:2] == ["12-31 14:30", "12-31 16:30"]


def test_reminders_follow_the_workbooks_and_go_out_by_the_clock_alone_too(bag: Any) -> None:
    for code in campaign_codes():
        dag = bag.dags[f"{code}.report"]
        assert [task.task_id for task in dag.get_task("report").downstream_list] == ["remind"]
        assert dag.get_task("remind").trigger_rule == "none_failed"
