"""Every problem of every definition file at once: what `baosong check` prints."""

from collections.abc import Iterable
from pathlib import Path

from include.catalogue.library import Library, kind_of
from include.catalogue.problem import Problem, both
from include.catalogue.shelf import LAYOUT, Kind, Shelf, shelf

_DEFINITION_ENDINGS = (".yaml", ".yml", ".csv")


def check(paths: Iterable[str | Path] = ()) -> list[Problem]:
    """Return all problems, sorted by file and line; without paths those of every folder we know.

    A path is a folder laid out like ours (or one of its parts), or a single file; a file outside the layout is taken for what it says it is (a
    campaign's registry and notice may then lie beside it as `.csv` and `.txt`). What stands at a path may name units, forms and notices of the
    folders we know, and stands in for their files of the same name.
    """
    targets = [Path(path).resolve() for path in paths]
    known = shelf()
    if not targets:
        return Library(known).all_problems()
    problems: list[Problem] = []
    folders: list[Path] = []
    loose: list[tuple[Kind, Path]] = []
    for target in targets:
        if not target.exists():
            problems.append(Problem(file=target, line=1, key="", message=both("没有这个文件或文件夹", "no such file or folder")))
        elif _folder_of(target) is not None:
            folders.append(_folder_of(target) or target)
        else:
            for file in [target] if target.is_file() else sorted(p for p in target.iterdir() if p.suffix in _DEFINITION_ENDINGS):
                kind = kind_of(file, problems)
                if kind is not None:
                    loose.append((kind, file))
                if kind == "campaigns":
                    beside: tuple[tuple[Kind, Path], ...] = (("units", file.with_suffix(".csv")), ("notices", file.with_suffix(".txt")))
                    loose += [(k, companion) for k, companion in beside if companion.is_file()]
    looked_at = Library(Shelf((*dict.fromkeys(folders), *known.folders), tuple(loose)))
    problems += looked_at.all_problems(lambda file: any(file.resolve().is_relative_to(target) for target in targets))
    return sorted(set(problems), key=lambda p: (str(p.file), p.line, p.key, p.message))


def _folder_of(target: Path) -> Path | None:
    """The definitions folder that a path is, or lies in; None if it stands outside the layout."""
    parts = {Path(below).parts[0] for below, _ in LAYOUT.values()}
    if target.is_dir() and any((target / part).is_dir() for part in parts):
        return target
    for above in (target, *target.parents):
        if above.name in parts and above.is_dir() and len(target.parts) - len(above.parts) <= 2:
            return above.parent
    return None
