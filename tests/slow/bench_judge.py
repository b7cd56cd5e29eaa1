"""How long judging takes: a million expectations from nothing, and one new submission in a campaign of a thousand units.

    python -m tests.slow.bench_judge [--units 40000 1000] [--database sqlite postgres]

Every campaign has 25 reports, and 60 % of them were sent: in time, late, returned and mended, twice. `first` judges with an empty warehouse table,
loading and keeping included; `again` judges when nothing changed; `one more` judges after one new submission; `a day on` judges a later moment, at
which one report of every unit fell due. Each number is a process of its own, held to one core, after the definitions were read; the server's own
processes run beside it.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

CAMPAIGN = "bench-judge"
REPORTS = 25
SENT = 0.6
ISSUED = date(2026, 6, 1)
AS_OF = datetime(2026, 6, 20, 4, tzinfo=UTC)
STEPS = ("first", "again", "one more", "a day on")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: what was judged where, the seconds of each step, and the peak memory of the first."""

    units: int
    database: str
    submissions: int
    seconds: dict[str, float]
    peak_mb: float


def measure(units: Sequence[int] = (40_000, 1_000), databases: Sequence[str] = ("postgres", "sqlite")) -> list[Row]:
    """Fill warehouses by bulk load and time the judging of each."""
    from tests.slow.bench import a_warehouse

    rows = []
    with tempfile.TemporaryDirectory(prefix="baosong-bench-judge-") as scratch:
        for count in units:
            root = Path(scratch) / str(count)
            write_definitions(root / "definitions", count)
            for database in databases:
                with a_warehouse(database, root / database) as url:
                    environment = {**os.environ, "BAOSONG_DEFINITIONS": str(root / "definitions"), "BAOSONG_WAREHOUSE": url}
                    sent = _run("fill", str(count), environment=environment)["submissions"]
                    told = {step: _run("judge", step, environment=environment) for step in STEPS}
                rows.append(
                    Row(
                        units=count,
                        database=database,
                        submissions=int(sent),
                        seconds={step: told[step]["seconds"] for step in STEPS},
                        peak_mb=max(one["peak_mb"] for one in told.values()),
                    )
                )
    return rows


def due_on(number: int) -> date:
    """The day on which a report falls due: one a day from the fifth."""
    return ISSUED + timedelta(days=4 + number)


def write_definitions(folder: Path, units: int) -> None:
    """A campaign of documents with a day each, and its registry."""
    for name in ("campaigns", "units", "notices"):
        (folder / name).mkdir(parents=True)
    quote = "各单位按时报送材料。"
    (folder / "notices" / f"{CAMPAIGN}.txt").write_text(f"{quote}\n", encoding="utf-8")
    registry = "code,name,parent,aliases,tags,from_on,to_on,heir,basis\n"
    registry += "".join(f"u{n:05d},单位{n:05d}号,,,{'甲' if n % 3 else '乙'},,,,sample\n" for n in range(units))
    (folder / "units" / f"{CAMPAIGN}.csv").write_text(registry, encoding="utf-8")
    head = f"""
code: {CAMPAIGN}
version: 1
name: {{zh: 测速, en: Bench}}
notice: {CAMPAIGN}
zone: Asia/Shanghai
authority: {{name: 测速局, receives: 测速科}}
issued_on: {ISSUED}
first_on: {ISSUED}
last_on: 2026-12-31
obligations:
"""
    reports = "".join(
        f"""  - code: report-{number:02d}
    name: {{zh: 材料{number:02d}, en: Report {number:02d}}}
    kind: report
    what: document
    due: {{kind: date, on: {due_on(number)}}}
    source: {{notice: {CAMPAIGN}, quote: {quote}}}
"""
        for number in range(REPORTS)
    )
    (folder / "campaigns" / f"{CAMPAIGN}.yaml").write_text(head + reports, encoding="utf-8")


def fill(units: int) -> int:
    """Receipts and submissions by bulk load; return how many submissions."""
    from include.warehouse import bulk, connect, ledger, tables

    chance = random.Random(1)
    sent = []
    for unit in range(units):
        for number in range(REPORTS):
            if chance.random() < SENT:
                due = datetime.combine(due_on(number), datetime.min.time(), UTC) + timedelta(hours=16)
                fate = chance.random()
                moment = due - timedelta(seconds=chance.randrange(3 * 86_400)) + timedelta(days=2 if fate < 0.05 else 0)
                if fate > 0.97:
                    sent.append((moment - timedelta(hours=20), unit, number, "returned"))
                sent.append((moment, unit, number, "accepted"))
    sent.sort()

    def receipts() -> Iterator[tuple[object, ...]]:
        previous = "0" * 64
        for row, (moment, unit, number, _) in enumerate(sent, 1):
            this = sha256(f"{row}".encode()).hexdigest()
            path = f"u{unit:05d}/report-{number:02d}/{row}.docx"
            yield CAMPAIGN, row, path, 1, this, None, "", moment, "first_seen", moment, moment, previous, this
            previous = this

    def submissions() -> Iterator[tuple[object, ...]]:
        for row, (moment, unit, number, state) in enumerate(sent, 1):
            name, sender, report = f"{CAMPAIGN}-{row:06d}", f"u{unit:05d}", f"report-{number:02d}"
            returned = state == "returned"
            yield name, CAMPAIGN, row, sender, report, moment, moment, moment, state, state, "error" if returned else None, int(returned)

    warehouse = connect()
    usual = {"period": "", "part": "", "form_code": "", "form_version": 0, "is_nil": False, "is_current": False, "by_hand": False}
    columns = ("submission", "campaign_code", "receipt_number", "unit_code", "obligation_code", "received_at", "recorded_at", "told_at")
    columns += ("state", "found_state", "worst", "findings", *usual)
    with warehouse.begin() as connection:
        bulk.load(connection, tables.receipt, ledger._COLUMNS, receipts())
        bulk.load(connection, tables.submission, columns, ((*row, *usual.values()) for row in submissions()))
    from sqlalchemy import text

    with warehouse.begin() as connection:
        connection.execute(text("ANALYZE"))
    return len(sent)


def time_judging(step: str) -> dict[str, float]:
    """Judge once in this process, held to one core, and say how long it took and what memory the process came to."""
    from include import catalogue, flow

    definitions = catalogue.load(CAMPAIGN)
    if step == "one more":
        _one_more(len(definitions.units) // 2)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    as_of = AS_OF + timedelta(days=1) if step == "a day on" else AS_OF
    started, worked = time.perf_counter(), time.process_time()
    flow.judge(CAMPAIGN, as_of)
    return {
        "seconds": time.perf_counter() - started,
        "worked": time.process_time() - worked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _one_more(unit: int) -> None:
    from include.domain.receipt import Submission
    from include.warehouse import connect, ledger, submissions

    moment = AS_OF - timedelta(hours=1)
    arrival = ledger.Arrival(
        path=f"u{unit:05d}/report-10/new.docx",
        size=1,
        sha256="f" * 64,
        modified_at=None,
        version_tag="",
        received_at=moment,
        how_known="first_seen",
    )
    with connect().begin() as connection:
        (receipt,) = ledger.append(connection, CAMPAIGN, [arrival], recorded_at=moment)
        one = Submission(
            id=f"{CAMPAIGN}-{receipt.number:06d}",
            receipt_number=receipt.number,
            unit=f"u{unit:05d}",
            obligation="report-10",
            period=None,
            received_at=moment,
            recorded_at=receipt.recorded_at,
            state="accepted",
        )
        submissions.insert(connection, CAMPAIGN, [(one, "", 0)])


def _run(*arguments: str, environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.slow.bench_judge", "--stage", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit("judging failed; its message stands above")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--units", type=int, nargs="+", default=[40_000, 1_000])
    arguments.add_argument("--database", nargs="+", default=["postgres", "sqlite"], choices=["sqlite", "postgres"])
    arguments.add_argument("--stage", nargs=2, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.stage:
        stage, detail = chosen.stage
        told = {"submissions": fill(int(detail))} if stage == "fill" else time_judging(detail)
        sys.stdout.write(json.dumps(told) + "\n")
        return
    for row in measure(chosen.units, chosen.database):
        steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in row.seconds.items())
        print(f"{row.units:,} units x {REPORTS}, {row.submissions:,} submissions, {row.database}: {steps}; peak {row.peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
