"""报送单位: who must report."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from include.domain.wordings import Strict

_change = re.compile(r"(?P<on>\d{4}-\d{2}-\d{2})\s+(?P<what>parent|name)(?:\s+(?P<value>\S.*?))?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From a day on a unit reports to another parent, or bears another name."""

    on: date
    what: Literal["parent", "name"]
    value: str


def change(text: str) -> Change:
    """Read a change as the registry has it: "2021-06-16 parent beiqu", "2021-06-16 parent" (to the authority itself), "2021-07-01 name 北区城管局".

    ValueError for anything else.
    """
    found = _change.fullmatch(text.strip())
    if found is None or (found["what"] == "name" and not found["value"]):
        raise ValueError(text)
    what: Literal["parent", "name"] = "parent" if found["what"] == "parent" else "name"
    return Change(on=date.fromisoformat(found["on"]), what=what, value=found["value"] or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Strict):
    """A unit as its campaign's registry (`definitions/units/<campaign>.csv`) has it; the file's row order is the official order (建制顺序).

    `parent` is the code of the unit it reports to ("" for the authority). It owes nothing due before `from_on` or after `to_on`; from the day after
    `to_on` its `heir` owes, where one is named. `changes` say what becomes of parent and name from a day on (`change` reads them); before the first
    one `parent` and `name` hold. `basis` is `notice` (named there), `known` (outside knowledge) or `sample`.
    """

    code: str
    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    from_on: date | None = None
    to_on: date | None = None
    heir: str = ""
    changes: tuple[str, ...] = ()
    basis: Literal["notice", "known", "sample"] = "sample"
    order: int = 0

    def owes_on(self, day: date) -> bool:
        """Whether the unit is on the roster on that day."""
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day <= self.to_on)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may mean it on any day, the code first."""
        return (self.code, self.name, *self.aliases, *(one.value for one in map(change, self.changes) if one.what == "name"))


def roster_on(units: Iterable[Unit], day: date) -> tuple[Unit, ...]:
    """Return the registry as of a day: every unit, gone ones included, with the name it bore then and the unit it reported to.

    A unit whose parent has gone by then reports to the parent's heir, or to whom the parent reported. Doing it twice changes nothing.
    """
    found = tuple(_as_of(unit, day) if unit.changes else unit for unit in units)
    if not any(unit.parent for unit in found):
        return found
    by_code = {unit.code: unit for unit in found}
    gone = {unit.code for unit in found if unit.to_on is not None and unit.to_on < day}
    return tuple(replace(unit, parent=_above(unit, by_code, gone)) if unit.parent in gone else unit for unit in found)


def _as_of(unit: Unit, day: date) -> Unit:
    """The unit after the changes up to a day; what it was called before and after stays an alias, and nothing is left to change."""
    known = sorted(map(change, unit.changes), key=lambda one: one.on)
    values = {one.what: one.value for one in known if one.on <= day}
    name = values.get("name", unit.name)
    aliases = tuple(dict.fromkeys(other for other in unit.names[1:] if other != name))
    return replace(unit, name=name, parent=values.get("parent", unit.parent), aliases=aliases, changes=())


def _above(unit: Unit, by_code: Mapping[str, Unit], gone: set[str]) -> str:
    parent, seen = unit.parent, {unit.code}
    while parent in gone and parent not in seen:
        seen.add(parent)
        parent = by_code[parent].heir or by_code[parent].parent
    return "" if parent in seen else parent


def subtrees(units: Iterable[Unit]) -> dict[str, tuple[str, ...]]:
    """Return for each unit that supervises others its own code and those of all units below it, in the order given. A cycle does no harm."""
    units = tuple(units)
    parents = {unit.code: unit.parent for unit in units}
    below: dict[str, list[str]] = {}
    for unit in units:
        seen: set[str] = set()
        code = unit.code
        while code in parents and code not in seen:
            seen.add(code)
            below.setdefault(code, []).append(unit.code)
            code = parents[code]
    return {unit.code: tuple(below[unit.code]) for unit in units if len(below[unit.code]) > 1}
