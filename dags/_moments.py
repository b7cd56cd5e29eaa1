"""When a campaign's DAGs run, and which moment a run speaks of. Holds no DAG: the DAG files call it and stay thin."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import pendulum
from airflow.sdk import Connection, Param
from airflow.timetables.events import EventsTimetable

from include import catalogue, settings
from include.catalogue.calendar import lenient
from include.catalogue.library import Library
from include.catalogue.shelf import shelf
from include.domain.campaign import Campaign
from include.domain.deadline import WorkCalendar, due_moments
from include.domain.reminder import rounds
from include.exceptions import BrokenDefinition
from plugins.campaign_hours import CampaignHours

log = logging.getLogger(__name__)

# For runs by hand; empty in scheduled runs.
PARAMS = {
    "as_of": Param(None, type=["null", "string"], title="数据截至 as of", description="ISO 8601；不写时区即活动所在时区 / no zone: the campaign's"),
    "inbox": Param(None, type=["null", "string"], title="收件目录 inbox", description="本活动自己的收件目录 / the campaign's own folder"),
    "out": Param(None, type=["null", "string"], title="输出目录 out", description="工作簿写到哪里 / where the workbooks go"),
}


@dataclass(frozen=True, slots=True)
class Watch:
    """A campaign and the moments (UTC) at which something falls due by its dates and weeks."""

    campaign: Campaign
    due: tuple[datetime, ...]
    calendar: WorkCalendar

    @property
    def code(self) -> str:
        """The campaign's code."""
        return self.campaign.code

    @property
    def begins(self) -> datetime:
        """The midnight that begins the day of issue, or the first day if that is earlier."""
        return _midnight(self.campaign, min(self.campaign.issued_on, self.campaign.first_on))

    @property
    def ends(self) -> datetime:
        """The midnight that ends the last day, or the last deadline if that is later."""
        return max(_midnight(self.campaign, self.campaign.last_on + timedelta(days=1)), *map(pendulum.instance, self.due))

    @property
    def around_the_clock(self) -> CampaignHours:
        """Every 15 minutes, and every 3 minutes in the hour before a deadline, by the campaign's clock and between its dates."""
        hours = {due.astimezone(self.campaign.zone) - timedelta(minutes=back) for due in self.due for back in (1, 60)}
        close = sorted({f"*/3 {hour.hour} {hour.day} {hour.month} *" for hour in hours})
        return CampaignHours("*/15 * * * *", *close, timezone=str(self.campaign.zone), begins=self.begins, ends=self.ends)

    @property
    def deadlines(self) -> EventsTimetable:
        """One sweep a second after each deadline, as a unit is missing only then; none that fell due before this installation watches."""
        since = settings.current().watch_from
        sweeps = [pendulum.instance(due.astimezone(UTC) + timedelta(seconds=1)) for due in self.due if since is None or due >= since]
        return EventsTimetable(sweeps, presorted=True, description=f"{len(sweeps)} deadlines")

    @property
    def rounds(self) -> EventsTimetable:
        """The times of day in working hours at which reminders go out; none before this installation watches."""
        since = settings.current().watch_from
        last = self.ends.in_timezone(self.campaign.zone).date() - timedelta(days=1)
        moments = rounds(self.campaign, self.calendar, max(self.campaign.issued_on, self.campaign.first_on), last)
        looks = [pendulum.instance(moment) for moment in moments if since is None or moment >= since]
        return EventsTimetable(looks, presorted=True, description=f"{len(looks)} rounds of reminders")


def watches() -> Iterator[Watch]:
    """Every campaign that can be read; a broken one is logged and left out, so that it stops no other."""
    calendar = lenient(Library(shelf()).calendar)
    for code in catalogue.campaign_codes():
        try:
            campaign = catalogue.brief(code)
            yield Watch(campaign, due_moments(campaign, calendar), calendar)
        except BrokenDefinition as broken:
            log.error("%s has no DAGs until its definition is mended (baosong check):\n%s", code, broken)


def as_of(context: Any) -> datetime:
    """The moment a run speaks of: the Param, else the logical date, else the newest `as_of` of the asset events, else when the run was due."""
    run = context["dag_run"]
    said = [datetime.fromisoformat(event.extra["as_of"]) for event in _events(context) if "as_of" in event.extra]
    told = stated(context) or run.logical_date or max(said, default=None) or run.run_after
    return datetime.fromisoformat(told.isoformat())


def stated(context: Any) -> datetime | None:
    """The moment that a person stated for this run; None in scheduled runs, which stamp what they saw when they saw it."""
    text = context["params"].get("as_of")
    return parse(text, context["dag"].timezone) if text else None


def parse(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 moment; without a zone it is in `zone`."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def out(context: Any) -> str | None:
    """Where the workbooks go: the Param, else what the asset events hand on, else None (the installation's own folder)."""
    return context["params"].get("out") or next((event.extra["out"] for event in _events(context) if event.extra.get("out")), None)


def storage() -> dict[str, object] | None:
    """Options for a store behind the inbox: the extra of the Airflow connection that BAOSONG_INBOX_CONNECTION names; None where it names none."""
    name = os.environ.get("BAOSONG_INBOX_CONNECTION")
    return Connection.get(name).extra_dejson if name else None


def _events(context: Any) -> list[Any]:
    return [event for events in context["triggering_asset_events"].values() for event in events]


def _midnight(campaign: Campaign, day: Any) -> datetime:
    return pendulum.instance(datetime.combine(day, time(), campaign.zone))
