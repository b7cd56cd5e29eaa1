"""The parent's side of the reader processes: hands out files, takes answers as they come, and outlives whatever a file does to its reader.

A reader that hangs is killed and its file reported; one that dies is replaced and its file tried once more alone. The other files of the batch go
on. Plain subprocesses, so that it works within an Airflow task, where pools of `multiprocessing` do not.
"""

import contextlib
import logging
import mmap
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from include.domain.form import Form
from include.domain.picture import Picture
from include.domain.reading import Reading
from include.exceptions import EngineFault
from include.read import encoding
from include.read.faults import fault
from include.settings import PROJECT, Limits

_log = logging.getLogger("baosong.read")
_WINDOW = 24  # files that a reader holds at most
_WINDOW_BYTES = 32_768  # of requests, less than a pipe holds: a full pipe on both sides would be a deadlock
_START_SECONDS = 120.0
_LOOK_SECONDS = 0.5  # how often the readers' progress is looked at where nothing else happens
_MOST_FAILED_STARTS = 3
_told_open_network = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to read. `path` is a local path of the kept original, or `data` its bytes where the vault is elsewhere; `name` is the sender's.

    `forms` are the expected forms' codes, `also` those taken where the file holds them besides or instead; `otherwise` says what a file without any
    of them may be. `asks` are the optional items that are asked for. `picture`: nothing is read but how the file looks.
    """

    key: str
    name: str
    path: str = ""
    data: bytes | None = None
    forms: tuple[str, ...] = ()
    asks: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    otherwise: encoding.Otherwise = "nothing"
    explain: bool = False
    picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one file: its readings (one with an error finding where the reader hung or died, `died`), and each of them as JSON (`said`)."""

    key: str
    readings: tuple[Reading, ...]
    said: tuple[bytes, ...]
    died: bool = False
    picture: Picture | None = None


@dataclass(slots=True)
class _Task:
    number: int
    job: Job
    spooled: str = ""
    is_retried: bool = False


@dataclass(slots=True)
class _Reader:
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    page: mmap.mmap
    since: float
    in_hand: int = 0
    is_ready: bool = False
    buffer: bytearray = field(default_factory=bytearray)
    tasks: deque[_Task] = field(default_factory=deque)
    sizes: deque[int] = field(default_factory=deque)


class ReaderPool:
    """Reader processes for some forms, started when needed and kept until the pool is left. Use as a context manager."""

    def __init__(self, forms: Mapping[str, Form], limits: Limits) -> None:
        self._limits = limits
        self._setup = encoding.frame(encoding.Setup(limits=limits, forms=dict(forms)))
        self._readers: list[_Reader] = []
        self._selector = selectors.DefaultSelector()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._number = 0
        self._failed_starts = 0

    def __enter__(self) -> "ReaderPool":
        self._folder = tempfile.TemporaryDirectory(prefix="baosong-read-", ignore_cleanup_errors=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for reader in list(self._readers):
            self._remove(reader)
        self._selector.close()
        if self._folder is not None:
            self._folder.cleanup()

    def readers(self) -> tuple[int, ...]:
        """The process numbers of the readers at work."""
        return tuple(reader.process.pid for reader in self._readers)

    def read(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield outcomes as they come, not in the order of the jobs. Memory does not grow with the number of jobs."""
        try:
            yield from self._read(iter(jobs))
        finally:  # a caller that stopped listening must not find old answers the next time
            for reader in [reader for reader in self._readers if reader.tasks]:
                self._remove(reader)

    def _read(self, source: Iterator[Job]) -> Iterator[Outcome]:
        again: deque[_Task] = deque()
        is_drained = False
        while True:
            while not is_drained or again:
                reader = self._free_reader(bool(again))
                if reader is None:
                    break
                batch: list[_Task] = []
                while self._has_room(reader, len(batch)):
                    task = again.popleft() if again else self._next_task(source)
                    if task is None:
                        is_drained = True
                        break
                    if task.is_retried and (batch or reader.tasks):
                        again.append(task)
                        break
                    batch.append(task)
                    if task.is_retried:
                        break
                if not batch:
                    break
                self._send(reader, batch)
            if is_drained and not again and not any(reader.tasks for reader in self._readers):
                return
            yield from self._collect(again)

    def _next_task(self, source: Iterator[Job]) -> _Task | None:
        job = next(source, None)
        if job is None:
            return None
        self._number += 1
        return _Task(self._number, job)

    def _has_room(self, reader: _Reader, more: int) -> bool:
        held = len(reader.tasks) + more
        return held < _WINDOW and sum(reader.sizes) + more * 1024 < _WINDOW_BYTES

    def _free_reader(self, is_again: bool) -> _Reader | None:
        """The reader with the fewest files in hand, a new one where all are well filled; None where all are full."""
        usual = [reader for reader in self._readers if not (reader.tasks and reader.tasks[0].is_retried)]
        free = [reader for reader in usual if len(reader.tasks) <= _WINDOW // 2 and sum(reader.sizes) < _WINDOW_BYTES // 2]
        if is_again:  # a file tried once more goes alone, to a reader with nothing else in hand
            free = [reader for reader in free if not reader.tasks]
        idle = [reader for reader in free if not reader.tasks]
        if idle:
            return idle[0]
        if len(self._readers) < max(1, self._limits.workers):
            return self._start()
        return min(free, key=lambda reader: len(reader.tasks)) if free else None

    def _start(self) -> _Reader:
        if self._folder is None:
            raise RuntimeError("enter the pool first: with ReaderPool(...) as pool")
        errors = tempfile.TemporaryFile(dir=self._folder.name)  # noqa: SIM115 - closed when the reader is removed
        with tempfile.TemporaryFile(dir=self._folder.name) as shared:
            shared.truncate(encoding.PAGE)
            page = mmap.mmap(shared.fileno(), encoding.PAGE)
            process = subprocess.Popen(
                [sys.executable, "-s", "-m", "include.read.worker", str(shared.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=(shared.fileno(),),
                cwd=self._folder.name,
                env=self._environment(),
                start_new_session=True,
                bufsize=0,
            )
        reader = _Reader(process, errors, page, time.monotonic())
        self._readers.append(reader)
        assert process.stdout is not None
        self._selector.register(process.stdout, selectors.EVENT_READ, reader)
        with contextlib.suppress(BrokenPipeError):
            _write(process, self._setup)
        return reader

    def _environment(self) -> dict[str, str]:
        """Nothing of ours and nothing of Airflow's: no address of a database, no key."""
        assert self._folder is not None
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUTF8": "1",
            "HOME": self._folder.name,
            "TMPDIR": self._folder.name,
        }

    def _send(self, reader: _Reader, batch: list[_Task]) -> None:
        requests = []
        for task in batch:
            job = task.job
            if job.data is not None and not task.spooled:
                assert self._folder is not None
                task.spooled = str(Path(self._folder.name) / f"{task.number}.bin")
                Path(task.spooled).write_bytes(job.data)
            path = task.spooled or str(Path(job.path).absolute())
            requests.append(encoding.Request(task.number, path, job.name, job.forms, job.asks, job.also, job.otherwise, job.explain, job.picture))
        content = encoding.frame(tuple(requests))
        if not reader.tasks:
            reader.since = time.monotonic()
        reader.tasks.extend(batch)
        reader.sizes.extend(len(content) // len(batch) for _ in batch)
        with contextlib.suppress(BrokenPipeError):  # a reader that is dead shows as the end of its answers
            _write(reader.process, content)

    def _collect(self, again: deque[_Task]) -> Iterator[Outcome]:
        """Wait for something to happen; hand over what was answered; see to readers that died or hang."""
        self._see_progress()
        now = time.monotonic()
        waits = [self._patience(reader) - (now - reader.since) for reader in self._readers if reader.tasks]
        for event, _ in self._selector.select(min(_LOOK_SECONDS, max(0.0, min(waits, default=0.0)) + 0.01)):
            reader: _Reader = event.data
            assert reader.process.stdout is not None
            block = os.read(reader.process.stdout.fileno(), 1 << 20)
            if not block:
                yield from self._died(reader, again)
                continue
            reader.buffer.extend(block)
            try:
                bodies = encoding.frames(reader.buffer)
                for body in bodies:
                    if not reader.is_ready:
                        self._greet(reader, encoding.started(body))
                        continue
                    answered = encoding.answered(body)
                    if not reader.tasks or answered.number != reader.tasks[0].number:
                        raise ValueError("an answer that was not asked for")
                    readings = tuple([encoding.from_json(one) for one in answered.said])
                    task = reader.tasks.popleft()
                    reader.sizes.popleft()
                    reader.since = time.monotonic()
                    self._tidy(task)
                    if answered.trouble:
                        _log.error("reading %r failed in our own code:\n%s", task.job.name, answered.trouble)
                    said = tuple([bytes(one) for one in answered.said])
                    yield Outcome(key=task.job.key, readings=readings, said=said, died=bool(answered.trouble), picture=answered.picture)
            except (ValueError, msgspec.DecodeError) as error:
                _log.error("a reader said something unexpected: %s", error)
                yield from self._died(reader, again)
        self._see_progress()
        now = time.monotonic()
        for reader in list(self._readers):
            if reader.tasks and now - reader.since > self._patience(reader) and not self._has_news(reader):
                yield from self._hung(reader, again)

    def _see_progress(self) -> None:
        """Let the clock of a reader that went on to another file run anew."""
        for reader in self._readers:
            in_hand = encoding.progress(reader.page)
            if in_hand != reader.in_hand:
                reader.in_hand, reader.since = in_hand, time.monotonic()

    def _patience(self, reader: _Reader) -> float:
        return self._limits.seconds if reader.is_ready else _START_SECONDS

    def _has_news(self, reader: _Reader) -> bool:
        return any(event.data is reader for event, _ in self._selector.select(0))

    def _greet(self, reader: _Reader, started: encoding.Started) -> None:
        global _told_open_network
        reader.is_ready = True
        reader.since = time.monotonic()
        self._failed_starts = 0
        if started.network == "open" and not _told_open_network:
            _told_open_network = True
            _log.warning("this system lets readers neither have a network space of their own nor a filter: they could reach the network")

    def _hung(self, reader: _Reader, again: deque[_Task]) -> Iterator[Outcome]:
        if not reader.is_ready:
            self._remove(reader, again)
            raise EngineFault(f"阅读进程 {_START_SECONDS:g} 秒内未能启动 / a reader did not start within {_START_SECONDS:g} s")
        task = _take_culprit(reader)
        self._remove(reader, again)
        self._tidy(task)
        _log.warning("reading %r took longer than %g s and was stopped", task.job.name, self._limits.seconds)
        yield _lost(task, "reader_hung", given=f"{self._limits.seconds:g} s")

    def _died(self, reader: _Reader, again: deque[_Task]) -> Iterator[Outcome]:
        words = _last_words(reader)
        if not reader.is_ready:
            self._failed_starts += 1
            self._remove(reader, again)
            if self._failed_starts >= _MOST_FAILED_STARTS:
                raise EngineFault(f"阅读进程无法启动 / readers cannot start: {words}")
            return
        task = _take_culprit(reader) if reader.tasks else None
        how = self._remove(reader, again)
        if task is None:
            return
        if task.is_retried:
            self._tidy(task)
            _log.warning("reading %r killed its reader twice (%s): %s", task.job.name, how, words)
            yield _lost(task, "reader_died", given=how)
        else:
            task.is_retried = True
            again.append(task)

    def _remove(self, reader: _Reader, again: deque[_Task] | None = None) -> str:
        """Kill a reader with everything it started, put its other files back, and return how it ended."""
        assert reader.process.stdout is not None
        assert reader.process.stdin is not None
        with contextlib.suppress(KeyError):
            self._selector.unregister(reader.process.stdout)
        status = reader.process.poll()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(reader.process.pid, signal.SIGKILL)
        reader.process.wait()
        reader.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            reader.process.stdin.close()
        reader.errors.close()
        reader.page.close()
        self._readers.remove(reader)
        if again is not None:
            again.extendleft(reversed(reader.tasks))
        else:
            for task in reader.tasks:
                self._tidy(task)
        if status is not None and status < 0:
            return signal.Signals(-status).name
        return "" if status is None else f"exit {status}"

    def _tidy(self, task: _Task) -> None:
        if task.spooled:
            Path(task.spooled).unlink(missing_ok=True)


def _write(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None
    view = memoryview(content)
    while view:
        view = view[os.write(process.stdin.fileno(), view) :]


def _take_culprit(reader: _Reader) -> _Task:
    """Take out the file that the reader had in hand; answers to those before it were lost with the reader, and they are read again."""
    in_hand = encoding.progress(reader.page)
    culprit = next((task for task in reader.tasks if task.number == in_hand), reader.tasks[0])
    reader.tasks.remove(culprit)
    return culprit


def _lost(task: _Task, name: str, *, given: str) -> Outcome:
    readings = (Reading(form="", version=0, file_kind="unknown", findings=(fault(name, given=given),)),)
    return Outcome(key=task.job.key, readings=readings, said=tuple(map(encoding.to_json, readings)), died=True)


def _last_words(reader: _Reader) -> str:
    """The end of what a reader wrote to its stderr."""
    with contextlib.suppress(OSError):
        reader.errors.seek(max(0, reader.errors.seek(0, os.SEEK_END) - 2000))
        return reader.errors.read(2000).decode("utf-8", "replace").strip()
    return ""
