"""read: what every received file says, cell by cell.

In: receipts without a reading (their originals from the vault) and the forms that their campaign asks for. Out: rows in `reading`: one for each form
that a file holds, or one with form "" for a document, a material, or what could not be read. Findings: R1xx the file, R2xx workbook and sheets, R3xx
rows and labels, R4xx cells, R5xx across cells. Files are opened in reader processes only, which may die without harm. A second run reads nothing
that has a reading, whatever the first one found.

`book` turns bytes into a neutral grid (a module for each kind of file), `understand` finds the form's items on it, `worker` is the reader process,
`pool` its parent, `candidates` says what a file may be. Importing this costs nothing, since the reader process does so too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from include.domain.form import Form
    from include.domain.picture import Picture
    from include.domain.reading import Reading

__all__ = ["pictures", "read", "read_again", "read_files"]

_CHUNK = 200  # files whose readings are held at a time


def read(campaign: str, *batches: str) -> int:
    """Read the receipts "first-last" (both included) of each batch that have no reading yet; return how many files were read.

    Several batches share their reader processes. TryAgain where vault or warehouse are away, EngineFault where readers cannot start; what is wrong
    with a file is a finding in its reading.
    """
    from datetime import UTC, datetime

    from include import catalogue, settings
    from include.read.candidates import Candidates
    from include.read.pool import Job, ReaderPool
    from include.warehouse import bulk, connect, readings

    warehouse = connect()
    definitions = catalogue.load(campaign)
    candidates = Candidates.of(definitions)

    def jobs() -> Iterator[Job]:
        for batch in batches:
            first, _, last = batch.partition("-")
            with warehouse.look() as connection:
                receipts = readings.unread(connection, campaign, int(first), int(last or first))
            yield from map(candidates.job, receipts)

    done = 0
    found: list[tuple[int, Reading, bytes]] = []
    with bulk.without_collector(), ReaderPool(definitions.forms, settings.current().limits) as pool:
        for outcome in pool.read(jobs()):
            found.extend((int(outcome.key), reading, said) for reading, said in zip(outcome.readings, outcome.said, strict=True))
            done += 1
            if len(found) >= _CHUNK:
                with warehouse.begin() as connection:
                    readings.store(connection, campaign, found, datetime.now(UTC))
                found = []
        if found:
            with warehouse.begin() as connection:
                readings.store(connection, campaign, found, datetime.now(UTC))
    return done


def read_again(campaign: str, numbers: Iterable[int]) -> Iterator[tuple[int, tuple[Reading, ...]]]:
    """Yield (receipt number, readings) of the kept originals of those receipts by the definitions in force, as they come; stores nothing.

    A file whose reader hung or died this time is left out: what it was read as before is worth more. TryAgain and EngineFault as `read`.
    """
    from include import catalogue, settings
    from include.read.candidates import Candidates
    from include.read.pool import ReaderPool
    from include.warehouse import connect, ledger

    definitions = catalogue.load(campaign)
    candidates = Candidates.of(definitions)
    with connect().look() as connection:
        receipts = ledger.numbered(connection, campaign, sorted(set(numbers)))
    with ReaderPool(definitions.forms, settings.current().limits) as pool:
        for outcome in pool.read(candidates.job(receipts[number]) for number in sorted(receipts)):
            if not outcome.died:
                yield int(outcome.key), outcome.readings


def read_files(
    paths: Iterable[str | os.PathLike[str]], form: Form, *, explain: bool = False, asks: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Reading, str]]:
    """Yield (path, reading as that form, SHA-256) for files given by path, in their order, each as soon as it is read. Touches nothing.

    OSError for a path that cannot be opened.
    """
    import os
    from hashlib import file_digest
    from pathlib import Path

    from include import settings
    from include.domain.reading import Reading
    from include.read.faults import fault
    from include.read.pool import Job, ReaderPool

    def job(number: int, path: str) -> Job:
        return Job(key=str(number), name=Path(path).name, path=path, forms=(form.code,), asks=asks, explain=explain)

    names = [os.fspath(path) for path in paths]
    with ReaderPool({form.code: form}, settings.current().limits) as pool:
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            hashes: list[str] = []
            held: dict[int, Reading] = {}
            for number, name in enumerate(chunk):
                if Path(name).exists() and not Path(name).is_file():  # a pipe would be waited for without end
                    held[number] = Reading(form="", version=0, file_kind="unknown", findings=(fault("unknown_kind", given=Path(name).name),))
                    hashes.append("")
                    continue
                with Path(name).open("rb") as file:
                    hashes.append(file_digest(file, "sha256").hexdigest())
            due = 0
            waiting = (job(number, name) for number, name in enumerate(chunk) if number not in held)
            for outcome in pool.read(waiting):
                held[int(outcome.key)] = outcome.readings[0]
                while due in held:
                    yield chunk[due], held.pop(due), hashes[due]
                    due += 1
            for number in sorted(held):
                yield chunk[number], held[number], hashes[number]


@contextmanager
def pictures() -> Iterator[Callable[[str, str], Picture | None]]:
    """Give a function that says how a kept original (SHA-256, the sender's name for it) looks; None where nothing in it can be shown.

    Its reader process starts when it is first asked and ends with the block. TryAgain where the vault is away.
    """
    from include import settings
    from include.exceptions import BaosongError, TryAgain
    from include.read.pool import Job, ReaderPool
    from include.warehouse import vault

    with ReaderPool({}, settings.current().limits) as pool:

        def picture(sha256: str, name: str) -> Picture | None:
            path = vault.local_path(sha256)
            data = None
            if path is None:
                try:
                    with vault.open(sha256) as file:
                        data = file.read()
                except TryAgain:
                    raise
                except BaosongError:
                    return None
            return next(pool.read([Job(key=sha256, name=name, path=path or "", data=data, picture=True)])).picture

        yield picture
