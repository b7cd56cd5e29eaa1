"""The whole room over a real warehouse: two units' files in, workbooks out, the corrected copy in again."""

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from include import catalogue, flow
from include.domain.form import Form
from include.report.blanks import write_blank
from include.report.layout import lay_out
from include.report.marking import RETURN_SHEET
from include.report.marking.formats import FILLS

ZONE = ZoneInfo("Asia/Shanghai")
CAMPAIGN = "heilongjiang-2020"


def values_of(form: Form) -> dict[str, object]:
    """Figures that break no rule: every count 10, every part no more than its whole."""
    found: dict[str, object] = {item.code: 10 for item in form.items() if item.kind in ("count", "amount")}
    found |= {item.code: 100.0 for item in form.items() if item.kind == "rate"}
    return found


def filled_blank(path: Path, unit: str, changed: dict[str, object]) -> Path:
    definitions = catalogue.load(CAMPAIGN)
    obligation = definitions.campaign.obligation("statistics")
    form = definitions.forms[obligation.form]
    write_blank(path, definitions.campaign, obligation, form, definitions.unit(unit))
    book = openpyxl.load_workbook(path)
    places = lay_out(form, obligation.asks_items).places
    for item, value in {**values_of(form), **changed}.items():
        sheet, row, column = places[item, None]
        book[sheet].cell(row + 1, column + 1).value = value
    book.save(path)
    return path


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def receive(house: Path, path: Path, received_at: str) -> None:
    """Say in the inbox's history when a file came."""
    listing = house / "inbox" / CAMPAIGN / "receipts.csv"
    is_new = not listing.exists()
    with listing.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(["path", "received_at"])
        writer.writerow([path.relative_to(listing.parent).as_posix(), moment(received_at).isoformat()])


@pytest.mark.parametrize("warehouse_url", ["sqlite"], indirect=True)
def test_a_marked_copy_is_mended_sent_in_and_counted(house: Path) -> None:
    folder = house / "inbox" / CAMPAIGN
    good = filled_blank(folder / "haerbin/statistics/哈尔滨统计表.xlsx", "haerbin", {})
    bad = filled_blank(folder / "daqing/statistics/大庆统计表.xlsx", "daqing", {"G3": 12})
    receive(house, good, "2020-07-01T10:00:00")
    receive(house, bad, "2020-07-03T10:00:00")
    as_of = moment("2020-07-03T12:00:00")
    flow.intake(CAMPAIGN, as_of=as_of)
    paths = flow.report(CAMPAIGN, as_of)

    out = house / "out" / CAMPAIGN
    assert paths[0] == out / "compliance.xlsx"
    assert (out / "roll-up/statistics-heilongjiang.xlsx") in paths
    copy = out / "returns/daqing/大庆统计表.退回.xlsx"
    assert copy in paths
    assert (house / "outbox" / CAMPAIGN / "daqing" / copy.name).read_bytes() == copy.read_bytes()
    assert (house / "outbox" / CAMPAIGN / "haerbin/哈尔滨统计表.回执.txt").is_file()
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames[0] == RETURN_SHEET
    marked = [cell for row in book.worksheets[1].iter_rows() for cell in row if cell.fill.fgColor.rgb in FILLS.values()]
    assert [cell.value for cell in marked if cell.value == 12] == [12]

    problems = openpyxl.load_workbook(paths[0])["问题清单"]
    assert "V501" in [cell.value for row in problems.iter_rows() for cell in row]
    sums = openpyxl.load_workbook(paths[0])["汇总表"]
    found = {row[2].value: row[4].value for row in sums.iter_rows() if isinstance(row[4].value, int)}
    assert found["排查隐患"] == 10

    before = {path: path.read_bytes() for path in paths}
    assert {path: path.read_bytes() for path in flow.report(CAMPAIGN, as_of)} == before

    for cell in marked:
        cell.value = 10 if cell.value == 12 else 100.0
    mended = folder / "daqing/statistics/大庆统计表.退回.xlsx"
    target = io.BytesIO()
    book.save(target)
    mended.write_bytes(target.getvalue())
    receive(house, mended, "2020-07-03T15:00:00")
    later = moment("2020-07-03T18:00:00")
    flow.intake(CAMPAIGN, as_of=later)
    paths = flow.report(CAMPAIGN, later)

    grid = openpyxl.load_workbook(paths[0])["报送情况一览表"]
    daqing = next(row for row in grid.iter_rows() if row[1].value == "大庆市安委办")
    assert any(str(cell.value).startswith("按时") for cell in daqing)
    sums = openpyxl.load_workbook(paths[0])["汇总表"]
    found = {row[2].value: row[4].value for row in sums.iter_rows() if isinstance(row[4].value, int)}
    assert found["排查隐患"] == 20
    assert found["已完成整改"] == 20
