"""The lattice walked at random: whatever units send and supervisors decide, in whatever order, the states add up and follow from the rules alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from include.domain.campaign import Amendment, Campaign, Deduction, EnteredItem, EveryWeek, Obligation, OnDate, Open, Scoring
from include.domain.decision import Decision, awards
from include.domain.receipt import Submission
from include.domain.score import Score, scores
from include.domain.standing import Standing, rates, standings
from include.domain.unit import Unit
from include.domain.wordings import Wording
from tests.unit.test_standing import ZONE, Weekdays, campaign

START = datetime(2021, 6, 21, tzinfo=ZONE)
KNOWN = datetime(2030, 1, 1, tzinfo=UTC)
AMENDED_AT = datetime(2021, 6, 22, 12, tzinfo=ZONE)
DUE, AMENDED_DUE = datetime(2021, 6, 24, tzinfo=ZONE), datetime(2021, 6, 25, tzinfo=ZONE)
CLOSING, EDIT_END = datetime(2021, 7, 1, tzinfo=ZONE), datetime(2021, 7, 3, tzinfo=ZONE)
WEEKS = ("2021-06-14", "2021-06-21")
UNITS = (
    Unit(code="b", name="甲", order=1),
    Unit(code="a", name="乙", order=2),
    Unit(code="gone", name="丙", order=3, to_on=date(2021, 6, 22), heir="a"),
)
REPORTS = (
    Obligation(
        code="table",
        name=Wording(zh="统计表", en="table"),
        kind="report",
        parts=("scan",),
        due=OnDate(kind="date", on=date(2021, 6, 23)),
        amendments=(Amendment(effective_at=AMENDED_AT, due=OnDate(kind="date", on=date(2021, 6, 24))),),
        closes_on=date(2021, 6, 30),
        edit_ends_on=date(2021, 7, 2),
    ),
    Obligation(
        code="weekly",
        name=Wording(zh="周报", en="weekly"),
        kind="report",
        due=EveryWeek(kind="weekly", weekday="monday", first_on=date(2021, 6, 14), last_on=date(2021, 6, 21)),
    ),
    Obligation(
        code="open", name=Wording(zh="资料", en="open"), kind="report", due=Open(kind="open", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30))
    ),
)
# What is owed, written by hand: the unit that closed on the 22nd owes what fell due by then, and its heir owes no second table.
TABLE, FIRST, SECOND, OPEN = ("table", None), ("weekly", WEEKS[0]), ("weekly", WEEKS[1]), ("open", None)
ROSTER = [
    (unit, *slot)
    for unit, slots in (("b", (TABLE, FIRST, SECOND, OPEN)), ("a", (TABLE, FIRST, SECOND, OPEN)), ("gone", (FIRST, SECOND, OPEN)))
    for slot in slots
]
hours = st.integers(0, 24 * 16).map(lambda number: START + timedelta(hours=number))
units = st.sampled_from(["a", "b", "gone"])
slots = st.sampled_from([TABLE, TABLE, FIRST, SECOND, OPEN])
worsts = st.sampled_from([None, "note", "warning"])


def scored() -> Campaign:
    deductions = (
        Deduction(when="missing", points=1),
        Deduction(when="late", points=0.5, per="day", cap=2),
        Deduction(when="returned", points=0.2),
        Deduction(when="incomplete", points=0.3),
        Deduction(when="warning", points=0.1),
    )
    items = (EnteredItem(code="inspection", name=Wording(zh="检查", en="inspection"), least=-3, most=2),)
    return replace(campaign(*REPORTS), issued_on=date(2021, 6, 1), scoring=Scoring(deductions=deductions, entered=items))


class Lattice(RuleBasedStateMachine):
    """Three units, one of them merged into another; a table with its scan (amended, closing, an end of corrections), two weeks, open materials."""

    def __init__(self) -> None:
        super().__init__()
        self.campaign = scored()
        self.submissions: list[Submission] = []
        self.decisions: list[Decision] = []
        self.random = Random(0)
        # What was judged since the last step, as several invariants look at the same.
        self.known: tuple[tuple[int, int], dict[datetime, tuple[Standing, ...]]] = (0, 0), {}

    def judged(
        self,
        as_of: datetime,
        *,
        shuffled: bool = False,
        extra: tuple[Decision, ...] = (),
        submissions: Iterable[Submission] | None = None,
        decisions: Iterable[Decision] | None = None,
    ) -> tuple[Standing, ...]:
        received = [*(self.submissions if submissions is None else submissions)]
        decided = [*(self.decisions if decisions is None else decisions), *extra]
        if shuffled:
            self.random.shuffle(received)
            self.random.shuffle(decided)
        if is_plain := not shuffled and not extra and submissions is None and decisions is None:
            step = len(received), len(decided)
            if self.known[0] != step:
                self.known = step, {}
            if as_of in self.known[1]:
                return self.known[1][as_of]
        judged = standings(self.campaign, UNITS, received, decided, (), Weekdays(), as_of, KNOWN)
        if is_plain:
            self.known[1][as_of] = judged
        return judged

    def scored(self, as_of: datetime, **more: Iterable[Decision]) -> tuple[Score, ...]:
        decided = more.get("decisions", self.decisions)
        return scores(self.campaign, UNITS, self.judged(as_of, **more), awards=awards(decided, as_of, KNOWN), as_of=as_of)  # type: ignore[arg-type]

    def moments(self) -> list[datetime]:
        return [START + timedelta(hours=number) for number in (0, 40, 96, 97, 200, 24 * 17)]

    # What may happen.

    @rule(
        unit=units,
        slot=slots,
        when=hours,
        state=st.sampled_from(["accepted", "returned", "waiting"]),
        worst=worsts,
        hand=st.booleans(),
        nil=st.booleans(),
    )
    def send(self, unit: str, slot: tuple[str, str | None], when: datetime, state: str, worst: str | None, hand: bool, nil: bool) -> None:
        self.submit(unit, slot, when, state=state, worst="error" if state == "returned" else worst, by_hand=hand, is_nil=nil)

    @rule(unit=st.sampled_from(["a", "b"]), when=hours)
    def send_scan(self, unit: str, when: datetime) -> None:
        self.submit(unit, TABLE, when, state="accepted", part="scan")

    def submit(self, unit: str, slot: tuple[str, str | None], when: datetime, **more: object) -> None:
        number = len(self.submissions) + 1
        values = {"id": f"c-{number:06}", "receipt_number": number, "unit": unit, "obligation": slot[0], "period": slot[1]}
        self.submissions.append(Submission(**(values | {"received_at": when, "recorded_at": when} | more)))  # type: ignore[arg-type]

    def decide(self, verb: str, when: datetime, **more: object) -> None:
        number = len(self.decisions) + 1
        values = {"number": number, "verb": verb, "decided_at": when, "recorded_at": when, "by": "王", "why": "理由"}
        self.decisions.append(Decision(**(values | more)))  # type: ignore[arg-type]

    @rule(verb=st.sampled_from(["accept", "return", "withdraw", "confirm"]), which=st.integers(0, 50), when=hours)
    def say_of_one(self, verb: str, which: int, when: datetime) -> None:
        if self.submissions:
            self.decide(verb, when, submission=self.submissions[which % len(self.submissions)].id)

    @rule(verb=st.sampled_from(["accept", "return"]), unit=units, slot=slots, when=hours)
    def say_of_the_newest(self, verb: str, unit: str, slot: tuple[str, str | None], when: datetime) -> None:
        self.decide(verb, when, unit=unit, obligation=slot[0], period=slot[1])

    @rule(unit=units, slot=slots, whole=st.booleans(), when=hours)
    def exempt(self, unit: str, slot: tuple[str, str | None], whole: bool, when: datetime) -> None:
        self.decide("exempt", when, unit=unit, obligation=slot[0], period=None if whole else slot[1])

    @rule(unit=units, slot=slots, when=hours, until=hours)
    def extend(self, unit: str, slot: tuple[str, str | None], when: datetime, until: datetime) -> None:
        self.decide("extend", when, unit=unit, obligation=slot[0], period=slot[1], until_at=until)

    @rule(verb=st.sampled_from(["freeze", "reopen"]), when=hours)
    def freeze(self, verb: str, when: datetime) -> None:
        self.decide(verb, when, obligation="table")

    @rule(which=st.integers(0, 50), unit=units, slot=slots, when=hours)
    def place(self, which: int, unit: str, slot: tuple[str, str | None], when: datetime) -> None:
        reports = [sent for sent in self.submissions if not sent.part]
        if not reports:
            return
        sent = reports[which % len(reports)]
        there = [one for one in self.submissions if one.receipt_number == sent.receipt_number]
        if (unit, *slot) not in {(one.unit, one.obligation, one.period) for one in there}:
            self.submissions.append(replace(sent, id=f"{sent.id}-{len(there) + 1}", unit=unit, obligation=slot[0], period=slot[1]))
        # Sent to another place whole: the words on each obligation are the last ones.
        for obligation in dict.fromkeys([*(one.obligation for one in there), slot[0]]):
            self.decide(
                "place", when, unit=unit, obligation=obligation, period=slot[1] if obligation == slot[0] else None, receipt_number=sent.receipt_number
            )

    @rule(unit=units, points=st.sampled_from([-3, -1, 1, 2]), when=hours)
    def award(self, unit: str, points: float, when: datetime) -> None:
        self.decide("award", when, unit=unit, item="inspection", points=points, paper="记录")

    @rule(which=st.integers(0, 50), when=hours)
    def take_back(self, which: int, when: datetime) -> None:
        may = [one for one in self.decisions if one.verb in ("exempt", "extend", "award")]
        if may:
            self.decide("withdraw", when, withdraws=may[which % len(may)].number)

    # What must hold whatever happens.

    @invariant()
    def the_states_add_up_to_the_roster(self) -> None:
        for as_of in self.moments():
            judged = self.judged(as_of)
            assert [(one.unit, one.obligation, one.period) for one in judged] == ROSTER
            for some in (judged, *([one for one in judged if one.unit == unit] for unit in ("a", "b", "gone"))):
                found = rates(some)
                assert found.roster == len(some)
                assert found.roster == found.open + found.exempt + found.expected
                assert found.expected == found.not_due + found.under_review + found.on_time + found.late + found.missing + found.returned
                assert 0 <= found.on_time <= found.received <= found.expected <= found.roster

    @invariant()
    def each_state_is_what_its_words_say(self) -> None:
        by_id = {sent.id: sent for sent in self.submissions}
        for as_of in self.moments():
            back = {one.withdraws for one in self.decisions if one.withdraws is not None and one.decided_at <= as_of}
            for one in self.judged(as_of):
                key = (one.unit, one.obligation, one.period)
                mine = [s for s in self.submissions if (s.unit, s.obligation, s.period) == key and s.received_at <= as_of and not s.part]
                assert one.submission is None or by_id[one.submission] in mine
                if not mine:
                    assert one.standing in ("not_due", "missing", "exempt")
                said = [
                    d
                    for d in self.decisions
                    if d.decided_at <= as_of and d.number not in back and d.unit == one.unit and d.obligation == one.obligation
                ]
                is_exempt = any(d.verb == "exempt" and d.period in (None, one.period) for d in said)
                assert (one.standing == "exempt") == is_exempt
                if one.obligation == "open":
                    assert is_exempt or (one.standing, one.due_at) == ("not_due", None)
                    continue
                assert one.due_at is not None
                longest = [d.until_at for d in said if d.verb == "extend" and d.period == one.period and d.until_at is not None]
                rule_due = {"table": AMENDED_DUE if as_of >= AMENDED_AT else DUE}.get(one.obligation)
                if rule_due is None:
                    rule_due = datetime.combine(date.fromisoformat(one.period or ""), datetime.min.time(), ZONE) + timedelta(days=1)
                assert one.due_at == max([rule_due, *longest[-1:]]) or one.due_at in (rule_due, *longest)
                assert (one.late_by_s is not None) == (one.standing == "late")
                match one.standing:
                    case "not_due":
                        assert as_of <= one.due_at
                        assert one.submission is None
                    case "missing":
                        assert as_of > one.due_at
                    case "on_time":
                        assert one.received_at is not None
                        assert one.received_at <= one.due_at
                    case "late":
                        assert one.received_at is not None
                        assert one.received_at > one.due_at
                        assert one.late_by_s == (one.received_at - one.due_at).total_seconds()
                    case "returned" | "under_review":
                        assert one.submission is not None
                if "repaired" in one.flags:
                    assert one.standing == "on_time"
                    assert any(sent.received_at <= one.due_at for sent in mine)
                if one.submission is not None:
                    assert ("by_hand" in one.flags) == by_id[one.submission].by_hand

    @invariant()
    def what_comes_after_the_ends_changes_nothing(self) -> None:
        by_id = {sent.id: sent for sent in self.submissions}
        for one in self.judged(START + timedelta(days=17)):
            if one.obligation != "table" or one.submission is None or one.due_at is None:
                continue
            given = by_id[one.submission].received_at
            assert given <= max(EDIT_END, one.due_at)
            if given > max(CLOSING, one.due_at):
                earlier = [s for s in self.submissions if (s.unit, s.obligation, s.part) == (one.unit, "table", "")]
                assert min(s.received_at for s in earlier) <= max(CLOSING, one.due_at)

    @invariant()
    def a_frozen_roll_up_keeps_its_figures(self) -> None:
        by_id = {sent.id: sent for sent in self.submissions}
        for as_of in self.moments():
            acts = sorted(
                (d for d in self.decisions if d.verb in ("freeze", "reopen") and d.decided_at <= as_of), key=lambda d: (d.decided_at, d.number)
            )
            since: datetime | None = None
            for act in acts:
                since = (since or act.decided_at) if act.verb == "freeze" else None
            for one in self.judged(as_of):
                if since is not None and one.obligation == "table" and one.standing in ("on_time", "late"):
                    assert by_id[one.submission or ""].received_at <= since

    @invariant()
    def a_receipt_counts_where_it_was_placed_last_and_nowhere_else(self) -> None:
        as_of = START + timedelta(days=17)
        by_id = {sent.id: sent for sent in self.submissions}
        where: dict[int, set[tuple[str, str, str | None]]] = {}
        for one in self.judged(as_of):
            if one.submission is not None:
                where.setdefault(by_id[one.submission].receipt_number, set()).add((one.unit, one.obligation, one.period))
        for number, places in where.items():
            placed = sorted((d for d in self.decisions if d.verb == "place" and d.receipt_number == number), key=lambda d: (d.decided_at, d.number))
            last = {d.obligation: (d.unit, d.obligation, d.period) for d in placed}
            assert not placed or places <= set(last.values())

    @invariant()
    def scans_and_nil_reports_change_no_standing(self) -> None:
        for as_of in self.moments()[-2:]:
            judged = self.judged(as_of)
            bare = [sent for sent in self.submissions if not sent.part]
            assert [replace(one, missing_parts=()) for one in judged] == [
                replace(one, missing_parts=()) for one in self.judged(as_of, submissions=bare)
            ]
            assert judged == self.judged(as_of, submissions=[replace(sent, is_nil=not sent.is_nil) for sent in self.submissions])
            withdrawn = {d.submission for d in self.decisions if d.verb == "withdraw"}
            for one in judged:
                scans = [s for s in self.submissions if s.part and (s.unit, s.obligation) == (one.unit, one.obligation) and s.received_at <= as_of]
                if one.obligation != "table" or any(scan.id in withdrawn for scan in scans):
                    continue
                assert not (scans and one.missing_parts)
                if one.submission is not None:
                    assert one.missing_parts == (() if scans else ("scan",))

    @invariant()
    def the_order_of_telling_changes_nothing(self) -> None:
        as_of = START + timedelta(hours=200)
        assert self.judged(as_of) == self.judged(as_of, shuffled=True)

    @invariant()
    def what_concerns_others_changes_nothing(self) -> None:
        # Also keeps the short way for lone plain submissions equal to the long way round.
        other = Decision(number=10_000, verb="exempt", decided_at=START, recorded_at=START, by="王", why="理由", unit="elsewhere")
        as_of = START + timedelta(hours=200)
        assert self.judged(as_of) == self.judged(as_of, extra=(other,))

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        as_of = START + timedelta(hours=100)
        before = [sent for sent in self.submissions if sent.received_at <= as_of]
        # A receipt placed later stands where it was found until then, which the later decision alone can tell.
        said = [one for one in self.decisions if one.decided_at <= as_of or one.verb == "place"]
        assert self.judged(as_of) == self.judged(as_of, submissions=before, decisions=said)

    @invariant()
    def what_was_taken_back_is_as_if_never_said(self) -> None:
        as_of = START + timedelta(days=17)
        back = {one.withdraws for one in self.decisions if one.withdraws is not None}
        rest = [one for one in self.decisions if one.number not in back and one.withdraws is None]
        assert self.judged(as_of) == self.judged(as_of, decisions=rest)
        assert self.scored(as_of) == self.scored(as_of, decisions=rest)

    @invariant()
    def scores_stay_between_floor_and_full_and_every_point_has_a_reason(self) -> None:
        as_of = START + timedelta(days=17)
        judged = self.judged(as_of)
        for one in self.scored(as_of):
            mine = {(s.obligation, s.period): s for s in judged if s.unit == one.unit}
            taken = sum(each.points for each in one.deductions)
            assert 0 <= one.score <= 100
            assert one.score == min(100, max(0, round(100 - taken, 2)))
            assert all(each.why and each.clause for each in one.deductions)
            assert sum(each.points for each in one.deductions if each.clause.startswith("迟报")) <= 2
            by_hand = [each.points for each in one.deductions if each.clause == "检查"]
            assert -2 <= sum(by_hand) <= 3
            for each in one.deductions:
                if each.obligation:
                    assert mine[each.obligation, each.period].standing not in ("exempt", "not_due", "under_review")
                if each.clause.startswith("有存疑"):
                    assert "explained" not in mine[each.obligation, each.period].flags
            owed = [s for s in mine.values() if s.standing == "missing"]
            assert sum(each.clause.startswith("未报") for each in one.deductions) == len(owed)


TestLattice = Lattice.TestCase
TestLattice.settings = settings(max_examples=200, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
