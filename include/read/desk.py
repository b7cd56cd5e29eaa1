"""Where a reading is put together: answers, findings and places, each with its cell."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from include.catalogue.wording import simplify
from include.domain.finding import Finding
from include.domain.form import Form, Item
from include.domain.reading import Answer, Place
from include.read import measures
from include.read.cells import Entry, raw_text, read_entry
from include.read.doubts import doubt
from include.read.grid import Book, CellValue, Grid
from include.read.layout import Claim, Region, View
from include.read.matching import Vocabulary


@dataclass(slots=True)
class Desk:
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

    def find(
        self, name: str, item: int | None = None, row: int | None = None, *, sheet: str = "", cell: str = "", given: str = "", expected: str = ""
    ) -> None:
        """Add a finding in the form's order."""
        code = self.words.items[item].code if item is not None else None
        order = -1 if item is None else item
        self.findings.append((order, row or 0, doubt(name, item=code, row=row, sheet=sheet, cell=cell, given=given, expected=expected)))

    def say(self, line: str) -> None:
        """Add a line of explanation where one was asked for."""
        if self.explain:
            self.lines.append(line)


_about_labels = frozenset(("label_near_miss", "read_by_neighbour"))


def take(desk: Desk, item: int, row: int | None, view: View, claim: Claim) -> None:
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
    if desk.explain:
        seen = f"{definition.code}: {sheet}!{cell} {raw_text(value)!r} beside “{claim.label.strip()}” {view.address(*claim.label_at)}"
        if claim.label.strip() != definition.label:
            seen += f" for “{definition.label}”"
        desk.lines.append(seen + (f"; {', '.join(claim.steps)}" if claim.steps else ""))
    entry = _in_doubt(grid, place, definition) or read_entry(value, definition, is_percent=place in grid.percent)
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
        answer = Answer(item=definition.code, row=row, value=entry.value, raw=raw_text(value), sheet=sheet, cell=cell, approximate=entry.approximate)
        desk.answers.append((item, row or 0, answer))
    if desk.explain and (entry.steps or entry.faults):
        desk.lines.append(f"{definition.code}: {', '.join([*entry.steps, *(fault[0] for fault in entry.faults)])}")


def _in_doubt(grid: Grid, place: tuple[int, int], item: Item) -> Entry | None:
    noted = grid.doubts.get(place)
    if noted == "error_value":
        row, column = place[0] - grid.first_row, place[1] - grid.first_column
        cells = grid.rows[row] if 0 <= row < len(grid.rows) else []
        return Entry(state="fault", faults=[("error_value", raw_text(cells[column]) if column < len(cells) else "", item.label)])
    if noted == "formula_without_value":
        return Entry(state="fault", faults=[("formula_without_value", "", item.label)])
    return None


def _weigh_unit(entry: Entry, stated: str, wanted: str, item: Item, value: CellValue) -> None:
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
                entry.faults.append(("unit_converted", f"{raw_text(value)}{stated}", f"{entry.value}{item.measurement_unit}"))
        case _:
            pass


def place_of(region: Region, claim: Claim) -> str:
    """Return the A1 address of what a claim says, or of its label where it says nothing."""
    return region.view.address(*(claim.value_at or claim.label_at))


def range_of(view: View, places: Sequence[tuple[int, int]]) -> str:
    """Return the A1 range that covers some positions of a view; "" for none."""
    if not places:
        return ""
    top, left = min(row for row, _ in places), min(column for _, column in places)
    bottom, right = max(row for row, _ in places), max(column for _, column in places)
    first, last = view.address(top, left), view.address(bottom, right)
    return first if first == last else f"{first}:{last}"


def region_name(region: Region) -> str:
    """Return what people call the place of a table: “Sheet1”B4:B40."""
    name = region.view.grid.name
    cells = range_of(region.view, [claim.label_at for claim in region.claims])
    return f"“{name}”{cells}" if name else cells


def note_nil_table(desk: Desk, view: View, row: int, text: str) -> None:
    """A table that only says 无 is a nil report where the form has no other table; beside others it is merely empty."""
    if len(desk.form.tables) == 1:
        desk.nil_said.append((view.grid.name, view.address(row, 0), text.strip()))


def tell_faults(desk: Desk, regions: Iterable[Region]) -> None:
    """Make findings of what stood in the way when regions were read."""
    for region in regions:
        for name, given, expected, first, last in region.faults:
            desk.find(name, sheet=region.view.grid.name, cell=range_of(region.view, [first, last]), given=given, expected=expected)
        for step in region.steps:
            desk.say(f"{region_name(region)}: {step}")
