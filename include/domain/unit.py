"""报送单位: who must report."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from include.domain.wordings import Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Strict):
    """A unit as its campaign's registry (`definitions/units/<campaign>.csv`) has it; the file's row order is the official order (建制顺序).

    `parent` is the code of the unit it reports to ("" for the authority). It owes nothing due before `from_on` or after `to_on`; from the day after
    `to_on` its `heir` owes, where one is named. `basis` is `notice` (named there), `known` (outside knowledge) or `sample`.
    """

    code: str
    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    from_on: date | None = None
    to_on: date | None = None
    heir: str = ""
    basis: Literal["notice", "known", "sample"] = "sample"
    order: int = 0

    def owes_on(self, day: date) -> bool:
        """Whether the unit is on the roster on that day."""
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day <= self.to_on)
