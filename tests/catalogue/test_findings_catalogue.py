"""The catalogue of findings speaks in words that people can act on, and can be filled."""

from pathlib import Path

import pytest

from include import catalogue
from include.catalogue.findings import place_of
from include.domain.finding import Finding
from include.exceptions import UnknownName
from include.settings import DEFINITIONS

RULE = """\
- code: R401
  name: not_a_number
  severity: error
  message: {{zh: "{place} 写的是“{given}”", en: "{place} says {given}"}}
  remedy: {{zh: "{remedy}", en: "Write {expected}"}}
"""


def _problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "findings" / "read.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [f"{p.key}: {p.message}" for p in catalogue.problems([path])]


def test_a_message_may_ask_only_for_place_given_and_expected(tmp_path: Path) -> None:
    good = RULE.replace("{{", "{").replace("}}", "}").replace("{remedy}", "请写{expected}")
    assert _problems(tmp_path, good) == []
    for wrong in ("{unit}", "{given!r}", "{expected:>5}", "{given.real}", "{}", "{given"):
        found = _problems(tmp_path, good.replace("请写{expected}", f"请写{wrong}"))
        assert len(found) == 1, wrong
        assert found[0].startswith("[R401].remedy.zh")


def test_codes_and_names_are_used_once(tmp_path: Path) -> None:
    good = RULE.replace("{{", "{").replace("}}", "}").replace("{remedy}", "请写{expected}")
    found = _problems(tmp_path, good + good)
    assert any("already that of not_a_number" in message for message in found)
    assert any("already that of R401" in message for message in found)
    assert any("letter and three digits" in message for message in _problems(tmp_path, good.replace("R401", "R4")))
    assert any("begin with R" in message for message in _problems(tmp_path, good.replace("R401", "V401")))


def test_a_retired_code_is_never_given_again(tmp_path: Path) -> None:
    good = RULE.replace("{{", "{").replace("}}", "}").replace("{remedy}", "请写{expected}")
    assert _problems(tmp_path, good) == []
    (tmp_path / "findings" / "retired.txt").write_text("# codes\nR401 not_a_figure\n", encoding="utf-8")
    assert any("retired" in message for message in _problems(tmp_path, good))


def test_every_rule_of_ours_renders_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAOSONG_DEFINITIONS", raising=False)
    rules = catalogue.rules()
    assert list(rules) == sorted(rules)
    for code, rule in rules.items():
        for language in ("zh", "en"):
            said = catalogue.render(Finding(code=code, severity=rule.severity, sheet="Sheet1", cell="B3", given="{十二}", expected="12"), language)
            assert said.name == rule.name
            assert said.message
            assert said.remedy
            for placeholder in ("{place}", "{given}", "{expected}"):
                assert placeholder not in said.message + said.remedy


def test_an_unknown_code_is_our_fault_and_says_so() -> None:
    with pytest.raises(UnknownName):
        catalogue.render(Finding(code="R999", severity="error"), "zh")


def test_places_are_named_as_people_see_them() -> None:
    def at(sheet: str = "", cell: str = "", item: str | None = None, row: int | None = None) -> Finding:
        return Finding(code="R401", severity="error", sheet=sheet, cell=cell, item=item, row=row)

    assert place_of(at("Sheet1", "B3")) == "工作表「Sheet1」 B3"
    assert place_of(at("Sheet1", "B3"), "en") == 'sheet "Sheet1" B3'
    assert place_of(at("table 2", "C4")) == "第 2 个表格 C4"
    assert place_of(at("", "B3")) == "B3"
    assert place_of(at(item="A1")) == "指标 A1"
    assert place_of(at("Sheet1", item="P2", row=3)) == "工作表「Sheet1」 第 3 行 指标 P2"
    assert place_of(at()) == "文件"
    assert place_of(at(), "en") == "the file"


def test_findings_files_are_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAOSONG_DEFINITIONS", raising=False)
    for path in (DEFINITIONS / "findings").glob("*.yaml"):
        assert catalogue.problems([path]) == []
