"""Findings: what is wrong with receipts and submissions, as told to people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, delete, func, select
from sqlalchemy.engine import Connection

from include.domain.finding import Finding
from include.warehouse import bulk
from include.warehouse.tables import finding as table
from include.warehouse.tables import receipt

_COLUMNS = (
    *(
        "campaign_code",
        "receipt_number",
        "number",
        "submission",
        "code",
        "severity",
        "item",
        "row",
        "sheet",
        "cell",
        "given",
        "expected",
        "explanation",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding with the receipt it is about; `submission` is None while the receipt is unplaced or the finding concerns the file itself."""

    receipt_number: int
    number: int
    submission: str | None
    path: str
    finding: Finding


def load(connection: Connection, campaign: str, rows: Iterable[tuple[int, str | None, Finding]]) -> int:
    """Append (receipt number, submission, finding), numbered on within each receipt; return how many."""
    gathered = list(rows)
    numbers = sorted({number for number, _, _ in gathered})
    last: dict[int, int] = {}
    for some in bulk.chunks(numbers):
        query = select(table.c.receipt_number, func.max(table.c.number)).where(table.c.campaign_code == campaign, table.c.receipt_number.in_(some))
        last.update((row[0], row[1]) for row in connection.execute(query.group_by(table.c.receipt_number)))

    def numbered() -> Iterator[tuple[object, ...]]:
        for receipt_number, submission, one in gathered:
            last[receipt_number] = last.get(receipt_number, 0) + 1
            yield (
                campaign,
                receipt_number,
                last[receipt_number],
                submission,
                one.code,
                one.severity,
                one.item,
                one.row,
                one.sheet.replace("\0", ""),
                one.cell,
                one.given.replace("\0", ""),
                one.expected.replace("\0", ""),
                one.explanation.replace("\0", ""),
            )

    return bulk.load(connection, table, _COLUMNS, numbered())


# Outer, though a finding always has its receipt: so that no planner begins with the receipts.
_SELECT = select(table, receipt.c.path).join(
    receipt, and_(receipt.c.campaign_code == table.c.campaign_code, receipt.c.number == table.c.receipt_number), isouter=True
)


def _told(row: Row[Any]) -> Told:
    return Told(
        receipt_number=row.receipt_number,
        number=row.number,
        submission=row.submission,
        path=row.path,
        finding=Finding(
            code=row.code,
            severity=row.severity,
            item=row.item,
            row=row.row,
            sheet=row.sheet,
            cell=row.cell,
            given=row.given,
            expected=row.expected,
            explanation=row.explanation,
        ),
    )


def findings(connection: Connection, campaign: str) -> Iterator[Told]:
    """Every finding of the campaign, in the order of receipts, without holding them all."""
    query = _SELECT.where(table.c.campaign_code == campaign).order_by(table.c.receipt_number, table.c.number)
    for row in connection.execute(query, execution_options={"yield_per": 2000}):
        yield _told(row)


def of(connection: Connection, campaign: str, submissions: Iterable[str]) -> dict[str, tuple[Told, ...]]:
    """The findings of those submissions, by submission; a clean one is left out."""
    found: dict[str, list[Told]] = {}
    for some in bulk.chunks(sorted(set(submissions))):
        query = _SELECT.where(table.c.campaign_code == campaign, table.c.submission.in_(some)).order_by(table.c.receipt_number, table.c.number)
        for row in connection.execute(query):
            found.setdefault(row.submission, []).append(_told(row))
    return {name: tuple(told) for name, told in found.items()}


def drop(connection: Connection, campaign: str, numbers: Iterable[tuple[int, int]]) -> None:
    """Take back findings, by receipt and number, that a file read again no longer has."""
    by_receipt: dict[int, list[int]] = {}
    for receipt_number, number in numbers:
        by_receipt.setdefault(receipt_number, []).append(number)
    for receipt_number, some in by_receipt.items():
        for few in bulk.chunks(some):
            mine = table.c.campaign_code == campaign, table.c.receipt_number == receipt_number, table.c.number.in_(few)
            connection.execute(delete(table).where(*mine))


def release(connection: Connection, campaign: str, number: int) -> None:
    """Take back what was told about a receipt while it was unplaced: once it is placed, its findings stand with its submission."""
    connection.execute(delete(table).where(table.c.campaign_code == campaign, table.c.receipt_number == number, table.c.submission.is_(None)))


def unplaced(connection: Connection, campaign: str) -> tuple[Told, ...]:
    """The findings about receipts that were put to nothing, in the order of receipts: the supervisors' list of files to place."""
    from include.warehouse.tables import submission

    placed = select(submission.c.receipt_number).where(submission.c.campaign_code == campaign)
    query = _SELECT.where(table.c.campaign_code == campaign, table.c.submission.is_(None), table.c.receipt_number.not_in(placed))
    return tuple(_told(row) for row in connection.execute(query.order_by(table.c.receipt_number, table.c.number)))
