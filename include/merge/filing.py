"""Filing a batch: each receipt is placed, compared with what its unit sent before, and written down with its answers and findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from include.domain.finding import Finding, Severity
from include.domain.placing import Clues, Placement, Slot, clues, place
from include.domain.reading import Answer
from include.domain.receipt import Receipt, State, Submission
from include.merge.comparing import Compared, compare, to_date
from include.merge.desk import Desk
from include.merge.explaining import explained
from include.merge.peers import Report, unusual
from include.warehouse import Connection, answers, earlier, findings, ledger, readings, submissions
from include.warehouse.readings import Kept
from include.warehouse.submissions import Stored

_gravest: dict[Severity, int] = {"note": 0, "warning": 1, "error": 2}


@dataclass(slots=True)
class Batch:
    """What one transaction writes."""

    submissions: list[tuple[Submission, str, int]] = field(default_factory=list)
    repeats: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, Sequence[Answer]]] = field(default_factory=list)
    findings: list[tuple[int, str | None, Finding]] = field(default_factory=list)


def file_batch(connection: Connection, desk: Desk, numbers: Sequence[int]) -> int:
    """Place and write down those receipts; return how many submissions are new or changed."""
    receipts = ledger.numbered(connection, desk.code, numbers)
    kept = readings.of(connection, desk.code, numbers)
    evidence = {number: clues(receipts[number].path, desk.campaign, desk.index) for number in numbers}
    owners = {number: one.folder_unit.unit for number, one in evidence.items() if one.folder_unit.unit}
    desk.fetch(owners.values())
    clocks: dict[datetime, set[str]] = {}
    for number, owner in owners.items():
        clocks.setdefault(_clock(receipts[number]), set()).add(owner)
    for clock, units in clocks.items():
        desk.prepare(units, clock)
    earlier = submissions.shas(connection, desk.code, (receipt.sha256 for receipt in receipts.values()))
    compared = Compared(desk, {sha256: list(them) for sha256, them in earlier.items()})
    batch = Batch()
    for number in sorted(numbers, key=lambda number: (receipts[number].received_at, number)):
        _file(desk, compared, batch, receipts[number], evidence[number], kept[number])
    _doubt_the_unusual(connection, desk, batch, kept)
    changed = write(connection, desk, batch, numbers)
    planned = {one.unit for one, _, _ in batch.submissions if one.obligation in desk.plans}
    return changed + (_once_more(connection, Desk(connection, desk.definitions, desk.roster), planned) if planned else 0)


def _doubt_the_unusual(connection: Connection, desk: Desk, batch: Batch, kept: Mapping[int, Sequence[Kept]]) -> None:
    """Add what other units' figures make of the batch, and of earlier reports that had nothing to be compared with until now."""
    said = dict(batch.answers)
    found = unusual(
        desk, [Report(submission=one, form=form, answers=said[one.id]) for one, form, _ in batch.submissions if form and one.id not in batch.repeats]
    )
    for position, (one, form, version) in enumerate(batch.submissions):
        if new := found.pop(one.id, None):
            reading = next(each.reading for each in kept[one.receipt_number] if each.reading.form == form)
            new = explained(desk, one, reading, new) if reading.explanations else new
            batch.findings += [(one.receipt_number, one.id, each) for each in new]
            batch.submissions[position] = (doubted(one, new), form, version)
    if found:
        add_found(connection, desk, found)


def doubted(one: Submission, new: Sequence[Finding]) -> Submission:
    """A submission with further warnings or notes."""
    worst = max(one.worst or "note", *(each.severity for each in new), key=_gravest.__getitem__)
    was_explained = one.is_explained or one.worst in (None, "note")
    is_explained = worst == "warning" and was_explained and all(each.explanation for each in new if each.severity == "warning")
    return replace(one, worst=worst, findings=one.findings + len(new), is_explained=is_explained)


def add_found(connection: Connection, desk: Desk, found: Mapping[str, Sequence[Finding]]) -> None:
    """Add findings to submissions filed before; what was found of them until now stays beside it."""
    was = submissions.stored(connection, desk.code, ids=found)
    set_aside(connection, desk, was)
    for one in was:
        submissions.set_found(connection, replace(one, submission=doubted(one.submission, found[one.submission.id])))
    findings.load(
        connection, desk.code, [(one.submission.receipt_number, one.submission.id, each) for one in was for each in found[one.submission.id]]
    )


def set_aside(connection: Connection, desk: Desk, was: Sequence[Stored]) -> None:
    """Keep what was found of submissions until now, before it is put otherwise."""
    names = [one.submission.id for one in was]
    said = answers.answers_of(connection, names)
    told = findings.of(connection, desk.code, names)
    verdicts = [
        earlier.Verdict(
            submission=one.submission.id,
            until_at=desk.now,
            form=one.form,
            form_version=one.form_version,
            state=one.submission.state,
            worst=one.submission.worst,
            findings=one.submission.findings,
            is_nil=one.submission.is_nil,
            told_at=one.submission.told_at or one.submission.recorded_at,
            answers=said.get(one.submission.id, ()),
            told=tuple(each.finding for each in told.get(one.submission.id, ())),
        )
        for one in was
    ]
    earlier.keep(connection, desk.code, verdicts)


def _once_more(connection: Connection, desk: Desk, units: set[str]) -> int:
    """File anew what those units sent before their plan said what it is for; what stays unplaced keeps its findings."""
    theirs = desk.waiting_for(units)
    for number in theirs:
        findings.release(connection, desk.code, number)
    return file_batch(connection, desk, theirs) if theirs else 0


def _clock(receipt: Receipt) -> datetime:
    """What the clock said when the receipt was given."""
    return receipt.clock_at or receipt.recorded_at


def write(connection: Connection, desk: Desk, batch: Batch, numbers: Sequence[int]) -> int:
    """Write a batch down, with what is current now; return how many submissions are new or changed."""
    submissions.insert(connection, desk.code, batch.submissions, batch.repeats)
    answers.load(connection, batch.answers)
    findings.load(connection, desk.code, batch.findings)
    readings.mark_merged(connection, desk.code, numbers, desk.now)
    units = sorted({one.unit for one, _, _ in batch.submissions})
    new = {one.id for one, _, _ in batch.submissions}
    moved = submissions.set_current(connection, desk.code, units, desk.current(units))
    return len(new | moved)


def _file(desk: Desk, compared: Compared, batch: Batch, receipt: Receipt, evidence: Clues, kept: Sequence[Kept]) -> None:
    said = [one.reading for one in kept]
    clock = _clock(receipt)
    placement = place(
        evidence,
        said,
        campaign=desk.campaign,
        index=desk.index,
        owed=lambda unit: desk.owing(unit, clock),
        received_at=receipt.received_at,
    )
    if not placement.is_placed:
        for one in _all_findings(kept, placement):
            batch.findings.append((receipt.number, None, one))
        return
    assert placement.unit is not None
    for position, slot in enumerate(placement.slots):
        own = placement.findings if position == 0 else ()
        put(desk, compared, batch, receipt, kept, slot, unit=placement.unit, position=position, findings=own)


def put(
    desk: Desk,
    compared: Compared,
    batch: Batch,
    receipt: Receipt,
    kept: Sequence[Kept],
    slot: Slot,
    *,
    unit: str,
    position: int,
    findings: Sequence[Finding],
    is_decided: bool = False,
) -> Submission:
    """Put a receipt to one expectation: make the submission, compare it, and lay everything into the batch.

    `is_decided`: a supervisor says where it belongs, so no question about that stands open.
    """
    of_form = next((one for one in kept if one.reading.form == slot.form), None) or kept[0]
    reading = of_form.reading
    name = f"{desk.code}-{receipt.number:06d}" + (f"-{position + 1}" if position else "")
    submission = Submission(
        id=name,
        receipt_number=receipt.number,
        unit=unit,
        obligation=slot.obligation,
        period=slot.period,
        received_at=receipt.received_at,
        recorded_at=desk.now,
        told_at=receipt.clock_at if receipt.clock_at not in (None, receipt.recorded_at) else desk.now,
        state="accepted",
        part=slot.part,
        sha256=receipt.sha256,
        is_nil=reading.is_nil,
        by_hand=receipt.how_known == "by_hand",
    )
    clock = _clock(receipt)
    found = [*findings, *reading.findings, *to_date(compared, submission, reading, clock, of_form.checked or ())]
    verdict = compare(compared, submission, reading, receipt)
    found += verdict.findings
    if reading.explanations:
        found = explained(desk, submission, reading, found)
    submission = weighed(submission, found, asks=verdict.asks and not is_decided)
    state = submission.state
    form, version = (reading.form, reading.version) if reading.form else ("", 0)
    batch.submissions.append((submission, form, version))
    batch.answers.append((name, distinct(reading.answers)))
    batch.findings += [(receipt.number, name, one) for one in found]
    if verdict.repeats is not None:
        batch.repeats[name] = verdict.repeats
    stored = Stored(
        submission=submission, form=form, form_version=version, state_now=state, is_current=False, path=receipt.path, repeats=verdict.repeats
    )
    compared.remember(stored, reading)
    desk.add(stored)
    return submission


def weighed(one: Submission, found: Sequence[Finding], *, asks: bool) -> Submission:
    """A submission with what its findings make of it. `asks`: somebody must answer before it counts."""
    worst = max((each.severity for each in found), key=_gravest.__getitem__, default=None)
    state: State = "returned" if worst == "error" else "waiting" if asks else "accepted"
    is_explained = worst == "warning" and all(each.explanation for each in found if each.severity == "warning")
    return replace(one, state=state, worst=worst, findings=len(found), is_explained=is_explained)


def distinct(said: Sequence[Answer]) -> Sequence[Answer]:
    """One answer for each item and row; a reader that gave two would have to say which is right, so the first stands."""
    if len({(one.item, one.row) for one in said}) == len(said):
        return said
    kept: dict[tuple[str, int | None], Answer] = {}
    for one in said:
        kept.setdefault((one.item, one.row), one)
    return list(kept.values())


def _all_findings(kept: Sequence[Kept], placement: Placement) -> Iterator[Finding]:
    yield from placement.findings
    seen: set[Finding] = set()
    for one in kept:
        for finding in (*one.reading.findings, *(one.checked or ())):
            if finding not in seen:
                seen.add(finding)
                yield finding
