"""Where a form's table stands on a sheet: labels are found by their words, and everything else (unit, figures, heads) from where the labels stand.

A `View` is a sheet as it lies or turned on its side, so that one way of reading serves both: a list whose labels stand in a column, and the same list
with its labels in a row, are the same thing seen from two sides.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from include.catalogue.wording import fold, simplify
from include.read import measures
from include.read.cells import is_blank, looks_like_figure, raw_text
from include.read.grid import CellValue, Grid, address
from include.read.matching import PLAIN, Sense, Vocabulary, is_another, tolerance

Mark = tuple[int, int, Sense]
Span = tuple[int, int, int, int]
# Merged ranges larger than this are decoration; remembering each of their cells would cost more than the sheet.
_span_cells = 20_000


class View:
    """A sheet read row by row, or turned on its side. Positions are (row, column) of the view, 0-based from its first cell."""

    __slots__ = ("grid", "height", "is_turned", "rows", "spans", "width")

    def __init__(self, grid: Grid, *, is_turned: bool = False) -> None:
        self.grid = grid
        self.is_turned = is_turned
        self.rows: list[list[CellValue]] = grid.rows
        self.width = max(map(len, grid.rows), default=0)
        self.height = len(grid.rows)
        self.spans: dict[tuple[int, int], Span] = {}
        if is_turned:
            wide = [[*row, *([None] * (self.width - len(row)))] for row in grid.rows]
            self.rows = [list(column) for column in zip(*wide, strict=True)]
            self.width, self.height = self.height, self.width
        for top, left, bottom, right in grid.merged:
            span = (top - grid.first_row, left - grid.first_column, bottom - grid.first_row, right - grid.first_column)
            if is_turned:
                span = (span[1], span[0], span[3], span[2])
            span = (max(span[0], 0), max(span[1], 0), min(span[2], self.height - 1), min(span[3], self.width - 1))
            if span[2] < span[0] or span[3] < span[1] or (span[2] - span[0] + 1) * (span[3] - span[1] + 1) > _span_cells:
                continue
            for row in range(span[0], span[2] + 1):
                for column in range(span[1], span[3] + 1):
                    self.spans[row, column] = span

    def raw(self, row: int, column: int) -> CellValue:
        """Return what the cell itself holds; None outside the sheet."""
        if 0 <= row < self.height:
            cells = self.rows[row]
            if 0 <= column < len(cells):
                return cells[column]
        return None

    def home(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that holds the value of a merged range, or the cell itself."""
        span = self.spans.get((row, column)) if self.spans else None
        return (span[0], span[1]) if span else (row, column)

    def at(self, row: int, column: int) -> CellValue:
        """Return what a person sees there: the value of the merged range, or of the cell itself."""
        if self.spans:
            span = self.spans.get((row, column))
            if span is not None:
                return self.raw(span[0], span[1])
        return self.raw(row, column)

    def sheet_place(self, row: int, column: int) -> tuple[int, int]:
        """Return the position on the sheet, 0-based."""
        if self.is_turned:
            row, column = column, row
        return row + self.grid.first_row, column + self.grid.first_column

    def address(self, row: int, column: int) -> str:
        """Return the cell's A1 address on the sheet."""
        return address(*self.sheet_place(row, column))

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether nobody sees the cell without unhiding its row, column or sheet."""
        grid = self.grid
        if not (grid.is_hidden or grid.hidden_rows or grid.hidden_columns):
            return False
        place = self.sheet_place(row, column)
        return grid.is_hidden or place[0] in grid.hidden_rows or place[1] in grid.hidden_columns


def survey(grid: Grid, words: Vocabulary) -> list[Mark]:
    """Return every text of a sheet that means something to the form: (row, column, sense) in reading order."""
    marks: list[Mark] = []
    known = words.senses
    for row, cells in enumerate(grid.rows):
        for column, value in enumerate(cells):
            if type(value) is str:
                sense = known.get(value)
                if sense is None:
                    sense = words.sense(value)
                if sense is not PLAIN:
                    marks.append((row, column, sense))
    return marks


def turned(marks: list[Mark]) -> list[Mark]:
    """Return the marks as they stand on the turned view."""
    return sorted(((column, row, sense) for row, column, sense in marks), key=lambda mark: mark[:2])


@dataclass(slots=True)
class Claim:
    """A cell that could be an item's value, and why. `value_at` is None where no column of figures was found."""

    item: int
    label_at: tuple[int, int]
    value_at: tuple[int, int] | None
    label: str
    value: CellValue = None
    inline: str = ""
    unit: str = ""
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    period: str = ""
    over: tuple[int, ...] = ()


@dataclass(slots=True)
class Stray:
    """A row or column whose label is none of the form's: where, what it says, and the item it resembles. `may_be` are items it could be misprinted for."""

    at: tuple[int, int]
    label: str
    nearest: int | None
    may_be: tuple[int, ...] = ()
    has_figure: bool = False
    is_column: bool = False
    copy_of: int = -1
    value_at: tuple[int, int] | None = None


@dataclass(slots=True)
class Region:
    """One place where a table was found: its claims and what stood in the way. `faults` are (doubt, given, expected, first cell, last cell)."""

    view: View
    claims: list[Claim] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    faults: list[tuple[str, str, str, tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    headed_column: int | None = None
    head_row: int = 0

    def found(self) -> set[int]:
        """The items the region has a label for."""
        return {claim.item for claim in self.claims}

    def filled(self) -> int:
        """How many claims hold something that could be an answer."""
        return sum(1 for claim in self.claims if claim.inline or not is_blank(claim.value))


@dataclass(slots=True)
class _Row:
    """A label row of a lane."""

    row: int
    column: int
    sense: Sense
    text: str
    item: int | None = None
    candidates: tuple[int, ...] = ()
    unit: str = ""
    hints: list[Sense] = field(default_factory=list)
    left: list[Sense] = field(default_factory=list)
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    last: int = 0


@dataclass(slots=True)
class _Lane:
    """Columns that hold labels, side by side with nothing but labels between them."""

    first: int
    last: int
    rows: list[_Row] = field(default_factory=list)


@dataclass(slots=True)
class _Column:
    """What the head and the cells of a column beside a lane say of it."""

    column: int
    role: str
    head: str
    sense: Sense | None
    figures: int
    texts: int
    units: int
    is_counting: bool


def read_list(view: View, marks: list[Mark], wanted: frozenset[int], words: Vocabulary, figures: str) -> Region:
    """Read a table whose labels stand in one or more columns, the answers beside them."""
    region = Region(view=view)
    anchors = [mark for mark in marks if mark[2].items and not wanted.isdisjoint(mark[2].items)]
    if not anchors:
        return region
    meaning = {(row, column): sense for row, column, sense in marks}
    lanes = _lanes(view, anchors, words)
    for lane in lanes:
        lane.rows = _label_rows(view, lane, lane is lanes[0], anchors, meaning, words)
    lanes = [lane for lane in lanes if lane.rows]
    if not lanes:
        return region
    beside = [_columns_beside(view, lanes, number, meaning) for number in range(len(lanes))]
    side = _side(beside)
    if not side:
        # Nothing says whether a figure belongs to the label before or behind it.
        region.faults.append(("value_column_unclear", "、".join(lane.rows[0].text.strip() for lane in lanes), "", *_corners(lanes)))
        for lane in lanes:
            _resolve(lane, wanted, words)
            for row in lane.rows:
                if row.item is not None:
                    _claim(region, view, lane, row, row.item, None, words)
        return region
    if len(lanes) == 1:
        first = lanes[0].rows[0].row
        heads = [
            row
            for row in _head_rows(view, first, meaning)
            if any((sense := meaning.get((row, c))) and sense.role and not sense.is_field for c in range(view.width))
        ]
        region.head_row = min(heads, default=first)
    for number, lane in enumerate(lanes):
        left, right = beside[number]
        # What stands left of a lane belongs to the lane before it, if there is one and figures stand on the right.
        measured = [column for column in (right if side == "right" else left) if column.units and not column.figures]
        if not measured and (number == 0 if side == "right" else number == len(lanes) - 1):
            measured = [column for column in (left if side == "right" else right) if column.units and not column.figures]
        for column in measured:
            for row in lane.rows:
                sense = meaning.get(view.home(row.row, column.column))
                if sense and sense.measure and not row.unit:
                    row.unit = sense.measure
        _resolve(lane, wanted, words)
        ours, theirs = (left, right) if side == "left" else (right, left)
        _read_lane(region, view, lane, len(lanes) == 1, ours, theirs, words, figures)
    return region


def _lanes(view: View, anchors: list[Mark], words: Vocabulary) -> list[_Lane]:
    """Group anchor columns; a base label and its parts in the next column (应急演练 | 参与人数) are one lane."""
    rows_of: dict[int, set[int]] = {}
    for row, column, _ in anchors:
        rows_of.setdefault(column, set()).add(row)
    items_at = {(row, column): sense for row, column, sense in anchors}
    lanes: list[_Lane] = []
    for column in sorted(rows_of):
        if lanes:
            lane = lanes[-1]
            if column == lane.last + 1 and not any(looks_like_figure(view.raw(row, lane.last)) for row in rows_of[column]):
                shared = rows_of[column] & rows_of.get(lane.last, set())
                composed = sum(1 for row in shared if _is_composed(items_at[row, lane.last], items_at[row, column], words))
                if composed * 2 >= len(shared):
                    lane.last = column
                    continue
        lanes.append(_Lane(first=column, last=column))
    return lanes


def _is_composed(left: Sense, right: Sense, words: Vocabulary) -> bool:
    if left.items == right.items or left.section:
        return True
    return bool(words.look_up(left.key + right.key)[0]) or any(words.child_of(item, right.key) is not None for item in left.items)


def _label_rows(view: View, lane: _Lane, is_first: bool, anchors: list[Mark], meaning: dict[tuple[int, int], Sense], words: Vocabulary) -> list[_Row]:
    rows = sorted({row for row, column, _ in anchors if lane.first <= column <= lane.last})
    first, last = rows[0], rows[-1]
    for _, column, _ in anchors:
        if lane.first <= column <= lane.last:
            span = view.spans.get((last, column)) if view.spans else None
            if span:
                last = max(last, span[2])
    for row in range(first - 1, max(first - 4, -1), -1):
        text = view.at(row, lane.last)
        sense = meaning.get(view.home(row, lane.last))
        if not isinstance(text, str) or _is_across(view, row, lane) or (sense and (sense.role or sense.is_field or sense.is_note)):
            break
        if not _figures_right(view, row, lane):
            break
        first = row
    blank = 0
    for row in range(last + 1, min(last + 12, view.height)):
        text = view.at(row, lane.last)
        sense = meaning.get(view.home(row, lane.last))
        if text is None:
            blank += 1
            if blank > 1:
                break
            continue
        if not isinstance(text, str) or (sense and (sense.is_field or sense.is_note)) or not _figures_right(view, row, lane):
            break
        last, blank = row, 0
    made: list[_Row] = []
    for row in range(first, last + 1):
        own: _Row | None = None
        for column in range(lane.last, lane.first - 1, -1):
            home = view.home(row, column)
            value = view.raw(*home)
            if not isinstance(value, str):
                continue
            sense = meaning.get(home) or PLAIN
            if own is None:
                if sense.is_total or sense.is_note or (sense.role and not sense.items) or (sense.is_field and not sense.items):
                    break
                if _is_across(view, row, lane) and not sense.items:
                    break
                if not sense.items and sense.section and not _figures_right(view, row, lane):
                    break
                span = view.spans.get((row, column)) if view.spans else None
                own = _Row(row=row, column=column, sense=sense, text=value, unit=sense.unit, last=span[2] if span else row)
            elif (home[0], home[1]) != view.home(own.row, own.column) and sense is not PLAIN:
                own.left.append(sense)
        if own is not None:
            for column in range(lane.first - 1, max(lane.first - 4, -1), -1):
                home = view.home(row, column)
                sense = meaning.get(home)
                if sense is not None and isinstance(view.raw(*home), str):
                    own.left.append(sense)
                    break
                # Beyond figures stands another half of the table, and its labels say nothing of ours; only numbering may lie between.
                if not is_first and not is_blank(view.raw(*home)):
                    break
            for column in range(lane.last + 1, min(lane.last + 4, view.width)):
                home = view.home(row, column)
                sense = meaning.get(home)
                if sense is None or looks_like_figure(view.raw(*home)):
                    break
                if sense.items and not sense.is_people:
                    break
                own.hints.append(sense)
            made.append(own)
    return made


def _is_across(view: View, row: int, lane: _Lane) -> bool:
    """Whether the row's label cell is merged over the columns beside the lane, as titles, section rows and notes are."""
    span = view.spans.get((row, lane.last)) if view.spans else None
    return span is not None and span[3] > lane.last + 1 and span[3] - span[1] >= 2


def _figures_right(view: View, row: int, lane: _Lane) -> bool:
    cells = view.rows[row]
    return any(looks_like_figure(value) for value in cells[lane.last + 1 :]) or any(
        isinstance(value, (int, float)) for value in cells[: lane.first]
    )


def _columns_beside(view: View, lanes: list[_Lane], number: int, meaning: dict[tuple[int, int], Sense]) -> tuple[list[_Column], list[_Column]]:
    """Describe the columns left and right of a lane, as far as the neighbouring lanes."""
    lane = lanes[number]
    left_bound = lanes[number - 1].last + 1 if number else 0
    right_bound = lanes[number + 1].first if number + 1 < len(lanes) else view.width
    first = min(row.row for row in lane.rows)
    heads = _head_rows(view, first, meaning)
    described = {
        column: _describe(view, lane, column, heads, meaning) for column in (*range(left_bound, lane.first), *range(lane.last + 1, right_bound))
    }
    left = [described[column] for column in range(left_bound, lane.first)]
    right = [described[column] for column in range(lane.last + 1, right_bound)]
    return left, right


def _head_rows(view: View, first: int, meaning: dict[tuple[int, int], Sense]) -> list[int]:
    """The rows above a table that may be its head: up to six, none beyond another table."""
    rows: list[int] = []
    for row in range(first - 1, max(first - 8, -1), -1):
        senses = [meaning[row, column] for column in range(view.width) if (row, column) in meaning]
        if sum(1 for sense in senses if sense.items and not sense.role) >= 2:
            break
        if any(sense.role or sense.measure or sense.is_people for sense in senses) or not rows or row >= first - 3:
            rows.append(row)
    return rows


def _describe(view: View, lane: _Lane, column: int, heads: list[int], meaning: dict[tuple[int, int], Sense]) -> _Column:
    role, head, head_sense = "", "", None
    seen: set[tuple[int, int]] = set()
    roles: list[str] = []
    for row in heads:
        home = view.home(row, column)
        if home in seen:
            continue
        seen.add(home)
        span = view.spans.get((row, column)) if view.spans else None
        if span and span[1] <= lane.last and span[3] >= lane.first:
            continue
        sense = meaning.get(home)
        value = view.raw(*home)
        if isinstance(value, str) and value.strip():
            if sense and (sense.is_field or sense.is_note):
                continue
            head = head or value.strip()
            if sense and head_sense is None:
                head_sense = sense
        if sense and sense.role:
            roles.append(sense.role)
    for name in ("serial", "remark", "other", "plan", "unit", "week", "total", "month", "sum", "value", "label"):
        if name in roles:
            role = name
            break
    figures = texts = units = 0
    numbers: list[int] = []
    for label in lane.rows:
        home = view.home(label.row, column)
        value = view.raw(*home)
        if value is None or home[1] != column:
            continue
        if isinstance(value, str):
            sense = meaning.get(home)
            if sense is not None and sense.measure:
                units += 1
                continue
        if type(value) is float or type(value) is int:
            figures += 1
            if 0 <= value < 10_000 and value == int(value):
                numbers.append(int(value))
        elif looks_like_figure(value):
            figures += 1
            text = raw_text(value).strip(" 、.．()（）")
            if text.isdecimal() and len(text) < 5:
                numbers.append(int(text))
        elif not is_blank(value):
            texts += 1
    counting = len(numbers) >= 2 and len(numbers) == figures and all(b - a == 1 for a, b in zip(numbers, numbers[1:], strict=False))
    if units and units >= texts and not figures and role in ("", "value", "label"):
        role = "unit"
    return _Column(column=column, role=role, head=head, sense=head_sense, figures=figures, texts=texts, units=units, is_counting=counting)


_not_values = frozenset(("serial", "remark", "other", "plan", "unit", "label"))


def _side(beside: list[tuple[list[_Column], list[_Column]]]) -> str:
    """On which side of their labels the figures stand, for all lanes of a table alike; "" if nothing tells.

    Between two lanes figures stand on both sides; what stands left of the first and right of the last tells.
    """
    left, right = beside[0][0], beside[-1][1]
    for names in (("value", "week", "total"), ("month", "sum")):
        has_left, has_right = (any(column.role in names for column in columns) for columns in (left, right))
        if has_left != has_right:
            return "right" if has_right else "left"
        if has_left:
            return ""
    has_left = any(column.figures and column.role not in _not_values and not column.is_counting for column in left)
    has_right = any((column.figures or (column.texts and len(beside) > 1)) and column.role not in _not_values for column in right)
    if has_left != has_right:
        return "right" if has_right else "left"
    between = any(column.figures for columns in beside[:-1] for column in columns[1])
    return "" if (has_left and not left[-1].role) or (between and not has_right) else "right"


def _corners(lanes: list[_Lane]) -> tuple[tuple[int, int], tuple[int, int]]:
    rows = [row.row for lane in lanes for row in lane.rows]
    return (min(rows), lanes[0].first), (max(rows), lanes[-1].last)


def _resolve(lane: _Lane, wanted: frozenset[int], words: Vocabulary) -> None:
    """Tell for each label row which item it is, from its words, its neighbours, its section and its measurement unit."""
    previous: _Row | None = None
    for row in lane.rows:
        _resolve_row(row, previous, wanted, words)
        previous = row
    claimed = Counter(row.item for row in lane.rows if row.item is not None)
    before: _Row | None = None
    for row in lane.rows:
        item = row.item
        if item is not None and claimed[item] > 1:
            better = _by_unit(row, item, claimed, words)
            if better is None and before is not None and before.item is not None and before.item != item:
                better = words.child_of(before.item, row.sense.key)
                if better is not None and claimed[better]:
                    better = None
                if better is not None:
                    row.doubts.append(("read_by_neighbour", row.text.strip(), words.items[better].label))
                    row.steps.append("told by the row above")
            if better is not None:
                claimed[item] -= 1
                claimed[better] += 1
                row.item = better
        before = row


def _by_unit(row: _Row, item: int, claimed: Counter[int], words: Vocabulary) -> int | None:
    """The item that the same words name for another measurement unit: 应急演练 counted in 人次 is its number of participants."""
    stated = row.unit
    if not stated or measures.relation(stated, words.units[item]) not in ("contradicts",):
        return None
    found = {
        child
        for (base, _), child in words.children.items()
        if base == item and not claimed[child] and measures.relation(stated, words.units[child]) in ("same", "near")
    }
    if len(found) == 1:
        row.steps.append("told by its unit")
        return found.pop()
    return None


def _resolve_row(row: _Row, previous: _Row | None, wanted: frozenset[int], words: Vocabulary) -> None:
    sense = row.sense
    for hint in row.hints:
        if hint.measure and not row.unit:
            row.unit = hint.measure
    candidates = tuple(item for item in sense.items if item in wanted)
    key = sense.key
    for left in row.left:
        if not left.key:
            continue
        composed = [item for item in words.look_up(left.key + key)[0] if item in wanted] if key else []
        if not composed and left.items and key:
            composed = [child for item in left.items if (child := words.child_of(item, key)) is not None and child in wanted]
        if not composed and left.items and sense.measure:
            composed = _with_unit(left.items, sense.measure, wanted, words)
            if composed:
                row.unit = sense.measure
        if len(composed) == 1 and (not candidates or composed[0] not in candidates):
            candidates = (composed[0],)
            row.steps.append("label in two cells")
            break
        if not candidates and left.items and not key and len(left.items) == 1:
            break
    if candidates:
        for hint in row.hints:
            if hint.is_people or hint.key:
                tail = [child for item in candidates if (child := words.child_of(item, hint.key)) is not None and child in wanted]
                if len(tail) == 1:
                    candidates = (tail[0],)
                    row.steps.append("label in two cells")
                    break
    elif key and previous is not None and previous.item is not None and (sense.is_people or words.child_of(previous.item, key) is not None):
        child = words.child_of(previous.item, key)
        if child is None and sense.is_people:
            child = words.child_of(previous.item, "参与人数")
        if child is not None and child in wanted:
            candidates = (child,)
            row.steps.append("part of the row above")
            if not sense.is_people:
                row.doubts.append(("read_by_neighbour", row.text.strip(), words.items[child].label))
    if len(candidates) > 1:
        sections = {left.section for left in row.left if left.section}
        fitting = [item for item in candidates if words.items[item].section in sections]
        if len(fitting) == 1:
            candidates = (fitting[0],)
            row.steps.append("told by its section")
        elif row.unit:
            fitting = [item for item in candidates if measures.relation(row.unit, words.units[item]) in ("same", "near")]
            if len(fitting) == 1:
                candidates = (fitting[0],)
                row.steps.append("told by its unit")
    row.candidates = candidates
    row.item = candidates[0] if len(candidates) == 1 else None


def _with_unit(bases: Iterable[int], unit: str, wanted: frozenset[int], words: Vocabulary) -> list[int]:
    """The item that a base label and a measurement unit name together: 应急演练 | 人次."""
    found: set[int] = set()
    for base in bases:
        family = {base} | {child for (other, _), child in words.children.items() if other == base}
        fitting = {item for item in family if item in wanted and measures.relation(unit, words.units[item]) in ("same", "near")}
        found |= {base} if base in fitting else fitting
    return sorted(found)


def _read_lane(
    region: Region, view: View, lane: _Lane, is_alone: bool, columns: list[_Column], others: list[_Column], words: Vocabulary, figures: str
) -> None:
    """Choose the lane's column of figures and claim a cell for each label row."""
    known = [row for row in lane.rows if row.item is not None or row.candidates]
    numbers = [row for row in known if any(words.items[item].is_number for item in row.candidates)]
    plain = [row for row in lane.rows if row.sense.inline]
    chosen, matrix = _choose(region, view, lane, columns, numbers, known, words, figures)
    if chosen is None and not matrix and not columns and is_alone:
        chosen, matrix = _choose(region, view, lane, others, numbers, known, words, figures)
    _match_misprints(region, view, lane, chosen, words)
    headed = next((column.sense.measure for column in columns if column.column == chosen and column.sense), "")
    if headed:
        # A column under 人次 holds people, whatever the rows say.
        for row in lane.rows:
            row.unit = headed if not row.unit or measures.relation(row.unit, headed) == "contradicts" else row.unit
    for row in lane.rows:
        if row in plain and row.item is not None:
            _claim(region, view, lane, row, row.item, None, words)
            if chosen is not None and not is_blank(view.at(row.row, chosen)) and looks_like_figure(view.at(row.row, chosen)):
                _claim(region, view, lane, row, row.item, chosen, words)
        elif matrix:
            for column, head in matrix.items():
                item = _crossing(row, head, words)
                if item is not None:
                    _claim(region, view, lane, row, item, column, words)
        elif row.item is not None:
            _claim(region, view, lane, row, row.item, chosen, words)
        elif len(row.candidates) > 1:
            region.strays.append(
                Stray(at=(row.row, row.column), label=row.text.strip(), nearest=row.candidates[0], may_be=row.candidates, has_figure=True)
            )


def _crossing(row: _Row, head: Sense, words: Vocabulary) -> int | None:
    """The item at the crossing of a row 应急演练 and a column 人次 or 参与人数."""
    if row.item is None:
        return None
    if head.is_people or not head.measure:
        child = words.child_of(row.item, head.key)
        if child is not None:
            return child
        if head.is_people and measures.FAMILY.get(words.units[row.item]) == "people":
            return row.item
        return None
    found = _with_unit((row.item,), head.measure, frozenset(range(len(words.items))), words)
    return found[0] if len(found) == 1 else None


def _choose(
    region: Region, view: View, lane: _Lane, columns: list[_Column], numbers: list[_Row], known: list[_Row], words: Vocabulary, figures: str
) -> tuple[int | None, dict[int, Sense]]:
    """Return the column of figures, or the columns of a matrix with their heads; faults of the choice go to the region."""
    open_columns = [column for column in columns if column.role not in _not_values]
    rows = numbers or known
    if not rows:
        return None, {}
    first, last = rows[0].row, rows[-1].row

    crossing: dict[int, Sense] = {}
    for column in columns:
        if column.sense and column.role in ("", "unit", "value", "week") and column.figures and (column.sense.is_people or column.sense.measure):
            crossing[column.column] = column.sense
    if len(crossing) >= 2 and len({sense.measure or sense.key for sense in crossing.values()}) == len(crossing):
        region.steps.append("figures in a column for each measurement unit")
        return None, crossing

    weeks = [column for column in open_columns if column.role == "week"]
    totals = [column for column in open_columns if column.role == "total"]
    if weeks or totals:
        ours, theirs = (weeks, totals) if figures == "increment" else (totals, weeks) if figures == "cumulative" else ([*weeks, *totals], [])
        rivals = [column for column in open_columns if column.role in ("value", "month") and column.figures]
        if len(ours) == 1 and any(column.figures > ours[0].figures for column in rivals):
            _unclear(region, view, [*rivals, ours[0]], first, last)
            return None, {}
        if len(ours) == 1:
            if rivals and not theirs:
                heads = "、".join(column.head for column in [*rivals, ours[0]])
                region.faults.append(("total_column_taken", heads, ours[0].head, (first, ours[0].column), (last, ours[0].column)))
            region.steps.append(f"column {ours[0].head} of {', '.join(column.head for column in [*weeks, *totals])}")
            return ours[0].column, {}
        if ours:
            _unclear(region, view, ours, first, last)
            return None, {}
        values = [column for column in open_columns if column.role in ("value", "month", "sum") and column not in theirs]
        if len(values) == 1 and values[0].role == "value" and values[0].figures:
            return values[0].column, {}
        wanted = "本周" if figures == "increment" else "累计"
        region.faults.append(("other_period_only", theirs[0].head, wanted, (first, theirs[0].column), (last, theirs[0].column)))
        return None, {}

    headed = [column for column in open_columns if column.role in ("value", "month")]
    sums = [column for column in open_columns if column.role == "sum"]
    filled = [column for column in open_columns if column.figures]
    if len(headed) == 1:
        one = headed[0]
        rivals = [column for column in filled if column is not one and not column.head and column.figures * 2 > len(rows)]
        if not one.figures and not one.texts and len(rivals) == 1 and _is_shared_head(view, one, rivals[0]):
            return rivals[0].column, {}
        region.headed_column = one.column if region.headed_column is None else -1
        return one.column, {}
    if len(headed) > 1:
        alive = [column for column in headed if column.figures]
        spread = {view.home(first - 1, column.column) for column in headed} if first else set()
        if len(alive) == 1 and (len(spread) == 1 or all(not column.texts for column in headed if column not in alive)):
            return alive[0].column, {}
        if not alive:
            return headed[0].column, {}
        _unclear(region, view, alive, first, last)
        return None, {}
    if sums and len(filled) >= 2:
        total = sums[0]
        parts = [column for column in filled if column not in sums]
        # Weeks or days that add up to a total are no part of one week.
        is_by_time = figures == "increment" and any(re.search(r"\d\s*[周月日号]|[周旬]", column.head) for column in parts)
        if len(sums) == 1 and parts and not is_by_time and _adds_up(view, rows, total.column, [column.column for column in parts]):
            if len(parts) == 1:
                return parts[0].column, {}
            region.faults.append(
                ("total_column_taken", "、".join(column.head or "?" for column in [*parts, total]), "", (first, total.column), (last, total.column))
            )
            return total.column, {}
        _unclear(region, view, filled, first, last)
        return None, {}
    if len(filled) > 1 and any(column.is_counting for column in filled) and not all(column.is_counting for column in filled):
        filled = [column for column in filled if not column.is_counting]
    # A column with a head of its own that nobody knows, or one beyond an empty column, must be filled like a column of answers.
    if len(filled) == 1 and (filled[0].head or _is_apart(filled[0], columns)) and filled[0].figures * 2 < len(rows):
        _unclear(region, view, filled, first, last)
        return None, {}
    if len(filled) == 1:
        if filled[0].column < lane.first and filled[0].figures * 2 < len(rows):
            _unclear(region, view, filled, first, last)
            return None, {}
        return filled[0].column, {}
    if len(filled) > 1:
        order = sorted(filled, key=lambda column: -column.figures)
        if order[0].figures >= 3 * order[1].figures and not order[1].head:
            return order[0].column, {}
        _unclear(region, view, filled, first, last)
        return None, {}
    if not numbers:
        texts = [column for column in open_columns if column.texts]
        if texts:
            return texts[0].column, {}
    texts = [column for column in open_columns if column.texts and column.texts * 2 >= len(rows)]
    if texts:
        return texts[0].column, {}
    return (open_columns[0].column, {}) if open_columns else (None, {})


def _is_apart(one: _Column, columns: list[_Column]) -> bool:
    """Whether a wholly empty column lies between the labels and this one."""
    near = [column for column in columns if column.column < one.column] if columns[0].column <= one.column else []
    return any(not column.figures and not column.texts and not column.units and not column.head for column in near)


def _is_shared_head(view: View, one: _Column, other: _Column) -> bool:
    """Whether two neighbouring columns stand under one merged head."""
    return any(
        view.spans.get((row, one.column)) is not None and view.spans.get((row, one.column)) == view.spans.get((row, other.column))
        for row in range(min(view.height, 12))
    )


def _adds_up(view: View, rows: list[_Row], total: int, parts: list[int]) -> bool:
    """Whether a column is the sum of others in every row where it has a figure."""
    checked = 0
    for row in rows:
        value = view.at(row.row, total)
        figures = [view.at(row.row, column) for column in parts]
        numbers = [figure for figure in figures if isinstance(figure, (int, float)) and not isinstance(figure, bool)]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if len(numbers) != len(figures) or abs(sum(numbers) - value) > 1e-6:
                return False
            checked += 1
        elif not is_blank(value) or any(not is_blank(figure) for figure in figures):
            return False
    return checked > 0


def _unclear(region: Region, view: View, columns: list[_Column], first: int, last: int) -> None:
    given = "、".join(column.head or address(0, view.sheet_place(0, column.column)[1])[:-1] for column in columns)
    region.faults.append(("value_column_unclear", given, "", (first, columns[0].column), (last, columns[-1].column)))


def _claim(region: Region, view: View, lane: _Lane, row: _Row, item: int, column: int | None, words: Vocabulary) -> None:
    claim = Claim(
        item=item,
        label_at=(row.row, row.column),
        value_at=None,
        label=row.text,
        unit=row.unit,
        doubts=list(row.doubts),
        steps=[*row.sense.steps, *row.steps],
        period=row.sense.period,
    )
    if column is None:
        if not row.sense.inline:
            region.claims.append(claim)
            return
        claim.value_at = view.home(row.row, row.column)
        claim.inline = row.sense.inline
        claim.value = row.sense.inline
        region.claims.append(claim)
        return
    home = view.home(row.row, column)
    claim.value_at, claim.value = home, view.raw(*home)
    if words.items[item].is_number:
        span = view.spans.get((row.row, column)) if view.spans else None
        if span and span[2] > span[0]:
            within = {other.item for other in lane.rows if span[0] <= other.row <= span[2] and other.item is not None}
            claim.over = tuple(range(span[0], span[2] + 1)) if len(within) > 1 else ()
    if row.last > row.row and is_blank(claim.value):
        # A label merged over several rows: the answer may stand beside any of them.
        for below in range(row.row + 1, row.last + 1):
            if not is_blank(view.at(below, column)):
                claim.value_at, claim.value = view.home(below, column), view.at(below, column)
                break
    region.claims.append(claim)


def _match_misprints(region: Region, view: View, lane: _Lane, chosen: int | None, words: Vocabulary) -> None:
    """Give unmatched label rows the item they are a misprint of, where nothing else comes near; all others are strays."""
    claimed = {row.item for row in lane.rows if row.item is not None} | {claim.item for claim in region.claims}
    for row in lane.rows:
        if row.item is not None or row.candidates or not row.sense.key:
            continue
        sense = row.sense
        if sense.section or sense.is_total or sense.role or sense.measure:
            continue
        key = sense.key
        value = view.at(row.row, chosen) if chosen is not None else None
        has_figure = (chosen is not None and looks_like_figure(value)) or bool(row.unit)
        found = match_misprint(key, row.unit, claimed, words)
        if isinstance(found, int):
            row.item, row.candidates = found, (found,)
            row.doubts.append(("label_near_miss", row.text.strip(), words.items[found].label))
            row.steps.append("misprint")
            claimed.add(found)
        else:
            stray = Stray(at=(row.row, row.column), label=row.text.strip(), nearest=words.nearest(key), may_be=found, has_figure=has_figure)
            copied = words.likeness(key, claimed)
            if copied and len(key) >= 8 and copied.distance <= 1 < copied.next_distance:
                stray.copy_of, stray.value_at = copied.item, (row.row, chosen) if chosen is not None else None
            region.strays.append(stray)


def match_misprint(key: str, unit: str, claimed: set[int], words: Vocabulary) -> int | tuple[int, ...]:
    """Return the item a label is a misprint of; or the items it could be, none of them for certain."""
    allowed = tolerance(len(key))
    everything = range(len(words.items))
    fitting = [item for item in everything if not unit or measures.relation(unit, words.units[item]) != "contradicts"]
    free = [item for item in fitting if item not in claimed]
    best = words.likeness(key, free)
    if best is None:
        return ()
    taken = words.likeness(key, [item for item in fitting if item in claimed])
    taken_distance = taken.distance if taken else 99
    near = tuple(item for item in (best.item, best.next_item) if item is not None and words.likeness(key, (item,)) is not None)
    if best.distance > allowed:
        return near if best.distance <= max(allowed + 1, len(key) // 4) else ()
    # The next best free item must be clearly further away; one that another row already holds need only be further.
    if best.next_distance < best.distance + 2 or taken_distance <= best.distance or is_another(key, best.wording):
        return near
    return best.item


# Tables whose items stand in columns, a report a row.


@dataclass(slots=True)
class Record:
    """A table found with its items in columns: which column is which item, and the rows below."""

    region: Region
    columns: dict[int, int]
    head_rows: tuple[int, int]
    rows: list[int] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)
    units: dict[int, str] = field(default_factory=dict)
    labels: dict[int, Claim] = field(default_factory=dict)


def read_record(view: View, marks: list[Mark], wanted: frozenset[int], words: Vocabulary, others: frozenset[int]) -> Record | None:
    """Find a table whose items stand in columns and the rows filled in below its head; `others` are items of the form's other tables."""
    rows: dict[int, dict[int, Sense]] = {}
    meaning = {(row, column): sense for row, column, sense in marks}
    for row, column, sense in marks:
        if sense.items and not sense.inline and not wanted.isdisjoint(sense.items):
            rows.setdefault(row, {})[column] = sense
    if not rows:
        return None

    def distinct(row: int) -> int:
        return len({sense.items for sense in rows.get(row, {}).values()})

    best = max(sorted(rows), key=lambda row: (distinct(row), -row))
    if distinct(best) < min(2, len(wanted)):
        return None
    top = bottom = best
    # A head of two or three rows: groups above, parts below.
    for row in (best + 1, best + 2):
        fresh = [column for column in rows.get(row, {}) if column not in rows[best]]
        if fresh and row == bottom + 1 and not _holds_data(view, row, meaning):
            bottom = row
    for row in (best - 1, best - 2):
        if row == top - 1 and row >= 0 and any(column not in rows[best] for column in rows.get(row, {})):
            top = row
    for column in range(view.width):
        span = view.spans.get((best, column)) if view.spans else None
        if span and span[2] - span[0] < 4 and column in rows[best]:
            bottom = max(bottom, span[2])
    region = Region(view=view)
    record = Record(region=region, columns={}, head_rows=(top, bottom))
    taken: set[int] = set()
    pending: list[tuple[int, str, Sense, tuple[int, int]]] = []
    homes: set[tuple[int, int]] = set()
    for column in range(view.width):
        texts: list[tuple[str, Sense, tuple[int, int]]] = []
        for row in range(bottom, top - 2, -1):
            home = view.home(row, column)
            value = view.raw(*home)
            if isinstance(value, str) and value.strip() and (not texts or texts[-1][2] != home):
                span = view.spans.get(home) if view.spans else None
                if row < top and not (span and span[3] > span[1]):
                    continue
                texts.append((value, meaning.get(home) or PLAIN, home))
        if not texts:
            continue
        if any(home in homes for _, _, home in texts[:1]):
            continue
        found, label, steps = _head_item(texts, wanted, words)
        homes.add(texts[0][2])
        if found is None:
            pending.append((column, texts[0][0], texts[0][1], texts[0][2]))
            continue
        if found in taken:
            region.faults.append(
                ("item_found_twice", label, words.items[found].label, texts[0][2], texts[0][2])
            )
            continue
        taken.add(found)
        record.columns[column] = found
        record.units[column] = texts[0][1].unit
        record.labels[column] = Claim(item=found, label_at=texts[0][2], value_at=None, label=label, unit=texts[0][1].unit, steps=steps)
    for column, text, sense, home in pending:
        if sense.role == "serial" or sense.is_field or not sense.key or sense.items or sense.is_total:
            continue
        nearest = match_misprint(sense.key, sense.unit, taken | (set(range(len(words.items))) - wanted), words)
        if not isinstance(nearest, int):
            nearest = _headed_like(text, sense.key, wanted - taken, nearest, words)
        if isinstance(nearest, int):
            taken.add(nearest)
            record.columns[column] = nearest
            record.units[column] = sense.unit
            record.labels[column] = Claim(
                item=nearest, label_at=home, value_at=None, label=text, doubts=[("label_near_miss", text.strip(), words.items[nearest].label)], steps=["misprint"]
            )
        else:
            region.strays.append(Stray(at=home, label=text.strip(), nearest=words.nearest(sense.key), may_be=nearest, is_column=True))
    _find_rows(record, view, meaning, wanted | others)
    return record


_before_heads = ("重点活动", "活动", "联络员", "具体", "主要", "相关", "计划", "拟", "预计", "隐患", "整改", "暗访", "本单位", "联系", "所在")
_behind_heads = ("号", "号码", "名称", "情况", "方式", "说明", "地址", "账号", "及要求")


def _headed_like(text: str, key: str, free: frozenset[int], near: tuple[int, ...], words: Vocabulary) -> int | tuple[int, ...]:
    """Return the item that a column's head names with words around it (活动主要内容, 传真号, 联系电话（座机））; or the items it could be."""
    tries = [key]
    if found := re.match(r"^(.+?)[(（\[【](.+?)[)）\]】]\s*$", simplify(text).strip(), re.DOTALL):
        tries = [fold(found[1]), fold(found[2]), key]
    held: set[int] = set(near)
    for attempt in tries:
        official = [item for item in words.official.get(attempt, ()) if item in free]
        if len(official) == 1:
            return official[0]
        fitting: dict[int, int] = {}
        for wording, item in words.wordings:
            if len(wording) < 2 or wording not in attempt:
                continue
            if item in free:
                held.add(item)
            lead, _, tail = attempt.partition(wording)
            if (not lead or lead in _before_heads) and (not tail or tail in _behind_heads) and item in free:
                fitting[item] = max(fitting.get(item, 0), len(wording))
        longest = [item for item, length in fitting.items() if length == max(fitting.values())]
        if len(longest) == 1:
            return longest[0]
    return tuple(sorted(held))


def _holds_data(view: View, row: int, meaning: dict[tuple[int, int], Sense]) -> bool:
    """Whether a row below a head holds anything but words of the form."""
    return any(
        not is_blank(value) and (not isinstance(value, str) or not ((sense := meaning.get((row, column))) and (sense.items or sense.role)))
        for column, value in enumerate(view.rows[row])
        if view.home(row, column) == (row, column)
    )


def _head_item(texts: list[tuple[str, Sense, tuple[int, int]]], wanted: frozenset[int], words: Vocabulary) -> tuple[int | None, str, list[str]]:
    """The item a column's head names: its lowest words alone, or together with the group above them."""
    for size in (1, 2, 3):
        if len(texts) < size:
            break
        if size == 1:
            items = [item for item in texts[0][1].items if item in wanted]
            if len(texts) > 1 and texts[0][1].key:
                group = words.look_up(texts[1][1].key + texts[0][1].key)[0] if texts[1][1].key else ()
                composed = [item for item in group if item in wanted]
                if not composed:
                    composed = [
                        child for item in texts[1][1].items if (child := words.child_of(item, texts[0][1].key)) is not None and child in wanted
                    ]
                if len(composed) == 1 and composed != items:
                    return composed[0], texts[1][0] + texts[0][0], ["label in two cells"]
            label = texts[0][0]
        else:
            label = "".join(text for text, _, _ in reversed(texts[:size]))
            items = [item for item in texts[size - 1][1].items if item in wanted] if not texts[0][1].key or texts[0][1].measure else []
        if len(items) == 1:
            return items[0], label, list(texts[0][1].steps)
    return None, texts[0][0], []


def _find_rows(record: Record, view: View, meaning: dict[tuple[int, int], Sense], items: frozenset[int]) -> None:
    columns = sorted(record.columns)
    if not columns:
        return
    first = columns[0]
    gap = 0
    for row in range(record.head_rows[1] + 1, view.height):
        own = [(column, view.at(row, column)) for column in columns]
        filled = [(column, value) for column, value in own if not is_blank(value)]
        lead = next(((column, value) for column, value in enumerate(view.rows[row]) if not is_blank(value)), None)
        if not filled:
            if lead is not None:
                sense = meaning.get((row, lead[0]))
                if sense and (sense.is_note or sense.is_field):
                    break
                if (sense and sense.is_nil) or (isinstance(lead[1], str) and fold(lead[1]) in ("无", "本周无", "本月无")):
                    record.left_out.append(("nil", row, str(lead[1])))
            gap += 1
            if gap > 30:
                break
            continue
        senses = [sense for column in range(view.width) if (sense := meaning.get((row, column)))]
        heads = [sense for sense in senses if sense.items and not sense.inline and not items.isdisjoint(sense.items)]
        if len(heads) >= 2 and len(heads) * 2 >= len({view.home(row, column) for column, _ in filled}):
            if all(meaning.get(view.home(row, column)) is meaning.get(record.labels[column].label_at) for column, _ in filled):
                continue
            break
        lead_sense = meaning.get(view.home(row, lead[0])) if lead else None
        lead_text = lead[1] if lead and isinstance(lead[1], str) else ""
        width = len({view.home(row, column) for column, _ in filled})
        if lead_sense is not None:
            if lead_sense.is_total:
                record.left_out.append(("total", row, lead_text))
                continue
            span = view.spans.get((row, lead[0])) if lead and view.spans else None
            is_banner = span is not None and span[3] - span[1] >= 2 and width == 1
            if (lead_sense.is_field or lead_sense.is_note) and (width <= 2 or is_banner):
                break
            if is_banner:
                if lead_sense.is_nil or lead_text.strip() == "无":
                    record.left_out.append(("nil", row, lead_text))
                continue
        if any((sense := meaning.get((row, column))) and sense.is_total and (column <= first or sense.role == "sum") for column in range(view.width)):
            record.left_out.append(("total", row, lead_text))
            continue
        if width == 1 and len(columns) > 2 and filled[0][0] == first:
            text = filled[0][1]
            if isinstance(text, str) and len(text) > 25 and gap:
                break
        texts = [value for _, value in filled if isinstance(value, str)]
        if len(texts) == len(filled) and all((sense := meaning.get(view.home(row, column))) and sense.measure for column, _ in filled):
            for column, _ in filled:
                record.units[column] = meaning[view.home(row, column)].measure
            continue
        if row == record.head_rows[1] + 1 and _is_numbering(view, row, filled):
            continue
        if gap > 3 and width * 2 < len(columns):
            break
        gap = 0
        record.rows.append(row)


def _is_numbering(view: View, row: int, filled: list[tuple[int, CellValue]]) -> bool:
    """Whether a row numbers the columns: 1 2 3, (1) (2) (3), 甲 乙 1 2."""
    texts = [raw_text(view.raw(row, column)).strip(" ()（）") for column, _ in filled]
    numbers = [int(text) for text in texts if text.isdecimal()]
    rest = [text for text in texts if not text.isdecimal()]
    return (
        len(texts) >= 2
        and len(numbers) + len(rest) == len(texts)
        and all(text in "甲乙丙丁戊己庚辛壬癸ABCDEFGHIJ" for text in rest)
        and all(b - a == 1 for a, b in zip(numbers, numbers[1:], strict=False))
        and (len(numbers) >= 3 or bool(rest))
    )


def figures_of(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims that hold something."""
    return (claim for claim in claims if claim.inline or not is_blank(claim.value))
