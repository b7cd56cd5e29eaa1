"""The catalogue of findings: every rule of `definitions/findings/*.yaml`, and a finding's words for people.

A message may ask only for {place}, {given} and {expected}: anything else is refused when the file is read, not when a clerk waits for the text.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from include.domain.finding import Finding, Rule
from include.domain.wordings import Wording

if TYPE_CHECKING:
    from include.catalogue.problem import Problem
    from include.catalogue.strict import Parsed

PLACEHOLDERS = ("place", "given", "expected")
_code = re.compile(r"[CRVMJ][1-7]\d{2}")
_name = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_stages = {"collect": "C", "read": "R", "validate": "V", "merge": "M", "judge": "J"}
_word_table = re.compile(r"table (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finding in words: the rule's name, what is wrong, and what to do."""

    name: str
    message: str
    remedy: str


def place_of(finding: Finding, language: str = "zh") -> str:
    """Return a finding's place for people: 工作表「Sheet1」 B3, 第 1 个表格 B3, B3, 第 2 行, 指标 A1, or 文件 where it concerns the whole file."""
    english = language == "en"
    parts: list[str] = []
    table = _word_table.fullmatch(finding.sheet)
    if table:
        parts.append(f"table {table[1]}" if english else f"第 {table[1]} 个表格")
    elif finding.sheet:
        parts.append(f'sheet "{finding.sheet}"' if english else f"工作表「{finding.sheet}」")
    if finding.cell:
        parts.append(finding.cell)
    elif finding.item:
        if finding.row is not None:
            parts.append(f"row {finding.row}" if english else f"第 {finding.row} 行")
        parts.append(f"item {finding.item}" if english else f"指标 {finding.item}")
    return " ".join(parts) or ("the file" if english else "文件")


def render_rule(rule: Rule, finding: Finding, language: str = "zh") -> Rendered:
    """Return the finding in the rule's words."""
    words = {"place": place_of(finding, language), "given": finding.given, "expected": finding.expected}
    return Rendered(
        name=rule.name,
        message=rule.message.in_language(language).format_map(words),
        remedy=rule.remedy.in_language(language).format_map(words),
    )


def rule_problems(files: Sequence["Parsed[tuple[Rule, ...]]"], retired: Collection[str] = ()) -> list["Problem"]:
    """Return everything wrong with the rules of all files: their own problems, codes and names used twice, placeholders that cannot be filled.

    `retired` codes once meant something else and are never given again.
    """
    from include.catalogue.problem import both

    codes: dict[str, str] = {}
    names: dict[str, str] = {}
    for parsed in files:
        for number, rule in enumerate(parsed.value):
            path = (number, "code")
            letter = _stages.get(parsed.file.stem.split("-")[0])
            if not _code.fullmatch(rule.code):
                parsed.report(
                    path, both(f"`{rule.code}` 应为一个字母加三位数字，如 R401", f"`{rule.code}` should be a letter and three digits such as R401")
                )
            elif letter and rule.code[0] != letter:
                parsed.report(path, both(f"{parsed.file.name} 里的代码以 {letter} 开头", f"codes in {parsed.file.name} begin with {letter}"))
            if rule.code in retired:
                parsed.report(path, both(f"代码 `{rule.code}` 已停用，不能再用", f"code `{rule.code}` is retired and never given again"))
            if rule.code in codes:
                parsed.report(
                    path, both(f"代码 `{rule.code}` 已用于 {codes[rule.code]}", f"code `{rule.code}` is already that of {codes[rule.code]}")
                )
            if not _name.fullmatch(rule.name):
                parsed.report((number, "name"), both(f"`{rule.name}` 应为 snake_case", f"`{rule.name}` should be snake_case"))
            elif rule.name in names:
                parsed.report(
                    (number, "name"),
                    both(f"名称 `{rule.name}` 已用于 {names[rule.name]}", f"name `{rule.name}` is already that of {names[rule.name]}"),
                )
            codes.setdefault(rule.code, rule.name)
            names.setdefault(rule.name, rule.code)
            for key in ("message", "remedy"):
                wording: Wording = getattr(rule, key)
                for language in ("zh", "en"):
                    for wrong in _wrong_placeholders(wording.in_language(language)):
                        allowed = " ".join(f"{{{p}}}" for p in PLACEHOLDERS)
                        parsed.report(
                            (number, key, language), both(f"只能用 {allowed}，不能用 {wrong}", f"only {allowed} may be asked for, not {wrong}")
                        )
    return [problem for parsed in files for problem in parsed.problems]


def _wrong_placeholders(text: str) -> list[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        return [str(error)]
    return [
        f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}"
        for _, name, spec, conversion in parts
        if name is not None and (name not in PLACEHOLDERS or spec or conversion)
    ]
