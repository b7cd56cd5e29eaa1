"""What the sheets need, fetched in bulk: a handful of queries a campaign, none a unit or a cell.

What is shown is what stood in the ledger by the judgement's two clocks: receipts received by `as_of` and recorded by `known_at`. `known_at` itself is
printed nowhere, and the day of making (制表日期) is the day of `as_of`, so that the same input gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from include import catalogue
from include.domain.campaign import Campaign, Obligation
from include.domain.deadline import WorkCalendar
from include.domain.decision import Decision
from include.domain.finding import Finding
from include.domain.form import Form, Item
from include.domain.reading import Answer
from include.domain.receipt import Receipt, State, Submission
from include.domain.standing import Judgement, Standing
from include.domain.unit import Unit, roster_on
from include.report import words
from include.warehouse import answers, connect, decisions, earlier, findings, ledger, snapshots, submissions
from include.warehouse.earlier import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A submission with its file's path, the form it was read as and its state as it is now; `repeats` is the earlier one whose bytes it has."""

    submission: Submission
    path: str
    form: str
    state: State
    form_version: int = 0
    repeats: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A finding in words, with the receipt it is about and, where it is placed, the delivery.

    `label` is the item's; `number` is the finding's within the receipt.
    """

    receipt_number: int
    path: str
    delivery: Delivery | None
    finding: Finding
    label: str
    message: str
    remedy: str
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Liaison:
    """A unit's liaison, from its own accepted form."""

    name: str = ""
    duty: str = ""
    telephone: str = ""
    mobile: str = ""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything that the workbooks say of one campaign at one moment.

    `answers` are those of the submissions that standings name, by submission, `versions` those of the others of the same reports, `earlier` what was
    found of submissions before their files were read again; `decisions` are those by then, rejected ones included; `head` is
    the hash of the newest receipt.
    """

    campaign: Campaign
    units: tuple[Unit, ...]
    forms: Mapping[str, Form]
    judgement: Judgement
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()
    refused: tuple[ledger.Refusal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    head: str = ""
    calendar: WorkCalendar | None = None
    earlier: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    versions: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)

    @cached_property
    def decisions_on(self) -> Mapping[str, tuple[Decision, ...]]:
        """What was decided on submissions, by submission, in the order of effect."""
        found: dict[str, list[Decision]] = {}
        for one in sorted(self.decisions, key=lambda one: (one.decided_at, one.number)):
            if one.approved and one.submission is not None and one.verb in ("accept", "return", "confirm", "withdraw"):
                found.setdefault(one.submission, []).append(one)
        return {name: tuple(some) for name, some in found.items()}

    @cached_property
    def freezes(self) -> tuple[Decision, ...]:
        """What froze roll-ups and reopened them, in the order of effect."""
        some = [one for one in self.decisions if one.approved and one.verb in ("freeze", "reopen")]
        return tuple(sorted(some, key=lambda one: (one.decided_at, one.number)))

    @cached_property
    def unit_of(self) -> Mapping[str, Unit]:
        """Units by code."""
        return {unit.code: unit for unit in self.units}

    @cached_property
    def standings_of(self) -> Mapping[tuple[str, str | None], tuple[Standing, ...]]:
        """Standings by (obligation, period), in official order of units."""
        found: dict[tuple[str, str | None], list[Standing]] = {}
        for one in self.judgement.standings:
            found.setdefault((one.obligation, one.period), []).append(one)
        return {key: tuple(some) for key, some in found.items()}

    @cached_property
    def standing_of(self) -> Mapping[tuple[str, str, str | None], Standing]:
        """Standings by (unit, obligation, period)."""
        return {(one.unit, one.obligation, one.period): one for one in self.judgement.standings}

    @cached_property
    def in_order(self) -> tuple[Standing, ...]:
        """The standings by obligation as in the notice, period, unit."""
        order = {one.code: number for number, one in enumerate(self.campaign.obligations)}
        units = {unit.code: number for number, unit in enumerate(self.units)}
        return tuple(sorted(self.judgement.standings, key=lambda s: (order.get(s.obligation, 999), s.period or "", units.get(s.unit, 10**9))))

    def name(self, unit: str) -> str:
        """A unit's name; its code where the registry no longer has it."""
        found = self.unit_of.get(unit)
        return found.name if found else unit

    def obligation(self, code: str) -> Obligation | None:
        """The obligation of that code, None where the definitions no longer have it."""
        return next((one for one in self.campaign.obligations if one.code == code), None)

    def title(self, code: str, period: str | None = None) -> str:
        """An obligation's name with its period, as sheets show it."""
        found = self.obligation(code)
        when = words.period(period)
        return (found.name.zh if found else code) + (f"（{when}）" if when and "（" not in when else f"·{when}" if when else "")

    def form_of(self, obligation: Obligation) -> Form | None:
        """The form an obligation asks for, None where it asks for none."""
        return self.forms.get(obligation.form) if obligation.what == "form" else None

    @cached_property
    def liaisons(self) -> Mapping[str, Liaison]:
        """Each unit's liaison, from the last of its accepted forms that names a person with a telephone in its only row."""
        found: dict[str, Liaison] = {}
        for obligation in self.campaign.reports():
            form = self.form_of(obligation)
            if form is None:
                continue
            for table in form.tables:
                phones = [item for item in table.items if item.kind == "phone"]
                person = _called(table.items, "姓名", "联络员", "联系人", "负责人")
                if table.rows != "one" or not phones or person is None:
                    continue
                duty, mobile = _called(table.items, "职务", "岗位"), _called(tuple(phones), "手机", "移动")
                fixed = next((item for item in phones if item is not mobile and "传真" not in item.label), None)
                for standing in self.judgement.standings:
                    said = self.answers.get(standing.submission or "", ()) if standing.obligation == obligation.code else ()
                    if standing.standing not in COUNTED or not said:
                        continue
                    texts = {one.item: str(one.value) for one in said if one.value is not None}
                    found[standing.unit] = Liaison(
                        name=texts.get(person.code, ""),
                        duty=texts.get(duty.code, "") if duty else "",
                        telephone=texts.get(fixed.code, "") if fixed else "",
                        mobile=texts.get(mobile.code, "") if mobile else "",
                    )
        return found


COUNTED = ("on_time", "late")
"""The standings whose submission's figures go into totals."""


def _called(items: tuple[Item, ...], *labels: str) -> Item | None:
    for label in labels:
        for item in items:
            if label in item.label:
                return item
    return None


def gather(judgement: Judgement) -> Material:
    """Fetch what the sheets need for a judgement. Raises `TryAgain` while the warehouse is away."""
    definitions = catalogue.load(judgement.campaign)
    code, as_of, known_at = judgement.campaign, judgement.as_of, judgement.known_at
    with connect().look() as connection:
        campaign, units, forms = definitions.campaign, definitions.units, dict(definitions.forms)
        if {one.unit for one in judgement.standings} - {unit.code for unit in units}:
            # Judged by an older registry: its units must not lose their names.
            snapshot = snapshots.in_force(connection, code, known_at)
            if snapshot is not None:
                campaign, units, forms = snapshot.campaign, snapshot.units, dict(snapshot.forms)
        known = [one for one in ledger.receipts(connection, code) if one.recorded_at <= known_at]
        receipts = tuple(one for one in known if one.received_at <= as_of)
        shown = {one.number for one in receipts}
        deliveries = {
            one.submission.id: Delivery(
                submission=one.submission, path=one.path, form=one.form, state=one.state_now, form_version=one.form_version, repeats=one.repeats
            )
            for one in submissions.stored(connection, code)
            if one.submission.receipt_number in shown and one.submission.recorded_at <= known_at
        }
        told = [one for one in findings.findings(connection, code) if one.receipt_number in shown]
        said = answers.answers_of(connection, (one.submission for one in judgement.standings if one.submission is not None))
        further = answers.answers_of(connection, _further(deliveries) - said.keys())
        before = {name: some for name, some in earlier.verdicts(connection, code).items() if name in deliveries}
        refused = tuple(one for one in ledger.refusals(connection, code) if one.refused_at <= known_at)
        decided = [*decisions.decisions(connection, code, known_at), *decisions.rejected(connection, code, known_at)]
    problems = tuple(_problem(one, deliveries, forms) for one in told if one.submission is None or one.submission in deliveries)
    return Material(
        campaign=campaign,
        units=tuple(sorted(roster_on(units, as_of.astimezone(campaign.zone).date()), key=lambda unit: unit.order)),
        forms=forms,
        judgement=judgement,
        deliveries=deliveries,
        problems=problems,
        answers=said,
        receipts=receipts,
        refused=refused,
        decisions=tuple(sorted((one for one in decided if one.decided_at <= as_of), key=lambda one: one.number)),
        head=known[-1].receipt_hash if known else "",
        calendar=definitions.calendar,
        earlier=before,
        versions=further,
    )


def _further(deliveries: Mapping[str, Delivery]) -> set[str]:
    """The submissions that read as a form and share their expectation with others."""
    groups: dict[tuple[str, str, str | None], list[str]] = {}
    for name, one in deliveries.items():
        if one.form and not one.submission.part:
            groups.setdefault((one.submission.unit, one.submission.obligation, one.submission.period), []).append(name)
    return {name for names in groups.values() if len(names) > 1 for name in names}


def _problem(told: findings.Told, deliveries: Mapping[str, Delivery], forms: Mapping[str, Form]) -> Problem:
    delivery = deliveries.get(told.submission) if told.submission else None
    form = forms.get(delivery.form) if delivery else None
    item = next((one for one in form.items() if one.code == told.finding.item), None) if form and told.finding.item else None
    rendered = catalogue.render(told.finding, "zh")
    label = (item.label if item else told.finding.item or "") + (f"（第{told.finding.row}行）" if told.finding.row else "")
    return Problem(
        receipt_number=told.receipt_number,
        number=told.number,
        path=told.path,
        delivery=delivery,
        finding=told.finding,
        label=label,
        message=rendered.message,
        remedy=rendered.remedy,
    )
