"""The database is cut off in the middle of the work: whoever called is told to try again, and the next run finds everything as it should be."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from include import flow
from include.exceptions import TryAgain
from include.settings import PROJECT
from include.warehouse import bulk, connect, ledger, submissions

CAMPAIGN = "beipiao-2021"


@contextmanager
def cut_off(url: str, at: int) -> Iterator[list[int]]:
    """Let the server end all our connections at the n-th statement or loaded row."""
    count = [0]

    def happen(*_: Any, **__: Any) -> None:
        count[0] += 1
        if count[0] == at:
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")

    load = bulk.load

    def counted(rows: Any) -> Iterator[Any]:
        for row in rows:
            happen()
            yield row

    event.listen(Engine, "before_cursor_execute", happen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "load", lambda connection, table, columns, rows: load(connection, table, columns, counted(rows)))
        try:
            yield count
        finally:
            event.remove(Engine, "before_cursor_execute", happen)


def test_a_server_that_goes_away_at_any_moment_says_try_again(postgresql_filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_WAREHOUSE", postgresql_filled_url)
    for name in ("inbox", "vault", "out", "outbox", "data_docs"):
        monkeypatch.setenv(f"BAOSONG_{name.upper()}", str(tmp_path / name))
    folder = tmp_path / "inbox" / CAMPAIGN / "dangban" / "month-summary"
    folder.mkdir(parents=True)
    chance = random.Random(7)
    cuts = 0
    for number in range(8):
        (folder / f"{number}.txt").write_text("安全生产月活动总结" * (50 + number), encoding="utf-8")
        with cut_off(postgresql_filled_url, chance.randint(1, 45)) as count:
            try:
                flow.intake(CAMPAIGN)
                flow.judge(CAMPAIGN, datetime(2021, 6, 24, tzinfo=UTC))
            except TryAgain:
                cuts += 1
        assert count[0]
    flow.intake(CAMPAIGN)
    with connect().look() as connection:
        assert ledger.verify(connection, CAMPAIGN) == []
        assert sorted(one.path.rpartition("/")[2] for one in ledger.receipts(connection, CAMPAIGN)) == [f"{number}.txt" for number in range(8)]
        assert submissions.count(connection, CAMPAIGN) == 8
    assert cuts >= 4


FULL = """
import resource, sys
from datetime import UTC, datetime
from hashlib import sha256
from include import flow
from include.exceptions import TryAgain
from include.settings import PROJECT
from include.warehouse import connect

connect()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
moment = datetime(2021, 6, 24, tzinfo=UTC)
try:
    flow.collect("beipiao-2021", as_of=moment) if sys.argv[1] == "collect" else flow.report("beipiao-2021", moment)
except TryAgain:
    sys.exit(75)
"""


@pytest.mark.parametrize(("verb", "room"), [("collect", 100_000), ("collect", 2_000_000), ("report", 8_000)])
def test_a_full_disk_says_try_again_and_leaves_nothing_half_written(house: Path, verb: str, room: int) -> None:
    folder = house / "inbox" / CAMPAIGN / "dangban" / "month-summary"
    folder.mkdir(parents=True)
    for number in range(2):
        # Names as long as a file system takes, and alike once they are shortened.
        (folder / f"{'名' * 80}{number}.txt").write_bytes(bytes([65 + number]) * 3_000_000)
    if verb == "report":
        flow.intake(CAMPAIGN, as_of=datetime(2021, 6, 24, tzinfo=UTC))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FULL, verb, str(room)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 75, done.stderr[-2000:]
    originals = [path for path in (house / "vault").rglob("*") if path.is_file() and path.parent.name != "incoming"]
    assert all(path.name == sha256(path.read_bytes()).hexdigest() for path in originals)
    assert not [path for path in (house / "out").rglob("*") if ".draft" in path.name]
    flow.intake(CAMPAIGN, as_of=datetime(2021, 6, 24, tzinfo=UTC))
    assert flow.report(CAMPAIGN, datetime(2021, 6, 24, tzinfo=UTC))
    with connect().look() as connection:
        assert ledger.count(connection, CAMPAIGN) == 2
        assert ledger.verify(connection, CAMPAIGN) == []
