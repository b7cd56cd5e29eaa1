"""Tables with an item a row: in which cells the labels stand, which column holds the figures, and which cells claim which item.

Labels stand in lanes: one column, or several side by side where the table was folded into halves. Left and right of a lane stand numbers, sections,
measurement units, remarks and the figures; heads say which is which, and where they do not, the cells themselves do. Where nothing tells, nothing is
claimed. The file is long because these decisions lean on one another; each is one function.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from include.catalogue.wording import fold, simplify
from include.read import measures
from include.read.cells import is_blank, looks_like_figure, raw_text
from include.read.grid import CellValue, address
from include.read.layout import Claim, Head, Mark, Region, Stray, View, said_inline
from include.read.matching import PLAIN, Sense, Vocabulary, match_misprint


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
    """What the head and the cells of a column beside a lane say of it.

    `is_counting`: its figures go up one by one; `is_numbering`: they do so with gaps or begin anew, as numbers of rows do; `is_rising`: they could be
    numbers of some rows out of many. `is_grouped`: the role is that of a head above, its own head says something else.
    """

    column: int
    role: str
    head: str
    sense: Sense | None
    figures: int
    texts: int
    units: int
    is_counting: bool
    is_numbering: bool = False
    is_rising: bool = False
    is_grouped: bool = False


def read_list(view: View, marks: list[Mark], wanted: frozenset[int], words: Vocabulary, figures: str, before: Region | None = None) -> Region:
    """Read a table whose labels stand in one or more columns, the answers beside them; below a new head within it, by that head.

    `before` is the part of the same table that was read before: a part without a head of its own stands under that head.
    """
    meaning = {(row, column): sense for row, column, sense in marks}
    heads = _new_heads(view, sorted({row for row, _, sense in marks if sense.items and not wanted.isdisjoint(sense.items)}), meaning)
    region = _read_part(view, marks, wanted, words, figures, before, range(heads[0] if heads else view.height))
    for first, last in pairwise((*heads, view.height)):
        part = _read_part(view, marks, wanted, words, figures, None, range(first, last))
        region.claims += part.claims
        region.strays += part.strays
        region.faults += part.faults
        region.steps += part.steps
    return region


def _new_heads(view: View, labelled: list[int], meaning: dict[tuple[int, int], Sense]) -> list[int]:
    """The rows within a table that say anew what the columns hold: 场次 | 人次 above 五进. A head repeated on a new page says nothing new."""
    found: list[int] = []
    if len(labelled) < 2:
        return found
    for row in sorted({row for row, _ in meaning} - set(labelled)):
        if not labelled[0] < row < labelled[-1] or any(looks_like_figure(value) for value in view.rows[row]):
            continue
        following = next(each for each in labelled if each > row)
        if following - row > 2:
            continue
        for column in range(view.width):
            sense = meaning.get((row, column))
            if sense is None or sense.is_field or sense.is_note or not (sense.measure or sense.is_people or sense.role in _telling_roles):
                continue
            above = {words for each in range(max(labelled[0] - 8, 0), labelled[0]) if isinstance(words := view.at(each, column), str)}
            if looks_like_figure(view.at(following, column)) and fold(str(view.raw(row, column))) not in map(fold, above):
                found.append(row)
                break
    return found


def _read_part(
    view: View, marks: list[Mark], wanted: frozenset[int], words: Vocabulary, figures: str, before: Region | None, within: range
) -> Region:
    """Read the rows of a list that stand under one head."""
    region = Region(view=view)
    anchors = [mark for mark in marks if mark[0] in within and mark[2].items and not wanted.isdisjoint(mark[2].items)]
    # No form repeats its labels that often; a sheet of nothing but labels is no table.
    if not anchors or len(anchors) > 100 + 60 * len(wanted):
        return region
    meaning = {(row, column): sense for row, column, sense in marks}
    anchors = _without_answers(view, anchors)
    lanes = _lanes(view, anchors, words)
    if len(lanes) > 1:
        # A column of explanations may repeat every label; its head tells.
        heads = _head_rows(view, min(row for row, _, _ in anchors), meaning)
        lanes = [lane for lane in lanes if not any((sense := meaning.get((row, lane.last))) and sense.role == "remark" for row in heads)] or lanes
    for lane in lanes:
        lane.rows = [row for row in _label_rows(view, lane, lane is lanes[0], anchors, meaning) if row.row in within]
    lanes = [lane for lane in lanes if lane.rows]
    if not lanes:
        return region
    beside = [_columns_beside(view, lanes, number, meaning) for number in range(len(lanes))]
    _keep_head(region, lanes, beside, before)
    asks_figures = any(words.items[item].is_number for lane in lanes for row in lane.rows for item in row.sense.items if item in wanted)
    is_lone = sum(len(lane.rows) for lane in lanes) == 1
    side = _side(beside, asks_figures=asks_figures, is_lone=is_lone)
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
    anchors = [mark for mark in marks if mark[0] in within and mark[2].items and wanted.issuperset(mark[2].items)]
    if asks_figures:
        _claim_words(region, view, anchors, meaning, words)
    region.claims += said_inline(view, anchors, wanted - region.found(), words)
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


def _without_answers(view: View, anchors: list[Mark]) -> list[Mark]:
    """Leave out texts that name an item but stand where answers and remarks stand: 应急演练3场 among the good practices is no label."""
    rows_of: dict[int, set[int]] = {}
    for row, column, _ in anchors:
        rows_of.setdefault(column, set()).add(row)
    most = max(len(rows) for rows in rows_of.values())
    if most < 4:
        return anchors
    strong = {column for column, rows in rows_of.items() if len(rows) * 4 >= most}
    labelled = set().union(*(rows_of[column] for column in strong))
    dropped: set[int] = set()
    for column, rows in rows_of.items():
        figures = sum(1 for row in labelled - rows if looks_like_figure(view.raw(row, column)))
        if figures >= 4 * len(rows) or (column not in strong and rows <= labelled and not any(_has_answer_behind(view, row, column) for row in rows)):
            dropped.add(column)
    return [mark for mark in anchors if mark[1] not in dropped] if len(dropped) < len(rows_of) else anchors


def _has_answer_behind(view: View, row: int, column: int) -> bool:
    return not is_blank(view.at(row, column + 1)) or any(looks_like_figure(view.at(row, column + step)) for step in (2, 3))


def _is_composed(left: Sense, right: Sense, words: Vocabulary) -> bool:
    if left.items == right.items or left.section:
        return True
    return bool(words.look_up(left.key + right.key)[0]) or any(words.child_of(item, right.key) is not None for item in left.items)


def _label_rows(view: View, lane: _Lane, is_first: bool, anchors: list[Mark], meaning: dict[tuple[int, int], Sense]) -> list[_Row]:
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
        if own is None and made and made[-1].row == row - 1 and is_blank(view.at(row, lane.last)) and _figures_right(view, row, lane):
            # 应急演练 merged over two rows, the merge lost: 参与人数 or 人次 alone says what of the row above is counted.
            beside = meaning.get((row, lane.last + 1))
            if beside is not None and beside.is_people:
                own = _Row(row=row, column=lane.last + 1, sense=beside, text=str(view.raw(row, lane.last + 1)), unit=beside.measure, last=row)
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
    return any(looks_like_figure(value) for value in cells[lane.last + 1 :]) or any(isinstance(value, (int, float)) for value in cells[: lane.first])


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


def _keep_head(region: Region, lanes: list[_Lane], beside: list[tuple[list[_Column], list[_Column]]], before: Region | None) -> None:
    """Keep the head for the parts that follow; a part without one, its labels in the same columns and none of them read yet, goes on below it."""
    places = tuple((lane.first, lane.last) for lane in lanes)
    columns = [column for pair in beside for side in pair for column in side]
    if any((one.head and one.figures) or one.role not in ("", "unit") for one in columns):
        region.head = Head(lanes=places, columns={one.column: (one.role, one.head, one.sense, one.is_grouped) for one in columns})
        return
    items = {item for lane in lanes for row in lane.rows for item in row.sense.items}
    if before is None or before.head is None or before.head.lanes != places or items & before.found():
        return
    known = before.head.columns
    if any(one.figures and known[one.column][0] == "unit" if one.column in known else one.figures or one.texts for one in columns):
        return
    for one in columns:
        if one.column in known:
            role, one.head, one.sense, one.is_grouped = known[one.column]
            one.role = role or one.role
    region.head = before.head
    region.steps.append(f"goes on below the head of “{before.view.grid.name}”")


def _head_rows(view: View, first: int, meaning: dict[tuple[int, int], Sense]) -> list[int]:
    """The rows above a table that may be its head: up to six, none beyond another table."""
    rows: list[int] = []
    for row in range(first - 1, max(first - 8, -1), -1):
        senses = [meaning[row, column] for column in range(view.width) if (row, column) in meaning]
        if sum(1 for sense in senses if sense.items and not sense.role) >= 2 or _is_data(view, row, meaning):
            break
        if any(sense.role or sense.measure or sense.is_people for sense in senses) or not rows or row >= first - 3:
            rows.append(row)
    return rows


def _is_data(view: View, row: int, meaning: dict[tuple[int, int], Sense]) -> bool:
    """Whether a row is one of another table's: a number beside words that mean nothing here."""
    cells = view.rows[row]
    return any(isinstance(value, (int, float)) for value in cells) and any(
        isinstance(value, str) and len(value.strip()) > 2 and not ((sense := meaning.get((row, column))) and (sense.role or sense.measure))
        for column, value in enumerate(cells)
    )


def _describe(view: View, lane: _Lane, column: int, heads: list[int], meaning: dict[tuple[int, int], Sense]) -> _Column:
    role, head, head_sense, is_grouped = "", "", None, False
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
            if not head:
                head, is_grouped = value.strip(), not (sense and sense.role)
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
    levels: list[str] = []
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
            levels.append(raw_text(value))
            if 0 <= value < 10_000 and value == int(value):
                numbers.append(int(value))
        elif looks_like_figure(value):
            figures += 1
            text = raw_text(value).strip(" 、.．()（）")
            levels.append(text)
            if text.isdecimal() and len(text) < 5:
                numbers.append(int(text))
        elif not is_blank(value):
            texts += 1
    steps = [1 if b <= 2 and b <= a else b - a for a, b in pairwise(numbers)]
    counting = len(numbers) >= 2 and len(numbers) == figures and all(b - a == 1 for a, b in pairwise(numbers))
    numbering = (
        len(numbers) >= 3
        and len(numbers) == figures
        and all(0 < step <= 5 for step in steps)
        and sum(b - a == 1 for a, b in pairwise(numbers)) * 2 >= len(steps)
    )
    numbering = numbering or (figures >= 3 and len(levels) == figures and _are_levels(levels))
    if units and units >= texts and not figures and role in ("", "value", "label"):
        role = "unit"
    return _Column(
        column=column,
        role=role,
        head=head,
        sense=head_sense,
        figures=figures,
        texts=texts,
        units=units,
        is_counting=counting,
        is_numbering=numbering,
        is_rising=len(numbers) == figures and all(a < b for a, b in pairwise((0, *numbers, 300))),
        is_grouped=is_grouped and role != "",
    )


def _are_levels(texts: list[str]) -> bool:
    """Whether figures are numbers of rows in two levels: 1.1, 1.2, 2.1; 1.10 stands as 1.1 where a spreadsheet made a number of it."""
    pairs = [found.groups() for text in texts if (found := re.fullmatch(r"(\d{1,2})\.(\d{1,2})", text))]
    if len(pairs) != len(texts):
        return False
    return all(
        (one[0] == other[0] and other[1] in (str(int(one[1]) + 1), str(int(one[1]) + 1).rstrip("0"), "11" if one[1] == "1" else ""))
        or (int(other[0]) == int(one[0]) + 1 and other[1] == "1")
        for one, other in pairwise(pairs)
    )


_telling_roles = frozenset(("value", "week", "total", "month", "plan", "other", "sum"))
_not_values = frozenset(("serial", "remark", "other", "plan", "unit", "label"))


def _side(beside: list[tuple[list[_Column], list[_Column]]], *, asks_figures: bool, is_lone: bool) -> str:
    """On which side of their labels the figures stand, for all lanes of a table alike; "" if nothing tells.

    Where only texts are asked for, or where but one row says nothing else, a figure left of the label is the row's number, never the answer.

    Between two lanes figures stand on both sides; what stands left of the first and right of the last tells.
    """
    left, right = beside[0][0], beside[-1][1]
    for names in (("value", "week", "total"), ("month", "sum")):
        has_left, has_right = (any(column.role in names for column in columns) for columns in (left, right))
        if has_left != has_right:
            return "right" if has_right else "left"
        if has_left:
            return ""
    has_right = any((column.figures or (column.texts and len(beside) > 1)) and column.role not in _not_values for column in right)
    # Two rows numbered 2 and 3 are numbered rows only where the figures stand on the other side.
    has_left = any(
        column.figures
        and column.role not in _not_values
        and (column.role or (asks_figures and not column.is_numbering and not (column.is_counting and has_right)))
        for column in left
    )
    could_be_numbers = all(column.is_rising for column in left if column.figures and not column.role)
    if has_left and not has_right:
        # Figures that rise from row to row while nothing stands behind the labels: numbers of rows that were left blank, or figures before labels.
        return ("right" if is_lone else "") if could_be_numbers else "left"
    if has_right and not has_left:
        return "right"
    # 16 | 曝光典型案例 | 起 | 11: the figure behind the measurement unit is the answer, the one before the label its number.
    is_behind_unit = any(one.role == "unit" and other.figures for one, other in pairwise(right))
    if has_left and is_behind_unit and could_be_numbers:
        return "right"
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
            if not sense.is_people or sense.measure:
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
        chosen, matrix = _choose(region, view, lane, [each for each in others if each.role or not each.is_numbering], numbers, known, words, figures)
    if chosen is not None:
        region.steps.append(_told_column(view, chosen, columns + others))
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


def _told_column(view: View, chosen: int, columns: list[_Column]) -> str:
    """Say which column the figures were taken from, and which columns with figures were not."""

    def name(column: _Column) -> str:
        letters = re.sub(r"\d", "", view.address(0, column.column)) if not view.is_turned else view.address(0, column.column)
        return f"{letters} “{column.head}”" if column.head else letters

    ours = next((column for column in columns if column.column == chosen), None)
    rejected = [f"{name(column)}{f' ({column.role})' if column.role else ''}" for column in columns if column.column != chosen and column.figures]
    told = f"figures from {name(ours)}" if ours is not None else "figures from the labels' own cells"
    return f"{told}; not from {', '.join(rejected)}" if rejected else told


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

    sums = [column for column in open_columns if column.role == "sum"]
    filled = [column for column in open_columns if column.figures]
    headed = [
        column
        for column in open_columns
        if column.role in ("value", "month")
        # 完成情况 written above the first of several columns (its merged range lost) is the head of them all.
        and not (column.is_grouped and any(other is not column and other.role in ("", "sum") and other.head for other in filled))
    ]
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
        # The rate of a whole is not the sum of its parts' rates.
        added = [row for row in rows if any(words.items[each].kind in ("count", "amount") for each in row.candidates)]
        # Weeks or days that add up to a total are no part of one week.
        is_by_time = figures == "increment" and any(re.search(r"\d\s*[周月日号]|[周旬]", column.head) for column in parts)
        if len(sums) == 1 and parts and not is_by_time and _adds_up(view, added, total.column, [column.column for column in parts]):
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
        is_numbered = not filled[0].head and filled[0].is_counting and filled[0].figures >= 10
        if is_numbered or (filled[0].column < lane.first and filled[0].figures * 2 < len(rows)):
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


def _as_number(value: CellValue) -> CellValue:
    """Plain digits typed as text, with their measurement unit or without, as the number they are; everything else as it is."""
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]+)?)\s*(.*)", simplify(value).replace(",", "").strip()) if isinstance(value, str) else None
    return float(found[1]) if found and (not found[2] or found[2] in measures.FAMILY) else value


def _adds_up(view: View, rows: list[_Row], total: int, parts: list[int]) -> bool:
    """Whether a column is the sum of others in every row where it has a figure."""
    checked = 0
    for row in rows:
        value = view.at(row.row, total)
        value = _as_number(value)
        figures = [_as_number(view.at(row.row, column)) for column in parts]
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
    if isinstance(claim.value, str) and claim.value.rstrip().endswith((":", "：")) and words.sense(claim.value).role:
        claim.value = None  # 完成情况： stands before an answer and is none
    if words.items[item].is_number:
        span = view.spans.get((row.row, column)) if view.spans else None
        if span and span[2] > span[0]:
            within = {other.item for other in lane.rows if span[0] <= other.row <= span[2] and other.item is not None}
            claim.over = tuple(range(span[0], span[2] + 1)) if len(within) > 1 else ()
    if row.last > row.row and is_blank(claim.value):
        # A label merged over several rows: the answer may stand beside any of them.
        theirs = {other.row for other in lane.rows if other.item not in (None, item)}
        for below in range(row.row + 1, row.last + 1):
            if below not in theirs and not is_blank(view.at(below, column)):
                claim.value_at, claim.value = view.home(below, column), view.at(below, column)
                break
    region.claims.append(claim)


def _claim_words(region: Region, view: View, anchors: list[Mark], meaning: dict[tuple[int, int], Sense], words: Vocabulary) -> None:
    """Claim the words that stand beside or below a text item's label which lies across the table, not among its rows."""
    found, labels = region.found(), {claim.label_at for claim in region.claims}
    for row, column, sense in anchors:
        item = sense.items[0]
        if len(sense.items) > 1 or words.items[item].is_number or item in found or (row, column) in labels or row <= region.head_row or sense.inline:
            continue
        span = view.spans.get((row, column)) if view.spans else None
        right = range((span[3] if span else column) + 1, view.width)
        beside = [(row, other) for other in right if view.home(row, other) == (row, other) and not is_blank(view.raw(row, other))]
        below = (span[2] if span else row) + 1
        places = beside or [(below, other) for other in range(view.width) if not is_blank(view.raw(below, other))]
        if len(places) != 1:
            continue
        said, meant = view.raw(*places[0]), meaning.get(places[0], PLAIN)
        if not isinstance(said, str) or meant.items or meant.is_field or meant.is_note or meant.role or meant.is_total:
            continue
        label = str(view.raw(row, column))
        region.claims.append(Claim(item=item, label_at=(row, column), value_at=places[0], label=label, value=said, steps=["words across the table"]))
        found.add(item)


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
