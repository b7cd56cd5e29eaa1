"""Every file gets one receipt with the earliest moment the server can vouch for; nothing is opened without need, nothing dangerous is followed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import fsspec
import pytest

from include import collect as room
from include.collect import batches, collect, listing, trusted
from include.domain.reading import Reading
from include.domain.receipt import Receipt
from include.exceptions import BaosongError, TryAgain, UnknownName
from include.settings import PROJECT
from include.warehouse import connect, ledger, readings, vault

CAMPAIGN = "beipiao-2021"
AS_OF = datetime(2021, 6, 24, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def inbox(house: Path) -> Path:
    folder = house / "inbox" / CAMPAIGN
    folder.mkdir()
    return folder


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox on SQLite alone, for what has nothing to do with the database."""
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    monkeypatch.setenv("BAOSONG_WAREHOUSE", sqlite_url)
    monkeypatch.setenv("BAOSONG_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("BAOSONG_INBOX", str(tmp_path / "inbox"))
    folder = tmp_path / "inbox" / CAMPAIGN
    folder.mkdir(parents=True)
    return folder


def put(inbox: Path, path: str, content: bytes = b"report") -> Path:
    file = inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def receipts() -> list[Receipt]:
    with connect().look() as connection:
        return list(ledger.receipts(connection, CAMPAIGN))


def refusals() -> dict[str, str]:
    with connect().look() as connection:
        return {one.path: one.reason for one in ledger.refusals(connection, CAMPAIGN)}


# --- what gets a receipt ---


def test_every_file_is_kept_byte_for_byte_and_gets_a_receipt(inbox: Path) -> None:
    put(inbox, "党办/month-statistics/统计表（终稿2）.xlsx", b"first")
    put(inbox, "新建 Microsoft Excel 工作表.xlsx", b"second")
    before = datetime.now(UTC) - timedelta(seconds=5)
    assert collect(CAMPAIGN) == ["1-2"]
    given = receipts()
    assert {one.path for one in given} == {"党办/month-statistics/统计表（终稿2）.xlsx", "新建 Microsoft Excel 工作表.xlsx"}
    for one in given:
        content = (inbox / one.path).read_bytes()
        assert one.sha256 == sha256(content).hexdigest()
        assert one.size == len(content)
        with vault.open(one.sha256) as original:
            assert original.read() == content
        assert before < one.received_at <= one.recorded_at
    with connect().look() as connection:
        assert ledger.verify(connection, CAMPAIGN) == []


def test_a_second_run_changes_nothing_and_still_names_what_waits(inbox: Path) -> None:
    put(inbox, "dangban/a.docx")
    first = collect(CAMPAIGN)
    given = receipts()
    assert collect(CAMPAIGN) == first == ["1-1"]
    assert receipts() == given
    with connect().begin() as connection:
        readings.store(connection, CAMPAIGN, [(1, Reading(form="", version=0))], AS_OF)
    assert collect(CAMPAIGN) == []


def opened_below(folder: Path) -> Iterator[list[str]]:
    seen: list[str] = []
    active = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if active[0] and event == "open" and str(arguments[0]).startswith(str(folder)):
            seen.append(str(arguments[0]))

    sys.addaudithook(hook)
    yield seen
    active[0] = False


def test_a_run_with_nothing_new_opens_no_file(small: Path) -> None:
    for number in range(20):
        put(small, f"dangban/{number}.docx", bytes([number]))
    put(small, "receipts.csv", b"path,received_at\ndangban/1.docx,2021-06-10T16:00:00+08:00\n")
    watch = opened_below(small)
    seen = next(watch)
    collect(CAMPAIGN)
    assert len(seen) >= 21
    seen.clear()
    collect(CAMPAIGN)
    assert seen == []
    next(watch, None)


def test_the_same_bytes_in_another_place_get_a_receipt_of_their_own(inbox: Path) -> None:
    put(inbox, "dangban/a.docx", b"same")
    collect(CAMPAIGN)
    put(inbox, "jianguangu/b.docx", b"same")
    assert collect(CAMPAIGN) == ["1-2"]
    assert len({one.sha256 for one in receipts()}) == 1


def test_a_file_changed_in_place_gets_another_receipt(small: Path) -> None:
    file = put(small, "dangban/a.docx", b"one")
    collect(CAMPAIGN)
    file.write_bytes(b"two")
    os.utime(file, ns=(1_000_000_000, 1_000_000_000))  # a sender's time proves nothing
    collect(CAMPAIGN)
    first, second = receipts()
    assert (first.path, first.sha256 != second.sha256) == (second.path, True)
    assert second.received_at > first.received_at


def test_a_file_replaced_under_an_old_time_and_size_is_noticed(small: Path) -> None:
    file = put(small, "dangban/a.docx", b"one")
    old = file.stat()
    collect(CAMPAIGN)
    file.write_bytes(b"two")
    os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    collect(CAMPAIGN)
    assert len(receipts()) == 2


def test_a_change_of_owner_or_mode_is_no_new_arrival(small: Path) -> None:
    file = put(small, "dangban/a.docx", b"one")
    collect(CAMPAIGN)
    file.chmod(0o600)
    collect(CAMPAIGN)
    assert len(receipts()) == 1
    watch = opened_below(small)
    seen = next(watch)
    collect(CAMPAIGN)
    assert seen == [], "it is known as it looks now"
    next(watch, None)


def test_a_back_dated_file_is_received_when_the_server_saw_it(small: Path) -> None:
    file = put(small, "dangban/a.docx")
    os.utime(file, (0, 0))
    collect(CAMPAIGN)
    (given,) = receipts()
    assert given.how_known == "change_time"
    assert abs((given.received_at - datetime.now(UTC)).total_seconds()) < 60
    assert given.modified_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_modification_time_outside_the_calendar_harms_nothing(small: Path) -> None:
    file = put(small, "dangban/a.docx")
    os.utime(file, ns=(2**62, 2**62))
    collect(CAMPAIGN)
    assert len(receipts()) == 1


# --- what waits, what is refused ---


@pytest.mark.parametrize(
    "name",
    ["~$表.xlsx", ".~lock.表.ods#", "表.tmp", "表.xlsx.part", "表.xlsx.crdownload", "Thumbs.db", ".DS_Store", "desktop.ini", ".hidden/表.xlsx"],
)
def test_locks_and_temporary_files_are_no_arrivals(small: Path, name: str) -> None:
    put(small, f"dangban/{name}")
    assert collect(CAMPAIGN) == []
    assert refusals() == {}


def test_links_and_special_files_are_refused_with_a_record(small: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "keys.docx").write_bytes(b"secret")
    (small / "dangban").mkdir()
    (small / "dangban" / "keys.docx").symlink_to(secret / "keys.docx")
    (small / "jianguangu").symlink_to(secret)
    (small / "loop").symlink_to(small)
    os.mkfifo(small / "dangban" / "pipe.docx")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(small / "s"))
        assert collect(CAMPAIGN) == []
    put(small, "dangban/..\\..\\evil.docx")
    collect(CAMPAIGN)
    collect(CAMPAIGN)
    assert refusals() == {
        "dangban/..\\..\\evil.docx": "escapes",
        "dangban/keys.docx": "link",
        "dangban/pipe.docx": "special",
        "jianguangu": "link",
        "loop": "link",
        "s": "special",
    }
    assert receipts() == []


def test_a_file_open_for_writing_waits(small: Path) -> None:
    (small / "dangban").mkdir()
    with (small / "dangban" / "a.docx").open("wb") as writing:
        writing.write(b"half")
        writing.flush()
        assert collect(CAMPAIGN) == []
        writing.write(b"whole")
    assert collect(CAMPAIGN) == ["1-1"]
    assert receipts()[0].size == 9


def test_a_file_that_grows_while_we_look_waits(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(small, "dangban/a.docx", b"half")

    def pause(_seconds: float) -> None:
        with file.open("ab") as more:
            more.write(b"more")

    monkeypatch.setattr(listing.time, "sleep", pause)
    assert collect(CAMPAIGN) == []
    monkeypatch.setattr(listing.time, "sleep", lambda _seconds: None)
    assert collect(CAMPAIGN) == ["1-1"]


def test_a_file_that_changes_while_it_is_copied_waits(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(small, "dangban/a.docx", b"half")
    copy = vault._Shelf.copy

    def slow(shelf: vault._Shelf, source: BinaryIO) -> tuple[str, int]:
        kept = copy(shelf, source)
        with file.open("ab") as more:
            more.write(b"more")
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(vault._Shelf, "copy", slow)
        assert collect(CAMPAIGN) == []
    assert collect(CAMPAIGN) == ["1-1"]
    assert receipts()[0].size == 8


def test_a_link_that_takes_a_files_name_meanwhile_is_not_followed(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    file = put(small, "dangban/a.docx")
    os.utime(file, (0, 0))

    def swap(_seconds: float) -> None:
        return None

    monkeypatch.setattr(listing.time, "sleep", swap)
    at_rest = listing._Folder.at_rest

    def replaced(self: listing._Folder, files: list[listing.Seen]) -> set[str]:
        quiet = at_rest(self, files)
        file.unlink()
        file.symlink_to(tmp_path / "secret")
        return quiet

    monkeypatch.setattr(listing._Folder, "at_rest", replaced)
    assert collect(CAMPAIGN) == []


def test_names_that_are_no_utf8_are_read_as_chinese(small: Path) -> None:
    for name in ("总结.docx".encode("gb18030"), b"\xff\xfe.docx"):
        put(small, f"dangban/{os.fsdecode(name)}", name)
    collect(CAMPAIGN)
    assert {one.path for one in receipts()} == {"dangban/\\xff\\xfe.docx", "dangban/总结.docx"}
    collect(CAMPAIGN)
    assert len(receipts()) == 2


def test_two_names_that_read_alike_are_told_apart(small: Path) -> None:
    for coding in ("gb18030", "utf-8"):
        put(small, f"dangban/{os.fsdecode('总结.docx'.encode(coding))}", coding.encode())
    for _ in range(3):
        collect(CAMPAIGN)
    assert len(receipts()) == len({one.path for one in receipts()}) == 2


def test_what_may_not_be_read_is_refused_until_it_may(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(small, "dangban/a.docx")
    opened = os.open

    def locked(path: str, *arguments: int) -> int:
        if str(path).endswith("a.docx"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(listing.os, "open", locked)
        assert collect(CAMPAIGN) == []
    assert refusals() == {"dangban/a.docx": "unreadable"}
    assert collect(CAMPAIGN) == ["1-1"]


# --- the trusted list and the stated clock ---


def trusting(inbox: Path, text: str) -> None:
    put(inbox, "receipts.csv", text.encode())


def test_a_trusted_list_gives_the_moment(inbox: Path) -> None:
    put(inbox, "dangban/a.docx")
    put(inbox, "dangban/b.docx", b"b")
    trusting(inbox, "\ufeffpath,received_at\r\ndangban/a.docx,2021-06-10T16:00:00.5+08:00\r\n")
    collect(CAMPAIGN)
    told = {one.path: one for one in receipts()}
    assert told.keys() == {"dangban/a.docx", "dangban/b.docx"}, "the list itself is no report"
    assert (told["dangban/a.docx"].received_at, told["dangban/a.docx"].how_known) == (
        datetime(2021, 6, 10, 8, 0, 0, 500000, tzinfo=UTC),
        "trusted_list",
    )
    assert told["dangban/b.docx"].how_known == "change_time"


def test_a_list_that_is_not_trusted_is_not_used(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    wary = replace(room.brief(CAMPAIGN), trusts_receipts_csv=False)
    monkeypatch.setattr(room, "brief", lambda _code: wary)
    inbox = house / "inbox" / CAMPAIGN
    put(inbox, "dangban/a.docx")
    trusting(inbox, "path,received_at\ndangban/a.docx,2021-06-10T16:00:00+08:00\n")
    collect(CAMPAIGN)
    (given,) = receipts()
    assert given.how_known == "change_time"
    assert refusals() == {"receipts.csv": "untrusted_list"}


def test_a_list_elsewhere_is_an_ordinary_file(small: Path) -> None:
    put(small, "dangban/receipts.csv", b"path,received_at\ndangban/receipts.csv,2021-06-10T16:00:00+08:00\n")
    collect(CAMPAIGN)
    (given,) = receipts()
    assert (given.path, given.how_known) == ("dangban/receipts.csv", "change_time")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("file,when\n", "第1行"),
        ("", "第1行"),
        ("path,received_at\na.docx,2021-06-10T16:00:00\n", "第2行"),
        ("path,received_at\na.docx,2021-06-10\n", "第2行"),
        ("path,received_at\na.docx,2021-02-30T16:00:00+08:00\n", "第2行"),
        ("path,received_at\na.docx,yesterday\n", "第2行"),
        ("path,received_at\n../a.docx,2021-06-10T16:00:00+08:00\n", "第2行"),
        ("path,received_at\n/a.docx,2021-06-10T16:00:00+08:00\n", "第2行"),
        ("path,received_at\na.docx\n", "第2行"),
        ("path,received_at\nok.docx,2021-06-10T16:00:00Z\na.docx,x,y\n", "第3行"),
        ('path,received_at\n"a.docx,2021-06-10T16:00:00Z\n', "not CSV"),
    ],
)
def test_a_broken_list_stops_the_run_before_anything_is_taken_in(small: Path, text: str, problem: str) -> None:
    put(small, "dangban/a.docx")
    trusting(small, text)
    with pytest.raises(BaosongError, match=problem):
        collect(CAMPAIGN)
    assert receipts() == []


def test_a_list_in_another_coding_is_refused() -> None:
    with pytest.raises(BaosongError, match="UTF-8"):
        trusted.read("path,received_at\n党办/表.xlsx,2021-06-10T16:00:00+08:00\n".encode("gbk"))


def test_a_list_may_come_from_windows() -> None:
    moments = trusted.read("path,received_at\r\n党办\\表.xlsx,2021-06-10 16:00:00+08:00\r\n\r\n党办/表.xlsx,2021-06-11T16:00:00z\r\n".encode())
    assert moments == {"党办/表.xlsx": datetime(2021, 6, 11, 16, tzinfo=UTC)}, "what lies there came last"


def test_a_stated_clock_leaves_the_future_and_stamps_the_rest(inbox: Path) -> None:
    put(inbox, "dangban/early.docx", b"1")
    put(inbox, "dangban/later.docx", b"2")
    put(inbox, "dangban/unlisted.docx", b"3")
    trusting(inbox, "path,received_at\ndangban/early.docx,2021-06-10T16:00:00+08:00\ndangban/later.docx,2021-06-24T00:00:01Z\n")
    collect(CAMPAIGN, as_of=AS_OF)
    assert [(one.path, one.received_at, one.how_known) for one in receipts()] == [
        ("dangban/early.docx", datetime(2021, 6, 10, 8, tzinfo=UTC), "trusted_list"),
        ("dangban/unlisted.docx", AS_OF, "stated"),
    ]
    assert receipts()[0].recorded_at > AS_OF, "the ledger says when it was really written"
    assert {one.clock_at for one in receipts()} == {AS_OF}
    collect(CAMPAIGN, as_of=AS_OF + timedelta(seconds=1))
    assert receipts()[2].path == "dangban/later.docx"
    assert receipts()[2].received_at == AS_OF + timedelta(seconds=1)


def test_a_file_replaced_after_its_receipt_is_not_the_one_the_list_spoke_of(small: Path) -> None:
    file = put(small, "dangban/a.docx", b"one")
    trusting(small, "path,received_at\ndangban/a.docx,2021-06-10T16:00:00+08:00\n")
    collect(CAMPAIGN)
    file.write_bytes(b"two")
    collect(CAMPAIGN)
    first, second = receipts()
    assert (first.how_known, second.how_known) == ("trusted_list", "change_time")
    file.write_bytes(b"three")
    trusting(small, "path,received_at\ndangban/a.docx,2021-06-11T16:00:00+08:00\n")
    collect(CAMPAIGN)
    assert receipts()[2].received_at == datetime(2021, 6, 11, 8, tzinfo=UTC)


def test_an_inbox_laid_out_anew_with_the_same_bytes_is_no_new_arrival(inbox: Path) -> None:
    trusting(inbox, "path,received_at\ndangban/a.docx,2021-06-10T16:00:00+08:00\n")
    for _ in range(2):
        put(inbox, "dangban/a.docx", b"listed")
        put(inbox, "dangban/b.docx", b"unlisted")
        collect(CAMPAIGN, as_of=AS_OF)
    assert len(receipts()) == 2


# --- crashes, locks, absence ---


def test_a_crash_between_copy_and_record_loses_nothing(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(inbox, "dangban/a.docx", b"report")

    def crash(*_a: object, **_k: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            collect(CAMPAIGN)
    assert receipts() == []
    assert vault.is_whole(sha256(b"report").hexdigest())
    assert collect(CAMPAIGN) == ["1-1"]


def test_a_crash_inside_the_copy_leaves_no_half_original(small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(small, "dangban/a.docx", b"report")

    def crash(_handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vault.os, "fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            collect(CAMPAIGN)
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []
    assert collect(CAMPAIGN) == ["1-1"]


@pytest.mark.parametrize("step", ["include.warehouse.ledger.append", "include.warehouse.vault._Shelf.name", "include.warehouse.bulk.load"])
def test_a_killed_collector_leaves_nothing_half_done_and_no_lock(inbox: Path, step: str) -> None:
    put(inbox, "dangban/a.docx", b"report")
    put(inbox, "dangban/b.docx", b"another")
    killed = subprocess.run([sys.executable, "-c", _KILLED, step, CAMPAIGN], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert receipts() == []
    assert collect(CAMPAIGN) == ["1-2"]
    with connect().look() as connection:
        assert ledger.verify(connection, CAMPAIGN) == []


_KILLED = """
import os, signal, sys
from unittest.mock import patch
from include.collect import collect

with patch(sys.argv[1], side_effect=lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)):
    collect(sys.argv[2])
"""


def test_two_collectors_at_once_give_each_file_one_receipt(inbox: Path) -> None:
    for number in range(30):
        put(inbox, f"dangban/{number}.docx", bytes([number]))
    faults: list[BaseException] = []

    def run() -> None:
        try:
            collect(CAMPAIGN)
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(receipts()) == 30


def test_a_share_that_is_away_says_try_again(small: Path) -> None:
    put(small, "dangban/a.docx")
    collect(CAMPAIGN)
    small.rename(small.parent / "elsewhere")
    with pytest.raises(TryAgain):
        collect(CAMPAIGN)
    with pytest.raises(TryAgain):
        collect(CAMPAIGN, inbox="/no/such/folder")


def test_an_inbox_that_never_had_a_file_may_still_be_missing(small: Path) -> None:
    small.rmdir()
    assert collect(CAMPAIGN) == []


def test_an_unknown_campaign_is_named_with_the_nearest(small: Path) -> None:
    with pytest.raises(UnknownName, match="beipiao-2021"):
        collect("beipiao-2012")


def test_batches_hold_three_hundred_receipts_each() -> None:
    assert batches(range(1, 702)) == ["1-300", "301-600", "601-701"]
    assert batches([3, 4, 9]) == ["3-9"]
    assert batches([]) == []


# --- stores ---


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs.clear()
    yield fs
    fs.store.clear()
    fs.pseudo_dirs.clear()


def test_an_object_store_is_collected_by_its_own_stamp(store: fsspec.AbstractFileSystem, small: Path) -> None:
    store.pipe("/inbox/dangban/a.docx", b"report")
    store.pipe("/inbox/dangban/~$a.docx", b"lock")
    stamp = store.info("/inbox/dangban/a.docx")["created"]
    assert collect(CAMPAIGN, inbox="memory://inbox") == ["1-1"]
    (given,) = receipts()
    assert (given.path, given.received_at, given.how_known) == ("dangban/a.docx", stamp, "store")
    collect(CAMPAIGN, inbox="memory://inbox")
    assert len(receipts()) == 1
    time.sleep(0.002)
    store.pipe("/inbox/dangban/a.docx", b"report 2")
    collect(CAMPAIGN, inbox="memory://inbox")
    assert len(receipts()) == 2


def test_a_vault_may_be_a_store_too(store: fsspec.AbstractFileSystem, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_VAULT", "memory://vault")
    put(small, "dangban/a.docx", b"report")
    put(small, "dangban/b.docx", b"report")
    collect(CAMPAIGN)
    name = sha256(b"report").hexdigest()
    assert store.cat(f"/vault/{name[:2]}/{name}") == b"report"
    assert vault.is_whole(name)
    store.pipe(f"/vault/{name[:2]}/{name}", b"rep")
    put(small, "dangban/c.docx", b"report")
    with pytest.raises(BaosongError, match="damaged"):
        collect(CAMPAIGN)
