"""From a neutral grid to a form's answers.

In: a `Book` and a `Form`. Out: a `Reading`: answers with their cells, and a finding for everything that is not certain. Coarse before fine: where the
table is not found, or found twice with different figures, or wholly blank, that is the one finding. The same book always gives the same reading.
"""

import re
from collections import Counter
from collections.abc import Sequence

from include.catalogue.wording import fold, simplify
from include.domain.form import Form, Table
from include.domain.reading import Answer, Reading
from include.read import familiar, fields
from include.read.desk import Desk, take
from include.read.doubts import DOUBTS
from include.read.grid import Book, Grid, address
from include.read.layout import Claim, Mark, Region, View, survey, turned
from include.read.list_answers import take_list
from include.read.lists import read_list
from include.read.matching import PLAIN, Vocabulary, vocabulary
from include.read.record_answers import read_many, take_single_record
from include.read.records import Record, read_record

# A table is taken for found when it names at least this share of the items asked for (and two of them).
_least_share = 0.15


def understand(book: Book, form: Form, *, explain: bool = False, asks: frozenset[str] = frozenset()) -> Reading:
    """Read a book as a form.

    `asks` are the form's optional items that the obligation asks for; `explain` adds lines that say how each item was read.
    """
    words = vocabulary(form)
    if not explain and words.familiar:
        known = _read_familiar(book, form, words, asks)
        if known is not None:
            return known
    asked = words.required(asks)
    desk = Desk(book=book, form=form, words=words, asked=asked, explain=explain)
    surveys = [(grid, survey(grid, words)) for grid in book.grids]
    _note_nil(desk, surveys)
    start = 0
    for table in form.tables:
        wanted = frozenset(range(start, start + len(table.items)))
        start += len(table.items)
        _read_table(desk, table, wanted, surveys)
    is_nil = _judge_nil(desk)
    for sheet in desk.hidden:
        places = desk.hidden[sheet]
        desk.find("read_from_hidden", sheet=sheet, cell=_span(places), given=f"{len(places)}")
    desk.answers.sort(key=lambda each: each[:2])
    if len(book.grids) == 1 and len(form.tables) == 1 and not desk.nil_said and desk.sole is not None:
        familiar.remember(book.grids[0], desk.sole, words)
    return _reading(desk, is_nil, fields.texts_of(book))


def _reading(desk: Desk, is_nil: bool, texts: Sequence[fields.Place]) -> Reading:
    book = desk.book
    findings = sorted(desk.findings, key=lambda each: (each[0], each[1], each[2].code, each[2].sheet, each[2].cell))
    return Reading(
        form=desk.form.code,
        version=desk.form.version,
        unit_named=fields.unit_named(texts, book.text) or _unit_in_table(desk),
        period_named=fields.period_named(texts, book.text),
        mark=book.mark,
        is_nil=is_nil,
        answers=tuple([answer for _, _, answer in desk.answers]),
        blanks=tuple(desk.blanks),
        findings=(*book.findings, *(finding for _, _, finding in findings)),
        file_kind=book.kind,
        explain=tuple(desk.lines),
    )


def fits(book: Book, form: Form) -> float:
    """Return how surely a book holds this form, 0 to 1: the share of its items that it names, less what it names besides; its title helps."""
    words = vocabulary(form)
    title = fold(form.title.zh)
    named: set[int] = set()
    has_title = title != "" and title in fold(book.text)
    foreign = 0
    for grid in book.grids:
        here: set[int] = set()
        for row, column, sense in survey(grid, words):
            if sense.items and not (sense.is_field and not sense.is_official):
                here.update(sense.items)
            elif not has_title and row < 8 and isinstance(text := grid.rows[row][column], str) and len(text) < 80:
                has_title = title in fold(text)
        if len(here) >= 2:
            foreign += sum(
                1
                for cells in grid.rows
                for value in cells
                if isinstance(value, str)
                and 3 < len(value) < 60
                and not (sense := words.sense(value)).items
                and not (sense.role or sense.measure or sense.section or sense.is_field or sense.is_note or sense.is_total or sense is PLAIN)
            )
            named |= here
    needed = [number for number, item in enumerate(words.items) if not item.optional]
    if not needed or len(named) < min(2, len(needed)):
        return 0.3 if has_title else 0.0
    share = len(named & set(needed)) / len(needed)
    besides = len(named) / (len(named) + 0.5 * foreign)
    return min(1.0, round(share * (0.7 + 0.3 * besides) * (1.0 if has_title else 0.95), 4))


def _read_familiar(book: Book, form: Form, words: Vocabulary, asks: frozenset[str]) -> Reading | None:
    """Read a book whose one sheet has a layout already known; None if it has not, or if anything in it needs a closer look."""
    grids = [grid for grid in book.grids if grid.rows]
    if len(grids) != 1:
        return None
    grid = grids[0]
    layout = familiar.recognise(grid, words)
    if layout is None:
        return None
    values = layout.values(grid)
    if all(value is None for value in values):
        return None
    desk = Desk(book=book, form=form, words=words, asked=words.required(asks), explain=False)
    view: View | None = None
    column = layout.column
    letters = address(0, column + grid.first_column)[:-1]
    sheet, percent, items = grid.name, grid.percent, words.items
    for value, (item, row, label_column, label, unit) in zip(values, layout.places, strict=True):
        definition = items[item]
        kind = type(value)
        if kind is float and definition.kind == "count" and 0 <= value < 1e9 and value.is_integer() and not percent:  # type: ignore[union-attr, operator]
            value, kind = int(value), int  # type: ignore[arg-type]
        if kind is int and definition.kind == "count" and 0 <= value < 1_000_000_000 and not percent:  # type: ignore[operator]
            cell = f"{letters}{row + 1 + grid.first_row}"
            desk.answers.append((item, 0, Answer(item=definition.code, row=None, value=value, raw=str(value), sheet=sheet, cell=cell)))  # type: ignore[arg-type]
            continue
        if kind is str and not familiar.is_plain_answer(value, words):  # type: ignore[arg-type]
            return None
        view = view or View(grid)
        claim = Claim(item=item, label_at=(row, label_column), value_at=(row, column), label=label, value=value, unit=unit)
        take(desk, item, None, view, claim)
    is_nil = any(answer.value is None for _, _, answer in desk.answers) and _judge_nil(desk)
    found = {place[0] for place in layout.places}
    for item in sorted(desk.asked - found):
        if items[item].required:
            return None
    # The head rows too: a field may stand among them.
    above = min(place[1] for place in layout.places)
    texts = list(fields.texts_in(view or View(grid), (*range(above), *range(layout.last + 1, len(grid.rows)))))
    return _reading(desk, is_nil, texts)


def _read_table(desk: Desk, table: Table, wanted: frozenset[int], surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
    if table.rows == "many":
        read_many(desk, table, wanted, surveys)
        return
    regions: list[tuple[int, Region]] = []
    record: Record | None = None
    records: list[Record] = []
    for number, (grid, marks) in enumerate(surveys):
        if not any(sense.items and not wanted.isdisjoint(sense.items) for _, _, sense in marks):
            continue
        before = next((region for _, region in reversed(regions) if region.head is not None), None)
        best = _best_region(desk, table, wanted, grid, marks, before)
        if isinstance(best, Record):
            records.append(best)
            if record is None or (len(best.columns), len(best.rows)) > (len(record.columns), len(record.rows)):
                record = best
                regions.append((number, best.region))
        elif best.claims:
            regions.append((number, best))
    needed = [item for item in sorted(wanted & desk.asked) if desk.words.items[item].required]
    found = {*record.columns.values(), *record.aside} if record else {item for _, region in regions for item in region.found()}
    least = max(min(2, len(needed)), _least_share * len(needed))
    if len(set(found) & wanted) < least:
        desk.find("table_not_found", expected=table.title.zh or desk.form.title.zh)
        return
    if record is not None:
        take_single_record(desk, table, record, wanted, [other for other in records if other is not record])
        return
    take_list(desk, table, wanted, regions)


def _best_region(desk: Desk, table: Table, wanted: frozenset[int], grid: Grid, marks: list[Mark], before: Region | None) -> Region | Record:
    """Read a sheet upright and, unless that is plainly right, on its side; keep the reading that finds more."""
    if table.shape == "list":
        upright = read_list(View(grid), marks, wanted, desk.words, desk.form.figures, before)
        if len({claim.item for claim in upright.claims}) * 2 >= len(wanted) and upright.filled() * 2 >= len(wanted):
            return upright
    else:
        record = read_record(View(grid), marks, wanted, desk.words, frozenset(range(len(desk.words.items))) - wanted)
        if record is not None and (len(record.columns) + len(record.aside)) * 2 >= len(wanted) and len(record.rows) <= 1:
            return record
        upright = read_list(View(grid), marks, wanted, desk.words, desk.form.figures)
        named = len(record.columns) + len(record.aside) if record is not None else 0
        if record is not None and named >= len(upright.found()) and (len(record.rows) != 1 or upright.filled() <= named):
            sideways = read_list(View(grid, is_turned=True), turned(marks), wanted, desk.words, desk.form.figures)
            has_periods = any(step.startswith("column ") for step in sideways.steps)
            return sideways if has_periods and sideways.filled() else record
    is_headed = upright.headed_column is not None and upright.headed_column >= 0
    if (upright.filled() or upright.faults or is_headed) and _stand_in_columns(marks, wanted):
        return upright
    sideways = read_list(View(grid, is_turned=True), turned(marks), wanted, desk.words, desk.form.figures)

    if upright.faults and not sideways.filled():
        return upright

    def weight(region: Region) -> tuple[int, int, int]:
        return (region.filled(), len(region.found()), -len(region.faults))

    return sideways if weight(sideways) > weight(upright) else upright


def _stand_in_columns(marks: list[Mark], wanted: frozenset[int]) -> bool:
    """Whether a list's labels plainly stand below one another, so that turning the sheet could only mislead."""
    rows = Counter(row for row, _, sense in marks if sense.items and not wanted.isdisjoint(sense.items))
    columns = Counter(column for _, column, sense in marks if sense.items and not wanted.isdisjoint(sense.items))
    return bool(columns) and max(columns.values()) >= 5 and max(columns.values()) >= 3 * max(rows.values())


def _note_nil(desk: Desk, surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
    """Find cells that say the whole report is nil; a plain 无 is never one, and an unticked box says nothing."""
    for grid, marks in surveys:
        view: View | None = None
        for row, column, sense in marks:
            text = grid.rows[row][column]
            if not isinstance(text, str) or len(text) > 60:
                continue
            if sense.is_nil and fold(text) != "无":
                if re.search(r"[□○☐◯]", text) and not re.search(r"[√✓✔☑■●]", text):
                    continue
            elif "零" not in text or not (re.search(r"[√✓✔☑■]\s*零报告|零报告\s*[:：]?\s*(?:[√✓✔☑■]|是$)", simplify(text))):
                continue
            view = view or View(grid)
            desk.nil_said.append((grid.name, view.address(row, column), text.strip()))


_silenced_by_nil = ("blank_cell", "dash_for_blank", "slash_for_figure", "not_a_number", "table_blank", "table_without_rows", "merged_over_items")


def _has_our_head(desk: Desk) -> bool:
    """Whether a sheet carries the form's title, a table's title, the hidden mark, or a head row of a table's columns."""
    if desk.book.mark is not None and desk.book.mark.form == desk.form.code:
        return True
    titles = {fold(title.zh) for title in (desk.form.title, *(table.title for table in desk.form.tables))} - {""}
    for grid in desk.book.grids:
        for row in grid.rows[:12]:
            texts = [value for value in row if isinstance(value, str) and value.strip()]
            if any(title in fold(text) for text in texts for title in titles if len(title) >= 4):
                return True
            if sum(1 for text in texts if desk.words.sense(text).role) >= 2:
                return True
    return False


def _judge_nil(desk: Desk) -> bool:
    numbers = [answer for item, _, answer in desk.answers if desk.words.items[item].is_number]
    if desk.nil_said:
        sheet, cell, text = desk.nil_said[0]
        carrying = [answer for answer in numbers if answer.value not in (None, 0)]
        rows = [answer for _, _, answer in desk.answers if answer.row is not None]
        if carrying or rows:
            places = "、".join(answer.cell for answer in (carrying or rows)[:5])
            desk.find("nil_with_figures", sheet=sheet, cell=cell, given=text, expected=places)
            return True
        # The blanks, and the cell that says it, are what a nil report looks like.
        silenced = {DOUBTS[name][0] for name in _silenced_by_nil}
        if _has_our_head(desk):
            # One row that says 零报告 below the form's own title or head is all that a nil report needs.
            silenced.add(DOUBTS["table_not_found"][0])
        desk.findings = [each for each in desk.findings if each[2].code not in silenced]
        desk.blanks.clear()
        desk.say(f"nil report: {sheet}!{cell} “{text}”")
        return True
    required = [item for item in desk.words.items if item.is_number and item.required and not item.optional]
    if required and len(numbers) >= len(required) and all(answer.value is None for answer in numbers):
        return not any(each[2].severity == "error" for each in desk.findings)
    return False


def _unit_in_table(desk: Desk) -> str | None:
    """A one-row form that has an item 单位 names its unit there."""
    naming = desk.words.naming
    if naming is not None:
        for number, _, answer in desk.answers:
            if number == naming and answer.row is None and isinstance(answer.value, str):
                return answer.value
    return None


def _span(cells: Sequence[str]) -> str:
    return cells[0] if len(cells) == 1 else f"{cells[0]}:{cells[-1]}"
