"""What definitions say of each other: every name must be somebody's, every day must lie in order, every quote must stand in its notice.

Values are typed `Any` where a placeholder ("", (), None) may stand in for something already reported.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from include.catalogue.problem import both, unknown
from include.catalogue.strict import Parsed
from include.domain.campaign import Campaign, EveryDay, EveryMonth, Obligation, Recurring, Reminders
from include.domain.deadline import due_days
from include.domain.form import Form, Item
from include.domain.unit import Change, Unit, change

if TYPE_CHECKING:
    from include.catalogue.calendar import CalendarYear
    from include.catalogue.library import Library

Path_ = tuple[str | int, ...]
CODE = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
ITEM_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# Names of devices on Windows shares: a folder of that name cannot be made there.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}


def check_code(parsed: Parsed[Any], code: str, stem: str) -> None:
    """A file is called after its code."""
    if code and code != stem:
        parsed.report(("code",), both(f"代码 `{code}` 与文件名 `{stem}` 不一致", f"code `{code}` differs from the file's name `{stem}`"))
    _check_shape(parsed, ("code",), code)


def _check_shape(parsed: Parsed[Any], path: Path_, code: str) -> None:
    """Codes become folder names on every kind of share: lower case, digits, hyphens."""
    if code and (not CODE.fullmatch(code) or code in _RESERVED or len(code) > 64):
        parsed.report(
            path, both(f"代码 `{code}` 只能用小写字母、数字和连字符", f"code `{code}` may have only lower-case letters, digits and hyphens")
        )


def _duplicates(parsed: Parsed[Any], codes: Iterable[tuple[Path_, str]]) -> None:
    seen: set[str] = set()
    for path, code in codes:
        if code and code in seen:
            parsed.report(path, both(f"代码 `{code}` 重复", f"duplicate code `{code}`"))
        seen.add(code)


# ---- forms


def check_form(parsed: Parsed[Any]) -> None:
    """Items, checks and tables of one form fit each other."""
    form = parsed.value
    places = [((("tables", t, "items", i)), table, item) for t, table in enumerate(form.tables) for i, item in enumerate(table.items)]
    items = {item.code: item for _, _, item in places if item.code}
    if not form.tables:
        parsed.report(("tables",), both("表式至少要有一张表", "a form needs at least one table"))
    _duplicates(parsed, (((*path, "code"), item.code) for path, _, item in places))
    _duplicates(parsed, ((("tables", t, "code"), table.code) for t, table in enumerate(form.tables)))
    for t, table in enumerate(form.tables):
        if not table.items:
            parsed.report(("tables", t, "items"), both("表里没有指标", "the table has no items"))
        if table.rows == "many" and table.shape == "list":
            parsed.report(("tables", t, "shape"), both("多行表的 shape 应为 record", "a table of many rows has shape `record`"))
        if table.rows == "one" and (table.min_rows or table.total_row):
            key = "min_rows" if table.min_rows else "total_row"
            parsed.report(("tables", t, key), both(f"只有 rows: many 的表才有 {key}", f"only a table with rows: many has {key}"))
        if table.min_rows < 0:
            parsed.report(("tables", t, "min_rows"), both("不能小于 0", "must not be below 0"))
    for path, _, item in places:
        _check_item(parsed, path, item, items)
    _check_cycles(parsed, [(path, item) for path, _, item in places], items)
    _check_labels(parsed, [(path, item) for path, _, item in places])
    _check_checks(parsed, items)
    _check_outliers(parsed, items)


def _check_item(parsed: Parsed[Any], path: Path_, item: Any, items: dict[str, Item]) -> None:
    if item.code and not ITEM_CODE.fullmatch(item.code):
        parsed.report((*path, "code"), both(f"指标代码 `{item.code}` 应为字母加数字", f"item code `{item.code}` should be letters and digits"))
    for whole in item.part_of:
        if whole not in items:
            parsed.report((*path, "part_of"), unknown("指标", "item", whole, items.keys() - {item.code}))
        elif whole == item.code or not (items[whole].is_number and item.is_number):
            parsed.report((*path, "part_of"), both(f"`{item.code}` 不能是 `{whole}` 的其中项", f"`{item.code}` cannot be part of `{whole}`"))
    for part in item.rate_of or ():
        if part and part not in items:
            parsed.report((*path, "rate_of"), unknown("指标", "item", part, items.keys() - {item.code}))
        elif part and not (items[part].kind in ("count", "amount") and part != item.code):
            parsed.report((*path, "rate_of"), both(f"`{part}` 不是可以相除的数", f"`{part}` is not a figure to divide"))
    if item.rate_of and item.rate_of[0] and item.rate_of[0] == item.rate_of[1]:
        parsed.report((*path, "rate_of"), both("分子和分母是同一个指标", "part and whole are the same item"))
    if item.rate_of and item.kind and item.kind != "rate":
        parsed.report((*path, "rate_of"), both("只有 kind: rate 的指标才有 rate_of", "only an item of kind `rate` has rate_of"))
    if (item.kind == "rate" and item.adds == "last") or (item.kind not in ("rate", "") and item.adds == "rate"):
        parsed.report((*path, "adds"), both("比率按分子分母重算：写 adds: rate 或 no", "a rate is recomputed, not summed: adds `rate` or `no`"))
    if item.adds == "rate" and not item.rate_of:
        parsed.report((*path, "rate_of"), both("adds: rate 需要 rate_of: [分子, 分母]", "adds `rate` needs rate_of: [part, whole]"))
    if item.kind and not item.is_number and item.adds == "last":
        parsed.report((*path, "adds"), both("文字不能汇总：写 adds: no", "text is not rolled up: write adds: no"))
    if (item.kind == "choice") != bool(item.choices):
        parsed.report((*path, "choices"), both("kind: choice 与 choices 要一起写", "kind `choice` and `choices` go together"))


def _check_cycles(parsed: Parsed[Any], places: Sequence[tuple[Path_, Item]], items: dict[str, Item]) -> None:
    for path, item in places:
        seen: set[str] = set()
        waiting = list(item.part_of)
        while waiting:
            code = waiting.pop()
            if code == item.code and len(item.part_of) and item.code not in item.part_of:
                parsed.report((*path, "part_of"), both(f"`{item.code}` 绕一圈成了自己的其中项", f"`{item.code}` is part of itself in a circle"))
                break
            if code not in seen and code in items:
                seen.add(code)
                waiting += items[code].part_of


def _check_labels(parsed: Parsed[Any], places: Sequence[tuple[Path_, Item]]) -> None:
    """No two items may be called the same, unless their measurement units tell them apart."""
    from include.catalogue.wording import fold

    taken: dict[str, list[Item]] = {}
    for path, item in places:
        mine: set[str] = set()
        for key, text in (("label", item.label), *(("aliases", alias) for alias in item.aliases)):
            folded = fold(text)
            if not folded:
                if text:
                    parsed.report((*path, key), both(f"「{text}」里没有字", f"`{text}` has no letters"))
                continue
            other = next((o for o in taken.get(folded, []) if o.code != item.code and not _told_apart(o, item)), None)
            if other is not None:
                parsed.report(
                    (*path, key),
                    both(f"「{text}」与指标 `{other.code}` 的名称相同，无法区分", f"`{text}` is also what item `{other.code}` is called"),
                )
            mine.add(folded)
        for folded in mine:
            taken.setdefault(folded, []).append(item)


def _told_apart(one: Item, other: Item) -> bool:
    from include.catalogue.wording import fold

    return bool(one.measurement_unit and other.measurement_unit and fold(one.measurement_unit) != fold(other.measurement_unit))


def _check_checks(parsed: Parsed[Any], items: dict[str, Item]) -> None:
    numbers = {code for code, item in items.items() if item.is_number}
    for c, check in enumerate(parsed.value.checks):
        named = [(("checks", c, "left"), check.left), (("checks", c, "right"), check.right)]
        named += [(("checks", c, "parts"), part) for part in check.parts]
        for path, code in named:
            if code and code not in items:
                parsed.report(path, unknown("指标", "item", code, items))
            elif code and code not in numbers:
                parsed.report(path, both(f"`{code}` 不是数", f"`{code}` is not a figure"))
        wants = {"pair": "right", "at_most": "right", "sum": "parts", "at_least": "value"}.get(check.kind)
        if wants and getattr(check, wants) in ("", (), None):
            parsed.report(("checks", c, wants), both(f"{check.kind} 需要 `{wants}`", f"`{check.kind}` needs `{wants}`"))
        if check.left and check.left in check.parts:
            parsed.report(("checks", c, "parts"), both(f"`{check.left}` 不能是自己的加项", f"`{check.left}` cannot be a part of its own sum"))
        if check.right and check.right == check.left:
            parsed.report(("checks", c, "right"), both("左右是同一个指标", "left and right are the same item"))


# ---- units


def _check_outliers(parsed: Parsed[Any], items: dict[str, Item]) -> None:
    said = parsed.value.outliers
    for key, least in (("times", 1.5), ("spread", 1.0), ("times_before", 1.5), ("peers", 3), ("least", 0.0)):
        value = getattr(said, key)
        if value is not None and value < least:
            parsed.report(("outliers", key), both(f"`{key}` 不能小于 {least:g}", f"`{key}` must not be below {least:g}"))
    for number, code in enumerate(said.except_items):
        if code not in items:
            parsed.report(("outliers", "except_items", number), unknown("指标", "item", code, items))


def check_units(rows: Sequence[Parsed[Unit]], campaign: Campaign) -> None:
    """Codes and names of a registry are nobody else's; parents, heirs and tags exist; days stand in order."""
    units = {row.value.code: row.value for row in rows if row.value.code}
    named = {tag.code for tag in campaign.tags}
    seen: set[str] = set()
    names: dict[str, list[Unit]] = {}
    for row in rows:
        unit = row.value
        _check_shape(row, ("code",), unit.code)
        if unit.code in seen:
            row.report(("code",), both(f"代码 `{unit.code}` 重复", f"duplicate code `{unit.code}`"))
        seen.add(unit.code)
        for key, code in (("parent", unit.parent), ("heir", unit.heir)):
            if code and code not in units:
                row.report((key,), unknown("单位", "unit", code, units.keys() - {unit.code}))
            elif code and _comes_round(unit, key, units):
                row.report((key,), both(f"`{unit.code}` 的 {key} 绕回了自己", f"`{unit.code}` comes round to itself by `{key}`"))
        for tag in unit.tags:
            if named and tag not in named:
                row.report(("tags",), unknown("标签", "tag", tag, named))
        if unit.from_on and unit.to_on and unit.to_on < unit.from_on:
            row.report(("to_on",), both(f"to_on {unit.to_on} 早于 from_on {unit.from_on}", f"to_on {unit.to_on} is before from_on {unit.from_on}"))
        _check_changes(row, units)
        if unit.heir and not unit.to_on:
            row.report(("heir",), both("有 heir 就要写 to_on（并入的前一天）", "a unit with an heir needs to_on, its last day"))
        _check_names(row, names)


def _changes(unit: Unit) -> list[Change]:
    """The unit's dated changes, as far as they can be read."""
    found = []
    for text in unit.changes:
        with suppress(ValueError):
            found.append(change(text))
    return sorted(found, key=lambda one: one.on)


def _check_changes(row: Parsed[Unit], units: dict[str, Unit]) -> None:
    """Each change can be read, lies within the unit's days, changes something, and names a parent that is no unit below."""
    unit = row.value
    for text in unit.changes:
        try:
            one = change(text)
        except ValueError:
            message = "应写成 `2021-06-16 parent 新上级代码` 或 `2021-07-01 name 新名称`", "write `2021-06-16 parent CODE` or `2021-07-01 name NAME`"
            row.report(("changes",), both(f"`{text}` {message[0]}", f"`{text}`: {message[1]}"))
            continue
        if (unit.from_on and one.on <= unit.from_on) or (unit.to_on and one.on > unit.to_on):
            row.report(("changes",), both(f"{one.on} 不在该单位存续期内", f"{one.on} lies outside the unit's days"))
        if one.what != "parent":
            continue
        if one.value and one.value not in units:
            row.report(("changes",), unknown("单位", "unit", one.value, units.keys() - {unit.code}))
        elif _below(unit.code, one, units):
            row.report(("changes",), both(f"自 {one.on} 起 `{unit.code}` 绕回了自己", f"from {one.on} on `{unit.code}` comes round to itself"))
    days = [(one.on, one.what) for one in _changes(unit)]
    if len(set(days)) < len(days):
        row.report(("changes",), both("同一天同一项改了两次", "the same thing changes twice on one day"))


def _below(code: str, to: Change, units: dict[str, Unit]) -> bool:
    """Whether the new parent is the unit itself, or reports to it on that day."""
    above, seen = to.value, set[str]()
    while above in units and above not in seen:
        if above == code:
            return True
        seen.add(above)
        moved = [one.value for one in _changes(units[above]) if one.what == "parent" and one.on <= to.on]
        above = moved[-1] if moved else units[above].parent
    return False


def _check_names(row: Parsed[Unit], names: dict[str, list[Unit]]) -> None:
    """A name means one unit at any time; a unit may take over a name that another bore until it closed."""
    from include.catalogue.wording import fold

    unit = row.value
    mine: set[str] = set()
    changed = [one.value for one in _changes(unit) if one.what == "name"]
    for key, text in (("code", unit.code), ("name", unit.name), *(("aliases", a) for a in unit.aliases), *(("changes", c) for c in changed)):
        folded = fold(text)
        if text and not folded:
            row.report((key,), both(f"「{text}」里没有字", f"`{text}` has no letters"))
        other = next((o for o in names.get(folded, []) if o.code != unit.code and _meet(o, unit)), None) if folded else None
        if other is not None:
            row.report((key,), both(f"「{text}」也是单位 `{other.code}` 的名称，无法区分", f"`{text}` is also what unit `{other.code}` is called"))
        if folded:
            mine.add(folded)
    for folded in mine:
        names.setdefault(folded, []).append(unit)


def _meet(one: Unit, other: Unit) -> bool:
    """Whether there is a day on which both are on the roster."""
    return (one.from_on or date.min) <= (other.to_on or date.max) and (other.from_on or date.min) <= (one.to_on or date.max)


def _comes_round(unit: Unit, key: str, units: dict[str, Unit]) -> bool:
    seen: set[str] = set()
    code = getattr(unit, key)
    while code and code in units and code not in seen:
        if code == unit.code:
            return True
        seen.add(code)
        code = getattr(units[code], key)
    return False


# ---- campaigns


def check_campaign(parsed: Parsed[Any], rows: Sequence[Parsed[Unit]] | None, library: "Library") -> None:
    """Everything a campaign says of its notice, units, forms and days is so. `rows` is None where the registry is missing."""
    campaign: Any = parsed.value
    units = None if rows is None else tuple(row.value for row in rows)
    _check_days_of_campaign(parsed)
    _duplicates(parsed, ((("obligations", n, "code"), o.code) for n, o in enumerate(campaign.obligations)))
    _duplicates(parsed, ((("tags", n, "code"), tag.code) for n, tag in enumerate(campaign.tags)))
    if not campaign.obligations:
        parsed.report(("obligations",), both("活动里没有报送事项", "the campaign has no obligations"))
    if campaign.notice and library.shelf.file("notices", campaign.notice) is None:
        parsed.report(("notice",), unknown("通知 notices/", "notice notices/", campaign.notice, library.shelf.files("notices")))
    carried = {tag for unit in units or () for tag in unit.tags}
    for n, tag in enumerate(campaign.tags):
        _check_shape(parsed, ("tags", n, "code"), tag.code)
        if units is not None:
            _check_tag(parsed, ("tags", n, "code"), tag.code, carried)
    for n, obligation in enumerate(campaign.obligations):
        path: Path_ = ("obligations", n)
        _check_shape(parsed, (*path, "code"), obligation.code)
        _check_source(parsed, path, obligation.source, obligation.basis, library)
        _check_owner(parsed, path, obligation, units, carried)
        _check_kind(parsed, path, obligation)
        _check_asked(parsed, path, obligation, library)
        for place, due in _dues(path, obligation):
            _check_due(parsed, place, due, obligation, library)
        for a, amendment in enumerate(obligation.amendments):
            _check_source(parsed, (*path, "amendments", a), amendment.source, amendment.basis, library)
        for place, tag in _levels(path, obligation):
            if units is not None:
                _check_tag(parsed, place, tag, carried)
    _check_scoring(parsed, carried if units is not None else None)
    _check_reminders(parsed)


def _check_days_of_campaign(parsed: Parsed[Any]) -> None:
    campaign: Any = parsed.value
    for first, last in (("first_on", "last_on"), ("issued_on", "last_on")):
        a, b = getattr(campaign, first), getattr(campaign, last)
        if a and b and b < a:
            parsed.report((last,), both(f"{last} {b} 早于 {first} {a}", f"{last} {b} is before {first} {a}"))
            break
    if campaign.version is not None and campaign.version < 1:
        parsed.report(("version",), both("版本从 1 起", "versions count from 1"))
    if campaign.grace is not None and campaign.grace.working_days is not None and campaign.grace.working_days < 0:
        parsed.report(("grace", "working_days"), both("不能小于 0", "must not be below 0"))


def _check_tag(parsed: Parsed[Any], path: Path_, tag: str, carried: set[str]) -> None:
    if tag and tag not in carried:
        message = unknown("标签", "tag", tag, carried)
        parsed.report(path, both("没有单位带这个标签", "no unit carries this tag") + "; " + message)


def _check_source(parsed: Parsed[Any], path: Path_, source: Any, basis: str, library: "Library") -> None:
    if source is None:
        if not basis.strip():
            parsed.report(
                (*path, "source"),
                both(
                    "要写依据：source: {notice, quote} 或 basis: “decided: …”",
                    "say where it comes from: source: {notice, quote}, or basis: 'decided: ...'",
                ),
            )
        return
    if not source.notice or not source.quote:
        return
    text = library.notice(source.notice)
    if text is None:
        parsed.report((*path, "source", "notice"), unknown("通知 notices/", "notice notices/", source.notice, library.shelf.files("notices")))
    elif without_blanks(source.quote) not in without_blanks(text):
        start = _longest_start(source.quote, text)
        parsed.report(
            (*path, "source", "quote"),
            both(
                f"通知 {source.notice} 里找不到这句话，只对得上开头「{start}」",
                f"the notice {source.notice} does not say this, it agrees only as far as `{start}`",
            ),
        )


def without_blanks(text: str) -> str:
    """Return the text without blanks and line breaks (ideographic and no-break ones too): what quotes are compared in."""
    return "".join(text.split())


def _longest_start(quote: str, text: str) -> str:
    quote, text = without_blanks(quote), without_blanks(text)
    low, high = 0, len(quote)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if quote[:middle] in text else (low, middle - 1)
    return quote[max(0, low - 20) : low]


def _check_owner(parsed: Parsed[Any], path: Path_, obligation: Any, units: tuple[Unit, ...] | None, carried: set[str]) -> None:
    owner = obligation.owner
    wants = {"tags": "tags", "named": "units"}.get(owner.who)
    if wants and not getattr(owner, wants):
        parsed.report((*path, "owner", wants), both(f"who: {owner.who} 需要 `{wants}`", f"who `{owner.who}` needs `{wants}`"))
    for key in ("tags", "units"):
        if owner.who and key != wants and getattr(owner, key):
            parsed.report((*path, "owner", key), both(f"who: {owner.who} 不用 `{key}`", f"who `{owner.who}` has no `{key}`"))
    if obligation.kind == "report" and owner.who == "authority":
        parsed.report(
            (*path, "owner"), both("主管单位不向自己报送：写 kind: target 或 keep", "the authority does not report to itself: use `target` or `keep`")
        )
    if units is None:
        return
    codes = [unit.code for unit in units]
    for i, code in enumerate(owner.units):
        if code not in codes:
            parsed.report((*path, "owner", "units", i), unknown("单位", "unit", code, codes))
    for i, tag in enumerate(owner.tags):
        _check_tag(parsed, (*path, "owner", "tags", i), tag, carried)


def _check_kind(parsed: Parsed[Any], path: Path_, obligation: Any) -> None:
    kind = obligation.kind
    if kind == "report" and obligation.due is None:
        parsed.report(
            (*path, "due"), both("报送事项要有 due；没有期限的写 kind: open", "a report needs `due`; one without a deadline has kind: open")
        )
    for key in ("first_on", "last_on"):
        if kind == "report" and getattr(obligation, key):
            parsed.report((*path, key), both(f"`{key}` 写在 due 里", f"`{key}` belongs into `due`"))
    for key in ("due", "amendments", "levels", "parts", "asks_items", "closes_on", "edit_ends_on", "remind_before", "remind_after"):
        if kind in ("target", "keep") and getattr(obligation, key):
            parsed.report((*path, key), both(f"{kind} 事项不报送，没有 `{key}`", f"a `{kind}` is not sent and has no `{key}`"))
    if obligation.target is not None and kind in ("report", "keep"):
        parsed.report((*path, "target"), both(f"{kind} 事项没有 `target`", f"a `{kind}` has no `target`"))
    if kind != "report":
        return
    if obligation.what == "form" and not obligation.form:
        parsed.report((*path, "form"), both("what: form 要写是哪张表 form:", "what `form` must name its `form`"))
    if obligation.form and obligation.what in ("document", "materials"):
        parsed.report((*path, "form"), both("有 form 就要写 what: form", "an obligation with a `form` has what: form"))


def _check_asked(parsed: Parsed[Any], path: Path_, obligation: Any, library: "Library") -> None:
    form = _form_of(parsed, (*path, "form"), obligation.form, library) if obligation.form else None
    if form is not None:
        optional = [item.code for item in form.items() if item.optional]
        for i, code in enumerate(obligation.asks_items):
            if code not in optional:
                parsed.report((*path, "asks_items", i), unknown("可选指标", "optional item", code, optional))
    elif obligation.asks_items and not obligation.form:
        parsed.report((*path, "asks_items"), both("没有 form，无从要求指标", "without a `form` no items can be asked"))
    _in_order(parsed, path, obligation)
    target = obligation.target
    if target is None:
        return
    seen_in = _obligation(parsed, (*path, "target", "obligation"), target.obligation)
    if seen_in is not None:
        if not seen_in.form:
            parsed.report(
                (*path, "target", "obligation"), both(f"`{seen_in.code}` 不报表，没有数", f"`{seen_in.code}` has no form and so no figures")
            )
        else:
            form = _form_of(parsed, None, seen_in.form, library)
            _check_item_of(parsed, (*path, "target", "item"), target.item, form, ("count", "amount", "rate"))
    if target.at_least is not None and target.at_most is not None and target.at_most < target.at_least:
        parsed.report((*path, "target", "at_most"), both("at_most 小于 at_least", "at_most is below at_least"))


def _obligation(parsed: Parsed[Any], path: Path_, code: str) -> Obligation | None:
    if not code:
        return None
    found = next((o for o in parsed.value.obligations if o.code == code), None)
    if found is None:
        parsed.report(path, unknown("报送事项", "obligation", code, (o.code for o in parsed.value.obligations)))
    return found


def _form_of(parsed: Parsed[Any], path: Path_ | None, code: str, library: "Library") -> Form | None:
    form = library.form(code)
    if form is None and path is not None:
        parsed.report(path, unknown("表式", "form", code, library.shelf.files("forms")))
    return form.value if isinstance(form, Parsed) else None


def _check_item_of(parsed: Parsed[Any], path: Path_, code: str, form: Form | None, kinds: tuple[str, ...]) -> None:
    if form is None or not code:
        return
    item: Any = next((item for item in form.items() if item.code == code), None)
    if item is None:
        parsed.report(path, unknown("指标", "item", code, (item.code for item in form.items())))
    elif item.kind and item.kind not in kinds:
        parsed.report(
            path, both(f"指标 `{code}` 是 {item.kind}，这里要 {'/'.join(kinds)}", f"item `{code}` is {item.kind}, {'/'.join(kinds)} is wanted here")
        )


def _levels(path: Path_, obligation: Any) -> Iterator[tuple[Path_, str]]:
    holders = [(path, obligation)] + [((*path, "amendments", a), amendment) for a, amendment in enumerate(obligation.amendments)]
    for place, holder in holders:
        for level, levelled in enumerate(holder.levels):
            yield (*place, "levels", level, "tag"), levelled.tag


def _dues(path: Path_, obligation: Any) -> Iterator[tuple[Path_, Any]]:
    """Every deadline rule of an obligation: its own, those of levels, those of amendments and their levels."""
    holders = [(path, obligation)] + [((*path, "amendments", a), amendment) for a, amendment in enumerate(obligation.amendments)]
    for place, holder in holders:
        if holder.due is not None:
            yield (*place, "due"), holder.due
        for level, levelled in enumerate(holder.levels):
            if levelled.due is not None:
                yield (*place, "levels", level, "due"), levelled.due


def _check_due(parsed: Parsed[Any], path: Path_, due: Any, obligation: Any, library: "Library") -> None:
    checks = {"date": _check_on_date, "after_activity": _check_after_activity, "open": _check_open}
    checks.get(due.kind, _check_recurring)(parsed, path, due, obligation, library)
    if due.kind == "open":
        return
    if due.at is not None and due.met not in ("", "end_of_day"):
        parsed.report((*path, "met"), both(f"写了时刻 at，就不再有 met: {due.met}", f"with a time `at`, `met: {due.met}` has no meaning"))
    if due.at is not None and due.at.tzinfo is not None:
        parsed.report((*path, "at"), both("时刻按活动的时区写，不带时区", "a time of day is in the campaign's zone and names none"))


def _check_on_date(parsed: Parsed[Any], path: Path_, due: Any, obligation: Any, library: "Library") -> None:
    campaign: Any = parsed.value
    if due.on is None:
        return
    if campaign.issued_on is not None and due.on < campaign.issued_on:
        day, issued = due.on, campaign.issued_on
        parsed.report((*path, "on"), both(f"期限 {day} 早于通知印发 {issued}", f"the deadline {day} is before the notice's issue on {issued}"))
    else:
        _check_within(parsed, (*path, "on"), due.on)
    closes = obligation.closes_on
    if closes is not None and closes < due.on:
        place: Path_ = (*path[:2], "closes_on")
        parsed.report(place, both(f"截止接收 {closes} 早于期限 {due.on}", f"closes_on {closes} is before the deadline {due.on}"))
    _check_edit_ends(parsed, path, obligation, due.on)
    _check_calendar_known(parsed, (*path, "roll"), due.roll, [due.on], library)


def _check_recurring(parsed: Parsed[Any], path: Path_, due: Any, obligation: Any, library: "Library") -> None:
    issued = parsed.value.issued_on
    which = {"weekly": "weekday", "monthly": "days", "daily": "first_on"}[due.kind]
    for key, most in (("days", 31), ("months", 12)) if isinstance(due, EveryMonth) else ():
        if any(one is not None and not 1 <= one <= most for one in getattr(due, key)):
            parsed.report((*path, key), both(f"应在 1 到 {most} 之间", f"should be from 1 to {most}"))
            return
    _check_edit_ends(parsed, path, obligation)
    if due.kind == "monthly" and not due.days:
        parsed.report((*path, "days"), both("要写是每月哪几天", "must name days of the month"))
    if not _in_order(parsed, path, due) or not getattr(due, which) or "" in getattr(due, "also", ()):
        return
    days = _days_of(due)
    if not days:
        parsed.report((*path, which), both(f"两个日期之间没有这样的日子（{due.kind}）", f"there is no such day ({due.kind}) between the two days"))
    elif days[-1] < (issued or date.min):
        parsed.report((*path, "last_on"), both(f"都在通知印发 {issued} 之前", f"every day is before the notice's issue on {issued}"))
    else:
        # Weeks before the issue are owed by nobody, which is how a notice of 4 June may say "every Thursday in June".
        _check_within(parsed, (*path, "first_on"), next(day for day in days if day >= (issued or date.min)))
        _check_within(parsed, (*path, "last_on"), days[-1])
    if isinstance(due, EveryDay):
        _check_calendar_known(parsed, (*path, "count"), "next_workday" if due.count == "working" else "none", days, library)
    else:
        _check_calendar_known(parsed, (*path, "roll"), due.roll, days, library)


def _check_edit_ends(parsed: Parsed[Any], path: Path_, obligation: Any, due_on: date | None = None) -> None:
    """Corrections end neither before the deadline nor before reports stop being accepted."""
    ends, closes = obligation.edit_ends_on, obligation.closes_on
    place: Path_ = (*path[:2], "edit_ends_on")
    if ends is not None and closes is not None and ends < closes:
        parsed.report(place, both(f"更正截止 {ends} 早于截止接收 {closes}", f"edit_ends_on {ends} is before closes_on {closes}"))
    elif ends is not None and due_on is not None and ends < due_on:
        parsed.report(place, both(f"更正截止 {ends} 早于期限 {due_on}", f"edit_ends_on {ends} is before the deadline {due_on}"))


def _check_open(parsed: Parsed[Any], path: Path_, due: Any, obligation: Any, library: "Library") -> None:  # noqa: ARG001 (one shape for all rules)
    if _in_order(parsed, path, due):
        _check_within(parsed, (*path, "first_on"), due.first_on)
        _check_within(parsed, (*path, "last_on"), due.last_on)


def _check_after_activity(parsed: Parsed[Any], path: Path_, due: Any, obligation: Any, library: "Library") -> None:
    plan = _obligation(parsed, (*path, "plan"), due.plan)
    if plan is not None and plan.code == obligation.code:
        parsed.report((*path, "plan"), both("计划不能是它自己", "the plan cannot be the obligation itself"))
    elif plan is not None and not plan.form:
        parsed.report((*path, "plan"), both(f"`{plan.code}` 不报表，没有活动清单", f"`{plan.code}` has no form, so it lists no activities"))
    elif plan is not None:
        form = _form_of(parsed, None, plan.form, library)
        _check_item_of(parsed, (*path, "name_item"), due.name_item, form, ("text", "choice"))
        _check_item_of(parsed, (*path, "date_item"), due.date_item, form, ("date",))
    if due.days is not None and due.days < 0:
        parsed.report((*path, "days"), both("天数不能小于 0", "days must not be below 0"))
    days = [parsed.value.first_on, parsed.value.last_on]
    if due.count == "working":
        _check_calendar_known(parsed, (*path, "count"), "next_workday", days, library)
    else:
        _check_calendar_known(parsed, (*path, "roll"), due.roll, days, library)


def _in_order(parsed: Parsed[Any], path: Path_, span: Any) -> bool:
    """Whether first_on and last_on are both given and stand in order; a problem where they do not."""
    first, last = span.first_on, span.last_on
    if first is None or last is None:
        return False
    if last < first:
        parsed.report((*path, "last_on"), both(f"last_on {last} 早于 first_on {first}", f"last_on {last} is before first_on {first}"))
    return bool(first <= last)


class _EveryDay:
    """A calendar on which people always work: whether a rule names any day hangs on no holiday."""

    def is_workday(self, day: date) -> bool:
        return day is not None


def _days_of(due: Recurring) -> list[date]:
    """The days that a recurring rule names, as far as they can be told without the official calendar."""
    return list(due_days(due, _EveryDay()))


def _check_within(parsed: Parsed[Any], path: Path_, day: date) -> None:
    campaign: Any = parsed.value
    first, last = campaign.first_on, campaign.last_on
    if first is not None and last is not None and last < first:
        return
    if first is not None and day < first:
        parsed.report(path, both(f"{day} 在活动 {first} 开始之前", f"{day} is outside the campaign, which begins on {first}"))
    elif last is not None and day > last:
        parsed.report(path, both(f"{day} 在活动 {last} 结束之后", f"{day} is outside the campaign, which ends on {last}"))


def _check_calendar_known(parsed: Parsed[Any], path: Path_, roll: str, days: Sequence[date | None], library: "Library") -> None:
    """Only a rule that asks for working days needs the official calendar of its years."""
    years = {day.year for day in days if day is not None}
    if not years or roll not in ("next_workday", "previous_workday"):
        return
    for year in range(min(years), max(years) + 1):
        if not library.calendar.knows(year):
            file = f"calendars/{year}.yaml"
            parsed.report(path, both(f"{year} 年的放假安排尚未收录，请写 {file}", f"the official calendar of {year} is not known: write {file}"))


def _check_scoring(parsed: Parsed[Any], carried: set[str] | None) -> None:
    scoring: Any = parsed.value.scoring
    if scoring is None:
        return
    if scoring.full is not None and scoring.floor is not None and scoring.floor > scoring.full:
        parsed.report(("scoring", "floor"), both("floor 大于 full", "floor is above full"))
    for d, deduction in enumerate(scoring.deductions):
        if deduction.points is not None and deduction.points <= 0:
            parsed.report(("scoring", "deductions", d, "points"), both("扣分写正数", "points taken are written as a positive number"))
        if deduction.cap is not None and deduction.cap <= 0:
            parsed.report(("scoring", "deductions", d, "cap"), both("上限写正数", "a cap is a positive number"))
        if deduction.per == "day" and deduction.when and deduction.when != "late":
            parsed.report(("scoring", "deductions", d, "per"), both("只有迟报按天扣", "only `late` is taken per day"))
    _duplicates(parsed, ((("scoring", "entered", e, "code"), item.code) for e, item in enumerate(scoring.entered)))
    for e, item in enumerate(scoring.entered):
        if item.least is not None and item.most is not None and item.most < item.least:
            parsed.report(("scoring", "entered", e, "most"), both("most 小于 least", "most is below least"))
    if carried is not None:
        for g, tag in enumerate(scoring.group_tags):
            _check_tag(parsed, ("scoring", "group_tags", g), tag, carried)


def _check_reminders(parsed: Parsed[Any]) -> None:
    campaign: Any = parsed.value
    settings = campaign.reminders
    for key in ("weekly_before", "others_before"):
        _check_days(parsed, ("reminders", key), getattr(settings, key), least=0)
    _check_ladder(parsed, ("reminders", "after"), settings.after)
    for n, obligation in enumerate(campaign.obligations):
        _check_days(parsed, ("obligations", n, "remind_before"), obligation.remind_before or (), least=0)
        _check_ladder(parsed, ("obligations", n, "remind_after"), obligation.remind_after or ())
        if obligation.due is not None and obligation.due.kind == "open":
            for key in ("remind_before", "remind_after"):
                if getattr(obligation, key):
                    parsed.report(("obligations", n, key), both("没有期限的事项不催报", "what is never due reminds nobody"))
    if settings.retry_days < 0:
        parsed.report(("reminders", "retry_days"), both("不能小于 0", "must not be below 0"))
    _check_hours(parsed, settings, settings.closes or campaign.close_of_business)


def _check_days(parsed: Parsed[Any], path: Path_, some: Sequence[Any], least: int) -> None:
    for n, one in enumerate(some):
        if one.days is not None and one.days < least:
            parsed.report((*path, n, "days"), both(f"天数不能小于 {least}", f"days must not be below {least}"))


def _check_ladder(parsed: Parsed[Any], path: Path_, rungs: Sequence[Any]) -> None:
    """Rungs stand in the order of the ladder, each once, none before the one below it."""
    order = ("reminder", "demand", "circular")
    _check_days(parsed, path, rungs, least=1)
    for n, (below, above) in enumerate(pairwise(rungs), start=1):
        if below.step in order and above.step in order and order.index(above.step) <= order.index(below.step):
            message = both(f"次序应为 {' → '.join(order)}，各一次", f"the order is {' -> '.join(order)}, each once")
            parsed.report((*path, n, "step"), message)
        elif None not in (below.days, above.days) and above.count == below.count and above.days < below.days:
            parsed.report((*path, n, "days"), both(f"{above.step} 早于 {below.step}", f"`{above.step}` comes before `{below.step}`"))


def _check_hours(parsed: Parsed[Any], settings: Any, closes: Any) -> None:
    """Every round that is written down falls into the hours in which reminders may go out, or nobody would ever be reminded in it."""
    usual = Reminders()
    opens, quiet = settings.opens, [one for one in settings.quiet if None not in (one.begins, one.ends)]
    if None in (opens, closes):
        return
    if closes <= opens and (opens, settings.closes) != (usual.opens, usual.closes):
        parsed.report(("reminders", "closes"), both(f"closes {closes} 不晚于 opens {opens}", f"closes {closes} is not after opens {opens}"))
        return
    for n, one in enumerate(settings.quiet):
        if one in quiet and one.ends <= one.begins:
            parsed.report(
                ("reminders", "quiet", n, "ends"), both(f"ends {one.ends} 不晚于 begins", f"ends {one.ends} is not after begins {one.begins}")
            )
    for n, at in enumerate(settings.rounds if settings.rounds != usual.rounds else ()):
        if at is not None and (not opens <= at < closes or any(one.begins <= at < one.ends for one in quiet)):
            parsed.report(
                ("reminders", "rounds", n), both(f"{at:%H:%M} 不在可以催报的时间里", f"{at:%H:%M} is outside the hours in which reminders go out")
            )


# ---- calendars


def check_calendar(parsed: "Parsed[CalendarYear]") -> None:
    """Days of a calendar file lie in its year and say something that the week does not say already."""
    year: Any = parsed.value
    for key, weekend, zh, en in (
        ("rest_days", False, "本来就是周末", "is a weekend day anyway"),
        ("workdays", True, "本来就是工作日", "is a working day anyway"),
    ):
        for n, day in enumerate(getattr(year, key)):
            if day is None or year.year is None:
                continue
            if day.year != year.year:
                parsed.report((key, n), both(f"{day} 不在 {year.year} 年", f"{day} is not in {year.year}"))
            elif (day.weekday() >= 5) != weekend:
                parsed.report((key, n), both(f"{day} {zh}", f"{day} {en}"))
