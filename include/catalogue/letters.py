"""Letters of the house: texts with places to fill in, `definitions/templates/reminders/<letter>.txt`.

The first line is the title. A folder of BAOSONG_DEFINITIONS may have its own, which stands in for ours.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from include.catalogue.problem import Problem, both, nearest
from include.catalogue.shelf import Shelf
from include.catalogue.strict import read_text
from include.exceptions import BrokenDefinition

LETTERS = ("reminder", "demand", "list", "circular")
PLACES = ("campaign", "unit", "as_of", "items", "where", "contact", "authority", "day", "units", "count", "summary", "note")
"""What a letter may ask for, as `$unit`; `$$` is a dollar sign."""
_BELOW = Path("templates") / "reminders"


def letter(here: Shelf, name: str) -> Template:
    """Return the nearest letter of a name; BrokenDefinition where it asks for what there is not, or there is none."""
    file = next((path for folder in here.folders if (path := folder / _BELOW / f"{name}.txt").is_file()), None)
    if file is None:
        raise BrokenDefinition([both(f"没有 {_BELOW / name}.txt", f"no such letter: {_BELOW / name}.txt")])
    problems = list(_problems(file))
    if problems:
        raise BrokenDefinition([str(problem) for problem in problems])
    return Template(file.read_text(encoding="utf-8-sig"))


def letter_problems(folders: Sequence[Path]) -> list[Problem]:
    """Everything wrong with the letters of definition folders."""
    return [problem for folder in folders for file in sorted((folder / _BELOW).glob("*.txt")) for problem in _problems(file)]


def _problems(file: Path) -> Iterator[Problem]:
    found: list[Problem] = []
    text = read_text(file, found)
    yield from found
    if file.stem not in LETTERS:
        zh, en = nearest(file.stem, LETTERS)
        yield Problem(file=file, line=1, key="", message=both(f"没有叫 `{file.stem}` 的文书{zh}", f"no letter is called `{file.stem}`{en}"))
    for number, line in enumerate((text or "").splitlines(), start=1):
        template = Template(line)
        if not template.is_valid():
            yield Problem(file=file, line=number, key="", message=both("单独的 $ 要写成 $$", "a dollar sign of its own is written $$"))
            continue
        for name in template.get_identifiers():
            if name not in PLACES:
                zh, en = nearest(name, PLACES)
                yield Problem(file=file, line=number, key="", message=both(f"未知的 `${name}`{zh}", f"unknown `${name}`{en}"))
