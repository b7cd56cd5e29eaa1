"""judge: expectations + ledger + decisions + clock -> standings and scores.

In: a campaign's code, the moment to judge (`as_of`), optionally what was recorded by when (`known_at`, default now). Out: a `Judgement`; where it
is the newest, its standings, scores and expectations are kept in the warehouse, where a second run with the same clocks changes nothing. All
judging is done by pure functions in `include.domain`; this room only fetches and keeps. With `known_at` given the definitions are those in force
then, and no verdict is kept. The same pair of moments gives the same answer whenever it is asked: what is written later carries a later moment.
Findings it may raise: J301 (a planned activity without a day), by `doubts`. `to_json` gives the bytes of `baosong judge --json`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from include import catalogue
from include.catalogue.calendar import lenient
from include.domain.decision import awards
from include.domain.expectation import activities_in_force, expectations
from include.domain.finding import Finding
from include.domain.receipt import Submission
from include.domain.score import scores
from include.domain.standing import Judgement, arrivals, standings
from include.domain.unit import roster_on
from include.judge.as_json import to_json
from include.judge.figures import figures_of
from include.warehouse import Connection, connect, decisions, ledger, snapshots, submissions
from include.warehouse import standings as kept
from include.warehouse.database import hold
from include.warehouse.plans import activities_of

__all__ = ["doubts", "judge", "judge_anew", "to_json"]


def judge(campaign: str, as_of: datetime, *, known_at: datetime | None = None) -> Judgement:
    """Judge every expectation of a campaign as of an aware moment and keep the result where it is the newest.

    Raises `UnknownName` for a campaign that no definition names, `TryAgain` while the warehouse is away, ValueError for a moment without zone.
    """
    return _judge_and_keep(campaign, as_of, known_at)[0]


def judge_anew(campaign: str, as_of: datetime) -> bool:
    """Judge, keep the result, and say whether any kept standing or score is another than before. Raises as `judge`."""
    return bool(_judge_and_keep(campaign, as_of, None)[1])


def _judge_and_keep(campaign: str, as_of: datetime, known_at: datetime | None) -> tuple[Judgement, int | None]:
    """The judgement and how many kept standings and scores it changed (None where it was not kept)."""
    if as_of.tzinfo is None or (known_at is not None and known_at.tzinfo is None):
        raise ValueError("as_of and known_at must be aware moments")
    definitions = catalogue.load(campaign)
    calendar = lenient(definitions.calendar)
    warehouse = connect()
    with warehouse.begin() as connection:
        # Whoever merges or decides carries the moment at which it began: it must have ended before anybody may say what was known by then.
        hold(connection, f"merge {campaign}")
        now = datetime.now(UTC)
        snapshots.take(connection, definitions.campaign, definitions.units, definitions.forms, now)
    as_of, known = as_of.astimezone(UTC), (known_at or now).astimezone(UTC)
    with _collector_at_rest(), warehouse.look() as connection:
        rules, units = definitions.campaign, definitions.units
        snapshot = snapshots.in_force(connection, campaign, known) if known_at is not None else None
        if snapshot is not None:
            rules, units = snapshot.campaign, snapshot.units
        units = roster_on(units, as_of.astimezone(rules.zone).date())
        received = submissions.submissions(connection, campaign, known)
        if rules.trusts_receipts_csv:
            received = _told_in_time(connection, campaign, received)
        decided = decisions.decisions(connection, campaign, known)
        activities = activities_of(connection, rules, received, decided, as_of, known)
        owed = expectations(rules, units, activities, calendar, as_of)
        judged = standings(rules, units, received, decided, activities, calendar, as_of, known, owed=owed)
        figures = figures_of(connection, rules, judged, known)
    judgement = Judgement(
        campaign=campaign,
        as_of=as_of,
        known_at=known,
        standings=judged,
        scores=scores(rules, units, judged, figures, awards(decided, as_of, known), as_of=as_of),
        undated=tuple(one for one in activities_in_force(activities, as_of) if one.ends_on is None),
        arrivals=arrivals(rules, units, received, decided, as_of, known),
        guessed_years=tuple(sorted(calendar.guessed)),
    )
    if known_at is not None:
        return judgement, None
    with warehouse.begin() as connection:
        return judgement, kept.replace(connection, judgement, owed)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Millions of frozen records hold no cycles: the garbage collector would walk them in vain and nearly double the time."""
    was_awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_awake:
            gc.enable()


def _told_in_time(connection: Connection, campaign: str, received: tuple[Submission, ...]) -> tuple[Submission, ...]:
    """Count the grace of history from arrival: a file from a trusted list was read long after it came, but its sender owed a mend from when it
    came.
    """
    listed = ledger.known_by(connection, campaign, "trusted_list")
    if not listed:
        return received
    return tuple(replace(one, told_at=one.received_at) if one.receipt_number in listed else one for one in received)


def doubts(judgement: Judgement) -> tuple[tuple[str, Finding], ...]:
    """What judging found doubtful, with the submission it stands in: activities without a day owe nothing yet (J301)."""
    return tuple(
        (one.submission, Finding(code="J301", severity="note", row=one.row, given=one.raw_day or "（空）", expected=one.name))
        for one in judgement.undated
    )
