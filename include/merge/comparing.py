"""A submission against the others: the same bytes again, another period's file again, cumulative figures that fall, figures that jump.

A submission is compared with what was received before it, and with what is already there for later periods; what is there is never judged anew by
what comes after it, so that a verdict once recorded stays what it was.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from include.catalogue import rules
from include.domain.finding import Finding
from include.domain.outlier import unlike_before
from include.domain.reading import Answer, Reading
from include.domain.receipt import Receipt, Submission
from include.merge.desk import Desk, order_of
from include.merge.peers import compared_items, figures_of, finding_of
from include.warehouse import answers
from include.warehouse.submissions import Stored

_LATEST = datetime.max.replace(tzinfo=UTC)
OF_BYTES = frozenset({"M701", "M702", "M703", "M707"})
"""Findings that follow from a file's bytes, whatever is read in them."""
# What validation says of one file's figures that the sums to date may answer.
_BY_SUMS = frozenset({"V403", "V501", "V503"})
# Half a unit of the one decimal that rates are given at, and a hair for binary fractions.
_RATE_TOLERANCE = 0.05 + 1e-6


@dataclass(slots=True)
class Verdict:
    """What comparing found. `repeats` is the submission whose bytes came again; `asks`: somebody must answer before it counts."""

    findings: list[Finding] = field(default_factory=list)
    repeats: str | None = None
    asks: bool = False


class Compared:
    """What there is to compare with: earlier submissions by their bytes, and figures by submission, those of the open batch included.

    Only what was filed before a submission is held against it, so that a file that is read again is compared with what it was compared with first.
    """

    def __init__(self, desk: Desk, by_sha256: dict[str, list[Stored]]) -> None:
        self.desk = desk
        self.by_sha256 = by_sha256
        self._figures: dict[str, Sequence[Answer]] = {}
        self._summed: dict[str, frozenset[str]] = {}

    def remember(self, one: Stored, reading: Reading) -> None:
        """Let what follows in the batch be compared with this submission too."""
        if one.repeats is None:
            self.by_sha256.setdefault(one.submission.sha256, []).append(one)
        self._figures[one.submission.id] = reading.answers

    def renew(self, one: Stored, said: Sequence[Answer]) -> None:
        """Let what was filed later be compared with a submission as its file was read again."""
        self._figures[one.submission.id] = said
        self.desk.renew(one)

    def before(self, one: Submission) -> list[Stored]:
        """What the unit had sent by when a submission was filed, in the order received."""
        mine = filed(one)
        return [each for each in self.desk.sent(one.unit) if filed(each.submission) < mine]

    def summed(self, code: str) -> frozenset[str]:
        """The items of a form whose figures are counted since the beginning; none where the form has no such figures."""
        if code not in self._summed:
            form = self.desk.definitions.forms.get(code)
            items = form.items() if form is not None and form.figures == "cumulative" else ()
            self._summed[code] = frozenset(item.code for item in items if item.is_number and item.adds == "sum")
        return self._summed[code]

    def figures(self, name: str) -> Sequence[Answer]:
        """A submission's answers."""
        if name not in self._figures:
            self._figures[name] = answers.answers_of(self.desk.connection, [name]).get(name, ())
        return self._figures[name]


def filed(one: Submission) -> tuple[datetime, datetime, int, str]:
    """The order of filing: batch after batch, each in the order received."""
    return one.recorded_at, one.received_at, one.receipt_number, one.id


def compare(compared: Compared, one: Submission, reading: Reading, receipt: Receipt) -> Verdict:
    """Say what a submission's neighbours make of it."""
    verdict = Verdict()
    _same_bytes(compared, one, reading, receipt, verdict)
    if verdict.repeats is None:
        verdict.findings += compare_figures(compared, one, reading, receipt.clock_at or receipt.recorded_at)
    return verdict


def compare_figures(compared: Compared, one: Submission, reading: Reading, clock: datetime) -> list[Finding]:
    """Say what the unit's other reports make of a submission's figures."""
    if not reading.form or one.is_nil:
        return []
    summed = compared.summed(reading.form)
    found = _cumulative(compared, one, reading, clock, summed) if summed else []
    fallen = {each.item for each in found}
    return found + [each for each in _moved(compared, one, reading, clock) if each.item not in fallen]


def _moved(compared: Compared, one: Submission, reading: Reading, clock: datetime) -> list[Finding]:
    """Figures far from those of the unit's earlier reports by the same form: all of them where each counts its period alone, else the last."""
    form = compared.desk.definitions.forms.get(reading.form)
    if form is None or not form.outliers.is_on or form.figures == "none":
        return []
    rank = _rank(compared.desk, one, clock)
    mine = rank(one.obligation, one.period)
    earlier = {}
    for each in compared.before(one):
        theirs = each.submission
        slot = rank(theirs.obligation, theirs.period)
        if slot < mine and each.form == reading.form and not theirs.part and not theirs.is_nil and each.state_now == "accepted":
            earlier[slot] = theirs.id
    if not earlier:
        return []
    chosen = [earlier[slot] for slot in sorted(earlier)]
    items = compared_items(form)
    before = [figures_of(items, compared.figures(name)) for name in (chosen if form.figures == "increment" else chosen[-1:])]
    at = {each.item: each for each in reading.answers if each.row is None}
    return [finding_of("M713", each, at[each.item]) for each in unlike_before(form.outliers, figures_of(items, reading.answers), before)]


def _same_bytes(compared: Compared, one: Submission, reading: Reading, receipt: Receipt, verdict: Verdict) -> None:
    """The same file again: for the same expectation it changes nothing, for another period it asks, from another unit it is told."""
    if receipt.size == 0:
        return  # nothing is like nothing
    mine = (one.received_at, one.receipt_number, one.id)
    earlier = [other for other in compared.by_sha256.get(one.sha256, ()) if order_of(other) < mine and other.state_now != "withdrawn"]
    campaign = compared.desk.campaign
    many = campaign.obligation(one.obligation).accepts == "many"
    for other in earlier:
        theirs = other.submission
        if (theirs.unit, theirs.obligation, theirs.period, theirs.part) == (one.unit, one.obligation, one.period, one.part):
            verdict.repeats = theirs.id
            verdict.findings.append(_finding("M701", expected=other.path))
            return
    own = [other for other in earlier if other.submission.unit == one.unit and _is_other_period(other, one, reading)]
    if own:
        quiet = many or one.is_nil
        slot = one.period or campaign.obligation(one.obligation).name.zh
        verdict.findings.append(_finding("M703" if quiet else "M702", given=slot, expected=own[0].path))
        verdict.asks = verdict.asks or not quiet
    elif reading.form and not one.is_nil:
        others = [other for other in earlier if other.submission.unit != one.unit]
        if others:
            verdict.findings.append(_finding("M707", expected=compared.desk.index.label(others[0].submission.unit)))


def _is_other_period(other: Stored, one: Submission, reading: Reading) -> bool:
    theirs = other.submission
    if theirs.obligation == one.obligation:
        return theirs.period != one.period
    # June's table sent again as December's: one form, two obligations. One file for a table and a summary is no repetition.
    return bool(reading.form) and other.form == reading.form and theirs.receipt_number != one.receipt_number


def _cumulative(compared: Compared, one: Submission, reading: Reading, clock: datetime, summed: frozenset[str]) -> list[Finding]:
    """Figures since the beginning may not be below the unit's report before, nor above the one after."""
    desk, found = compared.desk, list[Finding]()
    sent = compared.before(one)
    if not sent:
        return found
    alike = {each.code for each in desk.campaign.reports() if each.form == reading.form}
    rank = _rank(desk, one, clock)
    newest: dict[tuple[datetime, str, str], Stored] = {}
    for each in sent:
        theirs = each.submission
        if theirs.obligation in alike and not theirs.part and not theirs.is_nil and each.state_now == "accepted" and each.form == reading.form:
            newest[rank(theirs.obligation, theirs.period)] = each
    mine = rank(one.obligation, one.period)
    before = max((slot for slot in newest if slot < mine), default=None)
    after = min((slot for slot in newest if slot > mine), default=None)
    numbers = _numbers(reading.answers, summed)
    if before is not None:
        found += _against(numbers, _numbers(compared.figures(newest[before].submission.id), summed), "M704", -1)
    if after is not None:
        found += _against(numbers, _numbers(compared.figures(newest[after].submission.id), summed), "M705", 1)
        if mine in newest:
            later = newest[after].submission
            said = later.period or desk.campaign.obligation(later.obligation).name.zh
            found.append(_finding("M706", given=one.period or desk.campaign.obligation(one.obligation).name.zh, expected=said))
    return found


def to_date(compared: Compared, one: Submission, reading: Reading, clock: datetime, checked: Sequence[Finding]) -> tuple[Finding, ...]:
    """Judge a period's figures by the sums to date where the form counts each period alone (`figures: increment`).

    This week more may be mended than was found this week: what validation holds against a part (V501) or a rate (V403, V503) stands only where the
    unit's accepted figures so far, with these, do not bear it out; else a note (M708) says so. While an earlier period has not been reported,
    nobody can tell: then it is a warning (M709). A row among many is a thing of its own, which no sum bears out.
    """
    form = compared.desk.definitions.forms.get(reading.form)
    if form is None or form.figures != "increment" or not any(finding.code in _BY_SUMS for finding in checked):
        return tuple(checked)
    desk = compared.desk
    rank = _rank(desk, one, clock)
    sums = {each.item: float(each.value) for each in reading.answers if each.row is None and isinstance(each.value, int | float)}
    mine = rank(one.obligation, one.period)
    newest = {
        rank(each.submission.obligation, each.submission.period): each
        for each in compared.before(one)
        if each.submission.obligation == one.obligation and each.state_now == "accepted" and each.form == reading.form and not each.submission.part
    }
    for slot, each in newest.items():
        if slot < mine:
            for answer in compared.figures(each.submission.id):
                if answer.row is None and isinstance(answer.value, int | float) and answer.item in sums and form.item(answer.item).adds == "sum":
                    sums[answer.item] += answer.value
    said = {each.item: each.value for each in reading.answers if each.row is None}
    owed = {rank(each.obligation, each.period) for each in desk.owed(one.unit, clock) if each.obligation == one.obligation}
    is_gap = any(slot < mine and slot not in newest for slot in owed)
    kept: list[Finding] = []
    for finding in checked:
        item = form.item(finding.item) if finding.item and finding.row is None and finding.code in _BY_SUMS else None
        if item is not None and item.rate_of is not None:
            part, whole = (sums.get(code, 0.0) for code in item.rate_of)
            reported = said.get(item.code)
            holds = whole > 0 and isinstance(reported, int | float) and abs(reported - part / whole * 100) <= _RATE_TOLERANCE
        else:
            holds = item is not None and all(sums.get(item.code, 0.0) <= sums.get(whole, 0.0) for whole in item.part_of)
        code = "M708" if holds else "M709" if is_gap and item is not None else finding.code
        kept.append(replace(finding, code=code, severity=rules()[code].severity) if code != finding.code else finding)
    return tuple(kept)


def _rank(desk: Desk, one: Submission, clock: datetime) -> Callable[[str, str | None], tuple[datetime, str, str]]:
    """The order of a unit's reports: by when they are due."""
    due = {(each.obligation, each.period): (each.due_at or _LATEST, each.obligation) for each in desk.owed(one.unit, clock)}

    def rank(obligation: str, period: str | None) -> tuple[datetime, str, str]:
        due_at, code = due.get((obligation, period), (_LATEST, obligation))
        return due_at, code, period or ""

    return rank


def _numbers(said: Iterable[Answer], summed: frozenset[str]) -> dict[str, Answer]:
    return {each.item: each for each in said if each.item in summed and each.row is None and isinstance(each.value, int | float)}


def _against(mine: dict[str, Answer], theirs: dict[str, Answer], code: str, sign: int) -> list[Finding]:
    """A finding for each figure that lies on the wrong side of the other report's; in the order of the file's answers."""
    found = []
    for item, answer in mine.items():
        other = theirs.get(item)
        if other is None or not isinstance(answer.value, int | float) or not isinstance(other.value, int | float):
            continue
        if (answer.value - other.value) * sign > 0:
            found.append(_finding(code, given=f"{answer.value:.15g}", expected=f"{other.value:.15g}", answer=answer))
    return found


def _finding(code: str, *, given: str = "", expected: str = "", answer: Answer | None = None) -> Finding:
    """A finding by a rule of the catalogue, at an answer's place where one is given."""
    return Finding(
        code=code,
        severity=rules()[code].severity,
        item=answer.item if answer else None,
        row=answer.row if answer else None,
        sheet=answer.sheet if answer else "",
        cell=answer.cell if answer else "",
        given=given,
        expected=expected,
    )
