"""Stored standings and scores: the newest verdict, kept for those who ask by SQL. The truth is computed anew by judge for any moment.

What is owed stands in the same rows: the view `expectation` shows it. Only rows that changed are written, so that a judgement after one new
submission costs little, however large the campaign.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Executable, MetaData, Table, Text, and_, cast, delete, func, insert, or_, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateTable, DropTable

from include.domain.expectation import Expectation
from include.domain.score import PointsTaken, Score
from include.domain.standing import Judgement, Standing
from include.warehouse import bulk
from include.warehouse.database import hold
from include.warehouse.tables import score as score_table
from include.warehouse.tables import standing as table
from include.warehouse.tables import verdict

_COLUMNS = (
    "campaign_code",
    "unit_code",
    "obligation_code",
    "period",
    "owed_at",
    "closing_at",
    "edit_ends_at",
    "due_at",
    "standing",
    "flags",
    "received_at",
    "submission",
    "late_by_s",
    "findings",
    "missing_parts",
)
_SCORE_COLUMNS = ("campaign_code", "unit_code", "score", "rank", "group_tag", "deductions")


def stored_as_of(connection: Connection, campaign: str) -> datetime | None:
    """The moment that the stored verdict was judged as of; None while there is none."""
    return connection.execute(select(verdict.c.as_of_at).where(verdict.c.campaign_code == campaign)).scalar()


def replace(connection: Connection, judgement: Judgement, owed: Sequence[Expectation]) -> int | None:
    """Keep a judgement in the place of the stored one; return how many standings and scores it changed.

    None, and nothing changes, when the stored one is as of a later moment. `owed` are the judgement's expectations, one for each standing.
    """
    code = judgement.campaign
    hold(connection, f"standings {code}")
    newest = stored_as_of(connection, code)
    if newest is not None and judgement.as_of < newest:
        return None
    told = {"as_of_at": judgement.as_of, "known_at": judgement.known_at}
    if newest is None:
        connection.execute(insert(verdict).values(campaign_code=code, **told))
    else:
        connection.execute(update(verdict).where(verdict.c.campaign_code == code).values(**told))
    return _change(connection, code, table, _COLUMNS, _rows(judgement, owed)) + _change(
        connection, code, score_table, _SCORE_COLUMNS, _score_rows(judgement)
    )


def _rows(judgement: Judgement, owed: Sequence[Expectation]) -> Iterator[tuple[object, ...]]:
    code = judgement.campaign
    for one, expected in zip(judgement.standings, owed, strict=True):
        yield (
            code,
            one.unit,
            one.obligation,
            one.period or "",
            expected.due_at,
            expected.closing_at,
            expected.edit_ends_at,
            one.due_at,
            one.standing,
            "|".join(one.flags) if one.flags else "",
            one.received_at,
            one.submission,
            one.late_by_s,
            one.findings,
            "|".join(one.missing_parts) if one.missing_parts else "",
        )


def _score_rows(judgement: Judgement) -> Iterator[tuple[object, ...]]:
    for one in judgement.scores:
        deductions = [
            {"points": taken.points, "clause": taken.clause, "obligation": taken.obligation, "period": taken.period, "why": taken.why}
            for taken in one.deductions
        ]
        yield judgement.campaign, one.unit, one.score, one.rank, one.group_tag, deductions


def _change(connection: Connection, campaign: str, kept: Table, columns: Sequence[str], rows: Iterator[tuple[object, ...]]) -> int:
    """Make a campaign's rows of a table these, writing only what differs; return how many rows were added, changed or taken away."""
    mine = kept.c.campaign_code == campaign
    if connection.execute(select(kept.c.campaign_code).where(mine).limit(1)).first() is None:
        return bulk.load(connection, kept, columns, rows)
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(text("SET LOCAL work_mem = '128MB'"))  # a million rows are compared in memory
    new, changed = _temporary(connection, kept, "new"), _temporary(connection, kept, "changed")
    given = bulk.load(connection, new, columns, rows)
    if is_postgresql:
        connection.execute(text(f"ANALYZE {new.name}"))
    keys = [column.name for column in kept.primary_key]
    is_same_row = and_(*(kept.c[name] == new.c[name] for name in keys))
    is_other = or_(*(_comparable(kept.c[name]).is_distinct_from(_comparable(new.c[name])) for name in columns if name not in keys))
    other = select(*(new.c[name] for name in columns)).select_from(new.join(kept, is_same_row, isouter=True))
    written = _count(connection, insert(changed).from_select(list(columns), other.where(or_(kept.c[keys[0]].is_(None), is_other))))
    before = connection.execute(select(func.count()).select_from(kept).where(mine)).scalar_one()
    is_changed = select(changed.c[keys[0]]).where(*(kept.c[name] == changed.c[name] for name in keys)).exists()
    turned = _count(connection, delete(kept).where(mine, is_changed)) if written else 0
    gone = before - turned - (given - written)
    if gone:
        gone = _count(connection, delete(kept).where(mine, ~select(new.c[keys[0]]).where(is_same_row).exists()))
    if written:
        connection.execute(insert(kept).from_select(list(columns), select(*(changed.c[name] for name in columns))))
    for table_ in (new, changed):
        connection.execute(DropTable(table_))
    return written + gone


def _temporary(connection: Connection, kept: Table, name: str) -> Table:
    made = kept.to_metadata(MetaData(), name=f"{name}_{kept.name}")
    made._prefixes, made.primary_key.name = ["TEMPORARY"], None
    connection.execute(CreateTable(made))
    return made


def _count(connection: Connection, change: Executable) -> int:
    """Make a change and return how many rows it touched."""
    return connection.execute(change, execution_options={"preserve_rowcount": True}).rowcount


def _comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON has no equality on PostgreSQL; its text has, and we write it alike each time."""
    return cast(column, Text) if isinstance(column.type, JSON) else column


def has_fallen_due(connection: Connection, campaign: str, since: datetime, until: datetime) -> bool:
    """Whether a kept standing falls due at or after `since` and before `until`."""
    query = select(table.c.unit_code).where(table.c.campaign_code == campaign, table.c.due_at >= since, table.c.due_at < until)
    return connection.execute(query.limit(1)).first() is not None


def standings(connection: Connection, campaign: str) -> tuple[Standing, ...]:
    """The stored standings, by unit, obligation and period."""
    query = select(table).where(table.c.campaign_code == campaign).order_by(table.c.unit_code, table.c.obligation_code, table.c.period)
    return tuple(
        Standing(
            unit=row.unit_code,
            obligation=row.obligation_code,
            period=row.period or None,
            due_at=row.due_at,
            standing=row.standing,
            flags=tuple(row.flags.split("|")) if row.flags else (),
            received_at=row.received_at,
            submission=row.submission,
            late_by_s=row.late_by_s,
            findings=row.findings,
            missing_parts=tuple(row.missing_parts.split("|")) if row.missing_parts else (),
        )
        for row in connection.execute(query)
    )


def expectations(connection: Connection, campaign: str) -> tuple[Expectation, ...]:
    """What was owed as of the stored verdict, by unit, obligation and period."""
    query = select(table).where(table.c.campaign_code == campaign).order_by(table.c.unit_code, table.c.obligation_code, table.c.period)
    return tuple(
        Expectation(
            unit=row.unit_code,
            obligation=row.obligation_code,
            period=row.period or None,
            due_at=row.owed_at,
            closing_at=row.closing_at,
            edit_ends_at=row.edit_ends_at,
        )
        for row in connection.execute(query)
    )


def scores(connection: Connection, campaign: str) -> tuple[Score, ...]:
    """The stored scores, by unit."""
    query = select(score_table).where(score_table.c.campaign_code == campaign).order_by(score_table.c.unit_code)
    return tuple(
        Score(
            unit=row.unit_code,
            score=row.score,
            rank=row.rank,
            group_tag=row.group_tag,
            deductions=tuple(PointsTaken(**taken) for taken in row.deductions),
        )
        for row in connection.execute(query)
    )
