"""Forms laid out as clerks lay them out: the plain layout, and everything that happens to it afterwards.

A mess takes a page and a source of luck and changes the page in place; it returns whether it could. A new mess is a new function in one of the lists
at the end of this file.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from random import Random

from include.domain.form import Form, Item, Table
from include.report.layout import lay_out
from include.sample.page import Cell, Page, Sheet, Truth, address, blank_row, spanning, text_row

Mess = Callable[[Page, Random], bool]
Answers = Mapping[tuple[str, int | None], Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands around the table."""

    unit: str
    filled_on: str
    until_on: str
    person: str
    chief: str
    telephone: str


def plain(form: Form, head: Head, answers: Answers) -> Page:
    """Lay a form out plainly: title, head, table (a row an item, or a column an item), note, foot, on one sheet."""
    rows: list[list[Cell]] = []
    width = max(5 if table.shape == "list" else len(_asked(table, answers)) + 1 for table in form.tables)
    rows.append(spanning(form.title.zh, width, look="title"))
    rows.append(_head_row(head, width))
    for number, table in enumerate(form.tables):
        if number:
            rows.append(blank_row(width))
        if len(form.tables) > 1:
            rows.append(spanning(table.title.zh, width, look="subtitle"))
        rows += _list_rows(table, answers) if table.shape == "list" else _record_rows(table, answers)
    rows.append(spanning(f"注：{form.note or '无此项填0，不得空项。'}", width))
    rows.append(spanning(f"填报人：{head.person}　　审核人：{head.chief}　　联系电话：{head.telephone}", width))
    rows = [[*row, *blank_row(width - len(row))] for row in rows]
    return Page(sheets=[Sheet(name="统计表" if form.tables[0].shape == "list" else "Sheet1", rows=rows)])


def field_texts(head: Head) -> dict[str, str]:
    """What a clerk writes beside the labels of head and foot."""
    return {
        "填报单位": head.unit,
        "报送单位": head.unit,
        "单位名称": head.unit,
        "填报人": head.person,
        "填表人": head.person,
        "制表人": head.person,
        "审核人": head.chief,
        "单位负责人": head.chief,
        "联系电话": head.telephone,
        "填报日期": head.filled_on,
        "报送日期": head.filled_on,
        "统计截止日期": head.until_on,
    }


def official(form: Form, head: Head, answers: Answers, *, asks: tuple[str, ...] = ()) -> Page:
    """Fill a form in on the project's own layout, as the blanks have it: a sheet a table, numbered rows that nobody used left as they are."""
    roles = {"title": "title", "head": "head", "label": "label", "measure": "unit"}
    fields = field_texts(head)
    layout = lay_out(form, asks, rows=max([row or 0 for _, row in answers] + [8]))
    sheets = []
    for laid in layout.sheets:
        rows = [[Cell() for _ in laid.widths] for _ in range(max(box.row + box.rows for box in laid.boxes))]
        field_text = ""
        for box in laid.boxes:
            cell = Cell(shown=box.text or None, rows=box.rows, columns=box.columns, look=roles.get(box.role, "body"))
            if box.role == "field":
                field_text = box.text
            elif box.role == "entry":
                cell.shown = next((text for name, text in fields.items() if field_text.startswith(name)), None)
            elif box.role == "value" and box.item is not None:
                cell = _answer(answers, box.item, box.item_row)
            elif box.role == "total" and box.item is not None:
                figures = [truth.value for (code, _), truth in answers.items() if code == box.item]
                cell.shown = sum(figure for figure in figures if isinstance(figure, int)) or None
            rows[box.row][box.column] = cell
        sheets.append(Sheet(name=laid.name, rows=rows))
    return Page(sheets=sheets)


def _head_row(head: Head, width: int) -> list[Cell]:
    left = Cell(shown=f"填报单位（盖章）：{head.unit}", columns=width - 2, look="field")
    right = Cell(shown=f"填报日期：{head.filled_on}", columns=2, look="field")
    return [left, *blank_row(width - 3), right, Cell()]


def _asked(table: Table, answers: Answers) -> list[Item]:
    """The table's items that this report carries: optional ones only where there is an answer."""
    given = {item for item, _ in answers}
    return [item for item in table.items if item.code in given or not item.optional]


def _list_rows(table: Table, answers: Answers) -> list[list[Cell]]:
    rows = [text_row(["序号", "指标名称", "计量单位", "数值", "备注"], look="head")]
    for number, item in enumerate(_asked(table, answers), start=1):
        rows.append(
            [
                Cell(shown=number, look="body"),
                Cell(shown=item.label, look="label"),
                Cell(shown=item.measurement_unit or None, look="unit"),
                _answer(answers, item.code, None),
                Cell(look="body"),
            ]
        )
    return rows


def _record_rows(table: Table, answers: Answers) -> list[list[Cell]]:
    items = _asked(table, answers)
    rows = [[Cell(shown="序号", look="head"), *(Cell(shown=_headed(item), look="head") for item in items)]]
    numbers: list[int | None] = [None]
    if table.rows == "many":
        codes = {item.code for item in items}
        numbers = [*sorted({row for code, row in answers if code in codes and row is not None})]
    for count, number in enumerate(numbers, start=1):
        rows.append([Cell(shown=count, look="body"), *(_answer(answers, item.code, number) for item in items)])
    return rows


def _headed(item: Item) -> str:
    return f"{item.label}（{item.measurement_unit}）" if item.measurement_unit else item.label


def _answer(answers: Answers, code: str, row: int | None) -> Cell:
    truth = answers.get((code, row))
    if truth is None:
        return Cell(look="body")
    if truth.value is None:
        return Cell(shown="/", truth=truth, look="body")
    return Cell(shown=truth.value, truth=truth, look="body")


# What a mess needs to know of a sheet: which rows are items, and in which columns label, unit and value stand.


def _item_rows(sheet: Sheet) -> list[int]:
    """The rows of a list table that carry an item's label and value."""
    return [r for r, row in enumerate(sheet.rows) if any(cell.look == "label" for cell in row) and any(cell.truth for cell in row)]


def _column(sheet: Sheet, look: str) -> int | None:
    for row in sheet.rows:
        for c, cell in enumerate(row):
            if cell.look == look:
                return c
    return None


def _labels(sheet: Sheet) -> list[Cell]:
    """Cells that name an item: row labels, and column heads of record tables."""
    found = [cell for row in sheet.rows for cell in row if cell.look == "label"]
    if not found:
        found = [cell for row in sheet.rows for cell in row[1:] if cell.look == "head"]
    return [cell for cell in found if isinstance(cell.shown, str)]


def _first_head(sheet: Sheet) -> int:
    return next(r for r, row in enumerate(sheet.rows) if any(cell.look == "head" for cell in row))


def _is_simple_list(page: Page) -> bool:
    """Whether the page is one list table that nothing has rebuilt yet."""
    sheet = page.main()
    heads = [r for r, row in enumerate(sheet.rows) if row and row[0].look == "head"]
    return len(heads) == 1 and _column(sheet, "label") == 1 and _column(sheet, "unit") == 2 and sheet.width == 5


def _is_unbroken(page: Page) -> bool:
    """Whether the page is a simple list whose items follow each other without rows of another kind."""
    if not _is_simple_list(page):
        return False
    items = _item_rows(page.main())
    return items == list(range(items[0], items[-1] + 1))


def attachment_line_above(page: Page, luck: Random) -> bool:
    """附件3 and a second title line stand over the table."""
    sheet = page.main()
    sheet.rows.insert(0, spanning(luck.choice(("附件3", "附件：3", "附 件 3")), sheet.width))
    sheet.rows.insert(1, spanning(luck.choice(("安全生产月领导小组办公室", "（内部资料  注意保存）", "2021年6月")), sheet.width, look="title"))
    return True


def head_of_two_rows(page: Page, _luck: Random) -> bool:
    """The head has two rows: merged group names over the columns."""
    sheet = page.main()
    at = _first_head(sheet)
    lower = sheet.rows[at]
    upper = [Cell(shown=cell.shown, rows=2, look="head") for cell in lower]
    if _is_simple_list(page):
        upper[2] = Cell(shown="完成情况", columns=2, look="head")
        upper[3] = Cell(look="head")
        for c in (0, 1, 4):
            lower[c] = Cell(look="head")
    else:
        for c in range(len(lower)):
            lower[c] = Cell(look="head")
        for cell in upper:
            cell.rows = 2 if cell.shown is not None else 1
    sheet.rows.insert(at, upper)
    return True


def letters_under_the_head(page: Page, _luck: Random) -> bool:
    """A row 甲 乙 丙 1 2 stands under the head, as in the statistics bureau's forms."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    sheet.rows.insert(_first_head(sheet) + 1, text_row(["甲", "乙", "丙", "1", "2"], look="body"))
    return True


def head_of_five_rows(page: Page, luck: Random) -> bool:
    """Attachment line, second title, two rows of head and a row of letters."""
    return _is_simple_list(page) and letters_under_the_head(page, luck) and head_of_two_rows(page, luck) and attachment_line_above(page, luck)


def sections_in_merged_cells(page: Page, _luck: Random) -> bool:
    """A first column groups the items under merged section names."""
    if not _is_unbroken(page):
        return False
    sheet = page.main()
    items = _item_rows(sheet)
    names = {"A": "学习贯彻", "B": "排查整治", "C": "曝光警示", "D": "咨询日", "E": "五进活动", "F": "地方行", "G": "隐患治理"}
    for row in sheet.rows:
        whole = row[0].columns == sheet.width
        row.insert(0, Cell())
        if whole or row[1].columns > 1:
            row[0], row[1] = row[1], Cell()
            row[0].columns += 1
    head = _first_head(sheet)
    sheet.rows[head][0] = Cell(shown="类别", look="head")
    for letter, run in groupby(items, key=lambda r: next(cell.truth.item[0] for cell in sheet.rows[r] if cell.truth)):
        block = list(run)
        sheet.rows[block[0]][0] = Cell(shown=names.get(letter, "其他"), rows=len(block), look="body")
    return True


def section_rows(page: Page, luck: Random) -> bool:
    """Rows such as 一、学习贯彻 stand between the items."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    items = _item_rows(sheet)
    for number, at in enumerate(sorted(luck.sample(items[1:], min(4, len(items) - 1)), reverse=True)):
        sheet.rows.insert(at, spanning(f"{'四三二一'[number]}、{('隐患治理', '宣传“五进”', '咨询活动', '学习宣传')[number]}", sheet.width))
    return True


def unit_in_brackets(page: Page, _luck: Random) -> bool:
    """The measurement unit stands in brackets behind the label and has no column."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    for row in sheet.rows:
        if row[1].look == "label":
            row[1].shown = f"{row[1].shown}（{row[2].shown}）" if row[2].shown else row[1].shown
        if row[0].columns == sheet.width:
            row[0].columns -= 1
            row.pop()
        elif row[0].columns > 1:
            row[0].columns -= 1
            row.pop(1)
        else:
            row.pop(2)
    return True


def unit_behind_the_number(page: Page, _luck: Random) -> bool:
    """The measurement unit is written behind each number (12场次), and has no column."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    for row in sheet.rows:
        value = row[3]
        if row[1].look == "label" and row[2].shown and isinstance(value.shown, (int, float)) and not value.formula and not value.format:
            value.shown = f"{value.shown}{row[2].shown}"
        if row[0].columns == sheet.width:
            row[0].columns -= 1
            row.pop()
        elif row[0].columns > 1:
            row[0].columns -= 1
            row.pop(1)
        else:
            row.pop(2)
    return True


def unit_after_the_value(page: Page, _luck: Random) -> bool:
    """数值 stands before 计量单位."""
    if not _is_simple_list(page):
        return False
    for row in page.main().rows:
        if row[0].columns == 1:
            row[2], row[3] = row[3], row[2]
    return True


def numbering_in_labels(page: Page, luck: Random) -> bool:
    """Labels carry their own numbers: 1、 1. （1） (1)."""
    sheet = page.main()
    if _column(sheet, "label") is None:
        return False
    style = luck.choice(("{}、", "{}.", "（{}）", "({})", "{}．"))
    for number, cell in enumerate(_labels(sheet), start=1):
        cell.shown = style.format(number) + str(cell.shown)
    return True


def blanks_inside_words(page: Page, luck: Random) -> bool:
    """Blanks stand inside words: 消  防."""
    for cell in _labels(page.main()):
        text = str(cell.shown)
        at = luck.randint(1, len(text) - 1) if len(text) > 1 else 0
        cell.shown = text[:at] + luck.choice((" ", "  ", "　")) + text[at:]
    return True


def line_breaks_inside_labels(page: Page, luck: Random) -> bool:
    """Long labels are broken by hand."""
    for cell in _labels(page.main()):
        text = str(cell.shown)
        if len(text) > 4:
            at = luck.randint(2, len(text) - 2)
            cell.shown = text[:at] + "\n" + text[at:]
    return True


def other_quotes(page: Page, luck: Random) -> bool:
    """Quotes and brackets of another keyboard, or none."""
    style = luck.choice(({"“": '"', "”": '"'}, {"“": "「", "”": "」"}, {"“": "", "”": ""}, {"（": "(", "）": ")", "《": "<", "》": ">"}))
    table = {ord(old): new for old, new in style.items()}
    for cell in _labels(page.main()):
        cell.shown = str(cell.shown).translate(table)
    return True


def full_width_characters(page: Page, _luck: Random) -> bool:
    """Digits and letters in full width, in labels and numbers."""
    for _, _, _, cell in page.cells():
        if cell.formula or cell.format:
            continue
        is_figure = cell.truth is not None and isinstance(cell.truth.value, (int, float)) and cell.shown is not None
        if is_figure or cell.look in ("label", "head"):
            cell.shown = re.sub(r"[0-9A-Za-z.%]", lambda match: chr(ord(match.group()) + 0xFEE0), str(cell.shown)) if cell.shown is not None else None
    return True


def traditional_characters(page: Page, _luck: Random) -> bool:
    """The whole page in traditional characters, as a web site or a keyboard made it; answers keep what was typed."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    for _, _, _, cell in page.cells():
        if isinstance(cell.shown, str) and cell.truth is None:
            cell.shown = convert(cell.shown)
    return True


def mixed_characters(page: Page, luck: Random) -> bool:
    """Half of the labels in traditional characters: a machine converted part of the page."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    for cell in _labels(page.main()):
        if luck.random() < 0.5:
            cell.shown = convert(str(cell.shown))
    return True


def rows_in_another_order(page: Page, luck: Random) -> bool:
    """The unit sorted the rows as it liked."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    places = _item_rows(sheet)
    rows = [sheet.rows[r] for r in places]
    luck.shuffle(rows)
    for r, row in zip(places, rows, strict=True):
        sheet.rows[r] = row
    return True


def columns_in_another_order(page: Page, luck: Random) -> bool:
    """A record table with its columns in another order."""
    sheet = page.main()
    heads = [r for r, row in enumerate(sheet.rows) if row and row[0].look == "head"]
    if len(heads) != 1 or _column(sheet, "label") is not None:
        return False
    order = list(range(1, sheet.width))
    luck.shuffle(order)
    last = max(r for r, row in enumerate(sheet.rows) if any(cell.truth for cell in row))
    for row in sheet.rows[heads[0] : last + 1]:
        if all(cell.columns == 1 for cell in row):
            row[1:] = [row[c] for c in order]
    return True


def extra_rows(page: Page, luck: Random) -> bool:
    """The unit added rows of its own."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    added = [("制作短视频（自行增加）", "个"), ("“安康杯”竞赛参赛班组", "个"), ("购置灭火器材", "具")]
    for label, unit in luck.sample(added, 2):
        at = luck.choice(_item_rows(sheet))
        sheet.rows.insert(at, [Cell(), Cell(shown=label, look="label"), Cell(shown=unit), Cell(shown=luck.randint(1, 30)), Cell()])
    return True


def two_tables_side_by_side(page: Page, _luck: Random) -> bool:
    """The second half of the items stands to the right of the first."""
    if not _is_unbroken(page):
        return False
    sheet = page.main()
    head = _first_head(sheet)
    items = _item_rows(sheet)
    half = (len(items) + 1) // 2
    right = [sheet.rows[r] for r in items[half:]]
    kept = [row for r, row in enumerate(sheet.rows) if r not in set(items[half:])]
    lines = iter([[Cell(shown=cell.shown, look=cell.look) for cell in sheet.rows[head]], *right])
    for row in kept:
        for cell in row[:1]:
            if cell.columns == sheet.width:
                cell.columns = 10
    for r, row in enumerate(kept):
        tail = next(lines, None) if r >= head else None
        row += list(tail) if tail else blank_row(5)
    sheet.rows = kept
    return True


def week_and_total(page: Page, luck: Random) -> bool:
    """本周 and 累计 stand side by side; the form's figures are cumulative, so 累计 counts."""
    if not _is_simple_list(page):
        return False
    sheet = page.main()
    head = _first_head(sheet)
    sheet.rows[head][3] = Cell(shown="本周", look="head")
    for r, row in enumerate(sheet.rows):
        if row[0].columns > 1:
            if row[0].columns == 5:
                row[0].columns = 6
            row.append(Cell())
            continue
        if r == head:
            row.insert(4, Cell(shown="累计", look="head"))
            continue
        value = row[3].truth.value if row[3].truth else None
        week = luck.randint(0, max(0, int(value))) if isinstance(value, (int, float)) else None
        row.insert(3, Cell(shown=week, look="body"))
    return True


def table_on_the_second_sheet(page: Page, _luck: Random) -> bool:
    """The first sheet holds instructions."""
    texts = ["填表说明", "一、本表由联络员填写，单位负责人审核。", "二、口径以活动方案为准，没有的填0。", "三、本表一式两份，报送1份，留存1份。"]
    page.sheets.insert(0, Sheet(name="填表说明", rows=[text_row([text]) for text in texts]))
    return True


def empty_sheets_behind(page: Page, _luck: Random) -> bool:
    """Sheet2 and Sheet3, as old Excel made them."""
    page.sheets += [Sheet(name="Sheet2", rows=[]), Sheet(name="Sheet3", rows=[])]
    return True


def hidden_rows(page: Page, luck: Random) -> bool:
    """Some of the rows are hidden; they count all the same."""
    sheet = page.main()
    rows = [r for r, row in enumerate(sheet.rows) if any(cell.truth for cell in row)]
    sheet.hidden_rows |= set(luck.sample(rows, max(1, len(rows) // 8)))
    return True


def hidden_column(page: Page, _luck: Random) -> bool:
    """The column of measurement units is hidden."""
    sheet = page.main()
    column = _column(sheet, "unit")
    if column is None:
        return False
    sheet.hidden_columns.add(column)
    return True


def hidden_sheet(page: Page, _luck: Random) -> bool:
    """A hidden sheet holds choices for drop-downs."""
    page.sheets.append(Sheet(name="选项", rows=[text_row([text]) for text in ("是", "否", "房屋建筑", "市政公用")], is_hidden=True))
    return True


def table_off_the_corner(page: Page, luck: Random) -> bool:
    """The table begins some rows and columns away from the corner."""
    sheet = page.main()
    sheet.first_row, sheet.first_column = luck.randint(1, 4), luck.randint(1, 3)
    return True


def notes_and_signatures(page: Page, _luck: Random) -> bool:
    """Footnotes with numbers and signatures stand under the table."""
    sheet = page.main()
    sheet.rows += [
        blank_row(sheet.width),
        spanning("说明：1.本表由联络员填报；2.隐患排查共出动检查组12个、检查人员56人次。", sheet.width),
        spanning("单位负责人（签字）：　　　　　　　　　　年　　月　　日", sheet.width),
    ]
    return True


def note_left_out(page: Page, _luck: Random) -> bool:
    """Somebody deleted the note between table and foot."""
    sheet = page.main()
    for r, row in enumerate(sheet.rows):
        first = next((cell.shown for cell in row if cell.shown is not None), None)
        if r > 3 and isinstance(first, str) and first.startswith(("注", "姓名、手机", "时间写到日", "无此项")):
            del sheet.rows[r]
            return True
    return False


def total_row(first: bool) -> Mess:
    """A row 合计 with the sum of the participants, first or last in a table of many rows."""

    def add(page: Page, luck: Random) -> bool:
        sheet = page.main()
        rows = [r for r, row in enumerate(sheet.rows) if any(cell.truth and cell.truth.row is not None for cell in row)]
        if not rows or any(cell.truth and cell.truth.item.startswith("V") for row in sheet.rows for cell in row):
            return False
        total = blank_row(sheet.width)
        total[luck.choice((0, 1))].shown = luck.choice(("合计", "总计", "合　　计"))
        summed = False
        for c in range(sheet.width):
            figures = [truth.value for truth in (sheet.rows[r][c].truth for r in rows) if truth is not None]
            numbers = [figure for figure in figures if isinstance(figure, int)]
            if numbers and len(numbers) == len(figures):
                total[c].shown, summed = sum(numbers), True
        if not summed:
            return False
        sheet.rows.insert(rows[0] if first else rows[-1] + 1, total)
        return True

    add.__name__ = "total_row_first" if first else "total_row_last"
    return add


def rate_as_percentage(page: Page, _luck: Random) -> bool:
    """The rate is a number with a percentage format: the cell holds 0.857 and shows 85.7%."""
    done = False
    for _, _, _, cell in page.cells():
        if cell.truth and cell.look == "body" and cell.truth.item in ("G4", "V7", "V8") and isinstance(cell.shown, (int, float)):
            cell.shown, cell.format, done = round(cell.shown / 100, 4), "0.0%", True
    return done


def formula_without_value(page: Page, _luck: Random) -> bool:
    """The rate is a formula that no program has calculated: recomputed with certainty, or asked about."""
    places = {cell.truth.item: (r, c, cell) for _, r, c, cell in page.cells() if cell.truth is not None}
    if not {"G2", "G3", "G4"} <= set(places) or not isinstance(places["G4"][2].truth.value if places["G4"][2].truth else None, (int, float)):
        return False
    whole, part, rate = (places[code] for code in ("G2", "G3", "G4"))
    # A formula over "12项" is an error in every program.
    if not all(isinstance(one[2].shown, (int, float)) for one in (whole, part)):
        return False
    assert rate[2].truth is not None
    rate[2].formula = f"=ROUND({address(part[0], part[1])}/{address(whole[0], whole[1])}*100,1)"
    rate[2].truth.may_refuse = True
    return True


# Messes of the layout. Those of the first list go into any file; the second into workbooks only, as paper and CSV have no hidden rows.
IN_ANY_FILE: tuple[Mess, ...] = (
    attachment_line_above,
    head_of_two_rows,
    letters_under_the_head,
    head_of_five_rows,
    sections_in_merged_cells,
    section_rows,
    unit_in_brackets,
    unit_behind_the_number,
    unit_after_the_value,
    numbering_in_labels,
    blanks_inside_words,
    line_breaks_inside_labels,
    other_quotes,
    full_width_characters,
    traditional_characters,
    mixed_characters,
    rows_in_another_order,
    columns_in_another_order,
    extra_rows,
    two_tables_side_by_side,
    week_and_total,
    notes_and_signatures,
    note_left_out,
    total_row(first=True),
    total_row(first=False),
)
IN_WORKBOOKS: tuple[Mess, ...] = (
    table_on_the_second_sheet,
    empty_sheets_behind,
    hidden_rows,
    hidden_column,
    hidden_sheet,
    table_off_the_corner,
    rate_as_percentage,
)
# The last to be applied, as they name the places of cells; for archives of XML, where programs read a formula's text.
WITH_FORMULAS: tuple[Mess, ...] = (formula_without_value,)
