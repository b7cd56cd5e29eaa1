"""Readings as pandas frames: a row per submission (or per row of a many-row table), a column per item, plus the columns that checks compare."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.domain.form import Form, Item, Table
from include.domain.reading import Answer, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of a form. Row i of `data` belongs to reading `reading_of[i]` and, in a many-row table, to its row `row_of[i]` (else None)."""

    tables: tuple[Table, ...]
    data: pd.DataFrame
    reading_of: list[int]
    row_of: list[int | None]

    def items(self) -> list[Item]:
        """The items that are columns here."""
        return [item for table in self.tables for item in table.items]


def frames(form: Form, readings: Sequence[Reading]) -> list[Frame]:
    """Lay the readings out: one frame for all one-row tables together, one for each many-row table."""
    single = tuple(table for table in form.tables if table.rows == "one")
    result = []
    if single:
        keys: list[tuple[int, int | None]] = [(number, None) for number in range(len(readings))]
        result.append(_frame(single, readings, keys))
    for table in form.tables:
        if table.rows == "many":
            codes = {item.code for item in table.items}
            keys = [
                (number, row)
                for number, reading in enumerate(readings)
                for row in sorted({a.row for a in reading.answers if a.row is not None and a.item in codes})
            ]
            result.append(_frame((table,), readings, keys))
    return result


def _frame(tables: tuple[Table, ...], readings: Sequence[Reading], keys: list[tuple[int, int | None]]) -> Frame:
    index = {key: position for position, key in enumerate(keys)}
    items = [item for table in tables for item in table.items]
    numbers = {item.code: np.full(len(keys), np.nan) for item in items if item.is_number}
    texts: dict[str, list[str | None]] = {item.code: [None] * len(keys) for item in items if not item.is_number}
    answered = {item.code: np.full(len(keys), np.nan) for item in items}
    nil = {item.code: np.zeros(len(keys), dtype=bool) for item in items if item.is_number}
    approximate = {item.code: np.zeros(len(keys), dtype=bool) for item in items if item.is_number}
    for number, reading in enumerate(readings):
        for answer in reading.answers:
            position = index.get((number, answer.row))
            if position is None or answer.item not in answered:
                continue
            answered[answer.item][position] = 1.0
            if answer.item in numbers:
                value = answer.value
                # A nil figure (无) compares as 0: participants against nil sessions are as suspicious as against none.
                numbers[answer.item][position] = float(value) if isinstance(value, int | float) else 0.0
                nil[answer.item][position] = value is None
                approximate[answer.item][position] = answer.approximate
            elif answer.value is not None:
                # Escaped, because the engine writes values into its HTML pages; no plausible telephone or mailbox changes by it.
                texts[answer.item][position] = html.escape(str(answer.value))
    columns: dict[str, object] = {}
    for item in items:
        columns[f"{item.code}:answered"] = answered[item.code]
        if item.code in texts:
            columns[item.code] = pd.Series(texts[item.code], dtype=object)
            continue
        values = numbers[item.code]
        if item.rate_of is not None:
            columns.update(_rate_columns(item, numbers, nil, approximate))
            values = np.where(nil[item.code], np.nan, values)
        columns[item.code] = values
        if item.kind == "count":
            columns[f"{item.code}:fraction"] = np.where(np.isnan(values), np.nan, np.mod(values, 1.0))
    return Frame(tables=tables, data=pd.DataFrame(columns), reading_of=[n for n, _ in keys], row_of=[row for _, row in keys])


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
