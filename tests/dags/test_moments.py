"""When things run: within the campaign's dates, closer together near a deadline, a second after it; and which moment a run speaks of."""

from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest

from include.catalogue import brief, campaign_codes

CHINA = ZoneInfo("Asia/Shanghai")


def china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)


def runs_after(dag: Any, moment: datetime | None, count: int) -> list[datetime]:
    """The next runs that the scheduler would create after a moment (None: from the beginning), by the DAG's own dates, as if it had never stopped."""
    from airflow.timetables.base import DataInterval, TimeRestriction

    restriction = TimeRestriction(dag.start_date, dag.end_date, catchup=True)
    found: list[datetime] = []
    while len(found) < count:
        last = moment and DataInterval.exact(pendulum.instance(moment))
        info = dag.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if info is None:
            break
        assert info.logical_date == info.run_after
        moment = datetime.fromisoformat(info.run_after.isoformat())
        found.append(moment)
    return found


def sweeps(dag: Any) -> list[datetime]:
    return runs_after(dag, None, 100)


BEIPIAO = [
    china(2021, 6, 8),
    china(2021, 6, 10, 16),
    china(2021, 6, 17, 16),
    china(2021, 6, 24),
    china(2021, 6, 24, 16),
    china(2021, 12, 27),
]


def test_beipiao_is_judged_a_second_after_each_deadline_of_its_notice(scheduled: Any) -> None:
    assert [moment - timedelta(seconds=1) for moment in sweeps(scheduled["beipiao-2021.judge"])] == BEIPIAO


def test_a_deadline_missed_while_the_scheduler_was_down_is_caught_up_in_order(scheduled: Any) -> None:
    judge = scheduled["beipiao-2021.judge"]
    assert judge.catchup
    # As the scheduler counts after a long stop: the last run it made was that of 10 June.
    assert runs_after(judge, BEIPIAO[1] + timedelta(seconds=1), 2) == [moment + timedelta(seconds=1) for moment in BEIPIAO[2:4]]


def test_an_installation_does_not_catch_up_what_fell_due_before_it_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    from dags import _moments

    monkeypatch.setenv("BAOSONG_WATCH_FROM", "2021-06-17T16:00:00+08:00")
    watch = next(watch for watch in _moments.watches() if watch.code == "beipiao-2021")
    assert [moment - timedelta(seconds=1) for moment in watch.deadlines.event_dates] == BEIPIAO[2:]


@pytest.mark.parametrize("code", campaign_codes())
def test_nothing_runs_outside_the_campaigns_dates(scheduled: Any, code: str) -> None:
    campaign = brief(code)
    begins = datetime.combine(min(campaign.issued_on, campaign.first_on), datetime.min.time(), CHINA)
    ends = datetime.combine(campaign.last_on + timedelta(days=1), datetime.min.time(), CHINA)
    intake = scheduled[f"{code}.intake"]
    assert runs_after(intake, None, 3) == [begins, begins + timedelta(minutes=15), begins + timedelta(minutes=30)]
    assert runs_after(intake, ends - timedelta(hours=1), 10)[-1] == ends
    assert runs_after(intake, ends, 1) == []
    assert not intake.catchup
    # A DAG's own end would empty every run by hand whose logical date is today.
    assert intake.end_date is None
    assert all(begins < moment <= ends + timedelta(seconds=1) for moment in sweeps(scheduled[f"{code}.judge"]))


def test_intake_comes_closer_together_in_the_hour_before_a_deadline(scheduled: Any) -> None:
    runs = runs_after(scheduled["beipiao-2021.intake"], china(2021, 6, 10, 14) - timedelta(seconds=1), 30)
    hours = Counter(moment.astimezone(CHINA).hour for moment in runs)
    assert (hours[14], hours[15]) == (4, 20)
    assert runs[24:26] == [china(2021, 6, 10, 16), china(2021, 6, 10, 16, 15)]


def test_the_hour_before_midnight_belongs_to_a_deadline_without_a_time(scheduled: Any) -> None:
    runs = runs_after(scheduled["beipiao-2021.intake"], china(2021, 6, 23, 23) - timedelta(seconds=1), 21)
    assert runs[19:] == [china(2021, 6, 23, 23, 57), china(2021, 6, 24)]


def test_the_judge_listens_to_the_ledger_and_the_report_to_the_standings(scheduled: Any) -> None:
    for code in campaign_codes():
        for stage, asset in (("judge", "ledger"), ("report", "standings")):
            heard = [one.uri for _, one in scheduled[f"{code}.{stage}"].timetable.asset_condition.iter_assets()]
            assert heard == [f"baosong://{code}/{asset}"]


def context(*, as_of: str | None = None, logical_date: datetime | None = None, extras: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "params": {"as_of": as_of, "inbox": None, "out": None},
        "dag": SimpleNamespace(timezone=CHINA),
        "dag_run": SimpleNamespace(logical_date=logical_date, run_after=china(2021, 6, 30, 9)),
        "triggering_asset_events": {"ledger": [SimpleNamespace(extra=extra) for extra in extras]},
    }


EXTRAS = ({"as_of": "2021-06-24T10:00:00+08:00", "out": "/out"}, {"as_of": "2021-06-24T12:00:00+08:00", "out": None})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (context(as_of="2021-06-10T16:00:01+08:00", logical_date=china(2021, 6, 11), extras=EXTRAS), china(2021, 6, 10, 16, 0, 1)),
        (context(as_of="2021-06-10", logical_date=china(2021, 6, 11)), china(2021, 6, 10)),
        (context(logical_date=china(2021, 6, 11), extras=EXTRAS), china(2021, 6, 11)),
        (context(extras=EXTRAS), china(2021, 6, 24, 12)),
        (context(extras=({},)), china(2021, 6, 30, 9)),
        (context(), china(2021, 6, 30, 9)),
    ],
    ids=[
        "param first",
        "a day without a zone is the campaign's",
        "then the logical date",
        "then the newest asset event",
        "an event without",
        "then when it was due",
    ],
)
def test_a_run_speaks_of_one_moment(given: dict[str, Any], expected: datetime) -> None:
    from dags import _moments

    assert _moments.as_of(given) == expected
    assert _moments.as_of(given).tzinfo is not None


def test_only_a_person_states_a_clock_for_receipts() -> None:
    from dags import _moments

    assert _moments.stated(context(logical_date=china(2021, 6, 11), extras=EXTRAS)) is None
    assert _moments.stated(context(as_of="2021-06-10T12:00")) == china(2021, 6, 10, 12)


def test_where_the_workbooks_go_is_handed_on_with_the_event() -> None:
    from dags import _moments

    assert _moments.out(context(extras=EXTRAS)) == "/out"
    assert _moments.out(context()) is None
