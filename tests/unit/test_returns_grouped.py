"""The same problem on adjacent cells is one line of the list, over its range; the cells keep their own comments."""

from hypothesis import given
from hypothesis import strategies as st

from include.domain.finding import Finding, grouped, reference, span
from include.report.gather import Problem
from include.report.returns import lines_of_list


def finding(cell: str, code: str = "R401", sheet: str = "统计表", **more: object) -> Finding:
    return Finding(code=code, severity="error", sheet=sheet, cell=cell, expected="专题学习", **more)  # type: ignore[arg-type]


def spans(*findings: Finding) -> list[str]:
    return [span(findings[position].cell for position in group) or findings[group[0]].cell for group in grouped(findings)]


def test_a_run_down_a_column_is_one_range() -> None:
    assert spans(*(finding(f"D{row}") for row in (4, 5, 6, 9))) == ["D4:D6", "D9"]


def test_runs_over_the_same_rows_side_by_side_are_one_block() -> None:
    assert spans(*(finding(f"{column}{row}") for row in (4, 5) for column in "DEF")) == ["D4:F5"]
    assert spans(finding("Z9"), finding("AA9")) == ["Z9:AA9"]


def test_an_edge_that_is_not_straight_stays_two_ranges() -> None:
    assert spans(finding("D4"), finding("D5"), finding("E4")) == ["D4:D5", "E4"]


def test_other_rules_sheets_and_answers_are_other_groups() -> None:
    assert spans(finding("D4"), finding("D5", code="R404")) == ["D4", "D5"]
    assert spans(finding("D4"), finding("D5", sheet="别张")) == ["D4", "D5"]
    assert spans(finding("D4"), finding("D5", explanation="属实")) == ["D4", "D5"]


def test_what_has_no_cell_or_a_range_stays_alone() -> None:
    assert spans(finding(""), finding(""), finding("D4:D9"), finding("D10")) == ["", "", "D4:D9", "D10"]


@given(st.lists(st.builds(finding, st.from_regex(r"[A-D][1-6]", fullmatch=True), code=st.sampled_from(["R401", "R404"])), max_size=30))
def test_every_finding_is_in_one_group_and_every_group_fills_its_range(findings: list[Finding]) -> None:
    groups = grouped(findings)
    assert sorted(position for group in groups for position in group) == list(range(len(findings)))
    for group in groups:
        cells = {findings[position].cell for position in group}
        columns, rows = {cell[0] for cell in cells}, {int(cell[1:]) for cell in cells}
        assert len(cells) == len(columns) * len(rows)
        assert max(rows) - min(rows) + 1 == len(rows)
        assert len({findings[position].code for position in group}) == 1


def problem(number: int, cell: str, label: str, given: str = "") -> Problem:
    told = finding(cell, given=given, item=f"A{number}")
    return Problem(receipt_number=12, path="x", delivery=None, finding=told, label=label, message="", remedy="", number=number)


def test_a_line_names_its_range_its_items_and_how_it_is_answered() -> None:
    problems = [problem(3, "D4", "甲"), problem(4, "D5", "乙"), problem(7, "D9", "丙")]
    first, second = lines_of_list(problems)
    assert (first.cell, first.item, first.count) == ("D4:D5", "甲、乙", 2)
    assert first.problem.startswith("D4:D5")
    assert first.about == f"12:{reference(3, problems[0].finding)},{reference(4, problems[1].finding)}"
    assert (second.cell, second.count) == ("D9", 1)


def test_of_many_items_the_first_few_are_named() -> None:
    (line,) = lines_of_list([problem(number, f"D{number}", f"项{number}", given=str(number)) for number in range(1, 31)])
    assert line.item == "项1、项2、项3、项4、项5等30个"
    assert line.seen == "1、2、3、4、5等30个"
    assert line.count == 30
