"""Totals say what they are made of and what they lack."""

import pytest

from include.domain.standing import Standing
from include.report.totals import Coverage, change, rate_of, roll_up
from tests.unit.report_material import CAMPAIGN, WEEKLY, answer, gathered, with_judgement


def rolled():
    material, _ = gathered()
    return roll_up(material, CAMPAIGN.obligation("weekly"), WEEKLY)


def test_weeks_are_added_to_date_and_stand_side_by_side() -> None:
    roll = rolled()
    assert [column.period for column in roll.periods] == ["2021-06-03", "2021-06-10"]
    assert roll.periods[0].totals["V1"].value == 3
    assert roll.periods[1].totals["V1"].value == 3
    assert roll.main.is_to_date
    assert roll.main.totals["V1"].value == 6
    assert roll.main.totals["V1"].units == 2


def test_a_stock_takes_each_units_last_figure_and_not_the_sum_of_weeks() -> None:
    roll = rolled()
    assert roll.main.totals["V2"].value == 90 + 40
    counted = [(one.unit, one.period, one.is_counted) for one in roll.addends if one.item == "V2"]
    assert counted == [("jia", "2021-06-03", False), ("yi", "2021-06-03", True), ("jia", "2021-06-10", True)]


def test_a_rate_is_computed_from_the_sums_and_never_added() -> None:
    roll = rolled()
    assert roll.main.totals["V5"].value == 38
    assert roll.main.totals["V6"].value == 33
    assert roll.main.totals["V8"].value == 86.8
    assert all(not one.is_counted for one in roll.addends if one.item == "V8")


@pytest.mark.parametrize(
    ("part", "whole", "rate"), [(1, 8, 12.5), (1, 3, 33.3), (1, 16, 6.3), (0, 0, None), (5, None, None), (None, 5, None), (0, 4, 0.0)]
)
def test_rates_are_rounded_half_up_at_one_decimal(part: float | None, whole: float | None, rate: float | None) -> None:
    assert rate_of(part, whole) == rate


def test_approximate_figures_are_counted_beside_the_total() -> None:
    assert rolled().main.totals["V5"].approximate == 1
    assert rolled().periods[0].totals["V5"].approximate == 0


def test_only_accepted_tables_are_in_a_total_and_the_others_are_named() -> None:
    roll = rolled()
    assert {one.unit for one in roll.addends} == {"jia", "yi"}
    first, second = (roll.coverage[period].sentence() for period in ("2021-06-03", "2021-06-10"))
    assert first == "应报4家，实报3家，未报1家（丙县（燃气））；含迟报1家：乙市（房建）；零报告1家：=1+1丁县（燃气）。"
    assert second.startswith("应报4家，实报2家，未报2家（=1+1丁县（燃气）、乙市（房建）），其中退回补正中1家：乙市（房建）")
    assert "待审核1家未计入合计：丙县（燃气）" in second
    assert not any(one.is_complete for one in roll.coverage.values())
    assert roll.coverage_lines()[0] == "累计2期：应报8件，实报5件，未报3件，各期如下。"


def test_a_period_to_come_is_no_column() -> None:
    assert "2021-06-17" not in {column.period for column in rolled().periods}


def test_everybody_on_time_is_complete_and_nobody_is_not_named() -> None:
    coverage = Coverage(by_standing={"on_time": ("甲", "乙")})
    assert coverage.is_complete
    assert coverage.sentence() == "应报2家，实报2家，未报0家。"
    assert not Coverage(by_standing={"on_time": ("甲",), "late": ("乙",)}).is_complete


def test_exempt_units_are_not_expected_but_shown() -> None:
    coverage = Coverage(by_standing={"on_time": ("甲",), "exempt": ("乙",)})
    assert coverage.expected == 1
    assert coverage.sentence() == "应报1家，实报1家，未报0家；免报1家：乙。"


def test_the_change_from_the_last_period_is_told() -> None:
    roll = rolled()
    assert change(roll, "V5") == 8 - 30
    assert change(roll, "V8") == pytest.approx(100.0 - 83.3)


def test_sub_totals_follow_the_named_groups_with_their_own_coverage() -> None:
    by_name = {part.name: part for part in rolled().subtotals}
    assert set(by_name) == {"房屋建筑", "燃气"}
    assert by_name["房屋建筑"].totals["V1"].value == 6
    assert (by_name["房屋建筑"].counted, by_name["房屋建筑"].owed) == (3, 4)
    assert (by_name["燃气"].counted, by_name["燃气"].owed) == (1, 4)
    assert sum(part.totals["V6"].value or 0 for part in by_name.values()) == rolled().main.totals["V6"].value


def test_without_named_groups_tags_are_called_after_what_their_units_share() -> None:
    from dataclasses import replace

    material, _ = gathered()
    material = replace(material, campaign=replace(material.campaign, groups=()))
    roll = roll_up(material, CAMPAIGN.obligation("weekly"), WEEKLY)
    assert {part.name for part in roll.subtotals} == {"房建", "燃气"}


def test_nil_in_one_item_counts_as_nothing_and_is_counted() -> None:
    material, desk = gathered()
    said = {**desk.answers, "try-2021-000003": (answer("V1", None, "D4"),)}
    from dataclasses import replace

    roll = roll_up(replace(material, answers=said), CAMPAIGN.obligation("weekly"), WEEKLY)
    total = roll.periods[0].totals["V1"]
    assert (total.value, total.units, total.nil) == (1, 1, 1)


def test_nothing_received_gives_no_number_instead_of_a_zero() -> None:
    material, _ = gathered()
    due = material.judgement.standings[0].due_at
    bare = with_judgement(
        material,
        standings=tuple(Standing(unit=u.code, obligation="weekly", period="2021-06-03", due_at=due, standing="missing") for u in material.units),
    )
    roll = roll_up(bare, CAMPAIGN.obligation("weekly"), WEEKLY)
    assert roll.main.totals["V1"].value is None
    assert roll.main.totals["V8"].value is None
    assert not roll.addends


def test_every_addend_leads_to_its_cell() -> None:
    for one in rolled().addends:
        assert one.answer.sheet == "Sheet1"
        assert one.answer.cell
        assert one.submission
