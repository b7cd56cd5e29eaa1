"""What could make a receipt wrong, each through the real collector: the moment, the bytes and the chain stay right, and so does the verdict."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from include import collect as room
from include import flow
from include.collect import collect, listing, trusted
from include.domain.receipt import Receipt
from include.domain.standing import Standing
from include.merge import desk
from include.report.blanks import write_blanks
from include.settings import PROJECT
from include.warehouse import connect, decisions, ledger, submissions

CAMPAIGN = "beipiao-2021"
DUE = datetime(2021, 6, 23, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def inbox(house: Path) -> Path:
    folder = house / "inbox" / CAMPAIGN
    folder.mkdir()
    return folder


def put(inbox: Path, path: str, text: str = "安全生产月活动总结") -> Path:
    import docx

    file = inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    document = docx.Document()
    document.add_paragraph(text * 30)
    document.save(str(file))
    return file


def receipts() -> list[Receipt]:
    with connect().look() as connection:
        assert ledger.verify(connection, CAMPAIGN) == []
        return list(ledger.receipts(connection, CAMPAIGN))


def clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Set the collector's clock."""

    class Set(datetime):
        @classmethod
        def now(cls, zone: object = None) -> datetime:  # type: ignore[override]
            return moment

    monkeypatch.setattr(room, "datetime", Set)


def taken(inbox: Path, moments: dict[str, datetime], *, as_of: datetime) -> None:
    """Take an inbox in whose server says when files came, as of a moment."""
    lines = "".join(f'"{path}",{moment.isoformat()}\n' for path, moment in moments.items())
    (inbox / trusted.NAME).write_text(f"path,received_at\n{lines}", encoding="utf-8")
    flow.intake(CAMPAIGN, as_of=as_of)


def summary(unit: str, as_of: datetime) -> Standing:
    judged = flow.judge(CAMPAIGN, as_of)
    (found,) = [one for one in judged.standings if (one.unit, one.obligation) == (unit, "month-summary")]
    return found


def test_a_report_written_over_after_the_deadline_does_not_become_late_or_early(inbox: Path) -> None:
    path = "dangban/month-summary/总结.docx"
    put(inbox, path)
    taken(inbox, {path: DUE}, as_of=DUE)
    file = put(inbox, path, "改过的总结")
    os.utime(file, (0, 0))
    taken(inbox, {path: DUE}, as_of=DUE + timedelta(days=2))
    first, second = receipts()
    assert (first.received_at, second.received_at) == (DUE, DUE + timedelta(days=2))
    stands = summary("dangban", DUE + timedelta(days=3))
    assert (stands.standing, stands.received_at, stands.submission) == ("on_time", DUE, f"{CAMPAIGN}-000002")


def test_a_first_report_written_over_an_old_file_after_the_deadline_is_late(inbox: Path) -> None:
    """A file of another kind came in time; what takes its name later is received later, whatever its modification time says."""
    path = "dangban/month-summary/总结.docx"
    (inbox / path).parent.mkdir(parents=True)
    (inbox / path).write_bytes(b"")
    taken(inbox, {path: DUE - timedelta(days=1)}, as_of=DUE)
    file = put(inbox, path)
    os.utime(file, (0, 0))
    taken(inbox, {path: DUE - timedelta(days=1)}, as_of=DUE + timedelta(days=9))
    stands = summary("dangban", DUE + timedelta(days=9))
    assert (stands.standing, stands.received_at) == ("late", DUE + timedelta(days=9))


def test_a_renamed_report_is_the_same_bytes_and_changes_no_verdict(inbox: Path) -> None:
    path = "dangban/month-summary/总结.docx"
    file = put(inbox, path)
    taken(inbox, {path: DUE}, as_of=DUE)
    file.rename(file.with_name("总结（终稿）.docx"))
    taken(inbox, {path: DUE}, as_of=DUE + timedelta(days=2))
    first, second = receipts()
    assert first.sha256 == second.sha256
    stands = summary("dangban", DUE + timedelta(days=3))
    assert (stands.standing, stands.received_at, stands.submission) == ("on_time", DUE, f"{CAMPAIGN}-000001")


def test_a_report_moved_to_another_units_folder_takes_nothing_from_the_first(inbox: Path) -> None:
    path = "dangban/month-summary/总结.docx"
    file = put(inbox, path)
    taken(inbox, {path: DUE}, as_of=DUE)
    target = inbox / "jianguangu" / "month-summary" / "总结.docx"
    target.parent.mkdir(parents=True)
    file.rename(target)
    taken(inbox, {path: DUE}, as_of=DUE + timedelta(days=2))
    assert [one.path.partition("/")[0] for one in receipts()] == ["dangban", "jianguangu"]
    assert summary("dangban", DUE + timedelta(days=3)).standing == "on_time"
    assert summary("jianguangu", DUE + timedelta(days=3)).standing == "late"


def test_a_list_that_names_a_path_twice_out_of_order_means_what_lies_there(inbox: Path) -> None:
    path = "dangban/month-summary/总结.docx"
    put(inbox, path)
    late = DUE + timedelta(seconds=1)
    text = f"path,received_at\nno/such/file.docx,{DUE.isoformat()}\n{path},{late.isoformat()}\n{path},{DUE.isoformat()}\n"
    (inbox / trusted.NAME).write_text(text, encoding="utf-8")
    flow.intake(CAMPAIGN, as_of=late)
    (one,) = receipts()
    assert one.received_at == late
    stands = summary("dangban", DUE + timedelta(days=1))
    assert (stands.standing, stands.late_by_s) == ("late", 1)


def test_a_clock_that_is_set_back_and_ahead_breaks_no_chain(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(inbox, "dangban/a.docx")
    collect(CAMPAIGN)
    (first,) = receipts()
    clock(monkeypatch, first.recorded_at - timedelta(days=400))
    put(inbox, "dangban/b.docx")
    collect(CAMPAIGN)
    clock(monkeypatch, first.recorded_at + timedelta(days=400))
    put(inbox, "dangban/c.docx")
    collect(CAMPAIGN)
    given = receipts()
    assert [one.number for one in given] == [1, 2, 3]
    recorded = [one.recorded_at for one in given]
    assert recorded == sorted(recorded), "what is written down later never looks as if it had been known before"
    assert given[0] == first
    assert given[2].how_known == "change_time", "the share's server vouches for the moment, not the clock that ran ahead"


def test_a_clock_set_back_makes_no_decision_known_before_an_older_one(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(inbox, "dangban/month-summary/总结.docx")
    flow.intake(CAMPAIGN)
    flow.decide(CAMPAIGN, "return", by="王股长", why="不全", unit="dangban", obligation="month-summary")
    before = datetime.now(UTC)

    class Back(datetime):
        @classmethod
        def now(cls, zone: object = None) -> datetime:  # type: ignore[override]
            return before - timedelta(days=30)

    monkeypatch.setattr(desk, "datetime", Back)
    flow.decide(CAMPAIGN, "accept", by="王股长", why="补齐了", submission=f"{CAMPAIGN}-000001", at=before)
    with connect().look() as connection:
        first, second = decisions.decisions(connection, CAMPAIGN)
    assert second.recorded_at >= first.recorded_at


def test_what_came_on_paper_is_marked_and_a_registration_dated_back_is_known_from_when_it_was_made(inbox: Path) -> None:
    before = datetime.now(UTC)
    number = flow.decide(CAMPAIGN, "register", by="王股长", why="传真", unit="dangban", obligation="month-summary", paper="传真一页", at=DUE)
    assert flow.decide(CAMPAIGN, "register", by="王股长", why="传真", unit="dangban", obligation="month-summary", paper="传真一页", at=DUE) == number
    (one,) = receipts()
    assert (one.how_known, one.received_at) == ("by_hand", DUE)
    assert one.recorded_at >= before
    stands = summary("dangban", DUE + timedelta(days=1))
    assert (stands.standing, stands.flags) == ("on_time", ("by_hand",))
    judged = flow.judge(CAMPAIGN, DUE + timedelta(days=1), known_at=before - timedelta(seconds=1))
    (then,) = [one for one in judged.standings if (one.unit, one.obligation) == ("dangban", "month-summary")]
    assert then.standing == "missing", "whoever looked before the clerk wrote it down saw nothing"


@pytest.mark.parametrize("name", ["A.docx", "名" * 80 + ".docx", "e\u0301.docx", "b\nc.docx", "=CMD|' C calc'!A0.docx"])
def test_names_of_every_kind_are_kept_beside_their_like(inbox: Path, name: str) -> None:
    put(inbox, f"dangban/month-summary/{name}", "一")
    put(inbox, f"dangban/month-summary/{name.lower()}", "二")
    put(inbox, "dangban/month-summary/\u00e9.docx", "三")
    flow.intake(CAMPAIGN)
    given = receipts()
    assert {one.path.rpartition("/")[2] for one in given} == {name, name.lower(), "\u00e9.docx"}
    assert collect(CAMPAIGN) == []


def test_many_intakes_at_once_keep_one_chain_and_one_of_everything(inbox: Path) -> None:
    for number in range(12):
        put(inbox, f"dangban/month-summary/{number}.docx", str(number))
    program = f"from include import flow\nflow.intake({CAMPAIGN!r})"
    running = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", program], cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    faults = [(process.communicate()[1], process.returncode) for process in running]
    assert all(not code or "TryAgain" in words for words, code in faults), faults
    assert [one.number for one in receipts()] == list(range(1, 13))
    with connect().look() as connection:
        ids = submissions.ids(connection, CAMPAIGN)
    flow.intake(CAMPAIGN)
    with connect().look() as connection:
        assert submissions.ids(connection, CAMPAIGN) == ids
    assert len(ids) == 12


def test_the_head_of_the_chain_stands_in_every_workbook_and_receipt(inbox: Path, house: Path) -> None:
    blank = next(path for path in write_blanks(CAMPAIGN, house / "blanks") if path.parent.name == "dangban" and "安全生产月进展" in path.name)
    target = inbox / "dangban" / "month-statistics"
    target.mkdir(parents=True)
    shutil.copy(blank, target / "统计表.xlsx")
    put(inbox, "dangban/month-summary/总结.docx")
    flow.intake(CAMPAIGN, as_of=DUE)
    paths = flow.report(CAMPAIGN, DUE + timedelta(days=1))
    head = receipts()[-1].receipt_hash
    books = [path for path in paths if path.suffix == ".xlsx" and "returns" not in path.parts]
    assert len(books) >= 2
    for path in books:
        with ZipFile(path) as archive:
            assert any(head.encode() in archive.read(name) for name in archive.namelist()), path
    letters = list((house / "outbox").rglob("*.回执.txt"))
    assert letters
    assert all(head in path.read_text("utf-8-sig") for path in letters)
    problems, count, last = flow.verify(CAMPAIGN, head)
    assert (problems, count, last) == ([], 2, head)
