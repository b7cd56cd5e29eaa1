"""The official layout of a form, as pure geometry: the blank, the roll-up and the sample files are all this same picture.

A list table stands in five columns (序号, 类别, 指标, 计量单位, 数值), a record table has an item a column; every table has a sheet of its own, the
title on top, labelled fields above and below. Positions are 0-based (row, column).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from include.domain.form import Form, Item, Table
from include.report.wide import lines_of, width_of

Role = Literal["title", "field", "entry", "head", "section", "number", "label", "measure", "value", "total", "note"]

# Rows of a many-row table that a blank offers, unless told otherwise.
BLANK_ROWS = 15
# The printable width of A4 upright at 10.5 points, in character widths; wider tables lie down.
UPRIGHT = 110.0
UNIT_FIELDS = ("填报单位", "报送单位", "单位名称", "单位")
_WIDTHS = {"count": 12.0, "amount": 12.0, "rate": 10.0, "date": 14.0, "phone": 15.0, "mail": 22.0, "choice": 12.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One cell or merged block.

    `item` and `item_row` (from 1 in a many-row table) say which answer stands in a box of role `value`, `field` which head or foot field in one of
    role `entry`.
    """

    row: int
    column: int
    text: str
    role: Role
    rows: int = 1
    columns: int = 1
    item: str | None = None
    item_row: int | None = None
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLayout:
    """One table on its sheet. `widths` are column widths in characters, `heights` row heights in points.

    The rows from `first_head_row` up to, not including, `head_rows` repeat on paper; all above `head_rows` stay in view.
    """

    name: str
    table: str
    widths: tuple[float, ...]
    heights: Mapping[int, float]
    boxes: tuple[Box, ...]
    first_head_row: int
    head_rows: int
    is_landscape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A form laid out. `places` finds the value cell of (item, row), `fields` that of a head or foot field, each as (sheet name, row, column)."""

    form: Form
    sheets: tuple[SheetLayout, ...]
    places: Mapping[tuple[str, int | None], tuple[str, int, int]]
    fields: Mapping[str, tuple[str, int, int]]

    def sheet(self, name: str) -> SheetLayout:
        """Return the sheet of that name; KeyError if there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)

    def unit_field(self) -> str | None:
        """The field in which a unit names itself, None where the form has none."""
        for wanted in UNIT_FIELDS:
            for name in self.fields:
                if name.startswith(wanted):
                    return name
        return None


@dataclass
class _Sheet:
    """A sheet while it is being filled."""

    boxes: list[Box] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    row: int = 0

    def put(
        self, role: Role, column: int, text: str, *, rows: int = 1, columns: int = 1, item: str | None = None, item_row: int | None = None
    ) -> None:
        self.boxes.append(Box(row=self.row, column=column, text=text, role=role, rows=rows, columns=columns, item=item, item_row=item_row))

    def put_field(self, label: str, left: int, cells: int, right: int) -> None:
        """A label over `cells` columns from `left` on, and its entry up to, not including, `right`."""
        self.put("field", left, f"{label}：", columns=cells)
        self.boxes.append(Box(row=self.row, column=left + cells, text="", role="entry", columns=right - left - cells, field=label))


def asked(table: Table, asks: Iterable[str] = ()) -> tuple[Item, ...]:
    """The table's items that are asked for: all but the optional ones that `asks` does not name."""
    wanted = frozenset(asks)
    return tuple(item for item in table.items if not item.optional or item.code in wanted)


def lay_out(
    form: Form,
    asks: Iterable[str] = (),
    *,
    rows: Mapping[str, int] | int = BLANK_ROWS,
    values: str = "数值",
    title: str = "",
    notes: tuple[str, ...] | None = None,
    period_field: str = "",
    extra: Mapping[str, tuple[tuple[str, float], ...]] | None = None,
) -> Layout:
    """Lay a form out.

    `asks` are the optional items asked for; `rows` how many rows a many-row table offers (one number, or by table code); `values` heads the
    figures of a list table; `title` replaces the form's own; `notes` the form's note, below every table; `period_field` is a further head field for
    the period; `extra` are by table further columns (heading, width) at the right, whose boxes have the role `total`.
    """
    asks = tuple(asks)
    several = len(form.tables) > 1
    sheets: list[SheetLayout] = []
    places: dict[tuple[str, int | None], tuple[str, int, int]] = {}
    fields: dict[str, tuple[str, int, int]] = {}
    for position, table in enumerate(form.tables):
        items = asked(table, asks)
        if not items:
            continue
        is_last = position == len(form.tables) - 1
        name = sheet_name(table.title.zh if several else (title or form.title.zh))
        head = form.head if position == 0 else tuple(f for f in form.head if f.startswith(UNIT_FIELDS))[:1]
        head = (*head, period_field) if period_field and position == 0 else head
        offered = rows if isinstance(rows, int) else rows.get(table.code, BLANK_ROWS)
        more = (extra or {}).get(table.code, ())
        widths, has_section = _widths(table, items, more)
        sheet = _Sheet()
        columns = len(widths)
        sheet.put("title", 0, (title or form.title.zh) if position == 0 else table.title.zh, columns=columns)
        sheet.heights[0] = 34.0
        sheet.row = 1
        _fields(sheet, name, head, widths, fields)
        first_head_row = sheet.row
        if table.shape == "list":
            _list(sheet, name, items, has_section, widths[2 if has_section else 1], values, more, places)
        else:
            _record(sheet, name, table, items, offered, more, places)
        if is_last or notes is not None:
            for text in notes if notes is not None else ((f"注：{form.note.removeprefix('注：')}",) if form.note else ()):
                sheet.put("note", 0, text, columns=columns)
                sheet.heights[sheet.row] = 15.0 * lines_of(text, sum(widths)) + 3
                sheet.row += 1
        if is_last:
            _fields(sheet, name, form.foot, widths, fields)
        sheets.append(
            SheetLayout(
                name=name,
                table=table.code,
                widths=widths,
                heights=sheet.heights,
                boxes=tuple(sheet.boxes),
                first_head_row=first_head_row,
                head_rows=first_head_row + 1,
                is_landscape=sum(widths) > UPRIGHT,
            )
        )
    return Layout(form=form, sheets=tuple(sheets), places=places, fields=fields)


def sheet_name(text: str) -> str:
    r"""Return a name that every program accepts for a sheet: at most 31 characters, none of []:*?/\ and no quote at either end."""
    kept = "".join("" if c in "[]:*?/\\" or ord(c) < 32 else c for c in text).strip().strip("'")
    return kept[:31].strip("'") or "表"


def _widths(table: Table, items: tuple[Item, ...], extra: tuple[tuple[str, float], ...]) -> tuple[tuple[float, ...], bool]:
    if table.shape == "list":
        has_section = any(item.section for item in items)
        label = min(46.0, max(24.0, *(width_of(item.label) + 2 for item in items)))
        measure = max(14.5, *(width_of(item.measurement_unit) + 2 for item in items))
        figures = 16.0
        widths = (6.0, *((12.0,) if has_section else ()), label, measure, figures, *(width for _, width in extra))
        return widths, has_section
    texts = sum(item.kind == "text" for item in items)
    text = 24.0 if texts <= 4 else 20.0 if texts <= 6 else 13.0
    widths = (6.0, *(max(text if item.kind == "text" else _WIDTHS[item.kind], min(26.0, width_of(item.label) + 2)) for item in items))
    return (*widths, *(width for _, width in extra)), False


def _fields(sheet: _Sheet, name: str, labels: tuple[str, ...], widths: tuple[float, ...], places: dict[str, tuple[str, int, int]]) -> None:
    """Put labelled fields two a row, each label beside an empty cell; one a row where the columns are too few or too narrow for that."""
    columns = len(widths)
    middle = _middle(widths) if columns >= 4 else 0
    halves: tuple[tuple[int, int], ...] = ((0, middle), (middle, columns))
    if not middle or any(width_of(label) + 2 > sum(widths[: middle - 1]) for label in labels):
        halves = ((0, columns),)
    for first in range(0, len(labels), len(halves)):
        for (left, right), label in zip(halves, labels[first : first + len(halves)], strict=False):
            need, cells = width_of(label) + 3, 1
            while cells < right - left - 1 and sum(widths[left : left + cells]) < need:
                cells += 1
            sheet.put_field(label, left, cells, right)
            # The first sheet's field is the one that counts where sheets repeat it.
            places.setdefault(label, (name, sheet.row, left + cells))
        fits = all(width_of(box.text) <= sum(widths[box.column : box.column + box.columns]) for box in sheet.boxes if box.row == sheet.row)
        sheet.heights[sheet.row] = 22.0 if fits else 34.0
        sheet.row += 1


def _middle(widths: tuple[float, ...]) -> int:
    """The column at which the right half of a field row begins: both halves have two columns or more."""
    half, so_far = sum(widths) / 2, 0.0
    for column, width in enumerate(widths):
        if so_far + width / 2 >= half:
            return min(max(column, 2), len(widths) - 2)
        so_far += width
    return len(widths) - 2


def _list(
    sheet: _Sheet,
    name: str,
    items: tuple[Item, ...],
    has_section: bool,
    label_width: float,
    values: str,
    extra: tuple[tuple[str, float], ...],
    places: dict[tuple[str, int | None], tuple[str, int, int]],
) -> None:
    heads = ("序号", *(("类别",) if has_section else ()), "指标", "计量单位", values, *(text for text, _ in extra))
    for column, text in enumerate(heads):
        sheet.put("head", column, text)
    sheet.heights[sheet.row] = 24.0
    sheet.row += 1
    label_column = 2 if has_section else 1
    position = 0
    while position < len(items):
        end = position + 1
        while has_section and end < len(items) and items[end].section == items[position].section:
            end += 1
        if has_section:
            sheet.put("section", 1, items[position].section, rows=end - position)
        for number, item in enumerate(items[position:end], start=position + 1):
            sheet.put("number", 0, str(number))
            sheet.put("label", label_column, item.label)
            sheet.put("measure", label_column + 1, item.measurement_unit)
            sheet.put("value", label_column + 2, "", item=item.code)
            places[item.code, None] = (name, sheet.row, label_column + 2)
            for column in range(len(extra)):
                sheet.put("total", label_column + 3 + column, "", item=item.code)
            lines = lines_of(item.label, label_width)
            sheet.heights[sheet.row] = max(18.0, 15.0 * lines + 3) if item.is_number else 60.0
            sheet.row += 1
        position = end


def _record(
    sheet: _Sheet,
    name: str,
    table: Table,
    items: tuple[Item, ...],
    offered: int,
    extra: tuple[tuple[str, float], ...],
    places: dict[tuple[str, int | None], tuple[str, int, int]],
) -> None:
    sheet.put("head", 0, "序号")
    tallest = 1
    for column, item in enumerate(items, start=1):
        text = f"{item.label}（{item.measurement_unit}）" if item.measurement_unit else item.label
        sheet.put("head", column, text)
        tallest = max(tallest, lines_of(text, 24.0))
    for column, (text, _) in enumerate(extra, start=len(items) + 1):
        sheet.put("head", column, text)
    sheet.heights[sheet.row] = max(24.0, 15.0 * tallest + 6)
    sheet.row += 1
    for number in range(1, (offered if table.rows == "many" else 1) + 1):
        sheet.put("number", 0, str(number))
        for column, item in enumerate(items, start=1):
            at = number if table.rows == "many" else None
            sheet.put("value", column, "", item=item.code, item_row=at)
            places[item.code, at] = (name, sheet.row, column)
        for column in range(len(extra)):
            sheet.put("total", len(items) + 1 + column, "", item_row=number)
        sheet.heights[sheet.row] = 24.0
        sheet.row += 1
    if table.total_row:
        sheet.put("number", 0, "合计")
        for column, item in enumerate(items, start=1):
            sheet.put("total", column, "", item=item.code if item.is_number else None)
        sheet.heights[sheet.row] = 24.0
        sheet.row += 1
