"""Which definition files there are: our own folder and the further ones, each with the same layout, the nearer one first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from include.exceptions import BrokenDefinition
from include.settings import DEFINITIONS, current

Kind = Literal["campaigns", "forms", "items", "units", "notices", "findings", "calendars"]
LAYOUT: dict[Kind, tuple[str, tuple[str, ...]]] = {
    "campaigns": ("campaigns", (".yaml", ".yml")),
    "forms": ("forms", (".yaml", ".yml")),
    "items": ("forms/items", (".csv",)),
    "units": ("units", (".csv",)),
    "notices": ("notices", (".txt",)),
    "findings": ("findings", (".yaml", ".yml")),
    "calendars": ("calendars", (".yaml", ".yml")),
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Definition folders in order of belief; a file found in an earlier folder stands in for one of the same name in a later one.

    `loose` are single files that stand outside the layout, as (kind, file).
    """

    folders: tuple[Path, ...]
    loose: tuple[tuple[Kind, Path], ...] = ()

    def files(self, kind: Kind) -> dict[str, Path]:
        """The files of one kind by name without ending, sorted by name."""
        below, endings = LAYOUT[kind]
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            place = folder / below
            if place.is_dir():
                found.update({p.stem: p for p in sorted(place.iterdir()) if p.suffix in endings and not p.name.startswith((".", "~"))})
        found.update({p.stem: p for k, p in self.loose if k == kind})
        return dict(sorted(found.items()))

    def file(self, kind: Kind, name: str) -> Path | None:
        """The file of that name, None if there is none; looks at nothing else."""
        for k, loose in self.loose:
            if k == kind and loose.stem == name:
                return loose
        below, endings = LAYOUT[kind]
        for folder in self.folders:
            for ending in endings:
                path = folder / below / f"{name}{ending}"
                if path.is_file():
                    return path
        return None

    def signature(self) -> tuple[tuple[str, int, int], ...]:
        """What changes when any definition changes: every file's path, time and size."""
        return tuple(_stamps(self.files(kind).values() for kind in LAYOUT))


def _stamps(groups: Iterable[Iterable[Path]]) -> Iterator[tuple[str, int, int]]:
    for group in groups:
        for path in group:
            stat = path.stat()
            yield str(path), stat.st_mtime_ns, stat.st_size


def shelf() -> Shelf:
    """The folders of BAOSONG_DEFINITIONS, then our own. A folder that is not there raises BrokenDefinition."""
    further = current().definitions
    absent = [f"BAOSONG_DEFINITIONS: 没有这个文件夹 (no such folder): {folder}" for folder in further if not folder.is_dir()]
    if absent:
        raise BrokenDefinition(absent)
    return Shelf((*further, DEFINITIONS))
