"""The project's own corpus: layout families × formats × ways of typing, with truth. Nothing is silently wrong, and what a clerk can read is read."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from include.read import legacy
from include.sample import writers
from include.sample.page import places
from tests.corpus.families import FAMILIES
from tests.corpus.formats import BOOKS, FORMATS
from tests.corpus.judge import Tally, can_hold, draw, judge, weigh


def approve(tally: Tally) -> None:
    """What must hold of any part of the corpus; prints the sums."""
    print(f"\ncorpus: {tally}")
    assert not tally.wrong, "\n".join(tally.wrong[:40])
    assert tally.read >= 0.99 * tally.readable, "\n".join(tally.unread[:80])


def test_the_corpus_is_wide_enough() -> None:
    assert len(FAMILIES) >= 100
    assert len({ending for ending, _ in FORMATS.values()}) >= 6


def test_a_part_of_the_corpus_is_read_right() -> None:
    """Every family in two formats, each format in turn; the whole runs with the slow tests."""
    tally = Tally()
    formats = list(FORMATS)
    for name in FAMILIES:
        start = crc32(name.encode())
        for turn in range(2):
            judge(name, turn, formats[(start + 4 * turn) % len(formats)], tally)
    approve(tally)


@pytest.mark.slow
@pytest.mark.parametrize("format_name", FORMATS)
def test_the_whole_corpus_is_read_right(format_name: str) -> None:
    tally = Tally()
    for name in FAMILIES:
        for seed in range(8):
            judge(name, seed, format_name, tally)
    approve(tally)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "html"])
def test_what_libreoffice_saved_again_is_read_right(ending: str, tmp_path: Path) -> None:
    """Every family opened and saved by another program, as happens on the way through several offices."""
    office = legacy.office()
    assert office is not None, "LibreOffice is needed for this test: apt-get install libreoffice-calc"
    pages = {name: draw(name, 100) for name in FAMILIES}
    pages = {name: page for name, page in pages.items() if any(can_hold(book, FAMILIES[name], page) for book in BOOKS)}
    sent, saved = tmp_path / "sent", tmp_path / "saved"
    sent.mkdir()
    for number, page in enumerate(pages.values()):
        (sent / f"{number}.ods" if ending == "xlsx" else sent / f"{number}.xlsx").write_bytes(
            (writers.ods if ending == "xlsx" else writers.xlsx)(page)
        )
    for batch in _batches(sorted(sent.iterdir()), 40):
        command = [office, f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless", "--convert-to", ending, "--outdir", str(saved)]
        subprocess.run([*command, *map(str, batch)], check=True, capture_output=True, timeout=600)
    tally = Tally()
    for number, (name, page) in enumerate(pages.items()):
        if ending == "html" and (
            FAMILIES[name].writers is not None or any(sheet.first_row or sheet.first_column or sheet.hidden_columns for sheet in page.sheets)
        ):
            continue  # a page shows neither formats nor hidden columns nor what lies off the corner
        data = (saved / f"{number}.{ending}").read_bytes()
        weigh(name, page, places(page, ending), data, f"统计表.{ending}", f"{name} saved as {ending}", tally)
    approve(tally)


def _batches(files: list[Path], size: int) -> Iterator[list[Path]]:
    files.sort(key=lambda file: int(re.sub(r"\D", "", file.stem)))
    for start in range(0, len(files), size):
        yield files[start : start + size]
