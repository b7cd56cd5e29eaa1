"""Submissions: receipts put to expectations, and which of them is current."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Row, and_, bindparam, func, select, type_coerce, update
from sqlalchemy.engine import Connection

from include.domain.receipt import State, Submission
from include.warehouse import bulk, earlier
from include.warehouse.tables import Instant, decision, receipt
from include.warehouse.tables import submission as table

_COLUMNS = (
    "submission",
    "campaign_code",
    "receipt_number",
    "unit_code",
    "obligation_code",
    "period",
    "part",
    "form_code",
    "form_version",
    "received_at",
    "recorded_at",
    "told_at",
    "state",
    "found_state",
    "worst",
    "findings",
    "is_nil",
    "is_explained",
    "is_current",
    "by_hand",
    "repeats",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A submission with what only the warehouse knows: the form it was read as, its state after decisions, whether it is current, its file.

    `repeats` is the earlier submission of the same bytes, None for all others.
    """

    submission: Submission
    form: str
    form_version: int
    state_now: State
    is_current: bool
    path: str
    repeats: str | None = None


def insert(connection: Connection, campaign: str, rows: Iterable[tuple[Submission, str, int]], repeats: Mapping[str, str] | None = None) -> int:
    """Append (submission, form code, form version), none of them current yet; return how many.

    `repeats` names, by id, the earlier submission whose bytes a submission has.
    """
    earlier = repeats or {}
    return bulk.load(
        connection,
        table,
        _COLUMNS,
        (
            (
                one.id,
                campaign,
                one.receipt_number,
                one.unit,
                one.obligation,
                one.period or "",
                one.part,
                form,
                version,
                one.received_at,
                one.recorded_at,
                one.told_at or one.recorded_at,
                one.state,
                one.state,
                one.worst,
                one.findings,
                one.is_nil,
                one.is_explained,
                False,
                one.by_hand,
                earlier.get(one.id),
            )
            for one, form, version in rows
        ),
    )


_RECEIPT = and_(receipt.c.campaign_code == table.c.campaign_code, receipt.c.number == table.c.receipt_number)
# Outer, though a submission always has its receipt: so that no planner begins with the receipts.
_SELECT = select(table, receipt.c.sha256, receipt.c.path).join(receipt, _RECEIPT, isouter=True)


def _submission(row: Row[Any]) -> Submission:
    return Submission(
        id=row.submission,
        receipt_number=row.receipt_number,
        unit=row.unit_code,
        obligation=row.obligation_code,
        period=row.period or None,
        received_at=row.received_at,
        recorded_at=row.recorded_at,
        state=row.found_state,
        worst=row.worst,
        findings=row.findings,
        part=row.part,
        sha256=row.sha256,
        is_nil=row.is_nil,
        is_explained=row.is_explained,
        by_hand=row.by_hand,
        told_at=row.told_at,
    )


def _stored(row: Row[Any]) -> Stored:
    return Stored(
        submission=_submission(row),
        form=row.form_code,
        form_version=row.form_version,
        state_now=row.state,
        is_current=row.is_current,
        path=row.path,
        repeats=row.repeats,
    )


def submissions(connection: Connection, campaign: str, known_at: datetime | None = None) -> tuple[Submission, ...]:
    """Every submission recorded by `known_at` (None: all), in no order and without their SHA-256, as verdicts ask for neither.

    One that only repeats an earlier one's bytes changes nothing, and is left out. What was read again since is as it was found before. Their
    `state` is the one merge found; what a decision did to it follows from the decisions in force at the moment judged, so it is not in here.
    """
    # Judging asks for all of a campaign, half a million of them: no join, no row objects, no conversion of moments that the driver gives as wanted.
    is_plain = connection.dialect.name == "postgresql"
    columns = [type_coerce(column, DateTime(timezone=True)) if is_plain and isinstance(column.type, Instant) else column for column in _JUDGED]
    query = select(*columns).where(table.c.campaign_code == campaign, table.c.repeats.is_(None))
    if known_at is not None:
        query = query.where(table.c.recorded_at <= known_at)
    then = earlier.in_force(connection, campaign, known_at) if known_at is not None else {}
    found = []
    for some in connection.execute(query, execution_options={"yield_per": 20_000}).partitions():
        for name, number, unit, obligation, period, received_at, recorded_at, state, worst, count, part, is_nil, explained, by_hand, told_at in some:
            one = Submission(
                id=name,
                receipt_number=number,
                unit=unit,
                obligation=obligation,
                period=period or None,
                received_at=received_at,
                recorded_at=recorded_at,
                state=state,
                worst=worst,
                findings=count,
                part=part,
                is_nil=is_nil,
                is_explained=explained,
                by_hand=by_hand,
                told_at=told_at,
            )
            found.append(_as_found(one, then[name]) if name in then else one)
    return tuple(found)


_JUDGED = (
    table.c.submission,
    table.c.receipt_number,
    table.c.unit_code,
    table.c.obligation_code,
    table.c.period,
    table.c.received_at,
    table.c.recorded_at,
    table.c.found_state,
    table.c.worst,
    table.c.findings,
    table.c.part,
    table.c.is_nil,
    table.c.is_explained,
    table.c.by_hand,
    table.c.told_at,
)


def _as_found(one: Submission, then: earlier.Verdict) -> Submission:
    """A submission as it was before its file was read again."""
    return replace(
        one,
        state=then.state,
        worst=then.worst,
        findings=then.findings,
        is_nil=then.is_nil,
        is_explained=then.worst == "warning" and all(each.explanation for each in then.told if each.severity == "warning"),
        told_at=then.told_at,
    )


def stored(connection: Connection, campaign: str, *, units: Iterable[str] | None = None, ids: Iterable[str] | None = None) -> tuple[Stored, ...]:
    """Submissions with their state as it is now, in the order of receipts: all, those of some units, or those of some ids."""
    query = _SELECT.where(table.c.campaign_code == campaign).order_by(table.c.receipt_number, table.c.submission)
    column, wanted = (table.c.unit_code, units) if units is not None else (table.c.submission, ids)
    if wanted is None:
        return tuple(_stored(row) for row in connection.execute(query, execution_options={"yield_per": 2000}))
    found = [_stored(row) for some in bulk.chunks(sorted(set(wanted))) for row in connection.execute(query.where(column.in_(some)))]
    return tuple(sorted(found, key=lambda one: (one.submission.receipt_number, one.submission.id)))


def ids(connection: Connection, campaign: str) -> tuple[str, ...]:
    """The ids of all submissions, in order."""
    return tuple(connection.execute(select(table.c.submission).where(table.c.campaign_code == campaign).order_by(table.c.submission)).scalars())


def of_receipt(connection: Connection, campaign: str, number: int) -> tuple[Stored, ...]:
    """The submissions a receipt was put to."""
    query = _SELECT.where(table.c.campaign_code == campaign, table.c.receipt_number == number).order_by(table.c.submission)
    return tuple(_stored(row) for row in connection.execute(query))


def of_receipts(connection: Connection, campaign: str, numbers: Iterable[int]) -> dict[int, tuple[Stored, ...]]:
    """The submissions that receipts were put to, by receipt; an unplaced one is left out."""
    found: dict[int, tuple[Stored, ...]] = {}
    for some in bulk.chunks(sorted(set(numbers))):
        query = _SELECT.where(table.c.campaign_code == campaign, table.c.receipt_number.in_(some))
        for row in connection.execute(query.order_by(table.c.receipt_number, table.c.submission)):
            found[row.receipt_number] = (*found.get(row.receipt_number, ()), _stored(row))
    return found


def set_state(connection: Connection, submission: str, state: State) -> None:
    """Say how a submission stands after a decision; what merge found is kept beside it."""
    connection.execute(update(table).where(table.c.submission == submission).values(state=state))


def set_found(connection: Connection, one: Stored) -> None:
    """Say what was found of a submission when its file was read again, and how it stands with the decisions on it (`state_now`)."""
    its = one.submission
    values = {"form_code": one.form, "form_version": one.form_version, "found_state": its.state, "state": one.state_now, "worst": its.worst}
    values |= {"findings": its.findings, "is_nil": its.is_nil, "is_explained": its.is_explained, "told_at": its.told_at}
    connection.execute(update(table).where(table.c.submission == its.id).values(**values))


def set_current(connection: Connection, campaign: str, units: Sequence[str] | None, current: Iterable[str]) -> set[str]:
    """Make exactly the submissions `current` the current ones of those units (None: of all); return the ids of those that changed."""
    wanted = set(current)
    before: set[str] = set()
    query = select(table.c.submission).where(table.c.campaign_code == campaign, table.c.is_current)
    if units is None:
        before.update(connection.execute(query).scalars())
    else:
        for some in bulk.chunks(sorted(set(units))):
            before.update(connection.execute(query.where(table.c.unit_code.in_(some))).scalars())
    for names, flag in ((before - wanted, False), (wanted - before, True)):
        if names:
            setting = update(table).where(table.c.submission == bindparam("name")).values(is_current=flag)
            connection.execute(setting, [{"name": name} for name in sorted(names)])
    return before ^ wanted


def shas(connection: Connection, campaign: str, wanted: Iterable[str]) -> dict[str, tuple[Stored, ...]]:
    """Earlier submissions of the same bytes, by SHA-256, in the order of receipts; repetitions left out."""
    found: dict[str, list[Stored]] = {}
    for some in bulk.chunks(sorted(set(wanted))):
        query = select(table, receipt.c.sha256, receipt.c.path).join(receipt, _RECEIPT)
        query = query.where(table.c.campaign_code == campaign, receipt.c.sha256.in_(some), table.c.repeats.is_(None))
        for row in connection.execute(query.order_by(table.c.receipt_number, table.c.submission)):
            found.setdefault(row.sha256, []).append(_stored(row))
    return {sha256: tuple(some) for sha256, some in found.items()}


def not_before(connection: Connection, campaign: str, now: datetime) -> datetime:
    """The moment to record something at: now, but never before what is recorded, as a clock set back would slip it into what was known by then."""
    newest: list[datetime | None] = [
        connection.execute(select(func.max(one.c.recorded_at, type_=one.c.recorded_at.type)).where(one.c.campaign_code == campaign)).scalar()
        for one in (table, decision)
    ]
    return max([now, *(moment for moment in newest if moment is not None)])


def count(connection: Connection, campaign: str) -> int:
    """How many submissions the campaign has."""
    return connection.execute(select(func.count()).where(table.c.campaign_code == campaign)).scalar_one()
