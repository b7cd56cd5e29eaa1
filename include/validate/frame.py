"""Readings as pandas frames: a row per submission (or per row of a many-row table), a column per item, plus the columns that checks compare."""

import html
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.domain.form import Form, Item, Table
from include.domain.reading import Answer, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of a form. Row i of `data` belongs to reading `reading_of[i]` and, in a many-row table, to its row `row_of[i]` (else 0)."""

    tables: tuple[Table, ...]
    data: pd.DataFrame
    reading_of: Sequence[int]
    row_of: Sequence[int]

    def items(self) -> list[Item]:
        """The items that are columns here."""
        return [item for table in self.tables for item in table.items]


class _Column:
    """The answers to one item: at which rows of the frame they stand, and what they say."""

    __slots__ = ("approximate", "is_number", "nil", "rows", "values")

    def __init__(self, item: Item) -> None:
        self.is_number = item.is_number
        self.rows = array("q")
        self.values: array[float] | list[str | None] = array("d") if item.is_number else []
        self.nil = array("q")
        self.approximate = array("q")

    def add(self, row: int, answer: Answer) -> None:
        value = answer.value
        self.rows.append(row)
        if not self.is_number:
            # Escaped, because the engine writes values into its HTML pages; no plausible telephone or mailbox changes by it.
            self.values.append(None if value is None else html.escape(str(value)))  # type: ignore[arg-type]
            return
        # A nil figure (无) compares as 0: participants against nil sessions are as suspicious as against none.
        self.values.append(value if isinstance(value, int | float) else 0.0)  # type: ignore[arg-type]
        if value is None:
            self.nil.append(row)
        if answer.approximate:
            self.approximate.append(row)

    def spread(self, values: Sequence[object], size: int, blank: object, kind: type) -> np.ndarray:
        """The values at their rows, `blank` elsewhere."""
        column: np.ndarray = np.full(size, blank, dtype=kind)
        column[np.asarray(self.rows, dtype=np.intp)] = np.asarray(values, dtype=kind)
        return column

    def flags(self, rows: "array[int]", size: int) -> np.ndarray:
        """True at those rows."""
        flags = np.zeros(size, dtype=bool)
        flags[np.asarray(rows, dtype=np.intp)] = True
        return flags


class FrameBuilder:
    """Collects readings one by one into compact columns, so that memory does not hold the readings themselves."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.items = [item for table in tables for item in table.items]
        self._has_many_rows = tables[0].rows == "many"
        self._columns = {item.code: _Column(item) for item in self.items}
        self._reading_of = array("q")
        self._row_of = array("q")

    def add(self, number: int, reading: Reading) -> int:
        """Add one reading's rows; return how many it has here."""
        first = len(self._reading_of)
        rows = sorted({one.row or 0 for one in reading.answers if one.item in self._columns}) if self._has_many_rows else (0,)
        self._reading_of.extend([number] * len(rows))
        self._row_of.extend(rows)
        place = {row: first + position for position, row in enumerate(rows)}
        columns = self._columns
        for answer in reading.answers:
            column = columns.get(answer.item)
            if column is not None:
                column.add(place[answer.row or 0] if self._has_many_rows else first, answer)
        return len(rows)

    def build(self) -> Frame:
        """The collected columns and those that checks compare."""
        size = len(self._reading_of)
        numbers = {code: one.spread(one.values, size, np.nan, float) for code, one in self._columns.items() if one.is_number}
        nil = {code: self._columns[code].flags(self._columns[code].nil, size) for code in numbers}
        vague = {code: self._columns[code].flags(self._columns[code].approximate, size) for code in numbers}
        columns: dict[str, object] = {}
        for item in self.items:
            one = self._columns[item.code]
            columns[f"{item.code}:answered"] = one.spread([1.0] * len(one.rows), size, np.nan, float)
            if not one.is_number:
                columns[item.code] = pd.Series(one.spread(one.values, size, None, object), dtype=object)
                continue
            values = numbers[item.code]
            if item.rate_of is not None:
                columns.update(_rate_columns(item, numbers, nil, vague))
                values = np.where(nil[item.code], np.nan, values)
            columns[item.code] = values
            if item.kind == "count":
                columns[f"{item.code}:fraction"] = np.where(np.isnan(values), np.nan, np.mod(values, 1.0))
        return Frame(tables=self.tables, data=pd.DataFrame(columns), reading_of=self._reading_of, row_of=self._row_of)


def builders(form: Form) -> list[FrameBuilder]:
    """One builder for all one-row tables together, one for each many-row table."""
    single = tuple(table for table in form.tables if table.rows == "one")
    many = [(table,) for table in form.tables if table.rows == "many"]
    return [FrameBuilder(tables) for tables in ([single] if single else []) + many]


def _rate_columns(
    item: Item, numbers: dict[str, np.ndarray], nil: dict[str, np.ndarray], approximate: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """What a rate's three checks look at: how far it stands from part / whole, a rate over a whole of 0, and "/" although there is a whole."""
    assert item.rate_of is not None
    part, whole, reported = numbers[item.rate_of[0]], numbers[item.rate_of[1]], numbers[item.code]
    is_nil = nil[item.code]
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.where(whole > 0, part / whole * 100.0, np.nan)
    is_sure = ~(approximate[item.rate_of[0]] | approximate[item.rate_of[1]] | approximate[item.code])
    deviation = np.where(is_nil | ~is_sure, np.nan, np.abs(reported - exact))
    return {
        f"{item.code}:deviation": deviation.round(6),
        f"{item.code}:without_whole": np.where(~is_nil & (whole == 0), reported, np.nan),
        f"{item.code}:left_out": np.where(is_nil & (whole > 0), exact, np.nan),
    }


def answer_at(reading: Reading, item: str, row: int | None) -> Answer | None:
    """Return the reading's answer to that item in that row, if it has one."""
    for answer in reading.answers:
        if answer.item == item and answer.row == row:
            return answer
    return None
