"""The lattice of standings, told as stories about one unit's table due on Wednesday 23 June 2021, 24:00."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from include.domain.campaign import AfterActivity, Amendment, Authority, Campaign, EveryWeek, Obligation, OnDate, Open, Owner
from include.domain.decision import Decision
from include.domain.expectation import Activity
from include.domain.receipt import Submission
from include.domain.standing import Rates, Standing, rates, standings
from include.domain.unit import Unit
from include.domain.wordings import Wording

ZONE = ZoneInfo("Asia/Shanghai")
KNOWN = datetime(2030, 1, 1, tzinfo=UTC)
TABLE = Obligation(code="table", name=Wording(zh="统计表", en="table"), kind="report", what="form", due=OnDate(kind="date", on=date(2021, 6, 23)))
UNIT = Unit(code="u", name="甲", order=1)


class Weekdays:
    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5


def campaign(*obligations: Obligation) -> Campaign:
    return Campaign(
        code="c",
        version=1,
        name=Wording(zh="活动", en="campaign"),
        notice="c",
        zone=ZONE,
        authority=Authority(name="办", receives="办"),
        issued_on=date(2021, 6, 4),
        first_on=date(2021, 6, 1),
        last_on=date(2021, 12, 31),
        obligations=obligations or (TABLE,),
    )


def at(text: str) -> datetime:
    """A moment such as 6-22 10:00 in China, 2021."""
    month, _, rest = text.partition("-")
    day, _, clock = rest.partition(" ")
    hour, minute = (clock or "12:00").split(":")
    return datetime(2021, int(month), int(day), int(hour), int(minute), tzinfo=ZONE)


def sent(number: int, when: str, state: str = "accepted", **more: object) -> Submission:
    values = {"id": f"c-{number:06}", "receipt_number": number, "unit": "u", "obligation": "table", "period": None, "state": state}
    values |= {"received_at": at(when), "recorded_at": at(when)}
    return Submission(**(values | more))  # type: ignore[arg-type]


def decided(number: int, verb: str, when: str, **more: object) -> Decision:
    values = {"number": number, "verb": verb, "decided_at": at(when), "recorded_at": at(when), "by": "王科长", "why": "理由"}
    return Decision(**(values | more))  # type: ignore[arg-type]


def judge(as_of: str, *events: Submission | Decision, of: Campaign | None = None, units: tuple[Unit, ...] = (UNIT,), **more: object) -> Standing:
    return judge_all(as_of, *events, of=of, units=units, **more)[0]


def judge_all(
    as_of: str,
    *events: Submission | Decision,
    of: Campaign | None = None,
    units: tuple[Unit, ...] = (UNIT,),
    activities: tuple[Activity, ...] = (),
    known_at: datetime = KNOWN,
) -> tuple[Standing, ...]:
    submissions = [one for one in events if isinstance(one, Submission)]
    decisions = [one for one in events if isinstance(one, Decision)]
    return standings(of or campaign(), units, submissions, decisions, activities, Weekdays(), at(as_of), known_at)


def test_nothing_sent_is_not_due_and_then_missing() -> None:
    assert judge("6-23 23:59").standing == "not_due"
    assert judge("6-24 00:00").standing == "not_due"
    assert judge("6-24 00:01").standing == "missing"


def test_a_report_in_time_is_on_time_at_once() -> None:
    one = judge("6-22 10:00", sent(1, "6-22 10:00"))
    assert (one.standing, one.submission, one.received_at, one.late_by_s) == ("on_time", "c-000001", at("6-22 10:00"), None)


def test_a_report_after_the_deadline_is_late_by_whole_seconds_begun() -> None:
    half = sent(1, "6-24 00:00", received_at=at("6-24 00:00") + timedelta(milliseconds=500))
    assert (judge("6-25", half).standing, judge("6-25", half).late_by_s) == ("late", 1)


def test_what_came_after_the_moment_judged_does_not_count() -> None:
    assert judge("6-22 09:59", sent(1, "6-22 10:00")).standing == "not_due"


def test_what_was_recorded_after_the_moment_known_does_not_count() -> None:
    late_known = sent(1, "6-22 10:00", recorded_at=at("6-26 10:00"))
    assert judge_all("6-25", late_known, known_at=at("6-25"))[0].standing == "missing"
    assert judge_all("6-25", late_known, known_at=at("6-27"))[0].standing == "on_time"


def test_a_correction_after_the_deadline_gives_the_figures_and_takes_no_credit() -> None:
    one = judge("6-30", sent(1, "6-22 10:00"), sent(2, "6-28 10:00"))
    assert (one.standing, one.submission, one.received_at, one.flags) == ("on_time", "c-000002", at("6-22 10:00"), ())


def test_a_wrong_correction_does_not_unseat_what_was_accepted() -> None:
    one = judge("6-30", sent(1, "6-22 10:00"), sent(2, "6-28 10:00", "returned"))
    assert (one.standing, one.submission) == ("on_time", "c-000001")


def test_returned_while_the_grace_runs_and_then_missing_naming_it() -> None:
    # Returned on Friday the 25th: the grace of one working day ends on Monday the 28th at 24:00.
    bad = sent(1, "6-23 20:00", "returned", findings=3, told_at=at("6-25 09:00"))
    assert judge("6-28 23:59", bad).standing == "returned"
    assert judge("6-29 00:00", bad).standing == "returned"
    gone = judge("6-29 00:01", bad)
    assert (gone.standing, gone.submission, gone.findings, gone.received_at) == ("missing", "c-000001", 3, None)


def test_returned_early_stays_returned_until_the_deadline_though_the_grace_is_over() -> None:
    assert judge("6-23 12:00", sent(1, "6-10 10:00", "returned")).standing == "returned"
    assert judge("6-24 00:01", sent(1, "6-10 10:00", "returned")).standing == "missing"


def test_mended_within_the_grace_counts_as_in_time_and_shows_it() -> None:
    bad = sent(1, "6-23 20:00", "returned", told_at=at("6-23 20:15"))
    one = judge("6-30", bad, sent(2, "6-24 23:59"))
    assert (one.standing, one.flags, one.submission, one.received_at) == ("on_time", ("repaired",), "c-000002", at("6-23 20:00"))


def test_mended_after_the_grace_is_late_from_the_deadline() -> None:
    bad = sent(1, "6-23 20:00", "returned", told_at=at("6-23 20:15"))
    one = judge("6-30", bad, sent(2, "6-25 00:01"))
    assert (one.standing, one.flags, one.late_by_s) == ("late", (), 86_460)


def test_mended_before_the_deadline_is_on_time_and_still_shows_that_it_was_returned() -> None:
    one = judge("6-30", sent(1, "6-10 10:00", "returned"), sent(2, "6-22 10:00"))
    assert (one.standing, one.flags, one.received_at) == ("on_time", ("repaired",), at("6-22 10:00"))


def test_a_mend_that_is_returned_again_lends_anew() -> None:
    first = sent(1, "6-23 20:00", "returned")
    second = sent(2, "6-24 20:00", "returned")
    assert judge("6-30", first, second, sent(3, "6-25 20:00")).standing == "on_time"
    assert judge("6-30", first, second, sent(3, "6-29 20:00")).standing == "late"


def test_a_late_report_that_is_returned_gains_nothing() -> None:
    assert judge("6-30", sent(1, "6-24 10:00", "returned"), sent(2, "6-24 12:00")).standing == "late"


def test_a_question_keeps_it_under_review_whatever_the_clock_says() -> None:
    asked = sent(1, "6-22 10:00", "waiting")
    assert [judge(when, asked).standing for when in ("6-22 10:00", "6-30 10:00")] == ["under_review", "under_review"]
    answered = judge("6-30", asked, decided(1, "accept", "6-29 10:00", submission="c-000001"))
    assert (answered.standing, answered.received_at) == ("on_time", at("6-22 10:00"))


def test_a_supervisor_may_return_what_was_accepted_and_accept_what_was_returned() -> None:
    good, bad = sent(1, "6-22 10:00"), sent(1, "6-22 10:00", "returned")
    back = decided(1, "return", "6-25 10:00", submission="c-000001")
    assert [judge(when, good, back).standing for when in ("6-25 09:59", "6-25 10:00", "6-28 12:00", "6-29 12:00")] == [
        "on_time",
        "returned",
        "returned",
        "missing",
    ]
    assert judge("6-30", good, back, sent(2, "6-28 12:00")).flags == ("repaired",)
    assert judge("6-30", bad, decided(1, "accept", "6-29 10:00", submission="c-000001")).standing == "on_time"


def test_a_decision_that_names_no_submission_means_the_newest_one_by_then() -> None:
    back = decided(1, "return", "6-23 10:00", unit="u", obligation="table")
    one = judge("6-23 12:00", sent(1, "6-21 10:00"), sent(2, "6-22 10:00"), sent(3, "6-23 11:00"), back)
    assert (one.standing, one.submission) == ("on_time", "c-000003")
    assert judge("6-23 10:30", sent(1, "6-21 10:00"), sent(2, "6-22 10:00"), back).submission == "c-000001"


def test_withdrawn_is_as_if_never_sent() -> None:
    gone = decided(1, "withdraw", "6-25 10:00", submission="c-000001")
    assert judge("6-26", sent(1, "6-22 10:00"), gone).standing == "missing"
    assert judge("6-25 09:00", sent(1, "6-22 10:00"), gone).standing == "on_time"


def test_exempt_owes_nothing_for_one_period_one_report_or_altogether() -> None:
    for scope in ({"unit": "u", "obligation": "table"}, {"unit": "u"}, {"obligation": "table"}):
        assert judge("6-30", decided(1, "exempt", "6-25 10:00", **scope)).standing == "exempt"
    assert judge("6-30", decided(1, "exempt", "6-25 10:00", unit="other")).standing == "missing"
    assert judge("6-24 10:00", decided(1, "exempt", "6-25 10:00", unit="u")).standing == "missing"


def test_an_extension_moves_the_deadline_from_its_moment_on() -> None:
    longer = decided(1, "extend", "6-25 10:00", unit="u", obligation="table", until_at=at("6-28 17:00"))
    late = sent(1, "6-28 17:00")
    assert judge("6-25 09:00", longer).standing == "missing"
    one = judge("6-28 17:00", late, longer)
    assert (one.standing, one.due_at) == ("on_time", at("6-28 17:00"))
    assert judge("6-28 17:01", longer).standing == "missing"
    taken_back = decided(2, "extend", "6-26 10:00", unit="u", obligation="table", until_at=at("6-20 17:00"))
    assert judge("6-30", late, longer, taken_back).due_at == at("6-24 00:00")


def test_after_closing_a_report_is_kept_but_not_accepted() -> None:
    closing = campaign(Obligation(code="table", name=TABLE.name, kind="report", due=TABLE.due, closes_on=date(2021, 6, 30)))
    assert judge("7-5", sent(1, "7-1 00:00"), of=closing).standing == "late"
    shut = judge("7-5", sent(1, "7-1 00:01"), of=closing)
    assert (shut.standing, shut.submission) == ("missing", None)
    longer = decided(1, "extend", "6-25 10:00", unit="u", obligation="table", until_at=at("7-2 17:00"))
    assert judge("7-5", sent(1, "7-1 00:01"), longer, of=closing).standing == "on_time"


def test_what_has_come_is_corrected_until_corrections_end() -> None:
    def ends(closes_on: date | None, edit_ends_on: date) -> Campaign:
        return campaign(Obligation(code="table", name=TABLE.name, kind="report", due=TABLE.due, closes_on=closes_on, edit_ends_on=edit_ends_on))

    first, second, third = sent(1, "6-22 10:00"), sent(2, "7-3 00:00"), sent(3, "7-3 00:01")
    for of in (ends(date(2021, 6, 30), date(2021, 7, 2)), ends(None, date(2021, 7, 2))):
        kept = judge("7-5", first, second, third, of=of)
        assert (kept.standing, kept.submission) == ("on_time", "c-000002"), "the second came at 24:00 of the last day, the third a minute later"
    closed = ends(date(2021, 6, 30), date(2021, 7, 2))
    assert judge("7-5", second, of=closed).standing == "missing", "a first report is no correction"
    assert judge("7-5", third, of=ends(None, date(2021, 7, 2))).standing == "late"
    withdrawn = decided(1, "withdraw", "6-25 10:00", submission="c-000001")
    assert judge("7-5", first, second, withdrawn, of=closed).standing == "missing", "nothing is left that could be corrected"
    # Returned on the last day: the mend within its grace is a correction.
    returned, mended = sent(1, "6-30 23:00", "returned"), sent(2, "7-1 10:00")
    assert judge("7-5", returned, mended, of=closed).standing == "late"
    longer = decided(1, "extend", "6-25 10:00", unit="u", obligation="table", until_at=at("7-10 17:00"))
    assert judge("7-12", sent(4, "7-9 10:00"), sent(5, "7-10 17:00"), longer, of=closed).submission == "c-000005", "an extension moves both ends"


def test_after_a_freeze_corrections_wait_until_it_is_reopened() -> None:
    freeze = decided(1, "freeze", "6-25 10:00", obligation="table")
    reopen = decided(2, "reopen", "6-27 10:00", obligation="table")
    first, correction = sent(1, "6-22 10:00"), sent(2, "6-26 10:00")
    assert judge("6-26 12:00", first, correction, freeze).submission == "c-000001"
    assert judge("6-27 12:00", first, correction, freeze, reopen).submission == "c-000002"
    assert judge("6-26 12:00", correction, freeze).standing == "under_review"


def test_flags_say_warnings_hand_and_explanation() -> None:
    assert judge("6-30", sent(1, "6-22 10:00", worst="warning", by_hand=True)).flags == ("has_warnings", "by_hand")
    confirmed = decided(1, "confirm", "6-25 10:00", submission="c-000001")
    assert judge("6-30", sent(1, "6-22 10:00", "waiting", worst="warning"), confirmed).flags == ("has_warnings", "explained")
    assert judge("6-30", sent(1, "6-22 10:00", worst="note")).flags == ()


def test_a_receipt_placed_by_hand_counts_there_from_the_decision_on_and_nowhere_else() -> None:
    place = decided(1, "place", "6-25 10:00", unit="v", obligation="table", receipt_number=1)
    units = (UNIT, Unit(code="v", name="乙", order=2))
    there, here = sent(1, "6-22 10:00", id="c-000001-2", unit="v"), sent(1, "6-22 10:00")
    assert [one.standing for one in judge_all("6-24 10:00", here, there, place, units=units)] == ["on_time", "missing"]
    assert [one.standing for one in judge_all("6-26", here, there, place, units=units)] == ["missing", "on_time"]


def test_a_scan_alone_is_no_report_and_its_lack_is_told() -> None:
    stamped = campaign(Obligation(code="table", name=TABLE.name, kind="report", what="form", due=TABLE.due, parts=("scan",)))
    assert judge("6-30", sent(1, "6-22 10:00", part="scan"), of=stamped).standing == "missing"
    one = judge("6-30", sent(1, "6-22 10:00"), of=stamped)
    assert (one.standing, one.missing_parts) == ("on_time", ("scan",))
    both = judge("6-30", sent(1, "6-22 10:00"), sent(2, "6-25 10:00", part="scan"), of=stamped)
    assert (both.standing, both.missing_parts, both.submission) == ("on_time", (), "c-000001")


def test_open_obligations_are_counted_and_never_judged() -> None:
    opened = campaign(
        Obligation(
            code="table", name=TABLE.name, kind="report", accepts="many", due=Open(kind="open", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30))
        )
    )
    one = judge("12-31", sent(1, "8-1 10:00"), sent(2, "9-1 10:00"), of=opened)
    assert (one.standing, one.due_at, one.submission) == ("not_due", None, "c-000002")
    assert rates([one]) == Rates(roster=1, open=1)


def test_a_closed_unit_owes_nothing_more_and_its_heir_does() -> None:
    named = campaign(Obligation(code="table", name=TABLE.name, kind="report", due=TABLE.due, owner=Owner(who="named", units=("old",))))
    heir = Unit(code="new", name="新", order=2)
    closed = Unit(code="old", name="旧", order=1, to_on=date(2021, 6, 22), heir="new")
    assert [one.unit for one in judge_all("6-30", of=named, units=(closed, heir))] == ["new"]
    staying = Unit(code="old", name="旧", order=1, to_on=date(2021, 6, 23), heir="new")
    assert [one.unit for one in judge_all("6-30", of=named, units=(staying, heir))] == ["old"]


def test_a_unit_added_later_owes_only_what_falls_due_from_then_on() -> None:
    weekly = Obligation(
        code="weekly",
        name=Wording(zh="周报", en="weekly"),
        kind="report",
        due=EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30), at=time(16)),
    )
    new = Unit(code="u", name="新", order=1, from_on=date(2021, 6, 17))
    assert [one.period for one in judge_all("6-30", of=campaign(weekly), units=(new,))] == ["2021-06-17", "2021-06-24"]
    assert [one.period for one in judge_all("6-30", of=campaign(weekly))] == ["2021-06-10", "2021-06-17", "2021-06-24"]


def test_standings_come_in_official_order_then_the_notices_then_by_period() -> None:
    weekly = Obligation(
        code="a-weekly",
        name=Wording(zh="周报", en="weekly"),
        kind="report",
        due=EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30)),
    )
    units = (Unit(code="a", name="乙", order=2), Unit(code="z", name="甲", order=1))
    judged = judge_all("6-30", of=campaign(TABLE, weekly), units=units)
    assert [(one.unit, one.obligation, one.period) for one in judged] == [
        (unit, obligation, period)
        for unit in ("z", "a")
        for obligation, period in (("table", None), ("a-weekly", "2021-06-10"), ("a-weekly", "2021-06-17"), ("a-weekly", "2021-06-24"))
    ]


def test_an_amendment_judges_before_and_after_by_the_rule_then_in_force() -> None:
    moved = Amendment(effective_at=at("6-10 09:00"), due=OnDate(kind="date", on=date(2021, 6, 15)))
    amended = campaign(Obligation(code="table", name=TABLE.name, kind="report", due=TABLE.due, amendments=(moved,)))
    assert judge("6-10 08:59", of=amended).due_at == at("6-24 00:00")
    assert judge("6-10 09:00", of=amended).due_at == at("6-16 00:00")
    assert judge("6-20", of=amended).standing == "missing"


REPORT = Obligation(
    code="report",
    name=Wording(zh="活动情况", en="report"),
    kind="report",
    what="materials",
    accepts="many",
    due=AfterActivity(kind="after_activity", plan="plan", name_item="P1", date_item="P2", days=3),
)


def activity(name: str, day: int | None, since: str, until: str | None = None) -> Activity:
    return Activity(
        unit="u",
        plan="plan",
        row=1,
        name=name,
        ends_on=date(2021, 6, day) if day else None,
        raw_day="",
        submission="c-000009",
        normal_name=name,
        known_from=at(since),
        known_until=at(until) if until else None,
    )


def born(as_of: str, *activities: Activity, events: tuple[Submission | Decision, ...] = ()) -> list[tuple[str | None, str]]:
    return [(one.period, one.standing) for one in judge_all(as_of, *events, of=campaign(REPORT), activities=activities)]


def test_each_dated_activity_owes_a_report_and_undated_ones_none() -> None:
    assert born("6-10", activity("演练", 16, "6-3"), activity("公开课", None, "6-3")) == [("演练@2021-06-16", "not_due")]
    assert born("6-20 00:01", activity("演练", 16, "6-3")) == [("演练@2021-06-16", "missing")]


def test_a_row_that_a_corrected_plan_drops_is_owed_only_if_it_had_fallen_due() -> None:
    before, after = activity("演练", 16, "6-3", "6-15"), activity("演练", 16, "6-3", "6-21")
    assert born("6-25", before) == []
    assert born("6-14", before) == [("演练@2021-06-16", "not_due")]
    assert born("6-25", after) == [("演练@2021-06-16", "missing")]
    gone = decided(1, "exempt", "6-22", unit="u", obligation="report", period="演练@2021-06-16")
    assert born("6-25", after, events=(gone,)) == [("演练@2021-06-16", "exempt")]


def test_a_report_follows_its_activity_when_the_plan_moves_the_day() -> None:
    sent_early = sent(1, "6-18 10:00", obligation="report", period="演练@2021-06-16")
    moved = (activity("演练", 16, "6-3", "6-19"), activity("演练", 17, "6-19"))
    assert born("6-25", *moved, events=(sent_early,)) == [("演练@2021-06-17", "on_time")]


def test_the_order_in_which_events_are_told_changes_nothing() -> None:
    events = [
        sent(1, "6-22 10:00", "returned"),
        sent(2, "6-23 10:00", "waiting"),
        sent(3, "6-24 10:00"),
        decided(1, "extend", "6-25 10:00", unit="u", obligation="table", until_at=at("6-24 09:00")),
        decided(2, "confirm", "6-26 10:00", submission="c-000002"),
    ]
    told = {judge("6-30", *order) for order in permutations(events)}
    assert len(told) == 1


@pytest.mark.parametrize("field", ["received_at", "recorded_at"])
def test_moments_in_any_zone_are_the_same_moments(field: str) -> None:
    in_utc = sent(1, "6-22 10:00", **{field: at("6-22 10:00").astimezone(UTC)})
    assert judge("6-30", in_utc) == judge("6-30", sent(1, "6-22 10:00"))
