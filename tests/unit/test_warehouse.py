"""The warehouse keeps the same on SQLite and on PostgreSQL, gives it back as it was, and finds a ledger that was tampered with."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from include.domain.decision import Decision
from include.domain.expectation import Expectation
from include.domain.finding import Finding
from include.domain.reading import Answer, Reading
from include.domain.receipt import Submission
from include.domain.score import PointsTaken, Score
from include.domain.standing import Judgement, Standing
from include.exceptions import BaosongError, TryAgain
from include.warehouse import Warehouse, answers, connect, database, decisions, findings, ledger, readings, standings, submissions, tables

NOON = datetime(2021, 6, 10, 12, 0, 0, 123456, tzinfo=UTC)
CAMPAIGN = "beipiao-2021"


@pytest.fixture
def warehouse(warehouse_url: str) -> Warehouse:
    return connect(warehouse_url)


def arrival(path: str, received_at: datetime = NOON, sha256: str = "a" * 64) -> ledger.Arrival:
    return ledger.Arrival(path=path, size=3, sha256=sha256, modified_at=NOON, version_tag="1", received_at=received_at, how_known="first_seen")


def give(warehouse: Warehouse, *paths: str) -> None:
    with warehouse.begin() as connection:
        ledger.append(connection, CAMPAIGN, [arrival(path) for path in paths], recorded_at=NOON)


def test_the_tables_and_their_history_agree(warehouse: Warehouse) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from include.warehouse.migrations import configuration

    with warehouse.look() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        for view in tables.VIEWS:
            connection.execute(text(f"SELECT * FROM {view}"))
    assert ScriptDirectory.from_config(configuration()).get_heads() == [database.HEAD]


def test_migrating_again_changes_nothing_and_a_newer_warehouse_is_refused(warehouse: Warehouse) -> None:
    warehouse.migrate()
    with warehouse.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BaosongError, match="newer"):
        warehouse.migrate()


def test_receipts_come_back_as_they_were_given(warehouse: Warehouse) -> None:
    with warehouse.begin() as connection:
        given = ledger.append(connection, CAMPAIGN, [arrival("党办/表.xlsx"), arrival("城建股/表.xlsx")], recorded_at=NOON)
    with warehouse.look() as connection:
        assert tuple(ledger.receipts(connection, CAMPAIGN)) == given
        assert [receipt.number for receipt in given] == [1, 2]
        assert ledger.head(connection, CAMPAIGN) == given[1].receipt_hash
        assert ledger.verify(connection, CAMPAIGN, head=given[0].receipt_hash) == []


def test_the_clock_of_the_ledger_never_runs_backwards(warehouse: Warehouse) -> None:
    give(warehouse, "a")
    with warehouse.begin() as connection:
        (second,) = ledger.append(connection, CAMPAIGN, [arrival("b")], recorded_at=NOON - timedelta(days=3))
    assert second.recorded_at == NOON


def test_a_chain_begun_before_the_version_tag_was_hashed_stays_whole(warehouse, monkeypatch):
    with monkeypatch.context() as earlier, warehouse.begin() as connection:
        of_every_column = ledger._hash
        earlier.setattr(ledger, "_hash", lambda row: of_every_column({name: value for name, value in row.items() if name != "version_tag"}))
        ledger.append(connection, CAMPAIGN, [arrival("a.xlsx"), arrival("b.xlsx")], recorded_at=NOON)
    with warehouse.begin() as connection:
        head = ledger.append(connection, CAMPAIGN, [arrival("c.xlsx")], recorded_at=NOON)[0].receipt_hash
        assert ledger.verify(connection, CAMPAIGN, head=head) == []
        connection.execute(text("UPDATE receipt SET path = 'd.xlsx' WHERE number = 1"))
        assert any("1 号内容被改动" in problem for problem in ledger.verify(connection, CAMPAIGN))


INSERTED = """INSERT INTO receipt SELECT campaign_code, 4, path, size, sha256, modified_at, version_tag, received_at, how_known, recorded_at,
              clock_at, receipt_hash, previous_hash FROM receipt WHERE number = 3"""
ALTERED = {
    "campaign_code": "'binhai-2021'",
    "path": "'other'",
    "size": "4",
    "sha256": "'bbbb'",
    "modified_at": "NULL",
    "version_tag": "'2'",
    "received_at": "'2021-06-09 00:00:00.000000'",
    "how_known": "'by_hand'",
    "recorded_at": "'2021-06-09 00:00:00.000000'",
    "clock_at": "'2021-06-09 00:00:00.000000'",
    "previous_hash": "'bbbb'",
    "receipt_hash": "'bbbb'",
}


def test_every_column_of_a_receipt_is_tampered_with_below() -> None:
    assert {*ALTERED, "number"} == {column.name for column in tables.receipt.columns}


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM receipt WHERE number = 1",
        "DELETE FROM receipt WHERE number = 2",
        "DELETE FROM receipt WHERE number = 3",
        "DELETE FROM receipt",
        *(f"UPDATE receipt SET {column} = {value} WHERE number = 2" for column, value in ALTERED.items()),
        "UPDATE receipt SET number = number + 1 WHERE number = 3",
        "UPDATE receipt SET number = CASE number WHEN 1 THEN 12 ELSE 11 END WHERE number < 3",
        INSERTED,
    ],
)
def test_a_tampered_ledger_is_found(warehouse: Warehouse, tampering: str) -> None:
    give(warehouse, "a", "b", "c")
    with warehouse.look() as connection:
        head = ledger.head(connection, CAMPAIGN)
        assert ledger.verify(connection, CAMPAIGN, head) == []
    with warehouse.begin() as connection:
        connection.execute(text(tampering))
    with warehouse.look() as connection:
        assert ledger.verify(connection, CAMPAIGN, head)


def test_a_failed_transaction_leaves_nothing(warehouse: Warehouse) -> None:
    def fail() -> None:
        with warehouse.begin() as connection:
            ledger.append(connection, CAMPAIGN, [arrival("a")], recorded_at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with warehouse.look() as connection:
        assert ledger.count(connection, CAMPAIGN) == 0


def test_many_writers_at_once_keep_one_chain(warehouse: Warehouse) -> None:
    def write(name: str) -> None:
        for number in range(5):
            give(warehouse, f"{name}/{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with warehouse.look() as connection:
        assert ledger.count(connection, CAMPAIGN) == 20
        assert ledger.verify(connection, CAMPAIGN) == []


def test_one_name_is_held_by_one_at_a_time(warehouse: Warehouse) -> None:
    with warehouse.only_one("collect x"), pytest.raises(TryAgain), warehouse.only_one("collect x", wait_seconds=0.05):
        pass
    with warehouse.only_one("collect x", wait_seconds=0.05):
        pass


def test_a_locked_sqlite_file_says_try_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    warehouse = connect(sqlite_url)
    with warehouse.begin(), pytest.raises(TryAgain), warehouse.begin():
        pass


def test_a_server_that_is_away_says_try_again(tmp_path: Path) -> None:
    with pytest.raises(TryAgain):
        connect(f"postgresql://nobody@/nothing?host={tmp_path}")


def test_a_fault_of_ours_is_not_called_the_worlds(warehouse: Warehouse) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught, warehouse.look() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(caught.value, BaosongError)


def test_a_removed_sqlite_file_is_made_anew(sqlite_url: str) -> None:
    connect(sqlite_url)
    for file in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("warehouse.sqlite*"):
        if file.is_file():
            file.unlink()
    with connect(sqlite_url).look() as connection:
        assert ledger.count(connection, CAMPAIGN) == 0


def reading(form: str = "statistics", **answers: int | float | str | None) -> Reading:
    return Reading(
        form=form,
        version=1 if form else 0,
        unit_named="党办",
        answers=tuple(Answer(item=item, row=None, value=value, raw=str(value), sheet="表1", cell="B2") for item, value in answers.items()),
    )


def test_a_reading_waits_to_be_checked_then_to_be_merged(warehouse: Warehouse) -> None:
    give(warehouse, "a", "b", "c")
    said = reading(A1=12, A2=3.5, A3=None, A4="无")
    with warehouse.begin() as connection:
        assert [receipt.number for receipt in readings.unread(connection, CAMPAIGN, 1, 3)] == [1, 2, 3]
        assert readings.store(connection, CAMPAIGN, [(1, said), (1, reading("liaison")), (2, reading(""))], NOON) == 3
        assert readings.store(connection, CAMPAIGN, [(1, reading(A1=99))], NOON) == 0
        assert readings.unread_numbers(connection, CAMPAIGN) == [3]
        assert readings.waiting_forms(connection, CAMPAIGN) == {"liaison": 1, "statistics": 1}
        assert [kept.reading for kept in readings.waiting(connection, CAMPAIGN, "statistics")] == [said]
        assert readings.to_merge(connection, CAMPAIGN) == [2]
        finding = Finding(code="V401", severity="error", item="A1", given="12", expected="0")
        assert readings.store_checked(connection, CAMPAIGN, "statistics", 1, {1: [finding]}) == 1
        assert readings.store_checked(connection, CAMPAIGN, "statistics", 1, {1: []}) == 0
        assert readings.to_merge(connection, CAMPAIGN) == [2], "a receipt waits as a whole"
        readings.store_checked(connection, CAMPAIGN, "liaison", 1, {1: []})
        receipts = list(readings.waiting_to_merge(connection, CAMPAIGN))
        assert [(receipt.number, [kept.reading.form for kept in kept_]) for receipt, kept_ in receipts] == [(1, ["liaison", "statistics"]), (2, [""])]
        assert receipts[0][1][1].checked == (finding,)
        readings.mark_merged(connection, CAMPAIGN, [1, 2], NOON)
        assert readings.to_merge(connection, CAMPAIGN) == []


def submission(name: str, receipt: int, **more: object) -> Submission:
    values: dict[str, object] = {"unit": "dangban", "obligation": "month-statistics", "period": None, "state": "accepted"}
    return Submission(id=name, receipt_number=receipt, received_at=NOON, recorded_at=NOON, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["", "\\N", "a\tb", "a\nb\r\n", "\\x41", "\\", "\\.", "NULL", "'\";--", "\u2028 党办 😀", "\x01\x02\x7f", " a "])
def test_whatever_text_is_loaded_comes_back(warehouse: Warehouse, word: str) -> None:
    said = Answer(item="A1", row=None, value=word, raw=word + word, sheet=word, cell="B2")
    with warehouse.begin() as connection:
        answers.load(connection, [("x-000001", [said]), ("x-000002", [replace(said, value=None)])])
        assert answers.answers_of(connection, ["x-000001", "x-000002"]) == {"x-000001": (said,), "x-000002": (replace(said, value=None),)}


def test_submissions_answers_and_findings_come_back_as_they_were(warehouse: Warehouse) -> None:
    give(warehouse, "a", "b")
    first, second = (
        submission("x-000001", 1, told_at=NOON, sha256="a" * 64),
        submission("x-000002", 2, told_at=NOON, sha256="a" * 64, period="2021-06-10"),
    )
    said = reading(A1=12, A2=3.5, A3=None, A4="无").answers
    finding = Finding(code="V401", severity="warning", item="A1", sheet="表1", cell="B2", given="12", expected="0")
    with warehouse.begin() as connection:
        submissions.insert(connection, CAMPAIGN, [(first, "statistics", 1), (second, "", 0)])
        answers.load(connection, [("x-000001", said)])
        findings.load(connection, CAMPAIGN, [(1, "x-000001", finding), (1, None, finding)])
        findings.load(connection, CAMPAIGN, [(1, "x-000001", finding)])
        assert submissions.set_current(connection, CAMPAIGN, ["dangban"], ["x-000001"]) == {"x-000001"}
        assert submissions.set_current(connection, CAMPAIGN, None, ["x-000001"]) == set()
        submissions.set_state(connection, "x-000002", "withdrawn")
    with warehouse.look() as connection:
        assert set(submissions.submissions(connection, CAMPAIGN)) == {replace(first, sha256=""), replace(second, sha256="")}
        assert submissions.submissions(connection, CAMPAIGN, NOON - timedelta(seconds=1)) == ()
        stored = submissions.stored(connection, CAMPAIGN, units=["dangban"])
        assert [(one.state_now, one.is_current, one.path) for one in stored] == [("accepted", True, "a"), ("withdrawn", False, "b")]
        assert answers.answers_of(connection, ["x-000001", "x-000002"]) == {"x-000001": said}
        current = connection.execute(text("SELECT item, value_number FROM current_answer ORDER BY item")).all()
        assert [tuple(one) for one in current] == [(one.item, one.value if isinstance(one.value, int | float) else None) for one in said]
        assert [(told.number, told.submission) for told in findings.findings(connection, CAMPAIGN)] == [(1, "x-000001"), (2, None), (3, "x-000001")]
        assert [told.finding for told in findings.of(connection, CAMPAIGN, ["x-000001"])["x-000001"]] == [finding, finding]
        total = connection.execute(text("SELECT total, units, nil FROM roll_up WHERE item = 'A1'")).one()
        assert tuple(total) == (12, 1, 0)


def test_a_judgement_replaces_only_an_older_one_and_writes_what_changed(warehouse: Warehouse) -> None:
    owed = [Expectation(unit=unit, obligation="o", period=None, due_at=NOON, closing_at=NOON) for unit in ("u", "v")]

    def judgement(as_of: datetime, standing: str, points: float = 1) -> Judgement:
        both = tuple(
            Standing(unit=unit, obligation="o", period=None, due_at=NOON, standing=one, flags=("repaired",), late_by_s=5)  # type: ignore[arg-type]
            for unit, one in (("u", standing), ("v", "missing"))
        )
        taken = PointsTaken(points=points, clause="c", obligation="o", period=None, why="迟报")
        return Judgement(
            campaign=CAMPAIGN,
            as_of=as_of,
            known_at=as_of,
            standings=both,
            scores=(Score(unit="u", score=99, rank=1, group_tag="", deductions=(taken,)),),
        )

    later = NOON + timedelta(days=1)
    with warehouse.begin() as connection:
        assert standings.replace(connection, judgement(NOON, "late"), owed) == 3
        assert standings.replace(connection, judgement(NOON - timedelta(days=1), "not_due"), owed) is None
        assert standings.replace(connection, judgement(NOON, "late"), owed) == 0
        assert standings.replace(connection, judgement(later, "on_time", 2), owed) == 2, "one standing and the score"
    with warehouse.look() as connection:
        assert standings.standings(connection, CAMPAIGN) == judgement(later, "on_time").standings
        assert standings.scores(connection, CAMPAIGN) == judgement(later, "on_time", 2).scores
        assert standings.stored_as_of(connection, CAMPAIGN) == later
        assert standings.expectations(connection, CAMPAIGN) == tuple(owed)
        assert connection.execute(text("SELECT count(*) FROM expectation")).scalar() == 2
    with warehouse.begin() as connection:
        fewer = replace(judgement(later, "on_time", 2), standings=judgement(later, "on_time").standings[:1])
        assert standings.replace(connection, fewer, owed[:1]) == 1, "a row that is no longer owed goes"
        assert standings.expectations(connection, CAMPAIGN) == (owed[0],)


def test_decisions_are_numbered_and_a_rejected_one_has_no_effect(warehouse: Warehouse) -> None:
    exempt = Decision(number=0, verb="exempt", decided_at=NOON, recorded_at=NOON, by="王股长", why="抗洪抢险", unit="dangban", obligation="weekly")
    with warehouse.begin() as connection:
        assert decisions.append(connection, CAMPAIGN, exempt).number == 1
        assert decisions.append(connection, CAMPAIGN, replace(exempt, approved=False, approved_by="李局长")).number == 2
    with warehouse.look() as connection:
        assert [one.number for one in decisions.decisions(connection, CAMPAIGN)] == [1]
        assert [(one.number, one.approved_by) for one in decisions.rejected(connection, CAMPAIGN)] == [(2, "李局长")]
        assert decisions.decisions(connection, CAMPAIGN, NOON - timedelta(seconds=1)) == ()


def test_a_url_may_name_postgresql_in_any_of_the_usual_ways(postgresql_url: str) -> None:
    for scheme in ("postgresql", "postgresql+psycopg2", "postgresql+psycopg"):
        assert connect(postgresql_url.replace("postgresql+psycopg", scheme)).url.drivername == "postgresql+psycopg"


def test_other_databases_are_refused_with_a_reason() -> None:
    for url in ("mysql://x/y", "sqlite://"):
        with pytest.raises(BaosongError):
            connect(url)


def test_moments_without_a_zone_never_reach_the_tables(warehouse: Warehouse) -> None:
    with pytest.raises(Exception, match="no zone"), warehouse.begin() as connection:
        ledger.append(connection, CAMPAIGN, [arrival("a", received_at=datetime(2021, 6, 1))], recorded_at=NOON)
