"""Text into domain nouns, strictly: what a file says is exactly what the dataclass declares, and everything else is a problem with its line.

The domain's dataclasses are the models. YAML is only composed, never constructed: every scalar stays the text that was typed and the field's
type says what it is, so that none of YAML 1.1's guesses (16:00 as 960, `no` as false, 0123 as 83) can happen, duplicate keys are seen, and each
key keeps its line. A thing that is wrong does not hide its neighbours: it is reported and a placeholder stands in, so that one pass finds every
problem of a file.
"""

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from include.catalogue.problem import Problem, both, nearest

T = TypeVar("T")
Path_ = tuple[str | int, ...]  # keys and positions from the top of a file down

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_day = re.compile(r"\d{4}-\d{2}-\d{2}")
_clock = re.compile(r"\d{2}:\d{2}(:\d{2})?")
_whole = re.compile(r"[-+]?\d+")
_nulls = ("", "~", "null")


@dataclasses.dataclass(slots=True)
class Parsed(Generic[T]):
    """One file, or one row of a registry, as read: the value, its problems, and where every key stands.

    `value` may be handed out only while `problems` is empty; otherwise it carries placeholders ("", (), None) and serves further checks alone.
    """

    file: Path
    node: yaml.Node
    value: T
    problems: list[Problem] = dataclasses.field(default_factory=list)
    broken: list[Path_] = dataclasses.field(default_factory=list)

    def report(self, path: Path_, message: str) -> None:
        """Add a problem at a key path, unless something there is already reported (one mistake, one message)."""
        if not any(path[: len(b)] == b or b[: len(path)] == path for b in self.broken):
            self.problems.append(Problem(file=self.file, line=line_of(self.node, path), key=key_text(self.node, path), message=message))


def compose(text: str, file: Path, problems: list[Problem]) -> yaml.Node | None:
    """Return the tree of a YAML text; None with a problem where it is not YAML or empty."""
    try:
        loader = _Loader(text)
        try:
            node = cast("yaml.Node | None", loader.get_single_node())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        problems.append(Problem(file=file, line=line, key="", message=both(f"不是正确的 YAML：{what}", f"not valid YAML: {what}")))
        return None
    if node is None:
        problems.append(Problem(file=file, line=1, key="", message=both("文件是空的", "the file is empty")))
    return node


def read_text(file: Path, problems: list[Problem]) -> str | None:
    """Return a definition file's text (UTF-8, with or without mark); None with a problem where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        problems.append(Problem(file=file, line=line, key="", message=both("不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8; save it as UTF-8")))
    except OSError as error:
        problems.append(Problem(file=file, line=1, key="", message=both(f"读不了：{error.strerror}", f"cannot be read: {error.strerror}")))
    return None


def build(kind: type[T], node: yaml.Node, file: Path) -> Parsed[T]:
    """Read a tree as one dataclass."""
    reader = _Reader(file, node)
    value = cast("T", reader.convert(kind, node, ()))
    return Parsed(file, node, value, reader.problems, reader.broken)


def build_many(kind: type[T], node: yaml.Node, file: Path) -> Parsed[tuple[T, ...]]:
    """Read a tree as a list of one dataclass."""
    reader = _Reader(file, node)
    value = cast("tuple[T, ...]", reader.convert(types.GenericAlias(tuple, (kind, ...)), node, ()))
    return Parsed(file, node, value, reader.problems, reader.broken)


def line_of(node: yaml.Node, path: Path_) -> int:
    """Return the line (from 1) of the key at `path`, or of the nearest thing above it that exists."""
    line = int(node.start_mark.line) + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == step), None)
            if found is None:
                break
            line, node = int(found[0].start_mark.line) + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = int(node.start_mark.line) + 1
        else:
            break
    return line


def key_text(node: yaml.Node | None, path: Path_) -> str:
    """Return a key path for people: `obligations[liaison].due.on`; an element without a code is named by its place from 1."""
    text = ""
    for step in path:
        if isinstance(step, int):
            node = node.value[step] if isinstance(node, yaml.SequenceNode) and step < len(node.value) else None
            code = _value_at(node, "code")
            text += f"[{code.value if isinstance(code, yaml.ScalarNode) and code.value else step + 1}]"
        else:
            node = _value_at(node, step)
            text += f".{step}" if text else step
    return text


def _value_at(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


@cache
def _fields(kind: type[Any]) -> Mapping[str, tuple[Any, dataclasses.Field[Any]]]:
    """The fields a file may give, with their types."""
    hints = typing.get_type_hints(kind)
    return {f.name: (hints[f.name], f) for f in dataclasses.fields(kind) if f.init}


def field_names(kind: Any) -> tuple[str, ...]:
    """The keys that a dataclass knows."""
    return tuple(_fields(kind))


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _placeholder(hint: Any) -> Any:
    """What stands in for a broken value: nothing that a later check would trip over."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return hint(**{name: _placeholder(t) for name, (t, field) in _fields(hint).items() if _is_required(field)})
    if hint is str or typing.get_origin(hint) is Literal:
        return ""
    return () if typing.get_origin(hint) is tuple else None


def _options(hint: Any) -> dict[str, type[Any]]:
    """The members of a union of dataclasses by the word that their `kind` must say."""
    return {typing.get_args(_fields(member)["kind"][0])[0]: member for member in typing.get_args(hint) if member is not type(None)}


class _Reader:
    """Walks one tree along one dataclass."""

    def __init__(self, file: Path, root: yaml.Node) -> None:
        self.file = file
        self.root = root
        self.problems: list[Problem] = []
        self.broken: list[Path_] = []

    def wrong(self, path: Path_, node: yaml.Node, zh: str, en: str) -> None:
        self.problems.append(Problem(file=self.file, line=node.start_mark.line + 1, key=key_text(self.root, path), message=both(zh, en)))
        self.broken.append(path)

    def convert(self, hint: Any, node: yaml.Node, path: Path_) -> Any:
        origin = typing.get_origin(hint)
        if origin in (typing.Union, types.UnionType):
            return self._union(hint, node, path)
        if origin is tuple:
            return self._tuple(typing.get_args(hint), node, path)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self._dataclass(hint, node, path)
        return self._scalar(hint, node, path)

    def _union(self, hint: Any, node: yaml.Node, path: Path_) -> Any:
        members = [m for m in typing.get_args(hint) if m is not type(None)]
        if len(members) < len(typing.get_args(hint)) and _is_null(node):
            return None
        if len(members) == 1:
            return self.convert(members[0], node, path)
        options = _options(hint)
        if not isinstance(node, yaml.MappingNode):
            self.wrong(
                path, node, f"这里要写成“键: 值”，先写 kind: {' | '.join(options)}", f"a mapping is wanted here, with kind: {' | '.join(options)}"
            )
            return None
        kind = _value_at(node, "kind")
        if kind is None:
            self.wrong(path, node, f"缺少 `kind`，可用：{', '.join(options)}", f"`kind` is missing, valid: {', '.join(options)}")
            return None
        chosen = options.get(kind.value) if isinstance(kind, yaml.ScalarNode) else None
        if chosen is None:
            zh, en = nearest(str(kind.value), options)
            self.wrong((*path, "kind"), kind, f"`{kind.value}` 不可用{zh}", f"`{kind.value}` is not valid{en}")
            return None
        return self._dataclass(chosen, node, path)

    def _tuple(self, members: tuple[Any, ...], node: yaml.Node, path: Path_) -> tuple[Any, ...]:
        if _is_null(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(path, node, "这里要写成列表：[a, b] 或每行一个“- ”", "a list is wanted here: [a, b] or one `- ` a line")
            return ()
        if members[-1] is Ellipsis:
            return tuple(self.convert(members[0], child, (*path, i)) for i, child in enumerate(node.value))
        if len(node.value) != len(members):
            self.wrong(path, node, f"这里要恰好 {len(members)} 个", f"exactly {len(members)} are wanted here")
            return ("",) * len(members)
        return tuple(self.convert(m, child, (*path, i)) for i, (m, child) in enumerate(zip(members, node.value, strict=True)))

    def _dataclass(self, kind: Any, node: yaml.Node, path: Path_) -> Any:
        fields = _fields(kind)
        if not isinstance(node, yaml.MappingNode):
            keys = ", ".join(fields)
            self.wrong(path, node, f"这里要写成“键: 值”，键有：{keys}", f"a mapping is wanted here, with keys: {keys}")
            return _placeholder(kind)
        given: dict[str, Any] = {}
        seen: set[str] = set()
        for name_node, value_node in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
            if name not in fields:
                zh, en = nearest(str(name), fields.keys() - seen)
                self.wrong((*path, str(name)), name_node, f"未知的键 `{name}`{zh}", f"unknown key `{name}`{en}")
            elif name in seen:
                self.wrong((*path, name), name_node, f"键 `{name}` 写了两次", f"duplicate key `{name}`")
            else:
                seen.add(name)
                value = self.convert(fields[name][0], value_node, (*path, name))
                if (*path, name) not in self.broken or _is_required(fields[name][1]) or value == "":
                    given[name] = value  # any other broken value counts as not given
        for name, (hint, field) in fields.items():
            if not _is_required(field):
                continue
            if name not in given:
                self.wrong((*path, name), node, f"缺少 `{name}`", f"`{name}` is missing")
                given[name] = _placeholder(hint)
            elif isinstance(given[name], str) and not given[name].strip() and (*path, name) not in self.broken:
                self.wrong((*path, name), cast("yaml.Node", _value_at(node, name)), f"`{name}` 不能为空", f"`{name}` must not be blank")
        return kind(**given)

    def _scalar(self, hint: Any, node: yaml.Node, path: Path_) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(path, node, "这里只要一个值", "a single value is wanted here")
            return _placeholder(hint)
        if _is_null(node):
            if hint is str:
                return ""  # required texts are refused as blank by the mapping they stand in
            self.wrong(path, node, "没有写值", "no value is given")
            return _placeholder(hint)
        text = node.value
        if hint is str:
            return text
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            if text in choices:
                return text
            zh, en = nearest(text, choices)
            self.wrong(path, node, f"`{text}` 不可用{zh}", f"`{text}` is not valid{en}")
            return ""
        zh, en, parse = _scalars[hint]
        try:
            return parse(text)
        except (ValueError, ZoneInfoNotFoundError, OSError) as error:
            more_zh, more_en = error.args if isinstance(error, _Hinted) else ("", "")
            self.wrong(path, node, f"`{text}` 应为{zh}{more_zh}", f"`{text}` should be {en}{more_en}")
            return None


class _Hinted(ValueError):
    """Not valid, with something to add to the message in both languages."""


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _nulls


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _int(text: str) -> int:
    if not _whole.fullmatch(text):
        raise ValueError
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError
    return number


def _date(text: str) -> date:
    if not _day.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _time(text: str) -> time:
    if not _clock.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise _Hinted("，缺少时区", ", the zone is missing")
    return instant


def _zone(text: str) -> ZoneInfo:
    from zoneinfo import available_timezones

    try:
        zone = ZoneInfo(text)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise _Hinted(*nearest(text, available_timezones())) from None
    return zone


_scalars: dict[Any, tuple[str, str, Callable[[str], Any]]] = {
    bool: (" true 或 false", "true or false", _bool),
    int: ("整数", "a whole number", _int),
    float: ("数字", "a number", _float),
    date: ("日期，如 2021-06-07", "a day such as 2021-06-07", _date),
    time: ("时刻，如 16:00", "a time of day such as 16:00", _time),
    datetime: ("带时区的时刻，如 2021-06-07T16:00:00+08:00", "an instant with its zone such as 2021-06-07T16:00:00+08:00", _instant),
    ZoneInfo: ("时区，如 Asia/Shanghai", "a time zone such as Asia/Shanghai", _zone),
}
