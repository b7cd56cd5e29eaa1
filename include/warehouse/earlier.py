"""What files were read as, and what was found of their submissions, before they were read again: kept beside what is in force now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.engine import Connection

from include.domain.finding import Finding, Severity
from include.domain.reading import Answer
from include.domain.receipt import State
from include.warehouse import bulk, said
from include.warehouse.tables import earlier_reading, earlier_verdict, reading

_READING = ("campaign_code", "receipt_number", "form_code", "form_version", "read_at", "said", "checked")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAs:
    """That a receipt's file was read as one version of a form, from `read_at` until `until_at` (None: it is what is in force)."""

    receipt_number: int
    form: str
    form_version: int
    read_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of a submission until its file was read again at `until_at`. `state` is the one before any decision."""

    submission: str
    until_at: datetime
    form: str
    form_version: int
    state: State
    worst: Severity | None
    findings: int
    is_nil: bool
    told_at: datetime
    answers: tuple[Answer, ...] = ()
    told: tuple[Finding, ...] = ()


def set_readings_aside(connection: Connection, campaign: str, numbers: Iterable[int], at: datetime) -> None:
    """Put the readings of those receipts away as the earlier ones, in force until `at`; new ones can be stored then."""
    for some in bulk.chunks(sorted(set(numbers))):
        mine = reading.c.campaign_code == campaign, reading.c.receipt_number.in_(some)
        kept = select(*(reading.c[name] for name in _READING), literal(at, earlier_reading.c.until_at.type)).where(*mine)
        connection.execute(insert(earlier_reading).from_select([*_READING, "until_at"], kept))
        connection.execute(delete(reading).where(*mine))


def readings(connection: Connection, campaign: str, numbers: Iterable[int]) -> dict[int, tuple[ReadAs, ...]]:
    """As what those receipts were read, those read once left out: in the order of time, what is in force last."""
    found: dict[int, list[ReadAs]] = {}
    for some in bulk.chunks(sorted(set(numbers))):
        old = select(earlier_reading).where(earlier_reading.c.campaign_code == campaign, earlier_reading.c.receipt_number.in_(some))
        for row in connection.execute(old.order_by(earlier_reading.c.receipt_number, earlier_reading.c.until_at, earlier_reading.c.form_code)):
            found.setdefault(row.receipt_number, []).append(
                ReadAs(
                    receipt_number=row.receipt_number, form=row.form_code, form_version=row.form_version, read_at=row.read_at, until_at=row.until_at
                )
            )
    columns = (reading.c.receipt_number, reading.c.form_code, reading.c.form_version, reading.c.read_at)
    for some in bulk.chunks(sorted(found)):
        now = select(*columns).where(reading.c.campaign_code == campaign, reading.c.receipt_number.in_(some))
        for number, form, version, read_at in connection.execute(now.order_by(reading.c.receipt_number, reading.c.form_code)):
            found[number].append(ReadAs(receipt_number=number, form=form, form_version=version, read_at=read_at))
    return {number: tuple(them) for number, them in found.items()}


def keep(connection: Connection, campaign: str, verdicts: Sequence[Verdict]) -> None:
    """Keep what was found of submissions until now."""
    if verdicts:
        rows = [
            {
                "campaign_code": campaign,
                "submission": one.submission,
                "until_at": one.until_at,
                "form_code": one.form,
                "form_version": one.form_version,
                "found_state": one.state,
                "worst": one.worst,
                "findings": one.findings,
                "is_nil": one.is_nil,
                "told_at": one.told_at,
                "answers": said.encode(one.answers),
                "told": said.encode(one.told),
            }
            for one in verdicts
        ]
        connection.execute(insert(earlier_verdict), rows)


def verdicts(connection: Connection, campaign: str) -> dict[str, tuple[Verdict, ...]]:
    """All that was found of submissions before they were read again, by submission, in the order of time."""
    query = select(earlier_verdict).where(earlier_verdict.c.campaign_code == campaign)
    found: dict[str, tuple[Verdict, ...]] = {}
    for row in connection.execute(query.order_by(earlier_verdict.c.submission, earlier_verdict.c.until_at)):
        one = Verdict(
            submission=row.submission,
            until_at=row.until_at,
            form=row.form_code,
            form_version=row.form_version,
            state=row.found_state,
            worst=row.worst,
            findings=row.findings,
            is_nil=row.is_nil,
            told_at=row.told_at,
            answers=said.answers(row.answers),
            told=said.findings(row.told),
        )
        found[one.submission] = (*found.get(one.submission, ()), one)
    return found


def in_force(connection: Connection, campaign: str, known_at: datetime) -> Mapping[str, Verdict]:
    """What was known at a moment of the submissions read again since, by submission; empty for the present."""
    since = select(earlier_verdict.c.submission).where(earlier_verdict.c.campaign_code == campaign, earlier_verdict.c.until_at > known_at).limit(1)
    if connection.execute(since).first() is None:
        return {}
    return {
        name: next(one for one in them if one.until_at > known_at)
        for name, them in verdicts(connection, campaign).items()
        if them[-1].until_at > known_at
    }
