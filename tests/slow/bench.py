"""`make bench`: how fast the pipeline reads, validates and merges, as ratios measured in one run.

    python -m tests.slow.bench [--files 5000 20000] [--database sqlite postgres]

For each size and database: files a second, peak memory, and the wall time of read + validate + merge over a bare python-calamine loop over the same
files in the same number of processes. Collecting (copying the originals into the vault), the engine's import and its Data Docs are printed beside,
not counted. Then what one file costs a reader, what a return copy costs, and what judging costs. Machines are noisy: compare ratios of one run, not
seconds of two.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import openpyxl
from rich.console import Console
from rich.table import Table

CAMPAIGN = "bench-2026"
ONE_BY_ONE = 2_000
WORKERS = max(1, min(2, os.cpu_count() or 1))
BARE = """
import sys
from python_calamine import CalamineWorkbook
for path in sys.stdin.read().splitlines():
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()
"""


def main() -> None:
    """Write the files, time the bare loop and the pipeline, print the ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, nargs="+", default=[5_000, 20_000])
    arguments.add_argument("--database", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    arguments.add_argument("--stage", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.stage:
        {"pipeline": time_pipeline, "read": read_named_files}[chosen.stage]()
        return
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table(
        "files", "database", "bare loop", "read", "validate", "merge", "sum", "files/s", "peak memory", "ratio", "beside: collect, import, docs"
    )
    with tempfile.TemporaryDirectory(prefix="baosong-bench-") as scratch:
        for count in chosen.files:
            root = Path(scratch) / str(count)
            write_campaign(root, count)
            for database in chosen.database:
                with console.status(f"{count} files on {database} ..."), a_warehouse(database, root / f"{database}-server") as url:
                    bare = time_bare(root / "inbox")
                    seen = run_pipeline(root, database, url)
                    bare = min(bare, time_bare(root / "inbox"))
                spent = seen["read"] + seen["validate"] + seen["merge"]
                table.add_row(
                    f"{count:,}",
                    database,
                    f"{bare:.1f} s",
                    *(f"{seen[stage]:.1f} s" for stage in ("read", "validate", "merge")),
                    f"{spent:.1f} s",
                    f"{count / spent:,.0f}",
                    f"{seen['peak_mb']:.0f} MB",
                    f"[bold]{spent / bare:.2f}[/bold]",
                    f"{seen['collect']:.1f} s, {seen['import']:.1f} s, {seen['docs']:.1f} s",
                )
    console.print(table)
    console.print(f"{WORKERS} processes; ratio = (read + validate + merge) / bare loop; peak memory of the pipeline's own process.")
    time_one_file(console)
    time_returns(console)
    time_judging(console)


def time_returns(console: Console) -> None:
    """What a return copy costs, in processor time."""
    from tests.slow.bench_returns import return_copies

    spent = return_copies()
    table = Table("a return copy with 40 findings", "processor time", "limit")
    table.add_row(f"marked in the sender's own .xlsx of {spent['kB']:.0f} kB", f"{spent['marked']:.0f} ms", "100 ms")
    table.add_row("drawn anew from another format, marked", f"{spent['redrawn']:.0f} ms", "100 ms")
    console.print(table)


def time_judging(console: Console) -> None:
    """What judging costs on one core, loading and keeping included."""
    from tests.slow.bench_judge import REPORTS, STEPS, measure

    table = Table("units", "database", "expectations", "submissions", *STEPS, "peak memory")
    for row in measure():
        expectations = f"{row.units * REPORTS:,}"
        seconds = (f"{row.seconds[step]:.1f} s" for step in STEPS)
        table.add_row(f"{row.units:,}", row.database, expectations, f"{row.submissions:,}", *seconds, f"{row.peak_mb:.0f} MB")
    console.print(table)


def time_one_file(console: Console) -> None:
    """What one file costs a reader, as processor time of parent and reader together over that of the bare loop; start-ups left out."""
    with tempfile.TemporaryDirectory(prefix="baosong-bench-") as scratch:
        root = Path(scratch)
        write_campaign(root, ONE_BY_ONE)
        clean = sorted(root.rglob("统计表.xlsx"))
        looked = [with_formula(path, root / "looked" / f"{number}.xlsx") for number, path in enumerate(clean)]
        bare = time_bare_cpu(clean)
        seen = {name: time_reading(paths) for name, paths in (("clean", clean), ("with a formula: the full look", looked))}
    table = Table("one 40-item workbook", "bare calamine", "read, isolation included", "ratio", "more than a clean one")
    for name, spent in seen.items():
        more = "" if name == "clean" else f"{(spent - seen['clean']) * 1e3:.1f} ms"
        table.add_row(name, f"{bare * 1e3:.2f} ms", f"{spent * 1e3:.2f} ms", f"[bold]{spent / bare:.2f}[/bold]", more)
    console.print(table)


def with_formula(path: Path, to: Path) -> Path:
    """The same workbook with a formula beside its value in one cell, so that patterns do not suffice."""
    to.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"<v>(\d{3,})</v>", rb"<f>\1+0</f><v>\1</v>", data, count=1)
            new.writestr(name, data)
    return to


def time_bare_cpu(paths: list[Path]) -> float:
    """Processor seconds a file of the bare loop, the interpreter's start left out."""
    return cpu_a_file([sys.executable, "-c", BARE], paths)


def time_reading(paths: list[Path]) -> float:
    """Processor seconds a file of our reading, parent and reader processes, their start left out."""
    return cpu_a_file([sys.executable, "-m", "tests.slow.bench", "--stage", "read"], paths)


def cpu_a_file(command: list[str], paths: list[Path]) -> float:
    """Processor seconds of a command and what it started for each file but the first hundred, which start every process."""

    def spent(some: list[Path]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input="\n".join(map(str, some)), text=True, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (spent(paths) - spent(paths[:100])) / (len(paths) - 100)


def read_named_files() -> None:
    """Read the files named on stdin as the batch path does, without the warehouse."""
    from include import catalogue, settings
    from include.read.pool import Job, ReaderPool

    form = catalogue.form("statistics-beipiao")
    paths = sys.stdin.read().splitlines()
    with ReaderPool({form.code: form}, settings.current().limits) as pool:
        jobs = (Job(key=path, name="统计表.xlsx", path=path, forms=(form.code,)) for path in paths)
        done = sum(len(outcome.readings[0].answers) > 0 for outcome in pool.read(jobs))
    assert done == len(paths), f"{done} of {len(paths)} files read"


def write_campaign(root: Path, count: int) -> None:
    """A campaign of `count` units in a definitions folder of its own, and one filled statistics workbook a unit."""
    from include import catalogue
    from include.report.layout import lay_out

    form = catalogue.form("statistics-beipiao")
    definitions = root / "definitions"
    for folder in ("campaigns", "units", "notices"):
        (definitions / folder).mkdir(parents=True)
    (definitions / "notices" / f"{CAMPAIGN}.txt").write_text("各单位于6月23日前报送统计表。\n", encoding="utf-8")
    (definitions / "units" / f"{CAMPAIGN}.csv").write_text(
        "code,name,parent,aliases,tags,from_on,to_on,heir,basis\n" + "".join(f"u{n:05d},单位{n:05d}号,,,,,,,sample\n" for n in range(count)),
        encoding="utf-8",
    )
    (definitions / "campaigns" / f"{CAMPAIGN}.yaml").write_text(
        f"""
code: {CAMPAIGN}
version: 1
name: {{zh: 测速, en: Bench}}
notice: {CAMPAIGN}
zone: Asia/Shanghai
authority: {{name: 测速局, receives: 测速科}}
issued_on: 2026-06-01
first_on: 2026-06-01
last_on: 2026-12-31
obligations:
  - code: statistics
    name: {{zh: 统计表, en: Statistics}}
    kind: report
    what: form
    form: statistics-beipiao
    due: {{kind: date, on: 2026-06-23}}
    source: {{notice: {CAMPAIGN}, quote: 各单位于6月23日前报送统计表。}}
""",
        encoding="utf-8",
    )
    layout = lay_out(form)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet_layout in layout.sheets:
        sheet = book.create_sheet(sheet_layout.name)
        for box in sheet_layout.boxes:
            sheet.cell(box.row + 1, box.column + 1, box.text or None)
    # Six digits are replaced file by file below; wholes, parts and rates stay, so that every file is clean.
    figures: dict[str, float] = {}
    for item in form.items():
        if item.rate_of:
            figures |= {item.rate_of[0]: 400, item.rate_of[1]: 800, item.code: 50.0}
        elif item.part_of:
            figures.setdefault(item.code, 300 if len(item.part_of) == 1 else 200)
    for number, item in enumerate(form.items()):
        name, row, column = layout.places[(item.code, None)]
        book[name].cell(row + 1, column + 1, figures.get(item.code, 900_000 + number if item.is_number else "无"))
    unit_field = layout.unit_field()
    if unit_field:
        name, row, column = layout.fields[unit_field]
        book[name].cell(row + 1, column + 1, "单位97531号")
    buffer = BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    inbox = root / "inbox"
    figure = re.compile(rb"<v>900(\d{3})</v>")
    for n in range(count):
        folder = inbox / f"u{n:05d}" / "statistics"
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "统计表.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, data in parts.items():
                data = data.replace(b"97531", b"%05d" % n)  # the unit's name, wherever the writer keeps texts
                if name.startswith("xl/worksheets/sheet"):
                    data = figure.sub(lambda m, n=n: b"<v>%d</v>" % (1000 + n % 500 + int(m[1])), data)
                archive.writestr(name, data)


def time_bare(inbox: Path) -> float:
    """Wall seconds of the bare loop over all files, dealt to WORKERS processes, their start-up left out."""
    paths = sorted(str(path) for path in inbox.rglob("*.xlsx"))
    started = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    for number, process in enumerate(running):
        assert process.stdin
        process.stdin.write("\n".join(paths[number::WORKERS]))
        process.stdin.close()
    for process in running:
        process.wait()
    spent = time.perf_counter() - started
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import python_calamine"], check=True)
    return spent - (time.perf_counter() - started)


@contextmanager
def a_warehouse(database: str, folder: Path) -> Iterator[str]:
    """An empty warehouse: a new SQLite file, or a throw-away PostgreSQL cluster."""
    if database == "sqlite":
        folder.mkdir(parents=True)
        yield f"sqlite:///{folder / 'warehouse.sqlite'}"
        return
    from tests.postgres import throw_away_cluster

    with throw_away_cluster() as url:
        yield url


def run_pipeline(root: Path, database: str, url: str) -> dict[str, float]:
    """Run the stages in a process of their own, so that peak memory is theirs."""
    environment = {
        **os.environ,
        "BAOSONG_DEFINITIONS": str(root / "definitions"),
        "BAOSONG_INBOX": str(root),
        "BAOSONG_WAREHOUSE": url,
        "BAOSONG_VAULT": str(root / f"{database}-vault"),
        "BAOSONG_DATA_DOCS": str(root / f"{database}-docs"),
        "BAOSONG_READ_WORKERS": str(WORKERS),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.slow.bench", "--stage", "pipeline"], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit("the pipeline failed; its message stands above")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def time_pipeline() -> None:
    """Time each stage over the campaign's inbox and print the seconds as one JSON object."""
    seen: dict[str, float] = {}

    started = time.perf_counter()
    import great_expectations  # noqa: F401 - its import is timed

    seen["import"] = time.perf_counter() - started
    from include import flow, settings
    from include.validate import engine

    write_docs = engine._write_docs
    seen["docs"] = 0.0

    def timed_docs(context: object, folder: Path) -> None:
        before = time.perf_counter()
        write_docs(context, folder)
        seen["docs"] += time.perf_counter() - before

    engine._write_docs = timed_docs
    inbox = str(Path(settings.current().inbox) / "inbox")
    started = time.perf_counter()
    batches = flow.collect(CAMPAIGN, inbox=inbox)
    seen["collect"] = time.perf_counter() - started
    started = time.perf_counter()
    files = flow.read(CAMPAIGN, *batches)
    seen["read"] = time.perf_counter() - started
    started = time.perf_counter()
    checked = flow.validate(CAMPAIGN)
    seen["validate"] = time.perf_counter() - started - seen["docs"]
    started = time.perf_counter()
    merged = flow.merge(CAMPAIGN)
    seen["merge"] = time.perf_counter() - started
    assert files == checked == merged, f"read {files}, checked {checked}, merged {merged}"
    seen["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
