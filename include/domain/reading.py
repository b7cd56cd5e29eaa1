"""What a file says, cell by cell: the neutral result of reading, before anything is judged."""

from dataclasses import dataclass, field

from include.domain.finding import Finding

Value = int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One item's value as read with certainty, or flagged.

    `value` is a whole number, a decimal, text, an ISO day, or None for a nil item (无); `raw` is the cell's own text; `row` counts the rows of a
    many-row table from 1, else None; `sheet` is "" for a CSV and "table 1" in a Word file. `approximate`: 约, 余, 近, 多 stood beside the figure.
    """

    item: str
    row: int | None
    value: Value
    raw: str
    sheet: str
    cell: str
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a blank or unreadable item stands, so that a later finding on it has a cell."""

    item: str
    row: int | None
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The hidden mark of an issued blank; believed only when it agrees with the folder."""

    campaign: str
    obligation: str
    form: str
    version: int
    unit: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """情况说明: what a unit wrote beside a line of the list in a return copy.

    `receipt_number` and `about` say which findings that line stood for, as the copy carried them (`domain.finding.reference`); 0 and empty where the
    line no longer tells.
    """

    receipt_number: int
    about: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file says as one form ("" for documents and materials). `unit_named` and `period_named` are the file's own words, unresolved."""

    form: str
    version: int
    unit_named: str | None = None
    period_named: str | None = None
    mark: Mark | None = None
    is_nil: bool = False
    answers: tuple[Answer, ...] = ()
    blanks: tuple[Place, ...] = ()
    findings: tuple[Finding, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    file_kind: str = ""
    explain: tuple[str, ...] = field(default_factory=tuple)
