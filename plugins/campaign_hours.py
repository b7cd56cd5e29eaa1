"""A timetable with an end: `MultipleCronTriggerTimetable` between two moments.

A DAG's own `end_date` would do for the schedule, but it also empties every run by hand with a later logical date, and Airflow's form puts
today into it: a run of a finished campaign would do nothing, and say so to nobody.
"""

from __future__ import annotations

import datetime
from typing import Any

import pendulum
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.trigger import MultipleCronTriggerTimetable


class CampaignHours(MultipleCronTriggerTimetable):
    """Runs whenever one of the cron expressions says so, from `begins` to `ends` (both included)."""

    # Airflow loads this file as `campaign_hours`, DAG files import it as `plugins.campaign_hours`: one name for both.
    __module__ = "plugins.campaign_hours"

    def __init__(self, *crons: str, timezone: Any, begins: datetime.datetime, ends: datetime.datetime, **rest: Any) -> None:
        super().__init__(*crons, timezone=timezone, **rest)
        self.begins = pendulum.instance(begins)
        self.ends = pendulum.instance(ends)

    def next_dagrun_info(self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction) -> DagRunInfo | None:
        """The next run within the restriction and between the two moments; None when there is none left."""
        bounded = TimeRestriction(
            earliest=max(self.begins, restriction.earliest or self.begins),
            latest=min(self.ends, restriction.latest or self.ends),
            catchup=restriction.catchup,
        )
        info = super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=bounded)
        return info if info is None or info.run_after <= self.ends else None

    def serialize(self) -> dict[str, Any]:
        """The cron expressions and the two moments."""
        return {**super().serialize(), "begins": self.begins.isoformat(), "ends": self.ends.isoformat()}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CampaignHours:
        """The timetable again."""
        from airflow._shared.timezones.timezone import parse_timezone
        from airflow.serialization.decoders import decode_interval, decode_run_immediately

        return cls(
            *data["expressions"],
            timezone=parse_timezone(data["timezone"]),
            interval=decode_interval(data["interval"]),
            run_immediately=decode_run_immediately(data["run_immediately"]),
            begins=pendulum.parse(data["begins"]),
            ends=pendulum.parse(data["ends"]),
        )


class CampaignHoursPlugin(AirflowPlugin):
    """Makes the timetable known to the scheduler, found in the plugins folder and where the project is installed; Airflow wants a name for each."""

    name = __name__
    timetables = [CampaignHours]  # noqa: RUF012 (Airflow's own way)
