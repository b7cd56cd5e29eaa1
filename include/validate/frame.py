"""Readings as pandas frames: a row per submission (or per row of a many-row table), a column per item, plus the columns that checks compare."""

import html
import math
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


class FrameBuilder:
    """Collects readings one by one into compact columns, so that memory does not hold the readings themselves."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.items = [item for table in tables for item in table.items]
        self._codes = {item.code for item in self.items}
        self._has_many_rows = tables[0].rows == "many"
        self._numbers = {item.code: array("d") for item in self.items if item.is_number}
        self._nil = {code: bytearray() for code in self._numbers}
        self._approximate = {code: bytearray() for code in self._numbers}
        self._texts: dict[str, list[str | None]] = {item.code: [] for item in self.items if not item.is_number}
        self._answered = {item.code: array("d") for item in self.items}
        self._reading_of = array("q")
        self._row_of = array("q")

    def add(self, number: int, reading: Reading) -> int:
        """Add one reading's rows; return how many it has here."""
        rows: dict[int, dict[str, Answer]] = {} if self._has_many_rows else {0: {}}
        for answer in reading.answers:
            if answer.item in self._codes:
                rows.setdefault(answer.row or 0, {})[answer.item] = answer
        for row, answers in sorted(rows.items()):
            self._reading_of.append(number)
            self._row_of.append(row)
            for code, answered in self._answered.items():
                answered.append(1.0 if code in answers else math.nan)
            for code, values in self._numbers.items():
                found = answers.get(code)
                # A nil figure (无) compares as 0: participants against nil sessions are as suspicious as against none.
                values.append(math.nan if found is None else float(found.value) if isinstance(found.value, int | float) else 0.0)
                self._nil[code].append(found is not None and found.value is None)
                self._approximate[code].append(found is not None and found.approximate)
            for code, texts in self._texts.items():
                found = answers.get(code)
                # Escaped, because the engine writes values into its HTML pages; no plausible telephone or mailbox changes by it.
                texts.append(None if found is None or found.value is None else html.escape(str(found.value)))
        return len(rows)

    def build(self) -> Frame:
        """The collected columns and those that checks compare."""
        numbers = {code: np.frombuffer(values, dtype=float) if values else np.empty(0) for code, values in self._numbers.items()}
        nil = {code: np.frombuffer(flags, dtype=bool) if flags else np.empty(0, dtype=bool) for code, flags in self._nil.items()}
        vague = {code: np.frombuffer(flags, dtype=bool) if flags else np.empty(0, dtype=bool) for code, flags in self._approximate.items()}
        columns: dict[str, object] = {}
        for item in self.items:
            columns[f"{item.code}:answered"] = np.frombuffer(self._answered[item.code], dtype=float) if self._reading_of else np.empty(0)
            if item.code in self._texts:
                columns[item.code] = pd.Series(self._texts[item.code], dtype=object)
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
