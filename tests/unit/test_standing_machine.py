"""The lattice walked at random: whatever units send and supervisors decide, in whatever order, the states add up and follow from the rules alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from include.domain.campaign import Campaign, Deduction, Obligation, OnDate, Open, Scoring
from include.domain.decision import Decision
from include.domain.receipt import Submission
from include.domain.score import scores
from include.domain.standing import Standing, rates, standings
from include.domain.unit import Unit
from include.domain.wordings import Wording
from tests.unit.test_standing import ZONE, Weekdays, campaign

START = datetime(2021, 6, 21, tzinfo=ZONE)
KNOWN = datetime(2030, 1, 1, tzinfo=UTC)
UNITS = (
    Unit(code="b", name="甲", order=1),
    Unit(code="a", name="乙", order=2),
    Unit(code="gone", name="丙", order=3, to_on=date(2021, 5, 31), heir="a"),
)
REPORTS = (
    Obligation(
        code="table", name=Wording(zh="统计表", en="table"), kind="report", due=OnDate(kind="date", on=date(2021, 6, 23)), closes_on=date(2021, 6, 30)
    ),
    Obligation(
        code="open", name=Wording(zh="资料", en="open"), kind="report", due=Open(kind="open", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30))
    ),
)
hours = st.integers(0, 24 * 16).map(lambda number: START + timedelta(hours=number))
units = st.sampled_from(["a", "b"])
reports = st.sampled_from(["table", "open"])


def scored() -> Campaign:
    return replace(
        campaign(*REPORTS), scoring=Scoring(deductions=(Deduction(when="missing", points=1), Deduction(when="late", points=0.5, per="day", cap=2)))
    )


class Lattice(RuleBasedStateMachine):
    """Two units, a table due on 23 June (closing on the 30th) and open materials; any submissions and decisions over sixteen days."""

    def __init__(self) -> None:
        super().__init__()
        self.campaign = scored()
        self.submissions: list[Submission] = []
        self.decisions: list[Decision] = []
        self.random = Random(0)

    def judged(self, as_of: datetime, *, shuffled: bool = False, extra: tuple[Decision, ...] = ()) -> tuple[Standing, ...]:
        submissions, decisions = [*self.submissions], [*self.decisions, *extra]
        if shuffled:
            self.random.shuffle(submissions)
            self.random.shuffle(decisions)
        return standings(self.campaign, UNITS, submissions, decisions, (), Weekdays(), as_of, KNOWN)

    @rule(unit=units, report=reports, when=hours, state=st.sampled_from(["accepted", "returned", "waiting"]))
    def send(self, unit: str, report: str, when: datetime, state: str) -> None:
        number = len(self.submissions) + 1
        self.submissions.append(
            Submission(
                id=f"c-{number:06}",
                receipt_number=number,
                unit=unit,
                obligation=report,
                period=None,
                received_at=when,
                recorded_at=when,
                state=state,  # type: ignore[arg-type]
            )
        )

    def decide(self, verb: str, when: datetime, **more: object) -> None:
        number = len(self.decisions) + 1
        values = {"number": number, "verb": verb, "decided_at": when, "recorded_at": when, "by": "王", "why": "理由"}
        self.decisions.append(Decision(**(values | more)))  # type: ignore[arg-type]

    @rule(verb=st.sampled_from(["accept", "return", "withdraw", "confirm"]), which=st.integers(0, 50), when=hours)
    def say_of_one(self, verb: str, which: int, when: datetime) -> None:
        if self.submissions:
            self.decide(verb, when, submission=self.submissions[which % len(self.submissions)].id)

    @rule(verb=st.sampled_from(["accept", "return"]), unit=units, when=hours)
    def say_of_the_newest(self, verb: str, unit: str, when: datetime) -> None:
        self.decide(verb, when, unit=unit, obligation="table")

    @rule(unit=units, when=hours)
    def exempt(self, unit: str, when: datetime) -> None:
        self.decide("exempt", when, unit=unit, obligation="table")

    @rule(unit=units, when=hours, until=hours)
    def extend(self, unit: str, when: datetime, until: datetime) -> None:
        self.decide("extend", when, unit=unit, obligation="table", until_at=until)

    @rule(verb=st.sampled_from(["freeze", "reopen"]), when=hours)
    def freeze(self, verb: str, when: datetime) -> None:
        self.decide(verb, when, obligation="table")

    def moments(self) -> list[datetime]:
        return [START + timedelta(hours=number) for number in (0, 72, 73, 100, 24 * 17)]

    @invariant()
    def the_states_add_up_to_the_roster(self) -> None:
        for as_of in self.moments():
            judged = self.judged(as_of)
            assert [(one.unit, one.obligation) for one in judged] == [("b", "table"), ("b", "open"), ("a", "table"), ("a", "open")]
            found = rates(judged)
            assert found.roster == 4
            assert found.expected == found.not_due + found.under_review + found.on_time + found.late + found.missing + found.returned
            assert 0 <= found.on_time <= found.received <= found.expected <= found.roster

    @invariant()
    def each_state_is_what_its_words_say(self) -> None:
        for as_of in self.moments():
            for one in self.judged(as_of):
                by_id = {sent.id: sent for sent in self.submissions}
                mine = [sent for sent in self.submissions if (sent.unit, sent.obligation) == (one.unit, one.obligation) and sent.received_at <= as_of]
                assert one.submission is None or by_id[one.submission] in mine
                if one.due_at is None:
                    assert one.standing == "not_due"
                    continue
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
                    case "exempt":
                        assert any(said.verb == "exempt" and said.decided_at <= as_of for said in self.decisions)
                if not mine:
                    assert one.standing in ("not_due", "missing", "exempt")
                if "repaired" in one.flags:
                    assert one.standing == "on_time"
                    assert any(sent.received_at <= one.due_at for sent in mine)

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
        said = [one for one in self.decisions if one.decided_at <= as_of]
        assert self.judged(as_of) == standings(self.campaign, UNITS, before, said, (), Weekdays(), as_of, KNOWN)

    @invariant()
    def scores_stay_between_floor_and_full_and_every_point_has_a_reason(self) -> None:
        as_of = START + timedelta(days=17)
        for one in scores(self.campaign, UNITS, self.judged(as_of), as_of=as_of):
            taken = sum(each.points for each in one.deductions)
            assert 0 <= one.score <= 100
            assert one.score == max(0, round(100 - taken, 2))
            assert all(each.why and each.clause for each in one.deductions)
            assert sum(each.points for each in one.deductions if each.clause.startswith("迟报")) <= 2


TestLattice = Lattice.TestCase
TestLattice.settings = settings(max_examples=200, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
