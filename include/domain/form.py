"""统计表: what a form asks for. The definition is the only description of a form: the blank, the reader, the suite and the roll-up come from it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from include.domain.wordings import Strict, Wording

ItemKind = Literal["count", "amount", "rate", "text", "date", "phone", "mail", "choice"]
Adds = Literal["sum", "last", "rate", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Strict):
    """指标: one row or column of a form.

    `measurement_unit` is 计量单位 as printed ("场次", "%", "" for text). `kind`: `count` is a whole number >= 0, `amount` a decimal >= 0, `rate` a
    percentage at one decimal recomputed from `rate_of`, `date` free wording of one or two days. `part_of` names the items this one may not exceed.
    `adds` says how units' values make the roll-up; left at `sum`, a rate is recomputed where `rate_of` is given and neither text nor any other rate
    is added. `optional` items are asked only where an obligation lists them in `asks_items`.
    `basis` says where the item comes from, as forms are reconstructed.
    """

    code: str
    label: str
    section: str = ""
    aliases: tuple[str, ...] = ()
    measurement_unit: str = ""
    kind: ItemKind = "count"
    part_of: tuple[str, ...] = ()
    rate_of: tuple[str, str] | None = None
    adds: Adds = "sum"
    required: bool = True
    optional: bool = False
    choices: tuple[str, ...] = ()
    basis: str = ""

    def __post_init__(self) -> None:
        if self.adds == "sum" and self.kind not in ("count", "amount"):
            object.__setattr__(self, "adds", "rate" if self.rate_of else "no")

    @property
    def is_number(self) -> bool:
        """Whether the item's value is a number."""
        return self.kind in ("count", "amount", "rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Strict):
    """One table of a form.

    `shape` is `list` (an item a row: 序号, 指标, 计量单位, 数值) or `record` (an item a column). `rows` is `one` or `many`; only rows of a `many`
    table are numbered from 1 in answers. `total_row`: the blank has a row 合计 of its own.
    """

    code: str
    title: Wording
    shape: Literal["list", "record"]
    items: tuple[Item, ...]
    rows: Literal["one", "many"] = "one"
    min_rows: int = 0
    total_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Strict):
    """A rule across cells that items do not already say by `part_of` or `rate_of`.

    `pair`: `left` sessions without `right` participants, or the reverse, is suspicious (soft). `at_most`: `left` <= `right`. `sum`: `left` = the
    sum of `parts`. `at_least`: `left` >= `value` (a target, soft). Source in `basis`.
    """

    kind: Literal["pair", "at_most", "sum", "at_least"]
    left: str
    right: str = ""
    parts: tuple[str, ...] = ()
    value: float | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers(Strict):
    """反常数: when a figure is so far from others that its unit is asked, softly, whether it is right.

    Held against like units, a figure is unusual that is `times` the typical one, or one part in `times` of it, and lies `spread` times as far from it
    as the others' figures commonly do (robust deviations on a logarithmic scale), where at least `peers` others gave one; half as far again where it
    is too low. Held against the unit's own earlier reports likewise, by how far its other figures moved; where the report has few figures, or the
    figure was below `least`, one that is `times_before` the earlier one, or one part of it. Figures that do not reach `least` are left alone, and so
    are `except_items`.
    """

    is_on: bool = True
    times: float = 5.0
    spread: float = 3.5
    peers: int = 8
    times_before: float = 20.0
    least: float = 100.0
    except_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Strict):
    """A form as units fill it in.

    `figures`: `cumulative` figures never fall from one report of a unit to its next, `increment` figures are those of the period alone and are
    summed to date, `none` has no figures. `nil_texts` are the wordings that make a whole report a nil report (零报告); item-level `无` is always nil.
    `outliers` says when a figure is unusual.
    `head` and `foot` are the labelled fields around the table (填报单位, 统计截止日期, ...), never items. `note` is printed on the blank.
    """

    code: str
    version: int
    title: Wording
    basis: str
    figures: Literal["cumulative", "increment", "none"] = "none"
    tables: tuple[Table, ...]
    checks: tuple[Check, ...] = ()
    outliers: Outliers = field(default_factory=Outliers)
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    note: str = ""
    nil_texts: tuple[str, ...] = ()

    def items(self) -> Iterator[Item]:
        """Every item in the order of the form."""
        for table in self.tables:
            yield from table.items

    def item(self, code: str) -> Item:
        """Return the item of that code; KeyError if the form has none."""
        for item in self.items():
            if item.code == code:
                return item
        raise KeyError(code)
