"""Bytes into a `Book`: the kind told from content, the reader for that kind, and what concerns the file as a whole."""

from dataclasses import replace

from include.domain.finding import Finding
from include.read.archive import Parts
from include.read.faults import Refused, fault
from include.read.formula import ERRORS
from include.read.grid import Book, Grid
from include.read.kinds import ARCHIVES, MOVES, PICTURES, ending_of, is_wrongly_named, kind_of
from include.read.marks import take_lists
from include.read.ole import Streams
from include.settings import Limits

_MOST_MEMBERS = 50
_TOLD_ALONE = frozenset({"R102", "R103", "R104", "R105"})


def open_book(data: bytes, name: str, limits: Limits) -> Book:
    """Return the file as grids. What cannot be read is a finding of level error in `findings`; nothing is raised for what a file holds.

    `name` is only used to note a wrong ending and to tell a one-column CSV from plain text.
    """
    if len(data) > limits.file_bytes:
        return Book(kind="unknown", findings=[fault("file_too_large", given=str(len(data)), expected=str(limits.file_bytes))])
    kind = kind_of(data, name)
    try:
        book = _read_zip(data, limits) if kind == "zip" else _read(data, kind, limits)
        for grid in book.grids:
            _clear_covered(grid, limits)
    except Refused as refused:
        # Of a file that cannot be opened at all its ending is no news.
        return Book(kind=kind, findings=[*([] if refused.finding.code in _TOLD_ALONE else _ending(kind, name)), refused.finding])
    except MemoryError:
        return Book(kind=kind, findings=[fault("too_much_memory", expected=str(limits.memory_bytes))])
    except RecursionError:
        return Book(kind=kind, findings=[fault("damaged", given="nested too deeply")])
    book.findings[:0] = _ending(kind, name)
    take_lists(book)
    if kind in ("csv", "txt", "html", "mhtml", "docx", "doc", "wps", "odt", "rtf", "wordml"):
        _tell_errors(book)
    is_blank = not any(value is not None for grid in book.grids for row in grid.rows for value in row)
    if is_blank and not any(found.severity == "error" for found in book.findings):
        book.findings.append(fault("no_cells"))
    return book


def _clear_covered(grid: Grid, limits: Limits) -> None:
    """Take out what stands in cells that a merged range covers: no program shows it."""
    looked = 0
    for top, left, bottom, right in grid.merged:
        first, last = max(0, left - grid.first_column), right - grid.first_column + 1
        for number, row in enumerate(grid.rows[max(0, top - grid.first_row) : bottom - grid.first_row + 1], max(top, grid.first_row)):
            for column in range(first, min(last, len(row))):
                at = (number, column + grid.first_column)
                if at != (top, left) and row[column] is not None:
                    row[column] = None
                    grid.doubts.pop(at, None)
            looked += max(0, min(last, len(row)) - first)
        if looked > limits.cells:
            raise Refused("damaged", given="merged cells")


def _ending(kind: str, name: str) -> list[Finding]:
    return [fault("wrong_ending", given=ending_of(name), expected=kind)] if is_wrongly_named(kind, name) else []


def _read(data: bytes, kind: str, limits: Limits) -> Book:
    """Readers are imported when a file of their kind first comes, so that a reader process starts fast."""
    if kind in ("xlsx", "xlsm"):
        from include.read.xlsx import read_xlsx

        return read_xlsx(data, kind, limits)
    if kind == "xlsb":
        from include.read.xlsb import read_xlsb

        return read_xlsb(data, limits)
    if kind == "xls":
        from include.read.xls import read_xls

        return read_xls(data, limits)
    if kind == "ods":
        from include.read.ods import read_ods

        return read_ods(data, limits)
    if kind in ("csv", "txt"):
        from include.read.delimited import read_delimited

        return replace(read_delimited(data, limits), kind=kind)
    if kind in ("html", "mhtml", "xml"):
        from include.read import web

        return (web.read_html if kind == "html" else web.read_mhtml if kind == "mhtml" else web.read_xml)(data, limits)
    if kind == "docx":
        from include.read.word import read_docx

        return read_docx(data, limits)
    if kind in ("doc", "wps", "rtf", "odt", "wordml"):
        from include.read.legacy import read_legacy

        return read_legacy(data, kind, limits)
    if kind == "empty":
        raise Refused("empty_file")
    if kind == "encrypted":
        raise Refused("password", given="EncryptedPackage")
    if kind in ARCHIVES:
        raise Refused("archive_refused", given=kind)
    if kind in PICTURES or kind in MOVES or kind in ("ppt", "pptx"):
        raise Refused("no_table_kind", given=kind)
    if kind == "ole":
        Streams(data)  # damage says more than an unknown kind
    raise Refused("unknown_kind", given=kind)


def _read_zip(data: bytes, limits: Limits) -> Book:
    """Take an archive apart: the grids of its files in one book, sheets named "file/sheet"; archives within are refused."""
    parts = Parts(data, limits)
    book = Book(kind="zip")
    members = [name for name in parts.names() if not _is_litter(name)]
    if len(members) > _MOST_MEMBERS:
        raise Refused("too_many_entries", given=str(len(members)), expected=str(_MOST_MEMBERS))
    if not members:
        raise Refused("empty_file")
    for member in members:
        content = parts.read(member)
        if parts.entries[member].is_link:
            book.findings.append(fault("member_left_out", given=member))
            continue
        kind = kind_of(content, member)
        if kind in ARCHIVES:
            raise Refused("nested_archive", given=member)
        if kind in PICTURES or kind in MOVES:
            book.findings.append(fault("member_left_out", given=member))
            continue
        try:
            inner = _read(content, kind, limits)
            take_lists(inner)
        except Refused as refused:
            book.findings.append(replace(refused.finding, sheet=member))
            continue
        for grid in inner.grids:
            grid.name = f"{member}/{grid.name}" if grid.name else member
            book.grids.append(grid)
        book.findings.extend(replace(found, sheet=f"{member}/{found.sheet}" if found.sheet else member) for found in inner.findings)
        book.mark = book.mark or inner.mark
        book.explanations += inner.explanations
        book.text += inner.text
    book.findings.insert(0, fault("archive_opened", given="、".join(members[:20])))
    return book


def _is_litter(name: str) -> bool:
    """Files that archivers and systems put in by themselves."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith(("~$", "._")) or last.lower() in (".ds_store", "thumbs.db", "desktop.ini")


def _tell_errors(book: Book) -> None:
    """Text that was saved from a workbook shows its error values as they were printed."""
    for grid in book.grids:
        for number, row in enumerate(grid.rows, grid.first_row):
            for column, value in enumerate(row, grid.first_column):
                if isinstance(value, str) and value[:1] == "#" and value.strip() in ERRORS:
                    grid.doubts[number, column] = "error_value"
