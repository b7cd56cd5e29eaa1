"""Reminders sent: each step towards a unit once per recipient and channel, claimed before it is sent and settled after.

A claim that was never settled belongs to a run that died while sending: nobody knows whether the message arrived, so it is told to people and not
sent again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Update, and_, bindparam, func, insert, select, update
from sqlalchemy.engine import Connection

from include.domain.reminder import Key
from include.warehouse import bulk
from include.warehouse.database import hold
from include.warehouse.tables import reminder as table

State = Literal["sending", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One step as recorded for one recipient on one channel."""

    channel: str
    recipient: str
    key: Key
    state: State
    as_of: datetime
    recorded_at: datetime
    attempts: int
    detail: str


def taken(connection: Connection, campaign: str) -> dict[Key, datetime]:
    """When each step was first taken, on whatever channel and towards whomever, as the moment that the reminder spoke of."""
    step = (table.c.unit_code, table.c.obligation_code, table.c.period, table.c.due_at, table.c.step)
    query = (
        select(*step, func.min(table.c.as_of_at, type_=table.c.as_of_at.type))
        .where(table.c.campaign_code == campaign, table.c.state == "sent")
        .group_by(*step)
    )
    return {(unit, obligation, period or None, due_at, code): at for unit, obligation, period, due_at, code, at in connection.execute(query)}


def claim(
    connection: Connection, campaign: str, channel: str, wanted: Iterable[tuple[str, Key]], as_of: datetime, now: datetime
) -> set[tuple[str, Key]]:
    """Claim steps, each with its recipient, for sending on a channel; return those that are the caller's to send: never tried, or failed before."""
    hold(connection, f"reminder {campaign}")
    asked = dict.fromkeys(wanted)
    known: dict[tuple[str, Key], State] = {}
    for some in bulk.chunks(sorted({recipient for recipient, _ in asked})):
        query = select(table).where(table.c.campaign_code == campaign, table.c.channel == channel, table.c.recipient_code.in_(some))
        known |= {(one.recipient, one.key): one.state for one in map(_record, connection.execute(query))}
    new = [one for one in asked if one not in known]
    if new:
        same = {"campaign_code": campaign, "channel": channel, "state": "sending", "as_of_at": as_of, "recorded_at": now, "attempts": 1, "detail": ""}
        connection.execute(insert(table), [same | _columns(recipient, key) for recipient, key in new])
    again = [one for one in asked if known.get(one) == "failed"]
    if again:
        tried = update(table).values(state="sending", as_of_at=as_of, recorded_at=now, attempts=table.c.attempts + 1, detail="")
        connection.execute(_each(tried), [_place(campaign, channel, recipient, key) for recipient, key in again])
    return {*new, *again}


def settle(
    connection: Connection, campaign: str, channel: str, claimed: Iterable[tuple[str, Key]], state: State, now: datetime, detail: str = ""
) -> None:
    """Write down what became of claimed steps."""
    places = [_place(campaign, channel, recipient, key) for recipient, key in claimed]
    if places:
        connection.execute(_each(update(table).values(state=state, recorded_at=now, detail=detail)), places)


def records(connection: Connection, campaign: str, since: datetime, states: Sequence[State] = ("sending", "sent", "failed")) -> tuple[Record, ...]:
    """What was tried last at or after a moment that the reminders spoke of, by that moment, channel, recipient, unit, obligation, period."""
    query = select(table).where(table.c.campaign_code == campaign, table.c.as_of_at >= since, table.c.state.in_(states))
    order = (table.c.as_of_at, table.c.channel, table.c.recipient_code, table.c.unit_code, table.c.obligation_code, table.c.period, table.c.step)
    return tuple(map(_record, connection.execute(query.order_by(*order))))


def _record(row: Any) -> Record:
    return Record(
        channel=row.channel,
        recipient=row.recipient_code,
        key=(row.unit_code, row.obligation_code, row.period or None, row.due_at, row.step),
        state=row.state,
        as_of=row.as_of_at,
        recorded_at=row.recorded_at,
        attempts=row.attempts,
        detail=row.detail,
    )


def _columns(recipient: str, key: Key) -> dict[str, Any]:
    unit, obligation, period, due_at, step = key
    return {
        "recipient_code": recipient,
        "unit_code": unit,
        "obligation_code": obligation,
        "period": period or "",
        "due_at": due_at,
        "step": step,
    }


def _each(change: Update) -> Update:
    """The same change for each of several rows, named by `_place`."""
    return change.where(and_(*(column == bindparam(f"at_{column.name}") for column in table.primary_key.columns)))


def _place(campaign: str, channel: str, recipient: str, key: Key) -> dict[str, Any]:
    place = {"campaign_code": campaign, "channel": channel} | _columns(recipient, key)
    return {f"at_{name}": value for name, value in place.items()}
