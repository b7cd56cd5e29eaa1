"""Answers: values at their addresses, and the way from a total back to its cells."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from include.domain.reading import Answer, Value
from include.warehouse import bulk, earlier
from include.warehouse.tables import answer as table
from include.warehouse.tables import submission

_COLUMNS = ("submission", "item", "row", "value_number", "value_text", "approximate", "raw", "sheet", "cell")


def load(connection: Connection, said: Iterable[tuple[str, Sequence[Answer]]]) -> int:
    """Append the answers of submissions by bulk load; return how many."""
    return bulk.load(connection, table, _COLUMNS, chain.from_iterable(_rows(name, answers) for name, answers in said))


def drop(connection: Connection, names: Iterable[str]) -> None:
    """Take away the answers of submissions whose files were read again."""
    for some in bulk.chunks(sorted(set(names))):
        connection.execute(delete(table).where(table.c.submission.in_(some)))


def _rows(name: str, answers: Sequence[Answer]) -> list[tuple[object, ...]]:
    """A submission's rows in the order of the key, so that the database only appends."""
    return [
        (name, one.item, one.row or 0, None, one.value, one.approximate, one.raw, one.sheet, one.cell)
        if one.value is None or isinstance(one.value, str)
        else (name, one.item, one.row or 0, float(one.value), None, one.approximate, one.raw, one.sheet, one.cell)
        for one in sorted(answers, key=_key)
    ]


def _key(one: Answer) -> tuple[str, int]:
    return one.item, one.row or 0


def _answer(item: str, row: int, number: float | None, text: str | None, approximate: bool, raw: str, sheet: str, cell: str) -> Answer:
    value: Value = text if number is None else (int(number) if number.is_integer() else number)
    return Answer(item=item, row=row or None, value=value, raw=raw, sheet=sheet, cell=cell, approximate=bool(approximate))


_ANSWER = (table.c.item, table.c.row, table.c.value_number, table.c.value_text, table.c.approximate, table.c.raw, table.c.sheet, table.c.cell)


def answers_of(
    connection: Connection, names: Iterable[str], *, campaign: str = "", known_at: datetime | None = None
) -> dict[str, tuple[Answer, ...]]:
    """The answers of those submissions, by submission, each sorted by row and item; a submission without answers is left out.

    With `campaign` and `known_at`, those of its submissions that were read again since are given as they were read then.
    """
    return dict(each_of(connection, names, campaign=campaign, known_at=known_at))


def each_of(
    connection: Connection, names: Iterable[str], *, campaign: str = "", known_at: datetime | None = None
) -> Iterator[tuple[str, tuple[Answer, ...]]]:
    """The answers of those submissions, one submission after the other, without holding them all; as `answers_of`."""
    then = earlier.in_force(connection, campaign, known_at) if known_at is not None else {}
    if then:
        names = set(names)
        for name in sorted(names & then.keys()):
            if then[name].answers:
                yield name, tuple(sorted(then[name].answers, key=lambda one: (one.row or 0, one.item)))
        names -= then.keys()
    for some in bulk.chunks(sorted(set(names))):
        query = select(table.c.submission, *_ANSWER).where(table.c.submission.in_(some)).order_by(table.c.submission, table.c.row, table.c.item)
        name, gathered = "", list[Answer]()
        for its_name, *values in connection.execute(query):
            if its_name != name:
                if gathered:
                    yield name, tuple(gathered)
                name, gathered = its_name, []
            gathered.append(_answer(*values))
        if gathered:
            yield name, tuple(gathered)


def reported_first(
    connection: Connection, campaign: str, obligation: str, period: str | None, form: str, *, most: int
) -> dict[str, tuple[str, tuple[Answer, ...]]]:
    """What the first `most` units, by their current submissions' receipts, reported for one obligation and period by a form: (submission, answers) by
    unit, in the order of receipts.
    """
    query = select(submission.c.unit_code, submission.c.submission).where(
        submission.c.campaign_code == campaign,
        submission.c.obligation_code == obligation,
        submission.c.period == (period or ""),
        submission.c.form_code == form,
        submission.c.part == "",
        submission.c.is_current,
        ~submission.c.is_nil,
    )
    units = {name: unit for unit, name in connection.execute(query.order_by(submission.c.receipt_number, submission.c.submission).limit(most))}
    said = answers_of(connection, units)
    return {unit: (name, said.get(name, ())) for name, unit in units.items()}
