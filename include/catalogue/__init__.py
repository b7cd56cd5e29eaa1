"""The door to the definitions.

In: YAML, CSV and text below `include/definitions` and the folders of BAOSONG_DEFINITIONS (looked at first: a file there stands in for ours of
the same name). Out: domain nouns, read strictly. `campaign_codes()` and `brief(code)` read one campaign's YAML and nothing else (for DAG
files); `load(code)` gives a `Definitions` with campaign, units, forms and calendar; `form(code)`, `rules()`, `render()`, `problems()` and
`schema()` serve stages and the command line. Broken files raise `BrokenDefinition` with every problem; an unknown code raises `UnknownName`
with the nearest one. Importing this costs nothing: YAML, OpenCC and the rest are imported by the calls that need them. Results are cached
until a file changes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from include.exceptions import BrokenDefinition, UnknownName

if TYPE_CHECKING:
    from pathlib import Path
    from string import Template

    from include.catalogue.definitions import Definitions
    from include.catalogue.findings import Rendered
    from include.catalogue.problem import Problem
    from include.catalogue.shelf import Shelf
    from include.domain.campaign import Campaign
    from include.domain.expectation import WorkCalendar
    from include.domain.finding import Finding, Rule
    from include.domain.form import Form

__all__ = ["brief", "campaign_codes", "form", "form_codes", "letter", "load", "problems", "render", "rules", "schema", "work_calendar"]


def campaign_codes() -> tuple[str, ...]:
    """Every campaign there is a file for, sorted; no file is opened."""
    from include.catalogue.shelf import shelf

    return tuple(shelf().files("campaigns"))


def form_codes() -> tuple[str, ...]:
    """Every form there is a file for, sorted; no file is opened."""
    from include.catalogue.shelf import shelf

    return tuple(shelf().files("forms"))


def brief(code: str) -> Campaign:
    """Return a campaign from its own YAML alone: cheap enough for DAG files, its names of units and forms unchecked."""
    from include.catalogue.shelf import shelf

    here = shelf()
    file = here.file("campaigns", code) if _is_code(code) else None
    if file is None:
        raise _unknown("活动", "campaign", code, here.files("campaigns"))
    stat = file.stat()
    return _brief(here, code, str(file), stat.st_mtime_ns, stat.st_size)


def load(code: str) -> Definitions:
    """Return a campaign with its units, forms, calendar and notice, all checked against each other."""
    from include.catalogue.shelf import shelf

    here = shelf()
    if not _is_code(code) or here.file("campaigns", code) is None:
        raise _unknown("活动", "campaign", code, here.files("campaigns"))
    return _load(here, code, here.signature())


def form(code: str) -> Form:
    """Return one form."""
    from include.catalogue.shelf import shelf

    here = shelf()
    if not _is_code(code) or here.file("forms", code) is None:
        raise _unknown("表式", "form", code, here.files("forms"))
    return _form(here, code, here.signature())


def work_calendar() -> WorkCalendar:
    """Return China's official calendar with the years of `definitions/calendars`; opens no other file."""
    from include.catalogue.shelf import shelf

    here = shelf()
    return _calendar(here, here.signature())


def rules() -> Mapping[str, Rule]:
    """Return every rule of the catalogue of findings by code, sorted."""
    from include.catalogue.shelf import shelf

    here = shelf()
    return _rules(here, here.signature())


def render(finding: Finding, language: str = "zh") -> Rendered:
    """Return a finding in words: name, message and remedy in `zh` or `en`. A code that the catalogue lacks raises UnknownName."""
    from include.catalogue.findings import render_rule

    known = _rules_lately()
    rule = known.get(finding.code)
    if rule is None:
        raise _unknown("问题代码", "finding", finding.code, known)
    return render_rule(rule, finding, language)


def letter(name: str) -> Template:
    """Return a letter with places to fill in: `reminder`, `demand`, `list`, `circular`. Its first line is the title."""
    from include.catalogue.letters import letter as find
    from include.catalogue.shelf import shelf

    return find(shelf(), name)


def problems(paths: Iterable[str | Path] = ()) -> list[Problem]:
    """Return everything wrong with all definitions, or with those below `paths` (folders with our layout, or single files)."""
    from include.catalogue.check import check

    return check(paths)


def schema() -> dict[str, Any]:
    """Return the JSON Schemas of what may be written: campaign, form, unit (a row of a registry), item (of a file of items), rules, calendar."""
    from include.catalogue.json_schema import schemas

    return schemas()


_lately: tuple[float, str | None, Mapping[str, Rule]] | None = None


def _rules_lately() -> Mapping[str, Rule]:
    """The rules as of at most a second ago: a sheet of ten thousand findings need not look at the folders ten thousand times."""
    global _lately
    now, folders = time.monotonic(), os.environ.get("BAOSONG_DEFINITIONS")
    if _lately is None or now - _lately[0] > 1.0 or _lately[1] != folders:
        _lately = (now, folders, rules())
    return _lately[2]


def _is_code(code: str) -> bool:
    """Whether a word can be a code at all; anything else is never looked for on disk."""
    return bool(code) and all(c.isalnum() or c in "-_." for c in code) and not code.startswith(".")


def _unknown(what_zh: str, what_en: str, code: str, codes: Iterable[str]) -> UnknownName:
    from include.catalogue.problem import unknown

    return UnknownName(unknown(what_zh, what_en, code, codes))


@lru_cache(maxsize=256)
def _brief(here: Shelf, code: str, file: str, changed: int, size: int) -> Campaign:  # noqa: ARG001 (the file's state is the key)
    from include.catalogue.library import Library
    from include.catalogue.strict import Parsed

    parsed = Library(here).campaign(code)
    found = parsed.problems if isinstance(parsed, Parsed) else parsed or []
    if found or not isinstance(parsed, Parsed):
        raise BrokenDefinition([str(problem) for problem in found])
    return parsed.value


@lru_cache(maxsize=64)
def _load(here: Shelf, code: str, signature: object) -> Definitions:  # noqa: ARG001 (the files' state is the key)
    from include.catalogue.calendar import lenient
    from include.catalogue.definitions import Definitions
    from include.catalogue.library import Library
    from include.catalogue.strict import Parsed

    library = Library(here)
    found = library.campaign_problems(code)
    campaign = library.campaign(code)
    registry = library.registry(code)
    if found or not isinstance(campaign, Parsed) or registry is None:
        raise BrokenDefinition([str(problem) for problem in found])
    forms = {}
    for name in dict.fromkeys(o.form for o in campaign.value.obligations if o.form):
        parsed = library.form(name)
        if isinstance(parsed, Parsed):
            forms[name] = parsed.value
    return Definitions(
        campaign=campaign.value,
        units=registry.units(),
        forms=forms,
        calendar=lenient(library.calendar),
        notice=library.notice(campaign.value.notice) or "",
    )


@lru_cache(maxsize=256)
def _form(here: Shelf, code: str, signature: object) -> Form:  # noqa: ARG001 (the files' state is the key)
    from include.catalogue.library import Library
    from include.catalogue.strict import Parsed

    parsed = Library(here).form(code)
    found = parsed.problems if isinstance(parsed, Parsed) else parsed or []
    if found or not isinstance(parsed, Parsed):
        raise BrokenDefinition([str(problem) for problem in found])
    return parsed.value


@lru_cache(maxsize=8)
def _calendar(here: Shelf, signature: object) -> WorkCalendar:  # noqa: ARG001 (the files' state is the key)
    from include.catalogue.library import Library

    library = Library(here)
    if library.calendar_years[1]:
        raise BrokenDefinition([str(problem) for problem in library.calendar_years[1]])
    return library.calendar


@lru_cache(maxsize=8)
def _rules(here: Shelf, signature: object) -> Mapping[str, Rule]:  # noqa: ARG001 (the files' state is the key)
    from include.catalogue.library import Library

    found, wrong = Library(here).rules
    if wrong:
        raise BrokenDefinition([str(problem) for problem in wrong])
    return found
