"""Equal findings on adjacent cells are one finding over their range, for people; nothing else is put together, and nothing is lost."""

import random

from include.domain.finding import Finding, as_one, grouped


def finding(cell: str, code: str = "R401", sheet: str = "表", given: str = "", explanation: str = "") -> Finding:
    return Finding(code=code, severity="error", item="A1", sheet=sheet, cell=cell, given=given, explanation=explanation)


def ranges(findings: list[Finding]) -> list[str]:
    return [as_one([findings[position] for position in group]).cell for group in grouped(findings)]


def test_a_run_down_a_column_or_along_a_row_is_one_range() -> None:
    assert ranges([finding(f"D{row}") for row in (9, 4, 5, 6, 8)]) == ["D8:D9", "D4:D6"]
    assert ranges([finding(f"{column}4") for column in "CDEG"]) == ["C4:E4", "G4"]
    assert ranges([finding(cell) for cell in ("Z9", "AA9", "AB9")]) == ["Z9:AB9"]


def test_a_block_is_one_range_and_a_corner_is_not() -> None:
    assert ranges([finding(f"{column}{row}") for column in "CD" for row in (4, 5, 6)]) == ["C4:D6"]
    assert ranges([finding(cell) for cell in ("C4", "C5", "D5")]) == ["C4:C5", "D5"]


def test_other_rules_sheets_and_answers_stay_apart() -> None:
    findings = [finding("D4"), finding("D5", code="R404"), finding("D6", sheet="表二"), finding("D5", explanation="属实")]
    assert ranges(findings) == ["D4", "D5", "D6", "D5"]


def test_what_has_no_cell_of_its_own_stays_alone() -> None:
    assert ranges([finding(""), finding(""), finding("B3:B9"), finding("B10")]) == ["", "", "B3:B9", "B10"]


def test_a_group_says_what_was_seen_once_each() -> None:
    group = as_one([finding(f"D{row}", given=given) for row, given in enumerate(("十二", "三场", "十二", "两", "四", "五", "六"), 4)])
    assert (group.cell, group.given, group.item) == ("D4:D10", "十二、三场、两、四、五等6个", None)
    assert as_one([finding("D4", given="十二")]) == finding("D4", given="十二")


def test_every_finding_is_in_exactly_one_group() -> None:
    luck = random.Random(7)
    for _ in range(200):
        findings = [
            finding(luck.choice(("", *(f"{column}{row}" for column in "ABC" for row in range(1, 6)))), code=luck.choice(("R401", "R404")))
            for _ in range(luck.randrange(20))
        ]
        assert sorted(position for group in grouped(findings) for position in group) == list(range(len(findings)))
