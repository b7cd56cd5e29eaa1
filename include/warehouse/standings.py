"""Stored standings and scores: the newest verdict, kept for those who ask by SQL. The truth is computed anew by judge for any moment."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from include.domain.score import PointsTaken, Score
from include.domain.standing import Judgement, Standing
from include.warehouse import bulk
from include.warehouse.database import hold
from include.warehouse.tables import score as score_table
from include.warehouse.tables import standing as table

_COLUMNS = (
    "campaign_code",
    "unit_code",
    "obligation_code",
    "period",
    "as_of_at",
    "due_at",
    "standing",
    "flags",
    "received_at",
    "submission",
    "late_by_s",
    "findings",
    "missing_parts",
)


def stored_as_of(connection: Connection, campaign: str) -> datetime | None:
    """The moment that the stored verdict was judged as of; None while there is none."""
    moments = [connection.execute(select(func.max(one.c.as_of_at)).where(one.c.campaign_code == campaign)).scalar() for one in (table, score_table)]
    return max((moment for moment in moments if moment is not None), default=None)


def replace(connection: Connection, judgement: Judgement) -> bool:
    """Keep a judgement in the place of the stored one; False, and nothing changes, when the stored one is as of a later moment."""
    hold(connection, f"standings {judgement.campaign}")
    newest = stored_as_of(connection, judgement.campaign)
    if newest is not None and judgement.as_of < newest:
        return False
    code = judgement.campaign
    connection.execute(delete(table).where(table.c.campaign_code == code))
    connection.execute(delete(score_table).where(score_table.c.campaign_code == code))
    bulk.load(
        connection,
        table,
        _COLUMNS,
        (
            (
                code,
                one.unit,
                one.obligation,
                one.period or "",
                judgement.as_of,
                one.due_at,
                one.standing,
                "|".join(one.flags),
                one.received_at,
                one.submission,
                one.late_by_s,
                one.findings,
                "|".join(one.missing_parts),
            )
            for one in judgement.standings
        ),
    )
    scores = [
        {
            "campaign_code": code,
            "unit_code": one.unit,
            "as_of_at": judgement.as_of,
            "score": one.score,
            "rank": one.rank,
            "group_tag": one.group_tag,
            "deductions": [
                {"points": taken.points, "clause": taken.clause, "obligation": taken.obligation, "period": taken.period, "why": taken.why}
                for taken in one.deductions
            ],
        }
        for one in judgement.scores
    ]
    if scores:
        connection.execute(insert(score_table), scores)
    return True


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
