"""Every version of a report: what it changed cell by cell, what that changed in every total above, and what decided on its credit."""

import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from include import flow
from include.cli import app
from include.exceptions import UnknownName
from include.merge import decide
from include.report.gather import gather
from include.report.sheets.sums import roll_ups
from include.report.tracing import back, trace
from include.report.versions import WHOLE, Ledger, Version, ledgers
from tests.flow.county import CODE, MONTH, WEEK, WEEKLY, County

WHOLE_TABLE = {"A1": 12, "A2": 900, "A3": 2000, "A4": 40, "A5": 30, "A6": 300, "A7": 120}
AS_OF = datetime.fromisoformat("2026-06-25T09:00:00+08:00")


@pytest.fixture
def county(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    """Four towns below two districts."""
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    return County.at(tmp_path, sqlite_url, monkeypatch)


def week(**more: int) -> dict[str, int]:
    return {**dict(zip(WEEK, (30, 10, 5, 60, 3, 2), strict=True)), **more}


def the(found: list[Ledger], unit: str, obligation: str = MONTH, period: str | None = None) -> tuple[Version, ...]:
    (one,) = [one for one in found if (one.standing.unit, one.standing.obligation, one.standing.period) == (unit, obligation, period)]
    return one.versions


def totals(version: Version, item: str) -> dict[tuple[str, bool], tuple[float | None, float | None]]:
    return {(one.level, one.is_to_date): (one.before, one.after) for one in version.totals if one.item == item}


def test_a_report_from_its_first_version_to_its_last(county: County) -> None:
    county.send("shuangta", "表.xlsx", "2026-06-15T09:00:00+08:00", WHOLE_TABLE)
    county.send("hedong", "表.xlsx", "2026-06-15T10:00:00+08:00", WHOLE_TABLE)
    county.send("chengguan", "一.xlsx", "2026-06-16T09:00:00+08:00", WHOLE_TABLE)
    county.take_in("2026-06-16T12:00:00+08:00")
    first = county.inbox / "chengguan" / MONTH / "一.xlsx"
    again = first.with_name("一（再报）.xlsx")
    shutil.copy(first, again)
    county.arrive(again, "2026-06-17T09:00:00+08:00")
    county.send("chengguan", "错.xlsx", "2026-06-18T09:00:00+08:00", {**WHOLE_TABLE, "A5": 99})
    county.send("chengguan", "二.xlsx", "2026-06-22T09:00:00+08:00", {**WHOLE_TABLE, "A2": 90, "A4": 42})
    county.take_in("2026-06-22T12:00:00+08:00")
    flow.report(CODE, AS_OF, str(county.home / "out"))
    material = gather(flow.judge(CODE, AS_OF))
    found = ledgers(material)
    assert [one.standing.unit for one in found] == ["chengguan"]
    versions = the(found, "chengguan")
    assert [(one.number, one.how, one.state, one.is_in_force) for one in versions] == [
        (1, "first", "accepted", True),
        (2, "same_bytes", "accepted", False),
        (3, "correction", "returned", False),
        (4, "correction", "accepted", True),
    ]
    assert versions[1].same_as == 1
    assert versions[2].totals == (), "what was returned changes no total"
    assert [(one.item, one.old and one.old.value, one.new and one.new.value) for one in versions[3].cells] == [
        ("A2", 900, 90),
        ("A4", 40, 42),
        ("A5", 99, 30),
    ]
    assert versions[3].cells[0].old is not None
    assert (versions[3].cells[0].old.sheet, versions[3].cells[0].old.cell) == ("统计表", "D5")
    assert totals(versions[3], "A2") == {
        ("类别：town", False): (2700, 1890),
        ("east片区及所属", False): (1800, 990),
        (WHOLE, False): (2700, 1890),
    }
    assert totals(versions[3], "A5") == {}, "the correction of what never counted changes nothing above"
    (standing,) = [one for one in material.judgement.standings if (one.unit, one.obligation) == ("chengguan", MONTH)]
    assert standing.standing == "on_time", "a correction after the deadline leaves the credit"

    book = openpyxl.load_workbook(county.home / "out" / CODE / "compliance.xlsx")
    rows = [[cell.value for cell in row] for row in book["版本变更"].iter_rows()]
    text = "\n".join(" ".join(str(value) for value in row if value is not None) for row in rows)
    for words in ("与第1版逐字节相同", "首个合格件，在期限2026年6月20日24:00前收到：按时", "A2 参与宣传人数 900 统计表 D5 90 统计表 D5 -810"):
        assert words in text, text
    above = "\n".join(" ".join(str(cell.value) for cell in row if cell.value is not None) for row in book["合计变更"].iter_rows())
    assert "east片区及所属 本期 1800 990 -810" in above, above


def test_the_last_totals_are_those_of_the_sheets(county: County) -> None:
    for number, unit in enumerate(county.units):
        for day, figure in (("2026-06-04", 10), ("2026-06-11", 20)):
            county.send(unit, "周报.xlsx", f"{day}T0{number}:00:00+08:00", week(B2=figure + number), obligation=WEEKLY, period=day)
    county.send("hexi", "周报更正.xlsx", "2026-06-12T09:00:00+08:00", week(B2=7), obligation=WEEKLY, period="2026-06-04")
    county.send("hedong", "周报更正.xlsx", "2026-06-12T10:00:00+08:00", week(B2=50), obligation=WEEKLY, period="2026-06-11")
    county.take_in("2026-06-13T09:00:00+08:00")
    moment = datetime.fromisoformat("2026-06-14T09:00:00+08:00")
    decide(CODE, "withdraw", submission=f"{CODE}-{9:06d}", by="王股长", why="报错了", at=moment)
    material = gather(flow.judge(CODE, AS_OF))
    found = ledgers(material)
    (roll,) = [one for one in roll_ups(material) if one.obligation.code == WEEKLY]
    last = max((version for one in found for version in one.versions if totals(version, "B2")), key=lambda one: one.at)
    assert (last.how, last.why.split("\n")[0]) == ("decision", "withdraw")
    assert totals(last, "B2")[WHOLE, True][1] == roll.main.totals["B2"].value
    (week_total,) = [column.totals["B2"].value for column in roll.periods if column.period == "2026-06-04"]
    assert totals(last, "B2")[WHOLE, False][1] == week_total
    assert totals(last, "B2")["west片区及所属", True][1] == 12 + 50 + 13 + 23


def test_a_file_read_again_is_a_step_of_its_own(county: County) -> None:
    county.send("chengguan", "表.xlsx", "2026-06-16T09:00:00+08:00", WHOLE_TABLE, labels={"A4": "查出各类问题"})
    county.send("shuangta", "表.xlsx", "2026-06-15T09:00:00+08:00", WHOLE_TABLE)
    county.take_in("2026-06-16T12:00:00+08:00")
    county.define(version=2, aliases={"A4": "查出各类问题"})
    flow.reread(CODE, is_applied=True)
    (one,) = ledgers(gather(flow.judge(CODE, AS_OF)))
    first, again = one.versions
    assert (first.state, first.is_in_force) == ("returned", False)
    assert (again.number, again.how, again.state, again.is_in_force, again.form_version) == (1, "read_again", "accepted", True, (1, 2))
    assert {cell.item for cell in again.cells} == {"A4"}


def test_every_number_of_the_sheets_leads_to_its_cells_and_back(county: County) -> None:
    for number, unit in enumerate(county.units):
        for day, figure in (("2026-06-04", 10), ("2026-06-11", 20)):
            county.send(unit, "周报.xlsx", f"{day}T0{number}:00:00+08:00", week(B2=figure + number), obligation=WEEKLY, period=day)
        county.send(unit, "表.xlsx", f"2026-06-15T0{number}:00:00+08:00", WHOLE_TABLE)
    county.take_in("2026-06-16T09:00:00+08:00")
    material = gather(flow.judge(CODE, AS_OF))
    for roll in roll_ups(material):
        columns = [(None, roll.main), *((column.period, column) for column in roll.periods if column.period is not None)]
        for period, column in columns:
            for code, total in column.totals.items():
                one = trace(material, roll, code, period)
                assert one.value == total.value, (roll.obligation.code, code, period)
                assert sum(cell.addend.answer.value for cell in one.cells) == (total.value or 0)
                for cell in one.cells:
                    its = cell.addend.answer
                    again = back(material, cell.receipt_number, sheet=its.sheet, cell=its.cell)
                    assert one.value in {each.value for each in again if each.item.code == code}
        for group in roll.subtotals:
            for code, total in group.totals.items():
                assert total.value in {level.value for level in trace(material, roll, code).levels if group.name in level.name}
    found = flow.trace(CODE, WEEKLY, "B2", "2026-06-04", unit="hedong")
    assert [(level.name, level.value) for level in found.levels] == [
        ("hedong镇", 12),
        ("类别：town", 46),
        ("west片区及所属", 25),
        (WHOLE, 46),
    ]
    shown = CliRunner().invoke(app, ["trace", CODE, "--receipt", "1", "--cell", "D5"])
    assert "检查企业" in shown.output, shown.output
    with pytest.raises(UnknownName, match="nothing of receipt 1"):
        flow.trace_back(CODE, 1, cell="Z99")
    with pytest.raises(UnknownName, match="adds up no item"):
        flow.trace(CODE, WEEKLY, "Z9")
