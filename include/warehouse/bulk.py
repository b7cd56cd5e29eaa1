"""Bulk load: COPY on PostgreSQL, the bare driver's executemany on SQLite; the same rows on both."""

import csv
import gc
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import JSON, Boolean, Float, LargeBinary, Table
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from include.warehouse.tables import Instant

T = TypeVar("T")
# Times the columns, it stays below the number of values that any SQLite takes in one statement.
_ROWS = 40
_LINES = 1000
_MOMENTS = 10_000
# What stands for nothing in COPY: a word that no sender can know, short since most columns of most rows hold it.
_NULL = f"~{uuid4().hex[:8]}"


def load(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Append rows (values in the order of `columns`) and return how many; rows are consumed as they go, so memory stays flat.

    Values are what the table's types take (aware moments, numbers, text, bytes, None).
    """
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "sqlite":
        at = [(index, process) for index, name in enumerate(columns) if (process := _processor(table.c[name].type, connection)) is not None]
        processed = (_with(row, at) for row in rows) if at else rows
        return _insert(driver, f"INSERT INTO {table.name} ({names}) VALUES ", f"({', '.join('?' * len(columns))})", iter(processed))
    count, spelled = 0, _spelled(rows, [(index, to) for index, name in enumerate(columns) if (to := _spelling(table.c[name].type))])
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv, NULL '{_NULL}')") as copy:
        while some := list(islice(spelled, _LINES)):
            lines = io.StringIO()
            csv.writer(lines, lineterminator="\r\n").writerows(some)  # with "\n" alone a lone return would go unquoted
            copy.write(lines.getvalue())
            count += len(some)
    return count


def _spelled(rows: Iterable[tuple[Any, ...]], at: Sequence[tuple[int, Callable[[Any], str]]]) -> Iterator[list[Any]]:
    """Rows with the word of nothing for None, and with what a CSV writer would spell otherwise than COPY reads it."""
    for row in rows:
        values = [_NULL if value is None else value for value in row]
        for index, to in at:
            if values[index] is not _NULL:
                values[index] = to(values[index])
        yield values


def _spelling(kind: TypeEngine[Any]) -> Callable[[Any], str] | None:
    """How COPY wants a column's values where that is not how a CSV writer spells them."""
    if isinstance(kind, Instant):
        return _Moments().text
    if isinstance(kind, LargeBinary):
        return lambda value: f"\\x{value.hex()}"
    if isinstance(kind, JSON):
        return lambda value: json.dumps(value, ensure_ascii=False)
    return None


def _insert(driver: Any, head: str, row: str, rows: Iterator[tuple[Any, ...]]) -> int:
    """Insert many rows a statement, which costs a fifth less than one; the last few by themselves."""
    count, rest = 0, list[tuple[Any, ...]]()

    def statements() -> Iterator[tuple[Any, ...]]:
        nonlocal count
        while some := list(islice(rows, _ROWS)):
            count += len(some)
            if len(some) < _ROWS:
                rest.extend(some)
                return
            yield tuple(chain.from_iterable(some))

    driver.executemany(head + ", ".join([row] * _ROWS), statements())
    if rest:
        driver.executemany(head + row, rest)
    return count


def _processor(kind: TypeEngine[Any], connection: Connection) -> Callable[[Any], Any] | None:
    """What SQLite's driver needs done to a value; it takes bools and floats as they are."""
    return None if isinstance(kind, Boolean | Float) else kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)


class _Moments:
    """Moments as COPY takes them. Most rows of a load share a few, so each is written once."""

    def __init__(self) -> None:
        self.known: dict[datetime, str] = {}

    def text(self, value: datetime) -> str:
        told = self.known.get(value)
        if told is None:
            if value.tzinfo is None:
                raise ValueError(f"{value!r} has no zone: give an aware moment")
            told = value.isoformat()
            if len(self.known) < _MOMENTS:
                self.known[value] = told
        return told


def _with(row: tuple[Any, ...], at: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for index, process in at:
        values[index] = process(values[index])
    return tuple(values)


@contextmanager
def without_collector() -> Iterator[None]:
    """Let many rows pass without looking for cycles among them, which costs up to a third of the time and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def chunks(values: Sequence[T], size: int = 500) -> Iterable[Sequence[T]]:
    """Cut a sequence into pieces that fit an IN list on any database."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
