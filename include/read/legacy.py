"""Old Word and WPS documents (.doc, .wps, .rtf, .odt, Word's XML of 2003), turned into .docx by LibreOffice where it is installed."""

import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from include.read.faults import Refused
from include.read.grid import Book
from include.read.ole import Streams
from include.read.word import read_docx
from include.settings import Limits


@lru_cache(maxsize=1)
def office() -> str | None:
    """Where LibreOffice is, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def read_legacy(data: bytes, kind: str, limits: Limits) -> Book:
    """Return the tables of an old document. Raises `Refused`."""
    if kind == "doc" and any(byte & 1 for byte in Streams(data).read("WordDocument")[0x0B:0x0C]):
        raise Refused("password", given="DOC")
    book = read_docx(to_docx(data, kind, limits), limits)
    book.kind = kind
    return book


def to_docx(data: bytes, kind: str, limits: Limits) -> bytes:
    """Return the document as .docx. Raises `Refused` where LibreOffice is missing, fails, or takes longer than the limit."""
    program = office()
    if program is None:
        raise Refused("needs_office", given=kind)
    with tempfile.TemporaryDirectory(prefix="baosong-") as folder:
        source = Path(folder) / ("document.xml" if kind == "wordml" else f"document.{kind}")
        source.write_bytes(data)
        command = [
            program,
            f"-env:UserInstallation=file://{_profile()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            folder,
            str(source),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=limits.seconds * 0.9, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise Refused("conversion_failed", given=f"{limits.seconds:g} s") from None
        except OSError as error:
            raise Refused("needs_office", given=str(error)) from None
        result = Path(folder) / "document.docx"
        if not result.exists():
            raise Refused("conversion_failed", given=done.stderr.decode("utf-8", "replace").strip()[-200:])
        return result.read_bytes()


@lru_cache(maxsize=1)
def _profile() -> str:
    """One profile for each reader process, since two LibreOffices cannot share one; kept, since making it costs seconds."""
    return str(Path(tempfile.gettempdir()) / f"baosong-office-{os.getuid()}-{os.getpid()}")
