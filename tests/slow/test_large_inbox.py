"""A hundred thousand files in one inbox: a run with nothing new costs one listing, opens no file, and stays small in memory."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.collect.listing import Inbox
from include.settings import PROJECT
from include.warehouse import connect, ledger, readings

CAMPAIGN = "beipiao-2021"
FILES = 100_000
AGAIN = """
import sys, time
from pathlib import Path
from include.collect import collect
from include.warehouse import connect
connect()
opened, listed = [], []
def heard(event, given):
    if event == "open" and str(given[0]).startswith(sys.argv[1]): opened.append(given[0])
    if event == "os.scandir" and str(given[0]).startswith(sys.argv[1]): listed.append(given[0])
sys.addaudithook(heard)
def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
before = peak()
started = time.perf_counter()
collect("beipiao-2021")
spent = time.perf_counter() - started
print(len(opened), len(listed) - len(set(listed)), spent, peak() - before)
"""


@pytest.mark.slow
def test_nothing_new_among_a_hundred_thousand_files(house: Path) -> None:
    from include.domain.reading import Reading

    folder = house / "inbox" / CAMPAIGN
    for unit in range(100):
        below = folder / f"unit{unit:03d}" / "materials"
        below.mkdir(parents=True)
        for number in range(FILES // 100):
            (below / f"{number:04d}.txt").touch()
    inbox = Inbox.at(CAMPAIGN, None, None)
    started = time.perf_counter()
    listing = inbox.listing()
    spent = time.perf_counter() - started
    assert len(listing.files) == FILES
    now = datetime.now(UTC)
    arrivals = [
        ledger.Arrival(
            path=seen.path,
            size=seen.size,
            sha256="a" * 64,
            modified_at=seen.modified_at,
            version_tag=seen.version_tag,
            received_at=now,
            how_known="change_time",
        )
        for seen in listing.files
    ]
    with connect().begin() as connection:
        given = ledger.append(connection, CAMPAIGN, arrivals, recorded_at=now)
        readings.store(connection, CAMPAIGN, ((one.number, Reading(form="", version=0)) for one in given), now)
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AGAIN, str(folder)], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    opened, twice, seconds, megabytes = int(said[0]), int(said[1]), float(said[2]), float(said[3])
    print(f"listing {spent:.1f} s; a run with nothing new {seconds:.1f} s, {megabytes:.0f} MB")
    assert (opened, twice) == (0, 0)
    assert megabytes < 400
