"""Decisions: supervisors' acts, append-only, numbered from 1 within the campaign."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.engine import Connection

from include.domain.decision import Decision
from include.warehouse.database import hold
from include.warehouse.tables import decision as table

_COLUMN_OF = {"unit": "unit_code", "obligation": "obligation_code"}


def append(connection: Connection, campaign: str, decision: Decision) -> Decision:
    """Write a decision down and return it with its number; the number given is ignored."""
    hold(connection, f"decisions {campaign}")
    last = connection.execute(select(func.max(table.c.number)).where(table.c.campaign_code == campaign)).scalar() or 0
    values: dict[str, Any] = {field.name: getattr(decision, field.name) for field in fields(decision)} | {"number": last + 1}
    row: dict[str, Any] = {_COLUMN_OF.get(name, name): value for name, value in values.items()}
    row["campaign_code"] = campaign
    connection.execute(insert(table), [row])
    return Decision(**values)


def decisions(connection: Connection, campaign: str, known_at: datetime | None = None) -> tuple[Decision, ...]:
    """The decisions with effect that were recorded by `known_at` (None: all), in order."""
    query = select(table).where(table.c.campaign_code == campaign, table.c.approved).order_by(table.c.number)
    if known_at is not None:
        query = query.where(table.c.recorded_at <= known_at)
    return _found(connection, query)


def rejected(connection: Connection, campaign: str, known_at: datetime | None = None) -> tuple[Decision, ...]:
    """The decisions that were proposed and rejected by `known_at` (None: all), in order; `approved_by` is the person who rejected them."""
    query = select(table).where(table.c.campaign_code == campaign, ~table.c.approved).order_by(table.c.number)
    if known_at is not None:
        query = query.where(table.c.recorded_at <= known_at)
    return _found(connection, query)


def _found(connection: Connection, query: Select[Any]) -> tuple[Decision, ...]:
    names = [field.name for field in fields(Decision)]
    return tuple(Decision(**{name: row._mapping[_COLUMN_OF.get(name, name)] for name in names}) for row in connection.execute(query))
