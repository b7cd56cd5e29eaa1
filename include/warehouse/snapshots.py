"""Definitions in force: what a campaign asked for, as it stood whenever it changed, so that an old verdict can be computed again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from include.domain.campaign import Campaign
from include.domain.form import Form
from include.domain.unit import Unit
from include.warehouse import bulk
from include.warehouse.database import hold
from include.warehouse.tables import campaign as table
from include.warehouse.tables import obligation, unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The definitions of one campaign as they were in force from `taken_at` until the next snapshot."""

    number: int
    taken_at: datetime
    sha256: str
    campaign: Campaign
    units: tuple[Unit, ...]
    forms: Mapping[str, Form]


@cache
def _adapter(what: Any) -> TypeAdapter[Any]:
    return TypeAdapter(what)


def take(connection: Connection, campaign: Campaign, units: Sequence[Unit], forms: Mapping[str, Form], taken_at: datetime) -> int:
    """Keep the definitions if they differ from the newest snapshot, with the tables `unit` and `obligation`; return the snapshot's number."""
    hold(connection, f"snapshot {campaign.code}")
    content = {
        "campaign": _adapter(Campaign).dump_python(campaign, mode="json"),
        "units": [_adapter(Unit).dump_python(one, mode="json") for one in units],
        "forms": {code: _adapter(Form).dump_python(forms[code], mode="json") for code in sorted(forms)},
    }
    fingerprint = sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    newest = connection.execute(
        select(table.c.snapshot, table.c.sha256).where(table.c.campaign_code == campaign.code).order_by(table.c.snapshot.desc()).limit(1)
    ).first()
    if newest is not None and newest.sha256 == fingerprint:
        return int(newest.snapshot)
    number = 1 if newest is None else newest.snapshot + 1
    connection.execute(insert(table).values(campaign_code=campaign.code, snapshot=number, sha256=fingerprint, taken_at=taken_at, definitions=content))
    connection.execute(delete(unit).where(unit.c.campaign_code == campaign.code))
    connection.execute(delete(obligation).where(obligation.c.campaign_code == campaign.code))
    bulk.load(
        connection,
        unit,
        ("campaign_code", "unit_code", "official_order", "name", "parent_code", "tags", "from_on", "to_on", "changes"),
        (
            (campaign.code, one.code, one.order or order, one.name, one.parent, "|".join(one.tags), one.from_on, one.to_on, "|".join(one.changes))
            for order, one in enumerate(units, 1)
        ),
    )
    bulk.load(
        connection,
        obligation,
        ("campaign_code", "obligation_code", "notice_order", "name", "kind", "what", "form_code", "source"),
        (
            (campaign.code, one.code, order, one.name.zh, one.kind, one.what, one.form, one.source.quote if one.source else one.basis)
            for order, one in enumerate(campaign.obligations, 1)
        ),
    )
    return number


def in_force(connection: Connection, campaign: str, known_at: datetime | None = None) -> Snapshot | None:
    """The newest snapshot taken by `known_at` (None: of all), the first of all where none was; None if there is none."""
    mine = select(table).where(table.c.campaign_code == campaign).limit(1)
    newest = mine.order_by(table.c.snapshot.desc())
    if known_at is not None:
        newest = newest.where(table.c.taken_at <= known_at)
    row = connection.execute(newest).first() or connection.execute(mine.order_by(table.c.snapshot)).first()
    if row is None:
        return None
    return Snapshot(
        number=row.snapshot,
        taken_at=row.taken_at,
        sha256=row.sha256,
        campaign=_adapter(Campaign).validate_python(row.definitions["campaign"], strict=False),
        units=tuple(_adapter(Unit).validate_python(one) for one in row.definitions["units"]),
        forms={code: _adapter(Form).validate_python(one) for code, one in row.definitions["forms"].items()},
    )
