"""Activities from accepted plans: what each unit's plan said, version after version."""

from collections.abc import Sequence
from datetime import date, datetime

from include.catalogue.wording import fold
from include.domain.activity_day import activity_ends_on
from include.domain.campaign import AfterActivity, Campaign, Obligation
from include.domain.decision import Decision
from include.domain.expectation import Activity
from include.domain.placing import normalise_activity_name
from include.domain.reading import Answer
from include.domain.receipt import Submission
from include.domain.standing import accepted_in_order
from include.warehouse import answers
from include.warehouse.database import Connection


def activities_of(
    connection: Connection, campaign: Campaign, received: Sequence[Submission], decided: Sequence[Decision], as_of: datetime, known_at: datetime
) -> tuple[Activity, ...]:
    """Return the activities of every plan that obligations are born from, those that a corrected plan dropped included; dated or not."""
    found: list[Activity] = []
    for plan, name_item, date_item in sorted({(rule.plan, rule.name_item, rule.date_item) for one in campaign.reports() for rule in _born_by(one)}):
        versions = accepted_in_order(campaign, plan, received, decided, as_of, known_at)
        said = answers.answers_of(connection, (one.id for group in versions.values() for one in group), campaign=campaign.code, known_at=known_at)
        for unit, group in sorted(versions.items()):
            rows = [(one, _rows(campaign, unit, plan, one.id, said.get(one.id, ()), name_item, date_item)) for one in group]
            found += _through(rows)
    return tuple(found)


def _born_by(obligation: Obligation) -> list[AfterActivity]:
    rules = [obligation.due, *(level.due for level in obligation.levels)]
    for amendment in obligation.amendments:
        rules += [amendment.due, *(level.due for level in amendment.levels)]
    return [rule for rule in rules if isinstance(rule, AfterActivity)]


_Row = tuple[str, date | None]


def _rows(campaign: Campaign, unit: str, plan: str, submission: str, said: Sequence[Answer], name_item: str, date_item: str) -> dict[_Row, Activity]:
    """The rows of one version of a plan by name and day; a row with neither is none, one without a name is called by its number."""
    cells: dict[int, dict[str, Answer]] = {}
    for answer in said:
        if answer.item in (name_item, date_item):
            cells.setdefault(answer.row or 1, {})[answer.item] = answer
    found: dict[_Row, Activity] = {}
    for row, of_row in sorted(cells.items()):
        name, day = _text(of_row.get(name_item)), _text(of_row.get(date_item))
        if not name and not day:
            continue
        name = name or f"第{row}行"
        ends_on = activity_ends_on(day, campaign.first_on, campaign.last_on)
        normal = normalise_activity_name(name, fold)
        one = Activity(unit=unit, plan=plan, row=row, name=name, ends_on=ends_on, raw_day=day, submission=submission, normal_name=normal)
        found.setdefault((normal, ends_on), one)
    return found


def _text(answer: Answer | None) -> str:
    return "" if answer is None or answer.value is None else str(answer.value).strip()


def _through(versions: Sequence[tuple[Submission, dict[_Row, Activity]]]) -> list[Activity]:
    """Each row over all versions: since when it stood in the plan, and until when."""
    found: list[Activity] = []
    standing: dict[_Row, tuple[Activity, datetime]] = {}
    for submission, rows in versions:
        for key in [key for key in standing if key not in rows]:
            one, since = standing.pop(key)
            found.append(_spanning(one, since, submission.received_at))
        for key, one in rows.items():
            since = standing[key][1] if key in standing else submission.received_at
            standing[key] = (one, since)
    return [*found, *(_spanning(one, since, None) for one, since in standing.values())]


def _spanning(one: Activity, since: datetime, until: datetime | None) -> Activity:
    return Activity(
        unit=one.unit,
        plan=one.plan,
        row=one.row,
        name=one.name,
        ends_on=one.ends_on,
        raw_day=one.raw_day,
        submission=one.submission,
        normal_name=one.normal_name,
        known_from=since,
        known_until=until,
    )
