"""The reader process: `python -m include.read.worker PAGE`. Requests come on stdin, answers go to stdout, as `encoding` says; PAGE is a file handle.

It imports little, so that it starts in a tenth of a second, and trusts nothing it reads: a file that kills it costs only that file.
"""

import gc
import mmap
import os
import sys
import time
import traceback
from dataclasses import replace

from include.domain.finding import Finding
from include.domain.form import Form
from include.domain.reading import Reading
from include.read import encoding, isolation
from include.read.book import open_book
from include.read.faults import fault
from include.read.grid import Book
from include.read.kinds import MOVES, PICTURES, kind_of
from include.read.media import check_large, check_material
from include.read.understand import fits, understand
from include.settings import Limits

_READ_AT_ONCE = 1 << 16
_SENT_AT_ONCE = 1 << 17
_HELD_SECONDS = 0.05


_FITS = 0.5
_SURELY_FITS = 0.8
_WITHOUT_TABLES = PICTURES | MOVES
_ONLY_TURNED = _WITHOUT_TABLES | {"doc", "wps", "rtf", "odt", "wordml"}


def read_bytes(data: bytes, request: encoding.Request, forms: dict[str, Form], limits: Limits) -> tuple[Reading, ...]:
    """Return what a file says: a reading for each form it holds, or one with form "" where it holds none."""
    if not request.forms and not request.also:
        return (_material(data, request.name, limits),)
    if request.otherwise != "nothing" and kind_of(data, request.name) in (_ONLY_TURNED if request.otherwise == "document" else _WITHOUT_TABLES):
        return (_material(data, request.name, limits),)
    book = open_book(data, request.name, limits)
    may_be_material = request.otherwise in ("material", "document")
    if not book.grids:
        return (_material(data, request.name, limits) if may_be_material else _unread(book, ()),)
    found = _forms_in(book, request, forms)
    if found:
        return tuple(_with_findings(understand(book, form, explain=request.explain, asks=request.asks), book) for form in found)
    if may_be_material:
        return (_material(data, request.name, limits),)
    expected = "、".join(forms[code].title.zh for code in request.forms or request.also)
    return (_unread(book, (fault("form_not_found", expected=expected),)),)


def _forms_in(book: Book, request: encoding.Request, forms: dict[str, Form]) -> list[Form]:
    """The forms that the book holds; the only expected one also where it is doubtful, since its own findings say best what is missing."""
    expected = [forms[code] for code in request.forms]
    if not request.also and len(expected) == 1:
        return expected
    if book.mark is not None and book.mark.form in (*request.forms, *request.also):
        return [forms[book.mark.form]]
    found = [form for form in expected if fits(book, form) >= _FITS]
    found += [form for form in (forms[code] for code in request.also) if form not in found and fits(book, form) >= (_SURELY_FITS if found else _FITS)]
    if not found and len(expected) == 1 and request.otherwise not in ("material", "document"):
        return expected
    return found


def _with_findings(reading: Reading, book: Book) -> Reading:
    """What concerns the file stands before what concerns its cells, once."""
    missing = tuple(found for found in book.findings if found not in reading.findings)
    if not missing and reading.file_kind and (reading.mark or not book.mark) and not book.explanations:
        return reading
    return replace(
        reading,
        findings=missing + reading.findings,
        file_kind=reading.file_kind or book.kind,
        mark=reading.mark or book.mark,
        explanations=tuple(book.explanations),
    )


def _unread(book: Book, further: tuple[Finding, ...]) -> Reading:
    return Reading(
        form="", version=0, mark=book.mark, file_kind=book.kind, findings=(*book.findings, *further), explanations=tuple(book.explanations)
    )


def _material(data: bytes, name: str, limits: Limits) -> Reading:
    kind = kind_of(data, name) if len(data) <= limits.file_bytes else "unknown"
    return Reading(form="", version=0, file_kind=kind, findings=tuple(check_material(data, kind, name, limits)))


def answer(request: encoding.Request, forms: dict[str, Form], limits: Limits) -> encoding.Answered:
    """Read one file; whatever goes wrong in our own code costs only that file."""
    trouble = ""
    try:
        data = _content(request.path, limits.file_bytes + 1)
        if request.picture:
            # Imported here, as a reader that reads never needs it.
            from include.read.picture import picture_of

            return encoding.Answered(request.number, (), picture=picture_of(data, request.name, limits))
        if len(data) > limits.file_bytes and (request.otherwise in ("material", "document") or not (request.forms or request.also)):
            kind, findings = check_large(request.path, request.name)
            readings: tuple[Reading, ...] = (Reading(form="", version=0, file_kind=kind, findings=tuple(findings)),)
        else:
            readings = read_bytes(data, request, forms, limits)
    except MemoryError:
        readings = (_failed("too_much_memory", ""),)
    except BaseException as error:  # panics of the Rust readers are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        trouble = traceback.format_exc(limit=-8)
        readings = (_failed("reader_died", f"{type(error).__name__}: {error}"[:200]),)
    return encoding.Answered(request.number, encoding.raw(readings), trouble)


def _content(path: str, most: int) -> bytes:
    """The file's first bytes, without the cost of a buffered file."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = min(os.fstat(handle).st_size, most)
        blocks = []
        while block := os.read(handle, size or _READ_AT_ONCE):
            blocks.append(block)
            size -= len(block)
            if size <= 0:
                break
        return b"".join(blocks)
    finally:
        os.close(handle)


def _failed(name: str, given: str) -> Reading:
    return Reading(form="", version=0, file_kind="unknown", findings=(fault(name, given=given),))


def main() -> None:
    """Serve requests until stdin ends."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    buffer = bytearray()
    bodies: list[bytes] = []

    def next_body() -> bytes | None:
        while not bodies:
            block = os.read(0, _READ_AT_ONCE)
            if not block:
                return None
            buffer.extend(block)
            bodies.extend(encoding.frames(buffer))
        return bodies.pop(0)

    first = next_body()
    if first is None:
        return
    setup = encoding.setup(first)
    network = isolation.shut_in(setup.limits)
    import include.read.xlsx  # noqa: F401 - before the first file, not while its clock runs

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    _write(answers, encoding.frame(encoding.Started(network)))
    # The parent learns from a shared page which file is in hand, so that answers need not be sent one by one.
    page = mmap.mmap(int(sys.argv[1]), encoding.PAGE)
    while (body := next_body()) is not None:
        held, since = bytearray(), time.monotonic()
        for request in encoding.requests(body):
            encoding.note_progress(page, request.number)
            isolation.give_time(setup.limits.seconds)
            held += encoding.frame(answer(request, setup.forms, setup.limits))
            if len(held) > _SENT_AT_ONCE or time.monotonic() - since > _HELD_SECONDS:
                _write(answers, held)
                held, since = bytearray(), time.monotonic()
        _write(answers, held)


def _write(handle: int, content: bytes | bytearray) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
