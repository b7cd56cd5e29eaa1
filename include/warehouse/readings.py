"""Readings: what each file said, waiting first to be checked, then to be merged. A reading is never overwritten."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.engine import Connection

from include.domain.finding import Finding
from include.domain.reading import Reading
from include.domain.receipt import Receipt
from include.warehouse import bulk, ledger, said
from include.warehouse.tables import reading as table
from include.warehouse.tables import receipt, submission

_COLUMNS = ("campaign_code", "receipt_number", "form_code", "form_version", "read_at", "said", "checked")


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading as the warehouse keeps it. `checked` are the findings of validation, None until validated."""

    receipt_number: int
    reading: Reading
    checked: tuple[Finding, ...] | None = None


def unread_numbers(connection: Connection, campaign: str, *, first: int = 1, last: int | None = None) -> list[int]:
    """The numbers of receipts that no reader has reported on, in order."""
    is_read = (
        select(table.c.receipt_number).where(table.c.campaign_code == receipt.c.campaign_code, table.c.receipt_number == receipt.c.number).exists()
    )
    query = select(receipt.c.number).where(receipt.c.campaign_code == campaign, receipt.c.number >= first, ~is_read).order_by(receipt.c.number)
    if last is not None:
        query = query.where(receipt.c.number <= last)
    return list(connection.execute(query).scalars())


def unread(connection: Connection, campaign: str, first: int, last: int) -> tuple[Receipt, ...]:
    """The receipts from `first` to `last` (both included) that still wait for a reading."""
    numbers = set(unread_numbers(connection, campaign, first=first, last=last))
    return tuple(one for one in ledger.receipts(connection, campaign, first=first, last=last) if one.number in numbers) if numbers else ()


def store(connection: Connection, campaign: str, found: Iterable[tuple[int, Reading] | tuple[int, Reading, bytes]], read_at: datetime) -> int:
    """Keep what files said: (receipt number, reading[, the same as JSON]), one per form and version; return how many are new.

    What is already kept stays. A document (form "") has no figures to check, so it goes straight to merge.
    """
    rows: dict[tuple[int, str, int], bytes] = {}
    for number, reading, *words in found:
        key = number, reading.form, reading.version
        if key not in rows:
            rows[key] = said.without_nul(words[0]) if words else said.encode(reading)
    known: set[tuple[int, str, int]] = set()
    for some in bulk.chunks(sorted({number for number, _, _ in rows})):
        query = select(table.c.receipt_number, table.c.form_code, table.c.form_version).where(
            table.c.campaign_code == campaign, table.c.receipt_number.in_(some)
        )
        known.update((row[0], row[1], row[2]) for row in connection.execute(query))
    return bulk.load(
        connection,
        table,
        _COLUMNS,
        (
            (campaign, number, form, version, read_at, words, None if form else said.encode(()))
            for (number, form, version), words in rows.items()
            if (number, form, version) not in known
        ),
    )


def store_read_again(connection: Connection, campaign: str, found: Mapping[int, Iterable[Kept]], read_at: datetime) -> None:
    """Store new readings, checked and merged, of receipts whose earlier ones were set aside."""
    rows = [
        (campaign, number, one.reading.form, one.reading.version, read_at, said.encode(one.reading), said.encode(one.checked or ()), read_at)
        for number, kept in sorted(found.items())
        for one in kept
    ]
    bulk.load(connection, table, (*_COLUMNS, "merged_at"), rows)


def to_read_again(connection: Connection, campaign: str, form: str | None, form_obligations: Iterable[str]) -> list[int]:
    """The numbers of the receipts that hold a form (None: any), or in which none was found though one may be there; merged ones only, in order.

    Where no form was found, one may be there unless the receipt was put only to obligations that ask for none.
    """
    of_it = submission.c.campaign_code == table.c.campaign_code, submission.c.receipt_number == table.c.receipt_number
    is_placed = select(submission.c.submission).where(*of_it).exists()
    asks = select(submission.c.submission).where(*of_it, submission.c.obligation_code.in_(sorted(set(form_obligations)))).exists()
    may_be = (table.c.form_code == "") & (asks | ~is_placed)
    wanted = may_be | (table.c.form_code != "" if form is None else table.c.form_code == form)
    waits = select(table.c.receipt_number).where(table.c.campaign_code == campaign, table.c.merged_at.is_(None))
    query = select(table.c.receipt_number).distinct().where(table.c.campaign_code == campaign, wanted, table.c.receipt_number.not_in(waits))
    return list(connection.execute(query.order_by(table.c.receipt_number)).scalars())


def waiting_forms(connection: Connection, campaign: str) -> dict[str, int]:
    """How many readings wait to be checked, by form code, forms in order of code."""
    query = select(table.c.form_code, func.count()).where(table.c.campaign_code == campaign, table.c.checked.is_(None)).group_by(table.c.form_code)
    return {row[0]: row[1] for row in connection.execute(query.order_by(table.c.form_code))}


def waiting(connection: Connection, campaign: str, form: str) -> Iterator[Kept]:
    """The readings of a form that wait to be checked, in the order of receipts, without holding them all."""
    query = (
        select(table.c.receipt_number, table.c.said)
        .where(table.c.campaign_code == campaign, table.c.form_code == form, table.c.checked.is_(None))
        .order_by(table.c.receipt_number, table.c.form_version)
    )
    for number, words in connection.execute(query, execution_options={"yield_per": 500}):
        yield Kept(number, said.reading(words))


def store_checked(connection: Connection, campaign: str, form: str, version: int, found: Mapping[int, Iterable[Finding]]) -> int:
    """Keep the findings of validation by receipt number (none: an empty collection); return how many readings they closed. The first check stands."""
    if not found:
        return 0
    open_one = (
        table.c.campaign_code == campaign,
        table.c.form_code == form,
        table.c.form_version == version,
        table.c.checked.is_(None),
    )
    told = {number: tuple(findings) for number, findings in sorted(found.items())}
    closed = 0
    for some in bulk.chunks([number for number, findings in told.items() if not findings]):
        clean = update(table).where(*open_one, table.c.receipt_number.in_(some)).values(checked=said.encode(()))
        closed += connection.execute(clean).rowcount
    for number, findings in told.items():
        if findings:
            faulty = update(table).where(*open_one, table.c.receipt_number == number).values(checked=said.encode(findings))
            closed += connection.execute(faulty).rowcount
    return closed


def waiting_to_merge(connection: Connection, campaign: str) -> Iterator[tuple[Receipt, tuple[Kept, ...]]]:
    """Receipts whose readings are all checked and not yet merged, in the order of receipts, each with its readings.

    A receipt waits as a whole: while one of its readings is unchecked none of them is handed out.
    """
    numbers = to_merge(connection, campaign)
    for some in bulk.chunks(numbers):
        receipts = ledger.numbered(connection, campaign, some)
        found = of(connection, campaign, some)
        for number in some:
            yield receipts[number], found[number]


def to_merge(connection: Connection, campaign: str) -> list[int]:
    """The numbers of the receipts that `waiting_to_merge` gives."""
    mine = table.c.campaign_code == campaign
    unchecked = select(table.c.receipt_number).where(mine, table.c.checked.is_(None))
    query = select(table.c.receipt_number).distinct().where(mine, table.c.merged_at.is_(None), table.c.receipt_number.not_in(unchecked))
    return list(connection.execute(query.order_by(table.c.receipt_number)).scalars())


def of(connection: Connection, campaign: str, numbers: Iterable[int]) -> dict[int, tuple[Kept, ...]]:
    """The newest version of every reading of those receipts, by receipt number; forms in order of code."""
    found: dict[int, dict[str, Kept]] = {}
    for some in bulk.chunks(sorted(set(numbers))):
        query = (
            select(table.c.receipt_number, table.c.form_code, table.c.said, table.c.checked)
            .where(table.c.campaign_code == campaign, table.c.receipt_number.in_(some))
            .order_by(table.c.receipt_number, table.c.form_code, table.c.form_version)
        )
        for number, form, words, checked in connection.execute(query):
            findings = None if checked is None else () if checked == b"[]" else said.findings(checked)
            found.setdefault(number, {})[form] = Kept(number, said.reading(words), findings)
    return {number: tuple(kept.values()) for number, kept in found.items()}


def mark_merged(connection: Connection, campaign: str, numbers: Iterable[int], at: datetime) -> None:
    """Say of those receipts that all their readings are merged."""
    for some in bulk.chunks(sorted(set(numbers))):
        connection.execute(
            update(table).where(table.c.campaign_code == campaign, table.c.receipt_number.in_(some), table.c.merged_at.is_(None)).values(merged_at=at)
        )


def forms_of(connection: Connection, campaign: str, numbers: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The forms as which those receipts were read, by receipt number."""
    found: dict[int, tuple[str, ...]] = {}
    for some in bulk.chunks(sorted(set(numbers))):
        query = select(table.c.receipt_number, table.c.form_code).where(
            tuple_(table.c.campaign_code, table.c.receipt_number).in_([(campaign, n) for n in some])
        )
        for number, form in connection.execute(query.order_by(table.c.receipt_number, table.c.form_code)):
            found[number] = (*found.get(number, ()), form)
    return found
