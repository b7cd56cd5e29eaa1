"""Reader processes: shut in, replaced when they die, stopped when they hang; one bad file costs only itself."""

import errno
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.read import encoding
from include.read.pool import Job, Outcome, ReaderPool
from include.settings import PROJECT, Limits
from tests.unit import read_files as files
from tests.unit.read_forms import FORM, OTHER

FORMS = {form.code: form for form in (FORM, OTHER)}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.xlsx"
    path.write_bytes(files.by_openpyxl())
    return path


@pytest.fixture
def deadly(tmp_path: Path) -> Path:
    """Two cells, at two corners of a large rectangle: with little memory and a generous limit of cells, unpacking it ends in an abort."""
    path = tmp_path / "deadly.xlsx"
    corner = b'<row r="999999"><c r="XFD999999"><v>1</v></c></row></sheetData>'
    path.write_bytes(files.with_parts(files.by_xlsxwriter(), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(b"</sheetData>", corner)}))
    return path


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A pipe that nobody writes to: whoever opens it waits for ever."""
    path = tmp_path / "hanging.xlsx"
    os.mkfifo(path)
    return path


def outcomes(jobs: list[Job], limits: Limits) -> dict[str, Outcome]:
    with ReaderPool(FORMS, limits) as pool:
        return {outcome.key: outcome for outcome in pool.read(jobs)}


def job(path: Path, key: str = "", **more: object) -> Job:
    return Job(key=key or path.name, name=path.name, path=str(path), forms=("statistics",), **more)  # type: ignore[arg-type]


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for reading in outcome.readings for finding in reading.findings]


def test_a_file_is_read_and_its_words_travel_as_json(good: Path) -> None:
    outcome = outcomes([job(good)], Limits(workers=1))["good.xlsx"]
    assert [(answer.item, answer.value, answer.cell) for answer in outcome.readings[0].answers] == [
        ("A1", 12, "D4"),
        ("A2", 3500, "D5"),
        ("A3", 1.5, "D6"),
    ]
    assert tuple(map(encoding.from_json, outcome.said)) == outcome.readings
    assert outcome.readings[0].file_kind == "xlsx"


def test_bytes_of_a_vault_elsewhere_are_read_alike(good: Path) -> None:
    one = Job(key="1", name="good.xlsx", data=good.read_bytes(), forms=("statistics",))
    assert outcomes([one], Limits(workers=1))["1"].readings[0].answers[0].value == 12


def test_many_files_are_all_read_once(good: Path) -> None:
    found = outcomes([job(good, str(number)) for number in range(300)], Limits(workers=2))
    assert sorted(map(int, found)) == list(range(300))


def test_a_reader_that_dies_costs_only_its_file(good: Path, deadly: Path) -> None:
    jobs = [job(good, f"before {n}") for n in range(20)] + [job(deadly)] + [job(good, f"after {n}") for n in range(20)]
    found = outcomes(jobs, Limits(workers=2, memory_bytes=400_000_000, cells=10**12))
    assert len(found) == 41
    assert codes(found["deadly.xlsx"]) in (["R114"], ["R125"])
    assert all(outcome.readings[0].answers for key, outcome in found.items() if key != "deadly.xlsx")


def test_a_reader_that_hangs_is_stopped_and_costs_only_its_file(good: Path, hanging: Path) -> None:
    jobs = [job(good, "before"), job(hanging)] + [job(good, f"after {n}") for n in range(30)]
    found = outcomes(jobs, Limits(workers=1, seconds=1.0))
    assert len(found) == 32
    assert codes(found["hanging.xlsx"]) == ["R113"]
    assert found["hanging.xlsx"].died
    assert all(outcome.readings[0].answers for key, outcome in found.items() if key != "hanging.xlsx")


def test_nothing_of_ours_reaches_a_reader(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_WAREHOUSE", "postgresql://user:secret@host/db")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "secret")
    with ReaderPool(FORMS, Limits(workers=1)) as pool:
        list(pool.read([job(good)]))
        about = Path(f"/proc/{pool.readers()[0]}")
        environment = (about / "environ").read_bytes()
        assert b"secret" not in environment
        assert b"BAOSONG_" not in environment
        limits = (about / "limits").read_text()
        assert re.search(r"Max address space\s+2000000000", limits)
        assert re.search(r"Max core file size\s+0", limits)
        devices = [line.split(":")[0].strip() for line in (about / "net/dev").read_text().splitlines()[2:]]
        is_filtered = "Seccomp:\t2" in (about / "status").read_text()
        assert devices == ["lo"] or is_filtered


def test_readers_are_gone_when_the_pool_is_left(good: Path) -> None:
    with ReaderPool(FORMS, Limits(workers=2)) as pool:
        list(pool.read([job(good, str(n)) for n in range(100)]))
        identities = pool.readers()
        assert identities
    assert not any(Path(f"/proc/{identity}").exists() for identity in identities)


def test_jobs_are_taken_only_as_they_are_needed(good: Path) -> None:
    taken = 0

    def endless() -> Iterator[Job]:
        nonlocal taken
        while True:
            taken += 1
            yield job(good, str(taken))

    with ReaderPool(FORMS, Limits(workers=1)) as pool:
        stream = pool.read(endless())
        for _ in range(10):
            next(stream)
        assert taken < 100
        stream.close()
        assert [outcome.key for outcome in pool.read([job(good, "later")])] == ["later"]


def test_a_document_is_read_without_a_form(tmp_path: Path) -> None:
    path = tmp_path / "总结.docx"
    path.write_bytes(files.by_docx())
    reading = outcomes([Job(key="1", name=path.name, path=str(path), otherwise="material")], Limits(workers=1))["1"].readings[0]
    assert (reading.form, reading.file_kind, reading.findings) == ("", "docx", ())


def test_one_file_may_hold_two_forms(tmp_path: Path) -> None:
    def liaison(document: object) -> None:
        document.add_paragraph("联络员推荐表")  # type: ignore[attr-defined]
        table = document.add_table(rows=2, cols=4)  # type: ignore[attr-defined]
        for column, (label, value) in enumerate((("姓名", "张三"), ("职务", "科长"), ("办公电话", "0421-5821234"), ("邮箱", "a@b.cn"))):
            table.cell(0, column).text, table.cell(1, column).text = label, value

    path = tmp_path / "两个附件.docx"
    path.write_bytes(files.by_docx(change=liaison))
    both = Job(key="1", name=path.name, path=str(path), also=("statistics", "other"))
    assert sorted(reading.form for reading in outcomes([both], Limits(workers=1))["1"].readings) == ["other", "statistics"]


def test_a_scan_beside_the_table_is_fine_where_it_is_awaited(tmp_path: Path) -> None:
    path = tmp_path / "盖章.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 50 + b"IEND\xae\x42\x60\x82")
    found = outcomes([job(path, "awaited", otherwise="picture"), job(path, "not awaited")], Limits(workers=1))
    assert codes(found["awaited"]) == []
    assert codes(found["not awaited"]) == ["R106"]
    assert found["awaited"].readings[0].file_kind == "png"


def test_a_file_without_the_form_says_so_or_is_a_material(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(files.by_openpyxl([["会议室", "预订"], ["一楼", "周五"]]))
    question = Job(key="form", name=path.name, path=str(path), also=("statistics", "other"))
    material = Job(key="material", name=path.name, path=str(path), also=("statistics", "other"), otherwise="material")
    found = outcomes([question, material], Limits(workers=1))
    assert codes(found["form"]) == ["R206"]
    assert (codes(found["material"]), found["material"].readings[0].file_kind) == ([], "xlsx")


def ran(code: str, *before: str) -> str:
    """What a new Python says that runs the code below the project's root."""
    done = subprocess.run(
        [*before, sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{code}"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_reader_cannot_reach_the_network() -> None:
    how, error = ran(
        "import socket\nfrom include.read.isolation import shut_in\nfrom include.settings import PROJECT, Limits\nprint(shut_in(Limits()))\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), 2)\nexcept OSError as error:\n    print(error.errno)"
    ).split()
    if how == "open":
        pytest.fail("this system lets readers have neither a network space of their own nor a filter", pytrace=False)
    assert int(error) in (errno.ENETUNREACH, errno.EPERM)


def test_where_no_network_space_can_be_had_a_filter_refuses_sockets() -> None:
    code = (
        "import ctypes, socket\nfrom include.read import isolation\nlibrary = ctypes.CDLL(None)\nlibrary.prctl(38, 1, 0, 0, 0)\n"
        "assert isolation._no_sockets(library)\nsocket.socket(socket.AF_UNIX).close()\n"
        "try:\n    socket.socket()\nexcept PermissionError:\n    print('refused')"
    )
    if platform.machine() in ("x86_64", "aarch64"):
        assert ran(code) == "refused"
