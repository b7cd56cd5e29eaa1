"""The six verbs in order for one campaign, in plain Python: what the DAGs call task by task and the command line in one go.

Every function takes keys and gives keys: a campaign's code, a batch of receipts ("1-300"), an instant. Stages are imported inside, so that
importing this module costs nothing.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.domain.standing import Judgement


def collect(campaign: str, *, inbox: str | None = None, as_of: datetime | None = None, storage: dict[str, object] | None = None) -> list[str]:
    """Take in what is new in the campaign's inbox; return the batches of receipts that wait to be read, as "first-last"."""
    from include.collect import collect as stage

    return stage(campaign, inbox=inbox, as_of=as_of, storage=storage)


def read(campaign: str, batch: str) -> int:
    """Read one batch of receipts; return how many files were read."""
    from include.read import read as stage

    return stage(campaign, batch)


def validate(campaign: str) -> int:
    """Check all waiting readings, one run per form; return how many were checked."""
    from include.validate import validate as stage

    return stage(campaign)


def merge(campaign: str) -> int:
    """Place and merge all checked readings in one transaction; return how many submissions are new or changed."""
    from include.merge import merge as stage

    return stage(campaign)


def intake(campaign: str, *, inbox: str | None = None, as_of: datetime | None = None) -> int:
    """collect, read, validate and merge in one go; return how many submissions are new or changed."""
    for batch in collect(campaign, inbox=inbox, as_of=as_of):
        read(campaign, batch)
    validate(campaign)
    return merge(campaign)


def judge(campaign: str, as_of: datetime, *, known_at: datetime | None = None) -> Judgement:
    """Judge every expectation as of a moment and keep the result where it is the newest."""
    from include.judge import judge as stage

    return stage(campaign, as_of, known_at=known_at)


def report(campaign: str, as_of: datetime, out: str | None = None) -> list[Path]:
    """Judge as of a moment and write the campaign's workbooks below `out`; return the files written."""
    from include.report import report as stage

    return stage(campaign, judge(campaign, as_of), out)
