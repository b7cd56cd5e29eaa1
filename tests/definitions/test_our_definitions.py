"""Every definition file of ours is sound, and says what the five notices say."""

import re
from datetime import date, time
from pathlib import Path

import pytest
import yaml

from include import catalogue
from include.catalogue.references import without_blanks
from include.catalogue.shelf import LAYOUT
from include.domain.campaign import AfterActivity, Campaign, EveryWeek, OnDate, Open
from include.domain.deadline import due_days
from include.domain.unit import Unit
from include.settings import DEFINITIONS

FILES = sorted(path for below, endings in LAYOUT.values() for path in (DEFINITIONS / below).glob("*") if path.suffix in endings)
CAMPAIGNS = ("beipiao-2021", "binhai-2021", "hainan-2021", "heilongjiang-2020", "wulong-2023")


@pytest.fixture(autouse=True)
def _only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAOSONG_DEFINITIONS", raising=False)


@pytest.fixture(scope="module")
def problems() -> dict[Path, list[str]]:
    found: dict[Path, list[str]] = {}
    for problem in catalogue.problems():
        found.setdefault(problem.file, []).append(str(problem))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEFINITIONS)))
def test_every_file_is_sound(path: Path, problems: dict[Path, list[str]]) -> None:
    assert problems.get(path, []) == []


def test_the_five_campaigns_are_there_and_load() -> None:
    assert set(CAMPAIGNS) <= set(catalogue.campaign_codes())
    units = [unit for code in CAMPAIGNS for unit in catalogue.load(code).units]
    assert 60 <= len(units) <= 90
    for code in CAMPAIGNS:
        definitions = catalogue.load(code)
        assert [unit.order for unit in definitions.units] == list(range(1, len(definitions.units) + 1))
        assert definitions.campaign == catalogue.brief(code)
        assert definitions.campaign.trusts_receipts_csv
        assert definitions.campaign.grace.working_days == 1
        assert str(definitions.campaign.zone) == "Asia/Shanghai"


@pytest.mark.parametrize("code", CAMPAIGNS)
def test_every_obligation_quotes_its_notice_or_says_that_it_was_decided(code: str) -> None:
    definitions = catalogue.load(code)
    text = without_blanks(definitions.notice)
    for obligation in definitions.campaign.obligations:
        if obligation.source is not None:
            assert obligation.source.notice == code
            assert without_blanks(obligation.source.quote) in text
        else:
            assert obligation.basis.startswith("decided")


def _dues(campaign: Campaign) -> dict[str, object]:
    def say(due: object) -> object:
        if isinstance(due, OnDate):
            assert (due.at, due.met, due.roll) == (None, "end_of_day", "none")
            return due.on
        if isinstance(due, EveryWeek):
            assert due.roll == "none"
            return [day for day in due_days(due, catalogue.work_calendar()) if day >= campaign.issued_on], due.at
        if isinstance(due, AfterActivity):
            return due.plan, due.days, due.count, due.name_item, due.date_item
        assert isinstance(due, Open)
        return "open"

    return {obligation.code: say(obligation.due) for obligation in campaign.reports()}


def test_beipiao_owes_what_the_notice_says() -> None:
    thursdays = [date(2021, 6, 10), date(2021, 6, 17), date(2021, 6, 24)]  # 3 June lies before the issue
    assert _dues(catalogue.brief("beipiao-2021")) == {
        "liaison": date(2021, 6, 7),
        "weekly": (thursdays, time(16)),
        "month-summary": date(2021, 6, 23),
        "month-statistics": date(2021, 6, 23),
        "chaoyang-summary": date(2021, 12, 26),
        "chaoyang-statistics": date(2021, 12, 26),
    }


def test_hainan_owes_what_the_notice_says() -> None:
    thursdays = [date(2021, 6, 3), date(2021, 6, 10), date(2021, 6, 17), date(2021, 6, 24)]
    campaign = catalogue.brief("hainan-2021")
    assert _dues(campaign) == {
        "liaison": date(2021, 6, 1),
        "plan": date(2021, 6, 1),
        "weekly": (thursdays, time(15)),
        "covert-inspection": (thursdays, time(15)),
        "summary": date(2021, 6, 28),
    }
    assert campaign.obligation("liaison").asks_items == ("L2",)


def test_binhai_owes_what_the_notice_says() -> None:
    assert _dues(catalogue.brief("binhai-2021")) == {
        "liaison": date(2021, 6, 3),
        "activity-plan": date(2021, 6, 3),
        "scheme": date(2021, 6, 8),
        "activity-report": ("activity-plan", 3, "calendar", "P1", "P2"),
        "materials": "open",
        "summary": date(2021, 6, 28),
        "statistics": date(2021, 6, 28),
    }


def test_heilongjiang_owes_what_the_notice_says() -> None:
    assert _dues(catalogue.brief("heilongjiang-2020")) == {
        "liaison": date(2020, 5, 29),
        "materials": "open",
        "summary": date(2020, 7, 3),
        "statistics": date(2020, 7, 3),
    }


def test_wulong_owes_one_summary() -> None:
    assert _dues(catalogue.brief("wulong-2023")) == {"summary": date(2023, 6, 25)}


def test_targets_and_what_is_kept_belong_to_whom_the_notice_says() -> None:
    owners = {
        (code, obligation.code): obligation.owner.who
        for code in CAMPAIGNS
        for obligation in catalogue.brief(code).obligations
        if obligation.kind != "report"
    }
    assert owners == {
        ("beipiao-2021", "exposures"): "authority",
        ("beipiao-2021", "typical-case"): "authority",
        ("beipiao-2021", "two-lists"): "units",
        ("binhai-2021", "brand-activities"): "tags",
        ("binhai-2021", "inspection-records"): "units",
        ("hainan-2021", "weekly-inspection"): "units",
        ("hainan-2021", "party-lecture"): "units",
        ("hainan-2021", "training-lesson"): "units",
        ("hainan-2021", "rectification-ledger"): "units",
        ("heilongjiang-2020", "volunteer-activity"): "tags",
        ("heilongjiang-2020", "consultation-harbin"): "named",
        ("heilongjiang-2020", "consultation-daqing"): "named",
        ("heilongjiang-2020", "consultation-shuangyashan"): "named",
        ("wulong-2023", "training"): "authority",
    }


def test_units_named_in_the_notices_say_so() -> None:
    named = {code: [unit.name for unit in catalogue.load(code).units if unit.basis == "notice"] for code in CAMPAIGNS}
    assert named["beipiao-2021"] == ["党办", "建管股", "城建股", "安全股", "物业管理办公室"]
    assert named["binhai-2021"] == ["党建室", "公共室", "市政道路桥梁室"]
    cities = [unit for unit in catalogue.load("heilongjiang-2020").units if "city" in unit.tags]
    assert len(cities) == 13
    assert {"haerbin", "daqing", "shuangyashan"} <= {unit.code for unit in cities}


def test_the_statistics_forms_have_their_items_and_checks() -> None:
    counts = {name: len(list(catalogue.form(f"statistics-{name}").items())) for name in ("beipiao", "binhai", "heilongjiang")}
    assert counts == {"beipiao": 49, "binhai": 36, "heilongjiang": 38}
    form = catalogue.form("statistics-beipiao")
    assert form.figures == "cumulative"
    assert form.item("G3").part_of == ("G2",)
    assert form.item("G5").part_of == ("G2",)
    assert form.item("G6").part_of == ("G3", "G5")
    assert form.item("G4").rate_of == ("G3", "G2")
    assert (form.item("G4").adds, form.item("H1").adds, form.item("F4").kind) == ("rate", "no", "amount")
    assert {(check.left, check.right) for check in form.checks if check.kind == "pair"} == {
        ("A2", "A3"), ("A4", "A5"), ("C4", "C5"), ("D1", "D2"),
        ("E1", "E2"), ("E3", "E4"), ("E5", "E6"), ("E7", "E8"), ("E9", "E10"), ("E11", "E12"),
    }  # fmt: skip
    assert all(item.basis for item in form.items())


def test_the_other_forms_have_their_tables() -> None:
    plan = catalogue.form("activity-plan")
    assert [item.code for item in plan.items()] == [f"P{n}" for n in range(1, 10)]
    covert = catalogue.form("covert-inspection")
    assert covert.figures == "increment"
    assert covert.item("V7").rate_of == ("V4", "V2")
    assert covert.item("V8").rate_of == ("V6", "V5")
    assert covert.item("V2").adds == "last"
    assert covert.item("V6").part_of == ("V5",)
    assert [table.rows for table in covert.tables] == ["one", "many"]
    liaison = catalogue.form("liaison")
    assert [item.code for item in liaison.items()] == [f"L{n}" for n in range(1, 11)]
    assert [item.code for item in liaison.items() if item.optional] == ["L2"]


def test_any_two_units_are_told_apart_by_all_they_are_called() -> None:
    for code in CAMPAIGNS:
        called: dict[str, Unit] = {}
        for unit in catalogue.load(code).units:
            for text in {catalogue_fold(name) for name in (unit.code, unit.name, *unit.aliases)}:
                assert called.setdefault(text, unit) is unit


def catalogue_fold(text: str) -> str:
    from include.catalogue.wording import fold

    return fold(text)


class _Plain(yaml.SafeLoader):
    """The core types of YAML 1.2: what an editor validates against a JSON Schema."""


_Plain.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"|~|null", ["", "~", "n"]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?[0-9]+", [*"-+0123456789"]),
    ("float", r"[-+]?[0-9]+\.[0-9]+", [*"-+0123456789"]),
):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind, below in (("campaign", "campaigns"), ("form", "forms")) for path in sorted((DEFINITIONS / below).glob("*.yaml"))]
    + [("rules", path) for path in sorted((DEFINITIONS / "findings").glob("*.yaml"))],
    ids=str,
)
def test_the_json_schemas_accept_our_own_files(kind: str, path: Path) -> None:
    import jsonschema

    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    jsonschema.Draft202012Validator(catalogue.schema()[kind]).validate(document)


def test_the_json_schemas_refuse_an_unknown_key() -> None:
    import jsonschema

    path = DEFINITIONS / "campaigns" / "wulong-2023.yaml"
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    document["obligatons"] = document.pop("obligations")
    errors = list(jsonschema.Draft202012Validator(catalogue.schema()["campaign"]).iter_errors(document))
    assert any("obligatons" in error.message for error in errors)
