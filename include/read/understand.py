"""From a neutral grid to a form's answers.

In: a `Book` and a `Form`. Out: a `Reading`: answers with their cells, and a finding for everything that is not certain. Coarse before fine: where the
table is not found, or found twice with different figures, or wholly blank, that is the one finding. The same book always gives the same reading.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from include.catalogue.wording import fold, simplify
from include.domain.finding import Finding
from include.domain.form import Form, Item, Table
from include.domain.reading import Answer, Place, Reading
from include.read import familiar, fields, measures
from include.read.cells import Entry, is_blank, looks_like_figure, raw_text, read_entry
from include.read.doubts import DOUBTS, doubt
from include.read.grid import Book, Grid, address
from include.read.layout import Claim, Mark, Record, Region, View, read_list, read_record, survey, turned
from include.read.matching import PLAIN, Vocabulary, is_example, vocabulary

# A table is taken for found when it names at least this share of the items asked for (and two of them).
_least_share = 0.15


@dataclass(slots=True)
class _Desk:
    """What is being put together while a book is read."""

    book: Book
    form: Form
    words: Vocabulary
    asked: frozenset[int]
    explain: bool
    answers: list[tuple[int, int, Answer]] = field(default_factory=list)
    blanks: list[Place] = field(default_factory=list)
    findings: list[tuple[int, int, Finding]] = field(default_factory=list)
    hidden: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    nil_said: list[tuple[str, str, str]] = field(default_factory=list)
    sole: Region | None = None

    def find(self, name: str, item: int | None = None, row: int | None = None, *, sheet: str = "", cell: str = "", given: str = "", expected: str = "") -> None:
        """Add a finding in the form's order."""
        code = self.words.items[item].code if item is not None else None
        order = -1 if item is None else item
        self.findings.append((order, row or 0, doubt(name, item=code, row=row, sheet=sheet, cell=cell, given=given, expected=expected)))

    def say(self, line: str) -> None:
        """Add a line of explanation where one was asked for."""
        if self.explain:
            self.lines.append(line)


def understand(book: Book, form: Form, *, explain: bool = False, asks: frozenset[str] = frozenset()) -> Reading:
    """Read a book as a form. `asks` are the form's optional items that the obligation asks for; `explain` adds lines that say how each item was read."""
    words = vocabulary(form)
    if not explain and words.familiar:
        known = _read_familiar(book, form, words, asks)
        if known is not None:
            return known
    asked = words.required(asks)
    desk = _Desk(book=book, form=form, words=words, asked=asked, explain=explain)
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


def _reading(desk: _Desk, is_nil: bool, texts: Sequence[fields.Place]) -> Reading:
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
                if isinstance(value, str) and 3 < len(value) < 60 and not (sense := words.sense(value)).items and not (
                    sense.role or sense.measure or sense.section or sense.is_field or sense.is_note or sense.is_total or sense is PLAIN
                )
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
    desk = _Desk(book=book, form=form, words=words, asked=words.required(asks), explain=False)
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
        _take(desk, item, None, view, claim)
    is_nil = any(answer.value is None for _, _, answer in desk.answers) and _judge_nil(desk)
    found = {place[0] for place in layout.places}
    for item in sorted(desk.asked - found):
        if items[item].required:
            return None
    # The head rows too: a field may stand among them.
    above = min(place[1] for place in layout.places)
    texts = list(fields.texts_in(view or View(grid), (*range(above), *range(layout.last + 1, len(grid.rows)))))
    return _reading(desk, is_nil, texts)


# One table of the form.


def _read_table(desk: _Desk, table: Table, wanted: frozenset[int], surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
    if table.rows == "many":
        _read_many(desk, table, wanted, surveys)
        return
    regions: list[tuple[int, Region]] = []
    record: Record | None = None
    for number, (grid, marks) in enumerate(surveys):
        if not any(sense.items and not wanted.isdisjoint(sense.items) for _, _, sense in marks):
            continue
        best = _best_region(desk, table, wanted, grid, marks)
        if isinstance(best, Record):
            if record is None or len(best.columns) > len(record.columns) or (len(best.columns) == len(record.columns) and len(best.rows) > len(record.rows)):
                record = best
                regions.append((number, best.region))
        elif best.claims:
            regions.append((number, best))
    needed = [item for item in sorted(wanted & desk.asked) if desk.words.items[item].required]
    found = record.columns.values() if record else {item for _, region in regions for item in region.found()}
    least = max(min(2, len(needed)), _least_share * len(needed))
    if len(set(found) & wanted) < least:
        desk.find("table_not_found", expected=table.title.zh or desk.form.title.zh)
        return
    if record is not None:
        _take_single_record(desk, table, record, wanted)
        return
    _take_list(desk, table, wanted, regions)


def _best_region(desk: _Desk, table: Table, wanted: frozenset[int], grid: Grid, marks: list[Mark]) -> Region | Record:
    """Read a sheet upright and, unless that is plainly right, on its side; keep the reading that finds more."""
    if table.shape == "list":
        upright = read_list(View(grid), marks, wanted, desk.words, desk.form.figures)
        if len({claim.item for claim in upright.claims}) * 2 >= len(wanted) and upright.filled() * 2 >= len(wanted):
            return upright
    else:
        record = read_record(View(grid), marks, wanted, desk.words, frozenset(range(len(desk.words.items))) - wanted)
        if record is not None and len(record.columns) * 2 >= len(wanted) and len(record.rows) <= 1:
            return record
        upright = read_list(View(grid), marks, wanted, desk.words, desk.form.figures)
        if record is not None and len(record.columns) >= len(upright.found()) and (len(record.rows) != 1 or upright.filled() <= len(record.columns)):
            sideways = read_list(View(grid, is_turned=True), turned(marks), wanted, desk.words, desk.form.figures)
            has_periods = any(step.startswith("column ") for step in sideways.steps)
            return sideways if has_periods and sideways.filled() else record
    if _stand_in_columns(marks, wanted):
        return upright
    sideways = read_list(View(grid, is_turned=True), turned(marks), wanted, desk.words, desk.form.figures)

    def weight(region: Region) -> tuple[int, int, int]:
        return (region.filled(), len(region.found()), -len(region.faults))

    return sideways if weight(sideways) > weight(upright) else upright


def _stand_in_columns(marks: list[Mark], wanted: frozenset[int]) -> bool:
    """Whether a list's labels plainly stand below one another, so that turning the sheet could only mislead."""
    rows = Counter(row for row, _, sense in marks if sense.items and not wanted.isdisjoint(sense.items))
    columns = Counter(column for _, column, sense in marks if sense.items and not wanted.isdisjoint(sense.items))
    return bool(columns) and max(columns.values()) >= 5 and max(columns.values()) >= 3 * max(rows.values())


def _take_list(desk: _Desk, table: Table, wanted: frozenset[int], regions: list[tuple[int, Region]]) -> None:
    words = desk.words
    regions.sort(key=lambda each: (-each[1].filled(), -len(each[1].found()), each[1].view.grid.is_hidden, each[0]))
    main = regions[0][1]
    own = [main]
    rivals: list[Region] = []
    covered = main.found()
    for _, region in regions[1:]:
        overlap = region.found() & covered
        if len(overlap) * 5 <= len(region.found()):
            own.append(region)
            covered |= region.found()
        else:
            rivals.append(region)
    claims: dict[int, list[tuple[Region, Claim]]] = {}
    for region in own:
        for claim in region.claims:
            if claim.item in wanted:
                claims.setdefault(claim.item, []).append((region, claim))
    if _is_repeated(desk, table, main, rivals, claims):
        return
    _tell_faults(desk, own)
    is_unreadable = all(any(fault[0] in ("value_column_unclear", "other_period_only") for fault in region.faults) for region in own)
    if is_unreadable:
        return
    if len(regions) == 1:
        desk.sole = main
    filled = sum(region.filled() for region in own)
    numbers = [claim for each in claims.values() for _, claim in each if words.items[claim.item].is_number]
    if not filled and not desk.nil_said and numbers:
        cells = [claim.value_at for claim in numbers if claim.value_at]
        where = _range(main.view, cells) if cells else ""
        for item in sorted(claims):
            for region, claim in claims[item][:1]:
                if claim.value_at:
                    desk.blanks.append(Place(item=words.items[item].code, row=None, sheet=region.view.grid.name, cell=region.view.address(*claim.value_at)))
        desk.find("table_blank", sheet=main.view.grid.name, cell=where, expected=table.title.zh)
        return
    near: dict[int, tuple[Region, str, str, tuple[int, ...]]] = {}
    for region in own:
        for stray in region.strays:
            place = region.view.address(*stray.at)
            open_items = tuple(item for item in stray.may_be if item in wanted and item not in claims)
            for item in open_items:
                near.setdefault(item, (region, place, stray.label, stray.may_be))
            if stray.has_figure and not open_items and stray.copy_of in claims:
                # A misprinted copy of a row that is there: harmless if it says the same.
                copied = stray.copy_of
                theirs = region.view.at(*stray.value_at) if stray.value_at is not None else None
                if not is_blank(theirs) and all(theirs != claim.value for _, claim in claims[copied]):
                    label = words.items[copied].label
                    desk.find("elsewhere_differs", copied, sheet=region.view.grid.name, cell=place, given=raw_text(theirs), expected=label)
                    continue
            if stray.has_figure and not open_items:
                expected = words.items[stray.nearest].label if stray.nearest is not None else "—"
                desk.find("row_not_in_form", sheet=region.view.grid.name, cell=place, given=stray.label, expected=expected)
                desk.say(f"{place} “{stray.label}”: not in the form, nearest “{expected}”")
    for item in sorted(wanted):
        _settle(desk, item, claims.get(item, []), near.get(item))


def _is_repeated(desk: _Desk, table: Table, main: Region, rivals: list[Region], claims: dict[int, list[tuple[Region, Claim]]]) -> bool:
    """Tell of copies of the table elsewhere in the file; True if they contradict so that nothing can be taken."""
    words = desk.words
    for rival in rivals:
        if not rival.filled():
            continue
        both: list[tuple[int, Claim, Claim]] = []
        for claim in rival.claims:
            ours = claims.get(claim.item)
            if ours and not is_blank(claim.value) and claim.value_at is not None:
                both.append((claim.item, ours[0][1], claim))
        differing = [(item, one, other) for item, one, other in both if not _says_the_same(one, other, words.items[item])]
        names = f"{_where(main)}、{_where(rival)}"
        if not differing:
            if both:
                desk.find("table_repeated_alike", sheet=rival.view.grid.name, given=names)
        elif len(rival.found()) * 3 <= len(main.found()) and (len(main.claims) - main.filled()) * 5 <= len(main.claims):
            for item, one, other in differing:
                desk.find(
                    "elsewhere_differs",
                    item,
                    sheet=rival.view.grid.name,
                    cell=rival.view.address(*other.value_at) if other.value_at else "",
                    given=raw_text(other.value),
                    expected=words.items[item].label,
                )
                desk.say(f"{words.items[item].code}: rejected {raw_text(other.value)!r} outside the main table against {raw_text(one.value)!r}")
        else:
            desk.find("table_repeated", sheet=rival.view.grid.name, given=names, expected=table.title.zh)
            return True
    lanes = [claim for each in claims.values() for _, claim in each]
    doubled = [item for item, each in claims.items() if len({claim.label_at for _, claim in each}) > 1]
    if len(doubled) >= 4 and len(doubled) * 2 >= len(claims):
        differing_items = [
            item for item in doubled if any(not _says_the_same(claims[item][0][1], claim, words.items[item]) for _, claim in claims[item][1:] if not is_blank(claim.value))
        ]
        blocks = f"{main.view.grid.name} {_range(main.view, [claim.label_at for claim in lanes])}".strip()
        if differing_items and not is_blank(claims[differing_items[0]][0][1].value):
            desk.find("table_repeated", sheet=main.view.grid.name, given=blocks, expected=table.title.zh)
            return True
    return False


def _where(region: Region) -> str:
    name = region.view.grid.name
    cells = _range(region.view, [claim.label_at for claim in region.claims])
    return f"“{name}”{cells}" if name else cells


def _says_the_same(one: Claim, other: Claim, item: Item) -> bool:
    if one.value == other.value and type(one.value) is type(other.value):
        return True
    left, right = read_entry(one.inline or one.value, item), read_entry(other.inline or other.value, item)
    return left.state == right.state and left.value == right.value and left.state in ("value", "nil", "blank")


def _tell_faults(desk: _Desk, regions: Iterable[Region]) -> None:
    for region in regions:
        for name, given, expected, first, last in region.faults:
            desk.find(name, sheet=region.view.grid.name, cell=_range(region.view, [first, last]), given=given, expected=expected)
        for step in region.steps:
            desk.say(f"{_where(region)}: {step}")


def _settle(desk: _Desk, item: int, claims: list[tuple[Region, Claim]], near: tuple[Region, str, str, tuple[int, ...]] | None) -> None:
    """Choose among the cells that claim an item; more than one with different contents is a finding, never a choice."""
    definition = desk.words.items[item]
    if len(claims) > 1:
        claims = _without_other_period(desk, claims)
        distinct: list[tuple[Region, Claim]] = []
        for region, claim in claims:
            if not any(region is other and claim.value_at == kept.value_at and claim.value_at is not None for other, kept in distinct):
                distinct.append((region, claim))
        filled = [each for each in distinct if each[1].inline or not is_blank(each[1].value)]
        claims = filled or distinct[:1]
        if len(filled) > 1:
            places = "、".join(_place(region, claim) for region, claim in filled)
            given = "、".join(raw_text(claim.value).strip() for _, claim in filled)
            region, claim = filled[0]
            if all(_says_the_same(claim, other, definition) for _, other in filled[1:]):
                desk.find("item_repeated_alike", item, sheet=region.view.grid.name, cell=places, given=given, expected=definition.label)
            else:
                desk.find("item_found_twice", item, sheet=region.view.grid.name, cell=places, given=given, expected=definition.label)
                desk.say(f"{definition.code}: {places} could both be “{definition.label}” ({given}); none taken")
                desk.blanks.append(Place(item=definition.code, row=None, sheet=region.view.grid.name, cell=_place(region, claim)))
                return
    if not claims:
        if item not in desk.asked or (not definition.required and near is None):
            return
        if near is not None:
            region, place, label, may_be = near
            expected = "、".join(f"“{desk.words.items[other].label}”" for other in may_be)
            desk.find("label_unclear", item, sheet=region.view.grid.name, cell=place, given=label, expected=expected)
            desk.say(f"{definition.code}: {place} “{label}” is near “{definition.label}”, not near enough or not alone; none taken")
        else:
            desk.find("item_not_found", item, expected=definition.label)
            desk.say(f"{definition.code}: no label found")
        return
    region, claim = claims[0]
    if any(fault[0] in ("value_column_unclear", "other_period_only") for fault in region.faults) and claim.value_at is None:
        return
    _take(desk, item, None, region.view, claim)


def _without_other_period(desk: _Desk, claims: list[tuple[Region, Claim]]) -> list[tuple[Region, Claim]]:
    """Where rows of 本周 and 累计 stand one below the other, keep those the form asks for."""
    wanted = {"increment": "week", "cumulative": "total"}.get(desk.form.figures, "")
    if wanted and any(claim.period for _, claim in claims):
        kept = [each for each in claims if each[1].period == wanted]
        return kept or claims
    return claims


def _take(desk: _Desk, item: int, row: int | None, view: View, claim: Claim) -> None:
    """Read the claimed cell and file the answer or the finding."""
    definition = desk.words.items[item]
    grid = view.grid
    sheet = grid.name
    if claim.value_at is None:
        if definition.required and item in desk.asked:
            cell = view.address(*claim.label_at)
            desk.find("blank_cell", item, row, sheet=sheet, cell=cell, expected=definition.label)
            desk.blanks.append(Place(item=definition.code, row=row, sheet=sheet, cell=cell))
        return
    cell = view.address(*claim.value_at)
    place = view.sheet_place(*claim.value_at)
    if claim.period and claim.period != {"increment": "week", "cumulative": "total"}.get(desk.form.figures, claim.period):
        wanted = "本周" if desk.form.figures == "increment" else "累计"
        desk.find("other_period_only", item, row, sheet=sheet, cell=view.address(*claim.label_at), given=claim.label.strip(), expected=wanted)
        desk.blanks.append(Place(item=definition.code, row=row, sheet=sheet, cell=cell))
        return
    value = claim.inline or claim.value
    if not definition.is_number and isinstance(value, str) and not claim.inline and (
        (sense := desk.words.sense(value)).is_total or (sense.is_official and item not in sense.items)
    ):
        value = None
    if desk.explain:
        seen = f"{definition.code}: {sheet}!{cell} {raw_text(value)!r} beside “{claim.label.strip()}” {view.address(*claim.label_at)}"
        desk.lines.append(seen + (f"; {', '.join(claim.steps)}" if claim.steps else ""))
    entry = _in_doubt(desk, grid, place, definition) or read_entry(value, definition, is_percent=place in grid.percent)
    noted = grid.doubts.get(place)
    stated = claim.unit
    if entry.state == "value" and stated and definition.is_number:
        _weigh_unit(entry, stated, measures.normal(definition.measurement_unit), definition, value)
    if entry.state == "fault" or (entry.state == "blank" and not entry.faults):
        if entry.state == "blank":
            if definition.required and item in desk.asked:
                desk.find("blank_cell", item, row, sheet=sheet, cell=cell, expected=definition.label)
                desk.blanks.append(Place(item=definition.code, row=row, sheet=sheet, cell=cell))
            return
        desk.blanks.append(Place(item=definition.code, row=row, sheet=sheet, cell=cell))
    elif claim.over and definition.is_number and entry.state != "blank":
        # A figure merged over rows that belong to several items is nobody's.
        desk.find("merged_over_items", item, row, sheet=sheet, cell=cell, given=raw_text(value), expected=definition.label)
        desk.blanks.append(Place(item=definition.code, row=row, sheet=sheet, cell=cell))
        return
    for name, given, expected in (*claim.doubts, *entry.faults):
        desk.find(name, item, row, sheet=sheet, cell=view.address(*claim.label_at) if name in _about_labels else cell, given=given, expected=expected)
    if entry.state in ("value", "nil"):
        if noted == "recomputed":
            desk.find("formula_recomputed", item, row, sheet=sheet, cell=cell, given=raw_text(value), expected=definition.label)
        elif noted == "shown_blank":
            desk.find("nought_shown_blank", item, row, sheet=sheet, cell=cell, given=raw_text(value), expected=definition.label)
        if view.is_hidden(*claim.value_at):
            desk.hidden.setdefault(sheet, []).append(cell)
        answer = Answer(
            item=definition.code, row=row, value=entry.value, raw=raw_text(value), sheet=sheet, cell=cell, approximate=entry.approximate
        )
        desk.answers.append((item, row or 0, answer))
    if desk.explain and (entry.steps or entry.faults):
        desk.lines.append(f"{definition.code}: {', '.join([*entry.steps, *(fault[0] for fault in entry.faults)])}")


_about_labels = frozenset(("label_near_miss", "read_by_neighbour"))


def _in_doubt(desk: _Desk, grid: Grid, place: tuple[int, int], item: Item) -> Entry | None:
    noted = grid.doubts.get(place)
    if noted == "error_value":
        row, column = place[0] - grid.first_row, place[1] - grid.first_column
        cells = grid.rows[row] if 0 <= row < len(grid.rows) else []
        return Entry(state="fault", faults=[("error_value", raw_text(cells[column]) if column < len(cells) else "", item.label)])
    if noted == "formula_without_value":
        return Entry(state="fault", faults=[("formula_without_value", "", item.label)])
    return None


def _weigh_unit(entry: Entry, stated: str, wanted: str, item: Item, value: object) -> None:
    """A measurement unit stated beside the label is evidence against the item, or a scale."""
    match measures.relation(stated, wanted):
        case "contradicts":
            entry.state, entry.value = "fault", None
            entry.faults = [("unit_contradicts", stated, item.measurement_unit)]
        case "differs":
            if not any(fault[0] == "unit_differs" for fault in entry.faults):
                entry.faults.append(("unit_differs", stated, item.measurement_unit))
        case "scaled":
            text = value if isinstance(value, str) else ""
            if re.search(r"[万千亿元人场]", simplify(text)):
                return
            top, bottom = measures.scale(stated, wanted)
            if isinstance(entry.value, (int, float)):
                size = Decimal(str(entry.value)) * top / bottom
                if item.kind == "count" and size != size.to_integral_value():
                    entry.state, entry.value, entry.faults = "fault", None, [("unit_contradicts", stated, item.measurement_unit)]
                    return
                entry.value = int(size) if size == size.to_integral_value() else float(size)
                entry.faults.append(("unit_converted", f"{raw_text(value) if isinstance(value, (int, float, str)) else ''}{stated}", f"{entry.value}{item.measurement_unit}"))
        case _:
            pass


# Tables with items in columns.


def _take_single_record(desk: _Desk, table: Table, record: Record, wanted: frozenset[int]) -> None:
    view = record.region.view
    rows = _data_rows(desk, record)
    _tell_faults(desk, [record.region])
    _tell_columns(desk, record)
    if not rows:
        if not desk.nil_said:
            desk.find("table_without_rows", sheet=view.grid.name, cell=view.address(record.head_rows[1] + 1, min(record.columns)), expected=table.title.zh)
            for column, item in sorted(record.columns.items()):
                place = view.address(record.head_rows[1] + 1, column)
                desk.blanks.append(Place(item=desk.words.items[item].code, row=None, sheet=view.grid.name, cell=place))
        return
    if len(rows) > 1:
        where = f"{view.address(rows[0], min(record.columns))}:{view.address(rows[-1], max(record.columns))}"
        desk.find("several_rows_for_one", sheet=view.grid.name, cell=where, given=str(len(rows)), expected="1")
        return
    _missing_columns(desk, record, wanted)
    _take_row(desk, record, rows[0], None, None)


def _data_rows(desk: _Desk, record: Record) -> list[int]:
    """The rows that are answers: no totals, no examples; a single row that only says 无 is a nil report."""
    view = record.region.view
    rows: list[int] = []
    for row in record.rows:
        cells = [value for value in view.rows[row] if not is_blank(value)]
        texts = [value for value in cells if isinstance(value, str)]
        if texts and is_example(texts[0]):
            desk.find("example_row_left_out", sheet=view.grid.name, cell=view.address(row, 0), given=texts[0].strip())
            continue
        own = [view.at(row, column) for column in sorted(record.columns)]
        said = [value for value in own if not is_blank(value)]
        if len(said) == 1 and isinstance(said[0], str) and len(record.columns) > 2 and fold(said[0]) in ("无", *desk.words.nil_keys):
            _note_nil_table(desk, view, row, said[0])
            continue
        rows.append(row)
    for name, row, text in record.left_out:
        if name == "nil":
            _note_nil_table(desk, view, row, text)
        desk.say(f"{view.grid.name}!{view.address(row, 0)} “{text}”: {name}, left out")
    return rows


def _note_nil_table(desk: _Desk, view: View, row: int, text: str) -> None:
    """A table that only says 无 is a nil report where the form has no other table; beside others it is merely empty."""
    if len(desk.form.tables) == 1:
        desk.nil_said.append((view.grid.name, view.address(row, 0), text.strip()))


def _tell_columns(desk: _Desk, record: Record) -> None:
    view = record.region.view
    for column, label in sorted(record.labels.items()):
        if any(not is_blank(view.at(row, column)) for row in record.rows):
            for name, given, expected in label.doubts:
                desk.find(name, label.item, sheet=view.grid.name, cell=view.address(*label.label_at), given=given, expected=expected)
    for stray in record.region.strays:
        free = [item for item in stray.may_be if item not in record.columns.values()]
        if free and any(not is_blank(view.at(row, stray.at[1])) for row in record.rows):
            names = "、".join(f"“{desk.words.items[item].label}”" for item in free)
            desk.find("column_unclear", sheet=view.grid.name, cell=view.address(*stray.at), given=stray.label, expected=names)
            continue
        expected = desk.words.items[stray.nearest].label if stray.nearest is not None else "—"
        desk.find("column_not_in_form", sheet=view.grid.name, cell=view.address(*stray.at), given=stray.label, expected=expected)


def _missing_columns(desk: _Desk, record: Record, wanted: frozenset[int]) -> None:
    view = record.region.view
    found = set(record.columns.values())
    for item in sorted(wanted - found):
        definition = desk.words.items[item]
        if item not in desk.asked or not definition.required:
            continue
        near = next((stray for stray in record.region.strays if item in stray.may_be), None)
        if near is not None:
            expected = "、".join(f"“{desk.words.items[other].label}”" for other in near.may_be)
            desk.find("label_unclear", item, sheet=view.grid.name, cell=view.address(*near.at), given=near.label, expected=expected)
        else:
            desk.find("item_not_found", item, sheet=view.grid.name, expected=definition.label)


def _take_row(desk: _Desk, record: Record, row: int, number: int | None, above: int | None) -> None:
    """Read one row of a record table; `above` is the data row before it, for 同上."""
    view = record.region.view
    for column in sorted(record.columns):
        item = record.columns[column]
        label = record.labels[column]
        home = view.home(row, column)
        value = view.raw(*home)
        claim = Claim(
            item=item, label_at=label.label_at, value_at=(row, column), label=label.label, value=value, unit=record.units.get(column, ""), steps=label.steps
        )
        if isinstance(value, str) and fold(value) in ("同上", "同前", "同上行") or (isinstance(value, str) and value.strip() in ("〃", "″", '"', "”")):
            before = view.at(above, column) if above is not None else None
            if is_blank(before) or not isinstance(before, str) or fold(before) == "同上":
                code = desk.words.items[item].code
                desk.find("not_a_number", item, number, sheet=view.grid.name, cell=view.address(row, column), given=str(value), expected=desk.words.items[item].label)
                desk.blanks.append(Place(item=code, row=number, sheet=view.grid.name, cell=view.address(row, column)))
                continue
            claim.value = before
            claim.doubts.append(("same_as_above", str(value).strip(), raw_text(before)))
        span = view.spans.get((row, column)) if view.spans else None
        if span and desk.words.items[item].is_number and sum(1 for other in record.rows if span[0] <= other <= span[2]) > 1:
            claim.over = (span[0], span[2])
        if span and span[3] > span[1] and span[1] < column and any(other != column and span[1] <= other <= span[3] for other in record.columns):
            claim.value = None
        claim.value_at = home if not claim.doubts or claim.doubts[-1][0] != "same_as_above" else (row, column)
        _take(desk, item, number, view, claim)


def _read_many(desk: _Desk, table: Table, wanted: frozenset[int], surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
    others = frozenset(range(len(desk.words.items))) - wanted
    records: list[Record] = []
    for grid, marks in surveys:
        if not any(sense.items and not wanted.isdisjoint(sense.items) for _, _, sense in marks):
            continue
        upright = read_record(View(grid), marks, wanted, desk.words, others)
        if upright is None or len(upright.columns) * 2 < len(wanted):
            sideways = read_record(View(grid, is_turned=True), turned(marks), wanted, desk.words, others)
            if sideways is not None and (upright is None or len(sideways.columns) > len(upright.columns)):
                upright = sideways
        if upright is not None:
            records.append(upright)
    needed = [item for item in wanted & desk.asked if desk.words.items[item].required]
    least = max(min(2, len(needed)), 0.3 * len(needed))
    records = [record for record in records if len(record.columns) >= least]
    if not records:
        if table.min_rows or len(desk.form.tables) == 1:
            desk.find("table_not_found", expected=table.title.zh or desk.form.title.zh)
        return
    records.sort(key=lambda record: -len(record.columns) if not record.rows else -len(record.columns) - 100)
    main = records[0]
    _tell_faults(desk, [main.region])
    _tell_columns(desk, main)
    _missing_columns(desk, main, wanted)
    rows = [(main, row) for row in _data_rows(desk, main)]
    for other in records[1:]:
        more = _data_rows(desk, other)
        if not more:
            continue
        if not rows:
            rows = [(other, row) for row in more]
            continue
        if _content(other, more) == _content(main, [row for record, row in rows if record is main]):
            desk.find("table_repeated_alike", sheet=other.region.view.grid.name, given=f"{main.region.view.grid.name}、{other.region.view.grid.name}")
        elif desk.book.kind in ("docx", "doc", "wps") and set(other.columns.values()) == set(main.columns.values()):
            rows += [(other, row) for row in more]
        else:
            names = f"“{main.region.view.grid.name}”、“{other.region.view.grid.name}”"
            desk.find("table_repeated", sheet=other.region.view.grid.name, given=names, expected=table.title.zh)
            return
    if not rows:
        if table.min_rows and not desk.nil_said:
            view = main.region.view
            desk.find("table_without_rows", sheet=view.grid.name, cell=view.address(main.head_rows[1] + 1, min(main.columns)), expected=table.title.zh)
        return
    above: int | None = None
    current = rows[0][0]
    for number, (record, row) in enumerate(rows, start=1):
        if record is not current:
            current, above = record, None
        _take_row(desk, record, row, number, above)
        above = row


def _content(record: Record, rows: list[int]) -> list[list[str]]:
    view = record.region.view
    columns = sorted(record.columns, key=lambda column: record.columns[column])
    return [[raw_text(view.at(row, column)).strip() for column in columns] for row in rows]


# Nil reports.


def _note_nil(desk: _Desk, surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
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


def _judge_nil(desk: _Desk) -> bool:
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
        silenced = {DOUBTS[name][0] for name in ("blank_cell", "dash_for_blank", "slash_for_figure", "not_a_number", "table_blank", "table_without_rows", "merged_over_items")}
        desk.findings = [each for each in desk.findings if each[2].code not in silenced]
        desk.blanks.clear()
        desk.say(f"nil report: {sheet}!{cell} “{text}”")
        return True
    required = [item for item in desk.words.items if item.is_number and item.required and not item.optional]
    if required and len(numbers) >= len(required) and all(answer.value is None for answer in numbers):
        return not any(each[2].severity == "error" for each in desk.findings)
    return False


def _unit_in_table(desk: _Desk) -> str | None:
    """A one-row form that has an item 单位 names its unit there."""
    naming = desk.words.naming
    if naming is not None:
        for number, _, answer in desk.answers:
            if number == naming and answer.row is None and isinstance(answer.value, str):
                return answer.value
    return None


def _place(region: Region, claim: Claim) -> str:
    return region.view.address(*(claim.value_at or claim.label_at))


def _range(view: View, places: Sequence[tuple[int, int]]) -> str:
    if not places:
        return ""
    top, left = min(row for row, _ in places), min(column for _, column in places)
    bottom, right = max(row for row, _ in places), max(column for _, column in places)
    first, last = view.address(top, left), view.address(bottom, right)
    return first if first == last else f"{first}:{last}"


def _span(cells: Sequence[str]) -> str:
    return cells[0] if len(cells) == 1 else f"{cells[0]}:{cells[-1]}"


__all__ = ["fits", "looks_like_figure", "understand"]
