"""What is put into the returns folder and the outbox, and the roll-up for the level above."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from include.catalogue import work_calendar
from include.domain.campaign import Obligation
from include.domain.picture import Picture
from include.read.picture import picture_of
from include.report.gather import Delivery, Material
from include.report.layout import lay_out
from include.report.marking import RETURN_SHEET
from include.report.marking.formats import FILLS
from include.report.returns import write_returns
from include.report.rollup import masked, write_roll_ups
from include.report.sheets.sums import roll_ups
from include.settings import current
from include.warehouse import vault
from tests.unit.report_material import CAMPAIGN, EVIL, WEEKLY, at, gathered


@pytest.fixture(autouse=True)
def own_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_VAULT", str(tmp_path / "vault"))


def filled(rows: dict[str, object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    for cell, value in rows.items():
        sheet[cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_originals(content: dict[str, bytes]) -> Material:
    """The gathered material with originals in the vault: by submission, the others have none."""
    material, desk = gathered()
    deliveries = dict(material.deliveries)
    for key, original in content.items():
        sha, _ = vault.keep(io.BytesIO(original))
        one = deliveries[key]
        deliveries[key] = replace(one, submission=replace(one.submission, sha256=sha))
    problems = tuple(replace(one, delivery=deliveries[one.delivery.submission.id]) if one.delivery else one for one in desk.problems)
    return replace(material, deliveries=deliveries, problems=problems, calendar=work_calendar())


def ids() -> tuple[str, str]:
    """The submission with a warning and the one with an error."""
    _, desk = gathered()
    return tuple(one.delivery.submission.id for one in desk.problems if one.delivery)  # type: ignore[return-value]


def test_each_faulty_file_comes_back_marked_with_a_receipt_beside_it(tmp_path: Path) -> None:
    warned, wrong = ids()
    material = with_originals({wrong: filled({"D7": 9, "D6": 8}), warned: filled({"D6": "约8"})})
    paths, copies = write_returns(tmp_path / "returns", material, str(tmp_path / "outbox"))

    assert copies == {warned: "returns/jia/周报.退回.xlsx", wrong: "returns/yi/=cmd.退回.xlsx"}
    assert {path.relative_to(tmp_path / "returns").as_posix() for path in paths} == {
        "jia/周报.退回.xlsx", "jia/周报.回执.txt", "yi/=cmd.退回.xlsx", "yi/=cmd.回执.txt",
    }  # fmt: skip
    sheet = openpyxl.load_workbook(tmp_path / copies[wrong])["Sheet1"]
    assert sheet["D7"].fill.fgColor.rgb == FILLS["error"]
    assert sheet["D6"].fill.fgColor.rgb not in FILLS.values()
    assert openpyxl.load_workbook(tmp_path / copies[warned])["Sheet1"]["D6"].fill.fgColor.rgb == FILLS["warning"]
    assert (tmp_path / "outbox/yi/=cmd.退回.xlsx").read_bytes() == (tmp_path / copies[wrong]).read_bytes()


def test_every_placed_file_has_its_receipt_in_the_outbox(tmp_path: Path) -> None:
    material = with_originals({})
    write_returns(tmp_path / "returns", material, str(tmp_path / "outbox"))
    assert len(list((tmp_path / "outbox").rglob("*.回执.txt"))) == len(material.deliveries)


def test_a_receipt_says_number_moment_hash_deadline_and_verdict(tmp_path: Path) -> None:
    write_returns(tmp_path / "returns", with_originals({}), "")
    text = (tmp_path / "returns/yi/=cmd.回执.txt").read_text("utf-8-sig")
    _, wrong = ids()
    receipt = gathered()[0].deliveries[wrong].submission
    for said in (
        f"收文号：{receipt.receipt_number}（{wrong}）", f"SHA-256：{receipt.sha256}", "收到时间：2021-06-10 11:00:00+08:00（收集时首次见到）",
        "应报时间：2021年6月10日24:00", "本件状态：已退回；须改正1处", "该事项判定：退回补正　（截至2021-06-12 09:30）",
        f"收文链首：{gathered()[0].head}",
    ):  # fmt: skip
        assert said in text


def test_the_letter_tells_until_when_to_mend(tmp_path: Path) -> None:
    _, wrong = ids()
    _, copies = write_returns(tmp_path / "returns", with_originals({wrong: filled({"D7": 9})}), "")
    lines = [row[0].value for row in openpyxl.load_workbook(tmp_path / copies[wrong])[RETURN_SHEET].iter_rows(max_row=6)]
    assert any("请于2021年6月11日24:00前重新报送（补正时限1个工作日）" in str(line) for line in lines)
    assert any("0898-1234567" in str(line) for line in lines)


def looks(sha256: str, name: str) -> Picture | None:
    with vault.open(sha256) as file:
        return picture_of(file.read(), name, current().limits)


def test_a_file_that_is_no_workbook_comes_back_as_the_same_grid_marked(tmp_path: Path) -> None:
    _, wrong = ids()
    lines = "暗访情况周报表,,,\n指标,单位,说明,数值\n,,,\n暗访次数,次,,2\n,,,\n发现隐患,项,,8\n已整改,项,=1+1,9\n电话,,,0898123\n"
    material = with_originals({wrong: lines.encode("gb18030")})
    # A CSV has no sheets: its findings name none.
    told = [replace(one, finding=replace(one.finding, sheet="")) for one in material.problems]
    material = replace(material, problems=tuple(told))
    _, copies = write_returns(tmp_path / "returns", material, "", looks)
    book = openpyxl.load_workbook(tmp_path / copies[wrong])
    assert book.sheetnames == [RETURN_SHEET, "原表"]
    cell = book["原表"]["D7"]
    assert cell.value in (9, "9")
    assert cell.fill.fgColor.rgb == FILLS["error"]
    assert "超过了" in cell.comment.text
    assert (book["原表"]["C7"].value, book["原表"]["C7"].data_type) == ("=1+1", "s")
    assert book["原表"]["D8"].value == "0898123"
    assert [c.hyperlink.location for row in book[RETURN_SHEET].iter_rows() for c in row if c.hyperlink] == ["'原表'!D7"]
    with zipfile.ZipFile(tmp_path / copies[wrong]) as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                assert etree.fromstring(archive.read(part)).find(".//{*}c/{*}f") is None


def test_a_file_without_a_table_comes_back_with_the_empty_official_one(tmp_path: Path) -> None:
    _, wrong = ids()
    _, copies = write_returns(tmp_path / "returns", with_originals({wrong: b"%PDF-1.4 a scan"}), "", looks)
    book = openpyxl.load_workbook(tmp_path / copies[wrong])
    assert book.sheetnames == [RETURN_SHEET, "暗访情况", "问题清单", "_baosong"]
    name, row, column = lay_out(WEEKLY).places["V6", None]
    cell = book[name].cell(row + 1, column + 1)
    assert cell.value is None
    assert cell.fill.fgColor.rgb == FILLS["error"]
    assert book["_baosong"].sheet_state == "veryHidden"


def test_a_lost_original_does_not_keep_the_list_from_its_sender(tmp_path: Path) -> None:
    _, copies = write_returns(tmp_path / "returns", with_originals({}), "")
    assert RETURN_SHEET in openpyxl.load_workbook(tmp_path / copies[ids()[1]]).sheetnames


def test_a_second_run_changes_nothing_and_makes_nothing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material = with_originals({ids()[1]: filled({"D7": 9})})
    first, copies = write_returns(tmp_path / "returns", material, "")
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in first}

    def never(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("include.report.returns.copy_of", never)
    again, same = write_returns(tmp_path / "returns", material, "")
    assert (sorted(again), same) == (sorted(first), copies)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in again} == before


def test_a_copy_is_made_anew_when_its_findings_change(tmp_path: Path) -> None:
    material = with_originals({ids()[1]: filled({"D7": 9})})
    _, copies = write_returns(tmp_path / "returns", material, "")
    before = (tmp_path / copies[ids()[1]]).read_bytes()
    problems = tuple(replace(one, finding=replace(one.finding, given="10")) if one.finding.code == "V501" else one for one in material.problems)
    write_returns(tmp_path / "returns", replace(material, problems=problems), "")
    assert (tmp_path / copies[ids()[1]]).read_bytes() != before


def test_what_no_longer_holds_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    material = with_originals({})
    write_returns(tmp_path / "returns", material, "")
    (tmp_path / "returns/yi/手工备注.txt").write_text("别动")
    write_returns(tmp_path / "returns", replace(material, problems=()), "")
    assert {path.name for path in (tmp_path / "returns").rglob("*") if path.is_file()} == {"手工备注.txt", ".made.json"}
    assert json.loads((tmp_path / "returns/.made.json").read_text()) == {}


def test_files_of_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    material = with_originals({})
    _, wrong = ids()
    twin = material.deliveries[wrong]
    other = Delivery(submission=replace(twin.submission, id="try-2021-000099", receipt_number=2), path=twin.path, form=twin.form, state=twin.state)
    problems = (*material.problems, *(replace(one, delivery=other) for one in material.problems if one.delivery == twin))
    _, copies = write_returns(
        tmp_path / "returns", replace(material, deliveries={**material.deliveries, other.submission.id: other}, problems=problems), ""
    )
    assert len(set(copies.values())) == 3


def test_a_units_code_or_file_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    material = with_originals({})
    _, wrong = ids()
    evil = replace(material.deliveries[wrong], path="yi/..\\..\\x.xlsx")
    evil = replace(evil, submission=replace(evil.submission, unit="../../out"))
    problems = tuple(replace(one, delivery=evil) if one.delivery and one.delivery.submission.id == wrong else one for one in material.problems)
    paths, _ = write_returns(
        tmp_path / "returns", replace(material, deliveries={**material.deliveries, wrong: evil}, problems=problems), str(tmp_path / "outbox")
    )
    for path in [*paths, *(tmp_path / "outbox").rglob("*")]:
        assert path.resolve().is_relative_to(tmp_path)
    assert {one.name for one in tmp_path.iterdir()} <= {"returns", "outbox", "vault"}


def test_the_roll_up_stands_in_the_official_layout_with_what_it_covers(tmp_path: Path) -> None:
    material, _ = gathered()
    paths = write_roll_ups(tmp_path, material, roll_ups(material))
    assert [path.name for path in paths] == ["liaison.xlsx", "inspection.xlsx"]
    book = openpyxl.load_workbook(tmp_path / "inspection.xlsx")
    assert book.sheetnames[0] == "暗访周报·暗访情况（累计）"
    sheet = book.worksheets[0]
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    by_label = {row[2]: row for row in found if row[2]}
    assert by_label["发现隐患"][4:6] == [38, 2]
    assert by_label["监管项目数"][4] == 130
    assert by_label["整改率"][4] == 86.8
    text = "\n".join(str(value) for row in found for value in row if value)
    assert "某省住建厅" in text
    assert "汇总范围：某省住建厅所属报送单位4家（甲市（房建）、乙市（房建）、丙县（燃气）、=1+1丁县（燃气））。" in text
    assert "覆盖情况（6月3日）：应报4家，实报3家，未报1家（丙县（燃气））" in text
    assert "覆盖不全或含迟报" in text
    with zipfile.ZipFile(tmp_path / "inspection.xlsx") as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                assert etree.fromstring(archive.read(part)).find(".//{*}f") is None


def test_rows_of_a_record_table_are_listed_with_whose_they_are(tmp_path: Path) -> None:
    material, _ = gathered()
    write_roll_ups(tmp_path, material, roll_ups(material))
    book = openpyxl.load_workbook(tmp_path / "inspection.xlsx")
    sheet = book[next(name for name in book.sheetnames if "问题清单" in name and "累计" in name)]
    listed = [[cell.value for cell in row] for row in sheet.iter_rows() if row[1].value == EVIL]
    assert [(row[0], row[3]) for row in listed] == [("1", "甲市（房建）"), ("2", "乙市（房建）"), ("3", "甲市（房建）")]


def test_no_mobile_number_leaves_the_office_in_a_roll_up(tmp_path: Path) -> None:
    material, _ = gathered()
    write_roll_ups(tmp_path, material, roll_ups(material))
    texts = [str(cell.value) for row in openpyxl.load_workbook(tmp_path / "liaison.xlsx").worksheets[0].iter_rows() for cell in row if cell.value]
    assert "139****0001" in texts
    assert not any("13900000001" in text for text in texts)
    assert "0898-7654321" in texts
    assert masked("电话13812345678，0898-65336022") == "电话138****5678，0898-65336022"


def test_single_reports_on_one_form_stand_on_sheets_of_their_own(tmp_path: Path) -> None:
    material, desk = gathered()
    second = Obligation(code="year-end", name=CAMPAIGN.obligation("weekly").name, kind="report", what="form", form="liaison")
    one = desk.deliver("jia", "year-end", None, at("2021-06-05T10:00:00"), form="liaison", said=desk.answers["try-2021-000001"])
    desk.stand("jia", "year-end", None, at("2021-06-06T00:00:00"), "on_time", one)
    material = replace(
        material,
        campaign=replace(CAMPAIGN, obligations=(*CAMPAIGN.obligations, second)),
        deliveries=desk.deliveries,
        judgement=replace(material.judgement, standings=(*material.judgement.standings, desk.standings[-1])),
    )
    write_roll_ups(tmp_path, material, roll_ups(material))
    assert len(openpyxl.load_workbook(tmp_path / "liaison.xlsx").sheetnames) == 2
