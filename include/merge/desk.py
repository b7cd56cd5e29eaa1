"""The desk of one merging transaction: what the campaign asks for, what each unit owes, and what it has sent so far."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from include.catalogue.definitions import Definitions
from include.catalogue.wording import fold, similar
from include.domain.campaign import AfterActivity
from include.domain.decision import Decision
from include.domain.expectation import Activity, Expectation, expectations
from include.domain.placing import Owed, UnitIndex, clues
from include.domain.receipt import Submission
from include.domain.standing import standings
from include.domain.unit import Unit
from include.warehouse import Connection, decisions, findings, ledger, readings, submissions
from include.warehouse.plans import activities_of
from include.warehouse.submissions import Stored


class Desk:
    """Everything placing and comparing ask of a campaign inside one transaction. Units are fetched when first asked for, or ahead by `fetch`."""

    def __init__(self, connection: Connection, definitions: Definitions, roster: "Roster | None" = None) -> None:
        self.connection = connection
        self.definitions = definitions
        self.campaign = definitions.campaign
        self.code = definitions.campaign.code
        self.now = submissions.not_before(connection, self.code, datetime.now(UTC))
        self.roster = roster or Roster.of(definitions.units)
        self.index = self.roster.index
        self._sent: dict[str, list[Stored]] = {}
        self._owed: dict[tuple[str, datetime], tuple[Expectation, ...]] = {}
        self.plans = {
            rule.plan
            for one in self.campaign.reports()
            for rule in (one.due, *(level.due for level in one.levels))
            if isinstance(rule, AfterActivity)
        }

    def first_in_line(self, numbers: Sequence[int]) -> Sequence[int]:
        """Activity plans before the reports that are born from them, each in the order of receipts; all alike where the campaign has no plans.

        Only plans, where some wait: what they say must be stored before a report on an activity can be placed.
        """
        forms = {self.campaign.obligation(plan).form for plan in self.plans} - {""}
        if not forms:
            return numbers
        as_forms = readings.forms_of(self.connection, self.code, numbers)
        return [number for number in numbers if not forms.isdisjoint(as_forms.get(number, ()))] or numbers

    def waiting_for(self, units: Collection[str]) -> list[int]:
        """The receipts from those units' folders that nobody could place: what was sent before a plan says what it is for."""
        numbers = sorted({told.receipt_number for told in findings.unplaced(self.connection, self.code)})
        receipts = ledger.numbered(self.connection, self.code, numbers)
        return [number for number in numbers if clues(receipts[number].path, self.campaign, self.index).folder_unit.unit in units]

    # --- what was sent ---

    def fetch(self, units: Iterable[str]) -> None:
        """Fetch what those units have sent, all at once."""
        wanted = sorted({unit for unit in units if unit not in self._sent})
        for unit in wanted:
            self._sent[unit] = []
        if wanted:
            for one in submissions.stored(self.connection, self.code, units=wanted):
                self.add(one)

    def sent(self, unit: str) -> Sequence[Stored]:
        """What a unit has sent so far, in the order received, repetitions and what was withdrawn left out."""
        self.fetch([unit])
        return self._sent[unit]

    def add(self, one: Stored) -> None:
        """Lay a submission beside the others of its unit, in the order received."""
        if one.repeats is None and one.state_now != "withdrawn":
            insort(self._sent.setdefault(one.submission.unit, []), one, key=order_of)

    def renew(self, one: Stored) -> None:
        """Lay a submission as it was read again in the place of what it was."""
        sent = self._sent.setdefault(one.submission.unit, [])
        sent[:] = [one if each.submission.id == one.submission.id else each for each in sent]

    def before(self, one: Submission) -> Sequence[Stored]:
        """What its unit had sent before it was received."""
        sent = self.sent(one.unit)
        return sent[: bisect_left(sent, (one.received_at, one.receipt_number, one.id), key=order_of)]

    # --- what is owed ---

    @cached_property
    def decided(self) -> tuple[Decision, ...]:
        """The campaign's decisions with effect."""
        return decisions.decisions(self.connection, self.code)

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """The rows of accepted activity plans; none where no obligation is born from one."""
        if not self.plans:
            return ()
        received = submissions.submissions(self.connection, self.code)
        return activities_of(self.connection, self.campaign, received, self.decided, self._latest(received), self.now)

    def _latest(self, received: Iterable[Submission]) -> datetime:
        """Now, or the moment of the newest receipt where a stated clock runs ahead."""
        return max([self.now, *(one.received_at for one in received)])

    def owed(self, unit: str, clock: datetime) -> tuple[Expectation, ...]:
        """What a unit owes by the rules in force at a moment."""
        if (unit, clock) not in self._owed:
            self.prepare([unit], clock)
        return self._owed[unit, clock]

    def prepare(self, units: Iterable[str], clock: datetime) -> None:
        """Work out what those units owe, all at once."""
        wanted = {unit for unit in units if (unit, clock) not in self._owed}
        kin = self.roster.kin(wanted)
        activities = [one for one in self.activities if one.unit in kin]
        found: dict[str, list[Expectation]] = {unit: [] for unit in wanted}
        for one in expectations(self.campaign, kin.values(), activities, self.definitions.calendar, clock):
            if one.unit in found:
                found[one.unit].append(one)
        for unit, owed in found.items():
            self._owed[unit, clock] = tuple(owed)

    def owing(self, unit: str, clock: datetime) -> list[Owed]:
        """What a unit owes and whether something acceptable was received for it."""
        met = {
            (one.submission.obligation, one.submission.period)
            for one in self.sent(unit)
            if one.state_now in ("accepted", "waiting") and not one.submission.part
        }
        return [Owed(expectation=one, is_met=(one.obligation, one.period) in met) for one in self.owed(unit, clock)]

    # --- what is current ---

    def current(self, units: Iterable[str]) -> set[str]:
        """The ids of the current submissions of those units: of each expectation and part the newest acceptable, or all where many are accepted."""
        wanted = sorted(set(units))
        self.fetch(wanted)
        sent = [one for unit in wanted for one in self._sent[unit]]
        many = {one.code for one in self.campaign.reports() if one.accepts == "many"}
        chosen = {one.submission.id for one in sent if one.submission.obligation in many and one.state_now == "accepted"}
        parts: dict[tuple[str, str, str | None, str], str] = {}
        for one in sent:
            if one.submission.part and one.state_now == "accepted":
                parts[one.submission.unit, one.submission.obligation, one.submission.period, one.submission.part] = one.submission.id
        chosen.update(parts.values())
        single = [one.submission for one in sent if one.submission.obligation not in many and not one.submission.part]
        if single:
            owners = self.roster.kin(wanted)
            judged = standings(
                self.campaign,
                owners.values(),
                single,
                self.decided,
                [one for one in self.activities if one.unit in owners],
                self.definitions.calendar,
                self._latest(single),
                self.now,
            )
            accepted = {one.submission.id for one in sent if one.state_now == "accepted"}
            chosen.update(one.submission for one in judged if one.submission in accepted and one.standing not in ("missing", "returned"))
        return chosen


def order_of(one: Stored) -> tuple[datetime, int, str]:
    """The order received: by moment, then by receipt."""
    return one.submission.received_at, one.submission.receipt_number, one.submission.id


class Roster:
    """A campaign's units by name and by kin, worked out once for many batches."""

    def __init__(self, index: UnitIndex, predecessors: Mapping[str, Sequence[str]]) -> None:
        self.index = index
        self.predecessors = predecessors

    @staticmethod
    def of(units: Iterable[Unit]) -> "Roster":
        """The roster of a registry."""
        known = tuple(units)
        predecessors: dict[str, list[str]] = {}
        for unit in known:
            if unit.heir:
                predecessors.setdefault(unit.heir, []).append(unit.code)
        return Roster(UnitIndex.build(known, fold, similar), predecessors)

    def kin(self, codes: Iterable[str]) -> dict[str, Unit]:
        """Units and those whose duties may have come to them, or theirs to others; by code."""
        found: dict[str, Unit] = {}
        waiting = list(codes)
        while waiting:
            unit = self.index.units.get(waiting.pop())
            if unit is not None and unit.code not in found:
                found[unit.code] = unit
                waiting += self.predecessors.get(unit.code, ())
                if unit.heir:
                    waiting.append(unit.heir)
        return found
