"""Bulk load: COPY on PostgreSQL, the bare driver's executemany on SQLite; the same rows on both."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.engine import Connection

T = TypeVar("T")


def load(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Append rows (values in the order of `columns`) and return how many; rows are consumed as they go, so memory stays flat.

    Values are what the table's types take (aware moments, numbers, text, bytes, None).
    """
    processors = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in columns]
    count = 0

    def processed() -> Iterable[tuple[Any, ...]]:
        nonlocal count
        at = [(index, process) for index, process in enumerate(processors) if process is not None]
        for row in rows:
            count += 1
            yield _with(row, at) if at else row

    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})", processed())
    else:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in processed():
                copy.write_row(row)
    return count


def _with(row: tuple[Any, ...], at: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for index, process in at:
        values[index] = process(values[index])
    return tuple(values)


def chunks(values: Sequence[T], size: int = 500) -> Iterable[Sequence[T]]:
    """Cut a sequence into pieces that fit an IN list on any database."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
