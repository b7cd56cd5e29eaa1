"""How a further campaign begins: a commented definition that is sound as it stands, and a registry out of a spreadsheet."""

import re
from datetime import date, timedelta
from pathlib import Path
from string import Template

from include.catalogue.check import check
from include.catalogue.references import CODE
from include.catalogue.registry_import import import_units
from include.catalogue.shelf import shelf
from include.exceptions import BaosongError, BrokenDefinition
from include.settings import DEFINITIONS

__all__ = ["home", "import_units", "new_campaign"]

_FILES = {
    "campaign.yaml": "campaigns/{code}.yaml",
    "form.yaml": "forms/{code}-figures.yaml",
    "units.csv": "units/{code}.csv",
    "notice.txt": "notices/{code}.txt",
}


def home(code: str) -> Path:
    """The definitions folder that a campaign's files belong in: where its definition lies, else the first of BAOSONG_DEFINITIONS, else our own."""
    there = shelf()
    definition = there.file("campaigns", code)
    return definition.parent.parent if definition is not None else there.folders[0]


def new_campaign(code: str, folder: Path, *, first_on: date | None = None) -> list[Path]:
    """Write a commented campaign, a form, a registry and a place for the notice's text below a definitions folder; return the files.

    They pass `check` as written. `first_on` is the campaign's first day (default: 1 June of the year that the code ends with, else the first of
    next month). What exists already raises BaosongError and nothing is written; so does a code that cannot be a folder's name.
    """
    if not CODE.fullmatch(code):
        raise BaosongError(f"代码 `{code}` 只能用小写字母、数字和连字符，如 qingshan-2026 (lower-case letters, digits and hyphens only)")
    files = {folder / place.format(code=code): DEFINITIONS / "templates" / name for name, place in _FILES.items()}
    there = [path for path in files if path.exists()]
    elsewhere = shelf().file("campaigns", code)
    if elsewhere is not None and elsewhere not in there:
        there.append(elsewhere)
    if there:
        raise BaosongError("已经存在，没有改动任何文件 (exists already, nothing was written): " + ", ".join(str(path) for path in there))
    words = _words(code, first_on or _first_day(code))
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    wrong = check(list(files))
    if wrong:
        raise BrokenDefinition([str(problem) for problem in wrong])
    return list(files)


def _first_day(code: str) -> date:
    year = re.search(r"(?:^|-)(20\d{2})$", code)
    if year:
        return date(int(year[1]), 6, 1)
    return (date.today().replace(day=1) + timedelta(days=32)).replace(day=1)  # noqa: DTZ011 (a proposal that the writer overwrites)


def _words(code: str, first: date) -> dict[str, str]:
    days = {
        "issued": first - timedelta(days=7),
        "first": first,
        "liaison": first + timedelta(days=6),
        "figures": first + timedelta(days=24),
        "end": first + timedelta(days=29),
        "last": first + timedelta(days=44),
    }
    words = {"code": code}
    for name, day in days.items():
        words[f"{name}_on"] = day.isoformat()
        words[f"{name}_text"] = f"{day.year}年{day.month}月{day.day}日" if name == "issued" else f"{day.month}月{day.day}日"
    return words
