"""Work that is killed: a server process that forks one child a step, kills it where it is told, and lays bare what a house holds afterwards.

A step is a stage of the flow at a stated moment of the clock, so that a step done twice says the same as a step done once. A child dies by SIGKILL
before its n-th event, where an event is all that others could notice: an SQL statement, a commit, a row of a bulk load, a file opened for writing,
renamed or removed, a process started; or a number of seconds after it began.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDERS = ("vault", "out", "outbox")
# When a file was read or tried, and how often: a run that was killed does it again.
PASSING = frozenset({"read_at", "attempts"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage at a moment by the clock, and what it is told."""

    verb: str
    campaign: str
    at: str
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a child ended: `done`, `killed`, or the fault it raised; after how many events and seconds."""

    end: str
    events: int
    seconds: float
    left_behind: int = 0


class Server:
    """A process that has everything imported and forks a child for each step."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.flow.killed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, step: Step, house: dict[str, str], *, before_event: int | None = None, after_seconds: float | None = None) -> Told:
        """Run a step in a house (its environment); kill it where that is asked for."""
        assert self.process.stdin
        assert self.process.stdout
        asked = {"step": asdict(step), "house": house, "before_event": before_event, "after_seconds": after_seconds}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return Told(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def house_at(folder: Path, url: str, inbox: Path) -> dict[str, str]:
    """The environment of an installation in a folder of its own."""
    house = {f"BAOSONG_{name.upper()}": str(folder / name) for name in (*FOLDERS, "data_docs")}
    return house | {"BAOSONG_WAREHOUSE": url, "BAOSONG_INBOX": str(inbox), "BAOSONG_READ_WORKERS": "1"}


def holdings(house: dict[str, str]) -> dict[str, Any]:
    """Everything a house holds: rows by table, bytes by file; what passes left out."""
    from sqlalchemy import select

    from include.warehouse import connect, tables

    found: dict[str, Any] = {}
    with connect(house["BAOSONG_WAREHOUSE"]).look() as connection:
        for table in tables.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in PASSING]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[f"table {table.name}"] = [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in rows]
    for name in FOLDERS:
        root = Path(house[f"BAOSONG_{name.upper()}"])
        for path in sorted(root.rglob("*")):
            if path.is_file():
                found[f"{name}/{path.relative_to(root)}"] = path.read_bytes()
    return found


def litter(held: dict[str, Any]) -> set[str]:
    """The files that only a killed process leaves, under names that nobody reads."""
    return {name for name in held if name.startswith("vault/incoming/") or name.endswith((".draft.xlsx", ".draft.txt", ".draft.json", ".draft.csv"))}


# --- the server's own side ---


def serve() -> None:
    """Import everything once, then take steps from stdin, one JSON object a line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_all()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(asdict(_in_child(asked))), file=answers, flush=True)


def _import_all() -> None:
    import great_expectations  # noqa: F401 - the child would import it

    import include.collect
    import include.flow
    import include.judge
    import include.merge
    import include.read.pool
    import include.report.compliance
    import include.report.gather
    import include.report.reminders
    import include.report.returns
    import include.report.rollup
    import include.validate.engine  # noqa: F401


def _in_child(asked: dict[str, Any]) -> Told:
    told_by, tell = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(told_by)
        _work(asked, tell)
    os.close(tell)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    if asked["after_seconds"] is not None:
        time.sleep(asked["after_seconds"])
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    words = b""
    while block := os.read(told_by, 65536):
        words += block
    os.close(told_by)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - began
    left = _left_behind(child)
    if os.WIFSIGNALED(status):
        return Told(end="killed", events=0, seconds=seconds, left_behind=left)
    said = json.loads(words or b'{"end": "silent", "events": 0}')
    return Told(end=said["end"], events=said["events"], seconds=seconds, left_behind=left)


def _left_behind(group: int) -> int:
    """How many processes of a dead child's group are still there after some seconds' grace; readers must notice that nobody listens."""
    import psutil

    patience = time.monotonic() + 10
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return 0
        if time.monotonic() > patience:
            break
        time.sleep(0.02)
    # What nobody has buried is dead all the same.
    left = 0
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            left += os.getpgid(one.pid) == group and one.status() != psutil.STATUS_ZOMBIE
    return left


def _work(asked: dict[str, Any], tell: int) -> None:
    """The child: never returns."""
    count = [0]
    try:
        os.environ.update(asked["house"])
        step = Step(**asked["step"])
        moment = datetime.fromisoformat(step.at)
        _stop_clocks(moment)
        _count_events(count, asked["before_event"])
        _VERBS[step.verb](step, moment)
        end = "done"
    except BaseException as fault:  # noqa: BLE001 - whatever it is, the test must hear of it
        traceback.print_exc()
        end = f"{type(fault).__name__}: {fault}"
    events = count[0]
    os.write(tell, json.dumps({"end": end, "events": events}).encode())
    os.close(tell)
    os._exit(0)


def _stop_clocks(moment: datetime) -> None:
    """Let every module of ours that asks for the time hear this moment."""

    class Stopped:
        def __getattr__(self, name: str) -> Any:
            return getattr(datetime, name)

        def __instancecheck__(self, one: object) -> bool:
            return isinstance(one, datetime)

        def __call__(self, *given: Any, **more: Any) -> datetime:
            return datetime(*given, **more)

        def now(self, zone: Any = None) -> datetime:
            return moment.astimezone(zone)

    for name, module in list(sys.modules.items()):
        if name.startswith("include.") and not name.startswith("include.domain") and getattr(module, "datetime", None) is datetime:
            module.datetime = Stopped()  # type: ignore[attr-defined]


def _count_events(count: list[int], fatal: int | None) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from include.warehouse import bulk

    def happen(*_: Any, **__: Any) -> None:
        count[0] += 1
        if count[0] == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", happen)
    event.listen(Engine, "commit", happen)
    load = bulk.load

    def counted(rows: Any) -> Iterator[Any]:
        for row in rows:
            happen()
            yield row

    bulk.load = lambda connection, table, columns, rows: load(connection, table, columns, counted(rows))

    def heard(name: str, given: tuple[Any, ...]) -> None:
        if name == "open":
            if isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                happen()
        elif name in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "subprocess.Popen"):
            happen()

    sys.addaudithook(heard)


def _collect(step: Step, moment: datetime) -> None:
    from include import flow

    flow.collect(step.campaign, as_of=moment)


def _read(step: Step, moment: datetime) -> None:
    from include import flow
    from include.collect import batches
    from include.warehouse import connect, readings

    with connect().look() as connection:
        waiting = batches(readings.unread_numbers(connection, step.campaign))
    flow.read(step.campaign, *waiting)


def _plain(verb: str) -> Callable[[Step, datetime], None]:
    def work(step: Step, moment: datetime) -> None:
        from include import flow

        getattr(flow, verb)(step.campaign)

    return work


def _as_of(verb: str) -> Callable[[Step, datetime], None]:
    def work(step: Step, moment: datetime) -> None:
        from include import flow

        getattr(flow, verb)(step.campaign, moment)

    return work


def _decide(step: Step, moment: datetime) -> None:
    from include import flow

    more: dict[str, Any] = dict(step.more)
    verb = more.pop("verb")
    if "until" in more:
        more["until"] = datetime.fromisoformat(more["until"])
    flow.decide(step.campaign, verb, by="王股长", why="抗洪抢险", at=moment, **more)


_VERBS: dict[str, Callable[[Step, datetime], None]] = {
    "collect": _collect,
    "read": _read,
    "validate": _plain("validate"),
    "merge": _plain("merge"),
    "judge": _as_of("judge"),
    "report": _as_of("report"),
    "remind": _as_of("remind"),
    "decide": _decide,
}


def intake(campaign: str, at: str) -> Sequence[Step]:
    """The steps of an intake."""
    return [Step(verb=verb, campaign=campaign, at=at) for verb in ("collect", "read", "validate", "merge")]


if __name__ == "__main__":
    serve()
