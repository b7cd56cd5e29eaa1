"""Tables with an item a column and a report a row: which column is which item, and which rows below the head are answers."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from include.catalogue.wording import fold, simplify
from include.read.cells import is_blank, raw_text
from include.read.grid import CellValue
from include.read.layout import Claim, Mark, Region, Stray, View, said_inline
from include.read.lexicon import BEFORE_HEADS, BEHIND_HEADS
from include.read.matching import PLAIN, Sense, Vocabulary, match_misprint

_field_label = re.compile(r"[:：]")


@dataclass(slots=True)
class Record:
    """A table found with its items in columns: which column is which item, and the rows below.

    `aside` are items whose columns are somebody else's or stand twice; a finding or a note says so. `serial` is the column of the rows' numbers;
    `is_continued`: the head stands above an earlier part of the table.
    """

    region: Region
    columns: dict[int, int]
    head_rows: tuple[int, int]
    rows: list[int] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)
    units: dict[int, str] = field(default_factory=dict)
    labels: dict[int, Claim] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)
    serial: int | None = None
    is_continued: bool = False


@dataclass(slots=True, kw_only=True)
class _Headed:
    """A column whose head names an item, and the cell that names its group (联络员 above 姓名 and 手机); `is_ours`: the form names that group too."""

    column: int
    claim: Claim
    group: tuple[int, int] | None
    is_ours: bool


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
    headed: list[_Headed] = []
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
        group = texts[1][2] if len(texts) > 1 else _group_above(view, texts[0][2], top)
        is_ours = group is not None and not wanted.isdisjoint(meaning.get(group, PLAIN).items)
        claim = Claim(item=found, label_at=texts[0][2], value_at=None, label=label, unit=texts[0][1].unit, steps=steps)
        headed.append(_Headed(column=column, claim=claim, group=group, is_ours=is_ours))
    for one in _without_rivals(record, headed, words):
        record.columns[one.column] = one.claim.item
        record.units[one.column] = one.claim.unit
        record.labels[one.column] = one.claim
    taken = {one.claim.item for one in headed}
    record.serial = next((column for column, _, sense, _ in pending if sense.role == "serial"), None)
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
                item=nearest,
                label_at=home,
                value_at=None,
                label=text,
                doubts=[("label_near_miss", text.strip(), words.items[nearest].label)],
                steps=["misprint"],
            )
        else:
            region.strays.append(Stray(at=home, label=text.strip(), nearest=words.nearest(sense.key), may_be=nearest, is_column=True))
    _find_rows(record, view, meaning, wanted, others)
    region.claims = said_inline(view, marks, wanted - taken, words)
    return record


def go_on(before: Record, view: View, marks: list[Mark], wanted: frozenset[int], others: frozenset[int], *, is_word: bool) -> Record | None:
    """Read a part without a head below the head of the part before it: as wide, no head of its own, its rows' numbers going on.

    Headings tear the tables of Word documents apart, where rows need no numbers to belong together.
    """
    if view.width != before.region.view.width or not view.height or any(row == 0 and (sense.role or sense.is_field) for row, _, sense in marks):
        return None
    meaning = {(row, column): sense for row, column, sense in marks}
    record = Record(region=Region(view=view), columns=dict(before.columns), head_rows=(-1, -1), units=dict(before.units), is_continued=True)
    record.labels, record.serial = before.labels, before.serial
    _find_rows(record, view, meaning, wanted, others)
    if not record.rows:
        return None
    if before.serial is not None:
        last = raw_text(before.region.view.at(before.rows[-1], before.serial)).strip(" .、") if before.rows else "0"
        first = raw_text(view.at(record.rows[0], before.serial)).strip(" .、")
        if not (first.isdecimal() and last.isdecimal() and int(first) in (int(last) + 1, 1 if is_word else -1)):
            return None
    elif not is_word:
        return None
    return record


def _without_rivals(record: Record, headed: list[_Headed], words: Vocabulary) -> list[_Headed]:
    """Leave out the columns of 分管领导 beside those of 联络员, and every column of an item that two filled columns claim alike."""
    region, view = record.region, record.region.view
    same: dict[int, list[_Headed]] = {}
    for one in headed:
        same.setdefault(one.claim.item, []).append(one)
    rivals = {one.group for each in same.values() if len({one.is_ours for one in each}) > 1 for one in each if not one.is_ours}
    kept: list[_Headed] = []
    for item, each in same.items():
        left = [one for one in each if one.group is None or one.group not in rivals]
        if any(one.is_ours for one in left):
            left = [one for one in left if one.is_ours]
        if len(left) > 1:
            rows = range(record.head_rows[1] + 1, min(view.height, record.head_rows[1] + 200))
            left = [one for one in left if any(not is_blank(view.at(row, one.column)) for row in rows)] or left[:1]
        if len(left) > 1:
            label = words.items[item].label
            region.faults.append(
                ("item_found_twice", "、".join(one.claim.label for one in left), label, left[0].claim.label_at, left[-1].claim.label_at)
            )
            record.aside.add(item)
            left = []
        elif not left:
            record.aside.add(item)
        kept += left
        region.strays += [
            Stray(at=one.claim.label_at, label=one.claim.label, nearest=item, is_column=True)
            for one in each
            if one.group in rivals and one not in left
        ]
    return kept


def _group_above(view: View, home: tuple[int, int], top: int) -> tuple[int, int] | None:
    """The cell that names the group of a column whose merged range was lost: the text above it or, that cell being blank, the nearest to its left."""
    for row in range(home[0] - 1, max(top - 2, -1), -1):
        if sum(isinstance(value, str) and bool(value.strip()) for value in view.rows[row]) < 2:
            continue
        for column in range(home[1], -1, -1):
            if not is_blank(view.raw(row, column)):
                return (row, column) if view.home(home[0], column)[0] == home[0] and not is_blank(view.raw(home[0], column)) else None
    return None


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
            if (not lead or lead in BEFORE_HEADS) and (not tail or tail in BEHIND_HEADS) and item in free:
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


def _find_rows(record: Record, view: View, meaning: dict[tuple[int, int], Sense], wanted: frozenset[int], others: frozenset[int]) -> None:
    items = wanted | others
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
        if _begins_another_table(senses, others) or (lead is not None and _is_title(view, row, meaning, others)):
            break
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
            # 填报人： | 张三 | 审核人： | 李四 ...: signatures below the table, however many cells they fill.
            if lead_sense.is_field and (_field_label.search(lead_text) or sum(sense.is_field for sense in senses) >= 2):
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


def _begins_another_table(senses: list[Sense], others: frozenset[int]) -> bool:
    """Whether a row is the head of a list (序号 | 指标 | 计量单位 | 数值), or names an item of another table of the form and nothing of this one."""
    roles = {sense.role for sense in senses if not sense.items}
    if len(roles & {"serial", "label", "unit", "value", "week", "total", "plan"}) >= 3 or {"label", "value"} <= roles:
        return True
    named = [sense for sense in senses if sense.items]
    return bool(named) and all(sense.is_official and others.issuperset(sense.items) for sense in named) and any(sense.measure for sense in senses)


def _is_title(view: View, row: int, meaning: dict[tuple[int, int], Sense], others: frozenset[int]) -> bool:
    """Whether a row holds one text alone and another table begins below it."""
    if sum(not is_blank(value) for value in view.rows[row]) != 1:
        return False
    below = next((line for line in range(row + 1, view.height) if any(not is_blank(value) for value in view.rows[line])), None)
    return below is not None and _begins_another_table([meaning[below, column] for column in range(view.width) if (below, column) in meaning], others)


def _is_numbering(view: View, row: int, filled: list[tuple[int, CellValue]]) -> bool:
    """Whether a row numbers the columns: 1 2 3, (1) (2) (3), 甲 乙 1 2."""
    texts = [raw_text(view.raw(row, column)).strip(" ()（）") for column, _ in filled]
    numbers = [int(text) for text in texts if text.isdecimal()]
    rest = [text for text in texts if not text.isdecimal()]
    return (
        len(texts) >= 2
        and len(numbers) + len(rest) == len(texts)
        and all(text in "甲乙丙丁戊己庚辛壬癸ABCDEFGHIJ" for text in rest)
        and all(b - a == 1 for a, b in pairwise(numbers))
        and (len(numbers) >= 3 or bool(rest))
    )
