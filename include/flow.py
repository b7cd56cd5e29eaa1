"""The six verbs in order for one campaign, in plain Python: what the DAGs call task by task and the command line in one go.

Every function takes keys and gives keys: a campaign's code, a batch of receipts ("1-300"), an instant. Stages are imported inside, so that
importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from include.domain.finding import Finding
from include.domain.form import Form
from include.domain.reading import Answer, Reading

if TYPE_CHECKING:
    from include.catalogue.findings import Rendered
    from include.domain.standing import Judgement
    from include.merge.rereading import Reread
    from include.report.gather import Material
    from include.report.reminders import Reminded
    from include.report.tracing import Trace
    from include.warehouse.readings import Kept


_READ_AT_ONCE = 2000
"""How many files are read again before they are compared with what they were: enough for one run of the engine to pay."""


def collect(campaign: str, *, inbox: str | None = None, as_of: datetime | None = None, storage: dict[str, object] | None = None) -> list[str]:
    """Take in what is new in the campaign's inbox; return the batches of receipts that wait to be read, as "first-last"."""
    from include.collect import collect as stage
    from include.warehouse import connect, intakes

    began_at = as_of or datetime.now(UTC)
    batches = stage(campaign, inbox=inbox, as_of=as_of, storage=storage)
    with connect().begin() as connection:
        intakes.begin(connection, campaign, began_at)
    return batches


def read(campaign: str, *batches: str) -> int:
    """Read batches of receipts, sharing the reader processes; return how many files were read."""
    from include.read import read as stage

    return stage(campaign, *batches)


def validate(campaign: str) -> int:
    """Check all waiting readings, one run per form; return how many were checked."""
    from include.validate import validate as stage

    return stage(campaign)


def merge(campaign: str) -> int:
    """Place and merge all checked readings in one transaction; return how many submissions are new or changed."""
    from include.merge import merge as stage
    from include.warehouse import connect, intakes

    changed = stage(campaign)
    with connect().begin() as connection:
        intakes.finish(connection, campaign)
    return changed


def intake(campaign: str, *, inbox: str | None = None, as_of: datetime | None = None) -> int:
    """collect, read, validate and merge in one go; return how many submissions are new or changed."""
    read(campaign, *collect(campaign, inbox=inbox, as_of=as_of))
    validate(campaign)
    return merge(campaign)


def judge(campaign: str, as_of: datetime, *, known_at: datetime | None = None) -> Judgement:
    """Judge every expectation as of a moment and keep the result where it is the newest."""
    from include.judge import judge as stage

    return stage(campaign, as_of, known_at=known_at)


def judge_anew(campaign: str, as_of: datetime) -> bool:
    """Judge, keep the result, and say whether any kept standing or score is another than before."""
    from include.judge import judge_anew as stage

    return stage(campaign, as_of)


def is_stale(campaign: str, now: datetime) -> bool:
    """Whether the kept verdict may have turned by the clock alone: something fell due since, or a new day began.

    The scheduler knows the deadlines of the definitions; an extension, a report on an activity and a grace are known here only.
    """
    from include.catalogue import brief
    from include.warehouse import connect, standings

    with connect().look() as connection:
        judged = standings.stored_as_of(connection, campaign)
        if judged is None:
            return True
        zone = brief(campaign).zone
        if judged.astimezone(zone).date() < now.astimezone(zone).date():
            return True
        return standings.has_fallen_due(connection, campaign, judged, now)


def report(campaign: str, as_of: datetime, out: str | None = None) -> list[Path]:
    """Judge as of a moment and write the campaign's workbooks below `out`; return the files written."""
    from include.read import pictures
    from include.report import report as stage

    with pictures() as picture:
        return stage(campaign, judge(campaign, as_of), out, picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one file says as one form, judged by the form's rules alone: no campaign, unit or deadline."""

    file: str
    sha256: str
    form: Form
    reading: Reading
    findings: tuple[Finding, ...]

    @property
    def unit_named(self) -> str | None:
        """The unit's name as the file has it."""
        return self.reading.unit_named

    @property
    def period_named(self) -> str | None:
        """The period as the file has it."""
        return self.reading.period_named

    @property
    def explain(self) -> tuple[str, ...]:
        """Why each cell was taken or rejected."""
        return self.reading.explain

    @property
    def is_accepted(self) -> bool:
        """Whether no finding returns the file."""
        return all(finding.severity != "error" for finding in self.findings)

    def labelled(self) -> list[tuple[Answer, str]]:
        """Answers with their items' labels."""
        return [(answer, self.form.item(answer.item).label) for answer in self.reading.answers]

    def rendered(self) -> list[tuple[Finding, Rendered]]:
        """Findings with their texts in the language of the settings."""
        from include import catalogue
        from include.settings import current

        language = current().language
        return [(finding, catalogue.render(finding, language)) for finding in self.findings]

    def problems(self) -> list[tuple[Finding, Rendered]]:
        """The same for people: findings of one rule on adjacent cells as one, over the range of their cells."""
        from include import catalogue
        from include.domain.finding import as_one, grouped
        from include.settings import current

        language = current().language
        groups = [as_one([self.findings[position] for position in group]) for group in grouped(self.findings)]
        return [(finding, catalogue.render(finding, language)) for finding in groups]

    def as_json(self) -> dict[str, object]:
        """The object that `baosong read --json` prints."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "form": self.form.code,
            "unit_named": self.unit_named,
            "period_named": self.period_named,
            "accepted": self.is_accepted,
            "answers": [
                {
                    "item": a.item,
                    "row": a.row,
                    "value": int(a.value) if isinstance(a.value, float) and a.value.is_integer() else a.value,
                    "raw": a.raw,
                    "sheet": a.sheet,
                    "cell": a.cell,
                    "approximate": a.approximate,
                }
                for a in self.reading.answers
            ],
            "findings": [
                {
                    "code": f.code,
                    "name": text.name,
                    "severity": f.severity,
                    "item": f.item,
                    "row": f.row,
                    "sheet": f.sheet,
                    "cell": f.cell,
                    "given": f.given,
                    "message": text.message,
                    "remedy": text.remedy,
                }
                for f, text in self.rendered()
            ],
        }


def _these(readings: Sequence[Reading], positions: Sequence[int]) -> dict[int, Reading]:
    return {position: readings[position] for position in positions}


def read_files(files: Sequence[Path], form_code: str, *, explain: bool = False) -> Iterator[Said]:
    """Read files as one form and check them by its rules, in the order given; touches nothing. Files are checked 200 at a time."""
    from include import catalogue
    from include.read import read_files as stage
    from include.validate.engine import check

    form = catalogue.form(form_code)
    rules = catalogue.rules()
    stream = stage(files, form, explain=explain)
    while some := list(islice(stream, 200)):
        readings = [reading for _, reading, _ in some]
        checked = check(form, readings, partial(_these, readings), rules)
        for (file, reading, sha256), found in zip(some, checked, strict=True):
            yield Said(file=str(file), sha256=sha256, form=form, reading=reading, findings=(*reading.findings, *found))


def reread(campaign: str, form: str | None = None, *, is_applied: bool = False, as_of: datetime | None = None) -> Reread:
    """Read the kept originals anew by the definitions in force, those that hold or may hold a form (None: any); say what that changes.

    Nothing is touched unless `is_applied`; then all of it is done in one transaction, or nothing. `as_of` is when units are told (default: now).
    """
    from include import catalogue
    from include.exceptions import UnknownName
    from include.merge import read_again as put
    from include.merge.rereading import differs
    from include.read import read_again
    from include.validate import check_again
    from include.warehouse import connect, readings
    from include.warehouse.readings import Kept

    definitions = catalogue.load(campaign)
    if form is not None and form not in definitions.forms:
        raise UnknownName(f"{campaign} has no form {form!r}; it has {', '.join(sorted(definitions.forms))}")
    asking = [one.code for one in definitions.campaign.reports() if one.what == "form" and form in (None, one.form)]
    with connect().look() as connection:
        numbers = readings.to_read_again(connection, campaign, form, asking)
    found: dict[int, tuple[Kept, ...]] = {}
    failed: list[int] = []
    for start in range(0, len(numbers), _READ_AT_ONCE):
        some = numbers[start : start + _READ_AT_ONCE]
        said = dict(read_again(campaign, some))
        failed += [number for number in some if number not in said]
        checked: dict[tuple[int, str], tuple[Finding, ...]] = {}
        for code in sorted({one.form for them in said.values() for one in them if one.form}):
            of_form = [(number, one) for number, them in said.items() for one in them if one.form == code]
            told = check_again(campaign, code, [one for _, one in of_form])
            checked.update({(number, code): findings for (number, _), findings in zip(of_form, told, strict=True)})
        with connect().look() as connection:
            old = readings.of(connection, campaign, said)
        for number, them in sorted(said.items()):
            new = tuple(Kept(number, one, checked.get((number, one.form), ())) for one in them)
            if not _is_by_hand(old[number]) and differs(new, old[number]):
                found[number] = new
    return replace(put(campaign, found, is_applied=is_applied, clock=as_of), read=len(numbers) - len(failed), failed=tuple(failed))


def _is_by_hand(kept: Sequence[Kept]) -> bool:
    """Whether a receipt was entered by a clerk: its evidence was never read as a report."""
    return any(one.reading.file_kind == "by_hand" for one in kept)


def decide(
    campaign: str,
    verb: str,
    *,
    by: str,
    why: str,
    unit: str | None = None,
    obligation: str | None = None,
    period: str | None = None,
    submission: str | None = None,
    receipt_number: int | None = None,
    until: datetime | None = None,
    paper: str | Path = "",
    at: datetime | None = None,
    item: str | None = None,
    points: float | None = None,
    withdraws: int | None = None,
    approved: bool = True,
    approved_by: str | None = None,
) -> int:
    """Enter a supervisor's decision and apply it; return its number. Not `approved` by the second person: kept, without effect."""
    from include.merge import decide as stage

    return stage(
        campaign,
        verb,
        by=by,
        why=why,
        unit=unit,
        obligation=obligation,
        period=period,
        submission=submission,
        receipt_number=receipt_number,
        until=until,
        paper=paper,
        at=at,
        item=item,
        points=points,
        withdraws=withdraws,
        approved=approved,
        approved_by=approved_by,
    )


def verify(campaign: str, head: str | None = None) -> tuple[list[str], int, str]:
    """Check the chain of receipts against itself and a head given out earlier; return problems, how many receipts, and the chain's head."""
    from include import catalogue
    from include.warehouse import connect, ledger

    catalogue.brief(campaign)
    with connect().look() as connection:
        return ledger.verify(connection, campaign, head), ledger.count(connection, campaign), ledger.head(connection, campaign)


def trace(campaign: str, obligation: str, item: str, period: str | None = None, *, unit: str | None = None, as_of: datetime | None = None) -> Trace:
    """A number of the roll-ups as of a moment (default: that of the newest verdict), at every level, with the cells it is made of."""
    from include.report.tracing import rolled
    from include.report.tracing import trace as stage

    material = _material(campaign, as_of)
    return stage(material, rolled(material, obligation), item, period, unit=unit)


def trace_back(campaign: str, receipt_number: int, *, sheet: str = "", cell: str = "", as_of: datetime | None = None) -> tuple[Trace, ...]:
    """From a received file, or one of its cells, to the numbers it goes into, at every level above its unit."""
    from include.report.tracing import back

    return back(_material(campaign, as_of), receipt_number, sheet=sheet, cell=cell)


def _material(campaign: str, as_of: datetime | None) -> Material:
    """What the sheets are written from, as of a moment; the verdict that is kept stays as it is."""
    from include import catalogue
    from include.judge import judge as stage
    from include.report.gather import gather
    from include.warehouse import connect, standings

    catalogue.brief(campaign)
    now = datetime.now(UTC)
    if as_of is None:
        with connect().look() as connection:
            as_of = standings.stored_as_of(connection, campaign) or now
    return gather(stage(campaign, as_of, known_at=now))


def remind(campaign: str, as_of: datetime, out: str | None = None, *, now: datetime | None = None) -> Reminded:
    """Write and send the reminders that are due as of a moment; return what became of them.

    `now` (default: the clock) says whether `as_of` is the present; of any other time the texts of that day are written and nothing is sent or
    recorded. The verdict that is kept stays as it is: nobody who waits for a change of standings misses one.
    """
    from include.judge import judge as stage
    from include.report.reminders import remind as send

    clock = datetime.now(UTC)
    return send(stage(campaign, as_of, known_at=clock), out, now=now or clock)
