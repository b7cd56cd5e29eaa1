"""The stage: receipts without a reading get one; a second run reads nothing; the path says what to look for and the content has the last word."""

import io
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest

from include import catalogue
from include.collect import collect, listing
from include.domain.reading import Reading
from include.read import read, read_files
from include.warehouse import connect, ledger, readings
from tests.unit import read_files as files

CAMPAIGN = "beipiao-2021"


@pytest.fixture(autouse=True)
def _no_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAUSE_SECONDS", 0.01)


def filled(code: str, unit: str = "城建股") -> bytes:
    """A plain workbook of a list form with every required item answered 1, 2, 3, ..."""
    form = catalogue.form(code)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([form.title.zh])
    sheet.append(["填报单位：", unit])
    sheet.append(["序号", "指标", "计量单位", "数值"])
    for number, item in enumerate((item for item in form.items() if not item.optional), 1):
        sheet.append([number, item.label, item.measurement_unit, number])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def put(house: Path, path: str, content: bytes) -> None:
    file = house / "inbox" / CAMPAIGN / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def take_in() -> int:
    return sum(read(CAMPAIGN, batch) for batch in collect(CAMPAIGN, as_of=datetime(2021, 6, 24, tzinfo=UTC)))


def said() -> dict[str, list[Reading]]:
    with connect().look() as connection:
        paths = {receipt.number: receipt.path for receipt in ledger.receipts(connection, CAMPAIGN)}
        found = readings.of(connection, CAMPAIGN, paths)
    return {paths[number]: [kept.reading for kept in some] for number, some in found.items()}


def codes(some: list[Reading]) -> list[str]:
    return [finding.code for reading in some for finding in reading.findings]


def test_what_arrives_is_read_once_as_what_it_is(house: Path) -> None:
    put(house, "chengjiangu/month-statistics/统计表.xlsx", filled("statistics-beipiao"))
    put(house, "chengjiangu/新建工作表.xlsx", filled("statistics-beipiao"))
    put(house, "chengjiangu/month-summary/总结.docx", files.by_docx())
    put(house, "chengjiangu/month-statistics/坏的.xlsx", b"PK\x03\x04" + b"x" * 100)
    put(house, "chengjiangu/weekly/2021-06-10/现场.jpg", b"\xff\xd8\xff" + b"\0" * 50)
    put(house, "随便.txt", "本周无事故\n".encode())
    assert take_in() == 6
    found = said()
    statistics = found["chengjiangu/month-statistics/统计表.xlsx"]
    assert [(reading.form, reading.unit_named, reading.file_kind) for reading in statistics] == [("statistics-beipiao", "城建股", "xlsx")]
    assert [int(str(answer.value)) for answer in statistics[0].answers] == list(range(1, len(statistics[0].answers) + 1))
    assert len(statistics[0].answers) > 30
    assert [reading.form for reading in found["chengjiangu/新建工作表.xlsx"]] == ["statistics-beipiao"]
    assert [(reading.form, reading.file_kind, reading.findings) for reading in found["chengjiangu/month-summary/总结.docx"]] == [("", "docx", ())]
    assert codes(found["chengjiangu/month-statistics/坏的.xlsx"]) == ["R104"]
    assert codes(found["chengjiangu/weekly/2021-06-10/现场.jpg"]) == ["R104"]
    assert [reading.file_kind for reading in found["随便.txt"]] == ["txt"]
    assert take_in() == 0
    assert said() == found


def test_files_given_by_path_are_read_in_their_order_and_nothing_is_touched(tmp_path: Path) -> None:
    paths = []
    for number in range(30):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(filled("statistics-beipiao", f"单位{number}") if number % 5 else b"")
        paths.append(str(path))
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    found = list(read_files(paths, catalogue.form("statistics-beipiao")))
    assert [path for path, _, _ in found] == paths
    assert [reading.unit_named for _, reading, _ in found] == [f"单位{n}" if n % 5 else None for n in range(30)]
    assert all(digest == sha256(Path(path).read_bytes()).hexdigest() for path, _, digest in found)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
