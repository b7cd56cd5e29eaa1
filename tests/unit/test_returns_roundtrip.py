"""A unit sends a table, gets it back marked, mends it, answers the doubt and drops the same file in again: it counts, and stands explained."""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest

from include import catalogue, flow
from include.domain.reading import Reading
from include.domain.standing import Standing
from include.read.encoding import Request
from include.read.picture import picture_of
from include.read.worker import read_bytes
from include.report.marking import RETURN_SHEET, CannotMark, Letter, Remark, mark
from include.report.redrawn import redraw, sheet_names
from include.sample import writers
from include.sample.page import Cell, Page, Sheet, text_row
from include.settings import current
from include.warehouse import connect, findings, submissions

CAMPAIGN, UNIT, FORM = "beipiao-2021", "dangban", "statistics-beipiao"
CHINA = timezone(timedelta(hours=8))
SENT = datetime(2021, 6, 22, 9, tzinfo=CHINA)
WRITERS: dict[str, Callable[[Page], bytes]] = {
    "表.xlsx": writers.xlsx,
    "表.xlsm": writers.xlsm,
    "表.xls": writers.xls,
    "表.et": writers.xls,
    "表.ods": writers.ods,
    "表.csv": writers.gbk_csv,
    "表.docx": writers.docx,
}


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    monkeypatch.setenv("BAOSONG_WAREHOUSE", sqlite_url)
    for name in ("inbox", "vault", "out", "outbox", "data_docs"):
        monkeypatch.setenv(f"BAOSONG_{name.upper()}", str(tmp_path / name))
    return tmp_path


def page() -> Page:
    """The month's table, all noughts but for an answer in words (an error) and participants without a session (a doubt)."""
    form = catalogue.form(FORM)
    (table,) = form.tables
    said: dict[str, int | str] = {"A1": "很多", "A3": 350}
    rows = [text_row([form.title.zh]), text_row(["填报单位（盖章）：党办"]), text_row(["序号", "指标", "计量单位", "数值"])]
    for number, item in enumerate((one for one in table.items if not one.optional), start=1):
        shown = said.get(item.code, "/" if item.kind == "rate" else 0 if item.is_number else "无")
        rows.append([Cell(shown=number), Cell(shown=item.label), Cell(shown=item.measurement_unit), Cell(shown=shown)])
    return Page(sheets=[Sheet(name="统计表", rows=rows)])


def send(house: Path, name: str, content: bytes, at: datetime, folder: str = f"{UNIT}/month-statistics") -> None:
    path = house / "inbox" / CAMPAIGN / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    flow.intake(CAMPAIGN, as_of=at)


def returned(house: Path, at: datetime) -> Path:
    flow.report(CAMPAIGN, at)
    return max((house / "outbox" / CAMPAIGN / UNIT).glob("*.退回.*"), key=lambda path: path.stat().st_mtime_ns)


def mended(copy: bytes, figure: int | None = None, text: str = "均为线上观看人数") -> bytes:
    """What a clerk makes of a return copy: the word replaced by a number, the doubt answered in the list."""
    book = openpyxl.load_workbook(io.BytesIO(copy), keep_vba=True)
    answered = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if sheet.title != RETURN_SHEET and cell.value == "很多":
                    cell.value = 0
                elif sheet.title != RETURN_SHEET and figure is not None and cell.value in (350, "350"):
                    cell.value = figure
                elif sheet.title == RETURN_SHEET and cell.value == "V506":
                    sheet.cell(cell.row, 8).value = text
                    answered += 1
    assert answered == 1
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def standing(at: datetime) -> Standing:
    return next(one for one in flow.judge(CAMPAIGN, at).standings if (one.unit, one.obligation) == (UNIT, "month-statistics"))


def doubts(number: int) -> list[tuple[str, str]]:
    with connect().look() as connection:
        return [
            (one.finding.code, one.finding.explanation)
            for one in findings.findings(connection, CAMPAIGN)
            if one.receipt_number == number and (one.finding.severity != "note" or one.finding.code.startswith("M71"))
        ]


@pytest.mark.parametrize("name", WRITERS)
def test_a_copy_says_what_its_original_says_cell_by_cell(name: str) -> None:
    original, limits = WRITERS[name](page()), current().limits
    wrong = Remark(sheet="", cell="", item="", seen="", problem="。", remedy="。", severity="error", code="R404")
    letter = Letter(title=RETURN_SHEET, lines=())
    try:
        copy = mark(original, [wrong], letter)
    except CannotMark:
        seen = picture_of(original, name, limits)
        assert seen is not None
        copy = mark(redraw(seen, sheet_names(seen, (RETURN_SHEET,)), SENT, ""), [wrong], letter)
    forms = {FORM: catalogue.form(FORM)}
    before, after = (
        read_bytes(content, Request(1, "", file, (FORM,)), forms, limits)[0] for content, file in ((original, name), (copy, "copy.xlsx"))
    )
    assert len(before.answers) > 40
    assert [(one.item, one.value, one.raw, one.cell) for one in after.answers] == [(one.item, one.value, one.raw, one.cell) for one in before.answers]
    assert doubted(after) == doubted(before)
    assert after.unit_named == before.unit_named == "党办"


def doubted(reading: Reading) -> list[tuple[str, str | None, str]]:
    return [(one.code, one.item, one.cell) for one in reading.findings if one.item]


@pytest.mark.parametrize("name", ["表.xlsm", "表.docx"])
def test_what_comes_back_counts_once_it_is_mended(house: Path, name: str) -> None:
    send(house, name, WRITERS[name](page()), SENT)
    assert standing(SENT).standing == "returned"
    copy = returned(house, SENT)
    assert copy.suffix == (".xlsm" if name.endswith(".xlsm") else ".xlsx")
    # Dropped into the unit's own folder: which report it is, the copy knows.
    send(house, copy.name, mended(copy.read_bytes()), SENT + timedelta(hours=3), folder=UNIT)
    assert doubts(2) == [("V506", "均为线上观看人数")]
    now = standing(SENT + timedelta(hours=3))
    assert (now.standing, now.flags) == ("on_time", ("has_warnings", "repaired", "explained"))


def test_the_answer_stands_in_the_supervisors_list_and_in_the_next_return_copy(house: Path) -> None:
    send(house, "表.xlsx", writers.xlsx(page()), SENT)
    at = SENT + timedelta(hours=1)
    evil = '=HYPERLINK("http://example.invalid","<b>点我</b>")'
    send(house, "表.xlsx", mended(returned(house, SENT).read_bytes(), text=f"'{evil}"), at)
    copy = returned(house, at)
    listed = openpyxl.load_workbook(house / "out" / CAMPAIGN / "compliance.xlsx")["问题清单"]
    told = [cell for row in listed.iter_rows() for cell in row if cell.value and evil in str(cell.value)]
    assert [cell.data_type for cell in told] == ["s"]
    told = [cell for row in openpyxl.load_workbook(copy)[RETURN_SHEET].iter_rows() for cell in row if cell.value and evil in str(cell.value)]
    assert [(cell.column_letter, cell.data_type) for cell in told] == [("H", "s")]


def test_another_figure_is_doubted_anew(house: Path) -> None:
    send(house, "表.xlsx", writers.xlsx(page()), SENT)
    send(house, "表.xlsx", mended(returned(house, SENT).read_bytes(), figure=360), SENT + timedelta(hours=1))
    assert doubts(2) == [("V506", ""), ("M710", "")]
    assert standing(SENT + timedelta(hours=1)).flags == ("has_warnings", "repaired")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["xlsx:Calc MS Excel 2007 XML", "xls:MS Excel 97"])
def test_a_copy_that_libreoffice_saved_with_the_list_renamed_and_moved(house: Path, kind: str) -> None:
    send(house, "表.xlsx", writers.xlsx(page()), SENT)
    book = openpyxl.load_workbook(io.BytesIO(mended(returned(house, SENT).read_bytes())))
    book[RETURN_SHEET].title = "意见（已办）"
    book.move_sheet("意见（已办）", 1)
    target = house / "mended.xlsx"
    book.save(target)
    ending = kind.split(":")[0]
    profile = f"-env:UserInstallation=file://{house}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(house / "saved"), str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    at = SENT + timedelta(hours=2)
    send(house, f"表（改）.{ending}", (house / "saved" / f"mended.{ending}").read_bytes(), at, folder=UNIT)
    assert doubts(2) == [("V506", "均为线上观看人数")]
    assert standing(at).standing == "on_time"
    # Returned again, nothing of the first time is left but the list, in front and under its own name.
    again = openpyxl.load_workbook(returned(house, at))
    assert again.sheetnames.count(RETURN_SHEET) == 1
    assert again.sheetnames[0] == RETURN_SHEET
    assert "意见（已办）" not in again.sheetnames


def test_a_copy_whose_list_was_thrown_away_is_read_like_any_other(house: Path) -> None:
    send(house, "表.xlsx", writers.xlsx(page()), SENT)
    book = openpyxl.load_workbook(io.BytesIO(mended(returned(house, SENT).read_bytes())))
    del book[RETURN_SHEET]
    target = io.BytesIO()
    book.save(target)
    send(house, "表.xlsx", target.getvalue(), SENT + timedelta(hours=1))
    assert doubts(2) == [("V506", "")]
    with connect().look() as connection:
        assert submissions.of_receipt(connection, CAMPAIGN, 2)[0].submission.state == "accepted"
