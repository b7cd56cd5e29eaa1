"""What is wrong with definitions is told all at once: file, line, key, and the nearest valid word."""

import random
import shutil
from pathlib import Path

import pytest

from include import catalogue
from include.catalogue.problem import Problem
from include.exceptions import BrokenDefinition, UnknownName
from include.settings import DEFINITIONS

NOTICE = "各单位于6月7日前报联络员表，6月份每周四16:00前报资料，6月23日前报统计表。\n"
CAMPAIGN = """\
code: yunshan-2025
version: 1
name: {zh: 云山活动, en: Yunshan}
notice: yunshan-2025
zone: Asia/Shanghai
authority: {name: 云山区, receives: 办公室}
issued_on: 2025-06-01
first_on: 2025-06-01
last_on: 2025-07-31
tags:
  - {code: town, name: {zh: 镇, en: Towns}}
obligations:
  - code: liaison
    name: {zh: 联络员表, en: Liaison}
    kind: report
    what: form
    form: liaison
    due: {kind: date, on: 2025-06-07}
    source: {notice: yunshan-2025, quote: "各单位于6月7日前 报联络员表"}
  - code: weekly
    name: {zh: 每周资料, en: Weekly}
    kind: report
    what: materials
    accepts: many
    due: {kind: weekly, weekday: thursday, first_on: 2025-06-01, last_on: 2025-06-30, at: 16:00}
    source: {notice: yunshan-2025, quote: 6月份每周四16:00前报资料}
  - code: figures
    name: {zh: 统计表, en: Figures}
    kind: report
    what: form
    form: yunshan-figures
    due: {kind: date, on: 2025-06-23, roll: next_workday}
    source: {notice: yunshan-2025, quote: 6月23日前报统计表}
  - code: drill
    name: {zh: 演练, en: Drill}
    kind: target
    target: {obligation: figures, item: A1, at_least: 1}
    basis: "decided: 样例"
"""
FORM = """\
code: yunshan-figures
version: 1
title: {zh: 统计表, en: Figures}
basis: "decided: 样例"
figures: cumulative
tables:
  - code: figures
    title: {zh: 统计表, en: Figures}
    shape: list
    items:
      - {code: A1, label: 演练, measurement_unit: 场次}
      - {code: A2, label: 演练, measurement_unit: 人次}
      - {code: A3, label: 发现隐患, measurement_unit: 项}
      - {code: A4, label: 已整改, measurement_unit: 项, part_of: [A3]}
      - {code: A5, label: 整改率, measurement_unit: "%", kind: rate, rate_of: [A4, A3]}
checks:
  - {kind: pair, left: A1, right: A2}
"""
UNITS = """\
# sample
code,name,parent,aliases,tags,from_on,to_on,heir,basis
dongzhen,东镇,,东镇人民政府,town,,,,sample
xizhen,西镇,,,town,,,,sample
nanzhen,南镇,xizhen,,town,,2025-06-20,xizhen,sample
"""


class Folder:
    """A definitions folder with one small sound campaign, to be broken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, text in {
            "campaigns/yunshan-2025.yaml": CAMPAIGN,
            "forms/yunshan-figures.yaml": FORM,
            "units/yunshan-2025.csv": UNITS,
            "notices/yunshan-2025.txt": NOTICE,
        }.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def change(self, name: str, old: str, new: str) -> None:
        target = self.path / name
        text = target.read_text(encoding="utf-8")
        assert old in text, old
        target.write_text(text.replace(old, new, 1), encoding="utf-8")

    def campaign(self, old: str, new: str) -> None:
        self.change("campaigns/yunshan-2025.yaml", old, new)

    def form(self, old: str, new: str) -> None:
        self.change("forms/yunshan-figures.yaml", old, new)

    def units(self, old: str, new: str) -> None:
        self.change("units/yunshan-2025.csv", old, new)

    def problems(self) -> list[Problem]:
        return catalogue.problems([self.path])

    def only(self) -> Problem:
        found = self.problems()
        assert len(found) == 1, "\n".join(map(str, found))
        return found[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "more"))
    return Folder(tmp_path / "more")


def test_a_campaign_in_a_further_folder_works_like_ours(folder: Folder) -> None:
    assert folder.problems() == []
    assert "yunshan-2025" in catalogue.campaign_codes()
    assert "beipiao-2021" in catalogue.campaign_codes()
    definitions = catalogue.load("yunshan-2025")
    assert [unit.name for unit in definitions.units] == ["东镇", "西镇", "南镇"]
    assert set(definitions.forms) == {"liaison", "yunshan-figures"}  # one of them is ours
    due = catalogue.brief("yunshan-2025").obligation("weekly").due
    assert due is not None
    assert due.kind == "weekly"
    assert due.at is not None
    assert due.at.isoformat() == "16:00:00"  # unquoted 16:00 is a time of day, not 960


def test_every_problem_of_every_file_is_told_at_once(folder: Folder) -> None:
    folder.campaign("authority: {name: 云山区, receives: 办公室}", "authority: {name: 云山区, recieves: 办公室}")
    folder.campaign("zone: Asia/Shanghai", "zone: Asia/Shanghia")
    folder.campaign("form: yunshan-figures", "form: yunshan-figure")
    folder.campaign("weekday: thursday", "weekday: thurday")
    folder.campaign("item: A1", "item: A9")
    folder.form("part_of: [A3]", "part_of: [A33]")
    folder.form("kind: rate,", "kind: ratio,")
    folder.units("nanzhen,南镇,xizhen", "nanzhen,南镇,xizhenn")
    folder.units("东镇人民政府,town", "东镇人民政府,twon")
    found = {(p.file.name, p.line, p.key): p.message for p in folder.problems()}
    assert set(found) == {
        ("yunshan-2025.yaml", 5, "zone"),
        ("yunshan-2025.yaml", 6, "authority.receives"),
        ("yunshan-2025.yaml", 6, "authority.recieves"),
        ("yunshan-2025.yaml", 25, "obligations[weekly].due.weekday"),
        ("yunshan-2025.yaml", 31, "obligations[figures].form"),
        ("yunshan-figures.yaml", 14, "tables[figures].items[A4].part_of"),
        ("yunshan-figures.yaml", 15, "tables[figures].items[A5].kind"),
        ("yunshan-2025.csv", 3, "tags"),
        ("yunshan-2025.csv", 5, "parent"),
    }
    for key, word in {
        ("yunshan-2025.yaml", 5, "zone"): "Asia/Shanghai",
        ("yunshan-2025.yaml", 6, "authority.recieves"): "receives",
        ("yunshan-2025.yaml", 25, "obligations[weekly].due.weekday"): "thursday",
        ("yunshan-2025.yaml", 31, "obligations[figures].form"): "yunshan-figures",
        ("yunshan-figures.yaml", 14, "tables[figures].items[A4].part_of"): "A3",
        ("yunshan-figures.yaml", 15, "tables[figures].items[A5].kind"): "rate",
        ("yunshan-2025.csv", 3, "tags"): "town",
        ("yunshan-2025.csv", 5, "parent"): "xizhen",
    }.items():
        assert f"did you mean `{word}`?" in found[key]
    with pytest.raises(BrokenDefinition) as broken:
        catalogue.load("yunshan-2025")
    assert set(broken.value.problems) < {str(problem) for problem in folder.problems()}  # the form that is called wrongly is not asked for
    assert len(broken.value.problems) == len(found) - 2


def test_a_broken_neighbour_stops_nobody_else(folder: Folder) -> None:
    folder.campaign("obligations:", "obligatons:")
    assert catalogue.load("beipiao-2021").campaign.code == "beipiao-2021"
    assert "yunshan-2025" in catalogue.campaign_codes()


CAMPAIGN_FAULTS = {
    "unknown key": ("version: 1", "version: 1\nverison: 2", "verison", "did you mean"),
    "key twice": ("version: 1", "version: 1\nversion: 2", "version", "duplicate key"),
    "no zone": ("zone: Asia/Shanghai\n", "", "zone", "missing"),
    "campaign ends before it begins": ("last_on: 2025-07-31", "last_on: 2025-05-31", "last_on", "before"),
    "not a day": ("on: 2025-06-07", "on: 2025-06-31", "obligations[liaison].due.on", "2021-06-07"),
    "a day without hyphens": ("on: 2025-06-07", "on: 20250607", "obligations[liaison].due.on", "2021-06-07"),
    "an hour that is none": ("at: 16:00", "at: 16", "obligations[weekly].due.at", "16:00"),
    "a zone on the hour": ("at: 16:00", "at: 16:00Z", "obligations[weekly].due.at", "16:00"),
    "unknown kind of deadline": (
        "{kind: date, on: 2025-06-07}",
        "{kind: dates, on: 2025-06-07}",
        "obligations[liaison].due.kind",
        "did you mean `date`?",
    ),
    "no kind of deadline": ("{kind: date, on: 2025-06-07}", "{on: 2025-06-07}", "obligations[liaison].due", "`kind` is missing"),
    "a key of another kind": (
        "{kind: date, on: 2025-06-07}",
        "{kind: date, on: 2025-06-07, weekday: friday}",
        "obligations[liaison].due.weekday",
        "unknown key",
    ),
    "weeks end before they begin": ("last_on: 2025-06-30, at", "last_on: 2025-05-30, at", "obligations[weekly].due.last_on", "before"),
    "no such weekday between": (
        "first_on: 2025-06-01, last_on: 2025-06-30",
        "first_on: 2025-06-06, last_on: 2025-06-08",
        "obligations[weekly].due.weekday",
        "no such day (weekly)",
    ),
    "due before the issue": ("on: 2025-06-07", "on: 2025-05-31", "obligations[liaison].due.on", "before the notice's issue"),
    "due after the end": ("on: 2025-06-07", "on: 2025-08-07", "obligations[liaison].due.on", "outside the campaign"),
    "a quote that the notice lacks": (
        "各单位于6月7日前 报联络员表",
        "各单位于6月8日前报联络员表",
        "obligations[liaison].source.quote",
        "各单位于6月",
    ),
    "no such notice quoted": (
        "source: {notice: yunshan-2025, quote: 6月23",
        "source: {notice: yunshan-2026, quote: 6月23",
        "obligations[figures].source.notice",
        "yunshan-2025",
    ),
    "neither source nor basis": ('    basis: "decided: 样例"\n', "", "obligations[drill].source", "source"),
    "a report without deadline": ("    due: {kind: date, on: 2025-06-07}\n", "", "obligations[liaison].due", "needs `due`"),
    "a form without name": ("    form: liaison\n", "", "obligations[liaison].form", "must name its `form`"),
    "unknown item asked": (
        "    form: liaison\n",
        "    form: liaison\n    asks_items: [L22]\n",
        "obligations[liaison].asks_items[1]",
        "did you mean `L2`?",
    ),
    "unknown obligation": ("obligation: figures", "obligation: figure", "obligations[drill].target.obligation", "did you mean `figures`?"),
    "an obligation without figures": ("obligation: figures", "obligation: weekly", "obligations[drill].target.obligation", "no figures"),
    "unknown unit": (
        "    kind: target\n",
        "    kind: target\n    owner: {who: named, units: [dongzhn]}\n",
        "obligations[drill].owner.units[1]",
        "did you mean `dongzhen`?",
    ),
    "a tag that nobody carries": (
        "  - {code: town, name",
        "  - {code: village, name: {zh: 村, en: Villages}}\n  - {code: town, name",
        "tags[village].code",
        "no unit carries",
    ),
    "two obligations of one code": ("code: weekly", "code: liaison", "obligations[liaison].code", "duplicate code"),
    "a code that is no folder": ("code: weekly", "code: ../weekly", "obligations[../weekly].code", "lower-case"),
    "a code unlike its file": ("code: yunshan-2025", "code: yunshan-2024", "code", "file's name"),
    "a year without calendar": ("on: 2025-06-23, roll", "on: 2031-06-23, roll", None, "calendars/2031.yaml"),
    "an amendment without zone": (
        "    due: {kind: date, on: 2025-06-07}\n",
        "    due: {kind: date, on: 2025-06-07}\n    amendments: [{effective_at: 2025-06-05T09:00:00, due: {kind: date, on: 2025-06-09}, basis: x}]\n",
        "obligations[liaison].amendments[1].effective_at",
        "zone is missing",
    ),
    "a level that no unit has": (
        "    due: {kind: date, on: 2025-06-07}\n",
        "    due: {kind: date, on: 2025-06-07}\n    levels: [{tag: county, due: {kind: date, on: 2025-06-05}}]\n",
        "obligations[liaison].levels[1].tag",
        "no unit carries",
    ),
    "closed before due": (
        "    form: liaison\n",
        "    form: liaison\n    closes_on: 2025-06-05\n",
        "obligations[liaison].closes_on",
        "before the deadline",
    ),
    "a truth that is none": ("version: 1\n", "version: 1\ntrusts_receipts_csv: yes\n", "trusts_receipts_csv", "true or false"),
    "text for a number": ("version: 1\n", "version: one\n", "version", "whole number"),
    "not a number": ("at_least: 1", "at_least: nan", "obligations[drill].target.at_least", "a number"),
    "blank name": ("name: {zh: 云山活动", "name: {zh: ''", "name.zh", "blank"),
    "one where a list is wanted": ("tags:\n  - {code: town, name: {zh: 镇, en: Towns}}\n", "tags: town\n", "tags", "list"),
    "no notice text": ("notice: yunshan-2025\nzone", "notice: yunshan\nzone", "notice", "did you mean `yunshan-2025`?"),
}


@pytest.mark.parametrize("fault", CAMPAIGN_FAULTS)
def test_a_campaign_is_refused_for(fault: str, folder: Folder) -> None:
    old, new, key, words = CAMPAIGN_FAULTS[fault]
    folder.campaign(old, new)
    found = folder.problems()
    assert any((key is None or p.key == key) and words in p.message for p in found), "\n".join(map(str, found))
    if fault != "a year without calendar":  # that day also lies after the campaign
        assert len(found) == 1, "\n".join(map(str, found))


FORM_FAULTS = {
    "a misspelt threshold": ("checks:\n", "outliers: {tims: 3}\nchecks:\n", "outliers.tims", "did you mean `times`?"),
    "a threshold that everything passes": ("checks:\n", "outliers: {times: 1}\nchecks:\n", "outliers.times", "must not be below 1.5"),
    "an unknown item left alone": ("checks:\n", "outliers: {except_items: [A9]}\nchecks:\n", "outliers.except_items[1]", "`A9`"),
    "unknown item in a check": ("right: A2}", "right: A22}", "checks[1].right", "did you mean `A2`?"),
    "a check without its other side": ("left: A1, right: A2}", "left: A1}", "checks[1].right", "needs `right`"),
    "unknown kind of check": ("kind: pair", "kind: pairs", "checks[1].kind", "did you mean `pair`?"),
    "two items of one code": ("code: A2", "code: A1", "tables[figures].items[A1].code", "duplicate code"),
    "two items of one name": ("label: 已整改,", "label: 發現隱患,", "tables[figures].items[A4].label", "also what item `A3` is called"),
    "part of itself": ("part_of: [A3]", "part_of: [A4]", "tables[figures].items[A4].part_of", "cannot be part"),
    "a rate of nothing known": ("rate_of: [A4, A3]", "rate_of: [A4, A6]", "tables[figures].items[A5].rate_of", "unknown item `A6`"),
    "a rate of three": ("rate_of: [A4, A3]", "rate_of: [A4, A3, A1]", "tables[figures].items[A5].rate_of", "exactly 2"),
    "a rate of one item": ("rate_of: [A4, A3]", "rate_of: [A3, A3]", "tables[figures].items[A5].rate_of", "the same item"),
    "a sum that is its own part": ("{kind: pair, left: A1, right: A2}", "{kind: sum, left: A1, parts: [A2, A1]}", "checks[1].parts", "its own sum"),
    "a count that is a rate": ("kind: rate, rate_of", "kind: count, rate_of", "tables[figures].items[A5].rate_of", "only an item of kind `rate`"),
    "many rows in a list": ("shape: list", "shape: list\n    rows: many", "tables[figures].shape", "record"),
    "unknown shared items": ("shape: list", "shape: list\n    items_from: statistic", "tables[figures].items_from", "did you mean `statistics`?"),
}


@pytest.mark.parametrize("fault", FORM_FAULTS)
def test_a_form_is_refused_for(fault: str, folder: Folder) -> None:
    old, new, key, words = FORM_FAULTS[fault]
    folder.form(old, new)
    problem = folder.only() if fault != "two items of one code" else next(p for p in folder.problems() if "duplicate" in p.message)
    assert problem.key == key
    assert words in problem.message


UNIT_FAULTS = {
    "two units of one code": ("xizhen,西镇,,", "dongzhen,西镇,,", 4, "code", "duplicate code"),
    "two units of one name": ("西镇,,,town", "西镇,,東鎮,town", 4, "aliases", "also what unit `dongzhen` is called"),
    "unknown parent": ("nanzhen,南镇,xizhen", "nanzhen,南镇,xizen", 5, "parent", "did you mean `xizhen`?"),
    "parents in a circle": ("xizhen,西镇,,", "xizhen,西镇,nanzhen,", 4, "parent", "comes round"),
    "unknown heir": ("2025-06-20,xizhen", "2025-06-20,xizen", 5, "heir", "did you mean `xizhen`?"),
    "an heir without an end": ("2025-06-20,xizhen", ",xizhen", 5, "heir", "to_on"),
    "an end before the start": ("town,,2025-06-20", "town,2025-06-21,2025-06-20", 5, "to_on", "before"),
    "unknown column": ("heir,basis", "hier,basis", 2, "hier", "did you mean `heir`?"),
    "more cells than columns": ("xizhen,西镇,,,town,,,,sample", "xizhen,西镇,,,town,,,,sample,more", 4, "", "more cells"),
    "unknown basis": ("town,,,,sample\nxi", "town,,,,smaple\nxi", 3, "basis", "did you mean `sample`?"),
    "a code that is no folder": ("dongzhen,东镇", "dong/zhen,东镇", 3, "code", "lower-case"),
}


@pytest.mark.parametrize("fault", UNIT_FAULTS)
def test_a_registry_is_refused_for(fault: str, folder: Folder) -> None:
    old, new, line, key, words = UNIT_FAULTS[fault]
    folder.units(old, new)
    found = folder.problems()
    assert any((p.line, p.key) == (line, key) and words in p.message for p in found), "\n".join(map(str, found))


def test_a_unit_may_take_over_the_name_of_one_that_closed(folder: Folder) -> None:
    folder.units("nanzhen,南镇,xizhen,", "xincheng,南镇,,,town,2025-06-21,,,sample\nnanzhen,南镇,xizhen,")
    assert folder.problems() == []


def test_a_file_that_is_no_yaml_says_where(folder: Folder) -> None:
    folder.campaign("zone: Asia/Shanghai", "zone: [Asia/Shanghai")
    problem = folder.only()
    assert problem.line in (5, 6, 7)
    assert "YAML" in problem.message


def test_a_file_in_another_encoding_says_so(folder: Folder) -> None:
    (folder.path / "units" / "yunshan-2025.csv").write_bytes(UNITS.encode("gb18030"))
    assert any("UTF-8" in p.message and p.line == 3 for p in folder.problems())


def test_a_missing_registry_is_said_once(folder: Folder) -> None:
    (folder.path / "units" / "yunshan-2025.csv").unlink()
    assert "units/yunshan-2025.csv" in folder.only().message


def test_single_files_and_files_outside_the_layout_are_checked_too(folder: Folder, tmp_path: Path) -> None:
    folder.campaign("obligations:\n", "obligatons: 1\nobligations:\n")
    assert [p.key for p in catalogue.problems([folder.path / "campaigns" / "yunshan-2025.yaml"])] == ["obligatons"]
    assert catalogue.problems([folder.path / "forms" / "yunshan-figures.yaml"]) == []
    loose = tmp_path / "loose" / "yunshan-figures.yaml"
    loose.parent.mkdir()
    loose.write_text(FORM.replace("figures: cumulative", "figures: cumulativ"), encoding="utf-8")
    assert [(p.file, p.line, p.key) for p in catalogue.problems([loose])] == [(loose, 5, "figures")]
    (tmp_path / "loose" / "yunshan-2026.yaml").write_text(CAMPAIGN.replace("yunshan-2025", "yunshan-2026"), encoding="utf-8")
    (tmp_path / "loose" / "yunshan-2026.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "loose" / "yunshan-2026.txt").write_text(NOTICE, encoding="utf-8")
    assert catalogue.problems([tmp_path / "loose" / "yunshan-2026.yaml"]) == []
    assert "no such file" in catalogue.problems([tmp_path / "nowhere.yaml"])[0].message


def test_a_copy_of_our_definitions_stands_in_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DEFINITIONS, tmp_path / "copy")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "copy"))
    assert catalogue.problems() == []
    path = tmp_path / "copy" / "campaigns" / "wulong-2023.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2023-06-25", "2023-06-26"), encoding="utf-8")
    due = catalogue.brief("wulong-2023").obligation("summary").due
    assert due is not None
    assert due.kind == "date"
    assert due.on.isoformat() == "2023-06-26"


def test_unknown_codes_offer_the_nearest(folder: Folder) -> None:
    with pytest.raises(UnknownName, match="did you mean `yunshan-2025`"):
        catalogue.load("yunshan-2024")
    with pytest.raises(UnknownName, match="beipiao-2021"):
        catalogue.brief("beipiao2021")
    with pytest.raises(UnknownName):
        catalogue.brief("../campaigns/beipiao-2021")
    with pytest.raises(UnknownName, match="did you mean `liaison`"):
        catalogue.form("liason")


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "gone"))
    with pytest.raises(BrokenDefinition, match="no such folder"):
        catalogue.campaign_codes()


def test_keys_that_are_no_words_are_problems_too(folder: Folder) -> None:
    folder.form("    shape: list\n", "    shape: list\n    ? [a, b]\n    : c\n    items_from: statistics\n")
    folder.form("      - {code: A1,", "      - [A1]\n      - {? [x] : y, code: A9}\n      - {code: A1,")
    assert any("unknown key" in problem.message for problem in folder.problems())


@pytest.mark.parametrize("seed", range(20))
def test_no_garbled_file_is_more_than_problems(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    shutil.copytree(DEFINITIONS, tmp_path / "copy", ignore=shutil.ignore_patterns("templates"))
    files = sorted(path for path in (tmp_path / "copy").rglob("*") if path.suffix in (".yaml", ".csv"))
    for path in chance.sample(files, 4):
        text = bytearray(path.read_bytes())
        at = chance.randrange(len(text))
        lines = bytes(text).split(b"\n")
        match chance.randrange(4):
            case 0:
                del text[at : at + chance.randrange(1, 40)]
            case 1:
                text[at:at] = chance.choice([b"[", b"{", b": ", b"- ", b'"', b"\n", b"&a ", b"*a", b"\x00", b"\xff", b"!!int ", b"? "])
            case 2:
                chance.shuffle(lines)
                text = bytearray(b"\n".join(lines))
            case 3:
                number = chance.randrange(len(lines))
                lines[number] = lines[number].replace(b":", b": null #", 1)
                text = bytearray(b"\n".join(lines))
        path.write_bytes(bytes(text))
    assert all(isinstance(problem, Problem) for problem in catalogue.problems([tmp_path / "copy"]))
