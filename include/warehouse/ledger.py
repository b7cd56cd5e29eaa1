"""The ledger: one receipt for every file received, each bound to the one before it, and a record of what was refused.

A campaign's receipts are numbered from 1 without gaps and chained: `receipt_hash` is the SHA-256 of the row and of the previous receipt's hash. One
writer per campaign at a time; the unique previous hash makes a second one fail rather than fork the chain.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.engine import Connection

from include.domain.receipt import HowKnown, Receipt
from include.warehouse import bulk
from include.warehouse.database import hold
from include.warehouse.tables import receipt as table
from include.warehouse.tables import refusal, sighting

FIRST = "0" * 64
"""What the first receipt of a campaign has for a previous hash."""

_COLUMNS = (
    "campaign_code",
    "number",
    "path",
    "size",
    "sha256",
    "modified_at",
    "version_tag",
    "received_at",
    "how_known",
    "recorded_at",
    "clock_at",
    "previous_hash",
    "receipt_hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file kept in the vault that has no receipt yet. `version_tag` tells the listed file unchanged (its times, or the store's tag)."""

    path: str
    size: int
    sha256: str
    modified_at: datetime | None
    version_tag: str
    received_at: datetime
    how_known: HowKnown


@dataclass(frozen=True, slots=True)
class Listed:
    """How a path looked when its newest receipt was given or last seen again."""

    number: int
    size: int
    version_tag: str
    sha256: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A thing in the inbox that is no file to take in: a link, a special file, a path that leads out."""

    path: str
    reason: str
    refused_at: datetime


def receipt_hash(receipt: Receipt) -> str:
    """Return what the chain says of a receipt: SHA-256 over every field but the hash itself, as canonical JSON; instants UTC to the microsecond."""
    return _hash({field.name: getattr(receipt, field.name) for field in fields(receipt) if field.name != "receipt_hash"})


def _first_hash(receipt: Receipt) -> str:
    """Return the hash as receipts got it before `version_tag` was in it: a chain that was begun then, its heads handed out, stays whole."""
    return _hash({field.name: getattr(receipt, field.name) for field in fields(receipt) if field.name not in ("receipt_hash", "version_tag")})


def _hash(values: Mapping[str, Any]) -> str:
    row = {name: _plain(value) for name, value in values.items()}
    return sha256(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def append(
    connection: Connection, campaign: str, arrivals: Sequence[Arrival], *, recorded_at: datetime, clock_at: datetime | None = None
) -> tuple[Receipt, ...]:
    """Give receipts to arrivals, in their order, and return them.

    `recorded_at` never runs backwards along the chain, even when the machine's clock does. `clock_at` is the run's stated clock, where it has one.
    """
    hold(connection, f"ledger {campaign}")
    last = connection.execute(
        select(table.c.number, table.c.receipt_hash, table.c.recorded_at)
        .where(table.c.campaign_code == campaign)
        .order_by(table.c.number.desc())
        .limit(1)
    ).first()
    number, previous = (0, FIRST) if last is None else (last.number, last.receipt_hash)
    recorded_at = recorded_at if last is None else max(recorded_at, last.recorded_at)
    given: list[Receipt] = []
    for arrival in arrivals:
        number += 1
        row: dict[str, Any] = {
            "campaign_code": campaign,
            "number": number,
            "path": arrival.path,
            "size": arrival.size,
            "sha256": arrival.sha256,
            "modified_at": arrival.modified_at,
            "version_tag": arrival.version_tag,
            "received_at": arrival.received_at,
            "how_known": arrival.how_known,
            "recorded_at": recorded_at,
            "previous_hash": previous,
            "clock_at": clock_at or recorded_at,
        }
        previous = _hash(row)
        given.append(Receipt(**row, receipt_hash=previous))
    bulk.load(
        connection,
        table,
        _COLUMNS,
        (
            (
                campaign,
                receipt.number,
                receipt.path,
                receipt.size,
                receipt.sha256,
                receipt.modified_at,
                receipt.version_tag,
                receipt.received_at,
                receipt.how_known,
                receipt.recorded_at,
                receipt.clock_at,
                receipt.previous_hash,
                receipt.receipt_hash,
            )
            for receipt in given
        ),
    )
    return tuple(given)


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        campaign_code=row.campaign_code,
        number=row.number,
        path=row.path,
        size=row.size,
        sha256=row.sha256,
        modified_at=row.modified_at,
        received_at=row.received_at,
        how_known=row.how_known,
        recorded_at=row.recorded_at,
        previous_hash=row.previous_hash,
        receipt_hash=row.receipt_hash,
        clock_at=row.clock_at,
        version_tag=row.version_tag,
    )


def receipts(connection: Connection, campaign: str, *, first: int = 1, last: int | None = None) -> Iterator[Receipt]:
    """A campaign's receipts in the order of their numbers, both ends included, without holding them all."""
    query = select(table).where(table.c.campaign_code == campaign, table.c.number >= first).order_by(table.c.number)
    if last is not None:
        query = query.where(table.c.number <= last)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield _receipt(row)


def numbered(connection: Connection, campaign: str, numbers: Iterable[int]) -> dict[int, Receipt]:
    """The receipts of those numbers, by number; a number without a receipt is left out."""
    found: dict[int, Receipt] = {}
    for some in bulk.chunks(sorted(set(numbers))):
        for row in connection.execute(select(table).where(table.c.campaign_code == campaign, table.c.number.in_(some))):
            found[row.number] = _receipt(row)
    return found


def count(connection: Connection, campaign: str) -> int:
    """How many receipts the campaign has."""
    return connection.execute(select(func.count()).where(table.c.campaign_code == campaign)).scalar_one()


def head(connection: Connection, campaign: str) -> str:
    """The hash of the newest receipt, as printed in workbooks; 64 zeros while there is none."""
    newest = select(table.c.receipt_hash).where(table.c.campaign_code == campaign).order_by(table.c.number.desc()).limit(1)
    return connection.execute(newest).scalar() or FIRST


def verify(connection: Connection, campaign: str, head: str | None = None) -> list[str]:
    """Walk the chain and return what is wrong with it, one sentence a problem; empty when whole.

    An altered, inserted or removed receipt breaks the chain; receipts cut off at the end are found only by a `head` kept elsewhere (a workbook, a
    unit's receipt), which must stand in the chain. A head may be given shortened to at least 8 characters.
    """
    problems: list[str] = []
    previous, expected = FIRST, 1
    wanted = head.strip().lower() if head else None
    seen = wanted == FIRST
    for receipt in receipts(connection, campaign, first=-(2**31)):
        if receipt.number != expected:
            problems.append(
                f"回执 {expected} 号缺失或有插入（见到 {receipt.number} 号） / receipt {expected} is missing, or one was inserted: {receipt.number}"
            )
        if receipt.previous_hash != previous:
            problems.append(f"回执 {receipt.number} 号与上一号不相接 / receipt {receipt.number} does not follow the one before it")
        if receipt.receipt_hash not in (receipt_hash(receipt), _first_hash(receipt)):
            problems.append(f"回执 {receipt.number} 号内容被改动（{receipt.path}） / receipt {receipt.number} was altered ({receipt.path})")
        seen = seen or (wanted is not None and len(wanted) >= 8 and receipt.receipt_hash.startswith(wanted))
        previous, expected = receipt.receipt_hash, receipt.number + 1
    if wanted is not None and not seen:
        problems.append(f"链首 {wanted} 不在回执链中：有回执被删改或截断 / head {wanted} is not in the chain: receipts were altered or cut off")
    return problems


def listed(connection: Connection, campaign: str) -> dict[str, Listed]:
    """How every path of the inbox looked when it was last taken in or seen again, by path."""
    found: dict[str, Listed] = {}
    query = (
        select(table.c.path, table.c.number, table.c.size, table.c.version_tag, table.c.sha256, table.c.received_at)
        .where(table.c.campaign_code == campaign)
        .order_by(table.c.number)
    )
    for path, *known in connection.execute(query, execution_options={"yield_per": 5000}):
        found[path] = Listed(*known)
    again = select(sighting.c.receipt_number, sighting.c.size, sighting.c.version_tag).where(sighting.c.campaign_code == campaign)
    sightings = {number: (size, version_tag) for number, size, version_tag in connection.execute(again)}
    for path, known_as in found.items() if sightings else ():
        if known_as.number in sightings:
            found[path] = Listed(known_as.number, *sightings[known_as.number], known_as.sha256, known_as.received_at)
    return found


def known_by(connection: Connection, campaign: str, how_known: HowKnown) -> set[int]:
    """The numbers of the receipts whose moment is known in that way."""
    return set(connection.execute(select(table.c.number).where(table.c.campaign_code == campaign, table.c.how_known == how_known)).scalars())


def see_again(connection: Connection, campaign: str, seen: Iterable[tuple[int, int, str]], at: datetime) -> None:
    """Remember (receipt number, size, version tag): listed so, its path holds nothing but its bytes, and the next run need not open it."""
    for number, size, version_tag in seen:
        _put(
            connection,
            sighting,
            {"campaign_code": campaign, "receipt_number": number},
            {"size": size, "version_tag": version_tag, "seen_at": at},
        )


def refuse(connection: Connection, campaign: str, refused: Iterable[tuple[str, str]], at: datetime) -> int:
    """Record (path, reason) of what was refused; one that is already recorded stays as it was. Return how many are new."""
    known = set(connection.execute(select(refusal.c.path).where(refusal.c.campaign_code == campaign)).scalars())
    new = {path: reason for path, reason in refused if path not in known}
    bulk.load(
        connection,
        refusal,
        ("campaign_code", "number", "path", "reason", "refused_at"),
        ((campaign, number, path, reason, at) for number, (path, reason) in enumerate(sorted(new.items()), len(known) + 1)),
    )
    return len(new)


def refusals(connection: Connection, campaign: str) -> tuple[Refusal, ...]:
    """What was refused, by path."""
    rows = connection.execute(select(refusal).where(refusal.c.campaign_code == campaign).order_by(refusal.c.path))
    return tuple(Refusal(path=row.path, reason=row.reason, refused_at=row.refused_at) for row in rows)


def _put(connection: Connection, into: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert the row of that key, or replace its values."""
    condition = [into.c[name] == value for name, value in key.items()]
    if connection.execute(into.update().where(*condition).values(**values)).rowcount == 0:
        connection.execute(insert(into).values(**key, **values))
