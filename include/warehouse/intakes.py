"""Intakes: when the newest one began, and the newest of those that were carried through to merge. One row a campaign."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from include.warehouse.database import hold
from include.warehouse.tables import intake as table


def begin(connection: Connection, campaign: str, began_at: datetime) -> None:
    """Write down when, by its clock, an intake began whose listing is done; one that states an older clock than the newest does not count."""
    hold(connection, f"intake {campaign}")
    newest = connection.execute(select(table.c.began_at).where(table.c.campaign_code == campaign)).scalar()
    if newest is None:
        connection.execute(insert(table).values(campaign_code=campaign, began_at=began_at))
    elif newest < began_at:
        connection.execute(update(table).where(table.c.campaign_code == campaign).values(began_at=began_at))


def finish(connection: Connection, campaign: str) -> None:
    """Write down that what the newest intake found has been merged."""
    connection.execute(update(table).where(table.c.campaign_code == campaign).values(finished_began_at=table.c.began_at))


def finished_began_at(connection: Connection, campaign: str) -> datetime | None:
    """When the newest intake began that has been merged; None if there was none."""
    return connection.execute(select(table.c.finished_began_at).where(table.c.campaign_code == campaign)).scalar()
