"""Receipts become submissions: placed by evidence, compared with what came before, the newest acceptable one current; twice is once."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from include.catalogue import load, rules
from include.domain.finding import Finding
from include.domain.reading import Answer, Reading
from include.exceptions import BaosongError, UnknownName
from include.merge import decide, merge
from include.warehouse import answers, connect, decisions, findings, ledger, readings, submissions, vault
from include.warehouse.submissions import Stored

JUNE = datetime(2021, 6, 1, tzinfo=UTC)
STATISTICS = "statistics-beipiao"


@dataclass
class Office:
    """An office that receives what tests send, with reading and validation already done."""

    campaign: str = "beipiao-2021"
    sent: int = 0
    form_items: dict[str, str] = field(default_factory=dict)

    def receive(
        self,
        path: str,
        at: datetime,
        *said: Reading,
        content: str | None = None,
        checked: Iterable[Finding] = (),
        how: str = "trusted_list",
        clock: datetime | None = None,
    ) -> int:
        self.sent += 1
        data = (content if content is not None else f"file {self.sent}").encode()
        with connect().begin() as connection:
            arrival = ledger.Arrival(
                path=path,
                size=len(data),
                sha256=sha256(data).hexdigest(),
                modified_at=None,
                version_tag="",
                received_at=at,
                how_known=how,  # type: ignore[arg-type]
            )
            (receipt,) = ledger.append(connection, self.campaign, [arrival], recorded_at=datetime.now(UTC), clock_at=clock)
            readings.store(connection, self.campaign, [(receipt.number, reading) for reading in said], datetime.now(UTC))
            for reading in said:
                if reading.form:
                    readings.store_checked(connection, self.campaign, reading.form, reading.version, {receipt.number: tuple(checked)})
        return receipt.number

    def stored(self) -> list[Stored]:
        with connect().look() as connection:
            return list(submissions.stored(connection, self.campaign))

    def one(self, number: int) -> Stored:
        (found,) = [one for one in self.stored() if one.submission.receipt_number == number]
        return found

    def codes(self, number: int) -> list[str]:
        with connect().look() as connection:
            return [told.finding.code for told in findings.findings(connection, self.campaign) if told.receipt_number == number]

    def current(self) -> list[int]:
        return [one.submission.receipt_number for one in self.stored() if one.is_current]


def table(unit: str | None = None, form: str = STATISTICS, is_nil: bool = False, **figures: int | float | str | None) -> Reading:
    said = tuple(
        Answer(item=item, row=None, value=value, raw=str(value), sheet="表1", cell=f"D{n}") for n, (item, value) in enumerate(figures.items(), 5)
    )
    return Reading(form=form, version=1, unit_named=unit, answers=said, is_nil=is_nil, file_kind="xlsx")


def paper(kind: str = "docx") -> Reading:
    return Reading(form="", version=0, file_kind=kind)


@pytest.fixture
def office(house: Path) -> Office:
    return Office()


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office on SQLite alone, for what has nothing to do with the database."""
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    monkeypatch.setenv("BAOSONG_WAREHOUSE", sqlite_url)
    monkeypatch.setenv("BAOSONG_VAULT", str(tmp_path / "vault"))
    return Office()


# --- filing ---


def test_a_table_in_its_folder_becomes_a_submission_with_its_answers(office: Office) -> None:
    number = office.receive("dangban/month-statistics/统计表.xlsx", JUNE + timedelta(days=20), table("党办", A1=12, G4=3.5, A2=None))
    assert merge("beipiao-2021") == 1
    stored = office.one(number)
    one = stored.submission
    assert (one.id, one.unit, one.obligation, one.period, one.state) == ("beipiao-2021-000001", "dangban", "month-statistics", None, "accepted")
    assert stored.is_current
    assert stored.form == STATISTICS
    with connect().look() as connection:
        assert [a.value for a in answers.answers_of(connection, [one.id])[one.id]] == [12, None, 3.5]
        assert connection.execute(text("SELECT count(*) FROM current_answer")).scalar() == 3
    assert office.codes(number) == []


def test_merging_twice_changes_nothing(office: Office) -> None:
    office.receive("dangban/month-statistics/统计表.xlsx", JUNE, table("党办", A1=12))
    office.receive("nobody/x.bin", JUNE, paper("unknown"))
    assert merge("beipiao-2021") == 1
    before = (office.stored(), office.codes(1), office.codes(2))
    assert merge("beipiao-2021") == 0
    assert (office.stored(), office.codes(1), office.codes(2)) == before


def test_an_error_returns_and_a_warning_does_not(office: Office) -> None:
    error = Finding(code="V401", severity="error", item="A1", sheet="表1", cell="D5", given="-1")
    warning = Finding(code="V501", severity="warning", item="A1")
    first = office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1), checked=[error, warning])
    second = office.receive("jianguangu/month-statistics/a.xlsx", JUNE, table("建管股", A1=1), checked=[warning])
    merge("beipiao-2021")
    assert (office.one(first).submission.state, office.one(first).submission.worst, office.one(first).submission.findings) == ("returned", "error", 2)
    assert (office.one(second).submission.state, office.one(second).submission.worst) == ("accepted", "warning")
    assert office.current() == [second]


def test_a_file_nobody_can_place_stands_with_a_finding_that_asks(office: Office) -> None:
    number = office.receive("新建 Microsoft Excel 工作表.xlsx", JUNE, table(A1=1))
    merge("beipiao-2021")
    assert office.stored() == []
    with connect().look() as connection:
        (told,) = findings.unplaced(connection, "beipiao-2021")
    assert (told.receipt_number, told.submission, told.finding.code) == (number, None, "C301")


def test_a_report_in_the_neighbours_folder_asks(small: Office) -> None:
    number = small.receive("jianguangu/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    assert small.stored() == []
    assert small.codes(number) == ["C701"]


def test_a_correction_becomes_current_and_a_returned_one_does_not(office: Office) -> None:
    error = Finding(code="V401", severity="error")
    first = office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    second = office.receive("dangban/month-statistics/b.xlsx", JUNE + timedelta(days=1), table("党办", A1=2))
    merge("beipiao-2021")
    assert office.current() == [second]
    third = office.receive("dangban/month-statistics/c.xlsx", JUNE + timedelta(days=2), table("党办", A1=3), checked=[error])
    merge("beipiao-2021")
    assert office.current() == [second]
    assert len(office.stored()) == 3
    assert {first, third} < {one.submission.receipt_number for one in office.stored()}


def test_what_arrives_earlier_but_is_read_later_does_not_become_current(small: Office) -> None:
    newer = small.receive("dangban/month-statistics/b.xlsx", JUNE + timedelta(days=1), table("党办", A1=2))
    merge("beipiao-2021")
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    assert small.current() == [newer]


def test_one_file_may_meet_two_expectations(small: Office) -> None:
    number = small.receive("dangban/附件.xlsx", JUNE + timedelta(days=3), table("党办", form="liaison", L3="张三"), table("党办", A1=1))
    merge("beipiao-2021")
    ids = {one.submission.obligation: one.submission.id for one in small.stored() if one.submission.receipt_number == number}
    assert ids.keys() >= {"liaison"}
    assert sorted(ids.values())[0] == "beipiao-2021-000001"


def test_a_stated_clock_says_when_the_unit_was_told(small: Office) -> None:
    clock = JUNE + timedelta(days=5)
    number = small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1), clock=clock)
    merge("beipiao-2021")
    one = small.one(number).submission
    assert one.told_at == clock
    assert one.recorded_at > clock


# --- across submissions ---


def test_the_same_bytes_again_change_nothing(office: Office) -> None:
    first = office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1), content="same")
    again = office.receive("dangban/month-statistics/新建 a.xlsx", JUNE + timedelta(days=1), table("党办", A1=1), content="same")
    merge("beipiao-2021")
    assert office.codes(again) == ["M701"]
    assert office.one(again).repeats == office.one(first).submission.id
    assert office.current() == [first]
    with connect().look() as connection:
        assert [one.receipt_number for one in submissions.submissions(connection, "beipiao-2021")] == [first], "judge never sees it"


def test_bytes_sent_again_after_a_withdrawal_count(small: Office) -> None:
    first = small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1), content="same")
    merge("beipiao-2021")
    decide("beipiao-2021", "withdraw", by="王股长", why="报错", submission=small.one(first).submission.id)
    assert small.current() == []
    again = small.receive("dangban/month-statistics/b.xlsx", JUNE + timedelta(days=1), table("党办", A1=1), content="same")
    merge("beipiao-2021")
    assert small.current() == [again]


def test_last_weeks_file_again_waits_for_an_answer(house: Path) -> None:
    office = Office("hainan-2021")
    said = Reading(
        form="covert-inspection", version=1, file_kind="xlsx", answers=(Answer(item="V1", row=None, value=1, raw="1", sheet="表1", cell="B2"),)
    )
    unit = load("hainan-2021").units[0].code
    first = office.receive(f"{unit}/covert-inspection/2021-06-03/a.xlsx", JUNE, said, content="same")
    again = office.receive(f"{unit}/covert-inspection/2021-06-10/a.xlsx", JUNE + timedelta(days=7), said, content="same")
    merge("hainan-2021")
    assert office.codes(again) == ["M702"]
    assert office.one(again).submission.state == "waiting"
    assert office.current() == [first]
    decide("hainan-2021", "accept", by="王股长", why="确无变化", submission=office.one(again).submission.id)
    assert office.current() == [first, again]


def test_old_materials_again_are_only_noted(small: Office) -> None:
    small.receive("dangban/weekly/2021-06-10/照片.jpg", JUNE + timedelta(days=8), paper("jpg"), content="same")
    again = small.receive("dangban/weekly/2021-06-17/照片.jpg", JUNE + timedelta(days=15), paper("jpg"), content="same")
    merge("beipiao-2021")
    assert small.codes(again) == ["M703"]
    assert small.one(again).submission.state == "accepted"
    assert len(small.current()) == 2


def test_another_units_table_is_told(small: Office) -> None:
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table(A1=1), content="same")
    again = small.receive("jianguangu/month-statistics/a.xlsx", JUNE, table(A1=1), content="same")
    merge("beipiao-2021")
    assert small.codes(again) == ["M707"]


def test_a_cumulative_figure_that_fell_returns_the_report(office: Office) -> None:
    office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=12, G4=3.5))
    later = office.receive("dangban/chaoyang-statistics/b.xlsx", JUNE + timedelta(days=190), table("党办", A1=11, G4=3.5, A2=4))
    merge("beipiao-2021")
    assert office.codes(later) == ["M704"]
    with connect().look() as connection:
        (told,) = (one for one in findings.findings(connection, "beipiao-2021") if one.receipt_number == later)
    assert (told.finding.item, told.finding.cell, told.finding.given, told.finding.expected) == ("A1", "D5", "11", "12")
    assert office.one(later).submission.state == "returned"


def test_equal_or_growing_figures_pass(small: Office) -> None:
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=12))
    later = small.receive("dangban/chaoyang-statistics/b.xlsx", JUNE + timedelta(days=190), table("党办", A1=12))
    merge("beipiao-2021")
    assert small.codes(later) == []


def test_a_correction_of_an_earlier_period_is_held_against_the_later_one(small: Office) -> None:
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=10))
    small.receive("dangban/chaoyang-statistics/b.xlsx", JUNE + timedelta(days=190), table("党办", A1=12))
    merge("beipiao-2021")
    fixed = small.receive("dangban/month-statistics/c.xlsx", JUNE + timedelta(days=191), table("党办", A1=13))
    merge("beipiao-2021")
    assert small.codes(fixed) == ["M705", "M706"]
    assert small.one(fixed).submission.state == "accepted"


def test_a_row_among_many_is_not_borne_out_by_any_sum(house: Path) -> None:
    office = Office("hainan-2021")
    unit = load("hainan-2021").units[0].code
    wrong = Finding(code="V501", severity="error", item="V6", row=1, sheet="表1", cell="D10", given="40", expected="发现隐患 30")
    sent = office.receive(f"{unit}/covert-inspection/2021-06-03/a.xlsx", JUNE, table(form="covert-inspection", V5=50, V6=50), checked=[wrong])
    merge("hainan-2021")
    assert office.codes(sent) == ["V501"]


def test_more_mended_this_week_than_found_is_right_by_the_sums_to_date(house: Path) -> None:
    office = Office("hainan-2021")
    unit = load("hainan-2021").units[0].code
    mended = Finding(code="V501", severity="error", item="V6", sheet="表1", cell="D10", given="1", expected="发现隐患 0")
    weeks = [f"2021-06-{day:02}" for day in (3, 10, 17)]
    office.receive(f"{unit}/covert-inspection/{weeks[0]}/a.xlsx", JUNE, table(form="covert-inspection", V5=2, V6=1))
    second = office.receive(
        f"{unit}/covert-inspection/{weeks[1]}/b.xlsx", JUNE + timedelta(days=7), table(form="covert-inspection", V5=0, V6=1), checked=[mended]
    )
    third = office.receive(
        f"{unit}/covert-inspection/{weeks[2]}/c.xlsx", JUNE + timedelta(days=14), table(form="covert-inspection", V5=0, V6=1), checked=[mended]
    )
    merge("hainan-2021")
    assert (office.codes(second), office.one(second).submission.state) == (["M708"], "accepted")
    assert (office.codes(third), office.one(third).submission.state) == (["V501"], "returned")


def test_while_an_earlier_week_is_missing_the_sums_to_date_cannot_tell(small: Office) -> None:
    office = Office("hainan-2021")
    unit = load("hainan-2021").units[0].code
    mended = Finding(code="V501", severity="error", item="V6", sheet="表1", cell="D10", given="3", expected="发现隐患 0")
    early = office.receive(
        f"{unit}/covert-inspection/2021-06-10/b.xlsx", JUNE + timedelta(days=7), table(form="covert-inspection", V5=0, V6=3), checked=[mended]
    )
    merge("hainan-2021")
    assert (office.codes(early), office.one(early).submission.state) == (["M709"], "accepted")


def test_every_rule_of_merging_is_in_the_catalogue() -> None:
    assert {code for code in rules() if code.startswith("M")} == {f"M{n}" for n in range(701, 714)}


# --- activities ---


def test_a_report_on_an_activity_is_placed_once_the_plan_is_in(small: Office) -> None:
    office = Office("binhai-2021")
    unit = load("binhai-2021").units[0].code
    rows = (("P1", "消防演练"), ("P2", "6月16日"))
    plan = Reading(
        form="activity-plan",
        version=1,
        answers=tuple(Answer(item=item, row=1, value=value, raw=value, sheet="表1", cell="B2") for item, value in rows),
        file_kind="xlsx",
    )
    report = office.receive(f"{unit}/activity-report/消防演练/照片.jpg", JUNE + timedelta(days=17), paper("jpg"))
    planned = office.receive(f"{unit}/activity-plan/计划.xlsx", JUNE, plan)
    merge("binhai-2021")
    assert office.one(planned).submission.obligation == "activity-plan"
    assert (office.one(report).submission.obligation, office.one(report).submission.period) == ("activity-report", "消防演练@2021-06-16")


def test_a_report_that_came_before_the_plan_is_placed_when_the_plan_comes(house: Path) -> None:
    office = Office("binhai-2021")
    unit = load("binhai-2021").units[0].code
    early = office.receive(f"{unit}/activity-report/消防演练/照片.jpg", JUNE + timedelta(days=17), paper("jpg"))
    merge("binhai-2021")
    assert office.stored() == []
    assert office.codes(early) == ["C308"]
    other = Reading(form="activity-plan", version=1, answers=_plan_row("知识竞赛", "6月20日"), file_kind="xlsx")
    office.receive(f"{unit}/activity-plan/计划.xlsx", JUNE + timedelta(days=18), other)
    merge("binhai-2021")
    assert office.codes(early) == ["C307"], "another plan does not tell, but the question is a better one"
    plan = Reading(form="activity-plan", version=1, answers=_plan_row("消防演练", "6月16日"), file_kind="xlsx")
    office.receive(f"{unit}/activity-plan/计划（更正）.xlsx", JUNE + timedelta(days=19), plan)
    merge("binhai-2021")
    assert office.one(early).submission.period == "消防演练@2021-06-16"
    assert set(office.codes(early)) <= {"C306"}


def _plan_row(name: str, day: str) -> tuple[Answer, ...]:
    return tuple(Answer(item=item, row=1, value=value, raw=value, sheet="表1", cell="B2") for item, value in (("P1", name), ("P2", day)))


# --- decisions ---


def test_an_unplaced_receipt_is_settled_by_place(office: Office) -> None:
    number = office.receive("新建 Microsoft Excel 工作表.xlsx", JUNE, table(A1=7))
    merge("beipiao-2021")
    assert decide("beipiao-2021", "place", by="王股长", why="电话核实", receipt_number=number, unit="dangban", obligation="month-statistics") == 1
    stored = office.one(number)
    assert (stored.submission.unit, stored.submission.obligation, stored.is_current) == ("dangban", "month-statistics", True)
    assert office.codes(number) == []
    with connect().look() as connection:
        assert findings.unplaced(connection, "beipiao-2021") == ()
        assert answers.answers_of(connection, [stored.submission.id])[stored.submission.id][0].value == 7


def test_a_receipt_placed_elsewhere_leaves_its_first_place(office: Office) -> None:
    number = office.receive("dangban/month-statistics/a.xlsx", JUNE, table(A1=7))
    merge("beipiao-2021")
    decide("beipiao-2021", "place", by="王股长", why="放错", receipt_number=number, unit="建管股", obligation="month-statistics")
    assert [(one.submission.unit, one.state_now, one.is_current) for one in office.stored()] == [
        ("dangban", "withdrawn", False),
        ("jianguangu", "accepted", True),
    ]
    decide("beipiao-2021", "place", by="王股长", why="没有放错", receipt_number=number, unit="dangban", obligation="month-statistics")
    assert [(one.submission.unit, one.state_now, one.is_current) for one in office.stored()] == [
        ("dangban", "accepted", True),
        ("jianguangu", "withdrawn", False),
    ]


def test_return_accept_and_withdraw_move_what_is_current(office: Office) -> None:
    first = office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    second = office.receive("dangban/month-statistics/b.xlsx", JUNE + timedelta(days=1), table("党办", A1=2))
    merge("beipiao-2021")
    name = office.one(second).submission.id
    decide("beipiao-2021", "return", by="王股长", why="数字不实", submission=name)
    assert office.current() == [first]
    decide("beipiao-2021", "accept", by="王股长", why="已核实", receipt_number=second)
    assert office.current() == [second]
    decide("beipiao-2021", "withdraw", by="王股长", why="单位撤回", unit="dangban", obligation="month-statistics")
    assert office.current() == [first]
    with connect().look() as connection:
        assert [one.verb for one in decisions.decisions(connection, "beipiao-2021")] == ["return", "accept", "withdraw"]


def test_what_came_on_paper_is_registered_by_hand(office: Office, tmp_path: Path) -> None:
    scan = tmp_path / "传真.pdf"
    scan.write_bytes(b"%PDF-1.4 fax")
    at = JUNE + timedelta(days=21)
    decide("beipiao-2021", "register", by="李文书", why="传真", unit="dangban", obligation="month-summary", at=at, paper=scan)
    decide("beipiao-2021", "register", by="李文书", why="电话报告", unit="jianguangu", obligation="month-summary", at=at)
    with connect().look() as connection:
        given = list(ledger.receipts(connection, "beipiao-2021"))
        assert ledger.verify(connection, "beipiao-2021") == []
        assert readings.unread_numbers(connection, "beipiao-2021") == []
    assert [(one.how_known, one.received_at) for one in given] == [("by_hand", at), ("by_hand", at)]
    assert given[0].path.endswith("/传真.pdf")
    assert [(one.submission.unit, one.submission.by_hand, one.is_current) for one in office.stored()] == [
        ("dangban", True, True),
        ("jianguangu", True, True),
    ]
    assert merge("beipiao-2021") == 0


def test_a_frozen_roll_up_keeps_what_it_had(small: Office) -> None:
    first = small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    decide("beipiao-2021", "freeze", by="王股长", why="已上报", obligation="month-statistics", at=JUNE + timedelta(days=23))
    second = small.receive("dangban/month-statistics/b.xlsx", JUNE + timedelta(days=24), table("党办", A1=2))
    merge("beipiao-2021")
    assert small.current() == [first]
    decide("beipiao-2021", "reopen", by="王股长", why="更正说明已报", obligation="month-statistics", at=JUNE + timedelta(days=25))
    assert small.current() == [second]


def test_a_rejected_decision_is_kept_without_effect(small: Office) -> None:
    first = small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    decide("beipiao-2021", "withdraw", by="王股长", why="x", receipt_number=first, approved=False, approved_by="李局长")
    assert small.current() == [first]
    with connect().look() as connection:
        assert decisions.decisions(connection, "beipiao-2021") == ()
        assert len(decisions.rejected(connection, "beipiao-2021")) == 1


def test_words_are_never_opened_whatever_file_they_name(office: Office, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"password")
    for words in (str(secret), "字" * 400):
        decide("beipiao-2021", "register", by="李文书", why="传真", unit="dangban", obligation="month-summary", paper=words)
    decide("beipiao-2021", "exempt", by="王股长", why="抗洪", unit="dangban", obligation="liaison", paper=str(secret))
    with connect().look() as connection:
        receipts = list(ledger.receipts(connection, "beipiao-2021"))
        assert decisions.decisions(connection, "beipiao-2021")[-1].paper == str(secret)
    kept = []
    for one in receipts:
        with vault.open(one.sha256) as file:
            kept.append(file.read())
    assert len(kept) == 2
    assert not any(b"password" in content for content in kept)


def test_what_needs_a_second_person_needs_one_by_whatever_door_it_comes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from include import catalogue
    from include.merge import deciding

    definitions = catalogue.load("beipiao-2021")
    asking = replace(definitions, campaign=replace(definitions.campaign, approval=("exempt",)))
    monkeypatch.setattr(deciding, "load", lambda _code: asking)
    told = {"by": "王股长", "why": "抗洪", "unit": "dangban", "obligation": "liaison"}
    for nobody in (None, " ", "王股长", " 王 股长"):
        with pytest.raises(BaosongError, match="--approved-by" if not (nobody or "").strip() else "不能审批自己"):
            decide("beipiao-2021", "exempt", **told, approved_by=nobody)  # type: ignore[arg-type]
    decide("beipiao-2021", "exempt", **told, approved_by="李局长")  # type: ignore[arg-type]
    decide("beipiao-2021", "extend", **told, until=JUNE + timedelta(days=9))  # type: ignore[arg-type]
    with connect().look() as connection:
        assert [(one.verb, one.approved_by) for one in decisions.decisions(connection, "beipiao-2021")] == [("exempt", "李局长"), ("extend", None)]


def test_points_by_hand_are_scored_with_their_evidence_until_they_are_withdrawn(office: Office, tmp_path: Path) -> None:
    from include.judge import judge

    photo = tmp_path / "现场照片.jpg"
    photo.write_bytes(b"\xff\xd8 photo")
    at, later = JUNE + timedelta(days=10), JUNE + timedelta(days=20)
    told = {"by": "王股长", "why": "消防通道堵塞", "unit": "党办", "item": "inspection", "points": -2.5, "at": at}
    number = decide("beipiao-2021", "award", paper=photo, **told)  # type: ignore[arg-type]
    decide("beipiao-2021", "award", **told | {"paper": "记录2", "points": -1}, approved=False, approved_by="李局长")  # type: ignore[arg-type]
    decide("beipiao-2021", "withdraw", by="李局长", why="复查不实", withdraws=number, at=later)

    def points(as_of: datetime) -> list[tuple[float, str, str]]:
        (mine,) = [one for one in judge("beipiao-2021", as_of).scores if one.unit == "dangban"]
        return [(taken.points, taken.clause, taken.why) for taken in mine.deductions if taken.clause == "督促检查扣分"]

    ((taken, _, why),) = points(at)
    assert taken == 2.5
    assert "现场照片.jpg（SHA-256 " in why
    assert "王股长；意见1号" in why
    assert points(at - timedelta(seconds=1)) == []
    assert len(points(later - timedelta(seconds=1))) == 1
    assert points(later) == []
    kept = sha256(photo.read_bytes()).hexdigest()
    assert kept in why
    with connect().look() as connection:
        assert [one.verb for one in decisions.decisions(connection, "beipiao-2021")] == ["award", "withdraw"]
        assert [(one.points, one.approved_by) for one in decisions.rejected(connection, "beipiao-2021")] == [(-1, "李局长")]


def test_an_exemption_is_taken_back_from_a_moment_on(small: Office) -> None:
    from include.judge import judge

    at = JUNE + timedelta(days=20)
    number = decide("beipiao-2021", "exempt", by="王股长", why="抗洪", unit="dangban", obligation="liaison", at=JUNE)
    decide("beipiao-2021", "withdraw", by="王股长", why="已恢复", withdraws=number, at=at)

    def stands(as_of: datetime) -> str:
        return next(one.standing for one in judge("beipiao-2021", as_of).standings if (one.unit, one.obligation) == ("dangban", "liaison"))

    assert (stands(at - timedelta(seconds=1)), stands(at)) == ("exempt", "missing")


@pytest.mark.parametrize(
    ("verb", "names", "nearest"),
    [
        ("acept", {"submission": "beipiao-2021-000001"}, "accept"),
        ("accept", {"submission": "beipiao-2021-000002"}, "beipiao-2021-000001"),
        ("exempt", {"unit": "dangbann"}, "dangban"),
        ("exempt", {"unit": "dangban", "obligation": "weakly"}, "weekly"),
        ("exempt", {"unit": "dangban", "obligation": "weekly", "period": "2021-06-11"}, "2021-06-10"),
        ("place", {"unit": "dangban", "obligation": "weekly", "receipt_number": 99}, "99"),
        ("award", {"unit": "dangban", "item": "inspect", "points": -1, "paper": "记录"}, "inspection"),
        ("withdraw", {"withdraws": 7}, "7"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(small: Office, verb: str, names: dict[str, object], nearest: str) -> None:
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    with pytest.raises(UnknownName, match=nearest):
        decide("beipiao-2021", verb, by="王股长", why="理由", **names)  # type: ignore[arg-type]
    with connect().look() as connection:
        assert decisions.decisions(connection, "beipiao-2021") == ()


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("accept", {}),
        ("accept", {"unit": "dangban", "obligation": "weekly", "period": "2021-06-10"}),
        ("extend", {"unit": "dangban", "obligation": "weekly"}),
        ("place", {"receipt_number": 1, "unit": "dangban"}),
        ("place", {"receipt_number": 1, "unit": "dangban", "obligation": "weekly"}),
        ("freeze", {"unit": "dangban"}),
        ("exempt", {}),
        ("exempt", {"unit": "dangban", "by": " "}),
        ("exempt", {"unit": "dangban", "why": ""}),
        ("award", {"unit": "dangban", "item": "inspection", "paper": "记录"}),
        ("award", {"unit": "dangban", "item": "inspection", "points": -1}),
        ("award", {"unit": "dangban", "item": "inspection", "points": -11, "paper": "记录"}),
        ("award", {"unit": "dangban", "item": "inspection", "points": 1, "paper": "记录"}),
        ("award", {"item": "inspection", "points": -1, "paper": "记录"}),
    ],
)
def test_a_decision_that_says_too_little_is_refused(small: Office, verb: str, names: dict[str, object]) -> None:
    small.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    merge("beipiao-2021")
    with pytest.raises(BaosongError):
        decide("beipiao-2021", verb, **{"by": "王股长", "why": "理由", **names})  # type: ignore[arg-type]


# --- crashes and order ---


@pytest.mark.parametrize("step", ["submissions.insert", "answers.load", "findings.load", "readings.mark_merged", "submissions.set_current"])
def test_a_crash_at_any_step_leaves_all_or_nothing(office: Office, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    from include.merge import filing

    office.receive("dangban/month-statistics/a.xlsx", JUNE, table("党办", A1=1))
    office.receive("x.xlsx", JUNE, table(A1=1))
    room, name = step.split(".")

    def crash(*_a: object, **_k: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(getattr(filing, room), name, crash)
        with pytest.raises(KeyboardInterrupt):
            merge("beipiao-2021")
    assert office.stored() == []
    assert merge("beipiao-2021") == 1
    assert office.current() == [1]
    assert (office.codes(1), office.codes(2)) == ([], ["C301"])


_places = ["dangban/month-statistics", "dangban/chaoyang-statistics", "jianguangu/month-statistics", "dangban"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(st.sampled_from(_places), st.integers(0, 5), st.integers(0, 4), st.booleans()), min_size=1, max_size=6),
    cuts=st.sets(st.integers(1, 6)),
)
def test_the_same_events_give_the_same_submissions_however_they_are_batched(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    events: list[tuple[str, int, int, bool]],
    cuts: set[int],
) -> None:
    error = Finding(code="V401", severity="error")
    moments = sorted((JUNE + timedelta(days=10 * day), place, figure, is_wrong) for place, day, figure, is_wrong in events)

    def outcome(batches: set[int]) -> list[object]:
        folder = tmp_path_factory.mktemp("order")
        shutil.copy(sqlite_template, folder / "w.sqlite")
        monkeypatch.setenv("BAOSONG_WAREHOUSE", f"sqlite:///{folder / 'w.sqlite'}")
        office = Office()
        for number, (at, place, figure, is_wrong) in enumerate(moments, 1):
            office.receive(f"{place}/{number}.xlsx", at, table(A1=figure), content=f"{figure}", checked=[error] if is_wrong else ())
            if number in batches:
                merge("beipiao-2021")
        merge("beipiao-2021")
        return [
            (one.submission.id, one.submission.unit, one.submission.obligation, one.submission.state, one.is_current, one.repeats)
            for one in office.stored()
        ] + [office.codes(number) for number in range(1, len(moments) + 1)]

    assert outcome(cuts) == outcome(set())
