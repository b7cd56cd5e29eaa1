"""问题: what is wrong with a submission, and the rules that say so."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from include.domain.wordings import Strict, Wording

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Strict):
    """Something a submission must satisfy, from `definitions/findings/<stage>.yaml`. Its code is permanent and never reused.

    `code`: the stage's letter (C collect, R read, V validate, M merge, J judge), the level (1 file, 2 workbook or sheet, 3 rows and labels,
    4 cell, 5 across cells, 6 across tables, 7 across submissions) and a running number: R401. An `error` returns the submission, a `warning` asks
    for a look or an explanation, a `note` informs. `message` and `remedy` may ask only for {place}, {given} and {expected}; `remedy` begins with
    a verb.
    """

    code: str
    name: str
    severity: Severity
    message: Wording
    remedy: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule at one place.

    `item` and `row` are the form's (row counts a many-row table from 1), `sheet` and `cell` the file's (A1 style; a range "B3:B9" where equal
    findings were grouped; "" where the finding concerns the whole file). `given` is what was seen, `expected` what should stand there.
    `explanation` is the unit's own answer to a warning (情况说明), "" while there is none.
    """

    code: str
    severity: Severity
    item: str | None = None
    row: int | None = None
    sheet: str = ""
    cell: str = ""
    given: str = ""
    expected: str = ""
    explanation: str = ""


def reference(number: int, finding: Finding) -> str:
    """Return how a return copy names a finding: its number within the receipt, and a check that it is still that one after a file was read again."""
    said = "\0".join((finding.code, finding.item or "", str(finding.row or ""), finding.given, finding.expected))
    return f"{number}.{sha256(said.encode('utf-8', 'replace')).hexdigest()[:6]}"


_cell = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def grouped(findings: Sequence[Finding]) -> list[tuple[int, ...]]:
    """Group findings of one rule on adjacent cells: positions in `findings`, those of a group in the order of their cells.

    A group fills a rectangle of its sheet (`span`), and its findings were answered alike. What has no cell of its own, or a range, stays alone.
    Groups come in the order of their first findings.
    """
    places: dict[tuple[str, str, str], dict[tuple[int, int], list[int]]] = {}
    alone: list[tuple[int, ...]] = []
    for position, one in enumerate(findings):
        found = _cell.fullmatch(one.cell)
        if found is None:
            alone.append((position,))
            continue
        here = places.setdefault((one.sheet, one.code, one.explanation), {})
        here.setdefault((_column(found[1]), int(found[2])), []).append(position)
    groups = alone
    for cells in places.values():
        # Runs down a column first, as forms are filled in; then runs over the same rows, side by side, are one block.
        runs: list[list[tuple[int, int]]] = []
        for column, row in sorted(cells):
            if runs and runs[-1][-1] == (column, row - 1):
                runs[-1].append((column, row))
            else:
                runs.append([(column, row)])
        blocks: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        for run in runs:
            (column, first), last = run[0], run[-1][1]
            block = blocks.pop((column - 1, first, last), [])
            blocks[column, first, last] = block + run
        groups += [
            tuple(position for column, row in sorted(block, key=lambda c: (c[1], c[0])) for position in cells[column, row])
            for block in blocks.values()
        ]
    return sorted(groups, key=min)


MOST_TOLD = 5
"""Different things seen that one line names."""


def as_one(findings: Sequence[Finding]) -> Finding:
    """The findings of one group as people read them: the range of their cells, and what was seen and expected there, each once."""
    if len(findings) == 1:
        return findings[0]
    return replace(
        findings[0],
        item=None,
        row=None,
        cell=span(one.cell for one in findings),
        given=told(one.given for one in findings),
        expected=told(one.expected for one in findings),
    )


def told(texts: Iterable[str]) -> str:
    """Several texts in one: each once, the first few in full."""
    each = list(dict.fromkeys(text for text in texts if text))
    shown = "、".join(each[:MOST_TOLD])
    return shown if len(each) <= MOST_TOLD else f"{shown}等{len(each)}个"


def span(cells: Iterable[str]) -> str:
    """Return the range of a group's cells: "D4", "D4:D9"; "" for none."""
    found = [match for match in map(_cell.fullmatch, cells) if match]
    if not found:
        return ""
    columns, rows = [_column(one[1]) for one in found], [int(one[2]) for one in found]
    names = {_column(one[1]): one[1] for one in found}
    first, last = f"{names[min(columns)]}{min(rows)}", f"{names[max(columns)]}{max(rows)}"
    return first if first == last else f"{first}:{last}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
