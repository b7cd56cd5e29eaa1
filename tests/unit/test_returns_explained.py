"""情况说明: a unit answers a warning in the list of its return copy; the answer holds for that doubt about that figure, and for nothing else."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from include.domain.finding import Finding, reference
from include.domain.reading import Answer, Explanation, Reading
from include.domain.receipt import Submission
from include.judge import judge
from include.merge import decide, merge
from include.warehouse import connect, findings, ledger, readings, submissions

CAMPAIGN, FORM, FOLDER = "beipiao-2021", "statistics-beipiao", "dangban/month-statistics"
SENT = datetime(2021, 6, 20, 2, tzinfo=UTC)
AFTER = datetime(2021, 6, 25, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    monkeypatch.setenv("BAOSONG_WAREHOUSE", sqlite_url)
    monkeypatch.setenv("BAOSONG_VAULT", str(tmp_path / "vault"))


pytestmark = pytest.mark.usefixtures("office")


def doubt(raw: str = "350", cell: str = "D9", expected: str = "“开展活动场次”（D8） 0", **more: object) -> Finding:
    return Finding(code="V506", severity="warning", item="G2", sheet="表1", cell=cell, given=raw, expected=expected, **more)  # type: ignore[arg-type]


def send(raw: str, found: Iterable[Finding], *explained: Explanation, folder: str = FOLDER) -> int:
    """A table with one figure of participants is received, read and merged; its receipt's number."""
    answer = Answer(item="G2", row=None, value=int(raw), raw=raw, sheet="表1", cell="D9")
    reading = Reading(form=FORM, version=1, answers=(answer,), findings=tuple(found), explanations=explained, file_kind="xlsx")
    with connect().begin() as connection:
        number = ledger.count(connection, CAMPAIGN) + 1
        arrival = ledger.Arrival(
            path=f"{folder}/表{number}.xlsx", size=9, sha256=sha256(str(number).encode()).hexdigest(), modified_at=None, version_tag="",
            received_at=SENT + timedelta(hours=number), how_known="trusted_list",
        )  # fmt: skip
        ledger.append(connection, CAMPAIGN, [arrival], recorded_at=datetime.now(UTC))
        readings.store(connection, CAMPAIGN, [(number, reading)], datetime.now(UTC))
        readings.store_checked(connection, CAMPAIGN, FORM, 1, {number: ()})
    merge(CAMPAIGN)
    return number


def told(number: int) -> list[findings.Told]:
    with connect().look() as connection:
        return [one for one in findings.findings(connection, CAMPAIGN) if one.receipt_number == number]


def of(number: int) -> Submission:
    with connect().look() as connection:
        return submissions.of_receipt(connection, CAMPAIGN, number)[0].submission


def answer_to(number: int, text: str = "确为线上观看人数") -> Explanation:
    """What the list of the return copy says when the clerk wrote into every line of a receipt."""
    return Explanation(receipt_number=number, about=tuple(reference(one.number, one.finding) for one in told(number)), text=text)


def codes(number: int) -> list[tuple[str, str]]:
    return [(one.finding.code, one.finding.explanation) for one in told(number)]


def test_an_answered_warning_stands_as_explained_with_its_text() -> None:
    first = send("350", [doubt()])
    assert not of(first).is_explained
    second = send("350", [doubt(cell="D10", expected="“开展活动场次”（D9） 0")], answer_to(first))
    assert codes(second) == [("V506", "确为线上观看人数")]
    assert of(second).is_explained
    (standing,) = [one for one in judge(CAMPAIGN, AFTER).standings if (one.unit, one.obligation) == ("dangban", "month-statistics")]
    assert standing.flags == ("has_warnings", "explained")
    assert standing.submission == of(second).id


def test_a_figure_that_changed_is_doubted_anew_and_the_unit_hears_why() -> None:
    first = send("350", [doubt()])
    second = send("360", [doubt("360")], answer_to(first))
    assert codes(second) == [("V506", ""), ("M710", "")]
    assert not of(second).is_explained
    assert told(second)[1].finding.given == "确为线上观看人数"
    assert told(second)[1].finding.expected == "360"


def test_the_other_figure_of_the_doubt_changed_too() -> None:
    first = send("350", [doubt()])
    second = send("350", [doubt(expected="“开展活动场次”（D8） 1")], answer_to(first))
    assert codes(second) == [("V506", ""), ("M710", "")]


def test_a_doubt_about_a_label_says_nothing_of_another_figure() -> None:
    label = Finding(code="R305", severity="warning", item="G2", sheet="表1", cell="B9", given="参与人數", expected="参与人数")
    first = send("350", [label])
    assert of(send("350", [label], answer_to(first))).is_explained
    assert not of(send("351", [label], answer_to(first))).is_explained


def test_an_error_is_never_silenced() -> None:
    error = replace(doubt(), code="V501", severity="error")
    first = send("350", [error])
    second = send("350", [error], answer_to(first))
    assert codes(second) == [("V501", ""), ("M711", "")]
    assert (of(second).state, of(second).is_explained) == ("returned", False)


def test_an_answer_whose_doubt_is_gone_is_kept_without_effect() -> None:
    first = send("350", [doubt()])
    second = send("350", [], answer_to(first))
    assert codes(second) == []
    assert not of(second).is_explained
    with connect().look() as connection:
        ((kept,),) = readings.of(connection, CAMPAIGN, [second]).values()
    assert [one.text for one in kept.reading.explanations] == ["确为线上观看人数"]


def test_one_answer_of_two_leaves_the_other_doubt_open() -> None:
    other = Finding(code="V404", severity="warning", item="L5", sheet="表1", cell="D20", given="12", expected="手机号码")
    first = send("350", [doubt(), other])
    only = Explanation(receipt_number=first, about=(reference(1, told(first)[0].finding),), text="属实")
    second = send("350", [doubt(), other], only)
    assert codes(second) == [("V506", "属实"), ("V404", "")]
    assert not of(second).is_explained


def test_answers_to_what_this_unit_was_never_told_count_for_nothing() -> None:
    theirs = send("350", [doubt()], folder="jianguan/month-statistics")
    forged = Explanation(receipt_number=99, about=("1.abcdef", "7.000000"), text="伪造")
    mine = send("350", [doubt()], answer_to(theirs), forged, Explanation(receipt_number=0, about=(), text="无处可归"))
    assert codes(mine) == [("V506", "")]


def test_a_finding_that_has_the_number_of_another_is_not_the_one_answered() -> None:
    first = send("350", [doubt()])
    second = send("350", [doubt()], Explanation(receipt_number=first, about=("1.abcdef",), text="属实"))
    assert codes(second) == [("V506", "")]


def test_an_explained_report_that_somebody_confirms_stays_explained_and_costs_no_points() -> None:
    first = send("350", [doubt()])
    second = send("350", [doubt()], answer_to(first))
    before = judge(CAMPAIGN, AFTER)
    decide(CAMPAIGN, "confirm", by="王股长", why="属实", submission=of(second).id, at=SENT + timedelta(days=1))
    after = judge(CAMPAIGN, AFTER)
    assert [one.flags for one in before.standings if one.unit == "dangban"] == [one.flags for one in after.standings if one.unit == "dangban"]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "+1", "a\x00b" * 3])
def test_whatever_a_unit_writes_stays_text(text: str) -> None:
    first = send("350", [doubt()])
    second = send("350", [doubt()], answer_to(first, text))
    assert told(second)[0].finding.explanation == text.replace("\x00", "")
