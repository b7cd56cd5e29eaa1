"""Files of the shelf as domain nouns, each checked on its own and against the files it names.

A `Library` reads each file once. `campaign_problems` is everything wrong with one campaign and what it refers to, so that a broken neighbour does not
stop a sound campaign; `all_problems` is everything wrong with everything.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from include.catalogue import references
from include.catalogue.calendar import CalendarYear, ChinaCalendar
from include.catalogue.findings import rule_problems
from include.catalogue.letters import letter_problems
from include.catalogue.problem import Problem, both, nearest, unknown
from include.catalogue.shelf import Kind, Shelf
from include.catalogue.strict import Parsed, build, build_many, compose, field_names, read_text
from include.domain.campaign import Campaign
from include.domain.finding import Rule
from include.domain.form import Form, Item
from include.domain.unit import Unit


@dataclass(slots=True)
class Registry:
    """A campaign's units file: each row's unit in official order, with the row's own place."""

    file: Path
    rows: list[Parsed[Unit]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def units(self) -> tuple[Unit, ...]:
        """The units in official order."""
        return tuple(row.value for row in self.rows)


class Library:
    """One look at the shelf. Not for long keeping: a file that changes later is not read again."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._campaigns: dict[str, Parsed[Campaign] | list[Problem]] = {}
        self._forms: dict[str, Parsed[Form] | list[Problem]] = {}
        self._items: dict[str, tuple[dict[str, yaml.MappingNode], list[Problem]]] = {}
        self._registries: dict[str, Registry | None] = {}
        self._found: dict[str, list[Problem]] = {}

    # ---- single files

    def campaign(self, code: str) -> Parsed[Campaign] | list[Problem] | None:
        """One campaign's YAML; its problems where it is not even a tree; None if there is no such file."""
        file = self.shelf.file("campaigns", code)
        if file is None:
            return None
        if code not in self._campaigns:
            parsed = _parse(Campaign, file)
            if isinstance(parsed, Parsed):
                references.check_code(parsed, parsed.value.code, file.stem)
            self._campaigns[code] = parsed
        return self._campaigns[code]

    def form(self, code: str) -> Parsed[Form] | list[Problem] | None:
        """One form with its shared items filled in."""
        file = self.shelf.file("forms", code)
        if file is None:
            return None
        if code not in self._forms:
            self._forms[code] = self._read_form(file)
        return self._forms[code]

    def registry(self, code: str) -> Registry | None:
        """A campaign's units."""
        if code not in self._registries:
            file = self.shelf.file("units", code)
            self._registries[code] = None if file is None else read_registry(file)
        return self._registries[code]

    def notice(self, name: str) -> str | None:
        """A notice's whole text."""
        file = self.shelf.file("notices", name)
        return None if file is None else read_text(file, [])

    @cached_property
    def calendar_years(self) -> tuple[dict[int, CalendarYear], list[Problem]]:
        """The calendar files by year, and what is wrong with them."""
        years: dict[int, CalendarYear] = {}
        problems: list[Problem] = []
        for file in self.shelf.files("calendars").values():
            parsed = _parse(CalendarYear, file)
            if isinstance(parsed, list):
                problems += parsed
                continue
            references.check_calendar(parsed)
            problems += parsed.problems
            if not parsed.problems:
                years[parsed.value.year] = parsed.value
        return years, problems

    @cached_property
    def calendar(self) -> ChinaCalendar:
        """The work calendar with our own years."""
        return ChinaCalendar(years=self.calendar_years[0])

    @cached_property
    def rules(self) -> tuple[dict[str, Rule], list[Problem]]:
        """Every rule by code, sorted, and what is wrong with the catalogue of findings."""
        parsed: list[Parsed[tuple[Rule, ...]]] = []
        problems: list[Problem] = []
        for file in self.shelf.files("findings").values():
            found = _parse_many(Rule, file)
            if isinstance(found, list):
                problems += found
            else:
                parsed.append(found)
        problems += rule_problems(parsed, self._retired())
        rules = {rule.code: rule for one in parsed for rule in one.value}
        return dict(sorted(rules.items())), problems

    def _retired(self) -> set[str]:
        """Codes that once meant something else: `findings/retired.txt`, one a line, the rest of the line says what it was."""
        found: set[str] = set()
        for folder in self.shelf.folders:
            file = folder / "findings" / "retired.txt"
            if file.is_file():
                found |= {line.split()[0] for line in (read_text(file, []) or "").splitlines() if line.strip() and not line.startswith("#")}
        return found

    def _read_form(self, file: Path) -> Parsed[Form] | list[Problem]:
        problems: list[Problem] = []
        text = read_text(file, problems)
        node = compose(text, file, problems) if text is not None else None
        if node is None:
            return problems
        unknown_items = self._fill_in_items(node, problems)
        form = build(Form, node, file)
        form.problems += problems
        for path, message in unknown_items:
            form.report(path, message)
        references.check_code(form, form.value.code, file.stem)
        references.check_form(form)
        return form

    def _fill_in_items(self, form: yaml.Node, of_files: list[Problem]) -> list[tuple[tuple[str | int, ...], str]]:
        """Put shared items in the place of their codes: `items_from: statistics` and `items: [A1, {code: F1, label: ...}]`; a key given here wins."""
        problems: list[tuple[tuple[str | int, ...], str]] = []
        for number, table in enumerate(_list_at(form, "tables")):
            if not isinstance(table, yaml.MappingNode):
                continue
            keys = {k.value: v for k, v in table.value if isinstance(k, yaml.ScalarNode)}
            source, items = keys.get("items_from"), keys.get("items")
            if source is None:
                continue
            table.value = [(k, v) for k, v in table.value if k.value != "items_from"]
            file = self.shelf.file("items", str(source.value))
            if file is None:
                names = self.shelf.files("items")
                problems.append((("tables", number, "items_from"), unknown("指标文件", "file of items", str(source.value), names)))
                continue
            shared, wrong = self.items(file)
            of_files += wrong
            if not isinstance(items, yaml.SequenceNode):
                continue
            for place, item in enumerate(items.value):
                own = list(item.value) if isinstance(item, yaml.MappingNode) else []
                code = item.value if isinstance(item, yaml.ScalarNode) else next((v.value for k, v in own if k.value == "code"), None)
                row = shared.get(code) if isinstance(code, str) else None
                if row is not None:
                    given = {k.value for k, _ in own if isinstance(k, yaml.ScalarNode)}
                    moved = [(_moved(k, item), _moved(v, item)) for k, v in row.value if k.value not in given]
                    items.value[place] = yaml.MappingNode("", own + moved, item.start_mark, item.end_mark)
                elif isinstance(item, yaml.ScalarNode):
                    problems.append((("tables", number, "items", place), unknown("指标", "item", item.value, shared)))
        return problems

    def items(self, file: Path) -> tuple[dict[str, yaml.MappingNode], list[Problem]]:
        """The shared items of one file by code, and what is wrong with the file."""
        if str(file) not in self._items:
            problems: list[Problem] = []
            rows: dict[str, yaml.MappingNode] = {}
            for node in _rows(Item, file, problems):
                item = build(Item, node, file)
                if item.value.code in rows:
                    item.report(("code",), both(f"代码 `{item.value.code}` 重复", f"duplicate code `{item.value.code}`"))
                problems += item.problems
                rows[item.value.code] = node
            self._items[str(file)] = (rows, problems)
        return self._items[str(file)]

    # ---- problems

    def campaign_problems(self, code: str) -> list[Problem]:
        """Everything wrong with one campaign, its units, its notice and the forms it asks for."""
        if code not in self._found:
            self._found[code] = self._campaign_problems(code)
        return self._found[code]

    def _campaign_problems(self, code: str) -> list[Problem]:
        parsed = self.campaign(code)
        if not isinstance(parsed, Parsed):
            return parsed or []
        registry = self.registry(code)
        if registry is None:
            parsed.report(("code",), both(f"缺少单位名册 units/{code}.csv", f"the registry units/{code}.csv is missing"))
        references.check_campaign(parsed, registry.rows if registry else None, self)
        problems = list(parsed.problems)
        if registry is not None:
            references.check_units(registry.rows, parsed.value)
            problems += registry.problems + [p for row in registry.rows for p in row.problems]
        for form_code in dict.fromkeys(o.form for o in parsed.value.obligations if o.form):
            form = self.form(form_code)
            problems += form if isinstance(form, list) else form.problems if form else []
        return list(dict.fromkeys(problems + self.calendar_years[1]))

    def all_problems(self, is_asked: Callable[[Path], bool] = lambda _: True) -> list[Problem]:
        """Everything wrong with the files that are asked for, sorted by file and line, each once."""
        problems: list[Problem] = []
        registries = self.shelf.files("units")
        for code, file in self.shelf.files("campaigns").items():
            if is_asked(file) or (code in registries and is_asked(registries[code])):
                problems += self.campaign_problems(code)
        for code, file in self.shelf.files("forms").items():
            form = self.form(code) if is_asked(file) else None
            problems += form if isinstance(form, list) else form.problems if form else []
        for file in filter(is_asked, self.shelf.files("items").values()):
            problems += self.items(file)[1]
        for name, file in registries.items():
            registry = self.registry(name) if is_asked(file) and self.shelf.file("campaigns", name) is None else None
            if registry is not None:
                problems += registry.problems + [p for row in registry.rows for p in row.problems]
                zh, en = nearest(name, self.shelf.files("campaigns"))
                message = both(f"没有活动 `{name}` 用这份名册{zh}", f"no campaign `{name}` for this registry{en}")
                problems.append(Problem(file=file, line=1, key="", message=message))
        for file in filter(is_asked, self.shelf.files("notices").values()):
            read_text(file, problems)
        problems += self.calendar_years[1] + self.rules[1] + letter_problems(self.shelf.folders)
        return sorted({p for p in problems if is_asked(p.file)}, key=lambda p: (str(p.file), p.line, p.key, p.message))


def read_registry(file: Path) -> Registry:
    """Read a units file row by row; the row order is the official order, from 1."""
    registry = Registry(file)
    for number, node in enumerate(_rows(Unit, file, registry.problems, skip=("order",)), start=1):
        mark = node.start_mark
        node.value.append((_text("order", mark), _text(str(number), mark)))
        registry.rows.append(build(Unit, node, file))
    if not registry.rows and not registry.problems:
        registry.problems.append(Problem(file=file, line=1, key="", message=both("名册里没有单位", "the registry has no unit")))
    return registry


def _parse(kind: Any, file: Path) -> Any:
    problems: list[Problem] = []
    text = read_text(file, problems)
    node = compose(text, file, problems) if text is not None else None
    return problems if node is None else build(kind, node, file)


def _parse_many(kind: Any, file: Path) -> Any:
    problems: list[Problem] = []
    text = read_text(file, problems)
    node = compose(text, file, problems) if text is not None else None
    return problems if node is None else build_many(kind, node, file)


def _list_at(node: yaml.Node, key: str) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key and isinstance(value, yaml.SequenceNode):
                return list(value.value)
    return []


def _moved(node: yaml.Node, to: yaml.Node) -> yaml.Node:
    """The same text, standing where the form names the item (so that a problem points into the form)."""
    if isinstance(node, yaml.SequenceNode):
        return yaml.SequenceNode("", [_moved(child, to) for child in node.value], to.start_mark, to.end_mark)
    return yaml.ScalarNode("", node.value, to.start_mark, to.end_mark, "'")


def _text(value: str, mark: Any) -> yaml.ScalarNode:
    return yaml.ScalarNode("", value, mark, mark, "'")


def _rows(kind: type[Any], file: Path, problems: list[Problem], skip: tuple[str, ...] = ()) -> Iterator[yaml.MappingNode]:
    """Rows of a CSV as trees. Lines beginning with # are comments, blanks are not given; several values in a cell are parted by |."""
    text = read_text(file, problems)
    if text is None:
        return
    lines = ((number, line) for number, line in enumerate(text.splitlines(keepends=True), start=1) if line.strip() and not line.startswith("#"))
    numbers: list[int] = []

    def feed() -> Iterator[str]:
        for number, line in lines:
            numbers.append(number)
            yield line

    reader = csv.reader(feed(), strict=True)
    known = [name for name in field_names(kind) if name not in skip]
    header: list[str] = []
    first = 0
    try:
        for cells in reader:
            line, first = numbers[first], len(numbers)
            if not header:
                header = [cell.strip() for cell in cells]
                for name in header:
                    if name not in known:
                        zh, en = nearest(name, known)
                        problems.append(
                            Problem(file=file, line=line, key=name, message=both(f"未知的列 `{name}`{zh}", f"unknown column `{name}`{en}"))
                        )
                    elif header.count(name) > 1:
                        problems.append(Problem(file=file, line=line, key=name, message=both(f"列 `{name}` 出现多次", f"duplicate column `{name}`")))
                continue
            if len(cells) > len(header):
                problems.append(Problem(file=file, line=line, key="", message=both("这一行的格子比表头多", "this row has more cells than the head")))
            mark = yaml.Mark(str(file), 0, line - 1, 0, None, 0)
            pairs: list[tuple[yaml.Node, yaml.Node]] = []
            for name, cell in zip(header, cells, strict=False):
                value = cell.strip()
                if value and name in known and name not in (k.value for k, _ in pairs):
                    pairs.append((_text(name, mark), _cell(name, value, mark)))
            yield yaml.MappingNode("", pairs, mark, mark)
    except csv.Error as error:
        problems.append(
            Problem(file=file, line=numbers[-1] if numbers else 1, key="", message=both(f"不是正确的 CSV：{error}", f"not valid CSV: {error}"))
        )
    if not header:
        problems.append(Problem(file=file, line=1, key="", message=both("缺少表头", "the head is missing")))


_several = {"aliases": "|", "tags": "|", "changes": "|", "part_of": "|", "choices": "|", "rate_of": "/"}


def _cell(name: str, value: str, mark: Any) -> yaml.Node:
    if name in _several:
        parts = [_text(part.strip(), mark) for part in value.split(_several[name]) if part.strip()]
        return yaml.SequenceNode("", parts, mark, mark)
    return _text(value, mark)


def kind_of(file: Path, problems: list[Problem]) -> Kind | None:
    """What a file outside the layout is, by what it says."""
    if file.suffix == ".csv":
        rows = (read_text(file, problems) or "").splitlines()
        head = next((line for line in rows if line.strip() and not line.startswith("#")), "")
        return "items" if "label" in head.split(",") else "units"
    if file.suffix == ".txt":
        return "notices"
    text = read_text(file, problems)
    node = compose(text, file, problems) if text is not None else None
    if isinstance(node, yaml.SequenceNode):
        return "findings"
    keys = {k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)} if isinstance(node, yaml.MappingNode) else set()
    if keys & {"tables", "figures"}:
        return "forms"
    if keys & {"rest_days", "workdays"}:
        return "calendars"
    return "campaigns" if node is not None else None
