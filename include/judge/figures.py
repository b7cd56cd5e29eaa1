"""Figures that the units' own targets are seen in, from the submissions that standings rest on."""

from collections.abc import Iterable
from datetime import datetime

from include.domain.campaign import Campaign
from include.domain.score import Figure
from include.domain.standing import Standing
from include.warehouse import Connection, answers


def figures_of(connection: Connection, campaign: Campaign, judged: Iterable[Standing], known_at: datetime) -> tuple[Figure, ...]:
    """Return what was by then known to be reported on the items of the units' targets: the sum of a number over its rows, or the count of the rows
    that a text item fills.

    Nothing is read where the scoring table takes no points for targets.
    """
    items: dict[str, set[str]] = {}
    if any(line.when == "target_missed" for line in campaign.scoring.deductions):
        for one in campaign.obligations:
            if one.target is not None and one.owner.who != "authority":
                items.setdefault(one.target.obligation, set()).add(one.target.item)
    wanted = {one.submission: one for one in judged if one.submission is not None and one.obligation in items and one.standing in ("on_time", "late")}
    found: list[Figure] = []
    for submission, said in answers.each_of(connection, wanted, campaign=campaign.code, known_at=known_at):
        standing = wanted[submission]
        values: dict[str, float] = {}
        for answer in said:
            if answer.item in items[standing.obligation]:
                values[answer.item] = values.get(answer.item, 0.0) + _counted(answer.value)
        found += [
            Figure(unit=standing.unit, obligation=standing.obligation, period=standing.period, item=item, value=value)
            for item, value in sorted(values.items())
        ]
    return tuple(found)


def _counted(value: int | float | str | None) -> float:
    if value is None:
        return 0.0
    return 1.0 if isinstance(value, str) else float(value)
