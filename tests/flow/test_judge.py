"""judge from the warehouse: the same on both databases, the same bytes for the same pair of clocks, kept only where newest."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from include.domain.decision import Decision
from include.domain.reading import Answer
from include.domain.receipt import HowKnown, State, Submission
from include.domain.standing import Judgement, Standing
from include.judge import doubts, judge, to_json
from include.merge import decide
from include.warehouse import answers, connect, decisions, ledger, standings, submissions

CHINA = "+08:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + CHINA)


@dataclass
class Office:
    """A campaign whose files were read, validated and merged already."""

    campaign: str = "beipiao-2021"

    def took(
        self,
        unit: str,
        obligation: str,
        period: str | None,
        when: str,
        state: State = "accepted",
        *,
        said: tuple[Answer, ...] = (),
        how: HowKnown = "first_seen",
        told: str | None = None,
    ) -> str:
        moment = at(when)
        with connect().begin() as connection:
            number = ledger.count(connection, self.campaign) + 1
            arrival = ledger.Arrival(
                path=f"{unit}/{number}.xlsx",
                size=1,
                sha256=sha256(str(number).encode()).hexdigest(),
                modified_at=None,
                version_tag="",
                received_at=moment,
                how_known=how,
            )
            ledger.append(connection, self.campaign, [arrival], recorded_at=moment)
            one = Submission(
                id=f"{self.campaign}-{number:06}",
                receipt_number=number,
                unit=unit,
                obligation=obligation,
                period=period,
                received_at=moment,
                recorded_at=moment,
                state=state,
                told_at=at(told) if told else None,
            )
            submissions.insert(connection, self.campaign, [(one, "", 0)])
            answers.load(connection, [(one.id, said)] if said else [])
        return one.id

    def decided(self, verb: str, when: str, **more: object) -> None:
        values = {"number": 0, "verb": verb, "decided_at": at(when), "recorded_at": at(when), "by": "王科长", "why": "理由"}
        with connect().begin() as connection:
            decisions.append(connection, self.campaign, Decision(**(values | more)))  # type: ignore[arg-type]

    def stands(self, judgement: Judgement, unit: str, obligation: str, period: str | None = None) -> Standing:
        (found,) = [one for one in judgement.standings if (one.unit, one.obligation, one.period) == (unit, obligation, period)]
        return found


@pytest.fixture
def office(house: Path) -> Office:
    return Office()


def test_an_empty_inbox_is_judged_all_the_same(office: Office) -> None:
    before, after = judge("beipiao-2021", at("2021-06-10T15:59:59")), judge("beipiao-2021", at("2021-06-10T16:00:01"))
    assert office.stands(before, "dangban", "weekly", "2021-06-10").standing == "not_due"
    assert {one.standing for one in after.standings if one.period == "2021-06-10"} == {"missing"}


def test_the_same_pair_of_clocks_gives_the_same_bytes(office: Office) -> None:
    office.took("dangban", "liaison", None, "2021-06-07T10:00:00")
    office.decided("exempt", "2021-06-09T10:00:00", unit="anquangu", obligation="liaison")
    as_of, known_at = at("2021-12-27T12:00:00"), at("2022-01-01T00:00:00")
    first = to_json(judge("beipiao-2021", as_of, known_at=known_at))
    assert to_json(judge("beipiao-2021", as_of.astimezone(UTC), known_at=known_at.astimezone(UTC))) == first


def test_the_json_is_the_contracts(office: Office) -> None:
    office.took("dangban", "month-summary", None, "2021-06-24T10:00:00.250000")
    told = json.loads(to_json(judge("beipiao-2021", at("2021-12-27T12:00:00"), known_at=at("2022-01-01T00:00:00"))))
    assert list(told) == ["campaign", "as_of", "known_at", "standings", "scores"]
    assert (told["campaign"], told["as_of"], told["known_at"]) == ("beipiao-2021", "2021-12-27T12:00:00+08:00", "2022-01-01T00:00:00+08:00")
    (late,) = [one for one in told["standings"] if one["standing"] == "late"]
    assert late == {
        "unit": "dangban",
        "obligation": "month-summary",
        "period": None,
        "due_at": "2021-06-24T00:00:00+08:00",
        "standing": "late",
        "flags": [],
        "received_at": "2021-06-24T10:00:00.250000+08:00",
        "submission": "beipiao-2021-000001",
        "late_by_s": 36001,
        "findings": 0,
    }
    score = told["scores"][0]
    assert list(score) == ["unit", "score", "deductions"]
    # 7 reports missing and one late, by the campaign's table.
    assert (score["unit"], score["score"]) == ("dangban", 92.5)
    assert {
        "points": 0.5,
        "clause": "迟报每次扣0.5分",
        "obligation": "month-summary",
        "period": None,
        "why": "安全生产月总结报告迟报10小时",
    } in score["deductions"]


def test_the_newest_verdict_is_kept_and_an_older_one_never_replaces_it(office: Office) -> None:
    office.took("dangban", "liaison", None, "2021-06-07T10:00:00")
    judge("beipiao-2021", at("2021-06-08T12:00:00"))
    judge("beipiao-2021", at("2021-06-01T12:00:00"))
    with connect().look() as connection:
        assert standings.stored_as_of(connection, "beipiao-2021") == at("2021-06-08T12:00:00")
        kept = {(one.unit, one.standing) for one in standings.standings(connection, "beipiao-2021") if one.obligation == "liaison"}
        assert ("dangban", "on_time") in kept
        assert ("anquangu", "missing") in kept
        assert len(standings.expectations(connection, "beipiao-2021")) == 13 * 8


def test_what_was_known_then_is_judged_then_and_kept_nowhere(office: Office) -> None:
    office.took("dangban", "liaison", None, "2021-06-07T10:00:00")
    as_of = at("2021-06-08T12:00:00")
    assert office.stands(judge("beipiao-2021", as_of, known_at=at("2021-06-07T09:00:00")), "dangban", "liaison").standing == "missing"
    assert office.stands(judge("beipiao-2021", as_of, known_at=at("2021-06-07T10:00:00")), "dangban", "liaison").standing == "on_time"
    with connect().look() as connection:
        assert standings.stored_as_of(connection, "beipiao-2021") is None


def test_the_grace_of_history_runs_from_arrival_and_that_of_a_live_file_from_the_telling(office: Office) -> None:
    read_later = "2021-12-27T09:00:00"
    office.took("dangban", "month-summary", None, "2021-06-23T20:00:00", "returned", how="trusted_list", told=read_later)
    office.took("anquangu", "month-summary", None, "2021-06-23T20:00:00", "returned", told=read_later)
    judged = judge("beipiao-2021", at("2021-12-27T12:00:00"))
    assert office.stands(judged, "dangban", "month-summary").standing == "missing"
    assert office.stands(judged, "anquangu", "month-summary").standing == "returned"


def plan(*rows: tuple[str, str]) -> tuple[Answer, ...]:
    cells = [(item, row, text) for row, texts in enumerate(rows, 1) for item, text in zip(("P1", "P2"), texts, strict=True) if text]
    return tuple(Answer(item=item, row=row, value=text, raw=text, sheet="Sheet1", cell=f"B{row}") for item, row, text in cells)


def test_reports_are_born_from_the_accepted_plan_and_follow_its_correction(house: Path) -> None:
    office = Office("binhai-2021")
    unit = "gonggongshi"
    office.took(
        unit,
        "activity-plan",
        None,
        "2021-06-02T10:00:00",
        said=plan(("燃气应急演练", "6月16-18日"), ("安全宣传咨询日", "6月16日"), ("公开课", "待定")),
    )
    judged = judge("binhai-2021", at("2021-06-10T12:00:00"))
    born = {one.period: one.due_at for one in judged.standings if one.unit == unit and one.obligation == "activity-report"}
    assert born == {"燃气应急演练@2021-06-18": at("2021-06-22T00:00:00"), "安全宣传咨询日@2021-06-16": at("2021-06-20T00:00:00")}
    assert [(one.unit, one.name, one.raw_day) for one in judged.undated] == [(unit, "公开课", "待定")]
    assert [(where, one.code, one.given) for where, one in doubts(judged)] == [("binhai-2021-000001", "J301", "待定")]

    # The corrected plan of 20 June drops the drill that is not due yet and the day that is, and names the lesson's day.
    office.took(unit, "activity-plan", None, "2021-06-20T10:00:00", said=plan(("公開課", "6月25日")))
    judged = judge("binhai-2021", at("2021-06-26T12:00:00"))
    told = {one.period: one.standing for one in judged.standings if one.unit == unit and one.obligation == "activity-report"}
    assert told == {"安全宣传咨询日@2021-06-16": "missing", "公开课@2021-06-25": "not_due"}
    assert judged.undated == ()
    # What had fallen due goes by a decision alone, and from its moment on.
    decide(
        "binhai-2021",
        "exempt",
        by="王科长",
        why="活动取消",
        unit=unit,
        obligation="activity-report",
        period="安全宣传咨询日@2021-06-16",
        at=at("2021-06-24T09:00:00"),
    )
    for moment, standing in (("2021-06-24T08:59:59", "missing"), ("2021-06-24T09:00:00", "exempt")):
        assert office.stands(judge("binhai-2021", at(moment)), unit, "activity-report", "安全宣传咨询日@2021-06-16").standing == standing
    # As of a day before the correction the old plan is the one that counts.
    assert {one.period for one in judge("binhai-2021", at("2021-06-19T12:00:00")).standings if one.obligation == "activity-report"} == set(born)


def test_a_plan_that_was_returned_owes_nothing(house: Path) -> None:
    office = Office("binhai-2021")
    office.took("gonggongshi", "activity-plan", None, "2021-06-02T10:00:00", "returned", said=plan(("演练活动", "6月16日")))
    assert not [one for one in judge("binhai-2021", at("2021-06-30T12:00:00")).standings if one.obligation == "activity-report"]


def test_open_materials_are_counted(house: Path) -> None:
    office = Office("binhai-2021")
    for day in ("01", "02", "03"):
        office.took("fazhishi", "materials", None, f"2021-06-{day}T10:00:00")
    judged = judge("binhai-2021", at("2021-06-30T12:00:00"))
    assert judged.arrivals == (("fazhishi", "materials", 3),)


def test_a_target_of_the_units_is_seen_in_their_figures(house: Path) -> None:
    office = Office("binhai-2021")
    for unit, value in (("gonggongshi", 1), ("yuanlinshi", 0), ("fazhishi", 0)):
        figure = Answer(item="E17", row=None, value=value, raw=str(value), sheet="Sheet1", cell="D20")
        office.took(unit, "statistics", None, "2021-06-28T10:00:00", said=(figure,))
    judged = judge("binhai-2021", at("2021-07-01T12:00:00"))
    missed = {one.unit for one in judged.scores for taken in one.deductions if taken.obligation == "brand-activities"}
    assert missed == {"yuanlinshi"}


def test_a_moment_without_a_zone_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="aware"):
        judge("beipiao-2021", datetime(2021, 6, 8, 12))


def test_judging_again_changes_nothing(office: Office) -> None:
    office.took("dangban", "liaison", None, "2021-06-07T10:00:00")
    as_of = at("2021-06-08T12:00:00")
    first = judge("beipiao-2021", as_of)
    second = judge("beipiao-2021", as_of + timedelta(0))
    assert (first.standings, first.scores) == (second.standings, second.scores)
    with connect().look() as connection:
        assert len(standings.standings(connection, "beipiao-2021")) == len(first.standings)
