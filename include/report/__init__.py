"""report: what people open.

In: a judgement, and through the warehouse everything it rests on. Out, below `OUT/<campaign>/`: `compliance.xlsx` for supervisors,
`roll-up/<form>.xlsx` for the level above, `returns/<unit>/` with the senders' own files marked and their receipts; the latter also in the outbox.
Every file appears whole or not at all; the same judgement gives the same bytes, so a second run changes nothing. It raises no findings of its own,
only what the disk or the warehouse cannot do (`TryAgain`).
"""

from collections.abc import Callable
from pathlib import Path

from include import settings
from include.domain.picture import Picture
from include.domain.standing import Judgement

__all__ = ["report"]


def report(campaign: str, judgement: Judgement, out: str | None = None, picture: Callable[[str, str], Picture | None] | None = None) -> list[Path]:
    """Write a campaign's workbooks below `out` (default: the installation's) and return the files that hold now, compliance.xlsx first.

    `picture` says how an original (SHA-256, name) looks that is no workbook whose parts can be marked; without it such a one comes back as the
    official table.
    """
    from include.report.compliance import write_compliance
    from include.report.gather import gather
    from include.report.returns import write_returns
    from include.report.rollup import write_roll_ups
    from include.report.sheets.sums import roll_ups

    here = settings.current()
    folder = (Path(out) if out is not None else settings.PROJECT / here.out) / campaign
    outbox = here.outbox if "://" in here.outbox else str(settings.PROJECT / here.outbox)
    material = gather(judgement)
    rolls = roll_ups(material)
    returned, copies = write_returns(folder / "returns", material, f"{outbox}/{campaign}", picture)
    first = write_compliance(folder / "compliance.xlsx", material, rolls, copies)
    return [first, *write_roll_ups(folder / "roll-up", material, rolls), *returned]
