"""Versions of reports: every submission of an expectation in order, what each changed cell by cell, and what it changed in every total above it.

What is in force at a moment is the newest acceptable submission by then. A version is a file that came, or a kept file that was read again; a
decision that puts another file in force is a step of its own. Everything is worked out from what was fetched in bulk, obligation by obligation.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from include.domain.expectation import ends_of
from include.domain.form import Form, Item
from include.domain.reading import Answer
from include.domain.receipt import State, Submission
from include.domain.standing import Standing
from include.report.gather import Delivery, Material
from include.report.layout import asked
from include.report.totals import groups_of, rate_of
from include.warehouse.earlier import Verdict

Said = Mapping[tuple[str, int | None], Answer]
Key = tuple[str, str, str | None]
How = Literal["first", "correction", "same_bytes", "read_again", "decision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One answer as it was and as it is, each with its cell; None where a version has none."""

    item: str
    row: int | None
    old: Answer | None
    new: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalChange:
    """A total above a unit, before and after a version. `level` names whose total it is; `is_to_date`: over all periods of the obligation."""

    item: str
    level: str
    is_to_date: bool
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One step in the life of a report.

    `number` counts the files, from 1 in the order received; a file that is read again, or decided on, keeps its number. `state` is the file's after
    this step, `is_in_force` whether its figures count then. `same_as` is the number of the version whose bytes came again, `form_version` (old, new)
    how the form changed under a file that was read again, `why` the words of a decision. Where nothing could be read in the file (not
    `has_answers`), no cell is compared.
    """

    number: int
    at: datetime
    how: How
    delivery: Delivery
    state: State
    is_in_force: bool
    cells: tuple[CellChange, ...] = ()
    totals: tuple[TotalChange, ...] = ()
    same_as: int | None = None
    form_version: tuple[int, int] = (0, 0)
    why: str = ""
    has_answers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The versions of one report, in the order of time, with its standing, which says what its credit rests on."""

    standing: Standing
    form: Form
    versions: tuple[Version, ...]


@dataclass(slots=True)
class _Step:
    at: datetime
    order: tuple[datetime, int, int, str]
    key: Key
    how: How
    one: Delivery
    verdict: Verdict | None = None
    why: str = ""


@dataclass(slots=True)
class _Sums:
    """The figures in force of one obligation while time goes by: by period and unit, and added up for every level."""

    items: tuple[Item, ...]
    levels: Mapping[str, tuple[str, ...]]
    is_summed: bool
    told: dict[str | None, dict[str, dict[str, float]]] = field(default_factory=dict)
    sums: dict[tuple[str | None, bool, str, str], float] = field(default_factory=dict)
    givers: dict[tuple[str | None, bool, str, str], int] = field(default_factory=dict)

    def replace(self, unit: str, period: str | None, figures: dict[str, float]) -> None:
        """Put a unit's figures of one period in the place of what they were."""
        before = {scope: self._given(unit, period, scope) for scope in self._scopes()}
        self.told.setdefault(period, {})[unit] = figures
        for scope in self._scopes():
            after = self._given(unit, period, scope)
            for item in before[scope].keys() | after.keys():
                move = after.get(item, 0.0) - before[scope].get(item, 0.0)
                count = (item in after) - (item in before[scope])
                if move or count:
                    for level in self.levels.get(unit, ()):
                        at = (None if scope else period, scope, level, item)
                        self.sums[at] = self.sums.get(at, 0.0) + move
                        self.givers[at] = self.givers.get(at, 0) + count

    def total(self, period: str | None, is_to_date: bool, level: str, item: Item) -> float | None:
        """A total as it stands; None where nobody gave a figure, or the whole of a rate is 0."""
        if item.adds == "rate" and item.rate_of is not None:
            part, whole = (self._sum(period, is_to_date, level, code) for code in item.rate_of)
            return rate_of(part, whole)
        return self._sum(period, is_to_date, level, item.code)

    def _sum(self, period: str | None, is_to_date: bool, level: str, item: str) -> float | None:
        at = (None if is_to_date else period, is_to_date, level, item)
        return round(self.sums[at], 6) if self.givers.get(at) else None

    def _scopes(self) -> tuple[bool, ...]:
        return (False, True) if self.is_summed else (False,)

    def _given(self, unit: str, period: str | None, is_to_date: bool) -> dict[str, float]:
        """What a unit gives to a total: of one period, or over all, where a stock is that of its last period."""
        if not is_to_date:
            return self.told.get(period, {}).get(unit, {})
        found: dict[str, float] = {}
        for each in sorted(self.told, key=lambda one: one or ""):
            figures = self.told[each].get(unit, {})
            for item in self.items:
                if item.code in figures:
                    found[item.code] = figures[item.code] + (found.get(item.code, 0.0) if item.adds == "sum" else 0.0)
        return found


def ledgers(material: Material) -> list[Ledger]:
    """The reports with more than one version, in the order of the notice, period and unit."""
    by_obligation: dict[str, dict[Key, list[Delivery]]] = {}
    for one in material.deliveries.values():
        its = one.submission
        if not its.part:
            by_obligation.setdefault(its.obligation, {}).setdefault((its.unit, its.obligation, its.period), []).append(one)
    standings = {(one.unit, one.obligation, one.period): one for one in material.in_order}
    found: dict[Key, Ledger] = {}
    for obligation in material.campaign.reports():
        form = material.form_of(obligation)
        if form is None or obligation.accepts != "one":
            continue
        groups = {key: them for key, them in by_obligation.get(obligation.code, {}).items() if key in standings}
        steps = [step for key, them in groups.items() for step in _steps(material, key, them)]
        many = {key for key, count in _counted(steps).items() if count > 1}
        if many:
            items = tuple(item for table in form.tables for item in asked(table, obligation.asks_items) if item.is_number and item.adds != "no")
            is_summed = form.figures == "increment" and any(key[2] is not None for key in groups)
            sums = _Sums(items=items, levels=levels_of(material), is_summed=is_summed)
            counted = {key for key in groups if standings[key].standing != "exempt" and standings[key].due_at is not None}
            for key, versions in _walked(material, steps, many, counted, sums).items():
                found[key] = Ledger(standing=standings[key], form=form, versions=tuple(versions))
    return [found[key] for key in standings if key in found]


def levels_of(material: Material) -> dict[str, tuple[str, ...]]:
    """The names of the totals that each unit's figures go into: the groups it is in, those above it the farthest first, the campaign's own."""
    found: dict[str, list[str]] = {unit.code: [] for unit in material.units}
    for by, name, members in groups_of(material):
        for unit in members:
            found.setdefault(unit, []).append(name if by == "隶属" else f"{by}：{name}")
    return {unit: (*names, WHOLE) for unit, names in found.items()}


WHOLE = "全部单位合计"
"""The name of the campaign's own total."""


def _counted(steps: Iterable[_Step]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for step in steps:
        found[step.key] = found.get(step.key, 0) + 1
    return found


def _steps(material: Material, key: Key, them: Sequence[Delivery]) -> Iterator[_Step]:
    """Everything that happened to a report: its files came, were read again, were decided on."""
    ordered = sorted(them, key=lambda one: (one.submission.received_at, one.submission.receipt_number, one.submission.id))
    for position, one in enumerate(ordered):
        its = one.submission
        how: How = "same_bytes" if one.repeats is not None else "first" if position == 0 else "correction"
        yield _Step(its.received_at, (its.received_at, 0, its.receipt_number, its.id), key, how, one)
        for verdict in material.earlier.get(its.id, ()):
            if _is_another(material, its.id, verdict):
                yield _Step(verdict.until_at, (verdict.until_at, 1, its.receipt_number, its.id), key, "read_again", one, verdict)
        for said in material.decisions_on.get(its.id, ()):
            why = f"{said.by}：{said.why}"
            yield _Step(said.decided_at, (said.decided_at, 2, said.number, its.id), key, "decision", one, why=f"{said.verb}\n{why}")


def _is_another(material: Material, name: str, verdict: Verdict) -> bool:
    """Whether a file read again says anything else, or is judged otherwise; not where only the form's version, or a doubt, is new."""
    later = [one for one in material.earlier[name] if one.until_at > verdict.until_at]
    state = later[0].state if later else material.deliveries[name].submission.state
    return state != verdict.state or any(_cells(_said(verdict.answers), _said(_answers_at(material, name, verdict.until_at))))


def _said(answers: Iterable[Answer]) -> Said:
    return {(one.item, one.row): one for one in answers}


def _answers_at(material: Material, name: str, at: datetime) -> tuple[Answer, ...]:
    """What a submission said by a moment, that moment included."""
    for verdict in material.earlier.get(name, ()):
        if verdict.until_at > at:
            return verdict.answers
    return tuple(material.answers.get(name) or material.versions.get(name, ()))


def _state_at(material: Material, one: Delivery, at: datetime) -> State:
    """The state of a submission at a moment: as found then, with the decisions by then."""
    its = one.submission
    state = next((each.state for each in material.earlier.get(its.id, ()) if each.until_at > at), its.state)
    for said in material.decisions_on.get(its.id, ()):
        if said.decided_at <= at:
            if said.verb == "accept" or (said.verb == "confirm" and state == "waiting"):
                state = "accepted"
            elif said.verb in ("return", "withdraw"):
                state = "returned" if said.verb == "return" else "withdrawn"
    return "withdrawn" if one.state == "withdrawn" and at >= its.received_at and not material.decisions_on.get(its.id) else state


def _walked(material: Material, steps: Sequence[_Step], many: set[Key], counted: Container[Key], sums: _Sums) -> dict[Key, list[Version]]:
    """Let time go by: at each step say what is in force, what changed cell by cell, and what that changed in the totals."""
    ordered = sorted(steps, key=lambda step: step.order)
    come: dict[Key, list[Delivery]] = {}
    numbers: dict[str, int] = {}
    shown: dict[Key, dict[str, float]] = {}
    found: dict[Key, list[Version]] = {}
    summed = {item.code for item in sums.items}
    for step in ordered:
        key, name = step.key, step.one.submission.id
        group = come.setdefault(key, [])
        if step.how in ("first", "correction", "same_bytes"):
            group.append(step.one)
            numbers[name] = len(group)
        now = _in_force(material, group, key, step.at)
        is_counted = now is not None and key in counted
        figures = _figures(_said(_answers_at(material, now.submission.id, step.at)), summed) if now is not None and is_counted else {}
        is_moved = figures != shown.get(key, {})
        before = _all_totals(sums, key) if key in many and is_moved else {}
        if is_moved:
            sums.replace(key[0], key[2], figures)
        if key in many:
            # What first comes into force brings its own figures; they stand in the trace.
            totals = tuple(_moved(before, _all_totals(sums, key))) if is_moved and key in shown else ()
            found.setdefault(key, []).append(_version(material, step, group, numbers, now, totals))
        if figures or key in shown:
            shown[key] = figures
    return found


def _in_force(material: Material, group: Sequence[Delivery], key: Key, at: datetime) -> Delivery | None:
    """The newest acceptable submission by a moment; none after a freeze is, until it is reopened, nor after the closing."""
    for one in sorted(group, key=lambda one: (one.submission.received_at, one.submission.receipt_number), reverse=True):
        if one.repeats is None and _state_at(material, one, at) == "accepted" and not _is_held(material, one.submission, key, at):
            return one
    return None


def _is_held(material: Material, its: Submission, key: Key, at: datetime) -> bool:
    """Whether a submission came after its roll-up was frozen and that still stands, or after nothing was accepted or corrected any more."""
    ends = ends_of(material.campaign.obligation(key[1]), material.campaign)
    last = ends[1] or ends[0]
    if last is not None:
        owed = material.standing_of.get(key)
        if its.received_at > max(last, (owed.due_at if owed else None) or last):
            return True
    held = False
    for said in material.freezes:
        is_about = said.obligation in (None, key[1]) and said.unit in (None, key[0]) and said.period in (None, key[2])
        if is_about and said.decided_at <= at:
            held = (held or said.decided_at < its.received_at) if said.verb == "freeze" else held and said.verb != "reopen"
    return held


def _figures(said: Said, summed: Container[str]) -> dict[str, float]:
    """The figures of a report that go into totals, by item, over its rows; a nil adds nothing but is no blank."""
    found: dict[str, float] = {}
    for (item, _), one in said.items():
        if item in summed and not isinstance(one.value, str):
            found[item] = found.get(item, 0.0) + float(one.value or 0)
    return found


def _all_totals(sums: _Sums, key: Key) -> dict[tuple[str, str, bool], float | None]:
    return {
        (item.code, level, is_to_date): sums.total(key[2], is_to_date, level, item)
        for level in sums.levels.get(key[0], ())
        for is_to_date in ((False, True) if sums.is_summed else (False,))
        for item in sums.items
    }


def _moved(before: Mapping[tuple[str, str, bool], float | None], after: Mapping[tuple[str, str, bool], float | None]) -> Iterator[TotalChange]:
    for at, value in after.items():
        if before.get(at) != value:
            yield TotalChange(item=at[0], level=at[1], is_to_date=at[2], before=before.get(at), after=value)


def _version(
    material: Material, step: _Step, group: Sequence[Delivery], numbers: Mapping[str, int], now: Delivery | None, totals: tuple[TotalChange, ...]
) -> Version:
    name = step.one.submission.id
    old: Iterable[Answer] = ()
    new: Iterable[Answer] = ()
    form_version = (0, 0)
    if step.how == "correction":
        earlier = [one for one in group if one.repeats is None and numbers[one.submission.id] < numbers[name]]
        earlier = [one for one in earlier if _answers_at(material, one.submission.id, step.at)]
        if earlier:
            old, new = _answers_at(material, earlier[-1].submission.id, step.at), _answers_at(material, name, step.at)
    elif step.verdict is not None:
        old, new = step.verdict.answers, _answers_at(material, name, step.at)
        later = [one for one in material.earlier[name] if one.until_at > step.at]
        form_version = (step.verdict.form_version, later[0].form_version if later else step.one.form_version)
    has_answers = bool(_answers_at(material, name, step.at))
    is_compared = step.how == "read_again" or (step.how == "correction" and has_answers)
    return Version(
        number=numbers[name],
        at=step.at,
        how=step.how,
        delivery=step.one,
        state=_state_at(material, step.one, step.at),
        is_in_force=now is not None and now.submission.id == name,
        cells=tuple(_cells(_said(old), _said(new))) if is_compared else (),
        totals=totals,
        same_as=numbers.get(step.one.repeats or ""),
        form_version=form_version,
        why=step.why,
        has_answers=has_answers,
    )


def _cells(old: Said, new: Said) -> Iterator[CellChange]:
    """The answers whose value is another; where only the cell moved, nothing changed."""
    for at in (*new, *(at for at in old if at not in new)):
        before, after = old.get(at), new.get(at)
        if before is None or after is None or (before.value, before.approximate) != (after.value, after.approximate):
            yield CellChange(item=at[0], row=at[1], old=before, new=after)
