"""validate: every rule of a form's figures is broken by one report and met by another, and the engine's counts are ours."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from include.catalogue import rules
from include.domain.finding import Finding
from include.domain.form import Check, Form, Item, Table
from include.domain.reading import Answer, Place, Reading
from include.domain.wordings import Wording
from include.exceptions import EngineFault
from include.validate import engine

TITLE = Wording(zh="统计表", en="Statistics")
ITEMS = (
    Item(code="S", label="活动场次", measurement_unit="场次"),
    Item(code="P", label="参与人数", measurement_unit="人次"),
    Item(code="W", label="排查隐患", measurement_unit="项"),
    Item(code="D", label="已完成整改", measurement_unit="项", part_of=("W",)),
    Item(code="R", label="整改率", measurement_unit="%", kind="rate", rate_of=("D", "W"), adds="rate"),
    Item(code="M", label="奖励金额", measurement_unit="万元", kind="amount"),
    Item(code="T", label="合计", measurement_unit="次"),
    Item(code="TEL", label="手机", kind="phone", required=False),
    Item(code="BOX", label="邮箱", kind="mail", required=False),
    Item(code="KIND", label="类别", kind="choice", choices=("线上", "线下"), required=False),
    Item(code="LIM", label="实到人数", measurement_unit="人次", required=False),
    Item(code="MIN", label="志愿服务", measurement_unit="次", required=False),
)
ROWS = Table(
    code="rows",
    title=TITLE,
    shape="record",
    rows="many",
    min_rows=2,
    items=(Item(code="N", label="项目名称", kind="text"), Item(code="C", label="次数")),
)
FORM = Form(
    code="figures",
    version=1,
    title=TITLE,
    basis="test",
    tables=(Table(code="list", title=TITLE, shape="list", items=ITEMS), ROWS),
    checks=(
        Check(kind="pair", left="S", right="P"),
        Check(kind="sum", left="T", parts=("S", "W")),
        Check(kind="at_most", left="LIM", right="P"),
        Check(kind="at_least", left="MIN", value=1),
    ),
)
CLEAN = {"S": 2, "P": 40, "W": 3, "D": 2, "R": 66.7, "M": 1.5, "T": 5, "TEL": "13800138000", "BOX": "a@b.cn", "KIND": "线上", "LIM": 40, "MIN": 1}


def report(
    *, rows: int = 2, without: Sequence[str] = (), findings: tuple[Finding, ...] = (), blanks: tuple[Place, ...] = (), **changed: object
) -> Reading:
    """A clean report with some values changed, each in its own cell."""
    values = {item: value for item, value in (CLEAN | changed).items() if item not in without}
    answers = [
        Answer(item=item, row=None, value=value, raw="" if value is None else str(value), sheet="表", cell=f"D{number}")  # type: ignore[arg-type]
        for number, (item, value) in enumerate(values.items(), 4)
    ]
    for row in range(1, rows + 1):
        answers += [
            Answer(item="N", row=row, value="工地", raw="工地", sheet="附表", cell=f"B{row}"),
            Answer(item="C", row=row, value=1, raw="1", sheet="附表", cell=f"C{row}"),
        ]
    return Reading(form="figures", version=1, answers=tuple(answers), findings=findings, blanks=blanks)


def found(*readings: Reading, docs: Path | None = None) -> list[tuple[Finding, ...]]:
    return engine.check(FORM, readings, lambda numbers: {n: readings[n] for n in numbers}, rules(), docs=docs)


BROKEN = {
    "V301": report(without=["S"]),
    "V302": report(rows=1),
    "V401": report(M=-1),
    "V402": report(P=40.5),
    "V403": report(R=101.0),
    "V404": report(TEL="办公室"),
    "V405": report(BOX="无邮箱"),
    "V406": report(KIND="空中"),
    "V501": report(D=4, R=133.3),
    "V502": report(T=6),
    "V503": report(R=67.0),
    "V504": report(W=0, D=0, R=0, T=2),
    "V505": report(R=None),
    "V506": report(S=0, T=3),
    "V507": report(P=0, LIM=0),
    "V508": report(LIM=41),
    "V509": report(MIN=0),
}


def test_every_rule_is_broken_by_one_report_and_met_by_the_clean_one() -> None:
    codes = {code for code in rules() if code.startswith("V")}
    assert set(BROKEN) == codes
    *broken, clean = found(*BROKEN.values(), report())
    assert clean == ()
    for code, findings in zip(BROKEN, broken, strict=True):
        assert code in {finding.code for finding in findings}, f"{code} was not found"


def test_a_finding_names_cell_given_and_expected() -> None:
    ((finding,),) = found(report(D=4, R=None, W=3, without=["R"], findings=(Finding(code="R401", severity="error", item="R"),)))
    assert (finding.code, finding.item, finding.sheet, finding.cell, finding.given) == ("V501", "D", "表", "D7", "4")
    assert finding.expected == "“排查隐患”（D6） 3"


def test_what_reading_already_said_silences_the_same_item() -> None:
    blank = Place(item="S", row=None, sheet="表", cell="D4")
    said = Finding(code="R402", severity="error", item="S", sheet="表", cell="D4")
    assert found(report(without=["S", "T"], findings=(said, Finding(code="R402", severity="error", item="T")), blanks=(blank,))) == [()]


def test_slash_is_right_where_the_whole_is_nothing() -> None:
    assert found(report(W=0, D=0, R=None, T=2)) == [()]


def test_nil_counts_as_nothing_beside_participants() -> None:
    ((finding, *_),) = found(report(S=None, T=3))
    assert finding.code == "V506"


@pytest.mark.parametrize("number", ["0421-7901098", "7901098", "(0421)7901098", "13800138000 / 13900139000", "010-12345678-801", "+86 13800138000"])
def test_telephones_people_write_are_plausible(number: str) -> None:
    assert found(report(TEL=number)) == [()]


def test_rates_rounded_to_one_decimal_or_finer_are_right() -> None:
    assert found(report(R=66.67), report(R=66.7)) == [(), ()]


def test_approximate_figures_are_not_held_to_an_exact_rate() -> None:
    vague = report(R=70.0)
    answers = tuple(
        a if a.item != "D" else Answer(item="D", row=None, value=2, raw="约2", sheet="表", cell="D7", approximate=True) for a in vague.answers
    )
    assert found(Reading(form="figures", version=1, answers=answers)) == [()]


def test_text_of_units_reaches_the_pages_escaped(tmp_path: Path) -> None:
    found(report(TEL="<script>alert(1)</script>"), docs=tmp_path)
    pages = list(tmp_path.rglob("*.html"))
    assert pages
    assert all("<script>alert(1)" not in page.read_text(encoding="utf-8") for page in pages)


def test_a_crashed_expectation_is_our_fault_and_nobodys_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    expectations = engine.expectations

    def with_a_crash(form: Form, frame: object, asks: frozenset[str]) -> list[object]:
        import great_expectations.expectations as gxe

        return [*expectations(form, frame, asks), gxe.ExpectColumnValuesToBeBetween(column="gone", min_value=0, meta={"code": "V401", "item": "S"})]  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "expectations", with_a_crash)
    with pytest.raises(EngineFault, match=r"V401.*crashed"):
        found(report(S=-1))


def test_two_thousand_reports_with_one_fault_each_give_two_thousand_findings() -> None:
    many = [report(M=-1)] * 2_000
    assert [len(findings) for findings in found(*many)] == [1] * 2_000
