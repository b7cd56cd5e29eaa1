"""Any permutation of what clerks do gives the same answers or a finding, never another value."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from include.catalogue import form
from include.domain.form import Form, Item
from include.read.grid import CellValue
from include.read.understand import understand
from include.sample import figures, layouts
from include.sample.page import places
from include.sample.styles import Style
from tests.corpus.families import book_of
from tests.corpus.hands import HANDS
from tests.corpus.judge import says
from tests.unit import read_sheets as sheets
from tests.unit.read_sheets import Written

FORMS = ("statistics-beipiao", "statistics-binhai", "statistics-heilongjiang")
MOVABLE = tuple(layout for layout in sheets.LAYOUTS if layout not in sheets.FIXED_ORDER)


@settings(max_examples=80, deadline=None)
@given(
    code=st.sampled_from(FORMS),
    layout=st.sampled_from(MOVABLE),
    wordings=st.lists(st.sampled_from(sheets.WORDINGS), max_size=2, unique=True),
    hands=st.lists(st.sampled_from(sheets.HANDS), max_size=3),
    seed=st.integers(0, 10**6),
)
def test_messes_in_any_order_give_the_truth_or_a_finding(code: str, layout: sheets.Layout, wordings: list, hands: list, seed: int) -> None:
    luck = Random(seed)
    definition = form(code)
    truth = sheets.truth_of(definition, luck)
    lines = sheets.written(definition, truth)
    for line in lines:
        for wording in wordings:
            wording(line, luck)
        if hands and line.item.is_number and layout is not sheets.figure_in_the_labels_cell and luck.random() < 0.5:
            before = line.shown
            if not luck.choice(hands)(line, luck):
                line.shown = before
    luck.shuffle(lines)
    reading = understand(layout(lines, luck), definition)
    assert sheets.wrong_answers(reading, truth) == []
    assert [item for item in sheets.unread_items(reading, truth) if definition.item(item).is_number and not sheets.is_flagged(reading, item)] == []


MESSES = (*layouts.IN_ANY_FILE, *layouts.IN_WORKBOOKS)


@settings(max_examples=60, deadline=None)
@given(
    code=st.sampled_from((*FORMS, "liaison", "activity-plan", "covert-inspection")),
    messes=st.lists(st.sampled_from(MESSES), max_size=5, unique=True),
    hands=st.lists(st.sampled_from(HANDS), max_size=2, unique=True),
    seed=st.integers(0, 10**6),
)
def test_messes_upon_messes_never_give_another_value(code: str, messes: list[layouts.Mess], hands: list[Style], seed: int) -> None:
    """Any messes of the sample in any order, on any form, figures typed in any way: every answer is what its cell says, or is doubted."""
    luck = Random(seed)
    definition = form(code)
    answers = figures.truths(_invented(definition, luck))
    head = layouts.Head(unit="安全股", filled_on="2021年6月22日", until_on="2021年6月20日", person="张三", chief="李四", telephone="0421-5812345")
    page = layouts.plain(definition, head, answers)
    for mess in messes:
        mess(page, luck)
    items = {item.code: item for item in definition.items()}
    for _, _, _, cell in page.cells():
        if cell.truth is not None and not cell.format and hands and luck.random() < 0.4:
            luck.choice(hands)(cell, cell.truth, items[cell.truth.item], luck)
    reading = understand(book_of(page), definition)
    told = {(one.truth.item, one.truth.row): one for one in places(page, "xlsx")}
    doubted = {(finding.item, finding.row) for finding in reading.findings if finding.severity != "note"}
    for answer in reading.answers:
        key = (answer.item, answer.row)
        is_right = key in told and says(told[key].truth, answer.value) and told[key].cell == answer.cell
        assert is_right or doubted & {key, (answer.item, None), (None, None)}, (answer, told.get(key))
    unread = {key for key, one in told.items() if one.truth.value is not None} - {(answer.item, answer.row) for answer in reading.answers}
    assert not {key for key in unread if items[key[0]].required} or any(finding.severity == "error" for finding in reading.findings)


def _invented(definition: Form, luck: Random) -> figures.Figures:
    match definition.code:
        case "liaison":
            return figures.liaison(definition, luck, "安全股", "")
        case "activity-plan":
            rows = [figures.activity(f"{luck.choice(figures.ACTIVITIES)}（{row}）", f"6月{row + 3}日", luck, "公共室") for row in range(1, 6)]
            return {(code, row): value for row, given in enumerate(rows, start=1) for code, value in given.items()}
        case "covert-inspection":
            return figures.covert_inspection(luck, 40)
        case _:
            return figures.statistics(definition, luck)


def _false_label(labels: list[str], luck: Random) -> str:
    one, other = luck.choice(labels), luck.choice(labels)
    at = luck.randrange(len(one))
    match luck.randint(0, 4):
        case 0:
            return one[: at + 1] + other[luck.randrange(len(other)) :]
        case 1:
            return one + luck.choice(("评估", "单位数", "企业数", "（重大）", "完成率", "计划数", "奖励金额", "报道", "台账", "（线上）"))
        case 2:
            return luck.choice(("重大", "一般", "线上", "市级", "计划", "上年", "去年同期")) + one
        case 3:
            return one[:at] + luck.choice("大小进出机关园区重一般上下") + one[at + 1 :]
        case _:
            return one[:at] + one[at + 1 :]


@settings(max_examples=120, deadline=None)
@given(code=st.sampled_from(FORMS), layout=st.sampled_from(MOVABLE[:12]), seed=st.integers(0, 10**6))
def test_rows_with_almost_the_right_label_are_never_taken_silently(code: str, layout: sheets.Layout, seed: int) -> None:
    """Items are dropped, and rows added whose labels are made of pieces of real ones: their figures are above 200,000, no true one is."""
    luck = Random(seed)
    definition = form(code)
    labels = [wording for item in definition.items() for wording in (item.label, *item.aliases)]
    truth = sheets.truth_of(definition, luck)
    lines = sheets.written(definition, truth)
    dropped = set(luck.sample([line.item.code for line in lines], luck.randint(0, 8)))
    lines = [line for line in lines if line.item.code not in dropped]
    for _ in range(luck.randint(1, 5)):
        label = _false_label(labels, luck)
        made = Item(code="Z1", label=label, measurement_unit=luck.choice(("场次", "人次", "次", "个")))
        lines.insert(luck.randrange(len(lines) + 1), Written(made, label, made.measurement_unit, luck.randint(200_001, 300_000)))
    reading = understand(layout(lines, luck), definition)
    for answer in reading.answers:
        if answer.value != truth.get(answer.item):
            label = next(line.label for line in lines if str(line.shown) == str(answer.value))
            is_said = any(_means(label, wording) for wording in (definition.item(answer.item).label, *definition.item(answer.item).aliases))
            assert sheets.is_flagged(reading, answer.item) or is_said, (label, answer)


def _means(label: str, wording: str) -> bool:
    """Whether a made-up label says the item in words a person would accept without asking: quotes, 活动 and the like apart."""
    bare = str.maketrans("", "", "“”《》、（）()·")
    fillers = ("活动", "开展", "其中：", "参与人数", "参与数", "参与", "参观", "情况", "数量", "人数")
    one, other = label.translate(bare), wording.translate(bare)
    for filler in fillers:
        one, other = one.replace(filler, ""), other.replace(filler, "")
    return one == other


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), layout=st.sampled_from((sheets.plain, sheets.section_column, sheets.two_halves, sheets.this_week_and_total)))
def test_a_blanked_or_spoilt_cell_spoils_only_its_own_item(seed: int, layout: sheets.Layout) -> None:
    luck = Random(seed)
    definition = form("statistics-beipiao")
    truth = sheets.truth_of(definition, luck)
    lines = sheets.written(definition, truth)
    spoilt = set(luck.sample([line.item.code for line in lines if line.item.kind == "count"], 5))
    junk: tuple[CellValue, ...] = (None, "—", "/", "若干", "12场350人次88", -4, 3.7, "10-15", "见附件", True, "#REF!", "6月16日")
    for line in lines:
        if line.item.code in spoilt:
            line.shown = luck.choice(junk)
    reading = understand(layout(lines, luck), definition)
    told = {finding.item for finding in reading.findings if finding.severity == "error"}
    assert told == spoilt
    assert not spoilt & {answer.item for answer in reading.answers}
    rest = {item: value for item, value in truth.items() if item not in spoilt}
    assert (sheets.wrong_answers(reading, rest), sheets.unread_items(reading, rest)) == ([], [])
    assert {place.item for place in reading.blanks} == spoilt


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(-5, 10**6), st.floats(), st.text(max_size=12), st.booleans()), max_size=6), max_size=12))
def test_no_sheet_whatever_makes_reading_fail(rows: list[list[CellValue]]) -> None:
    from include.read.grid import Book, Grid

    cleaned = [[None if cell == "" else cell for cell in row] for row in rows]
    for code in (*FORMS, "liaison", "activity-plan", "covert-inspection"):
        understand(Book(kind="xlsx", grids=[Grid(name="s", rows=cleaned, merged=[(0, 0, 3, 3)])]), form(code))
