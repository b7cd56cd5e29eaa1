"""A further campaign starts sound, and a registry comes out of a spreadsheet whole or not at all."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from include import catalogue
from include.catalogue.start import home, import_units, new_campaign
from include.exceptions import BaosongError, BrokenDefinition
from include.settings import DEFINITIONS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "more").mkdir()
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "more"))
    return tmp_path / "more"


@pytest.mark.parametrize("code", ["qingshan-2027", "qingshan", "2028", "x.y_z"])
def test_a_new_campaign_passes_check_as_written(code: str, folder: Path) -> None:
    written = new_campaign(code, folder, first_on=date(2028, 12, 15) if code == "qingshan" else None)
    assert len(written) == 4
    assert catalogue.problems() == []
    definitions = catalogue.load(code)
    assert len(definitions.units) == 3
    assert f"{code}-figures" in definitions.forms


def test_a_new_campaign_overwrites_nothing(folder: Path) -> None:
    (folder / "units").mkdir()
    (folder / "units" / "qingshan-2027.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(BaosongError, match="exists already"):
        new_campaign("qingshan-2027", folder)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["qingshan-2027.csv"]
    with pytest.raises(BaosongError, match="exists already"):
        new_campaign("beipiao-2021", folder)
    with pytest.raises(BaosongError, match="lower-case"):
        new_campaign("../Qing", folder)


def _book(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_registry_comes_out_of_a_spreadsheet(folder: Path, tmp_path: Path) -> None:
    new_campaign("qingshan-2027", folder)
    file = _book(
        tmp_path / "名册.xlsx",
        [
            ["青山区单位名册"],
            ["序号", "单位 名称", "代码", "上级单位", "简称", "标签", "生效日期", "截止日期", "承接单位"],
            [1, "区住建局", "zhujianju", None, "住建局、建设局", "科室", None, None, None],
            [2, "质监站", None, "住建局", None, "下属单位", datetime(2027, 5, 1), None, None],
            [],
            [3, "安监站", None, "区住建局", "安监站", "affiliate", None, "2027年6月10日", "质监站"],
            ["合计", "合计"],
        ],
    )
    assert import_units(file, "qingshan-2027", folder) == folder / "units" / "qingshan-2027.csv"
    units = catalogue.load("qingshan-2027").units
    assert [(u.code, u.name, u.parent, u.tags) for u in units] == [
        ("zhujianju", "区住建局", "", ("office",)),
        ("u0001", "质监站", "zhujianju", ("affiliate",)),
        ("u0002", "安监站", "zhujianju", ("affiliate",)),
    ]
    assert units[0].aliases == ("住建局", "建设局")
    assert units[1].from_on == date(2027, 5, 1)
    assert (units[2].to_on, units[2].heir) == (date(2027, 6, 10), "u0001")

    # Taken in again in another order, every unit keeps the code it has.
    again = _book(tmp_path / "again.xlsx", [["单位名称", "标签"], ["新站", "科室"], ["安监站", "下属单位"], ["质监站", "下属单位"]])
    import_units(again, "qingshan-2027", folder)
    assert [(u.code, u.name) for u in catalogue.load("qingshan-2027").units] == [("u0003", "新站"), ("u0002", "安监站"), ("u0001", "质监站")]


def test_all_problems_of_a_spreadsheet_are_told_and_nothing_is_changed(folder: Path, tmp_path: Path) -> None:
    new_campaign("qingshan-2027", folder)
    before = (folder / "units" / "qingshan-2027.csv").read_bytes()
    rows: list[list[object]] = [
        ["单位名称", "代码", "上级单位", "生效日期"],
        ["甲", "jia", "丙", None],
        [None, "yi", None, None],
        ["乙", "yi2", None, "六月"],
    ]
    with pytest.raises(BrokenDefinition) as broken:
        import_units(_book(tmp_path / "a.xlsx", rows), "qingshan-2027", folder)
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in broken.value.problems] == ["3", "2", "4"]
    rows = [["单位名称", "代码", "标签"], ["甲", "jia", "科室"], ["甲", "yi", "课室"]]
    with pytest.raises(BrokenDefinition) as broken:
        import_units(_book(tmp_path / "b.xlsx", rows), "qingshan-2027", folder)
    assert len(broken.value.problems) == 2
    with pytest.raises(BrokenDefinition, match="单位名称"):
        import_units(_book(tmp_path / "c.xlsx", [["名", "号"], [1, 2]]), "qingshan-2027", folder)
    (tmp_path / "d.xlsx").write_bytes(b"PK no")
    with pytest.raises(BrokenDefinition, match="xlsx"):
        import_units(tmp_path / "d.xlsx", "qingshan-2027", folder)
    assert (folder / "units" / "qingshan-2027.csv").read_bytes() == before
    assert [path.name for path in (folder / "units").iterdir()] == ["qingshan-2027.csv"]


def test_files_of_a_campaign_go_where_its_definition_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    assert home("qingshan-2027") == tmp_path  # a new one: the first further folder
    assert home("beipiao-2021") == DEFINITIONS  # one of ours stays with us
    monkeypatch.delenv("BAOSONG_DEFINITIONS")
    assert home("qingshan-2027") == DEFINITIONS
