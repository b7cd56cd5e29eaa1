"""谁能看到什么: which users of the board may see which campaign, and how much of it."""

from dataclasses import dataclass

from include.domain.unit import Unit, subtrees
from include.domain.wordings import Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight(Strict):
    """One user may see one campaign ("*": every campaign), or of it only `unit` and every unit that reports to it."""

    user: str
    campaign: str
    unit: str = ""


def seen_by(user: str, campaign: str, sights: tuple[Sight, ...], units: tuple[Unit, ...]) -> frozenset[str]:
    """Return the codes of the units that the user may see; none where no sight says so. A cycle in the tree does no harm."""
    mine = [sight for sight in sights if sight.user == user and sight.campaign in (campaign, "*")]
    if any(not sight.unit for sight in mine):
        return frozenset(unit.code for unit in units)
    known, below = {unit.code for unit in units}, subtrees(units)
    return frozenset(code for sight in mine if sight.unit in known for code in below.get(sight.unit, (sight.unit,)))
