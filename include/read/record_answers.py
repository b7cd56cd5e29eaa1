"""From the rows of a table with items in columns to answers, numbered from 1 where a form takes many rows."""

from collections.abc import Sequence

from include.catalogue.wording import fold
from include.domain.form import Table
from include.domain.reading import Place
from include.read.cells import is_blank, raw_text, read_entry
from include.read.desk import Desk, note_nil_table, take, tell_faults
from include.read.grid import CellValue, Grid
from include.read.layout import Claim, Mark, View, turned
from include.read.matching import is_example
from include.read.records import Record, go_on, read_record


def take_single_record(desk: Desk, table: Table, record: Record, wanted: frozenset[int], others: Sequence[Record] = ()) -> None:
    """Give each item of a table of exactly one row its answer; more rows, or another filled table elsewhere, are never chosen from."""
    view = record.region.view
    rows = _data_rows(desk, record)
    shared = set(record.columns.values())
    for other in others:
        both = shared & set(other.columns.values())
        if not rows or len(both) * 2 < len(shared) or not (theirs := _data_rows(desk, other)):
            continue
        names = f"“{view.grid.name}”、“{other.region.view.grid.name}”"
        if _content(record, rows, both) == _content(other, theirs, both):
            desk.find("table_repeated_alike", sheet=other.region.view.grid.name, given=names)
        else:
            desk.find("table_repeated", sheet=other.region.view.grid.name, given=names, expected=table.title.zh)
            return
    tell_faults(desk, [record.region])
    _tell_columns(desk, record)
    if not rows:
        if not desk.nil_said:
            below = view.address(record.head_rows[1] + 1, min(record.columns))
            desk.find("table_without_rows", sheet=view.grid.name, cell=below, expected=table.title.zh)
            for column, item in sorted(record.columns.items()):
                place = view.address(record.head_rows[1] + 1, column)
                desk.blanks.append(Place(item=desk.words.items[item].code, row=None, sheet=view.grid.name, cell=place))
        return
    if len(rows) > 1:
        where = f"{view.address(rows[0], min(record.columns))}:{view.address(rows[-1], max(record.columns))}"
        desk.find("several_rows_for_one", sheet=view.grid.name, cell=where, given=str(len(rows)), expected="1")
        return
    _missing_columns(desk, record, wanted)
    _take_row(desk, record, rows[0], None)
    for claim in record.region.claims:
        take(desk, claim.item, None, view, claim)


def _data_rows(desk: Desk, record: Record) -> list[int]:
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
            note_nil_table(desk, view, row, said[0])
            continue
        rows.append(row)
    for name, row, text in record.left_out:
        if name == "nil":
            note_nil_table(desk, view, row, text)
        desk.say(f"{view.grid.name}!{view.address(row, 0)} “{text}”: {name}, left out")
    for row in _bare_totals(desk, record, rows):
        rows.remove(row)
        given = "、".join(raw_text(view.at(row, column)) for column in sorted(record.columns) if not is_blank(view.at(row, column)))
        desk.find("example_row_left_out", sheet=view.grid.name, cell=view.address(row, min(record.columns)), given=given)
    return rows


def _bare_totals(desk: Desk, record: Record, rows: list[int]) -> list[int]:
    """Rows without any word whose figures are the sums of all other rows: totals that nobody labelled."""
    view = record.region.view
    items = desk.words.items
    counted = [column for column, item in record.columns.items() if items[item].kind in ("count", "amount")]
    bare = [row for row in rows if all(is_blank(value) for at, value in enumerate(view.rows[row]) if at not in counted)]
    rest = [row for row in rows if row not in bare]
    if not bare or len(rest) < 2:
        return []

    def figure(row: int, column: int) -> float | None:
        value = read_entry(view.at(row, column), items[record.columns[column]]).value
        return value if isinstance(value, (int, float)) else None

    sums = {column: sum(figure(row, column) or 0 for row in rest) for column in counted}
    return [row for row in bare if all(is_blank(view.at(row, column)) or figure(row, column) == sums[column] for column in counted)]


def _tell_columns(desk: Desk, record: Record) -> None:
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


def _missing_columns(desk: Desk, record: Record, wanted: frozenset[int]) -> None:
    view = record.region.view
    found = set(record.columns.values())
    doubled = {fault[2] for fault in record.region.faults if fault[0] == "item_found_twice"}
    found |= {claim.item for claim in record.region.claims}
    for item in sorted(wanted - found):
        definition = desk.words.items[item]
        if definition.label in doubled:
            continue
        if item not in desk.asked or not definition.required:
            continue
        near = next((stray for stray in record.region.strays if item in stray.may_be), None)
        if near is not None:
            expected = "、".join(f"“{desk.words.items[other].label}”" for other in near.may_be)
            desk.find("label_unclear", item, sheet=view.grid.name, cell=view.address(*near.at), given=near.label, expected=expected)
        else:
            desk.find("item_not_found", item, sheet=view.grid.name, expected=definition.label)


def _is_ditto(value: CellValue) -> bool:
    return isinstance(value, str) and (fold(value) in ("同上", "同前", "同上行") or value.strip() in ("〃", "″", '"', "”"))


def _take_row(desk: Desk, record: Record, row: int, number: int | None, above: Sequence[int] = ()) -> None:
    """Read one row of a record table; `above` are the data rows before it, the nearest first, for 同上."""
    view = record.region.view
    for column in sorted(record.columns):
        item = record.columns[column]
        label = record.labels[column]
        home = view.home(row, column)
        value = view.raw(*home)
        claim = Claim(
            item=item,
            label_at=label.label_at,
            value_at=(row, column),
            label=label.label,
            value=value,
            unit=record.units.get(column, ""),
            steps=label.steps,
        )
        if _is_ditto(value):
            before = next((other for line in above if not _is_ditto(other := view.at(line, column))), None)
            if is_blank(before) or not isinstance(before, str):
                definition, cell = desk.words.items[item], view.address(row, column)
                desk.find("not_a_number", item, number, sheet=view.grid.name, cell=cell, given=raw_text(value), expected=definition.label)
                desk.blanks.append(Place(item=definition.code, row=number, sheet=view.grid.name, cell=cell))
                continue
            claim.value = before
            claim.doubts.append(("same_as_above", str(value).strip(), raw_text(before)))
        span = view.spans.get((row, column)) if view.spans else None
        if span and desk.words.items[item].is_number and sum(1 for other in record.rows if span[0] <= other <= span[2]) > 1:
            claim.over = (span[0], span[2])
        if span and span[3] > span[1] and span[1] < column and any(other != column and span[1] <= other <= span[3] for other in record.columns):
            claim.value = None
        claim.value_at = home if not claim.doubts or claim.doubts[-1][0] != "same_as_above" else (row, column)
        take(desk, item, number, view, claim)


def read_many(desk: Desk, table: Table, wanted: frozenset[int], surveys: Sequence[tuple[Grid, list[Mark]]]) -> None:
    """Read a table of many rows wherever in the book it stands, and number its rows from 1."""
    others = frozenset(range(len(desk.words.items))) - wanted
    records: list[Record] = []
    is_word = desk.book.kind in ("docx", "doc", "wps")
    for grid, marks in surveys:
        if records and (further := go_on(records[-1], View(grid), marks, wanted, others, is_word=is_word)) is not None:
            records.append(further)
            continue
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
    tell_faults(desk, [main.region])
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
        elif other.is_continued or (is_word and set(other.columns.values()) == set(main.columns.values())):
            rows += [(other, row) for row in more]
        else:
            names = f"“{main.region.view.grid.name}”、“{other.region.view.grid.name}”"
            desk.find("table_repeated", sheet=other.region.view.grid.name, given=names, expected=table.title.zh)
            return
    if not rows:
        if table.min_rows and not desk.nil_said:
            view = main.region.view
            below = view.address(main.head_rows[1] + 1, min(main.columns))
            desk.find("table_without_rows", sheet=view.grid.name, cell=below, expected=table.title.zh)
        return
    above: list[int] = []
    current = rows[0][0]
    for number, (record, row) in enumerate(rows, start=1):
        if record is not current:
            current, above = record, []
        _take_row(desk, record, row, number, above)
        above.insert(0, row)


def _content(record: Record, rows: list[int], items: set[int] | None = None) -> list[list[str]]:
    view = record.region.view
    columns = sorted((column for column, item in record.columns.items() if items is None or item in items), key=lambda column: record.columns[column])
    return [[raw_text(view.at(row, column)).strip() for column in columns] for row in rows]
