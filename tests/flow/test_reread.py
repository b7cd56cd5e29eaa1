"""A form is mended: the kept originals are read anew, what changes is shown, then done; what was received when stays."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from include import flow
from include.judge import to_json
from include.merge import decide, rereading
from include.merge.rereading import Reread
from include.warehouse import answers, connect, earlier, findings, submissions
from tests.flow.county import CODE, MONTH, WEEK, WEEKLY, County

WHOLE = {"A1": 12, "A2": 900, "A3": 2000, "A4": 40, "A5": 30, "A6": 300, "A7": 120}
AS_OF = datetime(2026, 6, 22, tzinfo=UTC)


@pytest.fixture
def county(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    """The county on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    return County.at(tmp_path, sqlite_url, monkeypatch)


@pytest.fixture
def everywhere(house: Path, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> County:
    """The county once on each database."""
    return County.at(house, warehouse_url, monkeypatch)


def dump() -> str:
    """Everything the warehouse holds, in one hash."""
    digest = hashlib.sha256()
    with connect().look() as connection:
        for table in ("receipt", "reading", "earlier_reading", "earlier_verdict", "submission", "answer", "finding", "decision"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            digest.update(repr(sorted(map(repr, rows))).encode())
    return digest.hexdigest()


def values(number: int) -> dict[str, object]:
    with connect().look() as connection:
        (one,) = submissions.of_receipt(connection, CODE, number)
        said = answers.answers_of(connection, [one.submission.id]).get(one.submission.id, ())
    return {each.item: each.value for each in said}


def state(number: int) -> str:
    with connect().look() as connection:
        (one,) = submissions.of_receipt(connection, CODE, number)
    return one.state_now


def codes(number: int) -> set[str]:
    with connect().look() as connection:
        return {told.finding.code for told in findings.findings(connection, CODE) if told.receipt_number == number}


def standing(unit: str, known_at: datetime | None = None) -> tuple[str, int | None, datetime | None]:
    judged = flow.judge(CODE, AS_OF, known_at=known_at)
    (one,) = [one for one in judged.standings if one.unit == unit and one.obligation == MONTH]
    return one.standing, one.late_by_s, one.received_at


def test_a_label_that_the_form_did_not_know_is_read_after_the_form_is_mended(everywhere: County) -> None:
    county = everywhere
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE, labels={"A4": "查出各类问题"})
    county.send("shuangta", "表.xlsx", "2026-06-19T11:00:00+08:00", WHOLE)
    county.take_in("2026-06-21T08:00:00+08:00")
    assert state(1) == "returned"
    assert "A4" not in values(1)
    assert standing("chengguan")[0] in ("missing", "returned")
    then = datetime.now(UTC)
    before = to_json(flow.judge(CODE, AS_OF, known_at=then))

    county.define(version=2, aliases={"A4": "查出各类问题"})
    untouched = dump()
    shown = flow.reread(CODE, MONTH)
    assert dump() == untouched, "showing touches nothing"
    assert not shown.is_applied
    (changed,) = [one for one in shown.changed if one.is_seen]
    assert changed.was is not None
    assert (changed.stored.submission.unit, changed.was.state_now, changed.stored.state_now) == ("chengguan", "returned", "accepted")
    (figure,) = [one for one in changed.figures if one.item == "A4"]
    assert figure.old is None
    assert figure.new is not None
    assert (figure.new.value, figure.new.cell) == (40, "D7")
    assert changed.gone
    assert all(one.severity != "error" for one in changed.new)

    done = flow.reread(CODE, MONTH, is_applied=True)
    assert [one.stored for one in done.changed] == [one.stored for one in shown.changed]
    assert values(1)["A4"] == 40
    assert state(1) == "accepted"
    with connect().look() as connection:
        read_as = earlier.readings(connection, CODE, [1])[1]
        assert [(one.form_version, one.until_at is None) for one in read_as] == [(1, False), (2, True)]
        assert read_as[0].until_at == read_as[1].read_at
        (was,) = earlier.verdicts(connection, CODE)[f"{CODE}-000001"]
        assert (was.state, was.form_version) == ("returned", 1)
        assert "A4" not in {one.item for one in was.answers}
        assert was.told
    name, late_by, received_at = standing("chengguan")
    assert (name, late_by) == ("on_time", None), "the credit is that of the receipt"
    assert received_at == datetime.fromisoformat("2026-06-19T10:00:00+08:00")
    assert to_json(flow.judge(CODE, AS_OF, known_at=then)) == before, "what was known then stays"

    after = dump()
    again = flow.reread(CODE, MONTH, is_applied=True)
    assert (again.renewed, again.changed) == (0, ())
    assert dump() == after, "a second time changes nothing"
    assert flow.intake(CODE, inbox=str(county.inbox), as_of=AS_OF) == 0


def test_a_value_taken_for_another_item_is_put_right_even_under_the_same_version(county: County) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", {**WHOLE, "A6": 77}, labels={"A6": "专题学习人数"})
    county.define(labels={"A6": "安全培训总人数"}, aliases={"A7": "专题学习人数"}, items=("A1", "A2", "A3", "A4", "A5", "A7"))
    county.take_in("2026-06-21T08:00:00+08:00")
    county.define(aliases={"A6": "专题学习人数"})
    changed = flow.reread(CODE, is_applied=True).changed
    assert {one.item for one in changed[0].figures} >= {"A6"}
    assert values(1)["A6"] == 77
    assert flow.reread(CODE).renewed == 0


def test_a_mended_form_returns_what_had_passed_and_the_grace_runs_from_now(county: County) -> None:
    county.define(items=("A1", "A2", "A3", "A4"))
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", {**WHOLE, "A4": 5, "A5": 9})
    county.take_in("2026-06-19T12:00:00+08:00")
    assert state(1) == "accepted"
    county.define(version=2)
    flow.reread(CODE, is_applied=True, as_of=datetime.fromisoformat("2026-06-20T09:00:00+08:00"))
    assert state(1) == "returned"
    assert "V501" in codes(1)
    with connect().look() as connection:
        (one,) = submissions.of_receipt(connection, CODE, 1)
    assert one.submission.told_at == datetime.fromisoformat("2026-06-20T09:00:00+08:00")
    assert one.submission.received_at == datetime.fromisoformat("2026-06-19T10:00:00+08:00")


def test_what_came_after_is_held_against_the_new_figures(county: County) -> None:
    county.define(labels={"A2": "活动场面人数"})
    wrong = {**WHOLE, "A2": 9000}
    county.send("chengguan", "一.xlsx", "2026-06-18T10:00:00+08:00", WHOLE, labels={"A2": "活动场面人数"})
    county.send("chengguan", "二.xlsx", "2026-06-19T10:00:00+08:00", wrong, labels={"A2": "活动场面人数"})
    county.take_in("2026-06-21T08:00:00+08:00")
    assert (state(1), state(2)) == ("accepted", "accepted")
    assert flow.reread(CODE).renewed == 0


def test_a_frozen_roll_up_is_left_as_it_is_until_it_is_reopened(county: County) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE, labels={"A4": "查出各类问题"})
    county.take_in("2026-06-21T08:00:00+08:00")
    moment = datetime.fromisoformat("2026-06-21T09:00:00+08:00")
    decide(CODE, "freeze", obligation=MONTH, by="王股长", why="已报市里", at=moment)
    county.define(version=2, aliases={"A4": "查出各类问题"})
    untouched = dump()
    done = flow.reread(CODE, is_applied=True)
    assert [one.submission.receipt_number for one in done.frozen] == [1]
    assert dump() == untouched
    decide(CODE, "reopen", obligation=MONTH, by="王股长", why="更正说明〔2026〕1号", at=moment.replace(hour=10))
    assert flow.reread(CODE, is_applied=True).frozen == ()
    assert state(1) == "accepted"


def test_a_decision_on_a_submission_outlives_another_reading(county: County) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE, labels={"A4": "查出各类问题"})
    county.take_in("2026-06-21T08:00:00+08:00")
    decide(CODE, "accept", submission=f"{CODE}-000001", by="王股长", why="电话核实")
    county.define(version=2, labels={"A3": "资料发放总量"}, aliases={"A4": "查出各类问题"})
    flow.reread(CODE, is_applied=True)
    with connect().look() as connection:
        (one,) = submissions.of_receipt(connection, CODE, 1)
    assert (one.submission.state, one.state_now) == ("returned", "accepted")
    assert one.is_current


def test_what_nobody_could_place_finds_its_place_once_its_form_is_known(county: County) -> None:
    path = county.send("chengguan", "表.xlsx", "2026-06-11T10:00:00+08:00", WHOLE, labels={code: f"第{code}号数目" for code in WHOLE})
    loose = county.inbox / "chengguan" / "资料.xlsx"
    path.rename(loose)
    county.received[-1] = ("chengguan/资料.xlsx", county.received[-1][1])
    county.arrive(loose, county.received.pop()[1])
    county.take_in("2026-06-12T08:00:00+08:00")
    with connect().look() as connection:
        before = submissions.of_receipt(connection, CODE, 1)
    county.define(version=2, aliases={code: f"第{code}号数目" for code in WHOLE})
    done = flow.reread(CODE, is_applied=True)
    with connect().look() as connection:
        after = submissions.of_receipt(connection, CODE, 1)
    assert (before, len(after)) == ((), 1) or before[0].state_now == "returned"
    assert values(1)["A2"] == 900
    assert done.changed


@pytest.mark.parametrize("step", ["set_readings_aside", "load", "set_current"])
def test_a_crash_at_any_step_leaves_everything_as_it_was(county: County, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE, labels={"A4": "查出各类问题"})
    county.take_in("2026-06-21T08:00:00+08:00")
    county.define(version=2, aliases={"A4": "查出各类问题"})
    untouched = dump()
    homes: dict[str, object] = {
        "set_readings_aside": earlier,
        "keep": earlier,
        "drop": answers,
        "load": findings,
        "set_found": submissions,
        "set_current": submissions,
    }
    whole: Callable[..., object] = getattr(homes[step], step)

    def half(*given: object, **named: object) -> object:
        whole(*given, **named)
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(homes[step], step, half)
        with pytest.raises(ZeroDivisionError):
            flow.reread(CODE, is_applied=True)
    assert dump() == untouched
    assert flow.reread(CODE, is_applied=True).renewed == 1


def test_the_command_line_shows_then_does(county: County) -> None:
    from include.cli import app

    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE, labels={"A4": "查出各类问题"})
    county.take_in("2026-06-21T08:00:00+08:00")
    county.define(version=2, aliases={"A4": "查出各类问题"})
    shown = CliRunner().invoke(app, ["reread", CODE, "--form", MONTH])
    assert shown.exit_code == 0, shown.output
    for words in ("第1版→第2版", "退回 → 已接收", "A4", "（未读到） → 40（统计表 D7）", "未作改动"):
        assert words in shown.output, shown.output
    done = CliRunner().invoke(app, ["reread", CODE, "--apply", "--json"])
    assert '"new": {"value": 40' in done.output
    assert "无须改动" in CliRunner().invoke(app, ["reread", CODE]).output
    with pytest.raises(Exception, match="no form 'nope'"):
        CliRunner().invoke(app, ["reread", CODE, "--form", "nope"], catch_exceptions=False)


def test_only_the_named_form_is_read(county: County) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-19T10:00:00+08:00", WHOLE)
    county.send("chengguan", "周报.xlsx", "2026-06-11T10:00:00+08:00", dict.fromkeys(WEEK, 20), obligation=WEEKLY, period="2026-06-11")
    county.take_in("2026-06-21T08:00:00+08:00")
    assert flow.reread(CODE, MONTH).read == 1
    assert flow.reread(CODE).read == 2
    assert isinstance(flow.reread(CODE), Reread)
    assert rereading.differs((), ()) is False
