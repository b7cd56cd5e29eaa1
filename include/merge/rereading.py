"""Reading again: what new readings of kept originals change of submissions, shown or applied, all of it or nothing.

A submission keeps its number, its place, the moment it was received and the decisions on it; its answers, its findings and its verdict follow the
new reading, and what they were stays beside them (`warehouse.earlier`). Showing is applying in a transaction that is undone, so that what is shown
is what would be done. Reports of a frozen roll-up are left as they are until it is reopened.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from include.catalogue import load
from include.domain.decision import Decision
from include.domain.finding import Finding
from include.domain.reading import Answer, Reading
from include.domain.receipt import Receipt, State, Submission
from include.merge.comparing import OF_BYTES, Compared, compare_figures, filed, to_date
from include.merge.desk import Desk, Roster
from include.merge.explaining import explained
from include.merge.filing import distinct, doubted, file_batch, set_aside, weighed
from include.merge.peers import UNLIKE_OTHERS, Report, unusual
from include.warehouse import Connection, answers, connect, earlier, findings, ledger, readings, submissions
from include.warehouse.database import hold
from include.warehouse.findings import Told
from include.warehouse.readings import Kept
from include.warehouse.submissions import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One answer that another reading changes; None where one of the readings has none."""

    item: str
    row: int | None
    old: Answer | None
    new: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What reading again changes of one submission. `was` is None for a receipt that nobody could place and that now has its place."""

    stored: Stored
    was: Stored | None
    figures: tuple[Figure, ...] = ()
    gone: tuple[Finding, ...] = ()
    new: tuple[Finding, ...] = ()

    @property
    def is_seen(self) -> bool:
        """Whether anybody would see it: figures, findings or verdict, not only the version that was read by."""
        same = self.was is not None and self.was.state_now == self.stored.state_now
        return not same or bool(self.figures or self.gone or self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What reading again found. `read` receipts were read, `renewed` of them said something else or by another version of the form.

    `frozen` are submissions left alone because their roll-up is frozen, `failed` receipts whose reader died, which stay as they were.
    """

    campaign: str
    is_applied: bool
    read: int
    renewed: int
    changed: tuple[Changed, ...] = ()
    frozen: tuple[Stored, ...] = ()
    failed: tuple[int, ...] = ()


class _OnlyShown(Exception):
    """Undoes the transaction."""


def differs(new: Sequence[Kept], old: Sequence[Kept]) -> bool:
    """Whether new readings of a file say anything else than the old ones, or say it by another version of a form."""
    return _said(new) != _said(old)


def _said(kept: Iterable[Kept]) -> dict[str, tuple[Reading, tuple[Finding, ...]]]:
    return {one.reading.form: (replace(one.reading, explain=()), one.checked or ()) for one in kept}


def read_again(campaign: str, found: Mapping[int, tuple[Kept, ...]], *, is_applied: bool, clock: datetime | None = None) -> Reread:
    """Put new readings, checked, by receipt number, in the place of the old ones, in one transaction; undo it unless `is_applied`.

    `clock` is when units are told of what is found (default: now). Receipts that were read again meanwhile, or wait to be merged, are left out.
    """
    definitions = load(campaign)
    reread = Reread(campaign=campaign, is_applied=is_applied, read=0, renewed=0)
    try:
        with connect().begin() as connection:
            hold(connection, f"ledger {campaign}")
            hold(connection, f"merge {campaign}")
            desk = Desk(connection, definitions, Roster.of(definitions.units))
            waiting = set(readings.to_merge(connection, campaign))
            old = readings.of(connection, campaign, found)
            new = {number: kept for number, kept in found.items() if number in old and number not in waiting and differs(kept, old[number])}
            reread = _renew(connection, desk, new, reread, clock or desk.now)
            if not is_applied:
                raise _OnlyShown
    except _OnlyShown:
        pass
    return reread


def _renew(connection: Connection, desk: Desk, new: Mapping[int, tuple[Kept, ...]], reread: Reread, clock: datetime) -> Reread:
    placed = submissions.of_receipts(connection, desk.code, new)
    frozen = [one for them in placed.values() for one in them if _is_frozen(one.submission, desk.decided)]
    held = {one.submission.receipt_number for one in frozen}
    new = {number: kept for number, kept in new.items() if number not in held}
    placed = {number: them for number, them in placed.items() if number in new}
    earlier.set_readings_aside(connection, desk.code, new, desk.now)
    readings.store_read_again(connection, desk.code, new, desk.now)
    changed = _judged_again(connection, desk, new, placed, clock)
    _write(connection, desk, changed)
    units = {one.stored.submission.unit for one in changed}
    submissions.set_current(connection, desk.code, sorted(units), Desk(connection, desk.definitions, desk.roster).current(units))
    plans = {one.stored.submission.unit for one in changed if one.stored.submission.obligation in desk.plans}
    homeless = [number for number in sorted(new) if number not in placed]
    found, barred = _placed_now(connection, desk, homeless, plans)
    return replace(reread, renewed=len(new), changed=(*changed, *found), frozen=(*frozen, *barred))


def _is_frozen(one: Submission, decided: Iterable[Decision]) -> bool:
    """Whether the last word on a submission's roll-up is that it is frozen."""
    last = ""
    for each in sorted(decided, key=lambda each: (each.decided_at, each.number)):
        is_about = each.obligation in (None, one.obligation) and each.unit in (None, one.unit) and each.period in (None, one.period)
        if is_about and each.verb in ("freeze", "reopen"):
            last = each.verb
    return last == "freeze"


def _judged_again(
    connection: Connection, desk: Desk, new: Mapping[int, tuple[Kept, ...]], placed: Mapping[int, Sequence[Stored]], clock: datetime
) -> list[Changed]:
    """Judge every submission that new readings bear upon, in the order of filing: their own, and what their units sent of the same forms after a
    report that reads otherwise now.
    """
    units = {one.submission.unit for them in placed.values() for one in them}
    forms = {kept.reading.form for number in placed for kept in new[number]} | {one.form for them in placed.values() for one in them}
    desk.fetch(units)
    touched = [
        one
        for one in submissions.stored(connection, desk.code, units=units)
        if one.submission.receipt_number in placed or (one.form and one.form in forms and not _is_frozen(one.submission, desk.decided))
    ]
    touched.sort(key=lambda one: filed(one.submission))
    numbers = {one.submission.receipt_number for one in touched}
    receipts = ledger.numbered(connection, desk.code, numbers)
    kept_of = readings.of(connection, desk.code, numbers)
    told_of = findings.of(connection, desk.code, (one.submission.id for one in touched))
    said_of = answers.answers_of(connection, (one.submission.id for one in touched))
    compared = Compared(desk, {})
    changed: list[Changed] = []
    moved: set[str] = set()
    for one in touched:
        name = one.submission.id
        if one.submission.receipt_number not in placed and one.submission.unit not in moved:
            continue
        receipt, kept, told = receipts[one.submission.receipt_number], kept_of[one.submission.receipt_number], told_of.get(name, ())
        said = distinct(_chosen(desk, one, kept).reading.answers)
        figures = _figures(said_of.get(name, ()), said)
        stored, found = _again(compared, one, receipt, kept, told, clock, is_moved=bool(figures))
        compared.renew(stored, said)
        gone, fresh = _difference([each.finding for each in told], found)
        its = Changed(stored=stored, was=one, figures=figures, gone=gone, new=fresh)
        if its.is_seen or stored.form_version != one.form_version or stored.form != one.form:
            changed.append(its)
        if figures or stored.state_now != one.state_now:
            moved.add(one.submission.unit)
    return changed


def _chosen(desk: Desk, one: Stored, kept: Sequence[Kept]) -> Kept:
    """The reading of a file that a submission rests on: as the form that its obligation asks for, where it was read as that."""
    obligation = next((each for each in desk.campaign.reports() if each.code == one.submission.obligation), None)
    wanted = obligation.form if obligation is not None and obligation.what == "form" else one.form
    return next((each for each in kept if each.reading.form == wanted), None) or kept[0]


def _again(
    compared: Compared, one: Stored, receipt: Receipt, kept: Sequence[Kept], told: Sequence[Told], clock: datetime, *, is_moved: bool
) -> tuple[Stored, list[Finding]]:
    """A submission as its file reads now, with its findings. `is_moved`: other answers than before."""
    desk = compared.desk
    chosen = _chosen(desk, one, kept)
    reading = chosen.reading
    its = replace(one.submission, is_nil=reading.is_nil)
    moment = receipt.clock_at or receipt.recorded_at
    # Where it belongs, and whose bytes it has, no reading changes; what other units made of the same figures stands too.
    lasting = OF_BYTES if is_moved else OF_BYTES | {UNLIKE_OTHERS}
    standing = [each.finding for each in told if each.finding.code.startswith("C") or each.finding.code in lasting]
    found = [*standing, *reading.findings, *to_date(compared, its, reading, moment, chosen.checked or ())]
    if one.repeats is None:
        found += compare_figures(compared, its, reading, moment)
    if reading.explanations:
        found = explained(desk, its, reading, found)
    found = _with_explanations(found, told)
    asks = any(each.code == "M702" for each in standing) and one.submission.state != "accepted"
    its = weighed(its, found, asks=asks)
    if is_moved and reading.form and one.repeats is None:
        others = unusual(desk, [Report(submission=its, form=reading.form, answers=distinct(reading.answers))]).get(its.id, [])
        if others:
            found += _with_explanations(others, told)
            its = doubted(its, others)
    if its.state == "returned" and one.submission.state != "returned":
        its = replace(its, told_at=clock)
    form, version = (reading.form, reading.version) if reading.form else ("", 0)
    state = _state_now(its, one, desk.decided)
    return replace(one, submission=its, form=form, form_version=version, state_now=state), found


def _with_explanations(found: Sequence[Finding], told: Sequence[Told]) -> list[Finding]:
    """What the unit answered to a doubt that still stands stays with it."""
    words = {_doubt(each.finding): each.finding.explanation for each in told if each.finding.explanation}
    return [replace(each, explanation=words[_doubt(each)]) if _doubt(each) in words else each for each in found]


def _doubt(finding: Finding) -> Finding:
    return replace(finding, explanation="")


def _state_now(its: Submission, was: Stored, decided: Iterable[Decision]) -> State:
    """The state that the decisions on a submission make of what was found."""
    if was.state_now == "withdrawn":
        return "withdrawn"
    state = its.state
    for one in decided:
        if one.submission == its.id:
            if one.verb == "accept" or (one.verb == "confirm" and state == "waiting"):
                state = "accepted"
            elif one.verb == "return":
                state = "returned"
    return state


def _figures(old: Iterable[Answer], new: Iterable[Answer]) -> tuple[Figure, ...]:
    """The answers that are not the same, in the order of the new reading, those that are gone last."""
    before = {(one.item, one.row): one for one in old}
    after = {(one.item, one.row): one for one in new}
    found = [
        Figure(item=item, row=row, old=before.get((item, row)), new=answer)
        for (item, row), answer in after.items()
        if before.get((item, row)) != answer
    ]
    found += [Figure(item=item, row=row, old=answer, new=None) for (item, row), answer in before.items() if (item, row) not in after]
    return tuple(found)


def _difference(old: Sequence[Finding], new: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings gone and new; one that stands twice is counted twice."""
    left, fresh = list(old), []
    for one in new:
        if one in left:
            left.remove(one)
        else:
            fresh.append(one)
    return tuple(left), tuple(fresh)


def _write(connection: Connection, desk: Desk, changed: Sequence[Changed]) -> None:
    """Keep what was beside what is."""
    was = [one.was for one in changed if one.was is not None]
    names = [one.submission.id for one in was]
    said_of, told_of = answers.answers_of(connection, names), findings.of(connection, desk.code, names)
    set_aside(connection, desk, was)
    figures_moved = [one for one in changed if one.figures]
    answers.drop(connection, (one.stored.submission.id for one in figures_moved))
    answers.load(connection, [(one.stored.submission.id, _renewed(said_of.get(one.stored.submission.id, ()), one.figures)) for one in figures_moved])
    for one in changed:
        its = one.stored.submission
        findings.drop(connection, desk.code, _numbers(told_of.get(its.id, ()), one.gone))
        submissions.set_found(connection, one.stored)
    findings.load(
        connection, desk.code, [(one.stored.submission.receipt_number, one.stored.submission.id, each) for one in changed for each in one.new]
    )


def _renewed(old: Iterable[Answer], figures: Iterable[Figure]) -> Sequence[Answer]:
    said = {(one.item, one.row): one for one in old}
    for one in figures:
        if one.new is None:
            del said[one.item, one.row]
        else:
            said[one.item, one.row] = one.new
    return list(said.values())


def _numbers(told: Iterable[Told], gone: Sequence[Finding]) -> list[tuple[int, int]]:
    left, found = list(gone), []
    for one in told:
        if one.finding in left:
            left.remove(one.finding)
            found.append((one.receipt_number, one.number))
    return found


def _placed_now(connection: Connection, desk: Desk, homeless: Sequence[int], plans: Collection[str]) -> tuple[list[Changed], list[Stored]]:
    """File anew what had no place and reads otherwise now, and what waited for a plan that reads otherwise now; nothing into a frozen roll-up.

    Returns what has its place now, and what would have it if its roll-up were not frozen.
    """
    numbers = list(homeless)
    if plans:
        numbers = sorted({*numbers, *Desk(connection, desk.definitions, desk.roster).waiting_for(plans)})
    barred: list[Stored] = []
    while True:
        attempt = connection.begin_nested()
        for number in numbers:
            findings.release(connection, desk.code, number)
        if numbers:
            file_batch(connection, Desk(connection, desk.definitions, desk.roster), numbers)
        placed = [one for _, them in sorted(submissions.of_receipts(connection, desk.code, numbers).items()) for one in them]
        frozen = [one for one in placed if _is_frozen(one.submission, desk.decided)]
        if not frozen:
            attempt.commit()
            break
        attempt.rollback()
        barred += frozen
        numbers = [number for number in numbers if number not in {one.submission.receipt_number for one in frozen}]
    names = [one.submission.id for one in placed]
    told, said = findings.of(connection, desk.code, names), answers.answers_of(connection, names)
    changed = [
        Changed(
            stored=one,
            was=None,
            figures=_figures((), said.get(one.submission.id, ())),
            new=tuple(each.finding for each in told.get(one.submission.id, ())),
        )
        for one in placed
    ]
    return changed, barred
