"""问题: what is wrong with a submission, and the rules that say so."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from include.domain.wordings import Strict, Wording

Severity = Literal["error", "warning", "note"]
Stage = Literal["collect", "read", "validate", "merge", "judge"]


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
